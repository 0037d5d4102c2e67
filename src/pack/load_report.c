// SPDX-License-Identifier: AGPL-3.0-or-later
// reports/*.yaml: named numbers, and the sections of the page in order.
#include "pack/load.h"

#include <stdio.h>
#include <string.h>

// --- values ----------------------------------------------------------------------------

static void load_value(struct loader *l, const struct yaml_node *node, struct value *v)
{
    struct problems *p = &l->problems;
    char what[96];
    WHAT(what, "value '" STR_FMT "'", STR_ARG(node->key));
    v->name = node->key;
    yaml_known_keys(p, node, what, "measure indicator before decimals");
    const struct yaml_node *measure = yaml_get(node, "measure");
    const struct yaml_node *indicator = yaml_get(node, "indicator");
    if ((measure != NULL) == (indicator != NULL)) {
        problem_add(p, node->key_place, "pack.value",
                    "%s needs either measure: or indicator:, %s", what,
                    measure ? "not both" : "and has neither");
        return;
    }
    load_measure(l, measure, "measure", &v->measure, NULL);
    if (indicator)
        v->indicator = load_indicator_named(l, indicator);
    yaml_bool(p, yaml_get(node, "before"), "before", &v->before);
    int64_t decimals = v->indicator ? v->indicator->decimals : 0;
    yaml_int(p, yaml_get(node, "decimals"), "decimals", 0, 6, &decimals);
    v->decimals = (int)decimals;
}

static void load_values(struct loader *l, const struct yaml_node *node, struct report *r)
{
    struct problems *p = &l->problems;
    char what[96];
    if (!node || !yaml_is_map(p, node, "values"))
        return;
    struct value *values = problem_alloc(p, node->n, sizeof *values);
    if (!values)
        return;
    for (const struct yaml_node *c = node->first; c; c = c->next)
        if (load_name(l, c->key, c->key_place, "a value", false) &&
            yaml_is_map(p, c, WHAT(what, "value '" STR_FMT "'", STR_ARG(c->key))))
            load_value(l, c, &values[r->n_values++]);
    r->values = values;
}

// --- text with {places} ----------------------------------------------------------------

static const struct value *value_named(const struct report *r, struct str name)
{
    for (size_t i = 0; i < r->n_values; i++)
        if (str_equal(r->values[i].name, name))
            return &r->values[i];
    return NULL;
}

static void check_place(struct loader *l, const struct report *r,
                        const struct yaml_node *node, struct str inner)
{
    struct problems *p = &l->problems;
    struct str name = inner, how = STR("");
    str_split(inner, ':', &name, &how);
    const struct value *v = value_named(r, name);
    if (!v) {
        struct str names[100];
        size_t n = 0;
        for (; n < r->n_values && n < 100; n++)
            names[n] = r->values[n].name;
        load_unknown(l, name, node->place, "pack.text_value",
                     "value of the report called", names, n);
        return;
    }
    if (how.n == 0 && inner.n == name.n)
        return;
    if (!str_equal_c(how, "interval")) {
        struct error *e = problem_add(p, node->place, "pack.text_value",
                                      "{" STR_FMT "}: only {name} and {name:interval} "
                                      "are known",
                                      STR_ARG(inner));
        error_cure(e, "Write {" STR_FMT "} or {" STR_FMT ":interval}.", STR_ARG(name),
                   STR_ARG(name));
    } else if (v->measure || (v->indicator && v->indicator->interval == INTERVAL_NONE)) {
        struct error *e = problem_add(p, node->place, "pack.text_interval",
                                      "{" STR_FMT "}: '" STR_FMT "' has no interval",
                                      STR_ARG(inner), STR_ARG(name));
        error_cure(e,
                   "Write {" STR_FMT "}, or give its indicator interval: proportion or "
                   "ratio.",
                   STR_ARG(name));
    }
}

