// SPDX-License-Identifier: AGPL-3.0-or-later
// The sheets of an XLSForm: cells to questions, groups and lists of choices.
#include "pack/xlsform.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "pack/load_field.h"
#include "pack/xlsform_private.h"

// What refuses a form is told to the last; hints are not.
enum { MOST_HINTS = 200, MOST_NOTES = 2000, MOST_ROWS = 5000, MOST_NAME = 30 };

// --- notes

void xls_note(struct xls *x, const struct xls_sheet *sheet, uint64_t row,
              const char *column, struct str found, bool refused, const char *format, ...)
{
    struct xlsform *out = x->out;
    out->refused |= refused;
    if (out->n_notes == MOST_NOTES || (!refused && x->n_hints == MOST_HINTS)) {
        out->left_out++;
        return;
    }
    if (!out->notes)
        out->notes = ARENA_ARRAY(x->arena, struct xlsform_note, MOST_NOTES);
    char text[600];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (!out->notes || n < 0) {
        x->no_memory = true;
        return;
    }
    found.n = found.n > 120 ? 120 : found.n;
    while (found.n && (found.p[found.n - 1] & 0xC0) == 0x80 && found.n > 116)
        found.n--; // not in the middle of a letter
    x->n_hints += !refused;
    struct xlsform_note *note = &out->notes[out->n_notes++];
    *note = (struct xlsform_note){.sheet = sheet ? sheet->name : STR(""),
                                  .row = row,
                                  .column = str_copy(x->arena, str_of(column)),
                                  .found = str_copy(x->arena, found),
                                  .text = str_copy(x->arena, str_of(text)),
                                  .refused = refused};
    x->no_memory |= !note->column.p || !note->found.p || !note->text.p;
}

// --- sheets

