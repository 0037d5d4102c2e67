// SPDX-License-Identifier: AGPL-3.0-or-later
// PDF, HTML and XLSX as other programs read them.
#include "report_test.h"

#include <expat.h>
#include <minizip/unzip.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *const endings[] = {"r.pdf", "r.html", "r.xlsx"};

static void write_doc(struct place *p, const struct doc *d, const char *name)
{
    struct error e = {0};
    enum err code = doc_write(d, in_place(p, name), &e);
    if (code)
        print_message("# %s: %s\n", name, e.text);
    assert_int_equal(code, ERR_OK);
}

static struct str output_of(struct place *p, const char *command)
{
    static const size_t most = 1 << 22;
    char *text = ARENA_ARRAY(&p->a, char, most);
    FILE *f = popen(command, "r");
    assert_true(text && f);
    size_t n = fread(text, 1, most, f);
    if (pclose(f) != 0)
        return (struct str){NULL, 0};
    return (struct str){text, n};
}

static struct str pdf_text(struct place *p, const char *name)
{
    char command[256];
    snprintf(command, sizeof command, "pdftotext -layout '%s' - 2>/dev/null",
             in_place(p, name));
    struct str text = output_of(p, command);
    if (!text.p) {
        print_message("# pdftotext is not installed\n");
        skip();
    }
    return text;
}

static void a_pdf_says_it_all(void **state)
{
    struct place *p = *state;
    for (int zh = 0; zh < 2; zh++) {
        struct doc *d = sample_doc(&p->a, zh, 120);
        write_doc(p, d, "r.pdf");
        struct str file = read_whole(&p->a, p->path);
        assert_memory_equal(file.p, "%PDF-1.5", 8);
        struct str text = pdf_text(p, "r.pdf");
        size_t pages = occurrences(text, "\f");
        assert_true(pages >= 6 && pages <= 12);
        for (size_t k = 1; k <= pages; k++) {
            char number[32];
            snprintf(number, sizeof number, "%zu / %zu\n", k, pages);
            bool wide = contains(text, number);
            snprintf(number, sizeof number, "%zu/%zu\n", k, pages);
            assert_true(wide || contains(text, number)); // as pdftotext sees the space
        }
        assert_true(contains(text, "1,234,567") && contains(text, "1,234,686"));
        assert_true(contains(text, "\xE2\x88\x92"
                                   "4,321"));
        assert_true(contains(text, "102.5\xE2\x80\x93"
                                   "134.0"));
        assert_true(contains(text, "<script>alert('x')"));
        assert_false(contains(text, "3.1415"));
        assert_true(contains(text, zh ? "半年报告" : "Half-year report"));
        assert_true(contains(text, zh ? "水泉乡" : "Shuiquan"));
        assert_true(
            contains(text, zh ? "资料来源：出生登记册" : "Source: Births register"));
        // head and title of the long table come again
        assert_true(contains(text, zh ? "（续）" : "Table 1 (continued)"));
        assert_true(occurrences(text, zh ? "活产数" : "Live births") >= 3);
    }
}

static void a_pdf_has_its_particulars(void **state)
{
    struct place *p = *state;
    struct doc *d = sample_doc(&p->a, false, 5);
    write_doc(p, d, "r.pdf");
    char command[256];
    snprintf(command, sizeof command, "TZ=UTC pdfinfo '%s' 2>/dev/null", p->path);
    struct str text = output_of(p, command);
    if (!text.p)
        skip();
    assert_true(contains(text, "Half-year report"));
    assert_true(contains(text, "The county office"));
    assert_true(contains(text, "Jul 15 00:00:00 2014"));
    assert_true(contains(text, "595.28 x 841.89"));
    struct str file = read_whole(&p->a, p->path);
    assert_true(contains(file, "/Outlines") && contains(file, "/Link"));
}

