// SPDX-License-Identifier: AGPL-3.0-or-later
// The figures of a ccm study as tables for CSV and JSON.
#include <math.h>

#include "report/ccm_doc.h"

#define NUMBER(n)                                                                        \
    {                                                                                    \
        .name = n, .kind = RESULT_NUMBER                                                 \
    }
#define RANGE(n) NUMBER(n), NUMBER(n "_low"), NUMBER(n "_high")

struct row { // fills a row from the left
    struct result_cell *cells;
    size_t at;
};

static void put(struct row *r, double value)
{
    r->cells[r->at++].value = value;
}

static void put_text(struct row *r, struct str text)
{
    r->cells[r->at++].text = text;
}

static void put_range(struct row *r, struct ccm_range x, double times)
{
    put(r, x.middle * times);
    put(r, x.low * times);
    put(r, x.high * times);
}

// --- areas

static const struct result_column area_columns[] = {
    {.name = "area"},
    NUMBER("inflation_probability"),
    {.name = "strong_evidence", .kind = RESULT_YES_NO},
    RANGE("start"),
    RANGE("full_height"),
    RANGE("fall"),
    RANGE("end"),
    RANGE("height"),
    RANGE("rise_years"),
    RANGE("stay_years"),
    RANGE("fall_years"),
    NUMBER("peak_year"),
    RANGE("peak"),
    RANGE("ratio_at_start"),
    RANGE("baseline"),
    RANGE("missing_girls"),
    RANGE("missing_ahead"),
    RANGE("missing_ahead_without"),
    RANGE("missing_ahead_constant"),
    RANGE("missing_ahead_begins"),
    NUMBER("log_bayes_factor"),
    NUMBER("r_hat"),
    NUMBER("ess"),
    NUMBER("acceptance"),
};
enum { AREA_COLUMNS = sizeof area_columns / sizeof *area_columns };

static void add_areas(struct result *out, const struct ccm_page *page)
{
    const struct ccm_study *s = page->study;
    for (size_t i = 0; i < s->fit.n_areas; i++) {
        const struct ccm_area_summary *a = s->areas + i;
        struct row r = {result_row(out), 0};
        put_text(&r, page->area_names[i]);
        put(&r, a->probability);
        put(&r, isnan(a->probability) ? (double)NAN : a->strong);
        put_range(&r, a->start, 1);
        put_range(&r, a->top, 1);
        put_range(&r, a->fall, 1);
        put_range(&r, a->end, 1);
        put_range(&r, a->height, 100);
        for (int k = 0; k < CCM_LENGTHS; k++)
            put_range(&r, a->length[k], 1);
        put(&r, a->peak_year);
        put_range(&r, a->peak, 100);
        put_range(&r, a->at_start, 100);
        put_range(&r, a->baseline, 100);
        put_range(&r, s->years[i].missing, 1);
        for (int k = 0; k < CCM_SCENARIOS; k++)
            put_range(&r, s->years[i].missing_ahead[k], 1);
        put(&r, a->log_evidence);
        put(&r, a->worst_r_hat);
        put(&r, a->least_ess);
        put(&r, a->acceptance);
    }
}

// --- years

static const struct result_column year_columns[] = {
    {.name = "area"},
    NUMBER("year"),
    {.name = "ahead", .kind = RESULT_YES_NO},
    RANGE("observed"),
    NUMBER("births"),
    RANGE("ratio"),
    RANGE("inflation"),
    RANGE("missing_girls"),
    RANGE("ratio_without"),
    RANGE("ratio_constant"),
    RANGE("missing_constant"),
    RANGE("ratio_begins"),
    RANGE("missing_begins"),
};
enum { YEAR_COLUMNS = sizeof year_columns / sizeof *year_columns };

static void add_years(struct result *out, const struct ccm_page *page)
{
    const struct ccm_study *s = page->study;
    for (size_t i = 0; i < s->fit.n_areas; i++)
        for (size_t k = 0; k < s->years[i].n; k++) {
            const struct ccm_year *y = s->years[i].of + k;
            double middle = s->observed[i][k],
                   half = 1.959963984540054 * s->observed_sd[i][k];
            struct ccm_range seen = {exp(middle - half), exp(middle), exp(middle + half)};
            struct row r = {result_row(out), 0};
            put_text(&r, page->area_names[i]);
            put(&r, y->year);
            put(&r, y->ahead);
            put_range(&r, seen, 100);
            put(&r, s->births[i] ? s->births[i][k] : (double)NAN);
            put_range(&r, y->ratio, 100);
            put_range(&r, y->inflation, 100);
            put_range(&r, y->missing, 1);
            put_range(&r, y->scenario[CCM_WITHOUT], 100);
            put_range(&r, y->scenario[CCM_CONSTANT], 100);
            put_range(&r, y->missing_in[CCM_CONSTANT], 1);
            put_range(&r, y->scenario[CCM_BEGINS], 100);
            put_range(&r, y->missing_in[CCM_BEGINS], 1);
        }
}

// --- the rest

static const struct result_column common_columns[] = {{.name = "name"},
                                                      RANGE("value"),
                                                      NUMBER("r_hat"),
                                                      NUMBER("ess_bulk"),
                                                      NUMBER("ess_tail")};

