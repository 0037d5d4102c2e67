#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reviews that the watch opened on demo counties against what was planted there."""
import collections
import csv
import pathlib
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def is_true(signal, facts, raised):
    """Whether what the signal says was planted."""
    look, subject = signal["look"], signal["subject"]
    if look == "by_order":  # third births are raised everywhere, the others by two townships of sixteen
        return True
    if look == "by_township":
        return subject in raised
    if look == "by_village":
        return subject[:9] + "000" in raised
    if look == "girls_not_in_household":  # what one township lacks, the whole lacks too
        return subject in (facts["girls_hidden"], subject[:6] + "000000")
    if look in ("round_weights", "round_days", "even_reports"):
        return subject == facts["falsifying_facility"]
    return False


def planted(facts, raised):
    """(look, subject) of everything that there is to be found."""
    yield "by_order", "third"
    for township in raised:
        yield "by_township", township
    yield "girls_not_in_household", facts["girls_hidden"]
    for look in ("round_weights", "round_days", "even_reports"):
        yield look, facts["falsifying_facility"]


def main():
    folder, watch = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text("utf-8")
    alarms = {name: float(alarm)
              for name, alarm in re.findall(r"^  (\w+):\n(?:    .*\n)*?    alarm: ([\d.]+)", watch, re.M)}
    found, there = collections.Counter(), collections.Counter()
    false, runs_with_any, false_list = collections.Counter(), 0, []
    seeds = sorted(folder.iterdir(), key=lambda p: int(p.name))
    for seed in seeds:
        facts = {row["fact"]: row["value"] for row in read(seed / "facts.csv")}
        raised = [row["township"] for row in read(seed / "townships.csv") if "raised" in row["planted"]]
        signals = read(seed / "signals.csv")
        seen = {(s["look"], s["stratum"] if s["look"] == "by_order" else s["subject"]) for s in signals}
        for look, subject in planted(facts, raised):
            there[look] += 1
            found[look] += (look, subject) in seen
        wrong = [s for s in signals if not is_true(s, facts, raised)]
        for look in {s["look"] for s in wrong}:
            false[look] += 1
        runs_with_any += bool(wrong)
        false_list += [(seed.name, s["look"], s["subject"], s["stratum"], s["p_value"]) for s in wrong]
    n = len(seeds)
    print("| look | planted | found | runs with a false alarm | accepted |\n| --- | ---: | ---: | ---: | ---: |")
    for look, alarm in alarms.items():
        share = f"{100 * found[look] / there[look]:.0f} %" if there[look] else "-"
        print(f"| {look} | {there[look]} | {share} | {false[look]} | {alarm * n:g} |")
    print(f"| any | {sum(there.values())} | {100 * sum(found.values()) / sum(there.values()):.0f} % "
          f"| {runs_with_any} | {sum(alarms.values()) * n:g} |")
    for row in false_list:
        print("- seed", ", ".join(row))


main()
