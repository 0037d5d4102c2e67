// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "demo/county.h"
#include "demo/sheet.h"

static void make(struct county *c, int64_t people, uint64_t seed)
{
    struct error e;
    *c = (struct county){.options = {.people = people,
                                     .first_year = 2010,
                                     .years = 5,
                                     .seed = seed,
                                     .until = INT32_MAX}};
    assert_true(date_from_ymd(2010, 1, 1, &c->start));
    assert_true(date_from_ymd(2014, 12, 31, &c->end));
    assert_int_equal(places_make(c, &e), ERR_OK);
    assert_int_equal(population_make(c, &e), ERR_OK);
}

static void drop(struct county *c)
{
    mem_free(c->areas);
    mem_free(c->facilities);
    mem_free(c->people);
    mem_free(c->births);
    mem_free(c->stillbirths);
    mem_free(c->residents);
}

static void places_are_a_tree(void **state)
{
    (void)state;
    struct county c;
    make(&c, 1000, 3);
    assert_true(c.n_villages > 230 && c.n_villages < 270);
    size_t merged = 0, shared = 0;
    for (size_t i = 0; i < c.n_areas; i++) {
        const struct area *a = &c.areas[i];
        assert_int_equal(strlen(a->code), 12);
        bool found = i == 0;
        for (size_t k = 0; k < c.n_areas; k++) {
            found = found || strcmp(c.areas[k].code, a->parent) == 0;
            assert_true(k == i || strcmp(c.areas[k].code, a->code) != 0);
            // A name alone must find its village, but for the pair made not to.
            if (k != i && strcmp(c.areas[k].name, a->name) == 0) {
                assert_true(a->shared_name);
                shared++;
            }
        }
        assert_true(found);
        if (a->successor >= 0) {
            merged++;
            assert_int_not_equal(a->valid_to, DATE_NONE);
            const struct area *to = county_village(&c, a->successor);
            assert_int_equal(to->valid_to, DATE_NONE);
            assert_int_equal(to->township, a->township);
            int village = (int)(i - c.first_village);
            assert_int_equal(village_on(&c, village, a->valid_to), village);
            assert_int_equal(village_on(&c, village, a->valid_to + 1), a->successor);
        }
    }
    assert_int_equal(merged, 2);
    assert_int_equal(shared, 2);
    drop(&c);
}

static void facilities_have_one_name(void **state)
{
    (void)state;
    struct county c;
    make(&c, 1000, 4);
    for (size_t i = 0; i < c.n_facilities; i++)
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(c.facilities[i].name, c.facilities[k].name);
            assert_string_not_equal(c.facilities[i].code, c.facilities[k].code);
        }
    drop(&c);
}

// Boys lie within four standard deviations of what was planted.
static void assert_share(int64_t boys, int64_t births, double srb)
{
    double p = srb / (100 + srb), n = (double)births;
    assert_true(births > 0);
    if (fabs((double)boys - n * p) > 4 * sqrt(n * p * (1 - p)))
        fail_msg("%lld boys of %lld births at a ratio of %g", (long long)boys,
                 (long long)births, srb);
}

static void sex_ratios_are_as_planted(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct county c;
        make(&c, 320000, seed);
        print_message("# seed %llu, %zu births\n", (unsigned long long)seed, c.n_births);
        int64_t births[TOWNSHIPS] = {0}, boys[TOWNSHIPS] = {0};
        int64_t low[TOWNSHIPS] = {0}, low_boys[TOWNSHIPS] = {0}, third = 0,
                third_boys = 0;
        for (size_t i = 0; i < c.n_births; i++) {
            const struct birth *b = &c.births[i];
            int t = county_village(&c, b->village)->township;
            births[t]++;
            boys[t] += !b->girl;
            assert_int_equal(b->girl, c.people[b->child].female);
            if (b->order >= 3) {
                third++;
                third_boys += !b->girl;
            } else {
                low[t]++;
                low_boys[t] += !b->girl;
            }
        }
        assert_share(third_boys, third, 140);
        assert_share(boys[c.raised[0]], births[c.raised[0]], 125);
        assert_share(boys[c.raised[1]], births[c.raised[1]], 120);
        for (int t = 0; t < TOWNSHIPS; t++)
            if (t != c.raised[0] && t != c.raised[1])
                assert_share(low_boys[t], low[t], 106);
        drop(&c);
    }
}

