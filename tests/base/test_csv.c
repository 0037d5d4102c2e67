// SPDX-License-Identifier: AGPL-3.0-or-later
#include "table_files.h"

static void quotes_and_line_ends(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (size_t k = 0; k < 3; k++) {
        struct buf b = BUF_INIT(1000);
        buf_printf(&b, "id,name%s1,\"a \"\"b\"\", c\"%s2,\"two%slines\"%s", ends[k],
                   ends[k], ends[k], ends[k]);
        buf_printf(&b, "3,5\" pipe%s%s4,\"\",%s", ends[k], ends[k], ends[k]);
        struct table *t = opened(buf_str(&b), NULL);
        char text[256], two[64];
        struct table_row row = {0};
        snprintf(two, sizeof two, "2|two%slines", ends[k]);
        assert_string_equal(next_row(t, text, sizeof text, &row), "id|name");
        assert_string_equal(next_row(t, text, sizeof text, &row), "1|a \"b\", c");
        assert_string_equal(next_row(t, text, sizeof text, &row), two);
        assert_int_equal(row.line, 3);
        assert_string_equal(next_row(t, text, sizeof text, &row), "3|5\" pipe");
        assert_int_equal(row.line, 5);
        assert_int_equal(row.number, 4);
        assert_false(row.blank);
        assert_string_equal(next_row(t, text, sizeof text, &row), "");
        assert_true(row.blank);
        assert_string_equal(next_row(t, text, sizeof text, &row), "4||");
        assert_false(row.cut);
        assert_true(str_equal(row.raw, STR("4,\"\",")));
        assert_string_equal(next_row(t, text, sizeof text, &row), "end");
        assert_string_equal(next_row(t, text, sizeof text, &row), "end");
        assert_true(table_progress(t) == 1);
        table_close(t);
        buf_free(&b);
    }
}

static void separators(void **state)
{
    (void)state;
    static const struct {
        const char *content, *first;
        char separator;
    } cases[] = {
        {"a,b\n1,2\n", "a|b", ','},
        {"a;b;c\n1,5;2,5;3,5\n", "a|b|c", ';'},
        {"a\tb\n\"x,y\"\t2,3\n", "a|b", '\t'},
        {"a|b|c\n1|2|3\n", "a|b|c", '|'},
        {"name\nx\n", "name", ','},
        {"\"a;b;c\",d\n\"1;2;3\",4\n", "a;b;c|d", ','},
        {"Births of 2014;;\nname;sex;day\nx;f;3\n", "Births of 2014||", ';'},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct table *t = opened(str_of(cases[i].content), NULL);
        assert_int_equal(table_about(t)->separator, cases[i].separator);
        ASSERT_ROW(t, cases[i].first);
        table_close(t);
    }
}

static void an_unclosed_quote_costs_its_own_line(void **state)
{
    (void)state;
    // closed by the next quoted field, which text follows
    struct table *t = opened(STR("a,b\n1,\"x\n2,\"y\",z\n3,w\n"), NULL);
    char text[256];
    struct table_row row = {0};
    ASSERT_ROW(t, "a|b");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.quote");
    assert_true(str_equal(row.raw, STR("1,\"x")));
    assert_int_equal(row.line, 2);
    assert_false(row.cut);
    assert_null(row.cells);
    ASSERT_ROW(t, "2|y|z");
    assert_string_equal(next_row(t, text, sizeof text, &row), "3|w");
    assert_int_equal(row.line, 4);
    assert_int_equal(row.number, 4);
    ASSERT_ROW(t, "end");
    table_close(t);

    // never closed at all, and far from the end: every later row is delivered
    struct buf b = BUF_INIT(64 << 20);
    buf_add(&b, STR("a,b\r\n\"two\r\nlines\",\"open\r\n"));
    for (int i = 0; i < 700000; i++)
        buf_add(&b, STR("12345,6789\r\n"));
    t = opened(buf_str(&b), NULL);
    ASSERT_ROW(t, "a|b");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.quote");
    assert_true(str_equal(row.raw, STR("\"two\r\nlines\",\"open")));
    struct error e;
    for (int i = 0; i < 700000; i++) {
        assert_int_equal(table_read(t, &row, &e), ERR_OK);
        assert_true(!row.end && !row.problem.code && row.n == 2);
        assert_true(row.line == (uint64_t)i + 4);
    }
    ASSERT_ROW(t, "end");
    table_close(t);
    buf_free(&b);

    t = opened(STR("a,b\n1,\"x\"y\n2,3\n"), NULL);
    ASSERT_ROW(t, "a|b");
    ASSERT_ROW(t, "!csv.quote");
    ASSERT_ROW(t, "2|3");
    table_close(t);
}

