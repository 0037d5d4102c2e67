// SPDX-License-Identifier: AGPL-3.0-or-later
// The parameters of a .prm, each with what becomes of it here.
#include "study/satscan_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum kind { KIND_TEXT, KIND_WHOLE, KIND_DECIMAL, KIND_SWITCH };

enum fate {
    OBEYED,
    IDLE, // of SaTScan's window, mail or speed; or of another parameter that is off
    TOLD, // an output that is not made: a note
    STOP, // the figures would be others: an error
    STOP_IN_TIME // the same, but in a purely spatial scan it makes no difference
};

struct parameter {
    const char *name;
    enum kind kind;
    enum fate fate;
    const char *usual; // SaTScan's when it is not there; what TOLD and STOP let pass
};

// In the order of SaTScan 10's file.
static const struct parameter parameters[] = {
    {"CaseFile", KIND_TEXT, OBEYED, ""},
    {"ControlFile", KIND_TEXT, OBEYED, ""},
    {"PrecisionCaseTimes", KIND_WHOLE, OBEYED, "1"},
    {"StartDate", KIND_TEXT, OBEYED, "2000/1/1"},
    {"EndDate", KIND_TEXT, OBEYED, "2000/12/31"},
    {"PopulationFile", KIND_TEXT, OBEYED, ""},
    {"CoordinatesFile", KIND_TEXT, OBEYED, ""},
    {"UseGridFile", KIND_SWITCH, OBEYED, "n"},
    {"GridFile", KIND_TEXT, OBEYED, ""},
    {"CoordinatesType", KIND_WHOLE, OBEYED, "1"},
    {"AnalysisType", KIND_WHOLE, OBEYED, "1"},
    {"ModelType", KIND_WHOLE, OBEYED, "0"},
    {"ScanAreas", KIND_WHOLE, OBEYED, "1"},
    {"TimeAggregationUnits", KIND_WHOLE, OBEYED, "1"},
    {"TimeAggregationLength", KIND_WHOLE, OBEYED, "1"},
    {"ResultsFile", KIND_TEXT, OBEYED, ""},
    {"OutputGoogleEarthKML", KIND_SWITCH, TOLD, "n"},
    {"OutputShapefiles", KIND_SWITCH, TOLD, "n"},
    {"OutputCartesianGraph", KIND_SWITCH, TOLD, "n"},
    {"MostLikelyClusterEachCentroidASCII", KIND_SWITCH, OBEYED, "n"},
    {"MostLikelyClusterEachCentroidDBase", KIND_SWITCH, TOLD, "n"},
    {"MostLikelyClusterCaseInfoEachCentroidASCII", KIND_SWITCH, OBEYED, "n"},
    {"MostLikelyClusterCaseInfoEachCentroidDBase", KIND_SWITCH, TOLD, "n"},
    {"CensusAreasReportedClustersASCII", KIND_SWITCH, OBEYED, "n"},
    {"CensusAreasReportedClustersDBase", KIND_SWITCH, TOLD, "n"},
    {"IncludeRelativeRisksCensusAreasASCII", KIND_SWITCH, OBEYED, "n"},
    {"IncludeRelativeRisksCensusAreasDBase", KIND_SWITCH, TOLD, "n"},
    {"SaveSimLLRsASCII", KIND_SWITCH, OBEYED, "n"},
    {"SaveSimLLRsDBase", KIND_SWITCH, TOLD, "n"},
    {"OutputGoogleMaps", KIND_SWITCH, TOLD, "n"},
    {"MultipleDataSetsPurposeType", KIND_WHOLE, IDLE, "0"},
    {"StudyPeriodCheckType", KIND_WHOLE, OBEYED, "0"},
    {"GeographicalCoordinatesCheckType", KIND_WHOLE, OBEYED, "0"},
    {"LocationsNetworkFilename", KIND_TEXT, IDLE, ""},
    {"UseLocationsNetworkFile", KIND_SWITCH, STOP, "n"},
    {"PurposeLocationsNetworkFile", KIND_WHOLE, IDLE, "1"},
    {"UseNeighborsFile", KIND_SWITCH, STOP, "n"},
    {"NeighborsFilename", KIND_TEXT, IDLE, ""},
    {"UseMetaLocationsFile", KIND_SWITCH, STOP, "n"},
    {"MetaLocationsFilename", KIND_TEXT, IDLE, ""},
    {"MultipleCoordinatesType", KIND_WHOLE, STOP, "0"},
    {"MultipleLocationsFile", KIND_TEXT, STOP, ""},
    {"MaxSpatialSizeInPopulationAtRisk", KIND_DECIMAL, OBEYED, "50"},
    {"UseMaxCirclePopulationFileOption", KIND_SWITCH, OBEYED, "n"},
    {"MaxSpatialSizeInMaxCirclePopulationFile", KIND_DECIMAL, OBEYED, "50"},
    {"MaxCirclePopulationFile", KIND_TEXT, OBEYED, ""},
    {"UseDistanceFromCenterOption", KIND_SWITCH, OBEYED, "n"},
    {"MaxSpatialSizeInDistanceFromCenter", KIND_DECIMAL, OBEYED, "1"},
    {"IncludePurelyTemporal", KIND_SWITCH, OBEYED, "n"},
    {"SpatialWindowShapeType", KIND_WHOLE, OBEYED, "0"},
    {"NonCompactnessPenalty", KIND_WHOLE, OBEYED, "1"},
    {"IsotonicScan", KIND_WHOLE, STOP, "0"},
    {"MinimumTemporalClusterSize", KIND_WHOLE, OBEYED, "1"},
    {"MaxTemporalSizeInterpretation", KIND_WHOLE, OBEYED, "0"},
    {"MaxTemporalSize", KIND_DECIMAL, OBEYED, "50"},
    {"IncludePurelySpatial", KIND_SWITCH, OBEYED, "n"},
    {"IncludeClusters", KIND_WHOLE, OBEYED, "0"},
    {"IntervalStartRange", KIND_TEXT, IDLE, ""},
    {"IntervalEndRange", KIND_TEXT, IDLE, ""},
    {"RiskLimitHighClusters", KIND_SWITCH, STOP, "n"},
    {"RiskThresholdHighClusters", KIND_DECIMAL, IDLE, "1"},
    {"RiskLimitLowClusters", KIND_SWITCH, STOP, "n"},
    {"RiskThresholdLowClusters", KIND_DECIMAL, IDLE, "1"},
    {"MinimumCasesInLowRateClusters", KIND_WHOLE, OBEYED, "0"},
    {"MinimumCasesInHighRateClusters", KIND_WHOLE, OBEYED, "2"},
    {"TimeTrendAdjustmentType", KIND_WHOLE, STOP_IN_TIME, "0"},
    {"TimeTrendPercentage", KIND_DECIMAL, IDLE, "0"},
    {"TimeStratifiedAdjLength", KIND_WHOLE, IDLE, "1"},
    {"TimeTrendType", KIND_WHOLE, IDLE, "0"},
    {"AdjustForWeeklyTrends", KIND_SWITCH, STOP_IN_TIME, "n"},
    {"SpatialAdjustmentType", KIND_WHOLE, STOP_IN_TIME, "0"},
    {"UseAdjustmentsByRRFile", KIND_SWITCH, STOP, "n"},
    {"AdjustmentsByKnownRelativeRisksFilename", KIND_TEXT, IDLE, ""},
    {"PValueReportType", KIND_WHOLE, OBEYED, "0"},
    {"EarlyTerminationThreshold", KIND_WHOLE, OBEYED, "50"},
    {"ReportGumbel", KIND_SWITCH, OBEYED, "n"},
    {"MonteCarloReps", KIND_WHOLE, OBEYED, "999"},
    {"AdjustForEarlierAnalyses", KIND_SWITCH, OBEYED, "n"},
    {"ProspectiveStartDate", KIND_TEXT, OBEYED, "2000/12/31"},
    {"IterativeScan", KIND_SWITCH, STOP, "n"},
    {"IterativeScanMaxIterations", KIND_WHOLE, IDLE, "10"},
    {"IterativeScanMaxPValue", KIND_DECIMAL, IDLE, "0.05"},
    {"PerformStandardDrilldown", KIND_SWITCH, TOLD, "n"},
    {"PerformBernoulliDrilldown", KIND_SWITCH, TOLD, "n"},
    {"DrilldownMinimumClusterLocations", KIND_WHOLE, IDLE, "2"},
    {"DrilldownMinimumClusterCases", KIND_WHOLE, IDLE, "10"},
    {"DrilldownClusterCutoff", KIND_DECIMAL, IDLE, "0.05"},
    {"DrilldownAdjustForWeeklyTrends", KIND_SWITCH, IDLE, "n"},
    {"CalculateOliveira", KIND_SWITCH, TOLD, "n"},
    {"NumBootstrapReplications", KIND_WHOLE, IDLE, "1000"},
    {"OliveiraPvalueCutoff", KIND_DECIMAL, IDLE, "0.05"},
    {"ProspectiveFrequencyType", KIND_WHOLE, OBEYED, "0"},
    {"ProspectiveFrequency", KIND_WHOLE, OBEYED, "1"},
    {"PerformPowerEvaluation", KIND_SWITCH, OBEYED, "n"},
    {"PowerEvaluationsMethod", KIND_WHOLE, OBEYED, "0"},
    {"PowerEvaluationTotalCases", KIND_WHOLE, IDLE, "600"},
    {"CriticalValueType", KIND_WHOLE, IDLE, "0"},
    {"CriticalValue05", KIND_DECIMAL, IDLE, "0"},
    {"CriticalValue01", KIND_DECIMAL, IDLE, "0"},
    {"CriticalValue001", KIND_DECIMAL, IDLE, "0"},
    {"PowerEstimationType", KIND_WHOLE, IDLE, "0"},
    {"NumberPowerReplications", KIND_WHOLE, IDLE, "1000"},
    {"AlternativeHypothesisFilename", KIND_TEXT, IDLE, ""},
    {"PowerEvaluationsSimulationMethod", KIND_WHOLE, IDLE, "0"},
    {"PowerEvaluationsSimulationSourceFilename", KIND_TEXT, IDLE, ""},
    {"ReportPowerEvaluationSimulationData", KIND_SWITCH, IDLE, "n"},
    {"PowerEvaluationsSimulationOutputFilename", KIND_TEXT, IDLE, ""},
    {"LaunchMapViewer", KIND_SWITCH, IDLE, "y"},
    {"LaunchKMLViewer", KIND_SWITCH, IDLE, "y"},
    {"CompressKMLtoKMZ", KIND_SWITCH, IDLE, "n"},
    {"IncludeClusterLocationsKML", KIND_SWITCH, IDLE, "y"},
    {"ThresholdLocationsSeparateKML", KIND_WHOLE, IDLE, "1000"},
    {"ReportHierarchicalClusters", KIND_SWITCH, OBEYED, "y"},
    {"CriteriaForReportingSecondaryClusters", KIND_WHOLE, OBEYED, "0"},
    {"ReportGiniClusters", KIND_SWITCH, OBEYED, "y"},
    {"GiniIndexClusterReportingType", KIND_WHOLE, OBEYED, "0"},
    {"SpatialMaxima", KIND_TEXT, OBEYED, "1,2,3,4,5,6,8,10,12,15,20,25,30,40,50"},
    {"GiniIndexClustersPValueCutOff", KIND_DECIMAL, OBEYED, "0.05"},
    {"ReportGiniIndexCoefficents", KIND_SWITCH, TOLD, "n"},
    {"ReportGiniIndexCoefficients", KIND_SWITCH, TOLD, "n"},
    {"UseReportOnlySmallerClusters", KIND_SWITCH, STOP, "n"},
    {"MaxSpatialSizeInPopulationAtRisk_Reported", KIND_DECIMAL, IDLE, "50"},
    {"UseMaxCirclePopulationFileOption_Reported", KIND_SWITCH, IDLE, "n"},
    {"MaxSizeInMaxCirclePopulationFile_Reported", KIND_DECIMAL, IDLE, "50"},
    {"UseDistanceFromCenterOption_Reported", KIND_SWITCH, IDLE, "n"},
    {"MaxSpatialSizeInDistanceFromCenter_Reported", KIND_DECIMAL, IDLE, "1"},
    {"OutputTemporalGraphHTML", KIND_SWITCH, TOLD, "n"},
    {"TemporalGraphReportType", KIND_WHOLE, IDLE, "0"},
    {"TemporalGraphMostMLC", KIND_WHOLE, IDLE, "1"},
    {"TemporalGraphSignificanceCutoff", KIND_DECIMAL, IDLE, "0.05"},
    {"CriticalValue", KIND_SWITCH, OBEYED, "n"},
    {"ReportClusterRank", KIND_SWITCH, OBEYED, "n"},
    {"PrintAsciiColumnHeaders", KIND_SWITCH, OBEYED, "n"},
    {"ResultsTitle", KIND_TEXT, OBEYED, ""},
    {"CutoffClusterLinelistCSV", KIND_DECIMAL, IDLE, "0.05"},
    {"CutoffLineListCSV", KIND_DECIMAL, IDLE, "0.05"},
    {"LineListIndividualCache", KIND_TEXT, IDLE, ""},
    {"LineListHeaderCaseFile", KIND_SWITCH, IDLE, "n"},
    {"LineListCaseFile", KIND_SWITCH, TOLD, "n"},
    {"EmailAlwaysSummary", KIND_SWITCH, TOLD, "n"},
    {"EmailAlwaysRecipients", KIND_TEXT, IDLE, ""},
    {"EmailCutoffSummary", KIND_SWITCH, TOLD, "n"},
    {"EmailCutoffRecipients", KIND_TEXT, IDLE, ""},
    {"EmailCutoffValue", KIND_DECIMAL, IDLE, "0.05"},
    {"EmailAttachResults", KIND_SWITCH, IDLE, "n"},
    {"EmailIncludeResults", KIND_SWITCH, IDLE, "n"},
    {"CustomEmail", KIND_SWITCH, IDLE, "n"},
    {"CustomEmailSubjectLine", KIND_TEXT, IDLE, ""},
    {"CustomEmailMessageBody", KIND_TEXT, IDLE, ""},
    {"EllipseShapes", KIND_TEXT, OBEYED, "1.5,2,3,4,5"},
    {"EllipseAngles", KIND_TEXT, OBEYED, "4,6,9,12,15"},
    {"SimulatedDataMethodType", KIND_WHOLE, STOP, "0"},
    {"SimulatedDataInputFilename", KIND_TEXT, IDLE, ""},
    {"PrintSimulatedDataToFile", KIND_SWITCH, TOLD, "n"},
    {"SimulatedDataOutputFilename", KIND_TEXT, IDLE, ""},
    {"RandomlyGenerateSeed", KIND_SWITCH, TOLD, "n"},
    {"RandomizationSeed", KIND_WHOLE, OBEYED, "0"},
    {"NumberParallelProcesses", KIND_WHOLE, OBEYED, "0"},
    {"SuppressWarnings", KIND_SWITCH, IDLE, "n"},
    {"LogRunToHistoryFile", KIND_SWITCH, IDLE, "y"},
    {"ExecutionType", KIND_WHOLE, IDLE, "0"},
    {"Version", KIND_TEXT, OBEYED, "10"},
    // older files
    {"ReportGiniOptimizedClusters", KIND_SWITCH, OBEYED, "n"},
    {"IntervalUnits", KIND_WHOLE, STOP, "?"},
    {"IntervalLength", KIND_WHOLE, STOP, "?"},
    {"MaxGeographicSize", KIND_DECIMAL, STOP, "?"},
    {"MaxSpatialSizeInterpretation", KIND_WHOLE, STOP, "0"},
    {"NumberOfEllipses", KIND_WHOLE, STOP, "0"},
    {"EarlySimulationTermination", KIND_SWITCH, STOP, "n"},
    {"SequentialScan", KIND_SWITCH, STOP, "n"},
    {"ValidateParameters", KIND_SWITCH, IDLE, "y"},
};
enum { N_PARAMETERS = sizeof parameters / sizeof *parameters };

