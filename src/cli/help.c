// SPDX-License-Identifier: AGPL-3.0-or-later
#include "cli/command.h"

#include <string.h>

#include "base/text.h"

static const char *const about_heng =
    "Heng (衡) is the information system of a county health authority: registers, "
    "checks, indicators and reports in one program and one file.";

static const char *const about_heng_zh = "衡（Heng）是县级卫生主管部门的信息系统：登记、"
                                         "核查、指标与报告，一个程序，一个文件。";

static const struct {
    int status;
    const char *meaning;
} exits[] = {
    {0, "all is well"},
    {64, "the command was put wrongly"},
    {65, "a file, a pack or a value is not what it must be; or an import rejected rows"},
    {66, "no such file, row, area, register or indicator"},
    {69, "larger than a stated limit"},
    {70, "a defect of Heng; please report it"},
    {71, "not enough memory"},
    {73, "something is in the way: it exists already, or someone else was faster"},
    {74, "the disk or the system said no; no space left"},
    {75, "another process holds the file; try again"},
    {76, "the file is not what was written"},
    {77, "role, purpose or area does not allow it"},
};

// Words of text, folded at `width` columns, each line behind `indent` spaces; the first
// line begins where the cursor is, `at` columns in.
static void fold(struct buf *out, const char *text, size_t indent, size_t at,
                 size_t width)
{
    const char *p = text;
    bool first = true;
    while (*p) {
        size_t n = strcspn(p, " ");
        size_t w = text_width((struct str){p, n});
        if (!first && at + 1 + w > width) {
            buf_add_char(out, '\n');
            for (size_t i = 0; i < indent; i++)
                buf_add_char(out, ' ');
            at = indent;
        } else if (!first) {
            buf_add_char(out, ' ');
            at++;
        }
        buf_add(out, (struct str){p, n});
        at += w;
        first = false;
        p += n;
        while (*p == ' ')
            p++;
    }
    buf_add_char(out, '\n');
}

static void two_columns(struct buf *out, const char *left, size_t column,
                        const char *right)
{
    size_t w = 2 + strlen(left);
    buf_printf(out, "  %s", left);
    if (w + 2 > column) {
        buf_add_char(out, '\n');
        w = 0;
    }
    for (; w < column; w++)
        buf_add_char(out, ' ');
    fold(out, right, column, column, 90);
}

static void add_usage(struct buf *out, const struct cli_command *command)
{
    buf_printf(out, "heng %s", command->name);
    for (const struct cli_argument *a = command->arguments; a->name; a++)
        buf_printf(out, a->optional ? " [%s%s]" : " %s%s", a->name, a->many ? "..." : "");
    for (const struct cli_option *o = command->options; o->name; o++) {
        buf_printf(out, o->required ? " --%s" : " [--%s", o->name);
        if (o->value)
            buf_printf(out, " %s", o->value);
        if (!o->required)
            buf_add_char(out, ']');
        if (o->repeatable)
            buf_add_c(out, "...");
    }
}

static void option_form(struct buf *out, const struct cli_option *o)
{
    buf_clear(out);
    if (strcmp(o->name, "help") == 0)
        buf_add_c(out, "-h, ");
    buf_printf(out, "--%s", o->name);
    if (o->value)
        buf_printf(out, " %s", o->value);
}

void help_overview(struct buf *out, bool zh)
{
    size_t column = 0;
    for (size_t i = 0; i < cli_n_commands; i++)
        if (strlen(cli_commands[i].name) + 4 > column)
            column = strlen(cli_commands[i].name) + 4;
    fold(out, zh ? about_heng_zh : about_heng, 0, 0, 90);
    buf_add_c(out, zh ? "\n用法：heng 命令 ...\n" : "\nUsage: heng COMMAND ...\n");
    for (int g = 0; g < CLI_GROUPS; g++) {
        buf_printf(out, "\n%s\n", cli_group_title((enum cli_group)g, zh));
        for (size_t i = 0; i < cli_n_commands; i++)
            if ((int)cli_commands[i].group == g)
                two_columns(out, cli_commands[i].name, column,
                            zh ? cli_commands[i].summary_zh : cli_commands[i].summary);
    }
    buf_add_c(out, zh ? "\n每个命令的用法见“heng 命令 --help”。\n"
                      : "\n'heng COMMAND --help' shows how a command is called.\n");
}

