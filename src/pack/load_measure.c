// SPDX-License-Identifier: AGPL-3.0-or-later
// indicators/*.yaml and checks/*.yaml: what is computed from whole registers.
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

// --- indicators ------------------------------------------------------------------------

static void load_day(struct loader *l, const struct yaml_node *node, const char *what,
                     int32_t *out)
{
    struct str text;
    struct error e = {0};
    *out = DATE_NONE;
    if (!yaml_text(&l->problems, node, what, &text))
        return;
    if (date_parse(text, out, &e)) {
        *out = DATE_NONE;
        e.where[0] = '\0';
        problem_take(&l->problems, node->place, &e);
    }
}

static void load_reference(struct loader *l, const struct yaml_node *node,
                           struct indicator *x)
{
    struct problems *p = &l->problems;
    double v[3] = {0};
    if (!node)
        return;
    if (node->kind == YAML_SCALAR) {
        x->has_reference = yaml_number(p, node, "reference", &v[0]);
        x->reference = x->reference_low = x->reference_high = v[0];
        return;
    }
    if (!yaml_is_list(p, node, "reference"))
        return;
    size_t n = 0;
    bool good = node->n == 3;
    for (const struct yaml_node *c = node->first; c && good; c = c->next)
        good = yaml_number(p, c, "a number of reference", &v[n++]);
    if (node->n != 3 || (good && (v[1] > v[0] || v[0] > v[2]))) {
        struct error *e = problem_add(p, node->place, "pack.reference",
                                      "reference must be a value and, if there are "
                                      "limits, the low and the high one around it");
        error_cure(e, "For example reference: [106.3, 105.5, 107.2].");
        return;
    }
    x->has_reference = good;
    x->reference = v[0];
    x->reference_low = v[1];
    x->reference_high = v[2];
}

static bool may_group(const struct field *f)
{
    return f->type == TYPE_CODE || f->type == TYPE_BOOL || f->type == TYPE_INT ||
           f->type == TYPE_FACILITY;
}

// The field of every aggregate's register that has the node's name; the first one's.
const struct field *load_grouping_field(struct loader *l, const struct expr *measure,
                                        const struct yaml_node *node, const char *what)
{
    struct problems *p = &l->problems;
    const struct field *first = NULL;
    for (size_t i = 0; i < expr_aggregates(measure); i++) {
        const struct field *f =
            load_field(l, expr_aggregate(measure, i)->reg, node, what);
        if (!f)
            return NULL;
        if (!first)
            first = f;
    }
    if (!first)
        return NULL;
    if (first->identifies) {
        struct error *e =
            problem_add(p, node->place, "charter.identifies",
                        "%s: '" STR_FMT
                        "' identifies a person; the Charter says: reports get counts, "
                        "never rows",
                        what, STR_ARG(first->name));
        error_cure(e, "Break it down by a coded field.");
        return NULL;
    }
    if (!may_group(first) ||
        (first->system && first->index != FIELD_SOURCE && first->index < SYSTEM_FIELDS)) {
        problem_add(p, node->place, "pack.by_type",
                    "%s: '" STR_FMT "' has type %s; only code, bool, int and facility "
                    "fields can make groups",
                    what, STR_ARG(first->name), type_name(first->type));
        return NULL;
    }
    return first;
}

static void load_by(struct loader *l, const struct yaml_node *node, struct indicator *x)
{
    if (!node || !x->numerator || !yaml_is_list(&l->problems, node, "by"))
        return;
    const struct field **by = problem_alloc(&l->problems, node->n, sizeof *by);
    if (!by)
        return;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        const struct field *f = load_grouping_field(l, x->numerator, c, "by");
        if (f)
            by[x->n_by++] = f;
    }
    x->by = by;
}

