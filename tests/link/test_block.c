// SPDX-License-Identifier: AGPL-3.0-or-later
// Pairs from blocking rules against loops over all pairs of records.
//
// Tables are made by hand and `rest` of a rule is a small test of this program, so that
// only block is under test here.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "block_table.h"
#include "link/block_private.h"

// ---- running

struct taken {
    uint8_t *rule; // [n * n] number + 1 of the rule that gave the pair
    uint32_t n;
    unsigned now;
    uint64_t pairs, order; // order: a hash of all pairs one after the other
    char key[RULES][64];   // skipped keys
    bool twice, wrong;
};

static enum err take(void *argument, const struct link_pair *pairs, size_t n,
                     struct error *e)
{
    (void)e;
    struct taken *t = argument;
    t->wrong |= n == 0 || n > 1024;
    for (size_t i = 0; i < n; i++) {
        t->wrong |= pairs[i].left >= pairs[i].right || pairs[i].right >= t->n;
        uint8_t *x = &t->rule[(size_t)pairs[i].left * t->n + pairs[i].right];
        t->twice |= *x != 0;
        *x = (uint8_t)(t->now + 1);
        t->pairs++;
        t->order = block_mix(t->order + pairs[i].left) + pairs[i].right;
    }
    return ERR_OK;
}

// All rules over a table; what each gave is told in *told when not NULL.
static struct taken run(const struct table *t, const struct block_options *options,
                        unsigned threads, struct block_told *told)
{
    struct error e;
    struct pool *pool;
    struct link_blocks *b;
    uint32_t n = t->view.n;
    struct taken out = {.rule = mem_alloc((size_t)n * n + 1, 1), .n = n};
    assert_non_null(out.rule);
    assert_ok(pool_open(&pool, threads, &e));
    assert_ok(link_blocks_open(&b, &t->view, options, pool, &e));
    for (out.now = 0; out.now < t->view.n_rules; out.now++) {
        assert_ok(link_blocks_index(b, out.now, &e));
        uint64_t before = out.pairs;
        for (size_t task = link_blocks_tasks(b); task > 0; task--)
            assert_ok(link_blocks_run(b, task - 1, NULL, take, &out, &e));
        const struct block_told *x = link_blocks_told(b, out.now);
        assert_int_equal(x->new_pairs, out.pairs - before);
        assert_true(x->pairs >= x->new_pairs);
        if (told)
            told[out.now] = *x;
        if (told && x->skipped_key.p) {
            size_t size = x->skipped_key.n < sizeof out.key[0] ? x->skipped_key.n
                                                               : sizeof out.key[0];
            memcpy(out.key[out.now], x->skipped_key.p, size);
            told[out.now].skipped_key = (struct str){NULL, size};
        }
    }
    link_blocks_close(b);
    pool_close(pool);
    assert_false(out.twice);
    assert_false(out.wrong);
    return out;
}

static void check_all(const struct table *t, const struct block_options *options,
                      unsigned threads)
{
    struct block_told told[RULES];
    struct taken got = run(t, options, threads, told);
    uint64_t holding[RULES] = {0}, most = options ? options->most_pairs : UINT64_MAX;
    for (uint32_t a = 0; a < t->view.n; a++)
        for (uint32_t b = a + 1; b < t->view.n; b++) {
            unsigned first = 0;
            for (unsigned rule = t->view.n_rules; rule > 0; rule--)
                if (rule_gives(t, rule - 1, a, b, most)) {
                    first = rule;
                    holding[rule - 1]++;
                }
            if (got.rule[(size_t)a * t->view.n + b] != first)
                fail_msg("records %u and %u: rule %u, not %u", a, b,
                         got.rule[(size_t)a * t->view.n + b], first);
        }
    for (unsigned rule = 0; rule < t->view.n_rules; rule++)
        assert_int_equal(told[rule].pairs, holding[rule]);
    mem_free(got.rule);
}

