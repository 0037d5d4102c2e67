// SPDX-License-Identifier: AGPL-3.0-or-later
// What rows owe: hand-worked cases, months of every length, and a plain reading of the
// rules over random rows. Today is 20 July 2014.
#include "test_pack.h"

#include "base/rng.h"
#include "measure/schedule.h"

static struct access carer; // gives care everywhere, and sees all else

static int setup(void **state)
{
    (void)state;
    make_test_county();
    carer = with_own_grant(&who);
    own_grant.reads_rows = (1u << PURPOSE_COUNT) - 1;
    own_grant.functions = 1u << ACCESS_FIGURES;
    own_grant.area = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_measures();
    return 0;
}

static int32_t day(const char *text)
{
    int32_t out;
    assert_ok(date_parse(str_of(text), &out, &error));
    return out;
}

static const struct schedule *schedule_named(const char *name)
{
    const struct schedule *s = pack_schedule(county->pack, str_of(name));
    if (!s)
        fail_msg("no schedule %s", name);
    return s;
}

static struct owed_list owed(const char *schedule, const char *from, const char *to)
{
    struct owed_query q = {.schedule = *schedule ? schedule_named(schedule) : NULL,
                           .root = -1,
                           .from = day(from),
                           .to = day(to),
                           .most = 20000};
    struct owed_list out;
    assert_ok(schedule_list(&measure, &carer, &arena, &q, &out, &error));
    assert_int_equal(out.on_time + out.late_done + out.late, out.owed);
    for (size_t i = 1; i < out.n; i++)
        assert_true(out.items[i - 1].due <= out.items[i].due);
    return out;
}

static const struct owed *one(const struct owed_list *l, const char *key,
                              const char *point)
{
    const struct owed *found = NULL;
    for (size_t i = 0; i < l->n; i++)
        if (str_equal_c(l->items[i].key, key) &&
            str_equal_c(l->items[i].point->name, point)) {
            assert_null(found);
            found = &l->items[i];
        }
    return found;
}

static void is(const struct owed *x, const char *due, enum owed_state state,
               const char *done)
{
    assert_non_null(x);
    assert_int_equal(x->due, day(due));
    assert_int_equal(x->state, state);
    assert_int_equal(x->done, *done ? day(done) : DATE_NONE);
}

// --- the pack

static void the_pack_says(void **state)
{
    (void)state;
    const struct schedule *s = schedule_named("newborn_visits");
    assert_int_equal(s->n_points, 5);
    assert_int_equal(s->points[4].at.months, 12);
    assert_int_equal(s->points[4].at.days, 0);
    assert_int_equal(s->opens.days, 15);
    assert_true(str_equal(s->by.by->name, STR("child")));
    assert_ptr_equal(s->by.reg, pack_register(county->pack, STR("child_visits")));
    assert_true(str_equal(s->by.where_text, STR("kind = visit")));
    assert_null(s->done);
    assert_int_equal(schedule_named("licences")->points[0].at.days, -60);
    assert_int_equal(schedule_named("next_visits")->opens.days, 7);
    assert_int_equal(schedule_named("next_visits")->grace.months, 1);
    assert_null(pack_schedule(county->pack, STR("none")));
}

// --- worked by hand

