// SPDX-License-Identifier: AGPL-3.0-or-later
// Which column of a file is what, for `heng quality`: told by an option, or guessed by
// its name and what it holds; and the columns read as what they are.
#ifndef CLI_QUALITY_COLUMNS_H
#define CLI_QUALITY_COLUMNS_H

#include "base/frame.h"
#include "cli/command.h"
#include "report/quality_doc.h"

// Fills *q from the file's columns; everything lives in the arena of c. ERR_INPUT names
// the cell that is not what its column must be; ERR_NOT_FOUND a column; ERR_USAGE where
// nothing can be looked at.
enum err quality_columns(struct cli *c, const struct frame *f, struct quality *q,
                         struct error *e) WARN_UNUSED;

#endif
