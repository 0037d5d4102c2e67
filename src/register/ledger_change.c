// SPDX-License-Identifier: AGPL-3.0-or-later
// Entries that speak of another entry: its reversal, and what arrived of it.
#include <math.h>

#include "register/ledger_private.h"
#include "register/rights.h"

struct changing {
    struct county *county;
    const struct access *who;
    int64_t entry;
    int32_t day;
    struct str reason;
    const int64_t *arrived;
    size_t n;
    bool confirm;
    struct arena *arena;
    struct ledger_posted *out;
};

static enum err conflict(struct error *e, const char *key, int64_t entry,
                         const char *what, int64_t by)
{
    if (by)
        return error_set(e, ERR_CONFLICT, key, NULL, "entry %lld %s (entry %lld)",
                         (long long)entry, what, (long long)by);
    return error_set(e, ERR_CONFLICT, key, NULL, "entry %lld %s", (long long)entry, what);
}

static struct ledger_end_of old_end(const struct ledger *g, int64_t place,
                                    struct str account)
{
    int i = account.n ? ledger_account_index(g, account) : -1;
    // an account that the pack has dropped refuses nothing
    bool negative = account.n ? i < 0 || g->accounts[i].negative : g->places_negative;
    return (struct ledger_end_of){place, account, negative};
}

// One who answers for a facility is not told of the entries of others.
static bool is_of_others(const struct ledger_book *b, const struct ledger *g,
                         const struct ledger_kept *was)
{
    const struct places *p = b->county->places;
    const struct reg r = ledger_reg(g);
    const int64_t ends[] = {was->from, was->to};
    int64_t own[ACCESS_MAX_GRANTS];
    for (int i = 0; i < 2; i++) {
        int32_t at = ends[i] ? places_facility_index(p, ends[i]) : -1;
        if (rights_of_row(p, b->who, &r, ACCESS_READ, 0, -1, at))
            return false;
    }
    return access_facilities(b->who, &r, ACCESS_READ, own) > 0;
}

// The entry, its ledger, and that its caller may write what the change is of.
static enum err begin(struct ledger_book *b, int64_t id, int32_t day, bool confirm,
                      struct ledger_kept *was, struct ledger_writing *w, struct error *e)
{
    struct str name;
    enum err code = ledger_kept_one(b->conn, id, b->arena, was, &name, e);
    if (code)
        return code;
    const struct ledger *g = pack_ledger(b->county->pack, name);
    if (!g) {
        error_set(e, ERR_NOT_FOUND, "ledger.gone", NULL,
                  "the pack has no ledger '" STR_FMT "' any more", STR_ARG(name));
        return error_cure(e, "add it to the pack again");
    }
    bool to_side =
        confirm || was->kind == LEDGER_CONFIRMATION || !was->from || was->from_account.n;
    code = ledger_check_day(day, e);
    if (!code)
        code = ledger_may_write(b, g, to_side ? was->to : was->from, e);
    if (code == ERR_FORBIDDEN && is_of_others(b, g, was))
        return ledger_no_entry(id, e);
    if (!code && day < was->day) {
        char text[DATE_TEXT_SIZE];
        date_format(was->day, text);
        code = error_set(e, ERR_INPUT, "ledger.before", "day",
                         "the day is before that of entry %lld, %s", (long long)id, text);
    }
    *w = (struct ledger_writing){.of = id,
                                 .ledger = g,
                                 .movement = was->movement,
                                 .day = day,
                                 .from = old_end(g, was->from, was->from_account),
                                 .to = old_end(g, was->to, was->to_account),
                                 .document = was->document,
                                 .temperature = NAN};
    return code;
}

