// SPDX-License-Identifier: AGPL-3.0-or-later
// workflows/*.yaml: the stages of a row and the moves between them. Stages are read
// before the registers, for they are codes of a field; moves after them, once for each
// register that has the workflow, for they speak of its fields.
#include "pack/load_field.h"

#include <stdio.h>
#include <string.h>

enum { MOST_STAGES = 64, MOST_MOVES = 100 };

#define T(text)                                                                          \
    {                                                                                    \
        text, sizeof(text) - 1                                                           \
    } // a constant struct str

// --- stages ----------------------------------------------------------------------------

static void load_stage_list(struct loader *l, const struct yaml_node *node,
                            struct workflow *w)
{
    struct problems *p = &l->problems;
    char what[96];
    if (!node || !yaml_is_map(p, node, "stages"))
        return;
    if (node->n == 0 || node->n > MOST_STAGES) {
        problem_add(p, node->key_place, "pack.workflow_stages",
                    "the workflow has %zu stages; from 1 to %d are possible", node->n,
                    (int)MOST_STAGES);
        return;
    }
    struct stage *stages = problem_alloc(p, node->n, sizeof *stages);
    if (!stages)
        return;
    w->stages = stages;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        if (!load_name(l, c->key, c->key_place, "a stage", false))
            continue;
        if (name_is_sql(c->key)) {
            struct error *e =
                problem_add(p, c->key_place, "pack.name_taken",
                            "'" STR_FMT "' cannot be a stage: it is a word of the "
                            "expression language or of SQL",
                            STR_ARG(c->key));
            error_cure(e, "Choose another name; the label may still say this word.");
            continue;
        }
        struct stage *s = &stages[w->n_stages++];
        *s = (struct stage){.name = c->key, .otherwise = -1};
        WHAT(what, "stage '" STR_FMT "'", STR_ARG(c->key));
        if (!yaml_is_map(p, c, what))
            continue;
        yaml_known_keys(p, c, what, "label final within from else");
        load_label(l, c, "label", what, &s->label);
        yaml_bool(p, yaml_get(c, "final"), "final", &s->final);
        const struct yaml_node *within = yaml_get(c, "within");
        if (within && load_span(l, within, "within", &s->within) &&
            (s->within.months < 0 || s->within.days < 0) && !yaml_get(c, "from"))
            problem_add(p, within->place, "pack.workflow_within",
                        "%s must be left before it began; a deadline before a day needs "
                        "from: with the field of that day",
                        what);
    }
}

static void load_workflow_head(struct loader *l, const struct yaml_node *root)
{
    static const char *const needed[] = {"workflow", "stages", "moves"};
    struct problems *p = &l->problems;
    if (!yaml_is_map(p, root, "a workflow's file"))
        return;
    yaml_known_keys(p, root, "a workflow", "workflow label stages moves");
    for (size_t i = 0; i < 3; i++)
        if (!yaml_get(root, needed[i]))
            problem_add(p, root->place, "pack.missing_key", "the file has no key '%s'",
                        needed[i]);
    const struct yaml_node *named = yaml_get(root, "workflow");
    struct str name;
    if (!yaml_text(p, named, "workflow", &name) ||
        !load_name(l, name, named->place, "a workflow", false)) {
        l->unread_workflow = true;
        return;
    }
    if (pack_workflow(l->pack, name)) {
        problem_add(p, named->place, "pack.name_twice",
                    "a workflow '" STR_FMT "' is in another file already", STR_ARG(name));
        return;
    }
    const size_t k = l->pack->n_workflows++;
    struct workflow *w = &l->workflows[k];
    l->workflow_roots[k] = root;
    w->name = name;
    w->place = named->place;
    load_label(l, root, "label", "the workflow", &w->label);
    load_stage_list(l, yaml_get(root, "stages"), w);
}

void load_stages(struct loader *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_files; i++) {
        bool one = in_folder(l->files[i].path, "workflows");
        n += one && l->roots[i];
        l->unread_workflow |= one && !l->roots[i];
    }
    l->workflows = problem_alloc(&l->problems, n, sizeof *l->workflows);
    l->workflow_roots = problem_alloc(&l->problems, n, sizeof *l->workflow_roots);
    if (l->problems.no_memory)
        return;
    l->pack->workflows = l->workflows;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->roots[i] && in_folder(l->files[i].path, "workflows"))
            load_workflow_head(l, l->roots[i]);
}

