// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/load_field.h"

#include <stdio.h>
#include <string.h>

// --- Heng's own fields -----------------------------------------------------------------

#define T(text)                                                                          \
    {                                                                                    \
        text, sizeof(text) - 1                                                           \
    } // a constant struct str

struct system_field_row {
    const char *name;
    enum type type;
    struct label label;
};

static const struct system_field_row system_fields[SYSTEM_FIELDS] = {
    [FIELD_ID] = {"id", TYPE_INT, {T("Row number"), T("行号")}},
    [FIELD_AREA] = {"area", TYPE_AREA, {T("Area"), T("地区")}},
    [FIELD_FACILITY] = {"facility", TYPE_FACILITY, {T("Facility"), T("机构")}},
    [FIELD_DATE] = {"date", TYPE_DATE, {T("Date"), T("日期")}},
    [FIELD_SOURCE] = {"source", TYPE_CODE, {T("Source"), T("数据来源")}},
    [FIELD_STATE] = {"state", TYPE_CODE, {T("State"), T("状态")}},
    [FIELD_VERSION] = {"version", TYPE_INT, {T("Version"), T("版本")}},
    [FIELD_SAVED_BY] = {"saved_by", TYPE_INT, {T("Saved by"), T("保存人")}},
    [FIELD_SAVED_AT] = {"saved_at", TYPE_INT, {T("Saved at"), T("保存时间")}},
    [FIELD_FINGERPRINT] = {"fingerprint", TYPE_INT, {T("Fingerprint"), T("指纹")}},
};

static const struct code state_codes[] = {
    {T("current"), {T("current"), T("有效")}, NULL, 0},
    {T("struck"), {T("struck"), T("作废")}, NULL, 0},
};

static void put_system_fields(struct field *fields)
{
    for (size_t i = 0; i < SYSTEM_FIELDS; i++) {
        struct field *f = &fields[i];
        f->name = f->column = str_of(system_fields[i].name);
        f->index = i;
        f->type = system_fields[i].type;
        f->system = true;
        f->label = system_fields[i].label;
    }
    fields[FIELD_STATE].codes = state_codes;
    fields[FIELD_STATE].n_codes = 2;
    fields[FIELD_STATE].required = true;
}

// --- the fields that every areas or facilities register has ----------------------------

struct standard_field {
    const char *name;
    enum type type;
    bool required, optional; // optional: only where the pack declares it
    struct label label;
};

static const struct standard_field area_fields[] = {
    {"code", TYPE_TEXT, true, false, {T("Area code"), T("地区代码")}},
    {"name", TYPE_NAME, true, false, {T("Name"), T("名称")}},
    {"name_en", TYPE_TEXT, false, false, {T("English name"), T("英文名称")}},
    {"level", TYPE_CODE, false, false, {T("Level"), T("级别")}},
    {"parent", TYPE_TEXT, false, false, {T("Parent's code"), T("上级代码")}},
    {"valid_from", TYPE_DATE, false, false, {T("Valid from"), T("启用日期")}},
    {"valid_to", TYPE_DATE, false, false, {T("Valid to"), T("停用日期")}},
    {"successor", TYPE_TEXT, false, false, {T("Successor's code"), T("继任地区代码")}},
};

static const struct standard_field facility_fields[] = {
    {"code", TYPE_TEXT, true, false, {T("Facility code"), T("机构代码")}},
    {"name", TYPE_NAME, true, false, {T("Name"), T("名称")}},
    {"name_en", TYPE_TEXT, false, false, {T("English name"), T("英文名称")}},
    {"kind", TYPE_CODE, false, false, {T("Kind"), T("类别")}},
    {"area", TYPE_AREA, true, false, {T("Area"), T("所在地区")}},
    {"valid_from", TYPE_DATE, false, false, {T("Valid from"), T("启用日期")}},
    {"valid_to", TYPE_DATE, false, false, {T("Valid to"), T("停用日期")}},
};

static const struct standard_field *standard_fields(enum reg_kind kind, size_t *n)
{
    *n = kind == REG_AREAS        ? sizeof area_fields / sizeof *area_fields
         : kind == REG_FACILITIES ? sizeof facility_fields / sizeof *facility_fields
                                  : 0;
    return kind == REG_AREAS ? area_fields : facility_fields;
}

