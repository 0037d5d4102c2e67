// SPDX-License-Identifier: AGPL-3.0-or-later
// Packs that compile, and the words for those that do not: tests/pack/bad/NAME.yaml is
// laid over packs/minimal (`# file: PATH` begins a file), and NAME.txt has what an author
// reads. HENG_GOLDEN=write makes the .txt files anew: read them before you keep them.
#include "pack_test.h"

#include <dirent.h>
#include <errno.h>

#include "base/rng.h"
#include "pack/expr.h"

static struct pack_file *read_pack(struct arena *a, const char *name, size_t *n)
{
    char path[512];
    struct pack_file *files;
    struct error e = {0};
    assert_ok(
        pack_files_from_folder(a, source_path(path, sizeof path, name), &files, n, &e));
    return files;
}

// --- the model -------------------------------------------------------------------------

static void minimal_compiles(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct pack_problems problems;
    struct error e = {0};
    size_t n;
    arena_init(&a, 0);
    struct pack_file *files = read_pack(&a, "packs/minimal", &n);
    assert_ok(pack_compile(&a, files, n, &p, &problems, &e));
    assert_int_equal(problems.n, 0);
    assert_true(str_equal(p->name, STR("minimal")));
    assert_int_equal(p->n_levels, 2);
    assert_int_equal(p->suppress_below, 5);
    assert_int_equal(p->n_registers, 2);
    assert_ptr_equal(p->areas, pack_register(p, STR("areas")));
    const struct reg *births = pack_register(p, STR("births"));
    assert_true(str_equal(births->table, STR("r_births")));
    for (size_t i = 0; i < births->n_fields; i++)
        assert_int_equal(births->fields[i].index, i);
    // the field that places a row is the system column itself
    assert_ptr_equal(births->area, &births->fields[FIELD_AREA]);
    assert_true(str_equal(births->area->name, STR("residence")));
    assert_true(str_equal(births->area->column, STR("area")));
    assert_false(births->area->system);
    assert_true(births->fields[FIELD_FACILITY].system);
    assert_null(reg_field(births, STR("area")));
    assert_int_equal(births->fields[FIELD_STATE].n_codes, 2);
    assert_int_equal(births->n_key, 1);
    assert_true(str_equal(births->key[0]->name, STR("certificate")));
    assert_int_equal(births->date->n_rules, 1);
    assert_int_equal(births->date->rules[0].severity, SEVERITY_ERROR);
    assert_true(str_equal(births->date->rules[0].text, STR("born_on <= today()")));
    // a field of the areas register that the pack did not write out
    const struct field *level = reg_field(p->areas, STR("level"));
    assert_int_equal(level->n_codes, 2);
    assert_true(reg_field(p->areas, STR("valid_from")) != NULL);
    const struct indicator *low =
        pack_indicator(p, STR("low_birth_weight"), DATE_NONE + 1);
    assert_non_null(low);
    assert_int_equal(low->interval, INTERVAL_PROPORTION);
    assert_true(low->inside && low->better == -1 && low->n_by == 1);
    assert_int_equal(pack_report(p, STR("half-year"))->n_sections, 5);
    arena_free(&a);
}

static void a_comparison_has_words_for_its_sides(void **state)
{
    (void)state;
    static const char text[] =
        "checks:\n"
        "  sides: {kind: compare, left: count(births where sex = m), "
        "left_label: {en: boys, zh: 男婴数}, right: count(births), by: township, "
        "every: month, label: {en: Sides, zh: 两方}}\n";
    struct arena a;
    struct pack *p;
    struct error e = {0};
    size_t n;
    arena_init(&a, 0);
    struct pack_file *minimal = read_pack(&a, "packs/minimal", &n);
    struct pack_file *files = ARENA_ARRAY(&a, struct pack_file, n + 1);
    assert_non_null(files);
    memcpy(files, minimal, n * sizeof *files);
    files[n] = (struct pack_file){STR("checks/sides.yaml"), str_of(text)};
    assert_ok(pack_compile(&a, files, n + 1, &p, NULL, &e));
    const struct check *c = NULL;
    for (size_t i = 0; i < p->n_checks; i++)
        if (str_equal_c(p->checks[i].name, "sides"))
            c = &p->checks[i];
    assert_non_null(c);
    assert_true(str_equal_c(c->left_label.en, "boys"));
    assert_true(str_equal_c(c->left_label.zh, "男婴数"));
    assert_int_equal(c->right_label.en.n, 0); // left out: the expression stands there
    arena_free(&a);
}

