// SPDX-License-Identifier: AGPL-3.0-or-later
// Parts that add up: raking against Deming and Stephan's fixed point, zeros, rounding
// that keeps sums, projections of parts beside their whole.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/memory.h"
#include "base/rng.h"
#include "stats/project_constrain.h"

static void rakes_to_both_sums(void **state)
{
    (void)state;
    struct error e;
    struct rng r = rng_seed(31);
    for (int turn = 0; turn < 40; turn++) {
        enum { P = 6, C = 5 };
        double before[P * C], v[P * C], whole[C] = {0}, part[P] = {0};
        for (int i = 0; i < P * C; i++) {
            before[i] = v[i] = rng_uniform(&r) + .01;
            double wanted = rng_uniform(&r) + .01; // sums of another table
            whole[i % C] += wanted;
            part[i / C] += wanted;
        }
        struct project_rake rake = {P, C, v, whole, part, NULL, 0, 0};
        struct project_raked out;
        assert_ok(project_rake(&rake, &out, &e));
        assert_true(out.converged && out.seeded == 0);
        for (int c = 0; c < C; c++) {
            double sum = 0;
            for (int p = 0; p < P; p++)
                sum += v[p * C + c];
            assert_true(fabs(sum / whole[c] - 1) < 1e-9);
        }
        for (int p = 0; p < P; p++) {
            double sum = 0;
            for (int c = 0; c < C; c++)
                sum += v[p * C + c];
            assert_true(fabs(sum / part[p] - 1) < 1e-9);
        }
        // odds ratios stay: what makes raking the answer nearest to the table it began
        // with
        for (int p = 1; p < P; p++)
            for (int c = 1; c < C; c++) {
                double was = before[0] * before[p * C + c] / (before[c] * before[p * C]);
                double is = v[0] * v[p * C + c] / (v[c] * v[p * C]);
                assert_true(fabs(is / was - 1) < 1e-9);
            }
    }
}

static void zeros(void **state)
{
    (void)state;
    struct error e;
    // the whole's second cell is in no part; its third is nobody
    double v[2 * 3] = {10, 0, 5, 30, 0, 5}, whole[3] = {80, 4, 0}, seed[2] = {1, 3};
    struct project_rake rake = {2, 3, v, whole, NULL, seed, 0, 0};
    struct project_raked out;
    assert_ok(project_rake(&rake, &out, &e));
    static const double wanted[6] = {20, 1, 0, 60, 3, 0};
    for (int i = 0; i < 6; i++)
        assert_true(fabs(v[i] - wanted[i]) < 1e-12);
    assert_int_equal(out.seeded, 1);
    // a total that zeros forbid is said, not hidden
    double w[4] = {1, 0, 0, 1}, columns[2] = {3, 1}, rows[2] = {2, 2};
    rake = (struct project_rake){2, 2, w, columns, rows, NULL, 0, 0};
    assert_ok(project_rake(&rake, &out, &e));
    assert_true(!out.converged && out.worst > .1);
    rows[0] = 3;
    assert_int_equal(project_rake(&rake, &out, &e), ERR_INPUT);
    assert_string_equal(e.key, "rake.sums");
    rows[0] = 2;
    w[1] = -1;
    assert_int_equal(project_rake(&rake, &out, &e), ERR_INPUT);
    // both signs: by addition
    double net[4] = {-5, 1, 2, 1}, want[2] = {0, 6}, weight[4] = {3, 0, 1, 0};
    project_shift(net, 2, 2, want, weight);
    static const double shifted[4] = {-2.75, 3, 2.75, 3};
    for (int i = 0; i < 4; i++)
        assert_true(fabs(net[i] - shifted[i]) < 1e-12);
}

static bool next_to(double whole, double x)
{
    return fabs(whole - x) < 1 + 1e-6;
}

