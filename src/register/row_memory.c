// SPDX-License-Identifier: AGPL-3.0-or-later
// A list asked of one who has the register's columns in memory.
#include "register/row_list_private.h"

enum {
    MOST_FOUND = 65536, // by a search; of more the file is asked
    SOME_FOUND = 128,   // looked at first, then more at a time,
    MANY_FOUND = 8192,  // so many at most
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

// What the search found, newest first.
static enum err prepare_found(struct row_lister *l, int64_t below, struct stmt **s,
                              struct error *e)
{
    const struct str name = l->reg->name;
    struct str sql = str_format(l->arena,
                                "SELECT rowid FROM \"heng_search_" STR_FMT
                                "\" WHERE \"heng_search_" STR_FMT
                                "\" MATCH ? AND rowid < ? ORDER BY rowid DESC",
                                STR_ARG(name), STR_ARG(name));
    enum err code = sql.p ? conn_prepare(l->conn, sql, s, e) : error_memory(e);
    if (code)
        return code;
    stmt_bind_text(*s, 1, l->match);
    stmt_bind_int(*s, 2, below);
    return ERR_OK;
}

// At most `most` more of them; *end: there are no others.
static enum err read_found(struct stmt *s, size_t most, int64_t *ids, size_t *n,
                           bool *end, struct error *e)
{
    enum err code = ERR_OK;
    bool row = true;
    *n = 0;
    while (!code && *n < most && !(code = stmt_step(s, &row, e)) && row)
        ids[(*n)++] = stmt_int(s, 0);
    *end = !row;
    return code;
}

// All that the search found, for who must see all of it.
static enum err find_all(struct row_lister *l, struct row_known *k, struct error *e)
{
    struct stmt *s = NULL;
    if (!l->query->search.n || k->question.ids)
        return ERR_OK;
    int64_t *ids = ARENA_ARRAY(l->arena, int64_t, MOST_FOUND);
    if (!ids)
        return error_memory(e);
    k->question.ids = ids;
    if (!l->match.p)
        return ERR_OK;
    enum err code = prepare_found(l, INT64_MAX, &s, e);
    bool end;
    if (!code)
        code = read_found(s, MOST_FOUND, ids, &k->question.n_ids, &end, e);
    stmt_finish(s);
    return code;
}

static bool has_all_found(const struct row_known *k)
{
    return !k->question.ids || k->question.n_ids < MOST_FOUND;
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
    if (q->count)
        code = find_all(l, out, e);
    return code ? code : read_epoch(l->conn, &out->question.epoch, e);
}

static bool has_few_places(const struct row_lister *l)
{
    size_t n = 0;
    for (size_t i = 0; l->limited && i < l->area_ids.n; i++)
        n += l->area_ids.p[i] == ',';
    return (l->limited || l->facility) && n < FEW_PLACES;
}

// As many of what the search found as fill the page.
static enum err newest_found(struct row_lister *l, struct row_known *k, int64_t below,
                             size_t most, int64_t *out, size_t *n, bool *known,
                             struct error *e)
{
    const struct row_memory *m = l->query->memory;
    struct row_question q = k->question;
    struct stmt *s = NULL;
    int64_t *ids = ARENA_ARRAY(l->arena, int64_t, MANY_FOUND);
    enum err code = ids ? prepare_found(l, below, &s, e) : error_memory(e);
    bool end = false;
    q.ids = ids;
    *n = 0;
    *known = true;
    size_t all = 0;
    for (size_t some = SOME_FOUND, kept; !code && *known && !end && *n < most; *n += kept,
                all += q.n_ids, some = some < MANY_FOUND / 2 ? some * 2 : MANY_FOUND) {
        kept = 0;
        code = read_found(s, some, ids, &q.n_ids, &end, e);
        if (!code)
            code = m->newest(m->context, &q, below, most - *n, SIZE_MAX, out + *n, &kept,
                             known, e);
        *known = *known && all < MOST_FOUND;
    }
    stmt_finish(s);
    return code;
}

enum err row_memory_newest(struct row_lister *l, struct row_known *k, int64_t below,
                           size_t most, int64_t *ids, size_t *n, bool *known,
                           struct error *e)
{
    const struct row_memory *m = l->query->memory;
    if (l->query->search.n && !k->question.ids)
        return newest_found(l, k, below, most, ids, n, known, e);
    size_t effort = has_few_places(l) ? EFFORT : SIZE_MAX;
    enum err code =
        m->newest(m->context, &k->question, below, most, effort, ids, n, known, e);
    *known = *known && (*n == most || has_all_found(k));
    return code;
}

enum err row_memory_first(struct row_lister *l, struct row_known *k,
                          const struct row_order *order, size_t most,
                          struct row_found *out, size_t *n, bool *known, struct error *e)
{
    const struct row_memory *m = l->query->memory;
    enum err code = find_all(l, k, e);
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
