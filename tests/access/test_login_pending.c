// SPDX-License-Identifier: AGPL-3.0-or-later
// What log-ins leave behind while the writer of the file is busy.
#include "access_test.h"

#include <liboath/oath.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int setup(void **state)
{
    (void)state;
    now = 1406000000000;
    begin_access();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_access();
    return 0;
}

// --- a writer who is busy until he is let go

struct import {
    pthread_t thread;
    _Atomic bool begun, may_end;
    bool fails;
};

static enum err hold(struct conn *c, void *argument, struct error *e)
{
    struct import *i = argument;
    (void)c;
    atomic_store(&i->begun, true);
    while (!atomic_load(&i->may_end))
        usleep(1000);
    return i->fails ? error_set(e, ERR_INPUT, "test", NULL, "no") : ERR_OK;
}

static void *run_import(void *argument)
{
    struct import *i = argument;
    struct error e;
    if (store_write(county->store, hold, i, &e) != (i->fails ? ERR_INPUT : ERR_OK))
        abort();
    return NULL;
}

static void begin_import(struct import *i)
{
    *i = (struct import){0};
    assert_int_equal(pthread_create(&i->thread, NULL, run_import, i), 0);
    while (!atomic_load(&i->begun))
        usleep(1000);
}

static void end_import(struct import *i)
{
    atomic_store(&i->may_end, true);
    pthread_join(i->thread, NULL);
}

static int64_t sessions_in_file(void)
{
    return ask("SELECT count(*) FROM heng_sessions");
}

// --- tests

static void a_log_in_does_not_wait_for_the_writer(void **state)
{
    (void)state;
    struct import import;
    struct login_session *list;
    size_t n;
    struct login_done first;
    int64_t user = sign_up("clerk", "clerk", 0, &first);
    begin_import(&import);
    now += 1000;
    struct login_done done = log_in("clerk", password, "");
    assert_int_equal(done.answer, LOGIN_IN);
    assert_int_equal(sessions_in_file(), 1);
    struct login_who me = resolve(done.secret);
    assert_int_equal(me.user, user);
    assert_int_equal(me.session, done.session);
    assert_true(str_equal_c(me.name, "clerk"));
    assert_true(me.access.n_grants > 0);
    login_forget(login); // not only by the table
    assert_int_equal(resolve(done.secret).user, user);
    assert_ok(login_sessions(login, user, now, &arena, &list, &n, &error));
    assert_int_equal(n, 2);
    assert_int_equal(list[0].id, done.session);
    assert_int_equal(list[1].id, first.session);
    end_import(&import);
    login_settle(login);
    assert_int_equal(sessions_in_file(), 2);
    assert_int_equal(ask("SELECT max(made_at) FROM heng_sessions"), now);
    login_forget(login);
    assert_int_equal(resolve(done.secret).session, done.session);
    assert_ok(login_sessions(login, user, now, &arena, &list, &n, &error));
    assert_int_equal(n, 2);
}

static void failures_hold_at_once(void **state)
{
    (void)state;
    struct import import;
    static const char *const names[] = {"clerk", "nobody of this name"};
    sign_up("clerk", "clerk", 0, NULL);
    begin_import(&import);
    for (int k = 0; k < 2; k++)
        for (int failure = 0, wait = 1; failure < 4; failure++, wait *= 2) {
            assert_int_equal(log_in(names[k], "wrong wrong wrong", "").answer,
                             LOGIN_WRONG);
            struct login_done done = log_in(names[k], password, "");
            assert_int_equal(done.answer, LOGIN_WAIT);
            assert_int_equal(done.retry_after, wait);
            now += wait * 1000;
        }
    assert_int_equal(ask("SELECT count(*) FROM heng_failures"), 0);
    end_import(&import);
    login_settle(login);
    assert_int_equal(ask("SELECT failures FROM heng_failures WHERE known"), 4);
    assert_int_equal(ask("SELECT failures FROM heng_failures WHERE NOT known"), 4);
    // from the file it goes on
    assert_int_equal(log_in("clerk", "wrong wrong wrong", "").answer, LOGIN_WRONG);
    assert_int_equal(log_in("clerk", password, "").retry_after, 16);
    now += 16000;
    begin_import(&import);
    assert_int_equal(log_in("clerk", password, "").answer, LOGIN_IN); // forgets them
    assert_int_equal(log_in("clerk", "wrong wrong wrong", "").answer, LOGIN_WRONG);
    assert_int_equal(log_in("clerk", password, "").retry_after, 1);
    end_import(&import);
    login_settle(login);
    assert_int_equal(ask("SELECT failures FROM heng_failures WHERE known"), 1);
}

