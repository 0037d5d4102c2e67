// SPDX-License-Identifier: AGPL-3.0-or-later
// A curve fitted to rates (migration_age.h).
#include "stats/migration_age.h"

#include <math.h>
#include <string.h>

// Parameters in the order in which a fit holds them; a kind without retirement but with
// old age skips places (see `used`).
enum {
    A1,
    ALPHA1,
    A2,
    ALPHA2,
    MU2,
    LAMBDA2,
    CONSTANT,
    A4,
    LAMBDA4,
    A3,
    ALPHA3,
    MU3,
    LAMBDA3,
    PARAMETERS
};

enum { MAX_TURNS = 400 };

static size_t parameters_of(enum migration_age_kind kind, int used[PARAMETERS])
{
    size_t n = 0;
    for (int i = 0; i <= CONSTANT; i++)
        used[n++] = i;
    if (kind == MIGRATION_AGE_9 || kind == MIGRATION_AGE_13) {
        used[n++] = A4;
        used[n++] = LAMBDA4;
    }
    if (kind == MIGRATION_AGE_11 || kind == MIGRATION_AGE_13)
        for (int i = A3; i <= LAMBDA3; i++)
            used[n++] = i;
    return n;
}

static struct migration_age curve_of(const double p[PARAMETERS])
{
    return (struct migration_age){.a1 = p[A1],
                                  .alpha1 = p[ALPHA1],
                                  .a2 = p[A2],
                                  .alpha2 = p[ALPHA2],
                                  .mu2 = p[MU2],
                                  .lambda2 = p[LAMBDA2],
                                  .a3 = p[A3],
                                  .alpha3 = p[ALPHA3],
                                  .mu3 = p[MU3],
                                  .lambda3 = p[LAMBDA3],
                                  .a4 = p[A4],
                                  .lambda4 = p[LAMBDA4],
                                  .c = p[CONSTANT]};
}

// The rate at an age and its derivatives by the logarithm of each parameter.
static double slopes(const double p[PARAMETERS], double age, double d[PARAMETERS])
{
    double child = p[A1] * exp(-p[ALPHA1] * age), sum = child + p[CONSTANT];
    d[A1] = child;
    d[ALPHA1] = -age * p[ALPHA1] * child;
    d[CONSTANT] = p[CONSTANT];
    static const int humps[2] = {A2, A3};
    for (int i = 0; i < 2; i++) {
        int k = humps[i];
        if (!(p[k] > 0)) {
            d[k] = d[k + 1] = d[k + 2] = d[k + 3] = 0;
            continue;
        }
        double x = age - p[k + 2], rise = exp(-p[k + 3] * x);
        double y = p[k] * exp(-p[k + 1] * x - rise);
        d[k] = y;
        d[k + 1] = -x * p[k + 1] * y;
        d[k + 2] = y > 0 ? (p[k + 1] - p[k + 3] * rise) * p[k + 2] * y : 0;
        d[k + 3] = y > 0 ? x * rise * p[k + 3] * y : 0;
        sum += y;
    }
    double old = p[A4] > 0 ? p[A4] * exp(p[LAMBDA4] * age) : 0;
    d[A4] = old;
    d[LAMBDA4] = age * p[LAMBDA4] * old;
    return sum + old;
}

// Sum of weighted squares; with `normal`, the normal equations of the used parameters.
static double squares(const struct migration_age_rates *r, const double p[PARAMETERS],
                      const int *used, size_t n, double normal[PARAMETERS][PARAMETERS],
                      double *right)
{
    double sum = 0;
    if (normal) {
        memset(normal, 0, sizeof(double[PARAMETERS][PARAMETERS]));
        memset(right, 0, PARAMETERS * sizeof *right);
    }
    for (size_t i = 0; i < r->n; i++) {
        int32_t end = i + 1 < r->n ? r->age[i + 1] : r->end;
        double mean = 0, d[PARAMETERS] = {0}, width = end - r->age[i];
        for (int32_t age = r->age[i]; age < end; age++) {
            double one[PARAMETERS];
            mean += slopes(p, age, one) / width;
            for (size_t k = 0; k < n; k++)
                d[used[k]] += one[used[k]] / width;
        }
        double weight = r->weight ? r->weight[i] : 1, off = r->rate[i] - mean;
        sum += weight * off * off;
        for (size_t k = 0; normal && k < n; k++) {
            right[k] += weight * d[used[k]] * off;
            for (size_t l = 0; l <= k; l++)
                normal[k][l] += weight * d[used[k]] * d[used[l]];
        }
    }
    return sum;
}

