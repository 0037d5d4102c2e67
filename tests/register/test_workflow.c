// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows that go from stage to stage: who may, what must be filled in, two people, files,
// gates, deadlines and what Heng does after them, races, and the proof of it all.
#include "county_test.h"

#include <pthread.h>

#include "register/attachment.h"
#include "register/workflow.h"

static const char pack_file[] =
    "pack: moves\nversion: \"1\"\nlabel: {en: Moves, zh: 流程}\n"
    "levels:\n  county: {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char areas_file[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char findings_file[] =
    "register: findings\npurpose: supervision\nlabel: {en: Findings, zh: 问题}\n"
    "area: place\ndate: found_on\nkey: [number]\nworkflow: finding\n"
    "fields:\n"
    "  number: {type: text, required: true, max_length: 8, label: {en: Number, zh: "
    "编号}}\n"
    "  place: {type: area, level: township, required: true, label: {en: Place, zh: "
    "地点}}\n"
    "  found_on: {type: date, required: true, label: {en: Found on, zh: 日期}}\n"
    "  measure: {type: text, label: {en: Measure, zh: 措施}}\n"
    "  cost: {type: int, min: 0, label: {en: Cost, zh: 费用}}\n"
    "  decided_on: {type: date, label: {en: Decided on, zh: 决定日期}}\n"
    "checks:\n"
    "  cheap: {when: stage = closed and cost > 100, severity: error, label: {en: Too "
    "dear,"
    " zh: 费用过高}}\n";
static const char visits_file[] =
    "register: visits\npurpose: supervision\nlabel: {en: Visits, zh: 复查}\n"
    "area: place\ndate: visited_on\n"
    "fields:\n"
    "  finding: {type: text, refers: findings, required: true, label: {en: Finding, zh: "
    "问题}}\n"
    "  place: {type: area, required: true, label: {en: Place, zh: 地点}}\n"
    "  visited_on: {type: date, required: true, label: {en: Visited on, zh: 日期}}\n"
    "  mended: {type: bool, required: true, label: {en: Mended, zh: 已整改}}\n";
static const char workflow_file[] =
    "workflow: finding\nlabel: {en: Finding, zh: 问题}\n"
    "stages:\n"
    "  open: {label: {en: Open, zh: 待整改}, within: 30 days, from: found_on, else: "
    "escalate}\n"
    "  mended: {label: {en: Mended, zh: 待复查}, within: 1 month}\n"
    "  escalated: {label: {en: Escalated, zh: 已移送}}\n"
    "  closed: {label: {en: Closed, zh: 已办结}, final: true}\n"
    "moves:\n"
    "  mend: {label: {en: Mend, zh: 整改}, from: open, to: mended, by: [facility, "
    "inspector], needs: [measure], sets: [cost], file: true}\n"
    "  verify: {label: {en: Verify, zh: 复查}, from: mended, to: closed, by: inspector, "
    "not: mend, gate: [{none: visits.finding where not mended, label: {en: A visit found "
    "it not mended, zh: 复查未通过}}, {some: visits.finding where mended, label: {en: "
    "Nobody went there, zh: 尚未复查}}]}\n"
    "  reject: {label: {en: Reject, zh: 退回}, from: mended, to: open, reason: true}\n"
    "  escalate: {label: {en: Escalate, zh: 移送}, from: [open, mended], to: escalated, "
    "by: inspector}\n"
    "  decide: {label: {en: Decide, zh: 决定}, from: escalated, to: closed, by: "
    "inspector, sets: [decided_on, cost], when: decided_on >= found_on, when_label: {en: "
    "Decided before it was found, zh: 决定日期早于发现日期}}\n";

static const struct reg *findings, *visits;
// three people: two inspectors (of the county, of one township) and one of a facility
static struct access zhang, li, clinic;
static struct access_grant supervision, of_township;
static struct access_role everywhere_inspector, township_inspector, county_facility;

static int64_t user(const char *name)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "INSERT INTO heng_users SELECT max(id) + 1, '%s', 1 FROM heng_users", name);
    tamper(sql);
    return ask("SELECT max(id) FROM heng_users");
}

