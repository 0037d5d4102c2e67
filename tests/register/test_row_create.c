// SPDX-License-Identifier: AGPL-3.0-or-later
// Typed rows: all that is wrong at once and in both languages, the sender's key, keys of
// the register, rights, many at once, and what is said without saving.
#include "county_test.h"

#include <pthread.h>

static const char pack_file[] =
    "pack: rows\nversion: \"1\"\nlabel: {en: Rows, zh: 个案}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char births_file[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: residence\ndate: born_on\nkey: [source, number]\n"
    "sources:\n  hospital: {en: Hospital, zh: 医院}\n  school: {en: School, zh: 学校}\n"
    "fields:\n"
    "  number: {type: text, max_length: 8, label: {en: Number, zh: 编号}}\n"
    "  residence: {type: area, level: township, required: true, label: {en: Residence,"
    " zh: 居住地}}\n"
    "  born_on: {type: date, required: true, check: born_on <= today(),"
    " check_label: {en: Not in the future, zh: 不能晚于今天}, label: {en: Born, zh: "
    "出生}}\n"
    "  sex: {type: code, label: {en: Sex, zh: 性别}, codes: {m: {en: boy, zh: 男},"
    " f: {en: girl, zh: 女}}}\n"
    "  weight: {type: int, min: 300, max: 7000, warn: weight > 5500, warn_label:"
    " {en: Heavy, zh: 过重}, label: {en: Weight, zh: 体重}}\n"
    "  note: {type: text, label: {en: Note, zh: 说明}}\n"
    "checks:\n"
    "  heavy_note: {when: weight > 6000 and note is null, severity: error,"
    " label: {en: Say why, zh: 请说明}, cure: {en: Write a note, zh: 填写说明}}\n"
    "  no_sex: {when: sex is null, severity: note, label: {en: No sex, zh: "
    "未记录性别}}\n";

static const struct reg *births, *areas;

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "births", births_file);
    make_own_county();
    import_ok("areas",
              write_text("areas.csv",
                         "code,name,level,parent,valid_to\n340221,县,county,,\n"
                         "340221100,湾沚镇,township,340221,\n"
                         "340221101,六郎镇,township,340221,\n"
                         "340221102,老镇,township,340221,2011-12-31\n"),
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

enum { MOST = 8 };

// "field=text;field=text"
static struct row_new typed(const char *text, struct row_change out[MOST])
{
    struct row_new row = {.values = out, .source = STR("hospital")};
    struct str rest = str_copy(&arena, str_of(text)), part;
    while (rest.n) {
        if (!str_split(rest, ';', &part, &rest)) {
            part = rest;
            rest.n = 0;
        }
        assert_true(row.n < MOST);
        assert_true(str_split(part, '=', &out[row.n].field, &out[row.n].text));
        row.n++;
    }
    return row;
}

static enum err create(const char *text, struct row_saved *out)
{
    struct row_change values[MOST];
    struct row_new row = typed(text, values);
    error = (struct error){0};
    return row_create(county, &who, births, &row, &arena, out, &error);
}

static const struct row_problem *problem_of(const struct row_problems *p,
                                            const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_equal_c(p->list[i].name, name))
            return &p->list[i];
    fail_msg("nothing is said of %s", name);
    return NULL;
}

static void a_row_comes_in(void **state)
{
    (void)state;
    struct row_saved saved;
    assert_ok(create("number=A1;residence=340221100;born_on=2014-06-05;sex=男;"
                     "weight=3,200 ;note=first",
                     &saved));
    assert_true(saved.id > 0 && saved.version == 1 && !saved.repeated);
    assert_int_equal(saved.problems.n, 0);
    assert_int_equal(ask("SELECT count(*) FROM r_births WHERE number = 'A1' AND weight ="
                         " 3200 AND sex = 'm' AND source = 'hospital' AND state ="
                         " 'current' AND date = '2014-06-05'"),
                     1);
    struct row_event *events;
    size_t n;
    assert_ok(row_history(county, &who, births, saved.id, &arena, &events, &n, &error));
    assert_int_equal(n, 1);
    // an import of the same row changes nothing
    struct import_result r =
        import_ok("births",
                  write_text("b.csv", "number,residence,born_on,sex,weight,note\n"
                                      "A1,湾沚镇,2014-06-05,m,3200,first\n"),
                  "hospital");
    assert_int_equal(r.unchanged, 1);
    // warnings and notes do not keep a row out
    assert_ok(
        create("number=A2;residence=湾沚镇;born_on=2014-06-05;weight=5600", &saved));
    assert_int_equal(saved.problems.n, 2);
    assert_int_equal(problem_of(&saved.problems, "weight")->severity, SEVERITY_WARNING);
    assert_int_equal(problem_of(&saved.problems, "no_sex")->severity, SEVERITY_NOTE);
    assert_true(
        str_equal_c(problem_of(&saved.problems, "no_sex")->text.zh, "未记录性别"));
}

