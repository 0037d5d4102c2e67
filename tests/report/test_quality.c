// SPDX-License-Identifier: AGPL-3.0-or-later
// The quality page from arrays: what it says, in both languages, and memory that ends
// anywhere.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "report/quality_doc.h"

enum { N = 600, FACILITIES = 6, MONTHS = 12 };

struct births {
    double age[N], people[N], men[N], women[N], grams[N];
    int32_t born[N], registered[N];
    uint8_t sex[N], listed[N];
    uint32_t facility[N], month[N];
    struct str facility_names[FACILITIES], month_names[MONTHS];
    struct frame_groups facilities, months;
    struct quality_part part;
    struct quality_number number;
    struct quality q;
};

static struct births births;

// Girls late, left out by a list, weights in round hundreds.
static void make(void)
{
    static const char *const names[FACILITIES] = {"A", "B", "C", "D", "E", "F"};
    struct births *b = &births;
    struct rng rng = rng_seed(2014);
    for (int i = 0; i < N; i++) {
        b->sex[i] = (uint8_t)(rng_below(&rng, 2));
        b->age[i] = 18 + (double)rng_below(&rng, 24);
        b->people[i] = 1;
        b->men[i] = b->sex[i] == 0;
        b->women[i] = b->sex[i] == 1;
        b->grams[i] = i % 2 ? 3000 : 2900 + 10 * (double)rng_below(&rng, 60);
        b->month[i] = (uint32_t)rng_below(&rng, MONTHS);
        b->born[i] = 16000 + 30 * (int32_t)b->month[i] + (int32_t)rng_below(&rng, 30);
        b->registered[i] =
            i % 40 ? b->born[i] + (int32_t)rng_below(&rng, b->sex[i] ? 160 : 40)
                   : DATE_NONE;
        b->listed[i] = b->sex[i] && i % 5 == 0;
        b->facility[i] = (uint32_t)i % FACILITIES;
    }
    for (int f = 0; f < FACILITIES; f++)
        b->facility_names[f] = str_of(names[f]);
    for (int m = 0; m < MONTHS; m++)
        b->month_names[m] = STR("m");
    b->facilities = (struct frame_groups){FACILITIES, b->facility_names, b->facility};
    b->months = (struct frame_groups){MONTHS, b->month_names, b->month};
    b->part = (struct quality_part){STR("list"), b->listed, false};
    b->number = (struct quality_number){STR("grams"), b->grams};
    b->q = (struct quality){.file = STR("births.csv"),
                            .n = N,
                            .people = b->people,
                            .men = b->men,
                            .women = b->women,
                            .has_sex = true,
                            .age = b->age,
                            .open_age = INFINITY,
                            .grams = b->grams,
                            .born = b->born,
                            .registered = b->registered,
                            .sex = b->sex,
                            .as_of = 17000,
                            .facility = &b->facilities,
                            .period = &b->months,
                            .values = b->grams,
                            .step = 100,
                            .parts = &b->part,
                            .n_parts = 1,
                            .numbers = &b->number,
                            .n_numbers = 1};
}

static bool holds(const struct buf *text, const char *words)
{
    return memmem(text->p, text->n, words, strlen(words)) != NULL;
}

static void print(const struct quality_page *page, struct buf *out)
{
    struct error e = {0};
    assert_ok(doc_print(page->doc, 100, out, &e));
}

static void the_page(void **state)
{
    (void)state;
    static const char *const words[2][4] = {
        {"girls reach the register later", "girls are left out more often",
         "Whole multiples of 500 g", "What this page does not say"},
        {"女婴登记较晚", "女婴漏报更多", "500 克的整倍数", "本页不能说明的问题"}};
    make();
    for (int zh = 0; zh < 2; zh++) {
        struct arena a;
        struct error e = {0};
        struct quality_page page;
        struct buf text = BUF_INIT(1 << 20);
        arena_init(&a, 0);
        assert_ok(quality_doc(&births.q, &a, zh, &page, &e));
        print(&page, &text);
        for (int i = 0; i < 4; i++)
            if (!holds(&text, words[zh][i]))
                fail_msg("the page does not say \"%s\"", words[zh][i]);
        assert_string_equal(page.results[0]->name, "measures");
        assert_true(page.n_results >= 4 && page.results[0]->n_rows > 8);
        buf_free(&text);
        arena_free(&a);
    }
}

