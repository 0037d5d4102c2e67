// SPDX-License-Identifier: AGPL-3.0-or-later
// pack.yaml, overview: what the first page of a county shows; and what it shows when the
// pack does not say.
#include "pack/load.h"

#include <stdio.h>

static const struct yaml_node *overview_of(const struct loader *l)
{
    for (size_t i = 0; i < l->n_files; i++)
        if (str_equal_c(l->files[i].path, "pack.yaml"))
            return yaml_get(l->roots[i], "overview");
    return NULL;
}

// --- what an indicator is good for

static const struct reg *only_register(const struct expr *x)
{
    const struct reg *r = NULL;
    for (size_t i = 0; x && i < expr_aggregates(x); i++) {
        if (r && expr_aggregate(x, i)->reg != r)
            return NULL;
        r = expr_aggregate(x, i)->reg;
    }
    return r;
}

static bool is_ratio(const struct indicator *i)
{
    return i->interval == INTERVAL_RATIO && i->has_reference && i->denominator;
}

static bool is_count(const struct indicator *i)
{
    return i->numerator && !i->denominator && i->per == 1;
}

static bool is_coverage(const struct indicator *i)
{
    return i->denominator && i->inside && i->has_target;
}

// --- as the pack says

static void load_cards(struct loader *l, const struct yaml_node *node,
                       struct pack_overview *o)
{
    static const char *const words[] = {"timeliness", "coverage", "findings"};
    struct problems *p = &l->problems;
    if (!yaml_is_list(p, node, "cards"))
        return;
    if (!node->n || node->n > OVERVIEW_MAX_CARDS) {
        struct error *e = problem_add(p, node->place, "pack.overview_cards",
                                      "the overview has %zu cards; from 1 to %d fit",
                                      node->n, OVERVIEW_MAX_CARDS);
        error_cure(e, "One row is read at a glance; the other figures have pages of "
                      "their own.");
        return;
    }
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        struct overview_card card = {0};
        for (int i = 0; i < 3 && c->kind == YAML_SCALAR; i++)
            if (str_equal_c(c->text, words[i]))
                card.kind = (enum card_kind)(CARD_TIMELINESS + i);
        if (card.kind == CARD_INDICATOR && !(card.indicator = load_indicator_named(l, c)))
            continue;
        for (size_t i = 0; i < o->n_cards; i++)
            if (o->cards[i].kind == card.kind &&
                (!card.indicator || o->cards[i].indicator == card.indicator))
                problem_add(p, c->place, "pack.overview_twice",
                            "'" STR_FMT "' stands twice among the cards",
                            STR_ARG(c->text));
        o->cards[o->n_cards++] = card;
    }
}

static void load_overview_coverage(struct loader *l, const struct yaml_node *node,
                                   struct pack_overview *o)
{
    struct problems *p = &l->problems;
    if (!yaml_is_list(p, node, "coverage"))
        return;
    if (node->n > OVERVIEW_MAX_COVERAGE) {
        problem_add(p, node->place, "pack.overview_coverage",
                    "coverage has %zu indicators; at most %d fit", node->n,
                    OVERVIEW_MAX_COVERAGE);
        return;
    }
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        const struct indicator *i = load_indicator_named(l, c);
        if (!i)
            continue;
        if (!i->denominator || i->interval == INTERVAL_RATIO) {
            struct error *e =
                problem_add(p, c->place, "pack.overview_rate",
                            "coverage: '" STR_FMT "' is no rate", STR_ARG(i->name));
            error_cure(e, "It needs a numerator that is part of its denominator.");
            continue;
        }
        o->coverage[o->n_coverage++] = i;
    }
}

// The births that the page takes apart, and their ratio.
static void choose_pair(struct pack_overview *o)
{
    for (size_t i = 0; i < o->n_cards; i++) {
        const struct indicator *x = o->cards[i].indicator;
        if (x && !o->ratio && is_ratio(x))
            o->ratio = x;
        if (x && !o->births && is_count(x))
            o->births = x;
    }
}

