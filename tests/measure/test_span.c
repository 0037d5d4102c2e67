// SPDX-License-Identifier: AGPL-3.0-or-later
// Figures over several years: each is what it is alone, their sum is of what they are
// made of, and no sum tells what a year hides.
#include "test_pack.h"

#include "report/template.h"
#include "stats/interval.h"
#include "study/explained.h"

static int number;

static void put(struct buf *b, int n, const char *format, const char *place)
{
    for (int i = 0; i < n; i++)
        buf_printf(b, "N%06d,%s,%s\n", ++number, format, place);
}

static void add_rows(const char *reg, struct buf *b, const char *source)
{
    buf_add_char(b, '\0');
    assert_ok(buf_check(b, &error));
    add_from(reg, b->p, source);
    buf_free(b);
}

enum { FIRST_YEAR = 2008, LAST_YEAR = 2013, YEARS = LAST_YEAR - FIRST_YEAR + 1 };
static const char *const towns[] = {T1, T2, T3, T4};
static const char *const villages[] = {"340221100001", "340221101001", "340221102001",
                                       T4};

// Births of the years 2012 to 2014 in T1, and a few in T2; visits of 2008 to 2013, 0 to
// 13 a township and year, which is few enough to hide many.
static int setup(void **state)
{
    (void)state;
    make_test_county();
    struct buf b = BUF_INIT(1 << 20);
    buf_add_c(&b, "Number,Born,Sex,Weight,Facility,Residence\n");
    put(&b, 60, "2012-02-03,m,3300,H1", "340221100001");
    put(&b, 50, "2012-03-03,f,2300,H1", "340221100001");
    put(&b, 55, "2013-05-03,m,3100,H1", "340221100001");
    put(&b, 52, "2013-05-03,f,3100,H1", "340221100001");
    put(&b, 70, "2014-12-31,m,2000,H1", "340221100001");
    put(&b, 61, "2014-01-01,f,3100,H1", "340221100001");
    put(&b, 10, "2012-01-01,m,3100,H1", "340221101001");
    put(&b, 5, "2012-01-01,f,3100,H1", "340221101001");
    put(&b, 6, "2013-01-01,m,3100,H1", "340221101001");
    put(&b, 15, "2013-01-01,f,3100,H1", "340221101001");
    add_rows("births", &b, "hospital");
    b = BUF_INIT(1 << 20);
    buf_add_c(&b, "Number,Seen,Sex,Flag,Village\n");
    uint64_t x = 20140720;
    for (int year = FIRST_YEAR; year <= LAST_YEAR; year++)
        for (int t = 0; t < 4; t++) {
            char day[32];
            snprintf(day, sizeof day, "%d-02-03,m,0", year);
            x = x * 6364136223846793005u + 1442695040888963407u;
            put(&b, (int)((x >> 40) % 14), day, villages[t]);
        }
    add_rows("visits", &b, "");
    add("report", "Month,Township,Received,People,Contracted,Total\n"
                  "201206,340221100,2012-07-02,1000,300,5\n"
                  "201306,340221100,2013-07-02,1100,400,5\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

static void same(const struct figure *a, const struct figure *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->target, b->target);
    assert_int_equal(a->outside, b->outside);
    const double pairs[][2] = {{a->numerator, b->numerator},
                               {a->denominator, b->denominator},
                               {a->value, b->value},
                               {a->low, b->low},
                               {a->high, b->high}};
    for (size_t i = 0; i < 5; i++)
        assert_true(pairs[i][0] == pairs[i][1] ||
                    (isnan(pairs[i][0]) && isnan(pairs[i][1])));
}

// The sums of an indicator by the axis of time over a span; n 0: it has none.
static struct figures sums_of(const char *name, const char *span, int32_t root)
{
    struct period p = period_named(span);
    const struct indicator *i = indicator_named(name, &p);
    struct axis axis = axis_of(i, period_kind_name(p.kind));
    struct measure_scope scope = {p, root, &axis, 1};
    struct figures parts, sums;
    assert_ok(measure_indicator(&measure, &arena, i, &scope, &parts, &error));
    assert_ok(measure_sums(&measure, &arena, i, &scope, &parts, &sums, &error));
    return sums;
}

static void a_year_is_what_it_is_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"srb", "births", "light", "contract", "edition"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        struct figures f = figures_of(names[k], "2012..2014", area_of(T1), "year");
        assert_int_equal(f.n, 3);
        for (size_t y = 0; y < 3; y++) {
            const char *year = f.axes[0].buckets[y].period.id;
            struct figure alone = figure_of(names[k], year, area_of(T1));
            same(&f.list[y], &alone);
        }
    }
    // by its edition: 1000 for a birth until 2013, 7 from then on
    struct figures f = figures_of("edition", "2012..2014", area_of(T1), "year");
    assert_true(f.list[0].value == 110000 && f.list[2].value == 7 * 131);
    f = figures_of("births", "2013Q4..2014Q1", -1, "quarter");
    assert_true(f.n == 2 && f.list[0].value == 0 && f.list[1].value == 61);
}

