// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/register_audit.h"

#include <string.h>

#include "base/date.h"

static const char *const NEEDED[] = {"facility", "book",    "size",     "p0", "p1",
                                     "alpha",    "beta",    "n",        "d",  "seed",
                                     "wrong",    "verdict", "looked_at"};

bool register_audit_is(const struct reg *r)
{
    for (size_t i = 0; i < sizeof NEEDED / sizeof *NEEDED; i++)
        if (!reg_field(r, str_of(NEEDED[i])))
            return false;
    return r->date != NULL;
}

static enum err check_register(const struct reg *r, struct error *e)
{
    if (register_audit_is(r))
        return ERR_OK;
    error_set(e, ERR_NOT_FOUND, "audit.register", r->name.p,
              "the register " STR_FMT " holds no audits", STR_ARG(r->name));
    return error_cure(e, "A register of audits has the fields size, p0, p1, alpha, beta, "
                         "n, d, seed, looked_at, wrong and verdict (docs/sampling.md).");
}

// ---- values to save ----

enum { MOST_VALUES = 16 + REGISTER_AUDIT_KINDS };

struct values {
    struct row_change list[MOST_VALUES];
    size_t n;
    struct arena *a;
    bool no_memory;
};

static void put(struct values *v, const char *field, struct str text)
{
    v->no_memory |= !text.p;
    v->list[v->n++] = (struct row_change){str_of(field), text};
}

static void put_whole(struct values *v, const char *field, int64_t value)
{
    put(v, field, str_format(v->a, "%lld", (long long)value));
}

static void put_share(struct values *v, const char *field, double value)
{
    put(v, field, str_format(v->a, "%.6g", value));
}

enum err register_audit_plan(struct county *c, const struct access *who,
                             const struct reg *r, const struct register_audit_new *audit,
                             struct arena *a, int64_t *id, struct error *e)
{
    struct sample_plan plan;
    struct values v = {.a = a};
    struct row_saved saved = {0};
    char day[DATE_TEXT_SIZE];
    enum err code = check_register(r, e);
    if (!code && audit->size < 1) {
        error_set(e, ERR_INPUT, "audit.size", "size", "a book of %lld records is none",
                  (long long)audit->size);
        return error_cure(e, "Say how many numbered lines the book has.");
    }
    if (!code)
        code = sample_plan(audit->size, audit->p0, audit->p1, audit->alpha, audit->beta,
                           &plan, e);
    if (code == ERR_NOT_FOUND && e && strcmp(e->key, "sample.same") == 0)
        code = e->code = ERR_INPUT;
    if (!code && plan.n > REGISTER_AUDIT_MOST) {
        error_set(e, ERR_INPUT, "audit.large", "p0, p1",
                  "%lld records would have to be read, more than %d", (long long)plan.n,
                  REGISTER_AUDIT_MOST);
        return error_cure(e, "Choose shares further apart, or larger errors.");
    }
    if (code)
        return code;
    date_format(audit->on, day);
    put(&v, "facility", audit->facility);
    put(&v, r->date->name.p, str_copy(a, str_of(day)));
    put(&v, "book", audit->book);
    put_whole(&v, "size", audit->size);
    put_share(&v, "p0", audit->p0);
    put_share(&v, "p1", audit->p1);
    put_share(&v, "alpha", audit->alpha);
    put_share(&v, "beta", audit->beta);
    put_whole(&v, "n", plan.n);
    put_whole(&v, "d", plan.d);
    put_whole(&v, "seed", (int64_t)audit->seed);
    if (v.no_memory)
        return error_memory(e);
    code = row_create(c, who, r, &(struct row_new){.values = v.list, .n = v.n}, a, &saved,
                      e);
    *id = saved.id;
    return code;
}

// ---- reading ----

struct reading {
    const struct row_list *list;
    struct error *e;
    enum err code;
};

