// SPDX-License-Identifier: AGPL-3.0-or-later
#include "access_test.h"

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

static struct reg of_purpose(enum purpose p)
{
    return (struct reg){.name = STR("x"), .purpose = p};
}

static struct access rights(int64_t user, int32_t today)
{
    struct access out;
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(account_access(c, user, county->pack, today, &arena, &out, &error));
    store_read_end(c);
    return out;
}

static struct account_person person(int64_t user)
{
    struct account_person out;
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(account_get(c, &arena, user, &out, &error));
    store_read_end(c);
    return out;
}

// What the task of the authority says each role is for.
static void the_built_in_roles(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned functions;
        const char *reads, *writes; // care vital supervision benefit statistics
    } expected[] = {
        {"administrator", 127, " vsbt", " vsbt"},
        {"care_worker", 3, "cv   ", "cv   "},
        {"clerk", 7, " v   ", " v   "},
        {"statistician", 7, " v  t", "    t"},
        {"inspector", 1, "  s  ", "  s  "},
        {"leader", 1, "     ", "     "},
        {"benefits_clerk", 1, "   b ", "   b "},
        {"auditor", 65, "   b ", "     "},
        {"facility", 0, "     ", "     "},
        {"office", 1, "  s  ", "  s  "},
        {"tip_reader", 0, "     ", "     "},
        {"protection_officer", 0, "     ", "     "},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        int64_t user = sign_up(expected[i].name, expected[i].name, 0, NULL);
        struct access a = rights(user, date_today());
        for (int f = 0; f < ACCESS_FUNCTIONS; f++)
            assert_int_equal(access_may(&a, (enum access_function)f, &error) == ERR_OK,
                             (expected[i].functions >> f) & 1);
        for (int p = 0; p < PURPOSE_COUNT; p++) {
            struct reg r = of_purpose((enum purpose)p);
            assert_int_equal(access_read_rows(&a, &r, &error) == ERR_OK,
                             expected[i].reads[p] != ' ');
            assert_int_equal(access_write_rows(&a, &r, &error) == ERR_OK,
                             expected[i].writes[p] != ' ');
        }
        // only who gives care sees small counts of it
        assert_int_equal(access_shows_count(&a, PURPOSE_CARE, 1),
                         expected[i].reads[0] == 'c');
        assert_int_equal(access_administer(&a, &error) == ERR_OK, i == 0);
    }
    struct account_role *roles;
    struct conn *c;
    size_t n;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(account_roles(c, &arena, &roles, &n, &error));
    store_read_end(c);
    assert_int_equal(n, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < n; i++) {
        assert_true(roles[i].built_in && roles[i].label.zh.n && roles[i].label.en.n);
        assert_int_equal(roles[i].people, 1);
    }
}

static void roles_hold_for_an_area_and_until_a_day(void **state)
{
    (void)state;
    int32_t today = date_today();
    int64_t area = area_id("340221100"), roots[ACCESS_MAX_GRANTS];
    bool everywhere;
    int64_t user = sign_up("clerk", "clerk", area, NULL);
    const struct reg *births = pack_register(county->pack, STR("births"));
    struct access a = rights(user, today);
    assert_int_equal(access_areas(&a, births, ACCESS_WRITE, roots, &everywhere), 1);
    assert_int_equal(roots[0], area);
    assert_false(everywhere);
    const struct account_editor by = shell();
    const struct account_holds holds[] = {{STR("clerk"), area, today},
                                          {STR("leader"), 0, DATE_NONE}};
    struct account_change change = {
        .set_holds = true, .holds = holds, .n_holds = 2, .note = STR("ends today")};
    assert_ok(account_change(county->store, &by, user, &change, &error));
    a = rights(user, today);
    assert_ok(access_write_rows(&a, births, &error));
    assert_ok(access_may(&a, ACCESS_FIGURES, &error));
    assert_int_equal(access_function_areas(&a, ACCESS_FIGURES, roots, &everywhere), 0);
    assert_true(everywhere);
    a = rights(user, today + 1); // the day after the last
    assert_int_equal(access_write_rows(&a, births, &error), ERR_FORBIDDEN);
    assert_ok(access_may(&a, ACCESS_FIGURES, &error));
    // one who has not set a password yet, or was turned off, holds nothing
    a = rights(add_person("invited", "administrator", 0, DATE_NONE), today);
    assert_int_equal(a.n_grants, 0);
    change = (struct account_change){.turn = ACCOUNT_TURN_OFF};
    assert_ok(account_change(county->store, &by, user, &change, &error));
    assert_int_equal(rights(user, today).n_grants, 0);
    assert_int_equal(rights(999, today).n_grants, 0);
}

