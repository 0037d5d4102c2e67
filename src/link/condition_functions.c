// SPDX-License-Identifier: AGPL-3.0-or-later
// The names of functions: DuckDB's first, then those of Spark, PostgreSQL and SQLite.
#include "link/condition_tree.h"

enum { ANY = 255 };

#define NAMES(...)                                                                       \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }
#define FUNCTION(f, least, most, ...)                                                    \
    [FUNCTION_##f] = {FUNCTION_##f, NAMES(__VA_ARGS__), (least), (most)}

static const struct condition_names functions[CONDITION_FUNCTIONS] = {
    FUNCTION(LOWER, 1, 1, "lower", "lcase"),
    FUNCTION(UPPER, 1, 1, "upper", "ucase"),
    FUNCTION(TRIM, 1, 2, "trim", "btrim"),
    FUNCTION(LTRIM, 1, 2, "ltrim"),
    FUNCTION(RTRIM, 1, 2, "rtrim"),
    FUNCTION(SUBSTR, 2, 3, "substr", "substring", "mid"),
    FUNCTION(LEFT, 2, 2, "left"),
    FUNCTION(RIGHT, 2, 2, "right"),
    FUNCTION(LENGTH, 1, 1, "length", "char_length", "character_length"),
    FUNCTION(REVERSE, 1, 1, "reverse"),
    FUNCTION(REPLACE, 3, 3, "replace"),
    FUNCTION(REGEXP_EXTRACT, 2, 3, "regexp_extract", "regexp_substr"),
    FUNCTION(REGEXP_REPLACE, 3, 4, "regexp_replace"),
    FUNCTION(CONCAT, 1, ANY, "concat"),
    FUNCTION(COALESCE, 1, ANY, "coalesce", "ifnull", "nvl"),
    FUNCTION(NULLIF, 2, 2, "nullif"),
    FUNCTION(STRFTIME, 2, 2, "strftime"),
    FUNCTION(YEAR, 1, 1, "year"),
    FUNCTION(MONTH, 1, 1, "month"),
    FUNCTION(DAY, 1, 1, "day", "dayofmonth"),
    FUNCTION(STRPTIME, 2, 2, "try_strptime", "strptime"),
    FUNCTION(STR_SPLIT, 2, 2, "str_split", "string_split", "string_to_array", "split"),
    FUNCTION(SPLIT_PART, 3, 3, "split_part"),
    FUNCTION(SOUNDEX, 1, 1, "soundex"),
    FUNCTION(ABS, 1, 1, "abs"),
    FUNCTION(ROUND, 1, 2, "round"),
    FUNCTION(SQRT, 1, 1, "sqrt"),
    FUNCTION(SIN, 1, 1, "sin"),
    FUNCTION(COS, 1, 1, "cos"),
    FUNCTION(ASIN, 1, 1, "asin"),
    FUNCTION(ACOS, 1, 1, "acos"),
    FUNCTION(RADIANS, 1, 1, "radians"),
    FUNCTION(PI, 0, 0, "pi"),
    FUNCTION(POW, 2, 2, "pow", "power"),
    FUNCTION(LEAST, 2, ANY, "least", "min"),
    FUNCTION(GREATEST, 2, ANY, "greatest", "max"),
    FUNCTION(EPOCH, 1, 1, "epoch", "unix_timestamp", "to_unixtime"),
    FUNCTION(DATE_DIFF, 3, 3, "date_diff", "datediff"),
    FUNCTION(LIST_INTERSECT, 2, 2, "list_intersect", "array_intersect"),
    FUNCTION(LIST_LENGTH, 1, 1, "array_length", "list_length", "len", "array_size",
             "size", "cardinality"),
    FUNCTION(PINYIN, 1, 1, "heng_pinyin"),
    FUNCTION(PINYIN_TONES, 1, 1, "heng_pinyin_tones"),
    FUNCTION(INITIALS, 1, 1, "heng_initials"),
    FUNCTION(SOUND, 1, 1, "heng_sound"),
    FUNCTION(SURNAME, 1, 1, "heng_surname"),
    FUNCTION(GIVEN, 1, 1, "heng_given"),
    FUNCTION(SORTED, 1, 1, "heng_sorted"),
    FUNCTION(IDENTITY_BIRTH, 1, 1, "heng_identity_birth"),
    FUNCTION(IDENTITY_SEX, 1, 1, "heng_identity_sex"),
    FUNCTION(IDENTITY_REGION, 1, 1, "heng_identity_region"),
    FUNCTION(TOKEN, 2, 2, "heng_token"),
    FUNCTION(DIGITS, 1, 1, "heng_digits"),
    FUNCTION(SORT_TOKENS, 1, 1, "heng_sort_tokens"),
    FUNCTION(LEVENSHTEIN, 2, 2, "levenshtein", "editdist3", "levenshtein_distance",
             "edit_distance"),
    FUNCTION(DAMERAU, 2, 2, "damerau_levenshtein", "dam_lev"),
    FUNCTION(OSA, 2, 2, "heng_osa"),
    FUNCTION(JARO, 2, 2, "jaro_similarity", "jaro_sim", "jaro"),
    FUNCTION(JARO_WINKLER, 2, 2, "jaro_winkler_similarity", "jaro_winkler",
             "jaro_winkler_sim"),
    FUNCTION(JACCARD, 2, 2, "jaccard", "jaccard_sim"),
    FUNCTION(QGRAM, 3, 3, "heng_qgram"),
    FUNCTION(TOKENS, 3, 3, "heng_tokens"),
    FUNCTION(COSINE, 2, 2, "array_cosine_similarity", "list_cosine_similarity",
             "cosine_similarity", "cos_similarity"),
    FUNCTION(SHAPE, 2, 2, "heng_shape"),
    FUNCTION(DAYS, 2, 2, "heng_days"),
    FUNCTION(DATES_SWAPPED, 2, 2, "heng_dates_swapped"),
    FUNCTION(KM, 4, 4, "heng_km"),
    FUNCTION(NEAR, 3, 3, "heng_near"),
};

const struct condition_names *condition_functions(void)
{
    return functions;
}
