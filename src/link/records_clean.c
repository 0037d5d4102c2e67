// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/dictionary.h"
#include "link/records_private.h"

struct cleaning {
    struct link_cleaner **cleaners; // [threads]
    const struct link_texts *texts;
    enum link_kind kind;
    uint32_t *numbers; // [n_values + 1] new for old
    uint32_t *value;
    uint32_t n;
};

static enum err make_clean(void *argument, unsigned thread, uint64_t i, struct buf *out,
                           struct error *e)
{
    struct cleaning *c = argument;
    struct str clean;
    enum err code =
        link_clean(c->cleaners[thread], c->kind, link_texts_at(c->texts, i), &clean, e);
    if (!code)
        buf_add(out, clean);
    return code;
}

static void renumber(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct cleaning *c = argument;
    uint64_t end = (uint64_t)(task + 1) * RECORDS_SLICE;
    if (end > c->n)
        end = c->n;
    for (uint64_t i = (uint64_t)task * RECORDS_SLICE; i < end; i++)
        c->value[i] = c->numbers[c->value[i]];
}

static enum err clean_column(struct link_column *column, uint32_t n,
                             struct link_cleaner **cleaners, struct pool *pool,
                             struct error *e)
{
    struct cleaning c = {.cleaners = cleaners,
                         .texts = &column->texts,
                         .kind = column->kind,
                         .value = column->value,
                         .n = n};
    struct dictionary d = {0};
    c.numbers = mem_alloc((size_t)column->n_values + 1, sizeof *c.numbers);
    enum err code = c.numbers ? dictionary_open(&d, e) : error_memory(e);
    if (!code)
        code = dictionary_fill(&d, (uint64_t)column->n_values + 1, make_clean, &c,
                               c.numbers, pool, e);
    if (!code) {
        records_run(pool, records_slices(n), renumber, &c);
        link_texts_free(&column->texts);
        column->n_values = dictionary_size(&d);
        column->texts = dictionary_finish(&d);
    }
    dictionary_close(&d);
    mem_free(c.numbers);
    return code;
}

enum err link_records_clean(struct link_records *r, const enum link_kind *kinds,
                            struct pool *pool, struct error *e)
{
    unsigned threads = records_threads(pool);
    struct link_cleaner **cleaners = mem_alloc(threads, sizeof(struct link_cleaner *));
    enum err code = cleaners ? ERR_OK : error_memory(e);
    for (unsigned t = 0; t < threads && !code; t++)
        code = link_cleaner_open(&cleaners[t], e);
    for (unsigned k = 0; k < r->n_columns && !code; k++) {
        struct link_column *c = &r->columns[k];
        c->kind = kinds[k];
        if (c->kind == LINK_ID || c->kind == LINK_IGNORED)
            code = records_drop_column(c, r->n, e);
        else if (c->kind != LINK_RAW)
            code = clean_column(c, r->n, cleaners, pool, e);
    }
    for (unsigned t = 0; t < threads && cleaners; t++)
        link_cleaner_close(cleaners[t]);
    mem_free(cleaners);
    r->unordered = false;
    return code ? code : records_order(r, NULL, pool, e);
}