static void add_common(struct result *out, const struct ccm_page *page, struct arena *a)
{
    const struct ccm_study *s = page->study;
    for (size_t k = 0; k < s->fit.n_hypers + s->fit.n_types; k++) {
        bool source = k >= s->fit.n_hypers;
        if (isnan(s->common[k].middle) || (source && isnan(s->common_diagnosis[k].r_hat)))
            continue; // not learned
        struct row r = {result_row(out), 0};
        put_text(&r, source ? str_format(a, "error of source " STR_FMT,
                                         STR_ARG(page->type_names[k - s->fit.n_hypers]))
                            : str_of(s->fit.hyper_names[k]));
        put_range(&r, s->common[k], 1);
        put(&r, s->common_diagnosis[k].r_hat);
        put(&r, s->common_diagnosis[k].ess_bulk);
        put(&r, s->common_diagnosis[k].ess_tail);
    }
}

static const struct result_column check_columns[] = {
    {.name = "area"},       {.name = "observations", .kind = RESULT_COUNT},
    NUMBER("p_chi_square"), NUMBER("p_largest"),
    NUMBER("p_runs"),       NUMBER("outside_95"),
};

static void add_checks(struct result *out, const struct ccm_page *page)
{
    for (size_t i = 0; i < page->study->fit.n_areas; i++) {
        const struct ccm_replicated *p = page->study->replicated + i;
        struct row r = {result_row(out), 0};
        put_text(&r, page->area_names[i]);
        put(&r, (double)p->n);
        put(&r, p->chi_square);
        put(&r, p->largest);
        put(&r, p->runs);
        put(&r, p->outside_95);
    }
}

static const struct result_column run_columns[] = {
    {.name = "model"},
    {.name = "chains", .kind = RESULT_COUNT},
    {.name = "draws", .kind = RESULT_COUNT},
    NUMBER("r_hat"),
    NUMBER("ess"),
    {.name = "stacked", .kind = RESULT_YES_NO},
    RANGE("missing_girls"),
    NUMBER("elpd"),
    NUMBER("elpd_se"),
    NUMBER("p_loo"),
    NUMBER("waic"),
    {.name = "bad_pareto", .kind = RESULT_COUNT},
    {.name = "left_out", .kind = RESULT_COUNT},
    NUMBER("left_out_from"),
    NUMBER("median_error"),
    NUMBER("median_absolute_error"),
    NUMBER("mean_absolute_error"),
    NUMBER("below_95"),
    NUMBER("above_95"),
    NUMBER("below_80"),
    NUMBER("above_80"),
};
enum { RUN_COLUMNS = sizeof run_columns / sizeof *run_columns };

static void add_run(struct result *out, const struct ccm_page *page)
{
    const struct ccm_study *s = page->study;
    const struct ccm_validation *v = &s->validation;
    struct row r = {result_row(out), 0};
    bool by_year = s->input.leave == CCM_LEAVE_LAST || s->input.leave == CCM_LEAVE_FROM;
    put_text(&r, page->model);
    put(&r, (double)s->fit.n_chains);
    put(&r, (double)s->fit.n_draws);
    put(&r, s->worst_r_hat);
    put(&r, s->least_ess);
    put(&r, s->stacked);
    if (s->any_births)
        put_range(&r, s->missing_in_all, 1);
    else
        put_range(&r, (struct ccm_range){NAN, NAN, NAN}, 1);
    put(&r, s->loo.elpd);
    put(&r, s->loo.se);
    put(&r, s->loo.p_loo);
    put(&r, s->loo.waic);
    put(&r, (double)s->loo.n_bad);
    double none = s->input.leave ? 1 : (double)NAN; // ratios' errors stay as the papers'
    put(&r, (double)v->n_left_out * none);
    put(&r, by_year ? s->validated_from : (double)NAN);
    put(&r, v->median_error * none);
    put(&r, v->median_absolute_error * none);
    put(&r, v->mean_absolute_error * none);
    put(&r, v->below_95 * none);
    put(&r, v->above_95 * none);
    put(&r, v->below_80 * none);
    put(&r, v->above_80 * none);
}

size_t ccm_doc_results(struct arena *a, const struct ccm_page *page,
                       struct result out[CCM_DOC_RESULTS])
{
    struct str title =
        page->zh ? STR("出生性别比的变化") : STR("Sex ratio at birth over time");
    out[0] = result_new(a, "areas", title, area_columns, AREA_COLUMNS);
    out[1] = result_new(a, "years", title, year_columns, YEAR_COLUMNS);
    out[2] = result_new(a, "common", title, common_columns,
                        sizeof common_columns / sizeof *common_columns);
    out[3] = result_new(a, "checks", title, check_columns,
                        sizeof check_columns / sizeof *check_columns);
    out[4] = result_new(a, "run", title, run_columns, RUN_COLUMNS);
    add_areas(&out[0], page);
    add_years(&out[1], page);
    add_common(&out[2], page, a);
    add_checks(&out[3], page);
    add_run(&out[4], page);
    return CCM_DOC_RESULTS;
}
