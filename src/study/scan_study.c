// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/scan_study.h"
#include "stats/interval.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { NOTE_SIZE = 700, GUMBEL_BELOW = 10, GINI_REPLICATIONS = 999, GUMBEL_LEAST = 99 };
static const size_t most_cells = (size_t)1 << 27;

void scan_study_note(struct scan_study *s, const char *en, const char *zh, ...)
{
    char text[NOTE_SIZE], text_zh[NOTE_SIZE];
    va_list list, again;
    va_start(list, zh);
    va_copy(again, list);
    vsnprintf(text, sizeof text, en, list);
    vsnprintf(text_zh, sizeof text_zh, zh, again);
    va_end(again);
    va_end(list);
    if (s->n_notes >= SCAN_MOST_NOTES - 1) {
        s->notes[SCAN_MOST_NOTES - 1] = (struct scan_note){
            STR("There are more notes than are shown."), STR("其余说明未列出。")};
        s->n_notes = SCAN_MOST_NOTES;
        return;
    }
    struct scan_note note = {str_copy(s->arena, str_of(text)),
                             str_copy(s->arena, str_of(text_zh))};
    if (note.en.p && note.zh.p)
        s->notes[s->n_notes++] = note;
}

enum err scan_study_cells(const struct scan_study *s, uint32_t others, size_t *cells,
                          struct error *e)
{
    if (size_mul(s->areas.n, s->n_times, cells) && size_mul(*cells, others, cells) &&
        *cells <= most_cells)
        return ERR_OK;
    (void)error_set(e, ERR_LIMIT, "scan.cells", NULL,
                    "%u areas x %u times x %u groups are more than %zu cells", s->areas.n,
                    s->n_times, others, most_cells);
    return error_cure(e, "Take longer steps of time, or fewer covariates.");
}

// ---- expected numbers ----

static enum err check_persons(const struct scan_study *s, const int64_t *cases,
                              const double *population, uint32_t n_strata,
                              struct error *e)
{
    for (size_t i = 0; i < (size_t)s->areas.n * s->n_times; i++) {
        int64_t found = 0;
        double persons = 0;
        for (size_t k = i * n_strata; k < (i + 1) * n_strata; k++) {
            found += cases[k];
            persons += population[k];
        }
        if (found && !(persons > 0)) {
            struct str time =
                s->slices && s->n_times > 1 ? s->slices[i % s->n_times].first : STR("");
            (void)error_set(e, ERR_INPUT, "scan.no_population", NULL,
                            "area \"" STR_FMT
                            "\" has %lld cases and no population%s" STR_FMT,
                            STR_ARG(s->areas.list[i / s->n_times]), (long long)found,
                            time.n ? " at " : "", STR_ARG(time));
            return error_cure(e, "Give its population, or leave its cases out.");
        }
    }
    return ERR_OK;
}

enum err scan_study_expect(struct scan_study *s, const int64_t *cases,
                           const double *population, uint32_t n_strata, struct error *e)
{
    size_t n = (size_t)s->areas.n * s->n_times;
    double *expected = ARENA_ARRAY(s->arena, double, n);
    if (!expected)
        return error_memory(e);
    enum err code = check_persons(s, cases, population, n_strata, e);
    if (!code)
        code = scan_expected(expected, cases, population, s->areas.n, s->n_times,
                             n_strata, e);
    s->data.expected = expected;
    return code;
}

// ---- running ----

static double sum_over(const struct scan_study *s, const double *values, uint32_t area,
                       uint32_t first, uint32_t last)
{
    double sum = 0;
    for (uint32_t t = first; t <= last; t++)
        sum += values[(size_t)area * s->n_times + t];
    return sum;
}

static int64_t count_over(const struct scan_study *s, const int64_t *values,
                          uint32_t area, uint32_t first, uint32_t last, uint32_t each)
{
    int64_t sum = 0;
    for (uint32_t t = first; t <= last; t++)
        for (uint32_t k = 0; k < each; k++)
            sum += values[((size_t)area * s->n_times + t) * each + k];
    return sum;
}

// Sums that the reading functions would make again for each area.
static enum err add_up(struct scan_study *s, struct error *e)
{
    uint32_t each = s->n_categories ? s->n_categories : 1;
    int64_t *until = ARENA_ARRAY(s->arena, int64_t, s->n_times + 1);
    if (!until)
        return error_memory(e);
    for (uint32_t a = 0; a < s->areas.n; a++)
        for (uint32_t t = 0; t < s->n_times; t++) {
            until[t + 1] += count_over(s, s->data.cases, a, t, t, each);
            if (s->data.expected)
                s->all_at_risk += sum_over(s, s->data.expected, a, t, t);
        }
    for (uint32_t t = 0; t < s->n_times; t++)
        until[t + 1] += until[t];
    s->cases_until = until;
    return ERR_OK;
}

bool scan_study_same(const struct scan_cluster *a, const struct scan_cluster *b)
{
    if (a->n_areas != b->n_areas || a->first_time != b->first_time ||
        a->last_time != b->last_time)
        return false;
    for (uint32_t i = 0; i < a->n_areas; i++) {
        uint32_t k = 0;
        while (k < b->n_areas && a->areas[i] != b->areas[k])
            k++;
        if (k == b->n_areas)
            return false;
    }
    return true;
}