static void a_cut_off_last_row(void **state)
{
    (void)state;
    char text[256];
    struct table_row row = {0};
    struct table *t = opened(STR("a,b,c\n1,2,3\n4,5"), NULL);
    ASSERT_ROW(t, "a|b|c");
    ASSERT_ROW(t, "1|2|3");
    assert_string_equal(next_row(t, text, sizeof text, &row), "4|5");
    assert_true(row.cut);
    ASSERT_ROW(t, "end");
    table_close(t);

    t = opened(STR("a,b\n1,2\n4,\"5"), NULL);
    ASSERT_ROW(t, "a|b");
    ASSERT_ROW(t, "1|2");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.quote");
    assert_true(row.cut);
    ASSERT_ROW(t, "end");
    table_close(t);

    t = opened(STR("a,b\n1,2"), NULL);
    ASSERT_ROW(t, "a|b");
    assert_string_equal(next_row(t, text, sizeof text, &row), "1|2");
    assert_false(row.cut);
    ASSERT_ROW(t, "end");
    table_close(t);
}

static void limits(void **state)
{
    (void)state;
    char text[256];
    struct table_row row = {0};
    struct table_options small = {.max_field = 10, .max_row = 40, .max_columns = 3};
    struct table *t = opened(
        STR("a,b,c\n"
            "12345678901,2,3\n"
            "\"1234567890\",2,3\n"
            "1,2,3,4\n"
            "1,2,3333333333333333333333333333333333333333333333\n"
            "\"x\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\",1\n"),
        &small);
    ASSERT_ROW(t, "a|b|c");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.field_limit");
    assert_true(str_equal(row.raw, STR("12345678901,2,3")));
    ASSERT_ROW(t, "1234567890|2|3");
    ASSERT_ROW(t, "!csv.column_limit");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.row_limit");
    assert_int_equal(row.raw.n, 40);
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.quote");
    assert_true(str_equal(row.raw, STR("\"x")));
    assert_int_equal(row.line, 6);
    for (int i = 0; i < 19; i++)
        ASSERT_ROW(t, "x");
    ASSERT_ROW(t, "x\"|1");
    ASSERT_ROW(t, "end");
    table_close(t);
}

// A hole in a file reads as NUL bytes; one byte in front makes it a line without end.
static void a_line_of_gigabytes(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20);
    for (int i = 0; i < 12000; i++)
        buf_add(&b, STR("name,place,day of birth\n"));
    char path[64];
    temporary_file(path, buf_str(&b));
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, 64 << 20, SEEK_SET), 0);
    assert_int_equal(fputs("\nafter,it,1\n", f) >= 0, 1);
    fclose(f);
    struct table *t;
    struct error e;
    assert_int_equal(table_open(&t, path, NULL, &e), ERR_OK);
    unlink(path);
    char text[256];
    struct table_row row = {0};
    for (int i = 0; i < 12000; i++)
        ASSERT_ROW(t, "name|place|day of birth");
    mem_fail_after(-1);
    assert_string_equal(next_row(t, text, sizeof text, &row), "!csv.row_limit");
    assert_int_equal(row.raw.n, 4 << 20);
    assert_true(mem_fail_after(-1) < 10);
    assert_string_equal(next_row(t, text, sizeof text, &row), "after|it|1");
    assert_int_equal(row.line, 12002);
    ASSERT_ROW(t, "end");
    table_close(t);
    buf_free(&b);
}

