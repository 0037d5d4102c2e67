// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/case_doc.h"

#include <jansson.h>
#include <stdio.h>

#include "base/chain.h"
#include "report/doc_text.h"
#include "report/row_table.h"

struct teller {
    const struct measure *m;
    struct arena *a;
    const struct case_file *f;
    struct doc *d;
    bool zh, no_memory;
};

static const char *say(const struct teller *t, const char *en, const char *zh)
    __attribute__((format_arg(2), format_arg(3)));

static const char *say(const struct teller *t, const char *en, const char *zh)
{
    return t->zh ? zh : en;
}

static struct str words(const struct teller *t, struct label l)
{
    return label_in(l, t->zh);
}

static struct str who_of(const struct teller *t, struct str name)
{
    return access_name(t->a, name, t->zh);
}

static struct str keep(struct teller *t, struct str s)
{
    t->no_memory |= !s.p;
    return s.p ? s : STR("");
}

// A part of the file; the index says on which page it begins.
struct part {
    const char *anchor, *en, *zh;
};
enum { PART_CASE, PART_COMPLETE, PART_HISTORY, PART_LINKED, PART_PAPERS, PART_PROOF };
static const struct part parts[] = {
    [PART_CASE] = {"part:case", "The case", "案件基本情况"},
    [PART_COMPLETE] = {"part:complete", "Completeness", "案卷完整性"},
    [PART_HISTORY] = {"part:history", "How the case went", "办理过程"},
    [PART_LINKED] = {"part:linked", "Findings and visits", "相关问题与检查"},
    [PART_PAPERS] = {"part:papers", "Papers", "案卷材料"},
    [PART_PROOF] = {"part:proof", "Proof", "校验"},
};

static void head(struct teller *t, int part)
{
    const struct part *p = &parts[part];
    t->no_memory |=
        !doc_heading_named(t->d, 1, str_of(t->zh ? p->zh : p->en), str_of(p->anchor));
}

static void tell(struct teller *t, struct str text)
{
    t->no_memory |= !text.p || !doc_paragraph(t->d, text);
}

static struct cell text_cell(struct str s)
{
    return s.n ? (struct cell){.kind = CELL_TEXT, .text = s}
               : (struct cell){.kind = CELL_EMPTY};
}

static struct str moment(struct teller *t, int64_t ms)
{
    return keep(t, doc_moment(t->a, ms));
}

// --- tables that grow

struct table {
    struct table_column columns[8];
    size_t n_columns, n_rows, room;
    struct cell *cells;
};

static void column(struct teller *t, struct table *x, const char *en, const char *zh,
                   double width)
{
    x->columns[x->n_columns++] =
        (struct table_column){.title = str_of(say(t, en, zh)), .width = width};
}

static struct cell *add_row(struct teller *t, struct table *x)
{
    if (x->n_rows == x->room) {
        x->room = x->room ? 2 * x->room : 32;
        struct cell *grown = ARENA_ARRAY(t->a, struct cell, x->room * x->n_columns);
        if (!grown) {
            t->no_memory = true;
            x->room = x->n_rows;
            return NULL;
        }
        for (size_t i = 0; i < x->n_rows * x->n_columns; i++)
            grown[i] = x->cells[i];
        x->cells = grown;
    }
    return &x->cells[x->n_rows++ * x->n_columns];
}

static void end_table(struct teller *t, const struct table *x, const char *en,
                      const char *zh, struct str note)
{
    const struct doc_table table = {.title = str_of(say(t, en, zh)),
                                    .columns = x->columns,
                                    .n_columns = x->n_columns,
                                    .cells = x->cells,
                                    .n_rows = x->n_rows,
                                    .note = note,
                                    .small = true};
    if (!t->no_memory)
        t->no_memory |= !doc_table(t->d, &table);
}

// --- cover