static void random_rules(struct table *t, struct rng *r, bool near)
{
    t->view.n_rules = 1 + (unsigned)rng_below(r, RULES);
    for (unsigned i = 0; i < t->view.n_rules; i++) {
        struct view_rule *rule = &t->rules[i];
        *rule = (struct view_rule){0};
        if (near)
            rule->near = (enum link_near)rng_below(r, 3);
        rule->near_column = (unsigned)rng_below(r, COLUMNS);
        rule->near_steps = 1 + (unsigned)rng_below(r, 3);
        rule->near_osa = rng_chance(r, 0.5);
        rule->n_equal = (unsigned)rng_below(r, 3) + (rule->near == LINK_NEAR_NONE);
        for (unsigned k = 0; k < rule->n_equal; k++)
            rule->equal[k] = (unsigned)rng_below(r, COLUMNS);
        if (rng_chance(r, 0.02))
            rule->n_equal = 0, rule->near = LINK_NEAR_NONE; // all pairs
        if (rng_chance(r, 0.3))
            rule->rest = &t->rest[rng_below(r, 2)];
    }
}

static void against_all_pairs(bool near, bool capped, unsigned rounds)
{
    uint64_t seed = 20260101u + (near ? 1u : 0u) + (capped ? 2u : 0u);
    if (getenv("HENG_SEED"))
        seed = strtoull(getenv("HENG_SEED"), NULL, 10);
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (unsigned round = 0; round < rounds; round++) {
        struct rng r = rng_stream(seed, round);
        struct table t;
        uint32_t n = round < 4 ? round : 20 + (uint32_t)rng_below(&r, 150);
        table_open(&t, n, (enum link_type)rng_below(&r, 3));
        table_fill(&t, &r, 1 + (unsigned)rng_below(&r, 4),
                   rng_chance(&r, 0.5) ? 0.4 : 0.1);
        random_rules(&t, &r, near);
        struct block_options options = {.most_pairs = 1 + rng_below(&r, 60)};
        if (!capped)
            options.most_pairs = UINT64_MAX;
        // a half are new, or a few (the others are chosen by their keys then)
        options.first_new = rng_chance(&r, 0.2)   ? n / 2
                            : rng_chance(&r, 0.4) ? n - (uint32_t)rng_below(&r, n / 4 + 1)
                                                  : 0;
        t.first_new = options.first_new;
        check_all(&t, &options, 1 + round % 3);
        table_close(&t);
    }
}

static void equal_rules_give_what_holds(void **state)
{
    (void)state;
    against_all_pairs(false, false, 120);
}

static void near_rules_give_what_holds(void **state)
{
    (void)state;
    against_all_pairs(true, false, 200);
}

static void large_blocks_are_passed_over(void **state)
{
    (void)state;
    against_all_pairs(false, true, 60);
    against_all_pairs(true, true, 100);
}

// ---- order of records, threads, tasks

// The same people in another order within their sources, all values numbered anew.
static void table_shuffled(struct table *to, const struct table *t, struct rng *r,
                           size_t *place)
{
    uint32_t n = t->view.n;
    table_open(to, n, t->view.type);
    for (uint32_t i = 0; i < n; i++) {
        place[i] = i;
        to->source[i] = t->source[i];
    }
    for (uint32_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && t->source[end] == t->source[i];)
            end++;
        rng_shuffle(r, place + i, end - i);
    }
    for (uint32_t i = 0; i < n; i++) // record place[i] of the old is record i
        for (unsigned c = 0; c < COLUMNS; c++) {
            uint32_t value = link_view_row(&t->view, (uint32_t)place[i])[c];
            if (value)
                to->cell[(size_t)i * COLUMNS + c] =
                    value_of(to, c, link_text(&t->columns[c], value));
        }
    memcpy(to->rules, t->rules, sizeof to->rules);
    to->view.n_rules = t->view.n_rules;
}

static void same_for_any_order_of_records(void **state)
{
    (void)state;
    uint64_t seed = 77;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (unsigned round = 0; round < 60; round++) {
        struct rng r = rng_stream(seed, round);
        struct table t, other;
        uint32_t n = 100 + (uint32_t)rng_below(&r, 150);
        size_t place[300];
        table_open(&t, n, (enum link_type)rng_below(&r, 3));
        table_fill(&t, &r, 1 + (unsigned)rng_below(&r, 3), 0.2);
        random_rules(&t, &r, true);
        for (unsigned i = 0; i < RULES; i++)
            t.rules[i].rest = NULL; // they look at numbers of values
        table_shuffled(&other, &t, &r, place);
        struct block_options options = {.most_pairs = 1 + rng_below(&r, 200),
                                        .most_total = (double)rng_below(&r, 3000)};
        struct block_told told[RULES], again[RULES];
        struct taken a = run(&t, &options, 1, told), b = run(&other, &options, 2, again);
        assert_int_equal(a.pairs, b.pairs);
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = i + 1; j < n; j++) {
                size_t x = place[i] < place[j] ? place[i] : place[j];
                size_t y = place[i] < place[j] ? place[j] : place[i];
                assert_int_equal(b.rule[(size_t)i * n + j], a.rule[x * n + y]);
            }
        assert_memory_equal(told, again, t.view.n_rules * sizeof *told);
        assert_memory_equal(a.key, b.key, sizeof a.key);
        mem_free(a.rule);
        mem_free(b.rule);
        table_close(&t);
        table_close(&other);
    }
}

