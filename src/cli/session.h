// SPDX-License-Identifier: AGPL-3.0-or-later
// What most commands begin and end with: a county opened by the person at the shell, and
// a document printed or written.
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "access/audit.h"
#include "base/result.h"
#include "cli/command.h"
#include "measure/measure.h"
#include "report/doc.h"

struct session {
    struct county *county;
    struct cube *cube; // only after session_measures
    struct access who;
    struct measure measure;
};

// Opens the file of argument DB (or FILE) and says on standard error as whom. Close it in
// any case; session_close of a zeroed session does nothing.
enum err session_open(struct cli *c, enum store_mode mode, struct session *s,
                      struct error *e) WARN_UNUSED;
// Makes s->measure ready.
enum err session_measures(struct session *s, struct error *e) WARN_UNUSED;
void session_close(struct session *s);

// What was done in this session, into the audit log; s is open for writing.
enum err session_note(const struct session *s, enum audit_kind kind, struct str subject,
                      struct str text, struct error *e) WARN_UNUSED;

// Options --period and --area. session_span: a period, or several as 2010..2014.
enum err session_period(const struct cli *c, struct period *out,
                        struct error *e) WARN_UNUSED;
enum err session_span(const struct cli *c, struct period *out,
                      struct error *e) WARN_UNUSED;
enum err session_area(const struct cli *c, const struct session *s, int32_t *out,
                      struct error *e) WARN_UNUSED;
// The row that is named by its key, the parts joined by '/', or else by its number: the
// current one, or the only one that was struck. ERR_NOT_FOUND when there is none.
enum err session_find_row(struct county *c, const struct reg *r, struct str name,
                          int64_t *id, struct error *e) WARN_UNUSED;
// Arguments REGISTER and ROW.
enum err session_row(const struct cli *c, const struct session *s, const struct reg **r,
                     int64_t *id, struct error *e) WARN_UNUSED;

// All values of a repeatable option, those with commas in them taken apart, without the
// spaces around them; in the arena.
enum err session_names(struct cli *c, const char *option, const char *const **names,
                       unsigned *n, struct error *e) WARN_UNUSED;

// Prints on the terminal, or writes a file for each --out and says where.
enum err session_show(struct cli *c, const struct doc *d, struct error *e) WARN_UNUSED;
// Columns of the terminal; 120 where there is none.
int session_columns(void);
// Writes text as a whole file (beside it, then renamed).
enum err session_save(const char *path, struct str text, struct error *e) WARN_UNUSED;
// Says on standard error that the file is there, so that standard output has figures
// only.
void session_written(const struct cli *c, const char *path);
// Saves the text and says so; to standard output for `-`.
enum err session_give(struct cli *c, const char *path, const struct buf *text,
                      struct error *e) WARN_UNUSED;
// What an engine's command gives: each of --csv, --json, --html that was given is written
// (CSV has the first result only; `-` for CSV or JSON is standard output). The document
// goes to each --out; without one it is printed, unless standard output has figures.
enum err session_results(struct cli *c, const struct doc *d,
                         const struct result *const *results, size_t n,
                         struct error *e) WARN_UNUSED;
// Whether they can all be written: no two of --csv, --json, --html, --pdf, --xlsx,
// --geojson, --results to one place, and none over a file that the command reads (its
// arguments, --map, --neighbours, --places, --areas ...). Asked before anything is read.
// ERR_USAGE.
enum err session_outputs(const struct cli *c, struct error *e) WARN_UNUSED;
// A number with thousands marks.
struct str session_count(struct cli *c, int64_t n);

#endif
