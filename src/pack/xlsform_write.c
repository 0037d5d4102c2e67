// SPDX-License-Identifier: AGPL-3.0-or-later
// Questions of a form as the YAML of a checklist, and its trial in a small pack.
#include <stdio.h>
#include <string.h>

#include "pack/pack.h"
#include "pack/xlsform_private.h"

enum { MOST_ITEMS = 390 }; // with its own fields a register has 400

struct writer {
    struct xls *x;
    struct buf out;
    uint64_t *rows; // of the survey, by line of the YAML
    size_t n_lines, capacity;
};

static void quoted(struct buf *b, struct str s)
{
    buf_add_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            buf_add_char(b, '\\');
        if (c < 0x20) // a line of a cell is a space of a label
            buf_add_char(b, ' ');
        else
            buf_add_char(b, s.p[i]);
    }
    buf_add_char(b, '"');
}

static void add_label(struct buf *b, const char *key, struct label l)
{
    buf_printf(b, "%s: {en: ", key);
    quoted(b, l.en);
    buf_add_c(b, ", zh: ");
    quoted(b, l.zh);
    buf_add_char(b, '}');
}

static void end_line(struct writer *w, uint64_t row)
{
    buf_add_char(&w->out, '\n');
    if (w->n_lines == w->capacity) {
        size_t capacity = w->capacity ? w->capacity * 2 : 256;
        uint64_t *rows = ARENA_ARRAY(w->x->arena, uint64_t, capacity);
        if (!rows) {
            w->x->no_memory = true;
            return;
        }
        if (w->n_lines)
            memcpy(rows, w->rows, w->n_lines * sizeof *rows);
        w->rows = rows;
        w->capacity = capacity;
    }
    w->rows[w->n_lines++] = row;
}

// --- conditions

// Every group around the question, and its own.
static void add_condition(struct writer *w, const struct xls_question *q, struct buf *ask)
{
    struct xls *x = w->x;
    struct str conditions[66], out, why;
    const struct xls_row *rows[66];
    size_t n = 0;
    for (int g = q->group; g >= 0 && n < 64; g = x->groups[g].parent)
        if (x->groups[g].relevant.n) {
            rows[n] = x->groups[g].row;
            conditions[n++] = x->groups[g].relevant;
        }
    if (q->relevant.n) {
        rows[n] = q->row;
        conditions[n++] = q->relevant;
    }
    for (size_t i = 0; i < n; i++) {
        if (!xls_expression(x, conditions[i], NULL, &out, &why)) {
            xls_note(x, &x->survey, rows[i]->line, "relevant", conditions[i], true,
                     "the condition of '" STR_FMT "' cannot be said here: " STR_FMT,
                     STR_ARG(q->original), STR_ARG(why));
            continue;
        }
        if (n == 1)
            buf_add(ask, out);
        else
            buf_printf(ask, "%s(" STR_FMT ")", ask->n ? " and " : "", STR_ARG(out));
    }
}

// What must hold of the answer: the form's constraint, and that it is one of the choices
// that belong to the answers above.
static void add_check(struct writer *w, const struct xls_question *q, struct str filter)
{
    struct str out = STR(""), why;
    struct label label = q->message;
    if (q->constraint.n && !xls_expression(w->x, q->constraint, q, &out, &why))
        xls_note(w->x, &w->x->survey, q->row->line, "constraint", q->constraint, false,
                 "left out, so that more answers are taken than the form would: " STR_FMT,
                 STR_ARG(why));
    if (filter.n && out.n) {
        out = str_format(w->x->arena, "(" STR_FMT ") and (" STR_FMT ")", STR_ARG(filter),
                         STR_ARG(out));
        w->x->no_memory |= !out.p;
    } else if (filter.n) {
        out = filter;
    }
    if (!out.n)
        return;
    if (filter.n && !label.en.n)
        label = (struct label){STR("Choose one that belongs to the answer above"),
                               STR("请选择与上面的回答相符的选项")};
    buf_add_c(&w->out, ", check: ");
    quoted(&w->out, out);
    if (label.en.n) {
        buf_add_c(&w->out, ", ");
        add_label(&w->out, "check_label", label);
    }
}

