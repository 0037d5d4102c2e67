// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/lifetable_old.h"

#include <math.h>

enum { MOST_ROUNDS = 100, MOST_HALVINGS = 40, PARAMETERS = 3 };

#define LAST_AGE 300.0 // nobody is left

// Laws ---------------------------------------------------------------------------------

// In the fit: log a, b, log c.
static double hazard(enum lifetable_law_kind kind, const double p[PARAMETERS], double x)
{
    double grown = exp(p[0] + p[1] * x);
    return kind == LIFETABLE_KANNISTO   ? grown / (1 + grown)
           : kind == LIFETABLE_GOMPERTZ ? grown
                                        : grown + exp(p[2]);
}

static void derivatives(enum lifetable_law_kind kind, const double p[PARAMETERS],
                        double x, double out[PARAMETERS])
{
    double grown = exp(p[0] + p[1] * x), inner = grown;
    if (kind == LIFETABLE_KANNISTO)
        inner = grown / ((1 + grown) * (1 + grown));
    out[0] = inner;
    out[1] = inner * x;
    out[2] = kind == LIFETABLE_MAKEHAM ? exp(p[2]) : 0;
}

double lifetable_old_hazard(const struct lifetable_law *law, double age)
{
    double grown = exp(law->log_a + law->b * (age - law->from));
    if (law->kind == LIFETABLE_KANNISTO)
        return isinf(grown) ? 1 : grown / (1 + grown);
    return law->kind == LIFETABLE_MAKEHAM ? law->c + grown : grown;
}

// The hazard cumulated from one age to another.
static double cumulated(const struct lifetable_law *law, double age, double until)
{
    double x = law->log_a + law->b * (age - law->from),
           y = law->log_a + law->b * (until - law->from);
    if (fabs(law->b) < 1e-12)
        return (until - age) * lifetable_old_hazard(law, age);
    if (law->kind == LIFETABLE_KANNISTO) // ln(1 + exp y) without overflow
        return ((y > 0 ? y + log1p(exp(-y)) : log1p(exp(y))) -
                (x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)))) /
               law->b;
    double grown = (exp(y) - exp(x)) / law->b;
    return law->kind == LIFETABLE_MAKEHAM ? grown + law->c * (until - age) : grown;
}

// Simpson's rule a tenth of a year at a time, until nobody is left.
double lifetable_old_e(const struct lifetable_law *law, double age)
{
    double sum = 0, left = 1, step = .1;
    for (double x = age; x < LAST_AGE && left > 1e-14; x += step) {
        double middle = exp(-cumulated(law, age, x + step / 2)),
               end = exp(-cumulated(law, age, x + step));
        sum += step / 6 * (left + 4 * middle + end);
        left = end;
    }
    return sum;
}

// Fit ----------------------------------------------------------------------------------

struct fit {
    enum lifetable_law_kind kind;
    const int32_t *age;
    const double *deaths, *exposure;
    size_t first, n; // rows
    size_t unknowns;
};

static double middle_of(const struct fit *f, size_t i)
{
    return (f->age[i] + f->age[i + 1]) / 2.0 - f->age[f->first];
}

static double deviance_of(const struct fit *f, const double p[PARAMETERS])
{
    double sum = 0;
    for (size_t i = f->first; i < f->first + f->n; i++) {
        if (f->exposure[i] <= 0)
            continue;
        double mean = f->exposure[i] * hazard(f->kind, p, middle_of(f, i));
        double d = f->deaths[i];
        sum += 2 * ((d > 0 ? d * log(d / mean) : 0) - (d - mean));
    }
    return isfinite(sum) ? sum : INFINITY;
}

