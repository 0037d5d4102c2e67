// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether the figures of an edition of calendar years (World Population Prospects 2022
// and later) agree with each other, which can be seen without a population by age:
//   change      the change of a year is births - deaths + net migrants
//   total       the total at the end of a year is the one before and the change
//   migrants    net migrants of five years by sex and age add up to those of the years,
//               from the middle of a year to the middle of another
// Everything lives in the caller's arena; one thread.
#ifndef STUDY_PROJECT_ACCOUNTS_H
#define STUDY_PROJECT_ACCOUNTS_H

#include "base/result.h"
#include "study/project_files.h"

// *found: the folder is of calendar years (else *out is not set). A row an area, account
// and year: published, added up, difference. Errors as project_files_wpp.
enum err project_accounts(const char *folder, const struct project_choice *choice,
                          bool zh, struct arena *a, struct result *out, bool *found,
                          struct error *e) WARN_UNUSED;

#endif
