// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/checks: what the checks of the pack found, with what people have explained.
#include <stdio.h>

#include "register/rights.h"
#include "serve/numbers.h"
#include "serve/routes.h"

enum { MOST_FINDINGS = 2000, SOME_FINDINGS = 200 };

static const char *severity_name(enum severity s)
{
    return s == SEVERITY_ERROR ? "error" : s == SEVERITY_WARNING ? "warning" : "note";
}

// What was compared, and where its rows are for those who may read them.
static enum err put_sides(struct json_writer *j, const struct request *q,
                          const struct finding *f, int32_t root, struct error *e)
{
    put_key(j, "sides");
    json_put_array(j);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < 2 && f->sides[i]; i++) {
        struct explained_rows rows;
        code = explained_rows(&q->measure, q->arena, f->sides[i], f->period,
                              f->area < 0 ? root : f->area, f->facility, &rows, e);
        json_put_object(j);
        put_label(j, "label", f->side_labels[i]);
        put_key(j, "rows");
        numbers_rows(j, &rows);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return code;
}

static enum err put_finding(struct json_writer *j, const struct request *q,
                            const struct explained_findings *x, size_t i, struct error *e)
{
    const struct finding *f = &x->found.list[i];
    const struct explanation *why = &x->explanations[i];
    json_put_object(j);
    put_text(j, "key", x->keys[i]);
    put_text(j, "check", f->check);
    put_label(j, "label", f->label);
    put_label(j, "text", f->text);
    put_label(j, "cure", f->cure);
    put_text(j, "severity", str_of(severity_name(f->severity)));
    put_key(j, "register");
    if (f->reg)
        json_put_string(j, f->reg->name);
    else
        json_put_null(j);
    put_key(j, "area");
    numbers_area(j, q, f->area);
    put_key(j, "facility");
    numbers_facility(j, q, f->facility);
    put_key(j, "period");
    numbers_period(j, q->arena, f->period);
    put_number(j, "count", f->count);
    put_key(j, "ids");
    json_put_array(j);
    // rows are named only to those who may open them
    int32_t place = f->area < 0 && f->facility < 0
                        ? x->root
                        : rights_place(q->county->places, f->area, f->facility);
    bool may =
        f->reg && rights_row(q->county->places, &q->who, f->reg, ACCESS_READ, place);
    for (size_t k = 0; may && k < f->n_ids; k++) {
        char id[24];
        snprintf(id, sizeof id, "%lld", (long long)f->ids[k]);
        json_put_string(j, str_of(id));
    }
    json_put_array_end(j);
    enum err code = put_sides(j, q, f, x->root, e);
    put_key(j, "explained");
    if (why->state == EXPLAIN_SAME) {
        json_put_object(j);
        put_text(j, "text", why->text);
        put_text(j, "who", why->who);
        put_moment(j, "at", why->at);
        json_put_object_end(j);
    } else {
        json_put_null(j);
    }
    json_put_object_end(j);
    return code;
}

struct tally { // of one check
    struct str check;
    struct label label;
    enum severity severity;
    int64_t count, explained;
};

// Findings of one check need not stand together; there are few checks.
static enum err put_tallies(struct json_writer *j, const struct request *q,
                            const struct explained_findings *x, struct error *e)
{
    size_t n = 0;
    struct tally *list = ARENA_ARRAY(q->arena, struct tally, x->found.n + 1);
    if (!list)
        return error_memory(e);
    for (size_t i = 0; i < x->found.n; i++) {
        const struct finding *f = &x->found.list[i];
        size_t k = 0;
        while (k < n && !str_equal(list[k].check, f->check))
            k++;
        if (k == n)
            list[n++] = (struct tally){f->check, f->label, f->severity, 0, 0};
        list[k].count++;
        list[k].explained += x->explanations[i].state == EXPLAIN_SAME;
    }
    put_key(j, "by");
    json_put_array(j);
    for (size_t k = 0; k < n; k++) {
        json_put_object(j);
        put_text(j, "check", list[k].check);
        put_label(j, "label", list[k].label);
        put_text(j, "severity", str_of(severity_name(list[k].severity)));
        put_number(j, "count", list[k].count);
        put_number(j, "explained", list[k].explained);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return ERR_OK;
}

static enum err answer(struct request *q, const struct explained_findings *x, size_t from,
                       size_t limit, struct error *e)
{
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    size_t n = x->found.n, end = from > n ? n : n - from < limit ? n : from + limit;
    json_put_object(j);
    put_key(j, "findings");
    json_put_array(j);
    for (size_t i = from; !code && i < end; i++) {
        code = put_finding(j, q, x, i, e);
        if (!code && i % 64 == 63)
            code = answer_flush(q, e);
    }
    json_put_array_end(j);
    put_key(j, "next");
    if (limit && end < n) {
        char next[24];
        snprintf(next, sizeof next, "%zu", end);
        json_put_string(j, str_of(next));
    } else {
        json_put_null(j);
    }
    put_key(j, "totals");
    numbers_counts(j, &x->counts);
    if (!code)
        code = put_tallies(j, q, x, e);
    if (!code)
        code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}

enum err checks_get(struct request *q, struct error *e)
{
    struct period period;
    int32_t root;
    int64_t limit, from, state = 0;
    struct str only = request_query(q, "only");
    struct explained_findings own;
    const struct findings_held *held = NULL;
    struct findings_cache *kept = server_findings(q->server);
    enum err code = request_period(q, &period, e);
    if (!code)
        code = request_area(q, &root, e);
    if (!code)
        code = request_int(q, "limit", SOME_FINDINGS, 0, MOST_FINDINGS, &limit, e);
    if (!code)
        code = request_int(q, "after", 0, 0, INT32_MAX, &from, e);
    if (!code)
        code = server_state(q->server, &state, e);
    if (!code && only.n)
        code = findings_run(&q->measure, q->arena, period, root, only, &own, e);
    else if (!code)
        code = findings_get(kept, &q->measure, period, root, state, &held, e);
    if (!code)
        code = answer(q, held ? &held->findings : &own, (size_t)from, (size_t)limit, e);
    findings_let_go(kept, held);
    return code;
}
