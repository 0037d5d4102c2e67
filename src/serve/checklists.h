// SPDX-License-Identifier: AGPL-3.0-or-later
// Checklists of the pack as pages show them: "checklists": [...] of the model.
#ifndef SERVE_CHECKLISTS_H
#define SERVE_CHECKLISTS_H

#include "register/checklist.h"
#include "serve/request.h"

// Key and array; ERR_MEMORY.
enum err checklists_model(struct request *q, struct error *e) WARN_UNUSED;
// One answered sheet: its row, day, score and critical items; NULL: null.
void checklists_put_visit(struct json_writer *j, const char *key,
                          const struct checklist_visit *v);

#endif
