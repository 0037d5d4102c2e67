// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/owed: what rows owe by the pack's schedules; /api/owed/rates: how much of it
// was done; /api/owed/days: how much falls on which day, reports that are due beside it.
#include <stdio.h>

#include "measure/schedule.h"
#include "register/rights.h"
#include "serve/numbers.h"
#include "serve/owed.h"
#include "serve/routes.h"

enum { MOST_ITEMS = 2000, FEW_ITEMS = 100, MOST_DAYS = 1100, REPORTS_BACK_MONTHS = 26 };

// --- what is asked

static enum err read_day(const struct request *q, const char *name, int32_t otherwise,
                         int32_t *out, struct error *e)
{
    struct str text = request_query(q, name);
    *out = otherwise;
    if (!text.n)
        return ERR_OK;
    enum err code = date_parse(text, out, e);
    if (code)
        snprintf(e->where, sizeof e->where, "%s", name);
    return code;
}

static enum err read_states(const struct request *q, unsigned *out, struct error *e)
{
    struct str rest = request_query(q, "state"), head;
    for (bool more = rest.n > 0; more;) {
        more = str_split(rest, ',', &head, &rest);
        struct str one = more ? head : rest;
        unsigned bit = 0;
        for (int s = OWED_LATER; s <= OWED_DONE_LATE; s++)
            if (str_equal_c(one, schedule_state_name((enum owed_state)s)))
                bit = 1u << s;
        if (!bit) {
            error_set(e, ERR_INPUT, "owed.state", "state", "'" STR_FMT "' is no state",
                      STR_ARG(one));
            return error_cure(e, "some of later, open, late, done, done_late");
        }
        *out |= bit;
    }
    return ERR_OK;
}

static enum err read_schedule(const struct request *q, const struct schedule **out,
                              struct error *e)
{
    struct str name = request_query(q, "schedule");
    *out = name.n ? pack_schedule(q->county->pack, name) : NULL;
    struct error ignored;
    // one that is not the caller's to read is answered as one that is not there
    if (!name.n || (*out && !access_read_some(&q->who, (*out)->reg, &ignored)))
        return ERR_OK;
    return error_set(e, ERR_NOT_FOUND, "owed.schedule", "schedule",
                     "there is no schedule '" STR_FMT "'", STR_ARG(name));
}

// Left out: from the first of the month a year ago to the end of next month, and what
// stands since before.
static enum err read_days(const struct request *q, struct owed_query *out,
                          struct error *e)
{
    int year, month, day;
    date_to_ymd(q->measure.today, &year, &month, &day);
    int32_t first = q->measure.today - day + 1;
    enum err code = read_day(q, "from", date_add_months(first, -12), &out->from, e);
    if (!code)
        code = read_day(q, "to", date_add_months(first, 2) - 1, &out->to, e);
    out->standing = !request_query(q, "from").n;
    if (!code && out->from > out->to) {
        error_set(e, ERR_INPUT, "owed.days", "to", "the last day is before the first");
        code = error_cure(e, "give from= the first day and to= the last");
    }
    return code;
}

static enum err read_query(const struct request *q, struct owed_query *out,
                           struct error *e)
{
    struct str sort = request_query(q, "sort");
    int64_t most = FEW_ITEMS;
    *out = (struct owed_query){.root = -1, .latest_first = str_equal_c(sort, "-due")};
    enum err code = read_schedule(q, &out->schedule, e);
    if (!code && request_query(q, "area").n)
        code = request_area(q, &out->root, e);
    if (!code)
        code = read_days(q, out, e);
    if (!code)
        code = read_states(q, &out->states, e);
    if (!code)
        code = request_int(q, "limit", FEW_ITEMS, 0, MOST_ITEMS, &most, e);
    out->most = (size_t)most;
    if (!code && sort.n && !out->latest_first && !str_equal_c(sort, "due")) {
        error_set(e, ERR_INPUT, "owed.sort", "sort", "'" STR_FMT "' is no order",
                  STR_ARG(sort));
        code = error_cure(e, "due, or -due for the latest first");
    }
    return code;
}

// --- rows

static void put_owed(struct json_writer *j, const struct request *q, const struct owed *x)
{
    json_put_object(j);
    put_text(j, "schedule", x->schedule->name);
    put_label(j, "label", x->schedule->label);
    put_text(j, "point", x->point->name);
    put_label(j, "point_label", x->point->label);
    put_label(j, "cure", x->schedule->cure);
    put_text(j, "register", x->schedule->reg->name);
    put_id(j, "row", x->row);
    put_text(j, "key", x->key);
    put_key(j, "area");
    numbers_area(j, q, x->area);
    put_key(j, "facility");
    numbers_facility(j, q, x->facility);
    put_day(j, "opens", x->opens);
    put_day(j, "due", x->due);
    put_day(j, "late_from", x->late);
    put_day(j, "done", x->done);
    put_text(j, "state", str_of(schedule_state_name(x->state)));
    json_put_object_end(j);
}

