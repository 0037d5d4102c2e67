// SPDX-License-Identifier: AGPL-3.0-or-later
// The rows that the log names since a register was last looked at.
#include <stdlib.h>
#include <string.h>

#include "cube/cube_private.h"

// --- what the log names

enum err load_epoch(struct conn *c, int64_t *out, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code =
        conn_stmt(c, "cube.epoch", "SELECT coalesce(max(seq), 0) FROM heng_log", &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    if (!code)
        *out = row ? stmt_int(s, 0) : 0;
    if (!code)
        stmt_finish(s);
    return code;
}

static size_t find_sorted(const int64_t *ids, size_t n, int64_t id)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t loaded_row_next(const struct loaded *l, size_t *end, int64_t id)
{
    size_t at = *end = ids_find(&l->table.ids, *end, id);
    if (at < l->n_sorted && ids_get(&l->table.ids, at) == id)
        return at;
    at = find_sorted(l->tail.ids, l->tail.n, id);
    return at < l->tail.n && l->tail.ids[at] == id ? l->tail.rows[at] : l->table.n;
}

size_t loaded_row(const struct loaded *l, int64_t id)
{
    size_t end = l->n_sorted;
    return loaded_row_next(l, &end, id);
}

// Ids come nearly in order (another site's clock may be behind): most rows extend the
// sorted part, few are put into the finder.
static enum err finder_add(struct row_finder *f, int64_t id, size_t row, struct error *e)
{
    if (f->n == f->capacity) {
        size_t capacity = f->capacity ? f->capacity * 2 : 64;
        int64_t *ids = mem_resize(f->ids, capacity, sizeof *ids);
        if (!ids)
            return error_memory(e);
        f->ids = ids;
        size_t *rows = mem_resize(f->rows, capacity, sizeof *rows);
        if (!rows)
            return error_memory(e);
        f->rows = rows;
        f->capacity = capacity;
    }
    size_t at = find_sorted(f->ids, f->n, id);
    memmove(f->ids + at + 1, f->ids + at, (f->n - at) * sizeof *f->ids);
    memmove(f->rows + at + 1, f->rows + at, (f->n - at) * sizeof *f->rows);
    f->ids[at] = id;
    f->rows[at] = row;
    f->n++;
    return ERR_OK;
}

enum { MAX_TAIL = 1 << 15 };

static enum err put_row(struct loaded *l, int64_t id, const union number *values,
                        bool *reload, struct error *e)
{
    struct loaded_rows *t = &l->table;
    size_t at = loaded_row(l, id);
    bool appends = at == t->n,
         in_order = l->n_sorted == t->n && (t->n == 0 || id > ids_get(&t->ids, t->n - 1));
    enum err code = ERR_OK;
    if (appends) {
        if (reload && !in_order && l->tail.n >= MAX_TAIL) {
            *reload = true;
            return ERR_OK;
        }
        code = rows_reserve(t, 1, e);
        if (!code && !in_order)
            code = finder_add(&l->tail, id, t->n, e);
    }
    if (!code)
        code = rows_put(t, at, id, values, e);
    if (!code && appends && in_order)
        l->n_sorted++;
    return code;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// The ids that changed, ascending. More than limit changes: *many.
static enum err changed_ids(struct loaded *l, struct conn *c, size_t limit, int64_t **out,
                            size_t *n, bool *many, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(
        c, "cube.changes",
        "SELECT row FROM heng_log WHERE seq > ? AND register = ? LIMIT ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, l->epoch);
    stmt_bind_text(s, 2, l->layout.reg->name);
    stmt_bind_int(s, 3, (int64_t)limit + 1);
    size_t capacity = 0;
    bool row;
    while (!(code = stmt_step(s, &row, e)) && row) {
        if (*n == limit) {
            *many = true;
            break;
        }
        if (*n == capacity) {
            capacity = capacity ? capacity * 2 : 256;
            int64_t *ids = mem_resize(*out, capacity, sizeof *ids);
            if (!ids) {
                code = error_memory(e);
                break;
            }
            *out = ids;
        }
        (*out)[(*n)++] = stmt_int(s, 0);
    }
    stmt_finish(s);
    if (code || *many || !*n)
        return code;
    qsort(*out, *n, sizeof **out, by_id);
    size_t kept = 1;
    for (size_t i = 1; i < *n; i++)
        if ((*out)[i] != (*out)[i - 1])
            (*out)[kept++] = (*out)[i];
    *n = kept;
    return ERR_OK;
}

enum { FEW = 4096 };

enum err load_changes(struct loaded *l, struct conn *c, bool *reload, struct error *e)
{
    int64_t *ids = NULL, epoch;
    size_t n = 0;
    union number *values = NULL;
    struct sql_value *read = NULL;
    struct stmt *s = NULL;
    enum err code = load_epoch(c, &epoch, e);
    if (code || epoch <= l->epoch)
        return code;
    bool many = false;
    code =
        changed_ids(l, c, reload ? FEW + l->table.n / 10 : INT32_MAX, &ids, &n, &many, e);
    if (code || many || !n)
        goto out;
    values = mem_alloc(l->layout.n_columns, sizeof *values);
    read = mem_alloc(l->layout.n_columns, sizeof *read);
    code = values && read ? conn_prepare(c, l->layout.sql_row, &s, e) : error_memory(e);
    for (size_t i = 0; i < n && !code && !many; i++) {
        bool row;
        stmt_bind_int(s, 1, ids[i]);
        code = stmt_step(s, &row, e);
        if (!code && row) {
            for (size_t k = 0; k < l->layout.n_columns; k++)
                read[k] = stmt_value(s, (int)k + 1);
            layout_decode(&l->layout, read, values);
            code = put_row(l, ids[i], values, reload ? &many : NULL, e);
            stmt_reset(s);
        }
    }
out:
    if (!code && many && reload)
        *reload = true;
    else if (!code)
        l->epoch = epoch;
    stmt_finish(s);
    mem_free(read);
    mem_free(values);
    mem_free(ids);
    return code;
}
