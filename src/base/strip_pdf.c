// SPDX-License-Identifier: AGPL-3.0-or-later
// A PDF written anew from what its pages draw. For each kind of object a table says which
// of its keys are needed; all others, and all objects that none of these reach, stay
// behind: information, metadata, identifiers, earlier revisions, scripts, actions, files,
// outlines, tags, forms, names of notes' authors. What notes and forms draw stays as a
// drawing without words of its own.
#include "base/strip_pdf.h"

#include <string.h>

enum type {
    PLAIN, // copied as it is, with what it refers to; never a stream
    DATA,  // a stream of bytes without keys
    CONTENT,
    RESOURCES,
    GROUP,
    STATE, // graphics state
    MASK,
    COLOUR,
    FUNCTION,
    SHADING,
    PATTERN,
    DRAWING, // a picture or a form
    FONT,
    DESCRIPTOR,
    FONT_FILE,
    CMAP,
    MAP_OF_STATES, // names of the page's own, each with a value of the type
    MAP_OF_COLOURS,
    MAP_OF_PATTERNS,
    MAP_OF_SHADINGS,
    MAP_OF_DRAWINGS,
    MAP_OF_FONTS,
    MAP_OF_CONTENT,
    TYPES
};

struct key {
    const char *name;
    enum type type;
};
#define END                                                                              \
    {                                                                                    \
        NULL, PLAIN                                                                      \
    }

static const struct key resources_keys[] = {{"ExtGState", MAP_OF_STATES},
                                            {"ColorSpace", MAP_OF_COLOURS},
                                            {"Pattern", MAP_OF_PATTERNS},
                                            {"Shading", MAP_OF_SHADINGS},
                                            {"XObject", MAP_OF_DRAWINGS},
                                            {"Font", MAP_OF_FONTS},
                                            END};
static const struct key group_keys[] = {{"Type", PLAIN}, {"S", PLAIN}, {"CS", COLOUR},
                                        {"I", PLAIN},    {"K", PLAIN}, END};
static const struct key state_keys[] = {
    {"Type", PLAIN},   {"LW", PLAIN},     {"LC", PLAIN},
    {"LJ", PLAIN},     {"ML", PLAIN},     {"D", PLAIN},
    {"RI", PLAIN},     {"OP", PLAIN},     {"op", PLAIN},
    {"OPM", PLAIN},    {"Font", FONT},    {"BG", FUNCTION},
    {"BG2", FUNCTION}, {"UCR", FUNCTION}, {"UCR2", FUNCTION},
    {"TR", FUNCTION},  {"TR2", FUNCTION}, {"FL", PLAIN},
    {"SM", PLAIN},     {"SA", PLAIN},     {"BM", PLAIN},
    {"SMask", MASK},   {"CA", PLAIN},     {"ca", PLAIN},
    {"AIS", PLAIN},    {"TK", PLAIN},     END};
static const struct key mask_keys[] = {{"Type", PLAIN}, {"S", PLAIN},     {"G", DRAWING},
                                       {"BC", PLAIN},   {"TR", FUNCTION}, END};
static const struct key function_keys[] = {
    {"FunctionType", PLAIN}, {"Domain", PLAIN},
    {"Range", PLAIN},        {"C0", PLAIN},
    {"C1", PLAIN},           {"N", PLAIN},
    {"Functions", FUNCTION}, {"Bounds", PLAIN},
    {"Encode", PLAIN},       {"Decode", PLAIN},
    {"Size", PLAIN},         {"BitsPerSample", PLAIN},
    {"Order", PLAIN},        END};
static const struct key shading_keys[] = {{"ShadingType", PLAIN},
                                          {"ColorSpace", COLOUR},
                                          {"Background", PLAIN},
                                          {"BBox", PLAIN},
                                          {"AntiAlias", PLAIN},
                                          {"Function", FUNCTION},
                                          {"Domain", PLAIN},
                                          {"Matrix", PLAIN},
                                          {"Coords", PLAIN},
                                          {"Extend", PLAIN},
                                          {"BitsPerCoordinate", PLAIN},
                                          {"BitsPerComponent", PLAIN},
                                          {"BitsPerFlag", PLAIN},
                                          {"Decode", PLAIN},
                                          {"VerticesPerRow", PLAIN},
                                          END};
