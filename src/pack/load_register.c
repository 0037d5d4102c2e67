// SPDX-License-Identifier: AGPL-3.0-or-later
// registers/*.yaml: what a register is, its sources and key. Fields are in load_field.c.
#include "pack/load_field.h"

#include <stdio.h>
#include <string.h>

// --- names that SQL or Heng needs ------------------------------------------------------

bool name_is_sql(struct str name)
{
    // reserved in SQLite or PostgreSQL, and the words of the expression language
    static const char words[] =
        " all analyse analyze and any array as asc asymmetric authorization between "
        "binary both case cast check collate collation column commit concurrently "
        "constraint create cross current_catalog current_date current_role "
        "current_schema current_time current_timestamp current_user default deferrable "
        "delete desc distinct do drop else end escape except exists false fetch for "
        "foreign freeze from full glob grant group having if ilike in index indexed "
        "initially inner insert intersect into is isnull join lateral leading left like "
        "limit localtime localtimestamp natural not nothing notnull null offset oid on "
        "only or order outer overlaps placing primary references regexp returning right "
        "rowid select session_user set similar some symmetric table tablesample then to "
        "trailing transaction true union unique update user using values variadic "
        "verbose view when where window with ";
    char spaced[64];
    if (name.n == 0 || name.n > 50)
        return false;
    snprintf(spaced, sizeof spaced, " " STR_FMT " ", STR_ARG(name));
    return strstr(words, spaced) != NULL;
}

static bool register_name(struct loader *l, const struct yaml_node *root, struct reg *r,
                          const char *key)
{
    struct problems *p = &l->problems;
    const struct yaml_node *node = yaml_get(root, "register");
    if (!node) {
        struct error *e = problem_add(p, root->place, "pack.missing_key",
                                      "the file has no key '%s' (its name)", key);
        error_cure(e, "Begin the file with %s: and a name.", key);
        return false;
    }
    if (!yaml_text(p, node, "register", &r->name) ||
        !load_name(l, r->name, node->place, "a register", false))
        return false;
    if (name_is_sql(r->name) || str_starts(r->name, STR("r_")) ||
        str_starts(r->name, STR("heng_")) || str_starts(r->name, STR("sqlite_"))) {
        struct error *e =
            problem_add(p, node->place, "pack.name_taken",
                        "'" STR_FMT "' cannot be the name of a register: it "
                        "is a word of SQL or of Heng",
                        STR_ARG(r->name));
        error_cure(e, "Choose another name; the label may still say this word.");
        return false;
    }
    for (const struct reg *o = l->registers; o < r; o++) {
        if (str_equal(o->name, r->name)) {
            problem_add(p, node->place, "pack.name_twice",
                        "a register '" STR_FMT "' is already in " STR_FMT,
                        STR_ARG(r->name), STR_ARG(o->place.file));
            return false;
        }
    }
    r->table = str_format(p->arena, "r_" STR_FMT, STR_ARG(r->name));
    if (!r->table.p)
        p->no_memory = true;
    return true;
}

static void load_sources(struct loader *l, struct reg *r, const struct yaml_node *node,
                         struct register_source *source)
{
    if (!node)
        return;
    const struct code *codes = NULL;
    if (load_codes(l, node, "sources", &codes, &r->n_sources))
        r->sources = codes;
    else
        source->broken = true;
    r->n_sources = r->sources ? r->n_sources : 0;
    struct field *f = (struct field *)&r->fields[FIELD_SOURCE];
    f->codes = r->sources;
    f->n_codes = r->n_sources;
}