static struct account_role role_of(const char *name, const struct account_rows *rows,
                                   size_t n, unsigned functions)
{
    return (struct account_role){.name = str_of(name),
                                 .label = {STR("A role"), STR("角色")},
                                 .functions = functions,
                                 .rows = rows,
                                 .n_rows = n};
}

static void registers_that_are_gone_give_nothing(void **state)
{
    (void)state;
    static const struct str gone[] = {STR("visits")},
                            both[] = {STR("visits"), STR("births")};
    struct account_rows rows = {
        .purpose = PURPOSE_VITAL, .registers = gone, .n_registers = 1, .read = true};
    const struct account_editor by = shell();
    const struct reg *births = pack_register(county->pack, STR("births"));
    struct account_role role = role_of("midwife", &rows, 1, 0);
    assert_ok(account_put_role(county->store, &by, &role, &error));
    int64_t user = sign_up("midwife", "midwife", 0, NULL);
    struct access a = rights(user, date_today());
    assert_int_equal(a.n_grants, 0); // none, and not all
    rows.registers = both;
    rows.n_registers = 2;
    assert_ok(account_put_role(county->store, &by, &role, &error));
    a = rights(user, date_today());
    assert_int_equal(a.n_grants, 1);
    assert_int_equal(a.grants[0].n_registers, 1);
    assert_ptr_equal(a.grants[0].registers[0], births);
    // a register that is now for another purpose is not given either
    rows.purpose = PURPOSE_BENEFIT;
    assert_ok(account_put_role(county->store, &by, &role, &error));
    assert_int_equal(rights(user, date_today()).n_grants, 0);
}

static void rows_of_care_and_of_supervision_never_meet(void **state)
{
    (void)state;
    const struct account_rows rows[] = {{.purpose = PURPOSE_CARE, .read = true},
                                        {.purpose = PURPOSE_SUPERVISION, .write = true}};
    const struct account_editor by = shell();
    struct account_role role = role_of("sees_all", rows, 2, 0);
    assert_int_equal(account_put_role(county->store, &by, &role, &error), ERR_INPUT);
    assert_string_equal(error.key, "account.glass");
    assert_non_null(strstr(error.text, "Charter"));
    // not in one person either
    const struct account_holds holds[] = {{STR("care_worker"), 0, DATE_NONE},
                                          {STR("inspector"), 0, DATE_NONE}};
    struct account_change change = {.name = STR("both"), .holds = holds, .n_holds = 2};
    int64_t user;
    assert_int_equal(account_add(county->store, &by, &change, &user, &error), ERR_INPUT);
    assert_string_equal(error.key, "account.glass");
    assert_int_equal(ask("SELECT count(*) FROM heng_users WHERE name = 'both'"), 0);
    user = sign_up("nurse", "care_worker", 0, NULL);
    change = (struct account_change){.set_holds = true, .holds = holds, .n_holds = 2};
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_INPUT);
    assert_int_equal(person(user).n_holds, 1);
    // nor by changing a role of one who holds the other
    role = role_of("helper", NULL, 0, 1u << ACCESS_FIGURES);
    assert_ok(account_put_role(county->store, &by, &role, &error));
    const struct account_holds two[] = {{STR("care_worker"), 0, DATE_NONE},
                                        {STR("helper"), 0, DATE_NONE}};
    change = (struct account_change){.set_holds = true, .holds = two, .n_holds = 2};
    assert_ok(account_change(county->store, &by, user, &change, &error));
    role = role_of("helper", rows + 1, 1, 0);
    assert_int_equal(account_put_role(county->store, &by, &role, &error), ERR_INPUT);
    assert_string_equal(error.key, "account.glass");
}

