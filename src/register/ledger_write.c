// SPDX-License-Identifier: AGPL-3.0-or-later
// The tables of the ledgers, and the one way into them.
#include <math.h>
#include <string.h>

#include "register/ledger_private.h"

static const char *const schema[] = {
    // place and account of each side; both: on the way to the place. kind 0 an entry, 1
    // the reversal, 2 the confirmation of another
    "CREATE TABLE heng_ledger_entries (id INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " who INTEGER NOT NULL, kind INTEGER NOT NULL, of INTEGER, ledger TEXT NOT NULL,"
    " movement TEXT NOT NULL, day TEXT NOT NULL, from_place INTEGER NOT NULL,"
    " from_account TEXT NOT NULL, to_place INTEGER NOT NULL, to_account TEXT NOT NULL,"
    " document TEXT NOT NULL, note TEXT NOT NULL, temperature REAL,"
    " warning_en TEXT NOT NULL, warning_zh TEXT NOT NULL, key TEXT NOT NULL,"
    " hash BLOB NOT NULL) STRICT;"
    "CREATE INDEX heng_ledger_of ON heng_ledger_entries (of) WHERE of IS NOT NULL;"
    "CREATE UNIQUE INDEX heng_ledger_key ON heng_ledger_entries (who, key) WHERE key <>"
    " '';"
    "CREATE TABLE heng_ledger_lines (entry INTEGER NOT NULL, line INTEGER NOT NULL,"
    " item TEXT NOT NULL, lot TEXT NOT NULL, expires TEXT NOT NULL,"
    " quantity INTEGER NOT NULL, counted INTEGER, price INTEGER NOT NULL,"
    " PRIMARY KEY (entry, line)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE heng_ledger_lots (ledger TEXT NOT NULL, item TEXT NOT NULL,"
    " lot TEXT NOT NULL, expires TEXT NOT NULL, priced INTEGER NOT NULL,"
    " price INTEGER NOT NULL, PRIMARY KEY (ledger, item, lot)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE heng_ledger_balances (id INTEGER PRIMARY KEY, ledger TEXT NOT NULL,"
    " place INTEGER NOT NULL, account TEXT NOT NULL, item TEXT NOT NULL,"
    " lot TEXT NOT NULL, quantity INTEGER NOT NULL, low INTEGER NOT NULL,"
    " last TEXT NOT NULL, UNIQUE (ledger, place, account, item, lot)) STRICT;"
    "CREATE TABLE heng_ledger_totals (balance INTEGER NOT NULL, level INTEGER NOT NULL,"
    " node INTEGER NOT NULL, sum INTEGER NOT NULL, low INTEGER NOT NULL,"
    " PRIMARY KEY (balance, level, node)) STRICT, WITHOUT ROWID;",
};

enum err ledger_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "ledgers", schema, sizeof schema / sizeof *schema, e);
}

// --- the chain

static void hash_end(struct chain_state *s, const struct ledger_end_of *x, int64_t place)
{
    chain_add_int(s, place);
    chain_add_field(s, x->account);
}

void ledger_hash_head(struct chain_state *s, const struct chain_hash *before,
                      const struct ledger_writing *w)
{
    uint64_t bits = 0;
    double temperature = isnan(w->temperature) ? NAN : w->temperature + 0.0;
    memcpy(&bits, &temperature, sizeof bits);
    chain_begin(s);
    chain_add(s, (struct str){(const char *)before->bytes, CHAIN_HASH_SIZE});
    const int64_t numbers[] = {w->id,
                               w->at,
                               w->who,
                               w->kind,
                               w->of,
                               w->day,
                               isnan(w->temperature) ? 0 : (int64_t)bits,
                               !isnan(w->temperature)};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        chain_add_int(s, numbers[i]);
    chain_add_field(s, w->ledger->name);
    chain_add_field(s, w->movement);
    hash_end(s, &w->from, w->from.place);
    hash_end(s, &w->to, w->to.place);
    const struct str texts[] = {w->document, w->note, w->warning.en, w->warning.zh,
                                w->key};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        chain_add_field(s, texts[i]);
}

