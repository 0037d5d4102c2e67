// SPDX-License-Identifier: AGPL-3.0-or-later
// condition.h: every condition that Splink's libraries write reads into a tree that
// prints to itself; meanings, bad texts, and trees made at random.
#include "../tap.h"

#include "base/rng.h"
#include "link/condition_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct condition *read(struct arena *a, const char *sql)
{
    struct condition *c = NULL;
    struct error e = {0};
    if (condition_parse(&c, a, str_of(sql), "test", &e))
        fail_msg("%s\n%s: %s (%s)", sql, e.where, e.text, e.cure);
    assert_non_null(c);
    return c;
}

// The tree printed, read again and compared; the text stays in *out.
static void there_and_back(struct arena *a, const struct condition *c, struct buf *out)
{
    buf_clear(out);
    condition_print(c, out);
    assert_non_null(buf_c(out));
    struct condition *again = read(a, buf_c(out));
    if (!condition_equal(c, again))
        fail_msg("another tree after printing: %s", buf_c(out));
}

// Lines of "yes or no<TAB>dialect<TAB>condition": whether it is understood. The texts are
// what Splink 3.9, 4.0 and 5.0 wrote.
static void splink_conditions(void **state)
{
    (void)state;
    const char *source = getenv("HENG_SOURCE");
    char path[1024], line[8192];
    snprintf(path, sizeof path, "%s/tests/link/splink_conditions.txt",
             source ? source : ".");
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    struct arena a;
    arena_init(&a, 0);
    struct buf out = BUF_INIT(1 << 16);
    unsigned read_all = 0, refused = 0, wrong = 0;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        char *dialect = strchr(line, '\t');
        char *sql = dialect ? strchr(dialect + 1, '\t') : NULL;
        if (!sql)
            continue;
        sql++;
        bool spark = strncmp(dialect + 1, "spark", 5) == 0;
        struct condition *c = NULL;
        struct error e = {0};
        bool understood = !condition_parse_dialect(
            &c, &a, str_of(sql), spark ? CONDITION_SPARK : CONDITION_DUCKDB, "line", &e);
        if (understood != (line[0] == 'y')) {
            print_message("%s\n  %s: %s\n", line, e.where, e.text);
            wrong++;
        }
        if (understood)
            there_and_back(&a, c, &out);
        read_all += understood;
        refused += !understood;
    }
    fclose(f);
    buf_free(&out);
    arena_free(&a);
    print_message("%u read, %u refused\n", read_all, refused);
    assert_int_equal(wrong, 0);
    assert_true(read_all > 500 && refused > 20);
}

// ---- meanings -------------------------------------------------------------------------

