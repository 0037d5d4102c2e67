// SPDX-License-Identifier: AGPL-3.0-or-later
// Every request and answer of the JSON API: the contract between src/serve and the pages.
// Ids are 63 bits and travel as strings. Days are ISO (2014-06-05), times UTC with
// milliseconds, periods DHIS2 ids (201406, 2014Q2, 2014S1, 2014, 2014Oct). An area is named by
// its official code. A label comes in both languages; a sentence too, so that a page can switch
// without asking again.

export interface Label { en: string; zh: string }
/** Any answer with a status of 400 or more. */
export interface Failure {
  /** text, cure: in the language asked for; detail: the English sentence, where that language has only general words for it. */
  error: { code: string; key: string; where: string; text: string; cure: string; detail?: string; retry_after?: number };
  /** 409 of a row: as it is now. */
  current?: Row;
  /** A row that was refused: all that is wrong with it. */
  problems?: Problem[];
  /** 401 of a log-in. */
  needs?: "code";
}

// --- who am I: /api/session

export type Fn = "figures" | "import" | "explain" | "people" | "pack" | "file" | "audit";
export interface Session { // GET /api/session; POST answers the same
  signed_in: boolean;
  /** No account yet: open the one-time link that the server printed. */
  first_run: boolean;
  county: { name: Label; pack: string; version: string; today: string; demo: boolean };
  user?: { id: string; name: string; full_name: string; language: "zh" | "en" | ""; totp: boolean; roles: Label[]; area: string };
  /** To be sent back as X-Heng-CSRF with everything but GET. */
  csrf?: string;
  functions?: Fn[];
  /** Areas that "" means: the caller's own roots. */
  areas?: string[];
}
export interface LogIn { name: string; password: string; code?: string } // POST /api/session; DELETE ends it
export interface PasswordChange { old: string; new: string } // POST /api/session/password
export interface TotpStart { secret: string; uri: string; qr_svg: string } // POST /api/session/totp OwnPassword
export interface TotpCode { code: string } // PUT /api/session/totp ; DELETE /api/session/totp OwnPassword
export interface Settings { language?: "zh" | "en" | ""; full_name?: string } // PATCH /api/session
export interface OpenSession { id: string; mine: boolean; /** Browser and system in plain words; '': not known. */ device: string; made_at: string; seen_at: string } // GET /api/sessions -> {sessions}; DELETE /api/sessions/{id}
/** A form from a phone that was refused and waits for somebody. */
export interface Submission {
  id: string;
  instance: string;
  form: string;
  register: string | null; // null: there is no such form, or none that one may write
  who: string;
  at: string;
  tries: number;
  reason: Label;
  source: string;
  corrects: boolean; // it was to correct a row
  values: Record<string, string>;
  files: { name: string; size: number }[];
}
export interface Settle { row?: string; reason?: string } // POST /api/submissions/{id}/settle
export interface Token { id: string; name: string; made_at: string; until: string | null; used_at: string | null; read_only: boolean; device: boolean; token?: string; settings?: string; qr_svg?: string } // device: of a phone, made with {name, days?, device: true, address}, with ODK Collect's settings. GET /api/tokens -> {tokens}; DELETE /api/tokens/{id}
export interface NewToken { name: string; days?: number; read_only?: boolean; device?: boolean; address?: string } // POST /api/tokens -> Token with token, once; address: of this server, for a phone
export interface Link { kind: "first" | "invitation" | "reset"; name: string; full_name: string } // GET /api/links/{token}
export interface LinkUse { name?: string; full_name?: string; password: string } // POST /api/links/{token} -> Session

// --- what there is: /api/model (one answer, cached; nothing about rows)

export type FieldType = "bool" | "int" | "decimal" | "date" | "text" | "name" | "code" | "period" | "area" | "facility";
export interface Code { value: string; label: Label }
export interface Rule { name: string; label: Label; cure: Label; severity: "note" | "warning" | "error"; when: Expr; text: string }
export interface Field {
  name: string; type: FieldType; label: Label; unit: Label; help: Label;
  required: boolean; identifies: boolean; system: boolean; key: boolean;
  min?: number; max?: number; max_length?: number; codes?: Code[]; level?: string; period_kind?: string;
  rules: Rule[];
}
export interface Register {
  name: string; label: Label; kind: "rows" | "areas" | "facilities"; purpose: "care" | "vital" | "supervision" | "benefit" | "statistics";
  fields: Field[]; sources: Code[]; area?: string; facility?: string; date?: string; key: string[]; checks: Rule[];
  /** Its rows have the fields stage, stage_on and stage_due, which only moves set. */
  workflow?: string;
  /** Its rows are cases: GET .../rows/{id}/file. */
  case_file?: boolean;
  due?: { every: string; by_day: number; level?: string; kinds?: string[] };
  may: { read: boolean; write: boolean; import: boolean };
}
/** A checklist and the register (of the same name) that holds its rows. Score of a row: of the items that are asked, answered
 *  and do not say not_applicable, 100 x points of the answers / points of the items. The fields edition, score and critical of
 *  the register are worked out by Heng on each save. */
