// SPDX-License-Identifier: AGPL-3.0-or-later
// The order of the records: by content, whatever the order of the files' rows.
#include <stdlib.h>
#include <string.h>

#include "link/dictionary.h"
#include "link/records_private.h"

// ---- the hash of a row ----

struct hashing {
    struct link_records *r;
    const struct link_column *column;
    uint64_t seed;
    uint64_t *value_hash; // [n_values + 1]
};

static void hash_values(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct hashing *h = argument;
    uint64_t end = (uint64_t)(task + 1) * RECORDS_SLICE;
    if (end > (uint64_t)h->column->n_values + 1)
        end = (uint64_t)h->column->n_values + 1;
    for (uint64_t v = (uint64_t)task * RECORDS_SLICE; v < end; v++)
        h->value_hash[v] = v ? str_hash(link_texts_at(&h->column->texts, v), h->seed) : 0;
}

// Sums do not depend on the order of the columns, and a null adds nothing: a row is the
// same in a file that does not have the column.
static void add_hashes(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct hashing *h = argument;
    uint64_t end = (uint64_t)(task + 1) * RECORDS_SLICE;
    if (end > h->r->n)
        end = h->r->n;
    for (uint64_t i = (uint64_t)task * RECORDS_SLICE; i < end; i++)
        h->r->content[i] += h->value_hash[h->column->value[i]];
}

static uint64_t hash_of_heading(struct str name)
{
    uint64_t h = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        h = str_hash((struct str){&c, 1}, h);
    }
    return h;
}

static enum err hash_rows(struct link_records *r, struct pool *pool, struct error *e)
{
    if (!r->content)
        r->content = mem_alloc(r->n, sizeof *r->content);
    if (!r->content)
        return error_memory(e);
    memset(r->content, 0, (size_t)r->n * sizeof *r->content);
    for (unsigned i = 0; i < r->n_columns; i++) {
        const struct link_column *c = &r->columns[i];
        if (!records_compared(c))
            continue;
        struct hashing h = {r, c, hash_of_heading(c->name), NULL};
        h.value_hash = mem_alloc((size_t)c->n_values + 1, sizeof *h.value_hash);
        if (!h.value_hash)
            return error_memory(e);
        records_run(pool, records_slices((uint64_t)c->n_values + 1), hash_values, &h);
        records_run(pool, records_slices(r->n), add_hashes, &h);
        mem_free(h.value_hash);
    }
    return ERR_OK;
}

// ---- sorting ----

enum { ROWS_A_BUCKET = 8, BUCKETS_A_TASK = 1 << 13, SMALL_BUCKET = 32 };

struct sorting {
    const struct link_records *r;
    bool has_ids;    // the source
    uint32_t *order; // of one source
    uint32_t *end;   // of each bucket in it
    size_t n_buckets;
};

static struct str id_text(const struct sorting *s, uint32_t record)
{
    return s->has_ids ? link_record_id(s->r, record) : (struct str){"", 0};
}

static int compare_ids(const struct sorting *s, uint32_t a, uint32_t b)
{
    int by_id = str_compare(id_text(s, a), id_text(s, b));
    return by_id ? by_id : (s->r->row[a] > s->r->row[b]) - (s->r->row[a] < s->r->row[b]);
}

static int compare_records(const void *left, const void *right, void *sorting)
{
    const struct sorting *s = sorting;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    uint64_t x = s->r->content[a], y = s->r->content[b];
    return x != y ? (x > y) - (x < y) : a == b ? 0 : compare_ids(s, a, b);
}

// A hash fills the buckets evenly, so that this is what most of them need. Their keys are
// fetched once, side by side.
static void sort_small(const struct sorting *s, uint32_t *order, size_t n)
{
    uint64_t key[SMALL_BUCKET];
    for (size_t i = 0; i < n; i++)
        key[i] = s->r->content[order[i]];
    for (size_t i = 1; i < n; i++) {
        uint64_t k = key[i];
        uint32_t at = order[i];
        size_t j = i;
        for (; j && (key[j - 1] > k ||
                     (key[j - 1] == k && compare_ids(s, order[j - 1], at) > 0));
             j--) {
            key[j] = key[j - 1];
            order[j] = order[j - 1];
        }
        key[j] = k;
        order[j] = at;
    }
}

