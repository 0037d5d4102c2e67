// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole study: births, years ahead, chains that disagree, no memory, any threads.
#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "stats/ccm_study.h"

enum { AREAS = 2, FIRST = 1990, YEARS = 30 };

static struct arena arena;
static struct ccm_observation observations[AREAS * YEARS];
static struct ccm_area areas[AREAS];
static struct ccm_births births[AREAS * 60 + 1];

// The first area rises from 2000 on.
static struct ccm_study_input simulate(void)
{
    static const struct ccm_draw truth = {1.063, 2000, 0.08, {9, 7, 15}, true};
    struct rng r = rng_seed(3);
    size_t n = 0, n_births = 0;
    for (uint32_t i = 0; i < AREAS; i++) {
        areas[i] = (struct ccm_area){.baseline = NAN, .start = NAN, .earliest = NAN};
        for (int32_t k = 0; k < YEARS; k++) {
            double ratio = 1.063 + (i ? 0 : ccm_inflation(&truth, FIRST + k));
            observations[n++] = (struct ccm_observation){
                i, 0, FIRST + k, log(ratio) + 0.01 * rng_normal(&r), 0.01};
            births[n_births++] = (struct ccm_births){i, FIRST + k, 5000};
            births[n_births++] = (struct ccm_births){i, FIRST + k, 5000}; // added
        }
    }
    births[n_births++] = (struct ccm_births){0, 2035, 10000};
    struct ccm_settings s = ccm_settings_default();
    s.n_draws = 300;
    s.n_warm_up = 50;
    return (struct ccm_study_input){.data = {observations, n, areas, AREAS, 1},
                                    .model = ccm_model_viet_nam(),
                                    .settings = s,
                                    .births = births,
                                    .n_births = n_births,
                                    .level = 0.9,
                                    .begins = NAN,
                                    .years_ahead = 10};
}

static void what_it_says(void **state)
{
    (void)state;
    struct ccm_study_input in = simulate();
    struct ccm_study s;
    struct pool *pool;
    struct error e;
    in.leave = CCM_LEAVE_FROM;
    in.leave_from = 2015;
    arena_reset(&arena);
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(ccm_study_make(&s, &in, pool, &arena, &e));
    pool_close(pool);
    // years up to the last births, though ten ahead were asked for
    assert_int_equal(s.fit.first_year, FIRST);
    assert_int_equal(s.fit.n_years, 2035 - FIRST + 1);
    assert_true(s.input.begins == FIRST + YEARS);
    assert_true(s.areas[0].strong && !s.areas[1].strong);
    assert_true(s.births[0][0] == 10000 && isnan(s.births[0][YEARS]));
    assert_true(s.births[0][2035 - FIRST] == 10000 && isnan(s.births[1][2035 - FIRST]));
    const struct ccm_year *last = s.years[0].of + YEARS - 1;
    assert_int_equal(last->year, 2019);
    assert_true(last->missing.low > 150 && last->missing.high < 500);
    assert_true(s.years[0].of[2035 - FIRST].missing_in[CCM_CONSTANT].middle >
                s.years[0].of[2035 - FIRST].missing_in[CCM_WITHOUT].middle);
    assert_true(fabs(s.missing_in_all.middle - s.years[0].missing.middle) <
                0.05 * s.missing_in_all.middle);
    assert_true(fabs(s.observed[0][5] - observations[5].log_ratio) < 1e-12);
    assert_true(s.worst_r_hat < 1.03 && s.least_ess > 100 && !s.stacked);
    assert_int_equal(s.validation.n_left_out, 10);
    assert_int_equal(s.validated_from, 2015);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    struct ccm_study_input in = simulate();
    struct ccm_study s[2];
    struct error e;
    in.settings.n_draws = 40;
    in.leave = CCM_LEAVE_RANDOM;
    in.leave_share = 0.2;
    arena_reset(&arena);
    for (unsigned k = 0; k < 2; k++) {
        struct pool *pool;
        assert_ok(pool_open(&pool, 1 + 2 * k, &e));
        assert_ok(ccm_study_make(s + k, &in, pool, &arena, &e));
        pool_close(pool);
    }
    assert_memory_equal(s[0].areas, s[1].areas, AREAS * sizeof *s->areas);
    assert_memory_equal(s[0].replicated, s[1].replicated, AREAS * sizeof *s->replicated);
    assert_memory_equal(&s[0].validation, &s[1].validation, sizeof s->validation);
    assert_true(s[0].loo.elpd == s[1].loo.elpd);
}

// A handful of draws: chains seem to disagree, and are weighed.
static void chains_that_disagree(void **state)
{
    (void)state;
    struct ccm_study_input in = simulate();
    struct ccm_study s;
    struct pool *pool;
    struct error e;
    in.settings.n_draws = 8;
    in.settings.n_warm_up = 0;
    arena_reset(&arena);
    assert_ok(pool_open(&pool, 1, &e));
    assert_ok(ccm_study_make(&s, &in, pool, &arena, &e));
    pool_close(pool);
    assert_true(s.worst_r_hat > CCM_R_HAT_STACKED && s.stacked);
    double sum = 0;
    for (size_t c = 0; c < s.fit.n_chains; c++)
        sum += s.loo.weights[c];
    assert_true(fabs(sum - 1) < 1e-9);
    assert_int_equal(s.picks.n, 32);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    struct ccm_study_input in = simulate();
    struct ccm_study s;
    struct error e;
    struct pool *pool; // its tasks run in this thread, whose allocations fail
    in.settings.n_draws = 8;
    in.settings.n_chains = 1;
    in.settings.n_warm_up = 1;
    in.data.n_observations = 12;
    in.leave = CCM_LEAVE_LAST;
    in.leave_share = 0.3;
    assert_ok(pool_open(&pool, 1, &e));
    enum err code = ERR_MEMORY;
    int n = 0;
    for (; code && n < 400; n++) {
        struct arena small;
        arena_init(&small, 0);
        mem_fail_after(n);
        code = ccm_study_make(&s, &in, pool, &small, &e);
        mem_fail_after(-1);
        arena_free(&small);
        assert_true(!code || code == ERR_MEMORY);
    }
    print_message("# %d blocks\n", n - 1);
    assert_true(!code && n > 10);
    pool_close(pool);
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
        cmocka_unit_test(what_it_says),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(chains_that_disagree),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("ccm-study", tests, set_up, tear_down);
}
