// SPDX-License-Identifier: AGPL-3.0-or-later
// Alarms and bounds against R's surveillance 1.20.3 on German salmonella counts; run
// lengths against simulation and against what can be said by hand; false alarms.
#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/date.h"
#include "base/memory.h"
#include "base/rng.h"
#include "shared_data.h"
#include "stats/surveillance.h"

enum { WEEKS = 528, FROM = 432 };
static double salmonella[WEEKS];
static int32_t mondays[WEEKS];

static bool read_salmonella(void)
{
    char line[128];
    FILE *f = shared_data("surveillance/salmNewport_weekly_germany.csv");
    if (!f)
        return false;
    size_t n = 0;
    bool ok = fgets(line, sizeof line, f) != NULL;
    while (ok && n < WEEKS && fgets(line, sizeof line, f)) {
        int index, year, month, day;
        double count;
        ok = sscanf(line, "%d,%d-%d-%d,%*d,%*d,%lf", &index, &year, &month, &day,
                    &count) == 5 &&
             index == (int)n + 1 && date_from_ymd(year, month, day, &mondays[n]);
        salmonella[n++] = count;
    }
    fclose(f);
    return ok && n == WEEKS;
}

static double *scratch_for(const struct surveillance_options *o, size_t n)
{
    double *scratch = mem_alloc(surveillance_rate_scratch(o, n), sizeof *scratch);
    assert_non_null(scratch);
    return scratch;
}

// Judges the last weeks and compares with the lines of a reference file; columns: bound
// and alarm are the last two.
static void compare(const char *name, const struct surveillance_options *o)
{
    static struct surveillance_point points[WEEKS - FROM];
    char path[128], line[128];
    if (!read_salmonella())
        skip();
    struct surveillance_series s = {salmonella, WEEKS, NULL, mondays, 52};
    double *scratch = scratch_for(o, WEEKS);
    surveillance_run(&s, o, FROM, points, scratch);
    mem_free(scratch);
    snprintf(path, sizeof path, "surveillance/%s.csv", name);
    FILE *f = shared_data(path);
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f));
    size_t n = 0, alarms = 0;
    for (; fgets(line, sizeof line, f); n++) {
        assert_true(n < WEEKS - FROM && (size_t)strtol(line, NULL, 10) == FROM + n + 1);
        char *alarm = strrchr(line, ',');
        *alarm++ = 0;
        const char *bound = strrchr(line, ',') + 1;
        bool rings = strncmp(alarm, "TRUE", 4) == 0;
        if (points[n].alarm != rings)
            fail_msg("%s: week %zu rings: %d", name, FROM + n + 1, points[n].alarm);
        alarms += rings;
        if (strcmp(bound, "NA") == 0) {
            assert_int_equal(points[n].state, SURVEILLANCE_FEW);
            assert_true(isnan(points[n].bound));
            continue;
        }
        double wanted = strtod(bound, NULL);
        assert_int_equal(points[n].state, SURVEILLANCE_JUDGED);
        if (!(fabs(points[n].bound - wanted) <= 1e-9 * wanted))
            fail_msg("%s: week %zu: %.12g is not %.12g", name, FROM + n + 1,
                     points[n].bound, wanted);
    }
    fclose(f);
    assert_int_equal(n, WEEKS - FROM);
    print_message("# %s: %zu weeks, %zu alarms\n", name, n, alarms);
}

static void ears_as_r(void **state)
{
    (void)state;
    static const char *const names[] = {"ref_ears_C1", "ref_ears_C2", "ref_ears_C3"};
    for (int i = 0; i < 3; i++) {
        struct surveillance_options o =
            surveillance_defaults((enum surveillance_method)(SURVEILLANCE_EARS_C1 + i));
        compare(names[i], &o);
    }
}

static void farrington_as_r(void **state)
{
    (void)state;
    struct surveillance_options o = surveillance_defaults(SURVEILLANCE_FARRINGTON);
    o.years = 4;
    compare("ref_farrington_original_delta_b4_w3", &o);
}

static void flexible_as_r(void **state)
{
    (void)state;
    struct surveillance_options o = surveillance_defaults(SURVEILLANCE_FLEXIBLE);
    o.years = 4;
    compare("ref_farringtonFlexible_muan_b4_w3_noPeriods10", &o);
}

