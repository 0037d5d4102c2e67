// SPDX-License-Identifier: AGPL-3.0-or-later
// watch/*.yaml: what is looked at for a signal, how far back, and how many false alarms
// are accepted.
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

enum { MOST_YEARS_BACK = 50, MOST_STRATA = 60 };

// What study/watch.h writes of a signal. All are looked for in the register `keep`.
static const struct {
    const char *name;
    enum type type;
} kept_fields[] = {
    {"look", TYPE_TEXT},       {"period", TYPE_TEXT},       {"subject", TYPE_TEXT},
    {"since", TYPE_DATE},      {"until", TYPE_DATE},        {"stratum", TYPE_TEXT},
    {"counted", TYPE_INT},     {"of_all", TYPE_INT},        {"expected", TYPE_DECIMAL},
    {"ratio", TYPE_DECIMAL},   {"ratio_low", TYPE_DECIMAL}, {"ratio_high", TYPE_DECIMAL},
    {"p_value", TYPE_DECIMAL}, {"review", TYPE_BOOL},       {"text_en", TYPE_TEXT},
    {"text_zh", TYPE_TEXT},
};

static void need(struct loader *l, const struct yaml_node *node, const char *what,
                 const char *key)
{
    if (!yaml_get(node, key))
        problem_add(&l->problems, node->key_place, "pack.missing_key",
                    "%s needs the key '%s'", what, key);
}

static const struct reg *register_named(struct loader *l, const struct yaml_node *node,
                                        const char *what)
{
    struct str name, names[64];
    size_t n = 0;
    if (!yaml_text(&l->problems, node, what, &name))
        return NULL;
    const struct reg *found = pack_register(l->pack, name);
    if (found)
        return found;
    for (; n < l->pack->n_registers && n < 64; n++)
        names[n] = l->registers[n].name;
    load_unknown(l, name, node->place, "pack.register", "register", names, n);
    return NULL;
}

static bool is_broken(const struct loader *l, const struct reg *r)
{
    return l->sources[r - l->registers].broken;
}

// --- the head --------------------------------------------------------------------------

static void load_keep(struct loader *l, const struct yaml_node *node, struct watch *w)
{
    struct problems *p = &l->problems;
    const struct reg *r = register_named(l, node, "keep");
    if (!r || is_broken(l, r))
        return;
    w->keep = r;
    if (!r->area || !r->facility || !r->date || r->purpose != PURPOSE_SUPERVISION) {
        struct error *e = problem_add(p, node->place, "pack.watch_keep",
                                      "register '" STR_FMT
                                      "' cannot keep signals: it needs area:, facility:, "
                                      "date: and purpose: supervision",
                                      STR_ARG(r->name));
        error_cure(e, "A signal is about an area or a facility, on a day.");
        return;
    }
    for (size_t i = 0; i < sizeof kept_fields / sizeof *kept_fields; i++) {
        const struct field *f = reg_field(r, str_of(kept_fields[i].name));
        if (f && f->type == kept_fields[i].type)
            continue;
        problem_add(
            p, node->place, "pack.watch_keep",
            "register '" STR_FMT "' cannot keep signals: it has no field '%s' of type %s",
            STR_ARG(r->name), kept_fields[i].name, type_name(kept_fields[i].type));
    }
}

static void load_ratio(struct loader *l, const struct yaml_node *node, struct watch *w)
{
    struct problems *p = &l->problems;
    const struct indicator *x = node ? load_indicator_named(l, node) : NULL;
    if (!x)
        return;
    w->ratio = x;
    if (x->interval == INTERVAL_RATIO && x->has_reference && x->denominator)
        return;
    struct error *e = problem_add(p, node->place, "pack.watch_ratio",
                                  "indicator '" STR_FMT
                                  "' is not a ratio of two counts with a reference",
                                  STR_ARG(x->name));
    error_cure(e, "It needs interval: ratio and reference: [value, low, high].");
}

static void load_strata(struct loader *l, const struct yaml_node *node, struct watch *w)
{
    if (!node || !w->ratio || !w->ratio->numerator)
        return;
    const struct field *f = load_grouping_field(l, w->ratio->numerator, node, "strata");
    if (!f)
        return;
    if (f->type != TYPE_CODE || f->n_codes > MOST_STRATA) {
        problem_add(&l->problems, node->place, "pack.watch_strata",
                    "strata: '" STR_FMT "' must be a code of at most %d values",
                    STR_ARG(f->name), MOST_STRATA);
        return;
    }
    w->strata = f;
}

static void load_look_back(struct loader *l, const struct yaml_node *node,
                           struct watch *w)
{
    struct problems *p = &l->problems;
    if (!node || !yaml_is_list(p, node, "look_back_years"))
        return;
    int *years = problem_alloc(p, node->n, sizeof *years);
    int64_t last = 0, one;
    if (!years)
        return;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        if (!yaml_int(p, c, "a number of look_back_years", 1, MOST_YEARS_BACK, &one))
            return;
        if (one <= last) {
            problem_add(p, c->place, "pack.watch_years",
                        "look_back_years must rise from number to number");
            return;
        }
        years[w->n_look_back++] = (int)one;
        last = one;
    }
    w->look_back_years = years;
}

