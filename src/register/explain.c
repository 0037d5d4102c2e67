// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/explain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "register/county.h"
#include "register/history.h"

static const char *const schema[] = {
    "CREATE TABLE heng_explanations (id INTEGER PRIMARY KEY, key TEXT NOT NULL,"
    " figure REAL NOT NULL, against REAL NOT NULL, text TEXT NOT NULL,"
    " who INTEGER NOT NULL, at INTEGER NOT NULL, withdrawn_by INTEGER,"
    " withdrawn_at INTEGER) STRICT;"
    "CREATE UNIQUE INDEX heng_explanations_key ON heng_explanations (key)"
    " WHERE withdrawn_at IS NULL;",
};

enum err explain_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "explain", schema, sizeof schema / sizeof *schema, e);
}

// --- the key

// The one top of the tree holds everything.
static bool is_whole(const struct places *p, int32_t area)
{
    return area < 0 || (area == 0 && p->areas[0].last == (int32_t)p->n_areas - 1);
}

static int64_t area_id(const struct places *p, int32_t area)
{
    return is_whole(p, area) ? 0 : p->areas[area].id;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct str explain_key(const struct places *p, struct arena *a,
                       const struct explain_finding *f)
{
    struct buf ids = BUF_INIT(EXPLAIN_IDS * 24);
    int64_t sorted[EXPLAIN_IDS];
    size_t n = f->n_ids < EXPLAIN_IDS ? f->n_ids : EXPLAIN_IDS;
    if (n)
        memcpy(sorted, f->ids, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_number);
    for (size_t i = 0; i < n; i++)
        buf_printf(&ids, "%s%lld", i ? "." : "", (long long)sorted[i]);
    bool whole = f->area < 0 && f->facility < 0;
    int64_t facility = f->facility < 0 ? 0 : p->facilities[f->facility].id;
    struct str key =
        str_format(a, "1/" STR_FMT "/" STR_FMT "/%lld/%lld/%s/" STR_FMT,
                   STR_ARG(f->check), STR_ARG(f->reg ? f->reg->name : STR("-")),
                   (long long)area_id(p, whole ? f->root : f->area), (long long)facility,
                   f->period.id, STR_ARG(buf_str(&ids)));
    if (ids.failed)
        key.p = NULL;
    buf_free(&ids);
    return key;
}

static enum err no_key(struct error *e)
{
    error_set(e, ERR_INPUT, "explain.key", "key", "this is not the key of a finding");
    return error_cure(e, "send the key as the list of findings gave it");
}

static enum err gone(const char *what, struct error *e)
{
    error_set(e, ERR_NOT_FOUND, "explain.gone", "key",
              "the %s that the finding was about is not there any more", what);
    return error_cure(e, "run the checks again");
}

static enum err parse_places(const struct places *p, struct str area, struct str facility,
                             struct explain_finding *out, struct error *e)
{
    int64_t area_number, facility_number;
    if (!str_to_int(area, &area_number) || !str_to_int(facility, &facility_number))
        return no_key(e);
    out->area = area_number ? places_area_index(p, area_number) : -1;
    if (area_number && out->area < 0)
        return gone("area", e);
    out->facility = facility_number ? places_facility_index(p, facility_number) : -1;
    if (facility_number && out->facility < 0)
        return gone("facility", e);
    out->root = out->area >= 0 || out->facility < 0 ? out->area
                                                    : p->facilities[out->facility].area;
    return ERR_OK;
}

enum err explain_parse(const struct places *p, struct arena *a, struct str key,
                       struct explain_finding *out, struct error *e)
{
    struct str part[7], rest = key, ids;
    *out = (struct explain_finding){.area = -1, .facility = -1, .root = -1};
    for (int i = 0; i < 6; i++)
        if (!str_split(rest, '/', &part[i], &rest))
            return no_key(e);
    part[6] = rest;
    if (!str_equal_c(part[0], "1") || !part[1].n || !part[2].n || part[1].n > 128 ||
        period_parse(part[5], &out->period, NULL))
        return no_key(e);
    out->check = str_copy(a, part[1]);
    int64_t *list = ARENA_ARRAY(a, int64_t, EXPLAIN_IDS);
    if (!out->check.p || !list)
        return error_memory(e);
    for (ids = part[6]; ids.n;) {
        struct str one = ids, next = {NULL, 0};
        if (!str_split(ids, '.', &one, &next))
            one = ids;
        ids = next;
        if (out->n_ids == EXPLAIN_IDS || !str_to_int(one, &list[out->n_ids]))
            return no_key(e);
        out->n_ids++;
    }
    out->ids = list;
    if (!str_equal_c(part[2], "-") && !(out->reg = pack_register(p->pack, part[2])))
        return gone("register", e);
    return parse_places(p, part[3], part[4], out, e);
}

// --- what is explained

static bool same_figure(double a, double b)
{
    return a == b || (isnan(a) && isnan(b)) ||
           fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

enum err explain_find(struct conn *c, struct str key,
                      const double figures[EXPLAIN_FIGURES], struct arena *a,
                      struct explanation *out, struct error *e)
{
    *out = (struct explanation){.state = EXPLAIN_NOT};
    struct stmt *s;
    bool there, row = false;
    enum err code = history_has_table(c, "heng_explanations", &there, e);
    if (code || !there)
        return code;
    code = conn_stmt(c, "explain.find",
                     "SELECT x.figure, x.against, x.text, u.name, x.at"
                     " FROM heng_explanations x LEFT JOIN heng_users u ON u.id = x.who"
                     " WHERE x.key = ? AND x.withdrawn_at IS NULL",
                     &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, key);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        out->figures[0] = stmt_double(s, 0);
        out->figures[1] = stmt_double(s, 1);
        out->text = str_copy(a, stmt_text(s, 2));
        out->who = str_copy(a, stmt_text(s, 3));
        out->at = stmt_int(s, 4);
        bool same = same_figure(figures[0], out->figures[0]) &&
                    same_figure(figures[1], out->figures[1]);
        out->state = same ? EXPLAIN_SAME : EXPLAIN_OTHER;
        if (!out->text.p || !out->who.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

// --- explaining

struct explaining {
    struct str key, text;
    double figures[EXPLAIN_FIGURES];
    int64_t who;
};

static enum err withdraw(struct conn *c, const struct explaining *x, bool *was,
                         struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "explain.withdraw",
                              "UPDATE heng_explanations SET withdrawn_by = ?,"
                              " withdrawn_at = ? WHERE key = ? AND withdrawn_at IS NULL",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->who);
    stmt_bind_int(s, 2, date_now_ms());
    stmt_bind_text(s, 3, x->key);
    code = stmt_done(s, e);
    *was = !code && stmt_changes(s) > 0;
    return code;
}

static enum err add_job(struct conn *c, void *argument, struct error *e)
{
    const struct explaining *x = argument;
    struct stmt *s;
    bool was;
    enum err code = explain_migrate(c, e);
    if (!code)
        code = withdraw(c, x, &was, e);
    if (!code)
        code = conn_stmt(c, "explain.add",
                         "INSERT INTO heng_explanations (key, figure, against, text, who,"
                         " at) VALUES (?, ?, ?, ?, ?, ?)",
                         &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->key);
    stmt_bind_double(s, 2, isfinite(x->figures[0]) ? x->figures[0] : 0);
    stmt_bind_double(s, 3, isfinite(x->figures[1]) ? x->figures[1] : 0);
    stmt_bind_text(s, 4, x->text);
    stmt_bind_int(s, 5, x->who);
    stmt_bind_int(s, 6, date_now_ms());
    return stmt_done(s, e);
}

static enum err remove_job(struct conn *c, void *argument, struct error *e)
{
    const struct explaining *x = argument;
    bool was = false;
    enum err code = explain_migrate(c, e);
    if (!code)
        code = withdraw(c, x, &was, e);
    if (code || was)
        return code;
    error_set(e, ERR_NOT_FOUND, "explain.none", "key", "this finding is not explained");
    return error_cure(e, "look at the findings again: someone may have withdrawn it");
}

static enum err may_explain(const struct county *c, const struct access *who,
                            const struct explain_finding *f, struct error *e)
{
    const struct places *p = c->places;
    if (rights_function(p, who, ACCESS_EXPLAIN, f->root) ||
        (f->root < 0 && p->n_areas && is_whole(p, 0) &&
         rights_function(p, who, ACCESS_EXPLAIN, 0)))
        return ERR_OK;
    error_set(e, ERR_FORBIDDEN, "explain.area", "key",
              STR_FMT " may not explain findings of this area", STR_ARG(who->name));
    return error_cure(e, "tell someone who answers for the area what you found out");
}

static enum err check_text(struct str text, struct error *e)
{
    if (!text.n) {
        error_set(e, ERR_INPUT, "explain.text", "text", "the explanation is empty");
        return error_cure(e, "say in a sentence why the finding is as it is");
    }
    if (text.n > EXPLAIN_TEXT_MAX) {
        error_set(e, ERR_INPUT, "explain.text", "text",
                  "the explanation has %zu bytes; %d are the most", text.n,
                  EXPLAIN_TEXT_MAX);
        return error_cure(e, "make it shorter");
    }
    for (size_t at = 0; at < text.n;) {
        int32_t c = utf8_next(text, &at);
        if (c < 0 || c == 0)
            return error_set(e, ERR_INPUT, "explain.text", "text",
                             "byte %zu of the explanation is no UTF-8", at);
    }
    return ERR_OK;
}

enum err explain_add(struct county *c, const struct access *who,
                     const struct explain_finding *f, struct str text, struct error *e)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    struct explaining x = {.key = explain_key(c->places, &a, f),
                           .text = str_trim(text),
                           .figures = {f->figures[0], f->figures[1]},
                           .who = who->user};
    struct explain_finding parsed;
    enum err code = x.key.p ? check_text(x.text, e) : error_memory(e);
    if (!code)
        code = explain_parse(c->places, &a, x.key, &parsed, e);
    if (!code)
        code = may_explain(c, who, &parsed, e);
    if (!code)
        code = store_write(c->store, add_job, &x, e);
    arena_free(&a);
    return code;
}

enum err explain_remove(struct county *c, const struct access *who, struct str key,
                        struct error *e)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    struct explaining x = {.key = key, .who = who->user};
    struct explain_finding parsed;
    enum err code = explain_parse(c->places, &a, key, &parsed, e);
    if (!code)
        code = may_explain(c, who, &parsed, e);
    if (!code)
        code = store_write(c->store, remove_job, &x, e);
    arena_free(&a);
    return code;
}
