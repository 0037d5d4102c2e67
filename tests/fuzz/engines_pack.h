// SPDX-License-Identifier: AGPL-3.0-or-later
// A small good pack with one file of each engine, for fuzz_engines.c: what a fuzzed file
// is laid over.
#ifndef TESTS_FUZZ_ENGINES_PACK_H
#define TESTS_FUZZ_ENGINES_PACK_H

#define LABEL "label: {en: X, zh: 某}"

static const struct {
    const char *path, *text;
} engines_pack[] = {
    {"pack.yaml", "pack: x\nversion: \"1\"\n" LABEL "\nlevels:\n"
                  "  county: {" LABEL ", digits: 6}\n  town: {" LABEL ", digits: 3}\n"},
    {"registers/areas.yaml", "register: areas\nkind: areas\n" LABEL "\n"},
    {"registers/facilities.yaml",
     "register: facilities\nkind: facilities\npurpose: supervision\n" LABEL
     "\narea: area\nkey: [code]\nfields:\n"
     "  code: {type: text, required: true, " LABEL "}\n"
     "  kind: {type: code, codes: {h: {en: H, zh: 院}}, " LABEL "}\n"
     "  area: {type: area, " LABEL "}\n"},
    {"registers/births.yaml",
     "register: births\npurpose: vital\n" LABEL
     "\narea: place\nfacility: born_at\ndate: born_on\nkey: [number]\nfields:\n"
     "  number: {type: text, " LABEL "}\n  place: {type: area, " LABEL "}\n"
     "  born_at: {type: facility, " LABEL "}\n  born_on: {type: date, " LABEL "}\n"
     "  sex: {type: code, codes: {m: {en: M, zh: 男}, f: {en: F, zh: 女}}, " LABEL "}\n"
     "  parity: {type: code, codes: {a: {en: 1, zh: 一}, b: {en: 2, zh: 二}}, " LABEL
     "}\n  mother: {type: int, " LABEL "}\n  weight: {type: int, " LABEL "}\n"},
    {"registers/residents.yaml",
     "register: residents\npurpose: statistics\n" LABEL
     "\narea: place\ndate: day\nfields:\n  place: {type: area, level: town, " LABEL "}\n"
     "  day: {type: date, " LABEL "}\n  age: {type: int, " LABEL "}\n"
     "  people: {type: int, " LABEL "}\n"
     "  sex: {type: code, codes: {m: {en: M, zh: 男}, f: {en: F, zh: 女}}, " LABEL "}\n"},
    {"registers/deaths.yaml",
     "register: deaths\npurpose: vital\n" LABEL
     "\narea: place\ndate: day\nfields:\n  place: {type: area, " LABEL "}\n"
     "  day: {type: date, " LABEL "}\n  born: {type: date, " LABEL "}\n"
     "  sex: {type: code, codes: {m: {en: M, zh: 男}, f: {en: F, zh: 女}}, " LABEL "}\n"},
    {"registers/signals.yaml",
     "register: signals\npurpose: supervision\n" LABEL
     "\narea: place\nfacility: facility\ndate: until\nfields:\n"
     "  look: {type: text, " LABEL "}\n  period: {type: text, " LABEL "}\n"
     "  subject: {type: text, " LABEL "}\n  place: {type: area, " LABEL "}\n"
     "  facility: {type: facility, " LABEL "}\n  since: {type: date, " LABEL "}\n"
     "  until: {type: date, " LABEL "}\n  stratum: {type: text, " LABEL "}\n"
     "  counted: {type: int, " LABEL "}\n  of_all: {type: int, " LABEL "}\n"
     "  expected: {type: decimal, " LABEL "}\n  ratio: {type: decimal, " LABEL "}\n"
     "  ratio_low: {type: decimal, " LABEL "}\n  ratio_high: {type: decimal, " LABEL
     "}\n  p_value: {type: decimal, " LABEL "}\n  review: {type: bool, " LABEL "}\n"
     "  text_en: {type: text, " LABEL "}\n  text_zh: {type: text, " LABEL "}\n"},
    {"registers/campaigns.yaml",
     "register: campaigns\npurpose: supervision\n" LABEL
     "\narea: area\ndate: begins_on\nkey: [number]\nworkflow: campaign\nfields:\n"
     "  number: {type: text, " LABEL "}\n  area: {type: area, " LABEL "}\n"
     "  begins_on: {type: date, " LABEL "}\n  until_on: {type: date, " LABEL "}\n"
     "  planned: {type: int, " LABEL "}\n"},
    {"registers/tasks.yaml",
     "register: tasks\npurpose: supervision\n" LABEL
     "\narea: area\ndate: due_on\nkey: [number]\nworkflow: finding\nfields:\n"
     "  number: {type: text, " LABEL "}\n  area: {type: area, " LABEL "}\n"
     "  campaign: {type: text, refers: campaigns, " LABEL "}\n"
     "  phase: {type: code, codes: {open: {en: O, zh: 开}, done: {en: D, zh: 毕}}, " LABEL
     "}\n  item: {type: code, codes: {plan: {en: P, zh: 案}, report: {en: R, zh: "
     "告}}, " LABEL "}\n  body: {type: text, " LABEL "}\n  due_on: {type: date, " LABEL
     "}\n"
     "  found_on: {type: date, " LABEL "}\n  measure: {type: text, " LABEL "}\n"},
    {"registers/visits.yaml",
     "register: visits\npurpose: supervision\n" LABEL
     "\narea: area\nfacility: facility\ndate: day\nkey: [number]\nfields:\n"
     "  number: {type: text, " LABEL "}\n  area: {type: area, " LABEL "}\n"
     "  facility: {type: facility, " LABEL "}\n  day: {type: date, " LABEL "}\n"
     "  campaign: {type: text, refers: campaigns, " LABEL "}\n"
     "  finding: {type: text, refers: findings, " LABEL "}\n"
     "  team: {type: text, " LABEL "}\n  made: {type: bool, " LABEL "}\n"},
    {"registers/findings.yaml",
     "register: findings\npurpose: supervision\n" LABEL
     "\narea: area\nfacility: facility\ndate: found_on\nkey: [number]\n"
     "workflow: finding\nfields:\n"
     "  number: {type: text, " LABEL "}\n  area: {type: area, " LABEL "}\n"
     "  facility: {type: facility, " LABEL "}\n  found_on: {type: date, " LABEL "}\n"
     "  campaign: {type: text, refers: campaigns, " LABEL "}\n"
     "  severity: {type: code, codes: {a: {en: A, zh: 轻}, b: {en: B, zh: 重}}, " LABEL
     "}\n  measure: {type: text, " LABEL "}\n"},
    {"registers/goods.yaml",
     "register: goods\npurpose: supervision\n" LABEL
     "\narea: kept_by\nkey: [code]\nfields:\n  code: {type: text, " LABEL "}\n"
     "  unit: {type: text, " LABEL "}\n  kept_by: {type: area, " LABEL "}\n"
     "  low: {type: decimal, " LABEL "}\n  high: {type: decimal, " LABEL "}\n"},
    {"registers/cases.yaml",
     "register: cases\npurpose: supervision\n" LABEL
     "\narea: area\nkey: [number]\nfields:\n  number: {type: text, " LABEL "}\n"
     "  area: {type: area, " LABEL "}\n  fine: {type: int, " LABEL "}\n"
     "  origin: {type: code, codes: {tip: {en: T, zh: 举}, visit: {en: V, zh: "
     "查}}, " LABEL "}\n"},
    {"registers/papers.yaml",
     "register: papers\npurpose: supervision\n" LABEL
     "\narea: area\nfields:\n  area: {type: area, " LABEL "}\n"
     "  case_number: {type: text, refers: cases, " LABEL "}\n"
     "  item: {type: code, codes: {record: {en: R, zh: 录}, decision: {en: D, zh: 决}, "
     "receipt: {en: C, zh: 据}}, " LABEL "}\n"},
    {"indicators/births.yaml",
     "group: births\n" LABEL "\nindicators:\n  srb:\n    " LABEL
     "\n    definition: {en: D, zh: 定}\n"
     "    numerator: count(births where sex = m)\n"
     "    denominator: count(births where sex = f)\n    per: 100\n    decimals: 1\n"
     "    unit: {en: U, zh: 单}\n    interval: ratio\n    reference: [106, 105, 107]\n"
     "    by: [parity]\n"},
    // --- one file of each engine
    {"workflows/finding.yaml",
     "workflow: finding\n" LABEL "\nstages:\n"
     "  open: {" LABEL ", within: 30 days, from: found_on, else: escalate}\n"
     "  mended: {" LABEL ", within: 1 month}\n  escalated: {" LABEL "}\n"
     "  closed: {" LABEL ", final: true}\nmoves:\n"
     "  mend: {" LABEL ", from: [open, escalated], to: mended, by: [facility], needs: "
     "[measure], file: true}\n"
     "  verify: {" LABEL ", from: mended, to: closed, not: mend, reason: true, "
     "sets: measure, when: found_on is not null, when_label: {en: W, zh: 何}}\n"
     "  escalate: {" LABEL ", from: open, to: escalated}\n"},
    {"workflows/campaign.yaml",
     "workflow: campaign\n" LABEL "\nstages:\n  open: {" LABEL ", from: until_on}\n"
     "  done: {" LABEL ", final: true}\nmoves:\n"
     "  close: {" LABEL ", from: open, to: done, by: [inspector]}\n"},
    {"schedules/weigh.yaml",
     "schedule: weigh\n" LABEL "\nfor: births\nfrom: born_on\npoints:\n"
     "  m1: {at: 1 month, " LABEL "}\n  m3: {at: 3 months, " LABEL "}\n"
     "grace: 15 days\ndone: weight > 0\n"},
    {"ledgers/stock.yaml",
     "ledger: stock\n" LABEL "\nkind: goods\npurpose: supervision\nlots: true\n"
     "items: {register: goods, unit: unit, cold_low: low, cold_high: high}\n"
     "accounts:\n  supplier: {" LABEL ", negative: true}\n  used: {" LABEL "}\n"
     "movements:\n  receive: {" LABEL ", from: supplier, to: place}\n"
     "  send: {" LABEL ", from: place, to: place, confirm: true}\n"
     "  use: {" LABEL ", from: place, to: used, expired: true}\n"
     "  count: {" LABEL ", account: supplier, count: true}\n"},
    {"checklists/rounds.yaml",
     "checklist: rounds\nedition: \"1\"\n" LABEL
     "\npass: 80\nsections:\n  one:\n    " LABEL
     "\n    items:\n      licence: {type: code, points: 5, critical: true, codes: "
     "{yes: {en: Y, zh: 是, points: 5}, no: {en: N, zh: 否, points: 0, fails: true}, na: "
     "{en: n/a, zh: 无, not_applicable: true}}, " LABEL "}\n"
     "      machines: {type: int, " LABEL "}\n"
     "      clean: {points: 2, ask: machines > 0, " LABEL "}\n"},
    {"channels/tips.yaml",
     "channel: tips\n" LABEL "\nintro: {en: I, zh: 请}\npromise: {en: P, zh: 诺}\n"
     "public: true\nreaders: [tip_reader]\nanswer_within: 15 days\nkeep: 365 days\n"
     "questions:\n  facility: {type: facility, required: true, " LABEL "}\n"
     "  what: {type: code, codes: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}}, " LABEL "}\n"
     "  text: {type: text, max_length: 8000, " LABEL "}\n"},
    {"campaigns/campaign.yaml",
     "campaign: campaigns\n" LABEL "\nbegins: begins_on\nuntil: until_on\n"
     "planned: planned\ntasks: {rows: tasks.campaign, phase: phase, item: item, body: "
     "body}\nvisits: {rows: visits.campaign, made: made, team: team}\n"
     "findings: {rows: findings.campaign, severity: severity}\nchecklists: [rounds]\n"
     "targets: [srb]\n"},
    {"cases/case.yaml",
     "case: cases\n" LABEL "\npapers: papers.case_number\nitem: item\nby: origin\n"
     "required: {tip: [record, decision], visit: [decision]}\n"
     "when: {receipt: fine > 0}\n"},
    {"projections/ahead.yaml",
     "projection: ahead\n" LABEL "\nlook_back_years: 5\n"
     "people: {register: residents, sex: sex, age: age, people: people}\n"
     "births: {register: births, sex: sex, mother_birth_year: mother, where: weight > "
     "500}\ndeaths: {register: deaths, sex: sex, born: born}\n"},
    {"watch/srb.yaml",
     "watch: srb\n" LABEL "\nratio: srb\nstrata: parity\nlook_back_years: [1, 5]\n"
     "keep: signals\nlooks:\n  order: {kind: strata, alarm: 0.01, " LABEL "}\n"
     "  town: {kind: area, level: town, alarm: 0.01, " LABEL "}\n"
     "  place: {kind: facility, alarm: 0.01, " LABEL "}\n"
     "  pair: {kind: contrast, level: town, alarm: 0.01, of: [count(births where sex = "
     "m), count(births where sex = f)], against: [count(births where parity = a), "
     "count(births where parity = b)], " LABEL "}\n"
     "  round: {kind: round, register: births, field: weight, to: 100, alarm: "
     "0.01, " LABEL
     "}\n  even: {kind: even, value: count(births), every: month, alarm: 0.01, " LABEL
     "}\n  found: {kind: rows, value: count(findings where stage = open), " LABEL
     "}\n  goods: {kind: ledger, ledger: stock, more_than: 1, wait: 30, " LABEL "}\n"},
};

#undef LABEL

enum { ENGINES_PACK_FILES = sizeof engines_pack / sizeof *engines_pack };

#endif
