// SPDX-License-Identifier: AGPL-3.0-or-later
// Registers in memory: the lock of each, and keeping them fresh.
#include "cube/cube.h"

#include <assert.h>
#include <string.h>

#include "cube/cube_private.h"

struct holder {
    pthread_t thread;
    unsigned depth;
};

enum err cube_open(struct cube **out, struct county *c, unsigned threads, struct error *e)
{
    *out = NULL;
    struct cube *cube = mem_alloc(1, sizeof *cube);
    if (!cube)
        return error_memory(e);
    cube->county = c;
    enum err code = pool_open(&cube->pool, threads, e);
    if (code)
        goto fail;
    cube->scratch = mem_alloc(pool_threads(cube->pool), sizeof(struct expr_scratch *));
    cube->loaded = mem_alloc(c->pack->n_registers, sizeof *cube->loaded);
    if (!cube->scratch || !cube->loaded) {
        code = error_memory(e);
        goto fail;
    }
    cube->n_loaded = c->pack->n_registers;
    for (size_t i = 0; i < cube->n_loaded; i++) {
        cube->loaded[i].done = -1;
        pthread_mutex_init(&cube->loaded[i].mutex, NULL);
        pthread_cond_init(&cube->loaded[i].changed, NULL);
    }
    *out = cube;
    return ERR_OK;
fail:
    cube_close(cube);
    return code;
}

// Under the lock for writing, or at the end.
static void unload(struct loaded *l)
{
    mem_free(l->columns);
    l->columns = NULL;
    rows_close(&l->table);
    layout_close(&l->layout);
    mem_free(l->tail.ids);
    mem_free(l->tail.rows);
    l->tail = (struct row_finder){0};
    l->n_sorted = 0;
    l->ready = false;
    atomic_store(&l->bytes, 0);
}

void cube_close(struct cube *cube)
{
    if (!cube)
        return;
    for (size_t i = 0; i < cube->n_loaded; i++) {
        struct loaded *l = &cube->loaded[i];
        assert(l->n_holders == 0);
        unload(l);
        mem_free(l->holders);
        pthread_cond_destroy(&l->changed);
        pthread_mutex_destroy(&l->mutex);
    }
    for (unsigned i = 0; cube->scratch && i < pool_threads(cube->pool); i++)
        expr_scratch_close(cube->scratch[i]);
    mem_free(cube->scratch);
    mem_free(cube->loaded);
    pool_close(cube->pool);
    mem_free(cube);
}

struct expr_scratch *cube_scratch(struct cube *cube, unsigned thread)
{
    if (!cube->scratch[thread])
        cube->scratch[thread] = expr_scratch_open();
    return cube->scratch[thread];
}

size_t cube_bytes(const struct cube *cube)
{
    size_t sum = 0;
    for (size_t i = 0; i < cube->n_loaded; i++)
        sum += atomic_load(&cube->loaded[i].bytes);
    return sum;
}

enum err cube_estimate(const struct cube *cube, const struct reg *r, size_t *out,
                       struct error *e)
{
    size_t rows = 0, id = 5; // four, and what is kept for more rows
    struct conn *c;
    enum err code = store_read_begin(cube->county->store, &c, e);
    if (code)
        return code;
    code = layout_count(r, c, &rows, e);
    store_read_end(c);
    if (!size_mul(rows, layout_width(r) + id, out))
        *out = SIZE_MAX;
    return code;
}

int cube_reading(const struct cube *cube, const struct reg **out)
{
    for (size_t i = 0; i < cube->n_loaded; i++) {
        int done = atomic_load(&cube->loaded[i].done);
        if (done >= 0) {
            *out = &cube->county->pack->registers[i];
            return done;
        }
    }
    return -1;
}

int64_t cube_id(const struct cube_view *v, size_t row)
{
    return ids_get(v->ids, row);
}

// --- the lock

// A thread that holds a view may take another of the same register: it gets the same
// state, and does not wait for a writer that waits for it.
static struct holder *find_holder(struct loaded *l)
{
    for (size_t i = 0; i < l->n_holders; i++)
        if (pthread_equal(l->holders[i].thread, pthread_self()))
            return &l->holders[i];
    return NULL;
}

static bool add_holder(struct loaded *l)
{
    if (l->n_holders == l->holders_capacity) {
        size_t capacity = l->holders_capacity ? l->holders_capacity * 2 : 8;
        struct holder *grown = mem_resize(l->holders, capacity, sizeof *grown);
        if (!grown)
            return false;
        l->holders = grown;
        l->holders_capacity = capacity;
    }
    l->holders[l->n_holders++] = (struct holder){pthread_self(), 1};
    return true;
}

static void write_lock(struct loaded *l)
{
    pthread_mutex_lock(&l->mutex);
    l->writers++;
    while (l->writing || l->n_holders)
        pthread_cond_wait(&l->changed, &l->mutex);
    l->writing = true;
    pthread_mutex_unlock(&l->mutex);
}

// Ends writing; with hold, the thread goes on as a reader with no gap between.
static bool write_unlock(struct loaded *l, bool hold)
{
    pthread_mutex_lock(&l->mutex);
    bool ok = !hold || add_holder(l);
    l->writing = false;
    l->writers--;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->mutex);
    return ok;
}