// What a row says, an entry a line; of yes and no only what is yes.
static void tell_fields(struct teller *t, struct table *x, const struct reg *r,
                        const struct datum *values, const struct field *skip)
{
    size_t n;
    const struct field **fields = row_table_fields(t->a, r, &n);
    t->no_memory |= !fields;
    for (size_t i = 0; fields && i < n; i++) {
        const struct field *f = fields[i];
        const struct datum *v = &values[f->index];
        if (f == skip || v->null || f->identifies || (f->type == TYPE_BOOL && !v->i))
            continue;
        struct str text = row_table_words(t->m, t->a, f, v, t->zh, &t->no_memory);
        if (f->unit.en.n)
            text = keep(t, str_format(t->a, STR_FMT " " STR_FMT, STR_ARG(text),
                                      STR_ARG(words(t, f->unit))));
        struct cell *c = add_row(t, x);
        if (!c)
            return;
        c[0] = text_cell(words(t, f->label));
        c[1] = text_cell(text);
    }
}

static void tell_cover(struct teller *t)
{
    struct table x = {.n_columns = 0};
    const struct reg *r = t->f->about.shape->reg;
    const struct row_about *row = &t->f->about.row;
    const struct case_sheet *own = &t->f->sheets[0];
    if (own->struck)
        tell(t, str_format(t->a,
                           say(t,
                               "This case was struck by " STR_FMT ", " STR_FMT
                               ": " STR_FMT ". Its file is kept whole.",
                               "本案记录已由" STR_FMT "于" STR_FMT "作废，理由：" STR_FMT
                               "。案卷材料仍完整保存。"),
                           STR_ARG(who_of(t, own->struck_by)),
                           STR_ARG(moment(t, own->struck_at)), STR_ARG(own->reason)));
    head(t, PART_CASE);
    column(t, &x, "item", "项目", 1);
    column(t, &x, "entry", "内容", 3);
    tell_fields(t, &x, r, row->values, NULL);
    const struct field *due = reg_field(r, STR("stage_due"));
    for (size_t i = 0; due && i < x.n_rows && rows_about_late(r, row, t->m->today); i++)
        if (str_equal(x.cells[i * x.n_columns].text, words(t, due->label)))
            x.cells[i * x.n_columns + 1].tone = TONE_BAD;
    end_table(t, &x, "What the register says of it", "登记内容", STR(""));
}

// --- what is missing

static void tell_missing(struct teller *t)
{
    const struct case_about *c = &t->f->about;
    struct table x = {.n_columns = 0};
    head(t, PART_COMPLETE);
    if (!c->missing)
        tell(t, str_format(t->a,
                           say(t, "All %zu papers that this case must have are here.",
                               "本案应有材料%zu项，已齐全。"),
                           c->required));
    else
        tell(t,
             str_format(t->a,
                        say(t, "Of %zu papers that this case must have, %zu are missing.",
                            "本案应有材料%zu项，缺%zu项。"),
                        c->required, c->missing));
    column(t, &x, "paper", "材料", 3);
    column(t, &x, "required", "是否必备", 1);
    column(t, &x, "there", "份数", 1);
    for (size_t i = 0; i < c->n_papers; i++) {
        const struct case_about_paper *p = &c->papers[i];
        if (!p->required && !p->there)
            continue;
        struct cell *cells = add_row(t, &x);
        if (!cells)
            return;
        cells[0] = text_cell(words(t, p->paper->label));
        cells[1] = text_cell(str_of(p->required ? say(t, "required", "必备")
                                                : say(t, "not required", "非必备")));
        cells[2] = p->there
                       ? (struct cell){.kind = CELL_NUMBER, .value = (double)p->there}
                       : text_cell(str_of(say(t, "missing", "缺")));
        cells[2].tone = p->there ? TONE_NONE : TONE_BAD;
    }
    end_table(t, &x, "Papers that the case must have", "应有材料与实有份数", STR(""));
}

// --- index

static struct str hash_of(struct teller *t, const struct attachment *x)
{
    char hex[CHAIN_HEX_SIZE];
    struct chain_hash hash;
    for (int i = 0; i < CHAIN_HASH_SIZE; i++)
        hash.bytes[i] = x->hash[i];
    chain_to_hex(&hash, hex);
    return keep(t, str_copy(t->a, str_of(hex)));
}