static void all_that_is_wrong_is_said_at_once(void **state)
{
    (void)state;
    struct row_saved saved;
    int64_t log = ask("SELECT count(*) FROM heng_log");
    assert_int_equal(create("number=123456789;residence=火星;born_on=2015-02-01;sex=x;"
                            "weight=99999;colour=red;version=3",
                            &saved),
                     ERR_INPUT);
    const struct row_problems *p = &saved.problems;
    assert_true(p->refused);
    const struct row_problem *x = problem_of(p, "residence");
    assert_string_equal(x->error.key, "area.unknown");
    assert_true(strstr(x->text.zh.p, "火星") && strstr(x->text.en.p, "火星"));
    assert_true(x->cure.zh.n && x->cure.en.n && x->field);
    assert_string_equal(problem_of(p, "number")->error.key, "value.length");
    x = problem_of(p, "weight");
    assert_true(strstr(x->text.zh.p, "300至7000"));
    assert_true(strstr(x->text.en.p, "between 300 and 7000"));
    x = problem_of(p, "sex");
    assert_true(strstr(x->cure.zh.p, "男、女"));
    x = problem_of(p, "born_on");
    assert_true(str_equal_c(x->text.zh, "不能晚于今天"));
    assert_true(str_equal_c(x->text.en, "Not in the future"));
    assert_true(x->cure.zh.n > 0);
    assert_string_equal(problem_of(p, "colour")->error.key, "row.field");
    assert_string_equal(problem_of(p, "version")->error.key, "row.field");
    for (size_t i = 0; i < p->n; i++) // no rule spoke of what could not be read
        assert_false(str_equal_c(p->list[i].name, "no_sex") ||
                     str_equal_c(p->list[i].name, "heavy_note"));
    assert_string_equal(error.where, p->list[0].name.p);
    assert_int_equal(ask("SELECT count(*) FROM heng_log"), log);

    assert_int_equal(create("weight=6500", &saved), ERR_INPUT);
    assert_string_equal(problem_of(p, "residence")->error.key, "value.required");
    assert_string_equal(problem_of(p, "born_on")->error.key, "value.required");
    assert_true(str_equal_c(problem_of(p, "born_on")->text.zh, "此项必填"));
    assert_true(str_equal_c(problem_of(p, "heavy_note")->cure.zh, "填写说明"));
    assert_null(problem_of(p, "heavy_note")->field);
    assert_int_equal(problem_of(p, "weight")->severity, SEVERITY_WARNING);

    assert_int_equal(create("residence=老镇;born_on=2014-02-31", &saved), ERR_INPUT);
    assert_true(strstr(problem_of(p, "born_on")->text.zh.p, "2月只有") != NULL);
    assert_int_equal(create("residence=老镇;born_on=2014-02-01", &saved), ERR_INPUT);
    assert_true(strstr(problem_of(p, "residence")->text.zh.p, "止于") != NULL);
    assert_int_equal(create("residence=县;born_on=2014-02-01", &saved), ERR_INPUT);
    assert_true(strstr(problem_of(p, "residence")->cure.zh.p, "乡镇") != NULL);

    struct row_change values[MOST];
    struct row_new row = typed("residence=湾沚镇;born_on=2014-02-01", values);
    row.source = STR("");
    assert_int_equal(row_create(county, &who, births, &row, &arena, &saved, &error),
                     ERR_INPUT);
    assert_true(strstr(problem_of(p, "source")->cure.zh.p, "医院、学校") != NULL);
    row.source = STR("moon");
    assert_int_equal(row_create(county, &who, births, &row, &arena, &saved, &error),
                     ERR_INPUT);
}

