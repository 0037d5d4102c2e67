// SPDX-License-Identifier: AGPL-3.0-or-later
// Attached files: what a file is by its content, the chain of what was done, every byte
// proved.
#include "county_test.h"

#include "base/chain.h"
#include "base/rng.h"
#include "register/attachment.h"
#include "register/imports.h"

static const struct reg *births;
static int64_t row;

static int setup(void **state)
{
    (void)state;
    make_county("minimal");
    import_ok("areas",
              write_text("areas.csv", "code,name,level,parent\n340221,县,county,\n"
                                      "340221100,湾沚镇,township,340221\n"
                                      "340221101,六郎镇,township,340221\n"),
              "");
    import_ok("births",
              write_text("b.csv", "certificate,sex,born_on,residence\n"
                                  "A1,m,2014-01-05,湾沚镇\nA2,f,2014-02-05,六郎镇\n"),
              "");
    assert_ok(county_register(county, STR("births"), &births, &error));
    row = ask("SELECT id FROM r_births WHERE certificate = 'A1'");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_county();
    return 0;
}

static enum err attach(const char *name, const char *text, struct attachment *out,
                       bool *repeated)
{
    error = (struct error){0};
    return attachment_add(county, &who, births, row,
                          &(struct attachment_new){.name = str_of(name)},
                          write_text("upload", text), &arena, out, repeated, &error);
}

static void test_attach_and_strike(void **state)
{
    (void)state;
    struct attachment a, b, *list;
    struct str bytes;
    bool repeated;
    size_t n;
    assert_ok(attach("C:\\forms\\note.txt", "hello", &a, &repeated));
    assert_false(repeated);
    assert_true(str_equal_c(a.name, "note.txt"));
    assert_int_equal(a.kind, SNIFF_TEXT);
    assert_int_equal(a.size, 5);
    struct chain_hash hash = chain_hash_of(STR("hello"));
    assert_memory_equal(a.hash, hash.bytes, ATTACHMENT_HASH);
    assert_ok(attach("note.txt", "hello", &b, &repeated));
    assert_true(repeated);
    assert_int_equal(b.id, a.id);
    assert_ok(attach("other.txt", "hello", &b, &repeated));
    assert_false(repeated);
    assert_int_equal(ask("SELECT count(*) FROM heng_blobs"), 1);
    assert_ok(attachment_list(county, &who, births, row, &arena, &list, &n, &error));
    assert_int_equal(n, 2);
    assert_ok(attachment_get(county, &who, a.id, &arena, &b, &bytes, &error));
    assert_true(str_equal_c(bytes, "hello"));
    assert_int_equal(attachment_strike(county, &who, a.id, STR(" "), &error), ERR_INPUT);
    assert_ok(attachment_strike(county, &who, a.id, STR("wrong row"), &error));
    assert_int_equal(attachment_strike(county, &who, a.id, STR("again"), &error),
                     ERR_NOT_FOUND);
    assert_int_equal(attachment_get(county, &who, a.id, &arena, &b, &bytes, &error),
                     ERR_NOT_FOUND);
    assert_ok(attachment_list(county, &who, births, row, &arena, &list, &n, &error));
    assert_int_equal(n, 1);
    struct history_report report;
    assert_ok(history_verify(county, &arena, &report, &error));
    assert_int_equal(report.attachments, 3);
    unsigned char head[ATTACHMENT_HASH];
    struct chain_hash last;
    struct conn *c;
    int64_t seq;
    assert_true(chain_from_hex(str_of(report.attachments_head), &last));
    memcpy(head, last.bytes, sizeof head);
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(attachment_find(c, head, &seq, &error));
    assert_int_equal(seq, 3);
    head[0] ^= 1;
    assert_ok(attachment_find(c, head, &seq, &error));
    assert_int_equal(seq, 0);
    store_read_end(c);
    // struck, it may be attached anew
    assert_ok(attach("note.txt", "hello", &a, &repeated));
    assert_false(repeated);
    // rows with files hold their import
    struct imports_entry *imports;
    struct imports_undone undone;
    int64_t next;
    assert_ok(imports_list(county, &who, 0, 10, &arena, &imports, &n, &next, &error));
    assert_int_equal(imports_undo(county, &who, imports[0].id, STR("x"), &undone, &error),
                     ERR_CONFLICT);
    assert_non_null(strstr(error.text, "attached"));
    assert_sound();
}

