// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "grammar.h"
#include "pack/expr_tree.h"

static struct world world;
static struct expr_scratch *scratch;

static bool open_at(const char *source, size_t capacity)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/pack/expression_vectors.json",
             source ? source : ".");
    return world_open(&world, path, capacity);
}

static int setup(void **state)
{
    (void)state;
    scratch = expr_scratch_open();
    return open_at(getenv("HENG_SOURCE"), 5000) && scratch ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    expr_scratch_close(scratch);
    return 0;
}

static const struct place here = {.file = {"v", 1}, .line = 1, .column = 1};

// One value of either target in a form that compares and prints.
struct result {
    bool null;
    double number;
    char text[200];
};

static void value_print(const struct result *v, char out[240])
{
    if (v->null)
        snprintf(out, 240, "null");
    else if (v->text[0] || isnan(v->number))
        snprintf(out, 240, "'%s'", v->text);
    else
        snprintf(out, 240, "%.17g", v->number);
}

static bool value_same(const struct result *a, const struct result *b)
{
    if (a->null || b->null)
        return a->null && b->null;
    if (isnan(a->number) || isnan(b->number))
        return isnan(a->number) && isnan(b->number) && !strcmp(a->text, b->text);
    if (a->number == b->number)
        return true;
    return fabs(a->number - b->number) <= 1e-12 * fabs(a->number);
}

static struct result value_of_text(struct str s)
{
    struct result v = {.number = NAN};
    snprintf(v.text, sizeof v.text, STR_FMT, STR_ARG(s));
    return v;
}

static struct result value_of_whole(const struct expr *x, int64_t i)
{
    char day[DATE_TEXT_SIZE];
    if (i == INT64_MIN)
        return (struct result){.null = true};
    if (x->type == TYPE_CODE)
        return value_of_text(x->list->codes[i].value);
    if (x->type == TYPE_DATE) {
        date_format((int32_t)i, day);
        return value_of_text(str_of(day));
    }
    return (struct result){.number = (double)i};
}

static struct result value_in_memory(const struct expr *x, const struct expr_vector *v,
                                     size_t k)
{
    if (v->storage == COLUMN_STR && v->s[k].p)
        return value_of_text(v->s[k]);
    if (v->storage == COLUMN_F64 && !isnan(v->f[k]))
        return (struct result){.number = v->f[k]};
    if (v->storage == COLUMN_I64)
        return value_of_whole(x, v->i[k]);
    return (struct result){.null = true};
}

static struct result value_in_sql(const struct expr *x, sqlite3_stmt *s)
{
    bool place = x->type == TYPE_AREA || x->type == TYPE_FACILITY;
    switch (sqlite3_column_type(s, 0)) {
    case SQLITE_NULL:
        return (struct result){.null = true};
    case SQLITE_TEXT:
        return value_of_text(str_of((const char *)sqlite3_column_text(s, 0)));
    default:
        return (struct result){.number =
                                   sqlite3_column_double(s, 0) - (place ? WORLD_ID : 0)};
    }
}

static struct result value_in_json(const json_t *j)
{
    if (json_is_null(j))
        return (struct result){.null = true};
    if (json_is_string(j))
        return value_of_text(str_of(json_string_value(j)));
    if (json_is_boolean(j))
        return (struct result){.number = json_is_true(j)};
    return (struct result){.number = json_number_value(j)};
}

static sqlite3_stmt *select_of(const struct expr *x, struct str text)
{
    struct buf sql = BUF_INIT(1 << 20);
    buf_add_c(&sql, "SELECT ");
    expr_sql(x, STR("t"), world.today, &sql);
    buf_add_c(&sql, " FROM r_visits t ORDER BY t.id");
    sqlite3_stmt *s = NULL;
    assert_non_null(buf_c(&sql));
    if (sqlite3_prepare_v2(world.db, buf_c(&sql), -1, &s, NULL) != SQLITE_OK)
        fail_msg(STR_FMT ": %s in %s", STR_ARG(text), sqlite3_errmsg(world.db),
                 buf_c(&sql));
    buf_free(&sql);
    return s;
}