static void names(void **state)
{
    (void)state;
    const struct account_editor by = shell();
    int64_t user = add_person("Li Ming", "clerk", 0, DATE_NONE), found;
    struct conn *c;
    static const char *const same[] = {"li ming", "ＬＩ ＭＩＮＧ", " Li  Ming ",
                                       "Li\xE2\x80\x8B Ming"};
    assert_ok(store_read_begin(county->store, &c, &error));
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_ok(account_find(c, &arena, str_of(same[i]), &found, &error));
        assert_int_equal(found, user);
    }
    assert_int_equal(account_find(c, &arena, STR("Li Mi"), &found, &error),
                     ERR_NOT_FOUND);
    store_read_end(c);
    struct account_change change = {.name = STR("LI MING")};
    assert_int_equal(account_add(county->store, &by, &change, &found, &error),
                     ERR_CONFLICT);
    static char longest[ACCOUNT_MAX_NAME + 2];
    memset(longest, 'x', sizeof longest - 1);
    static const char *const bad[] = {"", "  ", "a\nb", "a\x7F", longest, "\xE2\x80\x8B"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        change.name = str_of(bad[i]);
        assert_int_equal(account_add(county->store, &by, &change, &found, &error),
                         ERR_INPUT);
    }
    // the names of those at the shell are theirs
    change.name = STR("Local administrator root");
    assert_int_equal(account_add(county->store, &by, &change, &found, &error),
                     ERR_CONFLICT);
    change = (struct account_change){.name = STR("zhao"), .language = STR("fr")};
    assert_int_equal(account_add(county->store, &by, &change, &found, &error), ERR_INPUT);
    // renamed: the history keeps the person
    change = (struct account_change){.name = STR("李明"), .full_name = STR("李明明")};
    assert_ok(account_change(county->store, &by, user, &change, &error));
    assert_true(str_equal_c(person(user).name, "李明"));
    assert_true(str_equal_c(person(user).full_name, "李明明"));
    assert_ok(account_settings(county->store, user, STR("明"), STR("zh"), &error));
    assert_true(str_equal_c(person(user).language, "zh"));
    assert_int_equal(account_settings(county->store, user, STR("明"), STR("xx"), &error),
                     ERR_INPUT);
}

// An editor who looks after people in one township, with some functions there.
struct township {
    int64_t area;
    unsigned functions;
};

static bool in_township(const void *argument, enum access_function f, int64_t area)
{
    const struct township *t = argument;
    return area == t->area && (t->functions >> f & 1);
}

static void one_gives_only_what_one_has_where_one_has_it(void **state)
{
    (void)state;
    const struct township t = {area_id("340221100"),
                               1u << ACCESS_PEOPLE | 1u << ACCESS_FIGURES |
                                   1u << ACCESS_IMPORT | 1u << ACCESS_EXPLAIN};
    int64_t chief = sign_up("chief", "leader", 0, NULL), user;
    struct account_editor by = {
        .user = chief, .may = in_township, .argument = &t, .now = now};
    struct account_holds holds = {STR("clerk"), t.area, DATE_NONE};
    struct account_change change = {
        .name = STR("new"), .set_holds = true, .holds = &holds, .n_holds = 1};
    assert_ok(account_add(county->store, &by, &change, &user, &error));
    change.name = (struct str){NULL, 0};
    holds.area = area_id("340221101"); // the sibling
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_FORBIDDEN);
    holds.area = area_id("340221"); // the parent
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_FORBIDDEN);
    holds.area = 0;
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_FORBIDDEN);
    holds = (struct account_holds){STR("auditor"), t.area, DATE_NONE}; // not their own
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_FORBIDDEN);
    holds = (struct account_holds){STR("no_such_role"), t.area, DATE_NONE};
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_INPUT);
    change.n_holds = 0; // one without a role would be lost to them
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_FORBIDDEN);
    // one who is more cannot be edited, nor be given a link
    const struct account_editor root = shell();
    const struct account_holds more[] = {{STR("clerk"), t.area, DATE_NONE},
                                         {STR("auditor"), t.area, DATE_NONE}};
    const struct account_change grown = {.set_holds = true, .holds = more, .n_holds = 2};
    assert_ok(account_change(county->store, &root, user, &grown, &error));
    change = (struct account_change){.turn = ACCOUNT_TURN_OFF};
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_FORBIDDEN);
    char secret[LOGIN_SECRET_SIZE];
    int64_t until;
    assert_int_equal(login_link_make(login, &by, user, secret, &until, &error),
                     ERR_FORBIDDEN);
    // roles are the county's
    const struct account_role role = role_of("mine", NULL, 0, 1u << ACCESS_FIGURES);
    assert_int_equal(account_put_role(county->store, &by, &role, &error), ERR_FORBIDDEN);
    by.may = none;
    assert_int_equal(account_add(county->store, &by,
                                 &(struct account_change){.name = STR("x")}, &user,
                                 &error),
                     ERR_FORBIDDEN);
}