export interface Checklist {
  register: string; edition: string; label: Label; pass: number | null;
  sections: { name: string; label: Label; items: ChecklistItem[] }[];
}
export interface ChecklistItem {
  field: string; hint: Label; ask: Expr | null; required: boolean; points: number; critical: boolean; photo: boolean;
  /** By answer; of a yes / no item "1" and "0". */
  scores: { code: string; points: number; not_applicable: boolean; failed: boolean }[];
}
/** else: the move that is made when the deadline has passed. */
export interface Stage { name: string; label: Label; final: boolean; within: Label | null; from: string | null; else: string | null }
export interface Move {
  name: string; label: Label; from: string[]; to: string; /** Roles; none: whoever may write the row. */ by: string[];
  needs: string[]; sets: string[]; file: boolean; reason: boolean; /** Moves whose maker may not make this one. */ not: string[];
  when: Label | null; gates: Label[];
}
export interface Workflow { name: string; label: Label; stages: Stage[]; moves: Move[] } // drawn: GET /api/workflows/{name}/chart
/** A row expression as a tree, for rules on a form without the server: [op, ...arguments].
 *  ["field", name] ["number", x] ["text", s] ["date", iso] ["code", value] ["true"] ["null"]
 *  ["+"|"-"|"*"|"/"|"and"|"or", a, b, ...] (from left to right) ["="|"<>"|"<"|"<="|">"|">=", a, b] ["not"|"neg", a] ["in", a, ...list] ["between", a, low, high]
 *  ["is_null", a] ["is_not_null", a] ["case", [when, then], ..., else] and the helpers by name:
 *  ["today"] ["days", n] ["age_months", a, b] ["age_years", a, b] ["year", d] ["month", d] ["coalesce", ...] ["abs", x]
 *  ["least", ...] ["greatest", ...] ["within_days", a, b, n] ["length", t] ["lookup", field, attribute] */
export type Expr = [string, ...unknown[]];
export interface Indicator {
  name: string; group: string; label: Label; definition: Label; edition: string; unit: Label; per: number; decimals: number;
  numerator: string; denominator: string; better: -1 | 0 | 1; target: number | null;
  reference: { value: number; low: number; high: number } | null; by: string[]; from: string | null; to: string | null;
}
export interface Model {
  pack: string; version: string; label: Label; suppress_below: number;
  levels: { name: string; label: Label }[]; registers: Register[]; checklists: Checklist[]; indicators: Indicator[];
  groups: { name: string; label: Label }[];
  reports: { name: string; label: Label; every: string }[]; checks: { name: string; label: Label; cure: Label; severity: string }[];
  workflows: Workflow[];
  /** Months with rows, first and last, of the registers that figures come from. */
  months: { first: string; last: string } | null;
}
export interface Area { code: string; name: string; name_en: string; level: string; parent: string; from: string | null; to: string | null; children: number }
export interface Areas { areas: Area[] } // GET /api/areas?under=CODE (itself first, then its children; "": the caller's roots; deep=1: all below)
export interface Facility { code: string; name: string; name_en: string; kind: string; area: string }
export interface Facilities { facilities: Facility[] } // GET /api/facilities?area=&q=
export interface AreaMap { type: "FeatureCollection"; features: unknown[] } // GET /api/areas/map?under=; empty when no geometry was loaded; PUT /api/areas/map (GeoJSON, function file)
export interface Found { // GET /api/search?q=
  areas: Area[]; facilities: Facility[]; indicators: { name: string; label: Label }[];
  people: { register: string; id: string; text: string; detail: string }[];
}

// --- rows: /api/registers/{register}/...

/** Values as canonical text: numbers in decimal, days ISO, codes by value, places by code; null: none. */
export type Values = Record<string, string | null>;
export interface Row {
  id: string; version: number; state: "current" | "struck"; source: string | null;
  values: Values;
  /** For places, what they are called. */
  names?: Record<string, Label>;
  saved_at: string; saved_by: string;
  /** Of a checklist with photographs: how many are asked for and not attached to their items; above 0 the row is incomplete. */
  photos_missing?: number;
}
/** GET .../rows?f.NAME=FILTER&q=&state=current|struck|all&sort=[-]NAME&limit=&after=&count=1&columns=a,b
 *  FILTER: value | a,b,c | from..to (either end open) | ~contains | null | notnull; an area means its subtree. */
export interface Rows { // by columns: the members of a Row, each as a list in the order of the rows
  id: string[]; version: number[]; state: ("current" | "struck")[];
  /** Not where `columns` were named: then they are among `values` if they are asked for. */
  source?: (string | null)[]; saved_at?: string[]; saved_by?: string[];
  /** By field: as a data frame has it. */
  values: Record<string, (string | null)[]>;
  photos_missing?: number[];
  /** What the places of all rows are called, by field and code; the rows have no `names` of their own. */
  names: Record<string, Record<string, Label>>;
  next: string | null; count?: { shown: number; all: number; hidden: number }; indexing?: number;
}
export interface RowFull extends Row { // GET .../rows/{id}
  may: { write: boolean }; attachments: Attachment[]; warnings: Problem[];
}
export interface Event { seq: number; at: string; who: string; change: "insert" | "correct" | "strike" | "restore" | "move"; before: Values | null; after: Values | null; reason: string } // GET .../rows/{id}/history -> {events}; the reason of a move begins "NAME: "
export interface Events { events: Event[] }
export interface NewRow { values: Values; source?: string; /** Made by the sender, so that sending twice makes one row. */ key?: string;
  /** Items of a checklist whose photographs are sent when the row is saved. Told, those that are asked for and not among them refuse
   *  the row; not told, the row is saved and incomplete until they are attached. */
  photos?: string[] } // POST .../rows -> 201 Saved