// "label::English (en)", "Constraint Message", "media::image::fr"
void xls_heading(struct xls_heading *h, struct str text)
{
    static const struct {
        const char *word;
        unsigned language;
    } words[] = {{"(en)", HEADING_EN},    {"english", HEADING_EN}, {"(zh", HEADING_ZH},
                 {"chinese", HEADING_ZH}, {"中文", HEADING_ZH},    {"汉语", HEADING_ZH},
                 {"mandarin", HEADING_ZH}};
    char lower[200];
    size_t n = 0, base = 0;
    for (; n < text.n && n + 1 < sizeof lower; n++)
        lower[n] = (char)tolower((unsigned char)text.p[n]);
    lower[n] = '\0';
    h->text = text;
    h->language = HEADING_PLAIN;
    char *colon = strchr(lower, ':');
    if (colon) {
        *colon = '\0';
        char *language = colon + 1 + (colon[1] == ':');
        h->language = HEADING_OTHER;
        if (strcmp(language, "en") == 0)
            h->language = HEADING_EN;
        if (strcmp(language, "zh") == 0 || strcmp(language, "cn") == 0)
            h->language = HEADING_ZH;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (strstr(language, words[i].word))
                h->language = words[i].language;
    }
    for (const char *p = lower; *p && base + 1 < sizeof h->base; p++)
        h->base[base++] = *p == ' ' ? '_' : *p;
    while (base && h->base[base - 1] == '_')
        base--;
    h->base[base] = '\0';
    static const char *const names[][2] = {
        {"relevance", "relevant"},    {"caption", "label"},
        {"calculate", "calculation"}, {"requiredmsg", "required_message"},
        {"list", "list_name"},        {"value", "name"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(h->base, names[i][0]) == 0)
            snprintf(h->base, sizeof h->base, "%s", names[i][1]);
}

static enum err add_row(struct xls *x, struct xls_sheet *sheet,
                        const struct table_row *from, struct error *e)
{
    struct xls_row *row = &sheet->rows[sheet->n_rows++];
    row->line = from->line;
    row->n = from->n < sheet->n ? from->n : sheet->n;
    row->cells = ARENA_ARRAY(x->arena, struct str, row->n + 1);
    if (!row->cells)
        return error_memory(e);
    for (size_t i = 0; i < row->n; i++) {
        row->cells[i] = str_copy(x->arena, str_trim(from->cells[i]));
        if (!row->cells[i].p)
            return error_memory(e);
    }
    return ERR_OK;
}

static enum err add_headings(struct xls *x, struct xls_sheet *sheet,
                             const struct table_row *row, struct error *e)
{
    sheet->headings = ARENA_ARRAY(x->arena, struct xls_heading, row->n + 1);
    sheet->rows = ARENA_ARRAY(x->arena, struct xls_row, MOST_ROWS);
    if (!sheet->headings || !sheet->rows)
        return error_memory(e);
    sheet->n = row->n;
    for (size_t i = 0; i < row->n; i++) {
        struct str text = str_copy(x->arena, str_trim(row->cells[i]));
        if (!text.p)
            return error_memory(e);
        xls_heading(&sheet->headings[i], text);
        for (size_t k = 0; k < i && text.n; k++)
            if (str_equal_fold(sheet->headings[k].text, text))
                xls_note(x, sheet, row->line, "", text, true,
                         "this heading stands twice: which of the columns counts cannot "
                         "be said. Delete one, or give each its language "
                         "(label::English (en), label::Chinese (zh)).");
    }
    return ERR_OK;
}

static enum err read_sheet(struct xls *x, const char *path, struct str name,
                           struct xls_sheet *sheet, struct error *e)
{
    struct table *t = NULL;
    struct table_options options = {.sheet = str_c(x->arena, name), .no_hash = true};
    sheet->name = name;
    if (!options.sheet)
        return error_memory(e);
    enum err code = table_open(&t, path, &options, e);
    while (!code) {
        struct table_row row;
        code = table_read(t, &row, e);
        if (code || row.end)
            break;
        if (row.problem.code) {
            xls_note(x, sheet, row.line, "", STR(""), true, "%s", row.problem.text);
            continue;
        }
        if (row.blank)
            continue;
        if (!sheet->headings)
            code = add_headings(x, sheet, &row, e);
        else if (sheet->n_rows < MOST_ROWS)
            code = add_row(x, sheet, &row, e);
        else
            xls_note(x, sheet, row.line, "", STR(""), true,
                     "the sheet has more than %d rows", MOST_ROWS);
    }
    table_close(t);
    return code;
}

static bool is_markup(const char *path)
{
    FILE *f = fopen(path, "rb");
    char head[8] = "";
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    return n && memchr(head, '<', n);
}

static enum err no_form(const char *path, struct error *e)
{
    error_set(e, ERR_INPUT, "xlsform.format", path,
              "this is neither an XLSX workbook nor an XForm");
    return error_cure(e,
                      "An XLSForm is a workbook with the sheets survey, choices and "
                      "settings; an XForm is the .xml that other programs make of it.");
}

static enum err read_sheets(struct xls *x, const char *path, struct error *e)
{
    struct table *t = NULL;
    struct str names = {0}, read, one;
    enum err code = table_open(&t, path, &(struct table_options){.no_hash = true}, e);
    if (code)
        return code;
    if (table_about(t)->format == TABLE_XLSX)
        names = str_copy(x->arena, table_sheets(t, &read));
    bool excel = table_about(t)->format == TABLE_XLSX;
    table_close(t);
    if (!excel)
        return no_form(path, e);
    static const char *const known[] = {"survey", "choices", "settings"};
    struct xls_sheet *const sheets[] = {&x->survey, &x->choices, &x->settings};
    for (struct str rest = names; !code && rest.n;) {
        if (!str_split(rest, '\n', &one, &rest)) {
            one = rest;
            rest.n = 0;
        }
        for (size_t i = 0; !code && i < 3; i++)
            if (one.n && str_equal_fold(one, str_of(known[i])))
                code = read_sheet(x, path, one, sheets[i], e);
        if (str_equal_fold(one, STR("entities")) ||
            str_equal_fold(one, STR("external_choices")))
            xls_note(x, &(struct xls_sheet){.name = one}, 0, "", STR(""), false,
                     "this sheet has no counterpart; it is left out");
    }
    if (!code && !x->survey.headings) {
        error_set(e, ERR_INPUT, "xlsform.survey", path,
                  "the workbook has no sheet 'survey'");
        return error_cure(e, "An XLSForm has its questions on a sheet of that name.");
    }
    return code;
}

// --- cells

static int column_of(struct xls_sheet *sheet, const char *base, int language)
{
    for (size_t i = 0; i < sheet->n; i++)
        if ((int)sheet->headings[i].language == language &&
            strcmp(sheet->headings[i].base, base) == 0) {
            sheet->headings[i].used = true;
            return (int)i;
        }
    return -1;
}

static struct str xls_cell_in(struct xls_sheet *sheet, const struct xls_row *row,
                              const char *base, int language)
{
    int i = column_of(sheet, base, language);
    return i >= 0 && (size_t)i < row->n ? row->cells[i] : STR("");
}

struct str xls_cell(struct xls_sheet *sheet, const struct xls_row *row, const char *base)
{
    return xls_cell_in(sheet, row, base, HEADING_PLAIN);
}

static bool is_chinese(struct str s)
{
    for (size_t i = 0; i + 2 < s.n; i++)
        if ((unsigned char)s.p[i] >= 0xE4 && (unsigned char)s.p[i] <= 0xE9)
            return true;
    return false;
}

// `${name}` within a text is shown as [name].
static struct str plain_text(struct xls *x, const struct xls_sheet *sheet,
                             const struct xls_row *row, const char *column, struct str s)
{
    if (!s.n || !memmem(s.p, s.n, "${", 2))
        return s;
    struct buf b = BUF_INIT(1 << 16);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '$' && i + 1 < s.n && s.p[i + 1] == '{') {
            buf_add_char(&b, '[');
            i++;
        } else {
            buf_add_char(&b, s.p[i] == '}' ? ']' : s.p[i]);
        }
    }
    struct str out = str_copy(x->arena, buf_str(&b));
    x->no_memory |= b.failed || !out.p;
    buf_free(&b);
    xls_note(x, sheet, row->line, column, s, false,
             "the text shows an answer; it stands with the name of the question");
    return out;
}

