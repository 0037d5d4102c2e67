// SPDX-License-Identifier: AGPL-3.0-or-later
// Correcting, striking and restoring a row.
#include <string.h>

#include "register/row_private.h"
#include "register/workflow.h"

struct edit_job { // one change on its way to the writer
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    const struct row_edit *edit;
    struct str reason;
    struct row_saved *out;
    struct arena *arena;
};

static enum err check_not_struck(const struct edit_job *x, const struct datum *old,
                                 struct error *e)
{
    if (x->edit->change != HISTORY_CORRECT || !old[FIELD_STATE].i)
        return ERR_OK;
    return row_is_struck(x->edit->id, e);
}

static enum err check_version(const struct edit_job *x, const struct datum *old,
                              struct error *e)
{
    int64_t is = old[FIELD_VERSION].i;
    if (!x->edit->version || is == x->edit->version)
        return ERR_OK;
    error_set(e, ERR_CONFLICT, "row.version", x->reg->name.p,
              "row %lld is at version %lld, and the change was made on version %lld",
              (long long)x->edit->id, (long long)is, (long long)x->edit->version);
    return error_cure(e, "look at the row again, then change it");
}

// A row whose import was undone: files find it again from now on, unless another row has
// taken its key.
static enum err find_again(struct conn *conn, struct row_typing *t, bool *where,
                           struct error *e)
{
    int64_t fingerprint = 0;
    enum err code = row_typing_key(t, conn, NULL, &fingerprint, e);
    if (!code)
        code = row_problems_first(t->out, e);
    where[FIELD_FINGERPRINT] = true;
    t->values[FIELD_FINGERPRINT] = (struct datum){.i = fingerprint};
    return code;
}

static enum err change_state(const struct edit_job *x, const struct datum *old,
                             struct conn *conn, struct row_typing *t, bool *where,
                             struct error *e)
{
    enum err code = row_typing_begin(t, old, e);
    if (code)
        return code;
    where[FIELD_STATE] = true;
    t->values[FIELD_STATE].i =
        x->edit->change == HISTORY_STRIKE; // codes: current, struck
    if (t->values[FIELD_STATE].i != old[FIELD_STATE].i)
        return x->edit->change == HISTORY_RESTORE && !old[FIELD_FINGERPRINT].i
                   ? find_again(conn, t, where, e)
                   : ERR_OK;
    return error_set(e, ERR_CONFLICT, "row.state", x->reg->name.p,
                     "row %lld is already %s", (long long)x->edit->id,
                     old[FIELD_STATE].i ? "struck" : "current");
}

static enum err change_values(const struct edit_job *x, struct conn *conn,
                              const struct datum *old, struct row_typing *t, bool *where,
                              struct error *e)
{
    int64_t fingerprint = 0;
    enum err code = row_typing_begin(t, old, e);
    if (!code)
        code = row_typing_read(t, x->edit->values, x->edit->n, false, e);
    if (!code)
        code = row_typing_check(t, e);
    if (!code)
        code = row_typing_key(t, conn, old, &fingerprint, e);
    if (!code)
        code = row_problems_first(&x->out->problems, e);
    if (code)
        return code;
    memcpy(where, t->typed, x->reg->n_fields * sizeof *where);
    where[FIELD_DATE] = true;
    where[FIELD_FINGERPRINT] = true;
    if (x->reg->workflow) // the day from which a deadline runs may be another now
        where[workflow_field(x->reg, STAGE_DUE)] = true;
    t->values[FIELD_FINGERPRINT] = (struct datum){.i = fingerprint};
    return ERR_OK;
}

