// SPDX-License-Identifier: AGPL-3.0-or-later
// Where a row stands, which moves lead on, and what stands in the way of each.
#include <string.h>

#include "pack/expr.h"
#include "register/rights.h"
#include "register/workflow_private.h"

// --- who

static bool in_roles(const struct workflow_look *x, const struct access *who,
                     const struct move *m)
{
    const struct places *p = x->county->places;
    const struct datum *v = x->values;
    int32_t facility = v[FIELD_FACILITY].null ? -1 : (int32_t)v[FIELD_FACILITY].i;
    int32_t place =
        rights_place(p, v[FIELD_AREA].null ? -1 : (int32_t)v[FIELD_AREA].i, facility);
    int64_t roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    size_t n = access_role_areas(who, m->by, m->n_by, roots, &everywhere);
    for (size_t i = 0; i < n && !everywhere && place >= 0; i++) {
        int32_t root = places_area_index(p, roots[i]);
        everywhere = root >= 0 && places_within(p, place, root);
    }
    return everywhere ||
           (x->reg->facility && facility >= 0 &&
            access_role_of_facility(who, m->by, m->n_by, p->facilities[facility].id));
}

bool workflow_may(const struct workflow_look *x, const struct move *m)
{
    return m->n_by ? in_roles(x, x->who, m)
                   : row_may(x->county, x->who, x->reg, ACCESS_WRITE, x->id, x->values);
}

// Is the name of who made a move that of the account which the shell enters for?
static bool same_name(const struct workflow_look *x, struct str maker)
{
    return str_equal_fold(access_decided_by(x->who->name), access_decided_by(maker));
}

// The one who made the last move of this name; 0: nobody has.
static enum err last_maker(const struct workflow_look *x, struct str name, int64_t *user,
                           bool *same, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code =
        conn_stmt(x->conn, "workflow.hand",
                  "SELECT l.who, u.name FROM heng_log l LEFT JOIN heng_users u"
                  " ON u.id = l.who WHERE l.register = ?1 AND l.row = ?2 AND"
                  " l.change <> 'insert' AND l.change = 'move' AND"
                  " substr(l.reason, 1, length(?3) + 2) = ?3 || ': '"
                  " ORDER BY l.seq DESC LIMIT 1",
                  &s, e);
    *user = 0;
    if (code)
        return code;
    stmt_bind_text(s, 1, x->reg->name);
    stmt_bind_int(s, 2, x->id);
    stmt_bind_text(s, 3, name);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        *user = stmt_int(s, 0);
        *same = *user == x->who->user || *user == x->who->behalf ||
                (x->who->every_role && same_name(x, stmt_text(s, 1)));
    }
    stmt_finish(s);
    return code;
}

enum err workflow_hands(const struct workflow_look *x, const struct move *m,
                        enum move_block *out, struct error *e)
{
    const struct access behalf = {.roles = x->who->behalf_roles,
                                  .n_roles = x->who->n_behalf_roles};
    bool checks = false;
    enum err code = ERR_OK;
    *out = MOVE_OPEN;
    for (size_t i = 0; !code && *out == MOVE_OPEN && i < m->n_others; i++) {
        int64_t user;
        bool same = false;
        code = last_maker(x, x->reg->workflow->moves[m->others[i]].name, &user, &same, e);
        checks |= user != 0;
        if (same)
            *out = MOVE_OTHER_HAND;
    }
    if (!code && *out == MOVE_OPEN && checks && x->who->every_role &&
        (!x->who->behalf || (m->n_by && !in_roles(x, &behalf, m))))
        *out = MOVE_SIGN_IN;
    return code;
}

// --- what

enum err workflow_has_file(const struct workflow_look *x, bool *out, struct error *e)
{
    struct stmt *s;
    enum err code = history_has_table(x->conn, "heng_attachments", out, e);
    if (code || !*out)
        return code;
    code = conn_stmt(x->conn, "workflow.file",
                     "SELECT 1 FROM heng_attachments WHERE register = ?1 AND row = ?2 AND"
                     " struck_at IS NULL AND at >= (SELECT coalesce(max(at), 0) FROM"
                     " heng_log WHERE register = ?1 AND row = ?2 AND change <> 'insert'"
                     " AND change = 'move') LIMIT 1",
                     &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, x->reg->name);
    stmt_bind_int(s, 2, x->id);
    code = stmt_step(s, out, e);
    stmt_finish(s);
    return code;
}

// --- related rows

