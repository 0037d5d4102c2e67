// SPDX-License-Identifier: AGPL-3.0-or-later
// The page Overview of a demo county against plain SQL on the same file; what is hidden
// in figures is hidden in it.
#include "../measure/measure_test.h"

#include <pthread.h>

#include "base/text.h"
#include "demo/demo.h"
#include "register/row_list.h"
#include "study/explained.h"
#include "study/findings.h"
#include "study/overview.h"
#include "study/srb_rows.h"
#include "study/today.h"

enum { PEOPLE = 20000 };

static struct overview page;

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
    assert_ok(overview_make(&measure, &arena, period_named("2014S1"), -1, &page, &error));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

static double ask_births(const char *condition, const char *from, const char *until)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM r_births WHERE state = 'current' AND source = "
             "'hospital' AND date BETWEEN '%s' AND '%s' %s",
             from, until, condition);
    return ask_number(sql);
}

static const struct overview_figure *card_named(const char *name)
{
    for (size_t i = 0; i < page.n_cards; i++)
        if (str_equal_c(page.cards[i].indicator->name, name))
            return &page.cards[i];
    fail_msg("no card %s", name);
    return NULL;
}

static void the_cards_are_what_sql_says(void **state)
{
    (void)state;
    assert_int_equal(page.n_cards, 6);
    const struct overview_figure *births = card_named("births_total"),
                                 *srb = card_named("srb");
    assert_true(births->figure.value == ask_births("", "2014-01-01", "2014-06-30"));
    assert_true(births->before.value == ask_births("", "2013-01-01", "2013-06-30"));
    assert_true(srb->figure.numerator ==
                ask_births("AND sex = 'm'", "2014-01-01", "2014-06-30"));
    assert_true(srb->figure.denominator ==
                ask_births("AND sex = 'f'", "2014-01-01", "2014-06-30"));
    assert_true(srb->figure.low < srb->figure.value &&
                srb->figure.value < srb->figure.high);
    assert_true(births->figure.value > 20);
    // the words are those of the figure beside the reference
    static const char *const words[] = {[CERTAINTY_LOWER] = "below the reference",
                                        [CERTAINTY_ALIKE] = "not distinguishable from",
                                        [CERTAINTY_HIGHER] = "above the reference",
                                        [CERTAINTY_TOO_FEW] = "too few births to say"};
    enum certainty_side side = certainty_reference(srb->indicator, &srb->figure);
    assert_int_not_equal(side, CERTAINTY_UNKNOWN);
    assert_non_null(strstr(srb->certainty.en.p, words[side]));
    assert_non_null(strstr(srb->certainty.zh.p, "参考值"));
    assert_int_equal(card_named("findings")->figure.state, FIGURE_NO_DATA);
}

static void births_are_taken_apart_as_sql_does(void **state)
{
    (void)state;
    const struct overview_births *b = page.births;
    assert_non_null(b);
    double boys = 0, girls = 0, all = 0;
    for (size_t i = 0; i < b->buckets.n; i++) {
        int32_t code = b->buckets.buckets[i].index;
        char where[128];
        if (code < 0)
            snprintf(where, sizeof where, "AND birth_order IS NULL");
        else
            snprintf(where, sizeof where, "AND birth_order = '" STR_FMT "'",
                     STR_ARG(b->axis.field->codes[code].value));
        assert_true(b->all[i].numerator == ask_births(where, "2014-01-01", "2014-06-30"));
        char of_boys[160];
        snprintf(of_boys, sizeof of_boys, "%s AND sex = 'm'", where);
        assert_true(b->boys[i].numerator ==
                    ask_births(of_boys, "2014-01-01", "2014-06-30"));
        boys += b->boys[i].numerator;
        girls += b->girls[i].numerator;
        all += b->all[i].numerator;
    }
    assert_true(boys == card_named("srb")->figure.numerator);
    assert_true(girls == card_named("srb")->figure.denominator);
    assert_true(all == card_named("births_total")->figure.value);
}

