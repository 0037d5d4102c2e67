// SPDX-License-Identifier: AGPL-3.0-or-later
// Double entry: what may be posted, what is refused and why, who sees what, and the
// proof.
#include "ledger_test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static struct ledger_posted posted;

struct one { // an entry of one line, in whole units
    const char *movement, *day;
    int64_t from, to;
    const char *item, *lot, *expires;
    double quantity;
    int64_t price;
    const char *key;
    double temperature;
};

static enum err post_as(const struct access *by, const struct one *x)
{
    const struct ledger_movement *m = movement(x->movement);
    bool money = m >= fund->movements && m < fund->movements + fund->n_movements;
    struct ledger_line line = {
        .item = str_of(x->item),
        .lot = {str_of(x->lot), x->expires ? day_at(x->expires) : DATE_NONE},
        .quantity = llround(x->quantity * (money ? LEDGER_CENT : LEDGER_UNIT)),
        .price = x->price};
    struct ledger_entry entry = {.ledger = money ? fund : medicines,
                                 .movement = m,
                                 .day = day_at(x->day),
                                 .from = x->from,
                                 .to = x->to,
                                 .lines = &line,
                                 .n_lines = 1,
                                 .key = str_of(x->key),
                                 .temperature =
                                     x->temperature != 0 ? x->temperature : NAN};
    error = (struct error){0};
    return ledger_post(county, by, &entry, &arena, &posted, &error);
}

#define POST(...) post_as(&who, &(struct one){__VA_ARGS__})

static double at(int64_t facility, const char *item, const char *lot, const char *day)
{
    struct ledger_balance *list;
    size_t n;
    double sum = 0;
    assert_ok(ledger_balances(county, &who, medicines, facility, day_at(day), &arena,
                              &list, &n, &error));
    for (size_t i = 0; i < n; i++)
        if (list[i].account < 0 && str_equal_c(list[i].item, item) &&
            (!lot || str_equal_c(list[i].lot.number, lot)))
            sum += (double)list[i].quantity / LEDGER_UNIT;
    return sum;
}

static void assert_text(const char *part)
{
    if (!strstr(error.text, part) && !strstr(error.cure, part))
        fail_msg("'%s' is not in: %s (%s)", part, error.text, error.cure);
}

// --- posting

static void what_leaves_arrives(void **state)
{
    (void)state;
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "oxytocin", "L1", "2014-12-31",
                   100, 25000));
    int64_t first = posted.id;
    assert_false(posted.repeated);
    assert_int_equal(posted.warning.en.n, 0);
    assert_ok(POST("use", "2014-01-10", places[0], 0, "oxytocin", "L1", NULL, 2.5));
    assert_int_equal(posted.id, first + 1);
    assert_float_equal(at(places[0], "oxytocin", "L1", "2014-01-04"), 0, 0);
    assert_float_equal(at(places[0], "oxytocin", "L1", "2014-01-05"), 100, 0);
    assert_float_equal(at(places[0], "oxytocin", "L1", "2014-01-10"), 97.5, 0);
    assert_float_equal(at(places[0], "oxytocin", "L1", "2014-07-20"), 97.5, 0);
    struct ledger_balance *list;
    size_t n;
    int64_t sum = 0;
    assert_ok(ledger_balances(county, &who, medicines, 0, day_at("2014-07-20"), &arena,
                              &list, &n, &error));
    assert_int_equal(n, 3); // the place, patients, supplier
    for (size_t i = 0; i < n; i++)
        sum += list[i].quantity;
    assert_int_equal(sum, 0);
    assert_int_equal(list[0].facility, places[0]);
    assert_int_equal(list[0].value, 24375); // 97.5 at 2.50
    assert_int_equal(list[0].lot.expires, day_at("2014-12-31"));
    assert_int_equal(list[0].last, day_at("2014-01-10"));
    assert_int_equal(list[1].facility, 0);
    assert_sound();
}

static void a_balance_is_never_under_zero(void **state)
{
    (void)state;
    assert_int_equal(POST("use", "2014-02-01", places[0], 0, "oxytocin", "L1", NULL, 1),
                     ERR_CONFLICT);
    assert_ok(POST("receive", "2014-02-10", 0, places[0], "oxytocin", "L1", NULL, 10));
    // before it came in
    assert_int_equal(POST("use", "2014-02-09", places[0], 0, "oxytocin", "L1", NULL, 1),
                     ERR_CONFLICT);
    assert_text("湾沚医院 has 0 of oxytocin, lot L1 on 2014-02-09");
    assert_ok(POST("use", "2014-03-10", places[0], 0, "oxytocin", "L1", NULL, 8));
    // enough on that day, but a later one needs it
    assert_int_equal(POST("use", "2014-02-20", places[0], 0, "oxytocin", "L1", NULL, 3),
                     ERR_CONFLICT);
    assert_text("has 2 of oxytocin, lot L1 on 2014-03-10");
    assert_text("later days");
    assert_ok(POST("use", "2014-02-20", places[0], 0, "oxytocin", "L1", NULL, 2));
    // what came in earlier after all makes room
    assert_ok(POST("receive", "2014-01-01", 0, places[0], "oxytocin", "L1", NULL, 1));
    assert_ok(POST("use", "2014-07-20", places[0], 0, "oxytocin", "L1", NULL, 1));
    assert_int_equal(POST("use", "2014-07-20", places[0], 0, "oxytocin", "L1", NULL, 1),
                     ERR_CONFLICT);
    // another lot is another balance
    assert_int_equal(POST("use", "2014-07-20", places[0], 0, "oxytocin", "L2", NULL, 1),
                     ERR_CONFLICT);
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_entries"), 5);
    assert_sound();
}

