// SPDX-License-Identifier: AGPL-3.0-or-later
#include <inttypes.h>
#include <math.h>

#include "stats/scan_private.h"

static const int64_t most_cases = INT64_C(1000000000000); // of rng_binomial, and exact

static enum err wrong_call(struct error *e, const char *text, const char *cure)
{
    error_set(e, ERR_USAGE, "scan.options", NULL, "%s", text);
    return error_cure(e, "%s", cure);
}

static enum err check_options(const struct scan_data *d, const struct scan_options *o,
                              struct error *e)
{
    bool moves = o->span != SCAN_TEMPORAL;
    if (!(o->most_population > 0) || o->most_population > 0.5)
        return wrong_call(e,
                          "the largest share of the population is not above 0 and at "
                          "most 0.5",
                          "Give a share such as 0.5.");
    if (!(o->most_distance >= 0) || !(o->most_time_share >= 0))
        return wrong_call(e, "a limit is negative or not a number", "Give 0 for none.");
    if (o->model == SCAN_PERMUTATION &&
        (o->span == SCAN_SPATIAL || o->span == SCAN_TEMPORAL))
        return wrong_call(e, "the permutation model compares places over time",
                          "Scan space and time, or take another model.");
    if (moves && o->shape == SCAN_ELLIPSE && o->metric == SCAN_GREAT_CIRCLE)
        return wrong_call(e, "ellipses need coordinates of a plane",
                          "Project longitude and latitude first, or scan circles.");
    if (moves && o->shape == SCAN_FLEXIBLE && (!d->graph || d->n_centres))
        return wrong_call(e, "flexible windows grow along borders from an area",
                          "Give the pairs of neighbours, and no centres of your own.");
    if (o->most_areas > SCAN_MOST_NEIGHBOURS)
        return wrong_call(e, "a flexible window has at most 30 areas",
                          "Give 30 or less.");
    if (o->report == SCAN_GINI && o->span == SCAN_TEMPORAL)
        return wrong_call(e, "the Gini coefficient is of areas, and one is scanned",
                          "Report without overlap.");
    if (o->report == SCAN_GINI && o->model == SCAN_ORDINAL)
        return wrong_call(e, "the Gini coefficient is of one rate, not of categories",
                          "Report without overlap.");
    if (o->model == SCAN_ORDINAL &&
        (d->n_categories < 2 || d->n_categories > SCAN_MOST_CATEGORIES))
        return wrong_call(e, "the ordinal model needs 2 to 64 categories",
                          "Give a column of cases for each category, lowest first.");
    if ((o->model == SCAN_BERNOULLI && !d->controls) ||
        (o->model == SCAN_POISSON && !d->expected))
        return wrong_call(e, "the model lacks controls or expected numbers",
                          "Bernoulli needs controls, Poisson the expected numbers.");
    return ERR_OK;
}

static bool is_coordinate(double x, double y, bool degrees)
{
    return isfinite(x) && isfinite(y) && (!degrees || (fabs(y) <= 90 && fabs(x) <= 360));
}

static enum err bad_coordinate(struct error *e, const char *what, uint32_t i, double x,
                               double y, bool degrees)
{
    error_set(e, ERR_INPUT, "scan.coordinate", NULL,
              "%s %u has the coordinates %g, %g; expected two numbers%s", what, i + 1, x,
              y, degrees ? ", degrees of longitude and of latitude" : "");
    return error_cure(e, "Correct them, or leave the %s out.", what);
}