static void command_options(struct buf *out, const struct cli_command *command)
{
    struct buf form = BUF_INIT(400);
    const struct cli_option *lists[] = {command->options, cli_common_options};
    buf_add_c(out, "\nOptions\n");
    for (size_t k = 0; k < 2; k++)
        for (const struct cli_option *o = lists[k]; o->name; o++) {
            option_form(&form, o);
            const char *text = buf_c(&form);
            two_columns(out, text ? text : o->name, 24, o->help);
        }
    buf_free(&form);
}

// Commands whose name is this one's and a word more.
static void command_relatives(struct buf *out, const struct cli_command *command, bool zh)
{
    size_t n = strlen(command->name);
    bool any = false;
    for (size_t i = 0; i < cli_n_commands; i++) {
        const struct cli_command *other = &cli_commands[i];
        if (strncmp(other->name, command->name, n) != 0 || other->name[n] != ' ')
            continue;
        buf_add_c(out, any ? "" : zh ? "\n相关命令\n" : "\nRelated commands\n");
        two_columns(out, other->name, 24, zh ? other->summary_zh : other->summary);
        any = true;
    }
}

void help_command(struct buf *out, const struct cli_command *command, bool zh)
{
    buf_printf(out, "heng %s: %s\n\nUsage: ", command->name,
               zh ? command->summary_zh : command->summary);
    struct buf usage = BUF_INIT(2000);
    add_usage(&usage, command);
    const char *text = buf_c(&usage);
    fold(out, text ? text : command->name, 11, 7, 90);
    buf_free(&usage);
    if (command->about) {
        buf_add_char(out, '\n');
        fold(out, command->about, 0, 0, 90);
    }
    if (command->arguments[0].name) {
        buf_add_c(out, "\nArguments\n");
        for (const struct cli_argument *a = command->arguments; a->name; a++)
            two_columns(out, a->name, 24, a->help);
    }
    command_options(out, command);
    command_relatives(out, command, zh);
    if (command->examples[0]) {
        buf_add_c(out, "\nExamples\n");
        for (const char *const *x = command->examples; *x; x++)
            buf_printf(out, "  %s\n", *x);
    }
    if (command->exits) {
        buf_add_c(out, "\nExit status\n  ");
        fold(out, command->exits, 2, 2, 90);
    }
}

// --- the manual page

// Text as roff: no line may begin with a dot or an apostrophe, backslashes and dashes are
// escaped.
static void roff(struct buf *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        buf_add_c(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            buf_add_c(out, "\\e");
        else if (*text == '-')
            buf_add_c(out, "\\-");
        else
            buf_add_char(out, *text);
    }
}

static void roff_item(struct buf *out, const char *tag, const char *text)
{
    buf_add_c(out, ".TP\n.B ");
    roff(out, tag);
    buf_add_char(out, '\n');
    roff(out, text);
    buf_add_char(out, '\n');
}

static void roff_command(struct buf *out, const struct cli_command *command)
{
    struct buf text = BUF_INIT(2000);
    add_usage(&text, command);
    const char *usage = buf_c(&text);
    buf_add_c(out, ".SS ");
    roff(out, usage ? usage : command->name);
    buf_add_char(out, '\n');
    roff(out, command->summary);
    buf_add_c(out, ".\n");
    if (command->about) {
        roff(out, command->about);
        buf_add_char(out, '\n');
    }
    for (const struct cli_argument *a = command->arguments; a->name; a++)
        roff_item(out, a->name, a->help);
    for (const struct cli_option *o = command->options; o->name; o++) {
        option_form(&text, o);
        const char *form = buf_c(&text);
        roff_item(out, form ? form : o->name, o->help);
    }
    if (command->exits)
        roff_item(out, "Exit status", command->exits);
    if (command->examples[0])
        buf_add_c(out, ".PP\nExamples:\n.nf\n");
    for (const char *const *x = command->examples; *x; x++) {
        buf_add_c(out, "    ");
        roff(out, *x);
        buf_add_char(out, '\n');
    }
    if (command->examples[0])
        buf_add_c(out, ".fi\n");
    buf_free(&text);
}

