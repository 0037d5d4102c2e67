// SPDX-License-Identifier: AGPL-3.0-or-later
// Workflows of packs as the model has them, and parts of a pack in folders of their own.
// What an author reads of a wrong one is in bad/workflow.txt.
#include "pack_test.h"

#include <sys/stat.h>

#include "pack/engines.h"

static const char finding_register[] =
    "register: %s\n"
    "purpose: supervision\n"
    "label: {en: Findings, zh: 问题}\n"
    "area: place\n"
    "date: found_on\n"
    "key: [number]\n"
    "workflow: finding\n"
    "fields:\n"
    "  number:   {type: text, label: {en: Number, zh: 编号}}\n"
    "%s"
    "  found_on: {type: date, label: {en: Found on, zh: 日期}}\n"
    "  measure:  {type: text, label: {en: Measure, zh: 措施}}\n"
    "  place:    {type: area, label: {en: Place, zh: 地点}}\n"
    "checks:\n"
    "  old: {when: stage = open and stage_due < today(), label: {en: Old, zh: 逾期}}\n";

static const char finding_workflow[] =
    "workflow: finding\n"
    "label: {en: Finding, zh: 问题}\n"
    "stages:\n"
    "  open:   {label: {en: Open, zh: 待办}, within: 6 months, from: found_on, else: "
    "lapse}\n"
    "  done:   {label: {en: Done, zh: 待查}, within: 2 weeks}\n"
    "  closed: {label: {en: Closed, zh: 办结}, final: true}\n"
    "moves:\n"
    "  mend:  {label: {en: Mend, zh: 整改}, from: open, to: done, by: [facility, "
    "inspector], needs: measure, file: true}\n"
    "  check: {label: {en: Check, zh: 复查}, from: [done], to: closed, by: inspector, "
    "not: [mend], reason: true, when: measure is not null, when_label: {en: x, zh: 甲}, "
    "gate: [{none: \"notes.finding where closed_off is null\", label: {en: Notes, zh: "
    "备注}}]}\n"
    "  lapse: {label: {en: Lapse, zh: 逾期}, from: [open, done], to: closed}\n";

static const char notes_register[] =
    "register: notes\n"
    "purpose: supervision\n"
    "label: {en: Notes, zh: 备注}\n"
    "area: place\n"
    "fields:\n"
    "  finding: {type: text, refers: findings, label: {en: Finding, zh: 问题}}\n"
    "  closed_off: {type: date, label: {en: Closed, zh: 办结日期}}\n"
    "  place:   {type: area, label: {en: Place, zh: 地点}}\n";

static enum err compile_files(struct arena *a, const struct pack_file *more,
                              size_t n_more, struct pack **p, struct error *e)
{
    size_t n;
    struct pack_problems problems;
    char path[512];
    struct pack_file *minimal;
    assert_int_equal(
        pack_files_from_folder(a, source_path(path, sizeof path, "packs/minimal"),
                               &minimal, &n, e),
        ERR_OK);
    struct pack_file *files = ARENA_ARRAY(a, struct pack_file, n + n_more);
    assert_non_null(files);
    memcpy(files, minimal, n * sizeof *files);
    memcpy(files + n, more, n_more * sizeof *files);
    return pack_compile(a, files, n + n_more, p, &problems, e);
}

static void a_register_has_the_stages_of_its_workflow(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct error e = {0};
    arena_init(&a, 0);
    const struct pack_file more[] = {
        {STR("supervision/registers/findings.yaml"),
         str_format(&a, finding_register, "findings", "")},
        {STR("registers/notes.yaml"), str_of(notes_register)},
        {STR("supervision/workflows/finding.yaml"), str_of(finding_workflow)},
    };
    assert_ok(compile_files(&a, more, 3, &p, &e));
    const struct reg *r = pack_register(p, STR("findings"));
    const struct workflow *w = r->workflow;
    assert_non_null(w);
    assert_int_equal(w->n_stages, 3);
    assert_int_equal(w->n_moves, 3);
    const struct field *stage = reg_field(r, STR("stage"));
    assert_int_equal(stage->index, r->n_fields - 3);
    assert_true(stage->system && stage->required);
    assert_int_equal(stage->n_codes, 3);
    assert_int_equal(field_code(stage, STR("closed")), 2);
    assert_int_equal(reg_field(r, STR("stage_on"))->type, TYPE_DATE);
    assert_int_equal(reg_field(r, STR("stage_due"))->type, TYPE_DATE);
    assert_int_equal(w->stages[0].within.months, 6);
    assert_ptr_equal(w->stages[0].by, r->date);
    assert_int_equal(w->stages[0].otherwise, 2);
    assert_int_equal(w->stages[1].within.days, 14);
    assert_int_equal(w->stages[1].otherwise, -1);
    assert_true(w->stages[2].final && !w->stages[0].final);
    const struct move *mend = &w->moves[0], *check = &w->moves[1];
    assert_int_equal(mend->from, 1);
    assert_int_equal(mend->to, 1);
    assert_int_equal(mend->n_by, 2);
    assert_ptr_equal(mend->needs[0], reg_field(r, STR("measure")));
    assert_true(mend->needs_file && !mend->needs_reason);
    assert_true(check->needs_reason && check->when && check->n_others == 1);
    assert_int_equal(check->others[0], 0);
    assert_ptr_equal(check->gates[0].none.by,
                     reg_field(pack_register(p, STR("notes")), STR("finding")));
    assert_non_null(check->gates[0].none.where);
    assert_null(check->gates[0].some.reg);
    assert_int_equal(w->moves[2].from, 3);
    assert_int_equal(r->n_checks, 1); // its condition reads the stage
    arena_free(&a);
}

