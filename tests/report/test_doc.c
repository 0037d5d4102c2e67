// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report_test.h"

#include "base/text.h"
#include "report/doc_text.h"

static void numbers_read_as_they_should(void **state)
{
    (void)state;
    static const struct {
        double value;
        int decimals;
        const char *text;
    } cases[] = {
        {0, 0, "0"},
        {-0.0, 1, "0.0"},
        {-0.04, 1, "0.0"},
        {-0.06, 1,
         "\xE2\x88\x92"
         "0.1"},
        {999, 0, "999"},
        {1000, 0, "1,000"},
        {1234567.891, 2, "1,234,567.89"},
        {-48113, 0,
         "\xE2\x88\x92"
         "48,113"},
        {99.95, 1, "100.0"},
        {0.5, -3, "0"},
        {1, 40, "1.000000000"},
        {2e18, 2, "2.00e+18"},
        {NAN, 0, "\xE2\x80\x93"},
        {INFINITY, 0, "\xE2\x80\x93"},
    };
    char text[TEXT_NUMBER_SIZE];
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(text_number(cases[i].value, cases[i].decimals, text).p,
                            cases[i].text);
    assert_true(text_number(-999999999999999, 9, text).n < TEXT_NUMBER_SIZE);
}

static void cells_read_as_they_should(void **state)
{
    struct place *p = *state;
    struct table_column column = {.decimals = 1};
    struct cell c = {.kind = CELL_INTERVAL, .value = 117, .low = 102.5, .high = 134};
    assert_true(str_equal_c(doc_cell_text(&p->a, false, &column, &c), "117.0"));
    assert_true(str_equal_c(doc_cell_bounds(&p->a, false, &column, &c),
                            "(102.5\xE2\x80\x93"
                            "134.0)"));
    c.low = -2;
    assert_true(str_equal_c(doc_cell_bounds(&p->a, false, &column, &c), "(\xE2\x88\x92"
                                                                        "2.0 to 134.0)"));
    assert_true(str_equal_c(doc_cell_bounds(&p->a, true, &column, &c), "(\xE2\x88\x92"
                                                                       "2.0 至 134.0)"));
    c.low = c.high = NAN;
    assert_true(doc_cell_bounds(&p->a, false, &column, &c).n == 0);
    c = (struct cell){.kind = CELL_SUPPRESSED, .value = 3};
    assert_true(str_equal_c(doc_cell_text(&p->a, false, &column, &c), "<5"));
    c.text = STR("<10");
    assert_true(str_equal_c(doc_cell_text(&p->a, false, &column, &c), "<10"));
    c = (struct cell){.kind = CELL_DATE, .value = 16266};
    assert_true(str_equal_c(doc_cell_text(&p->a, false, &column, &c), "2014-07-15"));
    c.value = 1e18;
    assert_true(str_equal_c(doc_cell_text(&p->a, false, &column, &c), "\xE2\x80\x93"));
}

static void text_is_cleaned(void **state)
{
    struct place *p = *state;
    assert_true(str_equal_c(doc_clean(&p->a, STR("a\tb\r\nc\rd")), "a b\nc\nd"));
    assert_true(str_equal_c(doc_clean(&p->a, str_of("\xC0\xAF\xED\xA0\x80"
                                                    "张")),
                            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                            "张"));
    assert_true(doc_clean(&p->a, STR("\0\0")).n == 6);
    assert_non_null(doc_clean(&p->a, (struct str){NULL, 0}).p);
}

static void a_doc_owns_what_it_holds(void **state)
{
    struct place *p = *state;
    struct doc *d = doc_new(&p->a, false);
    char title[] = "Title", name[] = "row";
    double value[] = {1, 2};
    struct table_column column = {.title = {title, 5}};
    struct cell cells[] = {{.kind = CELL_TEXT, .text = {name, 3}},
                           {.kind = CELL_SUPPRESSED, .value = 4, .low = 3, .high = 2}};
    struct doc_table t = {.title = {title, 5},
                          .columns = &column,
                          .n_columns = 1,
                          .cells = cells,
                          .n_rows = 2};
    assert_true(doc_table(d, &t));
    struct str category[] = {{name, 3}, {name, 3}};
    struct series s = {.label = {name, 3}, .value = value};
    struct doc_chart c = {
        .categories = category, .n_categories = 2, .series = &s, .n_series = 1};
    assert_true(doc_chart(d, &c));
    assert_true(doc_table(d, &t));
    memset(title, 'x', 5);
    memset(name, 'x', 3);
    value[1] = 77;
    const struct doc_table *kept = &d->first->table;
    assert_true(str_equal_c(kept->title, "Title"));
    assert_true(str_equal_c(kept->columns[0].title, "Title"));
    assert_true(str_equal_c(kept->cells[0].text, "row"));
    // a suppressed count never carries its value
    assert_true(kept->cells[1].value == 0 && kept->cells[1].low == 0);
    assert_true(d->first->next->chart.series[0].value[1] == 2);
    assert_int_equal(d->first->number, 1);
    assert_int_equal(d->first->next->number, 1);
    assert_int_equal(d->last->number, 2);
    t.n_rows = SIZE_MAX;
    t.n_columns = 2;
    assert_false(doc_table(d, &t));
}

