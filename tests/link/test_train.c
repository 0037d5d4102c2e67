// SPDX-License-Identifier: AGPL-3.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "link/score.h"
#include "link/settings.h"
#include "link/train.h"

enum { NULL_LEVEL, EXACT, CLOSE, OTHER, LEVELS, BITS = 2, MOST = 6, MASKS = 4 };

struct rates { // of the levels of one comparison; of null first, then of what is left
    double null, exact, close;
};

struct world {
    unsigned n;
    struct rates m[MOST], u[MOST], of_alike[MOST];
    double prior, alike; // shares of matches and of look-alikes, who are two people
    // The second follows the first: when it agrees exactly, so does the second, with this
    // probability, among pairs of two people (and of one).
    unsigned leads, follows;
    double follows_in_u, follows_in_m;
    const enum link_kind *kinds; // of a model that does not say them; NULL: not known
    int rule_on[2]; // the comparison whose exact agreement a rule asks for; -1: no rule
    struct link_model *model;
    struct link_view view;
    struct view_comparison comparisons[MOST];
};

struct drawn {
    double pairs[MASKS][1 << (MOST * BITS)];   // candidates by rules that hold
    double matches[MASKS][1 << (MOST * BITS)]; // those of one person
    double all[1 << (MOST * BITS)];
    double n_matches, n_found;
};

// A model with comparisons a, b, c, ... of four levels, and a view of it without records.
static void open_world(struct world *w)
{
    struct error e = {0};
    struct buf b = BUF_INIT(1 << 16);
    buf_add_c(&b, "{\"link_type\": \"dedupe_only\", \"comparisons\": [");
    for (unsigned c = 0; c < w->n; c++) {
        char x = (char)('a' + c);
        buf_printf(
            &b,
            "%s{\"output_column_name\": \"%c\", \"comparison_levels\": ["
            "{\"sql_condition\": \"\\\"%c_l\\\" IS NULL OR \\\"%c_r\\\" IS NULL\","
            " \"is_null_level\": true},"
            "{\"sql_condition\": \"\\\"%c_l\\\" = \\\"%c_r\\\"\"},"
            "{\"sql_condition\": \"levenshtein(\\\"%c_l\\\", \\\"%c_r\\\") <= 1\"},"
            "{\"sql_condition\": \"ELSE\"}]}",
            c ? "," : "", x, x, x, x, x, x, x);
    }
    buf_add_c(&b, "], \"blocking_rules_to_generate_predictions\": [");
    unsigned n_rules = 0;
    for (unsigned r = 0; r < 2; r++)
        if (w->rule_on[r] >= 0)
            buf_printf(&b, "%s\"l.%c = r.%c\"", n_rules++ ? "," : "", 'a' + w->rule_on[r],
                       'a' + w->rule_on[r]);
    if (!n_rules)
        buf_add_c(&b, "\"1=1\"");
    buf_add_c(&b, "]}");
    assert_ok(link_settings_read(&w->model, buf_str(&b), "test", &e));
    buf_free(&b);
    for (unsigned c = 0; c < w->n; c++)
        w->comparisons[c] = (struct view_comparison){.n_levels = LEVELS,
                                                     .shift = c * BITS,
                                                     .bits = BITS,
                                                     .null_level = NULL_LEVEL};
    w->view = (struct link_view){.comparisons = w->comparisons, .n_comparisons = w->n};
}

static unsigned draw_level(struct rng *r, const struct rates *p)
{
    if (rng_chance(r, p->null))
        return NULL_LEVEL;
    double x = rng_uniform(r);
    return x < p->exact ? EXACT : x < p->exact + p->close ? CLOSE : OTHER;
}

