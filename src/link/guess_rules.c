// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/rng.h"
#include "link/candidates.h"
#include "link/guess.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MATCHES = 4096, // simulated
    MOST_TERMS = 30,
    MOST_CHOSEN = 14,
    MOST_TERMS_OF_RULE = 3
};
static const double ALL_PAIRS_AT = 3e6; // no more than these: every pair is compared

enum part { WHOLE, PART };

struct term { // of one record: what a rule can ask to be equal
    struct str left, right;
    unsigned comparison;
    enum part part;
    bool near;    // within one edit makes sense here
    double agree; // probability that two random records agree
};

struct choice { // a rule that could be
    unsigned terms[MOST_TERMS_OF_RULE];
    unsigned n;
    bool near; // of the first term
    bool dead; // too dear, or taken
    double cost;
};

struct matches { // one bit a simulated match
    uint64_t bits[MATCHES / 64];
};

struct chooser {
    struct link_model *m;
    struct link_records *r;
    struct term terms[MOST_TERMS];
    unsigned n_terms;
    struct matches exact[MOST_TERMS], near[MOST_TERMS];
    struct choice *choices;
    size_t n_choices;
    double all_pairs, budget;
    struct link_model *probe; // a rule for each term
    struct link_view *view;
    unsigned cell[MOST_TERMS]; // the term's column in the view
};

static struct str one_side(struct arena *a, const char *form, struct str name, char side)
{
    struct buf b = BUF_INIT(1 << 16);
    for (const char *p = form; *p; p++) {
        if (*p != '%') {
            buf_add_char(&b, *p);
            continue;
        }
        buf_printf(&b, "%c.\"", side);
        for (size_t i = 0; i < name.n; i++) {
            if (name.p[i] == '"')
                buf_add_char(&b, '"');
            buf_add_char(&b, name.p[i]);
        }
        buf_add_char(&b, '"');
    }
    struct str s = b.failed ? (struct str){0} : str_copy(a, buf_str(&b));
    buf_free(&b);
    return s;
}

static enum err add_term(struct chooser *g, unsigned comparison, const char *form,
                         enum part part, bool near, struct error *e)
{
    if (g->n_terms == MOST_TERMS)
        return ERR_OK;
    struct str name = g->m->comparisons[comparison].name;
    struct term *t = &g->terms[g->n_terms++];
    *t = (struct term){.left = one_side(&g->m->arena, form, name, 'l'),
                       .right = one_side(&g->m->arena, form, name, 'r'),
                       .comparison = comparison,
                       .part = part,
                       .near = near};
    return t->left.p && t->right.p ? ERR_OK : error_memory(e);
}

static double mean_of(const struct link_column *c, uint32_t n, bool tokens)
{
    double sum = 0, known = (double)n - c->count[0];
    for (uint32_t i = 1; i <= c->n_values; i++) {
        struct str s = link_text(c, i);
        unsigned parts = 1;
        for (size_t at = 0; at < s.n && tokens; at++)
            parts += s.p[at] == ' ';
        sum += (double)c->count[i] * (tokens ? parts : (double)s.n);
    }
    return known > 0 ? sum / known : 0;
}

// One of its levels is about how a Chinese name sounds.
static bool sounds_chinese(const struct link_comparison *c)
{
    for (unsigned k = 0; k < c->n_levels; k++)
        if (memmem(c->levels[k].condition.p, c->levels[k].condition.n, "heng_pinyin(",
                   12))
            return true;
    return false;
}

static enum err add_terms_of(struct chooser *g, unsigned comparison, struct error *e)
{
    const struct link_column *c =
        link_records_column(g->r, g->m->comparisons[comparison].name);
    if (!c || c->n_values < 2)
        return ERR_OK;
    double length = mean_of(c, g->r->n, false), tokens = mean_of(c, g->r->n, true);
    bool words = (c->kind == LINK_NAME || c->kind == LINK_PLACE || c->kind == LINK_TEXT);
    bool near = length >= 5 && c->kind != LINK_NUMBER && c->kind != LINK_SEX;
    enum err code = add_term(g, comparison, "%", WHOLE, near, e);
    if (!code && words && tokens >= 1.6) {
        code = add_term(g, comparison, "heng_token(%, 1)", PART, false, e);
        if (!code)
            code = add_term(g, comparison, "heng_token(%, -1)", PART, false, e);
    } else if (!code && words && length >= 5) {
        code = add_term(g, comparison, "substr(%, 1, 4)", PART, false, e);
    }
    if (!code && sounds_chinese(&g->m->comparisons[comparison]))
        code = add_term(g, comparison, "heng_pinyin(%)", PART, false, e);
    if (!code && c->kind == LINK_PHONE)
        code = add_term(g, comparison, "right(%, 7)", PART, false, e);
    if (!code && c->kind == LINK_DATE)
        code = add_term(g, comparison, "substr(%, 1, 7)", PART, false, e);
    return code;
}

