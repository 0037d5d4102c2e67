// SPDX-License-Identifier: AGPL-3.0-or-later
// The small part of SQL in which Splink writes levels and blocking rules, read into a
// tree.
//
// A name is a column of the left or the right record: "first_name_l", first_name_r in a
// level; l."first_name", r.first_name in a blocking rule; both are read in both places.
// Understood: AND OR NOT ( ) = == <> != < <= > >= + - * / || && IS [NOT] NULL,
// IS [NOT] DISTINCT FROM, [NOT] IN (...), [NOT] BETWEEN, CASE WHEN, CASE x WHEN, TRUE
// FALSE NULL, numbers, 'texts', DATE 'text', CAST(x AS t) and x::t (varchar, double, int,
// date, timestamp, boolean), TRY_CAST, x[1], x[2:4], EXTRACT(year FROM x), substring(x
// from 1 for 4), the best of all pairs of two lists (list_max, list_min), comments, and
// the functions of condition_functions() with the names that DuckDB, Spark, SQLite,
// PostgreSQL and Athena give them. ELSE stands alone. Anything else is ERR_INPUT with the
// character (from 1) of the text where it stands. Logic has three values, as in SQL.
// Dialects make one tree: date_diff has its unit first, formats of dates are strptime's.
//
// Splink's own libraries are the measure of what must be read: every level and blocking
// rule that comparison_library, comparison_level_library, comparison_template_library and
// blocking_rule_library of versions 3 to 5 write for DuckDB is understood but for three:
// fields of a structure (x['lat']), functions of the user's own, and LIKE. So is most of
// what they write for other databases (tests/link/splink_conditions.txt says what).
//
// Functions of one record (a text out): lower upper trim ltrim rtrim substr substring
// left right length reverse replace regexp_extract regexp_replace concat coalesce nullif
// strftime year month day try_strptime str_split split_part soundex list/array functions
// of Splink's array levels; and
//   heng_pinyin(x) heng_pinyin_tones(x) heng_initials(x) heng_sound(x) heng_surname(x)
//   heng_given(x) heng_sorted(x) (chinese.h); heng_identity_birth(x) heng_identity_sex(x)
//   heng_identity_region(x) (identity.h); heng_token(x, n): the n-th part between spaces,
//   from the end when n < 0; heng_digits(x): digits only; heng_sort_tokens(x).
// Functions of two records (a number or truth): levenshtein editdist3
// damerau_levenshtein jaro_similarity jaro_winkler_similarity jaccard list_intersect
// array_intersect cos_similarity date_diff datediff epoch abs haversine as Splink writes
// it out; and heng_osa(a, b) heng_qgram(a, b, q) heng_tokens(a, b, alike)
// heng_shape(a, b) heng_days(a, b) heng_dates_swapped(a, b) heng_km(...)
// heng_near(l.x, r.x, n): in a blocking rule, neighbours within n in sorted order.
#ifndef LINK_CONDITION_H
#define LINK_CONDITION_H

#include "base/str.h"
#include "link/records.h"

struct condition; // a tree in the arena it was read into

// Spark's texts know the backslash ('it\'s') and its lists count from 0.
enum condition_dialect { CONDITION_DUCKDB, CONDITION_SPARK };

enum condition_side { CONDITION_NONE = 0, CONDITION_LEFT = 1, CONDITION_RIGHT = 2 };

// where is for messages ("model.json: comparisons[0].comparison_levels[1]"). At most
// 64 KiB of text, 128 nodes deep. Linear in the text; any thread, one to an arena.
enum err condition_parse(struct condition **out, struct arena *a, struct str sql,
                         const char *where, struct error *e) WARN_UNUSED;
// The same for a text that was written for Spark; condition_print then gives DuckDB's
// form. (What is written for PostgreSQL, SQLite and Athena is read as DuckDB's.)
enum err condition_parse_dialect(struct condition **out, struct arena *a, struct str sql,
                                 enum condition_dialect dialect, const char *where,
                                 struct error *e) WARN_UNUSED;
// The tree as SQL for DuckDB that reads back to the same tree, unless it has become
// longer than the 64 KiB that are read.
void condition_print(const struct condition *c, struct buf *out);
bool condition_is_else(const struct condition *c);

// Names of all columns that are used (without _l and _r), each once, in order of first
// use.
enum err condition_columns(const struct condition *c, struct arena *a, struct str **names,
                           unsigned *n, struct error *e) WARN_UNUSED;

#endif
