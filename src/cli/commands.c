// SPDX-License-Identifier: AGPL-3.0-or-later
// Every command of heng.
#include "cli/command.h"

#define DB                                                                               \
    {                                                                                    \
        "DB", "the county's file"                                                        \
    }
#define REGISTER                                                                         \
    {                                                                                    \
        "REGISTER", "a register of the pack, such as births"                             \
    }
#define LEDGER                                                                           \
    {                                                                                    \
        "LEDGER", "a ledger of the pack, such as stock"                                  \
    }
#define ROW                                                                              \
    {                                                                                    \
        "ROW", "its number, or its key, the parts joined by / where there are several"   \
    }
#define PERIOD                                                                           \
    {                                                                                    \
        "period", "PERIOD",                                                              \
            "a year 2014, half 2014S1, quarter 2014Q2, month 201406, day "               \
            "20140605, year from October 2014Oct",                                       \
            .required = true                                                             \
    }
#define AREA                                                                             \
    {                                                                                    \
        "area", "AREA", "an area by code or name; without it, the whole file"            \
    }
#define OUT                                                                              \
    {                                                                                    \
        "out", "FILE",                                                                   \
            "write there (.html, .pdf, .xlsx) and do not print; may be repeated",        \
            .repeatable = true                                                           \
    }
#define LINK_COLUMNS                                                                     \
    {"id", "COL",                                                                        \
     "the column that names the records; A,B when the files differ; found or counted "   \
     "otherwise",                                                                        \
     .repeatable = true},                                                                \
        {"ignore", "COL", "columns not to compare; may be repeated, A,B",                \
         .repeatable = true},                                                            \
    {                                                                                    \
        "keep", "COL", "columns to carry into the outputs and not to compare",           \
            .repeatable = true                                                           \
    }
#define LINK_MACHINE                                                                     \
    {"threads", "N", "as many as there are cores otherwise; the answer is the same"},    \
        {"seed", "S", "of the random pairs; 1 otherwise"},                               \
    {                                                                                    \
        "memory", "LIMIT", "not more than this, such as 2G"                              \
    }
#define LINK_OUTPUTS                                                                     \
    {"pairs", "FILE", "write the links: id_a,id_b,probability,match_weight"},            \
        {"explain", NULL, "in the pairs: each comparison's level and weight"},           \
        {"clusters", "FILE", "write every record with its cluster: id,cluster"},         \
        {"report", "FILE",                                                               \
         "write one HTML page about what was done and how sure it is"},                  \
    {                                                                                    \
        "threshold", "P", "probability from which on a pair is a link; 0.5 otherwise"    \
    }
#define ENGINE_OUTPUTS                                                                   \
    {"csv", "FILE", "write the figures; - is standard output"},                          \
        {"json", "FILE", "write all figures; - is standard output"},                     \
    {                                                                                    \
        "html", "FILE", "write one page with charts"                                     \
    }
#define REASON                                                                           \
    {                                                                                    \
        "reason", "TEXT", "why; it is kept in the history", .required = true             \
    }

const struct cli_option cli_common_options[] = {
    {"lang", "zh|en", "language of what is printed; by LC_ALL and LANG otherwise"},
    {"help", NULL, "show how the command is called"},
    {NULL},
};

