// SPDX-License-Identifier: AGPL-3.0-or-later
// Age heaping against what DemoTools prints for PAS's and Russia's ages, against
// populations whose answer is known, and where there is none.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../tap.h"
#include "base/rng.h"
#include "shared_data.h"
#include "stats/heaping.h"

// Single years of the two populations of DemoTools' examples; read where the data are.
static double pasex[100], russia[101];

static void near(const char *what, double found, double wanted)
{
    // ten digits were printed
    if (!(fabs(found - wanted) <= 0.51e-9 * pow(10, ceil(log10(fabs(wanted))))))
        fail_msg("%s: %.12g is not %.10g", what, found, wanted);
}

static bool read_ages(const char *name, double *count, size_t n)
{
    char line[128];
    FILE *f = shared_data(name);
    if (!f)
        return false;
    size_t i = 0;
    bool ok = fgets(line, sizeof line, f) != NULL; // names
    while (ok && i < n && fgets(line, sizeof line, f)) {
        char *end;
        ok = strtol(line, &end, 10) == (long)i && *end == ',';
        count[i++] = strtod(end + 1, NULL);
    }
    fclose(f);
    return ok && i == n;
}

static void as_demotools_single_years(void **state)
{
    (void)state;
    if (!read_ages("quality/pop1m_pasex.csv", pasex, 100) ||
        !read_ages("quality/pop1m_rus2002.csv", russia, 101))
        skip();
    const int both = HEAPING_ZERO_AND_FIVE;
    near("Whipple", heaping_whipple(pasex, 100, 25, 60, both), 2.338729863);
    near("Whipple 0", heaping_whipple(pasex, 100, 25, 60, 0), 2.601613995);
    near("Whipple 5", heaping_whipple(pasex, 100, 25, 60, 5), 1.786339118);
    near("Whipple ru", heaping_whipple(russia, 101, 25, 60, both), 1.026050109);
    near("Myers 10", heaping_myers(pasex, 100, 10, 89, false, NULL), 23.62786501);
    near("Myers 10-90", heaping_myers(pasex, 100, 10, 90, false, NULL), 23.62786501);
    near("Myers PAS", 2 * heaping_myers(pasex, 100, 10, 89, true, NULL), 47.46004084);
    near("Myers 23", heaping_myers(pasex, 100, 23, 82, false, NULL), 29.74440382);
    near("Bachi", heaping_bachi(pasex, 100, 23, 77, false, NULL), 28.93848622);
    near("Bachi PAS", heaping_bachi(pasex, 100, 23, 77, true, NULL), 28.96891032);
    near("Coale-Li 0", heaping_coale_li(pasex, 100, 65, 95, 0), 3.707478989);
    near("Coale-Li 5", heaping_coale_li(pasex, 100, 65, 95, 5), 3.470823182);
    static const double noumbissi[10] = {
        2.239126921, 0.5679978981, 0.7653282567, 0.7533246594, 0.5206657679,
        2.040742164, 0.659747067,  1.07739635,   0.5700284327, 0.5895384221};
    for (int d = 0; d < 10; d++)
        near("Noumbissi", heaping_noumbissi(pasex, 100, 20 + d, 50 + d, d), noumbissi[d]);
    near("Spoorenberg", heaping_spoorenberg(pasex, 100, 20, 64), 5.066122646);
    near("Kannisto 90", heaping_kannisto(pasex, 100, 90), 10.61043778);
    near("Kannisto 95", heaping_kannisto(pasex, 100, 95), 11.89005078);
    near("sawtooth", heaping_sawtooth(pasex, 100), 1.315748085);
}

// The example of the UN's AGESEX sheet (PAS), sixteen groups, the last one open.
static const double men[] = {4677000, 4135000, 3825000, 3647000, 3247000, 2802000,
                             2409000, 2212000, 1786000, 1505000, 1390000, 984000,
                             745000,  537000,  346000,  335000};
static const double women[] = {4544000, 4042000, 3735000, 3647000, 3309000, 2793000,
                               2353000, 2112000, 1691000, 1409000, 1241000, 887000,
                               697000,  525000,  348000,  366000};

