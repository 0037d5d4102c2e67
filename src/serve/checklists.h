// SPDX-License-Identifier: AGPL-3.0-or-later
// Checklists of the pack as pages show them: "checklists": [...] of the model.
#ifndef SERVE_CHECKLISTS_H
#define SERVE_CHECKLISTS_H

#include "serve/request.h"

// Key and array; ERR_MEMORY.
enum err checklists_model(struct request *q, struct error *e) WARN_UNUSED;

#endif
