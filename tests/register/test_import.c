// SPDX-License-Identifier: AGPL-3.0-or-later
#include <pthread.h>
#include <stdatomic.h>

#include "county_test.h"

static const char areas[] =
    "code,name,name_en,level,parent,valid_from,valid_to,successor\r\n"
    "340221,芜湖县,Wuhu County,county,,,,\r\n"
    "340221100,湾沚镇,Wanzhi,township,340221,,,\r\n"
    "340221101,六郎镇,Liulang,township,340221,,,\r\n"
    "340221102,老镇,Laozhen,township,340221,,2011-12-31,340221100\r\n";

static int setup(void **state)
{
    (void)state;
    make_county("minimal");
    struct import_result r = import_ok("areas", write_text("areas.csv", areas), "");
    assert_int_equal(r.inserted, 4);
    assert_int_equal(r.rejected, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static const char births[] = "出生证编号,性别,出生日期,出生体重,居住乡镇\n"
                             "A1,男,2014年6月5日,3200,湾沚镇\n"
                             "A2,F,2014/6/6,\"3,100 g\",340221101\n"
                             "A3,２,２０１４－０６－０７,２９００克,Liulang\n"
                             "A4,女,二〇一四年六月八日,,芜湖县六郎镇\n";

static void real_spellings_go_in(void **state)
{
    (void)state;
    struct import_result r = import_ok("births", write_text("b.csv", births), "");
    assert_int_equal(r.rows, 4);
    assert_int_equal(r.inserted, 4);
    assert_int_equal(r.rejected, 0);
    assert_int_equal(r.rejects_path.n, 0);
    assert_int_equal(ask("SELECT sum(sex = 'f') FROM r_births"), 3);
    assert_int_equal(ask("SELECT sum(weight) FROM r_births"), 3200 + 3100 + 2900);
    assert_int_equal(ask("SELECT count(*) FROM r_births b JOIN r_areas a ON a.id = b.area"
                         " WHERE a.code = '340221101' AND b.date BETWEEN '2014-06-06' AND"
                         " '2014-06-08'"),
                     3);
    assert_sound();
}

static void the_same_file_changes_nothing(void **state)
{
    (void)state;
    const char *file = write_text("b.csv", births);
    import_ok("births", file, "");
    int64_t log = ask("SELECT count(*) FROM heng_log");
    for (int i = 0; i < 3; i++) {
        struct import_result r = import_ok("births", file, "");
        assert_int_equal(r.inserted + r.corrected + r.rejected, 0);
        assert_int_equal(r.unchanged, 4);
        assert_true(r.before_at > 0);
    }
    // half of the file, and twice the file, are no more than the file
    struct import_result r =
        import_ok("births",
                  write_text("half.csv", "出生证编号,性别,出生日期,出生体重,居住乡镇\n"
                                         "A1,男,2014年6月5日,3200,湾沚镇\n"
                                         "出生证编号,性别,出生日期,出生体重,居住乡镇\n"
                                         "A1,男,2014-06-05,3200,340221100\n"),
                  "");
    assert_int_equal(r.inserted + r.corrected + r.rejected, 0);
    assert_int_equal(r.unchanged, 2);
    assert_int_equal(ask("SELECT count(*) FROM heng_log"), log);
    assert_int_equal(ask("SELECT count(*) FROM heng_imports WHERE register = 'births'"),
                     1);
}

// Of rows with one key the first goes in; each that says something else comes back.
static void a_contradiction_comes_back_each_time(void **state)
{
    (void)state;
    struct import_result r =
        import_ok("births",
                  write_text("d.csv", "出生证编号,性别,出生日期,居住乡镇\n"
                                      "D1,男,2014-06-05,湾沚镇\nD1,女,2014-06-05,湾沚镇\n"
                                      "D1,男,2014/6/5,湾沚镇\nD1,女,2014-06-05,湾沚镇\n"),
                  "");
    assert_int_equal(r.rows, 4);
    assert_int_equal(r.inserted, 1);
    assert_int_equal(r.unchanged, 1);
    assert_int_equal(r.rejected, 2);
    assert_int_equal(ask("SELECT count(*) FROM r_births WHERE sex = 'm'"), 1);
    assert_sound();
}

static void a_changed_row_is_a_correction(void **state)
{
    (void)state;
    import_ok("births", write_text("b.csv", births), "");
    struct import_result r = import_ok(
        "births",
        write_text("c.csv",
                   "出生证编号,性别,出生日期,居住乡镇\nA1,女,2014-06-05,湾沚镇\n"),
        "");
    assert_int_equal(r.corrected, 1);
    assert_int_equal(
        ask("SELECT sex = 'f' AND version = 2 AND weight = 3200 FROM r_births"
            " WHERE certificate = 'A1'"),
        1);
    assert_int_equal(ask("SELECT count(*) FROM heng_log WHERE change = 'correct' AND"
                         " json_extract(before, '$.sex') = 'm' AND"
                         " json_extract(after, '$.sex') = 'f'"),
                     1);
    assert_sound();
}

static void a_file_does_not_correct_a_struck_row(void **state)
{
    (void)state;
    import_ok("births", write_text("b.csv", births), "");
    const struct reg *reg;
    assert_ok(county_register(county, STR("births"), &reg, &error));
    int64_t id = ask("SELECT id FROM r_births WHERE certificate = 'A1'");
    assert_ok(row_strike(county, &who, reg, id, STR("entered twice"), &error));
    const char *file = write_text("c.csv", "出生证编号,性别,出生日期,居住乡镇\n"
                                           "A1,女,2014-06-05,湾沚镇\n"
                                           "A2,男,2014-06-05,湾沚镇\n");
    struct import_result r = import_ok("births", file, "");
    assert_true(r.rejected == 1 && r.corrected == 1 && r.inserted == 0);
    bool told = false;
    for (size_t i = 0; i < r.n_problems; i++) {
        const struct import_problem *p = &r.problems[i];
        told |= p->error && str_starts(p->key, STR("import.struck")) &&
                strstr(p->example.en.p, "is struck and cannot be corrected") &&
                strstr(p->example.zh.p, "已作废");
    }
    assert_true(told);
    assert_int_equal(
        ask("SELECT sex = 'm' AND version = 2 FROM r_births WHERE certificate = 'A1'"),
        1);
    // the very row that was struck is no correction: the same file again changes nothing
    r = import_ok("births", write_text("b.csv", births), "");
    assert_int_equal(r.rejected + r.inserted, 0);
    assert_ok(row_restore(county, &who, reg, id, STR("it was not"), &error));
    r = import_ok("births", "c.csv", "");
    assert_true(r.rejected == 0 && r.corrected >= 1);
    assert_sound();
}

static void a_clerks_correction_survives_the_same_file(void **state)
{
    (void)state;
    const char *file = write_text("b.csv", births);
    import_ok("births", file, "");
    const struct reg *reg;
    assert_ok(county_register(county, STR("births"), &reg, &error));
    int64_t id = ask("SELECT id FROM r_births WHERE certificate = 'A2'");
    struct row_change change = {STR("weight"), STR("3150")};
    assert_ok(row_correct(county, &who, reg, id, 1, &change, 1, STR("read from the card"),
                          &error));
    struct import_result r = import_ok("births", file, "");
    assert_int_equal(r.unchanged, 4);
    assert_int_equal(ask("SELECT weight FROM r_births WHERE certificate = 'A2'"), 3150);
    assert_int_equal(
        row_correct(county, &who, reg, id, 1, &change, 1, STR("again"), &error),
        ERR_CONFLICT);
    assert_int_equal(row_correct(county, &who, reg, id, 0, &change, 1, STR(" "), &error),
                     ERR_USAGE);
    assert_ok(row_strike(county, &who, reg, id, STR("entered twice"), &error));
    assert_int_equal(row_strike(county, &who, reg, id, STR("again"), &error),
                     ERR_CONFLICT);
    r = import_ok("births", file, "");
    assert_int_equal(r.inserted, 0);
    assert_ok(row_restore(county, &who, reg, id, STR("it was not"), &error));
    struct row_event *events;
    size_t n;
    assert_ok(row_history(county, &who, reg, id, &arena, &events, &n, &error));
    assert_int_equal(n, 4);
    assert_true(str_equal(events[1].reason, STR("read from the card")));
    assert_sound();
}

static void every_bad_row_comes_back_with_all_its_errors(void **state)
{
    (void)state;
    const char *file = write_text("bad.csv", "certificate,sex,born_on,weight,residence\n"
                                             "B1,m,2014-02-31,3200,湾沚镇\n"
                                             "B2,x,2014-06-05,35000,无此镇\n"
                                             "B3,f,2015-01-01,3000,湾沚镇\n"
                                             "B4,f,2014-06-05,3000,老镇\n"
                                             "B5,f,2011-06-05,3000,老镇\n"
                                             ",f,2011-06-05,3000,湾沚镇\n"
                                             "B7,f,2014-06-05,3000,芜湖县\n"
                                             "B8,f,2014-06-05,3000,湾沚镇,extra\n"
                                             "B9,f,2014-06-05,900,湾沚镇\n"
                                             "B9,m,2014-06-05,900,湾沚镇\n"
                                             "B10,\"f,2014-06-05\n"
                                             "B11,f,2014-06-05,3000,湾沚镇\n"
                                             "B12,f,2014-0");
    struct import_result r = import_ok("births", file, "");
    assert_int_equal(r.rows, 13);
    assert_int_equal(r.inserted, 3); // B5, B9 (with a warning), B11
    assert_int_equal(r.rejected, 10);
    assert_int_equal(r.warned, 1);
    assert_true(r.problems[0].error);
    // each kind with an example in both languages, and nothing of the other in it
    static const char *const examples[] = {
        "第 2 行，出生日期：“2014-02-31”不是日期：2014年2月只有28天；"
        "请写成2014-06-05（或2014/6/5、20140605、2014年6月5日）",
        "第 3 行，出生体重：“35000”不在300至7000之间；请查阅原始记录；不清楚时留空",
        "第 3 行，性别：“x”不是本项的可选值；请填写以下之一：男、女",
        ("第 4 "
         "行，出生日期：出生日期不能晚于今天：出生日期“2015-01-"
         "01”；请核对原始记录后更正"),
        "第 7 行，出生证编号：此项必填；请查阅原始记录后填写",
        "第 5 "
        "行，居住乡镇：地区老镇（340221102）止于2011-12-31，而该行的日期为2014-06-05；"
        "请用湾沚镇（340221100），原地区已并入其中",
        "第 9 行：此行有6个单元格，标题有5个；文字中的分隔符须加引号",
        "第 10 行，出生体重：出生体重异常：出生体重“900”",
        "第 11 行，出生证编号：前面已有编号相同而内容不同的行；请只保留正确的一行"};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        size_t k = 0;
        while (k < r.n_problems && !str_equal_c(r.problems[k].example.zh, examples[i]))
            k++;
        if (k == r.n_problems) {
            for (k = 0; k < r.n_problems; k++)
                print_message("# %.*s\n", (int)r.problems[k].example.zh.n,
                              r.problems[k].example.zh.p);
            fail_msg("there is no '%s'", examples[i]);
        }
    }
    for (size_t k = 0; k < r.n_problems; k++) {
        assert_true(str_starts(r.problems[k].example.en, STR("row ")));
        assert_true(str_starts(r.problems[k].example.zh, STR("第 ")));
        assert_null(memmem(r.problems[k].example.zh.p, r.problems[k].example.zh.n,
                           "无法读取", strlen("无法读取")));
    }
    char *rejects = read_text("bad.csv.rejects.csv");
    static const char *const said[] = {
        "28 days",
        "not one of the codes",
        "between 300 and 7000",
        "there is no",
        "cannot be in the future",
        "340221100",
        "required",
        "is a County",
        "6 cells",
        "same key",
        "cut off",
        "heng_error_zh",
        "出生日期：“2014-02-31”不是日期：2014年2月只有28天（请写成"};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (!strstr(rejects, said[i]))
            fail_msg("'%s' is not said in:\n%s", said[i], rejects);
    // B2 has three errors in one row
    const char *b2 = strstr(rejects, "B2,");
    assert_non_null(b2);
    const char *end = strchr(b2, '\n');
    assert_true(strstr(b2, "sex:") < end && strstr(b2, "weight:") < end &&
                strstr(b2, "residence:") < end);
    assert_sound();

    // the rejects file, corrected, goes in as it is
    struct import_result again = import_ok(
        "births",
        write_text(
            "fixed.csv",
            "certificate,sex,born_on,weight,residence,heng_row,heng_error,heng_error_zh\n"
            "B1,m,2014-02-28,3200,湾沚镇,2,born_on: no such day,没有这一天\n"),
        "");
    assert_int_equal(again.inserted, 1);
}

static void wrong_files_are_refused_whole(void **state)
{
    (void)state;
    struct import_result r;
    assert_int_equal(import_file("births", write_text("empty.csv", ""), "", &r),
                     ERR_INPUT);
    assert_int_equal(import_file("births", "/nowhere/x.csv", "", &r), ERR_NOT_FOUND);
    assert_int_equal(import_file("births",
                                 write_text("x.csv", "certificate,sex,colour\nA,m,red\n"),
                                 "", &r),
                     ERR_INPUT);
    assert_non_null(strstr(error.text, "'colour' (column 3)"));
    assert_non_null(strstr(error.cure, "--map"));
    assert_int_equal(
        import_file("births", write_text("y.csv", "certificate,sex\nA,m\n"), "", &r),
        ERR_INPUT);
    assert_non_null(strstr(error.text, "born_on"));
    assert_int_equal(import_file("births", write_text("b.csv", births), "nobody", &r),
                     ERR_USAGE);
    assert_int_equal(ask("SELECT count(*) FROM r_births"), 0);
    assert_int_equal(access("x.csv.rejects.csv", F_OK), -1);
}

static void a_given_map_is_kept(void **state)
{
    (void)state;
    const struct reg *reg;
    assert_ok(county_register(county, STR("births"), &reg, &error));
    const char *file =
        write_text("m.csv", "no,gender,dob,town,remark\nC1,m,2014-01-02,湾沚镇,x\n");
    const char *const given[] = {"no=certificate", "gender=sex", "dob=born_on",
                                 "town=residence", "remark="};
    struct import_options options = {.path = file, .given = given, .n_given = 5};
    struct import_result r;
    assert_ok(import_run(county, &who, reg, &options, &arena, &r, &error));
    assert_int_equal(r.inserted, 1);
    write_text("m.csv", "no,gender,dob,town,remark\nC2,m,2014-01-02,湾沚镇,x\n");
    options.n_given = 0;
    assert_ok(import_run(county, &who, reg, &options, &arena, &r, &error));
    assert_int_equal(r.inserted, 1);
    assert_int_equal(r.mapping.columns[0].by, MAPPED_KEPT);
}

static void a_try_saves_nothing(void **state)
{
    (void)state;
    const struct reg *reg;
    assert_ok(county_register(county, STR("births"), &reg, &error));
    struct import_options options = {
        .path = write_text("d.csv",
                           "certificate,sex,born_on,residence\nD1,m,2014-01-02,湾沚镇\n"
                           "D2,m,2014-13-02,湾沚镇\n"),
        .dry_run = true};
    struct import_result r;
    assert_ok(import_run(county, &who, reg, &options, &arena, &r, &error));
    assert_int_equal(r.inserted, 1);
    assert_int_equal(r.rejected, 1);
    assert_int_equal(ask("SELECT count(*) FROM r_births"), 0);
    assert_int_equal(access("d.csv.rejects.csv", F_OK), -1);
    // the bad rows, where somebody asks for them
    options.rejects = "try.csv";
    assert_ok(import_run(county, &who, reg, &options, &arena, &r, &error));
    assert_true(str_equal_c(r.rejects_path, "try.csv"));
    assert_non_null(strstr(read_text("try.csv"), "D2,m,2014-13-02,湾沚镇,3,"));
    assert_int_equal(ask("SELECT count(*) FROM r_births"), 0);
}

static void a_try_counts_as_the_import_will(void **state)
{
    (void)state;
    import_ok("births", write_text("b.csv", births), "");
    const struct reg *reg;
    assert_ok(county_register(county, STR("births"), &reg, &error));
    int64_t log = ask("SELECT count(*) FROM heng_log");
    struct import_options options = {
        .path = write_text("c.csv", "出生证编号,性别,出生日期,出生体重,居住乡镇\n"
                                    "A1,男,2014-06-05,3200,湾沚镇\n"
                                    "A2,F,2014-06-06,3000,340221101\n"
                                    "A9,F,2014-06-06,3000,340221101\n"
                                    "A9,F,2014-06-06,3000,340221101\n"
                                    "A8,F,2014-06-36,3000,340221101\n"),
        .dry_run = true};
    struct import_result r, then;
    assert_ok(import_run(county, &who, reg, &options, &arena, &r, &error));
    assert_int_equal(r.inserted, 1);
    assert_int_equal(r.corrected, 1);
    assert_int_equal(r.unchanged, 2);
    assert_int_equal(r.rejected, 1);
    assert_int_equal(ask("SELECT count(*) FROM heng_log"), log);
    assert_int_equal(ask("SELECT weight FROM r_births WHERE certificate = 'A2'"), 3100);
    options.dry_run = false;
    assert_ok(import_run(county, &who, reg, &options, &arena, &then, &error));
    assert_int_equal(then.inserted, r.inserted);
    assert_int_equal(then.corrected, r.corrected);
    assert_int_equal(then.unchanged, r.unchanged);
    assert_int_equal(then.rejected, r.rejected);
    assert_int_equal(ask("SELECT weight FROM r_births WHERE certificate = 'A2'"), 3000);
    assert_sound();
}

static void every_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    const char *file = write_text("b.csv", births);
    const struct reg *reg;
    assert_ok(county_register(county, STR("births"), &reg, &error));
    struct import_options options = {.path = file};
    for (int64_t n = 0; n < 2000; n += n < 40 ? 1 : 7) {
        struct arena own;
        struct import_result r;
        arena_init(&own, 0);
        mem_fail_after(n); // of this thread: opening, header, mapping
        enum err code = import_run(county, &who, reg, &options, &own, &r, &error);
        mem_fail_after(-1);
        arena_free(&own);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_int_equal(ask("SELECT count(*) FROM r_births"), 0);
    }
    assert_int_equal(ask("SELECT count(*) FROM r_births"), 4);
    assert_sound();
}