static const struct key pattern_keys[] = {
    {"Type", PLAIN},       {"PatternType", PLAIN},   {"PaintType", PLAIN},
    {"TilingType", PLAIN}, {"BBox", PLAIN},          {"XStep", PLAIN},
    {"YStep", PLAIN},      {"Resources", RESOURCES}, {"Matrix", PLAIN},
    {"Shading", SHADING},  {"ExtGState", STATE},     END};
static const struct key form_keys[] = {
    {"Type", PLAIN},   {"Subtype", PLAIN},       {"FormType", PLAIN}, {"BBox", PLAIN},
    {"Matrix", PLAIN}, {"Resources", RESOURCES}, {"Group", GROUP},    END};
static const struct key image_keys[] = {
    {"Type", PLAIN},        {"Subtype", PLAIN},
    {"Width", PLAIN},       {"Height", PLAIN},
    {"ColorSpace", COLOUR}, {"BitsPerComponent", PLAIN},
    {"Intent", PLAIN},      {"ImageMask", PLAIN},
    {"Mask", DRAWING},      {"Decode", PLAIN},
    {"Interpolate", PLAIN}, {"SMask", DRAWING},
    {"Matte", PLAIN},       END};
static const struct key font_keys[] = {{"Type", PLAIN},
                                       {"Subtype", PLAIN},
                                       {"BaseFont", PLAIN},
                                       {"Name", PLAIN},
                                       {"FirstChar", PLAIN},
                                       {"LastChar", PLAIN},
                                       {"Widths", PLAIN},
                                       {"FontDescriptor", DESCRIPTOR},
                                       {"Encoding", CMAP},
                                       {"ToUnicode", CMAP},
                                       {"DescendantFonts", FONT},
                                       {"CIDSystemInfo", PLAIN},
                                       {"DW", PLAIN},
                                       {"W", PLAIN},
                                       {"DW2", PLAIN},
                                       {"W2", PLAIN},
                                       {"CIDToGIDMap", DATA},
                                       {"FontBBox", PLAIN},
                                       {"FontMatrix", PLAIN},
                                       {"CharProcs", MAP_OF_CONTENT},
                                       {"Resources", RESOURCES},
                                       END};
static const struct key descriptor_keys[] = {
    {"Type", PLAIN},          {"FontName", PLAIN},
    {"FontStretch", PLAIN},   {"FontWeight", PLAIN},
    {"Flags", PLAIN},         {"FontBBox", PLAIN},
    {"ItalicAngle", PLAIN},   {"Ascent", PLAIN},
    {"Descent", PLAIN},       {"Leading", PLAIN},
    {"CapHeight", PLAIN},     {"XHeight", PLAIN},
    {"StemV", PLAIN},         {"StemH", PLAIN},
    {"AvgWidth", PLAIN},      {"MaxWidth", PLAIN},
    {"MissingWidth", PLAIN},  {"CharSet", PLAIN},
    {"FontFile", FONT_FILE},  {"FontFile2", FONT_FILE},
    {"FontFile3", FONT_FILE}, END};
static const struct key font_file_keys[] = {
    {"Length1", PLAIN}, {"Length2", PLAIN}, {"Length3", PLAIN}, {"Subtype", PLAIN}, END};
static const struct key cmap_keys[] = {{"Type", PLAIN},          {"CMapName", PLAIN},
                                       {"CIDSystemInfo", PLAIN}, {"WMode", PLAIN},
                                       {"UseCMap", CMAP},        {"BaseEncoding", PLAIN},
                                       {"Differences", PLAIN},   END};
static const struct key no_keys[] = {END};

static const struct key *const keys_of[TYPES] = {[DATA] = no_keys,
                                                 [CONTENT] = no_keys,
                                                 [RESOURCES] = resources_keys,
                                                 [GROUP] = group_keys,
                                                 [STATE] = state_keys,
                                                 [MASK] = mask_keys,
                                                 [FUNCTION] = function_keys,
                                                 [SHADING] = shading_keys,
                                                 [PATTERN] = pattern_keys,
                                                 [FONT] = font_keys,
                                                 [DESCRIPTOR] = descriptor_keys,
                                                 [FONT_FILE] = font_file_keys,
                                                 [CMAP] = cmap_keys};

