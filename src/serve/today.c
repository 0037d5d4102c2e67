// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/today: what is due, late, arrived and to be looked at. GET /api/due: all that
// was owed in a period.
#include "study/today.h"
#include "register/imports.h"
#include "serve/numbers.h"
#include "serve/routes.h"

enum { MOST_ITEMS = 100, MOST_ARRIVED = 12, MOST_SIGNALS = 20, MOST_DUE = 20000 };

static void put_item(struct json_writer *j, const struct request *q,
                     const struct due_item *x)
{
    static const char *const states[] = {[DUE_ON_TIME] = "on_time",
                                         [DUE_LATE] = "late",
                                         [DUE_MISSING] = "missing",
                                         [DUE_OPEN] = "open"};
    json_put_object(j);
    put_text(j, "register", x->reg->name);
    put_label(j, "label", x->reg->label);
    put_key(j, "area");
    numbers_area(j, q, x->area);
    put_key(j, "facility");
    numbers_facility(j, q, x->facility);
    put_key(j, "period");
    numbers_period(j, q->arena, x->period);
    put_day(j, "due", x->due);
    put_day(j, "received", x->received);
    put_text(j, "state", str_of(states[x->state]));
    json_put_object_end(j);
}

static void put_items(struct json_writer *j, const struct request *q, const char *key,
                      const struct due_item *list, size_t n)
{
    put_key(j, key);
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        put_item(j, q, &list[i]);
    json_put_array_end(j);
}

// --- what arrived

static void put_arrived(struct json_writer *j, const struct imports_entry *x)
{
    json_put_object(j);
    put_moment(j, "at", x->at);
    put_text(j, "who", x->who_name);
    put_text(j, "register", x->register_name);
    put_label(j, "label",
              x->reg ? x->reg->label
                     : (struct label){x->register_name, x->register_name});
    put_text(j, "source", x->source);
    put_number(j, "inserted", x->inserted);
    put_number(j, "corrected", x->corrected);
    put_text(j, "file", x->file);
    put_id_or_null(j, "import", x->id);
    json_put_object_end(j);
}

static enum err put_all_arrived(struct json_writer *j, struct request *q, struct error *e)
{
    struct imports_entry *list;
    size_t n, shown = 0;
    int64_t next;
    enum err code = imports_list(q->county, &q->who, 0, 5 * MOST_ARRIVED, q->arena, &list,
                                 &n, &next, e);
    if (code)
        return code;
    put_key(j, "arrived");
    json_put_array(j);
    for (size_t i = 0; i < n && shown < MOST_ARRIVED; i++)
        if (list[i].state == IMPORTS_SAVED && ++shown)
            put_arrived(j, &list[i]);
    json_put_array_end(j);
    return ERR_OK;
}

// --- signals that nobody has finished with

static enum err open_signals(struct request *q, int32_t root,
                             struct overview_signal **list, size_t *n, struct error *e)
{
    int32_t today = q->measure.today, first = date_add_months(today, -12);
    size_t all, kept = 0;
    enum err code =
        overview_signals(&q->measure, q->arena, root, first == DATE_NONE ? today : first,
                         today, 500, list, &all, e);
    for (size_t i = 0; !code && i < all && kept < MOST_SIGNALS; i++) {
        struct overview_signal *s = &(*list)[i];
        if (!s->finding.n || str_equal(s->finding, STR("open")))
            (*list)[kept++] = *s;
    }
    *n = kept;
    return code;
}

enum err today_get(struct request *q, struct error *e)
{
    int32_t root;
    struct today t;
    struct overview_signal *signals;
    size_t n_signals;
    struct findings_counts counts;
    enum err code = request_area(q, &root, e);
    if (!code)
        code = today_make(&q->measure, q->arena, root, MOST_ITEMS, &t, e);
    if (!code)
        code = open_signals(q, root, &signals, &n_signals, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_items(j, q, "due", t.due, t.n_due);
    put_items(j, q, "late", t.late, t.n_late);
    put_number(j, "late_total", (int64_t)t.late_total);
    put_number(j, "due_total", (int64_t)t.due_total);
    code = put_all_arrived(j, q, e);
    if (code)
        return code;
    put_key(j, "signals");
    numbers_signals(j, q, signals, n_signals);
    put_key(j, "findings");
    if (numbers_findings_known(q, t.period, root, &counts))
        numbers_counts(j, &counts);
    else
        json_put_null(j);
    put_key(j, "period");
    numbers_period(j, q->arena, t.period);
    code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}

// --- all that was owed

static enum err due_registers(const struct request *q, const struct reg ***out, size_t *n,
                              struct error *e)
{
    const struct pack *p = q->county->pack;
    struct str name = request_query(q, "register");
    *n = 0;
    *out = ARENA_ARRAY(q->arena, const struct reg *, p->n_registers + 1);
    if (!*out)
        return error_memory(e);
    for (size_t i = 0; i < p->n_registers; i++)
        if (p->registers[i].due.set && (!name.n || str_equal(p->registers[i].name, name)))
            (*out)[(*n)++] = &p->registers[i];
    if (*n || !name.n)
        return ERR_OK;
    return error_set(e, ERR_NOT_FOUND, "due.register", "register",
                     "no reports are due for a register '" STR_FMT "'", STR_ARG(name));
}

static void put_summary(struct json_writer *j, const struct due_summary *s)
{
    json_put_object(j);
    put_text(j, "name", s->reg->name);
    put_label(j, "label", s->reg->label);
    put_number(j, "owed", (int64_t)s->owed);
    put_number(j, "on_time", (int64_t)s->on_time);
    put_number(j, "late", (int64_t)s->late);
    put_number(j, "missing", (int64_t)s->missing);
    json_put_object_end(j);
}

static enum err put_due(struct request *q, const struct due_summary *list, size_t n,
                        struct error *e)
{
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    json_put_object(j);
    put_key(j, "items");
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++)
        for (size_t k = 0; !code && k < list[i].n; k++) {
            put_item(j, q, &list[i].items[k]);
            if (k % 128 == 127)
                code = answer_flush(q, e);
        }
    json_put_array_end(j);
    put_key(j, "registers");
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        put_summary(j, &list[i]);
    json_put_array_end(j);
    if (!code)
        code = numbers_made(j, q, e);
    json_put_object_end(j);
    return code;
}

enum err due_get(struct request *q, struct error *e)
{
    struct period period;
    int32_t root;
    const struct reg **registers;
    size_t n, items = 0;
    enum err code = request_period(q, &period, e);
    if (!code)
        code = request_area(q, &root, e);
    if (!code)
        code = due_registers(q, &registers, &n, e);
    if (code)
        return code;
    struct due_summary *list = ARENA_ARRAY(q->arena, struct due_summary, n + 1);
    if (!list)
        return error_memory(e);
    for (size_t i = 0; !code && i < n; i++) {
        code = due_list(&q->measure, q->arena, registers[i], period, root, &list[i], e);
        items += list[i].n;
    }
    if (!code && items > MOST_DUE) {
        error_set(e, ERR_LIMIT, "due.many", "period", "more than %d reports were owed",
                  MOST_DUE);
        code = error_cure(e, "ask for a shorter period, a smaller area or one register");
    }
    return code ? code : put_due(q, list, n, e);
}