static void bad_entries_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        struct one one;
        enum err code;
        const char *text;
    } bad[] = {
        {{"receive", "2014-07-21", 0, 1, "oxytocin", "L", NULL, 1},
         ERR_INPUT,
         "still to come"},
        {{"receive", "1950-01-01", 0, 1, "oxytocin", "L", NULL, 1},
         ERR_INPUT,
         "within 1970"},
        {{"receive", "2014-01-01", 1, 1, "oxytocin", "L", NULL, 1},
         ERR_INPUT,
         "has no place there"},
        {{"receive", "2014-01-01", 0, 0, "oxytocin", "L", NULL, 1},
         ERR_INPUT,
         "needs a facility"},
        {{"receive", "2014-01-01", 0, 77, "oxytocin", "L", NULL, 1},
         ERR_INPUT,
         "no such facility"},
        {{"move", "2014-01-01", 1, 1, "oxytocin", "L", NULL, 1},
         ERR_INPUT,
         "goes to another"},
        {{"receive", "2014-01-01", 0, 1, "oxytocin", "L", NULL, 0},
         ERR_INPUT,
         "line 1: the quantity must be more"},
        {{"receive", "2014-01-01", 0, 1, "oxytocin", "L", NULL, -1},
         ERR_INPUT,
         "more than nothing"},
        {{"receive", "2014-01-01", 0, 1, "oxytocin", "L", NULL, 1e10},
         ERR_INPUT,
         "too large"},
        {{"receive", "2014-01-01", 0, 1, "oxytocin", "L", NULL, 1, -5},
         ERR_INPUT,
         "price"},
        {{"receive", "2014-01-01", 0, 1, "oxytocin", NULL, NULL, 1},
         ERR_INPUT,
         "number of the lot is missing"},
        {{"receive", "2014-01-01", 0, 1, "oxitocin", "L", NULL, 1},
         ERR_INPUT,
         "no item 'oxitocin'"},
        {{"receive", "2014-01-01", 0, 1, NULL, "L", NULL, 1},
         ERR_INPUT,
         "item is missing"},
        {{"grant", "2014-01-01", 0, 1, "oxytocin", NULL, NULL, 1},
         ERR_INPUT,
         "no item and no price"},
        {{"grant", "2014-01-01", 0, 1, NULL, "L", NULL, 1}, ERR_INPUT, "has no lots"},
        {{"receive", "2014-01-01", 0, 1, "bcg", "L", NULL, 1, 0, NULL, 900},
         ERR_INPUT,
         "temperature"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct one x = bad[i].one;
        x.from = x.from == 1 ? places[0] : x.from;
        x.to = x.to == 1 ? places[0] : x.to;
        assert_int_equal(post_as(&who, &x), bad[i].code);
        assert_text(bad[i].text);
    }
    struct ledger_entry none = {.ledger = medicines,
                                .movement = movement("receive"),
                                .day = day_at("2014-01-01"),
                                .to = places[0],
                                .temperature = NAN};
    assert_int_equal(ledger_post(county, &who, &none, &arena, &posted, &error),
                     ERR_INPUT);
    assert_text("no lines");
    none.n_lines = LEDGER_LINES_MAX + 1;
    assert_int_equal(ledger_post(county, &who, &none, &arena, &posted, &error),
                     ERR_LIMIT);
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_entries"), 0);
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_lines"), 0);
}

static void sent_twice_is_posted_once(void **state)
{
    (void)state;
    assert_ok(
        POST("receive", "2014-01-05", 0, places[0], "bcg", "V1", NULL, 10, 0, "k1", 9.5));
    int64_t id = posted.id;
    struct str warning = posted.warning.en;
    assert_true(warning.n > 0);
    assert_ok(
        POST("receive", "2014-01-05", 0, places[0], "bcg", "V1", NULL, 10, 0, "k1", 9.5));
    assert_true(posted.repeated);
    assert_int_equal(posted.id, id);
    assert_true(str_equal(posted.warning.en, warning));
    assert_ok(
        POST("receive", "2014-01-05", 0, places[0], "bcg", "V1", NULL, 10, 0, "k2", 5));
    assert_false(posted.repeated);
    assert_float_equal(at(places[0], "bcg", NULL, "2014-07-20"), 20, 0);
}

