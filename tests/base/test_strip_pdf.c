// SPDX-License-Identifier: AGPL-3.0-or-later
// PDF: what was planted in every place where programs note people, times and folders is
// gone, packed or not, also of revisions before the last, and what the pages draw is
// there. The files are made here, object by object, in both kinds of cross-reference.
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "../tap.h"
#include "base/rng.h"
#include "strip_files.h"

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

enum { MOST = 64 };

struct making {
    struct buf b;
    size_t offset[MOST]; // 0: none
    size_t before;       // the cross-reference of the revision before
    bool packed;         // streams by zlib
};

static void object(struct making *m, int number, const char *text)
{
    m->offset[number] = m->b.n;
    buf_printf(&m->b, "%d 0 obj\n%s\nendobj\n", number, text);
}

static void stream(struct making *m, int number, const char *keys, const char *bytes,
                   size_t n, bool packed)
{
    unsigned char room[8192];
    uLong size = sizeof room;
    m->offset[number] = m->b.n;
    if (packed) {
        assert_int_equal(compress(room, &size, (const Bytef *)bytes, n), Z_OK);
        bytes = (const char *)room;
        n = size;
    }
    buf_printf(&m->b, "%d 0 obj\n<<%s /Length %zu%s>>\nstream\r\n", number, keys, n,
               packed ? "/Filter/FlateDecode" : "");
    buf_add(&m->b, (struct str){bytes, n});
    buf_add_c(&m->b, "\nendstream\nendobj\n");
}

static void text_stream(struct making *m, int number, const char *keys, const char *text)
{
    stream(m, number, keys, text, strlen(text), m->packed);
}

static void end_table(struct making *m, const char *keys)
{
    size_t at = m->b.n;
    buf_add_c(&m->b, "xref\n0 1\n0000000000 65535 f \n");
    for (int i = 1; i < MOST; i++)
        if (m->offset[i])
            buf_printf(&m->b, "%d 1\n%010zu 00000 n \n", i, m->offset[i]);
    buf_printf(&m->b, "trailer\n<</Size %d /Root 1 0 R %s", MOST, keys);
    if (m->before)
        buf_printf(&m->b, "/Prev %zu", m->before);
    buf_printf(&m->b, ">>\nstartxref\n%zu\n%%%%EOF\n", at);
    m->before = at;
    memset(m->offset, 0, sizeof m->offset);
}

static const char jpeg[] = "\xFF\xD8\xFF\xFE\0\x0APLANTED!"
                           "\xFF\xC0\0\x0B\x08\0\x10\0\x10\x01\x01\x11\0"
                           "\xFF\xDA\0\x08\x01\x01\0\0\x3F\0\x12\x34\xFF\xD9";
static const char font[] = "\0\1\0\0\0\2\0\x20\0\1\0\0"
                           "glyf\0\0\0\0\0\0\0\x2C\0\0\0\4"
                           "name\0\0\0\0\0\0\0\x30\0\0\0\7"
                           "\1\2\3\4PLANTED";

static const char content[] =
    "% PLANTED comment\nq /F1 12 Tf (The fees) Tj ET\n"
    "/Artifact <</Owner (PLANTED)>> BDC 0 0 m EMC\n"
    "/Span <</ActualText (300 yuan) /Lang (PLANTED)>> BDC (x) Tj EMC /OC /MC0 BDC EMC\n"
    "BI /W 2 /H 1 /BPC 8 /CS /G ID \x01\x02 EI\nQ /Im1 Do";