struct label xls_label(struct xls *x, struct xls_sheet *sheet, const struct xls_row *row,
                       const char *base)
{
    struct str plain = xls_cell(sheet, row, base), other = STR("");
    struct label l = {xls_cell_in(sheet, row, base, HEADING_EN),
                      xls_cell_in(sheet, row, base, HEADING_ZH)};
    for (size_t i = 0; i < sheet->n && i < row->n; i++)
        if (sheet->headings[i].language == HEADING_OTHER &&
            strcmp(sheet->headings[i].base, base) == 0 && !other.n)
            other = row->cells[i];
    if (plain.n && !l.zh.n && is_chinese(plain))
        l.zh = plain;
    else if (plain.n && !l.en.n)
        l.en = plain;
    if (!l.en.n && !l.zh.n)
        l.en = other;
    x->one_language |= (l.en.n > 0) != (l.zh.n > 0);
    l.en = plain_text(x, sheet, row, base, l.en.n ? l.en : l.zh);
    l.zh = l.zh.n ? plain_text(x, sheet, row, base, l.zh) : l.en;
    return l;
}

bool xls_says_yes(struct str s)
{
    static const char *const words[] = {"yes", "true", "true()", "1", "y", "是"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal_fold(s, str_of(words[i])))
            return true;
    return false;
}

// --- names

