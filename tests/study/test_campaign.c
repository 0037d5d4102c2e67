// SPDX-License-Identifier: AGPL-3.0-or-later
// The campaign of the demo county against plain SQL on the same file; what a move changes
// in it; what one who holds a single township sees; everything about a facility; the
// papers of a case.
#include "supervision_world.h"

#include "register/attachment.h"
#include "register/checklist.h"
#include "register/workflow.h"
#include "study/campaign.h"
#include "study/case_file.h"
#include "study/facility_file.h"

#define NUMBER "2014-01"

static struct campaign campaign;

static int setup(void **state)
{
    (void)state;
    make_supervision();
    begin_measures();
    assert_ok(campaign_make(&measure, &arena, STR(NUMBER), &campaign, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

static size_t ask_rows(const char *table, const char *where)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM %s WHERE state = 'current' AND campaign = '" NUMBER
             "' %s",
             table, where);
    return (size_t)ask_number(sql);
}

static void tasks_are_what_sql_says(void **state)
{
    (void)state;
    assert_true(campaign.tasks.owed > 50);
    assert_int_equal(campaign.tasks.owed, ask_rows("r_campaign_tasks", ""));
    assert_int_equal(campaign.tasks.late,
                     ask_rows("r_campaign_tasks", "AND date < '2014-07-20'"));
    size_t owed = 0, late = 0;
    for (size_t i = 0; i < campaign.n_phases; i++) {
        char where[128];
        snprintf(where, sizeof where, "AND phase = '%s'",
                 campaign.phases[i].stage->name.p);
        assert_int_equal(campaign.phases[i].count.owed,
                         ask_rows("r_campaign_tasks", where));
        owed += campaign.phases[i].count.owed;
    }
    assert_int_equal(owed, campaign.tasks.owed);
    owed = 0;
    for (size_t i = 0; i < campaign.n_bodies; i++) {
        owed += campaign.bodies[i].all.owed;
        late += campaign.bodies[i].all.late;
        assert_true(i == 0 ||
                    campaign.bodies[i].all.late <= campaign.bodies[i - 1].all.late);
        assert_true(campaign.bodies[i].label.en.n && campaign.bodies[i].label.zh.n);
    }
    assert_int_equal(owed, campaign.tasks.owed);
    assert_int_equal(late, campaign.tasks.late);
    for (size_t i = 0; i < campaign.n_tasks; i++)
        assert_true(campaign.task[i].body < campaign.n_bodies);
}

static void visits_and_findings_are_what_sql_says(void **state)
{
    (void)state;
    const struct campaign_visits *v = &campaign.visits;
    assert_int_equal(v->planned, ask_rows("r_inspections", ""));
    assert_int_equal(v->made, 0);
    assert_int_equal(v->late, v->planned); // their day has passed
    assert_int_equal(v->wanted, 31);
    size_t planned = 0;
    for (size_t i = 0; i < v->n_rounds; i++) { // by day, then team
        const struct campaign_round *x = &v->rounds[i], *before = x - 1;
        planned += x->planned;
        assert_true(x->planned > 0 && x->made == 0 && x->label.zh.n > 0);
        assert_true(i == 0 || before->on < x->on ||
                    (before->on == x->on && str_compare(before->team, x->team) < 0));
    }
    assert_int_equal(v->n_rounds, 6); // two teams on three days
    assert_int_equal(planned, v->planned);
    const struct campaign_findings *f = &campaign.findings;
    assert_int_equal(f->n, ask_rows("r_findings", ""));
    assert_true(f->n > 10);
    for (size_t i = 0; i + 1 < f->n_severities; i++) {
        char where[128];
        size_t n = 0;
        snprintf(where, sizeof where, "AND severity = '%s'",
                 f->severity->codes[i].value.p);
        for (size_t k = 0; k < f->n_stages; k++)
            n += f->counts[i * f->n_stages + k];
        assert_int_equal(n, ask_rows("r_findings", where));
    }
}

static void self_checks_stand_beside_inspections(void **state)
{
    (void)state;
    assert_int_equal(campaign.n_answers, 2);
    const struct campaign_answers *x = &campaign.answers[0];
    assert_int_equal(x->n_self, 30);
    assert_int_equal(x->n_inspected, 30);
    assert_int_equal(x->found.n_facilities, 31);
    assert_true(x->found.all.n > 200 && x->found.all.same < x->found.all.n);
    assert_true(x->found.mean_self > x->found.mean_inspection);
    int64_t same = 0;
    for (size_t i = 0; i < x->found.n_facilities; i++) {
        const struct compare_facility *f = &x->found.facilities[i];
        char sql[256];
        assert_true(i == 0 || f->facility > x->found.facilities[i - 1].facility);
        snprintf(sql, sizeof sql,
                 "SELECT max(score) FROM r_fetal_sex_control WHERE kind = 'inspection' "
                 "AND facility = %lld",
                 (long long)county->places->facilities[f->facility].id);
        double score = ask_number(sql);
        assert_true(isnan(score)
                        ? f->inspection == NULL
                        : fabs(score - checklist_visit_score(f->inspection)) < 1e-9);
        same += f->counts.same;
    }
    assert_int_equal(same, x->found.all.same);
    // hospitals and health centres keep records; three were found without two signatures
    const struct campaign_answers *records = &campaign.answers[1];
    assert_int_equal(records->n_self, records->n_inspected);
    assert_int_equal(
        records->found.n_facilities,
        ask_number("SELECT count(DISTINCT facility) FROM r_record_signature"));
    assert_int_equal(
        ask_number("SELECT count(*) FROM r_record_signature WHERE kind = 'inspection' AND"
                   " (two_hands = 'not_met' OR consent = 'not_met')"),
        3);
    assert_true(records->passed < records->n_inspected);
}

static const struct campaign_gate *gate_of(const struct campaign *c, const char *move,
                                           size_t n)
{
    for (size_t i = 0; i < c->n_gates; i++)
        if (str_equal_c(c->gates[i].move->name, move) && n-- == 0)
            return &c->gates[i];
    fail_msg("no gate of %s", move);
    return NULL;
}

static void move_ok(const char *reg, int64_t id, const char *move,
                    const struct row_change *values, size_t n)
{
    const struct reg *r;
    struct row_saved saved;
    assert_ok(county_register(county, str_of(reg), &r, &error));
    const struct row_move m = {
        .id = id, .move = str_of(move), .values = values, .n = n, .reason = STR("test")};
    assert_ok(workflow_move(county, &who, r, &m, &arena, &saved, &error));
}

static void attach_photographs(const struct checklist *x, int64_t row)
{
    for (size_t i = 0; i < checklist_n_items(x); i++) {
        const struct checklist_item *item = checklist_item(x, i, NULL);
        const struct attachment_new file = {STR("photo.txt"), item->field->name,
                                            item->field->name};
        struct attachment a;
        bool repeated;
        if (item->photo)
            assert_ok(attachment_add_bytes(county, &who, x->reg, row, &file, &arena, &a,
                                           &repeated, &error));
    }
}

static size_t waiting_of_rounds(const struct campaign *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->visits.n_rounds; i++) {
        const struct campaign_round *x = &c->visits.rounds[i];
        assert_true(x->made + x->waiting + x->late == x->planned);
        n += x->waiting;
    }
    return n;
}

