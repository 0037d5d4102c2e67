// SPDX-License-Identifier: AGPL-3.0-or-later
#include "access_test.h"

#include <liboath/oath.h>
#include <math.h>
#include <pthread.h>
#include <time.h>

#include "base/date.h"

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

// --- the first administrator

static void the_first_link_makes_the_administrator_once(void **state)
{
    (void)state;
    char secret[LOGIN_SECRET_SIZE], second[LOGIN_SECRET_SIZE];
    bool needed;
    assert_ok(login_first_link(login, now, secret, &needed, &error));
    assert_true(needed);
    assert_int_equal(strlen(secret), LOGIN_SECRET_SIZE - 1);
    // the server was started again: only the newest link is good
    assert_ok(login_first_link(login, now, second, &needed, &error));
    struct login_link link;
    assert_int_equal(login_link_get(login, str_of(secret), now, &arena, &link, &error),
                     ERR_NOT_FOUND);
    assert_ok(login_link_get(login, str_of(second), now, &arena, &link, &error));
    assert_int_equal(link.kind, LOGIN_LINK_FIRST);
    // a weak password and no name are refused, and the link stays good
    struct login_done done;
    assert_int_equal(login_link_use(login, str_of(second), STR("管理员"), STR(""),
                                    STR("short"), STR(""), now, &done, &error),
                     ERR_INPUT);
    assert_int_equal(login_link_use(login, str_of(second), STR(" "), STR(""),
                                    str_of(password), STR(""), now, &done, &error),
                     ERR_INPUT);
    assert_ok(login_link_use(login, str_of(second), STR("管理员"), STR("王芳"),
                             str_of(password), STR(""), now, &done, &error));
    assert_int_equal(done.answer, LOGIN_IN);
    struct login_who me = resolve(done.secret);
    assert_int_equal(me.user, done.user);
    assert_true(str_equal_c(me.name, "管理员"));
    assert_ok(access_administer(&me.access, &error));
    assert_ok(access_may(&me.access, ACCESS_PEOPLE, &error));
    // twice is refused, in the words of one that never was
    struct error used, never;
    assert_int_equal(login_link_use(login, str_of(second), STR("other"), STR(""),
                                    str_of(password), STR(""), now, &done, &used),
                     ERR_NOT_FOUND);
    assert_int_equal(login_link_get(login,
                                    STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                                    now, &arena, &link, &never),
                     ERR_NOT_FOUND);
    assert_string_equal(used.text, never.text);
    assert_ok(login_first_link(login, now, secret, &needed, &error));
    assert_false(needed);
    assert_int_equal(ask("SELECT count(*) FROM heng_accounts"), 1);
    // no secret stands in the file
    assert_int_equal(ask("SELECT count(*) FROM heng_sessions WHERE length(hash) = 32"),
                     1);
}

static void a_first_link_ends_after_a_day(void **state)
{
    (void)state;
    char secret[LOGIN_SECRET_SIZE];
    bool needed;
    struct login_link link;
    assert_ok(login_first_link(login, now, secret, &needed, &error));
    assert_ok(login_link_get(login, str_of(secret), now + 24 * 3600 * 1000 - 1, &arena,
                             &link, &error));
    assert_int_equal(login_link_get(login, str_of(secret), now + 24 * 3600 * 1000, &arena,
                                    &link, &error),
                     ERR_NOT_FOUND);
}

// --- log-in

static void a_right_password_opens_a_session(void **state)
{
    (void)state;
    int64_t user = sign_up("Li Ming", "clerk", 0, NULL);
    struct login_done done = log_in("Li Ming", password, "");
    assert_int_equal(done.answer, LOGIN_IN);
    assert_int_equal(done.user, user);
    struct login_who me = resolve(done.secret);
    assert_int_equal(me.user, user);
    assert_int_equal(me.session, done.session);
    assert_int_equal(me.token, 0);
    assert_int_equal(me.access.user, user);
    assert_true(login_csrf_is(&me, str_of(me.csrf)));
    assert_false(login_csrf_is(&me, STR("")));
    struct login_who again = resolve(done.secret);
    assert_string_equal(me.csrf, again.csrf);
    // in any case and width, as people type
    assert_int_equal(log_in("ＬＩ  ming", password, "").answer, LOGIN_IN);
    // a made-up token is nobody's
    done.secret[3] = done.secret[3] == 'x' ? 'y' : 'x';
    assert_int_equal(resolve(done.secret).user, 0);
    assert_int_equal(resolve("").user, 0);
    assert_int_equal(resolve("heng_").user, 0);
}

