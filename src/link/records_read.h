// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of one file in batches, their cells trimmed and unquoted: what loading interns.
// One thread at a time.
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
    bool end;      // the file is finished
    double share;  // of the file that is read
    enum err code; // what stopped the reading
    struct error problem;
};

struct read_file {
    const char *path;
    struct table *table;
    struct arena arena;
    struct str *headings;
    unsigned width;
    uint64_t heading_row;
    uint64_t n_rows, n_bad, n_ragged;
    struct error first_bad;
    struct table_row *seen; // [n_seen] rows read to find the heading; copies
    unsigned n_seen, at;    // at: the next of them to be given out
    unsigned n_titles;      // rows above the heading with hardly a cell
    struct str title;       // the first of them
    struct str odd_heading; // the first heading that looks like a value
    struct str *joined;     // [width] cells of a row whose quotes stand behind spaces
};

// Reads the heading: the first row, or the first behind titles (rows with one cell, or
// fewer than half the cells of a row close below). *f must be zeroed; close it in any
// case.
enum err read_open(struct read_file *f, const char *path, struct error *e) WARN_UNUSED;
void read_close(struct read_file *f);

enum err read_batch_open(struct read_batch *b, unsigned width,
                         struct error *e) WARN_UNUSED;
void read_batch_close(struct read_batch *b);
// The next rows; what goes wrong stands in the batch.
void read_next(struct read_file *f, struct read_batch *b);

static inline struct str read_text(const struct read_batch *b, unsigned column,
                                   uint32_t row)
{
    struct read_cell c = b->cells[(size_t)column * b->max_rows + row];
    return (struct str){b->bytes.p + c.at, c.n};
}

#endif
