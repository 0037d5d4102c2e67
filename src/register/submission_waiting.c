// SPDX-License-Identifier: AGPL-3.0-or-later
// Forms that were refused: who sees them, and what becomes of them.
#include "register/attachment.h"
#include "register/rights.h"
#include "register/submission_private.h"

enum { MAX_WHY = 500, MOST_FILES = 200 };

// Whether the place that the form names is one where the caller writes.
static bool is_placed(const struct county *c, const struct access *who,
                      const struct submission *s)
{
    int32_t area = -1, facility = -1;
    for (size_t i = 0; i < s->filled.n_values; i++) {
        const struct field *f = reg_field(s->reg, s->filled.values[i].field);
        struct str text = s->filled.values[i].text;
        if (!f || !text.n)
            continue;
        if (f == s->reg->area)
            area = places_area_by_code(c->places, text);
        else if (f == s->reg->facility &&
                 places_find_facility(c->places, text, -1, DATE_NONE, &facility, NULL))
            facility = -1;
    }
    return rights_of_row(c->places, who, s->reg, ACCESS_WRITE, 0, area, facility);
}

static bool is_for(const struct county *c, const struct access *who,
                   const struct submission *s, int64_t sender)
{
    if (sender == who->user)
        return true;
    return s->reg && !access_read_some(who, s->reg, NULL) && is_placed(c, who, s);
}

static enum err read_one(struct stmt *s, struct county *c, const struct access *who,
                         struct arena *a, struct submission *out, int64_t *sender,
                         struct error *e)
{
    *sender = stmt_int(s, 1);
    *out = (struct submission){
        .id = stmt_int(s, 0),
        .at = stmt_int(s, 2),
        .tries = stmt_int(s, 3),
        .instance = str_copy(a, stmt_text(s, 4)),
        .form = str_copy(a, stmt_text(s, 5)),
        .version = str_copy(a, stmt_text(s, 6)),
        .who = str_copy(a, stmt_text(s, 10)),
        .reason = {str_copy(a, stmt_text(s, 7)), str_copy(a, stmt_text(s, 8))}};
    if (!out->instance.p || !out->form.p || !out->version.p || !out->who.p ||
        !out->reason.en.p || !out->reason.zh.p)
        return error_memory(e);
    out->reg = pack_register(c->pack, out->form);
    if (out->reg && (!xform_suits(out->reg) || access_write_some(who, out->reg, NULL)))
        out->reg = NULL;
    return xform_read(stmt_blob(s, 9), a, &out->filled, e);
}

#define COLUMNS                                                                          \
    "SELECT m.id, m.user, m.at, m.tries, m.instance, m.register, m.version,"             \
    " m.reason_en, m.reason_zh, m.xml, u.name FROM heng_submissions m"                   \
    " LEFT JOIN heng_users u ON u.id = m.user WHERE m.state = 1"

static enum err read_files(struct conn *c, struct arena *a, struct submission *of,
                           bool bytes, struct error *e)
{
    struct stmt *s;
    of->files = ARENA_ARRAY(a, struct submission_file, MOST_FILES);
    enum err code =
        of->files ? conn_stmt(c, bytes ? "submission.files_whole" : "submission.files",
                              bytes ? "SELECT name, bytes FROM"
                                      " heng_submission_files"
                                      " WHERE submission = ? ORDER BY name"
                                    : "SELECT name, length(bytes) FROM"
                                      " heng_submission_files"
                                      " WHERE submission = ? ORDER BY name",
                              &s, e)
                  : error_memory(e);
    if (code)
        return code;
    stmt_bind_int(s, 1, of->id);
    for (bool row; of->n_files < MOST_FILES && !(code = stmt_step(s, &row, e)) && row;) {
        struct submission_file *f = &of->files[of->n_files++];
        f->name = str_copy(a, stmt_text(s, 0));
        f->bytes = bytes ? str_copy(a, stmt_blob(s, 1))
                         : (struct str){NULL, (size_t)stmt_int(s, 1)};
        if (!f->name.p || (bytes && !f->bytes.p)) {
            code = error_memory(e);
            break;
        }
    }
    stmt_finish(s);
    return code;
}

