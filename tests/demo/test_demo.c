// SPDX-License-Identifier: AGPL-3.0-or-later
// The files are read back as an import reads them, and compared with the truth.
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../tap.h"
#include "base/date.h"
#include "base/table.h"
#include "demo/demo.h"

enum { PEOPLE = 100000, PATH = 512, MOST_COLUMNS = 32 };

// Of the text files of 6,000 people and seed 7. A change of the generator changes it:
// then look at the files, and write the new number here.
static const uint64_t GOLDEN = 0x52e06820da3c520bu;

struct grid { // rows[0] is the headings, row number 1
    struct arena arena;
    struct str (*rows)[MOST_COLUMNS];
    size_t n, capacity, columns;
    struct table_about about;
};

static char folder[PATH];

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    if (!d) {
        (void)unlink(path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(d));) {
        char inner[PATH * 2];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR)
            remove_tree(inner);
        else
            (void)unlink(inner);
    }
    closedir(d);
    (void)rmdir(path);
}

static void temporary(char out[PATH])
{
    const char *where = getenv("TMPDIR");
    snprintf(out, PATH, "%s/heng-demo-XXXXXX", where ? where : "/tmp");
    assert_non_null(mkdtemp(out));
}

static void load(struct grid *g, const char *in, const char *file)
{
    char path[PATH * 2];
    struct error e;
    struct table *t;
    struct table_row row;
    snprintf(path, sizeof path, "%s/%s", in, file);
    *g = (struct grid){0};
    arena_init(&g->arena, 0);
    if (table_open(&t, path, NULL, &e))
        fail_msg("%s: %s", path, e.text);
    for (;;) {
        assert_int_equal(table_read(t, &row, &e), ERR_OK);
        if (row.end)
            break;
        assert_int_equal(row.problem.code, ERR_OK);
        assert_true(row.n <= MOST_COLUMNS);
        if (g->n == g->capacity) {
            g->capacity = g->capacity * 2 + 256;
            g->rows = mem_resize(g->rows, g->capacity, sizeof *g->rows);
            assert_non_null(g->rows);
        }
        assert_int_equal(row.number, g->n + 1);
        memset(g->rows[g->n], 0, sizeof *g->rows);
        for (size_t i = 0; i < row.n; i++)
            g->rows[g->n][i] = str_copy(&g->arena, row.cells[i]);
        if (!g->n)
            g->columns = row.n;
        g->n++;
    }
    g->about = *table_about(t);
    table_close(t);
}

static void drop(struct grid *g)
{
    mem_free(g->rows);
    arena_free(&g->arena);
}

static size_t column(const struct grid *g, const char *heading)
{
    for (size_t i = 0; i < g->columns; i++)
        if (str_equal_c(g->rows[0][i], heading))
            return i;
    fail_msg("no column %s", heading);
    return 0;
}

static struct str cell(const struct grid *g, size_t row, const char *heading)
{
    return g->rows[row][column(g, heading)];
}

static int64_t number(const struct grid *g, size_t row, const char *heading)
{
    int64_t value = -1;
    assert_true(str_to_int(cell(g, row, heading), &value));
    return value;
}

static uint64_t hash_file(const char *in, const char *file)
{
    char path[PATH * 2], block[65536];
    snprintf(path, sizeof path, "%s/%s", in, file);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    uint64_t hash = 0xCBF29CE484222325u; // FNV-1a, so that the golden number is its own
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        for (size_t i = 0; i < n; i++)
            hash = (hash ^ (unsigned char)block[i]) * 0x100000001B3u;
    fclose(f);
    return hash;
}

static const char *const truths[] = {"truth/births.csv",
                                     "truth/rows.csv",
                                     "truth/duplicates.csv",
                                     "truth/missed.csv",
                                     "truth/bad-rows.csv",
                                     "truth/reports.csv",
                                     "truth/townships.csv",
                                     "truth/facts.csv",
                                     "README.txt",
                                     "import.txt",
                                     "moves.csv",
                                     "people.txt",
                                     "truth/signals.csv",
                                     "supervision/stock-sent.csv",
                                     "supervision/stock-arrived.csv",
                                     "supervision/stock-used.csv"};

