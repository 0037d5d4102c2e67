// SPDX-License-Identifier: AGPL-3.0-or-later
// The cache of answers against what a map would give; single flight; the maximum.
#include "../tap.h"
#include "base/rng.h"
#include "serve/cache.h"

#include <stdio.h>
#include <string.h>

enum { WAITERS = 100 };

struct waiting {
    int held, woken;
    struct cache_entry *found;
};

static struct cache c;
static struct waiting who[WAITERS];
static int alive; // values that were filled and not released

static void hold(void *waiter)
{
    ((struct waiting *)waiter)->held++;
}

static void wake(void *waiter, struct cache_entry *found)
{
    struct waiting *w = waiter;
    w->woken++;
    w->found = found;
}

static void release(struct cache_value *v)
{
    assert_non_null(v->plain);
    alive--;
}

static const struct cache_calls calls = {hold, wake, release};

static struct cache_value value_of(const void *plain, size_t bytes)
{
    alive++;
    return (struct cache_value){.plain = (void *)(uintptr_t)plain, .bytes = bytes};
}

static int begin(void **state)
{
    (void)state;
    memset(who, 0, sizeof who);
    cache_open(&c, 1000, &calls);
    return 0;
}

static int end(void **state)
{
    (void)state;
    cache_close(&c);
    return alive != 0;
}

static void one_makes_it_for_all(void **state)
{
    (void)state;
    struct cache_entry *made, *out;
    assert_int_equal(cache_find(&c, STR("k"), 5, &who[0], &made), CACHE_MAKE);
    assert_non_null(made);
    for (int i = 1; i < 50; i++) {
        assert_int_equal(cache_find(&c, STR("k"), 5, &who[i], &out), CACHE_WAIT);
        assert_int_equal(who[i].held, 1);
        assert_int_equal(who[i].woken, 0);
    }
    cache_fill(&c, made, value_of("answer", 10));
    for (int i = 1; i < 50; i++) {
        assert_int_equal(who[i].woken, 1);
        assert_ptr_equal(who[i].found, made);
        assert_string_equal(cache_value(who[i].found)->plain, "answer");
        cache_let_go(&c, who[i].found);
    }
    assert_int_equal(cache_find(&c, STR("k"), 5, &who[60], &out), CACHE_HIT);
    assert_ptr_equal(out, made);
    cache_let_go(&c, out);
    cache_let_go(&c, made);
    struct cache_figures f;
    cache_figures(&c, &f);
    assert_int_equal(f.answers, 1);
    assert_int_equal(f.bytes, 10);
    assert_int_equal(f.hits, 50);
    assert_int_equal(f.misses, 1);
}

static void an_answer_that_fails_is_nobodys(void **state)
{
    (void)state;
    struct cache_entry *made, *out;
    assert_int_equal(cache_find(&c, STR("k"), 5, &who[0], &made), CACHE_MAKE);
    assert_int_equal(cache_find(&c, STR("k"), 5, &who[1], &out), CACHE_WAIT);
    cache_give_up(&c, made);
    assert_int_equal(who[1].woken, 1);
    assert_null(who[1].found);
    assert_int_equal(cache_find(&c, STR("k"), 5, &who[2], &made), CACHE_MAKE);
    assert_non_null(made);
    cache_give_up(&c, made);
}

// What is made of an older state is for those who asked then, and for nobody later.
static void a_newer_state_drops_the_old(void **state)
{
    (void)state;
    struct cache_entry *old, *made, *out;
    assert_int_equal(cache_find(&c, STR("k"), 5, &who[0], &old), CACHE_MAKE);
    assert_int_equal(cache_find(&c, STR("k"), 5, &who[1], &out), CACHE_WAIT);
    assert_int_equal(cache_find(&c, STR("k"), 6, &who[2], &made), CACHE_MAKE);
    assert_ptr_not_equal(old, made);
    cache_fill(&c, old, value_of("old", 10));
    assert_string_equal(cache_value(who[1].found)->plain, "old");
    cache_let_go(&c, who[1].found);
    cache_let_go(&c, old);
    assert_int_equal(cache_find(&c, STR("k"), 6, &who[3], &out), CACHE_WAIT);
    cache_fill(&c, made, value_of("new", 10));
    assert_string_equal(cache_value(who[3].found)->plain, "new");
    cache_let_go(&c, who[3].found);
    // one who is late by a state makes it alone
    assert_int_equal(cache_find(&c, STR("k"), 5, &who[4], &out), CACHE_MAKE);
    assert_null(out);
    assert_int_equal(cache_find(&c, STR("k"), 7, &who[5], &out), CACHE_MAKE);
    assert_string_equal(cache_value(made)->plain, "new"); // still held
    cache_let_go(&c, made);
    cache_give_up(&c, out);
}

