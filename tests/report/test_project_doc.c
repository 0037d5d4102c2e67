// SPDX-License-Identifier: AGPL-3.0-or-later
// The page of the years ahead: its sentences come from the figures, in both languages;
// its tables are whole; memory that fails is told.
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "report/project_doc.h"

enum { AGES = 21, STEPS = 10 };

static double people[2][AGES], survival[2][STEPS * (AGES + 1)], fertility[STEPS * AGES];
static double boys[STEPS];

static struct project_input input(double ratio, double children)
{
    static const double by_age[7] = {.01, .18, .38, .28, .11, .03, .01};
    struct project_input in = {
        .shape = {2020, 5, AGES, STEPS}, .fertility = fertility, .boys = boys};
    for (int sex = 0; sex < 2; sex++) {
        for (int i = 0; i < AGES; i++)
            people[sex][i] = 9000 * exp(-.004 * i * i) * (sex ? 1.0 : 1 / ratio);
        for (int i = 0; i < STEPS * (AGES + 1); i++)
            survival[sex][i] = exp(-.0006 * exp(.37 * (i % (AGES + 1))));
        in.population[sex] = people[sex];
        in.survival[sex] = survival[sex];
    }
    for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < 7; i++)
            fertility[t * AGES + 3 + i] = children * by_age[i] / 5;
        boys[t] = ratio;
    }
    return in;
}

static struct project_forecast *
ahead_with(struct arena *a, const struct project_input *in, struct str scenario,
           const struct project_need *needs, size_t n_needs)
{
    static const struct project_change change = {
        {"then 106", 8}, PROJECT_BOYS, PROJECT_STEP, PROJECT_VALUE, 2030, 2030, 1.06};
    struct project_forecast_choice choice = {.trajectories = 200,
                                             .seed = 3,
                                             .changes = &change,
                                             .n_changes = 1,
                                             .needs = needs,
                                             .n_needs = n_needs};
    struct project_forecast *out;
    struct pool *pool;
    struct error e;
    choice.scenario = scenario;
    project_forecast_errors(choice.error);
    assert_ok(pool_open(&pool, 1, &e));
    assert_ok(project_forecast_make(a, pool, in, &choice, &out, &e));
    pool_close(pool);
    return out;
}

static struct project_forecast *ahead(struct arena *a, const struct project_input *in,
                                      struct str scenario)
{
    return ahead_with(a, in, scenario, NULL, 0);
}

static struct doc *page(struct arena *a, double ratio, double children, bool zh,
                        struct project_page *page)
{
    static struct project_error errors[PROJECT_SERIES];
    struct project_input in = input(ratio, children);
    project_forecast_errors(errors);
    *page = (struct project_page){.area = zh ? STR("甲县") : STR("A county"),
                                  .ahead = ahead(a, &in, STR("then 106")),
                                  .without = ahead(a, &in, (struct str){"", 0}),
                                  .declared = errors,
                                  .zh = zh};
    struct doc *d = doc_new(a, zh);
    assert_non_null(d);
    d->title = STR("x");
    assert_true(project_doc_add(d, page));
    return d;
}

static bool says(const struct doc *d, const char *what)
{
    for (const struct block *b = d->first; b; b = b->next)
        if (b->text.n && memmem(b->text.p, b->text.n, what, strlen(what)))
            return true;
    return false;
}

static void sentences_from_figures(void **state)
{
    (void)state;
    struct arena a;
    struct project_page p;
    arena_init(&a, 0);
    struct doc *d = page(&a, 1.17, 1.2, false, &p);
    char text[200];
    const double *then = p.ahead->figure[PROJECT_ALL] + STEPS * PROJECT_QUANTILES;
    assert_true(says(d, "A county has"));
    assert_true(says(d, "fewer than now") == (then[2] < p.ahead->figure[PROJECT_ALL][2]));
    assert_true(says(d, "very aged"));
    // 117 now, whatever the scenario does later
    const double *born = p.ahead->figure[PROJECT_BOYS_BORN] + PROJECT_QUANTILES;
    snprintf(text, sizeof text, "%.1f boys to 100 girls (95%% interval %.1f to %.1f)",
             born[2], born[0], born[4]);
    assert_true(says(d, text));
    assert_true(says(d, "110 or more men of 25-34 to 100 women of 23-32"));
    assert_true(says(d, "Scenario \"then 106\""));
    assert_true(says(d, "total fertility 0.09, 0.893"));
    d = page(&a, 1.05, 2.3, false, &p);
    assert_false(says(d, "boys to 100 girls (95%"));
    assert_false(says(d, "Births are 20%"));
    assert_false(says(d, "110 or more men"));
    d = page(&a, 1.17, 1.2, true, &p);
    assert_true(says(d, "甲县2020年人口") && says(d, "超老龄社会"));
    assert_true(says(d, "出生性别比预计为"));
    arena_free(&a);
}

