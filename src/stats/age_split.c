// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/age_split.h"

#include <math.h>

// A monotone cubic through sums at the bounds of groups.
struct curve {
    double x[AGE_SPLIT_MOST + 1], y[AGE_SPLIT_MOST + 1], slope[AGE_SPLIT_MOST + 1];
    size_t n; // bounds
};

static double end_slope(double h0, double h1, double d0, double d1)
{
    double s = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
    if (s * d0 <= 0)
        return 0;
    return fabs(s) > 3 * fabs(d0) ? 3 * d0 : s;
}

static void set_slopes(struct curve *c)
{
    size_t n = c->n;
    double h[AGE_SPLIT_MOST], d[AGE_SPLIT_MOST];
    for (size_t i = 0; i + 1 < n; i++) {
        h[i] = c->x[i + 1] - c->x[i];
        d[i] = (c->y[i + 1] - c->y[i]) / h[i];
    }
    if (n == 2) {
        c->slope[0] = c->slope[1] = d[0];
        return;
    }
    for (size_t i = 1; i + 1 < n; i++) {
        double a = 2 * h[i] + h[i - 1], b = h[i] + 2 * h[i - 1];
        c->slope[i] = d[i - 1] * d[i] > 0 ? (a + b) / (a / d[i - 1] + b / d[i]) : 0;
    }
    c->slope[0] = end_slope(h[0], h[1], d[0], d[1]);
    c->slope[n - 1] = end_slope(h[n - 2], h[n - 3], d[n - 2], d[n - 3]);
}

// The sum below an age; *at is where the last look ended (ages must rise).
static double below(const struct curve *c, double age, size_t *at)
{
    if (age <= c->x[0])
        return c->y[0];
    if (age >= c->x[c->n - 1])
        return c->y[c->n - 1];
    while (c->x[*at + 1] < age)
        ++*at;
    size_t i = *at;
    double h = c->x[i + 1] - c->x[i], t = (age - c->x[i]) / h, u = 1 - t;
    return u * u * ((1 + 2 * t) * c->y[i] + t * h * c->slope[i]) +
           t * t * ((3 - 2 * t) * c->y[i + 1] - u * h * c->slope[i + 1]);
}

bool age_split_counts(const int32_t *age, const double *count, size_t n, int32_t width,
                      size_t ages, double *out)
{
    struct curve c = {.n = n}; // the open group begins at the last bound
    int32_t open = width * ((int32_t)ages - 1);
    if (n < 2 || n > AGE_SPLIT_MOST || ages < 2 || open > age[n - 1] || age[0] != 0)
        return false;
    double all = 0;
    for (size_t i = 0; i < n; i++) {
        c.x[i] = age[i];
        c.y[i] = all;
        all += count[i];
    }
    set_slopes(&c);
    size_t at = 0;
    double before = 0;
    for (size_t a = 0; a + 1 < ages; a++) {
        double sum = below(&c, (double)width * (double)(a + 1), &at);
        out[a] = fmax(0, sum - before);
        before = sum;
    }
    out[ages - 1] = fmax(0, all - before);
    return true;
}

void age_split_rates(const int32_t *age, const double *rate, size_t n, int32_t end,
                     int32_t width, size_t ages, double *out)
{
    struct curve c = {.n = n + 1};
    if (n > AGE_SPLIT_MOST || n == 0)
        return;
    c.x[0] = age[0];
    for (size_t i = 0; i < n; i++) {
        c.x[i + 1] = i + 1 < n ? age[i + 1] : end;
        c.y[i + 1] = c.y[i] + rate[i] * (c.x[i + 1] - c.x[i]);
    }
    set_slopes(&c);
    size_t at = 0;
    double before = 0;
    for (size_t a = 0; a < ages; a++) {
        double sum = below(&c, (double)width * (double)(a + 1), &at);
        out[a] = fmax(0, sum - before) / width;
        before = sum;
    }
}

// Middle of a group; of the open one its beginning and half the width before.
static double middle(const int32_t *age, size_t n, size_t i)
{
    double to = i + 1 < n ? age[i + 1] : 2 * (double)age[i] - age[i - 1];
    return 0.5 * (age[i] + to);
}

void age_split_hazards(const int32_t *age, const double *rate, size_t n, double *out)
{
    out[0] = rate[0];
    for (size_t i = 1; i + 1 < n; i++) {
        double sum = 0;
        int32_t first = age[i], next = age[i + 1];
        for (int32_t x = first; x < next; x++) {
            double at = x + 0.5;
            size_t k = at < middle(age, n, i) ? i - 1 : i;
            if (k == 0) // the first year is a world of its own
                k = 1;
            double x0 = middle(age, n, k), x1 = middle(age, n, k + 1);
            double y0 = log(fmax(rate[k], 1e-9)), y1 = log(fmax(rate[k + 1], 1e-9));
            out[x] = exp(y0 + (y1 - y0) * (at - x0) / (x1 - x0));
            sum += out[x];
        }
        for (int32_t x = first; x < next; x++)
            out[x] *= sum > 0 ? rate[i] * (next - first) / sum : 0;
    }
    out[age[n - 1]] = rate[n - 1];
}
