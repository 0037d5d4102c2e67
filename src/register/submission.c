// SPDX-License-Identifier: AGPL-3.0-or-later
// Taking a filled form: what it is, saving it, keeping what was refused.
#include <string.h>

#include "register/attachment.h"
#include "register/checklist.h"
#include "register/submission_private.h"
#include "register/xform_private.h"

enum { MAX_REASON = 3000 };

#define LABEL(english, chinese) ((struct label){STR(english), STR(chinese)})

static const char *const schema[] = {
    "CREATE TABLE heng_submissions (id INTEGER PRIMARY KEY, instance TEXT NOT NULL "
    "UNIQUE,"
    " user INTEGER NOT NULL, register TEXT NOT NULL, version TEXT NOT NULL,"
    " hash BLOB NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL,"
    " tries INTEGER NOT NULL DEFAULT 1, row INTEGER, row_version INTEGER,"
    " replaced_by TEXT, xml BLOB, reason_en TEXT, reason_zh TEXT,"
    " settled_by INTEGER, settled_at INTEGER, settled_why TEXT) STRICT;"
    "CREATE INDEX heng_submissions_waiting ON heng_submissions (at) WHERE state = 1;"
    "CREATE TABLE heng_submission_files (submission INTEGER NOT NULL"
    " REFERENCES heng_submissions (id), name TEXT NOT NULL, bytes BLOB NOT NULL,"
    " PRIMARY KEY (submission, name)) STRICT;",
};

enum err submission_migrate(struct conn *c, struct error *e)
{
    return store_migrate(c, "submissions", schema, sizeof schema / sizeof *schema, e);
}

enum err submission_find(struct conn *c, struct str instance, struct arena *a,
                         struct submission_record *out, struct error *e)
{
    struct stmt *s;
    bool row = false;
    *out = (struct submission_record){0};
    enum err code = history_has_table(c, "heng_submissions", &row, e);
    if (code || !row)
        return code;
    code = conn_stmt(c, "submission.find",
                     "SELECT id, user, row, row_version, state, replaced_by, hash,"
                     " register FROM heng_submissions WHERE instance = ?",
                     &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, instance);
    code = stmt_step(s, &row, e);
    if (!code && row) {
        struct str hash = stmt_blob(s, 6);
        *out = (struct submission_record){.id = stmt_int(s, 0),
                                          .user = stmt_int(s, 1),
                                          .row = stmt_int(s, 2),
                                          .version = stmt_int(s, 3),
                                          .state = (enum submission_state)stmt_int(s, 4),
                                          .replaced = stmt_text(s, 5).p != NULL,
                                          .reg = str_copy(a, stmt_text(s, 7))};
        if (hash.n == CHAIN_HASH_SIZE)
            memcpy(out->hash.bytes, hash.p, CHAIN_HASH_SIZE);
        if (!out->reg.p)
            code = error_memory(e);
    }
    stmt_finish(s);
    return code;
}

