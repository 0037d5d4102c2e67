// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/registers/{register}/rota: the next round over the county's facilities.
#include "base/date.h"
#include "serve/numbers.h"
#include "serve/routes.h"
#include "study/rota_county.h"

enum { MOST_KINDS = 32, MOST_CONFLICTS = 1000 };

// Parts of a list with commas.
static size_t parts_of(struct str text, struct str *out, size_t most)
{
    size_t n = 0;
    for (size_t at = 0; at < text.n && n < most;) {
        size_t end = at;
        while (end < text.n && text.p[end] != ',')
            end++;
        if (end > at)
            out[n++] = (struct str){text.p + at, end - at};
        at = end + 1;
    }
    return n;
}

static enum err read_round(const struct request *q, struct rota_input *in, int32_t *start,
                           struct error *e)
{
    int64_t teams, days, per_day, within, next, seed;
    struct str text = request_query(q, "start");
    enum err code = request_int(q, "teams", 2, 1, ROTA_MOST_TEAMS, &teams, e);
    if (!code)
        code = request_int(q, "days", 3, 1, ROTA_MOST_DAYS, &days, e);
    if (!code)
        code = request_int(q, "per_day", 6, 1, 1000, &per_day, e);
    if (!code)
        code = request_int(q, "within", 365, 1, 36500, &within, e);
    if (!code)
        code = request_int(q, "next", 90, 1, 36500, &next, e);
    if (!code)
        code = request_int(q, "seed", 1, 0, INT64_C(1) << 53, &seed, e);
    *start = q->measure.today;
    if (!code && text.n)
        code = date_parse(text, start, e);
    if (code)
        return code;
    in->teams = (uint32_t)teams;
    in->days = (uint32_t)days;
    in->per_day = (uint32_t)per_day;
    in->most_days = (int32_t)within;
    in->next_days = (int32_t)next;
    in->seed = (uint64_t)seed;
    return ERR_OK;
}

// conflicts=1:H1,2:H7: a member of team 1 belongs to facility H1.
static enum err read_conflicts(struct request *q, const struct rota_county *c,
                               struct rota_input *in, struct error *e)
{
    struct str *parts = ARENA_ARRAY(q->arena, struct str, MOST_CONFLICTS);
    struct rota_conflict *list =
        ARENA_ARRAY(q->arena, struct rota_conflict, MOST_CONFLICTS);
    if (!parts || !list)
        return error_memory(e);
    size_t n = parts_of(request_query(q, "conflicts"), parts, MOST_CONFLICTS);
    for (size_t i = 0; i < n; i++) {
        size_t colon = 0;
        int64_t team = 0;
        while (colon < parts[i].n && parts[i].p[colon] != ':')
            colon++;
        struct str code = {parts[i].p + colon + 1,
                           colon < parts[i].n ? parts[i].n - colon - 1 : 0};
        if (!str_to_int((struct str){parts[i].p, colon}, &team) || team < 1 ||
            team > in->teams || !code.n) {
            error_set(e, ERR_INPUT, "rota.conflicts", "conflicts",
                      "'" STR_FMT "' is not TEAM:FACILITY", STR_ARG(parts[i]));
            return error_cure(e, "Write 1:H1,2:H7 with codes of facilities.");
        }
        for (uint32_t f = 0; f < c->n; f++)
            if (str_equal(q->county->places->facilities[c->places[f]].code, code))
                list[in->n_conflicts++] = (struct rota_conflict){(uint32_t)(team - 1), f};
    }
    in->conflicts = list;
    return ERR_OK;
}

static enum err put_facility(struct request *q, struct json_writer *j,
                             const struct rota_county *c, uint32_t i, int32_t on,
                             struct error *e)
{
    struct str risk = rota_county_risk(&c->causes[i], on, q->arena, q->zh);
    if (!risk.p)
        return error_memory(e);
    put_key(j, "facility");
    numbers_facility(j, q, c->places[i]);
    put_key(j, "area");
    numbers_area(j, q, c->facilities[i].area);
    put_double(j, "risk", c->facilities[i].risk);
    put_text(j, "risk_text", risk);
    put_day(j, "last", c->causes[i].last);
    return ERR_OK;
}

static enum err put_visits(struct request *q, struct json_writer *j,
                           const struct rota_input *in, const struct rota *rota,
                           const struct rota_county *c, int32_t start, struct error *e)
{
    enum err code = ERR_OK;
    put_key(j, "visits");
    json_put_array(j);
    for (size_t i = 0; i < rota->n_visits && !code; i++) {
        const struct rota_visit *v = &rota->visits[i];
        struct str why = rota_reason(in, v, q->arena, q->zh);
        if (!why.p)
            return error_memory(e);
        json_put_object(j);
        put_number(j, "day", v->day + 1);
        put_day(j, "date", rota_date(start, v->day));
        put_number(j, "team", v->team + 1);
        put_number(j, "order", v->order + 1);
        code = put_facility(q, j, c, v->facility, start, e);
        put_text(j, "why", why);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return code;
}

static enum err put_left(struct request *q, struct json_writer *j,
                         const struct rota_input *in, const struct rota *rota,
                         const struct rota_county *c, int32_t start, struct error *e)
{
    enum err code = ERR_OK;
    put_key(j, "left");
    json_put_array(j);
    for (size_t i = 0; i < rota->n_left && !code; i++) {
        const struct rota_left *l = &rota->left[i];
        struct str why = rota_left_reason(in, l, q->arena, q->zh);
        if (!why.p)
            return error_memory(e);
        json_put_object(j);
        code = put_facility(q, j, c, l->facility, start, e);
        put_yes(j, "must", l->why != ROTA_NOT_DRAWN);
        put_text(j, "why", why);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return code;
}

enum err rota_get(struct request *q, struct error *e)
{
    struct rota_county c;
    struct rota_input in = {0};
    struct rota rota;
    struct str kinds[MOST_KINDS];
    int32_t root, start;
    const struct reg *r = request_register(q);
    if (r->kind != REG_FACILITIES) {
        error_set(e, ERR_NOT_FOUND, "rota.register", r->name.p,
                  "the register " STR_FMT " is not that of facilities", STR_ARG(r->name));
        return error_cure(e, "A rota is of facilities.");
    }
    enum err code = read_round(q, &in, &start, e);
    if (!code)
        code = request_area(q, &root, e);
    size_t n_kinds = parts_of(request_query(q, "kinds"), kinds, MOST_KINDS);
    if (!code)
        code =
            rota_county_read(&q->measure, root, start, kinds, n_kinds, q->arena, &c, e);
    if (code)
        return code;
    in.facilities = c.facilities;
    in.n = c.n;
    code = read_conflicts(q, &c, &in, e);
    if (!code)
        code = rota_plan(&in, q->arena, &rota, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_number(j, "facilities", (int64_t)in.n);
    put_number(j, "teams", in.teams);
    put_number(j, "days", in.days);
    put_number(j, "per_day", in.per_day);
    put_number(j, "within", in.most_days);
    put_number(j, "next", in.next_days);
    put_id(j, "seed", (int64_t)in.seed);
    put_day(j, "start", start);
    put_number(j, "overdue", (int64_t)rota.overdue);
    put_number(j, "checklists", (int64_t)c.n_checklists);
    code = put_visits(q, j, &in, &rota, &c, start, e);
    if (!code)
        code = put_left(q, j, &in, &rota, &c, start, e);
    if (!code)
        code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}
