// SPDX-License-Identifier: AGPL-3.0-or-later
#include "pack/charter_words.h"

#define QUOTA "charter.quota", "birth quotas or permits"
#define COMPULSION                                                                       \
    "charter.compulsion", "compulsory contraception, sterilisation or abortion"
#define FINES "charter.fines", "fees or fines for births"
#define TERMINATION "charter.termination", "permission for, or tracing of, a termination"
#define PREGNANCY                                                                        \
    "charter.pregnancy",                                                                 \
        "following a person's pregnancy for any purpose but that person's own care"
#define MIGRANTS "charter.migrants", "restrictions on migrants"
#define INFORMING "charter.informing", "informing on people"
#define CASES "charter.case_quota", "case quotas"
#define REWARDS "charter.rewards", "rewards for being sterilised or for giving up a birth"
#define SHAMING "charter.shaming", "naming and shaming"

// Who reviews this list: a change needs a reason in its commit message, and a line in
// tests/pack/test_charter.c for what it refuses and for what it must still allow.
static const struct charter_words words[] = {
    {QUOTA,
     {"birth|births|childbearing|second child|third child|pregnancy",
      "quota|permit|licence|license|approval|authorisation|authorization|allowance"},
     "attend|midwi|facility|hospital|obstetric|certificate approval",
     0},
    {QUOTA,
     {"out of plan|unauthorised|unauthorized|unapproved|illegal|excess|above quota|"
      "policy violating|policy compliant",
      "birth|births|child|children|pregnancy|pregnancies"},
     "fetal sex|facility|practice|adoption|labour|labor",
     0},
    {QUOTA,
     {"准生证|生育指标|生育许可|生育审批|再生育审批|二孩审批|三孩审批|二胎审批|"
      "计划外生育|计划外出生|计划外怀孕|政策外生育|政策外出生|政策外怀孕|违法生育|"
      "违法怀孕|非法生育|违反政策生育|超生|抢生|偷生|符合政策生育率|政策生育率|"
      "计划生育率"},
     NULL,
     0},
    {COMPULSION,
     {"compulsory|forced|mandatory|coerc|obligatory|due for|task|target for|implemented",
      "contracept|sterilis|steriliz|abortion|ligation|vasectom|iud|termination|"
      "tubectom"},
     NULL,
     0},
    {COMPULSION,
     {"强制|强迫|任务|指标|应做|未落实|落实|对象",
      "节育|结扎|绝育|上环|放环|引产|流产|人流|避孕措施|终止妊娠"},
     NULL,
     0},
    {COMPULSION,
     {"四术|补救措施|结扎率|上环率|节育措施落实|长效措施落实|综合节育率"},
     NULL,
     0},
    {FINES,
     {"fine|fines|fee|fees|levy|penalty|penalties|charge for",
      "birth|births|childbearing|having a child|additional child|extra child"},
     "delivery fee|hospital|facility|medical|registration|certificate",
     0},
    {FINES,
     {"social maintenance fee|social compensation fee|social support fee|"
      "社会抚养费|超生罚款|超生费|计划生育罚款|计生罚款|计生罚没|生育罚款|计划外生育费"},
     NULL,
     0},
    {TERMINATION,
     {"termination|abortion|abortions|terminated pregnan",
      "permission|permit|approv|authoris|authoriz|trac|track|whereabouts|investigat|"
      "reason for|reported by|inspection of"},
     NULL,
     0},
    {TERMINATION,
     {"引产|终止妊娠|人流|人工流产|堕胎|流引产",
      "审批|批准|许可|证明|同意书编号|追踪|跟踪|倒查|核查|去向|原因|登记|备案|报告"},
     NULL,
     0},
    {PREGNANCY,
     {"pregnan", "surveil|disappear|vanish|unreported|hidden|conceal|lost without"},
     NULL,
     0},
    {PREGNANCY,
     {"pregnan", "track|trac|monitor|follow|inspection|verification|check up duty"},
     NULL,
     1u << PURPOSE_CARE},
    {PREGNANCY,
     {"孕情|孕妇|怀孕|妊娠", "监控|监管|跟踪|追踪|消失|排查|倒查|通报|举报|瞒报|隐瞒"},
     "死亡",
     0},
    {PREGNANCY,
     {"孕情|查环|查孕|环孕检|孕环检|三查|双查|孕检率"},
     NULL,
     1u << PURPOSE_CARE},
    {PREGNANCY, {"查环|环孕检|孕环检|孕情检查|孕情报告"}, NULL, 0},
    {MIGRANTS,
     {"migrant|migrants|floating population|non resident",
      "restrict|permit|ban|expel|expulsion|deport|evict|removal|clearance|return order|"
      "childbearing certificate|marital"},
     NULL,
     0},
    {MIGRANTS,
     {"流动人口|外来人口|流动妇女|流动育龄",
      "限制|清理|清退|遣返|驱离|管控|查验|婚育证明|劝返|押送"},
     NULL,
     0},
    {MIGRANTS, {"婚育证明|流动人口婚育"}, NULL, 0},
    {INFORMING,
     {"inform on|informing on|informer|denounc|report a neighbour|report a neighbor|"
      "reported neighbour|reported neighbor"},
     NULL,
     0},
    {INFORMING,
     {"reward|bounty|prize|bonus", "tip|tips|report|reports|informant|information",
      "person|persons|people|woman|women|family|families|birth|births|pregnan|neighbour|"
      "neighbor"},
     "facility|facilities|provider",
     0},
    {INFORMING,
     {"举报", "超生|怀孕|孕妇|孕情|个人|邻居|村民|家庭|群众生育|妇女"},
     NULL,
     0},
    {INFORMING,
     {"举报奖励|举报奖金|有奖举报|线人|眼线|信息员举报"},
     "机构|医疗|药|诊所",
     0},
    {CASES, {"case|cases|fines", "quota|quotas|case target|target number"}, NULL, 0},
    {CASES, {"案件|办案|立案|查处|罚没|罚款", "指标|任务|任务数|下达数|目标数"}, NULL, 0},
    {REWARDS,
     {"reward|bonus|incentive|prize|payment|award|benefit",
      "sterilis|steriliz|ligation|vasectom|tubectom|contracept|iud|abortion|"
      "giving up a birth|giving up a child|forgoing a birth|no second child|one child "
      "only"},
     "supply of contracept|supplies",
     0},
    {REWARDS,
     {"奖励|奖金|补助|奖", "结扎|绝育|上环|放环|节育手术|落实措施|放弃生育|放弃再生育|"
                           "放弃二胎|放弃二孩|退指标|"
                           "流产|引产"},
     NULL,
     0},
    {SHAMING,
     {"naming and shaming|name and shame|public shaming|wall of shame|shame list|"
      "shaming list|hall of shame"},
     NULL,
     0},
    {SHAMING,
     {"blacklist", "person|persons|people|woman|women|family|families|mother|mothers|"
                   "parent|parents|resident|residents|villager"},
     NULL,
     0},
    {SHAMING, {"曝光台|曝光榜|曝光名单|示众|黑榜|点名批评群众|丢人榜"}, NULL, 0},
    {SHAMING, {"黑名单"}, "机构|企业|医院|药店|诊所|单位|经营者", 0},
    {NULL, NULL, {NULL}, NULL, 0},
};

const struct charter_words *charter_words(void)
{
    return words;
}
