// SPDX-License-Identifier: AGPL-3.0-or-later
#include "serve/qr.h"

#include <errno.h>
#include <qrencode.h>

enum err qr_svg(struct arena *a, struct str given, struct str *out, struct error *e)
{
    const char *text = str_c(a, given);
    QRcode *code = text ? QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) : NULL;
    if (!code)
        return errno == ERANGE ? error_set(e, ERR_LIMIT, "qr.long", NULL,
                                           "the text is too long for a QR code")
                               : error_memory(e);
    struct buf svg = BUF_INIT(1 << 20);
    int size = code->width + 8;
    buf_printf(&svg,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
               " shape-rendering=\"crispEdges\"><rect width=\"%d\" height=\"%d\""
               " fill=\"#fff\"/><path fill=\"#000\" d=\"",
               size, size, size, size);
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++) {
            int from = x;
            while (x < code->width && (code->data[y * code->width + x] & 1))
                x++;
            if (x > from)
                buf_printf(&svg, "M%d %dh%dv1h-%dz", from + 4, y + 4, x - from, x - from);
        }
    QRcode_free(code);
    buf_add_c(&svg, "\"/></svg>");
    enum err result = buf_check(&svg, e);
    if (!result) {
        *out = str_copy(a, buf_str(&svg));
        result = out->p ? ERR_OK : error_memory(e);
    }
    buf_free(&svg);
    return result;
}
