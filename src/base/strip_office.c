// SPDX-License-Identifier: AGPL-3.0-or-later
// Office files as archives: which parts there are, what becomes of each, and the archive
// that is made of them: in order of names, of one date, with nothing between them.
#include "base/strip_office.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/archive.h"
#include "base/utf8.h"
#include "base/xlsx_zip.h"

enum {
    MOST_PARTS = 3000,
    NAME = 512,
    BLOCK = 1 << 14,
    MOST_PART = 64 << 20,
    MOST_NAMES = 32 << 20
};

struct fate_rule {
    const char *pattern; // fnmatch; * crosses folders
    enum office_fate fate;
};

// The first that fits counts.
static const struct fate_rule open_xml[] = {
    {"[[]Content_Types].xml", OFFICE_TYPES},
    {"_rels/.rels", OFFICE_RELATIONS},
    {"docProps/*", OFFICE_DROP},
    {"customXml/*", OFFICE_DROP},
    {"[[]trash]/*", OFFICE_DROP},
    {"_xmlsignatures/*", OFFICE_DROP},
    {"package/services/*", OFFICE_DROP},
    {"*vba*", OFFICE_MACRO},
    {"*/activeX/*", OFFICE_MACRO},
    {"xl/macrosheets/*", OFFICE_MACRO},
    {"word/people.xml", OFFICE_DROP},
    {"word/comments?*.xml", OFFICE_DROP}, // ...Extended, ...Ids: who said what when
    {"word/webSettings.xml", OFFICE_DROP},
    {"word/stylesWithEffects.xml", OFFICE_DROP},
    {"word/glossary/*", OFFICE_DROP},
    {"word/fonts/*", OFFICE_DROP},
    {"*/printerSettings*", OFFICE_DROP},
    {"xl/calcChain.xml", OFFICE_DROP},
    {"xl/persons/*", OFFICE_DROP},
    {"xl/threadedComments/*", OFFICE_DROP},
    {"xl/customProperty*", OFFICE_DROP},
    {"xl/revisions/*", OFFICE_DROP},
    {"ppt/tags/*", OFFICE_DROP},
    {"ppt/fonts/*", OFFICE_DROP},
    {"ppt/changesInfos/*", OFFICE_DROP},
    {"ppt/revisionInfo.xml", OFFICE_DROP},
    {"ppt/authors.xml", OFFICE_DROP},
    {"ppt/comments/modernComment*", OFFICE_DROP},
    {"*/embeddings/*.xlsx", OFFICE_DROP}, // the workbook behind a chart
    {"*.svg", OFFICE_DROP},               // there is a PNG beside it
    {"*.wdp", OFFICE_DROP}, // there is the picture without its effect beside it
    {"*/media/*.[jJ][pP][gG]", OFFICE_PICTURE},
    {"*/media/*.[jJ][pP][eE][gG]", OFFICE_PICTURE},
    {"*/media/*.[pP][nN][gG]", OFFICE_PICTURE},
    {"*/media/*.[wW][eE][bB][pP]", OFFICE_PICTURE},
    {"*/media/*.[gG][iI][fF]", OFFICE_PICTURE},
    {"*/_rels/*.xml.rels", OFFICE_RELATIONS},
    {"*/_rels/*.vml.rels", OFFICE_RELATIONS},
    {"word/document.xml", OFFICE_XML},
    {"word/styles.xml", OFFICE_XML},
    {"word/settings.xml", OFFICE_XML},
    {"word/fontTable.xml", OFFICE_XML},
    {"word/numbering.xml", OFFICE_XML},
    {"word/footnotes.xml", OFFICE_XML},
    {"word/endnotes.xml", OFFICE_XML},
    {"word/comments.xml", OFFICE_XML},
    {"word/header[0-9]*.xml", OFFICE_XML},
    {"word/footer[0-9]*.xml", OFFICE_XML},
    {"*/theme/theme*.xml", OFFICE_XML},
    {"*/charts/*.xml", OFFICE_XML},
    {"*/diagrams/*.xml", OFFICE_XML},
    {"*/drawings/*.xml", OFFICE_XML},
    {"*/drawings/*.vml", OFFICE_XML},
    {"xl/workbook.xml", OFFICE_XML},
    {"xl/worksheets/sheet*.xml", OFFICE_XML},
    {"xl/chartsheets/sheet*.xml", OFFICE_XML},
    {"xl/sharedStrings.xml", OFFICE_XML},
    {"xl/styles.xml", OFFICE_XML},
    {"xl/metadata.xml", OFFICE_XML},
    {"xl/comments*.xml", OFFICE_XML},
    {"xl/tables/table*.xml", OFFICE_XML},
    {"xl/pivotTables/*.xml", OFFICE_XML},
    {"xl/pivotCache/*.xml", OFFICE_XML},
    {"ppt/presentation.xml", OFFICE_XML},
    {"ppt/presProps.xml", OFFICE_XML},
    {"ppt/viewProps.xml", OFFICE_DROP}, // what was looked at last
    {"ppt/tableStyles.xml", OFFICE_XML},
    {"ppt/commentAuthors.xml", OFFICE_XML},
    {"ppt/comments/comment*.xml", OFFICE_XML},
    {"ppt/slides/slide*.xml", OFFICE_XML},
    {"ppt/slideLayouts/slideLayout*.xml", OFFICE_XML},
    {"ppt/slideMasters/slideMaster*.xml", OFFICE_XML},
    {"ppt/notesSlides/notesSlide*.xml", OFFICE_XML},
    {"ppt/notesMasters/notesMaster*.xml", OFFICE_XML},
    {"ppt/handoutMasters/handoutMaster*.xml", OFFICE_XML},
};