static void children_are_the_townships(void **state)
{
    (void)state;
    const struct overview_children *c = page.children;
    assert_non_null(c);
    assert_true(page.area >= 0);
    assert_true(str_equal(county->pack->levels[c->axis.level].name, STR("township")));
    assert_int_equal(c->buckets.n, 16);
    double births = 0;
    for (size_t i = 0; i < c->buckets.n; i++) {
        int32_t area = c->buckets.buckets[i].index;
        assert_int_equal(county->places->areas[area].parent, page.area);
        births += c->births[i].value;
    }
    assert_true(births == card_named("births_total")->figure.value);
    // a village has nothing below it
    struct overview small;
    int32_t village = c->buckets.buckets[0].index + 1;
    assert_ok(
        overview_make(&measure, &arena, period_named("2014S1"), village, &small, &error));
    assert_null(small.children);
    assert_int_equal(small.area, village);
}

static void a_trend_ends_with_the_period(void **state)
{
    (void)state;
    assert_int_equal(page.n_trend, 3);
    const struct overview_trend *t = &page.trend[0];
    size_t n = t->periods.n;
    assert_true(str_equal(t->indicator->name, STR("births_total")));
    assert_in_range(n, 3, 10);
    assert_string_equal(t->periods.buckets[n - 1].period.id, "2014S1");
    assert_string_equal(t->periods.buckets[n - 3].period.id, "2013S1");
    assert_true(t->figures[n - 1].value == card_named("births_total")->figure.value);
    assert_true(t->figures[n - 3].value == card_named("births_total")->before.value);
    // it begins with the register, not with zeros before it
    assert_true(t->figures[0].value > 0);
    assert_true(n == 10 || ask_births("", "2000-01-01", "2009-12-31") == 0);
    for (size_t i = 0; i < page.n_trend; i++)
        assert_int_equal(page.trend[i].periods.n, n);
    struct overview early; // nothing at all was there
    assert_ok(overview_make(&measure, &arena, period_named("1990"), -1, &early, &error));
    assert_int_equal(early.trend[0].periods.n, 1);
    assert_string_equal(early.trend[0].periods.buckets[0].period.id, "1990");
}

static void coverage_is_in_bands(void **state)
{
    (void)state;
    size_t met = 0, judged = 0;
    assert_int_equal(page.n_coverage, county->pack->overview.n_coverage);
    for (size_t i = 0; i < page.n_coverage; i++) {
        const struct overview_rate *x = &page.coverage[i];
        struct figure f = figure_of(x->indicator->name.p, "2014S1", -1);
        assert_memory_equal(&f.state, &x->figure.state, sizeof f.state);
        assert_true(isnan(f.value) || f.value == x->figure.value);
        met += x->band == BAND_MET;
        judged += x->band != BAND_NONE;
        if (x->figure.state == FIGURE_OK && !x->figure.outside &&
            x->indicator->has_target)
            assert_int_equal(x->band == BAND_MET, x->figure.target > 0);
    }
    assert_true(judged > 5);
    assert_true(card_named("coverage")->figure.value == (double)met);
    assert_true(card_named("coverage")->figure.denominator == (double)judged);
}

static void timeliness_is_what_is_due(void **state)
{
    (void)state;
    size_t owed = 0, on_time = 0;
    for (size_t i = 0; i < county->pack->n_registers; i++) {
        struct due_summary s;
        assert_ok(due_list(&measure, &arena, &county->pack->registers[i],
                           period_named("2014S1"), -1, &s, &error));
        owed += s.owed;
        on_time += s.on_time;
    }
    const struct overview_timeliness *t = &page.timeliness;
    assert_true(owed > 100);
    assert_int_equal(t->owed, owed);
    assert_int_equal(t->on_time, on_time);
    assert_int_equal(t->n_periods, 12);
    assert_string_equal(t->periods[0].id, "201307");
    assert_string_equal(t->periods[11].id, "201406");
    assert_true(t->n_reporters >= 16);
    // one cell by hand: the worst of what a township owes for a month
    int32_t township = page.children->buckets.buckets[0].index;
    int worst = OVERVIEW_NOT_OWED;
    static const int order[] = {
        [DUE_ON_TIME] = 0, [DUE_OPEN] = 1, [DUE_LATE] = 2, [DUE_MISSING] = 3};
    for (size_t i = 0; i < county->pack->n_registers; i++) {
        struct due_summary s;
        assert_ok(due_list(&measure, &arena, &county->pack->registers[i],
                           period_named("201403"), -1, &s, &error));
        for (size_t k = 0; k < s.n; k++)
            if (s.items[k].area == township &&
                (worst < 0 || order[s.items[k].state] > order[worst]))
                worst = (int)s.items[k].state;
    }
    assert_true(worst >= 0);
    assert_int_equal(t->reporters[0].area, township);
    assert_int_equal(t->states[8], worst);
}

