// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/assets.h"

const struct asset *asset_find(struct str path)
{
    size_t low = 0, high = asset_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(path, asset_list[middle].path);
        if (order == 0)
            return &asset_list[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
