// SPDX-License-Identifier: AGPL-3.0-or-later
// checklist compare: what facilities say of themselves beside what inspectors saw.
#include "cli/session.h"
#include "report/checklist_doc.h"

static enum err find_checklist(const struct cli *c, const struct pack *p,
                               const struct checklist **out, struct error *e)
{
    struct str name = str_of(cli_argument(c, "NAME"));
    *out = pack_checklist(p, name);
    if (*out)
        return ERR_OK;
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < p->n_checklists && list.n < 250; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(p->checklists[i].name));
    (void)error_set(e, ERR_NOT_FOUND, "checklist.name", "NAME",
                    "the pack " STR_FMT " has no checklist '" STR_FMT "'",
                    STR_ARG(p->name), STR_ARG(name));
    if (list.n)
        (void)error_cure(e, "there are " STR_FMT, STR_ARG(buf_str(&list)));
    else
        (void)error_cure(e, "Add checklists/NAME.yaml to the pack (docs/packs.md), then "
                            "'heng pack apply'.");
    buf_free(&list);
    return ERR_NOT_FOUND;
}

enum err run_checklist_compare(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period;
    struct checklist_comparison x;
    const struct checklist *checklist;
    int32_t root;
    enum err code = session_outputs(c, e);
    if (!code)
        code = session_period(c, &period, e);
    if (!code)
        code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = session_area(c, &s, &root, e);
    if (!code)
        code = find_checklist(c, s.county->pack, &checklist, e);
    if (!code)
        code = checklist_compare(s.county, &s.who, checklist, period.first, period.last,
                                 root, &c->arena, &x, e);
    if (!code) {
        const struct checklist_page page = {
            .comparison = &x,
            .places = s.county->places,
            .period = period_label(&c->arena, period, c->zh),
            .area = measure_root_name(&s.measure, root, c->zh),
            .zh = c->zh};
        struct result results[CHECKLIST_DOC_RESULTS];
        checklist_doc_results(&c->arena, &page, results);
        struct doc *d = checklist_doc_make(&c->arena, &page);
        code = d ? session_results(
                       c, d, (const struct result *[]){&results[0], &results[1]}, 2, e)
                 : error_memory(e);
    }
    session_close(&s);
    return code;
}
