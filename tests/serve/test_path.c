// SPDX-License-Identifier: AGPL-3.0-or-later
// Addresses: decoding, what is refused, finding a route, languages.
#include "../tap.h"
#include "serve/path.h"

#include <string.h>

static struct error e;
static struct arena a;

static enum err read_path(const char *text, struct path *out)
{
    return path_read(&a, str_of(text), out, &e);
}

static void paths_are_decoded(void **state)
{
    (void)state;
    struct path p;
    assert_ok(read_path("/", &p));
    assert_int_equal(p.n, 0);
    assert_ok(read_path("/api/areas", &p));
    assert_int_equal(p.n, 2);
    assert_true(str_equal(p.segments[0], STR("api")));
    assert_ok(read_path("/a%20b/%E5%BA%86/c+d/", &p));
    assert_int_equal(p.n, 4);
    assert_true(str_equal(p.segments[0], STR("a b")));
    assert_true(str_equal(p.segments[1], STR("\xE5\xBA\x86")));
    assert_true(str_equal(p.segments[2], STR("c+d")));
    assert_int_equal(p.segments[3].n, 0);
}

static void bad_paths_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "*",
        "api",
        "http://x/api",
        "//",
        "/a//b",
        "/.",
        "/..",
        "/a/../b",
        "/a/%2e%2e/b",
        "/%2E",
        "/a%2fb",
        "/a%2Fb",
        "/a%5cb",
        "/a\\b",
        "/%",
        "/%4",
        "/a%zz",
        "/a%0",
        "/%00",
        "/a%00b",
        "/a%0ab",
        "/a%7f",
        "/%ff",
        "/%c0%af",
        "/%E5%BA",
        "/\xff",
        "/%ed%a0%80",
        "/%f4%90%80%80",
        "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
    };
    struct path p;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_path(bad[i], &p) != ERR_INPUT)
            fail_msg("taken: %s", bad[i]);
}

static void queries_are_decoded(void **state)
{
    (void)state;
    struct path_pair *q;
    size_t n;
    assert_ok(path_query(&a, STR(""), &q, &n, &e));
    assert_int_equal(n, 0);
    assert_ok(path_query(&a, STR("a=1&b=x+y%2B&&c&=d&a=2&e=f=g"), &q, &n, &e));
    static const char *const expected[][2] = {{"a", "1"}, {"b", "x y+"}, {"c", ""},
                                              {"", "d"},  {"a", "2"},    {"e", "f=g"}};
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        assert_true(str_equal_c(q[i].name, expected[i][0]));
        assert_true(str_equal_c(q[i].value, expected[i][1]));
    }
    static const char *const bad[] = {"a=%", "a=%1", "%gg=1", "a=%00", "a=%ff", "a=%c3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(path_query(&a, str_of(bad[i]), &q, &n, &e), ERR_INPUT);
    char many[2 * PATH_MAX_QUERY + 4];
    memset(many, '&', sizeof many);
    assert_int_equal(path_query(&a, (struct str){many, PATH_MAX_QUERY}, &q, &n, &e),
                     ERR_INPUT);
    assert_ok(path_query(&a, (struct str){many, PATH_MAX_QUERY - 1}, &q, &n, &e));
    assert_int_equal(n, 0);
}

static const struct route list[] = {
    {.method = METHOD_GET, .path = "/api/r/{register}/rows/{id}"},
    {.method = METHOD_PATCH, .path = "/api/r/{register}/rows/{id}"},
    {.method = METHOD_POST, .path = "/api/r/{register}/rows/batch"},
    {.method = METHOD_GET, .path = "/api/r/{register}/rows"},
    {.method = METHOD_GET, .path = "/api/r/births/rows"},
};

static const struct route *find(enum method m, const char *text, unsigned *allowed)
{
    static struct path p;
    assert_ok(read_path(text, &p));
    return path_route(list, sizeof list / sizeof *list, m, &p, allowed);
}

static void routes_are_found(void **state)
{
    (void)state;
    unsigned allowed;
    struct path p;
    assert_ptr_equal(find(METHOD_GET, "/api/r/b/rows/7", &allowed), &list[0]);
    assert_int_equal(allowed, 1u << METHOD_GET | 1u << METHOD_PATCH);
    assert_ptr_equal(find(METHOD_POST, "/api/r/b/rows/batch", &allowed), &list[2]);
    assert_ptr_equal(find(METHOD_GET, "/api/r/b/rows/batch", &allowed), &list[0]);
    assert_ptr_equal(find(METHOD_GET, "/api/r/b/rows", &allowed), &list[3]);
    assert_ptr_equal(find(METHOD_GET, "/api/r/births/rows", &allowed), &list[4]);
    assert_null(find(METHOD_DELETE, "/api/r/b/rows", &allowed));
    assert_int_equal(allowed, 1u << METHOD_GET);
    assert_null(find(METHOD_GET, "/api/r/b/rows/", &allowed));
    assert_int_equal(allowed, 0);
    assert_null(find(METHOD_GET, "/api/r/b", &allowed));
    assert_null(find(METHOD_GET, "/", &allowed));
    assert_ok(read_path("/api/r/b%20c/rows/7", &p));
    assert_true(str_equal(path_value(list[0].path, &p, "register"), STR("b c")));
    assert_true(str_equal(path_value(list[0].path, &p, "id"), STR("7")));
    assert_null(path_value(list[0].path, &p, "name").p);
}

static void languages_are_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int expected;
    } cases[] = {
        {"", -1},
        {"fr, de;q=0.5, *", -1},
        {"zh", 1},
        {"zh-CN,zh;q=0.9,en;q=0.8", 1},
        {"en-GB,en;q=0.9,zh;q=0.8", 0},
        {"en;q=0.3, ZH-Hant ; q=0.4", 1},
        {"zh;q=0.3,en;q=0.3", 1},
        {"en,zh", 0},
        {"zh,en", 1},
        {"zh;q=0", -1},
        {"zhx, enx", -1},
        {"en;q=0,zh;q=0.1", 1},
        {";;;,,,=q", -1},
        {"z", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (path_language(str_of(cases[i].text)) != cases[i].expected)
            fail_msg("%s", cases[i].text);
}

static void memory_may_be_out(void **state)
{
    (void)state;
    struct arena small;
    struct path p;
    struct path_pair *q;
    size_t n;
    arena_init(&small, 0);
    mem_fail_after(0);
    enum err path = path_read(&small, STR("/a/b"), &p, &e);
    enum err query = path_query(&small, STR("a=b"), &q, &n, &e);
    mem_fail_after(-1);
    assert_int_equal(path, ERR_MEMORY);
    assert_int_equal(query, ERR_MEMORY);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_decoded),    cmocka_unit_test(bad_paths_are_refused),
        cmocka_unit_test(queries_are_decoded),  cmocka_unit_test(routes_are_found),
        cmocka_unit_test(languages_are_chosen), cmocka_unit_test(memory_may_be_out),
    };
    arena_init(&a, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(&a);
    return failed;
}
