// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/explained.h"

#include <math.h>

#include "register/rights.h"
#include "study/certainty.h"
#include "study/overview.h"

struct explaining {
    const struct measure *m;
    struct arena *arena;
    struct period period;
    int32_t root;
    struct explained *out;
};

// --- in words

// A sum beside × or ÷ stands in brackets.
static void print_side(const struct expr *x, bool beside, bool zh, struct buf *text)
{
    bool bracket = beside && expr_aggregates(x) > 1;
    buf_add_c(text, !bracket ? "" : zh ? "（" : "(");
    expr_print(x, zh, text);
    buf_add_c(text, !bracket ? "" : zh ? "）" : ")");
}

static enum err formula_in(struct explaining *x, bool zh, struct str *out,
                           struct error *e)
{
    const struct indicator *i = x->out->indicator;
    struct buf text = BUF_INIT(1 << 18);
    if (i->per != 1)
        buf_printf(&text, "%.15g × ", i->per);
    print_side(i->numerator, i->per != 1 || i->denominator, zh, &text);
    if (i->denominator) {
        buf_add_c(&text, " ÷ ");
        print_side(i->denominator, true, zh, &text);
    }
    enum err code = buf_check(&text, e);
    *out = str_copy(x->arena, buf_str(&text));
    buf_free(&text);
    return code ? code : out->p ? ERR_OK : error_memory(e);
}

static bool is_guarded(const struct explaining *x, const struct reg *r)
{
    return !access_shows_count(x->m->who, r->purpose, 1);
}

static enum err say_suppression(struct explaining *x, struct error *e)
{
    struct label *out = &x->out->suppression;
    bool care = false, guarded = false;
    for (size_t i = 0; i < x->out->n_sources; i++) {
        care |= x->out->sources[i].reg->purpose == PURPOSE_CARE;
        guarded |= is_guarded(x, x->out->sources[i].reg);
    }
    if (!care) {
        *out = (struct label){
            STR("Nothing is hidden: none of its registers holds people's care."),
            STR("不隐藏任何数值：所用登记均不涉及个人诊疗照护。")};
        return ERR_OK;
    }
    if (!guarded) {
        *out = (struct label){STR("Nothing is hidden from you, for you give this care."),
                              STR("您承担这项照护，因此小数值对您显示。")};
        return ERR_OK;
    }
    bool hidden = x->out->figure.state == FIGURE_SUPPRESSED;
    int below = x->m->who->suppress_below;
    out->en = str_format(x->arena,
                         "Counts of people in care under %d are hidden, and with them "
                         "what they could be worked out from.%s",
                         below, hidden ? " This figure is hidden for this reason." : "");
    out->zh = str_format(x->arena,
                         "涉及个人照护的计数少于%d的不显示，可据以推算的数也不显示。%s",
                         below, hidden ? "本数值因此不显示。" : "");
    return out->en.p && out->zh.p ? ERR_OK : error_memory(e);
}

// --- what it was made from

static bool reads_back(const struct indicator *i, const struct reg *r)
{
    const struct expr *sides[] = {i->numerator, i->denominator};
    for (size_t s = 0; s < 2; s++)
        for (size_t k = 0; sides[s] && k < expr_aggregates(sides[s]); k++) {
            const struct aggregate *g = expr_aggregate(sides[s], k);
            if (g->reg == r && g->function == AGGREGATE_AS_OF)
                return true;
        }
    return false;
}

static enum err count_rows(struct explaining *x, struct explained_source *s,
                           struct period period, struct error *e)
{
    struct str text = str_format(x->arena, "count(" STR_FMT ")", STR_ARG(s->reg->name));
    const struct expr *count;
    if (!text.p)
        return error_memory(e);
    enum err code = expr_parse_measure(x->arena, x->m->county->pack, text,
                                       (struct place){STR("rows"), 1, 1}, &count, e);
    if (code)
        return code;
    struct measure_scope scope = {.period = period, .root = x->root};
    struct figures f;
    code = measure_expression(x->m, x->arena, count, &scope, &f, e);
    if (!code)
        s->rows = f.list[0].state == FIGURE_OK ? (int64_t)f.list[0].numerator : -1;
    return code;
}

