// SPDX-License-Identifier: AGPL-3.0-or-later
// GET /api/reports and /api/reports/{name}: reports of the pack as HTML, PDF or XLSX; so
// the draft of a campaign's, GET /api/campaigns/{number}/report.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "report/campaign_doc.h"
#include "report/template.h"
#include "serve/numbers.h"
#include "serve/routes.h"

static const struct format {
    const char *name, *type;
} formats[] = {
    {"html", "text/html; charset=utf-8"},
    {"pdf", "application/pdf"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
};

// The page has its own style and no script; it may be framed by Heng's own pages.
static const char page_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-modals allow-popups";

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

static enum err find_format(const struct request *q, const struct format **out,
                            struct error *e)
{
    struct str name = request_query(q, "format");
    *out = &formats[0];
    if (!name.n)
        return ERR_OK;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        *out = &formats[i];
        if (str_equal_c(name, formats[i].name))
            return ERR_OK;
    }
    error_set(e, ERR_INPUT, "report.format", "format",
              "'" STR_FMT "' is not a format of reports", STR_ARG(name));
    return error_cure(e, "html, pdf or xlsx");
}

// A name that nobody else uses, in the server's folder.
static enum err temporary_path(struct request *q, const struct format *format,
                               const char **out, struct error *e)
{
    struct str path = str_format(q->arena, "%s/report-XXXXXX.%s",
                                 server_folder(q->server), format->name);
    if (!path.p)
        return error_memory(e);
    int fd = mkostemps((char *)path.p, (int)str_of(format->name).n + 1, O_CLOEXEC);
    if (fd < 0)
        return error_errno(e, errno, NULL, "make a file for the report");
    close(fd);
    *out = path.p;
    return ERR_OK;
}

static enum err write_report(struct request *q, const struct doc *d,
                             const struct format *format, struct str name,
                             struct error *e)
{
    const char *path = NULL;
    enum err code = temporary_path(q, format, &path, e);
    if (code)
        return code;
    code = doc_write(d, path, e);
    if (code) {
        unlink(path);
        return code;
    }
    if (format == &formats[0])
        answer_header(q, "Content-Security-Policy", str_of(page_policy));
    return answer_file(q, path, format->type, name, true, e);
}

enum err reports_get(struct request *q, struct error *e)
{
    struct period period;
    int32_t root;
    const struct report *r;
    const struct format *format;
    struct doc *d;
    enum err code = request_period(q, &period, e);
    if (!code)
        code = request_area(q, &root, e);
    if (!code)
        code = find_report(q, &r, e);
    if (!code)
        code = find_format(q, &format, e);
    if (!code)
        code = template_make(&q->measure, q->arena, r, period, root, q->zh, &d, e);
    if (code)
        return code;
    struct str name = str_format(
        q->arena, STR_FMT "-%s-" STR_FMT ".%s", STR_ARG(label_in(r->label, q->zh)),
        period.id, STR_ARG(measure_root_name(&q->measure, root, q->zh)), format->name);
    if (!name.p)
        return error_memory(e);
    return write_report(q, d, format, format == &formats[0] ? (struct str){0} : name, e);
}

enum err reports_campaign(struct request *q, struct error *e)
{
    const struct format *format;
    struct campaign campaign;
    struct campaign_page page;
    enum err code = find_format(q, &format, e);
    if (!code)
        code =
            campaign_make(&q->measure, q->arena, request_path(q, "number"), &campaign, e);
    if (!code)
        code = campaign_doc_make(&q->measure, q->arena, &campaign, q->zh, &page, e);
    if (code)
        return code;
    struct str name =
        str_format(q->arena, STR_FMT "-" STR_FMT ".%s", STR_ARG(campaign.number),
                   STR_ARG(label_in(campaign.label, q->zh)), format->name);
    if (!name.p)
        return error_memory(e);
    return write_report(q, page.doc, format,
                        format == &formats[0] ? (struct str){0} : name, e);
}
