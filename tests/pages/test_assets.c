// SPDX-License-Identifier: AGPL-3.0-or-later
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "serve/assets.h"

static void sorted_and_whole(void **state)
{
    (void)state;
    if (asset_count == 0)
        skip();
    for (size_t i = 0; i < asset_count; i++) {
        const struct asset *a = &asset_list[i];
        if (i > 0)
            assert_true(str_compare(asset_list[i - 1].path, a->path) < 0);
        assert_true(a->path.n > 0 && a->path.p[0] == '/');
        assert_true(a->content_type.n > 0 && a->body.n > 0);
        assert_true(a->etag.n > 2 && a->etag.p[0] == '"' &&
                    a->etag.p[a->etag.n - 1] == '"');
        if (a->gzip.n)
            assert_memory_equal(a->gzip.p, "\x1f\x8b", 2);
        assert_true(a->gzip.n < a->body.n);
        assert_ptr_equal(asset_find(a->path), a);
    }
}

static void what_a_page_needs(void **state)
{
    (void)state;
    if (asset_count == 0)
        skip();
    const struct asset *page = asset_find(STR("/"));
    assert_non_null(page);
    assert_false(page->immutable);
    // Without inline script or style, as the policy of the server demands, and all it
    // names is there.
    struct str text = page->body, line;
    size_t named = 0;
    while (str_split(text, '"', &line, &text)) {
        assert_true(strncmp(line.p, "<script>", 8) != 0);
        if (line.n < 2 || line.p[0] != '/' || memchr(line.p, '>', line.n))
            continue;
        const struct asset *a = asset_find(line);
        if (!a)
            print_message("%.*s is named but not there\n", (int)line.n, line.p);
        assert_non_null(a);
        named++;
    }
    assert_true(named >= 5);
    assert_non_null(asset_find(STR("/sw.js")));
    assert_false(asset_find(STR("/sw.js"))->immutable);
}

static void others_are_not_there(void **state)
{
    (void)state;
    assert_null(asset_find(STR("")));
    assert_null(asset_find(STR("/overview")));
    assert_null(asset_find(STR("/../meson.build")));
    assert_null(asset_find(STR("/api/session")));
    assert_null(asset_find((struct str){"/\0", 2}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorted_and_whole),
        cmocka_unit_test(what_a_page_needs),
        cmocka_unit_test(others_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