static void the_audit_log_has_them_in_order(void **state)
{
    (void)state;
    struct import import;
    struct login_done done;
    struct audit_report report;
    struct conn *c;
    sign_up("clerk", "clerk", 0, NULL);
    sign_up("nurse", "care_worker", 0, &done);
    struct login_who nurse = resolve(done.secret);
    const struct reg *births = pack_register(county->pack, STR("births"));
    int64_t before = ask("SELECT max(seq) FROM heng_events");
    begin_import(&import);
    log_in("clerk", "wrong wrong wrong", "");
    now += 1000;
    assert_ok(login_note_read(login, &nurse.access, births, 7, now, &error));
    now += 1000;
    log_in("clerk", password, "");
    now += 1000;
    assert_ok(login_note_read(login, &nurse.access, births, 8, now, &error));
    end_import(&import);
    login_settle(login);
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT group_concat(kind, ' ') = 'log_in_failed read log_in read' FROM"
             " (SELECT kind FROM heng_events WHERE seq > %lld ORDER BY seq)",
             (long long)before);
    assert_int_equal(ask(sql), 1);
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(audit_verify(c, &arena, &report, &error));
    store_read_end(c);
}

static void a_code_is_good_once_before_it_is_written(void **state)
{
    (void)state;
    struct import import;
    char secret[LOGIN_TOTP_TEXT], code[7], *bytes;
    int wait;
    size_t n;
    int64_t user = sign_up("clerk", "clerk", 0, NULL);
    assert_ok(
        login_totp_start(login, user, str_of(password), now, secret, &wait, &error));
    assert_int_equal(oath_base32_decode(secret, strlen(secret), &bytes, &n), OATH_OK);
    oath_totp_generate(bytes, n, now / 1000, 30, 0, 6, code);
    assert_ok(login_totp_confirm(login, user, str_of(code), now, &error));
    now += 60000;
    oath_totp_generate(bytes, n, now / 1000, 30, 0, 6, code);
    begin_import(&import);
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_IN);
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_NEEDS_CODE);
    end_import(&import);
    login_settle(login);
    now += 5000;
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_NEEDS_CODE);
    assert_int_equal(ask("SELECT totp_step FROM heng_accounts"), (now - 5000) / 30000);
    free(bytes);
}

static void a_session_may_end_before_it_is_written(void **state)
{
    (void)state;
    struct import import;
    bool found;
    int64_t user = sign_up("clerk", "clerk", 0, NULL),
            other = sign_up("nurse", "", 0, NULL);
    begin_import(&import);
    struct login_done gone = log_in("clerk", password, "");
    struct login_done stays = log_in("clerk", password, "");
    assert_ok(login_end(login, user, gone.session, now, &found, &error));
    assert_true(found);
    assert_int_equal(resolve(gone.secret).user, 0);
    assert_int_equal(resolve(stays.secret).user, user);
    end_import(&import);
    login_settle(login);
    char sql[120];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM heng_sessions WHERE id = %lld",
             (long long)gone.session);
    assert_int_equal(ask(sql), 0);
    assert_int_equal(ask("SELECT count(*) FROM heng_events WHERE kind = 'log_out'"), 1);
    assert_ok(login_end(login, user, gone.session, now, &found, &error));
    assert_false(found);
    // nor another person's
    assert_ok(login_end(login, other, stays.session, now, &found, &error));
    assert_false(found);
}

struct change {
    int64_t user, session;
    pthread_t thread;
};

static void *change_password(void *argument)
{
    const struct change *x = argument;
    struct error e;
    int wait;
    if (login_password(login, x->user, x->session, str_of(password),
                       STR("four quite other words"), now, &wait, &e))
        abort();
    return NULL;
}