enum err ledger_book_reverse(struct ledger_book *b, int64_t entry, int32_t day,
                             struct str reason, struct ledger_posted *out,
                             struct error *e)
{
    struct ledger_kept was;
    struct ledger_writing w;
    reason = str_trim(reason);
    *out = (struct ledger_posted){0};
    enum err code = begin(b, entry, day, false, &was, &w, e);
    if (code)
        return code;
    if (!reason.n || reason.n > 5 * LEDGER_TEXT_MAX)
        return error_set(e, ERR_INPUT, "ledger.reason", "reason",
                         reason.n ? "the reason is too long"
                                  : "a reversal needs a reason");
    if (was.kind == LEDGER_REVERSAL) {
        conflict(e, "ledger.of_reversal", entry, "is a reversal itself", 0);
        return error_cure(e, "post the entry again");
    }
    if (was.reversed_by)
        return conflict(e, "ledger.reversed", entry, "has been reversed",
                        was.reversed_by);
    if (was.confirmed_by) {
        conflict(e, "ledger.confirmed", entry, "has been confirmed", was.confirmed_by);
        return error_cure(e, "reverse the confirmation first");
    }
    struct ledger_end_of from = w.from;
    w.kind = LEDGER_REVERSAL;
    w.from = w.to;
    w.to = from;
    w.note = reason;
    for (size_t i = 0; i < was.n_lines; i++)
        was.lines[i].counted = -1;
    w.lines = was.lines;
    w.n_lines = was.n_lines;
    code = ledger_write(b, &w, e);
    if (!code)
        out->id = w.id;
    return code;
}

enum err ledger_book_confirm(struct ledger_book *b, int64_t entry, int32_t day,
                             const int64_t *arrived, size_t n, struct ledger_posted *out,
                             struct error *e)
{
    struct ledger_kept was;
    struct ledger_writing w;
    *out = (struct ledger_posted){0};
    enum err code = begin(b, entry, day, true, &was, &w, e);
    if (code)
        return code;
    if (was.kind != LEDGER_ENTRY || !str_equal_c(was.to_account, LEDGER_ON_THE_WAY))
        return conflict(e, "ledger.no_confirm", entry, "asks for no confirmation", 0);
    if (was.reversed_by)
        return conflict(e, "ledger.reversed", entry, "has been reversed",
                        was.reversed_by);
    if (was.confirmed_by)
        return conflict(e, "ledger.confirmed", entry, "has been confirmed",
                        was.confirmed_by);
    if (n != was.n_lines)
        return error_set(e, ERR_INPUT, "ledger.lines", "arrived",
                         "entry %lld has %zu lines, and %zu quantities are given",
                         (long long)entry, was.n_lines, n);
    for (size_t i = 0; i < n; i++) {
        if (arrived[i] < 0 || arrived[i] > LEDGER_QUANTITY_MAX)
            return error_set(e, ERR_INPUT, "ledger.quantity", "arrived",
                             "line %zu: the quantity must be 0 or more", i + 1);
        was.lines[i].quantity = arrived[i];
        was.lines[i].price = 0; // it is in the entry
    }
    w.kind = LEDGER_CONFIRMATION;
    w.from = w.to;
    w.to = (struct ledger_end_of){was.to, STR(""), w.ledger->places_negative};
    w.lines = was.lines;
    w.n_lines = n;
    code = ledger_write(b, &w, e);
    if (!code)
        out->id = w.id;
    return code;
}

static enum err change_job(struct conn *conn, void *argument, struct error *e)
{
    struct changing *x = argument;
    struct ledger_book b;
    enum err code = ledger_book_begin(&b, x->county, conn, x->who, x->arena, e);
    if (code)
        return code;
    return x->confirm
               ? ledger_book_confirm(&b, x->entry, x->day, x->arrived, x->n, x->out, e)
               : ledger_book_reverse(&b, x->entry, x->day, x->reason, x->out, e);
}

enum err ledger_reverse(struct county *c, const struct access *who, int64_t entry,
                        int32_t day, struct str reason, struct arena *a,
                        struct ledger_posted *out, struct error *e)
{
    struct changing x = {.county = c,
                         .who = who,
                         .entry = entry,
                         .day = day,
                         .reason = reason,
                         .arena = a,
                         .out = out};
    return store_write(c->store, change_job, &x, e);
}

enum err ledger_confirm(struct county *c, const struct access *who, int64_t entry,
                        int32_t day, const int64_t *arrived, size_t n, struct arena *a,
                        struct ledger_posted *out, struct error *e)
{
    struct changing x = {.county = c,
                         .who = who,
                         .entry = entry,
                         .day = day,
                         .arrived = arrived,
                         .n = n,
                         .confirm = true,
                         .arena = a,
                         .out = out};
    return store_write(c->store, change_job, &x, e);
}
