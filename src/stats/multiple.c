// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/multiple.h"

#include <math.h>
#include <stdlib.h>

struct test {
    double p;
    size_t i;
};

static int by_p(const void *a, const void *b)
{
    const struct test *x = a, *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

enum err multiple_benjamini_hochberg(const double *p, size_t n, double *q,
                                     struct arena *a, struct error *e)
{
    struct test *tests = ARENA_ARRAY(a, struct test, n + 1);
    size_t m = 0;
    if (!tests)
        return error_memory(e);
    for (size_t i = 0; i < n; i++)
        if (isnan(p[i]))
            q[i] = NAN;
        else
            tests[m++] = (struct test){p[i], i};
    qsort(tests, m, sizeof *tests, by_p);
    double least = 1;
    for (size_t k = m; k-- > 0;) {
        least = fmin(least, tests[k].p * (double)m / (double)(k + 1));
        q[tests[k].i] = least;
    }
    return ERR_OK;
}

double multiple_smallest(double p, size_t m)
{
    return -expm1((double)m * log1p(-fmin(fmax(p, 0), 1)));
}
