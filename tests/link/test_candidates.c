// SPDX-License-Identifier: AGPL-3.0-or-later
#include "run_files.h"

#include <inttypes.h>

#include "base/pool.h"
#include "link/candidates.h"
#include "link/settings.h"

enum { MOST = 48, MOST_RULES = 4 };

struct world {
    struct folder folder;
    struct pool *pool;
    struct link_records *records;
    struct link_model *model;
    struct link_view *view;
    struct link_scratch *scratch;
};

// Few different values, so that blocks are large and rules give the same pairs; two
// files.
static void open_world(struct world *w, uint64_t seed, unsigned threads)
{
    static const char *const rules[] = {"l.a = r.a AND l.b = r.b", "l.c = r.c",
                                        "levenshtein(l.b, r.b) <= 1 AND l.a = r.a",
                                        "substr(l.b, 1, 2) = substr(r.b, 1, 2)",
                                        "l.b = r.b AND l.a <> r.a"};
    static const char *const types[] = {"dedupe_only", "link_only", "link_and_dedupe"};
    struct rng r = rng_stream(seed, 0);
    struct error e = {0};
    char paths[2][PATH_SIZE];
    *w = (struct world){0};
    folder_open(&w->folder);
    for (unsigned s = 0; s < 2; s++) {
        struct buf b = BUF_INIT(1 << 20);
        buf_add_c(&b, "a,b,c\n");
        unsigned n = 2 + (unsigned)rng_below(&r, MOST - 2);
        for (unsigned i = 0; i < n; i++) {
            buf_printf(&b, "%s,", rng_chance(&r, 0.1) ? "" : (i % 2 ? "x" : "y"));
            buf_printf(&b, "%s%u,", rng_chance(&r, 0.5) ? "abc" : "abd",
                       (unsigned)rng_below(&r, 4));
            buf_printf(&b, "%u\n", (unsigned)rng_below(&r, 9));
        }
        write_file(folder_path(&w->folder, s ? "right.csv" : "left.csv", paths[s]),
                   buf_str(&b));
        buf_free(&b);
    }
    const char *both[] = {paths[0], paths[1]};
    struct link_load load = {.paths = both, .n_paths = 2};
    assert_ok(pool_open(&w->pool, threads, &e));
    assert_ok(link_records_load(&w->records, &load, w->pool, &e));
    const enum link_kind kinds[] = {LINK_RAW, LINK_RAW, LINK_RAW};
    assert_ok(link_records_clean(w->records, kinds, w->pool, &e));
    struct buf json = BUF_INIT(1 << 16);
    buf_printf(&json, "{\"link_type\": \"%s\", \"comparisons\": [",
               types[rng_below(&r, 3)]);
    for (unsigned c = 0; c < 3; c++)
        buf_printf(&json,
                   "%s{\"output_column_name\": \"%c\", \"comparison_levels\": ["
                   "{\"sql_condition\": \"%c_l IS NULL OR %c_r IS NULL\","
                   " \"is_null_level\": true}, {\"sql_condition\": \"%c_l = %c_r\"},"
                   "{\"sql_condition\": \"levenshtein(%c_l, %c_r) <= 1\"},"
                   "{\"sql_condition\": \"ELSE\"}]}",
                   c ? "," : "", 'a' + c, 'a' + c, 'a' + c, 'a' + c, 'a' + c, 'a' + c,
                   'a' + c);
    buf_add_c(&json, "], \"blocking_rules_to_generate_predictions\": [");
    unsigned n_rules = 1 + (unsigned)rng_below(&r, MOST_RULES);
    for (unsigned i = 0; i < n_rules; i++)
        buf_printf(&json, "%s\"%s\"", i ? "," : "", rules[rng_below(&r, 5)]);
    buf_add_c(&json, "]}");
    assert_ok(link_settings_read(&w->model, buf_str(&json), "test", &e));
    buf_free(&json);
    assert_ok(link_view_open(&w->view, w->records, w->model, w->pool, &e));
    assert_ok(link_scratch_open(&w->scratch, w->view, 0, &e));
}

static void close_world(struct world *w)
{
    link_scratch_close(w->scratch);
    link_view_close(w->view);
    link_model_close(w->model);
    link_records_close(w->records);
    pool_close(w->pool);
    folder_close(&w->folder);
}

// --- the same pairs as one by one

