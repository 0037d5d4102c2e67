// SPDX-License-Identifier: AGPL-3.0-or-later
// A smoothed study and its page: figures agree with each other, no memory is told.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "report/smooth_doc.h"

enum { AREAS = 9, YEARS = 3, ROWS = AREAS * YEARS };

struct births {
    struct frame_groups areas, periods;
    struct str names[AREAS], years[YEARS];
    uint32_t area[ROWS], year[ROWS];
    int64_t boys[ROWS], girls[ROWS];
    uint32_t pairs[4 * AREAS];
    struct srb_input in;
    struct srb_study raw;
    struct srb_page page;
    struct graph graph;
    struct smooth_input input;
};

static enum err make_births(struct births *b, struct arena *a, struct error *e)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    static const char *const years[] = {"2011", "2012", "2013"};
    struct rng r = rng_seed(4);
    uint32_t n = 0;
    memset(b, 0, sizeof *b);
    for (uint32_t i = 0; i < AREAS; i++) {
        b->names[i] = str_of(names[i]);
        if (i % 3 < 2)
            b->pairs[n++] = i, b->pairs[n++] = i + 1;
        if (i < 6)
            b->pairs[n++] = i, b->pairs[n++] = i + 3;
        for (uint32_t t = 0; t < YEARS; t++) {
            uint32_t row = i * YEARS + t;
            b->years[t] = str_of(years[t]);
            b->area[row] = i;
            b->year[row] = t;
            b->boys[row] = rng_poisson(&r, i == 4 ? 2600 : 30);
            b->girls[row] = rng_poisson(&r, i == 4 ? 2000 : 25);
        }
    }
    b->areas = (struct frame_groups){AREAS, b->names, b->area};
    b->periods = (struct frame_groups){YEARS, b->years, b->year};
    b->in =
        (struct srb_input){.n = ROWS, .boys = b->boys, .girls = b->girls, .n_levels = 1};
    b->in.areas[0] = &b->areas;
    b->in.area_columns[0] = STR("area");
    b->in.periods = &b->periods;
    b->in.reference = (struct srb_reference){106.3, 0.004};
    b->in.level = 0.95;
    b->in.found_below = 0.05;
    b->page =
        (struct srb_page){.study = &b->raw, .file = STR("births.csv"), .rows = ROWS};
    b->input = (struct smooth_input){.counts = &b->in,
                                     .raw = &b->raw,
                                     .graph = &b->graph,
                                     .time = SMOOTH_TIME_RW1,
                                     .interaction = 1,
                                     .spread = 0.3,
                                     .seed = 1};
    enum err err = graph_make(&b->graph, AREAS, b->pairs, n / 2, a, e);
    return err ? err : srb_study_make(&b->raw, &b->in, a, e);
}

static void figures_agree(void **state)
{
    (void)state;
    static struct births b;
    struct arena a;
    struct error e = {0};
    struct smooth_study s;
    arena_init(&a, 0);
    assert_ok(make_births(&b, &a, &e));
    assert_ok(smooth_study_make(&s, &b.input, NULL, &a, &e));
    assert_int_equal(s.n_areas, AREAS);
    assert_int_equal(s.n_periods, YEARS);
    assert_int_equal(s.n_cells, ROWS);
    assert_true(s.neighbours && s.n_edges == 12 && s.islands == 0);
    // the only area with births enough is ranked, before all others, which stand by name
    assert_true(s.areas[0].enough && str_equal(s.areas[0].name, STR("e")));
    for (size_t i = 1; i < s.n_areas; i++) {
        assert_false(s.areas[i].enough);
        if (i > 1)
            assert_true(s.areas[i - 1].name.p[0] < s.areas[i].name.p[0]);
        assert_int_equal(s.row_of[s.areas[i].group], i);
    }
    // many births keep their ratio, few are drawn to the others
    assert_true(fabs(s.areas[0].ratio.mean / s.areas[0].raw - 1) < 0.01);
    double births = 0;
    for (size_t i = 0; i < s.n_areas; i++) {
        const struct smooth_row *row = s.areas + i;
        births += row->boys + row->girls;
        assert_true(row->ratio.low < row->ratio.median &&
                    row->ratio.median < row->ratio.high);
        assert_true(row->ratio.high - row->ratio.low <
                    row->raw_interval.high - row->raw_interval.low);
        assert_true(row->above >= 0 && row->above <= 1);
    }
    assert_true(births == s.all.boys + s.all.girls);
    assert_true(fabs(s.all.ratio.mean / s.all.raw - 1) < 0.01);
    arena_free(&a);
}

