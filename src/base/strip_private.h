// SPDX-License-Identifier: AGPL-3.0-or-later
// What the files of strip share: reading bytes that may end anywhere, and refusing.
#ifndef BASE_STRIP_PRIVATE_H
#define BASE_STRIP_PRIVATE_H

#include "base/strip.h"

#define STRIP_BUF(maximum) ((struct buf){.max = (maximum), .wiped = true})

static inline unsigned strip_byte(struct str s, size_t at)
{
    return (unsigned char)s.p[at];
}

static inline uint32_t strip_big(struct str s, size_t at, size_t n)
{
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | strip_byte(s, at + i);
    return v;
}

static inline uint32_t strip_little(struct str s, size_t at, size_t n)
{
    uint32_t v = 0;
    for (size_t i = n; i-- > 0;)
        v = v << 8 | strip_byte(s, at + i);
    return v;
}

static inline struct str strip_part(struct str s, size_t at, size_t n)
{
    return (struct str){s.p + at, n};
}

enum err strip_damaged(struct error *e, const char *kind, const char *what);

enum err strip_jpeg(struct str bytes, struct buf *out, struct error *e) WARN_UNUSED;
enum err strip_png(struct str bytes, struct buf *out, struct error *e) WARN_UNUSED;
enum err strip_webp(struct str bytes, struct buf *out, struct error *e) WARN_UNUSED;
enum err strip_gif(struct str bytes, struct buf *out, struct error *e) WARN_UNUSED;
// Which picture it begins as; STRIP_KINDS: none.
enum strip_kind strip_picture_kind(struct str bytes);
// One of these kinds.
enum err strip_picture(enum strip_kind kind, struct str bytes, struct buf *out,
                       struct error *e) WARN_UNUSED;
// DOCX to ODP, by what is in it.
enum err strip_office(struct str bytes, enum strip_kind *kind, struct buf *out,
                      struct error *e) WARN_UNUSED;
enum err strip_pdf(struct str bytes, struct buf *out, struct error *e) WARN_UNUSED;
#endif
