// SPDX-License-Identifier: AGPL-3.0-or-later
#include <string.h>

#include "../tap.h"
#include "base/chain.h"
#include "base/init.h"

static void assert_hex(struct chain_hash hash, const char *expected)
{
    char hex[CHAIN_HEX_SIZE];
    chain_to_hex(&hash, hex);
    assert_string_equal(hex, expected);
}

// `b2sum -l 256` of coreutils gives the same.
static void published_hashes(void **state)
{
    (void)state;
    assert_hex(chain_hash_of(STR("")),
               "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    assert_hex(chain_hash_of(STR("abc")),
               "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    assert_hex(chain_hash_of(STR("衡")),
               "01fd493ddb2f6593b4d426fce90b771092436e7b3e14ed4e8fbd203a840a25dc");
}

static void in_pieces_at_any_address(void **state)
{
    (void)state;
    char text[1000];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    struct chain_hash whole = chain_hash_of((struct str){text, sizeof text});
    unsigned char room[sizeof(struct chain_state) + 64];
    for (size_t shift = 0; shift < 64; shift++) {
        struct chain_state *s = (struct chain_state *)(room + shift);
        chain_begin(s);
        size_t step = shift * 3 + 1;
        for (size_t i = 0; i < sizeof text; i += step)
            chain_add(s, (struct str){text + i,
                                      i + step < sizeof text ? step : sizeof text - i});
        chain_add(s, (struct str){NULL, 0});
        struct chain_hash pieces = chain_end(s);
        assert_true(chain_equal(&whole, &pieces));
    }
}

static struct chain_hash of_fields(struct str a, struct str b)
{
    struct chain_state s;
    chain_begin(&s);
    chain_add_field(&s, a);
    chain_add_field(&s, b);
    return chain_end(&s);
}

static void fields_do_not_run_together(void **state)
{
    (void)state;
    struct chain_hash x = of_fields(STR("ab"), STR("c")),
                      y = of_fields(STR("a"), STR("bc"));
    assert_false(chain_equal(&x, &y));
    // the bytes are those that the header names, on any machine
    struct chain_hash bytes = chain_hash_of(STR("\2\0\0\0\0\0\0\0"
                                                "ab"
                                                "\1\0\0\0\0\0\0\0"
                                                "c"));
    assert_true(chain_equal(&x, &bytes));
    struct chain_state s;
    chain_begin(&s);
    chain_add_int(&s, -2);
    struct chain_hash number = chain_end(&s);
    bytes = chain_hash_of(STR("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
    assert_true(chain_equal(&number, &bytes));
}

static struct chain_hash chain_of(const struct str *records, size_t n)
{
    struct chain_hash last = {{0}};
    for (size_t i = 0; i < n; i++)
        last = chain_link(&last, records[i]);
    return last;
}

static void a_chain_shows_every_change(void **state)
{
    (void)state;
    struct str records[] = {STR("born"), STR("corrected"), STR("merged"), STR("closed")};
    struct chain_hash whole = chain_of(records, 4);
    for (size_t i = 0; i < 4; i++) {
        struct str kept = records[i];
        records[i] = STR("other");
        struct chain_hash changed = chain_of(records, 4);
        assert_false(chain_equal(&whole, &changed));
        records[i] = kept;
        if (i == 0)
            continue;
        records[i] = records[i - 1];
        records[i - 1] = kept; // changed places
        changed = chain_of(records, 4);
        assert_false(chain_equal(&whole, &changed));
        records[i - 1] = records[i];
        records[i] = kept;
    }
    struct chain_hash cut = chain_of(records, 3), first = chain_of(records + 1, 3);
    assert_false(chain_equal(&whole, &cut));
    assert_false(chain_equal(&whole, &first));
    struct chain_hash again = chain_of(records, 4);
    assert_true(chain_equal(&whole, &again));
}

static void hex_text(void **state)
{
    (void)state;
    struct chain_hash hash = chain_hash_of(STR("x")), again = {{0}};
    char hex[CHAIN_HEX_SIZE];
    chain_to_hex(&hash, hex);
    assert_int_equal(strlen(hex), 64);
    assert_true(chain_from_hex(str_of(hex), &again));
    assert_true(chain_equal(&hash, &again));
    for (int i = 0; i < 64; i++)
        if (hex[i] >= 'a')
            hex[i] = (char)(hex[i] - 32);
    again = (struct chain_hash){{0}};
    assert_true(chain_from_hex(str_of(hex), &again));
    assert_true(chain_equal(&hash, &again));
    assert_false(chain_from_hex((struct str){hex, 63}, &again));
    assert_false(chain_from_hex((struct str){hex, 62}, &again));
    assert_false(chain_from_hex(STR(""), &again));
    hex[63] = 'g';
    assert_false(chain_from_hex(str_of(hex), &again));
    hex[10] = ':';
    assert_false(chain_from_hex(str_of(hex), &again));
    assert_true(chain_equal(&hash, &again));
}

static int start(void **state)
{
    (void)state;
    struct error e;
    return base_init(&e) == ERR_OK && base_init(&e) == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_hashes),
        cmocka_unit_test(in_pieces_at_any_address),
        cmocka_unit_test(fields_do_not_run_together),
        cmocka_unit_test(a_chain_shows_every_change),
        cmocka_unit_test(hex_text),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