static void failures_make_wait_twice_as_long(void **state)
{
    (void)state;
    sign_up("clerk", "clerk", 0, NULL);
    static const char *const names[] = {"clerk", "nobody of this name"};
    for (int k = 0; k < 2; k++) { // who is there and who is not get the same answers
        int64_t wait = 1;
        for (int failure = 1; failure <= 12; failure++) {
            struct login_done done = log_in(names[k], "wrong wrong wrong", "");
            assert_int_equal(done.answer, LOGIN_WRONG);
            done = log_in(names[k], password, ""); // even the right one
            assert_int_equal(done.answer, LOGIN_WAIT);
            assert_int_equal(done.retry_after, wait);
            now += wait * 1000 - 1;
            assert_int_equal(log_in(names[k], password, "").answer, LOGIN_WAIT);
            now += 1;
            wait = wait * 2 < 900 ? wait * 2 : 900;
        }
    }
    struct login_done done = log_in("clerk", password, "");
    assert_int_equal(done.answer, LOGIN_IN);
    // a success forgets
    assert_int_equal(log_in("clerk", "wrong wrong wrong", "").answer, LOGIN_WRONG);
    assert_int_equal(log_in("clerk", password, "").retry_after, 1);
    login_settle(login);
    assert_int_equal(ask("SELECT count(*) FROM heng_events WHERE kind = 'locked'"), 6);
    // a name that nobody has is noted at most once a minute, and never itself
    assert_int_equal(ask("SELECT count(*) FROM heng_events WHERE subject LIKE 'nobody%'"),
                     0);
}

static void failures_outlive_the_process_and_a_day_forgives(void **state)
{
    (void)state;
    sign_up("clerk", "clerk", 0, NULL);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(log_in("clerk", "wrong wrong wrong", "").answer, LOGIN_WRONG);
        now += 16000;
    }
    login_close(login);
    assert_ok(login_open(&login, county->store, &error));
    assert_int_equal(log_in("clerk", "wrong wrong wrong", "").answer, LOGIN_WRONG);
    assert_int_equal(log_in("clerk", password, "").retry_after, 32);
    now += 25LL * 3600 * 1000;
    assert_int_equal(log_in("clerk", "wrong wrong wrong", "").answer, LOGIN_WRONG);
    assert_int_equal(log_in("clerk", password, "").retry_after, 1);
}

static void *try_wrong(void *argument)
{
    struct login_done *done = argument;
    struct error e;
    if (login_try(login, STR("clerk"), STR("wrong wrong wrong"), STR(""), STR(""), now,
                  done, &e))
        done->answer = LOGIN_IN; // found below
    return NULL;
}

static void many_at_once_are_no_way_around(void **state)
{
    (void)state;
    pthread_t threads[8];
    struct login_done done[8];
    int looked_at = 0;
    sign_up("clerk", "clerk", 0, NULL);
    for (int i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, try_wrong, &done[i]), 0);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 8; i++) {
        assert_true(done[i].answer == LOGIN_WRONG || done[i].answer == LOGIN_WAIT);
        looked_at += done[i].answer == LOGIN_WRONG;
    }
    assert_int_equal(looked_at, 1);
}

static double cpu_of(const char *name)
{
    struct timespec from, to;
    now += 3600 * 1000;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    assert_int_equal(log_in(name, "wrong wrong wrong", "").answer, LOGIN_WRONG);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
}

static void an_unknown_name_costs_the_same(void **state)
{
    (void)state;
    double known = 1e9, unknown = 1e9, invited = 1e9;
    sign_up("clerk", "clerk", 0, NULL);
    add_person("guest", "clerk", 0, DATE_NONE);
    for (int i = 0; i < 4; i++) {
        known = fmin(known, cpu_of("clerk"));
        unknown = fmin(unknown, cpu_of("stranger"));
        invited = fmin(invited, cpu_of("guest"));
    }
    assert_true(known > 0.03); // argon2id did run
    assert_true(unknown > 0.7 * known && unknown < 1.4 * known);
    assert_true(invited > 0.7 * known && invited < 1.4 * known);
}

static void one_who_was_turned_off_is_unknown(void **state)
{
    (void)state;
    struct login_done done;
    int64_t user = sign_up("clerk", "clerk", 0, &done);
    assert_int_equal(resolve(done.secret).user, user);
    const struct account_editor by = shell();
    assert_ok(account_change(county->store, &by, user,
                             &(struct account_change){.turn = ACCOUNT_TURN_OFF}, &error));
    assert_int_equal(resolve(done.secret).user, 0);
    assert_int_equal(log_in("clerk", password, "").answer, LOGIN_WRONG);
    now += 5000;
    assert_ok(account_change(county->store, &by, user,
                             &(struct account_change){.turn = ACCOUNT_TURN_ON}, &error));
    assert_int_equal(resolve(done.secret).user, 0); // the old session stays ended
    assert_int_equal(log_in("clerk", password, "").answer, LOGIN_IN);
}

