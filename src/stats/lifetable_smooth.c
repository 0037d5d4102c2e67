// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/lifetable_smooth.h"

#include <math.h>
#include <string.h>

enum { K = LIFETABLE_BENDS, MOST_ROUNDS = 100, MOST_HALVINGS = 40 };

static const double bends[K] = {0, 1, 10, 20, 40, 70, 100};

// The bent standard

static double middle_of(const struct lifetable *t, size_t i)
{
    if (i + 1 < t->n)
        return (t->age[i] + t->age[i + 1]) / 2.0;
    return t->age[i] + 1 / t->m[i];
}

// What the bends weigh at an age: two of them, and one above the last.
static void weights(double age, double w[K])
{
    memset(w, 0, K * sizeof *w);
    size_t k = 0;
    while (k + 1 < K && age >= bends[k + 1])
        k++;
    if (k + 1 == K) {
        w[K - 1] = 1;
        return;
    }
    double share = (age - bends[k]) / (bends[k + 1] - bends[k]);
    w[k] = 1 - share;
    w[k + 1] = share;
}

static double bent_survivors(double l, double alpha, double beta)
{
    if (l >= 1)
        return 1;
    double y = log((1 - l) / l) / 2;
    return 1 / (1 + exp(2 * (alpha + beta * y)));
}

// With the a(x) of the standard; the open group's rate moves as the odds of dying do.
static void brass(const struct lifetable *t, double alpha, double beta, double *m)
{
    double l0 = t->l[0], before = 1;
    for (size_t i = 0; i + 1 < t->n; i++) {
        double width = t->age[i + 1] - t->age[i];
        double next = bent_survivors(t->l[i + 1] / l0, alpha, beta);
        double q = before > 0 ? fmin(fmax(1 - next / before, 1e-12), 1 - 1e-9) : 1 - 1e-9;
        m[i] = q / (width - (width - t->a[i]) * q);
        before = next;
    }
    size_t last = t->n - 1;
    m[last] = t->m[last];
    if (last) // as far from the standard as the group before it
        m[last] *= fmin(fmax(m[last - 1] / t->m[last - 1], .1), 10);
}

void lifetable_smooth_bent(const struct lifetable *standard,
                           const struct lifetable_bend *bend, double *m)
{
    if (bend->kind == LIFETABLE_BRASS) {
        brass(standard, bend->coefficient[0], bend->coefficient[1], m);
        return;
    }
    for (size_t i = 0; i < standard->n; i++) {
        double w[K], sum = 0;
        weights(middle_of(standard, i), w);
        for (size_t k = 0; k < K; k++)
            sum += w[k] * bend->coefficient[k];
        m[i] = standard->m[i] * exp(fmin(sum, 50));
    }
}

// Fit ----------------------------------------------------------------------------------

struct fit {
    const struct lifetable *standard;
    const double *deaths, *exposure;
    double precision[K][K], mean[K];
    size_t n;
    enum lifetable_smoothing kind;
};

// Minus twice the log likelihood, and the penalty.
static double loss(const struct fit *f, const struct lifetable_bend *b, double *deviance)
{
    double m[LIFETABLE_MOST], sum = 0, extra = 0;
    lifetable_smooth_bent(f->standard, b, m);
    for (size_t i = 0; i < f->standard->n; i++) {
        double mean = f->exposure[i] * m[i], d = f->deaths[i];
        if (f->exposure[i] > 0)
            sum += 2 * ((d > 0 ? d * log(d / mean) : 0) - (d - mean));
    }
    for (size_t j = 0; j < f->n; j++)
        for (size_t k = 0; k < f->n; k++)
            extra += f->precision[j][k] * (b->coefficient[j] - f->mean[j]) *
                     (b->coefficient[k] - f->mean[k]);
    *deviance = sum;
    return isfinite(sum + extra) ? sum + extra : INFINITY;
}

// A = R R' in place (lower triangle). False: not positive definite.
static bool cholesky(double A[K][K], size_t n)
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
    return true;
}

static void solve(double R[K][K], double b[K], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= R[i][k] * b[k];
        b[i] /= R[i][i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= R[k][i] * b[k];
        b[i] /= R[i][i];
    }
}

// Fisher's information with the penalty, and the slope of the penalised likelihood.
static void information(const struct fit *f, const struct lifetable_bend *b,
                        double A[K][K], double slope[K])
{
    double m[LIFETABLE_MOST], up[LIFETABLE_MOST], down[LIFETABLE_MOST];
    double by[K][LIFETABLE_MOST]; // d ln m / d coefficient
    size_t groups = f->standard->n;
    lifetable_smooth_bent(f->standard, b, m);
    for (size_t k = 0; k < f->n; k++) {
        struct lifetable_bend moved = *b;
        double step = 1e-5;
        moved.coefficient[k] = b->coefficient[k] + step;
        lifetable_smooth_bent(f->standard, &moved, up);
        moved.coefficient[k] = b->coefficient[k] - step;
        lifetable_smooth_bent(f->standard, &moved, down);
        for (size_t i = 0; i < groups; i++)
            by[k][i] = log(up[i] / down[i]) / (2 * step);
    }
    for (size_t j = 0; j < f->n; j++) {
        slope[j] = 0;
        for (size_t i = 0; i < groups; i++)
            slope[j] += (f->deaths[i] - f->exposure[i] * m[i]) * by[j][i];
        for (size_t k = 0; k < f->n; k++) {
            slope[j] -= f->precision[j][k] * (b->coefficient[k] - f->mean[k]);
            A[j][k] = f->precision[j][k];
            for (size_t i = 0; i < groups; i++)
                A[j][k] += f->exposure[i] * m[i] * by[j][i] * by[k][i];
        }
    }
}