static void a_check_is_stored_as_its_negation(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct error e = {0};
    struct buf sql = BUF_INIT(10000);
    size_t n;
    arena_init(&a, 0);
    struct pack_file *files = read_pack(&a, "packs/minimal", &n);
    assert_ok(pack_compile(&a, files, n, &p, NULL, &e));
    const struct reg *births = pack_register(p, STR("births"));
    expr_sql(births->date->rules[0].when, STR("t"), 0, &sql);
    const char *text = buf_c(&sql);
    assert_non_null(text);
    if (!strstr(text, "NOT") && !strstr(text, "not"))
        fail_msg("not negated: %s", text);
    buf_free(&sql);
    arena_free(&a);
}

static void korea_compiles(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct error e = {0};
    size_t n;
    arena_init(&a, 0);
    struct pack_file *files = read_pack(&a, "packs/kr-births", &n);
    assert_ok(pack_compile(&a, files, n, &p, NULL, &e));
    const struct reg *births = pack_register(p, STR("births"));
    // a period dates the rows: it has a column of its own, and date is its first day
    assert_true(str_equal(births->date->name, STR("year")));
    assert_true(births->date->index >= SYSTEM_FIELDS);
    assert_true(births->fields[FIELD_DATE].system);
    assert_true(str_equal(births->area->name, STR("area")));
    assert_true(str_equal(reg_field(p->areas, STR("district"))->level, STR("district")));
    const struct indicator *srb = pack_indicator(p, STR("srb"), 0);
    assert_int_equal(srb->interval, INTERVAL_RATIO);
    assert_true(srb->reference == 106.3 && srb->reference_low == 105.5 &&
                srb->reference_high == 107.2);
    arena_free(&a);
}

static struct pack *compile_folder(struct arena *a, const char *name)
{
    struct pack *p;
    struct error e = {0};
    size_t n;
    struct pack_file *files = read_pack(a, name, &n);
    assert_ok(pack_compile(a, files, n, &p, NULL, &e));
    return p;
}

static void the_overview_is_as_the_pack_says_or_made_from_it(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    const struct pack_overview *o = &compile_folder(&a, "packs/cn-county")->overview;
    assert_int_equal(o->n_cards, 6);
    assert_true(str_equal(o->births->name, STR("births_total")));
    assert_true(str_equal(o->ratio->name, STR("srb")));
    assert_true(str_equal(o->by->name, STR("birth_order")));
    assert_int_equal(o->cards[3].kind, CARD_TIMELINESS);
    assert_null(o->cards[3].indicator);
    assert_int_equal(o->n_coverage, 13);

    // no overview: and no watch: the ratio that has a reference, and what goes with it
    o = &compile_folder(&a, "packs/kr-births")->overview;
    assert_true(str_equal(o->births->name, STR("births_total")));
    assert_true(str_equal(o->ratio->name, STR("srb")));
    assert_null(o->by);
    assert_int_equal(o->n_coverage, 0);
    assert_int_equal(o->n_cards, 3);
    assert_int_equal(o->cards[2].kind, CARD_FINDINGS);

    o = &compile_folder(&a, "packs/minimal")->overview;
    assert_null(o->ratio);
    assert_null(o->births);
    assert_int_equal(o->n_cards, 1);
    arena_free(&a);
}