// A long simulated stream rings as often as the chain says.
static void run_length_of_a_cusum(void **state)
{
    (void)state;
    static const struct {
        double of, share, out, wanted;
    } cases[] = {{40, 0.5146, 0.55, 50},   {300, 0.5146, 0.545, 120},
                 {300, 0.5146, 0.48, 60},  {12, 0.5146, 0.6, 200},
                 {1, 0.1, 0.3, 300},       {4, 0.02, 0.06, 100},
                 {5000, 0.5146, 0.53, 48}, {2, 0.5146, 0.6, 400}};
    struct surveillance_options o = surveillance_defaults(SURVEILLANCE_CUSUM);
    double *scratch = scratch_for(&o, 1000), count[1000] = {0}, of[1000];
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        o.share = cases[c].share;
        o.share_out = cases[c].out;
        o.limit = surveillance_cusum_limit(cases[c].of, o.share, o.share_out,
                                           cases[c].wanted, scratch);
        double chain = surveillance_cusum_run_length(cases[c].of, o.share, o.share_out,
                                                     o.limit, scratch);
        assert_true(chain >= cases[c].wanted * 0.9999);
        for (size_t i = 0; i < 1000; i++)
            of[i] = cases[c].of;
        struct surveillance_series s = {count, 1000, of, NULL, 12};
        struct surveillance_rate rate =
            surveillance_false_alarms(&s, &o, 1000, 400, 20141122, c, scratch);
        print_message("# of %g: limit %.4f, chain %.1f, simulated %.1f\n", cases[c].of,
                      o.limit, chain, rate.run_length);
        assert_true(fabs(rate.run_length / chain - 1) < 0.1);
        assert_true(rate.low < rate.per_period && rate.per_period < rate.high);
    }
    mem_free(scratch);
}

// Where one more case rings at once, the run length is 1 / the chance of a case.
static void run_length_by_hand(void **state)
{
    (void)state;
    struct surveillance_options o = surveillance_defaults(SURVEILLANCE_CUSUM);
    double *scratch = scratch_for(&o, 10);
    double found = surveillance_cusum_run_length(1, 0.05, 0.2, 1e-3, scratch);
    assert_true(fabs(found - 20) < 1e-9);
    // three cases of five or more
    found = surveillance_cusum_run_length(5, 0.5, 0.6, 1e-3, scratch);
    assert_true(fabs(found - 2) < 1e-9);
    assert_true(isnan(surveillance_cusum_run_length(0, 0.5, 0.6, 1, scratch)));
    assert_true(isnan(surveillance_cusum_run_length(5, 0.5, 0.5, 1, scratch)));
    assert_true(isnan(surveillance_cusum_run_length(5, 0.5, 1, 1, scratch)));
    assert_true(isnan(surveillance_cusum_limit(5, 0.5, 0.6, 1, scratch)));
    mem_free(scratch);
}

static void cusum_by_hand(void **state)
{
    (void)state;
    const double boys[] = {6, 8, NAN, 9, 3, 9}, births[] = {10, 10, 10, 10, 0, 10};
    struct surveillance_series s = {boys, 6, births, NULL, 12};
    struct surveillance_options o = surveillance_defaults(SURVEILLANCE_CUSUM);
    struct surveillance_point out[6];
    o.share = 0.5;
    o.share_out = 0.6;
    o.limit = 1;
    surveillance_run(&s, &o, 0, out, NULL);
    double with = log(1.2), without = log(0.8), sum = 6 * with + 4 * without;
    assert_true(fabs(out[0].statistic - sum) < 1e-12 && !out[0].alarm);
    sum += 8 * with + 2 * without;
    assert_true(fabs(out[1].statistic - sum) < 1e-12 && out[1].alarm == (sum > 1));
    assert_int_equal(out[2].state, SURVEILLANCE_GAP);
    sum = (out[1].alarm ? 0 : sum) + 9 * with + without;
    assert_true(fabs(out[3].statistic - sum) < 1e-12 && out[3].alarm);
    assert_int_equal(out[4].state, SURVEILLANCE_GAP);
    assert_true(fabs(out[5].statistic - (9 * with + without)) < 1e-12); // began again
    assert_true(out[5].expected == 5);
}

