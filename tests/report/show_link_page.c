// SPDX-License-Identifier: AGPL-3.0-or-later
// The page about an invented linkage, to be looked at: show_link_page DIRECTORY.
#include <stdio.h>

#include "link_account.h"
#include "report/doc_text.h"
#include "report/link_page.h"

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: show_link_page DIRECTORY\n");
        return 64;
    }
    int status = 0;
    for (int zh = 0; zh < 2; zh++) {
        struct link_account *l = link_account_open(zh);
        struct buf out = BUF_INIT(1 << 26);
        struct error e = {0};
        char path[4096];
        snprintf(path, sizeof path, "%s/link-%s.html", argv[1], zh ? "zh" : "en");
        if (!l || link_page(&l->account, zh, &out, &e) ||
            doc_save(path, buf_str(&out), &e)) {
            fprintf(stderr, "%s: %s\n", path, e.text);
            status = 1;
        } else {
            printf("%s %zu bytes\n", path, out.n);
        }
        buf_free(&out);
        link_account_close(l);
    }
    return status;
}
