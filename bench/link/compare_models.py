# SPDX-License-Identifier: AGPL-3.0-or-later
# The largest differences of m and of u between two settings files of the same levels.
#   compare_models.py OURS.json PEER.json [-v]      prints: m u levels (-v: each level to stderr)
# Levels for which the peer has nothing learned (never met) are passed over.
import json
import sys


def levels(path):
    with open(path, encoding="utf-8") as file:
        model = json.load(file)
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                yield comparison["output_column_name"], level


largest = {"m_probability": 0.0, "u_probability": 0.0}
compared = 0
for (name, ours), (_, peer) in zip(levels(sys.argv[1]), levels(sys.argv[2]), strict=True):
    for key in largest:
        if isinstance(peer.get(key), float) and isinstance(ours.get(key), float):
            difference = abs(ours[key] - peer[key])
            largest[key] = max(largest[key], difference)
            compared += 1
            if len(sys.argv) > 3:
                print(f"{difference:.5f} {key[0]} {ours[key]:.7g} {peer[key]:.7g} "
                      f"{name}: {peer['sql_condition']}", file=sys.stderr)
        elif len(sys.argv) > 3:
            print(f"------- {key[0]} {ours.get(key)} {peer.get(key)} "
                  f"{name}: {peer['sql_condition']}", file=sys.stderr)
print(f"{largest['m_probability']:.5f} {largest['u_probability']:.5f} {compared}")
