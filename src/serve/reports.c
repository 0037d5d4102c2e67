// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/reports and /api/reports/{name}: reports of the pack as HTML, PDF or XLSX; so
// the draft of a campaign's, GET /api/campaigns/{number}/report.
#include "report/campaign_doc.h"
#include "report/template.h"
#include "serve/documents.h"
#include "serve/numbers.h"
#include "serve/routes.h"

enum err reports_list(struct request *q, struct error *e)
{
    const struct pack *p = q->county->pack;
    struct json_writer *j = answer_json(q);
    (void)e;
    json_put_object(j);
    json_put_key(j, STR("reports"));
    json_put_array(j);
    for (size_t i = 0; i < p->n_reports; i++) {
        json_put_object(j);
        put_text(j, "name", p->reports[i].name);
        put_label(j, "label", p->reports[i].label);
        put_text(j, "every", str_of(period_kind_name(p->reports[i].every)));
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

static enum err read_format(const struct request *q, enum document_format *out,
                            struct error *e)
{
    static const enum document_format formats[] = {DOCUMENT_HTML, DOCUMENT_PDF,
                                                   DOCUMENT_XLSX};
    return documents_format(q, formats, sizeof formats / sizeof *formats, out, e);
}

static enum err find_report(const struct request *q, const struct report **out,
                            struct error *e)
{
    struct str name = request_path(q, "name");
    *out = pack_report(q->county->pack, name);
    if (*out)
        return ERR_OK;
    error_set(e, ERR_NOT_FOUND, "report.name", "name",
              "the pack " STR_FMT " has no report '" STR_FMT "'",
              STR_ARG(q->county->pack->name), STR_ARG(name));
    return error_cure(e, "GET /api/reports lists the reports");
}

enum err reports_get(struct request *q, struct error *e)
{
    struct period period;
    int32_t root;
    const struct report *r;
    enum document_format format;
    struct doc *d;
    enum err code = request_period(q, &period, e);
    if (!code)
        code = request_area(q, &root, e);
    if (!code)
        code = find_report(q, &r, e);
    if (!code)
        code = read_format(q, &format, e);
    if (!code)
        code = template_make(&q->measure, q->arena, r, period, root, q->zh, &d, e);
    if (code)
        return code;
    struct str name =
        str_format(q->arena, STR_FMT "-%s-" STR_FMT, STR_ARG(label_in(r->label, q->zh)),
                   period.id, STR_ARG(measure_root_name(&q->measure, root, q->zh)));
    return name.p ? documents_answer(q, d, format, name, e) : error_memory(e);
}

enum err reports_campaign(struct request *q, struct error *e)
{
    enum document_format format;
    struct campaign campaign;
    struct campaign_page page;
    enum err code = read_format(q, &format, e);
    if (!code)
        code =
            campaign_make(&q->measure, q->arena, request_path(q, "number"), &campaign, e);
    if (!code)
        code = campaign_doc_make(&q->measure, q->arena, &campaign, q->zh, &page, e);
    if (code)
        return code;
    struct str name = str_format(q->arena, STR_FMT "-" STR_FMT, STR_ARG(campaign.number),
                                 STR_ARG(label_in(campaign.label, q->zh)));
    return name.p ? documents_answer(q, page.doc, format, name, e) : error_memory(e);
}
