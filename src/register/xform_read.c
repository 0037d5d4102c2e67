// SPDX-License-Identifier: AGPL-3.0-or-later
// A filled form as a phone sends it. What comes is foreign: no document type (so neither
// entities nor their bombs), bounded in size, depth and number of values.
#include <expat.h>
#include <stdio.h>
#include <string.h>

#include "register/xform_private.h"

enum { MAX_VALUE = 64 << 10 };

struct reading {
    struct xform_filled *out;
    struct arena *arena;
    struct error *e;
    enum err code; // of the first failure
    XML_Parser parser;
    struct str open[XFORM_MAX_DEPTH]; // names of the elements that are open
    int depth;
    struct buf text; // of the innermost
    bool has_parts;  // the element that just ended had elements in it
};

static void fail(struct reading *r, enum err code, const char *text, struct str name)
{
    if (r->code)
        return;
    char where[64];
    snprintf(where, sizeof where, "line %llu, column %llu",
             (unsigned long long)XML_GetCurrentLineNumber(r->parser),
             (unsigned long long)XML_GetCurrentColumnNumber(r->parser) + 1);
    r->code = error_set(r->e, code, "xform.read", where, "%s" STR_FMT "%s", text,
                        STR_ARG(name), name.n ? "'" : "");
    (void)error_cure(r->e, "send the form as the phone filled it in");
    XML_StopParser(r->parser, XML_FALSE);
}

// "http://openrosa.org/xforms|meta" -> "meta"
static struct str local_name(const char *name)
{
    const char *bar = strrchr(name, '|');
    return str_of(bar ? bar + 1 : name);
}

static struct str attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return str_of(attributes[1]);
    return STR("");
}

static struct str kept(struct reading *r, struct str s)
{
    struct str copy = str_copy(r->arena, s);
    if (!copy.p && !r->code)
        r->code = error_memory(r->e);
    return copy.p ? copy : STR("");
}

static void XMLCALL begin(void *context, const char *name, const char **attributes)
{
    struct reading *r = context;
    if (r->code)
        return;
    if (r->depth == XFORM_MAX_DEPTH) {
        fail(r, ERR_LIMIT, "elements lie deeper in each other than is taken", STR(""));
        return;
    }
    if (!r->depth) {
        r->out->form = kept(r, attribute(attributes, "id"));
        r->out->version = kept(r, attribute(attributes, "version"));
    }
    r->open[r->depth++] = kept(r, local_name(name));
    r->has_parts = false;
    buf_clear(&r->text);
}

static void XMLCALL text(void *context, const char *p, int n)
{
    struct reading *r = context;
    buf_add(&r->text, (struct str){p, n < 0 ? 0 : (size_t)n});
    if (r->text.failed)
        fail(r, r->text.no_memory ? ERR_MEMORY : ERR_LIMIT, "an answer is too long",
             STR(""));
}

static void take_once(struct reading *r, struct str *where, struct str name)
{
    if (where->p)
        fail(r, ERR_INPUT, "there are two of '", name);
    *where = kept(r, str_trim(buf_str(&r->text)));
}

static void take_value(struct reading *r, struct str name)
{
    struct xform_filled *out = r->out;
    if (out->n_values == XFORM_MAX_VALUES) {
        fail(r, ERR_LIMIT, "the form has too many answers", STR(""));
        return;
    }
    for (size_t i = 0; i < out->n_values; i++)
        if (str_equal(out->values[i].field, name))
            fail(r, ERR_INPUT, "there are two answers to '", name);
    out->values[out->n_values++] = (struct row_change){name, kept(r, buf_str(&r->text))};
}

static void take_file(struct reading *r, struct str item)
{
    struct str name = str_trim(buf_str(&r->text));
    if (!name.n)
        return;
    if (r->out->n_files == XFORM_MAX_VALUES)
        fail(r, ERR_LIMIT, "the form names too many files", STR(""));
    else
        r->out->files[r->out->n_files++] = (struct xform_file){item, kept(r, name)};
}

