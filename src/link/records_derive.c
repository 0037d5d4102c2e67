// SPDX-License-Identifier: AGPL-3.0-or-later
#include <string.h>

#include "link/dictionary.h"
#include "link/records_private.h"

// Different tuples of value numbers, numbered from 1 in the order of the records.
struct tuples {
    unsigned width;
    uint32_t *values; // [(n + 1) * width]
    size_t capacity;
    uint64_t n;
    uint32_t *slots; // tuple number; 0: free
    unsigned log2_slots;
};

static uint64_t hash_tuple(const uint32_t *values, unsigned width)
{
    return str_hash((struct str){(const char *)values, width * sizeof *values}, 0);
}

static uint32_t *seek(const struct tuples *t, const uint32_t *values)
{
    uint64_t mask = ((uint64_t)1 << t->log2_slots) - 1;
    uint64_t at = hash_tuple(values, t->width) >> (64 - t->log2_slots);
    while (t->slots[at] && memcmp(t->values + (size_t)t->slots[at] * t->width, values,
                                  t->width * sizeof *values) != 0)
        at = (at + 1) & mask;
    return &t->slots[at];
}

static enum err grow(struct tuples *t, struct error *e)
{
    if (t->n + 2 > t->capacity) {
        size_t capacity = t->capacity + t->capacity / 2 + 64;
        uint32_t *values = mem_resize(t->values, capacity, t->width * sizeof *values);
        if (!values)
            return error_memory(e);
        t->values = values;
        t->capacity = capacity;
    }
    if (t->slots && (t->n + 1) * 4 <= ((uint64_t)1 << t->log2_slots) * 3)
        return ERR_OK;
    mem_free(t->slots);
    t->log2_slots = t->log2_slots ? t->log2_slots + 1 : 10;
    t->slots = mem_alloc((size_t)1 << t->log2_slots, sizeof *t->slots);
    if (!t->slots)
        return error_memory(e);
    for (uint64_t i = 1; i <= t->n; i++)
        *seek(t, t->values + i * t->width) = (uint32_t)i;
    return ERR_OK;
}

// tuple[i]: that of record i.
static enum err find_tuples(struct tuples *t, const struct link_records *r,
                            const unsigned *from, uint32_t *tuple, struct error *e)
{
    uint32_t *values = mem_alloc(t->width, sizeof *values);
    enum err code = values ? grow(t, e) : error_memory(e);
    for (uint32_t i = 0; i < r->n && !code; i++) {
        for (unsigned k = 0; k < t->width; k++)
            values[k] = r->columns[from[k]].value[i];
        uint32_t *slot = seek(t, values);
        if (!*slot) {
            *slot = (uint32_t)++t->n;
            memcpy(t->values + t->n * t->width, values, t->width * sizeof *values);
        }
        tuple[i] = *slot;
        if (t->n + 2 > t->capacity || (t->n + 1) * 4 > ((uint64_t)1 << t->log2_slots) * 3)
            code = grow(t, e);
    }
    mem_free(values);
    return code;
}

struct deriving {
    struct tuples tuples;
    link_make *make;
    void *argument;
    const struct link_column **columns; // [width]
};

static enum err make_text(void *argument, unsigned thread, uint64_t i, struct buf *out,
                          struct error *e)
{
    (void)thread;
    struct deriving *d = argument;
    return d->make(d->argument, d->columns, d->tuples.values + (i + 1) * d->tuples.width,
                   out, e);
}

static enum err check(const struct link_records *r, struct str name, const unsigned *from,
                      unsigned n_from, struct error *e)
{
    if (link_records_column(r, name))
        return error_set(e, ERR_CONFLICT, "records.derive", NULL,
                         "there is a column \"" STR_FMT "\" already", STR_ARG(name));
    for (unsigned k = 0; k < n_from; k++)
        if (from[k] >= r->n_columns || !r->columns[from[k]].value)
            return error_set(e, ERR_USAGE, "records.derive", NULL,
                             "column %u, from which \"" STR_FMT
                             "\" shall be made, is not there, or was cleaned away",
                             from[k], STR_ARG(name));
    return ERR_OK;
}

// Adds the column made of the texts: values of records by the numbers of their tuples.
static enum err append_column(struct link_records *r, struct str name, uint64_t sources,
                              uint32_t *value, const uint32_t *numbers,
                              struct dictionary *texts, struct error *e)
{
    uint32_t *count = mem_alloc((size_t)dictionary_size(texts) + 1, sizeof *count);
    enum err code = count ? records_add_column(r, name, e) : error_memory(e);
    if (code) {
        mem_free(count);
        return code;
    }
    for (uint32_t i = 0; i < r->n; i++) {
        value[i] = numbers[value[i] - 1];
        count[value[i]]++;
    }
    struct link_column *c = &r->columns[r->n_columns - 1];
    c->value = value;
    c->n_values = dictionary_size(texts);
    c->count = count;
    c->texts = dictionary_finish(texts);
    c->sources = sources;
    return ERR_OK;
}

enum err link_records_derive(struct link_records *r, struct str name,
                             const unsigned *from, unsigned n_from, link_make *make,
                             void *argument, struct pool *pool, struct error *e)
{
    enum err code = check(r, name, from, n_from, e);
    if (code)
        return code;
    struct deriving d = {{.width = n_from}, make, argument, NULL};
    struct dictionary texts = {0};
    uint32_t *numbers = NULL, *value = mem_alloc(r->n, sizeof *value);
    d.columns = mem_alloc(n_from, sizeof *d.columns);
    code = value && d.columns ? dictionary_open(&texts, e) : error_memory(e);
    uint64_t sources = 0;
    for (unsigned k = 0; k < n_from && !code; k++) {
        d.columns[k] = &r->columns[from[k]];
        sources |= d.columns[k]->sources;
    }
    if (!code)
        code = find_tuples(&d.tuples, r, from, value, e);
    mem_free(d.tuples.slots);
    if (!code) {
        numbers = mem_alloc(d.tuples.n, sizeof *numbers);
        code = numbers
                   ? dictionary_fill(&texts, d.tuples.n, make_text, &d, numbers, pool, e)
                   : error_memory(e);
    }
    if (!code)
        code = append_column(r, name, sources, value, numbers, &texts, e);
    if (code)
        mem_free(value);
    dictionary_close(&texts);
    mem_free(d.columns);
    mem_free(d.tuples.values);
    mem_free(numbers);
    return code;
}
