// SPDX-License-Identifier: AGPL-3.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "serve/multipart.h"

static const char type[] = "multipart/form-data; boundary=\"a b\"";
static const char body[] =
    "preamble\r\n--a b\r\n"
    "content-disposition: form-data; name=\"one\"; filename=\"a\\\"%22.png\"\r\n"
    "Content-Type: image/png\r\n\r\n"
    "\x89PNG\r\n--a c\r\n\r\n--a b \r\n"
    "Content-Disposition: form-data; name=two\r\n\r\n"
    "\r\n--a b--\r\nepilogue";

static void parts(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    struct multipart_part *list;
    size_t n;
    arena_init(&a, 0);
    assert_ok(multipart_read(&a, str_of(type), str_of(body), &list, &n, &e));
    assert_int_equal(n, 2);
    assert_true(str_equal_c(list[0].name, "one"));
    assert_true(str_equal_c(list[0].filename, "a\"\".png"));
    assert_true(str_equal_c(list[0].type, "image/png"));
    assert_true(str_equal_c(list[0].bytes, "\x89PNG\r\n--a c\r\n"));
    assert_true(str_equal_c(list[1].name, "two"));
    assert_null(list[1].filename.p);
    assert_int_equal(list[1].bytes.n, 0);
    arena_free(&a);
}

// Every beginning of a body is refused, or has the parts that are whole and says so: only
// one that ends behind the last boundary is taken.
static void half(void **state)
{
    (void)state;
    size_t end = sizeof body - 1 - strlen("\r\nepilogue");
    for (size_t cut = 0; cut <= sizeof body - 1; cut++) {
        struct arena a;
        struct error e = {0};
        struct multipart_part *list;
        size_t n;
        char *copy = malloc(cut + 1); // so that one byte too far is noticed
        memcpy(copy, body, cut);
        arena_init(&a, 0);
        enum err code =
            multipart_read(&a, str_of(type), (struct str){copy, cut}, &list, &n, &e);
        assert_int_equal(code, cut < end ? ERR_INPUT : ERR_OK);
        arena_free(&a);
        free(copy);
    }
}

static void bad(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"text/xml", "--x\r\n\r\n\r\n--x--"},
        {"multipart/form-data", "--x--"},
        {"multipart/form-data; boundary=", "--x--"},
        {"multipart/form-data; boundary=x", ""},
        {"multipart/form-data; boundary=x", "--y--"},
        {"multipart/form-data; boundary=x", "--x\r\nContent-Type: a/b\r\n\r\n1\r\n--x--"},
        {"multipart/form-data; boundary=x", "--xx\r\n\r\n--x--"},
        {"multipart/form-data; boundary=x",
         "--x\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n1\r\n--x--"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a;
        struct error e = {0};
        struct multipart_part *list;
        size_t n;
        arena_init(&a, 0);
        assert_int_equal(
            multipart_read(&a, str_of(cases[i][0]), str_of(cases[i][1]), &list, &n, &e),
            ERR_INPUT);
        assert_true(e.text[0] != '\0');
        arena_free(&a);
    }
}

static void too_many(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    struct multipart_part *list;
    size_t n;
    struct buf text = BUF_INIT(1 << 20);
    for (int i = 0; i <= MULTIPART_MAX_PARTS; i++)
        buf_add_c(&text, "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n");
    buf_add_c(&text, "--x--");
    arena_init(&a, 0);
    assert_int_equal(multipart_read(&a, STR("multipart/form-data; boundary=x"),
                                    buf_str(&text), &list, &n, &e),
                     ERR_LIMIT);
    arena_free(&a);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts), cmocka_unit_test(half),
                                       cmocka_unit_test(bad), cmocka_unit_test(too_many)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
