// SPDX-License-Identifier: AGPL-3.0-or-later
// heng project from files: the UN's published projections, tables in long form in their
// many shapes, and bad input that is named with file and line.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/xlsx_write.h"
#include "study/project_accounts.h"
#include "study/project_study.h"

static char folder[64];
static struct arena arena;
static struct error e;

static const char *in_folder(const char *name)
{
    char *path = arena_alloc(&arena, 160, 1);
    assert_non_null(path);
    snprintf(path, 160, "%s/%s", folder, name);
    return path;
}

static void put_file(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/heng-project-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"pop.csv",  "mx.csv",   "asfr.csv", "srb.csv",
                                        "mig.csv",  "sx.csv",   "all.csv",  "pop.xlsx",
                                        "popF.csv", "popM.csv", "mxF.csv"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_folder(names[i]));
    rmdir(folder);
    arena_free(&arena);
    return 0;
}

static const struct project_choice any = {.timing = -1, .mothers = -1};

static double all_of(const struct project_projection *p, size_t moment)
{
    struct project_summary s;
    project_summarise(p, moment, &s);
    return s.all;
}

// --- the UN's projections

static const char *wpp(const char *edition)
{
    char *path = arena_alloc(&arena, 512, 1);
    assert_non_null(path);
    snprintf(path, 512, "%s/../shared/data/projection/%s",
             getenv("HENG_SOURCE") ? getenv("HENG_SOURCE") : ".", edition);
    return access(path, R_OK) == 0 ? path : NULL;
}

static struct project_projection *project_country(const char *code,
                                                  struct project_choice choice,
                                                  struct project_files *files)
{
    struct str area = str_of(code);
    struct project_projection *list;
    choice.areas = &area;
    choice.n_areas = 1;
    assert_ok(project_files_wpp(files, wpp("wpp2019"), &choice, &arena, &e));
    assert_int_equal(files->n_areas, 1);
    assert_ok(project_study_run(files, false, &list, &arena, &e));
    return list;
}

static void near_published(const struct project_projection *p, int32_t from, int32_t to,
                           double percent)
{
    size_t seen = 0;
    for (size_t t = 1; t <= p->area->in.shape.steps; t++) {
        struct project_difference d;
        assert_true(project_compare(p, t, &d));
        if (d.year < from || d.year > to)
            continue;
        if (fabs(d.by_total) > percent)
            fail_msg("%d: %.3f is %.5f %% from the published %.3f", d.year, d.all,
                     d.by_total, d.published);
        seen++;
    }
    assert_int_equal(seen, (to - from) / 5 + 1);
}

// Every group within .02 %, or the last digit that is published.
static void near_by_age(const struct project_projection *p)
{
    size_t ages = p->area->in.shape.ages;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (size_t i = ages; i < (p->area->in.shape.steps + 1) * ages; i++) {
            double v = p->out.population[sex][i], w = p->area->published[sex][i];
            if (!(fabs(v - w) <= 0.0002 * w + 0.001))
                fail_msg("sex %d, step %zu, group %zu: %.6f, published %.3f", sex,
                         i / ages, i % ages, v, w);
        }
}

static void azerbaijan_as_published(void **state)
{
    (void)state;
    if (!wpp("wpp2019"))
        skip();
    struct project_files files;
    struct project_projection *p = project_country("31", any, &files);
    assert_int_equal(p->area->in.shape.year, 2020);
    assert_int_equal(p->area->in.shape.steps, 16);
    assert_int_equal(p->area->in.timing, PROJECT_AT_END); // the UN's code 9
    near_published(p, 2025, 2100, 0.002);
    near_by_age(p);
    struct project_choice choice = any;
    for (int v = PROJECT_HIGH; v <= PROJECT_LOW; v++) {
        choice.variant = (enum project_variant)v;
        near_published(project_country("Azerbaijan", choice, &files), 2025, 2100, 0.002);
    }
}

static void china_and_india_as_published(void **state)
{
    (void)state;
    if (!wpp("wpp2019"))
        skip();
    struct project_files files;
    struct project_choice choice = any;
    for (int v = 0; v < PROJECT_VARIANTS; v++) {
        choice.variant = (enum project_variant)v;
        struct project_projection *p = project_country("156", choice, &files);
        assert_int_equal(p->area->in.timing, PROJECT_AT_END);
        assert_int_equal(p->area->migrants, PROJECT_MIGRANTS_PAST);
        near_published(p, 2025, 2100, 0.015);
        p = project_country("356", choice, &files);
        assert_int_equal(p->area->in.timing, PROJECT_SPREAD); // code 0
        near_published(p, 2025, 2050, 0.015);
        near_published(p, 2055, 2100, 0.1);
    }
}