static const struct standard_field *standard_field(enum reg_kind kind, struct str name)
{
    size_t n;
    const struct standard_field *list = standard_fields(kind, &n);
    for (size_t i = 0; i < n; i++)
        if (str_equal_c(name, list[i].name))
            return &list[i];
    return NULL;
}

// --- codes -----------------------------------------------------------------------------

// A spelling (value, label or also) may stand for one code only.
static void check_spellings(struct loader *l, const struct yaml_node *node,
                            const struct code *codes, size_t n)
{
    const struct yaml_node *at = node->first;
    for (size_t i = 0; i < n; i++, at = at->next) {
        for (size_t k = 0; k < codes[i].n_also; k++) {
            struct str word = codes[i].also[k];
            for (size_t o = 0; o < n; o++) {
                bool same = o != i && (str_equal(word, codes[o].value) ||
                                       str_equal(word, codes[o].label.zh));
                for (size_t m = 0; m < codes[o].n_also && o < i; m++)
                    same |= str_equal(word, codes[o].also[m]);
                if (same)
                    problem_add(&l->problems, at->place, "pack.code_spelling",
                                "'" STR_FMT "' would stand for both '" STR_FMT
                                "' and '" STR_FMT "'",
                                STR_ARG(word), STR_ARG(codes[o].value),
                                STR_ARG(codes[i].value));
            }
        }
    }
}

bool load_codes(struct loader *l, const struct yaml_node *node, const char *what,
                const struct code **out, size_t *n)
{
    struct problems *p = &l->problems;
    char text[128];
    *n = 0;
    if (!yaml_is_map(p, node, what))
        return false;
    if (node->n == 0 || node->n > 250) {
        problem_add(p, node->key_place, "pack.codes",
                    "%s has %zu entries; from 1 to 250 are possible", what, node->n);
        return false;
    }
    struct code *codes = problem_alloc(p, node->n, sizeof *codes);
    if (!codes)
        return false;
    bool good = true;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        struct code *code = &codes[(*n)++];
        good &= load_name(l, c->key, c->key_place, "a code", false);
        if (name_is_sql(c->key)) {
            struct error *e =
                problem_add(p, c->key_place, "pack.name_taken",
                            "'" STR_FMT "' cannot be a code: it is a word of the "
                            "expression language or of SQL",
                            STR_ARG(c->key));
            error_cure(e,
                       "Choose another code, for example '" STR_FMT
                       "_'; if files have this word, add also: [" STR_FMT "].",
                       STR_ARG(c->key), STR_ARG(c->key));
            good = false;
        }
        code->value = c->key;
        struct yaml_also also = {0};
        yaml_label(p, c, WHAT(text, "the label of code '" STR_FMT "'", STR_ARG(c->key)),
                   &code->label, &also);
        code->also = also.list;
        code->n_also = also.n;
    }
    check_spellings(l, node, codes, *n);
    *out = codes;
    return good;
}

// The codes of an area's level are the pack's levels.
static bool level_codes(struct loader *l, const struct yaml_node *node, struct field *f)
{
    struct problems *p = &l->problems;
    struct code *codes = problem_alloc(p, l->pack->n_levels, sizeof *codes);
    if (!codes)
        return false;
    for (size_t i = 0; i < l->pack->n_levels; i++)
        codes[i] = (struct code){l->pack->levels[i].name, l->pack->levels[i].label, 0, 0};
    const struct code *said = NULL;
    size_t n_said = 0;
    if (node && load_codes(l, node, "codes", &said, &n_said)) {
        for (size_t i = 0; i < n_said; i++) {
            int at = pack_level(l->pack, said[i].value);
            if (at >= 0)
                codes[at] = said[i];
            else
                problem_add(p, node->place, "pack.level",
                            "'" STR_FMT "' is no level of pack.yaml; the codes of level "
                            "are the pack's levels",
                            STR_ARG(said[i].value));
        }
    }
    f->codes = codes;
    f->n_codes = l->pack->n_levels;
    return f->n_codes > 0;
}

// --- one field -------------------------------------------------------------------------

static bool is_number(enum type t)
{
    return t == TYPE_INT || t == TYPE_DECIMAL;
}