// --- sessions

static void sessions_end_idle_or_old(void **state)
{
    (void)state;
    struct login_done done;
    int64_t user = sign_up("clerk", "clerk", 0, &done);
    now += LOGIN_IDLE_MS;
    assert_int_equal(resolve(done.secret).user, user);
    now += LOGIN_IDLE_MS + 1;
    assert_int_equal(resolve(done.secret).user, 0);
    // in use all the time, and over after a week
    done = log_in("clerk", password, "");
    for (int h = 0; h < 24 * 7; h += 4) {
        assert_int_equal(resolve(done.secret).user, user);
        now += 4 * 3600 * 1000;
    }
    assert_int_equal(resolve(done.secret).user, user);
    now += 1;
    assert_int_equal(resolve(done.secret).user, 0);
}

static void when_one_was_seen_is_written_seldom(void **state)
{
    (void)state;
    struct login_done done;
    sign_up("clerk", "clerk", 0, &done);
    int64_t made = now;
    resolve(done.secret);
    now += LOGIN_TOUCH_MS - 1;
    resolve(done.secret);
    int64_t before = ask("SELECT sum(seen_at) FROM heng_sessions");
    login_touch(login);
    login_settle(login);
    assert_int_equal(ask("SELECT sum(seen_at) FROM heng_sessions"), before);
    now += 1;
    resolve(done.secret);
    login_touch(login);
    login_settle(login);
    assert_int_equal(ask("SELECT max(seen_at) FROM heng_sessions"),
                     made + LOGIN_TOUCH_MS);
    assert_int_equal(ask("SELECT max(seen_at) FROM heng_accounts"),
                     made + LOGIN_TOUCH_MS);
    // what is newer is kept when the process ends
    now += 1000;
    resolve(done.secret);
    login_close(login);
    assert_int_equal(ask("SELECT max(seen_at) FROM heng_sessions"), now);
    assert_ok(login_open(&login, county->store, &error));
}

static int64_t version_now(void)
{
    struct conn *c;
    int64_t version;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(store_data_version(c, &version, &error));
    store_read_end(c);
    return version;
}

static void the_table_answers_without_the_file(void **state)
{
    (void)state;
    struct login_done done;
    struct login_who out;
    struct login_at at = {.pack = county->pack, .today = date_today(), .now = now};
    int64_t user = sign_up("clerk", "clerk", area_id("340221100"), &done);
    at.version = version_now();
    assert_false(login_peek(login, str_of(done.secret), &at, &arena, &out));
    assert_ok(login_resolve(login, str_of(done.secret), &at, &arena, &out, &error));
    assert_true(login_peek(login, str_of(done.secret), &at, &arena, &out));
    assert_int_equal(out.user, user);
    assert_int_equal(out.access.grants[0].area, area_id("340221100"));
    assert_true(login_peek(login, STR("no token"), &at, &arena, &out)); // by its form
    assert_int_equal(out.user, 0);
    // any commit makes the table look again; people have not changed, so it keeps all
    tamper("UPDATE heng_users SET made_at = made_at + 1");
    at.version = version_now();
    assert_false(login_peek(login, str_of(done.secret), &at, &arena, &out));
    assert_ok(login_resolve(login, STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                            &at, &arena, &out, &error));
    assert_int_equal(out.user, 0);
    assert_true(login_peek(login, str_of(done.secret), &at, &arena, &out));
    // another process takes the role away
    tamper("DELETE FROM heng_account_roles;"
           "UPDATE heng_account_state SET generation = generation + 1");
    at.version = version_now();
    assert_ok(login_resolve(login, str_of(done.secret), &at, &arena, &out, &error));
    assert_int_equal(out.user, user);
    assert_int_equal(out.access.n_grants, 0);
    // another day, another pack: nothing of the old is told
    at.today++;
    assert_false(login_peek(login, str_of(done.secret), &at, &arena, &out));
    // no memory: it is not known, and asked of the file
    assert_ok(login_resolve(login, str_of(done.secret), &at, &arena, &out, &error));
    struct arena small;
    arena_init(&small, 1);
    assert_false(login_peek(login, str_of(done.secret), &at, &small, &out));
    arena_free(&small);
}

