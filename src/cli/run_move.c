// SPDX-License-Identifier: AGPL-3.0-or-later
// move, moves, overdue: rows that go from stage to stage.
#include <stdio.h>
#include <string.h>

#include "base/frame.h"
#include "base/text.h"
#include "cli/session.h"
#include "register/attachment.h"
#include "register/workflow.h"

// --- one move

struct wish {
    const struct reg *reg;
    int64_t row;
    struct str move, on_behalf, reason; // on_behalf empty: of the one at the shell
    const char *file;                   // to be attached first; NULL: none
    struct row_change *values;
    size_t n;
};

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static enum err make(struct cli *c, struct session *s, const struct wish *w,
                     struct error *e)
{
    struct access who = s->who;
    struct row_saved saved;
    struct attachment attached;
    bool repeated;
    enum err code = ERR_OK;
    if (w->on_behalf.n)
        code = access_on_behalf(&who, s->county->store, w->on_behalf, &c->arena, e);
    if (!code && w->file)
        code =
            attachment_add(s->county, &who, w->reg, w->row,
                           &(struct attachment_new){.name = str_of(file_name(w->file))},
                           w->file, &c->arena, &attached, &repeated, e);
    const struct row_move move = {.id = w->row,
                                  .move = w->move,
                                  .values = w->values,
                                  .n = w->n,
                                  .reason = w->reason};
    return code ? code
                : workflow_move(s->county, &who, w->reg, &move, &c->arena, &saved, e);
}

static enum err read_sets(struct cli *c, struct wish *w, struct error *e)
{
    const char *const *given;
    size_t n;
    enum err code = cli_options(c, "set", &given, &n, e);
    if (code)
        return code;
    w->values = ARENA_ARRAY(&c->arena, struct row_change, n + 1);
    if (!w->values)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        struct row_change *one = &w->values[w->n++];
        if (str_split(str_of(given[i]), '=', &one->field, &one->text))
            continue;
        error_set(e, ERR_USAGE, "cli.set", "--set", "'%s' is not of the form field=value",
                  given[i]);
        return error_cure(e, "write the field's name, = and the value");
    }
    return ERR_OK;
}

// --- where a row stands

static void say_offer(struct cli *c, const struct move_offer *o)
{
    const struct move *m = o->move;
    buf_printf(&c->out, "  " STR_FMT ": " STR_FMT, STR_ARG(m->name),
               STR_ARG(label_in(m->label, c->zh)));
    if (o->block != MOVE_OPEN)
        buf_printf(&c->out, " (" STR_FMT, STR_ARG(label_in(o->text, c->zh)));
    if (o->block == MOVE_GATE && o->rows)
        buf_printf(&c->out, ": %lld", (long long)o->rows);
    if (o->block != MOVE_OPEN)
        buf_add_char(&c->out, ')');
    for (size_t i = 0; i < o->n_missing; i++)
        buf_printf(&c->out, "%s" STR_FMT,
                   i ? ", " : cli_say(c, "; it needs ", "；须填写 "),
                   STR_ARG(o->missing[i]->name));
    if (o->missing_file)
        buf_add_c(&c->out, cli_say(c, "; it needs a file", "；须附文件"));
    buf_add_char(&c->out, '\n');
}

static enum err say_where(struct cli *c, struct session *s, const struct wish *w,
                          struct error *e)
{
    struct workflow_now now;
    struct move_offer *offers;
    size_t n;
    enum err code = workflow_offers(s->county, &s->who, w->reg, w->row, &c->arena, &now,
                                    &offers, &n, e);
    if (code)
        return code;
    const struct stage *stage = &w->reg->workflow->stages[now.stage];
    char day[DATE_TEXT_SIZE];
    buf_printf(&c->out, STR_FMT " %lld: " STR_FMT, STR_ARG(w->reg->name),
               (long long)w->row, STR_ARG(label_in(stage->label, c->zh)));
    if (now.since != DATE_NONE) {
        date_format(now.since, day);
        buf_printf(&c->out, cli_say(c, " since %s", "（自 %s）"), day);
    }
    if (now.due != DATE_NONE) {
        date_format(now.due, day);
        buf_printf(&c->out,
                   now.late ? cli_say(c, ", to be left by %s: late", "，期限 %s，已逾期")
                            : cli_say(c, ", to be left by %s", "，期限 %s"),
                   day);
    }
    buf_add_char(&c->out, '\n');
    for (size_t i = 0; i < n; i++)
        say_offer(c, &offers[i]);
    return ERR_OK;
}

