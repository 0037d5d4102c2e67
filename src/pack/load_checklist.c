// SPDX-License-Identifier: AGPL-3.0-or-later
// checklists/*.yaml. Each makes a register of its own, so it is read twice: once into the
// source of that register (checklist_register), which is then read as any other, and once
// the fields are there, into the sections with their points and conditions.
#include "pack/engines.h"
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

// --- the source of the register --------------------------------------------------------

struct own_field {
    const char *name, *type;
    struct label label;
    bool required;
};

#define T(text)                                                                          \
    {                                                                                    \
        text, sizeof(text) - 1                                                           \
    } // a constant struct str

// In the order in which a visit is written down.
static const struct own_field own_fields[] = {
    {"facility", "facility", {T("Facility"), T("机构")}, true},
    {"checked_on", "date", {T("Checked on"), T("检查日期")}, true},
    {"kind", "code", {T("Kind of check"), T("检查类型")}, true},
    {"planned", "code", {T("Planned or unannounced"), T("计划或突击")}, false},
    {"team", "text", {T("Team"), T("检查组")}, false},
    {"inspector", "text", {T("Inspectors"), T("检查人员")}, false},
    {"inspection", "text", {T("Inspection"), T("检查任务")}, false},
    {"edition", "text", {T("Edition of the checklist"), T("检查表版本")}, false},
    {"score", "decimal", {T("Score, percent"), T("得分（百分制）")}, false},
    {"critical", "int", {T("Critical items not met"), T("关键项不合格数")}, false},
};

static const struct own_code {
    const char *field, *value;
    struct label label;
} own_codes[] = {
    {"kind", "self", {T("self-check"), T("自查")}},
    {"kind", "inspection", {T("inspection"), T("检查")}},
    {"kind", "follow_up", {T("follow-up"), T("复查")}},
    {"planned", "planned", {T("planned"), T("计划内")}},
    {"planned", "unannounced", {T("unannounced"), T("突击")}},
};

enum {
    N_OWN = sizeof own_fields / sizeof *own_fields,
    N_CODES = sizeof own_codes / sizeof *own_codes
};

static struct yaml_node *new_node(struct loader *l, enum yaml_kind kind, const char *key,
                                  struct place at)
{
    struct yaml_node *node = problem_alloc(&l->problems, 1, sizeof *node);
    if (node)
        *node = (struct yaml_node){
            .kind = kind, .place = at, .key = str_of(key), .key_place = at};
    return node;
}

static void add_node(struct yaml_node *to, struct yaml_node *node)
{
    if (!to || !node)
        return;
    if (to->last)
        to->last->next = node;
    else
        to->first = node;
    to->last = node;
    to->n++;
}

static void add_text(struct loader *l, struct yaml_node *to, const char *key,
                     struct str text)
{
    struct yaml_node *node = to ? new_node(l, YAML_SCALAR, key, to->key_place) : NULL;
    if (node)
        node->text = text;
    add_node(to, node);
}

// The node under another parent and name; what is in it stays where it is.
static void add_copy(struct loader *l, struct yaml_node *to, const struct yaml_node *from,
                     const char *key)
{
    if (!from)
        return;
    struct yaml_node *node = new_node(l, from->kind, key, from->key_place);
    if (node) {
        *node = *from;
        node->key = str_of(key);
        node->next = NULL;
    }
    add_node(to, node);
}

static void add_label(struct loader *l, struct yaml_node *to, struct label label)
{
    struct yaml_node *node = to ? new_node(l, YAML_MAP, "label", to->key_place) : NULL;
    if (!node)
        return;
    add_text(l, node, "en", label.en);
    add_text(l, node, "zh", label.zh);
    add_node(to, node);
}

static bool is_own(struct str name)
{
    for (size_t i = 0; i < N_OWN; i++)
        if (str_equal_c(name, own_fields[i].name))
            return true;
    return false;
}

static void add_own_fields(struct loader *l, struct yaml_node *fields, struct place at)
{
    for (size_t i = 0; i < N_OWN; i++) {
        const struct own_field *f = &own_fields[i];
        struct yaml_node *node = new_node(l, YAML_MAP, f->name, at);
        if (!node)
            return;
        add_text(l, node, "type", str_of(f->type));
        add_label(l, node, f->label);
        if (f->required)
            add_text(l, node, "required", STR("true"));
        if (strcmp(f->type, "code") == 0) {
            struct yaml_node *codes = new_node(l, YAML_MAP, "codes", at);
            for (size_t k = 0; codes && k < N_CODES; k++) {
                struct yaml_node *code =
                    strcmp(own_codes[k].field, f->name) == 0
                        ? new_node(l, YAML_MAP, own_codes[k].value, at)
                        : NULL;
                add_text(l, code, "en", own_codes[k].label.en);
                add_text(l, code, "zh", own_codes[k].label.zh);
                add_node(codes, code);
            }
            add_node(node, codes);
        }
        add_node(fields, node);
    }
}

