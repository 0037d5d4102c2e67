// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files that strip Office documents share. One document is one archive of parts
// (Office Open XML: ECMA-376; OpenDocument: ISO/IEC 26300). What happens to a part is
// said by its name; a part with a name that no table knows is refused, never passed on.
// Private to base/strip.
#ifndef BASE_STRIP_OFFICE_H
#define BASE_STRIP_OFFICE_H

#include "base/strip_private.h"

enum office_fate {
    OFFICE_XML,       // written again without what names people, machines and times
    OFFICE_RELATIONS, // what refers to what
    OFFICE_TYPES,     // the list of all parts
    OFFICE_PICTURE,   // through the picture stripper, under a number for a name
    OFFICE_FIRST,     // OpenDocument's mimetype
    OFFICE_DROP,
    OFFICE_MACRO, // refused, as is
    OFFICE_UNKNOWN
};

struct office_part {
    const char *name, *new_name;
    enum office_fate fate;
};

struct office {
    struct arena arena; // names
    struct office_part *parts;
    size_t n;
    bool open_document;
};

// Of the exact name; NULL: none. It is in order of names.
const struct office_part *office_find(const struct office *o, const char *name);
// What a target is from a folder ("word/", "media/a.png" -> "word/media/a.png"); NULL
// when it leaves the archive or memory is out.
const char *office_target(struct office *o, const char *folder, const char *target);
// "word/" of "word/document.xml"; in the arena.
const char *office_folder(struct office *o, const char *name);

// The part's XML written again onto out. gone: the ids of relations that are no more.
enum err office_xml(struct office *o, const struct office_part *part, struct str xml,
                    const char *const *gone, size_t n_gone, struct buf *out,
                    struct error *e) WARN_UNUSED;
// The same for relations of the parts in `folder`, and for the list of parts. gone (with
// room for OFFICE_MOST_GONE) may be NULL.
enum { OFFICE_MOST_GONE = 4096 };
enum err office_relations(struct office *o, const char *folder, struct str xml,
                          const char **gone, size_t *n_gone, struct buf *out,
                          struct error *e) WARN_UNUSED;
enum err office_types(struct office *o, struct str xml, struct buf *out,
                      struct error *e) WARN_UNUSED;

// "this Office file holds %s (%s)", with the way out.
enum err office_refuse(struct error *e, const char *what, const char *name);
enum err office_damaged(struct error *e, const char *what);

#endif
