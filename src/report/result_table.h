// SPDX-License-Identifier: AGPL-3.0-or-later
// The table of an engine's figures in a document.
#ifndef REPORT_RESULT_TABLE_H
#define REPORT_RESULT_TABLE_H

#include "base/result.h"
#include "report/doc.h"

// Adds the columns that have a label; at most `most` rows (0: all), saying how many more
// there are in the note. False when memory is out.
bool result_table_doc(struct doc *d, const struct result *r, size_t most,
                      struct str note);

#endif
