// SPDX-License-Identifier: AGPL-3.0-or-later
// Ledgers: what may be posted, balances, entries, what does not add up. Quantities travel
// as decimal text, so that none is rounded on the way.
#include <math.h>

#include "base/text.h"
#include "register/ledger.h"
#include "serve/routes.h"
#include "serve/rows_json.h"

enum { MOST_TEXT = 1000, SOON = 90 }; // days before expiry

// One that is not the caller's to see answers as one that is not there.
static enum err find_ledger(const struct request *q, const struct ledger **out,
                            struct error *e)
{
    struct str name = request_path(q, "ledger");
    *out = pack_ledger(q->county->pack, name);
    struct reg r = {.name = name,
                    .purpose = *out ? (*out)->purpose : PURPOSE_SUPERVISION};
    if (*out && !access_read_some(&q->who, &r, NULL))
        return ERR_OK;
    return error_set(e, ERR_NOT_FOUND, "serve.ledger", NULL,
                     "there is no ledger '" STR_FMT "' that you may see",
                     STR_ARG(text_cut(name, 40)));
}

static enum err read_facility(const struct request *q, const char *name, struct str code,
                              int64_t *out, struct error *e)
{
    const struct places *p = q->county->places;
    *out = 0;
    for (size_t i = 0; code.n && i < p->n_facilities; i++)
        if (str_equal(p->facilities[i].code, code)) {
            *out = p->facilities[i].id;
            return ERR_OK;
        }
    return !code.n ? ERR_OK
                   : error_set(e, ERR_NOT_FOUND, "facility.unknown", name,
                               "there is no facility with the code '" STR_FMT "'",
                               STR_ARG(text_cut(code, 40)));
}

static enum err read_day(struct str text, const char *name, int32_t otherwise,
                         int32_t *out, struct error *e)
{
    *out = otherwise;
    if (!text.n)
        return ERR_OK;
    enum err code = date_parse(text, out, e);
    if (code)
        error_where(e, name);
    return code;
}

// --- writing answers

static void put_facility(struct json_writer *j, const struct request *q, const char *key,
                         int64_t id)
{
    const struct places *p = q->county->places;
    int32_t i = id ? places_facility_index(p, id) : -1;
    json_put_key(j, str_of(key));
    if (i < 0) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    put_text(j, "code", p->facilities[i].code);
    put_label(j, "label", facility_label(&p->facilities[i]));
    json_put_object_end(j);
}

static enum err put_quantity(struct json_writer *j, const struct request *q,
                             const struct ledger *g, const char *key, int64_t value,
                             struct error *e)
{
    struct str text = ledger_quantity(g, value, q->arena);
    if (!text.p)
        return error_memory(e);
    put_text(j, key, text);
    return ERR_OK;
}

// In units of money, whatever the ledger is of.
static enum err put_money(struct json_writer *j, const struct request *q, const char *key,
                          int64_t cents, struct error *e)
{
    static const struct ledger money = {.goods = false};
    return put_quantity(j, q, &money, key, cents, e);
}

static void put_warning(struct json_writer *j, struct label warning)
{
    if (warning.en.n) {
        put_label(j, "warning", warning);
        return;
    }
    json_put_key(j, STR("warning"));
    json_put_null(j);
}

static const char *end_name(const struct ledger *g, enum ledger_end end, int account)
{
    return end == LEDGER_AT_PLACE ? "place" : g->accounts[account].name.p;
}

static void put_movement(struct json_writer *j, const struct ledger *g,
                         const struct ledger_movement *m)
{
    json_put_object(j);
    put_text(j, "name", m->name);
    put_label(j, "label", m->label);
    put_text(j, "from", str_of(end_name(g, m->from, m->from_account)));
    put_text(j, "to", str_of(end_name(g, m->to, m->to_account)));
    put_yes(j, "confirm", m->confirm);
    put_yes(j, "count", m->count);
    put_yes(j, "expired", m->expired);
    json_put_object_end(j);
}