// From 1950: what the populations leave as migrants has the published totals.
static void the_past_gives_its_migrants_back(void **state)
{
    (void)state;
    if (!wpp("wpp2019"))
        skip();
    struct project_files files;
    struct project_choice choice = any;
    choice.from = 1950, choice.to = 2020;
    static const double china[] = {-256.027,  -59.5,     -1125.727, -160.002, -1105.479,
                                   -47.004,   -200,      -431.651,  -779.982, -382.999,
                                   -1965.578, -2178.385, -1552.209, -1741.996};
    struct project_projection *p = project_country("156", choice, &files);
    assert_int_equal(p->area->n_inferred, 14);
    for (size_t t = 0; t < 14; t++) {
        struct project_summary s;
        project_summarise(p, t, &s);
        if (fabs(s.migrants - china[t]) > 0.0001 * s.all / 10)
            fail_msg("%d: %.3f, published %.3f", s.year, s.migrants, china[t]);
    }
    near_published(p, 1955, 2020, 1e-6);
}

static void wpp_asked_wrongly(void **state)
{
    (void)state;
    if (!wpp("wpp2019"))
        skip();
    struct project_files files;
    struct str area = STR("Atlantis");
    struct project_choice choice = any;
    choice.areas = &area, choice.n_areas = 1;
    assert_int_equal(project_files_wpp(&files, wpp("wpp2019"), &choice, &arena, &e),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "Atlantis"));
    choice = any;
    choice.from = 1951;
    assert_int_equal(project_files_wpp(&files, wpp("wpp2019"), &choice, &arena, &e),
                     ERR_INPUT);
    assert_non_null(strstr(e.text, "1951"));
    choice.from = 0, choice.to = 2150;
    assert_int_equal(project_files_wpp(&files, wpp("wpp2019"), &choice, &arena, &e),
                     ERR_INPUT);
    assert_non_null(strstr(e.text, "2150"));
    if (wpp("wpp2024")) { // has no population by age to begin with
        choice = any;
        assert_int_equal(project_files_wpp(&files, wpp("wpp2024"), &choice, &arena, &e),
                         ERR_INPUT);
        assert_non_null(strstr(e.text, "popF"));
        assert_true(e.cure[0]);
    }
}

// World Population Prospects 2024 has no population by age: its accounts close, and with
// the 1950 of another edition carried on by its births its own totals come out.
static void edition_of_calendar_years(void **state)
{
    (void)state;
    if (!wpp("wpp2024") || !wpp("wpp2019"))
        skip();
    struct result accounts;
    bool found;
    assert_ok(
        project_accounts(wpp("wpp2024"), &any, false, &arena, &accounts, &found, &e));
    assert_true(found && accounts.n_rows > 400);
    for (size_t i = 0; i < accounts.n_rows; i++)
        assert_true(fabs(accounts.cells[i * accounts.n_columns + 5].value) < 0.02);
    assert_ok(
        project_accounts(wpp("wpp2019"), &any, false, &arena, &accounts, &found, &e));
    assert_false(found);

    struct project_choice choice = any;
    struct project_files files;
    struct project_projection *p;
    choice.base = wpp("wpp2019");
    assert_ok(project_files_wpp(&files, wpp("wpp2024"), &choice, &arena, &e));
    assert_int_equal(files.n_areas, 2); // those that both editions have
    assert_ok(project_study_run(&files, false, &p, &arena, &e));
    for (size_t i = 0; i < 2; i++) {
        assert_true(files.areas[i].reconstructed);
        assert_int_equal(files.areas[i].migrants, PROJECT_MIGRANTS_GIVEN);
        near_published(&p[i], 2025, 2050, 0.15);
        near_published(&p[i], 2055, 2100, 0.3);
    }
    // the middle of 2050 lies between the published ends of 2049 and 2050
    struct project_difference d;
    assert_true(project_compare(&p[1], 6, &d));
    assert_int_equal(d.year, 2050);
    assert_true(fabs(d.published - 1260289) < 1 && isnan(d.worst));
}