export interface Saved { id: string; version: number; warnings: Problem[]; repeated: boolean }
export interface Batch { rows: NewRow[] } // POST .../rows/batch -> BatchResult (at most 1,000 rows; each saved or not by itself)
export interface BatchResult { results: (Saved | Failure)[] }
export interface Change { version: number; values: Values; reason: string } // PATCH .../rows/{id} -> Saved; 409 Failure with current
export interface Why { reason: string; version?: number } // POST .../rows/{id}/strike, .../restore -> Saved
export interface Reason { reason: string }
export interface Moves { // GET .../rows/{id}/moves; of a row without a workflow 422
  stage: string; since: string | null; due: string | null; late: boolean; final: boolean; version: number;
  offers: MoveOffer[];
}
/** blocked: null when it may be made now (with what is missing); rows: how many stand in the way of a gate (0: one is wanted). */
export interface MoveOffer {
  move: string; blocked: { by: "role" | "hand" | "gate"; text: Label; rows: number } | null;
  missing: string[]; missing_file: boolean;
}
export interface MakeMove { move: string; version: number; values?: Values; reason?: string } // POST .../rows/{id}/moves -> Saved; 409 Failure with current
export interface Problem { field: string; severity: "note" | "warning" | "error"; text: Label; cure: Label }
export interface CheckRow { values: Values; source?: string; id?: string } // POST .../rows/check -> Checked (saves nothing)
export interface Checked { problems: Problem[]; alike: Alike[] }
export interface Alike { id: string; values: Values; names?: Record<string, Label>; same: string[]; differs: string[]; probability: number }
export interface Attachment { id: string; name: string; /** Field that it is evidence for. */ item: string | null; type: string; size: number; hash: string; at: string; who: string }

// --- goods and money in double entry: /api/ledgers. A quantity is a decimal number as text ("12.5"), so that none is rounded

export interface Ledger {
  name: string; label: Label; kind: "goods" | "money"; lots: boolean; cold: boolean;
  accounts: { name: string; label: Label }[]; movements: LedgerMovement[]; items: LedgerItem[]; may_write: boolean;
}
/** from and to: "place" (a facility), or an account. */
export interface LedgerMovement { name: string; label: Label; from: string; to: string; confirm: boolean; count: boolean; expired: boolean }
export interface LedgerItem { code: string; label: Label; unit: Label; cold_low: number | null; cold_high: number | null }
export interface Ledgers { ledgers: Ledger[] } // GET /api/ledgers
export interface LedgerBalance {
  /** Both facility and account: on the way to the facility. */
  facility: Bucket | null; account: string; item: string; lot: string; expires: string | null; state: "" | "soon" | "expired";
  quantity: string; value: string; last: string;
}
export interface LedgerBalances { day: string; balances: LedgerBalance[] } // GET /api/ledgers/{ledger}/balances?facility=&day=
export interface LedgerSuggestion { lines: { lot: string; expires: string | null; quantity: string }[] } // GET /api/ledgers/{ledger}/suggest?facility=&item=&day=&quantity=
/** quantity of a count: what was missing, under zero: too much; counted: only of a count. */
export interface LedgerLine { item: string; lot: string; expires: string | null; quantity: string; counted?: string; price?: string }
export interface LedgerEntry {
  id: string; kind: "entry" | "reversal" | "confirmation"; of: string | null; movement: string; day: string;
  from: Bucket | null; from_account: string; to: Bucket | null; to_account: string;
  document: string; note: string; who: string; at: string; temperature: number | null; warning: Label | null;
  reversed_by: string | null; confirmed_by: string | null; lines: LedgerLine[];
}
export interface LedgerEntries { entries: LedgerEntry[]; next: string | null } // GET /api/ledgers/{ledger}/entries
export interface NewLedgerEntry { // POST /api/ledgers/{ledger}/entries -> 201 LedgerPosted
  movement: string; day: string; /** Codes of facilities, where the movement has a place. */ from?: string; to?: string;
  document?: string; note?: string; temperature?: number | null; /** Made by the sender, so that sending twice makes one entry. */ key?: string;
  lines: NewLedgerLine[];
}
export interface NewLedgerLine { item?: string; lot?: string; expires?: string; quantity: string; price?: string }
export interface LedgerPosted { id: string; repeated: boolean; warning: Label | null }
export interface LedgerReversal { reason: string; day?: string } // POST /api/ledgers/{ledger}/entries/{id}/reverse -> LedgerPosted (day left out: the entry's)
export interface LedgerConfirmation { arrived: string[]; day?: string } // POST /api/ledgers/{ledger}/entries/{id}/confirm -> LedgerPosted (by line; day left out: today)
export interface LedgerDifference { entry: string; day: string; from: Bucket | null; to: Bucket | null; item: string; lot: string; /** A count: sent is what the book said, arrived what was counted; to is null. */ counted: boolean; sent: string; /** null: nobody has said. */ arrived: string | null }
export interface LedgerDifferences { wait: number; differences: LedgerDifference[] } // GET /api/ledgers/{ledger}/reconcile?from=&to=&wait=
// POST .../rows/{id}/attachments (body: the file; X-File-Name: percent-encoded; ?item=FIELD: the item that it is evidence for) -> Attachment; GET /api/attachments/{id}; POST /api/attachments/{id}/strike Reason
// GET .../export?format=csv|xlsx and the same filters