static enum err check_places(const struct scan_data *d, const struct scan_options *o,
                             struct error *e)
{
    if (o->span == SCAN_TEMPORAL)
        return ERR_OK;
    bool degrees = o->metric == SCAN_GREAT_CIRCLE;
    if (d->n_areas < 2) {
        error_set(e, ERR_INPUT, "scan.areas", NULL,
                  "there is %u area; a scan compares at least two", d->n_areas);
        return error_cure(e, "Give more areas, or scan over time only.");
    }
    if (!d->x || !d->y) {
        if (o->shape == SCAN_FLEXIBLE && !(o->most_distance > 0))
            return ERR_OK;
        return wrong_call(e, "the areas have no coordinates",
                          "Give x and y, or longitude and latitude.");
    }
    bool apart = false;
    for (uint32_t i = 0; i < d->n_areas; i++) {
        if (!is_coordinate(d->x[i], d->y[i], degrees))
            return bad_coordinate(e, "area", i, d->x[i], d->y[i], degrees);
        apart |= d->x[i] != d->x[0] || d->y[i] != d->y[0];
    }
    for (uint32_t i = 0; i < d->n_centres; i++)
        if (!is_coordinate(d->centre_x[i], d->centre_y[i], degrees))
            return bad_coordinate(e, "centre", i, d->centre_x[i], d->centre_y[i],
                                  degrees);
    if (!apart && o->shape != SCAN_FLEXIBLE) {
        error_set(e, ERR_INPUT, "scan.one_place", NULL,
                  "all %u areas have the same coordinates; areas at one place enter a "
                  "window together",
                  d->n_areas);
        return error_cure(e,
                          "Give each area its own coordinates, or scan over time only.");
    }
    return ERR_OK;
}

static enum err check_graph(const struct scan_data *d, const struct scan_options *o,
                            struct error *e)
{
    if (o->span != SCAN_TEMPORAL && o->shape == SCAN_FLEXIBLE &&
        d->graph->n != d->n_areas)
        return error_set(e, ERR_USAGE, "scan.graph", NULL,
                         "the neighbours are of %u areas; there are %u", d->graph->n,
                         d->n_areas);
    return ERR_OK;
}

static enum err bad_count(struct error *e, const char *what, uint32_t area, int64_t n)
{
    error_set(e, ERR_INPUT, "scan.count", NULL,
              "area %u has %" PRId64 " %s; expected 0 to %" PRId64 " in all", area + 1, n,
              what, most_cases);
    return error_cure(e, "Correct the count.");
}

// Counts of the caller's areas and times into those that are scanned.
static enum err take_counts(struct scan_problem *p, struct error *e)
{
    const struct scan_data *d = p->data;
    uint32_t categories = p->options->model == SCAN_ORDINAL ? d->n_categories : 1;
    for (uint32_t area = 0; area < d->n_areas; area++)
        for (uint32_t time = 0; time < d->n_times; time++) {
            size_t from = (size_t)area * d->n_times + time;
            size_t to = (size_t)(p->n_areas > 1 ? area : 0) * p->n_times +
                        (p->n_times > 1 ? time : 0);
            for (uint32_t k = 0; k < categories; k++) {
                int64_t n = d->cases[from * categories + k];
                if (n < 0 || n > most_cases || (p->total_cases += n) > most_cases)
                    return bad_count(e, "cases", area, n);
                p->cases[to * categories + k] += n;
                p->trials[to] += n;
                p->by_category[k] += n;
                p->total_trials += n;
            }
            if (p->options->model != SCAN_BERNOULLI)
                continue;
            int64_t n = d->controls[from];
            if (n < 0 || n > most_cases || (p->total_trials += n) > most_cases)
                return bad_count(e, "controls", area, n);
            p->trials[to] += n;
        }
    return ERR_OK;
}

static enum err check_totals(const struct scan_problem *p, struct error *e)
{
    if (p->total_cases == 0) {
        error_set(e, ERR_INPUT, "scan.no_cases", NULL, "there are no cases in %u areas",
                  p->data->n_areas);
        return error_cure(e, "Check the column of cases.");
    }
    if (p->options->model == SCAN_BERNOULLI && p->total_trials == p->total_cases) {
        error_set(e, ERR_INPUT, "scan.no_controls", NULL,
                  "there are no controls beside %" PRId64 " cases", p->total_cases);
        return error_cure(e, "Check the column of controls, or take the Poisson model.");
    }
    for (uint32_t k = 0; p->options->model == SCAN_ORDINAL && k < p->n_categories; k++)
        if (p->by_category[k] == p->total_cases) {
            error_set(e, ERR_INPUT, "scan.one_category", NULL,
                      "all %" PRId64 " cases are in category %u; expected two at least",
                      p->total_cases, k + 1);
            return error_cure(e, "Check the columns of the categories.");
        }
    return ERR_OK;
}