static struct str paper_name(struct teller *t, const struct case_sheet *s)
{
    const struct field *part = reg_field(s->reg, STR("part"));
    if (!s->paper)
        return words(t, s->reg == t->f->about.shape->reg ? t->f->about.shape->reg->label
                                                         : s->reg->label);
    if (part && part->type == TYPE_INT && !s->values[part->index].null)
        return keep(t,
                    str_format(t->a, STR_FMT " %lld", STR_ARG(words(t, s->paper->label)),
                               (long long)s->values[part->index].i));
    return words(t, s->paper->label);
}

// Number of a file: of its paper and of the file in it; of a paper alone file is 0.
static struct str index_number(struct teller *t, size_t sheet, size_t file)
{
    return keep(t, file ? str_format(t->a, "%zu.%zu", sheet, file)
                        : str_format(t->a, "%zu", sheet));
}

static struct str struck_words(struct teller *t, struct str by, int64_t at,
                               struct str reason)
{
    return keep(t, str_format(t->a,
                              say(t, "struck by " STR_FMT ", " STR_FMT ": " STR_FMT,
                                  "已作废，" STR_FMT "，" STR_FMT "：" STR_FMT),
                              STR_ARG(who_of(t, by)), STR_ARG(moment(t, at)),
                              STR_ARG(reason)));
}

static bool is_picture(const struct attachment *x)
{
    return x->kind == SNIFF_JPEG || x->kind == SNIFF_PNG;
}

static bool is_out(const struct case_sheet *s, const struct attachment *file)
{
    return case_file_is_out(s) || (file && file->struck);
}

// Pictures stand on pages of their own, all else where its paper is told.
static struct str place_of(struct teller *t, size_t sheet, size_t file)
{
    const struct case_sheet *s = &t->f->sheets[sheet];
    if (file && is_picture(&s->files[file - 1]) && !is_out(s, &s->files[file - 1]))
        return index_number(t, sheet, file);
    return sheet ? keep(t, str_format(t->a, "sheet:%zu", sheet))
                 : str_of(parts[PART_CASE].anchor);
}

static struct str index_note(struct teller *t, const struct case_sheet *s,
                             const struct attachment *of)
{
    if (of && of->struck)
        return struck_words(t, of->struck_by, of->struck_at, of->reason);
    if (!of && s->struck)
        return struck_words(t, s->struck_by, s->struck_at, s->reason);
    if (of && is_out(s, of))
        return str_of(say(t, "its paper was struck", "随材料作废"));
    if (of && !is_picture(of))
        return str_of(say(t, "in the ZIP", "见ZIP"));
    if (!of && !s->n_files && s->paper)
        return str_of(say(t, "no file is attached", "未附电子件"));
    return STR("");
}

enum { INDEX_COLUMNS = 8 };

static void index_row(struct teller *t, struct table *x, size_t sheet, size_t file)
{
    const struct case_sheet *s = &t->f->sheets[sheet];
    const struct attachment *of = file ? &s->files[file - 1] : NULL;
    struct cell *c = add_row(t, x);
    if (!c)
        return;
    c[0] = text_cell(index_number(t, sheet, file));
    c[1] = text_cell(file ? of->name : paper_name(t, s));
    c[2] = (struct cell){.kind = CELL_PAGE, .anchor = place_of(t, sheet, file)};
    c[3] = of ? (struct cell){.kind = CELL_NUMBER, .value = (double)of->size}
              : (struct cell){.kind = CELL_EMPTY};
    c[4] = of ? text_cell(hash_of(t, of)) : (struct cell){.kind = CELL_EMPTY};
    c[5] = text_cell(who_of(t, of ? of->who : s->who));
    c[6] = text_cell(moment(t, of ? of->at : s->at));
    c[7] = text_cell(index_note(t, s, of));
    c[0].anchor = c[2].anchor;
    for (int i = 0; (is_out(s, of) || (!of && s->struck)) && i < INDEX_COLUMNS; i++)
        c[i].tone = TONE_MUTED;
}

