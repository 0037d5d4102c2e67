// SPDX-License-Identifier: AGPL-3.0-or-later
// What stands on the supervision office's shelves: bodies, devices, credentials,
// licences, meetings, goods.
#include "demo/supervision.h"
#include "demo/truth.h"

#include <stdio.h>

int supervision_year(const struct county *c)
{
    return c->options.first_year + c->options.years - 1;
}

int32_t supervision_day(const struct county *c, int month, int day)
{
    int32_t out = DATE_NONE;
    (void)date_from_ymd(supervision_year(c), month, day, &out);
    return out <= c->end ? out : DATE_NONE;
}

void sheet_texts(struct sheet *s, const char *const *texts)
{
    for (size_t i = 0; texts[i]; i++)
        sheet_text(s, texts[i]);
}

static uint64_t chance(const struct county *c, unsigned what, uint64_t key)
{
    return draw_next(draw(c->options.seed, TOPIC_SUPERVISION, key), what);
}

static bool is_hospital(size_t facility)
{
    return facility < 3;
}

static bool is_centre(size_t facility)
{
    return facility >= 3 && facility < 3 + TOWNSHIPS;
}

// --- bodies

static void write_townships(struct county *c, struct sheet *s)
{
    char text[48], name[96], name_en[96];
    for (int i = 0; i < TOWNSHIPS; i++) {
        const struct area *a = county_township(c, i);
        snprintf(text, sizeof text, "B-T%02d", i + 1);
        snprintf(name, sizeof name, "%s人民政府", a->name);
        snprintf(name_en, sizeof name_en, "%s government", a->name_en);
        const char *const row[] = {
            text, name, name_en, "乡镇", "政府", a->code, "", "分管副乡（镇）长",
            "1",  "",   "是",    "",     NULL};
        sheet_texts(s, row);
        sheet_date(s, DATE_NONE, FORM_CHINESE);
        sheet_end_row(s);
    }
}

// A body must be in the file before those that are under it: two files.
static enum err write_bodies_of(struct county *c, const char *file, bool under,
                                struct error *e)
{
    static const char *const headings[] = {
        "机构编号", "名称",     "英文名称", "类别",       "所属系统",
        "所辖区划", "上级编号", "组长职务", "副组长人数", "成员人数",
        "联络员",   "成立文号", "成立日期", NULL};
    static const char *const bodies[][12] = {
        {"B-LG", "青禾县禁止非医学需要胎儿性别鉴定工作领导小组",
         "Leading group against fetal sex identification without medical need",
         "领导小组", "政府", "970328000000", "", "分管副县长", "2", "9", "是", NULL},
        {"B-BG", "领导小组办公室", "Office of the leading group", "领导小组办公室",
         "卫生健康", "970328000000", "B-LG", "县卫生部门主要负责人", "1", "5", "是",
         NULL},
        {"B-WJ", "青禾县卫生和计划生育局", "County health bureau", "成员单位", "卫生健康",
         "970328000000", "", "局长", "", "", "是", NULL},
        {"B-YJ", "青禾县食品药品监督管理局", "County drug administration", "成员单位",
         "药监", "970328000000", "", "局长", "", "", "是", NULL},
        {"B-GS", "青禾县工商行政管理局", "County administration of industry and commerce",
         "成员单位", "工商", "970328000000", "", "局长", "", "", "是", NULL},
        {"B-GA", "青禾县公安局", "County public security bureau", "成员单位", "公安",
         "970328000000", "", "副局长", "", "", "是", NULL},
        {"B-FL", "青禾县妇女联合会", "County women's federation", "成员单位", "妇联",
         "970328000000", "", "主席", "", "", "是", NULL},
        {"B-JC", "青禾县监察局", "County discipline inspection", "成员单位", "纪检监察",
         "970328000000", "", "副局长", "", "", "否", NULL},
        {"B-CZ", "青禾县财政局", "County finance bureau", "成员单位", "财政",
         "970328000000", "", "副局长", "", "", "否", NULL},
        {"B-MZ", "青禾县民政局", "County civil affairs bureau", "成员单位", "民政",
         "970328000000", "", "副局长", "", "", "否", NULL},
        {"B-JD", "青禾县卫生监督所", "County health inspection institute", "卫生监督所",
         "卫生健康", "970328000000", "B-WJ", "所长", "", "18", "是", NULL},
    };
    struct sheet *s;
    char text[48];
    enum err result =
        sheet_open(&s, c->options.folder, file, SHEET_UTF8_BOM, headings, e);
    if (result)
        return result;
    const int32_t set_up = supervision_day(c, 1, 8);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        if ((bodies[i][6][0] != 0) != under)
            continue;
        sheet_texts(s, bodies[i]);
        snprintf(text, sizeof text, "青政办发〔%d〕6号", supervision_year(c));
        sheet_text(s, i < 2 ? text : "");
        sheet_date(s, i < 2 ? set_up : DATE_NONE, FORM_CHINESE);
        sheet_end_row(s);
    }
    if (!under)
        write_townships(c, s);
    return sheet_close(s, e);
}

