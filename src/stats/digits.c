// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/digits.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "stats/interval.h"

// Chi-square of counts against expected numbers; cells without an expectation are passed
// over. *moved: half the distance, in per cent.
static double compare(const uint64_t *count, const double *expected, size_t cells,
                      double *p, double *moved)
{
    double chi_square = 0, distance = 0, total = 0;
    int degrees = -1;
    for (size_t i = 0; i < cells; i++) {
        if (!(expected[i] > 0))
            continue;
        double off = (double)count[i] - expected[i];
        chi_square += off * off / expected[i];
        distance += fabs(off);
        total += expected[i];
        degrees++;
    }
    if (degrees < 1 || !(total > 0)) {
        *p = *moved = NAN;
        return NAN;
    }
    *moved = 50 * distance / total;
    *p = gsl_cdf_chisq_Q(chi_square, degrees);
    return chi_square;
}

void digits_last(const double *values, size_t n, struct digits_last *out)
{
    *out = (struct digits_last){.moved = NAN, .p = NAN, .chi_square = NAN};
    double expected[10];
    for (size_t i = 0; i < n; i++)
        if (values[i] >= 100 && values[i] < 1e15 && floor(values[i]) == values[i]) {
            out->count[(uint64_t)values[i] % 10]++;
            out->n++;
        }
    for (int d = 0; d < 10; d++) {
        expected[d] = (double)out->n / 10;
        if (out->count[d] > out->count[out->most])
            out->most = d;
    }
    if (out->n)
        out->chi_square = compare(out->count, expected, 10, &out->p, &out->moved);
}

double digits_benford_share(int digit)
{
    return log10(1 + 1.0 / digit);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int first_digit(double value)
{
    double scaled = value / pow(10, floor(log10(value)));
    int digit = (int)(scaled + 1e-12); // 3 may come as 2.9999...
    return scaled >= 10 ? 1 : digit < 1 || digit > 9 ? 9 : digit;
}

void digits_benford(const double *values, size_t n, double *scratch,
                    struct digits_benford *out)
{
    enum { LEAST = 100 };
    static const double LEAST_ORDERS = 1.69897; // fifty-fold
    *out = (struct digits_benford){
        .orders = NAN, .deviation = NAN, .excess = NAN, .chi_square = NAN, .p = NAN};
    double expected[10] = {0}, by_chance = 0, moved;
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        if (values[i] > 1e-300 && isfinite(values[i])) {
            out->count[first_digit(values[i])]++;
            scratch[used++] = values[i];
        }
    out->n = used;
    if (!used)
        return;
    qsort(scratch, used, sizeof *scratch, ascending);
    out->orders = log10(scratch[(used - 1) * 95 / 100] / scratch[(used - 1) * 5 / 100]);
    out->applies = used >= LEAST && out->orders >= LEAST_ORDERS;
    out->deviation = 0;
    for (int d = 1; d <= 9; d++) {
        double share = digits_benford_share(d);
        expected[d] = share * (double)used;
        out->deviation += fabs((double)out->count[d] / (double)used - share) / 9;
        by_chance += sqrt(2 * share * (1 - share) / (M_PI * (double)used)) / 9;
    }
    out->excess = out->deviation - by_chance;
    out->chi_square = compare(out->count, expected, 10, &out->p, &moved);
}

static bool multiple(double value, int step)
{
    return fmod(value, step) == 0;
}

// The largest step that at least 99 % are multiples of.
static int resolution_of(const double *grams, size_t n, uint64_t used)
{
    static const int steps[] = {100, 50, 25, 20, 10, 5, 2};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        uint64_t found = 0;
        for (size_t i = 0; i < n; i++)
            found += grams[i] >= 300 && grams[i] <= 8000 && multiple(grams[i], steps[s]);
        if (used && found * 100 >= used * 99)
            return steps[s];
    }
    return 1;
}