// Texts and what they print as: another way to write the same.
static const struct {
    const char *sql, *printed;
} pairs[] = {
    {"a_l=a_r", "\"a_l\" = \"a_r\""},
    {"A_L == a_R", "\"A_l\" = \"a_r\""},
    {"l.a = R.\"a b\"", "l.\"a\" = r.\"a b\""},
    {"`a b_l` <> \"say \"\"hi\"\"_r\"", "\"a b_l\" <> \"say \"\"hi\"\"_r\""},
    {"\"\xE5\xA7\x93_l\" != \xE5\x90\x8D_r", "\"\xE5\xA7\x93_l\" <> \"\xE5\x90\x8D_r\""},
    {"l_l = r_r", "\"l_l\" = \"r_r\""},
    {"a_l = 'it''s'", "\"a_l\" = 'it''s'"},
    {"a_l = '\\d'", "\"a_l\" = '\\d'"},
    {"a_l = 1.50", "\"a_l\" = 1.5"},
    {"a_l = .5e1 or a_l < 1e-3", "\"a_l\" = 5 OR \"a_l\" < 0.001"},
    {"a_l - -1 > - -2", "\"a_l\" - -1 > 2"},
    {"- a_l < -(a_r + 1)", "-\"a_l\" < -(\"a_r\" + 1)"},
    {"a_l + b_l * 2 = (a_l + b_l) * 2",
     "\"a_l\" + \"b_l\" * 2 = (\"a_l\" + \"b_l\") * 2"},
    {"a_l - b_l - 1 = a_l - (b_l - 1)",
     "\"a_l\" - \"b_l\" - 1 = \"a_l\" - (\"b_l\" - 1)"},
    {"a_l || ' ' || b_l = a_r + 1 || 'x'",
     "\"a_l\" || ' ' || \"b_l\" = \"a_r\" + 1 || 'x'"},
    {"a_l = 1 or b_l = 2 and c_l = 3", "\"a_l\" = 1 OR (\"b_l\" = 2 AND \"c_l\" = 3)"},
    {"(a_l = 1 or b_l = 2) and (c_l = 3)",
     "(\"a_l\" = 1 OR \"b_l\" = 2) AND \"c_l\" = 3"},
    {"(a_l = 1 and (b_l = 2)) and c_l = 3",
     "\"a_l\" = 1 AND \"b_l\" = 2 AND \"c_l\" = 3"},
    {"not a_l = 1 and not not true", "NOT (\"a_l\" = 1) AND NOT (NOT TRUE)"},
    {"a_l is null or a_l is NOT null", "\"a_l\" IS NULL OR \"a_l\" IS NOT NULL"},
    {"a_l = b_l is null", "(\"a_l\" = \"b_l\") IS NULL"},
    {"a_l not in ('x', NULL)", "NOT (\"a_l\" IN ('x', NULL))"},
    {"a_l not between 1 and 2 and b_l = 1",
     "NOT (\"a_l\" BETWEEN 1 AND 2) AND \"b_l\" = 1"},
    {"a_l is not distinct from a_r",
     "CASE WHEN \"a_l\" IS NULL THEN \"a_r\" IS NULL WHEN "
     "\"a_r\" IS NULL THEN FALSE ELSE \"a_l\" = \"a_r\" END"},
    {"a_l is distinct from a_r",
     "CASE WHEN \"a_l\" IS NULL THEN \"a_r\" IS NOT NULL WHEN \"a_r\" IS NULL THEN TRUE "
     "ELSE \"a_l\" <> \"a_r\" END"},
    {"a_l is a_r", "CASE WHEN \"a_l\" IS NULL THEN \"a_r\" IS NULL WHEN \"a_r\" IS NULL "
                   "THEN FALSE ELSE \"a_l\" = \"a_r\" END"},
    {"case a_l when 1 then 'x' when 2 then 'y' else 'z' end = 'x'",
     "CASE WHEN \"a_l\" = 1 THEN 'x' WHEN \"a_l\" = 2 THEN 'y' ELSE 'z' END = 'x'"},
    {"a_l::text = CAST(a_r AS nvarchar(20))",
     "CAST(\"a_l\" AS varchar) = CAST(\"a_r\" AS varchar)"},
    {"-1::int < TRY_CAST(a_l AS DOUBLE PRECISION)",
     "-CAST(1 AS int) < TRY_CAST(\"a_l\" AS double)"},
    {"date(a_l) > DATE '2020-01-01'",
     "CAST(\"a_l\" AS date) > CAST('2020-01-01' AS date)"},
    {"a_l[1] = a_l[-1]", "\"a_l\"[1] = \"a_l\"[-1]"},
    {"a_l[2:4] = a_l[:4] and a_l[3:] = ''",
     "substr(\"a_l\", 2, 3) = substr(\"a_l\", 1, 4) AND substr(\"a_l\", 3) = ''"},
    {"substring(a_l from 2 for 3) = SUBSTRING(a_l FROM '(x+)y')",
     "substr(\"a_l\", 2, 3) = regexp_extract(\"a_l\", '(x+)y', 1)"},
    {"substring(a_l from 'x+') = ''", "regexp_extract(\"a_l\", 'x+', 0) = ''"},
    {"EXTRACT(year FROM a_l) = date_part('month', a_r)",
     "year(\"a_l\") = month(\"a_r\")"},
    {"datediff(DAY, a_l, a_r) < 2", "date_diff('day', \"a_l\", \"a_r\") < 2"},
    {"datediff(a_l, a_r) < 2", "date_diff('day', \"a_r\", \"a_l\") < 2"},
    {"to_date(a_l, 'dd/MM/yyyy') is null",
     "CAST(try_strptime(\"a_l\", '%d/%m/%Y') AS date) IS NULL"},
    {"a_l && a_r", "array_length(list_intersect(\"a_l\", \"a_r\")) > 0"},
    {"list_has_any(a_l, a_r)", "array_length(list_intersect(\"a_l\", \"a_r\")) > 0"},
    {"array_length(a_l, 1) = 1", "array_length(\"a_l\") = 1"},
    {"x_l <= floor(2629800.0 / 86400)", "\"x_l\" <= 30"},
    {"a_l = 1 -- that is all", "\"a_l\" = 1"},
    {"a_l /* left */ = \n\t a_r", "\"a_l\" = \"a_r\""},
    {" \n Else ", "ELSE"},
    {"heng_near(l.x, r.x, 5)", "heng_near(l.\"x\", r.\"x\", 5)"},
    {"list_max(list_transform(flatten(list_transform(a_l, p -> list_transform(b_r, "
     "q -> [p, q]))), z -> jaro(z[1], z[2]))) > 0.9",
     "list_max(list_transform(flatten(list_transform(\"a_l\", x -> "
     "list_transform(\"b_r\", y -> [x, y]))), pair -> jaro_similarity(pair[1], "
     "pair[2]))) > 0.9"},
    {"list_min(list_transform(flatten(list_transform(a_l, lambda p: list_transform(b_r, "
     "lambda q: [p, q]))), lambda z: levenshtein(z[1], z[2]))) < 2",
     "list_min(list_transform(flatten(list_transform(\"a_l\", x -> "
     "list_transform(\"b_r\", y -> [x, y]))), pair -> levenshtein(pair[1], "
     "pair[2]))) < 2"},
};

