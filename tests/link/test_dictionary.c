// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/dictionary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"

// Enough texts that several pairs of them share the 32 bits of the hash that are kept.
enum { MANY = 400000 };

struct series {
    char *digits; // MANY of 12 bytes
    struct str *texts;
};

static struct series many_texts(void)
{
    struct series s = {calloc(MANY, 12), calloc(MANY, sizeof(struct str))};
    for (int i = 0; i < MANY; i++) {
        int n = snprintf(s.digits + (size_t)i * 12, 12, "t%d", i);
        s.texts[i] = (struct str){s.digits + (size_t)i * 12, (size_t)n};
    }
    return s;
}

static void forget(struct series *s)
{
    free(s->digits);
    free(s->texts);
}

static void texts_are_numbered_as_they_come(void **state)
{
    (void)state;
    struct series s = many_texts();
    uint32_t *numbers = calloc(MANY, sizeof *numbers);
    struct dictionary d;
    struct error e = {0};
    assert_ok(dictionary_open(&d, &e));
    assert_int_equal(dictionary_find(&d, STR("t1")), 0);
    unsigned same_tag = 0;
    for (int turn = 0; turn < 2; turn++) {
        assert_ok(dictionary_add(&d, s.texts, MANY, numbers, &e));
        for (uint32_t i = 0; i < MANY; i++)
            assert_int_equal(numbers[i], i + 1);
    }
    for (uint64_t i = 1; i < (uint64_t)1 << d.log2_slots; i++)
        same_tag += d.slots[i].number && d.slots[i - 1].number &&
                    d.slots[i].tag == d.slots[i - 1].tag;
    assert_true(same_tag > 0); // so that texts had to decide
    assert_int_equal(dictionary_size(&d), MANY);
    assert_int_equal(dictionary_find(&d, STR("t399999")), MANY);
    assert_int_equal(dictionary_find(&d, STR("t400000")), 0);
    assert_int_equal(dictionary_find(&d, STR("")), 0);
    assert_true(dictionary_memory(&d) < (size_t)MANY * 40);

    struct link_texts t = dictionary_finish(&d);
    assert_int_equal(t.n, MANY + 1);
    assert_int_equal(link_texts_at(&t, 0).n, 0);
    assert_true(str_equal_c(link_texts_at(&t, 77), "t76"));
    assert_ok(dictionary_of(&d, t, &e)); // an index over texts that are there
    for (uint32_t i = 0; i < MANY; i += 97)
        assert_int_equal(dictionary_find(&d, s.texts[i]), i + 1);
    struct str more[] = {STR("new"), STR(""), STR("t0"), STR("new")};
    assert_ok(dictionary_add(&d, more, 4, numbers, &e));
    assert_int_equal(numbers[0], MANY + 1);
    assert_int_equal(numbers[1], 0);
    assert_int_equal(numbers[2], 1);
    assert_int_equal(numbers[3], MANY + 1);
    dictionary_close(&d);
    dictionary_close(&d);
    free(numbers);
    forget(&s);
}

// Against a list that is looked through from its beginning.
static void random_texts(void **state)
{
    (void)state;
    enum { N = 3000 };
    uint64_t seed = 7;
    print_message("# seed %" PRIu64 "\n", seed);
    struct rng g = rng_seed(seed);
    static char bytes[N][4];
    struct str texts[N], known[N];
    uint32_t numbers[N], n_known = 0;
    for (int i = 0; i < N; i++) {
        texts[i] = (struct str){bytes[i], (size_t)rng_below(&g, 5)};
        for (size_t k = 0; k < texts[i].n; k++)
            bytes[i][k] = (char)(rng_below(&g, 6) - 1); // NUL and 0xFF too
    }
    struct dictionary d;
    struct error e = {0};
    assert_ok(dictionary_open(&d, &e));
    for (size_t at = 0; at < N;) { // in stretches of any length
        size_t n = 1 + (size_t)rng_below(&g, 70);
        n = n < N - at ? n : N - at;
        assert_ok(dictionary_add(&d, texts + at, n, numbers + at, &e));
        at += n;
    }
    for (int i = 0; i < N; i++) {
        uint32_t k = 0;
        while (k < n_known && !str_equal(known[k], texts[i]))
            k++;
        if (k == n_known && texts[i].n)
            known[n_known++] = texts[i];
        assert_int_equal(numbers[i], texts[i].n ? k + 1 : 0);
    }
    assert_int_equal(dictionary_size(&d), n_known);
    dictionary_close(&d);
}

struct made {
    uint64_t fail_at;
};

