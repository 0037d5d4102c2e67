// SPDX-License-Identifier: AGPL-3.0-or-later
#include "report/doc_text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EN_DASH "\xE2\x80\x93"
#define MINUS "\xE2\x88\x92"
#define REPLACEMENT "\xEF\xBF\xBD"

// Length of the valid UTF-8 sequence at the start, 0 when there is none.
static size_t sequence(struct str s, uint32_t *code)
{
    unsigned char c = (unsigned char)s.p[0];
    *code = c;
    if (c < 0x80)
        return 1;
    size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || n > s.n)
        return 0;
    uint32_t u = c & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        unsigned char next = (unsigned char)s.p[i];
        if ((next & 0xC0) != 0x80)
            return 0;
        u = u << 6 | (next & 0x3Fu);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    *code = u;
    return u < least[n] || u > 0x10FFFF || (u >= 0xD800 && u <= 0xDFFF) ? 0 : n;
}

static bool unwanted(uint32_t u)
{
    return (u < 0x20 && u != '\n') || (u >= 0x7F && u < 0xA0) ||
           (u >= 0x202A && u <= 0x202E) || (u >= 0x2066 && u <= 0x2069) || u == 0x2028 ||
           u == 0x2029 || u == 0xFEFF || (u & 0xFFFE) == 0xFFFE;
}

struct str doc_clean(struct arena *a, struct str s)
{
    size_t most;
    char *out = NULL;
    if (size_mul(s.n, 3, &most) && size_add(most, 1, &most)) {
        bool plain = true;
        for (size_t i = 0; i < s.n && plain; i++)
            plain = s.p[i] >= 0x20 && s.p[i] < 0x7F;
        if (plain)
            return str_copy(a, s);
        out = ARENA_ARRAY(a, char, most);
    }
    if (!out)
        return (struct str){NULL, 0};
    size_t at = 0;
    while (s.n) {
        uint32_t code;
        size_t n = sequence(s, &code), step = n ? n : 1;
        if (n && code == '\r' && s.n > 1 && s.p[1] == '\n') {
            // the line feed follows
        } else if (n && (code == '\t' || code == '\r')) {
            out[at++] = code == '\t' ? ' ' : '\n';
        } else if (n && !unwanted(code)) {
            memcpy(out + at, s.p, n);
            at += n;
        } else {
            memcpy(out + at, REPLACEMENT, 3);
            at += 3;
        }
        s = (struct str){s.p + step, s.n - step};
    }
    return (struct str){out, at};
}

bool doc_cell_is_figure(const struct cell *cell)
{
    return cell->kind != CELL_EMPTY && cell->kind != CELL_TEXT;
}

int doc_decimals(const struct table_column *column, const struct cell *cell)
{
    int n = column->decimals + cell->more_decimals;
    return n < 0 ? 0 : n > 9 ? 9 : n;
}

struct str doc_cell_text(struct arena *a, bool zh, const struct table_column *column,
                         const struct cell *cell)
{
    char number[TEXT_NUMBER_SIZE], day[DATE_TEXT_SIZE];
    switch (cell->kind) {
    case CELL_EMPTY:
    case CELL_PAGE: // known to pages alone
        break;
    case CELL_TEXT:
        return cell->text;
    case CELL_NUMBER:
    case CELL_INTERVAL:
        return str_copy(a, text_number(cell->value, doc_decimals(column, cell), number));
    case CELL_DATE:
        if (!(cell->value >= -719162 && cell->value <= 2932896))
            return STR(EN_DASH);
        date_format((int32_t)cell->value, day);
        return str_copy(a, str_of(day));
    case CELL_MISSING:
        return STR(EN_DASH);
    case CELL_SUPPRESSED:
        return cell->text.n ? cell->text : STR("<5");
    case CELL_NOT_DEFINED:
        return zh ? STR("不适用") : STR("n/d");
    }
    return STR("");
}

struct str doc_moment(struct arena *a, int64_t ms)
{
    const time_t seconds = (time_t)(ms / 1000);
    struct tm at;
    if (!ms || !localtime_r(&seconds, &at))
        return STR("");
    return str_format(a, "%04d-%02d-%02d %02d:%02d", at.tm_year + 1900, at.tm_mon + 1,
                      at.tm_mday, at.tm_hour, at.tm_min);
}

struct str doc_cell_bounds(struct arena *a, bool zh, const struct table_column *column,
                           const struct cell *cell)
{
    if (cell->kind != CELL_INTERVAL || !isfinite(cell->value) ||
        (isnan(cell->low) && isnan(cell->high)))
        return STR("");
    char low[TEXT_NUMBER_SIZE], high[TEXT_NUMBER_SIZE];
    struct str from = text_number(cell->low, doc_decimals(column, cell), low);
    struct str to = text_number(cell->high, doc_decimals(column, cell), high);
    if (cell->low == -INFINITY)
        from = STR(MINUS "\xE2\x88\x9E");
    if (cell->high == INFINITY)
        to = STR("\xE2\x88\x9E");
    // a dash between figures that carry a minus cannot be read
    const char *between = EN_DASH;
    if (from.p[0] == MINUS[0] || to.p[0] == MINUS[0])
        between = zh ? " 至 " : " to ";
    return str_format(a, "(" STR_FMT "%s" STR_FMT ")", STR_ARG(from), between,
                      STR_ARG(to));
}