static void signals_are_those_of_the_register(void **state)
{
    (void)state;
    const char *code =
        county->places->areas[page.children->buckets.buckets[1].index].code.p;
    char csv[2048];
    snprintf(csv, sizeof csv,
             "look,period,stratum,subject,place,until,review,text_en,text_zh\n"
             "by_township,2014S1,all,%s,%s,2014-06-30,true,High here,这里偏高\n"
             "by_order,2014S1,third,all,,2014-06-30,false,High there,那里偏高\n"
             "by_order,2012S1,third,all,,2012-06-30,true,Long ago,很久以前\n",
             code, code);
    add("signals", csv);
    struct overview_signal *list;
    size_t n;
    struct period p = period_named("2014S1");
    assert_ok(
        overview_signals(&measure, &arena, -1, p.first, p.last, 50, &list, &n, &error));
    assert_int_equal(n, 2);
    assert_true(list[0].review);
    assert_true(str_equal(list[0].text.zh, STR("这里偏高")));
    assert_string_equal(list[0].period.id, "2014S1");
    assert_true(list[0].at > 0);
    // of another township: neither the one beside it nor that of the whole
    int32_t other = page.children->buckets.buckets[0].index;
    assert_ok(overview_signals(&measure, &arena, other, p.first, p.last, 50, &list, &n,
                               &error));
    assert_int_equal(n, 0);
    // one who may see figures but no row of supervision
    struct access_grant grant = {.functions = 1u << ACCESS_FIGURES};
    struct access leader = {
        .name = STR("leader"), .grants = &grant, .n_grants = 1, .suppress_below = 5};
    struct measure of_leader = measure;
    of_leader.who = &leader;
    assert_ok(
        overview_signals(&of_leader, &arena, -1, p.first, p.last, 50, &list, &n, &error));
    assert_int_equal(n, 0);
}

static void a_place_that_is_not_ones_own_is_refused(void **state)
{
    (void)state;
    const struct area *mine =
        &county->places->areas[page.children->buckets.buckets[0].index];
    struct access_grant grant = {.functions = 1u << ACCESS_FIGURES, .area = mine->id};
    struct access clerk = {
        .name = STR("clerk"), .grants = &grant, .n_grants = 1, .suppress_below = 5};
    struct measure of_clerk = measure;
    struct overview out;
    of_clerk.who = &clerk;
    assert_int_equal(
        overview_make(&of_clerk, &arena, period_named("2014S1"), -1, &out, &error),
        ERR_FORBIDDEN);
    assert_int_equal(overview_make(&of_clerk, &arena, period_named("2014S1"),
                                   page.children->buckets.buckets[1].index, &out, &error),
                     ERR_FORBIDDEN);
    assert_ok(overview_make(&of_clerk, &arena, period_named("2014S1"),
                            page.children->buckets.buckets[0].index, &out, &error));
    assert_true(out.cards[0].figure.value == page.children->births[0].value);
    assert_int_equal(out.n_signals, 0);
}

static void a_day_is_refused(void **state)
{
    (void)state;
    struct overview out;
    assert_int_equal(
        overview_make(&measure, &arena, period_named("20140605"), -1, &out, &error),
        ERR_INPUT);
}

// --- the other pages

