// SPDX-License-Identifier: AGPL-3.0-or-later
// gzip for answers. A packer holds about 270 KiB and is used again; a pool keeps at most
// ZIP_KEPT of them. A packer belongs to one thread at a time; the pool to any.
#ifndef SERVE_ZIP_H
#define SERVE_ZIP_H

#include <pthread.h>

#include "base/str.h"

enum { ZIP_KEPT = 8 };

struct zip;

struct zip_pool {
    pthread_mutex_t lock;
    struct zip *kept[ZIP_KEPT];
    size_t n;
};

void zip_open(struct zip_pool *p);
void zip_close(struct zip_pool *p);
// How much is made of it: an answer that one reader gets is packed in less than half the
// time and is a tenth larger; one that is kept for many, or a long download, is packed
// well.
enum zip_level { ZIP_FAST = 2, ZIP_WELL = 5 };
// NULL: no memory; send it as it is.
struct zip *zip_take(struct zip_pool *p, enum zip_level level);
void zip_give_back(struct zip_pool *p, struct zip *z); // NULL is fine
// Packs bytes, and hands what comes out to put (false ends it: then false is returned).
// last: the end of the whole.
typedef bool zip_put(void *context, struct str bytes);
bool zip_add(struct zip *z, struct str bytes, bool last, zip_put *put, void *context);
// A whole text at once onto out; false: it did not get smaller, or no memory.
bool zip_whole(struct zip_pool *p, enum zip_level level, struct str text,
               struct buf *out);

// Does an Accept-Encoding take gzip? (RFC 9110, 12.5.3)
bool zip_is_accepted(struct str accept_encoding);
// Is this type worth packing?
bool zip_suits(const char *content_type);

#endif