enum err submission_forget(struct conn *c, int64_t id, struct error *e)
{
    struct stmt *s;
    enum err code =
        conn_stmt(c, "submission.forget_files",
                  "DELETE FROM heng_submission_files WHERE submission = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    code = stmt_done(s, e);
    if (!code)
        code = conn_stmt(c, "submission.forget",
                         "UPDATE heng_submissions SET xml = NULL WHERE id = ?", &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, id);
    return stmt_done(s, e);
}

// --- taking

struct taking {
    struct county *county;
    const struct access *who;
    const struct submission_sent *sent;
    struct arena *arena;
    struct submission_done *out;
    struct xform_filled filled;
    struct chain_hash hash;
    struct submission_record before; // of the same instance
    int64_t row_version;
    int64_t waits; // the refused form that this one puts right; 0: none
};

static enum err refuse(struct taking *t, enum err why, struct label text)
{
    t->out->answer = SUBMISSION_REFUSED;
    t->out->why = why;
    t->out->text = text;
    return ERR_OK;
}

// One language of what is wrong with a row.
static struct str problem_words(struct taking *t, const struct row_problems *p, bool zh)
{
    struct buf b = BUF_INIT(MAX_REASON + 2000);
    for (size_t i = 0; i < p->n && b.n < MAX_REASON; i++) {
        const struct row_problem *one = &p->list[i];
        struct str text = label_in(one->text, zh), cure = label_in(one->cure, zh);
        if (one->severity != SEVERITY_ERROR)
            continue;
        buf_add_c(&b, b.n ? zh ? "；" : "; " : "");
        if (one->field) {
            buf_add(&b, label_in(one->field->label, zh));
            buf_add_c(&b, zh ? "：" : ": ");
        }
        buf_add(&b, text);
        if (cure.n)
            buf_printf(&b, zh ? "（" STR_FMT "）" : " (" STR_FMT ")", STR_ARG(cure));
    }
    struct str words = b.failed ? STR("?") : str_copy(t->arena, buf_str(&b));
    buf_free(&b);
    return words.p ? words : STR("?");
}

static struct str words_in(struct taking *t, const struct error *e, bool zh)
{
    struct error_words words = error_words(e, zh);
    struct str text = !words.cure[0] ? str_copy(t->arena, str_of(words.text))
                                     : str_format(t->arena, zh ? "%s（%s）" : "%s (%s)",
                                                  words.text, words.cure);
    return text.p ? text : STR("?");
}

// Errors that say what is wrong with the form, not with the server of this moment.
static bool is_of_the_form(enum err code)
{
    return code == ERR_INPUT || code == ERR_FORBIDDEN || code == ERR_CONFLICT ||
           code == ERR_NOT_FOUND || code == ERR_USAGE || code == ERR_LIMIT;
}

static enum err refuse_row(struct taking *t, enum err code,
                           const struct row_problems *problems, const struct error *e)
{
    if (!is_of_the_form(code))
        return code;
    if (problems && problems->refused)
        return refuse(t, code,
                      (struct label){problem_words(t, problems, false),
                                     problem_words(t, problems, true)});
    return refuse(t, code, (struct label){words_in(t, e, false), words_in(t, e, true)});
}

static enum err check_files(struct taking *t, struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < t->sent->n_files; i++) {
        const struct submission_file *f = &t->sent->files[i];
        code = attachment_check(f->name, f->bytes, t->arena, e);
        if (!code || !is_of_the_form(code))
            continue;
        struct str en =
            str_format(t->arena, "file '" STR_FMT "': %s", STR_ARG(f->name), e->text);
        struct str zh = str_format(t->arena, "附件“" STR_FMT "”：%s", STR_ARG(f->name),
                                   error_words(e, true).text);
        return en.p && zh.p ? refuse(t, code, (struct label){en, zh}) : error_memory(e);
    }
    return code;
}

// How many of the parts before this one have its name, and how many have it at all.
static void count_names(const struct submission_file *files, size_t n, size_t at,
                        size_t *before, size_t *all)
{
    *before = *all = 0;
    for (size_t i = 0; i < n; i++)
        if (str_equal(files[i].name, files[at].name)) {
            *before += i < at;
            ++*all;
        }
}

enum err submission_attach(const struct submission_target *to,
                           const struct submission_file *files, size_t n, size_t at,
                           struct arena *a, struct error *e)
{
    struct attachment_new file = {.name = files[at].name, .bytes = files[at].bytes};
    struct attachment added;
    size_t before, all, seen = 0;
    bool any = false, repeated;
    enum err code = ERR_OK;
    count_names(files, n, at, &before, &all);
    for (size_t i = 0; !code && i < to->filled->n_files; i++) {
        const struct xform_file *named = &to->filled->files[i];
        const struct field *f = reg_field(to->reg, named->item);
        if (!f || f->system || !str_equal(named->name, file.name) ||
            (all > 1 && seen++ != before))
            continue;
        any = true;
        file.item = f->name;
        code = attachment_add_bytes(to->county, to->who, to->reg, to->row, &file, a,
                                    &added, &repeated, e);
    }
    return any ? code
               : attachment_add_bytes(to->county, to->who, to->reg, to->row, &file, a,
                                      &added, &repeated, e);
}

static enum err add_files(struct taking *t, struct error *e)
{
    const struct submission_target to = {t->county, t->who, t->out->reg, t->out->row,
                                         &t->filled};
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < t->sent->n_files; i++)
        code = submission_attach(&to, t->sent->files, t->sent->n_files, i, t->arena, e);
    if (!code)
        code = checklist_photos_owed(t->county, t->out->reg, &t->out->row, 1, t->arena,
                                     &t->out->owed, e);
    return code;
}