// All files; when text_only without workbooks (their bytes hang on zlib's version) and
// the README's wording.
static uint64_t hash_all(const char *in, bool text_only)
{
    char path[PATH * 2], line[256], reg[64], file[128], source[32];
    uint64_t hash = 0;
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++)
        if (!text_only || strcmp(truths[i], "README.txt") != 0)
            hash = hash * 31 + hash_file(in, truths[i]);
    snprintf(path, sizeof path, "%s/import.txt", in);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = 0;
    while (fgets(line, sizeof line, f)) {
        assert_int_equal(sscanf(line, "%63s %127s %31s", reg, file, source), 3);
        n++;
        if (!text_only || !strstr(file, ".xlsx"))
            hash = hash * 31 + hash_file(in, file);
    }
    fclose(f);
    assert_true(n >= 11 + 17);
    return hash;
}

static enum err make(const char *in, int64_t people, uint64_t seed, struct error *e)
{
    return demo_write(
        &(struct demo_options){.folder = in, .people = people, .seed = seed}, e);
}

static void the_seed_decides_every_byte(void **state)
{
    (void)state;
    char other[PATH];
    struct error e;
    temporary(other);
    assert_int_equal(make(other, 6000, 7, &e), ERR_OK);
    uint64_t first = hash_all(other, false), text = hash_all(other, true);
    assert_int_equal(make(other, 6000, 7, &e), ERR_OK); // over the old files
    assert_true(hash_all(other, false) == first);
    print_message("# text %016llx\n", (unsigned long long)text);
    assert_true(text == GOLDEN);
    assert_int_equal(make(other, 6000, 8, &e), ERR_OK);
    assert_true(hash_all(other, false) != first);
    remove_tree(other);
}

static void forms_are_as_promised(void **state)
{
    (void)state;
    struct grid g;
    int32_t day;
    struct error e;
    load(&g, folder, "births-hospital.csv");
    assert_string_equal(g.about.encoding, "GB18030");
    assert_true(str_equal(cell(&g, 0, "新生儿性别"), STR("新生儿性别")));
    assert_true(strstr(cell(&g, 1, "出生日期").p, "年") != NULL);
    assert_int_equal(date_parse(cell(&g, 1, "出生日期"), &day, &e), ERR_OK);
    drop(&g);
    load(&g, folder, "births-household.csv");
    assert_string_equal(g.about.encoding, "UTF-8");
    assert_true(g.about.had_bom);
    assert_true(str_equal(cell(&g, 1, "性别"), STR("1")) ||
                str_equal(cell(&g, 1, "性别"), STR("2")));
    drop(&g);
    load(&g, folder, "births-school.csv");
    assert_int_equal(g.about.separator, ';');
    drop(&g);
    load(&g, folder, "births-immunisation.xlsx");
    assert_int_equal(g.about.format, TABLE_XLSX);
    assert_int_equal(date_parse(cell(&g, 1, "DOB"), &day, &e), ERR_OK);
    drop(&g);
}

static void every_listed_file_can_be_read(void **state)
{
    (void)state;
    char path[PATH * 2], line[256], reg[64], file[128], source[32];
    snprintf(path, sizeof path, "%s/import.txt", folder);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        struct grid g;
        assert_int_equal(sscanf(line, "%63s %127s %31s", reg, file, source), 3);
        load(&g, folder, file);
        // There are years without a maternal death.
        assert_true(g.n > 1 || strcmp(reg, "maternal_deaths") == 0);
        assert_true(strncmp(file, "births-", 7) == 0 ? strcmp(reg, "births") == 0
                                                     : strcmp(source, "-") == 0);
        drop(&g);
    }
    fclose(f);
}

static const char *const sources[4] = {"births-hospital.csv", "births-immunisation.xlsx",
                                       "births-household.csv", "births-school.csv"};
