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

// The hashes are even: their first bits part the records into small heaps, which fit into
// the caches nearest to a core.
enum {
    HEAP = 512,
    LARGE_HEAP = 1024,
    HEAPS_A_TASK = 32,
    MOST_SLICES = 64,
    LOG2_PILES = 7
};

struct keyed {
    uint64_t key; // content
    uint32_t record;
};

struct sorting {
    const struct link_records *r;
    uint32_t begin, n; // records of the source
    bool has_ids;
    unsigned shift; // what is left is the heap
    size_t n_heaps, n_slices;
    uint32_t *place;      // [n_slices * n_heaps] of the next record
    uint32_t *end;        // [n_heaps]
    struct keyed *heaped; // [n]
    uint32_t *order;      // [n]
    uint64_t *content;    // [n] in this order
};

static int compare_ids(const struct sorting *s, uint32_t a, uint32_t b)
{
    const uint32_t *row = s->r->row;
    int by_id =
        s->has_ids ? str_compare(link_record_id(s->r, a), link_record_id(s->r, b)) : 0;
    return by_id ? by_id : (row[a] > row[b]) - (row[a] < row[b]);
}

static int compare_records(const void *left, const void *right, void *sorting)
{
    const struct keyed *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->record == b->record ? 0 : compare_ids(sorting, a->record, b->record);
}

static uint32_t slice_begin(const struct sorting *s, size_t slice)
{
    return s->begin + (uint32_t)((uint64_t)s->n * slice / s->n_slices);
}

static void count_heaps(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct sorting *s = argument;
    uint32_t *count = s->place + task * s->n_heaps;
    for (uint32_t i = slice_begin(s, task); i < slice_begin(s, task + 1); i++)
        count[s->r->content[i] >> s->shift]++;
}

static void fill_heaps(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct sorting *s = argument;
    uint32_t *place = s->place + task * s->n_heaps;
    for (uint32_t i = slice_begin(s, task); i < slice_begin(s, task + 1); i++) {
        uint64_t key = s->r->content[i];
        s->heaped[place[key >> s->shift]++] = (struct keyed){key, i};
    }
}

// Records of equal keys, which lie together, by their ids. These lie anywhere: they are
// fetched together, step by step.
static void sort_equal(const struct sorting *s, struct keyed *heap, uint32_t n)
{
    uint32_t equal[LARGE_HEAP], n_equal = 0;
    for (uint32_t i = 0; i < n; i++)
        if ((i && heap[i - 1].key == heap[i].key) ||
            (i + 1 < n && heap[i + 1].key == heap[i].key))
            equal[n_equal++] = heap[i].record;
    const struct link_records *r = s->r;
    for (uint32_t i = 0; i < n_equal && s->has_ids; i++)
        __builtin_prefetch(&r->id[equal[i]]);
    for (uint32_t i = 0; i < n_equal && s->has_ids; i++)
        __builtin_prefetch(&r->ids.offset[r->id[equal[i]]]);
    for (uint32_t i = 0; i < n_equal && s->has_ids; i++)
        __builtin_prefetch(r->ids.bytes + r->ids.offset[r->id[equal[i]]]);
    for (uint32_t i = 1; i < n && n_equal; i++) {
        struct keyed one = heap[i];
        uint32_t k = i;
        for (; k && heap[k - 1].key == one.key &&
               compare_ids(s, heap[k - 1].record, one.record) > 0;
             k--)
            heap[k] = heap[k - 1];
        heap[k] = one;
    }
}

// Laid out in piles by the next bits, records are close to where they belong.
static void sort_heap(const struct sorting *s, struct keyed *heap, uint32_t n)
{
    enum { PILES = 1 << LOG2_PILES };
    struct keyed piled[LARGE_HEAP];
    uint16_t at[PILES + 1] = {0};
    unsigned shift = s->shift - LOG2_PILES;
    for (uint32_t i = 0; i < n; i++)
        at[(heap[i].key >> shift & (PILES - 1)) + 1]++;
    for (unsigned k = 1; k < PILES; k++)
        at[k] = (uint16_t)(at[k] + at[k - 1]);
    for (uint32_t i = 0; i < n; i++)
        piled[at[heap[i].key >> shift & (PILES - 1)]++] = heap[i];
    for (uint32_t i = 0; i < n; i++) {
        struct keyed one = piled[i];
        uint32_t k = i;
        for (; k && heap[k - 1].key > one.key; k--)
            heap[k] = heap[k - 1];
        heap[k] = one;
    }
    sort_equal(s, heap, n);
}

static void sort_heaps(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct sorting *s = argument;
    size_t first = task * HEAPS_A_TASK, last = first + HEAPS_A_TASK;
    for (size_t h = first; h < last && h < s->n_heaps; h++) {
        uint32_t begin = h ? s->end[h - 1] : 0;
        uint32_t n = s->end[h] - begin;
        if (n <= LARGE_HEAP)
            sort_heap(s, s->heaped + begin, n);
        else // many equal rows
            qsort_r(s->heaped + begin, n, sizeof *s->heaped, compare_records, s);
        for (uint32_t i = begin; i < begin + n; i++) {
            s->order[i] = s->heaped[i].record;
            s->content[i] = s->heaped[i].key;
        }
    }
}