static void load_key(struct loader *l, struct reg *r, const struct yaml_node *node)
{
    struct problems *p = &l->problems;
    if (!node) {
        // an area or facility is known by its code
        const struct field *code = r->kind == REG_ROWS ? NULL : reg_field(r, STR("code"));
        const struct field **one = code ? problem_alloc(p, 1, sizeof *one) : NULL;
        if (one) {
            one[0] = code;
            r->key = one;
            r->n_key = 1;
        }
        return;
    }
    const struct field **key = problem_alloc(p, node->n + 1, sizeof *key);
    if (!key || !yaml_is_list(p, node, "key"))
        return;
    if (node->n == 0)
        problem_add(p, node->place, "pack.key_empty", "key is an empty list");
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        const struct field *f = load_field(l, r, c, "a field of the key");
        if (!f)
            continue;
        bool again = false;
        for (size_t i = 0; i < r->n_key; i++)
            again |= key[i] == f;
        if (again)
            problem_add(p, c->place, "pack.key_field_twice",
                        "'" STR_FMT "' is in the key twice", STR_ARG(f->name));
        else if (f->system && f->index != FIELD_SOURCE)
            problem_add(p, c->place, "pack.key_field",
                        "'" STR_FMT "' is set by Heng and cannot be part of a key",
                        STR_ARG(f->name));
        else if (f->index == FIELD_SOURCE && r->n_sources == 0)
            problem_add(p, c->place, "pack.key_field",
                        "the key has 'source', but the register has no sources");
        else
            key[r->n_key++] = f;
    }
    r->key = key;
}

// area:, facility:, date: name fields of the right type.
static void check_placing(struct loader *l, struct reg *r, const struct yaml_node *root)
{
    struct problems *p = &l->problems;
    static const char *const keys[] = {"area", "facility", "date"};
    const struct field **to[] = {&r->area, &r->facility, &r->date};
    static const enum type types[] = {TYPE_AREA, TYPE_FACILITY, TYPE_DATE};
    for (size_t i = 0; i < 3; i++) {
        const struct yaml_node *node = yaml_get(root, keys[i]);
        if (!node)
            continue;
        const struct field *f = load_field(l, r, node, keys[i]);
        if (!f || f->type == TYPE_NONE)
            continue;
        if (f->system) {
            problem_add(p, node->place, "pack.field",
                        "%s: '" STR_FMT "' is not declared under fields", keys[i],
                        STR_ARG(f->name));
        } else if (f->type == types[i] || (i == 2 && f->type == TYPE_PERIOD)) {
            *to[i] = f;
        } else {
            struct error *e = problem_add(
                p, node->place, "pack.placing_type",
                "%s: '" STR_FMT "' has type %s, but a field of type %s is needed",
                keys[i], STR_ARG(f->name), type_name(f->type),
                i == 2 ? "date or period" : type_name(types[i]));
            error_cure(e, "Name another field, or change the type of '" STR_FMT "'.",
                       STR_ARG(f->name));
        }
    }
    if (r->kind == REG_ROWS && !yaml_get(root, "area") && !yaml_get(root, "facility")) {
        struct error *e = problem_add(p, root->place, "pack.placing",
                                      "register '" STR_FMT "' does not say which field "
                                      "places its rows",
                                      STR_ARG(r->name));
        error_cure(e, "Add area: (or facility:) with the name of the field.");
    }
}

