// SPDX-License-Identifier: AGPL-3.0-or-later
// The doubt of a table's life expectancies, and what ages make of a difference.
#include <math.h>
#include <stdlib.h>

#include "stats/lifetable.h"

void lifetable_variance(const struct lifetable *t, const double *deaths, bool open,
                        double *variance)
{
    size_t last = t->n - 1;
    // by those who reach an age: var e(x) = (1 - q)^2 var e(x + n) + (n - a + e(x + n))^2
    // var q, which is Chiang's sum over l^2
    variance[last] =
        open && deaths[last] > 0 ? t->a[last] * t->a[last] / deaths[last] : 0;
    for (size_t i = last; i-- > 0;) {
        double width = t->age[i + 1] - t->age[i], q = t->q[i], lost, of_q;
        of_q = deaths[i] > 0 ? q * q * (1 - q) / deaths[i] : 0;
        lost = width - t->a[i] + t->e[i + 1];
        variance[i] = (1 - q) * (1 - q) * variance[i + 1] + lost * lost * of_q;
    }
}

void lifetable_arriaga(const struct lifetable *a, const struct lifetable *b,
                       double *years)
{
    size_t last = a->n - 1;
    for (size_t i = 0; i <= last; i++) {
        double la = a->l[i] / a->l[0];
        if (i == last) {
            years[i] = la * (b->e[i] - a->e[i]);
            break;
        }
        double width = a->age[i + 1] - a->age[i];
        double lived_a = width - a->q[i] * (width - a->a[i]);
        double lived_b = width - b->q[i] * (width - b->a[i]);
        // Arriaga's T / l of b is its e
        years[i] = la * (lived_b - lived_a) + la * (a->q[i] - b->q[i]) * b->e[i + 1];
    }
}

// As many deaths as chance lets die where so many are expected.
static double poisson(struct rng *r, double mean)
{
    return mean > 0 ? (double)rng_poisson(r, mean) : 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum err lifetable_draw(const struct lifetable *t, const struct lifetable_rule *rule,
                        const double *deaths, const double *exposure, size_t at,
                        struct rng *r, double *draws, size_t n, struct error *e)
{
    double columns[8][LIFETABLE_MOST];
    struct lifetable mine = {.n = t->n, .age = t->age};
    double **pointers[] = {&mine.m, &mine.q, &mine.a, &mine.l,
                           &mine.d, &mine.L, &mine.T, &mine.e};
    if (t->n > LIFETABLE_MOST || at >= t->n) {
        error_set(e, ERR_LIMIT, "lifetable.draw", NULL,
                  "a table of %zu groups is to be drawn at group %zu, and at most %d are "
                  "expected",
                  t->n, at, (int)LIFETABLE_MOST);
        return error_cure(e, "Use groups of one year or more, to age 150 at most.");
    }
    for (size_t k = 0; k < 8; k++)
        *pointers[k] = columns[k];
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < t->n; k++) {
            double drawn = poisson(r, deaths[k]);
            if (k + 1 == t->n)
                drawn = fmax(drawn, .5); // nobody lives for ever
            mine.m[k] = exposure[k] > 0 ? drawn / exposure[k] : t->m[k];
            mine.a[k] = t->a[k];
        }
        enum err code = lifetable_from_rates(&mine, rule, e);
        if (code)
            return code;
        draws[i] = mine.e[at];
    }
    qsort(draws, n, sizeof *draws, by_value);
    return ERR_OK;
}
