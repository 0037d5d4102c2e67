// SPDX-License-Identifier: AGPL-3.0-or-later
// campaigns/*.yaml and cases/*.yaml: which registers a campaign and the file of a case
// are made of.
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

static const struct yaml_node *need(struct loader *l, const struct yaml_node *map,
                                    const char *what, const char *key)
{
    const struct yaml_node *node = yaml_get(map, key);
    if (!node)
        problem_add(&l->problems, map->n ? map->first->key_place : map->place,
                    "pack.missing_key", "%s has no key '%s'", what, key);
    return node;
}

static const struct yaml_node *map_of(struct loader *l, const struct yaml_node *root,
                                      const char *key, const char *keys)
{
    const struct yaml_node *node = yaml_get(root, key);
    if (!node || !yaml_is_map(&l->problems, node, key))
        return NULL;
    yaml_known_keys(&l->problems, node, key, keys);
    return node;
}

static const struct field *field_of(struct loader *l, const struct reg *r,
                                    const struct yaml_node *node, const char *what,
                                    enum type type)
{
    const struct field *f = node && r ? load_field(l, r, node, what) : NULL;
    if (!f || f->type == type || f->type == TYPE_NONE)
        return f;
    problem_add(&l->problems, node->place, "pack.field_type",
                "%s: '" STR_FMT "' has type %s, but a field of type %s is needed", what,
                STR_ARG(f->name), type_name(f->type), type_name(type));
    return NULL;
}

// A register whose rows are looked up by one text, or NULL and a problem.
static const struct reg *keyed_register(struct loader *l, const struct yaml_node *node,
                                        const char *what)
{
    const struct reg *r = node ? load_register_named(l, node, what) : NULL;
    if (!r || load_is_broken(l, r))
        return NULL;
    if (r->n_key == 1 && r->key[0]->type == TYPE_TEXT)
        return r;
    struct error *e =
        problem_add(&l->problems, node->place, "pack.refers_key",
                    "%s: the key of register '" STR_FMT "' is not one text field", what,
                    STR_ARG(r->name));
    error_cure(e, "Give it key: [number] with a text field.");
    return NULL;
}

static bool has_workflow(struct loader *l, const struct reg *r,
                         const struct yaml_node *node, const char *what)
{
    if (r->workflow)
        return true;
    struct error *e = problem_add(&l->problems, node->place, "pack.campaign_workflow",
                                  "%s: register '" STR_FMT
                                  "' has no workflow, so nothing in it is ever done",
                                  what, STR_ARG(r->name));
    error_cure(e, "Add workflow: to the register.");
    return false;
}

// --- campaigns -------------------------------------------------------------------------

// A code of the tasks is the stage in which they are due.
static void check_phases(struct loader *l, const struct yaml_node *node,
                         const struct campaign_shape *c)
{
    const struct workflow *w = c->reg->workflow;
    for (size_t i = 0; i < c->task_phase->n_codes; i++) {
        struct str value = c->task_phase->codes[i].value, names[64];
        size_t n = 0;
        for (; n < w->n_stages && !str_equal(w->stages[n].name, value); n++)
            names[n] = w->stages[n].name;
        if (n == w->n_stages)
            load_unknown(l, value, node->place, "pack.campaign_phase",
                         "stage of the campaign called", names, n);
    }
}

static void load_tasks(struct loader *l, const struct yaml_node *root,
                       struct campaign_shape *c)
{
    need(l, root, "a campaign", "tasks");
    const struct yaml_node *node = map_of(l, root, "tasks", "rows phase body item");
    if (!node)
        return;
    const struct yaml_node *rows = need(l, node, "tasks", "rows"),
                           *phase = need(l, node, "tasks", "phase"),
                           *item = need(l, node, "tasks", "item");
    if (!load_related(l, rows, "rows", c->reg, &c->tasks) ||
        !has_workflow(l, c->tasks.reg, rows, "tasks"))
        return;
    c->task_phase = field_of(l, c->tasks.reg, phase, "phase", TYPE_CODE);
    c->task_item = field_of(l, c->tasks.reg, item, "item", TYPE_CODE);
    c->task_body = field_of(l, c->tasks.reg, yaml_get(node, "body"), "body", TYPE_TEXT);
    if (c->task_phase)
        check_phases(l, phase, c);
}

