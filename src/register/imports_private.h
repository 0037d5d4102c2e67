// SPDX-License-Identifier: AGPL-3.0-or-later
// What imports.c (the list), imports_folder.c (uploads on disk) and imports_undo.c share.
#ifndef REGISTER_IMPORTS_PRIVATE_H
#define REGISTER_IMPORTS_PRIVATE_H

#include "register/imports.h"

// ERR_NOT_FOUND; whoever asks.
enum err imports_read(struct conn *conn, const struct county *c, int64_t id,
                      struct arena *a, struct imports_entry *out,
                      struct error *e) WARN_UNUSED;
// ERR_NOT_FOUND where the caller may not see it.
enum err imports_may_see(const struct access *who, const struct imports_entry *entry,
                         struct error *e) WARN_UNUSED;

#endif
