// SPDX-License-Identifier: AGPL-3.0-or-later
// The JSON of an expression loses nothing: written out again as a text of the language
// and parsed, it is the same JSON and the same SQL; for all vectors, and for random ones.
// And it uses no operation that types.ts does not list.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "world.h"

static struct world world;
static const struct place here = {.file = {"v", 1}, .line = 1, .column = 1};

static int setup(void **state)
{
    (void)state;
    char path[512];
    const char *source = getenv("HENG_SOURCE");
    snprintf(path, sizeof path, "%s/tests/pack/expression_vectors.json",
             source ? source : ".");
    return world_open(&world, path, 100) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static bool is_one_of(const char *op, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(op, list[i]) == 0)
            return true;
    return false;
}

static const char *const between[] = {"+", "-",  "*", "/",  "=",   "<>",
                                      "<", "<=", ">", ">=", "and", "or"};
static const char *const calls[] = {
    "today", "days",  "age_months", "age_years",   "year",   "month", "coalesce",
    "abs",   "least", "greatest",   "within_days", "length", "lookup"};

static void write_text(const json_t *x, struct buf *out);

static void write_quoted(const char *text, struct buf *out)
{
    buf_add_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_add_char(out, '\'');
        buf_add_char(out, *text);
    }
    buf_add_char(out, '\'');
}

static void write_list(const json_t *x, size_t from, struct buf *out)
{
    for (size_t i = from; i < json_array_size(x); i++) {
        const json_t *one = json_array_get(x, i);
        buf_add_c(out, i > from ? ", " : "");
        if (json_is_string(one)) // the attribute of lookup
            buf_add_c(out, json_string_value(one));
        else
            write_text(one, out);
    }
}

static void write_case(const json_t *x, struct buf *out)
{
    size_t n = json_array_size(x);
    buf_add_c(out, "case");
    for (size_t i = 1; i + 1 < n; i++) {
        buf_add_c(out, " when ");
        write_text(json_array_get(json_array_get(x, i), 0), out);
        buf_add_c(out, " then ");
        write_text(json_array_get(json_array_get(x, i), 1), out);
    }
    buf_add_c(out, " else ");
    write_text(json_array_get(x, n - 1), out);
    buf_add_c(out, " end");
}

static void write_number(const json_t *x, struct buf *out)
{
    if (json_is_integer(x))
        buf_printf(out, "%lld", (long long)json_integer_value(x));
    else
        buf_printf(out, "%#.17g", json_real_value(x));
}

static bool write_leaf(const char *op, const json_t *x, struct buf *out)
{
    const json_t *value = json_array_get(x, 1);
    if (strcmp(op, "null") == 0 || strcmp(op, "true") == 0 || strcmp(op, "false") == 0)
        buf_add_c(out, op);
    else if (strcmp(op, "number") == 0)
        write_number(value, out);
    else if (strcmp(op, "text") == 0 || strcmp(op, "code") == 0)
        write_quoted(json_string_value(value), out);
    else if (strcmp(op, "date") == 0)
        buf_printf(out, "date '%s'", json_string_value(value));
    else if (strcmp(op, "field") == 0)
        buf_printf(out, "visits.%s", json_string_value(value));
    else
        return false;
    return true;
}

static void write_text(const json_t *x, struct buf *out)
{
    assert_true(json_is_array(x));
    const char *op = json_string_value(json_array_get(x, 0));
    assert_non_null(op);
    if (write_leaf(op, x, out))
        return;
    if (is_one_of(op, calls, sizeof calls / sizeof *calls)) {
        buf_printf(out, "%s(", op);
        write_list(x, 1, out);
        buf_add_char(out, ')');
        return;
    }
    buf_add_char(out, '(');
    if (strcmp(op, "case") == 0) {
        write_case(x, out);
    } else if (strcmp(op, "not") == 0 || strcmp(op, "neg") == 0) {
        buf_add_c(out, strcmp(op, "not") == 0 ? "not " : "- ");
        write_text(json_array_get(x, 1), out);
    } else if (strcmp(op, "is_null") == 0 || strcmp(op, "is_not_null") == 0) {
        write_text(json_array_get(x, 1), out);
        buf_add_c(out, strcmp(op, "is_null") == 0 ? " is null" : " is not null");
    } else if (strcmp(op, "in") == 0) {
        write_text(json_array_get(x, 1), out);
        buf_add_c(out, " in (");
        write_list(x, 2, out);
        buf_add_char(out, ')');
    } else if (strcmp(op, "between") == 0) {
        write_text(json_array_get(x, 1), out);
        buf_add_c(out, " between ");
        write_text(json_array_get(x, 2), out);
        buf_add_c(out, " and ");
        write_text(json_array_get(x, 3), out);
    } else if (is_one_of(op, between, sizeof between / sizeof *between)) {
        size_t n = json_array_size(x);
        bool chain = strchr("+-*/ao", op[0]) != NULL;
        assert_true(chain ? n >= 3 : n == 3);
        for (size_t i = 1; i < n; i++) {
            if (i > 1)
                buf_printf(out, " %s ", op);
            write_text(json_array_get(x, i), out);
        }
    } else {
        fail_msg("the operation '%s' is not in the contract", op);
    }
    buf_add_char(out, ')');
}