// --- imports: /api/imports

export interface ImportColumn { heading: string; samples: string[]; field: string | null; by: "not" | "left_out" | "given" | "kept" | "name" | "label" | "also" | "level" | "own" | "unknown"; level?: string }
export interface Import {
  id: string; register: string; source: string; file: string; size: number; at: string; who: string;
  state: "uploaded" | "checking" | "checked" | "saving" | "saved" | "failed" | "undone"; job?: string;
  sheets?: string[]; sheet?: string; header_line?: number; columns?: ImportColumn[]; complete?: boolean; missing?: string[];
  result?: { rows: number; inserted: number; corrected: number; unchanged: number; rejected: number; warned: number;
    problems: { key: string; example: Label; count: number; error: boolean; note?: boolean }[]; rejects: boolean; before_at: string | null };
  error?: Failure["error"];
  undo: { may: boolean; why: Label };
}
// POST /api/imports?register=&source= (body: the file; X-File-Name) -> Import; GET /api/imports?after= -> {imports, next}; GET /api/imports/{id}
export interface ImportMapping { map: Record<string, string>; sheet?: string } // PUT /api/imports/{id}/mapping -> Import ("" leaves a column out)
export interface Imports { imports: Import[]; next: string | null }
// POST /api/imports/{id}/check, /save, /undo Reason -> Import with job; DELETE /api/imports/{id} (not yet saved); GET /api/imports/{id}/rejects

export interface Job { id: string; kind: string; state: "waiting" | "running" | "done" | "failed"; done: number; rows: number; result?: unknown; error?: Failure["error"] } // GET /api/jobs/{id}
/** GET /api/events: text/event-stream. `fresh` {state}: something changed, ask again; `job` Job; `reading` {done}: a register is
 *  being read into memory, 0 to 1. */

// --- numbers

export interface Figure {
  state: "ok" | "no_data" | "suppressed" | "not_defined";
  numerator?: number; denominator?: number; value?: number; low?: number; high?: number; rows?: number;
  outside?: boolean; target?: -1 | 0 | 1;
}
export interface Bucket { code: string; label: Label }
/** GET /api/figures?indicators=a,b&area=&period=&by=AXIS,AXIS&before=1&format=. An axis: a level, a field, facility, month, quarter, half, year.
 *  A period: one, or several of one kind, 2010..2014. */
export interface Figures {
  area: Bucket; period: Bucket; axes: { name: string; label: Label; buckets: Bucket[] }[];
  /** sums: of a period of several (2010..2014) that is broken down by one axis of time: over that axis, by the other axes.
   *  null: the figures tell how things stood in each period, or the definition changed, and there is no sum. */
  indicators: { name: string; figures: Figure[]; sums?: Figure[] | null; unplaced: number }[];
  /** Of the same months a year earlier, when asked for with before=1. */
  before?: { period: Bucket; indicators: { name: string; figures: Figure[] }[] };
  made: Made;
}
export interface Made { at: string; state: string; today: string; suppress_below: number; pack: string; version: string }
/** Where the rows of a number are, for those who may see them; exact: these and no others, else some more. */
export interface RowsOf { register: string; query: string; exact: boolean }
/** GET /api/indicators/{name}?area=&period=: how this number was made. before: null of several periods (a sum). */
export interface Explained {
  indicator: Indicator; area: Bucket; period: Bucket; figure: Figure; before: Figure | null;
  /** rows null: hidden. */
  sources: { register: string; label: Label; rows: number | null; last_saved_at: string | null; first: string | null; last: string | null }[];
  suppression: Label; certainty: Label; formula: Label;
  rows: RowsOf | null;
  made: Made;
}
/** GET /api/overview?area=&period=: the page Overview in one answer. */
export interface Overview {
  area: Bucket & { level: string; parent: string }; period: Bucket; before: Bucket;
  cards: { name: string; label: Label; unit: Label; decimals: number; figure: Figure; before: Figure; certainty: Label; reference: Indicator["reference"]; target: number | null; better: number; link: string }[];
  /** null in a list: hidden. */
  births: { orders: Bucket[]; boys: (number | null)[]; girls: (number | null)[]; unknown: (number | null)[]; ratio: Figure[] } | null;
  /** The ratio (or, where there is none, the first card) in each child of the area. */
  children: { level: string; buckets: Bucket[]; indicator: string; figures: Figure[]; births: Figure[] } | null;
  trend: { indicator: string; periods: Bucket[]; figures: Figure[] }[];
  coverage: { indicator: string; label: Label; figure: Figure; before: Figure; target: number | null; band: "met" | "near" | "far" | "none" }[];
  timeliness: { registers: { name: string; label: Label }[]; periods: Bucket[]; reporters: Bucket[]; /** reporter x period; worst of the registers. */ states: ("on_time" | "late" | "missing" | "open" | "none")[][] };
  signals: Signal[];
  findings: Counts | null;
  made: Made;
}
/** Findings; explained ones are counted apart. Counting takes seconds on a large file, so a page that only shows the counts
 *  has them where they are known (of `at`, a moment ago at most), else null: then GET /api/checks?limit=0 counts. */
