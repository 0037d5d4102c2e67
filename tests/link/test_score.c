// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/pool.h"
#include "link/score.h"
#include "link/settings.h"

struct fixture {
    struct pool *pool;
    struct link_records *records;
    struct link_model *model;
    struct link_view *view;
    struct link_scratch *scratch;
    struct score *score;
};

// surname: anna 4 of 8 known, berg 2, carl 1, dahl 1; two are not known.
static const char *const table[][3] = {
    {"anna", "x", "lund"}, {"anna", "x", "lund"},  {"anna", "y", "malmo"},
    {"anna", "", "lund"},  {"berg", "x", "visby"}, {"berg", "y", ""},
    {"carl", "x", "lund"}, {"dahl", "y", "lund"},  {"", "x", "lund"},
    {"", "y", "lund"},
};
enum { ROWS = sizeof table / sizeof *table };

static const char settings[] =
    "{\"link_type\": \"dedupe_only\", \"probability_two_random_records_match\": 0.125,"
    "\"blocking_rules_to_generate_predictions\": [\"l.sex = r.sex\"],"
    "\"comparisons\": ["
    "{\"output_column_name\": \"surname\", \"comparison_levels\": ["
    "{\"sql_condition\": \"surname_l IS NULL OR surname_r IS NULL\","
    " \"is_null_level\": true},"
    "{\"sql_condition\": \"surname_l = surname_r\", \"m_probability\": 0.5,"
    " \"u_probability\": 0.0625, \"tf_adjustment_column\": \"surname\","
    " \"tf_adjustment_weight\": %s, \"tf_minimum_u_value\": %s},"
    "{\"sql_condition\": \"levenshtein(surname_l, surname_r) <= 3\","
    " \"m_probability\": 0.25, \"u_probability\": 0.25,"
    " \"tf_adjustment_column\": \"surname\"%s},"
    "{\"sql_condition\": \"ELSE\", \"m_probability\": 0.25, \"u_probability\": 0.5}]},"
    "{\"output_column_name\": \"sex\", \"comparison_levels\": ["
    "{\"sql_condition\": \"sex_l IS NULL OR sex_r IS NULL\", \"is_null_level\": true},"
    "{\"sql_condition\": \"sex_l = sex_r\", \"m_probability\": 1.0,"
    " \"u_probability\": 0.5},"
    "{\"sql_condition\": \"ELSE\", \"m_probability\": 0.0, \"u_probability\": 0.5}]},"
    "{\"output_column_name\": \"town\", \"comparison_levels\": ["
    "{\"sql_condition\": \"town_l IS NULL OR town_r IS NULL\", \"is_null_level\": true},"
    "{\"sql_condition\": \"town_l = town_r\", \"m_probability\": 0.75},"
    "{\"sql_condition\": \"ELSE\", \"m_probability\": 0.25}]}]}";

static void open_fixture(struct fixture *f, const char *weight, const char *floor,
                         const char *more)
{
    struct error e = {0};
    struct str cells[ROWS * 3];
    char json[4096];
    const char *const names[] = {"surname", "sex", "town"};
    for (unsigned i = 0; i < ROWS * 3; i++)
        cells[i] = str_of(table[i / 3][i % 3]);
    *f = (struct fixture){0};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(json, sizeof json, settings, weight, floor, more);
#pragma GCC diagnostic pop
    assert_ok(pool_open(&f->pool, 1, &e));
    assert_ok(link_records_of(&f->records, names, 3, cells, ROWS, &e));
    const enum link_kind kinds[] = {LINK_RAW, LINK_RAW, LINK_RAW};
    assert_ok(link_records_clean(f->records, kinds, f->pool, &e));
    assert_ok(link_settings_read(&f->model, str_of(json), "test", &e));
    assert_ok(link_view_open(&f->view, f->records, f->model, f->pool, &e));
    assert_ok(link_scratch_open(&f->scratch, f->view, 0, &e));
    assert_ok(score_open(&f->score, f->model, f->view, &e));
}