struct str doc_tone_mark(enum cell_tone tone)
{
    return tone == TONE_GOOD  ? STR("\xE2\x9C\x93")
           : tone == TONE_BAD ? STR("\xE2\x9C\x97")
                              : STR("");
}

struct str doc_word(bool zh, enum doc_word word)
{
    static const char *const words[WORD_COUNT][2] = {
        [WORD_NOTE] = {"Note: ", "注："},
        [WORD_SOURCE] = {"Source: ", "资料来源："},
        [WORD_CONTINUED] = {" (continued)", "（续）"},
        [WORD_CONTENTS] = {"Contents", "目录"},
        [WORD_DATA] = {"Data of this figure", "本图数据"},
        [WORD_CATEGORY] = {"Category", "类别"},
        [WORD_LOW] = {"low", "下限"},
        [WORD_HIGH] = {"high", "上限"},
        [WORD_EMPTY] = {"No data to show.", "没有可显示的数据。"},
        [WORD_INTERVAL] = {"95% interval", "95% 区间"},
        [WORD_LOG_SCALE] = {" (logarithmic scale)", "（对数刻度）"},
        [WORD_LIMITS_95] = {"95% limits", "95% 控制限"},
        [WORD_LIMITS_998] = {"99.8% limits", "99.8% 控制限"},
        [WORD_SIZE] = {"Number", "数量"},
        [WORD_SHEET] = {"Sheet", "工作表"},
        [WORD_TITLE] = {"Title", "标题"},
        [WORD_ROWS] = {"Rows", "行数"},
        [WORD_HATCHED] = {"interval holds the reference", "区间包含参考值"},
        [WORD_NO_DATA] = {"no data", "无数据"},
        [WORD_CLUSTER] = {"cluster", "聚集区"},
        [WORD_ABOVE] = {" or more", " 及以上"},
        [WORD_BELOW] = {"below ", "低于 "},
        [WORD_NO_PICTURE] =
            {"This picture cannot be shown here; the file itself is kept.",
             "此图片无法在此显示，原文件已留存。"},
    };
    return str_of(words[word][zh]);
}

struct str doc_block_label(struct arena *a, bool zh, const struct block *block)
{
    bool table = block->kind == BLOCK_TABLE;
    return str_format(a, "%s %d", table ? (zh ? "表" : "Table") : (zh ? "图" : "Figure"),
                      block->number);
}