static void every_language_has_a_page(void **state)
{
    (void)state;
    static struct births b;
    for (int zh = 0; zh < 2; zh++) {
        struct arena a;
        struct error e = {0};
        struct smooth_study s;
        arena_init(&a, 0);
        assert_ok(make_births(&b, &a, &e));
        assert_ok(smooth_study_make(&s, &b.input, NULL, &a, &e));
        b.page.zh = zh;
        struct smooth_page page = {&b.page, &b.input, &s};
        struct doc *d = smooth_doc_make(&a, &page);
        assert_non_null(d);
        struct buf out = BUF_INIT(1 << 20);
        assert_ok(doc_print(d, 100, &out, &e));
        const char *text = str_c(&a, buf_str(&out));
        assert_non_null(strstr(text, zh ? "平滑后" : "Smoothed"));
        assert_non_null(strstr(text, zh ? "绝不针对妇女" : "never at women"));
        struct result results[SMOOTH_DOC_RESULTS];
        assert_int_equal(smooth_doc_results(&a, &page, results), 6);
        assert_int_equal(results[0].n_rows, AREAS);
        assert_int_equal(results[3].n_rows, ROWS);
        buf_free(&out);
        arena_free(&a);
    }
}

static void what_can_not_be_is_refused(void **state)
{
    (void)state;
    static struct births b;
    struct arena a;
    struct error e = {0};
    struct smooth_study s;
    arena_init(&a, 0);
    assert_ok(make_births(&b, &a, &e));
    b.input.graph = NULL;
    b.input.interaction = 3;
    assert_int_equal(smooth_study_make(&s, &b.input, NULL, &a, &e), ERR_INPUT);
    assert_string_equal(e.text, "type III needs neighbours, and none are known");
    double flat[ROWS];
    for (int i = 0; i < ROWS; i++)
        flat[i] = 7;
    const double *covariates[] = {flat};
    b.input.interaction = 0;
    b.input.covariates = covariates;
    b.input.n_covariates = 1;
    b.input.covariate_names = &STR("income");
    assert_int_equal(smooth_study_make(&s, &b.input, NULL, &a, &e), ERR_INPUT);
    arena_free(&a);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    static struct births b;
    int failures = 0;
    for (int64_t fail = 0;; fail += 1 + fail / 10) {
        struct arena a, made;
        struct error e = {0};
        struct smooth_study s;
        arena_init(&a, 0);
        arena_init(&made, 0);
        assert_ok(make_births(&b, &made, &e));
        b.input.interaction = 0;
        mem_fail_after(fail);
        enum err err = smooth_study_make(&s, &b.input, NULL, &a, &e);
        struct smooth_page page = {&b.page, &b.input, &s};
        if (!err && !smooth_doc_make(&a, &page))
            err = error_memory(&e);
        mem_fail_after(-1);
        arena_free(&a);
        arena_free(&made);
        if (!err)
            break;
        assert_int_equal(err, ERR_MEMORY);
        failures++;
    }
    printf("# failed at %d places\n", failures);
    assert_true(failures > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_agree),
        cmocka_unit_test(every_language_has_a_page),
        cmocka_unit_test(what_can_not_be_is_refused),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