static void close_fixture(struct fixture *f)
{
    score_close(f->score);
    link_scratch_close(f->scratch);
    link_view_close(f->view);
    link_model_close(f->model);
    link_records_close(f->records);
    pool_close(f->pool);
}

// The pair of two rows of the table, wherever the records stand now.
static struct candidate pair_of(const struct fixture *f, unsigned a, unsigned b)
{
    struct candidate c = {.left = UINT32_MAX, .right = UINT32_MAX};
    for (uint32_t i = 0; i < f->records->n; i++) {
        if (f->records->row[i] == a + 1)
            c.left = i;
        if (f->records->row[i] == b + 1)
            c.right = i;
    }
    assert_true(c.left != UINT32_MAX && c.right != UINT32_MAX);
    c.pattern = link_view_pattern(f->view, f->scratch, c.left, c.right);
    return c;
}

static void check(const struct fixture *f, unsigned a, unsigned b, double expected)
{
    for (int turn = 0; turn < 2; turn++) {
        struct candidate c = turn ? pair_of(f, b, a) : pair_of(f, a, b);
        double parts[5], tf[3], found = score_pair(f->score, &c), sum = 0;
        if (fabs(found - expected) > 1e-5)
            fail_msg("rows %u and %u: %.6f, expected %.6f", a, b, found, expected);
        score_parts(f->score, &c, parts, tf);
        for (unsigned i = 0; i < 5; i++)
            sum += parts[i];
        double pattern = sum;
        for (unsigned i = 0; i < 3; i++)
            sum += tf[i];
        double slope = f->model->calibration_slope, shift = f->model->calibration_shift;
        assert_true(fabs(sum * slope + shift - found) < 1e-9);
        assert_true(fabs(score_pattern(f->score, c.pattern) - (pattern * slope + shift)) <
                    1e-9);
    }
}

// log2 of the prior's odds, 1/7; town has no u and counts nothing.
static const double PRIOR = -2.807354922057604;

static void weights_add_up(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, "0.0", "0.0", ""); // no term frequencies in the exact level
    check(&f, 0, 1, PRIOR + 3 + 1);     // log2(.5 / .0625), log2(1 / .5)
    check(&f, 0, 3, PRIOR + 3);         // sex not known: nothing
    check(&f, 0, 8, PRIOR + 1);         // surname not known: nothing
    check(&f, 8, 3, PRIOR);             // neither
    check(&f, 6, 8, PRIOR + 1);         // town: u is not known
    // m is 0 where sexes differ: what is left of minus infinity is minus 60 bits
    check(&f, 0, 2, PRIOR + 3 - 60);
    check(&f, 8, 9, PRIOR - 60);
    close_fixture(&f);
}

// anna is 4 of the 8 surnames that are known, berg 2 of 8, carl and dahl 1 of 8 each.
static void term_frequencies(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, "1.0", "0.0", "");
    check(&f, 0, 1, PRIOR + 3 + 1 + (-4 - log2(0.5)));   // log2 .0625 - log2 .5
    check(&f, 4, 5, PRIOR + 3 - 60 + (-4 - log2(0.25))); // berg
    // levenshtein(carl, dahl) = 2: their u is that of the exact level, the larger counts
    check(&f, 6, 7, PRIOR + 0 - 60 + (-4 - log2(0.125)));
    // all other: no adjustment
    check(&f, 0, 4, PRIOR - 1 + 1);
    close_fixture(&f);
    open_fixture(&f, "0.5", "0.0", ""); // half of it
    check(&f, 0, 1, PRIOR + 3 + 1 + 0.5 * (-4 - log2(0.5)));
    close_fixture(&f);
    open_fixture(&f, "1.0", "0.375", ""); // no term is taken to be rarer than .375
    check(&f, 0, 1, PRIOR + 3 + 1 + (-4 - log2(0.5)));
    check(&f, 4, 5, PRIOR + 3 - 60 + (-4 - log2(0.375)));
    close_fixture(&f);
    // the level's own u is the base, .25
    open_fixture(&f, "1.0", "0.0", ", \"disable_tf_exact_match_detection\": true");
    check(&f, 6, 7, PRIOR + 0 - 60 + (-2 - log2(0.125)));
    close_fixture(&f);
}