static void another_entry_with_a_used_key_is_refused(void **state)
{
    (void)state;
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "oxytocin", "L1", "2014-12-31",
                   10, 700, "k1"));
    static const struct one others[] = {
        {"receive", "2014-01-06", 0, 1, "oxytocin", "L1", "2014-12-31", 10, 700, "k1"},
        {"receive", "2014-01-05", 0, 2, "oxytocin", "L1", "2014-12-31", 10, 700, "k1"},
        {"receive", "2014-01-05", 0, 1, "bcg", "L1", "2014-12-31", 10, 700, "k1"},
        {"receive", "2014-01-05", 0, 1, "oxytocin", "L2", "2014-12-31", 10, 700, "k1"},
        {"receive", "2014-01-05", 0, 1, "oxytocin", "L1", "2015-12-31", 10, 700, "k1"},
        {"receive", "2014-01-05", 0, 1, "oxytocin", "L1", "2014-12-31", 11, 700, "k1"},
        {"receive", "2014-01-05", 0, 1, "oxytocin", "L1", "2014-12-31", 10, 800, "k1"},
        {"receive", "2014-01-05", 0, 1, "oxytocin", "L1", "2014-12-31", 10, 700, "k1", 5},
        {"use", "2014-01-05", 1, 0, "oxytocin", "L1", "2014-12-31", 10, 0, "k1"},
        {"grant", "2014-01-05", 0, 1, NULL, NULL, NULL, 10, 0, "k1"}, // another ledger
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct one one = others[i];
        one.from = one.from ? places[one.from - 1] : 0;
        one.to = one.to ? places[one.to - 1] : 0;
        assert_int_equal(post_as(&who, &one), ERR_CONFLICT);
        assert_string_equal(error.key, "ledger.sent_other");
        assert_text("was sent with this key");
        assert_text("take another key");
        assert_false(posted.repeated);
    }
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_entries"), 1);
    // a day that was not said is what was known of the lot; a count is what was counted
    assert_ok(
        POST("use", "2014-01-07", places[0], 0, "oxytocin", "L1", NULL, 2, 0, "k2"));
    assert_ok(
        POST("use", "2014-01-07", places[0], 0, "oxytocin", "L1", NULL, 2, 0, "k2"));
    assert_true(posted.repeated);
    assert_ok(
        POST("count", "2014-01-08", places[0], 0, "oxytocin", "L1", NULL, 7, 0, "k3"));
    assert_ok(
        POST("count", "2014-01-08", places[0], 0, "oxytocin", "L1", NULL, 7, 0, "k3"));
    assert_true(posted.repeated);
    assert_int_equal(
        POST("count", "2014-01-08", places[0], 0, "oxytocin", "L1", NULL, 1, 0, "k3"),
        ERR_CONFLICT);
    assert_float_equal(at(places[0], "oxytocin", NULL, "2014-07-20"), 7, 0);
    // it was reversed meanwhile: still that entry
    struct ledger_posted reversal;
    assert_ok(
        POST("use", "2014-01-09", places[0], 0, "oxytocin", "L1", NULL, 1, 0, "k4"));
    int64_t id = posted.id;
    assert_ok(ledger_reverse(county, &who, id, day_at("2014-01-09"), STR("twice"), &arena,
                             &reversal, &error));
    assert_ok(
        POST("use", "2014-01-09", places[0], 0, "oxytocin", "L1", NULL, 1, 0, "k4"));
    assert_true(posted.repeated && posted.id == id);
}

static void money_has_cents(void **state)
{
    (void)state;
    struct ledger_balance *list;
    size_t n;
    assert_ok(POST("grant", "2014-01-05", 0, places[0], NULL, NULL, NULL, 1000.55));
    assert_ok(POST("pay", "2014-01-06", places[0], 0, NULL, NULL, NULL, 0.56));
    assert_int_equal(POST("pay", "2014-01-06", places[0], 0, NULL, NULL, NULL, 1000),
                     ERR_CONFLICT);
    assert_text("999.99");
    assert_ok(ledger_balances(county, &who, fund, places[0], day_at("2014-07-20"), &arena,
                              &list, &n, &error));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].quantity, 99999);
    assert_int_equal(list[0].value, 99999);
    struct str text = ledger_quantity(fund, -5, &arena);
    assert_true(str_equal_c(text, "-0.05"));
    assert_true(str_equal_c(ledger_quantity(medicines, 12500, &arena), "12.5"));
    assert_true(str_equal_c(ledger_quantity(medicines, 12000, &arena), "12"));
    assert_true(str_equal_c(ledger_quantity(medicines, 12001, &arena), "12.001"));
    int64_t q;
    assert_true(ledger_quantity_from(medicines, STR("12.5"), &q) && q == 12500);
    assert_true(ledger_quantity_from(fund, STR("-0.05"), &q) && q == -5);
    static const char *const bad[] = {"",    ".",   "1.", ".5",           "1.2345",
                                      "1e3", "12 ", "-",  "9999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ledger_quantity_from(medicines, str_of(bad[i]), &q));
}

// --- lots, the cold chain

static void lots_that_expire_first_go_first(void **state)
{
    (void)state;
    struct ledger_line *list;
    size_t n;
    assert_ok(
        POST("receive", "2014-01-01", 0, places[0], "bcg", "late", "2015-06-30", 5));
    assert_ok(
        POST("receive", "2014-01-01", 0, places[0], "bcg", "soon", "2014-08-01", 5));
    assert_ok(POST("receive", "2014-01-01", 0, places[0], "bcg", "open", NULL, 5));
    assert_ok(
        POST("receive", "2014-01-01", 0, places[0], "bcg", "gone", "2014-03-01", 5));
    assert_ok(POST("use", "2014-07-01", places[0], 0, "bcg", "soon", NULL, 2));
    assert_ok(ledger_suggest(county, &who, medicines, places[0], STR("bcg"),
                             day_at("2014-07-20"), 5 * LEDGER_UNIT, &arena, &list, &n,
                             &error));
    assert_int_equal(n, 2);
    assert_true(str_equal_c(list[0].lot.number, "soon"));
    assert_int_equal(list[0].quantity, 3 * LEDGER_UNIT);
    assert_true(str_equal_c(list[1].lot.number, "late"));
    assert_int_equal(list[1].quantity, 2 * LEDGER_UNIT);
    // in February five of `soon` are there, but two are needed in July
    assert_ok(ledger_suggest(county, &who, medicines, places[0], STR("bcg"),
                             day_at("2014-02-01"), 0, &arena, &list, &n, &error));
    assert_int_equal(n, 4);
    assert_true(str_equal_c(list[0].lot.number, "gone"));
    assert_true(str_equal_c(list[1].lot.number, "soon"));
    assert_int_equal(list[1].quantity, 3 * LEDGER_UNIT);
    assert_true(str_equal_c(list[3].lot.number, "open"));
    // expired: not used, destroyed, moved with a warning
    assert_int_equal(POST("use", "2014-03-02", places[0], 0, "bcg", "gone", NULL, 1),
                     ERR_INPUT);
    assert_text("expired on 2014-03-01");
    assert_ok(POST("use", "2014-03-01", places[0], 0, "bcg", "gone", NULL, 1));
    assert_ok(POST("move", "2014-04-01", places[0], places[1], "bcg", "gone", NULL, 1));
    assert_true(posted.warning.zh.n > 0);
    assert_ok(POST("destroy", "2014-04-01", places[0], 0, "bcg", "gone", NULL, 3));
    // a lot has one day of expiry
    assert_int_equal(
        POST("receive", "2014-05-01", 0, places[1], "bcg", "late", "2015-07-30", 1),
        ERR_INPUT);
    assert_text("2015-06-30 by earlier entries, and on 2015-07-30");
    assert_sound();
}

