// SPDX-License-Identifier: AGPL-3.0-or-later
#include "access/audit.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "access/account.h"
#include "base/utf8.h"

enum { DAY_MS = 86400000, MAX_LIMIT = 500 };

static const char *const kinds[AUDIT_KINDS] = {
    [AUDIT_LOG_IN] = "log_in",
    [AUDIT_LOG_OUT] = "log_out",
    [AUDIT_LOG_IN_FAILED] = "log_in_failed",
    [AUDIT_LOCKED] = "locked",
    [AUDIT_LINK_MADE] = "link_made",
    [AUDIT_LINK_USED] = "link_used",
    [AUDIT_PASSWORD] = "password",
    [AUDIT_TOTP] = "totp",
    [AUDIT_TOKEN] = "token",
    [AUDIT_PERSON] = "person",
    [AUDIT_ROLE] = "role",
    [AUDIT_PACK] = "pack",
    [AUDIT_BACKUP] = "backup",
    [AUDIT_EXPORT] = "export",
    [AUDIT_READ] = "read",
    [AUDIT_IMPORT] = "import",
    [AUDIT_EXPLAIN] = "explain",
    [AUDIT_VERIFY] = "verify",
    [AUDIT_MAP] = "map",
    [AUDIT_LETTERS] = "letters",
};

const char *audit_kind_name(enum audit_kind k)
{
    assert(k < AUDIT_KINDS);
    return kinds[k];
}

bool audit_kind_of(struct str name, enum audit_kind *out)
{
    for (size_t i = 0; i < AUDIT_KINDS; i++)
        if (str_equal_c(name, kinds[i])) {
            *out = (enum audit_kind)i;
            return true;
        }
    return false;
}

// --- writing

struct link_of { // one entry, as it is hashed
    int64_t seq, at, who;
    struct str kind, subject, text;
};

static void next_hash(struct chain_hash *hash, const struct link_of *x)
{
    struct chain_state state;
    chain_begin(&state);
    chain_add(&state, (struct str){(const char *)hash->bytes, CHAIN_HASH_SIZE});
    chain_add_int(&state, x->seq);
    chain_add_int(&state, x->at);
    chain_add_int(&state, x->who);
    chain_add_field(&state, x->kind);
    chain_add_field(&state, x->subject);
    chain_add_field(&state, x->text);
    *hash = chain_end(&state);
}

static enum err read_head(struct conn *c, int64_t *seq, struct chain_hash *hash,
                          struct error *e)
{
    struct stmt *s;
    bool row;
    *seq = 0;
    *hash = (struct chain_hash){0};
    enum err code =
        conn_stmt(c, "audit.head",
                  "SELECT seq, hash FROM heng_events ORDER BY seq DESC LIMIT 1", &s, e);
    if (!code)
        code = stmt_step(s, &row, e);
    if (code)
        return code;
    if (row) {
        *seq = stmt_int(s, 0);
        struct str blob = stmt_blob(s, 1);
        if (blob.n == CHAIN_HASH_SIZE)
            memcpy(hash->bytes, blob.p, CHAIN_HASH_SIZE);
        else
            code = error_set(e, ERR_CORRUPT, "audit.hash", NULL,
                             "the last entry of the audit log has no valid hash");
    }
    stmt_finish(s);
    return code;
}

// The longest start that is whole characters.
static struct str cut(struct str s)
{
    size_t at = 0, end = 0;
    if (s.n <= AUDIT_MAX_TEXT)
        return s.p ? s : STR("");
    while (at < AUDIT_MAX_TEXT) {
        end = at;
        utf8_next(s, &at);
    }
    return (struct str){s.p, at == AUDIT_MAX_TEXT ? at : end};
}

