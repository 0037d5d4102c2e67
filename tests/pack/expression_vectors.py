# SPDX-License-Identifier: AGPL-3.0-or-later
# Writes expression_vectors.json: what every target of the expression language must say.
# The expected values come from the Python beside each expression, written by hand, with
# None as null; nothing here reads Heng. Run: python3 expression_vectors.py > expression_vectors.json
import json
from datetime import date, timedelta
from decimal import Decimal

TODAY = date(2014, 7, 20)


def codes(*values):
    return [{"value": v, "en": e, "zh": z} for v, e, z in values]


SEX = codes(("m", "boy", "男"), ("f", "girl", "女"), ("u", "not recorded", "未记录"))
OUTCOME = codes(("live", "live birth", "活产"), ("still", "stillbirth", "死产"))
VISITS = [
    dict(name="sex", type="code", codes=SEX),
    dict(name="outcome", type="code", codes=OUTCOME),
    dict(name="outcome_again", type="code", codes=OUTCOME, storage="u16"),
    dict(name="still", type="code", codes=OUTCOME),
    dict(name="urgent", type="bool"),
    dict(name="weight", type="int", storage="u16"),
    dict(name="birth_order", type="int", storage="u8"),
    dict(name="money", type="int", storage="i64"),
    dict(name="m", type="int", storage="i32"),
    dict(name="height", type="decimal"),
    dict(name="registered_on", type="date"),
    dict(name="note", type="text"),
    dict(name="child_name", type="name", identifies=True),
    dict(name="month", type="period", every="month"),
    dict(name="moved_to", type="area"),
]
AREAS = [dict(name="code", type="text"), dict(name="people", type="int", storage="i32"),
         dict(name="level", type="code", codes=codes(("county", "county", "县"), ("township", "township", "乡镇"), ("village", "village", "村"))),
         dict(name="founded", type="date"), dict(name="share", type="decimal"), dict(name="open", type="bool")]
FACILITIES = [dict(name="code", type="text"), dict(name="kind", type="code", codes=codes(("hospital", "hospital", "医院"), ("clinic", "clinic", "诊所"))),
              dict(name="beds", type="int", storage="u8"), dict(name="place", type="area")]
AREA_ROWS = [
    dict(code="511723", people=1200000, level="county", founded=date(1949, 10, 1), share=1.0, open=True),
    dict(code="511723100", people=32000, level="township", founded=None, share=0.5, open=False),
    dict(code=None, people=None, level="village", founded=date(1984, 2, 29), share=None, open=None)]
FACILITY_ROWS = [dict(code="H1", kind="hospital", beds=120, place=0), dict(code="C1", kind="clinic", beds=None, place=2),
                 dict(code="C2", kind=None, beds=0, place=None)]


def D(text):
    return date.fromisoformat(text) if text else None


def row(residence, clinic, born_on, source, state, sex, outcome, again, still, urgent, weight, order, money, m, height,
        registered, note, name, month, moved):
    return dict(residence=residence, clinic=clinic, born_on=D(born_on), source=source, state=state, sex=sex, outcome=outcome,
                outcome_again=again, still=still, urgent=urgent, weight=weight, birth_order=order, money=money, m=m,
                height=height, registered_on=D(registered), note=note, child_name=name, month=month, moved_to=moved)