// A x = b of up to three unknowns by Cholesky, b becoming x. False: not positive
// definite.
static bool solve(double A[PARAMETERS][PARAMETERS], double b[PARAMETERS], size_t n)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k < j; k++)
            A[j][j] -= A[j][k] * A[j][k];
        if (!(A[j][j] > 0))
            return false;
        A[j][j] = sqrt(A[j][j]);
        for (size_t i = j + 1; i < n; i++) {
            for (size_t k = 0; k < j; k++)
                A[i][j] -= A[i][k] * A[j][k];
            A[i][j] /= A[j][j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= A[i][k] * b[k];
        b[i] /= A[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= A[k][i] * b[k];
        b[i] /= A[i][i];
    }
    return true;
}

// A step of Fisher's scoring; false when there is none.
static bool scoring(const struct fit *f, const double p[PARAMETERS],
                    double step[PARAMETERS])
{
    double A[PARAMETERS][PARAMETERS] = {{0}};
    for (size_t k = 0; k < PARAMETERS; k++)
        step[k] = 0;
    for (size_t i = f->first; i < f->first + f->n; i++) {
        double d[PARAMETERS], x = middle_of(f, i), h = hazard(f->kind, p, x);
        if (f->exposure[i] <= 0 || !(h > 0))
            continue;
        derivatives(f->kind, p, x, d);
        for (size_t j = 0; j < f->unknowns; j++) {
            step[j] += (f->deaths[i] / h - f->exposure[i]) * d[j];
            for (size_t k = 0; k <= j; k++)
                A[j][k] += f->exposure[i] / h * d[j] * d[k];
        }
    }
    for (size_t j = 0; j < f->unknowns; j++)
        A[j][j] *= 1 + 1e-12;
    return solve(A, step, f->unknowns);
}

static bool maximise(const struct fit *f, double p[PARAMETERS], double *deviance)
{
    *deviance = deviance_of(f, p);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        double step[PARAMETERS], next[PARAMETERS], found = INFINITY, share = 1;
        if (!scoring(f, p, step))
            return false;
        for (int half = 0; half < MOST_HALVINGS; half++, share /= 2) {
            for (size_t k = 0; k < PARAMETERS; k++)
                next[k] = p[k] + share * step[k];
            found = deviance_of(f, next);
            if (found <= *deviance)
                break;
        }
        if (!(found <= *deviance))
            return isfinite(*deviance);
        double gain = *deviance - found;
        for (size_t k = 0; k < PARAMETERS; k++)
            p[k] = next[k];
        *deviance = found;
        if (gain < 1e-11 * (1 + found))
            return true;
    }
    return true;
}

