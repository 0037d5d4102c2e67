// SPDX-License-Identifier: AGPL-3.0-or-later
// What an entry must be before it is written.
#include <math.h>
#include <string.h>

#include "register/ledger_private.h"

// --- small things

struct reg ledger_reg(const struct ledger *ledger)
{
    return (struct reg){.name = ledger->name, .purpose = ledger->purpose};
}

int ledger_account_index(const struct ledger *ledger, struct str name)
{
    for (size_t i = 0; i < ledger->n_accounts; i++)
        if (str_equal(ledger->accounts[i].name, name))
            return (int)i;
    return -1;
}

struct str ledger_quantity(const struct ledger *ledger, int64_t quantity, struct arena *a)
{
    const int64_t one = ledger->goods ? LEDGER_UNIT : LEDGER_CENT;
    const char *sign = quantity < 0 ? "-" : "";
    uint64_t size = quantity < 0 ? -(uint64_t)quantity : (uint64_t)quantity;
    uint64_t whole = size / (uint64_t)one, part = size % (uint64_t)one;
    int digits = ledger->goods ? 3 : 2;
    if (ledger->goods) {
        for (; digits > 0 && part % 10 == 0; digits--)
            part /= 10;
        if (!digits)
            return str_format(a, "%s%llu", sign, (unsigned long long)whole);
    }
    return str_format(a, "%s%llu.%0*llu", sign, (unsigned long long)whole, digits,
                      (unsigned long long)part);
}

bool ledger_quantity_from(const struct ledger *ledger, struct str text, int64_t *out)
{
    int digits = ledger->goods ? 3 : 2, after = -1;
    int64_t value = 0;
    bool minus = text.n && text.p[0] == '-', any = false;
    for (size_t i = minus; i < text.n; i++) {
        char c = text.p[i];
        if (c == '.' && after < 0 && any) {
            after = 0;
            continue;
        }
        if (c < '0' || c > '9' || after == digits)
            return false;
        any = true;
        value = value * 10 + (c - '0');
        after += after >= 0;
        if (value > LEDGER_QUANTITY_MAX)
            return false;
    }
    if (!any || after == 0)
        return false;
    for (after = after < 0 ? 0 : after; after < digits; after++)
        value *= 10;
    if (value > LEDGER_QUANTITY_MAX)
        return false;
    *out = minus ? -value : value;
    return true;
}

// --- items

static enum err item_read(struct ledger_book *b, const struct ledger *g, struct str code,
                          struct ledger_item *out, bool *there, struct error *e)
{
    const struct field *const fields[] = {g->item_unit, g->cold_low, g->cold_high};
    struct buf sql = BUF_INIT(2000);
    struct stmt *s = NULL;
    buf_add_c(&sql, "SELECT ");
    for (int i = 0; i < 3; i++) {
        if (fields[i])
            buf_printf(&sql, "\"" STR_FMT "\", ", STR_ARG(fields[i]->column));
        else
            buf_add_c(&sql, "NULL, ");
    }
    buf_printf(&sql,
               "1 FROM \"" STR_FMT "\" WHERE \"" STR_FMT "\" = ? AND state ="
               " 'current'",
               STR_ARG(g->items->table), STR_ARG(g->items->key[0]->column));
    enum err result = buf_check(&sql, e);
    if (!result)
        result = conn_prepare(b->conn, buf_str(&sql), &s, e);
    if (!result) {
        stmt_bind_text(s, 1, code);
        result = stmt_step(s, there, e);
    }
    if (!result && *there) {
        *out = (struct ledger_item){.code = str_copy(b->arena, code),
                                    .unit = str_copy(b->arena, stmt_text(s, 0)),
                                    .has_low = stmt_kind(s, 1) != STMT_NULL,
                                    .has_high = stmt_kind(s, 2) != STMT_NULL,
                                    .low = stmt_double(s, 1),
                                    .high = stmt_double(s, 2)};
        if (!out->code.p || (!out->unit.p && stmt_text(s, 0).p))
            result = error_memory(e);
    }
    stmt_finish(s);
    buf_free(&sql);
    return result;
}

