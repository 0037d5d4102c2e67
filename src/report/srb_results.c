// SPDX-License-Identifier: AGPL-3.0-or-later
// The figures of a study as tables for CSV and JSON.
#include <math.h>

#include "report/srb_doc.h"

static const struct result_column row_columns[] = {
    {.name = "level"},
    {.name = "name"},
    {.name = "births", .kind = RESULT_COUNT},
    {.name = "boys", .kind = RESULT_COUNT},
    {.name = "girls", .kind = RESULT_COUNT},
    {.name = "ratio", .kind = RESULT_NUMBER},
    {.name = "ratio_low", .kind = RESULT_NUMBER},
    {.name = "ratio_high", .kind = RESULT_NUMBER},
    {.name = "jeffreys_low", .kind = RESULT_NUMBER},
    {.name = "jeffreys_high", .kind = RESULT_NUMBER},
    {.name = "exact_low", .kind = RESULT_NUMBER},
    {.name = "exact_high", .kind = RESULT_NUMBER},
    {.name = "probability_above", .kind = RESULT_NUMBER},
    {.name = "p_high", .kind = RESULT_NUMBER},
    {.name = "p_low", .kind = RESULT_NUMBER},
    {.name = "p_value", .kind = RESULT_NUMBER},
    {.name = "q_value", .kind = RESULT_NUMBER},
    {.name = "finding"},
    {.name = "missing_girls", .kind = RESULT_NUMBER},
    {.name = "missing_girls_low", .kind = RESULT_NUMBER},
    {.name = "missing_girls_high", .kind = RESULT_NUMBER},
    {.name = "enough_births", .kind = RESULT_YES_NO},
    {.name = "detectable_ratio", .kind = RESULT_NUMBER},
    {.name = "standardised_ratio", .kind = RESULT_NUMBER},
    {.name = "standardised_low", .kind = RESULT_NUMBER},
    {.name = "standardised_high", .kind = RESULT_NUMBER},
};

enum { ROW_COLUMNS = sizeof row_columns / sizeof *row_columns };

static void add_row(struct result *r, const struct srb_study *s, struct str level,
                    const struct srb_row *row)
{
    struct result_cell *c = result_row(r);
    int finding = srb_study_finding(s, row);
    const double values[] = {row->boys + row->girls,
                             row->boys,
                             row->girls,
                             row->ratio,
                             row->wilson.low,
                             row->wilson.high,
                             row->jeffreys.low,
                             row->jeffreys.high,
                             row->exact.low,
                             row->exact.high,
                             row->above,
                             row->p.high,
                             row->p.low,
                             row->p.two_sided,
                             row->q,
                             0,
                             row->missing.girls,
                             row->missing.low,
                             row->missing.high,
                             row->enough,
                             row->detectable,
                             row->standard.ratio,
                             row->standard.low,
                             row->standard.high};
    _Static_assert(sizeof values / sizeof *values == ROW_COLUMNS - 2, "a value a column");
    c[0].text = level;
    c[1].text = row->name;
    for (size_t i = 2; i < ROW_COLUMNS; i++)
        c[i].value = values[i - 2];
    c[17].text = finding > 0 ? STR("above") : finding < 0 ? STR("below") : STR("");
}

static const struct result_column change_columns[] = {
    {.name = "a"},
    {.name = "b"},
    {.name = "ratio_a", .kind = RESULT_NUMBER},
    {.name = "ratio_b", .kind = RESULT_NUMBER},
    {.name = "times", .kind = RESULT_NUMBER},
    {.name = "times_low", .kind = RESULT_NUMBER},
    {.name = "times_high", .kind = RESULT_NUMBER},
    {.name = "p_value", .kind = RESULT_NUMBER},
    {.name = "change", .kind = RESULT_NUMBER},
    {.name = "within_orders", .kind = RESULT_NUMBER},
    {.name = "within_orders_low", .kind = RESULT_NUMBER},
    {.name = "within_orders_high", .kind = RESULT_NUMBER},
    {.name = "composition", .kind = RESULT_NUMBER},
    {.name = "composition_low", .kind = RESULT_NUMBER},
    {.name = "composition_high", .kind = RESULT_NUMBER},
};

enum { CHANGE_COLUMNS = sizeof change_columns / sizeof *change_columns };

static void add_change(struct result *r, const struct srb_change *c)
{
    struct result_cell *cells = result_row(r);
    const struct srb_decomposition *x = &c->parts;
    double a = srb_ratio(c->boys[0], c->girls[0]), b = srb_ratio(c->boys[1], c->girls[1]);
    const double values[] = {a,
                             b,
                             c->difference.times,
                             c->difference.low,
                             c->difference.high,
                             c->difference.p,
                             a - b,
                             x->within,
                             x->within_low,
                             x->within_high,
                             x->composition,
                             x->composition_low,
                             x->composition_high};
    _Static_assert(sizeof values / sizeof *values == CHANGE_COLUMNS - 2,
                   "a value a column");
    cells[0].text = c->a;
    cells[1].text = c->b;
    for (size_t i = 2; i < CHANGE_COLUMNS; i++)
        cells[i].value = values[i - 2];
}