// Codes without what only a checklist says of them.
static void add_codes(struct loader *l, struct yaml_node *to,
                      const struct yaml_node *from)
{
    static const char *const keys[] = {"en", "zh", "also"};
    if (!from || from->kind != YAML_MAP) {
        add_copy(l, to, from, "codes"); // the reader of fields says what is wrong
        return;
    }
    struct yaml_node *codes = new_node(l, YAML_MAP, "codes", from->key_place);
    for (const struct yaml_node *c = from->first; codes && c; c = c->next) {
        struct yaml_node *code = problem_alloc(&l->problems, 1, sizeof *code);
        if (!code)
            return;
        *code = *c;
        code->next = NULL;
        if (c->kind == YAML_MAP) {
            code->first = code->last = NULL;
            code->n = 0;
            for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
                add_copy(l, code, yaml_get(c, keys[k]), keys[k]);
        }
        add_node(codes, code);
    }
    add_node(to, codes);
}

static void add_item(struct loader *l, struct yaml_node *fields,
                     const struct yaml_node *item)
{
    static const char *const keys[] = {
        "label", "unit", "min",         "max",        "max_length", "also",     "was",
        "check", "warn", "check_label", "check_cure", "warn_label", "warn_cure"};
    struct yaml_node *node = problem_alloc(&l->problems, 1, sizeof *node);
    if (!node)
        return;
    *node = *item;
    node->next = node->first = node->last = NULL;
    node->n = 0;
    if (item->kind == YAML_MAP) {
        if (yaml_get(item, "type"))
            add_copy(l, node, yaml_get(item, "type"), "type");
        else
            add_text(l, node, "type", STR("bool"));
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            add_copy(l, node, yaml_get(item, keys[i]), keys[i]);
        add_copy(l, node, yaml_get(item, "hint"), "help");
        add_codes(l, node, yaml_get(item, "codes"));
    } else {
        node->kind = item->kind;
        node->text = item->text;
    }
    add_node(fields, node);
}

struct yaml_node *checklist_register(struct loader *l, struct yaml_node *root)
{
    if (root->kind != YAML_MAP)
        return root; // said by the reader of registers
    struct yaml_node *made = new_node(l, YAML_MAP, "", root->place);
    struct yaml_node *fields = new_node(l, YAML_MAP, "fields", root->place);
    if (!made || !fields)
        return root;
    made->place = root->place;
    add_copy(l, made, yaml_get(root, "checklist"), "register");
    add_copy(l, made, yaml_get(root, "label"), "label");
    add_text(l, made, "purpose", STR("supervision"));
    add_text(l, made, "facility", STR("facility"));
    add_text(l, made, "date", STR("checked_on"));
    add_copy(l, made, yaml_get(root, "workflow"), "workflow");
    add_copy(l, made, yaml_get(root, "checks"), "checks");
    // a file that was exported from here may come back
    struct yaml_node *leave_out = new_node(l, YAML_LIST, "leave_out", root->place);
    for (size_t i = 7; leave_out && i < N_OWN; i++) {
        add_text(l, leave_out, "", str_of(own_fields[i].name));
        add_text(l, leave_out, "", own_fields[i].label.en);
        add_text(l, leave_out, "", own_fields[i].label.zh);
    }
    add_node(made, leave_out);
    add_own_fields(l, fields, root->place);
    const struct yaml_node *sections = yaml_get(root, "sections");
    for (const struct yaml_node *s = sections ? sections->first : NULL; s; s = s->next) {
        const struct yaml_node *items = yaml_get(s, "items");
        bool map = items && items->kind == YAML_MAP;
        for (const struct yaml_node *i = map ? items->first : NULL; i; i = i->next) {
            bool again = is_own(i->key);
            for (const struct yaml_node *f = fields->first; f && !again; f = f->next)
                again = str_equal(f->key, i->key);
            if (!again) // else said in load_checklists
                add_item(l, fields, i);
        }
    }
    add_node(made, fields);
    return made;
}

