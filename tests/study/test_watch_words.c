// SPDX-License-Identifier: AGPL-3.0-or-later
// A signal in words, where its figures leave the ordinary: reports that hardly vary.
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "register/county.h"
#include "study/watch_private.h"

static struct label even(struct arena *a, double value, double low, double high)
{
    struct facility clinic = {
        .code = STR("A"), .name = STR("湾沚医院"), .name_en = STR("Wanzhi")};
    struct places places = {.facilities = &clinic, .n_facilities = 1};
    struct county county = {.places = &places};
    struct measure measure = {.county = &county};
    struct watching x = {.m = &measure, .a = a, .replications = 9999};
    struct look look = {.kind = LOOK_EVEN};
    struct watch_look out = {.look = &look, .n_windows = 12};
    struct watch_signal s = {.facility = 0,
                             .first = 16071,
                             .last = 16435,
                             .counted = 12,
                             .expected = 30,
                             .value = value,
                             .low = low,
                             .high = high,
                             .p = 0.0001};
    struct error e = {0};
    assert_ok(watch_words(&x, &out, &s, &e));
    return s.text;
}

static void has(struct str text, const char *part)
{
    if (!memmem(text.p, text.n, part, strlen(part)))
        fail_msg("'%s' is not in: " STR_FMT, part, STR_ARG(text));
}

static void has_not(struct str text, const char *part)
{
    if (memmem(text.p, text.n, part, strlen(part)))
        fail_msg("'%s' is in: " STR_FMT, part, STR_ARG(text));
}

static void reports_that_hardly_vary(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    struct label some = even(&a, 0.251, 0.126, 0.724);
    has(some.en,
        "12 reports with 30.0 on average vary 0.25 times as much as chance alone "
        "makes them [0.13–0.72]. Where nothing is wrong");
    has(some.zh, "12期报表，平均30.0，其变动为偶然变动的0.25倍［0.13–0.72］。若无异常");

    struct label little = even(&a, 0.0041, 0.002, 0.0118);
    has(little.en, "30.0 on average vary less than a hundredth as much as chance alone "
                   "makes them [0.00–0.01]. Where");
    has(little.zh, "平均30.0，其变动不到偶然变动的百分之一［0.00–0.01］。");
    struct label least = even(&a, 0.001, 0.0005, 0.0029);
    has(least.en, "less than a hundredth as much as chance alone makes them. Where");

    struct label none = even(&a, 0, 0, 0);
    has(none.en, "12 reports with 30.0 on average do not vary at all. Where");
    has(none.zh, "12期报表，平均30.0，完全没有变动。");
    const struct label all[] = {little, least, none};
    for (size_t i = 0; i < 3; i++) {
        has_not(all[i].en, "0.00 times");
        has_not(all[i].zh, "0.00倍");
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_that_hardly_vary),
    };
    return cmocka_run_group_tests_name("study/watch_words", tests, NULL, NULL);
}
