// SPDX-License-Identifier: AGPL-3.0-or-later
// The store's own table, and the steps by which the tables of the rooms grow.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/store_internal.h"

// page_size must come first; the mark and the layout are part of the file's first page.
enum err store_layout_create(sqlite3 *db, const char *where, struct error *e)
{
    char sql[640];
    snprintf(sql, sizeof sql,
             "PRAGMA page_size=%d; PRAGMA encoding='UTF-8'; PRAGMA synchronous=FULL;"
             "BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d;"
             "CREATE TABLE heng_schema (room TEXT NOT NULL, step INTEGER NOT NULL,"
             " applied_at INTEGER NOT NULL, PRIMARY KEY (room, step))"
             " STRICT, WITHOUT ROWID;"
             "COMMIT",
             STORE_PAGE_SIZE, STORE_APPLICATION_ID, STORE_LAYOUT);
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? ERR_OK : store_fault(e, rc, db, where, "create the file");
}

static enum err steps_applied(struct conn *c, struct str room, int64_t *out,
                              struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(c, "store.steps_applied",
                  "SELECT coalesce(max(step), 0) FROM heng_schema WHERE room = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, room);
    bool row;
    code = stmt_step(s, &row, e);
    *out = row ? stmt_int(s, 0) : 0;
    stmt_reset(s);
    return code;
}

static enum err step_record(struct conn *c, struct str room, size_t step, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "store.step_record",
                              "INSERT INTO heng_schema (room, step, applied_at)"
                              " VALUES (?, ?, ?)",
                              &s, e);
    if (code)
        return code;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    stmt_bind_text(s, 1, room);
    stmt_bind_int(s, 2, (int64_t)step);
    stmt_bind_int(s, 3, (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    return stmt_done(s, e);
}

enum err store_migrate(struct conn *c, const char *room, const char *const *steps,
                       size_t n, struct error *e)
{
    int64_t applied;
    enum err code = steps_applied(c, str_of(room), &applied, e);
    if (code)
        return code;
    if (applied < 0 || (uint64_t)applied > n) {
        error_set(e, ERR_INPUT, "store.newer", c->store->path,
                  "the tables of %s have %lld schema steps; this Heng knows %zu", room,
                  (long long)applied, n);
        error_cure(e, "use the newer Heng that made the file");
        return ERR_INPUT;
    }
    for (size_t i = (size_t)applied; i < n && !code; i++) {
        code = conn_run(c, steps[i], e);
        if (!code)
            code = step_record(c, str_of(room), i + 1, e);
    }
    return code;
}
