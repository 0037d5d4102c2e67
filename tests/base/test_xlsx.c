// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/xlsx_book.h"
#include "base/xlsx_write.h"
#include "table_files.h"

#include <minizip/zip.h>

static void folder_path(char path[64])
{
    snprintf(path, 64, "/tmp/heng-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
}

static struct xlsx_writer *writer_at(const char *path)
{
    struct xlsx_writer *w;
    struct error e;
    assert_int_equal(xlsx_writer_open(&w, path, "标题", 1400000000, &e), ERR_OK);
    return w;
}

enum { JUNE_5_2014 = 16226 }; // days since 1970

static void write_sample(const char *path)
{
    struct xlsx_writer *w = writer_at(path);
    struct str titles[] = {STR("姓名"),  STR("n"),   STR("x"),
                           STR("share"), STR("day"), STR("")};
    xlsx_sheet(w, STR("Births [2014]/half-year: the first of two"));
    xlsx_sheet(w, STR("Births [2014]/half-year: the first of two"));
    xlsx_header(w, 0, titles, 5);
    xlsx_column_width(w, 0, 20);
    xlsx_text(w, 1, 0, STR("张伟\n=1+1"), XLSX_NOTE);
    xlsx_int(w, 1, 1, 45, 0);
    xlsx_double(w, 1, 2, 0.1, 2, XLSX_RIGHT);
    xlsx_percent(w, 1, 3, 0.5, 1, 0);
    xlsx_date(w, 1, 4, JUNE_5_2014, XLSX_SHADED);
    xlsx_merged(w, 3, 0, 4, STR("over five"), XLSX_BOLD);
    xlsx_int(w, 5, 1, INT64_C(422201199001011234), 0);
    xlsx_double(w, 5, 2, -1e-7, 2, 0);
    xlsx_double(w, 5, 3, NAN, 2, 0);
    xlsx_date(w, 5, 4, DATE_NONE, 0);
    struct error e = {0};
    enum err code = xlsx_writer_close(w, &e);
    if (code)
        print_error("%s\n", e.text);
    assert_int_equal(code, ERR_OK);
}

static size_t whole_file(const char *path, char *to, size_t size)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(to, 1, size, f);
    fclose(f);
    return n;
}

static void round_trip(void **state)
{
    (void)state;
    char path[64];
    folder_path(path);
    write_sample(path);
    struct table_options options = {.sheet = "Births -2014--half-year- th (2)"};
    struct table *t = NULL;
    struct error e = {0};
    enum err code = table_open(&t, path, &options, &e);
    if (code)
        print_error("%s: %s\n", e.where, e.text);
    assert_int_equal(code, ERR_OK);
    assert_int_equal(table_about(t)->format, TABLE_XLSX);
    char text[512];
    struct table_row row = {0};
    assert_string_equal(next_row(t, text, sizeof text, &row), "姓名|n|x|share|day");
    assert_string_equal(next_row(t, text, sizeof text, &row),
                        "张伟\n=1+1|45|0.1|0.5|2014-06-05");
    assert_string_equal(next_row(t, text, sizeof text, &row), "over five||||");
    assert_int_equal(row.line, 4);
    assert_int_equal(row.number, 3);
    assert_string_equal(next_row(t, text, sizeof text, &row),
                        "|422201199001011234|-1e-07||");
    assert_true(str_equal(row.raw, STR(",422201199001011234,-1e-07,,")));
    ASSERT_ROW(t, "end");
    assert_true(table_progress(t) == 1);
    table_close(t);

    // the first sheet is empty; one that is not there is named with those that are
    assert_int_equal(table_open(&t, path, NULL, &e), ERR_OK);
    ASSERT_ROW(t, "end");
    table_close(t);
    options.sheet = "Deaths";
    assert_int_equal(table_open(&t, path, &options, &e), ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "half-year- th (2)"));
    unlink(path);
}

static void same_calls_give_the_same_bytes(void **state)
{
    (void)state;
    static char first[1 << 16], second[1 << 16];
    char path[64];
    folder_path(path);
    write_sample(path);
    size_t n = whole_file(path, first, sizeof first);
    sleep(3); // a ZIP's time goes in steps of two seconds
    write_sample(path);
    assert_int_equal(whole_file(path, second, sizeof second), n);
    assert_memory_equal(first, second, n);
    unlink(path);
}