static void meanings(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    struct buf out = BUF_INIT(1 << 16);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        there_and_back(&a, read(&a, pairs[i].sql), &out);
        if (strcmp(buf_c(&out), pairs[i].printed) != 0)
            fail_msg("%s\n printed as %s\n expected   %s", pairs[i].sql, buf_c(&out),
                     pairs[i].printed);
    }
    buf_free(&out);
    arena_free(&a);
}

// Every name of the table reads to its function, and the first is the one printed.
static void all_functions(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    struct buf sql = BUF_INIT(1 << 12), out = BUF_INIT(1 << 12);
    for (int f = 0; f < CONDITION_FUNCTIONS; f++) {
        const struct condition_names *n = &condition_functions()[f];
        assert_int_equal(n->function, f);
        assert_true(n->names[0] && n->least <= n->most);
        for (int k = 0; k < 8 && n->names[k]; k++) {
            buf_clear(&sql);
            buf_printf(&sql, "%s(", n->names[k]);
            for (unsigned i = 0; i < n->least; i++)
                buf_printf(&sql, "%s%s", i ? ", " : "",
                           f == FUNCTION_DATE_DIFF && !i ? "'day'" : "a_l");
            buf_add_c(&sql, ") IS NULL");
            struct condition *c = read(&a, buf_c(&sql));
            assert_int_equal(c->kind, CONDITION_IS_NULL);
            assert_int_equal(c->args[0]->kind, CONDITION_CALL);
            assert_int_equal(c->args[0]->function, f);
            assert_int_equal(c->args[0]->n, n->least);
            there_and_back(&a, c, &out);
            assert_true(str_starts(buf_str(&out), str_of(n->names[0])));
        }
    }
    buf_free(&sql);
    buf_free(&out);
    arena_free(&a);
}

