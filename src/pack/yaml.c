// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/yaml.h"

#include <libfyaml.h>
#include <stdio.h>
#include <string.h>

// --- reading ---------------------------------------------------------------------------

struct reading {
    struct problems *problems;
    struct str file, source;
    struct yaml_node *open[YAML_MAX_DEPTH]; // maps and lists not yet closed
    size_t depth;
    struct str key; // waiting for its value, in the innermost map
    struct place key_place;
    bool has_key;
    struct yaml_node *root;
};

static struct place place_at(const struct reading *r, const struct fy_mark *mark)
{
    if (!mark)
        return (struct place){r->file, 1, 1};
    return (struct place){r->file, mark->line + 1, mark->column + 1};
}

// Puts a new node into the innermost map or list. False ends the reading.
static bool place_node(struct reading *r, struct yaml_node *node)
{
    struct yaml_node *parent = r->depth ? r->open[r->depth - 1] : NULL;
    node->key_place = node->place;
    if (!parent) {
        r->root = node;
        return true;
    }
    if (parent->kind == YAML_MAP) {
        node->key = r->key;
        node->key_place = r->key_place;
        r->has_key = false;
        for (const struct yaml_node *c = parent->first; c; c = c->next) {
            if (str_equal(c->key, node->key)) {
                struct error *e =
                    problem_add(r->problems, node->key_place, "pack.key_twice",
                                "the key '" STR_FMT "' is here twice; it was first "
                                "given on line %d",
                                STR_ARG(node->key), c->key_place.line);
                error_cure(e, "Keep one of the two.");
                return true; // the first one stays
            }
        }
    }
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
    parent->n++;
    return true;
}

static bool open_node(struct reading *r, enum yaml_kind kind, struct place at)
{
    if (r->depth && r->open[r->depth - 1]->kind == YAML_MAP && !r->has_key) {
        problem_add(r->problems, at, "pack.key",
                    "a key must be one word, not a map or a list");
        return false;
    }
    if (r->depth == YAML_MAX_DEPTH) {
        problem_add(r->problems, at, "pack.depth",
                    "maps and lists are nested more than %d deep", (int)YAML_MAX_DEPTH);
        return false;
    }
    struct yaml_node *node = problem_alloc(r->problems, 1, sizeof *node);
    if (!node)
        return false;
    node->kind = kind;
    node->place = at;
    if (!place_node(r, node))
        return false;
    r->open[r->depth++] = node;
    r->has_key = false;
    return true;
}

static bool scalar(struct reading *r, struct fy_event *event, struct place at)
{
    struct fy_token *token = event->scalar.value;
    size_t n = 0;
    const char *p = token ? fy_token_get_text(token, &n) : "";
    struct str text = str_copy(r->problems->arena, (struct str){p, p ? n : 0});
    if (!text.p) {
        r->problems->no_memory = true;
        return false;
    }
    if (r->depth && r->open[r->depth - 1]->kind == YAML_MAP && !r->has_key) {
        if (text.n == 0) {
            problem_add(r->problems, at, "pack.key", "a key is empty");
            return false;
        }
        r->key = text;
        r->key_place = at;
        r->has_key = true;
        return true;
    }
    struct yaml_node *node = problem_alloc(r->problems, 1, sizeof *node);
    if (!node)
        return false;
    enum fy_scalar_style style = token ? fy_scalar_token_get_style(token) : FYSS_PLAIN;
    node->kind = YAML_SCALAR;
    node->text = text;
    node->quoted = style != FYSS_PLAIN;
    // libfyaml's mark of a quoted text is behind the quote; that of a block stands before
    // the indentation of its first line
    node->place = at;
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (mark && (style == FYSS_LITERAL || style == FYSS_FOLDED))
        for (size_t i = mark->input_pos; i < r->source.n && r->source.p[i] == ' '; i++)
            node->place.column++;
    return place_node(r, node);
}

// False at the end or when reading cannot go on.
static bool take_event(struct reading *r, struct fy_event *event, int *documents)
{
    struct place at = place_at(r, fy_event_start_mark(event));
    if (fy_event_get_anchor_token(event) || event->type == FYET_ALIAS) {
        problem_add(r->problems, at, "pack.anchor",
                    "anchors (&name) and aliases (*name) are not used in packs");
        return false;
    }
    if (event->type != FYET_DOCUMENT_START && fy_event_get_tag_token(event)) {
        problem_add(r->problems, at, "pack.tag", "tags (!name) are not used in packs");
        return false;
    }
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (++*documents > 1) {
            problem_add(r->problems, at, "pack.documents",
                        "the file holds a second document (after ---); one file of a "
                        "pack says one thing");
            return false;
        }
        return true;
    case FYET_MAPPING_START:
        return open_node(r, YAML_MAP, at);
    case FYET_SEQUENCE_START:
        return open_node(r, YAML_LIST, at);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        r->depth--;
        r->has_key = false;
        return true;
    case FYET_SCALAR:
        return scalar(r, event, at);
    case FYET_STREAM_END:
        return false;
    default:
        return true;
    }
}

