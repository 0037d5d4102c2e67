// SPDX-License-Identifier: AGPL-3.0-or-later
// Rows, problems and labels as types.ts writes them, shared by the handlers of rows,
// places and the model.
#ifndef SERVE_ROWS_JSON_H
#define SERVE_ROWS_JSON_H

#include "register/row.h"
#include "register/row_list.h"
#include "serve/put.h"
#include "serve/request.h"

struct label area_label(const struct area *a);
struct label facility_label(const struct facility *f);

// Members of a Row, inside an object.
void put_row(struct json_writer *j, const struct request *q, const struct row_list *list,
             const struct row_listed *row);
// The same members of many rows, by columns: a list each, `values` a list by field;
// brief: as row_query has it. What places are called stands once in the member `names`,
// by field and code.
enum err put_list_rows(struct json_writer *j, struct request *q,
                       const struct row_list *list, bool brief,
                       struct error *e) WARN_UNUSED;
enum err put_list_names(struct json_writer *j, const struct request *q,
                        const struct row_list *list, struct error *e) WARN_UNUSED;
// Photographs that each row of the list owes, in the arena; *out NULL where the register
// is no checklist with photographs.
enum err rows_photos_owed(const struct request *q, const struct row_list *list,
                          const size_t **out, struct error *e) WARN_UNUSED;
// Its values and what its places are called alone.
void put_row_values(struct json_writer *j, const struct request *q,
                    const struct row_list *list, const struct row_listed *row);
// An array of Problem; the errors too, or warnings and notes only.
void put_problems(struct json_writer *j, const char *key, const struct row_problems *p,
                  bool errors);
void put_saved(struct json_writer *j, const struct row_saved *saved);
// A Failure with its problems.
void put_failure(struct json_writer *j, const struct request *q,
                 const struct error *cause, const struct row_problems *p);

// That someone looks at a person's row, or at a file of it, is noted before it is shown.
enum err rows_note_reading(const struct request *q, const struct reg *r, int64_t id,
                           struct error *e) WARN_UNUSED;

// What was refused is said with all that is wrong with it, and what was changed by
// someone else with the row (id; 0: none) as it is now. *e may be the cause.
enum err rows_refuse(struct request *q, const struct error *cause, int64_t id,
                     const struct row_problems *problems, struct error *e) WARN_UNUSED;

// What a list or an export asks for, of the request's query.
enum err rows_query(const struct request *q, struct row_query *out,
                    struct error *e) WARN_UNUSED;
// A NewRow, CheckRow or the values of a Change. ERR_INPUT names what is not as it must
// be.
enum err read_new_row(const struct request *q, const json_t *object, struct row_new *out,
                      struct error *e) WARN_UNUSED;

#endif
