// SPDX-License-Identifier: AGPL-3.0-or-later
// Rotas: what must hold of every one, the chances of the lot, and years of rounds.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../tap.h"
#include "base/date.h"
#include "study/rota.h"

enum { MOST = 64 };

struct world {
    struct rota_facility facilities[MOST];
    struct rota_conflict conflicts[MOST];
    struct rota_input in;
    struct arena arena;
    struct rota rota;
    struct error e;
};

static void make_world(struct world *w, size_t n, uint32_t teams, uint32_t days,
                       uint32_t per_day)
{
    *w = (struct world){.arena.limit = 1 << 24};
    w->in = (struct rota_input){.facilities = w->facilities,
                                .n = n,
                                .teams = teams,
                                .days = days,
                                .per_day = per_day,
                                .conflicts = w->conflicts,
                                .most_days = 365,
                                .next_days = 90,
                                .seed = 2014};
    for (size_t i = 0; i < n; i++)
        w->facilities[i] =
            (struct rota_facility){.since = 100, .area = -1, .last_team = -1};
}

static void plan(struct world *w)
{
    arena_free(&w->arena);
    w->arena = (struct arena){.limit = 1 << 24};
    struct error e = {0};
    assert_ok(rota_plan(&w->in, &w->arena, &w->rota, &e));
}

// Random facilities, conflicts and sizes.
static void random_world(struct world *w, struct rng *rng)
{
    make_world(w, 1 + rng_below(rng, 40), 1 + (uint32_t)rng_below(rng, 3),
               1 + (uint32_t)rng_below(rng, 4), 1 + (uint32_t)rng_below(rng, 6));
    for (size_t i = 0; i < w->in.n; i++)
        w->facilities[i] =
            (struct rota_facility){.risk = rng_chance(rng, .5) ? 0 : 4 * rng_uniform(rng),
                                   .since = (int32_t)rng_below(rng, 500) - 1,
                                   .area = (int32_t)rng_below(rng, 6) - 1,
                                   .last_team = (int32_t)rng_below(rng, 4) - 1};
    w->in.n_conflicts = rng_below(rng, 12);
    for (size_t i = 0; i < w->in.n_conflicts; i++)
        w->conflicts[i] = (struct rota_conflict){(uint32_t)rng_below(rng, w->in.teams),
                                                 (uint32_t)rng_below(rng, w->in.n)};
    w->in.seed = rng_next(rng);
}

static bool barred(const struct world *w, uint32_t team, uint32_t facility)
{
    for (size_t i = 0; i < w->in.n_conflicts; i++)
        if (w->conflicts[i].team == team && w->conflicts[i].facility == facility)
            return true;
    return w->facilities[facility].last_team == (int32_t)team;
}

// How many can be visited at most (Koenig): the least over all sets of teams of their
// room and the facilities that another team may visit.
static size_t most_visits(const struct world *w)
{
    size_t least = SIZE_MAX, room = (size_t)w->in.days * w->in.per_day;
    for (unsigned set = 0; set < 1u << w->in.teams; set++) {
        size_t sum = 0;
        for (uint32_t t = 0; t < w->in.teams; t++)
            sum += set >> t & 1 ? room : 0;
        for (uint32_t f = 0; f < w->in.n; f++) {
            bool other = false;
            for (uint32_t t = 0; t < w->in.teams; t++)
                other |= !(set >> t & 1) && !barred(w, t, f);
            sum += other;
        }
        if (sum < least)
            least = sum;
    }
    return least;
}

