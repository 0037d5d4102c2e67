// SPDX-License-Identifier: AGPL-3.0-or-later
// Roles for one facility: what they give, to whom they do not, rows by area and by
// facility together, and files of before there were any.
#include "access_test.h"

#include "base/date.h"
#include "register/rights.h"
#include "register/row.h"
#include "register/row_list.h"

static const char pack_file[] =
    "pack: own\nversion: \"1\"\nlabel: {en: Own, zh: 机构}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char facilities_file[] =
    "register: facilities\nkind: facilities\npurpose: supervision\n"
    "label: {en: Facilities, zh: 机构}\narea: area\nkey: [code]\nfields:\n"
    "  code: {type: text, required: true, max_length: 22, label: {en: Code, zh: 代码}}\n"
    "  name: {type: text, required: true, max_length: 80, label: {en: Name, zh: 名称}}\n"
    "  kind: {type: code, label: {en: Kind, zh: 类别}, codes: {centre: {en: centre, zh: "
    "卫生院}}}\n"
    "  area: {type: area, label: {en: Area, zh: 地区}}\n";
static const char births_file[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: residence\nfacility: facility\ndate: born_on\nkey: [number]\nfields:\n"
    "  number: {type: text, required: true, max_length: 8, label: {en: Number, zh: "
    "编号}}\n"
    "  born_on: {type: date, required: true, label: {en: Born on, zh: 日期}}\n"
    "  residence: {type: area, label: {en: Residence, zh: 住址}}\n"
    "  facility: {type: facility, label: {en: Facility, zh: 机构}}\n";
static const char reports_file[] =
    "register: reports\npurpose: statistics\nlabel: {en: Reports, zh: 报表}\n"
    "facility: facility\ndate: sent_on\nkey: [number]\nfields:\n"
    "  number: {type: text, required: true, max_length: 8, label: {en: Number, zh: "
    "编号}}\n"
    "  sent_on: {type: date, required: true, label: {en: Sent on, zh: 日期}}\n"
    "  facility: {type: facility, required: true, label: {en: Facility, zh: 机构}}\n";
static const char counts_file[] =
    "register: counts\npurpose: vital\nlabel: {en: Counts, zh: 数量}\n"
    "area: place\nkey: [number]\nfields:\n"
    "  number: {type: text, required: true, max_length: 8, label: {en: Number, zh: "
    "编号}}\n"
    "  place: {type: area, required: true, label: {en: Place, zh: 地点}}\n";

static const struct reg *births, *reports, *counts;
static int64_t wanzhi, liulang, first, second, third; // two townships, three facilities

static bool lies_in(const void *argument, int64_t facility, int64_t area)
{
    (void)argument;
    const struct places *p = county->places;
    int32_t at = places_facility_index(p, facility);
    return at >= 0 && places_within(p, p->facilities[at].area,
                                    area ? places_area_index(p, area) : -1);
}

static int64_t facility_id(const char *code)
{
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT id FROM r_facilities WHERE code = '%s'", code);
    return ask(sql);
}

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, facilities_file, "births", births_file);
    write_text("pack/registers/reports.yaml", reports_file);
    write_text("pack/registers/counts.yaml", counts_file);
    make_own_county();
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"
                                      "340221101,六郎镇,township,340221\n"),
              "");
    import_ok("facilities",
              write_text("facilities.csv", "code,name,area\nF1,一院,340221100\n"
                                           "F2,二院,340221100\nF3,三院,340221101\n"),
              "");
    // by residence and facility; the last two are of no residence, and of no facility
    import_ok("births",
              write_text("births.csv",
                         "number,born_on,residence,facility\n"
                         "a,2014-01-01,340221100,F1\nb,2014-01-02,340221101,F1\n"
                         "c,2014-01-03,340221100,F2\nd,2014-01-04,340221101,F3\n"
                         "e,2014-01-05,,F1\nf,2014-01-06,,F2\ng,2014-01-07,340221101,\n"),
              "");
    import_ok("reports",
              write_text("reports.csv", "number,sent_on,facility\nr1,2014-01-01,F1\n"
                                        "r2,2014-01-01,F2\nr3,2014-01-01,F3\n"),
              "");
    assert_ok(county_register(county, STR("births"), &births, &error));
    assert_ok(county_register(county, STR("reports"), &reports, &error));
    assert_ok(county_register(county, STR("counts"), &counts, &error));
    wanzhi = area_id("340221100");
    liulang = area_id("340221101");
    first = facility_id("F1");
    second = facility_id("F2");
    third = facility_id("F3");
    assert_ok(login_open(&login, county->store, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_access();
    return 0;
}

static enum err hold(int64_t user, const struct account_holds *holds, size_t n)
{
    struct account_editor by = shell();
    by.lies_in = lies_in;
    const struct account_change change = {
        .set_holds = true, .holds = holds, .n_holds = n, .note = STR("by a test")};
    return account_change(county->store, &by, user, &change, &error);
}

static struct access rights(int64_t user)
{
    struct access out;
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(account_access(c, user, county->pack, date_today(), &arena, &out, &error));
    store_read_end(c);
    return out;
}

static struct access person(const char *name, const struct account_holds *holds, size_t n)
{
    int64_t user = sign_up(name, "leader", wanzhi, NULL);
    assert_ok(hold(user, holds, n));
    return rights(user);
}

#define OF(role_name, of_area, of_facility)                                              \
    (struct account_holds)                                                               \
    {                                                                                    \
        .role = STR(role_name), .area = (of_area), .until = DATE_NONE,                   \
        .facility = (of_facility)                                                        \
    }

// The numbers of all rows that a query gives, in its order, by pages of two.
static const char *numbers(const struct access *a, const struct reg *r,
                           struct row_query q)
{
    static char out[200];
    struct row_list list;
    size_t n = 0;
    q.limit = 2;
    q.count = true;
    out[0] = '\0';
    do {
        assert_ok(row_list(county, a, r, &q, &arena, &list, &error));
        for (size_t i = 0; i < list.n; i++)
            for (size_t k = 0; k < list.n_columns; k++)
                if (str_equal_c(list.columns[k]->name, "number"))
                    n += (size_t)snprintf(out + n, sizeof out - n, STR_FMT,
                                          STR_ARG(list.rows[i].values[k].text));
        q.after = list.next;
    } while (list.next.p);
    if (!q.n_filters)
        assert_int_equal(list.shown, list.all);
    return out;
}

static int64_t counted(const struct access *a, const struct reg *r, int64_t *all,
                       int64_t *hidden)
{
    const struct row_query q = {.limit = 1, .count = true};
    struct row_list list;
    assert_ok(row_list(county, a, r, &q, &arena, &list, &error));
    *all = list.all;
    *hidden = list.hidden;
    return list.shown;
}

static void what_does_not_ask_gives_nothing(void **state)
{
    (void)state;
    const struct account_holds holds[] = {OF("clerk", wanzhi, first),
                                          OF("tip_reader", wanzhi, first)};
    struct access a = person("clerk", holds, 2);
    int64_t roots[ACCESS_MAX_GRANTS];
    int32_t indices[ACCESS_MAX_GRANTS];
    bool everywhere = true;
    const struct str reader[] = {STR("tip_reader")};
    assert_int_equal(access_read_rows(&a, births, &error), ERR_FORBIDDEN);
    assert_int_equal(access_write_rows(&a, births, &error), ERR_FORBIDDEN);
    assert_int_equal(access_areas(&a, births, ACCESS_READ, roots, &everywhere), 0);
    assert_false(everywhere);
    for (int32_t i = -1; i < (int32_t)county->places->n_areas; i++)
        assert_false(rights_row(county->places, &a, births, ACCESS_READ, i));
    everywhere = true;
    assert_int_equal(access_role_areas(&a, reader, 1, roots, &everywhere), 0);
    assert_false(everywhere);
    assert_true(access_role_of_facility(&a, reader, 1, first));
    assert_false(access_role_of_facility(&a, reader, 1, second));
    assert_false(access_role_of_facility(&a, reader, 1, 0));
    // who asks is given the registers that have a facility
    assert_ok(access_read_some(&a, births, &error));
    assert_ok(access_write_some(&a, births, &error));
    assert_int_equal(access_read_some(&a, counts, &error), ERR_FORBIDDEN);
    assert_int_equal(access_read_some(&a, reports, &error), ERR_FORBIDDEN);
    assert_ok(access_read_some(&a, county->pack->facilities, &error));
    assert_int_equal(access_write_some(&a, county->pack->facilities, &error),
                     ERR_FORBIDDEN);
    assert_int_equal(rights_facilities(county->places, &a, births, ACCESS_WRITE, indices),
                     1);
    // of the functions the figures, of the area; import only to who asks of each row
    assert_ok(access_may(&a, ACCESS_FIGURES, &error));
    assert_int_equal(access_may(&a, ACCESS_IMPORT, &error), ERR_FORBIDDEN);
    assert_ok(access_may_some(&a, ACCESS_IMPORT, &error));
    assert_int_equal(access_may_some(&a, ACCESS_EXPLAIN, &error), ERR_FORBIDDEN);
    assert_ok(access_import(&a, births, &error));
    assert_int_equal(access_import(&a, reports, &error), ERR_FORBIDDEN);
    assert_false(rights_import_all(&a, births));
    for (int32_t i = 0; i < (int32_t)county->places->n_facilities; i++)
        assert_int_equal(rights_import(county->places, &a, births,
                                       county->places->facilities[i].area, i),
                         county->places->facilities[i].id == first);
    assert_false(rights_import(county->places, &a, births,
                               places_area_index(county->places, wanzhi), -1));
    assert_int_equal(access_may(&a, ACCESS_EXPLAIN, &error), ERR_FORBIDDEN);
    assert_int_equal(access_function_areas(&a, ACCESS_FIGURES, roots, &everywhere), 1);
    assert_int_equal(roots[0], wanzhi);
    assert_int_equal(access_administer(&a, &error), ERR_FORBIDDEN);
    // two of different facilities are not answered from one kept answer
    struct account_holds other = OF("clerk", wanzhi, second);
    struct access b = person("other", &other, 1);
    struct account_holds same = OF("clerk", wanzhi, second);
    struct access c = person("same", &same, 1);
    assert_true(access_scope(&a) != access_scope(&b));
    assert_true(access_scope(&c) == access_scope(&b));
    // a role with everything is no administrator for a facility
    struct account_holds boss = OF("administrator", 0, first);
    struct access d = person("boss", &boss, 1);
    for (int f = 0; f < ACCESS_FUNCTIONS; f++)
        assert_int_equal(access_may(&d, (enum access_function)f, &error),
                         f == ACCESS_FIGURES ? ERR_OK : ERR_FORBIDDEN);
    // rows of care of a facility do not open small counts
    struct account_holds care = OF("care_worker", wanzhi, first);
    struct access g = person("care", &care, 1);
    assert_false(access_shows_count(&g, PURPOSE_CARE, 1));
}

static void lists_by_area_and_facility(void **state)
{
    (void)state;
    int64_t all, hidden;
    const struct row_filter here = {STR("residence"), STR("340221100")},
                            there = {STR("residence"), STR("340221101")},
                            of_second = {STR("facility"), STR("F2")},
                            early = {STR("born_on"), STR("2014-01-01..2014-01-02")};
    struct account_holds own = OF("clerk", wanzhi, first);
    struct access a = person("clerk", &own, 1);
    assert_string_equal(numbers(&a, births, (struct row_query){.sort = STR("id")}),
                        "abe");
    assert_string_equal(numbers(&a, births, (struct row_query){.sort = STR("-id")}),
                        "eba");
    assert_string_equal(numbers(&a, births, (struct row_query){.sort = STR("-born_on")}),
                        "eba");
    assert_string_equal(numbers(&a, births, (struct row_query){.sort = STR("facility")}),
                        "abe");
    assert_string_equal(
        numbers(&a, births,
                (struct row_query){.sort = STR("id"), .filters = &here, .n_filters = 1}),
        "ae"); // one without a residence lies where its facility does
    assert_string_equal(
        numbers(&a, births,
                (struct row_query){.sort = STR("id"), .filters = &there, .n_filters = 1}),
        "b");
    assert_string_equal(numbers(&a, births,
                                (struct row_query){.sort = STR("born_on"),
                                                   .filters = &early,
                                                   .n_filters = 1}),
                        "ab");
    assert_string_equal(
        numbers(
            &a, births,
            (struct row_query){.sort = STR("id"), .filters = &of_second, .n_filters = 1}),
        "");
    assert_int_equal(counted(&a, births, &all, &hidden), 3);
    assert_int_equal(all, 3);
    assert_int_equal(hidden, 0);
    // with an area beside it each row is there once
    const struct account_holds both[] = {OF("clerk", wanzhi, first),
                                         OF("clerk", liulang, 0)};
    struct access b = person("both", both, 2);
    assert_string_equal(numbers(&b, births, (struct row_query){.sort = STR("id")}),
                        "abdeg");
    assert_string_equal(numbers(&b, births, (struct row_query){.sort = STR("-born_on")}),
                        "gedba");
    assert_string_equal(
        numbers(&b, births,
                (struct row_query){.sort = STR("id"), .filters = &there, .n_filters = 1}),
        "bdg");
    assert_string_equal(
        numbers(&b, births,
                (struct row_query){.sort = STR("id"), .filters = &here, .n_filters = 1}),
        "ae");
    assert_int_equal(counted(&b, births, &all, &hidden), 5);
    const struct account_holds same[] = {OF("clerk", wanzhi, first),
                                         OF("clerk", wanzhi, 0)};
    struct access c = person("same", same, 2);
    assert_string_equal(numbers(&c, births, (struct row_query){.sort = STR("id")}),
                        "abcef");
    assert_int_equal(counted(&c, births, &all, &hidden), 5);
    // two facilities
    const struct account_holds two[] = {OF("clerk", wanzhi, first),
                                        OF("clerk", wanzhi, second)};
    struct access d = person("two", two, 2);
    assert_string_equal(numbers(&d, births, (struct row_query){.sort = STR("id")}),
                        "abcef");
    // a row that was struck, and its own facility that was
    assert_ok(row_strike(county, &a, births,
                         ask("SELECT id FROM r_births WHERE number ="
                             " 'b'"),
                         STR("twice"), &error));
    assert_int_equal(row_strike(county, &a, births,
                                ask("SELECT id FROM r_births WHERE number = 'c'"),
                                STR("not mine"), &error),
                     ERR_NOT_FOUND);
    assert_string_equal(numbers(&a, births, (struct row_query){.sort = STR("id")}), "ae");
    assert_string_equal(
        numbers(&a, births, (struct row_query){.sort = STR("id"), .state = ROW_STRUCK}),
        "b");
    assert_int_equal(counted(&a, births, &all, &hidden), 2);
}

static void rows_of_its_own(void **state)
{
    (void)state;
    struct account_holds own = OF("facility", wanzhi, first);
    struct access a = person("clinic", &own, 1);
    struct datum *values;
    struct row_saved saved;
    int64_t mine = ask("SELECT id FROM r_reports WHERE number = 'r1'"),
            other = ask("SELECT id FROM r_reports WHERE number = 'r2'");
    assert_ok(row_get(county, &a, reports, mine, &arena, &values, &error));
    assert_int_equal(row_get(county, &a, reports, other, &arena, &values, &error),
                     ERR_NOT_FOUND);
    assert_int_equal(row_get(county, &a, births,
                             ask("SELECT id FROM r_births WHERE number = 'a'"), &arena,
                             &values, &error),
                     ERR_FORBIDDEN);
    assert_ok(
        row_get(county, &a, county->pack->facilities, first, &arena, &values, &error));
    assert_int_equal(
        row_get(county, &a, county->pack->facilities, second, &arena, &values, &error),
        ERR_NOT_FOUND);
    struct row_change typed[] = {{STR("number"), STR("r9")},
                                 {STR("sent_on"), STR("2014-02-01")},
                                 {STR("facility"), STR("F1")}};
    struct row_new new = {.values = typed, .n = 3};
    assert_ok(row_create(county, &a, reports, &new, &arena, &saved, &error));
    typed[2].text = STR("F2");
    typed[0].text = STR("r8");
    assert_int_equal(row_create(county, &a, reports, &new, &arena, &saved, &error),
                     ERR_FORBIDDEN);
    assert_string_equal(error.key, "access.facility");
    struct row_edit edit = {.change = HISTORY_CORRECT,
                            .id = mine,
                            .values = &typed[2],
                            .n = 1,
                            .reason = STR("to see")};
    assert_int_equal(row_edit(county, &a, reports, &edit, &arena, &saved, &error),
                     ERR_FORBIDDEN);
    edit.id = other;
    typed[2].text = STR("F1");
    assert_int_equal(row_edit(county, &a, reports, &edit, &arena, &saved, &error),
                     ERR_NOT_FOUND);
    // the same role for an area gives nothing of it
    struct account_holds wide = OF("facility", wanzhi, 0);
    struct access b = person("wide", &wide, 1);
    assert_int_equal(b.n_grants, 0);
    // not of supervision, where the person gives care; here its reports are none
    const struct account_holds both[] = {OF("facility", wanzhi, first),
                                         OF("care_worker", wanzhi, 0)};
    struct access c = person("both", both, 2);
    for (size_t i = 0; i < c.n_grants; i++)
        if (c.grants[i].facility)
            assert_int_equal(c.grants[i].ledgers &
                                 (1u << PURPOSE_CARE | 1u << PURPOSE_SUPERVISION),
                             0);
}

static void who_gives_them(void **state)
{
    (void)state;
    int64_t user = sign_up("zhao", "clerk", wanzhi, NULL);
    struct account_holds one = OF("facility", wanzhi, third); // it lies elsewhere
    assert_int_equal(hold(user, &one, 1), ERR_INPUT);
    assert_string_equal(error.key, "account.facility");
    const struct account_holds twice[] = {OF("facility", wanzhi, first),
                                          OF("facility", wanzhi, first)};
    assert_int_equal(hold(user, twice, 2), ERR_INPUT);
    // an editor who cannot say where facilities lie gives none
    const struct account_editor by = shell();
    one = OF("facility", wanzhi, first);
    const struct account_change change = {
        .set_holds = true, .holds = &one, .n_holds = 1, .note = STR("x")};
    assert_int_equal(account_change(county->store, &by, user, &change, &error),
                     ERR_INPUT);
    assert_ok(hold(user, &one, 1));
    struct account_person p;
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(account_get(c, &arena, user, &p, &error));
    store_read_end(c);
    assert_int_equal(p.n_holds, 1);
    assert_int_equal(p.holds[0].facility, first);
    assert_int_equal(ask("SELECT count(*) FROM heng_account_roles"), 0);
    // kept as they are they are not asked again where they lie, and all go together
    tamper("UPDATE heng_facility_roles SET facility = 7");
    struct account_holds kept[] = {OF("facility", wanzhi, 7), OF("clerk", liulang, 0)};
    assert_ok(hold(user, kept, 2));
    assert_int_equal(rights(user).n_grants, 3); // read, written; those of the area
}

static void a_role_that_is_held(void **state)
{
    (void)state;
    struct account_holds own = OF("clerk", wanzhi, first);
    (void)person("zhao", &own, 1);
    struct account_role *roles;
    struct conn *c;
    size_t n, people = 0;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(account_roles(c, &arena, &roles, &n, &error));
    store_read_end(c);
    for (size_t i = 0; i < n; i++)
        if (str_equal_c(roles[i].name, "clerk"))
            people = roles[i].people;
    assert_int_equal(people, 1);
    const struct account_editor by = shell();
    assert_int_equal(account_drop_role(county->store, &by, STR("clerk"), &error),
                     ERR_CONFLICT);
}

// A file made before: as it is while it is only read, and with the table after a log-in.
static void a_file_of_before(void **state)
{
    (void)state;
    int64_t user = sign_up("zhao", "clerk", wanzhi, NULL);
    login_close(login);
    login = NULL;
    tamper("DROP TABLE heng_facility_roles; ALTER TABLE heng_sessions DROP COLUMN device;"
           " DELETE FROM heng_schema WHERE room = 'accounts' AND step >= 4");
    county_close(county);
    assert_ok(county_open(&county, path, STORE_READ, &error));
    assert_ok(county_register(county, STR("births"), &births, &error));
    struct access a = rights(user);
    assert_string_equal(numbers(&a, births, (struct row_query){.sort = STR("id")}),
                        "acef");
    struct account_role *roles;
    struct conn *c;
    size_t n;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(account_roles(c, &arena, &roles, &n, &error));
    store_read_end(c);
    assert_true(n > 10);
    county_close(county);
    open_county();
    assert_ok(county_register(county, STR("births"), &births, &error));
    assert_ok(login_open(&login, county->store, &error));
    assert_int_equal(ask("SELECT count(*) FROM heng_facility_roles"), 0);
    assert_string_equal(numbers(&(struct access){.grants = rights(user).grants,
                                                 .n_grants = rights(user).n_grants,
                                                 .suppress_below = 5},
                                births, (struct row_query){.sort = STR("id")}),
                        "acef");
    struct account_holds one = OF("clerk", wanzhi, first);
    assert_ok(hold(user, &one, 1));
    a = rights(user);
    assert_string_equal(numbers(&a, births, (struct row_query){.sort = STR("id")}),
                        "abe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_does_not_ask_gives_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(lists_by_area_and_facility, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(who_gives_them, setup, teardown),
        cmocka_unit_test_setup_teardown(a_role_that_is_held, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_of_before, setup, teardown),
    };
    return cmocka_run_group_tests_name("facility", tests, NULL, NULL);
}