static void failures_of_writing(void **state)
{
    (void)state;
    struct xlsx_writer *w = NULL;
    struct error e = {0};
    assert_int_equal(xlsx_writer_open(&w, "/no-such-folder/x.xlsx", NULL, 0, &e),
                     ERR_NOT_FOUND);
    assert_null(w);
    struct stat about;
    if (stat("/dev/full", &about) == 0 && S_ISCHR(about.st_mode)) {
        assert_int_equal(xlsx_writer_open(&w, "/dev/full", NULL, 0, &e), ERR_OK);
        xlsx_text(w, 0, 0, STR("x"), 0);
        assert_int_equal(xlsx_writer_close(w, &e), ERR_FULL);
        assert_true(e.cure[0] != '\0');
    }
    // a report that was there stays when the new one fails
    char path[64];
    temporary_file(path, STR("old"));
    w = writer_at(path);
    xlsx_text(w, 1 << 20, 0, STR("one row too low"), 0);
    assert_int_equal(xlsx_writer_close(w, &e), ERR_LIMIT);
    xlsx_writer_abandon(writer_at(path));
    char text[8];
    assert_int_equal(whole_file(path, text, sizeof text), 3);
    unlink(path);
    assert_int_equal(xlsx_writer_close(NULL, &e), ERR_OK);
}

// A small workbook by hand, part by part, for what the writer never makes.
static void put_part(zipFile zip, const char *name, const char *text)
{
    assert_int_equal(zipOpenNewFileInZip(zip, name, NULL, NULL, 0, NULL, 0, NULL,
                                         Z_DEFLATED, Z_DEFAULT_COMPRESSION),
                     ZIP_OK);
    assert_int_equal(zipWriteInFileInZip(zip, text, (unsigned)strlen(text)), ZIP_OK);
    assert_int_equal(zipCloseFileInZip(zip), ZIP_OK);
}

#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

static void by_hand(char path[64], const char *workbook_properties, const char *sheet)
{
    folder_path(path);
    zipFile zip = zipOpen(path, APPEND_STATUS_CREATE);
    assert_non_null(zip);
    put_part(zip, "_rels/.rels",
             "<Relationships><Relationship Id='a' Type='" OFFICE
             "/officeDocument' Target='/book/w.xml'/></Relationships>");
    put_part(zip, "book/_rels/w.xml.rels",
             "<Relationships>"
             "<Relationship Id='s1' Type='" OFFICE "/worksheet' Target='s/1.xml'/>"
             "<Relationship Id='st' Type='" OFFICE "/styles' Target='../book/st.xml'/>"
             "<Relationship Id='ss' Type='" OFFICE
             "/sharedStrings' Target='/book/ss.xml'/>"
             "</Relationships>");
    char workbook[512];
    snprintf(workbook, sizeof workbook,
             "<x:workbook xmlns:x='m' xmlns:r='" OFFICE "'>%s<x:sheets>"
             "<x:sheet name='hidden' state='hidden' r:id='none'/>"
             "<x:sheet name='rows' sheetId='1' r:id='s1'/></x:sheets></x:workbook>",
             workbook_properties);
    put_part(zip, "book/w.xml", workbook);
    put_part(zip, "book/st.xml",
             "<styleSheet><numFmts><numFmt numFmtId='170' "
             "formatCode='yyyy\"年\"m\"月\"d\"日\"'/>"
             "<numFmt numFmtId='171' formatCode='[h]:mm'/></numFmts>"
             "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs>"
             "<cellXfs><xf numFmtId='0'/><xf numFmtId='14'/><xf numFmtId='170'/>"
             "<xf numFmtId='20'/><xf numFmtId='171'/><xf "
             "numFmtId='22'/></cellXfs></styleSheet>");
    put_part(zip, "book/ss.xml",
             "<sst><si><t>plain</t></si><si><r><t>rich </t></r><r><t>text</t></r>"
             "<rPh><t>reading</t></rPh></si><si><t>a_x000D_b</t></si><si/></sst>");
    put_part(zip, "book/s/1.xml", sheet);
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
}

