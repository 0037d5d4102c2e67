// SPDX-License-Identifier: AGPL-3.0-or-later
// What is hidden in figures is hidden in the overview, in the sex ratio taken apart, in
// how a number was made and in what the checks found: a county whose births are rows of
// care, seen by one who gives no care. Random counts; the seed is printed.
#include "../measure/measure_test.h"

#include "base/rng.h"
#include "study/explained.h"
#include "study/findings.h"
#include "study/overview.h"
#include "study/srb_rows.h"

enum { TOWNSHIPS = 5, BELOW = 5 };

static const char pack_yaml[] =
    "pack: hidden\nversion: \"1\"\nlabel: {en: Hidden, zh: 隐藏}\nlevels:\n"
    "  county:   {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n"
    "overview: {cards: [born, ratio, light, coverage], by: parity, coverage: [light]}\n";
static const char areas_yaml[] =
    "register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n";
static const char births_yaml[] =
    "register: births\npurpose: care\nlabel: {en: Births, zh: 出生}\narea: place\n"
    "date: born_on\nkey: [number]\nfields:\n"
    "  number: {type: text, required: true, label: {en: Number, zh: 编号}}\n"
    "  sex: {type: code, codes: {m: {en: boy, zh: 男}, f: {en: girl, zh: 女}, u: {en: "
    "not "
    "recorded, zh: 未记录}}, label: {en: Sex, zh: 性别}}\n"
    "  parity: {type: code, codes: {first: {en: first, zh: 一孩}, second: {en: second, "
    "zh: 二孩}}, label: {en: Order, zh: 孩次}}\n"
    "  weight: {type: int, label: {en: Weight, zh: 体重}}\n"
    "  born_on: {type: date, required: true, label: {en: Born on, zh: 出生日期}}\n"
    "  place: {type: area, required: true, label: {en: Place, zh: 地点}}\n"
    "checks:\n"
    "  light: {when: weight < 2500, severity: note, label: {en: Light, zh: 轻}}\n";
static const char indicators_yaml[] =
    "group: births\nlabel: {en: Births, zh: 出生}\nindicators:\n"
    "  born: {label: {en: Births, zh: 出生}, numerator: count(births)}\n"
    "  ratio: {label: {en: Ratio, zh: 性别比}, numerator: count(births where sex = m), "
    "denominator: count(births where sex = f), per: 100, decimals: 1, interval: ratio, "
    "reference: [106.3, 105.5, 107.2]}\n"
    "  light: {label: {en: Light, zh: 轻}, numerator: count(births where weight < 2500), "
    "denominator: count(births), per: 100, decimals: 1, interval: proportion, better: "
    "low, target: 10}\n";

static struct access leader;
static struct access_grant leaders;
static struct measure of_leader;
static uint64_t seed = 20140720;

static void add_births(struct buf *csv, struct rng *r, int *number, int township,
                       const char *year)
{
    static const char *const sexes[] = {"m", "f", "m", "f", "u"}, *const orders[] = {
                                                                      "first", "second",
                                                                      ""};
    // some small, some not
    static const uint32_t most[] = {3, 9, 40, 200};
    uint32_t n = (uint32_t)rng_below(r, most[rng_below(r, 4)]);
    for (uint32_t i = 0; i < n; i++)
        buf_printf(csv, "%d,%s,%s,%d,%s-%02d-10,34022110%d\n", ++*number,
                   sexes[rng_below(r, 5)], orders[rng_below(r, 3)],
                   rng_below(r, 10) ? 3000 : 2000, year, 1 + (int)rng_below(r, 12),
                   township);
}

static int setup(void **state)
{
    (void)state;
    begin_own_county();
    write_pack(pack_yaml, areas_yaml, NULL, "births", births_yaml);
    assert_int_equal(mkdir("pack/indicators", 0755), 0);
    write_text("pack/indicators/births.yaml", indicators_yaml);
    make_own_county();
    begin_measures();
    struct buf csv = BUF_INIT(1 << 22);
    buf_add_c(&csv, "code,name,name_en,level,parent\n340221,县,County,county,\n");
    for (int i = 0; i < TOWNSHIPS; i++)
        buf_printf(&csv, "34022110%d,乡%d,T%d,township,340221\n", i, i, i);
    add("areas", buf_c(&csv));
    buf_clear(&csv);
    buf_add_c(&csv, "number,sex,parity,weight,born_on,place\n");
    struct rng r = rng_seed(seed);
    int number = 0;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < TOWNSHIPS; i++) {
        add_births(&csv, &r, &number, i, "2012");
        add_births(&csv, &r, &number, i, "2013");
    }
    buf_printf(&csv, "%d,m,first,2000,2013-01-10,340221104\n", ++number);
    add("births", buf_c(&csv));
    buf_free(&csv);
    leaders = (struct access_grant){.functions = 1u << ACCESS_FIGURES};
    leader = (struct access){
        .name = STR("leader"), .grants = &leaders, .n_grants = 1, .suppress_below = 5};
    of_leader = measure;
    of_leader.who = &leader;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

