// SPDX-License-Identifier: AGPL-3.0-or-later
// The fields of a register, and lists of codes. Inside the pack room only.
#ifndef PACK_LOAD_FIELD_H
#define PACK_LOAD_FIELD_H

#include "pack/load.h"

// Fills r->fields (system fields first; the register's area, facility and date fields in
// their places) and source->field_nodes. False when some field's name, type or codes are
// not known.
bool load_fields(struct loader *l, const struct yaml_node *root, struct reg *r,
                 struct register_source *source);
// `{m: {en: ..., zh: ..., also: [...]}, ...}`
bool load_codes(struct loader *l, const struct yaml_node *node, const char *what,
                const struct code **out, size_t *n);
bool name_is_sql(struct str name);

enum { STAGE_FIELDS = 3 };
// workflow: NAME gives the register the fields stage, stage_on and stage_due, after its
// own (load_workflow.c). False when the workflow is not known.
bool load_stage_fields(struct loader *l, const struct yaml_node *root, struct reg *r);

#endif