static void add_people(void)
{
    int64_t liulang = ask("SELECT id FROM r_areas WHERE code = '340221101'");
    supervision = (struct access_grant){.reads_rows = 1u << PURPOSE_SUPERVISION,
                                        .writes_rows = 1u << PURPOSE_SUPERVISION};
    of_township = supervision;
    of_township.area = liulang;
    everywhere_inspector = (struct access_role){STR("inspector"), 0};
    township_inspector = (struct access_role){STR("inspector"), liulang};
    county_facility = (struct access_role){STR("facility"), 0};
    zhang = (struct access){.user = user("zhang"),
                            .name = STR("zhang"),
                            .grants = &supervision,
                            .n_grants = 1,
                            .roles = &everywhere_inspector,
                            .n_roles = 1,
                            .suppress_below = 5};
    li = zhang;
    li.user = user("li");
    li.name = STR("li");
    clinic = zhang;
    clinic.user = user("clinic");
    clinic.name = STR("clinic");
    clinic.roles = &county_facility;
}

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_file, areas_file, NULL, "findings", findings_file);
    write_text("pack/registers/visits.yaml", visits_file);
    assert_int_equal(mkdir("pack/workflows", 0755), 0);
    write_text("pack/workflows/finding.yaml", workflow_file);
    make_own_county();
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"
                                      "340221101,六郎镇,township,340221\n"),
              "");
    assert_ok(county_register(county, STR("findings"), &findings, &error));
    assert_ok(county_register(county, STR("visits"), &visits, &error));
    add_people();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    setenv("HENG_TODAY", "2014-07-20", 1);
    assert_sound();
    end_county();
    return 0;
}

enum { MOST = 8 };

// "field=text;field=text"
static size_t typed(const char *text, struct row_change out[MOST])
{
    struct str rest = str_copy(&arena, str_of(text)), part;
    size_t n = 0;
    while (rest.n) {
        if (!str_split(rest, ';', &part, &rest)) {
            part = rest;
            rest.n = 0;
        }
        assert_true(n < MOST);
        assert_true(str_split(part, '=', &out[n].field, &out[n].text));
        n++;
    }
    return n;
}

static enum err create(const struct reg *r, const char *text, struct row_saved *out)
{
    struct row_change values[MOST];
    struct row_new row = {.values = values, .n = typed(text, values)};
    error = (struct error){0};
    return row_create(county, &who, r, &row, &arena, out, &error);
}

static int64_t found(const char *number)
{
    char text[100];
    struct row_saved saved;
    snprintf(text, sizeof text, "number=%s;place=340221100;found_on=2014-07-10", number);
    assert_ok(create(findings, text, &saved));
    return saved.id;
}

static enum err move(const struct access *by, int64_t id, int64_t version,
                     const char *name, const char *values, const char *reason,
                     struct row_saved *out)
{
    struct row_change list[MOST];
    struct row_move m = {.id = id,
                         .version = version,
                         .move = str_of(name),
                         .values = list,
                         .n = typed(values, list),
                         .reason = str_of(reason)};
    error = (struct error){0};
    return workflow_move(county, by, findings, &m, &arena, out, &error);
}

static void attach(int64_t id, const char *text)
{
    struct attachment a;
    bool repeated;
    assert_ok(attachment_add(
        county, &who, findings, id, &(struct attachment_new){.name = STR("proof.txt")},
        write_text("proof.txt", text), &arena, &a, &repeated, &error));
}

static bool stands(int64_t id, const char *stage, const char *on, const char *due)
{
    char sql[300];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM r_findings WHERE id = %lld AND stage = '%s' AND"
             " stage_on = '%s' AND stage_due IS %s%s%s",
             (long long)id, stage, on, due ? "'" : "", due ? due : "NULL",
             due ? "'" : "");
    return ask(sql) == 1;
}

static bool says(const struct row_problems *p, const char *name, const char *key)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_equal_c(p->list[i].name, name) && p->list[i].error.key &&
            strcmp(p->list[i].error.key, key) == 0)
            return p->list[i].text.en.n && p->list[i].text.zh.n;
    return false;
}

// --- rows begin in the first stage

