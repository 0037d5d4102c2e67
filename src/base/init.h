// SPDX-License-Identifier: AGPL-3.0-or-later
// What must be made ready once, before threads start: libsodium picks its code for this
// machine's processor. May be called again; later calls do nothing.
#ifndef BASE_INIT_H
#define BASE_INIT_H

#include "base/error.h"

enum err base_init(struct error *e) WARN_UNUSED; // ERR_INTERNAL

#endif
