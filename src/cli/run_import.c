// SPDX-License-Identifier: AGPL-3.0-or-later
// import: what the file is, which column is what, what came in and what did not.
#include <stdio.h>
#include <string.h>

#include "base/progress.h"
#include "base/text.h"
#include "cli/session.h"
#include "register/import.h"

static void show_rows(void *argument, double done, uint64_t rows)
{
    struct progress *p = argument;
    p->total = done > 0 ? (uint64_t)((double)rows / done) : 0;
    if (p->total < rows)
        p->total = rows;
    progress_at(p, rows);
}

static const char *separator_name(const struct cli *c, char separator)
{
    switch (separator) {
    case ',':
        return cli_say(c, "comma", "逗号分隔");
    case ';':
        return cli_say(c, "semicolon", "分号分隔");
    case '\t':
        return cli_say(c, "tab", "制表符分隔");
    default:
        return cli_say(c, "bar", "竖线分隔");
    }
}

static const char *matched_by(const struct cli *c, enum mapped_by by)
{
    static const char *const zh[] = {
        [MAPPED_NOT] = "不导入",          [MAPPED_GIVEN] = "由 --map 指定",
        [MAPPED_KEPT] = "同上次",         [MAPPED_NAME] = "按名称",
        [MAPPED_LABEL] = "按标签",        [MAPPED_ALSO] = "按别名",
        [MAPPED_LEVEL] = "按地区级别",    [MAPPED_OWN] = "不读取",
        [MAPPED_LEFT_OUT] = "按方案略去", [MAPPED_UNKNOWN] = "未知",
    };
    return c->zh ? zh[by] : mapped_by_name(by);
}

static void print_file(struct cli *c, const struct import_result *r)
{
    if (r->about.format == TABLE_XLSX)
        buf_printf(&c->out, "%s: XLSX", cli_argument(c, "FILE"));
    else
        buf_printf(&c->out, "%s: CSV, %s%s, %s", cli_argument(c, "FILE"),
                   r->about.encoding,
                   r->about.had_bom ? cli_say(c, " with mark", "（带标记）") : "",
                   separator_name(c, r->about.separator));
    buf_printf(&c->out,
               cli_say(c, ", " STR_FMT " bytes, " STR_FMT " rows\n",
                       "，" STR_FMT " 字节，" STR_FMT " 行\n"),
               STR_ARG(session_count(c, (int64_t)r->about.bytes)),
               STR_ARG(session_count(c, (int64_t)r->rows)));
    if (r->rows_above)
        buf_printf(&c->out,
                   cli_say(c,
                           "the headings stand in row %llu; the title above them was "
                           "passed over\n",
                           "表头在第 %llu 行，其上的标题已略过\n"),
                   (unsigned long long)r->header_line);
    if (!r->rows)
        buf_add_c(&c->out, cli_say(c,
                                   "the file has headings and no rows; if it should have "
                                   "some, export it again\n",
                                   "文件只有表头，没有数据；如有遗漏请重新导出\n"));
    if (r->before_at) {
        char day[DATE_TEXT_SIZE];
        date_format((int32_t)(r->before_at / 86400000), day);
        buf_printf(&c->out,
                   cli_say(c, "this very file was imported before, on %s\n",
                           "此文件曾于 %s 导入\n"),
                   day);
    }
}

static void print_mapping(struct cli *c, const struct session *s, const struct mapping *m)
{
    size_t width = 8;
    for (size_t i = 0; i < m->n; i++) {
        size_t w = text_width(m->columns[i].heading);
        width = w > width ? w : width;
    }
    width = width > 40 ? 40 : width;
    buf_add_c(&c->out, cli_say(c, "\ncolumns\n", "\n列\n"));
    for (size_t i = 0; i < m->n; i++) {
        const struct mapped_column *k = &m->columns[i];
        buf_add_c(&c->out, "  ");
        text_pad(&c->out, k->heading, width, false);
        buf_add_c(&c->out, "  ");
        struct str name = k->field ? k->field->name : STR("-");
        if (k->by == MAPPED_LEVEL && k->level >= 0)
            name = s->county->pack->levels[k->level].name;
        text_pad(&c->out, name, 20, false);
        buf_printf(&c->out, "  %s\n", matched_by(c, k->by));
    }
}

