// SPDX-License-Identifier: AGPL-3.0-or-later
// workflow (a table and a picture of one), overdue.
#include <stdio.h>
#include <sys/stat.h>

#include "cli/print_error.h"
#include "cli/session.h"
#include "pack/pack.h"
#include "register/workflow.h"
#include "report/workflow_chart.h"

enum { STEP = 500 };

// --- the pack: of a folder, or of a county's file

static enum err read_folder(struct cli *c, const char *folder, const struct pack **out,
                            struct error *e)
{
    struct pack_problems problems = {0};
    struct pack_file *files;
    struct pack *pack = NULL;
    size_t n;
    enum err code = pack_files_from_folder(&c->arena, folder, &files, &n, e);
    if (!code)
        code = pack_compile(&c->arena, files, n, &pack, &problems, e);
    for (size_t i = 0; code == ERR_INPUT && i + 1 < problems.n; i++)
        print_error(&problems.list[i]);
    if (code == ERR_INPUT && problems.n)
        *e = problems.list[problems.n - 1];
    *out = pack;
    return code;
}

static enum err find_workflow(const struct pack *p, const char *name,
                              const struct workflow **out, struct error *e)
{
    struct buf list = BUF_INIT(1000);
    *out = name ? pack_workflow(p, str_of(name)) : NULL;
    if (*out || (!name && p->n_workflows))
        return ERR_OK;
    for (size_t i = 0; i < p->n_workflows && list.n < 900; i++)
        buf_printf(&list, "%s" STR_FMT, i ? ", " : "", STR_ARG(p->workflows[i].name));
    error_set(e, ERR_NOT_FOUND, "workflow.unknown", name,
              "the pack " STR_FMT " has no %s", STR_ARG(p->name),
              name ? "workflow of this name" : "workflow");
    if (list.n)
        error_cure(e, "there are " STR_FMT, STR_ARG(buf_str(&list)));
    buf_free(&list);
    return ERR_NOT_FOUND;
}

// --- the table

