// SPDX-License-Identifier: AGPL-3.0-or-later
// What tells who made a picture is gone, the picture is byte for byte what it was, and no
// half or altered file does harm. The files are made here, part by part.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../tap.h"
#include "base/rng.h"
#include "base/strip.h"

static const char secret[] = "Li Ming, Canon EOS 5D serial 0420119, 31.1N 118.3E";
static struct arena arena;
static struct error error;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static bool contains(struct str s, const char *what)
{
    return memmem(s.p, s.n, what, strlen(what)) != NULL;
}

static void raw(struct buf *b, const char *p, size_t n)
{
    buf_add(b, (struct str){p, n});
}
#define RAW(b, literal) raw(b, literal, sizeof(literal) - 1)

static struct strip_result stripped(struct buf *b)
{
    struct strip_result out;
    if (strip_file(buf_str(b), &arena, &out, &error))
        fail_msg("%s", error.text);
    assert_false(contains(out.bytes, "Canon"));
    assert_false(contains(out.bytes, "Li Ming"));
    return out;
}

// --- JPEG

static void segment(struct buf *b, unsigned marker, const char *p, size_t n)
{
    buf_add_char(b, (char)0xFF);
    buf_add_char(b, (char)marker);
    buf_add_char(b, (char)((n + 2) >> 8));
    buf_add_char(b, (char)(n + 2));
    raw(b, p, n);
}

static const char table[] = "\0tables of a picture";
static const char frame[] = "\x08\0\x10\0\x10\x01\x01\x11\0";
static const char scan[] = "\x01\x01\0\0\x3F\0";
static const char coded[] = "\x12\x34\xFF\0\x56\xFF\xD0\x78\x9A";

