// SPDX-License-Identifier: AGPL-3.0-or-later
// An ODK XForm (.xml) laid out as the sheets of an XLSForm, which it often was made of:
// binds and controls become rows of survey, items and secondary instances rows of
// choices. Paths in expressions become ${name}. What is read of the sheets is said with
// the line of the file. Source: ODK XForms specification.
#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pack/xlsform_private.h"

enum {
    MOST_BYTES = 16 << 20,
    MOST_DEPTH = 60,
    MOST_NODES = 400000,
    MOST_SHEET = 20000,
    MOST_PATH = 600
};

// --- the file as a tree

struct node {
    struct str name; // local; .p NULL: a text
    struct str text;
    struct str (*attributes)[2];
    size_t n_attributes;
    struct node *first, *last, *next, *parent;
    uint64_t line;
};

struct parsing {
    struct xls *x;
    XML_Parser parser;
    struct node *root, *open;
    size_t depth, n;
    enum err code;
    const char *why;
};

static void stop(struct parsing *p, enum err code, const char *why)
{
    if (p->code)
        return;
    p->code = code;
    p->why = why;
    XML_StopParser(p->parser, XML_FALSE);
}

static struct str local(const char *name)
{
    const char *bar = strrchr(name, '|');
    return str_of(bar ? bar + 1 : name);
}

static struct node *add_node(struct parsing *p)
{
    struct node *n = ++p->n > MOST_NODES ? NULL : ARENA_NEW(p->x->arena, struct node);
    if (!n) {
        stop(p, p->n > MOST_NODES ? ERR_LIMIT : ERR_MEMORY, "it has too many elements");
        return NULL;
    }
    n->parent = p->open;
    n->line = XML_GetCurrentLineNumber(p->parser);
    if (p->open && p->open->last)
        p->open->last = p->open->last->next = n;
    else if (p->open)
        p->open->first = p->open->last = n;
    return n;
}

static struct str kept(struct parsing *p, struct str s)
{
    struct str copy = str_copy(p->x->arena, s);
    if (!copy.p)
        stop(p, ERR_MEMORY, NULL);
    return copy.p ? copy : STR("");
}

static void XMLCALL begin(void *context, const char *name, const char **attributes)
{
    struct parsing *p = context;
    struct node *n = p->code ? NULL : add_node(p);
    size_t count = 0;
    if (!n)
        return;
    if (++p->depth > MOST_DEPTH) {
        stop(p, ERR_LIMIT, "its elements lie too deep in each other");
        return;
    }
    n->name = kept(p, local(name));
    while (attributes[2 * count])
        count++;
    n->attributes = arena_alloc(p->x->arena, count + 1, sizeof *n->attributes);
    if (!n->attributes) {
        stop(p, ERR_MEMORY, NULL);
        return;
    }
    for (; n->n_attributes < count; n->n_attributes++) {
        n->attributes[n->n_attributes][0] =
            kept(p, local(attributes[2 * n->n_attributes]));
        n->attributes[n->n_attributes][1] =
            kept(p, str_of(attributes[2 * n->n_attributes + 1]));
    }
    if (!p->root)
        p->root = n;
    p->open = n;
}

static void XMLCALL end(void *context, const char *name)
{
    struct parsing *p = context;
    (void)name;
    if (p->code)
        return;
    p->depth--;
    p->open = p->open->parent;
}

static void XMLCALL text(void *context, const char *s, int n)
{
    struct parsing *p = context;
    struct str part = {s, n < 0 ? 0 : (size_t)n};
    if (p->code || !p->open || (!str_trim(part).n && !p->open->first))
        return;
    struct node *last = p->open->last, *to = last && !last->name.p ? last : add_node(p);
    if (!to)
        return;
    to->text = to->text.n ? str_format(p->x->arena, STR_FMT STR_FMT, STR_ARG(to->text),
                                       STR_ARG(part))
                          : str_copy(p->x->arena, part);
    if (!to->text.p)
        stop(p, ERR_MEMORY, NULL);
}