static void misplaced(struct loader *l, const struct yaml_node *node,
                      const struct field *f, const char *for_types)
{
    if (node)
        problem_add(&l->problems, node->key_place, "pack.misplaced_key",
                    "'" STR_FMT "' is a key for fields of type %s; '" STR_FMT
                    "' has type %s",
                    STR_ARG(node->key), for_types, STR_ARG(f->name), type_name(f->type));
}

static bool load_type(struct loader *l, const struct yaml_node *node, struct field *f,
                      const struct standard_field *standard)
{
    static const char *const words[] = {"bool", "int",  "decimal", "date", "text",
                                        "name", "code", "period",  "area", "facility"};
    const struct yaml_node *type = yaml_get(node, "type");
    if (!type) {
        if (standard) {
            f->type = standard->type;
            return true;
        }
        struct error *e =
            problem_add(&l->problems, node->key_place, "pack.missing_key",
                        "field '" STR_FMT "' has no type", STR_ARG(f->name));
        error_cure(e, "Add type: bool, int, decimal, date, text, name, code, period, "
                      "area or facility.");
        return false;
    }
    size_t i = 0;
    if (!yaml_word(&l->problems, type, "type", words, sizeof words / sizeof *words, &i))
        return false;
    f->type = (enum type)((size_t)TYPE_BOOL + i);
    if (standard && f->type != standard->type &&
        !(standard->type == TYPE_NAME && f->type == TYPE_TEXT) &&
        !(standard->type == TYPE_TEXT && f->type == TYPE_NAME)) {
        problem_add(&l->problems, type->place, "pack.standard_type",
                    "'" STR_FMT "' of this kind of register has type %s, not %s",
                    STR_ARG(f->name), type_name(standard->type), type_name(f->type));
        return false;
    }
    return true;
}

static void load_bounds(struct loader *l, const struct yaml_node *node, struct field *f)
{
    struct problems *p = &l->problems;
    const struct yaml_node *low = yaml_get(node, "min"), *high = yaml_get(node, "max");
    if (!is_number(f->type)) {
        misplaced(l, low, f, "int and decimal");
        misplaced(l, high, f, "int and decimal");
        return;
    }
    f->has_min = yaml_number(p, low, "min", &f->min);
    f->has_max = yaml_number(p, high, "max", &f->max);
    if (f->has_min && f->has_max && f->min > f->max)
        problem_add(p, low->place, "pack.bounds",
                    "min %g is larger than max %g: no value could be entered", f->min,
                    f->max);
}

static bool load_type_keys(struct loader *l, const struct yaml_node *node,
                           const struct reg *r, struct field *f)
{
    struct problems *p = &l->problems;
    bool good = true;
    const struct yaml_node *codes = yaml_get(node, "codes");
    if (f->type == TYPE_CODE && r->kind == REG_AREAS && str_equal_c(f->name, "level")) {
        good = level_codes(l, codes, f);
    } else if (f->type == TYPE_CODE) {
        if (!codes) {
            struct error *e =
                problem_add(p, node->key_place, "pack.codes",
                            "code field '" STR_FMT "' has no codes", STR_ARG(f->name));
            error_cure(e, "Add codes: {m: {en: ..., zh: ...}, ...}.");
            good = false;
        } else {
            good = load_codes(l, codes, "codes", &f->codes, &f->n_codes);
        }
    } else {
        misplaced(l, codes, f, "code");
    }
    const struct yaml_node *level = yaml_get(node, "level");
    bool names_ancestor =
        r->kind == REG_AREAS && (f->type == TYPE_TEXT || f->type == TYPE_NAME);
    if (f->type == TYPE_AREA || names_ancestor)
        load_level(l, level, "level", &f->level);
    else
        misplaced(l, level, f, "area");
    const struct yaml_node *every = yaml_get(node, "every");
    if (f->type != TYPE_PERIOD) {
        misplaced(l, every, f, "period");
    } else if (!every) {
        problem_add(p, node->key_place, "pack.missing_key",
                    "period field '" STR_FMT "' has no key 'every'", STR_ARG(f->name));
    } else {
        load_period_kind(l, every, "every", &f->period_kind);
    }
    const struct yaml_node *length = yaml_get(node, "max_length");
    int64_t most = 0;
    if (f->type != TYPE_TEXT && f->type != TYPE_NAME)
        misplaced(l, length, f, "text and name");
    else if (yaml_int(p, length, "max_length", 1, 100000, &most))
        f->max_length = (size_t)most;
    load_bounds(l, node, f);
    if (f->type != TYPE_TEXT) // what it names is looked for when all registers are there
        misplaced(l, yaml_get(node, "refers"), f, "text");
    return good;
}