static const char *const row_columns[4] = {"hospital_row", "immunisation_row",
                                           "household_row", "school_row"};

// Rows of an office = births that it has + second writings + older children; births that
// it has not are told one by one (the school: only those of its cohorts).
static void totals_agree_with_the_truth(void **state)
{
    (void)state;
    struct grid births, duplicates, missed, rows;
    load(&births, folder, "truth/births.csv");
    load(&duplicates, folder, "truth/duplicates.csv");
    load(&missed, folder, "truth/missed.csv");
    load(&rows, folder, "truth/rows.csv");
    for (int k = 0; k < 4; k++) {
        struct grid g;
        size_t has = 0, copies = 0, without = 0, told = 0, older = 0;
        load(&g, folder, sources[k]);
        for (size_t i = 1; i < births.n; i++)
            has += cell(&births, i, row_columns[k]).n > 0;
        for (size_t i = 1; i < duplicates.n; i++)
            copies += str_equal_c(duplicates.rows[i][0], sources[k]);
        for (size_t i = 1; i < missed.n; i++)
            without += str_equal_c(missed.rows[i][1], sources[k]);
        for (size_t i = 1; i < rows.n; i++)
            if (str_equal_c(rows.rows[i][0], sources[k])) {
                told++;
                older += str_equal_c(rows.rows[i][3], "0");
            }
        assert_true(has > 100 && copies > 0 && without > 0);
        assert_int_equal(g.n - 1, has + copies + older);
        assert_int_equal(g.n - 1, told);
        if (k < 3)
            assert_int_equal(has + without, births.n - 1);
        assert_true((older > 0) == (k == 3));
        drop(&g);
    }
    drop(&births);
    drop(&duplicates);
    drop(&missed);
    drop(&rows);
}

static void copies_are_of_the_same_birth(void **state)
{
    (void)state;
    struct grid d, g, births;
    size_t exact = 0, changed = 0;
    load(&d, folder, "truth/duplicates.csv");
    load(&g, folder, "births-hospital.csv");
    load(&births, folder, "truth/births.csv");
    for (size_t i = 1; i < d.n; i++) {
        if (!str_equal_c(d.rows[i][0], "births-hospital.csv"))
            continue;
        size_t row = (size_t)number(&d, i, "row") - 1;
        size_t first = (size_t)number(&d, i, "first_row") - 1;
        size_t birth = (size_t)number(&d, i, "birth");
        assert_true(first < row && row < g.n);
        assert_int_equal(number(&births, birth, "hospital_row"), (int64_t)first + 1);
        assert_true(str_equal(cell(&g, row, "出生日期"), cell(&g, first, "出生日期")));
        bool same_number = str_equal(cell(&g, row, "出生医学证明编号"),
                                     cell(&g, first, "出生医学证明编号"));
        if (str_equal_c(cell(&d, i, "kind"), "exact")) {
            exact++;
            for (size_t k = 0; k < g.columns; k++)
                assert_true(str_equal(g.rows[row][k], g.rows[first][k]));
        } else {
            changed++;
            assert_false(same_number);
        }
    }
    assert_true(exact > 0 && changed > 0);
    drop(&d);
    drop(&g);
    drop(&births);
}

struct mark {
    const char *why, *heading;
    const char *text; // in the cell
};

static size_t count_cells(const struct grid *g, const char *heading, const char *text)
{
    size_t n = 0;
    for (size_t i = 1; i < g->n; i++) {
        struct str s = cell(g, i, heading);
        n += s.n && strstr(s.p, text) != NULL;
    }
    return n;
}

