// SPDX-License-Identifier: AGPL-3.0-or-later
// import list, import undo.
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/session.h"
#include "register/imports.h"

enum { MOST = 200 };

static const char *state_of(const struct cli *c, const struct imports_entry *x)
{
    switch (x->state) {
    case IMPORTS_SAVED:
        return "";
    case IMPORTS_UNDONE:
        return cli_say(c, "undone", "已撤销");
    case IMPORTS_UPLOADED:
    case IMPORTS_CHECKING:
    case IMPORTS_CHECKED:
    case IMPORTS_SAVING:
    case IMPORTS_FAILED:
    case IMPORTS_STATES:
        break;
    }
    return cli_say(c, "waits", "待保存");
}

static void print_entry(struct cli *c, const struct imports_entry *x)
{
    char day[DATE_TEXT_SIZE], id[24];
    const char *slash = strrchr(x->file.p, '/');
    struct str name = str_of(slash ? slash + 1 : x->file.p);
    date_format((int32_t)(x->at / 86400000), day);
    snprintf(id, sizeof id, "%lld", (long long)x->id);
    text_pad(&c->out, str_of(id), 6, true);
    buf_printf(&c->out, "  %s  ", day);
    text_pad(&c->out, x->register_name, 20, false);
    text_pad(&c->out, x->hidden ? STR("*") : session_count(c, x->inserted), 12, true);
    text_pad(&c->out, x->hidden ? STR("*") : session_count(c, x->corrected), 12, true);
    text_pad(&c->out, x->hidden ? STR("*") : session_count(c, x->rejected), 10, true);
    buf_add_c(&c->out, "  ");
    text_pad(&c->out, str_of(state_of(c, x)), 8, false);
    buf_printf(&c->out, "  " STR_FMT "\n", STR_ARG(text_cut(name, 60)));
}

enum err run_import_list(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct imports_entry *list;
    size_t n = 0;
    int64_t next;
    enum err code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = imports_list(s.county, &s.who, 0, MOST, &c->arena, &list, &n, &next, e);
    if (!code && !n)
        buf_add_c(&c->out, cli_say(c, "nothing was imported yet\n", "尚无导入记录\n"));
    if (!code && n) {
        const char *const titles[] = {cli_say(c, "new", "新增"),
                                      cli_say(c, "corrected", "更正"),
                                      cli_say(c, "rejected", "退回")};
        text_pad(&c->out, str_of(cli_say(c, "number", "编号")), 6, true);
        buf_add_c(&c->out, "  ");
        text_pad(&c->out, str_of(cli_say(c, "day", "日期")), 12, false);
        text_pad(&c->out, str_of(cli_say(c, "register", "登记册")), 20, false);
        text_pad(&c->out, str_of(titles[0]), 12, true);
        text_pad(&c->out, str_of(titles[1]), 12, true);
        text_pad(&c->out, str_of(titles[2]), 10, true);
        buf_add_c(&c->out, "            ");
        buf_add_c(&c->out, cli_say(c, "file\n", "文件\n"));
        for (size_t i = 0; i < n; i++)
            print_entry(c, &list[i]);
        if (next)
            buf_printf(&c->out, cli_say(c, "... and older ones\n", "……另有更早的记录\n"));
    }
    session_close(&s);
    return code;
}

enum err run_import_undo(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct imports_undone undone;
    int64_t id;
    const char *text = cli_argument(c, "ID");
    if (!str_to_int(str_of(text), &id) || id < 1) {
        error_set(e, ERR_USAGE, "cli.import", "ID", "'%.40s' is no number of an import",
                  text);
        return error_cure(e, "heng import list shows them");
    }
    enum err code = session_open(c, STORE_WRITE, &s, e);
    if (!code)
        code = imports_undo(s.county, &s.who, id, str_of(cli_option(c, "reason")),
                            &undone, e);
    if (!code && undone.before)
        buf_printf(
            &c->out,
            cli_say(c, "import %lld was undone before\n", "导入 %lld 此前已撤销\n"),
            (long long)id);
    else if (!code)
        buf_printf(&c->out,
                   cli_say(c,
                           "import %lld is undone: " STR_FMT " rows struck, " STR_FMT
                           " rows put back\n",
                           "导入 %lld 已撤销：作废 " STR_FMT " 行，恢复 " STR_FMT
                           " 行\n"),
                   (long long)id, STR_ARG(session_count(c, undone.struck)),
                   STR_ARG(session_count(c, undone.put_back)));
    session_close(&s);
    return code;
}
