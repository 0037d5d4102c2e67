// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../register/county_test.h"

#include "access/access.h"

static int setup(void **state)
{
    (void)state;
    make_county("minimal");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static struct reg of_purpose(enum purpose p)
{
    return (struct reg){.name = STR("visits"), .purpose = p};
}

static void the_person_at_the_shell(void **state)
{
    (void)state;
    assert_true(who.user > 0);
    assert_true(who.name.n > strlen("local administrator "));
    assert_memory_equal(who.name.p, "local administrator ", 20);
    assert_int_equal(who.grants[0].area, 0);
    assert_ok(access_administer(&who, &error));
    for (int f = 0; f < ACCESS_FUNCTIONS; f++)
        assert_ok(access_may(&who, (enum access_function)f, &error));
    assert_int_equal(who.suppress_below, 5);
    assert_ok(access_administer(&who, &error));
    for (int p = 0; p < PURPOSE_COUNT; p++) {
        struct reg r = of_purpose((enum purpose)p);
        assert_ok(access_write_rows(&who, &r, &error));
        if (p != PURPOSE_CARE)
            assert_ok(access_read_rows(&who, &r, &error));
    }
    // the same person is the same user
    struct access again;
    assert_ok(access_local_administrator(county->store, 5, &arena, &again, &error));
    assert_int_equal(again.user, who.user);
    assert_int_equal(ask("SELECT count(*) FROM heng_users"), 1);
}

static void one_who_gives_no_care_sees_no_row_of_it(void **state)
{
    (void)state;
    struct reg r = of_purpose(PURPOSE_CARE);
    error = (struct error){0};
    assert_int_equal(access_read_rows(&who, &r, &error), ERR_FORBIDDEN);
    assert_int_equal(error.code, ERR_FORBIDDEN);
    assert_non_null(strstr(error.text, "visits"));
    assert_non_null(strstr(error.text, "'care'"));
    assert_true(error.cure[0]);
    assert_int_not_equal(access_read_rows(&who, &r, NULL), ERR_OK); // nor without words
    const struct access_grant care = {.reads_rows = 1u << PURPOSE_CARE};
    struct access nurse = {.name = STR("nurse"), .grants = &care, .n_grants = 1};
    assert_ok(access_read_rows(&nurse, &r, &error));
    r.purpose = PURPOSE_VITAL;
    assert_int_equal(access_read_rows(&nurse, &r, &error), ERR_FORBIDDEN);
}

static void nobody_may_do_what_was_not_given(void **state)
{
    (void)state;
    struct access nobody = {.name = STR("nobody")};
    for (int p = 0; p < PURPOSE_COUNT; p++) {
        struct reg r = of_purpose((enum purpose)p);
        assert_int_equal(access_read_rows(&nobody, &r, &error), ERR_FORBIDDEN);
        assert_int_equal(access_write_rows(&nobody, &r, &error), ERR_FORBIDDEN);
        assert_non_null(strstr(error.text, purpose_name((enum purpose)p)));
    }
    for (int f = 0; f < ACCESS_FUNCTIONS; f++) {
        assert_int_equal(access_may(&nobody, (enum access_function)f, &error),
                         ERR_FORBIDDEN);
        assert_non_null(
            strstr(error.text, access_function_name((enum access_function)f)));
    }
    assert_int_equal(access_administer(&nobody, &error), ERR_FORBIDDEN);
    assert_non_null(strstr(error.text, "nobody"));
}

static void small_counts(void **state)
{
    (void)state;
    struct access nurse = with_own_grant(&who);
    own_grant.reads_rows |= 1u << PURPOSE_CARE;
    for (int n = 0; n < 12; n++) {
        assert_int_equal(access_shows_count(&who, PURPOSE_CARE, n), n == 0 || n >= 5);
        assert_true(access_shows_count(&nurse, PURPOSE_CARE, n));
        for (int p = PURPOSE_VITAL; p < PURPOSE_COUNT; p++)
            assert_true(access_shows_count(&who, (enum purpose)p, n));
    }
    struct access strict = who;
    strict.suppress_below = 10;
    assert_false(access_shows_count(&strict, PURPOSE_CARE, 9));
    assert_true(access_shows_count(&strict, PURPOSE_CARE, 10));
}

// What one grant gives in one area and another grant in another area is not mixed.
static void each_grant_has_its_areas_and_registers(void **state)
{
    (void)state;
    struct reg visits = of_purpose(PURPOSE_CARE), doses = of_purpose(PURPOSE_CARE),
               births = of_purpose(PURPOSE_VITAL);
    const struct reg *only[] = {&visits};
    const struct access_grant grants[] = {
        {.reads_rows = 1u << PURPOSE_CARE,
         .registers = only,
         .n_registers = 1,
         .area = 7},
        {.reads_rows = 1u << PURPOSE_VITAL,
         .writes_rows = 1u << PURPOSE_VITAL,
         .area = 8},
        {.reads_rows = 1u << PURPOSE_VITAL, .functions = 1u << ACCESS_FIGURES, .area = 9},
        {.reads_rows = 1u << PURPOSE_VITAL, .area = 8},
    };
    struct access two = {
        .name = STR("two posts"), .grants = grants, .n_grants = 4, .suppress_below = 5};
    int64_t roots[ACCESS_MAX_GRANTS];
    bool everywhere = true;
    assert_ok(access_read_rows(&two, &visits, &error));
    assert_int_equal(access_read_rows(&two, &doses, &error), ERR_FORBIDDEN);
    assert_int_equal(access_areas(&two, &visits, ACCESS_READ, roots, &everywhere), 1);
    assert_int_equal(roots[0], 7);
    assert_int_equal(access_areas(&two, &births, ACCESS_READ, roots, &everywhere), 2);
    assert_true(roots[0] == 8 && roots[1] == 9);
    assert_int_equal(access_areas(&two, &births, ACCESS_WRITE, roots, &everywhere), 1);
    assert_int_equal(access_areas(&two, &visits, ACCESS_WRITE, roots, &everywhere), 0);
    assert_false(everywhere);
    assert_int_equal(access_function_areas(&two, ACCESS_FIGURES, roots, &everywhere), 1);
    assert_int_equal(roots[0], 9);
    // figures of area 9 are seen without care there: small counts stay hidden
    assert_false(access_shows_count(&two, PURPOSE_CARE, 3));
    struct access less = two;
    less.n_grants = 2;
    assert_true(access_scope(&less) != access_scope(&two));
    less.n_grants = 4;
    less.name = STR("another");
    assert_true(access_scope(&less) == access_scope(&two));
    less.grants = &(struct access_grant){.reads_rows = 1u << PURPOSE_VITAL};
    less.n_grants = 1;
    assert_int_equal(access_areas(&less, &births, ACCESS_READ, roots, &everywhere), 0);
    assert_true(everywhere);
}

static void names_in_a_readers_words(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    static const char *const names[][3] = {
        // as the history has it, in Chinese, who decided
        {"wang", "wang", "wang"},
        {"local administrator root", "本机管理员root", "local administrator root"},
        {"县局 (entered by local administrator root)", "县局（由本机管理员root录入）",
         "县局"},
        {"", "", ""},
        {" (entered by ", "", ""},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct str name = str_of(names[i][0]);
        assert_true(str_equal(access_name(&a, name, true), str_of(names[i][1])));
        assert_true(str_equal(access_name(&a, name, false), name));
        assert_true(str_equal(access_decided_by(name), str_of(names[i][2])));
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_person_at_the_shell),
        cmocka_unit_test(one_who_gives_no_care_sees_no_row_of_it),
        cmocka_unit_test(nobody_may_do_what_was_not_given),
        cmocka_unit_test(small_counts),
        cmocka_unit_test(each_grant_has_its_areas_and_registers),
        cmocka_unit_test(names_in_a_readers_words),
    };
    return cmocka_run_group_tests_name("access", tests, setup, teardown);
}