// The note's sentences by themselves are those of the page, which puts a sign before
// those that warn.
static void note(void **state)
{
    (void)state;
    struct arena a;
    struct project_page p;
    struct project_sentence en[PROJECT_DOC_SENTENCES], zh[PROJECT_DOC_SENTENCES];
    arena_init(&a, 0);
    for (int round = 0; round < 2; round++) {
        struct doc *d = page(&a, round ? 1.05 : 1.17, round ? 2.3 : 1.2, false, &p);
        size_t n = project_doc_note(&a, &p, en), warned = 0;
        assert_true(n >= 2 && n <= PROJECT_DOC_SENTENCES);
        p.zh = true;
        assert_int_equal(project_doc_note(&a, &p, zh), n);
        for (size_t i = 0; i < n; i++) {
            struct str told = str_format(&a, "%s" STR_FMT, en[i].warns ? "⚠ " : "",
                                         STR_ARG(en[i].text));
            assert_true(says(d, told.p));
            assert_string_equal(en[i].kind, zh[i].kind);
            assert_false(str_equal(en[i].text, zh[i].text));
            warned += en[i].warns;
        }
        assert_string_equal(en[0].kind, "people");
        assert_string_equal(en[n - 1].kind, "partners");
        assert_true(round ? warned < 3 : warned >= 4);
    }
    size_t whole = 0, told = 0;
    for (int64_t n = 0; n < 3000 && !whole; n += 1 + n / 3) {
        struct arena b;
        arena_init(&b, 0);
        mem_fail_after(n);
        whole = project_doc_note(&b, &p, en);
        mem_fail_after(-1);
        told += !whole;
        arena_free(&b);
    }
    assert_true(told && whole);
    arena_free(&a);
}

// Groups of five measured behind the needs: of steps of five they are the ages
// themselves; pyramids are of them, and they are no needs.
static void groups(void **state)
{
    (void)state;
    struct arena a;
    struct project_page p;
    struct result plain[PROJECT_DOC_RESULTS], r[PROJECT_DOC_RESULTS];
    size_t n = 0, n_groups = 0;
    arena_init(&a, 0);
    page(&a, 1.17, 1.2, false, &p);
    project_doc_results(&a, &p, plain);
    struct project_input in = input(1.17, 1.2);
    struct project_need *needs = project_doc_needs(&a, &in.shape, NULL, &n, &n_groups);
    assert_non_null(needs);
    assert_int_equal(n_groups, AGES);
    struct project_forecast *f = ahead_with(&a, &in, STR("then 106"), needs, n);
    size_t first = f->n_needs - 2 * n_groups;
    for (size_t i = 0; i < 2 * AGES; i++)
        for (size_t t = 0; t <= STEPS; t++)
            for (size_t k = 0; k < PROJECT_QUANTILES; k++)
                assert_true(
                    fabs(f->needed[first + i][t * PROJECT_QUANTILES + k] -
                         f->people[i / AGES][(t * AGES + i % AGES) * PROJECT_QUANTILES +
                                             k]) < 1e-6);
    p.ahead = f;
    p.n_groups = n_groups;
    project_doc_results(&a, &p, r);
    assert_int_equal(r[2].n_rows, plain[2].n_rows);
    struct doc *d = doc_new(&a, false);
    assert_non_null(d);
    assert_true(project_doc_add(d, &p));
    for (const struct block *b = d->first; b; b = b->next)
        if (b->kind == BLOCK_CHART && b->chart.form == CHART_FORM_PYRAMID) {
            assert_int_equal(b->chart.n_categories, AGES);
            assert_true(str_equal_c(b->chart.categories[AGES - 1], "100+"));
        } else if (b->kind == BLOCK_TABLE && b->table.n_columns) {
            for (size_t i = 0; i < b->table.n_rows; i++)
                assert_false(str_equal_c(b->table.cells[i * b->table.n_columns].text,
                                         "women of 0 and on"));
        }
    in.shape.width = 1;
    in.shape.ages = 88; // the open one is of 87: its group begins at 85
    n = 0;
    needs = project_doc_needs(&a, &in.shape, NULL, &n, &n_groups);
    assert_int_equal(n_groups, 18);
    assert_true(needs[n - 1].from == 85 && needs[n - 1].to < 0);
    assert_true(needs[n - 1].who == PROJECT_OF_MEN && needs[n - 2].to == 84);
    arena_free(&a);
}