// What a name may be here; *changed when it had to become another.
struct str xls_tame(struct xls *x, struct str from, bool code)
{
    static const char *const own[] = {"id",       "version",  "state",       "source",
                                      "saved_by", "saved_at", "fingerprint", "area",
                                      "facility", "date",     "checked_on",  "kind",
                                      "planned",  "team",     "inspector",   "inspection",
                                      "edition",  "score",    "critical"};
    char name[MOST_NAME + 16];
    size_t n = 0;
    for (size_t i = 0; i < from.n && n < MOST_NAME; i++) {
        char c = (char)tolower((unsigned char)from.p[i]);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            name[n++] = c;
        else if (n && name[n - 1] != '_')
            name[n++] = '_';
    }
    name[n] = '\0';
    bool letter = n && name[0] >= 'a' && name[0] <= 'z';
    struct str out = str_format(x->arena, "%s%s", letter ? "" : code ? "c" : "q_", name);
    bool taken = out.p && name_is_sql(out);
    for (size_t i = 0; i < sizeof own / sizeof *own && !code && out.p; i++)
        taken |= str_equal_c(out, own[i]);
    if (taken)
        out = str_format(x->arena, STR_FMT "%s", STR_ARG(out), code ? "_" : "_item");
    if (!out.p) {
        x->no_memory = true;
        return STR("x");
    }
    return out;
}

static bool name_taken(const struct xls *x, struct str name)
{
    for (size_t i = 0; i < x->n_questions; i++)
        if (str_equal(x->questions[i].name, name))
            return true;
    return false;
}

// --- questions

struct walk {
    struct xls *x;
    int group;         // open, -1
    struct label hint; // of notes before the next item
    const struct xls_row *note;
};

struct type_row {
    const char *type;
    enum xls_kind kind;
    const char *why; // refused (kind XLS_OUT), or how it is taken; NULL: as it is
    bool refused;
};

static const struct type_row types[] = {
    {"text", XLS_TEXT, NULL, false},
    {"string", XLS_TEXT, NULL, false},
    {"integer", XLS_INT, NULL, false},
    {"int", XLS_INT, NULL, false},
    {"decimal", XLS_DECIMAL, NULL, false},
    {"date", XLS_DATE, NULL, false},
    {"calculate", XLS_CALCULATE, NULL, false},
    {"today", XLS_TODAY, NULL, false},
    {"acknowledge", XLS_BOOL, NULL, false},
    {"trigger", XLS_BOOL, NULL, false},
    {"image", XLS_BOOL, "taken as a yes / no item with a photograph", false},
    {"photo", XLS_BOOL, "taken as a yes / no item with a photograph", false},
    {"barcode", XLS_TEXT, "a code is typed, not scanned; taken as a text", false},
    {"phone_number", XLS_TEXT, "taken as a text", false},
    {"start", XLS_OUT, "Heng keeps by itself when a row was saved; left out", false},
    {"end", XLS_OUT, "Heng keeps by itself when a row was saved; left out", false},
    {"deviceid", XLS_OUT, "no device is kept; left out", false},
    {"subscriberid", XLS_OUT, "no device is kept; left out", false},
    {"simserial", XLS_OUT, "no device is kept; left out", false},
    {"phonenumber", XLS_OUT, "no device is kept; left out", false},
    {"username", XLS_OUT, "Heng keeps by itself who saved a row; left out", false},
    {"email", XLS_OUT, "Heng keeps by itself who saved a row; left out", false},
    {"audit", XLS_OUT, "nobody is watched while filling in; left out", false},
    {"background-audio", XLS_OUT, "nobody is listened to; left out", false},
    {"uri:deviceid", XLS_OUT, "no device is kept; left out", false},
    {"uri:subscriberid", XLS_OUT, "no device is kept; left out", false},
    {"uri:simserial", XLS_OUT, "no device is kept; left out", false},
    {"uri:phonenumber", XLS_OUT, "no device is kept; left out", false},
    {"uri:username", XLS_OUT, "Heng keeps by itself who saved a row; left out", false},
    {"uri:email", XLS_OUT, "Heng keeps by itself who saved a row; left out", false},
    {"geopoint", XLS_GEOPOINT,
     "taken as two numbers, latitude and longitude, which are typed", false},
    {"geotrace", XLS_OUT, "a line on the map has no counterpart. Delete the question",
     true},
    {"geoshape", XLS_OUT, "a shape on the map has no counterpart. Delete the question",
     true},
    {"time", XLS_TEXT, "taken as a text; that it is a time is not checked", false},
    {"datetime", XLS_MOMENT, "taken as a day, and a text for the time", false},
    {"dateTime", XLS_MOMENT, "taken as a day, and a text for the time", false},
    {"audio", XLS_BOOL, "taken as a yes / no item; attach the recording to the row",
     false},
    {"video", XLS_BOOL, "taken as a yes / no item; attach the film to the row", false},
    {"file", XLS_BOOL, "taken as a yes / no item; attach the file to the row", false},
    {"hidden", XLS_OUT, "a hidden answer has no counterpart. Delete the question", true},
    {"include", XLS_OUT, "another form is included: put its questions here", true},
    {"osm", XLS_OUT, "places of OpenStreetMap have no counterpart. Delete the question",
     true},
    {"select_one_external", XLS_OUT,
     "a list elsewhere has no counterpart. Put it on choices", true},
    {"select_one_from_file", XLS_OUT,
     "a list in a file has no counterpart. Put it on choices", true},
    {"select_multiple_from_file", XLS_OUT,
     "a list in a file has no counterpart. Put it on choices", true},
    {"xml-external", XLS_OUT, "a list in a file has no counterpart. Put it on choices",
     true},
    {"csv-external", XLS_OUT, "a list in a file has no counterpart. Put it on choices",
     true},
};