// What cannot be is where the truth says, and nowhere else.
static void planted_errors_are_all_told(void **state)
{
    (void)state;
    static const struct mark marks[] = {
        {"no such day", "出生日期", "年2月31日"},
        {"no such village", "产妇现住址", "月亮岛村"},
        {"sex not recorded", "新生儿性别", "未知"},
        {"weight above 7000 g", "出生体重（克）", "35000"},
        {"a birth in the future", "出生日期", "21"}};
    struct grid bad, g;
    load(&bad, folder, "truth/bad-rows.csv");
    load(&g, folder, "births-hospital.csv");
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
        size_t told = 0, future = 0;
        for (size_t i = 1; i < bad.n; i++) {
            if (!str_equal_c(bad.rows[i][0], "births-hospital.csv") ||
                !str_equal_c(cell(&bad, i, "why"), marks[m].why))
                continue;
            size_t row = (size_t)number(&bad, i, "row") - 1;
            assert_true(
                str_equal(cell(&g, row, marks[m].heading), cell(&bad, i, "found")));
            told++;
        }
        for (size_t i = 1; i < g.n; i++)
            future += strncmp(cell(&g, i, "出生日期").p, "21", 2) == 0;
        assert_true(told > 0);
        assert_int_equal(told, m == 4 ? future
                                      : count_cells(&g, marks[m].heading, marks[m].text));
    }
    drop(&g);
    drop(&bad);
}

static void only_planted_dates_are_wrong(void **state)
{
    (void)state;
    static const char *const born[4] = {"出生日期", "DOB", "出生日期", "出生年月日"};
    static const char *const written[4] = {"签发日期", "建证日期", "落户日期",
                                           "报到日期"};
    struct grid bad;
    load(&bad, folder, "truth/bad-rows.csv");
    for (int k = 0; k < 4; k++) {
        struct grid g;
        size_t told = 0, found = 0;
        load(&g, folder, sources[k]);
        for (size_t i = 1; i < bad.n; i++)
            told += str_equal_c(bad.rows[i][0], sources[k]) &&
                    str_equal_c(cell(&bad, i, "field"), "born_on");
        for (size_t i = 1; i < g.n; i++) {
            int32_t day, then;
            assert_int_equal(date_parse(cell(&g, i, written[k]), &then, NULL), ERR_OK);
            found += date_parse(cell(&g, i, born[k]), &day, NULL) || day > then;
        }
        assert_int_equal(found, told);
        drop(&g);
    }
    drop(&bad);
}

static struct str fact(const struct grid *facts, const char *name)
{
    for (size_t i = 1; i < facts->n; i++)
        if (str_equal_c(facts->rows[i][0], name))
            return facts->rows[i][1];
    fail_msg("no fact %s", name);
    return STR("");
}

static void one_facility_falsifies(void **state)
{
    (void)state;
    struct grid facts, births, g, reports, facilities;
    size_t rows = 0, others_at_3300 = 0;
    int64_t constant = -1, true_births = 0;
    struct str name = STR("");
    load(&facts, folder, "truth/facts.csv");
    load(&births, folder, "truth/births.csv");
    load(&g, folder, "births-hospital.csv");
    load(&facilities, folder, "facilities.csv");
    struct str code = fact(&facts, "falsifying_facility");
    for (size_t i = 1; i < facilities.n; i++)
        if (str_equal(facilities.rows[i][0], code))
            name = facilities.rows[i][1];
    assert_true(name.n > 0);
    for (size_t i = 1; i < births.n; i++)
        true_births += str_equal(cell(&births, i, "facility"), code);
    for (size_t i = 1; i < g.n; i++) {
        bool at_3300 = str_equal_c(cell(&g, i, "出生体重（克）"), "3300");
        if (!str_equal(cell(&g, i, "接生机构"), name)) {
            others_at_3300 += at_3300;
            continue;
        }
        rows++;
        int32_t day;
        int year, month, date;
        assert_true(at_3300 || str_equal_c(cell(&g, i, "出生体重（克）"), "35000"));
        if (date_parse(cell(&g, i, "出生日期"), &day, NULL))
            continue; // a planted 31 February
        date_to_ymd(day, &year, &month, &date);
        assert_true(date == 1 || date % 5 == 0);
    }
    assert_true(rows > 20);
    assert_true(others_at_3300 * 20 < g.n);
    for (int year = 2010; year < 2015; year++) {
        char file[64];
        snprintf(file, sizeof file, "reports/deliveries_report-%d.csv", year);
        load(&reports, folder, file);
        for (size_t i = 1; i < reports.n; i++) {
            if (!str_equal(cell(&reports, i, "机构名称"), name))
                continue;
            if (constant < 0)
                constant = number(&reports, i, "活产数");
            assert_int_equal(number(&reports, i, "活产数"), constant);
        }
        drop(&reports);
    }
    assert_true(constant * 60 * 10 > true_births * 13); // inflated by 30 % at the least
    drop(&facts);
    drop(&births);
    drop(&g);
    drop(&facilities);
}

