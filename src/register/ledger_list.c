// SPDX-License-Identifier: AGPL-3.0-or-later
// Entries as they stand, and what does not add up between the two ends of them.
#include <math.h>

#include "register/history.h"
#include "register/ledger_private.h"

// reversed_by and confirmed_by follow from the entries that speak of this one; a
// confirmation that was reversed is none
#define COLUMNS                                                                          \
    "SELECT x.id, x.at, x.kind, coalesce(x.of, 0), x.ledger, x.movement, x.day,"         \
    " x.from_place, x.from_account, x.to_place, x.to_account, x.document, x.note,"       \
    " x.temperature, x.warning_en, x.warning_zh, coalesce(u.name, ''),"                  \
    " coalesce((SELECT min(r.id) FROM heng_ledger_entries r WHERE r.of = x.id AND"       \
    " r.kind = 1), 0), coalesce((SELECT min(k.id) FROM heng_ledger_entries k WHERE"      \
    " k.of = x.id AND k.kind = 2 AND NOT EXISTS (SELECT 1 FROM heng_ledger_entries r"    \
    " WHERE r.of = k.id AND r.kind = 1)), 0)"                                            \
    " FROM heng_ledger_entries x LEFT JOIN heng_users u ON u.id = x.who WHERE "

static int32_t day_of(struct str text)
{
    int32_t day;
    return text.n && !date_parse(text, &day, NULL) ? day : DATE_NONE;
}

static enum err read_lines(struct conn *c, struct arena *a, struct ledger_kept *x,
                           struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "ledger.lines",
                              "SELECT item, lot, expires, quantity, coalesce(counted,"
                              " -1), price, count(*) OVER () FROM heng_ledger_lines WHERE"
                              " entry = ? ORDER BY line",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->id);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        if (!x->lines)
            x->lines = ARENA_ARRAY(a, struct ledger_kept_line, (size_t)stmt_int(s, 6));
        struct ledger_kept_line *line = x->lines ? &x->lines[x->n_lines++] : NULL;
        if (line)
            *line = (struct ledger_kept_line){
                .item = str_copy(a, stmt_text(s, 0)),
                .lot = {str_copy(a, stmt_text(s, 1)), day_of(stmt_text(s, 2))},
                .quantity = stmt_int(s, 3),
                .counted = stmt_int(s, 4),
                .price = stmt_int(s, 5)};
        if (!line || !line->item.p || !line->lot.number.p) {
            code = error_memory(e);
            break;
        }
    }
    stmt_finish(s);
    return code;
}

static enum err read_head(struct stmt *s, struct arena *a, struct ledger_kept *x,
                          struct str *ledger, struct error *e)
{
    struct str texts[9];
    static const int columns[9] = {5, 8, 10, 11, 12, 14, 15, 16, 4};
    for (int i = 0; i < 9; i++)
        if (!(texts[i] = str_copy(a, stmt_text(s, columns[i]))).p)
            return error_memory(e);
    int64_t kind = stmt_int(s, 2);
    *x = (struct ledger_kept){
        .id = stmt_int(s, 0),
        .at = stmt_int(s, 1),
        .kind = kind == 1   ? LEDGER_REVERSAL
                : kind == 2 ? LEDGER_CONFIRMATION
                            : LEDGER_ENTRY,
        .of = stmt_int(s, 3),
        .movement = texts[0],
        .day = day_of(stmt_text(s, 6)),
        .from = stmt_int(s, 7),
        .to = stmt_int(s, 9),
        .from_account = texts[1],
        .to_account = texts[2],
        .document = texts[3],
        .note = texts[4],
        .warning = {texts[5], texts[6]},
        .who = texts[7],
        .temperature = stmt_kind(s, 13) == STMT_NULL ? NAN : stmt_double(s, 13),
        .reversed_by = stmt_int(s, 17),
        .confirmed_by = stmt_int(s, 18)};
    *ledger = texts[8];
    return ERR_OK;
}

enum err ledger_no_entry(int64_t id, struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, "ledger.entry", NULL, "there is no entry %lld",
                     (long long)id);
}