// Every row in memory equals the same row in SQL, and both what the vectors say.
static void run_both(struct str text, const struct expr *x, const json_t *expected)
{
    struct batch b = world_batch(&world);
    sqlite3_stmt *s = select_of(x, text);
    bool used[64] = {0};
    uint8_t keep[EXPR_BLOCK];
    expr_fields(x, used);
    for (size_t from = 0; from < b.n_rows; from += EXPR_BLOCK) {
        size_t n = b.n_rows - from < EXPR_BLOCK ? b.n_rows - from : EXPR_BLOCK;
        if (x->type == TYPE_BOOL)
            expr_select(x, &b, from, n, keep, scratch);
        const struct expr_vector *v = expr_eval(x, &b, from, n, scratch);
        for (size_t k = 0; k < n; k++) {
            struct result memory = value_in_memory(x, v, k), sql = {0}, wanted;
            char said[3][240] = {"", "", ""};
            assert_int_equal(sqlite3_step(s), SQLITE_ROW);
            sql = value_in_sql(x, s);
            wanted =
                expected ? value_in_json(json_array_get(expected, from + k)) : memory;
            value_print(&wanted, said[0]);
            value_print(&memory, said[1]);
            value_print(&sql, said[2]);
            if (!value_same(&wanted, &memory) || !value_same(&wanted, &sql))
                fail_msg(STR_FMT " in row %zu: expected %s, memory %s, SQL %s (%s)",
                         STR_ARG(text), from + k, said[0], said[1], said[2],
                         sqlite3_sql(s));
            if (x->type == TYPE_BOOL)
                assert_int_equal(keep[k], !memory.null && memory.number != 0);
        }
    }
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
}

static void both_targets_agree_with_the_vectors(void **state)
{
    (void)state;
    size_t i;
    const json_t *v;
    json_array_foreach(json_object_get(world.json, "expressions"), i, v)
    {
        struct str text = str_of(json_string_value(json_object_get(v, "text")));
        const struct expr *x;
        struct error e;
        if (expr_parse_row(&world.arena, &world.pack, &world.registers[0], text, here, &x,
                           &e))
            fail_msg(STR_FMT ": %s %s %s", STR_ARG(text), e.where, e.text, e.cure);
        assert_int_equal(json_array_size(json_object_get(v, "values")), world.n_rows[0]);
        run_both(text, x, json_object_get(v, "values"));
    }
    assert_true(i >= 150);
}

static void errors_say_where_and_what(void **state)
{
    (void)state;
    size_t i;
    const json_t *v;
    json_array_foreach(json_object_get(world.json, "errors"), i, v)
    {
        struct str text = str_of(json_string_value(json_object_get(v, "text")));
        const char *says = json_string_value(json_object_get(v, "says"));
        bool measure = json_is_true(json_object_get(v, "measure"));
        const struct expr *x;
        struct error e = {0};
        char where[64];
        enum err code =
            measure ? expr_parse_measure(&world.arena, &world.pack, text, here, &x, &e)
                    : expr_parse_row(&world.arena, &world.pack, &world.registers[0], text,
                                     here, &x, &e);
        snprintf(where, sizeof where, "v:%d:%d",
                 text.n && memchr(text.p, '\n', text.n) ? 2 : 1,
                 (int)json_integer_value(json_object_get(v, "column")));
        if (code != ERR_INPUT || x || strcmp(e.where, where) ||
            (!strstr(e.text, says) && !strstr(e.cure, says)))
            fail_msg(STR_FMT ": expected %s %s, found %s %s (%s)", STR_ARG(text), where,
                     says, e.where, e.text, e.cure);
    }
    assert_true(i >= 60);
}

// --- measures

