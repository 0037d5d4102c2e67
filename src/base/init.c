// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/init.h"

#include <sodium.h>

enum err base_init(struct error *e)
{
    if (sodium_init() >= 0) // 1: it was ready
        return ERR_OK;
    return error_set(
        e, ERR_INTERNAL, "base.sodium", NULL,
        "the cryptographic library could not start (no source of randomness?)");
}