static void sessions_of_a_person(void **state)
{
    (void)state;
    struct login_done first, second;
    struct login_session *list;
    size_t n;
    bool found;
    int64_t user = sign_up("clerk", "clerk", 0, &first);
    int64_t other = sign_up("other", "clerk", 0, NULL);
    now += 1000;
    second = log_in("clerk", password, "");
    assert_ok(login_sessions(login, user, now, &arena, &list, &n, &error));
    assert_int_equal(n, 2);
    assert_int_equal(list[0].id, second.session);
    // another's session is not one's to end
    assert_ok(login_end(login, other, first.session, now, &found, &error));
    assert_false(found);
    assert_ok(login_end(login, user, first.session, now, &found, &error));
    assert_true(found);
    assert_int_equal(resolve(first.secret).user, 0);
    assert_int_equal(resolve(second.secret).user, user);
    // a new password ends all others
    first = log_in("clerk", password, "");
    int wait;
    now += 1000;
    assert_int_equal(login_password(login, user, second.session, STR("not this one"),
                                    STR("four quite other words"), now, &wait, &error),
                     ERR_FORBIDDEN);
    now += 2000;
    assert_int_equal(login_password(login, user, second.session, str_of(password),
                                    STR("aaaaaaaaaaaa"), now, &wait, &error),
                     ERR_INPUT);
    assert_ok(login_password(login, user, second.session, str_of(password),
                             STR("four quite other words"), now, &wait, &error));
    assert_int_equal(resolve(first.secret).user, 0);
    assert_int_equal(resolve(second.secret).user, user);
    assert_int_equal(log_in("clerk", password, "").answer, LOGIN_WRONG);
    now += 2000;
    assert_int_equal(log_in("clerk", "four quite other words", "").answer, LOGIN_IN);
}

static void a_person_has_so_many_sessions(void **state)
{
    (void)state;
    struct login_done done;
    int64_t user = sign_up("clerk", "clerk", 0, &done);
    char sql[400];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <"
             " 80) INSERT INTO heng_sessions SELECT i, %lld, randomblob(32), %lld + i,"
             " %lld + i, '' FROM n",
             (long long)user, (long long)now, (long long)now);
    tamper(sql);
    now += 1000;
    done = log_in("clerk", password, "");
    login_settle(login);
    assert_int_equal(ask("SELECT count(*) FROM heng_sessions"), LOGIN_MAX_SESSIONS);
    assert_int_equal(resolve(done.secret).user, user);
    assert_int_equal(ask("SELECT count(*) FROM heng_sessions WHERE id = 80"), 1);
    assert_int_equal(ask("SELECT count(*) FROM heng_sessions WHERE id = 1"), 0);
}

// --- the second factor

// RFC 6238, appendix B, SHA-1: the last six of eight digits.
static void the_vectors_of_rfc_6238(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *code;
    } vectors[] = {{59, "287082"},         {1111111109, "081804"},
                   {1111111111, "050471"}, {1234567890, "005924"},
                   {2000000000, "279037"}, {20000000000LL, "353130"}};
    const unsigned char *secret = (const unsigned char *)"12345678901234567890";
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        int64_t step = vectors[i].seconds / 30, ms = vectors[i].seconds * 1000;
        struct str code = str_of(vectors[i].code);
        assert_int_equal(login_totp_step(secret, 20, code, ms), step);
        if (step > 1)
            assert_int_equal(login_totp_step(secret, 20, code, ms - 30000), step);
        assert_int_equal(login_totp_step(secret, 20, code, ms + 30000), step);
        assert_int_equal(login_totp_step(secret, 20, code, ms + 60000), 0);
        assert_int_equal(login_totp_step(secret, 20, code, ms + 3600000), 0);
    }
    assert_int_equal(login_totp_step(secret, 20, STR("287 082"), 59000), 1);
    static const char *const bad[] = {"",         "28708",  "2870822",
                                      "94287082", "28708x", "      "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(login_totp_step(secret, 20, str_of(bad[i]), 59000), 0);
}

// The code of a secret in base32 by liboath's own reader.
static void code_of(const char *base32, int64_t at, char out[7])
{
    char *secret;
    size_t n;
    assert_int_equal(oath_base32_decode(base32, strlen(base32), &secret, &n), OATH_OK);
    assert_int_equal(n, LOGIN_TOTP_BYTES);
    assert_int_equal(oath_totp_generate(secret, n, at / 1000, 30, 0, 6, out), OATH_OK);
    free(secret);
}