static const struct parameter *parameter_of(struct str name)
{
    for (size_t i = 0; i < N_PARAMETERS; i++)
        if (str_equal_fold(name, str_of(parameters[i].name)))
            return &parameters[i];
    return NULL;
}

// ---- values ----

static const struct satscan_line *line_of(const struct satscan_prm *p, struct str name)
{
    for (size_t i = 0; i < p->n; i++)
        if (str_equal_fold(p->lines[i].name, name))
            return &p->lines[i];
    return NULL;
}

struct str satscan_text(const struct satscan_prm *p, const char *name)
{
    const struct satscan_line *line = line_of(p, str_of(name));
    const struct parameter *known = parameter_of(str_of(name));
    // an empty value is SaTScan's usual one, as an absent one
    return line && line->value.n ? line->value : str_of(known ? known->usual : "");
}

int64_t satscan_number(const struct satscan_prm *p, const char *name)
{
    int64_t value;
    return str_to_int(satscan_text(p, name), &value) ? value : 0;
}

double satscan_decimal(const struct satscan_prm *p, const char *name)
{
    double value;
    return str_to_double(satscan_text(p, name), &value) ? value : 0;
}

static bool read_switch(struct str s, bool *on)
{
    if (str_equal_fold(s, STR("y")) || str_equal_fold(s, STR("yes")) ||
        str_equal_fold(s, STR("true")) || str_equal_c(s, "1"))
        *on = true;
    else if (str_equal_fold(s, STR("n")) || str_equal_fold(s, STR("no")) ||
             str_equal_fold(s, STR("false")) || str_equal_c(s, "0"))
        *on = false;
    else
        return false;
    return true;
}