void ledger_hash_line(struct chain_state *s, const struct ledger_kept_line *line)
{
    chain_add_field(s, line->item);
    chain_add_field(s, line->lot.number);
    const int64_t numbers[] = {line->lot.expires, line->quantity, line->counted,
                               line->price};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        chain_add_int(s, numbers[i]);
}

enum err ledger_book_begin(struct ledger_book *b, struct county *c, struct conn *conn,
                           const struct access *who, struct arena *a, struct error *e)
{
    struct stmt *s;
    bool row = false;
    *b = (struct ledger_book){.county = c, .conn = conn, .who = who, .arena = a};
    enum err code = conn_stmt(conn, "ledger.head",
                              "SELECT id, hash FROM heng_ledger_entries ORDER BY id DESC"
                              " LIMIT 1",
                              &s, e);
    if (code)
        return code;
    code = stmt_step(s, &row, e);
    if (!code && row) {
        struct str hash = stmt_blob(s, 1);
        b->last = stmt_int(s, 0);
        if (hash.n == CHAIN_HASH_SIZE)
            memcpy(b->hash.bytes, hash.p, CHAIN_HASH_SIZE);
        else
            code = error_set(e, ERR_CORRUPT, "ledger.hash", NULL,
                             "the last entry of the ledgers has no valid hash");
    }
    stmt_finish(s);
    return code;
}

// --- balances

static enum err balance_find(struct ledger_book *b, const struct ledger_writing *w,
                             const struct ledger_end_of *x,
                             const struct ledger_kept_line *line, int64_t *id,
                             struct error *e)
{
    struct stmt *s;
    bool row = false;
    const char *const names[] = {"ledger.balance_find", "ledger.balance_make"};
    const char *const sql[] = {
        "SELECT id FROM heng_ledger_balances WHERE ledger = ? AND place = ? AND account ="
        " ? AND item = ? AND lot = ?",
        "INSERT INTO heng_ledger_balances (ledger, place, account, item, lot, quantity,"
        " low, last) VALUES (?, ?, ?, ?, ?, 0, 0, '') RETURNING id"};
    enum err code = ERR_OK;
    for (int i = 0; !code && !row && i < 2; i++) {
        code = conn_stmt(b->conn, names[i], sql[i], &s, e);
        if (code)
            return code;
        stmt_bind_text(s, 1, w->ledger->name);
        stmt_bind_int(s, 2, x->place);
        stmt_bind_text(s, 3, x->account);
        stmt_bind_text(s, 4, line->item);
        stmt_bind_text(s, 5, line->lot.number);
        code = stmt_step(s, &row, e);
        *id = !code && row ? stmt_int(s, 0) : 0;
        stmt_finish(s);
    }
    return code;
}

static struct str place_named(const struct county *c, int64_t id)
{
    int32_t i = places_facility_index(c->places, id);
    return i >= 0 ? c->places->facilities[i].name : STR("a place that was struck");
}

// What the one who posts is told: where, of what, how much there is.
static enum err under_zero(struct ledger_book *b, const struct ledger_writing *w,
                           const struct ledger_end_of *x,
                           const struct ledger_kept_line *line, int64_t balance,
                           int64_t taken, struct error *e)
{
    int32_t day;
    int64_t sum = 0;
    char text[DATE_TEXT_SIZE];
    enum err code = ledger_totals_under(b->conn, balance, &day, &sum, e);
    if (code)
        return code;
    date_format(day, text);
    struct str is = ledger_quantity(w->ledger, sum + taken, b->arena);
    struct str less = ledger_quantity(w->ledger, taken, b->arena);
    struct str name = x->place ? place_named(b->county, x->place) : x->account;
    if (!is.p || !less.p)
        return error_memory(e);
    error_set(e, ERR_CONFLICT, "ledger.under_zero", NULL,
              "" STR_FMT " has " STR_FMT "%s" STR_FMT "%s" STR_FMT " on %s; " STR_FMT
              " cannot be taken from it",
              STR_ARG(name), STR_ARG(is), line->item.n ? " of " : "", STR_ARG(line->item),
              line->lot.number.n ? ", lot " : "", STR_ARG(line->lot.number), text,
              STR_ARG(less));
    return error_cure(e, day > w->day
                             ? "what was posted for later days needs it: post what came"
                               " in before, or reverse the later entry"
                             : "post what came in before it, or count the stock");
}

