// SPDX-License-Identifier: AGPL-3.0-or-later
// What the compiler refuses for the Charter's sake, and what it must go on allowing.
#include "pack_test.h"

// The key of the first Charter problem of a pack with this file, or NULL.
static const char *verdict(const char *path, const char *text)
{
    struct arena a;
    struct pack *p;
    struct pack_problems problems;
    struct error e = {0};
    const char *key = NULL;
    arena_init(&a, 0);
    enum err code = compile_with(&a, path, text, &p, &problems, &e);
    if (code && code != ERR_INPUT)
        fail_msg("%s: %s", e.where, e.text);
    for (size_t i = 0; i < problems.n; i++) {
        if (strncmp(problems.list[i].key, "charter.", 8) != 0)
            fail_msg("%s: %s", problems.list[i].where, problems.list[i].text);
        if (!key)
            key = problems.list[i].key;
        if (strcmp(problems.list[i].key, "charter.suppression") != 0)
            assert_non_null(strstr(problems.list[i].text, "the Charter says: "));
        assert_true(problems.list[i].cure[0] != '\0');
    }
    arena_free(&a);
    return key;
}

static const char *verdict_of_label(const char *purpose, const char *en, const char *zh)
{
    char text[2000];
    snprintf(
        text, sizeof text,
        "register: rows\npurpose: %s\nlabel: {en: Rows, zh: 行}\narea: place\nfields:\n"
        "  place: {type: area, label: {en: Place, zh: 地区}}\n"
        "  thing: {type: int, label: {en: \"%s\", zh: \"%s\"}}\n",
        purpose, en, zh);
    return verdict("registers/rows.yaml", text);
}

struct example {
    const char *key, *en, *zh;
};

