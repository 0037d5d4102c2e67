// SPDX-License-Identifier: AGPL-3.0-or-later
// view.h: conditions against what DuckDB says of them, levels with and without the
// memory, blocking rules, bad models, and memory that runs out.
#include "link/compare.h"
#include "link/view.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"
#include "base/table.h"

// ---- models ----

enum { MOST = 200 };

static struct link_model *new_model(void)
{
    struct link_model *m;
    struct error e = {0};
    assert_ok(link_model_open(&m, &e));
    m->comparisons = ARENA_ARRAY(&m->arena, struct link_comparison, LINK_MAX_COMPARISONS);
    m->rules = ARENA_ARRAY(&m->arena, struct link_rule, LINK_MAX_RULES);
    assert_true(m->comparisons && m->rules);
    return m;
}

// Levels end with NULL; the last should be ELSE.
static struct link_comparison *add_comparison(struct link_model *m, const char *name,
                                              const char *const *levels)
{
    struct link_comparison *c = &m->comparisons[m->n_comparisons++];
    *c = (struct link_comparison){.name = str_of(name)};
    c->levels = ARENA_ARRAY(&m->arena, struct link_level, LINK_MAX_LEVELS + 1);
    assert_non_null(c->levels);
    for (; *levels; levels++) {
        struct str text = str_copy(&m->arena, str_of(*levels));
        c->levels[c->n_levels++].condition = text;
    }
    return c;
}

static void add_rule(struct link_model *m, const char *sql)
{
    m->rules[m->n_rules++].condition = str_of(sql);
}

static struct link_records *records_of(const char *const *names, unsigned n_columns,
                                       const char *const *cells, uint32_t n)
{
    struct link_records *r;
    struct error e = {0};
    struct str *texts = mem_alloc((size_t)n * n_columns, sizeof *texts);
    assert_non_null(texts);
    for (size_t i = 0; i < (size_t)n * n_columns; i++)
        texts[i] = str_of(cells[i]);
    assert_ok(link_records_of(&r, names, n_columns, texts, n, &e));
    mem_free(texts);
    return r;
}

// Record by its row, from 0, in the order in which the rows were given.
static void places(const struct link_records *r, uint32_t *record)
{
    for (uint32_t i = 0; i < r->n; i++)
        record[r->row[i] - 1] = i;
}

// ---- what DuckDB says ----

struct vectors {
    struct arena arena;
    const char *names[MOST];
    unsigned n_columns;
    struct str cells[MOST * 20];
    uint32_t n_rows;
    uint32_t left[1000], right[1000];
    unsigned n_pairs;
    struct str sql[MOST], expected[MOST];
    unsigned n_conditions;
};

static uint32_t whole(struct str s)
{
    int64_t x = -1;
    assert_true(str_to_int(s, &x) && x >= 0);
    return (uint32_t)x;
}

static void take_row(struct vectors *v, const struct table_row *row)
{
    struct str kind = row->cells[0];
    if (str_equal_c(kind, "columns")) {
        for (size_t i = 1; i < row->n; i++)
            v->names[v->n_columns++] = str_c(&v->arena, row->cells[i]);
    } else if (str_equal_c(kind, "record")) {
        for (unsigned i = 0; i < v->n_columns; i++)
            v->cells[v->n_rows * v->n_columns + i] =
                str_copy(&v->arena, row->cells[i + 1]);
        v->n_rows++;
    } else if (str_equal_c(kind, "pair")) {
        v->left[v->n_pairs] = whole(row->cells[1]);
        v->right[v->n_pairs++] = whole(row->cells[2]);
    } else {
        v->sql[v->n_conditions] = str_copy(&v->arena, row->cells[1]);
        v->expected[v->n_conditions++] = str_copy(&v->arena, row->cells[2]);
    }
}

static struct vectors *read_vectors(void)
{
    struct vectors *v = mem_alloc(1, sizeof *v);
    struct error e = {0};
    struct table *t;
    struct table_row row;
    char path[1024];
    const char *source = getenv("HENG_SOURCE");
    assert_non_null(v);
    arena_init(&v->arena, 0);
    snprintf(path, sizeof path, "%s/tests/link/view_vectors.csv", source ? source : ".");
    assert_ok(table_open(&t, path, NULL, &e));
    for (;;) {
        assert_ok(table_read(t, &row, &e));
        if (row.end)
            break;
        assert_int_equal(row.problem.code, 0);
        take_row(v, &row);
    }
    table_close(t);
    assert_true(v->n_rows > 50 && v->n_pairs > 200 && v->n_conditions > 80);
    return v;
}

static unsigned expected_level(const struct vectors *v, unsigned condition, unsigned pair)
{
    char c = v->expected[condition].p[pair];
    return c == 't' ? 0 : c == 'f' ? 1 : 2;
}

