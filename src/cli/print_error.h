// SPDX-License-Identifier: AGPL-3.0-or-later
// The one form of an error on standard error:
//   heng: births.csv:17 weight: '35000' is not between 300 and 7000
//     cure: ...
// in colour on a terminal (not when NO_COLOR is set).
#ifndef CLI_PRINT_ERROR_H
#define CLI_PRINT_ERROR_H

#include "base/error.h"

void print_error(const struct error *e);
// What the error means and what to do about it in general, in Chinese; nothing where the
// error is not one of those described.
void print_error_in_chinese(const struct error *e);

#endif