static void XMLCALL document_type(void *context, const char *name, const char *system,
                                  const char *public_, int internal)
{
    (void)name, (void)system, (void)public_, (void)internal;
    stop(context, ERR_INPUT, "it has a document type (and so entities)");
}

static enum err not_read(const struct parsing *p, const char *path, struct error *e)
{
    char where[300];
    if (p->code == ERR_MEMORY || XML_GetErrorCode(p->parser) == XML_ERROR_NO_MEMORY)
        return error_memory(e);
    snprintf(where, sizeof where, "%.200s:%llu", path,
             (unsigned long long)XML_GetCurrentLineNumber(p->parser));
    error_set(e, p->code ? p->code : ERR_INPUT, "xlsform.xml", where,
              "this is no XForm: %s",
              p->why ? p->why : XML_ErrorString(XML_GetErrorCode(p->parser)));
    (void)error_cure(e,
                     "An XForm is XML with h:html, a model and a body, as ODK programs "
                     "write it.");
    return p->code ? p->code : ERR_INPUT;
}

static enum err parse(struct parsing *p, const char *path, struct error *e)
{
    FILE *f = fopen(path, "rb");
    struct stat about;
    if (!f || fstat(fileno(f), &about) != 0) {
        int why = errno;
        if (f)
            fclose(f);
        return error_errno(e, why, path, "read the form");
    }
    p->parser = XML_ParserCreateNS(NULL, '|');
    if (about.st_size > MOST_BYTES)
        p->code = ERR_LIMIT, p->why = "it is over 16 MiB";
    bool good = p->parser && !p->code;
    if (good) {
        XML_SetUserData(p->parser, p);
        XML_SetElementHandler(p->parser, begin, end);
        XML_SetCharacterDataHandler(p->parser, text);
        XML_SetStartDoctypeDeclHandler(p->parser, document_type);
    }
    char part[1 << 14];
    for (bool more = good; more && good;) {
        size_t n = fread(part, 1, sizeof part, f);
        more = n == sizeof part;
        good = XML_Parse(p->parser, part, (int)n, !more) == XML_STATUS_OK;
    }
    fclose(f);
    enum err code = !p->parser         ? error_memory(e)
                    : good && !p->code ? ERR_OK
                                       : not_read(p, path, e);
    XML_ParserFree(p->parser);
    return code;
}

// --- looking at the tree

static struct node *child(const struct node *of, const char *name)
{
    for (struct node *n = of ? of->first : NULL; n; n = n->next)
        if (n->name.p && str_equal_c(n->name, name))
            return n;
    return NULL;
}

static struct str attribute(const struct node *n, const char *name)
{
    for (size_t i = 0; n && i < n->n_attributes; i++)
        if (str_equal_c(n->attributes[i][0], name))
            return str_trim(n->attributes[i][1]);
    return STR("");
}

// --- the form

struct form_node { // a node of the primary instance
    struct str path, name;
    const struct node *bind;
    bool asked;
};

enum column {
    TYPE,
    NAME,
    LABEL_EN,
    LABEL_ZH,
    LABEL,
    HINT_EN,
    HINT_ZH,
    HINT,
    REQUIRED,
    RELEVANT,
    CONSTRAINT,
    MESSAGE_EN,
    MESSAGE_ZH,
    MESSAGE,
    CALCULATION,
    FILTER,
    PARAMETERS,
    COLUMNS
};
static const char *const survey_columns[COLUMNS] = {"type",
                                                    "name",
                                                    "label::en",
                                                    "label::zh",
                                                    "label",
                                                    "hint::en",
                                                    "hint::zh",
                                                    "hint",
                                                    "required",
                                                    "relevant",
                                                    "constraint",
                                                    "constraint_message::en",
                                                    "constraint_message::zh",
                                                    "constraint_message",
                                                    "calculation",
                                                    "choice_filter",
                                                    "parameters"};
enum { C_LIST, C_NAME, C_EN, C_ZH, C_LABEL, C_COLUMNS, MOST_EXTRA = 20 };
static const char *const choice_columns[C_COLUMNS] = {"list_name", "name", "label::en",
                                                      "label::zh", "label"};