// --- looks -----------------------------------------------------------------------------

static void load_two(struct loader *l, const struct yaml_node *node, const char *what,
                     const struct expr *out[2])
{
    struct problems *p = &l->problems;
    if (!node || !yaml_is_list(p, node, what))
        return;
    if (node->n != 2) {
        struct error *e =
            problem_add(p, node->place, "pack.watch_two",
                        "%s must be a list of two counts that exclude each other", what);
        error_cure(e, "For example [count(births where sex = m), count(births where sex "
                      "= f)].");
        return;
    }
    load_measure(l, node->first, what, &out[0], NULL);
    load_measure(l, node->last, what, &out[1], NULL);
}

static void load_where(struct loader *l, const struct yaml_node *node, struct look *x)
{
    struct problems *p = &l->problems;
    struct str text;
    struct error e = {0};
    if (!yaml_text(p, node, "where", &text))
        return;
    if (expr_parse_row(p->arena, l->pack, x->reg, text, node->place, &x->where, &e))
        problem_take(p, node->place, &e);
    else if (expr_type(x->where) != TYPE_BOOL)
        problem_add(p, node->place, "pack.not_boolean",
                    "where must be true or false for each row, but '" STR_FMT
                    "' is of type %s",
                    STR_ARG(text), type_name(expr_type(x->where)));
}

static void load_round(struct loader *l, const struct yaml_node *node, struct look *x)
{
    struct problems *p = &l->problems;
    const struct yaml_node *field = yaml_get(node, "field"), *to = yaml_get(node, "to");
    x->reg = register_named(l, yaml_get(node, "register"), "register");
    if (!x->reg || is_broken(l, x->reg) || !field)
        return;
    x->field = load_field(l, x->reg, field, "field");
    if (!x->field)
        return;
    bool day = x->field->type == TYPE_DATE;
    if (!day && x->field->type != TYPE_INT)
        problem_add(p, field->place, "pack.watch_field",
                    "field: '" STR_FMT "' has type %s; only int and date fields are "
                    "looked at for round values",
                    STR_ARG(x->field->name), type_name(x->field->type));
    if (!x->reg->facility)
        problem_add(p, field->place, "pack.by_facility",
                    "register '" STR_FMT "' does not say which field is the facility",
                    STR_ARG(x->reg->name));
    x->round_to = day ? 5 : 0;
    if (to)
        yaml_int(p, to, "to", 2, 1000000, &x->round_to);
    else if (!day)
        need(l, node, "a look at round values of a number", "to");
    load_where(l, yaml_get(node, "where"), x);
}

static void load_goods(struct loader *l, const struct yaml_node *node, struct look *x)
{
    struct problems *p = &l->problems;
    const struct yaml_node *named = yaml_get(node, "ledger"),
                           *more = yaml_get(node, "more_than"),
                           *wait = yaml_get(node, "wait");
    struct str name;
    int64_t days = 30;
    if (named && yaml_text(p, named, "ledger", &name) &&
        !(x->ledger = pack_ledger(l->pack, name))) {
        struct error *e = problem_add(p, named->place, "pack.watch_ledger",
                                      "there is no ledger '" STR_FMT "'", STR_ARG(name));
        error_cure(e, "name one of the files of ledgers/");
    }
    if (more && yaml_number(p, more, "more_than", &x->more_than) &&
        !(x->more_than >= 0 && x->more_than < 100))
        problem_add(p, more->place, "pack.watch_more",
                    "more_than is a per cent of what should be there: 0 to 100");
    if (wait)
        yaml_int(p, wait, "wait", 1, 3650, &days);
    x->wait = (int)days;
}

