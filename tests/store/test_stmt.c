// SPDX-License-Identifier: AGPL-3.0-or-later
#include "store_test.h"

#define assert_fine(call)                                                                \
    do {                                                                                 \
        enum err code_ = (call);                                                         \
        if (code_)                                                                       \
            fail_msg("%s: %s: %s", error_name(code_), e->where, e->text);                \
    } while (0)

static enum err every_kind(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    struct stmt *s, *again, *read;
    bool row;
    assert_fine(
        conn_run(c, "CREATE TABLE t (a ANY, b ANY, c ANY, d ANY, e ANY) STRICT", e));
    const char *sql = "INSERT INTO t VALUES (?, ?, ?, ?, ?)";
    assert_fine(conn_stmt(c, "t.insert", sql, &s, e));
    stmt_bind_int(s, 1, INT64_MIN);
    stmt_bind_double(s, 2, 1.5);
    stmt_bind_text(s, 3, STR("张\0伟"));
    stmt_bind_blob(s, 4, "\x00\xff", 2);
    stmt_bind_null(s, 5);
    assert_fine(stmt_done(s, e));
    assert_int_equal(stmt_changes(s), 1);
    stmt_bind_text(s, 3, STR("")); // the other bindings are kept
    stmt_bind_blob(s, 4, "", 0);
    assert_fine(stmt_done(s, e));
    char copy[64];
    snprintf(copy, sizeof copy, "%s", sql); // the same words elsewhere are the same SQL
    assert_fine(conn_stmt(c, "t.insert", copy, &again, e));
    assert_ptr_equal(s, again);
    stmt_bind_text(s, 3, (struct str){NULL, 0});
    assert_fine(stmt_done(s, e)); // five nulls: bindings were cleared
    assert_fine(conn_prepare(c, STR("SELECT * FROM t ORDER BY rowid"), &read, e));
    assert_int_equal(stmt_columns(read), 5);
    assert_string_equal(stmt_column_name(read, 3), "d");
    assert_fine(stmt_step(read, &row, e));
    assert_true(row);
    const enum stmt_kind kinds[] = {STMT_INT, STMT_DOUBLE, STMT_TEXT, STMT_BLOB,
                                    STMT_NULL};
    for (int i = 0; i < 5; i++)
        assert_int_equal(stmt_kind(read, i), kinds[i]);
    assert_true(stmt_int(read, 0) == INT64_MIN);
    assert_true(stmt_double(read, 1) == 1.5);
    assert_true(str_equal(stmt_text(read, 2), STR("张\0伟")));
    assert_true(str_equal(stmt_blob(read, 3), STR("\x00\xff")));
    assert_null(stmt_text(read, 4).p);
    assert_null(stmt_blob(read, 4).p);
    assert_int_equal(stmt_int(read, 4), 0);
    assert_fine(stmt_step(read, &row, e));
    assert_true(row && stmt_text(read, 2).p && stmt_text(read, 2).n == 0);
    assert_true(stmt_blob(read, 3).p && stmt_blob(read, 3).n == 0);
    assert_fine(stmt_step(read, &row, e));
    assert_true(row && stmt_kind(read, 0) == STMT_NULL &&
                stmt_kind(read, 2) == STMT_NULL);
    assert_fine(stmt_step(read, &row, e));
    assert_false(row);
    assert_int_equal(stmt_changes(read), 0);
    stmt_finish(read);
    stmt_finish(NULL);
    assert_fine(conn_stmt(c, "t.clear", "DELETE FROM t", &s, e));
    assert_fine(stmt_done(s, e));
    assert_int_equal(stmt_changes(s), 3);
    return ERR_OK;
}

static enum err wrong_calls(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    struct stmt *s;
    bool row;
    assert_int_equal(conn_prepare(c, STR("SELEC 1"), &s, e), ERR_INTERNAL);
    assert_null(s);
    assert_int_equal(conn_prepare(c, STR("SELECT 1; SELECT 2"), &s, e), ERR_INTERNAL);
    assert_int_equal(conn_prepare(c, STR("  -- nothing"), &s, e), ERR_INTERNAL);
    assert_int_equal(conn_stmt(c, "bad", "SELECT \"no_such\" FROM birth", &s, e),
                     ERR_INTERNAL); // a double-quoted name is never a text
    assert_int_equal(conn_run(c, "SELECT 1", e), ERR_INTERNAL);
    assert_fine(conn_run(c, " ; -- nothing\n", e));
    assert_fine(conn_prepare(c, STR("SELECT ?;"), &s, e));
    stmt_bind_int(s, 2, 1);
    assert_int_equal(stmt_step(s, &row, e), ERR_INTERNAL);
    assert_non_null(strstr(e->text, "parameter 2 of 1"));
    assert_int_equal(stmt_done(s, e), ERR_INTERNAL); // a row nobody reads
    stmt_bind_int(s, 1, 9);
    assert_fine(stmt_step(s, &row, e));
    assert_int_equal(stmt_int(s, 0), 9);
    stmt_finish(s);
    assert_fine(insert(c, 1, e));
    assert_int_equal(insert(c, 1, e), ERR_CONFLICT);
    assert_non_null(strstr(e->where, "birth.insert"));
    assert_non_null(strstr(e->text, "birth.id"));
    assert_int_equal(conn_run(c, "INSERT INTO birth VALUES ('x', 'y', 1, NULL)", e),
                     ERR_CONFLICT); // STRICT
    return ERR_OK;
}

// More names than the table of statements began with.
static enum err many_names(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    struct stmt *kept[500];
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < 500; i++) {
            char name[32], sql[32];
            struct stmt *s;
            bool row;
            snprintf(name, sizeof name, "many.%d", i);
            snprintf(sql, sizeof sql, "SELECT %d", i);
            assert_fine(conn_stmt(c, name, sql, &s, e));
            assert_true(turn == 0 || s == kept[i]);
            kept[i] = s;
            assert_fine(stmt_step(s, &row, e));
            assert_true(row && stmt_int(s, 0) == i);
        }
    return ERR_OK;
}

// On this thread, since a failed assertion may not jump out of the writer's.
static void run_on_a_writer(store_job *job)
{
    struct error e;
    struct store *s = new_store();
    struct conn *c;
    assert_ok(conn_open(s, CONN_WRITE, &c, &e));
    assert_ok(job(c, NULL, &e));
    conn_settle(c);
    conn_close(c);
    store_close(s);
}

static void values_come_back(void **state)
{
    (void)state;
    run_on_a_writer(every_kind);
}

static void wrong_calls_are_told(void **state)
{
    (void)state;
    run_on_a_writer(wrong_calls);
}

static void names_are_kept(void **state)
{
    (void)state;
    run_on_a_writer(many_names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(values_come_back),
        IN_FOLDER(wrong_calls_are_told),
        IN_FOLDER(names_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