static void draw_pairs(const struct world *w, struct rng *r, unsigned n, struct drawn *d)
{
    memset(d, 0, sizeof *d);
    for (unsigned i = 0; i < n; i++) {
        bool match = rng_chance(r, w->prior);
        unsigned level[MOST], pattern = 0, mask = 0;
        bool alike = !match && w->alike > 0 && rng_chance(r, w->alike);
        for (unsigned c = 0; c < w->n; c++)
            level[c] = draw_level(r, match   ? &w->m[c]
                                     : alike ? &w->of_alike[c]
                                             : &w->u[c]);
        if (w->leads != w->follows && level[w->leads] == EXACT &&
            rng_chance(r, match ? w->follows_in_m : w->follows_in_u))
            level[w->follows] = EXACT;
        for (unsigned c = 0; c < w->n; c++)
            pattern |= level[c] << (c * BITS);
        for (unsigned q = 0; q < 2; q++)
            mask |= (unsigned)(w->rule_on[q] >= 0 && level[w->rule_on[q]] == EXACT) << q;
        if (w->rule_on[0] < 0)
            mask = 1;
        d->all[pattern]++;
        d->n_matches += match;
        if (mask) {
            d->n_found += match;
            d->pairs[mask][pattern]++;
            d->matches[mask][pattern] += match;
        }
    }
}

static void table_of(struct pattern_table *t, double (*counts)[1 << (MOST * BITS)],
                     unsigned n_masks, bool random)
{
    t->n = 0;
    t->rows = mem_alloc((size_t)n_masks << (MOST * BITS), sizeof *t->rows);
    assert_non_null(t->rows);
    for (unsigned p = 0; p < 1u << (MOST * BITS); p++)
        for (unsigned k = 0; k < n_masks; k++)
            if (counts[k][p] > 0)
                t->rows[t->n++] =
                    (struct pattern_row){p, random ? 0 : k, (uint64_t)counts[k][p]};
}

struct learned {
    struct arena arena;
    struct train_told told;
};

static void learn(struct world *w, struct drawn *d, double all_pairs, struct learned *out)
{
    struct error e = {0};
    struct pattern_table candidates, random;
    arena_init(&out->arena, 0);
    table_of(&candidates, d->pairs, MASKS, false);
    table_of(&random, &d->all, 1, true);
    struct train_tables tables = {&candidates, &random, all_pairs, w->kinds};
    assert_ok(train_joint(w->model, &w->view, &tables, &out->arena, &out->told, &e));
    pattern_table_free(&candidates);
    pattern_table_free(&random);
}

// Five standard errors of a share among n, wider by a tenth for what EM does not see, and
// the pull of its two pairs of start values.
static void check_share(const char *what, uint64_t seed, unsigned c, double found,
                        double expected, double n)
{
    double tolerance = 5.5 * sqrt(expected * (1 - expected) / n) + 2 / n + 1e-9;
    if (fabs(found - expected) > tolerance)
        fail_msg("seed %" PRIu64 ": %s of %c is %.5f, expected %.5f +- %.5f", seed, what,
                 'a' + c, found, expected, tolerance);
}

static struct world four(void)
{
    return (struct world){
        .n = 4,
        .m = {{0.02, 0.90, 0.06}, {0.05, 0.80, 0.12}, {0, 0.85, 0.10}, {0.1, 0.7, 0.2}},
        .u = {{0.02, 0.01, 0.02},
              {0.05, 0.002, 0.01},
              {0, 0.05, 0.05},
              {0.1, 0.01, 0.03}},
        .prior = 0.004,
        .rule_on = {-1, -1}};
}

// All pairs are candidates: m, u and the prior are those that the pairs were drawn with.
static void joint_recovers(void **state)
{
    (void)state;
    struct drawn *d = mem_alloc(1, sizeof *d);
    assert_non_null(d);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct rng r = rng_stream(2026, seed);
        struct world w = four();
        struct learned out;
        enum { PAIRS = 600000 };
        open_world(&w);
        draw_pairs(&w, &r, PAIRS, d);
        learn(&w, d, PAIRS, &out);
        assert_true(out.told.session.converged);
        assert_false(out.told.session.drifted);
        for (unsigned c = 0; c < w.n; c++) {
            const struct link_level *l = w.model->comparisons[c].levels;
            double known_m = d->n_matches * (1 - w.m[c].null);
            double known_u = PAIRS * (1 - w.u[c].null);
            check_share("m exact", seed, c, l[EXACT].m, w.m[c].exact, known_m);
            check_share("m close", seed, c, l[CLOSE].m, w.m[c].close, known_m);
            check_share("u exact", seed, c, l[EXACT].u, w.u[c].exact, known_u);
            check_share("u close", seed, c, l[CLOSE].u, w.u[c].close, known_u);
            assert_true(fabs(l[EXACT].m + l[CLOSE].m + l[OTHER].m - 1) < 1e-9);
            assert_true(fabs(l[EXACT].u + l[CLOSE].u + l[OTHER].u - 1) < 1e-3);
        }
        check_share("prior", seed, 0, w.model->prior, w.prior, PAIRS);
        assert_true(out.told.blocking_recall == 1);
        arena_free(&out.arena);
        link_model_close(w.model);
    }
    mem_free(d);
}

