// SPDX-License-Identifier: AGPL-3.0-or-later
// Moving a row from stage to stage (pack/engines.h). Only a move sets stage, stage_on and
// stage_due; row_edit refuses these fields. A move is one entry of the history
// (HISTORY_MOVE, whose reason begins "name: "), made in one write job with everything
// that it needs checked inside it: the version, the stage, who may, what is filled in,
// the gates over related rows.
#ifndef REGISTER_WORKFLOW_H
#define REGISTER_WORKFLOW_H

#include "pack/engines.h"
#include "register/row.h"

struct workflow_now { // where a row stands; in the arena
    int stage;
    int32_t since, due; // due DATE_NONE: no deadline
    bool late;          // due has passed
    int64_t version;
};

enum move_block {
    MOVE_OPEN,
    MOVE_NOT_YOURS,  // no role for the row's area
    MOVE_OTHER_HAND, // made by the same person as a move that it must check
    MOVE_SIGN_IN,    // it checks another's: at the shell only for an account of the file
    MOVE_GATE        // related rows stand in the way
};

struct move_offer { // a move that leads out of the row's stage
    const struct move *move;
    enum move_block block;
    struct label text;            // why not; empty when open
    const struct field **missing; // of needs: still empty
    size_t n_missing;
    bool missing_file;
    int64_t rows; // MOVE_GATE: how many related rows stand in the way (0: one is wanted)
};

// Where the row stands and what may be done next. ERR_NOT_FOUND as row_get.
enum err workflow_offers(struct county *c, const struct access *who, const struct reg *r,
                         int64_t id, struct arena *a, struct workflow_now *now,
                         struct move_offer **out, size_t *n, struct error *e) WARN_UNUSED;

// Whether the gate is open for the row with this key, the same for whoever asks; *rows:
// related rows that stand in the way (of a gate with `some` alone: that there are).
enum err workflow_gate_rows(struct conn *conn, const struct move_gate *g, struct str key,
                            int32_t today, bool *open, int64_t *rows,
                            struct error *e) WARN_UNUSED;

struct row_move {
    int64_t id, version;             // version as in row_edit
    struct str move;                 // by name
    const struct row_change *values; // of the move's `needs` and `sets`, no other
    size_t n;
    struct str reason;
};
//
// Two people (struct move, others): the one who checks is another than the one who is
// checked. Whoever signs in is told apart by the account. At the shell one hand types for
// anybody, so a step that checks is taken there only for (access_on_behalf) an account of
// the file that could make the step itself by a role for the row's place, and whose name
// is not that of the one who is checked; the history has both names, and that of the
// shell.
//
// ERR_INPUT: no such move from here, something needed is missing (out->problems names all
// of it); ERR_FORBIDDEN: not the caller's, or the same hand; ERR_CONFLICT: the version,
// or a gate.
enum err workflow_move(struct county *c, const struct access *who, const struct reg *r,
                       const struct row_move *move, struct arena *a,
                       struct row_saved *out, struct error *e) WARN_UNUSED;

// --- for the modules that write rows

enum stage_field { STAGE, STAGE_ON, STAGE_DUE };
// Index of one of the three in the fields of a register that has a workflow.
size_t workflow_field(const struct reg *r, enum stage_field which);
// Sets the three of a new row. Nothing where the register has no workflow, as the next.
void workflow_begin(const struct reg *r, struct datum *values, int32_t today);
// Sets stage_due by the stage, its first day, and the date that it runs from.
void workflow_set_due(const struct reg *r, struct datum *values);
// values are the fields `where` of a correction of old: they get the stage that old has,
// and the deadline that follows from both.
void workflow_keep(const struct reg *r, const struct datum *old, struct datum *values,
                   bool *where);

// --- deadlines

// Makes the moves of deadlines that have passed on `today`, as user "heng", at most
// `most`; *made < most: none is left. The server's keeper calls it, and `heng overdue`.
enum err workflow_overdue(struct county *c, int32_t today, size_t most, size_t *made,
                          struct error *e) WARN_UNUSED;

#endif
