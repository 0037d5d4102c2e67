// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of lists: how many there are, and the newest. State, whose they are, the filters
// and where they are placed, a block of rows after the other.
#include <stdlib.h>
#include <string.h>

#include "cube/cube_private.h"

enum { MOST_TESTS = ROW_FILTERS_MAX + 1 };

struct search {
    const struct row_scope *scope;
    const struct places *places;
    const struct column *columns; // by field index
    const struct loaded *loaded;
    struct sieve current, callers, asked; // states; areas, by their lowest and highest
    struct sieve tests[MOST_TESTS];
};

struct block {
    size_t from, n;
    uint8_t there[EXPR_BLOCK], visible[EXPR_BLOCK], shown[EXPR_BLOCK];
};

// Days, codes and places, not what is wider.
static bool is_small(const struct column *c)
{
    return c->storage == COLUMN_U8 || c->storage == COLUMN_U16 ||
           c->storage == COLUMN_I32;
}

static bool can_judge(const struct search *k, int64_t current)
{
    const struct row_scope *s = k->scope;
    bool placed = s->areas || s->asked;
    for (size_t i = 0; i < s->n_tests; i++)
        if (!is_small(&k->columns[s->tests[i].field->index]))
            return false;
    return current >= 0 && s->n_tests <= MOST_TESTS &&
           is_small(&k->columns[FIELD_STATE]) &&
           (!placed ||
            (is_small(&k->columns[FIELD_AREA]) && is_small(&k->columns[FIELD_FACILITY])));
}

static void open_areas(const struct search *k, const bool *areas, struct sieve *out)
{
    if (areas)
        sieve_open_of(out, &k->columns[FIELD_AREA], areas, k->places->n_areas);
    out->of = NULL; // keep_placed looks
}

static void open_sieves(struct search *k, int64_t current)
{
    const struct row_scope *s = k->scope;
    sieve_open(&k->current, &k->columns[FIELD_STATE], current, current);
    open_areas(k, s->areas, &k->callers);
    open_areas(k, s->asked, &k->asked);
    for (size_t i = 0; i < s->n_tests; i++) {
        const struct row_test *t = &s->tests[i];
        const struct column *c = &k->columns[t->field->index];
        if (t->of)
            sieve_open_of(&k->tests[i], c, t->of, t->n);
        else
            sieve_open(&k->tests[i], c, t->low, t->high);
    }
}

static void in_state(const struct search *k, struct block *b)
{
    memset(b->there, 1, b->n);
    if (k->scope->state == ROW_ALL)
        return;
    sieve_keep(&k->current, b->from, b->n, false, b->there);
    for (size_t i = 0; k->scope->state != ROW_CURRENT && i < b->n; i++)
        b->there[i] ^= 1;
}

static bool marked(const bool *of, int64_t index)
{
    return index >= 0 && of[index];
}

// Rows that are placed in one of the areas, or stand at a facility of `own`.
static void keep_placed(const struct search *k, const struct sieve *range,
                        const bool *areas, const bool *own, const struct block *b,
                        uint8_t *keep)
{
    const struct facility *facilities = k->places->facilities;
    if (!own)
        sieve_keep(range, b->from, b->n, true, keep);
    for (size_t i = 0; (i = sieve_next(keep, i, b->n)) < b->n; i++) {
        int64_t place = cube_int(&k->columns[FIELD_AREA], b->from + i), facility = -1;
        if (place < 0 || own)
            facility = cube_int(&k->columns[FIELD_FACILITY], b->from + i);
        if (place < 0 && facility >= 0)
            place = facilities[facility].area;
        keep[i] = marked(areas, place) || (own && marked(own, facility));
    }
}

static int64_t sum(const uint8_t *keep, size_t n)
{
    uint32_t out = 0;
    for (size_t i = 0; i < n; i++)
        out += keep[i];
    return out;
}

static void judge(const struct search *k, struct block *b, size_t from, size_t n)
{
    const struct row_scope *s = k->scope;
    b->from = from;
    b->n = n;
    in_state(k, b);
    memcpy(b->visible, b->there, n);
    if (s->areas)
        keep_placed(k, &k->callers, s->areas, s->own, b, b->visible);
    memcpy(b->shown, b->visible, n);
    for (size_t i = 0; i < s->n_tests; i++)
        sieve_keep(&k->tests[i], from, n, false, b->shown);
    if (s->asked)
        keep_placed(k, &k->asked, s->asked, NULL, b, b->shown);
}

// --- a view, where the register is in memory and has what is asked for