// What a tree is made of, and what can be asked of it.
static void trees(void **state)
{
    (void)state;
    struct arena a;
    struct error e = {0};
    arena_init(&a, 0);
    struct condition *c = read(&a, "l.b = r.\"b\" AND levenshtein(B_l, a_r) <= 2");
    assert_int_equal(c->kind, CONDITION_AND);
    assert_int_equal(c->n, 2);
    assert_int_equal(c->height, 4);
    assert_int_equal(c->args[0]->op, OP_EQUAL);
    assert_int_equal(c->args[0]->args[0]->side, CONDITION_LEFT);
    assert_int_equal(c->args[1]->at, 38);
    struct condition *call = c->args[1]->args[0];
    assert_int_equal(call->function, FUNCTION_LEVENSHTEIN);
    assert_true(str_equal_c(call->args[1]->text, "a"));
    assert_int_equal(condition_sides(c), CONDITION_LEFT | CONDITION_RIGHT);
    assert_int_equal(condition_sides(call->args[1]), CONDITION_RIGHT);
    assert_int_equal(condition_sides(c->args[1]->args[1]), CONDITION_NONE);
    struct str *names;
    unsigned n;
    assert_ok(condition_columns(c, &a, &names, &n, &e));
    assert_int_equal(n, 2);
    assert_true(str_equal_c(names[0], "b") && str_equal_c(names[1], "a"));
    assert_true(condition_is_else(read(&a, "else")) && !condition_is_else(c));

    assert_true(condition_equal(read(&a, "l.\"a\" = 1"), read(&a, "a_l = 1.0")));
    assert_false(condition_equal(read(&a, "a_l = 1"), read(&a, "a_r = 1")));
    assert_false(condition_equal(read(&a, "a_l = 1"), read(&a, "a_l = 2")));
    assert_false(condition_equal(read(&a, "a_l = 1"), read(&a, "a_l < 1")));
    assert_false(condition_equal(read(&a, "a_l = 'x'"), read(&a, "a_l = 'y'")));
    assert_false(condition_equal(read(&a, "sin(a_l) = 1"), read(&a, "cos(a_l) = 1")));
    assert_false(condition_equal(read(&a, "cast(a_l as int) = 1"),
                                 read(&a, "try_cast(a_l as int) = 1")));
    assert_false(condition_equal(read(&a, "a_l in (1)"), read(&a, "a_l in (1, 2)")));
    struct condition *left = condition_one_sided(&a, read(&a, "lower(a_l) = 1"));
    struct condition *right = condition_one_sided(&a, read(&a, "lower(r.a) = 1"));
    assert_true(condition_equal(left, right));
    assert_int_equal(condition_sides(right), CONDITION_LEFT);
    arena_free(&a);
}

// ---- bad texts ------------------------------------------------------------------------

static const struct {
    const char *sql;
    unsigned character; // where it stands
    const char *text;   // must be in the message
} bad[] = {
    {"", 1, "the end"},
    {"   ", 4, "the end"},
    {"a_l = ", 7, "the end"},
    {"= a_l", 1, "'='"},
    {"a = b", 1, "'a' does not say"},
    {"x.a = r.a", 1, "'x' is no record"},
    {"l.a.b = 1", 4, "field"},
    {"l. = 1", 4, "'='"},
    {"\"_l\" = 1", 1, "no name"},
    {"l.\"\" = 1", 1, "no name"},
    {"a_l = 'x", 7, "does not end"},
    {"a_l = \"x", 7, "does not end"},
    {"\xE5\xA7\x93_l = 1x", 7, "no number"},
    {"a_l = 1e999", 7, "no number"},
    {"a_l ? a_r", 5, "?"},
    {"a_l /* never", 5, "does not end"},
    {"(a_l = 1", 9, "where ) is expected"},
    {"a_l = 1)", 8, "')'"},
    {"a_l = 1 a_r", 9, "'a_r'"},
    {"a_l = b_l = c_l", 11, "'='"},
    {"a_l = ELSE", 7, "stands alone"},
    {"ELSE 1", 1, "stands alone"},
    {"a_l LIKE 'x%'", 5, "not understood"},
    {"a_l NOT = 1", 9, "IN or BETWEEN"},
    {"a_l IS", 7, "the end"},
    {"a_l IN ()", 5, "nothing in it"},
    {"a_l IN 3", 8, "where ( is expected"},
    {"a_l BETWEEN 1 OR 2", 15, "where and is expected"},
    {"CASE END", 6, "'END'"},
    {"CASE WHEN a_l = 1 END", 19, "where then is expected"},
    {"CASE a_l THEN 1 END", 10, "where WHEN is expected"},
    {"CAST(a_l AS colour)", 13, "no type"},
    {"CAST(a_l, int)", 9, "where as is expected"},
    {"a_l::varchar(x) = ''", 14, "length"},
    {"levenshtein(a_l) < 2", 1, "takes 2 arguments; 1 found"},
    {"regexp_extract(a_l) = ''", 1, "takes 2 to 3 arguments; 1 found"},
    {"no_such(a_l) < 2", 1, "'no_such' is no function"},
    {"a_l['lat'] = 1", 4, "field"},
    {"a_l[0] = 1", 4, "counted from 1"},
    {"a_l[4:2] = 1", 4, "two numbers"},
    {"a_l[b_l:2] = 1", 4, "two numbers"},
    {"date_diff(a_l, b_l, 'x') < 1", 1, "needs a unit"},
    {"extract(era from a_l) = 1", 1, "no part of a date"},
    {"to_date(a_l, b_l) is null", 1, "must be a text"},
    {"floor(a_l) = 1", 1, "two numbers"},
    {"list_max(a_l) = 1", 10, "all pairs"},
    {"list_unique(a_l) + list_unique(b_l) - list_unique(list_concat(a_l, c_l)) > 1", 1,
     "Splink 3"},
};