enum err run_move(struct cli *c, struct error *e)
{
    struct session s = {0};
    const char *move = cli_argument(c, "MOVE");
    struct wish w = {.move = str_of(move),
                     .on_behalf = str_of(cli_option(c, "for")),
                     .reason = str_of(cli_option(c, "reason")),
                     .file = cli_option(c, "attach")};
    enum err code = read_sets(c, &w, e);
    if (!code)
        code = session_open(c, move ? STORE_WRITE : STORE_READ, &s, e);
    if (!code)
        code = county_register(s.county, str_of(cli_argument(c, "REGISTER")), &w.reg, e);
    if (!code)
        code =
            session_find_row(s.county, w.reg, str_of(cli_argument(c, "ROW")), &w.row, e);
    if (!code && !move) {
        code = say_where(c, &s, &w, e);
    } else if (!code) {
        code = make(c, &s, &w, e);
        if (!code)
            code = say_where(c, &s, &w, e);
    }
    session_close(&s);
    return code;
}

// --- a list of moves

struct columns { // of the file; SIZE_MAX: not there
    size_t reg, row, move, on_behalf, reason, file, day;
};

static size_t optional_column(const struct frame *f, const char *name)
{
    for (size_t i = 0; i < f->n_columns; i++)
        if (str_equal_c(f->names[i], name))
            return i;
    return SIZE_MAX;
}

static struct str cell(const struct frame *f, size_t row, size_t column)
{
    return column == SIZE_MAX ? STR("") : frame_cell(f, row, column);
}

// A file's name is meant from the folder of the list.
static const char *beside(struct cli *c, const char *list, struct str file)
{
    size_t folder = (size_t)(file_name(list) - list);
    if (file.p[0] == '/')
        folder = 0;
    struct str path =
        str_format(&c->arena, "%.*s" STR_FMT, (int)folder, list, STR_ARG(file));
    return path.p;
}

// Is the row of today? Where there is no column of days, all are.
static enum err is_today(const struct frame *f, const struct columns *at, size_t row,
                         bool *out, struct error *e)
{
    int32_t day;
    *out = true;
    if (at->day == SIZE_MAX)
        return ERR_OK;
    enum err code = date_parse(frame_cell(f, row, at->day), &day, e);
    if (!code)
        *out = day == date_today();
    return code;
}

static enum err read_wish(struct cli *c, struct session *s, const struct frame *f,
                          const struct columns *at, size_t row, struct wish *w,
                          struct error *e)
{
    *w = (struct wish){.move = frame_cell(f, row, at->move),
                       .on_behalf = cell(f, row, at->on_behalf),
                       .reason = cell(f, row, at->reason)};
    struct str file = cell(f, row, at->file);
    enum err code = county_register(s->county, frame_cell(f, row, at->reg), &w->reg, e);
    if (!code)
        code =
            session_find_row(s->county, w->reg, frame_cell(f, row, at->row), &w->row, e);
    w->values = ARENA_ARRAY(&c->arena, struct row_change, f->n_columns);
    w->file = file.n ? beside(c, f->path, file) : NULL;
    if (!code && (!w->values || (file.n && !w->file)))
        code = error_memory(e);
    for (size_t i = 0; !code && i < f->n_columns; i++) {
        bool own = i == at->reg || i == at->row || i == at->move || i == at->on_behalf ||
                   i == at->reason || i == at->file || i == at->day;
        if (!own && frame_cell(f, row, i).n)
            w->values[w->n++] = (struct row_change){f->names[i], frame_cell(f, row, i)};
    }
    return code;
}

static enum err find_columns(const struct frame *f, struct columns *at, struct error *e)
{
    *at = (struct columns){.on_behalf = optional_column(f, "for"),
                           .reason = optional_column(f, "reason"),
                           .file = optional_column(f, "file"),
                           .day = optional_column(f, "day")};
    enum err code = frame_column(f, "register", &at->reg, e);
    if (!code)
        code = frame_column(f, "row", &at->row, e);
    return code ? code : frame_column(f, "move", &at->move, e);
}

// The line goes in front of what was wrong there.
static void place(const struct frame *f, size_t row, struct error *e)
{
    char where[sizeof e->where];
    snprintf(where, sizeof where, "%.120s:%llu %.100s", f->path,
             (unsigned long long)f->lines[row], e->where);
    memcpy(e->where, where, sizeof where);
}

enum err run_moves(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct frame f;
    struct columns at;
    size_t made = 0;
    enum err code = frame_read(&f, cli_argument(c, "FILE"), &c->arena, e);
    if (!code)
        code = find_columns(&f, &at, e);
    if (!code)
        code = session_open(c, STORE_WRITE, &s, e);
    for (size_t i = 0; !code && i < f.n_rows; i++) {
        struct wish w;
        bool now;
        code = is_today(&f, &at, i, &now, e);
        if (!code && !now)
            continue;
        if (!code)
            code = read_wish(c, &s, &f, &at, i, &w, e);
        if (!code)
            code = make(c, &s, &w, e);
        if (code)
            place(&f, i, e);
        made += !code;
    }
    buf_printf(&c->out, cli_say(c, "%zu moves made\n", "已办理 %zu 步\n"), made);
    session_close(&s);
    return code;
}
