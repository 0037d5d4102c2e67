# SPDX-License-Identifier: AGPL-3.0-or-later
# The peer: Splink on DuckDB with the settings and training rules that Heng is given.
#   splink_peer.py link SETTINGS RULES PEOPLE.csv FOLDER   from CSV to pairs.csv, clusters.csv
#   splink_peer.py train SETTINGS RULES PEOPLE.csv FOLDER  trained.json, trained-tf.json: without and
#                                                          with term frequencies in EM
#   splink_peer.py count SETTINGS RULES PEOPLE.csv         prints the number of candidate pairs
#   splink_peer.py versions
# RULES holds a line "train-by SQL", "prior-by SQL" or "prior-recall SHARE" each.
import json
import logging
import sys
import time

import duckdb
import splink
from splink import DuckDBAPI, Linker

logging.getLogger("splink").setLevel(logging.ERROR)


def read_rules(path):
    rules = {"train-by": [], "prior-by": [], "prior-recall": []}
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, _, value = line.strip().partition(" ")
            if key:
                rules[key].append(value)
    return rules


def open_linker(settings_path, people):
    connection = duckdb.connect()
    connection.execute("SET threads=2")
    connection.execute(
        f"CREATE TABLE people AS SELECT * FROM read_csv('{people}', all_varchar=true, header=true)"
    )
    with open(settings_path, encoding="utf-8") as file:
        settings = json.load(file)
    api = DuckDBAPI(connection=connection)
    return connection, Linker(api.register("people"), settings)


def train(linker, rules, most_random, with_frequencies, enough=100, seed=1):
    training = linker.training
    training.estimate_probability_two_random_records_match(
        rules["prior-by"], recall=float(rules["prior-recall"][0])
    )
    training.estimate_u_using_random_sampling(
        max_pairs=most_random, seed=seed, min_count_per_level=enough
    )
    for rule in rules["train-by"]:
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=not with_frequencies
        )


def link(settings, rules, people, folder, seed):
    began = time.time()
    connection, linker = open_linker(settings, people)
    loaded = time.time()
    # Its faster way, and the one that Heng takes.
    train(linker, rules, 1e6, False, seed=seed)
    trained = time.time()
    pairs = linker.inference.predict(threshold_match_probability=0.5)
    predicted = time.time()
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        pairs, threshold_match_probability=0.5
    )
    clustered = time.time()
    connection.execute(
        "COPY (SELECT unique_id_l AS id_a, unique_id_r AS id_b, match_probability AS probability, "
        f"match_weight FROM {pairs.physical_name}) TO '{folder}/pairs.csv' (HEADER)"
    )
    connection.execute(
        "COPY (SELECT unique_id AS id, cluster_id AS cluster "
        f"FROM {clusters.physical_name}) TO '{folder}/clusters.csv' (HEADER)"
    )
    print(
        f"read {loaded - began:.1f} s, learn {trained - loaded:.1f} s, "
        f"compare {predicted - trained:.1f} s, cluster {clustered - predicted:.1f} s, "
        f"write {time.time() - clustered:.1f} s"
    )


def main():
    if sys.argv[1] == "versions":
        print(f"Splink {splink.__version__} on DuckDB {duckdb.__version__}")
        return
    settings, rules_path, people = sys.argv[2:5]
    rules = read_rules(rules_path)
    if sys.argv[1] == "link":
        link(settings, rules, people, sys.argv[5], int(sys.argv[6]))
    elif sys.argv[1] == "train":
        for name, with_frequencies in (("trained", False), ("trained-tf", True)):
            _, linker = open_linker(settings, people)
            train(linker, rules, 2e7, with_frequencies, None)
            linker.misc.save_model_to_json(f"{sys.argv[5]}/{name}.json", overwrite=True)
    elif sys.argv[1] == "count":
        from splink.blocking_analysis import count_comparisons_from_blocking_rules as count

        with open(settings, encoding="utf-8") as file:
            by = json.load(file)["blocking_rules_to_generate_predictions"]
        api = DuckDBAPI()
        api._con.execute(
            f"CREATE TABLE people AS SELECT * FROM read_csv('{people}', all_varchar=true)"
        )
        rows = count(
            api.register("people"),
            blocking_rules=[rule["blocking_rule"] for rule in by],
            link_type="dedupe_only",
            record_sample_proportion=1.0,
        )
        print(rows[-1]["cumulative_comparison_count"])


main()