static void load_look(struct loader *l, const struct yaml_node *node,
                      const struct watch *w, struct look *x)
{
    static const char *const kinds[] = {"strata", "area", "facility", "contrast",
                                        "round",  "even", "rows",     "ledger"};
    static const char *const keys[] = {
        "kind label cure alarm",
        "kind label cure alarm level",
        "kind label cure alarm",
        "kind label cure alarm level of against",
        "kind label cure alarm register field where to",
        "kind label cure alarm value every",
        "kind label cure value",
        "kind label cure ledger more_than wait",
    };
    static const char *const needed[][3] = {{NULL},
                                            {"level"},
                                            {NULL},
                                            {"level", "of", "against"},
                                            {"register", "field"},
                                            {"value", "every"},
                                            {"value"},
                                            {"ledger"}};
    struct problems *p = &l->problems;
    char what[96];
    size_t kind = 0;
    WHAT(what, "look '" STR_FMT "'", STR_ARG(x->name));
    const struct yaml_node *named = yaml_get(node, "kind");
    if (!named) {
        struct error *e =
            problem_add(p, node->key_place, "pack.missing_key", "%s has no kind", what);
        error_cure(
            e,
            "Add kind: strata, area, facility, contrast, round, even, rows or ledger.");
        return;
    }
    if (!yaml_word(p, named, "kind", kinds, sizeof kinds / sizeof *kinds, &kind))
        return;
    x->kind = (enum look_kind)kind;
    yaml_known_keys(p, node, what, keys[kind]);
    for (size_t i = 0; i < 3 && needed[kind][i]; i++)
        need(l, node, what, needed[kind][i]);
    load_label(l, node, "label", what, &x->label);
    yaml_label(p, yaml_get(node, "cure"), "the cure", &x->cure, NULL);
    if (x->kind < LOOK_FOUND)
        need(l, node, what, "alarm");
    const struct yaml_node *alarm = yaml_get(node, "alarm");
    if (yaml_number(p, alarm, "alarm", &x->alarm) && !(x->alarm > 0 && x->alarm <= 0.5)) {
        struct error *e =
            problem_add(p, alarm->place, "pack.watch_alarm",
                        "alarm is the chance of a false alarm in one run: above 0, and "
                        "0.5 at the most");
        error_cure(e, "For example alarm: 0.01, one run in a hundred.");
    }
    if (x->kind <= LOOK_FACILITY && !w->ratio)
        problem_add(p, x->place, "pack.watch_ratio",
                    "%s is at a ratio, but the watch names none", what);
    if (x->kind == LOOK_STRATA && !w->strata)
        problem_add(p, x->place, "pack.watch_strata",
                    "%s is at strata, but the watch names none", what);
    if (x->kind == LOOK_AREA || x->kind == LOOK_CONTRAST)
        load_level(l, yaml_get(node, "level"), "level", &x->level);
    load_two(l, yaml_get(node, "of"), "of", x->of);
    load_two(l, yaml_get(node, "against"), "against", x->against);
    if (x->kind == LOOK_ROUND)
        load_round(l, node, x);
    if (x->kind == LOOK_EVEN) {
        load_measure(l, yaml_get(node, "value"), "value", &x->value, NULL);
        load_period_kind(l, yaml_get(node, "every"), "every", &x->every);
    }
    if (x->kind == LOOK_FOUND)
        load_measure(l, yaml_get(node, "value"), "value", &x->value, NULL);
    if (x->kind == LOOK_LEDGER)
        load_goods(l, node, x);
}

static void load_looks(struct loader *l, const struct yaml_node *node, struct watch *w)
{
    struct problems *p = &l->problems;
    if (!node || !yaml_is_map(p, node, "looks"))
        return;
    struct look *looks = problem_alloc(p, node->n, sizeof *looks);
    char what[96];
    if (!looks)
        return;
    w->looks = looks;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        if (!load_name(l, c->key, c->key_place, "a look", false) ||
            !yaml_is_map(p, c, WHAT(what, "look '" STR_FMT "'", STR_ARG(c->key))))
            continue;
        struct look *x = &looks[w->n_looks++];
        x->name = c->key;
        x->place = c->key_place;
        load_look(l, c, w, x);
    }
}

static void load_watch(struct loader *l, const struct yaml_node *root, struct watch *list)
{
    struct problems *p = &l->problems;
    static const char *const needed[] = {"watch", "keep", "looks"};
    if (!yaml_is_map(p, root, "a watch file"))
        return;
    yaml_known_keys(p, root, "a watch file",
                    "watch label ratio strata look_back_years keep looks");
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!yaml_get(root, needed[i]))
            problem_add(p, root->place, "pack.missing_key", "the file has no key '%s'",
                        needed[i]);
    const struct yaml_node *named = yaml_get(root, "watch");
    struct str name;
    if (!yaml_text(p, named, "watch", &name) ||
        !load_name(l, name, named->place, "a watch", true))
        return;
    if (pack_watch(l->pack, name))
        problem_add(p, named->place, "pack.name_twice",
                    "a watch '" STR_FMT "' is in another file already", STR_ARG(name));
    struct watch *w = &list[l->pack->n_watches++];
    w->name = name;
    w->place = named->place;
    load_label(l, root, "label", "the watch", &w->label);
    load_ratio(l, yaml_get(root, "ratio"), w);
    load_strata(l, yaml_get(root, "strata"), w);
    load_look_back(l, yaml_get(root, "look_back_years"), w);
    load_keep(l, yaml_get(root, "keep"), w);
    load_looks(l, yaml_get(root, "looks"), w);
}

void load_watches(struct loader *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_files; i++)
        n += l->roots[i] && in_folder(l->files[i].path, "watch");
    struct watch *list = problem_alloc(&l->problems, n, sizeof *list);
    if (!list)
        return;
    l->pack->watches = list;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->roots[i] && in_folder(l->files[i].path, "watch"))
            load_watch(l, l->roots[i], list);
}