enum err ledger_item_find(struct ledger_book *b, const struct ledger *ledger,
                          struct str code, struct ledger_item *out, struct error *e)
{
    bool there = false;
    if (b->items_of != ledger)
        b->n_items = 0;
    b->items_of = ledger;
    for (size_t i = 0; i < b->n_items; i++)
        if (str_equal(b->items[i].code, code)) {
            *out = b->items[i];
            return ERR_OK;
        }
    enum err result = item_read(b, ledger, code, out, &there, e);
    if (result)
        return result;
    if (!there) {
        error_set(e, ERR_INPUT, "ledger.item", NULL,
                  "there is no item '" STR_FMT "' in " STR_FMT, STR_ARG(code),
                  STR_ARG(ledger->items->name));
        return error_cure(e, "write the code of an item, or enter the item first");
    }
    if (b->n_items == b->capacity) {
        size_t more = b->capacity ? b->capacity * 2 : 16;
        struct ledger_item *list = ARENA_ARRAY(b->arena, struct ledger_item, more);
        if (!list)
            return error_memory(e);
        if (b->n_items)
            memcpy(list, b->items, b->n_items * sizeof *list);
        b->items = list;
        b->capacity = more;
    }
    b->items[b->n_items++] = *out;
    return ERR_OK;
}

// --- the heading

static enum err check_place(const struct ledger_book *b, const struct ledger_entry *x,
                            enum ledger_end at, int64_t place, const char *where,
                            struct error *e)
{
    const struct places *p = b->county->places;
    int32_t i = place ? places_facility_index(p, place) : -1;
    if (at == LEDGER_AT_ACCOUNT)
        return !place ? ERR_OK
                      : error_set(e, ERR_INPUT, "ledger.no_place", where,
                                  "movement '" STR_FMT "' has no place there",
                                  STR_ARG(x->movement->name));
    if (i < 0) {
        error_set(e, ERR_INPUT, "ledger.place", where,
                  place ? "there is no such facility"
                        : "movement '" STR_FMT "' needs a facility there",
                  STR_ARG(x->movement->name));
        return error_cure(e, "write the code or name of a facility");
    }
    const struct facility *f = &p->facilities[i];
    if ((f->valid_from != DATE_NONE && x->day < f->valid_from) ||
        (f->valid_to != DATE_NONE && x->day > f->valid_to)) {
        char day[DATE_TEXT_SIZE];
        date_format(x->day, day);
        return error_set(e, ERR_INPUT, "ledger.place", where,
                         STR_FMT " was not there on %s", STR_ARG(f->name), day);
    }
    return ERR_OK;
}

enum err ledger_check_day(int32_t day, struct error *e)
{
    char text[DATE_TEXT_SIZE];
    if (day == DATE_NONE)
        return error_set(e, ERR_INPUT, "ledger.day", "day", "the day is missing");
    date_format(day, text);
    if (day > date_today()) {
        error_set(e, ERR_INPUT, "ledger.day", "day", "%s is still to come", text);
        return error_cure(e, "post what has happened");
    }
    if (day < 0 || day >= LEDGER_DAYS)
        return error_set(e, ERR_INPUT, "ledger.day", "day",
                         "%s is not within 1970 to 2149", text);
    return ERR_OK;
}

static enum err check_texts(const struct ledger_entry *x, struct error *e)
{
    const struct str texts[] = {x->document, x->note, x->key};
    static const char *const names[] = {"document", "note", "key"};
    for (size_t i = 0; i < 3; i++)
        if (texts[i].n > LEDGER_TEXT_MAX * (i == 1 ? 5u : 1u))
            return error_set(e, ERR_LIMIT, "ledger.text", names[i],
                             "the text has %zu bytes; %u are the most", texts[i].n,
                             LEDGER_TEXT_MAX * (i == 1 ? 5u : 1u));
    if (isinf(x->temperature) || fabs(x->temperature) > 200)
        return error_set(e, ERR_INPUT, "ledger.temperature", "temperature",
                         "the temperature is none of goods, in degrees Celsius");
    return ERR_OK;
}