static const struct fate_rule open_document[] = {
    {"mimetype", OFFICE_FIRST},
    {"META-INF/manifest.xml", OFFICE_TYPES},
    {"META-INF/*signatures.xml", OFFICE_DROP},
    {"meta.xml", OFFICE_DROP},
    {"settings.xml", OFFICE_DROP}, // the printer, the revision of each save
    {"manifest.rdf", OFFICE_DROP},
    {"layout-cache", OFFICE_DROP},
    {"Thumbnails/*", OFFICE_DROP},
    {"Configurations2/*", OFFICE_DROP},
    {"ObjectReplacements/*", OFFICE_DROP},
    {"Fonts/*", OFFICE_DROP},
    {"Versions/*", OFFICE_DROP},
    {"VersionList.xml", OFFICE_DROP},
    {"Basic/*", OFFICE_MACRO},
    {"Scripts/*", OFFICE_MACRO},
    {"Dialogs/*", OFFICE_MACRO},
    {"Object */meta.xml", OFFICE_DROP},
    {"Object */settings.xml", OFFICE_DROP},
    {"Pictures/*", OFFICE_PICTURE},
    {"Object */Pictures/*", OFFICE_PICTURE},
    {"content.xml", OFFICE_XML},
    {"styles.xml", OFFICE_XML},
    {"Object */content.xml", OFFICE_XML},
    {"Object */styles.xml", OFFICE_XML},
};

enum err office_damaged(struct error *e, const char *what)
{
    return strip_damaged(e, "Office file", what);
}

enum err office_refuse(struct error *e, const char *what, const char *name)
{
    error_set(e, ERR_INPUT, "strip.part", NULL, "this Office file holds %s (%.120s)",
              what, name);
    return error_cure(e, "take it out and save the file again, print it as PDF, or send "
                         "screenshots");
}

static enum office_fate fate_of(const struct office *o, const char *name)
{
    const struct fate_rule *rules = o->open_document ? open_document : open_xml;
    size_t n = o->open_document ? sizeof open_document / sizeof *open_document
                                : sizeof open_xml / sizeof *open_xml;
    for (size_t i = 0; i < n; i++)
        if (fnmatch(rules[i].pattern, name, 0) == 0)
            return rules[i].fate;
    return OFFICE_UNKNOWN;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct office_part *)a)->name,
                  ((const struct office_part *)b)->name);
}

const struct office_part *office_find(const struct office *o, const char *name)
{
    struct office_part key = {.name = name};
    return o->n ? bsearch(&key, o->parts, o->n, sizeof key, by_name) : NULL;
}

const char *office_folder(struct office *o, const char *name)
{
    const char *slash = strrchr(name, '/');
    return str_c(&o->arena, (struct str){name, slash ? (size_t)(slash + 1 - name) : 0});
}

const char *office_target(struct office *o, const char *folder, const char *target)
{
    struct str made = target[0] == '/' ? str_copy(&o->arena, str_of(target + 1))
                                       : str_format(&o->arena, "%s%s", folder, target);
    if (!made.p)
        return NULL;
    char *p = (char *)(uintptr_t)made.p, *to = p; // the arena's own copy
    for (char *at = p; *at;) {
        size_t n = strcspn(at, "/");
        bool last = !at[n];
        if (n == 2 && at[0] == '.' && at[1] == '.') {
            if (to == p)
                return NULL;
            for (to--; to > p && to[-1] != '/'; to--)
                ;
        } else if (n && !(n == 1 && at[0] == '.')) {
            memmove(to, at, n + !last);
            to += n + !last;
        }
        at += n + !last;
    }
    *to = '\0';
    return p;
}

// --- what there is

