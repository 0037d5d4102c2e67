// SPDX-License-Identifier: AGPL-3.0-or-later
// checklists/*.yaml: the register that it makes, sections, points, conditions. What is
// refused stands in bad/checklist.yaml.
#include "pack/engines.h"
#include "pack/expr.h"
#include "pack_test.h"

static const char facilities[] =
    "register: facilities\nkind: facilities\nlabel: {en: Facilities, zh: 机构}\n"
    "fields:\n  kind: {type: code, codes: {clinic: {en: clinic, zh: 诊所}},"
    " label: {en: Kind, zh: 类别}}\n";
static const char rounds[] =
    "checklist: rounds\nedition: \"7\"\nlabel: {en: Rounds, zh: 检查}\npass: 75.5\n"
    "checks:\n  no_team: {when: team is null, label: {en: No team, zh: 未填检查组}}\n"
    "sections:\n"
    "  first:\n    label: {en: First, zh: 一}\n    items:\n"
    "      notice: {label: {en: Notice, zh: 告示}, points: 10, critical: true,"
    " photo: true, hint: {en: At the door, zh: 门口}}\n"
    "      lent: {label: {en: Lent out, zh: 外借}, met: false, points: 2.5}\n"
    "      plain: {label: {en: Plain, zh: 普通}, required: false}\n"
    "  second:\n    label: {en: %s, zh: 二}\n    items:\n"
    "      signed: {type: code, label: {en: Signed, zh: 签字}, codes: {every: {en: every,"
    " zh: 全部, also: [\"1\"], points: 5}, none: {en: none, zh: 没有, points: 0,"
    " fails: true}, na: {en: n/a, zh: 不适用, not_applicable: true}}}\n"
    "      stock: {type: decimal, min: 0, unit: {en: kg, zh: 公斤}, ask: kind = self and"
    " signed = every, check: stock < 100, label: {en: Stock, zh: 库存}}\n";

static enum err compile(struct arena *a, const char *second, struct pack **out,
                        struct pack_problems *problems, struct error *e)
{
    char text[4000];
    snprintf(text, sizeof text, rounds, second);
    struct pack_file files[] = {
        {STR("pack.yaml"), str_of(standard_pack)},
        {STR("registers/areas.yaml"), str_of(standard_areas)},
        {STR("registers/facilities.yaml"), str_of(facilities)},
        {STR("checklists/rounds.yaml"), str_copy(a, str_of(text))}};
    return pack_compile(a, files, 4, out, problems, e);
}

static void the_register(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct error e = {0};
    arena_init(&a, 0);
    assert_ok(compile(&a, "Second", &p, NULL, &e));
    const struct reg *r = pack_register(p, STR("rounds"));
    assert_non_null(r);
    assert_int_equal(r->purpose, PURPOSE_SUPERVISION);
    assert_true(str_equal_c(r->label.zh, "检查"));
    assert_ptr_equal(r->facility, reg_field(r, STR("facility")));
    assert_ptr_equal(r->date, reg_field(r, STR("checked_on")));
    assert_true(r->facility->required && r->date->required);
    assert_int_equal(reg_field(r, STR("kind"))->n_codes, 3);
    static const char *const own[] = {"edition", "score", "critical"};
    for (size_t i = 0; i < 3; i++)
        assert_true(reg_field(r, str_of(own[i]))->system);
    assert_false(reg_field(r, STR("team"))->system);
    assert_int_equal(reg_field(r, STR("score"))->type, TYPE_DECIMAL);
    const struct field *notice = reg_field(r, STR("notice"));
    assert_int_equal(notice->type, TYPE_BOOL);
    assert_false(notice->required); // only when asked: register/checklist.h
    assert_true(str_equal_c(notice->help.en, "At the door"));
    const struct field *stock = reg_field(r, STR("stock"));
    assert_true(stock->has_min && stock->n_rules == 1 && stock->unit.zh.n);
    assert_int_equal(reg_field(r, STR("signed"))->codes[0].n_also, 1);
    assert_int_equal(r->n_checks, 1);
    // a score may be an indicator
    const struct expr *x;
    assert_ok(expr_parse_measure(&a, p, STR("mean(rounds.score where kind = inspection)"),
                                 (struct place){0}, &x, &e));
    arena_free(&a);
}

static void the_items(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct error e = {0};
    arena_init(&a, 0);
    assert_ok(compile(&a, "Second", &p, NULL, &e));
    const struct checklist *c = pack_checklist(p, STR("rounds"));
    assert_non_null(c);
    assert_ptr_equal(pack_checklist_of(p, c->reg), c);
    assert_null(pack_checklist_of(p, p->areas));
    assert_true(str_equal_c(c->edition, "7"));
    assert_true(c->pass > 75.4 && c->pass < 75.6);
    assert_int_equal(c->n_sections, 2);
    assert_int_equal(c->sections[0].n_items, 3);
    assert_true(str_equal_c(c->sections[1].label.en, "Second"));
    const struct checklist_item *notice = &c->sections[0].items[0],
                                *lent = &c->sections[0].items[1],
                                *plain = &c->sections[0].items[2],
                                *signed_ = &c->sections[1].items[0],
                                *stock = &c->sections[1].items[1];
    assert_true(notice->critical && notice->photo && notice->required && !notice->ask);
    assert_int_equal(notice->n_scores, 2);
    assert_true(notice->scores[1].points == 10 && !notice->scores[1].failed);
    assert_true(notice->scores[0].points == 0 && notice->scores[0].failed);
    assert_true(lent->scores[0].points == 2.5 && lent->scores[1].failed);
    assert_false(plain->required || plain->scores[0].failed || plain->scores[1].failed);
    assert_true(plain->points == 0);
    assert_true(signed_->points == 5 && signed_->n_scores == 3);
    assert_true(signed_->scores[1].failed && signed_->scores[2].not_applicable);
    assert_non_null(stock->ask);
    assert_true(str_equal_c(stock->ask_text, "kind = self and signed = every"));
    assert_int_equal(stock->n_scores, 0);
    arena_free(&a);
}

static void the_charter_reads_sections_too(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct pack_problems problems;
    struct error e = {0};
    arena_init(&a, 0);
    assert_int_equal(compile(&a, "Birth quota of the year", &p, &problems, &e),
                     ERR_INPUT);
    assert_int_equal(problems.n, 1);
    assert_true(has_problem(&problems, "charter.quota"));
    arena_free(&a);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (int64_t n = 0;; n++) {
        struct arena a;
        struct pack *p;
        struct error e = {0};
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = compile(&a, "Second", &p, NULL, &e);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_register),
        cmocka_unit_test(the_items),
        cmocka_unit_test(the_charter_reads_sections_too),
        cmocka_unit_test(every_allocation_may_fail),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