static bool load_field_body(struct loader *l, const struct yaml_node *node,
                            const struct reg *r, struct field *f)
{
    struct problems *p = &l->problems;
    char what[96];
    WHAT(what, "field '" STR_FMT "'", STR_ARG(f->name));
    const struct standard_field *standard =
        r->kind == REG_ROWS ? NULL : standard_field(r->kind, f->name);
    if (standard) {
        f->type = standard->type;
        f->label = standard->label;
        f->required = standard->required;
    }
    if (!yaml_is_map(p, node, what))
        return false;
    yaml_known_keys(p, node, what,
                    "type label codes required unit min max max_length level every "
                    "identifies also help was refers check check_label check_cure "
                    "warn warn_label warn_cure");
    bool good = load_type(l, node, f, standard);
    if (yaml_get(node, "label") || !standard)
        load_label(l, node, "label", what, &f->label);
    if (good)
        good = load_type_keys(l, node, r, f);
    yaml_bool(p, yaml_get(node, "required"), "required", &f->required);
    // a person's name identifies unless the pack says that it does not
    f->identifies = f->type == TYPE_NAME && r->kind == REG_ROWS;
    yaml_bool(p, yaml_get(node, "identifies"), "identifies", &f->identifies);
    yaml_label(p, yaml_get(node, "unit"), "unit", &f->unit, NULL);
    yaml_label(p, yaml_get(node, "help"), "help", &f->help, NULL);
    yaml_words(p, yaml_get(node, "also"), "also", &f->also, &f->n_also);
    if (yaml_text(p, yaml_get(node, "was"), "was", &f->was) && str_equal(f->was, f->name))
        problem_add(p, yaml_get(node, "was")->place, "pack.was",
                    "was: is the name that the field has now");
    return good;
}

static bool field_name(struct loader *l, const struct yaml_node *node,
                       const struct reg *r, bool placing)
{
    static const char *const own[] = {"id",       "version",  "state",      "source",
                                      "saved_by", "saved_at", "fingerprint"};
    struct problems *p = &l->problems;
    if (!load_name(l, node->key, node->key_place, "a field", false))
        return false;
    const char *why = NULL;
    if (name_is_sql(node->key))
        why = "it is a word of SQL or of the expression language";
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (str_equal_c(node->key, own[i]))
            why = "every register has a column of Heng with this name";
    static const char *const placed[] = {"area", "facility", "date"};
    for (size_t i = 0; i < 3 && !placing; i++)
        if (str_equal_c(node->key, placed[i]))
            why = "it is only free for the field that the register names under the key "
                  "of the same name";
    if (why) {
        struct error *e = problem_add(p, node->key_place, "pack.name_taken",
                                      "'" STR_FMT "' cannot be the name of a field: %s",
                                      STR_ARG(node->key), why);
        error_cure(e, "Choose another name, for example '" STR_FMT "_%s'.",
                   STR_ARG(node->key), r->name.n ? "of_row" : "value");
        return false;
    }
    return true;
}

// --- all of them -----------------------------------------------------------------------

// The place among the system fields of a field that the register names, or SYSTEM_FIELDS.
// A period that dates the rows keeps a column of its own.
static size_t placed_index(const struct yaml_node *root, const struct reg *r,
                           const struct yaml_node *node)
{
    static const char *const keys[] = {"area", "facility", "date"};
    for (size_t i = 0; i < 3; i++) {
        const struct yaml_node *named = yaml_get(root, keys[i]);
        bool same =
            named ? named->kind == YAML_SCALAR && str_equal(named->text, node->key)
                  : r->kind == REG_FACILITIES && i == 0 && str_equal_c(node->key, "area");
        if (same)
            return FIELD_AREA + i;
    }
    return SYSTEM_FIELDS;
}

