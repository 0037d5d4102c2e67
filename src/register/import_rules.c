// SPDX-License-Identifier: AGPL-3.0-or-later
// The pack's rules, over a whole batch of rows at once.
#include <string.h>

#include "register/import_private.h"
#include "register/rule_text.h"

// Turns rows of values into columns for the expression engine; only the fields that a
// rule reads.
static enum err make_columns(struct import_reader *r, const bool *used,
                             struct column *columns, struct error *e)
{
    const struct reg *reg = r->m->reg;
    size_t n = r->batch->n;
    for (size_t k = 0; k < reg->n_fields; k++) {
        if (!used[k])
            continue;
        const struct field *f = &reg->fields[k];
        bool text =
            f->type == TYPE_TEXT || f->type == TYPE_NAME || f->type == TYPE_PERIOD;
        bool decimal = f->type == TYPE_DECIMAL;
        size_t size = text ? sizeof(struct str) : 8;
        char *data = arena_alloc(&r->batch->arena, n, size);
        if (!data)
            return error_memory(e);
        for (size_t i = 0; i < n; i++) {
            const struct datum *v = &import_row_values(r, i)[k];
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

static void used_by(const struct rule *rules, size_t n, bool *used)
{
    for (size_t i = 0; i < n; i++)
        expr_fields(rules[i].when, used);
}

struct rule_run {
    struct import_reader *r;
    const struct batch *columns;
    uint8_t *keep;                                  // scratch
    const struct rule *(*broken)[MAX_ROW_PROBLEMS]; // by row
    const struct field *(*of)[MAX_ROW_PROBLEMS];
    uint8_t *n_broken;
};

static void run_rules(struct rule_run *x, const struct rule *rules, size_t n,
                      const struct field *field)
{
    for (size_t k = 0; k < n; k++) {
        expr_select(rules[k].when, x->columns, 0, x->columns->n_rows, x->keep,
                    x->r->scratch);
        for (size_t i = 0; i < x->columns->n_rows; i++) {
            if (!x->keep[i] || x->n_broken[i] == MAX_ROW_PROBLEMS)
                continue;
            x->broken[i][x->n_broken[i]] = &rules[k];
            x->of[i][x->n_broken[i]++] = field;
        }
    }
}

static void problem_of_rule(struct import_reader *r, const struct rule *rule,
                            const struct field *field, const struct datum *values)
{
    struct import_row_problem *p = import_problem_add(r, field);
    if (!p)
        return;
    p->warning = rule->severity != SEVERITY_ERROR;
    rule_text(r->m->reg, rule, field, values, r->m->county->places, &p->error);
}

enum err import_apply_rules(struct import_reader *r, struct error *e)
{
    const struct reg *reg = r->m->reg;
    struct arena *a = &r->batch->arena;
    size_t n = r->batch->n;
    bool *used = ARENA_ARRAY(a, bool, reg->n_fields);
    struct column *columns = ARENA_ARRAY(a, struct column, reg->n_fields);
    struct rule_run x = {.r = r,
                         .keep = ARENA_ARRAY(a, uint8_t, n),
                         .broken = arena_alloc(a, n, sizeof *x.broken),
                         .of = arena_alloc(a, n, sizeof *x.of),
                         .n_broken = ARENA_ARRAY(a, uint8_t, n)};
    if (!used || !columns || !x.keep || !x.broken || !x.of || !x.n_broken)
        return error_memory(e);
    for (size_t k = 0; k < reg->n_fields; k++)
        used_by(reg->fields[k].rules, reg->fields[k].n_rules, used);
    used_by(reg->checks, reg->n_checks, used);
    enum err code = make_columns(r, used, columns, e);
    if (code)
        return code;
    struct batch batch = {.columns = columns,
                          .n_rows = n,
                          .today = date_today(),
                          .areas = r->m->county->places->area_columns,
                          .facilities = r->m->county->places->facility_columns};
    x.columns = &batch;
    for (size_t k = 0; k < reg->n_fields; k++)
        run_rules(&x, reg->fields[k].rules, reg->fields[k].n_rules, &reg->fields[k]);
    run_rules(&x, reg->checks, reg->n_checks, NULL);

    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool refused = false;
        r->n_problems = 0;
        for (size_t k = 0; k < x.n_broken[i]; k++) {
            problem_of_rule(r, x.broken[i][k], x.of[i][k], import_row_values(r, i));
            refused |= x.broken[i][k]->severity == SEVERITY_ERROR;
        }
        if (refused) {
            code =
                import_reject(r, r->batch->row_numbers[i], r->cells[i], r->n_cells[i], e);
            if (code)
                return code;
            continue;
        }
        r->batch->warned[i] = r->n_problems > 0;
        for (size_t k = 0; k < r->n_problems; k++)
            import_problem_note(r, r->batch->row_numbers[i], &r->problems[k]);
        if (kept != i) {
            memcpy(import_row_values(r, kept), import_row_values(r, i),
                   reg->n_fields * sizeof(struct datum));
            r->batch->row_numbers[kept] = r->batch->row_numbers[i];
            r->batch->warned[kept] = r->batch->warned[i];
            r->cells[kept] = r->cells[i];
            r->n_cells[kept] = r->n_cells[i];
        }
        kept++;
    }
    r->batch->n = kept;
    return ERR_OK;
}