// The plain meaning of an aggregate, row by row: slow and simple.
static double aggregate_by_hand(const struct aggregate *g, int32_t first, int32_t last)
{
    struct batch b = world_batch(&world);
    const struct field *f = g->reg->fields;
    bool by_reporter = g->function == AGGREGATE_LAST || g->function == AGGREGATE_AS_OF;
    double sum = 0, least = INFINITY, most = -INFINITY;
    size_t n = 0;
    for (size_t row = 0; row < b.n_rows; row++) {
        struct cell day = world_cell(&world, 0, &f[FIELD_DATE], row);
        bool latest = true;
        if (world_cell(&world, 0, &f[FIELD_STATE], row).i != 0 || day.null ||
            day.i > last || (g->function != AGGREGATE_AS_OF && day.i < first))
            continue;
        for (size_t other = 0; by_reporter && other < b.n_rows; other++) {
            struct cell d = world_cell(&world, 0, &f[FIELD_DATE], other);
            struct cell a = world_cell(&world, 0, &f[FIELD_FACILITY], row);
            struct cell c = world_cell(&world, 0, &f[FIELD_FACILITY], other);
            if (a.null && c.null) {
                a = world_cell(&world, 0, &f[FIELD_AREA], row);
                c = world_cell(&world, 0, &f[FIELD_AREA], other);
            }
            bool same = a.null == c.null && (a.null || a.i == c.i);
            if (same && !d.null && d.i <= last && d.i > day.i &&
                world_cell(&world, 0, &f[FIELD_STATE], other).i == 0)
                latest = false;
        }
        uint8_t keep = 1;
        if (g->where)
            expr_select(g->where, &b, row, 1, &keep, scratch);
        if (!keep || !latest)
            continue;
        double value = 1;
        if (g->value) {
            const struct expr_vector *v = expr_eval(g->value, &b, row, 1, scratch);
            value = v->storage == COLUMN_F64 ? v->f[0]
                    : v->i[0] == INT64_MIN   ? (double)NAN
                                             : (double)v->i[0];
        }
        if (isnan(value))
            continue;
        n++;
        sum += value;
        least = fmin(least, value);
        most = fmax(most, value);
    }
    if (g->function == AGGREGATE_COUNT)
        return (double)n;
    if (!n)
        return NAN;
    return g->function == AGGREGATE_MEAN  ? sum / (double)n
           : g->function == AGGREGATE_MIN ? least
           : g->function == AGGREGATE_MAX ? most
                                          : sum;
}

static double aggregate_by_sql(const struct aggregate *g, int32_t first, int32_t last)
{
    struct buf sql = BUF_INIT(1 << 20);
    expr_aggregate_sql(g, first, last, world.today, &sql);
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(world.db, buf_c(&sql), -1, &s, NULL) != SQLITE_OK)
        fail_msg("%s in %s", sqlite3_errmsg(world.db), buf_c(&sql));
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    assert_int_equal(sqlite3_column_count(s), 1);
    double v = sqlite3_column_type(s, 0) == SQLITE_NULL ? (double)NAN
                                                        : sqlite3_column_double(s, 0);
    assert_int_equal(sqlite3_step(s), SQLITE_DONE);
    sqlite3_finalize(s);
    buf_free(&sql);
    return v;
}

static bool same_number(double a, double b)
{
    return isnan(a) || isnan(b) ? isnan(a) && isnan(b)
                                : fabs(a - b) <= 1e-9 * (1 + fabs(a));
}

