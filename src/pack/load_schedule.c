// SPDX-License-Identifier: AGPL-3.0-or-later
// schedules/*.yaml: what the rows of a register owe, counted from a date of theirs.
#include "pack/engines.h"
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

enum { MOST_POINTS = 60, MOST_SPAN = 60000 };

// --- parts -----------------------------------------------------------------------------

static void missing(struct loader *l, const struct yaml_node *root, const char *key)
{
    problem_add(&l->problems, root->key_place, "pack.missing_key",
                "the schedule has no key '%s'", key);
}

// How long something is: not before.
static void load_length(struct loader *l, const struct yaml_node *node, const char *what,
                        struct span *out)
{
    if (!node || !load_span(l, node, what, out) || (out->months >= 0 && out->days >= 0))
        return;
    struct error *e =
        problem_add(&l->problems, node->place, "pack.schedule_length",
                    "%s cannot be before the day, but '" STR_FMT "' was found", what,
                    STR_ARG(node->text));
    error_cure(e, "Write it without the sign, for example 15 days.");
}

static const struct field *date_field(struct loader *l, const struct reg *r,
                                      const struct yaml_node *node, const char *what)
{
    const struct field *f = node ? load_field(l, r, node, what) : NULL;
    if (!f || f->type == TYPE_DATE)
        return f;
    problem_add(&l->problems, node->place, "pack.schedule_date",
                "%s: '" STR_FMT "' has type %s, but a date is needed", what,
                STR_ARG(f->name), type_name(f->type));
    return NULL;
}

// --- points ----------------------------------------------------------------------------

static int32_t day_after(int32_t day, struct span s)
{
    return date_add_months(day, s.months) + s.days;
}

// Each point lies behind the one before it, whatever day it is counted from: tried for
// every day of four years, in which all lengths of months come after each other.
static void check_rising(struct loader *l, const struct schedule *s,
                         const struct yaml_node *node)
{
    int32_t first;
    if (!date_from_ymd(2023, 1, 1, &first))
        return;
    const struct yaml_node *at = node->first;
    for (size_t i = 1; i < s->n_points; i++) {
        at = at->next;
        for (int32_t day = first; day < first + 1461; day++) {
            if (day_after(day, s->points[i].at) > day_after(day, s->points[i - 1].at))
                continue;
            char text[DATE_TEXT_SIZE];
            date_format(day, text);
            struct error *e = problem_add(
                &l->problems, at->key_place, "pack.schedule_order",
                "point '" STR_FMT "' does not come after '" STR_FMT
                "' when they are counted from %s",
                STR_ARG(s->points[i].name), STR_ARG(s->points[i - 1].name), text);
            error_cure(e, "Write the points in the order of their days.");
            return;
        }
    }
}

static void load_points(struct loader *l, const struct yaml_node *node,
                        struct schedule *s)
{
    struct problems *p = &l->problems;
    char what[96];
    bool good = true;
    if (!node || !yaml_is_map(p, node, "points"))
        return;
    if (!node->n || node->n > MOST_POINTS) {
        problem_add(p, node->key_place, "pack.schedule_points",
                    "points has %zu entries; from 1 to %d are possible", node->n,
                    MOST_POINTS);
        return;
    }
    struct schedule_point *points = problem_alloc(p, node->n, sizeof *points);
    if (!points)
        return;
    s->points = points;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        WHAT(what, "point '" STR_FMT "'", STR_ARG(c->key));
        struct schedule_point *x = &points[s->n_points++];
        x->name = c->key;
        if (!load_name(l, c->key, c->key_place, "a point", false) ||
            !yaml_is_map(p, c, what)) {
            good = false;
            continue;
        }
        yaml_known_keys(p, c, what, "at label");
        load_label(l, c, "label", what, &x->label);
        if (!yaml_get(c, "at"))
            problem_add(p, c->key_place, "pack.missing_key", "%s has no key 'at'", what);
        good &= load_span(l, yaml_get(c, "at"), "at", &x->at);
    }
    if (good)
        check_rising(l, s, node);
}

// --- done ------------------------------------------------------------------------------

static bool is_key(const struct reg *r)
{
    return r->n_key == 1 && r->key[0]->type == TYPE_TEXT;
}

