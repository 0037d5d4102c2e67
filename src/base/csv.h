// SPDX-License-Identifier: AGPL-3.0-or-later
// The CSV half of table.h (which has the rules for rows): RFC 4180 with LF, CRLF or CR.
// Callers use table.h; this is for table.c.
//
// Fields point into the read buffer unless they hold doubled quotes. Memory is bounded by
// max_row (buffer) and max_columns. Row problems and their keys: csv.quote, csv.encoding,
// csv.nul, csv.field_limit, csv.row_limit, csv.column_limit. A quote that is never closed
// costs its own line only: the reader goes back and continues with the next line. Every
// byte is looked at no more than twice.
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/encoding.h"
#include "base/table.h"

struct csv;

struct csv_source {
    int fd;           // a regular file; stays the caller's
    const char *name; // for messages; must outlive the reader
    enum encoding encoding;
    size_t mark; // bytes of the byte order mark to pass over
    uint64_t bytes;
};

// All three maxima in options must be set. Finds the separator from the first rows.
enum err csv_open(struct csv **out, const struct csv_source *source,
                  const struct table_options *options, struct error *e) WARN_UNUSED;
char csv_separator(const struct csv *csv);
enum err csv_read(struct csv *csv, struct table_row *row, struct error *e) WARN_UNUSED;
void csv_set_width(struct csv *csv, size_t cells); // see table_set_width
// See table_open_part and what follows it.
enum err csv_open_part(struct csv **out, const struct csv *whole,
                       struct error *e) WARN_UNUSED;
enum err csv_go(struct csv *csv, struct table_spot place, uint64_t until,
                struct error *e) WARN_UNUSED;
enum err csv_go_near(struct csv *csv, struct table_spot place, uint64_t until,
                     bool *found, struct error *e) WARN_UNUSED;
struct table_spot csv_spot(const struct csv *csv);
double csv_progress(const struct csv *csv);
void csv_close(struct csv *csv);

#endif
