// SPDX-License-Identifier: AGPL-3.0-or-later
// All rows of a register from the store into a table of columns.
#include <assert.h>
#include <math.h>

#include "cube/cube_private.h"

struct loader {
    const struct layout *layout;
    struct loaded_rows *table;
    union number *values, *nothing;
    int64_t last; // id, so far
};

static enum err take(void *argument, int64_t id, const struct sql_value *values,
                     struct error *e)
{
    struct loader *l = argument;
    struct loaded_rows *t = l->table;
    size_t at = t->n;
    if (t->n && id <= l->last) // it was here without its values
        at = rows_find(t, t->n, id);
    else
        l->last = id;
    assert(at == t->n || (values && ids_get(&t->ids, at) == id));
    if (values)
        layout_decode(l->layout, values, l->values);
    enum err code = at == t->n ? rows_reserve(t, 1, e) : ERR_OK;
    return code ? code : rows_put(t, at, id, values ? l->values : l->nothing, e);
}

static void anew(void *argument)
{
    struct loader *l = argument;
    ids_close(&l->table->ids);
    l->table->n = 0;
}

enum err layout_load(const struct layout *p, struct conn *c, _Atomic int *done,
                     struct loaded_rows *out, struct error *e)
{
    struct loader l = {.layout = p, .table = out};
    struct table_scan scan = {.table = p->reg->table,
                              .columns = p->names,
                              .n_columns = p->n_columns,
                              .take = take,
                              .anew = anew,
                              .argument = &l,
                              .done = done};
    enum err code = rows_open(out, p->n_columns, p->start, e);
    if (code)
        return code;
    l.values = mem_alloc(p->n_columns, sizeof *l.values);
    l.nothing = mem_alloc(p->n_columns, sizeof *l.nothing);
    if (!l.values || !l.nothing)
        code = error_memory(e);
    for (size_t i = 0; !code && i < p->n_columns; i++)
        l.nothing[i] = p->start[i] == COLUMN_F64 ? (union number){.d = NAN}
                                                 : (union number){.i = NULL_INT};
    if (!code)
        code = conn_scan(c, &scan, e);
    if (!code)
        code = rows_fit(out, e);
    mem_free(l.nothing);
    mem_free(l.values);
    return code;
}
