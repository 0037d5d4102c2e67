// SPDX-License-Identifier: AGPL-3.0-or-later
// The figures of a smoothed study as tables for CSV and JSON.
#include <math.h>

#include "report/smooth_doc.h"

static const struct result_column row_columns[] = {
    {.name = "name"},
    {.name = "births", .kind = RESULT_COUNT},
    {.name = "boys", .kind = RESULT_COUNT},
    {.name = "girls", .kind = RESULT_COUNT},
    {.name = "ratio_raw", .kind = RESULT_NUMBER},
    {.name = "ratio_raw_low", .kind = RESULT_NUMBER},
    {.name = "ratio_raw_high", .kind = RESULT_NUMBER},
    {.name = "ratio", .kind = RESULT_NUMBER},
    {.name = "ratio_sd", .kind = RESULT_NUMBER},
    {.name = "ratio_low", .kind = RESULT_NUMBER},
    {.name = "ratio_median", .kind = RESULT_NUMBER},
    {.name = "ratio_high", .kind = RESULT_NUMBER},
    {.name = "probability_above", .kind = RESULT_NUMBER},
    {.name = "enough_births", .kind = RESULT_YES_NO},
};

enum { ROW_COLUMNS = sizeof row_columns / sizeof *row_columns };

static struct result rows_result(struct arena *a, const char *name,
                                 const struct smooth_row *rows, size_t n)
{
    struct result r = result_new(a, name, STR(""), row_columns, ROW_COLUMNS);
    for (size_t i = 0; i < n; i++) {
        const struct smooth_row *row = rows + i;
        struct result_cell *c = result_row(&r);
        const double values[] = {row->boys + row->girls,
                                 row->boys,
                                 row->girls,
                                 row->raw,
                                 row->raw_interval.low,
                                 row->raw_interval.high,
                                 row->ratio.mean,
                                 row->ratio.sd,
                                 row->ratio.low,
                                 row->ratio.median,
                                 row->ratio.high,
                                 row->above,
                                 row->enough};
        _Static_assert(sizeof values / sizeof *values == ROW_COLUMNS - 1,
                       "a value a column");
        c[0].text = row->name;
        for (size_t k = 1; k < ROW_COLUMNS; k++)
            c[k].value = values[k - 1];
    }
    return r;
}

static const struct result_column cell_columns[] = {
    {.name = "area"},
    {.name = "period"},
    {.name = "order"},
    {.name = "boys", .kind = RESULT_COUNT},
    {.name = "girls", .kind = RESULT_COUNT},
    {.name = "ratio", .kind = RESULT_NUMBER},
    {.name = "ratio_sd", .kind = RESULT_NUMBER},
    {.name = "ratio_low", .kind = RESULT_NUMBER},
    {.name = "ratio_median", .kind = RESULT_NUMBER},
    {.name = "ratio_high", .kind = RESULT_NUMBER},
    {.name = "probability_above", .kind = RESULT_NUMBER},
    {.name = "left_out_probability", .kind = RESULT_NUMBER}, // CPO
    {.name = "left_out_rank", .kind = RESULT_NUMBER},        // PIT
};

static struct str group_name(const struct frame_groups *groups, uint32_t group)
{
    return groups && group != UINT32_MAX ? groups->names[group] : STR("");
}

static struct result cells_result(struct arena *a, const struct smooth_page *page)
{
    enum { COLUMNS = sizeof cell_columns / sizeof *cell_columns };
    const struct srb_input *in = page->input->counts;
    struct result r = result_new(a, "cells", STR(""), cell_columns, COLUMNS);
    for (size_t i = 0; i < page->study->n_cells; i++) {
        const struct smooth_cell *cell = page->study->cells + i;
        struct result_cell *c = result_row(&r);
        const double values[] = {cell->boys,       cell->girls,     cell->ratio.mean,
                                 cell->ratio.sd,   cell->ratio.low, cell->ratio.median,
                                 cell->ratio.high, cell->above,     cell->cpo,
                                 cell->pit};
        _Static_assert(sizeof values / sizeof *values == COLUMNS - 3, "a value a column");
        c[0].text =
            group_name(in->n_levels ? in->areas[in->n_levels - 1] : NULL, cell->area);
        c[1].text = group_name(in->periods, cell->period);
        c[2].text = group_name(in->orders, cell->order);
        for (size_t k = 3; k < COLUMNS; k++)
            c[k].value = values[k - 3];
    }
    return r;
}

