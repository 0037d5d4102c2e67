// SPDX-License-Identifier: AGPL-3.0-or-later
// scan: where and when there are more cases than chance gives, from SaTScan's files or
// from a table.
#include "cli/run_scan.h"
#include "base/progress.h"
#include "cli/session.h"
#include "report/scan_doc.h"
#include "study/scan_geojson.h"
#include "study/scan_map.h"

#include <stdio.h>
#include <string.h>

static void show_progress(void *argument, uint32_t done, uint32_t replications)
{
    struct progress *line = argument;
    line->total = replications;
    progress_at(line, done);
}

static enum err run(struct cli *c, struct scan_study *s, unsigned threads,
                    struct error *e)
{
    struct pool *pool;
    struct progress line;
    enum err code = pool_open(&pool, threads, e);
    if (code)
        return code;
    progress_begin(&line, str_of(cli_say(c, "scanning", "扫描")),
                   s->options.replications);
    code = scan_study_run(s, pool, show_progress, &line, e);
    progress_end(&line);
    pool_close(pool);
    return code;
}

// ---- outputs ----

static enum err write_satscan(struct cli *c, const struct scan_study *s,
                              const struct satscan_outputs *o, struct error *e)
{
    enum err code = ERR_OK;
    for (int file = 0; file < SATSCAN_FILES && !code; file++) {
        struct buf text = BUF_INIT((size_t)1 << 31);
        const char *path = NULL;
        if (!satscan_wants(o, (enum satscan_file)file))
            continue;
        code = satscan_path(o, (enum satscan_file)file, &c->arena, &path, e);
        if (!code)
            code = satscan_write(s, o, (enum satscan_file)file, &text, e);
        if (!code)
            code = session_save(path, buf_str(&text), e);
        if (code == ERR_IO || code == ERR_NOT_FOUND || code == ERR_FULL)
            (void)error_cure(e, "Say where the results may be written: --results FILE.");
        buf_free(&text);
        if (!code)
            session_written(c, path);
    }
    return code;
}

static enum err write_geojson(struct cli *c, const struct scan_study *s, struct error *e)
{
    const char *path = cli_option(c, "geojson");
    struct buf text = BUF_INIT((size_t)1 << 31);
    if (!path)
        return ERR_OK;
    enum err code = scan_geojson(s, &text, e);
    if (!code)
        code = session_save(path, buf_str(&text), e);
    buf_free(&text);
    if (!code)
        session_written(c, path);
    return code;
}

static enum err give(struct cli *c, const struct scan_study *s,
                     const struct satscan_outputs *o, struct error *e)
{
    struct scan_report_parts parts;
    enum err code = write_satscan(c, s, o, e);
    if (!code)
        code = write_geojson(c, s, e);
    if (!code)
        code = scan_doc(s, c->zh, &parts, e);
    const struct result *const results[] = {&parts.clusters, &parts.areas};
    return code ? code : session_results(c, parts.doc, results, 2, e);
}

// ---- inputs ----

static bool is_prm(const char *path)
{
    struct str s = str_of(path);
    return s.n > 4 && str_equal_fold((struct str){s.p + s.n - 4, 4}, STR(".prm"));
}

static enum err from_prm(struct cli *c, unsigned threads, struct error *e)
{
    struct satscan satscan = {.threads = threads};
    struct scan_options *o = &satscan.study.options;
    enum err code = scan_options_for_prm(c, e);
    if (!code)
        code = satscan_read(&satscan, cli_argument(c, "FILE"), &c->arena, e);
    if (!code && cli_option(c, "map"))
        code = scan_map_read(&satscan.study, cli_option(c, "map"),
                             cli_option(c, "map-id"), e);
    if (code)
        return code;
    uint64_t replications = o->replications, seed = o->seed;
    code = scan_option_count(c, "replications", 0, 1e8, &replications, e);
    if (!code)
        code = scan_option_count(c, "seed", 0, 9e15, &seed, e);
    if (code)
        return code;
    o->replications = (uint32_t)replications;
    o->seed = seed;
    if (cli_option(c, "results"))
        satscan.outputs.results = cli_option(c, "results");
    if (!satscan.outputs.results)
        scan_study_note(&satscan.study, "%s names no ResultsFile; none was written.",
                        "%s 未给出 ResultsFile，未写结果文件。", cli_argument(c, "FILE"));
    code = run(c, &satscan.study, satscan.threads, e);
    return code ? code : give(c, &satscan.study, &satscan.outputs, e);
}

static enum err from_table(struct cli *c, unsigned threads, struct error *e)
{
    struct scan_study study = {0};
    struct scan_columns columns;
    struct satscan_outputs outputs = {0};
    enum err code = scan_options_read(c, &columns, &study.options, e);
    if (!code)
        code = scan_csv(&study, &columns, &c->arena, e);
    if (!code)
        code = run(c, &study, threads, e);
    if (code)
        return code;
    if (cli_option(c, "results"))
        outputs = satscan_all_outputs(&study, cli_option(c, "results"));
    return give(c, &study, &outputs, e);
}

enum err run_scan(struct cli *c, struct error *e)
{
    uint64_t threads = 0;
    enum err code = session_outputs(c, e);
    if (!code)
        code = scan_option_count(c, "threads", 1, POOL_MAX_THREADS, &threads, e);
    if (code)
        return code;
    return is_prm(cli_argument(c, "FILE")) ? from_prm(c, (unsigned)threads, e)
                                           : from_table(c, (unsigned)threads, e);
}
