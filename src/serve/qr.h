// SPDX-License-Identifier: AGPL-3.0-or-later
// A QR code as a picture (SVG): modules as one path, with the quiet zone of four around
// it. Any thread.
#ifndef SERVE_QR_H
#define SERVE_QR_H

#include "base/str.h"

// ERR_MEMORY; ERR_LIMIT: the text is longer than a QR code can be.
enum err qr_svg(struct arena *a, struct str text, struct str *out,
                struct error *e) WARN_UNUSED;

#endif