bool satscan_yes(const struct satscan_prm *p, const char *name)
{
    bool on = false;
    return read_switch(satscan_text(p, name), &on) && on;
}

void satscan_where(const struct satscan_prm *p, const char *name, char *out, size_t size)
{
    const struct satscan_line *line = line_of(p, str_of(name));
    if (line)
        snprintf(out, size, "%s:%zu %s", p->path, line->line, name);
    else
        snprintf(out, size, "%s %s", p->path, name);
}

enum err satscan_error(const struct satscan_prm *p, const char *name, const char *cure,
                       struct error *e, const char *format, ...)
{
    char where[256], text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    satscan_where(p, name, where, sizeof where);
    (void)error_set(e, ERR_INPUT, "satscan.parameter", where, "%s", text);
    return error_cure(e, "%s", cure);
}

enum err satscan_file_path(const struct satscan_prm *p, const char *name,
                           const char **path, struct error *e)
{
    struct str value = satscan_text(p, name);
    *path = NULL;
    if (!value.n)
        return ERR_OK;
    const char *slash = strrchr(p->path, '/');
    struct str folder = {p->path, slash ? (size_t)(slash - p->path) + 1 : 0};
    if (value.p[0] == '/')
        folder.n = 0;
    struct str whole =
        str_format(p->arena, STR_FMT STR_FMT, STR_ARG(folder), STR_ARG(value));
    if (!whole.p)
        return error_memory(e);
    *path = whole.p;
    return ERR_OK;
}