struct form {
    struct xls *x;
    const struct node *model, *itext, *body, *data;
    struct form_node *places;
    size_t n_places, capacity;
    struct str context; // path of what is being said, for relative paths
};

static struct str say(struct form *f, const char *before, struct str s)
{
    struct str out = str_format(f->x->arena, "%s" STR_FMT, before, STR_ARG(s));
    f->x->no_memory |= !out.p;
    return out.p ? out : STR("");
}

static struct form_node *place_at(struct form *f, struct str path)
{
    for (size_t i = 0; i < f->n_places; i++)
        if (str_equal(f->places[i].path, path))
            return &f->places[i];
    return NULL;
}

static bool name_used(const struct form *f, struct str name)
{
    for (size_t i = 0; i < f->n_places; i++)
        if (str_equal(f->places[i].name, name))
            return true;
    return false;
}

static void add_places(struct form *f, const struct node *of, struct str path)
{
    for (const struct node *n = of->first; n && !f->x->no_memory; n = n->next) {
        if (!n->name.p)
            continue;
        struct str own =
            str_format(f->x->arena, STR_FMT "/" STR_FMT, STR_ARG(path), STR_ARG(n->name));
        f->x->no_memory |= !own.p;
        if (!own.p || own.n > MOST_PATH || f->n_places == f->capacity)
            return;
        if (!place_at(f, own)) { // a repeat's template and its first copy are one
            struct str name = n->name;
            for (int i = 2; name_used(f, name) && i < 1000 && name.p; i++)
                name = str_format(f->x->arena, STR_FMT "_%d", STR_ARG(n->name), i);
            f->x->no_memory |= !name.p;
            f->places[f->n_places++] = (struct form_node){.path = own, .name = name};
        }
        add_places(f, n, own);
    }
}

// "../x" beside what is being said; "/data/a" as it is. .p NULL: leads nowhere.
static struct str resolve(struct form *f, struct str written)
{
    char path[MOST_PATH + 8];
    size_t n = 0;
    struct str rest = str_trim(written), part;
    if (str_starts(rest, STR("current()/")))
        rest = (struct str){rest.p + 10, rest.n - 10};
    if (!rest.n || rest.p[0] != '/') {
        n = f->context.n < MOST_PATH ? f->context.n : 0;
        memcpy(path, f->context.p, n);
    }
    for (bool more = true; more;) {
        if (!str_split(rest, '/', &part, &rest)) {
            part = rest;
            more = false;
        }
        part = str_trim(part);
        if (str_equal_c(part, "..")) {
            while (n && path[n - 1] != '/')
                n--;
            n -= n > 0;
        } else if (part.n && !str_equal_c(part, ".")) {
            if (n + part.n + 1 >= MOST_PATH)
                return (struct str){NULL, 0};
            const char *colon = memchr(part.p, ':', part.n); // orx:meta
            if (colon)
                part = (struct str){colon + 1, part.n - (size_t)(colon + 1 - part.p)};
            path[n++] = '/';
            memcpy(path + n, part.p, part.n);
            n += part.n;
        }
    }
    struct form_node *found = place_at(f, (struct str){path, n});
    return found ? found->name : (struct str){NULL, 0};
}

static bool is_path(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c & 0x80) || strchr("_-./:", c) != NULL;
}

// The length of the path that begins here; 0: none does.
static size_t path_length(struct str s, size_t at)
{
    struct str rest = {s.p + at, s.n - at};
    size_t n = 0;
    if (str_starts(rest, STR("current()/")))
        n = 10;
    else if (s.p[at] != '/' && !str_starts(rest, STR("../")) &&
             !str_starts(rest, STR("./")))
        return 0;
    while (n < rest.n && is_path(rest.p[n]) && rest.p[n])
        n++;
    while (n && (rest.p[n - 1] == '/' || rest.p[n - 1] == ':'))
        n--;
    return n;
}

