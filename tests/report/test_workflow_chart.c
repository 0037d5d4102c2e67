// SPDX-License-Identifier: AGPL-3.0-or-later
// A workflow as a picture: all of it is there, in both languages and inside the frame,
// and what fails for want of memory says so.
#include "../tap.h"

#include <stdlib.h>
#include <string.h>

#include "pack/pack.h"
#include "report/workflow_chart.h"

static const char pack_text[] =
    "pack: test\nversion: \"1\"\nlabel: {en: Test, zh: 测试}\n"
    "levels:\n  county: {label: {en: County, zh: 县}}\n";
static const char areas_text[] = "register: areas\nkind: areas\n"
                                 "label: {en: Areas, zh: 地区}\n";
static const char cases_text[] =
    "register: cases\npurpose: supervision\nlabel: {en: Cases, zh: 案件}\narea: place\n"
    "workflow: case\nkey: [number]\nfields:\n"
    "  number: {type: text, label: {en: Number, zh: 编号}}\n"
    "  opened_on: {type: date, label: {en: Opened on, zh: 立案日期}}\n"
    "  place: {type: area, label: {en: Place, zh: 地点}}\n";
static const char workflow_text[] =
    "workflow: case\nlabel: {en: A case, zh: 案件办理}\n"
    "stages:\n"
    "  filed: {label: {en: Filed, zh: 已立案}, within: 60 days, from: opened_on, else: "
    "expire}\n"
    "  heard: {label: {en: Heard, zh: 已听证}, within: 2 months}\n"
    "  late: {label: {en: Too late, zh: 已超期}}\n"
    "  closed: {label: {en: Closed, zh: 已结案}, final: true}\n"
    "moves:\n"
    "  hear: {label: {en: Hearing, zh: 听证}, from: filed, to: heard}\n"
    "  expire: {label: {en: Time is over, zh: 超期}, from: filed, to: late}\n"
    "  back: {label: {en: Once more, zh: 重新听证}, from: [heard, late], to: filed}\n"
    "  close: {label: {en: Close, zh: 结案}, from: [heard, late, filed], to: closed}\n"
    "  settle: {label: {en: Settle, zh: 和解}, from: heard, to: closed}\n";

static const struct workflow *compile(struct arena *a)
{
    const struct pack_file files[] = {
        {STR("pack.yaml"), str_of(pack_text)},
        {STR("registers/areas.yaml"), str_of(areas_text)},
        {STR("registers/cases.yaml"), str_of(cases_text)},
        {STR("workflows/case.yaml"), str_of(workflow_text)}};
    struct pack *p = NULL;
    struct error e = {0};
    assert_ok(pack_compile(a, files, 4, &p, NULL, &e));
    return &p->workflows[0];
}

// Every x="..." and y="..." of the text lies between 0 and the limit.
static void inside(const char *svg, const char *attribute, double limit)
{
    size_t n = 0;
    for (const char *at = svg; (at = strstr(at, attribute)) != NULL; n++) {
        at += strlen(attribute);
        double v = strtod(at, NULL);
        if (!(v >= 0 && v <= limit))
            fail_msg("%s%g is not between 0 and %g", attribute, v, limit);
    }
    assert_true(n > 5);
}

static void all_of_it_is_drawn(void **state)
{
    (void)state;
    static const char *const words[2][10] = {
        {"Filed", "Heard", "Too late", "Closed", "Hearing", "Time is over", "Once more",
         "Settle", "within 60 days of: Opened on", "within 2 months"},
        {"已立案", "已听证", "已超期", "已结案", "听证", "超期", "重新听证", "和解",
         "立案日期起60天内", "2个月内"}};
    for (int zh = 0; zh < 2; zh++) {
        struct arena a;
        struct typeset *t;
        struct error e = {0};
        struct buf svg = BUF_INIT(1 << 20);
        arena_init(&a, 0);
        const struct workflow *w = compile(&a);
        assert_ok(typeset_open(&t, zh, &e));
        assert_ok(workflow_chart(w, zh, t, &a, &svg, &e));
        const char *text = buf_c(&svg);
        assert_non_null(text);
        for (int i = 0; i < 10; i++)
            if (!strstr(text, words[zh][i]))
                fail_msg("'%s' is not drawn", words[zh][i]);
        const char *box = strstr(text, "viewBox=\"0 0 ");
        assert_non_null(box);
        char *end;
        double width = strtod(box + 13, &end), height = strtod(end, NULL);
        assert_true(width > 200 && height > 200);
        inside(text, " x=\"", width);
        inside(text, " y=\"", height);
        // the same again is the same
        struct buf again = BUF_INIT(1 << 20);
        assert_ok(workflow_chart(w, zh, t, &a, &again, &e));
        assert_true(str_equal(buf_str(&svg), buf_str(&again)));
        typeset_close(t);
        buf_free(&svg);
        buf_free(&again);
        arena_free(&a);
    }
}

static void no_memory_is_told(void **state)
{
    (void)state;
    struct arena a;
    struct typeset *t;
    struct error e = {0};
    int failures = 0;
    enum err code = ERR_MEMORY;
    arena_init(&a, 0);
    const struct workflow *w = compile(&a);
    assert_ok(typeset_open(&t, false, &e));
    for (int64_t i = 0; code; i++) {
        struct arena own;
        struct buf svg = BUF_INIT(1 << 20);
        arena_init(&own, 0);
        mem_fail_after(i);
        code = workflow_chart(w, false, t, &own, &svg, &e);
        mem_fail_after(-1);
        failures += code == ERR_MEMORY;
        assert_true(i < 2000);
        buf_free(&svg);
        arena_free(&own);
    }
    assert_true(failures > 0);
    typeset_close(t);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_it_is_drawn),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