ROWS = [
    row(0, 0, "2014-01-31", "hospital", "current", "m", "live", "live", "live", True, 3200, 1, 5000000000, 5, 50.5, "2014-02-28", "ok", "张伟", "201401", 1),
    row(1, 1, "2014-02-28", "household", "current", "f", "live", "still", "still", False, 2400, 2, -7, -3, 47.25, "2014-04-01", "", "李娜", "201402", 1),
    row(2, None, "2014-06-05", "hospital", "current", "u", "still", "still", "live", None, 999, 3, 0, 0, 0.0, None, "it's", None, "201406", None),
    row(1, 2, "2012-02-29", "household", "current", "m", None, "live", None, True, None, 4, None, None, None, "2014-02-28", None, "Ann", None, 0),
    row(0, 0, None, "hospital", "struck", "f", "live", None, "live", False, 7000, None, 1, 1, -12.5, "2014-07-20", "男孩", "王芳", "201407", 0),
    row(None, 1, "2014-07-20", None, "current", None, "live", "live", "still", None, 300, 1, 100, 7, 1.5, "2014-07-20", "OK", "", "201407", 2),
    row(2, 0, "2013-12-31", "household", "current", "m", "still", "live", "live", True, 0, 20, -1, 2, 99.75, "2014-01-01", "a_b%", "Zoë", "201312", 2),
    row(1, None, "1999-12-31", "hospital", "struck", "f", "live", "live", "live", False, 5500, 0, 12345678901, -100, 1000.0, "2000-01-01", "line\nbreak", "x", "199912", 1),
    row(None, None, None, None, "current", None, None, None, None, None, None, None, None, None, None, None, None, None, None, None),
    row(0, 2, "2014-07-21", "household", "current", "u", "live", "still", "live", True, 3200, 1, 42, 10, 0.1, "2014-07-19", "\"quoted\"", "y", "201407", 1),
    row(2, 1, "2014-03-01", "hospital", "current", "m", "live", "live", "still", False, 1000, 2, 8, 4, 12.5, "2014-04-01", "ok", "张伟", "201403", 0),
    row(1, 0, "1960-03-15", "household", "current", "f", "still", "still", "live", True, 6999, 7, -9000000000, 3, 2.0, "1960-04-14", "村", "老", "196003", None),
]

# --- SQL's rules, in Python


def lift(f):
    return lambda *a: None if any(x is None for x in a) else f(*a)


