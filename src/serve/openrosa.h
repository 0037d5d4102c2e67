// SPDX-License-Identifier: AGPL-3.0-or-later
// What the handlers of OpenRosa share.
#ifndef SERVE_OPENROSA_H
#define SERVE_OPENROSA_H

#include "register/xform.h"
#include "serve/request.h"

// "https://heng.example" as the phone reached it.
struct str openrosa_base(struct request *q);
struct xform openrosa_form(const struct request *q, const struct reg *r);
// The register of {file} ("births.xml") or {form} ("births"); ERR_NOT_FOUND where it is
// no form of the caller's.
enum err openrosa_register(const struct request *q, const char *name,
                           const struct reg **out, struct error *e) WARN_UNUSED;

#endif