// Candidates agree on a or on b. Counted among them, m is too high (by Bayes' rule, a
// match is a candidate more often when it agrees); the joint estimate is not.
static void joint_is_free_of_blocking(void **state)
{
    (void)state;
    struct drawn *d = mem_alloc(1, sizeof *d);
    assert_non_null(d);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct rng r = rng_stream(7, seed);
        struct world w = four();
        struct learned out;
        enum { PAIRS = 600000 };
        w.m[0] = (struct rates){0, 0.75, 0.15};
        w.m[1] = (struct rates){0, 0.6, 0.25};
        w.rule_on[0] = 0;
        w.rule_on[1] = 1;
        open_world(&w);
        draw_pairs(&w, &r, PAIRS, d);
        double naive[2] = {0}, by_other[2] = {0};
        for (unsigned mask = 1; mask < MASKS; mask++)
            for (unsigned p = 0; p < 1u << (MOST * BITS); p++)
                for (unsigned c = 0; c < 2; c++) {
                    unsigned level = p >> (c * BITS) & 3;
                    naive[c] += level == EXACT ? d->matches[mask][p] : 0;
                    by_other[c] += mask & ~(1u << c) ? d->matches[mask][p] : 0;
                }
        learn(&w, d, PAIRS, &out);
        for (unsigned c = 0; c < 2; c++) {
            double bias = naive[c] / d->n_found - w.m[c].exact;
            assert_true(bias > 0.05);
            check_share("m exact", seed, c, w.model->comparisons[c].levels[EXACT].m,
                        w.m[c].exact, by_other[c]);
        }
        // Matches that no rule gave: (1 - .75) (1 - .6) of all.
        double recall = 0.9;
        if (fabs(out.told.blocking_recall - recall) > 0.03)
            fail_msg("seed %" PRIu64 ": recall of blocking %.4f, expected %.4f", seed,
                     out.told.blocking_recall, recall);
        double prior = w.model->prior;
        if (fabs(prior / w.prior - 1) > 0.1)
            fail_msg("seed %" PRIu64 ": prior %.5f, expected %.5f", seed, prior, w.prior);
        arena_free(&out.arena);
        link_model_close(w.model);
    }
    mem_free(d);
}

static const struct account_dependence *dependence_of(const struct train_told *told,
                                                      unsigned a, unsigned b)
{
    for (unsigned i = 0; i < told->n_dependences; i++)
        if (told->dependences[i].a == a && told->dependences[i].b == b)
            return &told->dependences[i];
    fail_msg("nothing is told of %u and %u", a, b);
    return NULL;
}