static void measures_agree(void **state)
{
    (void)state;
    size_t i;
    const json_t *v;
    json_array_foreach(json_object_get(world.json, "measures"), i, v)
    {
        struct str text = str_of(json_string_value(json_object_get(v, "text")));
        const struct expr *x;
        struct error e;
        int32_t first, last;
        double by_sql[8];
        assert_int_equal(
            date_parse(str_of(json_string_value(json_object_get(v, "first"))), &first,
                       &e),
            0);
        assert_int_equal(
            date_parse(str_of(json_string_value(json_object_get(v, "last"))), &last, &e),
            0);
        if (expr_parse_measure(&world.arena, &world.pack, text, here, &x, &e))
            fail_msg(STR_FMT ": %s %s %s", STR_ARG(text), e.where, e.text, e.cure);
        assert_in_range(expr_aggregates(x), 1, 8);
        for (size_t k = 0; k < expr_aggregates(x); k++) {
            const struct aggregate *g = expr_aggregate(x, k);
            double by_hand = aggregate_by_hand(g, first, last);
            by_sql[k] = aggregate_by_sql(g, first, last);
            if (!same_number(by_hand, by_sql[k]))
                fail_msg(STR_FMT ": by hand %g, by SQL %g", STR_ARG(text), by_hand,
                         by_sql[k]);
        }
        const json_t *value = json_object_get(v, "value");
        double wanted = json_is_null(value) ? (double)NAN : json_number_value(value);
        double found = expr_combine(x, by_sql);
        if (!same_number(wanted, found))
            fail_msg(STR_FMT ": expected %g, found %g", STR_ARG(text), wanted, found);
    }
    assert_true(i >= 15);
    assert_null(expr_aggregate(&(struct expr){0}, 0));
}

// --- random expressions

enum { WORLDS = 25, EXPRESSIONS_EACH = 100, MEASURES_EACH = 12, RANDOM_ROWS = 120 };

static uint64_t seed_of_run(void)
{
    const char *said = getenv("HENG_SEED");
    int64_t seed = 20140720;
    if (said)
        (void)str_to_int(str_of(said), &seed);
    print_message("# seed %lld (HENG_SEED sets it)\n", (long long)seed);
    return (uint64_t)seed | 1;
}

static void random_rows_agree(struct grammar *g)
{
    static const enum type types[] = {TYPE_BOOL,    TYPE_BOOL, TYPE_BOOL, TYPE_INT,
                                      TYPE_DECIMAL, TYPE_DATE, TYPE_TEXT, TYPE_CODE};
    struct arena mark;
    arena_init(&mark, 0);
    for (int i = 0; i < EXPRESSIONS_EACH; i++) {
        const struct expr *x;
        struct error e;
        buf_clear(g->out);
        grammar_write(g, types[grammar_choice(g, 8)], 1 + (int)grammar_choice(g, 4));
        struct str text = buf_str(g->out);
        if (expr_parse_row(&mark, &world.pack, &world.registers[0], text, here, &x, &e))
            fail_msg(STR_FMT ": %s %s %s", STR_ARG(text), e.where, e.text, e.cure);
        run_both(text, x, NULL);
    }
    arena_free(&mark);
}

static void random_measures_agree(struct grammar *g)
{
    static const char *const functions[] = {"count", "sum", "last", "as_of",
                                            "mean",  "min", "max"};
    struct arena mark;
    arena_init(&mark, 0);
    g->cube = true;
    for (int i = 0; i < MEASURES_EACH; i++) {
        const struct expr *x;
        struct error e;
        uint64_t f = grammar_choice(g, 7);
        buf_clear(g->out);
        buf_printf(g->out, "%s(visits%s", functions[f], f ? ".weight" : "");
        if (f && grammar_choice(g, 2))
            buf_add_c(g->out, " - visits.height");
        if (grammar_choice(g, 3)) {
            buf_add_c(g->out, " where ");
            grammar_write(g, TYPE_BOOL, (int)grammar_choice(g, 4));
        }
        buf_add_c(g->out, ")");
        struct str text = buf_str(g->out);
        if (expr_parse_measure(&mark, &world.pack, text, here, &x, &e))
            fail_msg(STR_FMT ": %s %s %s", STR_ARG(text), e.where, e.text, e.cure);
        int32_t first = 15000 + (int32_t)grammar_choice(g, 500);
        int32_t last = first + (int32_t)grammar_choice(g, 1000);
        double by_hand = aggregate_by_hand(expr_aggregate(x, 0), first, last);
        double by_sql = aggregate_by_sql(expr_aggregate(x, 0), first, last);
        if (!same_number(by_hand, by_sql))
            fail_msg(STR_FMT ": by hand %g, by SQL %g", STR_ARG(text), by_hand, by_sql);
    }
    g->cube = false;
    arena_free(&mark);
}