eq, ne = lift(lambda a, b: a == b), lift(lambda a, b: a != b)
lt, le = lift(lambda a, b: a < b), lift(lambda a, b: a <= b)
gt, ge = lift(lambda a, b: a > b), lift(lambda a, b: a >= b)
add, sub = lift(lambda a, b: a + b), lift(lambda a, b: a - b)
mul, neg, size = lift(lambda a, b: a * b), lift(lambda a: -a), lift(lambda a: abs(a))
days = lift(lambda a, b: (a - b).days)
plus = lift(lambda d, n: d + timedelta(days=n))
year, month, length = lift(lambda d: d.year), lift(lambda d: d.month), lift(len)
div = lift(lambda a, b: None if b == 0 else a / b)
months = lift(lambda b, o: (o.year - b.year) * 12 + o.month - b.month - (o.day < b.day))
years = lift(lambda b, o: months(b, o) // 12)
least, greatest = lift(min), lift(max)
near = lift(lambda a, b, n: abs((a - b).days) <= n)


def both(a, b):
    return False if a is False or b is False else None if a is None or b is None else True


def either(a, b):
    return True if a is True or b is True else None if a is None or b is None else False


def no(a):
    return None if a is None else not a


def first(*a):
    return next((x for x in a if x is not None), None)


def when(*a):
    for c, v in zip(a[:-1:2], a[1::2]):
        if c is True:
            return v
    return a[-1]


isin = lambda a, *l: None if a is None else a in l
span = lambda a, l, h: both(ge(a, l), le(a, h))
null = lambda a: a is None


def area(i, f):
    return None if i is None else AREA_ROWS[i][f]


def facility(i, f):
    return None if i is None else FACILITY_ROWS[i][f]


V = []


def v(text, f):
    V.append({"text": text, "values": [plain(f(R(r))) for r in ROWS]})


class R:
    def __init__(self, r):
        self.__dict__ = dict(r)


def plain(x):
    return x.isoformat() if isinstance(x, date) else x


# constants
v("true", lambda r: True)
v("false", lambda r: False)
v("1", lambda r: 1)
v("-7", lambda r: -7)
v("- - 7", lambda r: 7)
v("12.5", lambda r: 12.5)
v("-0.25", lambda r: -0.25)
v("9223372036854775807", lambda r: 9223372036854775807)
v("'text'", lambda r: "text")
v("'it''s 男'", lambda r: "it's 男")
v("''", lambda r: "")
v("date '2014-06-05'", lambda r: D("2014-06-05"))
v("DATE '2000-02-29'", lambda r: D("2000-02-29"))
v("today()", lambda r: TODAY)
# fields
for f in ("sex", "outcome_again", "urgent", "weight", "birth_order", "money", "m", "height", "registered_on", "note",
          "child_name", "month", "born_on", "source", "state", "residence", "clinic", "moved_to"):
    v(f, lambda r, f=f: getattr(r, f))
v("visits.weight", lambda r: r.weight)
v("visits.m", lambda r: r.m)
# codes
v("sex = m", lambda r: eq(r.sex, "m"))
v("sex='m'", lambda r: eq(r.sex, "m"))
v("m = sex", lambda r: eq(r.sex, "m"))
v("'f' = sex", lambda r: eq(r.sex, "f"))
v("sex <> m", lambda r: ne(r.sex, "m"))
v("sex != u", lambda r: ne(r.sex, "u"))
v("sex in (m, f)", lambda r: isin(r.sex, "m", "f"))
v("sex not in (m, 'f')", lambda r: no(isin(r.sex, "m", "f")))
v("source in (hospital, household)", lambda r: isin(r.source, "hospital", "household"))
v("state = current", lambda r: eq(r.state, "current"))
v("outcome = outcome_again", lambda r: eq(r.outcome, r.outcome_again))
v("outcome <> outcome_again", lambda r: ne(r.outcome, r.outcome_again))
v("outcome = visits.still", lambda r: eq(r.outcome, r.still))
v("outcome = 'still'", lambda r: eq(r.outcome, "still"))
v("outcome_again in (live)", lambda r: isin(r.outcome_again, "live"))
v("SEX_IS".replace("SEX_IS", "sex = m AND Not (outcome = live)"), lambda r: both(eq(r.sex, "m"), no(eq(r.outcome, "live"))))
v("coalesce(sex, u) = u", lambda r: eq(first(r.sex, "u"), "u"))
v("coalesce(sex, u)", lambda r: first(r.sex, "u"))
v("case when weight < 2500 then m else sex end", lambda r: when(lt(r.weight, 2500), "m", r.sex))
v("case when urgent then sex end = f", lambda r: eq(when(r.urgent, r.sex, None), "f"))
v("coalesce(outcome, outcome_again, live)", lambda r: first(r.outcome, r.outcome_again, "live"))
# numbers
for op, f in (("=", eq), ("<>", ne), ("<", lt), ("<=", le), (">", gt), (">=", ge)):
    v(f"birth_order {op} 2", lambda r, f=f: f(r.birth_order, 2))
    v(f"3200 {op} weight", lambda r, f=f: f(3200, r.weight))
    v(f"money {op} m", lambda r, f=f: f(r.money, r.m))
    v(f"height {op} 12.5", lambda r, f=f: f(r.height, 12.5))
    v(f"height {op} weight", lambda r, f=f: f(r.height, r.weight))
    v(f"registered_on {op} born_on + 30", lambda r, f=f: f(r.registered_on, plus(r.born_on, 30)))
    v(f"born_on {op} date '2014-02-28'", lambda r, f=f: f(r.born_on, D("2014-02-28")))
    v(f"note {op} 'ok'", lambda r, f=f: f(None if r.note is None else r.note.encode(), b"ok"))
v("birth_order >= 300", lambda r: ge(r.birth_order, 300))
v("birth_order < 300", lambda r: lt(r.birth_order, 300))
v("birth_order > -1", lambda r: gt(r.birth_order, -1))
v("birth_order <> 255", lambda r: ne(r.birth_order, 255))
v("birth_order = 255", lambda r: eq(r.birth_order, 255))
v("weight = 65535", lambda r: eq(r.weight, 65535))
v("m > 9223372036854775807", lambda r: gt(r.m, 2**63 - 1))
v("m <= 9223372036854775807", lambda r: le(r.m, 2**63 - 1))
v("money < -9223372036854775807", lambda r: lt(r.money, -2**63 + 1))
v("m >= -2147483647", lambda r: ge(r.m, -2147483647))
v("weight between 300 and 7000", lambda r: span(r.weight, 300, 7000))
v("weight not between 300 and 7000", lambda r: no(span(r.weight, 300, 7000)))
v("weight between 7000 and 300", lambda r: span(r.weight, 7000, 300))
v("height between 0 and 50.5", lambda r: span(r.height, 0, 50.5))
v("m between birth_order and weight", lambda r: span(r.m, r.birth_order, r.weight))
v("born_on between date '2014-01-01' and today()", lambda r: span(r.born_on, D("2014-01-01"), TODAY))
v("note between 'a' and 'p'", lambda r: span(None if r.note is None else r.note.encode(), b"a", b"p"))
v("birth_order in (1, 3, 300, -1)", lambda r: isin(r.birth_order, 1, 3, 300, -1))
v("weight in (3200, 2.5)", lambda r: isin(r.weight, 3200, 2.5))
v("height in (0, 12.5)", lambda r: isin(r.height, 0, 12.5))
v("money not in (42)", lambda r: no(isin(r.money, 42)))
v("note in ('ok', 'OK', '男孩')", lambda r: isin(r.note, "ok", "OK", "男孩"))
v("born_on in (date '2014-01-31', date '1999-12-31')", lambda r: isin(r.born_on, D("2014-01-31"), D("1999-12-31")))
# arithmetic
v("weight + birth_order", lambda r: add(r.weight, r.birth_order))
v("weight - birth_order - 1", lambda r: sub(sub(r.weight, r.birth_order), 1))
v("weight - (birth_order - 1)", lambda r: sub(r.weight, sub(r.birth_order, 1)))
v("m * m * -1", lambda r: mul(mul(r.m, r.m), -1))
v("-m", lambda r: neg(r.m))
v("-(-m)", lambda r: r.m)
v("1 - -m", lambda r: add(1, r.m))
v("weight / birth_order", lambda r: div(r.weight, r.birth_order))
v("weight / 0", lambda r: None)
v("7 / 2", lambda r: 3.5)
v("7 / 2 * 2", lambda r: 7.0)
v("weight / 2 / 2", lambda r: div(div(r.weight, 2), 2))
v("8 / (4 / 2)", lambda r: 4.0)
v("weight * 2 / m", lambda r: div(mul(r.weight, 2), r.m))
v("1.5 + weight * 2", lambda r: add(1.5, mul(r.weight, 2)))
v("(1.5 + weight) * 2", lambda r: mul(add(1.5, r.weight), 2))
v("height * height", lambda r: mul(r.height, r.height))
v("height - weight", lambda r: sub(r.height, r.weight))
v("-height", lambda r: neg(r.height))
v("null + 1", lambda r: None)
v("abs(m)", lambda r: size(r.m))
v("abs(height)", lambda r: size(r.height))
v("abs(-7)", lambda r: 7)
v("least(weight, m)", lambda r: least(r.weight, r.m))
v("greatest(weight, m, 100)", lambda r: greatest(r.weight, r.m, 100))
v("least(height, m)", lambda r: least(r.height, r.m))
v("greatest(born_on, registered_on)", lambda r: greatest(r.born_on, r.registered_on))
v("least(born_on, registered_on, today())", lambda r: least(r.born_on, r.registered_on, TODAY))
v("coalesce(weight, birth_order, -1)", lambda r: first(r.weight, r.birth_order, -1))
v("coalesce(weight, height)", lambda r: first(r.weight, r.height))
v("coalesce(null, weight)", lambda r: r.weight)
v("coalesce(note, child_name, 'none')", lambda r: first(r.note, r.child_name, "none"))
v("coalesce(born_on, registered_on)", lambda r: first(r.born_on, r.registered_on))
v("coalesce(urgent, weight > 3000)", lambda r: first(r.urgent, gt(r.weight, 3000)))
# dates
v("registered_on - born_on", lambda r: days(r.registered_on, r.born_on))
v("days(registered_on - born_on) > 30", lambda r: gt(days(r.registered_on, r.born_on), 30))
v("born_on + 1", lambda r: plus(r.born_on, 1))
v("1 + born_on", lambda r: plus(r.born_on, 1))
v("born_on - 60", lambda r: plus(r.born_on, -60))
v("born_on + m", lambda r: plus(r.born_on, r.m))
v("born_on - m + 1", lambda r: plus(plus(r.born_on, neg(r.m)), 1))
v("born_on + (m - 1)", lambda r: plus(r.born_on, sub(r.m, 1)))
v("(registered_on - born_on) * 2", lambda r: mul(days(r.registered_on, r.born_on), 2))
v("(registered_on - born_on) / 7", lambda r: div(days(r.registered_on, r.born_on), 7))
v("registered_on - born_on - 1", lambda r: sub(days(r.registered_on, r.born_on), 1))
v("date '9999-12-31' + 1", lambda r: None)
v("date '9999-12-30' + 1", lambda r: D("9999-12-31"))
v("born_on <= today() and (weight is null or weight between 300 and 7000)",
  lambda r: both(le(r.born_on, TODAY), either(null(r.weight), span(r.weight, 300, 7000))))
v("year(born_on)", lambda r: year(r.born_on))
v("month(born_on + 1)", lambda r: month(plus(r.born_on, 1)))
v("year(today()) - year(born_on)", lambda r: sub(2014, year(r.born_on)))
v("age_months(born_on, registered_on)", lambda r: months(r.born_on, r.registered_on))
v("age_months(born_on, today())", lambda r: months(r.born_on, TODAY))
v("age_months(today(), born_on)", lambda r: months(TODAY, r.born_on))
v("age_months(born_on, born_on + 30)", lambda r: months(r.born_on, plus(r.born_on, 30)))
v("age_years(born_on, today())", lambda r: years(r.born_on, TODAY))
v("age_years(today(), born_on)", lambda r: years(TODAY, r.born_on))
v("age_years(born_on, registered_on) >= 2", lambda r: ge(years(r.born_on, r.registered_on), 2))
v("within_days(born_on, registered_on, 30)", lambda r: near(r.born_on, r.registered_on, 30))
v("within_days(registered_on, born_on, m)", lambda r: near(r.born_on, r.registered_on, r.m))
v("not within_days(born_on, today(), 28)", lambda r: no(near(r.born_on, TODAY, 28)))
# text
v("length(note)", lambda r: length(r.note))
v("length(child_name) > 1", lambda r: gt(length(r.child_name), 1))
v("note = child_name", lambda r: eq(r.note, r.child_name))
v("child_name = '张伟'", lambda r: eq(r.child_name, "张伟"))
v("note = 'it''s'", lambda r: eq(r.note, "it's"))
v("note = '\"quoted\"'", lambda r: eq(r.note, '"quoted"'))
v("note = ''", lambda r: eq(r.note, ""))
v("case when note is null then 'none' when note = '' then 'empty' else note end",
  lambda r: when(null(r.note), "none", eq(r.note, ""), "empty", r.note))
# periods, areas
v("month = '201407'", lambda r: eq(r.month, "201407"))
v("'201407' <> month", lambda r: ne(r.month, "201407"))
v("month in ('201401', '201407')", lambda r: isin(r.month, "201401", "201407"))
v("month is null", lambda r: null(r.month))
v("coalesce(month, '201401')", lambda r: first(r.month, "201401"))
v("residence = moved_to", lambda r: eq(r.residence, r.moved_to))
v("residence <> moved_to", lambda r: ne(r.residence, r.moved_to))
v("residence is null", lambda r: null(r.residence))
v("clinic is not null", lambda r: not null(r.clinic))
v("coalesce(moved_to, residence)", lambda r: first(r.moved_to, r.residence))
v("lookup(clinic, kind) = hospital", lambda r: eq(facility(r.clinic, "kind"), "hospital"))
v("lookup(clinic, kind)", lambda r: facility(r.clinic, "kind"))
v("lookup(clinic, kind) in (hospital, clinic)", lambda r: isin(facility(r.clinic, "kind"), "hospital", "clinic"))
v("lookup(residence, level) <> village", lambda r: ne(area(r.residence, "level"), "village"))
v("village = lookup(residence, level)", lambda r: eq(area(r.residence, "level"), "village"))
v("lookup(residence, people) / 1000", lambda r: div(area(r.residence, "people"), 1000))
v("lookup(residence, code)", lambda r: area(r.residence, "code"))
v("lookup(residence, share)", lambda r: area(r.residence, "share"))
v("lookup(residence, open)", lambda r: area(r.residence, "open"))
v("lookup(residence, founded) < date '1980-01-01'", lambda r: lt(area(r.residence, "founded"), D("1980-01-01")))
v("lookup(coalesce(moved_to, residence), people)", lambda r: area(first(r.moved_to, r.residence), "people"))
v("lookup(lookup(clinic, place), level)", lambda r: area(facility(r.clinic, "place"), "level"))
v("lookup(lookup(clinic, place), level) = village", lambda r: eq(area(facility(r.clinic, "place"), "level"), "village"))
v("lookup(clinic, place) = residence", lambda r: eq(facility(r.clinic, "place"), r.residence))
# three values
v("urgent", lambda r: r.urgent)
v("not urgent", lambda r: no(r.urgent))
v("not not urgent", lambda r: r.urgent)
v("urgent and sex = m", lambda r: both(r.urgent, eq(r.sex, "m")))
v("urgent or sex = m", lambda r: either(r.urgent, eq(r.sex, "m")))
v("urgent or sex = m and weight > 3000", lambda r: either(r.urgent, both(eq(r.sex, "m"), gt(r.weight, 3000))))
v("(urgent or sex = m) and weight > 3000", lambda r: both(either(r.urgent, eq(r.sex, "m")), gt(r.weight, 3000)))
v("not urgent and sex = m", lambda r: both(no(r.urgent), eq(r.sex, "m")))
v("not (urgent and sex = m)", lambda r: no(both(r.urgent, eq(r.sex, "m"))))
v("urgent and null", lambda r: both(r.urgent, None))
v("null or urgent", lambda r: either(None, r.urgent))
v("not null", lambda r: None)
v("urgent = true", lambda r: eq(r.urgent, True))
v("urgent <> (sex = m)", lambda r: ne(r.urgent, eq(r.sex, "m")))
v("urgent is null", lambda r: null(r.urgent))
v("(sex = m) is null", lambda r: null(eq(r.sex, "m")))
v("weight is not null", lambda r: not null(r.weight))
v("weight / m is null", lambda r: null(div(r.weight, r.m)))
v("height is null", lambda r: null(r.height))
v("note is null or length(note) = 0", lambda r: either(null(r.note), eq(length(r.note), 0)))
v("sex = m or sex = f or sex = u", lambda r: either(either(eq(r.sex, "m"), eq(r.sex, "f")), eq(r.sex, "u")))
# case
v("case when sex = m then 1 when sex = f then 2 end", lambda r: when(eq(r.sex, "m"), 1, eq(r.sex, "f"), 2, None))
v("case when sex = m then 1 when weight > 0 then 2.5 else birth_order end",
  lambda r: when(eq(r.sex, "m"), 1, gt(r.weight, 0), 2.5, r.birth_order))
v("case when urgent then weight > 1000 else urgent is null end", lambda r: when(r.urgent, gt(r.weight, 1000), null(r.urgent)))
v("case when weight < 2500 then 'low' when weight >= 2500 then 'normal' else '不详' end",
  lambda r: when(lt(r.weight, 2500), "low", ge(r.weight, 2500), "normal", "不详"))
v("case when birth_order = 1 then born_on else registered_on end + 1",
  lambda r: plus(when(eq(r.birth_order, 1), r.born_on, r.registered_on), 1))
v("CASE WHEN m > 0 THEN CASE WHEN m > 4 THEN 'big' ELSE 'small' END END",
  lambda r: when(gt(r.m, 0), when(gt(r.m, 4), "big", "small"), None))
v("\u3000weight\n  >\t1000 ", lambda r: gt(r.weight, 1000))

E = []


def e(text, column, says, measure=False):
    E.append({"text": text, "column": column, "says": says, **({"measure": True} if measure else {})})


e("", 1, "ends here")
e("wieght > 3", 1, "did you mean `weight`")
e("weight > ", 10, "ends here")
e("order > 3", 1, "birth_order")
e("sex = boy", 7, "the code of boy is `m`")
e("sex = '男'", 7, "the code of 男 is `m`")
e("sex = 男", 7, "in quotes")
e("sex = x", 7, "expected m, f, u")
e("source = hospitl", 10, "hospital")
e("sex < m", 5, "needs an order")
e("sex = outcome", 7, "lists of codes differ")
e("outcome = still", 11, "also a field")
e("sex = 1", 7, "do not go together")
e("sex = weight", 7, "do not go together")
e("weight = '3'", 10, "without quotes")
e("born_on > '2014-01-01'", 11, "date '2014-06-05'")
e("born_on > date '2014-02-31'", 16, "not a date")
e("born_on > date '14-2-1'", 16, "not a date")
e("weight = null", 10, "is null")
e("weight in (1, null)", 15, "is null")
e("weight in (1, m)", 15, "only codes")
e("weight in 1", 11, "`(` after `in`")
e("weight in ()", 12, "expected a field")
e("urgent + 1", 1, "needs a number")
e("born_on + born_on", 11, "adding days")
e("born_on * 2", 1, "needs a number")
e("weight and urgent", 1, "needs a condition")
e("not weight", 5, "needs a condition")
e("residence < moved_to", 11, "needs an order")
e("residence = 5", 13, "do not go together")
e("residence = clinic", 13, "do not go together")
e("month < '201401'", 7, "needs an order")
e("month = '2014Q1'", 9, "not the id of a month")
e("month = '20140'", 9, "not the id of a month")
e("lookup(weight, level)", 8, "area or a facility")
e("lookup(residence, levle)", 19, "level")
e("lookup(residence)", 1, "takes 2 arguments")
e("lookup(residence, 'level')", 19, "name of a field")
e("age_month(born_on, today())", 1, "age_months")
e("age_months(born_on)", 1, "takes 2 arguments")
e("foo(1)", 1, "there is no function")
e("count(visits)", 1, "belongs in a measure")
e("max(weight, m)", 1, "greatest")
e("length(weight)", 8, "needs a text")
e("weight == 3", 8, "write =")
e("weight = 3 && urgent", 12, "write and")
e("weight > 3 > 2", 12, "do not chain")
e("（weight > 3）", 1, "write (")
e("note = \"x\"", 8, "write '")
e("note = 'x", 8, "no closing quote")
e("weight > 3)", 11, "an operator or the end")
e("(weight > 3", 12, "`)`")
e("weight > 12abc", 10, "not a number")
e("weight > 1.", 10, "not a number")
e("weight > 9223372036854775808", 10, "too large")
e("weight ; 3", 8, "not part of an expression")
e("case when urgent then 1", 24, "`end`")
e("case urgent when 1 then 2 end", 6, "`when`")
e("case when urgent then 1 else 'x' end", 30, "do not go together")
e("coalesce(weight, note)", 18, "do not go together")
e("coalesce(weight)", 1, "takes 2 or more")
e("least(sex, sex)", 7, "numbers or dates")
e("weight is 3", 11, "`null` or `not null`")
e("weight not 3", 12, "`in` or `between`")
e("weight between 3 or 4", 18, "`and` between")
e("visit.weight > 3", 1, "not the register at hand")
e("visits.wieght > 3", 8, "weight")
e("weight\n  > wieght", 5, "weight")
e("live", 1, "write outcome = live")
e("and", 1, "found `and`")
e("count(visit)", 7, "visits", True)
e("count(visits where sex = q)", 26, "not a code", True)
e("count(visits.weight)", 7, "counts the rows", True)
e("sum(visits)", 5, "needs a field", True)
e("sum(visits.sex)", 12, "needs a number", True)
e("sum(visits.child_name)", 12, "names a person", True)
e("count(visits where note = 'x')", 20, "is a text", True)
e("count(visits where month = '201401')", 20, "is a period", True)
e("count(visits where weight)", 20, "needs a condition", True)
e("count(visits where lookup(residence, code) = 'x')", 38, "is a text", True)
e("visits", 1, "count(visits)", True)
e("cuont(visits)", 1, "count", True)
e("count(visits) + weight", 17, "expected count", True)
e("sum(visits.weight + areas.people)", 21, "not the register at hand", True)
e("count(visits where id > 3)", 20, "keeping of the row", True)

# measures: over rows whose state is current and whose born_on lies in the period
M = []


def measure(text, value, first="2014-01-01", last="2014-12-31"):
    M.append({"text": text, "first": first, "last": last, "value": value})


def within(a="2014-01-01", b="2014-12-31"):
    return [R(r) for r in ROWS if r["state"] == "current" and r["born_on"] and D(a) <= r["born_on"] <= D(b)]


def total(values):
    values = [x for x in values if x is not None]
    return sum(values) if values else None


def latest(rows, value, keep=lambda r: True):
    best = {}
    for r in rows:
        who = ("f", r.clinic) if r.clinic is not None else ("a", r.residence)
        best[who] = max(best.get(who, r.born_on), r.born_on)
    picked = []
    for r in rows:
        who = ("f", r.clinic) if r.clinic is not None else ("a", r.residence)
        if r.born_on == best[who] and keep(r) is True:
            picked.append(value(r))
    return total(picked)


W = within()
measure("count(visits)", len(W))
measure("count(visits where sex = m)", sum(1 for r in W if r.sex == "m"))
measure("count(visits where weight is null or urgent)", sum(1 for r in W if r.weight is None or r.urgent))
measure("sum(visits.weight)", total(r.weight for r in W))
measure("sum(visits.weight where sex = f)", total(r.weight for r in W if r.sex == "f"))
measure("sum(visits.weight + visits.birth_order)", total(add(r.weight, r.birth_order) for r in W))
measure("sum(visits.height * 2)", total(mul(r.height, 2) for r in W))
measure("mean(visits.weight)", sum(r.weight for r in W) / len(W))
measure("min(visits.height)", min(r.height for r in W))
measure("max(visits.money where money < 1000)", max(r.money for r in W if r.money < 1000))
measure("last(visits.weight)", latest(W, lambda r: r.weight))
measure("last(visits.weight where sex = f)", latest(W, lambda r: r.weight, lambda r: eq(r.sex, "f")))
ALL = within("0001-01-01", "2014-06-30")
measure("as_of(visits.birth_order)", latest(ALL, lambda r: r.birth_order), "2014-06-01", "2014-06-30")
measure("as_of(visits.birth_order where sex = m)", latest(ALL, lambda r: r.birth_order, lambda r: eq(r.sex, "m")), "2014-06-01", "2014-06-30")
measure("sum(visits.weight)", None, "1900-01-01", "1900-12-31")
measure("count(visits)", 0, "1900-01-01", "1900-12-31")
measure("count(visits where sex = m) / count(visits where sex = f) * 100",
        sum(1 for r in W if r.sex == "m") / sum(1 for r in W if r.sex == "f") * 100)
measure("100 - (count(visits) - 1) * 2 / 4", 100 - (len(W) - 1) * 2 / 4)
measure("count(visits) / count(visits where weight > 60000)", None)
measure("-sum(visits.m) + sum(visits.weight where weight > 60000)", None)
measure("COUNT(visits WHERE lookup(clinic, kind) = clinic)", sum(1 for r in W if facility(r.clinic, "kind") == "clinic"))


def out_row(r):
    return {k: plain(x) for k, x in r.items() if x is not None}


print("{")
print(json.dumps("today") + ": " + json.dumps(TODAY.isoformat()) + ",")
print('"registers": {')
for i, (name, fields, rows) in enumerate((("visits", VISITS, ROWS), ("areas", AREAS, AREA_ROWS), ("facilities", FACILITIES, FACILITY_ROWS))):
    print(f'"{name}": {{"fields": [')
    print(",\n".join(json.dumps(f, ensure_ascii=False) for f in fields))
    print('], "rows": [')
    print(",\n".join(json.dumps(out_row(r), ensure_ascii=False) for r in rows))
    print("]}" + ("," if i < 2 else ""))
print("},")
for i, (name, things) in enumerate((("expressions", V), ("errors", E), ("measures", M))):
    print(f'"{name}": [')
    print(",\n".join(json.dumps(t, ensure_ascii=False) for t in things))
    print("]" + ("," if i < 2 else ""))
print("}")