static bool is_secret(double x)
{
    return x > 0 && x < BELOW && x == nearbyint(x);
}

static void no_secret(const char *where, double x)
{
    if (is_secret(x))
        fail_msg("%s shows %g", where, x);
}

static void no_secret_figure(const char *where, const struct figure *f)
{
    if (f->state == FIGURE_SUPPRESSED) {
        assert_true(isnan(f->numerator) && isnan(f->denominator) && isnan(f->value) &&
                    isnan(f->low) && isnan(f->high));
        return;
    }
    no_secret(where, f->numerator);
    no_secret(where, f->denominator);
}

static void same_as_measured(const char *where, const struct figure *f,
                             const struct figure *g)
{
    if (f->state != g->state)
        fail_msg("%s: state %d, but measured alone %d", where, f->state, g->state);
    assert_true((isnan(f->value) && isnan(g->value)) || f->value == g->value);
}

static const struct indicator *named(const char *name)
{
    struct period p = period_named("2013");
    return indicator_named(name, &p);
}

static struct figures measured(const char *name, const char *period, const char *by)
{
    struct axis axis;
    struct measure_scope scope = {period_named(period), -1, &axis, 0};
    struct figures out;
    if (by) {
        assert_ok(
            measure_axis(&of_leader, named(name)->numerator, str_of(by), &axis, &error));
        scope.n_axes = 1;
    }
    assert_ok(measure_indicator(&of_leader, &arena, named(name), &scope, &out, &error));
    return out;
}

static size_t hidden_in(const struct figure *list, size_t n)
{
    size_t hidden = 0;
    for (size_t i = 0; i < n; i++)
        hidden += list[i].state == FIGURE_SUPPRESSED;
    return hidden;
}

static void the_overview_hides_it(void **state)
{
    (void)state;
    struct overview o;
    assert_ok(overview_make(&of_leader, &arena, period_named("2013"), -1, &o, &error));
    for (size_t i = 0; i < o.n_cards; i++) {
        if (o.cards[i].kind != CARD_INDICATOR)
            continue;
        const char *name = o.cards[i].indicator->name.p;
        no_secret_figure("a card", &o.cards[i].figure);
        no_secret_figure("a card", &o.cards[i].before);
        same_as_measured("card", &o.cards[i].figure, measured(name, "2013", NULL).list);
        same_as_measured("card", &o.cards[i].before, measured(name, "2012", NULL).list);
    }
    const struct overview_children *c = o.children;
    struct figures ratio = measured("ratio", "2013", "township"),
                   born = measured("born", "2013", "township");
    assert_int_equal(c->buckets.n, TOWNSHIPS);
    for (size_t i = 0; i < c->buckets.n; i++) {
        no_secret_figure("the ratio of a township", &c->figures[i]);
        no_secret_figure("births of a township", &c->births[i]);
        same_as_measured("ratio", &c->figures[i], &ratio.list[i]);
        same_as_measured("births", &c->births[i], &born.list[i]);
    }
    const struct overview_births *b = o.births;
    ratio = measured("ratio", "2013", "parity");
    for (size_t i = 0; i < b->buckets.n; i++) {
        no_secret_figure("boys", &b->boys[i]);
        no_secret_figure("girls", &b->girls[i]);
        no_secret_figure("births by order", &b->all[i]);
        no_secret_figure("the ratio of an order", &b->ratio[i]);
        no_secret("births of no sex", b->unknown[i]);
        same_as_measured("ratio by order", &b->ratio[i], &ratio.list[i]);
    }
    for (size_t t = 0; t < o.n_trend; t++)
        for (size_t i = 0; i < o.trend[t].periods.n; i++)
            no_secret_figure("a trend", &o.trend[t].figures[i]);
    assert_int_equal(o.n_signals, 0);
}

// The test would find nothing where there is nothing to find.
static void there_is_something_to_hide(void **state)
{
    (void)state;
    struct figures months = measured("born", "2013", "month");
    struct figures towns = measured("ratio", "2013", "township");
    assert_true(hidden_in(months.list, months.n) + hidden_in(towns.list, towns.n) > 0);
}

static void the_ratio_taken_apart_hides_it(void **state)
{
    (void)state;
    static const char *const by[] = {"", "order", "month", "sex"};
    for (size_t k = 0; k < 3; k++) {
        struct srb_rows rows;
        assert_ok(srb_rows_make(&of_leader, &arena, period_named("2013"), -1,
                                str_of(by[k]), &rows, &error));
        struct figures f = measured("ratio", "2013",
                                    k == 0   ? "township"
                                    : k == 1 ? "parity"
                                             : by[k]);
        assert_int_equal(rows.n, f.n);
        for (size_t i = 0; i < rows.n; i++) {
            const struct srb_row *r = &rows.list[i];
            assert_int_equal(r->hidden, f.list[i].state == FIGURE_SUPPRESSED);
            no_secret("boys", r->boys);
            no_secret("girls", r->girls);
            assert_true(r->certainty.en.n && r->certainty.zh.n);
            if (r->hidden)
                assert_true(isnan(r->boys) && isnan(r->girls) && isnan(r->ratio) &&
                            isnan(r->low) && isnan(r->high) && isnan(r->p) &&
                            isnan(r->q) && isnan(r->missing) && isnan(r->missing_low) &&
                            isnan(r->missing_high));
        }
    }
}