static void no_filter(struct writer *w, const struct xls_question *q, struct str why)
{
    xls_note(w->x, &w->x->survey, q->row->line, "choice_filter", q->filter, false,
             "left out, so that every choice is taken: " STR_FMT, STR_ARG(why));
}

static struct str filter_of(struct writer *w, const struct xls_question *q)
{
    struct buf b = BUF_INIT(1 << 18);
    struct str why, out = STR("");
    if (q->kind != XLS_CODE || !q->filter.n)
        return out;
    if (!xls_filter(w->x, q, &b, &why))
        no_filter(w, q, why);
    else
        out = str_copy(w->x->arena, buf_str(&b));
    w->x->no_memory |= b.failed || !out.p;
    buf_free(&b);
    return out;
}

// --- items

static void add_codes(struct writer *w, const struct xls_question *q)
{
    const struct xls_list *l = q->list;
    buf_add_c(&w->out, ", codes: {");
    for (size_t i = 0; i < l->n; i++) {
        const struct xls_choice *c = &l->choices[i];
        buf_printf(&w->out, "%s" STR_FMT ": {en: ", i ? ", " : "", STR_ARG(c->name));
        quoted(&w->out, c->label.en);
        buf_add_c(&w->out, ", zh: ");
        quoted(&w->out, c->label.zh);
        if (!str_equal(c->name, c->original)) {
            buf_add_c(&w->out, ", also: [");
            quoted(&w->out, c->original);
            buf_add_char(&w->out, ']');
        }
        if (c->points.n)
            buf_printf(&w->out, ", points: " STR_FMT, STR_ARG(c->points));
        if (c->fails)
            buf_add_c(&w->out, ", fails: true");
        if (c->not_applicable)
            buf_add_c(&w->out, ", not_applicable: true");
        buf_add_char(&w->out, '}');
    }
    if (q->other)
        buf_add_c(&w->out, ", other: {en: other, zh: 其他}");
    buf_add_char(&w->out, '}');
}

static void begin_item(struct writer *w, struct str name, const char *type,
                       struct label label)
{
    buf_printf(&w->out, "      " STR_FMT ": {", STR_ARG(name));
    if (type)
        buf_printf(&w->out, "type: %s, ", type);
    add_label(&w->out, "label", label);
    w->x->out->n_items++;
}

static void end_item(struct writer *w, const struct xls_question *q, struct str ask)
{
    if (ask.n) {
        buf_add_c(&w->out, ", ask: ");
        quoted(&w->out, ask);
    }
    buf_add_char(&w->out, '}');
    end_line(w, q->row->line);
}

static struct str joined(struct xls *x, struct str a, const char *middle, struct str b)
{
    struct str s =
        str_format(x->arena, STR_FMT "%s" STR_FMT, STR_ARG(a), middle, STR_ARG(b));
    x->no_memory |= !s.p;
    return s;
}

struct str xls_choice_item(struct xls *x, const struct xls_question *q,
                           const struct xls_choice *c)
{
    enum { MOST = 40, HEAD = 30 };
    if (q->name.n + 1 + c->name.n <= MOST)
        return joined(x, q->name, "_", c->name);
    struct str head = {q->name.p, q->name.n > HEAD ? HEAD : q->name.n};
    struct str s = str_format(x->arena, STR_FMT "_c%zu", STR_ARG(head),
                              (size_t)(c - q->list->choices) + 1);
    x->no_memory |= !s.p;
    return s;
}