// Punctuation of a Chinese keyboard looks like YAML's and is none. The first of it in the
// line of a syntax error or the line above, or NULL; it may be innocent, inside a text.
static const char *wide_mark(struct str text, int line, int *in_line, const char **plain)
{
    static const char *const marks[][2] = {{"：", ":"}, {"，", ","}, {"｛", "{"},
                                           {"｝", "}"}, {"［", "["}, {"］", "]"}};
    int now = 1;
    for (size_t i = 0; i < text.n && now <= line; i++) {
        now += text.p[i] == '\n';
        struct str rest = {text.p + i, text.n - i};
        for (size_t k = 0; now + 1 >= line && k < sizeof marks / sizeof *marks; k++) {
            if (now > line || !str_starts(rest, str_of(marks[k][0])))
                continue;
            *in_line = now;
            *plain = marks[k][1];
            return marks[k][0];
        }
    }
    return NULL;
}

static void syntax_problem(struct reading *r, struct fy_diag *diag)
{
    void *iterator = NULL;
    struct fy_diag_error *found = fy_diag_errors_iterate(diag, &iterator);
    struct place at = {r->file, 0, 0};
    if (found && found->line >= 0)
        at = (struct place){r->file, found->line > 0 ? found->line : 1,
                            found->column > 0 ? found->column : 1};
    struct error *e = problem_add(r->problems, at, "pack.yaml", "this is not YAML: %s",
                                  found && found->msg ? found->msg : "it ends too early");
    int line = 0;
    const char *plain = NULL, *wide = wide_mark(r->source, at.line, &line, &plain);
    if (wide) {
        error_cure(
            e,
            "Line %d has the wide '%s' of Chinese text: outside of a text YAML needs "
            "'%s' of the Latin keyboard%s.",
            line, wide, plain, *plain == ':' ? " and a space behind it" : "");
        return;
    }
    error_cure(e, "Look at the indentation, at quotes and brackets that are not closed, "
                  "and put a text that holds ': ' or begins with one of { [ * & ! %% @ "
                  "in double quotes.");
}

// Tabs and bytes that are not UTF-8 are said by us: the words of a YAML parser for them
// help nobody.
static bool text_is_clean(struct problems *p, struct str file, struct str text)
{
    int line = 1;
    bool indent = true;
    size_t start = 0;
    for (size_t i = 0; i < text.n;) {
        unsigned char c = (unsigned char)text.p[i];
        struct place at = {file, line, (int)(i - start) + 1};
        size_t more = c < 0x80             ? 0
                      : (c & 0xE0) == 0xC0 ? 1
                      : (c & 0xF0) == 0xE0 ? 2
                      : (c & 0xF8) == 0xF0 ? 3
                                           : 9;
        bool good = more < 9 && i + more < text.n && c != 0;
        for (size_t k = 1; good && k <= more; k++)
            good = ((unsigned char)text.p[i + k] & 0xC0) == 0x80;
        if (!good) {
            struct error *e = problem_add(p, at, "pack.utf8",
                                          "the byte %02x here is not UTF-8 text", c);
            error_cure(e, "Save the file as UTF-8.");
            return false;
        }
        if (c == '\t' && indent) {
            struct error *e =
                problem_add(p, at, "pack.tab", "the line is indented with a tab");
            error_cure(e, "Indent with spaces.");
            return false;
        }
        bool wide = (c == 0xE3 && more == 2 && !memcmp(text.p + i, "\xE3\x80\x80", 3)) ||
                    (c == 0xC2 && (unsigned char)text.p[i + 1] == 0xA0);
        if (wide && indent) {
            struct error *e =
                problem_add(p, at, "pack.wide_space",
                            "the line is indented with a wide or a hard space");
            error_cure(e, "Indent with plain spaces.");
            return false;
        }
        indent = c == '\n' || (indent && c == ' ');
        i += more + 1;
        if (c == '\n') {
            line++;
            start = i;
        }
    }
    return true;
}

