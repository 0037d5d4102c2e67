// SPDX-License-Identifier: AGPL-3.0-or-later
// gzip: what is packed unpacks to the same, in one go and in pieces; when it is used.
#include "../tap.h"
#include "base/rng.h"
#include "serve/zip.h"

#include <string.h>
#include <zlib.h>

static struct zip_pool pool;

static void unpack(struct str packed, struct buf *out)
{
    z_stream z = {0};
    unsigned char piece[4096];
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)packed.p;
    z.avail_in = (uInt)packed.n;
    int rc;
    do {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        rc = inflate(&z, Z_NO_FLUSH);
        assert_true(rc == Z_OK || rc == Z_STREAM_END);
        buf_add(out, (struct str){(char *)piece, sizeof piece - z.avail_out});
    } while (rc != Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
}

static bool put(void *context, struct str bytes)
{
    buf_add(context, bytes);
    return true;
}

static bool put_never(void *context, struct str bytes)
{
    (void)context, (void)bytes;
    return false;
}

static void pieces_make_the_whole(void **state)
{
    (void)state;
    uint64_t seed = 20140605;
    struct rng r = rng_seed(seed);
    for (int round = 0; round < 20; round++) {
        struct buf text = BUF_INIT(1 << 20), packed = BUF_INIT(1 << 20),
                   back = BUF_INIT(1 << 20);
        struct zip *z = zip_take(&pool);
        assert_non_null(z);
        size_t pieces = rng_below(&r, 20);
        for (size_t i = 0; i < pieces; i++) {
            size_t from = text.n, n = rng_below(&r, 30000);
            for (size_t k = 0; k < n; k++)
                buf_add_char(&text, (char)(32 + rng_below(&r, round % 2 ? 95 : 3)));
            assert_true(zip_add(z, (struct str){text.p + from, text.n - from}, false, put,
                                &packed));
        }
        assert_true(zip_add(z, STR(""), true, put, &packed));
        zip_give_back(&pool, z);
        unpack(buf_str(&packed), &back);
        if (!str_equal(buf_str(&back), buf_str(&text)))
            fail_msg("seed %llu round %d", (unsigned long long)seed, round);
        buf_free(&text);
        buf_free(&packed);
        buf_free(&back);
    }
}

static void a_whole_is_packed_when_it_shrinks(void **state)
{
    (void)state;
    struct buf out = BUF_INIT(1 << 20), back = BUF_INIT(1 << 20);
    char text[5000];
    memset(text, 'a', sizeof text);
    assert_true(zip_whole(&pool, ZIP_FAST, (struct str){text, sizeof text}, &out));
    assert_true(out.n < 100);
    unpack(buf_str(&out), &back);
    assert_true(str_equal(buf_str(&back), (struct str){text, sizeof text}));
    buf_clear(&out);
    assert_false(zip_whole(&pool, ZIP_FAST, STR("q7"), &out));
    buf_free(&out);
    buf_free(&back);
}

static void an_end_in_the_middle_is_survived(void **state)
{
    (void)state;
    char text[5000];
    memset(text, 'b', sizeof text);
    struct zip *z = zip_take(&pool);
    assert_false(zip_add(z, (struct str){text, sizeof text}, true, put_never, NULL));
    zip_give_back(&pool, z);
    mem_fail_after(0);
    struct zip *kept = zip_take(&pool), *none = zip_take(&pool);
    mem_fail_after(-1);
    assert_ptr_equal(kept, z);
    assert_null(none);
    for (int64_t n = 0; n < 5; n++) { // zlib's own memory too
        mem_fail_after(n);
        none = zip_take(&pool);
        mem_fail_after(-1);
        assert_null(none);
    }
    zip_give_back(&pool, kept);
}

static void headers_are_understood(void **state)
{
    (void)state;
    assert_true(zip_is_accepted(STR("gzip")));
    assert_true(zip_is_accepted(STR("deflate, GZIP;q=0.5, br")));
    assert_true(zip_is_accepted(STR("br,gzip")));
    assert_false(zip_is_accepted(STR("")));
    assert_false(zip_is_accepted(STR("br")));
    assert_false(zip_is_accepted(STR("gzip;q=0")));
    assert_false(zip_is_accepted(STR("gzip; q=0.0, br")));
    assert_false(zip_is_accepted(STR("xgzip")));
    assert_true(zip_suits("application/json"));
    assert_true(zip_suits("text/html; charset=utf-8"));
    assert_false(zip_suits("application/pdf"));
    assert_false(zip_suits(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_make_the_whole),
        cmocka_unit_test(a_whole_is_packed_when_it_shrinks),
        cmocka_unit_test(an_end_in_the_middle_is_survived),
        cmocka_unit_test(headers_are_understood),
    };
    zip_open(&pool);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    zip_close(&pool);
    return failed;
}
