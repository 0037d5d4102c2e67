// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads and writes Splink's settings JSON (versions 3 to 5).
//
// Read: every key of Splink's settings is understood or named: a key or condition that is
// not known is an error with its place
// ("model.json: comparisons[2].comparison_levels[1].sql_condition, character 12"), never
// skipped. Keys that only steer Splink's output (prefixes, columns to retain, linker_uid)
// are kept and written back. Two say nothing here and are dropped: salting_partitions,
// and the default of a prefix that one version has and another refuses. Conditions
// written for DuckDB, SQLite, PostgreSQL and Athena are kept as they are, Spark's in
// DuckDB's form.
//
// Written: Splink 4 and 5 read it and score as the model says, apart from functions that
// begin with heng_ (told in *foreign, comma-separated, when not NULL); the dialect is
// duckdb. m and u that are not known are left out; a probability of 0 is written as
// 1e-300, the least that Splink 5 takes, and read back as 0. link_settings_read of what
// was written gives the same model.
//
// Splink refuses every key that it does not know, at any depth. What it has no key for
// (kinds of columns, dependence, calibration, threshold) stands in the one value that
// both versions throw away unread:
//   "sql_dialect": {"name": "duckdb", "heng": {"kinds": [...], ...}}
// and only when there is something to say; otherwise "sql_dialect": "duckdb" as usual,
// which Splink 3 reads too. A key "heng" at the top is read as well. Splink writes the
// plain form when it saves the model again: its new parameters would not fit the old
// dependence and calibration.
#ifndef LINK_SETTINGS_H
#define LINK_SETTINGS_H

#include "link/model.h"

// name is for messages (NULL: "settings"). ERR_INPUT: no JSON (line and column), a key
// twice, not a settings file, a value of the wrong kind or outside its range, m or u over
// 1, no else level, levels behind an else, two null levels, a column name that is empty,
// two comparisons of one name, more levels or comparisons than the model can hold. A
// comparison without a name gets Splink's: its column, or "custom_" and its columns.
// Linear in the text. May be called from any thread.
enum err link_settings_read(struct link_model **out, struct str json, const char *name,
                            struct error *e) WARN_UNUSED;
// ERR_LIMIT: over 64 MiB; ERR_NOT_FOUND, ERR_IO.
enum err link_settings_load(struct link_model **out, const char *path,
                            struct error *e) WARN_UNUSED;
// Appends to *out and *foreign. ERR_INPUT: a condition of the model that cannot be read
// (only looked at for *foreign).
enum err link_settings_write(const struct link_model *m, struct buf *out,
                             struct buf *foreign, struct error *e) WARN_UNUSED;

#endif