enum err ledger_kept_one(struct conn *c, int64_t id, struct arena *a,
                         struct ledger_kept *out, struct str *ledger, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(c, "ledger.one", COLUMNS "x.id = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    code = stmt_step(s, &row, e);
    if (!code && !row)
        code = ledger_no_entry(id, e);
    if (!code)
        code = read_head(s, a, out, ledger, e);
    stmt_finish(s);
    return code ? code : read_lines(c, a, out, e);
}

// --- whose

struct whose {
    const struct places *places;
    int32_t roots[ACCESS_MAX_GRANTS];
    size_t n;
    bool everywhere;
    int64_t
        facilities[ACCESS_MAX_GRANTS]; // ids of those that are the caller's themselves
    size_t n_facilities;
};

static enum err whose(struct county *c, const struct access *who, const struct ledger *g,
                      struct whose *out, struct error *e)
{
    struct reg r = ledger_reg(g);
    out->places = c->places;
    out->n =
        rights_row_roots(c->places, who, &r, ACCESS_READ, out->roots, &out->everywhere);
    out->n_facilities = access_facilities(who, &r, ACCESS_READ, out->facilities);
    return access_read_some(who, &r, e);
}

static bool may_see(const struct whose *w, int64_t place)
{
    int32_t i = place && !w->everywhere ? places_facility_index(w->places, place) : -1;
    int32_t area = i >= 0 ? w->places->facilities[i].area : -1;
    for (size_t k = 0; area >= 0 && k < w->n; k++)
        if (places_within(w->places, area, w->roots[k]))
            return true;
    for (size_t k = 0; place && k < w->n_facilities; k++)
        if (w->facilities[k] == place)
            return true;
    return w->everywhere;
}

// --- entries

static bool has_item(const struct ledger_kept *x, struct str item)
{
    for (size_t i = 0; i < x->n_lines; i++)
        if (str_equal(x->lines[i].item, item))
            return true;
    return !item.n;
}

static void bind_day(struct stmt *s, int n, int32_t day, int32_t open,
                     char text[DATE_TEXT_SIZE])
{
    date_format(day == DATE_NONE ? open : day, text);
    stmt_bind_text(s, n, str_of(text));
}

static enum err collect(struct conn *conn, const struct ledger *g, const struct whose *w,
                        const struct ledger_wanted *q, size_t limit, struct arena *a,
                        struct ledger_kept *list, size_t *n, struct error *e)
{
    struct stmt *s;
    struct str ledger;
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
    enum err code =
        conn_stmt(conn, "ledger.entries",
                  COLUMNS "x.ledger = ?1 AND x.day BETWEEN ?2 AND ?3 AND x.id < ?4 AND"
                          " (?5 = 0 OR x.id = ?5) AND (?6 = 0 OR x.from_place = ?6 OR"
                          " x.to_place = ?6) ORDER BY x.id DESC",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, g->name);
    bind_day(s, 2, q->from, 0, from);
    bind_day(s, 3, q->to, LEDGER_DAYS, to);
    stmt_bind_int(s, 4, q->before ? q->before : INT64_MAX);
    stmt_bind_int(s, 5, q->id);
    stmt_bind_int(s, 6, q->facility);
    for (bool row; *n < limit && !(code = stmt_step(s, &row, e)) && row;) {
        if (!may_see(w, stmt_int(s, 7)) && !may_see(w, stmt_int(s, 9)))
            continue;
        struct ledger_kept *x = &list[*n];
        code = read_head(s, a, x, &ledger, e);
        if (!code)
            code = read_lines(conn, a, x, e);
        if (code)
            break;
        *n += has_item(x, q->item);
    }
    stmt_finish(s);
    return code;
}

// A file that may only be read, made by an older Heng, has no ledgers yet.
static enum err read_begin(struct county *c, struct conn **conn, bool *there,
                           struct error *e)
{
    enum err code = store_read_begin(c->store, conn, e);
    if (!code && (code = history_has_table(*conn, "heng_ledger_entries", there, e))) {
        store_read_end(*conn);
        *conn = NULL;
    }
    return code;
}

enum err ledger_entries(struct county *c, const struct access *who,
                        const struct ledger *ledger, const struct ledger_wanted *wanted,
                        struct arena *a, struct ledger_kept **out, size_t *n,
                        struct error *e)
{
    struct whose w;
    struct conn *conn = NULL;
    bool there = false;
    size_t limit = wanted->limit ? wanted->limit : 100;
    limit = limit < 1000 ? limit : 1000;
    *n = 0;
    *out = ARENA_ARRAY(a, struct ledger_kept, limit);
    enum err code = *out ? whose(c, who, ledger, &w, e) : error_memory(e);
    if (!code)
        code = read_begin(c, &conn, &there, e);
    if (!code && there)
        code = collect(conn, ledger, &w, wanted, limit, a, *out, n, e);
    store_read_end(conn);
    return code;
}

// --- balances

static enum err read_balances(struct conn *conn, const struct ledger *g,
                              const struct whose *w, int64_t facility, int32_t day,
                              struct arena *a, struct ledger_balance **out, size_t *n,
                              struct error *e)
{
    struct stmt *s;
    size_t capacity = 0;
    enum err code = conn_stmt(
        conn, "ledger.balances",
        "SELECT b.id, b.place, b.account, b.item, b.lot, b.quantity, b.last,"
        " coalesce(l.expires, ''), coalesce(l.priced, 0), coalesce(l.price, 0)"
        " FROM heng_ledger_balances b LEFT JOIN heng_ledger_lots l ON l.ledger ="
        " b.ledger AND l.item = b.item AND l.lot = b.lot WHERE b.ledger = ?1 AND"
        " (?2 = 0 OR b.place = ?2) ORDER BY b.place = 0, b.place, b.account,"
        " b.item, coalesce(l.expires, '') = '', l.expires, b.lot",
        &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, g->name);
    stmt_bind_int(s, 2, facility);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        int64_t quantity = stmt_int(s, 5), priced = stmt_int(s, 8), low;
        int32_t last = day_of(stmt_text(s, 6));
        struct str account = stmt_text(s, 2);
        if (!may_see(w, stmt_int(s, 1)))
            continue;
        if (last > day)
            code = ledger_totals_on(conn, stmt_int(s, 0), day, &quantity, &low, e);
        if (code)
            break;
        if (!quantity)
            continue;
        if (*n == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            struct ledger_balance *more = ARENA_ARRAY(a, struct ledger_balance, capacity);
            for (size_t i = 0; more && i < *n; i++)
                more[i] = (*out)[i];
            *out = more;
        }
        struct ledger_balance *b = *out ? &(*out)[*n] : NULL;
        if (b)
            *b = (struct ledger_balance){
                .facility = stmt_int(s, 1),
                .account = account.n ? ledger_account_index(g, account) : -1,
                .item = str_copy(a, stmt_text(s, 3)),
                .lot = {str_copy(a, stmt_text(s, 4)), day_of(stmt_text(s, 7))},
                .quantity = quantity,
                .last = last};
        if (!b || !b->item.p || !b->lot.number.p) {
            code = error_memory(e);
            break;
        }
        if (!g->goods)
            b->value = quantity;
        else if (priced > 0)
            b->value =
                llround((double)quantity * (double)stmt_int(s, 9) / (double)priced);
        ++*n;
    }
    stmt_finish(s);
    return code;
}

