// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of accounts share: a county with areas, and people made as the program
// makes them. The clock is the test's own.
#ifndef TESTS_ACCESS_TEST_H
#define TESTS_ACCESS_TEST_H

#include "../register/county_test.h"

#include "access/audit.h"
#include "access/kept.h"
#include "access/login.h"

static struct login *login;
static int64_t now = 1406000000000; // 2014-07-22 03:33:20 UTC
static const char password[] = "correct horse battery";

static inline bool all(const void *argument, enum access_function f, int64_t area)
{
    (void)argument, (void)f, (void)area;
    return true;
}

static inline bool none(const void *argument, enum access_function f, int64_t area)
{
    (void)argument, (void)f, (void)area;
    return false;
}

static inline struct account_editor shell(void)
{
    return (struct account_editor){.user = who.user, .at_shell = true, .now = now};
}

static inline int64_t area_id(const char *code)
{
    int32_t i = places_area_by_code(county->places, str_of(code));
    assert_true(i >= 0);
    return county->places->areas[i].id;
}

static inline void begin_access(void)
{
    make_county("minimal");
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"
                                      "340221101,六郎镇,township,340221\n"),
              "");
    assert_ok(login_open(&login, county->store, &error));
}

static inline void end_access(void)
{
    login_close(login);
    login = NULL;
    end_county();
}

static inline int64_t add_person(const char *name, const char *role, int64_t area,
                                 int32_t until)
{
    const struct account_editor by = shell();
    const struct account_holds holds = {str_of(role), area, until};
    const struct account_change change = {.name = str_of(name),
                                          .full_name = STR("李明"),
                                          .language = STR(""),
                                          .holds = &holds,
                                          .n_holds = role[0] ? 1 : 0,
                                          .note = STR("by a test")};
    int64_t user;
    assert_ok(account_add(county->store, &by, &change, &user, &error));
    assert_true(user > 0);
    return user;
}

// One who has set the password; *session as it came.
static inline int64_t sign_up(const char *name, const char *role, int64_t area,
                              struct login_done *done)
{
    char secret[LOGIN_SECRET_SIZE];
    int64_t until, user = add_person(name, role, area, DATE_NONE);
    const struct account_editor by = shell();
    struct login_done spare;
    assert_ok(login_link_make(login, &by, user, secret, &until, &error));
    assert_ok(login_link_use(login, str_of(secret), STR(""), STR(""), str_of(password),
                             STR(""), now, done ? done : &spare, &error));
    return user;
}

static inline struct login_who resolve(const char *token)
{
    struct login_who out;
    const struct login_at at = {.pack = county->pack, .today = date_today(), .now = now};
    assert_ok(login_resolve(login, str_of(token), &at, &arena, &out, &error));
    return out;
}

static inline struct login_done log_in(const char *name, const char *with,
                                       const char *code)
{
    struct login_done done;
    assert_ok(login_try(login, str_of(name), str_of(with), str_of(code), STR(""), now,
                        &done, &error));
    return done;
}

#endif