static enum err count_related(struct conn *conn, const struct related *to, struct str key,
                              int32_t today, int64_t *out, struct error *e)
{
    struct buf sql = BUF_INIT(1 << 20);
    struct stmt *s = NULL;
    bool row = false;
    *out = 0;
    buf_printf(&sql,
               "SELECT count(*) FROM \"" STR_FMT "\" AS t WHERE t.state = 'current' AND"
               " t.\"" STR_FMT "\" = ?",
               STR_ARG(to->reg->table), STR_ARG(to->by->column));
    if (to->where) {
        buf_add_c(&sql, " AND (");
        expr_sql(to->where, STR("t"), today, &sql);
        buf_add_char(&sql, ')');
    }
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(conn, buf_str(&sql), &s, e);
    buf_free(&sql);
    if (code)
        return code;
    stmt_bind_text(s, 1, key);
    code = stmt_step(s, &row, e);
    *out = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

enum err workflow_gate_rows(struct conn *conn, const struct move_gate *g, struct str key,
                            int32_t today, bool *open, int64_t *rows, struct error *e)
{
    int64_t none = 0, some = 1;
    enum err code = ERR_OK;
    if (g->none.reg)
        code = count_related(conn, &g->none, key, today, &none, e);
    if (!code && g->some.reg)
        code = count_related(conn, &g->some, key, today, &some, e);
    *open = !none && some;
    *rows = g->none.reg ? none : some;
    return code;
}

enum err workflow_gate(const struct workflow_look *x, const struct move *m,
                       const struct move_gate **out, int64_t *rows, struct error *e)
{
    const struct datum *key = &x->values[x->reg->key[0]->index];
    enum err code = ERR_OK;
    *out = NULL;
    for (size_t i = 0; !code && !*out && i < m->n_gates; i++) {
        bool open = true;
        code = workflow_gate_rows(x->conn, &m->gates[i], key->s, date_today(), &open,
                                  rows, e);
        if (!open)
            *out = &m->gates[i];
    }
    if (!*out)
        *rows = 0;
    return code;
}

// --- offers

static enum err find_missing(const struct workflow_look *x, const struct move *m,
                             struct move_offer *out, struct error *e)
{
    out->missing = ARENA_ARRAY(x->arena, const struct field *, m->n_needs + 1);
    if (!out->missing)
        return error_memory(e);
    for (size_t i = 0; i < m->n_needs; i++)
        if (x->values[m->needs[i]->index].null)
            out->missing[out->n_missing++] = m->needs[i];
    if (!m->needs_file)
        return ERR_OK;
    bool there;
    enum err code = workflow_has_file(x, &there, e);
    out->missing_file = !there;
    return code;
}

static void block(struct move_offer *out, enum move_block why, struct label text)
{
    out->block = why;
    out->text = text;
}

static enum err offer(const struct workflow_look *x, const struct move *m,
                      struct move_offer *out, struct error *e)
{
    const struct move_gate *gate = NULL;
    enum move_block hands;
    *out = (struct move_offer){.move = m};
    enum err code = find_missing(x, m, out, e);
    if (code)
        return code;
    if (!workflow_may(x, m)) {
        block(out, MOVE_NOT_YOURS, WORKFLOW_NOT_YOURS);
        return ERR_OK;
    }
    code = workflow_hands(x, m, &hands, e);
    if (!code && hands != MOVE_OPEN) {
        block(out, hands, hands == MOVE_SIGN_IN ? WORKFLOW_SIGN_IN : WORKFLOW_OTHER_HAND);
        return ERR_OK;
    }
    if (!code)
        code = workflow_gate(x, m, &gate, &out->rows, e);
    if (gate)
        block(out, MOVE_GATE, gate->text);
    return code;
}

static enum err look(struct workflow_look *x, struct workflow_now *now,
                     struct move_offer **out, size_t *n, struct error *e)
{
    const struct workflow *w = x->reg->workflow;
    struct datum *values;
    enum err code = row_read(x->conn, x->county, x->reg, x->id, x->arena, &values, e);
    if (!code)
        code = row_check_place(x->county, x->who, x->reg, ACCESS_READ, x->id, values, e);
    if (code)
        return code;
    x->values = values;
    workflow_where(x->reg, values, date_today(), now);
    *out = ARENA_ARRAY(x->arena, struct move_offer, w->n_moves + 1);
    if (!*out)
        return error_memory(e);
    // nothing is done with a row that was struck
    for (size_t i = 0; !code && !values[FIELD_STATE].i && i < w->n_moves; i++)
        if (w->moves[i].from & (1ULL << now->stage))
            code = offer(x, &w->moves[i], &(*out)[(*n)++], e);
    return code;
}

enum err workflow_none(const struct reg *r, struct error *e)
{
    return error_set(e, ERR_INPUT, "workflow.none", r->name.p,
                     "rows of " STR_FMT " have no workflow", STR_ARG(r->name));
}

enum err workflow_offers(struct county *c, const struct access *who, const struct reg *r,
                         int64_t id, struct arena *a, struct workflow_now *now,
                         struct move_offer **out, size_t *n, struct error *e)
{
    struct workflow_look x = {.county = c, .who = who, .reg = r, .id = id, .arena = a};
    *n = 0;
    enum err code = r->workflow ? access_read_some(who, r, e) : workflow_none(r, e);
    if (!code)
        code = store_read_begin(c->store, &x.conn, e);
    if (!code)
        code = look(&x, now, out, n, e);
    store_read_end(x.conn);
    return code;
}
