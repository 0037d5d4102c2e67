// SPDX-License-Identifier: AGPL-3.0-or-later
// The body of a form that a browser sent without script: multipart/form-data (RFC 7578)
// or application/x-www-form-urlencoded. It stays in memory: nothing of it touches a disk.
// One thread; fields point into the body, or into the arena.
#ifndef SERVE_FORM_H
#define SERVE_FORM_H

#include "base/str.h"

enum { FORM_MAX_FIELDS = 60 };

struct form_field {
    struct str name, value;
    bool file; // value: its bytes. What the sender's machine calls it is not read
};

struct form {
    struct form_field fields[FORM_MAX_FIELDS];
    size_t n;
};

// ERR_INPUT: not a form, not whole, not UTF-8 where it must be, too many fields.
enum err form_read(struct str content_type, struct str body, struct arena *a,
                   struct form *out, struct error *e) WARN_UNUSED;
// Trimmed; empty when it was not sent.
struct str form_text(const struct form *f, const char *name);
// Files that are not empty, of one name; at most `most` are put into list.
size_t form_files(const struct form *f, const char *name, struct str *list, size_t most);

#endif