static void building_without_memory_is_told(void **state)
{
    (void)state;
    for (int64_t n = 0; n < 40; n++) {
        struct arena a;
        arena_init(&a, 0);
        mem_fail_after(n);
        struct doc *d = doc_new(&a, true);
        bool ok = d && doc_heading(d, 1, STR("x")) && doc_paragraph(d, STR("y"));
        for (int i = 0; ok && i < 2000; i++)
            ok = doc_paragraph(d, STR("some words that take room"));
        mem_fail_after(-1);
        arena_free(&a);
        if (ok) {
            assert_true(n > 0);
            return;
        }
    }
    fail();
}

static void a_chart_is_a_table_too(void **state)
{
    struct place *p = *state;
    struct doc_chart c = sample_chart(&p->a, CHART_FORM_FUNNEL, 3, 2);
    ((double *)c.series[1].value)[1] = NAN;
    struct doc_table t;
    assert_true(doc_chart_table(&p->a, false, &c, &t));
    assert_int_equal(t.n_columns, 5);
    assert_int_equal(t.n_rows, 3);
    assert_true(str_equal_c(t.cells[0].text, "Area 0"));
    assert_true(t.cells[1].kind == CELL_NUMBER &&
                t.cells[1].value == c.series[0].size[0]);
    assert_true(t.cells[2].kind == CELL_INTERVAL && t.cells[2].low == c.series[0].low[0]);
    assert_int_equal(t.cells[t.n_columns + 4].kind, CELL_MISSING);
}

static void a_terminal_shows_it_aligned(void **state)
{
    struct place *p = *state;
    for (int zh = 0; zh < 2; zh++) {
        struct doc *d = sample_doc(&p->a, zh, 6);
        struct buf out = BUF_INIT(1 << 20);
        struct error e = {0};
        assert_int_equal(doc_print(d, 110, &out, &e), ERR_OK);
        struct str text = buf_str(&out);
        assert_true(contains(text, "1,234,567"));
        assert_true(contains(text, "117.2 (102.5\xE2\x80\x93"
                                   "134.0)") ||
                    contains(text, "117.3 (102.5\xE2\x80\x93"
                                   "134.0)"));
        assert_true(contains(text, zh ? "数量过小，不予显示" : "small count, not shown"));
        assert_true(
            contains(text, zh ? "表 1  各乡镇出生情况" : "Table 1  Births by township"));
        assert_false(contains(text, "3.1415"));
        // dates stand in one column of the screen, whatever is before them
        size_t at = 0, rows = 0;
        struct str rest = text, line;
        while (doc_next_line(&rest, &line)) {
            const char *date = line.n ? memmem(line.p, line.n, "2014-07-05", 10) : NULL;
            if (!date)
                continue;
            size_t here = text_width((struct str){line.p, (size_t)(date - line.p)});
            assert_true(rows == 0 || here == at);
            at = here;
            rows++;
        }
        assert_int_equal(rows, 5);
        struct buf tight = BUF_INIT(50);
        assert_int_equal(doc_print(d, -1, &tight, &e), ERR_LIMIT);
        buf_free(&tight);
        buf_free(&out);
    }
}

int main(void)
{
#define WITH_PLACE(f) cmocka_unit_test_setup_teardown(f, place_open, place_close)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_read_as_they_should),
        WITH_PLACE(cells_read_as_they_should),
        WITH_PLACE(text_is_cleaned),
        WITH_PLACE(a_doc_owns_what_it_holds),
        cmocka_unit_test(building_without_memory_is_told),
        WITH_PLACE(a_chart_is_a_table_too),
        WITH_PLACE(a_terminal_shows_it_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