static void rows_begin_in_the_first_stage(void **state)
{
    (void)state;
    int64_t id = found("1");
    assert_true(stands(id, "open", "2014-07-20", "2014-08-09"));
    // a file does not have these columns, and rows of it begin alike
    struct import_result r =
        import_ok("findings",
                  write_text("f.csv", "number,place,found_on\n2,340221101,2014-06-30\n"
                                      "3,340221100,2014-07-01\n"),
                  "");
    assert_int_equal(r.inserted, 2);
    assert_int_equal(ask("SELECT count(*) FROM r_findings WHERE stage = 'open' AND"
                         " stage_on = '2014-07-20' AND stage_due = '2014-07-30'"),
                     1);
    // many at once
    struct row_change values[2][MOST];
    struct row_new rows[2] = {
        {.values = values[0],
         .n = typed("number=4;place=340221100;found_on=2014-07-01", values[0])},
        {.values = values[1],
         .n = typed("number=5;place=340221100;found_on=2014-07-02", values[1])}};
    struct row_saved saved[2];
    assert_ok(row_create_many(county, &who, findings, rows, 2, &arena, saved, &error));
    assert_true(stands(saved[1].id, "open", "2014-07-20", "2014-08-01"));
    // nobody types a stage
    struct row_saved one;
    assert_int_equal(create(findings,
                            "number=6;place=340221100;found_on=2014-07-01;stage=closed",
                            &one),
                     ERR_INPUT);
    struct row_edit edit = {.change = HISTORY_CORRECT,
                            .id = id,
                            .values = values[0],
                            .n = typed("stage_due=2015-01-01", values[0]),
                            .reason = STR("later")};
    assert_int_equal(row_edit(county, &who, findings, &edit, &arena, &one, &error),
                     ERR_INPUT);
    assert_string_equal(error.key, "row.field");
}

// The deadline follows the day that it runs from, whoever corrects that.
static void a_deadline_follows_its_day(void **state)
{
    (void)state;
    int64_t id = found("1");
    struct row_change change = {STR("found_on"), STR("2014-07-15")};
    assert_ok(
        row_correct(county, &who, findings, id, 1, &change, 1, STR("typing"), &error));
    assert_true(stands(id, "open", "2014-07-20", "2014-08-14"));
    struct import_result r = import_ok(
        "findings",
        write_text("f.csv", "number,place,found_on\n1,340221100,2014-07-16\n"), "");
    assert_int_equal(r.corrected, 1);
    assert_true(stands(id, "open", "2014-07-20", "2014-08-15"));
    // and what comes in again does not bring a row back to its beginning
    struct row_saved saved;
    attach(id, "done");
    assert_ok(move(&clinic, id, 0, "mend", "measure=cleaned", "", &saved));
    setenv("HENG_TODAY", "2014-07-25", 1);
    r = import_ok("findings",
                  write_text("g.csv", "number,place,found_on\n1,340221100,2014-07-17\n"),
                  "");
    assert_int_equal(r.corrected, 1);
    assert_true(stands(id, "mended", "2014-07-20", "2014-08-20"));
}

// --- a whole life

static void a_row_goes_through_its_life(void **state)
{
    (void)state;
    struct row_saved saved;
    struct move_offer *offers;
    struct workflow_now now;
    size_t n;
    int64_t id = found("1");
    assert_ok(workflow_offers(county, &clinic, findings, id, &arena, &now, &offers, &n,
                              &error));
    assert_int_equal(n, 2);
    assert_int_equal(now.stage, 0);
    assert_false(now.late);
    assert_int_equal(offers[0].block, MOVE_OPEN);
    assert_int_equal(offers[0].n_missing, 1);
    assert_true(offers[0].missing_file);
    assert_true(str_equal_c(offers[0].missing[0]->name, "measure"));
    assert_int_equal(offers[1].block, MOVE_NOT_YOURS);
    assert_true(offers[1].text.zh.n > 0);

    // all that is missing is said at once
    assert_int_equal(move(&clinic, id, now.version, "mend",
                          "cost=-5;decided_on=2014-07-20", "", &saved),
                     ERR_INPUT);
    assert_true(says(&saved.problems, "measure", "workflow.needs"));
    assert_true(says(&saved.problems, "file", "workflow.file"));
    assert_true(says(&saved.problems, "cost", "value.range"));
    assert_true(says(&saved.problems, "decided_on", "workflow.field"));
    attach(id, "the roof");
    assert_ok(
        move(&clinic, id, now.version, "mend", "measure=roof;cost=50", "soon", &saved));
    assert_int_equal(saved.version, 2);
    assert_true(stands(id, "mended", "2014-07-20", "2014-08-20"));
    assert_int_equal(ask("SELECT cost FROM r_findings"), 50);

    // back, and the file of then is not one of now
    assert_int_equal(move(&who, id, 2, "reject", "", " ", &saved), ERR_INPUT);
    assert_true(says(&saved.problems, "reason", "workflow.reason"));
    assert_ok(move(&who, id, 2, "reject", "", "it leaks", &saved));
    usleep(2000);
    assert_int_equal(move(&clinic, id, 3, "mend", "", "", &saved), ERR_INPUT);
    assert_true(says(&saved.problems, "file", "workflow.file"));
    attach(id, "the roof again");
    assert_ok(move(&clinic, id, 3, "mend", "", "", &saved));

    // history says what was done
    struct row_event *events;
    assert_ok(row_history(county, &who, findings, id, &arena, &events, &n, &error));
    assert_int_equal(n, 4);
    assert_true(str_equal_c(events[1].change, "move"));
    assert_true(str_equal_c(events[1].reason, "mend: soon"));
    assert_true(str_equal_c(events[1].who, "clinic"));
    assert_true(str_equal_c(events[2].reason, "reject: it leaks"));
    assert_true(str_equal_c(events[3].reason, "mend: "));
}