static _Atomic bool writer_is_held, reader_is_on;

static void read_on(void *argument, double done, uint64_t rows)
{
    (void)argument, (void)done, (void)rows;
    atomic_store(&reader_is_on, true);
}

// Another process that is faster: it has the writer until the reader has looked at the
// rows that there are, and gives one of them to another township.
static enum err give_away(struct conn *c, void *argument, struct error *e)
{
    struct stmt *s;
    (void)argument;
    atomic_store(&writer_is_held, true);
    for (int i = 0; i < 60000 && !atomic_load(&reader_is_on); i++)
        usleep(1000);
    enum err code = conn_stmt(c, "test.give",
                              "UPDATE r_births SET area = (SELECT id FROM r_areas"
                              " WHERE code = '340221101') WHERE certificate = 'A1'",
                              &s, e);
    return code ? code : stmt_done(s, e);
}

static void *hold_writer(void *argument)
{
    struct error e;
    (void)argument;
    return store_write(county->store, give_away, NULL, &e) ? NULL : &county;
}

static void a_row_that_became_anothers_meanwhile_stays(void **state)
{
    (void)state;
    enum { BAD = 4095 }; // with the good one, after as many rows the progress is told
    import_ok("births", write_text("b.csv", births), "");
    struct buf text = BUF_INIT(1 << 20);
    buf_add_c(&text, "出生证编号,性别,出生日期,居住乡镇\nA1,女,2014-06-05,湾沚镇\n");
    for (int i = 0; i < BAD; i++)
        buf_printf(&text, "Z%d,x,2014-06-05,湾沚镇\n", i);
    const char *file = write_text("c.csv", buf_c(&text));
    buf_free(&text);
    struct access one = with_own_grant(&who);
    own_grant.area = ask("SELECT id FROM r_areas WHERE code = '340221100'");
    const struct reg *reg;
    assert_ok(county_register(county, STR("births"), &reg, &error));
    struct import_options options = {.path = file, .progress = read_on};
    struct import_result out;
    // nobody is faster: it is one's own
    options.dry_run = true;
    assert_ok(import_run(county, &one, reg, &options, &arena, &out, &error));
    assert_int_equal(out.corrected, 1);
    assert_int_equal(out.rejected, BAD);
    options.dry_run = false;
    atomic_store(&reader_is_on, false);
    pthread_t faster;
    void *well = NULL;
    assert_int_equal(pthread_create(&faster, NULL, hold_writer, NULL), 0);
    for (int i = 0; i < 60000 && !atomic_load(&writer_is_held); i++)
        usleep(1000);
    enum err code = import_run(county, &one, reg, &options, &arena, &out, &error);
    assert_int_equal(pthread_join(faster, &well), 0);
    assert_non_null(well);
    assert_int_equal(code, ERR_CONFLICT);
    assert_string_equal(error.key, "import.meanwhile");
    assert_int_equal(ask("SELECT sex = 'm' AND version = 1 FROM r_births"
                         " WHERE certificate = 'A1'"),
                     1);
    assert_int_equal(ask("SELECT count(*) FROM heng_imports WHERE register = 'births'"),
                     1);
}