static void a_folder_with_one_sex(void **state)
{
    (void)state;
    struct project_files files;
    put_file("popF.csv", "country_code,name,age,2020\n1,A,0-4,10\n");
    assert_int_equal(project_files_wpp(&files, folder, &any, &arena, &e), ERR_INPUT);
    assert_non_null(strstr(e.where, "popM"));
    assert_non_null(strstr(e.text, "one sex"));
}

// --- long tables

enum { GROUPS = 14, OLDEST = 65 };

static void age_name(int first, char *out, size_t size)
{
    if (first == OLDEST)
        snprintf(out, size, "%d+", first);
    else
        snprintf(out, size, "%d-%d", first, first + 4);
}

// A small country in tables of fives, 2020 to 2030, in two areas.
static void write_small(void)
{
    FILE *f = fopen(in_folder("pop.csv"), "w");
    assert_non_null(f);
    fputs("area,year,sex,age,population\n", f);
    for (int area = 0; area < 2; area++)
        for (int sex = 0; sex < 2; sex++)
            for (int x = 0; x <= OLDEST; x += 5) {
                char age[16];
                age_name(x, age, sizeof age);
                fprintf(f, "%s,2020,%s,%s,%d\n", area ? "East" : "West",
                        sex ? "male" : "female", age, 1000 - 10 * x + 100 * area + sex);
            }
    fclose(f);
    f = fopen(in_folder("mx.csv"), "w");
    assert_non_null(f);
    fputs("年份,性别,年龄,死亡率\n", f);
    for (int year = 2020; year < 2030; year += 5)
        for (int sex = 0; sex < 2; sex++)
            for (int i = 0; i <= GROUPS; i++) {
                int x = i < 2 ? i : 5 * (i - 1);
                fprintf(f, "%d-%d,%s,%d%s,%.8f\n", year, year + 5, sex ? "男" : "女", x,
                        x == OLDEST ? "+" : "", 0.0004 * exp(0.07 * x) + (i == 0) * 0.02);
            }
    fclose(f);
    f = fopen(in_folder("asfr.csv"), "w");
    assert_non_null(f);
    fputs("year,age,asfr\n", f);
    for (int year = 2020; year < 2030; year += 5)
        for (int x = 15; x < 50; x += 5)
            fprintf(f, "%d,%d-%d,%.4f\n", year, x, x + 4, x == 25 ? 0.15 : 0.05);
    fclose(f);
    put_file("srb.csv", "year,srb\n2020,106\n2025,1.05\n");
}

static enum err read_small(const char *mortality, const struct project_choice *choice,
                           struct project_files *files)
{
    const char *paths[] = {in_folder("pop.csv"), in_folder(mortality),
                           in_folder("asfr.csv"), in_folder("srb.csv")};
    return project_files_long(files, paths, 4, choice, &arena, &e);
}

static void small_country(void **state)
{
    (void)state;
    struct project_files files;
    struct project_projection *p;
    write_small();
    assert_ok(read_small("mx.csv", &any, &files));
    assert_int_equal(files.n_areas, 2);
    assert_true(str_equal_c(files.areas[1].code, "East"));
    const struct project_shape *s = &files.areas[0].in.shape;
    assert_int_equal(s->year, 2020);
    assert_int_equal(s->width, 5);
    assert_int_equal(s->ages, GROUPS);
    assert_int_equal(s->steps, 2);
    assert_true(files.areas[0].in.boys[0] == 1.06 && files.areas[0].in.boys[1] == 1.05);
    assert_true(files.areas[0].in.fertility[5] == 0.15);
    assert_true(fabs(files.areas[0].children[0] - 5 * (6 * 0.05 + 0.15)) < 1e-12);
    assert_ok(project_study_run(&files, false, &p, &arena, &e));
    struct project_summary now, then;
    project_summarise(&p[0], 0, &now);
    project_summarise(&p[0], 1, &then);
    assert_true(now.all == GROUPS * 2000 - 20 * 455 + GROUPS);
    assert_true(fabs(now.all + now.births - now.deaths - then.all) < 1e-9);
    assert_true(now.e0[0] > 60 && now.e0[0] < 80);

    struct project_choice choice = any; // held on with the last rates
    choice.to = 2050, choice.hold = true;
    assert_ok(read_small("mx.csv", &choice, &files));
    assert_int_equal(files.areas[0].in.shape.steps, 6);
    assert_true(files.areas[0].in.boys[5] == 1.05);
    struct str east = STR("East");
    choice = any;
    choice.areas = &east, choice.n_areas = 1;
    assert_ok(read_small("mx.csv", &choice, &files));
    assert_int_equal(files.n_areas, 1);
    assert_true(files.areas[0].in.population[1][0] == 1101);
}