static void sort_buckets(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct sorting *s = argument;
    size_t first = task * BUCKETS_A_TASK, last = first + BUCKETS_A_TASK;
    for (size_t b = first; b < last && b < s->n_buckets; b++) {
        uint32_t begin = b ? s->end[b - 1] : 0;
        uint32_t n = s->end[b] - begin;
        if (n <= SMALL_BUCKET)
            sort_small(s, s->order + begin, n);
        else // many equal rows
            qsort_r(s->order + begin, n, sizeof *s->order, compare_records, s);
    }
}

// order[begin..end): the records of one source, as they shall stand.
static enum err sort_source(const struct link_records *r,
                            const struct link_source *source, bool has_ids,
                            uint32_t *order, struct pool *pool, struct error *e)
{
    uint32_t begin = source->begin, end = source->end;
    uint32_t n = end - begin;
    unsigned log2_buckets = 1;
    while (log2_buckets < 30 && (uint64_t)ROWS_A_BUCKET << log2_buckets < n)
        log2_buckets++;
    unsigned shift = 64 - log2_buckets;
    struct sorting s = {r, has_ids, order + begin, NULL, (size_t)1 << log2_buckets};
    s.end = mem_alloc(s.n_buckets, sizeof *s.end);
    if (!s.end)
        return error_memory(e);
    for (uint32_t i = begin; i < end; i++)
        s.end[r->content[i] >> shift]++;
    uint32_t sum = 0;
    for (size_t b = 0; b < s.n_buckets; b++) {
        uint32_t count = s.end[b];
        s.end[b] = sum; // the begin, until the records are put in
        sum += count;
    }
    for (uint32_t i = begin; i < end; i++)
        s.order[s.end[r->content[i] >> shift]++] = i;
    records_run(pool, (s.n_buckets + BUCKETS_A_TASK - 1) / BUCKETS_A_TASK, sort_buckets,
                &s);
    mem_free(s.end);
    return ERR_OK;
}

// ---- moving the records, and numbering the values anew ----

struct moving {
    struct link_records *r;
    const uint32_t *order;
    struct error *problems; // [n_columns + 3]
};

static enum err move_numbers(uint32_t **numbers, const struct moving *m, struct error *e)
{
    uint32_t *moved = mem_alloc(m->r->n, sizeof *moved);
    if (!moved)
        return error_memory(e);
    for (uint32_t i = 0; i < m->r->n; i++)
        moved[i] = (*numbers)[m->order[i]];
    mem_free(*numbers);
    *numbers = moved;
    return ERR_OK;
}

static enum err move_content(const struct moving *m, struct error *e)
{
    uint64_t *moved = mem_alloc(m->r->n, sizeof *moved);
    if (!moved)
        return error_memory(e);
    for (uint32_t i = 0; i < m->r->n; i++)
        moved[i] = m->r->content[m->order[i]];
    mem_free(m->r->content);
    m->r->content = moved;
    return ERR_OK;
}

// New texts: those numbered by old_number[0 .. n - 1], in this order.
static enum err choose_texts(struct link_texts *t, const uint32_t *old_number, uint32_t n,
                             struct error *e)
{
    enum { LOOK_AHEAD = 16 };
    struct link_texts chosen = {.n = n};
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < n; i++)
        bytes += link_texts_at(t, old_number[i]).n;
    chosen.bytes = mem_alloc(bytes, 1);
    chosen.offset = mem_alloc((size_t)n + 1, sizeof *chosen.offset);
    if (!chosen.bytes || !chosen.offset) {
        link_texts_free(&chosen);
        return error_memory(e);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (n - i > LOOK_AHEAD)
            __builtin_prefetch(t->bytes + t->offset[old_number[i + LOOK_AHEAD]]);
        struct str text = link_texts_at(t, old_number[i]);
        if (text.n)
            memcpy(chosen.bytes + chosen.offset[i], text.p, text.n);
        chosen.offset[i + 1] = chosen.offset[i] + text.n;
    }
    link_texts_free(t);
    *t = chosen;
    return ERR_OK;
}