// From now on the rows of the file are as if people had entered them one by one.
static enum err forget_imports(struct conn *c, void *argument, struct error *e)
{
    struct stmt *s;
    (void)argument;
    enum err code = conn_stmt(c, "test.forget", "DELETE FROM heng_imports", &s, e);
    if (!code)
        code = stmt_done(s, e);
    if (!code)
        stmt_finish(s);
    return code;
}

// A visit that was made waits for as long as an answer of it lacks its photograph, in
// either checklist; not where the answers were imported, for none will come.
static void a_visit_waits_for_its_photographs(void **state)
{
    (void)state;
    const char *visit = "SELECT min(i.id) FROM r_inspections i JOIN r_record_signature s"
                        " ON s.inspection = i.number JOIN r_fetal_sex_control c"
                        " ON c.inspection = i.number WHERE i.campaign = '" NUMBER "'";
    const struct row_change values[] = {{STR("done_on"), STR("2014-07-01")},
                                        {STR("record"), STR("no. 1")}};
    int64_t id = ask(visit);
    struct campaign now;
    assert_true(id > 0);
    move_ok("inspections", id, "make", values, 2);
    assert_ok(campaign_make(&measure, &arena, STR(NUMBER), &now, &error));
    assert_int_equal(now.visits.waiting, 0);
    assert_int_equal(now.visits.made, 1);
    assert_ok(store_write(county->store, forget_imports, NULL, &error));
    assert_ok(campaign_make(&measure, &arena, STR(NUMBER), &now, &error));
    size_t planned = campaign.visits.planned;
    assert_int_equal(now.visits.planned, planned);
    assert_int_equal(now.visits.made, 0);
    assert_int_equal(now.visits.waiting, 1);
    assert_int_equal(now.visits.late, planned - 1); // it is not late: people were there
    assert_int_equal(now.visits.facilities, 1);
    assert_int_equal(waiting_of_rounds(&now), 1);
    size_t with_photos = 0;
    for (size_t i = 0; i < now.n_answers; i++) {
        const struct checklist *x = now.answers[i].checklist;
        char sql[256];
        snprintf(sql, sizeof sql,
                 "SELECT c.id * (count(*) = 1) FROM \"%s\" c JOIN r_inspections i ON "
                 "c.inspection ="
                 " i.number WHERE i.id = %lld",
                 x->reg->table.p, (long long)id);
        if (!checklist_has_photos(x))
            continue;
        with_photos++;
        assert_int_equal(now.visits.waiting, 1); // until the last is there
        attach_photographs(x, ask(sql));
        assert_ok(campaign_make(&measure, &arena, STR(NUMBER), &now, &error));
    }
    assert_true(with_photos > 0);
    assert_int_equal(now.visits.waiting, 0);
    assert_int_equal(now.visits.made, 1);
    assert_int_equal(waiting_of_rounds(&now), 0);
}