static void load_visits(struct loader *l, const struct yaml_node *root,
                        struct campaign_shape *c)
{
    need(l, root, "a campaign", "visits");
    const struct yaml_node *node = map_of(l, root, "visits", "rows made team");
    if (!node)
        return;
    const struct yaml_node *rows = need(l, node, "visits", "rows"),
                           *made = need(l, node, "visits", "made");
    if (!load_related(l, rows, "rows", c->reg, &c->visits))
        return;
    const struct reg *r = c->visits.reg;
    if (made)
        load_condition(l, r, made, "made", &c->visit_made, NULL);
    c->visit_team = field_of(l, r, yaml_get(node, "team"), "team", TYPE_TEXT);
    c->visit_facility = r->facility;
    if (!r->facility || r->n_key != 1 || r->key[0]->type != TYPE_TEXT) {
        struct error *e = problem_add(
            &l->problems, rows->place, "pack.campaign_visits",
            "register '" STR_FMT "' cannot hold visits: it needs facility: and a key of "
            "one text field, which the checklists name",
            STR_ARG(r->name));
        error_cure(e, "Add facility: and key: [number] to the register.");
    }
}

static void load_findings_of(struct loader *l, const struct yaml_node *root,
                             struct campaign_shape *c)
{
    const struct yaml_node *node = map_of(l, root, "findings", "rows severity");
    if (!node)
        return;
    const struct yaml_node *rows = need(l, node, "findings", "rows");
    if (!load_related(l, rows, "rows", c->reg, &c->findings) ||
        !has_workflow(l, c->findings.reg, rows, "findings"))
        return;
    c->severity =
        field_of(l, c->findings.reg, yaml_get(node, "severity"), "severity", TYPE_CODE);
}

static void load_lists(struct loader *l, const struct yaml_node *root,
                       struct campaign_shape *c)
{
    struct problems *p = &l->problems;
    const struct yaml_node *checklists = yaml_get(root, "checklists"),
                           *targets = yaml_get(root, "targets");
    if (checklists && yaml_is_list(p, checklists, "checklists")) {
        c->checklists = problem_alloc(p, checklists->n, sizeof *c->checklists);
        for (struct yaml_node *x = c->checklists ? checklists->first : NULL; x;
             x = x->next) {
            struct str names[64];
            size_t n = 0;
            if (!yaml_text(p, x, "checklists", &(struct str){0}))
                continue;
            const struct checklist *found = pack_checklist(l->pack, x->text);
            for (; n < l->pack->n_checklists && n < 64; n++)
                names[n] = l->pack->checklists[n].name;
            if (found)
                c->checklists[c->n_checklists++] = found;
            else
                load_unknown(l, x->text, x->place, "pack.checklist", "checklist", names,
                             n);
        }
    }
    if (targets && yaml_is_list(p, targets, "targets")) {
        c->targets = problem_alloc(p, targets->n, sizeof *c->targets);
        for (struct yaml_node *x = c->targets ? targets->first : NULL; x; x = x->next) {
            const struct indicator *found = load_indicator_named(l, x);
            if (found)
                c->targets[c->n_targets++] = found;
        }
    }
}

static void load_campaign(struct loader *l, const struct yaml_node *root,
                          struct campaign_shape *list)
{
    struct problems *p = &l->problems;
    if (!yaml_is_map(p, root, "a file of campaigns/"))
        return;
    yaml_known_keys(p, root, "a campaign",
                    "campaign label begins until planned tasks visits findings "
                    "checklists targets");
    const struct yaml_node *named = need(l, root, "the file", "campaign"),
                           *begins = need(l, root, "a campaign", "begins"),
                           *until = need(l, root, "a campaign", "until");
    const struct reg *r = keyed_register(l, named, "campaign");
    if (!r || !has_workflow(l, r, named, "campaign"))
        return;
    if (pack_campaign_of(l->pack, r)) {
        problem_add(p, named->place, "pack.name_twice",
                    "another file says how a campaign of '" STR_FMT "' is made",
                    STR_ARG(r->name));
        return;
    }
    struct campaign_shape *c = &list[l->pack->n_campaigns++];
    c->reg = r;
    c->place = named->place;
    load_label(l, root, "label", "the campaign", &c->label);
    c->begins = field_of(l, r, begins, "begins", TYPE_DATE);
    c->until = field_of(l, r, until, "until", TYPE_DATE);
    c->planned = field_of(l, r, yaml_get(root, "planned"), "planned", TYPE_INT);
    load_tasks(l, root, c);
    load_visits(l, root, c);
    load_findings_of(l, root, c);
    load_lists(l, root, c);
}

// --- cases -----------------------------------------------------------------------------

