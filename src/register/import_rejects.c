// SPDX-License-Identifier: AGPL-3.0-or-later
// What is wrong with rows: counted by kind for the report, and the refused rows kept in a
// file to correct.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "register/checklist.h"
#include "register/import_private.h"
#include "register/rule_text.h"
#include "register/value_words.h"

// --- problems

static void words_of(const struct import_reader *r, const struct import_row_problem *p,
                     struct arena *a, struct label *text, struct label *cure)
{
    const struct places *places = r->m->county->places;
    if (p->rule) {
        rule_words(r->m->reg, p->rule, p->values, places, a, text, cure);
        return;
    }
    value_words(&p->error, a, text, cure);
    if (p->said) { // the English names the item
        text->zh = checklist_words(p->said).zh;
        cure->zh = checklist_cure(p->said).zh;
    }
}

// "row 17, weight (Birth weight): '35000' is not between 300 and 7000; look it up".
static struct label example_of(struct import_reader *r, uint64_t row,
                               const struct import_row_problem *p)
{
    struct arena *a = r->m->arena;
    struct label text, cure, place = {STR(""), STR("")};
    words_of(r, p, a, &text, &cure);
    if (p->field) {
        place.en = str_format(a, ", " STR_FMT " (" STR_FMT ")", STR_ARG(p->field->name),
                              STR_ARG(p->field->label.en));
        place.zh = str_format(a, "，" STR_FMT, STR_ARG(p->field->label.zh));
    }
    unsigned long long n = (unsigned long long)row;
    return (struct label){str_format(a, "row %llu" STR_FMT ": " STR_FMT "%s" STR_FMT, n,
                                     STR_ARG(place.en), STR_ARG(text.en),
                                     cure.en.n ? "; " : "", STR_ARG(cure.en)),
                          str_format(a, "第 %llu 行" STR_FMT "：" STR_FMT "%s" STR_FMT, n,
                                     STR_ARG(place.zh), STR_ARG(text.zh),
                                     cure.zh.n ? "；" : "", STR_ARG(cure.zh))};
}

void import_problem_note(struct import_reader *r, uint64_t row,
                         const struct import_row_problem *p)
{
    struct import_result *out = r->m->out;
    struct arena *a = r->m->arena;
    struct str field = p->field ? p->field->name : STR("row");
    char space[160]; // key and field's name: both are short
    snprintf(space, sizeof space, "%s " STR_FMT, p->error.key, STR_ARG(field));
    struct str key = str_of(space);
    for (size_t i = 0; i < out->n_problems; i++) {
        if (str_equal(out->problems[i].key, key) &&
            out->problems[i].error == !p->warning) {
            out->problems[i].count++;
            return;
        }
    }
    if (out->n_problems == MAX_PROBLEM_KINDS)
        return;
    struct import_problem *kind = &out->problems[out->n_problems++];
    *kind = (struct import_problem){.key = str_copy(a, key),
                                    .example = example_of(r, row, p),
                                    .count = 1,
                                    .error = !p->warning,
                                    .note = p->note};
}

struct import_row_problem *import_problem_add(struct import_reader *r,
                                              const struct field *field)
{
    if (r->n_problems == MAX_ROW_PROBLEMS)
        return NULL;
    struct import_row_problem *p = &r->problems[r->n_problems++];
    *p = (struct import_row_problem){.field = field};
    return p;
}

// --- the rejects file

static enum err open_rejects(struct import_reader *r, struct error *e)
{
    r->rejects = fopen(r->rejects_temporary.p, "wb");
    if (!r->rejects)
        return error_errno(e, errno, r->rejects_temporary.p, "write the rejects file");
    struct str *cells = ARENA_ARRAY(r->m->arena, struct str, r->n_headings + 3);
    if (!cells)
        return error_memory(e);
    size_t n = 0;
    for (size_t i = 0; i < r->n_headings; i++)
        if (r->m->out->mapping.columns[i].by != MAPPED_OWN)
            cells[n++] = r->headings[i];
    cells[n++] = STR("heng_row");
    cells[n++] = STR("heng_error");
    cells[n++] = STR("heng_error_zh");
    buf_clear(&r->line);
    buf_add_c(&r->line, "\xEF\xBB\xBF"); // so that a spreadsheet reads it as UTF-8
    csv_write_row(&r->line, cells, n, false);
    return ERR_OK;
}

