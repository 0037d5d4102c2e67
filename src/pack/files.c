// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/pack.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 1000, FILE_MAX_BYTES = 4 << 20, PATH_MAX_BYTES = 4096 };

struct collecting {
    struct arena *arena;
    struct pack_file *files;
    size_t n, capacity;
};

static enum err add_file(struct collecting *c, struct str path, struct str text,
                         struct error *e)
{
    if (c->n == FILES_MAX)
        return error_set(e, ERR_LIMIT, "pack.files", NULL,
                         "the folder has more than %d YAML files; it is no pack",
                         (int)FILES_MAX);
    if (c->n == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : 32;
        struct pack_file *files = ARENA_ARRAY(c->arena, struct pack_file, capacity);
        if (!files)
            return error_memory(e);
        if (c->n)
            memcpy(files, c->files, c->n * sizeof *files);
        c->files = files;
        c->capacity = capacity;
    }
    c->files[c->n++] = (struct pack_file){path, text};
    return ERR_OK;
}

static enum err read_whole(struct arena *a, const char *path, struct str *out,
                           struct error *e)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    if (!file || fstat(fileno(file), &about) != 0) {
        enum err code = error_errno(e, errno, path, "open the file");
        if (file)
            fclose(file);
        return code;
    }
    enum err code = ERR_OK;
    size_t size = about.st_size > 0 ? (size_t)about.st_size : 0;
    char *p = NULL;
    if (size > FILE_MAX_BYTES)
        code = error_set(e, ERR_LIMIT, "pack.large", path,
                         "the file has %zu bytes; a file of a pack may have %d", size,
                         (int)FILE_MAX_BYTES);
    else if (!(p = ARENA_ARRAY(a, char, size + 1)))
        code = error_memory(e);
    else if (fread(p, 1, size, file) != size)
        code = error_errno(e, ferror(file) ? errno : EIO, path, "read the file");
    fclose(file);
    if (!code)
        *out = (struct str){p, size};
    return code;
}

static bool is_yaml(const char *name)
{
    struct str s = str_of(name);
    return (s.n > 5 && strcmp(name + s.n - 5, ".yaml") == 0) ||
           (s.n > 4 && strcmp(name + s.n - 4, ".yml") == 0);
}

// YAML files of one folder, and of the folders in it as deep as said. Files in a place
// that no pack has are taken too: the compiler then says what is wrong with them, instead
// of leaving an author to wonder why `indicator/x.yaml` does nothing.
static enum err read_folder(struct collecting *c, const char *folder, const char *prefix,
                            int deeper, struct error *e)
{
    DIR *directory = opendir(folder);
    if (!directory)
        return error_errno(e, errno, folder, "open the folder");
    enum err code = ERR_OK;
    for (struct dirent *entry; !code && (entry = readdir(directory)) != NULL;) {
        char path[PATH_MAX_BYTES];
        struct stat about;
        if (entry->d_name[0] == '.')
            continue;
        int k = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (k < 0 || (size_t)k >= sizeof path || stat(path, &about) != 0)
            continue;
        if (S_ISDIR(about.st_mode) && deeper > 0) {
            char inner[1024];
            snprintf(inner, sizeof inner, "%s%s/", prefix, entry->d_name);
            code = read_folder(c, path, inner, deeper - 1, e);
        } else if (S_ISREG(about.st_mode) && is_yaml(entry->d_name)) {
            struct str name = str_format(c->arena, "%s%s", prefix, entry->d_name), text;
            code = name.p ? read_whole(c->arena, path, &text, e) : error_memory(e);
            if (!code)
                code = add_file(c, name, text, e);
        }
    }
    closedir(directory);
    return code;
}

static int compare_files(const void *a, const void *b)
{
    const struct pack_file *x = a, *y = b;
    return str_compare(x->path, y->path);
}

enum err pack_files_from_folder(struct arena *a, const char *folder,
                                struct pack_file **files, size_t *n, struct error *e)
{
    struct collecting c = {.arena = a};
    *files = NULL;
    *n = 0;
    enum err code = read_folder(&c, folder, "", 2, e);
    if (code)
        return code;
    bool is_pack = false;
    for (size_t i = 0; i < c.n; i++)
        is_pack |= str_equal_c(c.files[i].path, "pack.yaml");
    if (!is_pack) {
        code = error_set(e, ERR_NOT_FOUND, "pack.folder", folder,
                         "there is no pack.yaml in this folder");
        error_cure(e, "Name the folder that holds the pack's pack.yaml.");
        return code;
    }
    qsort(c.files, c.n, sizeof *c.files, compare_files);
    *files = c.files;
    *n = c.n;
    return ERR_OK;
}

enum err pack_files_from_store(struct arena *a, struct conn *c, struct pack_file **files,
                               size_t *n, struct error *e)
{
    struct collecting found = {.arena = a};
    struct stmt *s = NULL;
    *files = NULL;
    *n = 0;
    enum err code = conn_stmt(c, "pack.has_files",
                              "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                              "AND name = 'heng_pack_files'",
                              &s, e);
    bool row = false;
    if (!code)
        code = stmt_step(s, &row, e);
    bool has = !code && row && stmt_int(s, 0) > 0;
    stmt_finish(s);
    if (code)
        return code;
    s = NULL;
    if (has)
        code = conn_stmt(c, "pack.files",
                         "SELECT path, text FROM heng_pack_files ORDER BY path", &s, e);
    while (has && !code) {
        code = stmt_step(s, &row, e);
        if (code || !row)
            break;
        struct str path = str_copy(a, stmt_text(s, 0)),
                   text = str_copy(a, stmt_text(s, 1));
        code = path.p && text.p ? add_file(&found, path, text, e) : error_memory(e);
    }
    stmt_finish(s);
    if (!code && found.n == 0)
        code = error_set(e, ERR_NOT_FOUND, "pack.none", NULL,
                         "no pack has been applied to this file yet");
    *files = found.files;
    *n = found.n;
    return code;
}
