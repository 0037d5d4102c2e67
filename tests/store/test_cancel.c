// SPDX-License-Identifier: AGPL-3.0-or-later
// store_cancel: a statement that takes for ever is broken off, whether it reads or
// writes, and so is a backup; nothing of it is kept, and the next one works.
#include <pthread.h>

#include "store_test.h"

enum { PATIENCE = 60 }; // seconds, until a test has failed

// In static storage: a thread that is never broken off outlives its test.
static struct {
    struct store *store;
    struct conn *conn;
    _Atomic int begun;
    enum err code;
    struct error e;
} shared;

static const char endless[] =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT max(i) FROM n WHERE i < 0";

static enum err run_endless(struct conn *c, const char *sql, struct error *e)
{
    struct stmt *s;
    bool row;
    enum err code = conn_prepare(c, str_of(sql), &s, e);
    if (code)
        return code;
    atomic_store(&shared.begun, 1);
    code = stmt_step(s, &row, e);
    stmt_finish(s);
    return code;
}

static void *read_endless(void *argument)
{
    (void)argument;
    shared.code = run_endless(shared.conn, endless, &shared.e);
    return NULL;
}

static enum err write_endless_job(struct conn *c, void *argument, struct error *e)
{
    enum err code = insert_job(c, argument, e);
    if (!code)
        code = run_endless(c,
                           "INSERT INTO birth (id, name) "
                           "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                           "FROM n) SELECT i, 'long ' || i FROM n WHERE i % 1000 = 999",
                           e);
    return code;
}

static void *write_endless(void *argument)
{
    shared.code = store_write(shared.store, write_endless_job, argument, &shared.e);
    return NULL;
}

// Starts it, cancels once it is inside its statement, and waits for its end.
static void break_off(void *(*work)(void *), void *argument)
{
    pthread_t thread;
    struct timespec until;
    atomic_store(&shared.begun, 0);
    shared.code = ERR_OK;
    assert_int_equal(pthread_create(&thread, NULL, work, argument), 0);
    while (!atomic_load(&shared.begun))
        usleep(1000);
    usleep(100000); // into the statement
    store_cancel(shared.store, true);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    if (pthread_timedjoin_np(thread, NULL, &until))
        fail_msg("it is still running");
    assert_int_equal(shared.code, ERR_BUSY);
    assert_string_equal(shared.e.key, "store.cancelled");
    assert_non_null(strstr(shared.e.where, "county.heng"));
}

static void a_long_reading_is_broken_off(void **state)
{
    (void)state;
    struct error e;
    struct stmt *s;
    bool row;
    int64_t id = 7;
    shared.store = new_store();
    assert_ok(store_write(shared.store, insert_job, &id, &e));
    assert_ok(store_read_begin(shared.store, &shared.conn, &e));
    break_off(read_endless, NULL);
    // while it is on, short ones end too
    assert_ok(conn_prepare(shared.conn, STR("SELECT id FROM birth"), &s, &e));
    assert_int_equal(stmt_step(s, &row, &e), ERR_BUSY);
    assert_false(row);
    store_cancel(shared.store, false);
    assert_ok(stmt_step(s, &row, &e)); // the same statement, begun anew
    assert_true(row && stmt_int(s, 0) == 7);
    stmt_finish(s);
    assert_int_equal(ask(shared.conn, "SELECT count(*) FROM birth"), 1);
    store_read_end(shared.conn);
    store_close(shared.store);
}

static void a_long_job_leaves_nothing(void **state)
{
    (void)state;
    struct error e;
    int64_t first = -1, during = -2, after = -3;
    shared.store = new_store();
    break_off(write_endless, &first);
    assert_int_equal(store_write(shared.store, insert_job, &during, &e), ERR_BUSY);
    store_cancel(shared.store, false);
    assert_int_equal(ask_store(shared.store, "SELECT count(*) FROM birth"), 0);
    assert_ok(store_write(shared.store, insert_job, &after, &e));
    assert_int_equal(ask_store(shared.store, "SELECT sum(id) FROM birth"), -3);
    assert_ok(store_check(shared.store, &e));
    store_close(shared.store);
}

static enum err many_rows(struct conn *c, void *argument, struct error *e)
{
    (void)argument;
    return conn_run(c,
                    "INSERT INTO birth (id, name) WITH RECURSIVE n (i) AS (SELECT 1 "
                    "UNION ALL SELECT i + 1 FROM n LIMIT 60000) SELECT i, 'row ' || i "
                    "FROM n",
                    e);
}

static void cancel(void *argument, double done)
{
    int *calls = argument;
    if (done < 1)
        store_cancel(shared.store, true);
    ++*calls;
}

static void a_backup_is_broken_off(void **state)
{
    (void)state;
    struct error e;
    char copy[128];
    int calls = 0;
    shared.store = new_store();
    assert_ok(store_write(shared.store, many_rows, NULL, &e));
    in_folder(copy, sizeof copy, "copy.heng");
    size_t before = files_in_folder();
    assert_int_equal(store_backup(shared.store, copy, cancel, &calls, &e), ERR_BUSY);
    assert_string_equal(e.key, "store.cancelled");
    assert_true(calls > 0);
    assert_int_equal(files_in_folder(), before); // no half copy
    store_cancel(shared.store, false);
    assert_ok(store_backup(shared.store, copy, NULL, NULL, &e));
    store_close(shared.store);
    assert_ok(store_open(&shared.store, copy, STORE_READ, &e));
    assert_int_equal(ask_store(shared.store, "SELECT count(*) FROM birth"), 60000);
    store_close(shared.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_long_reading_is_broken_off),
        IN_FOLDER(a_long_job_leaves_nothing),
        IN_FOLDER(a_backup_is_broken_off),
    };
    return cmocka_run_group_tests_name("store-cancel", tests, NULL, NULL);
}
