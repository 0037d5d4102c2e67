// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads and writes Splink's settings JSON (versions 3 to 5).
//
// Read: every key of Splink's settings is understood or
// named: a key or condition that is not known is an error with its place
// ("model.json: comparisons[2].comparison_levels[1].sql_condition"), never skipped. Keys
// that only steer Splink's output are kept and written back.
// Written: Splink 4 reads it, apart from functions that begin with heng_ (told in
// *foreign, comma-separated, when not NULL).
#ifndef LINK_SETTINGS_H
#define LINK_SETTINGS_H

#include "link/model.h"

// name is for messages. ERR_INPUT: no JSON (line and column), not a settings file, a
// value of the wrong kind or outside its range, m or u over 1, no else level, levels
// behind an else, a column name that is empty, more levels or comparisons than the model
// can hold.
enum err link_settings_read(struct link_model **out, struct str json, const char *name,
                            struct error *e) WARN_UNUSED;
enum err link_settings_load(struct link_model **out, const char *path,
                            struct error *e) WARN_UNUSED;
enum err link_settings_write(const struct link_model *m, struct buf *out,
                             struct buf *foreign, struct error *e) WARN_UNUSED;

#endif
