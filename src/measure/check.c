// SPDX-License-Identifier: AGPL-3.0-or-later
#include "measure/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/check_private.h"

enum { MAX_FINDINGS = 100000 };

enum err check_add(struct checker *k, struct finding **out, struct error *e)
{
    if (k->n == MAX_FINDINGS) {
        error_set(e, ERR_LIMIT, "check.findings", NULL,
                  "the checks find more than %d things", MAX_FINDINGS);
        return error_cure(e, "check a shorter period, a smaller area or one check alone");
    }
    if (k->n == k->capacity) {
        size_t capacity = k->capacity ? k->capacity * 2 : 64;
        struct finding *list = ARENA_ARRAY(k->arena, struct finding, capacity);
        if (!list)
            return error_memory(e);
        if (k->n)
            memcpy(list, k->list, k->n * sizeof *list);
        k->list = list;
        k->capacity = capacity;
    }
    *out = &k->list[k->n++];
    **out = (struct finding){.area = -1, .facility = -1, .period = k->period};
    return ERR_OK;
}

// --- rules of rows

// The ids of the subtree, when the caller asks for a part. Bound as one list: a statement
// has no room for those of a hundred thousand areas.
static enum err list_areas(struct checker *k, struct error *e)
{
    const struct places *p = k->m->county->places;
    if (k->root < 0)
        return ERR_OK;
    struct buf list = BUF_INIT((size_t)64 << 20);
    for (int32_t i = k->root; i <= p->areas[k->root].last; i++)
        buf_printf(&list, "%c%lld", i > k->root ? ',' : '[', (long long)p->areas[i].id);
    buf_add_char(&list, ']');
    enum err code = buf_check(&list, e);
    if (!code && !(k->areas = str_copy(k->arena, buf_str(&list))).p)
        code = error_memory(e);
    buf_free(&list);
    return code;
}

// A register without a date (areas, facilities) has its rows at all times.
static void add_days(struct checker *k, const struct reg *r, struct buf *sql)
{
    if (!r->date)
        return;
    char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
    date_format(k->period.first, first);
    date_format(k->period.last, last);
    buf_printf(sql, " AND t.date BETWEEN '%s' AND '%s'", first, last);
}

static void add_rows(struct checker *k, const struct reg *r, struct buf *sql)
{
    buf_printf(sql, " FROM \"" STR_FMT "\" t WHERE", STR_ARG(r->table));
    buf_add_c(sql, " t.state = 'current'");
    add_days(k, r, sql);
    if (k->areas.p)
        buf_printf(sql, " AND t.\"%s\" IN (SELECT value FROM json_each(?1))",
                   r->kind == REG_AREAS ? "id" : "area");
}

// A count of rows may be shown where neither it nor what is left of all is a small one.
static bool shows(const struct checker *k, const struct reg *r, int64_t count,
                  int64_t all)
{
    const struct access *who = k->m->who;
    return access_shows_count(who, r->purpose, (double)count) &&
           access_shows_count(who, r->purpose, (double)(all - count));
}

static size_t most_ids(const struct checker *k)
{
    return k->only.n ? FINDING_ALL_IDS : FINDING_IDS;
}

// A rule, and the rows that break it.
struct broken {
    const struct field *field;
    const struct rule *rule;
    int64_t count;
    int64_t *ids; // the first most_ids of them
    size_t n_ids;
};

// Rows are read once for as many rules; a statement has room for no more than 2,000
// columns.
enum { RULES_AT_ONCE = 64 };

static void rules_sql(struct checker *k, const struct reg *r, const struct broken *list,
                      size_t n, struct buf *sql)
{
    buf_add_c(sql, "SELECT t.id, ");
    if (r->purpose == PURPOSE_CARE) {
        buf_add_c(sql, "(SELECT count(*)");
        add_rows(k, r, sql);
        buf_add_char(sql, ')');
    } else {
        buf_add_char(sql, '0');
    }
    for (size_t i = 0; i < n; i++) {
        buf_add_c(sql, ", (");
        expr_sql(list[i].rule->when, STR("t"), k->m->today, sql);
        buf_add_c(sql, ") IS TRUE");
    }
    add_rows(k, r, sql);
    for (size_t i = 0; i < n; i++) {
        buf_add_c(sql, i ? " OR (" : " AND ((");
        expr_sql(list[i].rule->when, STR("t"), k->m->today, sql);
        buf_add_char(sql, ')');
    }
    buf_add_c(sql, ") ORDER BY t.id");
}

static enum err take_row(struct checker *k, struct stmt *s, struct broken *list, size_t n,
                         struct error *e)
{
    for (size_t i = 0; i < n; i++) {
        struct broken *b = &list[i];
        if (!stmt_int(s, 2 + (int)i))
            continue;
        if (!b->ids && !(b->ids = ARENA_ARRAY(k->arena, int64_t, most_ids(k))))
            return error_memory(e);
        b->count++;
        if (b->n_ids < most_ids(k))
            b->ids[b->n_ids++] = stmt_int(s, 0);
    }
    return ERR_OK;
}

