// SPDX-License-Identifier: AGPL-3.0-or-later
// All rows of a register from the store into a table of columns, by several threads.
//
// Where rows lie among ids is not known (an import is a dense cluster), so ranges are not
// cut beforehand: one thread begins with all ids, and a thread without work takes the
// upper half of what another has still before it.
#include <stdlib.h>

#include "cube/cube_private.h"

// --- the whole register

enum { MAX_PIECES = 4096, WORTH_TAKING = 4096, LOOK_EVERY = 64 };

struct piece {
    int64_t first, last; // ids; last is lowered by a thread that takes the upper half
    int64_t cursor;      // all up to here are read
    bool taken, done;
    struct loaded_rows table;
};

struct loader {
    const struct layout *layout;
    struct store *store;
    pthread_mutex_t lock;
    struct piece *pieces[MAX_PIECES];
    size_t n_pieces;
    enum err code;
    struct error error;
};

static void fail(struct loader *l, enum err code, const struct error *e)
{
    pthread_mutex_lock(&l->lock);
    if (!l->code) {
        l->code = code;
        l->error = *e;
    }
    pthread_mutex_unlock(&l->lock);
}

static struct piece *piece_new(struct loader *l, int64_t first, int64_t last)
{
    struct piece *p = l->n_pieces < MAX_PIECES ? mem_alloc(1, sizeof *p) : NULL;
    if (!p)
        return NULL;
    *p = (struct piece){.first = first, .last = last, .cursor = first};
    l->pieces[l->n_pieces++] = p;
    return p;
}

// A piece to read, or NULL when there is nothing left to share.
static struct piece *take(struct loader *l)
{
    pthread_mutex_lock(&l->lock);
    struct piece *widest = NULL, *out = NULL;
    for (size_t i = 0; i < l->n_pieces && !l->code; i++) {
        struct piece *p = l->pieces[i];
        if (!p->taken) {
            out = p;
            break;
        }
        if (!p->done && (!widest || p->last - p->cursor > widest->last - widest->cursor))
            widest = p;
    }
    if (!out && widest && widest->last - widest->cursor > WORTH_TAKING && !l->code) {
        int64_t middle = widest->cursor + (widest->last - widest->cursor) / 2;
        out = piece_new(l, middle + 1, widest->last);
        if (out)
            widest->last = middle;
    }
    if (out)
        out->taken = true;
    pthread_mutex_unlock(&l->lock);
    return out;
}

// False when reading past id is no longer wanted.
static bool advance(struct loader *l, struct piece *p, int64_t id)
{
    pthread_mutex_lock(&l->lock);
    p->cursor = id < p->last ? id : p->last;
    bool on = id < p->last && !l->code;
    pthread_mutex_unlock(&l->lock);
    return on;
}

static enum err read_piece(struct loader *l, struct piece *p, struct stmt *s,
                           union number *values, struct error *e)
{
    const struct layout *layout = l->layout;
    enum err code = rows_open(&p->table, layout->n_columns, layout->start, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, p->first);
    pthread_mutex_lock(&l->lock);
    stmt_bind_int(s, 2, p->last);
    pthread_mutex_unlock(&l->lock);
    bool row;
    while (!(code = stmt_step(s, &row, e)) && row) {
        int64_t id;
        layout_read(layout, s, &id, values);
        code = rows_reserve(&p->table, 1, e);
        if (!code)
            code = rows_put(&p->table, p->table.n, id, values, e);
        if (code || (p->table.n % LOOK_EVERY == 0 && !advance(l, p, id)))
            break;
    }
    stmt_reset(s);
    pthread_mutex_lock(&l->lock);
    p->done = true;
    while (p->table.n && p->table.ids[p->table.n - 1] > p->last)
        p->table.n--; // another thread reads these
    pthread_mutex_unlock(&l->lock);
    return code;
}

static void load_task(void *argument, size_t index, unsigned thread)
{
    (void)index, (void)thread;
    struct loader *l = argument;
    struct error e = {0};
    struct piece *p = take(l);
    if (!p)
        return;
    union number *values = mem_alloc(l->layout->n_columns, sizeof *values);
    struct conn *c = NULL;
    struct stmt *s = NULL;
    enum err code = values ? store_read_begin(l->store, &c, &e) : error_memory(&e);
    if (!code)
        code = conn_prepare(c, l->layout->sql_range, &s, &e);
    while (!code && p) {
        code = read_piece(l, p, s, values, &e);
        p = code ? NULL : take(l);
    }
    if (code)
        fail(l, code, &e);
    stmt_finish(s);
    store_read_end(c);
    mem_free(values);
}

static int by_first(const void *a, const void *b)
{
    int64_t x = (*(struct piece *const *)a)->first,
            y = (*(struct piece *const *)b)->first;
    return (x > y) - (x < y);
}

static enum err one_number(struct conn *c, struct str sql, int64_t *out, bool *null,
                           struct error *e)
{
    struct stmt *s;
    enum err code = conn_prepare(c, sql, &s, e);
    if (code)
        return code;
    bool row;
    code = stmt_step(s, &row, e);
    if (!code) {
        *null = !row || stmt_kind(s, 0) == STMT_NULL;
        *out = *null ? 0 : stmt_int(s, 0);
    }
    stmt_finish(s);
    return code;
}

static enum err ends(const struct layout *p, struct store *store, int64_t *first,
                     int64_t *last, bool *empty, struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(store, &c, e);
    if (code)
        return code;
    code = one_number(c, p->sql_first, first, empty, e);
    if (!code && !*empty)
        code = one_number(c, p->sql_last, last, empty, e);
    store_read_end(c);
    return code;
}

static enum err join(struct loader *l, struct loaded_rows *out, struct error *e)
{
    struct loaded_rows **parts = mem_alloc(l->n_pieces, sizeof *parts);
    if (!parts)
        return error_memory(e);
    qsort(l->pieces, l->n_pieces, sizeof *l->pieces, by_first);
    for (size_t i = 0; i < l->n_pieces; i++)
        parts[i] = &l->pieces[i]->table;
    enum err code = rows_join(out, parts, l->n_pieces, e);
    if (code)
        rows_close(out);
    mem_free(parts);
    return code;
}

enum err layout_load(const struct layout *p, struct store *store, struct pool *pool,
                     struct loaded_rows *out, struct error *e)
{
    int64_t first = 0, last = 0;
    bool empty = true;
    *out = (struct loaded_rows){0};
    enum err code = ends(p, store, &first, &last, &empty, e);
    if (code || empty)
        return code ? code : rows_open(out, p->n_columns, p->start, e);
    struct loader *l = mem_alloc(1, sizeof *l);
    if (!l)
        return error_memory(e);
    l->layout = p;
    l->store = store;
    pthread_mutex_init(&l->lock, NULL);
    if (!piece_new(l, first, last))
        code = error_memory(e);
    else
        pool_run(pool, pool_threads(pool), load_task, l);
    if (!code && l->code) {
        code = l->code;
        if (e)
            *e = l->error;
    }
    if (!code)
        code = join(l, out, e);
    for (size_t i = 0; i < l->n_pieces; i++) {
        rows_close(&l->pieces[i]->table);
        mem_free(l->pieces[i]);
    }
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
    return code;
}