static const char rows[] =
    "<worksheet><sheetData>"
    "<row r='2'><c r='A2' t='s'><v>0</v></c><c r='C2' t='s'><v>1</v></c></row>"
    "<row><c t='inlineStr'><is><t>in&amp;line</t></is></c><c t='b'><v>1</v></c>"
    "<c t='str'><f>A1</f><v>formula</v></c></row>"
    "<row r='7'><c r='A7' s='1'><v>41795</v></c><c r='B7' s='2'><v>41795.5</v></c>"
    "<c r='C7' s='3'><v>0.354166666666667</v></c></row>"
    "<row><c s='4'><v>1.5</v></c><c><v>45.0</v></c><c><v>1E3</v></c></row>"
    "<row><c><v>1</v></c><c t='e'><v>#DIV/0!</v></c></row>"
    "<row><c t='s'><v>2</v></c><c t='s'><v>3</v></c><c t='s'><v>9</v></c></row>"
    "<row><c t='b'><v>0</v></c><c s='1'><v>-3</v></c><c "
    "t='d'><v>2014-06-05T00:00:00</v></c>"
    "</row>"
    "<row r='20'><c r='B20' s='1'/></row>"
    "</sheetData></worksheet>";

static void what_other_programs_write(void **state)
{
    (void)state;
    char path[64], text[512];
    by_hand(path, "", rows);
    struct table *t;
    struct error e = {0};
    enum err code = table_open(&t, path, NULL, &e);
    unlink(path);
    if (code)
        print_error("%s: %s\n", e.where, e.text);
    assert_int_equal(code, ERR_OK);
    struct table_row row = {0};
    assert_string_equal(next_row(t, text, sizeof text, &row), "plain||rich text");
    assert_int_equal(row.line, 2);
    ASSERT_ROW(t, "in&line|TRUE|formula");
    ASSERT_ROW(t, "2014-06-05|2014-06-05 12:00:00|08:30:00");
    ASSERT_ROW(t, "1.5|45|1000");
    assert_string_equal(next_row(t, text, sizeof text, &row), "!xlsx.error_value");
    assert_non_null(strstr(row.problem.text, "#DIV/0!"));
    assert_non_null(strstr(row.problem.where, ":B9"));
    assert_true(str_equal(row.raw, STR("1,#DIV/0!,")));
    assert_string_equal(next_row(t, text, sizeof text, &row), "!xlsx.shared_string");
    ASSERT_ROW(t, "FALSE|-3|2014-06-05");
    assert_string_equal(next_row(t, text, sizeof text, &row), "||");
    assert_true(row.blank);
    assert_int_equal(row.line, 20);
    ASSERT_ROW(t, "end");
    table_close(t);

    by_hand(path, "<x:workbookPr date1904='1'/>",
            "<worksheet><sheetData><row><c "
            "s='1'><v>40333</v></c></row></sheetData></worksheet>");
    assert_int_equal(table_open(&t, path, NULL, &e), ERR_OK);
    unlink(path);
    ASSERT_ROW(t, "2014-06-05");
    table_close(t);
}

static void long_numbers_and_formulas_without_results(void **state)
{
    (void)state;
    char path[64], text[512];
    by_hand(path, "",
            "<worksheet><sheetData>"
            "<row><c><v>999999999999999</v></c><c><v>340221201406050012</v></c>"
            "<c><v>3.40221E+17</v></c><c><v>-1e15</v></c></row>"
            "<row><c t='str'><f>A1&amp;\"\"</f><v></v></c><c><v>1</v></c></row>"
            "<row><c><v>1</v></c><c><f>3000+200</f><v></v></c></row>"
            "<row><c><v>1</v></c><c><f>3000+200</f></c></row>"
            "<row><c><f>1+1</f><v>2</v></c><c/></row>"
            "</sheetData></worksheet>");
    struct table *t;
    struct error e = {0};
    assert_int_equal(table_open(&t, path, NULL, &e), ERR_OK);
    unlink(path);
    ASSERT_ROW(t, "999999999999999|3.4022120140605E+17|3.40221E+17|-1E+15");
    ASSERT_ROW(t, "|1||");
    struct table_row row = {0};
    for (int i = 0; i < 2; i++) {
        assert_string_equal(next_row(t, text, sizeof text, &row), "!xlsx.formula");
        assert_non_null(strstr(row.problem.text, "no result"));
    }
    ASSERT_ROW(t, "2|||");
    ASSERT_ROW(t, "end");
    table_close(t);
}