// The table of places begins where the file says, also behind the language.
static void a_pdf_says_its_language(void **state)
{
    struct place *p = *state;
    for (int zh = 0; zh < 2; zh++) {
        write_doc(p, sample_doc(&p->a, zh, 3), "r.pdf");
        struct str file = read_whole(&p->a, p->path);
        assert_true(contains(file, zh ? "/Lang (zh-CN)" : "/Lang (en)"));
        static const char mark[] = "startxref\n";
        const char *at = NULL;
        for (size_t i = 0; i + sizeof mark < file.n; i++)
            if (!memcmp(file.p + i, mark, sizeof mark - 1))
                at = file.p + i + sizeof mark - 1;
        assert_non_null(at);
        unsigned long xref = strtoul(at, NULL, 10);
        assert_true(xref + 5 < file.n);
        assert_memory_equal(file.p + xref, "xref\n", 5);
    }
}

// Wherever on a page it falls, and the page above is not left half white for it.
static void a_heading_stays_with_its_table(void **state)
{
    struct place *p = *state;
    for (size_t lines = 18; lines < 48; lines += 3) {
        struct doc *d = doc_new(&p->a, false);
        for (size_t i = 0; i < lines; i++)
            assert_true(doc_paragraph(d, STR("Filler")));
        assert_true(doc_heading(d, 1, STR("The heading")) &&
                    doc_paragraph(d, STR("What the table shows.")));
        struct table_column columns[] = {{.title = STR("Area")}};
        struct cell cells[30];
        for (size_t i = 0; i < 30; i++)
            cells[i] = (struct cell){.kind = CELL_TEXT,
                                     .text = str_format(&p->a, "Row %zu.", i)};
        struct doc_table table = {.title = STR("Areas of the county"),
                                  .columns = columns,
                                  .n_columns = 1,
                                  .cells = cells,
                                  .n_rows = 30};
        assert_true(doc_table(d, &table));
        write_doc(p, d, "keep.pdf");
        struct str text = pdf_text(p, "keep.pdf");
        size_t from = 0, pages = occurrences(text, "\f");
        bool found = false;
        for (size_t page = 0; page < pages; page++) {
            size_t to = from;
            while (text.p[to] != '\f')
                to++;
            struct str one = {text.p + from, to - from};
            if (contains(one, "The heading")) {
                found = true;
                assert_true(contains(one, "What the table shows.") &&
                            contains(one, "Areas of the county") &&
                            contains(one, "Row 2."));
            }
            from = to + 1;
        }
        assert_true(found);
        assert_true(contains(text, "Row 29."));
    }
}

// Where a table is set smaller than its widths were measured.
static void a_word_is_not_broken(void **state)
{
    struct place *p = *state;
    static const char *const titles[] = {
        "Number of the visit", "Planned on", "Stage", "Kind", "Team",
        "Announced",           "Campaign"};
    const char *const texts[] = {
        "2014-J021",
        "2014-05-21",
        "made",
        "of a campaign",
        "第一检查组 (2014-01-Z1)",
        "no",
        "Campaign against fetal sex identification without medical need (2014-01)"};
    struct table_column columns[7];
    struct cell cells[7];
    for (size_t i = 0; i < 7; i++) {
        columns[i] = (struct table_column){.title = str_of(titles[i])};
        cells[i] = (struct cell){.kind = CELL_TEXT, .text = str_of(texts[i])};
    }
    cells[1] = (struct cell){.kind = CELL_DATE, .value = 16211};
    struct doc_table table = {.title = STR("Visits"),
                              .columns = columns,
                              .n_columns = 7,
                              .cells = cells,
                              .n_rows = 1,
                              .small = true};
    struct doc *d = doc_new(&p->a, false);
    assert_true(doc_table(d, &table));
    write_doc(p, d, "words.pdf");
    assert_true(contains(pdf_text(p, "words.pdf"), "made"));
}

static void the_same_doc_is_the_same_bytes(void **state)
{
    struct place *p = *state;
    for (size_t i = 0; i < 2; i++) {
        struct doc *d = sample_doc(&p->a, i == 1, 30);
        write_doc(p, d, endings[i]);
        struct str first = read_whole(&p->a, p->path);
        write_doc(p, sample_doc(&p->a, i == 1, 30), endings[i]);
        struct str second = read_whole(&p->a, p->path);
        assert_true(first.n > 1000 && str_equal(first, second));
    }
}

struct job {
    const struct doc *d;
    char path[160];
    enum err code;
};

static void *write_job(void *data)
{
    struct job *job = data;
    struct error e;
    job->code = doc_write(job->d, job->path, &e);
    return NULL;
}