static bool is_harmless(const char *name)
{
    if (!name[0] || name[0] == '/' || strstr(name, "..") || strchr(name, '\\'))
        return false;
    for (size_t at = 0, n = strlen(name); at < n;)
        if (utf8_next((struct str){name, n}, &at) < 0x20)
            return false;
    return true;
}

static enum err list_parts(struct office *o, struct xlsx_zip *zip, struct error *e)
{
    char name[NAME];
    bool more;
    o->parts = ARENA_ARRAY(&o->arena, struct office_part, MOST_PARTS);
    if (!o->parts)
        return error_memory(e);
    for (;;) {
        enum err code = xlsx_zip_next(zip, name, sizeof name, &more, e);
        if (code || !more)
            return code;
        if (!is_harmless(name))
            return office_damaged(e, "a part of it has no proper name");
        if (name[strlen(name) - 1] == '/')
            continue;
        if (o->n == MOST_PARTS)
            return office_damaged(e, "it has more parts than a document has");
        const char *kept = str_c(&o->arena, str_of(name));
        if (!kept)
            return error_memory(e);
        o->parts[o->n++] = (struct office_part){.name = kept, .new_name = kept};
    }
}

// The name that tells what an Office file is, or why it is none.
static enum err find_kind(struct office *o, struct str mimetype, enum strip_kind *kind,
                          struct error *e)
{
    static const struct {
        const char *part, *type;
        enum strip_kind kind;
    } kinds[] = {
        {"word/document.xml", "application/vnd.oasis.opendocument.text", STRIP_DOCX},
        {"xl/workbook.xml", "application/vnd.oasis.opendocument.spreadsheet", STRIP_XLSX},
        {"ppt/presentation.xml", "application/vnd.oasis.opendocument.presentation",
         STRIP_PPTX},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (o->open_document ? str_equal_c(mimetype, kinds[i].type)
                             : office_find(o, kinds[i].part) != NULL) {
            *kind = o->open_document
                        ? (enum strip_kind)(kinds[i].kind + STRIP_ODT - STRIP_DOCX)
                        : kinds[i].kind;
            return ERR_OK;
        }
    }
    error_set(e, ERR_INPUT, "strip.kind", NULL,
              "this is an archive, or an Office file of another kind; it is not taken");
    return error_cure(e,
                      "send the files in it one by one; a document as DOCX, XLSX, PPTX, "
                      "ODT, ODS, ODP or PDF");
}

static enum err settle_fates(struct office *o, struct error *e)
{
    size_t pictures = 0;
    for (size_t i = 0; i < o->n; i++) {
        struct office_part *p = &o->parts[i];
        if (i && strcasecmp(p->name, p[-1].name) == 0)
            return office_damaged(e, "two of its parts have one name");
        p->fate = fate_of(o, p->name);
        if (p->fate == OFFICE_MACRO)
            return office_refuse(e, "a program (macro)", p->name);
        if (p->fate == OFFICE_UNKNOWN)
            return office_refuse(e, "a part that may name people", p->name);
        if (p->fate != OFFICE_PICTURE)
            continue;
        const char *folder = office_folder(o, p->name), *dot = strrchr(p->name, '.');
        struct str name = {0};
        if (folder)
            name = str_format(&o->arena, "%spicture%zu%s", folder, ++pictures,
                              dot && strlen(dot) < 6 && !strchr(dot, '/') ? dot : "");
        if (!name.p)
            return error_memory(e);
        p->new_name = name.p;
    }
    return ERR_OK;
}

// --- reading and writing parts

struct package {
    struct office office;
    struct xlsx_zip *zip;
    struct archive *archive;
    struct buf part, clean; // one at a time
    size_t unpacked;
    const char **gone;
    size_t n_gone;
};

static enum err read_part(struct package *k, const char *name, struct error *e)
{
    enum { MOST = 5 * STRIP_MOST };
    char block[BLOCK];
    size_t got = 1;
    struct buf *b = &k->part;
    buf_clear(b);
    enum err code = xlsx_part_open(k->zip, name, e);
    while (!code && got) {
        code = xlsx_part_read(k->zip, block, sizeof block, &got, e);
        k->unpacked += got;
        if (!code && k->unpacked > MOST) {
            error_set(e, ERR_LIMIT, "strip.size", NULL,
                      "this Office file unpacks to more than %d MiB", MOST >> 20);
            return error_cure(e, "send the pages that matter, or screenshots of them");
        }
        buf_add(b, (struct str){block, got});
    }
    explicit_bzero(block, sizeof block);
    if (code == ERR_INPUT)
        return office_damaged(e, "a part cannot be unpacked, or has a password");
    return code ? code : buf_check(b, e);
}

