// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of strip.h: any bytes are refused with a text, or become a file that is
// taken again. corpus.h says how it is run; its corpus is corpus/strip (workbooks and a
// page that other programs wrote).
#include "base/strip.h"
#include "corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena a;
    struct strip_result out, again;
    struct error e = {0};
    arena_init(&a, 0);
    enum err code = strip_file((struct str){(const char *)bytes, n}, &a, &out, &e);
    if (code) {
        must(e.code == code && e.key && e.text[0] && e.cure[0], "a refusal says why");
        must(code == ERR_INPUT || code == ERR_LIMIT, "a refusal is the file's");
    } else if (strip_file(out.bytes, &a, &again, &e)) {
        must(false, e.text);
    } else {
        must(out.kind == again.kind, "it is what it was");
    }
    arena_free(&a);
    return 0;
}

const struct corpus corpus = {.changes = {"\0<>/(\xFF[0", 8}, .positions = 50};
