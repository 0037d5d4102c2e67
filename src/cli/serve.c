// SPDX-License-Identifier: AGPL-3.0-or-later
// serve: the county's file over HTTP until it is told to end.
#include <signal.h>

#include "cli/command.h"
#include "serve/server.h"

static enum err check_options(const struct server_options *o, struct error *e)
{
    if (!o->certificate == !o->key)
        return ERR_OK;
    error_set(e, ERR_USAGE, "cli.certificate", o->key ? "--key" : "--certificate",
              "a certificate and its key go together");
    return error_cure(e, "give both --certificate and --key, or neither");
}

// The link is shown on the console only: whoever started the server is to open it.
static enum err say_first_link(struct cli *c, struct server *s, struct error *e)
{
    struct str link;
    enum err code = server_first_link(s, &c->arena, &link, e);
    if (!code && link.n)
        buf_printf(&c->out,
                   cli_say(c,
                           "nobody can sign in yet: open this link within 24 hours, "
                           "once, to become the administrator\n  " STR_FMT "\n",
                           "尚无账户：请在 24 小时内打开以下一次性链接，成为系统管理员\n"
                           "  " STR_FMT "\n"),
                   STR_ARG(link));
    return code;
}

enum err run_serve(struct cli *c, struct error *e)
{
    struct server_options options = {.listen = cli_option(c, "listen"),
                                     .certificate = cli_option(c, "certificate"),
                                     .key = cli_option(c, "key"),
                                     .behind_proxy = cli_switch(c, "behind-proxy"),
                                     .digest = cli_switch(c, "digest")};
    if (!options.listen)
        options.listen = "127.0.0.1:8080";
    enum err code = check_options(&options, e);
    if (code)
        return code;
    // Blocked before any thread starts, so that all of them leave the signals to sigwait.
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, &before);
    struct server *s;
    code = server_open(&s, cli_argument(c, "DB"), &options, e);
    if (code) {
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return code;
    }
    buf_printf(&c->out,
               cli_say(c, "serving at %s (Ctrl+C ends it)\n",
                       "服务地址：%s（按 Ctrl+C 结束）\n"),
               server_address(s));
    code = say_first_link(c, s, e);
    if (!code)
        code = cli_flush(c, e);
    int which;
    if (!code)
        sigwait(&ends, &which);
    server_close(s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}