struct seen { // by left * n + right
    unsigned n;
    _Atomic unsigned *times;
    uint64_t *pattern;
    uint32_t *rules;
};

static enum err note(void *argument, unsigned thread, const struct candidate *pairs,
                     const uint32_t *rules, size_t n, struct error *e)
{
    struct seen *s = argument;
    (void)thread;
    (void)e;
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)pairs[i].left * s->n + pairs[i].right;
        s->times[at]++;
        s->pattern[at] = pairs[i].pattern;
        s->rules[at] = rules[i];
    }
    return ERR_OK;
}

static void open_seen(struct seen *s, unsigned n)
{
    *s = (struct seen){.n = n};
    s->times = mem_alloc((size_t)n * n, sizeof *s->times);
    s->pattern = mem_alloc((size_t)n * n, sizeof *s->pattern);
    s->rules = mem_alloc((size_t)n * n, sizeof *s->rules);
    assert_true(s->times && s->pattern && s->rules);
}

static void close_seen(struct seen *s)
{
    mem_free((void *)s->times);
    mem_free(s->pattern);
    mem_free(s->rules);
}

static void check_seen(const struct world *w, const struct seen *s, uint32_t first_new,
                       bool masks, uint64_t told, uint64_t seed, const char *what)
{
    uint64_t pairs = 0;
    for (uint32_t a = 0; a < w->view->n; a++)
        for (uint32_t b = 0; b < w->view->n; b++) {
            uint32_t rules = 0;
            bool may = a < b && link_view_pairs(w->view, a, b) &&
                       (!first_new || w->view->source[a] >= first_new ||
                        w->view->source[b] >= first_new);
            for (unsigned r = 0; may && r < w->view->n_rules; r++)
                if (link_view_rule(w->view, w->scratch, r, a, b))
                    rules |= 1u << r;
            size_t at = (size_t)a * s->n + b;
            if (s->times[at] != (rules != 0) ||
                (rules && masks && s->rules[at] != rules) ||
                (rules && s->pattern[at] != link_view_pattern(w->view, w->scratch, a, b)))
                fail_msg("seed %" PRIu64 ", %s: %u and %u came %u times, rules %x and %x",
                         seed, what, a, b, s->times[at], s->rules[at], rules);
            pairs += rules != 0;
        }
    assert_true(told == pairs);
}

static void as_one_by_one(void **state)
{
    (void)state;
    struct error e = {0};
    static const uint64_t keep[] = {0, 30, 1000000};
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct world w;
        open_world(&w, seed, 1 + (unsigned)(seed % 3));
        for (unsigned k = 0; k < 3; k++)
            for (uint32_t first_new = 0; first_new < 2; first_new++) {
                struct candidates_set set = {.keep = keep[k], .first_new = first_new};
                struct candidates *c;
                assert_ok(candidates_open(&c, w.view, &set, w.pool, &e));
                for (int turn = 0; turn < 3; turn++) { // kept pairs, and those made again
                    struct seen s;
                    bool masks = turn != 1;
                    open_seen(&s, w.view->n);
                    assert_ok(candidates_each(c, masks, note, &s, &e));
                    check_seen(&w, &s, first_new, masks, candidates_pairs(c), seed,
                               turn ? "again" : "first");
                    close_seen(&s);
                }
                assert_false(candidates_stopped(c));
                candidates_close(c);
            }
        close_world(&w);
    }
}