static enum type map_value(enum type t)
{
    switch (t) {
    case MAP_OF_STATES:
        return STATE;
    case MAP_OF_COLOURS:
        return COLOUR;
    case MAP_OF_PATTERNS:
        return PATTERN;
    case MAP_OF_SHADINGS:
        return SHADING;
    case MAP_OF_DRAWINGS:
        return DRAWING;
    case MAP_OF_FONTS:
        return FONT;
    default:
        return CONTENT;
    }
}

struct todo { // an object that is written under number index + 1
    uint32_t source;
    enum type type;
};

struct writer {
    struct pdf in;
    struct buf *out, bytes, clean;
    struct arena arena, pages; // of one object; of the tree of pages
    struct todo *todo;
    uint32_t *offset, n; // of objects given a number, written or not
    uint32_t *number_of; // by source; 0: none yet
    uint8_t *type_of;
    bool *seen; // nodes of the tree of pages
    struct buf kids;
    size_t n_pages;
};

// --- numbers

static enum err new_number(struct writer *w, uint32_t source, enum type t, uint32_t *out,
                           struct error *e)
{
    if (w->n == PDF_MOST_OBJECTS)
        return pdf_damaged(e, "it has more objects than a document has");
    w->todo[w->n] = (struct todo){source, t};
    *out = ++w->n;
    return ERR_OK;
}

// The number under which an object is written, as what it is used for.
static enum err want(struct writer *w, uint32_t source, enum type t, uint32_t *out,
                     struct error *e)
{
    *out = 0;
    if (source >= PDF_MOST_OBJECTS || w->in.entries[source].state < 2)
        return ERR_OK;
    if (w->number_of[source] && w->type_of[source] == t) {
        *out = w->number_of[source];
        return ERR_OK;
    }
    enum err code = new_number(w, source, t, out, e);
    if (!code && !w->number_of[source]) {
        w->number_of[source] = *out;
        w->type_of[source] = (uint8_t)t;
    }
    return code;
}

static void begin_object(struct writer *w, uint32_t number)
{
    w->offset[number - 1] = (uint32_t)w->out->n;
    buf_printf(w->out, "%u 0 obj\n", number);
}

static void end_object(struct writer *w)
{
    buf_add_c(w->out, "\nendobj\n");
}

// --- values

static void put_name(struct buf *out, struct str name)
{
    buf_add_char(out, '/');
    for (size_t i = 0; i < name.n; i++) {
        unsigned c = strip_byte(name, i);
        if (c > 0x20 && c < 0x7F && !strchr("()<>[]{}/%#", (int)c))
            buf_add_char(out, (char)c);
        else if (c)
            buf_printf(out, "#%02X", c);
    }
}

static enum err put(struct writer *w, enum type t, const struct pdf_value *v, int depth,
                    struct error *e);

static enum err put_dict(struct writer *w, const struct key *keys,
                         const struct pdf_value *v, int depth, struct error *e)
{
    enum err code = ERR_OK;
    for (const struct key *k = keys; !code && k->name; k++) {
        const struct pdf_value *one = pdf_get(v, k->name);
        if (!one || one->kind == PDF_IS_NULL)
            continue;
        put_name(w->out, str_of(k->name));
        buf_add_char(w->out, ' ');
        code = put(w, k->type, one, depth + 1, e);
    }
    return code;
}

static enum err put_all(struct writer *w, enum type t, const struct pdf_value *v,
                        int depth, struct error *e)
{
    bool dict = v->kind == PDF_IS_DICT;
    enum err code = ERR_OK;
    buf_add_c(w->out, dict ? "<<" : "[");
    for (size_t i = 0; !code && i < v->n; i++) {
        if (dict && i % 2 == 0)
            put_name(w->out, v->items[i].text);
        else
            code = put(w, t, &v->items[i], depth + 1, e);
        buf_add_char(w->out, ' ');
    }
    buf_add_c(w->out, dict ? ">>" : "]");
    return code;
}

