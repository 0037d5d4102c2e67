// SPDX-License-Identifier: AGPL-3.0-or-later
// Plans of samples, and audits of record books kept in the county.
#include <math.h>
#include <sodium.h>
#include <string.h>

#include "base/date.h"
#include "register/rights.h"
#include "serve/numbers.h"
#include "serve/routes.h"
#include "serve/rows_json.h"
#include "study/register_audit.h"

// What is asked for; the usual values where nothing is.
struct wish {
    int64_t size;
    double p0, p1, alpha, beta;
};

static const struct wish USUAL = {.p0 = 0.05, .p1 = 0.20, .alpha = 0.10, .beta = 0.10};

static enum err share(const struct request *q, const char *name, double *out,
                      struct error *e)
{
    struct str text = request_query(q, name);
    if (!text.p || (str_to_double(text, out) && *out >= 0 && *out <= 1))
        return ERR_OK;
    error_set(e, ERR_INPUT, "sample.share", name,
              "'" STR_FMT "' is not a share from 0 to 1", STR_ARG(text));
    return error_cure(e, "Write 0.05 for 5 %%.");
}

// A plan that cannot be is a mistake in the question, not a thing that is not there.
static enum err as_input(enum err code, struct error *e)
{
    if (code == ERR_NOT_FOUND || code == ERR_LIMIT)
        code = e->code = ERR_INPUT;
    return code;
}

