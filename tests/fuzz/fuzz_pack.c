// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of pack_compile: any bytes at all, laid over a good pack as one file,
// either compile or are refused with places and reasons. The first line may say which
// file it is (`# file: reports/x.yaml`). corpus.h says how it is run; its corpus is
// tests/pack/bad.
#include <string.h>

#include "corpus.h"
#include "pack/pack.h"

// lengths of texts are filled in by lay_over
static const struct pack_file good[] = {
    {{"pack.yaml", 9},
     {"pack: x\nversion: 1\nlabel: {en: X, zh: 某}\n"
      "levels: {town: {label: {en: Town, zh: 镇}, digits: 6}}\n",
      0}},
    {{"registers/areas.yaml", 20},
     {"register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n", 0}},
    {{"registers/births.yaml", 21},
     {"register: births\npurpose: vital\nlabel: {en: B, zh: 某}\narea: place\n"
      "date: born_on\nfields:\n  place: {type: area, label: {en: P, zh: 某}}\n"
      "  born_on: {type: date, label: {en: B, zh: 某}}\n"
      "  sex: {type: code, label: {en: S, zh: 某}, codes: {m: {en: boy, zh: 男}}}\n",
      0}},
};

static size_t lay_over(struct pack_file *files, struct str text)
{
    static const struct str marker = {"# file: ", 8};
    struct str path = STR("registers/fuzz.yaml"), head, rest;
    size_t n = sizeof good / sizeof *good, i = 0;
    if (str_starts(text, marker) && str_split(text, '\n', &head, &rest))
        path = (struct str){head.p + marker.n, head.n - marker.n};
    memcpy(files, good, sizeof good);
    for (size_t k = 0; k < n; k++)
        files[k].text.n = strlen(files[k].text.p);
    while (i < n && !str_equal(files[i].path, path))
        i++;
    files[i] = (struct pack_file){path, text};
    return i == n ? n + 1 : n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct pack_file files[sizeof good / sizeof *good + 1];
    struct pack_problems problems;
    struct pack *p;
    struct error e = {0};
    struct arena a;
    size_t n_files = lay_over(files, (struct str){(const char *)bytes, n});
    arena_init(&a, 256 << 20);
    enum err code = pack_compile(&a, files, n_files, &p, &problems, &e);
    must(code == ERR_OK || code == ERR_INPUT, "compiled or refused");
    must((code == ERR_OK) == (p != NULL), "a pack or an error");
    must((code == ERR_OK) == (problems.n == 0), "problems when refused");
    for (size_t i = 0; i < problems.n; i++)
        must(problems.list[i].code == ERR_INPUT && problems.list[i].key &&
                 problems.list[i].where[0] && problems.list[i].text[0],
             "a refusal says where and why");
    arena_free(&a);
    return 0;
}

const struct corpus corpus = {
    .changes = {"{}:\n \"-,\xE7[#", 11}, .positions = 25, .part = ".yaml"};
