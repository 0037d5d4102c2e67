// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes a workbook with real numbers and dates, over libxlsxwriter. The whole book is in
// memory until it is closed. Rows and columns count from 0. The same calls with the same
// `created` give the same cells and metadata. One writer, one thread.
//
// Errors are kept: a call after a failed one does nothing, and close tells the first
// error, so that a run of cells is checked once. ERR_LIMIT: more rows, columns or text
// than a sheet takes; ERR_FULL, ERR_IO: the file cannot be written; ERR_MEMORY.
#ifndef BASE_XLSX_WRITE_H
#define BASE_XLSX_WRITE_H

#include "base/str.h"

struct xlsx_writer;

enum xlsx_look {
    XLSX_PLAIN = 0,
    XLSX_BOLD = 1,
    XLSX_SHADED = 2, // light grey ground, for totals
    XLSX_RIGHT = 4,
    XLSX_NOTE = 8, // small, grey, italic
    XLSX_WRAP = 16,
    XLSX_LOOKS = 32
};

// created: seconds since 1970 UTC, written as the file's date. title may be NULL.
enum err xlsx_writer_open(struct xlsx_writer **out, const char *path, const char *title,
                          int64_t created, struct error *e) WARN_UNUSED;
// Writes the file and frees the writer, whatever happens. A file that could not be
// written whole is removed. NULL is ERR_OK.
enum err xlsx_writer_close(struct xlsx_writer *writer, struct error *e) WARN_UNUSED;
// Gives up: frees the writer and leaves no file.
void xlsx_writer_abandon(struct xlsx_writer *writer);

// The cells that follow go to this sheet. The name loses what a sheet's name may not
// have, is cut to 31 characters, and gets a number when it is taken.
void xlsx_sheet(struct xlsx_writer *writer, struct str name);
// Width in characters of the digit 0 (a Chinese character takes two).
void xlsx_column_width(struct xlsx_writer *writer, unsigned column, double width);
// A styled row, and everything down to it stays in sight when the sheet is scrolled.
void xlsx_header(struct xlsx_writer *writer, unsigned row, const struct str *titles,
                 size_t n);
// One text over several columns of a row (from first to last).
void xlsx_merged(struct xlsx_writer *writer, unsigned row, unsigned first, unsigned last,
                 struct str text, unsigned look);

// look: enum xlsx_look values added together.
void xlsx_text(struct xlsx_writer *writer, unsigned row, unsigned column, struct str text,
               unsigned look);
// A text that leads to the first cell of another sheet.
void xlsx_link(struct xlsx_writer *writer, unsigned row, unsigned column,
               struct str sheet);
void xlsx_int(struct xlsx_writer *writer, unsigned row, unsigned column, int64_t value,
              unsigned look); // beyond 2^53 it is written as text
void xlsx_double(struct xlsx_writer *writer, unsigned row, unsigned column, double value,
                 unsigned decimals, unsigned look); // 0-9; not finite: an empty cell
void xlsx_year(struct xlsx_writer *writer, unsigned row, unsigned column, double year,
               unsigned look); // a whole number without signs between thousands
void xlsx_percent(struct xlsx_writer *writer, unsigned row, unsigned column, double share,
                  unsigned decimals, unsigned look); // 0.5 shows as 50 %
void xlsx_date(struct xlsx_writer *writer, unsigned row, unsigned column, int32_t date,
               unsigned look); // a day of date.h; DATE_NONE: an empty cell

#endif
