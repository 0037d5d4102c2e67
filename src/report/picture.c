// SPDX-License-Identifier: AGPL-3.0-or-later
// Markers of JPEG: ITU-T T.81, annex B; EXIF 2.3, 4.6.2 (a TIFF in APP1); PNG 11.2.2.
#include "report/picture.h"

#include <string.h>

static unsigned big(const unsigned char *p, int n)
{
    unsigned v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static unsigned number(const unsigned char *p, int n, bool little)
{
    unsigned v = 0;
    for (int i = 0; i < n; i++)
        v |= (unsigned)p[little ? i : n - 1 - i] << (8 * i);
    return v;
}

// The orientation in an APP1 segment; 1 where it says none.
static int exif_turn(const unsigned char *p, size_t n)
{
    enum { ORIENTATION = 0x0112, SHORT = 3, HEAD = 6, ENTRY = 12 };
    if (n < HEAD + 8 || memcmp(p, "Exif\0", HEAD) != 0)
        return 1;
    p += HEAD;
    n -= HEAD;
    const bool little = p[0] == 'I';
    const size_t at = number(p + 4, 4, little);
    if (at > n - 2 || n < 2)
        return 1;
    const size_t entries = number(p + at, 2, little);
    for (size_t i = 0; i < entries && at + 2 + (i + 1) * ENTRY <= n; i++) {
        const unsigned char *x = p + at + 2 + i * ENTRY;
        if (number(x, 2, little) != ORIENTATION || number(x + 2, 2, little) != SHORT)
            continue;
        const unsigned turn = number(x + 8, 2, little);
        return turn >= 1 && turn <= 8 ? (int)turn : 1;
    }
    return 1;
}

static bool is_frame(unsigned marker) // SOF0 to SOF15, without DHT, JPG and DAC
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 &&
           marker != 0xCC;
}

static bool look_jpeg(const unsigned char *p, size_t n, struct picture *out)
{
    *out = (struct picture){.kind = PICTURE_JPEG, .turn = 1};
    for (size_t at = 2; at + 4 <= n;) {
        if (p[at] != 0xFF)
            return false;
        const unsigned marker = p[at + 1];
        if (marker == 0xFF) { // fill
            at++;
            continue;
        }
        const size_t size = big(p + at + 2, 2);
        if (size < 2 || at + 2 + size > n)
            return false;
        const unsigned char *x = p + at + 4;
        if (marker == 0xE1 && out->turn == 1)
            out->turn = exif_turn(x, size - 2);
        if (is_frame(marker)) {
            if (size < 7)
                return false;
            out->height = big(x + 1, 2);
            out->width = big(x + 3, 2);
            return out->width && out->height;
        }
        if (marker == 0xDA || marker == 0xD9)
            return false;
        at += 2 + size;
    }
    return false;
}

bool picture_look(struct str bytes, struct picture *out)
{
    const unsigned char *p = (const unsigned char *)bytes.p;
    *out = (struct picture){.kind = PICTURE_NONE, .turn = 1};
    if (bytes.n > 3 && p[0] == 0xFF && p[1] == 0xD8 && p[2] == 0xFF)
        return look_jpeg(p, bytes.n, out);
    if (bytes.n < 33 || memcmp(p, "\x89PNG\r\n\x1A\n", 8) != 0 ||
        memcmp(p + 12, "IHDR", 4) != 0)
        return false;
    *out = (struct picture){.kind = PICTURE_PNG,
                            .width = big(p + 16, 4),
                            .height = big(p + 20, 4),
                            .turn = 1};
    return out->width && out->height && out->width <= INT32_MAX &&
           out->height <= INT32_MAX;
}
