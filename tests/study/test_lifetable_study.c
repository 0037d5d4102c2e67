// SPDX-License-Identifier: AGPL-3.0-or-later
// Ages and sexes as offices write them, studies of files made here, and what happens when
// memory ends at any moment.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "report/fertility_doc.h"
#include "report/lifetable_doc.h"

static struct error e;

static void ages(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t from, width;
    } rows[] = {
        {"0", 0, AGE_WIDTH_UNSAID},
        {"85+", 85, 0},
        {" 5-9 ", 5, 5},
        {"05-09", 5, 5},
        {"1–4", 1, 4},
        {"10 to 14", 10, 5},
        {"<1", 0, 1},
        {"under 5", 0, 5},
        {"85 and over", 85, 0},
        {"85岁及以上", 85, 0},
        {"5-9岁", 5, 5},
        {"0岁", 0, AGE_WIDTH_UNSAID},
        {"不满1岁", 0, 1},
        {"20至24岁", 20, 5},
        {"100+", 100, 0},
        {"60～64", 60, 5},
        {"85以上", 85, 0},
        {"Age 15-19", 15, 5},
        {"85+ years", -1, 0},
        {"25.0", 25, AGE_WIDTH_UNSAID},
        {"", -1, 0},
        {"old", -1, 0},
        {"9-5", -1, 0},
        {"-5", -1, 0},
        {"5-9-13", -1, 0},
        {"999", -1, 0},
        {"+", -1, 0},
        {"5-", -1, 0},
        {"1e2", -1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct age_label label = {-1, 0};
        bool read = age_label_read(str_of(rows[i].text), &label);
        if (read != (rows[i].from >= 0) ||
            (read && (label.from != rows[i].from || label.width != rows[i].width)))
            fail_msg("'%s': %d, %d", rows[i].text, (int)label.from, (int)label.width);
    }
    enum lifetable_sex sex;
    assert_true(age_sex_read(STR(" Female "), &sex) && sex == LIFETABLE_FEMALE);
    assert_true(age_sex_read(STR("男"), &sex) && sex == LIFETABLE_MALE);
    assert_true(age_sex_read(STR("1"), &sex) && sex == LIFETABLE_MALE);
    assert_true(age_sex_read(STR("合计"), &sex) && sex == LIFETABLE_BOTH);
    assert_false(age_sex_read(STR("|f|"), &sex));
    assert_false(age_sex_read(STR(""), &sex));
}

// A file in memory

struct file {
    struct frame f;
    double *numbers[8];
};

// Rows of commas; numbers of column k are numbers[k].
static bool read_text(struct file *file, struct arena *a, const char *text)
{
    struct str rest = str_of(text), line;
    size_t columns = 1, rows = 0;
    *file = (struct file){.f = {.path = "memory", .arena = a}};
    for (const char *p = text; *p; p++)
        rows += *p == '\n';
    for (const char *p = text; *p != '\n'; p++)
        columns += *p == ',';
    file->f.n_columns = columns;
    file->f.n_rows = rows - 1;
    file->f.names = ARENA_ARRAY(a, struct str, columns);
    file->f.cells = ARENA_ARRAY(a, struct str, columns * rows);
    file->f.lines = ARENA_ARRAY(a, uint64_t, rows);
    if (!file->f.names || !file->f.cells || !file->f.lines)
        return false;
    for (size_t k = 0; k < columns; k++)
        if (!(file->numbers[k] = ARENA_ARRAY(a, double, rows)))
            return false;
    for (size_t i = 0; i < rows; i++) {
        assert_true(str_split(rest, '\n', &line, &rest));
        for (size_t k = 0; k < columns; k++) {
            struct str cell = line;
            if (k + 1 < columns)
                assert_true(str_split(line, ',', &cell, &line));
            if (!i) {
                file->f.names[k] = cell;
                continue;
            }
            file->f.cells[(i - 1) * columns + k] = cell;
            file->f.lines[i - 1] = i + 1;
            if (!str_to_double(cell, &file->numbers[k][i - 1]))
                file->numbers[k][i - 1] = NAN;
        }
    }
    return true;
}