// ---- checking ----

static bool is_of_kind(enum kind kind, struct str value)
{
    int64_t whole;
    double decimal;
    bool on;
    switch (kind) {
    case KIND_TEXT:
        return true;
    case KIND_WHOLE:
        return str_to_int(value, &whole);
    case KIND_DECIMAL:
        return str_to_double(value, &decimal);
    case KIND_SWITCH:
        return read_switch(value, &on);
    }
    return false;
}

static bool is_usual(const struct parameter *known, struct str value)
{
    bool on = false, usual = false;
    int64_t a, b;
    if (!value.n)
        return true;
    if (known->kind == KIND_SWITCH)
        return read_switch(value, &on) && read_switch(str_of(known->usual), &usual) &&
               on == usual;
    if (known->kind == KIND_WHOLE)
        return str_to_int(value, &a) && str_to_int(str_of(known->usual), &b) && a == b;
    return str_equal_c(value, known->usual);
}

static const char *const kind_words[] = {[KIND_WHOLE] = "a whole number",
                                         [KIND_DECIMAL] = "a number",
                                         [KIND_SWITCH] = "y or n"};

// Data sets after the first: CaseFile2, ControlFile3-SourceType, ...
static bool is_second_set(struct str name)
{
    static const char *const files[] = {"CaseFile", "ControlFile", "PopulationFile"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t n = strlen(files[i]);
        if (name.n > n && str_equal_fold((struct str){name.p, n}, str_of(files[i])) &&
            name.p[n] >= '2' && name.p[n] <= '9')
            return true;
    }
    return false;
}