static void visits_of_a_child(void **state)
{
    (void)state;
    add("children", "Record,Born,Moved,Village\n"
                    "A,2014-01-31,,340221100001\n"
                    "B,2014-01-31,yes,340221100001\n"
                    "C,2012-02-29,,340221101001\n");
    add("child_visits", "Number,Child,Seen,Kind,Next,Village\n"
                        "1,A,2014-02-12,visit,,340221100001\n" // a day before it opens
                        "2,A,2014-03-16,visit,,340221100001\n" // a day late
                        "3,A,2014-02-28,phone,,340221100001\n" // no visit
                        "4,A,2014-04-15,visit,,340221101001\n" // by another village
                        "5,A,2014-05-16,visit,,340221100001\n" // late, and 4 is nearer
                        "6,A,2014-08-01,visit,,340221100001\n" // still to come
                        "7,C,2012-02-29,visit,,340221100001\n"
                        "8,C,2012-04-13,visit,,340221100001\n"
                        "9,C,2012-05-13,visit,,340221100001\n"
                        "10,C,2013-07-01,visit,,340221100001\n"
                        "11,,2013-07-01,visit,,340221100001\n");
    struct owed_list l = owed("newborn_visits", "2012-01-01", "2015-12-31");
    assert_int_equal(l.total, 10);
    assert_int_equal(l.n, 10);
    is(one(&l, "A", "m1"), "2014-02-28", OWED_DONE_LATE, "2014-03-16");
    assert_int_equal(one(&l, "A", "m1")->opens, day("2014-02-13"));
    assert_int_equal(one(&l, "A", "m1")->late, day("2014-03-16"));
    is(one(&l, "A", "m3"), "2014-04-30", OWED_DONE, "2014-04-15");
    is(one(&l, "A", "m6"), "2014-07-31", OWED_OPEN, "");
    is(one(&l, "A", "m8"), "2014-09-30", OWED_LATER, "");
    is(one(&l, "A", "m12"), "2015-01-31", OWED_LATER, "");
    assert_null(one(&l, "B", "m1"));
    is(one(&l, "C", "m1"), "2012-03-29", OWED_DONE, "2012-04-13"); // the last day
    is(one(&l, "C", "m3"), "2012-05-29", OWED_LATE, ""); // 13 May was still of m1
    is(one(&l, "C", "m6"), "2012-08-29", OWED_LATE, "");
    is(one(&l, "C", "m12"), "2013-02-28", OWED_DONE_LATE, "2013-07-01");
    assert_int_equal(l.owed, 7);
    assert_int_equal(l.on_time, 2);
    assert_int_equal(l.late_done, 2);
    assert_int_equal(l.late, 3);
    assert_int_equal(one(&l, "A", "m1")->area, area_of("340221100001"));
    assert_int_equal(one(&l, "A", "m1")->facility, -1);
    // a struck visit is none
    const struct reg *r = pack_register(county->pack, STR("child_visits"));
    int64_t id = ask("SELECT id FROM r_child_visits WHERE number = '4'");
    own_grant.writes_rows = own_grant.reads_rows;
    assert_ok(row_strike(county, &carer, r, id, STR("twice"), &error));
    l = owed("newborn_visits", "2014-04-30", "2014-04-30");
    assert_int_equal(l.n, 1);
    is(one(&l, "A", "m3"), "2014-04-30", OWED_DONE_LATE, "2014-05-16");
    // states alone, and the first of them
    struct owed_query q = {.root = -1,
                           .from = day("2012-01-01"),
                           .to = day("2015-12-31"),
                           .states = 1u << OWED_LATE,
                           .most = 2};
    q.schedule = schedule_named("newborn_visits");
    assert_ok(schedule_list(&measure, &carer, &arena, &q, &l, &error));
    assert_int_equal(l.total, 3);
    assert_int_equal(l.n, 2);
    is(&l.items[0], "2012-05-29", OWED_LATE, "");
    is(&l.items[1], "2012-08-29", OWED_LATE, "");
    assert_int_equal(l.owed, 7);
}

static void visits_that_were_agreed(void **state)
{
    (void)state;
    add("children", "Record,Born,Moved,Village\n"
                    "E,2014-01-31,yes,340221100001\n"
                    "F,2014-01-31,yes,340221100001\n"
                    "G,2014-01-31,yes,340221100001\n");
    add("child_visits", "Number,Child,Seen,Kind,Next,Village\n"
                        "20,E,2014-03-01,visit,2014-03-31,340221100001\n"
                        "21,E,2014-04-30,visit,2014-08-01,340221100001\n"
                        "22,F,2014-03-01,visit,2014-03-31,340221100001\n"
                        "23,F,2014-05-01,visit,,340221100001\n"
                        "24,G,2014-06-01,visit,2014-06-01,340221100001\n");
    struct owed_list l = owed("next_visits", "2014-01-01", "2014-12-31");
    assert_int_equal(l.n, 4);
    is(one(&l, "20", "next"), "2014-03-31", OWED_DONE, "2014-04-30");
    is(one(&l, "21", "next"), "2014-08-01", OWED_LATER, "");
    is(one(&l, "22", "next"), "2014-03-31", OWED_DONE_LATE, "2014-05-01");
    is(one(&l, "24", "next"), "2014-06-01", OWED_LATE, ""); // a row does not serve itself
}