static void load_goal(struct loader *l, const struct yaml_node *node, struct indicator *x)
{
    struct problems *p = &l->problems;
    static const char *const directions[] = {"high", "low"};
    size_t i = 0;
    const struct yaml_node *better = yaml_get(node, "better");
    if (yaml_word(p, better, "better", directions, 2, &i))
        x->better = i == 0 ? 1 : -1;
    const struct yaml_node *target = yaml_get(node, "target");
    x->has_target = yaml_number(p, target, "target", &x->target);
    if (x->has_target && !better) {
        struct error *e = problem_add(p, target->key_place, "pack.target",
                                      "a target needs to know which side of it is good");
        error_cure(e, "Add better: high (at least the target) or better: low.");
    }
    load_reference(l, yaml_get(node, "reference"), x);
}

static void load_formula(struct loader *l, const struct yaml_node *node, const char *what,
                         struct indicator *x)
{
    struct problems *p = &l->problems;
    static const char *const intervals[] = {"proportion", "ratio"};
    const struct yaml_node *numerator = yaml_get(node, "numerator");
    const struct yaml_node *denominator = yaml_get(node, "denominator");
    if (!numerator)
        problem_add(p, node->key_place, "pack.missing_key", "%s has no key 'numerator'",
                    what);
    load_measure(l, numerator, "numerator", &x->numerator, &x->numerator_text);
    load_measure(l, denominator, "denominator", &x->denominator, &x->denominator_text);
    x->per = 1;
    const struct yaml_node *per = yaml_get(node, "per");
    if (yaml_number(p, per, "per", &x->per) && x->per <= 0)
        problem_add(p, per->place, "pack.per", "per must be larger than 0");
    size_t i = 0;
    const struct yaml_node *interval = yaml_get(node, "interval");
    if (yaml_word(p, interval, "interval", intervals, 2, &i))
        x->interval = i == 0 ? INTERVAL_PROPORTION : INTERVAL_RATIO;
    const struct yaml_node *inside = yaml_get(node, "inside");
    x->inside = x->interval == INTERVAL_PROPORTION;
    yaml_bool(p, inside, "inside", &x->inside);
    if ((interval || inside) && !denominator)
        problem_add(p, (interval ? interval : inside)->key_place, "pack.no_denominator",
                    "%s has '%s' but no denominator", what,
                    interval ? "interval" : "inside");
    else if (x->inside && x->interval == INTERVAL_RATIO)
        problem_add(p, inside->place, "pack.inside",
                    "%s: a ratio compares two counts that exclude each other; its "
                    "numerator cannot lie inside its denominator",
                    what);
}

static void load_edition(struct loader *l, const struct yaml_node *node, struct str name,
                         struct place place, struct str group, bool one_of_several,
                         struct indicator *x)
{
    struct problems *p = &l->problems;
    char what[96];
    WHAT(what, "indicator '" STR_FMT "'", STR_ARG(name));
    x->name = name;
    x->group = group;
    x->place = place;
    x->per = 1;
    x->valid_from = x->valid_to = DATE_NONE;
    if (!yaml_is_map(p, node, what))
        return;
    yaml_known_keys(p, node, what,
                    "label definition edition from to numerator denominator per decimals "
                    "unit interval inside better target reference by");
    load_label(l, node, "label", what, &x->label);
    yaml_label(p, yaml_get(node, "definition"), "the definition", &x->definition, NULL);
    yaml_label(p, yaml_get(node, "unit"), "the unit", &x->unit, NULL);
    yaml_text(p, yaml_get(node, "edition"), "edition", &x->edition);
    if (one_of_several && !x->edition.n)
        problem_add(p, node->place, "pack.edition",
                    "%s has several editions, so each needs edition: and a name", what);
    load_day(l, yaml_get(node, "from"), "from", &x->valid_from);
    load_day(l, yaml_get(node, "to"), "to", &x->valid_to);
    if (x->valid_from != DATE_NONE && x->valid_to != DATE_NONE &&
        x->valid_from > x->valid_to)
        problem_add(p, yaml_get(node, "from")->place, "pack.valid",
                    "%s is valid from a day after its last one", what);
    int64_t decimals = 0;
    const struct yaml_node *n_decimals = yaml_get(node, "decimals");
    if (!n_decimals)
        decimals = yaml_get(node, "denominator") ? 1 : 0;
    yaml_int(p, n_decimals, "decimals", 0, 6, &decimals);
    x->decimals = (int)decimals;
    load_formula(l, node, what, x);
    load_goal(l, node, x);
    load_by(l, yaml_get(node, "by"), x);
}