// An expression with ${name} for its paths; those that lead nowhere, and those with
// conditions of their own, stay and are told where they are read.
static struct str expression(struct form *f, struct str s, struct str context)
{
    struct buf b = BUF_INIT(1 << 18);
    char quote = 0;
    f->context = context;
    for (size_t i = 0; i < s.n;) {
        size_t n = quote ? 0 : path_length(s, i);
        struct str name = {NULL, 0};
        if (n && (i + n == s.n || s.p[i + n] != '[') && (!i || !is_path(s.p[i - 1])))
            name = resolve(f, (struct str){s.p + i, n});
        if (name.p) {
            buf_printf(&b, "${" STR_FMT "}", STR_ARG(name));
            i += n;
            continue;
        }
        if (quote ? s.p[i] == quote : s.p[i] == '\'' || s.p[i] == '"')
            quote = quote ? 0 : s.p[i];
        n = n ? n : 1;
        buf_add(&b, (struct str){s.p + i, n});
        i += n;
    }
    struct str out = str_copy(f->x->arena, buf_str(&b));
    f->x->no_memory |= b.failed || !out.p;
    buf_free(&b);
    return out.p ? out : STR("");
}

// --- texts

// Line ends and indents of the file are one space of a text.
static void add_flowing(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool space = strchr(" \t\r\n", s.p[i]) && s.p[i];
        if (!space)
            buf_add_char(b, s.p[i]);
        else if (b->n && b->p[b->n - 1] != ' ')
            buf_add_char(b, ' ');
    }
}

static struct str flat(struct form *f, const struct node *of, struct str context)
{
    struct buf b = BUF_INIT(1 << 16);
    for (const struct node *n = of ? of->first : NULL; n; n = n->next) {
        if (!n->name.p)
            add_flowing(&b, n->text);
        else if (str_equal_c(n->name, "output")) {
            struct str value = attribute(n, "value");
            buf_add(&b, expression(f, value.n ? value : attribute(n, "ref"), context));
        } else {
            buf_add(&b, flat(f, n, context)); // <br/>, <span>
        }
    }
    struct str out = str_copy(f->x->arena, str_trim(buf_str(&b)));
    f->x->no_memory |= b.failed || !out.p;
    buf_free(&b);
    return out.p ? out : STR("");
}

static int language_of(struct str lang)
{
    static const char *const zh[] = {"zh", "cn", "chinese", "中文", "汉语", "mandarin"};
    static const char *const en[] = {"en", "english"};
    char lower[80];
    size_t n = lang.n < sizeof lower - 1 ? lang.n : sizeof lower - 1;
    for (size_t i = 0; i < n; i++)
        lower[i] =
            (char)(lang.p[i] >= 'A' && lang.p[i] <= 'Z' ? lang.p[i] + 32 : lang.p[i]);
    lower[n] = '\0';
    for (size_t i = 0; i < sizeof zh / sizeof *zh; i++)
        if (strcmp(lower, zh[i]) == 0 || (i > 1 && strstr(lower, zh[i])) ||
            strstr(lower, "(zh"))
            return 1;
    for (size_t i = 0; i < sizeof en / sizeof *en; i++)
        if (strcmp(lower, en[i]) == 0 || (i > 0 && strstr(lower, en[i])) ||
            strstr(lower, "(en"))
            return 0;
    return 2;
}

// en, zh, other: the text of an id in each translation.
static void texts_of(struct form *f, struct str id, struct str context, struct str out[3])
{
    for (const struct node *t = f->itext ? f->itext->first : NULL; t; t = t->next) {
        int language = t->name.p ? language_of(attribute(t, "lang")) : -1;
        for (const struct node *one = language < 0 ? NULL : t->first; one;
             one = one->next) {
            if (!one->name.p || !str_equal(attribute(one, "id"), id))
                continue;
            for (const struct node *v = one->first; v; v = v->next)
                if (v->name.p && !attribute(v, "form").n && !out[language].n)
                    out[language] = flat(f, v, context);
            break;
        }
    }
}

// "jr:itext('id')" -> id
static struct str itext_id(struct str s)
{
    struct str call = STR("jr:itext('");
    s = str_trim(s);
    if (!str_starts(s, call) || s.n < call.n + 2)
        return STR("");
    return (struct str){s.p + call.n, s.n - call.n - 2};
}