static int paper_named(struct loader *l, const struct case_shape *c, struct str name,
                       struct place at)
{
    struct str names[64];
    size_t n = 0;
    for (size_t i = 0; i < c->n_required; i++) {
        if (str_equal(c->item->codes[i].value, name))
            return (int)i;
        if (n < 64)
            names[n++] = c->item->codes[i].value;
    }
    load_unknown(l, name, at, "pack.case_paper", "paper", names, n);
    return -1;
}

static void load_required(struct loader *l, const struct yaml_node *node,
                          struct case_paper *papers, const struct case_shape *c)
{
    struct problems *p = &l->problems;
    if (!node || !yaml_is_map(p, node, "required"))
        return;
    for (const struct yaml_node *x = node->first; x; x = x->next) {
        const struct str *names;
        size_t n;
        int origin = c->by ? field_code(c->by, x->key) : -1;
        if (origin < 0 || origin >= 64) {
            struct str codes[64];
            size_t k = 0;
            for (; c->by && k < c->by->n_codes && k < 64; k++)
                codes[k] = c->by->codes[k].value;
            load_unknown(l, x->key, x->key_place, "pack.case_origin", "source", codes, k);
            continue;
        }
        if (!yaml_words(p, x, "required", &names, &n))
            continue;
        for (size_t i = 0; i < n; i++) {
            int paper = paper_named(l, c, names[i], x->place);
            if (paper >= 0)
                papers[paper].origins |= 1ULL << origin;
        }
    }
}

static void load_when(struct loader *l, const struct yaml_node *node,
                      struct case_paper *papers, const struct case_shape *c)
{
    if (!node || !yaml_is_map(&l->problems, node, "when"))
        return;
    for (const struct yaml_node *x = node->first; x; x = x->next) {
        int paper = paper_named(l, c, x->key, x->key_place);
        if (paper < 0)
            continue;
        if (papers[paper].origins)
            problem_add(&l->problems, x->key_place, "pack.case_paper",
                        "paper '" STR_FMT "' is required by its source and by when:",
                        STR_ARG(x->key));
        load_condition(l, c->reg, x, "when", &papers[paper].when, NULL);
    }
}

static void load_case(struct loader *l, const struct yaml_node *root,
                      struct case_shape *list)
{
    struct problems *p = &l->problems;
    if (!yaml_is_map(p, root, "a file of cases/"))
        return;
    yaml_known_keys(p, root, "a case", "case label papers item by required when");
    const struct yaml_node *named = need(l, root, "the file", "case"),
                           *rows = need(l, root, "a case", "papers"),
                           *item = need(l, root, "a case", "item");
    const struct reg *r = keyed_register(l, named, "case");
    if (!r || !rows || !item)
        return;
    if (pack_case_of(l->pack, r)) {
        problem_add(p, named->place, "pack.name_twice",
                    "another file says what a case of '" STR_FMT "' must have",
                    STR_ARG(r->name));
        return;
    }
    struct case_shape *c = &list[l->pack->n_cases++];
    c->reg = r;
    c->place = named->place;
    load_label(l, root, "label", "the case", &c->label);
    if (!load_related(l, rows, "papers", r, &c->papers))
        return;
    c->item = field_of(l, c->papers.reg, item, "item", TYPE_CODE);
    c->by = field_of(l, r, yaml_get(root, "by"), "by", TYPE_CODE);
    struct case_paper *papers =
        c->item ? problem_alloc(p, c->item->n_codes, sizeof *papers) : NULL;
    if (!papers)
        return;
    c->required = papers;
    c->n_required = c->item->n_codes;
    for (size_t i = 0; i < c->n_required; i++)
        papers[i].item = (int)i;
    load_required(l, yaml_get(root, "required"), papers, c);
    load_when(l, yaml_get(root, "when"), papers, c);
}

void load_campaigns(struct loader *l)
{
    size_t campaigns = 0, cases = 0;
    for (size_t i = 0; i < l->n_files; i++) {
        campaigns += l->roots[i] && in_folder(l->files[i].path, "campaigns");
        cases += l->roots[i] && in_folder(l->files[i].path, "cases");
    }
    struct campaign_shape *campaign =
        problem_alloc(&l->problems, campaigns, sizeof *campaign);
    struct case_shape *one = problem_alloc(&l->problems, cases, sizeof *one);
    if (l->problems.no_memory)
        return;
    l->pack->campaigns = campaign;
    l->pack->cases = one;
    for (size_t i = 0; i < l->n_files; i++) {
        if (l->roots[i] && in_folder(l->files[i].path, "campaigns"))
            load_campaign(l, l->roots[i], campaign);
        else if (l->roots[i] && in_folder(l->files[i].path, "cases"))
            load_case(l, l->roots[i], one);
    }
}