static void dependence_and_calibration(void **state)
{
    (void)state;
    struct fixture f;
    double ratios[4 * 3] = {0};
    struct link_dependence d = {0, 1, ratios};
    ratios[1 * 3 + 1] = -1.5; // surname and sex are the same
    ratios[3 * 3 + 1] = 0.25; // other surnames, same sex
    open_fixture(&f, "0.0", "0.0", "");
    f.model->dependence = &d;
    f.model->n_dependence = 1;
    check(&f, 0, 1, PRIOR + 3 + 1 - 1.5);
    check(&f, 0, 4, PRIOR - 1 + 1 + 0.25);
    check(&f, 0, 3, PRIOR + 3);
    f.model->calibration_slope = 0.5;
    f.model->calibration_shift = 2;
    check(&f, 0, 1, 0.5 * (PRIOR + 3 + 1 - 1.5) + 2);
    f.model->n_dependence = 0;
    close_fixture(&f);
}

// The same as one by one, to the last bit.
static void many_pairs(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, "0.5", "0.2", "");
    enum { TIMES = 3, PAIRS = ROWS * ROWS * TIMES };
    struct candidate *pairs = mem_alloc(PAIRS, sizeof *pairs);
    double *weights = mem_alloc(PAIRS + 1, sizeof *weights);
    assert_true(pairs && weights);
    unsigned n = 0;
    for (unsigned i = 0; i < PAIRS; i++)
        if (i % ROWS != i / ROWS % ROWS)
            pairs[n++] = pair_of(&f, i % ROWS, i / ROWS % ROWS);
    for (unsigned of = 0; of <= n; of = of < 40 ? of + 1 : of + n - 40) {
        weights[of] = -1;
        score_pairs(f.score, pairs, of, weights);
        for (unsigned i = 0; i < of; i++)
            assert_true(weights[i] == score_pair(f.score, &pairs[i]));
        assert_true(weights[of] == -1);
    }
    mem_free(pairs);
    mem_free(weights);
    close_fixture(&f);
}

static void probabilities(void **state)
{
    (void)state;
    assert_true(score_probability(0) == 0.5);
    assert_true(fabs(score_probability(3) - 8.0 / 9) < 1e-15);
    assert_true(fabs(score_probability(-3) - 1.0 / 9) < 1e-15);
    assert_true(score_probability(2000) == 1 && score_probability(-2000) == 0);
    assert_true(score_weight(0.5) == 0);
    assert_true(isinf(score_weight(1)) && score_weight(1) > 0);
    assert_true(isinf(score_weight(0)) && score_weight(0) < 0);
    for (double w = -30; w <= 30; w += 0.37)
        assert_true(fabs(score_weight(score_probability(w)) - w) < 1e-6);
}

static void out_of_memory(void **state)
{
    (void)state;
    struct fixture f;
    struct error e = {0};
    open_fixture(&f, "1.0", "0.0", "");
    unsigned failures = 0;
    for (int64_t n = 0;; n++) {
        struct score *s;
        mem_fail_after(n);
        enum err code = score_open(&s, f.model, f.view, &e);
        mem_fail_after(-1);
        if (!code) { // the formula was not lost on the way
            struct candidate c = pair_of(&f, 6, 7);
            assert_true(score_pair(s, &c) == score_pair(f.score, &c));
        }
        score_close(s);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failures++;
    }
    assert_true(failures >= 2);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_add_up),
        cmocka_unit_test(term_frequencies),
        cmocka_unit_test(dependence_and_calibration),
        cmocka_unit_test(many_pairs),
        cmocka_unit_test(probabilities),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
