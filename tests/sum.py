#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sums what the test programs said: sum.py testlog.json [PROGRAMS]
(meson's log, one JSON object a line; how many programs it must hold).

Every TAP line is one test. A program that crashed, ran out of time, exited with another
status than its lines explain, or said fewer tests than it planned adds one failed test;
one that prints no TAP counts as one test. The output of whatever failed is printed. The
last line is 'N passed, N failed' (and ', N skipped' when some were); the exit status is
not 0 when any failed or none ran."""
import json
import re
import sys

LINE = re.compile(r"^(not )?ok\b(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)\s*(#\s*skip.*)?$", re.IGNORECASE)
SKIP = re.compile(r"#\s*skip\b", re.IGNORECASE)


def judge(program):
    """(passed, failed, skipped, complaints) of one program's entry in the log."""
    passed = failed = skipped = planned = 0
    has_plan = False
    complaints = []
    for line in program.get("stdout", "").splitlines():
        plan = PLAN.match(line)
        if plan:
            has_plan = True
            planned += int(plan.group(1))
            if plan.group(2):
                skipped += 1
            continue
        if line.startswith("Bail out!"):
            failed += 1
            complaints.append(line)
        test = LINE.match(line)
        if not test:
            continue
        if SKIP.search(test.group(2)):
            skipped += 1
        elif test.group(1):
            failed += 1
        else:
            passed += 1
    status = program.get("returncode", 0)
    result = program.get("result", "")
    said = passed + failed + skipped
    if result in ("TIMEOUT", "INTERRUPT"):
        complaints.append("did not end in time")
    elif status < 0 or status >= 128:
        complaints.append("ended by signal %d" % (-status if status < 0 else status - 128))
    elif said == 0 and not has_plan:
        if status == 77:
            return 0, 0, 1, []
        if status == 0:
            return 1, 0, 0, []
        complaints.append("exit status %d" % status)
    elif status not in (0, 77) and failed == 0:
        complaints.append("exit status %d though no test failed" % status)
    elif has_plan and said < planned:
        complaints.append("said %d of %d planned tests" % (said, planned))
    if complaints and not any(c.startswith("Bail out!") for c in complaints):
        failed += 1
    return passed, failed, skipped, complaints


def main():
    total = [0, 0, 0]
    programs = 0
    try:
        with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
            entries = [json.loads(line) for line in log if line.strip()]
    except OSError as error:
        print("no test ran: %s" % error)
        entries = []
    for program in entries:
        programs += 1
        passed, failed, skipped, complaints = judge(program)
        total = [total[0] + passed, total[1] + failed, total[2] + skipped]
        if failed:
            print("\n==== %s: %d failed%s" % (program["name"], failed,
                                            "".join("; " + c for c in complaints)))
            for stream in ("stdout", "stderr"):
                lines = [line for line in program.get(stream, "").splitlines()
                         if not line.startswith("ok ")]
                if len(lines) > 200:
                    lines = lines[:100] + ["[%d lines left out]" % (len(lines) - 200)] + lines[-100:]
                print("\n".join(lines))
        elif skipped:
            print("%s: %d skipped" % (program["name"], skipped))
    expected = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    if programs == 0 or programs < expected:
        missing = max(expected - programs, 1)
        print("%d test programs never ran to their end" % missing)
        total[1] += missing
    print("\n%d passed, %d failed%s" % (total[0], total[1],
                                       ", %d skipped" % total[2] if total[2] else ""))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