static void damaged_and_hostile(void **state)
{
    (void)state;
    static const char *const sheets[] = {
        "<worksheet><sheetData><row><c><v>1</v></row>",
        "<!DOCTYPE w [<!ENTITY a 'aaaa'>]><worksheet>&a;</worksheet>",
        "",
    };
    char path[64];
    struct table *t;
    struct error e = {0};
    for (size_t i = 0; i < 3; i++) {
        by_hand(path, "", sheets[i]);
        assert_int_equal(table_open(&t, path, NULL, &e), ERR_OK);
        unlink(path);
        struct table_row row = {0};
        enum err code = ERR_OK;
        while (!code && !row.end)
            code = table_read(t, &row, &e);
        assert_int_equal(code, ERR_INPUT);
        assert_string_equal(e.key, "xlsx.damaged");
        table_close(t);
    }

    // cut off anywhere
    static char bytes[1 << 16];
    by_hand(path, "", rows);
    size_t n = whole_file(path, bytes, sizeof bytes);
    unlink(path);
    for (size_t cut = 10; cut < n; cut += 97) {
        enum err code = open_bytes(&t, (struct str){bytes, cut}, NULL, &e);
        assert_int_equal(code, ERR_INPUT);
        assert_null(t);
    }

    // a row of 300 million spaces, packed into some 300 KB
    folder_path(path);
    by_hand(path, "", rows);
    zipFile zip = zipOpen(path, APPEND_STATUS_CREATE);
    put_part(zip, "_rels/.rels",
             "<Relationships><Relationship Id='a' Type='" OFFICE
             "/officeDocument' Target='w.xml'/></Relationships>");
    put_part(zip, "_rels/w.xml.rels",
             "<Relationships><Relationship Id='s1' Type='" OFFICE
             "/worksheet' Target='1.xml'/></Relationships>");
    put_part(zip, "w.xml", "<w><sheet name='a' id='s1'/></w>");
    assert_int_equal(
        zipOpenNewFileInZip(zip, "1.xml", NULL, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 9),
        ZIP_OK);
    memset(bytes, ' ', sizeof bytes);
    assert_int_equal(zipWriteInFileInZip(zip, "<worksheet>", 11), ZIP_OK);
    for (int i = 0; i < 1500; i++)
        assert_int_equal(zipWriteInFileInZip(zip, bytes, sizeof bytes), ZIP_OK);
    assert_int_equal(zipCloseFileInZip(zip), ZIP_OK);
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
    assert_int_equal(table_open(&t, path, NULL, &e), ERR_OK);
    unlink(path);
    struct table_row row = {0};
    assert_int_equal(table_read(t, &row, &e), ERR_INPUT);
    assert_string_equal(e.key, "xlsx.limit");
    table_close(t);

    // a ZIP of something else
    folder_path(path);
    zip = zipOpen(path, APPEND_STATUS_CREATE);
    put_part(zip, "word/document.xml", "<w/>");
    assert_int_equal(zipClose(zip, NULL), ZIP_OK);
    assert_int_equal(table_open(&t, path, NULL, &e), ERR_INPUT);
    unlink(path);
    assert_string_equal(e.key, "table.binary");
    assert_non_null(strstr(e.text, ".docx"));
}

static void number_formats(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        enum xlsx_kind kind;
    } cases[] = {
        {"General", XLSX_NUMBER},      {"0.00", XLSX_NUMBER},
        {"#,##0\"d\"", XLSX_NUMBER},   {"[Red]0", XLSX_NUMBER},
        {"0.00E+00", XLSX_NUMBER},     {"yyyy-mm-dd", XLSX_DATE},
        {"[$-804]m\"月\"", XLSX_DATE}, {"dd/mm/yyyy h:mm", XLSX_DATE},
        {"h:mm:ss", XLSX_TIME},        {"mm:ss", XLSX_TIME},
        {"[h]:mm", XLSX_NUMBER},       {"\\d0", XLSX_NUMBER},
        {"0;\"y\"yyyy", XLSX_NUMBER},  {"@", XLSX_NUMBER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(xlsx_format_kind(cases[i].format), cases[i].kind);
}

static void no_memory(void **state)
{
    (void)state;
    char path[64];
    by_hand(path, "", rows);
    bool done = false;
    for (int64_t n = 0; !done; n++) {
        struct table *t;
        struct error e = {0};
        mem_fail_after(n);
        enum err code = table_open(&t, path, NULL, &e);
        struct table_row row = {0};
        while (!code && !row.end)
            code = table_read(t, &row, &e);
        mem_fail_after(-1);
        table_close(t);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        done = code == ERR_OK;
        assert_true(n < 1000);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(same_calls_give_the_same_bytes),
        cmocka_unit_test(failures_of_writing),
        cmocka_unit_test(what_other_programs_write),
        cmocka_unit_test(long_numbers_and_formulas_without_results),
        cmocka_unit_test(damaged_and_hostile),
        cmocka_unit_test(number_formats),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