static void histories_that_cannot_be_judged(void **state)
{
    (void)state;
    double count[260], flat[260];
    struct surveillance_point out[260];
    for (int i = 0; i < 260; i++) {
        count[i] = 4 + i % 5;
        flat[i] = 0;
    }
    count[200] = NAN;
    for (int m = SURVEILLANCE_EARS_C1; m <= SURVEILLANCE_FLEXIBLE; m++) {
        struct surveillance_options o =
            surveillance_defaults((enum surveillance_method)m);
        o.years = 3;
        double *scratch = scratch_for(&o, 260);
        struct surveillance_series s = {count, 260, NULL, NULL, 52};
        surveillance_run(&s, &o, 0, out, scratch);
        assert_int_equal(out[0].state, SURVEILLANCE_SHORT);
        assert_int_equal(out[200].state, SURVEILLANCE_GAP);
        assert_int_equal(out[199].state, SURVEILLANCE_JUDGED);
        assert_int_equal(out[250].state, SURVEILLANCE_JUDGED);
        assert_int_equal(out[203].state, m <= SURVEILLANCE_EARS_C3 ? SURVEILLANCE_GAP
                                                                   : SURVEILLANCE_JUDGED);
        for (int i = 0; i < 260; i++)
            if (out[i].state != SURVEILLANCE_JUDGED)
                assert_false(out[i].alarm);
        // nothing ever happened
        s.count = flat;
        surveillance_run(&s, &o, 0, out, scratch);
        for (int i = 0; i < 260; i++)
            assert_false(out[i].alarm);
        struct surveillance_rate r =
            surveillance_false_alarms(&s, &o, 20, 3, 1, 0, scratch);
        assert_int_equal(r.looks, m == SURVEILLANCE_EARS_C3 ? 0 : 60);
        assert_int_equal(r.alarms, 0);
        s.n = 3;
        surveillance_run(&s, &o, 0, out, scratch);
        assert_int_equal(out[2].state, SURVEILLANCE_SHORT);
        r = surveillance_false_alarms(&s, &o, 20, 3, 1, 0, scratch);
        assert_true(r.looks == 0 && isnan(r.per_period));
        mem_free(scratch);
    }
    // a window or blocks that do not fit into the year
    struct surveillance_options o = surveillance_defaults(SURVEILLANCE_FLEXIBLE);
    double *scratch = scratch_for(&o, 260);
    struct surveillance_series monthly = {count, 190, NULL, NULL, 12};
    surveillance_run(&monthly, &o, 189, out, scratch);
    assert_int_equal(out[0].state, SURVEILLANCE_NO_FIT);
    o.half_window = 1;
    o.blocks = 10; // nine others share the other nine months
    surveillance_run(&monthly, &o, 189, out, scratch);
    assert_int_equal(out[0].state, SURVEILLANCE_JUDGED);
    mem_free(scratch);
}

// People at risk that never change are the same as none; twice the people, twice the
// expected number.
static void people_at_risk(void **state)
{
    (void)state;
    struct rng rng = rng_seed(5);
    double count[320], people[320];
    struct surveillance_point with[1], without[1];
    for (int i = 0; i < 320; i++) {
        count[i] = (double)rng_poisson(&rng, 20);
        people[i] = 1000;
    }
    for (int m = SURVEILLANCE_FARRINGTON; m <= SURVEILLANCE_FLEXIBLE; m++) {
        struct surveillance_options o =
            surveillance_defaults((enum surveillance_method)m);
        double *scratch = scratch_for(&o, 320);
        struct surveillance_series s = {count, 320, NULL, NULL, 52};
        o.trend_below = 0; // a trend is kept or not by what twice the people would give
        surveillance_run(&s, &o, 319, without, scratch);
        s.of = people;
        surveillance_run(&s, &o, 319, with, scratch);
        assert_true(fabs(with->bound - without->bound) < 1e-7);
        assert_true(fabs(with->expected / without->expected - 1) < 1e-9);
        people[319] = 2000;
        surveillance_run(&s, &o, 319, with, scratch);
        assert_true(fabs(with->expected / without->expected - 2) < 1e-9);
        people[319] = 0;
        surveillance_run(&s, &o, 319, with, scratch);
        assert_int_equal(with->state, SURVEILLANCE_GAP);
        people[319] = 1000;
        mem_free(scratch);
    }
}

// The dates find the same weeks as counting 52 back, but for the years with 53; a leap
// day looks for 1 March.
static void dates_of_the_years_before(void **state)
{
    (void)state;
    double count[1500];
    int32_t days[1500];
    struct surveillance_point by_day[1];
    struct rng rng = rng_seed(9);
    int32_t first;
    assert_true(date_from_ymd(2008, 2, 29, &first));
    for (int i = 0; i < 1500; i++) {
        days[i] = first + i;
        count[i] = (double)rng_poisson(&rng, 3);
    }
    // 2012-02-29 is day 1461; 2011-03-01 is 1096: with 365 back it would be the same
    struct surveillance_options o = surveillance_defaults(SURVEILLANCE_FARRINGTON);
    o.years = 3;
    double *scratch = scratch_for(&o, 1500);
    struct surveillance_series s = {count, 1462, NULL, days, 365};
    surveillance_run(&s, &o, 1461, by_day, scratch);
    assert_int_equal(by_day->state, SURVEILLANCE_JUDGED);
    o.years = 4; // 2008-02-29 is the first day: no window before it
    surveillance_run(&s, &o, 1461, by_day, scratch);
    assert_int_equal(by_day->state, SURVEILLANCE_SHORT);
    mem_free(scratch);
}