// A profile tells the camera, the scanner or the screen it was made with.
static enum err put_profile(struct writer *w, const struct pdf_value *v, struct error *e)
{
    struct pdf_object o;
    int64_t n = 3;
    enum err code = pdf_resolve(&w->in, v, &w->arena, &o, e);
    if (code)
        return code;
    if (!pdf_integer(pdf_get(&o.value, "N"), &n))
        n = 3;
    buf_add_c(w->out, n == 1 ? "/DeviceGray" : n == 4 ? "/DeviceCMYK" : "/DeviceRGB");
    return ERR_OK;
}

static enum err put_colour(struct writer *w, const struct pdf_value *v, int depth,
                           struct error *e)
{
    static const struct {
        const char *name;
        size_t n;
        enum type types[4];
    } spaces[] = {
        {"Indexed", 4, {PLAIN, COLOUR, PLAIN, DATA}},
        {"I", 4, {PLAIN, COLOUR, PLAIN, DATA}},
        {"Separation", 4, {PLAIN, PLAIN, COLOUR, FUNCTION}},
        {"DeviceN", 4, {PLAIN, PLAIN, COLOUR, FUNCTION}},
        {"Pattern", 2, {PLAIN, COLOUR}},
        {"CalGray", 2, {PLAIN, PLAIN}},
        {"CalRGB", 2, {PLAIN, PLAIN}},
        {"Lab", 2, {PLAIN, PLAIN}},
        {"DeviceGray", 1, {PLAIN}},
        {"DeviceRGB", 1, {PLAIN}},
        {"DeviceCMYK", 1, {PLAIN}},
    };
    struct pdf_object kind;
    if (!v->n)
        return pdf_damaged(e, "a colour in it is not known");
    enum err code = pdf_resolve(&w->in, &v->items[0], &w->arena, &kind, e);
    if (code)
        return code;
    if (pdf_is_name(&kind.value, "ICCBased") && v->n > 1)
        return put_profile(w, &v->items[1], e);
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (!pdf_is_name(&kind.value, spaces[i].name))
            continue;
        buf_add_char(w->out, '[');
        for (size_t k = 0; !code && k < spaces[i].n && k < v->n; k++) {
            code = put(w, spaces[i].types[k], &v->items[k], depth + 1, e);
            buf_add_char(w->out, ' ');
        }
        buf_add_char(w->out, ']');
        return code;
    }
    return pdf_damaged(e, "a colour in it is not known");
}

static enum err put_reference(struct writer *w, enum type t, const struct pdf_value *v,
                              int depth, struct error *e)
{
    uint32_t number;
    struct pdf_object o;
    enum err code;
    if (t == PLAIN) {
        code = pdf_resolve(&w->in, v, &w->arena, &o, e);
        if (!code && o.is_stream)
            o.value = (struct pdf_value){0};
        return code ? code : put(w, t, &o.value, depth + 1, e);
    }
    code = want(w, v->number, t, &number, e);
    if (!code && number)
        buf_printf(w->out, "%u 0 R", number);
    else
        buf_add_c(w->out, "null");
    return code;
}

static enum err put(struct writer *w, enum type t, const struct pdf_value *v, int depth,
                    struct error *e)
{
    if (depth > PDF_MOST_DEPTH)
        return pdf_damaged(e, "objects in it lead in a circle");
    if (w->out->failed)
        return buf_check(w->out, e);
    switch (v->kind) {
    case PDF_IS_REFERENCE:
        return put_reference(w, t, v, depth, e);
    case PDF_IS_NAME:
        put_name(w->out, v->text);
        return ERR_OK;
    case PDF_IS_RAW:
    case PDF_IS_STRING:
        buf_add(w->out, v->text);
        return ERR_OK;
    case PDF_IS_ARRAY:
        return t == COLOUR ? put_colour(w, v, depth, e) : put_all(w, t, v, depth, e);
    case PDF_IS_DICT:
        if (t == PLAIN)
            return put_all(w, t, v, depth, e);
        if (t >= MAP_OF_STATES)
            return put_all(w, map_value(t), v, depth, e);
        buf_add_c(w->out, "<<");
        enum err code = put_dict(w, keys_of[t] ? keys_of[t] : no_keys, v, depth, e);
        buf_add_c(w->out, ">>");
        return code;
    default:
        buf_add_c(w->out, "null");
        return ERR_OK;
    }
}

// --- streams