static void random_expressions_agree(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(EXPR_MAX_TEXT);
    struct grammar g = {.seed = seed_of_run(), .out = &text};
    for (int i = 0; i < WORLDS; i++) {
        grammar_rows(&g, &world, i == WORLDS - 1 ? EXPR_BLOCK * 2 + 7 : RANDOM_ROWS);
        assert_true(world_to_sql(&world));
        random_rows_agree(&g);
        if (i < WORLDS - 1)
            random_measures_agree(&g);
    }
    buf_free(&text);
}

// --- hostile text

static enum err parse(struct arena *a, struct str text, const struct expr **x,
                      struct error *e)
{
    return expr_parse_row(a, &world.pack, &world.registers[0], text, here, x, e);
}

static void repeat(struct buf *b, const char *what, int times)
{
    for (int i = 0; i < times; i++)
        buf_add_c(b, what);
}

static void hostile_text_is_refused(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "(",         "not ", "-",  "abs(", "case when ",  "1+",     "weight in (",
        "coalesce(", "\xff", "'a", ".",    "age_months(", "lookup("};
    struct arena a;
    struct buf b = BUF_INIT(2 << 20);
    const struct expr *x;
    struct error e;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (int size = 100; size <= 1000000; size *= 100) {
            arena_init(&a, 64 << 20);
            buf_clear(&b);
            repeat(&b, parts[i], size / (int)strlen(parts[i]));
            assert_int_equal(parse(&a, buf_str(&b), &x, &e), ERR_INPUT);
            assert_null(x);
            assert_non_null(strstr(e.where, "v:1:"));
            assert_true(e.text[0] != 0);
            assert_int_equal(
                expr_parse_measure(&a, &world.pack, buf_str(&b), here, &x, &e),
                ERR_INPUT);
            arena_free(&a);
        }
    arena_init(&a, 0);
    assert_int_equal(parse(&a, (struct str){"1\0", 2}, &x, &e), ERR_INPUT);
    arena_free(&a);
    buf_free(&b);
}

// The deepest nesting of each kind that is accepted must also be accepted by SQLite.
static void deepest_nesting_runs_in_sql(void **state)
{
    (void)state;
    static const char *const shapes[][3] = {
        {"(weight - ", "1", ")"},
        {"(1.5 * (weight - ", "1", "))"},
        {"-", "weight", ""},
        {"not ", "urgent", ""},
        {"(urgent and not (", "urgent", "))"},
        {"(sex = m or urgent and ", "urgent", ")"},
        {"(1 < 2) = (", "urgent", ")"},
        {"case when urgent then 1 when sex = m then ", "2", " else 3 end"},
        {"case when weight > ", "1", " then 1 end"},
        {"case when ", "urgent", " then urgent end"},
        {"coalesce(weight, m + ", "1", ")"},
        {"least(1, 2 - ", "m", ")"},
        {"born_on + (", "1", ")"},
        {"(registered_on + (born_on - ", "born_on", "))"},
        {"registered_on - (born_on + (", "1", "))"},
        {"age_months(born_on, registered_on + ", "1", ")"},
        {"age_years(born_on, registered_on + ", "1", ")"},
        {"year(born_on + ", "1", ")"},
        {"(1 between 0 and ", "1", ")"},
        {"within_days(born_on, born_on, ", "1", ")"},
        {"weight / (", "2", ")"},
        {"(urgent or urgent and urgent = (", "urgent", "))"},
        {"case when urgent or urgent and 1 = 1 + 2 * ", "m", " then 1 end"},
        {"coalesce(residence, ", "moved_to", ")"},
    };
    struct buf b = BUF_INIT(1 << 20);
    const struct expr *x;
    struct error e;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        int deepest = 0;
        for (int depth = 1; depth < 40; depth++) {
            struct arena a;
            arena_init(&a, 0);
            buf_clear(&b);
            repeat(&b, shapes[i][0], depth);
            buf_add_c(&b, shapes[i][1]);
            repeat(&b, shapes[i][2], depth);
            if (!parse(&a, buf_str(&b), &x, &e)) {
                run_both(buf_str(&b), x, NULL);
                deepest = depth;
            } else if (!strstr(e.key, "nest") && !strstr(e.key, "type") &&
                       !strstr(e.key, "depth")) {
                fail_msg(STR_FMT ": %s", STR_ARG(buf_str(&b)), e.text);
            }
            arena_free(&a);
        }
        if (deepest < 1)
            fail_msg("%s was never accepted", shapes[i][0]);
    }
    buf_free(&b);
}