static enum err create(struct taking *t, struct error *e)
{
    struct str *photos = ARENA_ARRAY(t->arena, struct str, t->filled.n_files + 1);
    if (!photos)
        return error_memory(e);
    for (size_t i = 0; i < t->filled.n_files; i++)
        photos[i] = t->filled.files[i].item;
    struct row_new row = {.values = t->filled.values,
                          .n = t->filled.n_values,
                          .source = t->filled.source,
                          .key = t->filled.instance,
                          .tells_photos = true,
                          .photos = photos,
                          .n_photos = t->filled.n_files};
    struct row_saved saved;
    enum err code = row_create(t->county, t->who, t->out->reg, &row, t->arena, &saved, e);
    if (code)
        return refuse_row(t, code, &saved.problems, e);
    t->out->row = saved.id;
    t->row_version = saved.version;
    return ERR_OK;
}

static enum err find_older(struct taking *t, struct submission_record *older,
                           struct error *e)
{
    struct conn *c;
    enum err code = store_read_begin(t->county->store, &c, e);
    if (code)
        return code;
    code = submission_find(c, t->filled.deprecated, t->arena, older, e);
    store_read_end(c);
    if (code)
        return code;
    if (older->id && older->state == SUBMISSION_WAITS && older->user == t->who->user) {
        t->waits = older->id;
        return ERR_OK;
    }
    if (!older->id || older->state != SUBMISSION_IS_SAVED ||
        !str_equal(older->reg, t->out->reg->name))
        return refuse(t, ERR_NOT_FOUND,
                      LABEL("the form that this one corrects (deprecatedID) is not here",
                            "此表单要更正的原表单（deprecatedID）不在本系统中"));
    if (older->replaced)
        return refuse(t, ERR_CONFLICT,
                      LABEL("the form that this one corrects was corrected before",
                            "原表单已被另一份表单更正过"));
    return ERR_OK;
}

static enum err correct(struct taking *t, struct error *e)
{
    struct submission_record older;
    struct row_saved saved = {0};
    enum err code = find_older(t, &older, e);
    if (code || t->out->answer == SUBMISSION_REFUSED)
        return code;
    if (t->waits)
        return create(t, e);
    struct row_edit edit = {.change = HISTORY_CORRECT,
                            .id = older.row,
                            .version = older.version,
                            .values = t->filled.values,
                            .n = t->filled.n_values,
                            .reason = STR("corrected on the phone · 手机端更正")};
    t->out->row = older.row;
    t->row_version = older.version;
    code = row_edit(t->county, t->who, t->out->reg, &edit, t->arena, &saved, e);
    if (code == ERR_CONFLICT && e && str_equal_c(str_of(e->key), "row.same"))
        return ERR_OK; // only its files are new, or nothing
    if (code == ERR_CONFLICT && !saved.problems.refused)
        return refuse(t, code,
                      LABEL("someone else has changed the record since",
                            "该记录此后已被他人修改，请由录入人员核对"));
    if (code)
        return refuse_row(t, code, &saved.problems, e);
    t->row_version = saved.version;
    return ERR_OK;
}

static enum err find_form(struct taking *t, struct error *e)
{
    const struct reg *r = pack_register(t->county->pack, t->filled.form);
    if (r && xform_suits(r) && !access_write_some(t->who, r, NULL)) {
        t->out->reg = r;
        return ERR_OK;
    }
    struct str en = str_format(t->arena, "there is no form '" STR_FMT "' for you",
                               STR_ARG(t->filled.form));
    struct str zh = str_format(t->arena, "没有可供您填写的表单“" STR_FMT "”",
                               STR_ARG(t->filled.form));
    return en.p && zh.p ? refuse(t, ERR_NOT_FOUND, (struct label){en, zh})
                        : error_memory(e);
}

// --- keeping