struct yaml_node *yaml_parse(struct problems *p, struct str file, struct str text)
{
    struct reading r = {.problems = p, .file = file, .source = text};
    struct yaml_node *result = NULL;
    if (text.n > YAML_MAX_BYTES) {
        problem_add(p, (struct place){file, 0, 0}, "pack.large",
                    "the file has %zu bytes; a file of a pack may have %d", text.n,
                    (int)YAML_MAX_BYTES);
        return NULL;
    }
    if (!text_is_clean(p, file, text))
        return NULL;
    struct fy_diag_cfg quiet;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&quiet);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg configuration = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE, .diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&configuration) : NULL;
    if (!parser ||
        fy_parser_set_string(parser, text.n ? text.p : "\n", text.n ? text.n : 1) != 0) {
        p->no_memory = true;
        goto out;
    }
    int documents = 0;
    bool ended = false, more = true;
    while (more) {
        struct fy_event *event = fy_parser_parse(parser);
        if (!event)
            break;
        ended = event->type == FYET_STREAM_END;
        size_t before = p->n + p->left_out;
        more = take_event(&r, event, &documents);
        fy_parser_event_free(parser, event);
        if (!more && !ended) {
            if (p->n + p->left_out == before)
                p->no_memory = true;
            goto out;
        }
    }
    if (!ended) {
        syntax_problem(&r, diag);
        goto out;
    }
    result = r.root;
    if (!result || (result->kind == YAML_SCALAR && result->text.n == 0)) {
        result = problem_alloc(p, 1, sizeof *result);
        if (result) {
            result->kind = YAML_MAP;
            result->place = result->key_place = (struct place){file, 1, 1};
        }
    }
out:
    if (parser)
        fy_parser_destroy(parser);
    if (diag)
        fy_diag_destroy(diag);
    return result;
}

// --- nodes as things -------------------------------------------------------------------

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (!map || map->kind != YAML_MAP)
        return NULL;
    for (struct yaml_node *c = map->first; c; c = c->next)
        if (str_equal_c(c->key, key))
            return c;
    return NULL;
}

const char *yaml_kind_name(const struct yaml_node *node)
{
    return node->kind == YAML_MAP    ? "a map"
           : node->kind == YAML_LIST ? "a list"
           : node->text.n == 0       ? "nothing"
                                     : "a value";
}

static bool wrong_kind(struct problems *p, const struct yaml_node *node, const char *what,
                       const char *expected)
{
    struct error *e;
    if (node->kind == YAML_SCALAR && node->text.n)
        e = problem_add(p, node->place, "pack.kind",
                        "%s must be %s, but '" STR_FMT "' was found", what, expected,
                        STR_ARG(node->text));
    else
        e = problem_add(p, node->place, "pack.kind", "%s must be %s, but %s was found",
                        what, expected, yaml_kind_name(node));
    if (node->kind == YAML_MAP && !strstr(expected, "map"))
        error_cure(e, "If the text begins with {, put it in double quotes.");
    return false;
}

bool yaml_is_map(struct problems *p, const struct yaml_node *node, const char *what)
{
    if (!node)
        return false;
    return node->kind == YAML_MAP || wrong_kind(p, node, what, "a map (key: value)");
}

bool yaml_is_list(struct problems *p, const struct yaml_node *node, const char *what)
{
    if (!node)
        return false;
    return node->kind == YAML_LIST || wrong_kind(p, node, what, "a list");
}

bool yaml_text(struct problems *p, const struct yaml_node *node, const char *what,
               struct str *out)
{
    if (!node)
        return false;
    if (node->kind != YAML_SCALAR || node->text.n == 0)
        return wrong_kind(p, node, what, "a text");
    *out = node->text;
    return true;
}

bool yaml_bool(struct problems *p, const struct yaml_node *node, const char *what,
               bool *out)
{
    if (!node)
        return false;
    if (node->kind == YAML_SCALAR && !node->quoted &&
        (str_equal_c(node->text, "true") || str_equal_c(node->text, "false"))) {
        *out = str_equal_c(node->text, "true");
        return true;
    }
    return wrong_kind(p, node, what, "true or false");
}

bool yaml_number(struct problems *p, const struct yaml_node *node, const char *what,
                 double *out)
{
    if (!node)
        return false;
    if (node->kind == YAML_SCALAR && str_to_double(node->text, out))
        return true;
    return wrong_kind(p, node, what, "a number");
}

bool yaml_int(struct problems *p, const struct yaml_node *node, const char *what,
              int64_t low, int64_t high, int64_t *out)
{
    if (!node)
        return false;
    int64_t value = 0;
    if (node->kind == YAML_SCALAR && str_to_int(node->text, &value) && value >= low &&
        value <= high) {
        *out = value;
        return true;
    }
    char expected[96];
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld",
             (long long)low, (long long)high);
    return wrong_kind(p, node, what, expected);
}

