// SPDX-License-Identifier: AGPL-3.0-or-later
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/expr_tree.h"
#include "world.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_targets_agree_with_the_vectors),
        cmocka_unit_test(errors_say_where_and_what),
        cmocka_unit_test(measures_agree),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
