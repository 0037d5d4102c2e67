// SPDX-License-Identifier: AGPL-3.0-or-later
// A list asked of one who has the register's columns in memory.
#include "register/row_list_private.h"

enum {
    MOST_FOUND = 65536, // by a search; of more the file is asked
    SOME_FOUND = 1024,  // that mostly fill a page
    FEW_PLACES = 8,     // the rows of so few are found by their index at once,
    EFFORT = 1 << 16    // if they are not among so many of the newest
};

static enum err read_epoch(struct conn *c, int64_t *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    enum err code =
        conn_stmt(c, "row_memory.epoch", "SELECT max(seq) FROM heng_log", &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    *out = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

// What the search found, newest first, at most `most`.
static enum err read_found(struct row_lister *l, struct row_known *k, size_t most,
                           struct error *e)
{
    const struct str name = l->reg->name;
    struct stmt *s = NULL;
    int64_t *ids = ARENA_ARRAY(l->arena, int64_t, most);
    if (!ids)
        return error_memory(e);
    k->question.ids = ids;
    k->question.n_ids = 0;
    k->most_found = most;
    if (!l->match.p)
        return ERR_OK;
    struct str sql = str_format(l->arena,
                                "SELECT rowid FROM \"heng_search_" STR_FMT
                                "\" WHERE \"heng_search_" STR_FMT
                                "\" MATCH ? ORDER BY rowid DESC LIMIT ?",
                                STR_ARG(name), STR_ARG(name));
    enum err code = sql.p ? conn_prepare(l->conn, sql, &s, e) : error_memory(e);
    if (!code) {
        stmt_bind_text(s, 1, l->match);
        stmt_bind_int(s, 2, (int64_t)most);
    }
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;)
        ids[k->question.n_ids++] = stmt_int(s, 0);
    stmt_finish(s);
    return code;
}

static bool has_all_found(const struct row_known *k)
{
    return !k->question.ids || k->question.n_ids < k->most_found;
}

enum err row_memory_ask(struct row_lister *l, struct row_known *out, struct error *e)
{
    const struct row_query *q = l->query;
    *out = (struct row_known){.question = {.reg = l->reg}};
    if (!q->memory)
        return ERR_OK;
    enum err code = row_scope_read(l->county, l->conn, l->who, l->reg, q, l->arena,
                                   &out->scope, &out->whole, e);
    if (code || !out->whole)
        return code;
    if (!l->limited) // all areas were asked for, and have all rows
        out->scope.asked = NULL;
    out->question.scope = &out->scope;
    if (q->search.n)
        code = read_found(l, out, q->count ? MOST_FOUND : SOME_FOUND, e);
    return code ? code : read_epoch(l->conn, &out->question.epoch, e);
}

static bool has_few_places(const struct row_lister *l)
{
    size_t n = 0;
    for (size_t i = 0; l->limited && i < l->area_ids.n; i++)
        n += l->area_ids.p[i] == ',';
    return (l->limited || l->facility) && n < FEW_PLACES;
}

enum err row_memory_newest(struct row_lister *l, struct row_known *k, int64_t below,
                           size_t most, int64_t *ids, size_t *n, bool *known,
                           struct error *e)
{
    const struct row_memory *m = l->query->memory;
    const struct row_question *q = &k->question;
    size_t effort = has_few_places(l) ? EFFORT : SIZE_MAX;
    enum err code = m->newest(m->context, q, below, most, effort, ids, n, known, e);
    if (code || !*known || *n == most || has_all_found(k))
        return code;
    code = read_found(l, k, MOST_FOUND, e);
    if (!code)
        code = m->newest(m->context, q, below, most, effort, ids, n, known, e);
    *known = *known && (*n == most || has_all_found(k));
    return code;
}

enum err row_memory_first(struct row_lister *l, struct row_known *k,
                          const struct row_order *order, size_t most,
                          struct row_found *out, size_t *n, bool *known, struct error *e)
{
    const struct row_memory *m = l->query->memory;
    enum err code = has_all_found(k) ? ERR_OK : read_found(l, k, MOST_FOUND, e);
    *known = has_all_found(k);
    if (code || !*known)
        return code;
    return m->first(m->context, &k->question, order, most, out, n, known, e);
}

enum err row_memory_count(const struct row_lister *l, const struct row_known *k,
                          struct row_list *out, bool *known, struct error *e)
{
    const struct row_memory *m = l->query->memory;
    struct row_counts n;
    *known = false;
    if (!k->whole || !has_all_found(k))
        return ERR_OK;
    enum err code = m->count(m->context, &k->question, &n, known, e);
    if (code || !*known)
        return code;
    out->shown = n.shown;
    out->all = n.visible;
    out->hidden = row_scope_hidden(l->who, l->reg, k->scope.own, n.visible, n.everywhere);
    return ERR_OK;
}