bool yaml_word(struct problems *p, const struct yaml_node *node, const char *what,
               const char *const *words, size_t n, size_t *out)
{
    if (!node)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (node->kind == YAML_SCALAR && str_equal_c(node->text, words[i])) {
            *out = i;
            return true;
        }
    }
    char expected[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        int k = snprintf(expected + used, sizeof expected - used, "%s%s",
                         i == 0       ? ""
                         : i + 1 == n ? " or "
                                      : ", ",
                         words[i]);
        if (k < 0 || used + (size_t)k >= sizeof expected)
            break;
        used += (size_t)k;
    }
    wrong_kind(p, node, what, expected);
    struct str names[32];
    for (size_t i = 0; i < n && i < 32; i++)
        names[i] = str_of(words[i]);
    struct str near = nearest_name(node->text, names, n < 32 ? n : 32);
    if (near.n && p->n)
        error_cure(&p->list[p->n - 1].error, "Did you mean '" STR_FMT "'?",
                   STR_ARG(near));
    return false;
}

bool yaml_words(struct problems *p, const struct yaml_node *node, const char *what,
                const struct str **out, size_t *n)
{
    if (!node)
        return false;
    *out = NULL;
    *n = 0;
    size_t count = node->kind == YAML_LIST ? node->n : 1;
    struct str *list = problem_alloc(p, count, sizeof *list);
    if (!list)
        return false;
    if (node->kind != YAML_LIST) {
        if (!yaml_text(p, node, what, &list[0]))
            return false;
        *n = 1;
    } else {
        if (count == 0)
            return wrong_kind(p, node, what, "a list with something in it");
        for (const struct yaml_node *c = node->first; c; c = c->next)
            if (!yaml_text(p, c, what, &list[(*n)++]))
                return false;
    }
    *out = list;
    return true;
}

void yaml_known_keys(struct problems *p, const struct yaml_node *map, const char *what,
                     const char *keys)
{
    struct str names[40];
    size_t n = 0;
    struct str rest = str_of(keys), head;
    while (str_split(rest, ' ', &head, &rest) && n < 39)
        names[n++] = head;
    names[n++] = rest;
    for (const struct yaml_node *c = map ? map->first : NULL; c; c = c->next) {
        bool known = false;
        for (size_t i = 0; i < n && !known; i++)
            known = str_equal(c->key, names[i]);
        if (known)
            continue;
        struct error *e =
            problem_add(p, c->key_place, "pack.unknown_key",
                        "%s has no key '" STR_FMT "'", what, STR_ARG(c->key));
        struct str near = nearest_name(c->key, names, n);
        if (near.n)
            error_cure(e, "Did you mean '" STR_FMT "'? Its keys are: %s.", STR_ARG(near),
                       keys);
        else
            error_cure(e, "Its keys are: %s.", keys);
    }
}

bool yaml_label(struct problems *p, const struct yaml_node *node, const char *what,
                struct label *out, struct yaml_also *also)
{
    if (!node)
        return false;
    if (node->kind != YAML_MAP)
        return wrong_kind(p, node, what, "a label in both languages, {en: ..., zh: ...}");
    // {en: One, two, zh: ...}: the comma ended the text, and the rest became a key
    for (const struct yaml_node *c = node->first; c; c = c->next) {
        if (c->kind != YAML_SCALAR || c->text.n || c->quoted ||
            str_equal_c(c->key, "en") || str_equal_c(c->key, "zh"))
            continue;
        struct str head, tail, wide = str_of("：");
        for (tail = c->key; tail.n && !str_starts(tail, wide); tail.p++, tail.n--)
            ;
        head = (struct str){c->key.p, c->key.n - tail.n};
        if (tail.n) {
            struct error *e = problem_add(
                p, c->key_place, "pack.wide_mark",
                "%s: '" STR_FMT "' is followed by the wide '：' of Chinese text", what,
                STR_ARG(head));
            return error_cure(e, "Write ': ' of the Latin keyboard, with its space.") ==
                   ERR_OK;
        }
        struct error *e = problem_add(
            p, c->key_place, "pack.label_comma",
            "%s: the text before '" STR_FMT "' ends at the comma", what, STR_ARG(c->key));
        return error_cure(e, "Put a text with a comma in double quotes.") == ERR_OK;
    }
    yaml_known_keys(p, node, what, also ? "en zh also" : "en zh");
    if (also) {
        const struct yaml_node *words = yaml_get(node, "also");
        yaml_words(p, words, "also", &also->list, &also->n);
    }
    static const char *const languages[] = {"en", "zh"};
    bool whole = true;
    for (size_t i = 0; i < 2; i++) {
        const struct yaml_node *text = yaml_get(node, languages[i]);
        struct str *to = i == 0 ? &out->en : &out->zh;
        if (text && yaml_text(p, text, what, to))
            continue;
        if (!text) {
            struct error *e =
                problem_add(p, node->place, "pack.label", "%s has no %s text", what,
                            i == 0 ? "English (en)" : "Chinese (zh)");
            error_cure(e, "Write it as {en: ..., zh: ...}; both are needed.");
        }
        whole = false;
    }
    return whole;
}