static enum err save(const struct edit_job *x, struct conn *conn, const struct datum *old,
                     const struct datum *new, const bool *where, struct error *e)
{
    struct history h = {0};
    bool changed = false;
    enum err code = history_begin(conn, &h, e);
    if (!code)
        code = row_save_changes(conn, x->county, x->reg, &h, x->edit->id, old, new, where,
                                x->edit->change, x->who->user, x->reason, &changed, e);
    history_end(&h);
    if (!code && !changed)
        code = error_set(e, ERR_CONFLICT, "row.same", x->reg->name.p,
                         "row %lld already has these values", (long long)x->edit->id);
    return code;
}

static enum err edit_job(struct conn *conn, void *argument, struct error *e)
{
    const struct edit_job *x = argument;
    const struct reg *r = x->reg;
    struct row_typing t = {.county = x->county,
                           .who = x->who,
                           .reg = r,
                           .arena = x->arena,
                           .id = x->edit->id,
                           .out = &x->out->problems};
    struct datum *old;
    bool *where = ARENA_ARRAY(x->arena, bool, r->n_fields);
    enum err code =
        where ? row_read(conn, x->county, r, t.id, x->arena, &old, e) : error_memory(e);
    if (!code)
        code = row_check_place(x->county, x->who, r, ACCESS_WRITE, t.id, old, e);
    if (!code)
        code = check_version(x, old, e);
    if (!code)
        code = check_not_struck(x, old, e);
    if (!code)
        code = x->edit->change == HISTORY_CORRECT
                   ? change_values(x, conn, old, &t, where, e)
                   : change_state(x, old, conn, &t, where, e);
    if (!code)
        code = save(x, conn, old, t.values, where, e);
    if (!code)
        x->out->version = old[FIELD_VERSION].i + 1;
    return code;
}

enum err row_edit(struct county *c, const struct access *who, const struct reg *r,
                  const struct row_edit *edit, struct arena *a, struct row_saved *out,
                  struct error *e)
{
    *out = (struct row_saved){.id = edit->id};
    enum err code = access_write_some(who, r, e);
    if (code)
        return code;
    struct edit_job x = {.county = c,
                         .who = who,
                         .reg = r,
                         .edit = edit,
                         .reason = str_trim(edit->reason),
                         .out = out,
                         .arena = a};
    if (!x.reason.n) {
        error_set(e, ERR_USAGE, "row.reason", r->name.p, "a change needs a reason");
        return error_cure(e, "say why, in a few words; it stays in the history");
    }
    if (x.reason.n > ROW_REASON_MAX)
        return error_set(e, ERR_LIMIT, "row.reason", r->name.p,
                         "the reason has %zu bytes; at most %d are kept", x.reason.n,
                         ROW_REASON_MAX);
    return store_write(c->store, edit_job, &x, e);
}

// --- for the shell

static enum err edit_once(struct county *c, const struct access *who, const struct reg *r,
                          const struct row_edit *edit, struct error *e)
{
    struct arena a;
    struct row_saved saved;
    arena_init(&a, 64 << 20);
    enum err code = row_edit(c, who, r, edit, &a, &saved, e);
    arena_free(&a);
    return code;
}

enum err row_correct(struct county *c, const struct access *who, const struct reg *r,
                     int64_t id, int64_t version, const struct row_change *changes,
                     size_t n, struct str reason, struct error *e)
{
    return edit_once(c, who, r,
                     &(struct row_edit){.change = HISTORY_CORRECT,
                                        .id = id,
                                        .version = version,
                                        .values = changes,
                                        .n = n,
                                        .reason = reason},
                     e);
}

enum err row_strike(struct county *c, const struct access *who, const struct reg *r,
                    int64_t id, struct str reason, struct error *e)
{
    return edit_once(
        c, who, r,
        &(struct row_edit){.change = HISTORY_STRIKE, .id = id, .reason = reason}, e);
}

enum err row_restore(struct county *c, const struct access *who, const struct reg *r,
                     int64_t id, struct str reason, struct error *e)
{
    return edit_once(
        c, who, r,
        &(struct row_edit){.change = HISTORY_RESTORE, .id = id, .reason = reason}, e);
}
