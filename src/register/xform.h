// SPDX-License-Identifier: AGPL-3.0-or-later
// A register as a form for phones: an ODK XForm that ODK Collect, KoboCollect and Enketo
// fill in without a network, and back from the filled form to the values of a row.
//
// The form of a person is in that person's language first (both are in it), and offers
// the places that person may write rows for. Rules that XPath can say are constraints of
// the form; all rules are the server's when the row arrives. The primary instance is
//
//   <data id="births" version="1-0f3a...">
//     <source/>              the register's source, where it has several
//     <choose><residence/>   a township by which a long list of places is made short
//     <row><sex/>...         the fields by name
//     <photo><item/>...      file names of a checklist's evidence
//     <orx:meta><orx:instanceID/><orx:instanceName/>
//
// so that no field's name can clash with another part. Pure functions of their arguments,
// any thread; texts are in the arena. Sources: ODK XForms specification
// (getodk.github.io/ xforms-spec), OpenRosa 1.0 metadata schema.
#ifndef REGISTER_XFORM_H
#define REGISTER_XFORM_H

#include "access/access.h"
#include "register/places.h"
#include "register/row.h"

// Lists of places that forms of one request share: most registers offer the same ones.
// Begins as {0}; in the arena of the calls, which all have the same places, person,
// language and day.
struct xform_shared {
    struct xform_kept *first;
};

struct xform { // what a form is made from
    const struct pack *pack;
    const struct places *places;
    const struct access *who;
    const struct reg *reg;
    bool zh;                     // the language that comes first
    int32_t today;               // places that are in force on it
    struct xform_shared *shared; // or NULL
};

// Rows that a person types: a register of kind rows with something to fill in.
bool xform_suits(const struct reg *r);
// Whether a field is asked for (not what Heng sets by itself).
bool xform_asks(const struct pack *p, const struct reg *r, const struct field *f);

struct xform_text {
    struct str xml, version; // the version is of the content: another form, another one
    char hash[33];           // MD5 of xml, as OpenRosa wants it
};
// ERR_FORBIDDEN: not a register that the person may write. O(fields + places).
enum err xform_write(const struct xform *x, struct arena *a, struct xform_text *out,
                     struct error *e) WARN_UNUSED;

// --- lists of places that are too long to stand in the form (over XFORM_INLINE entries)

enum { XFORM_INLINE = 60, XFORM_LISTS = 4 };

struct xform_media {
    struct str name; // "areas.csv"
    struct str csv;
    char hash[33];
};
// The lists that the form refers to, at most XFORM_LISTS.
enum err xform_media(const struct xform *x, struct arena *a,
                     struct xform_media out[XFORM_LISTS], size_t *n,
                     struct error *e) WARN_UNUSED;

// --- a filled form

enum {
    XFORM_MAX_XML = 1 << 20,
    XFORM_MAX_DEPTH = 16,
    XFORM_MAX_VALUES = 2000,
    XFORM_ID_MAX = 100 // bytes of an instance's id (as ROW_KEY_MAX)
};

struct xform_file {
    struct str item, name; // field of the item; what the phone calls the file
};

struct xform_filled {
    struct str form, version;        // of the root; version may be empty
    struct str instance, deprecated; // .p NULL: not there
    struct str source;               // may be empty
    struct row_change *values;       // under <row>
    size_t n_values;
    struct xform_file *files; // under <photo>
    size_t n_files;
};
// ERR_INPUT: not well-formed (with line and column), a document type (so no entities),
// nested too deep, no form's id, no instance's id, a value twice; ERR_LIMIT.
enum err xform_read(struct str xml, struct arena *a, struct xform_filled *out,
                    struct error *e) WARN_UNUSED;

#endif
