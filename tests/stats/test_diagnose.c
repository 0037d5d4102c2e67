// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/diagnose.h"

static struct arena arena;

// Numbers that another language makes the same.
static double noise(double i)
{
    double v = sin(12.9898 * i) * 43758.5453;
    return 2 * (v - floor(v)) - 1;
}

static double x[4096];

// AR(1); the last chain is moved and stretched.
static void chains(double rho, double shift, double stretch, size_t n_chains, size_t n,
                   bool heavy)
{
    double k = 1;
    for (size_t c = 0; c < n_chains; c++) {
        double v = 0;
        bool last = c + 1 == n_chains;
        for (size_t d = 0; d < n; d++) {
            double e = noise(k++);
            if (heavy)
                e /= 1.05 - fabs(e);
            v = rho * v + e;
            x[c * n + d] = v * (last ? stretch : 1) + (last ? shift : 0);
        }
    }
}

static void near(const char *what, double found, double expected, double relative)
{
    if (!(fabs(found - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.12g, expected %.12g", what, found, expected);
}

// rhat, ess(bulk), ess(tail), mcse(mean) of ArviZ 0.23.4 on the same numbers.
static void as_arviz(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double rho, shift, stretch;
        size_t n_chains, n;
        bool heavy;
        double r_hat, bulk, tail, mcse;
    } cases[] = {
        {"iid", 0, 0, 1, 4, 500, false, 1.0010512563903642, 1963.9125873294565,
         2037.2970733566146, 0.012872954271996313},
        {"slow", .9, 0, 1, 4, 500, false, 1.054958921135096, 76.32291321432729,
         162.36441661911203, 0.1543431585283323},
        {"shifted", .5, 1.5, 1, 4, 500, false, 1.362831478652831, 9.245399845230644,
         34.942771771589314, 0.31128712713489337},
        {"wide", .5, 0, 3, 4, 500, false, 1.171821259206298, 652.669659129789,
         34.942771771589314, 0.04698041491872913},
        {"anti", -.5, 0, 1, 4, 500, false, 0.9990100808350564, 6602.059991327962,
         2057.729184970379, 0.008095492088363654},
        {"heavy", .3, 0, 1, 4, 500, true, 1.0041835470673635, 953.894497323137,
         1679.888633769762, 0.12871539629130233},
        {"odd", .3, .3, 1, 3, 101, false, 1.0736836046834466, 34.42572293706355,
         225.29337978588808, 0.10130177487956564},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnosis d;
        chains(cases[i].rho, cases[i].shift, cases[i].stretch, cases[i].n_chains,
               cases[i].n, cases[i].heavy);
        assert_true(diagnose(x, cases[i].n_chains, cases[i].n, &d, &arena));
        print_message("# %s: %.9f %.6f %.6f %.9f\n", cases[i].name, d.r_hat, d.ess_bulk,
                      d.ess_tail, d.mcse);
        near(cases[i].name, d.r_hat, cases[i].r_hat, 1e-6);
        near(cases[i].name, d.ess_bulk, cases[i].bulk, 1e-5);
        near(cases[i].name, d.ess_tail, cases[i].tail, 1e-5);
        near(cases[i].name, d.mcse, cases[i].mcse, 1e-5);
    }
}

static void what_has_no_figure(void **state)
{
    (void)state;
    struct diagnosis d;
    for (size_t i = 0; i < 40; i++)
        x[i] = 3;
    assert_true(diagnose(x, 4, 10, &d, &arena));
    assert_true(isnan(d.r_hat) && isnan(d.ess_bulk) && d.mean == 3 && d.sd == 0);
    x[7] = NAN;
    assert_true(diagnose(x, 4, 10, &d, &arena));
    assert_true(isnan(d.mean));
    x[7] = 4;
    assert_true(diagnose(x, 4, 3, &d, &arena) && isnan(d.r_hat));
    assert_true(diagnose(x, 0, 0, &d, &arena) && isnan(d.mean));
    // each chain a constant of its own: they have nothing in common
    for (size_t i = 0; i < 40; i++)
        x[i] = (double)(i / 10);
    assert_true(diagnose(x, 4, 10, &d, &arena));
    assert_true(isnan(d.r_hat) || d.r_hat > 1.1);
    mem_fail_after(0);
    struct arena none;
    arena_init(&none, 0);
    assert_false(diagnose(x, 4, 10, &d, &none));
    double weights[9] = {0};
    assert_true(isnan(diagnose_pareto(weights, 9, &none)));
    mem_fail_after(-1);
    arena_free(&none);
}

// ESS of an AR(1) is n (1 - rho) / (1 + rho).
static void known_autocorrelation(void **state)
{
    (void)state;
    enum { N = 50000 };
    double *chain = ARENA_ARRAY(&arena, double, N);
    assert_non_null(chain);
    for (int i = 0; i < 3; i++) {
        double rho = 0.3 * (i + 1), v = 0;
        struct rng r = rng_seed(77);
        for (size_t k = 0; k < N; k++)
            chain[k] = v = rho * v + rng_normal(&r);
        double ess = diagnose_ess(chain, 1, N, &arena),
               expected = N * (1 - rho) / (1 + rho);
        near("ESS", ess, expected, 0.1);
    }
}

// psislw of ArviZ 0.23.4: shape, largest weight, a mean.
static void pareto_as_arviz(void **state)
{
    (void)state;
    double sum = 0, most = -INFINITY, w[2000], old[2000];
    for (int i = 0; i < 1000; i++)
        old[i] = w[i] = 2 * noise(i + 1) + 3 * pow(noise(i + 7001), 3);
    double k = diagnose_pareto(w, 1000, &arena);
    for (int i = 0; i < 1000; i++) {
        sum += exp(w[i]) * old[i];
        most = fmax(most, w[i]);
    }
    print_message("# %.9f %.9f %.9f\n", k, most, sum);
    near("k", k, 0.3740158820316367, 1e-5);
    near("largest", most, -3.8965367960063695, 1e-5);
    near("mean", sum, 2.2362150006762422, 1e-5);
    for (int i = 0; i < 2000; i++)
        w[i] = -0.8 * log(noise(i + 1) / 2 + .5000001);
    near("k", diagnose_pareto(w, 2000, &arena), 0.6650130725802177, 1e-5);
}

static void weights_of_one_size(void **state)
{
    (void)state;
    double w[100] = {0};
    diagnose_pareto(w, 100, &arena);
    for (int i = 0; i < 100; i++)
        near("weight", exp(w[i]), 0.01, 1e-12);
    double few[3] = {0, 1, 2};
    assert_true(diagnose_pareto(few, 3, &arena) == INFINITY); // no tail to fit
    near("sum", exp(few[0]) + exp(few[1]) + exp(few[2]), 1, 1e-12);
}

static void stacking(void **state)
{
    (void)state;
    enum { POINTS = 300 };
    double density[3 * POINTS], w[3];
    // points are from 30 % N(-2, 1) and 70 % N(2, 1); chains know one of the two each,
    // the third neither
    struct rng r = rng_seed(5);
    for (int i = 0; i < POINTS; i++) {
        double y = (i % 10 < 3 ? -2 : 2) + rng_normal(&r);
        density[i] = -(y + 2) * (y + 2) / 2;
        density[POINTS + i] = -(y - 2) * (y - 2) / 2;
        density[2 * POINTS + i] = -(y - 40) * (y - 40) / 2;
    }
    diagnose_stack(density, 3, POINTS, w);
    print_message("# %.3f %.3f %.3f\n", w[0], w[1], w[2]);
    assert_true(fabs(w[0] - 0.3) < 0.05 && fabs(w[1] - 0.7) < 0.05 && w[2] < 1e-3);
    // alike: equal
    memcpy(density + POINTS, density, POINTS * sizeof *density);
    memcpy(density + 2 * POINTS, density, POINTS * sizeof *density);
    diagnose_stack(density, 3, POINTS, w);
    for (int c = 0; c < 3; c++)
        near("equal", w[c], 1. / 3, 1e-9);
    diagnose_stack(density, 3, 0, w);
    near("no points", w[2], 1. / 3, 1e-12);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_arviz),
        cmocka_unit_test(what_has_no_figure),
        cmocka_unit_test(known_autocorrelation),
        cmocka_unit_test(pareto_as_arviz),
        cmocka_unit_test(weights_of_one_size),
        cmocka_unit_test(stacking),
    };
    return cmocka_run_group_tests_name("diagnose", tests, set_up, tear_down);
}