static void release(struct loaded *l)
{
    pthread_mutex_lock(&l->mutex);
    struct holder *h = find_holder(l);
    assert(h);
    if (--h->depth == 0) {
        *h = l->holders[--l->n_holders];
        if (!l->n_holders)
            pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->mutex);
}

// --- freshness

// Changes when an index could mean another place than before.
static uint64_t mark_of(const struct places *p)
{
    uint64_t h = p->n_areas;
    for (size_t i = 0; i < p->n_areas; i++)
        h = (h ^ (uint64_t)p->areas[i].id) * 0x9E3779B97F4A7C15ULL;
    h ^= p->n_facilities;
    for (size_t i = 0; i < p->n_facilities; i++) {
        h ^= (uint64_t)p->facilities[i].id;
        h *= 0x9E3779B97F4A7C15ULL;
        h ^= (uint32_t)p->facilities[i].area;
    }
    return h;
}

// Columns may have been moved or widened.
static void point(struct loaded *l)
{
    const struct reg *r = l->layout.reg;
    memset(l->columns, 0, r->n_fields * sizeof *l->columns);
    for (size_t i = 0; i < l->table.n_columns; i++)
        l->columns[l->layout.columns[i].field->index] =
            (struct column){l->table.columns[i].storage, l->table.columns[i].data};
    atomic_store(&l->bytes, rows_bytes(&l->table));
}

// The epoch and the rows are of one snapshot.
static enum err load(struct cube *cube, struct loaded *l, const struct reg *r,
                     struct conn *c, struct error *e)
{
    const struct places *places = cube->county->places;
    unload(l);
    atomic_store(&l->done, 0);
    enum err code = load_epoch(c, &l->epoch, e);
    if (!code)
        code = layout_open(&l->layout, r, places, e);
    if (!code)
        code = layout_load(&l->layout, c, &l->done, &l->table, e);
    atomic_store(&l->done, -1);
    if (!code && !(l->columns = mem_alloc(r->n_fields, sizeof *l->columns)))
        code = error_memory(e);
    if (code)
        return code;
    l->n_sorted = l->table.n;
    l->places_mark = mark_of(places);
    l->ready = true;
    return ERR_OK;
}

// Under the lock for writing. The conn's snapshot may be older than what another thread
// has brought in; then nothing is to do.
static enum err refresh(struct cube *cube, struct loaded *l, const struct reg *r,
                        struct conn *c, struct error *e)
{
    bool reload = !l->ready || l->places_mark != mark_of(cube->county->places);
    enum err code = ERR_OK;
    if (!reload)
        code = load_changes(l, c, &reload, e);
    return code || !reload ? code : load(cube, l, r, c, e);
}

// As a reader of a state that the conn's snapshot does not go beyond? False: not held.
static enum err hold_if_fresh(struct cube *cube, struct loaded *l, struct conn *c,
                              bool *held, struct error *e)
{
    int64_t epoch;
    enum err code = load_epoch(c, &epoch, e);
    if (code)
        return code;
    uint64_t mark = mark_of(cube->county->places);
    pthread_mutex_lock(&l->mutex);
    while (l->writers)
        pthread_cond_wait(&l->changed, &l->mutex);
    *held = l->ready && l->places_mark == mark && epoch <= l->epoch;
    if (*held && !add_holder(l))
        code = error_memory(e);
    pthread_mutex_unlock(&l->mutex);
    return code;
}

static enum err hold_fresh(struct cube *cube, struct loaded *l, const struct reg *r,
                           struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(cube->county->store, &c, e);
    if (code)
        return code;
    bool held;
    code = hold_if_fresh(cube, l, c, &held, e);
    if (!code && !held) {
        write_lock(l);
        code = refresh(cube, l, r, c, e);
        if (code)
            unload(l); // half of the changes are in: never shown
        else
            point(l);
        if (!write_unlock(l, !code))
            code = error_memory(e);
    }
    store_read_end(c);
    return code;
}

enum err cube_view_begin(struct cube *cube, const struct reg *r, struct cube_view *out,
                         struct error *e)
{
    size_t index = (size_t)(r - cube->county->pack->registers);
    assert(index < cube->n_loaded);
    struct loaded *l = &cube->loaded[index];
    pthread_mutex_lock(&l->mutex);
    struct holder *mine = find_holder(l);
    if (mine)
        mine->depth++;
    pthread_mutex_unlock(&l->mutex);
    enum err code = mine ? ERR_OK : hold_fresh(cube, l, r, e);
    if (code)
        return code;
    *out = (struct cube_view){
        .reg = r,
        .batch = {.columns = l->columns,
                  .n_rows = l->table.n,
                  .today = date_today(),
                  .areas = cube->county->places->area_columns,
                  .facilities = cube->county->places->facility_columns},
        .ids = &l->table.ids,
        .epoch = l->epoch,
    };
    return ERR_OK;
}

void cube_view_end(struct cube *cube, const struct reg *r)
{
    release(&cube->loaded[r - cube->county->pack->registers]);
}