static void put_stream(struct writer *w, struct str bytes)
{
    buf_printf(w->out, "/Length %zu>>\nstream\n", bytes.n);
    buf_add(w->out, bytes);
    buf_add_c(w->out, "\nendstream");
}

// bytes, packed, as the stream of the dictionary that was begun.
static enum err put_packed(struct writer *w, struct str bytes, struct error *e)
{
    struct buf packed = STRIP_BUF(PDF_MOST_STREAM);
    enum err code = pdf_pack_bytes(bytes, &packed, e);
    buf_add_c(w->out, "/Filter /FlateDecode ");
    put_stream(w, buf_str(&packed));
    buf_free(&packed);
    return code;
}

static enum err put_picture(struct writer *w, const struct pdf_object *o, struct error *e)
{
    static const char *const names[] = {[PDF_FLATE] = "FlateDecode",
                                        [PDF_DCT] = "DCTDecode",
                                        [PDF_CCITT] = "CCITTFaxDecode",
                                        [PDF_LZW] = "LZWDecode"};
    enum pdf_rest rest;
    struct pdf_value parameters = {0};
    enum err code = put_dict(w, image_keys, &o->value, 0, e);
    if (!code)
        code = pdf_unpack(&w->in, o, true, &w->arena, &w->bytes, &rest, &parameters, e);
    if (code)
        return code;
    if (rest == PDF_PLAIN)
        return put_packed(w, buf_str(&w->bytes), e);
    struct str bytes = buf_str(&w->bytes);
    if (rest == PDF_DCT) {
        buf_clear(&w->clean);
        code = strip_picture_kind(bytes) == STRIP_JPEG
                   ? strip_jpeg(bytes, &w->clean, e)
                   : pdf_damaged(e, "a picture in it is no JPEG");
        if (!code)
            code = buf_check(&w->clean, e);
        bytes = buf_str(&w->clean);
    }
    buf_printf(w->out, "/Filter /%s ", names[rest]);
    if (!code && parameters.kind == PDF_IS_DICT) {
        buf_add_c(w->out, "/DecodeParms ");
        code = put(w, PLAIN, &parameters, 0, e);
    }
    if (!code)
        put_stream(w, bytes);
    return code;
}

static enum err clean_stream(struct writer *w, enum type t, const struct pdf_object *o,
                             struct error *e)
{
    enum pdf_rest rest;
    enum err code = pdf_unpack(&w->in, o, false, &w->arena, &w->bytes, &rest, NULL, e);
    if (code)
        return code;
    int64_t function = 0;
    bool calculator = t == FUNCTION &&
                      pdf_integer(pdf_get(&o->value, "FunctionType"), &function) &&
                      function == 4;
    buf_clear(&w->clean);
    if (t == FONT_FILE)
        code = pdf_clean_font(buf_str(&w->bytes), &w->clean, e);
    else if (t == CONTENT || t == DRAWING || t == PATTERN || t == CMAP || calculator)
        code = pdf_clean_content(buf_str(&w->bytes), &w->clean, e);
    else
        return put_packed(w, buf_str(&w->bytes), e);
    return code ? code : put_packed(w, buf_str(&w->clean), e);
}

static enum err put_stream_object(struct writer *w, enum type t,
                                  const struct pdf_object *o, struct error *e)
{
    const struct key *keys = keys_of[t];
    buf_add_c(w->out, "<<");
    if (t == DRAWING) {
        if (pdf_is_name(pdf_get(&o->value, "Subtype"), "Image"))
            return put_picture(w, o, e);
        if (!pdf_is_name(pdf_get(&o->value, "Subtype"), "Form"))
            return pdf_refuse(e, "a program that draws (PostScript)");
        keys = form_keys;
    }
    if (!keys)
        return pdf_damaged(e, "a stream is where none can be");
    enum err code = put_dict(w, keys, &o->value, 0, e);
    return code ? code : clean_stream(w, t, o, e);
}

static enum err put_object(struct writer *w, uint32_t number, struct error *e)
{
    struct todo x = w->todo[number - 1];
    struct pdf_object o;
    arena_free_wiped(&w->arena);
    enum err code = pdf_fetch(&w->in, x.source, &w->arena, &o, e);
    if (code)
        return code;
    begin_object(w, number);
    code = o.is_stream ? put_stream_object(w, x.type, &o, e)
                       : put(w, x.type, &o.value, 0, e);
    end_object(w);
    return code ? code : buf_check(w->out, e);
}