// Two towns, two years, two sexes: area,year,sex,age,deaths,population.
static const char *towns(void)
{
    static char text[1 << 16];
    static const double rate[19] = {.009,  .0004, .0002, .0002, .001, .0013, .0011,
                                    .0014, .0019, .003,  .0049, .007, .0113, .0186,
                                    .028,  .041,  .072,  .112,  .19};
    size_t n =
        (size_t)snprintf(text, sizeof text, "area,year,sex,age,deaths,population\n");
    for (int t = 0; t < 2; t++)
        for (int y = 2019; y < 2021; y++)
            for (int s = 0; s < 2; s++)
                for (int i = 0; i < 19; i++) {
                    int from = i < 2 ? i : 5 * (i - 1), people = 6000 - 250 * i + 500 * t;
                    char label[16];
                    if (i == 18)
                        snprintf(label, sizeof label, "%d+", from);
                    else if (i == 0)
                        snprintf(label, sizeof label, "0");
                    else
                        snprintf(label, sizeof label, "%d-%d", from,
                                 i == 1 ? 4 : from + 4);
                    n += (size_t)snprintf(
                        text + n, sizeof text - n, "town %c,%d,%s,%s,%d,%d\n", 'A' + t, y,
                        s ? "male" : "female", label,
                        (int)(rate[i] * people * (s ? 1 : .7) + .5), people);
                }
    return text;
}

static struct lifetable_input input(const struct file *file)
{
    return (struct lifetable_input){.f = &file->f,
                                    .columns = {.area = {0},
                                                .n_areas = 1,
                                                .year = 1,
                                                .sex = 2,
                                                .age = 3,
                                                .only = LIFETABLE_BOTH},
                                    .deaths = file->numbers[4],
                                    .population = file->numbers[5],
                                    .column_deaths = 4,
                                    .column_population = 5,
                                    .years = 1,
                                    .level = .95,
                                    .seed = 1};
}

static void sums_of_towns(void **state)
{
    (void)state;
    struct arena a;
    struct file file;
    struct lifetable_study s;
    arena_init(&a, 0);
    assert_true(read_text(&file, &a, towns()));
    struct lifetable_input in = input(&file);
    in.compare_a = STR("female");
    in.compare_b = STR("male");
    assert_ok(lifetable_study_make(&s, &in, &e));
    assert_int_equal(s.n, 12);
    double parts = 0;
    for (size_t i = 0; i < s.n; i++) {
        const struct lifetable_one *o = &s.list[i];
        assert_int_equal(o->sex, i % 3);
        assert_int_equal(o->summed, i % 3 == 2);
        assert_true(o->e0.low < o->t.e[0] && o->e0.high > o->t.e[0]);
        if (i % 3 != 2)
            continue;
        for (size_t k = 0; k < 19; k++) // both: deaths over people
            assert_true(fabs(o->t.m[k] -
                             (o[-1].deaths[k] + o[-2].deaths[k]) /
                                 (o[-1].population[k] + o[-2].population[k])) < 1e-15);
        assert_true(o->t.e[0] < o[-2].t.e[0] && o->t.e[0] > o[-1].t.e[0]);
    }
    assert_ptr_equal(s.a, &s.list[9]);
    assert_ptr_equal(s.b, &s.list[10]);
    for (size_t k = 0; k < s.a->t.n; k++)
        parts += s.parts[k];
    assert_true(fabs(parts - (s.a->t.e[0] - s.b->t.e[0])) < 1e-9);
    // smoothed by all areas, whose people die alike: between the two towns' own tables
    in.compare_a = in.compare_b = STR("");
    in.smooth = true;
    in.smoothing = LIFETABLE_TOPALS;
    struct lifetable_study smooth;
    assert_ok(lifetable_study_make(&smooth, &in, &e));
    for (size_t i = 0; i < s.n; i++) {
        assert_true(fabs(smooth.list[i].t.e[0] - s.list[i].t.e[0]) < .6);
        assert_true(smooth.list[i].e0.low < smooth.list[i].e0.high);
    }
    arena_free(&a);
}

