// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"

enum { REDRAW_MS = 100, BAR_CELLS = 20 };

// Not the wall clock: that may be set while the job runs.
static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void write_all(const char *text, size_t n)
{
    ssize_t written = write(STDERR_FILENO, text, n);
    (void)written; // a line that is lost is drawn again
}

void progress_begin(struct progress *p, struct str label, uint64_t total)
{
    const char *terminal = getenv("TERM");
    *p = (struct progress){.label = label, .total = total, .began_ms = monotonic_ms()};
    p->drawn_ms = p->began_ms - REDRAW_MS;
    p->shown = isatty(STDERR_FILENO) && !(terminal && strcmp(terminal, "dumb") == 0);
}

// 1234567 as 1,234,567
static void grouped(uint64_t value, char out[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t k = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = '\0';
}

static void time_left(uint64_t done, uint64_t total, int64_t elapsed_ms, char out[32])
{
    out[0] = '\0';
    if (done == 0 || done >= total || elapsed_ms < 1000)
        return;
    double seconds =
        (double)elapsed_ms / 1000 * ((double)(total - done) / (double)done) + 0.5;
    if (seconds >= 360000) // a guess of more than 100 hours helps nobody
        return;
    unsigned s = (unsigned)seconds;
    if (s >= 3600)
        snprintf(out, 32, "  %u:%02u:%02u left", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(out, 32, "  %u:%02u left", s / 60, s % 60);
}

// Copies as many whole characters as fit; returns the columns that are left.
static unsigned add_cut(struct str text, unsigned columns, char *out, size_t *n)
{
    size_t i = 0;
    while (i < text.n) {
        size_t at = i;
        int32_t c = utf8_next(text, &i);
        bool control = c < 0x20 || c == 0x7F; // broken UTF-8 too
        unsigned width = control ? 1 : (unsigned)utf8_columns(c);
        size_t bytes = control ? 1 : i - at;
        if (width > columns || *n + bytes >= PROGRESS_LINE_SIZE)
            return 0;
        if (control)
            out[*n] = '?';
        else
            memcpy(out + *n, text.p + at, bytes);
        *n += bytes;
        columns -= width;
    }
    return columns;
}

void progress_line(const struct progress *p, uint64_t done, int64_t elapsed_ms,
                   unsigned columns, char out[PROGRESS_LINE_SIZE])
{
    char rest[160], count[32], total[32], left[32];
    grouped(done, count);
    if (p->total == 0) {
        snprintf(rest, sizeof rest, "  %s", count);
    } else {
        uint64_t reached = done < p->total ? done : p->total;
        double share = (double)reached / (double)p->total;
        char bar[BAR_CELLS + 1];
        memset(bar, '-', BAR_CELLS);
        memset(bar, '#', (size_t)(share * BAR_CELLS));
        bar[BAR_CELLS] = '\0';
        grouped(p->total, total);
        time_left(reached, p->total, elapsed_ms, left);
        snprintf(rest, sizeof rest, "  [%s] %3u%%  %s of %s%s", bar,
                 (unsigned)(share * 100), count, total, left);
    }
    size_t n = 0;
    columns = add_cut(p->label, columns, out, &n);
    (void)add_cut(str_of(rest), columns, out, &n);
    out[n] = '\0';
}

static unsigned terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
        return size.ws_col - 1u; // a full last column would wrap
    return 79;
}

void progress_at(struct progress *p, uint64_t done)
{
    if (!p->shown)
        return;
    int64_t now = monotonic_ms();
    if (now - p->drawn_ms < REDRAW_MS)
        return;
    p->drawn_ms = now;
    char line[PROGRESS_LINE_SIZE], drawn[PROGRESS_LINE_SIZE + 8];
    progress_line(p, done, now - p->began_ms, terminal_columns(), line);
    int n = snprintf(drawn, sizeof drawn, "\r%s\033[K", line);
    write_all(drawn, (size_t)n);
}

void progress_end(struct progress *p)
{
    if (p->shown)
        write_all("\r\033[K", 4);
    p->shown = false;
}
