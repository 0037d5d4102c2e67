// SPDX-License-Identifier: AGPL-3.0-or-later
// Blocking rules in SQL, by way of a real view: block gives the pairs for which
// link_view_rule says that the rule holds, each at the first of them.
#include <stdio.h>

#include "../tap.h"
#include "base/rng.h"
#include "link/block.h"

enum { N = 400, COLUMNS = 4 };

static const char *const names[COLUMNS] = {"surname", "given", "born", "town"};
static const char *const rules[] = {
    "l.surname = r.surname AND l.born = r.born",
    "l.town = r.town AND levenshtein(l.surname, r.surname) <= 1",
    "heng_osa(l.given, r.given) <= 1 AND l.born = r.born AND l.town <> r.town",
    "heng_near(l.surname, r.surname, 1)",
    "l.town = r.town AND heng_near(l.given, r.given, 2)",
    "substr(l.born, 1, 4) = substr(r.born, 1, 4) AND l.given < r.given",
    "l.surname = r.given AND l.town = r.town",
};
enum { RULES = sizeof rules / sizeof *rules };

struct people {
    struct str cells[N * COLUMNS];
    char text[N * COLUMNS][32];
};

static void make_people(struct people *p, struct rng *r)
{
    static const char *const letters[] = {"a", "n", "张", "伟", "玮", "王", "芳", "é"};
    for (unsigned i = 0; i < N * COLUMNS; i++) {
        char *text = p->text[i];
        int n = 0;
        if (i % COLUMNS < 2)
            for (uint64_t k = rng_below(r, 5); k > 0; k--)
                n += snprintf(text + n, 8, "%s", letters[rng_below(r, 8)]);
        else if (i % COLUMNS == 2)
            n = snprintf(text, 32, "19%d0-01-0%d", (int)rng_below(r, 10),
                         (int)rng_below(r, 3) + 1);
        else
            n = snprintf(text, 32, "%s", letters[rng_below(r, 8)]);
        p->cells[i] = (struct str){text, rng_chance(r, 0.15) ? 0 : (size_t)n};
    }
}

struct given {
    uint8_t rule[N][N]; // number + 1
    uint8_t now;
    bool twice;
};

static enum err take(void *argument, const struct link_pair *pairs, size_t n,
                     struct error *e)
{
    (void)e;
    struct given *g = argument;
    for (size_t i = 0; i < n; i++) {
        uint8_t *x = &g->rule[pairs[i].left][pairs[i].right];
        g->twice |= *x != 0;
        *x = g->now;
    }
    return ERR_OK;
}

static void rules_of_a_model(void **state)
{
    (void)state;
    static struct people p;
    static struct given given;
    struct error e;
    struct rng r = rng_seed(2026);
    print_message("# seed 2026\n");
    struct link_records *records;
    struct link_model *model;
    struct link_view *view;
    struct link_scratch *scratch;
    struct link_blocks *b;
    struct pool *pool;
    make_people(&p, &r);
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(link_records_of(&records, names, COLUMNS, p.cells, N, &e));
    assert_ok(link_model_open(&model, &e));
    model->rules = ARENA_ARRAY(&model->arena, struct link_rule, RULES);
    assert_non_null(model->rules);
    for (unsigned i = 0; i < RULES; i++)
        model->rules[model->n_rules++].condition = str_of(rules[i]);
    assert_ok(link_view_open(&view, records, model, pool, &e));
    assert_ok(link_scratch_open(&scratch, view, 0, &e));
    assert_ok(link_blocks_open(&b, view, NULL, pool, &e));
    for (unsigned rule = 0; rule < RULES; rule++) {
        given.now = (uint8_t)(rule + 1);
        assert_ok(link_blocks_index(b, rule, &e));
        for (size_t i = 0; i < link_blocks_tasks(b); i++)
            assert_ok(link_blocks_run(b, i, scratch, take, &given, &e));
        assert_true(link_blocks_told(b, rule)->new_pairs > 0);
    }
    assert_false(given.twice);
    for (uint32_t left = 0; left < N; left++)
        for (uint32_t right = left + 1; right < N; right++) {
            unsigned first = 0;
            for (unsigned rule = RULES; rule > 0; rule--)
                if (link_view_rule(view, scratch, rule - 1, left, right))
                    first = rule;
            if (first != given.rule[left][right])
                fail_msg("%u and %u: rule %u, not %u", left, right,
                         given.rule[left][right], first);
        }
    link_blocks_close(b);
    link_scratch_close(scratch);
    link_view_close(view);
    link_model_close(model);
    link_records_close(records);
    pool_close(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rules_of_a_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