static enum err move(struct ledger_book *b, const struct ledger_writing *w,
                     const struct ledger_end_of *x, const struct ledger_kept_line *line,
                     int64_t delta, struct error *e)
{
    int64_t balance;
    struct ledger_total root;
    struct stmt *s;
    char day[DATE_TEXT_SIZE];
    enum err code = balance_find(b, w, x, line, &balance, e);
    if (!code)
        code = ledger_totals_add(b->conn, balance, w->day, delta, &root, e);
    if (!code && delta < 0 && root.low < 0 && !x->negative)
        code = under_zero(b, w, x, line, balance, -delta, e);
    if (!code)
        code = conn_stmt(b->conn, "ledger.balance_set",
                         "UPDATE heng_ledger_balances SET quantity = ?, low = ?, last ="
                         " max(last, ?) WHERE id = ?",
                         &s, e);
    if (code)
        return code;
    date_format(w->day, day);
    stmt_bind_int(s, 1, root.sum);
    stmt_bind_int(s, 2, root.low);
    stmt_bind_text(s, 3, str_of(day));
    stmt_bind_int(s, 4, balance);
    return stmt_done(s, e);
}

// --- lots

// Prices are known of what came in from an account; a reversal takes them back.
static enum err keep_lot(struct ledger_book *b, const struct ledger_writing *w,
                         const struct ledger_kept_line *line, struct error *e)
{
    struct stmt *s;
    char expires[DATE_TEXT_SIZE];
    int64_t sign = 0;
    if (line->price && w->kind == LEDGER_ENTRY && w->from.account.n)
        sign = 1;
    else if (line->price && w->kind == LEDGER_REVERSAL && w->to.account.n &&
             !w->from.account.n)
        sign = -1;
    if (!sign && line->lot.expires == DATE_NONE)
        return ERR_OK;
    enum err code = conn_stmt(b->conn, "ledger.lot",
                              "INSERT INTO heng_ledger_lots (ledger, item, lot, expires,"
                              " priced, price) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO"
                              " UPDATE SET expires = max(expires, excluded.expires),"
                              " priced = priced + excluded.priced, price = price +"
                              " excluded.price",
                              &s, e);
    if (code)
        return code;
    date_format(line->lot.expires, expires);
    stmt_bind_text(s, 1, w->ledger->name);
    stmt_bind_text(s, 2, line->item);
    stmt_bind_text(s, 3, line->lot.number);
    stmt_bind_text(s, 4, str_of(expires));
    stmt_bind_int(s, 5, sign * line->quantity);
    stmt_bind_int(s, 6, sign * line->price);
    return stmt_done(s, e);
}

// --- the entry

