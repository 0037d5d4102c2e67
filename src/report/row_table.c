// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/row_table.h"

#include "register/checklist.h"
#include "register/workflow.h"

// --- which columns

static bool is_item(const struct checklist *x, const struct field *f)
{
    for (size_t i = 0; x && i < checklist_n_items(x); i++)
        if (checklist_item(x, i, NULL)->field == f)
            return true;
    return false;
}

static bool is_key(const struct reg *r, const struct field *f)
{
    for (size_t i = 0; i < r->n_key; i++)
        if (r->key[i] == f)
            return true;
    return false;
}

// How much a column says: 0 first; 5: not shown.
static int rank(const struct reg *r, const struct field *f)
{
    static const char *const said[] = {"stage", "stage_due", "score", "critical",
                                       "verdict"};
    if (is_key(r, f) && f != r->date)
        return 0;
    if (f == r->date || f == rows_about_last_day(r))
        return 1;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (str_equal_c(f->name, said[i]))
            return 1;
    if (f->type == TYPE_CODE)
        return 2;
    return f->required ? 3 : f->type == TYPE_TEXT && f->max_length > 120 ? 5 : 4;
}

static bool is_shown(const struct reg *r, const struct field *f, const struct field *skip,
                     const struct row_about *rows, size_t n)
{
    if (f == skip || f->identifies || f->type == TYPE_NAME || f->type == TYPE_AREA ||
        f->type == TYPE_FACILITY || str_equal_c(f->name, "stage_on") ||
        str_equal_c(f->name, "inspector")) // a name
        return false;
    for (size_t i = 0; i < n; i++)
        if (!rows[i].values[f->index].null)
            return true;
    (void)r;
    return false;
}

const struct field **row_table_fields(struct arena *a, const struct reg *r, size_t *n)
{
    const struct field *own[] = {r->area, r->facility, r->date};
    const struct field **list = ARENA_ARRAY(a, const struct field *, r->n_fields + 3);
    *n = 0;
    for (size_t i = 0; list && i < 3; i++)
        if (own[i] && own[i]->index < SYSTEM_FIELDS)
            list[(*n)++] = own[i];
    for (size_t i = SYSTEM_FIELDS; list && i < r->n_fields; i++)
        list[(*n)++] = &r->fields[i];
    return list;
}

struct row_table row_table_choose(const struct county *c, const struct reg *r,
                                  const struct row_about *rows, size_t n,
                                  const struct field *skip)
{
    const struct checklist *x = pack_checklist_of(c->pack, r);
    struct row_table t = {.reg = r};
    for (int take = 0; take < 5; take++) {
        for (size_t i = 0; i <= r->n_fields && t.n_columns < ROW_TABLE_COLUMNS; i++) {
            // the date comes right behind the key, wherever it stands in the model
            const struct field *f = i == 0 ? r->date : &r->fields[i - 1];
            if (!f || (i && (f == r->date || i - 1 < SYSTEM_FIELDS)) || is_item(x, f) ||
                rank(r, f) != take || !is_shown(r, f, skip, rows, n))
                continue;
            t.columns[t.n_columns++] = f;
        }
    }
    return t;
}

// --- words

struct str row_table_words(const struct measure *m, struct arena *a,
                           const struct field *f, const struct datum *v, bool zh,
                           bool *no_memory)
{
    if (v->null)
        return (struct str){NULL, 0};
    if (f->type == TYPE_BOOL)
        return v->i ? zh ? STR("是") : STR("yes") : zh ? STR("否") : STR("no");
    struct str text = datum_show(a, f, v, m->county->places, zh);
    if (f->refers && text.p) {
        struct label label;
        struct error e;
        if (rows_about_label(m, a, f->refers, v->s, &label, &e)) {
            *no_memory |= e.code == ERR_MEMORY;
            return text;
        }
        struct str name = label_in(label, zh);
        if (!str_equal(name, v->s))
            text =
                str_format(a, zh ? STR_FMT "（" STR_FMT "）" : STR_FMT " (" STR_FMT ")",
                           STR_ARG(name), STR_ARG(v->s));
    }
    *no_memory |= !text.p;
    return text;
}

// --- the table

static struct cell cell_of(const struct measure *m, struct arena *a,
                           const struct row_table *t, const struct field *f,
                           const struct row_about *row, bool zh, bool *no_memory)
{
    const struct datum *v = &row->values[f->index];
    struct cell cell = {.kind = CELL_EMPTY};
    if (v->null)
        return cell;
    if (f->type == TYPE_DATE)
        cell = (struct cell){.kind = CELL_DATE, .value = (double)v->i};
    else if (f->type == TYPE_INT)
        cell = (struct cell){.kind = CELL_NUMBER, .value = (double)v->i};
    else if (f->type == TYPE_DECIMAL)
        cell = (struct cell){.kind = CELL_NUMBER, .value = v->d, .more_decimals = 2};
    else
        cell = (struct cell){.kind = CELL_TEXT,
                             .text = row_table_words(m, a, f, v, zh, no_memory)};
    const bool final =
        t->reg->workflow && t->reg->workflow->stages[rows_about_stage(t->reg, row)].final;
    const bool is_due = str_equal_c(f->name, "stage_due");
    if (!final && (is_due || f == rows_about_last_day(t->reg)) && v->i < m->today)
        cell.tone = TONE_BAD;
    return cell;
}

bool row_table_add(struct doc *d, const struct measure *m, const struct row_table *t,
                   const struct row_about *rows, size_t n, struct str title, size_t most)
{
    struct arena *a = d->arena;
    const size_t first = most && n > most ? n - most : 0, shown = n - first;
    struct table_column *columns = ARENA_ARRAY(a, struct table_column, t->n_columns + 1);
    struct cell *cells = ARENA_ARRAY(a, struct cell, shown * t->n_columns + 1);
    bool no_memory = !columns || !cells;
    for (size_t k = 0; !no_memory && k < t->n_columns; k++) {
        const struct field *f = t->columns[k];
        columns[k] = (struct table_column){.title = label_in(f->label, d->zh),
                                           .unit = label_in(f->unit, d->zh)};
        for (size_t i = 0; i < shown; i++)
            cells[i * t->n_columns + k] =
                cell_of(m, a, t, f, &rows[first + i], d->zh, &no_memory);
    }
    struct str note = {NULL, 0};
    if (first)
        note = str_format(
            a, d->zh ? "仅列最近%zu条，共%zu条。" : "The last %zu rows of %zu.", shown,
            n);
    const struct doc_table table = {.title = title,
                                    .columns = columns,
                                    .n_columns = t->n_columns,
                                    .cells = cells,
                                    .n_rows = shown,
                                    .note = note,
                                    .small = true};
    return !no_memory && doc_table(d, &table);
}
