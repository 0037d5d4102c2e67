// SPDX-License-Identifier: AGPL-3.0-or-later
// gzip for answers: a stream (zlib), or a text that is there as a whole (libdeflate, in a
// third of the time). Packers hold 200 to 670 KiB and are used again; a pool keeps at
// most ZIP_KEPT of a kind. A packer belongs to one thread at a time; the pool to any.
#ifndef SERVE_ZIP_H
#define SERVE_ZIP_H

#include <pthread.h>

#include "base/str.h"

enum { ZIP_KEPT = 8 };

struct zip;
struct libdeflate_compressor;

// How much is made of a text: one reader gets it, or it is kept for many.
enum zip_level { ZIP_FAST, ZIP_WELL, ZIP_LEVELS };

struct zip_pool {
    pthread_mutex_t lock;
    struct zip *kept[ZIP_KEPT];
    size_t n;
    struct libdeflate_compressor *whole[ZIP_LEVELS][ZIP_KEPT];
    size_t n_whole[ZIP_LEVELS];
};

void zip_open(struct zip_pool *p);
void zip_close(struct zip_pool *p);
// NULL: no memory; send it as it is.
struct zip *zip_take(struct zip_pool *p);
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