static void index_part(struct teller *t, struct table *x, int part)
{
    struct cell *c = add_row(t, x);
    if (!c)
        return;
    for (int i = 0; i < INDEX_COLUMNS; i++)
        c[i] = (struct cell){.kind = CELL_EMPTY};
    c[1] = text_cell(str_of(t->zh ? parts[part].zh : parts[part].en));
    c[2] = (struct cell){.kind = CELL_PAGE, .anchor = str_of(parts[part].anchor)};
}

static void tell_index(struct teller *t)
{
    struct table x = {.n_columns = 0};
    t->no_memory |=
        !doc_heading(t->d, 1, str_of(say(t, "Index of the file", "案卷目录")));
    column(t, &x, "no.", "序号", 0.7);
    column(t, &x, "paper or file", "材料（文件）", 2.6);
    column(t, &x, "page", "页号", 0.6);
    column(t, &x, "bytes", "字节数", 1.1);
    column(t, &x, "BLAKE2b-256", "BLAKE2b-256 校验值", 3);
    column(t, &x, "by", "提交人", 2.2);
    column(t, &x, "at", "时间", 1.7);
    column(t, &x, "note", "备注", 2.4);
    for (size_t i = 0; i < t->f->n_sheets; i++)
        for (size_t k = 0; k <= t->f->sheets[i].n_files; k++)
            index_row(t, &x, i, k);
    index_part(t, &x, PART_COMPLETE);
    index_part(t, &x, PART_HISTORY);
    index_part(t, &x, PART_LINKED);
    index_part(t, &x, PART_PROOF);
    end_table(t, &x, "Papers and files", "材料与文件",
              str_of(say(
                  t,
                  "Pages are of the PDF of this file. Pictures are printed behind. Other "
                  "files (PDF, office) cannot be set into this document: they are in the "
                  "ZIP of the same case, and this hash says that they are the same. What "
                  "was struck stays listed, and its files are in the ZIP under struck/.",
                  "页号为本案卷PDF之页码。图片附后；PDF、办公文档等无法并入本文件，原件"
                  "见本案的ZIP导出，以校验值为准。已作废材料仍予列出，其文件存于ZIP的"
                  "struck目录。")));
}

// --- the papers

static void tell_file(struct teller *t, struct table *x, size_t sheet, size_t file)
{
    const struct case_sheet *s = &t->f->sheets[sheet];
    const struct attachment *of = &s->files[file - 1];
    struct cell *c = add_row(t, x);
    if (!c)
        return;
    c[0] = text_cell(keep(t, str_format(t->a, say(t, "File " STR_FMT, "文件 " STR_FMT),
                                        STR_ARG(index_number(t, sheet, file)))));
    c[1] = text_cell(of->name);
    if (is_out(s, of))
        c[0].tone = c[1].tone = TONE_MUTED;
    else if (is_picture(of))
        c[1].anchor = index_number(t, sheet, file);
}

static void tell_paper(struct teller *t, size_t sheet)
{
    const struct case_sheet *s = &t->f->sheets[sheet];
    struct table x = {.n_columns = 0};
    column(t, &x, "item", "项目", 1);
    column(t, &x, "entry", "内容", 3);
    if (s->struck) {
        struct cell *c = add_row(t, &x);
        if (!c)
            return;
        c[0] = text_cell(str_of(say(t, "Struck", "作废")));
        c[1] = text_cell(struck_words(t, s->struck_by, s->struck_at, s->reason));
        c[1].tone = TONE_BAD;
    }
    tell_fields(t, &x, s->reg, s->values, t->f->about.shape->papers.by);
    for (size_t k = 1; k <= s->n_files; k++)
        tell_file(t, &x, sheet, k);
    if (x.n_rows)
        x.cells[0].anchor = keep(t, str_format(t->a, "#sheet:%zu", sheet));
    struct str title =
        keep(t, str_format(t->a, say(t, "Paper %zu: " STR_FMT, "材料%zu：" STR_FMT),
                           sheet, STR_ARG(paper_name(t, s))));
    const struct doc_table table = {.title = title,
                                    .columns = x.columns,
                                    .n_columns = x.n_columns,
                                    .cells = x.cells,
                                    .n_rows = x.n_rows,
                                    .small = true};
    if (!t->no_memory)
        t->no_memory |= !doc_table(t->d, &table);
}