// Pages and all they draw; Contents are object 5.
static void make_pages(struct making *m)
{
    object(m, 1,
           "<</Type/Catalog/Pages 2 0 R/Metadata 20 0 R/Lang(PLANTED)/OpenAction 21 0 R"
           "/Names<</EmbeddedFiles<</Names[(PLANTED.doc) 22 0 R]>>/JavaScript<</Names"
           "[(PLANTED) 21 0 R]>>>>/PieceInfo<</PLANTED 1>>/Outlines<</Title(PLANTED)>>"
           "/AcroForm<</Fields[8 0 R]>>/OCProperties<</OCGs[]/D<</OFF[]>>>>>>");
    object(m, 2,
           "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 200 100]/Resources 6 0 R>>");
    object(m, 3,
           "<</Type/Page/Parent 2 0 R/Contents[5 0 R]/Thumb 12 0 R/Metadata 20 0 R"
           "/LastModified(PLANTED)/AA<</O 21 0 R>>/Annots[8 0 R 9 0 R 10 0 R]>>");
    object(
        m, 6,
        "<</Font<</F1 11 0 R>>/XObject<</Im1 12 0 R/Fo#31 13 0 R>>/Properties<</MC0<<"
        "/Name(PLANTED)>>>>/ColorSpace<</C1[/ICCBased 14 0 R]/C2[/Indexed[/ICCBased 14 "
        "0 R]1 15 0 R]>>/ExtGState<</G1<</ca .5/SMask<</S/Alpha/G 13 0 R>>>>>>>>");
    object(
        m, 8,
        "<</Subtype/Widget/T(PLANTED)/V(PLANTED)/Rect[1 2 3 4]/AS/On/AP<</N<</On 13 0 R"
        ">>>>>>");
    object(
        m, 9,
        "<</Subtype/Text/T(PLANTED Li Ming)/Contents(PLANTED)/M(D:PLANTED)/Rect[5 6 7 8]"
        "/AP<</N 13 0 R>>/Popup 10 0 R>>");
    object(m, 10, "<</Subtype/Popup/Rect[0 0 1 1]/Contents(PLANTED)/AP<</N 13 0 R>>>>");
    object(m, 11,
           "<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+Song/FirstChar 32/LastChar 33"
           "/Widths[500 600]/FontDescriptor 16 0 R/ToUnicode 17 0 R/PLANTED 1>>");
    stream(
        m, 12,
        "/Subtype/Image/Width 16/Height 16/BitsPerComponent 8/ColorSpace[/ICCBased 14 0 "
        "R]/Filter/DCTDecode/Metadata 20 0 R/Name/PLANTED",
        jpeg, sizeof jpeg - 1, false);
    text_stream(m, 13,
                "/Subtype/Form/BBox[0 0 9 9]/PieceInfo<</PLANTED 1>>/Group<</S"
                "/Transparency>>",
                "%PLANTED\n0 0 9 9 re f");
    text_stream(m, 14, "/N 3", "a profile of PLANTED");
    text_stream(m, 15, "", "abcdef");
    object(m, 16,
           "<</Type/FontDescriptor/FontName/ABCDEF+Song/Flags 4/FontFile2 18 0 R"
           "/FontFamily(PLANTED)>>");
    text_stream(m, 17, "",
                "%%Creator PLANTED\n/CMapName /X def 1 beginbfchar <20> <4E2D> "
                "endbfchar");
    stream(m, 18, "/Length1 55", font, sizeof font - 1, m->packed);
    text_stream(m, 20, "/Type/Metadata", "<x:xmpmeta>PLANTED</x:xmpmeta>");
    object(m, 21, "<</S/JavaScript/JS(app.alert('PLANTED'))>>");
    object(m, 22, "<</Type/Filespec/F(PLANTED.doc)/EF<</F 20 0 R>>>>");
    object(m, 23,
           "<</Author(PLANTED Li Ming)/Producer(PLANTED)/CreationDate(D:PLANTED)>>");
}

#define INFO "/Info 23 0 R/ID[<504C414E544544><504C414E544544>]"

static void make(struct making *m, bool packed)
{
    *m = (struct making){.b = BUF_INIT(1 << 20), .packed = packed};
    buf_add_c(&m->b, "%PDF-1.4\n%PLANTED\n");
    make_pages(m);
    text_stream(m, 5, "", "(PLANTED: what stood here first) Tj");
    end_table(m, INFO);
    text_stream(m, 5, "", content); // saved again
    end_table(m, INFO);
    buf_add_c(&m->b, "PLANTED behind the end\n");
}