static bool label_is_set(struct label l)
{
    return l.en.n > 0;
}

static struct xls_question *add_question(struct walk *w, const struct xls_row *row,
                                         enum xls_kind kind)
{
    struct xls *x = w->x;
    struct xls_sheet *s = &x->survey;
    struct str name = xls_cell(s, row, "name");
    if (!name.n) {
        xls_note(x, s, row->line, "name", xls_cell(s, row, "type"), true,
                 "the question has no name; give it one");
        return NULL;
    }
    for (size_t i = 0; i < x->n_questions; i++)
        if (str_equal(x->questions[i].original, name)) {
            xls_note(x, s, row->line, "name", name, true,
                     "a question of this name already stands in row %llu",
                     (unsigned long long)x->questions[i].row->line);
            return NULL;
        }
    struct str tamed = xls_tame(x, name, false);
    if (name_taken(x, tamed))
        tamed = str_format(x->arena, STR_FMT "_%zu", STR_ARG(tamed), x->n_questions);
    x->no_memory |= !tamed.p;
    if (!str_equal_fold(tamed, name) && kind < XLS_CALCULATE)
        xls_note(x, s, row->line, "name", name, false, "called '" STR_FMT "' here",
                 STR_ARG(tamed));
    struct xls_question *q = &x->questions[x->n_questions++];
    *q = (struct xls_question){.row = row,
                               .original = name,
                               .name = tamed,
                               .kind = kind,
                               .label = xls_label(x, s, row, "label"),
                               .hint = xls_label(x, s, row, "hint"),
                               .relevant = xls_cell(s, row, "relevant"),
                               .constraint = xls_cell(s, row, "constraint"),
                               .calculation = xls_cell(s, row, "calculation"),
                               .message = xls_label(x, s, row, "constraint_message"),
                               .points = xls_cell(s, row, "points"),
                               .met = xls_cell(s, row, "met"),
                               .filter = xls_cell(s, row, "choice_filter"),
                               .critical = xls_says_yes(xls_cell(s, row, "critical")),
                               .photo = xls_says_yes(xls_cell(s, row, "photo")),
                               .group = w->group};
    struct str required = xls_cell(s, row, "required");
    q->required = xls_says_yes(required);
    if (required.n > 5 && !q->required)
        xls_note(x, s, row->line, "required", required, false,
                 "whether an answer is required cannot depend on others; taken as not "
                 "required");
    if (kind == XLS_CALCULATE || kind == XLS_OUT || kind == XLS_TODAY)
        return q;
    if (!label_is_set(q->label)) {
        q->label = (struct label){name, name};
        xls_note(x, s, row->line, "label", STR(""), false,
                 "the question '" STR_FMT "' has no label; its name stands there",
                 STR_ARG(name));
    }
    if (label_is_set(w->hint) && !label_is_set(q->hint))
        q->hint = w->hint;
    w->hint = (struct label){0};
    return q;
}