static enum err add_broken(struct checker *k, const struct reg *r, const struct broken *b,
                           struct error *e)
{
    struct finding *f;
    enum err code = check_add(k, &f, e);
    if (code)
        return code;
    f->check = b->rule->name.n ? b->rule->name : b->field->name;
    f->label = b->rule->label;
    f->cure = b->rule->cure;
    f->severity = b->rule->severity;
    f->reg = r;
    f->count = b->count;
    f->score = f->figures[0] = (double)b->count;
    f->ids = b->ids;
    f->n_ids = access_read_rows(k->m->who, r, NULL) ? 0 : b->n_ids;
    f->text.en = str_format(k->arena, "%lld row%s in “" STR_FMT "”", (long long)b->count,
                            b->count == 1 ? "" : "s", STR_ARG(r->label.en));
    f->text.zh = str_format(k->arena, "“" STR_FMT "”中有 %lld 条", STR_ARG(r->label.zh),
                            (long long)b->count);
    return ERR_OK;
}

static enum err run_rules(struct checker *k, const struct reg *r, struct broken *list,
                          size_t n, struct error *e)
{
    if (!n)
        return ERR_OK;
    struct buf sql = BUF_INIT(16 << 20);
    rules_sql(k, r, list, n, &sql);
    struct stmt *s = NULL;
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(k->conn, buf_str(&sql), &s, e);
    if (!code && k->areas.p)
        stmt_bind_text(s, 1, k->areas);
    int64_t all = 0;
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;) {
        all = stmt_int(s, 1);
        code = take_row(k, s, list, n, e);
    }
    stmt_finish(s);
    buf_free(&sql);
    for (size_t i = 0; !code && i < n; i++)
        if (list[i].count && shows(k, r, list[i].count, all))
            code = add_broken(k, r, &list[i], e);
    return code;
}

static enum err run_register(struct checker *k, const struct reg *r, struct error *e)
{
    struct broken list[RULES_AT_ONCE];
    size_t n = 0;
    enum err code = ERR_OK;
    for (size_t i = 0; !code && i <= r->n_fields; i++) { // the register's own come last
        const struct field *field = i < r->n_fields ? &r->fields[i] : NULL;
        const struct rule *rules = field ? field->rules : r->checks;
        for (size_t x = 0; !code && x < (field ? field->n_rules : r->n_checks); x++) {
            if (!check_wanted(k, rules[x].name))
                continue;
            list[n++] = (struct broken){.field = field, .rule = &rules[x]};
            if (n < RULES_AT_ONCE)
                continue;
            code = run_rules(k, r, list, n, e);
            n = 0;
        }
    }
    return code ? code : run_rules(k, r, list, n, e);
}

// --- duplicates

static enum err run_duplicates(struct checker *k, const struct check *c, struct error *e)
{
    struct buf sql = BUF_INIT(1 << 20);
    buf_add_c(&sql,
              "SELECT min(t.id), max(t.id), count(*) OVER (), sum(count(*) - 1) OVER ()");
    add_rows(k, c->reg, &sql);
    for (size_t i = 0; i < c->n_same; i++)
        buf_printf(&sql, " AND t.\"" STR_FMT "\" IS NOT NULL",
                   STR_ARG(c->same[i]->column));
    buf_add_c(&sql, " GROUP BY ");
    for (size_t i = 0; i < c->n_same; i++)
        buf_printf(&sql, "%st.\"" STR_FMT "\"", i ? ", " : "",
                   STR_ARG(c->same[i]->column));
    if (!c->across_sources)
        buf_add_c(&sql, ", t.source");
    buf_add_c(&sql, " HAVING count(*) > 1");
    buf_printf(&sql, " ORDER BY count(*) DESC, min(t.id) LIMIT %zu", most_ids(k) / 2);
    struct stmt *s = NULL;
    enum err code = buf_check(&sql, e);
    if (!code)
        code = conn_prepare(k->conn, buf_str(&sql), &s, e);
    if (!code && k->areas.p)
        stmt_bind_text(s, 1, k->areas);
    struct finding found = {.ids = ARENA_ARRAY(k->arena, int64_t, most_ids(k))};
    int64_t groups = 0;
    if (!code && !found.ids)
        code = error_memory(e);
    for (bool row; !code && !(code = stmt_step(s, &row, e)) && row;) {
        found.ids[found.n_ids++] = stmt_int(s, 0);
        found.ids[found.n_ids++] = stmt_int(s, 1);
        groups = stmt_int(s, 2);
        found.count = stmt_int(s, 3);
    }
    stmt_finish(s);
    buf_free(&sql);
    if (code || !groups ||
        !access_shows_count(k->m->who, c->reg->purpose, (double)found.count) ||
        !access_shows_count(k->m->who, c->reg->purpose, (double)groups))
        return code;
    struct finding *f;
    if ((code = check_add(k, &f, e)) != ERR_OK)
        return code;
    check_describe(f, c);
    f->reg = c->reg;
    f->count = found.count;
    f->score = f->figures[0] = (double)found.count;
    f->ids = found.ids;
    f->n_ids = access_read_rows(k->m->who, c->reg, NULL) ? 0 : found.n_ids;
    f->text.en = str_format(
        k->arena, "%lld row%s too many in “" STR_FMT "” (%lld group%s that agree)",
        (long long)found.count, found.count == 1 ? "" : "s", STR_ARG(c->reg->label.en),
        (long long)groups, groups == 1 ? "" : "s");
    f->text.zh =
        str_format(k->arena, "“" STR_FMT "”中有 %lld 组疑似重复，多出 %lld 条",
                   STR_ARG(c->reg->label.zh), (long long)groups, (long long)found.count);
    return ERR_OK;
}