enum err ledger_balances(struct county *c, const struct access *who,
                         const struct ledger *ledger, int64_t facility, int32_t day,
                         struct arena *a, struct ledger_balance **out, size_t *n,
                         struct error *e)
{
    struct whose w;
    struct conn *conn = NULL;
    bool there = false;
    *out = NULL;
    *n = 0;
    enum err code = whose(c, who, ledger, &w, e);
    if (!code && (day < 0 || day >= LEDGER_DAYS))
        code = error_set(e, ERR_INPUT, "ledger.day", "day",
                         "the day is not within 1970 to 2149");
    if (!code)
        code = read_begin(c, &conn, &there, e);
    if (!code && there)
        code = read_balances(conn, ledger, &w, facility, day, a, out, n, e);
    store_read_end(conn);
    return code;
}

// --- which lots to take

static enum err take_lots(struct conn *conn, const struct ledger *g, int64_t facility,
                          struct str item, int32_t day, int64_t wanted, struct arena *a,
                          struct ledger_line **out, size_t *n, struct error *e)
{
    struct stmt *s;
    bool all = wanted <= 0;
    enum err code =
        conn_stmt(conn, "ledger.fefo",
                  "SELECT b.id, b.lot, coalesce(l.expires, ''), count(*) OVER () FROM"
                  " heng_ledger_balances b LEFT JOIN heng_ledger_lots l ON l.ledger ="
                  " b.ledger AND l.item = b.item AND l.lot = b.lot WHERE b.ledger = ? AND"
                  " b.place = ? AND b.account = '' AND b.item = ? AND b.quantity > 0"
                  " ORDER BY coalesce(l.expires, '') = '', l.expires, b.lot",
                  &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, g->name);
    stmt_bind_int(s, 2, facility);
    stmt_bind_text(s, 3, item);
    for (bool row; (all || wanted > 0) && !(code = stmt_step(s, &row, e)) && row;) {
        int64_t sum, low;
        int32_t expires = day_of(stmt_text(s, 2));
        if (expires != DATE_NONE && expires < day)
            continue;
        code = ledger_totals_on(conn, stmt_int(s, 0), day, &sum, &low, e);
        if (code)
            break;
        if (low <= 0)
            continue;
        if (!*out)
            *out = ARENA_ARRAY(a, struct ledger_line, (size_t)stmt_int(s, 3));
        struct ledger_line *line = *out ? &(*out)[(*n)++] : NULL;
        if (line)
            *line = (struct ledger_line){.item = item,
                                         .lot = {str_copy(a, stmt_text(s, 1)), expires},
                                         .quantity = all || low < wanted ? low : wanted};
        if (!line || !line->lot.number.p) {
            code = error_memory(e);
            break;
        }
        wanted -= line->quantity;
    }
    stmt_finish(s);
    return code;
}

