// SPDX-License-Identifier: AGPL-3.0-or-later
// The study of a file of births against sums done here, and what its page says.
#include "report_test.h"

#include "base/rng.h"
#include "report/srb_doc.h"
#include "stats/reference.h"

enum { AREAS = 40, PERIODS = 3, ORDERS = 3, ROWS = AREAS * PERIODS * ORDERS };

struct county {
    int64_t boys[ROWS], girls[ROWS];
    struct frame_groups areas, halves, orders, periods;
    struct srb_input in;
};

static struct frame_groups groups(struct arena *a, uint32_t n, const char *name)
{
    struct frame_groups g = {n, ARENA_ARRAY(a, struct str, n),
                             ARENA_ARRAY(a, uint32_t, ROWS)};
    assert_true(g.names && g.of_row);
    for (uint32_t i = 0; i < n; i++)
        g.names[i] = str_format(a, "%s%02u", name, i);
    return g;
}

// Townships of 60 to 3,000 births a year; in two of them third births are planted high.
static struct county *make_county(struct arena *a, uint64_t seed)
{
    struct county *c = ARENA_NEW(a, struct county);
    assert_non_null(c);
    struct rng r = rng_seed(seed);
    c->areas = groups(a, AREAS, "town ");
    c->halves = groups(a, 2, "half ");
    c->orders = groups(a, ORDERS, "");
    c->periods = groups(a, PERIODS, "20");
    for (size_t i = 0; i < ROWS; i++) {
        uint32_t area = (uint32_t)(i / (PERIODS * ORDERS)),
                 order = (uint32_t)(i % ORDERS);
        c->areas.of_row[i] = area;
        c->halves.of_row[i] = area / (AREAS / 2);
        c->orders.of_row[i] = order;
        c->periods.of_row[i] = (uint32_t)(i / ORDERS % PERIODS);
        int64_t n = (60 + 75 * (int64_t)area) / (order + 1);
        double odds = area == 30 || area == 35 ? 1.063 * 1.4 : 1.063;
        c->boys[i] = rng_binomial(&r, n, odds / (1 + odds));
        c->girls[i] = n - c->boys[i];
    }
    const struct reference *east = reference_find(STR("East Asia"));
    c->in = (struct srb_input){
        .n = ROWS,
        .boys = c->boys,
        .girls = c->girls,
        .areas = {&c->halves, &c->areas},
        .area_columns = {STR("half"), STR("town")},
        .n_levels = 2,
        .orders = &c->orders,
        .periods = &c->periods,
        .reference = {east->ratio, reference_log_sd(east->low, east->high)},
        .level = 0.95,
        .found_below = 0.05};
    return c;
}

static struct srb_study study_of(struct arena *a, const struct county *c)
{
    struct srb_study s;
    struct error e = {0};
    enum err code = srb_study_make(&s, &c->in, a, &e);
    if (code)
        print_message("# %s\n", e.text);
    assert_int_equal(code, ERR_OK);
    return s;
}

static void near(double found, double wanted, double within)
{
    if (!(fabs(found - wanted) <= within))
        fail_msg("%.10g is not within %g of %.10g", found, within, wanted);
}

