// SPDX-License-Identifier: AGPL-3.0-or-later
#include <unicode/utf8.h>

#include "../tap.h"
#include "base/utf8.h"

// ICU's decoder is the oracle for all texts of four bytes drawn from the bytes that
// matter.
static void agrees_with_icu(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                          0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED,
                                          0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
    enum { N = sizeof bytes };
    for (unsigned k = 0; k < (unsigned)(N * N * N * N); k++) {
        unsigned char text[4] = {bytes[k % N], bytes[k / N % N], bytes[k / (N * N) % N],
                                 bytes[k / (N * N * N)]};
        size_t mine = 0, theirs = 0;
        while (mine < sizeof text) {
            int32_t c = utf8_next((struct str){(const char *)text, sizeof text}, &mine);
            int32_t expected;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
            U8_NEXT(text, theirs, sizeof text, expected);
#pragma GCC diagnostic pop
            if (c != (expected < 0 ? -1 : expected) || mine != theirs)
                fail_msg("%02x %02x %02x %02x: %d at %zu, ICU %d at %zu", text[0],
                         text[1], text[2], text[3], c, mine, expected, theirs);
        }
    }
}

static void columns(void **state)
{
    (void)state;
    assert_int_equal(utf8_columns('a'), 1);
    assert_int_equal(utf8_columns(0x8861), 2);  // 衡
    assert_int_equal(utf8_columns(0xFF10), 2);  // full-width 0
    assert_int_equal(utf8_columns(0x0301), 0);  // combining acute
    assert_int_equal(utf8_columns(0x200B), 0);  // zero width space
    assert_int_equal(utf8_columns(0x20BB7), 2); // a rare surname
    assert_int_equal(utf8_columns(0x00E9), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_icu),
        cmocka_unit_test(columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