static void a_sum_is_of_what_its_years_are_made_of(void **state)
{
    (void)state;
    struct figure f = figure_of("srb", "2012..2014", area_of(T1));
    struct interval x = interval_ratio(185, 163, 100, 0.95);
    assert_true(f.numerator == 185 && f.denominator == 163 && f.rows == 185);
    assert_true(f.value == 100.0 * 185 / 163 && f.low == x.low && f.high == x.high);
    struct figures sums = sums_of("srb", "2012..2014", area_of(T1));
    assert_int_equal(sums.n, 1);
    same(&sums.list[0], &f);
    f = figure_of("births", "2012..2014", area_of(T1));
    assert_true(f.value == 348 && isnan(f.denominator) && isnan(f.low));
    f = figure_of("births", "2012..2013", area_of(T1));
    assert_true(f.value == 217);
    f = figure_of("light", "2012..2014", area_of(T1)); // the target of a rate stays one
    assert_true(f.numerator == 120 && f.denominator == 348 && f.target == -1);
    // by place as well: each line of the table has the sum of its line
    struct figures by = figures_of("births", "2012..2014", -1, "township");
    assert_int_equal(by.n, 4);
    assert_true(by.list[0].value == 348 && by.list[1].value == 36);
}

static void what_stands_at_a_time_has_no_sum(void **state)
{
    (void)state;
    // last(), a mean, a definition that changed; a sum of report rows has one
    static const char *const names[] = {"contract", "flag_mean", "edition"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        assert_int_equal(sums_of(names[k], "2012..2014", -1).n, 0);
        struct period p = period_named("2012..2014");
        struct measure_scope scope = {p, -1, NULL, 0};
        struct figures f;
        assert_int_equal(measure_indicator(&measure, &arena,
                                           indicator_named(names[k], &p), &scope, &f,
                                           &error),
                         ERR_INPUT);
        assert_non_null(strstr(error.text, names[k]));
        assert_non_null(strstr(error.cure, "by=year"));
    }
    assert_int_equal(sums_of("edition", "2014..2015", -1).n, 1); // of one edition
    assert_int_equal(sums_of("edition", "2012..2013", -1).n, 1);
    assert_int_equal(sums_of("flag_sum", "2012..2014", -1).n, 1);
}

static void an_error_in_a_year_is_one_of_the_sum(void **state)
{
    (void)state;
    struct figures sums = sums_of("boys_in_girls", "2012..2014", area_of(T1));
    assert_int_equal(sums.n, 1); // 2012: 60 of 50
    assert_true(sums.list[0].outside && isnan(sums.list[0].low));
    assert_int_equal(sums.list[0].target, 0);
    // none in the sum, 16 of 20, but one in its year, 10 of 5
    sums = sums_of("boys_in_girls", "2012..2013", area_of(T2));
    assert_true(sums.list[0].numerator == 16 && sums.list[0].denominator == 20);
    assert_true(sums.list[0].outside && isnan(sums.list[0].low));
}

// --- small counts of care

static struct figure visits(int from, int to, int32_t root)
{
    char span[24];
    if (from == to)
        snprintf(span, sizeof span, "%d", from);
    else
        snprintf(span, sizeof span, "%d..%d", from, to);
    return figure_of("visits", span, root);
}

