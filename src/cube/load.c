// SPDX-License-Identifier: AGPL-3.0-or-later
// All rows of a register from the store into a table of columns.
#include "cube/cube_private.h"

enum { TELL_EVERY = 4096 };

enum err layout_count(const struct reg *r, struct conn *c, size_t *out, struct error *e)
{
    struct stmt *s = NULL;
    struct buf b = BUF_INIT(1024);
    bool row = false;
    buf_printf(&b, "SELECT count(*) FROM \"" STR_FMT "\"", STR_ARG(r->table));
    enum err code = buf_check(&b, e);
    if (!code)
        code = conn_prepare(c, buf_str(&b), &s, e);
    buf_free(&b);
    if (!code)
        code = stmt_step(s, &row, e);
    *out = !code && row ? (size_t)stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

static enum err read_rows(const struct layout *p, struct stmt *s, size_t expected,
                          _Atomic int *done, struct loaded_rows *out, struct error *e)
{
    struct sql_value *values = mem_alloc(p->n_columns, sizeof *values);
    union number *numbers = mem_alloc(p->n_columns, sizeof *numbers);
    enum err code = values && numbers ? ERR_OK : error_memory(e);
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;) {
        for (size_t i = 0; i < p->n_columns; i++)
            values[i] = stmt_value(s, (int)i + 1);
        layout_decode(p, values, numbers);
        code = rows_reserve(out, 1, e);
        if (!code)
            code = rows_put(out, out->n, stmt_int(s, 0), numbers, e);
        if (out->n % TELL_EVERY == 0)
            atomic_store_explicit(done, (int)(out->n * 1000 / expected),
                                  memory_order_relaxed);
    }
    mem_free(numbers);
    mem_free(values);
    return code;
}

enum err layout_load(const struct layout *p, struct conn *c, _Atomic int *done,
                     struct loaded_rows *out, struct error *e)
{
    size_t expected;
    struct stmt *s = NULL;
    enum err code = layout_count(p->reg, c, &expected, e);
    if (code)
        return code;
    code = rows_open(out, p->n_columns, p->start, e);
    if (!code)
        code = rows_reserve(out, expected, e);
    if (!code)
        code = conn_prepare(c, p->sql_all, &s, e);
    if (!code)
        code = read_rows(p, s, expected, done, out, e);
    stmt_finish(s);
    return code ? code : rows_fit(out, e);
}