// Each condition is a comparison: true, NOT true, ELSE.
static unsigned check_some(const struct vectors *v, struct link_records *r, unsigned from,
                           unsigned n, unsigned log2_slots)
{
    struct link_model *m = new_model();
    struct error e = {0};
    struct link_view *view;
    struct link_scratch *s;
    struct pool *pool;
    uint32_t record[MOST];
    unsigned wrong = 0;
    places(r, record);
    for (unsigned i = 0; i < n; i++) {
        const char *sql = str_c(&m->arena, v->sql[from + i]);
        struct str not_it = str_format(&m->arena, "NOT (%s)", sql);
        add_comparison(m, "c", (const char *const[]){sql, not_it.p, "ELSE", NULL});
    }
    assert_ok(pool_open(&pool, 2, &e));
    assert_ok(link_view_open(&view, r, m, pool, &e));
    assert_ok(link_scratch_open(&s, view, log2_slots, &e));
    struct link_pair pairs[1000];
    uint64_t patterns[1000];
    for (unsigned p = 0; p < v->n_pairs; p++)
        pairs[p] = (struct link_pair){record[v->left[p]], record[v->right[p]]};
    link_view_patterns(view, s, pairs, v->n_pairs / 2, patterns);
    for (unsigned round = 0; round < 2; round++) {
        if (round)
            link_view_patterns(view, s, pairs, v->n_pairs, patterns);
        for (unsigned p = 0; p < v->n_pairs; p++) {
            uint32_t a = pairs[p].left, b = pairs[p].right;
            uint64_t pattern = link_view_pattern(view, s, a, b);
            if (round || p < v->n_pairs / 2)
                assert_true(pattern == patterns[p]);
            for (unsigned i = 0; i < n; i++) {
                unsigned level = link_view_level(view, s, i, a, b);
                assert_int_equal(level,
                                 link_pattern_level(&view->comparisons[i], pattern));
                if (level != expected_level(v, from + i, p) && ++wrong < 200)
                    print_message("%.*s: rows %u and %u: level %u, not %u\n",
                                  STR_ARG(v->sql[from + i]), v->left[p], v->right[p],
                                  level, expected_level(v, from + i, p));
            }
        }
    }
    uint64_t calls, hits;
    link_scratch_counts(s, &calls, &hits);
    assert_true(hits > 0);
    link_scratch_close(s);
    link_view_close(view);
    pool_close(pool);
    link_model_close(m);
    return wrong;
}

static void as_duckdb(void **state)
{
    (void)state;
    struct vectors *v = read_vectors();
    struct link_records *r;
    struct error e = {0};
    assert_ok(link_records_of(&r, v->names, v->n_columns, v->cells, v->n_rows, &e));
    unsigned wrong = 0;
    for (unsigned i = 0; i < v->n_conditions; i += 8) {
        unsigned n = v->n_conditions - i < 8 ? v->n_conditions - i : 8;
        wrong += check_some(v, r, i, n, i % 16 ? 0 : 4);
    }
    link_records_close(r);
    arena_free(&v->arena);
    mem_free(v);
    assert_int_equal(wrong, 0);
}

// ---- rules ----

static const char *const people[] = {"surname", "given", "born", "town"};
static const char *const cells[] = {
    "smith", "john",  "1980-02-29", "york",  // 0
    "smith", "jon",   "1980-02-29", "leeds", // 1
    "smyth", "john",  "1980-02-28", "york",  // 2
    "",      "john",  "1980-02-29", "york",  // 3
    "",      "john",  "1980-02-29", "",      // 4
    "jones", "mary",  "1975-11-30", "york",  // 5
    "jnoes", "mary",  "1975-11-30", "hull",  // 6
    "john",  "smith", "1980-02-29", "york",  // 7
};

struct world {
    struct link_model *model;
    struct link_records *records;
    struct link_view *view;
    struct link_scratch *scratch;
    uint32_t record[MOST];
};

static struct world *open_world(const char *const *rules, const char *const *levels)
{
    struct world *w = mem_alloc(1, sizeof *w);
    struct error e = {0};
    assert_non_null(w);
    w->model = new_model();
    for (; *rules; rules++)
        add_rule(w->model, *rules);
    if (levels)
        add_comparison(w->model, "names", levels);
    w->records = records_of(people, 4, cells, 8);
    places(w->records, w->record);
    assert_ok(link_view_open(&w->view, w->records, w->model, NULL, &e));
    assert_ok(link_scratch_open(&w->scratch, w->view, 0, &e));
    return w;
}

static void close_world(struct world *w)
{
    link_scratch_close(w->scratch);
    link_view_close(w->view);
    link_records_close(w->records);
    link_model_close(w->model);
    mem_free(w);
}

static bool holds(const struct world *w, unsigned rule, unsigned a, unsigned b)
{
    bool one = link_view_rule(w->view, w->scratch, rule, w->record[a], w->record[b]);
    assert_int_equal(
        one, link_view_rule(w->view, w->scratch, rule, w->record[b], w->record[a]));
    return one;
}

static const struct link_column *column_of(const struct world *w, unsigned column)
{
    assert_true(column < w->view->width);
    return &w->records->columns[w->view->column[column]];
}