// `rows: REGISTER.FIELD`: rows whose field has the key of the row that owes, or (in the
// register that owes itself) the same value.
static void load_rows(struct loader *l, const struct yaml_node *node, struct schedule *s)
{
    struct problems *p = &l->problems;
    struct str text, head, rest;
    if (!yaml_text(p, node, "rows", &text))
        return;
    if (!str_split(text, '.', &head, &rest)) {
        struct error *e = problem_add(
            p, node->place, "pack.schedule_rows",
            "rows must name a field as REGISTER.FIELD, but '" STR_FMT "' was found",
            STR_ARG(text));
        error_cure(e, "For example services.child.");
        return;
    }
    struct yaml_node name = *node;
    name.text = head;
    const struct reg *r = load_register_named(l, &name, "rows");
    if (!r || load_is_broken(l, r))
        return;
    name.text = rest;
    name.place.column += (int)head.n + 1;
    const struct field *f = load_field(l, r, &name, "rows");
    if (!f)
        return;
    if (r != s->reg && (f->refers != s->reg || !is_key(s->reg))) {
        struct error *e =
            problem_add(p, name.place, "pack.schedule_refers",
                        "field '" STR_FMT "' of '" STR_FMT
                        "' does not refer to the register '" STR_FMT "'",
                        STR_ARG(f->name), STR_ARG(r->name), STR_ARG(s->reg->name));
        error_cure(e, "Give the field refers: " STR_FMT ".", STR_ARG(s->reg->name));
        return;
    }
    if (f->type != TYPE_TEXT) {
        problem_add(p, name.place, "pack.schedule_refers",
                    "rows: '" STR_FMT "' has type %s, but a text is needed",
                    STR_ARG(f->name), type_name(f->type));
        return;
    }
    if (!r->date) {
        problem_add(p, node->place, "pack.schedule_dated",
                    "register '" STR_FMT "' does not say which field dates its rows",
                    STR_ARG(r->name));
        return;
    }
    if (r->purpose == PURPOSE_CARE && s->reg->purpose != PURPOSE_CARE) {
        struct error *e = problem_add(
            p, node->place, "charter.one_way_glass",
            "whether a row of '" STR_FMT "' is done would tell of a row of the care "
            "register '" STR_FMT "'; the Charter says: rows of care are seen only by "
            "the people who give that care",
            STR_ARG(s->reg->name), STR_ARG(r->name));
        error_cure(e, "Let rows of care owe care, and nothing else.");
        return;
    }
    s->by.reg = r;
    s->by.by = f;
}

static void load_done(struct loader *l, const struct yaml_node *node, struct schedule *s)
{
    struct problems *p = &l->problems;
    if (!node)
        return;
    if (node->kind == YAML_SCALAR) {
        load_condition(l, s->reg, node, "done", &s->done, NULL);
        return;
    }
    if (!yaml_is_map(p, node, "done"))
        return;
    const struct yaml_node *rows = yaml_get(node, "rows"), *on = yaml_get(node, "on"),
                           *where = yaml_get(node, "where");
    yaml_known_keys(p, node, "done", "rows on where");
    if ((rows != NULL) == (on != NULL)) {
        struct error *e = problem_add(p, node->key_place, "pack.schedule_done",
                                      rows ? "done has both rows and on"
                                           : "done has neither rows nor on");
        error_cure(e, "Give rows: REGISTER.FIELD, or on: and the date of the row on "
                      "which it was done.");
        return;
    }
    if (on) {
        s->done_on = date_field(l, s->reg, on, "on");
        if (where)
            load_condition(l, s->reg, where, "where", &s->done, NULL);
        return;
    }
    load_rows(l, rows, s);
    if (s->by.reg && where)
        load_condition(l, s->by.reg, where, "where", &s->by.where, &s->by.where_text);
}

// --- the file --------------------------------------------------------------------------

static void load_of_register(struct loader *l, const struct yaml_node *root,
                             struct schedule *s)
{
    s->reg = load_register_named(l, yaml_get(root, "for"), "for");
    if (!s->reg || load_is_broken(l, s->reg))
        return;
    const struct yaml_node *where = yaml_get(root, "where");
    if (where)
        load_condition(l, s->reg, where, "where", &s->where, NULL);
    s->from = date_field(l, s->reg, yaml_get(root, "from"), "from");
    load_done(l, yaml_get(root, "done"), s);
}

static void load_schedule(struct loader *l, const struct yaml_node *root,
                          struct schedule *list)
{
    struct problems *p = &l->problems;
    static const char *const needed[] = {"schedule", "for", "from", "points"};
    if (!yaml_is_map(p, root, "a schedule file"))
        return;
    yaml_known_keys(p, root, "a schedule",
                    "schedule label for where from points opens grace done cure");
    for (size_t i = 0; i < 4; i++)
        if (!yaml_get(root, needed[i]))
            missing(l, root, needed[i]);
    const struct yaml_node *named = yaml_get(root, "schedule");
    struct str name;
    if (!yaml_text(p, named, "schedule", &name) ||
        !load_name(l, name, named->place, "a schedule", false))
        return;
    if (pack_schedule(l->pack, name))
        problem_add(p, named->place, "pack.name_twice",
                    "a schedule '" STR_FMT "' is in another file already", STR_ARG(name));
    struct schedule *s = &list[l->pack->n_schedules++];
    s->name = name;
    s->place = named->place;
    load_label(l, root, "label", "the schedule", &s->label);
    load_points(l, yaml_get(root, "points"), s);
    load_length(l, yaml_get(root, "opens"), "opens", &s->opens);
    load_length(l, yaml_get(root, "grace"), "grace", &s->grace);
    yaml_label(p, yaml_get(root, "cure"), "the cure", &s->cure, NULL);
    load_of_register(l, root, s);
}

void load_schedules(struct loader *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_files; i++)
        n += l->roots[i] && in_folder(l->files[i].path, "schedules");
    struct schedule *list = n ? problem_alloc(&l->problems, n, sizeof *list) : NULL;
    if (!list)
        return;
    l->pack->schedules = list;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->roots[i] && in_folder(l->files[i].path, "schedules"))
            load_schedule(l, l->roots[i], list);
}
