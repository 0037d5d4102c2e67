// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>

#include "../tap.h"
#include "base/result.h"

static const struct result_column columns[] = {
    {.name = "area", .label = "Area", .kind = RESULT_TEXT},
    {.name = "births", .label = "Births", .kind = RESULT_COUNT},
    {.name = "ratio", .label = "Ratio", .kind = RESULT_NUMBER, .decimals = 1},
    {.name = "high", .kind = RESULT_YES_NO},
};

static struct result some(struct arena *a)
{
    struct result r = result_new(a, "areas", STR("Areas"), columns, 4);
    for (int i = 0; i < 40; i++) {
        struct result_cell *row = result_row(&r);
        row[0].text = i ? STR("=x, \"y\"") : STR("东");
        row[1].value = 123456789012345.0 + i;
        row[2].value = i ? INFINITY : 100.0 / 3;
        if (i != 1)
            row[3].value = i > 1;
    }
    return r;
}

static void as_csv_and_json(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    struct result r = some(&a);
    assert_true(result_ok(&r));
    assert_int_equal(r.n_rows, 40);
    struct buf out = BUF_INIT(1 << 20);
    result_csv(&r, &out);
    assert_true(
        str_starts(buf_str(&out),
                   STR("area,births,ratio,high\r\n东,123456789012345,33.3333333333,no\r\n"
                       "\"'=x, \"\"y\"\"\",123456789012346,,\r\n"
                       "\"'=x, \"\"y\"\"\",123456789012347,,yes\r\n")));
    buf_clear(&out);
    const struct result *list[] = {&r};
    result_json(list, 1, &out);
    assert_true(str_starts(
        buf_str(&out),
        STR("{\"areas\":[{\"area\":\"东\",\"births\":123456789012345,\"ratio\":33."
            "3333333333,"
            "\"high\":false},{\"area\":\"=x, \\\"y\\\"\",\"births\":123456789012346,"
            "\"ratio\":null,\"high\":null},")));
    buf_free(&out);
    arena_free(&a);
}

static void without_memory_rows_go_nowhere(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    mem_fail_after(0);
    struct result r = some(&a);
    mem_fail_after(-1);
    assert_false(result_ok(&r));
    assert_int_equal(r.n_rows, 0);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_csv_and_json),
        cmocka_unit_test(without_memory_rows_go_nowhere),
    };
    return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