static void nobody_gives_a_right_to_themselves(void **state)
{
    (void)state;
    struct login_done done;
    int64_t me = sign_up("boss", "administrator", 0, &done);
    const struct account_editor by = {.user = me, .may = all, .now = now};
    struct account_holds holds = {STR("care_worker"), 0, DATE_NONE};
    struct account_change change = {.set_holds = true, .holds = &holds, .n_holds = 1};
    assert_int_equal(account_change(county->store, &by, me, &change, &error),
                     ERR_FORBIDDEN);
    change = (struct account_change){.turn = ACCOUNT_TURN_OFF};
    assert_int_equal(account_change(county->store, &by, me, &change, &error),
                     ERR_FORBIDDEN);
    char secret[LOGIN_SECRET_SIZE];
    int64_t until;
    assert_int_equal(login_link_make(login, &by, me, secret, &until, &error),
                     ERR_FORBIDDEN);
    // the page sends the roles along with a new name: that is no change of them
    holds = (struct account_holds){STR("administrator"), 0, DATE_NONE};
    change = (struct account_change){
        .full_name = STR("王芳"), .set_holds = true, .holds = &holds, .n_holds = 1};
    assert_ok(account_change(county->store, &by, me, &change, &error));
    const struct account_rows care = {.purpose = PURPOSE_CARE, .read = true};
    struct account_role role = role_of("administrator", &care, 1, 127);
    assert_int_equal(account_put_role(county->store, &by, &role, &error), ERR_FORBIDDEN);
    assert_int_equal(account_drop_role(county->store, &by, STR("administrator"), &error),
                     ERR_FORBIDDEN);
}

static void roles_made_changed_and_dropped(void **state)
{
    (void)state;
    const struct account_editor by = shell();
    const struct account_rows rows = {.purpose = PURPOSE_VITAL, .read = true};
    const struct account_rows nothing = {.purpose = PURPOSE_VITAL};
    struct account_role role = role_of("registrar", &rows, 1, 1u << ACCESS_FIGURES);
    assert_ok(account_put_role(county->store, &by, &role, &error));
    role.functions |= 1u << ACCESS_AUDIT;
    assert_ok(account_put_role(county->store, &by, &role, &error));
    assert_int_equal(ask("SELECT count(*) FROM heng_roles WHERE name = 'registrar'"), 1);
    int64_t user = sign_up("registrar", "registrar", 0, NULL);
    struct access a = rights(user, date_today());
    assert_ok(access_may(&a, ACCESS_AUDIT, &error));
    assert_int_equal(account_drop_role(county->store, &by, STR("registrar"), &error),
                     ERR_CONFLICT);
    const struct account_change without = {.set_holds = true};
    assert_ok(account_change(county->store, &by, user, &without, &error));
    assert_ok(account_drop_role(county->store, &by, STR("registrar"), &error));
    assert_int_equal(account_drop_role(county->store, &by, STR("registrar"), &error),
                     ERR_NOT_FOUND);
    static const char *const bad[] = {"",
                                      "Registrar",
                                      "1a",
                                      "a b",
                                      "a-b",
                                      "角色",
                                      "a1234567890123456789012345678901234567890"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        role.name = str_of(bad[i]);
        assert_int_equal(account_put_role(county->store, &by, &role, &error), ERR_INPUT);
    }
    role = role_of("idle", &nothing, 1, 0);
    assert_int_equal(account_put_role(county->store, &by, &role, &error), ERR_INPUT);
    role = role_of("unnamed", &rows, 1, 0);
    role.label.zh = STR("");
    assert_int_equal(account_put_role(county->store, &by, &role, &error), ERR_INPUT);
    // the same role for the same area twice
    const struct account_holds twice[] = {{STR("clerk"), 0, DATE_NONE},
                                          {STR("clerk"), 0, date_today()}};
    const struct account_change change = {
        .set_holds = true, .holds = twice, .n_holds = 2};
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_INPUT);
}

static void the_list_of_people(void **state)
{
    (void)state;
    struct account_person *list;
    struct conn *c;
    size_t n;
    sign_up("b", "clerk", area_id("340221100"), NULL);
    add_person("a", "", 0, DATE_NONE);
    log_in("b", "wrong wrong wrong", "");
    login_settle(login);
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(account_list(c, &arena, &list, &n, &error));
    store_read_end(c);
    assert_int_equal(n, 2);
    assert_true(str_equal_c(list[0].name, "a"));
    assert_int_equal(list[0].state, ACCOUNT_INVITED);
    assert_int_equal(list[0].n_holds, 0);
    assert_int_equal(list[1].state, ACCOUNT_ACTIVE);
    assert_int_equal(list[1].n_holds, 1);
    assert_int_equal(list[1].holds[0].area, area_id("340221100"));
    assert_int_equal(list[1].locked_until, now + 1000);
    assert_int_equal(list[1].seen_at, now);
}

