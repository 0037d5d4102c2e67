// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/dictionary.h"
#include "link/records_private.h"

// Tuples of value numbers are texts as others to a dictionary. tuple[i]: that of record
// i, numbered from 1 by their first records.
static enum err find_tuples(struct dictionary *tuples, const struct link_records *r,
                            const unsigned *from, unsigned width, uint32_t *tuple,
                            struct error *e)
{
    enum { TOGETHER = 256 };
    struct str texts[TOGETHER];
    uint32_t *values = mem_alloc((size_t)TOGETHER * width, sizeof *values);
    enum err code = values ? ERR_OK : error_memory(e);
    for (uint64_t first = 0; first < r->n && !code; first += TOGETHER) {
        size_t n = r->n - first < TOGETHER ? (size_t)(r->n - first) : TOGETHER;
        for (unsigned k = 0; k < width; k++)
            for (size_t i = 0; i < n; i++)
                values[i * width + k] = r->columns[from[k]].value[first + i];
        for (size_t i = 0; i < n; i++)
            texts[i] =
                (struct str){(const char *)(values + i * width), width * sizeof *values};
        code = dictionary_add(tuples, texts, n, tuple + first, e);
    }
    mem_free(values);
    return code;
}

struct deriving {
    struct link_texts tuples;
    link_make *make;
    void *argument;
    const struct link_column **columns; // [width]
};

static enum err make_text(void *argument, unsigned thread, uint64_t i, struct buf *out,
                          struct error *e)
{
    (void)thread;
    struct deriving *d = argument;
    // all tuples are as long as the first, so that each stands on a multiple of 4 bytes
    const void *values = link_texts_at(&d->tuples, i + 1).p;
    return d->make(d->argument, d->columns, values, out, e);
}

static enum err check(const struct link_records *r, struct str name, const unsigned *from,
                      unsigned n_from, struct error *e)
{
    if (link_records_column(r, name))
        return error_set(e, ERR_CONFLICT, "records.derive", NULL,
                         "there is a column \"" STR_FMT "\" already", STR_ARG(name));
    if (n_from == 0)
        return error_set(e, ERR_USAGE, "records.derive", NULL,
                         "column \"" STR_FMT "\" is made from no other", STR_ARG(name));
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
    struct deriving d = {.make = make, .argument = argument};
    struct dictionary tuples = {0}, texts = {0};
    uint32_t *numbers = NULL, *value = mem_alloc(r->n, sizeof *value);
    d.columns = mem_alloc(n_from, sizeof *d.columns);
    code = value && d.columns ? dictionary_open(&tuples, e) : error_memory(e);
    uint64_t sources = 0;
    for (unsigned k = 0; k < n_from && !code; k++) {
        d.columns[k] = &r->columns[from[k]];
        sources |= d.columns[k]->sources;
    }
    if (!code)
        code = find_tuples(&tuples, r, from, n_from, value, e);
    if (!code) {
        d.tuples = dictionary_finish(&tuples);
        numbers = mem_alloc(d.tuples.n, sizeof *numbers);
        code = numbers ? dictionary_open(&texts, e) : error_memory(e);
    }
    if (!code)
        code = dictionary_fill(&texts, d.tuples.n - 1, make_text, &d, numbers, pool, e);
    if (!code)
        code = append_column(r, name, sources, value, numbers, &texts, e);
    if (code)
        mem_free(value);
    dictionary_close(&texts);
    dictionary_close(&tuples);
    link_texts_free(&d.tuples);
    mem_free(d.columns);
    mem_free(numbers);
    return code;
}
