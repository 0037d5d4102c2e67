// SPDX-License-Identifier: AGPL-3.0-or-later
// The figures of project_doc.h as tables.
#include "report/project_private.h"

size_t project_needs_told(const struct project_page *page)
{
    return page->ahead->n_needs - 2 * page->n_groups;
}

static const char *const figure_names[PROJECT_FIGURES] = {"people",
                                                          "women",
                                                          "men",
                                                          "aged_0_14",
                                                          "aged_15_64",
                                                          "aged_65",
                                                          "aged_80",
                                                          "dependent_on_100",
                                                          "aged_65_of_100",
                                                          "births_a_year",
                                                          "deaths_a_year",
                                                          "boys_to_100_girls_born",
                                                          "girls_missing",
                                                          "men_25_34_to_100_women_23_32"};

static void put_bounds(struct result_cell *c, const double *q)
{
    for (size_t k = 0; k < Q; k++)
        c[k].value = q[k];
}

#define BOUNDS                                                                           \
    {"low_95", NULL, RESULT_NUMBER, 1, NULL}, {"low_80", NULL, RESULT_NUMBER, 1, NULL},  \
        {"median", NULL, RESULT_NUMBER, 1, NULL},                                        \
        {"high_80", NULL, RESULT_NUMBER, 1, NULL},                                       \
    {                                                                                    \
        "high_95", NULL, RESULT_NUMBER, 1, NULL                                          \
    }

static const struct result_column figure_columns[] = {
    {"area", NULL, RESULT_TEXT, 0, NULL},
    {"scenario", NULL, RESULT_TEXT, 0, NULL},
    {"year", NULL, RESULT_COUNT, 0, NULL},
    {"figure", NULL, RESULT_TEXT, 0, NULL},
    BOUNDS};
static const struct result_column people_columns[] = {
    {"area", NULL, RESULT_TEXT, 0, NULL},  {"scenario", NULL, RESULT_TEXT, 0, NULL},
    {"year", NULL, RESULT_COUNT, 0, NULL}, {"sex", NULL, RESULT_TEXT, 0, NULL},
    {"age", NULL, RESULT_COUNT, 0, NULL},  BOUNDS};

static const struct result_column cohort_columns[] = {
    {"area", NULL, RESULT_TEXT, 0, NULL},
    {"scenario", NULL, RESULT_TEXT, 0, NULL},
    {"born", NULL, RESULT_COUNT, 0, NULL},
    {"born_before", NULL, RESULT_COUNT, 0, NULL},
    {"year", NULL, RESULT_COUNT, 0, NULL},
    {"figure", NULL, RESULT_TEXT, 0, NULL},
    BOUNDS};
static const char *const cohort_names[PROJECT_COHORT_FIGURES] = {
    "boys_born",
    "girls_born",
    "girls_missing",
    "men_from_30",
    "women_they_marry",
    "men_to_100_women",
    "men_more_than_women",
    "men_never_married_at_50_of_100",
    "women_never_married_at_50_of_100"};

// born to born_before: years of birth. year: when it is so.
static void add_cohort_rows(struct result *r, const struct project_page *page,
                            const struct project_forecast *f, const struct str *scenario)
{
    int64_t width = f->shape.width;
    for (int64_t born = -MARRIAGE_END / width; born < (int64_t)f->moments; born++)
        for (int i = 0; i < PROJECT_COHORT_FIGURES; i++) {
            enum project_cohort_figure figure = (enum project_cohort_figure)i;
            const double *q = project_forecast_cohort(f, born, figure);
            if (!q)
                continue;
            struct result_cell *c = result_row(r);
            c[0].text = page->area;
            c[1].text = *scenario;
            c[2].value = (double)(f->shape.year + (born - 1) * width + page->ends);
            c[3].value = (double)(f->shape.year + born * width + page->ends);
            c[4].value =
                (double)(f->shape.year + born * width + project_cohort_age(figure));
            c[5].text = str_of(cohort_names[i]);
            put_bounds(c + 6, q);
        }
}

static void add_figures(struct result *r, const struct project_page *page,
                        const struct project_forecast *f, const struct str *scenario)
{
    for (size_t t = 0; t < f->moments; t++)
        for (int i = 0; i < PROJECT_FIGURES; i++) {
            struct result_cell *c = result_row(r);
            c[0].text = page->area;
            c[1].text = *scenario;
            c[2].value = f->shape.year + (double)t * f->shape.width;
            c[3].text = str_of(figure_names[i]);
            put_bounds(c + 4, f->figure[i] + t * Q);
        }
}

static void add_people(struct result *r, const struct project_page *page,
                       const struct project_forecast *f)
{
    for (size_t t = 0; t < f->moments; t++)
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (size_t a = 0; a < f->shape.ages; a++) {
                struct result_cell *c = result_row(r);
                c[0].text = page->area;
                c[1].text = f->scenario;
                c[2].value = f->shape.year + (double)t * f->shape.width;
                c[3].text = sex == PROJECT_FEMALE ? STR("female") : STR("male");
                c[4].value = (double)a * f->shape.width;
                put_bounds(c + 5, f->people[sex] + (t * f->shape.ages + a) * Q);
            }
}

static void add_needed(struct result *r, const struct project_page *page,
                       const struct project_forecast *f)
{
    for (size_t i = 0; i < project_needs_told(page); i++)
        for (size_t t = 0; t < f->moments; t++) {
            const struct project_need *need = &f->needs[f->need[i]];
            struct result_cell *c = result_row(r);
            c[0].text = page->area;
            c[1].text = f->scenario;
            c[2].value = f->shape.year + (double)t * f->shape.width;
            c[3].text = page->zh ? need->name_zh : need->name;
            put_bounds(c + 4, f->needed[i] + t * Q);
        }
}

size_t project_doc_results(struct arena *a, const struct project_page *page,
                           struct result out[PROJECT_DOC_RESULTS])
{
    static const struct str none = {"", 0};
    out[0] = result_new(a, "ahead", none, figure_columns, 9);
    out[1] = result_new(a, "ahead_people", none, people_columns, 10);
    out[2] = result_new(a, "needs", none, figure_columns, 9);
    add_figures(&out[0], page, page->ahead, &page->ahead->scenario);
    if (page->without)
        add_figures(&out[0], page, page->without, &none);
    add_people(&out[1], page, page->ahead);
    add_needed(&out[2], page, page->ahead);
    out[3] = result_new(a, "cohorts", none, cohort_columns, 11);
    add_cohort_rows(&out[3], page, page->ahead, &page->ahead->scenario);
    if (page->without)
        add_cohort_rows(&out[3], page, page->without, &none);
    return PROJECT_DOC_RESULTS;
}
