// SPDX-License-Identifier: AGPL-3.0-or-later
// The view: opened on records and a model, its rows, and the memory of each thread.
#include "link/view.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "link/records_private.h"
#include "link/view_private.h"

enum {
    ROWS = 1 << 14,         // of a task
    TABLE_MAX = 1 << 20,    // bytes of a table of all pairs of values
    MEMORY_TOTAL = 8 << 20, // bytes of all memories of a thread
    MOST_SLOTS = 17,
    LEAST_SLOTS = 10 // log2, of one memory
};

// ---- open ----

struct gather {
    const struct link_view *v;
    uint32_t *cell;
};

static void gather_rows(void *argument, size_t task, unsigned thread)
{
    const struct gather *g = argument;
    const struct link_view *v = g->v;
    (void)thread;
    size_t begin = task * ROWS, end = v->n - begin < ROWS ? v->n : begin + ROWS;
    for (unsigned k = 0; k < v->width; k++) {
        const uint32_t *value = v->records->columns[v->column[k]].value;
        for (size_t r = begin; r < end; r++)
            g->cell[r * v->width + k] = value[r];
    }
}

static enum err gather(struct view_whole *w, struct pool *pool, struct error *e)
{
    struct link_view *v = &w->v;
    struct gather g = {v, NULL};
    size_t n;
    if (!size_mul(v->n, v->width ? v->width : 1, &n))
        return error_memory(e);
    enum err code = view_block(w, n, sizeof *g.cell, &g.cell, e);
    if (!code)
        code = view_block(w, v->n, sizeof *v->source, &v->source, e);
    if (code)
        return code;
    records_run(pool, (v->n + (size_t)ROWS - 1) / ROWS, gather_rows, &g);
    v->cell = g.cell;
    for (unsigned s = 0; s < v->records->n_sources; s++) {
        const struct link_source *source = &v->records->sources[s];
        memset(v->source + source->begin, (int)s, source->end - source->begin);
    }
    return ERR_OK;
}

enum err link_view_open(struct link_view **out, struct link_records *records,
                        const struct link_model *model, struct pool *pool,
                        struct error *e)
{
    struct view_whole *w = mem_alloc(1, sizeof *w);
    *out = NULL;
    if (!w)
        return error_memory(e);
    arena_init(&w->arena, 0);
    w->v.records = records;
    w->v.type = model->type;
    w->v.n = records->n;
    enum err code = view_compile(w, records, model, pool, e);
    if (!code)
        code = gather(w, pool, e);
    if (!code)
        code = view_positions(w, e);
    if (code)
        link_view_close(&w->v);
    else
        *out = &w->v;
    return code;
}

void link_view_close(struct link_view *v)
{
    if (!v)
        return;
    struct view_whole *w = view_whole_of(v);
    for (unsigned i = 0; i < w->n_blocks; i++)
        mem_free(w->blocks[i]);
    mem_free(w->blocks);
    arena_free(&w->arena);
    mem_free(w);
}

enum err link_view_part(struct link_view **out, const struct link_view *v, unsigned first,
                        unsigned n, struct error *e)
{
    struct view_whole *w = mem_alloc(1, sizeof *w);
    *out = NULL;
    if (!w)
        return error_memory(e);
    assert(first + n <= v->n_rules);
    *w = *view_whole_of(v);
    arena_init(&w->arena, 0);
    w->blocks = NULL;
    w->n_blocks = w->capacity = 0;
    w->v.rules += first;
    w->v.n_rules = n;
    w->near_test += first;
    w->near_position += first;
    *out = &w->v;
    return ERR_OK;
}

// ---- scratch ----

static bool fits_table(uint32_t values)
{
    return values && (uint64_t)values * values <= TABLE_MAX;
}

static unsigned default_slots(const struct view_whole *w)
{
    unsigned n = 0, log2_slots = MOST_SLOTS;
    for (unsigned i = 0; i < w->v.n_comparisons; i++)
        n += w->memory[i].values && !fits_table(w->memory[i].values) &&
             !(w->memory[i].ladder && w->memory[i].brief);
    while (log2_slots > LEAST_SLOTS &&
           ((uint64_t)n * sizeof(uint64_t) << log2_slots) > MEMORY_TOTAL)
        log2_slots--;
    return log2_slots;
}

static bool open_memories(struct link_scratch *s, const struct view_whole *w)
{
    unsigned n = w->v.n_comparisons;
    s->table = mem_alloc(n, sizeof *s->table);
    s->direct = mem_alloc(n, sizeof *s->direct);
    s->cells = mem_alloc(2 * (size_t)w->most_leaves, sizeof *s->cells);
    if (!s->table || !s->direct || !s->cells)
        return false;
    for (unsigned i = 0; i < n; i++) {
        size_t values = w->memory[i].values;
        if (!values)
            continue;
        if (fits_table((uint32_t)values))
            s->table[i] = mem_alloc(values * values, 1);
        else if (w->memory[i].ladder && w->memory[i].brief)
            continue;
        else
            s->direct[i] = mem_alloc((size_t)1 << s->log2_slots, sizeof **s->direct);
        if (!s->table[i] && !s->direct[i])
            return false;
    }
    return true;
}

enum err link_scratch_open(struct link_scratch **out, const struct link_view *v,
                           unsigned log2_slots, struct error *e)
{
    const struct view_whole *w = view_whole_of(v);
    struct link_scratch *s = mem_alloc(1, sizeof *s);
    *out = s;
    if (!s)
        return error_memory(e);
    s->v = v;
    s->log2_slots = log2_slots ? log2_slots : default_slots(w);
    s->log2_slots = s->log2_slots < 4 ? 4 : s->log2_slots > 28 ? 28 : s->log2_slots;
    view_evaluator_init(&s->evaluator);
    if (open_memories(s, w))
        return ERR_OK;
    link_scratch_close(s);
    *out = NULL;
    return error_memory(e);
}

void link_scratch_close(struct link_scratch *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->v->n_comparisons; i++) {
        if (s->table)
            mem_free(s->table[i]);
        if (s->direct)
            mem_free(s->direct[i]);
    }
    mem_free(s->table);
    mem_free(s->direct);
    mem_free(s->cells);
    view_evaluator_free(&s->evaluator);
    mem_free(s);
}

void link_scratch_counts(const struct link_scratch *s, uint64_t *calls, uint64_t *hits)
{
    *calls = s->calls;
    *hits = s->hits;
}