// Whether the caller may write what is of this end.
enum err ledger_may_write(const struct ledger_book *b, const struct ledger *g,
                          int64_t place, struct error *e)
{
    const struct places *p = b->county->places;
    struct reg r = ledger_reg(g);
    int32_t i = place ? places_facility_index(p, place) : -1;
    enum err code = access_write_some(b->who, &r, e);
    if (code || rights_of_row(p, b->who, &r, ACCESS_WRITE, 0, -1, i))
        return code;
    if (i >= 0)
        return error_set(e, ERR_FORBIDDEN, "access.area", NULL,
                         STR_FMT " may not post for " STR_FMT, STR_ARG(b->who->name),
                         STR_ARG(p->facilities[i].name));
    return error_set(e, ERR_FORBIDDEN, "access.area", NULL,
                     STR_FMT " may not post between accounts of the whole county",
                     STR_ARG(b->who->name));
}

static enum err check_heading(const struct ledger_book *b, const struct ledger_entry *x,
                              struct error *e)
{
    const struct ledger_movement *m = x->movement;
    enum err code = ledger_check_day(x->day, e);
    if (!code)
        code = check_place(b, x, m->from, x->from, "from", e);
    if (!code)
        code = check_place(b, x, m->to, x->to, "to", e);
    if (!code && x->from && x->from == x->to)
        code = error_set(e, ERR_INPUT, "ledger.same_place", "to",
                         "what moves from a place goes to another one");
    if (!code)
        code = check_texts(x, e);
    if (!code)
        code = ledger_may_write(b, x->ledger, x->from ? x->from : x->to, e);
    if (!code && !x->n_lines)
        code = error_set(e, ERR_INPUT, "ledger.lines", "lines", "the entry has no lines");
    if (!code && x->n_lines > LEDGER_LINES_MAX)
        code = error_set(e, ERR_LIMIT, "ledger.lines", "lines",
                         "the entry has %zu lines; %d are the most", x->n_lines,
                         (int)LEDGER_LINES_MAX);
    return code;
}

// --- lines

struct warnings {
    bool expired, cold;
    struct buf en, zh;
};

static void warn(struct buf *b, const char *between)
{
    if (b->n)
        buf_add_c(b, between);
}