enum err owed_list(struct request *q, struct error *e)
{
    struct owed_query asked;
    struct owed_list list;
    enum err code = read_query(q, &asked, e);
    if (!code)
        code = schedule_list(&q->measure, &q->who, q->arena, &asked, &list, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_key(j, "items");
    json_put_array(j);
    for (size_t i = 0; !code && i < list.n; i++) {
        put_owed(j, q, &list.items[i]);
        if (i % 128 == 127)
            code = answer_flush(q, e);
    }
    json_put_array_end(j);
    put_number(j, "total", (int64_t)list.total);
    put_number(j, "owed", (int64_t)list.owed);
    put_number(j, "on_time", (int64_t)list.on_time);
    put_number(j, "late_done", (int64_t)list.late_done);
    put_number(j, "late", (int64_t)list.late);
    put_day(j, "from", asked.from);
    put_day(j, "to", asked.to);
    if (!code)
        code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}

// --- figures

enum err owed_rates_get(struct request *q, struct error *e)
{
    struct owed_query days = {0};
    struct owed_rates *list;
    size_t n;
    int32_t root;
    enum err code = request_area(q, &root, e);
    if (!code)
        code = read_days(q, &days, e);
    if (!code)
        code = schedule_rates(&q->measure, &q->who, q->arena, root, days.from, days.to,
                              &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_day(j, "from", days.from);
    put_day(j, "to", days.to);
    put_key(j, "schedules");
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        const struct owed_rates *x = &list[i];
        json_put_object(j);
        put_text(j, "name", x->schedule->name);
        put_label(j, "label", x->schedule->label);
        put_text(j, "register", x->schedule->reg->name);
        put_yes(j, "ticked", schedule_is_ticked(x->schedule));
        put_double(j, "owed", x->owed);
        put_double(j, "on_time", x->on_time);
        put_double(j, "late_done", x->late_done);
        put_double(j, "late", x->late);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}

// --- days

enum err owed_reports(const struct measure *m, struct arena *a, int32_t root,
                      int32_t from, int32_t to, struct owed_report **out, size_t *n,
                      struct error *e)
{
    const struct pack *p = m->county->pack;
    struct period around = {.kind = PERIOD_YEAR, .first = from, .last = to};
    struct error ignored;
    size_t room = 0;
    *n = 0;
    *out = NULL;
    if (measure_allows(m, root, &ignored))
        return ERR_OK; // reports are figures
    around.first = date_add_months(from, -REPORTS_BACK_MONTHS);
    if (around.first == DATE_NONE)
        around.first = from;
    struct due_summary *list = ARENA_ARRAY(a, struct due_summary, p->n_registers + 1);
    if (!list)
        return error_memory(e);
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        code = due_list(m, a, &p->registers[i], around, root, &list[i], e);
        room += list[i].n_periods;
    }
    if (!code && !(*out = ARENA_ARRAY(a, struct owed_report, room + 1)))
        code = error_memory(e);
    for (size_t i = 0; !code && i < p->n_registers; i++) {
        size_t first = *n;
        for (size_t k = 0; k < list[i].n; k++) {
            const struct due_item *x = &list[i].items[k];
            size_t at = first;
            if (x->due < from || x->due > to)
                continue;
            while (at < *n && (*out)[at].due != x->due)
                at++;
            if (at == *n)
                (*out)[(*n)++] = (struct owed_report){
                    .reg = x->reg, .period = x->period, .due = x->due};
            (*out)[at].done += x->state == DUE_ON_TIME || x->state == DUE_LATE;
            (*out)[at].late += x->state == DUE_MISSING;
            (*out)[at].open += x->state == DUE_OPEN;
        }
    }
    return code;
}

static void put_counts(struct json_writer *j, size_t later, size_t open, size_t late,
                       size_t done)
{
    put_number(j, "later", (int64_t)later);
    put_number(j, "open", (int64_t)open);
    put_number(j, "late", (int64_t)late);
    put_number(j, "done", (int64_t)done);
}

static void put_group(struct json_writer *j, const struct owed_group *x)
{
    json_put_object(j);
    put_day(j, "day", x->due);
    put_text(j, "kind", STR("rows"));
    put_text(j, "name", x->schedule->name);
    put_label(j, "label", x->schedule->label);
    put_key(j, "point");
    json_put_object(j);
    put_text(j, "code", x->point->name);
    put_label(j, "label", x->point->label);
    json_put_object_end(j);
    put_counts(j, x->n[OWED_LATER], x->n[OWED_OPEN], x->n[OWED_LATE],
               x->n[OWED_DONE] + x->n[OWED_DONE_LATE]);
    json_put_object_end(j);
}

static void put_report(struct json_writer *j, const struct request *q,
                       const struct owed_report *x)
{
    json_put_object(j);
    put_day(j, "day", x->due);
    put_text(j, "kind", STR("reports"));
    put_text(j, "name", x->reg->name);
    put_label(j, "label", x->reg->label);
    put_key(j, "point");
    numbers_period(j, q->arena, x->period);
    put_counts(j, 0, x->open, x->late, x->done);
    json_put_object_end(j);
}

enum err owed_days(struct request *q, struct error *e)
{
    struct owed_query asked;
    struct owed_group *groups;
    struct owed_report *reports = NULL;
    size_t n, n_reports = 0;
    enum err code = read_query(q, &asked, e);
    if (!code && asked.to - asked.from > MOST_DAYS) {
        error_set(e, ERR_INPUT, "owed.days", "to", "more than %d days", MOST_DAYS);
        code = error_cure(e, "ask for three years at the most");
    }
    asked.standing = false;
    if (!code)
        code = schedule_days(&q->measure, &q->who, q->arena, &asked, -1, &groups, &n, e);
    int32_t root = asked.root;
    struct error ignored;
    bool figures = !code && !asked.schedule && !request_area(q, &root, &ignored);
    if (figures)
        code = owed_reports(&q->measure, q->arena, root, asked.from, asked.to, &reports,
                            &n_reports, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_day(j, "from", asked.from);
    put_day(j, "to", asked.to);
    put_key(j, "days");
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++) {
        put_group(j, &groups[i]);
        if (i % 128 == 127)
            code = answer_flush(q, e);
    }
    for (size_t i = 0; i < n_reports; i++)
        put_report(j, q, &reports[i]);
    json_put_array_end(j);
    if (!code)
        code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}
