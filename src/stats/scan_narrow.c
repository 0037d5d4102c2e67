// SPDX-License-Identifier: AGPL-3.0-or-later
#include "stats/scan_private.h"
struct scan_narrow {
    int x;
};
enum err scan_narrow_make(struct scan_narrow **out, const struct scan_windows *w,
                          const struct scan_draws *d, struct arena *a, struct error *e)
{
    (void)w;
    (void)d;
    (void)a;
    (void)e;
    *out = NULL;
    return ERR_OK;
}
void scan_narrow_thresholds(struct scan_narrow *n, const struct scan_sweep *s)
{
    (void)n;
    (void)s;
}
size_t scan_narrow_scratch(const struct scan_narrow *n)
{
    (void)n;
    return 0;
}
void scan_narrow_scratch_make(const struct scan_narrow *n, void *scratch)
{
    (void)n;
    (void)scratch;
}
void scan_narrow_run(const struct scan_sweep *s, uint32_t first, void *scratch,
                     double *best)
{
    (void)s;
    (void)first;
    (void)scratch;
    (void)best;
}
