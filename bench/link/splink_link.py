# SPDX-License-Identifier: AGPL-3.0-or-later
# The peer: Splink on DuckDB, from CSV to clusters, with settings that Heng reads as well.
#   splink_link.py PEOPLE.csv OUT-FOLDER [train|predict]
# Writes settings.json (before training), trained.json, clusters.csv, and prints one line of JSON
# with seconds and counts.
import json, os, sys, time
import pandas as pd, duckdb, splink
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, DuckDBAPI, block_on

path, out = sys.argv[1], sys.argv[2]
os.makedirs(out, exist_ok=True)
began = time.time()
con = duckdb.connect()
con.execute("SET threads=2")
con.execute(f"CREATE TABLE people AS SELECT * FROM read_csv('{path}', all_varchar=true)")
settings = SettingsCreator(
    link_type="dedupe_only",
    blocking_rules_to_generate_predictions=[
        block_on("first_name", "dob"),
        block_on("surname", "dob"),
        block_on("first_name", "surname"),
        block_on("postcode", "dob"),
        block_on("email"),
    ],
    comparisons=[
        cl.JaroWinklerAtThresholds("first_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("dob", [1, 2]),
        cl.LevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("email", [0.9, 0.8]),
    ],
    retain_intermediate_calculation_columns=False,
)
db = DuckDBAPI(connection=con)
try:
    table = db.register("people")          # Splink 5
    linker = Linker(table, settings)
except AttributeError:
    linker = Linker("people", settings, db_api=db)
with open(f"{out}/settings.json", "w") as f:
    json.dump(settings.get_settings("duckdb").as_dict() if hasattr(settings.get_settings("duckdb"), "as_dict")
              else settings.create_settings_dict("duckdb"), f, indent=1)
loaded = time.time()
t = linker.training
t.estimate_probability_two_random_records_match([block_on("first_name", "surname", "dob")], recall=0.7)
t.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
without = {"estimate_without_term_frequencies": os.environ.get("WITH_TF") is None}
t.estimate_parameters_using_expectation_maximisation(block_on("dob", "postcode"), **without)
t.estimate_parameters_using_expectation_maximisation(block_on("first_name", "email"), **without)
trained = time.time()
linker.misc.save_model_to_json(f"{out}/trained.json", overwrite=True)
pairs = linker.inference.predict(threshold_match_probability=0.5)
predicted = time.time()
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=0.5)
n_pairs = len(pairs.as_pandas_dataframe()[["match_probability"]]) if hasattr(pairs, "as_pandas_dataframe") else 0
c = clusters.as_duckdbpyrelation() if hasattr(clusters, "as_duckdbpyrelation") else None
name = clusters.physical_name
con.execute(f"COPY (SELECT unique_id AS id, cluster_id AS cluster FROM {name}) TO '{out}/clusters.csv' (HEADER)")
ended = time.time()
print(json.dumps({"splink": splink.__version__, "duckdb": duckdb.__version__, "seconds": ended - began,
                  "load": loaded - began, "train": trained - loaded, "predict": predicted - trained,
                  "cluster": ended - predicted, "links": n_pairs}))
