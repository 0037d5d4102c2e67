// SPDX-License-Identifier: AGPL-3.0-or-later
// Group-by against plain SQL on the same file, with keys made from codes and dates.
#include "cube_test.h"

#include "register/rights.h"

static const char *const births_where[][2] = {
    {NULL, "1"},
    {"sex = m", "t.sex = 'm'"},
    {"weight is null or weight > 3000", "t.weight IS NULL OR t.weight > 3000"},
    {"registered_on - born_on > 30",
     "julianday(t.registered_on) - julianday(t.date) > 30"},
    {"source in (hospital) and alive", "t.source = 'hospital' AND t.alive"},
    {"lookup(facility, kind) = clinic",
     "(SELECT kind FROM r_facilities f WHERE f.id = t.facility) = 'clinic'"},
};
static const char *const births_values[][2] = {
    {"weight", "t.weight"},
    {"length", "t.length"},
    {"birth_order * 2 - 5", "t.birth_order * 2 - 5"},
    {"visits", "t.visits"},
    {"length + 0.25", "t.length + 0.25"},
};
static const char *const stock_where[][2] = {
    {NULL, "1"}, {"sex = f", "t.sex = 'f'"}, {"people > 50", "t.people > 50"}};
static const char *const stock_values[][2] = {
    {"people", "t.people"}, {"share", "t.share"}, {"people * 2", "t.people * 2"}};

struct query {
    const struct reg *reg;
    struct cube_query q;
    struct aggregate g;
    struct axis axes[CUBE_MAX_AXES];
    const char *where, *value; // as SQL
};

// --- keys

static void bucket_key(const struct world *w, const struct axis *x,
                       const struct axis_bucket *b, char *out, size_t size)
{
    const struct places *p = w->county->places;
    switch (x->kind) {
    case AXIS_LEVEL:
        snprintf(out, size, STR_FMT, STR_ARG(p->areas[b->index].code));
        return;
    case AXIS_FACILITY:
        snprintf(out, size, STR_FMT, STR_ARG(p->facilities[b->index].code));
        return;
    case AXIS_PERIOD:
        snprintf(out, size, "%s", b->period.id);
        return;
    case AXIS_FIELD:
        if (b->index < 0)
            snprintf(out, size, "-");
        else if (x->field->type == TYPE_CODE)
            snprintf(out, size, STR_FMT, STR_ARG(x->field->codes[b->index].value));
        else
            snprintf(out, size, "%d", b->index);
        return;
    }
}

static const char period_month[] = "strftime('%Y%m', t.date)";
static const char period_quarter[] =
    "strftime('%Y', t.date) || 'Q' || ((strftime('%m', t.date) + 2) / 3)";
static const char period_year[] = "strftime('%Y', t.date)";
static const char period_october[] = "strftime('%Y', date(t.date, '-9 months')) || 'Oct'";

static void axis_sql(const struct query *x, const struct axis *a, struct buf *out)
{
    static const int digits[] = {6, 9, 12};
    switch (a->kind) {
    case AXIS_LEVEL:
        buf_printf(out, "CASE WHEN length(a.code) >= %d THEN substr(a.code, 1, %d) END",
                   digits[a->level], digits[a->level]);
        return;
    case AXIS_FACILITY:
        buf_add_c(out, "(SELECT code FROM r_facilities f WHERE f.id = t.facility)");
        return;
    case AXIS_PERIOD:
        buf_add_c(out, a->period == PERIOD_MONTH     ? period_month
                       : a->period == PERIOD_QUARTER ? period_quarter
                       : a->period == PERIOD_YEAR    ? period_year
                                                     : period_october);
        return;
    case AXIS_FIELD:
        // a code that the pack does not know reads as null; a code that only the other
        // register has is in no bucket
        (void)x;
        if (str_equal_c(a->field->name, "sex"))
            buf_add_c(out,
                      "CASE WHEN t.sex = 'gone' THEN '-' ELSE coalesce(t.sex, '-') END");
        else
            buf_printf(out, "coalesce(t.\"" STR_FMT "\", '-')",
                       STR_ARG(a->field->column));
        return;
    }
}

static void rows_sql(const struct world *w, const struct query *x, int32_t first,
                     int32_t last, struct buf *out)
{
    char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
    date_format(first, from);
    date_format(last, to);
    buf_printf(out,
               " FROM \"" STR_FMT
               "\" t LEFT JOIN r_areas a ON a.id = t.area WHERE t.state = "
               "'current' AND t.date BETWEEN '%s' AND '%s'",
               STR_ARG(x->reg->table), from, to);
    if (x->q.root >= 0)
        buf_printf(out, " AND a.code LIKE '" STR_FMT "%%'",
                   STR_ARG(w->county->places->areas[x->q.root].code));
}

