// SPDX-License-Identifier: AGPL-3.0-or-later
// The proof of the ledgers: the chain of entries with their lines, and every balance and
// day total from the lines alone.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "register/history.h"
#include "register/ledger_private.h"

struct verifying {
    struct conn *conn;
    void (*tell)(void *, const char *);
    void *argument;
};

#define TELL(v, ...)                                                                     \
    do {                                                                                 \
        char text_[300];                                                                 \
        snprintf(text_, sizeof text_, __VA_ARGS__);                                      \
        (v)->tell((v)->argument, text_);                                                 \
    } while (0)

static int32_t day_of(struct str text)
{
    int32_t day;
    return text.n && !date_parse(text, &day, NULL) ? day : DATE_NONE;
}

static enum err hash_lines(struct conn *c, int64_t entry, struct chain_state *state,
                           struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "ledger.verify_lines",
                              "SELECT item, lot, expires, quantity, coalesce(counted,"
                              " -1), price FROM heng_ledger_lines WHERE entry = ? ORDER"
                              " BY line",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, entry);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;)
        ledger_hash_line(state, &(struct ledger_kept_line){
                                    .item = stmt_text(s, 0),
                                    .lot = {stmt_text(s, 1), day_of(stmt_text(s, 2))},
                                    .quantity = stmt_int(s, 3),
                                    .counted = stmt_int(s, 4),
                                    .price = stmt_int(s, 5)});
    stmt_finish(s);
    return code;
}

static enum err walk(struct verifying *v, int64_t *n, char *head, struct error *e)
{
    struct stmt *s;
    struct chain_hash hash = {{0}};
    enum err code =
        conn_stmt(v->conn, "ledger.walk",
                  "SELECT id, at, who, kind, coalesce(of, 0), ledger, movement, day,"
                  " from_place, from_account, to_place, to_account, document, note,"
                  " temperature, warning_en, warning_zh, key, hash FROM"
                  " heng_ledger_entries ORDER BY id",
                  &s, e);
    if (code)
        return code;
    int64_t expected = 1;
    for (bool row; !(code = stmt_step(s, &row, e)) && row; expected++, ++*n) {
        struct ledger ledger = {.name = stmt_text(s, 5)};
        int64_t kind = stmt_int(s, 3);
        struct ledger_writing w = {
            .id = stmt_int(s, 0),
            .at = stmt_int(s, 1),
            .who = stmt_int(s, 2),
            .kind = kind == 1 ? LEDGER_REVERSAL
                    : kind    ? LEDGER_CONFIRMATION
                              : LEDGER_ENTRY,
            .of = stmt_int(s, 4),
            .ledger = &ledger,
            .movement = stmt_text(s, 6),
            .day = day_of(stmt_text(s, 7)),
            .from = {stmt_int(s, 8), stmt_text(s, 9), false},
            .to = {stmt_int(s, 10), stmt_text(s, 11), false},
            .document = stmt_text(s, 12),
            .note = stmt_text(s, 13),
            .temperature = stmt_kind(s, 14) == STMT_NULL ? NAN : stmt_double(s, 14),
            .warning = {stmt_text(s, 15), stmt_text(s, 16)},
            .key = stmt_text(s, 17)};
        struct str is = stmt_blob(s, 18);
        struct chain_state state;
        if (w.id != expected) {
            TELL(v, "the ledgers have no entry %lld; entries were removed",
                 (long long)expected);
            expected = w.id;
        }
        ledger_hash_head(&state, &hash, &w);
        code = hash_lines(v->conn, w.id, &state, e);
        hash = chain_end(&state);
        if (code)
            break;
        if (kind > 2 || is.n != CHAIN_HASH_SIZE ||
            memcmp(is.p, hash.bytes, CHAIN_HASH_SIZE) != 0)
            TELL(v, "entry %lld of the ledgers, or a line of it, was altered",
                 (long long)w.id);
        if (is.n == CHAIN_HASH_SIZE)
            memcpy(hash.bytes, is.p, is.n); // go on from here, to count all problems
    }
    stmt_finish(s);
    chain_to_hex(&hash, head);
    return code;
}

// Each question finds what does not follow from the lines: a name of what, and a number.
static enum err ask(struct verifying *v, const char *name, const char *sql,
                    const char *what, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(v->conn, name, sql, &s, e);
    if (code)
        return code;
    for (bool row; !(code = stmt_step(s, &row, e)) && row;)
        TELL(v, "ledgers: %s (%lld)", what, (long long)stmt_int(s, 0));
    stmt_finish(s);
    return code;
}

// Both sides of every line, by balance and day.
#define SIDES                                                                            \
    "sides AS (SELECT x.ledger, x.from_place AS place, x.from_account AS account,"       \
    " l.item, l.lot, x.day, -l.quantity AS q FROM heng_ledger_entries x JOIN"            \
    " heng_ledger_lines l ON l.entry = x.id WHERE l.quantity <> 0 UNION ALL SELECT"      \
    " x.ledger, x.to_place, x.to_account, l.item, l.lot, x.day, l.quantity FROM"         \
    " heng_ledger_entries x JOIN heng_ledger_lines l ON l.entry = x.id WHERE l.quantity" \
    " <> 0)"

