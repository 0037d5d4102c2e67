// SPDX-License-Identifier: AGPL-3.0-or-later
// Registers that indicators count over are read into the cube soon after the start, in
// the order of the pack, so that the first to ask need not wait for them.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "pack/pack.h"
#include "serve/server_private.h"

// A register's columns take less than an eighth of its rows. What is read without having
// been asked for is bounded: beside 10,000 connections there are 400 MB for everything.
enum { FILE_TO_CUBE = 8, MOST_UNASKED = 128 << 20 };

static void mark(const struct pack *p, const struct expr *x, bool *used)
{
    for (size_t i = 0; x && i < expr_aggregates(x); i++)
        used[expr_aggregate(x, i)->reg - p->registers] = true;
}

// Bytes that the system can give without taking them from anyone; 0: it does not say.
static int64_t available(void)
{
    char line[100];
    int64_t kilobytes = 0;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        struct str rest = str_of(line), head;
        if (!str_starts(rest, STR("MemAvailable:")))
            continue;
        rest = str_trim((struct str){rest.p + 13, rest.n - 13});
        if (!str_split(rest, ' ', &head, &rest) || !str_to_int(head, &kilobytes))
            kilobytes = 0;
        break;
    }
    if (f)
        fclose(f);
    return kilobytes * 1024;
}

// Not where it would crowd out others: twice what the cube could take must be free.
static bool has_room(const struct server *s)
{
    struct stat about;
    if (stat(store_path(s->county->store), &about))
        return false;
    int64_t most = about.st_size / FILE_TO_CUBE;
    return most <= MOST_UNASKED && most * 2 < available();
}

static void warm(void *server)
{
    struct server *s = server;
    struct error e = {0};
    gate_enter(&s->gate, true);
    const struct pack *p = s->county->pack;
    bool *used = mem_alloc(p->n_registers + 1, sizeof *used);
    for (size_t i = 0; used && i < p->n_indicators; i++) {
        mark(p, p->indicators[i].numerator, used);
        mark(p, p->indicators[i].denominator, used);
    }
    enum err code = ERR_OK;
    for (size_t i = 0; used && s->cube && !code && i < p->n_registers; i++) {
        struct cube_view view;
        if (!used[i] || atomic_load(&s->stopping))
            continue;
        code = cube_view_begin(s->cube, &p->registers[i], &view, &e);
        if (!code)
            cube_view_end(s->cube, &p->registers[i]);
    }
    gate_leave(&s->gate, true);
    mem_free(used);
    if (code) // whoever asks first is told
        log_error(LOG_WARN, &e);
}

void warm_begin(struct server *s)
{
    if (has_room(s) && !lane_submit(&s->lanes[LANE_SLOW], warm, s))
        log_line(LOG_INFO, "too busy to read registers ahead");
}