// --- the fields of a register ----------------------------------------------------------

static void unknown_workflow(struct loader *l, const struct yaml_node *node,
                             struct str name)
{
    struct str names[64];
    size_t n = 0;
    for (; n < l->pack->n_workflows && n < 64; n++)
        names[n] = l->workflows[n].name;
    if (!l->unread_workflow)
        load_unknown(l, name, node->place, "pack.workflow", "workflow", names, n);
}

static bool put_stage_fields(struct loader *l, struct reg *r, const struct workflow *w)
{
    static const struct {
        struct str name;
        enum type type;
        struct label label;
    } rows[STAGE_FIELDS] = {
        {T("stage"), TYPE_CODE, {T("Stage"), T("阶段")}},
        {T("stage_on"), TYPE_DATE, {T("In this stage since"), T("进入阶段日期")}},
        {T("stage_due"), TYPE_DATE, {T("To be left by"), T("阶段期限")}},
    };
    struct code *codes = problem_alloc(&l->problems, w->n_stages, sizeof *codes);
    struct field *fields = (struct field *)r->fields;
    bool good = codes != NULL;
    for (size_t i = 0; good && i < w->n_stages; i++)
        codes[i] = (struct code){w->stages[i].name, w->stages[i].label, NULL, 0};
    for (size_t i = 0; good && i < STAGE_FIELDS; i++) {
        const struct field *taken = reg_field(r, rows[i].name);
        if (taken) {
            struct error *e =
                problem_add(&l->problems, taken->place, "pack.name_taken",
                            "'" STR_FMT "' cannot be the name of a field: the register's "
                            "workflow has it",
                            STR_ARG(rows[i].name));
            error_cure(e, "Choose another name.");
            return false;
        }
        fields[r->n_fields] = (struct field){.name = rows[i].name,
                                             .column = rows[i].name,
                                             .index = r->n_fields,
                                             .type = rows[i].type,
                                             .label = rows[i].label,
                                             .system = true,
                                             .place = w->place};
        if (i == 0) {
            fields[r->n_fields].codes = codes;
            fields[r->n_fields].n_codes = w->n_stages;
            fields[r->n_fields].required = true;
        }
        r->n_fields++;
    }
    return good;
}

bool load_stage_fields(struct loader *l, const struct yaml_node *root, struct reg *r)
{
    struct str name;
    const struct yaml_node *node = yaml_get(root, "workflow");
    if (!node)
        return true;
    if (!yaml_text(&l->problems, node, "workflow", &name))
        return false;
    const struct workflow *w = pack_workflow(l->pack, name);
    if (!w) {
        unknown_workflow(l, node, name);
        return false;
    }
    if (r->kind != REG_ROWS) {
        problem_add(&l->problems, node->key_place, "pack.workflow",
                    "register '" STR_FMT "' is of kind %s; only rows have a workflow",
                    STR_ARG(r->name), r->kind == REG_AREAS ? "areas" : "facilities");
        return false;
    }
    r->workflow = w;
    return w->n_stages && put_stage_fields(l, r, w);
}

// --- moves -----------------------------------------------------------------------------

struct reading { // of a workflow for one register
    struct loader *l;
    const struct reg *reg;
    const struct yaml_node *root;
    struct workflow *w;
    struct stage *stages;
    struct move *moves;
    const struct yaml_node **nodes; // by move
};

static int find_stage(const struct reading *x, const struct yaml_node *node,
                      const char *what)
{
    struct str name, names[MOST_STAGES];
    if (!yaml_text(&x->l->problems, node, what, &name))
        return -1;
    for (size_t i = 0; i < x->w->n_stages; i++) {
        names[i] = x->stages[i].name;
        if (str_equal(name, names[i]))
            return (int)i;
    }
    load_unknown(x->l, name, node->place, "pack.workflow_stage", "stage", names,
                 x->w->n_stages);
    return -1;
}

static int find_move(const struct reading *x, const struct yaml_node *node,
                     const char *what)
{
    struct str name, names[MOST_MOVES];
    if (!yaml_text(&x->l->problems, node, what, &name))
        return -1;
    for (size_t i = 0; i < x->w->n_moves; i++) {
        names[i] = x->moves[i].name;
        if (str_equal(name, names[i]))
            return (int)i;
    }
    load_unknown(x->l, name, node->place, "pack.workflow_move", "move", names,
                 x->w->n_moves);
    return -1;
}

