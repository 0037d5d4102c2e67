// SPDX-License-Identifier: AGPL-3.0-or-later
// What workflow*.c share.
#ifndef REGISTER_WORKFLOW_PRIVATE_H
#define REGISTER_WORKFLOW_PRIVATE_H

#include "register/row_private.h"
#include "register/workflow.h"

// --- the fields (workflow_stage.c)

// The last day on which a row may be in the stage; DATE_NONE: there is none.
int32_t workflow_deadline(const struct stage *s, int32_t since,
                          const struct datum *values);
// Sets the three fields.
void workflow_put(const struct reg *r, struct datum *values, int stage, int32_t since);
void workflow_where(const struct reg *r, const struct datum *values, int32_t today,
                    struct workflow_now *out);

// --- what stands in the way (workflow_offers.c)

struct workflow_look { // at one row, in one snapshot or write job
    struct county *county;
    struct conn *conn;
    const struct access *who;
    const struct reg *reg;
    int64_t id;
    const struct datum *values;
    struct arena *arena;
};

#define WORKFLOW_NOT_YOURS                                                               \
    ((struct label){STR("this step is for another role"), STR("此步骤由其他岗位办理")})
#define WORKFLOW_OTHER_HAND                                                              \
    ((struct label){                                                                     \
        STR("another person must do this: you made the step that it checks"),            \
        STR("须由另一人办理：被核对的步骤是您办理的")})
#define WORKFLOW_SIGN_IN                                                                          \
    ((struct label){                                                                              \
        STR("this step checks what another did: who checks signs in and makes "                   \
            "it, or is named with --for and has an account with the role"),                       \
        STR("此步骤用于核对他人办理的事项：须由核对人登录办理，或以--" \
            "for指明有相应岗位的账号")})
enum err workflow_none(const struct reg *r, struct error *e) WARN_UNUSED;

// One of the roles, or who may write the row.
bool workflow_may(const struct workflow_look *x, const struct move *m);
// Whether the caller made, of one of the moves named in `not`, the last one of this row
// (MOVE_OTHER_HAND), or is at the shell and enters for no account that could make this
// one (MOVE_SIGN_IN); else MOVE_OPEN.
enum err workflow_hands(const struct workflow_look *x, const struct move *m,
                        enum move_block *out, struct error *e) WARN_UNUSED;
// The first gate that does not open, or NULL; *rows: that stand in the way.
enum err workflow_gate(const struct workflow_look *x, const struct move *m,
                       const struct move_gate **out, int64_t *rows,
                       struct error *e) WARN_UNUSED;
// Was a file attached since the last move?
enum err workflow_has_file(const struct workflow_look *x, bool *out,
                           struct error *e) WARN_UNUSED;

#endif