// --- two people

static void two_people_are_needed(void **state)
{
    (void)state;
    struct row_saved saved;
    struct move_offer *offers;
    struct workflow_now now;
    size_t n;
    int64_t id = found("1");
    assert_ok(create(visits, "finding=1;place=340221100;visited_on=2014-07-19;mended=1",
                     &saved));
    attach(id, "done");
    assert_ok(move(&zhang, id, 1, "mend", "measure=done", "", &saved));
    assert_ok(
        workflow_offers(county, &zhang, findings, id, &arena, &now, &offers, &n, &error));
    assert_int_equal(n, 3);
    assert_int_equal(offers[0].block, MOVE_OTHER_HAND);
    assert_int_equal(move(&zhang, id, 2, "verify", "", "", &saved), ERR_FORBIDDEN);
    assert_string_equal(error.key, "workflow.hand");
    // the last one counts: sent back and mended by another, zhang may look at it
    assert_ok(move(&li, id, 2, "reject", "", "no", &saved));
    usleep(2000);
    attach(id, "better");
    assert_ok(move(&li, id, 3, "mend", "", "", &saved));
    assert_int_equal(move(&li, id, 4, "verify", "", "", &saved), ERR_FORBIDDEN);
    assert_ok(move(&zhang, id, 4, "verify", "", "", &saved));
    assert_true(stands(id, "closed", "2014-07-20", NULL));
    // nothing leads on, and what was done before cannot be done again
    assert_ok(
        workflow_offers(county, &zhang, findings, id, &arena, &now, &offers, &n, &error));
    assert_int_equal(n, 0);
    assert_int_equal(move(&zhang, id, 0, "verify", "", "", &saved), ERR_INPUT);
    assert_string_equal(error.key, "workflow.move");
}

// --- role and area

static void a_role_counts_in_its_area(void **state)
{
    (void)state;
    struct row_saved saved;
    struct access town = zhang, nobody = zhang;
    town.roles = &township_inspector;
    int64_t id = found("1"); // in the other township
    assert_int_equal(move(&town, id, 0, "escalate", "", "", &saved), ERR_FORBIDDEN);
    assert_string_equal(error.key, "workflow.role");
    assert_ok(create(findings, "number=2;place=340221101;found_on=2014-07-10", &saved));
    int64_t here = saved.id;
    assert_ok(move(&town, here, 0, "escalate", "", "", &saved));
    // whose rows are elsewhere does not even learn that there is one
    town.grants = &of_township;
    assert_int_equal(move(&town, id, 0, "escalate", "", "", &saved), ERR_NOT_FOUND);
    struct move_offer *offers;
    struct workflow_now now;
    size_t n;
    assert_int_equal(
        workflow_offers(county, &town, findings, id, &arena, &now, &offers, &n, &error),
        ERR_NOT_FOUND);
    // one who only reads supervision may not make a move without `by`
    nobody.n_roles = 0;
    struct access_grant reads = {.reads_rows = 1u << PURPOSE_SUPERVISION};
    nobody.grants = &reads;
    attach(id, "done");
    assert_ok(move(&clinic, id, 0, "mend", "measure=x", "", &saved));
    assert_int_equal(move(&nobody, id, 0, "reject", "", "why", &saved), ERR_FORBIDDEN);
    nobody.n_grants = 0;
    assert_int_equal(move(&nobody, id, 0, "reject", "", "why", &saved), ERR_FORBIDDEN);
    assert_string_equal(error.key, "access.read");
}

