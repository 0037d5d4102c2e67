// SPDX-License-Identifier: AGPL-3.0-or-later
// watch: the engines on the county's own rows; what they find is kept and reviewed.
#include "cli/session.h"
#include "report/template.h"
#include "study/watch.h"

#include <stdio.h>

static enum err find_watch(struct cli *c, const struct pack *p, const struct watch **out,
                           struct error *e)
{
    const char *name = cli_option(c, "watch");
    *out = name ? pack_watch(p, str_of(name)) : p->n_watches ? &p->watches[0] : NULL;
    if (*out)
        return ERR_OK;
    if (!p->n_watches) {
        (void)error_set(e, ERR_NOT_FOUND, "watch.none", NULL,
                        "the pack " STR_FMT " says nothing about what to watch",
                        STR_ARG(p->name));
        return error_cure(e, "Add watch/NAME.yaml to the pack (docs/packs.md), then "
                             "'heng pack apply'.");
    }
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < p->n_watches && list.n < 250; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(p->watches[i].name));
    (void)error_set(e, ERR_NOT_FOUND, "watch.name", "--watch",
                    "the pack " STR_FMT " has no watch '%s'", STR_ARG(p->name), name);
    (void)error_cure(e, "there are " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

static enum err options_of(struct cli *c, struct watch_options *out, struct error *e)
{
    const char *seed = cli_option(c, "seed"), *n = cli_option(c, "replications");
    int64_t value;
    if (seed) {
        if (!str_to_int(str_of(seed), &value) || value < 0)
            return error_set(e, ERR_USAGE, "cli.seed", "--seed",
                             "'%s' is not a whole number of 0 or more", seed);
        out->seed = (uint64_t)value;
    }
    if (n) {
        if (!str_to_int(str_of(n), &value) || value < 999 || value > 999999)
            return error_set(e, ERR_USAGE, "cli.replications", "--replications",
                             "'%s' is not a whole number from 999 to 999999", n);
        out->replications = (uint32_t)value;
    }
    return ERR_OK;
}

static enum err keep(struct cli *c, const struct session *s, const struct watch_run *run,
                     struct error *e)
{
    struct watch_kept kept;
    if (cli_switch(c, "dry-run"))
        return ERR_OK;
    enum err code = watch_keep(&s->measure, run, &c->arena, &kept, e);
    if (!code)
        fprintf(stderr,
                cli_say(c,
                        "kept in '" STR_FMT "': %llu new, %llu changed, %llu as before\n",
                        "已存入“" STR_FMT "”：新增%llu，更新%llu，未变%llu\n"),
                STR_ARG(run->watch->keep->name), (unsigned long long)kept.added,
                (unsigned long long)kept.changed, (unsigned long long)kept.same);
    return code;
}

enum err run_watch(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period;
    struct watch_options options = {0};
    const struct watch *w;
    struct watch_run run;
    struct pool *pool = NULL;
    struct doc *d;
    int32_t root;
    enum err code = session_period(c, &period, e);
    if (!code)
        code = options_of(c, &options, e);
    if (!code)
        code =
            session_open(c, cli_switch(c, "dry-run") ? STORE_READ : STORE_WRITE, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = session_area(c, &s, &root, e);
    if (!code)
        code = find_watch(c, s.county->pack, &w, e);
    if (!code)
        code = pool_open(&pool, 0, e);
    if (!code)
        code = watch_run(&s.measure, w, period, root, &options, pool, &c->arena, &run, e);
    if (!code)
        code = template_watch(&s.measure, &c->arena, &run, c->zh, &d, e);
    if (!code)
        code = keep(c, &s, &run, e);
    if (!code)
        code = session_show(c, d, e);
    if (pool)
        pool_close(pool);
    session_close(&s);
    return code;
}
