// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of one file in batches, their cells trimmed and unquoted: what loading interns.
//
// Reading goes in rounds: read_plan (one thread) says how many batches are read,
// read_fill reads each (any threads), read_settle (one thread) makes sure that they
// follow upon each other. A CSV in UTF-8 is then read in parts, one a batch, that begin
// at guessed places (see table.h). A part whose guess was wrong, or that has a row which
// cannot be read, is read again in its turn, so that rows, counts and messages are those
// of one reader. A file whose parts often fail is read by one.
#ifndef LINK_RECORDS_READ_H
#define LINK_RECORDS_READ_H

#include "base/table.h"
#include "link/records.h"

enum { READ_MAX_ROWS = 8192, READ_MAX_CELLS = 1 << 18, READ_BYTES = 1 << 22 };

struct read_cell {
    uint32_t at, n; // in the batch's bytes
};

struct read_batch {
    struct read_cell *cells; // column by column: [column * max_rows + row]
    uint32_t *row;           // place in the file, 1 is the first under the heading
    uint32_t n_rows, max_rows;
    struct buf bytes;
    struct str *joined; // [width] cells of a row whose quotes stand behind spaces
    uint64_t n_bad, n_ragged;
    struct error first_bad;
    bool end;      // no row follows in the file
    enum err code; // what stopped the reading
    struct error problem;
    // a part of the file; none: the next rows of the file's own reader
    struct table *part;
    struct table_spot begin, reached;
    uint64_t until;             // 0: the file's end
    bool is_part, guess, found; // begin is to be looked for; and was found
};

struct read_file {
    const char *path;
    struct table *table;
    struct arena arena;
    struct str *headings;
    unsigned width;
    bool *skipped; // [width] columns whose cells are not needed
    uint64_t heading_row;
    uint64_t n_rows, n_bad, n_ragged;
    struct error first_bad;
    bool end;
    double share;           // of the file that is read
    struct table_row *seen; // [n_seen] rows read to find the heading; copies
    unsigned n_seen, at;    // at: the next of them to be given out
    unsigned n_titles;      // rows above the heading with hardly a cell
    struct str title;       // the first of them
    struct str odd_heading; // the first heading that looks like a value
    // reading in parts
    bool in_parts, alone;   // begun; given up
    struct table_spot next; // the first row that is not read yet
    uint64_t part_bytes;    // of a part; fixed by a test
    bool part_fixed;
    uint64_t parts, misses; // parts that had to be read again
};

// Reads the heading: the first row, or the first behind titles (rows with one cell, or
// fewer than half the cells of a row close below). *f must be zeroed; close it in any
// case.
enum err read_open(struct read_file *f, const char *path, struct error *e) WARN_UNUSED;
void read_close(struct read_file *f);

enum err read_batch_open(struct read_batch *b, unsigned width,
                         struct error *e) WARN_UNUSED;
void read_batch_close(struct read_batch *b);

// How many of n batches the next round has: 1 or more, 0 when the file is finished. The
// first of them must be open, the others zeroed or open.
enum err read_plan(struct read_file *f, struct read_batch *batches, unsigned n,
                   unsigned *used, struct error *e) WARN_UNUSED;
void read_fill(struct read_file *f, struct read_batch *b); // f too, if b is no part
// Counts what the round has read. An error is what stopped the reading.
enum err read_settle(struct read_file *f, struct read_batch *batches, unsigned n,
                     struct error *e) WARN_UNUSED;

static inline struct str read_text(const struct read_batch *b, unsigned column,
                                   uint32_t row)
{
    struct read_cell c = b->cells[(size_t)column * b->max_rows + row];
    return (struct str){b->bytes.p + c.at, c.n};
}

#endif
