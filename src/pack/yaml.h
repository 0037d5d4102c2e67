// SPDX-License-Identifier: AGPL-3.0-or-later
// YAML text to a tree in which every node knows its file, line and column.
//
// The subset that packs need: maps, lists and scalars. Anchors, aliases, tags, several
// documents in one file, keys that are not plain names, keys given twice, and tabs as
// indentation are each refused with their place. Every scalar is text: what it means is
// decided by the key that it stands under, so `no` is a fine code and 007 keeps its
// zeros. Parsing is libfyaml's; the tree belongs to the arena of the problems.
#ifndef PACK_YAML_H
#define PACK_YAML_H

#include "pack/problems.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

enum { YAML_MAX_BYTES = 1 << 20, YAML_MAX_DEPTH = 24 };

struct yaml_node {
    enum yaml_kind kind;
    struct place place;             // of the first character of the content
    struct str text;                // scalar; empty otherwise
    bool quoted;                    // written in quotes or as a block
    struct str key;                 // when it stands in a map
    struct place key_place;         // else the same as place
    struct yaml_node *first, *last; // children, in order
    size_t n;
    struct yaml_node *next;
};

// NULL when the text is not YAML of this subset: problems then has one more (or
// no_memory is set). An empty file gives an empty map.
struct yaml_node *yaml_parse(struct problems *p, struct str file, struct str text);

// The value of a key, or NULL (also when map is NULL).
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

// The nodes as things. Each adds a problem that names `what` (where it stands and what
// was expected) and returns false when the node is something else; a NULL node returns
// false silently.
bool yaml_is_map(struct problems *p, const struct yaml_node *node, const char *what);
bool yaml_is_list(struct problems *p, const struct yaml_node *node, const char *what);
bool yaml_text(struct problems *p, const struct yaml_node *node, const char *what,
               struct str *out); // not empty
bool yaml_bool(struct problems *p, const struct yaml_node *node, const char *what,
               bool *out);
bool yaml_number(struct problems *p, const struct yaml_node *node, const char *what,
                 double *out);
bool yaml_int(struct problems *p, const struct yaml_node *node, const char *what,
              int64_t low, int64_t high, int64_t *out);
// One of n words; the index in *out.
bool yaml_word(struct problems *p, const struct yaml_node *node, const char *what,
               const char *const *words, size_t n, size_t *out);
// A list of scalars (one scalar alone counts as a list of one).
bool yaml_words(struct problems *p, const struct yaml_node *node, const char *what,
                const struct str **out, size_t *n);
// Says every key of the map that is not in `keys` (a space-separated list), with the
// nearest one that is.
void yaml_known_keys(struct problems *p, const struct yaml_node *map, const char *what,
                     const char *keys);
// `{en: ..., zh: ...}`; `also` (may be NULL) allows and reads the key also:. False when
// either language is missing.
struct yaml_also {
    const struct str *list;
    size_t n;
};
bool yaml_label(struct problems *p, const struct yaml_node *node, const char *what,
                struct label *out, struct yaml_also *also);

const char *yaml_kind_name(const struct yaml_node *node); // "a map", "a list", "a value"

#endif