static void the_cold_chain_warns(void **state)
{
    (void)state;
    assert_ok(
        POST("receive", "2014-01-05", 0, places[0], "bcg", "V1", NULL, 10, 0, NULL, 8));
    assert_int_equal(posted.warning.en.n, 0);
    assert_ok(
        POST("receive", "2014-01-05", 0, places[0], "bcg", "V1", NULL, 10, 0, NULL, 8.4));
    assert_true(
        str_equal_c(posted.warning.en, "bcg came at 8.4 °C, over the limit of 8.0 °C"));
    assert_ok(
        POST("receive", "2014-01-05", 0, places[0], "bcg", "V1", NULL, 10, 0, NULL, -1));
    assert_non_null(strstr(posted.warning.en.p, "under the limit of 2.0"));
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "folic", "V1", NULL, 10, 0,
                   NULL, 30));
    assert_int_equal(posted.warning.en.n, 0);
}

// --- reversal

static void a_mistake_is_reversed_once(void **state)
{
    (void)state;
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "folic", "L1", NULL, 10, 1000));
    int64_t receipt = posted.id;
    assert_ok(POST("use", "2014-02-05", places[0], 0, "folic", "L1", NULL, 4));
    int64_t use = posted.id;
    int32_t today = day_at("2014-07-20");
    assert_int_equal(ledger_reverse(county, &who, receipt, today, STR("wrong lot"),
                                    &arena, &posted, &error),
                     ERR_CONFLICT);
    assert_text("has 6 of folic");
    assert_int_equal(
        ledger_reverse(county, &who, use, today, STR(" "), &arena, &posted, &error),
        ERR_INPUT);
    assert_int_equal(ledger_reverse(county, &who, use, day_at("2014-02-04"), STR("x"),
                                    &arena, &posted, &error),
                     ERR_INPUT);
    assert_text("2014-02-05");
    assert_int_equal(
        ledger_reverse(county, &who, 999, today, STR("x"), &arena, &posted, &error),
        ERR_NOT_FOUND);
    assert_ok(ledger_reverse(county, &who, use, day_at("2014-02-05"), STR("typed twice"),
                             &arena, &posted, &error));
    int64_t reversal = posted.id;
    assert_float_equal(at(places[0], "folic", "L1", "2014-02-05"), 10, 0);
    assert_int_equal(
        ledger_reverse(county, &who, use, today, STR("x"), &arena, &posted, &error),
        ERR_CONFLICT);
    assert_int_equal(
        ledger_reverse(county, &who, reversal, today, STR("x"), &arena, &posted, &error),
        ERR_CONFLICT);
    assert_ok(ledger_reverse(county, &who, receipt, today, STR("wrong lot"), &arena,
                             &posted, &error));
    assert_float_equal(at(places[0], "folic", "L1", "2014-07-19"), 10, 0);
    assert_float_equal(at(places[0], "folic", "L1", "2014-07-20"), 0, 0);
    assert_int_equal(ask("SELECT priced + price FROM heng_ledger_lots"), 0);
    struct ledger_kept *list;
    size_t n;
    assert_ok(ledger_entries(county, &who, medicines,
                             &(struct ledger_wanted){.from = DATE_NONE, .to = DATE_NONE},
                             &arena, &list, &n, &error));
    assert_int_equal(n, 4);
    assert_int_equal(list[3].id, receipt);
    assert_int_equal(list[3].reversed_by, list[0].id);
    assert_int_equal(list[0].kind, LEDGER_REVERSAL);
    assert_int_equal(list[0].of, receipt);
    assert_true(str_equal_c(list[0].note, "wrong lot"));
    assert_sound();
}

// --- confirmation

