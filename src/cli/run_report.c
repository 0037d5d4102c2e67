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

// --schedule, and the days: of the period, or --from and --to; else a year back and until
// the end of next month, so that they are whole months.
static enum err owed_days(const struct cli *c, const struct session *s,
                          const struct period *period, struct owed_query *q,
                          struct error *e)
{
    const char *named = cli_option(c, "schedule"), *from = cli_option(c, "from"),
               *to = cli_option(c, "to");
    const struct pack *p = s->county->pack;
    int year, month, day;
    date_to_ymd(s->measure.today, &year, &month, &day);
    int32_t first = s->measure.today - day + 1;
    q->from = period->id[0] ? period->first : date_add_months(first, -12);
    q->to = period->id[0] ? period->last : date_add_months(first, 2) - 1;
    q->standing = !period->id[0] && !from;
    enum err code = from ? date_parse(str_of(from), &q->from, e) : ERR_OK;
    if (!code && to)
        code = date_parse(str_of(to), &q->to, e);
    if (code)
        return code;
    if (q->from > q->to) {
        error_set(e, ERR_USAGE, "due.days", "--to", "--to is before --from");
        return error_cure(e, "give the first day with --from, the last with --to");
    }
    q->schedule = named ? pack_schedule(p, str_of(named)) : NULL;
    if (!named || q->schedule)
        return ERR_OK;
    struct buf list = BUF_INIT(300);
    for (size_t i = 0; i < p->n_schedules && list.n < 250; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(p->schedules[i].name));
    error_set(e, ERR_NOT_FOUND, "due.schedule", "--schedule",
              "the pack " STR_FMT " has no schedule '%s'", STR_ARG(p->name), named);
    error_cure(e, list.n ? "there are " STR_FMT : "it has none at all%.*s",
               STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

static enum err owed_csv(struct cli *c, const struct session *s, struct owed_query q,
                         const char *path, struct error *e)
{
    enum { MOST = 1000000 };
    struct result table;
    struct owed_list list;
    struct buf text = BUF_INIT((size_t)1 << 30);
    enum err code = schedule_list(&s->measure, &s->who, &c->arena, &q, &list, e);
    q.most = list.total < MOST ? list.total : MOST;
    if (!code)
        code = template_owed_result(&s->measure, &c->arena, &q, c->zh, &table, e);
    if (!code) {
        result_csv(&table, &text);
        code = session_give(c, path, &text, e);
    }
    buf_free(&text);
    return code;
}

static enum err no_days(struct error *e)
{
    error_set(e, ERR_USAGE, "due.period", "--period", "no period is given");
    return error_cure(e, "give --period 201406 for reports and rows, or --schedule, "
                         "--from or --to for what rows owe alone");
}

// Reports that are due in a period; what rows owe by schedules; both where both are asked
// for.
enum err run_due(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct period period = {0};
    struct owed_query rows = {0};
    const struct reg **registers = NULL;
    const char *csv = cli_option(c, "csv");
    size_t n = 0;
    struct doc *d;
    bool alone =
        cli_option(c, "schedule") || cli_option(c, "from") || cli_option(c, "to") || csv;
    enum err code = ERR_OK;
    if (cli_option(c, "period"))
        code = session_period(c, &period, e);
    else if (!alone)
        code = no_days(e);
    if (!code)
        code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = session_measures(&s, e);
    if (!code)
        code = session_area(c, &s, &rows.root, e);
    if (!code)
        code = owed_days(c, &s, &period, &rows, e);
    if (!code && !alone)
        code = due_registers(c, &s, &registers, &n, e);
    if (!code && csv)
        code = owed_csv(c, &s, rows, csv, e);
    if (!code && !alone)
        code = template_due(&s.measure, &c->arena, registers, n, period, rows.root,
                            cli_option(c, "register") ? NULL : &rows, c->zh, &d, e);
    else if (!code)
        code = template_owed(&s.measure, &c->arena, &rows, c->zh, &d, e);
    if (!code && (!csv || cli_option(c, "out")))
        code = session_show(c, d, e);
    session_close(&s);
    return code;
}