static void key_sql(const struct query *x, bool with_period, struct buf *out)
{
    buf_add_c(out, "''");
    for (size_t k = 0; k < x->q.n_axes; k++) {
        if (x->axes[k].kind == AXIS_PERIOD && !with_period)
            continue;
        buf_add_c(out, " || '|' || coalesce(");
        axis_sql(x, &x->axes[k], out);
        buf_add_c(out, ", '?')");
    }
}

static void plain_sql(const struct world *w, const struct query *x, struct buf *out)
{
    static const char *const names[] = {[AGGREGATE_SUM] = "sum",
                                        [AGGREGATE_MEAN] = "avg",
                                        [AGGREGATE_MIN] = "min",
                                        [AGGREGATE_MAX] = "max"};
    buf_add_c(out, "SELECT ");
    key_sql(x, true, out);
    if (x->g.function == AGGREGATE_COUNT)
        buf_add_c(out, ", count(*), count(*), count(*)");
    else
        buf_printf(out, ", %s(%s), count(%s), count(*)", names[x->g.function], x->value,
                   x->value);
    rows_sql(w, x, x->q.first, x->q.last, out);
    buf_printf(out, " AND (%s) GROUP BY 1", x->where);
}

// last and as_of of one bucket of time.
static void latest_sql(const struct world *w, const struct query *x, int32_t first,
                       int32_t last, struct buf *out)
{
    buf_add_c(out, "SELECT ");
    key_sql(x, false, out);
    buf_printf(
        out,
        ", sum(%s), count(%s), count(*) FROM (SELECT t.*, rank() OVER (PARTITION BY "
        "CASE WHEN f.id IS NOT NULL THEN 'f' || f.id ELSE coalesce(a.id, '') END "
        "ORDER BY t.date DESC) AS place",
        x->value, x->value);
    struct buf rows = BUF_INIT(4096);
    rows_sql(w, x, first, last, &rows);
    const char *text = buf_c(&rows);
    const char *where = strstr(text, " WHERE ");
    buf_add(out, (struct str){text, (size_t)(where - text)});
    buf_add_c(out, " LEFT JOIN r_facilities f ON f.id = t.facility");
    buf_add_c(out, where);
    buf_printf(out,
               ") t LEFT JOIN r_areas a ON a.id = t.area WHERE place = 1 AND (%s) GROUP "
               "BY 1",
               x->where);
    buf_free(&rows);
}

// --- comparing

static void group_key(const struct world *w, const struct query *x,
                      const struct cube_result *r, size_t group, bool with_period,
                      size_t *period, char *out, size_t size)
{
    size_t at[CUBE_MAX_AXES];
    for (size_t k = x->q.n_axes; k-- > 0;) {
        at[k] = group % r->axes[k].n;
        group /= r->axes[k].n;
    }
    size_t n = 0;
    out[0] = 0;
    *period = 0;
    for (size_t k = 0; k < x->q.n_axes; k++) {
        char key[64];
        if (x->axes[k].kind == AXIS_PERIOD) {
            *period = at[k];
            if (!with_period)
                continue;
        }
        bucket_key(w, &x->axes[k], &r->axes[k].buckets[at[k]], key, sizeof key);
        n += (size_t)snprintf(out + n, size - n, "|%s", key);
    }
}

static bool close_to(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * (1 + fabs(b));
}

// Runs the SQL and takes every row of its answer off the cube's; returns rows of no
// bucket.
static int64_t compare(struct world *w, const struct query *x,
                       const struct cube_result *r, bool by_period, size_t period,
                       const char *sql, bool *seen)
{
    struct error e = {0};
    struct conn *c;
    struct stmt *s;
    int64_t outside = 0;
    bool row;
    assert_ok(store_read_begin(w->county->store, &c, &e));
    assert_ok(conn_prepare(c, str_of(sql), &s, &e));
    for (;;) {
        assert_ok(stmt_step(s, &row, &e));
        if (!row)
            break;
        bool found = false;
        for (size_t k = 0; k < r->n_groups && !found; k++) {
            char key[256];
            size_t p;
            group_key(w, x, r, k, !by_period, &p, key, sizeof key);
            if ((by_period && p != period) || !str_equal_c(stmt_text(s, 0), key))
                continue;
            found = seen[k] = true;
            double want = stmt_kind(s, 1) == STMT_NULL
                              ? (x->g.function == AGGREGATE_SUM ? 0 : NAN)
                              : stmt_double(s, 1);
            if (r->rows[k] != stmt_int(s, 2) || !close_to(r->values[k], want))
                fail_msg("%s: %g of %lld rows, SQL has %g of %lld: %s", key, r->values[k],
                         (long long)r->rows[k], want, (long long)stmt_int(s, 2), sql);
        }
        if (!found)
            outside += stmt_int(s, 3);
    }
    stmt_finish(s);
    store_read_end(c);
    return outside;
}