static void seller_and_buyer_are_compared(void **state)
{
    (void)state;
    struct ledger_difference *list;
    size_t n;
    int32_t today = day_at("2014-07-20"), june = day_at("2014-06-01");
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "oxytocin", "L1", NULL, 100));
    assert_int_equal(ledger_confirm(county, &who, posted.id, today, (int64_t[]){1}, 1,
                                    &arena, &posted, &error),
                     ERR_CONFLICT); // it asks for none
    assert_ok(
        POST("transfer", "2014-06-01", places[0], places[2], "oxytocin", "L1", NULL, 30));
    int64_t sent = posted.id;
    assert_float_equal(at(places[0], "oxytocin", NULL, "2014-06-01"), 70, 0);
    assert_float_equal(at(places[2], "oxytocin", NULL, "2014-07-20"), 0, 0);
    assert_ok(ledger_reconcile(county, &who, medicines, DATE_NONE, DATE_NONE, 30, &arena,
                               &list, &n, &error));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].arrived, -1);
    assert_ok(ledger_reconcile(county, &who, medicines, DATE_NONE, DATE_NONE, 60, &arena,
                               &list, &n, &error));
    assert_int_equal(n, 0); // there is still time
    int64_t some[] = {28 * LEDGER_UNIT};
    assert_int_equal(
        ledger_confirm(county, &who, sent, today, some, 0, &arena, &posted, &error),
        ERR_INPUT);
    assert_int_equal(ledger_confirm(county, &who, sent, day_at("2014-05-31"), some, 1,
                                    &arena, &posted, &error),
                     ERR_INPUT);
    assert_ok(
        ledger_confirm(county, &who, sent, june + 3, some, 1, &arena, &posted, &error));
    int64_t confirmation = posted.id;
    assert_float_equal(at(places[2], "oxytocin", NULL, "2014-06-03"), 0, 0);
    assert_float_equal(at(places[2], "oxytocin", NULL, "2014-06-04"), 28, 0);
    assert_int_equal(
        ledger_confirm(county, &who, sent, today, some, 1, &arena, &posted, &error),
        ERR_CONFLICT);
    assert_ok(ledger_reconcile(county, &who, medicines, june, june, 0, &arena, &list, &n,
                               &error));
    assert_int_equal(n, 1);
    assert_int_equal(list[0].entry, sent);
    assert_int_equal(list[0].from, places[0]);
    assert_int_equal(list[0].to, places[2]);
    assert_int_equal(list[0].sent, 30 * LEDGER_UNIT);
    assert_int_equal(list[0].arrived, 28 * LEDGER_UNIT);
    // the two that did not come are on the way
    struct ledger_balance *balances;
    assert_ok(ledger_balances(county, &who, medicines, places[2], today, &arena,
                              &balances, &n, &error));
    assert_int_equal(n, 2);
    assert_int_equal(balances[1].account, medicines->on_the_way);
    assert_int_equal(balances[1].quantity, 2 * LEDGER_UNIT);
    assert_int_equal(ledger_reverse(county, &who, sent, today, STR("28 were sent"),
                                    &arena, &posted, &error),
                     ERR_CONFLICT);
    assert_text("confirmed");
    assert_ok(ledger_reverse(county, &who, confirmation, today, STR("28 were sent"),
                             &arena, &posted, &error));
    some[0] = 30 * LEDGER_UNIT;
    assert_ok(
        ledger_confirm(county, &who, sent, today, some, 1, &arena, &posted, &error));
    assert_ok(ledger_reconcile(county, &who, medicines, DATE_NONE, DATE_NONE, 0, &arena,
                               &list, &n, &error));
    assert_int_equal(n, 0);
    assert_sound();
}

// --- counting

static void a_count_posts_the_difference(void **state)
{
    (void)state;
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "folic", "L1", NULL, 100));
    assert_ok(POST("use", "2014-03-05", places[0], 0, "folic", "L1", NULL, 40));
    // on the evening of 1 February a hundred were expected
    assert_ok(POST("count", "2014-02-01", places[0], 0, "folic", "L1", NULL, 97));
    assert_float_equal(at(places[0], "folic", "L1", "2014-02-01"), 97, 0);
    assert_float_equal(at(places[0], "folic", "L1", "2014-07-20"), 57, 0);
    assert_ok(POST("count", "2014-07-01", places[0], 0, "folic", "L1", NULL, 60));
    assert_float_equal(at(places[0], "folic", "L1", "2014-07-20"), 60, 0);
    assert_ok(POST("count", "2014-07-02", places[0], 0, "folic", "L1", NULL, 60));
    assert_ok(POST("count", "2014-07-02", places[0], 0, "folic", "new", NULL, 3));
    // so few in February would leave too little for March
    assert_int_equal(POST("count", "2014-02-02", places[0], 0, "folic", "L1", NULL, 20),
                     ERR_CONFLICT);
    struct ledger_kept *list;
    size_t n;
    assert_ok(ledger_entries(
        county, &who, medicines,
        &(struct ledger_wanted){.from = day_at("2014-07-01"), .to = day_at("2014-07-02")},
        &arena, &list, &n, &error));
    assert_int_equal(n, 3);
    assert_int_equal(list[2].lines[0].counted, 60 * LEDGER_UNIT);
    assert_int_equal(list[2].lines[0].quantity, -3 * LEDGER_UNIT);
    assert_int_equal(list[1].lines[0].quantity, 0);
    assert_int_equal(list[0].lines[0].quantity, -3 * LEDGER_UNIT);
    // of which only what the books did not say stands among the differences
    struct ledger_difference *found;
    size_t n_found;
    assert_ok(ledger_reconcile(county, &who, medicines, DATE_NONE, DATE_NONE, 0, &arena,
                               &found, &n_found, &error));
    assert_int_equal(n_found, 3);
    assert_true(found[1].counted && found[1].from == places[0] && !found[1].to);
    assert_int_equal(found[1].sent, 57 * LEDGER_UNIT);
    assert_int_equal(found[1].arrived, 60 * LEDGER_UNIT);
    // a reversal of a count puts the books back
    assert_ok(ledger_reverse(county, &who, list[2].id, day_at("2014-07-20"),
                             STR("counted the wrong shelf"), &arena, &posted, &error));
    assert_ok(ledger_reconcile(county, &who, medicines, DATE_NONE, DATE_NONE, 0, &arena,
                               &found, &n_found, &error));
    assert_int_equal(n_found, 2);
    assert_float_equal(at(places[0], "folic", "L1", "2014-07-20"), 57, 0);
    assert_sound();
}

// --- many at once