// --- pages

enum { CATALOG = 1, PAGES = 2, MOST_TREE = 40 };

struct inherited {
    const struct pdf_value *resources, *media, *crop, *rotate;
};

static enum err put_content(struct writer *w, const struct pdf_value *contents,
                            uint32_t number, struct error *e)
{
    struct pdf_object list, one;
    struct buf all = STRIP_BUF(PDF_MOST_STREAM);
    enum pdf_rest rest;
    enum err code = pdf_resolve(&w->in, contents, &w->arena, &list, e);
    bool many = list.value.kind == PDF_IS_ARRAY;
    for (size_t i = 0; !code && i < (many ? list.value.n : 1); i++) {
        one = list;
        if (many)
            code = pdf_resolve(&w->in, &list.value.items[i], &w->arena, &one, e);
        if (code || !one.is_stream)
            continue;
        code = pdf_unpack(&w->in, &one, false, &w->arena, &w->bytes, &rest, NULL, e);
        buf_add(&all, buf_str(&w->bytes));
        buf_add_char(&all, '\n');
    }
    buf_clear(&w->clean);
    if (!code)
        code = buf_check(&all, e);
    if (!code)
        code = pdf_clean_content(buf_str(&all), &w->clean, e);
    begin_object(w, number);
    buf_add_c(w->out, "<<");
    if (!code)
        code = put_packed(w, buf_str(&w->clean), e);
    end_object(w);
    buf_free(&all);
    return code;
}

// What a note or a field draws; *number 0: nothing that is shown.
static enum err find_appearance(struct writer *w, const struct pdf_value *note,
                                uint32_t *number, struct error *e)
{
    static const char *const passed[] = {"Popup", "Link",      "FileAttachment",
                                         "Sound", "Movie",     "Screen",
                                         "3D",    "RichMedia", "TrapNet"};
    struct pdf_object looks, normal, state, flags;
    const struct pdf_value *kind = pdf_get(note, "Subtype"), *drawn;
    int64_t f = 0;
    *number = 0;
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        if (pdf_is_name(kind, passed[i]))
            return ERR_OK;
    enum err code = pdf_get_resolved(&w->in, note, "F", &w->arena, &flags, e);
    if (!code)
        code = pdf_get_resolved(&w->in, note, "AP", &w->arena, &looks, e);
    if (code || (pdf_integer(&flags.value, &f) && (f & (2 | 32)))) // hidden
        return code;
    drawn = pdf_get(&looks.value, "N");
    code = pdf_resolve(&w->in, drawn, &w->arena, &normal, e);
    if (!code && !normal.is_stream && normal.value.kind == PDF_IS_DICT) {
        code = pdf_get_resolved(&w->in, note, "AS", &w->arena, &state, e);
        const char *name = str_c(&w->arena, state.value.text);
        drawn =
            name && state.value.kind == PDF_IS_NAME ? pdf_get(&normal.value, name) : NULL;
        if (!code)
            code = pdf_resolve(&w->in, drawn, &w->arena, &normal, e);
    }
    if (code || !drawn || drawn->kind != PDF_IS_REFERENCE || !normal.is_stream)
        return code;
    return want(w, drawn->number, DRAWING, number, e);
}

static enum err put_notes(struct writer *w, const struct pdf_value *page, struct error *e)
{
    struct pdf_object list, note;
    enum err code = pdf_get_resolved(&w->in, page, "Annots", &w->arena, &list, e);
    if (code || list.value.kind != PDF_IS_ARRAY)
        return code;
    buf_add_c(w->out, "/Annots [");
    for (size_t i = 0; !code && i < list.value.n; i++) {
        uint32_t number = 0;
        const struct pdf_value *place = NULL;
        code = pdf_resolve(&w->in, &list.value.items[i], &w->arena, &note, e);
        if (!code)
            code = find_appearance(w, &note.value, &number, e);
        if (!code && number)
            place = pdf_get(&note.value, "Rect");
        if (!place)
            continue;
        buf_add_c(w->out, "<</Type /Annot /Subtype /Stamp /F 4 /Rect ");
        code = put(w, PLAIN, place, 0, e);
        buf_printf(w->out, "/AP <</N %u 0 R>>>>\n", number);
    }
    buf_add_c(w->out, "]");
    return code;
}