// What the check lets through must also pass SQLite's parser, whatever it is made of.
static void deep_mixtures_run_in_sql(void **state)
{
    (void)state;
    static const enum type types[] = {TYPE_BOOL, TYPE_INT, TYPE_DECIMAL, TYPE_DATE};
    struct buf b = BUF_INIT(EXPR_MAX_TEXT);
    struct grammar g = {.seed = 77, .out = &b};
    int passed = 0, refused = 0;
    for (int i = 0; i < 1500; i++) {
        struct arena a;
        const struct expr *x;
        struct error e;
        arena_init(&a, 0);
        buf_clear(&b);
        grammar_write(&g, types[grammar_choice(&g, 4)], 5 + (int)grammar_choice(&g, 9));
        if (b.failed) {
            refused++;
        } else if (!parse(&a, buf_str(&b), &x, &e)) {
            run_both(buf_str(&b), x, NULL);
            passed++;
        } else {
            assert_true(!strcmp(e.key, "expr.nest") || !strcmp(e.key, "expr.depth"));
            refused++;
        }
        arena_free(&a);
    }
    print_message("# %d deep mixtures ran, %d were refused\n", passed, refused);
    assert_true(passed > 300 && refused > 30);
    buf_free(&b);
}

static void long_chains_run_in_sql(void **state)
{
    (void)state;
    static const char *const chains[][2] = {{"urgent", " and sex = m"},
                                            {"urgent", " or weight > 5 and urgent"},
                                            {"1", " + m"},
                                            {"1", " * 1.0 / birth_order"},
                                            {"height", " / 2 * 1.5 - 1"},
                                            {"weight", " - 1"},
                                            {"registered_on - born_on", " - 1"}};
    struct buf b = BUF_INIT(1 << 20);
    const struct expr *x;
    struct error e;
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        struct arena a;
        arena_init(&a, 0);
        buf_clear(&b);
        buf_add_c(&b, chains[i][0]);
        repeat(&b, chains[i][1], 60);
        assert_int_equal(parse(&a, buf_str(&b), &x, &e), ERR_OK);
        run_both(buf_str(&b), x, NULL);
        repeat(&b, chains[i][1], 200);
        assert_int_equal(parse(&a, buf_str(&b), &x, &e), ERR_INPUT);
        assert_string_equal(e.key, "expr.depth");
        arena_free(&a);
    }
    buf_free(&b);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    static const char text[] =
        "sum(visits.weight * 2 where weight is null and sex in (m, f)) / count(visits)";
    static const char row[] = "case when note = 'it''s' then sex else m end = 'f' and "
                              "weight in (1, 2, 3, 4, 5, 6, 7, 8)";
    enum err code = ERR_MEMORY;
    for (int64_t n = 0; code == ERR_MEMORY; n++) {
        struct arena a;
        const struct expr *x;
        struct error e;
        arena_init(&a, 0);
        mem_fail_after(n);
        code = expr_parse_measure(&a, &world.pack, str_of(text), here, &x, &e);
        if (!code)
            code = parse(&a, str_of(row), &x, &e);
        mem_fail_after(-1);
        arena_free(&a);
        assert_true(n < 100);
    }
    assert_int_equal(code, ERR_OK);
    mem_fail_after(0);
    assert_null(expr_scratch_open());
    mem_fail_after(-1);
}