static void check_places(struct loader *l, const struct report *r,
                         const struct yaml_node *node)
{
    if (!node || node->kind != YAML_SCALAR)
        return;
    struct str rest = node->text;
    while (rest.n) {
        const char *open = memchr(rest.p, '{', rest.n);
        const char *stray = memchr(rest.p, '}', rest.n);
        if (!open && !stray)
            return;
        if (!open || (stray && stray < open)) {
            problem_add(&l->problems, node->place, "pack.text_brace",
                        "the text has a } without a { before it");
            return;
        }
        struct str after = {open + 1, rest.n - (size_t)(open + 1 - rest.p)};
        const char *close = memchr(after.p, '}', after.n);
        if (!close) {
            problem_add(&l->problems, node->place, "pack.text_brace",
                        "the text has a { that is never closed");
            return;
        }
        struct str inner = {after.p, (size_t)(close - after.p)};
        check_place(l, r, node, inner);
        rest = (struct str){close + 1, after.n - inner.n - 1};
    }
}

// --- sections --------------------------------------------------------------------------

static void load_section_indicators(struct loader *l, const struct yaml_node *node,
                                    struct section *s)
{
    struct problems *p = &l->problems;
    const struct yaml_node *list = yaml_get(node, "indicators");
    if (!list)
        return;
    if (list->kind != YAML_LIST || list->n == 0) {
        yaml_is_list(p, list, "indicators");
        if (list->kind == YAML_LIST)
            problem_add(p, list->place, "pack.indicators", "indicators is an empty list");
        return;
    }
    s->indicators = problem_alloc(p, list->n, sizeof *s->indicators);
    for (const struct yaml_node *c = list->first; c && s->indicators; c = c->next) {
        const struct indicator *x = load_indicator_named(l, c);
        if (x)
            s->indicators[s->n_indicators++] = x;
    }
}

static void need(struct loader *l, const struct yaml_node *node, const char *what,
                 const char *key)
{
    if (!yaml_get(node, key))
        problem_add(&l->problems, node->place, "pack.missing_key",
                    "%s needs the key '%s'", what, key);
}

// What a chart or cross table counts, for the fields that may group it.
static const struct expr *subject(const struct section *s)
{
    return s->measure ? s->measure : s->n_indicators ? s->indicators[0]->numerator : NULL;
}

static void load_rows_and_columns(struct loader *l, const struct yaml_node *node,
                                  struct section *s)
{
    static const char *const keys[] = {"rows", "columns"};
    for (size_t i = 0; i < 2; i++) {
        const struct yaml_node *named = yaml_get(node, keys[i]);
        if (named && subject(s))
            *(i == 0 ? &s->rows : &s->columns) =
                load_grouping_field(l, subject(s), named, keys[i]);
    }
}

static void load_measure_key(struct loader *l, const struct yaml_node *node,
                             struct section *s)
{
    load_measure(l, yaml_get(node, "measure"), "measure", &s->measure, NULL);
    yaml_label(&l->problems, yaml_get(node, "label"), "label", &s->measure_label, NULL);
}

static void load_table(struct loader *l, const struct yaml_node *node, struct section *s)
{
    static const char *const words[] = {"indicators", "areas", "cross"};
    static const char *const keys[] = {"table title note indicators",
                                       "table title note by indicators",
                                       "table title note measure label rows columns"};
    struct problems *p = &l->problems;
    size_t i = 0;
    if (!yaml_word(p, yaml_get(node, "table"), "table", words, 3, &i))
        return;
    char what[64];
    WHAT(what, "a table of kind %s", words[i]);
    yaml_known_keys(p, node, what, keys[i]);
    static const enum section_kind kinds[] = {SECTION_INDICATORS, SECTION_AREAS,
                                              SECTION_CROSS};
    s->kind = kinds[i];
    if (s->kind == SECTION_CROSS) {
        need(l, node, what, "measure");
        need(l, node, what, "rows");
        need(l, node, what, "columns");
        load_measure_key(l, node, s);
        load_rows_and_columns(l, node, s);
        return;
    }
    need(l, node, what, "indicators");
    load_section_indicators(l, node, s);
    if (s->kind == SECTION_AREAS) {
        need(l, node, what, "by");
        const struct yaml_node *by = yaml_get(node, "by");
        if (by)
            load_level(l, by, "by", &s->by);
    }
}

