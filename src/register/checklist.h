// SPDX-License-Identifier: AGPL-3.0-or-later
// Answers of a checklist (pack/engines.h) judged: what was asked, what it gives, what is
// missing. Every row of a checklist's register is scored when it is saved, by whatever
// way it comes (typed, many at once, an import, a correction); nobody types a score.
//
// An item counts when it was asked, was answered, has points and the answer is not one
// that says it does not apply. score = 100 x points earned / points of the items that
// count; null when none does. critical = critical items whose answer fails or, of a
// scored one, earns nothing.
//
// A row keeps the edition that it was answered with. A correction of an answer judges the
// whole row by today's edition and says so in the row; a correction of anything else
// leaves edition and score of an older edition as they are.
#ifndef REGISTER_CHECKLIST_H
#define REGISTER_CHECKLIST_H

#include "pack/engines.h"
#include "pack/expr.h"
#include "register/county.h"
#include "register/datum.h"

struct checklist_mark { // one item of one row
    bool asked, answered;
    bool counts;   // in the score
    bool failed;   // the answer opens a finding
    bool not_met;  // critical, and the answer fails or earns nothing
    bool photo;    // its photograph is owed: asked for, required, and it applies
    double points; // earned; 0 where it does not count
};

struct checklist_score {
    double earned, possible;
    double percent;         // NaN: nothing counts
    int critical;           // critical items not met
    size_t asked, answered; // items
    size_t missing;         // asked, required and not answered
    bool passed; // percent >= pass and no critical item is not met; false where the
                 // checklist says no pass
};

size_t checklist_n_items(const struct checklist *x);
// Item i over all sections, in their order; *section (may be NULL) the one that it is in.
const struct checklist_item *checklist_item(const struct checklist *x, size_t i,
                                            const struct checklist_section **section);

// Marks of n rows (at most EXPR_BLOCK) of values as the register's model has them:
// *out[row * checklist_n_items + item], in the arena. O(rows x items). ERR_MEMORY.
enum err checklist_mark(struct arena *a, const struct county *c,
                        const struct checklist *x, const struct datum *values, size_t n,
                        struct expr_scratch *scratch, struct checklist_mark **out,
                        struct error *e) WARN_UNUSED;
// The score of one row from its marks.
struct checklist_score checklist_score(const struct checklist *x,
                                       const struct checklist_mark *marks);
// Writes edition, score (two decimals) and critical into the row's values.
void checklist_put(const struct checklist *x, const struct checklist_score *score,
                   struct datum *values);

// --- rows that were saved (checklist_rows.c)

struct checklist_sheet { // one row, for a page or a printed form; in the arena
    const struct checklist *checklist;
    const struct datum *values;         // by field
    const struct checklist_mark *marks; // by item
    size_t n_items;
    struct checklist_score score;
    // The row is of today's edition; else marks and score are what today's would give,
    // and the fields edition, score and critical hold what was given.
    bool current;
};

// ERR_NOT_FOUND: no such row, or r is no checklist's; ERR_FORBIDDEN as row_get.
enum err checklist_answers(struct county *c, const struct access *who,
                           const struct reg *r, int64_t id, struct arena *a,
                           struct checklist_sheet *out, struct error *e) WARN_UNUSED;

// --- photographs (checklist_photos.c)
//
// A row whose photographs are not all there is kept (a phone sends them in several posts,
// a file has none) and is incomplete until they are attached to their items.

// *out[i]: photographs that the row ids[i] (at most EXPR_BLOCK) still owes; 0 for rows
// that are not there, and for all where r is no checklist with photographs. Access was
// checked by who gave the ids. O(rows x items).
enum err checklist_photos_owed(struct county *c, const struct reg *r, const int64_t *ids,
                               size_t n, struct arena *a, size_t *out,
                               struct error *e) WARN_UNUSED;
// Of one row whose marks are known: there[i], whether item i has a file.
enum err checklist_photos_there(struct conn *conn, const struct checklist *x, int64_t row,
                                bool *there, struct error *e) WARN_UNUSED;
bool checklist_has_photos(const struct checklist *x);
struct label checklist_photo_words(void);
struct label checklist_photo_cure(bool saved); // saved: the row is there without it

enum checklist_kind { CHECKLIST_SELF, CHECKLIST_INSPECTION, CHECKLIST_KINDS };

struct checklist_visit {
    int32_t facility; // index in places
    enum checklist_kind kind;
    int32_t on; // day
    struct checklist_sheet sheet;
};

// The score (NaN: none) and the critical items not met as the row has them, by the
// edition that it was answered with.
double checklist_visit_score(const struct checklist_visit *v);
int checklist_visit_critical(const struct checklist_visit *v);
// Rows read by others as visits: those of kind self or inspection that stand at a
// facility, of each facility and kind the last of the list. values[i]: of row i, by
// field. By facility, self-check first; in the arena. ERR_MEMORY.
enum err checklist_visits_of(struct county *c, const struct checklist *x,
                             const struct datum *const *values, size_t n, struct arena *a,
                             struct checklist_visit **out, size_t *n_visits,
                             struct error *e) WARN_UNUSED;
// The latest self-check and the latest inspection (no follow-up: it comes after what was
// found) of each facility in root (area index; -1: everywhere) that the caller may read,
// dated from first to last. Struck rows do not count. By facility, self-check first.
// O(rows of the register in the period).
enum err checklist_visits(struct county *c, const struct access *who,
                          const struct checklist *x, int32_t first, int32_t last,
                          int32_t root, struct arena *a, struct checklist_visit **out,
                          size_t *n, struct error *e) WARN_UNUSED;

// --- for what saves rows

enum { CHECKLIST_MOST = 40 }; // problems of one row; further ones are not told

struct checklist_problem {
    const struct checklist_item *item;
    bool warning; // answered without being asked: kept, not counted; else not answered
};

struct checklist_findings { // by row; .n NULL: the register is no checklist's
    struct checklist_problem (*list)[CHECKLIST_MOST];
    uint8_t *n;
    uint16_t *photos; // that the answers ask for; a file has none
};

// Marks and scores n rows of r in place and says what is missing. Nothing for other
// registers. Memory as checklist_mark.
enum err checklist_check(struct arena *a, const struct county *c, const struct reg *r,
                         struct datum *values, size_t n, struct expr_scratch *scratch,
                         struct checklist_findings *out, struct error *e) WARN_UNUSED;
// What a problem is called, in both languages.
struct label checklist_words(const struct checklist_problem *p);
struct label checklist_cure(const struct checklist_problem *p);
// The error (ERR_INPUT; where is left) that an import tells for it.
void checklist_error(const struct checklist_problem *p, struct error *e);

// Whether a correction of these fields (by index) of a row with these values judges it
// anew: of today's edition always, of an older one when an answer is among them.
bool checklist_judges(const struct checklist *x, const struct datum *values,
                      const bool *fields);

#endif
