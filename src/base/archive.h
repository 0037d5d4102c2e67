// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes a ZIP of files that are in memory, to a file or into memory, over minizip. Names
// are UTF-8 and are made harmless by the caller. The same calls with the same `made` give
// the same bytes.
//
// Errors are kept: a call after a failed one does nothing, and close tells the first.
// ERR_FULL, ERR_IO: it cannot be written; ERR_LIMIT, ERR_MEMORY: the buffer is full. One
// archive, one thread.
#ifndef BASE_ARCHIVE_H
#define BASE_ARCHIVE_H

#include "base/str.h"

struct archive;

// made: day since 1970, the date of every file in it.
enum err archive_open(struct archive **out, const char *path, int32_t made,
                      struct error *e) WARN_UNUSED;
// The same into a buffer, which stays the caller's; made as a file from 1980 on.
enum err archive_open_buffer(struct archive **out, struct buf *to, int32_t made,
                             struct error *e) WARN_UNUSED;
// packed: false for what is small already (a JPEG).
void archive_add(struct archive *a, const char *name, struct str bytes, bool packed);
// Frees the archive, whatever happens; a file that is not whole is removed. NULL is ok.
enum err archive_close(struct archive *a, struct error *e) WARN_UNUSED;

#endif
