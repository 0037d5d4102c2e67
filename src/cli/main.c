// SPDX-License-Identifier: AGPL-3.0-or-later
#include <errno.h>
#include <gsl/gsl_errno.h>
#include <signal.h>

#include "base/init.h"
#include "cli/command.h"
#include "cli/print_error.h"

static enum err run(struct cli *c, int argc, char **argv, struct error *e)
{
    enum err code = base_init(e);
    if (!code)
        code = cli_parse(c, argc, argv, e);
    if (code)
        return code;
    if (c->help) {
        size_t used;
        char *help[] = {"help"};
        if (c->command == cli_find(help, 1, &used) && !c->n_arguments && argc <= 2)
            help_overview(&c->out, c->zh);
        else
            help_command(&c->out, c->command, c->zh);
    } else {
        code = c->command->run(c, e);
    }
    return code;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); // a closed pipe is an error of writing, not a silent end
    signal(SIGXFSZ, SIG_IGN); // and so is a file at the limit of its size
    // GSL would abort where a function does not converge; what it returns then is its
    // best value or NaN, which is shown as "not known"
    gsl_set_error_handler_off();
    struct cli c = {.out = BUF_INIT((size_t)1 << 30)};
    struct error e = {0};
    arena_init(&c.arena, (size_t)4 << 30);
    enum err code = run(&c, argc, argv, &e);
    // what was found before an error is shown as well
    struct error late = {0};
    enum err written = cli_flush(&c, &late);
    if (code) {
        print_error(&e);
        if (c.zh)
            print_error_in_chinese(&e);
    } else if (written) {
        code = written;
        if (errno != EPIPE) // who reads the pipe has seen enough
            print_error(&late);
    }
    int status = code ? error_exit_status(code) : c.exit_status;
    buf_free(&c.out);
    arena_free(&c.arena);
    return status;
}