static void put_texts(struct form *f, const struct node *of, struct str context,
                      struct str *cells, int en, int zh, int other)
{
    struct str id = itext_id(attribute(of, "ref")), out[3] = {{0}};
    if (!of)
        return;
    if (id.n)
        texts_of(f, id, context, out);
    else
        out[2] = flat(f, of, context);
    cells[en] = out[0];
    cells[zh] = out[1];
    if (!out[0].n && !out[1].n)
        cells[other] = out[2];
}

// --- sheets

static struct str *add_row(struct form *f, struct xls_sheet *sheet, uint64_t line)
{
    if (sheet->n_rows == MOST_SHEET) {
        xls_note(f->x, sheet, line, "", STR(""), true, "the form has more than %d parts",
                 MOST_SHEET);
        return NULL;
    }
    struct xls_row *row = &sheet->rows[sheet->n_rows];
    row->line = line;
    row->n = sheet->n;
    row->cells = ARENA_ARRAY(f->x->arena, struct str, sheet->n + MOST_EXTRA + 1);
    if (!row->cells) {
        f->x->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < row->n + MOST_EXTRA; i++)
        row->cells[i] = STR("");
    sheet->n_rows++;
    return row->cells;
}

static bool begin_sheet(struct form *f, struct xls_sheet *sheet, const char *name,
                        const char *const *columns, size_t n, size_t extra, size_t rows)
{
    sheet->name = str_of(name);
    sheet->headings = ARENA_ARRAY(f->x->arena, struct xls_heading, n + extra + 1);
    sheet->rows = ARENA_ARRAY(f->x->arena, struct xls_row, rows + 1);
    f->x->no_memory |= !sheet->headings || !sheet->rows;
    sheet->n = n;
    for (size_t i = 0; i < n && !f->x->no_memory; i++)
        xls_heading(&sheet->headings[i], str_of(columns[i]));
    return !f->x->no_memory;
}

static int choice_column(struct form *f, struct str name)
{
    struct xls_sheet *s = &f->x->choices;
    for (size_t i = C_COLUMNS; i < s->n; i++)
        if (str_equal(s->headings[i].text, name))
            return (int)i;
    if (s->n == C_COLUMNS + MOST_EXTRA)
        return -1;
    xls_heading(&s->headings[s->n], name);
    s->headings[s->n].used = true;
    return (int)s->n++;
}

// The items that stand in a question are a list of its name.
static void put_items(struct form *f, const struct node *control, struct str list)
{
    for (const struct node *n = control->first; n; n = n->next) {
        if (!n->name.p || !str_equal_c(n->name, "item"))
            continue;
        struct str *cells = add_row(f, &f->x->choices, n->line);
        if (!cells)
            return;
        cells[C_LIST] = list;
        cells[C_NAME] = flat(f, child(n, "value"), STR(""));
        put_texts(f, child(n, "label"), STR(""), cells, C_EN, C_ZH, C_LABEL);
    }
}

static const struct node *instance_named(const struct form *f, struct str id)
{
    for (const struct node *n = f->model->first; n; n = n->next)
        if (n->name.p && str_equal_c(n->name, "instance") &&
            str_equal(attribute(n, "id"), id))
            return n;
    return NULL;
}

static void put_instance_item(struct form *f, const struct node *item, struct str list,
                              struct str value, struct str label)
{
    struct str *cells = add_row(f, &f->x->choices, item->line);
    struct str of = itext_id(label), out[3] = {{0}};
    if (!cells)
        return;
    cells[C_LIST] = list;
    if (str_starts(label, STR("jr:itext(")) && label.n > 10)
        of = (struct str){label.p + 9, label.n - 10};
    for (const struct node *n = item->first; n; n = n->next) {
        if (!n->name.p)
            continue;
        struct str text_of = flat(f, n, STR(""));
        if (str_equal(n->name, value))
            cells[C_NAME] = text_of;
        if (str_equal(n->name, label))
            cells[C_LABEL] = text_of;
        if (of.n && str_equal(n->name, of))
            texts_of(f, text_of, STR(""), out);
        int column = choice_column(f, n->name);
        if (column >= 0)
            cells[column] = text_of;
    }
    f->x->choices.rows[f->x->choices.n_rows - 1].n = f->x->choices.n;
    cells[C_EN] = out[0];
    cells[C_ZH] = out[1];
    if (!out[0].n && !out[1].n && out[2].n)
        cells[C_LABEL] = out[2];
}