// Which relations of a part are gone.
static enum err read_gone(struct package *k, const struct office_part *p, struct error *e)
{
    struct office *o = &k->office;
    k->n_gone = 0;
    const char *folder = office_folder(o, p->name);
    struct str name = {0};
    if (folder)
        name = str_format(&o->arena, "%s_rels/%s.rels", folder, p->name + strlen(folder));
    if (!name.p)
        return error_memory(e);
    if (o->open_document || !office_find(o, name.p))
        return ERR_OK;
    enum err code = read_part(k, name.p, e);
    if (!code)
        code = office_relations(o, folder, buf_str(&k->part), k->gone, &k->n_gone,
                                &k->clean, e);
    buf_clear(&k->clean);
    return code;
}

static enum err clean_part(struct package *k, const struct office_part *p,
                           struct error *e)
{
    struct office *o = &k->office;
    enum err code = ERR_OK;
    if (p->fate == OFFICE_XML)
        code = read_gone(k, p, e);
    if (!code)
        code = read_part(k, p->name, e);
    buf_clear(&k->clean);
    if (code)
        return code;
    struct str bytes = buf_str(&k->part);
    if (p->fate == OFFICE_PICTURE) {
        const enum strip_kind kind = strip_picture_kind(bytes);
        return kind == STRIP_KINDS
                   ? office_refuse(e, "a picture that is not JPEG, PNG, WebP or GIF",
                                   p->name)
                   : strip_picture(kind, bytes, &k->clean, e);
    }
    if (p->fate == OFFICE_RELATIONS) { // "word/_rels/x.rels" is about parts in "word/"
        const char *folder = office_folder(o, p->name);
        folder =
            folder ? str_c(&o->arena, (struct str){folder, strlen(folder) - 6}) : NULL;
        return folder ? office_relations(o, folder, bytes, NULL, NULL, &k->clean, e)
                      : error_memory(e);
    }
    if (p->fate == OFFICE_TYPES)
        return office_types(o, bytes, &k->clean, e);
    return office_xml(o, p, bytes, k->gone, k->n_gone, &k->clean, e);
}

static enum err add_part(struct package *k, const struct office_part *p, struct error *e)
{
    enum err code = clean_part(k, p, e);
    if (!code)
        code = buf_check(&k->clean, e);
    if (!code)
        archive_add(k->archive, p->new_name, buf_str(&k->clean),
                    p->fate != OFFICE_PICTURE);
    return code;
}

static enum err read_kind(struct package *k, enum strip_kind *kind, struct error *e)
{
    struct office *o = &k->office;
    struct str mimetype = {0};
    enum err code = list_parts(o, k->zip, e);
    if (code)
        return code;
    qsort(o->parts, o->n, sizeof *o->parts, by_name);
    o->open_document = office_find(o, "mimetype") != NULL;
    if (o->open_document)
        code = read_part(k, "mimetype", e);
    if (!code && o->open_document)
        mimetype = str_copy(&o->arena, str_trim(buf_str(&k->part)));
    if (!code)
        code = find_kind(o, mimetype, kind, e);
    if (!code)
        code = settle_fates(o, e);
    if (!code && !(k->gone = ARENA_ARRAY(&o->arena, const char *, OFFICE_MOST_GONE)))
        code = error_memory(e);
    if (!code && o->open_document) // stands first and is not packed
        archive_add(k->archive, "mimetype", mimetype, false);
    return code;
}

static enum err add_parts(struct package *k, struct error *e)
{
    const struct office *o = &k->office;
    enum err code = ERR_OK;
    for (int first = 1; !code && first >= 0;
         first--) // the list of parts before the parts
        for (size_t i = 0; !code && i < o->n; i++) {
            const struct office_part *p = &o->parts[i];
            if (p->fate != OFFICE_DROP && p->fate != OFFICE_FIRST &&
                (p->fate == OFFICE_TYPES) == first)
                code = add_part(k, p, e);
        }
    return code;
}

enum err strip_office(struct str bytes, enum strip_kind *kind, struct buf *out,
                      struct error *e)
{
    struct error ignored;
    struct package k = {.part = STRIP_BUF(MOST_PART), .clean = STRIP_BUF(MOST_PART)};
    arena_init(&k.office.arena, MOST_NAMES);
    enum err code = xlsx_zip_open_bytes(&k.zip, bytes, "", e);
    if (code == ERR_INPUT)
        code = office_damaged(e, "the list of its parts is missing");
    if (!code)
        code = archive_open_buffer(&k.archive, out, 0, e);
    if (!code) {
        code = read_kind(&k, kind, e);
        if (!code)
            code = add_parts(&k, e);
        enum err closed = archive_close(k.archive, code ? &ignored : e);
        code = code ? code : closed;
    }
    xlsx_zip_close(k.zip);
    buf_free(&k.part);
    buf_free(&k.clean);
    arena_free_wiped(&k.office.arena);
    return code;
}
