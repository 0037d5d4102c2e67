// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../tap.h"
#include "pack/model.h"

static void every_type_and_purpose_has_its_name(void **state)
{
    (void)state;
    static const char *const types[] = {"null",   "bool", "int",     "decimal",
                                        "date",   "text", "name",    "code",
                                        "period", "area", "facility"};
    static const char *const purposes[] = {"care", "vital", "supervision", "benefit",
                                           "statistics"};
    for (int t = TYPE_NONE; t <= TYPE_FACILITY; t++)
        assert_string_equal(type_name((enum type)t), types[t]);
    for (int p = 0; p < PURPOSE_COUNT; p++)
        assert_string_equal(purpose_name((enum purpose)p), purposes[p]);
    assert_string_equal(type_name((enum type)99), "unknown");
    assert_string_equal(purpose_name(PURPOSE_COUNT), "unknown");
}

static void things_are_found_by_name(void **state)
{
    (void)state;
    static const struct code codes[] = {{.value = {"m", 1}}, {.value = {"f", 1}}};
    static const struct field fields[] = {
        {.name = {"id", 2}}, {.name = {"sex", 3}, .codes = codes, .n_codes = 2}};
    static const struct reg registers[] = {
        {.name = {"births", 6}, .fields = fields, .n_fields = 2},
        {.name = {"deaths", 6}}};
    static const struct level levels[] = {{.name = {"county", 6}},
                                          {.name = {"village", 7}}};
    static const struct report reports[] = {{.name = {"half-year", 9}}};
    struct pack p = {.registers = registers,
                     .n_registers = 2,
                     .levels = levels,
                     .n_levels = 2,
                     .reports = reports,
                     .n_reports = 1};
    assert_ptr_equal(pack_register(&p, STR("deaths")), &registers[1]);
    assert_null(pack_register(&p, STR("death")));
    assert_ptr_equal(reg_field(&registers[0], STR("sex")), &fields[1]);
    assert_null(reg_field(&registers[1], STR("sex")));
    assert_int_equal(field_code(&fields[1], STR("f")), 1);
    assert_int_equal(field_code(&fields[1], STR("F")), -1);
    assert_int_equal(field_code(&fields[0], STR("")), -1);
    assert_int_equal(pack_level(&p, STR("village")), 1);
    assert_int_equal(pack_level(&p, STR("town")), -1);
    assert_ptr_equal(pack_report(&p, STR("half-year")), &reports[0]);
    assert_null(pack_report(&p, STR("")));
}

static void an_indicator_is_the_edition_of_its_day(void **state)
{
    (void)state;
    static const struct indicator editions[] = {
        {.name = {"rate", 4}, .valid_from = DATE_NONE, .valid_to = 99},
        {.name = {"other", 5}, .valid_from = DATE_NONE, .valid_to = DATE_NONE},
        {.name = {"rate", 4}, .valid_from = 100, .valid_to = 199}};
    struct pack p = {.indicators = editions, .n_indicators = 3};
    assert_ptr_equal(pack_indicator(&p, STR("rate"), -5000), &editions[0]);
    assert_ptr_equal(pack_indicator(&p, STR("rate"), 99), &editions[0]);
    assert_ptr_equal(pack_indicator(&p, STR("rate"), 100), &editions[2]);
    assert_null(pack_indicator(&p, STR("rate"), 200));
    assert_ptr_equal(pack_indicator(&p, STR("other"), 200), &editions[1]);
    assert_null(pack_indicator(&p, STR("none"), 0));
}

static void a_label_falls_back_to_the_other_language(void **state)
{
    (void)state;
    struct label both = {STR("boy"), STR("男")}, half = {STR("boy"), {NULL, 0}};
    assert_true(str_equal_c(label_in(both, true), "男"));
    assert_true(str_equal_c(label_in(both, false), "boy"));
    assert_true(str_equal_c(label_in(half, true), "boy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_purpose_has_its_name),
        cmocka_unit_test(things_are_found_by_name),
        cmocka_unit_test(an_indicator_is_the_edition_of_its_day),
        cmocka_unit_test(a_label_falls_back_to_the_other_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