static void load_chart_by(struct loader *l, const struct yaml_node *node,
                          struct section *s)
{
    struct str name;
    enum period_kind period;
    const struct yaml_node *by = yaml_get(node, "by");
    if (!yaml_text(&l->problems, by, "by", &name))
        return;
    s->by = name;
    bool is_period = !str_equal_c(name, "day") && period_kind_from_name(name, &period);
    if (is_period || (s->chart != CHART_LINE && pack_level(l->pack, name) >= 0))
        return;
    if (s->chart == CHART_LINE) {
        struct error *e =
            problem_add(&l->problems, by->place, "pack.chart_by",
                        "a line runs over time, but by is '" STR_FMT "'", STR_ARG(name));
        error_cure(e, "Write by: month, quarter, half or year.");
        return;
    }
    if (subject(s))
        load_grouping_field(l, subject(s), by, "by");
}

static void load_chart(struct loader *l, const struct yaml_node *node, struct section *s)
{
    static const char *const words[] = {"bar", "line", "interval", "funnel", "pyramid"};
    struct problems *p = &l->problems;
    size_t i = 0;
    s->kind = SECTION_CHART;
    if (!yaml_word(p, yaml_get(node, "chart"), "chart", words, 5, &i))
        return;
    s->chart = (enum chart_kind)i;
    char what[64];
    WHAT(what, "a chart of kind %s", words[i]);
    if (s->chart == CHART_PYRAMID) {
        yaml_known_keys(p, node, what, "chart title note measure label rows columns");
        need(l, node, what, "measure");
        need(l, node, what, "rows");
        need(l, node, what, "columns");
        load_measure_key(l, node, s);
        load_rows_and_columns(l, node, s);
        return;
    }
    yaml_known_keys(p, node, what, "chart title note indicators measure label by");
    if ((yaml_get(node, "measure") != NULL) == (yaml_get(node, "indicators") != NULL))
        problem_add(p, node->place, "pack.chart",
                    "%s needs either indicators: or measure:", what);
    need(l, node, what, "by");
    load_section_indicators(l, node, s);
    load_measure_key(l, node, s);
    load_chart_by(l, node, s);
    for (size_t k = 0; k < s->n_indicators; k++)
        if ((s->chart == CHART_INTERVAL || s->chart == CHART_FUNNEL) &&
            s->indicators[k]->interval == INTERVAL_NONE)
            problem_add(p, node->place, "pack.chart_interval",
                        "%s shows intervals, but indicator '" STR_FMT "' has none", what,
                        STR_ARG(s->indicators[k]->name));
}

static void load_late(struct loader *l, const struct yaml_node *list, struct section *s)
{
    struct problems *p = &l->problems;
    const struct str *names = NULL;
    size_t n = 0;
    s->kind = SECTION_LATE;
    if (!yaml_words(p, list, "late", &names, &n))
        return;
    s->registers = problem_alloc(p, n, sizeof *s->registers);
    for (size_t i = 0; s->registers && i < n; i++) {
        const struct reg *r = pack_register(l->pack, names[i]);
        if (!r) {
            struct str known[64];
            size_t k = 0;
            for (; k < l->pack->n_registers && k < 64; k++)
                known[k] = l->registers[k].name;
            load_unknown(l, names[i], list->place, "pack.register", "register", known, k);
        } else if (!r->due.set) {
            problem_add(p, list->place, "pack.late_due",
                        "late: register '" STR_FMT "' has no due:, so nobody can be late",
                        STR_ARG(names[i]));
        } else {
            s->registers[s->n_registers++] = r;
        }
    }
}

static void load_text_section(struct loader *l, const struct yaml_node *node,
                              const struct report *r, struct section *s)
{
    const struct yaml_node *heading = yaml_get(node, "heading");
    const struct yaml_node *text = heading ? heading : yaml_get(node, "text");
    s->kind = heading ? SECTION_HEADING : SECTION_TEXT;
    yaml_known_keys(&l->problems, node, heading ? "a heading" : "a text",
                    heading ? "heading note" : "text title note");
    if (!yaml_label(&l->problems, text, heading ? "heading" : "text",
                    heading ? &s->title : &s->text, NULL) ||
        heading)
        return;
    check_places(l, r, yaml_get(text, "en"));
    check_places(l, r, yaml_get(text, "zh"));
}