static struct row_value *value_of(const struct reading *x, const char *field)
{
    for (size_t i = 0; i < x->list->n_columns; i++)
        if (str_equal_c(x->list->columns[i]->name, field))
            return &x->list->rows[0].values[i];
    return NULL;
}

static void wrong_value(struct reading *x, const char *field)
{
    if (x->code)
        return;
    x->code = error_set(x->e, ERR_INPUT, "audit.value", field,
                        "the audit has no usable value here");
    (void)error_cure(x->e, "Correct the row, or strike it and plan the audit anew.");
}

static int64_t whole_of(struct reading *x, const char *field, int64_t least, int64_t most)
{
    const struct row_value *v = value_of(x, field);
    int64_t value = 0;
    if (!v || !v->text.p || !str_to_int(v->text, &value) || value < least || value > most)
        wrong_value(x, field);
    return value;
}

static double share_of(struct reading *x, const char *field)
{
    const struct row_value *v = value_of(x, field);
    double value = 0;
    if (!v || !v->text.p || !str_to_double(v->text, &value))
        wrong_value(x, field);
    return value;
}

static void read_kinds(struct reading *x, struct register_audit *out)
{
    for (size_t i = 0; i < x->list->n_columns && out->n_kinds < REGISTER_AUDIT_KINDS;
         i++) {
        const struct field *f = x->list->columns[i];
        const struct row_value *v = &x->list->rows[0].values[i];
        struct register_audit_kind kind = {f, -1};
        if (f->type != TYPE_INT || f->name.n < 7 || memcmp(f->name.p, "wrong_", 6) != 0)
            continue;
        if (v->text.p && !str_to_int(v->text, &kind.wrong))
            kind.wrong = -1;
        out->kinds[out->n_kinds++] = kind;
    }
}

static void read_row(struct reading *x, struct register_audit *out)
{
    const struct row_value *facility = value_of(x, "facility");
    const struct row_value *looked_at = value_of(x, "looked_at");
    const struct row_value *book = value_of(x, "book");
    out->id = x->list->rows[0].id;
    out->version = x->list->rows[0].version;
    out->facility = facility && facility->text.p ? facility->place : -1;
    out->book = book && book->text.p ? book->text : STR("");
    out->size = whole_of(x, "size", 1, SAMPLE_MOST);
    out->p0 = share_of(x, "p0");
    out->p1 = share_of(x, "p1");
    out->alpha = share_of(x, "alpha");
    out->beta = share_of(x, "beta");
    out->plan.n = whole_of(x, "n", 1, REGISTER_AUDIT_MOST);
    out->plan.d = whole_of(x, "d", 0, REGISTER_AUDIT_MOST);
    out->seed = (uint64_t)whole_of(x, "seed", 0, INT64_MAX);
    if (!x->code && out->plan.n > out->size)
        wrong_value(x, "n");
    read_kinds(x, out);
    out->judged = looked_at && looked_at->text.p;
    if (out->judged) {
        out->looked_at = whole_of(x, "looked_at", 1, out->size);
        out->wrong = whole_of(x, "wrong", 0, out->looked_at);
    }
}

enum err register_audit_get(struct county *c, const struct access *who,
                            const struct reg *r, int64_t id, struct arena *a,
                            struct register_audit *out, struct error *e)
{
    struct row_list list;
    struct error why;
    enum err code = check_register(r, e);
    if (!code)
        code = row_list_one(c, who, r, id, a, &list, e);
    if (code)
        return code;
    struct reading x = {.list = &list, .e = e};
    *out = (struct register_audit){.on = DATE_NONE};
    read_row(&x, out);
    const struct row_value *day = value_of(&x, r->date->name.p);
    if (day && day->text.p && date_parse(day->text, &out->on, &why))
        out->on = DATE_NONE;
    if (x.code)
        return x.code;
    out->plan.alpha = 1 - sample_accepts(out->size, out->p0, out->plan.n, out->plan.d);
    out->plan.beta = sample_accepts(out->size, out->p1, out->plan.n, out->plan.d);
    out->lines = ARENA_ARRAY(a, int64_t, (size_t)out->plan.n);
    if (!out->lines)
        return error_memory(e);
    struct rng rng = rng_seed(out->seed);
    sample_draw(&rng, out->size, out->plan.n, out->lines);
    for (int64_t i = 0; i < out->plan.n; i++)
        out->lines[i]++;
    return out->judged ? sample_judge(out->size, out->looked_at, out->wrong, &out->plan,
                                      out->p0, out->p1, &out->verdict, e)
                       : ERR_OK;
}