static enum err mark_replaced(struct conn *c, const struct taking *t, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "submission.replaced",
                              "UPDATE heng_submissions SET replaced_by = ?"
                              " WHERE instance = ? AND replaced_by IS NULL",
                              &s, e);
    if (code)
        return code;
    stmt_bind_text(s, 1, t->filled.instance);
    stmt_bind_text(s, 2, t->filled.deprecated);
    code = stmt_done(s, e);
    if (!code && stmt_changes(s) != 1)
        code = error_set(e, ERR_CONFLICT, "submission.replaced", NULL,
                         "the form was corrected by another at the same moment");
    return code;
}

// What was refused and put right under a new id is of that row: sent again it is old.
static enum err mark_put_right(struct conn *c, const struct taking *t, struct error *e)
{
    struct stmt *s;
    enum err code = conn_stmt(c, "submission.put_right",
                              "UPDATE heng_submissions SET state = ?, row = ?,"
                              " row_version = ?, replaced_by = ? WHERE id = ? AND state ="
                              " ?",
                              &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, SUBMISSION_IS_SAVED);
    stmt_bind_int(s, 2, t->out->row);
    stmt_bind_int(s, 3, t->row_version);
    stmt_bind_text(s, 4, t->filled.instance);
    stmt_bind_int(s, 5, t->waits);
    stmt_bind_int(s, 6, SUBMISSION_WAITS);
    code = stmt_done(s, e);
    return code ? code : submission_forget(c, t->waits, e);
}

// The same instance may come twice at one time: who is second finds the first.
static enum err put_record(struct conn *c, const struct taking *t, int64_t *id,
                           struct error *e)
{
    const struct submission_done *d = t->out;
    bool saved = d->answer == SUBMISSION_SAVED;
    struct stmt *s;
    bool row = false;
    enum err code = conn_stmt(
        c, "submission.put",
        "INSERT INTO heng_submissions (instance, user, register, version, hash, state, "
        "at,"
        " row, row_version, xml, reason_en, reason_zh)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (instance) DO UPDATE SET user = excluded.user,"
        " register = excluded.register, version = excluded.version,"
        " hash = excluded.hash, state = excluded.state, at = excluded.at,"
        " tries = tries + 1, row = excluded.row, row_version = excluded.row_version,"
        " xml = excluded.xml, reason_en = excluded.reason_en,"
        " reason_zh = excluded.reason_zh WHERE state <> 0 RETURNING id",
        &s, e);
    if (code)
        return code;
    const struct str none = {NULL, 0};
    stmt_bind_text(s, 1, t->filled.instance);
    stmt_bind_int(s, 2, t->who->user);
    stmt_bind_text(s, 3, t->filled.form);
    stmt_bind_text(s, 4, t->filled.version);
    stmt_bind_blob(s, 5, t->hash.bytes, CHAIN_HASH_SIZE);
    stmt_bind_int(s, 6, saved ? SUBMISSION_IS_SAVED : SUBMISSION_WAITS);
    stmt_bind_int(s, 7, date_now_ms());
    if (saved) {
        stmt_bind_int(s, 8, d->row);
        stmt_bind_int(s, 9, t->row_version);
    } else {
        stmt_bind_blob(s, 10, t->sent->xml.p, t->sent->xml.n);
    }
    stmt_bind_text(s, 11, saved ? none : d->text.en);
    stmt_bind_text(s, 12, saved ? none : d->text.zh);
    code = stmt_step(s, &row, e);
    *id = !code && row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    return code;
}

static enum err put_files(struct conn *c, const struct taking *t, int64_t id,
                          struct error *e)
{
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i < t->sent->n_files; i++) {
        const struct submission_file *f = &t->sent->files[i];
        struct stmt *s;
        code = conn_stmt(c, "submission.file",
                         "INSERT OR REPLACE INTO heng_submission_files"
                         " (submission, name, bytes) VALUES (?, ?, ?)",
                         &s, e);
        if (code)
            break;
        stmt_bind_int(s, 1, id);
        stmt_bind_text(s, 2, f->name);
        stmt_bind_blob(s, 3, f->bytes.n ? f->bytes.p : "", f->bytes.n);
        code = stmt_done(s, e);
    }
    return code;
}