export interface Counts { errors: number; warnings: number; notes: number; explained: number; at?: string }
export interface Signal { id: string; text: Label; review: boolean; area: Bucket | null; facility: Bucket | null; period: Bucket; at: string; finding: string; link: string }
/** GET /api/today */
export interface Today {
  due: DueItem[]; late: DueItem[]; late_total: number; due_total: number;
  arrived: { at: string; who: string; register: string; label: Label; source: string; inserted: number; corrected: number; file: string; import: string }[];
  signals: Signal[]; findings: Counts | null;
  period: Bucket; made: Made;
}
export interface DueItem { register: string; label: Label; area: Bucket | null; facility: Bucket | null; period: Bucket; due: string; received: string | null; state: "on_time" | "late" | "missing" | "open" }
/** GET /api/due?area=&period=&register= */
export interface Due { items: DueItem[]; registers: { name: string; label: Label; owed: number; on_time: number; late: number; missing: number }[]; made: Made }
export type OwedState = "later" | "open" | "late" | "done" | "done_late";
/** What a row owes by a schedule of the pack. late_from: the first day on which it is late. */
export interface Owed {
  schedule: string; label: Label; point: string; point_label: Label; cure: Label;
  register: string; row: string; key: string; area: Bucket | null; facility: Bucket | null;
  opens: string; due: string; late_from: string; done: string | null; state: OwedState;
}
/** GET /api/owed?schedule=&area=&state=&from=&to=&sort=&limit=; owed: whose grace has passed or that are done. */
export interface OwedList { items: Owed[]; total: number; owed: number; on_time: number; late_done: number; late: number; from: string; to: string; made: Made }
/** GET /api/owed/rates?area=&from=&to=; ticked: rows can show that it was done (else there is no completeness). */
export interface OwedRates {
  from: string; to: string;
  schedules: { name: string; label: Label; register: string; ticked: boolean; owed: number | null; on_time: number | null; late_done: number | null; late: number | null }[];
  made: Made;
}
/** GET /api/owed/days?schedule=&area=&from=&to= */
export interface OwedDays { from: string; to: string; days: OwedDay[]; made: Made }
export interface OwedDay { day: string; kind: "rows" | "reports"; name: string; label: Label; point: Bucket; later: number; open: number; late: number; done: number }
/** GET, POST, DELETE /api/calendar; address: only of a new one, this once. */
export interface Calendar { made_at: string | null; used_at: string | null; address: string | null }
/** GET /api/checks?area=&period=&only=&limit=&after= */
export interface Checks { findings: Finding[]; next: string | null; totals: Counts; by: { check: string; label: Label; severity: string; count: number; explained: number }[]; made: Made }
export interface Finding {
  key: string; check: string; label: Label; text: Label; cure: Label; severity: "error" | "warning" | "note";
  register: string | null; area: Bucket | null; facility: Bucket | null; period: Bucket; count: number; ids: string[];
  /** What was compared, and where its rows are, for those who may see them. */
  sides: { label: Label; rows: RowsOf | null }[];
  explained: { text: string; who: string; at: string } | null;
}
export interface Explain { key: string; check: string; text: string } // POST /api/checks/explain; POST /api/checks/unexplain {key}
export interface Unexplain { key: string }
/** n = same + over + under + other; over: the facility said it is well and the inspectors did not. low, high: interval of same / n. */
export interface CompareCounts { n: number; same: number; over: number; under: number; other: number; low: number | null; high: number | null }
export interface CompareVisit { id: string; on: string; score: number | null; critical: number }
/** GET /api/checklists/{register}/compare?area=&period= */
export interface ChecklistComparison {
  register: string; label: Label; area: Bucket; period: Bucket;
  /** Facilities with a self-check and an inspection in the period, or with one of them. */
  both: number; only_self: number; only_inspection: number; other_edition: number;
  mean_self: number | null; mean_inspection: number | null; counts: CompareCounts; design_effect: number | null;
  items: { field: string; label: Label; section: string; critical: boolean; counts: CompareCounts; kappa: number | null; kappa_low: number | null; kappa_high: number | null }[];
  facilities: { facility: Bucket; area: Bucket | null; self: CompareVisit | null; inspection: CompareVisit | null; counts: CompareCounts }[];
  made: Made;
}
/** One register's rows about a facility, newest first; values as rows have them, of what refers to a row its name. */
export interface FacilityPart {
  register: string; label: Label; n: number; open: number; late: number; running_out: number; over: number; columns: string[];
  rows: { id: string; late: boolean; values: Record<string, string | null> }[];
}
/** GET /api/facilities/{code}/file?format=json|html|pdf|xlsx; id, values: of its row, where that is the caller's to read. */
export interface FacilityFile {
  facility: Bucket; area: Bucket | null; id: string | null; values: Record<string, string>;
  n: number; open: number; late: number; /** Within 60 days. */ running_out: number; over: number; parts: FacilityPart[];
  checks: { register: string; label: Label; self: CompareVisit | null; inspection: CompareVisit | null; n: number; same: number; over: number }[];
  stocks: { ledger: string; label: Label;
    balances: { item: string; label: Label; lot: string; expires: string | null; quantity: number; on_the_way: boolean; last: string | null }[] }[];
}
/** GET /api/registers/{register}/rows/{id}/file?format=json|html|pdf|zip; register, by, item: where papers are entered. */
export interface CaseFile {
  number: string; required: number; missing: number; register: string; by: string; item: string;
  papers: { code: string; label: Label; required: boolean; there: number }[];
}
/** A final stage: done; begun: handed in, not yet accepted; late: not done, and past its deadline. */
export interface CampaignCount { owed: number; begun: number; done: number; late: number }
export interface CampaignHead {
  register: string; id: string; number: string; label: Label; area: Bucket | null; begins: string | null; until: string | null;
  stage: string; stage_label: Label; stage_until: string | null; final: boolean; late: boolean;
}
export interface OpenStage { name: string; label: Label; final: boolean; count: number; late: number }
/** An open case whose file lacks papers; required: how many it must have. */
export interface CaseLacking { register: string; id: string; number: string; facility: Bucket | null; required: number; missing: Label[] }
/** GET /api/supervision?area=: registers with a workflow that the caller may read; cases: of the last 100 open ones; signals: those to review. */
export interface Supervision {
  campaigns: CampaignHead[];
  registers: { register: string; label: Label; stages: OpenStage[]; open: number; late: number }[];
  cases: CaseLacking[]; signals: Signal[]; made: Made;
}
/** GET /api/campaigns/{number} */
export interface Campaign {
  register: string; id: string; version: number; number: string; label: Label; area: Bucket | null; begins: string | null; until: string | null;
  stage: string; task_register: string; count: CampaignCount;
  phases: { name: string; label: Label; time: "past" | "now" | "ahead"; until: string | null; late: boolean; final: boolean; count: CampaignCount }[];
  /** Of the moves that lead out of the present phase. applies: the move is for this kind of campaign; text null: no gate. rows: in
   *  the way (0 of a shut one: one is wanted); register: theirs. */
  gates: { move: string; label: Label; to: string; applies: boolean; open: boolean; rows: number; text: Label | null; register: string | null }[];
  bodies: { key: string; label: Label; area: Bucket | null; /** By phase. */ phases: CampaignCount[]; all: CampaignCount }[];
  /** body, phase: their place in the lists (-1: none). */
  tasks: { id: string; body: number; phase: number; item: Label; stage: Label; done: boolean; late: boolean; due: string | null }[];
  /** waiting: made, but answers still lack their photographs; not among the made. */
  visits: { register: string | null; planned: number; made: number; waiting: number; late: number; facilities: number; wanted: number | null; rounds: { team: string; label: Label; on: string | null; planned: number; made: number; waiting: number; late: number }[] };
  /** counts: by stage. */
  findings: { register: string; severity_field: string | null; n: number; late: number; stages: { name: string; label: Label; final: boolean }[]; rows: { severity: string | null; label: Label; counts: number[] }[] } | null;
  checklists: CampaignScores[];
  targets: { indicator: string; figure: Figure }[];
  made: Made;
}
/** same: answers that agree, of those that both gave (both). */
export interface CampaignScores {
  register: string; label: Label; pass: number | null; self: number; inspected: number; passed: number;
  mean_self: number | null; mean_inspection: number | null; same: number; both: number;
  facilities: { facility: Bucket | null; self: number | null; inspection: number | null; self_on: string | null; inspected_on: string | null; critical: number; same: number; both: number }[];
}
/** GET /api/srb?area=&period=&by=township|order|facility|... */
export interface Srb {
  area: Bucket; period: Bucket; reference: { value: number; low: number; high: number };
  rows: { bucket: Bucket; boys: number | null; girls: number | null; ratio: number | null; low: number | null; high: number | null;
    p: number | null; q: number | null; missing_girls: number | null; missing_low: number | null; missing_high: number | null; certainty: Label }[];
  /** Births at which 115 could be told from 105 at 80 % power. */
  enough: number; made: Made;
}
export interface Reports { reports: Model["reports"] } // GET /api/reports; GET /api/reports/{name}?period=&area=&format=html|pdf|xlsx