static void what_holds(struct world *w)
{
    const struct rota *r = &w->rota;
    int seen[MOST] = {0};
    uint32_t load[8][8] = {{0}}, total[8] = {0};
    for (size_t i = 0; i < r->n_visits; i++) {
        const struct rota_visit *v = &r->visits[i];
        assert_true(v->facility < w->in.n && v->team < w->in.teams &&
                    v->day < w->in.days);
        assert_false(barred(w, v->team, v->facility));
        assert_int_equal(v->order, load[v->team][v->day]++);
        total[v->team]++;
        seen[v->facility]++;
    }
    for (size_t i = 0; i < r->n_left; i++)
        seen[r->left[i].facility]++;
    for (size_t i = 0; i < w->in.n; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(r->n_visits, most_visits(w));
    for (uint32_t t = 0; t < w->in.teams; t++)
        for (uint32_t d = 0; d < w->in.days; d++) {
            uint32_t even = (total[t] + w->in.days - 1) / w->in.days;
            assert_true(load[t][d] <= w->in.per_day && load[t][d] <= even);
        }
}

static void every_rota(void **state)
{
    (void)state;
    struct rng rng = rng_seed(31);
    printf("# seed 31\n");
    for (int i = 0; i < 2000; i++) {
        struct world w;
        random_world(&w, &rng);
        plan(&w);
        what_holds(&w);
        arena_free(&w.arena);
    }
}

static void a_usual_round(void **state)
{
    (void)state;
    struct world w;
    make_world(&w, 31, 2, 3, 6);
    for (int i = 0; i < 31; i++)
        w.facilities[i].area = i % 5;
    plan(&w);
    what_holds(&w);
    assert_int_equal(w.rota.n_visits, 31);
    assert_int_equal(w.rota.n_left, 0);
    uint32_t teams[2] = {0}, split = 0;
    for (size_t i = 0; i < 31; i++) {
        teams[w.rota.visits[i].team]++;
        assert_int_equal(w.rota.visits[i].why, ROTA_ROOM);
    }
    assert_true(teams[0] >= 15 && teams[1] >= 15);
    // an area of six is with one team on one day where it fits
    for (int area = 0; area < 5; area++) {
        uint32_t halves = 0;
        for (size_t i = 0; i < 31; i++)
            if (w.facilities[w.rota.visits[i].facility].area == area)
                halves |= 1u << (w.rota.visits[i].team * 3 + w.rota.visits[i].day);
        split += (uint32_t)__builtin_popcount(halves);
    }
    assert_true(split <= 9);
    arena_free(&w.arena);
}

static void same_seed_same_rota(void **state)
{
    (void)state;
    struct world w, other;
    make_world(&w, 31, 2, 3, 3);
    plan(&w);
    make_world(&other, 31, 2, 3, 3);
    plan(&other);
    assert_int_equal(w.rota.n_visits, 18);
    assert_memory_equal(w.rota.visits, other.rota.visits, 18 * sizeof *w.rota.visits);
    other.in.seed = 2015;
    plan(&other);
    size_t same = 0;
    for (size_t i = 0; i < 18; i++)
        for (size_t k = 0; k < 18; k++)
            same += w.rota.visits[i].facility == other.rota.visits[k].facility;
    assert_true(same < 18);
    arena_free(&w.arena);
    arena_free(&other.arena);
}

static void chances_are_risk_times_time(void **state)
{
    (void)state;
    enum { TIMES = 20000 };
    struct world w;
    int times[4] = {0};
    double chi = 0, weights[4] = {100, 300, 200, 50};
    make_world(&w, 4, 1, 1, 1);
    w.in.most_days = 3650; // nobody must come now
    w.facilities[1].risk = 2;
    w.facilities[2].since = 200;
    w.facilities[3].since = 50;
    w.facilities[2].area = 7; // where it lies is no reason
    for (w.in.seed = 0; w.in.seed < TIMES; w.in.seed++) {
        plan(&w);
        assert_int_equal(w.rota.n_visits, 1);
        assert_int_equal(w.rota.visits[0].why, ROTA_DRAWN);
        assert_true(w.rota.visits[0].lucky == (w.rota.visits[0].facility != 1));
        times[w.rota.visits[0].facility]++;
    }
    for (int i = 0; i < 4; i++) {
        double expected = TIMES * weights[i] / 650;
        chi += (times[i] - expected) * (times[i] - expected) / expected;
    }
    printf("# chi-square %.2f of 3 degrees\n", chi);
    assert_true(chi < 16.27); // 99.9 %
    arena_free(&w.arena);
}

// Rounds of ten years with as little room as they can have; nobody waits too long.
static void nobody_waits_too_long(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct world w;
        int32_t longest = 0;
        int visits[40] = {0};
        make_world(&w, 40, 3, 2, 2); // 12 a round, four rounds within 365 days
        for (int i = 0; i < 40; i++) {
            w.facilities[i].since = 90 * (i % 4);
            w.facilities[i].risk = i < 10 ? 4 : 0;
            w.facilities[i].area = i / 8;
        }
        for (int round = 0; round < 40; round++) {
            w.in.seed = seed * 1000 + (uint64_t)round;
            plan(&w);
            assert_int_equal(w.rota.overdue, 0);
            for (size_t i = 0; i < w.rota.n_visits; i++) {
                struct rota_facility *f = &w.facilities[w.rota.visits[i].facility];
                assert_int_not_equal(f->last_team, w.rota.visits[i].team);
                if (f->since > longest)
                    longest = f->since;
                f->since = 0;
                f->last_team = (int32_t)w.rota.visits[i].team;
                visits[w.rota.visits[i].facility]++;
            }
            for (int i = 0; i < 40; i++)
                w.facilities[i].since += w.in.next_days;
        }
        int risky = 0, others = 0;
        for (int i = 0; i < 40; i++)
            *(i < 10 ? &risky : &others) += visits[i];
        if (longest > 365)
            fail_msg("seed %llu: one waited %d days", (unsigned long long)seed,
                     (int)longest);
        // a risk of 4 is visited oftener
        assert_true(risky / 10.0 > 1.15 * others / 30.0);
        arena_free(&w.arena);
    }
}