// Expected numbers, scaled so that they sum to the cases.
static enum err take_expected(struct scan_problem *p, struct arena *a, struct error *e)
{
    const struct scan_data *d = p->data;
    p->expected = ARENA_ARRAY(a, double, p->n_cells);
    if (!p->expected)
        return error_memory(e);
    double sum = 0;
    for (uint32_t area = 0; area < d->n_areas; area++)
        for (uint32_t time = 0; time < d->n_times; time++) {
            double n = d->expected[(size_t)area * d->n_times + time];
            if (!(n >= 0) || !isfinite(n)) {
                error_set(e, ERR_INPUT, "scan.expected", NULL,
                          "area %u has %g at risk; expected a number from 0", area + 1,
                          n);
                return error_cure(e, "Correct the population.");
            }
            p->expected[(size_t)(p->n_areas > 1 ? area : 0) * p->n_times +
                        (p->n_times > 1 ? time : 0)] += n;
            sum += n;
        }
    if (!(sum > 0) || !isfinite(sum)) {
        error_set(e, ERR_INPUT, "scan.expected", NULL, "the areas have %g at risk in all",
                  sum);
        return error_cure(e, "Check the column of the population.");
    }
    for (size_t i = 0; i < p->n_cells; i++) {
        if (!(p->expected[i] > 0) && p->cases[i]) {
            error_set(e, ERR_INPUT, "scan.expected", NULL,
                      "area %zu has %" PRId64 " cases and nobody at risk",
                      i / p->n_times + 1, p->cases[i]);
            return error_cure(e, "Correct the population, or leave the area out.");
        }
        p->expected[i] *= (double)p->total_cases / sum;
    }
    return ERR_OK;
}

// Product of the margins: cases of the area x cases of the time / all.
static void permutation_measure(struct scan_problem *p)
{
    uint32_t times = p->n_times;
    double *until = p->measure + (size_t)(p->n_areas - 1) * times; // scaled last
    for (uint32_t time = 0; time < times; time++) {
        int64_t n = 0;
        for (uint32_t area = 0; area < p->n_areas; area++)
            n += p->cases[(size_t)area * times + time];
        until[time] = (double)n + (time ? until[time - 1] : 0);
    }
    for (uint32_t area = 0; area < p->n_areas; area++) {
        double mine = p->cumulative[(size_t)(area + 1) * times - 1];
        for (uint32_t time = 0; time < times; time++)
            p->measure[(size_t)area * times + time] =
                until[time] * (mine / (double)p->total_cases);
    }
}

static void make_cumulative(struct scan_problem *p)
{
    uint32_t categories = p->n_categories;
    for (size_t cell = 0; cell < p->n_cells; cell++) {
        bool first = cell % p->n_times == 0;
        for (uint32_t k = 0; k < categories; k++)
            p->cumulative[cell * categories + k] =
                (double)p->cases[cell * categories + k] +
                (first ? 0 : p->cumulative[(cell - 1) * categories + k]);
        double more = p->expected ? p->expected[cell] : (double)p->trials[cell];
        p->measure[cell] = more + (first ? 0 : p->measure[cell - 1]);
    }
    if (p->options->model == SCAN_PERMUTATION)
        permutation_measure(p);
}

static enum err take_population(struct scan_problem *p, struct error *e)
{
    const struct scan_data *d = p->data;
    for (uint32_t i = 0; i < p->n_areas; i++) {
        if (!d->population || p->options->span == SCAN_TEMPORAL) {
            p->population[i] = p->measure[(size_t)(i + 1) * p->n_times - 1];
        } else {
            p->population[i] = d->population[i];
            if (!(p->population[i] >= 0) || !isfinite(p->population[i])) {
                error_set(e, ERR_INPUT, "scan.population", NULL,
                          "area %u has a population of %g; expected a number from 0",
                          i + 1, p->population[i]);
                return error_cure(e, "Correct the population.");
            }
        }
        p->total_population += p->population[i];
    }
    if (!(p->total_population > 0) || !isfinite(p->total_population)) {
        error_set(e, ERR_INPUT, "scan.population", NULL,
                  "the areas have %g people in all", p->total_population);
        return error_cure(e, "Check the column of the population.");
    }
    return ERR_OK;
}

