// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/archive.h"

#include <errno.h>
#include <minizip/zip.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"

struct archive {
    zipFile zip;
    char *path;     // NULL: into memory
    struct buf *to; // then where, and at which byte
    size_t at;
    zip_fileinfo about;
    int failed; // errno, or EIO
};

// --- minizip writes into a buffer, and goes back to fill in sizes

static voidpf memory_open(voidpf opaque, const void *path, int mode)
{
    (void)path;
    (void)mode;
    return opaque;
}

static uLong memory_read(voidpf opaque, voidpf stream, void *bytes, uLong size)
{
    (void)opaque;
    (void)stream;
    (void)bytes;
    (void)size;
    return 0; // nothing is read of what is written
}

static uLong memory_write(voidpf opaque, voidpf stream, const void *bytes, uLong size)
{
    (void)stream;
    struct archive *a = opaque;
    const char *from = bytes;
    size_t over = a->at < a->to->n ? a->to->n - a->at : 0;
    over = over < size ? over : size;
    if (over)
        memcpy(a->to->p + a->at, from, over);
    buf_add(a->to, (struct str){from + over, size - over});
    if (a->to->failed)
        return 0;
    a->at += size;
    return size;
}

static ZPOS64_T memory_tell(voidpf opaque, voidpf stream)
{
    (void)stream;
    return ((struct archive *)opaque)->at;
}

static long memory_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    (void)stream;
    struct archive *a = opaque;
    ZPOS64_T base = origin == ZLIB_FILEFUNC_SEEK_CUR   ? a->at
                    : origin == ZLIB_FILEFUNC_SEEK_END ? a->to->n
                                                       : 0;
    if (base + offset > a->to->n)
        return -1;
    a->at = (size_t)(base + offset);
    return 0;
}

static int memory_nothing(voidpf opaque, voidpf stream)
{
    (void)opaque;
    (void)stream;
    return 0;
}

static zipFile open_memory(struct archive *a)
{
    zlib_filefunc64_def calls = {.zopen64_file = memory_open,
                                 .zread_file = memory_read,
                                 .zwrite_file = memory_write,
                                 .ztell64_file = memory_tell,
                                 .zseek64_file = memory_seek,
                                 .zclose_file = memory_nothing,
                                 .zerror_file = memory_nothing,
                                 .opaque = a};
    return zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &calls);
}

// path NULL: into `to`.
static enum err open_archive(struct archive **out, const char *path, struct buf *to,
                             int32_t made, struct error *e)
{
    struct archive *a = mem_alloc(1, sizeof *a);
    const size_t n = path ? strlen(path) + 1 : 0;
    int year, month, day;
    *out = NULL;
    if (a && path && (a->path = mem_alloc(n, 1)) == NULL) {
        mem_free(a);
        a = NULL;
    }
    if (!a)
        return error_memory(e);
    if (path)
        memcpy(a->path, path, n);
    a->to = to;
    date_to_ymd(made, &year, &month, &day);
    a->about.tmz_date.tm_year = (uInt)(year < 1980 ? 1980 : year);
    a->about.tmz_date.tm_mon = (uInt)(month - 1);
    a->about.tmz_date.tm_mday = (uInt)day;
    errno = 0;
    a->zip = path ? zipOpen64(path, APPEND_STATUS_CREATE) : open_memory(a);
    if (!a->zip) {
        enum err code =
            path ? error_errno(e, errno ? errno : EIO, path, "write the archive")
                 : error_memory(e);
        mem_free(a->path);
        mem_free(a);
        return code;
    }
    *out = a;
    return ERR_OK;
}

enum err archive_open(struct archive **out, const char *path, int32_t made,
                      struct error *e)
{
    return open_archive(out, path, NULL, made, e);
}

enum err archive_open_buffer(struct archive **out, struct buf *to, int32_t made,
                             struct error *e)
{
    return open_archive(out, NULL, to, made, e);
}

static void fail(struct archive *a)
{
    if (!a->failed)
        a->failed = errno ? errno : EIO;
}

void archive_add(struct archive *a, const char *name, struct str bytes, bool packed)
{
    enum { UTF8_NAMES = 1 << 11, MADE_BY = 20, STEP = 1 << 20, HEAD = 256 };
    if (a->failed)
        return;
    errno = 0;
    // minizip loses memory where a part's head cannot be written
    if (a->to && !buf_reserve(a->to, strlen(name) + HEAD)) {
        fail(a);
        return;
    }
    if (zipOpenNewFileInZip4_64(a->zip, name, &a->about, NULL, 0, NULL, 0, NULL,
                                packed ? Z_DEFLATED : 0, packed ? 6 : 0, 0, -MAX_WBITS,
                                DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, NULL, 0, MADE_BY,
                                UTF8_NAMES, bytes.n > UINT32_MAX / 2) != ZIP_OK) {
        fail(a);
        return;
    }
    while (bytes.n && !a->failed) {
        const size_t n = bytes.n < STEP ? bytes.n : STEP;
        if (zipWriteInFileInZip(a->zip, bytes.p, (unsigned)n) != ZIP_OK)
            fail(a);
        bytes = (struct str){bytes.p + n, bytes.n - n};
    }
    if (zipCloseFileInZip(a->zip) != ZIP_OK)
        fail(a);
}

enum err archive_close(struct archive *a, struct error *e)
{
    enum err code = ERR_OK;
    if (!a)
        return ERR_OK;
    errno = 0;
    if (zipClose(a->zip, NULL) != ZIP_OK)
        fail(a);
    if (a->to) {
        code = buf_check(a->to, e);
        if (!code && a->failed)
            code = error_memory(e);
    } else if (a->failed) {
        code = error_errno(e, a->failed, a->path, "write the archive");
        unlink(a->path);
    }
    mem_free(a->path);
    mem_free(a);
    return code;
}