static void threads_may_write_one_doc(void **state)
{
    struct place *p = *state;
    enum { THREADS = 6 };
    struct doc *d = sample_doc(&p->a, true, 30);
    struct job jobs[THREADS];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.d = d};
        snprintf(jobs[i].path, sizeof jobs[i].path, "%s/%zu-%s", p->directory, i,
                 endings[i % 3]);
        assert_int_equal(pthread_create(&threads[i], NULL, write_job, &jobs[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(jobs[i].code, ERR_OK);
    for (size_t i = 0; i < 2; i++)
        assert_true(str_equal(read_whole(&p->a, jobs[i].path),
                              read_whole(&p->a, jobs[i + 3].path)));
}

struct page {
    size_t tables, charts, details, titles, scripts, headings, named, scopeless;
    int level; // of the last heading
    bool level_left_out;
    char lang[16];
    bool duplicate;
    size_t n_ids, n_links;
    char ids[200][24], links[200][24];
};

static void on_start(void *data, const char *name, const char **a)
{
    struct page *page = data;
    page->tables += !strcmp(name, "table");
    page->charts += !strcmp(name, "svg");
    page->details += !strcmp(name, "details");
    page->titles += !strcmp(name, "title");
    page->scripts += !strcmp(name, "script");
    page->headings += name[0] == 'h' && name[1] >= '1' && name[1] <= '4' && !name[2];
    if (name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && !name[2]) {
        page->level_left_out |= name[1] - '0' > page->level + 1;
        page->level = name[1] - '0';
    }
    bool scope = strcmp(name, "th") != 0;
    for (const char **k = a; *k; k += 2) {
        scope |= !strcmp(k[0], "scope");
        page->named += !strcmp(name, "svg") && !strcmp(k[0], "aria-label") && *k[1];
    }
    page->scopeless += !scope;
    for (; *a; a += 2) {
        if (!strcmp(name, "html") && !strcmp(a[0], "lang"))
            snprintf(page->lang, sizeof page->lang, "%s", a[1]);
        if (!strcmp(a[0], "id") && page->n_ids < 200) {
            for (size_t i = 0; i < page->n_ids; i++)
                page->duplicate |= !strcmp(page->ids[i], a[1]);
            snprintf(page->ids[page->n_ids++], 24, "%s", a[1]);
        }
        if (!strcmp(a[0], "href") && page->n_links < 200)
            snprintf(page->links[page->n_links++], 24, "%s", a[1]);
        if (a[0][0] == 'o' && a[0][1] == 'n') // onclick and its like
            page->scripts++;
    }
}

static void a_page_is_well_formed_and_harmless(void **state)
{
    struct place *p = *state;
    for (int zh = 0; zh < 2; zh++) {
        write_doc(p, sample_doc(&p->a, zh, 20), "r.html");
        struct str file = read_whole(&p->a, p->path);
        struct page page = {0};
        XML_Parser parser = XML_ParserCreate("UTF-8");
        XML_SetUserData(parser, &page);
        XML_SetStartElementHandler(parser, on_start);
        bool ok = XML_Parse(parser, file.p, (int)file.n, 1) == XML_STATUS_OK;
        if (!ok)
            print_message("# line %lu: %s\n", XML_GetCurrentLineNumber(parser),
                          XML_ErrorString(XML_GetErrorCode(parser)));
        XML_ParserFree(parser);
        assert_true(ok);
        assert_int_equal(page.scripts, 0);
        assert_int_equal(page.tables, 6); // one, and one behind each chart
        assert_int_equal(page.charts, 10);
        assert_int_equal(page.details, 5);
        assert_int_equal(page.titles, 11);
        assert_int_equal(page.headings, 4);
        assert_int_equal(page.named, page.charts);
        assert_int_equal(page.scopeless, 0);
        assert_false(page.level_left_out);
        assert_string_equal(page.lang, zh ? "zh-CN" : "en");
        assert_false(page.duplicate);
        assert_true(page.n_links > 10);
        for (size_t i = 0; i < page.n_links; i++) { // every link leads somewhere here
            bool found = page.links[i][0] == '#';
            for (size_t k = 0; found && k <= page.n_ids; k++) {
                if (k == page.n_ids)
                    found = false;
                else if (!strcmp(page.ids[k], page.links[i] + 1))
                    break;
            }
            assert_true(found);
        }
        assert_false(contains(file, "<script"));
        assert_true(contains(file, HOSTILE_ESCAPED));
        assert_true(contains(file, "1,234,567") && contains(file, "@media print"));
        assert_true(contains(file, "prefers-color-scheme:dark"));
        assert_false(contains(file, "http://") &&
                     occurrences(file, "http://") !=
                         occurrences(file, "http://www.w3.org/"));
        assert_false(contains(file, "3.1415"));
    }
}

static struct str unzipped(struct place *p, const char *path, const char *name)
{
    unzFile zip = unzOpen(path);
    assert_non_null(zip);
    assert_int_equal(unzLocateFile(zip, name, 1), UNZ_OK);
    unz_file_info info;
    assert_int_equal(unzGetCurrentFileInfo(zip, &info, NULL, 0, NULL, 0, NULL, 0),
                     UNZ_OK);
    char *text = ARENA_ARRAY(&p->a, char, info.uncompressed_size + 1);
    assert_non_null(text);
    assert_int_equal(unzOpenCurrentFile(zip), UNZ_OK);
    int n = unzReadCurrentFile(zip, text, (unsigned)info.uncompressed_size);
    assert_int_equal(n, info.uncompressed_size);
    unzCloseCurrentFile(zip);
    unzClose(zip);
    return (struct str){text, (size_t)n};
}

// The text between <c r="NAME" and </c>.
static struct str cell_of(struct str sheet, const char *name)
{
    char start[32];
    snprintf(start, sizeof start, "<c r=\"%s\"", name);
    const char *at = memmem(sheet.p, sheet.n, start, strlen(start));
    if (!at)
        return STR("");
    const char *end = memmem(at, sheet.n - (size_t)(at - sheet.p), "</c>", 4);
    return end ? (struct str){at, (size_t)(end - at)} : STR("");
}

static void a_workbook_has_real_numbers(void **state)
{
    struct place *p = *state;
    struct doc *d = sample_doc(&p->a, false, 6);
    write_doc(p, d, "r.xlsx");
    struct str book = unzipped(p, p->path, "xl/workbook.xml");
    assert_true(contains(book, "name=\"Contents\""));
    assert_true(contains(book, "name=\"Table 1\"") &&
                contains(book, "name=\"Figure 5\""));
    assert_int_equal(occurrences(book, "<sheet "), 7);
    struct str contents = unzipped(p, p->path, "xl/worksheets/sheet1.xml");
    assert_int_equal(occurrences(contents, "<hyperlink "), 6); // to every other sheet
    assert_true(contains(contents, "location=\"'Figure 5'!A1\""));
    struct str core = unzipped(p, p->path, "docProps/core.xml");
    assert_true(contains(core, "2014-07-15T"));
    struct str sheet = unzipped(p, p->path, "xl/worksheets/sheet2.xml");
    struct str shared = unzipped(p, p->path, "xl/sharedStrings.xml");
    // row 4 is the first of the table: A name, B boys, C girls, D-F interval, G date
    struct str cell = cell_of(sheet, "B4");
    assert_true(contains(cell, "<v>1234567</v>") && !contains(cell, "t=\"s\""));
    assert_true(contains(cell_of(sheet, "C4"), "<v>-4321</v>"));
    assert_true(contains(cell_of(sheet, "D4"), "<v>117.25</v>"));
    assert_true(contains(cell_of(sheet, "E4"), "<v>102.5</v>"));
    assert_true(contains(cell_of(sheet, "F4"), "<v>134</v>"));
    assert_true(contains(cell_of(sheet, "G4"), "t=\"s\""));      // no data
    assert_true(contains(cell_of(sheet, "G5"), "<v>41825</v>")); // 2014-07-05
    assert_true(contains(cell_of(sheet, "C5"), "t=\"s\""));      // suppressed
    assert_true(contains(cell_of(sheet, "H5"), "t=\"s\""));
    assert_true(contains(shared, ">=1+1<") && contains(shared, ">&lt;5<"));
    assert_true(contains(shared, "Note: A note.") && contains(shared, "Source: Births"));
    assert_true(contains(sheet, "<pane ") && contains(sheet, "state=\"frozen\""));
    assert_false(contains(shared, "3.1415") || contains(sheet, "3.1415"));
    for (int i = 1; i <= 7; i++) {
        char name[64];
        snprintf(name, sizeof name, "xl/worksheets/sheet%d.xml", i);
        assert_false(contains(unzipped(p, p->path, name), "<f>"));
    }
}

static void an_empty_doc_is_a_document(void **state)
{
    struct place *p = *state;
    for (size_t i = 0; i < 3; i++) {
        struct doc *d = doc_new(&p->a, i % 2);
        write_doc(p, d, endings[i]);
        assert_true(doc_break(d) && doc_heading(d, 9, STR("")));
        struct doc_table none = {.n_columns = 0};
        assert_true(doc_table(d, &none));
        struct table_column column = {.title = STR("Alone")};
        none = (struct doc_table){.columns = &column, .n_columns = 1};
        assert_true(doc_table(d, &none) && doc_break(d));
        write_doc(p, d, endings[i]);
    }
}

// Tables no page was made for.
static void strange_tables_are_still_printed(void **state)
{
    struct place *p = *state;
    struct doc *d = doc_new(&p->a, true);
    enum { MANY = 60 };
    struct table_column columns[MANY];
    struct cell cells[MANY * 3];
    for (size_t c = 0; c < MANY; c++)
        columns[c] = (struct table_column){.title = str_format(&p->a, "Column %zu", c),
                                           .group = c < 30 ? STR("First half") : STR(""),
                                           .align = c ? ALIGN_RIGHT : ALIGN_LEFT};
    for (size_t i = 0; i < COUNT(cells); i++)
        cells[i] = (struct cell){.kind = i % MANY ? CELL_NUMBER : CELL_TEXT,
                                 .value = 7000000 + (double)i,
                                 .text = STR("name")};
    struct doc_table wide = {.title = STR("Wide"),
                             .columns = columns,
                             .n_columns = MANY,
                             .cells = cells,
                             .n_rows = 3};
    assert_true(doc_table(d, &wide));
    size_t length = 60000; // longer than pages
    char *long_text = ARENA_ARRAY(&p->a, char, length);
    assert_non_null(long_text);
    for (size_t i = 0; i < length; i++)
        long_text[i] = i % 9 == 8 && i < length / 2 ? ' ' : (char)('a' + i % 26);
    struct cell tall[] = {{.kind = CELL_TEXT, .text = {long_text, length}},
                          {.kind = CELL_TEXT, .text = STR("after")},
                          {.kind = CELL_TEXT, .text = STR("second row")},
                          {.kind = CELL_TEXT, .text = STR("beside")}};
    struct doc_table high = {.title = {long_text, 3000},
                             .columns = columns,
                             .n_columns = 2,
                             .cells = tall,
                             .n_rows = 2,
                             .note = {long_text, 20000}};
    assert_true(doc_table(d, &high));
    assert_true(doc_heading(d, 1, (struct str){long_text, 500}));
    assert_true(doc_paragraph(d, (struct str){long_text, 20000}));
    for (size_t i = 0; i < 3; i++)
        write_doc(p, d, endings[i]);
    struct str text = pdf_text(p, "r.pdf");
    assert_true(contains(text, "7,000,001") && contains(text, "7,000,179"));
    assert_true(contains(text, "second row") && contains(text, "beside"));
}

static void no_column_is_lost_on_a_narrow_page(void **state)
{
    struct place *p = *state;
    struct doc *d = doc_new(&p->a, false);
    struct table_column columns[12];
    struct cell cells[12];
    for (size_t c = 0; c < 12; c++) {
        columns[c] =
            (struct table_column){.title = str_format(&p->a, "Heading number %zu", c),
                                  .align = ALIGN_RIGHT,
                                  .decimals = 1};
        cells[c] = (struct cell){.kind = CELL_INTERVAL,
                                 .value = 100 + (double)c,
                                 .low = 90,
                                 .high = 111 + (double)c};
    }
    struct doc_table t = {.title = STR("T"),
                          .columns = columns,
                          .n_columns = 12,
                          .cells = cells,
                          .n_rows = 1};
    assert_true(doc_table(d, &t));
    write_doc(p, d, "r.pdf");
    struct str text = pdf_text(p, "r.pdf");
    for (size_t c = 0; c < 12; c++) {
        char want[32];
        snprintf(want, sizeof want, "%zu.0 (90.0\xE2\x80\x93%zu.0)", 100 + c, 111 + c);
        char alone[16];
        snprintf(alone, sizeof alone, "%zu.0)", 111 + c);
        assert_true(contains(text, alone));
    }
}

static void a_wrong_ending_is_told(void **state)
{
    struct place *p = *state;
    struct error e = {0};
    struct doc *d = doc_new(&p->a, false);
    assert_int_equal(doc_write(d, in_place(p, "r.doc"), &e), ERR_USAGE);
    assert_non_null(strstr(e.text, ".pdf"));
    assert_int_equal(doc_write(d, ".pdf", &e), ERR_USAGE);
    assert_int_equal(doc_write(d, in_place(p, "none/r.pdf"), &e), ERR_NOT_FOUND);
    assert_int_equal(files_in(p), 0);
    assert_int_equal(doc_write(d, in_place(p, "R.HTML"), &e), ERR_OK);
    assert_int_equal(files_in(p), 1);
}

// In a child whose files may not grow past 4 kB.
static void a_full_disk_leaves_the_old_file(void **state)
{
    struct place *p = *state;
    struct doc *d = sample_doc(&p->a, false, 200);
    for (size_t i = 0; i < 3; i++) {
        FILE *f = fopen(in_place(p, endings[i]), "w");
        assert_non_null(f);
        fputs("the old report", f);
        fclose(f);
        size_t files = files_in(p);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct error e = {0};
            struct rlimit limit = {4096, 4096};
            signal(SIGXFSZ, SIG_IGN);
            if (setrlimit(RLIMIT_FSIZE, &limit))
                _exit(99);
            _exit((int)doc_write(d, p->path, &e));
        }
        int status = 0;
        assert_true(waitpid(child, &status, 0) == child && WIFEXITED(status));
        int code = WEXITSTATUS(status);
        print_message("# %s: %d\n", endings[i], code);
        assert_true(code == ERR_FULL || (i == 2 && code == ERR_IO));
        assert_true(str_equal_c(read_whole(&p->a, p->path), "the old report"));
        assert_int_equal(files_in(p), files);
    }
}

static void every_failed_allocation_is_told(void **state)
{
    struct place *p = *state;
    struct doc *d = sample_doc(&p->a, true, 12);
    for (size_t i = 0; i < 4; i++) {
        size_t before = files_in(p);
        for (int64_t n = 0;; n += 1 + n / 8) {
            struct error e = {0};
            struct buf out = BUF_INIT(1 << 20);
            mem_fail_after(n);
            enum err code = i < 3 ? doc_write(d, in_place(p, endings[i]), &e)
                                  : doc_print(d, 80, &out, &e);
            mem_fail_after(-1);
            buf_free(&out);
            if (!code) {
                print_message("# %zu: %d allocations\n", i, (int)n);
                assert_true(n > 1);
                break;
            }
            assert_true(code == ERR_MEMORY || code == ERR_LIMIT);
            assert_int_equal(files_in(p), before);
            assert_true(n < 400);
        }
    }
}

int main(void)
{
#define WITH_PLACE(f) cmocka_unit_test_setup_teardown(f, place_open, place_close)
    const struct CMUnitTest tests[] = {
        WITH_PLACE(a_pdf_says_it_all),
        WITH_PLACE(a_pdf_has_its_particulars),
        WITH_PLACE(a_pdf_says_its_language),
        WITH_PLACE(a_heading_stays_with_its_table),
        WITH_PLACE(a_word_is_not_broken),
        WITH_PLACE(the_same_doc_is_the_same_bytes),
        WITH_PLACE(threads_may_write_one_doc),
        WITH_PLACE(a_page_is_well_formed_and_harmless),
        WITH_PLACE(a_workbook_has_real_numbers),
        WITH_PLACE(an_empty_doc_is_a_document),
        WITH_PLACE(strange_tables_are_still_printed),
        WITH_PLACE(no_column_is_lost_on_a_narrow_page),
        WITH_PLACE(a_wrong_ending_is_told),
        WITH_PLACE(a_full_disk_leaves_the_old_file),
        WITH_PLACE(every_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