static enum err make_table(struct scan_problem *p, struct arena *a, struct error *e)
{
    if (p->options->model != SCAN_ORDINAL || p->total_cases > SCAN_MOST_TABLE)
        return ERR_OK;
    double *table = ARENA_ARRAY(a, double, (size_t)p->total_cases + 1);
    if (!table)
        return error_memory(e);
    for (int64_t i = 1; i <= p->total_cases; i++)
        table[i] = (double)i * log((double)i);
    p->x_log_x = table;
    return ERR_OK;
}

enum err scan_problem_make(struct scan_problem *out, const struct scan_data *data,
                           const struct scan_options *options, struct arena *a,
                           struct error *e)
{
    *out = (struct scan_problem){.data = data, .options = options};
    enum err code = check_options(data, options, e);
    if (!code)
        code = check_places(data, options, e);
    if (!code)
        code = check_graph(data, options, e);
    if (code)
        return code;
    bool times = options->span != SCAN_SPATIAL;
    if (!data->n_areas || !data->n_times || (times && data->n_times < 2)) {
        error_set(e, ERR_INPUT, "scan.times", NULL,
                  "there are %u areas and %u times; expected %s", data->n_areas,
                  data->n_times, times ? "two times at least" : "one at least");
        return error_cure(e, "Give more times, or scan over space only.");
    }
    out->n_areas = options->span == SCAN_TEMPORAL ? 1 : data->n_areas;
    out->n_times = times ? data->n_times : 1;
    out->n_categories = options->model == SCAN_ORDINAL ? data->n_categories : 1;
    size_t counts;
    if (!size_mul(out->n_areas, out->n_times, &out->n_cells) ||
        !size_mul(out->n_cells, out->n_categories, &counts))
        return error_memory(e);
    out->cases = ARENA_ARRAY(a, int64_t, counts);
    out->trials = ARENA_ARRAY(a, int64_t, out->n_cells);
    out->by_category = ARENA_ARRAY(a, int64_t, out->n_categories);
    out->cumulative = ARENA_ARRAY(a, double, counts);
    out->measure = ARENA_ARRAY(a, double, out->n_cells);
    out->population = ARENA_ARRAY(a, double, out->n_areas);
    if (!out->cases || !out->trials || !out->by_category || !out->cumulative ||
        !out->measure || !out->population)
        return error_memory(e);
    if ((code = take_counts(out, e)) || (code = check_totals(out, e)))
        return code;
    if (options->model == SCAN_POISSON && (code = take_expected(out, a, e)))
        return code;
    make_cumulative(out);
    bool bernoulli = options->model == SCAN_BERNOULLI;
    double all = (double)out->total_cases, measure = (double)out->total_trials;
    out->likelihood =
        (struct scan_likelihood){bernoulli, all, measure, bernoulli ? all / measure : 1};
    if ((code = take_population(out, e)))
        return code;
    return make_table(out, a, e);
}

enum err scan_expected(double *out, const int64_t *cases, const double *population,
                       uint32_t n_areas, uint32_t n_times, uint32_t n_strata,
                       struct error *e)
{
    size_t cells = (size_t)n_areas * n_times;
    for (size_t i = 0; i < cells; i++)
        out[i] = 0;
    for (uint32_t k = 0; k < n_strata; k++) {
        double all = 0, people = 0;
        for (size_t i = 0; i < cells; i++) {
            int64_t n = cases[i * n_strata + k];
            double at_risk = population[i * n_strata + k];
            if (n < 0)
                return bad_count(e, "cases", (uint32_t)(i / n_times), n);
            if (!(at_risk >= 0) || !isfinite(at_risk)) {
                error_set(e, ERR_INPUT, "scan.population", NULL,
                          "area %zu has a population of %g in stratum %u; expected a "
                          "number from 0",
                          i / n_times + 1, at_risk, k + 1);
                return error_cure(e, "Correct the population.");
            }
            all += (double)n;
            people += at_risk;
        }
        if (all > 0 && !(people > 0)) {
            error_set(e, ERR_INPUT, "scan.population", NULL,
                      "stratum %u has %.0f cases and nobody at risk", k + 1, all);
            return error_cure(e, "Correct the population of the stratum.");
        }
        for (size_t i = 0; people > 0 && i < cells; i++)
            out[i] += population[i * n_strata + k] * (all / people);
    }
    return ERR_OK;
}