static int64_t compare_latest(struct world *w, const struct query *x,
                              const struct cube_result *r, bool *seen)
{
    const struct cube_axis *periods = NULL;
    for (size_t k = 0; k < x->q.n_axes; k++)
        if (x->axes[k].kind == AXIS_PERIOD)
            periods = &r->axes[k];
    int64_t outside = 0;
    for (size_t p = 0; p < (periods ? periods->n : 1); p++) {
        int32_t first = x->q.first, last = x->q.last;
        if (periods) {
            struct period b = periods->buckets[p].period;
            first = b.first > first ? b.first : first;
            last = b.last < last ? b.last : last;
        }
        if (x->g.function == AGGREGATE_AS_OF)
            assert_true(date_from_ymd(1, 1, 1, &first));
        struct buf sql = BUF_INIT(1 << 14);
        latest_sql(w, x, first, last, &sql);
        outside += compare(w, x, r, periods, p, buf_c(&sql), seen);
        buf_free(&sql);
    }
    return outside;
}

// The SQL that the expression itself writes, for one group of everything.
static void compare_own_sql(struct world *w, struct cube *cube, struct query *x)
{
    struct error e = {0};
    struct arena a;
    struct cube_result r;
    struct cube_query q = x->q;
    struct conn *c;
    struct stmt *s;
    bool row;
    q.n_axes = 0;
    q.root = -1;
    arena_init(&a, 0);
    assert_ok(cube_aggregate(cube, &a, &q, &r, &e));
    assert_int_equal(r.n_groups, 1);
    struct buf sql = BUF_INIT(1 << 14);
    expr_aggregate_sql(&x->g, q.first, q.last, q.today, &sql);
    assert_ok(store_read_begin(w->county->store, &c, &e));
    assert_ok(conn_prepare(c, buf_str(&sql), &s, &e));
    assert_ok(stmt_step(s, &row, &e));
    assert_true(row);
    double want = stmt_kind(s, 0) != STMT_NULL     ? stmt_double(s, 0)
                  : x->g.function == AGGREGATE_SUM ? 0
                                                   : NAN;
    if (!close_to(r.values[0], want))
        fail_msg("%g, its own SQL has %g: %s", r.values[0], want, buf_c(&sql));
    stmt_finish(s);
    store_read_end(c);
    buf_free(&sql);
    arena_free(&a);
}

static void check(struct world *w, struct cube *cube, const struct query *x)
{
    struct error e = {0};
    struct arena a;
    arena_init(&a, 0);
    struct cube_result r;
    assert_ok(cube_aggregate(cube, &a, &x->q, &r, &e));
    bool *seen = ARENA_ARRAY(&a, bool, r.n_groups);
    int64_t outside;
    if (x->g.function == AGGREGATE_LAST || x->g.function == AGGREGATE_AS_OF) {
        outside = compare_latest(w, x, &r, seen);
    } else {
        struct buf sql = BUF_INIT(1 << 14);
        plain_sql(w, x, &sql);
        outside = compare(w, x, &r, false, 0, buf_c(&sql), seen);
        buf_free(&sql);
    }
    bool zero = x->g.function == AGGREGATE_SUM || x->g.function == AGGREGATE_COUNT;
    for (size_t k = 0; k < r.n_groups; k++) {
        if (seen[k])
            continue;
        char key[256];
        size_t period;
        group_key(w, x, &r, k, true, &period, key, sizeof key);
        if (r.rows[k] || (zero ? r.values[k] != 0 : !isnan(r.values[k])))
            fail_msg("%s: %g of %lld rows, SQL has none, function %d root %d", key,
                     r.values[k], (long long)r.rows[k], (int)x->g.function, x->q.root);
    }
    if (outside != r.outside)
        fail_msg("%lld rows outside, SQL has %lld, function %d root %d",
                 (long long)r.outside, (long long)outside, (int)x->g.function, x->q.root);
    arena_free(&a);
}

// --- random queries

static size_t below(struct world *w, size_t n)
{
    return (size_t)rng_below(&w->rng, n);
}

static struct axis random_axis(struct world *w, const struct reg *r, bool period)
{
    static const enum period_kind kinds[] = {PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR,
                                             PERIOD_OCTOBER_YEAR};
    static const char *const names[] = {"sex", "alive", "birth_order", "visits",
                                        "source"};
    bool births = str_equal_c(r->name, "births");
    switch (below(w, period ? 4 : 3)) {
    case 0:
        return (struct axis){.kind = AXIS_LEVEL, .level = (int)below(w, 3)};
    case 1:
        return (struct axis){.kind = AXIS_FACILITY};
    case 3:
        return (struct axis){.kind = AXIS_PERIOD, .period = kinds[below(w, 4)]};
    default: // a field of births; stock has a sex of its own, with other codes
        return (struct axis){
            .kind = AXIS_FIELD,
            .field = reg_field(world_register(w, "births"),
                               str_of(names[births ? below(w, 5) : 0])),
        };
    }
}

