// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[LOG_LEVELS] = {"debug", "info", "warn", "error"};

bool log_enabled(enum log_level level)
{
    const char *set = getenv("HENG_LOG");
    enum log_level least = LOG_WARN;
    for (int i = 0; set && i < LOG_LEVELS; i++)
        if (strcmp(set, level_names[i]) == 0)
            least = (enum log_level)i;
    return level >= least;
}

static size_t write_time(char *out, size_t size)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &utc);
    return n + (size_t)snprintf(out + n, size - n, ".%03dZ ",
                                (int)(now.tv_nsec / 1000000) % 1000);
}

void log_line(enum log_level level, const char *format, ...)
{
    if (!log_enabled(level))
        return;
    int kept_errno = errno;
    char line[LOG_LINE_SIZE + 2];
    size_t n = 0;
    if (isatty(STDERR_FILENO)) // a progress line may stand there
        n = (size_t)snprintf(line, sizeof line, "\r\033[K");
    n += write_time(line + n, LOG_LINE_SIZE - n);
    n += (size_t)snprintf(line + n, LOG_LINE_SIZE - n, "%-5s ",
                          level < LOG_LEVELS ? level_names[level] : "?");
    size_t text = n;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line + n, LOG_LINE_SIZE - n, format, arguments);
    va_end(arguments);
    if (length > 0)
        n += strlen(line + n);
    if (length > 0 && (size_t)length > n - text) { // cut: leave no half of a character
        while (n > text && ((unsigned char)line[n - 1] & 0xC0) == 0x80)
            n--;
        if (n > text && ((unsigned char)line[n - 1] & 0xC0) == 0xC0)
            n--;
    }
    for (size_t i = text; i < n; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
            line[i] = '?';
    line[n++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, n);
    (void)written; // there is nobody left to tell
    errno = kept_errno;
}

void log_error(enum log_level level, const struct error *e)
{
    log_line(level, "%s%s%s%s%s", e->where, e->where[0] ? ": " : "", e->text,
             e->cure[0] ? "; " : "", e->cure);
}