static void what_supervision_owes(void **state)
{
    (void)state;
    add("faults", "Number,Found,Mended,Grave,Facility\n"
                  "f1,2014-05-01,2014-05-31,yes,H1\n"
                  "f2,2014-05-01,2014-06-01,no,H1\n"
                  "f3,2014-06-20,,,C1\n"
                  "f4,2014-06-19,,yes,C1\n"
                  "f5,2014-05-02,2014-05-01,yes,C1\n"); // mended before it was found
    struct owed_list l = owed("mending", "2014-01-01", "2014-12-31");
    assert_int_equal(l.n, 5);
    is(one(&l, "f1", "mended"), "2014-05-31", OWED_DONE, "2014-05-31");
    is(one(&l, "f2", "mended"), "2014-05-31", OWED_DONE_LATE, "2014-06-01");
    is(one(&l, "f3", "mended"), "2014-07-20", OWED_OPEN, "");
    is(one(&l, "f4", "mended"), "2014-07-19", OWED_LATE, "");
    is(one(&l, "f5", "mended"), "2014-06-01", OWED_LATE, "");
    assert_int_equal(one(&l, "f3", "mended")->facility, facility_of("C1"));
    // done, and nobody knows when
    l = owed("grave_findings", "2014-01-01", "2014-12-31");
    is(one(&l, "f1", "closed"), "2014-05-08", OWED_LATE, "");
    is(one(&l, "f2", "closed"), "2014-05-08", OWED_DONE, "");
    is(one(&l, "f3", "closed"), "2014-06-27", OWED_DONE, "");
    // H1 until 2030, H2 until 2014-01-01, the others have no licence
    l = owed("licences", "2029-11-01", "2029-11-30");
    assert_int_equal(l.n, 1);
    is(one(&l, "H1", "renew"), "2029-11-02", OWED_LATER, "");
    assert_int_equal(l.items[0].facility, facility_of("H1"));
    assert_int_equal(l.items[0].late, day("2030-01-02"));
    assert_int_equal(l.items[0].opens, day("2029-10-02"));
    assert_int_equal(owed("licences", "2029-11-03", "2029-11-30").n, 0);
    l = owed("licences", "2013-01-01", "2014-12-31");
    assert_int_equal(l.n, 1);
    is(one(&l, "H2", "renew"), "2013-11-02", OWED_LATE, "");
    struct owed_query q = {.schedule = schedule_named("licences"),
                           .root = -1,
                           .from = day("2014-07-01"),
                           .to = day("2014-08-31"),
                           .standing = true,
                           .most = 5};
    assert_ok(schedule_list(&measure, &carer, &arena, &q, &l, &error));
    assert_int_equal(l.n, 1); // it is still to be renewed
    q.standing = false;
    assert_ok(schedule_list(&measure, &carer, &arena, &q, &l, &error));
    assert_int_equal(l.n, 0);
    tamper("UPDATE r_facilities SET valid_to = '2014-01-05' WHERE code = 'H2'");
    assert_int_equal(owed("licences", "2013-01-01", "2014-12-31").n, 0);
}

// --- by a plain reading of the rules

enum { CHILDREN = 400, VISITS = 2500 };

struct random_child {
    int32_t born;
    int village;
};
struct random_visit {
    int child;
    int32_t seen;
};

static struct random_child random_children[CHILDREN];
static struct random_visit random_visits[VISITS];

static const char *const villages[] = {"340221100001", "340221100002", "340221101001",
                                       "340221101002", "340221102001", "340221102002"};