static void random_query(struct world *w, struct arena *a, struct query *x)
{
    bool births = rng_chance(&w->rng, 0.6);
    *x = (struct query){.reg = world_register(w, births ? "births" : "stock")};
    const char *const *where =
        births ? births_where[below(w, 6)] : stock_where[below(w, 3)];
    const char *const *value =
        births ? births_values[below(w, 5)] : stock_values[below(w, 3)];
    x->g.function = (enum aggregate_function)below(w, 7);
    x->g.reg = x->reg;
    x->g.where = world_expr(w, a, x->reg, where[0]);
    x->g.value =
        x->g.function == AGGREGATE_COUNT ? NULL : world_expr(w, a, x->reg, value[0]);
    x->where = where[1];
    x->value = value[1];
    bool has_period = false;
    size_t n = below(w, 4);
    for (size_t k = 0; k < n; k++) {
        x->axes[k] = random_axis(w, x->reg, !has_period);
        has_period |= x->axes[k].kind == AXIS_PERIOD;
    }
    int32_t start;
    assert_true(date_from_ymd(2013, 5, 1, &start));
    x->q = (struct cube_query){
        .aggregate = &x->g,
        .first = start + (int32_t)below(w, 300),
        .root = below(w, 3) ? -1 : (int32_t)below(w, w->county->places->n_areas),
        .axes = x->axes,
        .n_axes = n,
        .today = start,
    };
    x->q.last = x->q.first + (int32_t)below(w, 400);
}

static void random_queries_agree_with_sql(void **state)
{
    (void)state;
    const uint64_t seed = 20140605;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct world w;
    struct error e = {0};
    struct cube *cube;
    assert_int_equal(world_open(&w, seed), 0);
    world_add(&w, "births", 3000);
    world_add(&w, "stock", 1500);
    assert_ok(cube_open(&cube, w.county, 3, &e));
    for (int i = 0; i < 400; i++) {
        struct arena a;
        struct query x;
        arena_init(&a, 0);
        random_query(&w, &a, &x);
        check(&w, cube, &x);
        // its reporters are ids, also of places that are gone: the cube knows those not
        if (x.g.function != AGGREGATE_LAST && x.g.function != AGGREGATE_AS_OF)
            compare_own_sql(&w, cube, &x);
        arena_free(&a);
        if (i % 20 == 19)
            world_change(&w, i % 40 == 39 ? "births" : "stock", 30);
    }
    cube_close(cube);
    world_close(&w);
}

// --- buckets

static void expect_buckets(struct world *w, struct cube *cube, const struct axis *x,
                           int32_t root, const char *first, const char *last,
                           const char *want)
{
    struct error e = {0};
    struct arena a;
    struct cube_axis out;
    struct buf got = BUF_INIT(1 << 12);
    struct cube_query q = {.root = root, .axes = x, .n_axes = 1};
    assert_ok(date_parse(str_of(first), &q.first, &e));
    assert_ok(date_parse(str_of(last), &q.last, &e));
    arena_init(&a, 0);
    assert_ok(cube_buckets(cube, &a, &q, 0, &out, &e));
    for (size_t i = 0; i < out.n; i++) {
        char key[64];
        bucket_key(w, x, &out.buckets[i], key, sizeof key);
        buf_printf(&got, "%s%s", i ? " " : "", key);
    }
    assert_string_equal(buf_c(&got) ? buf_c(&got) : "", want);
    buf_free(&got);
    arena_free(&a);
}

static void buckets_are_those_of_the_time(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct cube *cube;
    assert_int_equal(world_open(&w, 7), 0);
    assert_ok(cube_open(&cube, w.county, 1, &e));
    // township 3 begins on 2014-03-01, township 4 ends on 2013-12-31
    struct axis x = {.kind = AXIS_LEVEL, .level = 1};
    expect_buckets(&w, cube, &x, -1, "2013-12-31", "2014-02-28",
                   "110000001 110000002 110000004");
    expect_buckets(&w, cube, &x, -1, "2014-01-01", "2014-03-01",
                   "110000001 110000002 110000003");
    // village 3 begins on 2014-05-01, village 4 ends on 2014-02-01
    int32_t root = places_area_by_code(w.county->places, STR("110000002"));
    x.level = 2;
    expect_buckets(&w, cube, &x, root, "2014-02-02", "2014-04-30",
                   "110000002001 110000002002");
    x.level = 1;
    expect_buckets(&w, cube, &x, root, "2014-02-02", "2014-04-30", "110000002");
    x.level = 0;
    expect_buckets(&w, cube, &x, root, "2014-02-02", "2014-04-30", "");
    x = (struct axis){.kind = AXIS_PERIOD, .period = PERIOD_QUARTER};
    expect_buckets(&w, cube, &x, -1, "2013-12-31", "2014-04-01", "2013Q4 2014Q1 2014Q2");
    expect_buckets(&w, cube, &x, -1, "2014-04-02", "2014-04-01", "");
    x.period = PERIOD_OCTOBER_YEAR;
    expect_buckets(&w, cube, &x, -1, "2013-09-30", "2013-10-01", "2012Oct 2013Oct");
    x = (struct axis){.kind = AXIS_FACILITY};
    expect_buckets(&w, cube, &x, root, "2014-01-01", "2014-01-01", "F0 F1 F2 F3 F4 F5");
    x = (struct axis){.kind = AXIS_FIELD,
                      .field = reg_field(world_register(&w, "births"), STR("visits"))};
    expect_buckets(&w, cube, &x, -1, "2014-01-01", "2014-01-01", "-");
    x.field = reg_field(world_register(&w, "births"), STR("alive"));
    expect_buckets(&w, cube, &x, -1, "2014-01-01", "2014-01-01", "0 1 -");
    cube_close(cube);
    world_close(&w);
}

