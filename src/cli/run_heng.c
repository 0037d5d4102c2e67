// SPDX-License-Identifier: AGPL-3.0-or-later
// demo, help, version.
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "cli/command.h"
#include "demo/demo.h"
#include "serve/describe.h"

static void show_done(void *argument, double done)
{
    progress_at(argument, (uint64_t)(done * 100));
}

static enum err number_option(const struct cli *c, const char *name, int64_t *out,
                              struct error *e)
{
    const char *text = cli_option(c, name);
    if (!text || (str_to_int(str_of(text), out) && *out > 0))
        return ERR_OK;
    char where[40];
    snprintf(where, sizeof where, "--%s", name);
    error_set(e, ERR_USAGE, "cli.number", where, "'%s' is not a whole number above 0",
              text);
    return error_cure(e, "write digits only: --%s 20000", name);
}

enum err run_demo(struct cli *c, struct error *e)
{
    struct progress p;
    int64_t people = 0, seed = 0;
    enum err code = number_option(c, "people", &people, e);
    if (!code)
        code = number_option(c, "seed", &seed, e);
    if (code)
        return code;
    struct demo_options options = {.folder = cli_argument(c, "DIR"),
                                   .people = people,
                                   .seed = (uint64_t)seed,
                                   .until = date_today(),
                                   .progress = show_done,
                                   .argument = &p};
    progress_begin(&p, str_of(cli_say(c, "demo county", "演示县")), 100);
    code = demo_write(&options, e);
    progress_end(&p);
    if (!code)
        buf_printf(&c->out,
                   cli_say(c, "written: %s; its README.txt says what is what\n",
                           "已写入：%s；说明见其中 README.txt\n"),
                   options.folder);
    return code;
}

enum err run_help(struct cli *c, struct error *e)
{
    if (cli_switch(c, "man")) {
        help_man(&c->out);
    } else if (cli_switch(c, "markdown")) {
        help_markdown(&c->out);
    } else if (cli_switch(c, "api")) {
        describe_markdown(&c->out);
    } else if (!c->n_arguments) {
        help_overview(&c->out, c->zh);
    } else {
        size_t used;
        char *words[2] = {(char *)c->arguments[0],
                          c->n_arguments > 1 ? (char *)c->arguments[1] : NULL};
        const struct cli_command *found = cli_find(words, c->n_arguments, &used);
        if (found) {
            help_command(&c->out, found, c->zh);
            return ERR_OK;
        }
        // a family: heng help pack
        size_t n = strlen(words[0]), shown = 0;
        for (size_t i = 0; c->n_arguments == 1 && i < cli_n_commands; i++)
            if (strncmp(cli_commands[i].name, words[0], n) == 0 &&
                cli_commands[i].name[n] == ' ') {
                if (shown++)
                    buf_add_char(&c->out, '\n');
                help_command(&c->out, &cli_commands[i], c->zh);
            }
        if (!shown) {
            error_set(e, ERR_USAGE, "cli.command", NULL, "there is no command '%s'",
                      words[0]);
            return error_cure(e, "'heng help' lists all commands");
        }
    }
    return ERR_OK;
}

enum err run_version(struct cli *c, struct error *e)
{
    (void)e;
    buf_printf(&c->out, "heng %s\nlibsodium %s\n", HENG_VERSION, sodium_version_string());
    return ERR_OK;
}
