// SPDX-License-Identifier: AGPL-3.0-or-later
// Every figure of the half-year report of a demo county, as its reader sees it, against
// plain SQL on the same file.
#include "measure_test.h"

#include "demo/demo.h"
#include "report/template.h"

enum { PEOPLE = 20000 };

static const struct report *half_year;
static struct doc *page;

static int setup(void **state)
{
    (void)state;
    char raw[128];
    make_county("cn-county");
    snprintf(raw, sizeof raw, "%s/raw", folder);
    struct demo_options options = {
        .folder = raw, .people = PEOPLE, .seed = 12, .until = date_today()};
    assert_ok(demo_write(&options, &error));
    import_all(raw);
    begin_measures();
    half_year = pack_report(county->pack, STR("half-year"));
    assert_non_null(half_year);
    assert_ok(template_make(&measure, &arena, half_year, period_named("2014S1"), -1,
                            false, &page, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

// --- the second way

// The SELECT of one aggregate, over the areas below `code` (NULL: the whole file), found
// by walking down the tree of codes; a register with facilities only stands where they
// do. `more` is added to the condition.
static double sql_aggregate(const struct aggregate *g, struct period p, const char *code,
                            const char *more)
{
    struct buf sql = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
    expr_aggregate_sql(g, p.first, p.last, measure.today, &sql);
    assert_ok(buf_check(&sql, &error));
    char from[128];
    snprintf(from, sizeof from, "\"%s\" t WHERE ", g->reg->table.p);
    const char *at = memmem(sql.p, sql.n, from, strlen(from));
    assert_non_null(at);
    at += strlen(from);
    buf_add(&out, (struct str){sql.p, (size_t)(at - sql.p)});
    if (code)
        buf_printf(
            &out,
            "%s IN (WITH RECURSIVE below(id, code) AS (SELECT id, code FROM "
            "r_areas WHERE code = '%s' AND state = 'current' UNION SELECT a.id, "
            "a.code FROM r_areas a JOIN below b ON a.parent = b.code WHERE a.state "
            "= 'current') SELECT id FROM below) AND ",
            g->reg->area || !g->reg->facility
                ? "t.area"
                : "(SELECT f.area FROM r_facilities f WHERE f.id = t.facility)",
            code);
    buf_add(&out, (struct str){at, sql.n - (size_t)(at - sql.p)});
    buf_add_c(&out, more);
    buf_add_char(&out, '\0');
    assert_ok(buf_check(&out, &error));
    double answer = ask_number(out.p);
    buf_free(&sql);
    buf_free(&out);
    return answer;
}

static double sql_value(const struct expr *x, struct period p, const char *code)
{
    double values[16];
    size_t n = expr_aggregates(x), known = 0;
    assert_true(n <= 16);
    for (size_t i = 0; i < n; i++) {
        values[i] = sql_aggregate(expr_aggregate(x, i), p, code, "");
        known += isnan(values[i]) ? 0 : 1;
    }
    for (size_t i = 0; known && i < n; i++)
        if (isnan(values[i]))
            values[i] = 0; // a part that nobody reported adds nothing
    return expr_combine(x, values);
}

struct expected {
    double numerator, denominator, value; // denominator NaN where there is none
    bool has_denominator, error;
};

static struct expected expect(const struct indicator *i, struct period p,
                              const char *code)
{
    struct expected x = {NAN, NAN, NAN, i->denominator != NULL, false};
    x.numerator = sql_value(i->numerator, p, code);
    if (!i->denominator) {
        x.value = i->per * x.numerator;
        return x;
    }
    x.denominator = sql_value(i->denominator, p, code);
    if (x.denominator != 0)
        x.value = i->per * x.numerator / x.denominator;
    x.error = i->inside && x.numerator > x.denominator;
    return x;
}

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

static void assert_same(const char *what, struct str name, const char *code, double found,
                        double wanted, bool exact)
{
    if (exact ? !(found == wanted || (isnan(found) && isnan(wanted)))
              : !same(found, wanted))
        fail_msg("%s of " STR_FMT " in %s: Heng says %.15g, SQL %.15g", what,
                 STR_ARG(name), code ? code : "the county", found, wanted);
}

static void compare(const struct indicator *i, struct period p, const char *code,
                    const struct figure *f)
{
    struct expected x = expect(i, p, code);
    if (f->state == FIGURE_NO_DATA) {
        assert_true(isnan(x.numerator) || (x.has_denominator && isnan(x.denominator)));
        return;
    }
    assert_int_not_equal(f->state, FIGURE_SUPPRESSED);
    assert_same("the numerator", i->name, code, f->numerator, x.numerator, true);
    if (x.has_denominator)
        assert_same("the denominator", i->name, code, f->denominator, x.denominator,
                    true);
    assert_same("the value", i->name, code, f->value, x.value, false);
    assert_int_equal(f->outside, x.error);
}

// --- every indicator, everywhere

static size_t indicators_of(const struct indicator **list, size_t capacity)
{
    size_t n = 0;
    for (size_t s = 0; s < half_year->n_sections; s++)
        for (size_t k = 0; k < half_year->sections[s].n_indicators; k++) {
            bool known = false;
            for (size_t i = 0; i < n; i++)
                known |= list[i] == half_year->sections[s].indicators[k];
            if (!known) {
                assert_true(n < capacity);
                list[n++] = half_year->sections[s].indicators[k];
            }
        }
    return n;
}

static void every_indicator_is_what_sql_says(void **state)
{
    (void)state;
    const struct indicator *list[200];
    size_t n = indicators_of(list, 200), figures = 0, known = 0;
    assert_true(n > 60);
    const struct places *places = county->places;
    for (size_t k = 0; k < n; k++)
        for (int before = 0; before < 2; before++) {
            struct period p = period_named("2014S1");
            if (before)
                p = period_year_before(p);
            struct axis axis = {.kind = AXIS_LEVEL,
                                .level = pack_level(county->pack, STR("township"))};
            struct measure_scope scope = {p, -1, &axis, 0};
            struct figures f;
            assert_ok(measure_indicator(&measure, &arena, list[k], &scope, &f, &error));
            compare(list[k], p, NULL, &f.list[0]);
            known += f.list[0].state == FIGURE_OK;
            scope.n_axes = 1;
            assert_ok(measure_indicator(&measure, &arena, list[k], &scope, &f, &error));
            assert_int_equal(f.n, 16);
            for (size_t i = 0; i < f.n; i++) {
                char code[20];
                snprintf(code, sizeof code, STR_FMT,
                         STR_ARG(places->areas[f.axes[0].buckets[i].index].code));
                compare(list[k], p, code, &f.list[i]);
                figures++;
            }
        }
    assert_true(known > 2 * n - 10); // the comparison is not one of nothing with nothing
    assert_int_equal(figures, n * 2 * 16);
}

static void every_value_of_a_sentence_is_what_sql_says(void **state)
{
    (void)state;
    assert_true(half_year->n_values > 40);
    for (size_t i = 0; i < half_year->n_values; i++) {
        const struct value *v = &half_year->values[i];
        if (v->indicator)
            continue; // among the indicators above
        struct period p = period_named("2014S1");
        if (v->before)
            p = period_year_before(p);
        struct measure_scope scope = {p, -1, NULL, 0};
        struct figures f;
        assert_ok(measure_expression(&measure, &arena, v->measure, &scope, &f, &error));
        assert_same("the value", v->name, NULL, f.list[0].value,
                    sql_value(v->measure, p, NULL), true);
    }
}

// --- the page

static const struct doc_table *table_titled(struct str title)
{
    for (const struct block *b = page->first; b; b = b->next)
        if (b->kind == BLOCK_TABLE && str_equal(b->table.title, title))
            return &b->table;
    fail_msg("no table '" STR_FMT "'", STR_ARG(title));
    return NULL;
}

static size_t column_titled(const struct doc_table *t, const char *title)
{
    for (size_t c = 0; c < t->n_columns; c++)
        if (t->columns[c].title.n >= strlen(title) &&
            memcmp(t->columns[c].title.p, title, strlen(title)) == 0)
            return c;
    return SIZE_MAX;
}

static void compare_cell(const char *what, const struct indicator *i, const char *code,
                         const struct cell *c, double wanted, bool error_of_data)
{
    if (error_of_data) {
        assert_int_equal(c->kind, CELL_TEXT);
        assert_true(str_equal_c(c->text, "data error"));
        return;
    }
    if (isnan(wanted)) {
        assert_true(c->kind == CELL_MISSING || c->kind == CELL_NOT_DEFINED);
        return;
    }
    assert_true(c->kind == CELL_NUMBER || c->kind == CELL_INTERVAL);
    assert_same(what, i->name, code, c->value, wanted, false);
    if (c->kind == CELL_INTERVAL)
        assert_true(c->low <= c->value && c->value <= c->high);
}

static void compare_indicators(const struct section *s)
{
    const struct doc_table *t = table_titled(s->title.en);
    size_t numerator = column_titled(t, "Numerator"), value = column_titled(t, "Value"),
           denominator = column_titled(t, "Denominator"),
           before = column_titled(t, "Year before");
    struct period now = period_named("2014S1"), then = period_year_before(now);
    assert_int_equal(t->n_rows, s->n_indicators);
    assert_true(before != SIZE_MAX);
    for (size_t r = 0; r < t->n_rows; r++) {
        const struct cell *row = t->cells + r * t->n_columns;
        const struct indicator *i = s->indicators[r];
        struct expected x = expect(i, now, NULL), y = expect(i, then, NULL);
        assert_true(str_equal(row[0].text, i->label.en));
        if (x.has_denominator) {
            compare_cell("the numerator", i, NULL, &row[numerator], x.numerator, false);
            compare_cell("the denominator", i, NULL, &row[denominator], x.denominator,
                         false);
        } else if (numerator != SIZE_MAX) { // a plain count is its value alone
            assert_int_equal(row[numerator].kind, CELL_EMPTY);
        }
        compare_cell("the value", i, NULL, &row[value], x.value, x.error);
        compare_cell("the year before", i, NULL, &row[before], y.value, y.error);
    }
}

static void compare_areas(const struct section *s)
{
    const struct doc_table *t = table_titled(s->title.en);
    struct period now = period_named("2014S1");
    int township = pack_level(county->pack, STR("township"));
    size_t r = 0;
    assert_true(s->n_indicators > 2); // only their values stand side by side
    assert_int_equal(t->n_columns, 1 + s->n_indicators);
    for (size_t a = 0; a < county->places->n_areas; a++) {
        const struct area *area = &county->places->areas[a];
        if (area->level != township)
            continue;
        char code[20];
        snprintf(code, sizeof code, STR_FMT, STR_ARG(area->code));
        const struct cell *row = t->cells + r++ * t->n_columns;
        assert_true(str_equal(row[0].text, area->name_en));
        for (size_t k = 0; k < s->n_indicators; k++) {
            struct expected x = expect(s->indicators[k], now, code);
            compare_cell("the value", s->indicators[k], code, &row[1 + k], x.value,
                         x.error);
        }
    }
    assert_int_equal(t->n_rows, r + 1);
    for (size_t k = 0; k < s->n_indicators; k++) {
        struct expected x = expect(s->indicators[k], now, NULL);
        compare_cell("the total", s->indicators[k], NULL,
                     &t->cells[r * t->n_columns + 1 + k], x.value, x.error);
    }
}

static double sql_cross(const struct section *s, const struct field *rows, size_t r,
                        const struct field *columns, size_t c)
{
    char more[256] = "";
    size_t n = 0;
    const struct field *fields[] = {rows, columns};
    size_t at[] = {r, c};
    for (size_t i = 0; i < 2; i++)
        if (fields[i] && at[i] < fields[i]->n_codes)
            n += (size_t)snprintf(more + n, sizeof more - n, " AND t.\"%.*s\" = '%.*s'",
                                  STR_ARG(fields[i]->column),
                                  STR_ARG(fields[i]->codes[at[i]].value));
    const struct aggregate *g = expr_aggregate(s->measure, 0);
    return sql_aggregate(g, period_named("2014S1"), NULL, more);
}

// The code "u" stands on the page only where something is not recorded.
static bool is_shown(const struct section *s, const struct field *f, size_t code)
{
    return !str_equal_c(f->codes[code].value, "u") || sql_cross(s, f, code, NULL, 0) != 0;
}

static void compare_cross(const struct section *s)
{
    const struct doc_table *t = table_titled(s->title.en);
    size_t checked = 0, at = 0;
    for (size_t r = 0; r < s->rows->n_codes; r++) {
        if (!is_shown(s, s->rows, r))
            continue;
        const struct cell *row = t->cells + at++ * t->n_columns;
        assert_true(str_equal(row[0].text, s->rows->codes[r].label.en));
        size_t column = 1;
        for (size_t c = 0; c < s->columns->n_codes; c++, checked++) {
            if (!is_shown(s, s->columns, c))
                continue;
            if (row[column++].value != sql_cross(s, s->rows, r, s->columns, c))
                fail_msg(STR_FMT " row %zu column %zu", STR_ARG(s->title.en), r, c);
        }
        assert_true(row[t->n_columns - 1].value == sql_cross(s, s->rows, r, NULL, 0));
    }
    const struct cell *last = t->cells + (t->n_rows - 1) * t->n_columns;
    size_t column = 1;
    for (size_t c = 0; c < s->columns->n_codes; c++)
        if (is_shown(s, s->columns, c))
            assert_true(last[column++].value == sql_cross(s, s->columns, c, NULL, 0));
    assert_true(last[t->n_columns - 1].value == sql_cross(s, NULL, 0, NULL, 0));
    assert_true(checked >= 4);
}

static void the_page_shows_what_sql_says(void **state)
{
    (void)state;
    size_t indicators = 0, areas = 0, crosses = 0;
    for (size_t i = 0; i < half_year->n_sections; i++) {
        const struct section *s = &half_year->sections[i];
        if (s->kind == SECTION_INDICATORS)
            compare_indicators(s);
        else if (s->kind == SECTION_AREAS)
            compare_areas(s);
        else if (s->kind == SECTION_CROSS)
            compare_cross(s);
        indicators += s->kind == SECTION_INDICATORS;
        areas += s->kind == SECTION_AREAS;
        crosses += s->kind == SECTION_CROSS;
    }
    assert_true(indicators > 15 && areas >= 3 && crosses >= 3);
}

// --- headlines, by hand

#define S1 "BETWEEN '2014-01-01' AND '2014-06-30'"
#define HOSPITAL                                                                         \
    "FROM r_births WHERE state = 'current' AND source = 'hospital' AND date " S1
#define LATEST(table)                                                                    \
    "FROM " table " r WHERE state = 'current' AND date = (SELECT max(date) FROM " table  \
    " x WHERE x.state = 'current' AND x.area = r.area AND x.date " S1 ")"

static void headline(const char *indicator, const char *numerator,
                     const char *denominator)
{
    struct figure f = figure_of(indicator, "2014S1", -1);
    double n = ask_number(numerator), d = denominator ? ask_number(denominator) : NAN;
    assert_true(n > 0);
    assert_same("the numerator", str_of(indicator), NULL, f.numerator, n, true);
    assert_same("the denominator", str_of(indicator), NULL, f.denominator, d, true);
    struct period p = period_named("2014S1");
    if (denominator)
        assert_same("the value", str_of(indicator), NULL, f.value,
                    indicator_named(indicator, &p)->per * n / d, false);
}

static void headlines_by_hand(void **state)
{
    (void)state;
    headline("births_total", "SELECT count(*) " HOSPITAL, NULL);
    headline("births_boys", "SELECT count(*) " HOSPITAL " AND sex = 'm'", NULL);
    headline("srb", "SELECT count(*) " HOSPITAL " AND sex = 'm'",
             "SELECT count(*) " HOSPITAL " AND sex = 'f'");
    headline("srb_order2",
             "SELECT count(*) " HOSPITAL " AND sex = 'm' AND birth_order = 'second'",
             "SELECT count(*) " HOSPITAL " AND sex = 'f' AND birth_order = 'second'");
    headline("low_birth_weight", "SELECT count(*) " HOSPITAL " AND weight < 2500",
             "SELECT count(weight) " HOSPITAL);
    headline("births_registered_30_days",
             "SELECT count(*) FROM r_births WHERE state = 'current' AND source = "
             "'household' AND date " S1
             " AND julianday(registered_on) - julianday(date) <= 30",
             "SELECT count(*) FROM r_births WHERE state = 'current' AND source = "
             "'household' AND date " S1);
    headline("mmr_coverage",
             "SELECT sum(mmr_given) FROM r_immunisation_report WHERE state = 'current' "
             "AND date " S1,
             "SELECT sum(mmr_due) FROM r_immunisation_report WHERE state = 'current' AND "
             "date " S1);
    headline("hypertension_standard_rate",
             "SELECT sum(to_standard) " LATEST("r_hypertension_report"),
             "SELECT sum(managed) " LATEST("r_hypertension_report"));
    headline("contract_all", "SELECT sum(all_contracted) " LATEST("r_contract_report"),
             "SELECT sum(all_people) " LATEST("r_contract_report"));
    headline("contract_elderly",
             "SELECT sum(elderly_contracted) " LATEST("r_contract_report"),
             "SELECT sum(elderly_people) " LATEST("r_contract_report"));
    // the latest count of each township at or before the end of June
    headline("elderly_management", "SELECT sum(examined) " LATEST("r_elderly_report"),
             "SELECT sum(people) FROM r_residents r WHERE state = 'current' AND age >= "
             "65 AND date = (SELECT max(date) FROM r_residents x WHERE x.state = "
             "'current' AND x.area = r.area AND x.date <= '2014-06-30')");
    headline("deaths_total",
             "SELECT count(*) FROM r_deaths WHERE state = 'current' AND date " S1, NULL);
    headline("crude_birth_rate", "SELECT count(*) " HOSPITAL,
             "SELECT sum(people) FROM r_residents r WHERE state = 'current' AND date = "
             "(SELECT max(date) FROM r_residents x WHERE x.state = 'current' AND x.area "
             "= r.area AND x.date <= '2014-06-30')");
}

static void a_sentence_says_them(void **state)
{
    (void)state;
    double births = ask_number("SELECT count(*) " HOSPITAL);
    double boys = ask_number("SELECT count(*) " HOSPITAL " AND sex = 'm'");
    double girls = ask_number("SELECT count(*) " HOSPITAL " AND sex = 'f'");
    assert_true(births < 1000); // no thousands in the figures below
    struct str all =
        str_format(&arena, "In this half-year %.0f births were registered", births);
    struct str sexes = str_format(
        &arena, "%.0f boys and %.0f girls, a sex ratio at birth of %.1f (95%% interval",
        boys, girls, 100 * boys / girls);
    size_t found = 0;
    for (const struct block *b = page->first; b; b = b->next)
        if (b->kind == BLOCK_PARAGRAPH && b->text.n)
            found += memmem(b->text.p, b->text.n, all.p, all.n) != NULL &&
                     memmem(b->text.p, b->text.n, sexes.p, sexes.n) != NULL;
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_indicator_is_what_sql_says),
        cmocka_unit_test(every_value_of_a_sentence_is_what_sql_says),
        cmocka_unit_test(the_page_shows_what_sql_says),
        cmocka_unit_test(headlines_by_hand),
        cmocka_unit_test(a_sentence_says_them),
    };
    return cmocka_run_group_tests_name("half-year", tests, setup, teardown);
}