// The gate is shut for as long as one paper of the phase is owed.
static void a_gate_opens_when_the_last_paper_is_in(void **state)
{
    (void)state;
    const struct campaign_gate *papers = gate_of(&campaign, "begin_self_check", 0),
                               *teams = gate_of(&campaign, "begin_self_check", 1);
    size_t owed = ask_rows("r_campaign_tasks", "AND phase = 'deploy'");
    assert_false(papers->open);
    assert_int_equal(papers->rows, owed);
    assert_true(teams->open && teams->when);
    for (size_t i = 0; i < campaign.n_tasks; i++) {
        const struct row_change values[] = {{STR("handed_in_on"), STR("2014-04-10")},
                                            {STR("document"), STR("no. 1")}};
        struct campaign now;
        if (campaign.task[i].phase != 0)
            continue;
        move_ok("campaign_tasks", campaign.task[i].id, "hand_in", values, 2);
        owed--;
        assert_ok(campaign_make(&measure, &arena, STR(NUMBER), &now, &error));
        assert_int_equal(gate_of(&now, "begin_self_check", 0)->rows, owed);
        assert_true(gate_of(&now, "begin_self_check", 0)->open == (owed == 0));
        assert_int_equal(now.phases[0].count.begun, now.phases[0].count.owed - owed);
    }
    const struct row_change document[] = {{STR("document"), STR("no. 2")}};
    struct campaign next;
    move_ok("campaigns", campaign.id, "begin_self_check", document, 1);
    assert_ok(campaign_make(&measure, &arena, STR(NUMBER), &next, &error));
    assert_int_equal(next.stage, 1);
    assert_int_equal(next.phases[0].time, CAMPAIGN_PAST);
    assert_int_equal(next.phases[1].time, CAMPAIGN_NOW);
    assert_true(next.phases[1].late); // its last day was in May
    assert_int_equal(next.phases[2].time, CAMPAIGN_AHEAD);
}

static void one_township_sees_its_own(void **state)
{
    (void)state;
    int32_t township = area_of("970328100000");
    const struct access_grant grant = {.reads_rows = 1u << PURPOSE_SUPERVISION,
                                       .area = county->places->areas[township].id};
    const struct access other = {
        .name = STR("other"), .grants = &grant, .n_grants = 1, .suppress_below = 5};
    struct measure m = measure;
    struct campaign c;
    m.who = &other;
    // the campaign's own row is the county's
    assert_int_equal(campaign_make(&m, &arena, STR(NUMBER), &c, &error), ERR_NOT_FOUND);
    struct facility_file file;
    // of another township
    assert_int_equal(facility_file_read(&m, &arena, STR("970328F0005"), &file, &error),
                     ERR_NOT_FOUND);
    assert_ok(facility_file_read(&m, &arena, STR("970328F0004"), &file, &error));
    assert_true(file.n_parts > 3 && file.all.n > 3);
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    struct campaign c;
    struct case_about file;
    struct facility_file about;
    assert_int_equal(campaign_make(&measure, &arena, STR("2014-99"), &c, &error),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "2014-99"));
    assert_int_equal(case_file_about(&measure, &arena, STR("none"), &file, &error),
                     ERR_NOT_FOUND);
    assert_int_equal(facility_file_read(&measure, &arena, STR("none"), &about, &error),
                     ERR_NOT_FOUND);
}

// By date, then id, and none twice.
static void is_in_order(const struct row_group *x)
{
    for (size_t i = 1; i < x->n; i++)
        assert_true(x->rows[i - 1].date < x->rows[i].date ||
                    (x->rows[i - 1].date == x->rows[i].date &&
                     x->rows[i - 1].id < x->rows[i].id));
}

static struct row_group all_rows(const char *name)
{
    struct rows_about q = {.since = 0};
    struct row_group found;
    assert_ok(county_register(county, str_of(name), &q.of.reg, &error));
    assert_ok(rows_about(&measure, &arena, &q, &found, &error));
    return found;
}