// Post code and town: a post code lies in one town, so that those who share the code
// share the town.
static void dependence_is_corrected(void **state)
{
    (void)state;
    struct drawn *d = mem_alloc(1, sizeof *d);
    assert_non_null(d);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct rng r = rng_stream(11, seed);
        struct world w = four();
        struct learned out;
        enum { PAIRS = 600000, CODE = 2, TOWN = 3 };
        w.n = 5;
        w.m[4] = (struct rates){0, 0.9, 0.05};
        w.u[4] = (struct rates){0, 0.004, 0.01};
        w.m[CODE] = (struct rates){0, 0.9, 0.05};
        w.u[CODE] = (struct rates){0, 0.01, 0.01};
        w.m[TOWN] = (struct rates){0, 0.9, 0.05};
        w.u[TOWN] = (struct rates){0, 0.02, 0.01};
        w.leads = CODE;
        w.follows = TOWN;
        w.follows_in_u = w.follows_in_m = 1;
        open_world(&w);
        draw_pairs(&w, &r, PAIRS, d);
        learn(&w, d, PAIRS, &out);
        const struct account_dependence *told = dependence_of(&out.told, CODE, TOWN);
        assert_true(told->corrected);
        // Mutual information of the two events "exact" alone, in bits, is a lower bound.
        double town = 0.01 + 0.99 * 0.02, both = 0.01;
        double least = both * log2(both / (0.01 * town)) +
                       (town - both) * log2((town - both) / (0.99 * town)) +
                       (1 - town) * log2((1 - town) / (0.99 * (1 - town)));
        assert_true(told->mutual_information > 0.95 * least);
        assert_int_equal(w.model->n_dependence, 1);
        const struct link_dependence *c = &w.model->dependence[0];
        assert_true(c->a == CODE && c->b == TOWN);
        // In u they meet both / (code * town) times as often as the product says; in m
        // .9 / (.9 (.9 + .1 * .9)).
        double theory = log2(0.9 / (0.9 * 0.99)) - log2(both / (0.01 * town));
        double found = c->log2[EXACT * LEVELS + EXACT];
        if (fabs(found - theory) > 0.1)
            fail_msg("seed %" PRIu64 ": the correction is %.3f bits, expected %.3f", seed,
                     found, theory);
        for (unsigned k = 0; k < LEVELS; k++)
            assert_true(c->log2[k] == 0 && c->log2[k * LEVELS] == 0); // null says nothing
        arena_free(&out.arena);
        link_model_close(w.model);
    }
    mem_free(d);
}

static void independent_is_left_alone(void **state)
{
    (void)state;
    struct drawn *d = mem_alloc(1, sizeof *d);
    assert_non_null(d);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct rng r = rng_stream(12, seed);
        struct world w = four();
        struct learned out;
        enum { PAIRS = 400000 };
        open_world(&w);
        draw_pairs(&w, &r, PAIRS, d);
        learn(&w, d, PAIRS, &out);
        assert_int_equal(w.model->n_dependence, 0);
        assert_int_equal(out.told.n_dependences, 6);
        for (unsigned i = 0; i < 6; i++) {
            assert_false(out.told.dependences[i].corrected);
            // 2 N ln 2 times it is chi-squared with 4 degrees: below 40 for sure
            if (out.told.dependences[i].mutual_information > 40 / (2 * M_LN2 * PAIRS))
                fail_msg("seed %" PRIu64 ": %g bits between independent columns", seed,
                         out.told.dependences[i].mutual_information);
        }
        arena_free(&out.arena);
        link_model_close(w.model);
    }
    mem_free(d);
}

// Shops of one town: few matches, and many pairs of two that agree in much. EM would
// settle on these; it is stopped where the matches stood out.
static void drift_is_stopped(void **state)
{
    (void)state;
    struct drawn *d = mem_alloc(1, sizeof *d);
    struct drawn *more = mem_alloc(1, sizeof *more);
    assert_non_null(d);
    assert_non_null(more);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct rng r = rng_stream(5, seed);
        struct world w = {.n = 4, .rule_on = {-1, -1}};
        struct learned out;
        enum { PAIRS = 300000, TOWN = 30000 };
        for (unsigned c = 0; c < 4; c++) {
            w.m[c] = (struct rates){0, 0.7, 0.15};
            w.u[c] = (struct rates){0, 0.005, 0.02};
        }
        w.prior = 100.0 / PAIRS;
        open_world(&w);
        draw_pairs(&w, &r, PAIRS, d);
        struct world town = w;
        town.prior = 0;
        for (unsigned c = 0; c < 4; c++)
            town.u[c] = (struct rates){0, 0.08, 0.3};
        draw_pairs(&town, &r, TOWN, more);
        for (unsigned p = 0; p < 1u << (MOST * BITS); p++) {
            d->pairs[1][p] += more->pairs[1][p];
            d->all[p] += more->all[p];
        }
        learn(&w, d, PAIRS + TOWN, &out);
        if (!out.told.session.drifted || out.told.expected_matches > 400)
            fail_msg("seed %" PRIu64 ": %g matches expected, there are %g (drifted: %d)",
                     seed, out.told.expected_matches, d->n_matches,
                     (int)out.told.session.drifted);
        for (unsigned c = 0; c < 4; c++)
            assert_true(w.model->comparisons[c].levels[EXACT].m > 0.5);
        arena_free(&out.arena);
        link_model_close(w.model);
    }
    mem_free(more);
    mem_free(d);
}

