// SPDX-License-Identifier: AGPL-3.0-or-later
#include "base/utf8.h"

#include <unicode/uchar.h>

int32_t utf8_next(struct str s, size_t *at)
{
    size_t i = *at;
    unsigned char lead = (unsigned char)s.p[i++];
    *at = i;
    if (lead < 0x80)
        return lead;
    // The second byte's range shuts out overlong forms, surrogates and what is past
    // U+10FFFF.
    unsigned char low = 0x80, high = 0xBF;
    int more;
    int32_t c;
    if (lead >= 0xC2 && lead <= 0xDF) {
        more = 1;
        c = lead & 0x1F;
    } else if ((lead & 0xF0) == 0xE0) {
        more = 2;
        c = lead & 0x0F;
        low = lead == 0xE0 ? 0xA0 : low;
        high = lead == 0xED ? 0x9F : high;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        more = 3;
        c = lead & 0x07;
        low = lead == 0xF0 ? 0x90 : low;
        high = lead == 0xF4 ? 0x8F : high;
    } else {
        return -1;
    }
    for (; more > 0; more--) {
        unsigned char next = i < s.n ? (unsigned char)s.p[i] : 0;
        if (next < low || next > high) {
            *at = i;
            return -1;
        }
        c = c << 6 | (next & 0x3F);
        low = 0x80;
        high = 0xBF;
        i++;
    }
    *at = i;
    return c;
}

int utf8_columns(int32_t code_point)
{
    switch (u_charType(code_point)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
    case U_CONTROL_CHAR:
        return 0;
    default:
        break;
    }
    int width = u_getIntPropertyValue(code_point, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}