static void the_ratio_taken_apart(void **state)
{
    (void)state;
    struct srb_rows rows;
    struct period p = period_named("2013");
    assert_ok(srb_rows_make(&measure, &arena, p, -1, STR(""), &rows, &error));
    assert_int_equal(rows.n, 16);
    assert_true(rows.enough == 3805);
    size_t looks = 0;
    for (size_t i = 0; i < rows.n; i++) {
        const struct srb_row *r = &rows.list[i];
        char where[128];
        snprintf(where, sizeof where,
                 "AND sex = 'f' AND area IN (SELECT id FROM r_areas WHERE parent = '%s')",
                 county->places->areas[r->bucket.index].code.p);
        assert_true(r->girls == ask_births(where, "2013-01-01", "2013-12-31"));
        assert_true(!i || r->bucket.index > rows.list[i - 1].bucket.index);
        looks += isnan(r->p) ? 0 : 1;
        assert_true(isnan(r->p) || (r->q >= r->p && r->q <= 1));
        assert_true(isnan(r->missing) ||
                    (r->missing_low <= r->missing && r->missing <= r->missing_high));
        // never "above" in plain words where all looks together explain it
        if (r->p < 0.05 && r->q >= 0.05)
            assert_non_null(strstr(r->certainty.en.p, "chance explains it"));
        if (r->p >= 0.05 && r->boys + r->girls < rows.enough && r->girls > 0)
            assert_non_null(strstr(r->certainty.en.p, "too few births to say"));
    }
    assert_int_equal(rows.n_looks, looks);
    assert_ok(srb_rows_make(&measure, &arena, p, -1, STR("order"), &rows, &error));
    assert_true(rows.n >= 3);
    assert_ok(srb_rows_make(&measure, &arena, p, -1, STR("facility"), &rows, &error));
    assert_true(rows.n > 0);
    for (size_t i = 0; i < rows.n; i++)
        assert_true(rows.list[i].boys + rows.list[i].girls > 0);
    assert_int_equal(
        srb_rows_make(&measure, &arena, p, -1, STR("weather"), &rows, &error), ERR_INPUT);
}

// The filters that the drawer gives lead to the rows that it counts.
static void rows_behind_a_number(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool exact;
    } cases[] = {{"srb", true},
                 {"srb_order3", true},
                 {"births_total", true},
                 {"births_order_known", true},
                 {"low_birth_weight", true},
                 {"births_registered_30_days", false},
                 {"early_booking_rate", true}};
    int32_t township = page.children->buckets.buckets[0].index;
    struct period p = period_named("2014S1");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (int t = 0; t < 2; t++) {
            struct explained x;
            assert_ok(explained_make(&measure, &arena, indicator_named(cases[k].name, &p),
                                     p, t ? township : -1, &x, &error));
            assert_int_equal(x.rows.exact, cases[k].exact);
            struct row_filter filters[8];
            struct row_query q = {
                .filters = filters, .limit = 1, .count = true, .state = ROW_CURRENT};
            struct str rest = x.rows.query, head;
            for (bool more = true; more;) {
                more = str_split(rest, '&', &head, &rest);
                struct str one = more ? head : rest, name;
                assert_true(str_split(one, '=', &name, &one));
                assert_true(str_starts(name, STR("f.")));
                filters[q.n_filters++] =
                    (struct row_filter){{name.p + 2, name.n - 2}, one};
            }
            struct row_list rows;
            assert_ok(row_list(county, &who, x.rows.reg, &q, &arena, &rows, &error));
            if (cases[k].exact)
                assert_int_equal(rows.shown, x.figure.rows);
            else
                assert_true(rows.shown > x.figure.rows);
        }
}

static void how_a_number_was_made(void **state)
{
    (void)state;
    struct explained x;
    struct period p = period_named("2014S1");
    assert_ok(explained_make(&measure, &arena, indicator_named("record_rate", &p), p, -1,
                             &x, &error));
    assert_int_equal(x.n_sources, 2);
    assert_true(str_equal(x.sources[0].reg->name, STR("records_report")));
    assert_true((double)x.sources[0].rows ==
                ask_number("SELECT count(*) FROM r_records_report WHERE state = "
                           "'current' AND date BETWEEN '2014-01-01' AND '2014-06-30'"));
    // residents are of the latest count, however long ago
    assert_true((double)x.sources[1].rows ==
                ask_number("SELECT count(*) FROM r_residents WHERE state = 'current' AND "
                           "date <= '2014-06-30'"));
    char last[DATE_TEXT_SIZE];
    date_format(x.sources[0].last, last);
    assert_string_equal(last, "2014-06-01");
    assert_true((double)x.sources[0].last_saved_at ==
                ask_number("SELECT max(saved_at) FROM r_records_report"));
    assert_true(x.figure.value == figure_of("record_rate", "2014S1", -1).value);
    assert_true(x.before.value == figure_of("record_rate", "2013S1", -1).value);
    assert_non_null(strstr(x.formula.en.p, "100 × "));
    assert_non_null(strstr(x.formula.zh.p, " ÷ "));
    assert_non_null(strstr(x.suppression.en.p, "Nothing is hidden"));
}