// EXIF of the given byte order: orientation 6, a maker's text behind it.
static void exif(struct buf *b, bool little)
{
    struct buf t = BUF_INIT(1000);
    RAW(&t, "Exif\0\0");
    if (little)
        RAW(&t, "II*\0\x08\0\0\0\x02\0"
                "\x0F\x01\x02\0\x10\0\0\0\x26\0\0\0"
                "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    else
        RAW(&t, "MM\0*\0\0\0\x08\0\x02"
                "\x01\x0F\0\x02\0\0\0\x10\0\0\0\x26"
                "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    buf_add_c(&t, secret);
    segment(b, 0xE1, t.p, t.n);
    buf_free(&t);
}

static void make_jpeg(struct buf *b, bool little)
{
    RAW(b, "\xFF\xD8");
    segment(b, 0xE0,
            "JFIF\0\x01\x02\0\0\x48\0\x48\x01\x01"
            "Canon thumbnail",
            29);
    exif(b, little);
    segment(b, 0xE1, "http://ns.adobe.com/xap/1.0/\0<x:Canon/>", 39);
    segment(b, 0xE2, "ICC_PROFILE\0\x01\x01 Canon", 20);
    segment(b, 0xED, "Photoshop 3.0\0Li Ming", 21);
    segment(b, 0xEE,
            "Adobe\0\x64\0\0\0\0\x01"
            "Canon",
            17);
    segment(b, 0xFE, secret, sizeof secret - 1);
    segment(b, 0xDB, table, sizeof table - 1);
    segment(b, 0xC2, frame, sizeof frame - 1);
    segment(b, 0xC4, table, sizeof table - 1);
    segment(b, 0xDA, scan, sizeof scan - 1);
    raw(b, coded, sizeof coded - 1);
    segment(b, 0xFE, secret, sizeof secret - 1); // between scans of a progressive one
    segment(b, 0xDA, scan, sizeof scan - 1);
    raw(b, coded, sizeof coded - 1);
    RAW(b, "\xFF\xD9");
    buf_add_c(b, "behind the end: ");
    buf_add_c(b, secret);
}

static void a_jpeg_keeps_its_picture_and_its_orientation(void **state)
{
    (void)state;
    for (int little = 0; little < 2; little++) {
        struct buf b = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
        make_jpeg(&b, little);
        struct strip_result out = stripped(&b);
        assert_int_equal(out.kind, STRIP_JPEG);
        RAW(&want, "\xFF\xD8");
        segment(&want, 0xE0, "JFIF\0\x01\x02\0\0\x48\0\x48\0\0", 14);
        segment(&want, 0xE1,
                "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
                32);
        segment(&want, 0xEE, "Adobe\0\x64\0\0\0\0\x01", 12);
        segment(&want, 0xDB, table, sizeof table - 1);
        segment(&want, 0xC2, frame, sizeof frame - 1);
        segment(&want, 0xC4, table, sizeof table - 1);
        for (int i = 0; i < 2; i++) {
            segment(&want, 0xDA, scan, sizeof scan - 1);
            raw(&want, coded, sizeof coded - 1);
        }
        RAW(&want, "\xFF\xD9");
        assert_int_equal(out.bytes.n, want.n);
        assert_memory_equal(out.bytes.p, want.p, want.n);
        // once more changes nothing
        struct strip_result again;
        assert_int_equal(strip_file(out.bytes, &arena, &again, &error), ERR_OK);
        assert_true(str_equal(out.bytes, again.bytes));
        buf_free(&b);
        buf_free(&want);
    }
}

// --- PNG

static void put_big(struct buf *b, uint32_t n)
{
    for (int i = 3; i >= 0; i--)
        buf_add_char(b, (char)(n >> (8 * i)));
}

static void png_chunk(struct buf *b, const char *type, const char *p, size_t n)
{
    uLong sum = crc32(crc32(0, (const Bytef *)type, 4), (const Bytef *)p, (uInt)n);
    put_big(b, (uint32_t)n);
    raw(b, type, 4);
    raw(b, p, n);
    put_big(b, (uint32_t)sum);
}

static void make_png(struct buf *b, bool clean)
{
    RAW(b, "\x89PNG\r\n\x1A\n");
    png_chunk(b, "IHDR", "\0\0\0\x01\0\0\0\x01\x08\x03\0\0\0", 13);
    png_chunk(b, "gAMA", "\0\0\xB1\x8F", 4);
    if (!clean) {
        png_chunk(b, "tEXt", secret, sizeof secret - 1);
        png_chunk(b, "eXIf", secret, sizeof secret - 1);
        png_chunk(b, "iCCP", secret, sizeof secret - 1);
        png_chunk(b, "tIME", "\x07\xDE\x07\x14\x0A\0\0", 7);
        png_chunk(b, "caBX", secret, sizeof secret - 1);
    }
    png_chunk(b, "PLTE", "\x12\x34\x56", 3);
    png_chunk(b, "tRNS", "\x7F", 1);
    png_chunk(b, "IDAT", "\x78\x9C\x63\x60\0\0\0\x02\0\x01", 10);
    if (!clean)
        png_chunk(b, "zTXt", secret, sizeof secret - 1);
    png_chunk(b, "IEND", "", 0);
    if (!clean)
        buf_add_c(b, secret);
}

static void a_png_keeps_its_picture(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
    make_png(&b, false);
    make_png(&want, true);
    struct strip_result out = stripped(&b);
    assert_int_equal(out.kind, STRIP_PNG);
    assert_true(str_equal(out.bytes, buf_str(&want)));
    buf_free(&b);
    buf_free(&want);
}

// --- WebP

static void riff(struct buf *b, const char *type, const char *p, size_t n)
{
    raw(b, type, 4);
    for (int i = 0; i < 4; i++)
        buf_add_char(b, (char)(n >> (8 * i)));
    raw(b, p, n);
    if (n & 1)
        buf_add_char(b, '\0');
}

static void make_webp(struct buf *b, bool clean)
{
    struct buf body = BUF_INIT(1 << 20), anmf = BUF_INIT(1 << 20);
    RAW(&body, "WEBP");
    riff(&body, "VP8X", clean ? "\x12\0\0\0\0\0\0\0\0\0" : "\x3E\0\0\0\0\0\0\0\0\0", 10);
    if (!clean)
        riff(&body, "ICCP", secret, sizeof secret - 1);
    riff(&body, "ANIM", "\0\0\0\0\0\0", 6);
    raw(&anmf, "\0\0\0\0\0\0\0\0\0\0\0\0\x64\0\0\0", 16);
    riff(&anmf, "ALPH", "\x01\x02\x03", 3);
    riff(&anmf, "VP8 ", "a picture", 9);
    if (!clean)
        riff(&anmf, "NOTE", secret, sizeof secret - 1);
    riff(&body, "ANMF", anmf.p, anmf.n);
    riff(&body, "VP8L", "another", 7);
    if (!clean) {
        riff(&body, "EXIF", secret, sizeof secret - 1);
        riff(&body, "XMP ", secret, sizeof secret - 1);
    }
    riff(b, "RIFF", body.p, body.n);
    if (!clean)
        buf_add_c(b, secret);
    buf_free(&body);
    buf_free(&anmf);
}

static void a_webp_keeps_its_picture(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
    make_webp(&b, false);
    make_webp(&want, true);
    struct strip_result out = stripped(&b);
    assert_int_equal(out.kind, STRIP_WEBP);
    assert_true(str_equal(out.bytes, buf_str(&want)));
    buf_free(&b);
    buf_free(&want);
}

// --- GIF

static void make_gif(struct buf *b, bool clean)
{
    RAW(b, "GIF89a\x02\0\x01\0\x80\0\0"
           "\xFF\0\0\0\0\xFF"
           "\x21\xFF\x0BNETSCAPE2.0\x03\x01\x05\0\0");
    if (!clean) {
        RAW(b, "\x21\xFF\x0BXMP DataXMP\x08<x:Canon\0");
        RAW(b, "\x21\xF9\x04\0\0\0\0\0"); // of the text
        RAW(b, "\x21\x01\x0C\0\0\0\0\x02\0\x01\0\x08\x08\0\x01\x07Li Ming\0");
        RAW(b, "\x21\xFE");
        buf_add_char(b, (char)(sizeof secret - 1));
        raw(b, secret, sizeof secret); // with the zero that ends it
    }
    for (int i = 0; i < 2; i++) {
        RAW(b, "\x21\xF9\x04\x05\x0A\0\x01\0");
        if (!clean)
            RAW(b, "\x21\xFE\x05"
                   "Canon\0");
        if (i) // with a palette of its own
            RAW(b, "\x2C\0\0\0\0\x02\0\x01\0\x80\x01\x02\x03\x04\x05\x06");
        else
            RAW(b, "\x2C\0\0\0\0\x02\0\x01\0\0");
        RAW(b, "\x02\x02\x44\x0A\0");
    }
    RAW(b, "\x3B");
    if (!clean)
        buf_add_c(b, secret);
}

static void a_gif_keeps_its_pictures_and_goes_round(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
    make_gif(&b, false);
    make_gif(&want, true);
    struct strip_result out = stripped(&b);
    assert_int_equal(out.kind, STRIP_GIF);
    assert_string_equal(strip_type(out.kind), "image/gif");
    assert_true(str_equal(out.bytes, buf_str(&want)));
    buf_free(&b);
    buf_free(&want);
}

// --- others

static void text_is_taken_as_it_is(void **state)
{
    (void)state;
    struct strip_result out;
    assert_int_equal(strip_file(STR("\xEF\xBB\xBF某医院\n"), &arena, &out, &error),
                     ERR_OK);
    assert_int_equal(out.kind, STRIP_TEXT);
    assert_true(str_equal_c(out.bytes, "某医院\n"));
    assert_int_equal(strip_file(STR("a\0b"), &arena, &out, &error), ERR_INPUT);
    assert_int_equal(strip_file(STR("\xFF\xFE"), &arena, &out, &error), ERR_INPUT);
    assert_int_equal(strip_file(STR(""), &arena, &out, &error), ERR_INPUT);
}

static void what_is_not_taken_is_told_in_words(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        const char *said;
    } cases[] = {
        {{"\0\0\0\x18"
          "ftypheic\0\0\0\0",
          16},
         "HEIC"},
        {{"\0\0\0\x18"
          "ftypmp42\0\0\0\0",
          16},
         "video"},
        {{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8}, "Office"},
        {{"Rar!\x1A\x07\1\0", 8}, "archive"},
        {{"BM\x36\0\0\0\0\0", 8}, "picture"},
        {{"II*\0\x08\0\0\0", 8}, "picture"},
        {{"MZ\x90\0", 4}, "unknown"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strip_result out;
        assert_int_equal(strip_file(cases[i].bytes, &arena, &out, &error), ERR_INPUT);
        assert_string_equal(error.key, "strip.kind");
        assert_non_null(strstr(error.text, cases[i].said));
        assert_true(error.cure[0]);
    }
}

typedef void make(struct buf *b, bool with);
static void make_dirty(struct buf *b, bool with)
{
    make_jpeg(b, with);
}

static void half_and_altered_files_do_no_harm(void **state)
{
    (void)state;
    static make *const makers[] = {make_dirty, make_png, make_webp, make_gif};
    const uint64_t seed = 20261122;
    struct rng rng = rng_seed(seed);
    int taken = 0, refused = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (size_t k = 0; k < 4; k++) {
        struct buf b = BUF_INIT(1 << 20);
        makers[k](&b, false);
        for (int i = 0; i < 4000; i++) {
            struct arena a;
            struct strip_result out;
            arena_init(&a, 0);
            // a copy of its own size, so that a byte read behind its end is found
            size_t n = i < (int)b.n ? (size_t)i : b.n;
            char *copy = malloc(n + !n);
            memcpy(copy, b.p, n);
            for (int m = i < (int)b.n ? 0 : 1 + (int)rng_below(&rng, 6); m > 0 && n; m--)
                copy[rng_below(&rng, n)] = (char)rng_below(&rng, 256);
            enum err code = strip_file((struct str){copy, n}, &a, &out, &error);
            assert_true(code == ERR_OK || code == ERR_INPUT);
            if (!code && out.kind != STRIP_TEXT) {
                struct strip_result again; // what is given out is a whole file
                assert_int_equal(strip_file(out.bytes, &a, &again, &error), ERR_OK);
                assert_true(str_equal(out.bytes, again.bytes));
            }
            *(code ? &refused : &taken) += 1;
            free(copy);
            arena_free(&a);
        }
        buf_free(&b);
    }
    print_message("%d taken, %d refused\n", taken, refused);
    assert_true(taken > 100 && refused > 1000);
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    bool done = false;
    for (int64_t n = 0; n < 100 && !done; n++) {
        struct buf b = BUF_INIT(1 << 20);
        struct strip_result out;
        struct arena a;
        make_jpeg(&b, false);
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = strip_file(buf_str(&b), &a, &out, &error);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        done = !code;
        arena_free(&a);
        buf_free(&b);
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_jpeg_keeps_its_picture_and_its_orientation,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_png_keeps_its_picture, setup, teardown),
        cmocka_unit_test_setup_teardown(a_webp_keeps_its_picture, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gif_keeps_its_pictures_and_goes_round, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(text_is_taken_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_taken_is_told_in_words, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(half_and_altered_files_do_no_harm, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(want_of_memory_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
