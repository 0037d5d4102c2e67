// SPDX-License-Identifier: AGPL-3.0-or-later
#include "cli/command.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- what comes nearest

enum { LONGEST_WORD = 40 };

// Edits (insert, drop, change, swap neighbours) from a to b.
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST_WORD || m > LONGEST_WORD)
        return SIZE_MAX;
    size_t rows[3][LONGEST_WORD + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3],
               *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

// Near enough to be a slip: a third of the word, or the beginning of it.
static bool is_near(const char *word, const char *name, size_t *how_far)
{
    *how_far = distance(word, name);
    if (strlen(word) >= 2 && strncmp(name, word, strlen(word)) == 0)
        *how_far = 1;
    size_t allowed = 1 + strlen(word) / 3;
    return *how_far <= allowed && *how_far < strlen(name);
}

static enum err unknown_command(const char *word, const char *second, struct error *e)
{
    if (word[0] == '-') {
        error_set(e, ERR_USAGE, "cli.before", NULL, "%s stands before the command", word);
        return error_cure(e, "write the options behind it: heng COMMAND ... %s", word);
    }
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    char both[2 * LONGEST_WORD + 2];
    snprintf(both, sizeof both, "%.40s %.40s", word, second ? second : "");
    for (size_t i = 0; i < cli_n_commands; i++) {
        const char *name = cli_commands[i].name;
        size_t how_far;
        if (is_near(strchr(name, ' ') ? both : word, name, &how_far) && how_far < best) {
            best = how_far;
            nearest = name;
        }
    }
    error_set(e, ERR_USAGE, "cli.command", NULL, "there is no command '%s'", word);
    if (nearest)
        return error_cure(e, "did you mean 'heng %s'? 'heng help' lists all commands",
                          nearest);
    return error_cure(e, "'heng help' lists all commands");
}

static enum err unknown_option(const struct cli_command *command, const char *word,
                               struct error *e)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX, how_far;
    const struct cli_option *lists[] = {command->options, cli_common_options};
    for (size_t k = 0; k < 2; k++)
        for (const struct cli_option *o = lists[k]; o->name; o++)
            if (is_near(word, o->name, &how_far) && how_far < best) {
                best = how_far;
                nearest = o->name;
            }
    error_set(e, ERR_USAGE, "cli.option", NULL, "'heng %s' has no option --%s",
              command->name, word);
    if (nearest)
        return error_cure(e, "did you mean --%s? 'heng %s --help' shows all options",
                          nearest, command->name);
    return error_cure(e, "'heng %s --help' shows its options", command->name);
}

// --- parsing

const struct cli_command *cli_find(char *const *words, size_t n, size_t *used)
{
    const struct cli_command *found = NULL;
    *used = 0;
    for (size_t i = 0; i < cli_n_commands; i++) {
        const char *name = cli_commands[i].name, *space = strchr(name, ' ');
        size_t first = space ? (size_t)(space - name) : strlen(name);
        size_t of_name = space ? 2 : 1;
        if (n < 1 || strlen(words[0]) != first || strncmp(words[0], name, first) != 0)
            continue;
        if (space && (n < 2 || strcmp(words[1], space + 1) != 0))
            continue;
        if (of_name > *used) { // "link find" before "link" with a file named find
            *used = of_name;
            found = &cli_commands[i];
        }
    }
    return found;
}

static const struct cli_option *find_option(const struct cli_command *command,
                                            const char *name, size_t length)
{
    const struct cli_option *lists[] = {command->options, cli_common_options};
    for (size_t k = 0; k < 2; k++)
        for (const struct cli_option *o = lists[k]; o->name; o++)
            if (strlen(o->name) == length && strncmp(o->name, name, length) == 0)
                return o;
    return NULL;
}

static enum err read_option(struct cli *c, int argc, char **argv, int *i, struct error *e)
{
    const char *word = argv[*i] + 2, *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct cli_option *o = find_option(c->command, word, length);
    if (!o) {
        const char *name = str_c(&c->arena, (struct str){word, length});
        return name ? unknown_option(c->command, name, e) : error_memory(e);
    }
    const char *value = NULL;
    if (!o->value && equals) {
        error_set(e, ERR_USAGE, "cli.switch", NULL, "--%s takes no value", o->name);
        return error_cure(e, "write --%s alone", o->name);
    }
    if (o->value) {
        if (!equals && *i + 1 >= argc) {
            error_set(e, ERR_USAGE, "cli.value", NULL, "--%s needs a value: %s", o->name,
                      o->help);
            return error_cure(e, "write --%s %s", o->name, o->value);
        }
        value = equals ? equals + 1 : argv[++*i];
    }
    for (size_t k = 0; !o->repeatable && k < c->n_given; k++)
        if (c->given[k].option == o) {
            error_set(e, ERR_USAGE, "cli.twice", NULL, "--%s is given twice", o->name);
            return error_cure(e, "give it once");
        }
    c->given[c->n_given++] = (struct cli_given){.option = o, .value = value};
    c->help |= strcmp(o->name, "help") == 0;
    return ERR_OK;
}