// All that is wrong with the row in hand, as one cell of each language.
static void describe(struct import_reader *r, struct buf *en, struct buf *zh)
{
    for (size_t i = 0; i < r->n_problems; i++) {
        const struct import_row_problem *p = &r->problems[i];
        struct label text, cure;
        if (p->warning)
            continue;
        buf_printf(en, "%s" STR_FMT "%s%s%s%s%s", en->n ? " | " : "",
                   STR_ARG(p->field ? p->field->name : STR("")), p->field ? ": " : "",
                   p->error.text, p->error.cure[0] ? " (" : "", p->error.cure,
                   p->error.cure[0] ? ")" : "");
        arena_reset(&r->words);
        words_of(r, p, &r->words, &text, &cure);
        buf_printf(zh, "%s" STR_FMT "%s" STR_FMT "%s" STR_FMT "%s", zh->n ? " | " : "",
                   STR_ARG(p->field ? p->field->label.zh : STR("")), p->field ? "：" : "",
                   STR_ARG(text.zh), cure.zh.n ? "（" : "", STR_ARG(cure.zh),
                   cure.zh.n ? "）" : "");
    }
}

enum err import_reject(struct import_reader *r, uint64_t row, const struct str *cells,
                       size_t n_cells, struct error *e)
{
    struct importer *m = r->m;
    enum err code = ERR_OK;
    m->out->rejected++;
    if (m->out->mapping.areas_by_level && n_cells > r->n_headings)
        n_cells = r->n_headings; // what lies beyond was made up here
    for (size_t i = 0; i < r->n_problems; i++)
        import_problem_note(r, row, &r->problems[i]);
    if (m->options->dry_run && !m->options->rejects)
        return ERR_OK;
    if (!r->rejects)
        code = open_rejects(r, e);
    else
        buf_clear(&r->line);
    if (code)
        return code;
    struct buf en = BUF_INIT(1 << 16), zh = BUF_INIT(1 << 16);
    describe(r, &en, &zh);
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)row);
    size_t most = (n_cells > r->n_headings ? n_cells : r->n_headings) + 3, n = 0;
    struct str *out = mem_alloc(most, sizeof *out);
    if (!out) {
        buf_free(&en);
        buf_free(&zh);
        return error_memory(e);
    }
    const struct mapping *map = &m->out->mapping;
    for (size_t i = 0; i < r->n_headings; i++)
        if (map->columns[i].by != MAPPED_OWN)
            out[n++] = i < n_cells ? cells[i] : STR("");
    out[n++] = str_of(number);
    out[n++] = buf_str(&en);
    out[n++] = buf_str(&zh);
    for (size_t i = r->n_headings; i < n_cells; i++)
        out[n++] = cells[i]; // what stood beyond the headings is kept too
    csv_write_row(&r->line, out, n, false);
    mem_free(out);
    code = buf_check(&en, e);
    if (!code)
        code = buf_check(&zh, e);
    buf_free(&en);
    buf_free(&zh);
    if (!code)
        code = buf_check(&r->line, e);
    if (!code && fwrite(r->line.p, 1, r->line.n, r->rejects) != r->line.n)
        code = error_errno(e, errno, r->rejects_temporary.p, "write the rejects file");
    return code;
}

enum err import_rejects_keep(struct importer *m, struct error *e)
{
    struct import_reader *r = m->reader;
    if (!r->rejects)
        return ERR_OK;
    bool failed =
        fflush(r->rejects) != 0 || (!r->rejects_direct && fsync(fileno(r->rejects)) != 0);
    int reason = errno;
    failed |= fclose(r->rejects) != 0;
    r->rejects = NULL;
    if (!failed && !r->rejects_direct &&
        rename(r->rejects_temporary.p, r->rejects_path.p) != 0) {
        failed = true;
        reason = errno;
    }
    if (failed)
        return error_errno(e, reason, r->rejects_path.p, "write the rejects file");
    r->rejects_kept = true;
    m->out->rejects_path = r->rejects_path;
    return ERR_OK;
}

enum err import_rejects_prepare(struct import_reader *r, struct error *e)
{
    const struct import_options *options = r->m->options;
    struct arena *a = r->m->arena;
    const char *slash = strrchr(options->path, '/');
    const char *name = slash ? slash + 1 : options->path;
    if (strcmp(name, "-") == 0)
        name = "stdin";
    r->rejects_path = options->rejects ? str_copy(a, str_of(options->rejects))
                                       : str_format(a, "%s.rejects.csv", name);
    if (!r->rejects_path.p)
        return error_memory(e);
    const char *path = r->rejects_path.p;
    if (file_is_same(path, options->path)) {
        error_set(e, ERR_USAGE, "import.rejects", path,
                  "the rejects would be written over the file that is imported");
        return error_cure(e, "name another file with --rejects");
    }
    enum err code = file_target(path, &r->rejects_direct, e);
    if (code)
        return code;
    struct str temporary = r->rejects_direct
                               ? r->rejects_path
                               : str_format(a, "%s.%ld.tmp", path, (long)getpid());
    if (!temporary.p)
        return error_memory(e);
    r->rejects_temporary = temporary;
    return ERR_OK;
}

void import_rejects_close(struct import_reader *r)
{
    if (r->rejects)
        fclose(r->rejects);
    if (r->rejects_temporary.p && !r->rejects_kept && !r->rejects_direct)
        unlink(r->rejects_temporary.p);
}