// Fives split to single years: the same people, and nearly the same future.
static void fives_as_single_years(void **state)
{
    (void)state;
    struct project_files five, one;
    struct project_projection *p, *q;
    struct project_choice choice = any;
    write_small();
    FILE *f = fopen(in_folder("mx.csv"), "w"); // rates of every year
    assert_non_null(f);
    fputs("year,sex,age,mx\n", f);
    for (int year = 2020; year < 2030; year++)
        for (int sex = 0; sex < 2; sex++)
            for (int i = 0; i <= GROUPS; i++) {
                int x = i < 2 ? i : 5 * (i - 1);
                fprintf(f, "%d,%d,%d,%.8f\n", year, 2 - sex, x,
                        0.0004 * exp(0.07 * x) + (i == 0) * 0.02);
            }
    fclose(f);
    f = fopen(in_folder("asfr.csv"), "w"); // one schedule for all years
    assert_non_null(f);
    fputs("age,fertility\n15-19,.05\n20-24,.1\n25-29,.12\n30-34,.08\n35-39,.03\n", f);
    fclose(f);
    put_file("srb.csv", "srb\n1.05\n");
    assert_ok(read_small("mx.csv", &any, &one));
    assert_int_equal(one.areas[0].in.shape.width, 1);
    assert_int_equal(one.areas[0].in.shape.ages, OLDEST + 1);
    assert_int_equal(one.areas[0].in.shape.steps, 10);
    choice.width = 5;
    assert_ok(read_small("mx.csv", &choice, &five));
    assert_int_equal(five.areas[0].in.shape.steps, 2);
    assert_ok(project_study_run(&one, false, &p, &arena, &e));
    assert_ok(project_study_run(&five, false, &q, &arena, &e));
    assert_true(fabs(all_of(p, 0) - all_of(q, 0)) < 1e-9);
    assert_true(fabs(all_of(p, 10) / all_of(q, 2) - 1) < 0.002);
}

// What one reader found, written in long form (and in a workbook), gives the same.
static void the_same_in_other_forms(void **state)
{
    (void)state;
    if (!wpp("wpp2019"))
        skip();
    struct project_files files, again;
    struct project_projection *p = project_country("356", any, &files), *q;
    const struct project_input *in = &p->area->in;
    size_t ages = in->shape.ages;
    struct xlsx_writer *book;
    unsigned line = 0;
    assert_ok(xlsx_writer_open(&book, in_folder("pop.xlsx"), NULL, 0, &e));
    xlsx_sheet(book, STR("a"));
    xlsx_header(book, line++, (struct str[]){STR("性别"), STR("年龄"), STR("人口")}, 3);
    FILE *f = fopen(in_folder("all.csv"), "w");
    assert_non_null(f);
    fputs("period;sex;age;asfr;migration;sx\n", f);
    for (int sex = 0; sex < 2; sex++)
        for (size_t a = 0; a <= ages; a++) {
            char age[16];
            snprintf(age, sizeof age,
                     a < 20    ? "%zu-%zu"
                     : a == 20 ? "%zu+"
                               : "%zu",
                     5 * a, 5 * a + 4);
            if (a < ages) {
                xlsx_text(book, line, 0, sex ? STR("男") : STR("女"), 0);
                xlsx_text(book, line, 1, str_of(age), 0);
                xlsx_double(book, line++, 2, in->population[sex][a], 9, 0);
            }
            for (size_t t = 0; a < ages && t < in->shape.steps; t++) {
                int year = in->shape.year + 5 * (int)t;
                fprintf(f, "%d-%d;%s;%s;", year, year + 5, sex ? "m" : "f", age);
                if (a >= 3 && a < 10)
                    fprintf(f, "%.17g", in->fertility[t * ages + a]);
                fprintf(f, ";%.17g;%.17g\n", in->migration[sex][t * ages + a],
                        in->survival[sex][t * (ages + 1) + a]);
            }
        }
    fclose(f);
    assert_ok(xlsx_writer_close(book, &e));
    f = fopen(in_folder("srb.csv"), "w");
    assert_non_null(f);
    fputs("年份\t出生性别比\n", f);
    for (size_t t = 0; t < in->shape.steps; t++)
        fprintf(f, "%d\t%.17g\n", in->shape.year + 5 * (int)t, in->boys[t]);
    fclose(f);
    const char *paths[] = {in_folder("pop.xlsx"), in_folder("all.csv"),
                           in_folder("srb.csv")};
    assert_ok(project_files_long(&again, paths, 3, &any, &arena, &e));
    assert_ok(project_study_run(&again, false, &q, &arena, &e));
    for (size_t t = 0; t <= in->shape.steps; t++)
        assert_true(fabs(all_of(p, t) / all_of(q, t) - 1) < 1e-9);
}