static void girls_are_hidden_in_one_township(void **state)
{
    (void)state;
    struct grid facts, births, missed;
    size_t hidden = 0;
    load(&facts, folder, "truth/facts.csv");
    load(&births, folder, "truth/births.csv");
    load(&missed, folder, "truth/missed.csv");
    struct str code = fact(&facts, "girls_hidden");
    for (size_t i = 1; i < missed.n; i++) {
        if (!str_equal_c(missed.rows[i][2], "girl not reported"))
            continue;
        size_t birth = (size_t)number(&missed, i, "birth");
        hidden++;
        assert_true(str_equal_c(missed.rows[i][1], "births-household.csv"));
        assert_true(str_equal_c(cell(&births, birth, "sex"), "f"));
        assert_true(str_equal(cell(&births, birth, "township"), code));
    }
    assert_true(hidden > 5);
    drop(&facts);
    drop(&births);
    drop(&missed);
}

// Every part lies inside its whole but for the one report that was planted.
static void parts_lie_inside_their_wholes(void **state)
{
    (void)state;
    static const struct {
        const char *file, *whole, *part;
    } pairs[] = {
        {"records_report", "常住居民数", "建档人数"},
        {"records_report", "建档人数", "电子健康档案数"},
        {"mothers_report", "活产数", "早孕建册人数"},
        {"immunisation_report", "乙肝疫苗应种", "乙肝疫苗实种"},
        {"hypertension_report", "在管高血压患者数", "规范管理人数"},
        {"tb_report", "通知管理患者数", "管理患者数"},
        {"births_report", "出生人数", "男婴数"},
        {"contract_report", "高血压数", "高血压签约数"},
    };
    size_t outside = 0;
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++)
        for (int year = 2010; year < 2015; year++) {
            struct grid g;
            char file[64];
            snprintf(file, sizeof file, "reports/%s-%d.csv", pairs[p].file, year);
            load(&g, folder, file);
            assert_true(g.n > 12 * 16 * 9 / 10);
            for (size_t i = 1; i < g.n; i++)
                if (number(&g, i, pairs[p].part) > number(&g, i, pairs[p].whole)) {
                    outside++;
                    assert_int_equal(number(&g, i, pairs[p].part), 1435);
                    assert_int_equal(number(&g, i, pairs[p].whole), 1275);
                }
            drop(&g);
        }
    assert_int_equal(outside, 1);
}

// Reports that are not there or came after the fifth are those that the truth names.
static void late_and_missing_reports_are_told(void **state)
{
    (void)state;
    struct grid truth;
    size_t late = 0, missing = 0, told_late = 0, told_missing = 0;
    load(&truth, folder, "truth/reports.csv");
    for (size_t i = 1; i < truth.n; i++)
        if (str_equal_c(truth.rows[i][0], "births_report")) {
            told_late += str_equal_c(cell(&truth, i, "status"), "late");
            told_missing += str_equal_c(cell(&truth, i, "status"), "missing");
        }
    for (int year = 2010; year < 2015; year++) {
        struct grid g;
        char file[64];
        snprintf(file, sizeof file, "reports/births_report-%d.csv", year);
        load(&g, folder, file);
        missing += (size_t)(12 * 16) - (g.n - 1);
        for (size_t i = 1; i < g.n; i++) {
            int32_t came, next;
            int64_t month = number(&g, i, "月份");
            assert_int_equal(date_parse(cell(&g, i, "上报日期"), &came, NULL), ERR_OK);
            assert_true(date_from_ymd((int)(month / 100), (int)(month % 100), 1, &next));
            next = date_add_months(next, 1);
            assert_true(came >= next);
            late += came - next >= 5;
        }
        drop(&g);
    }
    assert_true(late > 0 && missing > 0);
    assert_int_equal(late, told_late);
    assert_int_equal(missing, told_missing);
    drop(&truth);
}