// Every column absent in turn; and nobody at all.
static void parts_left_out(void **state)
{
    (void)state;
    make();
    for (int left_out = 0; left_out < 7; left_out++) {
        struct arena a;
        struct error e = {0};
        struct quality_page page;
        struct quality q = births.q;
        arena_init(&a, 0);
        switch (left_out) {
        case 0:
            q.age = NULL;
            break;
        case 1:
            q.grams = NULL;
            break;
        case 2:
            q.born = q.registered = NULL;
            break;
        case 3:
            q.facility = NULL;
            break;
        case 4:
            q.sex = NULL;
            q.has_sex = false;
            break;
        case 5:
            q.period = NULL;
            break;
        default:
            q.n = 0;
        }
        assert_ok(quality_doc(&q, &a, false, &page, &e));
        arena_free(&a);
    }
}

static void memory_that_ends(void **state)
{
    (void)state;
    make();
    int64_t calls = 0;
    for (enum err code = ERR_MEMORY; code == ERR_MEMORY; calls++) {
        struct arena a;
        struct error e = {0};
        struct quality_page page;
        arena_init(&a, 0);
        mem_fail_after(calls);
        code = quality_doc(&births.q, &a, true, &page, &e);
        mem_fail_after(-1);
        arena_free(&a);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
    }
    assert_true(calls > 3);
}

// ---- series ----

enum { AREAS = 5, WEEKS = 300 };
static double counts[AREAS * WEEKS], ofs[AREAS * WEEKS];
static struct str weeks[WEEKS];
static const struct str areas[AREAS] = {{"P", 1}, {"Q", 1}, {"R", 1}, {"S", 1}, {"T", 1}};

static struct quality_series series_of(enum surveillance_method method)
{
    struct rng rng = rng_seed(99);
    for (size_t i = 0; i < AREAS * WEEKS; i++) {
        ofs[i] = 60;
        counts[i] = (double)rng_binomial(&rng, 60, 0.5);
    }
    counts[2 * WEEKS + WEEKS - 1] = 57; // area R rings in the newest week
    counts[3 * WEEKS + WEEKS - 1] = NAN;
    for (size_t i = 0; i < WEEKS; i++)
        weeks[i] = STR("week");
    struct quality_series s = {.file = STR("f.csv"),
                               .count = STR("boys"),
                               .n_areas = AREAS,
                               .n_periods = WEEKS,
                               .areas = areas,
                               .periods = weeks,
                               .counts = counts,
                               .ofs = method == SURVEILLANCE_CUSUM ? ofs : NULL,
                               .season = 52,
                               .from = WEEKS - 10,
                               .options = surveillance_defaults(method),
                               .false_alarms = 1,
                               .replications = 4,
                               .seed = 1};
    s.options.years = 4;
    s.options.share = 0.5;
    s.options.share_out = 0.6;
    return s;
}

static void watching(void **state)
{
    (void)state;
    struct error e = {0};
    struct pool *pool;
    assert_ok(pool_open(&pool, 2, &e));
    for (int m = 0; m < SURVEILLANCE_METHODS; m++) {
        struct arena a;
        struct quality_page page;
        struct quality_series s = series_of((enum surveillance_method)m);
        struct buf text = BUF_INIT(1 << 20);
        arena_init(&a, 0);
        assert_ok(quality_doc_series(&s, pool, &a, false, &page, &e));
        print(&page, &text);
        // C3 rings by the weeks before
        if (m != SURVEILLANCE_EARS_C3)
            assert_true(holds(&text, "week: 1 of 5 areas ring"));
        assert_true(holds(&text, "look at the area's data first"));
        assert_int_equal(page.results[0]->n_rows, AREAS * 10);
        buf_free(&text);
        arena_free(&a);
    }
    struct quality_series s = series_of(SURVEILLANCE_EARS_C1);
    enum err code = ERR_MEMORY;
    for (int64_t calls = 0; code == ERR_MEMORY; calls++) {
        struct arena a;
        struct quality_page page;
        arena_init(&a, 0);
        mem_fail_after(calls);
        code = quality_doc_series(&s, pool, &a, true, &page, &e);
        mem_fail_after(-1);
        arena_free(&a);
    }
    assert_int_equal(code, ERR_OK);
    pool_close(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page),
        cmocka_unit_test(parts_left_out),
        cmocka_unit_test(memory_that_ends),
        cmocka_unit_test(watching),
    };
    return cmocka_run_group_tests_name("quality", tests, NULL, NULL);
}