static void rounding_keeps_sums(void **state)
{
    (void)state;
    struct error e;
    struct rng r = rng_seed(87);
    for (int turn = 0; turn < 300; turn++) {
        size_t parts = 1 + rng_below(&r, 25), cells = 1 + rng_below(&r, 25);
        double v[25 * 25], all = 0, rounded = 0;
        int64_t out[25 * 25];
        for (size_t i = 0; i < parts * cells; i++) {
            v[i] = turn % 3 == 0   ? rng_uniform(&r)
                   : turn % 3 == 1 ? (double)rng_below(&r, 40) / 4
                                   : 1000 * rng_uniform(&r) - 300;
            all += v[i];
        }
        assert_ok(project_round(v, parts, cells, out, &e));
        for (size_t i = 0; i < parts * cells; i++) {
            if (!next_to((double)out[i], v[i]))
                fail_msg("turn %d: %g became %g", turn, v[i], (double)out[i]);
            if (v[i] == floor(v[i]))
                assert_true((double)out[i] == v[i]);
            rounded += (double)out[i];
        }
        assert_true(next_to(rounded, all));
        for (size_t p = 0; p < parts; p++) {
            double sum = 0, was = 0;
            for (size_t c = 0; c < cells; c++) {
                sum += (double)out[p * cells + c];
                was += v[p * cells + c];
            }
            if (!next_to(sum, was))
                fail_msg("turn %d part %zu: %g became %g", turn, p, was, sum);
        }
        for (size_t c = 0; c < cells; c++) {
            double sum = 0, was = 0;
            for (size_t p = 0; p < parts; p++) {
                sum += (double)out[p * cells + c];
                was += v[p * cells + c];
            }
            if (!next_to(sum, was))
                fail_msg("turn %d cell %zu: %g became %g", turn, c, was, sum);
        }
    }
}

static void rounding_a_row(void **state)
{
    (void)state;
    struct error e;
    static const double v[5] = {1.4, 2.4, 3.4, -.2, .0};
    int64_t out[5];
    assert_ok(project_round_row(v, 5, out, &e));      // 7.0
    static const int64_t wanted[5] = {2, 2, 3, 0, 0}; // .8 first, then the first .4
    for (int i = 0; i < 5; i++)
        assert_int_equal(out[i], wanted[i]);
    static const double bad[2] = {1, NAN};
    assert_int_equal(project_round_row(bad, 2, out, &e), ERR_INPUT);
    assert_int_equal(project_round(bad, 1, 2, out, &e), ERR_INPUT);
    mem_fail_after(0);
    assert_int_equal(project_round_row(v, 5, out, &e), ERR_MEMORY);
    for (int64_t n = 0; n < 4; n++) {
        mem_fail_after(n);
        assert_int_equal(project_round(v, 1, 5, out, &e), ERR_MEMORY);
    }
    mem_fail_after(-1);
}

// ---- parts beside a whole ----

enum { AGES = 21, STEPS = 6, PARTS = 40 };

struct figures {
    double people[2][AGES], apart[2][AGES], survival[2][STEPS * (AGES + 1)];
    double fertility[STEPS * AGES], boys[STEPS], net[2][STEPS * AGES];
    double projected[2][(STEPS + 1) * AGES], births[2][STEPS];
    double deaths[2][STEPS * (AGES + 1)];
};

static void invent(struct figures *f, struct rng *r, double people, double level)
{
    for (int sex = 0; sex < 2; sex++) {
        for (int i = 0; i < AGES; i++) {
            f->people[sex][i] =
                rng_chance(r, .05) ? 0 : people * exp(-.005 * i * i) * rng_uniform(r);
            f->apart[sex][i] = f->people[sex][i] * .1 * rng_uniform(r);
        }
        for (int i = 0; i < STEPS * (AGES + 1); i++) {
            int age = i % (AGES + 1);
            f->survival[sex][i] = exp(-.0008 * exp(.48 * age) * .5 / level);
        }
        for (int i = 0; i < STEPS * AGES; i++)
            f->net[sex][i] = 0;
    }
    for (int i = 0; i < STEPS * AGES; i++)
        f->fertility[i] = i % AGES >= 3 && i % AGES < 10 ? level * .05 : 0;
    for (int t = 0; t < STEPS; t++)
        f->boys[t] = 1.05 + .1 * level;
}

static struct project_input input_of(const struct figures *f, bool apart)
{
    struct project_input in = {
        .shape = {2020, 5, AGES, STEPS}, .fertility = f->fertility, .boys = f->boys};
    for (int sex = 0; sex < 2; sex++) {
        in.population[sex] = f->people[sex];
        in.survival[sex] = f->survival[sex];
        in.migration[sex] = f->net[sex];
        in.apart[sex] = apart ? f->apart[sex] : NULL;
    }
    return in;
}