// What is known of the lot; a day that differs from it is a mistake in one of the two.
static enum err known_lot(struct ledger_book *b, const struct ledger *g,
                          struct ledger_kept_line *line, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(b->conn, "ledger.lot_find",
                              "SELECT expires FROM heng_ledger_lots WHERE ledger = ? AND"
                              " item = ? AND lot = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, g->name);
    stmt_bind_text(s, 2, line->item);
    stmt_bind_text(s, 3, line->lot.number);
    code = stmt_step(s, &row, e);
    int32_t known = DATE_NONE;
    if (!code && row && stmt_text(s, 0).n)
        code = date_parse(stmt_text(s, 0), &known, e);
    stmt_finish(s);
    if (code || known == DATE_NONE)
        return code;
    if (line->lot.expires != DATE_NONE && line->lot.expires != known) {
        char was[DATE_TEXT_SIZE], is[DATE_TEXT_SIZE];
        date_format(known, was);
        date_format(line->lot.expires, is);
        error_set(e, ERR_INPUT, "ledger.expires", NULL,
                  "lot " STR_FMT " of " STR_FMT " expires on %s by earlier entries, and"
                  " on %s by this one",
                  STR_ARG(line->lot.number), STR_ARG(line->item), was, is);
        return error_cure(e, "look at the package; if the earlier entry is wrong, reverse"
                             " it, and post the lot under a number of its own");
    }
    line->lot.expires = known;
    return ERR_OK;
}

static enum err check_expired(const struct ledger_entry *x,
                              const struct ledger_kept_line *line, struct warnings *w,
                              struct error *e)
{
    const struct ledger_movement *m = x->movement;
    char day[DATE_TEXT_SIZE];
    if (line->lot.expires == DATE_NONE || line->lot.expires >= x->day || m->count)
        return ERR_OK;
    date_format(line->lot.expires, day);
    if (m->from == LEDGER_AT_PLACE && m->to == LEDGER_AT_ACCOUNT && !m->expired) {
        error_set(e, ERR_INPUT, "ledger.expired", NULL,
                  "lot " STR_FMT " of " STR_FMT " expired on %s and may not be used",
                  STR_ARG(line->lot.number), STR_ARG(line->item), day);
        return error_cure(e, "take another lot; post this one as destroyed or returned");
    }
    if (w->en.n < 600) {
        warn(&w->en, "; ");
        buf_printf(&w->en, "lot " STR_FMT " of " STR_FMT " expired on %s",
                   STR_ARG(line->lot.number), STR_ARG(line->item), day);
        warn(&w->zh, "；");
        buf_printf(&w->zh, STR_FMT " 批号 " STR_FMT " 已于 %s 过期", STR_ARG(line->item),
                   STR_ARG(line->lot.number), day);
    }
    return ERR_OK;
}

static void check_cold(const struct ledger_entry *x, const struct ledger_item *item,
                       struct warnings *w)
{
    bool under = item->has_low && x->temperature < item->low;
    bool over = item->has_high && x->temperature > item->high;
    if (isnan(x->temperature) || (!under && !over) || w->en.n >= 600)
        return;
    double limit = under ? item->low : item->high;
    warn(&w->en, "; ");
    buf_printf(&w->en, STR_FMT " came at %.1f °C, %s the limit of %.1f °C",
               STR_ARG(item->code), x->temperature, under ? "under" : "over", limit);
    warn(&w->zh, "；");
    buf_printf(&w->zh, STR_FMT " 到货温度 %.1f ℃，%s限值 %.1f ℃", STR_ARG(item->code),
               x->temperature, under ? "低于" : "高于", limit);
}

static enum err check_amounts(const struct ledger_entry *x, const struct ledger_line *l,
                              struct error *e)
{
    int64_t least = x->movement->count ? 0 : 1;
    if (l->quantity < least || l->quantity > LEDGER_QUANTITY_MAX)
        return error_set(e, ERR_INPUT, "ledger.quantity", NULL,
                         l->quantity < least ? "the quantity must be more than nothing"
                                             : "the quantity is too large");
    if (l->price < 0 || l->price > LEDGER_QUANTITY_MAX)
        return error_set(e, ERR_INPUT, "ledger.price", NULL,
                         "the price must be from 0 to 10,000,000,000");
    if (!x->ledger->goods && (l->item.n || l->price))
        return error_set(e, ERR_INPUT, "ledger.money", NULL,
                         "a line of money has no item and no price");
    if (x->ledger->goods && !l->item.n)
        return error_set(e, ERR_INPUT, "ledger.item", NULL, "the item is missing");
    if (x->ledger->lots != (l->lot.number.n > 0) ||
        (!l->lot.number.n && l->lot.expires != DATE_NONE))
        return error_set(e, ERR_INPUT, "ledger.lot", NULL,
                         x->ledger->lots ? "the number of the lot is missing"
                                         : "this ledger has no lots");
    if (l->lot.number.n > LEDGER_TEXT_MAX)
        return error_set(e, ERR_LIMIT, "ledger.lot", NULL,
                         "the number of the lot is too long");
    return ERR_OK;
}

// Of a count the difference to the evening's balance is what moves.
static enum err count_difference(struct ledger_book *b, const struct ledger_entry *x,
                                 struct ledger_kept_line *line, struct error *e)
{
    struct stmt *s;
    bool row = false;
    int64_t is = 0, low;
    enum err code = conn_stmt(b->conn, "ledger.balance_find",
                              "SELECT id FROM heng_ledger_balances WHERE ledger = ? AND"
                              " place = ? AND account = ? AND item = ? AND lot = ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->ledger->name);
    stmt_bind_int(s, 2, x->from);
    stmt_bind_text(s, 3, STR(""));
    stmt_bind_text(s, 4, line->item);
    stmt_bind_text(s, 5, line->lot.number);
    code = stmt_step(s, &row, e);
    int64_t balance = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    if (!code && balance)
        code = ledger_totals_on(b->conn, balance, x->day, &is, &low, e);
    line->counted = line->quantity;
    // from the place to the account of differences: what is missing
    line->quantity = is - line->counted;
    return code;
}

static enum err check_line(struct ledger_book *b, const struct ledger_entry *x, size_t i,
                           struct ledger_kept_line *out, struct warnings *w,
                           struct error *e)
{
    const struct ledger_line *l = &x->lines[i];
    struct ledger_item item = {0};
    *out = (struct ledger_kept_line){.item = l->item.p ? l->item : STR(""),
                                     .lot = l->lot,
                                     .quantity = l->quantity,
                                     .counted = -1,
                                     .price = l->price};
    if (!out->lot.number.p)
        out->lot.number = STR("");
    enum err code = check_amounts(x, l, e);
    if (!code && x->ledger->goods)
        code = ledger_item_find(b, x->ledger, l->item, &item, e);
    if (!code && x->ledger->lots)
        code = known_lot(b, x->ledger, out, e);
    if (!code)
        code = check_expired(x, out, w, e);
    for (size_t k = 0; !code && x->movement->count && k < i; k++)
        if (str_equal(x->lines[k].item, l->item) &&
            str_equal(x->lines[k].lot.number, l->lot.number))
            code = error_set(e, ERR_INPUT, "ledger.twice", NULL,
                             "the same is counted in line %zu", k + 1);
    if (!code && x->movement->count)
        code = count_difference(b, x, out, e);
    if (!code && x->ledger->goods)
        check_cold(x, &item, w);
    return code;
}

static void name_line(struct error *e, size_t line)
{
    e->where[0] = '\0';
    (void)error_before(e, "line %zu: ", line);
}

static enum err check_lines(struct ledger_book *b, const struct ledger_entry *x,
                            struct ledger_writing *w, struct error *e)
{
    struct warnings warnings = {.en = BUF_INIT(2000), .zh = BUF_INIT(2000)};
    struct ledger_kept_line *lines =
        ARENA_ARRAY(b->arena, struct ledger_kept_line, x->n_lines);
    enum err code = lines ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < x->n_lines; i++) {
        code = check_line(b, x, i, &lines[i], &warnings, e);
        if (e && (code == ERR_INPUT || code == ERR_LIMIT))
            name_line(e, i + 1);
    }
    if (!code)
        code = buf_check(&warnings.en, e);
    if (!code)
        code = buf_check(&warnings.zh, e);
    if (!code && warnings.en.n) {
        w->warning.en = str_copy(b->arena, buf_str(&warnings.en));
        w->warning.zh = str_copy(b->arena, buf_str(&warnings.zh));
        if (!w->warning.en.p || !w->warning.zh.p)
            code = error_memory(e);
    }
    buf_free(&warnings.en);
    buf_free(&warnings.zh);
    w->lines = lines;
    w->n_lines = x->n_lines;
    return code;
}

// --- posting

static struct ledger_end_of end_of(const struct ledger *g, enum ledger_end at,
                                   int account, int64_t place)
{
    if (at == LEDGER_AT_PLACE)
        return (struct ledger_end_of){place, STR(""), g->places_negative};
    return (struct ledger_end_of){0, g->accounts[account].name,
                                  g->accounts[account].negative};
}

static enum err find_sent(struct ledger_book *b, struct str key,
                          struct ledger_posted *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(b->conn, "ledger.sent",
                              "SELECT id, warning_en, warning_zh FROM heng_ledger_entries"
                              " WHERE who = ? AND key = ? AND key <> ''",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, b->who->user);
    stmt_bind_text(s, 2, key);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        *out = (struct ledger_posted){.id = stmt_int(s, 0),
                                      .repeated = true,
                                      .warning = {str_copy(b->arena, stmt_text(s, 1)),
                                                  str_copy(b->arena, stmt_text(s, 2))}};
        if (!out->warning.en.p || !out->warning.zh.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

// A lot's day that was not said was filled in from what was known of the lot.
static bool is_same_line(const struct ledger_line *sent,
                         const struct ledger_kept_line *kept)
{
    int64_t quantity = kept->counted >= 0 ? kept->counted : kept->quantity;
    return str_equal(sent->item, kept->item) &&
           str_equal(sent->lot.number, kept->lot.number) &&
           (sent->lot.expires == DATE_NONE || sent->lot.expires == kept->lot.expires) &&
           sent->quantity == quantity && sent->price == kept->price;
}

static bool is_same(const struct ledger_entry *sent, const struct ledger_kept *kept,
                    struct str ledger)
{
    bool both = isnan(sent->temperature) == isnan(kept->temperature);
    bool same = str_equal(sent->ledger->name, ledger) &&
                str_equal(sent->movement->name, kept->movement) &&
                sent->day == kept->day && sent->from == kept->from &&
                sent->to == kept->to && str_equal(sent->document, kept->document) &&
                str_equal(sent->note, kept->note) && both &&
                (isnan(sent->temperature) || sent->temperature == kept->temperature) &&
                sent->n_lines == kept->n_lines;
    for (size_t i = 0; same && i < sent->n_lines; i++)
        same = is_same_line(&sent->lines[i], &kept->lines[i]);
    return same;
}

// An entry stays as it came, so what is sent again must be the same: else a program that
// takes a key twice would hear that its second entry is in the books.
static enum err check_sent(struct ledger_book *b, const struct ledger_entry *entry,
                           struct ledger_posted *out, struct error *e)
{
    struct ledger_kept kept;
    struct str ledger;
    enum err code = ledger_kept_one(b->conn, out->id, b->arena, &kept, &ledger, e);
    if (code || is_same(entry, &kept, ledger))
        return code;
    error_set(e, ERR_CONFLICT, "ledger.sent_other", "key",
              "entry %lld was sent with this key, and it says something else",
              (long long)out->id);
    *out = (struct ledger_posted){0};
    return error_cure(e, "take another key for another entry, or reverse that one");
}

enum err ledger_book_post(struct ledger_book *b, const struct ledger_entry *entry,
                          struct ledger_posted *out, struct error *e)
{
    const struct ledger *g = entry->ledger;
    const struct ledger_movement *m = entry->movement;
    struct ledger_writing w = {
        .kind = LEDGER_ENTRY,
        .ledger = g,
        .movement = m->name,
        .day = entry->day,
        .from = end_of(g, m->from, m->from_account, entry->from),
        .to = end_of(g, m->to, m->to_account, entry->to),
        .document = entry->document,
        .note = entry->note,
        .key = entry->key,
        .temperature = entry->temperature,
    };
    *out = (struct ledger_posted){0};
    if (m->confirm)
        w.to = (struct ledger_end_of){entry->to, STR(LEDGER_ON_THE_WAY), true};
    enum err code = check_heading(b, entry, e);
    if (!code && entry->key.n)
        code = find_sent(b, entry->key, out, e);
    if (code || out->repeated)
        return code ? code : check_sent(b, entry, out, e);
    code = check_lines(b, entry, &w, e);
    if (!code)
        code = ledger_write(b, &w, e);
    if (!code)
        *out = (struct ledger_posted){.id = w.id, .warning = w.warning};
    return code;
}

struct posting {
    struct county *county;
    const struct access *who;
    const struct ledger_entry *entries;
    size_t n;
    struct arena *arena;
    struct ledger_posted *out;
};

struct part {
    struct ledger_book *book;
    const struct ledger_entry *entry;
    struct ledger_posted *out;
};

static enum err post_part(struct conn *conn, void *argument, struct error *e)
{
    (void)conn;
    const struct part *x = argument;
    return ledger_book_post(x->book, x->entry, x->out, e);
}

static enum err post_job(struct conn *conn, void *argument, struct error *e)
{
    struct posting *x = argument;
    struct ledger_book b;
    enum err first = ERR_OK;
    enum err code = ledger_book_begin(&b, x->county, conn, x->who, x->arena, e);
    if (code || x->n == 1)
        return code ? code : ledger_book_post(&b, x->entries, x->out, e);
    for (size_t i = 0; i < x->n; i++) {
        struct part part = {&b, &x->entries[i], &x->out[i]};
        struct error one = {0};
        // the entries behind one that is refused are looked at as if it were not there
        code = store_part(conn, post_part, &part, &one);
        x->out[i].error = one;
        if (code && !first) {
            first = code;
            if (e)
                *e = one;
        }
        if (code && code != ERR_INPUT && code != ERR_CONFLICT && code != ERR_FORBIDDEN &&
            code != ERR_LIMIT)
            break; // the machine, not the entry
    }
    return first;
}

enum err ledger_post_many(struct county *c, const struct access *who,
                          const struct ledger_entry *entries, size_t n, struct arena *a,
                          struct ledger_posted *out, struct error *e)
{
    struct posting x = {c, who, entries, n, a, out};
    if (n > LEDGER_MANY)
        return error_set(e, ERR_LIMIT, "ledger.many", NULL,
                         "%zu entries at once; %d are the most", n, (int)LEDGER_MANY);
    return store_write(c->store, post_job, &x, e);
}

enum err ledger_post(struct county *c, const struct access *who,
                     const struct ledger_entry *entry, struct arena *a,
                     struct ledger_posted *out, struct error *e)
{
    return ledger_post_many(c, who, entry, 1, a, out, e);
}