static enum err balances(struct verifying *v, struct error *e)
{
    enum err code = ask(
        v, "ledger.verify_balances",
        "WITH " SIDES ", is_ AS (SELECT ledger, place, account, item, lot, sum(q) AS"
        " quantity, max(day) AS last FROM sides GROUP BY ledger, place, account, item,"
        " lot) SELECT b.id FROM heng_ledger_balances b LEFT JOIN is_ USING (ledger,"
        " place, account, item, lot) WHERE b.quantity IS NOT is_.quantity OR b.last IS"
        " NOT is_.last UNION ALL SELECT 0 FROM is_ LEFT JOIN heng_ledger_balances b"
        " USING (ledger, place, account, item, lot) WHERE b.id IS NULL",
        "a balance is not what its entries make it", e);
    if (!code)
        code =
            ask(v, "ledger.verify_days",
                "WITH " SIDES ", is_ AS (SELECT b.id, CAST(julianday(s.day) -"
                " 2440587.5 AS INTEGER) AS node, sum(q) AS sum FROM sides s JOIN"
                " heng_ledger_balances b USING (ledger, place, account, item, lot)"
                " GROUP BY 1, 2) SELECT t.balance FROM heng_ledger_totals t LEFT JOIN"
                " is_ ON is_.id = t.balance AND is_.node = t.node WHERE t.level = 0 AND"
                " (t.sum IS NOT is_.sum OR t.low <> t.sum) UNION ALL SELECT is_.id FROM"
                " is_ LEFT JOIN heng_ledger_totals t ON t.balance = is_.id AND t.level ="
                " 0 AND t.node = is_.node WHERE t.sum IS NULL",
                "the total of a day is not what its entries make it", e);
    static const char *const names[] = {"ledger.verify_1", "ledger.verify_2",
                                        "ledger.verify_3"};
    // a node from its children: running sums within it
#define TREE(children, node)                                                             \
    "WITH run AS (SELECT balance, " node " AS node, sum, low, sum(sum) OVER w - sum AS"  \
    " before FROM heng_ledger_totals WHERE level = " children " WINDOW w AS (PARTITION"  \
    " BY balance, " node " ORDER BY heng_ledger_totals.node ROWS UNBOUNDED PRECEDING))," \
    " is_ AS (SELECT balance, node, sum(sum) AS sum, min(before + low) AS low FROM run"  \
    " GROUP BY balance, node) "
#define ABOVE(level)                                                                     \
    "SELECT coalesce(t.balance, is_.balance) FROM is_ FULL JOIN (SELECT * FROM"          \
    " heng_ledger_totals WHERE level = " level                                           \
    ") t ON t.balance = is_.balance AND t.node"                                          \
    " = is_.node WHERE t.sum IS NOT is_.sum OR t.low IS NOT is_.low"
    static const char *const sql[] = {
        TREE("0", "(heng_ledger_totals.node >> 5)") ABOVE("1"),
        TREE("1", "(heng_ledger_totals.node >> 5)") ABOVE("2"),
        TREE("2",
             "0") "SELECT b.id FROM heng_ledger_balances b LEFT JOIN is_ ON"
                  " is_.balance = b.id WHERE b.quantity IS NOT is_.sum OR b.low IS NOT"
                  " is_.low"};
    for (int i = 0; !code && i < 3; i++)
        code = ask(v, names[i], sql[i],
                   "the totals of a balance do not follow from its"
                   " days",
                   e);
    return code;
}

enum err ledger_verify(struct conn *c, int64_t *n, char head[2 * LEDGER_HASH + 1],
                       void (*tell)(void *argument, const char *text), void *argument,
                       struct error *e)
{
    struct verifying v = {c, tell, argument};
    bool there;
    *n = 0;
    head[0] = '\0';
    enum err code = history_has_table(c, "heng_ledger_entries", &there, e);
    if (code || !there)
        return code;
    code = walk(&v, n, head, e);
    if (!code)
        code = ask(&v, "ledger.orphans",
                   "SELECT DISTINCT l.entry FROM heng_ledger_lines l LEFT JOIN"
                   " heng_ledger_entries x ON x.id = l.entry WHERE x.id IS NULL",
                   "lines of an entry that is not there", e);
    return code ? code : balances(&v, e);
}

enum err ledger_find(struct conn *c, const unsigned char hash[LEDGER_HASH], int64_t *id,
                     struct error *e)
{
    struct stmt *s;
    bool there, row = false;
    *id = 0;
    enum err code = history_has_table(c, "heng_ledger_entries", &there, e);
    if (code || !there)
        return code;
    code = conn_stmt(c, "ledger.find_hash",
                     "SELECT id FROM heng_ledger_entries WHERE hash = ? ORDER BY id"
                     " LIMIT 1",
                     &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, hash, LEDGER_HASH);
    code = stmt_step(s, &row, e);
    *id = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}