static void fields_and_types_are_told(void **state)
{
    (void)state;
    const struct expr *x;
    struct error e;
    bool used[64] = {0};
    assert_int_equal(parse(&world.arena, STR("lookup(clinic, beds) > weight"), &x, &e),
                     0);
    assert_int_equal(expr_type(x), TYPE_BOOL);
    expr_fields(x, used);
    for (size_t i = 0; i < world.registers[0].n_fields; i++) {
        struct str name = world.registers[0].fields[i].name;
        assert_int_equal(used[i],
                         str_equal_c(name, "clinic") || str_equal_c(name, "weight"));
    }
    bool areas[64] = {0}, facilities[64] = {0};
    assert_int_equal(parse(&world.arena,
                           STR("lookup(lookup(clinic, place), level) = village"), &x, &e),
                     0);
    expr_lookups(x, areas, facilities);
    for (size_t i = 0; i < 16; i++) {
        struct str area =
            i < world.registers[1].n_fields ? world.registers[1].fields[i].name : STR("");
        struct str place =
            i < world.registers[2].n_fields ? world.registers[2].fields[i].name : STR("");
        assert_int_equal(areas[i], str_equal_c(area, "level"));
        assert_int_equal(facilities[i], str_equal_c(place, "place"));
    }
    expr_lookups(x, NULL, NULL);
    assert_int_equal(parse(&world.arena, STR("weight / 2"), &x, &e), 0);
    assert_int_equal(expr_type(x), TYPE_DECIMAL);
    assert_int_equal(parse(&world.arena, STR("null"), &x, &e), 0);
    assert_int_equal(expr_type(x), TYPE_NONE);
    uint8_t keep[12];
    struct batch b = world_batch(&world);
    memset(keep, 9, sizeof keep);
    expr_select(x, &b, 0, sizeof keep, keep, scratch);
    for (size_t i = 0; i < sizeof keep; i++)
        assert_int_equal(keep[i], 0);
}

// A whole number that does not fit is null in memory; SQL makes it a decimal.
static void overflow_is_null(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "9223372036854775807 + 1", "-9223372036854775807 - 2", "9223372036854775807 * 2"};
    for (size_t i = 0; i < 3; i++) {
        const struct expr *x;
        struct error e;
        struct batch b = world_batch(&world);
        assert_int_equal(parse(&world.arena, str_of(texts[i]), &x, &e), 0);
        assert_true(expr_eval(x, &b, 0, 1, scratch)->i[0] == INT64_MIN);
    }
}

// --- as filters of a list