static void totals_and_notes_are_told_as_such(void **state)
{
    (void)state;
    struct import_result r = import_ok(
        "births",
        write_text("b.csv",
                   "\"出生证\n编号\",性 别,＊出生日期*,出生体重（ 克 ）,居住　乡镇\n"
                   "A1,男,2014-06-05,3200,湾沚镇\n,,合计,3200,\n合　计,,,3200,\n"
                   "填表人：张三,,审核人：李四,,\n合计,男,2014-06-05,3200,湾沚镇\n"
                   "B1,,,,\n"),
        "");
    assert_int_equal(r.inserted, 2); // the second has all that a row needs
    assert_int_equal(r.rejected, 4);
    const char *rejects = read_text("b.csv.rejects.csv");
    size_t told = 0;
    for (const char *p = rejects; (p = strstr(p, "begins a total or a note")); p++)
        told++;
    assert_int_equal(told, 3);
    assert_non_null(strstr(rejects, "sex: the cell is empty"));
}

static const char *titled(const char *above, const char *below)
{
    char text[2048];
    snprintf(text, sizeof text, "%s%s%s", above, births, below);
    return write_text("b.csv", text);
}

static void a_title_above_the_headings_is_passed_over(void **state)
{
    (void)state;
    struct import_result r = import_ok(
        "births", titled("2014年出生登记表,,,,\n\n单位：芜湖县,,,2014年,\n", ""), "");
    assert_int_equal(r.inserted, 4);
    assert_int_equal(r.header_line, 4);
    assert_int_equal(r.rows_above, 2);
    // the same rows without a title are the same rows; a cut last row is seen with both
    r = import_ok("births", titled("", ""), "");
    assert_int_equal(r.unchanged, 4);
    assert_int_equal(r.header_line, 1);
    assert_int_equal(r.rows_above, 0);
    r = import_ok("births", titled("2014年出生登记表\n", "A9,男,2014-06-05"), "");
    assert_int_equal(r.rejected, 1);
    assert_non_null(strstr(read_text("b.csv.rejects.csv"), "cut off"));
}