static void add_select(struct walk *w, const struct xls_row *row, struct str list_name,
                       enum xls_kind kind)
{
    struct xls *x = w->x;
    struct str rest = str_trim(list_name), list = rest;
    bool other = false;
    if (str_split(rest, ' ', &list, &rest)) {
        rest = str_trim(rest);
        other = str_equal_fold(rest, STR("or_other")) ||
                str_equal_fold(rest, STR("or specify other"));
        if (!other)
            xls_note(x, &x->survey, row->line, "type", list_name, true,
                     "'" STR_FMT "' behind the list is not understood", STR_ARG(rest));
    }
    struct xls_list *l = xls_list_named(x, list);
    if (!l || !l->n) {
        xls_note(x, &x->survey, row->line, "type", list, true,
                 "the sheet choices has no list of this name");
        return;
    }
    bool two = l->yes_no && kind == XLS_CODE && !other;
    if (kind == XLS_RANK)
        xls_note(x, &x->survey, row->line, "type", list, false,
                 "a ranking is taken as an item for each place");
    struct xls_question *q = add_question(w, row, two ? XLS_BOOL : kind);
    if (!q)
        return;
    q->list = l;
    q->other = other;
    for (size_t i = 0; q->filter.n && i < x->choices.n; i++) {
        struct xls_heading *h = &x->choices.headings[i];
        h->used |= h->text.n && memmem(q->filter.p, q->filter.n, h->text.p, h->text.n);
    }
    if (q->filter.n)
        xls_note(
            x, &x->survey, row->line, "choice_filter", q->filter, false,
            "all choices are offered; one that does not belong to the answer above is "
            "refused");
}

static void begin_group(struct walk *w, const struct xls_row *row, bool repeat)
{
    struct xls *x = w->x;
    struct xls_sheet *s = &x->survey;
    struct str name = xls_cell(s, row, "name");
    if (repeat)
        xls_note(x, s, row->line, "type", name, true,
                 "a group that repeats has no counterpart: a row answers each item once. "
                 "Ask for the number and the worst case, or make a checklist of its own "
                 "with a row for each");
    struct xls_group *g = &x->groups[x->n_groups];
    *g = (struct xls_group){.parent = w->group,
                            .name = xls_tame(x, name.n ? name : STR("group"), false),
                            .relevant = xls_cell(s, row, "relevant"),
                            .label = xls_label(x, s, row, "label"),
                            .row = row};
    if (!label_is_set(g->label))
        g->label = (struct label){name.n ? name : g->name, name.n ? name : g->name};
    if (w->group >= 0 && label_is_set(g->label))
        xls_note(x, s, row->line, "type", name, false,
                 "a group within a group: its items stand in the outer one");
    w->group = (int)x->n_groups++;
}

static void drop_note(struct walk *w);

static void end_group(struct walk *w, const struct xls_row *row)
{
    drop_note(w);
    if (w->group < 0)
        xls_note(w->x, &w->x->survey, row->line, "type", STR("end group"), true,
                 "no group is open here; delete the row");
    else
        w->group = w->x->groups[w->group].parent;
}

static void read_range(struct walk *w, const struct xls_row *row)
{
    struct str rest = xls_cell(&w->x->survey, row, "parameters"), part, key, value;
    struct xls_question *q = add_question(w, row, XLS_INT);
    while (q && rest.n) {
        if (!str_split(rest, ' ', &part, &rest)) {
            part = rest;
            rest.n = 0;
        }
        if (!str_split(part, '=', &key, &value))
            continue;
        double number;
        if (!str_to_double(value, &number))
            continue;
        if (memchr(value.p, '.', value.n))
            q->kind = XLS_DECIMAL;
        if (str_equal_c(key, "start"))
            q->min = value;
        if (str_equal_c(key, "end"))
            q->max = value;
    }
}

