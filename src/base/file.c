// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool file_is_database(const char *path)
{
    static const char start[16] = "SQLite format 3";
    char found[sizeof start];
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    bool is = fread(found, 1, sizeof found, f) == sizeof found &&
              memcmp(found, start, sizeof start) == 0;
    fclose(f);
    return is;
}

enum err file_target(const char *path, bool *direct, struct error *e)
{
    struct stat about;
    *direct = false;
    if (stat(path, &about) != 0)
        return ERR_OK; // it is new, or writing it will tell
    if (S_ISDIR(about.st_mode)) {
        error_set(e, ERR_INPUT, "file.folder", path, "this is a folder");
        return error_cure(e, "name a file in it");
    }
    if (!S_ISREG(about.st_mode)) {
        *direct = true;
        return ERR_OK;
    }
    if (!file_is_database(path))
        return ERR_OK;
    error_set(e, ERR_CONFLICT, "file.database", path,
              "this is a database, and it would be written over");
    return error_cure(e, "name another file");
}

bool file_is_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}
