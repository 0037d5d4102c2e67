// SPDX-License-Identifier: AGPL-3.0-or-later
// Answers judged: the score by every way that a row comes in, what is asked and missing,
// editions.
#include "checklist_world.h"

#include <math.h>

#include "base/rng.h"
#include "pack/pack.h"
#include "register/attachment.h"

static int setup(void **state)
{
    (void)state;
    make_rounds();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_sound();
    end_county();
    return 0;
}

static const char all_well[] =
    "facility=F1;checked_on=2014-07-01;kind=inspection;notice_shown=yes;unlicensed=no;"
    "double_signature=every;machines=2;machine_registered=yes";

struct stored {
    double score;
    int64_t critical;
    struct str edition;
    bool no_score;
};

static struct stored stored_of(int64_t id)
{
    struct datum *v;
    assert_ok(row_get(county, &who, rounds, id, &arena, &v, &error));
    const struct datum *score = &v[reg_field(rounds, STR("score"))->index];
    return (struct stored){score->d, v[reg_field(rounds, STR("critical"))->index].i,
                           v[reg_field(rounds, STR("edition"))->index].s, score->null};
}

static void assert_score(int64_t id, double score, int critical)
{
    struct stored is = stored_of(id);
    assert_false(is.no_score);
    if (fabs(is.score - score) > 1e-9)
        fail_msg("the score is %g, expected %g", is.score, score);
    assert_int_equal(is.critical, critical);
    assert_true(str_equal(is.edition, checklist->edition));
}

