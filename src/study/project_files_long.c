// SPDX-License-Identifier: AGPL-3.0-or-later
#include "study/project_files_private.h"

enum err project_files_long(struct project_files *out, const char *const *paths, size_t n,
                            const struct project_choice *choice, struct arena *a,
                            struct error *e)
{
    (void)out, (void)paths, (void)n, (void)choice, (void)a;
    return error_set(e, ERR_INPUT, "project.long", paths[0], "not yet");
}
