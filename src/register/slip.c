// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/slip.h"

#include "base/utf8.h"

struct slip_name slip_name(struct str name)
{
    struct slip_name out = {.n = 0};
    name = str_trim(name);
    for (size_t at = 0; at < name.n;) {
        int32_t c = utf8_next(name, &at);
        if (c < 0 || out.n == SLIP_CHARACTERS) {
            out.n = 0;
            out.mask = 0;
            return out;
        }
        if (c == ' ' || c == 0x3000)
            continue;
        c += c >= 'A' && c <= 'Z' ? 32 : 0;
        out.characters[out.n++] = c;
        out.mask |= UINT64_C(1) << ((uint32_t)c * UINT32_C(2654435761) >> 26);
    }
    return out;
}

uint64_t slip_mask(struct str name)
{
    return slip_name(name).mask;
}

int slip_edits(const struct slip_name *a, const struct slip_name *b)
{
    int longer = a->n > b->n ? a->n : b->n, shorter = a->n > b->n ? b->n : a->n;
    if (!shorter || longer - shorter > SLIP_EDITS)
        return -1;
    int before[SLIP_CHARACTERS + 1], here[SLIP_CHARACTERS + 1];
    for (int k = 0; k <= b->n; k++)
        before[k] = k;
    for (int i = 1; i <= a->n; i++) {
        here[0] = i;
        for (int k = 1; k <= b->n; k++) {
            int edits = before[k - 1] + (a->characters[i - 1] != b->characters[k - 1]);
            edits = before[k] + 1 < edits ? before[k] + 1 : edits;
            here[k] = here[k - 1] + 1 < edits ? here[k - 1] + 1 : edits;
        }
        for (int k = 0; k <= b->n; k++)
            before[k] = here[k];
    }
    int edits = before[b->n];
    return edits <= SLIP_EDITS && edits * 2 < longer ? edits : -1;
}
