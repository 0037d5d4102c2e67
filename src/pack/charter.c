// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/load.h"
void charter_check(struct loader *l)
{
    (void)l;
}
