// SPDX-License-Identifier: AGPL-3.0-or-later
// Filled forms are read or refused, whatever comes; rules become XPath or are left to the
// server.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/init.h"
#include "base/rng.h"
#include "pack/expr.h"
#include "register/xform.h"

static const char good[] =
    "<?xml version=\"1.0\"?><data id=\"births\" version=\"1-2\""
    " xmlns:orx=\"http://openrosa.org/xforms\"><source> hospital </source>"
    "<choose><a>1</a></choose><row><sex>m</sex><name>A &amp; &#x738B;</name>"
    "<weight/></row><photo><x>one.jpg</x><y/></photo><orx:meta>"
    "<orx:instanceID>uuid:1</orx:instanceID><orx:deprecatedID>uuid:0</orx:deprecatedID>"
    "<orx:timeStart>x</orx:timeStart></orx:meta></data>";

static void read_whole(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    struct xform_filled f;
    arena_init(&a, 0);
    assert_ok(xform_read(str_of(good), &a, &f, &e));
    assert_true(str_equal_c(f.form, "births") && str_equal_c(f.version, "1-2"));
    assert_true(str_equal_c(f.instance, "uuid:1") && str_equal_c(f.deprecated, "uuid:0"));
    assert_true(str_equal_c(f.source, "hospital"));
    assert_int_equal(f.n_values, 3);
    assert_true(str_equal_c(f.values[1].field, "name"));
    assert_true(str_equal_c(f.values[1].text, "A & 王"));
    assert_int_equal(f.values[2].text.n, 0);
    assert_int_equal(f.n_files, 1);
    assert_true(str_equal_c(f.files[0].name, "one.jpg") &&
                str_equal_c(f.files[0].item, "x"));
    arena_free(&a);
}

// Cut anywhere it is refused; with bytes changed it is read or refused, and the
// sanitizers have nothing to say.
static void damaged(void **state)
{
    (void)state;
    enum { SEED = 20140720, ROUNDS = 4000 };
    print_message("# seed %d\n", SEED);
    struct rng r = rng_seed(SEED);
    size_t n = sizeof good - 1;
    for (size_t i = 0; i < n + ROUNDS; i++) {
        struct arena a;
        struct error e = {0};
        struct xform_filled f;
        size_t size = i < n ? i : n;
        char *copy = malloc(size + 1);
        memcpy(copy, good, size);
        for (size_t k = 0; i >= n && k <= i % 4; k++)
            copy[rng_below(&r, n)] = (char)rng_below(&r, 256);
        arena_init(&a, 0);
        enum err code = xform_read((struct str){copy, size}, &a, &f, &e);
        if (i < n)
            assert_int_equal(code, ERR_INPUT);
        else
            assert_true(code == ERR_OK || code == ERR_INPUT || code == ERR_LIMIT);
        assert_true(!code || e.text[0]);
        arena_free(&a);
        free(copy);
    }
}

static void memory_fails(void **state)
{
    (void)state;
    bool done = false;
    for (int64_t n = 0; !done && n < 200; n++) {
        struct arena a;
        struct error e = {0};
        struct xform_filled f;
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = xform_read(str_of(good), &a, &f, &e);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        done = code == ERR_OK;
        arena_free(&a);
    }
    assert_true(done);
}

// --- rules

static struct arena arena;
static struct field fields[4];
static struct reg reg;
static struct pack pack;

static struct str path_of(void *argument, const struct field *f)
{
    (void)argument;
    return f == &fields[3] ? STR("") // the form does not have it
                           : str_format(&arena, "/data/row/" STR_FMT, STR_ARG(f->name));
}

static struct str xpath(const char *text, bool wanted)
{
    struct error e = {0};
    const struct expr *x;
    struct buf out = BUF_INIT(1 << 16);
    const struct place here = {.file = STR("test"), .line = 1, .column = 1};
    assert_ok(expr_parse_row(&arena, &pack, &reg, str_of(text), here, &x, &e));
    buf_add_c(&out, "kept");
    struct str said = {NULL, 0};
    if (expr_xpath(x, wanted, path_of, NULL, &out))
        said = str_copy(&arena, (struct str){out.p + 4, out.n - 4});
    else
        assert_true(str_equal_c(buf_str(&out), "kept"));
    buf_free(&out);
    return said;
}

static void rules(void **state)
{
    (void)state;
    static const struct code codes[] = {{.value = {"m", 1}}, {.value = {"f", 1}}};
    static const char *const names[] = {"born_on", "weight", "sex", "hidden"};
    static const enum type types[] = {TYPE_DATE, TYPE_INT, TYPE_CODE, TYPE_INT};
    arena_init(&arena, 0);
    for (size_t i = 0; i < 4; i++)
        fields[i] = (struct field){.name = str_of(names[i]),
                                   .column = str_of(names[i]),
                                   .index = i,
                                   .type = types[i],
                                   .codes = i == 2 ? codes : NULL,
                                   .n_codes = i == 2 ? 2 : 0};
    reg = (struct reg){
        .name = STR("births"), .table = STR("r_births"), .fields = fields, .n_fields = 4};
    pack = (struct pack){
        .name = STR("p"), .arena = &arena, .registers = &reg, .n_registers = 1};
    static const struct {
        const char *text;
        bool wanted;
        const char *xpath;
    } cases[] = {
        {"weight < 300", true,
         "(/data/row/weight != '' and true() and /data/row/weight < 300)"},
        {"weight < 300", false,
         "(/data/row/weight != '' and true() and /data/row/weight >= 300)"},
        {"not (sex = m)", true,
         "(/data/row/sex != '' and true() and /data/row/sex != 'm')"},
        {"weight is null", true, "not(/data/row/weight != '')"},
        {"weight is null or sex = f", false,
         "((/data/row/weight != '') and (/data/row/sex != '' and true() and /data/row/sex"
         " != 'f'))"},
        {"year(born_on) > 2000", true,
         "((/data/row/born_on != '') and true() and number(format-date(/data/row/born_on,"
         " '%Y')) > 2000)"},
        {"born_on <= today()", true,
         "(/data/row/born_on != '' and true() and round(decimal-date-time("
         "/data/row/born_on)) <= round(decimal-date-time(today())))"},
        {"hidden > 3", true, NULL},
        {"weight > 1 and hidden > 3", true, NULL},
        {"age_years(born_on, today()) > 3", true, NULL},
        {"case when weight > 1 then true else false end", true, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str found = xpath(cases[i].text, cases[i].wanted);
        if (!cases[i].xpath)
            assert_null(found.p);
        else
            assert_string_equal(found.p ? found.p : "(none)", cases[i].xpath);
    }
    arena_free(&arena);
}

int main(void)
{
    struct error e = {0};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_whole), cmocka_unit_test(damaged),
        cmocka_unit_test(memory_fails), cmocka_unit_test(rules)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return base_init(&e) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