static void load_due(struct loader *l, struct reg *r, const struct yaml_node *node)
{
    struct problems *p = &l->problems;
    struct due *due = &r->due;
    if (!node || !yaml_is_map(p, node, "due"))
        return;
    yaml_known_keys(p, node, "due", "every by_day level facilities received");
    due->set = true;
    const struct yaml_node *every = yaml_get(node, "every");
    if (!every)
        problem_add(p, node->key_place, "pack.missing_key", "due has no key 'every'");
    load_period_kind(l, every, "every", &due->every);
    int64_t day = 5;
    yaml_int(p, yaml_get(node, "by_day"), "by_day", 1, 28, &day);
    due->by_day = (int)day;
    const struct yaml_node *level = yaml_get(node, "level");
    const struct yaml_node *kinds = yaml_get(node, "facilities");
    if ((level != NULL) == (kinds != NULL)) {
        struct error *e = problem_add(
            p, node->key_place, "pack.due_who",
            level ? "due names both a level and facilities; one of them owes the row"
                  : "due does not say who owes the row");
        error_cure(e, "Give either level: (every area of it) or facilities: (every "
                      "facility of these kinds).");
    }
    if (level)
        load_level(l, level, "level", &due->level);
    if (kinds)
        yaml_words(p, kinds, "facilities", &due->kinds, &due->n_kinds);
    const struct yaml_node *received = yaml_get(node, "received");
    due->received = load_field(l, r, received, "received");
    if (due->received && due->received->type != TYPE_DATE) {
        problem_add(p, received->place, "pack.due_received",
                    "received: '" STR_FMT "' has type %s, but a date is needed",
                    STR_ARG(due->received->name), type_name(due->received->type));
        due->received = NULL;
    }
    if (!r->date)
        problem_add(p, node->key_place, "pack.due_date",
                    "due needs a dated register: name the field that dates a row with "
                    "date:");
    const struct field *dated = r->date;
    if (every && dated && dated->type == TYPE_PERIOD &&
        dated->period_kind != due->every) {
        struct error *e = problem_add(p, every->place, "pack.due_every",
                                      "a row is due every %s, but the field '" STR_FMT
                                      "' that dates it holds a %s",
                                      period_kind_name(due->every), STR_ARG(dated->name),
                                      period_kind_name(dated->period_kind));
        error_cure(e, "Write the same period in both.");
    }
}

// The kinds of facility that owe a row are codes of the facilities register.
static void check_due_kinds(struct loader *l, const struct reg *r)
{
    const struct reg *facilities = l->pack->facilities;
    const struct field *kind = facilities ? reg_field(facilities, STR("kind")) : NULL;
    const size_t at = (size_t)(r - l->registers);
    const struct yaml_node *node =
        yaml_get(yaml_get(l->sources[at].root, "due"), "facilities");
    for (size_t i = 0; i < r->due.n_kinds; i++) {
        if (kind && field_code(kind, r->due.kinds[i]) >= 0)
            continue;
        struct str names[64];
        size_t n = 0;
        for (; kind && n < kind->n_codes && n < 64; n++)
            names[n] = kind->codes[n].value;
        load_unknown(l, r->due.kinds[i], node->place, "pack.due_kind",
                     "kind of facility called", names, n);
    }
    if (r->facility == NULL && r->due.n_kinds)
        problem_add(&l->problems, node->key_place, "pack.due_facility",
                    "facilities owe rows of '" STR_FMT "', but the register does not say "
                    "which field is the facility",
                    STR_ARG(r->name));
}

static bool load_kind_and_purpose(struct loader *l, const struct yaml_node *root,
                                  struct reg *r)
{
    struct problems *p = &l->problems;
    static const char *const kinds[] = {"rows", "areas", "facilities"};
    size_t i = 0;
    bool known = !yaml_get(root, "kind") ||
                 yaml_word(p, yaml_get(root, "kind"), "kind", kinds, 3, &i);
    r->kind = (enum reg_kind)i;
    const char *purposes[PURPOSE_COUNT];
    for (int k = 0; k < PURPOSE_COUNT; k++)
        purposes[k] = purpose_name((enum purpose)k);
    size_t purpose = PURPOSE_STATISTICS;
    const struct yaml_node *node = yaml_get(root, "purpose");
    if (!node && r->kind == REG_ROWS) {
        struct error *e =
            problem_add(p, root->place, "pack.missing_key",
                        "register '" STR_FMT "' has no purpose", STR_ARG(r->name));
        error_cure(e, "Add purpose: care, vital, supervision, benefit or statistics. It "
                      "decides who may see its rows.");
    }
    yaml_word(p, node, "purpose", purposes, PURPOSE_COUNT, &purpose);
    r->purpose = (enum purpose)purpose;
    return known;
}