// Whatever fails, it is memory that is named, and nothing is lost.
static void memory_ends(void **state)
{
    (void)state;
    enum { WAYS = 4 };
    for (int way = 0; way < WAYS; way++) {
        bool done = false;
        for (int64_t n = 0; !done; n++) {
            struct arena a;
            struct file file;
            struct lifetable_study s;
            arena_init(&a, 0);
            mem_fail_after(n);
            bool fine = read_text(&file, &a, towns());
            if (fine) {
                struct lifetable_input in = input(&file);
                in.close = way == 1;
                in.single = way == 2;
                in.smooth = way == 3;
                in.draws = way == 0 ? 200 : 0;
                in.compare_a = STR("2020");
                in.compare_b = STR("2019");
                enum err code = lifetable_study_make(&s, &in, &e);
                assert_true(!code || code == ERR_MEMORY);
                struct lifetable_page page = {.study = &s, .input = &in};
                struct result results[LIFETABLE_DOC_RESULTS];
                done = !code && lifetable_doc_make(&a, &page);
                if (!code) {
                    size_t k = lifetable_doc_results(&a, &page, results);
                    for (size_t i = 0; i < k; i++)
                        done &= result_ok(&results[i]);
                }
            }
            mem_fail_after(-1);
            arena_free(&a);
        }
    }
}

static void memory_ends_in_fertility(void **state)
{
    (void)state;
    static const char *const text =
        "year,order,age,births,women\n"
        "2018,1,15-19,5,900\n2018,1,20-24,90,900\n2018,1,25-29,80,900\n"
        "2019,1,15-19,5,900\n2019,1,20-24,85,900\n2019,1,25-29,85,900\n"
        "2020,1,15-19,5,900\n2020,1,20-24,80,900\n2020,1,25-29,90,900\n";
    bool done = false;
    for (int64_t n = 0; !done; n++) {
        struct arena a;
        struct file file;
        struct fertility_study s;
        arena_init(&a, 0);
        mem_fail_after(n);
        if (read_text(&file, &a, text)) {
            struct fertility_input in = {.f = &file.f,
                                         .columns = {.area = {1},
                                                     .n_areas = 1,
                                                     .year = 0,
                                                     .sex = SIZE_MAX,
                                                     .age = 2},
                                         .has_order = true,
                                         .ages = {.closed = true},
                                         .births = file.numbers[3],
                                         .women = file.numbers[4],
                                         .years = 1,
                                         .boys = 1.06,
                                         .level = .95};
            enum err code = fertility_study_make(&s, &in, &e);
            assert_true(!code || code == ERR_MEMORY);
            struct fertility_page page = {.study = &s, .input = &in};
            struct result results[FERTILITY_DOC_RESULTS];
            done = !code && fertility_doc_make(&a, &page);
            if (!code) {
                size_t k = fertility_doc_results(&a, &page, results);
                for (size_t i = 0; i < k; i++)
                    done &= result_ok(&results[i]);
            }
            if (done) { // of the one order and of all: the same
                assert_int_equal(s.n, 6);
                assert_true(s.list[1].tempo > s.list[1].sum.tfr);
                assert_true(s.list[4].tempo == s.list[1].tempo);
                assert_true(isnan(s.list[0].tempo) && isnan(s.list[5].tempo));
            }
        }
        mem_fail_after(-1);
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages),
        cmocka_unit_test(sums_of_towns),
        cmocka_unit_test(memory_ends),
        cmocka_unit_test(memory_ends_in_fertility),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
