// SPDX-License-Identifier: AGPL-3.0-or-later
// Figures: what stands beside them, what they are broken down by, and who may see them.
#include "test_pack.h"

#include "base/table.h"
#include "report/template.h"

static int number;

// n rows that differ only by their number.
static void put(struct buf *b, int n, const char *format, const char *place)
{
    for (int i = 0; i < n; i++) {
        buf_printf(b, "N%06d,", ++number);
        buf_printf(b, "%s,%s\n", format, place);
    }
}

static void add_rows(const char *reg, struct buf *b, const char *source)
{
    buf_add_char(b, '\0');
    assert_ok(buf_check(b, &error));
    add_from(reg, b->p, source);
    buf_free(b);
}

// Visits of the first half of 2014: T1 3, T2 97, T3 230; 3 flagged, all in T1; 4 of
// girls, all in T2. Of the first half of 2013: T1 2, T3 50.
static void add_visits(void)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_add_c(&b, "Number,Seen,Sex,Flag,Village\n");
    put(&b, 3, "2014-02-03,m,1", "340221100001");
    put(&b, 93, "2014-03-03,m,0", "340221101001");
    put(&b, 4, "2014-03-03,f,0", "340221101001");
    put(&b, 110, "2014-04-03,m,0", "340221102001");
    put(&b, 120, "2014-05-03,m,0", "340221102002");
    put(&b, 2, "2013-02-03,m,0", "340221100001");
    put(&b, 50, "2013-02-03,m,0", "340221102001");
    add_rows("visits", &b, "");
}

static void add_births(void)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_add_c(&b, "Number,Born,Sex,Weight,Facility,Residence\n");
    put(&b, 403, "2014-02-03,m,3300,H1", "340221100001");
    put(&b, 60, "2014-05-03,m,2000,H1", "340221100001");
    put(&b, 395, "2014-05-03,f,3100,", "340221100002");
    put(&b, 10, "2014-05-03,m,3100,H2", "340221101"); // no village known
    add_rows("births", &b, "hospital");
    b = BUF_INIT(1 << 20);
    buf_add_c(&b, "Number,Born,Sex,Weight,Facility,Residence\n");
    put(&b, 2, "2013-05-03,,,", "340221101002");
    add_rows("births", &b, "household");
}