static void sent_twice_is_one_row(void **state)
{
    (void)state;
    struct row_change values[MOST];
    struct row_saved first, second;
    struct row_new row =
        typed("number=B1;residence=湾沚镇;born_on=2014-06-05;sex=f", values);
    row.key = STR("device-7:15");
    int64_t rows = ask("SELECT count(*) FROM r_births");
    assert_ok(row_create(county, &who, births, &row, &arena, &first, &error));
    assert_ok(row_create(county, &who, births, &row, &arena, &second, &error));
    assert_true(second.repeated && second.id == first.id && second.version == 1);
    assert_int_equal(ask("SELECT count(*) FROM r_births"), rows + 1);
    // another row under the same key is not taken for it, and is not lost in silence
    struct row_change other_values[MOST];
    struct row_new other_row =
        typed("number=B1;residence=湾沚镇;born_on=2014-06-06;sex=f", other_values);
    other_row.key = row.key;
    assert_int_equal(
        row_create(county, &who, births, &other_row, &arena, &second, &error),
        ERR_CONFLICT);
    assert_string_equal(error.key, "row.sent_other");
    assert_int_equal(ask("SELECT count(*) FROM r_births"), rows + 1);
    // it was corrected meanwhile: still that row
    struct row_change change = {STR("weight"), STR("3100")};
    assert_ok(
        row_correct(county, &who, births, first.id, 1, &change, 1, STR("x"), &error));
    assert_ok(row_create(county, &who, births, &row, &arena, &second, &error));
    assert_true(second.repeated && second.id == first.id && second.version == 2);
    // and another row is still another, also one that says what the row says by now
    static const char *const others[] = {
        "number=B1;residence=湾沚镇;born_on=2014-06-06;sex=f",
        "number=B1;residence=湾沚镇;born_on=2014-06-05;sex=f;weight=3100",
        "number=B1;residence=湾沚镇;born_on=2014-06-05"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        other_row = typed(others[i], other_values);
        other_row.key = row.key;
        assert_int_equal(
            row_create(county, &who, births, &other_row, &arena, &second, &error),
            ERR_CONFLICT);
        assert_string_equal(error.key, "row.sent_other");
    }
    change.text = STR("3200");
    assert_ok(
        row_correct(county, &who, births, first.id, 2, &change, 1, STR("y"), &error));
    assert_ok(row_strike(county, &who, births, first.id, STR("z"), &error));
    assert_ok(row_create(county, &who, births, &row, &arena, &second, &error));
    assert_true(second.repeated && second.id == first.id && second.version == 4);
    assert_ok(row_restore(county, &who, births, first.id, STR("z"), &error));
    assert_int_equal(ask("SELECT count(*) FROM r_births"), rows + 1);
    // another person's key is another key
    struct access other = who;
    other.user = 99;
    assert_int_equal(row_create(county, &other, births, &row, &arena, &second, &error),
                     ERR_CONFLICT); // for the register's own key is taken
    // and what was once right may be wrong by now, and stays one row
    setenv("HENG_TODAY", "2014-06-01", 1);
    assert_ok(row_create(county, &who, births, &row, &arena, &second, &error));
    assert_true(second.repeated);
    setenv("HENG_TODAY", "2014-07-20", 1);
    row.key = STR("0123456789012345678901234567890123456789012345678901234567890123456789"
                  "0123456789012345678901234567890123456789");
    assert_int_equal(row_create(county, &who, births, &row, &arena, &second, &error),
                     ERR_LIMIT);
}

static void a_key_is_of_one_row(void **state)
{
    (void)state;
    struct row_saved saved;
    const char *text = "number=C1;residence=湾沚镇;born_on=2014-06-05;sex=f";
    assert_ok(create(text, &saved));
    int64_t id = saved.id;
    assert_int_equal(
        create("number=C1;residence=六郎镇;born_on=2014-05-05;sex=m", &saved),
        ERR_CONFLICT);
    assert_string_equal(problem_of(&saved.problems, "number")->error.key, "row.key");
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)id);
    assert_non_null(strstr(problem_of(&saved.problems, "number")->text.zh.p, number));
    struct row_change values[MOST];
    struct row_new row = typed(text, values);
    row.source = STR("school"); // which is of the key
    assert_ok(row_create(county, &who, births, &row, &arena, &saved, &error));
    // without a number any number of rows
    assert_ok(create("residence=湾沚镇;born_on=2014-06-05;sex=f", &saved));
    assert_ok(create("residence=湾沚镇;born_on=2014-06-05;sex=f", &saved));
    // a struck row still holds its key, and says that it is struck
    assert_ok(row_strike(county, &who, births, id, STR("x"), &error));
    assert_int_equal(create(text, &saved), ERR_CONFLICT);
    assert_non_null(strstr(problem_of(&saved.problems, "number")->text.en.p, "struck"));
}