static bool type_starts(struct str type, const char *word, struct str *rest)
{
    size_t n = strlen(word);
    if (type.n < n || !str_equal_fold((struct str){type.p, n}, str_of(word)) ||
        (type.n > n && type.p[n] != ' '))
        return false;
    *rest = str_trim((struct str){type.p + n, type.n - n});
    return true;
}

static void add_plain(struct walk *w, const struct xls_row *row, struct str type)
{
    struct xls *x = w->x;
    char word[40];
    size_t n = 0;
    for (; n < type.n && n + 1 < sizeof word; n++)
        word[n] = type.p[n] == ' ' ? '_' : (char)tolower((unsigned char)type.p[n]);
    word[n] = '\0';
    static const char *const with_list[] = {"osm", "select_one_external",
                                            "select_one_from_file",
                                            "select_multiple_from_file"};
    for (size_t i = 0; i < sizeof with_list / sizeof *with_list; i++) {
        size_t k = strlen(with_list[i]);
        if (strncmp(word, with_list[i], k) == 0 && word[k] == '_')
            word[k] = '\0';
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const struct type_row *t = &types[i];
        if (strcmp(word, t->type) != 0)
            continue;
        if (t->why)
            xls_note(x, &x->survey, row->line, "type", type, t->refused, "%s", t->why);
        struct xls_question *q = add_question(w, row, t->kind);
        if (q && (strcmp(word, "image") == 0 || strcmp(word, "photo") == 0))
            q->photo = true;
        return;
    }
    xls_note(
        x, &x->survey, row->line, "type", type, true,
        "this type of question is not known. Taken are text, integer, decimal, range, "
        "date, time, dateTime, geopoint, select_one, select_multiple, rank, acknowledge, "
        "barcode, image, audio, video, file, note, group and calculate");
}

static void add_note(struct walk *w, struct label note, const struct xls_row *row)
{
    struct xls *x = w->x;
    if (label_is_set(w->hint)) {
        struct label both = {str_format(x->arena, STR_FMT " " STR_FMT,
                                        STR_ARG(w->hint.en), STR_ARG(note.en)),
                             str_format(x->arena, STR_FMT " " STR_FMT,
                                        STR_ARG(w->hint.zh), STR_ARG(note.zh))};
        x->no_memory |= !both.en.p || !both.zh.p;
        note = both;
    }
    w->hint = note;
    w->note = row;
}

// A note with no item behind it has nowhere to stand.
static void drop_note(struct walk *w)
{
    if (label_is_set(w->hint))
        xls_note(w->x, &w->x->survey, w->note->line, "label", w->hint.en, false,
                 "no item follows the note in its group; it is left out");
    w->hint = (struct label){0};
}

static void read_question(struct walk *w, const struct xls_row *row)
{
    struct xls_sheet *s = &w->x->survey;
    struct str type = xls_cell(s, row, "type"), rest;
    if (!type.n || type.p[0] == '#')
        return;
    if (type_starts(type, "select_one", &rest) ||
        type_starts(type, "select one", &rest) ||
        type_starts(type, "select one from", &rest))
        add_select(w, row, rest, XLS_CODE);
    else if (type_starts(type, "select_multiple", &rest) ||
             type_starts(type, "select multiple", &rest) ||
             type_starts(type, "select all that apply from", &rest))
        add_select(w, row, rest, XLS_MULTIPLE);
    else if (type_starts(type, "rank", &rest))
        add_select(w, row, rest, XLS_RANK);
    else if (type_starts(type, "begin group", &rest) ||
             type_starts(type, "begin_group", &rest))
        begin_group(w, row, false);
    else if (type_starts(type, "begin repeat", &rest) ||
             type_starts(type, "begin_repeat", &rest))
        begin_group(w, row, true);
    else if (type_starts(type, "end group", &rest) ||
             type_starts(type, "end_group", &rest) ||
             type_starts(type, "end repeat", &rest) ||
             type_starts(type, "end_repeat", &rest))
        end_group(w, row);
    else if (type_starts(type, "range", &rest))
        read_range(w, row);
    else if (type_starts(type, "note", &rest)) {
        add_note(w, xls_label(w->x, s, row, "label"), row);
        if (xls_cell(s, row, "relevant").n)
            xls_note(w->x, s, row->line, "relevant", xls_cell(s, row, "relevant"), false,
                     "a note is the hint of the next item and stands there always");
    } else {
        add_plain(w, row, type);
    }
}