// The same pages with the small objects in an object stream, and the cross-reference in a
// stream with a predictor.
static void make_new(struct making *m)
{
    struct making old;
    struct buf head = BUF_INIT(10000), body = BUF_INIT(10000), rows = BUF_INIT(10000);
    int index[MOST] = {0}, n = 0;
    make(&old, true);
    *m = (struct making){.b = BUF_INIT(1 << 20), .packed = true};
    buf_add_c(&m->b, "%PDF-1.5\n");
    make_pages(m);
    text_stream(m, 5, "", content);
    for (int i = 1; i < 40; i++) { // those without a stream move
        if (!m->offset[i])
            continue;
        char mark[16];
        int k = snprintf(mark, sizeof mark, "%d 0 obj\n", i);
        const char *from = m->b.p + m->offset[i] + k;
        const char *to = memmem(from, m->b.n - (size_t)(from - m->b.p), "endobj", 6);
        if (memmem(from, (size_t)(to - from), "stream", 6))
            continue;
        buf_printf(&head, "%d %zu ", i, body.n);
        buf_add(&body, (struct str){from, (size_t)(to - from)});
        memset(m->b.p + m->offset[i], ' ', (size_t)(to + 6 - m->b.p) - m->offset[i]);
        m->offset[i] = 0;
        index[i] = ++n;
    }
    char keys[200];
    snprintf(keys, sizeof keys, "/Type/ObjStm/N %d/First %zu", n, head.n);
    buf_add(&head, buf_str(&body));
    stream(m, 40, keys, head.p, head.n, true);
    size_t at = m->b.n;
    m->offset[41] = at;
    unsigned char above[6] = {0};
    for (int i = 0; i < 42; i++) {
        unsigned where = index[i] ? 40 : (unsigned)m->offset[i];
        unsigned char row[6] = {index[i]       ? 2
                                : m->offset[i] ? 1
                                               : 0,
                                (unsigned char)(where >> 16),
                                (unsigned char)(where >> 8),
                                (unsigned char)where,
                                0,
                                (unsigned char)(index[i] ? index[i] - 1 : 0)};
        buf_add_char(&rows, 2); // "up"
        for (int k = 0; k < 6; k++)
            buf_add_char(&rows, (char)(row[k] - above[k]));
        memcpy(above, row, sizeof row);
    }
    stream(m, 41,
           "/Type/XRef/Size 42/W[1 3 2]/Root 1 0 R" INFO
           "/DecodeParms<</Predictor 12/Columns 6>>",
           rows.p, rows.n, true);
    buf_printf(&m->b, "startxref\n%zu\n%%%%EOF\n", at);
    buf_free(&head);
    buf_free(&body);
    buf_free(&rows);
    buf_free(&old.b);
}

static struct strip_result stripped(struct str bytes)
{
    struct strip_result out;
    if (strip_file(bytes, &arena, &out, &error))
        fail_msg("%s", error.text);
    assert_int_equal(out.kind, STRIP_PDF);
    return out;
}

// The file with what its streams unpack to behind it.
static void unpack_streams(struct str s, struct buf *out)
{
    buf_clear(out);
    buf_add(out, s);
    for (size_t at = 0; at + 8 < s.n; at++) {
        if (memcmp(s.p + at, "\nstream", 7) != 0)
            continue;
        unsigned char room[65536];
        size_t begin = at + (s.p[at + 7] == '\r' ? 9 : 8);
        uLong n = sizeof room, used = s.n - begin;
        if (uncompress2(room, &n, (const Bytef *)s.p + begin, &used) == Z_OK)
            buf_add(out, (struct str){(const char *)room, n});
    }
}