// True where the text is one that the brackets of this test make too deep.
static bool round_trip(struct str text, const struct expr *x)
{
    struct buf first = BUF_INIT(4 << 20), again = BUF_INIT(4 << 20),
               written = BUF_INIT(4 << 20), sql = BUF_INIT(4 << 20),
               sql_again = BUF_INIT(4 << 20);
    struct error e = {0};
    const struct expr *y;
    expr_json(x, &first);
    json_t *tree = json_loadb(first.p, first.n, 0, NULL);
    assert_non_null(tree);
    write_text(tree, &written);
    bool deep = false;
    if (expr_parse_row(&world.arena, &world.pack, &world.registers[0], buf_str(&written),
                       here, &y, &e)) {
        deep = strstr(e.text, "deep") || strstr(e.text, "bracket") ||
               strstr(e.text, "long") || strstr(e.key, "limit");
        if (!deep)
            fail_msg(STR_FMT " became " STR_FMT ": %s %s", STR_ARG(text),
                     STR_ARG(buf_str(&written)), e.key, e.text);
    } else {
        expr_json(y, &again);
        expr_sql(x, STR("t"), world.today, &sql);
        expr_sql(y, STR("t"), world.today, &sql_again);
        if (!str_equal(buf_str(&first), buf_str(&again)) ||
            !str_equal(buf_str(&sql), buf_str(&sql_again)))
            fail_msg(STR_FMT " became " STR_FMT, STR_ARG(text),
                     STR_ARG(buf_str(&written)));
    }
    json_decref(tree);
    buf_free(&first);
    buf_free(&again);
    buf_free(&written);
    buf_free(&sql);
    buf_free(&sql_again);
    return deep;
}

static void vectors_come_back(void **state)
{
    (void)state;
    size_t i, deep = 0, n = 0;
    json_t *v;
    json_array_foreach(json_object_get(world.json, "expressions"), i, v)
    {
        struct str text = str_of(json_string_value(json_object_get(v, "text")));
        const struct expr *x;
        struct error e = {0};
        assert_int_equal(expr_parse_row(&world.arena, &world.pack, &world.registers[0],
                                        text, here, &x, &e),
                         ERR_OK);
        deep += round_trip(text, x);
        n++;
    }
    assert_true(n > 200);
    assert_true(deep < n / 20);
}

static void random_ones_too(void **state)
{
    (void)state;
    static const enum type types[] = {TYPE_BOOL, TYPE_INT,  TYPE_DECIMAL,
                                      TYPE_DATE, TYPE_TEXT, TYPE_CODE};
    print_message("# seed 11\n");
    for (uint64_t i = 0; i < 600; i++) {
        struct buf text = BUF_INIT(1 << 16);
        struct grammar g = {.seed = 11 + i * 7919, .out = &text};
        const struct expr *x;
        struct error e = {0};
        grammar_write(&g, types[i % 6], 3);
        if (!expr_parse_row(&world.arena, &world.pack, &world.registers[0],
                            buf_str(&text), here, &x, &e))
            round_trip(buf_str(&text), x);
        buf_free(&text);
    }
}

static void one_of_each(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"sex in (m, f) and weight is not null",
         "[\"and\",[\"in\",[\"field\",\"sex\"],[\"code\",\"m\"],[\"code\",\"f\"]],"
         "[\"is_not_null\",[\"field\",\"weight\"]]]"},
        {"days(registered_on - date '2014-01-01') > 30",
         "[\">\",[\"days\",[\"-\",[\"field\",\"registered_on\"],[\"date\","
         "\"2014-01-01\"]]],[\"number\",30]]"},
        {"case when height > 1.5 then 'a' else null end = 'a'",
         "[\"=\",[\"case\",[[\">\",[\"field\",\"height\"],[\"number\",1.5]],[\"text\","
         "\"a\"]],[\"null\"]],[\"text\",\"a\"]]"},
        {"not (- weight between 1 and 2) or true",
         "[\"or\",[\"not\",[\"between\",[\"neg\",[\"field\",\"weight\"]],[\"number\",1],"
         "[\"number\",2]]],[\"true\"]]"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct expr *x;
        struct error e = {0};
        struct buf json = BUF_INIT(1 << 16);
        if (expr_parse_row(&world.arena, &world.pack, &world.registers[0],
                           str_of(pairs[i][0]), here, &x, &e))
            fail_msg("%s: %s", pairs[i][0], e.text);
        expr_json(x, &json);
        buf_add_char(&json, '\0');
        // "<" is written as an escape, for pages
        json_t *is = json_loads(json.p, 0, NULL),
               *want = json_loads(pairs[i][1], 0, NULL);
        assert_non_null(want);
        if (!json_equal(is, want))
            fail_msg("%s is %s", pairs[i][0], json.p);
        json_decref(is);
        json_decref(want);
        buf_free(&json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_come_back),
        cmocka_unit_test(random_ones_too),
        cmocka_unit_test(one_of_each),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