enum err ledger_suggest(struct county *c, const struct access *who,
                        const struct ledger *ledger, int64_t facility, struct str item,
                        int32_t day, int64_t quantity, struct arena *a,
                        struct ledger_line **out, size_t *n, struct error *e)
{
    struct whose w;
    struct conn *conn = NULL;
    bool there = false;
    *out = NULL;
    *n = 0;
    enum err code = whose(c, who, ledger, &w, e);
    if (!code && !may_see(&w, facility))
        code = error_set(e, ERR_FORBIDDEN, "access.area", NULL,
                         "the place is not within the areas of " STR_FMT,
                         STR_ARG(who->name));
    if (!code)
        code = read_begin(c, &conn, &there, e);
    if (!code && there)
        code = take_lots(conn, ledger, facility, item, day, quantity, a, out, n, e);
    store_read_end(conn);
    return code;
}

// --- seller against buyer, book against shelf

#define NOT_REVERSED(entry)                                                              \
    " NOT EXISTS (SELECT 1 FROM heng_ledger_entries r WHERE r.of = " entry               \
    ".id AND r.kind = 1)"

static enum err compare_ends(struct conn *conn, const struct ledger *g,
                             const struct whose *w, int32_t from, int32_t to, int wait,
                             struct arena *a, struct ledger_difference **out, size_t *n,
                             struct error *e)
{
    struct stmt *s;
    size_t capacity = 0;
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE], late[DATE_TEXT_SIZE];
    enum err code = conn_stmt(
        conn, "ledger.reconcile",
        "SELECT x.id AS id, x.day AS day, x.from_place, x.to_place, l.item, l.lot,"
        " l.quantity, coalesce(m.quantity, -1), 0, l.line AS line FROM"
        " heng_ledger_entries x JOIN heng_ledger_lines l ON l.entry = x.id LEFT JOIN"
        " heng_ledger_entries k ON k.of = x.id AND k.kind = 2 AND" NOT_REVERSED(
            "k") " LEFT JOIN heng_ledger_lines m ON m.entry = k.id AND m.line = l.line "
                 "WHERE"
                 " x.ledger = ?1 AND x.kind = 0 AND x.to_account = '" LEDGER_ON_THE_WAY
                 "' AND"
                 " x.day BETWEEN ?2 AND ?3 AND" NOT_REVERSED(
                     "x") " AND CASE WHEN k.id IS NULL THEN x.day < ?4 ELSE m.quantity "
                          "<> l.quantity END"
                          " UNION ALL SELECT x.id, x.day, x.from_place, 0, l.item, l.lot,"
                          " l.counted + l.quantity, l.counted, 1, l.line FROM "
                          "heng_ledger_entries x JOIN"
                          " heng_ledger_lines l ON l.entry = x.id WHERE x.ledger = ?1 "
                          "AND x.kind = 0 AND"
                          " x.day BETWEEN ?2 AND ?3 AND l.counted >= 0 AND l.quantity <> "
                          "0 AND" NOT_REVERSED("x") " ORDER BY day, id, line",
        &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, g->name);
    bind_day(s, 2, from, 0, first);
    bind_day(s, 3, to, LEDGER_DAYS, last);
    bind_day(s, 4, date_today() - wait, 0, late);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        const bool counted = stmt_int(s, 8);
        if (!may_see(w, stmt_int(s, 2)) && (counted || !may_see(w, stmt_int(s, 3))))
            continue;
        if (*n == capacity) {
            capacity = capacity ? capacity * 2 : 32;
            struct ledger_difference *more =
                ARENA_ARRAY(a, struct ledger_difference, capacity);
            for (size_t i = 0; more && i < *n; i++)
                more[i] = (*out)[i];
            *out = more;
        }
        struct ledger_difference *d = *out ? &(*out)[(*n)++] : NULL;
        if (d)
            *d = (struct ledger_difference){.entry = stmt_int(s, 0),
                                            .day = day_of(stmt_text(s, 1)),
                                            .from = stmt_int(s, 2),
                                            .to = stmt_int(s, 3),
                                            .item = str_copy(a, stmt_text(s, 4)),
                                            .lot = str_copy(a, stmt_text(s, 5)),
                                            .sent = stmt_int(s, 6),
                                            .arrived = stmt_int(s, 7),
                                            .counted = counted};
        if (!d || !d->item.p || !d->lot.p) {
            code = error_memory(e);
            break;
        }
    }
    stmt_finish(s);
    return code;
}