// ---- the verdict ----

// A record that is wrong in two ways is once in `wrong`.
static enum err check_counts(const struct register_audit *audit, int64_t wrong,
                             int64_t looked_at, const struct row_change *counts,
                             size_t n_counts, struct error *e)
{
    int64_t largest = 0, sum = 0;
    for (size_t i = 0; i < n_counts; i++) {
        int64_t value;
        bool known = false;
        for (size_t k = 0; k < audit->n_kinds; k++)
            known |= str_equal(audit->kinds[k].field->name, counts[i].field);
        if (!known || !str_to_int(counts[i].text, &value) || value < 0 ||
            value > looked_at) {
            error_set(e, ERR_INPUT, "audit.kind", counts[i].field.p,
                      "'" STR_FMT "' is no count of records of a kind",
                      STR_ARG(counts[i].text));
            return error_cure(e, "Count the records with this kind of error: 0 to %lld.",
                              (long long)looked_at);
        }
        largest = value > largest ? value : largest;
        sum += value;
    }
    if (n_counts && n_counts == audit->n_kinds && (wrong < largest || wrong > sum)) {
        error_set(e, ERR_INPUT, "audit.wrong", "wrong",
                  "%lld wrong records do not go with %lld of one kind and %lld of all "
                  "kinds together",
                  (long long)wrong, (long long)largest, (long long)sum);
        return error_cure(e, "A record with two errors is counted once here, and in each "
                             "of its kinds.");
    }
    return ERR_OK;
}

static void put_if(struct values *v, const struct reg *r, const char *field, double value)
{
    if (reg_field(r, str_of(field)))
        put_share(v, field, value);
}

enum err register_audit_count(struct county *c, const struct access *who,
                              const struct reg *r, int64_t id, int64_t version,
                              int64_t looked_at, int64_t wrong,
                              const struct row_change *counts, size_t n_counts,
                              struct arena *a, struct error *e)
{
    struct register_audit audit;
    struct sample_verdict verdict;
    struct values v = {.a = a};
    struct row_saved saved;
    enum err code = register_audit_get(c, who, r, id, a, &audit, e);
    if (!code)
        code = sample_judge(audit.size, looked_at, wrong, &audit.plan, audit.p0, audit.p1,
                            &verdict, e);
    if (!code)
        code = check_counts(&audit, wrong, looked_at, counts, n_counts, e);
    if (code)
        return code;
    put_whole(&v, "looked_at", looked_at);
    put_whole(&v, "wrong", wrong);
    for (size_t i = 0; i < n_counts && i < REGISTER_AUDIT_KINDS; i++)
        v.list[v.n++] = counts[i];
    put(&v, "verdict", verdict.accepted ? STR("accepted") : STR("refused"));
    put_if(&v, r, "low", verdict.low);
    put_if(&v, r, "high", verdict.high);
    put_if(&v, r, "chance", verdict.error);
    if (v.no_memory)
        return error_memory(e);
    struct row_edit edit = {.change = HISTORY_CORRECT,
                            .id = id,
                            .version = version,
                            .values = v.list,
                            .n = v.n,
                            .reason = STR("核查计数 / counts of the audit")};
    return row_edit(c, who, r, &edit, a, &saved, e);
}
