// SPDX-License-Identifier: AGPL-3.0-or-later
// The XML of Office files, written again element by element: without comments and
// instructions, and without the elements and attributes that say who, when, where and
// with what. What refers to a part that is gone goes too.
#include <string.h>
#include <strings.h>

#include "base/strip_office.h"
#include "base/xlsx_zip.h"

enum { DEEPEST = 256, MOST_TEXT = 1 << 20, MOST_AUTHORS = 1000 };

enum action { KEEP, DROP, EMPTY, REFUSE };

struct rule {
    const char *pattern; // "w:author", "*:author" (any prefix or none), "xr*"
    const char *element; // of attributes: only there ("*:cNvPr"); NULL: anywhere
    enum action action;
};

static const struct rule open_xml_elements[] = {
    // what newer programs add for themselves; the document is whole without it
    {"*:extLst", NULL, DROP},
    // who saved it, in how many sittings, from which template and folder
    {"*:rsids", NULL, DROP},
    {"*:docVars", NULL, DROP},
    {"*:docId", NULL, DROP},
    {"*:attachedTemplate", NULL, DROP},
    {"*:mailMerge", NULL, DROP},
    {"*:chartTrackingRefBased", NULL, DROP},
    {"*:absPath", NULL, DROP},
    {"*:revisionPtr", NULL, DROP},
    {"*:fileVersion", NULL, DROP},
    {"*:fileSharing", NULL, DROP},
    {"*:fileRecoveryPr", NULL, DROP},
    {"*:customWorkbookViews", NULL, DROP},
    {"*:customSheetViews", NULL, DROP},
    {"*:webPublishing", NULL, DROP},
    {"*:webPublishItems", NULL, DROP},
    {"*:dataBinding", NULL, DROP},
    {"*:proofErr", NULL, DROP},
    {"*:creationId", NULL, DROP},
    {"*:custDataLst", NULL, DROP},
    {"*:customProperties", NULL, DROP},
    {"*:embeddedFontLst", NULL, DROP},
    // hashes of a password, which is a person's
    {"*:documentProtection", NULL, DROP},
    {"*:writeProtection", NULL, DROP},
    {"*:workbookProtection", NULL, DROP},
    {"*:sheetProtection", NULL, DROP},
    {"*:protectedRanges", NULL, DROP},
    {"*:modifyVerifier", NULL, DROP},
    {"*:author", NULL, EMPTY}, // of comments in a workbook
    {"*:externalReferences", NULL, REFUSE},
    {"*:OLEObject", NULL, REFUSE},
    {"*:oleObject", NULL, REFUSE},
    {"*:oleObj", NULL, REFUSE},
    {"w:control", NULL, REFUSE},
    {"p:control", NULL, REFUSE},
    {"*:altChunk", NULL, REFUSE},
    {"*:subDoc", NULL, REFUSE},
};

static const struct rule open_xml_attributes[] = {
    {"*:rsid*", NULL, DROP},
    {"w:author", NULL, EMPTY}, // needed by the rules of the format
    {"w:initials", NULL, EMPTY},
    {"w:date", NULL, DROP},
    {"*:dateUtc", NULL, DROP},
    {"w14:paraId", NULL, DROP},
    {"w14:textId", NULL, DROP},
    {"w16*", NULL, DROP},
    {"xr:*", NULL, DROP},
    {"xr2:*", NULL, DROP},
    {"xr3:*", NULL, DROP},
    {"xr6:*", NULL, DROP},
    {"xr10:*", NULL, DROP},
    {"xr16:*", NULL, DROP},
    {"codeName", NULL, DROP},
    {"userName", NULL, DROP},
    {"refreshedBy", NULL, DROP},
    {"refreshedDate*", NULL, DROP},
    {"name", "*:cmAuthor", EMPTY},
    {"initials", "*:cmAuthor", EMPTY},
    {"dt", "*:cm", DROP},
    {"name", "*:cNvPr", EMPTY}, // a picture's is the name of its file
    {"descr", "*:cNvPr", DROP},
    {"title", "*:cNvPr", DROP},
    {"name", "*:docPr", EMPTY},
    {"descr", "*:docPr", DROP},
    {"title", "*:docPr", DROP},
    {"alt", "v:*", DROP},
    {"o:title", "v:*", DROP},
    {"o:href", "v:*", DROP},
    {"src", "v:*", DROP},
};