static enum err enough_waits(struct conn *c, const struct taking *t, struct error *e)
{
    struct stmt *s;
    bool row = false, full = false;
    enum err code = conn_stmt(
        c, "submission.count",
        "SELECT count(*), coalesce(sum((SELECT sum(length(f.bytes)) FROM"
        " heng_submission_files f WHERE f.submission = m.id)), 0)"
        " FROM heng_submissions m WHERE m.state = 1 AND m.user = ? AND m.instance <> ?",
        &s, e);
    if (code)
        return code;
    stmt_bind_int(s, 1, t->who->user);
    stmt_bind_text(s, 2, t->filled.instance);
    code = stmt_step(s, &row, e);
    if (!code && row)
        full = stmt_int(s, 0) >= SUBMISSION_MAX_WAITING ||
               stmt_int(s, 1) >= SUBMISSION_MAX_WAITING_BYTES;
    stmt_finish(s);
    if (code || !full)
        return code;
    error_set(e, ERR_LIMIT, "submission.waiting", NULL,
              "too many forms of yours that were refused wait to be looked at");
    return error_cure(e, "have them looked at under Import, then send again");
}

static enum err keep_job(struct conn *c, void *argument, struct error *e)
{
    struct taking *t = argument;
    bool saved = t->out->answer == SUBMISSION_SAVED;
    int64_t id = 0;
    enum err code = submission_migrate(c, e);
    if (!code && !saved)
        code = enough_waits(c, t, e);
    if (!code && saved && t->waits)
        code = mark_put_right(c, t, e);
    else if (!code && saved && t->filled.deprecated.n &&
             t->before.state != SUBMISSION_IS_SAVED)
        code = mark_replaced(c, t, e);
    if (!code)
        code = put_record(c, t, &id, e);
    if (!code && id)
        code = saved ? submission_forget(c, id, e) : put_files(c, t, id, e);
    // another was faster: the same form is fine, a different one is a conflict
    if (!code && !id)
        code = submission_find(c, t->filled.instance, t->arena, &t->before, e);
    return code;
}

static enum err conflict(struct taking *t)
{
    t->out->answer = SUBMISSION_CONFLICT;
    t->out->text = LABEL("another form was sent under the same id (instanceID)",
                         "同一编号（instanceID）已有另一份不同的表单");
    return ERR_OK;
}

// An instance that has its row already.
static enum err again(struct taking *t, struct error *e)
{
    t->out->reg = pack_register(t->county->pack, t->before.reg);
    t->out->row = t->before.row;
    if (!chain_equal(&t->before.hash, &t->hash))
        return conflict(t);
    t->out->answer = SUBMISSION_AGAIN;
    if (!t->out->reg)
        return ERR_OK;
    enum err code = add_files(t, e);
    // what cannot be attached is said; the row and the files before it stay
    if (code && is_of_the_form(code))
        return refuse(t, code,
                      (struct label){words_in(t, e, false), words_in(t, e, true)});
    return code;
}

static enum err take_new(struct taking *t, struct error *e)
{
    struct submission_done *d = t->out;
    enum err code = find_form(t, e);
    if (!code && d->answer != SUBMISSION_REFUSED)
        code = check_files(t, e);
    if (!code && d->answer != SUBMISSION_REFUSED)
        code = t->filled.deprecated.n ? correct(t, e) : create(t, e);
    if (!code)
        code = store_write(t->county->store, keep_job, t, e);
    if (code || d->answer == SUBMISSION_REFUSED)
        return code;
    if (t->before.id && t->before.state == SUBMISSION_IS_SAVED)
        return again(t, e);
    return add_files(t, e);
}

enum err submission_take(struct county *c, const struct access *who,
                         const struct submission_sent *sent, struct arena *a,
                         struct submission_done *out, struct error *e)
{
    struct taking t = {.county = c, .who = who, .sent = sent, .arena = a, .out = out};
    struct error own = {0};
    struct conn *conn;
    *out = (struct submission_done){.answer = SUBMISSION_SAVED};
    e = e ? e : &own;
    enum err code = xform_read(sent->xml, a, &t.filled, e);
    if (code)
        return code;
    t.hash = chain_hash_of(sent->xml);
    code = store_read_begin(c->store, &conn, e);
    if (code)
        return code;
    code = submission_find(conn, t.filled.instance, a, &t.before, e);
    store_read_end(conn);
    if (code)
        return code;
    return t.before.id && t.before.state == SUBMISSION_IS_SAVED ? again(&t, e)
                                                                : take_new(&t, e);
}