static void same_for_any_number_of_threads(void **state)
{
    (void)state;
    struct rng r = rng_seed(5);
    struct table t;
    table_open(&t, 1500, LINK_LINK_AND_DEDUPE);
    table_fill(&t, &r, 3, 0.1);
    t.view.n_rules = 4;
    t.rules[0] = (struct view_rule){.n_equal = 2, .equal = {2, 0}};
    t.rules[1] = (struct view_rule){
        .n_equal = 1, .equal = {1}, .near = LINK_NEAR_EDIT, .near_column = 4};
    t.rules[2] = (struct view_rule){.n_equal = 1,
                                    .equal = {0},
                                    .near = LINK_NEAR_SORTED,
                                    .near_column = 3,
                                    .near_steps = 2};
    t.rules[3] = (struct view_rule){.n_equal = 1, .equal = {4}};
    struct block_options options = {.most_pairs = 20000};
    struct block_told told[RULES], again[RULES];
    struct taken first = run(&t, &options, 1, told);
    assert_in_range(first.pairs, 20000, 1500 * 1499 / 2);
    assert_true(told[1].new_pairs > 0 && told[2].new_pairs > 0 && told[3].new_pairs > 0);
    static const unsigned threads[] = {2, 3, 8};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        struct taken other = run(&t, &options, threads[i], again);
        assert_int_equal(other.order, first.order);
        assert_memory_equal(told, again, sizeof told);
        mem_free(other.rule);
    }
    mem_free(first.rule);
    table_close(&t);
}

struct hashed {
    uint64_t pairs, sum;
    uint64_t stop_after; // batches
};

static enum err hash_pairs(void *argument, const struct link_pair *pairs, size_t n,
                           struct error *e)
{
    struct hashed *h = argument;
    if (h->stop_after && --h->stop_after == 0)
        return error_set(e, ERR_BUSY, "test", NULL, "no more");
    for (size_t i = 0; i < n; i++)
        h->sum += block_mix((uint64_t)pairs[i].left << 32 | pairs[i].right);
    h->pairs += n;
    return ERR_OK;
}

struct at_once {
    struct link_blocks *b;
    struct hashed task[4096];
};

static void one_task(void *argument, size_t task, unsigned thread)
{
    (void)thread;
    struct at_once *a = argument;
    struct error e;
    assert_int_equal(link_blocks_run(a->b, task, NULL, hash_pairs, &a->task[task], &e),
                     ERR_OK);
}