static enum err write_bodies(struct county *c, struct error *e)
{
    enum err result = write_bodies_of(c, "supervision/bodies.csv", false, e);
    return result ? result : write_bodies_of(c, "supervision/bodies-under.csv", true, e);
}

static enum err write_meetings(struct county *c, struct error *e)
{
    static const char *const headings[] = {
        "召集单位", "类型", "行动编号",   "区划",         "召开日期",     "议题",
        "应到",     "实到", "议定事项数", "已落实事项数", "会议纪要文号", NULL};
    static const struct {
        int month, day;
        const char *body, *kind, *campaign, *agenda, *invited, *came, *resolved, *done;
    } meetings[] = {
        {1, 17, "B-LG", "联席会议", "", "通报上年度监督情况，确定年度工作要点", "10", "9",
         "4", "4"},
        {4, 3, "B-LG", "动员部署会", "Z", "部署专项行动，明确部门分工和时限", "26", "25",
         "6", "6"},
        {4, 25, "B-JD", "业务培训会", "Z", "检查表使用、现场笔录制作和证据固定", "4", "4",
         "2", "2"},
        {5, 27, "B-BG", "推进会", "Z", "通报现场检查情况，明确整改时限", "26", "24", "5",
         "4"},
        {7, 8, "B-LG", "联席会议", "Z", "研究逾期未整改问题和案件办理", "10", "10", "4",
         "1"},
    };
    struct sheet *s;
    char number[24], document[48];
    enum err result = sheet_open(&s, c->options.folder, "supervision/meetings.csv",
                                 SHEET_UTF8, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < sizeof meetings / sizeof *meetings; i++) {
        const int32_t on = supervision_day(c, meetings[i].month, meetings[i].day);
        if (on == DATE_NONE)
            continue;
        snprintf(number, sizeof number, "%d-01", supervision_year(c));
        snprintf(document, sizeof document, "青卫纪要〔%d〕%zu号", supervision_year(c),
                 i + 1);
        sheet_text(s, meetings[i].body);
        sheet_text(s, meetings[i].kind);
        sheet_text(s, meetings[i].campaign[0] ? number : "");
        sheet_text(s, "970328000000");
        sheet_date(s, on, FORM_ISO);
        const char *const row[] = {meetings[i].agenda,
                                   meetings[i].invited,
                                   meetings[i].came,
                                   meetings[i].resolved,
                                   meetings[i].done,
                                   document,
                                   NULL};
        sheet_texts(s, row);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

// --- devices and credentials

int supervision_machines(const struct county *c, size_t facility)
{
    if (is_hospital(facility))
        return 3 + (int)draw_below(chance(c, 1, facility), 3);
    if (is_centre(facility))
        return 1 + draw_chance(chance(c, 1, facility), 250000);
    return c->facilities[facility].clinic && facility % 3 == 0 ? 1 : 0;
}

static void write_device(struct county *c, struct sheet *s, size_t facility, int n)
{
    static const char *const makers[][2] = {{"华仪医疗器械厂", "HY-2008"},
                                            {"东声电子仪器公司", "DS-600"},
                                            {"安波超声设备公司", "AB-C3"}};
    const uint64_t x = chance(c, 10 + (unsigned)n, facility);
    const unsigned maker = draw_below(x, 3);
    char serial[24], filing[32];
    const char *kind = is_hospital(facility) ? (n % 3 == 2 ? "便携式B超" : "彩超")
                                             : (n ? "便携式B超" : "B超");
    int32_t filed;
    (void)date_from_ymd(supervision_year(c) - 1 - (int)draw_below(draw_next(x, 1), 6),
                        1 + (int)draw_below(draw_next(x, 2), 12),
                        1 + (int)draw_below(draw_next(x, 3), 28), &filed);
    // inspectors find them: what the checklist says of this facility
    bool open =
        n == 0 && supervision_answer(c, facility, ITEM_FILED, false) == ANSWER_NOT;
    bool sealed = !is_hospital(facility) && n == 1;
    snprintf(serial, sizeof serial, "US%04zu%02d%03u", facility + 1, n + 1,
             draw_below(draw_next(x, 4), 1000));
    snprintf(filing, sizeof filing, "青超备%04zu-%d", facility + 1, n + 1);
    sheet_text(s, serial);
    sheet_text(s, c->facilities[facility].code);
    sheet_text(s, kind);
    sheet_text(s, makers[maker][1]);
    sheet_text(s, makers[maker][0]);
    sheet_text(s, is_hospital(facility) && n == 0 ? "妇产科" : "功能科");
    sheet_text(s, open ? "" : filing);
    sheet_date(s, open ? DATE_NONE : filed, FORM_SLASH);
    sheet_int(s, is_hospital(facility) ? 4 : 1 + (int)draw_below(draw_next(x, 5), 2));
    sheet_text(s, sealed ? "封存" : "在用");
    snprintf(serial, sizeof serial, "FT%03zu", facility);
    sheet_text(s, sealed ? serial : "");
    sheet_date(s, sealed ? filed + 90 : DATE_NONE, FORM_SLASH);
    sheet_end_row(s);
}

static enum err write_devices(struct county *c, struct error *e)
{
    static const char *const headings[] = {
        "出厂编号", "使用机构", "设备类别", "规格型号",   "生产厂家",
        "使用科室", "备案号",   "备案日期", "操作人员数", "设备状态",
        "封签号",   "封存日期", NULL};
    struct sheet *s;
    enum err result = sheet_open(&s, c->options.folder, "supervision/devices.csv",
                                 SHEET_GB18030, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < INSPECTED; i++)
        for (int n = 0; n < supervision_machines(c, i); n++)
            write_device(c, s, i, n);
    return sheet_close(s, e);
}

static enum err write_credentials(struct county *c, struct error *e)
{
    static const char *const headings[] = {"证书编号", "执业机构", "证书类别", "科室",
                                           "发证日期", "有效期至", "证书状态", NULL};
    static const char *const kinds[] = {"执业医师", "护士执业证书", "助产技术",
                                        "超声诊断", "产前筛查"};
    struct sheet *s;
    unsigned number = 0;
    enum err result = sheet_open(&s, c->options.folder, "supervision/credentials.csv",
                                 SHEET_SEMICOLON, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < INSPECTED; i++) {
        unsigned n = is_hospital(i) ? 14 : is_centre(i) ? 4 : 1;
        for (unsigned k = 0; k < n; k++, number++) {
            const uint64_t x = chance(c, 100 + k, i);
            unsigned kind = k % (is_hospital(i) ? 5 : is_centre(i) ? 4 : 1);
            char text[32];
            int32_t from;
            (void)date_from_ymd(supervision_year(c) - 1 - (int)draw_below(x, 2),
                                1 + (int)draw_below(draw_next(x, 1), 12),
                                1 + (int)draw_below(draw_next(x, 2), 28), &from);
            bool over = draw_chance(draw_next(x, 3), 30000);
            snprintf(text, sizeof text, "%s%06u", kind < 2 ? "ZY" : "MY",
                     320000 + number);
            sheet_text(s, text);
            sheet_text(s, c->facilities[i].code);
            sheet_text(s, i >= 3 + TOWNSHIPS && !c->facilities[i].clinic ? "乡村医生"
                                                                         : kinds[kind]);
            sheet_text(s, kind == 2 ? "妇产科" : kind == 3 ? "功能科" : "");
            sheet_date(s, over ? date_add_months(from, -48) : from, FORM_ISO);
            sheet_date(s,
                       kind < 2 ? DATE_NONE : date_add_months(from, over ? -12 : 36) - 1,
                       FORM_ISO);
            sheet_text(s, "有效");
            sheet_end_row(s);
        }
    }
    return sheet_close(s, e);
}

// --- licences

// The licence for maternal and child techniques runs three years.
static int32_t maternal_from(const struct county *c, size_t facility)
{
    const uint64_t x = chance(c, 200, facility);
    int32_t from;
    (void)date_from_ymd(supervision_year(c) - 3, 1 + (int)draw_below(x, 12),
                        1 + (int)draw_below(draw_next(x, 1), 28), &from);
    return from;
}

// Renewed in time where it ran out before April; what runs out later is renewed by a move
// (supervision_moves.c), but for one.
static bool maternal_renewed(const struct county *c, size_t facility)
{
    int32_t april;
    (void)date_from_ymd(supervision_year(c), 4, 1, &april);
    return date_add_months(maternal_from(c, facility), 36) <= april;
}

int32_t supervision_maternal_end(const struct county *c, size_t facility)
{
    return maternal_renewed(c, facility)
               ? DATE_NONE
               : date_add_months(maternal_from(c, facility), 36) - 1;
}

static void write_licence_row(struct county *c, struct sheet *s, size_t i, bool maternal,
                              unsigned *lapsed)
{
    char number[40];
    const struct licence_days days = office_licence(c, i, lapsed);
    int32_t from = maternal ? maternal_from(c, i) : days.from;
    int32_t to =
        maternal ? date_add_months(from, maternal_renewed(c, i) ? 72 : 36) - 1 : days.to;
    snprintf(number, sizeof number, maternal ? "MY%06zu" : "PDY%06zu", 97000 + i);
    sheet_text(s, number);
    sheet_text(s, c->facilities[i].code);
    sheet_text(s, maternal ? "母婴保健许可证"
                  : i >= 3 + TOWNSHIPS && !c->facilities[i].clinic ? "村卫生室执业登记"
                                                                   : "执业许可证");
    sheet_text(s, maternal         ? "助产技术；产前筛查"
                  : is_hospital(i) ? "内科；外科；妇产科；儿科；医学影像科"
                  : is_centre(i) ? "全科医疗科；妇产科；预防保健科；医学影像科"
                                 : "全科医疗科");
    sheet_text(s, "B-WJ");
    sheet_date(s, from, FORM_ISO);
    sheet_date(s, to, FORM_ISO);
    const int32_t verified = supervision_day(c, 1, 10 + (int)(i % 15));
    sheet_date(s, maternal || days.lapsed ? DATE_NONE : verified, FORM_ISO);
    sheet_date(s,
               maternal || days.lapsed || verified == DATE_NONE
                   ? DATE_NONE
                   : date_add_months(verified, 12),
               FORM_ISO);
    sheet_end_row(s);
}

static enum err write_licences(struct county *c, struct error *e)
{
    static const char *const headings[] = {
        "证照编号", "持证机构", "证照类别", "许可项目",         "发证机关",
        "发证日期", "有效期至", "校验日期", "下次校验截止日期", NULL};
    struct sheet *s;
    unsigned lapsed = 0, again = 0;
    enum err result = sheet_open(&s, c->options.folder, "supervision/licences.xlsx",
                                 SHEET_XLSX, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < INSPECTED; i++)
        write_licence_row(c, s, i, false, &lapsed);
    for (size_t i = 0; i < INSPECTED; i++)
        if (c->facilities[i].delivers)
            write_licence_row(c, s, i, true, &again);
    return sheet_close(s, e);
}

static void write_event(struct county *c, struct sheet *s, size_t i, bool maternal,
                        const char *kind, int32_t on, int32_t until)
{
    char number[40];
    if (on == DATE_NONE || on > c->end)
        return;
    snprintf(number, sizeof number, maternal ? "MY%06zu" : "PDY%06zu", 97000 + i);
    sheet_text(s, number);
    sheet_text(s, c->facilities[i].code);
    sheet_text(s, kind);
    sheet_date(s, on, FORM_CHINESE);
    sheet_text(s, "B-WJ");
    sheet_date(s, until, FORM_CHINESE);
    sheet_end_row(s);
}

static enum err write_events(struct county *c, struct error *e)
{
    static const char *const headings[] = {"证照编号", "持证机构",     "业务类型",
                                           "批准日期", "决定机关编号", "新有效期至",
                                           NULL};
    struct sheet *s;
    unsigned lapsed = 0;
    enum err result = sheet_open(&s, c->options.folder, "supervision/licence-events.csv",
                                 SHEET_GB18030, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < INSPECTED; i++) {
        const struct licence_days days = office_licence(c, i, &lapsed);
        write_event(c, s, i, false, "核发", days.from, days.to);
        if (!days.lapsed)
            write_event(c, s, i, false, "校验", supervision_day(c, 1, 10 + (int)(i % 15)),
                        DATE_NONE);
        if (!c->facilities[i].delivers)
            continue;
        const int32_t from = maternal_from(c, i);
        write_event(c, s, i, true, "核发", from, date_add_months(from, 36) - 1);
        if (maternal_renewed(c, i))
            write_event(c, s, i, true, "延续", date_add_months(from, 36) - 20,
                        date_add_months(from, 72) - 1);
    }
    return sheet_close(s, e);
}

// --- goods

static enum err write_goods(struct county *c, struct error *e)
{
    static const char *const headings[] = {"物资编码",     "名称",         "英文名称",
                                           "类别",         "计量单位",     "区划",
                                           "最低储存温度", "最高储存温度", NULL};
    static const char *const goods[][9] = {
        {"V-HEPB", "重组乙型肝炎疫苗", "Hepatitis B vaccine", "疫苗", "剂",
         "970328000000", "2", "8", NULL},
        {"V-BCG", "卡介苗", "BCG vaccine", "疫苗", "剂", "970328000000", "2", "8", NULL},
        {"V-OPV", "脊髓灰质炎减毒活疫苗", "Oral polio vaccine", "疫苗", "剂",
         "970328000000", "-20", "8", NULL},
        {"V-DTAP", "百白破疫苗", "DTaP vaccine", "疫苗", "剂", "970328000000", "2", "8",
         NULL},
        {"V-MMR", "麻腮风疫苗", "MMR vaccine", "疫苗", "剂", "970328000000", "2", "8",
         NULL},
        {"F-FA04", "叶酸片0.4毫克", "Folic acid 0.4 mg", "叶酸", "瓶", "970328000000", "",
         "", NULL},
        {"R-OXY", "缩宫素注射液", "Oxytocin injection", "特殊管理药品", "支（件）",
         "970328000000", "2", "25", NULL},
        {"S-GLOVE", "一次性检查手套", "Examination gloves", "免费发放物资", "盒",
         "970328000000", "", "", NULL},
    };
    struct sheet *s;
    enum err result = sheet_open(&s, c->options.folder, "supervision/goods.csv",
                                 SHEET_UTF8_BOM, headings, e);
    if (result)
        return result;
    for (size_t i = 0; i < sizeof goods / sizeof *goods; i++) {
        sheet_texts(s, goods[i]);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

// --- all

enum err offices_supervision(struct county *c, struct error *e)
{
    static enum err (*const steps[])(struct county *, struct error *) = {
        write_bodies,      write_meetings,     write_devices, write_credentials,
        write_licences,    write_events,       write_goods,   supervision_campaign,
        supervision_moves, supervision_signals};
    enum err result = ERR_OK;
    for (size_t i = 0; !result && i < sizeof steps / sizeof *steps; i++)
        result = steps[i](c, e);
    return result;
}

bool supervision_file(const struct county *c, size_t n, const char **register_name,
                      char file[64], int32_t *day)
{
    // what has a workflow comes in on the day on which its first stage began
    static const struct {
        const char *reg, *file;
        int month, day;
    } files[] = {
        {"bodies", "bodies.csv", 3, 31},
        {"bodies", "bodies-under.csv", 3, 31},
        {"campaigns", "campaigns.csv", 4, 1},
        {"teams", "teams.csv", 4, 10},
        {"devices", "devices.csv", 3, 31},
        {"credentials", "credentials.csv", 3, 31},
        {"licences", "licences.xlsx", 3, 31},
        {"licence_events", "licence-events.csv", 3, 31},
        {"meetings", "meetings.csv", 0, 0},
        {"campaign_tasks", "campaign-tasks.csv", 4, 1},
        {"inspections", "inspections.csv", 5, 16},
        {"fetal_sex_control", "fetal-sex-control.csv", 5, 23},
        {"record_signature", "record-signature.csv", 5, 23},
        {"cases", "cases.csv", 7, 2},
        {"case_evidence", "case-evidence.csv", 0, 0},
        {"findings", "findings.csv", 5, 23},
        {"supervision_reports", "supervision-reports.csv", 0, 0},
        {"stock_items", "goods.csv", 0, 0},
    };
    if (n >= sizeof files / sizeof *files)
        return false;
    *register_name = files[n].reg;
    *day = files[n].month ? supervision_day(c, files[n].month, files[n].day) : DATE_NONE;
    snprintf(file, 64, "supervision/%s", files[n].file);
    return true;
}