static const struct rule open_document_elements[] = {
    {"office:meta", NULL, DROP},           {"office:settings", NULL, DROP},
    {"office:scripts", NULL, DROP},        {"office:event-listeners", NULL, DROP},
    {"office:dde-source", NULL, DROP},     {"table:cell-range-source", NULL, DROP},
    {"table:table-source", NULL, DROP},    {"text:section-source", NULL, DROP},
    {"dc:creator", NULL, EMPTY},           {"dc:date", NULL, EMPTY},
    {"*:creator-initials", NULL, EMPTY},   {"*:sender-initials", NULL, EMPTY},
    {"meta:date-string", NULL, EMPTY},     {"draw:object-ole", NULL, REFUSE},
    {"draw:plugin", NULL, REFUSE},         {"draw:applet", NULL, REFUSE},
    {"draw:floating-frame", NULL, REFUSE}, {"manifest:encryption-data", NULL, REFUSE},
};

static const struct rule open_document_attributes[] = {
    {"*:rsid", NULL, DROP},
    {"*:paragraph-rsid", NULL, DROP},
    {"*:protection-key*", NULL, DROP},
    {"loext:resolved", NULL, DROP},
};

#define COUNT(list) (sizeof(list) / sizeof *(list))

struct filter {
    XML_Parser parser; // first: xlsx_parser wants it there
    struct office *office;
    const struct office_part *part;
    const char *const *gone;
    size_t n_gone;
    struct buf *out;
    size_t depth, drop_from, mute_from; // 0: nothing is dropped
    bool comments;                      // of a workbook
    bool first_text; // a comment has begun, and nothing of it was written
    struct buf text; // of the element, while it may still have to be looked at
    bool holds;
    struct str *authors;
    size_t n_authors;
    const char *refused;
    bool no_memory;
};

// --- writing

static void put_escaped(struct buf *out, const char *p, size_t n, bool attribute)
{
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        const char *as = p[i] == '&'    ? "&amp;"
                         : p[i] == '<'  ? "&lt;"
                         : p[i] == '>'  ? "&gt;"
                         : p[i] == '\r' ? "&#13;"
                         : !attribute   ? NULL
                         : p[i] == '"'  ? "&quot;"
                         : p[i] == '\n' ? "&#10;"
                         : p[i] == '\t' ? "&#9;"
                                        : NULL;
        if (!as)
            continue;
        buf_add(out, (struct str){p + from, i - from});
        buf_add_c(out, as);
        from = i + 1;
    }
    buf_add(out, (struct str){p + from, n - from});
}

static void put_attribute(struct buf *out, const char *name, const char *value)
{
    buf_add_char(out, ' ');
    buf_add_c(out, name);
    buf_add_c(out, "=\"");
    put_escaped(out, value, strlen(value), true);
    buf_add_char(out, '"');
}

// --- rules

static bool fits(const char *pattern, const char *name)
{
    if (pattern[0] == '*' && pattern[1] == ':') {
        pattern += 2;
        name = xlsx_local_name(name);
    }
    size_t n = strlen(pattern);
    return n && pattern[n - 1] == '*' ? strncmp(pattern, name, n - 1) == 0
                                      : strcmp(pattern, name) == 0;
}

static enum action ask(const struct rule *rules, size_t n, const char *element,
                       const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (fits(rules[i].pattern, name) &&
            (!rules[i].element || fits(rules[i].element, element)))
            return rules[i].action;
    return KEEP;
}

// A drive, a server or a file of some machine: a folder tells whose it was.
static bool names_a_folder(const char *text, size_t n)
{
    if (memmem(text, n, "file:", 5) || (n > 2 && memcmp(text, "\\\\", 2) == 0))
        return true;
    for (size_t i = 0; i + 3 < n; i++)
        if (text[i + 1] == ':' && text[i + 2] == '\\' &&
            ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z') &&
            ((text[i + 3] | 32) >= 'a' && (text[i + 3] | 32) <= 'z'))
            return true;
    return false;
}

