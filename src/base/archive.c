// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/archive.h"

#include <errno.h>
#include <minizip/zip.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"

struct archive {
    zipFile zip;
    char *path;
    zip_fileinfo about;
    int failed; // errno, or EIO
};

enum err archive_open(struct archive **out, const char *path, int32_t made,
                      struct error *e)
{
    struct archive *a = mem_alloc(1, sizeof *a);
    const size_t n = strlen(path) + 1;
    int year, month, day;
    *out = NULL;
    if (a && (a->path = mem_alloc(n, 1)) == NULL) {
        mem_free(a);
        a = NULL;
    }
    if (!a)
        return error_memory(e);
    memcpy(a->path, path, n);
    date_to_ymd(made, &year, &month, &day);
    a->about.tmz_date.tm_year = (uInt)(year < 1980 ? 1980 : year);
    a->about.tmz_date.tm_mon = (uInt)(month - 1);
    a->about.tmz_date.tm_mday = (uInt)day;
    errno = 0;
    a->zip = zipOpen64(path, APPEND_STATUS_CREATE);
    if (!a->zip) {
        enum err code = error_errno(e, errno ? errno : EIO, path, "write the archive");
        mem_free(a->path);
        mem_free(a);
        return code;
    }
    *out = a;
    return ERR_OK;
}

static void fail(struct archive *a)
{
    if (!a->failed)
        a->failed = errno ? errno : EIO;
}

void archive_add(struct archive *a, const char *name, struct str bytes, bool packed)
{
    enum { UTF8_NAMES = 1 << 11, MADE_BY = 20, STEP = 1 << 20 };
    if (a->failed)
        return;
    errno = 0;
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
    if (a->failed) {
        code = error_errno(e, a->failed, a->path, "write the archive");
        unlink(a->path);
    }
    mem_free(a->path);
    mem_free(a);
    return code;
}