static void check_whole(struct str bytes)
{
    static const char *const keeps[] = {
        "(The fees) Tj",  "/ActualText (300 yuan)", "/Artifact BMC", "ID \x01\x02",
        "0 0 9 9 re",     "/ABCDEF+Song",           "<4E2D>",        "abcdef",
        "[0 0 200 100 ]", "/Subtype /Stamp",        "/Fo1 ",         "/DeviceRGB",
        "\1\2\3\4"};
    struct buf whole = BUF_INIT(1 << 22);
    struct strip_result out = stripped(bytes);
    unpack_streams(out.bytes, &whole);
    if (has_bytes(buf_str(&whole), PLANTED) || has_bytes(buf_str(&whole), "504C414E"))
        fail_msg("%s", buf_c(&whole));
    for (size_t i = 0; i < sizeof keeps / sizeof *keeps; i++)
        if (!has_bytes(buf_str(&whole), keeps[i]))
            fail_msg("%s is not in %s", keeps[i], buf_c(&whole));
    assert_true(memmem(buf_str(&whole).p, whole.n, jpeg + 14, sizeof jpeg - 15) !=
                NULL); // the picture
    size_t stamps = 0;
    for (size_t i = 0; i + 6 < out.bytes.n; i++)
        stamps += memcmp(out.bytes.p + i, "/Stamp", 6) == 0;
    assert_int_equal(stamps, 2); // the field and the note; no popup
    struct strip_result again = stripped(out.bytes);
    struct strip_result third = stripped(again.bytes);
    assert_true(str_equal(again.bytes, third.bytes));
    buf_free(&whole);
}

static void nothing_planted_is_left(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct making m;
        struct buf whole = BUF_INIT(1 << 22);
        if (i < 2)
            make(&m, i);
        else
            make_new(&m);
        unpack_streams(buf_str(&m.b), &whole);
        assert_true(
            has_bytes(buf_str(&whole), "profile of PLANTED")); // the look finds it
        check_whole(buf_str(&m.b));
        buf_free(&whole);
        buf_free(&m.b);
    }
}

static void refuses(const char *catalog, const char *trailer, const char *page,
                    const char *key, const char *said)
{
    struct making m = {.b = BUF_INIT(1 << 20)};
    struct strip_result out;
    buf_add_c(&m.b, "%PDF-1.4\n");
    struct str text = str_format(&arena, "<</Type/Catalog/Pages 2 0 R%s>>", catalog);
    object(&m, 1, text.p);
    object(&m, 2, "<</Type/Pages/Count 1/Kids[3 0 R]>>");
    object(&m, 3, page);
    text_stream(&m, 5, "", "0 0 m");
    end_table(&m, trailer);
    assert_int_equal(strip_file(buf_str(&m.b), &arena, &out, &error), ERR_INPUT);
    if (strcmp(error.key, key) != 0 || !strstr(error.text, said) || !error.cure[0])
        fail_msg("%s", error.text);
    buf_free(&m.b);
}

#define PAGE "<</Type/Page/Contents 5 0 R>>"

static void what_cannot_be_cleaned_is_refused_in_words(void **state)
{
    (void)state;
    const char *part = "strip.part", *damaged = "strip.damaged";
    refuses("", "/Encrypt<</Filter/Standard>>", PAGE, part, "a lock");
    refuses("/AcroForm<</XFA 5 0 R>>", "", PAGE, part, "XFA");
    refuses("/AcroForm<</NeedAppearances true>>", "", PAGE, part, "not drawn");
    refuses("/OCProperties<</D<</OFF[5 0 R]>>>>", "", PAGE, part, "hidden");
    refuses("/Collection<<>>", "", PAGE, part, "portfolio");
    refuses("", "", "<</Kids[2 0 R]>>", damaged, "circle");
    refuses("", "", "<</Contents 5 0 R/Resources<</ColorSpace<</A[/What]>>>>>>", damaged,
            "colour");
    struct strip_result out;
    assert_int_equal(strip_file(STR("%PDF-1.7 hello"), &arena, &out, &error), ERR_INPUT);
    assert_string_equal(error.key, damaged);
}