static void check_editions(struct loader *l)
{
    const struct indicator *list = l->pack->indicators;
    for (size_t i = 0; i < l->pack->n_indicators; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct indicator *a = &list[k], *b = &list[i];
            if (!str_equal(a->name, b->name))
                continue;
            bool apart = (a->valid_to != DATE_NONE && b->valid_from != DATE_NONE &&
                          a->valid_to < b->valid_from) ||
                         (b->valid_to != DATE_NONE && a->valid_from != DATE_NONE &&
                          b->valid_to < a->valid_from);
            if (apart)
                continue;
            struct error *e =
                problem_add(&l->problems, b->place, "pack.editions_overlap",
                            "indicator '" STR_FMT "' is also defined in " STR_FMT
                            " on line %d, and some days are in both",
                            STR_ARG(b->name), STR_ARG(a->place.file), a->place.line);
            error_cure(e, "Give the older one to: and the newer one from: a day later.");
        }
    }
}

// How many entries the files of a folder have under `key`; a list counts its items.
static size_t count_entries(const struct loader *l, const char *folder, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_files; i++) {
        if (!l->roots[i] || !in_folder(l->files[i].path, folder))
            continue;
        const struct yaml_node *list = yaml_get(l->roots[i], key);
        for (const struct yaml_node *c = list ? list->first : NULL; c; c = c->next)
            n += c->kind == YAML_LIST ? c->n : 1;
    }
    return n;
}

static void load_indicator_file(struct loader *l, const struct yaml_node *root,
                                struct indicator *list)
{
    struct problems *p = &l->problems;
    struct label label = {0};
    struct str group = STR("");
    size_t first = l->pack->n_indicators;
    if (!yaml_is_map(p, root, "an indicators file"))
        return;
    yaml_known_keys(p, root, "an indicators file", "group label indicators");
    const struct yaml_node *named = yaml_get(root, "group");
    if (!named)
        problem_add(p, root->place, "pack.missing_key", "the file has no key 'group'");
    else if (yaml_text(p, named, "group", &group))
        load_name(l, group, named->place, "a group", true);
    load_label(l, root, "label", "the group", &label);
    const struct yaml_node *entries = yaml_get(root, "indicators");
    if (!entries)
        problem_add(p, root->place, "pack.missing_key",
                    "the file has no key 'indicators'");
    if (!yaml_is_map(p, entries, "indicators"))
        return;
    for (const struct yaml_node *c = entries->first; c; c = c->next) {
        if (!load_name(l, c->key, c->key_place, "an indicator", false))
            continue;
        if (c->kind != YAML_LIST) {
            load_edition(l, c, c->key, c->key_place, group, false,
                         &list[l->pack->n_indicators++]);
            continue;
        }
        for (const struct yaml_node *edition = c->first; edition; edition = edition->next)
            load_edition(l, edition, c->key, edition->place, group, c->n > 1,
                         &list[l->pack->n_indicators++]);
    }
    for (size_t i = first; i < l->pack->n_indicators; i++)
        list[i].group_label = label;
}

void load_indicators(struct loader *l)
{
    size_t n = count_entries(l, "indicators", "indicators");
    struct indicator *list = problem_alloc(&l->problems, n, sizeof *list);
    if (!list)
        return;
    l->pack->indicators = list;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->roots[i] && in_folder(l->files[i].path, "indicators"))
            load_indicator_file(l, l->roots[i], list);
    check_editions(l);
}

const struct indicator *load_indicator_named(struct loader *l,
                                             const struct yaml_node *node)
{
    struct str name, names[200];
    size_t n = 0;
    if (!yaml_text(&l->problems, node, "an indicator", &name))
        return NULL;
    for (size_t i = 0; i < l->pack->n_indicators; i++) {
        if (str_equal(l->pack->indicators[i].name, name))
            return &l->pack->indicators[i];
        bool again = n && str_equal(names[n - 1], l->pack->indicators[i].name);
        if (n < 200 && !again)
            names[n++] = l->pack->indicators[i].name;
    }
    load_unknown(l, name, node->place, "pack.indicator", "indicator", names, n);
    return NULL;
}