static const struct result_column parameter_columns[] = {
    {.name = "parameter"},
    {.name = "of"},
    {.name = "mean", .kind = RESULT_NUMBER},
    {.name = "sd", .kind = RESULT_NUMBER},
    {.name = "low", .kind = RESULT_NUMBER},
    {.name = "median", .kind = RESULT_NUMBER},
    {.name = "high", .kind = RESULT_NUMBER},
};

static struct result parameters_result(struct arena *a, const struct smooth_study *s)
{
    static const char *const names[] = {"intercept", "order", "covariate", "trend",
                                        "sigma",     "phi",   "rho"};
    struct result r = result_new(a, "parameters", STR(""), parameter_columns, 7);
    for (size_t i = 0; i < s->n_parameters; i++) {
        const struct smooth_parameter *p = s->parameters + i;
        struct result_cell *c = result_row(&r);
        c[0].text = str_of(names[p->kind]);
        c[1].text = p->name;
        c[2].value = p->value.mean;
        c[3].value = p->value.sd;
        c[4].value = p->value.low;
        c[5].value = p->value.median;
        c[6].value = p->value.high;
    }
    return r;
}

static const struct result_column model_columns[] = {
    {.name = "cells", .kind = RESULT_COUNT},
    {.name = "cells_with_births", .kind = RESULT_COUNT},
    {.name = "unknowns", .kind = RESULT_COUNT},
    {.name = "hyper_parameters", .kind = RESULT_COUNT},
    {.name = "neighbour_pairs", .kind = RESULT_COUNT},
    {.name = "islands", .kind = RESULT_COUNT},
    {.name = "log_evidence", .kind = RESULT_NUMBER},
    {.name = "dic", .kind = RESULT_NUMBER},
    {.name = "dic_parameters", .kind = RESULT_NUMBER},
    {.name = "waic", .kind = RESULT_NUMBER},
    {.name = "waic_parameters", .kind = RESULT_NUMBER},
    {.name = "log_score", .kind = RESULT_NUMBER},
    {.name = "surprising_cells", .kind = RESULT_COUNT},
    {.name = "draws", .kind = RESULT_COUNT},
};

static struct result model_result(struct arena *a, const struct smooth_study *s)
{
    enum { COLUMNS = sizeof model_columns / sizeof *model_columns };
    const struct latent_criteria *k = &s->criteria;
    struct result r = result_new(a, "model", STR(""), model_columns, COLUMNS);
    struct result_cell *c = result_row(&r);
    const double values[] = {(double)s->n_cells,
                             k->n_data,
                             s->account.n_unknowns,
                             s->account.n_hyper,
                             s->n_edges,
                             s->islands,
                             k->log_evidence,
                             k->dic,
                             k->dic_parameters,
                             k->waic,
                             k->waic_parameters,
                             k->log_score,
                             (double)s->surprising,
                             s->draws};
    _Static_assert(sizeof values / sizeof *values == COLUMNS, "a value a column");
    for (size_t i = 0; i < COLUMNS; i++)
        c[i].value = values[i];
    return r;
}

size_t smooth_doc_results(struct arena *a, const struct smooth_page *page,
                          struct result out[SMOOTH_DOC_RESULTS])
{
    const struct smooth_study *s = page->study;
    size_t n = 0;
    if (s->n_areas)
        out[n++] = rows_result(a, "areas", s->areas, s->n_areas);
    out[n++] = rows_result(a, "total", &s->all, 1);
    if (s->n_periods)
        out[n++] = rows_result(a, "periods", s->periods, s->n_periods);
    if (s->n_orders)
        out[n++] = rows_result(a, "orders", s->orders, s->n_orders);
    out[n++] = cells_result(a, page);
    out[n++] = parameters_result(a, s);
    out[n++] = model_result(a, s);
    return n;
}