static struct str names_of(struct cli *c, const struct workflow *w, const struct move *m)
{
    struct buf b = BUF_INIT(4000);
    for (size_t i = 0; i < w->n_stages; i++)
        if (m->from & (1ULL << i))
            buf_printf(&b, "%s" STR_FMT, b.n ? cli_say(c, ", ", "、") : "",
                       STR_ARG(label_in(w->stages[i].label, c->zh)));
    struct str out = str_copy(&c->arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static void add_need(struct buf *b, const struct cli *c, struct str text)
{
    buf_printf(b, "%s" STR_FMT, b->n ? cli_say(c, "; ", "；") : "", STR_ARG(text));
}

static struct str needs_of(struct cli *c, const struct workflow *w, const struct move *m)
{
    struct buf b = BUF_INIT(8000);
    for (size_t i = 0; i < m->n_needs; i++)
        add_need(&b, c, label_in(m->needs[i]->label, c->zh));
    if (m->needs_file)
        add_need(&b, c, str_of(cli_say(c, "a file", "附件")));
    if (m->needs_reason)
        add_need(&b, c, str_of(cli_say(c, "a reason", "理由")));
    for (size_t i = 0; i < m->n_others; i++) {
        struct str other = label_in(w->moves[m->others[i]].label, c->zh);
        struct str text = str_format(
            &c->arena, c->zh ? "与“" STR_FMT "”不同的人" : "not who did: " STR_FMT,
            STR_ARG(other));
        add_need(&b, c, text.p ? text : other);
    }
    for (size_t i = 0; i < m->n_gates; i++) {
        struct str gate = label_in(m->gates[i].text, c->zh);
        struct str text =
            str_format(&c->arena, c->zh ? "无此情形：" STR_FMT : "not while: " STR_FMT,
                       STR_ARG(gate));
        add_need(&b, c, text.p ? text : gate);
    }
    struct str out = str_copy(&c->arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static struct str roles_of(struct cli *c, const struct move *m)
{
    struct buf b = BUF_INIT(2000);
    for (size_t i = 0; i < m->n_by; i++)
        buf_printf(&b, "%s" STR_FMT, i ? ", " : "", STR_ARG(m->by[i]));
    struct str out = str_copy(&c->arena, buf_str(&b));
    buf_free(&b);
    return out.n ? out : str_of(cli_say(c, "whoever may write", "有录入权限者"));
}

static struct cell text_cell(struct str text)
{
    return (struct cell){.kind = CELL_TEXT, .text = text.p ? text : STR("")};
}

static bool add_stages(struct cli *c, struct doc *d, const struct workflow *w)
{
    const struct table_column columns[] = {
        {.title = str_of(cli_say(c, "stage", "阶段"))},
        {.title = str_of(cli_say(c, "name", "名称"))},
        {.title = str_of(cli_say(c, "deadline", "期限"))},
        {.title = str_of(cli_say(c, "after it", "逾期后"))}};
    struct cell *cells = ARENA_ARRAY(&c->arena, struct cell, w->n_stages * 4);
    for (size_t i = 0; cells && i < w->n_stages; i++) {
        const struct stage *s = &w->stages[i];
        struct str after = s->otherwise >= 0
                               ? label_in(w->moves[s->otherwise].label, c->zh)
                           : s->final ? str_of(cli_say(c, "(end)", "（终点）"))
                                      : STR("");
        cells[i * 4] = text_cell(s->name);
        cells[i * 4 + 1] = text_cell(label_in(s->label, c->zh));
        cells[i * 4 + 2] = text_cell(workflow_chart_deadline(s, c->zh, &c->arena));
        cells[i * 4 + 3] = text_cell(after);
    }
    return cells && doc_heading(d, 1, label_in(w->label, c->zh)) &&
           doc_table(d, &(struct doc_table){.columns = columns,
                                            .n_columns = 4,
                                            .cells = cells,
                                            .n_rows = w->n_stages});
}

static bool add_moves(struct cli *c, struct doc *d, const struct workflow *w)
{
    const struct table_column columns[] = {
        {.title = str_of(cli_say(c, "move", "办理"))},
        {.title = str_of(cli_say(c, "from", "从"))},
        {.title = str_of(cli_say(c, "to", "到"))},
        {.title = str_of(cli_say(c, "by", "岗位"))},
        {.title = str_of(cli_say(c, "needs", "须具备"))}};
    struct cell *cells = ARENA_ARRAY(&c->arena, struct cell, w->n_moves * 5 + 1);
    for (size_t i = 0; cells && i < w->n_moves; i++) {
        const struct move *m = &w->moves[i];
        cells[i * 5] = text_cell(label_in(m->label, c->zh));
        cells[i * 5 + 1] = text_cell(names_of(c, w, m));
        cells[i * 5 + 2] = text_cell(label_in(w->stages[m->to].label, c->zh));
        cells[i * 5 + 3] = text_cell(roles_of(c, m));
        cells[i * 5 + 4] = text_cell(needs_of(c, w, m));
    }
    return cells && doc_table(d, &(struct doc_table){.columns = columns,
                                                     .n_columns = 5,
                                                     .cells = cells,
                                                     .n_rows = w->n_moves});
}

static enum err print(struct cli *c, const struct pack *p, const struct workflow *only,
                      struct error *e)
{
    struct doc *d = doc_new(&c->arena, c->zh);
    bool good = d != NULL;
    for (size_t i = 0; good && i < p->n_workflows; i++)
        if (!only || only == &p->workflows[i])
            good =
                add_stages(c, d, &p->workflows[i]) && add_moves(c, d, &p->workflows[i]);
    return good ? doc_print(d, session_columns(), &c->out, e) : error_memory(e);
}

// --- the picture

static enum err write_svg(struct cli *c, const struct workflow *w, const char *path,
                          struct error *e)
{
    struct buf svg = BUF_INIT(16 << 20);
    struct typeset *t = NULL;
    enum err code = typeset_open(&t, c->zh, e);
    if (!code)
        code = workflow_chart(w, c->zh, t, &c->arena, &svg, e);
    if (!code)
        code = session_save(path, buf_str(&svg), e);
    typeset_close(t);
    buf_free(&svg);
    return code;
}

enum err run_workflow(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct stat about;
    const struct pack *p = NULL;
    const struct workflow *w = NULL;
    const char *path = cli_argument(c, "DB"), *svg = cli_option(c, "svg");
    enum err code = stat(path, &about) == 0 && S_ISDIR(about.st_mode)
                        ? read_folder(c, path, &p, e)
                        : session_open(c, STORE_READ, &s, e);
    if (!code && !p)
        p = s.county->pack;
    if (!code)
        code = find_workflow(p, cli_argument(c, "NAME"), &w, e);
    if (!code && svg && !w && p->n_workflows > 1) {
        code =
            error_set(e, ERR_USAGE, "workflow.which", "--svg",
                      "there are %zu workflows, and a picture is of one", p->n_workflows);
        error_cure(e, "name it behind the file or folder");
    }
    if (!code && svg)
        code = write_svg(c, w ? w : &p->workflows[0], svg, e);
    else if (!code)
        code = print(c, p, w, e);
    session_close(&s);
    return code;
}

// --- deadlines

enum err run_overdue(struct cli *c, struct error *e)
{
    struct session s = {0};
    const char *day = cli_option(c, "today");
    int32_t today = date_today();
    size_t made = 0, all = 0;
    enum err code = day ? date_parse(str_of(day), &today, e) : ERR_OK;
    if (code && !e->where[0])
        snprintf(e->where, sizeof e->where, "--today");
    if (!code)
        code = session_open(c, STORE_WRITE, &s, e);
    if (!code)
        code = access_administer(&s.who, e);
    do {
        if (!code)
            code = workflow_overdue(s.county, today, STEP, &made, e);
        all += made;
    } while (!code && made == STEP);
    if (!code)
        buf_printf(&c->out,
                   cli_say(c, STR_FMT " rows were moved on because their time was over\n",
                           "因逾期办理 " STR_FMT " 条\n"),
                   STR_ARG(session_count(c, (int64_t)all)));
    session_close(&s);
    return code;
}
