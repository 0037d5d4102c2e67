// SPDX-License-Identifier: AGPL-3.0-or-later
// checklist compare: what facilities say of themselves beside what inspectors saw.
// checklist read: an XLSForm as the YAML of a checklist.
#include <stdio.h>

#include "cli/session.h"
#include "pack/xlsform.h"
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

// --- reading a form

static void tell(const struct cli *c, const struct xlsform_note *n, bool xml)
{
    fprintf(stderr, "%s: ",
            n->refused ? cli_say(c, "refused", "不能采用") : cli_say(c, "note", "提示"));
    if (n->row && xml)
        fprintf(stderr, cli_say(c, "line %llu", "第%llu行"), (unsigned long long)n->row);
    if (n->sheet.n && !xml)
        fprintf(stderr, cli_say(c, "sheet " STR_FMT, "工作表" STR_FMT),
                STR_ARG(n->sheet));
    if (n->row && !xml)
        fprintf(stderr, cli_say(c, ", row %llu", "，第%llu行"),
                (unsigned long long)n->row);
    if (n->column.n)
        fprintf(stderr, cli_say(c, ", column " STR_FMT, "，" STR_FMT "列"),
                STR_ARG(n->column));
    if (n->found.n)
        fprintf(stderr, ": '" STR_FMT "'", STR_ARG(n->found));
    fprintf(stderr, "%s" STR_FMT "\n", n->sheet.n || n->found.n ? ": " : "",
            STR_ARG(n->text));
}

enum err run_checklist_read(struct cli *c, struct error *e)
{
    struct xlsform form;
    const char *path = cli_argument(c, "FORM"), *out = cli_option(c, "out");
    enum err code = xlsform_read(&c->arena, path, &form, e);
    if (code)
        return code;
    size_t refused = 0;
    for (size_t i = 0; i < form.n_notes; i++) {
        tell(c, &form.notes[i], form.xml);
        refused += form.notes[i].refused;
    }
    if (form.left_out)
        fprintf(stderr, cli_say(c, "and %zu more\n", "另有%zu条\n"), form.left_out);
    if (form.refused) {
        (void)error_set(e, ERR_INPUT, "xlsform.refused", path,
                        "the form cannot be taken as it is (%zu places, see above)",
                        refused);
        return error_cure(e, "change these places in the form, then read it again");
    }
    if (!out) {
        buf_add(&c->out, form.yaml);
        return ERR_OK;
    }
    code = session_save(out, form.yaml, e);
    if (!code)
        buf_printf(&c->out,
                   cli_say(c, "written: %s, %zu items in %zu sections\n",
                           "已写入：%s，%zu个项目，%zu个部分\n"),
                   out, form.n_items, form.n_sections);
    return code;
}
