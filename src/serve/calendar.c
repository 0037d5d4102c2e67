// SPDX-License-Identifier: AGPL-3.0-or-later
// A person's calendar feed: its secret address is made and ended at /api/calendar, and
// read by calendar programmes at /calendar/SECRET.ics. Such programmes keep what they
// read, often with somebody else: of rows that are about persons the feed has counts of a
// day and a township and nothing more.
#include "access/login.h"
#include "base/icalendar.h"
#include "register/rights.h"
#include "serve/numbers.h"
#include "serve/owed.h"
#include "serve/routes.h"

enum { DAYS_BACK = 31, DAYS_AHEAD = 366, MOST_ROWS = 5000, DAY_MS = 24 * 3600 * 1000 };

// --- the address

static void put_calendar(struct request *q, const struct login_calendar *x,
                         const char *secret)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_moment(j, "made_at", x->made_at);
    put_moment(j, "used_at", x->used_at);
    struct str address =
        secret ? str_format(q->arena, "/calendar/%s.ics", secret) : (struct str){NULL, 0};
    put_text_or_null(j, "address", address);
    json_put_object_end(j);
}

enum err calendar_get(struct request *q, struct error *e)
{
    struct login_calendar x;
    enum err code = login_calendar_get(q->login, q->who.user, &x, e);
    if (!code)
        put_calendar(q, &x, NULL);
    return code;
}

enum err calendar_make(struct request *q, struct error *e)
{
    struct login_calendar x = {.made_at = date_now_ms()};
    char secret[LOGIN_SECRET_SIZE];
    enum err code = login_calendar_make(q->login, q->who.user, x.made_at, secret, e);
    if (code)
        return code;
    answer_status(q, 201);
    put_calendar(q, &x, secret);
    return ERR_OK;
}

enum err calendar_end(struct request *q, struct error *e)
{
    enum err code = login_calendar_end(q->login, q->who.user, date_now_ms(), e);
    if (!code)
        answer_status(q, 204);
    return code;
}

// --- the feed

struct feed {
    struct request *q;
    struct measure m;
    struct buf *out;
    int64_t stamp;
    int32_t from, to;
    bool zh;
};

// Rows of supervision and of statistics are about bodies, and have a name in the feed.
static bool has_names(const struct reg *r)
{
    bool about_bodies =
        r->purpose == PURPOSE_SUPERVISION || r->purpose == PURPOSE_STATISTICS;
    for (size_t i = 0; i < r->n_key; i++)
        about_bodies = about_bodies && !r->key[i]->identifies;
    return about_bodies;
}

static struct str place_of(const struct feed *f, int32_t area, int32_t facility)
{
    const struct places *p = f->m.county->places;
    return facility >= 0 ? facility_name(&p->facilities[facility], f->zh)
           : area >= 0   ? area_name(&p->areas[area], f->zh)
                         : STR("");
}

static enum err put_event(const struct feed *f, int32_t day, struct str uid,
                          struct str summary, struct str place, struct label cure,
                          struct label category, struct error *e)
{
    struct str whole = place.n ? str_format(f->q->arena, STR_FMT " · " STR_FMT,
                                            STR_ARG(summary), STR_ARG(place))
                               : summary;
    if (!uid.p || !summary.p || !whole.p)
        return error_memory(e);
    struct icalendar_event x = {.uid = uid,
                                .day = day,
                                .summary = whole,
                                .description = label_in(cure, f->zh),
                                .category = label_in(category, f->zh)};
    icalendar_event(f->out, &x, f->stamp);
    return answer_flush(f->q, e);
}

static enum err put_rows(const struct feed *f, const struct owed_query *asked,
                         struct error *e)
{
    struct owed_list list;
    struct arena *a = f->q->arena;
    enum err code = schedule_list(&f->m, f->m.who, a, asked, &list, e);
    for (size_t i = 0; !code && i < list.n; i++) {
        const struct owed *x = &list.items[i];
        struct str label = label_in(x->schedule->label, f->zh),
                   point = label_in(x->point->label, f->zh);
        struct str uid =
            str_format(a, "%lld." STR_FMT "." STR_FMT "@heng", (long long)x->row,
                       STR_ARG(x->schedule->name), STR_ARG(x->point->name));
        struct str summary = str_format(a,
                                        f->zh ? STR_FMT "（" STR_FMT "） " STR_FMT
                                              : STR_FMT ": " STR_FMT " " STR_FMT,
                                        STR_ARG(label), STR_ARG(point), STR_ARG(x->key));
        code = put_event(f, x->due, uid, summary, place_of(f, x->area, x->facility),
                         x->schedule->cure, x->schedule->label, e);
    }
    return code;
}