static void rights_are_asked(void **state)
{
    (void)state;
    struct row_change values[MOST];
    struct row_saved saved;
    struct row_new row =
        typed("number=D1;residence=六郎镇;born_on=2014-06-05;sex=f", values);
    struct access clerk = with_own_grant(&who);
    own_grant.area = ask("SELECT id FROM r_areas WHERE code = '340221100'");
    assert_int_equal(row_create(county, &clerk, births, &row, &arena, &saved, &error),
                     ERR_FORBIDDEN);
    assert_string_equal(problem_of(&saved.problems, "residence")->error.key,
                        "access.area");
    values[1].text = STR("湾沚镇");
    assert_ok(row_create(county, &clerk, births, &row, &arena, &saved, &error));
    int64_t id = saved.id;
    own_grant.writes_rows = 0;
    assert_int_equal(row_create(county, &clerk, births, &row, &arena, &saved, &error),
                     ERR_FORBIDDEN);
    struct row_problems problems;
    assert_int_equal(
        row_check(county, &clerk, births, &row, 0, &arena, &problems, &error),
        ERR_FORBIDDEN);
    // but one who may only read is told what is unusual about a row
    assert_ok(row_check(county, &clerk, births, &(struct row_new){0}, id, &arena,
                        &problems, &error));
    assert_int_equal(problems.n, 0);
}

static void checking_saves_nothing(void **state)
{
    (void)state;
    struct row_change values[MOST];
    struct row_problems p;
    struct row_saved saved;
    int64_t log = ask("SELECT count(*) FROM heng_log");
    struct row_new row =
        typed("number=C1;residence=湾沚镇;born_on=2014-06-05;weight=1", values);
    assert_ok(row_check(county, &who, births, &row, 0, &arena, &p, &error));
    assert_true(p.refused);
    assert_string_equal(problem_of(&p, "number")->error.key, "row.key");
    assert_string_equal(problem_of(&p, "weight")->error.key, "value.range");
    assert_int_equal(ask("SELECT count(*) FROM heng_log"), log);
    assert_ok(create("number=E1;residence=湾沚镇;born_on=2014-06-05;sex=m", &saved));
    row = typed("weight=6500", values); // of a row that is there: only what changes
    assert_ok(row_check(county, &who, births, &row, saved.id, &arena, &p, &error));
    assert_true(p.refused);
    assert_non_null(problem_of(&p, "heavy_note"));
    row = typed("weight=4000", values);
    assert_ok(row_check(county, &who, births, &row, saved.id, &arena, &p, &error));
    assert_int_equal(p.n, 0);
    row = typed("number=C1", values); // E1 may not take the key of another
    assert_ok(row_check(county, &who, births, &row, saved.id, &arena, &p, &error));
    assert_true(p.refused);
}

