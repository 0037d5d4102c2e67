// SPDX-License-Identifier: AGPL-3.0-or-later
// The campaign of the last year: who owes what, visits on three days by two teams, what
// the checklists say, findings and cases. What was done of it since is in
// supervision_moves.c, from the same plan.
#include "demo/supervision.h"

#include <stdio.h>

static uint64_t chance(const struct county *c, unsigned what, uint64_t key)
{
    return draw_next(draw(c->options.seed, TOPIC_SUPERVISION, 10000 + key), what);
}

static struct sheet *begin(struct county *c, const char *file, enum sheet_dialect dialect,
                           const char *const *headings, enum err *result, struct error *e)
{
    struct sheet *s = NULL;
    char path[64];
    snprintf(path, sizeof path, "supervision/%s", file);
    *result = sheet_open(&s, c->options.folder, path, dialect, headings, e);
    return s;
}

const char *supervision_number(const struct county *c, enum numbered what, size_t n,
                               char out[32])
{
    const int year = supervision_year(c);
    switch (what) {
    case OF_CAMPAIGN:
        snprintf(out, 32, "%d-01", year);
        break;
    case OF_TEAM:
        snprintf(out, 32, "%d-01-Z%zu", year, n);
        break;
    case OF_VISIT:
        snprintf(out, 32, "%d-J%03zu", year, n);
        break;
    case OF_CASE:
        snprintf(out, 32, "青卫医罚立〔%d〕%zu号", year, n);
        break;
    }
    return out;
}

// --- the campaign, its teams and papers

static enum err write_campaigns(struct county *c, struct error *e)
{
    static const char *const headings[] = {
        "行动编号",     "行动名称",     "英文名称",     "实施区域",     "行动形式",
        "牵头单位",     "工作目标",     "应检机构数",   "启动日期",     "部署阶段截止",
        "自查阶段截止", "检查阶段截止", "整改阶段截止", "验收阶段截止", NULL};
    static const int days[][2] = {{4, 1}, {4, 20}, {5, 15}, {6, 15}, {8, 10}, {8, 31}};
    enum err result;
    char number[32];
    struct sheet *s = begin(c, "campaigns.csv", SHEET_UTF8_BOM, headings, &result, e);
    if (!s)
        return result;
    const char *const row[] = {
        supervision_number(c, OF_CAMPAIGN, 0, number),
        "整治非医学需要的胎儿性别鉴定专项行动",
        "Campaign against fetal sex identification without medical need",
        "970328000000",
        "五阶段",
        "B-LG",
        "超声检查机构警示标识张贴率100%，超声设备备案率100%"
        "，投诉举报件件有回复，问题按期整改率95%以上",
        "31",
        NULL};
    sheet_texts(s, row);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        int32_t on;
        (void)date_from_ymd(supervision_year(c), days[i][0], days[i][1], &on);
        sheet_date(s, on, FORM_SLASH);
    }
    sheet_end_row(s);
    return sheet_close(s, e);
}