static void load_findings(struct loader *l, const struct yaml_node *node,
                          struct section *s)
{
    struct problems *p = &l->problems;
    int64_t limit = 20;
    bool shown = true;
    s->kind = SECTION_FINDINGS;
    if (node->kind == YAML_MAP) {
        yaml_known_keys(p, node, "findings", "limit");
        yaml_int(p, yaml_get(node, "limit"), "limit", 1, 1000, &limit);
    } else {
        yaml_bool(p, node, "findings", &shown);
    }
    s->limit = (int)limit;
}

static void load_section(struct loader *l, const struct yaml_node *node,
                         const struct report *r, struct section *s)
{
    static const char *const kinds[] = {"heading", "text",     "table",      "chart",
                                        "late",    "findings", "definitions"};
    struct problems *p = &l->problems;
    const char *kind = NULL;
    s->place = node->place;
    if (!yaml_is_map(p, node, "a section"))
        return;
    for (size_t i = 0; i < 7 && !kind; i++)
        if (yaml_get(node, kinds[i]))
            kind = kinds[i];
    if (!kind) {
        struct error *e = problem_add(p, node->place, "pack.section",
                                      "this section does not say what it is");
        error_cure(e,
                   "A section has one of: heading, text, table, chart, findings, late, "
                   "definitions.");
        return;
    }
    yaml_label(p, yaml_get(node, "title"), "title", &s->title, NULL);
    yaml_label(p, yaml_get(node, "note"), "note", &s->note, NULL);
    const struct yaml_node *value = yaml_get(node, kind);
    if (kind == kinds[0] || kind == kinds[1]) {
        load_text_section(l, node, r, s);
    } else if (kind == kinds[2]) {
        load_table(l, node, s);
    } else if (kind == kinds[3]) {
        load_chart(l, node, s);
    } else {
        yaml_known_keys(p, node, "this section", "title note findings late definitions");
        bool shown = true;
        s->kind = SECTION_DEFINITIONS;
        if (kind == kinds[4])
            load_late(l, value, s);
        else if (kind == kinds[5])
            load_findings(l, value, s);
        else
            yaml_bool(p, value, "definitions", &shown);
    }
}

// --- the report ------------------------------------------------------------------------

static void load_report(struct loader *l, const struct yaml_node *root, struct report *r)
{
    struct problems *p = &l->problems;
    r->place = root->place;
    if (!yaml_is_map(p, root, "a report's file"))
        return;
    yaml_known_keys(p, root, "a report", "report every label values sections");
    const struct yaml_node *name = yaml_get(root, "report");
    if (!name)
        problem_add(p, root->place, "pack.missing_key",
                    "the file has no key 'report' (its name)");
    else if (yaml_text(p, name, "report", &r->name))
        load_name(l, r->name, name->place, "a report", true);
    for (const struct report *o = l->pack->reports; o < r; o++)
        if (r->name.n && str_equal(o->name, r->name))
            problem_add(p, name->place, "pack.name_twice",
                        "a report '" STR_FMT "' is already in " STR_FMT, STR_ARG(r->name),
                        STR_ARG(o->place.file));
    const struct yaml_node *every = yaml_get(root, "every");
    if (!every)
        problem_add(p, root->place, "pack.missing_key", "the report has no key 'every'");
    load_period_kind(l, every, "every", &r->every);
    load_label(l, root, "label", "the report", &r->label);
    load_values(l, yaml_get(root, "values"), r);
    const struct yaml_node *list = yaml_get(root, "sections");
    if (!list)
        problem_add(p, root->place, "pack.missing_key", "the report has no sections");
    if (!yaml_is_list(p, list, "sections"))
        return;
    struct section *sections = problem_alloc(p, list->n, sizeof *sections);
    if (!sections)
        return;
    r->sections = sections;
    for (const struct yaml_node *c = list->first; c; c = c->next)
        load_section(l, c, r, &sections[r->n_sections++]);
}

void load_reports(struct loader *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_files; i++)
        n += l->roots[i] && in_folder(l->files[i].path, "reports");
    struct report *list = problem_alloc(&l->problems, n, sizeof *list);
    if (!list)
        return;
    l->pack->reports = list;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->roots[i] && in_folder(l->files[i].path, "reports"))
            load_report(l, l->roots[i], &list[l->pack->n_reports++]);
}