// --- start values, u, uses

static const enum link_kind namesake_kinds[] = {LINK_NAME, LINK_NAME, LINK_DATE,
                                                LINK_CODE, LINK_EMAIL};

// People of one name whose e-mail addresses hold it: twice as many pairs as matches.
static struct world namesakes(void)
{
    return (struct world){.n = 5,
                          .m = {{0, 0.90, 0.08},
                                {0, 0.90, 0.08},
                                {0.02, 0.88, 0.11},
                                {0.02, 0.86, 0.12},
                                {0.04, 0.86, 0.14}},
                          .u = {{0, 0.01, 0.01},
                                {0, 0.005, 0.005},
                                {0.02, 0.002, 0.02},
                                {0.02, 0.002, 0.01},
                                {0.04, 0.0005, 0.001}},
                          .of_alike = {{0, 1, 0},
                                       {0, 1, 0},
                                       {0.02, 0.002, 0.02},
                                       {0.02, 0.002, 0.01},
                                       {0.04, 0.001, 0.95}},
                          .prior = 0.002,
                          .alike = 0.004,
                          .rule_on = {0, 2}};
}

static void namesakes_are_no_matches(void **state)
{
    (void)state;
    struct drawn *d = mem_alloc(1, sizeof *d);
    assert_non_null(d);
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (unsigned known = 0; known < 2; known++) {
            struct rng r = rng_stream(77, seed);
            struct world w = namesakes();
            struct learned out;
            enum { PAIRS = 600000 };
            w.kinds = known ? namesake_kinds : NULL;
            open_world(&w);
            draw_pairs(&w, &r, PAIRS, d);
            learn(&w, d, PAIRS, &out);
            double expected = out.told.expected_matches / d->n_matches;
            print_message("seed %" PRIu64 ", kinds %s: %.3f of the matches expected\n",
                          seed, known ? "known" : "not known", expected);
            const struct link_level *born = w.model->comparisons[2].levels;
            if (known) {
                assert_true(fabs(expected - 1) < 0.03);
                assert_true(fabs(w.model->alike_prior / w.alike - 1) < 0.1);
                assert_true(fabs(born[EXACT].m - w.m[2].exact) < 0.02);
                assert_true(born[EXACT].alike < 0.01);
            } else { // what two classes make of it
                assert_true(expected > 1.3);
                assert_true(w.model->alike_prior == 0);
            }
            arena_free(&out.arena);
            link_model_close(w.model);
        }
    mem_free(d);
}

// Independent columns: two classes say it all, and no third one is made up.
static void no_look_alikes_without_need(void **state)
{
    (void)state;
    struct drawn *d = mem_alloc(1, sizeof *d);
    assert_non_null(d);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct rng r = rng_stream(78, seed);
        struct world w = namesakes();
        struct learned out;
        enum { PAIRS = 600000 };
        w.kinds = namesake_kinds;
        w.alike = 0;
        open_world(&w);
        draw_pairs(&w, &r, PAIRS, d);
        learn(&w, d, PAIRS, &out);
        assert_true(w.model->alike_prior == 0);
        assert_true(fabs(out.told.expected_matches / d->n_matches - 1) < 0.02);
        arena_free(&out.arena);
        link_model_close(w.model);
    }
    mem_free(d);
}

static void starts(void **state)
{
    (void)state;
    struct world w = four();
    open_world(&w);
    struct link_level *b = w.model->comparisons[1].levels;
    b[CLOSE].m = 0.3;
    train_start(w.model);
    const struct link_level *a = w.model->comparisons[0].levels;
    assert_true(isnan(a[NULL_LEVEL].m));
    assert_true(a[EXACT].m == 0.95);
    assert_true(fabs(a[CLOSE].m - 0.025) < 1e-12 && fabs(a[OTHER].m - 0.025) < 1e-12);
    assert_true(b[EXACT].m == 0.95 && b[CLOSE].m == 0.3); // what is known stays
    link_model_close(w.model);
}