static void rules_are_taken_apart(void **state)
{
    (void)state;
    struct world *w = open_world(
        (const char *const[]){
            "l.surname = r.surname AND l.born = r.born",
            "l.\"given\" = r.\"given\" AND levenshtein(l.surname, r.surname) <= 1",
            "(l.town = r.town) AND (substr(l.born, 1, 4) = substr(r.born, 1, 4)) AND "
            "(jaro_winkler_similarity(l.given, r.given) > 0.9 OR l.surname IS NULL)",
            "l.town = r.town AND 2 > heng_osa(r.surname, l.surname)",
            "heng_near(l.surname, r.surname, 1)",
            "l.surname = r.given AND l.given = r.surname AND l.born = r.born", NULL},
        NULL);
    const struct view_rule *rules = w->view->rules;
    assert_int_equal(w->view->n_rules, 6);
    assert_int_equal(rules[0].n_equal, 2);
    assert_null(rules[0].rest);
    assert_true(str_equal_c(column_of(w, rules[0].equal[1])->name, "born"));
    assert_true(holds(w, 0, 0, 1) && !holds(w, 0, 0, 2));
    assert_false(holds(w, 0, 3, 4)); // null is never equal to null

    assert_int_equal(rules[1].n_equal, 1);
    assert_int_equal(rules[1].near, LINK_NEAR_EDIT);
    assert_false(rules[1].near_osa);
    assert_null(rules[1].rest);
    assert_true(holds(w, 1, 0, 2) && !holds(w, 1, 0, 1) && !holds(w, 1, 3, 4));
    assert_false(holds(w, 1, 5, 6)); // a swap is two edits

    assert_int_equal(rules[2].n_equal, 2);
    assert_non_null(rules[2].rest);
    assert_true(holds(w, 2, 0, 2) && holds(w, 2, 0, 3) && !holds(w, 2, 0, 7));

    assert_true(rules[3].near == LINK_NEAR_EDIT && rules[3].near_osa);
    assert_true(holds(w, 3, 0, 2) && !holds(w, 3, 0, 5) && !holds(w, 3, 5, 6));

    // john, jnoes, jones, smith, smyth in the order of bytes: jnoes john jones smith ...
    assert_true(rules[4].near == LINK_NEAR_SORTED && rules[4].near_steps == 1);
    assert_int_equal(rules[4].n_equal, 0);
    assert_true(holds(w, 4, 7, 5) && holds(w, 4, 7, 6) && !holds(w, 4, 5, 6));
    assert_true(holds(w, 4, 0, 1) && holds(w, 4, 0, 5) && !holds(w, 4, 2, 5));
    assert_false(holds(w, 4, 3, 4));

    assert_int_equal(rules[5].n_equal, 1);
    assert_non_null(rules[5].rest);
    assert_true(holds(w, 5, 0, 7) && !holds(w, 5, 0, 1));
    uint32_t a = w->record[0], b = w->record[2];
    assert_true(!link_view_rule(w->view, w->scratch, 5, a, b) &&
                link_view_rest(w->view, w->scratch, 0, a, b));
    close_world(w);
}

static void refused(const char *rule, const char *level, const char *where,
                    const char *text, const char *cure)
{
    struct link_model *m = new_model();
    struct link_records *r = records_of(people, 4, cells, 8);
    struct link_view *v = (void *)m;
    struct error e = {0};
    if (rule)
        add_rule(m, rule);
    if (level)
        add_comparison(m, "some", (const char *const[]){level, "ELSE", NULL});
    assert_int_equal(link_view_open(&v, r, m, NULL, &e), ERR_INPUT);
    assert_null(v);
    if (!strstr(e.where, where) || !strstr(e.text, text) || !strstr(e.cure, cure))
        fail_msg("%s: %s (%s)", e.where, e.text, e.cure);
    link_records_close(r);
    link_model_close(m);
}

static void bad_models(void **state)
{
    (void)state;
    refused("l.street = r.street", NULL, "rule 1", "\"street\"", "");
    refused("l.street = r.street", NULL, "rule 1", "surname, given, born, town", "");
    refused(NULL, "street_l = street_r", "\"some\", level 1", "surname, given", "");
    refused(NULL, "substr(street_l, 1, 1) = substr(street_r, 1, 1)", "level 1",
            "no column \"street\"", "");
    refused(NULL, "length(concat(surname_l, street_r)) > 3", "level 1", "\"street\"", "");
    refused("l.surname = r.surname OR l.born = r.born", NULL, "rule 1", "every pair",
            "rule of its own");
    refused("l.surname = r.given", NULL, "rule 1", "every pair", "AND");
    refused("levenshtein(l.born, r.born) <= 2", NULL, "rule 1", "every pair", "<= 1");
    refused("heng_near(l.born, r.born, 0)", NULL, "rule 1", "1 to 1000", "heng_near");
    refused("heng_near(l.born, r.town, 2)", NULL, "rule 1", "the same part", "heng_near");
    refused(NULL, "heng_near(born_l, born_r, 2)", "level 1", "heng_near",
            "blocking rule");
    refused("l.born = ", NULL, "rule 1", "", "");
    refused(NULL, "regexp_extract(born_l, '[0-9') = born_r", "level 1", "'[0-9'", "");
    refused(NULL, "try_strptime(born_l, '%d %Q') IS NULL", "level 1", "%Q", "%Y");
}

