// SPDX-License-Identifier: AGPL-3.0-or-later
// The documents about a campaign, a facility and a case, on the demo's supervision: what
// they say is what the rows say; stages by area; and no memory for any of it.
#include "../study/supervision_world.h"

#include "register/workflow.h"
#include "report/campaign_doc.h"
#include "report/case_doc.h"
#include "report/facility_doc.h"
#include "study/register_audit.h"
#include "study/rota_county.h"
#include "study/stage_counts.h"

#define NUMBER "2014-01"
#define CASE "青卫医罚立〔2014〕1号"
#define FACILITY "970328F0004"

static int setup(void **state)
{
    (void)state;
    make_supervision();
    begin_measures();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

static struct str printed(const struct doc *d)
{
    struct buf out = BUF_INIT(1 << 24);
    assert_ok(doc_print(d, 300, &out, &error));
    struct str text = str_copy(&arena, buf_str(&out));
    buf_free(&out);
    assert_non_null(text.p);
    return text;
}

static bool says(struct str text, const char *what)
{
    return memmem(text.p, text.n, what, strlen(what)) != NULL;
}

static bool says_number(struct str text, const char *format, size_t n)
    __attribute__((format(printf, 2, 0)));

static bool says_number(struct str text, const char *format, size_t n)
{
    char line[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(line, sizeof line, format, n);
#pragma GCC diagnostic pop
    return says(text, line);
}

// --- the campaign

static const struct result *result_named(const struct campaign_page *page,
                                         const char *name)
{
    for (size_t i = 0; i < page->n_results; i++)
        if (strcmp(page->results[i].name, name) == 0)
            return &page->results[i];
    return NULL;
}

static void the_draft_says_what_the_campaign_has(void **state)
{
    (void)state;
    struct campaign c;
    struct campaign_page page;
    assert_ok(campaign_make(&measure, &arena, STR(NUMBER), &c, &error));
    assert_ok(campaign_doc_make(&measure, &arena, &c, false, &page, &error));
    struct str text = printed(page.doc);
    assert_true(says_number(text, "Of %zu papers", c.tasks.owed));
    assert_true(says_number(text, "%zu findings were recorded", c.findings.n));
    assert_true(says(text, "Qinghe County"));
    const struct result *phases = result_named(&page, "phases"),
                        *bodies = result_named(&page, "bodies"),
                        *facilities = result_named(&page, "facilities");
    assert_int_equal(phases->n_rows, c.n_phases);
    assert_int_equal(bodies->n_rows, c.n_bodies);
    // the first checklist's table; the second is there too
    assert_int_equal(facilities->n_rows, c.answers[0].found.n_facilities);
    size_t tables = 0;
    for (size_t i = 0; i < page.n_results; i++)
        tables += strcmp(page.results[i].name, "facilities") == 0;
    assert_int_equal(tables, 2);
    assert_ok(campaign_doc_make(&measure, &arena, &c, true, &page, &error));
    text = printed(page.doc);
    assert_true(says_number(text, "登记问题%zu项", c.findings.n));
    assert_true(says(text, "自查") && !says(text, "self-check"));
}

// --- stages

static void stages_are_counted_by_area(void **state)
{
    (void)state;
    const struct reg *r;
    assert_ok(county_register(county, STR("findings"), &r, &error));
    const struct places *p = county->places;
    struct stage_count *all, *part;
    size_t sum = 0, late = 0, of_townships = 0;
    assert_ok(stage_counts(&measure, &arena, r, -1, &all, &error));
    for (size_t i = 0; i < r->workflow->n_stages; i++) {
        char sql[256];
        snprintf(
            sql, sizeof sql,
            "SELECT count(*) FROM r_findings WHERE state = 'current' AND stage = '%s'",
            r->workflow->stages[i].name.p);
        assert_int_equal(all[i].n, ask_number(sql));
        assert_true(all[i].late <= all[i].n);
        sum += all[i].n;
        late += all[i].late;
    }
    assert_true(sum > 10 && late > 0);
    for (int32_t i = 0; (size_t)i < p->n_areas; i++) {
        if (p->areas[i].parent < 0 || p->areas[p->areas[i].parent].parent >= 0)
            continue; // townships: next below the county
        assert_ok(stage_counts(&measure, &arena, r, i, &part, &error));
        // the same as who holds the township alone sees everywhere
        const struct access_grant grant = {.reads_rows = 1u << PURPOSE_SUPERVISION,
                                           .area = p->areas[i].id};
        const struct access one = {
            .name = STR("one"), .grants = &grant, .n_grants = 1, .suppress_below = 5};
        struct measure own = measure;
        struct stage_count *seen;
        own.who = &one;
        assert_ok(stage_counts(&own, &arena, r, -1, &seen, &error));
        for (size_t k = 0; k < r->workflow->n_stages; k++) {
            assert_int_equal(part[k].n, seen[k].n);
            assert_int_equal(part[k].late, seen[k].late);
            of_townships += part[k].n;
        }
    }
    assert_int_equal(of_townships, sum);
    const struct access nobody = {.name = STR("nobody"), .suppress_below = 5};
    struct measure none = measure;
    none.who = &nobody;
    assert_ok(stage_counts(&none, &arena, r, -1, &part, &error));
    for (size_t k = 0; k < r->workflow->n_stages; k++)
        assert_int_equal(part[k].n, 0);
}

// --- the case, the facility

static void a_case_and_a_facility_in_both_languages(void **state)
{
    (void)state;
    struct case_file f;
    struct facility_file about;
    struct doc *d;
    assert_ok(case_file_read(&measure, &arena, STR(CASE), &f, &error));
    assert_int_equal(f.n_sheets - 1,
                     ask_number("SELECT count(*) FROM r_case_evidence WHERE case_number ="
                                " '" CASE "'"));
    assert_true(f.sheets[0].own && !f.sheets[0].struck);
    assert_ok(case_doc_make(&measure, &arena, &f, false, &d, &error));
    assert_true(says(printed(d), "Case file " CASE));
    assert_true(says_number(printed(d), "Paper %zu:", f.n_sheets - 1));
    assert_ok(case_doc_make(&measure, &arena, &f, true, &d, &error));
    assert_true(says(printed(d), "案卷目录") && !says(printed(d), "Paper"));
    assert_int_equal(case_file_read(&measure, &arena, STR("none"), &f, &error),
                     ERR_NOT_FOUND);
    assert_ok(facility_file_read(&measure, &arena, STR(FACILITY), &about, &error));
    assert_ok(facility_doc_make(&measure, &arena, &about, false, &d, &error));
    assert_true(says(printed(d), FACILITY));
    assert_ok(facility_doc_make(&measure, &arena, &about, true, &d, &error));
    assert_true(says(printed(d), "机构档案"));
}

// --- no memory

typedef enum err work(struct arena *a, struct error *e);

static enum err make_campaign(struct arena *a, struct error *e)
{
    struct campaign c;
    struct campaign_page page;
    enum err code = campaign_make(&measure, a, STR(NUMBER), &c, e);
    return code ? code : campaign_doc_make(&measure, a, &c, true, &page, e);
}

static enum err make_case(struct arena *a, struct error *e)
{
    struct case_file f;
    struct doc *d;
    enum err code = case_file_read(&measure, a, STR(CASE), &f, e);
    return code ? code : case_doc_make(&measure, a, &f, false, &d, e);
}

static enum err make_facility(struct arena *a, struct error *e)
{
    struct facility_file f;
    struct doc *d;
    enum err code = facility_file_read(&measure, a, STR(FACILITY), &f, e);
    return code ? code : facility_doc_make(&measure, a, &f, false, &d, e);
}

static enum err make_rota(struct arena *a, struct error *e)
{
    struct rota_county rota;
    return rota_county_read(&measure, -1, date_today(), NULL, 0, a, &rota, e);
}

static enum err count_stages(struct arena *a, struct error *e)
{
    struct stage_count *list;
    const struct reg *r;
    enum err code = county_register(county, STR("findings"), &r, e);
    return code ? code : stage_counts(&measure, a, r, -1, &list, e);
}

static enum err plan_audit(struct arena *a, struct error *e)
{
    const struct reg *r;
    const struct register_audit_new audit = {.facility = STR(FACILITY),
                                             .book = STR("ultrasound 2014"),
                                             .size = 200,
                                             .p0 = 0.05,
                                             .p1 = 0.20,
                                             .alpha = 0.10,
                                             .beta = 0.10,
                                             .seed = 4711,
                                             .on = date_today()};
    struct register_audit read;
    int64_t id;
    enum err code = county_register(county, STR("register_audits"), &r, e);
    if (!code)
        code = register_audit_plan(county, &who, r, &audit, a, &id, e);
    if (!code)
        code = register_audit_get(county, &who, r, id, a, &read, e);
    if (!code)
        code = register_audit_count(county, &who, r, id, read.version, read.plan.n, 2,
                                    NULL, 0, a, e);
    if (!code)
        code = register_audit_get(county, &who, r, id, a, &read, e);
    if (!code)
        assert_true(read.judged && read.wrong == 2 && read.looked_at == read.plan.n);
    return code;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        work *run;
    } all[] = {{"campaign", make_campaign}, {"case", make_case},
               {"facility", make_facility}, {"rota", make_rota},
               {"stages", count_stages},    {"audit", plan_audit}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (int64_t n = 0;; n++) {
            struct arena a;
            struct error e = {0};
            arena_init(&a, 0);
            mem_fail_after(n);
            enum err code = all[i].run(&a, &e);
            mem_fail_after(-1);
            arena_free(&a);
            if (!code) {
                assert_true(n > 1);
                break;
            }
            if (code != ERR_MEMORY)
                fail_msg("%s, allocation %lld: %s", all[i].name, (long long)n, e.text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_draft_says_what_the_campaign_has),
        cmocka_unit_test(stages_are_counted_by_area),
        cmocka_unit_test(a_case_and_a_facility_in_both_languages),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("dossiers", tests, setup, teardown);
}
