// SPDX-License-Identifier: AGPL-3.0-or-later
// The command line as data. One const table (commands.c) describes every command;
// parsing, dispatch, help, the man page and docs/commands.md are all made from it, so
// none of them can say anything else than the others.
//
// A command parses, calls another room and prints. One process runs one command on one
// thread. Results go to standard output, all else (who one is, progress, errors) to
// standard error, so that a result can be piped.
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/str.h"

enum { CLI_MAX_OPTIONS = 64, CLI_MAX_ARGUMENTS = 4, CLI_MAX_EXAMPLES = 3 };

struct cli;

struct cli_argument {
    const char *name; // "DB"
    const char *help;
    bool optional, many; // only the last may be
};

struct cli_option {
    const char *name;  // without the dashes
    const char *value; // "PERIOD"; NULL: a switch
    const char *help;
    bool repeatable, required;
};

enum cli_group {
    GROUP_COUNTY,
    GROUP_FIGURES,
    GROUP_ROWS,
    GROUP_PACKS,
    GROUP_ENGINES,
    GROUP_HENG,
    CLI_GROUPS
};

struct cli_command {
    const char *name; // one word, or two ("pack check")
    enum cli_group group;
    const char *summary, *summary_zh; // one line
    const char *about;                // more, in plain sentences; may be NULL
    struct cli_argument arguments[CLI_MAX_ARGUMENTS + 1];
    struct cli_option options[CLI_MAX_OPTIONS + 1];
    const char *examples[CLI_MAX_EXAMPLES + 1];
    const char *exits; // what an exit status other than 0 means here; may be NULL
    enum err (*run)(struct cli *c, struct error *e);
};

extern const struct cli_command cli_commands[];
extern const size_t cli_n_commands;
// Options that every command takes: lang, help.
extern const struct cli_option cli_common_options[];
const char *cli_group_title(enum cli_group g, bool zh);

struct cli_given { // one option as given
    const struct cli_option *option;
    const char *value; // NULL for a switch
};

struct cli { // a command line, parsed; and where its command's memory lives
    struct arena arena;
    struct buf out; // what the command prints; written at the end, or by cli_flush
    const struct cli_command *command;
    const char **arguments;
    size_t n_arguments;
    struct cli_given *given;
    size_t n_given;
    bool zh, help;
    int exit_status; // of a command that ends well but has something to tell (rejects)
};

// Finds the command, reads its options and arguments. ERR_USAGE names what is wrong and
// what comes nearest. argv must outlive *c.
enum err cli_parse(struct cli *c, int argc, char **argv, struct error *e) WARN_UNUSED;
// The command of these words, or NULL; *used: how many of them are its name. Of "link"
// and "link evaluate" the longer one that fits.
const struct cli_command *cli_find(char *const *words, size_t n, size_t *used);

// The argument by its name in the table, NULL when an optional one is not given.
const char *cli_argument(const struct cli *c, const char *name);
// The (last) value of an option; NULL when it is not given.
const char *cli_option(const struct cli *c, const char *name);
bool cli_switch(const struct cli *c, const char *name);
// All values of a repeatable option, in the arena. ERR_MEMORY.
enum err cli_options(struct cli *c, const char *name, const char *const **values,
                     size_t *n, struct error *e) WARN_UNUSED;
// Writes what is in c->out to standard output. ERR_IO, ERR_FULL.
enum err cli_flush(struct cli *c, struct error *e) WARN_UNUSED;
// One of two texts by the language of the run.
const char *cli_say(const struct cli *c, const char *en, const char *zh)
    __attribute__((format_arg(2), format_arg(3)));

// help.c: all made from the table.
void help_overview(struct buf *out, bool zh);
void help_command(struct buf *out, const struct cli_command *command, bool zh);
void help_man(struct buf *out);
void help_markdown(struct buf *out);

// What the commands do; each in the file of its family.
enum err run_init(struct cli *c, struct error *e);
enum err run_backup(struct cli *c, struct error *e);
enum err run_restore(struct cli *c, struct error *e);
enum err run_verify(struct cli *c, struct error *e);
enum err run_import(struct cli *c, struct error *e);
enum err run_import_list(struct cli *c, struct error *e);
enum err run_import_undo(struct cli *c, struct error *e);
enum err run_measure(struct cli *c, struct error *e);
enum err run_check(struct cli *c, struct error *e);
enum err run_report(struct cli *c, struct error *e);
enum err run_due(struct cli *c, struct error *e);
enum err run_campaign(struct cli *c, struct error *e);
enum err run_case(struct cli *c, struct error *e);
enum err run_facility(struct cli *c, struct error *e);
enum err run_areas(struct cli *c, struct error *e);
enum err run_serve(struct cli *c, struct error *e);
enum err run_show(struct cli *c, struct error *e);
enum err run_history(struct cli *c, struct error *e);
enum err run_correct(struct cli *c, struct error *e);
enum err run_checklist_read(struct cli *c, struct error *e);
enum err run_checklist_compare(struct cli *c, struct error *e);
enum err run_strike(struct cli *c, struct error *e);
enum err run_move(struct cli *c, struct error *e);
enum err run_moves(struct cli *c, struct error *e);
enum err run_unstrike(struct cli *c, struct error *e);
enum err run_ledger_balances(struct cli *c, struct error *e);
enum err run_ledger_post(struct cli *c, struct error *e);
enum err run_ledger_reverse(struct cli *c, struct error *e);
enum err run_ledger_confirm(struct cli *c, struct error *e);
enum err run_ledger_reconcile(struct cli *c, struct error *e);
enum err run_ledger_check(struct cli *c, struct error *e);
enum err run_workflow(struct cli *c, struct error *e);
enum err run_overdue(struct cli *c, struct error *e);
enum err run_pack_check(struct cli *c, struct error *e);
enum err run_pack_plan(struct cli *c, struct error *e);
enum err run_pack_apply(struct cli *c, struct error *e);
enum err run_link(struct cli *c, struct error *e);
enum err run_link_find(struct cli *c, struct error *e);
enum err run_link_report(struct cli *c, struct error *e);
enum err run_link_evaluate(struct cli *c, struct error *e);
enum err run_watch(struct cli *c, struct error *e);
enum err run_srb(struct cli *c, struct error *e);
enum err run_srb_ccm(struct cli *c, struct error *e);
enum err run_scan(struct cli *c, struct error *e);
enum err run_fertility(struct cli *c, struct error *e);
enum err run_lifetable(struct cli *c, struct error *e);
enum err run_lqas(struct cli *c, struct error *e);
enum err run_rota(struct cli *c, struct error *e);
enum err run_project(struct cli *c, struct error *e);
enum err run_quality(struct cli *c, struct error *e);
enum err run_quality_watch(struct cli *c, struct error *e);
enum err run_account_list(struct cli *c, struct error *e);
enum err run_account_invite(struct cli *c, struct error *e);
enum err run_account_reset(struct cli *c, struct error *e);
enum err run_demo(struct cli *c, struct error *e);
enum err run_help(struct cli *c, struct error *e);
enum err run_version(struct cli *c, struct error *e);

#endif
