// SPDX-License-Identifier: AGPL-3.0-or-later
// Shares of levels among random pairs, against counting every pair.
#include "run_files.h"

#include <math.h>

#include "base/pool.h"
#include "link/random_pairs.h"
#include "link/settings.h"

struct world {
    struct folder folder;
    struct pool *pool;
    struct link_records *records;
    struct link_model *model;
    struct link_view *view;
};

static const char model_json[] =
    "{\"link_type\": \"%s\", \"comparisons\": ["
    "{\"output_column_name\": \"name\", \"comparison_levels\": ["
    "{\"sql_condition\": \"name_l IS NULL OR name_r IS NULL\", \"is_null_level\": true},"
    "{\"sql_condition\": \"name_l = name_r\"},"
    "{\"sql_condition\": \"jaro_winkler_similarity(name_l, name_r) >= 0.88\"},"
    "{\"sql_condition\": \"jaro_winkler_similarity(name_l, name_r) >= 0.6\"},"
    "{\"sql_condition\": \"ELSE\"}]},"
    // same values and others in one level; no level for nulls
    "{\"output_column_name\": \"number\", \"comparison_levels\": ["
    "{\"sql_condition\": \"levenshtein(number_l, number_r) <= 1\"},"
    "{\"sql_condition\": \"levenshtein(number_l, number_r) <= 2\"},"
    "{\"sql_condition\": \"ELSE\"}]},"
    // no ladder, and no level that same values come into
    "{\"output_column_name\": \"other\", \"comparison_levels\": ["
    "{\"sql_condition\": \"number_l IS NULL OR number_r IS NULL\","
    " \"is_null_level\": true},"
    "{\"sql_condition\": \"number_l < number_r AND name_l <> name_r\"},"
    "{\"sql_condition\": \"name_l = name_r\"},"
    "{\"sql_condition\": \"ELSE\"}]},"
    // never met
    "{\"output_column_name\": \"never\", \"comparison_levels\": ["
    "{\"sql_condition\": \"number_l = 'none'\"},"
    "{\"sql_condition\": \"ELSE\"}]}"
    "], \"blocking_rules_to_generate_predictions\": [\"l.name = r.name\","
    " \"l.number = r.number\", \"l.name = r.name AND l.number = r.number\"]}";

static void open_world(struct world *w, const char *type, unsigned n, unsigned threads,
                       uint64_t seed)
{
    struct rng r = rng_stream(seed, 0);
    struct error e = {0};
    char paths[2][PATH_SIZE];
    *w = (struct world){0};
    folder_open(&w->folder);
    for (unsigned s = 0; s < 2; s++) {
        struct buf b = BUF_INIT(1 << 22);
        buf_add_c(&b, "name,number\n");
        for (unsigned i = 0; i < (s ? n / 3 : n - n / 3); i++) {
            for (uint64_t k = rng_chance(&r, 0.1) ? 0 : 2 + rng_below(&r, 5); k > 0; k--)
                buf_add_char(&b, (char)('a' + rng_below(&r, k % 2 ? 4 : 9)));
            buf_add_char(&b, ',');
            if (!rng_chance(&r, 0.2))
                buf_printf(&b, "%05u", (unsigned)rng_below(&r, 3000));
            buf_add_char(&b, '\n');
        }
        write_file(folder_path(&w->folder, s ? "right.csv" : "left.csv", paths[s]),
                   buf_str(&b));
        buf_free(&b);
    }
    const char *both[] = {paths[0], paths[1]};
    struct link_load load = {.paths = both, .n_paths = 2};
    assert_ok(pool_open(&w->pool, threads, &e));
    assert_ok(link_records_load(&w->records, &load, w->pool, &e));
    const enum link_kind kinds[] = {LINK_RAW, LINK_RAW};
    assert_ok(link_records_clean(w->records, kinds, w->pool, &e));
    struct buf json = BUF_INIT(1 << 16);
    buf_printf(&json, model_json, type);
    assert_ok(link_settings_read(&w->model, buf_str(&json), "test", &e));
    buf_free(&json);
    assert_ok(link_view_open(&w->view, w->records, w->model, w->pool, &e));
}

static void close_world(struct world *w)
{
    link_view_close(w->view);
    link_model_close(w->model);
    link_records_close(w->records);
    pool_close(w->pool);
    folder_close(&w->folder);
}

typedef double shares[LINK_MAX_COMPARISONS][LINK_MAX_LEVELS + 1];

// Every pair, one by one. Returns how many.
static double count_all(const struct world *w, shares out)
{
    const struct link_view *v = w->view;
    struct link_scratch *s;
    struct error e = {0};
    double pairs = 0;
    assert_ok(link_scratch_open(&s, v, 0, &e));
    memset(out, 0, sizeof(shares));
    for (uint32_t a = 0; a < v->n; a++)
        for (uint32_t b = a + 1; b < v->n; b++)
            if (link_view_pairs(v, a, b)) {
                pairs++;
                for (unsigned c = 0; c < v->n_comparisons; c++)
                    out[c][link_view_level(v, s, c, a, b)]++;
            }
    link_scratch_close(s);
    for (unsigned c = 0; c < v->n_comparisons; c++) {
        double sum = 0;
        for (unsigned k = 0; k < v->comparisons[c].n_levels; k++)
            sum += k == v->comparisons[c].null_level ? 0 : out[c][k];
        for (unsigned k = 0; k < v->comparisons[c].n_levels; k++)
            out[c][k] /= sum;
    }
    return pairs;
}

