// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/ledger_private.h"

static enum err too_large(struct error *e)
{
    return error_set(e, ERR_LIMIT, "ledger.too_large", NULL,
                     "the balance would be larger than can be counted");
}

static bool follow(struct ledger_total *run, struct ledger_total child)
{
    int64_t low;
    if (!int_add(run->sum, child.low, &low) || !int_add(run->sum, child.sum, &run->sum))
        return false;
    if (low < run->low)
        run->low = low;
    return true;
}

// Nodes of a level from one to another, in their order.
static enum err scan(struct conn *c, int64_t balance, int level, int64_t from, int64_t to,
                     struct stmt **out, struct error *e)
{
    enum err code =
        conn_stmt(c, "ledger.scan",
                  "SELECT node, sum, low FROM heng_ledger_totals WHERE balance"
                  " = ? AND level = ? AND node BETWEEN ? AND ? ORDER BY node",
                  out, e);
    if (code)
        return code;
    stmt_bind_int(*out, 1, balance);
    stmt_bind_int(*out, 2, level);
    stmt_bind_int(*out, 3, from);
    stmt_bind_int(*out, 4, to);
    return ERR_OK;
}

static enum err put(struct conn *c, int64_t balance, int level, int64_t node,
                    struct ledger_total t, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "ledger.put_total",
                              "INSERT INTO heng_ledger_totals (balance, level, node, sum,"
                              " low) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                              " sum = excluded.sum, low = excluded.low",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, balance);
    stmt_bind_int(s, 2, level);
    stmt_bind_int(s, 3, node);
    stmt_bind_int(s, 4, t.sum);
    stmt_bind_int(s, 5, t.low);
    return stmt_done(s, e);
}

// The parent of `node`, whose own total is new: *t on the way in; out: the parent's.
// At level 0 *t is what is added to the day.
static enum err climb(struct conn *c, int64_t balance, int level, int64_t node,
                      struct ledger_total *t, struct error *e)
{
    struct stmt *s;
    bool top = level == LEDGER_LEVELS - 1, put_in = false;
    int64_t first = top ? 0 : node >> LEDGER_SHIFT << LEDGER_SHIFT;
    int64_t last = top ? INT32_MAX : first + (1 << LEDGER_SHIFT) - 1;
    struct ledger_total run = {0, INT64_MAX};
    enum err code = scan(c, balance, level, first, last, &s, e);
    bool fits = true;
    for (bool row = true; !code && fits && row;) {
        code = stmt_step(s, &row, e);
        if (code)
            break;
        int64_t at = row ? stmt_int(s, 0) : INT64_MAX;
        if (!put_in && at >= node) {
            if (level == 0 && at == node)
                fits = int_add(t->sum, stmt_int(s, 1), &t->sum);
            if (level == 0)
                t->low = t->sum;
            fits = fits && follow(&run, *t);
            put_in = true;
        }
        if (row && at != node)
            fits = fits &&
                   follow(&run, (struct ledger_total){stmt_int(s, 1), stmt_int(s, 2)});
    }
    stmt_finish(s);
    if (!code && !fits)
        code = too_large(e);
    if (!code)
        code = put(c, balance, level, node, *t, e);
    *t = run;
    return code;
}

enum err ledger_totals_add(struct conn *c, int64_t balance, int32_t day, int64_t delta,
                           struct ledger_total *root, struct error *e)
{
    enum err code = ERR_OK;
    *root = (struct ledger_total){delta, delta};
    for (int level = 0; !code && level < LEDGER_LEVELS; level++)
        code = climb(c, balance, level, day >> (level * LEDGER_SHIFT), root, e);
    return code;
}

static enum err fold(struct conn *c, int64_t balance, int level, int64_t from, int64_t to,
                     struct ledger_total *run, struct error *e)
{
    struct stmt *s;
    bool fits = true;
    enum err code = scan(c, balance, level, from, to, &s, e);
    for (bool row; !code && fits && !(code = stmt_step(s, &row, e)) && row;)
        fits = follow(run, (struct ledger_total){stmt_int(s, 1), stmt_int(s, 2)});
    stmt_finish(s);
    return !code && !fits ? too_large(e) : code;
}

enum err ledger_totals_on(struct conn *c, int64_t balance, int32_t day, int64_t *sum,
                          int64_t *low, struct error *e)
{
    const int64_t month = day >> LEDGER_SHIFT, years = day >> (2 * LEDGER_SHIFT);
    const int64_t of_month = month << LEDGER_SHIFT, of_years = years << LEDGER_SHIFT;
    const int64_t group = (1 << LEDGER_SHIFT) - 1;
    struct ledger_total run = {0, INT64_MAX};
    enum err code = fold(c, balance, 2, 0, years - 1, &run, e);
    if (!code)
        code = fold(c, balance, 1, of_years, month - 1, &run, e);
    if (!code)
        code = fold(c, balance, 0, of_month, day, &run, e);
    *sum = run.sum;
    run.low = run.sum;
    if (!code)
        code = fold(c, balance, 0, day + 1, of_month + group, &run, e);
    if (!code)
        code = fold(c, balance, 1, month + 1, of_years + group, &run, e);
    if (!code)
        code = fold(c, balance, 2, years + 1, INT32_MAX, &run, e);
    *low = run.low;
    return code;
}

enum err ledger_totals_under(struct conn *c, int64_t balance, int32_t *day, int64_t *sum,
                             struct error *e)
{
    int64_t from = 0, to = INT32_MAX;
    struct ledger_total run = {0, 0};
    *day = DATE_NONE;
    for (int level = LEDGER_LEVELS - 1; level >= 0; level--) {
        struct stmt *s;
        int64_t found = -1;
        enum err code = scan(c, balance, level, from, to, &s, e);
        for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;) {
            if (run.sum + stmt_int(s, 2) < 0) {
                found = stmt_int(s, 0);
                if (level == 0)
                    run.sum += stmt_int(s, 1);
                break;
            }
            run.sum += stmt_int(s, 1);
        }
        stmt_finish(s);
        if (code || found < 0)
            return code;
        from = found << LEDGER_SHIFT;
        to = from + (1 << LEDGER_SHIFT) - 1;
        if (level == 0)
            *day = (int32_t)found;
    }
    *sum = run.sum;
    return ERR_OK;
}