static void u_of_random_pairs(void **state)
{
    (void)state;
    struct world w = four();
    w.n = 2;
    open_world(&w);
    w.model->comparisons[1].levels[EXACT].u = 0.125;
    w.model->comparisons[1].levels[EXACT].fix_u = true;
    struct pattern_row rows[] = {{EXACT | EXACT << BITS, 0, 10},
                                 {OTHER | EXACT << BITS, 0, 70},
                                 {OTHER | OTHER << BITS, 0, 20},
                                 {NULL_LEVEL | OTHER << BITS, 0, 900}};
    struct pattern_table t = {rows, 4};
    train_u(w.model, &w.view, &t);
    const struct link_level *a = w.model->comparisons[0].levels;
    const struct link_level *b = w.model->comparisons[1].levels;
    assert_true(isnan(a[NULL_LEVEL].u));
    assert_true(fabs(a[EXACT].u - 0.1) < 1e-12); // nulls do not count
    assert_true(fabs(a[OTHER].u - 0.9) < 1e-12);
    assert_true(fabs(a[CLOSE].u - 0.005) < 1e-12); // never met: half a pair
    assert_true(b[EXACT].u == 0.125);              // fixed
    assert_true(fabs(b[OTHER].u - 0.92) < 1e-12);
    link_model_close(w.model);
}

static void uses(void **state)
{
    (void)state;
    struct error e = {0};
    struct world w = four();
    open_world(&w);
    struct link_rule rules[] = {
        {STR("l.A = r.A")},
        {STR("substr(l.\"b\", 1, 3) = substr(r.\"b\", 1, 3) AND l.c = r.c")},
        {STR("1=1")}};
    w.model->rules = rules;
    w.model->n_rules = 3;
    // names in each other's place: comparison d looks at a as well
    w.model->comparisons[3].levels[CLOSE].condition =
        STR("\"d_l\" = \"a_r\" AND \"a_l\" = \"d_r\"");
    uint32_t found[LINK_MAX_COMPARISONS];
    assert_ok(train_uses(w.model, found, &e));
    assert_int_equal(found[0], 1);
    assert_int_equal(found[1], 2);
    assert_int_equal(found[2], 2);
    assert_int_equal(found[3], 1);
    rules[0].condition = STR("l.a = ");
    assert_int_equal(train_uses(w.model, found, &e), ERR_INPUT);
    link_model_close(w.model);
}

// --- Splink's sessions

// One round by hand. Prior odds .01/.99, times m / u = 9 of the comparison that the rule
// looks at: 1/11. b exact: .95/.1 = 9.5, so p = 9.5/20.5; b other: .05/.9 = 1/18, so
// p = 1/199; b null: p = 1/12.
static void session_by_hand(void **state)
{
    (void)state;
    struct error e = {0};
    struct world w = four();
    w.n = 2;
    open_world(&w);
    struct link_level *a = w.model->comparisons[0].levels;
    struct link_level *b = w.model->comparisons[1].levels;
    w.model->prior = 0.01;
    w.model->max_iterations = 1;
    a[EXACT].m = 0.9;
    a[EXACT].u = 0.1;
    a[CLOSE].m = a[CLOSE].u = a[OTHER].m = a[OTHER].u = 0.05;
    b[EXACT].m = 0.95;
    b[EXACT].u = 0.1;
    b[CLOSE].m = b[CLOSE].u = 0; // not met
    b[OTHER].m = 0.05;
    b[OTHER].u = 0.9;
    struct pattern_row rows[] = {{EXACT | NULL_LEVEL << BITS, 0, 12}, // 1 match
                                 {EXACT | EXACT << BITS, 0, 82},      // 38
                                 {EXACT | OTHER << BITS, 0, 199}};    // 1
    struct pattern_table t = {rows, 3};
    bool skip[] = {true, false};
    double found[2 * LEVELS];
    struct arena arena;
    struct account_session told = {0};
    arena_init(&arena, 0);
    assert_ok(train_session(w.model, &w.view, &t, skip, found, &arena, &told, &e));
    for (unsigned k = 0; k <= LEVELS; k++) // the skipped one, and the null level
        assert_true(isnan(found[k]));
    assert_true(fabs(found[LEVELS + EXACT] - 38.0 / 39) < 1e-12);
    assert_true(found[LEVELS + CLOSE] == 0);
    assert_true(fabs(found[LEVELS + OTHER] - 1.0 / 39) < 1e-12);
    assert_int_equal(told.n, 1);
    assert_false(told.converged);
    // what changed most is the prior of the rule: 40/293 from 1/12
    assert_true(fabs(told.change[0] - (40.0 / 293 - 1.0 / 12)) < 1e-12);
    assert_true(b[EXACT].m == 0.95); // the model has not changed

    w.model->max_iterations = 100;
    w.model->em_convergence = 0.5;
    assert_ok(train_session(w.model, &w.view, &t, skip, found, &arena, &told, &e));
    assert_true(told.converged && told.n == 1);
    struct pattern_table none = {rows, 0}; // a rule that gives no pair changes nothing
    assert_ok(train_session(w.model, &w.view, &none, skip, found, &arena, &told, &e));
    assert_true(found[LEVELS + EXACT] == 0.95);
    arena_free(&arena);
    link_model_close(w.model);
}