void checklist_own_fields(struct reg *r)
{
    for (size_t i = SYSTEM_FIELDS; i < r->n_fields; i++) {
        struct field *f = (struct field *)&r->fields[i];
        for (size_t k = 7; k < N_OWN; k++)
            if (str_equal_c(f->name, own_fields[k].name))
                f->system = true;
    }
}

// --- points ----------------------------------------------------------------------------

enum { MOST_POINTS = 10000 };

static bool load_points(struct loader *l, const struct yaml_node *node, double *out)
{
    double points;
    if (!yaml_number(&l->problems, node, "points", &points))
        return false;
    if (points >= 0 && points <= MOST_POINTS) {
        *out = points;
        return true;
    }
    struct error *e =
        problem_add(&l->problems, node->place, "pack.points",
                    "points: %g; from 0 to %d are possible", points, MOST_POINTS);
    error_cure(e, "Nothing is taken off: give the better answer more points.");
    return false;
}

static void score_code(struct loader *l, const struct yaml_node *node, bool scored,
                       struct item_score *score)
{
    struct problems *p = &l->problems;
    if (node->kind != YAML_MAP)
        return;
    char what[96];
    yaml_known_keys(p, node, WHAT(what, "code '" STR_FMT "'", STR_ARG(node->key)),
                    "en zh also points fails not_applicable");
    const struct yaml_node *points = yaml_get(node, "points");
    bool given = load_points(l, points, &score->points);
    yaml_bool(p, yaml_get(node, "fails"), "fails", &score->failed);
    yaml_bool(p, yaml_get(node, "not_applicable"), "not_applicable",
              &score->not_applicable);
    if (score->not_applicable && (given || score->failed)) {
        struct error *e = problem_add(p, node->key_place, "pack.not_applicable",
                                      "code '" STR_FMT "' is not_applicable and %s",
                                      STR_ARG(node->key), given ? "has points" : "fails");
        error_cure(e, "What does not apply neither counts nor fails: leave one out.");
    } else if (scored && !given && !points && !score->not_applicable) {
        struct error *e = problem_add(p, node->key_place, "pack.points",
                                      "code '" STR_FMT "' of a scored item has no points",
                                      STR_ARG(node->key));
        error_cure(e, "Add points: (0 is possible), or not_applicable: true.");
    }
}

static void load_code_scores(struct loader *l, const struct yaml_node *node,
                             struct checklist_item *item)
{
    const struct field *f = item->field;
    const struct yaml_node *codes = yaml_get(node, "codes"), *max;
    struct item_score *scores = problem_alloc(&l->problems, f->n_codes, sizeof *scores);
    if (!scores || !codes || codes->kind != YAML_MAP)
        return;
    double most = 0;
    bool scored = yaml_get(node, "points") != NULL;
    for (const struct yaml_node *c = codes->first; c; c = c->next)
        scored |= yaml_get(c, "points") != NULL;
    for (const struct yaml_node *c = codes->first; c; c = c->next) {
        int code = field_code(f, c->key);
        if (code < 0)
            continue;
        struct item_score *score = &scores[item->n_scores++];
        score->code = code;
        score_code(l, c, scored, score);
        most = score->points > most ? score->points : most;
    }
    item->scores = scores;
    max = yaml_get(node, "points");
    if (!load_points(l, max, &item->points)) {
        item->points = most;
    } else if (item->points < most) {
        problem_add(&l->problems, max->place, "pack.points",
                    "points: %g, but an answer of '" STR_FMT "' gives %g", item->points,
                    STR_ARG(f->name), most);
    }
}

// yes or no: one of the two is right and gives the points.
static void load_bool_scores(struct loader *l, const struct yaml_node *node,
                             struct checklist_item *item)
{
    bool met = true;
    yaml_bool(&l->problems, yaml_get(node, "met"), "met", &met);
    load_points(l, yaml_get(node, "points"), &item->points);
    struct item_score *scores = problem_alloc(&l->problems, 2, sizeof *scores);
    if (!scores)
        return;
    bool judged = item->points > 0 || item->critical || yaml_get(node, "met");
    for (int i = 0; i < 2; i++)
        scores[i] = (struct item_score){.code = i,
                                        .points = (i == 1) == met ? item->points : 0,
                                        .failed = judged && (i == 1) != met};
    item->scores = scores;
    item->n_scores = 2;
}

static bool is_judged(const struct checklist_item *item)
{
    for (size_t i = 0; i < item->n_scores; i++)
        if (item->scores[i].failed)
            return true;
    return item->points > 0;
}

