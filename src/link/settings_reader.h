// SPDX-License-Identifier: AGPL-3.0-or-later
// What the parts of the reader of settings share: where in the JSON it stands, how it
// refuses, single values. Private to settings_read.c, settings_own.c, settings_reader.c.
//
// A value that is NULL (no such key) or null leaves *out as it is.
#ifndef LINK_SETTINGS_READER_H
#define LINK_SETTINGS_READER_H

#include "link/condition.h"
#include "link/settings.h"

struct settings_reader {
    struct link_model *m;
    struct error *e;
    const char *name; // of the file
    struct buf place; // "comparisons[2].comparison_levels[1]"
    enum condition_dialect dialect;
};

// Appends to the place; what is returned is given to settings_leave.
size_t settings_enter(struct settings_reader *r, const char *key);
size_t settings_enter_at(struct settings_reader *r, size_t i);
void settings_leave(struct settings_reader *r, size_t before);
// "model.json: comparisons[2].output_column_name"; of a long path only the end.
const char *settings_where(const struct settings_reader *r, char out[256]);

// ERR_INPUT here, or at a key below.
enum err settings_refuse(struct settings_reader *r, const char *key, const char *what,
                         const char *cure);
enum err settings_refuse_at(struct settings_reader *r, const char *below, const char *key,
                            const char *what, const char *cure);
enum err settings_wrong_kind(struct settings_reader *r, const json_t *v,
                             const char *expected);
enum err settings_unknown_key(struct settings_reader *r, const char *key);

enum err settings_text(struct settings_reader *r, const char *key, const json_t *v,
                       bool may_be_empty, struct str *out);
enum err settings_number(struct settings_reader *r, const char *key, const json_t *v,
                         double least, double most, double *out);
enum err settings_bool(struct settings_reader *r, const char *key, const json_t *v,
                       bool *out);

// settings_own.c; after the comparisons have been read
enum err settings_own(struct settings_reader *r, json_t *from);

#endif