static bool put_field(struct loader *l, const struct yaml_node *root, struct reg *r,
                      struct register_source *source, struct field *fields,
                      struct yaml_node *node)
{
    size_t placed = placed_index(root, r, node);
    bool named =
        placed != SYSTEM_FIELDS && str_equal_c(node->key, system_fields[placed].name);
    if (!field_name(l, node, r, named))
        return false;
    struct field body = {
        .name = node->key, .column = node->key, .place = node->key_place};
    bool good = load_field_body(l, node, r, &body);
    if (placed == FIELD_DATE && body.type == TYPE_PERIOD && named) {
        problem_add(&l->problems, node->key_place, "pack.name_taken",
                    "a period field cannot be called 'date': that column holds its first "
                    "day");
        return false;
    }
    if (placed != SYSTEM_FIELDS && good && body.type == system_fields[placed].type &&
        fields[placed].system) {
        body.column = fields[placed].column;
        body.index = placed;
    } else {
        body.index = r->n_fields++;
    }
    fields[body.index] = body;
    source->field_nodes[body.index] = node;
    return good;
}

// Columns must differ: a field of its own may not take a placed field's earlier name.
static void check_was(struct loader *l, const struct reg *r)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        const struct field *other = f->was.n ? reg_field(r, f->was) : NULL;
        if (other && !other->system)
            problem_add(&l->problems, f->place, "pack.was",
                        "field '" STR_FMT "' was: '" STR_FMT
                        "', but there still is a field with that name",
                        STR_ARG(f->name), STR_ARG(f->was));
    }
}

static bool put_standard_fields(struct loader *l, const struct yaml_node *root,
                                struct reg *r, struct register_source *source,
                                struct field *fields)
{
    size_t n;
    const struct standard_field *list = standard_fields(r->kind, &n);
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        struct str name = str_of(list[i].name);
        if (list[i].optional || yaml_get(yaml_get(root, "fields"), list[i].name))
            continue;
        if (r->kind == REG_FACILITIES && list[i].type == TYPE_CODE) {
            problem_add(&l->problems, r->place, "pack.standard_field",
                        "a register of kind facilities needs the code field 'kind' with "
                        "its codes");
            good = false;
            continue;
        }
        struct yaml_node *node = problem_alloc(&l->problems, 1, sizeof *node);
        if (!node)
            return false;
        *node = (struct yaml_node){
            .kind = YAML_MAP, .place = r->place, .key = name, .key_place = r->place};
        good &= put_field(l, root, r, source, fields, node);
    }
    return good;
}

bool load_fields(struct loader *l, const struct yaml_node *root, struct reg *r,
                 struct register_source *source)
{
    struct problems *p = &l->problems;
    const struct yaml_node *list = yaml_get(root, "fields");
    bool good = true;
    if (!list && r->kind == REG_ROWS) {
        problem_add(p, r->place, "pack.missing_key",
                    "register '" STR_FMT "' has no fields", STR_ARG(r->name));
        good = false;
    }
    if (list && !yaml_is_map(p, list, "fields")) {
        list = NULL;
        good = false;
    }
    size_t n = SYSTEM_FIELDS + (list ? list->n : 0) + 10 + STAGE_FIELDS;
    struct field *fields = problem_alloc(p, n, sizeof *fields);
    source->field_nodes = problem_alloc(p, n, sizeof *source->field_nodes);
    if (!fields || !source->field_nodes)
        return false;
    put_system_fields(fields);
    r->fields = fields;
    r->n_fields = SYSTEM_FIELDS;
    // room for SQLite's 2,000 columns is far away; 400 keeps a form readable
    if (list && list->n > 400) {
        problem_add(p, list->key_place, "pack.fields",
                    "the register has %zu fields; 400 are the most", list->n);
        return false;
    }
    for (struct yaml_node *c = list ? list->first : NULL; c; c = c->next)
        good &= put_field(l, root, r, source, fields, c);
    good &= put_standard_fields(l, root, r, source, fields);
    if (r->kind == REG_FACILITIES && !yaml_get(root, "area"))
        r->area = reg_field(r, STR("area"));
    check_was(l, r);
    return good && !p->no_memory;
}