static void as_demotools_five_years(void **state)
{
    (void)state;
    enum { CLOSED = 15 };
    near("men", heaping_age_ratio_score(men, CLOSED, HEAPING_UN), 3.906670378);
    near("women", heaping_age_ratio_score(women, CLOSED, HEAPING_UN), 3.655352986);
    near("sexes", heaping_sex_ratio_score(men, women, CLOSED), 2.248535183);
    near("joint", heaping_age_sex(men, women, CLOSED, HEAPING_UN, 0), 14.30762891);
    near("Zelnik", heaping_age_sex(men, women, CLOSED, HEAPING_ZELNIK, 0), 11.78753113);
    near("Ramachandran", heaping_age_sex(men, women, CLOSED, HEAPING_RAMACHANDRAN, 0),
         10.52854632);
    near("Das Gupta", heaping_das_gupta(men, women, CLOSED), 3.271301255);
    double people = 0;
    for (size_t i = 0; i < 16; i++)
        people += men[i] + women[i];
    assert_true(heaping_age_sex(men, women, CLOSED, HEAPING_UN, people) ==
                heaping_age_sex(men, women, CLOSED, HEAPING_UN, 0));
    near("of 10,000", heaping_age_sex(men, women, CLOSED, HEAPING_UN, 10000),
         14.30762891 - 35 + 3.5);
}

// A straight line has no preference, whatever the method; all on one digit has the most.
static void no_heaping_and_nothing_else(void **state)
{
    (void)state;
    double line[100], zeros[100], fives[100], shares[10];
    for (int a = 0; a < 100; a++) {
        line[a] = 100000 - 1000.0 * a;
        zeros[a] = a % 10 ? 0 : 70;
        fives[a] = a % 5 ? 0 : 70;
    }
    assert_true(fabs(heaping_whipple(line, 100, 25, 60, HEAPING_ZERO_AND_FIVE) - 1) <
                1e-12);
    assert_true(fabs(heaping_bachi(line, 100, 23, 77, true, shares)) < 1e-9);
    for (int d = 0; d < 10; d++) {
        assert_true(fabs(shares[d] - 10) < 1e-9);
        assert_true(fabs(heaping_noumbissi(line, 100, 20 + d, 50 + d, d) - 1) < 1e-12);
    }
    assert_true(heaping_spoorenberg(line, 100, 20, 64) < 1e-9);
    assert_true(heaping_myers(line, 100, 10, 89, false, shares) < 1);
    assert_true(fabs(heaping_whipple(fives, 100, 25, 60, HEAPING_ZERO_AND_FIVE) - 5) <
                1e-12);
    assert_true(fabs(heaping_whipple(zeros, 100, 25, 60, 0) - 10) < 1e-12);
    assert_true(fabs(heaping_myers(zeros, 100, 10, 89, false, shares) - 90) < 1e-9);
    assert_true(shares[0] == 100 && shares[7] == 0);
    assert_true(fabs(heaping_bachi(zeros, 100, 23, 77, true, NULL) - 90) < 1e-9);
    assert_true(fabs(heaping_bachi(zeros, 100, 23, 77, false, NULL) - 90) < 1e-9);
    assert_true(heaping_noumbissi(zeros, 100, 20, 64, 0) == 5);
    // 4 too many at 0, and 1 too few at each of the eight digits that have 0 around; 5
    // has nobody around and counts 1
    assert_true(fabs(heaping_spoorenberg(zeros, 100, 20, 64) - 13) < 1e-12);
}

