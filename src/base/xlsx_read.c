// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/xlsx_read.h"

enum err xlsx_open(struct xlsx **out, int fd, const char *name,
                   const struct table_options *options, struct error *e)
{
    (void)fd;
    (void)options;
    *out = NULL;
    return error_set(e, ERR_INPUT, "xlsx.damaged", name, "no workbook can be read yet");
}

enum err xlsx_read(struct xlsx *xlsx, struct table_row *row, struct error *e)
{
    (void)xlsx;
    (void)row;
    return error_set(e, ERR_INTERNAL, "xlsx.damaged", NULL, "no workbook is open");
}

double xlsx_progress(const struct xlsx *xlsx)
{
    (void)xlsx;
    return 1;
}

void xlsx_close(struct xlsx *xlsx)
{
    (void)xlsx;
}