static void patterns_are_counted(void **state)
{
    (void)state;
    struct error e = {0};
    for (uint64_t seed = 40; seed < 50; seed++) {
        struct world w;
        struct pattern_table one = {0}, masked;
        open_world(&w, seed, 2);
        struct candidates_set set = {.keep = 100};
        struct candidates *c;
        assert_ok(candidates_open(&c, w.view, &set, w.pool, &e));
        struct seen s;
        open_seen(&s, w.view->n);
        assert_ok(candidates_each(c, true, note, &s, &e));
        assert_ok(pattern_table_of(&masked, c, true, &e));
        assert_ok(pattern_table_of(&one, c, false, &e));
        uint64_t pairs = 0, pairs_masked = 0;
        for (uint64_t i = 0; i < masked.n; i++) {
            uint64_t expected = 0;
            for (size_t k = 0; k < (size_t)s.n * s.n; k++)
                expected += s.times[k] && s.pattern[k] == masked.rows[i].pattern &&
                            s.rules[k] == masked.rows[i].rules;
            assert_true(masked.rows[i].pairs == expected);
            assert_true(!i || masked.rows[i].pattern > masked.rows[i - 1].pattern ||
                        (masked.rows[i].pattern == masked.rows[i - 1].pattern &&
                         masked.rows[i].rules > masked.rows[i - 1].rules));
            pairs_masked += expected;
        }
        for (uint64_t i = 0; i < one.n; i++) {
            assert_true(one.rows[i].rules == 0);
            assert_true(!i || one.rows[i].pattern > one.rows[i - 1].pattern);
            pairs += one.rows[i].pairs;
        }
        assert_true(pairs == candidates_pairs(c) && pairs == pairs_masked);
        pattern_table_free(&one);
        pattern_table_free(&masked);
        close_seen(&s);
        candidates_close(c);
        close_world(&w);
    }
}

static bool same_tables(const struct pattern_table *a, const struct pattern_table *b)
{
    return a->n == b->n &&
           (!a->n || memcmp(a->rows, b->rows, a->n * sizeof *a->rows) == 0);
}

static void random_pairs_of(struct pattern_table *t, const struct world *w, uint64_t seed,
                            uint64_t enough, uint64_t most)
{
    struct error e = {0};
    struct random_pairs set = {seed, enough, most};
    assert_ok(pattern_table_random(t, w->view, &set, w->pool, &e));
}

static uint64_t pairs_in(const struct pattern_table *t)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < t->n; i++)
        n += t->rows[i].pairs;
    return n;
}

static void random_pairs(void **state)
{
    (void)state;
    for (uint64_t seed = 60; seed < 66; seed++) {
        struct world w, other;
        struct pattern_table whole, few, again, other_seed;
        open_world(&w, seed, 1);
        open_world(&other, seed, 3);
        // No more than `most`: every pair once.
        random_pairs_of(&whole, &w, 1, 0, 1000000);
        uint64_t all = 0;
        for (uint32_t a = 0; a < w.view->n; a++)
            for (uint32_t b = a + 1; b < w.view->n; b++) {
                if (!link_view_pairs(w.view, a, b))
                    continue;
                uint64_t p = link_view_pattern(w.view, w.scratch, a, b);
                uint64_t i = 0;
                while (i < whole.n && whole.rows[i].pattern != p)
                    i++;
                assert_true(i < whole.n && whole.rows[i].pairs > 0);
                all++;
            }
        assert_true(pairs_in(&whole) == all && link_all_pairs(w.view) == (double)all);
        // More than `most`: drawn, the same on any number of threads.
        if (all > 2) {
            random_pairs_of(&few, &w, 1, 1u << 30, 2);
            random_pairs_of(&again, &other, 1, 1u << 30, 2);
            random_pairs_of(&other_seed, &w, 2, 1u << 30, 2);
            assert_true(same_tables(&few, &again));
            assert_true(pairs_in(&few) >= 2);
            assert_true(whole.n == 1 || !same_tables(&few, &other_seed));
            // each pattern as often as among all pairs, within 5 standard errors
            double n = (double)pairs_in(&few);
            for (uint64_t i = 0, k = 0; i < whole.n; i++) {
                double share = (double)whole.rows[i].pairs / (double)all, found = 0;
                if (k < few.n && few.rows[k].pattern == whole.rows[i].pattern)
                    found = (double)few.rows[k++].pairs / n;
                if (fabs(found - share) > 5 * sqrt(share * (1 - share) / n) + 1e-9)
                    fail_msg("seed %" PRIu64 ": a pattern has %.5f of the draws, %.5f of "
                             "all pairs",
                             seed, found, share);
            }
            pattern_table_free(&few);
            pattern_table_free(&again);
            pattern_table_free(&other_seed);
        }
        pattern_table_free(&whole);
        close_world(&w);
        close_world(&other);
    }
}

// --- ended early, failures

struct stopping {
    unsigned calls, stop_at;
};

static bool stop(void *argument, double share)
{
    struct stopping *s = argument;
    assert_true(share > 0 && share <= 1);
    return s->calls++ < s->stop_at;
}