// Numbers in the order of the first records that hold them, and counts.
static enum err number_anew(struct link_column *c, uint32_t n, struct error *e)
{
    uint32_t *new_number = mem_alloc((size_t)c->n_values + 1, sizeof *new_number);
    uint32_t *old_number = mem_alloc((size_t)c->n_values + 1, sizeof *old_number);
    uint32_t *count = mem_alloc((size_t)c->n_values + 1, sizeof *count);
    enum err code = new_number && old_number && count ? ERR_OK : error_memory(e);
    uint32_t used = 0;
    bool same = true;
    for (uint32_t i = 0; i < n && !code; i++) {
        uint32_t v = c->value[i];
        if (v && !new_number[v]) {
            new_number[v] = ++used;
            old_number[used] = v;
            same = same && v == used;
        }
        c->value[i] = new_number[v];
        count[new_number[v]]++;
    }
    if (!code && !(same && used == c->n_values))
        code = choose_texts(&c->texts, old_number, used + 1, e);
    mem_free(new_number);
    mem_free(old_number);
    if (code) {
        mem_free(count);
        return code;
    }
    uint32_t *fitted = mem_resize(count, (size_t)used + 1, sizeof *count);
    mem_free(c->count);
    c->count = fitted ? fitted : count;
    c->n_values = used;
    return ERR_OK;
}

static enum err count_values(struct link_column *c, uint32_t n, struct error *e)
{
    uint32_t *count = mem_alloc((size_t)c->n_values + 1, sizeof *count);
    if (!count)
        return error_memory(e);
    for (uint32_t i = 0; i < n; i++)
        count[c->value[i]]++;
    mem_free(c->count);
    c->count = count;
    return ERR_OK;
}

static void move_task(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct moving *m = argument;
    struct link_records *r = m->r;
    struct error *e = &m->problems[task];
    enum err code = ERR_OK;
    if (task == r->n_columns) {
        code = move_numbers(&r->id, m, e);
    } else if (task == r->n_columns + 1u) {
        code = move_numbers(&r->row, m, e);
    } else if (task == r->n_columns + 2u) {
        code = move_content(m, e);
    } else if (r->columns[task].value) {
        code = move_numbers(&r->columns[task].value, m, e);
        if (!code && r->columns[task].kind == LINK_ID)
            code = count_values(&r->columns[task], r->n, e);
        else if (!code)
            code = number_anew(&r->columns[task], r->n, e);
    }
    e->code = code;
}

enum err records_order(struct link_records *r, const uint32_t *id_column,
                       struct pool *pool, struct error *e)
{
    enum err code = hash_rows(r, pool, e);
    if (code)
        return code;
    struct moving m = {.r = r};
    uint32_t *order = mem_alloc(r->n, sizeof *order);
    m.problems = mem_alloc(r->n_columns + 3u, sizeof *m.problems);
    if (!order || !m.problems)
        code = error_memory(e);
    for (unsigned s = 0; s < r->n_sources && !code; s++) {
        bool has_ids = !id_column || id_column[s] != RECORDS_NO_COLUMN;
        code = sort_source(r, &r->sources[s], has_ids, order, pool, e);
    }
    m.order = order;
    if (!code)
        records_run(pool, r->n_columns + 3u, move_task, &m);
    for (unsigned i = 0; i < r->n_columns + 3u && !code; i++)
        if ((code = m.problems[i].code) != ERR_OK && e)
            *e = m.problems[i];
    mem_free(order);
    mem_free(m.problems);
    return code;
}

static void count_task(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct moving *m = argument;
    struct link_column *c = &m->r->columns[task];
    struct error *e = &m->problems[task];
    e->code = c->value ? count_values(c, m->r->n, e) : ERR_OK;
}

enum err records_count(struct link_records *r, struct pool *pool, struct error *e)
{
    struct moving m = {.r = r, .problems = mem_alloc(r->n_columns, sizeof *m.problems)};
    if (!m.problems)
        return error_memory(e);
    records_run(pool, r->n_columns, count_task, &m);
    enum err code = ERR_OK;
    for (unsigned i = 0; i < r->n_columns && !code; i++)
        if ((code = m.problems[i].code) != ERR_OK && e)
            *e = m.problems[i];
    mem_free(m.problems);
    return code;
}