static enum err find_days(struct explaining *x, struct explained_source *s,
                          struct period period, struct error *e)
{
    struct cube_view v;
    if (!s->reg->date || is_guarded(x, s->reg))
        return ERR_OK;
    enum err code = cube_view_begin(x->m->cube, s->reg, &v, e);
    if (code)
        return code;
    const struct places *p = x->m->county->places;
    const struct column *state = &v.batch.columns[FIELD_STATE],
                        *area = &v.batch.columns[FIELD_AREA],
                        *day = &v.batch.columns[FIELD_DATE];
    int64_t from = x->root < 0 ? INT64_MIN : x->root,
            to = x->root < 0 ? INT64_MAX : p->areas[x->root].last;
    bool placed = area->storage != COLUMN_ABSENT;
    for (size_t i = 0; i < v.batch.n_rows; i++) {
        int64_t at = cube_int(day, i), where = placed ? cube_int(area, i) : INT64_MIN;
        if (at < period.first || at > period.last || cube_int(state, i) != 0 ||
            where < from || where > to)
            continue;
        s->first = s->first == DATE_NONE || at < s->first ? (int32_t)at : s->first;
        s->last = s->last == DATE_NONE || at > s->last ? (int32_t)at : s->last;
    }
    cube_view_end(x->m->cube, s->reg);
    return ERR_OK;
}