static void bad_texts(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct condition *c = NULL;
        struct error e = {0};
        char where[64];
        if (condition_parse(&c, &a, str_of(bad[i].sql), "here", &e) != ERR_INPUT)
            fail_msg("read without an error: %s", bad[i].sql);
        assert_null(c);
        snprintf(where, sizeof where, "here, character %u", bad[i].character);
        if (strcmp(where, e.where) != 0 || !strstr(e.text, bad[i].text) || !e.cure[0])
            fail_msg("%s\n  %s: %s (%s)\n  expected %s: %s", bad[i].sql, e.where, e.text,
                     e.cure, where, bad[i].text);
    }
    arena_free(&a);
}

static void repeat(struct buf *b, const char *text, int n)
{
    for (int i = 0; i < n; i++)
        buf_add_c(b, text);
}

// Deep and long texts end in an error, not in a stack that overflows; the deepest tree
// that is read can be printed and read again.
static void limits(void **state)
{
    (void)state;
    static const struct {
        const char *before, *middle, *after;
        int most, too_many; // read, refused
    } forms[] = {
        {"(", "a_l = 1", ")", 300, 5000}, {"NOT ", "a_l = 1", "", 126, 5000},
        {"- ", "a_l", "", 127, 30000},    {"lower(", "a_l", ")", 127, 5000},
        {"", "a_l", " + 1", 127, 5000},   {"", "a_l = 1", " AND a_l = 1", 4000, 8000},
        {"a_l[", "1", "]", 120, 5000},    {"case when ", "a_l", " then 1 end", 120, 2500},
        {"", "a_l", "::text", 127, 5000}, {"", "a_l", " is null", 127, 5000}};
    struct buf sql = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        for (int more = 0; more < 2; more++) {
            struct arena a;
            struct condition *c;
            struct error e = {0};
            int n = more ? forms[i].too_many : forms[i].most;
            arena_init(&a, 0);
            buf_clear(&sql);
            repeat(&sql, forms[i].before, n);
            buf_add_c(&sql, forms[i].middle);
            repeat(&sql, forms[i].after, n);
            if (!more)
                there_and_back(&a, read(&a, buf_c(&sql)), &out);
            else
                assert_int_equal(condition_parse(&c, &a, buf_str(&sql), "x", &e),
                                 ERR_INPUT);
            arena_free(&a);
        }
    // a part that would stand in the tree twice, again and again
    struct arena a;
    struct condition *c;
    struct error e = {0};
    arena_init(&a, 0);
    buf_clear(&sql);
    repeat(&sql, "(", 60);
    buf_add_c(&sql, "a_l");
    repeat(&sql, " is distinct from a_r)", 60);
    assert_int_equal(condition_parse(&c, &a, buf_str(&sql), "x", &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "too long"));
    arena_free(&a);
    buf_free(&sql);
    buf_free(&out);
}

