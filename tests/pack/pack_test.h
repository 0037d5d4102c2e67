// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of packs share: packs from text, a store of their own.
#ifndef TESTS_PACK_TEST_H
#define TESTS_PACK_TEST_H
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "base/init.h"
#include "pack/pack.h"

static const char standard_pack[] =
    "pack: test\n"
    "version: \"1\"\n"
    "label: {en: Test, zh: 测试}\n"
    "levels:\n"
    "  county:   {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n";
static const char standard_areas[] = "register: areas\n"
                                     "kind: areas\n"
                                     "label: {en: Areas, zh: 地区}\n";

// pack.yaml, registers/areas.yaml and one more file (path NULL: none).
static inline enum err compile_with(struct arena *a, const char *path, const char *text,
                                    struct pack **out, struct pack_problems *problems,
                                    struct error *e)
{
    struct pack_file files[] = {{STR("pack.yaml"), str_of(standard_pack)},
                                {STR("registers/areas.yaml"), str_of(standard_areas)},
                                {str_of(path), str_of(text)}};
    return pack_compile(a, files, path ? 3 : 2, out, problems, e);
}

static inline bool has_problem(const struct pack_problems *problems, const char *key)
{
    for (size_t i = 0; i < problems->n; i++)
        if (strcmp(problems->list[i].key, key) == 0)
            return true;
    return false;
}

static inline void print_problems(const struct pack_problems *problems)
{
    for (size_t i = 0; i < problems->n; i++)
        print_message("# %s: %s [%s]\n", problems->list[i].where, problems->list[i].text,
                      problems->list[i].key);
}

static inline const char *source_path(char *out, size_t size, const char *name)
{
    const char *root = getenv("HENG_SOURCE");
    snprintf(out, size, "%s/%s", root ? root : ".", name);
    return out;
}

static inline int remove_visit(const char *name, const struct stat *status, int type,
                               struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(name);
}

static inline void remove_folder(const char *folder)
{
    nftw(folder, remove_visit, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