// --- gates

static void gates_look_at_related_rows(void **state)
{
    (void)state;
    struct row_saved saved, bad;
    struct move_offer *offers;
    struct workflow_now now;
    size_t n;
    int64_t id = found("1");
    (void)found("2");
    attach(id, "done");
    assert_ok(move(&clinic, id, 1, "mend", "measure=x", "", &saved));
    assert_int_equal(move(&zhang, id, 2, "verify", "", "", &saved), ERR_CONFLICT);
    assert_string_equal(error.key, "workflow.gate");
    assert_non_null(strstr(error.text, "Nobody went there"));
    // a visit to another finding is none to this one
    assert_ok(create(visits, "finding=2;place=340221100;visited_on=2014-07-19;mended=1",
                     &saved));
    assert_int_equal(move(&zhang, id, 2, "verify", "", "", &saved), ERR_CONFLICT);
    for (int i = 0; i < 2; i++)
        assert_ok(create(visits,
                         i ? "finding=1;place=340221100;visited_on=2014-07-19;mended=0"
                           : "finding=1;place=340221100;visited_on=2014-07-18;mended=0",
                         &bad));
    assert_ok(
        workflow_offers(county, &zhang, findings, id, &arena, &now, &offers, &n, &error));
    assert_int_equal(offers[0].block, MOVE_GATE);
    assert_int_equal(offers[0].rows, 2);
    assert_true(str_equal_c(offers[0].text.zh, "复查未通过"));
    // struck rows are not there
    assert_ok(row_strike(county, &who, visits, bad.id, STR("wrong"), &error));
    assert_ok(create(visits, "finding=1;place=340221100;visited_on=2014-07-20;mended=1",
                     &saved));
    assert_int_equal(move(&zhang, id, 2, "verify", "", "", &saved), ERR_CONFLICT);
    struct row_change change = {STR("mended"), STR("1")};
    assert_ok(row_correct(county, &who, visits,
                          ask("SELECT id FROM r_visits WHERE mended = 0 AND state ="
                              " 'current'"),
                          0, &change, 1, STR("looked again"), &error));
    assert_ok(move(&zhang, id, 2, "verify", "", "", &saved));
}

// --- rules and conditions

static void conditions_speak_of_the_row_as_it_will_be(void **state)
{
    (void)state;
    struct row_saved saved;
    int64_t id = found("1");
    assert_ok(move(&zhang, id, 1, "escalate", "", "", &saved));
    assert_true(stands(id, "escalated", "2014-07-20", NULL));
    // null is not true
    assert_int_equal(move(&zhang, id, 2, "decide", "", "", &saved), ERR_INPUT);
    assert_true(says(&saved.problems, "decide", "workflow.when"));
    assert_int_equal(move(&zhang, id, 2, "decide", "decided_on=2014-07-01", "", &saved),
                     ERR_INPUT);
    // the register's own rules know the stage to come
    assert_int_equal(
        move(&zhang, id, 2, "decide", "decided_on=2014-07-20;cost=101", "", &saved),
        ERR_INPUT);
    assert_true(saved.problems.n == 1 &&
                str_equal_c(saved.problems.list[0].name, "cheap"));
    assert_ok(
        move(&zhang, id, 2, "decide", "decided_on=2014-07-20;cost=100", "", &saved));
    // a struck row stays where it is
    int64_t other = found("2");
    assert_ok(row_strike(county, &who, findings, other, STR("twice"), &error));
    assert_int_equal(move(&zhang, other, 0, "escalate", "", "", &saved), ERR_CONFLICT);
    assert_string_equal(error.key, "row.state");
}

// --- refers