// A sum is told only where each of its years is told alone, so that no two spans differ
// by what is hidden; of townships and of the county.
static void no_span_tells_a_hidden_year(void **state)
{
    (void)state;
    size_t hidden = 0, shown = 0;
    for (int t = -1; t < 4; t++) {
        int32_t root = t < 0 ? -1 : area_of(towns[t]);
        for (int from = FIRST_YEAR; from <= LAST_YEAR; from++)
            for (int to = from + 1; to <= LAST_YEAR; to++) {
                struct figure sum = visits(from, to, root);
                if (sum.state == FIGURE_SUPPRESSED) {
                    hidden++;
                    assert_true(isnan(sum.numerator) && isnan(sum.value) && !sum.rows);
                    continue;
                }
                double total = 0;
                shown++;
                for (int year = from; year <= to; year++) {
                    struct figure alone = visits(year, year, root);
                    assert_int_equal(alone.state, FIGURE_OK);
                    total += alone.value;
                }
                assert_true(sum.value == total);
            }
    }
    assert_true(hidden > 10 && shown > 5);
}

// The table of townships and years: no line of it has one figure hidden, what it shows is
// shown alone too, and a sum is there only where all that it adds up is.
static void no_line_with_its_sums_gives_itself_away(void **state)
{
    (void)state;
    struct period p = period_named("2008..2013");
    const struct indicator *i = indicator_named("visits", &p);
    struct axis axes[2] = {axis_of(i, "township"), axis_of(i, "year")};
    for (int turned = 0; turned < 2; turned++) {
        struct axis order[2] = {axes[turned], axes[!turned]};
        struct measure_scope scope = {p, -1, order, 2};
        struct figures f, sums, truth;
        assert_ok(measure_indicator(&measure, &arena, i, &scope, &f, &error));
        assert_ok(measure_sums(&measure, &arena, i, &scope, &f, &sums, &error));
        struct access nurse = with_own_grant(&who);
        own_grant.reads_rows |= 1u << PURPOSE_CARE;
        measure.who = &nurse;
        assert_ok(measure_indicator(&measure, &arena, i, &scope, &truth, &error));
        measure.who = &who;
        assert_true(f.n == 4 * YEARS && sums.n == 4);
        size_t any = 0;
        for (size_t t = 0; t < 4; t++) {
            size_t hidden = 0;
            double sum = 0, few = 0, total = 0;
            for (size_t y = 0; y < YEARS; y++) {
                size_t g = turned ? y * 4 + t : t * YEARS + y;
                total += truth.list[g].value;
                if (f.list[g].state == FIGURE_SUPPRESSED) {
                    hidden++;
                    few += truth.list[g].value;
                } else {
                    struct figure alone = visits(FIRST_YEAR + (int)y, FIRST_YEAR + (int)y,
                                                 area_of(towns[t]));
                    same(&f.list[g], &alone);
                    assert_true(f.list[g].value == truth.list[g].value);
                    sum += f.list[g].value;
                }
            }
            assert_int_equal(sums.list[t].state, hidden ? FIGURE_SUPPRESSED : FIGURE_OK);
            if (!hidden)
                assert_true(sums.list[t].value == sum);
            if (hidden && total != few && (hidden == 1 || few < 5))
                fail_msg("township %zu: %zu hidden of %g", t, hidden, few);
            any += hidden;
        }
        assert_true(any > 3);
    }
}

// Nor do the rows of its register, which stand beside a sum.
static void nor_do_its_sources(void **state)
{
    (void)state;
    size_t hidden = 0;
    for (int year = FIRST_YEAR; year < LAST_YEAR; year++) {
        char span[24];
        snprintf(span, sizeof span, "%d..%d", year, year + 1);
        struct period p = period_named(span);
        struct explained x;
        assert_ok(explained_make(&measure, &arena, indicator_named("visits", &p), p,
                                 area_of(T1), &x, &error));
        assert_int_equal(x.n_sources, 1);
        assert_int_equal(x.sources[0].rows == -1, x.figure.state == FIGURE_SUPPRESSED);
        hidden += x.sources[0].rows == -1;
    }
    assert_true(hidden > 0);
    struct period p = period_named("2012..2014");
    struct explained x;
    assert_ok(explained_make(&measure, &arena, indicator_named("srb", &p), p, area_of(T1),
                             &x, &error));
    assert_int_equal(x.sources[0].rows, 348);
    assert_non_null(strstr(str_c(&arena, x.rows.query), "2012-01-01..2014-12-31"));
}