// Solves (normal + damping x its diagonal) step = right by Cholesky; false where it is
// not positive.
static bool solve(double normal[PARAMETERS][PARAMETERS], const double *right, size_t n,
                  double damping, double *step)
{
    double c[PARAMETERS][PARAMETERS];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double s = normal[i][j];
            if (i == j)
                s += damping * normal[i][i] + 1e-300;
            for (size_t k = 0; k < j; k++)
                s -= c[i][k] * c[j][k];
            if (i == j && !(s > 0))
                return false;
            c[i][j] = i == j ? sqrt(s) : s / c[j][j];
        }
    for (size_t i = 0; i < n; i++) {
        step[i] = right[i];
        for (size_t k = 0; k < i; k++)
            step[i] -= c[i][k] * step[k];
        step[i] /= c[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            step[i] -= c[k][i] * step[k];
        step[i] /= c[i][i];
    }
    return true;
}

// Where parameters stay: wide, but so that no exponential overflows.
static const double lowest[PARAMETERS] = {1e-12, 1e-4, 1e-12, 1e-4, 2,  1e-2, 1e-12,
                                          1e-12, 1e-4, 1e-12, 1e-4, 40, 1e-2};
static const double highest[PARAMETERS] = {1e9, 3,  1e9, 3, 60, 5, 1e9,
                                           1e9, .3, 1e9, 5, 95, 5};

static double descend(const struct migration_age_rates *r, const int *used, size_t n,
                      double p[PARAMETERS], int *turns, bool *converged)
{
    double normal[PARAMETERS][PARAMETERS], right[PARAMETERS], damping = 1e-2;
    double best = squares(r, p, used, n, normal, right);
    *converged = false;
    for (*turns = 0; *turns < MAX_TURNS && damping < 1e12; ++*turns) {
        double step[PARAMETERS], next[PARAMETERS];
        memcpy(next, p, sizeof next);
        if (!solve(normal, right, n, damping, step)) {
            damping *= 10;
            continue;
        }
        for (size_t k = 0; k < n; k++) {
            int i = used[k];
            double move = fmax(-1, fmin(1, step[k]));
            next[i] = fmax(lowest[i], fmin(highest[i], p[i] * exp(move)));
        }
        double now = squares(r, next, used, n, NULL, NULL);
        if (now <= best) {
            bool small = best - now <= 1e-11 * best;
            memcpy(p, next, sizeof next);
            best = squares(r, p, used, n, normal, right);
            damping = fmax(1e-12, damping / 5);
            if (small) {
                *converged = true;
                break;
            }
        } else {
            damping *= 4;
        }
    }
    if (damping >= 1e12)
        *converged = true; // no way down from here
    return best;
}

static enum err check(const struct migration_age_rates *r, size_t parameters,
                      struct error *e)
{
    double sum = 0;
    if (r->n < parameters) {
        error_set(e, ERR_INPUT, "migration.few", NULL,
                  "%zu rates are too few for a curve of %zu parameters", r->n,
                  parameters);
        return error_cure(e, "Give rates for more ages, or fit a curve of fewer.");
    }
    for (size_t i = 0; i < r->n; i++) {
        int32_t end = i + 1 < r->n ? r->age[i + 1] : r->end;
        if (r->age[i] < 0 || end <= r->age[i])
            return error_set(e, ERR_INPUT, "migration.ages", NULL,
                             "ages are out of order: %d is followed by %d",
                             (int)r->age[i], (int)end);
        if (!(r->rate[i] >= 0) || !isfinite(r->rate[i]))
            return error_set(e, ERR_INPUT, "migration.rate", NULL,
                             "the rate at age %d is %g; a curve is fitted to rates that "
                             "are not negative",
                             (int)r->age[i], r->rate[i]);
        if (r->weight && !(r->weight[i] >= 0 && isfinite(r->weight[i])))
            return error_set(e, ERR_INPUT, "migration.weight", NULL,
                             "the weight at age %d is %g", (int)r->age[i], r->weight[i]);
        sum += r->rate[i] * (r->weight ? r->weight[i] : 1);
    }
    if (!(sum > 0))
        return error_set(e, ERR_INPUT, "migration.zero", NULL,
                         "there is no migration at any age");
    return ERR_OK;
}