// A yes / no item for each choice; what must hold of them all stands with the last.
static void write_multiple(struct writer *w, const struct xls_question *q, struct str ask)
{
    struct xls *x = w->x;
    for (size_t i = 0; i < q->list->n; i++) {
        const struct xls_choice *c = &q->list->choices[i];
        struct label label = {joined(x, q->label.en, ": ", c->label.en),
                              joined(x, q->label.zh, "：", c->label.zh)};
        begin_item(w, xls_choice_item(x, q, c), NULL, label);
        buf_add_c(&w->out, ", required: false");
        struct str when, why, must = STR("");
        if (q->filter.n && !xls_choice_condition(x, q, c, &when, &why))
            no_filter(w, q, why);
        else if (q->filter.n && !str_equal_c(when, "true")) {
            must = str_format(x->arena, "not " STR_FMT " or (" STR_FMT ")",
                              STR_ARG(xls_choice_item(x, q, c)), STR_ARG(when));
            x->no_memory |= !must.p;
        }
        struct xls_question of = *q;
        if (i + 1 < q->list->n)
            of.constraint = STR("");
        add_check(w, &of, must);
        end_item(w, q, ask);
    }
    if (q->required)
        xls_note(x, &x->survey, q->row->line, "required", STR("yes"), false,
                 "that at least one of the choices is made is not asked for");
}

static void write_other(struct writer *w, const struct xls_question *q, struct str ask)
{
    struct xls *x = w->x;
    struct label label = {joined(x, q->label.en, ": ", STR("other")),
                          joined(x, q->label.zh, "：", STR("其他"))};
    struct str when = joined(x, q->name, " = ", STR("other"));
    if (ask.n) {
        when = str_format(x->arena, "(" STR_FMT ") and " STR_FMT, STR_ARG(ask),
                          STR_ARG(when));
        x->no_memory |= !when.p;
    }
    begin_item(w, joined(x, q->name, "_", STR("other")), "text", label);
    end_item(w, q, when);
}

static void begin_part(struct writer *w, const struct xls_question *q, const char *part,
                       const char *type, const char *en, const char *zh)
{
    struct xls *x = w->x;
    struct label label = {joined(x, q->label.en, ": ", str_of(en)),
                          joined(x, q->label.zh, "：", str_of(zh))};
    begin_item(w, joined(x, q->name, "_", str_of(part)), type, label);
    if (!q->required)
        buf_add_c(&w->out, ", required: false");
}

static void write_geopoint(struct writer *w, const struct xls_question *q, struct str ask)
{
    begin_part(w, q, "latitude", "decimal", "latitude", "纬度");
    buf_add_c(&w->out, ", min: -90, max: 90");
    end_item(w, q, ask);
    begin_part(w, q, "longitude", "decimal", "longitude", "经度");
    buf_add_c(&w->out, ", min: -180, max: 180");
    end_item(w, q, ask);
}

static void write_time(struct writer *w, const struct xls_question *q, struct str ask)
{
    begin_part(w, q, "time", "text", "time of day", "时刻");
    buf_add_c(&w->out, ", max_length: 20");
    end_item(w, q, ask);
}

static void add_codes(struct writer *w, const struct xls_question *q);

// An item for each place, none of which may have the choice of one before.
static void write_rank(struct writer *w, const struct xls_question *q, struct str ask)
{
    struct xls *x = w->x;
    char part[24], en[24];
    for (size_t i = 0; i < q->list->n; i++) {
        snprintf(part, sizeof part, "%zu", i + 1);
        snprintf(en, sizeof en, "%zu.", i + 1);
        begin_part(w, q, part, "code", en, en);
        add_codes(w, q);
        struct buf b = BUF_INIT(1 << 16);
        for (size_t k = 0; k < i; k++)
            buf_printf(&b, "%s" STR_FMT "_%zu <> " STR_FMT "_%zu", k ? " and " : "",
                       STR_ARG(q->name), i + 1, STR_ARG(q->name), k + 1);
        if (i) {
            buf_add_c(&w->out, ", check: ");
            quoted(&w->out, buf_str(&b));
            buf_add_c(&w->out, ", ");
            add_label(&w->out, "check_label",
                      (struct label){STR("This choice has a place already"),
                                     STR("此选项已排过位次")});
        }
        x->no_memory |= b.failed;
        buf_free(&b);
        end_item(w, q, ask);
    }
}