static void how_it_was_made_hides_it(void **state)
{
    (void)state;
    static const char *const names[] = {"born", "ratio", "light"};
    for (size_t k = 0; k < 3; k++)
        for (int t = -1; t < TOWNSHIPS; t++) {
            char code[16];
            snprintf(code, sizeof code, "34022110%d", t);
            int32_t root = t < 0 ? -1 : area_of(code);
            struct explained x;
            assert_ok(explained_make(&of_leader, &arena, named(names[k]),
                                     period_named("2013"), root, &x, &error));
            no_secret_figure("the figure", &x.figure);
            no_secret_figure("a year ago", &x.before);
            assert_int_equal(x.n_sources, 1);
            no_secret("rows of its register", (double)x.sources[0].rows);
            assert_int_equal(x.sources[0].first, DATE_NONE);
            assert_int_equal(x.sources[0].last, DATE_NONE);
            assert_null(x.rows.reg);
            assert_non_null(strstr(x.suppression.en.p, "under 5 are hidden"));
            if (x.figure.state == FIGURE_SUPPRESSED)
                assert_non_null(strstr(x.suppression.en.p, "This figure is hidden"));
        }
}

static void what_the_checks_found_hides_it(void **state)
{
    (void)state;
    for (int t = -1; t < TOWNSHIPS; t++) {
        char code[16];
        snprintf(code, sizeof code, "34022110%d", t);
        struct explained_findings x;
        assert_ok(findings_run(&of_leader, &arena, period_named("2013"),
                               t < 0 ? -1 : area_of(code), STR(""), &x, &error));
        for (size_t i = 0; i < x.found.n; i++) {
            no_secret("a finding", (double)x.found.list[i].count);
            no_secret("a finding's figures", x.found.list[i].figures[0]);
            no_secret("a finding's figures", x.found.list[i].figures[1]);
            assert_int_equal(x.found.list[i].n_ids, 0);
        }
    }
}

static void who_gives_the_care_sees_it(void **state)
{
    (void)state;
    struct access_grant grant = {.functions = 1u << ACCESS_FIGURES,
                                 .reads_rows = 1u << PURPOSE_CARE};
    struct access nurse = {
        .name = STR("nurse"), .grants = &grant, .n_grants = 1, .suppress_below = 5};
    struct measure m = measure;
    struct overview o;
    struct explained x;
    m.who = &nurse;
    assert_ok(overview_make(&m, &arena, period_named("2013"), -1, &o, &error));
    double born = ask_number("SELECT count(*) FROM r_births WHERE state = 'current' AND "
                             "date BETWEEN '2013-01-01' AND '2013-12-31'");
    assert_true(o.cards[0].figure.value == born);
    double unknown = 0,
           asked = ask_number("SELECT count(*) FROM r_births WHERE sex = 'u' "
                              "AND date BETWEEN '2013-01-01' AND "
                              "'2013-12-31'");
    for (size_t i = 0; i < o.births->buckets.n; i++)
        unknown += o.births->unknown[i];
    assert_true(unknown == asked);
    assert_int_equal(hidden_in(o.children->births, TOWNSHIPS), 0);
    assert_ok(
        explained_make(&m, &arena, named("born"), period_named("2013"), -1, &x, &error));
    assert_true((double)x.sources[0].rows == born);
    assert_true(x.sources[0].first != DATE_NONE);
    assert_ptr_equal(x.rows.reg, pack_register(county->pack, STR("births")));
    assert_true(x.rows.exact);
    assert_string_equal(x.rows.query.p, "f.born_on=2013-01-01..2013-12-31");
    assert_non_null(strstr(x.suppression.en.p, "you give this care"));
}

static void another_county(void **state)
{
    end_measures();
    seed++;
    setup(state);
}

int main(void)
{
#define ALL_OF_THEM                                                                      \
    cmocka_unit_test(there_is_something_to_hide),                                        \
        cmocka_unit_test(the_overview_hides_it),                                         \
        cmocka_unit_test(the_ratio_taken_apart_hides_it),                                \
        cmocka_unit_test(how_it_was_made_hides_it),                                      \
        cmocka_unit_test(what_the_checks_found_hides_it),                                \
        cmocka_unit_test(who_gives_the_care_sees_it)
    const struct CMUnitTest tests[] = {
        ALL_OF_THEM, cmocka_unit_test(another_county),
        ALL_OF_THEM, cmocka_unit_test(another_county),
        ALL_OF_THEM, cmocka_unit_test(another_county),
        ALL_OF_THEM,
    };
    return cmocka_run_group_tests_name("hidden", tests, setup, teardown);
}