// ---- levels ----

static const char *const name_levels[] = {
    "surname_l IS NULL OR surname_r IS NULL",
    "surname_l = surname_r",
    "surname_l = given_r AND surname_r = given_l",
    "jaro_winkler_similarity(surname_l, surname_r) >= 0.88",
    "levenshtein(surname_l, surname_r) <= 2",
    "ELSE",
    NULL};

static void first_true_level(void **state)
{
    (void)state;
    struct world *w = open_world((const char *const[]){NULL}, name_levels);
    static const struct {
        unsigned a, b, level;
    } pairs[] = {{0, 1, 1}, {0, 2, 3}, {0, 3, 0}, {3, 4, 0},
                 {0, 7, 2}, {5, 6, 3}, {0, 5, 5}};
    const struct view_comparison *c = &w->view->comparisons[0];
    assert_int_equal(c->n_levels, 6);
    assert_int_equal(c->bits, 3);
    assert_null(c->tests[5]);
    assert_int_equal(c->null_level, 6);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (unsigned again = 0; again < 3; again++)
            assert_int_equal(link_view_level(w->view, w->scratch, 0,
                                             w->record[pairs[i].a],
                                             w->record[pairs[i].b]),
                             pairs[i].level);
    close_world(w);
}

// Conditions of two records, the left with the cells `left`: what they come to.
static void functions_of_one_record(void **state)
{
    (void)state;
    static const char *const names[] = {"name", "id", "date", "list", "number"};
    static const char *const two[] = {
        "欧阳伟国", "11010519491231002X", "2001-02-03", "[0.6, 0.8]", "7", //
        "欧阳国伟", "110105491231002",    "2001-03-02", "a|b;c",      "x"};
    static const struct {
        const char *sql;
        unsigned level; // 0 true, 1 false, 2 null
    } known[] = {
        {"heng_surname(name_l) = '欧阳'", 0},
        {"heng_given(name_l) = '伟国'", 0},
        {"heng_sorted(name_l) = heng_sorted(name_r)", 0},
        {"heng_pinyin(name_l) = 'ou yang wei guo'", 0},
        {"heng_pinyin_tones(name_l) = heng_pinyin(name_l)", 1},
        {"heng_initials(name_l) = 'oywg' AND heng_initials(name_r) = 'oygw'", 0},
        {"heng_sound(name_l) = heng_sound(name_r)", 1},
        {"heng_shape(name_l, name_r) > 0.4", 0},
        {"heng_identity_birth(id_l) = '1949-12-31'", 0},
        {"heng_identity_birth(id_l) = heng_identity_birth(id_r)", 0},
        {"heng_identity_sex(id_l) = 'f'", 0},
        {"heng_identity_region(id_l) = heng_identity_region(id_r)", 0},
        {"heng_identity_sex(name_l) IS NULL", 0},
        {"heng_digits(date_l) = '20010203'", 0},
        {"heng_digits(name_l) IS NULL", 0},
        {"heng_token(replace(date_l, '-', ' '), -1) = '03'", 0},
        {"heng_token(date_l, 2) IS NULL", 0},
        {"heng_sort_tokens('  wei zhang ') = 'wei zhang'", 0},
        {"heng_sort_tokens(concat('wei ', number_l, ' zhang')) = '7 wei zhang'", 0},
        {"soundex('Rupert') = soundex(concat('Robert', number_l))", 0},
        {"heng_days(date_l, date_r) = 27 OR heng_days(date_l, date_r) = -27", 0},
        {"heng_days(date_l, name_r) > 1", 2},
        {"heng_dates_swapped(date_l, date_r)", 0},
        {"heng_osa(name_l, name_r) = 1", 0},
        {"levenshtein(name_l, name_r) = 2", 0},
        {"heng_tokens(name_l, name_r, 0.95) < 1", 0},
        {"heng_qgram(date_l, date_r, 2) BETWEEN 0.3 AND 0.9", 0},
        {"heng_km(52, 0, 52, number_l) > 470 AND heng_km(52, 0, 52, number_l) < 490", 0},
        {"heng_km(number_l, 0, number_r, 0) < 3", 2},
        {"array_cosine_similarity(list_l, '[0.8, 0.6]') > 0.95", 0},
        {"array_cosine_similarity(list_l, '[0.8]') IS NULL", 0},
        {"array_length(list_intersect(list_l, list_r)) = 0", 0},
        {"array_length(list_r) = 2", 0},
        {"list_r[1] = 'a'", 0},
        {"list_r[3] IS NULL", 0},
        {"number_l + 1 = 8", 0},
        {"number_r + 1 = 8", 2},
        {"number_l / 2 = 3.5 AND -number_l < number_l * 2", 0},
        {"year(date_l) * 100 + month(date_l) = 200102 AND day(date_r) = 2", 0},
        {"strftime(CAST(date_l AS date), '%-d %b %Y') = '3 Feb 2001'", 0},
        {"strftime(CAST(date_l AS timestamp), '%H:%M') = '00:00'", 0},
        {"try_strptime('3.2.2001 14:05', '%d.%m.%Y %H:%M') > date_l", 0},
        {"epoch(try_strptime('1970-01-02T00:00:01Z', '%Y-%m-%dT%H:%M:%SZ')) = 86401", 0},
        {"CAST(date_r AS date) - CAST(date_l AS date) = 27", 0},
        {"date_diff('week', CAST(date_l AS date), CAST(date_r AS date)) = 3", 0},
        {"regexp_extract(date_l, concat('(', number_l)) = date_r", 2},
        {"coalesce(NULL, nullif(number_l, '7'), 'none') = 'none'", 0},
        {"round(number_l / 3, 2) = 2.33", 0},
        {"pi() > 3.14 AND sqrt(number_l + 2) = 3", 0},
        {"TRY_CAST(number_r AS int) IS NULL", 0},
        {"CAST(number_l AS boolean)", 0},
    };
    struct error e = {0};
    struct link_records *r = records_of(names, 5, two, 2);
    uint32_t record[2];
    unsigned wrong = 0;
    places(r, record);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct link_model *m = new_model();
        struct link_view *v;
        struct link_scratch *s;
        struct str not_it = str_format(&m->arena, "NOT (%s)", known[i].sql);
        add_comparison(m, "c",
                       (const char *const[]){known[i].sql, not_it.p, "ELSE", NULL});
        assert_ok(link_view_open(&v, r, m, NULL, &e));
        assert_ok(link_scratch_open(&s, v, 0, &e));
        unsigned level = link_view_level(v, s, 0, record[0], record[1]);
        if (level != known[i].level) {
            print_message("%s: level %u, not %u\n", known[i].sql, level, known[i].level);
            wrong++;
        }
        link_scratch_close(s);
        link_view_close(v);
        link_model_close(m);
    }
    link_records_close(r);
    assert_int_equal(wrong, 0);
}

