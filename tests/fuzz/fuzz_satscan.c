// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of satscan.h: a .prm and the files it names, whatever they hold, are either
// refused with a place, a reason and a cure, or make a study that runs and whose files
// are written. Input: the files one after the other, each begun by a line "%%% name";
// corpus.h says how it is run; its corpus is corpus/satscan.
#include <stdio.h>
#include <string.h>

#include "corpus.h"
#include "study/satscan.h"
#include "study/scan_geojson.h"

enum { MOST_FILES = 8, NAME_SIZE = 40 };

// Takes the input apart. A file's name is cut off at the end of its line.
static size_t split_files(struct str text, struct satscan_memory *files,
                          char names[][NAME_SIZE])
{
    size_t n = 0;
    struct str line, rest = text;
    const char *end = text.p + text.n;
    for (bool more = true; more;) {
        more = str_split(rest, '\n', &line, &rest);
        if (!more)
            line = rest;
        if (n < MOST_FILES && str_starts(line, STR("%%% "))) {
            size_t length = line.n - 4 < NAME_SIZE - 1 ? line.n - 4 : NAME_SIZE - 1;
            memcpy(names[n], line.p + 4, length);
            names[n][length] = 0;
            files[n] = (struct satscan_memory){names[n], {more ? rest.p : end, 0}};
            n++;
        } else if (n && line.p)
            files[n - 1].text.n = (size_t)(line.p + line.n - files[n - 1].text.p);
    }
    return n;
}

static void run_study(struct satscan *satscan)
{
    struct error e = {0};
    struct pool *pool;
    struct scan_study *s = &satscan->study;
    // large studies are left to other tests
    if ((size_t)s->areas.n * s->n_times > 2000 || s->data.n_centres > 200)
        return;
    must(!pool_open(&pool, 1, &e), "a pool");
    s->options.replications = s->options.replications < 9 ? s->options.replications : 9;
    s->options.stop_after = 0;
    enum err code = scan_study_run(s, pool, NULL, NULL, &e);
    pool_close(pool);
    must(!code || (e.text[0] && e.cure[0]), "a refusal says why");
    satscan->outputs = satscan_all_outputs(s, "r");
    for (int file = 0; !code && file < SATSCAN_FILES; file++) {
        struct buf text = BUF_INIT(16 << 20);
        must(!satscan_write(s, &satscan->outputs, (enum satscan_file)file, &text, &e),
             "is written");
        buf_free(&text);
    }
    struct buf text = BUF_INIT(16 << 20);
    if (!code && s->x)
        must(!scan_geojson(s, &text, &e), "as GeoJSON");
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct satscan_memory files[MOST_FILES];
    char names[MOST_FILES][NAME_SIZE];
    struct satscan satscan = {0};
    struct error e = {0};
    struct arena a;
    arena_init(&a, 256 << 20);
    size_t n_files = split_files((struct str){(const char *)bytes, n}, files, names);
    if (n_files) {
        enum err code = satscan_read_memory(&satscan, files, n_files, &a, &e);
        must(!code || code == ERR_MEMORY ||
                 (e.code == code && e.key && e.text[0] && e.cure[0]),
             "a refusal says where and why");
        if (!code)
            run_study(&satscan);
    }
    arena_free(&a);
    return 0;
}

const struct corpus corpus = {.changes = {"9 -\n;=x\xE7\0", 9}, .positions = 150};