// --- any number of threads

static void fill(struct world *w, int n)
{
    char sql[1024];
    snprintf(
        sql, sizeof sql,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
        "INSERT INTO r_births (id, area, facility, date, state, version, saved_by,"
        " saved_at, fingerprint, sex, weight, length) SELECT i, 759 + i * 7 %% 39, 65 + "
        "i "
        "* 5 %% 6, date('2013-01-01', '+' || (i * 11 %% 700) || ' days'), 'current', 1, "
        "0,"
        " 0, 0, substr('mfu', 1 + i * 13 %% 3, 1), 2000 + i * 17 %% 2500,"
        " 40 + (i * 7919 %% 104729) / 10007.0 FROM n",
        n);
    world_sql(w, sql);
}

static void threads_do_not_change_the_answer(void **state)
{
    (void)state;
    static const unsigned threads[] = {1, 2, 3, 8};
    struct world w;
    struct error e = {0};
    struct arena a;
    arena_init(&a, 0);
    assert_int_equal(world_open(&w, 3), 0);
    fill(&w, 200000); // several lanes
    const struct reg *r = world_register(&w, "births");
    struct axis axes[] = {{.kind = AXIS_LEVEL, .level = 1},
                          {.kind = AXIS_FIELD, .field = reg_field(r, STR("sex"))},
                          {.kind = AXIS_PERIOD, .period = PERIOD_QUARTER}};
    for (int f = AGGREGATE_COUNT; f <= AGGREGATE_MAX; f++) {
        struct aggregate g = {.function = (enum aggregate_function)f, .reg = r};
        g.where = world_expr(&w, &a, r, "weight > 2100");
        g.value = f == AGGREGATE_COUNT ? NULL : world_expr(&w, &a, r, "length / 3");
        struct cube_query q = {.aggregate = &g,
                               .first = 15706,
                               .last = 16500,
                               .root = -1,
                               .axes = axes,
                               .n_axes = 3};
        struct cube_result r1 = {0}, rn;
        for (size_t i = 0; i < 4; i++) {
            struct cube *cube;
            assert_ok(cube_open(&cube, w.county, threads[i], &e));
            assert_ok(cube_aggregate(cube, &a, &q, &rn, &e));
            cube_close(cube);
            if (i == 0)
                r1 = rn;
            assert_int_equal(rn.n_groups, r1.n_groups);
            assert_true(rn.n_groups > 30);
            assert_int_equal(rn.outside, r1.outside);
            assert_memory_equal(rn.values, r1.values, rn.n_groups * sizeof *rn.values);
            assert_memory_equal(rn.rows, r1.rows, rn.n_groups * sizeof *rn.rows);
        }
    }
    arena_free(&a);
    world_close(&w);
}

// --- what is asked wrongly

static enum err ask(struct world *w, struct cube *cube, const char *reg,
                    const char *where, enum aggregate_function f, const char *value,
                    const struct axis *axes, size_t n, struct error *e)
{
    struct arena a;
    struct cube_result out;
    arena_init(&a, 0);
    const struct reg *r = world_register(w, reg);
    struct aggregate g = {.function = f, .reg = r};
    g.where = world_expr(w, &a, r, where);
    g.value = world_expr(w, &a, r, value);
    struct cube_query q = {.aggregate = &g,
                           .first = 15706,
                           .last = 16500,
                           .root = -1,
                           .axes = axes,
                           .n_axes = n};
    enum err code = cube_aggregate(cube, &a, &q, &out, e);
    arena_free(&a);
    return code;
}

static struct axis field_axis(const struct world *w, const char *reg, const char *name)
{
    return (struct axis){.kind = AXIS_FIELD,
                         .field = reg_field(world_register(w, reg), str_of(name))};
}