static void sums_are_right(void **state)
{
    struct place *place = *state;
    print_message("# seed 11\n");
    struct county *c = make_county(&place->a, 11);
    struct srb_study s = study_of(&place->a, c);
    double boys[AREAS] = {0}, girls[AREAS] = {0}, all = 0, third = 0;
    for (size_t i = 0; i < ROWS; i++) {
        boys[c->areas.of_row[i]] += (double)c->boys[i];
        girls[c->areas.of_row[i]] += (double)c->girls[i];
        all += (double)(c->boys[i] + c->girls[i]);
        third += i % ORDERS == 2 ? (double)(c->boys[i] + c->girls[i]) : 0;
    }
    assert_int_equal(s.n_levels, 2);
    assert_int_equal(s.levels[1].n, AREAS);
    near(s.all.boys + s.all.girls, all, 0);
    near(s.orders[2].boys + s.orders[2].girls, third, 0);
    assert_true(s.n_periods == PERIODS && s.has_change);
    assert_true(str_equal_c(s.change.a, "2002") && str_equal_c(s.change.b, "2000"));
    near(s.change.parts.within + s.change.parts.composition, s.change.parts.change, 1e-9);
    for (uint32_t area = 0; area < AREAS; area++) {
        const struct srb_row *row = &s.levels[1].rows[s.levels[1].row_of[area]];
        assert_int_equal(row->group, area);
        near(row->boys, boys[area], 0);
        near(row->ratio, 100 * boys[area] / girls[area], 1e-9);
        near(row->wilson.low, srb_wilson(boys[area], girls[area], 0.95).low, 0);
        assert_int_equal(row->enough, boys[area] + girls[area] >= 3805);
    }
    // and so are those of areas by order
    assert_int_equal(s.cross.n, AREAS * ORDERS);
    double crossed = 0, of_town_7 = 0, here = 0;
    for (size_t i = 0; i < s.cross.n; i++) {
        const struct srb_row *row = &s.cross.rows[i];
        crossed += row->boys + row->girls;
        if (str_equal_c(row->name, "town 07 \xC2\xB7 02"))
            of_town_7 = row->boys;
    }
    for (size_t i = 0; i < ROWS; i++)
        here +=
            c->areas.of_row[i] == 7 && c->orders.of_row[i] == 2 ? (double)c->boys[i] : 0;
    near(crossed, all, 0);
    near(of_town_7, here, 0);
    // orders have one weight everywhere here: standardising changes little
    for (size_t i = 0; i < AREAS; i++)
        near(s.levels[1].rows[i].standard.ratio, s.levels[1].rows[i].ratio, 0.6);
}

// Found first, then by evidence where births are enough, then by name; so that no small
// area is ranked by its ratio.
static void small_areas_are_not_ranked(void **state)
{
    struct place *place = *state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct county *c = make_county(&place->a, seed);
        struct srb_study s = study_of(&place->a, c);
        const struct srb_level *level = &s.levels[1];
        int last = 0;
        for (size_t i = 0; i < level->n; i++) {
            const struct srb_row *row = &level->rows[i], *before = i ? row - 1 : NULL;
            int kind = srb_study_finding(&s, row) ? 0 : row->enough ? 1 : 2;
            assert_true(kind >= last);
            if (before && kind == last && kind == 2)
                assert_true(str_compare(before->name, row->name) < 0);
            if (before && kind == last && kind < 2)
                assert_true(before->p.two_sided <= row->p.two_sided);
            last = kind;
        }
        // the planted ones are found
        for (uint32_t area = 30; area <= 35; area += 5)
            assert_int_equal(srb_study_finding(&s, &level->rows[level->row_of[area]]), 1);
        assert_true(level->high >= 2 && level->high <= 4);
    }
}

static struct srb_page page_of(const struct srb_study *s, bool zh)
{
    return (struct srb_page){.study = s,
                             .file = STR("births.csv"),
                             .reference_name = zh ? STR("东亚") : STR("Eastern Asia"),
                             .reference_low = 105.4,
                             .reference_high = 107.2,
                             .rows = ROWS,
                             .zh = zh};
}

static void the_page_says_it(void **state)
{
    struct place *place = *state;
    struct county *c = make_county(&place->a, 3);
    struct srb_study s = study_of(&place->a, c);
    for (int zh = 0; zh < 2; zh++) {
        struct srb_page page = page_of(&s, zh);
        page.unknown_sex = 12;
        page.reference_is_default = true;
        struct doc *d = srb_doc_make(&place->a, &page);
        struct error e = {0};
        assert_non_null(d);
        assert_int_equal(doc_write_html(d, in_place(place, "srb.html"), &e), ERR_OK);
        assert_int_equal(doc_write_pdf(d, in_place(place, "srb.pdf"), &e), ERR_OK);
        assert_int_equal(doc_write_xlsx(d, in_place(place, "srb.xlsx"), &e), ERR_OK);
        struct str html = read_whole(&place->a, in_place(place, "srb.html"));
        static const char *const words[][2] = {
            {"town 30", "town 30"},
            {"106.3 (105.4\xE2\x80\x93"
             "107.2)",
             "106.3 (105.4\xE2\x80\x93"
             "107.2)"},
            {"Standardised by order", "按孩次标准化"},
            {"No region was chosen", "未指定地区"},
            {"12 births of unknown sex", "12 例性别不详"},
            {"not ranked", "不作排序"},
            {"never at women", "绝不针对妇女"},
            {"2002 against 2000", "2002 与 2000 相比"},
            {"few births", "出生数少"},
        };
        for (size_t i = 0; i < COUNT(words); i++)
            if (!contains(html, words[i][zh]))
                fail_msg("the page does not say '%s'", words[i][zh]);
        assert_false(contains(html, ">nan<") || contains(html, "inf<"));
    }
}

