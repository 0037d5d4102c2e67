// SPDX-License-Identifier: AGPL-3.0-or-later
// Row rules: check: and warn: of fields, checks: of registers.
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

// Parses a boolean row expression. With `negate` the finding is where it does not hold:
// `not (...)`, so that null, which is neither, is no finding.
static bool rule_expression(struct loader *l, const struct reg *r,
                            const struct yaml_node *node, const char *what, bool negate,
                            struct rule *rule)
{
    struct problems *p = &l->problems;
    if (!yaml_text(p, node, what, &rule->text))
        return false;
    rule->place = node->place;
    struct error e = {0};
    const struct expr *x = NULL;
    if (expr_parse_row(p->arena, l->pack, r, rule->text, node->place, &x, &e)) {
        problem_take(p, node->place, &e);
        return false;
    }
    if (expr_type(x) != TYPE_BOOL) {
        struct error *said = problem_add(
            p, node->place, "pack.not_boolean",
            "%s must be true or false for each row, but '" STR_FMT "' is of type %s",
            what, STR_ARG(rule->text), type_name(expr_type(x)));
        error_cure(said, "Write a comparison, for example: weight >= 300.");
        return false;
    }
    if (negate) {
        static const char before[] = "not (";
        struct str text =
            str_format(p->arena, "%s" STR_FMT "\n)", before, STR_ARG(rule->text));
        struct place at = node->place;
        at.column -= (int)sizeof before - 1; // tokens keep the places they have
        if (!text.p) {
            p->no_memory = true;
            return false;
        }
        if (expr_parse_row(p->arena, l->pack, r, text, at, &x, &e)) {
            problem_take(p, node->place, &e);
            return false;
        }
    }
    rule->when = x;
    return true;
}

static struct str made_text(struct loader *l, struct str a, const char *middle,
                            struct str b)
{
    struct str s = str_format(l->problems.arena, STR_FMT "%s" STR_FMT, STR_ARG(a), middle,
                              STR_ARG(b));
    if (!s.p)
        l->problems.no_memory = true;
    return s;
}

// check: or warn: of one field.
static bool field_rule(struct loader *l, const struct reg *r, const struct field *f,
                       const struct yaml_node *node, bool check, struct rule *rule)
{
    const char *key = check ? "check" : "warn";
    const struct yaml_node *said = yaml_get(node, key);
    if (!said || !rule_expression(l, r, said, key, check, rule))
        return false;
    rule->severity = check ? SEVERITY_ERROR : SEVERITY_WARNING;
    rule->name = made_text(l, f->name, check ? ".check" : ".warn", STR(""));
    const struct yaml_node *label = yaml_get(node, check ? "check_label" : "warn_label");
    if (label) {
        yaml_label(&l->problems, label, check ? "check_label" : "warn_label",
                   &rule->label, NULL);
    } else {
        rule->label.en = made_text(l, f->label.en,
                                   check ? ": must hold: " : ": unusual: ", rule->text);
        rule->label.zh =
            made_text(l, f->label.zh, check ? "：必须满足：" : "：异常：", rule->text);
    }
    yaml_label(&l->problems, yaml_get(node, check ? "check_cure" : "warn_cure"),
               "the cure", &rule->cure, NULL);
    return true;
}

static void field_rules(struct loader *l, struct reg *r, struct field *f,
                        const struct yaml_node *node)
{
    static const char *const about[] = {"check_label", "check_cure", "warn_label",
                                        "warn_cure"};
    struct problems *p = &l->problems;
    for (size_t i = 0; i < 4; i++) {
        const struct yaml_node *label = yaml_get(node, about[i]);
        if (label && !yaml_get(node, i < 2 ? "check" : "warn"))
            problem_add(p, label->key_place, "pack.misplaced_key",
                        "'%s' is given, but there is no %s:", about[i],
                        i < 2 ? "check" : "warn");
    }
    if (!yaml_get(node, "check") && !yaml_get(node, "warn"))
        return;
    struct rule *rules = problem_alloc(p, 2, sizeof *rules);
    if (!rules)
        return;
    f->n_rules += field_rule(l, r, f, node, true, &rules[f->n_rules]);
    f->n_rules += field_rule(l, r, f, node, false, &rules[f->n_rules]);
    f->rules = rules;
}

static void register_checks(struct loader *l, struct reg *r, const struct yaml_node *list)
{
    struct problems *p = &l->problems;
    char what[96];
    if (!list || !yaml_is_map(p, list, "checks"))
        return;
    struct rule *rules = problem_alloc(p, list->n, sizeof *rules);
    if (!rules)
        return;
    for (const struct yaml_node *c = list->first; c; c = c->next) {
        struct rule *rule = &rules[r->n_checks];
        WHAT(what, "check '" STR_FMT "'", STR_ARG(c->key));
        if (!load_name(l, c->key, c->key_place, "a check", false) ||
            !yaml_is_map(p, c, what))
            continue;
        yaml_known_keys(p, c, what, "when severity label cure");
        rule->name = c->key;
        load_severity(l, c, SEVERITY_WARNING, &rule->severity);
        load_label(l, c, "label", what, &rule->label);
        yaml_label(p, yaml_get(c, "cure"), "the cure", &rule->cure, NULL);
        const struct yaml_node *when = yaml_get(c, "when");
        if (!when)
            problem_add(p, c->key_place, "pack.missing_key", "%s has no key 'when'",
                        what);
        else if (l->sources[r - l->registers].broken ||
                 rule_expression(l, r, when, "when", false, rule))
            r->n_checks++;
    }
    r->checks = rules;
}

void load_rules(struct loader *l)
{
    for (size_t i = 0; i < l->pack->n_registers; i++) {
        struct reg *r = &l->registers[i];
        const struct register_source *source = &l->sources[i];
        register_checks(l, r, yaml_get(source->root, "checks"));
        for (size_t k = 0; k < r->n_fields && !source->broken; k++)
            if (source->field_nodes[k])
                field_rules(l, r, (struct field *)&r->fields[k], source->field_nodes[k]);
    }
}