static bool maximise(const struct fit *f, struct lifetable_bend *b)
{
    double now = loss(f, b, &b->deviance), A[K][K], step[K];
    for (int round = 0; round < MOST_ROUNDS; round++) {
        struct lifetable_bend next = *b;
        double found = INFINITY, share = 1;
        information(f, b, A, step);
        if (!cholesky(A, f->n))
            return false;
        solve(A, step, f->n);
        for (int half = 0; half < MOST_HALVINGS; half++, share /= 2) {
            for (size_t k = 0; k < f->n; k++)
                next.coefficient[k] = b->coefficient[k] + share * step[k];
            found = loss(f, &next, &next.deviance);
            if (found <= now)
                break;
        }
        if (!(found <= now))
            return isfinite(now);
        double gain = now - found;
        *b = next;
        now = found;
        if (gain < 1e-10 * (1 + fabs(found)))
            return true;
    }
    return true;
}

// root: the lower triangle R of covariance = R R'.
static bool fill_root(const struct fit *f, struct lifetable_bend *b)
{
    double A[K][K], slope[K], inverse[K][K];
    information(f, b, A, slope);
    if (!cholesky(A, f->n))
        return false;
    for (size_t k = 0; k < f->n; k++) {
        double unit[K] = {0};
        unit[k] = 1;
        solve(A, unit, f->n);
        for (size_t j = 0; j < f->n; j++)
            inverse[j][k] = unit[j];
    }
    if (!cholesky(inverse, f->n))
        return false;
    for (size_t j = 0; j < f->n; j++)
        for (size_t k = 0; k <= j; k++)
            b->root[j][k] = inverse[j][k];
    return true;
}

static void set_penalty(struct fit *f, const struct lifetable_penalty *p)
{
    if (f->kind == LIFETABLE_BRASS) {
        f->mean[1] = 1;
        f->precision[1][1] = p->beta_sd > 0 ? 1 / (p->beta_sd * p->beta_sd) : 1e12;
        return;
    }
    double precision = 1 / (p->slope_sd * p->slope_sd);
    for (size_t k = 0; k + 1 < K; k++) {
        f->precision[k][k] += precision;
        f->precision[k + 1][k + 1] += precision;
        f->precision[k][k + 1] -= precision;
        f->precision[k + 1][k] -= precision;
    }
}

static enum err no_fit(struct error *e, const char *what, const char *cure)
{
    error_set(e, ERR_INPUT, "lifetable.smooth", NULL, "%s", what);
    return error_cure(e, "%s", cure);
}

enum err lifetable_smooth(enum lifetable_smoothing kind, const struct lifetable *standard,
                          const double *deaths, const double *exposure,
                          const struct lifetable_penalty *penalty,
                          struct lifetable_bend *bend, struct error *e)
{
    struct fit f = {.standard = standard,
                    .deaths = deaths,
                    .exposure = exposure,
                    .n = kind == LIFETABLE_BRASS ? 2 : K,
                    .kind = kind};
    double all = 0;
    if (standard->n < 2 || standard->n > LIFETABLE_MOST)
        return no_fit(e, "the standard has too few or too many groups of age",
                      "Take a standard with ages 0, 1-4, 5-9 ... or single years.");
    for (size_t i = 0; i < standard->n; i++) {
        all += exposure[i] > 0 ? deaths[i] : 0;
        if (!(standard->m[i] > 0) || !(standard->l[i] > 0))
            return no_fit(e, "nobody dies at an age of the standard, or nobody is left",
                          "Take a standard of more people, or a model table.");
    }
    if (!(all > 0))
        return no_fit(e, "there are no deaths to fit a standard to",
                      "Take several years or areas together.");
    set_penalty(&f, penalty);
    *bend = (struct lifetable_bend){.kind = kind, .n = f.n};
    if (kind == LIFETABLE_BRASS)
        bend->coefficient[1] = 1;
    if (!maximise(&f, bend) || !fill_root(&f, bend))
        return no_fit(e, "no bend of the standard fits these deaths",
                      "Look whether deaths and population are of the same ages.");
    return ERR_OK;
}

struct lifetable_bend lifetable_smooth_draw(const struct lifetable_bend *bend,
                                            struct rng *r)
{
    struct lifetable_bend drawn = *bend;
    double z[K];
    for (size_t k = 0; k < bend->n; k++)
        z[k] = rng_normal(r);
    for (size_t j = 0; j < bend->n; j++)
        for (size_t k = 0; k <= j; k++)
            drawn.coefficient[j] += bend->root[j][k] * z[k];
    return drawn;
}
