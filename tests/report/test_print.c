// SPDX-License-Identifier: AGPL-3.0-or-later
// Tables on a terminal: text wraps and is never cut, figures stay whole.
#include "report_test.h"

#include "base/text.h"
#include "report/doc_text.h"

enum { COLUMNS = 4, ROWS = 3 };

static const char *const words[2][ROWS][COLUMNS - 1] = {
    {{"error", "Contracted: the numerator is larger than the denominator",
      "The reporter corrects the report; the rate is not shown until then."},
     {"warning", "Same birth twice", "Keep both rows of twins."},
     {"note", "Reported more than 30 days after",
      "Ask the reporting unit why; aVeryLongWordThatFitsNoColumn stays readable."}},
    {{"错误", "高血压患者签约率：分子大于分母（以2014年6月为最）",
      "由填报单位核实更正；更正前不出率。"},
     {"警告", "同一来源重复登记的出生", "双胞胎保留两行。"},
     {"提示", "超过30天才登记的出生，共1234例",
      "了解登记环节，协助家庭办理；并核对“出生医学证明”。"}}};

static struct doc *wide_doc(struct arena *a, bool zh)
{
    static const double weights[COLUMNS] = {1, 3, 4, 0};
    struct doc *d = doc_new(a, zh);
    struct table_column columns[COLUMNS];
    struct cell cells[ROWS * COLUMNS];
    memset(cells, 0, sizeof cells);
    memset(columns, 0, sizeof columns);
    for (int c = 0; c < COLUMNS; c++) {
        columns[c].title = STR("Head");
        columns[c].width = weights[c];
        for (int r = 0; r < ROWS; r++)
            cells[r * COLUMNS + c] =
                c < COLUMNS - 1
                    ? (struct cell){.kind = CELL_TEXT, .text = str_of(words[zh][r][c])}
                    : (struct cell){.kind = CELL_NUMBER, .value = 1234567 + r};
    }
    struct doc_table t = {
        .columns = columns, .n_columns = COLUMNS, .cells = cells, .n_rows = ROWS};
    assert_true(d && doc_table(d, &t));
    return d;
}

// How often each byte of text other than blanks is printed.
static void count_bytes(struct str s, size_t counts[256])
{
    for (size_t i = 0; i < s.n; i++)
        counts[(unsigned char)s.p[i]] += s.p[i] != ' ' && s.p[i] != '\n';
}

static void nothing_is_cut_at_any_width(void **state)
{
    struct place *p = *state;
    for (int zh = 0; zh < 2; zh++) {
        struct doc *d = wide_doc(&p->a, zh);
        struct error e = {0};
        struct buf whole = BUF_INIT(1 << 20);
        assert_int_equal(doc_print(d, 400, &whole, &e), ERR_OK);
        size_t want[256] = {0};
        count_bytes(buf_str(&whole), want);
        for (int columns = 60; columns <= 160; columns++) {
            struct buf out = BUF_INIT(1 << 20);
            assert_int_equal(doc_print(d, columns, &out, &e), ERR_OK);
            size_t got[256] = {0};
            count_bytes(buf_str(&out), got);
            for (int byte = 0; byte < 0x80; byte++)
                assert_int_equal(got[byte], want[byte]);
            struct str rest = buf_str(&out), line;
            assert_null(memmem(rest.p, rest.n, "…", 3));
            size_t figures = 0;
            while (doc_next_line(&rest, &line)) {
                assert_true(text_width(line) <= (size_t)columns);
                figures += line.n && memmem(line.p, line.n, "1,234,56", 8) != NULL;
            }
            assert_int_equal(figures, ROWS);
            buf_free(&out);
        }
        buf_free(&whole);
    }
}

static void no_chinese_line_begins_with_a_stop(void **state)
{
    struct place *p = *state;
    static const char *const stops[] = {"，", "。", "；", "）", "”", "："};
    struct doc *d = doc_new(&p->a, true);
    assert_true(d && doc_paragraph(d, STR("双胞胎保留两行；同一儿童（含补登）划去重复的"
                                          "一行。核对“出生医学证明”，逐例更正。")));
    for (int columns = 40; columns <= 90; columns++) {
        struct buf out = BUF_INIT(1 << 16);
        struct error e = {0};
        assert_int_equal(doc_print(d, columns, &out, &e), ERR_OK);
        struct str rest = buf_str(&out), line;
        while (doc_next_line(&rest, &line)) {
            assert_true(text_width(line) <= (size_t)columns);
            for (size_t i = 0; i < COUNT(stops); i++)
                assert_false(str_starts(line, str_of(stops[i])));
        }
        buf_free(&out);
    }
}

static void a_short_table_stays_on_single_lines(void **state)
{
    struct place *p = *state;
    struct doc *d = sample_doc(&p->a, false, 6);
    struct buf narrow = BUF_INIT(1 << 20), wide = BUF_INIT(1 << 20);
    struct error e = {0};
    assert_int_equal(doc_print(d, 300, &wide, &e), ERR_OK);
    assert_int_equal(doc_print(d, 240, &narrow, &e), ERR_OK);
    size_t lines[2] = {0};
    for (int i = 0; i < 2; i++) {
        struct str rest = buf_str(i ? &wide : &narrow), line;
        while (doc_next_line(&rest, &line))
            lines[i]++;
    }
    assert_int_equal(lines[0], lines[1]);
    buf_free(&narrow);
    buf_free(&wide);
}

int main(void)
{
#define WITH_PLACE(f) cmocka_unit_test_setup_teardown(f, place_open, place_close)
    const struct CMUnitTest tests[] = {
        WITH_PLACE(nothing_is_cut_at_any_width),
        WITH_PLACE(no_chinese_line_begins_with_a_stop),
        WITH_PLACE(a_short_table_stays_on_single_lines),
    };
    return cmocka_run_group_tests_name("print", tests, NULL, NULL);
}