static void medians(void **state)
{
    (void)state;
    struct error e = {0};
    struct world w = four();
    w.n = 2;
    open_world(&w);
    struct link_level *a = w.model->comparisons[0].levels;
    struct link_level *b = w.model->comparisons[1].levels;
    a[EXACT].m = 0.5;
    b[CLOSE].m = 0.4;
    b[CLOSE].fix_m = true;
    double one[] = {NAN, NAN, 0.1, 0.9, NAN, 0.7, 0.1, 0.2};
    double two[] = {NAN, NAN, 0.3, 0.7, NAN, 0.2, 0.1, 0.7};
    double three[] = {NAN, NAN, NAN, NAN, NAN, 0.6, 0.1, 0.3};
    const double *found[] = {one, two, three};
    assert_ok(train_median(w.model, found, 3, &e));
    assert_true(a[EXACT].m == 0.5); // learned in none: as it was
    assert_true(fabs(a[CLOSE].m - 0.2) < 1e-12 && fabs(a[OTHER].m - 0.8) < 1e-12);
    assert_true(b[EXACT].m == 0.6 && b[CLOSE].m == 0.4 && b[OTHER].m == 0.3);
    mem_fail_after(0);
    assert_int_equal(train_median(w.model, found, 3, &e), ERR_MEMORY);
    mem_fail_after(-1);
    link_model_close(w.model);
}

static void out_of_memory(void **state)
{
    (void)state;
    struct error e = {0};
    struct drawn *d = mem_alloc(1, sizeof *d);
    assert_non_null(d);
    struct rng r = rng_seed(3);
    struct world w = namesakes();
    open_world(&w);
    draw_pairs(&w, &r, 20000, d);
    struct pattern_table candidates, random;
    table_of(&candidates, d->pairs, MASKS, false);
    table_of(&random, &d->all, 1, true);
    struct train_tables tables = {&candidates, &random, 20000, namesake_kinds};
    bool done = false;
    unsigned failures = 0;
    for (int64_t n = 0; !done; n++) {
        struct arena arena;
        struct train_told told;
        arena_init(&arena, 0);
        mem_fail_after(n);
        enum err code = train_joint(w.model, &w.view, &tables, &arena, &told, &e);
        mem_fail_after(-1);
        done = !code;
        if (code)
            assert_int_equal(code, ERR_MEMORY);
        failures += code != ERR_OK;
        arena_free(&arena);
    }
    assert_true(failures > 1);
    pattern_table_free(&candidates);
    pattern_table_free(&random);
    link_model_close(w.model);
    mem_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joint_recovers),
        cmocka_unit_test(joint_is_free_of_blocking),
        cmocka_unit_test(dependence_is_corrected),
        cmocka_unit_test(independent_is_left_alone),
        cmocka_unit_test(drift_is_stopped),
        cmocka_unit_test(namesakes_are_no_matches),
        cmocka_unit_test(no_look_alikes_without_need),
        cmocka_unit_test(starts),
        cmocka_unit_test(u_of_random_pairs),
        cmocka_unit_test(uses),
        cmocka_unit_test(session_by_hand),
        cmocka_unit_test(medians),
        cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