static void refused_words(void **state)
{
    (void)state;
    static const struct example list[] = {
        {"charter.quota", "Birth quota of the year", "数"},
        {"charter.quota", "Births without a permit", "数"},
        {"charter.quota", "Second-child approval number", "数"},
        {"charter.quota", "Out-of-plan births", "数"},
        {"charter.quota", "n", "准生证号"},
        {"charter.quota", "n", "超生人数"},
        {"charter.quota", "n", "計劃外生育數"}, // traditional characters
        {"charter.quota", "n", "计划 外 生育"},
        {"charter.compulsion", "Compulsory sterilisation done", "数"},
        {"charter.compulsion", "IUD insertion target for the month", "数"},
        {"charter.compulsion", "n", "结扎任务数"},
        {"charter.compulsion", "n", "四术完成数"},
        {"charter.compulsion", "n", "应落实节育措施人数"},
        {"charter.fines", "Fine for an additional child", "数"},
        {"charter.fines", "Social maintenance fee collected", "数"},
        {"charter.fines", "n", "社会抚养费征收额"},
        {"charter.quota", "n", "超生罚款"},
        {"charter.termination", "Permission for termination", "数"},
        {"charter.termination", "Abortion tracking number", "数"},
        {"charter.termination", "n", "引产审批编号"},
        {"charter.termination", "n", "终止妊娠原因核查"},
        {"charter.pregnancy", "Pregnancies that disappeared", "数"},
        {"charter.pregnancy", "Pregnancy follow-up by officials", "数"},
        {"charter.pregnancy", "n", "孕情跟踪"},
        {"charter.pregnancy", "n", "查环查孕次数"},
        {"charter.migrants", "Migrants expelled", "数"},
        {"charter.migrants", "n", "流动人口婚育证明查验"},
        {"charter.migrants", "n", "清退外来人口数"},
        {"charter.informing", "Reward for a tip about a pregnant woman", "数"},
        {"charter.informing", "n", "举报超生"},
        {"charter.informing", "n", "有奖举报次数"},
        {"charter.case_quota", "Case quota", "数"},
        {"charter.case_quota", "n", "办案指标"},
        {"charter.rewards", "Bonus for sterilisation", "数"},
        {"charter.rewards", "n", "结扎奖励金额"},
        {"charter.rewards", "n", "放弃再生育奖金"},
        {"charter.shaming", "Naming and shaming list", "数"},
        {"charter.shaming", "Blacklist of families", "数"},
        {"charter.shaming", "n", "曝光台"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        const char *found = verdict_of_label("statistics", list[i].en, list[i].zh);
        if (!found)
            fail_msg("allowed: %s / %s", list[i].en, list[i].zh);
        // some words break two rules; what counts is that they are refused
        if (strcmp(found, list[i].key) != 0 &&
            strcmp(list[i].key, "charter.informing") != 0)
            fail_msg("%s / %s: %s, expected %s", list[i].en, list[i].zh, found,
                     list[i].key);
    }
}

static void allowed_words(void **state)
{
    (void)state;
    static const struct example list[] = {
        {"vital", "Birth certificate number", "出生医学证明编号"},
        {"vital", "Births registered late", "出生登记迟报"},
        {"vital", "Birth order", "孩次"},
        {"vital", "Weeks of gestation", "孕周"},
        {"vital", "Informant of the death", "死亡申报人"},
        {"vital", "Death during pregnancy", "妊娠期死亡"},
        {"care", "Follow-up of the pregnancy", "孕期随访"},
        {"care", "Pregnancy checks by week 13", "早孕建册"},
        {"care", "Contraceptive chosen", "选择的避孕方法"},
        {"care", "Counselling on contraception", "避孕咨询"},
        {"care", "Free pre-pregnancy check", "免费孕前优生健康检查"},
        {"statistics", "Registered residents and migrants", "常住人口和流动人口"},
        {"statistics", "Children vaccinated among migrants", "流动人口儿童接种数"},
        {"statistics", "Supplies of contraceptives", "避孕药具发放数"},
        {"statistics", "Delivery fee of the hospital", "住院分娩费用"},
        {"supervision", "Illegal fetal sex identification for sale",
         "非医学需要的胎儿性别鉴定"},
        {"supervision", "Licence to attend births", "助产技术服务许可证"},
        {"supervision", "Tips answered in time", "举报线索按时答复数"},
        {"supervision", "Cases with a complete file", "案卷完整的案件数"},
        {"supervision", "Fine paid by the facility", "机构罚款金额"},
        {"benefit", "Support for bereaved parents", "独生子女伤残死亡家庭扶助"},
        {"benefit", "Maternity benefit", "生育津贴"},
        {"vital", "Sex ratio at birth", "出生性别比"},
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        const char *found = verdict_of_label(list[i].key, list[i].en, list[i].zh);
        if (found)
            fail_msg("%s / %s is refused: %s", list[i].en, list[i].zh, found);
    }
}

static void words_are_found_wherever_they_stand(void **state)
{
    (void)state;
#define PLACE "  place: {type: area, label: {en: Place, zh: 地区}}\n"
    static const char *const files[][2] = {
        {"registers/x.yaml",
         "register: birth_permits\npurpose: vital\nlabel: {en: X, zh: 某}\n"
         "area: place\nfields:\n" PLACE},
        {"registers/x.yaml", "register: x\npurpose: vital\nlabel: {en: X, zh: 准生证}\n"
                             "area: place\nfields:\n" PLACE},
        {"registers/x.yaml",
         "register: x\npurpose: vital\nlabel: {en: X, zh: 某}\narea: "
         "place\nfields:\n" PLACE "  kind: {type: code, label: {en: Kind, zh: 类}, "
         "codes: {a: {en: A, zh: 超生}}}\n"},
        {"registers/x.yaml",
         "register: x\npurpose: vital\nlabel: {en: X, zh: 某}\narea: place\nsources:\n"
         "  a: {en: A, zh: 超生举报}\nfields:\n" PLACE},
        {"registers/x.yaml",
         "register: x\npurpose: vital\nlabel: {en: X, zh: 某}\narea: "
         "place\nfields:\n" PLACE "checks:\n  a: {when: place is null, label: {en: Birth "
         "quota passed, zh: 某}}\n"},
        {"indicators/x.yaml", "group: x\nlabel: {en: X, zh: 某}\nindicators:\n  a: "
                              "{numerator: count(areas), label: "
                              "{en: A, zh: 某}, definition: {en: Good. Share of "
                              "out-of-plan births., zh: 某}}\n"},
        {"checks/x.yaml", "checks:\n  a: {kind: count, value: count(areas), by: county, "
                          "every: month, label: {en: A, zh: 孕情消失}}\n"},
        {"reports/x.yaml", "report: x\nevery: month\nlabel: {en: X, zh: 某}\nsections:\n "
                           " - heading: {en: Fines "
                           "for births, zh: 某}\n"},
        {"reports/x.yaml", "report: x\nevery: month\nlabel: {en: X, zh: 某}\nvalues:\n  "
                           "birth_quota: {measure: count(areas)}\nsections:\n  - "
                           "definitions: true\n"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (!verdict(files[i][0], files[i][1]))
            fail_msg("allowed: %s", files[i][1]);
}

static void shapes(void **state)
{
    (void)state;
    static const char supervision[] =
        "register: inspections\npurpose: supervision\nlabel: {en: Inspections, zh: "
        "检查}\n"
        "area: place\nfields:\n" PLACE
        "  patient: {type: name, %slabel: {en: Name, zh: 姓名}}\n";
    char text[2000];
    snprintf(text, sizeof text, supervision, "");
    assert_string_equal(verdict("registers/i.yaml", text), "charter.subject");
    // anyone may write about a facility, and about nothing else
    static const char channel[] =
        "channel: tips\nlabel: {en: Tips, zh: 反映}\nintro: {en: Write., zh: 请写。}\n"
        "promise: {en: Read., zh: 阅读。}\npublic: true\nreaders: [reader]\n"
        "answer_within: 15 days\nkeep: 1 year\nquestions:\n"
        "  which: {type: facility, label: {en: Which, zh: 哪个}%s}\n"
        "  text: {type: text, label: {en: %s, zh: 什么}}\n";
    snprintf(text, sizeof text, channel, "", "What");
    assert_string_equal(verdict("channels/t.yaml", text), "charter.informing");
    snprintf(text, sizeof text, channel, ", required: true", "Who has an illegal birth");
    assert_non_null(verdict("channels/t.yaml", text));
    snprintf(text, sizeof text, channel, ", required: true", "What");
    assert_null(verdict("channels/t.yaml", text));
    snprintf(text, sizeof text, supervision, "identifies: false, ");
    assert_null(verdict("registers/i.yaml", text));

    static const char benefit[] =
        "register: aid\npurpose: %s\nlabel: {en: Aid, zh: 救助}\narea: "
        "place\nfields:\n" PLACE "  name: {type: name, %slabel: {en: Name, zh: 姓名}}\n"
        "  weeks: {type: int, label: {en: Weeks of gestation, zh: 孕周}}\n";
    snprintf(text, sizeof text, benefit, "benefit", "");
    assert_string_equal(verdict("registers/aid.yaml", text), "charter.pregnancy");
    snprintf(text, sizeof text, benefit, "benefit", "identifies: false, ");
    assert_null(verdict("registers/aid.yaml", text));
    snprintf(text, sizeof text, benefit, "care", "");
    assert_null(verdict("registers/aid.yaml", text));
}

static void measures_do_not_read_names(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct pack_problems problems;
    struct error e = {0};
    static const char mothers[] =
        "register: mothers\npurpose: care\nlabel: {en: Mothers, zh: 孕产妇}\narea: "
        "place\n"
        "date: seen_on\nfields:\n" PLACE
        "  seen_on: {type: date, label: {en: Seen on, zh: 日期}}\n"
        "  file_number: {type: int, identifies: true, label: {en: File number, zh: "
        "档案号}}\n";
    static const char indicator[] =
        "group: x\nlabel: {en: X, zh: 某}\nindicators:\n  a: "
        "{numerator: count(mothers where file_number = %s), label: "
        "{en: A, zh: 某}}\n";
    char text[500];
    snprintf(text, sizeof text, indicator, "17");
    struct pack_file files[] = {{STR("pack.yaml"), str_of(standard_pack)},
                                {STR("registers/areas.yaml"), str_of(standard_areas)},
                                {STR("registers/mothers.yaml"), str_of(mothers)},
                                {STR("indicators/x.yaml"), str_of(text)}};
    arena_init(&a, 0);
    assert_int_equal(pack_compile(&a, files, 4, &p, &problems, &e), ERR_INPUT);
    assert_int_equal(problems.n, 1);
    assert_string_equal(problems.list[0].key, "expr.cube");
    assert_non_null(strstr(problems.list[0].text, "names a person"));
    arena_free(&a);
}

static void suppression(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct pack_problems problems;
    struct error e = {0};
    char text[1000];
    arena_init(&a, 0);
    for (int below = 3; below <= 6; below++) {
        snprintf(text, sizeof text, "%ssuppress_below: %d\n", standard_pack, below);
        struct pack_file files[] = {
            {STR("pack.yaml"), str_of(text)},
            {STR("registers/areas.yaml"), str_of(standard_areas)}};
        enum err code = pack_compile(&a, files, 2, &p, &problems, &e);
        assert_int_equal(code, below < 5 ? ERR_INPUT : ERR_OK);
        if (code)
            assert_string_equal(e.key, "charter.suppression");
        else
            assert_int_equal(p->suppress_below, below);
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_words),
        cmocka_unit_test(allowed_words),
        cmocka_unit_test(words_are_found_wherever_they_stand),
        cmocka_unit_test(shapes),
        cmocka_unit_test(measures_do_not_read_names),
        cmocka_unit_test(suppression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
