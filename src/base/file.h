// SPDX-License-Identifier: AGPL-3.0-or-later
// Before a file is written beside its place and renamed into it: may it be?
// Pure but for looking at the file system; safe on any thread.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>

#include "base/error.h"

// direct: the path is a device, a pipe or the like (/dev/stdout, /dev/null), which a
// rename would destroy: write to it as it is. ERR_CONFLICT when the path is a database (a
// county's file named by mistake), ERR_INPUT when it is a folder.
enum err file_target(const char *path, bool *direct, struct error *e) WARN_UNUSED;
// Both are there and are one file, by whatever names.
bool file_is_same(const char *a, const char *b);
// Whether it begins as an SQLite file does.
bool file_is_database(const char *path);

#endif
