// SPDX-License-Identifier: AGPL-3.0-or-later
// Explanations: the key of a finding, who may explain it, and when it is open again.
#include "county_test.h"

#include <math.h>

#include "base/rng.h"
#include "register/explain.h"

static const struct reg *births;

static int setup(void **state)
{
    (void)state;
    make_county("minimal");
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"
                                      "340221101,六郎镇,township,340221\n"),
              "");
    assert_ok(county_register(county, STR("births"), &births, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_county();
    return 0;
}

static struct explain_finding finding(int32_t area, int32_t root, double figure)
{
    struct explain_finding f = {.check = STR("light"),
                                .reg = births,
                                .area = area,
                                .facility = -1,
                                .root = root,
                                .figures = {figure, 0}};
    assert_ok(period_parse(STR("2014Q2"), &f.period, &error));
    return f;
}

static struct explanation look(const struct explain_finding *f)
{
    struct explanation out;
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(explain_find(c, explain_key(county->places, &arena, f), f->figures, &arena,
                           &out, &error));
    store_read_end(c);
    return out;
}

static void test_key(void **state)
{
    (void)state;
    char expected[120];
    int32_t west = places_area_by_code(county->places, STR("340221101"));
    int64_t id = county->places->areas[west].id;
    struct explain_finding f = finding(west, -1, 3), g;
    snprintf(expected, sizeof expected, "1/light/births/%lld/0/2014Q2/", (long long)id);
    assert_true(str_equal_c(explain_key(county->places, &arena, &f), expected));
    // the whole: everywhere, and the one top of the tree
    f = finding(-1, -1, 3);
    assert_true(str_equal_c(explain_key(county->places, &arena, &f),
                            "1/light/births/0/0/2014Q2/"));
    f = finding(-1, 0, 3);
    assert_true(str_equal_c(explain_key(county->places, &arena, &f),
                            "1/light/births/0/0/2014Q2/"));
    f = finding(0, 0, 3);
    assert_true(str_equal_c(explain_key(county->places, &arena, &f),
                            "1/light/births/0/0/2014Q2/"));
    // what was asked for counts where the finding has no place of its own
    f = finding(-1, west, 3);
    assert_true(str_equal_c(explain_key(county->places, &arena, &f), expected));
    // rows in any order, figures not at all
    const int64_t ids[] = {7, 5, 6}, others[] = {6, 7, 5};
    f.ids = ids;
    f.n_ids = 3;
    snprintf(expected, sizeof expected, "1/light/births/%lld/0/2014Q2/5.6.7",
             (long long)id);
    assert_true(str_equal_c(explain_key(county->places, &arena, &f), expected));
    f.ids = others;
    f.figures[0] = 99;
    assert_true(str_equal_c(explain_key(county->places, &arena, &f), expected));
    // and back
    assert_ok(explain_parse(county->places, &arena, str_of(expected), &g, &error));
    assert_true(str_equal_c(g.check, "light") && g.reg == births);
    assert_int_equal(g.area, west);
    assert_int_equal(g.root, west);
    assert_int_equal(g.facility, -1);
    assert_int_equal(g.n_ids, 3);
    assert_int_equal(g.ids[2], 7);
    assert_true(str_equal(explain_key(county->places, &arena, &g), str_of(expected)));
}

static void test_no_keys(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        enum err code;
    } cases[] = {
        {"", ERR_INPUT},
        {"1/", ERR_INPUT},
        {"x", ERR_INPUT},
        {"2/light/births/0/0/2014Q2/", ERR_INPUT},
        {"1//births/0/0/2014Q2/", ERR_INPUT},
        {"1/light/births/0/0/2014Q2", ERR_INPUT},
        {"1/light/births/a/0/2014Q2/", ERR_INPUT},
        {"1/light/births/0//2014Q2/", ERR_INPUT},
        {"1/light/births/0/0/never/", ERR_INPUT},
        {"1/light/births/0/0/2014Q2/1.x", ERR_INPUT},
        {"1/light/births/0/0/2014Q2/1.2.3.4.5.6.7.8.9", ERR_INPUT},
        {"1/light/births/12/0/2014Q2/", ERR_NOT_FOUND},
        {"1/light/births/0/12/2014Q2/", ERR_NOT_FOUND},
        {"1/light/deaths/0/0/2014Q2/", ERR_NOT_FOUND},
    };
    struct explain_finding f;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            explain_parse(county->places, &arena, str_of(cases[i].key), &f, &error),
            cases[i].code);
    // any bytes
    struct rng rng = rng_seed(7);
    for (int i = 0; i < 5000; i++) {
        char text[64];
        size_t n = rng_below(&rng, sizeof text);
        for (size_t k = 0; k < n; k++)
            text[k] = "1/0.-abirths2014Q\xFF"[rng_below(&rng, 18)];
        enum err code =
            explain_parse(county->places, &arena, (struct str){text, n}, &f, &error);
        assert_true(!code || code == ERR_INPUT || code == ERR_NOT_FOUND);
    }
}

