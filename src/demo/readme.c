// SPDX-License-Identifier: AGPL-3.0-or-later
// README.txt for people, import.txt for scripts; both from one list of files.
#include "demo/county.h"
#include "demo/sheet.h"
#include "demo/supervision.h"

#include <errno.h>
#include <stdio.h>

struct raw_file {
    const char *register_name, *file, *source; // source NULL: none
    const char *zh, *en;
};

static const struct raw_file raw_files[] = {
    {"areas", "areas.csv", NULL, "区划代码（UTF-8，带BOM），含撤并的村",
     "areas with official codes (UTF-8 with BOM); two villages end and join a third"},
    {"facilities", "facilities.csv", NULL, "医疗卫生机构（GB18030）",
     "hospitals, health centres, clinics, village rooms (GB18030)"},
    {"residents", "residents-by-age.csv", NULL, "年末分乡镇、性别、年龄常住人口",
     "residents at each year's end by township, sex and single year of age"},
    {"births", "births-hospital.csv", "hospital",
     "医院分娩登记（GB18030，日期如2014年6月5日）",
     "deliveries in hospitals (GB18030, Chinese dates); most children not yet named"},
    {"births", "births-immunisation.xlsx", "immunisation",
     "预防接种建证（Excel，居住地为村名、乡镇加村名或代码）",
     "immunisation clinics (Excel with real dates; village by name, with its township, "
     "or by code)"},
    {"births", "births-household.csv", "household",
     "户籍登记（UTF-8带BOM，性别1/2，登记有延迟）",
     "household registration (sex as 1/2, dates as 2014/6/5, registered late)"},
    {"births", "births-school.csv", "school", "入园入学登记（分号分隔）",
     "kindergarten and school entry (semicolons; older children too)"},
    {"deaths", "deaths.csv", NULL, "死亡登记（日期如2014.6.5）",
     "deaths (dates as 2014.6.5)"},
    {"infant_child_deaths", "infant-child-deaths.csv", NULL,
     "5岁以下儿童死亡报告（GB18030）",
     "deaths under five, as the maternal and child hospital reports them (GB18030)"},
    {"stillbirths", "stillbirths.xlsx", NULL, "死胎死产（Excel）", "stillbirths (Excel)"},
    {"maternal_deaths", "maternal-deaths.csv", NULL, "孕产妇死亡（GB18030）",
     "maternal deaths (GB18030)"},
};

enum { RAW_FILES = sizeof raw_files / sizeof *raw_files };

enum err demo_save(const struct county *c, const char *file, struct buf *text,
                   struct error *e)
{
    char path[4096];
    enum err result = buf_check(text, e);
    if (result)
        return result;
    snprintf(path, sizeof path, "%s/%s", c->options.folder, file);
    FILE *out = fopen(path, "wb");
    if (!out)
        return error_errno(e, errno, path, "write");
    bool written = fwrite(text->p, 1, text->n, out) == text->n;
    int problem = errno;
    if (fclose(out) && written) {
        written = false;
        problem = errno;
    }
    return written ? ERR_OK : error_errno(e, problem, path, "write");
}