static enum err write_teams(struct county *c, struct error *e)
{
    static const char *const headings[] = {"编号",     "组别",     "行动编号", "区划",
                                           "牵头单位", "卫生人数", "药监人数", "工商人数",
                                           "公安人数", "持证人数", "组建日期", NULL};
    static const char *const teams[][2] = {{"第一检查组", "B-JD"},
                                           {"第二检查组", "B-JD"}};
    enum err result;
    char number[32], team[32];
    struct sheet *s = begin(c, "teams.csv", SHEET_UTF8, headings, &result, e);
    if (!s)
        return result;
    int32_t formed;
    (void)date_from_ymd(supervision_year(c), 4, 10, &formed);
    for (size_t i = 0; i < 2; i++) {
        const char *const row[] = {supervision_number(c, OF_TEAM, i + 1, team),
                                   teams[i][0],
                                   supervision_number(c, OF_CAMPAIGN, 0, number),
                                   "970328000000",
                                   teams[i][1],
                                   "2",
                                   "1",
                                   "1",
                                   "1",
                                   "3",
                                   NULL};
        sheet_texts(s, row);
        sheet_date(s, formed, FORM_ISO);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

const struct supervision_paper supervision_papers[] = {
    // phase, item, due, who (-1: each township), handed in on day .. of the month
    {"deploy", "部署", "plan", "工作方案", 4, 8, "B-BG"},
    {"deploy", "部署", "leading_group", "领导小组文件", 4, 8, "B-BG"},
    {"deploy", "部署", "meeting", "部署会", 4, 10, "B-BG"},
    {"deploy", "部署", "plan", "工作方案", 4, 18, NULL},
    {"self_check", "自查", "self_check_report", "自查报告", 5, 12, NULL},
    {"supervise", "检查", "supervision_report", "检查报告", 6, 10, "B-JD"},
    {"supervise", "检查", "supervision_report", "检查报告", 6, 10, "B-YJ"},
    {"rectify", "整改", "rectification_plan", "整改方案", 6, 25, NULL},
    {"rectify", "整改", "rectification_report", "整改报告", 8, 5, NULL},
    {"accept", "验收", "acceptance", "验收记录", 8, 25, "B-JD"},
    {"accept", "验收", "summary", "总结", 8, 31, "B-BG"},
};
const size_t n_supervision_papers =
    sizeof supervision_papers / sizeof *supervision_papers;

static void write_task(struct county *c, struct sheet *s,
                       const struct supervision_paper *p, const char *body,
                       const char *area)
{
    char number[32];
    int32_t due;
    (void)date_from_ymd(supervision_year(c), p->month, p->day, &due);
    sheet_text(s, supervision_number(c, OF_CAMPAIGN, 0, number));
    sheet_text(s, p->phase_zh);
    sheet_text(s, p->item_zh);
    sheet_text(s, body);
    sheet_text(s, area);
    sheet_date(s, due, FORM_DOT);
    sheet_end_row(s);
}

static enum err write_tasks(struct county *c, struct error *e)
{
    static const char *const headings[] = {"行动编号", "所属阶段", "事项", "责任单位",
                                           "区划",     "应报日期", NULL};
    enum err result;
    char body[8];
    struct sheet *s = begin(c, "campaign-tasks.csv", SHEET_GB18030, headings, &result, e);
    if (!s)
        return result;
    for (size_t i = 0; i < n_supervision_papers; i++) {
        const struct supervision_paper *p = &supervision_papers[i];
        for (int t = 0; t < (p->body ? 1 : TOWNSHIPS); t++) {
            snprintf(body, sizeof body, "B-T%02d", t + 1);
            write_task(c, s, p, p->body ? p->body : body,
                       p->body ? "970328000000" : county_township(c, t)->code);
        }
    }
    return sheet_close(s, e);
}

// --- visits

int32_t supervision_visit_day(const struct county *c, size_t facility)
{
    return supervision_day(c, 5, 20 + (int)(facility / 2 % 3));
}

bool supervision_visited(size_t facility)
{
    return facility != INSPECTED - 2; // one was closed that day
}

static const char *township_of(const struct county *c, size_t facility)
{
    const size_t area = (size_t)c->facilities[facility].area;
    return area >= c->first_village ? c->areas[area].parent : c->areas[area].code;
}

static enum err write_visits(struct county *c, struct error *e)
{
    static const char *const headings[] = {"检查编号", "行动编号", "检查组",
                                           "受检机构", "所在乡镇", "检查类型",
                                           "事先通知", "计划日期", NULL};
    enum err result;
    char number[32], campaign[32], team[32];
    struct sheet *s = begin(c, "inspections.csv", SHEET_UTF8, headings, &result, e);
    if (!s)
        return result;
    for (size_t i = 0; i < INSPECTED; i++) {
        const int32_t on = supervision_visit_day(c, i);
        if (on == DATE_NONE)
            continue;
        const char *const row[] = {supervision_number(c, OF_VISIT, i + 1, number),
                                   supervision_number(c, OF_CAMPAIGN, 0, campaign),
                                   supervision_number(c, OF_TEAM, 1 + i % 2, team),
                                   c->facilities[i].code,
                                   township_of(c, i),
                                   "专项检查",
                                   i < 3 ? "是" : "否",
                                   NULL};
        sheet_texts(s, row);
        sheet_date(s, on, FORM_ISO);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

// --- answers

// How likely an item is not met at a hospital, a health centre and elsewhere, in
// thousandths; half as many again are met in part where that is an answer.
static const struct {
    uint16_t hospital, centre, other;
    bool partly, machines, maternal;
} risks[ITEMS] = {
    [ITEM_LICENCE] = {0, 0, 150, false, false, false},
    [ITEM_SCOPE] = {0, 40, 60, false, false, false},
    [ITEM_MATERNAL] = {0, 60, 0, false, false, true},
    [ITEM_OPERATORS] = {0, 120, 250, true, true, false},
    [ITEM_NOTICE] = {0, 120, 350, false, false, false},
    [ITEM_HOTLINE] = {100, 200, 400, false, false, false},
    [ITEM_FILED] = {50, 120, 400, false, true, false},
    [ITEM_SEALED] = {0, 150, 100, false, true, false},
    [ITEM_SELLER] = {0, 100, 250, true, true, false},
    [ITEM_BOOK] = {150, 250, 350, true, true, false},
    [ITEM_TWO_PRESENT] = {250, 350, 300, true, true, false},
    [ITEM_APPROVAL] = {0, 0, 0, false, true, true},
    [ITEM_RULES] = {50, 150, 400, true, false, false},
    [ITEM_TRAINING] = {100, 250, 500, false, false, false},
    [ITEM_FEES] = {50, 80, 150, false, false, false},
};

enum answer supervision_answer(const struct county *c, size_t facility, enum item item,
                               bool own)
{
    const struct facility *f = &c->facilities[facility];
    const uint64_t x = chance(c, 20 + (unsigned)item, facility);
    const uint32_t risk = facility < 3               ? risks[item].hospital
                          : facility < 3 + TOWNSHIPS ? risks[item].centre
                                                     : risks[item].other;
    if (risks[item].machines && supervision_machines(c, facility) == 0)
        return item == ITEM_OPERATORS || item == ITEM_APPROVAL ? ANSWER_NA
                                                               : ANSWER_NOT_ASKED;
    if (risks[item].maternal && !f->delivers)
        return ANSWER_NA;
    if (item == ITEM_SCOPE && supervision_machines(c, facility) == 0)
        return ANSWER_NA;
    uint32_t at = draw_below(x, 1000);
    enum answer seen = at < risk                                    ? ANSWER_NOT
                       : risks[item].partly && at < risk + risk / 2 ? ANSWER_PARTLY
                                                                    : ANSWER_MET;
    // a facility passes over six of ten things that are not well
    if (own && seen != ANSWER_MET && draw_chance(draw_next(x, 7), 600000))
        return ANSWER_MET;
    return seen;
}

static const char *answer_text(enum item item, enum answer a)
{
    switch (a) {
    case ANSWER_MET:
        return risks[item].partly ? "完全符合" : "是";
    case ANSWER_PARTLY:
        return "部分符合";
    case ANSWER_NOT:
        return risks[item].partly ? "不符合" : "否";
    case ANSWER_NA:
        return "不适用";
    case ANSWER_NOT_ASKED:
        break;
    }
    return "";
}

static void write_answers(struct county *c, struct sheet *s, size_t i, bool own,
                          int32_t on)
{
    char number[32], team[32], machines[16];
    const int n = supervision_machines(c, i);
    snprintf(machines, sizeof machines, "%d", n);
    sheet_text(s, c->facilities[i].code);
    sheet_date(s, on, FORM_ISO);
    sheet_text(s, own ? "自查" : "检查");
    sheet_text(s, own ? "" : i < 3 ? "计划内" : "突击");
    sheet_text(s, own ? "" : supervision_number(c, OF_TEAM, 1 + i % 2, team));
    sheet_text(s, own ? "" : supervision_number(c, OF_VISIT, i + 1, number));
    for (int item = 0; item < ITEMS; item++) {
        if (item == ITEM_FILED)
            sheet_text(s, machines);
        sheet_text(s, answer_text((enum item)item,
                                  supervision_answer(c, i, (enum item)item, own)));
    }
    sheet_end_row(s);
}

static enum err write_checklists(struct county *c, struct error *e)
{
    static const char *const headings[] = {
        "机构",
        "检查日期",
        "检查类型",
        "计划或突击",
        "检查组",
        "检查任务",
        "执业许可证在有效期内并公示",
        "超声诊断、基因检测在核准的诊疗科目内",
        "母婴保健技术服务执业许可证在有效期内",
        "超声操作人员均持有相应资格证书",
        "超声检查室张贴“禁止非医学需要的胎儿性别鉴定”警示标识",
        "候诊区公布投诉举报电话",
        "现场超声设备台数",
        "现场设备与备案台账一致",
        "停用设备已封存且封条完好",
        "购置凭证齐全且来自持证经营企业",
        "超声检查登记本逐日登记、无缺页漏项",
        "产科超声检查两人在场并双签名",
        "因医学需要鉴定的均有审批材料存档",
        "管理制度、岗位责任和人员承诺书齐全",
        "本年度开展过相关法规培训",
        "收费项目公示且无违规收费",
        NULL};
    enum err result;
    struct sheet *s =
        begin(c, "fetal-sex-control.csv", SHEET_UTF8_BOM, headings, &result, e);
    if (!s)
        return result;
    for (size_t i = 0; i < INSPECTED; i++) {
        const int32_t own = supervision_day(c, 4, 22 + (int)(i % 8));
        if (own != DATE_NONE && i != 20) // one sent none
            write_answers(c, s, i, true, own);
    }
    for (size_t i = 0; i < INSPECTED; i++) {
        const int32_t on = supervision_visit_day(c, i);
        if (on != DATE_NONE && supervision_visited(i))
            write_answers(c, s, i, false, on);
    }
    return sheet_close(s, e);
}

// --- findings

static const struct {
    const char *kind, *severity, *what, *rule;
} of_item[ITEMS] = {
    [ITEM_LICENCE] = {"证照过期", "严重", "执业许可证已过有效期，未办理延续",
                      "医疗机构管理条例第二十四条"},
    [ITEM_SCOPE] = {"超范围执业", "严重", "超声诊断未列入核准的诊疗科目",
                    "医疗机构管理条例第二十七条"},
    [ITEM_MATERNAL] = {"证照过期", "较重", "母婴保健技术服务执业许可证已过有效期",
                       "母婴保健法实施办法第三十五条"},
    [ITEM_OPERATORS] = {"人员无相应资格", "较重", "超声操作人员未取得相应资格",
                        "母婴保健法第三十三条"},
    [ITEM_NOTICE] = {"未张贴警示标识", "较重", "超声检查室未张贴警示标识",
                     "禁止非医学需要的胎儿性别鉴定规定"},
    [ITEM_HOTLINE] = {"其他", "一般", "候诊区未公布投诉举报电话", ""},
    [ITEM_FILED] = {"设备未备案", "严重", "现场有未备案的超声设备",
                    "超声诊断设备备案管理规定"},
    [ITEM_SEALED] = {"擅自启封", "较重", "停用设备封条破损", ""},
    [ITEM_SELLER] = {"其他", "一般", "设备购置凭证不全", "医疗器械监督管理条例"},
    [ITEM_BOOK] = {"登记不全", "一般", "超声检查登记有漏项", ""},
    [ITEM_TWO_PRESENT] = {"双签名缺失", "较重", "产科超声检查登记仅一人签名", ""},
    [ITEM_APPROVAL] = {"登记不全", "较重", "审批材料未存档", ""},
    [ITEM_RULES] = {"其他", "一般", "管理制度和岗位责任未落实到人", ""},
    [ITEM_TRAINING] = {"其他", "一般", "本年度未开展法规培训", ""},
    [ITEM_FEES] = {"违规收费", "较重", "收费项目未公示", ""},
};

size_t supervision_findings(const struct county *c, struct supervision_finding *out)
{
    size_t n = 0;
    for (size_t i = 0; i < INSPECTED; i++)
        for (int item = 0; item < ITEMS && n < CAMPAIGN_FINDINGS_MAX; item++) {
            if (!supervision_visited(i) || supervision_visit_day(c, i) == DATE_NONE ||
                supervision_answer(c, i, (enum item)item, false) != ANSWER_NOT)
                continue;
            out[n] = (struct supervision_finding){.facility = i,
                                                  .item = (enum item)item,
                                                  .found = supervision_visit_day(c, i)};
            snprintf(out[n].number, sizeof out[n].number, "%d-W%03zu",
                     supervision_year(c), n + 1);
            n++;
        }
    return n;
}

static enum err write_findings(struct county *c, struct error *e)
{
    static const char *const headings[] = {"问题编号", "涉及机构", "所在乡镇", "发现日期",
                                           "问题来源", "行动编号", "检查编号", "问题类别",
                                           "严重程度", "问题描述", "违反条款", "督办单位",
                                           NULL};
    struct supervision_finding list[CAMPAIGN_FINDINGS_MAX];
    enum err result;
    char campaign[32], visit[32];
    struct sheet *s = begin(c, "findings.csv", SHEET_GB18030, headings, &result, e);
    if (!s)
        return result;
    size_t n = supervision_findings(c, list);
    for (size_t i = 0; i < n; i++) {
        const struct supervision_finding *f = &list[i];
        sheet_text(s, f->number);
        sheet_text(s, c->facilities[f->facility].code);
        sheet_text(s, township_of(c, f->facility));
        sheet_date(s, f->found, FORM_SLASH);
        const char *const row[] = {
            "监督检查",
            supervision_number(c, OF_CAMPAIGN, 0, campaign),
            supervision_number(c, OF_VISIT, f->facility + 1, visit),
            of_item[f->item].kind,
            of_item[f->item].severity,
            of_item[f->item].what,
            of_item[f->item].rule,
            "B-JD",
            NULL};
        sheet_texts(s, row);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

// --- cases

// The first clinic that was found with a device that is not registered; else the first
// clinic of all.
size_t supervision_case_facility(const struct county *c)
{
    for (size_t i = 3 + TOWNSHIPS; i < INSPECTED - 3; i++)
        if (supervision_visited(i) &&
            supervision_answer(c, i, ITEM_FILED, false) == ANSWER_NOT)
            return i;
    return 3 + TOWNSHIPS;
}

static enum err write_cases(struct county *c, struct error *e)
{
    static const char *const headings[] = {
        "案号",         "当事机构", "所在区划", "立案日期",         "来源",
        "案由",         "行动编号", "承办单位", "卫生健康部门参与", "药品监管部门参与",
        "公安部门参与", "办理期限", NULL};
    enum err result;
    char number[32], campaign[32];
    struct sheet *s = begin(c, "cases.csv", SHEET_UTF8, headings, &result, e);
    if (!s)
        return result;
    static const int days[][2] = {{5, 26}, {7, 2}};
    for (size_t i = 0; i < 2; i++) {
        const size_t at = i ? 3 + TOWNSHIPS + 1 : supervision_case_facility(c);
        const int32_t on = supervision_day(c, days[i][0], days[i][1]);
        if (on == DATE_NONE)
            continue;
        sheet_text(s, supervision_number(c, OF_CASE, i + 1, number));
        sheet_text(s, c->facilities[at].code);
        sheet_text(s, township_of(c, at));
        sheet_date(s, on, FORM_ISO);
        const char *const row[] = {
            i ? "举报" : "检查发现",
            i ? "涉嫌超出登记的诊疗科目开展超声检查" : "使用未备案的超声诊断设备",
            i ? "" : supervision_number(c, OF_CAMPAIGN, 0, campaign),
            "B-JD",
            "是",
            i ? "否" : "是",
            i ? "是" : "否",
            NULL};
        sheet_texts(s, row);
        sheet_date(s, on + 90, FORM_ISO);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

static enum err write_evidence(struct county *c, struct error *e)
{
    static const char *const headings[] = {"案号",         "所在区划",       "材料名称",
                                           "序号",         "制作日期",       "页数",
                                           "制作单位编号", "执法人员签名数", NULL};
    static const struct {
        size_t of;
        const char *item, *part, *pages, *signed_;
        int month, day;
    } papers[] = {
        {0, "现场笔录", "1", "3", "2", 5, 21},
        {0, "照片", "1", "6", "", 5, 21},
        {0, "查封扣押物品清单", "1", "1", "2", 5, 21},
        {0, "立案审批表", "1", "1", "", 5, 26},
        {0, "询问笔录", "1", "4", "2", 5, 28},
        {0, "证照、登记本、票据复印件", "1", "12", "", 5, 28},
        {0, "调查终结报告", "1", "5", "", 6, 18},
        {0, "合议（集体讨论）记录", "1", "3", "", 6, 23},
        {0, "事先告知书", "1", "2", "", 6, 25},
        {0, "处罚决定书", "1", "3", "", 7, 8},
        {0, "送达回证", "1", "1", "2", 7, 10},
        {1, "举报受理登记表", "1", "1", "", 6, 30},
        {1, "立案审批表", "1", "1", "", 7, 2},
        {1, "现场笔录", "1", "2", "1", 7, 4},
    };
    enum err result;
    char number[32];
    struct sheet *s = begin(c, "case-evidence.csv", SHEET_UTF8, headings, &result, e);
    if (!s)
        return result;
    for (size_t i = 0; i < sizeof papers / sizeof *papers; i++) {
        const int32_t on = supervision_day(c, papers[i].month, papers[i].day);
        const size_t at = papers[i].of ? 3 + TOWNSHIPS + 1 : supervision_case_facility(c);
        if (on == DATE_NONE ||
            supervision_day(c, papers[i].of ? 7 : 5, papers[i].of ? 2 : 26) == DATE_NONE)
            continue;
        sheet_text(s, supervision_number(c, OF_CASE, papers[i].of + 1, number));
        sheet_text(s, township_of(c, at));
        sheet_text(s, papers[i].item);
        sheet_text(s, papers[i].part);
        sheet_date(s, on, FORM_ISO);
        sheet_text(s, papers[i].pages);
        sheet_text(s, "B-JD");
        sheet_text(s, papers[i].signed_);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

static enum err write_reports(struct county *c, struct error *e)
{
    static const char *const headings[] = {"行动编号",   "区划",           "报送日期",
                                           "检查机构数", "出动监督员人次", "发现问题数",
                                           "完成整改数", "工作情况",       NULL};
    static const struct {
        int month, day;
        const char *visits, *people, *found, *right, *words;
    } reports[] = {
        {5, 1, "0", "0", "0", "0", "完成动员部署，组建2个联合检查组，开展业务培训。"},
        {6, 3, "30", "60", "", "", "两个检查组用3天对31家机构开展检查，1家停业未检。"},
        {7, 9, "0", "12", "", "", "督促整改，对逾期未整改问题挂牌督办；立案2件。"},
    };
    enum err result;
    char number[32];
    struct sheet *s =
        begin(c, "supervision-reports.csv", SHEET_UTF8, headings, &result, e);
    if (!s)
        return result;
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        const int32_t on = supervision_day(c, reports[i].month, reports[i].day);
        if (on == DATE_NONE)
            continue;
        sheet_text(s, supervision_number(c, OF_CAMPAIGN, 0, number));
        sheet_text(s, "970328000000");
        sheet_date(s, on, FORM_ISO);
        const char *const row[] = {reports[i].visits, reports[i].people, reports[i].found,
                                   reports[i].right,  reports[i].words,  NULL};
        sheet_texts(s, row);
        sheet_end_row(s);
    }
    return sheet_close(s, e);
}

enum err supervision_campaign(struct county *c, struct error *e)
{
    static enum err (*const steps[])(struct county *, struct error *) = {
        write_campaigns, write_teams, write_tasks,    write_visits, write_checklists,
        write_findings,  write_cases, write_evidence, write_reports};
    enum err result = ERR_OK;
    for (size_t i = 0; !result && i < sizeof steps / sizeof *steps; i++)
        result = steps[i](c, e);
    return result;
}