// ---- what is kept ----

// Many records of few letters, so that values and pairs of them come back.
static struct link_records *many(uint32_t n, unsigned letters, uint64_t seed)
{
    static const char *const names[] = {"first", "last", "born", "town"};
    struct rng rng = rng_seed(seed);
    struct error e = {0};
    struct link_records *r;
    struct str *texts = mem_alloc((size_t)n * 4, sizeof *texts);
    char(*room)[16] = mem_alloc((size_t)n * 4, sizeof *room);
    assert_true(texts && room);
    for (size_t i = 0; i < (size_t)n * 4; i++) {
        size_t length = rng_below(&rng, 8);
        for (size_t k = 0; k < length; k++)
            room[i][k] = (char)('a' + rng_below(&rng, i % 4 == 3 ? 2 : letters));
        if (i % 4 == 2)
            length = (size_t)snprintf(
                room[i], 16, "19%02u-%02u-%02u", (unsigned)rng_below(&rng, 100),
                1 + (unsigned)rng_below(&rng, 13), 1 + (unsigned)rng_below(&rng, 28));
        texts[i] = (struct str){room[i], length};
    }
    assert_ok(link_records_of(&r, names, 4, texts, n, &e));
    mem_free(texts);
    mem_free(room);
    return r;
}

static struct link_model *model_of_many(void)
{
    static const char *const levels[][7] = {
        {"first_l IS NULL OR first_r IS NULL", "first_l = first_r",
         "jaro_winkler_similarity(first_l, first_r) >= 0.92",
         "levenshtein(first_l, first_r) <= 1",
         "jaro_winkler_similarity(first_l, first_r) >= 0.7", "ELSE"},
        {"last_l IS NULL OR last_r IS NULL", "last_l = last_r",
         "last_l = first_r AND first_l = last_r", "levenshtein(last_r, last_l) < 3",
         "substr(last_l, 1, 2) = substr(last_r, 1, 2)", "ELSE"},
        {"try_strptime(born_l, '%Y-%m-%d') IS NULL OR "
         "try_strptime(born_r, '%Y-%m-%d') IS NULL",
         "born_l = born_r",
         "ABS(EPOCH(try_strptime(born_l, '%Y-%m-%d')) - "
         "EPOCH(try_strptime(born_r, '%Y-%m-%d'))) <= 31557600",
         "levenshtein(born_l, born_r) <= 2", "ELSE"},
        {"town_l = town_r", "town_l IS NULL OR town_r IS NULL", "town_l < town_r",
         "ELSE"},
    };
    static const char *const names[] = {"first", "last", "born", "town"};
    struct link_model *m = new_model();
    for (unsigned i = 0; i < 4; i++)
        add_comparison(m, names[i], levels[i]);
    m->comparisons[0].levels[0].is_null = true;
    m->comparisons[3].levels[1].is_null = true;
    m->comparisons[0].levels[1].tf_column = STR("first");
    m->comparisons[1].levels[1].tf_column = STR("Last");
    add_rule(m, "l.born = r.born");
    return m;
}