static enum err make_remainder(void *argument, unsigned thread, uint64_t i,
                               struct buf *out, struct error *e)
{
    (void)thread;
    const struct made *m = argument;
    assert_int_equal(out->n, 0);
    if (i >= m->fail_at)
        return error_set(e, ERR_INPUT, "test", NULL, "text %" PRIu64, i);
    if (i % 10)
        buf_printf(out, "%" PRIu64, i * i % 10007);
    return ERR_OK;
}

static void filling_on_threads(void **state)
{
    (void)state;
    uint32_t *first = calloc(MANY, sizeof *first), *numbers = calloc(MANY, sizeof *first);
    struct dictionary one;
    struct error e = {0};
    struct made made = {UINT64_MAX};
    assert_ok(dictionary_open(&one, &e));
    assert_ok(dictionary_fill(&one, MANY, make_remainder, &made, first, NULL, &e));
    for (uint64_t i = 0; i < MANY; i++) {
        char text[16] = "";
        if (i % 10)
            snprintf(text, sizeof text, "%" PRIu64, i * i % 10007);
        assert_true(str_equal_c(link_texts_at(&one.texts, first[i]), text));
    }
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct pool *pool;
        struct dictionary d;
        assert_ok(pool_open(&pool, threads, &e));
        assert_ok(dictionary_open(&d, &e));
        assert_ok(dictionary_fill(&d, MANY, make_remainder, &made, numbers, pool, &e));
        assert_memory_equal(first, numbers, MANY * sizeof *first);
        assert_int_equal(d.texts.n, one.texts.n);
        assert_memory_equal(d.texts.offset, one.texts.offset,
                            (d.texts.n + 1) * sizeof *d.texts.offset);
        // the first text that cannot be made is told, whoever makes it
        struct made failing = {100003};
        assert_int_equal(
            dictionary_fill(&d, MANY, make_remainder, &failing, numbers, pool, &e),
            ERR_INPUT);
        assert_string_equal(e.text, "text 100003");
        dictionary_close(&d);
        assert_ok(dictionary_open(&d, &e));
        assert_ok(dictionary_fill(&d, 0, make_remainder, &made, numbers, pool, &e));
        assert_int_equal(dictionary_size(&d), 0);
        dictionary_close(&d);
        pool_close(pool);
    }
    dictionary_close(&one);
    free(first);
    free(numbers);
}

static void memory_that_fails(void **state)
{
    (void)state;
    enum { N = 300 };
    uint32_t numbers[N];
    struct made made = {UINT64_MAX};
    enum err code = ERR_MEMORY;
    int64_t n = 0;
    for (; code; n++) {
        struct error e = {0};
        struct dictionary d;
        mem_fail_after(n);
        code = dictionary_open(&d, &e);
        if (!code)
            code = dictionary_fill(&d, N, make_remainder, &made, numbers, NULL, &e);
        mem_fail_after(-1);
        assert_int_equal(e.code, code);
        if (code)
            assert_int_equal(code, ERR_MEMORY);
        dictionary_close(&d);
    }
    assert_true(n > 10);
}

// Room that was made ahead, too little or far too much, changes no number.
static void expecting(void **state)
{
    (void)state;
    struct dictionary one, other;
    struct error e = {0};
    assert_ok(dictionary_open(&one, &e));
    assert_ok(dictionary_open(&other, &e));
    assert_ok(dictionary_expect(&other, 3, &e));
    for (uint32_t i = 0; i < 5000; i++) {
        char digits[16];
        int n = snprintf(digits, sizeof digits, "%u", i * 7 % 3001);
        struct str text = {digits, (size_t)n};
        uint32_t a, b;
        if (i % 1000 == 500)
            assert_ok(dictionary_expect(&other, i == 2500 ? 100000 : i + 300, &e));
        assert_ok(dictionary_add(&one, &text, 1, &a, &e));
        assert_ok(dictionary_add(&other, &text, 1, &b, &e));
        assert_int_equal(a, b);
    }
    assert_int_equal(dictionary_size(&other), 3001);
    assert_int_equal(dictionary_find(&other, STR("0")), 1);
    mem_fail_after(0);
    assert_int_equal(dictionary_expect(&other, 10000000, &e), ERR_MEMORY);
    mem_fail_after(-1);
    assert_int_equal(dictionary_find(&other, STR("14")), 3);
    dictionary_close(&one);
    dictionary_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_numbered_as_they_come),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(filling_on_threads),
        cmocka_unit_test(memory_that_fails),
        cmocka_unit_test(expecting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