static void load_scores(struct loader *l, const struct yaml_node *node,
                        struct checklist_item *item)
{
    struct problems *p = &l->problems;
    const struct field *f = item->field;
    const struct yaml_node *misplaced = NULL;
    if (f->type == TYPE_CODE)
        load_code_scores(l, node, item);
    else if (f->type == TYPE_BOOL)
        load_bool_scores(l, node, item);
    else
        misplaced = yaml_get(node, "points");
    if (!misplaced && f->type != TYPE_BOOL)
        misplaced = yaml_get(node, "met");
    if (misplaced) {
        struct error *e =
            problem_add(p, misplaced->key_place, "pack.misplaced_key",
                        "'" STR_FMT "' is a key for %s; '" STR_FMT "' has type %s",
                        STR_ARG(misplaced->key),
                        str_equal_c(misplaced->key, "met") ? "yes / no items"
                                                           : "yes / no and code items",
                        STR_ARG(f->name), type_name(f->type));
        error_cure(e, "Leave it out, or ask the judgement as an item of its own.");
    }
    if (item->critical && !is_judged(item)) {
        struct error *e =
            problem_add(p, node->key_place, "pack.critical",
                        "item '" STR_FMT "' is critical, but no answer to it is wrong",
                        STR_ARG(f->name));
        error_cure(e, "Give it points, or say fails: true at an answer.");
    }
}

// --- items and sections ----------------------------------------------------------------

static void load_ask(struct loader *l, const struct reg *r, const struct yaml_node *node,
                     struct checklist_item *item)
{
    struct problems *p = &l->problems;
    struct error e = {0};
    if (!node || !yaml_text(p, node, "ask", &item->ask_text))
        return;
    const struct expr *x = NULL;
    if (expr_parse_row(p->arena, l->pack, r, item->ask_text, node->place, &x, &e)) {
        problem_take(p, node->place, &e);
        return;
    }
    bool *used = problem_alloc(p, r->n_fields, sizeof *used);
    if (!used)
        return;
    expr_fields(x, used);
    if (expr_type(x) != TYPE_BOOL) {
        struct error *said =
            problem_add(p, node->place, "pack.not_boolean",
                        "ask must be true or false, but '" STR_FMT "' is of type %s",
                        STR_ARG(item->ask_text), type_name(expr_type(x)));
        error_cure(said, "Write a comparison, for example: machines > 0.");
        return;
    }
    // what stands behind it is not answered yet, and the score not worked out
    for (size_t i = 0; i < r->n_fields; i++) {
        const struct field *f = &r->fields[i];
        if (!used[i] || (i < item->field->index && !f->system))
            continue;
        struct error *said =
            problem_add(p, node->place, "pack.ask_order",
                        "item '" STR_FMT "' asks about '" STR_FMT "', which is %s",
                        STR_ARG(item->field->name), STR_ARG(f->name),
                        f->system ? "set by Heng" : "not answered before it");
        error_cure(said, "A condition reads items that stand above it, or facility, "
                         "checked_on, kind and planned.");
        return;
    }
    item->ask = x;
}

static bool item_type(const struct field *f)
{
    return f->type == TYPE_BOOL || f->type == TYPE_CODE || f->type == TYPE_INT ||
           f->type == TYPE_DECIMAL || f->type == TYPE_DATE || f->type == TYPE_TEXT;
}

static bool load_item(struct loader *l, const struct reg *r, const struct yaml_node *node,
                      struct checklist_item *item)
{
    struct problems *p = &l->problems;
    char what[96];
    if (is_own(node->key)) {
        struct error *e = problem_add(p, node->key_place, "pack.name_taken",
                                      "'" STR_FMT "' cannot be the name of an item: "
                                      "every checklist has a field of this name",
                                      STR_ARG(node->key));
        error_cure(e, "Choose another name, for example '" STR_FMT "_item'.",
                   STR_ARG(node->key));
        return false;
    }
    const struct field *f = reg_field(r, node->key);
    if (!f || f->system || node->kind != YAML_MAP)
        return false; // said when the register was read
    WHAT(what, "item '" STR_FMT "'", STR_ARG(node->key));
    if (f->place.line != node->key_place.line ||
        f->place.column != node->key_place.column) {
        problem_add(p, node->key_place, "pack.name_twice",
                    "an item '" STR_FMT "' already stands in line %d", STR_ARG(node->key),
                    f->place.line);
        return false;
    }
    yaml_known_keys(p, node, what,
                    "label hint type codes unit min max max_length also was points met "
                    "critical photo required ask check check_label check_cure warn "
                    "warn_label warn_cure");
    if (f->type != TYPE_NONE && !item_type(f)) {
        struct error *e = problem_add(
            p, node->key_place, "pack.item_type",
            "%s has type %s; an item is a bool, code, int, decimal, date or text", what,
            type_name(f->type));
        error_cure(e, "A checklist is about its facility and names nobody.");
        return false;
    }
    item->field = f;
    item->hint = f->help;
    item->required = true;
    yaml_bool(p, yaml_get(node, "required"), "required", &item->required);
    yaml_bool(p, yaml_get(node, "critical"), "critical", &item->critical);
    yaml_bool(p, yaml_get(node, "photo"), "photo", &item->photo);
    load_scores(l, node, item);
    if (!l->sources[r - l->registers].broken)
        load_ask(l, r, yaml_get(node, "ask"), item);
    return true;
}