static void rates_are_those_of_a_county(void **state)
{
    (void)state;
    struct county c;
    make(&c, 320000, 9);
    size_t deaths = 0, infants = 0, third = 0, by_year[5] = {0};
    for (size_t i = 0; i < c.n_people; i++) {
        const struct person *p = &c.people[i];
        if (p->died == DATE_NONE)
            continue;
        deaths++;
        assert_true(p->died >= p->born && p->died <= c.end);
        infants += p->born >= c.start && date_age_years(p->born, p->died) == 0;
    }
    for (size_t i = 0; i < c.n_births; i++) {
        const struct birth *b = &c.births[i];
        const struct person *m = &c.people[b->mother];
        int age = date_age_years(m->born, b->day);
        assert_true(m->female && age >= 15 && age <= 50);
        assert_true(m->died == DATE_NONE || m->died >= b->day);
        assert_true(b->day >= c.start && b->day <= c.end);
        assert_true(b->weight >= 300 && b->weight <= 7000);
        int year, month, day;
        date_to_ymd(b->day, &year, &month, &day);
        by_year[year - 2010]++;
        third += b->order >= 3;
    }
    // 12 births and 6 to 8 deaths of 1,000 people a year; births fall.
    assert_true(c.n_births > 18000 && c.n_births < 20500);
    assert_true(deaths > 320 * 5 * 5 && deaths < 320 * 5 * 8);
    assert_true(infants * 1000 > c.n_births * 6 && infants * 1000 < c.n_births * 13);
    assert_true(third * 100 > c.n_births * 6 && third * 100 < c.n_births * 12);
    assert_true(by_year[4] < by_year[0]);
    drop(&c);
}

static void residents_add_up(void **state)
{
    (void)state;
    struct county c;
    make(&c, 20000, 5);
    int64_t alive = 20000;
    for (int k = 0; k <= 5; k++) {
        int32_t day;
        assert_true(date_from_ymd(2009 + k, 12, 31, &day));
        int64_t counted = 0;
        for (int t = 0; t < TOWNSHIPS; t++)
            counted += residents_of(&c, k, t, 0, 0, AGES - 1) +
                       residents_of(&c, k, t, 1, 0, AGES - 1);
        alive = 20000;
        for (size_t i = 0; i < c.n_births; i++)
            alive += c.births[i].day <= day;
        for (size_t i = 0; i < c.n_people; i++)
            alive -= c.people[i].died != DATE_NONE && c.people[i].died <= day;
        assert_int_equal(counted, alive);
    }
    drop(&c);
}

static void names_have_variants(void **state)
{
    (void)state;
    char name[NAME_SIZE] = "刘丽芳";
    assert_int_equal(name_vary(name, VARIANT_HOMOPHONE, 0), VARIANT_HOMOPHONE);
    assert_string_equal(name, "刘丽方");
    snprintf(name, sizeof name, "刘丽芳");
    assert_int_equal(name_vary(name, VARIANT_TRADITIONAL, 0), VARIANT_TRADITIONAL);
    assert_string_equal(name, "刘麗芳");
    snprintf(name, sizeof name, "刘敏");
    assert_int_equal(name_vary(name, VARIANT_SPACE, 1), VARIANT_SPACE);
    assert_string_equal(name, "刘 敏");
    snprintf(name, sizeof name, "刘敏");
    assert_int_equal(name_vary(name, VARIANT_ORDER, 1), VARIANT_ORDER);
    assert_string_equal(name, "敏 刘");
    // A surname is not taken for another of its sound.
    snprintf(name, sizeof name, "方娴");
    assert_int_equal(name_vary(name, VARIANT_HOMOPHONE, 0), VARIANT_NONE);
    assert_string_equal(name, "方娴");
    name_placeholder("刘丽芳", true, false, name);
    assert_string_equal(name, "刘丽芳之女");
    name_placeholder("刘丽芳", false, true, name);
    assert_string_equal(name, "刘某之子");
}

static void names_hold_together(void **state)
{
    (void)state;
    struct county c = {.options = {.seed = 11}};
    char child[NAME_SIZE], sister[NAME_SIZE], again[NAME_SIZE];
    size_t same_surname_as_mother = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        name_child(&c, 700000 + i, i, true, sister);
        name_child(&c, 500000 + i, i, i % 2 != 0, child);
        assert_memory_equal(sister, child, 3);
        name_child(&c, 500000 + i, i, i % 2 != 0, again);
        assert_string_equal(child, again);
        name_mother(&c, i, again);
        same_surname_as_mother += memcmp(again, child, 3) == 0;
    }
    assert_true(same_surname_as_mother < 200);
}

static void dates_in_forms(void **state)
{
    (void)state;
    static const struct {
        enum date_form form;
        const char *text;
    } forms[] = {{FORM_ISO, "2014-06-05"},
                 {FORM_SLASH, "2014/6/5"},
                 {FORM_CHINESE, "2014年6月5日"},
                 {FORM_COMPACT, "20140605"},
                 {FORM_DOT, "2014.6.5"}};
    int32_t day;
    assert_true(date_from_ymd(2014, 6, 5, &day));
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        char text[32];
        int32_t back;
        struct error e;
        date_in_form(day, forms[i].form, text);
        assert_string_equal(text, forms[i].text);
        assert_int_equal(date_parse(str_of(text), &back, &e), ERR_OK);
        assert_int_equal(back, day);
    }
    char text[32] = "x";
    date_in_form(DATE_NONE, FORM_ISO, text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_a_tree),
        cmocka_unit_test(facilities_have_one_name),
        cmocka_unit_test(sex_ratios_are_as_planted),
        cmocka_unit_test(rates_are_those_of_a_county),
        cmocka_unit_test(residents_add_up),
        cmocka_unit_test(names_have_variants),
        cmocka_unit_test(names_hold_together),
        cmocka_unit_test(dates_in_forms),
    };
    return cmocka_run_group_tests_name("demo county", tests, NULL, NULL);
}