static void make_random_rows(uint64_t seed)
{
    struct rng r = rng_stream(seed, 0);
    struct buf b = BUF_INIT(1 << 22);
    char text[DATE_TEXT_SIZE];
    buf_add_c(&b, "Record,Born,Moved,Village\n");
    for (int i = 0; i < CHILDREN; i++) {
        struct random_child *c = &random_children[i];
        c->born = day("2011-06-01") + (int32_t)rng_below(&r, 1100);
        c->village = (int)rng_below(&r, 6);
        date_format(c->born, text);
        buf_printf(&b, "R%d,%s,,%s\n", i, text, villages[c->village]);
    }
    add("children", b.p);
    b.n = 0;
    buf_add_c(&b, "Number,Child,Seen,Kind,Next,Village\n");
    for (int i = 0; i < VISITS; i++) {
        struct random_visit *v = &random_visits[i];
        v->child = (int)rng_below(&r, CHILDREN);
        v->seen = random_children[v->child].born + (int32_t)rng_below(&r, 500);
        date_format(v->seen, text);
        buf_printf(&b, "V%d,R%d,%s,visit,,340221100001\n", i, v->child, text);
    }
    add("child_visits", b.p);
    buf_free(&b);
}

// The visit that serves a point: of those from the day it opens to the day before the
// next one does.
static int32_t plainly_done(int child, size_t point, int32_t due)
{
    static const int months[] = {1, 3, 6, 8, 12};
    int32_t best = DATE_NONE, born = random_children[child].born;
    int32_t next =
        point + 1 < 5 ? date_add_months(born, months[point + 1]) - 15 : INT32_MAX;
    for (int pass = 0; pass < 2 && best == DATE_NONE; pass++) // in time, then late
        for (int far = 0; far < 600 && best == DATE_NONE; far++)
            for (int side = -1; side <= 1 && best == DATE_NONE; side += 2)
                for (int i = 0; i < VISITS; i++) {
                    int32_t seen = random_visits[i].seen;
                    if (random_visits[i].child == child && seen == due + side * far &&
                        seen >= due - 15 && seen < next && seen <= measure.today &&
                        (seen <= due + 15) == (pass == 0))
                        best = seen;
                }
    return best;
}

static void a_plain_reading_agrees(void **state)
{
    (void)state;
    uint64_t seed = 20140720;
    print_message("# seed %llu\n", (unsigned long long)seed);
    tamper("UPDATE r_children SET state = 'struck'");
    tamper("UPDATE r_child_visits SET state = 'struck'");
    make_random_rows(seed);
    static const int months[] = {1, 3, 6, 8, 12};
    struct owed_list l = owed("newborn_visits", "2011-01-01", "2016-12-31");
    assert_int_equal(l.n, CHILDREN * 5);
    size_t on_time = 0, late_done = 0, late = 0;
    for (size_t i = 0; i < l.n; i++) {
        const struct owed *x = &l.items[i];
        size_t point = (size_t)(x->point - x->schedule->points);
        int child = (int)strtol(x->key.p + 1, NULL, 10);
        int32_t due = date_add_months(random_children[child].born, months[point]);
        int32_t done = plainly_done(child, point, due);
        enum owed_state s = done != DATE_NONE
                                ? done > due + 15 ? OWED_DONE_LATE : OWED_DONE
                            : measure.today > due + 15  ? OWED_LATE
                            : measure.today >= due - 15 ? OWED_OPEN
                                                        : OWED_LATER;
        assert_int_equal(x->due, due);
        assert_int_equal(x->done, done);
        assert_int_equal(x->state, s);
        assert_int_equal(x->area, area_of(villages[random_children[child].village]));
        on_time += s == OWED_DONE;
        late_done += s == OWED_DONE_LATE;
        late += s == OWED_LATE;
    }
    assert_true(on_time > 100 && late_done > 100 && late > 100);
    assert_int_equal(l.on_time, on_time);
    assert_int_equal(l.late_done, late_done);
    assert_int_equal(l.late, late);
    // a part of the days has the same as the whole on these days
    struct owed_list part = owed("newborn_visits", "2013-02-10", "2013-03-20");
    size_t k = 0;
    for (size_t i = 0; i < l.n; i++)
        if (l.items[i].due >= day("2013-02-10") && l.items[i].due <= day("2013-03-20")) {
            assert_true(k < part.n);
            assert_int_equal(part.items[k].row, l.items[i].row);
            assert_int_equal(part.items[k].done, l.items[i].done);
            assert_int_equal(part.items[k++].state, l.items[i].state);
        }
    assert_int_equal(k, part.n);
    assert_true(k > 50);
}