static void tell_papers(struct teller *t)
{
    head(t, PART_PAPERS);
    if (t->f->n_sheets < 2)
        tell(t, str_of(say(t, "There is no paper yet.", "尚无材料。")));
    for (size_t i = 1; i < t->f->n_sheets; i++)
        tell_paper(t, i);
}

// --- how it went

// "corrected: decision, decided on" from the image after the change.
static struct str corrected(struct teller *t, struct str after)
{
    const struct reg *r = t->f->about.shape->reg;
    struct buf text = BUF_INIT(4096);
    const char *column_name;
    json_t *value, *object = json_loadb(after.p ? after.p : "", after.n, 0, NULL);
    buf_add_c(&text, say(t, "corrected", "更正"));
    bool first = true;
    json_object_foreach(
        object, column_name,
        value) for (size_t i = SYSTEM_FIELDS; i < r->n_fields;
                    i++) if (str_equal_c(r->fields[i].column, column_name))
    {
        buf_add_c(&text, first ? say(t, ": ", "：") : say(t, ", ", "、"));
        buf_add(&text, words(t, r->fields[i].label));
        first = false;
    }
    json_decref(object);
    struct str out = keep(t, str_copy(t->a, buf_str(&text)));
    buf_free(&text);
    return out;
}

static struct str event_words(struct teller *t, const struct row_event *v,
                              struct str *reason)
{
    const struct workflow *w = t->f->about.shape->reg->workflow;
    *reason = v->reason;
    if (str_equal_c(v->change, "insert"))
        return str_of(say(t, "entered", "录入"));
    if (str_equal_c(v->change, "strike"))
        return str_of(say(t, "struck", "作废"));
    if (str_equal_c(v->change, "restore"))
        return str_of(say(t, "restored", "恢复"));
    if (!str_equal_c(v->change, "move"))
        return corrected(t, v->after);
    struct str name, rest;
    if (!str_split(v->reason, ':', &name, &rest))
        return v->reason;
    *reason = str_trim(rest);
    for (size_t i = 0; w && i < w->n_moves; i++)
        if (str_equal(w->moves[i].name, name))
            return words(t, w->moves[i].label);
    return name;
}

static void tell_history(struct teller *t)
{
    struct table x = {.n_columns = 0};
    head(t, PART_HISTORY);
    column(t, &x, "at", "时间", 1.4);
    column(t, &x, "by", "办理人", 1.2);
    column(t, &x, "what", "事项", 3);
    column(t, &x, "reason", "理由", 3);
    for (size_t i = 0; i < t->f->n_events; i++) {
        const struct row_event *v = &t->f->events[i];
        struct str reason;
        struct cell *c = add_row(t, &x);
        if (!c)
            return;
        c[0] = text_cell(moment(t, v->at));
        c[1] = text_cell(who_of(t, v->who));
        c[2] = text_cell(event_words(t, v, &reason));
        c[3] = text_cell(reason);
    }
    end_table(t, &x, "Moves and corrections", "流转与更正记录", STR(""));
}

static void tell_linked(struct teller *t)
{
    head(t, PART_LINKED);
    if (!t->f->n_linked)
        tell(t, str_of(say(t, "No finding and no visit names this case.",
                           "无与本案关联的问题或检查记录。")));
    for (size_t i = 0; i < t->f->n_linked; i++) {
        const struct row_group *x = &t->f->linked[i];
        const bool same = x->by && x->by->refers == t->f->about.shape->reg;
        const struct row_table table =
            row_table_choose(t->m->county, x->reg, x->rows, x->n, same ? x->by : NULL);
        t->no_memory |=
            !row_table_add(t->d, t->m, &table, x->rows, x->n, words(t, x->reg->label), 0);
    }
}

// --- pictures and proof