// A task belongs to its campaign, and to the body that it is asked of: either is enough,
// and it is there once by both.
static void what_belongs_is_there_once(void **state)
{
    (void)state;
    const struct row_group tasks = all_rows("campaign_tasks"),
                           to[] = {all_rows("bodies"), all_rows("campaigns")};
    struct row_group by_body, by_both, bodies;
    assert_true(to[0].n > 5 && to[1].n > 0);
    assert_ok(rows_about_belonging(&measure, &arena, tasks.reg, to, 1, &by_body, &error));
    assert_true(
        (double)by_body.n ==
        ask_number("SELECT count(*) FROM r_campaign_tasks WHERE state = 'current' "
                   "AND body IS NOT NULL"));
    assert_string_equal(by_body.by->name.p, "body");
    is_in_order(&by_body);
    assert_ok(rows_about_belonging(&measure, &arena, tasks.reg, to, 2, &by_both, &error));
    assert_int_equal(by_both.n, tasks.n);
    assert_null(by_both.by);
    is_in_order(&by_both);
    // the other way
    assert_ok(rows_about_named(&measure, &arena, to[0].reg, &tasks, 1, &bodies, &error));
    assert_true((double)bodies.n ==
                ask_number("SELECT count(DISTINCT body) FROM r_campaign_tasks WHERE "
                           "state = 'current'"));
    is_in_order(&bodies);
    // nothing belongs to nothing
    assert_ok(
        rows_about_belonging(&measure, &arena, to[0].reg, &tasks, 1, &by_both, &error));
    assert_int_equal(by_both.n, 0);
}

static void a_facility_has_its_rows(void **state)
{
    (void)state;
    struct facility_file file;
    int32_t facility = facility_of("970328F0001");
    int64_t id = county->places->facilities[facility].id;
    assert_ok(facility_file_read(&measure, &arena, STR("970328F0001"), &file, &error));
    size_t rows = 0, parts = 0;
    for (size_t i = 0; i < file.n_parts; i++) {
        const struct row_group *x = &file.parts[i].group;
        assert_int_equal(x->reg->purpose, PURPOSE_SUPERVISION);
        if (x->reg->facility) {
            char sql[256];
            snprintf(sql, sizeof sql,
                     "SELECT count(*) FROM \"%s\" WHERE state = 'current' AND facility = "
                     "%lld",
                     x->reg->table.p, (long long)id);
            assert_true((double)x->n == ask_number(sql));
        }
        is_in_order(x);
        rows += x->n;
        parts += x->n > 0;
    }
    assert_true(parts >= 5);
    assert_int_equal(rows, file.all.n);
    assert_non_null(file.row.values);
    // a clinic whose licence has run out
    size_t over = 0;
    for (size_t i = 0; i < county->places->n_facilities && i < 31; i++) {
        assert_ok(facility_file_read(&measure, &arena, county->places->facilities[i].code,
                                     &file, &error));
        over += file.all.over;
    }
    assert_true((double)over >=
                ask_number("SELECT count(*) FROM r_licences WHERE valid_until < "
                           "'2014-07-20'"));
}

static void a_case_misses_what_its_source_asks(void **state)
{
    (void)state;
    struct case_about one, two;
    assert_ok(
        case_file_about(&measure, &arena, STR("青卫医罚立〔2014〕1号"), &one, &error));
    assert_ok(
        case_file_about(&measure, &arena, STR("青卫医罚立〔2014〕2号"), &two, &error));
    // from an inspection: all but the closing report is there
    assert_int_equal(one.required, 8);
    assert_int_equal(one.missing, 1);
    // from a tip: its record, the opening and one record on site are
    assert_int_equal(two.required, 10);
    assert_int_equal(two.missing, 7);
    for (size_t i = 0; i < one.n_papers; i++) {
        char sql[256];
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM r_case_evidence WHERE case_number = "
                 "'青卫医罚立〔2014〕1号' AND item = '%s'",
                 one.papers[i].paper->value.p);
        assert_true((double)one.papers[i].there == ask_number(sql));
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int64_t n = 0;; n++) {
        struct arena a;
        struct campaign c;
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = campaign_make(&measure, &a, STR(NUMBER), &c, &error);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code) {
            assert_true(n > 3);
            break;
        }
        assert_int_equal(code, ERR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_are_what_sql_says),
        cmocka_unit_test(visits_and_findings_are_what_sql_says),
        cmocka_unit_test(self_checks_stand_beside_inspections),
        cmocka_unit_test(one_township_sees_its_own),
        cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(what_belongs_is_there_once),
        cmocka_unit_test(a_facility_has_its_rows),
        cmocka_unit_test(a_case_misses_what_its_source_asks),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_visit_waits_for_its_photographs),
        cmocka_unit_test(a_gate_opens_when_the_last_paper_is_in),
    };
    return cmocka_run_group_tests_name("campaign", tests, setup, teardown);
}
