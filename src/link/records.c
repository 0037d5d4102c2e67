// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/records.h"

#include "link/dictionary.h"
#include "link/records_private.h"

void records_run(struct pool *pool, size_t n_tasks, pool_task *task, void *argument)
{
    if (pool)
        pool_run(pool, n_tasks, task, argument);
    else
        for (size_t i = 0; i < n_tasks; i++)
            task(argument, i, 0);
}

struct link_column *link_records_column(const struct link_records *r, struct str name)
{
    name = str_trim(name);
    for (unsigned i = 0; i < r->n_columns; i++)
        if (str_equal_fold(r->columns[i].name, name))
            return &r->columns[i];
    return NULL;
}

enum err records_add_column(struct link_records *r, struct str name, struct error *e)
{
    if (r->n_columns == LINK_MAX_COLUMNS) {
        (void)error_set(e, ERR_LIMIT, "records.columns", NULL,
                        "there are more than %d different columns", LINK_MAX_COLUMNS);
        return error_cure(e, "Leave out columns that say nothing of the person.");
    }
    struct link_column *columns =
        mem_resize(r->columns, r->n_columns + 1u, sizeof *columns);
    if (!columns)
        return error_memory(e);
    r->columns = columns;
    struct str copy = str_copy(&r->arena, name);
    if (!copy.p)
        return error_memory(e);
    columns[r->n_columns++] = (struct link_column){.name = copy};
    return ERR_OK;
}

enum err records_drop_column(struct link_column *c, uint32_t n, struct error *e)
{
    struct link_texts empty = {mem_alloc(1, 1), mem_alloc(2, sizeof(uint64_t)), 1};
    uint32_t *count = mem_alloc(1, sizeof *count);
    if (!empty.bytes || !empty.offset || !count) {
        link_texts_free(&empty);
        mem_free(count);
        return error_memory(e);
    }
    count[0] = n;
    mem_free(c->value);
    mem_free(c->count);
    link_texts_free(&c->texts);
    c->value = NULL;
    c->n_values = 0;
    c->count = count;
    c->texts = empty;
    return ERR_OK;
}

static void free_column(struct link_column *c)
{
    mem_free(c->value);
    mem_free(c->count);
    link_texts_free(&c->texts);
}

void link_records_close(struct link_records *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < r->n_columns; i++)
        free_column(&r->columns[i]);
    mem_free(r->columns);
    mem_free(r->sources);
    mem_free(r->content);
    mem_free(r->row);
    mem_free(r->id);
    link_texts_free(&r->ids);
    arena_free(&r->arena);
    mem_free(r);
}