static void a_second_factor(void **state)
{
    (void)state;
    char secret[LOGIN_TOTP_TEXT], code[7];
    int wait;
    int64_t user = sign_up("clerk", "clerk", 0, NULL);
    assert_int_equal(login_totp_confirm(login, user, STR("123456"), now, &error),
                     ERR_NOT_FOUND);
    assert_int_equal(
        login_totp_start(login, user, STR("wrong wrong"), now, secret, &wait, &error),
        ERR_FORBIDDEN);
    assert_int_equal(
        login_totp_start(login, user, str_of(password), now, secret, &wait, &error),
        ERR_BUSY);
    assert_int_equal(wait, 1);
    now += 1000;
    assert_ok(
        login_totp_start(login, user, str_of(password), now, secret, &wait, &error));
    assert_int_equal(strlen(secret), 32);
    code_of(secret, now, code);
    // not confirmed: not needed
    assert_int_equal(log_in("clerk", password, "").answer, LOGIN_IN);
    code[0] = code[0] == '9' ? '0' : (char)(code[0] + 1);
    assert_int_equal(login_totp_confirm(login, user, str_of(code), now, &error),
                     ERR_INPUT);
    code_of(secret, now, code);
    assert_ok(login_totp_confirm(login, user, str_of(code), now, &error));
    assert_int_equal(
        login_totp_start(login, user, str_of(password), now, secret, &wait, &error),
        ERR_CONFLICT);
    // now it is needed; to be asked for it is no failure
    for (int i = 0; i < 3; i++)
        assert_int_equal(log_in("clerk", password, "").answer, LOGIN_NEEDS_CODE);
    // the code of the confirmation is used up
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_NEEDS_CODE);
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_WAIT);
    now += 30000;
    code_of(secret, now, code);
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_IN);
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_NEEDS_CODE); // again
    now += 30000;
    code_of(secret, now - 30000,
            code); // an older step than the last, though in the window
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_NEEDS_CODE);
    now += 30000;
    code_of(secret, now + 30000, code); // a phone whose clock is ahead
    assert_int_equal(log_in("clerk", password, code).answer, LOGIN_IN);
    now += 60000;
    assert_ok(login_totp_remove(login, user, str_of(password), now, &wait, &error));
    assert_int_equal(log_in("clerk", password, "").answer, LOGIN_IN);
}

static void wrong_codes_make_wait(void **state)
{
    (void)state;
    char secret[LOGIN_TOTP_TEXT], code[7];
    int wait;
    int64_t user = sign_up("clerk", "clerk", 0, NULL);
    assert_ok(
        login_totp_start(login, user, str_of(password), now, secret, &wait, &error));
    code_of(secret, now, code);
    assert_ok(login_totp_confirm(login, user, str_of(code), now, &error));
    now += 3600000;
    for (int i = 1; i <= 64; i *= 2) {
        code_of(secret, now + 600000, code);
        assert_int_equal(log_in("clerk", password, code).answer, LOGIN_NEEDS_CODE);
        // the password without a code does not wipe the slate
        struct login_done done = log_in("clerk", password, "");
        assert_int_equal(done.answer, LOGIN_WAIT);
        assert_int_equal(done.retry_after, i);
        now += i * 1000;
        assert_int_equal(log_in("clerk", password, "").answer, LOGIN_NEEDS_CODE);
    }
}

// --- links and tokens

static void an_invitation(void **state)
{
    (void)state;
    char secret[LOGIN_SECRET_SIZE], newer[LOGIN_SECRET_SIZE];
    int64_t until, user = add_person("nurse", "care_worker", 0, DATE_NONE);
    const struct account_editor by = shell();
    struct login_link link;
    struct login_done done;
    assert_int_equal(log_in("nurse", "", "").answer, LOGIN_WRONG);
    assert_ok(login_link_make(login, &by, user, secret, &until, &error));
    assert_int_equal(until, now + 7LL * 24 * 3600 * 1000);
    assert_ok(login_link_make(login, &by, user, newer, &until, &error));
    assert_int_equal(login_link_get(login, str_of(secret), now, &arena, &link, &error),
                     ERR_NOT_FOUND);
    assert_ok(login_link_get(login, str_of(newer), until - 1, &arena, &link, &error));
    assert_int_equal(link.kind, LOGIN_LINK_INVITATION);
    assert_true(str_equal_c(link.name, "nurse"));
    assert_int_equal(login_link_get(login, str_of(newer), until, &arena, &link, &error),
                     ERR_NOT_FOUND);
    assert_ok(login_link_use(login, str_of(newer), STR("ignored"), STR("赵丽"),
                             str_of(password), STR(""), now, &done, &error));
    struct login_who me = resolve(done.secret);
    assert_true(str_equal_c(me.name, "nurse"));
    assert_int_equal(ask("SELECT full_name = '赵丽' FROM heng_accounts"), 1);
    assert_int_equal(login_link_use(login, str_of(newer), STR(""), STR(""),
                                    str_of(password), STR(""), now, &done, &error),
                     ERR_NOT_FOUND);
}