static void readme_text(const struct county *c, struct buf *b)
{
    int last = c->options.first_year + c->options.years - 1;
    buf_printf(b,
               "青禾县（虚构）原始数据，%d-%d年\n"
               "Raw files of an invented county, Qinghe, %d to %d\n\n"
               "人、地、机构和代码均为虚构。各单位按自己的习惯报送：列名、日期写法、编码"
               "各不相同，\n"
               "有同音字、繁体字、重复、漏报和不可能的值。truth/ "
               "记录埋入了什么，只供测试使用。\n"
               "All people, places, facilities and codes are invented. Each office "
               "writes in its\n"
               "own way; there are homophones, duplicates, gaps and impossible values. "
               "truth/ says\n"
               "what was planted where; only tests read it.\n\n",
               c->options.first_year, last, c->options.first_year, last);
    for (size_t i = 0; i < RAW_FILES; i++)
        buf_printf(b, "%s\n    %s\n    %s\n", raw_files[i].file, raw_files[i].zh,
                   raw_files[i].en);
    buf_add_c(
        b,
        "reports/REGISTER-YEAR.csv (.xlsx)\n"
        "    月报表：每乡镇（或机构）每月一行，有迟报、缺报和零报告\n"
        "    monthly reports, a row a township (or facility) and month; some late,\n"
        "    some missing, some zero\n\n"
        "supervision/*.csv (.xlsx)\n"
        "    监督：工作机构、证照、设备、人员资格、专项行动、检查、问题、案件\n"
        "    supervision: bodies, licences, devices, credentials, a campaign, visits,\n"
        "    findings, cases\n\n"
        "people.txt\n"
        "    核对他人办理事项的岗位账号，先以 heng account invite county.db 姓名 --role "
        "角色 建立\n"
        "    who checks what others did: made first, a line each, by\n"
        "    heng account invite county.db NAME --role ROLE\n\n"
        "supervision/stock-sent.csv, stock-arrived.csv, stock-used.csv\n"
        "    药械物资台账：采购与调拨、到货确认、领用与盘点，依次办理\n"
        "    the stock ledger: heng ledger post county.db stock FILE of what was sent; "
        "a\n"
        "    line each of what arrived: heng ledger confirm county.db stock ENTRY\n"
        "    --arrived N --day DAY; then post what was used and counted\n\n"
        "moves.csv\n"
        "    各日办理的流程步骤，导入后逐日执行 HENG_TODAY=日期 heng moves county.db "
        "moves.csv\n"
        "    what was done of these rows, day by day: after the imports,\n"
        "    HENG_TODAY=DAY heng moves county.db moves.csv for each day in it\n\n"
        "areas.geojson\n"
        "    县、乡镇、村的边界（虚构）\n"
        "    borders of the county, its townships and villages (invented)\n\n"
        "导入顺序 / In this order:\n\n"
        "heng init county.db --pack packs/cn-county\n");
    for (size_t i = 0; i < RAW_FILES; i++)
        buf_printf(b, "heng import county.db %s %s%s%s\n", raw_files[i].register_name,
                   raw_files[i].file, raw_files[i].source ? " --source " : "",
                   raw_files[i].source ? raw_files[i].source : "");
    const char *name;
    char file[64];
    for (size_t i = 0; report_file(c, i, 0, &name, file); i++)
        for (int year = 0; year < c->options.years; year++) {
            (void)report_file(c, i, year, &name, file);
            buf_printf(b, "heng import county.db %s %s\n", name, file);
        }
    int32_t on;
    for (size_t i = 0; supervision_file(c, i, &name, file, &on); i++)
        buf_printf(b, "heng import county.db %s %s\n", name, file);
}

static void import_text(const struct county *c, struct buf *b)
{
    for (size_t i = 0; i < RAW_FILES; i++)
        buf_printf(b, "%s %s %s\n", raw_files[i].register_name, raw_files[i].file,
                   raw_files[i].source ? raw_files[i].source : "-");
    const char *name;
    char file[64];
    for (size_t i = 0; report_file(c, i, 0, &name, file); i++)
        for (int year = 0; year < c->options.years; year++) {
            (void)report_file(c, i, year, &name, file);
            buf_printf(b, "%s %s -\n", name, file);
        }
    int32_t on;
    for (size_t i = 0; supervision_file(c, i, &name, file, &on); i++) {
        char day[DATE_TEXT_SIZE] = "";
        if (on != DATE_NONE)
            date_format(on, day);
        buf_printf(b, "%s %s -%s%s\n", name, file, day[0] ? " " : "", day);
    }
}

enum err readme_write(struct county *c, struct error *e)
{
    struct buf text = BUF_INIT(1 << 20);
    readme_text(c, &text);
    enum err result = demo_save(c, "README.txt", &text, e);
    buf_clear(&text);
    if (!result) {
        import_text(c, &text);
        result = demo_save(c, "import.txt", &text, e);
    }
    buf_free(&text);
    return result;
}