static void headings_that_are_not_clear_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key, *said, *where;
    } files[] = {
        // rows of data above a heading are not a title
        {"A1,男,2014-06-05,3200,湾沚镇\n出生证编号,性别,出生日期,出生体重,居住乡镇\n",
         "map.unknown", "'A1'", "b.csv:1"},
        // the row that comes nearest to a header is told
        {"登记表\n出生证编号,性别,出生日期,出生体重,乡镇府\nA1,男,2014-06-05,3200,"
         "湾沚镇\n",
         "map.unknown", "'乡镇府' (column 5)", "b.csv:2"},
        {"登记表\n出生证编号,性别,出生日期,出生体重\nA1,男,2014-06-05,3200\n",
         "map.missing", "residence", "b.csv:2"},
        {"登记表\n出生证编号,性别,出生日期,出生体重,居住乡镇,鞋码\n", "map.unknown",
         "'鞋码' (column 6)", "b.csv:2"},
        // a list of areas is no list of births, though a row of it says "county"
        {"code,name,level\n340221,芜湖县,county\n", "map.unknown", "'code' (column 1)",
         "b.csv:1"},
        {"出生证编号,性别,出生日期,居住乡镇,性别\n", "map.twice", "(column 5)",
         "b.csv:1"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct import_result r;
        assert_int_equal(
            import_file("births", write_text("b.csv", files[i].text), "", &r), ERR_INPUT);
        if (strcmp(error.key, files[i].key) != 0 || !strstr(error.text, files[i].said) ||
            !strstr(error.where, files[i].where))
            fail_msg("%zu: %s %s: %s", i, error.key, error.where, error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(real_spellings_go_in, setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_file_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_contradiction_comes_back_each_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_changed_row_is_a_correction, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_that_became_anothers_meanwhile_stays, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_does_not_correct_a_struck_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_clerks_correction_survives_the_same_file, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_bad_row_comes_back_with_all_its_errors,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_files_are_refused_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_given_map_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_try_saves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_try_counts_as_the_import_will, setup, teardown),
        cmocka_unit_test_setup_teardown(a_title_above_the_headings_is_passed_over, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(headings_that_are_not_clear_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(totals_and_notes_are_told_as_such, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_failed_allocation_leaves_nothing_behind,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