// The children of a list, or the one value itself.
static const struct yaml_node *first_of(const struct yaml_node *node)
{
    return node && node->kind == YAML_LIST ? node->first : node;
}

static const struct yaml_node *next_of(const struct yaml_node *list,
                                       const struct yaml_node *node)
{
    return list->kind == YAML_LIST ? node->next : NULL;
}

static void load_from(const struct reading *x, const struct yaml_node *node,
                      struct move *m)
{
    for (const struct yaml_node *c = first_of(node); c; c = next_of(node, c)) {
        int stage = find_stage(x, c, "from");
        if (stage >= 0)
            m->from |= 1ULL << stage;
    }
}

static const struct field **load_fields_of(const struct reading *x,
                                           const struct yaml_node *node, const char *what,
                                           size_t *n)
{
    struct problems *p = &x->l->problems;
    size_t room = node ? (node->kind == YAML_LIST ? node->n : 1) : 0;
    const struct field **list = problem_alloc(p, room, sizeof *list);
    for (const struct yaml_node *c = list ? first_of(node) : NULL; c;
         c = next_of(node, c)) {
        const struct field *f = load_field(x->l, x->reg, c, what);
        if (f && f->system)
            problem_add(p, c->place, "pack.field",
                        "%s: '" STR_FMT "' is set by Heng and cannot be filled in", what,
                        STR_ARG(f->name));
        else if (f)
            list[(*n)++] = f;
    }
    return list;
}

static void load_gates(const struct reading *x, const struct yaml_node *node,
                       struct move *m)
{
    struct problems *p = &x->l->problems;
    if (!node || !yaml_is_list(p, node, "gate"))
        return;
    struct move_gate *gates = problem_alloc(p, node->n, sizeof *gates);
    if (!gates)
        return;
    m->gates = gates;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        if (!yaml_is_map(p, c, "a gate"))
            continue;
        struct move_gate *g = &gates[m->n_gates++];
        yaml_known_keys(p, c, "a gate", "none some label");
        const struct yaml_node *none = yaml_get(c, "none"), *some = yaml_get(c, "some");
        if (!none && !some) {
            struct error *e = problem_add(p, c->place, "pack.gate",
                                          "a gate needs the key 'none' or 'some'");
            error_cure(e, "none: no such row may be there; some: there must be one.");
        }
        if (none)
            load_related(x->l, none, "none", x->reg, &g->none);
        if (some)
            load_related(x->l, some, "some", x->reg, &g->some);
        load_label(x->l, c, "label", "the gate", &g->text);
    }
}

static void load_move(const struct reading *x, const struct yaml_node *node,
                      struct move *m)
{
    struct loader *l = x->l;
    struct problems *p = &l->problems;
    char what[96];
    WHAT(what, "move '" STR_FMT "'", STR_ARG(m->name));
    yaml_known_keys(p, node, what,
                    "label from to by needs file reason sets not when when_label gate");
    load_label(l, node, "label", what, &m->label);
    static const char *const needed[] = {"from", "to"};
    for (size_t i = 0; i < 2; i++)
        if (!yaml_get(node, needed[i]))
            problem_add(p, node->key_place, "pack.missing_key", "%s has no key '%s'",
                        what, needed[i]);
    load_from(x, yaml_get(node, "from"), m);
    const struct yaml_node *to = yaml_get(node, "to"), *by = yaml_get(node, "by");
    m->to = to ? find_stage(x, to, "to") : -1;
    if (by)
        load_roles(l, by, "by", &m->by, &m->n_by);
    m->needs = load_fields_of(x, yaml_get(node, "needs"), "needs", &m->n_needs);
    m->sets = load_fields_of(x, yaml_get(node, "sets"), "sets", &m->n_sets);
    yaml_bool(p, yaml_get(node, "file"), "file", &m->needs_file);
    yaml_bool(p, yaml_get(node, "reason"), "reason", &m->needs_reason);
    const struct yaml_node *when = yaml_get(node, "when");
    if (when) {
        load_condition(l, x->reg, when, "when", &m->when, &m->when_text);
        load_label(l, node, "when_label", what, &m->when_label);
    } else if (yaml_get(node, "when_label")) {
        problem_add(p, yaml_get(node, "when_label")->key_place, "pack.misplaced_key",
                    "'when_label' is given, but there is no when:");
    }
    load_gates(x, yaml_get(node, "gate"), m);
}

