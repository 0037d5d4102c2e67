// SPDX-License-Identifier: AGPL-3.0-or-later
// The first look at a file: headings, samples, sheets, and which field each column seems
// to be; and that an import with what was looked at takes it so.
#include "county_test.h"

#include "register/import_look.h"
#include "register/imports.h"

static const struct reg *births, *areas;

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
    assert_ok(county_register(county, STR("areas"), &areas, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_county();
    return 0;
}

static enum err look(const struct reg *r, const char *text, const char *const *given,
                     size_t n_given, struct import_look *out)
{
    struct import_look_options options = {
        .path = write_text("look.csv", text), .given = given, .n_given = n_given};
    error = (struct error){0};
    return import_look(county, r, &options, &arena, out, &error);
}

static enum mapped_by by(const struct import_look *l, const char *heading)
{
    for (size_t i = 0; i < l->mapping.n; i++)
        if (str_equal_c(l->mapping.columns[i].heading, heading))
            return l->mapping.columns[i].by;
    fail_msg("no column %s", heading);
    return MAPPED_NOT;
}

static void test_proposal(void **state)
{
    (void)state;
    struct import_look l;
    // a title, an unknown column, a field that two columns could be, one that lacks
    assert_ok(look(births,
                   "2014 年出生登记\n\n出生证编号,性别,sex,出生日期,备注,居住乡镇\n"
                   "A1,男,m,2014-01-05,甲,湾沚镇\nA2,女,f,2014-01-06,甲,六郎镇\n",
                   NULL, 0, &l));
    assert_int_equal(l.header_line, 3);
    assert_int_equal(l.mapping.n, 6);
    assert_int_equal(by(&l, "出生证编号"), MAPPED_LABEL);
    assert_int_equal(by(&l, "性别"), MAPPED_LABEL);
    assert_int_equal(by(&l, "sex"), MAPPED_UNKNOWN);
    assert_int_equal(by(&l, "备注"), MAPPED_UNKNOWN);
    assert_false(l.mapping.complete);
    assert_int_equal(l.n_missing, 0);
    assert_int_equal(l.n_samples[0], 2);
    assert_int_equal(l.n_samples[4], 1); // different ones only
    assert_true(str_equal_c(l.samples[1][1], "女"));
    assert_int_equal(l.n_sheets, 0);
    // what is said comes before what is guessed, wherever it stands
    const char *said[] = {"sex=sex", "性别=", "备注="};
    assert_ok(look(births,
                   "出生证编号,性别,sex,出生日期,备注,居住乡镇\n"
                   "A1,男,m,2014-01-05,甲,湾沚镇\n",
                   said, 3, &l));
    assert_int_equal(by(&l, "sex"), MAPPED_GIVEN);
    assert_int_equal(by(&l, "性别"), MAPPED_NOT);
    assert_true(l.mapping.complete);
    const char *all[] = {"*="};
    assert_ok(look(births, "certificate,x,born_on\nA1,1,2014-01-05\n", all, 1, &l));
    assert_int_equal(by(&l, "x"), MAPPED_NOT);
    assert_int_equal(l.n_missing, 2); // sex, residence
    assert_false(l.mapping.complete);
    // nothing is known: the fullest row is taken for the headings
    assert_ok(look(births, "a title\np,q,r,s\n1,2,3,4\n", NULL, 0, &l));
    assert_int_equal(l.header_line, 2);
    assert_int_equal(l.n_missing, 4);
}

// Cells that are merged over columns (母亲) or over both rows (性别).
static void test_two_rows(void **state)
{
    (void)state;
    static const char text[] =
        "2014年6月出生情况表,,,,,,\n"
        "出生证编号,新生儿,,父亲,,居住乡镇,体温\n"
        ",性别,出生日期,姓名,电话,,\n"
        "T1,男,2014-01-05,甲,1,湾沚镇,36\nT2,女,2014-01-06,乙,2,六郎镇,37\n";
    struct import_look l;
    assert_ok(look(births, text, NULL, 0, &l));
    assert_int_equal(l.header_line, 3);
    assert_int_equal(l.mapping.n, 7);
    assert_int_equal(by(&l, "性别"), MAPPED_LABEL);
    assert_int_equal(by(&l, "居住乡镇"), MAPPED_LABEL);
    assert_int_equal(by(&l, "电话"), MAPPED_UNKNOWN);
    assert_int_equal(l.n_missing, 0);
    assert_true(str_equal_c(l.samples[5][0], "湾沚镇"));
    // the import takes them so, whether it is told of the line or looks for itself
    const char *left[] = {"*="};
    for (int told = 0; told < 2; told++) {
        struct import_result r;
        struct import_options options = {.path = write_text("heads.csv", text),
                                         .given = left,
                                         .n_given = 1,
                                         .header_line = told ? l.header_line : 0,
                                         .dry_run = true};
        error = (struct error){0};
        assert_ok(import_run(county, &who, births, &options, &arena, &r, &error));
        assert_int_equal(r.header_line, 3);
        assert_int_equal(r.rows_above, 1);
        assert_int_equal(r.inserted, 2);
        assert_int_equal(r.rejected, 0);
    }
    // the name of a field in two parts; the first row of data is none of the headings
    assert_ok(look(births, "sex,出生,,residence\n,日期,助产,\nm,2014-06-05,x,湾沚镇\n",
                   NULL, 0, &l));
    assert_int_equal(l.header_line, 2);
    assert_int_equal(by(&l, "出生日期"), MAPPED_LABEL);
    assert_int_equal(by(&l, "助产"), MAPPED_UNKNOWN);
    assert_ok(look(births, "sex,born_on,,residence\nm,,x,湾沚镇\n", NULL, 0, &l));
    assert_int_equal(l.header_line, 1);
    assert_int_equal(l.mapping.n, 4);
    // nor is one that is longer
    struct import_result r;
    struct import_options options = {
        .path = write_text("long.csv", "certificate,sex,born_on,,residence\n"
                                       "T1,m,2014-01-05,x,湾沚镇,1,2,3,4,5,6,7,8,9\n"),
        .given = left,
        .n_given = 1,
        .dry_run = true};
    assert_ok(import_run(county, &who, births, &options, &arena, &r, &error));
    assert_int_equal(r.header_line, 1);
    assert_int_equal(r.mapping.n, 5);
}

static void test_wrong(void **state)
{
    (void)state;
    struct import_look l;
    static const char text[] = "certificate,sex,born_on,residence,a=b\nA1,m,,湾沚镇,1\n";
    static const char *const wrong[] = {"nothing=sex", "sex=nothing", "sex", "sex=id"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *given[] = {wrong[i]};
        enum err code = look(births, text, given, 1, &l);
        assert_true(code == ERR_USAGE || code == ERR_INPUT);
    }
    const char *twice[] = {"sex=weight", "certificate=weight"};
    assert_int_equal(look(births, text, twice, 2, &l), ERR_INPUT);
    assert_string_equal(error.key, "map.twice");
    // a heading with an equals sign
    const char *equals[] = {"a=b=weight"};
    assert_ok(look(births, text, equals, 1, &l));
    assert_int_equal(by(&l, "a=b"), MAPPED_GIVEN);
    assert_true(l.mapping.complete);
    assert_int_equal(look(births, "", NULL, 0, &l), ERR_INPUT);
    assert_int_equal(look(births, "\n\n  \n,,,\n", NULL, 0, &l), ERR_INPUT);
}

static void test_areas_by_level(void **state)
{
    (void)state;
    struct import_look l;
    assert_ok(look(areas, "code,县,乡镇\n340222100,乙县,甲镇\n", NULL, 0, &l));
    assert_int_equal(by(&l, "县"), MAPPED_LEVEL);
    assert_true(l.mapping.areas_by_level);
    assert_true(l.mapping.complete);
}

// What was proposed is what an import does, at the very row.
static void test_as_imported(void **state)
{
    (void)state;
    struct import_look l;
    struct import_result r;
    // a row that could be a heading stands above the real one
    static const char text[] = "certificate,sex,born_on,residence\n"
                               "编号,性别,日期,居住地\n"
                               "A1,m,2014-01-05,湾沚镇\n";
    const char *given[] = {"编号=certificate", "性别=sex", "日期=born_on",
                           "居住地=residence"};
    struct import_look_options look_at = {.path = write_text("h.csv", text),
                                          .header_line = 2,
                                          .given = given,
                                          .n_given = 4};
    assert_ok(import_look(county, births, &look_at, &arena, &l, &error));
    assert_int_equal(l.header_line, 2);
    assert_true(l.mapping.complete);
    struct import_options options = {.path = look_at.path,
                                     .given = given,
                                     .n_given = 4,
                                     .header_line = l.header_line,
                                     .name = "as sent.csv"};
    assert_ok(import_run(county, &who, births, &options, &arena, &r, &error));
    assert_int_equal(r.header_line, 2);
    assert_int_equal(r.rows, 1);
    assert_int_equal(r.inserted, 1);
    assert_int_equal(ask("SELECT count(*) FROM heng_imports WHERE file = 'as sent.csv'"),
                     1);
}

static void test_want_of_memory(void **state)
{
    (void)state;
    const char *path_of = write_text(
        "m.csv", "certificate,sex,born_on,residence,x\nA1,m,2014-01-05,湾沚镇,1\n");
    char kept[160];
    snprintf(kept, sizeof kept, "%s", path_of);
    enum err code = ERR_MEMORY;
    int64_t n = 0;
    for (; code == ERR_MEMORY && n < 5000; n++) {
        struct import_look l;
        struct import_look_options options = {.path = kept};
        struct arena own;
        arena_init(&own, 0);
        error = (struct error){0};
        mem_fail_after(n);
        code = import_look(county, births, &options, &own, &l, &error);
        mem_fail_after(-1);
        arena_free(&own);
    }
    assert_ok(code);
    assert_true(n > 5);
}

// --- uploads on disk

static int64_t take(const char *name)
{
    int64_t id;
    char from[160];
    snprintf(from, sizeof from, "%s", write_text("incoming", "certificate\nA1\n"));
    assert_ok(imports_take(county, &who, births, STR(""), str_of(name), folder, from, 15,
                           &id, &error));
    return id;
}

static void test_uploads(void **state)
{
    (void)state;
    struct imports_entry entry, *list;
    size_t n;
    int64_t next;
    int fd, other;
    int64_t id = take("出生.csv");
    assert_ok(imports_find(county, &who, id, &arena, &entry, &error));
    assert_int_equal(entry.state, IMPORTS_UPLOADED);
    assert_true(entry.upload && !entry.saved);
    assert_true(str_equal_c(entry.file, "出生.csv"));
    assert_int_equal(access(imports_path(&arena, folder, id, "upload"), F_OK), 0);
    assert_int_equal(access("incoming", F_OK), -1);
    // held by one at a time
    assert_false(imports_held(&arena, folder, id));
    assert_ok(imports_hold(&arena, folder, id, false, &fd, &error));
    assert_true(imports_held(&arena, folder, id));
    assert_int_equal(imports_hold(&arena, folder, id, false, &other, &error),
                     ERR_CONFLICT);
    close(fd);
    assert_false(imports_held(&arena, folder, id));
    // what it is from now on
    const char *given[] = {"a=b", "\"=c", ""};
    struct imports_change to = {.state = IMPORTS_CHECKED,
                                .mapping = true,
                                .header_line = 7,
                                .sheet = STR("表"),
                                .given = given,
                                .n_given = 3};
    assert_ok(imports_set(county, id, &to, &error));
    assert_ok(imports_set_job(county, id, 99, &error));
    assert_ok(imports_find(county, &who, id, &arena, &entry, &error));
    assert_int_equal(entry.state, IMPORTS_CHECKED);
    assert_int_equal(entry.header_line, 7);
    assert_int_equal(entry.job, 99);
    assert_int_equal(entry.n_given, 3);
    assert_string_equal(entry.given[1], "\"=c");
    assert_true(str_equal_c(entry.sheet, "表"));
    // another person of a part does not see it
    struct access stranger = with_own_grant(&who);
    stranger.user = 77;
    own_grant.area = county->places->areas[1].id;
    assert_int_equal(imports_find(county, &stranger, id, &arena, &entry, &error),
                     ERR_NOT_FOUND);
    assert_ok(imports_list(county, &stranger, 0, 10, &arena, &list, &n, &next, &error));
    assert_int_equal(n, 0);
    assert_ok(imports_drop(county, &arena, folder, id, &error));
    assert_int_equal(imports_find(county, &who, id, &arena, &entry, &error),
                     ERR_NOT_FOUND);
    assert_int_equal(imports_hold(&arena, folder, id, false, &fd, &error), ERR_NOT_FOUND);
    assert_true(take("again.csv") > id); // a number is never used again
    // an import by a command has the next one
    struct import_result r = import_ok(
        "births",
        write_text("b.csv",
                   "certificate,sex,born_on,residence\nA1,m,2014-01-05,湾沚镇\n"),
        "");
    assert_int_equal(r.id, id + 2);
}

static void test_sweep(void **state)
{
    (void)state;
    struct imports_entry entry;
    int fd;
    int64_t now = date_now_ms(), day = 86400000, first = take("a.csv"),
            held = take("b.csv");
    assert_ok(imports_hold(&arena, folder, held, false, &fd, &error));
    assert_ok(imports_sweep(county, folder, now + 6 * day, &error));
    assert_ok(imports_find(county, &who, first, &arena, &entry, &error));
    assert_ok(imports_sweep(county, folder, now + 8 * day, &error));
    assert_int_equal(imports_find(county, &who, first, &arena, &entry, &error),
                     ERR_NOT_FOUND);
    assert_int_equal(access(imports_path(&arena, folder, first, "upload"), F_OK), -1);
    // not while someone works on it
    assert_ok(imports_find(county, &who, held, &arena, &entry, &error));
    close(fd);
    // files that nothing needs, and one that is somebody else's
    FILE *f = fopen(imports_path(&arena, folder, 999, "upload"), "w");
    assert_non_null(f);
    fclose(f);
    f = fopen(imports_path(&arena, folder, 999, "rejects.csv"), "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(symlink("/etc/passwd", "imports/readme"), 0);
    assert_ok(imports_sweep(county, folder, now + 2 * day, &error));
    assert_int_equal(access(imports_path(&arena, folder, 999, "upload"), F_OK), -1);
    assert_int_equal(access(imports_path(&arena, folder, 999, "rejects.csv"), F_OK), 0);
    assert_ok(imports_sweep(county, folder, now + 31 * day, &error));
    assert_int_equal(access(imports_path(&arena, folder, 999, "rejects.csv"), F_OK), -1);
    assert_int_equal(access("imports/readme", F_OK), 0);
}

static void test_limits(void **state)
{
    (void)state;
    int64_t id;
    for (int i = 0; i < IMPORTS_PENDING; i++)
        take("x.csv");
    error = (struct error){0};
    assert_int_equal(imports_take(county, &who, births, STR(""), STR("x"), folder,
                                  write_text("incoming", "x"), 1, &id, &error),
                     ERR_LIMIT);
    assert_int_equal(imports_take(county, &who, births, STR(""), STR("x"), folder,
                                  write_text("incoming", "x"),
                                  (int64_t)IMPORTS_UPLOAD_MAX + 1, &id, &error),
                     ERR_LIMIT);
    struct access other = with_own_grant(&who);
    own_grant.functions = 0;
    assert_int_equal(imports_take(county, &other, births, STR(""), STR("x"), folder,
                                  "incoming", 1, &id, &error),
                     ERR_FORBIDDEN);
    // a file that cannot be moved in leaves nothing that waits
    tamper("UPDATE heng_uploads SET state = 'removed'");
    assert_int_equal(imports_take(county, &who, births, STR(""), STR("x"), folder,
                                  "/nowhere/at/all", 1, &id, &error),
                     ERR_NOT_FOUND);
    assert_int_equal(ask("SELECT count(*) FROM heng_uploads WHERE state <> 'removed'"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_proposal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(test_areas_by_level, setup, teardown),
        cmocka_unit_test_setup_teardown(test_as_imported, setup, teardown),
        cmocka_unit_test_setup_teardown(test_want_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_uploads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sweep, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