// Fields and conditions are each register's own, though the workflow is one.
static void two_registers_share_a_workflow(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct error e = {0};
    arena_init(&a, 0);
    struct str other = str_format(&a, finding_register, "others",
                                  "  more: {type: int, label: {en: More, zh: 更多}}\n");
    struct str flow = str_of(finding_workflow);
    const char *gate = strstr(finding_workflow, ", gate");
    struct str without = str_format(&a, "%.*s}\n%s", (int)(gate - finding_workflow),
                                    finding_workflow, strstr(gate, "  lapse"));
    struct pack_file more[] = {
        {STR("registers/findings.yaml"),
         str_format(&a, finding_register, "findings", "")},
        {STR("registers/others.yaml"), other},
        {STR("workflows/finding.yaml"), without},
        {STR("registers/notes.yaml"), str_of(notes_register)},
    };
    assert_ok(compile_files(&a, more, 4, &p, &e));
    const struct reg *x = pack_register(p, STR("findings")),
                     *y = pack_register(p, STR("others"));
    assert_ptr_not_equal(x->workflow, y->workflow);
    assert_ptr_equal(x->workflow->moves[0].needs[0], reg_field(x, STR("measure")));
    assert_ptr_equal(y->workflow->moves[0].needs[0], reg_field(y, STR("measure")));
    assert_ptr_equal(y->workflow->stages[0].by, y->date);
    assert_int_equal(p->n_workflows, 1);
    // a gate names the rows that belong to one of the registers only
    more[2].text = flow;
    assert_int_equal(compile_files(&a, more, 4, &p, &e), ERR_INPUT);
    assert_string_equal(e.key, "pack.related");
    // and a workflow that nobody has can be checked by nothing
    more[2] = (struct pack_file){STR("workflows/finding.yaml"), without};
    more[0].text = str_of("register: findings\npurpose: supervision\nlabel: {en: F, zh: "
                          "题}\narea: place\nkey: [number]\nfields: {number: {type: "
                          "text, label: {en: N, zh: 号}}, place: {type: area, label: "
                          "{en: P, zh: 地}}}\n");
    more[1] = more[3];
    assert_int_equal(compile_files(&a, more, 3, &p, &e), ERR_INPUT);
    assert_string_equal(e.key, "pack.workflow_unused");
    arena_free(&a);
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void folders_are_read_two_levels_deep(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    struct pack_file *files;
    size_t n;
    char folder[] = "/tmp/heng-pack-XXXXXX", path[512];
    static const char *const made[] = {"registers", "part", "part/workflows",
                                       "part/workflows/deep"};
    arena_init(&a, 0);
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, made[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put(folder, "pack.yaml", "pack: x\n");
    put(folder, "registers/a.yaml", "register: a\n");
    put(folder, "part/workflows/b.yaml", "workflow: b\n");
    put(folder, "part/workflows/deep/c.yaml", "workflow: c\n");
    assert_ok(pack_files_from_folder(&a, folder, &files, &n, &e));
    assert_int_equal(n, 3);
    assert_true(str_equal_c(files[0].path, "pack.yaml"));
    assert_true(str_equal_c(files[1].path, "part/workflows/b.yaml"));
    assert_true(str_equal_c(files[2].path, "registers/a.yaml"));
    assert_int_equal(nftw(folder, remove_visit, 8, FTW_DEPTH | FTW_PHYS), 0);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_register_has_the_stages_of_its_workflow),
        cmocka_unit_test(two_registers_share_a_workflow),
        cmocka_unit_test(folders_are_read_two_levels_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