// not: names moves, so all of them must be there.
static void load_others(const struct reading *x, const struct yaml_node *node,
                        struct move *m)
{
    size_t room = node ? (node->kind == YAML_LIST ? node->n : 1) : 0;
    int *list = problem_alloc(&x->l->problems, room, sizeof *list);
    for (const struct yaml_node *c = list ? first_of(node) : NULL; c;
         c = next_of(node, c)) {
        int other = find_move(x, c, "not");
        if (other >= 0)
            list[m->n_others++] = other;
    }
    m->others = list;
}

static void load_move_list(struct reading *x, const struct yaml_node *node)
{
    struct problems *p = &x->l->problems;
    char what[96];
    if (!node || !yaml_is_map(p, node, "moves"))
        return;
    if (node->n > MOST_MOVES) {
        problem_add(p, node->key_place, "pack.workflow_moves",
                    "the workflow has %zu moves; %d are the most", node->n,
                    (int)MOST_MOVES);
        return;
    }
    x->moves = problem_alloc(p, node->n, sizeof *x->moves);
    x->nodes = problem_alloc(p, node->n, sizeof *x->nodes);
    if (p->no_memory)
        return;
    x->w->moves = x->moves;
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        if (!load_name(x->l, c->key, c->key_place, "a move", false) ||
            !yaml_is_map(p, c, WHAT(what, "move '" STR_FMT "'", STR_ARG(c->key))))
            continue;
        x->nodes[x->w->n_moves] = c;
        x->moves[x->w->n_moves++] =
            (struct move){.name = c->key, .place = c->key_place, .to = -1};
    }
    for (size_t i = 0; i < x->w->n_moves; i++) {
        load_move(x, x->nodes[i], &x->moves[i]);
        load_others(x, yaml_get(x->nodes[i], "not"), &x->moves[i]);
    }
}

// --- deadlines -------------------------------------------------------------------------

// Nobody is there to fill in anything when a deadline makes a move.
static void check_otherwise(const struct reading *x, const struct yaml_node *node,
                            size_t stage, const struct move *m)
{
    struct problems *p = &x->l->problems;
    const char *asks = m->n_needs                          ? "needs"
                       : m->needs_file                     ? "file"
                       : m->needs_reason                   ? "reason"
                       : m->when                           ? "when"
                       : m->n_gates                        ? "gate"
                       : m->to >= 0 && m->to == (int)stage ? "to its own stage"
                                                           : NULL;
    if (!(m->from & (1ULL << stage))) {
        problem_add(p, node->place, "pack.workflow_else",
                    "else: move '" STR_FMT "' does not lead out of stage '" STR_FMT "'",
                    STR_ARG(m->name), STR_ARG(x->stages[stage].name));
    } else if (asks) {
        struct error *e = problem_add(
            p, node->place, "pack.workflow_else",
            "else: move '" STR_FMT "' has %s, but Heng makes it alone when the deadline "
            "has passed",
            STR_ARG(m->name), asks);
        error_cure(e, "Add a move for the deadline that only has from, to and by.");
    }
}

static void load_deadline(const struct reading *x, const struct yaml_node *node,
                          size_t stage)
{
    struct problems *p = &x->l->problems;
    struct stage *s = &x->stages[stage];
    const struct yaml_node *from = yaml_get(node, "from"),
                           *otherwise = yaml_get(node, "else");
    const struct field *f = from ? load_field(x->l, x->reg, from, "from") : NULL;
    if (f && (f->type != TYPE_DATE || f->system))
        problem_add(p, from->place, "pack.workflow_from",
                    "from: '" STR_FMT "' is not a date field of register '" STR_FMT "'",
                    STR_ARG(f->name), STR_ARG(x->reg->name));
    else
        s->by = f;
    if (!otherwise)
        return;
    if (!from && !yaml_get(node, "within")) {
        struct error *e = problem_add(p, otherwise->key_place, "pack.workflow_else",
                                      "stage '" STR_FMT "' has else:, but no deadline",
                                      STR_ARG(s->name));
        error_cure(e, "Add within: 30 days, or from: with a date field.");
    }
    s->otherwise = find_move(x, otherwise, "else");
    if (s->otherwise >= 0)
        check_otherwise(x, otherwise, stage, &x->moves[s->otherwise]);
}

static void load_deadlines(const struct reading *x)
{
    const struct yaml_node *c = yaml_get(x->root, "stages")->first;
    for (; c; c = c->next)
        for (size_t i = 0; i < x->w->n_stages; i++)
            if (str_equal(x->stages[i].name, c->key) && c->kind == YAML_MAP)
                load_deadline(x, c, i);
}