// Of 400 areas in control, those that ring in their newest week: near the stated alpha,
// and near what the simulation of their own false alarms says.
static void false_alarms_over_areas(void **state)
{
    (void)state;
    const uint64_t seed = 2014;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int m = SURVEILLANCE_EARS_C1; m <= SURVEILLANCE_FLEXIBLE; m++) {
        struct surveillance_options o =
            surveillance_defaults((enum surveillance_method)m);
        enum { AREAS = 150, LENGTH = 320 };
        o.alpha = 0.025;
        o.as_published = m == SURVEILLANCE_FARRINGTON;
        double *scratch = scratch_for(&o, LENGTH), count[LENGTH];
        struct surveillance_rate rates[AREAS];
        int rang = 0;
        for (uint64_t area = 0; area < AREAS; area++) {
            struct rng rng = rng_stream(seed, area);
            for (int i = 0; i < LENGTH; i++)
                count[i] = (double)rng_poisson(&rng, 5 + (double)(area % 3) * 10);
            struct surveillance_series s = {count, LENGTH, NULL, NULL, 52};
            struct surveillance_point out[4];
            surveillance_run(&s, &o, LENGTH - 4, out, scratch);
            for (int i = 0; i < 4; i++)
                rang += out[i].alarm;
            rates[area] =
                surveillance_false_alarms(&s, &o, 2, 6, seed + 1, area, scratch);
        }
        struct surveillance_rate all = surveillance_together(rates, AREAS);
        double expected = 4 * AREAS * all.per_period;
        print_message("# method %d: %d rang, %.1f expected; %.0f a year, rate %.4f\n", m,
                      rang, expected, all.per_year, all.per_period);
        assert_true(all.looks == AREAS * 2 * 6);
        assert_true(fabs(rang - expected) < 4 * sqrt(expected + expected / 3) + 1);
        assert_true(fabs(all.per_year - 52 * AREAS * all.per_period) < 1e-6);
        if (m == SURVEILLANCE_FARRINGTON)
            assert_true(all.low < 0.04 && all.high > 0.015);
        mem_free(scratch);
    }
}

// A wave of the year and a past outbreak are told apart.
static void in_control(void **state)
{
    (void)state;
    struct rng rng = rng_seed(3);
    double count[240], mean[240];
    for (int i = 0; i < 240; i++)
        count[i] = (double)rng_poisson(&rng, 50 + 20 * sin(2 * M_PI * i / 12));
    for (int i = 100; i < 104; i++)
        count[i] += 400;
    struct surveillance_options o = surveillance_defaults(SURVEILLANCE_FARRINGTON);
    struct surveillance_series s = {count, 240, NULL, NULL, 12};
    double *scratch = scratch_for(&o, 240);
    double dispersion = surveillance_in_control(&s, mean, scratch);
    assert_true(mean[3] > 60 && mean[9] < 40); // high in the fourth month
    assert_true(dispersion >= 1 && dispersion < 40);
    // the same draws, the same answer
    struct surveillance_rate a = surveillance_false_alarms(&s, &o, 12, 20, 4, 2, scratch);
    struct surveillance_rate b = surveillance_false_alarms(&s, &o, 12, 20, 4, 2, scratch);
    assert_true(a.looks == 240 && a.alarms == b.alarms);
    mem_free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ears_as_r),
        cmocka_unit_test(farrington_as_r),
        cmocka_unit_test(flexible_as_r),
        cmocka_unit_test(run_length_of_a_cusum),
        cmocka_unit_test(run_length_by_hand),
        cmocka_unit_test(cusum_by_hand),
        cmocka_unit_test(histories_that_cannot_be_judged),
        cmocka_unit_test(people_at_risk),
        cmocka_unit_test(dates_of_the_years_before),
        cmocka_unit_test(false_alarms_over_areas),
        cmocka_unit_test(in_control),
    };
    return cmocka_run_group_tests_name("surveillance", tests, NULL, NULL);
}
