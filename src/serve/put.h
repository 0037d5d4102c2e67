// SPDX-License-Identifier: AGPL-3.0-or-later
// Members of an object: a key and its value, as web/src/api/types.ts has them. One
// thread.
#ifndef SERVE_PUT_H
#define SERVE_PUT_H

#include "base/date.h"
#include "base/json.h"
#include "pack/model.h"

void put_key(struct json_writer *j, const char *key); // alone; its value comes next
void put_text(struct json_writer *j, const char *key, struct str text);
void put_text_or_null(struct json_writer *j, const char *key,
                      struct str text); // .p NULL: null
void put_number(struct json_writer *j, const char *key, int64_t value);
void put_double(struct json_writer *j, const char *key, double value); // NaN: null
void put_yes(struct json_writer *j, const char *key, bool value);
void put_id(struct json_writer *j, const char *key, int64_t id);         // as text
void put_id_or_null(struct json_writer *j, const char *key, int64_t id); // 0: null
void put_label(struct json_writer *j, const char *key, struct label label);
void put_day(struct json_writer *j, const char *key, int32_t day);   // DATE_NONE: null
void put_moment(struct json_writer *j, const char *key, int64_t ms); // UTC; 0: null

// Values alone, of lists.
void text_or_null(struct json_writer *j, struct str text);
enum { MOMENT_TEXT_SIZE = DATE_TEXT_SIZE + sizeof "THH:MM:SS.mmmZ" };
struct str moment_text(int64_t ms, char text[MOMENT_TEXT_SIZE]); // 0: .p NULL

#endif