static void load_register(struct loader *l, const struct yaml_node *root, struct reg *r,
                          struct register_source *source)
{
    struct problems *p = &l->problems;
    char what[96];
    r->place = root->place;
    if (!yaml_is_map(p, root, "a register's file")) {
        source->broken = true;
        return;
    }
    yaml_known_keys(
        p, root, "a register",
        "register kind purpose label area facility date sources leave_out key "
        "due fields checks workflow");
    yaml_words(p, yaml_get(root, "leave_out"), "leave_out", &r->leave_out,
               &r->n_leave_out);
    source->broken =
        !register_name(l, root, r, source->checklist ? "checklist" : "register");
    source->broken |= !load_kind_and_purpose(l, root, r);
    load_label(l, root, "label", WHAT(what, "register '" STR_FMT "'", STR_ARG(r->name)),
               &r->label);
    if (!load_fields(l, root, r, source))
        source->broken = true;
    if (p->no_memory || !r->fields)
        return;
    source->broken |= !load_stage_fields(l, root, r);
    load_sources(l, r, yaml_get(root, "sources"), source);
    check_placing(l, r, root);
    load_key(l, r, yaml_get(root, "key"));
    load_due(l, r, yaml_get(root, "due"));
}

static void find_trees(struct loader *l, bool all_read)
{
    struct pack *pack = l->pack;
    for (size_t i = 0; i < pack->n_registers; i++) {
        const struct reg *r = &pack->registers[i];
        if (r->kind == REG_ROWS)
            continue;
        const struct reg **to = r->kind == REG_AREAS ? &pack->areas : &pack->facilities;
        if (*to)
            problem_add(&l->problems, r->place, "pack.kind_twice",
                        "register '" STR_FMT "' is of kind %s, but '" STR_FMT
                        "' already is; a pack has one",
                        STR_ARG(r->name), r->kind == REG_AREAS ? "areas" : "facilities",
                        STR_ARG((*to)->name));
        else
            *to = r;
    }
    if (!pack->areas && all_read) {
        struct error *e =
            problem_add(&l->problems, (struct place){STR("pack.yaml"), 0, 0},
                        "pack.no_areas", "no register of the pack is of kind areas");
        error_cure(e, "Add registers/areas.yaml with register: areas and kind: areas.");
    }
    for (size_t i = 0; i < pack->n_registers && !pack->facilities && all_read; i++) {
        const struct reg *r = &pack->registers[i];
        for (size_t k = 0; k < r->n_fields; k++)
            if (!r->fields[k].system && r->fields[k].type == TYPE_FACILITY)
                problem_add(&l->problems, r->fields[k].place, "pack.no_facilities",
                            "field '" STR_FMT "' is a facility, but no register of the "
                            "pack is of kind facilities",
                            STR_ARG(r->fields[k].name));
    }
}

static bool makes_register(struct str path)
{
    return in_folder(path, "registers") || in_folder(path, "checklists");
}

void load_registers(struct loader *l)
{
    size_t n = 0;
    bool all_read = true;
    for (size_t i = 0; i < l->n_files; i++) {
        if (makes_register(l->files[i].path)) {
            n += l->roots[i] != NULL;
            all_read &= l->roots[i] != NULL;
        }
    }
    l->unread_register = !all_read;
    l->registers = problem_alloc(&l->problems, n, sizeof *l->registers);
    l->sources = problem_alloc(&l->problems, n, sizeof *l->sources);
    if (l->problems.no_memory)
        return;
    l->pack->registers = l->registers;
    for (size_t i = 0; i < l->n_files && !l->problems.no_memory; i++) {
        if (!l->roots[i] || !makes_register(l->files[i].path))
            continue;
        size_t k = l->pack->n_registers++;
        struct register_source *source = &l->sources[k];
        bool checklist = in_folder(l->files[i].path, "checklists");
        source->checklist = checklist ? l->roots[i] : NULL;
        source->root = checklist ? checklist_register(l, l->roots[i]) : l->roots[i];
        load_register(l, source->root, &l->registers[k], source);
        if (checklist && l->registers[k].fields)
            checklist_own_fields(&l->registers[k]);
    }
    if (l->problems.no_memory)
        return;
    find_trees(l, all_read);
    for (size_t i = 0; i < n && all_read; i++)
        check_due_kinds(l, &l->registers[i]);
}