static void write_item(struct writer *w, const struct xls_question *q)
{
    static const char *const types[] = {
        [XLS_BOOL] = NULL,   [XLS_CODE] = "code",       [XLS_MULTIPLE] = NULL,
        [XLS_INT] = "int",   [XLS_DECIMAL] = "decimal", [XLS_TEXT] = "text",
        [XLS_DATE] = "date", [XLS_MOMENT] = "date",     [XLS_CALCULATE] = NULL};
    struct buf ask = BUF_INIT(1 << 16);
    add_condition(w, q, &ask);
    if (q->kind == XLS_MULTIPLE || q->kind == XLS_GEOPOINT || q->kind == XLS_RANK) {
        (q->kind == XLS_MULTIPLE   ? write_multiple
         : q->kind == XLS_GEOPOINT ? write_geopoint
                                   : write_rank)(w, q, buf_str(&ask));
        buf_free(&ask);
        return;
    }
    begin_item(w, q->name, types[q->kind], q->label);
    if (q->hint.en.n) {
        buf_add_c(&w->out, ", ");
        add_label(&w->out, "hint", q->hint);
    }
    if (q->kind == XLS_CODE)
        add_codes(w, q);
    if (q->min.n)
        buf_printf(&w->out, ", min: " STR_FMT, STR_ARG(q->min));
    if (q->max.n)
        buf_printf(&w->out, ", max: " STR_FMT, STR_ARG(q->max));
    if (q->points.n)
        buf_printf(&w->out, ", points: " STR_FMT, STR_ARG(q->points));
    if (q->met.n)
        buf_printf(&w->out, ", met: " STR_FMT, STR_ARG(q->met));
    if (q->critical)
        buf_add_c(&w->out, ", critical: true");
    if (q->photo)
        buf_add_c(&w->out, ", photo: true");
    if (!q->required)
        buf_add_c(&w->out, ", required: false");
    add_check(w, q, filter_of(w, q));
    end_item(w, q, buf_str(&ask));
    if (q->other)
        write_other(w, q, buf_str(&ask));
    if (q->kind == XLS_MOMENT)
        write_time(w, q, buf_str(&ask));
    buf_free(&ask);
}

// --- sections

static int outermost(const struct xls *x, int group)
{
    while (group >= 0 && x->groups[group].parent >= 0)
        group = x->groups[group].parent;
    return group;
}

static void begin_section(struct writer *w, int group, struct label title)
{
    struct xls *x = w->x;
    struct xlsform *out = x->out;
    struct label label = group >= 0 ? x->groups[group].label : title;
    struct str name = group >= 0 ? x->groups[group].name : STR("general");
    // names of sections may come again, keys of YAML may not
    buf_printf(&w->out, "  " STR_FMT "_%zu:", STR_ARG(name), ++out->n_sections);
    end_line(w, 0);
    buf_add_c(&w->out, "    ");
    add_label(&w->out, "label", label);
    end_line(w, group >= 0 ? x->groups[group].row->line : 0);
    buf_add_c(&w->out, "    items:");
    end_line(w, 0);
}

static struct str setting(const struct xls *x, const char *name)
{
    const struct xls_sheet *s = &x->settings;
    for (size_t i = 0; i < s->n && s->n_rows; i++)
        if (strcmp(s->headings[i].base, name) == 0 && i < s->rows[0].n)
            return s->rows[0].cells[i];
    return STR("");
}