static void add_rows(struct result *r, const struct srb_study *s, struct str level,
                     const struct srb_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_row(r, s, level, &rows[i]);
}

static const struct result_column level_columns[] = {
    {.name = "level"},
    {.name = "areas", .kind = RESULT_COUNT},
    {.name = "with_births", .kind = RESULT_COUNT},
    {.name = "found_above", .kind = RESULT_COUNT},
    {.name = "found_below", .kind = RESULT_COUNT},
    {.name = "too_few_births", .kind = RESULT_COUNT},
    {.name = "p_below_05", .kind = RESULT_COUNT},
    {.name = "chi_square", .kind = RESULT_NUMBER},
    {.name = "dispersion", .kind = RESULT_NUMBER},
    {.name = "dispersion_p", .kind = RESULT_NUMBER},
    {.name = "log_sd", .kind = RESULT_NUMBER},
};

enum { LEVEL_COLUMNS = sizeof level_columns / sizeof *level_columns };

static void add_level(struct result *r, const struct srb_level *level)
{
    struct result_cell *cells = result_row(r);
    const double values[] = {(double)level->n,         (double)level->tested,
                             (double)level->high,      (double)level->low,
                             (double)level->small,     (double)level->p_below_05,
                             level->spread.chi_square, level->spread.dispersion,
                             level->spread.p,          level->spread.log_sd};
    _Static_assert(sizeof values / sizeof *values == LEVEL_COLUMNS - 1,
                   "a value a column");
    cells[0].text = level->column;
    for (size_t i = 1; i < LEVEL_COLUMNS; i++)
        cells[i].value = values[i - 1];
}

static const struct result_column setting_columns[] = {
    {.name = "region"},
    {.name = "reference", .kind = RESULT_NUMBER},
    {.name = "reference_low", .kind = RESULT_NUMBER},
    {.name = "reference_high", .kind = RESULT_NUMBER},
    {.name = "level", .kind = RESULT_NUMBER},
    {.name = "false_discovery_rate", .kind = RESULT_NUMBER},
    {.name = "births_to_rank", .kind = RESULT_COUNT},
    {.name = "unknown_sex", .kind = RESULT_COUNT},
};

static void add_settings(struct result *r, const struct srb_page *page)
{
    struct result_cell *cells = result_row(r);
    cells[0].text = page->reference_name;
    cells[1].value = page->study->reference.ratio;
    cells[2].value = page->reference_low;
    cells[3].value = page->reference_high;
    cells[4].value = page->study->level;
    cells[5].value = page->study->found_below;
    cells[6].value = page->study->enough;
    cells[7].value = (double)page->unknown_sex;
}

size_t srb_doc_results(struct arena *a, const struct srb_page *page,
                       struct result out[SRB_DOC_RESULTS])
{
    const struct srb_study *s = page->study;
    struct str title = page->zh ? STR("出生性别比") : STR("Sex ratio at birth");
    size_t n = 0;
    if (s->n_levels) {
        out[n] = result_new(a, "areas", title, row_columns, ROW_COLUMNS);
        for (size_t i = 0; i < s->n_levels; i++)
            add_rows(&out[n], s, s->levels[i].column, s->levels[i].rows, s->levels[i].n);
        n++;
    }
    out[n] = result_new(a, "total", title, row_columns, ROW_COLUMNS);
    add_row(&out[n++], s, STR("total"), &s->all);
    if (s->n_orders) {
        out[n] = result_new(a, "orders", title, row_columns, ROW_COLUMNS);
        add_rows(&out[n++], s, STR("order"), s->orders, s->n_orders);
    }
    if (s->cross.n) {
        out[n] = result_new(a, "areas_by_order", title, row_columns, ROW_COLUMNS);
        add_rows(&out[n++], s, s->cross.column, s->cross.rows, s->cross.n);
    }
    if (s->n_periods) {
        out[n] = result_new(a, "periods", title, row_columns, ROW_COLUMNS);
        add_rows(&out[n++], s, STR("period"), s->periods, s->n_periods);
    }
    if (s->has_change) {
        out[n] = result_new(a, "comparison", title, change_columns, CHANGE_COLUMNS);
        add_change(&out[n++], &s->change);
    }
    if (s->n_levels) {
        out[n] = result_new(a, "levels", title, level_columns, LEVEL_COLUMNS);
        for (size_t i = 0; i < s->n_levels; i++)
            add_level(&out[n], &s->levels[i]);
        n++;
    }
    out[n] = result_new(a, "settings", title, setting_columns,
                        sizeof setting_columns / sizeof *setting_columns);
    add_settings(&out[n++], page);
    return n;
}