enum err submission_waiting(struct county *c, const struct access *who, size_t most,
                            struct arena *a, struct submission **out, size_t *n,
                            struct error *e)
{
    struct conn *conn;
    struct stmt *s;
    bool row = false;
    *n = 0;
    *out = ARENA_ARRAY(a, struct submission, most + 1);
    enum err code = *out ? store_read_begin(c->store, &conn, e) : error_memory(e);
    if (code)
        return code;
    code = history_has_table(conn, "heng_submissions", &row, e);
    if (!code && row) {
        code = conn_stmt(conn, "submission.waiting",
                         COLUMNS " ORDER BY m.at DESC, m.id DESC", &s, e);
        while (!code && *n < most && !(code = stmt_step(s, &row, e)) && row) {
            int64_t sender;
            code = read_one(s, c, who, a, &(*out)[*n], &sender, e);
            if (!code && is_for(c, who, &(*out)[*n], sender))
                ++*n;
        }
        stmt_finish(s);
    }
    for (size_t i = 0; !code && i < *n; i++)
        code = read_files(conn, a, &(*out)[i], false, e);
    store_read_end(conn);
    return code;
}

// --- dealing with one

static enum err none(int64_t id, struct error *e)
{
    return error_set(e, ERR_NOT_FOUND, "submission.none", "id",
                     "no form with the number %lld waits for you", (long long)id);
}

static enum err find(struct county *c, const struct access *who, int64_t id,
                     struct arena *a, struct submission *out, struct error *e)
{
    struct conn *conn;
    struct stmt *s;
    bool row = false;
    int64_t sender = 0;
    enum err code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = history_has_table(conn, "heng_submissions", &row, e);
    if (!code && !row)
        code = none(id, e);
    if (!code)
        code = conn_stmt(conn, "submission.one", COLUMNS " AND m.id = ?", &s, e);
    if (!code) {
        stmt_bind_int(s, 1, id);
        code = stmt_step(s, &row, e);
        if (!code)
            code = row ? read_one(s, c, who, a, out, &sender, e) : none(id, e);
        if (!code && !is_for(c, who, out, sender))
            code = none(id, e);
        stmt_finish(s);
    }
    if (!code)
        code = read_files(conn, a, out, true, e);
    store_read_end(conn);
    return code;
}

struct settling {
    int64_t id, row, version, who;
    struct str why;
};

static enum err settle_job(struct conn *c, void *argument, struct error *e)
{
    const struct settling *x = argument;
    struct stmt *s;
    enum err code =
        conn_stmt(c, "submission.settle",
                  "UPDATE heng_submissions SET state = ?, row = ?, row_version = ?,"
                  " settled_by = ?, settled_at = ?, settled_why = ?"
                  " WHERE id = ? AND state = 1",
                  &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, x->row ? SUBMISSION_IS_SAVED : SUBMISSION_SET_ASIDE);
    if (x->row) {
        stmt_bind_int(s, 2, x->row);
        stmt_bind_int(s, 3, x->version);
    }
    stmt_bind_int(s, 4, x->who);
    stmt_bind_int(s, 5, date_now_ms());
    stmt_bind_text(s, 6, x->why);
    stmt_bind_int(s, 7, x->id);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) != 1)
        code = none(x->id, e);
    return code ? code : submission_forget(c, x->id, e);
}

enum err submission_settle(struct county *c, const struct access *who, int64_t id,
                           int64_t row, struct str reason, struct arena *a,
                           struct error *e)
{
    struct submission found = {0};
    struct settling x = {.id = id, .row = row, .who = who->user, .why = str_trim(reason)};
    struct datum *values;
    enum err code = find(c, who, id, a, &found, e);
    if (!code && !row && !x.why.n) {
        error_set(e, ERR_INPUT, "submission.reason", "reason",
                  "setting a form aside needs a reason");
        code = error_cure(e, "say why in a few words; it stays");
    }
    if (!code && row && !found.reg)
        code = none(id, e);
    if (!code && row) {
        code = row_get(c, who, found.reg, row, a, &values, e);
        if (!code)
            x.version = values[FIELD_VERSION].i;
    }
    for (size_t i = 0; !code && row && i < found.n_files; i++) {
        const struct submission_target to = {c, who, found.reg, row, &found.filled};
        struct error quiet;
        // what may not be attached was the reason, perhaps; then it is left out
        enum err file = submission_attach(&to, found.files, found.n_files, i, a, &quiet);
        if (file && file != ERR_INPUT && file != ERR_LIMIT) {
            code = file;
            if (e)
                *e = quiet;
        }
    }
    if (x.why.n > MAX_WHY)
        x.why.n = MAX_WHY;
    return code ? code : store_write(c->store, settle_job, &x, e);
}
