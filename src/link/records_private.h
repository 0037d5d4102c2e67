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

// Makes the ids of all records from columns (one for each source; RECORDS_NO_COLUMN: rows
// are numbered). Those columns become LINK_ID. Records may stand in any order.
enum err records_make_ids(struct link_records *r, const uint32_t *id_column,
                          struct error *e) WARN_UNUSED;

// Puts the records of each source in order of their content, then of their ids; numbers
// the values of each column anew by their first record, drops those that no record holds,
// and counts them. Time O(n), memory 4 bytes a record and a column or two.
enum err records_order(struct link_records *r, struct pool *pool,
                       struct error *e) WARN_UNUSED;

#endif