static void nul_and_long_fields(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(16 << 20);
    buf_add(&b, BYTES("a,b\n1,x\0y\n\"q\0\",2\n"));
    for (int i = 0; i < 3; i++) {
        buf_add(&b, STR("\""));
        for (int k = 0; k < 1 << 17; k++)
            buf_add(&b, STR("ab\"\"cd\r\n"));
        buf_add(&b, STR("\",end\n"));
    }
    struct table_options options = {.max_field = 2 << 20};
    struct table *t = opened(buf_str(&b), &options);
    ASSERT_ROW(t, "a|b");
    ASSERT_ROW(t, "!csv.nul");
    ASSERT_ROW(t, "!csv.nul");
    struct table_row row = {0};
    struct error e;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(table_read(t, &row, &e), ERR_OK);
        assert_int_equal(row.problem.code, ERR_OK);
        assert_int_equal(row.n, 2);
        assert_int_equal(row.cells[0].n, (1 << 17) * 7);
        assert_memory_equal(row.cells[0].p + 7, "ab\"cd\r\n", 7);
        assert_int_equal(row.line, 4 + i * ((1 << 17) + 1));
    }
    ASSERT_ROW(t, "end");
    table_close(t);
    buf_free(&b);
}

// Random tables, written and read back equal.
static uint64_t step(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const char *const pieces[] = {"a",  "\"", ",",  "\n",      "\r\n", "\r",
                                         " ",  "王", "𠮷", "=",       "-1",   ";",
                                         "\t", "|",  "é",  "12345678"};
    uint64_t random = 20140605;
    print_message("# seed %llu\n", (unsigned long long)random);
    for (int round = 0; round < 300; round++) {
        struct buf text = BUF_INIT(1 << 20), file = BUF_INIT(1 << 20);
        size_t columns = 2 + step(&random) % 6, rows = 1 + step(&random) % 40;
        size_t starts[8 * 42], n = 0;
        for (size_t i = 0; i < columns * rows; i++) {
            starts[n++] = text.n;
            for (uint64_t k = step(&random) % 5; k > 0; k--)
                buf_add_c(&text, pieces[step(&random) % 16]);
        }
        starts[n] = text.n;
        struct str cells[8];
        for (size_t r = 0; r <= rows; r++) {
            for (size_t c = 0; c < columns; c++)
                // a first row that leaves no doubt about the separator is not needed: the
                // written comma is never in an unquoted field
                cells[c] = r == 0 ? STR("head")
                                  : (struct str){text.p + starts[(r - 1) * columns + c],
                                                 starts[(r - 1) * columns + c + 1] -
                                                     starts[(r - 1) * columns + c]};
            csv_write_row(&file, cells, columns, false);
        }
        assert_false(file.failed || text.failed);
        struct table *t = opened(buf_str(&file), NULL);
        struct table_row row = {0};
        struct error e;
        for (size_t r = 0; r <= rows; r++) {
            assert_int_equal(table_read(t, &row, &e), ERR_OK);
            assert_int_equal(row.problem.code, ERR_OK);
            assert_int_equal(row.n, columns);
            for (size_t c = 0; c < columns && r > 0; c++) {
                size_t at = (r - 1) * columns + c;
                assert_true(
                    str_equal(row.cells[c], (struct str){text.p + starts[at],
                                                         starts[at + 1] - starts[at]}));
            }
        }
        ASSERT_ROW(t, "end");
        table_close(t);
        buf_free(&text);
        buf_free(&file);
    }
}

static void formulas_are_guarded(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1000);
    struct str cells[] = {STR("=1+1"), STR("-5"),    STR("@x"),
                          STR("-x,y"), STR("+86 1"), STR("")};
    csv_write_row(&b, cells, 6, true);
    assert_true(str_equal(buf_str(&b), STR("'=1+1,-5,'@x,\"'-x,y\",'+86 1,\r\n")));
    buf_clear(&b);
    csv_write_row(&b, cells + 5, 1, true);
    csv_write_row(&b, cells, 1, false);
    assert_true(str_equal(buf_str(&b), STR("\"\"\r\n=1+1\r\n")));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_and_line_ends),
        cmocka_unit_test(separators),
        cmocka_unit_test(an_unclosed_quote_costs_its_own_line),
        cmocka_unit_test(a_cut_off_last_row),
        cmocka_unit_test(limits),
        cmocka_unit_test(a_line_of_gigabytes),
        cmocka_unit_test(nul_and_long_fields),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(formulas_are_guarded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