// A view with one rule for each term gives their values row by row.
static enum err probe_terms(struct chooser *g, struct pool *pool, struct error *e)
{
    enum err code = link_model_open(&g->probe, e);
    if (code)
        return code;
    g->probe->type = g->m->type;
    g->probe->rules = ARENA_ARRAY(&g->probe->arena, struct link_rule, MOST_TERMS);
    if (!g->probe->rules)
        return error_memory(e);
    for (unsigned i = 0; i < g->n_terms; i++) {
        struct str s = str_format(&g->probe->arena, STR_FMT " = " STR_FMT,
                                  STR_ARG(g->terms[i].left), STR_ARG(g->terms[i].right));
        if (!s.p)
            return error_memory(e);
        g->probe->rules[g->probe->n_rules++].condition = s;
    }
    code = link_view_open(&g->view, g->r, g->probe, pool, e);
    if (code)
        return code;
    for (unsigned i = 0; i < g->n_terms; i++) {
        g->cell[i] = g->view->rules[i].equal[0];
        const struct link_column *c = &g->r->columns[g->view->column[g->cell[i]]];
        double pairs = 0;
        for (uint32_t k = 1; k <= c->n_values; k++)
            pairs += (double)c->count[k] * (c->count[k] - 1.0);
        g->terms[i].agree = fmax(pairs, 1) / ((double)g->r->n * (g->r->n - 1.0));
    }
    g->all_pairs = link_all_pairs(g->view);
    return ERR_OK;
}

// --- simulated matches

static double default_exact(enum link_kind kind)
{
    switch (kind) {
    case LINK_SEX:
        return 0.97;
    case LINK_DATE:
    case LINK_IDENTITY:
    case LINK_CODE:
        return 0.88;
    case LINK_NAME:
    case LINK_PHONE:
    case LINK_EMAIL:
        return 0.75;
    default:
        return 0.6;
    }
}

struct drawn {
    bool null, exact, near;
    bool parts[2];
};

// What goes wrong in a match beside single errors: all is worse; the person has moved
// (with it go address, phone and code together); names were changed or written anew.
enum mishap { NONE, BAD, MOVED, RENAMED };

static bool is_struck(enum link_kind kind, enum mishap mishap)
{
    if (mishap == MOVED)
        return kind == LINK_PLACE || kind == LINK_PHONE || kind == LINK_EMAIL ||
               kind == LINK_CODE || kind == LINK_TEXT;
    return mishap == RENAMED && kind == LINK_NAME;
}

static enum mishap draw_mishap(struct rng *rng)
{
    double u = rng_uniform(rng);
    return u < 0.15 ? BAD : u < 0.22 ? MOVED : u < 0.26 ? RENAMED : NONE;
}

static struct drawn draw(const struct chooser *g, unsigned comparison, enum mishap mishap,
                         struct rng *rng)
{
    const struct link_comparison *cmp = &g->m->comparisons[comparison];
    const struct link_column *c = link_records_column(g->r, cmp->name);
    double known = 1 - (double)c->count[0] / g->r->n;
    struct drawn d = {0};
    double u = rng_uniform(rng), chance = rng_uniform(rng);
    d.null = chance > known * known;
    double exact = cmp->levels[1].m;
    bool learned = !isnan(exact);
    if (!learned)
        exact = default_exact(c->kind);
    if (mishap == BAD)
        exact = fmax(fmin(exact, 0.05), 1 - 3 * (1 - exact));
    if (is_struck(c->kind, mishap) && rng_chance(rng, 0.7))
        return d; // nothing of it agrees
    d.exact = !d.null && u < exact;
    double left = (u - exact) / fmax(1 - exact, 1e-9), rest = 0;
    for (unsigned k = 2; learned && k < cmp->n_levels; k++)
        rest += cmp->levels[k].m;
    double one_edit = learned ? 0 : 0.4;
    for (unsigned k = 2; learned && rest > 0 && k < cmp->n_levels; k++) {
        struct str s = cmp->levels[k].condition;
        double m = cmp->levels[k].m / rest;
        if (memmem(s.p, s.n, "<= 1", 4))
            one_edit += m;
        else if (memmem(s.p, s.n, ">= 0.9", 6))
            one_edit += 0.6 * m;
    }
    d.near = d.exact || (!d.null && left < one_edit);
    for (unsigned i = 0; i < 2; i++)
        d.parts[i] = d.exact || (!d.null && rng_chance(rng, left < 0.8 ? 0.5 : 0.1));
    return d;
}

