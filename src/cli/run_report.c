// SPDX-License-Identifier: AGPL-3.0-or-later
// check, report, due: documents about a period.
#include "cli/session.h"
#include "report/template.h"

// What the three have in common: a period, an open county, an area.
static enum err begin(struct cli *c, struct session *s, struct period *period,
                      int32_t *root, struct error *e)
{
    enum err code = session_period(c, period, e);
    if (!code)
        code = session_open(c, STORE_READ, s, e);
    if (!code)
        code = session_measures(s, e);
    if (!code)
        code = session_area(c, s, root, e);
    return code;
}

enum err run_check(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period;
    int32_t root;
    struct findings found;
    struct doc *d;
    enum err code = begin(c, &s, &period, &root, e);
    if (!code)
        code = check_run(&s.measure, &c->arena, period, root,
                         str_of(cli_option(c, "only")), &found, e);
    if (!code)
        code =
            template_findings(&s.measure, &c->arena, &found, period, root, c->zh, &d, e);
    if (!code)
        code = session_show(c, d, e);
    session_close(&s);
    return code;
}

static enum err find_report(struct cli *c, const struct pack *p,
                            const struct report **out, struct error *e)
{
    const char *name = cli_argument(c, "NAME");
    *out = pack_report(p, str_of(name));
    if (*out)
        return ERR_OK;
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < p->n_reports && list.n < 250; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(p->reports[i].name));
    error_set(e, ERR_NOT_FOUND, "report.name", NULL,
              "the pack " STR_FMT " has no report '%s'", STR_ARG(p->name), name);
    error_cure(e, "there are " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

enum err run_report(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period;
    int32_t root;
    const struct report *r;
    struct doc *d;
    enum err code = begin(c, &s, &period, &root, e);
    if (!code)
        code = find_report(c, s.county->pack, &r, e);
    if (!code)
        code = template_make(&s.measure, &c->arena, r, period, root, c->zh, &d, e);
    if (!code)
        code = session_show(c, d, e);
    session_close(&s);
    return code;
}

static enum err due_registers(struct cli *c, const struct session *s,
                              const struct reg ***out, size_t *n, struct error *e)
{
    const struct pack *p = s->county->pack;
    const char *const *names;
    size_t n_names;
    enum err code = cli_options(c, "register", &names, &n_names, e);
    if (code)
        return code;
    *n = 0;
    *out = ARENA_ARRAY(&c->arena, const struct reg *, p->n_registers + n_names + 1);
    if (!*out)
        return error_memory(e);
    for (size_t i = 0; !code && i < n_names; i++)
        code = county_register(s->county, str_of(names[i]), &(*out)[(*n)++], e);
    for (size_t i = 0; !n_names && i < p->n_registers; i++)
        if (p->registers[i].due.set)
            (*out)[(*n)++] = &p->registers[i];
    return code;
}

enum err run_due(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period;
    int32_t root;
    const struct reg **registers;
    size_t n = 0;
    struct doc *d;
    enum err code = begin(c, &s, &period, &root, e);
    if (!code)
        code = due_registers(c, &s, &registers, &n, e);
    if (!code)
        code =
            template_due(&s.measure, &c->arena, registers, n, period, root, c->zh, &d, e);
    if (!code)
        code = session_show(c, d, e);
    session_close(&s);
    return code;
}