// --- checks ----------------------------------------------------------------------------

static void need_keys(struct loader *l, const struct yaml_node *node, const char *what,
                      const char *kind, const char *keys)
{
    struct str rest = str_of(keys), head;
    for (bool more = true; more;) {
        more = str_split(rest, ' ', &head, &rest);
        if (!more)
            head = rest;
        char key[32];
        if (!yaml_get(node, WHAT(key, STR_FMT, STR_ARG(head))))
            problem_add(&l->problems, node->key_place, "pack.missing_key",
                        "%s is of kind %s and needs the key '%s'", what, kind, key);
    }
}

static void load_tolerance(struct loader *l, const struct yaml_node *node,
                           struct check *x)
{
    struct problems *p = &l->problems;
    if (!node || !yaml_is_map(p, node, "tolerance"))
        return;
    yaml_known_keys(p, node, "tolerance", "percent count");
    yaml_number(p, yaml_get(node, "percent"), "percent", &x->tolerance_percent);
    yaml_number(p, yaml_get(node, "count"), "count", &x->tolerance_count);
    if (x->tolerance_percent < 0 || x->tolerance_count < 0)
        problem_add(p, node->place, "pack.tolerance", "a tolerance cannot be negative");
}

static void load_check_by(struct loader *l, const struct yaml_node *node, struct check *x)
{
    if (node && node->kind == YAML_SCALAR && str_equal_c(node->text, "facility")) {
        x->by = node->text;
        const struct expr *sides[] = {x->left, x->right};
        for (size_t s = 0; s < 2; s++)
            for (size_t i = 0; sides[s] && i < expr_aggregates(sides[s]); i++) {
                const struct reg *r = expr_aggregate(sides[s], i)->reg;
                if (!r->facility)
                    problem_add(&l->problems, node->place, "pack.by_facility",
                                "by: facility, but register '" STR_FMT
                                "' does not say which field is the facility",
                                STR_ARG(r->name));
            }
        return;
    }
    load_level(l, node, "by", &x->by);
}

static void load_duplicate(struct loader *l, const struct yaml_node *node,
                           struct check *x)
{
    struct problems *p = &l->problems;
    struct str name;
    const struct yaml_node *reg = yaml_get(node, "register");
    yaml_bool(p, yaml_get(node, "across_sources"), "across_sources", &x->across_sources);
    if (!yaml_text(p, reg, "register", &name))
        return;
    x->reg = pack_register(l->pack, name);
    if (!x->reg) {
        struct str names[64];
        size_t n = 0;
        for (; n < l->pack->n_registers && n < 64; n++)
            names[n] = l->registers[n].name;
        load_unknown(l, name, reg->place, "pack.register", "register", names, n);
        return;
    }
    const struct yaml_node *same = yaml_get(node, "same");
    const struct field **fields = problem_alloc(p, same ? same->n : 0, sizeof *fields);
    if (!same || !fields || !yaml_is_list(p, same, "same"))
        return;
    if (same->n == 0)
        problem_add(p, same->place, "pack.same", "same is an empty list");
    for (const struct yaml_node *c = same->first; c; c = c->next) {
        const struct field *f = l->sources[x->reg - l->registers].broken
                                    ? NULL
                                    : load_field(l, x->reg, c, "same");
        if (f)
            fields[x->n_same++] = f;
    }
    x->same = fields;
}