static void load_apart(struct loader *l, const struct yaml_node *node,
                       struct pack_overview *o)
{
    if (!o->ratio) {
        struct error *e =
            problem_add(&l->problems, node->key_place, "pack.overview_by",
                        "by takes a ratio apart, but none of the cards is one");
        error_cure(e, "A ratio has interval: ratio and a reference.");
        return;
    }
    const struct field *f = load_grouping_field(l, o->ratio->numerator, node, "by");
    if (!f)
        return;
    if (f->type != TYPE_CODE)
        problem_add(&l->problems, node->place, "pack.overview_by",
                    "by: '" STR_FMT "' must be a field of codes", STR_ARG(f->name));
    else if (load_grouping_field(l, o->ratio->denominator, node, "by"))
        o->by = f;
}

// --- where the pack does not say

static const struct indicator *first_ratio(const struct pack *p)
{
    if (p->n_watches && p->watches[0].ratio)
        return p->watches[0].ratio;
    for (size_t i = 0; i < p->n_indicators; i++)
        if (is_ratio(&p->indicators[i]))
            return &p->indicators[i];
    return NULL;
}

static const struct indicator *first_count(const struct pack *p, const struct reg *r)
{
    for (size_t i = 0; i < p->n_indicators; i++)
        if (is_count(&p->indicators[i]) &&
            (!r || only_register(p->indicators[i].numerator) == r))
            return &p->indicators[i];
    return NULL;
}

static const struct indicator *first_rate(const struct pack *p, const struct reg *r)
{
    for (size_t i = 0; i < p->n_indicators; i++)
        if (is_coverage(&p->indicators[i]) &&
            (!r || only_register(p->indicators[i].numerator) == r))
            return &p->indicators[i];
    return NULL;
}

static void add_card(struct pack_overview *o, enum card_kind kind,
                     const struct indicator *i)
{
    if (kind != CARD_INDICATOR || i)
        o->cards[o->n_cards++] = (struct overview_card){kind, i};
}

static void derive_cards(const struct pack *p, struct pack_overview *o)
{
    const struct indicator *ratio = first_ratio(p);
    const struct reg *r = ratio ? only_register(ratio->numerator) : NULL;
    bool due = false;
    for (size_t i = 0; i < p->n_registers; i++)
        due |= p->registers[i].due.set;
    add_card(o, CARD_INDICATOR, first_count(p, r));
    add_card(o, CARD_INDICATOR, ratio);
    add_card(o, CARD_INDICATOR, first_rate(p, r));
    if (due)
        add_card(o, CARD_TIMELINESS, NULL);
    if (o->n_coverage)
        add_card(o, CARD_COVERAGE, NULL);
    add_card(o, CARD_FINDINGS, NULL);
}

static void derive_coverage(const struct pack *p, struct pack_overview *o)
{
    for (size_t i = 0; i < p->n_indicators && o->n_coverage < OVERVIEW_MAX_COVERAGE;
         i++) {
        const struct indicator *x = &p->indicators[i];
        bool edition = i && str_equal(p->indicators[i - 1].name, x->name);
        if (is_coverage(x) && !edition)
            o->coverage[o->n_coverage++] = x;
    }
}

void load_overview(struct loader *l)
{
    struct problems *p = &l->problems;
    struct pack_overview *o = &l->pack->overview;
    const struct yaml_node *node = overview_of(l), *cards = NULL, *by = NULL,
                           *coverage = NULL;
    if (node && yaml_is_map(p, node, "overview")) {
        yaml_known_keys(p, node, "overview", "cards by coverage");
        cards = yaml_get(node, "cards");
        by = yaml_get(node, "by");
        coverage = yaml_get(node, "coverage");
    }
    if (coverage)
        load_overview_coverage(l, coverage, o);
    else
        derive_coverage(l->pack, o);
    if (cards)
        load_cards(l, cards, o);
    else
        derive_cards(l->pack, o);
    choose_pair(o);
    if (by)
        load_apart(l, by, o);
    else if (l->pack->n_watches && o->ratio == l->pack->watches[0].ratio)
        o->by = l->pack->watches[0].strata;
}
