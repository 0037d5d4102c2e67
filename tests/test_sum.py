#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""tests/sum.py on logs in which everything that can go wrong went wrong, as TAP."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def entry(stdout, returncode=0, result="OK"):
    return {"name": "x", "stdout": stdout, "returncode": returncode, "result": result}


# what, entries (None: no log at all), programs expected, last line, exit status
CASES = [
    ("all well", [entry("1..2\nok 1 - a\nok 2 - b\n")], 1, "2 passed, 0 failed", 0),
    ("a failure", [entry("1..2\nok 1 - a\nnot ok 2 - b\n", 1, "FAIL")], 1, "1 passed, 1 failed", 1),
    ("a skip of cmocka", [entry("1..2\nnot ok 1 # SKIP a\nok 2 - b\n", 0, "FAIL")], 1,
     "1 passed, 0 failed, 1 skipped", 0),
    ("a skip of TAP", [entry("1..1\nok 1 - a # SKIP no data\n")], 1, "0 passed, 0 failed, 1 skipped", 0),
    ("a crash between tests", [entry("1..3\nok 1 - a\n", -11, "ERROR")], 1, "1 passed, 1 failed", 1),
    ("a crash after the last test", [entry("1..1\nok 1 - a\n", -6, "ERROR")], 1, "1 passed, 1 failed", 1),
    ("a leak found at the end", [entry("1..1\nok 1 - a\n", 1, "ERROR")], 1, "1 passed, 1 failed", 1),
    ("no end in time", [entry("1..2\nok 1 - a\nok 2 - b\n", 0, "TIMEOUT")], 1, "2 passed, 1 failed", 1),
    ("fewer tests than planned", [entry("1..2\nok 1 - a\n", 0, "ERROR")], 1, "1 passed, 1 failed", 1),
    ("a bail out", [entry("1..2\nok 1 - a\nBail out! no disk\n", 1, "ERROR")], 1, "1 passed, 1 failed", 1),
    ("no TAP, well", [entry("hello\n")], 1, "1 passed, 0 failed", 0),
    ("no TAP, bad", [entry("hello\n", 3, "FAIL")], 1, "0 passed, 1 failed", 1),
    ("two groups in one program", [entry("1..1\nok 1 - a\n1..1\nok 1 - b\n")], 1, "2 passed, 0 failed", 0),
    ("a program that never ran", [entry("1..1\nok 1 - a\n")], 2, "1 passed, 1 failed", 1),
    ("no log", None, 0, "0 passed, 1 failed", 1),
]


def main():
    failed = 0
    print("1..%d" % len(CASES))
    with tempfile.TemporaryDirectory() as folder:
        for number, (what, entries, programs, line, status) in enumerate(CASES, 1):
            log = os.path.join(folder, "log%d.json" % number)
            if entries is not None:
                with open(log, "w", encoding="utf-8") as out:
                    out.writelines(json.dumps(one) + "\n" for one in entries)
            run = subprocess.run([sys.executable, os.path.join(HERE, "sum.py"), log, str(programs)],
                                 capture_output=True, text=True, check=False)
            last = run.stdout.splitlines()[-1] if run.stdout else ""
            good = last == line and run.returncode == status
            failed += not good
            print("%sok %d - %s" % ("" if good else "not ", number, what))
            if not good:
                print("# '%s', status %d; expected '%s', %d" % (last, run.returncode, line, status))
                print("\n".join("# " + text for text in run.stderr.splitlines()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