static void write_all(struct writer *w)
{
    struct xls *x = w->x;
    struct str title = setting(x, "form_title"), version = setting(x, "version");
    struct label label = {title.n ? title : x->out->name, title.n ? title : x->out->name};
    buf_printf(&w->out, "checklist: " STR_FMT, STR_ARG(x->out->name));
    end_line(w, 0);
    buf_add_c(&w->out, "edition: ");
    quoted(&w->out, version.n ? version : STR("1"));
    end_line(w, 0);
    add_label(&w->out, "label", label);
    end_line(w, 0);
    buf_add_c(&w->out, "sections:");
    end_line(w, 0);
    int section = -2;
    for (size_t i = 0; i < x->n_questions; i++) {
        const struct xls_question *q = &x->questions[i];
        struct str out, why;
        if (q->kind == XLS_CALCULATE &&
            !xls_expression(x, q->calculation, NULL, &out, &why))
            xls_note(x, &x->survey, q->row->line, "calculation", q->calculation, false,
                     "left out, for the calculation cannot be said here: " STR_FMT,
                     STR_ARG(why));
        else if (q->kind == XLS_CALCULATE)
            xls_note(x, &x->survey, q->row->line, "type", q->original, false,
                     "what is calculated is put in where it is read, and not kept");
        if (q->kind >= XLS_CALCULATE)
            continue;
        if (outermost(x, q->group) != section) {
            section = outermost(x, q->group);
            begin_section(w, section, label);
        }
        write_item(w, q);
    }
    if (!x->out->n_items)
        xls_note(x, &x->survey, 0, "", STR(""), true,
                 "the form asks nothing that is kept");
}

// --- the trial

static const char trial_pack[] =
    "pack: trial\nversion: \"1\"\nlabel: {en: Trial, zh: 试用}\n"
    "levels:\n  county: {label: {en: County, zh: 县}}\n";
static const char trial_areas[] =
    "register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n";
static const char trial_facilities[] =
    "register: facilities\nkind: facilities\nlabel: {en: Facilities, zh: 机构}\n"
    "fields:\n  kind: {type: code, label: {en: Kind, zh: 类别},"
    " codes: {other: {en: other, zh: 其他}}}\n";

static uint64_t row_of(const struct writer *w, const char *where)
{
    const char *colon = strchr(where, ':');
    size_t line = 0;
    for (const char *p = colon ? colon + 1 : ""; *p >= '0' && *p <= '9' && line < 1000000;
         p++)
        line = line * 10 + (size_t)(*p - '0');
    return line && line <= w->n_lines ? w->rows[line - 1] : 0;
}

static void try_it(struct writer *w, struct str yaml)
{
    struct xls *x = w->x;
    struct pack_file files[] = {
        {STR("pack.yaml"), str_of(trial_pack)},
        {STR("registers/areas.yaml"), str_of(trial_areas)},
        {STR("registers/facilities.yaml"), str_of(trial_facilities)},
        {STR("checklists/form.yaml"), yaml}};
    struct pack *p;
    struct pack_problems problems = {0};
    struct error e = {0};
    enum err code = pack_compile(x->arena, files, 4, &p, &problems, &e);
    if (code == ERR_MEMORY)
        x->no_memory = true;
    for (size_t i = 0; code && i < problems.n; i++)
        xls_note(x, &x->survey, row_of(w, problems.list[i].where), "", STR(""), true,
                 "%s. %s", problems.list[i].text, problems.list[i].cure);
    if (code && !problems.n)
        xls_note(x, &x->survey, 0, "", STR(""), true, "%s", e.text);
}

void xls_write(struct xls *x)
{
    struct writer w = {.x = x, .out = BUF_INIT(1 << 20)};
    write_all(&w);
    struct str yaml = str_copy(x->arena, buf_str(&w.out));
    x->no_memory |= w.out.no_memory || !yaml.p;
    if (w.out.failed && !w.out.no_memory)
        xls_note(x, &x->survey, 0, "", STR(""), true, "the form is too long");
    else if (x->out->n_items > MOST_ITEMS)
        xls_note(
            x, &x->survey, 0, "", STR(""), true,
            "the form becomes %zu items; a checklist has %d at most. Make one of each "
            "of its groups",
            x->out->n_items, MOST_ITEMS);
    else if (!x->no_memory && x->out->n_items)
        try_it(&w, yaml);
    x->out->yaml = yaml.p ? yaml : STR("");
    buf_free(&w.out);
}