static enum err put_ledger(struct request *q, const struct ledger *g, struct error *e)
{
    struct json_writer *j = answer_json(q);
    struct reg r = {.name = g->name, .purpose = g->purpose};
    struct ledger_thing *things;
    size_t n;
    enum err code = ledger_things(q->county, &q->who, g, q->arena, &things, &n, e);
    if (code)
        return code;
    json_put_object(j);
    put_text(j, "name", g->name);
    put_label(j, "label", g->label);
    put_text(j, "kind", g->goods ? STR("goods") : STR("money"));
    put_yes(j, "lots", g->lots);
    put_yes(j, "cold", g->cold);
    json_put_key(j, STR("accounts"));
    json_put_array(j);
    for (size_t i = 0; i < g->n_accounts; i++) {
        json_put_object(j);
        put_text(j, "name", g->accounts[i].name);
        put_label(j, "label", g->accounts[i].label);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_key(j, STR("movements"));
    json_put_array(j);
    for (size_t i = 0; i < g->n_movements; i++)
        put_movement(j, g, &g->movements[i]);
    json_put_array_end(j);
    json_put_key(j, STR("items"));
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_text(j, "code", things[i].code);
        put_label(j, "label", things[i].label);
        put_label(j, "unit", things[i].unit);
        put_double(j, "cold_low", things[i].low);
        put_double(j, "cold_high", things[i].high);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_yes(j, "may_write", !access_write_some(&q->who, &r, NULL));
    json_put_object_end(j);
    return answer_flush(q, e);
}

enum err ledgers_list(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    json_put_object(j);
    json_put_key(j, STR("ledgers"));
    json_put_array(j);
    for (size_t i = 0; !code && i < p->n_ledgers; i++) {
        struct reg r = {.name = p->ledgers[i].name, .purpose = p->ledgers[i].purpose};
        if (!access_read_some(&q->who, &r, NULL))
            code = put_ledger(q, &p->ledgers[i], e);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

// --- balances

static enum err put_balance(struct request *q, const struct ledger *g,
                            const struct ledger_balance *b, int32_t day, struct error *e)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_facility(j, q, "facility", b->facility);
    put_text(j, "account", b->account >= 0 ? g->accounts[b->account].name : STR(""));
    put_text(j, "item", b->item);
    put_text(j, "lot", b->lot.number);
    put_day(j, "expires", b->lot.expires);
    put_text(j, "state",
             b->lot.expires == DATE_NONE || b->lot.expires > day + SOON ? STR("")
             : b->lot.expires < day                                     ? STR("expired")
                                                                        : STR("soon"));
    enum err code = put_quantity(j, q, g, "quantity", b->quantity, e);
    if (!code)
        code = put_money(j, q, "value", b->value, e);
    put_day(j, "last", b->last);
    json_put_object_end(j);
    return code ? code : answer_flush(q, e);
}

enum err ledgers_balances(struct request *q, struct error *e)
{
    const struct ledger *g;
    struct ledger_balance *list;
    size_t n;
    int64_t facility;
    int32_t day;
    enum err code = find_ledger(q, &g, e);
    if (!code)
        code = read_facility(q, "facility", request_query(q, "facility"), &facility, e);
    if (!code)
        code = read_day(request_query(q, "day"), "day", date_today(), &day, e);
    if (!code)
        code =
            ledger_balances(q->county, &q->who, g, facility, day, q->arena, &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_day(j, "day", day);
    json_put_key(j, STR("balances"));
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++)
        code = put_balance(q, g, &list[i], day, e);
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

enum err ledgers_suggest(struct request *q, struct error *e)
{
    const struct ledger *g;
    struct ledger_line *list;
    size_t n;
    int64_t facility, quantity = 0;
    int32_t day;
    struct str asked = request_query(q, "quantity");
    enum err code = find_ledger(q, &g, e);
    if (!code)
        code = read_facility(q, "facility", request_query(q, "facility"), &facility, e);
    if (!code)
        code = read_day(request_query(q, "day"), "day", date_today(), &day, e);
    if (!code && asked.n && !ledger_quantity_from(g, asked, &quantity))
        code = error_set(e, ERR_INPUT, "ledger.quantity", "quantity",
                         "'" STR_FMT "' is no quantity", STR_ARG(text_cut(asked, 30)));
    if (!code && (day < 0 || day > date_today()))
        code = error_set(e, ERR_INPUT, "ledger.day", "day",
                         "the day is not from 1970 to today");
    if (!code)
        code = ledger_suggest(q->county, &q->who, g, facility, request_query(q, "item"),
                              day, quantity, q->arena, &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("lines"));
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++) {
        json_put_object(j);
        put_text(j, "lot", list[i].lot.number);
        put_day(j, "expires", list[i].lot.expires);
        code = put_quantity(j, q, g, "quantity", list[i].quantity, e);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}

// --- entries

static enum err put_line(struct request *q, const struct ledger *g,
                         const struct ledger_kept_line *line, struct error *e)
{
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "item", line->item);
    put_text(j, "lot", line->lot.number);
    put_day(j, "expires", line->lot.expires);
    enum err code = put_quantity(j, q, g, "quantity", line->quantity, e);
    if (!code && line->counted >= 0)
        code = put_quantity(j, q, g, "counted", line->counted, e);
    if (!code && line->price)
        code = put_money(j, q, "price", line->price, e);
    json_put_object_end(j);
    return code;
}

static enum err put_entry(struct request *q, const struct ledger *g,
                          const struct ledger_kept *x, struct error *e)
{
    static const char *const kinds[] = {"entry", "reversal", "confirmation"};
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    json_put_object(j);
    put_id(j, "id", x->id);
    put_text(j, "kind", str_of(kinds[x->kind]));
    put_id_or_null(j, "of", x->of);
    put_text(j, "movement", x->movement);
    put_day(j, "day", x->day);
    put_facility(j, q, "from", x->from);
    put_text(j, "from_account", x->from_account);
    put_facility(j, q, "to", x->to);
    put_text(j, "to_account", x->to_account);
    put_text(j, "document", x->document);
    put_text(j, "note", x->note);
    put_text(j, "who", x->who);
    put_moment(j, "at", x->at);
    put_double(j, "temperature", x->temperature);
    put_warning(j, x->warning);
    put_id_or_null(j, "reversed_by", x->reversed_by);
    put_id_or_null(j, "confirmed_by", x->confirmed_by);
    json_put_key(j, STR("lines"));
    json_put_array(j);
    for (size_t i = 0; !code && i < x->n_lines; i++)
        code = put_line(q, g, &x->lines[i], e);
    json_put_array_end(j);
    json_put_object_end(j);
    return code ? code : answer_flush(q, e);
}

enum err ledgers_entries(struct request *q, struct error *e)
{
    const struct ledger *g;
    struct ledger_kept *list = NULL;
    struct ledger_wanted w = {.item = request_query(q, "item")};
    int64_t limit;
    size_t n = 0;
    enum err code = find_ledger(q, &g, e);
    if (!code)
        code = read_facility(q, "facility", request_query(q, "facility"), &w.facility, e);
    if (!code)
        code = read_day(request_query(q, "from"), "from", DATE_NONE, &w.from, e);
    if (!code)
        code = read_day(request_query(q, "to"), "to", DATE_NONE, &w.to, e);
    if (!code)
        code = request_int(q, "after", 0, 0, INT64_MAX, &w.before, e);
    if (!code)
        code = request_int(q, "id", 0, 0, INT64_MAX, &w.id, e);
    if (!code)
        code = request_int(q, "limit", 50, 1, 500, &limit, e);
    if (code)
        return code;
    w.limit = (size_t)limit;
    code = ledger_entries(q->county, &q->who, g, &w, q->arena, &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    json_put_key(j, STR("entries"));
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++)
        code = put_entry(q, g, &list[i], e);
    json_put_array_end(j);
    put_id_or_null(j, "next", n == w.limit ? list[n - 1].id : 0);
    json_put_object_end(j);
    return code;
}

// --- posting

static enum err quantity_member(const struct ledger *g, const json_t *object,
                                const char *name, bool required, int64_t *out,
                                struct error *e)
{
    struct str text;
    *out = 0;
    enum err code = json_text(object, name, required, 30, &text, e);
    if (code || !text.n || ledger_quantity_from(g, text, out))
        return code;
    error_set(e, ERR_INPUT, "ledger.quantity", name, "'" STR_FMT "' is no quantity",
              STR_ARG(text));
    return error_cure(e, g->goods ? "write a number with at most three decimals: 12.5"
                                  : "write a number with at most two decimals: 12.50");
}

static enum err read_line(const struct ledger *g, const json_t *one,
                          struct ledger_line *out, struct error *e)
{
    static const struct ledger money = {.goods = false};
    struct str expires;
    *out = (struct ledger_line){0};
    if (!json_is_object(one))
        return error_set(e, ERR_INPUT, "ledger.lines", "lines",
                         "a line is no object with item, lot and quantity");
    enum err code = json_text(one, "item", false, MOST_TEXT, &out->item, e);
    if (!code)
        code = json_text(one, "lot", false, MOST_TEXT, &out->lot.number, e);
    if (!code)
        code = json_text(one, "expires", false, 30, &expires, e);
    if (!code)
        code = read_day(expires, "expires", DATE_NONE, &out->lot.expires, e);
    if (!code)
        code = quantity_member(g, one, "quantity", true, &out->quantity, e);
    if (!code)
        code = quantity_member(&money, one, "price", false, &out->price, e);
    return code;
}

static enum err read_lines(struct request *q, const struct ledger *g, const json_t *body,
                           struct ledger_entry *x, struct error *e)
{
    const json_t *list = json_object_get(body, "lines");
    size_t n = json_array_size(list);
    if (!json_is_array(list) || !n || n > LEDGER_LINES_MAX)
        return error_set(e, n > LEDGER_LINES_MAX ? ERR_LIMIT : ERR_INPUT, "ledger.lines",
                         "lines", "`lines` is not a list of 1 to %d lines",
                         (int)LEDGER_LINES_MAX);
    struct ledger_line *lines = ARENA_ARRAY(q->arena, struct ledger_line, n);
    enum err code = lines ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < n; i++)
        code = read_line(g, json_array_get(list, i), &lines[i], e);
    x->lines = lines;
    x->n_lines = n;
    return code;
}

static enum err read_movement(const struct ledger *g, const json_t *body,
                              struct ledger_entry *x, struct error *e)
{
    struct str name;
    enum err code = json_text(body, "movement", true, 100, &name, e);
    for (size_t i = 0; !code && i < g->n_movements; i++)
        if (str_equal(g->movements[i].name, name))
            x->movement = &g->movements[i];
    if (code || x->movement)
        return code;
    return error_set(e, ERR_INPUT, "ledger.movement", "movement",
                     "the ledger has no movement '" STR_FMT "'", STR_ARG(name));
}

static enum err read_entry(struct request *q, const struct ledger *g,
                           struct ledger_entry *x, struct error *e)
{
    json_t *body;
    struct str day, from, to;
    *x = (struct ledger_entry){.ledger = g, .temperature = NAN};
    enum err code = request_json(q, &body, e);
    if (!code)
        code = read_movement(g, body, x, e);
    if (!code)
        code = json_text(body, "day", true, 30, &day, e);
    if (!code)
        code = read_day(day, "day", DATE_NONE, &x->day, e);
    if (!code)
        code = json_text(body, "from", false, 100, &from, e);
    if (!code)
        code = json_text(body, "to", false, 100, &to, e);
    if (!code)
        code = read_facility(q, "from", from, &x->from, e);
    if (!code)
        code = read_facility(q, "to", to, &x->to, e);
    if (!code)
        code = json_text(body, "document", false, MOST_TEXT, &x->document, e);
    if (!code)
        code = json_text(body, "note", false, MOST_TEXT, &x->note, e);
    if (!code)
        code = json_text(body, "key", false, ROW_KEY_MAX, &x->key, e);
    if (code)
        return code;
    const json_t *temperature = json_object_get(body, "temperature");
    if (json_is_number(temperature))
        x->temperature = json_number_value(temperature);
    else if (temperature && !json_is_null(temperature))
        return error_set(e, ERR_INPUT, "ledger.temperature", "temperature",
                         "the temperature is no number");
    return read_lines(q, g, body, x, e);
}

static void put_posted(struct request *q, const struct ledger_posted *posted)
{
    if (!posted->repeated)
        answer_status(q, 201);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_id(j, "id", posted->id);
    put_yes(j, "repeated", posted->repeated);
    put_warning(j, posted->warning);
    json_put_object_end(j);
}

enum err ledgers_post(struct request *q, struct error *e)
{
    const struct ledger *g;
    struct ledger_entry entry;
    struct ledger_posted posted;
    enum err code = find_ledger(q, &g, e);
    if (!code)
        code = read_entry(q, g, &entry, e);
    if (!code)
        code = ledger_post(q->county, &q->who, &entry, q->arena, &posted, e);
    if (!code)
        put_posted(q, &posted);
    return code;
}

// {id} of the path, of this ledger and within what the caller sees.
static enum err find_entry(struct request *q, const struct ledger **g,
                           struct ledger_kept **out, struct error *e)
{
    struct ledger_wanted w = {.from = DATE_NONE, .to = DATE_NONE, .limit = 1};
    size_t n = 0;
    enum err code = find_ledger(q, g, e);
    if (!code)
        code = request_id(q, "id", &w.id, e);
    if (!code)
        code = ledger_entries(q->county, &q->who, *g, &w, q->arena, out, &n, e);
    if (!code && n != 1)
        code = error_set(e, ERR_NOT_FOUND, "ledger.entry", NULL, "there is no entry %lld",
                         (long long)w.id);
    return code;
}

enum err ledgers_reverse(struct request *q, struct error *e)
{
    const struct ledger *g;
    struct ledger_kept *entry;
    struct ledger_posted posted;
    json_t *body;
    struct str reason, text;
    int32_t day;
    enum err code = find_entry(q, &g, &entry, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "reason", true, MOST_TEXT, &reason, e);
    if (!code)
        code = json_text(body, "day", false, 30, &text, e);
    if (!code)
        code = read_day(text, "day", entry->day, &day, e);
    if (!code)
        code = ledger_reverse(q->county, &q->who, entry->id, day, reason, q->arena,
                              &posted, e);
    if (!code)
        put_posted(q, &posted);
    return code;
}

enum err ledgers_confirm(struct request *q, struct error *e)
{
    const struct ledger *g;
    struct ledger_kept *entry;
    struct ledger_posted posted;
    json_t *body;
    struct str text;
    int32_t day;
    enum err code = find_entry(q, &g, &entry, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "day", false, 30, &text, e);
    if (!code)
        code = read_day(text, "day", date_today(), &day, e);
    if (code)
        return code;
    const json_t *list = json_object_get(body, "arrived");
    size_t n = json_array_size(list);
    int64_t *arrived = ARENA_ARRAY(q->arena, int64_t, n + 1);
    if (!arrived)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        const char *one = json_string_value(json_array_get(list, i));
        if (n > LEDGER_LINES_MAX || !one ||
            !ledger_quantity_from(g, str_of(one), &arrived[i]))
            return error_set(e, ERR_INPUT, "ledger.quantity", "arrived",
                             "line %zu: a quantity is a number as text, such as \"12.5\"",
                             i + 1);
    }
    code = ledger_confirm(q->county, &q->who, entry->id, day, arrived, n, q->arena,
                          &posted, e);
    if (!code)
        put_posted(q, &posted);
    return code;
}