static void what_cannot_be_counted_is_refused(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct cube *cube;
    assert_int_equal(world_open(&w, 4), 0);
    world_add(&w, "births", 2000);
    assert_ok(cube_open(&cube, w.county, 1, &e));
    static const struct {
        const char *reg, *where, *key;
    } wrong[] = {{"births", "note = 'y'", "cube.field"},
                 {"births", "name is null", "cube.field"}};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ask(&w, cube, wrong[i].reg, wrong[i].where, AGGREGATE_COUNT,
                             NULL, NULL, 0, &e),
                         ERR_INPUT);
        assert_string_equal(e.key, wrong[i].key);
        assert_true(e.cure[0]);
    }
    static const struct {
        const char *reg, *field, *key;
    } axes[] = {{"births", "born_on", "cube.axis"},
                {"births", "name", "cube.axis"},
                {"births", "length", "cube.axis"},
                {"births", "weight", "cube.negative"},
                {"stock", "people", "cube.axis_field"}};
    for (size_t i = 0; i < 5; i++) {
        struct axis x = field_axis(&w, axes[i].reg, axes[i].field);
        assert_int_equal(ask(&w, cube, "births", NULL, AGGREGATE_COUNT, NULL, &x, 1, &e),
                         ERR_INPUT);
        assert_string_equal(e.key, axes[i].key);
        assert_true(e.cure[0]);
    }
    struct axis days[] = {{.kind = AXIS_PERIOD, .period = PERIOD_DAY},
                          {.kind = AXIS_PERIOD, .period = PERIOD_MONTH},
                          {.kind = AXIS_PERIOD, .period = PERIOD_DAY},
                          {.kind = AXIS_LEVEL, .level = 2}};
    assert_int_equal(ask(&w, cube, "births", NULL, AGGREGATE_COUNT, NULL, days, 4, &e),
                     ERR_LIMIT);
    assert_int_equal(ask(&w, cube, "births", NULL, AGGREGATE_LAST, "weight", days, 2, &e),
                     ERR_INPUT);
    assert_string_equal(e.key, "cube.two_periods");
    world_sql(&w, "UPDATE r_births SET weight = 9223372036854775807");
    cube_close(cube);
    assert_ok(cube_open(&cube, w.county, 1, &e));
    assert_int_equal(ask(&w, cube, "births", NULL, AGGREGATE_SUM, "weight", NULL, 0, &e),
                     ERR_LIMIT);
    assert_int_equal(ask(&w, cube, "births", NULL, AGGREGATE_LAST, "weight", NULL, 0, &e),
                     ERR_LIMIT);
    cube_close(cube);
    world_close(&w);
}

// A register that names no date has its rows at all times.
static void places_can_be_counted(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct arena a;
    struct cube *cube;
    struct cube_result out;
    arena_init(&a, 0);
    assert_int_equal(world_open(&w, 5), 0);
    assert_ok(cube_open(&cube, w.county, 1, &e));
    const struct reg *r = world_register(&w, "facilities");
    struct axis x = field_axis(&w, "facilities", "kind");
    struct aggregate g = {.function = AGGREGATE_COUNT, .reg = r};
    struct cube_query q = {
        .aggregate = &g, .first = 0, .last = 1, .root = -1, .axes = &x, .n_axes = 1};
    assert_ok(cube_aggregate(cube, &a, &q, &out, &e));
    assert_int_equal(out.n_groups, 3);
    assert_true(out.values[0] == 3 && out.values[1] == 3 && out.values[2] == 0);
    cube_close(cube);
    world_close(&w);
    arena_free(&a);
}

// --- rows that stand at a facility and name no area

// The same as who holds the area alone may see, row by row.
static int64_t rows_in_reach(const struct world *w, const struct reg *r, int32_t area)
{
    const struct places *p = w->county->places;
    const struct access_grant grant = {.reads_rows = 1u << PURPOSE_SUPERVISION,
                                       .area = p->areas[area].id};
    const struct access who = {.name = STR("one"), .grants = &grant, .n_grants = 1};
    struct error e = {0};
    struct conn *c;
    struct stmt *s;
    int64_t n = 0;
    assert_ok(store_read_begin(w->county->store, &c, &e));
    assert_ok(conn_prepare(c, STR("SELECT facility FROM r_rounds"), &s, &e));
    for (bool row; !stmt_step(s, &row, &e) && row;) {
        int32_t at =
            stmt_kind(s, 0) == STMT_NULL ? -1 : places_facility_index(p, stmt_int(s, 0));
        n += rights_row(p, &who, r, ACCESS_READ, rights_place(p, -1, at));
    }
    stmt_finish(s);
    store_read_end(c);
    return n;
}

