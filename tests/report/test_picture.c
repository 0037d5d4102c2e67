// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../tap.h"
#include "report/picture.h"

#include <string.h>

// SOI, APP1 with an orientation, SOF0 of 16 x 8; big-endian and little-endian TIFF.
static const unsigned char jpegs[2][61] = {
    {0xFF, 0xD8, 0xFF, 0xE1, 0,    34, 'E', 'x', 'i',  'f',  0,  0,  'M',  'M', 0,
     42,   0,    0,    0,    8,    0,  1,   1,   0x12, 0,    3,  0,  0,    0,   1,
     0,    6,    0,    0,    0,    0,  0,   0,   0xFF, 0xC0, 0,  17, 8,    0,   8,
     0,    16,   3,    1,    0x22, 0,  2,   17,  1,    3,    17, 1,  0xFF, 0xD9},
    {0xFF, 0xD8, 0xFF, 0xE1, 0,    34, 'E', 'x',  'i',  'f',  0,  0,  'I',  'I', 42,
     0,    8,    0,    0,    0,    1,  0,   0x12, 1,    3,    0,  1,  0,    0,   0,
     8,    0,    0,    0,    0,    0,  0,   0,    0xFF, 0xC0, 0,  17, 8,    0,   8,
     0,    16,   3,    1,    0x22, 0,  2,   17,   1,    3,    17, 1,  0xFF, 0xD9}};

static void test_turns(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct picture p;
        assert_true(
            picture_look((struct str){(const char *)jpegs[i], sizeof jpegs[i]}, &p));
        assert_int_equal(p.kind, PICTURE_JPEG);
        assert_int_equal(p.width, 16);
        assert_int_equal(p.height, 8);
        assert_int_equal(p.turn, i ? 8 : 6);
        assert_true(picture_lies(&p));
    }
}

// Any beginning, in memory that ends where it ends, is read no further.
static void test_cut(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof jpegs[0]; n++) {
        struct picture p;
        char *bytes = mem_alloc(n + 1, 1);
        assert_non_null(bytes);
        memcpy(bytes, jpegs[0], n);
        bool is = picture_look((struct str){bytes, n}, &p);
        assert_true(!is || n >= 57); // the frame's segment is whole
        mem_free(bytes);
    }
}

static void test_png(void **state)
{
    (void)state;
    static const unsigned char png[33] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0,
                                          0,    0,   13,  'I', 'H',  'D',  'R',  0,    0,
                                          1,    4,   0,   0,   0,    7,    8,    2};
    struct picture p;
    assert_true(picture_look((struct str){(const char *)png, sizeof png}, &p));
    assert_int_equal(p.kind, PICTURE_PNG);
    assert_int_equal(p.width, 260);
    assert_int_equal(p.height, 7);
    assert_int_equal(p.turn, 1);
    assert_false(picture_look((struct str){(const char *)png, 20}, &p));
    assert_false(picture_look(STR("GIF89a"), &p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_turns),
                                       cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_png)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