static void the_maximum_holds(void **state)
{
    (void)state;
    struct cache_entry *made, *out;
    struct cache_figures f;
    char key[16];
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(cache_find(&c, str_of(key), 1, &who[0], &made), CACHE_MAKE);
        cache_fill(&c, made, value_of("x", 99));
        cache_let_go(&c, made);
        // the first is used again and again, so it stays
        assert_int_equal(cache_find(&c, STR("0"), 1, &who[0], &out), CACHE_HIT);
        cache_let_go(&c, out);
        cache_figures(&c, &f);
        assert_true(f.bytes <= 1000);
    }
    assert_int_equal(f.answers, 10);
    assert_int_equal(cache_find(&c, STR("190"), 1, &who[0], &out), CACHE_MAKE);
    cache_give_up(&c, out);
    // larger than everything: for the maker only
    assert_int_equal(cache_find(&c, STR("big"), 1, &who[0], &made), CACHE_MAKE);
    cache_fill(&c, made, value_of("big", 5000));
    assert_string_equal(cache_value(made)->plain, "big");
    cache_let_go(&c, made);
    cache_figures(&c, &f);
    assert_int_equal(f.bytes, 0);
}

static void memory_may_be_out(void **state)
{
    (void)state;
    struct cache_entry *made, *out;
    mem_fail_after(0);
    enum cache_found found = cache_find(&c, STR("k"), 1, &who[0], &out);
    mem_fail_after(-1);
    assert_int_equal(found, CACHE_MAKE);
    assert_null(out);
    assert_int_equal(cache_find(&c, STR("k"), 1, &who[0], &made), CACHE_MAKE);
    mem_fail_after(0);
    found = cache_find(&c, STR("k"), 1, &who[1], &out);
    mem_fail_after(-1);
    assert_int_equal(found, CACHE_MAKE); // cannot wait: makes it alone
    assert_null(out);
    assert_int_equal(who[1].held, 0);
    cache_give_up(&c, made);
}

// Random calls; a found value is always the one of this key and state.
static void it_never_answers_wrongly(void **state)
{
    (void)state;
    enum { KEYS = 30, STATES = 40, MAKERS = 8 };
    static char names[KEYS][STATES][16];
    uint64_t seed = 77;
    struct rng r = rng_seed(seed);
    struct {
        struct cache_entry *entry;
        const char *value;
    } makers[MAKERS] = {0};
    int64_t now = 1;
    for (int i = 0; i < 20000; i++) {
        if (rng_below(&r, 500) == 0 && now < STATES - 1)
            now++;
        size_t key = rng_below(&r, KEYS), m = rng_below(&r, MAKERS);
        char text[16];
        snprintf(text, sizeof text, "key %zu", key);
        snprintf(names[key][now], sizeof names[0][0], "%zu of %d", key, (int)now);
        if (makers[m].entry) {
            if (rng_chance(&r, 0.2)) {
                cache_give_up(&c, makers[m].entry);
            } else {
                cache_fill(&c, makers[m].entry,
                           value_of(makers[m].value, rng_below(&r, 300)));
                cache_let_go(&c, makers[m].entry);
            }
            makers[m].entry = NULL;
        }
        struct cache_entry *out;
        static struct waiting anyone;
        anyone.found = NULL;
        enum cache_found found = cache_find(&c, str_of(text), now, &anyone, &out);
        if (found == CACHE_MAKE && out) {
            makers[m].entry = out;
            makers[m].value = names[key][now];
        } else if (found == CACHE_HIT) {
            if (strcmp(cache_value(out)->plain, names[key][now]) != 0)
                fail_msg("seed %llu, call %d", (unsigned long long)seed, i);
            cache_let_go(&c, out);
        } else { // whoever waits is served before the next one asks
            for (size_t k = 0; k < MAKERS; k++)
                if (makers[k].entry) {
                    anyone.found = NULL;
                    cache_fill(&c, makers[k].entry, value_of(makers[k].value, 50));
                    cache_let_go(&c, makers[k].entry);
                    if (anyone.found) {
                        assert_string_equal(cache_value(anyone.found)->plain,
                                            names[key][now]);
                        cache_let_go(&c, anyone.found);
                    }
                    makers[k].entry = NULL;
                }
        }
    }
    for (size_t k = 0; k < MAKERS; k++)
        if (makers[k].entry)
            cache_give_up(&c, makers[k].entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_makes_it_for_all, begin, end),
        cmocka_unit_test_setup_teardown(an_answer_that_fails_is_nobodys, begin, end),
        cmocka_unit_test_setup_teardown(a_newer_state_drops_the_old, begin, end),
        cmocka_unit_test_setup_teardown(the_maximum_holds, begin, end),
        cmocka_unit_test_setup_teardown(memory_may_be_out, begin, end),
        cmocka_unit_test_setup_teardown(it_never_answers_wrongly, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
