// SPDX-License-Identifier: AGPL-3.0-or-later
// measure: figures on the terminal, as a document, as CSV or JSON.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/table.h"
#include "cli/session.h"
#include "measure/table.h"
#include "report/template.h"

enum { NO_TIME = 2 };

struct wish { // what was asked for
    const struct indicator **list;
    size_t n;
    struct period period;
    int32_t root;
    struct str by[2];
    size_t n_by;
    size_t time; // which of them is one of time, or NO_TIME
    bool named;  // indicators were named one by one
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

// What --by names: one break-down, one axis of time, or both.
static enum err read_by(struct cli *c, struct wish *w, struct error *e)
{
    struct str rest = str_of(cli_option(c, "by")), head;
    size_t n_times = 0;
    for (bool more = rest.n > 0; more;) {
        enum period_kind kind;
        more = str_split(rest, ',', &head, &rest);
        head = str_trim(more ? head : rest);
        bool is_time = period_kind_from_name(head, &kind);
        n_times += is_time;
        if (w->n_by == 2 || (w->n_by == 1 && n_times != 1)) {
            error_set(e, ERR_USAGE, "measure.by", "--by",
                      "figures can be broken down by one thing, and by time beside it");
            return error_cure(e, "as with --by township,year");
        }
        w->time = is_time ? w->n_by : w->time;
        w->by[w->n_by++] = head;
    }
    return ERR_OK;
}

// Without names, those that can be broken down so; with names, all must be.
static enum err keep_those_by(struct cli *c, const struct session *s, struct wish *w,
                              struct error *e)
{
    struct error why = {0};
    struct measure_table one;
    size_t kept = 0;
    for (size_t i = 0; i < w->n; i++) {
        enum err code =
            measure_table_begin(&c->arena, &w->list[i], 1, w->period, w->root, &one, e);
        if (code)
            return code;
        for (size_t d = 0; !code && d < w->n_by; d++)
            code = measure_table_by(&s->measure, &one, w->by[d], &why);
        if (code && (w->named || code != ERR_USAGE)) {
            *e = why;
            return code;
        }
        if (!code)
            w->list[kept++] = w->list[i];
    }
    w->n = kept;
    if (!kept)
        *e = why;
    return kept ? ERR_OK : why.code;
}

// The same of several periods as a whole: those that have a sum.
static enum err keep_sums(struct cli *c, const struct session *s, struct wish *w,
                          struct error *e)
{
    size_t kept = 0, n = w->n;
    const struct indicator *other = NULL;
    for (size_t i = 0; i < n; i++)
        if (measure_has_sum(&s->measure, w->list[i], w->period))
            w->list[kept++] = w->list[i];
        else
            other = w->list[i];
    w->n = kept;
    if (other && (w->named || !kept)) {
        error_set(e, ERR_INPUT, "measure.sum", "--period",
                  "'" STR_FMT
                  "' has no sum over %s: it tells how things stood in each period, "
                  "or its definition changed",
                  STR_ARG(other->name), w->period.id);
        return error_cure(e, "break it down by time, as with --by year");
    }
    if (other)
        fprintf(stderr,
                cli_say(c,
                        "left out, without a sum: %zu of the indicators over %s; --by "
                        "%s shows each period\n",
                        "%zu个指标在%s没有合计，未列出；用 --by %s 可逐期显示\n"),
                n - kept, w->period.id, period_kind_name(w->period.kind));
    return ERR_OK;
}

static enum err make_table(struct cli *c, const struct session *s, struct wish *w,
                           struct measure_table *t, struct error *e)
{
    enum err code = keep_those_by(c, s, w, e);
    if (!code && period_is_span(&w->period) && w->time == NO_TIME)
        code = keep_sums(c, s, w, e);
    if (!code)
        code = measure_table_begin(&c->arena, w->list, w->n, w->period, w->root, t, e);
    for (size_t d = 0; !code && d < w->n_by; d++)
        code = measure_table_by(&s->measure, t, w->by[d], e);
    return code;
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

// The period stands in its own column; the group is the other thing, or the period too.
static enum err put_indicator(struct cli *c, const struct measure *m,
                              const struct wish *w, const struct measure_table *t,
                              size_t at, struct figure_writer *out, struct error *e)
{
    const struct indicator *i = t->list[at];
    size_t group = w->n_by == 2 ? 1 - w->time : 0;
    struct figures figures;
    enum err code = measure_table_joined(&c->arena, t, at, &figures, e);
    for (size_t k = 0; !code && k < figures.n; k++) {
        struct str text[5] = {i->name, label_in(i->label, c->zh), STR(""), STR(""),
                              str_of(w->period.id)};
        if (w->n_by) {
            const struct axis *axis = &t->axes[at][group];
            const struct axis_bucket *b = measure_table_bucket(t, &figures, k, group);
            text[2] = measure_bucket_code(m, &c->arena, axis, b);
            text[3] = measure_bucket_label(m, &c->arena, axis, b, c->zh);
        }
        if (w->time != NO_TIME)
            text[4] = str_of(measure_table_bucket(t, &figures, k, w->time)->period.id);
        put_figure(out, text, &figures.list[k]);
    }
    return code;
}

static enum err write_numbers(struct cli *c, const struct measure *m,
                              const struct wish *w, const struct measure_table *t,
                              const char *path, bool as_json, struct error *e)
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
    for (size_t i = 0; !code && i < t->n; i++)
        code = put_indicator(c, m, w, t, i, &out, e);
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
    struct wish w = {.time = NO_TIME};
    struct measure_table t;
    const char *csv = cli_option(c, "csv"), *json = cli_option(c, "json");
    enum err code = session_span(c, &w.period, e);
    if (!code)
        code = read_by(c, &w, e);
    if (!code)
        code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = session_area(c, &s, &w.root, e);
    if (!code)
        code = choose(c, s.county->pack, &w, e);
    if (!code)
        code = make_table(c, &s, &w, &t, e);
    if (!code && (csv || json))
        code = measure_table_count(&s.measure, &c->arena, &t, false, e);
    if (!code && csv)
        code = write_numbers(c, &s.measure, &w, &t, csv, false, e);
    if (!code && json)
        code = write_numbers(c, &s.measure, &w, &t, json, true, e);
    if (!code && (cli_option(c, "out") || (!csv && !json))) {
        struct doc *d;
        code = template_measure(&s.measure, &c->arena, &t, c->zh, &d, e);
        if (!code)
            code = session_show(c, d, e);
    }
    session_close(&s);
    return code;
}