// The items of a secondary instance; *filter in ${}. False: not a list of the form.
static bool put_itemset(struct form *f, const struct node *itemset, struct str context,
                        struct str *list, struct str *filter)
{
    struct str s = attribute(itemset, "nodeset"), head = STR("instance('");
    const char *close = s.n > head.n ? memchr(s.p + head.n, '\'', s.n - head.n) : NULL;
    if (!str_starts(s, head) || !close)
        return false;
    *list = (struct str){s.p + head.n, (size_t)(close - s.p) - head.n};
    const struct node *instance = instance_named(f, *list);
    if (!instance || attribute(instance, "src").n)
        return false;
    const char *from = memchr(s.p, '[', s.n);
    if (from && s.p[s.n - 1] == ']')
        *filter = expression(
            f, (struct str){from + 1, s.n - (size_t)(from + 1 - s.p) - 1}, context);
    for (size_t i = 0; i < f->x->choices.n_rows; i++) // shared by questions
        if (str_equal(f->x->choices.rows[i].cells[C_LIST], *list))
            return true;
    struct str value = attribute(child(itemset, "value"), "ref"),
               label = attribute(child(itemset, "label"), "ref");
    const struct node *root = instance->first;
    while (root && !root->name.p)
        root = root->next;
    for (const struct node *n = root ? root->first : NULL; n; n = n->next)
        if (n->name.p)
            put_instance_item(f, n, *list, value, label);
    return true;
}

// --- questions

static const char *input_type(struct str type)
{
    static const char *const types[][2] = {
        {"int", "integer"},        {"integer", "integer"},   {"long", "integer"},
        {"decimal", "decimal"},    {"double", "decimal"},    {"date", "date"},
        {"time", "time"},          {"dateTime", "datetime"}, {"geopoint", "geopoint"},
        {"geotrace", "geotrace"},  {"geoshape", "geoshape"}, {"barcode", "barcode"},
        {"boolean", "acknowledge"}};
    const char *colon = memchr(type.p ? type.p : "", ':', type.n);
    if (colon) // xsd:string
        type = (struct str){colon + 1, type.n - (size_t)(colon + 1 - type.p)};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_equal_c(type, types[i][0]))
            return types[i][1];
    return "text";
}

static const char *upload_type(struct str media)
{
    return str_starts(media, STR("image/"))   ? "image"
           : str_starts(media, STR("audio/")) ? "audio"
           : str_starts(media, STR("video/")) ? "video"
                                              : "file";
}

static void put_bind(struct form *f, const struct node *bind, struct str path,
                     struct str *cells)
{
    if (!bind)
        return;
    struct str message = attribute(bind, "constraintMsg"), out[3] = {{0}};
    cells[REQUIRED] = attribute(bind, "required");
    if (str_equal_c(cells[REQUIRED], "false()"))
        cells[REQUIRED] = STR("");
    cells[RELEVANT] = expression(f, attribute(bind, "relevant"), path);
    if (str_equal_c(cells[RELEVANT], "true()"))
        cells[RELEVANT] = STR("");
    cells[CONSTRAINT] = expression(f, attribute(bind, "constraint"), path);
    cells[CALCULATION] = expression(f, attribute(bind, "calculate"), path);
    if (itext_id(message).n)
        texts_of(f, itext_id(message), path, out);
    else
        out[2] = message;
    cells[MESSAGE_EN] = out[0];
    cells[MESSAGE_ZH] = out[1];
    cells[MESSAGE] = out[0].n || out[1].n ? STR("") : out[2];
}