// --- the shape -------------------------------------------------------------------------

// Bits of the stages that can be reached from (or, backwards, that reach) those in `set`.
static uint64_t reach(const struct workflow *w, uint64_t set, bool backwards)
{
    for (bool grew = true; grew;) {
        grew = false;
        for (size_t i = 0; i < w->n_moves; i++) {
            const struct move *m = &w->moves[i];
            if (m->to < 0)
                continue;
            uint64_t to = 1ULL << m->to, hit = backwards ? set & to : set & m->from;
            uint64_t more = hit ? (backwards ? m->from : to) & ~set : 0;
            set |= more;
            grew |= more != 0;
        }
    }
    return set;
}

static void check_shape(const struct reading *x)
{
    struct problems *p = &x->l->problems;
    const struct workflow *w = x->w;
    uint64_t finals = 0, left = 0;
    for (size_t i = 0; i < w->n_stages; i++)
        finals |= w->stages[i].final ? 1ULL << i : 0;
    for (size_t i = 0; i < w->n_moves; i++) {
        left |= w->moves[i].from;
        if (w->moves[i].to < 0 || !w->moves[i].from)
            return; // a stage that is not known: the shape cannot be judged
    }
    uint64_t reached = reach(w, 1, false), ends = reach(w, finals, true);
    const struct yaml_node *c = yaml_get(x->root, "stages")->first;
    for (; c; c = c->next) {
        size_t i = 0;
        while (i < w->n_stages && !str_equal(w->stages[i].name, c->key))
            i++;
        if (i == w->n_stages)
            continue;
        uint64_t bit = 1ULL << i;
        struct error *e = NULL;
        if (!(reached & bit))
            e = problem_add(p, c->key_place, "pack.workflow_reach",
                            "no row can come to stage '" STR_FMT
                            "': no move leads there from the first stage",
                            STR_ARG(c->key));
        else if (!(left & bit) && !w->stages[i].final)
            e = problem_add(p, c->key_place, "pack.workflow_end",
                            "no move leads out of stage '" STR_FMT "'", STR_ARG(c->key));
        else if (!(ends & bit))
            e = problem_add(p, c->key_place, "pack.workflow_end",
                            "from stage '" STR_FMT "' no final stage can be reached",
                            STR_ARG(c->key));
        if (e)
            error_cure(e, reached & bit ? "Add a move, or say final: true."
                                        : "Add a move that leads there, or leave the "
                                          "stage out.");
    }
}

// --- all -------------------------------------------------------------------------------

static const struct workflow *read_for(struct loader *l, const struct yaml_node *root,
                                       const struct workflow *head, const struct reg *r)
{
    struct problems *p = &l->problems;
    struct workflow *w = problem_alloc(p, 1, sizeof *w);
    struct stage *stages = problem_alloc(p, head->n_stages, sizeof *stages);
    if (!w || !stages)
        return head;
    *w = *head;
    memcpy(stages, head->stages, head->n_stages * sizeof *stages);
    w->stages = stages;
    w->moves = NULL;
    w->n_moves = 0;
    struct reading x = {.l = l, .reg = r, .root = root, .w = w, .stages = stages};
    load_move_list(&x, yaml_get(root, "moves"));
    if (p->no_memory)
        return head;
    load_deadlines(&x);
    check_shape(&x);
    return w;
}

void load_moves(struct loader *l)
{
    for (size_t i = 0; i < l->pack->n_workflows && !l->problems.no_memory; i++) {
        const struct workflow head = l->workflows[i];
        bool used = false, broken = l->unread_register;
        for (size_t k = 0; k < l->pack->n_registers; k++) {
            struct reg *r = &l->registers[k];
            broken |= load_is_broken(l, r);
            if (r->workflow != &l->workflows[i] || load_is_broken(l, r) || !head.n_stages)
                continue;
            r->workflow = read_for(l, l->workflow_roots[i], &head, r);
            if (!used)
                l->workflows[i] = *r->workflow;
            used = true;
        }
        if (used || broken || !head.n_stages)
            continue;
        struct error *e =
            problem_add(&l->problems, head.place, "pack.workflow_unused",
                        "no register has workflow: " STR_FMT, STR_ARG(head.name));
        error_cure(e, "Add it to the register whose rows go through these stages.");
    }
}