enum err audit_append(struct conn *c, const struct audit_entry *entry, struct error *e)
{
    struct link_of x = {.at = entry->at,
                        .who = entry->who,
                        .kind = str_of(audit_kind_name(entry->kind)),
                        .subject = cut(entry->subject),
                        .text = cut(entry->text)};
    struct chain_hash hash;
    struct stmt *s;
    bool ready;
    enum err code = account_ready(c, &ready, e);
    if (!code && !ready) // of a file in which nobody has signed in yet
        code = account_migrate(c, e);
    if (!code)
        code = read_head(c, &x.seq, &hash, e);
    if (!code)
        code = conn_stmt(c, "audit.append",
                         "INSERT INTO heng_events (seq, at, who, kind, subject, text,"
                         " hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
                         &s, e);
    if (code)
        return code;
    x.seq++;
    next_hash(&hash, &x);
    stmt_bind_int(s, 1, x.seq);
    stmt_bind_int(s, 2, x.at);
    stmt_bind_int(s, 3, x.who);
    stmt_bind_text(s, 4, x.kind);
    stmt_bind_text(s, 5, x.subject);
    stmt_bind_text(s, 6, x.text);
    stmt_bind_blob(s, 7, hash.bytes, CHAIN_HASH_SIZE);
    return stmt_done(s, e);
}

static enum err write_job(struct conn *c, void *argument, struct error *e)
{
    return audit_append(c, argument, e);
}

enum err audit_write(struct store *s, const struct audit_entry *entry, struct error *e)
{
    struct audit_entry copy = *entry;
    return store_write(s, write_job, &copy, e);
}

enum err audit_append_read(struct conn *c, int64_t who, struct str reg, int64_t row,
                           int64_t at, bool *is_new, struct error *e)
{
    char space[128];
    int n = snprintf(space, sizeof space, STR_FMT "/%lld", STR_ARG(reg), (long long)row);
    struct str subject = {space, n < (int)sizeof space ? (size_t)n : sizeof space - 1};
    struct stmt *s;
    bool found = false;
    *is_new = false;
    enum err code = conn_stmt(c, "audit.find_read",
                              "SELECT 1 FROM heng_events WHERE kind = 'read' AND"
                              " subject = ? AND who = ? AND at >= ? AND at < ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, subject);
    stmt_bind_int(s, 2, who);
    stmt_bind_int(s, 3, at - at % DAY_MS);
    stmt_bind_int(s, 4, at - at % DAY_MS + DAY_MS);
    code = stmt_step(s, &found, e);
    stmt_finish(s);
    if (code || found)
        return code;
    *is_new = true;
    return audit_append(c,
                        &(struct audit_entry){
                            .kind = AUDIT_READ, .who = who, .subject = subject, .at = at},
                        e);
}

// --- searching

// Text with the signs of LIKE taken literally.
static struct str pattern(struct arena *a, struct str text)
{
    char *p = ARENA_ARRAY(a, char, 2 * text.n + 3);
    size_t n = 0;
    if (!p)
        return (struct str){NULL, 0};
    p[n++] = '%';
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '\\')
            p[n++] = '\\';
        p[n++] = text.p[i];
    }
    p[n++] = '%';
    return (struct str){p, n};
}

enum err audit_search(struct conn *c, const struct audit_filter *f, struct arena *a,
                      struct audit_event **out, size_t *n, bool *more, struct error *e)
{
    size_t limit = f->limit < 1 ? 100 : f->limit > MAX_LIMIT ? MAX_LIMIT : f->limit;
    struct audit_event *list = ARENA_ARRAY(a, struct audit_event, limit);
    struct str like = f->text.n ? pattern(a, f->text) : (struct str){NULL, 0};
    struct stmt *s;
    *n = 0;
    *more = false;
    *out = list;
    if (!list || (f->text.n && !like.p))
        return error_memory(e);
    enum err code = conn_stmt(
        c, "audit.search",
        "SELECT v.seq, v.at, v.who, coalesce(u.name, ''), v.kind, v.subject, v.text"
        " FROM heng_events v LEFT JOIN heng_users u ON u.id = v.who"
        " WHERE v.seq < ?1 AND v.at >= ?2 AND v.at < ?3"
        " AND (?4 IS NULL OR v.kind = ?4) AND (?5 IS NULL OR u.name = ?5)"
        " AND (?6 IS NULL OR v.subject LIKE ?6 ESCAPE '\\' OR v.text LIKE ?6 ESCAPE '\\'"
        " OR u.name LIKE ?6 ESCAPE '\\')"
        " ORDER BY v.seq DESC LIMIT ?7",
        &s, e);
    if (code)
        return code;
    const struct str none = {NULL, 0};
    stmt_bind_int(s, 1, f->after ? f->after : INT64_MAX);
    stmt_bind_int(s, 2, f->from);
    stmt_bind_int(s, 3, f->to ? f->to : INT64_MAX);
    stmt_bind_text(s, 4, f->kind.n ? f->kind : none);
    stmt_bind_text(s, 5, f->who.n ? f->who : none);
    stmt_bind_text(s, 6, like);
    stmt_bind_int(s, 7, (int64_t)limit + 1);
    for (bool row; !(code = stmt_step(s, &row, e)) && row;) {
        if (*n == limit) {
            *more = true;
            break;
        }
        struct audit_event *v = &list[(*n)++];
        *v = (struct audit_event){.seq = stmt_int(s, 0),
                                  .at = stmt_int(s, 1),
                                  .user = stmt_int(s, 2),
                                  .who = str_copy(a, stmt_text(s, 3)),
                                  .kind = str_copy(a, stmt_text(s, 4)),
                                  .subject = str_copy(a, stmt_text(s, 5)),
                                  .text = str_copy(a, stmt_text(s, 6))};
        if (!v->who.p || !v->kind.p || !v->subject.p || !v->text.p) {
            code = error_memory(e);
            break;
        }
    }
    stmt_finish(s);
    return code;
}