static void rows_stand_where_their_facility_is(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct arena a;
    struct cube *cube;
    struct cube_result out;
    arena_init(&a, 0);
    assert_int_equal(world_open(&w, 9), 0);
    const struct reg *r = world_register(&w, "rounds");
    world_sql(&w, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i"
                  " < 500) INSERT INTO r_rounds (id, facility, date, state, version,"
                  " saved_by, saved_at, fingerprint) SELECT i, CASE WHEN i % 9 = 8 THEN"
                  " NULL ELSE 65 + i * i % 6 END, '2014-03-01', 'current', 1, 0, 0, 1"
                  " FROM n");
    assert_ok(cube_open(&cube, w.county, 2, &e));
    for (int pass = 0; pass < 2; pass++) {
        const struct places *p = w.county->places;
        int64_t placed = 0;
        for (int32_t i = 0; (size_t)i < p->n_areas; i++) {
            struct aggregate g = {.function = AGGREGATE_COUNT, .reg = r};
            struct cube_query q = {
                .aggregate = &g, .first = 15706, .last = 16500, .root = i};
            assert_ok(cube_aggregate(cube, &a, &q, &out, &e));
            assert_int_equal((int64_t)out.values[0], rows_in_reach(&w, r, i));
            placed += p->areas[i].parent < 0 ? (int64_t)out.values[0] : 0;
        }
        assert_int_equal(placed, 500 - 55); // those with a facility
        // a facility moves, and its rows with it
        world_sql(&w,
                  "UPDATE r_facilities SET area = (SELECT area FROM r_facilities ORDER"
                  " BY id DESC LIMIT 1) WHERE id = (SELECT min(id) FROM"
                  " r_facilities)");
        assert_ok(county_reload_places(w.county, &e));
    }
    cube_close(cube);
    world_close(&w);
    arena_free(&a);
}

// --- columns of every width

static int64_t births_where_sql(struct world *w, const char *where)
{
    struct conn *c;
    struct stmt *s;
    struct error e = {0};
    bool row;
    char text[300];
    snprintf(text, sizeof text, "SELECT count(*) FROM r_births WHERE %s", where);
    assert_ok(store_read_begin(w->county->store, &c, &e));
    assert_ok(conn_prepare(c, str_of(text), &s, &e));
    assert_ok(stmt_step(s, &row, &e));
    int64_t n = row ? stmt_int(s, 0) : 0;
    stmt_finish(s);
    store_read_end(c);
    return n;
}

// Counts by village, by year and inside one township, against the file.
static void check_places(struct world *w, struct cube *cube, enum column_storage area,
                         enum column_storage day)
{
    struct error e = {0};
    struct arena a;
    struct cube_view v;
    struct cube_result out;
    const struct places *p = w->county->places;
    const struct reg *r = world_register(w, "births");
    struct aggregate g = {.function = AGGREGATE_COUNT, .reg = r};
    struct axis axes[] = {{.kind = AXIS_LEVEL, .level = 2},
                          {.kind = AXIS_PERIOD, .period = PERIOD_YEAR}};
    struct cube_query q = {
        .aggregate = &g, .first = -10000, .last = 80000, .root = -1, .n_axes = 1};
    arena_init(&a, 0);
    assert_ok(cube_view_begin(cube, r, &v, &e));
    assert_int_equal(v.batch.columns[FIELD_AREA].storage, area);
    assert_int_equal(v.batch.columns[FIELD_DATE].storage, day);
    cube_view_end(cube, r);
    for (int k = 0; k < 2; k++) {
        int64_t counted = 0;
        q.axes = &axes[k];
        assert_ok(cube_aggregate(cube, &a, &q, &out, &e));
        for (size_t i = 0; i < out.n_groups; i++) {
            const struct axis_bucket *bucket = &out.axes[0].buckets[i];
            char sql[200];
            if (out.values[i] == 0)
                continue;
            if (k == 0)
                snprintf(sql, sizeof sql, "area = %lld AND date IS NOT NULL",
                         (long long)p->areas[bucket->index].id);
            else
                snprintf(sql, sizeof sql, "date LIKE '%s-%%'", bucket->period.id);
            assert_int_equal(births_where_sql(w, sql), out.values[i]);
            counted += (int64_t)out.values[i];
        }
        assert_int_equal(births_where_sql(w, "date IS NOT NULL"), counted + out.outside);
        assert_int_equal(k ? 0 : births_where_sql(w, "area IS NULL AND date IS NOT NULL"),
                         out.outside);
    }
    q.root = places_area_index(p, 900 - 2);
    q.n_axes = 0;
    assert_true(q.root >= 0);
    assert_ok(cube_aggregate(cube, &a, &q, &out, &e));
    assert_int_equal(births_where_sql(w, "date IS NOT NULL AND area IN (SELECT id FROM"
                                         " r_areas WHERE code LIKE '110000002%')"),
                     out.values[0]);
    arena_free(&a);
}