// --- samples, audits of record books, rotas

/** GET /api/lqas?size=&p0=&p1=&alpha=&beta=&looked_at=&wrong=&seed= ; shares are 0 to 1 */
export interface Lqas {
  size: number; p0: number; p1: number; alpha_most: number; beta_most: number;
  /** Look at n; accept at d or fewer wrong; the errors as they are. */
  n: number; d: number; alpha: number; beta: number;
  curve: { share: number; accepts: number }[];
  lines: number[]; verdict: LqasVerdict | null;
}
/** low, high: exact 95 % interval of the share wrong in the whole book; error: the chance of this error. */
export interface LqasVerdict { looked_at: number; wrong: number; accepted: boolean; low: number; high: number; error: number }
/** POST /api/registers/{register}/audits; seed left out: drawn */
export interface AuditPlan { facility: string; book: string; size: number; p0?: number; p1?: number; alpha?: number; beta?: number; seed?: string; on?: string }
/** GET /api/registers/{register}/rows/{id}/audit */
export interface Audit extends Lqas {
  id: string; version: number; facility: Bucket | null; book: string; on: string | null; seed: string;
  kinds: { field: string; label: Label; wrong: number | null }[]; may_write: boolean;
}
/** POST /api/registers/{register}/rows/{id}/audit; kinds: field to count */
export interface AuditCounts { version: number; looked_at: number; wrong: number; kinds?: Record<string, number> }
/** GET /api/registers/{register}/rota?area=&kinds=&teams=&days=&per_day=&start=&within=&next=&conflicts=&seed= ; register: of facilities */
export interface Rota {
  facilities: number; teams: number; days: number; per_day: number; within: number; next: number; seed: string; start: string;
  /** Facilities that must be visited now and are not: the round is too small. checklists 0: no register tells of visits. */
  overdue: number; checklists: number;
  visits: RotaVisit[]; left: RotaLeft[]; made: Made;
}
export interface RotaVisit { day: number; date: string; team: number; order: number; facility: Bucket | null; area: Bucket | null; risk: number; risk_text: string; last: string | null; why: string }
export interface RotaLeft { facility: Bucket | null; area: Bucket | null; risk: number; risk_text: string; last: string | null; must: boolean; why: string }