static void ended_early(void **state)
{
    (void)state;
    struct error e = {0};
    for (unsigned stop_at = 0; stop_at < 4; stop_at++) {
        struct world w;
        struct stopping stopping = {.stop_at = stop_at};
        open_world(&w, 70 + stop_at, 1);
        struct candidates_set set = {
            .keep = 100000, .progress = stop, .argument = &stopping};
        struct candidates *c;
        assert_ok(candidates_open(&c, w.view, &set, w.pool, &e));
        struct seen first, again;
        open_seen(&first, w.view->n);
        open_seen(&again, w.view->n);
        assert_ok(candidates_each(c, false, note, &first, &e));
        bool was_stopped = candidates_stopped(c);
        assert_int_equal(was_stopped, stopping.calls > stop_at);
        candidates_on_progress(c, NULL, NULL);
        assert_ok(candidates_each(c, true, note, &again, &e));
        // nothing new comes, and what came comes again
        for (size_t i = 0; i < (size_t)first.n * first.n; i++)
            assert_true(!was_stopped || again.times[i] == first.times[i]);
        close_seen(&first);
        close_seen(&again);
        candidates_close(c);
        close_world(&w);
    }
}

static enum err refuse(void *argument, unsigned thread, const struct candidate *pairs,
                       const uint32_t *rules, size_t n, struct error *e)
{
    (void)argument;
    (void)thread;
    (void)pairs;
    (void)rules;
    (void)n;
    return error_set(e, ERR_FULL, "test.full", NULL, "no more");
}

static void sink_fails(void **state)
{
    (void)state;
    struct error e = {0};
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct world w;
        open_world(&w, 80, threads);
        struct candidates_set set = {.keep = 1000};
        struct candidates *c;
        assert_ok(candidates_open(&c, w.view, &set, w.pool, &e));
        assert_int_equal(candidates_each(c, false, refuse, NULL, &e), ERR_FULL);
        assert_string_equal(e.text, "no more");
        candidates_close(c);
        close_world(&w);
    }
}

static void out_of_memory(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    unsigned failures = 0;
    open_world(&w, 80, 1);
    for (int64_t n = 0;; n++) {
        struct candidates_set set = {.keep = 1000};
        struct random_pairs draw = {1, 0, 10};
        struct candidates *c;
        struct pattern_table t = {0}, random = {0};
        mem_fail_after(n);
        enum err code = candidates_open(&c, w.view, &set, w.pool, &e);
        if (!code)
            code = pattern_table_of(&t, c, true, &e);
        if (!code)
            code = pattern_table_random(&random, w.view, &draw, w.pool, &e);
        int64_t made = mem_fail_after(-1);
        candidates_close(c);
        pattern_table_free(&t);
        pattern_table_free(&random);
        if (!code && made <= n)
            break;
        assert_true(!code ||
                    code == ERR_MEMORY); // pairs that cannot be kept are made again
        failures += code == ERR_MEMORY;
    }
    assert_true(failures > 10);
    close_world(&w);
}

static void no_pairs(void **state)
{
    (void)state;
    struct error e = {0};
    struct pool *pool;
    struct link_records *records;
    struct link_model *model;
    struct link_view *view;
    const char *const names[] = {"a"};
    const struct str cells[] = {STR("x")};
    const enum link_kind kinds[] = {LINK_RAW};
    assert_ok(pool_open(&pool, 1, &e));
    assert_ok(link_records_of(&records, names, 1, cells, 1, &e));
    assert_ok(link_records_clean(records, kinds, pool, &e));
    assert_ok(link_settings_read(
        &model,
        STR("{\"link_type\": \"dedupe_only\", \"comparisons\": [], "
            "\"blocking_rules_to_generate_predictions\": [\"l.a = r.a\"]}"),
        "test", &e));
    assert_ok(link_view_open(&view, records, model, pool, &e));
    struct pattern_table t;
    struct random_pairs set = {0};
    assert_int_equal(pattern_table_random(&t, view, &set, pool, &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "only one"));
    assert_true(e.cure[0]);
    link_view_close(view);
    link_model_close(model);
    link_records_close(records);
    pool_close(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_one_by_one), cmocka_unit_test(patterns_are_counted),
        cmocka_unit_test(random_pairs),  cmocka_unit_test(ended_early),
        cmocka_unit_test(sink_fails),    cmocka_unit_test(out_of_memory),
        cmocka_unit_test(no_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