// --- seller against buyer, book against shelf

enum err ledgers_reconcile(struct request *q, struct error *e)
{
    const struct ledger *g;
    struct ledger_difference *list;
    size_t n;
    int32_t from, to;
    int64_t wait;
    enum err code = find_ledger(q, &g, e);
    if (!code)
        code = read_day(request_query(q, "from"), "from", DATE_NONE, &from, e);
    if (!code)
        code = read_day(request_query(q, "to"), "to", DATE_NONE, &to, e);
    if (!code)
        code = request_int(q, "wait", 7, 0, 3650, &wait, e);
    if (!code)
        code = ledger_reconcile(q->county, &q->who, g, from, to, (int)wait, q->arena,
                                &list, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_number(j, "wait", wait);
    json_put_key(j, STR("differences"));
    json_put_array(j);
    for (size_t i = 0; !code && i < n; i++) {
        const struct ledger_difference *d = &list[i];
        json_put_object(j);
        put_id(j, "entry", d->entry);
        put_day(j, "day", d->day);
        put_facility(j, q, "from", d->from);
        put_facility(j, q, "to", d->to);
        put_text(j, "item", d->item);
        put_text(j, "lot", d->lot);
        json_put_key(j, STR("counted"));
        json_put_bool(j, d->counted);
        code = put_quantity(j, q, g, "sent", d->sent, e);
        if (!code && d->arrived >= 0)
            code = put_quantity(j, q, g, "arrived", d->arrived, e);
        else if (!code)
            put_text_or_null(j, "arrived", (struct str){NULL, 0});
        json_put_object_end(j);
        if (!code)
            code = answer_flush(q, e);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return code;
}