static enum err write_head(struct ledger_book *b, const struct ledger_writing *w,
                           struct error *e)
{
    struct stmt *s;
    char day[DATE_TEXT_SIZE];
    enum err code =
        conn_stmt(b->conn, "ledger.entry",
                  "INSERT INTO heng_ledger_entries (id, at, who, kind, of, ledger,"
                  " movement, day, from_place, from_account, to_place, to_account,"
                  " document, note, temperature, warning_en, warning_zh, key, hash)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  &s, e);
    if (code)
        return code;
    date_format(w->day, day);
    stmt_bind_int(s, 1, w->id);
    stmt_bind_int(s, 2, w->at);
    stmt_bind_int(s, 3, w->who);
    stmt_bind_int(s, 4, w->kind);
    if (w->of)
        stmt_bind_int(s, 5, w->of);
    stmt_bind_text(s, 6, w->ledger->name);
    stmt_bind_text(s, 7, w->movement);
    stmt_bind_text(s, 8, str_of(day));
    stmt_bind_int(s, 9, w->from.place);
    stmt_bind_text(s, 10, w->from.account);
    stmt_bind_int(s, 11, w->to.place);
    stmt_bind_text(s, 12, w->to.account);
    stmt_bind_text(s, 13, w->document);
    stmt_bind_text(s, 14, w->note);
    if (!isnan(w->temperature))
        stmt_bind_double(s, 15, w->temperature);
    stmt_bind_text(s, 16, w->warning.en);
    stmt_bind_text(s, 17, w->warning.zh);
    stmt_bind_text(s, 18, w->key);
    stmt_bind_blob(s, 19, b->hash.bytes, CHAIN_HASH_SIZE);
    return stmt_done(s, e);
}

static enum err write_line(struct ledger_book *b, const struct ledger_writing *w,
                           size_t i, struct error *e)
{
    const struct ledger_kept_line *line = &w->lines[i];
    struct stmt *s;
    char expires[DATE_TEXT_SIZE];
    enum err code = conn_stmt(b->conn, "ledger.line",
                              "INSERT INTO heng_ledger_lines (entry, line, item, lot,"
                              " expires, quantity, counted, price) VALUES (?, ?, ?, ?, ?,"
                              " ?, ?, ?)",
                              &s, e);
    if (code)
        return code;
    date_format(line->lot.expires, expires);
    stmt_bind_int(s, 1, w->id);
    stmt_bind_int(s, 2, (int64_t)i + 1);
    stmt_bind_text(s, 3, line->item);
    stmt_bind_text(s, 4, line->lot.number);
    stmt_bind_text(s, 5, str_of(expires));
    stmt_bind_int(s, 6, line->quantity);
    if (line->counted >= 0)
        stmt_bind_int(s, 7, line->counted);
    stmt_bind_int(s, 8, line->price);
    return stmt_done(s, e);
}

static void never_null(struct str *s)
{
    if (!s->p)
        *s = STR("");
}

enum err ledger_write(struct ledger_book *b, struct ledger_writing *w, struct error *e)
{
    struct chain_state state;
    enum err code = ERR_OK;
    struct str *const texts[] = {&w->movement,   &w->from.account, &w->to.account,
                                 &w->document,   &w->note,         &w->key,
                                 &w->warning.en, &w->warning.zh};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        never_null(texts[i]);
    w->id = b->last + 1;
    w->at = date_now_ms();
    w->who = b->who->user;
    ledger_hash_head(&state, &b->hash, w);
    for (size_t i = 0; !code && i < w->n_lines; i++) {
        const struct ledger_kept_line *line = &w->lines[i];
        ledger_hash_line(&state, line);
        code = write_line(b, w, i, e);
        // what takes comes first: so a refusal names the place that has too little
        if (!code && line->quantity)
            code = line->quantity > 0 ? move(b, w, &w->from, line, -line->quantity, e)
                                      : move(b, w, &w->to, line, line->quantity, e);
        if (!code && line->quantity)
            code = line->quantity > 0 ? move(b, w, &w->to, line, line->quantity, e)
                                      : move(b, w, &w->from, line, -line->quantity, e);
        if (!code)
            code = keep_lot(b, w, line, e);
    }
    struct chain_hash before = b->hash;
    b->hash = chain_end(&state);
    if (!code)
        code = write_head(b, w, e);
    if (code) {
        b->hash = before;
        return code;
    }
    b->last = w->id;
    return ERR_OK;
}
