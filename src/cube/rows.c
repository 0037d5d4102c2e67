// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows of lists: how many there are, and the newest. State, whose they are, the filters
// and where they are placed, a block of rows after the other.
#include <stdlib.h>
#include <string.h>

#include "cube/cube_private.h"

struct search {
    const struct row_scope *scope;
    const struct places *places;
    const struct column *columns; // by field index
    const struct loaded *loaded;
    int64_t current; // code of the state
};

struct block {
    size_t from, n;
    uint8_t there[EXPR_BLOCK], visible[EXPR_BLOCK], shown[EXPR_BLOCK];
    int32_t place[EXPR_BLOCK], facility[EXPR_BLOCK];
};

// Days, codes and places, not what is wider.
static bool is_small(const struct column *c)
{
    return c->storage == COLUMN_U8 || c->storage == COLUMN_U16 ||
           c->storage == COLUMN_I32;
}

static bool can_judge(const struct search *k)
{
    const struct row_scope *s = k->scope;
    bool placed = s->areas || s->asked;
    for (size_t i = 0; i < s->n_tests; i++)
        if (!is_small(&k->columns[s->tests[i].field->index]))
            return false;
    return k->current >= 0 && is_small(&k->columns[FIELD_STATE]) &&
           (!placed ||
            (is_small(&k->columns[FIELD_AREA]) && is_small(&k->columns[FIELD_FACILITY])));
}

static void in_state(const struct search *k, struct block *b)
{
    int32_t states[EXPR_BLOCK], current = (int32_t)k->current;
    memset(b->there, 1, b->n);
    if (k->scope->state == ROW_ALL)
        return;
    uint8_t wanted = k->scope->state == ROW_CURRENT;
    cube_days(&k->columns[FIELD_STATE], b->from, b->n, states);
    for (size_t i = 0; i < b->n; i++)
        b->there[i] = (uint8_t)(states[i] == current) == wanted;
}

static void read_places(const struct search *k, struct block *b)
{
    const struct facility *facilities = k->places->facilities;
    cube_days(&k->columns[FIELD_AREA], b->from, b->n, b->place);
    cube_days(&k->columns[FIELD_FACILITY], b->from, b->n, b->facility);
    for (size_t i = 0; i < b->n; i++)
        if (b->place[i] < 0 && b->facility[i] >= 0)
            b->place[i] = facilities[b->facility[i]].area;
}

static bool marked(const bool *of, int32_t index)
{
    return index >= 0 && of[index];
}

static void keep_callers(const struct row_scope *s, struct block *b)
{
    for (size_t i = 0; i < b->n; i++) {
        bool mine =
            marked(s->areas, b->place[i]) || (s->own && marked(s->own, b->facility[i]));
        b->visible[i] = b->there[i] & (uint8_t)mine;
    }
}

static void keep_test(const struct row_test *t, const struct column *c, struct block *b)
{
    int32_t values[EXPR_BLOCK];
    cube_days(c, b->from, b->n, values);
    if (t->of) {
        for (size_t i = 0; i < b->n; i++)
            b->shown[i] &=
                (uint8_t)(values[i] >= 0 && (size_t)values[i] < t->n && t->of[values[i]]);
        return;
    }
    if (t->low > INT32_MAX || t->high <= INT32_MIN) {
        memset(b->shown, 0, b->n);
        return;
    }
    int32_t low = t->low <= INT32_MIN ? INT32_MIN + 1 : (int32_t)t->low;
    int32_t high = t->high > INT32_MAX ? INT32_MAX : (int32_t)t->high;
    for (size_t i = 0; i < b->n; i++)
        b->shown[i] &= (uint8_t)((values[i] >= low) & (values[i] <= high));
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
    if (s->areas)
        read_places(k, b);
    memcpy(b->visible, b->there, n);
    if (s->areas)
        keep_callers(s, b);
    memcpy(b->shown, b->visible, n);
    for (size_t i = 0; i < s->n_tests; i++)
        keep_test(&s->tests[i], &k->columns[s->tests[i].field->index], b);
    if (s->asked && sum(b->shown, n)) { // rows of a time stand together
        if (!s->areas)
            read_places(k, b);
        for (size_t i = 0; i < n; i++)
            b->shown[i] &= (uint8_t)marked(s->asked, b->place[i]);
    }
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
                         .loaded = l,
                         .current =
                             field_code(&q->reg->fields[FIELD_STATE], STR("current"))};
    *held = can_judge(k);
    if (!*held)
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
        for (size_t i = 0; i < b.n; i++)
            if (b.shown[i])
                keep_id(x, ids_get(&t->ids, from + i));
    }
    size_t end = ids_find(&t->ids, sorted, x->below),
           least = end < effort ? 0 : end - effort;
    while (end > least && taken < x->most) {
        size_t n = end < EXPR_BLOCK ? end : EXPR_BLOCK;
        judge(k, &b, end - n, n);
        for (size_t i = n; i-- && taken < x->most;)
            if (b.shown[i]) {
                keep_id(x, ids_get(&t->ids, end - n + i));
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
    for (size_t i = 0; i < b->n; i++)
        if (b->shown[i] && !is_behind(x, values[i]))
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