static bool is_gone(const struct filter *f, const char *name, const char *value)
{
    if (!strchr(name, ':'))
        return false;
    for (size_t i = 0; i < f->n_gone; i++)
        if (strcmp(f->gone[i], value) == 0)
            return true;
    return false;
}

// A link of OpenDocument: inside the archive, inside the document, or to the web.
// NULL: what it names is gone.
static const char *open_document_link(struct filter *f, const char *element,
                                      const char *link)
{
    if (link[0] == '#' || strncasecmp(link, "http://", 7) == 0 ||
        strncasecmp(link, "https://", 8) == 0)
        return strcmp(element, "text:a") == 0 || strcmp(element, "draw:a") == 0 ||
                       link[0] == '#'
                   ? link
                   : ""; // a picture that would be fetched
    if (strncmp(link, "./", 2) == 0)
        link += 2;
    if (strncmp(link, "Object ", 7) == 0 && !strstr(link, ".."))
        return link;
    const struct office_part *p = office_find(f->office, link);
    if (strncmp(link, "ObjectReplacements", 18) == 0)
        return NULL;
    return p && p->fate == OFFICE_PICTURE ? p->new_name : "";
}

// An attribute as it is written; NULL: not at all. *goes: the element goes with it.
static const char *clean_attribute(struct filter *f, const char *element,
                                   const char *name, const char *value, bool *goes)
{
    bool odf = f->office->open_document;
    enum action todo =
        odf ? ask(open_document_attributes, COUNT(open_document_attributes), element,
                  name)
            : ask(open_xml_attributes, COUNT(open_xml_attributes), element, name);
    if (todo == DROP)
        return NULL;
    if (todo == EMPTY)
        return "";
    if (strncmp(name, "xmlns", 5) == 0)
        return value;
    if (odf && strcmp(name, "xlink:href") == 0) {
        const char *link = open_document_link(f, element, value);
        *goes |= !link;
        return link;
    }
    if (is_gone(f, name, value)) {
        *goes |= strcmp(xlsx_local_name(element), "pageSetup") != 0;
        return NULL;
    }
    if (names_a_folder(value, strlen(value)) && strcmp(name, "formatCode") != 0)
        return "";
    return value;
}

// --- text

// The first words of a workbook's comment are its author's name, in bold.
static struct str without_author(const struct filter *f, struct str s)
{
    for (size_t i = 0; i < f->n_authors; i++) {
        struct str name = f->authors[i];
        if (!name.n || !str_starts(s, name))
            continue;
        s = (struct str){s.p + name.n, s.n - name.n};
        if (str_starts(s, STR(":")))
            s = (struct str){s.p + 1, s.n - 1};
        else if (str_starts(s, STR("：")))
            s = (struct str){s.p + 3, s.n - 3};
        return s;
    }
    return s;
}

static void release_text(struct filter *f, const char *element)
{
    struct str s = buf_str(&f->text);
    if (!f->holds)
        return;
    f->holds = false;
    f->no_memory |= f->text.failed;
    if (strcmp(xlsx_local_name(element), "author") == 0 && f->authors &&
        f->n_authors < MOST_AUTHORS) {
        f->authors[f->n_authors] = str_copy(&f->office->arena, str_trim(s));
        f->no_memory |= !f->authors[f->n_authors++].p;
    } else if (f->first_text && strcmp(xlsx_local_name(element), "t") == 0) {
        s = without_author(f, s);
        put_escaped(f->out, s.p, s.n, false);
        f->first_text = false;
    } else if (!names_a_folder(s.p, s.n)) { // the code of a field
        put_escaped(f->out, s.p, s.n, false);
    }
}

static void take_text(void *user, const char *p, int n)
{
    struct filter *f = user;
    if (f->holds)
        buf_add(&f->text, (struct str){p, (size_t)n});
    else if (!f->drop_from && !f->mute_from)
        put_escaped(f->out, p, (size_t)n, false);
}

