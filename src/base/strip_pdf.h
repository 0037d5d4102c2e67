// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files that strip PDF (ISO 32000-1) share: a strict reader of objects. It goes
// by the cross-reference alone and never guesses: what no reference of the last revision
// reaches is not seen. Every length, depth and count has a maximum.
//
// Why not a library: what is at hand (qpdf 11.3) unpacks streams without a limit, and
// this stands behind a public form. Private to base/strip.
#ifndef BASE_STRIP_PDF_H
#define BASE_STRIP_PDF_H

#include "base/strip_private.h"

enum {
    PDF_MOST_OBJECTS = 1 << 17,
    PDF_MOST_DEPTH = 48,                // values in values
    PDF_MOST_VALUES = 1 << 18,          // of one object
    PDF_MOST_UNPACKED = 5 * STRIP_MOST, // of all streams
    PDF_MOST_STREAM = 32 << 20
};

// --- words

enum pdf_token {
    PDF_END,
    PDF_NUMBER, // raw: as written
    PDF_WORD,
    PDF_NAME,   // raw: with its /
    PDF_STRING, // raw: with its ( ) or < >
    PDF_ARRAY,  // [
    PDF_ARRAY_END,
    PDF_DICT, // <<
    PDF_DICT_END,
    PDF_OTHER // { } and bytes that belong nowhere
};

struct pdf_lexer {
    struct str s;
    size_t at;
};
enum pdf_token pdf_next(struct pdf_lexer *l, struct str *raw);
bool pdf_is_space(unsigned c);

// --- values

enum pdf_kind {
    PDF_IS_NULL,
    PDF_IS_RAW, // numbers, true and false
    PDF_IS_STRING,
    PDF_IS_NAME,
    PDF_IS_ARRAY,
    PDF_IS_DICT, // items: name, value, name, value
    PDF_IS_REFERENCE
};

struct pdf_value {
    enum pdf_kind kind;
    uint32_t number; // of the object referred to
    struct str text; // as written; a name decoded, without its /
    struct pdf_value *items;
    size_t n;
};

struct pdf_object {
    struct pdf_value value;
    bool is_stream;
    struct str bytes; // of the stream, packed; in the file
};

struct pdf_entry { // where an object is
    uint8_t state; // 0: nowhere yet, 1: free, 2: in the file, 3: in an object stream
    uint32_t where, index;
};

struct pdf_pack { // an object stream, unpacked
    uint32_t number, n;
    struct str bytes;
    const uint32_t *numbers, *offsets;
};

struct pdf {
    struct str s;
    struct arena arena; // lives as long as this
    struct pdf_entry *entries;
    struct pdf_value trailer;
    struct pdf_pack *packs;
    size_t n_packs, unpacked, looked_at, values;
    int nested; // objects that are being read for one another
};

// The bytes must outlive it. pdf_close also after a failure.
enum err pdf_open(struct pdf *p, struct str bytes, struct error *e) WARN_UNUSED;
void pdf_close(struct pdf *p);
// An object that is nowhere is null.
enum err pdf_fetch(struct pdf *p, uint32_t number, struct arena *a,
                   struct pdf_object *out, struct error *e) WARN_UNUSED;
// The value itself, or what it refers to.
enum err pdf_resolve(struct pdf *p, const struct pdf_value *v, struct arena *a,
                     struct pdf_object *out, struct error *e) WARN_UNUSED;
// NULL: there is none.
const struct pdf_value *pdf_get(const struct pdf_value *dict, const char *key);
// The same, resolved; null where there is none.
enum err pdf_get_resolved(struct pdf *p, const struct pdf_value *dict, const char *key,
                          struct arena *a, struct pdf_object *out,
                          struct error *e) WARN_UNUSED;
bool pdf_is_name(const struct pdf_value *v, const char *name);
bool pdf_integer(const struct pdf_value *v, int64_t *out);

enum err pdf_damaged(struct error *e, const char *what);
enum err pdf_refuse(struct error *e, const char *what);

// --- streams

enum pdf_rest { PDF_PLAIN, PDF_FLATE, PDF_DCT, PDF_CCITT, PDF_LZW };
// Takes filters off onto *out (cleared before) until the bytes are plain. keep: stops
// before the last of a picture's filters; *rest says which, and *parameters (in a) what
// it needs.
enum err pdf_unpack(struct pdf *p, const struct pdf_object *o, bool keep, struct arena *a,
                    struct buf *out, enum pdf_rest *rest, struct pdf_value *parameters,
                    struct error *e) WARN_UNUSED;
// Packed by zlib, onto out.
enum err pdf_pack_bytes(struct str bytes, struct buf *out, struct error *e) WARN_UNUSED;
// Content (also of CMaps and calculators) without comments and without lists of
// properties.
enum err pdf_clean_content(struct str bytes, struct buf *out,
                           struct error *e) WARN_UNUSED;
// A TrueType or OpenType font without the tables that no page needs (names, signatures);
// other fonts as they are.
enum err pdf_clean_font(struct str bytes, struct buf *out, struct error *e) WARN_UNUSED;

#endif