static enum err make_table(struct arena *a, struct measure_table *t, struct doc **d)
{
    static const char *const names[] = {"births", "edition"};
    struct period p = period_named("2012..2014");
    const struct indicator *list[2];
    for (size_t i = 0; i < 2; i++)
        list[i] = indicator_named(names[i], &p);
    enum err code = measure_table_begin(a, list, 2, p, -1, t, &error);
    if (!code)
        code = measure_table_by(&measure, t, STR("township"), &error);
    if (!code)
        code = measure_table_by(&measure, t, STR("year"), &error);
    if (!code)
        code = measure_table_count(&measure, a, t, true, &error);
    if (!code)
        code = template_figures(&measure, a, t, false, d, &error);
    struct figures births, editions;
    if (!code)
        code = measure_table_joined(a, t, 0, &births, &error);
    if (!code)
        code = measure_table_joined(a, t, 1, &editions, &error);
    if (code)
        return code;
    assert_int_equal(births.n, 16);
    assert_int_equal(editions.n, 12); // of two editions, so without a sum
    for (size_t g = 0; g < births.n; g++) {
        bool sum = period_is_span(&measure_table_bucket(t, &births, g, 1)->period);
        assert_int_equal(sum, g % 4 == 3);
        same(&births.list[g],
             sum ? &t->sums[0].list[g / 4] : &t->now[0].list[g / 4 * 3 + g % 4]);
    }
    return ERR_OK;
}

// A workbook has a line a figure and sum, and tells of each edition that was used.
static void a_table_has_its_sums_beside_its_years(void **state)
{
    (void)state;
    struct measure_table t;
    struct doc *d;
    assert_ok(make_table(&arena, &t, &d));
    assert_int_equal(d->first->table.n_rows, 16 + 12);
    const struct doc_table *made = &d->last->table;
    assert_int_equal(made->n_rows, 3);
    assert_string_equal(str_c(&arena, made->cells[made->n_columns].text), "Old");
    assert_string_equal(str_c(&arena, made->cells[2 * made->n_columns].text), "New");
}

static void memory_runs_out_on_a_table(void **state)
{
    (void)state;
    enum err code = ERR_MEMORY;
    for (int64_t n = 0; code == ERR_MEMORY && n < 3000; n++) {
        struct arena a;
        struct measure_table t;
        struct doc *d;
        arena_init(&a, 0);
        mem_fail_after(n);
        code = make_table(&a, &t, &d);
        mem_fail_after(-1);
        arena_free(&a);
    }
    assert_int_equal(code, ERR_OK);
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct period p = period_named("2012..2014");
    const struct indicator *i = indicator_named("srb", &p);
    struct axis axis = axis_of(i, "township");
    struct measure_scope scope = {p, -1, &axis, 1};
    enum err code = ERR_MEMORY;
    for (int64_t n = 0; code == ERR_MEMORY && n < 500; n++) {
        struct arena a;
        struct figures f;
        arena_init(&a, 0);
        mem_fail_after(n);
        code = measure_indicator(&measure, &a, i, &scope, &f, &error);
        mem_fail_after(-1);
        arena_free(&a);
    }
    assert_int_equal(code, ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_year_is_what_it_is_alone),
        cmocka_unit_test(a_sum_is_of_what_its_years_are_made_of),
        cmocka_unit_test(what_stands_at_a_time_has_no_sum),
        cmocka_unit_test(an_error_in_a_year_is_one_of_the_sum),
        cmocka_unit_test(no_span_tells_a_hidden_year),
        cmocka_unit_test(no_line_with_its_sums_gives_itself_away),
        cmocka_unit_test(nor_do_its_sources),
        cmocka_unit_test(a_table_has_its_sums_beside_its_years),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(memory_runs_out_on_a_table),
    };
    return cmocka_run_group_tests_name("span", tests, setup, teardown);
}