static void options_are_checked(void **state)
{
    (void)state;
    struct error e;
    struct demo_options o = {.folder = NULL};
    assert_int_equal(demo_write(&o, &e), ERR_USAGE);
    o.folder = folder;
    o.people = 999;
    assert_int_equal(demo_write(&o, &e), ERR_USAGE);
    assert_non_null(strstr(e.text, "999"));
    o.people = 1000;
    o.years = 21;
    assert_int_equal(demo_write(&o, NULL), ERR_USAGE);
    o.years = 1;
    o.first_year = 1989;
    assert_int_equal(demo_write(&o, &e), ERR_USAGE);
    o.first_year = 0;
    o.folder = "/nowhere-at-all/demo";
    assert_int_equal(demo_write(&o, &e), ERR_NOT_FOUND);
}

// A file that may not grow past a size stands for a full disk.
static void a_full_disk_is_said(void **state)
{
    (void)state;
    static const rlim_t sizes[] = {10, 20000, 200000, 900000};
    char other[PATH], list[PATH * 2];
    struct rlimit before;
    struct error e;
    temporary(other);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_true(handler != SIG_ERR);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct rlimit small = {.rlim_cur = sizes[i], .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        enum err result = make(other, PEOPLE, 3, &e);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (result != ERR_FULL)
            fail_msg("at %ld bytes: %s, %s", (long)sizes[i], error_name(result), e.text);
        assert_non_null(strstr(e.where, other));
        snprintf(list, sizeof list, "%s/import.txt", other);
        assert_int_not_equal(access(list, F_OK), 0); // the folder does not seem whole
    }
    (void)signal(SIGXFSZ, handler);
    remove_tree(other);
}

static void a_file_is_no_folder(void **state)
{
    (void)state;
    char path[PATH * 2];
    struct error e;
    snprintf(path, sizeof path, "%s/areas.csv", folder);
    assert_int_equal(make(path, 1000, 1, &e), ERR_IO);
    assert_non_null(strstr(e.where, path));
}

static void other_spans_work(void **state)
{
    (void)state;
    char other[PATH];
    struct error e;
    static const int spans[][2] = {{2010, 1}, {1999, 2}, {2016, 4}};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        temporary(other);
        struct demo_options o = {.folder = other,
                                 .people = 1000,
                                 .first_year = spans[i][0],
                                 .years = spans[i][1],
                                 .seed = i + 1};
        assert_int_equal(demo_write(&o, &e), ERR_OK);
        assert_true(hash_all(other, false) != 0);
        remove_tree(other);
    }
}