static void what_refers_to_no_row_is_refused(void **state)
{
    (void)state;
    struct row_saved saved;
    struct row_problems problems;
    struct row_change values[MOST];
    int64_t id = found("1");
    assert_int_equal(create(visits,
                            "finding=9;place=340221100;visited_on=2014-07-19;"
                            "mended=1",
                            &saved),
                     ERR_INPUT);
    assert_true(says(&saved.problems, "finding", "value.refers"));
    struct row_new row = {
        .values = values,
        .n = typed("finding=9;place=340221100;visited_on=2014-07-19;mended=1", values)};
    assert_ok(row_check(county, &who, visits, &row, 0, &arena, &problems, &error));
    assert_true(says(&problems, "finding", "value.refers"));
    struct import_result r = import_ok(
        "visits",
        write_text("v.csv", "finding,place,visited_on,mended\n1,340221100,2014-07-01,1\n"
                            "9,340221100,2014-07-01,1\n"),
        "");
    assert_int_equal(r.inserted, 1);
    assert_int_equal(r.rejected, 1);
    // a struck row is not there for new ones, and does not disturb those that have it
    assert_ok(row_strike(county, &who, findings, id, STR("wrong"), &error));
    assert_int_equal(create(visits,
                            "finding=1;place=340221100;visited_on=2014-07-19;"
                            "mended=1",
                            &saved),
                     ERR_INPUT);
    struct row_change change = {STR("mended"), STR("0")};
    assert_ok(row_correct(county, &who, visits, ask("SELECT id FROM r_visits"), 0,
                          &change, 1, STR("typing"), &error));
}

// --- deadlines

static void heng_makes_the_moves_of_deadlines(void **state)
{
    (void)state;
    struct row_saved saved;
    size_t made = 9;
    int32_t day;
    int64_t early = found("1"), done = found("2");
    assert_ok(create(findings, "number=3;place=340221101;found_on=2014-06-01", &saved));
    int64_t late = saved.id;
    attach(done, "done");
    assert_ok(move(&clinic, done, 1, "mend", "measure=x", "", &saved));
    // the day of the entry is given; and a deadline's own day is still in time
    assert_ok(workflow_overdue(county, date_today(), 100, &made, &error));
    assert_int_equal(made, 0);
    assert_true(date_from_ymd(2014, 7, 21, &day));
    assert_ok(workflow_overdue(county, day, 100, &made, &error));
    assert_int_equal(made, 1);
    assert_true(stands(late, "escalated", "2014-07-21", NULL));
    assert_true(date_from_ymd(2014, 8, 9, &day));
    assert_ok(workflow_overdue(county, day, 100, &made, &error));
    assert_int_equal(made, 0);
    assert_true(date_from_ymd(2014, 8, 10, &day));
    assert_ok(workflow_overdue(county, day, 100, &made, &error));
    assert_int_equal(made, 1);
    assert_true(stands(early, "escalated", "2014-08-10", NULL));
    assert_true(stands(done, "mended", "2014-07-20", "2014-08-20")); // only late: no else
    struct row_event *events;
    size_t n;
    assert_ok(row_history(county, &who, findings, early, &arena, &events, &n, &error));
    assert_int_equal(n, 2);
    assert_true(str_equal_c(events[1].who, "heng"));
    assert_true(str_equal_c(events[1].reason, "escalate: "));
    // late is what is past its day and not at an end
    setenv("HENG_TODAY", "2014-08-21", 1);
    struct move_offer *offers;
    struct workflow_now now;
    assert_ok(
        workflow_offers(county, &who, findings, done, &arena, &now, &offers, &n, &error));
    assert_true(now.late);
    assert_int_equal(now.stage, 1);
}

static void many_deadlines_are_met_in_turns(void **state)
{
    (void)state;
    char *text = arena_alloc(&arena, 20000, 1);
    size_t used = (size_t)snprintf(text, 20000, "number,place,found_on\n"), made, all = 0;
    int32_t day;
    for (int i = 0; i < 250; i++)
        used += (size_t)snprintf(text + used, 20000 - used, "n%d,340221100,2014-06-0%d\n",
                                 i, 1 + i % 9);
    assert_int_equal(import_ok("findings", write_text("f.csv", text), "").inserted, 250);
    assert_true(date_from_ymd(2014, 9, 1, &day));
    for (int i = 0; i < 3; i++) {
        assert_ok(workflow_overdue(county, day, 100, &made, &error));
        assert_int_equal(made, i < 2 ? 100 : 50);
        all += made;
    }
    assert_int_equal(all, 250);
    assert_int_equal(ask("SELECT count(*) FROM r_findings WHERE stage = 'escalated'"),
                     250);
}

// --- races

struct racer {
    struct access by;
    int64_t id;
    enum err code;
    char key[40];
};

static void *race(void *argument)
{
    struct racer *x = argument;
    struct arena own;
    struct row_saved saved;
    struct error e = {0};
    arena_init(&own, 0);
    struct row_move m = {.id = x->id, .version = 1, .move = STR("escalate")};
    x->code = workflow_move(county, &x->by, findings, &m, &own, &saved, &e);
    snprintf(x->key, sizeof x->key, "%s", e.key ? e.key : "");
    arena_free(&own);
    return NULL;
}

