// SPDX-License-Identifier: AGPL-3.0-or-later
// The one form of an error on standard error:
//   heng: births.csv:17 weight: '35000' is not between 300 and 7000
//     cure: ...
// in colour on a terminal (not when NO_COLOR is set).
#ifndef CLI_PRINT_ERROR_H
#define CLI_PRINT_ERROR_H

#include "base/error.h"

void print_error(const struct error *e);
// The same in Chinese, or what such an error means in general; nothing where neither is
// known.
void print_error_in_chinese(const struct error *e);

#endif