static void load_section(struct loader *l, const struct reg *r,
                         const struct yaml_node *node, struct checklist_section *section)
{
    struct problems *p = &l->problems;
    char what[96];
    WHAT(what, "section '" STR_FMT "'", STR_ARG(node->key));
    section->name = node->key;
    load_name(l, node->key, node->key_place, "a section", false);
    if (!yaml_is_map(p, node, what))
        return;
    yaml_known_keys(p, node, what, "label items");
    load_label(l, node, "label", what, &section->label);
    const struct yaml_node *items = yaml_get(node, "items");
    if (!items || (items->kind == YAML_MAP && !items->n)) {
        problem_add(p, node->key_place, "pack.missing_key", "%s has no items", what);
        return;
    }
    struct checklist_item *list = problem_alloc(p, items->n, sizeof *list);
    if (!list || !yaml_is_map(p, items, "items"))
        return;
    for (const struct yaml_node *i = items->first; i; i = i->next)
        section->n_items += load_item(l, r, i, &list[section->n_items]);
    section->items = list;
}

static void load_checklist(struct loader *l, const struct yaml_node *root,
                           const struct reg *r, struct checklist *c)
{
    struct problems *p = &l->problems;
    c->name = r->name;
    c->label = r->label;
    c->reg = r;
    c->place = root->place;
    yaml_known_keys(p, root, "a checklist",
                    "checklist edition label pass workflow sections checks");
    const struct yaml_node *edition = yaml_get(root, "edition");
    if (!edition) {
        struct error *e =
            problem_add(p, root->place, "pack.missing_key",
                        "checklist '" STR_FMT "' has no key 'edition'", STR_ARG(c->name));
        error_cure(e, "Add edition: \"2024-1\", and another one with every change of "
                      "its items or points.");
    } else if (yaml_text(p, edition, "edition", &c->edition) && c->edition.n > 40) {
        problem_add(p, edition->place, "pack.edition",
                    "the edition has %zu letters; 40 are the most", c->edition.n);
    }
    const struct yaml_node *pass = yaml_get(root, "pass");
    if (yaml_number(p, pass, "pass", &c->pass) && !(c->pass > 0 && c->pass <= 100))
        problem_add(p, pass->place, "pack.pass",
                    "pass: %g is no percentage above 0 and up to 100", c->pass);
    const struct yaml_node *sections = yaml_get(root, "sections");
    if (!sections) {
        struct error *e =
            problem_add(p, root->place, "pack.missing_key",
                        "checklist '" STR_FMT "' has no sections", STR_ARG(c->name));
        error_cure(e, "Add sections: with a label and items each.");
        return;
    }
    if (!yaml_is_map(p, sections, "sections"))
        return;
    struct checklist_section *list = problem_alloc(p, sections->n, sizeof *list);
    if (!list)
        return;
    for (const struct yaml_node *s = sections->first; s; s = s->next)
        load_section(l, r, s, &list[c->n_sections++]);
    c->sections = list;
}

void load_checklists(struct loader *l)
{
    size_t n = 0, at = 0;
    for (size_t i = 0; i < l->pack->n_registers; i++)
        n += l->sources[i].checklist != NULL;
    struct checklist *list = problem_alloc(&l->problems, n, sizeof *list);
    if (!list)
        return;
    for (size_t i = 0; i < l->pack->n_registers && !l->problems.no_memory; i++)
        if (l->sources[i].checklist && l->sources[i].checklist->kind == YAML_MAP &&
            l->registers[i].fields)
            load_checklist(l, l->sources[i].checklist, &l->registers[i], &list[at++]);
    l->pack->checklists = list;
    l->pack->n_checklists = at;
}