struct str doc_signs(struct arena *a, bool zh, const struct doc_table *table)
{
    bool missing = false, undefined = false, good = false, bad = false;
    struct str small = {NULL, 0};
    for (size_t i = 0; i < table->n_rows * table->n_columns; i++) {
        const struct cell *cell = &table->cells[i];
        missing |= cell->kind == CELL_MISSING ||
                   ((cell->kind == CELL_NUMBER || cell->kind == CELL_INTERVAL) &&
                    !isfinite(cell->value));
        undefined |= cell->kind == CELL_NOT_DEFINED;
        good |= cell->tone == TONE_GOOD;
        bad |= cell->tone == TONE_BAD;
        if (cell->kind == CELL_SUPPRESSED && !small.p)
            small = doc_cell_text(a, zh, table->columns, cell);
    }
    const char *between = zh ? "；" : "; ";
    struct str out = STR("");
    const struct {
        bool shown;
        struct str sign;
        const char *en, *zh;
    } signs[] = {
        {missing, STR(EN_DASH), "no data", "无数据"},
        {small.p != NULL, small, "small count, not shown (nor what would tell it)",
         "数量过小，不予显示（含可据以推算的数）"},
        {undefined, zh ? STR("不适用") : STR("n/d"),
         "not defined, the denominator is zero", "分母为零，无法计算"},
        {good, doc_tone_mark(TONE_GOOD), "as it should be", "符合要求"},
        {bad, doc_tone_mark(TONE_BAD), "needs attention", "需要关注"},
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (signs[i].shown && out.p)
            out = str_format(a, STR_FMT "%s" STR_FMT " %s", STR_ARG(out),
                             out.n ? between : "", STR_ARG(signs[i].sign),
                             zh ? signs[i].zh : signs[i].en);
    return out;
}

bool doc_next_line(struct str *rest, struct str *line)
{
    if (rest->n == 0)
        return false;
    if (!str_split(*rest, '\n', line, rest)) {
        *line = *rest;
        rest->n = 0;
    }
    return true;
}

static bool has_figures(const struct series *s, size_t n)
{
    for (size_t i = 0; s->low && s->high && i < n; i++)
        if (isfinite(s->low[i]) || isfinite(s->high[i]))
            return true;
    return false;
}

static struct cell chart_cell(const struct series *s, size_t i, bool interval)
{
    if (!s->value || !isfinite(s->value[i]))
        return (struct cell){.kind = CELL_MISSING};
    struct cell cell = {.kind = CELL_NUMBER, .value = s->value[i]};
    if (interval) {
        cell.low = s->low[i];
        cell.high = s->high[i];
        if (!isnan(cell.low) || !isnan(cell.high))
            cell.kind = CELL_INTERVAL;
    }
    return cell;
}

bool doc_chart_table(struct arena *a, bool zh, const struct doc_chart *chart,
                     struct doc_table *out)
{
    size_t n_columns = 1, n = 0;
    for (size_t s = 0; s < chart->n_series; s++)
        n_columns += chart->series[s].size ? 2 : 1;
    struct table_column *columns = ARENA_ARRAY(a, struct table_column, n_columns);
    if (!columns || !size_mul(n_columns, chart->n_categories, &n))
        return false;
    struct cell *cells = ARENA_ARRAY(a, struct cell, n);
    if (!cells)
        return false;
    columns[0] = (struct table_column){.title = doc_word(zh, WORD_CATEGORY)};
    for (size_t i = 0; i < chart->n_categories; i++)
        cells[i * n_columns] =
            (struct cell){.kind = CELL_TEXT, .text = chart->categories[i]};
    size_t c = 1;
    for (size_t k = 0; k < chart->n_series; k++) {
        const struct series *s = &chart->series[k];
        bool interval = has_figures(s, chart->n_categories);
        if (s->size) {
            columns[c] = (struct table_column){.title = chart->size_label.n
                                                            ? chart->size_label
                                                            : doc_word(zh, WORD_SIZE),
                                               .align = ALIGN_RIGHT};
            for (size_t i = 0; i < chart->n_categories; i++)
                cells[i * n_columns + c] =
                    isfinite(s->size[i])
                        ? (struct cell){.kind = CELL_NUMBER, .value = s->size[i]}
                        : (struct cell){.kind = CELL_MISSING};
            c++;
        }
        columns[c] =
            (struct table_column){.title = s->label.n ? s->label : chart->value_label,
                                  .align = ALIGN_RIGHT,
                                  .decimals = chart->decimals};
        for (size_t i = 0; i < chart->n_categories; i++)
            cells[i * n_columns + c] = chart_cell(s, i, interval);
        c++;
    }
    *out = (struct doc_table){.title = chart->title,
                              .columns = columns,
                              .n_columns = n_columns,
                              .cells = cells,
                              .n_rows = chart->n_categories,
                              .note = chart->note,
                              .source = chart->source};
    return true;
}

enum err doc_front(const struct doc *d, struct arena *a, struct doc *out, struct error *e)
{
    *out = *d;
    struct str *texts[] = {&out->title, &out->subtitle, &out->made, &out->footer,
                           &out->author};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        *texts[i] = doc_clean(a, *texts[i]);
        if (!texts[i]->p)
            return error_memory(e);
    }
    return ERR_OK;
}

enum err doc_targets(const struct doc *d, struct arena *a, const struct str **targets,
                     size_t *n, struct error *e)
{
    for (int fill = 0; fill < 2; fill++) {
        struct str *to = fill ? ARENA_ARRAY(a, struct str, *n) : NULL;
        if (fill && !to)
            return error_memory(e);
        *targets = to;
        *n = 0;
        for (const struct block *b = d->first; b; b = b->next) {
            const struct str own = b->kind == BLOCK_PICTURE   ? b->picture.anchor
                                   : b->kind == BLOCK_HEADING ? b->anchor
                                                              : STR("");
            if (own.n) {
                if (fill)
                    to[*n] = own;
                ++*n;
            }
            size_t cells =
                b->kind == BLOCK_TABLE ? b->table.n_rows * b->table.n_columns : 0;
            for (size_t i = 0; i < cells; i++) {
                struct str anchor = b->table.cells[i].anchor;
                if (anchor.n < 2 || anchor.p[0] != '#')
                    continue;
                if (fill)
                    to[*n] = (struct str){anchor.p + 1, anchor.n - 1};
                ++*n;
            }
        }
    }
    return ERR_OK;
}

static enum err write_all(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_IO;
        bytes = (struct str){bytes.p + n, bytes.n - (size_t)n};
    }
    return ERR_OK;
}

enum err doc_save(const char *path, struct str bytes, struct error *e)
{
    static const char ending[] = ".tmp-XXXXXX";
    enum err code = ERR_OK;
    size_t n = strlen(path);
    char *name = mem_alloc(n + sizeof ending, 1);
    if (!name)
        return error_memory(e);
    memcpy(name, path, n);
    memcpy(name + n, ending, sizeof ending);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        code = error_errno(e, errno, path, "create the report's file");
        goto out;
    }
    if (fchmod(fd, 0644) || write_all(fd, bytes) || fsync(fd))
        code = error_errno(e, errno, path, "write the report");
    if (close(fd) && !code)
        code = error_errno(e, errno, path, "write the report");
    if (!code && rename(name, path))
        code = error_errno(e, errno, path, "put the report in its place");
    if (code)
        unlink(name);
out:
    mem_free(name);
    return code;
}