// Worked out by hand.
static void a_new_row_is_scored(void **state)
{
    (void)state;
    static const struct {
        const char *answers;
        double score;
        int critical;
    } cases[] = {
        // 10 + 5 + 10 + 5 of 30
        {"notice_shown=yes;unlicensed=no;double_signature=every;machines=2;"
         "machine_registered=yes",
         100, 0},
        // 0 + 5 + 4 + 5 of 30
        {"notice_shown=no;unlicensed=no;double_signature=partly;machines=1;"
         "machine_registered=yes",
         46.67, 1},
        // no machines: 10 + 0 + 0 of 25
        {"notice_shown=yes;unlicensed=yes;double_signature=none;machines=0", 40, 0},
        // signatures do not apply, no machines: 10 + 5 of 15
        {"notice_shown=yes;unlicensed=no;double_signature=na;machines=0", 100, 0},
        // 0 + 0 + 10 + 0 of 30
        {"notice_shown=no;unlicensed=yes;double_signature=every;machines=3;"
         "machine_registered=no",
         33.33, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        snprintf(text, sizeof text, "facility=F2;checked_on=2014-07-%02zu;kind=self;%s",
                 i + 1, cases[i].answers);
        struct row_saved saved = create_ok(text);
        assert_score(saved.id, cases[i].score, cases[i].critical);
        assert_int_equal(saved.problems.n, 0);
    }
}

static void what_is_asked_must_be_answered(void **state)
{
    (void)state;
    struct row_change values[MOST];
    struct row_saved saved;
    struct row_new row = typed("facility=F1;checked_on=2014-07-01;kind=self;"
                               "notice_shown=yes;machines=2",
                               values);
    enum err code = row_create(county, &who, rounds, &row, &arena, &saved, &error);
    assert_int_equal(code, ERR_INPUT);
    assert_int_equal(saved.problems.n, 3);
    static const char *const missing[] = {"unlicensed", "double_signature",
                                          "machine_registered"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(str_equal_c(saved.problems.list[i].name, missing[i]));
        assert_string_equal(saved.problems.list[i].error.key, "checklist.unanswered");
        assert_true(saved.problems.list[i].text.zh.n > 0);
    }
    // one that cannot be read is said once, and is not missing as well
    row = typed("facility=F1;checked_on=2014-07-01;kind=self;notice_shown=perhaps;"
                "unlicensed=no;double_signature=na;machines=0",
                values);
    code = row_create(county, &who, rounds, &row, &arena, &saved, &error);
    assert_int_equal(code, ERR_INPUT);
    assert_int_equal(saved.problems.n, 1);
    assert_ptr_equal(saved.problems.list[0].field,
                     reg_field(rounds, STR("notice_shown")));
}

static void what_is_not_asked_does_not_count(void **state)
{
    (void)state;
    struct row_saved saved =
        create_ok("facility=F1;checked_on=2014-07-01;kind=self;notice_shown=yes;"
                  "unlicensed=no;double_signature=every;machines=0;"
                  "machine_registered=no");
    assert_score(saved.id, 100, 0);
    assert_int_equal(saved.problems.n, 1);
    assert_int_equal(saved.problems.list[0].severity, SEVERITY_WARNING);
    assert_string_equal(saved.problems.list[0].error.key, "checklist.not_asked");
}

static enum err correct(int64_t id, const char *field, const char *text)
{
    struct row_change value = {str_of(field), str_of(text)};
    return row_correct(county, &who, rounds, id, 0, &value, 1, STR("looked again"),
                       &error);
}

static void a_correction_scores_again(void **state)
{
    (void)state;
    struct row_saved saved = create_ok(all_well);
    assert_ok(correct(saved.id, "double_signature", "partly"));
    assert_score(saved.id, 80, 0);
    assert_ok(correct(saved.id, "notice_shown", "no"));
    assert_score(saved.id, 46.67, 1);
    // fewer machines: the item that depends on them falls away
    assert_ok(correct(saved.id, "machines", "0"));
    assert_score(saved.id, 36, 1);
    // and comes back unanswered only by a contradiction
    assert_ok(correct(saved.id, "machine_registered", ""));
    assert_int_equal(correct(saved.id, "machines", "1"), ERR_INPUT);
    assert_score(saved.id, 36, 1);
    // nobody types a score
    assert_int_equal(correct(saved.id, "score", "100"), ERR_INPUT);
    assert_string_equal(error.key, "row.field");
    assert_int_equal(correct(saved.id, "edition", "x"), ERR_INPUT);
    assert_int_equal(correct(saved.id, "critical", "0"), ERR_INPUT);
    assert_score(saved.id, 36, 1);
    // the history says how the score came about
    assert_int_equal(ask("SELECT count(*) FROM heng_log WHERE change = 'correct' AND"
                         " after LIKE '%score%'"),
                     3);
}

static void many_rows_are_scored(void **state)
{
    (void)state;
    struct row_change values[3][MOST];
    struct row_new rows[3] = {
        typed(all_well, values[0]),
        typed("facility=F2;checked_on=2014-07-01;kind=self;notice_shown=yes", values[1]),
        typed("facility=F3;checked_on=2014-07-02;kind=self;notice_shown=yes;"
              "unlicensed=yes;double_signature=na;machines=0",
              values[2])};
    struct row_saved saved[3];
    assert_ok(row_create_many(county, &who, rounds, rows, 3, &arena, saved, &error));
    assert_score(saved[0].id, 100, 0);
    assert_int_equal(saved[1].error.code, ERR_INPUT);
    assert_int_equal(saved[1].id, 0);
    assert_score(saved[2].id, 66.67, 0);
}

static void an_import_is_scored(void **state)
{
    (void)state;
    const char *file = write_text(
        "rounds.csv",
        "facility,checked_on,kind,notice_shown,unlicensed,double_signature,machines,"
        "machine_registered,score\n"
        "F1,2014-07-01,inspection,yes,no,every,2,yes,1\n"
        "F2,2014-07-01,self,yes,no,partly,0,,100\n"
        "F3,2014-07-01,self,yes,no,partly,4,,100\n"
        "F3,2014-07-02,self,yes,no,na,0,yes,100\n");
    struct import_result out = import_ok("sex_control", file, "");
    assert_int_equal(out.inserted, 3);
    assert_int_equal(out.rejected, 1);
    assert_int_equal(out.warned, 1);
    // that a file has no photographs is no fault of it, and is told as a note
    size_t notes = 0;
    for (size_t i = 0; i < out.n_problems; i++) {
        const struct import_problem *p = &out.problems[i];
        assert_int_equal(p->note, str_equal_c(p->key, "checklist.photo row"));
        assert_false(p->note && p->error);
        notes += p->note ? p->count : 0;
        assert_true(p->example.en.n && p->example.zh.n);
    }
    assert_int_equal(notes, 3); // F1, F2 and the latter F3
    assert_non_null(strstr(read_text("rounds.csv.rejects.csv"), "machine_registered"));
    assert_int_equal(ask("SELECT count(*) FROM r_sex_control WHERE score = 100 AND "
                         "critical = 0 AND edition = '2014-1'"),
                     2);
    assert_int_equal(ask("SELECT round(score * 100) FROM r_sex_control r JOIN "
                         "r_facilities f ON f.id = r.facility WHERE f.code = 'F2'"),
                     7600); // 19 of 25
    // the same file again brings nothing new
    out = import_ok("sex_control", file, "");
    assert_int_equal(out.inserted, 0);
    assert_int_equal(out.unchanged, 3);
}

struct growth {
    const struct pack *pack;
    const struct pack_file *files;
    size_t n;
    struct plan *plan;
};

static enum err apply(struct conn *c, void *argument, struct error *e)
{
    struct growth *g = argument;
    return pack_apply(c, g->pack, g->files, g->n, g->plan, e);
}

static void upgrade(const char *edition, int some)
{
    struct pack_file *files;
    struct pack *pack;
    struct plan plan;
    struct conn *c;
    size_t n;
    write_checklist(edition, some);
    assert_ok(pack_files_from_folder(&arena, "pack", &files, &n, &error));
    assert_ok(pack_compile(&arena, files, n, &pack, NULL, &error));
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(pack_plan(&arena, c, pack, &plan, &error));
    store_read_end(c);
    assert_false(plan.refused);
    struct growth g = {pack, files, n, &plan};
    assert_ok(store_write(county->store, apply, &g, &error));
    county_close(county);
    open_county();
    find_checklist();
}

static void rows_keep_their_edition(void **state)
{
    (void)state;
    int64_t first = create_ok(all_well).id;
    int64_t other = create_ok("facility=F2;checked_on=2014-07-02;kind=self;"
                              "notice_shown=yes;unlicensed=no;double_signature=partly;"
                              "machines=0")
                        .id;
    upgrade("2014-2", 8);
    assert_true(str_equal(checklist->edition, STR("2014-2")));
    assert_true(str_equal(stored_of(first).edition, STR("2014-1")));
    assert_true(fabs(stored_of(other).score - 76) < 1e-9); // 19 of 25 as it was
    // what is no answer changes nothing of the judgement
    assert_ok(correct(other, "team", "Team 2"));
    assert_true(str_equal(stored_of(other).edition, STR("2014-1")));
    assert_true(fabs(stored_of(other).score - 76) < 1e-9);
    // an answer judges the row by today's edition
    assert_ok(correct(other, "unlicensed", "yes"));
    assert_score(other, 72, 0); // 10 + 0 + 8 of 25
    assert_true(str_equal(stored_of(first).edition, STR("2014-1")));
}

// Marks of random answers against the definition, written the plain way.
static void scores_are_those_of_the_definition(void **state)
{
    (void)state;

    uint64_t seed = 20140720;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng g = rng_seed(seed);
    enum { ROWS = 500 };
    struct datum *values = ARENA_ARRAY(&arena, struct datum, ROWS * rounds->n_fields);
    struct checklist_findings found;
    struct expr_scratch *scratch = expr_scratch_open();
    assert_non_null(values);
    assert_non_null(scratch);
    size_t at[5];
    static const char *const names[] = {"notice_shown", "unlicensed", "double_signature",
                                        "machines", "machine_registered"};
    static const int most[] = {2, 2, 4, 3, 2};
    for (size_t k = 0; k < 5; k++)
        at[k] = reg_field(rounds, str_of(names[k]))->index;
    for (size_t i = 0; i < ROWS * rounds->n_fields; i++)
        values[i] = DATUM_NULL;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < 5; k++)
            if (rng_below(&g, 5))
                values[i * rounds->n_fields + at[k]] =
                    (struct datum){.i = (int64_t)rng_below(&g, (uint64_t)most[k])};
    assert_ok(
        checklist_check(&arena, county, rounds, values, ROWS, scratch, &found, &error));
    for (size_t i = 0; i < ROWS; i++) {
        const struct datum *v = values + i * rounds->n_fields;
        double earned = 0, possible = 0;
        int critical = 0, missing = 0;
        const struct datum *a = &v[at[0]], *b = &v[at[1]], *c = &v[at[2]], *m = &v[at[3]],
                           *d = &v[at[4]];
        missing += a->null + b->null + c->null + m->null;
        if (!a->null) {
            possible += 10;
            earned += a->i ? 10 : 0;
            critical += !a->i;
        }
        if (!b->null) {
            possible += 5;
            earned += b->i ? 0 : 5;
        }
        if (!c->null && c->i != 3) {
            possible += 10;
            earned += c->i == 0 ? 10 : c->i == 1 ? 4 : 0;
        }
        bool asked = !m->null && m->i > 0;
        missing += asked && d->null;
        if (asked && !d->null) {
            possible += 5;
            earned += d->i ? 5 : 0;
            critical += !d->i;
        }
        int said = 0;
        for (size_t k = 0; k < found.n[i]; k++)
            said += !found.list[i][k].warning;
        assert_int_equal(said, missing);
        assert_int_equal(v[reg_field(rounds, STR("critical"))->index].i, critical);
        const struct datum *score = &v[reg_field(rounds, STR("score"))->index];
        assert_int_equal(score->null, possible == 0);
        if (possible > 0)
            assert_true(fabs(score->d - 100 * earned / possible) < 0.00501);
    }
    expr_scratch_close(scratch);
}