// How a data file is laid out (CaseFile-SourceType=0), or the name of a data set.
static bool is_source(struct str name)
{
    for (size_t i = 0; i + 7 < name.n; i++)
        if (str_equal_fold((struct str){name.p + i, 7}, STR("-Source")))
            return true;
    return name.n > 5 &&
           str_equal_fold((struct str){name.p + name.n - 5, 5}, STR("-Name"));
}

static const struct parameter *nearest(struct str name)
{
    const struct parameter *best = NULL;
    size_t longest = 7; // letters in common at the start
    for (size_t i = 0; i < N_PARAMETERS; i++) {
        size_t n = 0;
        while (n < name.n && parameters[i].name[n] &&
               (parameters[i].name[n] | 32) == (name.p[n] | 32))
            n++;
        if (n > longest) {
            longest = n;
            best = &parameters[i];
        }
    }
    return best;
}

static void tell_unknown(const struct satscan_prm *p, const struct satscan_line *line,
                         struct scan_study *s)
{
    const struct parameter *near = nearest(line->name);
    if (near)
        scan_study_note(s,
                        "%s:%zu: \"" STR_FMT
                        "\" is not a parameter that is known (nearest: %s) "
                        "and made no difference.",
                        "%s:%zu：“" STR_FMT "”不是已知参数（最接近：%s），未起作用。",
                        p->path, line->line, STR_ARG(line->name), near->name);
    else
        scan_study_note(s,
                        "%s:%zu: \"" STR_FMT
                        "\" is not a parameter that is known and made no "
                        "difference.",
                        "%s:%zu：“" STR_FMT "”不是已知参数，未起作用。", p->path,
                        line->line, STR_ARG(line->name));
}