static enum err put_page(struct writer *w, const struct pdf_value *page,
                         const struct inherited *from, struct error *e)
{
    const struct {
        const char *name;
        enum type type;
        const struct pdf_value *value;
    } parts[] = {{"MediaBox", PLAIN, from->media},
                 {"CropBox", PLAIN, from->crop},
                 {"Rotate", PLAIN, from->rotate},
                 {"Resources", RESOURCES, from->resources},
                 {"UserUnit", PLAIN, pdf_get(page, "UserUnit")},
                 {"Group", GROUP, pdf_get(page, "Group")}};
    uint32_t number = 0, content = 0;
    arena_free_wiped(&w->arena);
    enum err code = new_number(w, 0, PLAIN, &number, e);
    if (!code)
        code = new_number(w, 0, PLAIN, &content, e);
    if (!code)
        code = put_content(w, pdf_get(page, "Contents"), content, e);
    if (code)
        return code;
    begin_object(w, number);
    buf_printf(w->out, "<</Type /Page /Parent %d 0 R /Contents %u 0 R\n", PAGES, content);
    for (size_t i = 0; !code && i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].value)
            continue;
        buf_printf(w->out, "/%s ", parts[i].name);
        code = put(w, parts[i].type, parts[i].value, 0, e);
    }
    if (!code)
        code = put_notes(w, page, e);
    buf_add_c(w->out, ">>");
    end_object(w);
    buf_printf(&w->kids, "%u 0 R\n", number);
    w->n_pages++;
    return code;
}

static enum err put_tree(struct writer *w, const struct pdf_value *reference,
                         struct inherited from, int depth, struct error *e)
{
    struct pdf_object node, kids;
    const struct pdf_value *v;
    uint32_t number = reference->number;
    if (reference->kind != PDF_IS_REFERENCE || number >= PDF_MOST_OBJECTS ||
        depth > MOST_TREE || w->seen[number])
        return pdf_damaged(e, "its pages lead in a circle");
    w->seen[number] = true;
    enum err code = pdf_fetch(&w->in, number, &w->pages, &node, e);
    if (code)
        return code;
    from.resources = (v = pdf_get(&node.value, "Resources")) ? v : from.resources;
    from.media = (v = pdf_get(&node.value, "MediaBox")) ? v : from.media;
    from.crop = (v = pdf_get(&node.value, "CropBox")) ? v : from.crop;
    from.rotate = (v = pdf_get(&node.value, "Rotate")) ? v : from.rotate;
    if (!pdf_get(&node.value, "Kids"))
        return node.value.kind == PDF_IS_DICT ? put_page(w, &node.value, &from, e)
                                              : pdf_damaged(e, "a page is missing");
    code = pdf_get_resolved(&w->in, &node.value, "Kids", &w->pages, &kids, e);
    for (size_t i = 0; !code && kids.value.kind == PDF_IS_ARRAY && i < kids.value.n; i++)
        code = put_tree(w, &kids.value.items[i], from, depth + 1, e);
    return code;
}

// --- the whole

// What cannot be left out without changing what the pages show.
static enum err refuse_what_hides(struct writer *w, const struct pdf_value *catalog,
                                  struct error *e)
{
    struct pdf_object form, layers, shown, off, base;
    enum err code = pdf_get_resolved(&w->in, catalog, "AcroForm", &w->pages, &form, e);
    if (!code && pdf_get(&form.value, "XFA"))
        return pdf_refuse(e, "a form that is a program (XFA)");
    const struct pdf_value *must = pdf_get(&form.value, "NeedAppearances");
    if (!code && must && must->kind == PDF_IS_RAW && str_equal_c(must->text, "true"))
        return pdf_refuse(e, "a form whose answers are not drawn");
    if (!code && pdf_get(catalog, "Collection"))
        return pdf_refuse(e, "other files (a portfolio)");
    if (!code)
        code = pdf_get_resolved(&w->in, catalog, "OCProperties", &w->pages, &layers, e);
    if (!code)
        code = pdf_get_resolved(&w->in, &layers.value, "D", &w->pages, &shown, e);
    if (!code)
        code = pdf_get_resolved(&w->in, &shown.value, "OFF", &w->pages, &off, e);
    if (!code)
        code = pdf_get_resolved(&w->in, &shown.value, "BaseState", &w->pages, &base, e);
    if (!code && ((off.value.kind == PDF_IS_ARRAY && off.value.n) ||
                  pdf_is_name(&base.value, "OFF")))
        return pdf_refuse(e, "layers that are hidden");
    return code;
}

