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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ears_as_r),
        cmocka_unit_test(farrington_as_r),
        cmocka_unit_test(flexible_as_r),
    };
    return cmocka_run_group_tests_name("surveillance", tests, NULL, NULL);
}