static int setup(void **state)
{
    (void)state;
    make_test_county();
    add_visits();
    add_births();
    add("report", "Month,Township,Received,People,Contracted,Total\n"
                  "201405,340221100,2014-06-02,1370,20,5\n"
                  "201406,340221100,2014-07-02,1275,1435,5\n"
                  "201406,340221101,2014-07-02,1000,500,5\n"
                  "201406,340221102,2014-07-02,0,0,5\n");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

// --- what stands beside a figure

static void close_to(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

static void intervals_and_targets(void **state)
{
    (void)state;
    struct figure f = figure_of("srb", "2014S1", area_of(T1));
    assert_int_equal(f.state, FIGURE_OK);
    assert_true(f.numerator == 463 && f.denominator == 395);
    assert_int_equal(f.rows, 463);
    close_to(f.value, 117.215189873418, 1e-9);
    close_to(f.low, 102.5, 0.05);
    close_to(f.high, 134.0, 0.05);
    assert_int_equal(f.target, 0);
    f = figure_of("light", "2014S1", area_of(T1));
    assert_true(f.numerator == 60 && f.denominator == 858);
    assert_true(f.low < f.value && f.value < f.high && f.low > 5 && f.high < 9);
    assert_int_equal(f.target, 1); // 7 % is under 10, and lower is better
    assert_int_equal(figure_of("light_high", "2014S1", area_of(T1)).target, -1);
    f = figure_of("births", "2014S1", -1);
    assert_true(f.value == 868 && isnan(f.denominator) && isnan(f.low));
}

static void a_numerator_outside_is_an_error(void **state)
{
    (void)state;
    struct figure f = figure_of("contract", "2014S1", area_of(T1));
    assert_true(f.outside);
    assert_true(f.numerator == 1435 && f.denominator == 1275);
    assert_int_equal(f.target, 0); // neither met nor missed
    assert_true(isnan(f.low) && isnan(f.high));
    f = figure_of("contract", "2014S1", area_of(T2));
    assert_false(f.outside);
    assert_int_equal(f.target, 1);
    f = figure_of("contract", "201405", area_of(T1));
    assert_false(f.outside);
    assert_int_equal(f.target, -1);
}

static void zero_and_nothing(void **state)
{
    (void)state;
    struct figure f = figure_of("contract", "2014S1", area_of(T3));
    assert_int_equal(f.state, FIGURE_NOT_DEFINED);
    assert_true(f.numerator == 0 && f.denominator == 0 && isnan(f.value));
    f = figure_of("contract", "2014S1", area_of(T4));
    assert_int_equal(f.state, FIGURE_NO_DATA); // nobody reported
    assert_true(isnan(f.value));
    f = figure_of("births", "2014S1", area_of(T4));
    assert_int_equal(f.state, FIGURE_OK); // a register without rows counts none
    assert_true(f.value == 0);
    f = figure_of("light", "2014S1", area_of(T4));
    assert_int_equal(f.state, FIGURE_NOT_DEFINED);
}

static void editions(void **state)
{
    (void)state;
    assert_true(figure_of("edition", "2013S1", -1).value == 2000);
    assert_true(figure_of("edition", "2014S1", -1).value == 7 * 868);
}

// --- axes

static struct str bucket(const char *by, const struct figures *f, size_t i)
{
    struct period p = period_named("2014S1");
    struct axis axis = axis_of(indicator_named("births", &p), by);
    return measure_bucket_code(&measure, &arena, &axis, &f->axes[0].buckets[i]);
}

static void by_everything(void **state)
{
    (void)state;
    static const struct {
        const char *by, *code;
        double value;
    } wanted[] = {
        {"county", "340221", 868},
        {"township", T1, 858},
        {"township", T2, 10},
        {"township", T4, 0},
        {"village", "340221100002", 395},
        {"village", "340221101001", 0},
        {"sex", "m", 473},
        {"sex", "f", 395},
        {"sex", "", 0},
        {"source", "household", 0},
        {"month", "201402", 403},
        {"month", "201405", 465},
        {"quarter", "2014Q1", 403},
        {"half", "2014S1", 868},
        {"facility", "H1", 463},
        {"facility", "H2", 10},
        {"facility", "C1", 0},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct figures f = figures_of("births", "2014S1", -1, wanted[i].by);
        size_t found = 0;
        for (size_t k = 0; k < f.n; k++)
            if (str_equal_c(bucket(wanted[i].by, &f, k), wanted[i].code)) {
                found++;
                if (f.list[k].value != wanted[i].value)
                    fail_msg("by %s: %s is %g", wanted[i].by, wanted[i].code,
                             f.list[k].value);
            }
        if (found != 1)
            fail_msg("by %s: %zu buckets %s", wanted[i].by, found, wanted[i].code);
    }
    struct figures f = figures_of("births", "2014S1", area_of(T2), "village");
    assert_int_equal(f.n, 2);         // only what lies under the root
    assert_int_equal(f.unplaced, 10); // placed on the township itself
    assert_true(figure_of("births", "2014S1", area_of(T2)).value == 10);
}

static void not_by_this(void **state)
{
    (void)state;
    struct period p = period_named("2014S1");
    static const char *const bad[] = {"mother", "number", "nothing", "fortnight", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct axis axis;
        assert_int_equal(measure_axis(&measure, indicator_named("births", &p)->numerator,
                                      str_of(bad[i]), &axis, &error),
                         ERR_USAGE);
        assert_non_null(strstr(error.cure, "township"));
        assert_null(strstr(error.cure, ", )"));
    }
    struct axis axis; // a level by its label
    assert_ok(
        measure_axis(&measure, NULL, county->pack->levels[1].label.zh, &axis, &error));
    assert_int_equal(axis.kind, AXIS_LEVEL);
    assert_int_equal(axis.level, 1);
}

// The note of a table says how many rows stand in no line of it.
static void rows_in_no_line_are_told(void **state)
{
    (void)state;
    struct figures f = figures_of("births", "2014S1", -1, "facility");
    double sum = 0;
    for (size_t k = 0; k < f.n; k++)
        sum += f.list[k].value;
    double whole = figure_of("births", "2014S1", -1).value;
    assert_true(f.unplaced > 0 && sum + (double)f.unplaced == whole);
    struct period p = period_named("2014S1");
    const struct indicator *births = indicator_named("births", &p);
    struct measure_table t;
    struct doc *d;
    assert_ok(measure_table_begin(&arena, &births, 1, p, -1, &t, &error));
    assert_ok(measure_table_by(&measure, &t, STR("facility"), &error));
    assert_ok(template_measure(&measure, &arena, &t, false, &d, &error));
    const struct block *b = d->first;
    while (b && b->kind != BLOCK_TABLE)
        b = b->next;
    assert_non_null(b);
    char wanted[40];
    snprintf(wanted, sizeof wanted, " %lld.", (long long)f.unplaced);
    assert_non_null(strstr(str_format(&arena, "%.*s", STR_ARG(b->table.note)).p, wanted));
    // a county of which no part is a county: nothing is lost in silence
    assert_true(figures_of("births", "2014S1", area_of(T1), "county").unplaced > 0);
}

static void only_the_callers_area(void **state)
{
    (void)state;
    struct access clerk = with_own_grant(&who);
    own_grant.area = county->places->areas[area_of(T2)].id;
    struct measure m = measure;
    m.who = &clerk;
    struct period p = period_named("2014S1");
    const struct indicator *i = indicator_named("births", &p);
    struct figures f;
    int32_t root,
        outside[] = {-1, area_of(T1), area_of("340221"), area_of("340221100001")};
    for (size_t k = 0; k < 4; k++) {
        struct measure_scope scope = {p, outside[k], NULL, 0};
        assert_int_equal(measure_indicator(&m, &arena, i, &scope, &f, &error),
                         ERR_FORBIDDEN);
        assert_int_equal(measure_expression(&m, &arena, i->numerator, &scope, &f, &error),
                         ERR_FORBIDDEN);
        struct findings found;
        assert_int_equal(
            check_run(&m, &arena, p, outside[k], STR("tiny"), &found, &error),
            ERR_FORBIDDEN);
        struct doc *d;
        assert_int_equal(template_make(&m, &arena,
                                       pack_report(county->pack, STR("half-year")), p,
                                       outside[k], false, &d, &error),
                         ERR_FORBIDDEN);
    }
    assert_ok(measure_root(&m, STR(""), &root, &error)); // where none is named, her own
    assert_int_equal(root, area_of(T2));
    assert_ok(measure_root(&m, STR("340221101002"), &root, &error));
    assert_int_equal(measure_root(&m, STR(T1), &root, &error), ERR_FORBIDDEN);
    struct measure_scope scope = {p, area_of(T2), NULL, 0};
    assert_ok(measure_indicator(&m, &arena, i, &scope, &f, &error));
    assert_true(f.list[0].value == 10);
    own_grant.area = 12345; // of an area that is not there: nothing
    assert_ok(measure_root(&measure, STR(""), &root, &error));
    assert_int_equal(measure_root(&m, STR(T2), &root, &error), ERR_FORBIDDEN);
}

// --- small counts of care

static void assert_hidden(const struct figure *f)
{
    assert_int_equal(f->state, FIGURE_SUPPRESSED);
    assert_true(isnan(f->numerator) && isnan(f->denominator) && isnan(f->value));
    assert_true(isnan(f->low) && isnan(f->high));
    assert_int_equal(f->rows, 0);
    assert_int_equal(f->target, 0);
    assert_false(f->outside);
}

static void hidden_alone(const char *name, const char *period, int32_t root)
{
    struct figure f = figure_of(name, period, root);
    if (f.state != FIGURE_SUPPRESSED)
        fail_msg("%s of %s: %g is shown", name, period, f.value);
    assert_hidden(&f);
}

static void one_to_four_are_hidden(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    buf_add_c(&b, "Number,Seen,Sex,Flag,Village\n");
    char day[32];
    for (int n = 1; n <= 7; n++) { // n visits on 1 .. 7 August 2012
        snprintf(day, sizeof day, "2012-%02d-01,m,", n);
        put(&b, n, day, "340221100001");
    }
    add_rows("visits", &b, "");
    for (int n = 0; n <= 7; n++) {
        char month[16];
        snprintf(month, sizeof month, "2012%02d", n ? n : 12);
        struct figure f = figure_of("visits", month, -1);
        if (n > 0 && n < 5) {
            assert_hidden(&f);
        } else {
            assert_int_equal(f.state, FIGURE_OK);
            assert_true(f.value == n);
        }
    }
    tamper("UPDATE r_visits SET state = 'struck' WHERE date LIKE '2012%'");
    cube_close(cube);
    assert_ok(cube_open(&cube, county, 2, &error));
    measure.cube = cube;
}

// However it is asked for: 3 flagged visits, 327 others, 4 of girls.
static void nothing_tells_a_small_count(void **state)
{
    (void)state;
    assert_true(figure_of("visits", "2014S1", -1).value == 330);
    hidden_alone("flagged", "2014S1", -1);
    hidden_alone("unflagged", "2014S1", -1);  // 330 - 327
    hidden_alone("flag_sum", "2014S1", -1);   // a sum of ones
    hidden_alone("flag_mean", "2014S1", -1);  // 3/330
    hidden_alone("difference", "2014S1", -1); // 330 - 326
    hidden_alone("flag_rate", "2014S1", -1);
    hidden_alone("done_rate", "2014S1", -1);
    hidden_alone("visits", "201402", -1);
    hidden_alone("visits", "2014S1", area_of(T1));
    hidden_alone("visit_rate", "2014S1", area_of(T1));
    hidden_alone("visits", "2013S1", area_of(T1));
    assert_true(figure_of("flagged", "2014S1", area_of(T3)).value == 0);
    assert_true(figure_of("flag_rate", "2014S1", area_of(T3)).value == 0);
}

// 60 of 63, of 83 in all: neither is small, nor what is left of all, but the difference
// is.
static void nor_does_a_rate(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 16);
    buf_add_c(&b, "Number,Seen,Sex,Flag,Village\n");
    put(&b, 60, "2011-02-03,m,0", "340221101001");
    put(&b, 3, "2011-02-03,m,1", "340221101001");
    put(&b, 20, "2011-02-03,f,0", "340221101001");
    add_rows("visits", &b, "");
    hidden_alone("boys_done", "2011S1", -1);
    assert_true(figure_of("visits", "2011S1", -1).value == 83);
}

static void one_is_not_hidden_alone(void **state)
{
    (void)state;
    struct figures f = figures_of("visits", "2014S1", -1, "township");
    assert_int_equal(f.n, 4);
    assert_hidden(&f.list[0]); // 3
    assert_hidden(&f.list[1]); // 97: else 330 - 230 - 97
    assert_true(f.list[2].value == 230);
    assert_true(f.list[3].value == 0); // none is none
    // by villages: what is hidden of the township is hidden of its villages
    f = figures_of("visits", "2014S1", -1, "village");
    assert_int_equal(f.n, 6);
    assert_hidden(&f.list[0]);
    assert_true(f.list[1].value == 0);
    assert_hidden(&f.list[2]);
    assert_true(f.list[4].value == 110 && f.list[5].value == 120);
    // and of the township and the village asked for alone
    hidden_alone("visits", "2014S1", area_of(T2));
    hidden_alone("visits", "2014S1", area_of("340221101001"));
    assert_true(figure_of("visits", "2014S1", area_of(T3)).value == 230);
    f = figures_of("visits", "2014S1", area_of(T2), "village");
    assert_hidden(&f.list[0]);
    // by sex: 326 and 4
    f = figures_of("visits", "2014S1", -1, "sex");
    assert_hidden(&f.list[0]);
    assert_hidden(&f.list[1]);
    f = figures_of("visits", "2014S1", -1, "month");
    size_t hidden = 0;
    for (size_t i = 0; i < f.n; i++)
        hidden += f.list[i].state == FIGURE_SUPPRESSED;
    assert_int_equal(hidden, 2);
    // the year before: 2 and 50 of 52
    f = figures_of("visits", "2013S1", -1, "township");
    assert_hidden(&f.list[0]);
    assert_hidden(&f.list[2]);
}

static void those_who_give_care_see_all(void **state)
{
    (void)state;
    struct access nurse = with_own_grant(&who);
    own_grant.reads_rows |= 1u << PURPOSE_CARE;
    measure.who = &nurse;
    assert_true(figure_of("flagged", "2014S1", -1).value == 3);
    assert_true(figure_of("visits", "2014S1", area_of(T1)).value == 3);
    assert_true(figure_of("difference", "2014S1", -1).value == 4);
    struct figures f = figures_of("visits", "2014S1", -1, "township");
    assert_true(f.list[0].value == 3 && f.list[1].value == 97);
    measure.who = &who;
}

// A line of any table with its total never has one hidden figure alone, and what the
// hidden ones of a line add up to is no small count either: random counts, two axes.
static void no_line_gives_itself_away(void **state)
{
    (void)state;
    struct rng_words {
        uint64_t x;
    } r = {20140720};
    struct axis axes[2];
    struct period p = period_named("2010");
    const struct indicator *i = indicator_named("visits", &p);
    axes[0] = axis_of(i, "township");
    axes[1] = axis_of(i, "flag");
    static const char *const places[] = {"340221100001", "340221101001", "340221102001",
                                         T4};
    for (int round = 0; round < 12; round++) {
        struct buf b = BUF_INIT(1 << 20);
        char day[64], period[16];
        snprintf(period, sizeof period, "%d", 1990 + round);
        p = period_named(period);
        buf_add_c(&b, "Number,Seen,Sex,Flag,Village\n");
        for (int t = 0; t < 4; t++)
            for (int flag = 0; flag < 4; flag++) {
                r.x = r.x * 6364136223846793005u + 1442695040888963407u;
                snprintf(day, sizeof day, "%s-02-03,m,%d", period, flag);
                put(&b, (int)((r.x >> 40) % 14), day, places[t]);
            }
        add_rows("visits", &b, "");
        struct figures shown, truth;
        struct measure_scope scope = {p, -1, axes, 2};
        assert_ok(measure_indicator(&measure, &arena, i, &scope, &shown, &error));
        struct access nurse = with_own_grant(&who);
        own_grant.reads_rows |= 1u << PURPOSE_CARE;
        measure.who = &nurse;
        assert_ok(measure_indicator(&measure, &arena, i, &scope, &truth, &error));
        measure.who = &who;
        assert_int_equal(shown.n, truth.n);
        size_t n[2] = {shown.axes[0].n, shown.axes[1].n};
        for (size_t axis = 0; axis < 2; axis++)
            for (size_t line = 0; line < n[!axis]; line++) {
                size_t hidden = 0;
                double sum = 0;
                for (size_t k = 0; k < n[axis]; k++) {
                    size_t g = axis ? line * n[1] + k : k * n[1] + line;
                    const struct figure *f = &shown.list[g];
                    double v = truth.list[g].value;
                    if (f->state == FIGURE_OK) {
                        assert_true(f->value == v && (v == 0 || v >= 5));
                    } else {
                        assert_hidden(f);
                        hidden++;
                        sum += v;
                    }
                }
                // unless nothing else is in the line, whose total is then as hidden
                double total = 0;
                for (size_t k = 0; k < n[axis]; k++)
                    total += truth.list[axis ? line * n[1] + k : k * n[1] + line].value;
                if (hidden && total != sum && (hidden == 1 || sum < 5))
                    fail_msg("round %d axis %zu line %zu: %zu hidden of sum %g of %g",
                             round, axis, line, hidden, sum, total);
            }
    }
}

// --- the page and its files

static const struct doc_table *titled(const struct doc *d, const char *title)
{
    for (const struct block *b = d->first; b; b = b->next)
        if (b->kind == BLOCK_TABLE && str_equal_c(b->table.title, title))
            return &b->table;
    fail_msg("no table %s", title);
    return NULL;
}

static struct doc *make_page(void)
{
    struct doc *d;
    assert_ok(template_make(&measure, &arena, pack_report(county->pack, STR("half-year")),
                            period_named("2014S1"), -1, false, &d, &error));
    return d;
}

// Counts and rates that nobody may find: of T1, T2, girls, boys, flagged and the rest.
static const double secrets[] = {3,
                                 4,
                                 97,
                                 93,
                                 2,
                                 50,
                                 326,
                                 327,
                                 228,
                                 233,
                                 3 / 3.3,
                                 327 / 3.3,
                                 3.0 / 330,
                                 100000 * 3.0 / 2645,
                                 100000 * 97.0 / 1000};

static void no_secret(const char *where, double x)
{
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (fabs(x - secrets[i]) < 1e-9)
            fail_msg("%s: %.10g is shown", where, x);
}

static void the_page_tells_no_small_count(void **state)
{
    (void)state;
    const struct doc *d = make_page();
    size_t hidden = 0, charts = 0;
    static const char *const care[] = {"Care", "Areas", "Cross"};
    for (size_t k = 0; k < 3; k++) {
        const struct doc_table *t = titled(d, care[k]);
        for (size_t i = 0; i < t->n_rows * t->n_columns; i++) {
            const struct cell *c = &t->cells[i];
            if (c->kind == CELL_SUPPRESSED) {
                hidden++;
                assert_true(!(c->value != 0) && !(c->low != 0) && !(c->high != 0));
                assert_true(str_equal_c(c->text, "*"));
                assert_int_equal(c->tone, TONE_NONE);
            } else if (c->kind == CELL_NUMBER || c->kind == CELL_INTERVAL) {
                no_secret(care[k], c->value);
            }
        }
    }
    assert_true(hidden > 20);
    for (const struct block *b = d->first; b; b = b->next) {
        if (b->kind == BLOCK_CHART)
            for (size_t k = 0; k < b->chart.n_series; k++, charts++)
                for (size_t i = 0; i < b->chart.n_categories; i++)
                    no_secret(b->chart.title.p, b->chart.series[k].value[i]);
        if (b->kind == BLOCK_TABLE && b->table.n_columns == 6)
            for (size_t i = 0; i < b->table.n_rows; i++) {
                const struct cell *row = b->table.cells + i * 6;
                // findings about care speak of nothing small
                assert_false(str_equal_c(row[1].text, "CareCount"));
                assert_false(str_equal_c(row[1].text, "FlaggedRow"));
                if (str_equal_c(row[1].text, "CareCompare"))
                    assert_null(memmem(row[4].text.p, row[4].text.n, ": 97;", 5));
            }
    }
    assert_true(charts >= 5);
    bool said = false;
    for (const struct block *b = d->first; b; b = b->next)
        said |= b->kind == BLOCK_PARAGRAPH && b->text.n > 4 &&
                memcmp(b->text.p, "all ", 4) == 0 &&
                str_equal_c(b->text, "all 330 few (hidden) before 52 rate (hidden) "
                                     "edition 6,076");
    assert_true(said);
}

// A cross table with its totals: in no row and no column is one figure hidden alone.
static void a_cross_table_does_not_give_itself_away(void **state)
{
    (void)state;
    const struct doc_table *t = titled(make_page(), "Cross");
    for (size_t axis = 0; axis < 2; axis++)
        for (size_t line = axis; line < (axis ? t->n_columns : t->n_rows); line++) {
            size_t hidden = 0, n = axis ? t->n_rows : t->n_columns;
            for (size_t k = 0; k < n; k++)
                hidden +=
                    t->cells[axis ? k * t->n_columns + line : line * t->n_columns + k]
                        .kind == CELL_SUPPRESSED;
            assert_int_not_equal(hidden, 1);
        }
}

// What the reader of the page sees: without the tags and their coordinates.
static struct str seen_in_page(const struct doc *d)
{
    char file[128];
    snprintf(file, sizeof file, "%s/r.html", folder);
    assert_ok(doc_write(d, file, &error));
    FILE *f = fopen(file, "rb");
    assert_non_null(f);
    static char text[1 << 21];
    size_t n = fread(text, 1, sizeof text, f), kept = 0;
    fclose(f);
    assert_true(n > 1000 && n < sizeof text);
    bool tag = false;
    for (size_t i = 0; i < n; i++) {
        tag |= text[i] == '<';
        if (!tag)
            text[kept++] = text[i];
        else if (text[i] == '<')
            text[kept++] = '|';
        tag &= text[i] != '>';
    }
    assert_true(kept > 500);
    return (struct str){text, kept};
}

static void a_rate_outside_is_not_printed(void **state)
{
    (void)state;
    const struct doc *d = make_page();
    const struct doc_table *t = titled(d, "Contracts");
    assert_true(t->cells[1].value == 1435 && t->cells[2].value == 1275);
    assert_int_equal(t->cells[3].kind, CELL_TEXT);
    assert_true(str_equal_c(t->cells[3].text, "data error"));
    assert_int_equal(t->cells[3].tone, TONE_BAD);
    assert_int_equal(t->cells[t->n_columns + 3].kind, CELL_INTERVAL);
    assert_int_equal(t->cells[2 * t->n_columns + 3].kind, CELL_NOT_DEFINED);
    assert_int_equal(t->cells[3 * t->n_columns + 3].kind, CELL_MISSING);
    struct str page = seen_in_page(d);
    assert_non_null(memmem(page.p, page.n, "1,435", 5));
    assert_null(memmem(page.p, page.n, "112.5", 5));
}

static void its_files_carry_no_hidden_number(void **state)
{
    (void)state;
    const struct doc *d = make_page();
    char file[128];
    struct str page = seen_in_page(d);
    assert_non_null(memmem(page.p, page.n, "|*|", 3));
    static const char *const marks[] = {"|97|", "|326|", "|327|", "9,700", "9700",
                                        "|93|", "113.4", "|0.9 ", "|99.1"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (memmem(page.p, page.n, marks[i], strlen(marks[i])))
            fail_msg("%s is in the page", marks[i]);
    snprintf(file, sizeof file, "%s/r.xlsx", folder);
    assert_ok(doc_write(d, file, &error));
    struct table *t;
    struct table_row row;
    size_t cells = 0, stars = 0;
    for (int sheet = 1; sheet < 40; sheet++) {
        char name[16];
        snprintf(name, sizeof name, "Table %d", sheet);
        if (table_open(&t, file, &(struct table_options){.sheet = name}, &error))
            break;
        for (;;) {
            assert_ok(table_read(t, &row, &error));
            if (row.end)
                break;
            for (size_t i = 0; i < row.n; i++, cells++) {
                stars += str_equal_c(row.cells[i], "*");
                static const char *const words[] = {"97", "326", "327", "9700"};
                for (size_t k = 0; k < 4; k++)
                    if (str_equal_c(row.cells[i], words[k]))
                        fail_msg("%s is in the workbook", words[k]);
            }
        }
        table_close(t);
    }
    assert_true(cells > 50 && stars > 5);
}

static void the_report_takes_the_edition_of_its_period(void **state)
{
    (void)state;
    struct doc *d;
    assert_true(titled(make_page(), "Plain")
                    ->cells[titled(make_page(), "Plain")->n_columns]
                    .text.n);
    assert_ok(template_make(&measure, &arena, pack_report(county->pack, STR("half-year")),
                            period_named("2013S1"), -1, false, &d, &error));
    const struct doc_table *t = titled(d, "Plain"), *now = titled(make_page(), "Plain");
    assert_true(str_equal_c(t->cells[t->n_columns].text, "Old"));
    assert_true(str_equal_c(now->cells[now->n_columns].text, "New"));
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct period p = period_named("2014S1");
    const struct indicator *i = indicator_named("flag_rate", &p);
    struct axis axis = axis_of(i, "village");
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
        cmocka_unit_test(intervals_and_targets),
        cmocka_unit_test(a_numerator_outside_is_an_error),
        cmocka_unit_test(zero_and_nothing),
        cmocka_unit_test(editions),
        cmocka_unit_test(by_everything),
        cmocka_unit_test(not_by_this),
        cmocka_unit_test(rows_in_no_line_are_told),
        cmocka_unit_test(only_the_callers_area),
        cmocka_unit_test(one_to_four_are_hidden),
        cmocka_unit_test(nothing_tells_a_small_count),
        cmocka_unit_test(nor_does_a_rate),
        cmocka_unit_test(one_is_not_hidden_alone),
        cmocka_unit_test(those_who_give_care_see_all),
        cmocka_unit_test(no_line_gives_itself_away),
        cmocka_unit_test(the_page_tells_no_small_count),
        cmocka_unit_test(a_cross_table_does_not_give_itself_away),
        cmocka_unit_test(a_rate_outside_is_not_printed),
        cmocka_unit_test(its_files_carry_no_hidden_number),
        cmocka_unit_test(the_report_takes_the_edition_of_its_period),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("measure", tests, setup, teardown);
}