// Many records and tasks on several threads at once; a task that runs again gives the
// same and is not counted twice; a sink that wants no more ends its task.
static void tasks_run_at_once_and_again(void **state)
{
    (void)state;
    static struct at_once a, again;
    enum { N = 60000, KEYS = 4000 };
    struct rng r = rng_seed(9);
    struct table t;
    struct error e;
    struct pool *pool;
    table_open(&t, N, LINK_DEDUPE_ONLY);
    t.columns[1].n_values = KEYS;
    t.view.n_rules = 1;
    t.rules[0] = (struct view_rule){.n_equal = 1, .equal = {1}};
    static uint32_t count[KEYS + 1], member[KEYS + 1][200];
    for (uint32_t i = 0; i < N; i++) {
        // a few frequent values, and many others
        uint32_t value = (uint32_t)rng_below(&r, 1 + rng_below(&r, KEYS));
        if (value == LINK_NULL || count[value] == 200)
            continue;
        t.cell[(size_t)i * COLUMNS + 1] = value;
        member[value][count[value]++] = i;
    }
    uint64_t pairs = 0, sum = 0;
    for (uint32_t k = 1; k <= KEYS; k++)
        for (uint32_t i = 0; i < count[k]; i++)
            for (uint32_t j = i + 1; j < count[k]; j++, pairs++)
                sum += block_mix((uint64_t)member[k][i] << 32 | member[k][j]);
    assert_ok(pool_open(&pool, 3, &e));
    assert_ok(link_blocks_open(&a.b, &t.view, NULL, pool, &e));
    assert_ok(link_blocks_index(a.b, 0, &e));
    size_t tasks = link_blocks_tasks(a.b);
    assert_in_range(tasks, 10, 4096);
    assert_int_equal(link_blocks_told(a.b, 0)->pairs, pairs);
    pool_run(pool, tasks, one_task, &a);
    again.b = a.b;
    pool_run(pool, tasks, one_task, &again);
    uint64_t got = 0, got_sum = 0;
    for (size_t i = 0; i < tasks; i++) {
        assert_int_equal(a.task[i].pairs, again.task[i].pairs);
        assert_int_equal(a.task[i].sum, again.task[i].sum);
        assert_in_range(a.task[i].pairs, i + 1 < tasks ? 4096 : 1, 40000);
        got += a.task[i].pairs;
        got_sum += a.task[i].sum;
    }
    assert_int_equal(got, pairs);
    assert_int_equal(got_sum, sum);
    assert_int_equal(link_blocks_told(a.b, 0)->new_pairs, pairs);
    struct hashed stops = {.stop_after = 2};
    assert_int_equal(link_blocks_run(a.b, 0, NULL, hash_pairs, &stops, &e), ERR_BUSY);
    assert_int_equal(stops.pairs, 1024);
    link_blocks_close(a.b);
    pool_close(pool);
    table_close(&t);
}

// ---- large blocks

static void one_block_of_all_is_passed_over_at_once(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct table t;
    struct error e;
    struct pool *pool;
    struct link_blocks *b;
    table_open(&t, N, LINK_DEDUPE_ONLY);
    uint32_t value = value_of(&t, 0, STR("same"));
    value_of(&t, 1, STR("also same"));
    for (uint32_t i = 0; i < N; i++)
        t.cell[(size_t)i * COLUMNS] = t.cell[(size_t)i * COLUMNS + 1] = value;
    t.view.n_rules = 2;
    t.rules[0] = (struct view_rule){.n_equal = 2, .equal = {0, 1}};
    t.rules[1] = (struct view_rule){.near = LINK_NEAR_EDIT, .near_column = 0};
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(link_blocks_open(&b, &t.view, NULL, pool, &e));
    for (unsigned rule = 0; rule < 2; rule++) {
        assert_ok(link_blocks_index(b, rule, &e));
        assert_int_equal(link_blocks_tasks(b), 0);
        const struct block_told *told = link_blocks_told(b, rule);
        assert_int_equal(told->pairs, 0);
        assert_int_equal(told->blocks, 1);
        assert_int_equal(told->largest_block, N);
        assert_int_equal(told->skipped_blocks, 1);
        assert_int_equal(told->skipped_records, N);
        assert_true(told->skipped_pairs == N * (N - 1.0) / 2);
        assert_true(str_equal_c(told->skipped_key, rule ? "same" : "same, also same"));
    }
    link_blocks_close(b);
    pool_close(pool);
    table_close(&t);
}