// --- proving

enum err audit_find(struct conn *c, const struct chain_hash *hash, int64_t *seq,
                    struct error *e)
{
    struct stmt *s;
    bool row = false, ready;
    *seq = 0;
    enum err code = account_ready(c, &ready, e);
    if (code || !ready)
        return code;
    code = conn_stmt(c, "audit.find",
                     "SELECT seq FROM heng_events WHERE hash = ? ORDER BY seq LIMIT 1",
                     &s, e);
    if (code)
        return code;
    stmt_bind_blob(s, 1, hash->bytes, CHAIN_HASH_SIZE);
    code = stmt_step(s, &row, e);
    *seq = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

static enum err walk(struct stmt *s, struct arena *a, struct audit_report *out,
                     struct error *e)
{
    struct chain_hash hash = {0}, is;
    int64_t expected = 1;
    enum err code;
    for (bool row; !(code = stmt_step(s, &row, e)) && row; expected++) {
        struct link_of x = {.seq = stmt_int(s, 0),
                            .at = stmt_int(s, 1),
                            .who = stmt_int(s, 2),
                            .kind = stmt_text(s, 3),
                            .subject = stmt_text(s, 4),
                            .text = stmt_text(s, 5)};
        struct str blob = stmt_blob(s, 6);
        bool bad = blob.n != CHAIN_HASH_SIZE;
        if (x.seq != expected) {
            if (out->problems++ == 0)
                out->first_problem =
                    str_format(a, "the audit log has no entry %lld; entries were removed",
                               (long long)expected);
            expected = x.seq;
        }
        next_hash(&hash, &x);
        if (!bad) {
            memcpy(is.bytes, blob.p, CHAIN_HASH_SIZE);
            bad = !chain_equal(&is, &hash);
            hash = is; // go on from here, to count all problems
        }
        if (bad && out->problems++ == 0)
            out->first_problem =
                str_format(a, "entry %lld of the audit log (" STR_FMT ") was altered",
                           (long long)x.seq, STR_ARG(x.kind));
        out->entries++;
    }
    chain_to_hex(&hash, out->head);
    return code;
}

enum err audit_verify(struct conn *c, struct arena *a, struct audit_report *out,
                      struct error *e)
{
    struct stmt *s;
    bool ready;
    *out = (struct audit_report){0};
    enum err code = account_ready(c, &ready, e);
    if (code || !ready)
        return code;
    code = conn_stmt(c, "audit.walk",
                     "SELECT seq, at, who, kind, subject, text, hash FROM heng_events"
                     " ORDER BY seq",
                     &s, e);
    if (code)
        return code;
    code = walk(s, a, out, e);
    stmt_finish(s);
    if (code || !out->problems)
        return code;
    error_set(e, ERR_CORRUPT, "audit.verify", NULL, STR_FMT " (%lld problem%s)",
              STR_ARG(out->first_problem), (long long)out->problems,
              out->problems == 1 ? "" : "s");
    return error_cure(e, "restore a backup made before the change, and find out who can "
                         "write to the file");
}
