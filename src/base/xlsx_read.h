// SPDX-License-Identifier: AGPL-3.0-or-later
// The XLSX half of table.h (which has the rules for rows): one sheet of a workbook (the
// first that is not hidden, unless one is named), row by row, through minizip and expat.
// Callers use table.h; this is for table.c.
//
// Shared strings are kept in memory (at most 1 GiB of text); the sheet itself is
// streamed. A cell becomes text: numbers in their shortest form that reads back equal,
// dates as ISO (2014-06-05, with the time of day behind a space when there is one),
// booleans TRUE and FALSE. A row with an error value (#DIV/0!) has a problem
// ("xlsx.error_value"). A merged cell's text stands in its first cell. Rows that the
// sheet leaves out are not delivered. A file that unpacks to more than 4 GiB, or to more
// than 200 times its size, is refused
// ("xlsx.limit").
#ifndef BASE_XLSX_READ_H
#define BASE_XLSX_READ_H

#include "base/table.h"

struct xlsx;

// fd: a regular file; stays the caller's, as does name (for messages). All maxima in
// options must be set.
enum err xlsx_open(struct xlsx **out, int fd, const char *name,
                   const struct table_options *options, struct error *e) WARN_UNUSED;
enum err xlsx_read(struct xlsx *xlsx, struct table_row *row, struct error *e) WARN_UNUSED;
double xlsx_progress(const struct xlsx *xlsx);
// As table_sheets.
struct str xlsx_sheets(const struct xlsx *xlsx, struct str *read);
void xlsx_close(struct xlsx *xlsx);

#endif