// The filters as one text, and whether they are the whole condition.
static void conditions_as_filters(void **state)
{
    (void)state;
    static const struct {
        const char *where, *filters;
        bool whole;
    } cases[] = {
        {"sex = m", "sex=m", true},
        {"m = sex", "sex=m", true},
        {"sex in (m, f) and weight is not null", "sex=m,f weight=notnull", true},
        {"weight is null", "weight=null", true},
        {"weight between 300 and 7000", "weight=300..7000", true},
        {"weight < 2500", "weight=..2499", true},
        {"2500 > weight", "weight=..2499", true},
        {"weight <= 2500", "weight=..2500", true},
        {"weight > 2500 and sex = f", "weight=2501.. sex=f", true},
        {"weight >= 2500", "weight=2500..", true},
        {"weight = 2500", "weight=2500", true},
        {"born_on >= date '2014-01-01'", "born_on=2014-01-01..", true},
        {"born_on < date '2014-01-01'", "born_on=..2013-12-31", true},
        {"urgent and sex = m", "urgent=1 sex=m", true},
        {"not urgent", "urgent=0", true},
        // what no filter says is left out, and that is told
        {"sex <> m", "", false},
        {"not (sex in (m, f))", "", false},
        {"sex = m or weight > 3", "", false},
        {"sex = m and (weight > 3 or weight is null)", "sex=m", false},
        {"weight > 3 and weight < 9", "weight=4..", false},
        {"weight + 1 > 3", "", false},
        {"lookup(clinic, kind) = hospital and sex = m", "sex=m", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct expr_filter list[8];
        const struct expr *x;
        struct error e = {0};
        size_t n;
        bool whole;
        char text[200], found[300] = "";
        snprintf(text, sizeof text, "count(visits where %s)", cases[i].where);
        if (expr_parse_measure(&world.arena, &world.pack, str_of(text), here, &x, &e))
            fail_msg("%s: %s", text, e.text);
        assert_int_equal(expr_filters(expr_aggregate(x, 0)->where, &world.arena, list, 8,
                                      &n, &whole, &e),
                         ERR_OK);
        for (size_t k = 0; k < n; k++) {
            size_t used = strlen(found);
            snprintf(found + used, sizeof found - used, "%s" STR_FMT "=" STR_FMT,
                     k ? " " : "", STR_ARG(list[k].field->name), STR_ARG(list[k].text));
        }
        if (strcmp(found, cases[i].filters) != 0 || whole != cases[i].whole)
            fail_msg("%s: '%s' (%d) was found", text, found, whole);
        assert_int_equal(expr_filters(expr_aggregate(x, 0)->where, &world.arena, list, 0,
                                      &n, &whole, &e),
                         ERR_OK);
        assert_int_equal(n, 0);
        assert_false(whole); // there was no room
    }
    size_t n = 7;
    bool whole = false;
    assert_int_equal(expr_filters(NULL, &world.arena, NULL, 0, &n, &whole, NULL), ERR_OK);
    assert_int_equal(n, 0);
    assert_true(whole);
}

static void formulas_read_well(void **state)
{
    (void)state;
    static const char *const texts[][3] = {
        {"count(visits where sex = m) / count(visits) * 100",
         "number of [visits where sex = boy] ÷ number of [visits] × 100",
         "条数【visits，其中sex = 男】 ÷ 条数【visits】 × 100"},
        {"100 - (sum(visits.weight) - 1)", "100 − (sum of [visits: weight] − 1)",
         "100 − （合计【visits：weight】 − 1）"},
        {"as_of(visits.weight where not urgent or sex in (m, f))",
         "latest by the period's end of [visits: weight where not urgent or sex is one "
         "of "
         "boy, girl]",
         "期末最近值【visits：weight，其中非urgent 或 sex属于男、女】"},
        {"count(visits where lookup(clinic, kind) = hospital and weight is null)",
         "number of [visits where kind of clinic = hospital and weight is empty]",
         "条数【visits，其中clinic的kind = 医院 且 weight为空】"}};
    struct buf b = BUF_INIT(2000);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct expr *x;
        struct error e;
        assert_int_equal(expr_parse_measure(&world.arena, &world.pack,
                                            str_of(texts[i][0]), here, &x, &e),
                         ERR_OK);
        for (int zh = 0; zh < 2; zh++) {
            buf_clear(&b);
            expr_print(x, zh, &b);
            assert_string_equal(buf_c(&b), texts[i][1 + zh]);
        }
    }
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_targets_agree_with_the_vectors),
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(measures_agree),
        cmocka_unit_test(fields_and_types_are_told),
        cmocka_unit_test(overflow_is_null),
        cmocka_unit_test(conditions_as_filters),
        cmocka_unit_test(formulas_read_well),
        cmocka_unit_test(hostile_text_is_refused),
        cmocka_unit_test(deepest_nesting_runs_in_sql),
        cmocka_unit_test(deep_mixtures_run_in_sql),
        cmocka_unit_test(long_chains_run_in_sql),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(random_expressions_agree), // last: it changes the rows
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
