// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/rota_county.h"

#include <math.h>

#include "base/date.h"
#include "pack/engines.h"
#include "register/rights.h"

enum { LICENCE_SOON = 60 }; // days

struct reading {
    const struct measure *m;
    struct arena *a;
    struct rota_county *out;
    int32_t *at; // by facility of places: index in out, -1
    int32_t on;
};

// ---- which facilities ----

static bool is_open(const struct facility *f, int32_t on)
{
    return (f->valid_from == DATE_NONE || f->valid_from <= on) &&
           (f->valid_to == DATE_NONE || f->valid_to >= on);
}

static bool is_kind(const struct facility *f, const struct str *kinds, size_t n)
{
    bool found = n == 0;
    for (size_t i = 0; i < n; i++)
        found |= str_equal(f->kind, kinds[i]);
    return found;
}

static enum err choose(struct reading *x, int32_t root, const struct str *kinds,
                       size_t n_kinds, struct error *e)
{
    const struct places *p = x->m->county->places;
    const struct pack *pack = x->m->county->pack;
    struct rota_county *out = x->out;
    out->facilities = ARENA_ARRAY(x->a, struct rota_facility, p->n_facilities + 1);
    out->places = ARENA_ARRAY(x->a, int32_t, p->n_facilities + 1);
    out->causes = ARENA_ARRAY(x->a, struct rota_cause, p->n_facilities + 1);
    x->at = ARENA_ARRAY(x->a, int32_t, p->n_facilities + 1);
    if (!out->facilities || !out->places || !out->causes || !x->at)
        return error_memory(e);
    for (size_t i = 0; i < p->n_facilities; i++) {
        const struct facility *f = &p->facilities[i];
        x->at[i] = -1;
        if (!is_open(f, x->on) || !is_kind(f, kinds, n_kinds) ||
            !places_within(p, f->area, root) ||
            !rights_row(p, x->m->who, pack->facilities, ACCESS_READ, f->area))
            continue;
        x->at[i] = (int32_t)out->n;
        out->places[out->n] = (int32_t)i;
        out->facilities[out->n] =
            (struct rota_facility){.since = -1, .area = f->area, .last_team = -1};
        out->causes[out->n++] = (struct rota_cause){
            .licence_until = DATE_NONE, .score = NAN, .last = DATE_NONE};
    }
    return ERR_OK;
}

// ---- rows ----

static int32_t day_of(struct stmt *s, int column)
{
    struct error ignored;
    int32_t day;
    struct str text = stmt_text(s, column);
    return text.p && !date_parse(text, &day, &ignored) ? day : DATE_NONE;
}

static int32_t first_number(struct str text)
{
    int32_t value = 0;
    size_t i = 0;
    while (i < text.n && (text.p[i] < '0' || text.p[i] > '9'))
        i++;
    if (i == text.n)
        return -1;
    for (; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && value < 1000; i++)
        value = 10 * value + (text.p[i] - '0');
    return value - 1;
}

// The facility's place in the answer; -1: not among them.
static int32_t whose(const struct reading *x, struct stmt *s, int column)
{
    if (stmt_kind(s, column) == STMT_NULL)
        return -1;
    int32_t i = places_facility_index(x->m->county->places, stmt_int(s, column));
    return i < 0 ? -1 : x->at[i];
}

static void add_column(struct buf *sql, const struct reg *r, const char *name)
{
    const struct field *f = reg_field(r, str_of(name));
    if (f)
        buf_printf(sql, ", \"" STR_FMT "\"", STR_ARG(f->column));
    else
        buf_add_c(sql, ", NULL");
}

typedef void take_row(struct reading *x, struct stmt *s);

// SELECT facility, date and these columns of current rows; each row is handed to `take`.
static enum err each_row(struct reading *x, struct conn *conn, const struct reg *r,
                         const char *const *columns, size_t n, take_row *take,
                         struct error *e)
{
    struct buf sql = BUF_INIT(1 << 16);
    struct stmt *s = NULL;
    buf_add_c(&sql, "SELECT facility, date");
    for (size_t i = 0; i < n; i++)
        add_column(&sql, r, columns[i]);
    buf_printf(&sql, " FROM \"" STR_FMT "\" WHERE state = 'current' ORDER BY date, id",
               STR_ARG(r->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &s, e);
    buf_free(&sql);
    if (code)
        return code;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;)
        take(x, s);
    stmt_finish(s);
    return code;
}

static void take_visit(struct reading *x, struct stmt *s)
{
    int32_t i = whose(x, s, 0), day = day_of(s, 1);
    if (i < 0 || day == DATE_NONE || day > x->on || str_equal_c(stmt_text(s, 2), "self"))
        return;
    struct rota_cause *c = &x->out->causes[i];
    if (c->last != DATE_NONE && day < c->last) // of another checklist
        return;
    c->last = day;
    c->critical = stmt_double(s, 5);
    c->score = stmt_kind(s, 4) == STMT_NULL ? NAN : stmt_double(s, 4);
    x->out->facilities[i].since = x->on - day;
    x->out->facilities[i].last_team = first_number(stmt_text(s, 3));
}