// --- one's own things. kind: view, dashboard, draft, device. GET /api/kept/{kind} -> {kept}; PUT /api/kept/{kind}/{name} Keep -> Kept; DELETE. A draft and a device's key cannot be shared

export interface Kept { kind: string; name: string; shared: boolean; mine: boolean; who: string; at: string; value: unknown }
export interface Keep { shared?: boolean; value: unknown }

// --- sealed letters: tips and referrals

export interface ChannelQuestion { name: string; type: "text" | "code" | "facility" | "date"; label: Label; help: Label; required: boolean; max_length: number; codes: { value: string; label: Label }[] }
export interface Channel {
  name: string; label: Label; intro: Label; promise: Label; public: boolean; reads: boolean; writes: boolean; questions: ChannelQuestion[];
  /** By month of arrival, newest first; they stay when letters are removed. in_time, late: first answered. */
  counts: { month: string; received: number; in_time: number; late: number }[];
}
/** GET /api/channels. key: the caller's key for letters; none: to be made, locked: the password opens it. Without totp no letter is shown. */
export interface Channels { key: "none" | "locked" | "open"; totp: boolean; channels: Channel[] }
export interface OwnPassword { password: string }
export interface LetterKey { recovery: string } // POST /api/letter-key {password}: shown once, kept nowhere
export interface LetterUnlock { password: string; recovery?: string } // PUT /api/letter-key
export interface LetterHead {
  id: string; state: "new" | "read" | "answered" | "closed"; arrived_on: string; due_on: string; answered_on: string | null; closed_on: string | null; keep_until: string;
  messages: number; files: number;
}
export interface Letters { letters: LetterHead[] } // GET /api/channels/{channel}/letters
/** readable false: it was sealed before this reader had a key. answers: by question, of the first message. */
export interface LetterMessage { id: string; on: string; of_reader: boolean; readable: boolean; text?: string; from?: string; answers: Record<string, string>; files: { id: string }[] }
export interface LetterFull { letter: LetterHead; messages: LetterMessage[] } // GET /api/channels/{channel}/letters/{id}
export interface LetterAnswer { text: string } // POST .../answers
export interface NewLetter { answers: Record<string, string> } // POST /api/channels/{channel}/letters
export interface LetterReceipt { receipt: string }
/** GET /api/channels/{channel}/newcomers; letters: how many the caller can open and they cannot. */
export interface Newcomers { newcomers: { id: string; name: string; letters: number }[] }
export interface NewcomerChosen { id: string } // POST /api/channels/{channel}/newcomers
export interface NewcomerDone { letters: number }

// --- the years ahead of an area. GET /api/projections -> {projections: {name, label}[]}; GET /api/projections/{name}?area=&from=&to=&width=&by=&tfr=&e0f=&e0m=
// &boys=&migrants=&normal=&trajectories=&seed=[&format=json|html|pdf|xlsx] -> Ahead, or the document. tfr, e0f, e0m, boys (to 100 girls) are reached by the year
// `by`, in a straight line; what is left out stays as it is now. normal: 106 boys to 100 girls from this year on, beside the same without it