static struct project_output output_of(struct figures *f)
{
    return (struct project_output){.population = {f->projected[0], f->projected[1]},
                                   .births = {f->births[0], f->births[1]},
                                   .deaths = {f->deaths[0], f->deaths[1]}};
}

static void parts_add_up_to_the_whole(void **state)
{
    (void)state;
    struct error e;
    struct rng r = rng_seed(404);
    static struct figures parts[PARTS], whole;
    struct project_input in[PARTS];
    struct project_output out[PARTS], all = output_of(&whole);
    invent(&whole, &r, 0, 1);
    for (int i = 0; i < PARTS; i++) {
        invent(&parts[i], &r, 100 * (1 + i), .7 + .6 * rng_uniform(&r));
        in[i] = input_of(&parts[i], i % 2);
        out[i] = output_of(&parts[i]);
        for (int sex = 0; sex < 2; sex++)
            for (int a = 0; a < AGES; a++) {
                whole.people[sex][a] += parts[i].people[sex][a];
                whole.apart[sex][a] += i % 2 ? parts[i].apart[sex][a] : 0;
            }
    }
    struct project_input whole_in = input_of(&whole, true);
    assert_ok(project_check(&whole_in, &e));
    project_run(&whole_in, &all);
    struct project_whole wanted = {{whole.projected[0], whole.projected[1]},
                                   {whole.births[0], whole.births[1]},
                                   {whole.deaths[0], whole.deaths[1]}};
    struct project_constrained about;
    assert_ok(project_run_constrained(in, PARTS, &wanted, out, &about, &e));
    for (int sex = 0; sex < 2; sex++) {
        for (int i = 0; i < (STEPS + 1) * AGES; i++) {
            double sum = 0;
            for (int p = 0; p < PARTS; p++) {
                sum += parts[p].projected[sex][i];
                assert_true(parts[p].projected[sex][i] >= 0);
            }
            assert_true(fabs(sum - whole.projected[sex][i]) <=
                        1e-9 * (1 + whole.projected[sex][i]));
        }
        for (int t = 0; t < STEPS; t++) {
            double births = 0, deaths = 0;
            for (int p = 0; p < PARTS; p++) {
                births += parts[p].births[sex][t];
                deaths += parts[p].deaths[sex][t * (AGES + 1) + 5];
            }
            assert_true(fabs(births / whole.births[sex][t] - 1) < 1e-9);
            assert_true(fabs(deaths / whole.deaths[sex][t * (AGES + 1) + 5] - 1) < 1e-9);
        }
    }
    print_message("# greatest factor %.3f, %zu groups seeded\n", about.worst_factor,
                  about.seeded);
    // parts with the rates of the whole need no factor at all
    for (int p = 0; p < PARTS; p++) {
        memcpy(parts[p].survival, whole.survival, sizeof whole.survival);
        memcpy(parts[p].fertility, whole.fertility, sizeof whole.fertility);
        memcpy(parts[p].boys, whole.boys, sizeof whole.boys);
        in[p].apart[0] = in[p].apart[1] = NULL;
    }
    whole_in.apart[0] = whole_in.apart[1] = NULL;
    project_run(&whole_in, &all);
    assert_ok(project_run_constrained(in, PARTS, &wanted, out, &about, &e));
    assert_true(about.worst_factor < 1 + 1e-9);
    // refused
    in[3].shape.ages = AGES - 1;
    assert_int_equal(project_run_constrained(in, PARTS, &wanted, out, &about, &e),
                     ERR_INPUT);
    in[3].shape.ages = AGES;
    parts[7].people[1][2] = -1;
    assert_int_equal(project_run_constrained(in, PARTS, &wanted, out, &about, &e),
                     ERR_INPUT);
    assert_true(!strncmp(e.where, "part 8", 6));
    parts[7].people[1][2] = 1;
    for (int64_t n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_int_equal(project_run_constrained(in, PARTS, &wanted, out, &about, &e),
                         ERR_MEMORY);
        mem_fail_after(-1);
    }
    assert_int_equal(project_run_constrained(in, 0, &wanted, out, &about, &e), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rakes_to_both_sums),        cmocka_unit_test(zeros),
        cmocka_unit_test(rounding_keeps_sums),       cmocka_unit_test(rounding_a_row),
        cmocka_unit_test(parts_add_up_to_the_whole),
    };
    return cmocka_run_group_tests_name("parts that add up", tests, NULL, NULL);
}