void help_man(struct buf *out)
{
    buf_add_c(out, ".TH HENG 1\n.SH NAME\nheng \\- information system of a county health "
                   "authority\n.SH SYNOPSIS\n.B heng\nCOMMAND ...\n.SH DESCRIPTION\n");
    roff(out, about_heng);
    buf_add_c(out, "\n.PP\nOptions are written \\-\\-name value or \\-\\-name=value.\n");
    for (int g = 0; g < CLI_GROUPS; g++) {
        buf_printf(out, ".SH %s\n", cli_group_title((enum cli_group)g, false));
        for (size_t i = 0; i < cli_n_commands; i++)
            if ((int)cli_commands[i].group == g)
                roff_command(out, &cli_commands[i]);
    }
    buf_add_c(out, ".SH OPTIONS OF EVERY COMMAND\n");
    struct buf form = BUF_INIT(400);
    for (const struct cli_option *o = cli_common_options; o->name; o++) {
        option_form(&form, o);
        const char *text = buf_c(&form);
        roff_item(out, text ? text : o->name, o->help);
    }
    buf_free(&form);
    buf_add_c(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        buf_printf(out, ".TP\n.B %d\n%s\n", exits[i].status, exits[i].meaning);
    buf_add_c(out, ".SH ENVIRONMENT\n");
    roff_item(out, "HENG_TODAY", "a day that stands for today, such as 2014-07-20");
    roff_item(out, "HENG_LOG",
              "debug, info, warn or error: how much is said on the side");
    roff_item(out, "LC_ALL, LC_MESSAGES, LANG", "the language, zh or en");
}

// --- Markdown

// A cell of a table: a bar would end it.
static void markdown_cell(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
}

static void markdown_row(struct buf *out, const char *left, const char *right)
{
    buf_add_c(out, "| `");
    markdown_cell(out, left);
    buf_add_c(out, "` | ");
    markdown_cell(out, right);
    buf_add_c(out, " |\n");
}

static void markdown_command(struct buf *out, const struct cli_command *command)
{
    buf_printf(out, "\n### heng %s\n\n%s.\n\n```\n", command->name, command->summary);
    add_usage(out, command);
    buf_add_c(out, "\n```\n");
    if (command->about)
        buf_printf(out, "\n%s\n", command->about);
    if (command->arguments[0].name || command->options[0].name)
        buf_add_c(out, "\n| | |\n| --- | --- |\n");
    for (const struct cli_argument *a = command->arguments; a->name; a++)
        markdown_row(out, a->name, a->help);
    struct buf form = BUF_INIT(400);
    for (const struct cli_option *o = command->options; o->name; o++) {
        option_form(&form, o);
        const char *text = buf_c(&form);
        markdown_row(out, text ? text : o->name, o->help);
    }
    buf_free(&form);
    if (command->exits)
        buf_printf(out, "\nExit status: %s.\n", command->exits);
    if (command->examples[0])
        buf_add_c(out, "\n```sh\n");
    for (const char *const *x = command->examples; *x; x++)
        buf_printf(out, "%s\n", *x);
    if (command->examples[0])
        buf_add_c(out, "```\n");
}

void help_markdown(struct buf *out)
{
    buf_add_c(out, "# Commands\n\nMade by `heng help --markdown`; change the table in "
                   "`src/cli/commands.c`.\n\nOptions are written `--name value` or "
                   "`--name=value`. Every command takes `--lang zh|en` and `--help`. "
                   "Results go to standard output, all else to standard error.\n");
    for (int g = 0; g < CLI_GROUPS; g++) {
        buf_printf(out, "\n## %s\n", cli_group_title((enum cli_group)g, false));
        for (size_t i = 0; i < cli_n_commands; i++)
            if ((int)cli_commands[i].group == g)
                markdown_command(out, &cli_commands[i]);
    }
    buf_add_c(out, "\n## Exit status\n\n| | |\n| --- | --- |\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        buf_printf(out, "| %d | %s |\n", exits[i].status, exits[i].meaning);
}