static enum err begin(struct cube *cube, const struct row_question *q,
                      struct cube_view *v, struct search *k, bool *held, struct error *e)
{
    const struct loaded *l = &cube->loaded[q->reg - cube->county->pack->registers];
    *held = atomic_load(&l->bytes) > 0;
    if (!*held)
        return ERR_OK;
    enum err code = cube_view_begin(cube, q->reg, v, e);
    if (code)
        return code;
    *k = (struct search){.scope = q->scope,
                         .places = cube->county->places,
                         .columns = v->batch.columns,
                         .loaded = l};
    int64_t current = field_code(&q->reg->fields[FIELD_STATE], STR("current"));
    *held = can_judge(k, current);
    if (*held)
        open_sieves(k, current);
    else
        cube_view_end(cube, q->reg);
    return ERR_OK;
}

// --- counts

static enum err count(void *cube, const struct row_question *q, struct row_counts *out,
                      bool *known, struct error *e)
{
    struct cube_view v;
    struct search k;
    struct block b;
    *out = (struct row_counts){0};
    enum err code = begin(cube, q, &v, &k, known, e);
    if (code || !*known)
        return code;
    size_t rows = v.batch.n_rows;
    for (size_t from = 0; from < rows; from += EXPR_BLOCK) {
        judge(&k, &b, from, rows - from < EXPR_BLOCK ? rows - from : EXPR_BLOCK);
        out->everywhere += sum(b.there, b.n);
        out->visible += sum(b.visible, b.n);
        out->shown += sum(b.shown, b.n);
    }
    if (q->ids)
        out->shown = 0;
    for (size_t i = 0, end = k.loaded->n_sorted; q->ids && i < q->n_ids; i++) {
        size_t row = loaded_row_next(k.loaded, &end, q->ids[i]);
        if (row == rows)
            continue;
        judge(&k, &b, row, 1);
        out->shown += b.shown[0];
    }
    cube_view_end(cube, q->reg);
    return ERR_OK;
}

// --- the newest

struct newest {
    int64_t below, *ids; // downwards
    size_t n, most;
};

static void keep_id(struct newest *x, int64_t id)
{
    size_t at = x->n;
    if (id >= x->below || (at == x->most && id < x->ids[at - 1]))
        return;
    at -= at == x->most;
    x->n = at + 1;
    for (; at && x->ids[at - 1] < id; at--)
        x->ids[at] = x->ids[at - 1];
    x->ids[at] = id;
}

// Of those that a search found.
static void take_found(const struct search *k, const struct row_question *q,
                       struct newest *x)
{
    struct block b;
    size_t end = k->loaded->n_sorted;
    for (size_t i = 0; i < q->n_ids && x->n < x->most; i++) {
        if (q->ids[i] >= x->below)
            continue;
        size_t row = loaded_row_next(k->loaded, &end, q->ids[i]);
        if (row == k->loaded->table.n)
            continue;
        judge(k, &b, row, 1);
        if (b.shown[0])
            keep_id(x, q->ids[i]);
    }
}

// Those behind the sorted part are few and in no order: all of them are looked at. Of the
// sorted part as many as fill the page, from its end; false: it took too long.
static bool take_rows(const struct search *k, size_t effort, struct newest *x)
{
    const struct loaded_rows *t = &k->loaded->table;
    struct block b;
    size_t sorted = k->loaded->n_sorted, taken = 0;
    for (size_t from = sorted; from < t->n; from += EXPR_BLOCK) {
        judge(k, &b, from, t->n - from < EXPR_BLOCK ? t->n - from : EXPR_BLOCK);
        for (size_t i = 0; (i = sieve_next(b.shown, i, b.n)) < b.n; i++)
            keep_id(x, ids_get(&t->ids, from + i));
    }
    size_t end = ids_find(&t->ids, sorted, x->below),
           least = end < effort ? 0 : end - effort;
    while (end > least && taken < x->most) {
        size_t n = end < EXPR_BLOCK ? end : EXPR_BLOCK;
        judge(k, &b, end - n, n);
        const uint8_t *at = b.shown + n;
        while (taken < x->most &&
               (at = memrchr(b.shown, 1, (size_t)(at - b.shown))) != NULL) {
            keep_id(x, ids_get(&t->ids, end - n + (size_t)(at - b.shown)));
            taken++;
        }
        end -= n;
    }
    return !end || taken == x->most;
}

