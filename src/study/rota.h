// SPDX-License-Identifier: AGPL-3.0-or-later
// The rota of an inspection round: which team is at which facility on which day.
//
// Whom a round visits is drawn by lot, with chances in proportion to weight = (1 + risk)
// x days since the last visit (Efraimidis and Spirakis 2006, weighted random sampling
// without replacement: the smallest -log(u) / weight), so that nobody can foresee it and
// nobody is safe. Where a facility lies has no part in that: the good road is no reason.
// Only the day is chosen by area: what was drawn of an area is visited on one day where
// it fits, before word runs ahead.
//
// Every facility gets a visit before most_days have passed, if the rounds can carry that:
// a round is every next_days, and a facility with room for h more rounds before its day
// is one of the set S_h. Before the lot is free, it is drawn inside of S_1, then S_2 ...
// until no more of S_h are left than the h - 1 rounds after this one can take (the test
// of earliest deadlines first: what passes it can always be done).
//
// A team is not sent twice in a row to a facility, nor to one that a member belongs to.
// Both are kept by augmenting paths (Kuhn 1955), so that a facility is only left out for
// them where no exchange of teams would help.
//
// Pure planning over arrays: the same input and seed give the same rota, whatever the
// number of threads; a facility's luck is the stream of its number in the list. All
// memory in the caller's arena; one thread.
#ifndef STUDY_ROTA_H
#define STUDY_ROTA_H

#include "base/rng.h"
#include "base/str.h"

enum { ROTA_MOST_TEAMS = 64, ROTA_MOST_DAYS = 366, ROTA_MOST_FACILITIES = 100000 };

struct rota_facility {
    double risk;       // 0: ordinary; 1: counts twice; finite, >= 0
    int32_t since;     // days since the last visit, >= 0; -1: none is known
    int32_t area;      // equal numbers lie together; -1: not known
    int32_t last_team; // which team was there the last time; -1: none of them
};

struct rota_conflict { // a member of the team belongs to the facility
    uint32_t team, facility;
};

struct rota_input {
    const struct rota_facility *facilities;
    size_t n;
    uint32_t teams, days, per_day; // per_day: visits of one team
    const struct rota_conflict *conflicts;
    size_t n_conflicts;
    int32_t most_days; // no facility goes longer without a visit
    int32_t next_days; // from this round to the next
    uint64_t seed;
};

enum rota_why {
    ROTA_NEVER, // no visit is known
    ROTA_DUE,   // the next round would be too late
    ROTA_AHEAD, // later rounds could not take all that come due then
    ROTA_DRAWN, // by lot
    ROTA_ROOM   // there was room for all
};

struct rota_visit {
    uint32_t facility, team, day, order; // from 0; order within the team's day
    enum rota_why why;
    double weight;
    uint32_t rank;      // by weight, from 1; equal weights by their place in the list
    bool lucky;         // drawn though more facilities of larger weight were not
    uint32_t conflicts; // teams with a member of it
};

enum rota_left_why {
    ROTA_NOT_DRAWN,
    ROTA_NO_TEAM, // every team was there the last time or has a member of it
    ROTA_FULL     // it had to be visited, and there was no room
};

struct rota_left {
    uint32_t facility;
    enum rota_left_why why;
    double weight;
    uint32_t rank;
    int32_t within; // days left until it must be visited; negative: passed
};

struct rota {
    struct rota_visit *visits; // by day, team, order
    size_t n_visits;
    struct rota_left *left; // by weight, largest first
    size_t n_left;
    size_t overdue; // of them those that had to be visited: the round is too small
};

// ERR_INPUT: numbers out of range; ERR_LIMIT. O(facilities log facilities + visits^2
// teams).
enum err rota_plan(const struct rota_input *in, struct arena *a, struct rota *out,
                   struct error *e) WARN_UNUSED;

// The date of a day of the round: its first is `start` or the first working day after it
// (Monday to Friday; public holidays are not known).
int32_t rota_date(int32_t start, uint32_t day);

// Why, in words, for the one who reads the rota. .p NULL: memory is out.
struct str rota_reason(const struct rota_input *in, const struct rota_visit *v,
                       struct arena *a, bool zh);
struct str rota_left_reason(const struct rota_input *in, const struct rota_left *l,
                            struct arena *a, bool zh);

#endif