static void simulate(struct chooser *g)
{
    struct rng rng = rng_seed(20260101);
    for (unsigned i = 0; i < MATCHES; i++) {
        enum mishap mishap = draw_mishap(&rng);
        uint64_t bit = (uint64_t)1 << (i % 64);
        unsigned before = LINK_MAX_COMPARISONS, part = 0;
        struct drawn d = {0};
        for (unsigned t = 0; t < g->n_terms; t++) {
            if (g->terms[t].comparison != before) {
                before = g->terms[t].comparison;
                part = 0;
                d = draw(g, before, mishap, &rng);
            }
            bool agrees = d.exact;
            if (g->terms[t].part == PART)
                agrees = d.parts[part++ % 2];
            if (agrees)
                g->exact[t].bits[i / 64] |= bit;
            if (d.near)
                g->near[t].bits[i / 64] |= bit;
        }
    }
}

// --- choices

static double near_factor(const struct chooser *g, unsigned term)
{
    const struct link_column *c =
        link_records_column(g->r, g->m->comparisons[g->terms[term].comparison].name);
    return c->kind == LINK_NAME || c->kind == LINK_PLACE || c->kind == LINK_TEXT ? 3 : 8;
}

// Saves too little (sex) for what is lost: without rules free of it nobody learns how
// often it is wrong.
static const double MOST_AGREE = 0.25;

static bool add_choice(struct chooser *g, const unsigned *terms, unsigned n, bool near)
{
    double cost = g->all_pairs;
    for (unsigned i = 0; i < n; i++) {
        if (g->terms[terms[i]].agree > MOST_AGREE)
            return true;
        for (unsigned k = 0; k < i; k++)
            if (g->terms[terms[i]].comparison == g->terms[terms[k]].comparison)
                return true; // two parts of one column
        cost *= g->terms[terms[i]].agree;
    }
    if (near)
        cost *= near_factor(g, terms[0]);
    if (cost > g->budget / 3)
        return true;
    struct choice *all = g->choices;
    if (g->n_choices % 256 == 0) {
        all = mem_resize(all, g->n_choices + 256, sizeof *all);
        if (!all)
            return false;
        g->choices = all;
    }
    struct choice *c = &all[g->n_choices++];
    *c = (struct choice){.n = n, .near = near, .cost = cost};
    memcpy(c->terms, terms, n * sizeof *terms);
    return true;
}

static enum err list_choices(struct chooser *g, struct error *e)
{
    bool fine = true;
    unsigned n = g->n_terms;
    for (unsigned a = 0; a < n && fine; a++) {
        fine = add_choice(g, &a, 1, false);
        if (g->terms[a].near)
            fine &= add_choice(g, &a, 1, true);
        for (unsigned b = 0; b < n && fine; b++) {
            if (a < b)
                fine &= add_choice(g, (unsigned[]){a, b}, 2, false);
            if (a != b && g->terms[a].near)
                fine &= add_choice(g, (unsigned[]){a, b}, 2, true);
            for (unsigned c = b + 1; a < b && c < n && fine; c++)
                fine &= add_choice(g, (unsigned[]){a, b, c}, 3, false);
        }
    }
    return fine ? ERR_OK : error_memory(e);
}

// Pairs that the rule would give, caps and other rules aside.
static enum err count_pairs(const struct chooser *g, const struct choice *c,
                            struct pool *pool, double *pairs, struct error *e)
{
    struct view_rule rule = {.near = c->near ? LINK_NEAR_EDIT : LINK_NEAR_NONE,
                             .near_osa = c->near};
    for (unsigned k = 0; k < c->n; k++)
        if (c->near && k == 0)
            rule.near_column = g->cell[c->terms[k]];
        else
            rule.equal[rule.n_equal++] = g->cell[c->terms[k]];
    struct link_view view = *g->view;
    view.rules = &rule;
    view.n_rules = 1;
    double largest;
    *pairs = 0;
    return link_block_cost(&view, 0, pool, pairs, &largest, e);
}

static void cover_of(const struct chooser *g, const struct choice *c, struct matches *out)
{
    for (size_t w = 0; w < MATCHES / 64; w++) {
        uint64_t bits =
            c->near ? g->near[c->terms[0]].bits[w] : g->exact[c->terms[0]].bits[w];
        for (unsigned k = 1; k < c->n; k++)
            bits &= g->exact[c->terms[k]].bits[w];
        out->bits[w] = bits;
    }
}

// What a second way to find a match is worth, beside the first: simulated errors are
// independent, real ones less so.
static const double SECOND = 0.15;

static double gain_of(const struct matches *cover, const struct matches *once,
                      const struct matches *twice)
{
    int first = 0, second = 0;
    for (size_t w = 0; w < MATCHES / 64; w++) {
        first += __builtin_popcountll(cover->bits[w] & ~once->bits[w]);
        second += __builtin_popcountll(cover->bits[w] & once->bits[w] & ~twice->bits[w]);
    }
    return (first + SECOND * second) / MATCHES;
}

