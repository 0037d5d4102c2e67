// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables made by hand for the tests of block, and what blocking rules must give of them,
// by loops over all records. Included once.
#ifndef TESTS_LINK_BLOCK_TABLE_H
#define TESTS_LINK_BLOCK_TABLE_H

#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "link/view.h"

enum { COLUMNS = 5, MOST_VALUES = 400, RULES = 4 };

// ---- the part of a view that rules use

enum rest { REST_ROW_SUM_EVEN = 1, REST_LAST_LESS };
struct view_test {
    enum rest what;
};

static uint64_t rest_calls; // of one thread at a time

static bool holds(const struct view_test *t, const uint32_t *a, const uint32_t *b)
{
    if (t->what == REST_ROW_SUM_EVEN)
        return (a[0] + b[0] + a[1] + b[1]) % 2 == 0;
    return a[COLUMNS - 1] < b[COLUMNS - 1]; // left and right are not the same
}

__attribute__((weak)) bool link_view_rest(const struct link_view *v,
                                          struct link_scratch *s, unsigned rule,
                                          uint32_t left, uint32_t right)
{
    (void)s;
    __atomic_fetch_add(&rest_calls, 1, __ATOMIC_RELAXED);
    return holds(v->rules[rule].rest, link_view_row(v, left), link_view_row(v, right));
}

// ---- tables

struct table {
    struct link_view view;
    struct link_records records;
    struct link_column columns[COLUMNS];
    unsigned column_of[COLUMNS];
    uint32_t *cell;
    uint8_t *source;
    struct view_rule rules[RULES];
    struct view_test rest[2];
    uint32_t first_new;
};

static void table_open(struct table *t, uint32_t n, enum link_type type)
{
    *t = (struct table){0};
    t->cell = mem_alloc((size_t)n * COLUMNS + 1, sizeof *t->cell);
    t->source = mem_alloc(n + 1, 1);
    assert_true(t->cell && t->source);
    for (unsigned c = 0; c < COLUMNS; c++) {
        struct link_texts *x = &t->columns[c].texts;
        t->column_of[c] = c;
        x->bytes = mem_alloc(1 << 16, 1);
        x->offset = mem_alloc(MOST_VALUES + 2, sizeof *x->offset);
        assert_true(x->bytes && x->offset);
        x->n = 1;
    }
    t->rest[0].what = REST_ROW_SUM_EVEN;
    t->rest[1].what = REST_LAST_LESS;
    t->records =
        (struct link_records){.n = n, .columns = t->columns, .n_columns = COLUMNS};
    t->view = (struct link_view){.records = &t->records,
                                 .type = type,
                                 .n = n,
                                 .width = COLUMNS,
                                 .cell = t->cell,
                                 .column = t->column_of,
                                 .rules = t->rules,
                                 .source = t->source};
}

static void table_close(struct table *t)
{
    for (unsigned c = 0; c < COLUMNS; c++) {
        mem_free(t->columns[c].texts.bytes);
        mem_free(t->columns[c].texts.offset);
    }
    mem_free(t->cell);
    mem_free(t->source);
}

// The number of a text, which is added when it is new.
static uint32_t value_of(struct table *t, unsigned column, struct str s)
{
    struct link_column *c = &t->columns[column];
    for (uint32_t i = 1; i <= c->n_values; i++)
        if (str_equal(link_text(c, i), s))
            return i;
    assert_true(c->n_values < MOST_VALUES);
    uint64_t at = c->texts.offset[c->texts.n];
    assert_true(at + s.n < 1 << 16);
    memcpy(c->texts.bytes + at, s.p, s.n);
    c->texts.offset[++c->texts.n] = at + s.n;
    return ++c->n_values;
}

static struct str random_text(struct rng *r, unsigned least, unsigned most,
                              unsigned letters, char *room)
{
    static const char *const letter[] = {"a", "b",  "张", "伟", "é", "玮",
                                         "c", "𠮷", "d",  "王", "e", "f"};
    size_t n = 0, length = least + rng_below(r, most - least + 1);
    for (size_t i = 0; i < length; i++) {
        const char *x = letter[rng_below(r, letters)];
        memcpy(room + n, x, strlen(x));
        n += strlen(x);
    }
    return (struct str){room, n};
}