static const char *const types[] = {"dedupe_only", "link_only", "link_and_dedupe"};

static void few_pairs_are_all_taken(void **state)
{
    (void)state;
    print_message("seeds 1 to 3\n");
    for (unsigned t = 0; t < 3; t++) {
        struct world w;
        struct error e = {0};
        shares u, all;
        uint64_t drawn;
        open_world(&w, types[t], 150, 2, t + 1);
        struct random_pairs set = {.seed = 1};
        assert_ok(random_levels(u, w.view, &set, w.pool, &drawn, &e));
        double pairs = count_all(&w, all);
        assert_true((double)drawn == pairs && link_all_pairs(w.view) == pairs);
        for (unsigned c = 0; c < 4; c++)
            for (unsigned k = 0; k < w.view->comparisons[c].n_levels; k++) {
                if (k == w.view->comparisons[c].null_level)
                    assert_true(isnan(u[c][k]));
                else if (all[c][k] > 0)
                    assert_true(fabs(u[c][k] - all[c][k]) < 1e-12);
                else
                    assert_true(u[c][k] > 0 && u[c][k] < 1 / pairs); // half a pair
            }
        close_world(&w);
    }
}

static void many_pairs_are_drawn(void **state)
{
    (void)state;
    print_message("seeds 1 to 3\n");
    for (unsigned t = 0; t < 3; t++) {
        struct world w, one;
        struct error e = {0};
        shares u, again, all;
        uint64_t drawn, drawn_again;
        open_world(&w, types[t], 2400, 3, t + 1);
        open_world(&one, types[t], 2400, 1, t + 1);
        struct random_pairs set = {.seed = 5, .enough = 3000, .most = 500000};
        assert_ok(random_levels(u, w.view, &set, w.pool, &drawn, &e));
        assert_ok(random_levels(again, one.view, &set, one.pool, &drawn_again, &e));
        assert_true(drawn == drawn_again && drawn >= 500000 && drawn < 700000);
        (void)count_all(&w, all);
        for (unsigned c = 0; c < 4; c++) {
            double sum = 0;
            for (unsigned k = 0; k < w.view->comparisons[c].n_levels; k++) {
                if (k == w.view->comparisons[c].null_level)
                    continue;
                assert_true(u[c][k] == again[c][k]); // on any number of threads
                sum += u[c][k];
                // 3,000 seen, or all that could be; records come again
                double error = 5 * fmax(all[c][k] / sqrt(3000), sqrt(all[c][k] / 500000));
                if (!(fabs(u[c][k] - all[c][k]) <= error + 1e-6))
                    fail_msg("%s: comparison %u, level %u: %g, not %g", types[t], c, k,
                             u[c][k], all[c][k]);
            }
            assert_true(fabs(sum - 1) < 1e-5);
        }
        // the same value: known, not drawn
        assert_true(fabs(u[0][1] - all[0][1]) < 1e-12);
        close_world(&w);
        close_world(&one);
    }
}

static void part_of_a_view(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct link_view *part;
    struct link_scratch *whole, *s;
    open_world(&w, "dedupe_only", 500, 1, 9);
    assert_ok(link_view_part(&part, w.view, 1, 2, &e));
    assert_int_equal(part->n_rules, 2);
    assert_ok(link_scratch_open(&whole, w.view, 0, &e));
    assert_ok(link_scratch_open(&s, part, 0, &e));
    unsigned held = 0;
    for (uint32_t a = 0; a < part->n; a++)
        for (uint32_t b = a + 1; b < part->n; b++) {
            for (unsigned rule = 0; rule < 2; rule++) {
                bool holds = link_view_rule(part, s, rule, a, b);
                assert_true(holds == link_view_rule(w.view, whole, rule + 1, a, b));
                held += holds;
            }
            assert_true(link_view_pattern(part, s, a, b) ==
                        link_view_pattern(w.view, whole, a, b));
        }
    assert_true(held > 0);
    link_scratch_close(whole);
    link_scratch_close(s);
    link_view_close(part);
    for (int64_t n = 0;; n++) {
        mem_fail_after(n);
        enum err code = link_view_part(&part, w.view, 0, 1, &e);
        shares u;
        uint64_t drawn;
        struct random_pairs set = {.seed = 1};
        if (!code)
            code = random_levels(u, part, &set, w.pool, &drawn, &e);
        mem_fail_after(-1);
        link_view_close(part);
        assert_true(!code || code == ERR_MEMORY);
        if (!code) {
            assert_true(n >= 5);
            break;
        }
    }
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_pairs_are_all_taken),
        cmocka_unit_test(many_pairs_are_drawn),
        cmocka_unit_test(part_of_a_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