// ---- trees at random ------------------------------------------------------------------

static struct condition *new_node(struct arena *a, enum condition_kind kind, unsigned n)
{
    struct condition *c = ARENA_NEW(a, struct condition);
    assert_non_null(c);
    c->kind = kind;
    c->n = n;
    c->args = ARENA_ARRAY(a, struct condition *, n);
    assert_non_null(c->args);
    return c;
}

static struct str random_text(struct arena *a, struct rng *r)
{
    static const char *const parts[] = {"a",  "'",  "\"", "`", " ", "\xE8\xA1\xA1",
                                        "_l", "%",  "\\", "l", ".", "(",
                                        "--", "/*", "\n"};
    struct buf b = BUF_INIT(256);
    buf_add_c(&b, "x");
    for (unsigned n = (unsigned)rng_below(r, 5); n; n--)
        buf_add_c(&b, parts[rng_below(r, sizeof parts / sizeof *parts)]);
    struct str s = str_copy(a, buf_str(&b));
    buf_free(&b);
    assert_non_null(s.p);
    return s;
}

static struct condition *random_leaf(struct arena *a, struct rng *r)
{
    static const enum condition_kind kinds[] = {
        CONDITION_COLUMN, CONDITION_COLUMN, CONDITION_COLUMN, CONDITION_TEXT,
        CONDITION_NUMBER, CONDITION_NULL,   CONDITION_TRUE,   CONDITION_FALSE};
    struct condition *c = new_node(a, kinds[rng_below(r, 8)], 0);
    c->height = 1;
    if (c->kind == CONDITION_COLUMN) {
        c->side = rng_below(r, 2) ? CONDITION_LEFT : CONDITION_RIGHT;
        c->op = rng_below(r, 2) ? '.' : 0;
    }
    if (c->kind == CONDITION_COLUMN || c->kind == CONDITION_TEXT)
        c->text = random_text(a, r);
    if (c->kind == CONDITION_NUMBER)
        c->number = rng_below(r, 2) ? (double)rng_below(r, 100) - 50
                                    : (rng_uniform(r) - 0.5) * 1e9 / 3;
    return c;
}

static struct condition *random_tree(struct arena *a, struct rng *r, unsigned depth);

static void fill(struct arena *a, struct rng *r, struct condition *c, unsigned depth)
{
    for (unsigned i = 0; i < c->n; i++)
        c->args[i] = random_tree(a, r, depth - 1);
}

// AND within AND becomes one when read; so do OR within OR, and a minus before a number.
static bool would_change(const struct condition *c)
{
    for (unsigned i = 0; i < c->n; i++)
        if ((c->kind == CONDITION_AND || c->kind == CONDITION_OR) &&
            c->args[i]->kind == c->kind)
            return true;
    return c->kind == CONDITION_ARITHMETIC && c->n == 1 &&
           c->args[0]->kind == CONDITION_NUMBER;
}

static struct condition *random_call(struct arena *a, struct rng *r, unsigned depth)
{
    const struct condition_names *f =
        &condition_functions()[rng_below(r, CONDITION_FUNCTIONS)];
    unsigned most = f->most > f->least + 2 ? f->least + 2 : f->most;
    struct condition *c = new_node(
        a, CONDITION_CALL, f->least + (unsigned)rng_below(r, most - f->least + 1));
    c->function = f->function;
    fill(a, r, c, depth);
    if (c->function == FUNCTION_DATE_DIFF) { // its first is a unit
        c->args[0] = new_node(a, CONDITION_TEXT, 0);
        c->args[0]->text = STR("month");
    }
    return c;
}