// Levels that are steps of one number are those that the comparators give, for every pair
// and both ways round; a step the wrong way round is no ladder and works as well.
static void ladders(void **state)
{
    (void)state;
    static const char *const levels[][7] = {
        {"first_l IS NULL OR first_r IS NULL", "first_l = first_r",
         "jaro_winkler_similarity(first_l, first_r) >= 0.9",
         "jaro_winkler_similarity(first_l, first_r) > 0.7", "ELSE"},
        {"last_l IS NULL OR last_r IS NULL", "last_l = last_r",
         "levenshtein(last_l, last_r) < 2", "levenshtein(last_l, last_r) <= 3", "ELSE"},
        {"first_l IS NULL OR first_r IS NULL", "jaro_similarity(first_l, first_r) > 0.8",
         "jaro_similarity(first_l, first_r) >= 0.6", "ELSE"},
        {"born_l IS NULL OR born_r IS NULL", "born_l = born_r",
         "damerau_levenshtein(born_l, born_r) <= 1",
         "damerau_levenshtein(born_l, born_r) <= 2", "ELSE"},
        {"last_l IS NULL OR last_r IS NULL", "levenshtein(last_l, last_r) > 3",
         "levenshtein(last_l, last_r) > 1", "ELSE"},
    };
    enum { N = 2000, COMPARISONS = 5 }; // more values than a table of pairs holds
    print_message("seed 31\n");
    struct link_records *r = many(N, 9, 31);
    struct link_model *m = new_model();
    static const char *const names[COMPARISONS] = {"a", "b", "c", "d", "e"};
    for (unsigned i = 0; i < COMPARISONS; i++)
        add_comparison(m, names[i], levels[i]);
    add_rule(m, "l.born = r.born");
    struct link_view *v;
    struct link_scratch *s;
    struct error e = {0};
    struct link_pair *pairs = mem_alloc(N, sizeof *pairs);
    uint64_t *patterns = mem_alloc(N, sizeof *patterns);
    assert_ok(link_view_open(&v, r, m, NULL, &e));
    assert_ok(link_scratch_open(&s, v, 0, &e));
    const struct link_column *first = link_records_column(r, STR("first")),
                             *last = link_records_column(r, STR("last")),
                             *born = link_records_column(r, STR("born"));
    uint64_t met[COMPARISONS][LINK_MAX_LEVELS] = {0};
    for (uint32_t a = 0; a < N; a += 41) {
        for (uint32_t b = 0; b < N; b++)
            pairs[b] = (struct link_pair){a, b};
        link_view_patterns(v, s, pairs, N, patterns);
        for (uint32_t b = 0; b < N; b++) {
            uint32_t x[3] = {first->value[a], last->value[a], born->value[a]};
            uint32_t y[3] = {first->value[b], last->value[b], born->value[b]};
            struct str p = link_text(first, x[0]), q = link_text(first, y[0]);
            double winkler = compare_jaro_winkler(p, q), jaro = compare_jaro(p, q);
            uint32_t edits = compare_levenshtein(link_text(last, x[1]),
                                                 link_text(last, y[1]), UINT32_MAX - 1);
            uint32_t days = compare_damerau(link_text(born, x[2]), link_text(born, y[2]),
                                            UINT32_MAX - 1);
            bool no_first = !x[0] || !y[0], no_last = !x[1] || !y[1];
            unsigned expected[COMPARISONS] = {no_first         ? 0
                                              : x[0] == y[0]   ? 1
                                              : winkler >= 0.9 ? 2
                                              : winkler > 0.7  ? 3
                                                               : 4,
                                              no_last      ? 0
                                              : !edits     ? 1
                                              : edits < 2  ? 2
                                              : edits <= 3 ? 3
                                                           : 4,
                                              no_first      ? 0
                                              : jaro > 0.8  ? 1
                                              : jaro >= 0.6 ? 2
                                                            : 3,
                                              !x[2] || !y[2] ? 0
                                              : !days        ? 1
                                              : days <= 2    ? 1 + days
                                                             : 4,
                                              no_last     ? 0
                                              : edits > 3 ? 1
                                              : edits > 1 ? 2
                                                          : 3};
            for (unsigned c = 0; c < COMPARISONS; c++) {
                met[c][expected[c]]++;
                assert_int_equal(link_pattern_level(&v->comparisons[c], patterns[b]),
                                 expected[c]);
                assert_int_equal(link_view_level(v, s, c, a, b), expected[c]);
            }
        }
    }
    for (unsigned c = 0; c < COMPARISONS; c++)
        for (unsigned k = 0; k < v->comparisons[c].n_levels; k++)
            assert_true(met[c][k] > 0 || (c == 3 && k == 0)); // all have a date
    link_scratch_close(s);
    mem_free(pairs);
    mem_free(patterns);
    link_view_close(v);
    link_model_close(m);
    link_records_close(r);
}