static void what_is_due_today(void **state)
{
    (void)state;
    struct today t;
    assert_ok(today_make(&measure, &arena, -1, 5, &t, &error));
    assert_string_equal(t.period.id, "201406");
    assert_int_equal(t.n_late, t.late_total < 5 ? t.late_total : 5);
    for (size_t i = 0; i < t.n_late; i++) {
        assert_int_equal(t.late[i].state, DUE_MISSING);
        assert_true(t.late[i].due < measure.today);
        assert_true(!i || t.late[i].due <= t.late[i - 1].due);
    }
    for (size_t i = 0; i < t.n_due; i++) {
        assert_int_equal(t.due[i].state, DUE_OPEN);
        assert_in_range(t.due[i].due, measure.today, measure.today + TODAY_AHEAD);
    }
    // July's reports, due by 5 August, of every register and reporter
    size_t open = 0, missing = 0;
    for (size_t i = 0; i < county->pack->n_registers; i++) {
        struct due_summary s;
        struct period p = period_named("201407");
        assert_ok(
            due_list(&measure, &arena, &county->pack->registers[i], p, -1, &s, &error));
        open += s.n;
        p = period_of(PERIOD_YEAR, measure.today);
        p.first = date_add_months(period_named("201407").first, -12);
        p.last = period_named("201407").last;
        assert_ok(
            due_list(&measure, &arena, &county->pack->registers[i], p, -1, &s, &error));
        missing += s.missing;
    }
    assert_int_equal(t.due_total, open);
    assert_int_equal(t.late_total, missing);
}

static void explained_findings_are_counted_apart(void **state)
{
    (void)state;
    struct explained_findings x;
    struct period p = period_named("2014S1");
    assert_ok(findings_run(&measure, &arena, p, -1, STR(""), &x, &error));
    assert_true(x.found.n > 5);
    assert_int_equal(x.counts.errors, x.found.errors);
    assert_int_equal(x.counts.warnings, x.found.warnings);
    assert_int_equal(x.counts.notes, x.found.notes);
    assert_int_equal(x.counts.explained, 0);
    struct explain_finding about;
    assert_ok(explain_parse(county->places, &arena, x.keys[0], &about, &error));
    memcpy(about.figures, x.found.list[0].figures, sizeof about.figures);
    assert_ok(explain_add(county, &who, &about, STR("looked at"), &error));
    size_t open = x.counts.errors + x.counts.warnings + x.counts.notes;
    assert_ok(findings_run(&measure, &arena, p, -1, STR(""), &x, &error));
    assert_int_equal(x.counts.explained, 1);
    assert_int_equal(x.counts.errors + x.counts.warnings + x.counts.notes, open - 1);
    assert_int_equal(x.explanations[0].state, EXPLAIN_SAME);
}