static void a_reset_takes_everything_away(void **state)
{
    (void)state;
    char secret[LOGIN_SECRET_SIZE], totp[LOGIN_TOTP_TEXT], code[7];
    char token[LOGIN_TOKEN_SIZE];
    struct login_done before, done;
    int64_t until, id, user = sign_up("clerk", "clerk", 0, &before);
    int wait;
    const struct account_editor by = shell();
    assert_ok(login_totp_start(login, user, str_of(password), now, totp, &wait, &error));
    code_of(totp, now, code);
    assert_ok(login_totp_confirm(login, user, str_of(code), now, &error));
    assert_ok(login_token_make(login, user, STR("export"), DATE_NONE, false, now, token,
                               &id, &error));
    assert_ok(login_link_make(login, &by, user, secret, &until, &error));
    assert_int_equal(until, now + 24LL * 3600 * 1000);
    assert_int_equal(resolve(before.secret).user, user); // until it is used
    assert_int_equal(log_in("clerk", "wrong wrong wrong", "").answer, LOGIN_WRONG);
    assert_ok(login_link_use(login, str_of(secret), STR(""), STR(""),
                             STR("four quite other words"), STR(""), now, &done, &error));
    assert_int_equal(resolve(before.secret).user, 0);
    assert_int_equal(resolve(token).user, 0);
    assert_int_equal(resolve(done.secret).user, user);
    assert_int_equal(log_in("clerk", "four quite other words", "").answer, LOGIN_IN);
}

static void personal_tokens(void **state)
{
    (void)state;
    char token[LOGIN_TOKEN_SIZE], looks[LOGIN_TOKEN_SIZE], ended[LOGIN_TOKEN_SIZE];
    struct login_token *list;
    size_t n;
    int64_t user = sign_up("clerk", "clerk", area_id("340221100"), NULL), id, other;
    const struct reg *births = pack_register(county->pack, STR("births"));
    assert_ok(login_token_make(login, user, STR("figures"), DATE_NONE, false, now, token,
                               &id, &error));
    assert_ok(login_token_make(login, user, STR("looks"), date_today(), true, now, looks,
                               &other, &error));
    assert_ok(login_token_make(login, user, STR("old"), date_today() - 1, false, now,
                               ended, &other, &error));
    assert_memory_equal(token, "heng_", 5);
    struct login_who me = resolve(token);
    assert_int_equal(me.user, user);
    assert_int_equal(me.session, 0);
    assert_int_equal(me.token, id);
    assert_false(login_csrf_is(&me, str_of(me.csrf)));
    assert_ok(access_write_rows(&me.access, births, &error));
    assert_ok(access_may(&me.access, ACCESS_IMPORT, &error));
    me = resolve(looks);
    assert_ok(access_read_rows(&me.access, births, &error));
    assert_ok(access_may(&me.access, ACCESS_FIGURES, &error));
    assert_int_equal(access_write_rows(&me.access, births, &error), ERR_FORBIDDEN);
    assert_int_equal(access_may(&me.access, ACCESS_IMPORT, &error), ERR_FORBIDDEN);
    assert_int_equal(resolve(ended).user, 0);
    assert_int_equal(resolve(token + 5).user, 0); // without its mark it is none
    assert_ok(login_tokens(login, user, &arena, &list, &n, &error));
    assert_int_equal(n, 3);
    assert_int_equal(login_token_end(login, who.user, id, now, &error), ERR_NOT_FOUND);
    assert_ok(login_token_end(login, user, id, now, &error));
    assert_int_equal(resolve(token).user, 0);
    assert_int_equal(login_token_make(login, user, STR(" "), DATE_NONE, false, now, token,
                                      &id, &error),
                     ERR_INPUT);
    char sql[300];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <"
             " 48) INSERT INTO heng_tokens (id, user, name, hash, read_only, made_at)"
             " SELECT i, %lld, 'x', randomblob(32), 0, 1 FROM n",
             (long long)user);
    tamper(sql);
    assert_int_equal(login_token_make(login, user, STR("one more"), DATE_NONE, false, now,
                                      token, &id, &error),
                     ERR_LIMIT);
}

