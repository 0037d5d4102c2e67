// SPDX-License-Identifier: AGPL-3.0-or-later
// projections/*.yaml: which registers the years ahead of an area come from.
#include "pack/load.h"

#include <stdio.h>

enum { MOST_YEARS_BACK = 20, USUAL_YEARS_BACK = 5 };

// A part of the file: its register, of which rows of an area and a day are read.
static const struct yaml_node *part(struct loader *l, const struct yaml_node *root,
                                    const char *name, const char *keys,
                                    const struct reg **reg)
{
    struct problems *p = &l->problems;
    const struct yaml_node *node = yaml_get(root, name), *named;
    if (!node || !yaml_is_map(p, node, name))
        return NULL;
    yaml_known_keys(p, node, name, keys);
    named = yaml_get(node, "register");
    if (!named) {
        struct error *e = problem_add(p, node->key_place, "pack.missing_key",
                                      "%s needs the key 'register'", name);
        error_cure(e, "Name the register whose rows they are.");
        return NULL;
    }
    const struct reg *r = load_register_named(l, named, "register");
    if (!r || load_is_broken(l, r))
        return NULL;
    if (r->purpose == PURPOSE_CARE) {
        struct error *e =
            problem_add(p, named->place, "charter.projection",
                        "register '" STR_FMT
                        "' is one of care; the Charter says: its small counts are not "
                        "shown, and people by single years of age are small counts",
                        STR_ARG(r->name));
        error_cure(e, "Name a register of purpose vital or statistics.");
        return NULL;
    }
    if (!r->area || !r->date) {
        struct error *e =
            problem_add(p, named->place, "pack.projection_place",
                        "register '" STR_FMT "' does not say which field is the %s",
                        STR_ARG(r->name), r->area ? "date" : "area");
        error_cure(e, "Years ahead are of an area, from what was there on a day: the "
                      "register needs area: and date:.");
        return NULL;
    }
    *reg = r;
    return node;
}

// A field of the part; NULL where it is missing or cannot be counted by.
static const struct field *field_of(struct loader *l, const struct yaml_node *node,
                                    const char *name, const char *key,
                                    const struct reg *r, enum type type, const char *cure)
{
    struct problems *p = &l->problems;
    const struct yaml_node *named = yaml_get(node, key);
    if (!named) {
        struct error *e = problem_add(p, node->key_place, "pack.missing_key",
                                      "%s needs the key '%s'", name, key);
        error_cure(e, "%s", cure);
        return NULL;
    }
    const struct field *f = load_field(l, r, named, key);
    if (!f)
        return NULL;
    if (f->type != type) {
        struct error *e =
            problem_add(p, named->place, "pack.projection_field",
                        "%s: '" STR_FMT "' has type %s; %s is expected", key,
                        STR_ARG(f->name), type_name(f->type), type_name(type));
        error_cure(e, "%s", cure);
        return NULL;
    }
    if (f->identifies && f->index >= SYSTEM_FIELDS) {
        struct error *e = problem_add(p, named->place, "charter.identifies",
                                      "%s: '" STR_FMT
                                      "' identifies a person; the Charter says: reports "
                                      "get counts, never rows",
                                      key, STR_ARG(f->name));
        error_cure(e, "Name a field that does not.");
        return NULL;
    }
    return f;
}

static const struct field *sex_of(struct loader *l, const struct yaml_node *node,
                                  const char *name, const struct reg *r)
{
    static const char cure[] = "A code with the values m and f.";
    const struct field *f = field_of(l, node, name, "sex", r, TYPE_CODE, cure);
    if (!f || (field_code(f, STR("m")) >= 0 && field_code(f, STR("f")) >= 0))
        return f;
    struct error *e =
        problem_add(&l->problems, yaml_get(node, "sex")->place, "pack.projection_sex",
                    "sex: '" STR_FMT "' has no code m, or none f", STR_ARG(f->name));
    error_cure(e, "%s", cure);
    return NULL;
}