static void an_edit_says_everything_too(void **state)
{
    (void)state;
    struct row_saved saved, edited;
    assert_ok(create("number=F1;residence=湾沚镇;born_on=2014-06-05;sex=m", &saved));
    struct row_change values[MOST];
    struct row_new row = typed("weight=x;born_on=;residence=火星", values);
    struct row_edit edit = {.change = HISTORY_CORRECT,
                            .id = saved.id,
                            .version = 1,
                            .values = row.values,
                            .n = row.n,
                            .reason = STR("looked it up")};
    assert_int_equal(row_edit(county, &who, births, &edit, &arena, &edited, &error),
                     ERR_INPUT);
    assert_int_equal(edited.problems.n, 3);
    row = typed("weight=5600", values);
    edit.n = row.n;
    assert_ok(row_edit(county, &who, births, &edit, &arena, &edited, &error));
    assert_int_equal(edited.version, 2);
    assert_int_equal(edited.problems.n, 1); // heavy
    assert_int_equal(row_edit(county, &who, births, &edit, &arena, &edited, &error),
                     ERR_CONFLICT);
    assert_string_equal(error.key, "row.version");
    edit = (struct row_edit){
        .change = HISTORY_STRIKE, .id = saved.id, .version = 1, .reason = STR("twice")};
    assert_int_equal(row_edit(county, &who, births, &edit, &arena, &edited, &error),
                     ERR_CONFLICT);
    edit.version = 2;
    assert_ok(row_edit(county, &who, births, &edit, &arena, &edited, &error));
    edit = (struct row_edit){
        .change = HISTORY_RESTORE, .id = saved.id, .reason = STR("not twice")};
    assert_ok(row_edit(county, &who, births, &edit, &arena, &edited, &error));
    assert_int_equal(edited.version, 4);
    edit.reason = STR(" ");
    assert_int_equal(row_edit(county, &who, births, &edit, &arena, &edited, &error),
                     ERR_USAGE);
}

static void many_at_once(void **state)
{
    (void)state;
    struct row_change a[MOST], b[MOST], c[MOST], d[MOST];
    struct row_new rows[] = {
        typed("number=G1;residence=湾沚镇;born_on=2014-06-05;sex=m", a),
        typed("number=G2;residence=湾沚镇;born_on=2014-13-05;sex=m", b),
        typed("number=G1;residence=湾沚镇;born_on=2014-06-05;sex=m", c),
        typed("number=G3;residence=湾沚镇;born_on=2014-06-05;sex=f", d),
    };
    rows[3].key = STR("g3");
    struct row_saved saved[4];
    assert_ok(row_create_many(county, &who, births, rows, 4, &arena, saved, &error));
    assert_true(saved[0].id && !saved[0].error.code);
    assert_int_equal(saved[1].error.code, ERR_INPUT);
    assert_int_equal(saved[2].error.code, ERR_CONFLICT); // the first of this very batch
    assert_true(saved[3].id && !saved[3].error.code);
    assert_ok(row_create_many(county, &who, births, rows, 4, &arena, saved, &error));
    assert_int_equal(saved[0].error.code, ERR_CONFLICT);
    assert_true(saved[3].repeated);
    assert_int_equal(ask("SELECT count(*) FROM r_births WHERE number LIKE 'G_'"), 2);
    assert_int_equal(
        row_create_many(county, &who, births, rows, ROW_MANY + 1, &arena, saved, &error),
        ERR_LIMIT);
    assert_ok(row_create_many(county, &who, births, rows, 0, &arena, saved, &error));
}

// Many threads send the same and other rows at the same time.
struct sender {
    struct access who;
    int number;
    int64_t ids[20];
};

static void *send_rows(void *argument)
{
    struct sender *s = argument;
    struct arena a;
    arena_init(&a, 0);
    for (int i = 0; i < 20; i++) {
        char number[16], key[16];
        snprintf(number, sizeof number, "H%d", i);
        snprintf(key, sizeof key, "h%d", i);
        struct row_change values[] = {{STR("number"), str_of(number)},
                                      {STR("residence"), STR("湾沚镇")},
                                      {STR("born_on"), STR("2014-06-05")}};
        struct row_new row = {values, 3, STR("hospital"), str_of(key)};
        struct row_saved saved;
        struct error e = {0};
        if (!row_create(county, &s->who, births, &row, &a, &saved, &e))
            s->ids[i] = saved.id;
    }
    arena_free(&a);
    return NULL;
}