static void put_end(struct writer *w)
{
    begin_object(w, PAGES);
    buf_printf(w->out, "<</Type /Pages /Count %zu /Kids [", w->n_pages);
    buf_add(w->out, buf_str(&w->kids));
    buf_add_c(w->out, "]>>");
    end_object(w);
    begin_object(w, CATALOG);
    buf_printf(w->out, "<</Type /Catalog /Pages %d 0 R>>", PAGES);
    end_object(w);
    size_t at = w->out->n;
    buf_printf(w->out, "xref\n0 %u\n0000000000 65535 f \n", w->n + 1);
    for (uint32_t i = 0; i < w->n; i++)
        buf_printf(w->out, "%010u 00000 n \n", w->offset[i]);
    buf_printf(w->out, "trailer\n<</Size %u /Root %d 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
               w->n + 1, CATALOG, at);
}

static enum err write_all(struct writer *w, struct error *e)
{
    struct pdf_object catalog;
    uint32_t number;
    enum err code =
        pdf_get_resolved(&w->in, &w->in.trailer, "Root", &w->pages, &catalog, e);
    if (!code && catalog.value.kind != PDF_IS_DICT)
        code = pdf_damaged(e, "it has no beginning");
    if (!code)
        code = refuse_what_hides(w, &catalog.value, e);
    buf_add_c(w->out, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    for (int i = CATALOG; !code && i <= PAGES; i++)
        code = new_number(w, 0, PLAIN, &number, e);
    const struct pdf_value *root = pdf_get(&catalog.value, "Pages");
    if (!code)
        code = root ? put_tree(w, root, (struct inherited){0}, 0, e)
                    : pdf_damaged(e, "it has no pages");
    if (!code && !w->n_pages)
        code = pdf_damaged(e, "it has no pages");
    for (uint32_t i = PAGES; !code && i < w->n; i++)
        if (w->todo[i].source)
            code = put_object(w, i + 1, e);
    if (!code)
        code = buf_check(&w->kids, e);
    if (code)
        return code;
    put_end(w);
    return buf_check(w->out, e);
}

enum err strip_pdf(struct str bytes, struct buf *out, struct error *e)
{
    struct writer w = {.out = out,
                       .bytes = STRIP_BUF(PDF_MOST_STREAM),
                       .clean = STRIP_BUF(PDF_MOST_STREAM),
                       .kids = STRIP_BUF(8 << 20)};
    struct arena lists;
    arena_init(&w.arena, 64 << 20);
    arena_init(&w.pages, 64 << 20);
    arena_init(&lists, 64 << 20);
    w.todo = ARENA_ARRAY(&lists, struct todo, PDF_MOST_OBJECTS);
    w.offset = ARENA_ARRAY(&lists, uint32_t, PDF_MOST_OBJECTS);
    w.number_of = ARENA_ARRAY(&lists, uint32_t, PDF_MOST_OBJECTS);
    w.type_of = ARENA_ARRAY(&lists, uint8_t, PDF_MOST_OBJECTS);
    w.seen = ARENA_ARRAY(&lists, bool, PDF_MOST_OBJECTS);
    bool room = w.todo && w.offset && w.number_of && w.type_of && w.seen;
    enum err code = room ? pdf_open(&w.in, bytes, e) : error_memory(e);
    if (!code)
        code = write_all(&w, e);
    pdf_close(&w.in);
    buf_free(&w.bytes);
    buf_free(&w.clean);
    buf_free(&w.kids);
    arena_free_wiped(&w.arena);
    arena_free_wiped(&w.pages);
    arena_free_wiped(&lists);
    return code;
}