static void a_file_is_posted_whole_or_not(void **state)
{
    (void)state;
    struct ledger_line in = {STR("folic"), {STR("L1"), DATE_NONE}, 10 * LEDGER_UNIT, 0};
    struct ledger_line out = in, odd = in;
    out.quantity = 6 * LEDGER_UNIT;
    odd.item = STR("folik");
    struct ledger_entry entries[4];
    struct ledger_posted result[4];
    const struct ledger_line *lines[] = {&in, &odd, &out, &out};
    static const char *const names[] = {"receive", "receive", "use", "use"};
    for (int i = 0; i < 4; i++)
        entries[i] = (struct ledger_entry){.ledger = medicines,
                                           .movement = movement(names[i]),
                                           .day = day_at("2014-01-05") + i,
                                           .from = i > 1 ? places[0] : 0,
                                           .to = i > 1 ? 0 : places[0],
                                           .lines = lines[i],
                                           .n_lines = 1,
                                           .temperature = NAN};
    assert_int_equal(ledger_post_many(county, &who, entries, 4, &arena, result, &error),
                     ERR_INPUT);
    assert_text("folik");
    assert_int_equal(result[0].error.code, ERR_OK);
    assert_int_equal(result[1].error.code, ERR_INPUT);
    assert_int_equal(result[2].error.code, ERR_OK);
    assert_int_equal(result[3].error.code, ERR_CONFLICT); // 4 are left
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_lines"), 0);
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_totals"), 0);
    entries[1] = entries[0];
    assert_ok(ledger_post_many(county, &who, entries, 4, &arena, result, &error));
    assert_float_equal(at(places[0], "folic", "L1", "2014-07-20"), 8, 0);
    assert_sound();
}

// --- whose

static void only_ones_own_places(void **state)
{
    (void)state;
    struct access one = with_own_grant(&who);
    struct ledger_balance *list;
    struct ledger_kept *entries;
    struct ledger_difference *differences;
    size_t n;
    int32_t today = day_at("2014-07-20");
    own_grant.area = ask("SELECT id FROM r_areas WHERE code = '340221101'"); // C's
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "folic", "L1", NULL, 10));
    assert_ok(
        POST("transfer", "2014-01-06", places[0], places[2], "folic", "L1", NULL, 4));
    int64_t sent = posted.id;
    struct one use = {"use", "2014-02-01", places[0], 0, "folic", "L1", NULL, 1};
    assert_int_equal(post_as(&one, &use), ERR_FORBIDDEN);
    struct one send = {"transfer", "2014-02-01", places[0], places[2],
                       "folic",    "L1",         NULL,      1};
    assert_int_equal(post_as(&one, &send), ERR_FORBIDDEN); // the sender posts
    assert_int_equal(
        ledger_reverse(county, &one, sent, today, STR("x"), &arena, &posted, &error),
        ERR_FORBIDDEN);
    assert_ok(
        ledger_balances(county, &one, medicines, 0, today, &arena, &list, &n, &error));
    assert_int_equal(n, 1); // what is on the way to it; no other place, no account
    assert_int_equal(list[0].facility, places[2]);
    assert_ok(ledger_reconcile(county, &one, medicines, DATE_NONE, DATE_NONE, 0, &arena,
                               &differences, &n, &error));
    assert_int_equal(n, 1);
    assert_ok(ledger_confirm(county, &one, sent, today, (int64_t[]){4 * LEDGER_UNIT}, 1,
                             &arena, &posted, &error));
    assert_ok(ledger_entries(county, &one, medicines,
                             &(struct ledger_wanted){.from = DATE_NONE, .to = DATE_NONE},
                             &arena, &entries, &n, &error));
    assert_int_equal(n, 2);
    use.from = places[2];
    use.day = "2014-07-20";
    assert_ok(post_as(&one, &use));
    struct ledger_line *lots;
    assert_int_equal(ledger_suggest(county, &one, medicines, places[0], STR("folic"),
                                    today, 0, &arena, &lots, &n, &error),
                     ERR_FORBIDDEN);
    own_grant.writes_rows = 0;
    assert_int_equal(post_as(&one, &use), ERR_FORBIDDEN);
    own_grant.reads_rows = 1u << PURPOSE_VITAL;
    assert_int_equal(
        ledger_balances(county, &one, medicines, 0, today, &arena, &list, &n, &error),
        ERR_FORBIDDEN);
}

// --- the proof

static void what_is_altered_is_found(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE heng_ledger_lines SET quantity = 11000 WHERE entry = 1",
        "UPDATE heng_ledger_lines SET lot = 'L9' WHERE entry = 1",
        "DELETE FROM heng_ledger_lines WHERE entry = 2",
        "INSERT INTO heng_ledger_lines VALUES (2, 2, 'folic', 'L1', '', 0, NULL, 0)",
        "INSERT INTO heng_ledger_lines VALUES (9, 1, 'folic', 'L1', '', 0, NULL, 0)",
        "UPDATE heng_ledger_entries SET day = '2014-01-06' WHERE id = 1",
        "UPDATE heng_ledger_entries SET note = 'x' WHERE id = 2",
        "UPDATE heng_ledger_entries SET temperature = 5 WHERE id = 2",
        "DELETE FROM heng_ledger_entries WHERE id = 1",
        "UPDATE heng_ledger_balances SET quantity = 1 WHERE account = 'patients'",
        "UPDATE heng_ledger_balances SET low = low - 1 WHERE account = ''",
        "DELETE FROM heng_ledger_balances WHERE account = 'patients'",
        "UPDATE heng_ledger_totals SET sum = sum + 1 WHERE level = 0 AND balance = 1",
        "UPDATE heng_ledger_totals SET low = low + 1 WHERE level = 1 AND balance = 2",
        "DELETE FROM heng_ledger_totals WHERE level = 2 AND balance = 1",
        "INSERT INTO heng_ledger_totals VALUES (1, 0, 3, 0, 0)",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        assert_ok(POST("receive", "2014-01-05", 0, places[0], "folic", "L1", NULL, 10));
        assert_ok(POST("use", "2014-05-05", places[0], 0, "folic", "L1", NULL, 4));
        assert_sound();
        tamper(changes[i]);
        struct history_report report;
        error = (struct error){0};
        if (history_verify(county, &arena, &report, &error) != ERR_CORRUPT)
            fail_msg("not found: %s", changes[i]);
        teardown_ledgers(state);
        setup_ledgers(state);
    }
}