static struct str type_of(struct form *f, const struct node *n, struct form_node *at,
                          struct str *cells)
{
    struct str kind = n->name, list = at->name, type = attribute(at->bind, "type");
    if (str_equal_c(kind, "input")) {
        bool shown = str_starts(attribute(at->bind, "readonly"), STR("true"));
        return shown ? STR("note") : str_of(input_type(type));
    }
    if (str_equal_c(kind, "upload"))
        return str_of(upload_type(attribute(n, "mediatype")));
    if (str_equal_c(kind, "trigger"))
        return STR("acknowledge");
    if (str_equal_c(kind, "range")) {
        cells[PARAMETERS] =
            str_format(f->x->arena, "start=" STR_FMT " end=" STR_FMT " step=" STR_FMT,
                       STR_ARG(attribute(n, "start")), STR_ARG(attribute(n, "end")),
                       STR_ARG(attribute(n, "step")));
        return STR("range");
    }
    const struct node *itemset = child(n, "itemset");
    if (itemset && !put_itemset(f, itemset, at->path, &list, &cells[FILTER]))
        return STR("select_one_from_file");
    if (!itemset)
        put_items(f, n, list);
    return say(f,
               str_equal_c(kind, "select") ? "select_multiple "
               : str_equal_c(kind, "rank") ? "rank "
                                           : "select_one ",
               list);
}

static bool is_control(struct str name)
{
    static const char *const names[] = {"input",   "select1", "select", "upload",
                                        "trigger", "range",   "rank"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal_c(name, names[i]))
            return true;
    return false;
}

static void put_control(struct form *f, const struct node *n)
{
    struct xls_sheet *s = &f->x->survey;
    struct str ref = attribute(n, "ref");
    f->context = STR("");
    struct str name = resolve(f, ref.n ? ref : attribute(n, "bind"));
    struct str *cells = add_row(f, s, n->line);
    if (!cells)
        return;
    struct form_node *at = NULL;
    for (size_t i = 0; name.p && i < f->n_places; i++)
        if (str_equal(f->places[i].name, name))
            at = &f->places[i];
    if (!at) {
        xls_note(
            f->x, s, n->line, "ref", ref, true,
            "this question leads to nothing in the form's instance; correct its ref");
        s->n_rows--;
        return;
    }
    at->asked = true;
    cells[NAME] = at->name;
    put_texts(f, child(n, "label"), at->path, cells, LABEL_EN, LABEL_ZH, LABEL);
    put_texts(f, child(n, "hint"), at->path, cells, HINT_EN, HINT_ZH, HINT);
    put_bind(f, at->bind, at->path, cells);
    cells[TYPE] = type_of(f, n, at, cells);
    cells[CALCULATION] = STR("");
}

static void put_body(struct form *f, const struct node *of);

static void put_group(struct form *f, const struct node *n, bool repeat)
{
    struct str ref = attribute(n, repeat ? "nodeset" : "ref");
    f->context = STR("");
    struct str name = ref.n ? resolve(f, ref) : (struct str){NULL, 0};
    const struct node *inner = child(n, "repeat");
    struct str *cells = add_row(f, &f->x->survey, n->line);
    if (!cells)
        return;
    cells[TYPE] = repeat ? STR("begin repeat") : STR("begin group");
    for (size_t i = 0; name.p && i < f->n_places; i++)
        if (str_equal(f->places[i].name, name) && (repeat || !inner)) {
            struct str path = f->places[i].path;
            f->places[i].asked = true;
            cells[NAME] = name;
            put_bind(f, f->places[i].bind, path, cells);
        }
    put_texts(f, child(n, "label"), STR(""), cells, LABEL_EN, LABEL_ZH, LABEL);
    put_body(f, n);
    cells = add_row(f, &f->x->survey, n->line);
    if (cells)
        cells[TYPE] = repeat ? STR("end repeat") : STR("end group");
}

static void put_body(struct form *f, const struct node *of)
{
    for (const struct node *n = of->first; n && !f->x->no_memory; n = n->next) {
        if (!n->name.p)
            continue;
        if (str_equal_c(n->name, "group") || str_equal_c(n->name, "repeat"))
            put_group(f, n, str_equal_c(n->name, "repeat"));
        else if (is_control(n->name))
            put_control(f, n);
        else if (!str_equal_c(n->name, "label") && !str_equal_c(n->name, "hint"))
            xls_note(f->x, &f->x->survey, n->line, "", n->name, true,
                     "this part of a form is not known; take it out");
    }
}

