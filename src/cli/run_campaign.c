// SPDX-License-Identifier: AGPL-3.0-or-later
// campaign: the draft of a campaign's report.
#include "cli/session.h"
#include "report/campaign_doc.h"

enum err run_campaign(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct campaign campaign;
    struct campaign_page page;
    const struct result *results[CAMPAIGN_DOC_RESULTS];
    enum err code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = campaign_make(&s.measure, &c->arena, str_of(cli_argument(c, "NUMBER")),
                             &campaign, e);
    if (!code)
        code = campaign_doc_make(&s.measure, &c->arena, &campaign, c->zh, &page, e);
    for (size_t i = 0; !code && i < page.n_results; i++)
        results[i] = &page.results[i];
    if (!code)
        code = session_results(c, page.doc, results, page.n_results, e);
    session_close(&s);
    return code;
}