// A line through the logits (logarithms) of the rates, by weights of deaths.
static bool start(const struct fit *f, double p[PARAMETERS])
{
    double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
    for (size_t i = f->first; i < f->first + f->n; i++) {
        double rate = f->exposure[i] > 0 ? f->deaths[i] / f->exposure[i] : 0;
        if (!(rate > 0))
            continue;
        rate = fmin(rate, .99);
        double x = middle_of(f, i), y = log(rate), weight = f->deaths[i];
        if (f->kind == LIFETABLE_KANNISTO)
            y -= log1p(-rate);
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    double spread = w * wxx - wx * wx;
    if (!(spread > 1e-12 * w * w))
        return false;
    p[1] = (w * wxy - wx * wy) / spread;
    p[0] = (wy - p[1] * wx) / w;
    p[2] = p[0] - 3; // a twentieth of what dies at the first age
    return true;
}

enum err lifetable_old_fit(enum lifetable_law_kind kind, const int32_t *age, size_t n,
                           const double *deaths, const double *exposure, int32_t from,
                           int32_t to, struct lifetable_law *law, struct error *e)
{
    struct fit f = {.kind = kind,
                    .age = age,
                    .deaths = deaths,
                    .exposure = exposure,
                    .unknowns = kind == LIFETABLE_MAKEHAM ? 3 : 2};
    size_t used = 0;
    while (f.first < n && age[f.first] < from)
        f.first++;
    while (f.first + f.n + 1 < n && age[f.first + f.n] < to)
        used += exposure[f.first + f.n++] > 0;
    if (used < f.unknowns + 1) {
        error_set(e, ERR_INPUT, "lifetable.law", NULL,
                  "a law of old age was to be fitted to ages %d-%d, where %zu closed "
                  "groups have people in them, and %zu are needed",
                  (int)from, (int)to - 1, used, f.unknowns + 1);
        return error_cure(e, "Let the fit begin at a younger age, or leave the table as "
                             "it is.");
    }
    double p[PARAMETERS] = {0}, deviance = 0;
    if (!start(&f, p) || !maximise(&f, p, &deviance) || !(p[1] > 0)) {
        error_set(
            e, ERR_INPUT, "lifetable.law", NULL,
            "a law of old age cannot be fitted to ages %d-%d: the rates do not rise "
            "with age",
            (int)from, (int)to - 1);
        return error_cure(e, "Let the fit begin at another age, or take several years or "
                             "areas together.");
    }
    *law = (struct lifetable_law){.kind = kind,
                                  .log_a = p[0],
                                  .b = p[1],
                                  .c = kind == LIFETABLE_MAKEHAM ? exp(p[2]) : 0,
                                  .from = age[f.first],
                                  .groups = used,
                                  .deviance = deviance};
    return ERR_OK;
}

size_t lifetable_old_extend(const int32_t *age, const double *m, size_t n, int32_t from,
                            int32_t to, const struct lifetable_law *law, int32_t *out_age,
                            double *out_m, size_t most)
{
    size_t k = 0;
    while (k < n && age[k] < from)
        k++;
    if (n < 2 || k == n || age[k] != from || to < from || k >= most)
        return 0;
    int32_t width = age[n - 1] - age[n - 2];
    if ((to - from) % width)
        return 0;
    for (size_t i = 0; i < k; i++) {
        out_age[i] = age[i];
        out_m[i] = m[i];
    }
    for (int32_t x = from; x < to; x += width, k++) {
        if (k + 1 >= most)
            return 0;
        out_age[k] = x;
        out_m[k] = lifetable_old_hazard(law, x + width / 2.0);
    }
    out_age[k] = to;
    out_m[k] = 1 / lifetable_old_e(law, to);
    return k + 1;
}

// Single ages --------------------------------------------------------------------------

struct curve {
    size_t n;
    double x[LIFETABLE_KNOTS], y[LIFETABLE_KNOTS], slope[LIFETABLE_KNOTS];
};

static double rise(const struct curve *c, size_t i)
{
    return (c->y[i + 1] - c->y[i]) / (c->x[i + 1] - c->x[i]);
}

// The slopes of the natural cubic spline (a tridiagonal system), cut to at most three of
// the smaller rise beside, where the curve is monotone (Hyman 1983), and at least half of
// it: the hazard of no age comes near to nothing between two ages at which people die.
static void natural_monotone(struct curve *c)
{
    double above[LIFETABLE_KNOTS], right[LIFETABLE_KNOTS];
    size_t last = c->n - 1;
    above[0] = .5;
    right[0] = 1.5 * rise(c, 0);
    for (size_t i = 1; i <= last; i++) {
        double before = 1 / (c->x[i] - c->x[i - 1]);
        double after = i < last ? 1 / (c->x[i + 1] - c->x[i]) : 0;
        double target =
            3 * (rise(c, i - 1) * before + (i < last ? rise(c, i) * after : 0));
        double pivot = 2 * (before + after) - before * above[i - 1];
        above[i] = after / pivot;
        right[i] = (target - before * right[i - 1]) / pivot;
    }
    c->slope[last] = right[last];
    for (size_t i = last; i-- > 0;)
        c->slope[i] = right[i] - above[i] * c->slope[i + 1];
    for (size_t i = 0; i <= last; i++) {
        double least =
            fmin(i ? rise(c, i - 1) : INFINITY, i < last ? rise(c, i) : INFINITY);
        c->slope[i] = fmin(fmax(c->slope[i], least / 2), 3 * least);
    }
}

static double curve_at(const struct curve *c, size_t i, double x)
{
    double width = c->x[i + 1] - c->x[i], u = (x - c->x[i]) / width;
    return c->y[i] * (1 + 2 * u) * (1 - u) * (1 - u) +
           c->slope[i] * width * u * (1 - u) * (1 - u) +
           c->y[i + 1] * u * u * (3 - 2 * u) + c->slope[i + 1] * width * u * u * (u - 1);
}

static double stretched(int32_t age)
{
    return log(age + .25);
}

enum err lifetable_old_single(const struct lifetable *t, double *l_single,
                              struct error *e)
{
    bool left = t->n > 1 && t->n <= LIFETABLE_KNOTS && t->age[0] == 0;
    // what kills in the first year says nothing of the second
    size_t first = left && t->age[1] == 1 && t->n > 2;
    struct curve c = {.n = t->n - first};
    for (size_t i = 0; left && i < t->n; i++) {
        left = t->l[i] > 0;
        if (left && i >= first) {
            c.x[i - first] = stretched(t->age[i]);
            c.y[i - first] = log(t->l[0] / t->l[i]);
        }
    }
    if (!left) {
        error_set(e, ERR_INPUT, "lifetable.single", NULL,
                  "single ages were asked of a table that does not begin at 0, has fewer "
                  "than 2 groups or more than %d, or in which nobody is left before the "
                  "open group",
                  (int)LIFETABLE_KNOTS);
        return error_cure(e, "Begin the table at age 0, and end it at a younger open "
                             "age.");
    }
    natural_monotone(&c);
    l_single[0] = t->l[0];
    for (size_t i = 0; i + 1 < t->n; i++) {
        for (int32_t age = t->age[i] + 1; age < t->age[i + 1]; age++)
            l_single[age] = t->l[0] * exp(-curve_at(&c, i - first, stretched(age)));
        l_single[t->age[i + 1]] = t->l[i + 1];
    }
    return ERR_OK;
}
