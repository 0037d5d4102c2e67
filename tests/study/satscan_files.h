// SPDX-License-Identifier: AGPL-3.0-or-later
// A small study as SaTScan's files in memory: sixteen places on a grid, cases crowded at
// one corner.
#ifndef TESTS_STUDY_SATSCAN_FILES_H
#define TESTS_STUDY_SATSCAN_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "study/satscan.h"

struct files {
    struct arena arena;
    struct satscan_memory file[8];
    size_t n;
    struct satscan satscan;
};

static struct files files;
static struct error e;

static inline struct str text_of(const char *c_string)
{
    struct str s = str_copy(&files.arena, str_of(c_string));
    assert_non_null(s.p);
    return s;
}

static inline void put_file(const char *name, const char *text)
{
    size_t i = 0;
    while (i < files.n && strcmp(files.file[i].name, name) != 0)
        i++;
    assert_true(i < sizeof files.file / sizeof *files.file);
    files.file[i] = (struct satscan_memory){name, text_of(text)};
    files.n = i == files.n ? i + 1 : files.n;
}

static inline void begin(void)
{
    mem_fail_after(-1);
    arena_free(&files.arena);
    files = (struct files){.n = 0};
    arena_init(&files.arena, 0);
    e = (struct error){0};
}

// 16 places p0..p15 at (column, row); counts by place: the corner p0 p1 p4 p5 has more.
static inline void put_places(void)
{
    char geo[1024] = "";
    for (int i = 0; i < 16; i++)
        snprintf(geo + strlen(geo), sizeof geo - strlen(geo), "p%d %d %d\n", i, i % 4,
                 i / 4);
    put_file("a.geo", geo);
}

static inline bool is_corner(int i)
{
    return i == 0 || i == 1 || i == 4 || i == 5;
}

static inline void put_bernoulli(const char *more)
{
    char prm[4096], cas[1024] = "", ctl[1024] = "";
    snprintf(prm, sizeof prm,
             "[Input]\n;a comment\nCaseFile=a.cas\nControlFile=a.ctl\n"
             "CoordinatesFile=a.geo\nCoordinatesType=0\nPrecisionCaseTimes=0\n"
             "[Analysis]\nModelType=1\nAnalysisType=1\nMonteCarloReps=99\n"
             "ReportGiniClusters=n\n%s",
             more);
    put_file("a.prm", prm);
    put_places();
    for (int i = 0; i < 16; i++) {
        snprintf(cas + strlen(cas), sizeof cas - strlen(cas), "p%d %d\n", i,
                 is_corner(i) ? 30 : 10);
        snprintf(ctl + strlen(ctl), sizeof ctl - strlen(ctl), "p%d 20\n", i);
    }
    put_file("a.cas", cas);
    put_file("a.ctl", ctl);
}

static inline enum err read_files(void)
{
    e = (struct error){0};
    return satscan_read_memory(&files.satscan, files.file, files.n, &files.arena, &e);
}

static inline void run_files(void)
{
    struct pool *pool;
    assert_ok(pool_open(&pool, 1, &e));
    enum err code = scan_study_run(&files.satscan.study, pool, NULL, NULL, &e);
    pool_close(pool);
    assert_ok(code);
}

// Reading fails and says where, what and the cure.
static inline void assert_refused(enum err code, const char *where, const char *text)
{
    enum err found = read_files();
    if (found != code || !strstr(e.where, where) || !strstr(e.text, text) || !e.cure[0])
        fail_msg("code %d; where %s; text %s; cure %s", found, e.where, e.text, e.cure);
}

#endif
