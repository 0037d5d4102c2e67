// SPDX-License-Identifier: AGPL-3.0-or-later
// Between the two files of the command scan: its options.
#ifndef CLI_RUN_SCAN_H
#define CLI_RUN_SCAN_H

#include "cli/command.h"
#include "study/satscan.h"
#include "study/scan_csv.h"

// Options for a plain table. ERR_USAGE names the option.
enum err scan_options_read(struct cli *c, struct scan_columns *columns,
                           struct scan_options *o, struct error *e) WARN_UNUSED;
// With a .prm, those options that would be passed over are an error.
enum err scan_options_for_prm(const struct cli *c, struct error *e) WARN_UNUSED;
// A whole number of an option from least to most; *out stays where it is not given.
enum err scan_option_count(const struct cli *c, const char *option, double least,
                           double most, uint64_t *out, struct error *e) WARN_UNUSED;

#endif
