// SPDX-License-Identifier: AGPL-3.0-or-later
// pack check, pack plan, pack apply.
#include <stdio.h>

#include "cli/print_error.h"
#include "cli/session.h"
#include "pack/pack.h"

struct given_pack {
    struct pack_file *files;
    size_t n;
    struct pack *pack;
};

static enum err read_pack(struct cli *c, struct given_pack *out, struct error *e)
{
    struct pack_problems problems = {0};
    enum err code = pack_files_from_folder(&c->arena, cli_argument(c, "DIR"), &out->files,
                                           &out->n, e);
    if (code)
        return code;
    code = pack_compile(&c->arena, out->files, out->n, &out->pack, &problems, e);
    // the last one is printed by main
    for (size_t i = 0; code == ERR_INPUT && i + 1 < problems.n; i++)
        print_error(&problems.list[i]);
    if (code == ERR_INPUT && problems.n)
        *e = problems.list[problems.n - 1];
    if (code == ERR_INPUT && problems.n > 1)
        buf_printf(&c->out, cli_say(c, "%zu errors\n", "%zu 处错误\n"), problems.n);
    return code;
}

enum err run_pack_check(struct cli *c, struct error *e)
{
    struct given_pack given = {0};
    enum err code = read_pack(c, &given, e);
    if (code)
        return code;
    const struct pack *p = given.pack;
    buf_printf(&c->out,
               cli_say(c,
                       STR_FMT " " STR_FMT " is well: %zu registers, %zu indicators, "
                               "%zu checks, %zu reports\n",
                       STR_FMT " " STR_FMT " 无误：%zu 个登记册，%zu 个指标，%zu 项核查，"
                               "%zu 种报告\n"),
               STR_ARG(p->name), STR_ARG(p->version), p->n_registers, p->n_indicators,
               p->n_checks, p->n_reports);
    return ERR_OK;
}

static void print_plan(struct cli *c, const struct plan *plan)
{
    if (!plan->n)
        buf_add_c(&c->out, cli_say(c, "no table changes\n", "表结构无变化\n"));
    for (size_t i = 0; i < plan->n; i++)
        buf_printf(&c->out, "%s " STR_FMT "%s" STR_FMT "\n",
                   plan->changes[i].kind == CHANGE_REFUSED ? cli_say(c, "REFUSED", "拒绝")
                                                           : "-",
                   STR_ARG(plan->changes[i].reg), plan->changes[i].reg.n ? ": " : "",
                   STR_ARG(c->zh ? plan->changes[i].zh : plan->changes[i].text));
}

enum err run_pack_plan(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct given_pack given = {0};
    struct plan plan;
    struct conn *conn = NULL;
    enum err code = read_pack(c, &given, e);
    if (!code)
        code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = store_read_begin(s.county->store, &conn, e);
    if (!code)
        code = pack_plan(&c->arena, conn, given.pack, &plan, e);
    if (!code)
        print_plan(c, &plan);
    store_read_end(conn);
    session_close(&s);
    return code;
}

struct apply_job {
    struct cli *cli;
    const struct given_pack *given;
    int64_t who;
    struct plan plan;
};

// The plan is made in the job that carries it out, so that nothing can come between.
static enum err apply(struct conn *conn, void *argument, struct error *e)
{
    struct apply_job *job = argument;
    enum err code = pack_plan(&job->cli->arena, conn, job->given->pack, &job->plan, e);
    if (!code)
        code = pack_apply(conn, job->given->pack, job->given->files, job->given->n,
                          &job->plan, e);
    if (code)
        return code;
    struct str text =
        str_format(&job->cli->arena, "version " STR_FMT " applied, %zu changes",
                   STR_ARG(job->given->pack->version), job->plan.n);
    return audit_append(conn,
                        &(struct audit_entry){.kind = AUDIT_PACK,
                                              .who = job->who,
                                              .subject = job->given->pack->name,
                                              .text = text,
                                              .at = date_now_ms()},
                        e);
}

enum err run_pack_apply(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct given_pack given = {0};
    struct apply_job job = {.cli = c, .given = &given};
    enum err code = read_pack(c, &given, e);
    if (!code)
        code = session_open(c, STORE_WRITE, &s, e);
    if (!code)
        code = access_administer(&s.who, e);
    job.who = s.who.user;
    if (!code) {
        code = store_write(s.county->store, apply, &job, e);
        print_plan(c, &job.plan);
    }
    if (!code)
        buf_printf(&c->out,
                   cli_say(c, "done: the file now has " STR_FMT " " STR_FMT "\n",
                           "完成：文件现用 " STR_FMT " " STR_FMT "\n"),
                   STR_ARG(given.pack->name), STR_ARG(given.pack->version));
    session_close(&s);
    return code;
}