// Of fields that can be counted by, for the rows are read as figures are.
static void load_where(struct loader *l, const struct yaml_node *node,
                       const struct reg *r, const struct expr **out, struct str *text)
{
    struct problems *p = &l->problems;
    const struct yaml_node *said = yaml_get(node, "where");
    bool *used = problem_alloc(p, r->n_fields, sizeof *used);
    if (!said || !used || !load_condition(l, r, said, "where", out, text))
        return;
    expr_fields(*out, used);
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        bool kept = f->index == FIELD_ID ||
                    (f->index > FIELD_STATE && f->index < SYSTEM_FIELDS),
             text_like =
                 f->type == TYPE_TEXT || f->type == TYPE_NAME || f->type == TYPE_PERIOD,
             person = f->identifies && f->index >= SYSTEM_FIELDS;
        if (!used[i] || (!kept && !text_like && !person))
            continue;
        struct error *e = problem_add(p, said->place, "pack.projection_where",
                                      "where: '" STR_FMT "' %s, and cannot be counted by",
                                      STR_ARG(f->name),
                                      person ? "identifies a person"
                                      : kept ? "is about the keeping of the row"
                                             : "is a text");
        error_cure(e, "Use codes, dates and numbers.");
    }
}

static void load_people(struct loader *l, const struct yaml_node *root,
                        struct projection_plan *x)
{
    const struct yaml_node *node =
        part(l, root, "people", "register sex age people", &x->people.reg);
    const struct reg *r = x->people.reg;
    if (!node)
        return;
    if (!r->area->level.n) {
        struct error *e = problem_add(&l->problems, yaml_get(node, "register")->place,
                                      "pack.projection_level",
                                      "register '" STR_FMT "': its area '" STR_FMT
                                      "' may be of any level, so that people could be "
                                      "counted twice",
                                      STR_ARG(r->name), STR_ARG(r->area->name));
        error_cure(e, "Give the field a level, for example level: township.");
    }
    x->people.sex = sex_of(l, node, "people", r);
    x->people.age = field_of(l, node, "people", "age", r, TYPE_INT,
                             "Single years of age; the last one is open.");
    x->people.people =
        field_of(l, node, "people", "people", r, TYPE_INT, "How many there are.");
}

static void load_births(struct loader *l, const struct yaml_node *root,
                        struct projection_plan *x)
{
    const struct yaml_node *node =
        part(l, root, "births", "register sex mother_birth_year where", &x->births.reg);
    if (!node)
        return;
    x->births.sex = sex_of(l, node, "births", x->births.reg);
    x->births.mother_birth_year =
        field_of(l, node, "births", "mother_birth_year", x->births.reg, TYPE_INT,
                 "The year in which the mother was born.");
    load_where(l, node, x->births.reg, &x->births.where, &x->births.where_text);
}

static void load_deaths(struct loader *l, const struct yaml_node *root,
                        struct projection_plan *x)
{
    const struct yaml_node *node =
        part(l, root, "deaths", "register sex born where", &x->deaths.reg);
    if (!node)
        return;
    x->deaths.sex = sex_of(l, node, "deaths", x->deaths.reg);
    x->deaths.born = field_of(l, node, "deaths", "born", x->deaths.reg, TYPE_DATE,
                              "The day on which the one who died was born.");
    load_where(l, node, x->deaths.reg, &x->deaths.where, &x->deaths.where_text);
}

static void load_projection(struct loader *l, const struct yaml_node *root,
                            struct projection_plan *list)
{
    static const char *const needed[] = {"projection", "people", "births", "deaths"};
    struct problems *p = &l->problems;
    if (!yaml_is_map(p, root, "a projection file"))
        return;
    yaml_known_keys(p, root, "a projection file",
                    "projection label look_back_years people births deaths");
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!yaml_get(root, needed[i]))
            problem_add(p, root->place, "pack.missing_key", "the file has no key '%s'",
                        needed[i]);
    const struct yaml_node *named = yaml_get(root, "projection");
    struct str name;
    if (!yaml_text(p, named, "projection", &name) ||
        !load_name(l, name, named->place, "a projection", true))
        return;
    if (pack_projection(l->pack, name))
        problem_add(p, named->place, "pack.name_twice",
                    "a projection '" STR_FMT "' is in another file already",
                    STR_ARG(name));
    struct projection_plan *x = &list[l->pack->n_projections++];
    int64_t years = USUAL_YEARS_BACK;
    x->name = name;
    x->place = named->place;
    load_label(l, root, "label", "the projection", &x->label);
    yaml_int(p, yaml_get(root, "look_back_years"), "look_back_years", 1, MOST_YEARS_BACK,
             &years);
    x->look_back = (int)years;
    load_people(l, root, x);
    load_births(l, root, x);
    load_deaths(l, root, x);
}

void load_projections(struct loader *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_files; i++)
        n += l->roots[i] && in_folder(l->files[i].path, "projections");
    struct projection_plan *list = problem_alloc(&l->problems, n, sizeof *list);
    if (!list)
        return;
    l->pack->projections = list;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->roots[i] && in_folder(l->files[i].path, "projections"))
            load_projection(l, l->roots[i], list);
}
