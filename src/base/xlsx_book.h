// SPDX-License-Identifier: AGPL-3.0-or-later
// What a workbook says outside its sheets: where the wanted sheet is, which styles are
// dates, the shared strings. Source: ECMA-376 part 1, 18.2-18.8. Only for xlsx_read.
#ifndef BASE_XLSX_BOOK_H
#define BASE_XLSX_BOOK_H

#include "base/xlsx_zip.h"

enum xlsx_kind { XLSX_NUMBER, XLSX_DATE, XLSX_TIME };

struct xlsx_book {
    char sheet_path[512]; // the wanted sheet's part
    char sheet_name[128];
    bool epoch_1904;
    unsigned char *kinds; // enum xlsx_kind by style number
    size_t n_kinds;
    struct buf text; // shared strings, one behind the other
    size_t *ends;    // where each ends
    size_t n_strings, strings_capacity;
    struct buf sheets; // names of the visible ones, each behind a line feed
};

// wanted NULL: the first visible sheet. On error the book is to be freed all the same.
// ERR_INPUT "table.binary" when the archive is no workbook, ERR_NOT_FOUND "xlsx.sheet".
enum err xlsx_book_read(struct xlsx_book *book, struct xlsx_zip *zip, const char *name,
                        const char *wanted, struct error *e) WARN_UNUSED;
void xlsx_book_free(struct xlsx_book *book);
// Whether a number format shows a day, a time of day or a number.
enum xlsx_kind xlsx_format_kind(const char *format);
// Turns _x000D_ and its like into the characters they stand for, in place.
size_t xlsx_unescape(char *text, size_t n);

#endif