// Whatever the memory holds, and however small it is, levels are those of a fresh one.
static void memory_changes_nothing(void **state)
{
    (void)state;
    uint64_t seed = 20261122;
    print_message("seed %llu\n", (unsigned long long)seed);
    enum { N = 3000, PAIRS = 20000 };
    struct link_records *r = many(N, 6, seed);
    struct link_model *m = model_of_many();
    struct link_view *v;
    struct link_scratch *small, *usual, *fresh;
    struct rng rng = rng_seed(seed + 1);
    struct error e = {0};
    struct link_pair *pairs = mem_alloc(PAIRS, sizeof *pairs);
    uint64_t *a = mem_alloc(PAIRS, sizeof *a), *b = mem_alloc(PAIRS, sizeof *b);
    assert_true(pairs && a && b);
    assert_ok(link_view_open(&v, r, m, NULL, &e));
    assert_ok(link_scratch_open(&small, v, 1, &e));
    assert_ok(link_scratch_open(&usual, v, 0, &e));
    for (unsigned i = 0; i < PAIRS; i++)
        pairs[i] = (struct link_pair){(uint32_t)rng_below(&rng, i % 3 ? N : 40),
                                      (uint32_t)rng_below(&rng, i % 3 ? N : 40)};
    for (unsigned round = 0; round < 2; round++) {
        link_view_patterns(v, small, pairs, PAIRS, a);
        link_view_patterns(v, usual, pairs, PAIRS, b);
        assert_memory_equal(a, b, PAIRS * sizeof *a);
    }
    assert_ok(link_scratch_open(&fresh, v, 0, &e));
    for (unsigned i = 0; i < PAIRS; i += 50) {
        link_scratch_close(fresh);
        assert_ok(link_scratch_open(&fresh, v, 0, &e));
        for (unsigned k = 0; k < v->n_comparisons; k++) {
            const struct view_comparison *c = &v->comparisons[k];
            assert_int_equal(link_view_level(v, fresh, k, pairs[i].left, pairs[i].right),
                             link_pattern_level(c, a[i]));
        }
    }
    uint64_t calls_small, calls_usual, hits_small, hits_usual;
    link_scratch_counts(small, &calls_small, &hits_small);
    link_scratch_counts(usual, &calls_usual, &hits_usual);
    assert_true(calls_usual < calls_small && hits_usual > hits_small);
    link_scratch_close(small);
    link_scratch_close(usual);
    link_scratch_close(fresh);
    mem_free(pairs);
    mem_free(a);
    mem_free(b);
    link_view_close(v);
    link_model_close(m);
    link_records_close(r);
}

static void columns_of_a_view(void **state)
{
    (void)state;
    struct link_records *r = many(4000, 2, 5);
    struct link_model *m = model_of_many();
    struct link_view *v, *again;
    struct error e = {0};
    assert_ok(link_view_open(&v, r, m, NULL, &e));
    const struct view_comparison *c = v->comparisons;
    assert_true(str_equal_c(r->columns[v->column[v->rules[0].equal[0]]].name, "born"));
    assert_int_equal(v->rules[0].equal[0], 0); // columns of rules come first
    assert_true(str_equal_c(r->columns[v->column[c[0].feature]].name, "first"));
    assert_true(str_equal_c(r->columns[v->column[c[2].feature]].name, "born"));
    assert_true(str_equal_c(r->columns[v->column[c[0].tf_column[1]]].name, "first"));
    assert_int_equal(c[0].tf_column[0], UINT_MAX);
    assert_true(str_equal_c(r->columns[v->column[c[1].tf_column[1]]].name, "last"));
    assert_int_equal(c[0].null_level, 0);
    assert_int_equal(c[1].null_level, c[1].n_levels);
    assert_int_equal(c[3].null_level, 1);
    // Two columns of two letters: 255 x 255 combinations are too many for 4,000 records.
    assert_int_equal(c[1].feature, UINT_MAX);
    for (unsigned i = 0; i < r->n; i++)
        for (unsigned k = 0; k < v->width; k++)
            assert_int_equal(link_view_row(v, i)[k], r->columns[v->column[k]].value[i]);
    // A second view finds the columns that the first has made.
    unsigned n = r->n_columns;
    assert_ok(link_view_open(&again, r, m, NULL, &e));
    assert_int_equal(r->n_columns, n);
    assert_int_equal(again->width, v->width);
    link_view_close(again);
    link_view_close(v);
    link_model_close(m);
    link_records_close(r);
}