// Sources come one after the other, as in real records.
static void table_fill(struct table *t, struct rng *r, unsigned sources, double nulls)
{
    char room[64];
    for (uint32_t i = 0; i < t->view.n; i++) {
        t->source[i] = (uint8_t)((uint64_t)i * sources / t->view.n);
        for (unsigned c = 0; c < COLUMNS; c++) {
            if (rng_chance(r, nulls))
                continue; // LINK_NULL
            struct str s = c < 2   ? random_text(r, 1, 2, 4 + c, room)
                           : c < 4 ? random_text(r, c == 3, 4, 3, room)
                                   : random_text(r, 2, 2, 12, room);
            if (s.n)
                t->cell[(size_t)i * COLUMNS + c] = value_of(t, c, s);
        }
    }
}

// ---- what must come out

static uint32_t decode(struct str s, uint32_t *out)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char x = (unsigned char)s.p[i];
        if ((x & 0xc0) == 0x80)
            out[n - 1] = out[n - 1] << 8 | x;
        else
            out[n++] = x;
    }
    return n;
}

// By the book, all of the matrix.
static uint32_t distance(struct str s, struct str t, bool osa)
{
    static uint32_t d[320][320], a[320], b[320];
    uint32_t n = decode(s, a), m = decode(t, b);
    for (uint32_t i = 0; i <= n; i++)
        for (uint32_t j = 0; j <= m; j++) {
            if (!i || !j) {
                d[i][j] = i + j;
                continue;
            }
            uint32_t x = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            x = d[i - 1][j] + 1 < x ? d[i - 1][j] + 1 : x;
            x = d[i][j - 1] + 1 < x ? d[i][j - 1] + 1 : x;
            if (osa && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < x)
                x = d[i - 2][j - 2] + 1;
            d[i][j] = x;
        }
    return d[n][m];
}

static bool agree(const struct table *t, const struct view_rule *r, uint32_t a,
                  uint32_t b)
{
    const uint32_t *x = link_view_row(&t->view, a), *y = link_view_row(&t->view, b);
    for (unsigned i = 0; i < r->n_equal; i++)
        if (!x[r->equal[i]] || x[r->equal[i]] != y[r->equal[i]])
            return false;
    return true;
}

static bool near_alike(const struct table *t, const struct view_rule *r, uint32_t a,
                       uint32_t b)
{
    uint32_t p = link_view_row(&t->view, a)[r->near_column],
             q = link_view_row(&t->view, b)[r->near_column];
    const struct link_column *c = &t->columns[r->near_column];
    if (!p || !q)
        return false;
    if (p == q)
        return true;
    if (r->near == LINK_NEAR_EDIT)
        return distance(link_text(c, p), link_text(c, q), r->near_osa) <= 1;
    // texts between the two that some record with the same equal parts has
    bool between[MOST_VALUES + 1] = {0};
    struct str low = link_text(c, p), high = link_text(c, q);
    if (str_compare(low, high) > 0) {
        struct str s = low;
        low = high;
        high = s;
    }
    unsigned n = 1;
    for (uint32_t i = 0; i < t->view.n; i++) {
        uint32_t x = link_view_row(&t->view, i)[r->near_column];
        if (!x || between[x] || !(i == a || agree(t, r, a, i)))
            continue;
        if (str_compare(link_text(c, x), low) > 0 &&
            str_compare(link_text(c, x), high) < 0)
            between[x] = true, n++;
    }
    return n <= r->near_steps;
}

static bool rule_holds(const struct table *t, unsigned rule, uint32_t a, uint32_t b)
{
    const struct view_rule *r = &t->rules[rule];
    return agree(t, r, a, b) && (r->near == LINK_NEAR_NONE || near_alike(t, r, a, b)) &&
           (!r->rest ||
            holds(r->rest, link_view_row(&t->view, a), link_view_row(&t->view, b)));
}

// ---- blocks that are passed over, record by record

static uint32_t near_value(const struct table *t, const struct view_rule *r,
                           uint32_t record)
{
    return link_view_row(&t->view, record)[r->near_column];
}

static bool same_key(const struct table *t, const struct view_rule *r, uint32_t a,
                     uint32_t b)
{
    return agree(t, r, a, b) &&
           (r->near == LINK_NEAR_NONE || (near_value(t, r, a) != LINK_NULL &&
                                          near_value(t, r, a) == near_value(t, r, b)));
}

static bool allowed(const struct table *t, uint32_t a, uint32_t b)
{
    return link_view_pairs(&t->view, a, b) && (a >= t->first_new || b >= t->first_new);
}

// Pairs among all records with the key of record a.
static uint64_t pairs_of_key(const struct table *t, const struct view_rule *r, uint32_t a)
{
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < t->view.n; i++)
        for (uint32_t j = i + 1; same_key(t, r, a, i) && j < t->view.n; j++)
            pairs += same_key(t, r, a, j) && allowed(t, i, j);
    return pairs;
}

