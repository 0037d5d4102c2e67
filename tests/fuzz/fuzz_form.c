// SPDX-License-Identifier: AGPL-3.0-or-later
// Fuzz target of xlsform.h: any bytes are no form, a form that is refused with a reason,
// or a checklist that compiles. corpus.h says how it is run; its corpus is corpus/form.
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/encoding.h"
#include "corpus.h"
#include "pack/xlsform.h"

static bool valid(struct str s)
{
    return encoding_valid_utf8(s) == s.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n, "memory file");
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct arena a;
    struct xlsform form;
    struct error e = {0};
    arena_init(&a, 0);
    enum err code = xlsform_read(&a, path, &form, &e);
    must(!code || code == ERR_INPUT || code == ERR_LIMIT,
         "content alone, no other error");
    must(!code || (e.key && e.text[0]), "a refusal says why");
    bool reason = form.left_out > 0;
    for (size_t i = 0; !code && i < form.n_notes; i++) {
        reason |= form.notes[i].refused;
        must(form.notes[i].text.n && valid(form.notes[i].text) &&
                 valid(form.notes[i].found),
             "a note is words");
    }
    must(code || form.refused == (form.yaml.n == 0), "a form that is taken is there");
    must(code || !form.refused || reason, "one that is not has its reasons");
    must(code || form.refused || (valid(form.yaml) && form.n_items),
         "and asks something");
    arena_free(&a);
    close(fd);
    return 0;
}

const struct corpus corpus = {.changes = {"<>'/${\xFF[\"", 9}, .positions = 60};