static void test_explained(void **state)
{
    (void)state;
    struct explain_finding f = finding(-1, -1, 3), other = finding(1, -1, 3);
    assert_int_equal(look(&f).state, EXPLAIN_NOT);
    assert_ok(explain_add(county, &who, &f, STR("  looked at: premature \n"), &error));
    struct explanation x = look(&f);
    assert_int_equal(x.state, EXPLAIN_SAME);
    assert_true(str_equal_c(x.text, "looked at: premature"));
    assert_true(str_equal(x.who, who.name));
    assert_true(x.at > 0);
    assert_int_equal(look(&other).state, EXPLAIN_NOT);
    // one that grew is open again, and says what it was explained for
    f.figures[0] = 4;
    x = look(&f);
    assert_int_equal(x.state, EXPLAIN_OTHER);
    assert_true(x.figures[0] == 3);
    f.figures[0] = 3;
    f.figures[1] = 0.5;
    assert_int_equal(look(&f).state, EXPLAIN_OTHER);
    f.figures[1] = 0;
    f.figures[0] = 3 + 1e-12;
    assert_int_equal(look(&f).state, EXPLAIN_SAME);
    // explained anew, for what it is now
    f.figures[0] = 4;
    assert_ok(explain_add(county, &who, &f, STR("looked at again"), &error));
    assert_int_equal(look(&f).state, EXPLAIN_SAME);
    assert_int_equal(ask("SELECT count(*) FROM heng_explanations"), 2);
    struct str key = explain_key(county->places, &arena, &f);
    assert_ok(explain_remove(county, &who, key, &error));
    assert_int_equal(look(&f).state, EXPLAIN_NOT);
    assert_int_equal(explain_remove(county, &who, key, &error), ERR_NOT_FOUND);
    // what was withdrawn stays, with who and when
    assert_int_equal(ask("SELECT count(*) FROM heng_explanations WHERE withdrawn_at > 0"
                         " AND withdrawn_by > 0"),
                     2);
}

static void test_refused(void **state)
{
    (void)state;
    struct explain_finding f = finding(-1, -1, 3);
    char text[EXPLAIN_TEXT_MAX + 2];
    memset(text, 'x', sizeof text);
    assert_int_equal(explain_add(county, &who, &f, STR(" \n"), &error), ERR_INPUT);
    assert_int_equal(
        explain_add(county, &who, &f, (struct str){text, sizeof text}, &error),
        ERR_INPUT);
    assert_int_equal(explain_add(county, &who, &f, STR("a\xFF"), &error), ERR_INPUT);
    assert_int_equal(explain_add(county, &who, &f, (struct str){"a\0b", 3}, &error),
                     ERR_INPUT);
    struct access other = with_own_grant(&who);
    int32_t west = places_area_by_code(county->places, STR("340221101"));
    own_grant.area = county->places->areas[west].id;
    assert_int_equal(explain_add(county, &other, &f, STR("x"), &error), ERR_FORBIDDEN);
    struct explain_finding here = finding(west, west, 3), there = finding(1, 1, 3);
    assert_ok(explain_add(county, &other, &here, STR("x"), &error));
    assert_int_equal(explain_add(county, &other, &there, STR("x"), &error),
                     west == 1 ? ERR_OK : ERR_FORBIDDEN);
    // who answers for the one top answers for the whole
    own_grant.area = county->places->areas[0].id;
    assert_ok(explain_add(county, &other, &f, STR("x"), &error));
    own_grant.functions = 0;
    assert_int_equal(
        explain_remove(county, &other, explain_key(county->places, &arena, &f), &error),
        ERR_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_explained, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