// One of several starts: the labour hump at the highest rate from 10 to 50.
static void begin(const struct migration_age_rates *r, int start, double p[PARAMETERS])
{
    static const double decline[3] = {.05, .1, .2}, rise[3] = {.2, .4, .8};
    double peak = 0, peak_age = 20, least = INFINITY, late = 0;
    for (size_t i = 0; i < r->n; i++) {
        int32_t end = i + 1 < r->n ? r->age[i + 1] : r->end;
        double middle = (r->age[i] + end - 1) / 2.0;
        if (middle >= 10 && middle < 50 && r->rate[i] > peak) {
            peak = r->rate[i];
            peak_age = middle;
        }
        least = fmin(least, r->rate[i]);
        if (middle >= 50)
            late = fmax(late, r->rate[i]);
    }
    double top = fmax(peak, 1e-9);
    p[A1] = fmax(r->rate[0], 1e-3 * top);
    p[ALPHA1] = .1;
    p[ALPHA2] = decline[start % 3];
    p[LAMBDA2] = rise[start / 3 % 3];
    p[MU2] = fmax(5, peak_age + log(p[ALPHA2] / p[LAMBDA2]) / p[LAMBDA2]);
    p[A2] = 1;
    double x = peak_age - p[MU2];
    double shape = exp(-p[ALPHA2] * x - exp(-p[LAMBDA2] * x));
    p[A2] = top / fmax(shape, 1e-6);
    p[CONSTANT] = fmax(least / 2, 1e-4 * top);
    p[A4] = fmax(1e-3 * top, late / 50);
    p[LAMBDA4] = .03;
    p[A3] = fmax(late, 1e-3 * top);
    p[ALPHA3] = start & 1 ? .6 : .2;
    p[MU3] = start % 3 ? 66 : 75;
    p[LAMBDA3] = start & 1 ? .3 : .15;
}

static void judge(const struct migration_age_rates *r, double left,
                  struct migration_age_fit *fit)
{
    double sum = 0, weights = 0, spread = 0, off = 0;
    for (size_t i = 0; i < r->n; i++) {
        double w = r->weight ? r->weight[i] : 1;
        sum += w * r->rate[i];
        weights += w;
    }
    for (size_t i = 0; i < r->n; i++) {
        int32_t end = i + 1 < r->n ? r->age[i + 1] : r->end;
        double w = r->weight ? r->weight[i] : 1, mean = 0;
        for (int32_t age = r->age[i]; age < end; age++)
            mean += migration_age_rate(&fit->curve, age) / (end - r->age[i]);
        spread += w * (r->rate[i] - sum / weights) * (r->rate[i] - sum / weights);
        off += w * fabs(mean - r->rate[i]);
    }
    fit->r_squared = spread > 0 ? 1 - left / spread : NAN;
    fit->mean_error = off / sum;
}

enum err migration_age_fit(const struct migration_age_rates *rates,
                           enum migration_age_kind kind, struct migration_age_fit *fit,
                           struct error *e)
{
    int used[PARAMETERS];
    size_t n = parameters_of(kind, used);
    enum err code = check(rates, n, e);
    if (code)
        return code;
    double best = INFINITY;
    bool has[PARAMETERS] = {false};
    for (size_t k = 0; k < n; k++)
        has[used[k]] = true;
    for (int start = 0; start < 9; start++) {
        double p[PARAMETERS];
        int turns;
        bool converged;
        begin(rates, start, p);
        for (int i = 0; i < PARAMETERS; i++)
            if (!has[i])
                p[i] = 0;
        double left = descend(rates, used, n, p, &turns, &converged);
        if (left < best) {
            best = left;
            fit->curve = curve_of(p);
            fit->turns = turns;
            fit->converged = converged;
        }
    }
    judge(rates, best, fit);
    return ERR_OK;
}