// Few combinations of two columns: one column stands for both.
static void two_columns_as_one(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b"};
    static const char *const values[] = {"", "x", "y", "z"};
    enum { N = 400 };
    const char *texts[N * 2];
    struct rng rng = rng_seed(11);
    struct error e = {0};
    for (unsigned i = 0; i < N * 2; i++)
        texts[i] = values[rng_below(&rng, 4)];
    struct link_records *r = records_of(names, 2, texts, N);
    struct link_model *m = new_model();
    struct link_view *v;
    struct link_scratch *s;
    add_comparison(m, "both",
                   (const char *const[]){"a_l = b_r AND b_l = a_r",
                                         "a_l = a_r OR b_l = b_r", "ELSE", NULL});
    assert_ok(link_view_open(&v, r, m, NULL, &e));
    assert_ok(link_scratch_open(&s, v, 0, &e));
    assert_true(v->comparisons[0].feature != UINT_MAX);
    assert_int_equal(r->columns[v->column[v->comparisons[0].feature]].n_values, 15);
    for (unsigned i = 0; i < N; i++)
        for (unsigned k = 0; k < N; k++) {
            struct str a = link_text(&r->columns[0], r->columns[0].value[i]),
                       b = link_text(&r->columns[1], r->columns[1].value[i]),
                       x = link_text(&r->columns[0], r->columns[0].value[k]),
                       y = link_text(&r->columns[1], r->columns[1].value[k]);
            unsigned level = a.n && b.n && str_equal(a, y) && str_equal(b, x)       ? 0
                             : (a.n && str_equal(a, x)) || (b.n && str_equal(b, y)) ? 1
                                                                                    : 2;
            assert_int_equal(link_view_level(v, s, 0, i, k), level);
        }
    link_scratch_close(s);
    link_view_close(v);
    link_model_close(m);
    link_records_close(r);
}

static void near_within_equal_parts(void **state)
{
    (void)state;
    static const char *const names[] = {"town", "name"};
    static const char *const texts[] = {"a", "1", "a", "5", "b", "2", "b", "3",
                                        "a", "7", "a", "",  "",  "4", "a", "5"};
    struct link_records *r = records_of(names, 2, texts, 8);
    struct link_model *m = new_model();
    struct link_view *v;
    struct link_scratch *s;
    struct error e = {0};
    uint32_t record[8];
    unsigned found = 0;
    places(r, record);
    add_rule(m, "l.town = r.town AND heng_near(l.name, r.name, 1)");
    assert_ok(link_view_open(&v, r, m, NULL, &e));
    assert_ok(link_scratch_open(&s, v, 0, &e));
    for (unsigned i = 0; i < 8; i++)
        for (unsigned k = 0; k < i; k++)
            found += link_view_rule(v, s, 0, record[i], record[k]);
    // a: 1-5 1-5' 5-5' 5-7 5'-7; b: 2-3
    assert_int_equal(found, 6);
    assert_true(link_view_rule(v, s, 0, record[0], record[1]));
    assert_false(link_view_rule(v, s, 0, record[0], record[4]));
    link_scratch_close(s);
    link_view_close(v);
    link_model_close(m);
    link_records_close(r);
}

static void too_much(void **state)
{
    (void)state;
    struct link_model *m = new_model();
    struct link_records *r = records_of(people, 4, cells, 8);
    struct link_view *v;
    struct error e = {0};
    const char *levels[LINK_MAX_LEVELS + 2] = {NULL};
    for (unsigned i = 0; i < LINK_MAX_LEVELS; i++)
        levels[i] = "town_l = town_r";
    for (unsigned i = 0; i < 16; i++)
        add_comparison(m, "much", levels);
    assert_int_equal(link_view_open(&v, r, m, NULL, &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "64 bits"));
    m->n_comparisons = 0;
    levels[LINK_MAX_LEVELS] = "ELSE";
    add_comparison(m, "many", levels);
    assert_int_equal(link_view_open(&v, r, m, NULL, &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "16 levels"));
    m->n_comparisons = 0;
    assert_ok(link_view_open(&v, r, m, NULL, &e)); // nothing to compare
    link_view_close(v);
    link_records_close(r);
    link_model_close(m);
}

// Each allocation fails once; nothing is lost, and the records can still be used.
static void memory_runs_out(void **state)
{
    (void)state;
    struct link_records *r = many(200, 3, 3);
    struct link_model *m = model_of_many();
    struct error e = {0};
    add_rule(m, "l.first = r.first AND heng_near(l.last, r.last, 2) AND l.town IN ('a', "
                "r.town) AND length(concat(l.town, r.last)) > 1");
    bool done = false;
    for (int64_t n = 0; !done; n++) {
        struct link_view *v;
        struct link_scratch *s;
        assert_true(n < 20000);
        mem_fail_after(n);
        enum err code = link_view_open(&v, r, m, NULL, &e);
        if (!code) {
            code = link_scratch_open(&s, v, 8, &e);
            if (!code) {
                done = true;
                link_scratch_close(s);
            }
            link_view_close(v);
        }
        mem_fail_after(-1);
        if (code != ERR_MEMORY && code)
            fail_msg("%s: %s", error_name(code), e.text);
    }
    link_records_close(r);
    link_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_duckdb),
        cmocka_unit_test(rules_are_taken_apart),
        cmocka_unit_test(bad_models),
        cmocka_unit_test(first_true_level),
        cmocka_unit_test(functions_of_one_record),
        cmocka_unit_test(memory_changes_nothing),
        cmocka_unit_test(ladders),
        cmocka_unit_test(columns_of_a_view),
        cmocka_unit_test(two_columns_as_one),
        cmocka_unit_test(near_within_equal_parts),
        cmocka_unit_test(too_much),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