// --- who may ask

static void rows_are_for_those_who_may_read_them(void **state)
{
    (void)state;
    struct owed_query q = {.schedule = schedule_named("newborn_visits"),
                           .root = -1,
                           .from = day("2011-01-01"),
                           .to = day("2016-12-31"),
                           .most = 3000};
    struct owed_list l;
    assert_int_equal(schedule_list(&measure, &who, &arena, &q, &l, &error),
                     ERR_FORBIDDEN);
    q.schedule = NULL;
    assert_ok(schedule_list(&measure, &who, &arena, &q, &l, &error));
    assert_true(l.n > 0);
    for (size_t i = 0; i < l.n; i++)
        assert_int_not_equal(l.items[i].schedule->reg->purpose, PURPOSE_CARE);
    // of one township, by right and by question
    q.schedule = schedule_named("newborn_visits");
    size_t in_t1 = 0;
    for (int i = 0; i < CHILDREN; i++)
        in_t1 += (random_children[i].village < 2) * 5u;
    q.root = area_of(T1);
    assert_ok(schedule_list(&measure, &carer, &arena, &q, &l, &error));
    assert_int_equal(l.total, in_t1);
    q.root = -1;
    own_grant.area = county->places->areas[area_of(T1)].id;
    assert_ok(schedule_list(&measure, &carer, &arena, &q, &l, &error));
    assert_int_equal(l.total, in_t1);
    q.root = area_of(T2);
    assert_ok(schedule_list(&measure, &carer, &arena, &q, &l, &error));
    assert_int_equal(l.total, 0);
    own_grant.area = 0;
}

static struct owed_rates rates(const struct access *of, const char *name, int32_t root,
                               const char *from, const char *to)
{
    struct owed_rates *list;
    size_t n;
    measure.who = of;
    assert_ok(schedule_rates(&measure, of, &arena, root, day(from), day(to), &list, &n,
                             &error));
    measure.who = &who;
    assert_int_equal(n, county->pack->n_schedules);
    for (size_t i = 0; i < n; i++)
        if (list[i].schedule == schedule_named(name))
            return list[i];
    fail_msg("no rates of %s", name);
    return list[0];
}

static bool withheld(struct owed_rates r)
{
    assert_int_equal(isnan(r.owed), isnan(r.on_time));
    assert_int_equal(isnan(r.owed), isnan(r.late_done));
    assert_int_equal(isnan(r.owed), isnan(r.late));
    return isnan(r.owed);
}

