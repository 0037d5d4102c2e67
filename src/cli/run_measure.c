// SPDX-License-Identifier: AGPL-3.0-or-later
// measure: figures on the terminal, as a document, as CSV or JSON.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/table.h"
#include "cli/session.h"
#include "report/template.h"

struct wish { // what was asked for
    const struct indicator **list;
    size_t n;
    struct period period;
    int32_t root;
    struct str by; // empty: no break-down
    bool named;    // indicators were named one by one
};

static enum err no_indicator(const struct pack *p, const char *name, struct period period,
                             struct error *e)
{
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < p->n_indicators && list.n < 250; i++)
        if (!i || !str_equal(p->indicators[i].name, p->indicators[i - 1].name))
            buf_printf(&list, "%s" STR_FMT, list.n ? ", " : "", // editions: once
                       STR_ARG(p->indicators[i].name));
    error_set(e, ERR_NOT_FOUND, "measure.indicator", name,
              "the pack " STR_FMT " has no indicator of this name at the end of %s",
              STR_ARG(p->name), period.id);
    error_cure(e, "there are " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

static enum err choose(struct cli *c, const struct pack *p, struct wish *w,
                       struct error *e)
{
    const char *const *names;
    const char *group = cli_option(c, "group");
    size_t n;
    enum err code = cli_options(c, "indicator", &names, &n, e);
    if (code)
        return code;
    w->list = ARENA_ARRAY(&c->arena, const struct indicator *, p->n_indicators + n + 1);
    if (!w->list)
        return error_memory(e);
    w->named = n > 0;
    for (size_t i = 0; i < n; i++) {
        const struct indicator *one = pack_indicator(p, str_of(names[i]), w->period.last);
        if (!one)
            return no_indicator(p, names[i], w->period, e);
        w->list[w->n++] = one;
    }
    for (size_t i = 0; !n && i < p->n_indicators; i++) {
        const struct indicator *one = &p->indicators[i];
        if (pack_indicator(p, one->name, w->period.last) == one &&
            (!group || str_equal_c(one->group, group)))
            w->list[w->n++] = one;
    }
    if (w->n)
        return ERR_OK;
    return no_indicator(p, group ? group : "", w->period, e);
}

// Without names, those that can be broken down so; with names, all must be.
static enum err keep_those_by_axis(const struct session *s, struct wish *w,
                                   struct axis *axis, struct error *e)
{
    struct error why = {0};
    size_t kept = 0;
    for (size_t i = 0; i < w->n; i++) {
        struct axis one;
        const struct expr *below = w->list[i]->denominator;
        enum err code =
            measure_axis(&s->measure, w->list[i]->numerator, w->by, &one, &why);
        if (!code && below && one.kind == AXIS_FIELD) {
            struct axis other; // the field must be there on both sides
            code = measure_axis(&s->measure, below, w->by, &other, &why);
        }
        if (code && (w->named || code != ERR_USAGE)) {
            *e = why;
            return code;
        }
        if (code)
            continue;
        if (!kept)
            *axis = one;
        w->list[kept++] = w->list[i];
    }
    w->n = kept;
    if (!kept)
        *e = why;
    return kept ? ERR_OK : why.code;
}

// --- plain numbers

enum { FIGURE_COLUMNS = 11 };
static const char *const figure_columns[FIGURE_COLUMNS] = {
    "indicator",   "label", "group_code", "group_label", "period", "numerator",
    "denominator", "value", "low",        "high",        "state"};
static const char *const state_names[] = {
    [FIGURE_OK] = "ok",
    [FIGURE_NO_DATA] = "no data",
    [FIGURE_SUPPRESSED] = "suppressed",
    [FIGURE_NOT_DEFINED] = "not defined",
};

struct figure_writer {
    struct buf *out;
    struct json_writer *json; // NULL: CSV
    struct arena *arena;
};

static void put_figure(struct figure_writer *w, const struct str text[5],
                       const struct figure *f)
{
    const double numbers[] = {f->numerator, f->denominator, f->value, f->low, f->high};
    bool known = f->state == FIGURE_OK || f->state == FIGURE_NOT_DEFINED;
    struct str cells[FIGURE_COLUMNS];
    char space[5][32];
    if (w->json)
        json_put_object(w->json);
    for (size_t i = 0; i < FIGURE_COLUMNS; i++) {
        bool number = i >= 5 && i < 10;
        bool shown = number && known && isfinite(numbers[i - 5]) &&
                     !((f->state == FIGURE_NOT_DEFINED || f->outside) && i >= 7);
        if (number && shown)
            snprintf(space[i - 5], sizeof space[0], "%.15g", numbers[i - 5]);
        cells[i] = i < 5     ? text[i]
                   : !number ? str_of(f->outside ? "data error" : state_names[f->state])
                   : shown   ? str_of(space[i - 5])
                             : STR("");
        if (!w->json)
            continue;
        json_put_key(w->json, str_of(figure_columns[i]));
        if (number && shown)
            json_put_double(w->json, numbers[i - 5]);
        else if (number)
            json_put_null(w->json);
        else
            json_put_string(w->json, cells[i]);
    }
    if (w->json)
        json_put_object_end(w->json);
    else
        csv_write_row(w->out, cells, FIGURE_COLUMNS, true);
}

static enum err put_indicator(struct cli *c, const struct session *s,
                              const struct wish *w, const struct indicator *i,
                              struct figure_writer *out, struct error *e)
{
    const struct measure *m = &s->measure;
    struct axis axis = {0};
    struct measure_scope scope = {.period = w->period, .root = w->root, .axes = &axis};
    struct figures figures;
    enum err code = ERR_OK;
    if (w->by.n) {
        scope.n_axes = 1;
        code = measure_axis(m, i->numerator, w->by, &axis, e);
    }
    if (!code)
        code = measure_indicator(m, &c->arena, i, &scope, &figures, e);
    for (size_t k = 0; !code && k < figures.n; k++) {
        struct str text[5] = {i->name, label_in(i->label, c->zh), STR(""), STR(""),
                              str_of(w->period.id)};
        if (w->by.n) {
            const struct axis_bucket *b = &figures.axes[0].buckets[k];
            text[2] = measure_bucket_code(m, &c->arena, &axis, b);
            text[3] = measure_bucket_label(m, &c->arena, &axis, b, c->zh);
            if (axis.kind == AXIS_PERIOD)
                text[4] = str_of(b->period.id);
        }
        put_figure(out, text, &figures.list[k]);
    }
    return code;
}

static enum err write_numbers(struct cli *c, const struct session *s,
                              const struct wish *w, const char *path, bool as_json,
                              struct error *e)
{
    struct buf text = BUF_INIT((size_t)1 << 30);
    struct json_writer json = json_on(&text);
    struct figure_writer out = {
        .out = &text, .json = as_json ? &json : NULL, .arena = &c->arena};
    if (as_json) {
        json_put_array(&json);
    } else {
        struct str heads[FIGURE_COLUMNS];
        for (size_t i = 0; i < FIGURE_COLUMNS; i++)
            heads[i] = str_of(figure_columns[i]);
        csv_write_row(&text, heads, FIGURE_COLUMNS, false);
    }
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < w->n; i++)
        code = put_indicator(c, s, w, w->list[i], &out, e);
    if (!code && as_json) {
        json_put_array_end(&json);
        buf_add_char(&text, '\n');
    }
    if (!code)
        code = session_give(c, path, &text, e);
    buf_free(&text);
    return code;
}

enum err run_measure(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct wish w = {.by = str_of(cli_option(c, "by"))};
    struct axis axis;
    const char *csv = cli_option(c, "csv"), *json = cli_option(c, "json");
    enum err code = session_period(c, &w.period, e);
    if (!code)
        code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = session_area(c, &s, &w.root, e);
    if (!code)
        code = choose(c, s.county->pack, &w, e);
    if (!code && w.by.n)
        code = keep_those_by_axis(&s, &w, &axis, e);
    if (!code && csv)
        code = write_numbers(c, &s, &w, csv, false, e);
    if (!code && json)
        code = write_numbers(c, &s, &w, json, true, e);
    if (!code && (cli_option(c, "out") || (!csv && !json))) {
        struct doc *d;
        code = template_measure(&s.measure, &c->arena, w.list, w.n, w.period, w.root,
                                w.by.n ? &axis : NULL, c->zh, &d, e);
        if (!code)
            code = session_show(c, d, e);
    }
    session_close(&s);
    return code;
}