static enum err newest(void *cube, const struct row_question *q, int64_t below,
                       size_t most, size_t effort, int64_t *out, size_t *n, bool *known,
                       struct error *e)
{
    struct cube_view v;
    struct search k;
    struct newest x = {.below = below, .ids = out, .most = most};
    *n = 0;
    enum err code = begin(cube, q, &v, &k, known, e);
    if (code || !*known)
        return code;
    *known = v.epoch == q->epoch;
    if (*known && q->ids)
        take_found(&k, q, &x);
    else if (*known)
        *known = take_rows(&k, effort, &x);
    cube_view_end(cube, q->reg);
    *n = *known ? x.n : 0;
    return ERR_OK;
}

// --- the first of an order

struct ordered { // a heap: rows[0] is the last of them
    const struct row_order *order;
    struct row_found *rows;
    size_t n, most;
};

static int compare(const void *left, const void *right, void *order)
{
    const struct row_found *a = left, *b = right;
    if (a->null != b->null)
        return a->null ? 1 : -1;
    int out = a->null ? 0 : (a->value > b->value) - (a->value < b->value);
    if (!out)
        out = (a->id > b->id) - (a->id < b->id);
    return ((const struct row_order *)order)->down ? -out : out;
}

static int order_of(const struct ordered *x, const struct row_found *a,
                    const struct row_found *b)
{
    return compare(a, b, (void *)(uintptr_t)x->order);
}

static void sink(struct ordered *x, const struct row_found *row)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < x->n; at = child) {
        if (child + 1 < x->n && order_of(x, &x->rows[child], &x->rows[child + 1]) < 0)
            child++;
        if (order_of(x, row, &x->rows[child]) >= 0)
            break;
        x->rows[at] = x->rows[child];
    }
    x->rows[at] = *row;
}

static void keep_row(struct ordered *x, const struct row_found *row)
{
    if (x->order->has_after && order_of(x, row, &x->order->after) <= 0)
        return;
    if (x->n == x->most) {
        if (order_of(x, row, &x->rows[0]) < 0)
            sink(x, row);
        return;
    }
    size_t at = x->n++;
    for (; at && order_of(x, row, &x->rows[(at - 1) / 2]) > 0; at = (at - 1) / 2)
        x->rows[at] = x->rows[(at - 1) / 2];
    x->rows[at] = *row;
}

// Whether what has this value cannot be among them, whatever its id is.
static bool is_behind(const struct ordered *x, int32_t value)
{
    const struct row_found *last = &x->rows[0];
    if (x->n < x->most || last->null)
        return false;
    return value == INT32_MIN ||
           (x->order->down ? value < last->value : value > last->value);
}

static void keep_block(const struct search *k, const struct block *b, struct ordered *x)
{
    int32_t values[EXPR_BLOCK];
    cube_days(&k->columns[x->order->field->index], b->from, b->n, values);
    for (size_t i = 0; (i = sieve_next(b->shown, i, b->n)) < b->n; i++)
        if (!is_behind(x, values[i]))
            keep_row(
                x, &(struct row_found){.id = ids_get(&k->loaded->table.ids, b->from + i),
                                       .value = values[i],
                                       .null = values[i] == INT32_MIN});
}

static void take_ordered(const struct search *k, const struct row_question *q,
                         struct ordered *x)
{
    struct block b;
    size_t rows = k->loaded->table.n;
    for (size_t i = 0, end = k->loaded->n_sorted; q->ids && i < q->n_ids; i++) {
        size_t row = loaded_row_next(k->loaded, &end, q->ids[i]);
        if (row == rows)
            continue;
        judge(k, &b, row, 1);
        keep_block(k, &b, x);
    }
    for (size_t from = 0; !q->ids && from < rows; from += EXPR_BLOCK) {
        judge(k, &b, from, rows - from < EXPR_BLOCK ? rows - from : EXPR_BLOCK);
        keep_block(k, &b, x);
    }
}

static enum err first(void *cube, const struct row_question *q,
                      const struct row_order *order, size_t most, struct row_found *out,
                      size_t *n, bool *known, struct error *e)
{
    struct cube_view v;
    struct search k;
    struct ordered x = {.order = order, .rows = out, .most = most};
    *n = 0;
    enum err code = begin(cube, q, &v, &k, known, e);
    if (code || !*known)
        return code;
    *known = v.epoch == q->epoch && is_small(&k.columns[order->field->index]);
    if (*known)
        take_ordered(&k, q, &x);
    cube_view_end(cube, q->reg);
    qsort_r(out, x.n, sizeof *out, compare, (void *)(uintptr_t)order);
    *n = x.n;
    return ERR_OK;
}

struct row_memory cube_memory(struct cube *cube)
{
    return (struct row_memory){
        .context = cube, .newest = newest, .first = first, .count = count};
}