static void small_counts_of_care_are_withheld(void **state)
{
    (void)state;
    struct owed_list l = owed("newborn_visits", "2012-01-01", "2013-12-31");
    struct owed_rates r = rates(&who, "newborn_visits", -1, "2012-01-01", "2013-12-31");
    assert_false(withheld(r));
    assert_true(r.owed == (double)l.owed && r.on_time == (double)l.on_time);
    assert_true(r.late_done == (double)l.late_done && r.late == (double)l.late);
    // days that are no whole months could be held against each other
    assert_true(withheld(rates(&who, "newborn_visits", -1, "2012-01-01", "2013-12-30")));
    assert_true(withheld(rates(&who, "newborn_visits", -1, "2012-01-02", "2013-12-31")));
    r = rates(&carer, "newborn_visits", -1, "2012-01-02", "2013-12-30");
    assert_false(withheld(r));
    // never one township alone, nor a small count
    static const char *const towns[] = {T1, T2, T3};
    size_t seen = 0, hidden_months = 0;
    for (int month = 0; month < 36; month++) {
        char from[DATE_TEXT_SIZE], to[DATE_TEXT_SIZE];
        int32_t first = date_add_months(day("2011-07-01"), month);
        date_format(first, from);
        date_format(date_add_months(first, 1) - 1, to);
        double left = 0, whole = rates(&carer, "newborn_visits", -1, from, to).owed;
        struct owed_rates all = rates(&who, "newborn_visits", -1, from, to);
        size_t hidden = 0;
        for (int i = 0; i < 3; i++) {
            struct owed_rates full =
                rates(&carer, "newborn_visits", area_of(towns[i]), from, to);
            r = rates(&who, "newborn_visits", area_of(towns[i]), from, to);
            seen++;
            if (withheld(r)) {
                hidden += full.owed > 0;
                left += full.owed;
                continue;
            }
            assert_true(r.owed == full.owed && r.late == full.late);
            assert_true(r.on_time == 0 || r.on_time >= 5);
            assert_true(r.late_done == 0 || r.late_done >= 5);
            assert_true(r.late == 0 || r.late >= 5);
        }
        if (withheld(all))
            continue;
        assert_true(all.owed == whole);
        assert_int_not_equal(hidden, 1);
        assert_true(left == 0 || left >= 5);
        hidden_months += hidden > 0;
    }
    assert_true(seen == 108 && hidden_months > 0);
    // supervision hides nothing
    r = rates(&who, "mending", -1, "2014-01-02", "2014-12-30");
    assert_true(r.owed == 4 && r.on_time == 1 && r.late_done == 1 && r.late == 2);
    // and figures are not for everyone
    struct access nobody = with_own_grant(&who);
    own_grant.functions = 0;
    struct owed_rates *list;
    size_t n;
    measure.who = &nobody;
    assert_int_equal(schedule_rates(&measure, &nobody, &arena, -1, day("2014-01-01"),
                                    day("2014-12-31"), &list, &n, &error),
                     ERR_FORBIDDEN);
    measure.who = &who;
}

static enum err ask_list(struct arena *a, struct error *e)
{
    struct owed_list l;
    struct owed_query q = {
        .root = -1, .from = day("2013-01-01"), .to = day("2013-03-31"), .most = 100};
    return schedule_list(&measure, &carer, a, &q, &l, e);
}

static enum err ask_days(struct arena *a, struct error *e)
{
    struct owed_group *groups;
    struct owed_query q = {
        .root = -1, .from = day("2013-01-01"), .to = day("2013-03-31")};
    size_t n;
    return schedule_days(&measure, &carer, a, &q, 1, &groups, &n, e);
}

static enum err ask_rates(struct arena *a, struct error *e)
{
    struct owed_rates *list;
    size_t n;
    return schedule_rates(&measure, &who, a, -1, day("2013-01-01"), day("2013-03-31"),
                          &list, &n, e);
}

static void memory_runs_out(void **state)
{
    (void)state;
    enum err (*const questions[])(struct arena *, struct error *) = {ask_list, ask_days,
                                                                     ask_rates};
    carer = with_own_grant(&who);
    own_grant.reads_rows = (1u << PURPOSE_COUNT) - 1;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        enum err code = ERR_MEMORY;
        int64_t n = 0;
        for (; n < 4000 && code; n++) {
            struct arena a;
            struct error e = {0};
            arena_init(&a, 0);
            mem_fail_after(n);
            code = questions[i](&a, &e);
            mem_fail_after(-1);
            if (code)
                assert_int_equal(code, ERR_MEMORY);
            arena_free(&a);
        }
        assert_int_equal(code, ERR_OK);
        assert_true(n > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pack_says),
        cmocka_unit_test(visits_of_a_child),
        cmocka_unit_test(visits_that_were_agreed),
        cmocka_unit_test(what_supervision_owes),
        cmocka_unit_test(a_plain_reading_agrees),
        cmocka_unit_test(rows_are_for_those_who_may_read_them),
        cmocka_unit_test(small_counts_of_care_are_withheld),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests_name("measure-schedule", tests, setup, teardown);
}