static void one_of_two_wins(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        char number[8];
        snprintf(number, sizeof number, "r%d", round);
        int64_t id = found(number);
        struct racer racers[2] = {{.by = zhang, .id = id}, {.by = li, .id = id}};
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        int won = racers[0].code == ERR_OK ? 0 : 1;
        assert_int_equal(racers[won].code, ERR_OK);
        assert_int_equal(racers[1 - won].code, ERR_CONFLICT);
        assert_string_equal(racers[1 - won].key, "row.version");
    }
    assert_int_equal(ask("SELECT count(*) FROM heng_log WHERE change = 'move'"), 20);
}

// --- out of memory

static void no_memory_changes_nothing(void **state)
{
    (void)state;
    struct row_saved saved;
    int64_t id = found("1");
    attach(id, "done");
    // the job runs on the writer's thread, in the caller's arena: a smaller one each time
    // fails at an earlier allocation
    int failures = 0;
    enum err code = ERR_MEMORY;
    struct row_change list[MOST];
    struct row_move m = {.id = id,
                         .version = 1,
                         .move = STR("mend"),
                         .values = list,
                         .n = typed("measure=x", list)};
    for (size_t room = 64; code; room += 64) {
        struct arena small;
        assert_true(room < 1 << 20);
        arena_init(&small, room);
        error = (struct error){0};
        code = workflow_move(county, &clinic, findings, &m, &small, &saved, &error);
        arena_free(&small);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failures++;
        assert_int_equal(ask("SELECT count(*) FROM r_findings WHERE stage = 'open' AND"
                             " version = 1"),
                         1);
    }
    assert_true(failures > 3);
    assert_true(stands(id, "mended", "2014-07-20", "2014-08-20"));
}

static void no_memory_offers_nothing(void **state)
{
    (void)state;
    int64_t id = found("1");
    int failures = 0;
    for (size_t room = 64;; room += 64) {
        struct arena small;
        struct move_offer *offers;
        struct workflow_now now;
        size_t n_offers;
        arena_init(&small, room);
        error = (struct error){0};
        enum err code = workflow_offers(county, &zhang, findings, id, &small, &now,
                                        &offers, &n_offers, &error);
        if (!code)
            assert_int_equal(n_offers, 2);
        arena_free(&small);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failures++;
        assert_true(room < 1 << 20);
    }
    assert_true(failures > 3);
}

// --- a workflow that comes later

static void rows_of_before_stand_in_the_first_stage(void **state)
{
    (void)state;
    int64_t id = found("1");
    tamper("DROP INDEX r_findings_stage_due");
    tamper("UPDATE r_findings SET stage = NULL, stage_on = NULL, stage_due = NULL");
    struct move_offer *offers;
    struct workflow_now now;
    size_t n;
    assert_ok(
        workflow_offers(county, &zhang, findings, id, &arena, &now, &offers, &n, &error));
    assert_int_equal(now.stage, 0);
    assert_int_equal(now.since, DATE_NONE);
    assert_int_equal(now.due, DATE_NONE);
    assert_int_equal(n, 2);
    struct row_change change = {STR("cost"), STR("7")};
    assert_ok(
        row_correct(county, &who, findings, id, 1, &change, 1, STR("typing"), &error));
    assert_int_equal(ask("SELECT stage IS NULL AND stage_due IS NULL FROM r_findings"),
                     1);
    // what the file holds is the truth again, for the proof at the end
    tamper("UPDATE r_findings SET stage = 'open', stage_on = '2014-07-20', stage_due ="
           " '2014-08-09'");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(rows_begin_in_the_first_stage),
        TEST(a_deadline_follows_its_day),
        TEST(a_row_goes_through_its_life),
        TEST(two_people_are_needed),
        TEST(a_role_counts_in_its_area),
        TEST(gates_look_at_related_rows),
        TEST(conditions_speak_of_the_row_as_it_will_be),
        TEST(what_refers_to_no_row_is_refused),
        TEST(heng_makes_the_moves_of_deadlines),
        TEST(many_deadlines_are_met_in_turns),
        TEST(one_of_two_wins),
        TEST(no_memory_changes_nothing),
        TEST(no_memory_offers_nothing),
        TEST(rows_of_before_stand_in_the_first_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
