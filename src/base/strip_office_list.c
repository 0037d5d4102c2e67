// SPDX-License-Identifier: AGPL-3.0-or-later
// The lists inside Office files: which part refers to which, and which parts there are.
// What became of a part is said there too.
#include <string.h>
#include <strings.h>

#include "base/strip_office.h"
#include "base/xlsx_zip.h"

struct list {
    XML_Parser parser; // first: xlsx_parser wants it there
    struct office *office;
    struct buf *out;
    const char *folder;
    const char **gone;
    size_t n_gone;
    bool no_memory, too_many, encrypted;
};

static void put(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, " %s=\"", name);
    buf_add_markup(out, str_of(value));
    buf_add_char(out, '"');
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_web(const char *target)
{
    return strncasecmp(target, "http://", 7) == 0 ||
           strncasecmp(target, "https://", 8) == 0 ||
           strncasecmp(target, "mailto:", 7) == 0;
}

// Where a relation leads now; NULL: nowhere.
static const char *new_target(struct list *l, const char *type, const char *mode,
                              const char *target)
{
    if (mode && strcasecmp(mode, "External") == 0) {
        if (!ends_with(type, "/hyperlink"))
            return NULL; // a picture that would be fetched, a template in somebody's
                         // folder
        return is_web(target) ? target : "about:blank";
    }
    if (target[0] == '#')
        return target;
    struct str bare = {target, strcspn(target, "#")};
    const char *path = str_c(&l->office->arena, bare);
    path = path ? office_target(l->office, l->folder, path) : NULL;
    const struct office_part *p = path ? office_find(l->office, path) : NULL;
    if (!p || p->fate == OFFICE_DROP)
        return NULL;
    struct str whole = str_format(&l->office->arena, "/%s", p->new_name);
    l->no_memory |= !whole.p;
    return whole.p;
}

static void begin_relation(void *user, const char *name, const char **attributes)
{
    struct list *l = user;
    const char *local = xlsx_local_name(name);
    if (strcmp(local, "Relationship") != 0)
        return;
    const char *id = xlsx_attribute(attributes, "Id"),
               *type = xlsx_attribute(attributes, "Type"),
               *mode = xlsx_attribute(attributes, "TargetMode"),
               *target = xlsx_attribute(attributes, "Target");
    if (!id || !type || !target)
        return;
    target = new_target(l, type, mode, target);
    if (!target) {
        if (!l->gone)
            return;
        l->too_many |= l->n_gone == OFFICE_MOST_GONE;
        if (!l->too_many)
            l->no_memory |=
                !(l->gone[l->n_gone++] = str_c(&l->office->arena, str_of(id)));
        return;
    }
    buf_add_c(l->out, "<Relationship");
    put(l->out, "Id", id);
    put(l->out, "Type", type);
    put(l->out, "Target", target);
    if (mode)
        put(l->out, "TargetMode", mode);
    buf_add_c(l->out, "/>");
}

static enum err run(struct list *l, struct str xml, struct error *e)
{
    if (!l->parser)
        return error_memory(e);
    bool good = xml.n <= INT32_MAX &&
                XML_Parse(l->parser, xml.p, (int)xml.n, true) == XML_STATUS_OK;
    enum XML_Error why = XML_GetErrorCode(l->parser);
    XML_ParserFree(l->parser);
    if (l->encrypted)
        return office_refuse(e, "a password", "META-INF/manifest.xml");
    if (l->no_memory || (!good && why == XML_ERROR_NO_MEMORY))
        return error_memory(e);
    if (!good || l->too_many)
        return office_damaged(e, "a list of its parts is not well-formed");
    return buf_check(l->out, e);
}

static void nothing(void *user, const char *name)
{
    (void)user;
    (void)name;
}

static void no_text(void *user, const char *p, int n)
{
    (void)user;
    (void)p;
    (void)n;
}

static const char declaration[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

enum err office_relations(struct office *o, const char *folder, struct str xml,
                          const char **gone, size_t *n_gone, struct buf *out,
                          struct error *e)
{
    struct list l = {.office = o, .out = out, .folder = folder, .gone = gone};
    buf_add_c(out, declaration);
    buf_add_c(out,
              "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/"
              "relationships\">");
    l.parser = xlsx_parser(&l, begin_relation, nothing, no_text);
    enum err code = run(&l, xml, e);
    buf_add_c(out, "</Relationships>");
    if (n_gone)
        *n_gone = l.n_gone;
    return code;
}

// --- the list of all parts

static void begin_type(void *user, const char *name, const char **attributes)
{
    struct list *l = user;
    const char *local = xlsx_local_name(name),
               *type = xlsx_attribute(attributes, "ContentType"),
               *part = xlsx_attribute(attributes, "PartName"),
               *ending = xlsx_attribute(attributes, "Extension");
    if (strcmp(local, "Default") == 0 && ending && type) {
        buf_add_c(l->out, "<Default");
        put(l->out, "Extension", ending);
    } else if (strcmp(local, "Override") == 0 && part && part[0] == '/' && type) {
        const struct office_part *p = office_find(l->office, part + 1);
        if (!p || p->fate == OFFICE_DROP)
            return;
        buf_add_c(l->out, "<Override PartName=\"/");
        buf_add_markup(l->out, str_of(p->new_name));
        buf_add_char(l->out, '"');
    } else {
        return;
    }
    put(l->out, "ContentType", type);
    buf_add_c(l->out, "/>");
}

static void begin_entry(void *user, const char *name, const char **attributes)
{
    struct list *l = user;
    const char *local = xlsx_local_name(name),
               *path = xlsx_attribute(attributes, "full-path"),
               *type = xlsx_attribute(attributes, "media-type"),
               *version = xlsx_attribute(attributes, "version");
    l->encrypted |= strcmp(local, "encryption-data") == 0;
    if (strcmp(local, "file-entry") != 0 || !path)
        return;
    const struct office_part *p = office_find(l->office, path);
    bool folder = ends_with(path, "/");
    if (folder ? strcmp(path, "/") != 0 && strncmp(path, "Object ", 7) != 0
               : !p || p->fate == OFFICE_DROP)
        return;
    buf_add_c(l->out, "<manifest:file-entry");
    put(l->out, "manifest:full-path", folder ? path : p->new_name);
    put(l->out, "manifest:media-type", type ? type : "");
    if (version)
        put(l->out, "manifest:version", version);
    buf_add_c(l->out, "/>");
}

enum err office_types(struct office *o, struct str xml, struct buf *out, struct error *e)
{
    struct list l = {.office = o, .out = out};
    bool odf = o->open_document;
    buf_add_c(out, declaration);
    buf_add_c(out, odf ? "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:"
                         "opendocument:xmlns:manifest:1.0\" manifest:version=\"1.2\">"
                       : "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/"
                         "content-types\">");
    l.parser = xlsx_parser(&l, odf ? begin_entry : begin_type, nothing, no_text);
    enum err code = run(&l, xml, e);
    buf_add_c(out, odf ? "</manifest:manifest>" : "</Types>");
    return code;
}