static void counts_of_findings_are_kept_for_a_while(void **state)
{
    (void)state;
    struct findings_cache *cache;
    struct findings_counts counts = {.errors = 3, .at = date_now_ms()}, out = {0};
    struct period p = period_named("2014S1"), q = period_named("2014");
    assert_ok(findings_cache_open(&cache, &error));
    assert_false(findings_known(cache, &measure, p, -1, 7, &out));
    findings_keep(cache, &measure, p, -1, 7, 0, &counts);
    assert_true(findings_known(cache, &measure, p, -1, 7, &out));
    assert_int_equal(out.errors, 3);
    // another area, period, or someone who sees other things
    assert_false(findings_known(cache, &measure, p, 1, 7, &out));
    assert_false(findings_known(cache, &measure, q, -1, 7, &out));
    struct access_grant grant = {.functions = 1u << ACCESS_FIGURES};
    struct access leader = {
        .name = STR("leader"), .grants = &grant, .n_grants = 1, .suppress_below = 5};
    struct measure of_leader = measure;
    of_leader.who = &leader;
    assert_false(findings_known(cache, &of_leader, p, -1, 7, &out));
    // another state: only where counting takes long
    counts.at = date_now_ms() - 1000;
    findings_keep(cache, &measure, p, -1, 7, 10, &counts);
    assert_false(findings_known(cache, &measure, p, -1, 8, &out));
    assert_true(findings_known(cache, &measure, p, -1, 7, &out));
    findings_keep(cache, &measure, p, -1, 7, 1000, &counts);
    assert_true(findings_known(cache, &measure, p, -1, 8, &out));
    counts.at = date_now_ms() - 3600000;
    findings_keep(cache, &measure, p, -1, 7, 1000000, &counts);
    assert_false(findings_known(cache, &measure, p, -1, 8, &out));
    findings_keep(cache, &measure, p, -1, 7, 0, &counts);
    findings_forget(cache);
    assert_false(findings_known(cache, &measure, p, -1, 7, &out));
    for (int i = 0; i < 600; i++) // never more than it has room for
        findings_keep(cache, &measure, p, i % 16, i, 0, &counts);
    for (int i = 0; i < 600; i++) {
        struct period other = p;
        other.first -= i;
        findings_keep(cache, &measure, other, -1, 1, 0, &counts);
    }
    findings_cache_close(cache);
}

static const struct findings_held *held_at(struct findings_cache *c, const char *period,
                                           int64_t at)
{
    const struct findings_held *held;
    assert_ok(findings_get(c, &measure, period_named(period), -1, at, &held, &error));
    return held;
}

static void findings_of_one_state_are_worked_out_once(void **state)
{
    (void)state;
    struct findings_cache *c;
    struct findings_counts counts;
    struct period p = period_named("2014S1");
    bool more;
    assert_ok(findings_cache_open(&c, &error));
    const struct findings_held *first = held_at(c, "2014S1", 7);
    const struct findings_held *again = held_at(c, "2014S1", 7);
    assert_ptr_equal(again, first);
    assert_true(findings_known(c, &measure, p, -1, 7, &counts));
    assert_int_equal(counts.errors, first->findings.counts.errors);
    findings_let_go(c, again);
    // another period, another caller
    const struct findings_held *other = held_at(c, "2014Q1", 7);
    assert_ptr_not_equal(other, first);
    findings_let_go(c, other);
    struct access_grant grant = {.functions = 1u << ACCESS_FIGURES};
    struct access leader = {
        .name = STR("leader"), .grants = &grant, .n_grants = 1, .suppress_below = 5};
    struct measure of_leader = measure;
    of_leader.who = &leader;
    assert_ok(findings_get(c, &of_leader, p, -1, 7, &other, &error));
    assert_ptr_not_equal(other, first);
    findings_let_go(c, other);
    // a newer state: what is held is good until it is let go
    const struct findings_held *newer = held_at(c, "2014S1", 8);
    assert_ptr_not_equal(newer, first);
    assert_int_equal(first->findings.found.n, newer->findings.found.n);
    assert_true(str_equal(first->findings.keys[0], newer->findings.keys[0]));
    findings_let_go(c, first);
    findings_let_go(c, newer);
    // ahead of who asks: the quarter's and the leader's are of state 7 still
    leader = (struct access){0}; // theirs need not last
    grant = (struct access_grant){0};
    assert_true(findings_are_old(c, 8));
    assert_ok(findings_renew(c, &measure, 8, &more, &error));
    assert_true(more);
    assert_ok(findings_renew(c, &measure, 8, &more, &error));
    assert_false(more);
    assert_false(findings_are_old(c, 8));
    assert_true(findings_known(c, &measure, period_named("2014Q1"), -1, 8, &counts));
    // no more than there is room for
    for (int i = 0; i < 2 * FINDINGS_KEPT; i++) {
        char month[8];
        snprintf(month, sizeof month, "%d%02d", 2013 + i / 12, i % 12 + 1);
        findings_let_go(c, held_at(c, month, 8));
    }
    int old = 0;
    for (more = true; more; old++)
        assert_ok(findings_renew(c, &measure, 9, &more, &error));
    assert_int_equal(old, FINDINGS_KEPT);
    // nothing of a pack that is read again
    findings_forget(c);
    assert_false(findings_are_old(c, 10));
    findings_cache_close(c);
}