static enum err check_arguments(const struct cli *c, struct error *e)
{
    const struct cli_command *command = c->command;
    size_t n = 0;
    bool many = false;
    for (const struct cli_argument *a = command->arguments; a->name; a++, n++) {
        many |= a->many;
        if (!a->optional && n >= c->n_arguments) {
            error_set(e, ERR_USAGE, "cli.missing", NULL, "'heng %s' needs %s: %s",
                      command->name, a->name, a->help);
            return error_cure(e, "'heng %s --help' shows how it is called",
                              command->name);
        }
    }
    if (!many && c->n_arguments > n) {
        error_set(e, ERR_USAGE, "cli.extra", NULL,
                  "'heng %s' does not know what to do with '%s'", command->name,
                  c->arguments[n]);
        return error_cure(e, "'heng %s --help' shows how it is called", command->name);
    }
    for (const struct cli_option *o = command->options; o->name; o++) {
        bool here = !o->required;
        for (size_t k = 0; k < c->n_given; k++)
            here |= c->given[k].option == o;
        if (!here) {
            error_set(e, ERR_USAGE, "cli.required", NULL, "'heng %s' needs --%s %s: %s",
                      command->name, o->name, o->value, o->help);
            return error_cure(e, "'heng %s --help' shows how it is called",
                              command->name);
        }
    }
    return ERR_OK;
}

static enum err choose_language(struct cli *c, struct error *e)
{
    const char *chosen = cli_option(c, "lang");
    if (chosen) {
        c->zh = strcmp(chosen, "zh") == 0;
        if (c->zh || strcmp(chosen, "en") == 0)
            return ERR_OK;
        error_set(e, ERR_USAGE, "cli.lang", "--lang", "'%s' is no language of Heng",
                  chosen);
        return error_cure(e, "write --lang zh or --lang en");
    }
    const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) {
            c->zh = strncmp(value, "zh", 2) == 0;
            break;
        }
    }
    return ERR_OK;
}

// The language that is asked for, also where the rest of the line cannot be read.
static void look_for_language(struct cli *c, char *const *words, size_t n)
{
    struct error ignored;
    (void)choose_language(c, &ignored);
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], "--lang") == 0 && i + 1 < n)
            c->zh = strcmp(words[i + 1], "zh") == 0;
        else if (strncmp(words[i], "--lang=", 7) == 0)
            c->zh = strcmp(words[i] + 7, "zh") == 0;
}

enum err cli_parse(struct cli *c, int argc, char **argv, struct error *e)
{
    size_t used = 0;
    char *const *words = argv + 1;
    size_t n = argc > 1 ? (size_t)argc - 1 : 0;
    static char *const help[] = {"help"}, *const version[] = {"version"};
    look_for_language(c, words, n);
    if (n == 0 || strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0)
        c->command = cli_find(help, 1, &used);
    else if (strcmp(words[0], "--version") == 0)
        c->command = cli_find(version, 1, &used);
    else
        c->command = cli_find(words, n, &used);
    if (!c->command)
        return unknown_command(words[0], n > 1 ? words[1] : NULL, e);
    c->arguments = ARENA_ARRAY(&c->arena, const char *, n + 1);
    c->given = ARENA_ARRAY(&c->arena, struct cli_given, n + 1);
    if (!c->arguments || !c->given)
        return error_memory(e);
    bool only_arguments = false;
    for (int i = (int)used + 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_arguments && strcmp(word, "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && strcmp(word, "-h") == 0) {
            c->help = true;
        } else if (!only_arguments && strncmp(word, "--", 2) == 0) {
            enum err code = read_option(c, argc, argv, &i, e);
            if (code)
                return code;
        } else if (!only_arguments && word[0] == '-' && word[1]) {
            return unknown_option(c->command, word + 1, e);
        } else {
            c->arguments[c->n_arguments++] = word;
        }
    }
    enum err code = choose_language(c, e);
    if (!code && !c->help)
        code = check_arguments(c, e);
    return code;
}

// --- what was given

const char *cli_argument(const struct cli *c, const char *name)
{
    for (size_t i = 0; c->command->arguments[i].name; i++)
        if (strcmp(c->command->arguments[i].name, name) == 0)
            return i < c->n_arguments ? c->arguments[i] : NULL;
    return NULL;
}

const char *cli_option(const struct cli *c, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < c->n_given; i++)
        if (strcmp(c->given[i].option->name, name) == 0)
            value = c->given[i].value;
    return value;
}

bool cli_switch(const struct cli *c, const char *name)
{
    for (size_t i = 0; i < c->n_given; i++)
        if (strcmp(c->given[i].option->name, name) == 0)
            return true;
    return false;
}

enum err cli_options(struct cli *c, const char *name, const char *const **values,
                     size_t *n, struct error *e)
{
    const char **list = ARENA_ARRAY(&c->arena, const char *, c->n_given + 1);
    if (!list)
        return error_memory(e);
    *n = 0;
    for (size_t i = 0; i < c->n_given; i++)
        if (strcmp(c->given[i].option->name, name) == 0)
            list[(*n)++] = c->given[i].value;
    *values = list;
    return ERR_OK;
}

enum err cli_flush(struct cli *c, struct error *e)
{
    enum err code = buf_check(&c->out, e);
    if (code)
        return code;
    size_t n = c->out.n;
    errno = 0;
    if ((n && fwrite(c->out.p, 1, n, stdout) != n) || fflush(stdout) != 0)
        return error_errno(e, errno ? errno : EIO, NULL, "write to standard output");
    buf_clear(&c->out);
    return ERR_OK;
}

const char *cli_say(const struct cli *c, const char *en, const char *zh)
{
    return c->zh ? zh : en;
}