static void both(struct label l, const char *what, struct str name)
{
    if (!l.en.n || !l.zh.n)
        fail_msg("%s of " STR_FMT " is empty", what, STR_ARG(name));
}

static void either_both_or_none(struct label l, const char *what, struct str name)
{
    if (l.en.n || l.zh.n)
        both(l, what, name);
}

// What the model tells the pages of the packs that come with the program. A field's unit
// may be none: of a text, or of a count whose label says what is counted.
static void no_label_is_empty_in_either_language(void **state)
{
    (void)state;
    static const char *const names[] = {"packs/cn-county", "packs/kr-births",
                                        "packs/minimal"};
    struct arena a;
    arena_init(&a, 0);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const struct pack *p = compile_folder(&a, names[k]);
        for (size_t i = 0; i < p->n_registers; i++) {
            const struct reg *r = &p->registers[i];
            both(r->label, "the label", r->name);
            for (size_t f = 0; f < r->n_fields; f++) {
                both(r->fields[f].label, "the label", r->fields[f].name);
                either_both_or_none(r->fields[f].unit, "the unit", r->fields[f].name);
                either_both_or_none(r->fields[f].help, "the help", r->fields[f].name);
                for (size_t c = 0; c < r->fields[f].n_codes; c++)
                    both(r->fields[f].codes[c].label, "a code", r->fields[f].name);
            }
        }
        for (size_t i = 0; i < p->n_indicators; i++) {
            const struct indicator *x = &p->indicators[i];
            both(x->label, "the label", x->name);
            both(x->definition, "the definition", x->name);
            both(x->unit, "the unit", x->name);
        }
    }
    arena_free(&a);
}

static void the_hash_tells_packs_apart(void **state)
{
    (void)state;
    struct arena a;
    struct pack *one, *two, *three;
    struct error e = {0};
    arena_init(&a, 0);
    assert_ok(compile_with(&a, NULL, NULL, &one, NULL, &e));
    assert_ok(compile_with(&a, NULL, NULL, &two, NULL, &e));
    assert_ok(compile_with(&a, "checks/none.yaml", "checks: {}", &three, NULL, &e));
    assert_memory_equal(one->hash, two->hash, 32);
    assert_memory_not_equal(one->hash, three->hash, 32);
    arena_free(&a);
}

// --- what an author reads --------------------------------------------------------------

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 100000);
    assert_non_null(text);
    if (file) {
        size_t n = fread(text, 1, 99999, file);
        text[n] = '\0';
        fclose(file);
    }
    return text;
}

// Lays the files of a bad example over the good ones.
static size_t overlay(struct arena *a, struct pack_file *files, size_t n,
                      const char *text)
{
    static const char marker[] = "# file: ";
    const char *at = text;
    assert_int_equal(strncmp(at, marker, sizeof marker - 1), 0);
    while (at) {
        const char *path = at + sizeof marker - 1;
        const char *end = strchr(path, '\n');
        const char *next = strstr(path, marker);
        struct str name = str_copy(a, (struct str){path, (size_t)(end - path)});
        struct str body = {at, next ? (size_t)(next - at) : strlen(at)};
        size_t i = 0;
        while (i < n && !str_equal(files[i].path, name))
            i++;
        files[i] = (struct pack_file){name, body};
        n = i == n ? n + 1 : n;
        at = next;
    }
    return n;
}