static void test_access(void **state)
{
    (void)state;
    struct attachment a, *list;
    struct str bytes;
    bool repeated;
    size_t n;
    assert_ok(attach("note.txt", "hello", &a, &repeated));
    struct access other = with_own_grant(&who);
    own_grant.area = ask("SELECT id FROM r_areas WHERE code = '340221101'");
    other.n_grants = 1;
    assert_int_equal(attachment_get(county, &other, a.id, &arena, &a, &bytes, &error),
                     ERR_NOT_FOUND);
    assert_int_equal(
        attachment_list(county, &other, births, row, &arena, &list, &n, &error),
        ERR_NOT_FOUND);
    assert_int_equal(attachment_strike(county, &other, a.id, STR("x"), &error),
                     ERR_NOT_FOUND);
    assert_int_equal(attachment_add(county, &other, births, row,
                                    &(struct attachment_new){.name = STR("x.txt")},
                                    write_text("upload", "x"), &arena, &a, &repeated,
                                    &error),
                     ERR_NOT_FOUND);
    own_grant.area = 0; // may read there, not write
    own_grant.writes_rows = 0;
    assert_int_equal(attachment_strike(county, &other, a.id, STR("x"), &error),
                     ERR_FORBIDDEN);
    own_grant.reads_rows = 0;
    assert_int_equal(attachment_get(county, &other, a.id, &arena, &a, &bytes, &error),
                     ERR_NOT_FOUND);
}

static void test_many(void **state)
{
    (void)state;
    struct attachment a;
    bool repeated;
    char name[24], text[24];
    for (int i = 0; i < ATTACHMENT_PER_ROW; i++) {
        snprintf(name, sizeof name, "%d.txt", i);
        snprintf(text, sizeof text, "file %d", i);
        assert_ok(attach(name, text, &a, &repeated));
    }
    assert_int_equal(attach("more.txt", "one more", &a, &repeated), ERR_LIMIT);
    assert_ok(attach("0.txt", "file 0", &a, &repeated));
    assert_true(repeated);
    assert_int_equal(attach("none.txt", "", &a, &repeated), ERR_INPUT);
    assert_sound();
}