static enum err check_line(const struct satscan_prm *p, const struct satscan_line *line,
                           struct scan_study *s, struct error *e)
{
    const struct parameter *known = parameter_of(line->name);
    if (is_second_set(line->name)) {
        if (!line->value.n || is_source(line->name))
            return ERR_OK;
        char name[64];
        snprintf(name, sizeof name, STR_FMT, STR_ARG(line->name));
        return satscan_error(p, name, "Scan the data sets one by one.", e,
                             "several data sets in one scan are not done");
    }
    if (!known && is_source(line->name))
        return ERR_OK;
    if (!known) {
        tell_unknown(p, line, s);
        return ERR_OK;
    }
    if (line->value.n && !is_of_kind(known->kind, line->value))
        return satscan_error(
            p, known->name, "Correct the value, or let SaTScan write the file anew.", e,
            "\"" STR_FMT "\" is not %s", STR_ARG(line->value), kind_words[known->kind]);
    if (is_usual(known, line->value))
        return ERR_OK;
    if (known->fate == TOLD)
        scan_study_note(s, "%s:%zu: %s=" STR_FMT ": this output is not made.",
                        "%s:%zu：%s=" STR_FMT "：不生成此项输出。", p->path, line->line,
                        known->name, STR_ARG(line->value));
    if (known->fate == STOP && known->usual[0] == '?')
        return satscan_error(p, known->name,
                             "Open the file in SaTScan 7 or later and save it.", e,
                             "the file is of a SaTScan before version 5");
    bool spatial = satscan_number(p, "AnalysisType") == SATSCAN_SPATIAL;
    if (known->fate == STOP || (known->fate == STOP_IN_TIME && !spatial)) {
        char cure[128];
        snprintf(cure, sizeof cure, "Set %s=%s if that is what you mean.", known->name,
                 known->usual);
        return satscan_error(p, known->name, cure, e,
                             "what %s=" STR_FMT " asks for is not done here, and the "
                             "figures would not be SaTScan's",
                             known->name, STR_ARG(line->value));
    }
    return ERR_OK;
}