static void hold_text(struct filter *f)
{
    f->holds = true;
    buf_clear(&f->text);
}

// --- elements

static void stop(struct filter *f, const char *why)
{
    f->refused = f->refused ? f->refused : why;
    XML_StopParser(f->parser, XML_FALSE);
}

static void put_element(struct filter *f, const char *name, const char **attributes)
{
    size_t begin = f->out->n;
    bool goes = false;
    buf_add_char(f->out, '<');
    buf_add_c(f->out, name);
    for (size_t i = 0; attributes[i]; i += 2) {
        const char *value =
            clean_attribute(f, name, attributes[i], attributes[i + 1], &goes);
        if (value)
            put_attribute(f->out, attributes[i], value);
    }
    buf_add_char(f->out, '>');
    if (goes) {
        f->drop_from = f->depth;
        if (!f->out->failed)
            f->out->n = begin;
    }
}

static void begin_element(void *user, const char *name, const char **attributes)
{
    struct filter *f = user;
    const char *local = xlsx_local_name(name);
    bool odf = f->office->open_document;
    if (++f->depth > DEEPEST)
        return stop(f, "elements within elements without an end");
    if (f->drop_from)
        return;
    enum action todo =
        odf ? ask(open_document_elements, COUNT(open_document_elements), "", name)
            : ask(open_xml_elements, COUNT(open_xml_elements), "", name);
    if (todo == REFUSE)
        return stop(f, strcmp(local, "externalReferences") == 0
                           ? "links to other workbooks"
                           : "another file, a password or a control");
    if (todo == DROP) {
        f->drop_from = f->depth;
        return;
    }
    if (todo == EMPTY && !f->mute_from)
        f->mute_from = f->depth;
    put_element(f, name, attributes);
    if (f->drop_from)
        return;
    if (f->comments && strcmp(local, "comment") == 0)
        f->first_text = true;
    if ((f->comments &&
         (strcmp(local, "author") == 0 || (f->first_text && strcmp(local, "t") == 0))) ||
        strcmp(local, "instrText") == 0 || strcmp(local, "delInstrText") == 0)
        hold_text(f);
}

static void end_element(void *user, const char *name)
{
    struct filter *f = user;
    release_text(f, name);
    if (!f->drop_from) {
        buf_add_c(f->out, "</");
        buf_add_c(f->out, name);
        buf_add_char(f->out, '>');
    }
    if (f->drop_from == f->depth)
        f->drop_from = 0;
    if (f->mute_from == f->depth)
        f->mute_from = 0;
    f->depth--;
}

// Runs the parser over the whole; what went wrong in words.
static enum err run(struct filter *f, struct str xml, struct error *e)
{
    if (!f->parser)
        return error_memory(e);
    bool good = xml.n <= INT32_MAX &&
                XML_Parse(f->parser, xml.p, (int)xml.n, true) == XML_STATUS_OK;
    enum XML_Error why = XML_GetErrorCode(f->parser);
    XML_ParserFree(f->parser);
    if (f->refused)
        return office_refuse(e, f->refused, f->part ? f->part->name : "a list of parts");
    if (f->no_memory || (!good && why == XML_ERROR_NO_MEMORY))
        return error_memory(e);
    return good ? buf_check(f->out, e)
                : office_damaged(e, "a part is not well-formed XML");
}

static const char declaration[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

enum err office_xml(struct office *o, const struct office_part *part, struct str xml,
                    const char *const *gone, size_t n_gone, struct buf *out,
                    struct error *e)
{
    struct filter f = {.office = o,
                       .part = part,
                       .gone = gone,
                       .n_gone = n_gone,
                       .out = out,
                       .text = STRIP_BUF(MOST_TEXT),
                       .comments = !o->open_document &&
                                   strncmp(part->name, "xl/comments", 11) == 0};
    if (f.comments && !(f.authors = ARENA_ARRAY(&o->arena, struct str, MOST_AUTHORS)))
        return error_memory(e);
    buf_add_c(out, declaration);
    f.parser = xlsx_parser(&f, begin_element, end_element, take_text);
    enum err code = run(&f, xml, e);
    buf_free(&f.text);
    return code;
}
