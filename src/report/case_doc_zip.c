// SPDX-License-Identifier: AGPL-3.0-or-later
// The originals of a case's files beside its PDF.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/archive.h"
#include "base/chain.h"
#include "base/result.h"
#include "report/case_doc.h"

enum { MAX_INDEX = 1 << 24, MAX_PDF = 1 << 28 };

static const struct result_column columns[] = {
    {.name = "number"},      {.name = "register"},
    {.name = "row"},         {.name = "paper"},
    {.name = "file"},        {.name = "name"},
    {.name = "type"},        {.name = "size", .kind = RESULT_COUNT},
    {.name = "blake2b_256"}, {.name = "who"},
    {.name = "at"},          {.name = "struck"},
    {.name = "struck_by"},   {.name = "struck_at"},
    {.name = "reason"}};

// ISO 8601, of the universal clock; empty: never.
static struct str moment(struct arena *a, int64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000);
    struct tm at;
    char text[32];
    if (!ms || !gmtime_r(&seconds, &at))
        return STR("");
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &at);
    return str_copy(a, str_of(text));
}

// Names of files come from people: what no file system takes becomes "_".
static struct str harmless(struct arena *a, struct str name)
{
    struct str out = str_copy(a, name);
    for (size_t i = 0; out.p && i < out.n; i++)
        if ((unsigned char)out.p[i] < 32 || strchr("/\\:*?\"<>|", out.p[i]))
            ((char *)out.p)[i] = '_';
    return out;
}

static struct str file_path(struct arena *a, const struct case_sheet *s, size_t sheet,
                            size_t file)
{
    struct str name = harmless(a, s->files[file].name);
    if (!name.p)
        return name;
    const bool out = case_file_is_out(s) || s->files[file].struck;
    return str_format(a, "%s/%zu.%zu-" STR_FMT, out ? "struck" : "files", sheet, file + 1,
                      STR_ARG(name));
}

static void put_index(struct result *r, struct arena *a, const struct case_file *f,
                      size_t sheet, size_t file, bool *no_memory)
{
    const struct case_sheet *s = &f->sheets[sheet];
    const struct attachment *x = file ? &s->files[file - 1] : NULL;
    struct result_cell *c = result_row(r);
    const bool by_sheet = x ? case_file_is_out(s) : s->struck,
               struck = by_sheet || (x && x->struck);
    char hex[CHAIN_HEX_SIZE] = "";
    struct chain_hash hash;
    c[0].text =
        file ? str_format(a, "%zu.%zu", sheet, file) : str_format(a, "%zu", sheet);
    c[1].text = s->reg->name;
    c[2].text = str_format(a, "%lld", (long long)s->id);
    c[3].text = s->paper ? s->paper->value : STR("");
    c[9].text = x ? x->who : s->who;
    c[10].text = moment(a, x ? x->at : s->at);
    c[11].text = struck ? STR("yes") : STR("no");
    c[12].text = x && x->struck ? x->struck_by : by_sheet ? s->struck_by : STR("");
    c[13].text = moment(a, x && x->struck ? x->struck_at : by_sheet ? s->struck_at : 0);
    c[14].text = x && x->struck ? x->reason : by_sheet ? s->reason : STR("");
    c[7].value = 0;
    *no_memory |= !c[0].text.p || !c[2].text.p || !c[10].text.p || !c[13].text.p;
    if (!x)
        return;
    for (int i = 0; i < CHAIN_HASH_SIZE; i++)
        hash.bytes[i] = x->hash[i];
    chain_to_hex(&hash, hex);
    c[4].text = file_path(a, s, sheet, file - 1);
    c[5].text = x->name;
    c[6].text = str_of(sniff_type(x->kind));
    c[7].value = (double)x->size;
    c[8].text = str_copy(a, str_of(hex));
    *no_memory |= !c[4].text.p || !c[8].text.p;
}

static enum err add_index(struct archive *zip, struct arena *a, const struct case_file *f,
                          struct error *e)
{
    struct result r =
        result_new(a, "index", STR("index"), columns, sizeof columns / sizeof *columns);
    struct buf text = BUF_INIT(MAX_INDEX);
    bool no_memory = false;
    for (size_t i = 0; i < f->n_sheets; i++)
        for (size_t k = 0; k <= f->sheets[i].n_files; k++)
            put_index(&r, a, f, i, k, &no_memory);
    buf_add_c(&text, "\xEF\xBB\xBF");
    result_csv(&r, &text);
    enum err code = no_memory || !result_ok(&r) ? error_memory(e) : buf_check(&text, e);
    if (!code)
        archive_add(zip, "index.csv", buf_str(&text), true);
    buf_free(&text);
    return code;
}

static enum err add_files(struct archive *zip, const struct measure *m,
                          const struct case_file *f, struct error *e)
{
    struct arena one; // of one file at a time
    enum err code = ERR_OK;
    arena_init(&one, 0);
    for (size_t i = 0; !code && i < f->n_sheets; i++)
        for (size_t k = 0; !code && k < f->sheets[i].n_files; k++) {
            const struct case_sheet *s = &f->sheets[i];
            struct attachment x;
            struct str bytes = {NULL, 0};
            arena_reset(&one);
            code = (s->files[k].struck ? attachment_get_struck : attachment_get)(
                m->county, m->who, s->files[k].id, &one, &x, &bytes, e);
            struct str path = file_path(&one, s, i, k);
            const char *name = path.p ? str_c(&one, path) : NULL;
            if (!code && !name)
                code = error_memory(e);
            if (!code)
                archive_add(zip, name, bytes,
                            x.kind == SNIFF_CSV || x.kind == SNIFF_TEXT);
        }
    arena_free(&one);
    return code;
}

static enum err read_whole(const char *path, struct buf *out, struct error *e)
{
    char part[1 << 14];
    FILE *f = fopen(path, "rbe");
    if (!f)
        return error_errno(e, errno, path, "read");
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(out, (struct str){part, n});
    const bool failed = ferror(f);
    fclose(f);
    return failed ? error_errno(e, EIO, path, "read") : buf_check(out, e);
}

// The PDF is written beside the archive first, for it is written to a file.
static enum err add_pdf(struct archive *zip, const struct doc *d, const char *path,
                        struct arena *a, struct error *e)
{
    struct str text = str_format(a, "%s-XXXXXX", path);
    struct buf bytes = BUF_INIT(MAX_PDF);
    int fd = text.p ? mkstemp((char *)text.p) : -1;
    if (fd < 0)
        return text.p ? error_errno(e, errno, path, "write the PDF beside")
                      : error_memory(e);
    close(fd);
    enum err code = doc_write_pdf(d, text.p, e);
    if (!code)
        code = read_whole(text.p, &bytes, e);
    unlink(text.p);
    if (!code)
        archive_add(zip, "case.pdf", buf_str(&bytes), true);
    buf_free(&bytes);
    return code;
}

enum err case_doc_zip(const struct measure *m, struct arena *a, const struct case_file *f,
                      bool zh, const char *path, struct error *e)
{
    struct archive *zip = NULL;
    struct doc *d;
    struct error later;
    enum err code = case_doc_make(m, a, f, zh, &d, e);
    if (!code)
        code = archive_open(&zip, path, (int32_t)(f->made / 86400000), e);
    if (code)
        return code;
    code = add_index(zip, a, f, e);
    if (!code)
        code = add_pdf(zip, d, path, a, e);
    if (!code)
        code = add_files(zip, m, f, e);
    enum err closing = archive_close(zip, code ? &later : e);
    if (code && !closing)
        unlink(path);
    return code ? code : closing;
}