// ---- reading ----

static enum err bad_line(const struct satscan_prm *p, size_t number, struct str line,
                         struct error *e)
{
    char where[256];
    size_t shown = line.n > 60 ? 60 : line.n;
    snprintf(where, sizeof where, "%s:%zu", p->path, number);
    (void)error_set(e, ERR_INPUT, "satscan.line", where,
                    "\"" STR_FMT "\" is no [section], no ;comment and no name=value",
                    STR_ARG(((struct str){line.p, shown})));
    return error_cure(e, "Is this a parameter file of SaTScan (.prm)?");
}

static enum err take_line(struct satscan_prm *p, struct str text, size_t number,
                          struct error *e)
{
    struct str name, value, line = str_trim(text);
    if (!line.n || line.p[0] == ';' || (line.p[0] == '[' && line.p[line.n - 1] == ']'))
        return ERR_OK;
    if (!str_split(line, '=', &name, &value) || !str_trim(name).n ||
        memchr(line.p, 0, line.n))
        return bad_line(p, number, line, e);
    name = str_trim(name);
    const struct satscan_line *before = line_of(p, name);
    if (before) {
        char where[256];
        snprintf(where, sizeof where, "%s:%zu", p->path, number);
        (void)error_set(e, ERR_INPUT, "satscan.twice", where,
                        "\"" STR_FMT "\" stands in line %zu already", STR_ARG(name),
                        before->line);
        return error_cure(e, "Delete one of the two lines.");
    }
    p->lines[p->n++] = (struct satscan_line){name, str_trim(value), number};
    return ERR_OK;
}

enum err satscan_prm_read(struct satscan_prm *out, const char *path, struct str text,
                          struct scan_study *s, struct error *e)
{
    size_t room = 1, number = 0;
    for (size_t i = 0; i < text.n; i++)
        room += text.p[i] == '\n';
    out->path = path;
    out->arena = s->arena;
    out->lines = ARENA_ARRAY(s->arena, struct satscan_line, room);
    if (!out->lines)
        return error_memory(e);
    struct str head, rest = text;
    enum err code = ERR_OK;
    for (bool more = true; more && !code;) {
        more = str_split(rest, '\n', &head, &rest);
        code = take_line(out, more ? head : rest, ++number, e);
    }
    if (!code && !out->n) {
        (void)error_set(e, ERR_INPUT, "satscan.empty", path,
                        "there is no parameter in the file");
        return error_cure(e, "Is this a parameter file of SaTScan (.prm)?");
    }
    for (size_t i = 0; i < out->n && !code; i++)
        code = check_line(out, &out->lines[i], s, e);
    return code;
}
