// SPDX-License-Identifier: AGPL-3.0-or-later
// The examples of docs/packs.md compile: together they are one pack, and each block
// marked `alternative` may replace its file. Every key that a pack may have is in one of
// them.
#include "pack_test.h"

enum { BLOCKS_MAX = 60 };

struct block {
    struct str path, text;
    bool alternative;
};

static size_t read_blocks(struct arena *a, struct block *blocks)
{
    char path[512];
    static const char opening[] = "```yaml ";
    FILE *file = fopen(source_path(path, sizeof path, "docs/packs.md"), "rb");
    assert_non_null(file);
    char *text = arena_alloc(a, 200000, 1);
    assert_non_null(text);
    size_t size = fread(text, 1, 199999, file);
    assert_true(size > 1000 && size < 199999);
    fclose(file);
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, opening)) != NULL;) {
        assert_true(n < BLOCKS_MAX);
        const char *info = at + sizeof opening - 1;
        const char *body = strchr(info, '\n') + 1;
        const char *end = strstr(body, "\n```");
        assert_non_null(end);
        struct str words = {info, (size_t)(body - info) - 1}, rest = STR("");
        blocks[n].path = words;
        str_split(words, ' ', &blocks[n].path, &rest);
        assert_true(rest.n == 0 || str_equal(rest, STR("alternative")));
        blocks[n].alternative = rest.n > 0;
        blocks[n++].text = (struct str){body, (size_t)(end - body) + 1};
        at = end + 4;
    }
    // no YAML in a block without a name: it would not be tested
    assert_null(strstr(text, "```yaml\n"));
    return n;
}

static void compile_blocks(struct arena *a, const struct block *blocks, size_t n,
                           const struct block *instead)
{
    struct pack_file files[BLOCKS_MAX];
    struct pack_problems problems;
    struct pack *p;
    struct error e = {0};
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        if (blocks[i].alternative)
            continue;
        bool replaced = instead && str_equal(instead->path, blocks[i].path);
        files[k++] =
            (struct pack_file){blocks[i].path, replaced ? instead->text : blocks[i].text};
    }
    if (pack_compile(a, files, k, &p, &problems, &e)) {
        print_problems(&problems);
        fail_msg("%s: %s (%s)", e.where, e.text, e.cure);
    }
}

static void examples_compile(void **state)
{
    (void)state;
    struct arena a;
    struct block blocks[BLOCKS_MAX];
    arena_init(&a, 0);
    size_t n = read_blocks(&a, blocks);
    assert_true(n >= 8);
    compile_blocks(&a, blocks, n, NULL);
    for (size_t i = 0; i < n; i++) {
        bool there = !blocks[i].alternative;
        for (size_t k = 0; k < n; k++)
            there |= !blocks[k].alternative && str_equal(blocks[k].path, blocks[i].path);
        assert_true(there); // an alternative has something to replace
        if (blocks[i].alternative)
            compile_blocks(&a, blocks, n, &blocks[i]);
    }
    arena_free(&a);
}

// Whether the text has the key (with its colon) as a whole word.
static bool has_key(struct str text, const char *key)
{
    const char *at = text.p, *end = text.p + text.n;
    while ((at = memmem(at, (size_t)(end - at), key, strlen(key))) != NULL) {
        if (at == text.p || strchr(" {\n", at[-1]))
            return true;
        at++;
    }
    return false;
}

static void every_key_has_an_example(void **state)
{
    (void)state;
    static const char *const keys =
        "pack version label suppress_below levels digits register kind purpose area "
        "facility "
        "date sources leave_out key due fields checks every by_day level facilities "
        "received type "
        "codes "
        "required unit min max max_length identifies also help was check check_label "
        "check_cure warn warn_label warn_cure when severity cure group indicators "
        "definition "
        "edition from to numerator denominator per decimals interval inside better "
        "target "
        "reference by left left_label right right_label relation tolerance percent count "
        "value limit same "
        "across_sources report values sections measure indicator before heading text "
        "table "
        "title note rows columns chart findings late definitions "
        "checklist pass items hint ask points met critical photo fails not_applicable "
        "workflow refers stages moves final within else needs sets file reason not gate "
        "none some when_label schedule for where points at opens grace done "
        "ledger lots items cold_low cold_high places_negative accounts negative "
        "movements "
        "confirm expired account projection people births deaths mother_birth_year born";
    struct arena a;
    struct block blocks[BLOCKS_MAX];
    arena_init(&a, 0);
    size_t n = read_blocks(&a, blocks);
    struct str rest = str_of(keys), key;
    for (bool more = true; more;) {
        more = str_split(rest, ' ', &key, &rest);
        if (!more)
            key = rest;
        char search[64];
        bool found = false;
        snprintf(search, sizeof search, STR_FMT ":", STR_ARG(key));
        for (size_t i = 0; i < n && !found; i++)
            found = has_key(blocks[i].text, search);
        if (!found)
            fail_msg("no example has the key '" STR_FMT "'", STR_ARG(key));
    }
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_compile),
        cmocka_unit_test(every_key_has_an_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