static void weak_passwords(void **state)
{
    (void)state;
    char secret[LOGIN_SECRET_SIZE];
    int64_t until, user = add_person("a name that is long", "clerk", 0, DATE_NONE);
    const struct account_editor by = shell();
    struct login_done done;
    static char longest[LOGIN_MOST_BYTES + 2];
    for (size_t i = 0; i < sizeof longest - 1; i++)
        longest[i] = (char)('a' + i % 20);
    assert_ok(login_link_make(login, &by, user, secret, &until, &error));
    const char *const weak[] = {
        "",           "123456789", "aaaaaaaaaaaa",       "abababababab",
        "1111222233", longest,     "A Name That Is Long"};
    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
        assert_int_equal(login_link_use(login, str_of(secret), STR(""), STR(""),
                                        str_of(weak[i]), STR(""), now, &done, &error),
                         ERR_INPUT);
    // ten characters, though more bytes
    assert_ok(login_link_use(login, str_of(secret), STR(""), STR(""),
                             STR("春眠不觉晓处处闻啼鸟"), STR(""), now, &done, &error));
}

static void note(const struct access *reader, const struct reg *r, int64_t row,
                 int64_t at)
{
    assert_ok(login_note_read(login, reader, r, row, at, &error));
    login_settle(login);
}

static void reading_a_row_is_noted_once_a_day(void **state)
{
    (void)state;
    struct login_done done;
    sign_up("nurse", "care_worker", 0, &done);
    struct login_who me = resolve(done.secret);
    const struct reg *births = pack_register(county->pack, STR("births"));
    const char *count = "SELECT count(*) FROM heng_events WHERE kind = 'read'";
    for (int i = 0; i < 3; i++)
        note(&me.access, births, 7, now);
    assert_int_equal(ask(count), 1);
    note(&me.access, births, 8, now);
    assert_int_equal(ask(count), 2);
    login_close(login); // another process does not know, and the file does
    assert_ok(login_open(&login, county->store, &error));
    note(&me.access, births, 7, now);
    assert_int_equal(ask(count), 2);
    note(&me.access, births, 7, now + 86400000);
    assert_int_equal(ask(count), 3);
    assert_ok(login_note_read(login, &me.access, births, 9, now, &error));
    login_close(login); // writes what waits
    assert_int_equal(ask(count), 4);
    assert_ok(login_open(&login, county->store, &error));
}

static enum err slow_import(struct conn *c, void *argument, struct error *e)
{
    (void)c, (void)e;
    usleep(400000);
    *(_Atomic bool *)argument = true;
    return ERR_OK;
}

static void *import_slowly(void *argument)
{
    struct error e;
    if (store_write(county->store, slow_import, argument, &e))
        abort();
    return NULL;
}

static void who_reads_does_not_wait_for_an_import(void **state)
{
    (void)state;
    struct login_done done;
    _Atomic bool ended = false;
    pthread_t thread;
    sign_up("nurse", "care_worker", 0, &done);
    struct login_who me = resolve(done.secret);
    const struct reg *births = pack_register(county->pack, STR("births"));
    assert_int_equal(pthread_create(&thread, NULL, import_slowly, &ended), 0);
    usleep(100000);
    int64_t taken = 0;
    enum err code = ERR_OK;
    for (int64_t row = 1; !code && row < 10000; row++) {
        code = login_note_read(login, &me.access, births, row, now, &error);
        taken += !code;
    }
    assert_false(ended);
    // not more than has room, and then it is said so
    assert_int_equal(code, ERR_BUSY);
    assert_true(taken >= 2048 && taken <= 2 * 2048 + 1);
    pthread_join(thread, NULL);
    login_settle(login);
    assert_int_equal(ask("SELECT count(*) FROM heng_events WHERE kind = 'read'"), taken);
}

// --- many threads

struct caller_of {
    const char *token;
    int64_t user, version;
    int failed, unknown;
};

static void *resolve_often(void *argument)
{
    struct caller_of *x = argument;
    struct login_at at = {.pack = county->pack, .today = date_today(), .now = now};
    for (int i = 0; i < 300; i++) {
        struct login_who out;
        struct error e;
        struct arena own;
        arena_init(&own, 0);
        at.now++;
        at.version = i % 3 ? x->version : 0;
        if (!login_peek(login, str_of(x->token), &at, &own, &out) &&
            login_resolve(login, str_of(x->token), &at, &own, &out, &e))
            x->failed++;
        else if (out.user != x->user)
            x->unknown++;
        else if (out.access.n_grants != 1 || out.access.grants[0].area == 0)
            x->failed++;
        arena_free(&own);
    }
    return NULL;
}

static void callers_on_many_threads(void **state)
{
    (void)state;
    pthread_t threads[6];
    struct caller_of of[6];
    struct login_done done[6];
    int64_t area = area_id("340221100");
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "clerk %d", i);
        of[i] = (struct caller_of){.user = sign_up(name, "clerk", area, &done[i]),
                                   .token = done[i].secret};
    }
    for (int i = 0; i < 6; i++) {
        of[i].version = version_now();
        assert_int_equal(pthread_create(&threads[i], NULL, resolve_often, &of[i]), 0);
    }
    for (int i = 0; i < 20; i++) { // others come and change meanwhile
        const struct account_editor by = shell();
        login_forget(login);
        assert_ok(account_change(county->store, &by, of[i % 6].user,
                                 &(struct account_change){.full_name = STR("x")},
                                 &error));
        login_touch(login);
    }
    for (int i = 0; i < 6; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(of[i].failed, 0);
        assert_int_equal(of[i].unknown, 0);
    }
}