static void put_curve(struct json_writer *j, const struct wish *w,
                      const struct sample_plan *plan)
{
    double shares[SAMPLE_CURVE_MOST];
    size_t n = sample_curve(w->size, w->p0, w->p1, shares);
    put_key(j, "curve");
    json_put_array(j);
    for (size_t i = 0; i < n; i++) {
        json_put_object(j);
        put_double(j, "share", shares[i]);
        put_double(j, "accepts", sample_accepts(w->size, shares[i], plan->n, plan->d));
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static void put_plan(struct json_writer *j, const struct wish *w,
                     const struct sample_plan *plan)
{
    put_number(j, "size", w->size);
    put_double(j, "p0", w->p0);
    put_double(j, "p1", w->p1);
    put_double(j, "alpha_most", w->alpha);
    put_double(j, "beta_most", w->beta);
    put_number(j, "n", plan->n);
    put_number(j, "d", plan->d);
    put_double(j, "alpha", plan->alpha);
    put_double(j, "beta", plan->beta);
    put_curve(j, w, plan);
}

static void put_verdict(struct json_writer *j, int64_t looked_at, int64_t wrong,
                        const struct sample_verdict *v)
{
    put_key(j, "verdict");
    if (!v) {
        json_put_null(j);
        return;
    }
    json_put_object(j);
    put_number(j, "looked_at", looked_at);
    put_number(j, "wrong", wrong);
    put_yes(j, "accepted", v->accepted);
    put_double(j, "low", v->low);
    put_double(j, "high", v->high);
    put_double(j, "error", v->error);
    json_put_object_end(j);
}

static void put_lines(struct json_writer *j, const int64_t *lines, size_t n)
{
    put_key(j, "lines");
    json_put_array(j);
    for (size_t i = 0; i < n; i++)
        json_put_int(j, lines[i]);
    json_put_array_end(j);
}

// Lines 1 to size, drawn by a seed that was given; none without.
static enum err draw(struct request *q, const struct wish *w,
                     const struct sample_plan *plan, int64_t **lines, size_t *n,
                     struct error *e)
{
    int64_t seed;
    *n = 0;
    enum err code = request_int(q, "seed", -1, 0, INT64_C(1) << 53, &seed, e);
    if (code || seed < 0)
        return code;
    if (!w->size || plan->n > REGISTER_AUDIT_MOST) {
        error_set(e, ERR_INPUT, "sample.draw", "seed",
                  "lines are drawn of books of known size, %d at most",
                  REGISTER_AUDIT_MOST);
        return error_cure(e, "Give the size of the book.");
    }
    *lines = ARENA_ARRAY(q->arena, int64_t, (size_t)plan->n);
    if (!*lines)
        return error_memory(e);
    struct rng rng = rng_seed((uint64_t)seed);
    sample_draw(&rng, w->size, plan->n, *lines);
    *n = (size_t)plan->n;
    for (size_t i = 0; i < *n; i++)
        (*lines)[i]++;
    return ERR_OK;
}

enum err audits_lqas(struct request *q, struct error *e)
{
    struct wish w = USUAL;
    struct sample_plan plan;
    struct sample_verdict verdict;
    int64_t looked_at = 0, wrong = 0, *lines = NULL;
    size_t n_lines = 0;
    enum err code = request_int(q, "size", 0, 0, SAMPLE_MOST, &w.size, e);
    if (!code)
        code = share(q, "p0", &w.p0, e);
    if (!code)
        code = share(q, "p1", &w.p1, e);
    if (!code)
        code = share(q, "alpha", &w.alpha, e);
    if (!code)
        code = share(q, "beta", &w.beta, e);
    if (!code)
        code = request_int(q, "looked_at", 0, 0, SAMPLE_MOST, &looked_at, e);
    if (!code)
        code = request_int(q, "wrong", 0, 0, SAMPLE_MOST, &wrong, e);
    if (!code)
        code = as_input(sample_plan(w.size, w.p0, w.p1, w.alpha, w.beta, &plan, e), e);
    if (!code && looked_at)
        code = sample_judge(w.size, looked_at, wrong, &plan, w.p0, w.p1, &verdict, e);
    if (!code)
        code = draw(q, &w, &plan, &lines, &n_lines, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_plan(j, &w, &plan);
    put_lines(j, lines, n_lines);
    put_verdict(j, looked_at, wrong, looked_at ? &verdict : NULL);
    json_put_object_end(j);
    return ERR_OK;
}

// ---- audits that are kept ----

static enum err answer_audit(struct request *q, int64_t id, struct error *e)
{
    struct register_audit audit;
    const struct reg *r = request_register(q);
    const struct places *p = q->county->places;
    enum err code = register_audit_get(q->county, &q->who, r, id, q->arena, &audit, e);
    if (code)
        return code;
    struct wish w = {audit.size, audit.p0, audit.p1, audit.alpha, audit.beta};
    int32_t place = rights_place(p, -1, audit.facility);
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_id(j, "id", audit.id);
    put_number(j, "version", audit.version);
    put_key(j, "facility");
    numbers_facility(j, q, audit.facility);
    put_text(j, "book", audit.book);
    put_day(j, "on", audit.on);
    put_id(j, "seed", (int64_t)audit.seed);
    put_plan(j, &w, &audit.plan);
    put_lines(j, audit.lines, (size_t)audit.plan.n);
    put_key(j, "kinds");
    json_put_array(j);
    for (size_t i = 0; i < audit.n_kinds; i++) {
        json_put_object(j);
        put_text(j, "field", audit.kinds[i].field->name);
        put_label(j, "label", audit.kinds[i].field->label);
        put_key(j, "wrong");
        if (audit.kinds[i].wrong < 0)
            json_put_null(j);
        else
            json_put_int(j, audit.kinds[i].wrong);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    put_verdict(j, audit.looked_at, audit.wrong, audit.judged ? &audit.verdict : NULL);
    put_yes(j, "may_write", rights_row(p, &q->who, r, ACCESS_WRITE, place));
    json_put_object_end(j);
    return ERR_OK;
}

enum err audits_one(struct request *q, struct error *e)
{
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    return code ? code : answer_audit(q, id, e);
}

static enum err body_share(const json_t *body, const char *name, double *out,
                           struct error *e)
{
    const json_t *value = json_object_get(body, name);
    if (!value || json_is_null(value))
        return ERR_OK;
    *out = json_is_number(value) ? json_number_value(value) : NAN;
    if (*out >= 0 && *out <= 1)
        return ERR_OK;
    error_set(e, ERR_INPUT, "sample.share", name, "it is not a share from 0 to 1");
    return error_cure(e, "Write 0.05 for 5 %%.");
}

static enum err read_seed(const json_t *body, uint64_t *out, struct error *e)
{
    struct str text;
    int64_t seed = 0;
    enum err code = json_text(body, "seed", false, 20, &text, e);
    if (code)
        return code;
    if (text.n && (!str_to_int(text, &seed) || seed < 0 || seed > INT64_C(1) << 53)) {
        error_set(e, ERR_INPUT, "sample.seed", "seed", "'" STR_FMT "' is no seed",
                  STR_ARG(text));
        return error_cure(e, "A whole number from 0 to 9007199254740992, or none: then "
                             "one is drawn.");
    }
    // short enough to be read out, and nobody chose it
    *out = text.n ? (uint64_t)seed : randombytes_uniform(1000000000);
    return ERR_OK;
}

enum err audits_plan(struct request *q, struct error *e)
{
    struct register_audit_new audit = {.p0 = USUAL.p0,
                                       .p1 = USUAL.p1,
                                       .alpha = USUAL.alpha,
                                       .beta = USUAL.beta,
                                       .on = q->measure.today};
    json_t *body;
    struct str day;
    int64_t id;
    enum err code = request_json(q, &body, e);
    if (!code)
        code = json_text(body, "facility", true, 60, &audit.facility, e);
    if (!code)
        code = json_text(body, "book", true, 80, &audit.book, e);
    if (!code)
        code = json_whole(body, "size", true, &audit.size, e);
    if (!code)
        code = body_share(body, "p0", &audit.p0, e);
    if (!code)
        code = body_share(body, "p1", &audit.p1, e);
    if (!code)
        code = body_share(body, "alpha", &audit.alpha, e);
    if (!code)
        code = body_share(body, "beta", &audit.beta, e);
    if (!code)
        code = read_seed(body, &audit.seed, e);
    if (!code)
        code = json_text(body, "on", false, 20, &day, e);
    if (!code && day.n)
        code = date_parse(day, &audit.on, e);
    if (!code)
        code = register_audit_plan(q->county, &q->who, request_register(q), &audit,
                                   q->arena, &id, e);
    if (code)
        return code;
    answer_status(q, 201);
    return answer_audit(q, id, e);
}

static enum err read_counts(struct request *q, const json_t *body,
                            struct row_change *counts, size_t *n, struct error *e)
{
    const json_t *kinds = json_object_get(body, "kinds");
    const char *name;
    json_t *value;
    *n = 0;
    if (!kinds || json_is_null(kinds))
        return ERR_OK;
    if (!json_is_object(kinds) || json_object_size(kinds) > REGISTER_AUDIT_KINDS)
        return error_set(e, ERR_INPUT, "audit.kinds", "kinds",
                         "it is not an object of counts by field");
    json_object_foreach((json_t *)(uintptr_t)kinds, name, value)
    {
        if (!json_is_integer(value))
            return error_set(e, ERR_INPUT, "audit.kind", name, "it is no whole number");
        counts[*n].field = str_of(name);
        counts[*n].text =
            str_format(q->arena, "%lld", (long long)json_integer_value(value));
        if (!counts[(*n)++].text.p)
            return error_memory(e);
    }
    return ERR_OK;
}

enum err audits_count(struct request *q, struct error *e)
{
    struct row_change counts[REGISTER_AUDIT_KINDS];
    json_t *body;
    int64_t id, version, looked_at, wrong;
    size_t n;
    enum err code = request_id(q, "id", &id, e);
    if (!code)
        code = request_json(q, &body, e);
    if (!code)
        code = json_version(body, true, &version, e);
    if (!code)
        code = json_whole(body, "looked_at", true, &looked_at, e);
    if (!code)
        code = json_whole(body, "wrong", true, &wrong, e);
    if (!code)
        code = read_counts(q, body, counts, &n, e);
    if (!code)
        code = register_audit_count(q->county, &q->who, request_register(q), id, version,
                                    looked_at, wrong, counts, n, q->arena, e);
    return code ? code : answer_audit(q, id, e);
}