static void figures_are_the_study_s(void **state)
{
    struct place *place = *state;
    struct county *c = make_county(&place->a, 5);
    struct srb_study s = study_of(&place->a, c);
    struct srb_page page = page_of(&s, false);
    struct result results[SRB_DOC_RESULTS];
    size_t n = srb_doc_results(&place->a, &page, results);
    assert_int_equal(n, SRB_DOC_RESULTS);
    for (size_t i = 0; i < n; i++)
        assert_true(result_ok(&results[i]));
    assert_string_equal(results[0].name, "areas");
    assert_int_equal(results[0].n_rows, AREAS + 2);
    for (size_t i = 0; i < results[0].n_rows; i++) {
        const struct result_cell *cell = &results[0].cells[i * results[0].n_columns];
        const struct srb_row *row =
            i < 2 ? &s.levels[0].rows[i] : &s.levels[1].rows[i - 2];
        assert_true(str_equal(cell[1].text, row->name));
        for (size_t k = 0; k < results[0].n_columns; k++) {
            const char *name = results[0].columns[k].name;
            if (!strcmp(name, "ratio"))
                near(cell[k].value, row->ratio, 0);
            if (!strcmp(name, "q_value"))
                near(cell[k].value, row->q, 0);
            if (!strcmp(name, "missing_girls_high"))
                near(cell[k].value, row->missing.high, 0);
            if (!strcmp(name, "standardised_high"))
                near(cell[k].value, row->standard.high, 0);
            if (!strcmp(name, "finding"))
                assert_true(str_equal_c(cell[k].text,
                                        srb_study_finding(&s, row) ? "above" : "") ||
                            srb_study_finding(&s, row) < 0);
        }
    }
}

static void what_is_refused(void **state)
{
    struct place *place = *state;
    struct srb_study s;
    struct error e = {0};
    struct county *c = make_county(&place->a, 5);
    for (size_t i = 0; i < ROWS; i++)
        c->girls[i] = 0;
    assert_int_equal(srb_study_make(&s, &c->in, &place->a, &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "no girls"));
    for (size_t i = 0; i < ROWS; i++)
        c->boys[i] = 0;
    assert_int_equal(srb_study_make(&s, &c->in, &place->a, &e), ERR_INPUT);
    assert_non_null(strstr(e.text, "no births"));
    for (size_t i = 0; i < ROWS; i++)
        c->boys[i] = c->girls[i] = (int64_t)1e15;
    assert_int_equal(srb_study_make(&s, &c->in, &place->a, &e), ERR_LIMIT);
    c = make_county(&place->a, 5);
    c->in.compare_a = STR("town 01");
    c->in.compare_b = STR("elsewhere");
    assert_int_equal(srb_study_make(&s, &c->in, &place->a, &e), ERR_NOT_FOUND);
    c->orders.n = SRB_MAX_ORDERS + 1;
    assert_int_equal(srb_study_make(&s, &c->in, &place->a, &e), ERR_INPUT);
}

static void want_of_memory_is_told(void **state)
{
    struct place *place = *state;
    struct county *c = make_county(&place->a, 5);
    bool done = false;
    for (size_t limit = 1 << 12; limit < 1 << 26 && !done; limit += limit / 3) {
        struct arena a;
        struct srb_study s;
        struct error e = {0};
        struct result results[SRB_DOC_RESULTS];
        arena_init(&a, limit);
        enum err code = srb_study_make(&s, &c->in, &a, &e);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        if (!code) {
            struct srb_page page = page_of(&s, false);
            done = srb_doc_make(&a, &page) != NULL;
            size_t n = srb_doc_results(&a, &page, results);
            for (size_t i = 0; i < n; i++)
                done &= result_ok(&results[i]);
        }
        arena_free(&a);
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sums_are_right, place_open, place_close),
        cmocka_unit_test_setup_teardown(small_areas_are_not_ranked, place_open,
                                        place_close),
        cmocka_unit_test_setup_teardown(the_page_says_it, place_open, place_close),
        cmocka_unit_test_setup_teardown(figures_are_the_study_s, place_open, place_close),
        cmocka_unit_test_setup_teardown(what_is_refused, place_open, place_close),
        cmocka_unit_test_setup_teardown(want_of_memory_is_told, place_open, place_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
