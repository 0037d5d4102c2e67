// SPDX-License-Identifier: AGPL-3.0-or-later
#include "register/value_words.h"

#include <string.h>

#include "base/text.h"

enum { SHOWN_WIDTH = 40 };

// Sentences that need no more than the typed text; %.*s stands for it.
static const struct {
    const char *key, *text, *cure;
} sentences[] = {
    {"value.required", "此项必填", "请查阅原始记录后填写"},
    {"value.bool", "“" STR_FMT "”不能理解为“是”或“否”", "请填写 1 或 0、是或否"},
    {"value.number", "“" STR_FMT "”不是数字", "请只填写数字，例如 3200 或 12.5"},
    {"value.whole", "“" STR_FMT "”不是整数", "请填写整数，例如 3200"},
    {"value.formula_error", "“" STR_FMT "”是电子表格公式的错误值",
     "请更正公式，或直接填写数值"},
    {"value.shortened", "“" STR_FMT "”是被电子表格缩短的长号码，末几位已丢失",
     "请从原始记录重新录入完整号码，并把该列设为文本格式"},
    {"value.refers", "没有编号为“" STR_FMT "”的有效记录",
     "请核对编号；如该记录尚未登记，请先登记"},
    {"value.length", "“" STR_FMT "”超出本项允许的长度",
     "请缩短内容，或检查是否填错了栏目"},
    {"value.period", "“" STR_FMT "”不是本项要求的报告期", ""},
    {"period.form", "“" STR_FMT "”不是报告期",
     "请填写如 201406、2014Q2、2014S1、2014 或 2014年6月"},
    {"date.empty", "日期为空", "请填写日期，例如 2014-06-05"},
    {"date.form", "“" STR_FMT "”不是可识别的日期", "请填写如 2014-06-05 的日期"},
    {"date.two_digit_year", "“" STR_FMT "”的年份只有两位，无法确定世纪",
     "请填写四位年份，例如 2014-06-05"},
    {"date.day_first", "“" STR_FMT "”的年份在最后，无法确定哪一个是月份",
     "请按年-月-日填写，例如 2014-06-05"},
    {"date.no_day", "“" STR_FMT "”缺少日或月", "请填写完整日期，例如 2014-06-05"},
    {"date.number", "“" STR_FMT "”是数字，不是日期", "请填写如 2014-06-05 的日期"},
    {"date.time", "“" STR_FMT "”的日期后面不是时间", "请填写如 2014-06-05 的日期"},
    {"date.no_such_day", "“" STR_FMT "”这一天不存在", "请核对年、月、日"},
    {"area.unknown", "没有名称或代码为“" STR_FMT "”的地区",
     "请填写区划代码，或与行政区划登记一致的名称；新地区须先登记"},
    {"area.closed", "“" STR_FMT "”在该日期尚未设立或已撤并", "请填写该日期时有效的地区"},
    {"area.ambiguous", "有多个地区名为“" STR_FMT "”",
     "请填写区划代码，或同时写明上级地区"},
    {"area.level", "“" STR_FMT "”的级别不符合本项要求", ""},
    {"facility.unknown", "没有名称或代码为“" STR_FMT "”的机构",
     "请填写机构代码，或与机构登记一致的名称；新机构须先登记"},
    {"facility.closed", "“" STR_FMT "”在该日期未开业",
     "请核对日期，或机构登记中的有效期"},
    {"facility.ambiguous", "有多个机构名为“" STR_FMT "”", "请填写机构代码"},
    // of whole rows of a file
    {"access.area", "该地区不在您负责的范围内", "请由负责该地区的人员导入"},
    {"access.facility", "您只能导入本机构的记录；检查表只能导入自查",
     "请填写本机构的代码；其他机构的记录由其自行导入"},
    {"import.key_taken", "编号相同的记录已存在，且不由您更正",
     "请核对原始记录，或询问负责该地区的人员"},
    {"import.key_twice", "前面已有编号相同而内容不同的行", "请只保留正确的一行"},
    {"import.summary", "“" STR_FMT "”是表下的合计或说明，不是登记内容",
     "没有遗漏；请在更正后的文件中删去此行"},
    {"import.cut", "文件在此行中间结束，似乎被截断", "请重新导出完整的文件"},
    {"import.cells", "此行的单元格多于标题", "含分隔符的内容须加引号"},
    {"checklist.photo", "文件不含照片，而本行的回答须有照片证据",
     "保存后请在该记录的相应项目处补充；补齐之前记录视为不完整"},
    {"csv.encoding", "此行含有无法识别的字符", "请把文件另存为 UTF-8 编码"},
    {"csv.quote", "引号没有成对", "请在该栏末尾补上引号；内容中的引号须写两个"},
    {"csv.row_limit", "此行过长", "请检查前面是否缺少引号"},
    {"csv.field_limit", "有一栏过长", "请缩短内容，或检查是否缺少引号"},
    {"csv.column_limit", "此行的栏目过多", "请检查分隔符"},
    {"csv.nul", "此行含有空字符", "文件可能已损坏，请重新导出"},
};