static struct condition *random_tree(struct arena *a, struct rng *r, unsigned depth)
{
    static const struct {
        enum condition_kind kind;
        unsigned least, most;
        const char *ops;
    } forms[] = {{CONDITION_AND, 2, 4, ""},
                 {CONDITION_OR, 2, 4, ""},
                 {CONDITION_NOT, 1, 1, ""},
                 {CONDITION_COMPARE, 2, 2, ""},
                 {CONDITION_ARITHMETIC, 2, 2, "+-*/|"},
                 {CONDITION_ARITHMETIC, 1, 1, "-"},
                 {CONDITION_IS_NULL, 1, 1, ""},
                 {CONDITION_IS_NOT_NULL, 1, 1, ""},
                 {CONDITION_IN, 2, 4, ""},
                 {CONDITION_BETWEEN, 3, 3, ""},
                 {CONDITION_CASE, 2, 5, ""},
                 {CONDITION_CAST, 1, 1, "t0"},
                 {CONDITION_INDEX, 2, 2, ""},
                 {CONDITION_PAIRWISE, 2, 2, "><"}};
    static const char *const types[] = {"varchar", "double",    "int",
                                        "date",    "timestamp", "boolean"};
    if (depth <= 1 || rng_below(r, 5) == 0)
        return random_leaf(a, r);
    if (rng_below(r, 4) == 0)
        return random_call(a, r, depth);
    size_t k = rng_below(r, sizeof forms / sizeof *forms);
    unsigned n =
        forms[k].least + (unsigned)rng_below(r, forms[k].most - forms[k].least + 1);
    struct condition *c = new_node(a, forms[k].kind, n);
    size_t n_ops = strlen(forms[k].ops);
    c->op = n_ops ? forms[k].ops[rng_below(r, n_ops)] : 0;
    if (c->op == '0')
        c->op = 0;
    if (c->kind == CONDITION_COMPARE)
        c->op = (int)rng_below(r, 6);
    if (c->kind == CONDITION_CAST)
        c->text = str_of(types[rng_below(r, 6)]);
    if (c->kind == CONDITION_PAIRWISE)
        c->function = rng_below(r, 2) ? FUNCTION_LEVENSHTEIN : FUNCTION_JARO_WINKLER;
    fill(a, r, c, depth);
    if (c->kind == CONDITION_INDEX) {
        c->args[1] = new_node(a, CONDITION_NUMBER, 0);
        c->args[1]->number = rng_below(r, 2) ? 2 : -1;
    }
    return would_change(c) ? random_leaf(a, r) : c;
}

static void random_trees(void **state)
{
    (void)state;
    uint64_t seed = 20261122;
    print_message("seed %llu\n", (unsigned long long)seed);
    struct rng r = rng_seed(seed);
    struct buf out = BUF_INIT(1 << 20);
    for (int i = 0; i < 20000; i++) {
        struct arena a;
        arena_init(&a, 0);
        there_and_back(&a, random_tree(&a, &r, 2 + (unsigned)(i % 6)), &out);
        arena_free(&a);
    }
    buf_free(&out);
}

// ---- memory ---------------------------------------------------------------------------

// Reading, and what is asked of a tree, survive each allocation that fails.
static void out_of_memory(void **state)
{
    (void)state;
    // longer than an arena's first block, so that there are several
    struct buf sql = BUF_INIT(1 << 16);
    for (int i = 0; i < 200; i++)
        buf_printf(&sql, "%slevenshtein(\"x\"\"%d_l\", r.y%d) <= %d", i ? " OR " : "", i,
                   i, i);
    bool done = false;
    for (int64_t n = 0; !done && n < 200; n++) {
        struct arena a;
        struct condition *c = NULL;
        struct str *names = NULL;
        unsigned n_names;
        struct error e = {0};
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code = condition_parse(&c, &a, buf_str(&sql), "x", &e);
        if (!code)
            code = condition_columns(c, &a, &names, &n_names, &e);
        struct condition *one = code ? NULL : condition_one_sided(&a, c);
        mem_fail_after(-1);
        done = !code && one;
        if (code)
            assert_true(code == ERR_MEMORY && e.code == ERR_MEMORY);
        if (done)
            assert_int_equal(n_names, 400);
        assert_true(done || n < 199);
        arena_free(&a);
    }
    buf_free(&sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splink_conditions), cmocka_unit_test(meanings),
        cmocka_unit_test(all_functions),     cmocka_unit_test(trees),
        cmocka_unit_test(bad_texts),         cmocka_unit_test(limits),
        cmocka_unit_test(random_trees),      cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