static void take_signal(struct reading *x, struct stmt *s)
{
    int32_t i = whose(x, s, 0);
    struct str finding = stmt_text(s, 3);
    bool open = !finding.p || !finding.n || str_equal_c(finding, "open");
    if (i >= 0 && stmt_int(s, 2) && open)
        x->out->causes[i].signals++;
}

static void read_licences(struct reading *x)
{
    const struct places *p = x->m->county->places;
    const struct field *f =
        reg_field(x->m->county->pack->facilities, STR("licence_until"));
    if (!f || f->type != TYPE_DATE || !p->facility_columns ||
        p->facility_columns[f->index].storage != COLUMN_I64)
        return;
    const int64_t *days = p->facility_columns[f->index].data;
    for (size_t i = 0; i < x->out->n; i++) {
        int64_t day = days[x->out->places[i]];
        x->out->causes[i].licence_until = day == INT64_MIN ? DATE_NONE : (int32_t)day;
    }
}

static enum err read_rows(struct reading *x, struct error *e)
{
    static const char *const visit[] = {"kind", "team", "score", "critical"};
    static const char *const signal[] = {"review", "finding"};
    const struct pack *p = x->m->county->pack;
    struct conn *conn = NULL;
    enum err code = store_read_begin(x->m->county->store, &conn, e);
    for (size_t i = 0; i < p->n_checklists && !code; i++) {
        code = access_read_rows(x->m->who, p->checklists[i].reg, e);
        if (!code)
            code = each_row(x, conn, p->checklists[i].reg, visit, 4, take_visit, e);
    }
    for (size_t i = 0; i < p->n_watches && !code; i++) {
        const struct reg *r = p->watches[i].keep;
        bool again = !r || !r->facility;
        for (size_t k = 0; k < i; k++)
            again |= p->watches[k].keep == r;
        if (!again && !access_read_rows(x->m->who, r, NULL))
            code = each_row(x, conn, r, signal, 2, take_signal, e);
    }
    store_read_end(conn);
    return code;
}

// ---- risk ----

static double risk_of(const struct rota_cause *c, int32_t on)
{
    double risk = c->signals;
    if (c->licence_until != DATE_NONE && c->licence_until < on)
        risk += 1;
    else if (c->licence_until != DATE_NONE && c->licence_until <= on + LICENCE_SOON)
        risk += 0.5;
    risk += fmin(c->critical / 2, 1);
    if (!isnan(c->score))
        risk += fmax(0, 100 - c->score) / 100;
    return risk;
}

enum err rota_county_read(const struct measure *m, int32_t root, int32_t on,
                          const struct str *kinds, size_t n_kinds, struct arena *a,
                          struct rota_county *out, struct error *e)
{
    struct reading x = {.m = m, .a = a, .out = out, .on = on};
    const struct pack *p = m->county->pack;
    *out = (struct rota_county){.n_checklists = p->n_checklists};
    if (!p->facilities)
        return error_set(e, ERR_NOT_FOUND, "rota.register", NULL,
                         "the pack has no register of facilities");
    enum err code = access_read_rows(m->who, p->facilities, e);
    if (!code)
        code = choose(&x, root, kinds, n_kinds, e);
    if (!code)
        code = read_rows(&x, e);
    if (code)
        return code;
    read_licences(&x);
    for (size_t i = 0; i < out->n; i++)
        out->facilities[i].risk = risk_of(&out->causes[i], on);
    if (out->n)
        return ERR_OK;
    error_set(e, ERR_NOT_FOUND, "rota.none", NULL, "no open facility fits");
    return error_cure(e, "Ask for another area or other kinds of facilities.");
}

struct str rota_county_risk(const struct rota_cause *c, int32_t on, struct arena *a,
                            bool zh)
{
    struct buf b = BUF_INIT(4096);
    const char *apart = zh ? "；" : "; ";
    if (c->signals)
        buf_printf(&b, zh ? "%u 个待复核信号" : "signals under review: %u", c->signals);
    if (c->licence_until != DATE_NONE && c->licence_until <= on + LICENCE_SOON) {
        char day[DATE_TEXT_SIZE];
        date_format(c->licence_until, day);
        bool over = c->licence_until < on;
        buf_printf(&b, "%s", b.n ? apart : "");
        if (zh)
            buf_printf(&b, over ? "许可证已于 %s 到期" : "许可证将于 %s 到期", day);
        else
            buf_printf(&b, over ? "licence ran out on %s" : "licence runs out on %s",
                       day);
    }
    if (c->critical > 0)
        buf_printf(&b,
                   zh ? "%s上次检查有 %.0f 个关键项不合格"
                      : "%scritical items not met the last time: %.0f",
                   b.n ? apart : "", c->critical);
    if (!isnan(c->score) && c->score < 100)
        buf_printf(&b, zh ? "%s上次得分 %.0f%%" : "%sscore the last time: %.0f %%",
                   b.n ? apart : "", c->score);
    struct str out = b.failed ? (struct str){0} : str_copy(a, buf_str(&b));
    buf_free(&b);
    return out;
}
