// SPDX-License-Identifier: AGPL-3.0-or-later
// The moves that Heng makes when a deadline has passed. They fill in nothing and are
// asked for by nobody, so the pack's rules about what is typed are not asked again: a row
// that breaks one would else never be seen to.
#include <string.h>

#include "register/workflow_private.h"

struct overdue_job {
    struct county *county;
    int32_t today;
    size_t most, made;
    struct arena *arena;
    struct conn *conn;
    int64_t user;
    struct history history;
    bool begun;
};

// The user "heng"; a person who signs in with that name is not meant.
static enum err find_heng(struct overdue_job *x, struct error *e)
{
    static const char *const names[] = {"heng", "heng (deadlines)"};
    struct stmt *s;
    bool accounts, row, person = false;
    enum err code = history_has_table(x->conn, "heng_accounts", &accounts, e);
    if (!code && accounts) {
        code = conn_stmt(x->conn, "workflow.person",
                         "SELECT 1 FROM heng_accounts a JOIN heng_users u ON u.id ="
                         " a.user WHERE u.name = 'heng'",
                         &s, e);
        if (!code)
            code = stmt_step(s, &person, e);
        stmt_finish(s);
    }
    if (!code)
        code = conn_stmt(x->conn, "workflow.make_user",
                         "INSERT INTO heng_users (id, name, made_at)"
                         " SELECT (SELECT coalesce(max(id), 0) + 1 FROM heng_users), ?1,"
                         " ?2 WHERE NOT EXISTS (SELECT 1 FROM heng_users WHERE name ="
                         " ?1)",
                         &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, str_of(names[person]));
    stmt_bind_int(s, 2, date_now_ms());
    code = stmt_done(s, e);
    if (!code)
        code = conn_stmt(x->conn, "workflow.find_user",
                         "SELECT id FROM heng_users WHERE name = ?", &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, str_of(names[person]));
    code = stmt_step(s, &row, e);
    x->user = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

static enum err make_move(struct overdue_job *x, const struct reg *r, int64_t id,
                          const struct move *m, struct error *e)
{
    struct datum *old, *new = ARENA_ARRAY(x->arena, struct datum, r->n_fields);
    bool *where = ARENA_ARRAY(x->arena, bool, r->n_fields), changed;
    struct str reason = str_format(x->arena, STR_FMT ": ", STR_ARG(m->name));
    enum err code = new &&where &&reason.p
                        ? row_read(x->conn, x->county, r, id, x->arena, &old, e)
                        : error_memory(e);
    if (!code && !x->user)
        code = find_heng(x, e);
    if (!code && !x->begun) {
        code = history_begin(x->conn, &x->history, e);
        x->begun = true;
    }
    if (code)
        return code;
    memcpy(new, old, r->n_fields * sizeof *new);
    workflow_put(r, new, m->to, x->today);
    for (int i = STAGE; i <= STAGE_DUE; i++)
        where[workflow_field(r, (enum stage_field)i)] = true;
    code = row_save_changes(x->conn, x->county, r, &x->history, id, old, new, where,
                            HISTORY_MOVE, x->user, reason, &changed, e);
    x->made += !code && changed;
    return code;
}

// A row that came to its stage today waits until tomorrow, so that two deadlines that
// have both passed do not send it round and round, and one who imports old rows has a
// day.
static enum err find_late(struct overdue_job *x, const struct reg *r,
                          const struct stage *stage, size_t most, int64_t *ids, size_t *n,
                          struct error *e)
{
    char today[DATE_TEXT_SIZE];
    struct stmt *s = NULL;
    struct str sql = str_format(x->arena,
                                "SELECT id FROM \"" STR_FMT "\" WHERE stage_due < ?1 AND"
                                " stage_due IS NOT NULL AND stage_on < ?1 AND stage = ?2"
                                " AND state = 'current' ORDER BY id LIMIT ?3",
                                STR_ARG(r->table));
    enum err code = sql.p ? conn_prepare(x->conn, sql, &s, e) : error_memory(e);
    if (code)
        return code;
    date_format(x->today, today);
    stmt_bind_text(s, 1, str_of(today));
    stmt_bind_text(s, 2, stage->name);
    stmt_bind_int(s, 3, (int64_t)most);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;)
        ids[(*n)++] = stmt_int(s, 0);
    stmt_finish(s);
    return code;
}

static enum err moves_of(struct overdue_job *x, const struct reg *r, struct error *e)
{
    const struct workflow *w = r->workflow;
    int64_t *ids = ARENA_ARRAY(x->arena, int64_t, x->most + 1);
    enum err code = ids ? ERR_OK : error_memory(e);
    for (size_t i = 0; !code && i < w->n_stages && x->made < x->most; i++) {
        size_t n = 0;
        if (w->stages[i].otherwise < 0)
            continue;
        code = find_late(x, r, &w->stages[i], x->most - x->made, ids, &n, e);
        for (size_t k = 0; !code && k < n; k++)
            code = make_move(x, r, ids[k], &w->moves[w->stages[i].otherwise], e);
    }
    return code;
}

static enum err overdue_job(struct conn *conn, void *argument, struct error *e)
{
    struct overdue_job *x = argument;
    enum err code = ERR_OK;
    x->conn = conn;
    x->made = 0;
    x->user = 0;
    x->begun = false;
    for (size_t i = 0; !code && i < x->county->pack->n_registers; i++)
        if (x->county->pack->registers[i].workflow)
            code = moves_of(x, &x->county->pack->registers[i], e);
    if (x->begun)
        history_end(&x->history);
    return code;
}

// Most minutes nothing is late: then nothing is written.
static enum err any_late(struct overdue_job *x, bool *out, struct error *e)
{
    enum err code = store_read_begin(x->county->store, &x->conn, e);
    *out = false;
    for (size_t i = 0; !code && i < x->county->pack->n_registers; i++) {
        const struct reg *r = &x->county->pack->registers[i];
        for (size_t k = 0; !code && r->workflow && k < r->workflow->n_stages; k++) {
            size_t n = 0;
            int64_t id;
            if (r->workflow->stages[k].otherwise >= 0)
                code = find_late(x, r, &r->workflow->stages[k], 1, &id, &n, e);
            *out |= n > 0;
        }
    }
    store_read_end(x->conn);
    return code;
}

enum err workflow_overdue(struct county *c, int32_t today, size_t most, size_t *made,
                          struct error *e)
{
    struct arena a;
    bool late = false;
    *made = 0;
    arena_init(&a, 256 << 20);
    struct overdue_job x = {.county = c, .today = today, .most = most, .arena = &a};
    enum err code = most ? any_late(&x, &late, e) : ERR_OK;
    if (!code && late)
        code = store_write(c->store, overdue_job, &x, e);
    *made = code ? 0 : x.made;
    arena_free(&a);
    return code;
}