static enum err write_rule(struct chooser *g, const struct choice *c, struct error *e)
{
    struct buf b = BUF_INIT(1 << 18);
    for (unsigned i = 0; i < c->n; i++) {
        const struct term *t = &g->terms[c->terms[i]];
        buf_add_c(&b, i ? " AND " : "");
        if (c->near && i == 0)
            buf_printf(&b, "damerau_levenshtein(" STR_FMT ", " STR_FMT ") <= 1",
                       STR_ARG(t->left), STR_ARG(t->right));
        else
            buf_printf(&b, STR_FMT " = " STR_FMT, STR_ARG(t->left), STR_ARG(t->right));
    }
    struct str s = b.failed ? (struct str){0} : str_copy(&g->m->arena, buf_str(&b));
    buf_free(&b);
    if (!s.p)
        return error_memory(e);
    g->m->rules[g->m->n_rules++].condition = s;
    return ERR_OK;
}

static const double LEAST_GAIN = 0.0004;

static enum err choose(struct chooser *g, const struct guess_set *set, double *recall,
                       struct error *e)
{
    struct matches once = {0}, twice = {0}, cover;
    double left = g->budget;
    while (g->m->n_rules < MOST_CHOSEN) {
        if (g->m->n_rules && set->go_on && !set->go_on(set->argument))
            break;
        struct choice *best = NULL;
        double most = 0, best_gain = 0;
        for (size_t i = 0; i < g->n_choices; i++) {
            struct choice *c = &g->choices[i];
            if (c->dead || c->cost > left)
                continue;
            cover_of(g, c, &cover);
            double gain = gain_of(&cover, &once, &twice);
            double score = gain / pow(c->cost + g->r->n, 0.25);
            if (gain >= LEAST_GAIN && score > most) {
                most = score;
                best = c;
                best_gain = gain;
            }
        }
        if (!best || best_gain < LEAST_GAIN)
            break;
        double pairs;
        enum err code = count_pairs(g, best, set->pool, &pairs, e);
        if (code)
            return code;
        if (pairs > left || pairs > g->budget / 3 || pairs > 2 * best->cost + g->r->n) {
            best->dead = pairs > left || pairs > g->budget / 3;
            best->cost = fmax(pairs, best->cost * 1.01); // dearer than it seemed
            continue;
        }
        best->dead = true;
        left -= pairs;
        code = write_rule(g, best, e);
        if (code)
            return code;
        cover_of(g, best, &cover);
        for (size_t w = 0; w < MATCHES / 64; w++) {
            twice.bits[w] |= once.bits[w] & cover.bits[w];
            once.bits[w] |= cover.bits[w];
        }
    }
    int found = 0;
    for (size_t w = 0; w < MATCHES / 64; w++)
        found += __builtin_popcountll(once.bits[w]);
    *recall = (double)found / MATCHES;
    return ERR_OK;
}

static enum err choose_rules(struct chooser *g, const struct guess_set *set,
                             double *recall, struct error *e)
{
    enum err code = ERR_OK;
    for (unsigned c = 0; c < g->m->n_comparisons && !code; c++)
        code = add_terms_of(g, c, e);
    if (!code)
        code = probe_terms(g, set->pool, e);
    if (code)
        return code;
    if (g->all_pairs <= ALL_PAIRS_AT) {
        g->m->rules[g->m->n_rules++].condition = STR("1=1");
        *recall = 1;
        return ERR_OK;
    }
    g->budget = fmin(fmax(40.0 * g->r->n, 3e6), 60e6);
    simulate(g);
    code = list_choices(g, e);
    if (!code)
        code = choose(g, set, recall, e);
    if (!code && !g->m->n_rules) {
        error_set(e, ERR_INPUT, "link.no_rule", NULL,
                  "no column or combination of columns parts the records into groups "
                  "small enough to compare");
        code = error_cure(e, "Give more columns, or a model with blocking rules.");
    }
    return code;
}

enum err guess_rules(struct link_model *m, struct link_records *r,
                     const struct guess_set *set, double *recall, struct error *e)
{
    struct chooser *g = mem_alloc(1, sizeof *g);
    if (!g)
        return error_memory(e);
    g->m = m;
    g->r = r;
    m->n_rules = 0;
    m->rules = ARENA_ARRAY(&m->arena, struct link_rule, LINK_MAX_RULES);
    enum err code = m->rules ? choose_rules(g, set, recall, e) : error_memory(e);
    link_view_close(g->view);
    link_model_close(g->probe);
    mem_free(g->choices);
    mem_free(g);
    return code;
}
