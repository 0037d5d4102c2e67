// SPDX-License-Identifier: AGPL-3.0-or-later
// The history of one row, found in the log by bisection.
#include "register/row.h"

// The first insert at or after seq: its seq and row; *row INT64_MAX when there is none.
static enum err next_insert(struct stmt *s, int64_t seq, int64_t *at, int64_t *row,
                            struct error *e)
{
    bool is;
    stmt_reset(s);
    stmt_bind_int(s, 1, seq);
    enum err code = stmt_step(s, &is, e);
    *at = !code && is ? stmt_int(s, 0) : 0;
    *row = !code && is ? stmt_int(s, 1) : INT64_MAX;
    return code;
}

// The entry by which a row came in, by bisection: the ids of inserted rows grow with seq.
// 0 when they did not (clocks of two writers that disagree): then it must be searched.
static enum err find_insert(struct conn *conn, int64_t id, int64_t *out, struct error *e)
{
    struct stmt *s;
    int64_t low = 1, high = 0, at = 0, row = 0;
    bool is;
    enum err code =
        conn_stmt(conn, "row.last_seq", "SELECT max(seq) FROM heng_log", &s, e);
    if (code)
        return code;
    code = stmt_step(s, &is, e);
    if (!code)
        high = stmt_int(s, 0) + 1;
    stmt_finish(s);
    if (!code)
        code = conn_stmt(conn, "row.next_insert",
                         "SELECT seq, row FROM heng_log WHERE seq >= ? AND change ="
                         " 'insert' ORDER BY seq LIMIT 1",
                         &s, e);
    if (code)
        return code;
    while (!code && low < high) {
        int64_t middle = low + (high - low) / 2;
        code = next_insert(s, middle, &at, &row, e);
        if (row < id)
            low = at + 1;
        else
            high = middle;
    }
    if (!code)
        code = next_insert(s, low, &at, &row, e);
    stmt_finish(s);
    *out = row == id ? at : 0;
    return code;
}

static enum err read_events(struct stmt *s, struct arena *a, struct row_event *out,
                            size_t *n, size_t most, struct error *e)
{
    enum err code = ERR_OK;
    for (bool row; *n < most && !(code = stmt_step(s, &row, e)) && row; ++*n)
        out[*n] = (struct row_event){.seq = stmt_int(s, 0),
                                     .at = stmt_int(s, 1),
                                     .who = str_copy(a, stmt_text(s, 2)),
                                     .change = str_copy(a, stmt_text(s, 3)),
                                     .before = str_copy(a, stmt_text(s, 4)),
                                     .after = str_copy(a, stmt_text(s, 5)),
                                     .reason = str_copy(a, stmt_text(s, 6))};
    stmt_finish(s);
    return code;
}

#define EVENTS                                                                           \
    "SELECT l.seq, l.at, u.name, l.change, l.before, l.after, l.reason"                  \
    " FROM heng_log l LEFT JOIN heng_users u ON u.id = l.who WHERE "

static enum err events_of(struct conn *conn, const struct reg *r, int64_t id,
                          struct arena *a, struct row_event *out, size_t most, size_t *n,
                          struct error *e)
{
    struct stmt *s = NULL;
    int64_t seq = 0;
    enum err code = find_insert(conn, id, &seq, e);
    if (code)
        return code;
    if (seq)
        code = conn_stmt(conn, "row.came_in",
                         EVENTS "l.seq = ? AND l.register = ? AND l.row = ?", &s, e);
    else
        code = conn_stmt(conn, "row.came_in_somewhere",
                         EVENTS "l.change = 'insert' AND ? = 0 AND l.register = ? AND"
                                " l.row = ? LIMIT 1",
                         &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, seq);
    stmt_bind_text(s, 2, r->name);
    stmt_bind_int(s, 3, id);
    code = read_events(s, a, out, n, most, e);
    if (!code)
        code = conn_stmt(conn, "row.later",
                         EVENTS "l.change <> 'insert' AND l.register = ? AND l.row = ?"
                                " ORDER BY l.seq",
                         &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, r->name);
    stmt_bind_int(s, 2, id);
    return read_events(s, a, out, n, most, e);
}

enum err row_history(struct county *c, const struct access *who, const struct reg *r,
                     int64_t id, struct arena *a, struct row_event **out, size_t *n,
                     struct error *e)
{
    struct datum *values;
    struct conn *conn = NULL;
    *n = 0;
    enum err code = row_get(c, who, r, id, a, &values, e);
    if (code)
        return code;
    size_t most = (size_t)values[FIELD_VERSION].i + 1;
    *out = ARENA_ARRAY(a, struct row_event, most);
    if (!*out)
        return error_memory(e);
    code = store_read_begin(c->store, &conn, e);
    if (!code)
        code = events_of(conn, r, id, a, *out, most, n, e);
    store_read_end(conn);
    return code;
}
