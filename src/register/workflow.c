// SPDX-License-Identifier: AGPL-3.0-or-later
// A move, in one write job: all that it needs is looked at where nobody can come between.
#include <string.h>

#include "base/text.h"
#include "register/rule_check.h"
#include "register/workflow_private.h"

struct move_job {
    struct county *county;
    const struct access *who;
    const struct reg *reg;
    const struct row_move *asked;
    struct str reason; // of the history: "name: text"
    struct row_saved *out;
    struct arena *arena;

    struct conn *conn;
    const struct move *move;
    struct workflow_look look;
    struct row_typing typing;
    bool *where;
};

#define LABEL(english, chinese) ((struct label){STR(english), STR(chinese)})

// --- which

static enum err no_such_move(const struct move_job *x, const struct workflow_now *now,
                             struct error *e)
{
    const struct workflow *w = x->reg->workflow;
    struct buf list = BUF_INIT(1000);
    for (size_t i = 0; i < w->n_moves && list.n < 800; i++)
        if (w->moves[i].from & (1ULL << now->stage))
            buf_printf(&list, "%s" STR_FMT, list.n ? ", " : "",
                       STR_ARG(w->moves[i].name));
    error_set(e, ERR_INPUT, "workflow.move", "move",
              "no move '" STR_FMT "' leads out of stage '" STR_FMT "'",
              STR_ARG(text_cut(x->asked->move, 40)), STR_ARG(w->stages[now->stage].name));
    if (list.n)
        error_cure(e, "one of: " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_INPUT;
}

static enum err find_move(struct move_job *x, const struct workflow_now *now,
                          struct error *e)
{
    const struct workflow *w = x->reg->workflow;
    for (size_t i = 0; i < w->n_moves; i++)
        if (str_equal(w->moves[i].name, x->asked->move) &&
            w->moves[i].from & (1ULL << now->stage))
            x->move = &w->moves[i];
    return x->move ? ERR_OK : no_such_move(x, now, e);
}

static enum err check_version(const struct move_job *x, const struct workflow_now *now,
                              struct error *e)
{
    const struct datum *values = x->look.values;
    if (x->asked->version && now->version != x->asked->version) {
        error_set(e, ERR_CONFLICT, "row.version", x->reg->name.p,
                  "row %lld is at version %lld, and the move was made on version %lld",
                  (long long)x->asked->id, (long long)now->version,
                  (long long)x->asked->version);
        return error_cure(e, "look at the row again, then decide");
    }
    if (!values[FIELD_STATE].i)
        return ERR_OK;
    return error_set(e, ERR_CONFLICT, "row.state", x->reg->name.p,
                     "row %lld is struck and cannot be moved", (long long)x->asked->id);
}

// --- who, and what stands in the way

// The same as the error says, in both languages, for the page.
static void refuse(struct move_job *x, enum err code, const char *key, struct label text)
{
    row_typing_error(&x->typing, NULL, x->move->name, code, key, text, (struct label){0});
}

// The one at the shell types for anybody: this is where it ends.
static enum err refuse_shell(struct move_job *x, struct error *e)
{
    struct label said = WORKFLOW_SIGN_IN;
    refuse(x, ERR_FORBIDDEN, "workflow.sign_in", said);
    if (x->who->behalf)
        error_set(e, ERR_FORBIDDEN, "workflow.sign_in", x->move->name.p,
                  "this step checks what another did, and the account of '" STR_FMT
                  "' holds no role for it in the row's area",
                  STR_ARG(x->who->name));
    else
        error_set(e, ERR_FORBIDDEN, "workflow.sign_in", x->move->name.p,
                  "this step checks what another did, and '" STR_FMT
                  "' has no account of this file",
                  STR_ARG(x->who->name));
    return error_cure(e,
                      "let who checks sign in at 'heng serve' and make it; or name with "
                      "--for an account that holds the role ('heng account list')");
}

static enum err check_hands(struct move_job *x, struct error *e)
{
    enum move_block hands = MOVE_OPEN;
    if (!workflow_may(&x->look, x->move)) {
        struct buf roles = BUF_INIT(500);
        for (size_t i = 0; i < x->move->n_by && roles.n < 400; i++)
            buf_printf(&roles, "%s" STR_FMT, i ? ", " : "", STR_ARG(x->move->by[i]));
        error_set(e, ERR_FORBIDDEN, "workflow.role", x->move->name.p,
                  STR_FMT " holds no role for this step in the row's area",
                  STR_ARG(x->who->name));
        if (roles.n)
            error_cure(e, "it is for: " STR_FMT, STR_ARG(buf_str(&roles)));
        buf_free(&roles);
        refuse(x, ERR_FORBIDDEN, "workflow.role", WORKFLOW_NOT_YOURS);
        return ERR_FORBIDDEN;
    }
    enum err code = workflow_hands(&x->look, x->move, &hands, e);
    if (code || hands == MOVE_OPEN)
        return code;
    if (hands == MOVE_SIGN_IN)
        return refuse_shell(x, e);
    struct label said = WORKFLOW_OTHER_HAND;
    refuse(x, ERR_FORBIDDEN, "workflow.hand", said);
    error_set(e, ERR_FORBIDDEN, "workflow.hand", x->move->name.p, STR_FMT,
              STR_ARG(said.en));
    error_set_zh(e, STR_FMT, STR_ARG(said.zh));
    return error_cure(e, "ask a colleague with the same role");
}

static enum err check_gates(struct move_job *x, struct error *e)
{
    const struct move_gate *gate = NULL;
    int64_t rows = 0;
    enum err code = workflow_gate(&x->look, x->move, &gate, &rows, e);
    if (code || !gate)
        return code;
    refuse(x, ERR_CONFLICT, "workflow.gate", gate->text);
    const struct related *of = rows ? &gate->none : &gate->some;
    error_set(e, ERR_CONFLICT, "workflow.gate", x->move->name.p, STR_FMT,
              STR_ARG(gate->text.en));
    error_set_zh(e, STR_FMT, STR_ARG(gate->text.zh));
    return rows ? error_cure(e, "%lld rows of " STR_FMT " stand in the way",
                             (long long)rows, STR_ARG(of->reg->name))
                : error_cure(e, "a row of " STR_FMT " is wanted", STR_ARG(of->reg->name));
}

// --- what is filled in

static bool takes(const struct move *m, struct str name)
{
    for (size_t i = 0; i < m->n_needs; i++)
        if (str_equal(m->needs[i]->name, name))
            return true;
    for (size_t i = 0; i < m->n_sets; i++)
        if (str_equal(m->sets[i]->name, name))
            return true;
    return false;
}

static enum err read_values(struct move_job *x, struct error *e)
{
    struct row_typing *t = &x->typing;
    for (size_t i = 0; i < x->asked->n; i++) {
        struct str name = x->asked->values[i].field;
        const struct field *f = reg_field(x->reg, name);
        if (!f || f->system || takes(x->move, name))
            continue; // a name that is no field is told by row_typing_read
        row_typing_error(
            t, f, f->name, ERR_INPUT, "workflow.field",
            LABEL("this step does not fill in this field", "此步骤不填写该项"),
            LABEL("correct the row for that", "请用更正功能修改"));
    }
    return row_typing_read(t, x->asked->values, x->asked->n, false, e);
}

static enum err check_needs(struct move_job *x, struct error *e)
{
    struct row_typing *t = &x->typing;
    const struct move *m = x->move;
    bool file = true;
    for (size_t i = 0; i < m->n_needs; i++) {
        const struct field *f = m->needs[i];
        if (t->values[f->index].null && !t->wrong[f->index])
            row_typing_error(t, f, f->name, ERR_INPUT, "workflow.needs",
                             LABEL("this step needs this field", "此步骤须填写此项"),
                             LABEL("fill it in with the step", "请在办理时填写"));
    }
    if (m->needs_reason && !str_trim(x->asked->reason).n)
        row_typing_error(t, NULL, STR("reason"), ERR_INPUT, "workflow.reason",
                         LABEL("this step needs a reason", "此步骤须写明理由"),
                         LABEL("say why, in a few words", "请简要写明理由"));
    enum err code = m->needs_file ? workflow_has_file(&x->look, &file, e) : ERR_OK;
    if (!code && !file)
        row_typing_error(t, NULL, STR("file"), ERR_INPUT, "workflow.file",
                         LABEL("this step needs a file that was attached since the "
                               "stage began",
                               "此步骤须附本阶段内上传的文件"),
                         LABEL("attach it to the row first", "请先在记录中添加附件"));
    return code;
}

static enum err check_when(struct move_job *x, struct error *e)
{
    struct row_typing *t = &x->typing;
    bool holds = true;
    enum err code = x->move->when ? rule_holds(x->arena, x->county, x->reg, x->move->when,
                                               t->values, &holds, e)
                                  : ERR_OK;
    if (!code && !holds)
        row_typing_error(t, NULL, x->move->name, ERR_INPUT, "workflow.when",
                         x->move->when_label, (struct label){0});
    return code;
}

static enum err fill_in(struct move_job *x, struct error *e)
{
    struct row_typing *t = &x->typing;
    const struct datum *old = x->look.values;
    int64_t fingerprint = 0;
    enum err code = row_typing_begin(t, old, e);
    if (!code)
        code = read_values(x, e);
    if (code)
        return code;
    workflow_put(x->reg, t->values, x->move->to, date_today());
    code = row_typing_check(t, e);
    if (!code)
        code = check_needs(x, e);
    if (!code)
        code = check_when(x, e);
    if (!code)
        code = row_typing_key(t, x->conn, old, &fingerprint, e);
    if (!code)
        code = row_problems_first(&x->out->problems, e);
    if (code)
        return code;
    memcpy(x->where, t->typed, x->reg->n_fields * sizeof *x->where);
    x->where[FIELD_DATE] = true;
    x->where[FIELD_FINGERPRINT] = true;
    for (int i = STAGE; i <= STAGE_DUE; i++)
        x->where[workflow_field(x->reg, (enum stage_field)i)] = true;
    t->values[FIELD_FINGERPRINT] = (struct datum){.i = fingerprint};
    return ERR_OK;
}

// --- the job

static enum err save(const struct move_job *x, struct error *e)
{
    struct history h = {0};
    bool changed = false;
    enum err code = history_begin(x->conn, &h, e);
    if (!code)
        code = row_save_changes(x->conn, x->county, x->reg, &h, x->asked->id,
                                x->look.values, x->typing.values, x->where, HISTORY_MOVE,
                                x->who->user, x->reason, &changed, e);
    history_end(&h);
    if (!code && !changed)
        code = error_set(e, ERR_CONFLICT, "row.same", x->reg->name.p,
                         "row %lld is in this stage since today already",
                         (long long)x->asked->id);
    return code;
}

static enum err move_job(struct conn *conn, void *argument, struct error *e)
{
    struct move_job *x = argument;
    const struct reg *r = x->reg;
    struct workflow_now now;
    struct datum *old = NULL;
    x->conn = conn;
    x->move = NULL;
    x->look = (struct workflow_look){.county = x->county,
                                     .conn = conn,
                                     .who = x->who,
                                     .reg = r,
                                     .id = x->asked->id,
                                     .arena = x->arena};
    x->typing = (struct row_typing){.county = x->county,
                                    .who = x->who,
                                    .reg = r,
                                    .arena = x->arena,
                                    .id = x->asked->id,
                                    .out = &x->out->problems};
    x->where = ARENA_ARRAY(x->arena, bool, r->n_fields);
    enum err code = x->where
                        ? row_read(conn, x->county, r, x->asked->id, x->arena, &old, e)
                        : error_memory(e);
    if (!code)
        code = row_check_place(x->county, x->who, r, ACCESS_READ, x->asked->id, old, e);
    if (code)
        return code;
    x->look.values = old;
    workflow_where(r, old, date_today(), &now);
    code = check_version(x, &now, e);
    if (!code)
        code = find_move(x, &now, e);
    if (!code)
        code = check_hands(x, e);
    if (!code)
        code = fill_in(x, e);
    if (!code)
        code = check_gates(x, e);
    if (!code) {
        x->reason = str_format(x->arena, STR_FMT ": " STR_FMT, STR_ARG(x->move->name),
                               STR_ARG(str_trim(x->asked->reason)));
        code = x->reason.p ? save(x, e) : error_memory(e);
    }
    if (!code)
        x->out->version = now.version + 1;
    return code;
}

enum err workflow_move(struct county *c, const struct access *who, const struct reg *r,
                       const struct row_move *move, struct arena *a,
                       struct row_saved *out, struct error *e)
{
    *out = (struct row_saved){.id = move->id};
    enum err code = r->workflow ? access_read_some(who, r, e) : workflow_none(r, e);
    if (code)
        return code;
    if (move->reason.n > ROW_REASON_MAX)
        return error_set(e, ERR_LIMIT, "row.reason", r->name.p,
                         "the reason has %zu bytes; at most %d are kept", move->reason.n,
                         ROW_REASON_MAX);
    struct move_job x = {
        .county = c, .who = who, .reg = r, .asked = move, .out = out, .arena = a};
    return store_write(c->store, move_job, &x, e);
}