export interface Ahead {
  projection: string; label: Label; area: Bucket; freshness: string | null;
  basis: {
    counted_on: string; earlier_on: string | null; people: { female: number; male: number }; first: number; last: number;
    births: { female: number; male: number }; deaths: { female: number; male: number }; left_out: number; left_over: number | null;
    tfr: Interval; e0: { female: Interval; male: Interval }; boys: Interval;
    /** Births of the register to a child that was counted; below 1 some are missing. */
    births_found: number | null;
    /** What is drawn begins with these: of few births and deaths a rate is mostly chance. */
    e0_begin: { female: number; male: number }; boys_begin: number;
  };
  /** What is supposed, of each step: its first year, and the middle of what is drawn. */
  supposed: { year: number; tfr: number; e0_female: number; e0_male: number; boys: number; migrants: number }[];
  probabilities: number[]; trajectories: number; seed: string; width: number;
  years: number[]; // moments: the end of these years
  ages: { from: number; to: number | null }[]; // to: the last age of the group; null: open
  /** values: [moment][probability]; null where there is none (births of the first moment). name: all, women, men, young, working, old, oldest, dependent, old_share, born, died, boys_born, missing, suitors. */
  figures: AheadLine[];
  needs: AheadLine[]; // name: in English
  without: AheadLine[] | null; // the same figures without `normal`
  /** Who is born from the year `born` to `to`, as it is in `year`; without: `normal`. name: girls_missing, men_to_100_women and men_more_than_women (at 30, for the women whom men of this age marry). */
  cohorts: { name: string; born: number; to: number; year: number; without: boolean; values: number[] }[];
  people: { female: number[][][]; male: number[][][] }; // [moment][age][probability]
  /** The early-warning note, sentence by sentence. warns: past its threshold. kind: people, aged, births, workers, dependent, suitors, none, boys, partners, negative. */
  note: { kind: string; warns: boolean; text: Label }[];
}
export interface Projections { projections: { name: string; label: Label }[] }
export interface Interval { value: number; low: number; high: number }
export interface AheadLine { name: string; label: Label; unit: Label; values: (number | null)[][] }

// --- administration

export interface Person { id: string; name: string; full_name: string; roles: { role: string; area: string; facility?: string; until: string | null }[]; state: "active" | "invited" | "off" | "locked"; totp: boolean; seen_at: string | null } // GET /api/people -> {people}; area "" is everywhere; facility: code of one in the area, whose rows alone the role gives ("": all of the area)
export interface PersonEdit { name?: string; full_name?: string; roles: Person["roles"]; off?: boolean } // POST /api/people -> {person, link, until}; PUT /api/people/{id} -> Person (roles left out: as they are). Nobody changes their own roles
/** link: a path of this server, /link/SECRET. */
export interface NewLink { link: string; until: string } // POST /api/people/{id}/link
export interface Role { // GET /api/roles -> {roles}; PUT /api/roles/{name}; DELETE
  name: string; label: Label; built_in: boolean; functions: Fn[];
  rows: { purpose: Register["purpose"]; registers: string[]; read: boolean; write: boolean }[]; people: number;
}
export interface AuditEvent { seq: string; at: string; who: string; kind: string; subject: string; text: string } // GET /api/audit?q=&who=&kind=&from=&to=&after= -> {events, next}
export interface PackState { name: string; version: string; hash: string; applied_at: string; files: { path: string; size: number }[] } // GET /api/pack
export interface PackFiles { files: { path: string; text: string }[] } // POST /api/pack/plan -> PackPlan; POST /api/pack/apply (with hash of the plan)
export interface PackApply { files: { path: string; text: string }[]; hash: string }
export interface PackPlan { hash: string; steps: { kind: string; text: Label; loses: boolean }[]; problems: { where: string; text: string; cure: string }[]; same: boolean }
export interface Health { // GET /api/health: {ok, version}; the rest with function file
  ok: boolean; version: string; uptime_s?: number; file_bytes?: number; wal_bytes?: number; memory_bytes?: number; cube_bytes?: number;
  /** Of the disk that the file lies on. */
  free_bytes?: number;
  /** The newest backup in the server's folder. */
  backup_at?: string | null;
  /** What runs now; done 0 to 1. register, label, file and rows (so far) of an import for those who see it in the list of imports. */
  jobs?: { kind: string; who: string; since: string; done: number; register?: string; label?: Label; file?: string; rows?: number }[];
  connections?: number; lanes?: { name: string; waiting: number; running: number; done: number; refused: number; p50_ms: number; p99_ms: number }[];
  cache?: { answers: number; bytes: number; hits: number; misses: number }; history?: { entries: number; head: string };
}
export interface Backup { name: string; at: string; bytes: number } // GET /api/backups -> {backups}; POST /api/backups -> Job; GET /api/backups/{name} (download), DELETE removes it; POST /api/verify -> Job
export interface Backups { backups: Backup[] }
