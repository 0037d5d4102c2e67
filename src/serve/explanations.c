// SPDX-License-Identifier: AGPL-3.0-or-later
// POST /api/checks/explain and /unexplain.
#include <string.h>

#include "access/audit.h"
#include "measure/check.h"
#include "register/explain.h"
#include "serve/files.h"
#include "serve/routes.h"
#include "study/findings.h"

// Runs the check again, as it was asked for: what is explained is there, is the caller's
// to see, and has the figures that it has now.
static enum err find_in(struct request *q, struct str key, int32_t root,
                        const struct explain_finding *wanted, struct explain_finding *out,
                        bool *found, struct error *e)
{
    struct findings all;
    enum err code =
        check_run(&q->measure, q->arena, wanted->period, root, wanted->check, &all, e);
    for (size_t i = 0; !code && !*found && i < all.n; i++) {
        *out = findings_explained(&all.list[i], root);
        struct str is = explain_key(q->county->places, q->arena, out);
        if (!is.p)
            code = error_memory(e);
        *found = !code && str_equal(is, key);
    }
    return code;
}

static enum err find(struct request *q, struct str key,
                     const struct explain_finding *wanted, struct explain_finding *out,
                     struct error *e)
{
    bool found = false;
    enum err code = find_in(q, key, wanted->root, wanted, out, &found, e);
    // everywhere, and the one top of the tree, are one
    if (wanted->root < 0 && wanted->facility < 0 && q->county->places->n_areas &&
        (code == ERR_FORBIDDEN || (!code && !found)))
        code = find_in(q, key, 0, wanted, out, &found, e);
    if (code == ERR_FORBIDDEN || (!code && !found)) {
        error_set(e, ERR_NOT_FOUND, "explain.none", "key",
                  "the checks do not find this, or not any more");
        return error_cure(e, "look at the findings again");
    }
    return code;
}

static enum err note(const struct request *q, struct str check, const char *what,
                     struct error *e)
{
    return audit_write(q->county->store,
                       &(struct audit_entry){.kind = AUDIT_EXPLAIN,
                                             .who = q->who.user,
                                             .subject = check,
                                             .text = str_of(what),
                                             .at = date_now_ms()},
                       e);
}

enum err explanations_add(struct request *q, struct error *e)
{
    json_t *body;
    struct str key = {NULL, 0}, check = key, text = key;
    struct explain_finding wanted = {0}, found = wanted;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "key", true, 1000, &key, e);
    if (!code)
        code = json_text(body, "check", false, 200, &check, e);
    if (!code)
        code = json_text(body, "text", true, EXPLAIN_TEXT_MAX, &text, e);
    if (!code)
        code = explain_parse(q->county->places, q->arena, key, &wanted, e);
    if (!code && check.n && !str_equal(check, wanted.check))
        code = error_set(e, ERR_INPUT, "explain.key", "check",
                         "the key is of another check, '" STR_FMT "'",
                         STR_ARG(wanted.check));
    if (!code)
        code = find(q, key, &wanted, &found, e);
    if (!code)
        code = explain_add(q->county, &q->who, &found, text, e);
    if (!code)
        code = note(q, wanted.check, "explained", e);
    if (code)
        return code;
    findings_forget(server_findings(q->server));
    server_touch(q->server);
    answer_status(q, 204);
    return ERR_OK;
}

enum err explanations_remove(struct request *q, struct error *e)
{
    json_t *body;
    struct str key = {NULL, 0};
    struct explain_finding parsed = {0};
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "key", true, 1000, &key, e);
    if (!code)
        code = explain_parse(q->county->places, q->arena, key, &parsed, e);
    if (!code)
        code = explain_remove(q->county, &q->who, key, e);
    if (!code)
        code = note(q, parsed.check, "explanation withdrawn", e);
    if (code)
        return code;
    findings_forget(server_findings(q->server));
    server_touch(q->server);
    answer_status(q, 204);
    return ERR_OK;
}