// The last pyramid plays: a frame a moment, asked for by a click, without a script.
static void plays(void **state)
{
    (void)state;
    struct arena a;
    struct error e;
    struct project_page p;
    char path[] = "/tmp/heng_ahead_XXXXXX.html";
    arena_init(&a, 0);
    struct doc *d = page(&a, 1.17, 1.2, false, &p);
    int fd = mkstemps(path, 5);
    assert_true(fd >= 0);
    close(fd);
    assert_ok(doc_write_html(d, path, &e)); // a new file in its place
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    size_t size = (size_t)lseek(fd, 0, SEEK_END), frames = 0, ends = 0;
    char *text = calloc(size + 1, 1);
    assert_non_null(text);
    assert_true(pread(fd, text, size, 0) == (ssize_t)size);
    for (const char *at = text; (at = strstr(at, "<animate ")); at++)
        frames++;
    for (const char *at = text; (at = strstr(at, "visibility=\"visible\"")); at++)
        ends++;
    assert_int_equal(frames, 2 * (STEPS + 1)); // wide and narrow
    assert_int_equal(ends, 2);                 // the last one is seen when nothing plays
    assert_non_null(strstr(text, "begin=\"play_wide_"));
    assert_null(strstr(text, "<script"));
    free(text);
    close(fd);
    unlink(path);
    arena_free(&a);
}

static void figures(void **state)
{
    (void)state;
    struct arena a;
    struct project_page p;
    struct result r[PROJECT_DOC_RESULTS];
    arena_init(&a, 0);
    page(&a, 1.17, 1.2, false, &p);
    assert_int_equal(project_doc_results(&a, &p, r), PROJECT_DOC_RESULTS);
    assert_int_equal(r[0].n_rows, 2 * (STEPS + 1) * PROJECT_FIGURES);
    assert_int_equal(r[1].n_rows, 2 * (STEPS + 1) * AGES);
    assert_int_equal(r[2].n_rows, p.ahead->n_needs * (STEPS + 1));
    // the ages add up to nothing less than the people, where nothing is drawn yet
    double sum = 0;
    for (size_t i = 0; i < 2 * AGES; i++)
        sum += r[1].cells[i * r[1].n_columns + 7].value;
    assert_true(fabs(sum / r[0].cells[6].value - 1) < 1e-12);
    for (int i = 0; i < PROJECT_DOC_RESULTS; i++)
        assert_true(result_ok(&r[i]));
    arena_free(&a);
}

static void written(void **state)
{
    (void)state;
    struct arena a;
    struct error e;
    struct project_page p;
    struct buf out = BUF_INIT(1 << 22);
    arena_init(&a, 0);
    struct doc *d = page(&a, 1.17, 1.2, true, &p);
    assert_ok(doc_print(d, 120, &out, &e));
    assert_non_null(
        memmem(out.p, out.n, "出生性别比及其后果", strlen("出生性别比及其后果")));
    buf_free(&out);
    bool told = false, whole = false;
    for (int64_t n = 0; n < 3000 && !whole; n += 1 + n / 3) {
        struct arena b;
        arena_init(&b, 0);
        struct doc *small = doc_new(&b, false);
        assert_non_null(small);
        mem_fail_after(n);
        whole = project_doc_add(small, &p);
        mem_fail_after(-1);
        told = told || !whole;
        arena_free(&b);
    }
    assert_true(told && whole);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_from_figures),
        cmocka_unit_test(note),
        cmocka_unit_test(groups),
        cmocka_unit_test(plays),
        cmocka_unit_test(figures),
        cmocka_unit_test(written),
    };
    return cmocka_run_group_tests_name("the page of the years ahead", tests, NULL, NULL);
}
