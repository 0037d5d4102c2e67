// SPDX-License-Identifier: AGPL-3.0-or-later
// Explanations of findings: what someone who looked into a finding found out ("the
// hospital opened in May"), with who and when. A finding that is explained stays so while
// its figures are the same; one whose figures have changed is shown again, and its old
// explanation beside it as made for other figures.
//
// A finding is made anew each time the checks run, so it is known by a key:
//
//   1/CHECK/REGISTER/AREA/FACILITY/PERIOD/ID.ID.ID
//
//   CHECK     name of the check, rule or indicator (finding.check)
//   REGISTER  whose rows, or "-"
//   AREA      id of the finding's area. A finding without area and facility is about the
//             whole that was asked for: then the id of that area (root). 0: everywhere;
//             the one top of the tree is everywhere too.
//   FACILITY  id, or 0
//   PERIOD    id of the finding's period
//   ID        of the rows, rising, where a finding is about these rows and no others (a
//             pair); empty where it counts rows, for the first of them change, and are
//             not told to everyone
//
// So the key says all that is needed to run the check again, and holds nothing that
// depends on who asks. Nobody makes a key but explain_key. The figures are what the
// finding found and against what (struct finding, figures), and never part of the key.
//
// Texts are kept as they were typed: they must not name a person, which the page says
// beside the field. What was withdrawn stays in the table with who and when.
#ifndef REGISTER_EXPLAIN_H
#define REGISTER_EXPLAIN_H

#include "register/rights.h"

struct county;

enum { EXPLAIN_TEXT_MAX = 2000, EXPLAIN_FIGURES = 2, EXPLAIN_IDS = 8 };

struct explain_finding {
    struct str check;
    const struct reg *reg;  // or NULL
    int32_t area, facility; // index, -1: none
    int32_t root;           // index of the area that was asked for, -1: everywhere
    struct period period;
    const int64_t *ids; // see above; mostly n_ids 0
    size_t n_ids;
    double figures[EXPLAIN_FIGURES];
};

// In the arena; .p NULL: no memory.
struct str explain_key(const struct places *p, struct arena *a,
                       const struct explain_finding *f);
// The parts of a key, to find the finding again: root is the area to ask for (of a
// finding with an area that area, with a facility the facility's). check and ids are in
// the arena; figures are 0. ERR_INPUT: no key. ERR_NOT_FOUND: a register or a place that
// is not there any more.
enum err explain_parse(const struct places *p, struct arena *a, struct str key,
                       struct explain_finding *out, struct error *e) WARN_UNUSED;

enum explain_state {
    EXPLAIN_NOT,
    EXPLAIN_SAME, // these figures
    EXPLAIN_OTHER // explained for other figures: the finding is open again
};

struct explanation {
    enum explain_state state;
    struct str text, who; // the rest: not EXPLAIN_NOT; texts in the arena
    int64_t at;
    double figures[EXPLAIN_FIGURES]; // that were explained
};

// Inside any snapshot; O(log explanations) and no memory where there is none. Figures are
// the same when they differ by less than one in 10^9. Who may see the finding may see its
// explanation.
enum err explain_find(struct conn *c, struct str key,
                      const double figures[EXPLAIN_FIGURES], struct arena *a,
                      struct explanation *out, struct error *e) WARN_UNUSED;

// The caller must hold ACCESS_EXPLAIN for the area (ERR_FORBIDDEN) and have seen the
// finding: the handler runs its check again. An explanation that is there is withdrawn
// for this one. ERR_INPUT: the text is empty, too long, or no UTF-8.
enum err explain_add(struct county *c, const struct access *who,
                     const struct explain_finding *f, struct str text,
                     struct error *e) WARN_UNUSED;
// ERR_NOT_FOUND: it is not explained.
enum err explain_remove(struct county *c, const struct access *who, struct str key,
                        struct error *e) WARN_UNUSED;

// The table of this module; inside a store_write job.
enum err explain_migrate(struct conn *c, struct error *e) WARN_UNUSED;

#endif