static size_t owed(int64_t id)
{
    size_t n;
    assert_ok(checklist_photos_owed(county, rounds, &id, 1, &arena, &n, &error));
    return n;
}

static struct attachment attach(int64_t id, struct str item, const char *name)
{
    struct attachment a;
    bool repeated;
    const struct attachment_new file = {str_of(name), item, STR("it is a text")};
    assert_ok(attachment_add_bytes(county, &who, rounds, id, &file, &arena, &a, &repeated,
                                   &error));
    return a;
}

static bool is_said(const struct row_problems *p, enum severity severity)
{
    bool found = false;
    for (size_t i = 0; i < p->n; i++)
        found |= str_equal_c(p->list[i].name, "notice_shown") &&
                 str_equal_c(str_of(p->list[i].error.key), "checklist.photo") &&
                 p->list[i].severity == severity && p->list[i].text.zh.n &&
                 p->list[i].cure.zh.n && p->list[i].cure.en.n;
    return found;
}

// Told which photographs come: those that are owed refuse the row. Not told: it is kept
// and incomplete until the item has one.
static void photographs_are_owed(void **state)
{
    (void)state;
    static const struct str other[] = {{"unlicensed", 10}},
                            right[] = {{"notice_shown", 12}};
    struct row_change values[MOST];
    struct row_new row = typed(all_well, values);
    struct row_saved saved;
    struct row_problems problems;
    row.tells_photos = true;
    assert_int_equal(row_create(county, &who, rounds, &row, &arena, &saved, &error),
                     ERR_INPUT);
    assert_true(is_said(&saved.problems, SEVERITY_ERROR));
    row.photos = other;
    row.n_photos = 1;
    assert_int_equal(row_check(county, &who, rounds, &row, 0, &arena, &problems, &error),
                     ERR_OK);
    assert_true(problems.refused && is_said(&problems, SEVERITY_ERROR));
    row.photos = right;
    assert_ok(row_create(county, &who, rounds, &row, &arena, &saved, &error));
    assert_int_equal(owed(saved.id), 1);
    struct row_saved bare = create_ok(all_well);
    assert_int_equal(owed(bare.id), 1);
    const struct row_new nothing = {0};
    assert_ok(
        row_check(county, &who, rounds, &nothing, bare.id, &arena, &problems, &error));
    assert_true(!problems.refused && is_said(&problems, SEVERITY_WARNING));
    attach(bare.id, (struct str){NULL, 0}, "of the row.txt");
    attach(bare.id, STR("unlicensed"), "other.txt");
    assert_int_equal(owed(bare.id), 1);
    struct attachment a = attach(bare.id, STR("notice_shown"), "16890001.txt");
    assert_true(str_equal_c(a.item, "notice_shown") &&
                str_equal_c(a.name, "16890001.txt"));
    assert_int_equal(owed(bare.id), 0);
    assert_ok(
        row_check(county, &who, rounds, &nothing, bare.id, &arena, &problems, &error));
    assert_false(is_said(&problems, SEVERITY_WARNING));
    assert_ok(attachment_strike(county, &who, a.id, STR("of another door"), &error));
    assert_int_equal(owed(bare.id), 1);
    assert_int_equal(owed(saved.id), 1);
    const struct attachment_new wrong = {STR("x.txt"), STR("score"), STR("text")};
    bool repeated;
    assert_int_equal(attachment_add_bytes(county, &who, rounds, bare.id, &wrong, &arena,
                                          &a, &repeated, &error),
                     ERR_INPUT);
    assert_string_equal(error.key, "attachment.item");
}

