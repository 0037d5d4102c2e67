// SPDX-License-Identifier: AGPL-3.0-or-later
// facility: everything about a facility. case: the file of a case, to be handed out.
#include <string.h>

#include "cli/session.h"
#include "report/case_doc.h"
#include "report/facility_doc.h"

enum err run_facility(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct facility_file f;
    struct doc *d;
    enum err code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = facility_file_read(&s.measure, &c->arena, str_of(cli_argument(c, "CODE")),
                                  &f, e);
    if (!code)
        code = facility_doc_make(&s.measure, &c->arena, &f, c->zh, &d, e);
    if (!code)
        code = session_show(c, d, e);
    session_close(&s);
    return code;
}

enum err run_case(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct case_file f;
    struct doc *d;
    const char *zip = cli_option(c, "zip");
    enum err code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = case_file_read(&s.measure, &c->arena, str_of(cli_argument(c, "NUMBER")),
                              &f, e);
    if (!code && zip)
        code = case_doc_zip(&s.measure, &c->arena, &f, c->zh, zip, e);
    if (!code && zip)
        session_written(c, zip);
    if (!code && (!zip || cli_option(c, "out"))) {
        code = case_doc_make(&s.measure, &c->arena, &f, c->zh, &d, e);
        if (!code)
            code = session_show(c, d, e);
    }
    session_close(&s);
    return code;
}
