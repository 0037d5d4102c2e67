// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *problem_alloc(struct problems *p, size_t count, size_t size)
{
    void *block = arena_alloc(p->arena, count, size);
    if (!block)
        p->no_memory = true;
    return block;
}

// The next free entry. When there is none, what is written goes nowhere: it is counted as
// left out, or the compile ends with ERR_MEMORY.
static struct problem *next_entry(struct problems *p)
{
    if (p->n == PROBLEMS_MAX) {
        p->left_out++;
        return &p->scratch;
    }
    if (p->n == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 4 : 4;
        struct problem *list = problem_alloc(p, capacity, sizeof *list);
        if (!list)
            return &p->scratch;
        if (p->n)
            memcpy(list, p->list, p->n * sizeof *list);
        p->list = list;
        p->capacity = capacity;
    }
    return &p->list[p->n++];
}

static void place_text(struct place at, char *out, size_t size)
{
    if (at.line > 0)
        snprintf(out, size, STR_FMT ":%d:%d", STR_ARG(at.file), at.line, at.column);
    else
        snprintf(out, size, STR_FMT, STR_ARG(at.file));
}

struct error *problem_add(struct problems *p, struct place at, const char *key,
                          const char *format, ...)
{
    struct problem *entry = next_entry(p);
    char where[256];
    place_text(at, where, sizeof where);
    va_list arguments;
    va_start(arguments, format);
    (void)error_set_list(&entry->error, ERR_INPUT, key, where, format, arguments);
    va_end(arguments);
    entry->place = at;
    return &entry->error;
}

void problem_take(struct problems *p, struct place at, const struct error *e)
{
    if (e->code == ERR_MEMORY) {
        p->no_memory = true;
        return;
    }
    struct problem *entry = next_entry(p);
    entry->error = *e;
    entry->place = at;
    if (!entry->error.where[0])
        place_text(at, entry->error.where, sizeof entry->error.where);
}

static size_t file_rank(struct str file, const struct str *files, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_equal(files[i], file))
            return i;
    return n;
}

static int compare_places(struct place a, struct place b, const struct str *files,
                          size_t n)
{
    size_t i = file_rank(a.file, files, n), j = file_rank(b.file, files, n);
    if (i != j)
        return i < j ? -1 : 1;
    if (a.line != b.line)
        return a.line < b.line ? -1 : 1;
    return (a.column > b.column) - (a.column < b.column);
}

void problem_sort(struct problems *p, const struct str *files, size_t n_files)
{
    // insertion sort: at most PROBLEMS_MAX entries, mostly in order already, and stable
    for (size_t i = 1; i < p->n; i++) {
        struct problem moving = p->list[i];
        size_t j = i;
        for (; j > 0 &&
               compare_places(p->list[j - 1].place, moving.place, files, n_files) > 0;
             j--)
            p->list[j] = p->list[j - 1];
        p->list[j] = moving;
    }
    size_t kept = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct error *e = &p->list[i].error;
        bool again = false;
        for (size_t j = 0; j < kept && !again; j++)
            again = strcmp(p->list[j].error.where, e->where) == 0 &&
                    strcmp(p->list[j].error.text, e->text) == 0;
        if (!again)
            p->list[kept++] = p->list[i];
    }
    p->n = kept;
    if (p->left_out && p->n) {
        struct error *last = &p->list[p->n - 1].error;
        size_t used = strlen(last->cure);
        snprintf(last->cure + used, sizeof last->cure - used,
                 "%s(%zu more problems are not shown.)", used ? " " : "", p->left_out);
    }
}

enum { NAME_LIMIT = 40 };

// Optimal string alignment: insertions, deletions, changes, and swaps of two neighbours.
static size_t distance(struct str a, struct str b)
{
    size_t d[NAME_LIMIT + 1][NAME_LIMIT + 1];
    for (size_t i = 0; i <= a.n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= b.n; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[a.n][b.n];
}

struct str nearest_name(struct str found, const struct str *names, size_t n)
{
    struct str best = STR("");
    size_t best_distance = found.n / 3 + 1;
    if (found.n == 0 || found.n > NAME_LIMIT)
        return best;
    for (size_t i = 0; i < n; i++) {
        if (names[i].n == 0 || names[i].n > NAME_LIMIT)
            continue;
        size_t k = distance(found, names[i]);
        if (k < best_distance || (k == best_distance && best.n == 0 && k < names[i].n)) {
            best = names[i];
            best_distance = k;
        }
    }
    return best;
}