static void one_bad_pack(const char *folder, const char *name, bool write)
{
    char path[768];
    struct arena a;
    struct pack *p;
    struct pack_problems problems;
    struct error e = {0};
    size_t n;
    struct buf found = BUF_INIT(100000);
    arena_init(&a, 0);
    struct pack_file *good = read_pack(&a, "packs/minimal", &n);
    struct pack_file files[40];
    memcpy(files, good, n * sizeof *files);
    snprintf(path, sizeof path, "%s/%s.yaml", folder, name);
    char *text = read_text(path);
    n = overlay(&a, files, n, text);
    assert_int_equal(pack_compile(&a, files, n, &p, &problems, &e), ERR_INPUT);
    assert_null(p);
    assert_string_equal(e.text, problems.list[0].text);
    for (size_t i = 0; i < problems.n; i++) {
        const struct error *said = &problems.list[i];
        assert_int_equal(said->code, ERR_INPUT);
        buf_printf(&found, "%s: %s [%s]\n", said->where, said->text, said->key);
        if (said->cure[0])
            buf_printf(&found, "    %s\n", said->cure);
    }
    snprintf(path, sizeof path, "%s/%s.txt", folder, name);
    if (write) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fputs(buf_c(&found), file);
        fclose(file);
    }
    char *expected = read_text(path);
    if (strcmp(expected, buf_c(&found)) != 0)
        fail_msg("%s.txt differs; found:\n%s", name, buf_c(&found));
    free(expected);
    free(text);
    buf_free(&found);
    arena_free(&a);
}

static void bad_packs_are_explained(void **state)
{
    (void)state;
    char folder[512];
    DIR *directory = opendir(source_path(folder, sizeof folder, "tests/pack/bad"));
    const char *golden = getenv("HENG_GOLDEN");
    size_t n = 0;
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char name[256];
        size_t length = strlen(entry->d_name);
        if (length < 6 || strcmp(entry->d_name + length - 5, ".yaml") != 0)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)(length - 5), entry->d_name);
        one_bad_pack(folder, name, golden && strcmp(golden, "write") == 0);
        n++;
    }
    closedir(directory);
    assert_true(n >= 15);
}

// An expression's mistake is shown where the word stands, however the text is written.
static void places_are_those_of_the_words(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"born_on = 1 or wight < 3", "6:27"},
        {"'born_on is null or wight < 3'", "6:32"},
        {"\"wight < 3\"", "6:13"},
        {"|\n      wight < 3\n", "7:7"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct arena a;
        struct pack *p;
        struct error e = {0};
        char text[500], where[100];
        snprintf(text, sizeof text,
                 "register: births\npurpose: vital\narea: place\nfields:\n"
                 "  weight:\n    check: %s\n    type: int\n    label: {en: W, zh: 某}\n"
                 "  place: {type: area, label: {en: P, zh: 某}}\n"
                 "  born_on: {type: int, label: {en: B, zh: 某}}\n"
                 "label: {en: B, zh: 某}\n",
                 forms[i][0]);
        arena_init(&a, 0);
        assert_int_equal(compile_with(&a, "registers/births.yaml", text, &p, NULL, &e),
                         ERR_INPUT);
        snprintf(where, sizeof where, "registers/births.yaml:%s", forms[i][1]);
        assert_string_equal(e.where, where);
        arena_free(&a);
    }
}

static void a_long_list_is_cut_and_says_so(void **state)
{
    (void)state;
    struct arena a;
    struct pack *p;
    struct pack_problems problems;
    struct error e = {0};
    struct buf text = BUF_INIT(100000);
    buf_add_c(&text, "checks:\n");
    for (int i = 0; i < 300; i++)
        buf_printf(&text, "  c%d: {kind: nothing}\n", i);
    arena_init(&a, 0);
    assert_int_equal(
        compile_with(&a, "checks/many.yaml", buf_c(&text), &p, &problems, &e), ERR_INPUT);
    assert_int_equal(problems.n, 200);
    assert_non_null(
        strstr(problems.list[199].cure, "(100 more problems are not shown.)"));
    buf_free(&text);
    arena_free(&a);
}