struct asker {
    pthread_t thread;
    pthread_barrier_t *together;
    struct findings_cache *cache;
    const struct findings_held *held;
};

static void *ask_once(void *argument)
{
    struct asker *a = argument;
    struct error e;
    pthread_barrier_wait(a->together);
    if (findings_get(a->cache, &measure, period_named("2014S1"), -1, 1, &a->held, &e))
        a->held = NULL;
    return NULL;
}

static void who_ask_at_once_share_one_run(void **state)
{
    (void)state;
    enum { ASKERS = 4 };
    struct asker list[ASKERS];
    struct findings_cache *c;
    pthread_barrier_t together;
    assert_ok(findings_cache_open(&c, &error));
    assert_int_equal(pthread_barrier_init(&together, NULL, ASKERS), 0);
    for (int i = 0; i < ASKERS; i++) {
        list[i] = (struct asker){.together = &together, .cache = c};
        assert_int_equal(pthread_create(&list[i].thread, NULL, ask_once, &list[i]), 0);
    }
    for (int i = 0; i < ASKERS; i++)
        pthread_join(list[i].thread, NULL);
    for (int i = 0; i < ASKERS; i++) {
        assert_non_null(list[i].held);
        assert_ptr_equal(list[i].held, list[0].held);
    }
    for (int i = 0; i < ASKERS; i++)
        findings_let_go(c, list[i].held);
    pthread_barrier_destroy(&together);
    findings_cache_close(c);
}

static void findings_are_kept_whole_or_not_at_all(void **state)
{
    (void)state;
    bool done = false;
    for (int64_t n = 0; n < 10000 && !done; n += 1 + n / 6) {
        struct findings_cache *c = NULL;
        const struct findings_held *held = NULL;
        bool more;
        mem_fail_after(n);
        enum err code = findings_cache_open(&c, &error);
        if (!code)
            code =
                findings_get(c, &measure, period_named("2014S1"), -1, 1, &held, &error);
        if (!code)
            code = findings_renew(c, &measure, 2, &more, &error);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        if (held) {
            assert_true(held->findings.found.n > 5);
            findings_let_go(c, held);
        }
        findings_cache_close(c);
        done = !code;
    }
    assert_true(done);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct arena a;
    bool done = false;
    for (int64_t n = 0; n < 3000 && !done; n += n < 50 ? 1 : 13) {
        struct overview out;
        arena_init(&a, 0);
        mem_fail_after(n);
        struct srb_rows rows;
        struct explained made;
        struct today today;
        struct period p = period_named("2014S1");
        enum err code = overview_make(&measure, &a, p, -1, &out, &error);
        if (!code)
            code = srb_rows_make(&measure, &a, p, -1, STR(""), &rows, &error);
        if (!code)
            code = explained_make(&measure, &a, indicator_named("srb", &p), p, -1, &made,
                                  &error);
        if (!code)
            code = today_make(&measure, &a, -1, 10, &today, &error);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        done = !code;
        arena_free(&a);
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cards_are_what_sql_says),
        cmocka_unit_test(births_are_taken_apart_as_sql_does),
        cmocka_unit_test(children_are_the_townships),
        cmocka_unit_test(a_trend_ends_with_the_period),
        cmocka_unit_test(coverage_is_in_bands),
        cmocka_unit_test(timeliness_is_what_is_due),
        cmocka_unit_test(signals_are_those_of_the_register),
        cmocka_unit_test(a_place_that_is_not_ones_own_is_refused),
        cmocka_unit_test(a_day_is_refused),
        cmocka_unit_test(the_ratio_taken_apart),
        cmocka_unit_test(rows_behind_a_number),
        cmocka_unit_test(how_a_number_was_made),
        cmocka_unit_test(what_is_due_today),
        cmocka_unit_test(explained_findings_are_counted_apart),
        cmocka_unit_test(counts_of_findings_are_kept_for_a_while),
        cmocka_unit_test(findings_of_one_state_are_worked_out_once),
        cmocka_unit_test(who_ask_at_once_share_one_run),
        cmocka_unit_test(findings_are_kept_whole_or_not_at_all),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("overview", tests, setup, teardown);
}