static void test_tampering(void **state)
{
    (void)state;
    static const struct {
        const char *change, *problem;
    } cases[] = {
        {"UPDATE heng_blobs SET bytes = x'00' WHERE bytes = x'6F6E65'", "bytes"},
        {"DELETE FROM heng_blobs WHERE bytes = x'6F6E65'", "lost its bytes"},
        {"UPDATE heng_attachments SET name = 'x' WHERE id = 1", "as its history says"},
        {"UPDATE heng_attachments SET row = row + 1 WHERE id = 1", "as its history says"},
        {"UPDATE heng_attachments SET struck_at = NULL WHERE id = 2",
         "without its history"},
        {"UPDATE heng_attachments SET struck_at = 1 WHERE id = 1", "without its history"},
        {"DELETE FROM heng_attachments WHERE id = 1", "as its history says"},
        {"INSERT INTO heng_attachments SELECT 9, register, row, name, kind, hash, size, "
         "at, who, NULL, item FROM heng_attachments WHERE id = 1",
         "without its history"},
        {"UPDATE heng_attachment_log SET reason = 'x' WHERE seq = 3", "entry 3"},
        {"UPDATE heng_attachment_log SET at = at + 1 WHERE seq = 1", "entry 1"},
        {"UPDATE heng_attachment_log SET hash = zeroblob(32) WHERE seq = 2", "entry 2"},
        {"DELETE FROM heng_attachment_log WHERE seq = 2", "no entry 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attachment a;
        struct history_report report;
        bool repeated;
        if (i) {
            teardown(NULL);
            setup(NULL);
        }
        assert_ok(attach("1.txt", "one", &a, &repeated));
        assert_ok(attach("2.txt", "two", &a, &repeated));
        assert_ok(attachment_strike(county, &who, a.id, STR("blurred"), &error));
        assert_sound();
        tamper("PRAGMA foreign_keys = OFF");
        tamper(cases[i].change);
        error = (struct error){0};
        assert_int_equal(history_verify(county, &arena, &report, &error), ERR_CORRUPT);
        if (!strstr(error.text, cases[i].problem))
            fail_msg("%s: %s", cases[i].change, error.text);
    }
}

// --- by content

#define BYTES(literal) ((struct str){literal, sizeof(literal) - 1})

static void test_sniff(void **state)
{
    (void)state;
    static const struct {
        struct str bytes;
        const char *name;
        enum sniff_kind kind;
    } cases[] = {
        {BYTES("\xFF\xD8\xFF\xE0 picture \xFF\xD9"), "a.jpg", SNIFF_JPEG},
        {BYTES("\xFF\xD8\xFF\xE0 picture"), "a.jpg", SNIFF_DAMAGED},
        {BYTES("\xFF\xD8\xFF"), "a.jpg", SNIFF_DAMAGED},
        {BYTES("\x89PNG\r\n\x1A\n\0\0\0\rIHDR"), "a.png", SNIFF_DAMAGED},
        {BYTES("%PDF-1.4\n%%EOF\n"), "a.png", SNIFF_PDF},
        {BYTES("%PDF-"), "a.pdf", SNIFF_DAMAGED},
        {BYTES("PK\3\4 nothing more"), "a.zip", SNIFF_DAMAGED},
        {BYTES("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "a.zip", SNIFF_ZIP},
        // one entry is said to be there
        {BYTES("PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\0\0"), "a.zip", SNIFF_DAMAGED},
        {BYTES("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\0\0"), "a.zip",
         SNIFF_DAMAGED},
        {BYTES("a,b\n1,2\n"), "A.CSV", SNIFF_CSV},
        {BYTES("a,b\n1,2\n"), "a", SNIFF_TEXT},
        {BYTES("\xD6\xD0\xCE\xC4"), "gb.txt", SNIFF_TEXT},
        {BYTES("\xFF\xFE\x2D\x4E"), "utf16.txt", SNIFF_TEXT},
        {BYTES("a\0b"), "a.txt", SNIFF_BYTES},
        {BYTES("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "a.doc", SNIFF_BYTES},
        {BYTES("MZ\x90\0"), "a.txt", SNIFF_ACTIVE},
        {BYTES("\x7F"
               "ELF\2"),
         "a", SNIFF_ACTIVE},
        {BYTES("#!/bin/sh\n"), "a", SNIFF_ACTIVE},
        {BYTES("  \n <HTML>"), "a.txt", SNIFF_ACTIVE},
        {BYTES("<\0s\0c\0r\0i\0p\0t\0>\0"), "a.txt", SNIFF_ACTIVE},
        {BYTES("x <SvG onload=1>"), "a.png", SNIFF_ACTIVE},
        {BYTES("<?xml version='1.0'?>"), "a.txt", SNIFF_ACTIVE},
        {BYTES("a < b and c > d"), "a.txt", SNIFF_TEXT},
        {BYTES("plain"), "a.exe", SNIFF_ACTIVE},
        {BYTES("plain"), "a.Exe. .", SNIFF_ACTIVE},
        {BYTES("plain"), "exe", SNIFF_TEXT},
        {BYTES(""), "", SNIFF_TEXT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *what;
        enum sniff_kind kind = sniff(cases[i].bytes, str_of(cases[i].name), &what);
        if (kind != cases[i].kind)
            fail_msg("case %zu (%s): %d, not %d", i, cases[i].name, kind, cases[i].kind);
        assert_true((what != NULL) == (kind >= SNIFF_ACTIVE));
        assert_non_null(sniff_type(kind));
    }
}

// Cut, turned and invented files: any answer, but no byte outside is read (the sanitizer
// watches), and what is whole only in part is never taken for a ZIP with parts.
static void test_sniff_any_bytes(void **state)
{
    (void)state;
    static const struct str begins[] = {BYTES("PK\3\4"),
                                        BYTES("PK\5\6"),
                                        BYTES("%PDF-"),
                                        BYTES("\xFF\xD8\xFF"),
                                        BYTES("\x89PNG\r\n\x1A\n"),
                                        BYTES("")};
    struct rng rng = rng_seed(20140720);
    print_message("# seed 20140720\n");
    for (int i = 0; i < 20000; i++) {
        struct str begin = begins[rng_below(&rng, 6)];
        size_t n = rng_below(&rng, 200);
        char *p = mem_alloc(n + begin.n, 1); // of just this size
        assert_non_null(p);
        memcpy(p, begin.p, begin.n);
        for (size_t k = 0; k < n; k++)
            p[begin.n + k] = rng_chance(&rng, 0.5) ? (char)rng_below(&rng, 256)
                                                   : "PK\1\2\5\6<%E"[rng_below(&rng, 9)];
        const char *what;
        enum sniff_kind kind =
            sniff((struct str){p, n + begin.n}, STR("name.txt"), &what);
        assert_true(kind != SNIFF_XLSX && kind != SNIFF_DOCX);
        mem_free(p);
    }
}

static void test_want_of_memory(void **state)
{
    (void)state;
    struct attachment a;
    bool repeated;
    assert_ok(attach("first.txt", "first", &a, &repeated));
    enum err code = ERR_MEMORY;
    int64_t n = 0;
    for (; code == ERR_MEMORY && n < 1000; n++) {
        struct arena own;
        arena_init(&own, 0);
        write_text("upload", "second");
        char path_[160];
        snprintf(path_, sizeof path_, "%s/upload", folder);
        error = (struct error){0};
        mem_fail_after(n);
        code = attachment_add(county, &who, births, row,
                              &(struct attachment_new){.name = STR("second.txt")}, path_,
                              &own, &a, &repeated, &error);
        mem_fail_after(-1);
        arena_free(&own);
    }
    assert_ok(code);
    assert_true(n > 3);
    assert_int_equal(ask("SELECT count(*) FROM heng_attachments"), 2);
    assert_sound();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_attach_and_strike, setup, teardown),
        cmocka_unit_test_setup_teardown(test_access, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tampering, setup, teardown),
        cmocka_unit_test_setup_teardown(test_want_of_memory, setup, teardown),
        cmocka_unit_test(test_sniff),
        cmocka_unit_test(test_sniff_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