// Whether a text is `left`, or is with one character taken out.
static bool leaves(struct str text, struct str left)
{
    if (str_equal(text, left))
        return true;
    for (size_t at = 0, end; at < text.n; at = end) {
        for (end = at + 1; end < text.n && ((unsigned char)text.p[end] & 0xc0) == 0x80;)
            end++;
        if (text.n - (end - at) == left.n && memcmp(text.p, left.p, at) == 0 &&
            memcmp(text.p + end, left.p + at, left.n - at) == 0)
            return true;
    }
    return false;
}

// Pairs of records with different texts that leave the same, in one combination.
static uint64_t pairs_leaving(const struct table *t, const struct view_rule *r,
                              uint32_t a, struct str left)
{
    const struct link_column *c = &t->columns[r->near_column];
    uint64_t pairs = 0;
    uint32_t *member = mem_alloc(t->view.n, sizeof *member), n = 0;
    assert_non_null(member);
    for (uint32_t i = 0; i < t->view.n; i++) {
        uint32_t value = near_value(t, r, i);
        if (!value || !(i == a || agree(t, r, a, i)) ||
            !leaves(link_text(c, value), left))
            continue;
        for (uint32_t k = 0; k < n; k++)
            pairs += near_value(t, r, member[k]) != value && allowed(t, member[k], i);
        member[n++] = i;
    }
    mem_free(member);
    return pairs;
}

static bool edit_kept(const struct table *t, const struct view_rule *r, uint32_t a,
                      uint32_t b, uint64_t most)
{
    const struct link_column *c = &t->columns[r->near_column];
    struct str x = link_text(c, near_value(t, r, a)),
               y = link_text(c, near_value(t, r, b));
    if (leaves(y, x) && pairs_leaving(t, r, a, x) <= most)
        return true;
    for (size_t at = 0, end; at < x.n; at = end) {
        char room[64];
        for (end = at + 1; end < x.n && ((unsigned char)x.p[end] & 0xc0) == 0x80;)
            end++;
        memcpy(room, x.p, at);
        memcpy(room + at, x.p + end, x.n - end);
        struct str left = {room, x.n - (end - at)};
        if (leaves(y, left) && pairs_leaving(t, r, a, left) <= most)
            return true;
    }
    return false;
}

static int by_text(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

// The lower of two keys joined with those near_steps after it.
static bool sorted_kept(const struct table *t, const struct view_rule *r, uint32_t a,
                        uint32_t b, uint64_t most)
{
    const struct link_column *c = &t->columns[r->near_column];
    struct str x = link_text(c, near_value(t, r, a)),
               y = link_text(c, near_value(t, r, b));
    struct str low = str_compare(x, y) < 0 ? x : y, text[MOST_VALUES];
    size_t n = 0, i = 0;
    for (uint32_t k = 0; k < t->view.n; k++)
        if (near_value(t, r, k) && (k == a || agree(t, r, a, k)))
            text[n++] = link_text(c, near_value(t, r, k));
    qsort(text, n, sizeof *text, by_text);
    while (str_compare(text[i], low) < 0)
        i++;
    struct str high = low; // the last key that is joined
    for (unsigned step = 0; i < n; i++)
        if (!str_equal(text[i], high)) {
            if (++step > r->near_steps)
                break;
            high = text[i];
        }
    uint64_t pairs = 0;
    for (uint32_t k = 0; k < t->view.n; k++) {
        if (!near_value(t, r, k) || !str_equal(link_text(c, near_value(t, r, k)), low) ||
            !(k == a || agree(t, r, a, k)))
            continue;
        for (uint32_t l = 0; l < t->view.n; l++) {
            struct str s = link_text(c, near_value(t, r, l));
            pairs += str_compare(s, low) > 0 && str_compare(s, high) <= 0 &&
                     (l == a || agree(t, r, a, l)) && allowed(t, k, l);
        }
    }
    return pairs <= most;
}

static bool rule_gives(const struct table *t, unsigned rule, uint32_t a, uint32_t b,
                       uint64_t most)
{
    const struct view_rule *r = &t->rules[rule];
    if (!allowed(t, a, b) || !rule_holds(t, rule, a, b))
        return false;
    if (!r->n_equal && r->near == LINK_NEAR_NONE)
        return true; // all pairs were asked for
    if (same_key(t, r, a, b))
        return pairs_of_key(t, r, a) <= most;
    return r->near == LINK_NEAR_EDIT ? edit_kept(t, r, a, b, most)
                                     : sorted_kept(t, r, a, b, most);
}

#endif