// A null of a narrow column is a number that a wider one may hold: 255, 65535.
static void a_null_is_no_place_and_no_day(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct cube *cube;
    assert_int_equal(world_open(&w, 9), 0);
    world_sql(&w,
              "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE"
              " i < 66999) INSERT INTO r_areas (id, state, version, saved_by, saved_at,"
              " fingerprint, code, name, level, parent) SELECT 1000000 + i, 'current', 1,"
              " 0, 0, 1, '110000' || p, p, l, '110000' || r FROM (SELECT i,"
              " printf('%03d', 10 + i / 1000) || CASE i % 1000 WHEN 0 THEN '' ELSE"
              " printf('%03d', i % 1000) END p, CASE i % 1000 WHEN 0 THEN 'township' ELSE"
              " 'village' END l, CASE i % 1000 WHEN 0 THEN '' ELSE printf('%03d', 10 + i"
              " / 1000) END r FROM n)");
    assert_ok(county_reload_places(w.county, &e));
    assert_true(w.county->places->n_areas > 67000);
    const char *add = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
                      " WHERE i < 2999) INSERT INTO r_births (id, area, date, state,"
                      " version, saved_by, saved_at, fingerprint) SELECT i + 1,"
                      " CASE WHEN i % 3 THEN 800 - 11 - 10 * (i % 4) END, CASE WHEN i %"
                      " 7 THEN date('2010-01-01', '+' || i || ' days') END, 'current', 1,"
                      " 0, 0, 0 FROM n";
    static const struct {
        const char *then;
        enum column_storage area, day;
    } steps[] = {
        {"SELECT 1", COLUMN_U8, COLUMN_U16},
        {"UPDATE r_births SET area = (SELECT id FROM r_areas WHERE code ="
         " '110000010400') WHERE id % 11 = 0",
         COLUMN_U16, COLUMN_U16},
        {"UPDATE r_births SET area = (SELECT id FROM r_areas WHERE code ="
         " '110000076900') WHERE id % 13 = 0",
         COLUMN_I32, COLUMN_U16},
        {"UPDATE r_births SET date = '1950-02-03' WHERE id = 17; UPDATE r_births SET"
         " date = '2149-06-06' WHERE id % 19 = 0",
         COLUMN_I32, COLUMN_I32},
    };
    world_sql(&w, add);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (i)
            world_sql(&w, steps[i].then);
        assert_ok(cube_open(&cube, w.county, 2, &e));
        check_places(&w, cube, steps[i].area, steps[i].day);
        cube_close(cube);
    }
    world_close(&w);
}

// --- no memory

static enum err whole_use(struct world *w, const struct cube_query *q, struct error *e)
{
    struct cube *cube;
    struct arena a;
    struct cube_result out;
    enum err code = cube_open(&cube, w->county, 1, e);
    if (code)
        return code;
    arena_init(&a, 0);
    code = cube_aggregate(cube, &a, q, &out, e);
    arena_free(&a);
    cube_close(cube);
    return code;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    struct arena a;
    arena_init(&a, 0);
    assert_int_equal(world_open(&w, 6), 0);
    world_add(&w, "births", 1500);
    const struct reg *r = world_register(&w, "births");
    struct axis axes[] = {{.kind = AXIS_LEVEL, .level = 1},
                          {.kind = AXIS_PERIOD, .period = PERIOD_YEAR},
                          field_axis(&w, "births", "visits")};
    for (int latest = 0; latest < 2; latest++) {
        struct aggregate g = {.function = latest ? AGGREGATE_AS_OF : AGGREGATE_SUM,
                              .reg = r};
        g.where = world_expr(&w, &a, r, "weight > 2100");
        g.value = world_expr(&w, &a, r, "weight");
        struct cube_query q = {.aggregate = &g,
                               .first = 15706,
                               .last = 16500,
                               .root = -1,
                               .axes = axes,
                               .n_axes = 3};
        int64_t n = 0;
        for (;; n++) {
            mem_fail_after(n);
            enum err code = whole_use(&w, &q, &e);
            mem_fail_after(-1);
            if (!code)
                break;
            if (code != ERR_MEMORY)
                fail_msg("allocation %lld: %s: %s", (long long)n, error_name(code),
                         e.text);
            assert_true(n < 10000);
        }
        assert_true(n > 20);
    }
    arena_free(&a);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_queries_agree_with_sql),
        cmocka_unit_test(buckets_are_those_of_the_time),
        cmocka_unit_test(threads_do_not_change_the_answer),
        cmocka_unit_test(what_cannot_be_counted_is_refused),
        cmocka_unit_test(places_can_be_counted),
        cmocka_unit_test(rows_stand_where_their_facility_is),
        cmocka_unit_test(a_null_is_no_place_and_no_day),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
