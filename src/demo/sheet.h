// SPDX-License-Identifier: AGPL-3.0-or-later
// Private to src/demo: one outgoing table, CSV in an office's dialect or XLSX with real
// dates. Cells are given left to right; errors are kept and told by sheet_close. One
// thread.
#ifndef DEMO_SHEET_H
#define DEMO_SHEET_H

#include "base/date.h"

struct sheet;

enum sheet_dialect {
    SHEET_UTF8,      // comma, CRLF
    SHEET_UTF8_BOM,  // the same behind a byte order mark, as spreadsheets save it
    SHEET_GB18030,   // comma, CRLF
    SHEET_SEMICOLON, // UTF-8, semicolon, LF
    SHEET_XLSX,
};

enum date_form {
    FORM_ISO,     // 2014-06-05
    FORM_SLASH,   // 2014/6/5
    FORM_CHINESE, // 2014年6月5日
    FORM_COMPACT, // 20140605
    FORM_DOT,     // 2014.6.5
};

// NULL heading ends the list; headings become row 1.
enum err sheet_open(struct sheet **out, const char *folder, const char *file,
                    enum sheet_dialect dialect, const char *const *headings,
                    struct error *e) WARN_UNUSED;
void sheet_text(struct sheet *s, const char *text);
void sheet_int(struct sheet *s, int64_t value);
// A real date in XLSX whatever the form; DATE_NONE is an empty cell.
void sheet_date(struct sheet *s, int32_t day, enum date_form form);
void sheet_end_row(struct sheet *s);
// Number of the row now being written; 1 is the headings.
uint32_t sheet_row(const struct sheet *s);
enum err sheet_close(struct sheet *s, struct error *e) WARN_UNUSED; // NULL is fine
void sheet_abandon(struct sheet *s); // closes without a word; NULL is fine

void date_in_form(int32_t day, enum date_form form, char out[32]);

#endif