static void the_table_is_bounded(void **state)
{
    (void)state;
    // as many sessions as fit, and more, each met once
    int64_t user = sign_up("clerk", "clerk", 0, NULL);
    struct arena own;
    arena_init(&own, 0);
    struct login_at at = {.pack = county->pack, .today = date_today(), .now = now};
    static char tokens[4200][LOGIN_SECRET_SIZE];
    struct buf sql = BUF_INIT(1 << 20);
    buf_add_c(&sql, "INSERT INTO heng_sessions VALUES ");
    for (int i = 0; i < 4200; i++) {
        struct chain_hash h;
        char hex[CHAIN_HEX_SIZE];
        snprintf(tokens[i], sizeof tokens[i], "%043d", i);
        h = chain_hash_of(str_of(tokens[i]));
        chain_to_hex(&h, hex);
        buf_printf(&sql, "%s(%d, %lld, x'%s', %lld, %lld, '')", i ? "," : "", i + 1000,
                   (long long)user, hex, (long long)now, (long long)now);
    }
    tamper(buf_c(&sql));
    buf_free(&sql);
    struct login_who out;
    for (int i = 0; i < 4200; i++) {
        at.now++;
        assert_ok(login_resolve(login, str_of(tokens[i]), &at, &own, &out, &error));
        assert_int_equal(out.user, user);
        arena_reset(&own);
    }
    at.version = version_now();
    assert_ok(login_resolve(login, str_of(tokens[4199]), &at, &own, &out, &error));
    // the newest are met again without the file, the oldest had to go
    assert_true(login_peek(login, str_of(tokens[4199]), &at, &own, &out));
    assert_true(login_peek(login, str_of(tokens[200]), &at, &own, &out));
    assert_false(login_peek(login, str_of(tokens[0]), &at, &own, &out));
    assert_ok(login_resolve(login, str_of(tokens[0]), &at, &own, &out, &error));
    assert_int_equal(out.user, user);
    arena_free(&own);
}

// --- want of memory

static void no_memory(void **state)
{
    (void)state;
    struct login_done done;
    sign_up("clerk", "clerk", area_id("340221100"), &done);
    struct login_at at = {.pack = county->pack, .today = date_today(), .now = now};
    for (int64_t n = 0;; n++) {
        struct login_who out;
        struct arena own;
        arena_init(&own, 0);
        login_forget(login);
        mem_fail_after(n);
        enum err code =
            login_resolve(login, str_of(done.secret), &at, &own, &out, &error);
        mem_fail_after(-1);
        arena_free(&own);
        if (code == ERR_OK) {
            assert_true(n > 1);
            break;
        }
        assert_int_equal(code, ERR_MEMORY);
        assert_int_equal(out.user, 0);
        assert_true(n < 200);
    }
    for (int64_t n = 0;; n++) {
        struct login *another = NULL;
        mem_fail_after(n);
        enum err code = login_open(&another, county->store, &error);
        mem_fail_after(-1);
        login_close(another);
        if (code == ERR_OK)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 200);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_first_link_makes_the_administrator_once),
        TEST(a_first_link_ends_after_a_day),
        TEST(a_right_password_opens_a_session),
        TEST(failures_make_wait_twice_as_long),
        TEST(failures_outlive_the_process_and_a_day_forgives),
        TEST(many_at_once_are_no_way_around),
        TEST(an_unknown_name_costs_the_same),
        TEST(one_who_was_turned_off_is_unknown),
        TEST(sessions_end_idle_or_old),
        TEST(when_one_was_seen_is_written_seldom),
        TEST(the_table_answers_without_the_file),
        TEST(sessions_of_a_person),
        TEST(a_person_has_so_many_sessions),
        TEST(the_vectors_of_rfc_6238),
        TEST(a_second_factor),
        TEST(wrong_codes_make_wait),
        TEST(an_invitation),
        TEST(a_reset_takes_everything_away),
        TEST(personal_tokens),
        TEST(weak_passwords),
        TEST(reading_a_row_is_noted_once_a_day),
        TEST(who_reads_does_not_wait_for_an_import),
        TEST(callers_on_many_threads),
        TEST(the_table_is_bounded),
        TEST(no_memory),
    };
    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