enum err ledger_reconcile(struct county *c, const struct access *who,
                          const struct ledger *ledger, int32_t from, int32_t to, int wait,
                          struct arena *a, struct ledger_difference **out, size_t *n,
                          struct error *e)
{
    struct whose w;
    struct conn *conn = NULL;
    bool there = false;
    *out = NULL;
    *n = 0;
    enum err code = whose(c, who, ledger, &w, e);
    if (!code)
        code = read_begin(c, &conn, &there, e);
    if (!code && there)
        code = compare_ends(conn, ledger, &w, from, to, wait, a, out, n, e);
    store_read_end(conn);
    return code;
}

// --- items

static struct label unit_of(const struct ledger *g, struct str stored, struct arena *a)
{
    int k = stored.n && g->item_unit->n_codes ? field_code(g->item_unit, stored) : -1;
    struct str text = stored.n ? str_copy(a, stored) : STR("");
    return k >= 0 ? g->item_unit->codes[k].label : (struct label){text, text};
}

static struct str column_of(const struct reg *r, const char *field)
{
    const struct field *f = reg_field(r, str_of(field));
    return f && (f->type == TYPE_TEXT || f->type == TYPE_NAME) && !f->identifies
               ? f->column
               : STR("");
}

static enum err prepare_things(struct conn *conn, const struct ledger *g,
                               struct stmt **out, struct error *e)
{
    const struct str columns[] = {g->items->key[0]->column,
                                  column_of(g->items, "name"),
                                  column_of(g->items, "name_en"),
                                  g->item_unit ? g->item_unit->column : STR(""),
                                  g->cold_low ? g->cold_low->column : STR(""),
                                  g->cold_high ? g->cold_high->column : STR("")};
    struct buf sql = BUF_INIT(4000);
    buf_add_c(&sql, "SELECT ");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        buf_printf(&sql, columns[i].n ? "\"" STR_FMT "\", " : "NULL" STR_FMT ", ",
                   STR_ARG(columns[i]));
    buf_printf(&sql,
               "count(*) OVER () FROM \"" STR_FMT "\" WHERE state = 'current'"
               " ORDER BY 1",
               STR_ARG(g->items->table));
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), out, e);
    buf_free(&sql);
    return code;
}

static enum err read_things(struct conn *conn, const struct ledger *g, struct arena *a,
                            struct ledger_thing **out, size_t *n, struct error *e)
{
    struct stmt *s = NULL;
    enum err code = prepare_things(conn, g, &s, e);
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;) {
        if (!*out)
            *out = ARENA_ARRAY(a, struct ledger_thing, (size_t)stmt_int(s, 6));
        struct ledger_thing *x = *out ? &(*out)[(*n)++] : NULL;
        struct str code_is = str_copy(a, stmt_text(s, 0));
        struct str name = stmt_text(s, 1).n ? str_copy(a, stmt_text(s, 1)) : code_is;
        struct str en = stmt_text(s, 2).n ? str_copy(a, stmt_text(s, 2)) : name;
        if (x)
            *x = (struct ledger_thing){
                .code = code_is,
                .label = {en, name},
                .unit = unit_of(g, stmt_text(s, 3), a),
                .low = stmt_kind(s, 4) == STMT_NULL ? NAN : stmt_double(s, 4),
                .high = stmt_kind(s, 5) == STMT_NULL ? NAN : stmt_double(s, 5)};
        if (!x || !code_is.p || !name.p || !en.p || !x->unit.en.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

enum err ledger_things(struct county *c, const struct access *who,
                       const struct ledger *ledger, struct arena *a,
                       struct ledger_thing **out, size_t *n, struct error *e)
{
    struct whose w;
    struct conn *conn;
    *out = NULL;
    *n = 0;
    enum err code = whose(c, who, ledger, &w, e);
    if (!code && !ledger->goods) {
        if (!(*out = ARENA_NEW(a, struct ledger_thing)))
            return error_memory(e);
        **out = (struct ledger_thing){STR(""), ledger->label, ledger->unit, .low = NAN,
                                      .high = NAN};
        *n = 1;
        return ERR_OK;
    }
    if (!code)
        code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = read_things(conn, ledger, a, out, n, e);
    store_read_end(conn);
    return code;
}
