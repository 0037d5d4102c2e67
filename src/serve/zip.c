// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/zip.h"

#include <libdeflate.h>
#include <string.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8, STREAM_LEVEL = 5 };

struct zip {
    z_stream z;
    unsigned char out[16384];
};

static void *take_memory(void *context, uInt count, uInt size)
{
    (void)context;
    return mem_alloc(count, size);
}

static void give_memory(void *context, void *p)
{
    (void)context;
    mem_free(p);
}

void zip_open(struct zip_pool *p)
{
    *p = (struct zip_pool){0};
    libdeflate_set_memory_allocator(mem_alloc_for_library, mem_free);
    pthread_mutex_init(&p->lock, NULL);
}

static void destroy(struct zip *z)
{
    deflateEnd(&z->z);
    mem_free(z);
}

void zip_close(struct zip_pool *p)
{
    while (p->n)
        destroy(p->kept[--p->n]);
    for (int level = 0; level < ZIP_LEVELS; level++)
        while (p->n_whole[level])
            libdeflate_free_compressor(p->whole[level][--p->n_whole[level]]);
    pthread_mutex_destroy(&p->lock);
}

struct zip *zip_take(struct zip_pool *p)
{
    struct zip *z = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->n)
        z = p->kept[--p->n];
    pthread_mutex_unlock(&p->lock);
    if (z)
        return z;
    z = mem_alloc(1, sizeof *z);
    if (!z)
        return NULL;
    z->z.zalloc = take_memory;
    z->z.zfree = give_memory;
    if (deflateInit2(&z->z, STREAM_LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) == Z_OK)
        return z;
    mem_free(z);
    return NULL;
}

void zip_give_back(struct zip_pool *p, struct zip *z)
{
    if (!z)
        return;
    bool keep = deflateReset(&z->z) == Z_OK;
    pthread_mutex_lock(&p->lock);
    keep = keep && p->n < ZIP_KEPT;
    if (keep)
        p->kept[p->n++] = z;
    pthread_mutex_unlock(&p->lock);
    if (!keep)
        destroy(z);
}

bool zip_add(struct zip *z, struct str bytes, bool last, zip_put *put, void *context)
{
    // zlib reads through a pointer that is not const
    z->z.next_in = (unsigned char *)(uintptr_t)bytes.p;
    z->z.avail_in = (uInt)bytes.n; // an answer's buffer is far below 4 GiB
    int rc;
    do {
        z->z.next_out = z->out;
        z->z.avail_out = sizeof z->out;
        rc = deflate(&z->z, last ? Z_FINISH : Z_NO_FLUSH);
        if (rc == Z_STREAM_ERROR)
            return false;
        struct str made = {(const char *)z->out, sizeof z->out - z->z.avail_out};
        if (made.n && !put(context, made))
            return false;
    } while (z->z.avail_out == 0 || (last && rc != Z_STREAM_END));
    return true;
}

// --- a text that is there as a whole

static struct libdeflate_compressor *take_whole(struct zip_pool *p, enum zip_level level)
{
    static const int levels[ZIP_LEVELS] = {[ZIP_FAST] = 1, [ZIP_WELL] = 6};
    struct libdeflate_compressor *c = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->n_whole[level])
        c = p->whole[level][--p->n_whole[level]];
    pthread_mutex_unlock(&p->lock);
    return c ? c : libdeflate_alloc_compressor(levels[level]);
}

static void give_whole(struct zip_pool *p, enum zip_level level,
                       struct libdeflate_compressor *c)
{
    pthread_mutex_lock(&p->lock);
    bool keep = c && p->n_whole[level] < ZIP_KEPT;
    if (keep)
        p->whole[level][p->n_whole[level]++] = c;
    pthread_mutex_unlock(&p->lock);
    if (!keep)
        libdeflate_free_compressor(c); // NULL is fine
}

bool zip_whole(struct zip_pool *p, enum zip_level level, struct str text, struct buf *out)
{
    if (text.n < 2)
        return false;
    size_t room = text.n - 1, n = 0; // what does not fit has not become smaller
    char *packed = mem_resize(NULL, room, 1);
    struct libdeflate_compressor *c = packed ? take_whole(p, level) : NULL;
    if (c)
        n = libdeflate_gzip_compress(c, text.p, text.n, packed, room);
    give_whole(p, level, c);
    buf_add(out, (struct str){packed, n});
    mem_free(packed);
    return n > 0 && !out->failed;
}

// --- when

static bool refuses(struct str parameters)
{
    struct str head, rest = parameters;
    for (bool more = true; more;) {
        more = str_split(rest, ';', &head, &rest);
        struct str one = str_trim(more ? head : rest);
        double q;
        if (one.n > 2 && (one.p[0] | 0x20) == 'q' && one.p[1] == '=' &&
            str_to_double((struct str){one.p + 2, one.n - 2}, &q))
            return q <= 0;
    }
    return false;
}

bool zip_is_accepted(struct str accept_encoding)
{
    struct str head, rest = accept_encoding;
    for (bool more = rest.n > 0; more;) {
        more = str_split(rest, ',', &head, &rest);
        struct str one = more ? head : rest, name, parameters = {"", 0};
        if (!str_split(one, ';', &name, &parameters))
            name = one;
        if (str_equal_fold(str_trim(name), STR("gzip")))
            return !refuses(parameters);
    }
    return false;
}

bool zip_suits(const char *type)
{
    return type && (strncmp(type, "text/", 5) == 0 || strstr(type, "json") ||
                    strstr(type, "xml") || strstr(type, "javascript"));
}
