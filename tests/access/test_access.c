// SPDX-License-Identifier: AGPL-3.0-or-later
// The Charter's one-way glass: who sees rows, who enters them, which counts leave care.
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/access.h"
#include "base/init.h"

static char folder[64], path[96];
static struct store *store;
static struct arena arena;

static int open_store(void **state)
{
    (void)state;
    struct error e;
    snprintf(folder, sizeof folder, "/tmp/heng-access-XXXXXX");
    if (base_init(&e) || !mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/county.db", folder);
    arena_init(&arena, 0);
    return store_open(&store, path, STORE_CREATE, &e) ? -1 : 0;
}

static int close_store(void **state)
{
    (void)state;
    store_close(store);
    arena_free(&arena);
    unlink(path);
    return rmdir(folder);
}

static struct reg register_for(enum purpose p)
{
    return (struct reg){.name = STR("visits"), .purpose = p};
}

static struct access administrator(void)
{
    struct access who;
    struct error e;
    assert_int_equal(access_local_administrator(store, 5, &arena, &who, &e), ERR_OK);
    return who;
}

static void the_shell_sees_no_row_of_care(void **state)
{
    (void)state;
    struct access who = administrator();
    assert_true(who.may_administer);
    for (enum purpose p = 0; p < PURPOSE_COUNT; p++) {
        struct reg r = register_for(p);
        struct error e = {0};
        enum err expected = p == PURPOSE_CARE ? ERR_FORBIDDEN : ERR_OK;
        assert_int_equal(access_read_rows(&who, &r, &e), expected);
        if (expected) {
            assert_non_null(strstr(e.text, "visits"));
            assert_non_null(strstr(e.text, "care"));
            assert_non_null(strstr(e.cure, "counts"));
        }
        assert_int_equal(access_write_rows(&who, &r, &e), ERR_OK);
    }
}

static void a_purpose_opens_its_own_registers_only(void **state)
{
    (void)state;
    for (enum purpose held = 0; held < PURPOSE_COUNT; held++) {
        struct access who = {.name = STR("somebody"),
                             .reads_rows = 1u << held,
                             .writes_rows = 1u << held,
                             .suppress_below = 5};
        for (enum purpose p = 0; p < PURPOSE_COUNT; p++) {
            struct reg r = register_for(p);
            struct error e;
            enum err expected = p == held ? ERR_OK : ERR_FORBIDDEN;
            assert_int_equal(access_read_rows(&who, &r, &e), expected);
            assert_int_equal(access_write_rows(&who, &r, &e), expected);
        }
        struct error e;
        assert_int_equal(access_administer(&who, &e), ERR_FORBIDDEN);
    }
}

static void small_counts_stay_in_care(void **state)
{
    (void)state;
    struct access outside = {.reads_rows =
                                 ((1u << PURPOSE_COUNT) - 1) & ~(1u << PURPOSE_CARE),
                             .suppress_below = 5};
    struct access inside = outside;
    inside.reads_rows = 1u << PURPOSE_CARE;
    assert_true(access_shows_count(&outside, PURPOSE_CARE, 0)); // says nothing of anyone
    for (int n = 1; n < 5; n++) {
        assert_false(access_shows_count(&outside, PURPOSE_CARE, n));
        assert_true(access_shows_count(&inside, PURPOSE_CARE, n));
        assert_true(access_shows_count(&outside, PURPOSE_VITAL, n));
    }
    assert_true(access_shows_count(&outside, PURPOSE_CARE, 5));
    outside.suppress_below = 10; // a pack may ask for more
    assert_false(access_shows_count(&outside, PURPOSE_CARE, 9));
    assert_true(access_shows_count(&outside, PURPOSE_CARE, 10));
    assert_int_equal(administrator().suppress_below, 5);
}

static void the_same_person_is_the_same_user(void **state)
{
    (void)state;
    struct access first = administrator(), again = administrator();
    assert_true(first.user > 0);
    assert_int_equal(first.user, again.user);
    assert_true(str_starts(first.name, STR("local administrator ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shell_sees_no_row_of_care),
        cmocka_unit_test(a_purpose_opens_its_own_registers_only),
        cmocka_unit_test(small_counts_stay_in_care),
        cmocka_unit_test(the_same_person_is_the_same_user),
    };
    return cmocka_run_group_tests(tests, open_store, close_store);
}