static void those_that_must_come_first(void **state)
{
    (void)state;
    struct world w;
    make_world(&w, 20, 2, 1, 2);
    w.facilities[3].since = -1;
    w.facilities[5].since = 300; // 390 by the next round
    w.facilities[7].since = 500;
    for (w.in.seed = 0; w.in.seed < 50; w.in.seed++) {
        plan(&w);
        unsigned found = 0;
        for (size_t i = 0; i < w.rota.n_visits; i++) {
            const struct rota_visit *v = &w.rota.visits[i];
            if (v->facility == 3)
                assert_int_equal(v->why, ROTA_NEVER);
            if (v->facility == 5 || v->facility == 7)
                assert_int_equal(v->why, ROTA_DUE);
            found += v->facility == 3 || v->facility == 5 || v->facility == 7;
        }
        assert_int_equal(found, 3);
    }
    // too small a round says so
    w.in.per_day = 1;
    plan(&w);
    assert_int_equal(w.rota.n_visits, 2);
    assert_int_equal(w.rota.overdue, 1);
    // a facility where every team was or belongs
    w.in.per_day = 2;
    w.facilities[7].last_team = 0;
    w.conflicts[0] = (struct rota_conflict){1, 7};
    w.in.n_conflicts = 1;
    plan(&w);
    assert_int_equal(w.rota.overdue, 1);
    assert_int_equal(w.rota.left[0].facility, 7);
    assert_int_equal(w.rota.left[0].why, ROTA_NO_TEAM);
    arena_free(&w.arena);
}

static bool says(struct str s, const char *text)
{
    return memmem(s.p, s.n, text, strlen(text)) != NULL;
}

