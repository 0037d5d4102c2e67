// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/robust.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double robust_median(double *x, size_t n)
{
    if (!n)
        return NAN;
    qsort(x, n, sizeof *x, ascending);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static double to_unit_variance(double count)
{
    return 2 * sqrt(fmax(count, 0) + 0.375);
}

static double to_count(double y)
{
    return fmax(0, y * y / 4 - 0.375);
}

enum { MIN_HISTORY = 6 };
static const double FOUR_FIFTHS = 1.281551565545; // of a normal lie within this many sd

// Level of a place in the year against the whole; 0 without two years. *years: how many
// values it rests on.
static double seasonal(const double *x, size_t at, size_t season, size_t place,
                       double middle, double *scratch, size_t *years)
{
    size_t n = 0;
    *years = 0;
    if (season < 2 || at < 2 * season)
        return 0;
    for (size_t i = place; i < at; i += season)
        if (!isnan(x[i]))
            scratch[n++] = to_unit_variance(x[i]) - middle;
    *years = n;
    if (n < 2)
        return 0;
    double level = robust_median(scratch, n);
    return n < 3 ? level / 2 : level;
}

// What is left of the history without its season, as distances. A level taken from n
// values lies too close to each of them, by sqrt((n - 1) / n).
static size_t distances(const double *x, size_t at, size_t season, double middle,
                        double *scratch)
{
    size_t n = 0, places = season < 2 ? 1 : season;
    for (size_t place = 0; place < places && place < at; place++) {
        size_t years;
        // the values of this place are not among the distances yet: there is room for
        // them
        double level =
            middle + seasonal(x, at, season, place, middle, scratch + n, &years);
        double wider = years > 2 ? sqrt((double)years / (double)(years - 1)) : 1;
        for (size_t i = place; i < at; i += places)
            if (!isnan(x[i]))
                scratch[n++] = wider * fabs(to_unit_variance(x[i]) - level);
    }
    return n;
}

struct robust_history robust_against_history(const double *x, size_t at, size_t season,
                                             double *scratch)
{
    struct robust_history out = {NAN, NAN, 0};
    for (size_t i = 0; i < at; i++)
        if (!isnan(x[i]))
            scratch[out.n++] = to_unit_variance(x[i]);
    if (out.n < MIN_HISTORY || isnan(x[at]))
        return out;
    double middle = robust_median(scratch, out.n);
    size_t years;
    double level = middle + seasonal(x, at, season, season < 2 ? 0 : at % season, middle,
                                     scratch, &years);
    size_t n = distances(x, at, season, middle, scratch);
    double spread = fmax(1, 1.4826 * robust_median(scratch, n));
    // sorted now; counts that come in clumps lie on few values, and half of them may
    // agree
    spread = fmax(spread, scratch[(n - 1) * 4 / 5] / FOUR_FIFTHS);
    out.expected = to_count(level);
    out.z = (to_unit_variance(x[at]) - level) / spread;
    return out;
}

size_t robust_run(const double *x, size_t at)
{
    if (isnan(x[at]))
        return 0;
    size_t n = 1;
    while (n <= at && x[at - n] == x[at])
        n++;
    return n;
}