static enum err mark_gini(struct scan_study *s, struct pool *pool,
                          scan_progress *progress, void *argument, struct error *e)
{
    struct scan_options options = s->options;
    struct scan_result best;
    options.report = SCAN_GINI;
    if (options.replications > GINI_REPLICATIONS) // only which p are below 0.05 matters
        options.replications = GINI_REPLICATIONS;
    enum err code =
        scan_run(&s->data, &options, pool, progress, argument, s->arena, &best, e);
    bool *marks = ARENA_ARRAY(s->arena, bool, s->result.n_clusters);
    if (!code && !marks)
        code = error_memory(e);
    for (uint32_t i = 0; !code && i < s->result.n_clusters; i++)
        for (uint32_t k = 0; k < best.n_clusters && !marks[i]; k++)
            marks[i] = scan_study_same(&s->result.clusters[i], &best.clusters[k]);
    s->gini = marks;
    return code;
}

// Windows that every replication reaches say nothing (SaTScan does not list them either).
static void leave_out_certain(struct scan_study *s)
{
    struct scan_result *r = &s->result;
    while (r->n_clusters > 1 && r->clusters[r->n_clusters - 1].p >= 1)
        r->n_clusters--;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum err scan_study_run(struct scan_study *s, struct pool *pool, scan_progress *progress,
                        void *argument, struct error *e)
{
    double began = now();
    s->data.n_areas = s->areas.n;
    s->data.n_times = s->n_times;
    s->data.n_categories = s->n_categories ? s->n_categories : 1;
    enum err code = scan_run(&s->data, &s->options, pool, progress, argument, s->arena,
                             &s->result, e);
    if (!code)
        code = add_up(s, e);
    if (!code)
        leave_out_certain(s);
    if (!code && s->mark_gini && s->options.report != SCAN_GINI)
        code = mark_gini(s, pool, progress, argument, e);
    s->seconds = now() - began;
    double years = s->days / 365.2425, persons = 0;
    for (uint32_t a = 0; !code && s->has_population && a < s->areas.n; a++)
        persons += s->population[a];
    if (persons > 0 && years > 0)
        s->cases_per_population_year = (double)s->result.cases / persons / years;
    if (code && e && !e->where[0])
        snprintf(e->where, sizeof e->where, STR_FMT, STR_ARG(s->source));
    return code;
}

// ---- reading ----

static double expected_of(const struct scan_study *s, uint32_t area, uint32_t first,
                          uint32_t last, int64_t total)
{
    double all_cases = (double)s->result.cases;
    uint32_t each = s->n_categories ? s->n_categories : 1;
    switch (s->options.model) {
    case SCAN_BERNOULLI:
        return all_cases * (double)total / (double)s->result.total;
    case SCAN_POISSON:
        return all_cases * sum_over(s, s->data.expected, area, first, last) /
               s->all_at_risk;
    case SCAN_PERMUTATION:
        return (double)(s->cases_until[last + 1] - s->cases_until[first]) *
               (double)count_over(s, s->data.cases, area, 0, s->n_times - 1, each) /
               all_cases;
    case SCAN_ORDINAL:
        break;
    }
    return NAN;
}

struct str scan_study_label(const struct scan_study *s, uint32_t area)
{
    return s->labels && s->labels[area].n ? s->labels[area] : s->areas.list[area];
}

struct scan_share scan_study_area(const struct scan_study *s, uint32_t area,
                                  const struct scan_cluster *c)
{
    uint32_t first = c ? c->first_time : 0, last = c ? c->last_time : s->n_times - 1;
    uint32_t each = s->n_categories ? s->n_categories : 1;
    struct scan_share share = {0};
    share.cases = count_over(s, s->data.cases, area, first, last, each);
    share.total = share.cases;
    if (s->options.model == SCAN_BERNOULLI)
        share.total += count_over(s, s->data.controls, area, first, last, 1);
    share.expected = expected_of(s, area, first, last, share.total);
    return share;
}

double scan_study_relative_risk(const struct scan_study *s, double cases, double expected)
{
    double all = (double)s->result.cases;
    double outside = (all - cases) / (all - expected), inside = cases / expected;
    return expected > 0 && expected < all && outside > 0 ? inside / outside : NAN;
}

double scan_study_p(const struct scan_study *s, const struct scan_cluster *c,
                    bool *gumbel)
{
    double rank = c->p * (s->result.replications + 1.0);
    *gumbel = (s->gumbel_always || (s->gumbel_when_small && !s->result.stopped &&
                                    rank < GUMBEL_BELOW - 0.5)) &&
              isfinite(c->p_gumbel);
    return *gumbel ? c->p_gumbel : c->p;
}

struct scan_limits scan_study_limits(const struct scan_study *s,
                                     const struct scan_cluster *c)
{
    double k = (double)c->cases;
    if (s->options.model == SCAN_ORDINAL || !(c->expected > 0))
        return (struct scan_limits){NAN, NAN};
    if (s->options.model == SCAN_BERNOULLI) {
        struct interval i = interval_wilson(k, (double)c->total, 0.95);
        double all = (double)s->result.cases / (double)s->result.total;
        return (struct scan_limits){i.low / all, i.high / all};
    }
    double low = k > 0 ? gsl_cdf_chisq_Pinv(0.025, 2 * k) / 2 : 0;
    double high = gsl_cdf_chisq_Pinv(0.975, 2 * k + 2) / 2;
    return (struct scan_limits){low / c->expected, high / c->expected};
}
