// SPDX-License-Identifier: AGPL-3.0-or-later
#include "../tap.h"
#include "base/md5.h"

#include <string.h>

// RFC 1321, A.5.
static void published(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"1234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "0",
         "57edf4a22be3c955ac49da2e2107b67a"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char hex[MD5_HEX];
        md5_hex(str_of(cases[i][0]), hex);
        assert_string_equal(hex, cases[i][1]);
    }
}

// In pieces of any size it is the same, over all lengths around the blocks.
static void pieces(void **state)
{
    (void)state;
    char text[300];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    for (size_t n = 0; n <= sizeof text; n++)
        for (size_t step = 1; step < 140; step += 23) {
            struct md5 m;
            unsigned char hash[MD5_SIZE];
            char hex[MD5_HEX], whole[MD5_HEX];
            md5_begin(&m);
            for (size_t at = 0; at < n; at += step)
                md5_add(&m, (struct str){text + at, n - at < step ? n - at : step});
            md5_end(&m, hash);
            md5_to_hex(hash, hex);
            md5_hex((struct str){text, n}, whole);
            assert_string_equal(hex, whole);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published),
                                       cmocka_unit_test(pieces)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
