// SPDX-License-Identifier: AGPL-3.0-or-later
// What a person keeps for themselves: saved views of a register, dashboards, drafts, and
// the server's half of the keys of their devices. Each is a JSON document that only the
// pages understand, with a name; views and dashboards may be shared with all who can sign
// in. Any thread; texts in the arena.
#ifndef ACCESS_KEPT_H
#define ACCESS_KEPT_H

#include "access/access.h"

enum {
    KEPT_MAX_VALUE = 64 << 10, // bytes of JSON
    KEPT_MAX_NAME = 120,       // bytes
    KEPT_MAX_COUNT = 200       // of a kind, of a person
};

struct kept {
    struct str kind, name, who, value; // value: JSON text
    bool shared, mine;
    int64_t user, at;
};

// "view", "dashboard", "draft", "device"; ERR_NOT_FOUND otherwise.
enum err kept_kind(struct str kind, struct error *e) WARN_UNUSED;
// One's own, then what others share; by name.
enum err kept_list(struct conn *c, int64_t user, struct str kind, struct arena *a,
                   struct kept **out, size_t *n, struct error *e) WARN_UNUSED;
// Makes or replaces one's own of this name. ERR_LIMIT: value, name, count; ERR_INPUT: no
// name; a draft or key that is to be shared. value must be JSON already.
enum err kept_put(struct store *s, int64_t user, const struct kept *k,
                  struct error *e) WARN_UNUSED;
// ERR_NOT_FOUND: one's own only.
enum err kept_drop(struct store *s, int64_t user, struct str kind, struct str name,
                   struct error *e) WARN_UNUSED;

#endif
