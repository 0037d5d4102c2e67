// SPDX-License-Identifier: AGPL-3.0-or-later
// Bytes as a file that has a path, for readers that open one.
#ifndef TESTS_FUZZ_MEMORY_FILE_H
#define TESTS_FUZZ_MEMORY_FILE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "corpus.h"

struct memory_file {
    int fd;
    char path[32];
};

static inline void memory_file_open(struct memory_file *f, struct str bytes)
{
    f->fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(f->fd >= 0 && write(f->fd, bytes.p, bytes.n) == (ssize_t)bytes.n, "memory file");
    snprintf(f->path, sizeof f->path, "/proc/self/fd/%d", f->fd);
}

static inline void memory_file_close(const struct memory_file *f)
{
    close(f->fd);
}

#endif