static void a_folder_without_a_pack_is_said(void **state)
{
    (void)state;
    struct arena a;
    struct pack_file *files;
    size_t n;
    struct error e = {0};
    char path[512];
    arena_init(&a, 0);
    source_path(path, sizeof path, "tests/pack/bad");
    assert_int_equal(pack_files_from_folder(&a, path, &files, &n, &e), ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "pack.yaml"));
    assert_int_equal(pack_files_from_folder(&a, "/nowhere/at/all", &files, &n, &e),
                     ERR_NOT_FOUND);
    arena_free(&a);
}

// --- no memory, and any bytes ----------------------------------------------------------

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct arena source, a;
    struct pack *p;
    struct pack_problems problems;
    struct error e = {0};
    size_t n;
    arena_init(&source, 0);
    struct pack_file *files = read_pack(&source, "packs/minimal", &n);
    int64_t fails = 0;
    for (;; fails++) {
        arena_init(&a, 0);
        mem_fail_after(fails);
        enum err code = pack_compile(&a, files, n, &p, &problems, &e);
        mem_fail_after(-1);
        arena_free(&a);
        if (!code)
            break;
        if (code != ERR_MEMORY)
            fail_msg("allocation %d: %s %s", (int)fails, e.where, e.text);
        assert_true(fails < 10000);
    }
    assert_true(fails > 3);
    // the arena's own limit, byte by byte as it were: many more places to fail
    size_t refused = 0;
    for (size_t limit = 4096 + 64; limit < 400000; limit += 4096) {
        arena_init(&a, limit);
        enum err code = pack_compile(&a, files, n, &p, &problems, &e);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        refused += code != ERR_OK;
        arena_free(&a);
    }
    assert_true(refused > 0);
    arena_free(&source);
}

static void changed_bytes_never_harm(void **state)
{
    (void)state;
    struct arena source, a;
    struct pack *p;
    struct error e = {0};
    size_t n, good = 0;
    uint64_t seed = 7;
    struct rng r = rng_seed(seed);
    static const char alphabet[] = "{}[]:,#-'\"&*!|>%@ \n\taz09_\xE4\xFF";
    print_message("# seed %llu\n", (unsigned long long)seed);
    arena_init(&source, 0);
    struct pack_file *files = read_pack(&source, "packs/minimal", &n);
    for (int round = 0; round < 600; round++) {
        arena_init(&a, 0);
        struct pack_file changed[16];
        memcpy(changed, files, n * sizeof *changed);
        struct pack_file *f = &changed[rng_below(&r, n)];
        struct str text = str_copy(&a, f->text);
        char *bytes = (char *)text.p;
        for (uint64_t k = rng_below(&r, 4) + 1; k > 0; k--)
            bytes[rng_below(&r, text.n)] = alphabet[rng_below(&r, sizeof alphabet - 1)];
        if (rng_below(&r, 4) == 0)
            text.n = rng_below(&r, text.n);
        f->text = text;
        enum err code = pack_compile(&a, changed, n, &p, NULL, &e);
        assert_true(code == ERR_OK || code == ERR_INPUT);
        assert_true((code == ERR_OK) == (p != NULL));
        if (code)
            assert_true(e.where[0] && e.text[0]);
        good += code == ERR_OK;
        arena_free(&a);
    }
    assert_true(good > 0 && good < 600);
    arena_free(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(minimal_compiles),
        cmocka_unit_test(a_check_is_stored_as_its_negation),
        cmocka_unit_test(a_comparison_has_words_for_its_sides),
        cmocka_unit_test(korea_compiles),
        cmocka_unit_test(the_overview_is_as_the_pack_says_or_made_from_it),
        cmocka_unit_test(no_label_is_empty_in_either_language),
        cmocka_unit_test(the_hash_tells_packs_apart),
        cmocka_unit_test(bad_packs_are_explained),
        cmocka_unit_test(places_are_those_of_the_words),
        cmocka_unit_test(a_long_list_is_cut_and_says_so),
        cmocka_unit_test(a_folder_without_a_pack_is_said),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(changed_bytes_never_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
