# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows for a county that has been in use for years: services (care) and births, as CSV.

make_rows.py RAW services|births ROWS   RAW: the raw files of `heng demo`; prints CSV with the
names of fields as headings. The same rows for the same arguments.
"""
import csv
import random
import sys
from datetime import date, timedelta

SURNAMES = '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'
GIVEN = '伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文斌辉鑫雪梅婷浩宇晨轩'
PROGRAMMES = ['child'] * 6 + ['mother'] + ['elderly'] * 3 + ['hypertension'] * 5 + ['diabetes'] * 2 + [
    'mental', 'tb', 'immunisation', 'immunisation', 'immunisation', 'tcm']


def read(path):
    raw = open(path, 'rb').read()
    try:
        text = raw.decode('utf-8-sig')
    except UnicodeDecodeError:
        text = raw.decode('gb18030')
    return list(csv.DictReader(text.splitlines()))


def main():
    raw, what, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    villages = [r['行政区划代码'] for r in read(f'{raw}/areas.csv')
                if r['级别'] in ('村', '社区', '村（社区）') and not r['停用日期']]
    # those that are open on all of the days below
    facilities = [r['机构代码'] for r in read(f'{raw}/facilities.csv')
                  if r['启用日期'] < '2010' and not r['停用日期']]
    rng = random.Random(5)
    days = [(date(2010, 1, 1) + timedelta(d)).isoformat() for d in range(1640)]
    names = [rng.choice(SURNAMES) + ''.join(rng.choices(GIVEN, k=rng.choice((1, 2, 2)))) for _ in range(20000)]
    out = sys.stdout
    choice, rand = rng.choice, rng.random
    if what == 'services':
        out.write('record,person_name,sex,birth_year,programme,served_on,result,residence,facility\n')
        for i in range(rows):
            programme = PROGRAMMES[int(rand() * len(PROGRAMMES))]
            result = 'none' if rand() < .1 else 'on_target' if rand() < .62 else 'off_target'
            out.write(f"R{i % 400000:08d},{names[int(rand() * 20000)]},{'mf'[rand() < .5]},{1930 + int(rand() * 80)},"
                      f"{programme},{days[(i // 400000 * 131 + i) % 1640]},{result},{villages[i % 400000 % len(villages)]},"
                      f"{facilities[int(rand() * len(facilities))]}\n")
    else:
        out.write('certificate,child_name,sex,born_on,birth_order,place,weight,mother_name,residence,registered_on,facility\n')
        for i in range(rows):
            day = int(rand() * 1600)
            out.write(f"Z{i:09d},{choice(names)},{'mf'[rand() < .485]},{days[day]},"
                      f"{('first', 'second', 'third')[int(rand() * 2.2)]},hospital,{2300 + int(rand() * 2000)},"
                      f"{choice(names)},{villages[int(rand() * len(villages))]},{days[day + int(rand() * 30)]},"
                      f"{facilities[int(rand() * 3)]}\n")


main()