static void four_senders(void **state)
{
    (void)state;
    struct sender senders[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        senders[i] = (struct sender){.who = who, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, send_rows, &senders[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 20; i++)
        for (int k = 0; k < 4; k++)
            assert_true(senders[k].ids[i] && senders[k].ids[i] == senders[0].ids[i]);
    assert_int_equal(ask("SELECT count(*) FROM r_births WHERE number LIKE 'H%'"), 20);
}

static int64_t create_elsewhere(struct county *other, const char *text)
{
    const struct reg *r;
    struct row_change values[MOST];
    struct row_new row = typed(text, values);
    struct row_saved saved;
    other->ids.last_tick += INT64_C(3600000) << 12; // as if it had saved all the time
    assert_ok(county_register(other, STR("births"), &r, &error));
    assert_ok(row_create(other, &who, r, &row, &arena, &saved, &error));
    return saved.id;
}

// Two that save in one millisecond would give out the same ids.
static void ids_go_on_behind_those_of_another_process(void **state)
{
    (void)state;
    struct county *other;
    struct row_saved saved;
    assert_ok(county_open(&other, path, STORE_WRITE, &error));
    int64_t first =
        create_elsewhere(other, "number=O1;residence=340221100;born_on=2014-06-05;sex=m");
    assert_ok(create("number=O2;residence=340221100;born_on=2014-06-05;sex=m", &saved));
    assert_true(saved.id > first);
    int64_t second =
        create_elsewhere(other, "number=O3;residence=340221100;born_on=2014-06-05;sex=m");
    assert_true(second > saved.id);
    import_ok("births",
              write_text("b.csv", "number,residence,born_on,sex\n"
                                  "O4,湾沚镇,2014-06-05,m\n"),
              "hospital");
    assert_true(ask("SELECT id FROM r_births WHERE number = 'O4'") > second);
    county_close(other);
}

static enum err create_area(const char *code, const char *name, const char *level,
                            const char *parent, struct row_saved *out)
{
    struct row_change values[] = {{STR("code"), str_of(code)},
                                  {STR("name"), str_of(name)},
                                  {STR("level"), str_of(level)},
                                  {STR("parent"), str_of(parent)}};
    struct row_new row = {.values = values, .n = 4};
    return row_create(county, &who, areas, &row, &arena, out, &error);
}

static void an_area_hangs_under_another(void **state)
{
    (void)state;
    struct row_saved saved;
    assert_int_equal(create_area("340221103", "新镇", "township", "340299", &saved),
                     ERR_INPUT);
    assert_string_equal(problem_of(&saved.problems, "parent")->error.key, "area.parent");
    assert_int_equal(create_area("340221103", "新镇", "township", "340221100", &saved),
                     ERR_INPUT);
    assert_string_equal(problem_of(&saved.problems, "parent")->error.key, "area.parent");
    assert_ok(create_area("340221103", "新镇", "township", "340221", &saved));
    assert_ok(county_reload_places(county, &error));
    assert_ok(create("number=I1;residence=新镇;born_on=2014-06-05;sex=m", &saved));
}

// A file of an older Heng gets the indexes that have come since.
static void an_older_file_is_brought_up_to_date(void **state)
{
    (void)state;
    county_close(county);
    tamper("DROP INDEX r_births_struck");
    open_county();
    assert_ok(county_register(county, STR("births"), &births, &error));
    assert_ok(county_register(county, STR("areas"), &areas, &error));
    assert_int_equal(
        ask("SELECT count(*) FROM sqlite_schema WHERE name = 'r_births_struck'"), 1);
}

static void no_memory(void **state)
{
    (void)state;
    for (int64_t n = 0;; n++) {
        struct arena a;
        struct row_change values[MOST];
        struct row_saved saved;
        struct row_new row =
            typed("number=J1;residence=湾沚镇;born_on=2014-06-05;sex=m", values);
        struct row_problems problems;
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = row_create(county, &who, births, &row, &a, &saved, &error);
        if (code == ERR_OK)
            code = row_check(county, &who, births, &row, 0, &a, &problems, &error);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code)
            break;
        if (code == ERR_CONFLICT) // saved in the round before, and the check then failed
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 1000);
    }
    assert_int_equal(ask("SELECT count(*) FROM r_births WHERE number = 'J1'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_comes_in),
        cmocka_unit_test(all_that_is_wrong_is_said_at_once),
        cmocka_unit_test(sent_twice_is_one_row),
        cmocka_unit_test(a_key_is_of_one_row),
        cmocka_unit_test(rights_are_asked),
        cmocka_unit_test(checking_saves_nothing),
        cmocka_unit_test(an_edit_says_everything_too),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(four_senders),
        cmocka_unit_test(ids_go_on_behind_those_of_another_process),
        cmocka_unit_test(an_area_hangs_under_another),
        cmocka_unit_test(an_older_file_is_brought_up_to_date),
        cmocka_unit_test(no_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