static void add_range(struct buf *b, const struct field *f, struct str shown)
{
    buf_printf(b, "“" STR_FMT "”", STR_ARG(shown));
    if (f->has_min && f->has_max)
        buf_printf(b, "不在 %.15g 至 %.15g 之间", f->min, f->max);
    else if (f->has_min)
        buf_printf(b, "小于 %.15g", f->min);
    else
        buf_printf(b, "大于 %.15g", f->max);
}

static void add_codes(struct buf *b, const struct field *f)
{
    buf_add_c(b, "请填写以下之一：");
    for (size_t i = 0; i < f->n_codes && b->n < 500; i++)
        buf_printf(b, "%s" STR_FMT, i ? "、" : "", STR_ARG(f->codes[i].label.zh));
}

// Fills `format`, which has at most one STR_FMT.
static void add_sentence(struct buf *b, const char *format, struct str shown)
{
    const char *at = strstr(format, STR_FMT);
    buf_add(b, (struct str){format, at ? (size_t)(at - format) : strlen(format)});
    if (!at)
        return;
    buf_add(b, shown);
    buf_add_c(b, at + strlen(STR_FMT));
}

static struct str level_label(const struct field *f, const struct places *p)
{
    int level = f && f->level.n ? pack_level(p->pack, f->level) : -1;
    return level >= 0 ? p->pack->levels[level].label.zh : STR("");
}

static void say(const struct field *f, struct str shown, const struct places *p,
                const char *key, struct buf *text, struct buf *cure)
{
    if (strcmp(key, "value.range") == 0) {
        add_range(text, f, shown);
        buf_add_c(cure, "请查阅原始记录；不清楚时留空");
        return;
    }
    if (strcmp(key, "value.code") == 0) {
        add_sentence(text, "“" STR_FMT "”不是本项的可选值", shown);
        add_codes(cure, f);
        return;
    }
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        if (strcmp(sentences[i].key, key) != 0)
            continue;
        add_sentence(text, sentences[i].text, shown);
        add_sentence(cure, sentences[i].cure, shown);
        struct str level = level_label(f, p);
        if (strcmp(key, "area.level") == 0 && level.n)
            buf_printf(cure, "请填写" STR_FMT, STR_ARG(level));
        return;
    }
    if (f)
        add_sentence(text, "“" STR_FMT "”不能作为本项的值", shown);
    else
        buf_add_c(text, "此行无法读取");
}

static struct str copy(struct arena *a, struct buf *b)
{
    struct str out = str_copy(a, buf_str(b));
    return out.p ? out : STR("");
}

void value_words(const struct field *f, struct str cell, const struct places *p,
                 const struct error *e, struct arena *a, struct label *text,
                 struct label *cure)
{
    struct buf said = BUF_INIT(4096), help = BUF_INIT(4096);
    say(f, text_cut(str_trim(cell), SHOWN_WIDTH), p, e->key ? e->key : "", &said, &help);
    struct str en = str_copy(a, str_of(e->text)), en_cure = str_copy(a, str_of(e->cure));
    *text = (struct label){en.p ? en : STR(""), copy(a, &said)};
    *cure = (struct label){en_cure.p ? en_cure : STR(""), copy(a, &help)};
    buf_free(&said);
    buf_free(&help);
}