// Blocks of 10, 20, 20 and 30 records: 45, 190, 190 and 435 pairs.
static void the_largest_go_first_until_the_rest_fits(void **state)
{
    (void)state;
    static const struct {
        double most_total;
        uint64_t pairs, skipped;
        const char *key;
    } cases[] = {{1000, 860, 0, ""}, {860, 860, 0, ""}, {859, 425, 1, "d"},
                 {425, 425, 1, "d"}, {424, 45, 3, "d"}, {45, 45, 3, "d"},
                 {44, 0, 4, "d"}};
    static const uint32_t sizes[] = {10, 20, 20, 30};
    struct table t;
    table_open(&t, 90, LINK_DEDUPE_ONLY);
    static const char *const names[] = {"a", "b", "c", "d"};
    for (uint32_t k = 0, i = 0; k < 4; k++)
        for (uint32_t j = 0; j < sizes[k]; j++)
            t.cell[(size_t)i++ * COLUMNS + 2] = value_of(&t, 2, str_of(names[k]));
    t.view.n_rules = 1;
    t.rules[0] = (struct view_rule){.n_equal = 1, .equal = {2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct block_told told[RULES];
        struct block_options options = {.most_total = cases[i].most_total};
        struct taken got = run(&t, &options, 1, told);
        assert_int_equal(got.pairs, cases[i].pairs);
        assert_int_equal(told[0].pairs, cases[i].pairs);
        assert_int_equal(told[0].skipped_blocks, cases[i].skipped);
        assert_int_equal(told[0].null_records, 10);
        assert_string_equal(got.key[0], cases[i].key);
        mem_free(got.rule);
    }
    table_close(&t);
}

// ---- keys that need more than one word

// Numbers a, b, c, d of 32 bits: the key is a hash, and here are two of the same hash.
static void keys_of_the_same_hash_stay_apart(void **state)
{
    (void)state;
    enum { N = 40 };
    struct table t;
    struct error e;
    struct pool *pool;
    struct rng r = rng_seed(3);
    table_open(&t, N, LINK_DEDUPE_ONLY);
    for (unsigned c = 0; c < 4; c++)
        t.columns[c].n_values = UINT32_MAX - 1;
    uint64_t word[2][2] = {{0x1234567800000007u, 0x8888888899999999u}, {0x100000002u, 0}};
    word[1][1] = block_mix(word[0][0]) + word[0][1] - block_mix(word[1][0]);
    for (uint32_t i = 0; i < N; i++) {
        const uint64_t *w = word[rng_below(&r, 2)];
        for (unsigned c = 0; c < 4; c++)
            t.cell[(size_t)i * COLUMNS + c] = (uint32_t)(w[c / 2] >> (c % 2 ? 0 : 32));
        t.cell[(size_t)i * COLUMNS + 4] =
            value_of(&t, 4, rng_chance(&r, 0.5) ? STR("ab") : STR("b"));
    }
    struct block_key key;
    uint64_t k[2];
    block_key_make(&key, &t.view, (const unsigned[]){0, 1, 2, 3}, 4);
    assert_false(key.exact);
    uint32_t other = 1;
    while (t.cell[(size_t)other * COLUMNS] == t.cell[0])
        other++;
    assert_true(block_key_of(&key, t.cell, &k[0]));
    assert_true(block_key_of(&key, link_view_row(&t.view, other), &k[1]));
    assert_int_equal(k[0], k[1]);
    // what was passed over of the one is not of the other
    struct block_skip place[2] = {{.record = UINT32_MAX}, {.record = UINT32_MAX}};
    place[k[0] & 1] = (struct block_skip){.key = k[0], .record = 0};
    struct block_skips skips = {place, 1, 1};
    assert_true(block_skipped(&t.view, &skips, &key, BLOCK_SELF, k[0], 0));
    assert_false(block_skipped(&t.view, &skips, &key, BLOCK_SELF, k[0], other));
    assert_false(block_skipped(&t.view, &skips, &key, BLOCK_CROSS, k[0] + 1, 0));

    struct view_rule rule = {.n_equal = 4, .equal = {0, 1, 2, 3}, .near_column = 4};
    rule.near_steps = 1;
    t.view.n_rules = 1;
    assert_ok(pool_open(&pool, 1, &e));
    for (unsigned near = LINK_NEAR_NONE; near <= LINK_NEAR_SORTED; near++) {
        t.rules[0] = rule;
        t.rules[0].near = (enum link_near)near;
        check_all(&t, NULL, 1);
        double pairs, largest;
        if (near == LINK_NEAR_NONE) {
            struct taken got = run(&t, NULL, 1, NULL);
            assert_ok(link_block_cost(&t.view, 0, pool, &pairs, &largest, &e));
            assert_true(pairs == (double)got.pairs && largest < pairs);
            mem_free(got.rule);
        }
    }
    pool_close(pool);
    table_close(&t);
}

// ---- gathering

enum { GATHERED = 600000, KEYS_EACH = 8 };

static void emit_eight(const void *argument, uint32_t from, uint32_t to,
                       struct block_emit *out)
{
    (void)argument;
    for (uint32_t i = from; i < to; i++)
        for (uint32_t k = 0; k < KEYS_EACH; k++)
            block_emit(out, block_mix((uint64_t)(i / 3) * KEYS_EACH + k), i);
}

// More keys than one pass takes: three ids have each key.
static void passes_gather_all(void **state)
{
    (void)state;
    struct error e;
    struct pool *pool;
    struct block_groups g;
    struct block_input in = {.emit = emit_eight,
                             .n = GATHERED,
                             .expected = (uint64_t)GATHERED * KEYS_EACH,
                             .least = 2,
                             .keys = true};
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(block_group(&g, &in, pool, &e));
    assert_int_equal(g.n, GATHERED / 3 * KEYS_EACH);
    assert_int_equal(g.n_ids, GATHERED * KEYS_EACH);
    uint8_t *seen = mem_alloc(GATHERED / 3, 1);
    assert_non_null(seen);
    for (uint64_t i = 0; i < g.n; i++) {
        const uint32_t *id = g.id + g.run[i].first;
        assert_int_equal(g.run[i].size, 3);
        assert_true(id[0] % 3 == 0 && id[1] == id[0] + 1 && id[2] == id[0] + 2);
        unsigned k = 0;
        while (k < KEYS_EACH &&
               block_mix((uint64_t)(id[0] / 3) * KEYS_EACH + k) != g.key[i])
            k++;
        assert_true(k < KEYS_EACH);
        seen[id[0] / 3] |= (uint8_t)(1u << k);
    }
    for (uint32_t i = 0; i < GATHERED / 3; i++)
        assert_int_equal(seen[i], 0xff);
    mem_free(seen);
    block_groups_free(&g);
    pool_close(pool);
}

// ---- costs

static void costs_are_the_pairs_of_a_rule(void **state)
{
    (void)state;
    uint64_t seed = 4321;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct error e;
    struct pool *pool;
    assert_ok(pool_open(&pool, 2, &e));
    for (unsigned round = 0; round < 60; round++) {
        struct rng r = rng_stream(seed, round);
        struct table t;
        uint32_t n = (uint32_t)rng_below(&r, 200);
        table_open(&t, n, (enum link_type)rng_below(&r, 3));
        table_fill(&t, &r, 1 + (unsigned)rng_below(&r, 3), 0.2);
        random_rules(&t, &r, true);
        for (unsigned rule = 0; rule < t.view.n_rules; rule++) {
            t.rules[rule].rest = NULL;
            uint64_t pairs = 0, most = 0;
            for (uint32_t a = 0; a < n; a++) {
                for (uint32_t b = a + 1; b < n; b++)
                    pairs += link_view_pairs(&t.view, a, b) && rule_holds(&t, rule, a, b);
                uint64_t of_key = pairs_of_key(&t, &t.rules[rule], a);
                most = of_key > most ? of_key : most;
            }
            double cost, largest;
            assert_ok(link_block_cost(&t.view, rule, pool, &cost, &largest, &e));
            // near ones are estimates: a swap counts at both places
            if (t.rules[rule].near == LINK_NEAR_NONE) {
                assert_true(cost == (double)pairs);
                assert_true(largest == (double)most);
            } else if (t.view.type != LINK_LINK_ONLY) {
                assert_true(cost >= 0.5 * (double)pairs &&
                            cost <= 3.0 * (double)pairs + 50);
            }
        }
        table_close(&t);
    }
    pool_close(pool);
}

// ---- texts

static void long_texts(void **state)
{
    (void)state;
    char room[5][600];
    static const uint32_t lengths[] = {255, 256, 256, 257, 257};
    struct table t;
    table_open(&t, 10, LINK_DEDUPE_ONLY);
    for (unsigned i = 0; i < 5; i++) {
        memset(room[i], 'x', sizeof room[i]);
        room[i][100] = i == 2 ? 'y' : 'x'; // 1 and 2: a letter differs
        room[i][200] = i == 4 ? 'y' : 'x'; // 3 and 4: too long to be filed
        for (unsigned k = 0; k < 2; k++)
            t.cell[(i * 2 + k) * COLUMNS] =
                value_of(&t, 0, (struct str){room[i], lengths[i]});
    }
    t.view.n_rules = 1;
    t.rules[0] = (struct view_rule){.near = LINK_NEAR_EDIT, .near_column = 0};
    struct taken got = run(&t, NULL, 1, NULL);
    for (unsigned i = 0; i < 10; i++)
        for (unsigned j = i + 1; j < 10; j++) {
            bool near = i / 2 == j / 2 || (i / 2 < 3 && j / 2 < 3);
            assert_int_equal(got.rule[i * 10 + j], near);
        }
    mem_free(got.rule);
    table_close(&t);
}

static void texts_that_are_no_utf8(void **state)
{
    (void)state;
    static const char *const texts[] = {"\x80",
                                        "\x80\x80\x80\x80\x80\x80",
                                        "a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80",
                                        "\xff",
                                        "\xe5\xbc",
                                        "\xe5\xbc\xa0\x80",
                                        "ab\x80"};
    enum { N = sizeof texts / sizeof *texts * 2 };
    struct table t;
    table_open(&t, N, LINK_DEDUPE_ONLY);
    for (unsigned i = 0; i < N; i++)
        t.cell[i * COLUMNS] = value_of(&t, 0, str_of(texts[i / 2]));
    t.view.n_rules = 2;
    t.rules[0] =
        (struct view_rule){.near = LINK_NEAR_EDIT, .near_column = 0, .near_osa = true};
    t.rules[1] =
        (struct view_rule){.near = LINK_NEAR_SORTED, .near_column = 0, .near_steps = 9};
    struct taken got = run(&t, NULL, 1, NULL);
    assert_int_equal(got.pairs, N * (N - 1) / 2);
    for (unsigned i = 0; i < N; i += 2)
        assert_int_equal(got.rule[i * N + i + 1], 1);
    mem_free(got.rule);
    table_close(&t);
}

// ---- what goes wrong

static void sources_out_of_order_are_refused(void **state)
{
    (void)state;
    struct table t;
    struct error e;
    struct link_blocks *b;
    table_open(&t, 3, LINK_LINK_ONLY);
    t.source[1] = 1;
    assert_int_equal(link_blocks_open(&b, &t.view, NULL, NULL, &e), ERR_INTERNAL);
    assert_null(b);
    table_close(&t);
}

static enum err all_of_it(const struct table *t, struct pool *pool, struct error *e)
{
    struct link_blocks *b;
    struct hashed h = {0};
    struct block_options options = {.most_pairs = 30, .most_total = 2000};
    enum err code = link_blocks_open(&b, &t->view, &options, pool, e);
    for (unsigned rule = 0; !code && rule < t->view.n_rules; rule++) {
        code = link_blocks_index(b, rule, e);
        for (size_t i = 0; !code && i < link_blocks_tasks(b); i++)
            code = link_blocks_run(b, i, NULL, hash_pairs, &h, e);
        double pairs, largest;
        if (!code)
            code = link_block_cost(&t->view, rule, pool, &pairs, &largest, e);
    }
    link_blocks_close(b);
    return code;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    struct rng r = rng_seed(11);
    struct table t;
    struct error e;
    struct pool *pool;
    table_open(&t, 120, LINK_DEDUPE_ONLY);
    table_fill(&t, &r, 1, 0.1);
    t.view.n_rules = 3;
    t.rules[0] = (struct view_rule){.n_equal = 1, .equal = {2}};
    t.rules[1] = (struct view_rule){.near = LINK_NEAR_EDIT, .near_column = 0};
    t.rules[2] = (struct view_rule){.n_equal = 1,
                                    .equal = {1},
                                    .near = LINK_NEAR_SORTED,
                                    .near_column = 3,
                                    .near_steps = 2};
    assert_ok(pool_open(&pool, 1, &e));
    int64_t n = 0;
    enum err code = ERR_MEMORY;
    for (; code; n++) {
        mem_fail_after(n);
        code = all_of_it(&t, pool, &e);
        mem_fail_after(-1);
        if (code)
            assert_int_equal(code, ERR_MEMORY);
    }
    assert_true(n > 100);
    pool_close(pool);
    table_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_rules_give_what_holds),
        cmocka_unit_test(near_rules_give_what_holds),
        cmocka_unit_test(large_blocks_are_passed_over),
        cmocka_unit_test(same_for_any_order_of_records),
        cmocka_unit_test(same_for_any_number_of_threads),
        cmocka_unit_test(tasks_run_at_once_and_again),
        cmocka_unit_test(one_block_of_all_is_passed_over_at_once),
        cmocka_unit_test(the_largest_go_first_until_the_rest_fits),
        cmocka_unit_test(keys_of_the_same_hash_stay_apart),
        cmocka_unit_test(passes_gather_all),
        cmocka_unit_test(costs_are_the_pairs_of_a_rule),
        cmocka_unit_test(long_texts),
        cmocka_unit_test(texts_that_are_no_utf8),
        cmocka_unit_test(sources_out_of_order_are_refused),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