static void a_head_is_found_again(void **state)
{
    (void)state;
    struct history_report report;
    unsigned char hash[LEDGER_HASH];
    struct conn *conn;
    int64_t id;
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "folic", "L1", NULL, 10));
    assert_ok(POST("use", "2014-05-05", places[0], 0, "folic", "L1", NULL, 4));
    assert_ok(history_verify(county, &arena, &report, &error));
    assert_int_equal(report.ledger_entries, 2);
    struct chain_hash head;
    assert_true(chain_from_hex(str_of(report.ledger_head), &head));
    memcpy(hash, head.bytes, sizeof hash);
    assert_ok(store_read_begin(county->store, &conn, &error));
    assert_ok(ledger_find(conn, hash, &id, &error));
    assert_int_equal(id, 2);
    hash[0] ^= 1;
    assert_ok(ledger_find(conn, hash, &id, &error));
    assert_int_equal(id, 0);
    store_read_end(conn);
}

// --- when things go wrong

static void memory_that_runs_out_posts_nothing(void **state)
{
    (void)state;
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "bcg", "V1", "2014-02-01", 10));
    struct ledger_balance *list;
    struct ledger_kept *entries;
    size_t n;
    int failed = 0;
    for (int k = 0; k < 200; k++) {
        mem_fail_after(k);
        enum err code = ledger_balances(county, &who, medicines, 0, day_at("2014-07-20"),
                                        &arena, &list, &n, &error);
        if (!code)
            code = ledger_entries(
                county, &who, medicines,
                &(struct ledger_wanted){.from = DATE_NONE, .to = DATE_NONE}, &arena,
                &entries, &n, &error);
        mem_fail_after(-1);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failed++;
        arena_reset(&arena);
    }
    assert_true(failed > 0);
}

static enum err read_all_else(struct arena *a)
{
    struct ledger_line *lines;
    struct ledger_thing *things;
    struct ledger_difference *differences;
    size_t n;
    enum err code = ledger_suggest(county, &who, medicines, places[0], STR("bcg"),
                                   day_at("2014-01-20"), 3000, a, &lines, &n, &error);
    if (!code)
        code = ledger_things(county, &who, medicines, a, &things, &n, &error);
    if (!code)
        code = ledger_reconcile(county, &who, medicines, day_at("2014-01-01"),
                                day_at("2014-07-01"), 10, a, &differences, &n, &error);
    return code;
}

static void memory_that_runs_out_suggests_nothing(void **state)
{
    (void)state;
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "bcg", "V1", "2014-02-01", 10));
    assert_ok(POST("transfer", "2014-01-06", places[0], places[1], "bcg", "V1",
                   "2014-02-01", 2));
    int failed = 0, short_of_room = 0;
    for (int k = 0;; k++) {
        struct arena small;
        arena_init(&small, 0);
        mem_fail_after(k);
        enum err code = read_all_else(&small);
        mem_fail_after(-1);
        arena_free(&small);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failed++;
        assert_true(k < 400);
    }
    for (size_t room = 64;; room += 64) {
        struct arena small;
        arena_init(&small, room);
        enum err code = read_all_else(&small);
        arena_free(&small);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        short_of_room++;
        assert_true(room < 1 << 20);
    }
    assert_true(failed > 0 && short_of_room > 3);
}

struct failing {
    int after;
    const struct ledger_entry *entry; // NULL: confirms and reverses `of`
    int64_t of;
    size_t room; // of its arena; 0: enough
};

static enum err failing_job(struct conn *conn, void *argument, struct error *e)
{
    struct failing *x = argument;
    struct arena a;
    struct ledger_book b;
    arena_init(&a, x->room);
    mem_fail_after(x->after); // on the writer's own thread
    enum err code = ledger_book_begin(&b, county, conn, &who, &a, e);
    if (!code && x->entry)
        code = ledger_book_post(&b, x->entry, &posted, e);
    if (!code && !x->entry) {
        const int64_t arrived[] = {1000, 0};
        code =
            ledger_book_confirm(&b, x->of, day_at("2014-03-02"), arrived, 2, &posted, e);
    }
    if (!code && !x->entry)
        code = ledger_book_reverse(&b, posted.id, day_at("2014-03-03"), STR("typing"),
                                   &posted, e);
    mem_fail_after(-1);
    arena_free(&a);
    return code;
}

static void the_writer_without_memory(void **state)
{
    (void)state;
    struct ledger_line lines[] = {
        {STR("bcg"), {STR("V1"), day_at("2014-02-01")}, 1000, 0},
        {STR("folic"), {STR("V2"), DATE_NONE}, 1000, 0}};
    struct ledger_entry entry = {.ledger = medicines,
                                 .movement = movement("receive"),
                                 .day = day_at("2014-03-01"),
                                 .to = places[0],
                                 .lines = lines,
                                 .n_lines = 2,
                                 .temperature = 20};
    int failed = 0;
    for (int k = 0; k < 500; k++) {
        struct failing x = {k, &entry, 0, 0};
        error = (struct error){0};
        enum err code = store_write(county->store, failing_job, &x, &error);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        assert_int_equal(ask("SELECT count(*) FROM heng_ledger_lines"), 0);
        failed++;
    }
    assert_true(failed > 3);
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_lines"), 2);
    assert_sound();
}