static void rights_have_room(void **state)
{
    (void)state;
    static const struct str births[] = {STR("births")};
    struct account_rows rows[ACCOUNT_MAX_ROWS];
    struct account_holds holds[4];
    const struct account_editor by = shell();
    for (size_t i = 0; i < ACCOUNT_MAX_ROWS; i++)
        rows[i] = (struct account_rows){.purpose = PURPOSE_VITAL,
                                        .registers = births,
                                        .n_registers = 1,
                                        .read = true};
    struct account_role role = role_of("many", rows, ACCOUNT_MAX_ROWS, 1);
    assert_ok(account_put_role(county->store, &by, &role, &error));
    for (size_t i = 0; i < 4; i++)
        holds[i] = (struct account_holds){
            STR("many"), i ? county->places->areas[i - 1].id : 0, DATE_NONE};
    struct account_change change = {.name = STR("x"), .holds = holds, .n_holds = 4};
    int64_t user;
    assert_int_equal(account_add(county->store, &by, &change, &user, &error), ERR_LIMIT);
    change.n_holds = 3;
    assert_ok(account_add(county->store, &by, &change, &user, &error));
}

static void what_one_keeps(void **state)
{
    (void)state;
    int64_t me = add_person("me", "leader", 0, DATE_NONE);
    int64_t other = add_person("other", "leader", 0, DATE_NONE);
    struct kept *list, k = {.kind = STR("view"),
                            .name = STR("late births"),
                            .at = 1,
                            .value = STR("{\"sort\":\"-born_on\"}")};
    struct conn *c;
    size_t n;
    assert_ok(kept_put(county->store, me, &k, &error));
    k.value = STR("[1]");
    assert_ok(kept_put(county->store, me, &k, &error)); // replaced
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(kept_list(c, me, STR("view"), &arena, &list, &n, &error));
    assert_int_equal(n, 1);
    assert_true(str_equal_c(list[0].value, "[1]") && list[0].mine);
    assert_ok(kept_list(c, other, STR("view"), &arena, &list, &n, &error));
    assert_int_equal(n, 0);
    assert_int_equal(kept_list(c, me, STR("secrets"), &arena, &list, &n, &error),
                     ERR_NOT_FOUND);
    store_read_end(c);
    k.shared = true;
    assert_ok(kept_put(county->store, me, &k, &error));
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(kept_list(c, other, STR("view"), &arena, &list, &n, &error));
    store_read_end(c);
    assert_int_equal(n, 1);
    assert_false(list[0].mine);
    assert_true(str_equal_c(list[0].who, "me"));
    assert_int_equal(kept_drop(county->store, other, k.kind, k.name, &error),
                     ERR_NOT_FOUND);
    assert_ok(kept_drop(county->store, me, k.kind, k.name, &error));
    k.kind = STR("draft");
    assert_int_equal(kept_put(county->store, me, &k, &error), ERR_INPUT);
    k.shared = false;
    static char large[KEPT_MAX_VALUE + 2];
    memset(large, ' ', sizeof large - 1);
    k.value = (struct str){large, KEPT_MAX_VALUE + 1};
    assert_int_equal(kept_put(county->store, me, &k, &error), ERR_LIMIT);
    k.value.n--;
    assert_ok(kept_put(county->store, me, &k, &error));
    k.value = STR("1");
    for (int i = 0; i < KEPT_MAX_COUNT - 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        k.name = str_of(name);
        assert_ok(kept_put(county->store, me, &k, &error));
    }
    k.name = STR("one too many");
    assert_int_equal(kept_put(county->store, me, &k, &error), ERR_LIMIT);
    assert_int_equal(ask("SELECT count(*) FROM heng_kept"), KEPT_MAX_COUNT);
}

static void no_memory(void **state)
{
    (void)state;
    int64_t user = sign_up("clerk", "clerk", 0, NULL);
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    for (int64_t n = 0;; n++) {
        struct access out;
        struct account_person *list;
        size_t count;
        struct arena own;
        arena_init(&own, 0);
        mem_fail_after(n);
        enum err code =
            account_access(c, user, county->pack, date_today(), &own, &out, &error);
        if (!code)
            code = account_list(c, &own, &list, &count, &error);
        mem_fail_after(-1);
        arena_free(&own);
        if (code == ERR_OK)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 200);
    }
    store_read_end(c);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_built_in_roles),
        TEST(roles_hold_for_an_area_and_until_a_day),
        TEST(registers_that_are_gone_give_nothing),
        TEST(rows_of_care_and_of_supervision_never_meet),
        TEST(names),
        TEST(one_gives_only_what_one_has_where_one_has_it),
        TEST(nobody_gives_a_right_to_themselves),
        TEST(roles_made_changed_and_dropped),
        TEST(the_list_of_people),
        TEST(rights_have_room),
        TEST(what_one_keeps),
        TEST(no_memory),
    };
    return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
