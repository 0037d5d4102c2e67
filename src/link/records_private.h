// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of records.h share.
#ifndef LINK_RECORDS_PRIVATE_H
#define LINK_RECORDS_PRIVATE_H

#include "link/records.h"

enum { RECORDS_SLICE = 1 << 16 }; // rows or values of one task
#define RECORDS_NO_COLUMN UINT32_MAX

static inline size_t records_slices(uint64_t n)
{
    return (size_t)((n + RECORDS_SLICE - 1) / RECORDS_SLICE);
}

// pool_run, or a plain loop without a pool.
void records_run(struct pool *pool, size_t n_tasks, pool_task *task, void *argument);
static inline unsigned records_threads(const struct pool *pool)
{
    return pool ? pool_threads(pool) : 1;
}

// True when texts of the column say something of the person.
static inline bool records_compared(const struct link_column *c)
{
    return c->value && c->kind != LINK_ID && c->kind != LINK_IGNORED;
}

// Adds a column of nulls without values; `value` stays NULL. The name is copied.
enum err records_add_column(struct link_records *r, struct str name,
                            struct error *e) WARN_UNUSED;

// Nothing is left of the column but its name: one text, the empty one, that all n records
// hold, and no values.
enum err records_drop_column(struct link_column *c, uint32_t n,
                             struct error *e) WARN_UNUSED;

// An id where there is none: the number of the row.
struct text_room;
bool records_add_number(struct link_texts *ids, struct text_room *room,
                        uint32_t row) WARN_UNUSED;
// Columns become the ids (one for each source; RECORDS_NO_COLUMN: rows are numbered),
// which stand in r->ids as they were found, in the order of the records: they become
// LINK_ID, the records are ordered by what is left, and the ids are made different.
enum err records_take_ids(struct link_records *r, const uint32_t *id_column,
                          struct pool *pool, struct error *e) WARN_UNUSED;

// Puts the records of each source in order of their content, then of their ids (but for
// sources that have RECORDS_NO_COLUMN in id_column; NULL: all have ids), then of their
// rows. Numbers the values of each column anew by
// their first record and drops those that no record holds, but for columns of LINK_ID;
// and counts. Time O(n). After a failure the records can only be closed.
// Counts of all columns, for rows that are put in order later.
enum err records_count(struct link_records *r, struct pool *pool,
                       struct error *e) WARN_UNUSED;
enum err records_order(struct link_records *r, const uint32_t *id_column,
                       struct pool *pool, struct error *e) WARN_UNUSED;

#endif
