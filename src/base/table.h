// SPDX-License-Identifier: AGPL-3.0-or-later
// A table file, whatever it is: CSV (RFC 4180; UTF-8, UTF-16 or GB18030; comma,
// semicolon, tab or bar) or the first sheet of an XLSX. The content decides, not the
// file's name. Streaming: memory does not grow with the file (an XLSX keeps its shared
// strings).
//
// A row that cannot be read (a quote never closed, bytes of no encoding, a field past its
// maximum, a NUL) does not end the reading: it is delivered with `problem` set and its
// raw text, and reading goes on at the next line, so that nothing is lost. One reader,
// one thread.
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/str.h"

struct table;

enum table_format { TABLE_CSV, TABLE_XLSX };

struct table_options {
    size_t max_field;   // bytes of one field; 0: 1 MiB
    size_t max_row;     // bytes of one row; 0: 4 MiB
    size_t max_columns; // 0: 4096
    const char *sheet;  // XLSX sheet by name; NULL: the first
};

struct table_about {
    enum table_format format;
    char encoding[16]; // "UTF-8", "GB18030", "UTF-16LE"; "" for XLSX
    char separator;    // ',' ';' '\t' '|'
    bool had_bom;
    uint64_t bytes;         // of the file
    unsigned char hash[32]; // BLAKE2b-256 of the file's bytes
};

struct table_row {
    struct str *cells; // UTF-8; valid until the next read; surrounding quotes removed
    size_t n;
    uint64_t number; // 1 is the first row of the file (the header, if it has one)
    uint64_t line;   // physical line on which the row begins (XLSX: the sheet's row)
    bool blank;      // nothing but separators and white space
    bool end;        // no row: the file is finished
    bool cut; // the last row, without a line end and with an open quote or fewer cells
              // than row 1
    struct str raw; // CSV: the row's text in UTF-8 as read, without line end (for the
                    // rejects file)
    struct error problem; // .code != 0: the row cannot be used; cells are
                          // NULL, or (XLSX) the row's with its bad one
};

// path "-" is standard input (spooled to a temporary file). ERR_NOT_FOUND, ERR_INPUT
// (empty file, binary file, a legacy .xls, a password-protected or damaged XLSX: each
// named with its cure), ERR_IO.
enum err table_open(struct table **out, const char *path,
                    const struct table_options *options, struct error *e) WARN_UNUSED;
const struct table_about *table_about(const struct table *t);
// ERR_OK with row->end at the end. Other codes are of the file as a whole (ERR_IO,
// ERR_MEMORY).
enum err table_read(struct table *t, struct table_row *row, struct error *e) WARN_UNUSED;
// How many cells a whole row has (see `cut`), where the header is not row 1.
void table_set_width(struct table *t, size_t cells);
double table_progress(const struct table *t); // 0 to 1, by bytes
void table_close(struct table *t);

// Appends one CSV row with CRLF; quotes what needs it. Text that a spreadsheet would run
// as a formula (= + - @ at the start, and not a number) gets a leading ' when guard is
// set.
void csv_write_row(struct buf *out, const struct str *cells, size_t n, bool guard);

#endif
