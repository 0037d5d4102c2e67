// SPDX-License-Identifier: AGPL-3.0-or-later
// The rows of one or more files, column by column, each text stored once.
//
// A column is an array of value numbers: 0 is null, 1 to n_values stand for the texts of
// its dictionary. All files share the dictionaries; columns are matched by name (cleaned
// of spaces around it; case of ASCII letters does not matter; an empty heading is
// "column 3"). Columns that only one file has are kept and are null elsewhere.
//
// A cell is trimmed, and loses quotes that stand behind a space (`a, "b, c"`, where the
// separator parts no cells either, as long as the row has as many cells as the heading).
// Blank rows (separators and spaces alone) are passed over. A short row is filled with
// nulls; of a long one the cells past the heading are dropped. `row` counts them all.
//
// Rows stand in the order of a hash of their content within each source, equal rows in
// the order of their ids, and value numbers in the order of the first record that holds
// them (but for the ids), so that nothing after this point depends on the order of the
// file. `row` says where each came from. Built by several threads, the same for any
// number; read-only and free to share afterwards. Takes 4 bytes a cell, 8 bytes and the
// text a value, and 24 bytes and its id a record; while it is made, 11 to 21 bytes a
// value more, given back before the rows are ordered.
#ifndef LINK_RECORDS_H
#define LINK_RECORDS_H

#include "base/pool.h"
#include "base/str.h"
#include "link/kind.h"

#define LINK_NULL 0u
enum { LINK_MAX_SOURCES = 64, LINK_MAX_COLUMNS = 1024 };

struct link_texts { // texts one behind the other
    char *bytes;
    uint64_t *offset; // [n + 1]
    uint64_t n;
};

static inline struct str link_texts_at(const struct link_texts *t, uint64_t i)
{
    return (struct str){t->bytes + t->offset[i], t->offset[i + 1] - t->offset[i]};
}

struct link_column {
    struct str name;
    enum link_kind kind;     // until link_records_clean LINK_RAW, or LINK_ID for ids
    uint32_t *value;         // [n_records]; NULL when cleaning has dropped the column
    uint32_t n_values;       // numbers 1 to n_values are in use
    uint32_t *count;         // [n_values + 1] records that hold each; count[0]: nulls
    struct link_texts texts; // [n_values + 1]; number 0 is the empty text
    uint64_t sources;        // bit s: source s has this column
};

struct link_source {
    struct str name;        // of the file, without folder and ending; made different
    uint32_t begin, end;    // its records
    uint64_t n_bad;         // rows that could not be read and were left out
    struct error first_bad; // why the first of them
    uint64_t n_ragged;    // rows with fewer cells than the heading (in CSV), or with text
                          // in cells past it
    uint64_t heading_row; // 1 is the first of the file
    unsigned n_titles;    // rows above the heading with one cell each
    struct str title;     // the first of them
    struct str odd_heading; // a heading that looks like a value; empty: none
};

struct link_records {
    uint32_t n;
    struct link_source *sources;
    unsigned n_sources;
    struct link_column *columns;
    unsigned n_columns;
    uint64_t *content;     // [n] hash of a row's texts and their headings; ids aside
    uint32_t *row;         // [n] place in its file, 1 is the first under the heading
    struct link_texts ids; // [n] as in the file, or the row's number; in its order
    uint32_t *id;          // [n] which of them is that of a record
    uint32_t n_no_id;      // ids that were empty: the row's number stands in, as "row:7"
    uint32_t n_same_id;    // ids seen before in their source: made "7#2", "7#3"; never an
                           // id that the column has
    struct arena arena;    // names
    bool unordered;        // see link_load
};

struct link_load {
    const char *const *paths;
    unsigned n_paths;
    const char *const
        *id;       // heading of the ids: one for all files, or one for each; NULL:
    unsigned n_id; // rows are numbered (link_records_set_id can be called later)
    size_t memory; // bytes all of this may take; 0: no limit
    // Whether a column will be looked at; others are LINK_IGNORED at once, which spares
    // storing them. Ids are taken from their column in any case. NULL: all.
    bool (*wanted)(void *argument, struct str name);
    // Rows stay in the order of the files until link_records_clean, which spares putting
    // them in order twice. `content` is NULL until then.
    bool unordered;
    // Called now and then with the share read; false stops the reading (ERR_BUSY is not
    // used: what was read is kept and *stopped set). May be NULL.
    bool (*progress)(void *argument, double share);
    void *argument;
    bool *stopped; // may be NULL; files that were not begun are sources without records
};

// ERR_INPUT: a file without a heading, a heading twice, an id column that is not there
// (names those there are), a file without a row that can be read; ERR_LIMIT: more than
// 2^32 - 2 records, too many columns, or more memory than allowed (says how much would
// probably do); ERR_USAGE: no file or too many; and what table_open says. A field over
// 1 MiB makes its row bad, not the file. Time is that of one hash a cell. pool may be
// NULL here and below: then all is done by the caller's thread.
enum err link_records_load(struct link_records **out, const struct link_load *load,
                           struct pool *pool, struct error *e) WARN_UNUSED;
// From rows in memory, for tests and for the pages: cells[row * n_columns + column]. One
// source, "records"; rows are numbered; blank ones are kept.
enum err link_records_of(struct link_records **out, const char *const *names,
                         unsigned n_columns, const struct str *cells, uint32_t n_rows,
                         struct error *e) WARN_UNUSED;
void link_records_close(struct link_records *r);

// NULL when there is none of this name.
struct link_column *link_records_column(const struct link_records *r, struct str name);
// Cleans the values of each column as `kinds` says (an element for each column) and
// merges those that have become equal; then orders the rows anew. Columns of LINK_ID and
// LINK_IGNORED lose their memory: `value` is NULL, all records count as null. A column of
// LINK_RAW stays as it is. Once only. After a failure r can only be closed.
enum err link_records_clean(struct link_records *r, const enum link_kind *kinds,
                            struct pool *pool, struct error *e) WARN_UNUSED;
// Makes a column the ids, as `id` of link_load does, and orders the rows anew. Sources
// that do not have it are numbered. Before link_records_clean. After a failure other than
// ERR_USAGE r can only be closed.
enum err link_records_set_id(struct link_records *r, unsigned column,
                             struct error *e) WARN_UNUSED;
// A column whose values are made from those of others: calls make() once for each
// different combination of their values (numbers in `values`, as many as n_from), on any
// thread; it appends to *out, and leaves it empty for null. The new column is the last,
// LINK_RAW, and changes neither the content nor the order of the rows; its name must be
// new (ERR_CONFLICT). Pointers to columns are void afterwards. Nothing has changed after
// a failure.
typedef enum err link_make(void *argument, const struct link_column *const *from,
                           const uint32_t *values, struct buf *out, struct error *e);
enum err link_records_derive(struct link_records *r, struct str name,
                             const unsigned *from, unsigned n_from, link_make *make,
                             void *argument, struct pool *pool,
                             struct error *e) WARN_UNUSED;

static inline struct str link_record_id(const struct link_records *r, uint32_t record)
{
    return link_texts_at(&r->ids, r->id[record]);
}

static inline struct str link_text(const struct link_column *c, uint32_t value)
{
    return link_texts_at(&c->texts, value);
}

#endif