// Deep, endless and swollen files are refused, in little time.
static void nothing_is_without_end(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(8 << 20);
    struct strip_result out;
    buf_add_c(&b, "%PDF-1.4\n1 0 obj\n");
    for (int i = 0; i < 1000000; i++)
        buf_add_char(&b, '[');
    size_t at = b.n;
    buf_printf(
        &b,
        "\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Root 1 "
        "0 R>>\nstartxref\n%zu\n%%%%EOF\n",
        at);
    assert_int_equal(strip_file(buf_str(&b), &arena, &out, &error), ERR_INPUT);
    buf_clear(&b); // a cross-reference before itself
    buf_add_c(
        &b, "%PDF-1.4\nxref\n0 0\ntrailer\n<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF");
    assert_int_equal(strip_file(buf_str(&b), &arena, &out, &error), ERR_INPUT);

    enum { SWOLLEN = 40 << 20 };
    char *zeros = calloc(SWOLLEN, 1), *room = malloc(1 << 20);
    uLong n = 1 << 20;
    memset(zeros, ' ', SWOLLEN);
    assert_int_equal(compress2((Bytef *)room, &n, (const Bytef *)zeros, SWOLLEN, 9),
                     Z_OK);
    struct making m = {.b = BUF_INIT(1 << 22)};
    buf_add_c(&m.b, "%PDF-1.4\n");
    object(&m, 1, "<</Type/Catalog/Pages 2 0 R>>");
    object(&m, 2, "<</Type/Pages/Count 1/Kids[3 0 R]>>");
    object(&m, 3, PAGE);
    stream(&m, 5, "/Filter/FlateDecode", room, n, false);
    end_table(&m, "");
    assert_int_equal(strip_file(buf_str(&m.b), &arena, &out, &error), ERR_LIMIT);
    free(zeros);
    free(room);
    buf_free(&b);
    buf_free(&m.b);
}

static void half_and_altered_files_do_no_harm(void **state)
{
    (void)state;
    const uint64_t seed = 20261124;
    struct rng rng = rng_seed(seed);
    int taken = 0, refused = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int k = 0; k < 3; k++) {
        struct making m;
        if (k < 2)
            make(&m, k);
        else
            make_new(&m);
        for (int i = 0; i < 200; i++) {
            struct arena a;
            struct strip_result out;
            arena_init(&a, 0);
            size_t n = i % 4 ? m.b.n : rng_below(&rng, m.b.n);
            char *copy = malloc(n + !n);
            memcpy(copy, m.b.p, n);
            for (int c = i % 4 ? 1 + (int)rng_below(&rng, 4) : 0; c > 0 && n; c--)
                copy[rng_below(&rng, n)] =
                    "0123456789/<>[]()R obj%\0\xFF"[rng_below(&rng, 25)];
            enum err code = strip_file((struct str){copy, n}, &a, &out, &error);
            assert_true(code == ERR_OK || code == ERR_INPUT);
            if (!code && out.kind == STRIP_PDF) {
                struct strip_result again; // what is given out is a whole file
                if (strip_file(out.bytes, &a, &again, &error))
                    fail_msg("%s", error.text);
            }
            *(code ? &refused : &taken) += 1;
            free(copy);
            arena_free(&a);
        }
        buf_free(&m.b);
    }
    print_message("%d taken, %d refused\n", taken, refused);
    assert_true(taken > 40 && refused > 150);
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    struct making m;
    bool done = false;
    make_new(&m);
    for (int64_t n = 0; n < 3000 && !done; n++) {
        struct strip_result out;
        struct arena a;
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = strip_file(buf_str(&m.b), &a, &out, &error);
        mem_fail_after(-1);
        if (code != ERR_OK && code != ERR_MEMORY)
            fail_msg("%d: %s", (int)n, error.text);
        done = !code;
        arena_free(&a);
    }
    assert_true(done);
    buf_free(&m.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_planted_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_cleaned_is_refused_in_words, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_is_without_end, setup, teardown),
        cmocka_unit_test_setup_teardown(half_and_altered_files_do_no_harm, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(want_of_memory_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
