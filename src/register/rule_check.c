// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/rule_check.h"

#include <assert.h>

// Rows of values turned into columns; only the fields that an expression reads.
static enum err make_columns(struct arena *a, const struct reg *r,
                             const struct datum *values, size_t n, const bool *used,
                             struct column *columns, struct error *e)
{
    for (size_t k = 0; k < r->n_fields; k++) {
        if (!used[k])
            continue;
        const struct field *f = &r->fields[k];
        bool text =
            f->type == TYPE_TEXT || f->type == TYPE_NAME || f->type == TYPE_PERIOD;
        bool decimal = f->type == TYPE_DECIMAL;
        size_t size = text ? sizeof(struct str) : 8;
        char *data = arena_alloc(a, n, size);
        if (!data)
            return error_memory(e);
        for (size_t i = 0; i < n; i++) {
            const struct datum *v = &values[i * r->n_fields + k];
            if (text)
                ((struct str *)(void *)data)[i] = v->null ? (struct str){NULL, 0} : v->s;
            else if (decimal)
                ((double *)(void *)data)[i] = v->null ? __builtin_nan("") : v->d;
            else
                ((int64_t *)(void *)data)[i] = v->null ? INT64_MIN : v->i;
        }
        columns[k] = (struct column){text      ? COLUMN_STR
                                     : decimal ? COLUMN_F64
                                               : COLUMN_I64,
                                     data};
    }
    return ERR_OK;
}

enum err rule_columns(struct arena *a, const struct county *c, const struct reg *r,
                      const struct datum *values, size_t n, const bool *used,
                      struct batch *out, struct error *e)
{
    struct column *columns = ARENA_ARRAY(a, struct column, r->n_fields);
    if (!columns)
        return error_memory(e);
    *out = (struct batch){.columns = columns,
                          .n_rows = n,
                          .today = date_today(),
                          .areas = c->places->area_columns,
                          .facilities = c->places->facility_columns};
    return make_columns(a, r, values, n, used, columns, e);
}

struct rule_run {
    const struct batch *columns;
    uint8_t *keep; // scratch
    struct expr_scratch *scratch;
    struct rule_findings *out;
};

static void run_rules(struct rule_run *x, const struct rule *rules, size_t n,
                      const struct field *field)
{
    for (size_t k = 0; k < n; k++) {
        expr_select(rules[k].when, x->columns, 0, x->columns->n_rows, x->keep,
                    x->scratch);
        for (size_t i = 0; i < x->columns->n_rows; i++) {
            uint8_t *broken = &x->out->n[i];
            if (x->keep[i] && *broken < RULE_MOST_BROKEN)
                x->out->broken[i][(*broken)++] = (struct rule_broken){&rules[k], field};
        }
    }
}

enum err rule_check(struct arena *a, const struct county *c, const struct reg *r,
                    const struct datum *values, size_t n, struct expr_scratch *scratch,
                    struct rule_findings *out, struct error *e)
{
    assert(n <= EXPR_BLOCK);
    bool *used = ARENA_ARRAY(a, bool, r->n_fields);
    struct batch batch;
    struct rule_run x = {
        .keep = ARENA_ARRAY(a, uint8_t, n), .scratch = scratch, .out = out};
    *out = (struct rule_findings){.broken = arena_alloc(a, n, sizeof *out->broken),
                                  .n = ARENA_ARRAY(a, uint8_t, n)};
    if (!used || !x.keep || !out->broken || !out->n)
        return error_memory(e);
    for (size_t k = 0; k < r->n_fields; k++)
        for (size_t i = 0; i < r->fields[k].n_rules; i++)
            expr_fields(r->fields[k].rules[i].when, used);
    for (size_t i = 0; i < r->n_checks; i++)
        expr_fields(r->checks[i].when, used);
    enum err code = rule_columns(a, c, r, values, n, used, &batch, e);
    if (code)
        return code;
    x.columns = &batch;
    for (size_t k = 0; k < r->n_fields; k++)
        run_rules(&x, r->fields[k].rules, r->fields[k].n_rules, &r->fields[k]);
    run_rules(&x, r->checks, r->n_checks, NULL);
    return ERR_OK;
}

enum err rule_holds(struct arena *a, const struct county *c, const struct reg *r,
                    const struct expr *condition, const struct datum *values, bool *out,
                    struct error *e)
{
    bool *used = ARENA_ARRAY(a, bool, r->n_fields);
    struct column *columns = ARENA_ARRAY(a, struct column, r->n_fields);
    struct expr_scratch *scratch = expr_scratch_open();
    enum err code = used && columns && scratch ? ERR_OK : error_memory(e);
    uint8_t keep = 0;
    if (!code) {
        expr_fields(condition, used);
        code = make_columns(a, r, values, 1, used, columns, e);
    }
    if (!code) {
        struct batch batch = {.columns = columns,
                              .n_rows = 1,
                              .today = date_today(),
                              .areas = c->places->area_columns,
                              .facilities = c->places->facility_columns};
        expr_select(condition, &batch, 0, 1, &keep, scratch);
    }
    expr_scratch_close(scratch);
    *out = keep != 0;
    return code;
}
