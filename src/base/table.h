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
    bool no_hash;       // about.hash is not needed, and stays zero
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
// The names of a workbook's visible sheets, each behind a line feed, and of the one that
// is read; empty for CSV. They live as long as t.
struct str table_sheets(const struct table *t, struct str *read);
void table_close(struct table *t);

// ---- one file, several readers ----
//
// A part reads a stretch of an open table, on a thread of its own. Reading a row depends
// on nothing before it but its number and line, which the place says: stretches that
// begin where the one before ended give the very rows that one reader gives. Where a
// stretch further on will begin can only be guessed (table_part_go_near): a line may end
// within quotes. The guess was right when the part before ends there.
struct table_spot {        // between two rows
    uint64_t byte;         // of the file
    uint64_t number, line; // of rows before it; of the line that begins here
};
// A CSV file in UTF-8. The others have no parts; the functions below are not for them.
bool table_has_parts(const struct table *t);
struct table_spot table_spot(const struct table *t); // of the next row
// `whole` has given its first row, keeps the width it has now, and is closed last.
enum err table_open_part(struct table **part, const struct table *whole,
                         struct error *e) WARN_UNUSED;
// To a place; rows that begin at byte `until` or behind it are not read (0: no end).
enum err table_part_go(struct table *part, struct table_spot place, uint64_t until,
                       struct error *e) WARN_UNUSED;
// To the first line that begins at place.byte (not 0) or behind it, which gets the
// place's number and line, whatever they are (number not 0). found: there is a line end
// nearby.
enum err table_part_go_near(struct table *part, struct table_spot place, uint64_t until,
                            bool *found, struct error *e) WARN_UNUSED;

// Appends one CSV row with CRLF; quotes what needs it. Text that a spreadsheet would run
// as a formula (= + - @ at the start, and not a number) gets a leading ' when guard is
// set.
void csv_write_row(struct buf *out, const struct str *cells, size_t n, bool guard);

#endif