static void reasons_in_words(void **state)
{
    (void)state;
    struct world w;
    make_world(&w, 3, 2, 1, 1);
    w.facilities[0] = (struct rota_facility){2, 300, 1, 0};
    w.facilities[1] = (struct rota_facility){0, -1, 1, -1};
    w.facilities[2] = (struct rota_facility){0, 10, 1, -1};
    w.conflicts[0] = (struct rota_conflict){1, 1};
    w.in.n_conflicts = 1;
    plan(&w);
    assert_int_equal(w.rota.n_visits, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct rota_visit *v = &w.rota.visits[i];
        struct str en = rota_reason(&w.in, v, &w.arena, false),
                   zh = rota_reason(&w.in, v, &w.arena, true);
        if (v->facility == 0) {
            assert_true(says(en, "more than 365 days would have passed"));
            assert_true(says(en, "risk 2, 300 days since the last visit: place 1 of 3"));
            assert_true(says(en, "team 1 was there the last time"));
            assert_true(says(zh, "距上次检查300天"));
            assert_int_equal(v->team, 1);
        } else {
            assert_true(says(en, "no visit is known"));
            assert_true(says(en, "a member of team 2 belongs to it"));
            assert_true(says(zh, "第2组有成员属于该机构"));
        }
    }
    assert_true(says(rota_left_reason(&w.in, &w.rota.left[0], &w.arena, false),
                     "to be visited within 355 days"));
    assert_true(
        says(rota_left_reason(&w.in, &w.rota.left[0], &w.arena, true), "355天内须检查"));
    arena_free(&w.arena);
}

static void working_days(void **state)
{
    (void)state;
    int32_t friday;
    assert_true(date_from_ymd(2014, 6, 6, &friday));
    assert_int_equal(rota_date(friday, 0), friday);
    assert_int_equal(rota_date(friday, 1), friday + 3);
    assert_int_equal(rota_date(friday + 1, 0), friday + 3);
    assert_int_equal(rota_date(friday, 6), friday + 10);
    assert_int_equal(rota_date(-4, 0), -3); // 28 December 1969 was a Sunday
}

static void what_cannot_be_planned(void **state)
{
    (void)state;
    struct world w;
    struct error e;
    make_world(&w, 3, 2, 1, 1);
    w.in.teams = 0;
    assert_int_equal(rota_plan(&w.in, &w.arena, &w.rota, &e), ERR_INPUT);
    w.in.teams = 65;
    assert_int_equal(rota_plan(&w.in, &w.arena, &w.rota, &e), ERR_LIMIT);
    w.in.teams = 2;
    w.in.next_days = 0;
    assert_int_equal(rota_plan(&w.in, &w.arena, &w.rota, &e), ERR_INPUT);
    w.in.next_days = 90;
    w.facilities[1].risk = NAN;
    assert_int_equal(rota_plan(&w.in, &w.arena, &w.rota, &e), ERR_INPUT);
    assert_string_equal(e.where, "facility 2");
    w.facilities[1].risk = 0;
    w.facilities[1].since = -2;
    assert_int_equal(rota_plan(&w.in, &w.arena, &w.rota, &e), ERR_INPUT);
    w.facilities[1].since = 0;
    w.conflicts[0] = (struct rota_conflict){2, 0};
    w.in.n_conflicts = 1;
    assert_int_equal(rota_plan(&w.in, &w.arena, &w.rota, &e), ERR_INPUT);
    arena_free(&w.arena);
}

static void memory_that_fails(void **state)
{
    (void)state;
    int failures = 0;
    for (int64_t n = 0; n < 100; n++) {
        struct world w;
        struct error e = {0};
        make_world(&w, 31, 2, 3, 4);
        w.arena.limit = 1 << 24;
        mem_fail_after(n);
        enum err code = rota_plan(&w.in, &w.arena, &w.rota, &e);
        mem_fail_after(-1);
        arena_free(&w.arena);
        if (!code)
            break;
        assert_int_equal(code, ERR_MEMORY);
        failures++;
    }
    assert_true(failures > 0 && failures < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rota),
        cmocka_unit_test(a_usual_round),
        cmocka_unit_test(same_seed_same_rota),
        cmocka_unit_test(chances_are_risk_times_time),
        cmocka_unit_test(nobody_waits_too_long),
        cmocka_unit_test(those_that_must_come_first),
        cmocka_unit_test(reasons_in_words),
        cmocka_unit_test(working_days),
        cmocka_unit_test(what_cannot_be_planned),
        cmocka_unit_test(memory_that_fails),
    };
    return cmocka_run_group_tests_name("rota", tests, NULL, NULL);
}
