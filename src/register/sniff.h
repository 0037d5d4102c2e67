// SPDX-License-Identifier: AGPL-3.0-or-later
// What a file is, by its content. Pure functions of the bytes, O(bytes); what a browser
// would run, or a desktop, is named as what it is, so that it can be refused.
// Sources: the signatures of WHATWG MIME Sniffing (2024), APPNOTE.TXT 6.3 for ZIP,
// ECMA-376 part 2 for what is in one.
#ifndef REGISTER_SNIFF_H
#define REGISTER_SNIFF_H

#include "base/str.h"

enum sniff_kind {
    SNIFF_JPEG,
    SNIFF_PNG,
    SNIFF_PDF,
    SNIFF_XLSX,
    SNIFF_DOCX,
    SNIFF_ZIP,
    SNIFF_CSV,
    SNIFF_TEXT,
    SNIFF_BYTES,  // nothing that is known, and nothing that acts
    SNIFF_ACTIVE, // refused: what it is stands in *what
    SNIFF_DAMAGED // refused: it begins as one of the above and is not whole
};

// name: for what the content cannot say (CSV or text; a script in plain text). *what:
// "a web page (HTML)", "a program for Windows"; NULL for what is taken.
enum sniff_kind sniff(struct str bytes, struct str name, const char **what);
// "image/jpeg"; "application/octet-stream" for those that are only saved.
const char *sniff_type(enum sniff_kind kind);

#endif