// Columns that are only about how a form looks or travels, and those nobody knows.
static void tell_columns(struct xls *x, struct xls_sheet *s, const char *const *quiet,
                         size_t n_quiet)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct xls_heading *h = &s->headings[i];
        bool known = h->used || !h->text.n;
        for (size_t k = 0; k < n_quiet; k++)
            known |= strcmp(h->base, quiet[k]) == 0;
        for (size_t k = 0; k < s->n && !known; k++) // label::french beside label::english
            known |= s->headings[k].used && strcmp(s->headings[k].base, h->base) == 0;
        uint64_t first = 0;
        size_t filled = 0;
        for (size_t k = 0; k < s->n_rows; k++)
            if (i < s->rows[k].n && s->rows[k].cells[i].n) {
                first = first ? first : s->rows[k].line;
                filled++;
            }
        if (!known && filled)
            xls_note(x, s, first, "", h->text, false,
                     "this column is left out (%zu cells)", filled);
    }
}

static enum err read_survey(struct xls *x, struct error *e)
{
    size_t n = x->survey.n_rows;
    static const char *const quiet[] = {"type", "name", "label", "hint"};
    struct walk w = {.x = x, .group = -1};
    x->questions = ARENA_ARRAY(x->arena, struct xls_question, n + 1);
    x->groups = ARENA_ARRAY(x->arena, struct xls_group, n + 1);
    if (!x->questions || !x->groups)
        return error_memory(e);
    if (column_of(&x->survey, "type", HEADING_PLAIN) < 0 ||
        column_of(&x->survey, "name", HEADING_PLAIN) < 0)
        xls_note(x, &x->survey, 1, "", STR(""), true,
                 "the sheet needs the columns type and name");
    for (size_t i = 0; i < n && !x->no_memory; i++)
        read_question(&w, &x->survey.rows[i]);
    drop_note(&w);
    if (w.group >= 0)
        xls_note(x, &x->survey, x->groups[w.group].row->line, "type",
                 x->groups[w.group].name, true, "the group is never closed");
    tell_columns(x, &x->survey, quiet, 4);
    tell_columns(x, &x->choices, quiet, 4);
    return x->no_memory ? error_memory(e) : ERR_OK;
}

static void name_form(struct xls *x, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct str file = str_of(slash ? slash + 1 : path), stem, rest;
    if (!str_split(file, '.', &stem, &rest))
        stem = file;
    struct str id = x->settings.n_rows
                        ? xls_cell(&x->settings, &x->settings.rows[0], "form_id")
                        : STR("");
    if (!id.n && x->settings.n_rows)
        id = xls_cell(&x->settings, &x->settings.rows[0], "id_string");
    x->out->name = xls_tame(x, id.n ? id : stem, false);
}

enum err xlsform_read(struct arena *a, const char *path, struct xlsform *out,
                      struct error *e)
{
    struct xls *x = ARENA_NEW(a, struct xls);
    *out = (struct xlsform){0};
    if (!x)
        return error_memory(e);
    x->arena = a;
    x->out = out;
    enum err code = is_markup(path) ? xls_read_xml(x, path, e) : read_sheets(x, path, e);
    if (code)
        return code;
    xls_read_choices(x);
    code = x->no_memory ? error_memory(e) : read_survey(x, e);
    if (code)
        return code;
    name_form(x, path);
    if (x->one_language)
        xls_note(x, &x->survey, 1, "label", STR(""), false,
                 "some texts have one language only; it stands for both. Add columns "
                 "label::English (en) and label::Chinese (zh)");
    if (!x->no_memory)
        xls_write(x);
    if (out->refused)
        out->yaml = STR("");
    return x->no_memory ? error_memory(e) : ERR_OK;
}