const struct cli_command cli_commands[] = {
    {
        .name = "init",
        .group = GROUP_COUNTY,
        .summary = "make a county's file from a pack",
        .summary_zh = "按业务包建立一个县的数据文件",
        .about =
            "The pack says which registers, indicators, checks and reports there "
            "are. A copy of it is kept in the file, so that the file explains itself.",
        .arguments = {{"DB", "the file to make; it must not exist yet"}},
        .options = {{"pack", "DIR", "the pack's folder", .required = true}},
        .examples = {"heng init county.db --pack packs/cn-county"},
        .exits = "65 the pack has an error; 66 no such folder; 73 the file is there "
                 "already",
        .run = run_init,
    },
    {
        .name = "serve",
        .group = GROUP_COUNTY,
        .summary = "serve the county's file to browsers and programs",
        .summary_zh = "向浏览器和程序提供本县数据服务",
        .about =
            "Prints its address and runs until Ctrl+C (or SIGTERM). Other commands may "
            "use the file meanwhile. On an address that others can reach, give a "
            "certificate, or put it behind a proxy that has one. Uploads on their "
            "way and backups are in the folder DB.serve.",
        .arguments = {DB},
        .options =
            {{"listen", "ADDRESS",
              "address and port; 127.0.0.1:8080 otherwise; port 0 is any free one"},
             {"certificate", "FILE", "PEM; with it, HTTPS is spoken"},
             {"key", "FILE", "PEM; the key of the certificate"},
             {"behind-proxy", NULL, "limits per address go by the last X-Forwarded-For"},
             {"digest", NULL,
              "phones may log in by digest (docs/phones.md); tokens made meanwhile are "
              "kept as good as plain"}},
        .examples =
            {"heng serve county.db",
             "heng serve county.db --listen 0.0.0.0:443 --certificate c.pem --key "
             "k.pem"},
        .exits = "66 no such file; 74 the address is taken",
        .run = run_serve,
    },
    {
        .name = "import",
        .group = GROUP_COUNTY,
        .summary = "read a CSV or XLSX file into a register",
        .summary_zh = "把 CSV 或 XLSX 文件读入登记册",
        .about = "Prints what the file is, which column is which field and how that was "
                 "found, and what was wrong. Every row is then in the register or in the "
                 "rejects file. The same file again changes nothing; a row with a known "
                 "key and other content is a correction. Import areas first, then "
                 "facilities, then the rest.",
        .arguments = {DB, REGISTER, {"FILE", "CSV or XLSX; - is standard input"}},
        .options = {{"source", "S", "who sent it, one of the register's sources"},
                    {"map", "HEADING=FIELD",
                     "this column is that field; HEADING= leaves it out, *= leaves out "
                     "all unknown ones; may be repeated and is kept for the next time",
                     .repeatable = true},
                    {"rejects", "PATH",
                     "where rows that cannot be read go; FILE.rejects.csv in the working "
                     "directory otherwise"},
                    {"dry-run", NULL, "read and check only; save nothing"},
                    {"sheet", "NAME", "the sheet of an XLSX; the first otherwise"}},
        .examples = {"heng import county.db areas areas.csv",
                     "heng import county.db births hospital.csv --source hospital",
                     "heng import county.db births b.csv --map 'kg='  --dry-run"},
        .exits = "65 some rows were rejected (the good ones are in), or the file cannot "
                 "be read",
        .run = run_import,
    },
    {
        .name = "import list",
        .group = GROUP_COUNTY,
        .summary = "show what was imported, newest first",
        .summary_zh = "列出导入记录，最新的在前",
        .about = "Every import that changed something has a number, by which it can be "
                 "taken back.",
        .arguments = {DB},
        .examples = {"heng import list county.db"},
        .run = run_import_list,
    },
    {
        .name = "import undo",
        .group = GROUP_COUNTY,
        .summary = "take an import back as a whole",
        .summary_zh = "整体撤销一次导入",
        .about =
            "Strikes every row that the import brought in, and puts back every value "
            "that it corrected: all of it, or nothing. Refused when one of these rows "
            "was "
            "changed since, has a file attached, or (areas, facilities) when other rows "
            "point to it. The same file can be imported again afterwards.",
        .arguments = {DB, {"ID", "its number, see heng import list"}},
        .options = {REASON},
        .examples = {"heng import undo county.db 7 --reason 'file of another county'"},
        .exits = "75 rows were changed since; nothing was done",
        .run = run_import_undo,
    },
    {
        .name = "verify",
        .group = GROUP_COUNTY,
        .summary = "prove that nothing in the file was altered",
        .summary_zh = "证实文件中的数据未被改动",
        .about =
            "Walks the chains of hashes over the whole history and over the audit log, "
            "compares the first with every row, and checks the database. Write the head "
            "hash down (or print it on "
            "a report): with --expect it also proves that the end of the history "
            "was not cut off.",
        .arguments = {DB},
        .options = {{"expect", "HASH", "a head hash that was written down earlier"}},
        .examples = {"heng verify county.db"},
        .exits = "76 the file is not what was written",
        .run = run_verify,
    },
    {
        .name = "account list",
        .group = GROUP_COUNTY,
        .summary = "list who may sign in at 'heng serve', and as what",
        .summary_zh = "列出可登录 'heng serve' 的人员及其角色",
        .arguments = {DB},
        .examples = {"heng account list county.db"},
        .run = run_account_list,
    },
    {
        .name = "account invite",
        .group = GROUP_COUNTY,
        .summary = "make an account and print the one-time link for it",
        .summary_zh = "建立账户并显示一次性链接",
        .about = "Roles: administrator, care_worker (village doctor, township worker), "
                 "clerk, statistician, inspector, leader, benefits_clerk, auditor, "
                 "facility, tip_reader, office, and those made in the pages. Whoever "
                 "opens the link sets the password.",
        .arguments = {DB, {"NAME", "what the person signs in with"}},
        .options = {{"role", "ROLE", "a role; may be repeated", .repeatable = true,
                     .required = true},
                    {"area", "AREA",
                     "an area by code or name, with all below; everywhere otherwise"},
                    {"facility", "FACILITY",
                     "a facility by code or name: the roles give its rows and no others, "
                     "and figures of the area (of its own area without --area)"},
                    {"until", "DATE", "the roles' last day"},
                    {"full-name", "NAME", "what the person is called"},
                    {"address", "URL",
                     "where the server is reached; http://127.0.0.1:8080 otherwise"}},
        .examples = {"heng account invite county.db liming --role clerk --area "
                     "970328100000",
                     "heng account invite county.db zhao --role facility --facility "
                     "970328F0004",
                     "heng account invite county.db wang --role leader --until "
                     "2014-12-31"},
        .exits = "65 no such role or area; 73 the name is taken",
        .run = run_account_invite,
    },
    {
        .name = "account reset",
        .group = GROUP_COUNTY,
        .summary = "print a one-time link to a new password",
        .summary_zh = "显示用于重设密码的一次性链接",
        .about = "When it is used, the old password, the second factor, all sessions and "
                 "tokens of the account end.",
        .arguments = {DB, {"NAME", "what the person signs in with"}},
        .options = {{"address", "URL",
                     "where the server is reached; http://127.0.0.1:8080 otherwise"}},
        .examples = {"heng account reset county.db liming"},
        .exits = "66 there is no such account; 73 it is off",
        .run = run_account_reset,
    },
    {
        .name = "backup",
        .group = GROUP_COUNTY,
        .summary = "copy the file while it is in use, and check the copy",
        .summary_zh = "在使用中复制文件并核对副本",
        .arguments = {DB, {"FILE", "the copy to make"}},
        .examples = {"heng backup county.db county-2014-07-01.db"},
        .run = run_backup,
    },
    {
        .name = "restore",
        .group = GROUP_COUNTY,
        .summary = "check a backup and put it in the file's place",
        .summary_zh = "核对备份并用它替换文件",
        .about = "The file that was there is kept as DB.before-restore.",
        .arguments = {{"FILE", "a backup"}, {"DB", "the file to replace"}},
        .examples = {"heng restore county-2014-07-01.db county.db"},
        .exits = "76 the backup is damaged; nothing was changed",
        .run = run_restore,
    },
    {
        .name = "check",
        .group = GROUP_FIGURES,
        .summary = "look for what cannot be right, row by row and report by report",
        .summary_zh = "逐行、逐报表核查不可能正确的数据",
        .arguments = {DB},
        .options =
            {PERIOD, AREA, {"only", "NAME", "one check, rule or indicator by name"}, OUT},
        .examples = {"heng check county.db --period 2014S1"},
        .exits = "0 also when something was found",
        .run = run_check,
    },
    {
        .name = "measure",
        .group = GROUP_FIGURES,
        .summary = "compute indicators, with their intervals",
        .summary_zh = "计算指标及其置信区间",
        .about =
            "Several periods of one kind are one span: 2010..2014, 2012Q3..2014Q2. By "
            "time, each period is what it is alone, in the edition at its end; after "
            "them stands their sum, of numerators and of denominators, which is hidden "
            "where one of them is. Not by time, the sum alone. What tells how things "
            "stood in each period has none.",
        .arguments = {DB},
        .options = {{"period", "PERIOD",
                     "a year 2014, half 2014S1, quarter 2014Q2, month 201406, day "
                     "20140605, year from October 2014Oct, or several: 2010..2014",
                     .required = true},
                    {"by", "AXIS",
                     "a level (township), facility, month, quarter, half, year, or a "
                     "field of codes (sex); with time beside it: township,year"},
                    AREA,
                    {"indicator", "NAME", "only this one; may be repeated",
                     .repeatable = true},
                    {"group", "G", "only the indicators of this group"},
                    {"csv", "FILE", "write plain numbers as CSV; - prints them"},
                    {"json", "FILE", "the same as JSON; - prints them"},
                    OUT},
        .examples = {"heng measure county.db --period 2014S1 --by township",
                     "heng measure county.db --period 2014 --indicator srb --by month",
                     "heng measure county.db --period 2014 --csv figures.csv",
                     "heng measure county.db --period 2010..2014 --by township,year "
                     "--csv -"},
        .run = run_measure,
    },
    {
        .name = "watch",
        .group = GROUP_FIGURES,
        .summary = "look for signals in a ratio, and open reviews of what is found",
        .summary_zh = "监测性别比等信号，并对发现的信号提请复核",
        .about =
            "Runs what the pack's watch/*.yaml names: the sex ratio at birth by order, "
            "at each level of the tree and by facility, over the period and the years "
            "that end with it; girls whom one source does not have; values too round and "
            "reports too even. A p-value counts everything that its look looked at. "
            "Signals are kept in the register that the pack names; a second run corrects "
            "the first.",
        .arguments = {DB},
        .options = {PERIOD,
                    AREA,
                    {"watch", "NAME", "one of the pack's watches; the first otherwise"},
                    {"replications", "N", "simulated runs behind each p-value; 9999"},
                    {"seed", "N", "of the simulation; 0"},
                    {"dry-run", NULL, "show only; keep nothing"},
                    OUT},
        .examples = {"heng watch county.db --period 2014S1",
                     "heng watch county.db --period 2014 --dry-run --out watch.html"},
        .run = run_watch,
    },
    {
        .name = "report",
        .group = GROUP_FIGURES,
        .summary = "make a report of the pack: on the terminal, or as HTML, PDF or XLSX",
        .summary_zh = "生成业务包中的报告（终端显示，或HTML、PDF、XLSX）",
        .arguments = {DB, {"NAME", "a report of the pack, such as half-year"}},
        .options = {PERIOD, AREA, OUT},
        .examples = {"heng report county.db half-year --period 2014S1 --out r.pdf --out "
                     "r.html",
                     "heng report county.db headline --period 2014S1"},
        .run = run_report,
    },
    {
        .name = "due",
        .group = GROUP_FIGURES,
        .summary = "who owes a report, who was late, who sent none; what rows owe",
        .summary_zh = "哪些单位应报、迟报、缺报；哪些事项应办、逾期",
        .about =
            "Reports are owed for a period (due: of a register). Rows owe by the pack's "
            "schedules/*.yaml: visits of a child, the renewal of a licence. With "
            "--period "
            "both are shown; --schedule, --from, --to and --csv ask for what rows owe "
            "alone, of the last twelve months and until the end of the next one where no "
            "days are given. Rows of care are listed only for those who give it; counts "
            "are for all.",
        .arguments = {DB},
        .options = {{"period", "PERIOD",
                     "a year 2014, half 2014S1, quarter 2014Q2, month 201406, day "
                     "20140605, year from October 2014Oct"},
                    {"register", "R", "only reports of this register; may be repeated",
                     .repeatable = true},
                    {"schedule", "NAME", "only what rows owe by this schedule"},
                    {"from", "DAY", "the first day on which it falls due"},
                    {"to", "DAY", "the last day"},
                    AREA,
                    {"csv", "FILE", "write all that rows owe as CSV; - prints it"},
                    OUT},
        .examples =
            {"heng due county.db --period 201406",
             "heng due county.db --schedule licence_renewal --from 2014-07-01 --to "
             "2014-12-31"},
        .run = run_due,
    },
    {
        .name = "campaign",
        .group = GROUP_FIGURES,
        .summary = "how a campaign stands: what is owed, which gate is shut, findings",
        .summary_zh = "专项行动进展：应报事项、阶段条件、检查与问题整改",
        .about = "The draft of the campaign's report, made from the registers that the "
                 "pack names in campaigns/: papers by phase and body, visits, "
                 "self-checks beside inspections, findings, targets, next steps.",
        .arguments = {DB, {"NUMBER", "the campaign's number, the key of its row"}},
        .options = {OUT, {"json", "FILE", "write all figures; - is standard output"}},
        .examples = {"heng campaign county.db 2014-01",
                     "heng campaign county.db 2014-01 --lang zh --out report.pdf"},
        .exits = "66 there is no such campaign",
        .run = run_campaign,
    },
    {
        .name = "facility",
        .group = GROUP_FIGURES,
        .summary = "everything that supervision holds about a facility",
        .summary_zh = "一户一档：某机构的全部监督资料",
        .about = "Licences, devices, credentials, visits with their scores, findings, "
                 "cases, audits, stock and signals of one facility, and what is running "
                 "out.",
        .arguments = {DB, {"CODE", "the facility's code"}},
        .options = {OUT},
        .examples = {"heng facility county.db 970328F0004 --out file.pdf"},
        .exits = "66 there is no such facility",
        .run = run_facility,
    },
    {
        .name = "case",
        .group = GROUP_FIGURES,
        .summary = "the whole file of a case: index, hashes, history, pictures",
        .summary_zh = "导出案卷：目录、校验值、办理过程与图片",
        .about =
            "Nothing is left out: what was struck stands in the index with the "
            "reason. Files that are no pictures are listed with their hash, for the "
            "pages of a PDF cannot be set into another here; --zip writes them beside.",
        .arguments = {DB, {"NUMBER", "the case's number, the key of its row"}},
        .options = {OUT,
                    {"zip", "FILE", "write the PDF, the index as CSV and all originals"}},
        .examples =
            {"heng case county.db 青卫医罚立〔2014〕1号 --lang zh --out case.pdf"},
        .exits = "66 there is no such case",
        .run = run_case,
    },
    {
        .name = "areas",
        .group = GROUP_ROWS,
        .summary = "list the areas as a tree, or load their map",
        .summary_zh = "以树形列出地区，或导入边界",
        .arguments = {DB},
        .options = {AREA,
                    {"map", "FILE",
                     "GeoJSON with the shapes of areas, by code or name: kept in the "
                     "county's file in the place of what it has, for the pages"}},
        .examples = {"heng areas county.db", "heng areas county.db --map areas.geojson"},
        .run = run_areas,
    },
    {
        .name = "show",
        .group = GROUP_ROWS,
        .summary = "show one row",
        .summary_zh = "显示一行",
        .arguments = {DB, REGISTER, ROW},
        .examples = {"heng show county.db births hospital/P100000001"},
        .exits = "66 no such row; 77 rows of care are shown only to those who give it",
        .run = run_show,
    },
    {
        .name = "history",
        .group = GROUP_ROWS,
        .summary = "show what happened to one row, who did it, when and why",
        .summary_zh = "显示一行的历次变动：何人、何时、为何",
        .arguments = {DB, REGISTER, ROW},
        .examples = {"heng history county.db births hospital/P100000001"},
        .run = run_history,
    },
    {
        .name = "correct",
        .group = GROUP_ROWS,
        .summary = "correct fields of one row; the old values stay in the history",
        .summary_zh = "更正一行中的字段；原值保留在历史中",
        .arguments = {DB,
                      REGISTER,
                      ROW,
                      {"FIELD=VALUE", "new values; nothing behind = empties the field",
                       .many = true}},
        .options = {REASON,
                    {"version", "N",
                     "refuse when the row is no longer of this version (heng show)"}},
        .examples = {"heng correct county.db births hospital/P100000001 weight=3200 "
                     "--reason 'typing "
                     "slip, seen in the paper register'"},
        .exits = "65 the new value is not valid; 73 someone else was faster",
        .run = run_correct,
    },
    {
        .name = "move",
        .group = GROUP_ROWS,
        .summary = "move one row to its next stage, as its workflow allows",
        .summary_zh = "按流程办理一条记录的下一步",
        .about = "Without MOVE it says where the row stands, and what each step that "
                 "leads on still asks for.",
        .arguments = {DB,
                      REGISTER,
                      ROW,
                      {"MOVE", "a step of the register's workflow", .optional = true}},
        .options =
            {{"set", "FIELD=VALUE", "what the step needs; may be repeated",
              .repeatable = true},
             {"attach", "FILE", "attach this file to the row first"},
             {"reason", "TEXT", "why; it is kept in the history"},
             {"for", "WHO",
              "whose decision it is, as the paper says: the history has this name "
              "and yours. A step that checks what another did is taken only for an "
              "account that holds its role and is not that other's"}},
        .examples = {"heng move county.db findings 2014-W004",
                     "heng move county.db findings 2014-W004 rectify --set "
                     "measure_taken='notice put up' --set rectified_on=2014-06-03 "
                     "--attach photo.jpg"},
        .exits = "65 something that the step needs is missing; 73 the row was changed "
                 "meanwhile, or related rows stand in the way",
        .run = run_move,
    },
    {
        .name = "moves",
        .group = GROUP_ROWS,
        .summary = "make a list of moves from a file, as an office kept it on paper",
        .summary_zh = "按清单文件批量办理流程步骤",
        .about = "A CSV or XLSX file with the columns register, row, move and, where "
                 "they are needed, for, reason and file; every other column is a field, "
                 "and fills it in where its cell is not empty. With a column day, only "
                 "the rows of today are made. From top to bottom; the first that cannot "
                 "be made ends it, and those before it stay. A file to attach is named "
                 "from the folder of the list.",
        .arguments = {DB, {"FILE", "CSV or XLSX"}},
        .examples = {"heng moves county.db june.csv"},
        .exits = "65 one of the moves is not possible: the message names its line",
        .run = run_moves,
    },
    {
        .name = "checklist compare",
        .group = GROUP_FIGURES,
        .summary = "self-checks beside inspections: where facilities say yes and "
                   "inspectors no",
        .summary_zh = "自查与检查比较：哪些项目机构自称合格而检查不合格",
        .about = "Each facility's latest self-check in the period beside its latest "
                 "inspection, item by item and facility by facility: how often both say "
                 "the same, with its interval, and kappa.",
        .arguments = {DB, {"NAME", "a checklist of the pack"}},
        .options = {PERIOD, AREA, ENGINE_OUTPUTS},
        .examples = {"heng checklist compare county.db fetal_sex_control --period 2014"},
        .run = run_checklist_compare,
    },
    {
        .name = "checklist read",
        .group = GROUP_PACKS,
        .summary = "make a checklist of an XLSForm or XForm (ODK, KoboToolbox)",
        .summary_zh = "把XLSForm或XForm表单（ODK、KoboToolbox）转为检查表",
        .about = "The YAML is printed, or written with --out, and compiles. All that has "
                 "no counterpart is named with its sheet, row and column; what would "
                 "change who is asked what, or lose an answer, refuses the form.",
        .arguments = {{"FORM", "an XLSX with the sheets survey, choices, settings"}},
        .options = {{"out", "FILE", "write there, such as pack/checklists/rounds.yaml"}},
        .examples = {"heng checklist read rounds.xlsx --out pack/checklists/rounds.yaml"},
        .exits = "65 the form cannot be taken; all reasons are printed",
        .run = run_checklist_read,
    },
    {
        .name = "strike",
        .group = GROUP_ROWS,
        .summary = "take one row out of all counts; it stays in the file",
        .summary_zh = "作废一行：不再计入，但仍保留",
        .arguments = {DB, REGISTER, ROW},
        .options = {REASON},
        .examples = {"heng strike county.db births hospital/P100000001 --reason 'the "
                     "same child as row 9'"},
        .run = run_strike,
    },
    {
        .name = "unstrike",
        .group = GROUP_ROWS,
        .summary = "count a struck row again",
        .summary_zh = "恢复计入已作废的一行",
        .arguments = {DB, REGISTER, ROW},
        .options = {REASON},
        .examples = {"heng unstrike county.db births hospital/P100000001 --reason 'two "
                     "children after all'"},
        .run = run_unstrike,
    },
    {
        .name = "ledger balances",
        .group = GROUP_ROWS,
        .summary = "what is where, by facility, item and lot",
        .summary_zh = "各机构、物品、批号的结存",
        .about = "Of every balance on the evening of a day: the lots that expire first "
                 "come first. Accounts (suppliers, what was used) stand behind the "
                 "facilities; the sum over all of them is zero.",
        .arguments = {DB, LEDGER},
        .options = {{"facility", "FACILITY", "one facility, by code or name"},
                    {"day", "DATE", "on the evening of this day; today otherwise"},
                    ENGINE_OUTPUTS},
        .examples = {"heng ledger balances county.db stock --day 2014-06-30"},
        .run = run_ledger_balances,
    },
    {
        .name = "ledger post",
        .group = GROUP_ROWS,
        .summary = "post a file of entries, all of them or none",
        .summary_zh = "将文件中的凭证全部记账，或全部不记",
        .about = "Columns: movement, day, quantity; from and to (facilities, by code or "
                 "name), item, lot, expires, price (of the line), document, note, "
                 "temperature. Rows that follow each other with the same text in the "
                 "column entry are lines of one entry. A stock count is a movement like "
                 "others: its quantity is what was counted. Everything that is wrong is "
                 "named. A file that was posted before is not posted again (nor an entry "
                 "with the same text in the column key).",
        .arguments = {DB, LEDGER, {"FILE", "CSV or XLSX"}},
        .examples = {"heng ledger post county.db stock june.csv"},
        .exits = "65 something cannot be posted, and nothing was",
        .run = run_ledger_post,
    },
    {
        .name = "ledger reverse",
        .group = GROUP_ROWS,
        .summary = "post the opposite of an entry, once; both stay",
        .summary_zh = "红字冲销一笔凭证（仅一次），两笔均保留",
        .arguments = {DB, LEDGER, {"ID", "the number of the entry"}},
        .options = {REASON, {"day", "DATE", "the entry's own day otherwise"}},
        .examples = {"heng ledger reverse county.db stock 17 --reason 'typed twice'"},
        .exits = "73 it was reversed or confirmed before, or too little is left",
        .run = run_ledger_reverse,
    },
    {
        .name = "ledger confirm",
        .group = GROUP_ROWS,
        .summary = "say what arrived of an entry that asks for it",
        .summary_zh = "确认一笔凭证的实收数量",
        .arguments = {DB, LEDGER, {"ID", "the number of the entry"}},
        .options = {{"arrived", "QUANTITY", "of each line, in their order: 10,2.5",
                     .repeatable = true, .required = true},
                    {"day", "DATE", "today otherwise"}},
        .examples = {"heng ledger confirm county.db stock 2 --arrived 58"},
        .exits = "73 it was confirmed or reversed before, or asks for none",
        .run = run_ledger_confirm,
    },
    {
        .name = "ledger reconcile",
        .group = GROUP_ROWS,
        .summary =
            "what was sent and did not arrive, and counts that differ from the book",
        .summary_zh = "核对：发出与收到不符或未确认的，盘点与账面不符的",
        .arguments = {DB, LEDGER},
        .options = {{"from", "DATE", "first day of what was sent or counted"},
                    {"to", "DATE", "last day"},
                    {"wait", "DAYS", "in which a confirmation may come; 7 otherwise"},
                    ENGINE_OUTPUTS},
        .examples = {"heng ledger reconcile county.db stock --wait 14"},
        .run = run_ledger_reconcile,
    },
    {
        .name = "ledger check",
        .group = GROUP_ROWS,
        .summary = "prove all entries of the ledgers, and every balance from them",
        .summary_zh = "证实全部凭证，并由凭证重算各结存",
        .arguments = {DB},
        .examples = {"heng ledger check county.db"},
        .exits = "76 something was altered",
        .run = run_ledger_check,
    },
    {
        .name = "overdue",
        .group = GROUP_ROWS,
        .summary = "move rows on whose deadline has passed, as their workflow says",
        .summary_zh = "按流程规定处理逾期记录",
        .about = "The server does this by itself every minute. A row that came to its "
                 "stage on this day waits until the next.",
        .arguments = {DB},
        .options = {{"today", "DATE", "as of this day; today when left out"}},
        .examples = {"heng overdue county.db"},
        .run = run_overdue,
    },
    {
        .name = "pack check",
        .group = GROUP_PACKS,
        .summary = "find every error of a pack",
        .summary_zh = "找出业务包的全部错误",
        .arguments = {{"DIR", "the pack's folder"}},
        .examples = {"heng pack check packs/cn-county"},
        .exits = "65 the pack has errors; all are printed",
        .run = run_pack_check,
    },
    {
        .name = "workflow",
        .group = GROUP_PACKS,
        .summary = "the stages and moves of a workflow, as tables or as a picture",
        .summary_zh = "流程的阶段与办理步骤（表格或图）",
        .arguments = {{"DB", "the county's file, or a pack's folder"},
                      {"NAME", "of the workflow; left out: all", .optional = true}},
        .options = {{"svg", "FILE", "draw it, as SVG"}},
        .examples = {"heng workflow county.db",
                     "heng workflow packs/cn-county finding --svg finding.svg"},
        .run = run_workflow,
    },
    {
        .name = "pack plan",
        .group = GROUP_PACKS,
        .summary = "what a pack would change in a file; changes nothing",
        .summary_zh = "业务包会对文件作哪些改动（只看不改）",
        .arguments = {DB, {"DIR", "the pack's folder"}},
        .examples = {"heng pack plan county.db packs/cn-county"},
        .run = run_pack_plan,
    },
    {
        .name = "pack apply",
        .group = GROUP_PACKS,
        .summary = "carry the plan out; no data is ever dropped",
        .summary_zh = "执行改动；绝不丢弃数据",
        .arguments = {DB, {"DIR", "the pack's folder"}},
        .examples = {"heng pack apply county.db packs/cn-county"},
        .exits = "73 the plan has changes that are refused; nothing was done",
        .run = run_pack_apply,
    },
#include "cli/commands_engines.def"
    {
        .name = "demo",
        .group = GROUP_HENG,
        .summary = "write the raw files of a county that never was",
        .summary_zh = "生成一个虚构县的原始文件",
        .about = "All people and places are invented. The same people and seed give the "
                 "same bytes.",
        .arguments = {{"DIR", "the folder to write into"}},
        .options = {{"people", "N", "1,000 to 5,000,000; 320,000 otherwise"},
                    {"seed", "S", "another county; 2014 otherwise"}},
        .examples = {"heng demo demo-county --people 20000"},
        .run = run_demo,
    },
    {
        .name = "help",
        .group = GROUP_HENG,
        .summary = "show all commands, or how one is called",
        .summary_zh = "显示全部命令或某一命令的用法",
        .arguments = {{"COMMAND", "a command", .optional = true, .many = true}},
        .options = {{"man", NULL, "print the manual page"},
                    {"markdown", NULL, "print all of it as Markdown"},
                    {"api", NULL, "print what 'heng serve' answers, as Markdown"}},
        .examples = {"heng help import", "heng help --man > heng.1"},
        .run = run_help,
    },
    {
        .name = "version",
        .group = GROUP_HENG,
        .summary = "print the version of Heng and of what it stands on",
        .summary_zh = "显示版本",
        .run = run_version,
    },
};
const size_t cli_n_commands = sizeof cli_commands / sizeof *cli_commands;

const char *cli_group_title(enum cli_group g, bool zh)
{
    static const char *const titles[CLI_GROUPS][2] = {
        [GROUP_COUNTY] = {"A county's file", "县数据文件"},
        [GROUP_FIGURES] = {"Figures and reports", "数据与报告"},
        [GROUP_ROWS] = {"Rows and places", "个案与地区"},
        [GROUP_PACKS] = {"Packs", "业务包"},
        [GROUP_ENGINES] = {"Engines on CSV files", "CSV 上的引擎"},
        [GROUP_HENG] = {"Heng itself", "衡本身"},
    };
    return titles[g][zh];
}