static enum err tell_pictures(struct teller *t, struct error *e)
{
    for (size_t i = 0; i < t->f->n_sheets; i++) {
        const struct case_sheet *s = &t->f->sheets[i];
        for (size_t k = 0; k < s->n_files; k++) {
            struct attachment again;
            struct str bytes = {NULL, 0};
            if (!is_picture(&s->files[k]) || is_out(s, &s->files[k]))
                continue;
            enum err code = attachment_get(t->m->county, t->m->who, s->files[k].id, t->a,
                                           &again, &bytes, e);
            if (code)
                return code;
            const struct str number = index_number(t, i, k + 1);
            const struct doc_picture p = {
                .title = keep(t, str_format(t->a, STR_FMT "  " STR_FMT ": " STR_FMT,
                                            STR_ARG(number), STR_ARG(paper_name(t, s)),
                                            STR_ARG(again.name))),
                .anchor = number,
                .bytes = bytes,
                .note = keep(t, str_format(t->a, "BLAKE2b-256 " STR_FMT,
                                           STR_ARG(hash_of(t, &again))))};
            t->no_memory |= !doc_picture(t->d, &p);
        }
    }
    return ERR_OK;
}

static void tell_proof(struct teller *t)
{
    const struct case_file *f = t->f;
    t->no_memory |= !doc_break(t->d);
    head(t, PART_PROOF);
    tell(t,
         str_format(t->a,
                    say(t,
                        "At " STR_FMT " the county's history had %lld entries, and the "
                        "hash of the last was",
                        "截至" STR_FMT "，本县数据变更记录共%lld条，末条校验值为"),
                    STR_ARG(moment(t, f->made)), (long long)f->history_entries));
    tell(t, str_of(f->history_head));
    if (f->files_entries) {
        tell(t, str_format(t->a,
                           say(t,
                               "The chain of attached files had %lld entries, and the "
                               "hash of the last was",
                               "附件记录共%lld条，末条校验值为"),
                           (long long)f->files_entries));
        tell(t, str_of(f->files_head));
    }
    tell(t,
         str_of(say(
             t,
             "'heng verify FILE --expect HASH' proves that these entries are still there "
             "and that none was altered. 'b2sum -l 256' of a file gives the hash that "
             "stands in the index.",
             "用“heng verify 文件 --expect 校验值”可证实上述记录仍在且未被改动；对"
             "原件运行“b2sum -l 256”，应得目录中的校验值。")));
}

enum err case_doc_make(const struct measure *m, struct arena *a,
                       const struct case_file *f, bool zh, struct doc **out,
                       struct error *e)
{
    struct teller t = {.m = m, .a = a, .f = f, .d = doc_new(a, zh), .zh = zh};
    const struct reg *r = f->about.shape->reg;
    const struct row_about *row = &f->about.row;
    if (!t.d)
        return error_memory(e);
    t.d->title =
        keep(&t, str_format(a,
                            row->struck ? say(&t, "Case file " STR_FMT " (struck)",
                                              "案卷 " STR_FMT "（已作废）")
                                        : say(&t, "Case file " STR_FMT, "案卷 " STR_FMT),
                            STR_ARG(f->about.number)));
    struct str place = STR("");
    if (row->facility >= 0)
        place = facility_name(&m->county->places->facilities[row->facility], zh);
    else if (row->area >= 0)
        place = area_name(&m->county->places->areas[row->area], zh);
    struct str stage = STR("");
    if (r->workflow)
        stage = words(&t, r->workflow->stages[rows_about_stage(r, row)].label);
    t.d->subtitle = keep(&t, str_format(a, STR_FMT "%s" STR_FMT, STR_ARG(place),
                                        place.n && stage.n ? " · " : "", STR_ARG(stage)));
    t.d->made =
        keep(&t, str_format(a, say(&t, "Made %s by " STR_FMT, "%s由" STR_FMT "导出"),
                            moment(&t, f->made).p, STR_ARG(who_of(&t, m->who->name))));
    t.d->footer = t.d->title;
    t.d->made_on = (int32_t)(f->made / 86400000);
    tell_cover(&t);
    tell_missing(&t);
    tell_index(&t);
    tell_history(&t);
    tell_linked(&t);
    tell_papers(&t);
    enum err code = tell_pictures(&t, e);
    tell_proof(&t);
    *out = t.d;
    return code ? code : t.no_memory ? error_memory(e) : ERR_OK;
}