// Where the password changes while sessions wait: its own goes on, the others are ended.
static void a_new_password_ends_what_waits(void **state)
{
    (void)state;
    struct import import;
    int64_t user = sign_up("clerk", "clerk", 0, NULL);
    begin_import(&import);
    struct change x = {.user = user};
    struct login_done own = log_in("clerk", password, "");
    x.session = own.session;
    assert_int_equal(pthread_create(&x.thread, NULL, change_password, &x), 0);
    usleep(1500000); // until it waits for the writer
    struct login_done other = log_in("clerk", password, "");
    assert_int_equal(resolve(own.secret).user, user);
    assert_int_equal(resolve(other.secret).user, user);
    end_import(&import);
    pthread_join(x.thread, NULL);
    login_settle(login);
    login_forget(login);
    assert_int_equal(resolve(own.secret).user, user);
    assert_int_equal(resolve(other.secret).user, 0);
    assert_int_equal(sessions_in_file(), 1);
}

static void one_who_is_turned_off_is_out(void **state)
{
    (void)state;
    struct import import;
    int64_t user = sign_up("clerk", "clerk", 0, NULL);
    char sql[120];
    begin_import(&import);
    struct login_done done = log_in("clerk", password, "");
    assert_int_equal(resolve(done.secret).user, user);
    import.fails = true;
    end_import(&import); // the scribe's turn comes at some time after this
    login_settle(login);
    const struct account_editor by = shell();
    assert_ok(account_change(county->store, &by, user,
                             &(struct account_change){.turn = ACCOUNT_TURN_OFF}, &error));
    assert_int_equal(resolve(done.secret).user, 0);
    begin_import(&import);
    assert_int_equal(log_in("clerk", password, "").answer, LOGIN_WRONG);
    end_import(&import);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM heng_sessions WHERE user = %lld",
             (long long)user);
    login_settle(login);
    assert_int_equal(ask(sql), 0);
}

static void what_waits_is_written_at_the_end(void **state)
{
    (void)state;
    struct import import;
    sign_up("clerk", "clerk", 0, NULL);
    begin_import(&import);
    struct login_done done = log_in("clerk", password, "");
    now += 1000;
    log_in("clerk", "wrong wrong wrong", "");
    end_import(&import);
    login_close(login);
    assert_int_equal(sessions_in_file(), 2);
    assert_int_equal(ask("SELECT failures FROM heng_failures"), 1);
    assert_ok(login_open(&login, county->store, &error));
    assert_int_equal(resolve(done.secret).session, done.session);
}

// Another process holds the file longer than the writer is patient: it is tried again.
static void the_file_may_be_held_by_another(void **state)
{
    (void)state;
    sqlite3 *db;
    sign_up("clerk", "clerk", 0, NULL);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    struct login_done done = log_in("clerk", password, "");
    assert_int_equal(done.answer, LOGIN_IN);
    assert_true(resolve(done.secret).user > 0);
    assert_int_equal(sessions_in_file(), 1);
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    login_settle(login);
    assert_int_equal(sessions_in_file(), 2);
}

static void no_memory(void **state)
{
    (void)state;
    struct import import;
    sign_up("clerk", "clerk", 0, NULL);
    begin_import(&import);
    for (int64_t n = 0;; n++) {
        struct login_done done;
        now += 1000000; // no wait of the one before
        mem_fail_after(n);
        enum err code = login_try(login, STR("clerk"), str_of(password), STR(""), STR(""),
                                  now, &done, &error);
        mem_fail_after(-1);
        if (code == ERR_OK) {
            assert_int_equal(done.answer, LOGIN_IN);
            assert_true(n > 0);
            assert_true(resolve(done.secret).user > 0);
            break;
        }
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 200);
    }
    end_import(&import);
    login_settle(login);
    assert_int_equal(ask("SELECT max(made_at) FROM heng_sessions"), now);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_log_in_does_not_wait_for_the_writer),
        TEST(failures_hold_at_once),
        TEST(the_audit_log_has_them_in_order),
        TEST(a_code_is_good_once_before_it_is_written),
        TEST(a_session_may_end_before_it_is_written),
        TEST(a_new_password_ends_what_waits),
        TEST(one_who_is_turned_off_is_out),
        TEST(what_waits_is_written_at_the_end),
        TEST(the_file_may_be_held_by_another),
        TEST(no_memory),
    };
    return cmocka_run_group_tests_name("login-pending", tests, NULL, NULL);
}