// --- bad input

static void rewrite(const char *name, const char *from, const char *to)
{
    static char text[100000], out[100000];
    FILE *f = fopen(in_folder(name), "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    char *at = strstr(text, from);
    if (!at)
        fail_msg("'%s' is not in %s", from, name);
    snprintf(out, sizeof out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    put_file(name, out);
}

struct bad {
    const char *file, *from, *to;    // one change of the small country
    const char *where, *text, *cure; // what the error must hold
};

static const struct bad bads[] = {
    {"pop.csv", "West,2020,female,10-14,900\n", "", "pop.csv:4",
     "ages 10 to 14 are missing", "add the rows"},
    {"pop.csv", "West,2020,male,0-4,1001", "West,2020,male,0-4,-5", "pop.csv:16", "-5",
     "an empty group is 0"},
    {"pop.csv", "West,2020,male,0-4,1001", "West,2020,male,0-4,many", "pop.csv:16",
     "'many' is not a number", "put the number in"},
    {"pop.csv", "West,2020,male,0-4,1001", "West,2020,man?,0-4,1001", "pop.csv:16",
     "'man?' is not a sex", "female or male"},
    {"pop.csv", "West,2020,male,5-9,951",
     "West,2020,male,5-9,951\nWest,2020,male,5-9,952", "pop.csv:18", "twice (also in",
     "leave one"},
    {"pop.csv", "West,2020,male,5-9,951", "West,2020,male,3-9,951", "pop.csv:17",
     "ages overlap", "correct the ages"},
    {"pop.csv", "West,2020,female,65+,350", "West,2020,female,65-69,350", "pop.csv:15",
     "closed group 65-69", "100+"},
    {"pop.csv", "area,year,sex,age,population", "area,year,sex,age,figure2", "pop.csv",
     "no column says what its figures are", "name a column population"},
    {"asfr.csv", "2025,45-49,0.0500", "2025,75-79,0.0500", "asfr.csv:15",
     "fertility of 0.05 at age 75", "8 to 59"},
    {"asfr.csv", "2025,25-29,0.1500", "2025,25-29,150", "asfr.csv:11", "150",
     "divide by 1,000"},
    {"asfr.csv", "2025,25-29,0.1500\n", "", "asfr.csv:11", "ages 25 to 29 are missing",
     "add the rows"},
    {"srb.csv", "2025,1.05\n", "", "srb.csv", "no sex ratio at birth of 2025", "--srb"},
    {"srb.csv", "2025,1.05", "2025,0.2", "srb.csv:3", "0.2", "boys a girl"},
    {"mx.csv", "2025-2030,男,65+", "2025-2030,男,66+", "mx.csv:61", "ages", ""},
    {"mx.csv", "2020-2025,女,0,", "2020-2025,女,0,9", "mx.csv:2", "death rates of",
     "divide by 1,000"},
    {"mx.csv", "2020-2025,女,0,", "20x0,女,0,", "mx.csv:2", "'20x0' is not a year",
     "2020-2025"},
};

static void refused(const struct bad *b, enum err code)
{
    if (code != ERR_INPUT || !strstr(e.where, b->where) || !strstr(e.text, b->text) ||
        !strstr(e.cure, b->cure) || !e.cure[0])
        fail_msg("%s '%s' -> '%s': %s: %s (%s)", b->file, b->from, b->to, e.where, e.text,
                 e.cure);
}

static void bad_input_is_named(void **state)
{
    (void)state;
    struct project_files files;
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        write_small();
        rewrite(bads[i].file, bads[i].from, bads[i].to);
        memset(&e, 0, sizeof e);
        refused(&bads[i], read_small("mx.csv", &any, &files));
    }
}

// A file that was cut, a sex that is absent, a year that is missing, survival over 1.
static void larger_faults_are_named(void **state)
{
    (void)state;
    struct project_files files;
    static char text[100000];
    write_small();
    FILE *f = fopen(in_folder("pop.csv"), "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    *strstr(text, "West,2020,male") = 0;
    put_file("pop.csv", text);
    assert_int_equal(read_small("mx.csv", &any, &files), ERR_INPUT);
    assert_non_null(strstr(e.text, "no population of 2020 of men for area West"));
    assert_non_null(strstr(e.cure, "both sexes are needed"));

    write_small(); // half a file: death rates end in the middle of the last year
    f = fopen(in_folder("mx.csv"), "r");
    assert_non_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    *strstr(text, "2025-2030,男,30") = 0;
    put_file("mx.csv", text);
    assert_int_equal(read_small("mx.csv", &any, &files), ERR_INPUT);
    assert_non_null(strstr(e.where, "mx.csv:53"));
    assert_non_null(strstr(e.text, "death rates of 2025, male, have 7 ages up to 25"));
    assert_non_null(strstr(e.cure, "whole"));

    write_small(); // 2025 is missing between 2020 and 2030
    f = fopen(in_folder("mx.csv"), "r");
    assert_non_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    for (char *at = text; (at = strstr(at, "2025-2030"));)
        memcpy(at, "2030-2035", 9);
    put_file("mx.csv", text);
    assert_int_equal(read_small("mx.csv", &any, &files), ERR_INPUT);
    assert_non_null(strstr(e.text, "no death rates of 2025"));
    assert_non_null(strstr(e.cure, "before and after"));

    write_small();
    struct project_choice choice = any;
    choice.to = 2040;
    assert_int_equal(read_small("mx.csv", &choice, &files), ERR_INPUT);
    assert_non_null(strstr(e.text, "no death rates of 2030"));
    assert_non_null(strstr(e.cure, "--hold"));

    put_file("sx.csv", "year,sex,age,sx\n2020,f,0,0.98\n2020,f,5,1.02\n");
    assert_int_equal(read_small("sx.csv", &any, &files), ERR_INPUT);
    assert_non_null(strstr(e.where, "sx.csv:3"));
    assert_non_null(strstr(e.text, "survival of 1.02"));
}

static void a_shock_is_felt(void **state)
{
    (void)state;
    struct project_files files;
    struct project_projection *p, *q;
    struct project_shock k = {.kind = PROJECT_SHOCK_DEATHS,
                              .year = 2022,
                              .first_half = 0.5,
                              .sex = -1,
                              .to = 150,
                              .factor = 6};
    struct project_choice choice = any;
    struct project_summary before, after;
    write_small();
    assert_ok(read_small("mx.csv", &any, &files));
    assert_ok(project_study_run(&files, false, &p, &arena, &e));
    choice.shocks = &k, choice.n_shocks = 1;
    assert_ok(read_small("mx.csv", &choice, &files));
    assert_ok(project_study_run(&files, false, &q, &arena, &e));
    project_summarise(p, 0, &before);
    project_summarise(q, 0, &after);
    // one of five years with six times the deaths: about twice in all
    assert_true(after.deaths > 1.6 * before.deaths && after.deaths < 2 * before.deaths);
    assert_true(after.e0[0] < before.e0[0] - 5);
    project_summarise(p, 1, &before);
    project_summarise(q, 1, &after);
    assert_true(after.e0[0] == before.e0[0]);
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct project_files files;
    write_small();
    const char *paths[] = {in_folder("pop.csv"), in_folder("mx.csv"),
                           in_folder("asfr.csv"), in_folder("srb.csv")};
    int failed = 0;
    for (int64_t n = 0; n < 4000; n++) {
        struct arena small;
        struct project_projection *p;
        arena_init(&small, 0);
        mem_fail_after(n);
        enum err code = project_files_long(&files, paths, 4, &any, &small, &e);
        if (!code)
            code = project_study_run(&files, false, &p, &small, &e);
        mem_fail_after(-1);
        arena_free(&small);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failed++;
    }
    assert_true(failed > 4 && failed < 4000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(azerbaijan_as_published),
        TEST(china_and_india_as_published),
        TEST(the_past_gives_its_migrants_back),
        TEST(wpp_asked_wrongly),
        TEST(a_folder_with_one_sex),
        TEST(edition_of_calendar_years),
        TEST(small_country),
        TEST(fives_as_single_years),
        TEST(the_same_in_other_forms),
        TEST(bad_input_is_named),
        TEST(larger_faults_are_named),
        TEST(a_shock_is_felt),
        TEST(memory_runs_out),
    };
    return cmocka_run_group_tests_name("study/project_files", tests, NULL, NULL);
}