static const char *preload_type(const struct node *bind)
{
    static const char *const words[] = {"start",       "end",          "today",
                                        "deviceid",    "subscriberid", "simserial",
                                        "phonenumber", "username",     "email"};
    struct str kind = attribute(bind, "preload"), what = attribute(bind, "preloadParams");
    if (!kind.n || str_equal_c(kind, "uid"))
        return NULL;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_equal_c(what, words[i]))
            return words[i];
    return NULL;
}

// What no control asks: what is worked out, and what the phone knows of itself.
static void put_rest(struct form *f)
{
    for (size_t i = 0; i < f->n_places && !f->x->no_memory; i++) {
        struct form_node *at = &f->places[i];
        struct str calculation = attribute(at->bind, "calculate");
        const char *preload = preload_type(at->bind);
        if (at->asked || (!calculation.n && !preload))
            continue;
        struct str *cells = add_row(f, &f->x->survey, at->bind->line);
        if (!cells)
            return;
        cells[NAME] = at->name;
        cells[TYPE] = preload ? str_of(preload) : STR("calculate");
        if (!preload)
            cells[CALCULATION] = expression(f, calculation, at->path);
    }
}

static void take_binds(struct form *f)
{
    for (const struct node *n = f->model->first; n; n = n->next) {
        if (!n->name.p || !str_equal_c(n->name, "bind"))
            continue;
        f->context = STR("");
        struct str name = resolve(f, attribute(n, "nodeset"));
        for (size_t i = 0; name.p && i < f->n_places; i++)
            if (str_equal(f->places[i].name, name))
                f->places[i].bind = n;
    }
}

static void put_settings(struct form *f, const struct node *head)
{
    static const char *const columns[] = {"form_title", "form_id", "version"};
    struct xls_sheet *s = &f->x->settings;
    if (!begin_sheet(f, s, "settings", columns, 3, 0, 1))
        return;
    struct str *cells = add_row(f, s, f->data->line);
    if (!cells)
        return;
    cells[0] = flat(f, child(head, "title"), STR(""));
    cells[1] = attribute(f->data, "id");
    cells[2] = attribute(f->data, "version");
}

enum err xls_read_xml(struct xls *x, const char *path, struct error *e)
{
    struct parsing p = {.x = x};
    enum err code = parse(&p, path, e);
    if (code)
        return code;
    const struct node *head = child(p.root, "head"), *body = child(p.root, "body");
    struct form f = {.x = x, .model = child(head, "model"), .body = body};
    const struct node *instance = child(f.model, "instance");
    f.data = instance ? instance->first : NULL;
    while (f.data && !f.data->name.p)
        f.data = f.data->next;
    if (!body || !f.data) {
        error_set(e, ERR_INPUT, "xlsform.xml", path, "this XML is no XForm: it has no %s",
                  !body ? "body" : "instance");
        return error_cure(e,
                          "An XForm has h:html with h:head, model, instance and h:body, "
                          "as ODK programs write it.");
    }
    f.itext = child(f.model, "itext");
    f.capacity = p.n < MOST_SHEET ? p.n : MOST_SHEET;
    f.places = ARENA_ARRAY(x->arena, struct form_node, f.capacity + 1);
    if (!f.places)
        return error_memory(e);
    add_places(&f, f.data, say(&f, "/", f.data->name));
    take_binds(&f);
    if (begin_sheet(&f, &x->survey, "form", survey_columns, COLUMNS, 0, MOST_SHEET) &&
        begin_sheet(&f, &x->choices, "form", choice_columns, C_COLUMNS, MOST_EXTRA,
                    MOST_SHEET)) {
        put_settings(&f, head);
        put_body(&f, body);
        put_rest(&f);
    }
    x->out->xml = true;
    return x->no_memory ? error_memory(e) : ERR_OK;
}