// The element of this name, in `of`, has ended.
static void take(struct reading *r, struct str of, struct str name)
{
    if (str_equal_c(of, "row"))
        take_value(r, name);
    else if (str_equal_c(of, "photo"))
        take_file(r, name);
    else if (str_equal_c(of, "meta") && str_equal_c(name, "instanceID"))
        take_once(r, &r->out->instance, name);
    else if (str_equal_c(of, "meta") && str_equal_c(name, "deprecatedID"))
        take_once(r, &r->out->deprecated, name);
}

static bool is_part(struct str name)
{
    static const char *const parts[] = {"choose", "row", "photo", "meta", "source"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (str_equal_c(name, parts[i]))
            return true;
    return false;
}

static void XMLCALL end(void *context, const char *element)
{
    struct reading *r = context;
    (void)element;
    if (r->code)
        return;
    struct str name = r->open[--r->depth];
    bool source = r->depth == 1 && str_equal_c(name, "source");
    if (r->depth == 1 && !is_part(name))
        fail(r, ERR_INPUT, "this form has no part '", name);
    else if (source && !r->has_parts)
        r->out->source = kept(r, str_trim(buf_str(&r->text)));
    else if (r->depth == 2 && r->has_parts)
        fail(r, ERR_INPUT, "there are answers inside the answer '", name);
    else if (r->depth == 2)
        take(r, r->open[1], name);
    r->has_parts = true;
    buf_clear(&r->text);
}

static void XMLCALL document_type(void *context, const char *name, const char *system,
                                  const char *public_, int internal)
{
    (void)name, (void)system, (void)public_, (void)internal;
    fail(context, ERR_INPUT, "a document type (and so entities) is not taken", STR(""));
}

static enum err not_well_formed(struct reading *r)
{
    if (XML_GetErrorCode(r->parser) == XML_ERROR_NO_MEMORY)
        return error_memory(r->e);
    const char *why = XML_ErrorString(XML_GetErrorCode(r->parser));
    fail(r, ERR_INPUT, "this is no XML: ", STR(""));
    if (r->e)
        error_set(r->e, ERR_INPUT, "xform.read", str_c(r->arena, str_of(r->e->where)),
                  "this is no XML: %s", why ? why : "?");
    return r->code ? r->code : ERR_INPUT;
}

static enum err complete(const struct xform_filled *f, struct error *e)
{
    const char *missing = !f->form.n                         ? "the id of its form"
                          : !f->instance.p || !f->instance.n ? "an instanceID"
                                                             : NULL;
    if (missing) {
        error_set(e, ERR_INPUT, "xform.incomplete", NULL, "what was sent has not %s",
                  missing);
        return error_cure(e, "send the form as the phone filled it in");
    }
    if (f->instance.n > XFORM_ID_MAX || f->deprecated.n > XFORM_ID_MAX)
        return error_set(e, ERR_INPUT, "xform.instance", "instanceID",
                         "an instanceID has at most %d bytes", XFORM_ID_MAX);
    return ERR_OK;
}

enum err xform_read(struct str xml, struct arena *a, struct xform_filled *out,
                    struct error *e)
{
    struct error own = {0};
    struct reading r = {
        .out = out, .arena = a, .e = e ? e : &own, .text = BUF_INIT(MAX_VALUE)};
    *out = (struct xform_filled){
        .form = STR(""),
        .version = STR(""),
        .source = STR(""),
        .values = ARENA_ARRAY(a, struct row_change, XFORM_MAX_VALUES),
        .files = ARENA_ARRAY(a, struct xform_file, XFORM_MAX_VALUES)};
    if (xml.n > XFORM_MAX_XML)
        return error_set(e, ERR_LIMIT, "xform.size", NULL,
                         "the form has %zu bytes; at most %d are taken", xml.n,
                         XFORM_MAX_XML);
    r.parser = XML_ParserCreateNS(NULL, '|');
    if (!out->values || !out->files || !r.parser) {
        XML_ParserFree(r.parser);
        return error_memory(e);
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, begin, end);
    XML_SetCharacterDataHandler(r.parser, text);
    XML_SetStartDoctypeDeclHandler(r.parser, document_type);
    bool good = XML_Parse(r.parser, xml.p, (int)xml.n, 1) == XML_STATUS_OK;
    enum err code = r.code ? r.code : good ? ERR_OK : not_well_formed(&r);
    XML_ParserFree(r.parser);
    buf_free(&r.text);
    return code ? code : complete(out, e);
}