static void what_cannot_be_answered(void **state)
{
    (void)state;
    double few[62] = {0}, nobody[100] = {0};
    for (int a = 0; a < 62; a++)
        few[a] = 10;
    const int both = HEAPING_ZERO_AND_FIVE;
    assert_true(isnan(heaping_whipple(few, 62, 25, 60, both))); // 62 is not there
    assert_true(heaping_whipple(few, 62, 25, 55, both) == 1);
    assert_true(isnan(heaping_whipple(few, 62, 0, 55, both)));
    assert_true(isnan(heaping_whipple(few, 62, 26, 29, both)));
    assert_true(isnan(heaping_whipple(few, 62, -5, 29, both)));
    assert_true(isnan(heaping_whipple(few, 62, 25, 55, 11)));
    assert_true(isnan(heaping_myers(few, 62, 10, 89, false, NULL)));
    assert_true(isnan(heaping_myers(few, 62, 10, 28, false, NULL))); // one decade
    assert_true(isnan(heaping_bachi(few, 62, 23, 77, false, NULL)));
    assert_true(isnan(heaping_bachi(few, 62, 23, 30, false, NULL)));
    assert_true(isnan(heaping_noumbissi(few, 62, 20, 60, 0)));
    assert_true(isnan(heaping_spoorenberg(few, 62, 20, 64)));
    assert_true(isnan(heaping_coale_li(few, 62, 65, 95, 0)));
    assert_true(isnan(heaping_kannisto(few, 62, 90)));
    assert_true(isnan(heaping_sawtooth(few, 54)));
    assert_true(isnan(heaping_whipple(nobody, 100, 25, 60, both)));
    assert_true(isnan(heaping_myers(nobody, 100, 10, 89, false, NULL)));
    assert_true(isnan(heaping_bachi(nobody, 100, 23, 77, true, NULL)));
    assert_true(isnan(heaping_spoorenberg(nobody, 100, 20, 64)));
    assert_true(isnan(heaping_kannisto(nobody, 100, 90)));
    double one[100] = {0};
    one[30] = 50; // all of one age
    assert_true(heaping_whipple(one, 100, 25, 60, both) == 5);
    assert_true(fabs(heaping_myers(one, 100, 10, 89, false, NULL) - 90) < 1e-9);
    assert_true(isnan(heaping_age_ratio_score(nobody, 15, HEAPING_UN)));
    assert_true(isnan(heaping_sex_ratio_score(men, nobody, 15)));
    assert_true(isnan(heaping_age_ratio_score(men, 2, HEAPING_UN)));
    assert_true(isnan(heaping_sex_ratio_score(men, women, 1)));
    assert_true(isnan(heaping_das_gupta(men, women, 2)));
}

// People who round to the nearest ten more and more raise every index.
static void more_rounding_is_more_heaping(void **state)
{
    (void)state;
    const uint64_t seed = 20141122;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng rng = rng_seed(seed);
    double last[4] = {0};
    for (int share = 0; share <= 60; share += 15) {
        double count[100] = {0};
        for (int i = 0; i < 200000; i++) {
            int age = (int)rng_below(&rng, 100);
            if (rng_chance(&rng, share / 100.0))
                age = age > 94 ? 90 : (age + 5) / 10 * 10;
            count[age]++;
        }
        double now[4] = {heaping_whipple(count, 100, 25, 60, HEAPING_ZERO_AND_FIVE),
                         heaping_myers(count, 100, 10, 89, false, NULL),
                         heaping_bachi(count, 100, 23, 77, false, NULL),
                         heaping_spoorenberg(count, 100, 20, 64)};
        for (int i = 0; i < 4; i++) {
            assert_true(now[i] > last[i]);
            last[i] = now[i];
        }
    }
    // six of ten moved: all digits but 0 have 4 of 100 left of their 10
    assert_true(fabs(last[1] - 54) < 1);
}

static void single_years_in_fives(void **state)
{
    (void)state;
    double count[13], five[2];
    for (int i = 0; i < 13; i++)
        count[i] = i;
    heaping_fives(five, count, 13);
    assert_true(five[0] == 10 && five[1] == 35);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_demotools_single_years),
        cmocka_unit_test(as_demotools_five_years),
        cmocka_unit_test(no_heaping_and_nothing_else),
        cmocka_unit_test(what_cannot_be_answered),
        cmocka_unit_test(more_rounding_is_more_heaping),
        cmocka_unit_test(single_years_in_fives),
    };
    return cmocka_run_group_tests_name("heaping", tests, NULL, NULL);
}
