// SPDX-License-Identifier: AGPL-3.0-or-later
// Where a row stands in its workflow, and moving it on.
#include "register/workflow.h"
#include "report/workflow_chart.h"
#include "serve/routes.h"
#include "serve/rows_json.h"

static void put_blocked(struct json_writer *j, const struct move_offer *o)
{
    static const char *const names[] = {[MOVE_NOT_YOURS] = "role",
                                        [MOVE_OTHER_HAND] = "hand",
                                        [MOVE_SIGN_IN] = "hand",
                                        [MOVE_GATE] = "gate"};
    put_key(j, "blocked");
    if (o->block == MOVE_OPEN) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    put_text(j, "by", str_of(names[o->block]));
    put_label(j, "text", o->text);
    put_number(j, "rows", o->rows);
    json_put_object_end(j);
}

static void put_offer(struct json_writer *j, const struct move_offer *o)
{
    json_put_object(j);
    put_text(j, "move", o->move->name);
    put_blocked(j, o);
    put_key(j, "missing");
    json_put_array(j);
    for (size_t i = 0; i < o->n_missing; i++)
        json_put_string(j, o->missing[i]->name);
    json_put_array_end(j);
    put_yes(j, "missing_file", o->missing_file);
    json_put_object_end(j);
}

enum err moves_offered(struct request *q, struct error *e)
{
    const struct reg *r = request_register(q);
    struct workflow_now now;
    struct move_offer *offers;
    size_t n;
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = workflow_offers(q->county, &q->who, r, id, q->arena, &now, &offers, &n, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "stage", r->workflow->stages[now.stage].name);
    put_day(j, "since", now.since);
    put_day(j, "due", now.due);
    put_yes(j, "late", now.late);
    put_yes(j, "final", r->workflow->stages[now.stage].final);
    put_number(j, "version", now.version);
    put_key(j, "offers");
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        put_offer(j, &offers[i]);
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

enum err moves_make(struct request *q, struct error *e)
{
    const struct reg *r = request_register(q);
    struct row_move move = {0};
    struct row_new values = {0};
    struct row_saved saved;
    json_t *body;
    enum err code = request_id(q, "id", &move.id, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code && json_object_get(body, "values"))
        code = read_new_row(q, body, &values, e);
    if (!code)
        code = json_text(body, "move", true, 40, &move.move, e);
    if (!code)
        code = json_version(body, true, &move.version, e);
    if (!code)
        code = json_text(body, "reason", false, ROW_REASON_MAX, &move.reason, e);
    if (code)
        return code;
    move.values = values.values;
    move.n = values.n;
    code = workflow_move(q->county, &q->who, r, &move, q->arena, &saved, e);
    if (code)
        return rows_refuse(q, e, move.id, &saved.problems, e);
    put_saved(answer_json(q), &saved);
    return ERR_OK;
}

enum err moves_chart(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct str name = request_path(q, "name");
    const struct workflow *w = pack_workflow(p, name);
    if (!w)
        return error_set(e, ERR_NOT_FOUND, "workflow.unknown", "name",
                         "there is no workflow '" STR_FMT "'", STR_ARG(name));
    struct typeset *t = NULL;
    enum err code = typeset_open(&t, q->zh, e);
    if (!code)
        code = workflow_chart(w, q->zh, t, q->arena,
                              answer_text(q, "image/svg+xml; charset=utf-8"), e);
    typeset_close(t);
    return code;
}