static enum err put_counts(const struct feed *f, const struct owed_query *asked,
                           struct error *e)
{
    const struct places *p = f->m.county->places;
    struct arena *a = f->q->arena;
    struct owed_group *list;
    size_t n, levels = f->m.county->pack->n_levels;
    int level = levels > 1 ? (int)levels - 2 : 0; // the townships, not the villages
    enum err code = schedule_days(&f->m, f->m.who, a, asked, level, &list, &n, e);
    for (size_t i = 0; !code && i < n; i++) {
        const struct owed_group *x = &list[i];
        size_t open = x->n[OWED_LATER] + x->n[OWED_OPEN] + x->n[OWED_LATE];
        if (!open)
            continue;
        char day[DATE_TEXT_SIZE];
        date_format(x->due, day);
        struct str label = label_in(x->schedule->label, f->zh),
                   point = label_in(x->point->label, f->zh);
        struct str uid =
            str_format(a, "%s." STR_FMT "." STR_FMT "." STR_FMT "@heng", day,
                       STR_ARG(x->area < 0 ? STR("0") : p->areas[x->area].code),
                       STR_ARG(x->schedule->name), STR_ARG(x->point->name));
        struct str summary = f->zh ? str_format(a, STR_FMT "（" STR_FMT "）%zu项",
                                                STR_ARG(label), STR_ARG(point), open)
                                   : str_format(a, "%zu × " STR_FMT ": " STR_FMT, open,
                                                STR_ARG(label), STR_ARG(point));
        code = put_event(f, x->due, uid, summary, place_of(f, x->area, -1),
                         x->schedule->cure, x->schedule->label, e);
    }
    return code;
}

static enum err put_reports(const struct feed *f, struct error *e)
{
    struct arena *a = f->q->arena;
    struct owed_report *list;
    size_t n;
    int32_t root;
    struct error ignored;
    if (measure_root(&f->m, STR(""), &root, &ignored))
        return ERR_OK;
    struct str place = measure_root_name(&f->m, root, f->zh);
    enum err code = owed_reports(&f->m, a, root, f->from, f->to, &list, &n, e);
    for (size_t i = 0; !code && i < n; i++) {
        const struct owed_report *x = &list[i];
        size_t open = x->late + x->open;
        if (!open)
            continue;
        struct str code_of = root < 0 ? STR("0") : f->m.county->places->areas[root].code;
        struct str label = label_in(x->reg->label, f->zh),
                   period = period_label(a, x->period, f->zh);
        struct str uid =
            str_format(a, "%s." STR_FMT "." STR_FMT ".report@heng", x->period.id,
                       STR_ARG(code_of), STR_ARG(x->reg->name));
        const char *how = x->late ? f->zh ? "未报" : "not sent"
                          : f->zh ? "应报"
                                  : "to be sent";
        struct str summary = str_format(a,
                                        f->zh ? STR_FMT "（" STR_FMT "）：%zu个单位%s"
                                              : STR_FMT ", " STR_FMT ": %zu %s",
                                        STR_ARG(label), STR_ARG(period), open, how);
        static const struct label none = {{"", 0}, {"", 0}};
        code = put_event(f, x->due, uid, summary, place, none, x->reg->label, e);
    }
    return code;
}

static enum err put_all(struct feed *f, struct error *e)
{
    const struct pack *p = f->m.county->pack;
    struct error ignored;
    enum err code = put_reports(f, e);
    for (size_t i = 0; !code && i < p->n_schedules; i++) {
        const struct schedule *s = &p->schedules[i];
        struct owed_query asked = {.schedule = s,
                                   .root = -1,
                                   .from = f->from,
                                   .to = f->to,
                                   .states = 1u << OWED_LATER | 1u << OWED_OPEN |
                                             1u << OWED_LATE,
                                   .most = MOST_ROWS};
        if (access_read_some(f->m.who, s->reg, &ignored) ||
            (s->by.reg && access_read_some(f->m.who, s->by.reg, &ignored)))
            continue;
        code = has_names(s->reg) ? put_rows(f, &asked, e) : put_counts(f, &asked, e);
    }
    return code;
}

static struct str secret_of(struct str file)
{
    static const struct str end = {".ics", 4};
    bool named =
        file.n > end.n && str_equal((struct str){file.p + file.n - end.n, end.n}, end);
    return named ? (struct str){file.p, file.n - end.n} : (struct str){"", 0};
}

enum err calendar_feed(struct request *q, struct error *e)
{
    struct login_who who;
    struct login_at at = {
        .pack = q->county->pack, .today = q->measure.today, .now = date_now_ms()};
    enum err code = login_calendar_who(q->login, secret_of(request_path(q, "file")), &at,
                                       q->arena, &who, e);
    if (!code && !who.user) {
        error_set(e, ERR_NOT_FOUND, "calendar.none", NULL, "there is no such calendar");
        code = error_cure(e, "sign in and make a new address under Today");
    }
    if (code)
        return code;
    struct feed f = {.q = q,
                     .m = q->measure,
                     .stamp = at.now - at.now % DAY_MS,
                     .from = at.today - DAYS_BACK,
                     .to = at.today + DAYS_AHEAD,
                     .zh = who.language.n ? str_equal_c(who.language, "zh") : q->zh};
    f.m.who = &who.access;
    const struct label *name = &q->county->pack->label;
    struct str title = str_format(q->arena, f.zh ? "衡 · " STR_FMT : "Heng · " STR_FMT,
                                  STR_ARG(label_in(*name, f.zh)));
    if (!title.p)
        return error_memory(e);
    answer_header(q, "Cache-Control", STR("no-store"));
    answer_header(q, "Content-Disposition", STR("inline; filename=\"heng.ics\""));
    f.out = answer_text(q, "text/calendar; charset=utf-8");
    icalendar_begin(f.out, title, f.zh);
    code = put_all(&f, e);
    icalendar_end(f.out);
    return code;
}