// --- all

bool check_wanted(const struct checker *k, struct str name)
{
    return !k->only.n || str_equal(k->only, name);
}

void check_describe(struct finding *f, const struct check *c)
{
    f->check = c->name;
    f->label = c->label;
    f->cure = c->cure;
    f->severity = c->severity;
}

static int worst_first(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->severity != y->severity)
        return (int)y->severity - (int)x->severity;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    int order = str_compare(x->check, y->check);
    if (order)
        return order;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    if (x->facility != y->facility)
        return x->facility < y->facility ? -1 : 1;
    return (x->period.first > y->period.first) - (x->period.first < y->period.first);
}

static enum err find_only(const struct checker *k, struct error *e)
{
    const struct pack *p = k->m->county->pack;
    if (!k->only.n)
        return ERR_OK;
    for (size_t i = 0; i < p->n_checks; i++)
        if (str_equal(p->checks[i].name, k->only))
            return ERR_OK;
    for (size_t i = 0; i < p->n_indicators; i++)
        if (str_equal(p->indicators[i].name, k->only))
            return ERR_OK;
    for (size_t i = 0; i < p->n_registers; i++) {
        const struct reg *r = &p->registers[i];
        for (size_t n = 0; n < r->n_checks; n++)
            if (str_equal(r->checks[n].name, k->only))
                return ERR_OK;
        for (size_t n = 0; n < r->n_fields; n++)
            for (size_t x = 0; x < r->fields[n].n_rules; x++)
                if (str_equal(r->fields[n].rules[x].name, k->only))
                    return ERR_OK;
    }
    error_set(e, ERR_NOT_FOUND, "check.unknown", "--only",
              "there is no check '" STR_FMT "'", STR_ARG(k->only));
    return error_cure(e, "leave it out; every finding names its check");
}

enum err check_run(const struct measure *m, struct arena *a, struct period period,
                   int32_t root, struct str only, struct findings *out, struct error *e)
{
    struct checker k = {.m = m, .arena = a, .period = period, .root = root, .only = only};
    enum err code = measure_allows(m, root, e);
    if (!code)
        code = find_only(&k, e);
    if (!code)
        code = list_areas(&k, e);
    if (!code)
        code = store_read_begin(m->county->store, &k.conn, e);
    const struct pack *p = m->county->pack;
    for (size_t i = 0; !code && i < p->n_registers; i++)
        code = run_register(&k, &p->registers[i], e);
    for (size_t i = 0; !code && i < p->n_checks; i++) {
        const struct check *c = &p->checks[i];
        if (!check_wanted(&k, c->name))
            continue;
        if (c->kind == CHECK_DUPLICATE)
            code = run_duplicates(&k, c, e);
        else if (c->kind == CHECK_OUTLIER)
            code = check_outliers(&k, c, e);
        else
            code = check_measures(&k, c, e);
    }
    for (size_t i = 0; !code && i < p->n_indicators; i++)
        if (p->indicators[i].inside && check_wanted(&k, p->indicators[i].name))
            code = check_inside(&k, &p->indicators[i], e);
    store_read_end(k.conn);
    if (code)
        return code;
    if (k.n)
        qsort(k.list, k.n, sizeof *k.list, worst_first);
    *out = (struct findings){.list = k.list, .n = k.n};
    for (size_t i = 0; i < k.n; i++) {
        out->errors += k.list[i].severity == SEVERITY_ERROR;
        out->warnings += k.list[i].severity == SEVERITY_WARNING;
        out->notes += k.list[i].severity == SEVERITY_NOTE;
    }
    return ERR_OK;
}