// order[begin..end) and content[begin..end): those of one source, as they shall stand.
static enum err sort_source(const struct link_records *r,
                            const struct link_source *source, bool has_ids,
                            uint32_t *order, uint64_t *content, struct pool *pool,
                            struct error *e)
{
    uint32_t begin = source->begin, n = source->end - begin;
    unsigned log2_heaps = 1;
    while (log2_heaps < 30 && (uint64_t)HEAP << log2_heaps < n)
        log2_heaps++;
    struct sorting s = {r,
                        begin,
                        n,
                        has_ids,
                        64 - log2_heaps,
                        (size_t)1 << log2_heaps,
                        records_slices(n),
                        .order = order + begin,
                        .content = content + begin};
    if (s.n_slices > MOST_SLICES)
        s.n_slices = MOST_SLICES;
    s.place = mem_alloc(s.n_slices, s.n_heaps * sizeof *s.place);
    s.end = mem_alloc(s.n_heaps, sizeof *s.end);
    s.heaped = mem_resize(NULL, n, sizeof *s.heaped);
    enum err code = s.place && s.end && s.heaped ? ERR_OK : error_memory(e);
    if (!code) {
        records_run(pool, s.n_slices, count_heaps, &s);
        uint32_t sum = 0;
        for (size_t h = 0; h < s.n_heaps; h++) {
            for (size_t k = 0; k < s.n_slices; k++) {
                uint32_t count = s.place[k * s.n_heaps + h];
                s.place[k * s.n_heaps + h] = sum;
                sum += count;
            }
            s.end[h] = sum;
        }
        records_run(pool, s.n_slices, fill_heaps, &s);
        records_run(pool, (s.n_heaps + HEAPS_A_TASK - 1) / HEAPS_A_TASK, sort_heaps, &s);
    }
    mem_free(s.place);
    mem_free(s.end);
    mem_free(s.heaped);
    return code;
}

// ---- moving the records, and numbering the values anew ----

struct moving {
    struct link_records *r;
    const uint32_t *order;
    const uint32_t *columns; // in the order of their tasks
    struct error *problems;  // [n_columns + 2]
};

static enum err move_numbers(uint32_t **numbers, const struct moving *m, struct error *e)
{
    uint32_t *moved = mem_resize(NULL, m->r->n, sizeof *moved);
    if (!moved)
        return error_memory(e);
    for (uint32_t i = 0; i < m->r->n; i++)
        moved[i] = (*numbers)[m->order[i]];
    mem_free(*numbers);
    *numbers = moved;
    return ERR_OK;
}

// New texts: those numbered by old_number[0 .. n - 1], in this order.
static enum err choose_texts(struct link_texts *t, const uint32_t *old_number, uint32_t n,
                             struct error *e)
{
    enum { LOOK_AHEAD = 16 };
    struct link_texts chosen = {.n = n};
    chosen.bytes = mem_resize(NULL, t->offset[t->n], 1);
    chosen.offset = mem_resize(NULL, (size_t)n + 1, sizeof *chosen.offset);
    if (!chosen.bytes || !chosen.offset) {
        link_texts_free(&chosen);
        return error_memory(e);
    }
    chosen.offset[0] = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (n - i > 2 * LOOK_AHEAD) {
            __builtin_prefetch(&t->offset[old_number[i + 2 * LOOK_AHEAD]]);
            __builtin_prefetch(t->bytes + t->offset[old_number[i + LOOK_AHEAD]]);
        }
        struct str text = link_texts_at(t, old_number[i]);
        if (text.n)
            memcpy(chosen.bytes + chosen.offset[i], text.p, text.n);
        chosen.offset[i + 1] = chosen.offset[i] + text.n;
    }
    link_texts_free(t);
    link_texts_fit(&chosen);
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
    } else if (r->columns[m->columns[task]].value) {
        struct link_column *c = &r->columns[m->columns[task]];
        code = move_numbers(&c->value, m, e);
        if (!code && c->kind == LINK_ID)
            code = count_values(c, r->n, e);
        else if (!code)
            code = number_anew(c, r->n, e);
    }
    e->code = code;
}

// Columns with many values first: they take longest.
static void order_columns(const struct link_records *r, uint32_t *columns)
{
    for (unsigned i = 0; i < r->n_columns; i++) {
        unsigned k = i;
        for (; k && r->columns[columns[k - 1]].n_values < r->columns[i].n_values; k--)
            columns[k] = columns[k - 1];
        columns[k] = i;
    }
}

static enum err move_records(struct link_records *r, const uint32_t *order,
                             struct pool *pool, struct error *e)
{
    unsigned tasks = r->n_columns + 2u;
    struct error *problems = mem_alloc(tasks, sizeof *problems);
    uint32_t *columns = mem_alloc(r->n_columns, sizeof *columns);
    enum err code = problems && columns ? ERR_OK : error_memory(e);
    if (!code) {
        order_columns(r, columns);
        struct moving m = {r, order, columns, problems};
        records_run(pool, tasks, move_task, &m);
    }
    for (unsigned i = 0; i < tasks && !code; i++)
        if ((code = problems[i].code) != ERR_OK && e)
            *e = problems[i];
    mem_free(problems);
    mem_free(columns);
    return code;
}

enum err records_order(struct link_records *r, const uint32_t *id_column,
                       struct pool *pool, struct error *e)
{
    enum err code = hash_rows(r, pool, e);
    if (code)
        return code;
    uint32_t *order = mem_resize(NULL, r->n, sizeof *order);
    uint64_t *content = mem_resize(NULL, r->n, sizeof *content);
    if (!order || !content)
        code = error_memory(e);
    for (unsigned s = 0; s < r->n_sources && !code; s++) {
        bool has_ids = !id_column || id_column[s] != RECORDS_NO_COLUMN;
        code = sort_source(r, &r->sources[s], has_ids, order, content, pool, e);
    }
    if (!code) {
        mem_free(r->content);
        r->content = content;
        content = NULL;
        code = move_records(r, order, pool, e);
    }
    mem_free(content);
    mem_free(order);
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