void digits_weight(const double *grams, size_t n, struct digits_weight *out)
{
    static const int steps[DIGITS_STEPS] = {50, 100, 250, 500};
    *out = (struct digits_weight){0};
    for (int s = 0; s < DIGITS_STEPS; s++)
        out->steps[s] = (struct digits_step){.step = steps[s],
                                             .share = NAN,
                                             .p = NAN,
                                             .low = NAN,
                                             .high = NAN,
                                             .expected = NAN};
    for (size_t i = 0; i < n; i++) {
        if (!(grams[i] >= 300 && grams[i] <= 8000)) {
            out->left_out += isnan(grams[i]) ? 0 : 1;
            continue;
        }
        out->n++;
        out->below += grams[i] < 2500;
        out->at += grams[i] == 2500;
        for (int s = 0; s < DIGITS_STEPS; s++)
            out->steps[s].found += multiple(grams[i], steps[s]);
    }
    out->resolution = resolution_of(grams, n, out->n);
    for (int s = 0; s < DIGITS_STEPS && out->n; s++) {
        struct digits_step *step = &out->steps[s];
        step->share = (double)step->found / (double)out->n;
        struct interval i = interval_wilson((double)step->found, (double)out->n, 0.95);
        step->low = i.low;
        step->high = i.high;
        if (step->step <= out->resolution)
            continue;
        step->expected = (double)out->resolution / step->step;
        // the upper tail of the binomial, P(at least found)
        step->p = step->found == 0 ? 1
                                   : gsl_cdf_beta_P(step->expected, (double)step->found,
                                                    (double)(out->n - step->found) + 1);
    }
}

// Numbers of a month from its dates, spread evenly over the days of it that lie between
// the first date and the last.
static void spread_month(struct digits_dates *out, int year, int month, uint64_t dates)
{
    int32_t from, to;
    int length = date_month_length(year, month);
    if (!dates || !date_from_ymd(year, month, 1, &from))
        return;
    to = from + length - 1;
    int32_t low = from < out->first ? out->first : from;
    int32_t high = to > out->last ? out->last : to;
    double each = (double)dates / (double)(high - low + 1);
    for (int32_t day = low; day <= high; day++) {
        out->day_expected[day - from + 1] += each;
        // 1970-01-01 was a Thursday
        out->weekday_expected[((day % 7) + 10) % 7] += each;
    }
    if (month == 1 && low == from)
        out->new_year_expected += each;
}

enum err digits_dates(const int32_t *dates, size_t n, struct arena *a,
                      struct digits_dates *out, struct error *e)
{
    enum { MOST_MONTHS = 4800 };
    int year, month, day, first_year, first_month, last_year, last_month;
    double moved;
    *out = (struct digits_dates){.first = INT32_MAX,
                                 .last = INT32_MIN,
                                 .chi_square = NAN,
                                 .p = NAN,
                                 .weekday_chi_square = NAN,
                                 .weekday_p = NAN,
                                 .moved = NAN};
    for (size_t i = 0; i < n; i++)
        if (dates[i] != DATE_NONE) {
            out->first = dates[i] < out->first ? dates[i] : out->first;
            out->last = dates[i] > out->last ? dates[i] : out->last;
            out->n++;
        }
    if (!out->n)
        return ERR_OK;
    date_to_ymd(out->first, &first_year, &first_month, &day);
    date_to_ymd(out->last, &last_year, &last_month, &day);
    int months = (last_year - first_year) * 12 + last_month - first_month + 1;
    if (months > MOST_MONTHS) {
        char text[DATE_TEXT_SIZE];
        date_format(out->first, text);
        error_set(e, ERR_LIMIT, "digits.span", NULL,
                  "the dates span %d years, from %s on", months / 12, text);
        return error_cure(e, "look for dates of the wrong century");
    }
    uint64_t *by_month = ARENA_ARRAY(a, uint64_t, (size_t)months);
    if (!by_month)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        if (dates[i] == DATE_NONE)
            continue;
        date_to_ymd(dates[i], &year, &month, &day);
        by_month[(year - first_year) * 12 + month - first_month]++;
        out->day[day]++;
        out->weekday[((dates[i] % 7) + 10) % 7]++;
        out->new_year += month == 1 && day == 1;
    }
    for (int m = 0; m < months; m++)
        spread_month(out, first_year + (first_month - 1 + m) / 12,
                     (first_month - 1 + m) % 12 + 1, by_month[m]);
    out->chi_square = compare(out->day, out->day_expected, 32, &out->p, &out->moved);
    out->weekday_chi_square =
        compare(out->weekday, out->weekday_expected, 7, &out->weekday_p, &moved);
    return ERR_OK;
}