static void load_check(struct loader *l, const struct yaml_node *node, struct check *x)
{
    static const char *const kinds[] = {"compare", "outlier", "duplicate", "count"};
    static const char *const keys[] = {
        "kind label cure severity left left_label right right_label relation tolerance "
        "by "
        "every",
        "kind label cure severity value by every limit",
        "kind label cure severity register same across_sources",
        "kind label cure severity value by every"};
    static const char *const needed[] = {"left right by every", "value by every",
                                         "register same", "value by every"};
    static const char *const relations[] = {"equal", "at_most", "at_least"};
    struct problems *p = &l->problems;
    char what[96];
    WHAT(what, "check '" STR_FMT "'", STR_ARG(x->name));
    const struct yaml_node *named = yaml_get(node, "kind");
    size_t kind = 0;
    if (!named) {
        struct error *e =
            problem_add(p, node->key_place, "pack.missing_key", "%s has no kind", what);
        error_cure(e, "Add kind: compare, outlier, duplicate or count.");
        return;
    }
    if (!yaml_word(p, named, "kind", kinds, 4, &kind))
        return;
    x->kind = (enum check_kind)kind;
    char shape[128];
    yaml_known_keys(p, node, WHAT(shape, "%s of kind %s", what, kinds[kind]), keys[kind]);
    need_keys(l, node, what, kinds[kind], needed[kind]);
    load_label(l, node, "label", what, &x->label);
    yaml_label(p, yaml_get(node, "cure"), "the cure", &x->cure, NULL);
    load_severity(l, node, SEVERITY_WARNING, &x->severity);
    size_t relation = 0;
    yaml_word(p, yaml_get(node, "relation"), "relation", relations, 3, &relation);
    x->relation = (enum compare_relation)relation;
    load_measure(l, yaml_get(node, x->kind == CHECK_COMPARE ? "left" : "value"),
                 x->kind == CHECK_COMPARE ? "left" : "value", &x->left, &x->left_text);
    load_measure(l, yaml_get(node, "right"), "right", &x->right, &x->right_text);
    yaml_label(p, yaml_get(node, "left_label"), "left_label", &x->left_label, NULL);
    yaml_label(p, yaml_get(node, "right_label"), "right_label", &x->right_label, NULL);
    load_tolerance(l, yaml_get(node, "tolerance"), x);
    x->limit = 3.5;
    const struct yaml_node *limit = yaml_get(node, "limit");
    if (yaml_number(p, limit, "limit", &x->limit) && x->limit <= 0)
        problem_add(p, limit->place, "pack.limit", "limit must be larger than 0");
    if (x->kind == CHECK_DUPLICATE) {
        load_duplicate(l, node, x);
    } else {
        load_check_by(l, yaml_get(node, "by"), x);
        load_period_kind(l, yaml_get(node, "every"), "every", &x->every);
    }
}

static void load_check_file(struct loader *l, const struct yaml_node *root,
                            struct check *list)
{
    struct problems *p = &l->problems;
    if (!yaml_is_map(p, root, "a checks file"))
        return;
    yaml_known_keys(p, root, "a checks file", "checks");
    const struct yaml_node *entries = yaml_get(root, "checks");
    if (!entries)
        problem_add(p, root->place, "pack.missing_key", "the file has no key 'checks'");
    if (!yaml_is_map(p, entries, "checks"))
        return;
    for (const struct yaml_node *c = entries->first; c; c = c->next) {
        char what[96];
        if (!load_name(l, c->key, c->key_place, "a check", false) ||
            !yaml_is_map(p, c, WHAT(what, "check '" STR_FMT "'", STR_ARG(c->key))))
            continue;
        for (size_t i = 0; i < l->pack->n_checks; i++)
            if (str_equal(list[i].name, c->key))
                problem_add(p, c->key_place, "pack.name_twice",
                            "a check '" STR_FMT "' is already in " STR_FMT,
                            STR_ARG(c->key), STR_ARG(list[i].place.file));
        struct check *x = &list[l->pack->n_checks++];
        x->name = c->key;
        x->place = c->key_place;
        load_check(l, c, x);
    }
}

void load_checks(struct loader *l)
{
    size_t n = count_entries(l, "checks", "checks");
    struct check *list = problem_alloc(&l->problems, n, sizeof *list);
    if (!list)
        return;
    l->pack->checks = list;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->roots[i] && in_folder(l->files[i].path, "checks"))
            load_check_file(l, l->roots[i], list);
}