static void the_receiver_without_memory(void **state)
{
    (void)state;
    struct ledger_line lines[] = {
        {STR("bcg"), {STR("V1"), day_at("2014-12-01")}, 1000, 0},
        {STR("folic"), {STR("V2"), DATE_NONE}, 1000, 0}};
    struct ledger_entry entry = {.ledger = medicines,
                                 .movement = movement("deliver"),
                                 .day = day_at("2014-03-01"),
                                 .to = places[0],
                                 .lines = lines,
                                 .n_lines = 2,
                                 .temperature = 5};
    assert_ok(ledger_post(county, &who, &entry, &arena, &posted, &error));
    const int64_t delivered = posted.id;
    int failed = 0;
    for (size_t room = 64;; room += 64) {
        struct failing x = {-1, NULL, delivered, room};
        error = (struct error){0};
        assert_true(room < 1 << 20);
        enum err code = store_write(county->store, failing_job, &x, &error);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        // neither the confirmation nor its reversal
        assert_int_equal(ask("SELECT count(*) FROM heng_ledger_entries"), 1);
        failed++;
    }
    assert_true(failed > 3);
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_entries"), 3);
    assert_sound();
}

// A process that posts until it is killed: whole entries are there, and nothing else.
static void a_killed_writer_keeps_whole_entries(void **state)
{
    (void)state;
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "folic", "L1", NULL, 1e6));
    county_close(county);
    county = NULL;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        error = (struct error){0};
        if (county_open(&county, path, STORE_WRITE, &error))
            _exit(1);
        find_ledgers();
        struct ledger_line lines[20];
        for (int i = 0; i < 20; i++)
            lines[i] = (struct ledger_line){
                STR("folic"), {STR("L1"), DATE_NONE}, LEDGER_UNIT, 0};
        struct ledger_entry entry = {.ledger = medicines,
                                     .movement = movement("use"),
                                     .day = day_at("2014-03-01"),
                                     .from = places[0],
                                     .lines = lines,
                                     .n_lines = 20,
                                     .temperature = NAN};
        for (;;) {
            if (ledger_post(county, &who, &entry, &arena, &posted, &error))
                _exit(2);
            if (write(pipes[1], &posted.id, sizeof posted.id) != sizeof posted.id)
                _exit(3);
        }
    }
    close(pipes[1]);
    int64_t id, last = 0;
    for (int i = 0; i < 15 && read(pipes[0], &id, sizeof id) == sizeof id; i++)
        last = id;
    assert_int_equal(kill(child, SIGKILL), 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(pipes[0], &id, sizeof id) == sizeof id)
        last = id;
    close(pipes[0]);
    assert_true(last > 10);
    open_county();
    find_ledgers();
    int64_t entries = ask("SELECT count(*) FROM heng_ledger_entries");
    assert_true(entries >= last); // what was answered is there
    assert_int_equal(ask("SELECT count(*) FROM heng_ledger_lines"),
                     1 + 20 * (entries - 1));
    assert_int_equal(llround(at(places[0], "folic", NULL, "2014-07-20")),
                     1000000 - 20 * (entries - 1));
    assert_sound();
}

struct racer {
    struct county *county;
    int posted, refused;
    pthread_t thread;
};

static void *race(void *argument)
{
    struct racer *r = argument;
    struct arena a;
    arena_init(&a, 0);
    struct ledger_line line = {STR("folic"), {STR("L1"), DATE_NONE}, LEDGER_UNIT, 0};
    struct ledger_entry entry = {.ledger = pack_ledger(r->county->pack, STR("medicines")),
                                 .day = day_at("2014-03-01"),
                                 .from = places[0],
                                 .lines = &line,
                                 .n_lines = 1,
                                 .temperature = NAN};
    for (size_t i = 0; i < entry.ledger->n_movements; i++)
        if (str_equal_c(entry.ledger->movements[i].name, "use"))
            entry.movement = &entry.ledger->movements[i];
    for (int i = 0; i < 20; i++) {
        struct ledger_posted out;
        struct error e = {0};
        enum err code = ledger_post(r->county, &who, &entry, &a, &out, &e);
        r->posted += !code;
        r->refused += code == ERR_CONFLICT;
    }
    arena_free(&a);
    return NULL;
}

// Two threads of one process, and a process of its own file handle: what is there is
// given out once.
static void two_writers_cannot_overdraw(void **state)
{
    (void)state;
    struct racer racers[3] = {{.county = county}, {.county = county}, {0}};
    assert_ok(POST("receive", "2014-01-05", 0, places[0], "folic", "L1", NULL, 31));
    assert_ok(county_open(&racers[2].county, path, STORE_WRITE, &error));
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(racers[i].thread, NULL);
    county_close(racers[2].county);
    assert_int_equal(racers[0].posted + racers[1].posted + racers[2].posted, 31);
    assert_int_equal(racers[0].refused + racers[1].refused + racers[2].refused, 29);
    assert_float_equal(at(places[0], "folic", NULL, "2014-07-20"), 0, 0);
    assert_sound();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_ledgers, teardown_ledgers)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_leaves_arrives),
        TEST(a_balance_is_never_under_zero),
        TEST(bad_entries_say_what_is_wrong),
        TEST(sent_twice_is_posted_once),
        TEST(another_entry_with_a_used_key_is_refused),
        TEST(money_has_cents),
        TEST(lots_that_expire_first_go_first),
        TEST(the_cold_chain_warns),
        TEST(a_mistake_is_reversed_once),
        TEST(seller_and_buyer_are_compared),
        TEST(a_count_posts_the_difference),
        TEST(a_file_is_posted_whole_or_not),
        TEST(only_ones_own_places),
        TEST(what_is_altered_is_found),
        TEST(a_head_is_found_again),
        TEST(memory_that_runs_out_posts_nothing),
        TEST(memory_that_runs_out_suggests_nothing),
        TEST(the_writer_without_memory),
        TEST(the_receiver_without_memory),
        TEST(a_killed_writer_keeps_whole_entries),
        TEST(two_writers_cannot_overdraw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