// The newest row came in last, for ids grow; corrections have an index of their own.
enum err explained_saved(struct conn *conn, const struct reg *r, int64_t *out,
                         struct error *e)
{
    *out = 0;
    struct stmt *q = NULL;
    struct buf sql = BUF_INIT(2000);
    buf_printf(&sql,
               "SELECT max(coalesce((SELECT saved_at FROM \"" STR_FMT
               "\" ORDER BY id DESC LIMIT 1), 0), coalesce((SELECT max(at) FROM heng_log "
               "WHERE register = ?1 AND change <> 'insert'), 0))",
               STR_ARG(r->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &q, e);
    buf_free(&sql);
    if (code)
        return code;
    stmt_bind_text(q, 1, r->name);
    bool row = false;
    code = stmt_step(q, &row, e);
    if (!code && row)
        *out = stmt_int(q, 0);
    stmt_finish(q);
    return code;
}

static void add_sources(struct explaining *x, const struct expr *side)
{
    struct explained *o = x->out;
    for (size_t k = 0; side && k < expr_aggregates(side); k++) {
        const struct reg *r = expr_aggregate(side, k)->reg;
        bool known = false;
        for (size_t i = 0; i < o->n_sources; i++)
            known |= o->sources[i].reg == r;
        if (!known)
            o->sources[o->n_sources++] = (struct explained_source){
                .reg = r, .first = DATE_NONE, .last = DATE_NONE};
    }
}

static enum err list_sources(struct explaining *x, struct error *e)
{
    const struct indicator *i = x->out->indicator;
    x->out->sources = ARENA_ARRAY(x->arena, struct explained_source,
                                  x->m->county->pack->n_registers + 1);
    if (!x->out->sources)
        return error_memory(e);
    add_sources(x, i->numerator);
    add_sources(x, i->denominator);
    struct conn *conn;
    enum err code = store_read_begin(x->m->county->store, &conn, e);
    for (size_t k = 0; !code && k < x->out->n_sources; k++)
        code = explained_saved(conn, x->out->sources[k].reg,
                               &x->out->sources[k].last_saved_at, e);
    store_read_end(conn);
    return code;
}

static enum err count_sources(struct explaining *x, struct error *e)
{
    const struct indicator *i = x->out->indicator;
    enum err code = ERR_OK;
    for (size_t k = 0; !code && k < x->out->n_sources; k++) {
        struct explained_source *s = &x->out->sources[k];
        struct period period = x->period;
        int32_t early;
        if (reads_back(i, s->reg) && date_from_ymd(1800, 1, 1, &early))
            period.first = early;
        code = count_rows(x, s, period, e);
        if (!code)
            code = find_days(x, s, period, e);
    }
    return code;
}

// --- its rows

enum { MOST_FILTERS = 24 };

static void add_filter(struct buf *query, struct str field, struct str text)
{
    buf_printf(query, "%sf." STR_FMT "=", query->n ? "&" : "", STR_ARG(field));
    for (size_t i = 0; i < text.n; i++) { // as part of an address
        char c = text.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '.' || c == ',' || c == '-' ||
                     c == '_';
        if (plain)
            buf_add_char(query, c);
        else
            buf_printf(query, "%%%02X", (unsigned)(unsigned char)c);
    }
}

static void add_place(struct buf *query, const struct places *p, const struct reg *r,
                      int32_t root, int32_t facility)
{
    if (facility >= 0)
        add_filter(query, r->facility->name, p->facilities[facility].code);
    else if (r->area && root >= 0)
        add_filter(query, r->area->name, p->areas[root].code);
}

enum err explained_rows(const struct measure *m, struct arena *a, const struct expr *x,
                        struct period period, int32_t root, int32_t facility,
                        struct explained_rows *out, struct error *e)
{
    const struct places *p = m->county->places;
    *out = (struct explained_rows){0};
    if (expr_aggregates(x) != 1)
        return ERR_OK;
    const struct aggregate *g = expr_aggregate(x, 0);
    int32_t area = facility < 0 ? overview_top(p, root) : rights_place(p, -1, facility);
    if (!rights_row(p, m->who, g->reg, ACCESS_READ, area) ||
        (facility >= 0 && !g->reg->facility))
        return ERR_OK;
    struct expr_filter list[MOST_FILTERS];
    size_t n;
    enum err code = expr_filters(g->where, a, list, MOST_FILTERS, &n, &out->exact, e);
    if (code)
        return code;
    struct buf query = BUF_INIT(1 << 16);
    for (size_t i = 0; i < n; i++)
        if (list[i].field != g->reg->date && list[i].field != g->reg->area)
            add_filter(&query, list[i].field->name, list[i].text);
        else
            out->exact = false;
    if (g->reg->date && g->function != AGGREGATE_AS_OF) {
        char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
        date_format(period.first, first);
        date_format(period.last, last);
        // a period has its first day; rows are filtered by that in the system's column
        add_filter(&query,
                   g->reg->date->type == TYPE_PERIOD ? STR("date") : g->reg->date->name,
                   str_format(a, "%s..%s", first, last));
    }
    add_place(&query, p, g->reg, root, facility);
    out->exact &= g->function != AGGREGATE_LAST && g->function != AGGREGATE_AS_OF;
    out->reg = g->reg;
    out->query = str_copy(a, buf_str(&query));
    code = buf_check(&query, e);
    buf_free(&query);
    return code ? code : out->query.p ? ERR_OK : error_memory(e);
}

// --- all

static enum err describe(struct explaining *x, struct error *e)
{
    enum err code = formula_in(x, false, &x->out->formula.en, e);
    if (!code)
        code = formula_in(x, true, &x->out->formula.zh, e);
    if (!code)
        code = list_sources(x, e);
    return code ? code : say_suppression(x, e);
}

enum err explained_describe(const struct measure *m, struct arena *a,
                            const struct indicator *i, struct explained *out,
                            struct error *e)
{
    *out = (struct explained){.indicator = i};
    struct explaining x = {.m = m, .arena = a, .root = -1, .out = out};
    return describe(&x, e);
}

static enum err one_figure(struct explaining *x, struct period period, struct figure *out,
                           struct error *e)
{
    struct measure_scope scope = {.period = period, .root = x->root};
    struct figures f;
    enum err code = measure_indicator(
        x->m, x->arena, overview_edition(x->m, x->out->indicator, period), &scope, &f, e);
    if (!code)
        *out = f.list[0];
    return code;
}

enum err explained_make(const struct measure *m, struct arena *a,
                        const struct indicator *i, struct period period, int32_t root,
                        struct explained *out, struct error *e)
{
    *out = (struct explained){.indicator = i};
    struct explaining x = {m, a, period, root, out};
    out->indicator = overview_edition(m, i, period);
    enum err code = one_figure(&x, period, &out->figure, e);
    bool span = period_is_span(&period);
    if (!code && !span)
        code = one_figure(&x, period_year_before(period), &out->before, e);
    if (!code)
        code =
            certainty_words(a, out->indicator, &out->figure, span ? NULL : &out->before,
                            period, m->today, &out->certainty, e);
    if (!code)
        code = describe(&x, e);
    if (!code)
        code = count_sources(&x, e);
    return code ? code
                : explained_rows(m, a, out->indicator->numerator, period, root, -1,
                                 &out->rows, e);
}