// Cut at a day: the rows are those of the whole county that were written by then, and no
// date is later, but for the planted ones.
static void files_can_be_of_a_day(void **state)
{
    (void)state;
    static const char *const written[4] = {"签发日期", "建证日期", "落户日期",
                                           "报到日期"};
    char other[PATH];
    struct error e;
    struct demo_options o = {.people = PEOPLE, .seed = 5};
    assert_true(date_from_ymd(2014, 7, 20, &o.until));
    temporary(other);
    o.folder = other;
    assert_int_equal(demo_write(&o, &e), ERR_OK);
    for (int k = 0; k < 4; k++) {
        struct grid cut, whole;
        size_t expected = 0;
        load(&cut, other, sources[k]);
        load(&whole, folder, sources[k]);
        for (size_t i = 1; i < whole.n; i++) {
            int32_t day;
            assert_int_equal(date_parse(cell(&whole, i, written[k]), &day, NULL), ERR_OK);
            expected += day <= o.until;
        }
        for (size_t i = 1; i < cut.n; i++) {
            int32_t day;
            assert_int_equal(date_parse(cell(&cut, i, written[k]), &day, NULL), ERR_OK);
            assert_true(day <= o.until);
        }
        // A second writing that would have come later can be an exact copy, with the
        // first one's day.
        assert_true(cut.n - 1 <= expected && cut.n + 5 > expected);
        drop(&cut);
        drop(&whole);
    }
    struct grid g;
    load(&g, other, "reports/births_report-2014.csv");
    assert_true(g.n > 16 * 5 && g.n <= 16 * 6 + 1);
    for (size_t i = 1; i < g.n; i++) {
        int32_t day;
        assert_true(number(&g, i, "月份") <= 201406);
        assert_int_equal(date_parse(cell(&g, i, "上报日期"), &day, NULL), ERR_OK);
        assert_true(day <= o.until);
    }
    drop(&g);
    load(&g, other, "truth/bad-rows.csv");
    bool over = false;
    for (size_t i = 1; i < g.n; i++)
        over = over || str_equal_c(cell(&g, i, "found"), "1435");
    assert_true(over); // June's report of contracts is there
    drop(&g);
    assert_true(date_from_ymd(2014, 1, 30, &o.until));
    assert_int_equal(demo_write(&o, &e), ERR_USAGE);
    assert_non_null(strstr(e.text, "2014-01-30"));
    remove_tree(other);
}

static void no_memory_is_said(void **state)
{
    (void)state;
    char other[PATH];
    struct error e;
    temporary(other);
    struct demo_options o = {.folder = other, .people = 1000, .years = 1, .seed = 2};
    int64_t calls = 0;
    mem_fail_after(-1);
    assert_int_equal(demo_write(&o, &e), ERR_OK);
    calls = mem_fail_after(-1);
    assert_true(calls > 30);
    for (int64_t n = 0; n < calls; n += n < 40 ? 1 : calls / 12 + 1) {
        (void)mem_fail_after(n);
        enum err result = demo_write(&o, &e);
        (void)mem_fail_after(-1);
        if (result != ERR_MEMORY)
            fail_msg("allocation %lld: %s", (long long)n, error_name(result));
    }
    remove_tree(other);
}

struct seen {
    double last;
    int calls;
};

static void watch(void *argument, double done)
{
    struct seen *seen = argument;
    assert_true(done >= seen->last && done <= 1);
    seen->last = done;
    seen->calls++;
}

static int begin(void **state)
{
    (void)state;
    struct error e;
    struct seen seen = {0};
    temporary(folder);
    struct demo_options o = {.folder = folder,
                             .people = PEOPLE,
                             .seed = 5,
                             .progress = watch,
                             .argument = &seen};
    if (demo_write(&o, &e)) {
        print_error("%s: %s\n", e.where, e.text);
        return -1;
    }
    return seen.last == 1 && seen.calls > 3 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    remove_tree(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_decides_every_byte),
        cmocka_unit_test(forms_are_as_promised),
        cmocka_unit_test(every_listed_file_can_be_read),
        cmocka_unit_test(totals_agree_with_the_truth),
        cmocka_unit_test(copies_are_of_the_same_birth),
        cmocka_unit_test(planted_errors_are_all_told),
        cmocka_unit_test(only_planted_dates_are_wrong),
        cmocka_unit_test(one_facility_falsifies),
        cmocka_unit_test(girls_are_hidden_in_one_township),
        cmocka_unit_test(parts_lie_inside_their_wholes),
        cmocka_unit_test(late_and_missing_reports_are_told),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(a_full_disk_is_said),
        cmocka_unit_test(a_file_is_no_folder),
        cmocka_unit_test(other_spans_work),
        cmocka_unit_test(files_can_be_of_a_day),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests_name("demo files", tests, begin, end);
}
