// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../tap.h"
#include "base/date.h"
#include "base/rng.h"
#include "link/identity.h"

#include <string.h>

// The example of GB 11643-1999 itself, and numbers that circulate as examples.
static void known_numbers(void **state)
{
    (void)state;
    struct identity id;
    assert_true(identity_read(STR("11010519491231002X"), &id));
    assert_true(id.valid && id.whole && id.checks);
    assert_string_equal(id.region, "110105");
    assert_string_equal(id.born, "1949-12-31");
    assert_int_equal(id.sex, 'f');
    assert_true(identity_read(STR("11010519491231002x"), &id));
    assert_true(id.valid);
    assert_true(identity_read(STR("440524188001010014"), &id)); // also in the standard
    assert_true(id.valid);
    assert_int_equal(id.sex, 'm');
    assert_string_equal(id.born, "1880-01-01");

    assert_true(identity_read(STR("110105491231002"), &id));
    assert_true(id.valid && !id.whole && id.checks);
    assert_string_equal(id.born, "1949-12-31");
    assert_int_equal(id.sex, 'f');
    char wide[19];
    assert_true(identity_widen(STR("110105491231002"), wide));
    assert_string_equal(wide, "11010519491231002X");
    assert_int_equal(identity_check(STR("11010519491231002")), 'X');
}

static void not_numbers(void **state)
{
    (void)state;
    struct identity id;
    char wide[19];
    static const char *const no_form[] = {
        "",  "1", "11010519491231002", "1101051949123100200", "1101051949123100XX",
        "X", "?", "11010549123100X",   "11010519491231002Y",  "1101 5194912310021",
    };
    for (size_t i = 0; i < sizeof no_form / sizeof no_form[0]; i++) {
        assert_false(identity_read(str_of(no_form[i]), &id));
        assert_false(identity_widen(str_of(no_form[i]), wide));
    }
    assert_int_equal(identity_check(STR("1101051949123100X")), 0);
    assert_int_equal(identity_check(STR("1")), 0);
    assert_int_equal(identity_check((struct str){NULL, 0}), 0);
    // right in form, wrong in content
    assert_true(identity_read(STR("110105194912310021"), &id)); // check
    assert_true(!id.valid && !id.checks && id.whole);
    assert_true(identity_read(STR("110105194902300024"), &id)); // 30 February
    assert_true(!id.valid && id.born[0] == '\0' && id.sex == 'f');
    assert_true(identity_read(STR("990105491231002"), &id)); // no such province
    assert_true(!id.valid && id.checks);
    assert_false(identity_widen(STR("11010519491231002X"), wide));
}

static void provinces(void **state)
{
    (void)state;
    static const int right[] = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34,
                                35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
                                53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91};
    size_t next = 0, n = sizeof right / sizeof right[0];
    for (int code = 0; code < 100; code++) {
        char text[16] = "000105491231002";
        text[0] = (char)('0' + code / 10);
        text[1] = (char)('0' + code % 10);
        struct identity id;
        assert_true(identity_read(str_of(text), &id));
        bool is = next < n && right[next] == code;
        next += is;
        assert_int_equal(id.valid, is);
    }
    assert_int_equal(next, n);
}

// A number that is valid, drawn at random.
static void draw(struct rng *r, char out[19])
{
    static const char *const regions[] = {"110105", "421202", "440524", "650101"};
    memcpy(out, regions[rng_below(r, 4)], 6);
    int32_t first, last;
    assert_true(date_from_ymd(1900, 1, 1, &first));
    assert_true(date_from_ymd(2025, 12, 31, &last));
    char born[DATE_TEXT_SIZE];
    date_format(first + (int32_t)rng_below(r, (uint64_t)(last - first)), born);
    memcpy(out + 6, born, 4);
    memcpy(out + 10, born + 5, 2);
    memcpy(out + 12, born + 8, 2);
    for (int i = 14; i < 17; i++)
        out[i] = (char)('0' + rng_below(r, 10));
    out[17] = identity_check((struct str){out, 17});
    out[18] = '\0';
}

// The same check character by ISO 7064's recursion instead of weights.
static char naive_check(const char *digits)
{
    int p = 0;
    for (int i = 0; i < 17; i++)
        p = (p + digits[i] - '0') * 2 % 11;
    int check = (12 - p) % 11;
    return (char)(check == 10 ? 'X' : '0' + check);
}

static void every_single_error_is_caught(void **state)
{
    (void)state;
    uint64_t seed = 20260101;
    print_message("# seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    for (int trial = 0; trial < 500; trial++) {
        char id[19], wrong[19];
        struct identity read;
        draw(&r, id);
        assert_int_equal(id[17], naive_check(id));
        assert_true(identity_read(str_of(id), &read));
        assert_true(read.valid);
        for (int at = 0; at < 18; at++)
            for (const char *to = at == 17 ? "0123456789X" : "0123456789"; *to; to++) {
                memcpy(wrong, id, sizeof wrong);
                wrong[at] = *to;
                assert_true(identity_read(str_of(wrong), &read));
                assert_int_equal(read.checks, *to == id[at]);
            }
        for (int at = 0; at < 16; at++) { // swaps are caught too
            memcpy(wrong, id, sizeof wrong);
            wrong[at] = id[at + 1];
            wrong[at + 1] = id[at];
            assert_true(identity_read(str_of(wrong), &read));
            assert_int_equal(read.checks, id[at] == id[at + 1]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers),
        cmocka_unit_test(not_numbers),
        cmocka_unit_test(provinces),
        cmocka_unit_test(every_single_error_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
