// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/init.h"

#include <jansson.h>
#include <sodium.h>

#include "base/memory.h"

// A JSON text may be a letter or a password: jansson's memory is overwritten when it
// goes.
enum err base_init(struct error *e)
{
    json_set_alloc_funcs(mem_alloc_for_library, mem_free_wiped);
    if (sodium_init() >= 0) // 1: it was ready
        return ERR_OK;
    return error_set(
        e, ERR_INTERNAL, "base.sodium", NULL,
        "the cryptographic library could not start (no source of randomness?)");
}