static void want_of_memory_for_photographs(void **state)
{
    (void)state;
    struct row_saved saved = create_ok(all_well);
    for (int64_t n = 0;; n++) {
        struct arena a;
        size_t is = 9;
        arena_init(&a, 0);
        error = (struct error){0};
        mem_fail_after(n);
        enum err code =
            checklist_photos_owed(county, rounds, &saved.id, 1, &a, &is, &error);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code) {
            assert_int_equal(is, 1);
            assert_true(n > 1);
            break;
        }
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 1000);
    }
}

static void no_memory(void **state)
{
    (void)state;
    struct row_change values[MOST];
    struct row_new row = typed(all_well, values);
    for (int64_t n = 0;; n++) {
        struct row_problems problems;
        struct arena a;
        arena_init(&a, 0);
        error = (struct error){0};
        mem_fail_after(n);
        enum err code = row_check(county, &who, rounds, &row, 0, &a, &problems, &error);
        mem_fail_after(-1);
        bool refused = problems.refused;
        arena_free(&a);
        if (!code) {
            assert_false(refused);
            assert_true(n > 1);
            break;
        }
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_row_is_scored, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_asked_must_be_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_asked_does_not_count, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_correction_scores_again, setup, teardown),
        cmocka_unit_test_setup_teardown(many_rows_are_scored, setup, teardown),
        cmocka_unit_test_setup_teardown(an_import_is_scored, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_keep_their_edition, setup, teardown),
        cmocka_unit_test_setup_teardown(scores_are_those_of_the_definition, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(photographs_are_owed, setup, teardown),
        cmocka_unit_test_setup_teardown(want_of_memory_for_photographs, setup, teardown),
        cmocka_unit_test_setup_teardown(no_memory, setup, teardown),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("register checklist", tests, NULL, NULL);
}
