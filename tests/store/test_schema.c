// SPDX-License-Identifier: AGPL-3.0-or-later
#include "store_test.h"

static const char *const steps[] = {
    "CREATE TABLE a (x INTEGER) STRICT; CREATE INDEX a_x ON a (x)",
    "ALTER TABLE a ADD COLUMN y TEXT", "CREATE TABLE b (x INTEGER) STRICT",
    "CREATE TABLE b (x INTEGER) STRICT", // cannot be applied
};

static enum err migrate(struct conn *c, void *argument, struct error *e)
{
    return store_migrate(c, "register", steps, *(size_t *)argument, e);
}

static enum err migrate_other(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    static const char *const other[] = {"CREATE TABLE user (id INTEGER) STRICT"};
    return store_migrate(c, "access", other, 1, e);
}

static void steps_are_applied_once(void **state)
{
    (void)state;
    struct error e;
    struct store *s = new_store();
    size_t n = 2;
    assert_ok(store_write(s, migrate, &n, &e));
    assert_ok(store_write(s, migrate, &n, &e));
    assert_ok(store_write(s, migrate_other, NULL, &e));
    assert_int_equal(ask_store(s, "SELECT count(*) FROM heng_schema"), 3);
    assert_int_equal(ask_store(s, "SELECT count(y) FROM a"), 0);
    n = 4; // the third would do, the fourth fails: neither stays
    assert_int_equal(store_write(s, migrate, &n, &e), ERR_INTERNAL);
    assert_non_null(strstr(e.text, "already exists"));
    assert_int_equal(ask_store(s, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"),
                     0);
    n = 3;
    assert_ok(store_write(s, migrate, &n, &e));
    assert_int_equal(
        ask_store(s, "SELECT max(step) FROM heng_schema WHERE room = 'register'"), 3);
    n = 2; // an older Heng
    assert_int_equal(store_write(s, migrate, &n, &e), ERR_INPUT);
    assert_string_equal(e.key, "store.newer");
    assert_true(e.cure[0]);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(steps_are_applied_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
