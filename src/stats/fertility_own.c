// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>

#include "stats/fertility.h"

static enum err bad(struct error *e, const char *cure, const char *what, size_t age)
{
    error_set(e, ERR_INPUT, "fertility.own", NULL, "at age %zu %s", age, what);
    return error_cure(e, "%s", cure);
}

static enum err check(const struct fertility_own *in, struct error *e)
{
    if (in->from < 0 || in->to <= in->from || !in->periods ||
        in->groups < (size_t)in->to + in->periods + 1)
        return bad(e, "Give women up to the last age of mothers plus the years back.",
                   "women end, and older ones were mothers then too", in->groups);
    for (size_t a = 0; a < in->groups; a++)
        if (!(in->women[a] >= 0) || !(in->lived_women[a] > 0))
            return bad(e, "Give counts of 0 or more, and a life table of less mortality.",
                       "women are fewer than 0, or none is left by the life "
                       "table",
                       a);
    for (size_t x = 0; x < in->periods; x++) {
        double matched = 0;
        for (size_t a = 0; a < in->groups; a++)
            matched += in->children[x * in->groups + a] >= 0
                           ? in->children[x * in->groups + a]
                           : NAN;
        if (!(matched >= 0) || !(in->alone[x] >= 0) || !(in->lived_children[x] > 0))
            return bad(e, "Give counts of 0 or more, and a life table of less mortality.",
                       "children are fewer than 0, or none is left by the "
                       "life table",
                       x);
        if (!(matched > 0) && in->alone[x] > 0)
            return bad(e, "Give the mother's age where she lives with the child.",
                       "no child has a mother whose age is known", x);
    }
    return ERR_OK;
}

// Women of an age so many years before the census.
static double women_before(const struct fertility_own *in, size_t age, size_t years)
{
    return in->women[age + years] * in->lived_women[age] / in->lived_women[age + years];
}

// The two ages, from 0 for `from`, that women had in the year in which their children of
// age x were born.
static void ages_then(const struct fertility_own *in, size_t woman, size_t x,
                      size_t age[2])
{
    int64_t n = in->to - in->from, later = (int64_t)woman - (int64_t)x - in->from;
    for (int i = 0; i < 2; i++) {
        int64_t at = later - 1 + i;
        age[i] = (size_t)(at < 0 ? 0 : at >= n ? n - 1 : at);
    }
}

static void one_year(const struct fertility_own *in, size_t x,
                     struct fertility_own_past *out, double *rate)
{
    size_t n = (size_t)(in->to - in->from), from = (size_t)in->from, age[2];
    const double *children = in->children + x * in->groups;
    double matched = 0, women = 0, variance = 0, sum = 0, by_age = 0;
    for (size_t a = 0; a < in->groups; a++)
        matched += children[a];
    double all = matched + in->alone[x];
    double births = matched > 0 ? all / matched / in->lived_children[x] : 0; // of one
    for (size_t i = 0; i < n; i++)
        rate[i] = 0;
    for (size_t a = 0; a < in->groups; a++) {
        ages_then(in, a, x, age);
        for (int k = 0; k < 2 && children[a] > 0; k++)
            rate[age[k]] += births * children[a] / 2;
    }
    double exposure[2];
    for (size_t a = 0; a < in->groups; a++) { // what a child adds to the TFR, squared
        if (!(children[a] > 0))
            continue;
        ages_then(in, a, x, age);
        double per = 0;
        for (int k = 0; k < 2; k++) {
            exposure[k] = (women_before(in, from + age[k], x) +
                           women_before(in, from + age[k], x + 1)) /
                          2;
            per += exposure[k] > 0 ? births / exposure[k] / 2 : 0;
        }
        variance += per * per * children[a];
    }
    for (size_t i = 0; i < n; i++) {
        double here =
            (women_before(in, from + i, x) + women_before(in, from + i, x + 1)) / 2;
        women += here;
        rate[i] = here > 0 ? rate[i] / here : 0;
        sum += rate[i];
        by_age += rate[i] * (in->from + (double)i + .5);
    }
    *out = (struct fertility_own_past){.births = births * matched,
                                       .general = births * matched / women,
                                       .tfr = sum,
                                       .mean_age = sum > 0 ? by_age / sum : NAN,
                                       .tfr_sd = sqrt(variance),
                                       .matched = all > 0 ? matched / all : NAN};
}

enum err fertility_own(const struct fertility_own *in, struct fertility_own_past *out,
                       double *rate, struct error *e)
{
    enum err code = check(in, e);
    for (size_t x = 0; !code && x < in->periods; x++)
        one_year(in, x, &out[x], rate + x * (size_t)(in->to - in->from));
    return code;
}