static void print_counts(struct cli *c, const struct import_result *r)
{
    const struct {
        const char *en, *zh;
        uint64_t count;
    } lines[] = {
        {"inserted", "新增", r->inserted},      {"corrected", "更正", r->corrected},
        {"unchanged", "未变", r->unchanged},    {"rejected", "退回", r->rejected},
        {"with warnings", "有警告", r->warned},
    };
    buf_add_c(&c->out,
              cli_switch(c, "dry-run")
                  ? cli_say(c, "\nrows (nothing was saved)\n", "\n行（未保存）\n")
                  : cli_say(c, "\nrows\n", "\n行\n"));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        buf_add_c(&c->out, "  ");
        text_pad(&c->out, str_of(cli_say(c, lines[i].en, lines[i].zh)), 14, false);
        text_pad(&c->out, session_count(c, (int64_t)lines[i].count), 14, true);
        buf_add_char(&c->out, '\n');
    }
}

static void print_problems(struct cli *c, const struct import_result *r)
{
    if (!r->n_problems)
        return;
    buf_add_c(&c->out, cli_say(c, "\nproblems\n", "\n问题\n"));
    for (size_t i = 0; i < r->n_problems; i++) {
        const struct import_problem *p = &r->problems[i];
        text_pad(&c->out, session_count(c, (int64_t)p->count), 10, true);
        buf_printf(&c->out, "  %s  " STR_FMT "\n",
                   p->error  ? cli_say(c, "error  ", "错误")
                   : p->note ? cli_say(c, "note   ", "说明")
                             : cli_say(c, "warning", "警告"),
                   STR_ARG(c->zh ? p->example.zh : p->example.en));
    }
}

static enum err note(struct cli *c, const struct session *s, const struct reg *r,
                     const struct import_result *result, struct error *e)
{
    const char *path = cli_argument(c, "FILE"), *slash = strrchr(path, '/');
    struct str text = str_format(&c->arena, "saved %lld: %.200s", (long long)result->id,
                                 slash ? slash + 1 : path);
    return text.p ? session_note(s, AUDIT_IMPORT, r->name, text, e) : error_memory(e);
}

enum err run_import(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct progress p;
    const struct reg *r;
    struct import_result result = {0};
    struct import_options options = {
        .path = cli_argument(c, "FILE"),
        .sheet = cli_option(c, "sheet"),
        .source = str_of(cli_option(c, "source")),
        .rejects = cli_option(c, "rejects"),
        .dry_run = cli_switch(c, "dry-run"),
        .progress = show_rows,
        .progress_argument = &p,
    };
    enum err code = cli_options(c, "map", &options.given, &options.n_given, e);
    if (!code)
        code = session_open(c, STORE_WRITE, &s, e);
    if (!code)
        code = county_register(s.county, str_of(cli_argument(c, "REGISTER")), &r, e);
    if (!code) {
        const char *slash = strrchr(options.path, '/');
        progress_begin(&p, str_of(slash ? slash + 1 : options.path), 0);
        code = import_run(s.county, &s.who, r, &options, &c->arena, &result, e);
        progress_end(&p);
    }
    if (!code && result.id)
        code = note(c, &s, r, &result, e);
    if (!code) {
        print_file(c, &result);
        print_mapping(c, &s, &result.mapping);
        print_counts(c, &result);
        print_problems(c, &result);
        if (result.rejects_path.n)
            buf_printf(&c->out,
                       cli_say(c,
                               "\nthe rejected rows, with what is wrong: " STR_FMT "\n",
                               "\n退回的行及原因：" STR_FMT "\n"),
                       STR_ARG(result.rejects_path));
        if (result.id)
            buf_printf(&c->out,
                       cli_say(c,
                               "\nimport %lld; it can be taken back: heng import undo %s"
                               " %lld --reason ...\n",
                               "\n导入编号 %lld；可撤销：heng import undo %s %lld"
                               " --reason ...\n"),
                       (long long)result.id, cli_argument(c, "DB"), (long long)result.id);
        if (result.rejected)
            c->exit_status = error_exit_status(ERR_INPUT);
    }
    session_close(&s);
    return code;
}
