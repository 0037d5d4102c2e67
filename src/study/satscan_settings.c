// SPDX-License-Identifier: AGPL-3.0-or-later
// What the .prm asks for: the question to the kernel, and the study period in steps.
#include "study/satscan_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SLICES = 100000 };

// ---- settings ----

static enum err pick(const struct satscan_reading *r, const char *name, int64_t least,
                     int64_t most, const char *what, int64_t *value, struct error *e)
{
    *value = satscan_number(&r->prm, name);
    if (*value >= least && *value <= most)
        return ERR_OK;
    return satscan_error(&r->prm, name, what, e, "%s=%lld is not done here", name,
                         (long long)*value);
}

static enum err read_kinds(struct satscan_reading *r, struct error *e)
{
    int64_t model, analysis, precision, coordinates, rates, shape, penalty = 0;
    enum err code =
        pick(r, "ModelType", 0, 3,
             "Models: 0 Poisson, 1 Bernoulli, 2 space-time permutation, 3 ordinal.",
             &model, e);
    if (!code)
        code = pick(r, "AnalysisType", 1, 4,
                    "Analyses: 1 spatial, 2 temporal, 3 space-time, 4 prospective "
                    "space-time.",
                    &analysis, e);
    if (!code)
        code = pick(r, "PrecisionCaseTimes", 0, 4, "Take a number from 0 to 4.",
                    &precision, e);
    if (!code)
        code = pick(r, "CoordinatesType", 0, 1, "0 Cartesian, 1 latitude/longitude.",
                    &coordinates, e);
    if (!code)
        code = pick(r, "ScanAreas", 1, 3, "1 high, 2 low, 3 both.", &rates, e);
    if (!code)
        code =
            pick(r, "SpatialWindowShapeType", 0, 1, "0 circles, 1 ellipses.", &shape, e);
    if (!code && shape)
        code = pick(r, "NonCompactnessPenalty", 0, 2, "0 none, 1 medium, 2 strong.",
                    &penalty, e);
    if (code)
        return code;
    static const enum scan_model models[] = {SCAN_POISSON, SCAN_BERNOULLI,
                                             SCAN_PERMUTATION, SCAN_ORDINAL};
    static const enum scan_span spans[] = {0, SCAN_SPATIAL, SCAN_TEMPORAL,
                                           SCAN_SPACE_TIME, SCAN_PROSPECTIVE};
    static const enum scan_rates all_rates[] = {0, SCAN_HIGH, SCAN_LOW,
                                                SCAN_HIGH_AND_LOW};
    static const enum scan_penalty penalties[] = {SCAN_PENALTY_NONE, SCAN_PENALTY_MEDIUM,
                                                  SCAN_PENALTY_STRONG};
    struct scan_options *o = &r->s->options;
    r->model = (enum satscan_model)model;
    r->analysis = (enum satscan_analysis)analysis;
    r->precision = (enum satscan_precision)precision;
    r->great_circle = coordinates == 1;
    o->model = models[model];
    o->span = spans[analysis];
    o->metric = r->great_circle ? SCAN_GREAT_CIRCLE : SCAN_CARTESIAN;
    o->rates = all_rates[rates];
    o->shape = shape ? SCAN_ELLIPSE : SCAN_CIRCLE;
    o->penalty = penalties[penalty];
    if (shape && r->great_circle && analysis != SATSCAN_TEMPORAL)
        return satscan_error(&r->prm, "SpatialWindowShapeType",
                             "Project the coordinates to a plane (CoordinatesType=0).", e,
                             "ellipses need Cartesian coordinates");
    return ERR_OK;
}

// The same list, spaces aside.
static bool is_list(struct str text, const char *usual)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ' && (!*usual || text.p[i] != *usual++))
            return false;
    return !*usual;
}

static enum err check_kinds(const struct satscan_reading *r, struct error *e)
{
    const struct satscan_prm *p = &r->prm;
    bool timed = r->analysis != SATSCAN_SPATIAL;
    if (timed && r->precision == SATSCAN_NONE)
        return satscan_error(p, "PrecisionCaseTimes", "Set it to 1, 2, 3 or 4.", e,
                             "a scan in time needs the times of the cases");
    if (!timed && r->model == SATSCAN_PERMUTATION)
        return satscan_error(p, "AnalysisType", "Set it to 3 or 4.", e,
                             "the permutation model scans space and time together");
    if (r->analysis == SATSCAN_TEMPORAL && r->model == SATSCAN_PERMUTATION)
        return satscan_error(p, "AnalysisType", "Set it to 3 or 4.", e,
                             "the permutation model scans space and time together");
    if (r->analysis > SATSCAN_TEMPORAL && satscan_yes(p, "IncludePurelyTemporal"))
        return satscan_error(p, "IncludePurelyTemporal",
                             "Set it to n, and scan time alone with AnalysisType=2.", e,
                             "purely temporal clusters within a space-time scan are not "
                             "done");
    if (r->s->options.shape == SCAN_ELLIPSE &&
        (!is_list(satscan_text(p, "EllipseShapes"), "1.5,2,3,4,5") ||
         !is_list(satscan_text(p, "EllipseAngles"), "4,6,9,12,15")))
        return satscan_error(
            p, "EllipseShapes",
            "Set EllipseShapes=1.5,2,3,4,5 and EllipseAngles=4,6,9,12,15.", e,
            "other ellipses than SaTScan's usual ones are not done");
    if (satscan_yes(p, "PerformPowerEvaluation")) {
        if (satscan_number(p, "PowerEvaluationsMethod") != 0)
            return satscan_error(p, "PowerEvaluationsMethod",
                                 "Set PerformPowerEvaluation=n.", e,
                                 "power evaluation is not done");
        scan_study_note(r->s, "%s: the power evaluation is not done; the analysis is.",
                        "%s：未做功效评估，只做分析。", p->path);
    }
    if (satscan_yes(p, "RandomlyGenerateSeed"))
        scan_study_note(r->s,
                        "%s: RandomlyGenerateSeed: the seed stays, so that a run can be "
                        "repeated.",
                        "%s：RandomlyGenerateSeed：仍用固定种子，以便重复。", p->path);
    return ERR_OK;
}

static enum err read_limits(struct satscan_reading *r, struct error *e)
{
    const struct satscan_prm *p = &r->prm;
    struct scan_options *o = &r->s->options;
    const char *size = satscan_yes(p, "UseMaxCirclePopulationFileOption")
                           ? "MaxSpatialSizeInMaxCirclePopulationFile"
                           : "MaxSpatialSizeInPopulationAtRisk";
    double percent = satscan_decimal(p, size);
    bool placed = r->analysis != SATSCAN_TEMPORAL;
    if (placed && !(percent > 0 && percent <= 50))
        return satscan_error(p, size, "Take more than 0 and at most 50.", e,
                             "%g %% is not a size of windows", percent);
    o->most_population = placed ? percent / 100 : 0.5;
    if (placed && satscan_yes(p, "UseDistanceFromCenterOption")) {
        o->most_distance = satscan_decimal(p, "MaxSpatialSizeInDistanceFromCenter");
        if (!(o->most_distance > 0))
            return satscan_error(p, "MaxSpatialSizeInDistanceFromCenter",
                                 "Give a distance above 0.", e, "%g is no distance",
                                 o->most_distance);
    }
    int64_t cases = satscan_number(p, "MinimumCasesInHighRateClusters");
    if (cases < 0 || cases > 1000000)
        return satscan_error(p, "MinimumCasesInHighRateClusters", "Take 2 or more.", e,
                             "%lld is not a number of cases", (long long)cases);
    o->least_cases = (uint32_t)(cases < 1 ? 1 : cases);
    if (satscan_number(p, "MinimumCasesInLowRateClusters") > 0 && o->rates != SCAN_HIGH)
        return satscan_error(p, "MinimumCasesInLowRateClusters", "Set it to 0.", e,
                             "a least number of cases in low clusters is not done");
    return ERR_OK;
}

static enum err read_time_limits(struct satscan_reading *r, struct error *e)
{
    const struct satscan_prm *p = &r->prm;
    struct scan_options *o = &r->s->options;
    double most = satscan_decimal(p, "MaxTemporalSize");
    int64_t length = satscan_number(p, "TimeAggregationLength");
    int64_t least = satscan_number(p, "MinimumTemporalClusterSize");
    int64_t clusters = 0;
    if (r->analysis == SATSCAN_SPATIAL)
        return ERR_OK;
    bool by_time = satscan_number(p, "MaxTemporalSizeInterpretation") == 1;
    if (!(most > 0) || (!by_time && most > 90) || most > MOST_SLICES)
        return satscan_error(p, "MaxTemporalSize", "Take more than 0, and at most 90 %.",
                             e, "%g is not a size of windows in time", most);
    if (by_time)
        o->most_times = (uint32_t)(most / (double)length);
    else
        o->most_time_share = most / 100;
    if (by_time && !o->most_times)
        return satscan_error(p, "MaxTemporalSize", "Take at least TimeAggregationLength.",
                             e, "%g is shorter than one step of time", most);
    if (least < 0 || least > MOST_SLICES)
        return satscan_error(p, "MinimumTemporalClusterSize", "Take 1 or more.", e,
                             "%lld is not a length of time", (long long)least);
    o->least_times = (uint32_t)((least + length - 1) / length);
    enum err code =
        pick(r, "IncludeClusters", 0, 1,
             "0 all, 1 those that last to the end of the study.", &clusters, e);
    if (code || clusters == 0)
        return code;
    if (r->analysis == SATSCAN_TEMPORAL)
        return satscan_error(p, "IncludeClusters", "Set it to 0.", e,
                             "living clusters of a purely temporal scan are not done");
    o->span = SCAN_PROSPECTIVE;
    return ERR_OK;
}

static enum err read_inference(struct satscan_reading *r, struct error *e)
{
    const struct satscan_prm *p = &r->prm;
    struct scan_options *o = &r->s->options;
    int64_t type, replications = satscan_number(p, "MonteCarloReps");
    int64_t threads = satscan_number(p, "NumberParallelProcesses");
    enum err code =
        pick(r, "PValueReportType", 0, 3,
             "0 default, 1 standard, 2 early termination, 3 Gumbel.", &type, e);
    if (code)
        return code;
    if (replications < 0 || replications > 100000000)
        return satscan_error(p, "MonteCarloReps", "Take 999 or 9999.", e,
                             "%lld is not a number of replications",
                             (long long)replications);
    o->replications = (uint32_t)replications;
    int64_t stop = satscan_number(p, "EarlyTerminationThreshold");
    if (type == 2 && (stop < 1 || stop > replications))
        return satscan_error(p, "EarlyTerminationThreshold", "Take 50.", e,
                             "%lld is not a number of replications to stop after",
                             (long long)stop);
    o->stop_after = type == 2 ? (uint32_t)stop : 0;
    r->s->gumbel_always = type == 3;
    r->s->gumbel_when_small = type == 0 && r->model != SATSCAN_PERMUTATION;
    o->seed = (uint64_t)satscan_number(p, "RandomizationSeed");
    o->seed = o->seed ? o->seed : 12345678;
    if (r->out->threads == 0 && threads > 0)
        r->out->threads =
            threads > POOL_MAX_THREADS ? POOL_MAX_THREADS : (unsigned)threads;
    return ERR_OK;
}

static enum err read_reporting(struct satscan_reading *r, struct error *e)
{
    const struct satscan_prm *p = &r->prm;
    struct scan_options *o = &r->s->options;
    bool gini = satscan_yes(p, "ReportGiniClusters") ||
                satscan_yes(p, "ReportGiniOptimizedClusters");
    bool tree = satscan_yes(p, "ReportHierarchicalClusters");
    int64_t rule = satscan_number(p, "CriteriaForReportingSecondaryClusters");
    // the Gini coefficient is of purely spatial windows only
    gini = gini && r->analysis == SATSCAN_SPATIAL && o->model != SCAN_ORDINAL;
    if (gini && satscan_number(p, "GiniIndexClusterReportingType") != 0)
        return satscan_error(p, "GiniIndexClusterReportingType", "Set it to 0.", e,
                             "all values of the Gini index are not listed");
    if (gini && !is_list(satscan_text(p, "SpatialMaxima"),
                         "1,2,3,4,5,6,8,10,12,15,20,25,30,40,50"))
        return satscan_error(p, "SpatialMaxima",
                             "Set it to 1,2,3,4,5,6,8,10,12,15,20,25,30,40,50, or "
                             "ReportGiniClusters=n.",
                             e, "other stops of the Gini index are not done");
    if (gini && satscan_decimal(p, "GiniIndexClustersPValueCutOff") != 0.05)
        return satscan_error(p, "GiniIndexClustersPValueCutOff", "Set it to 0.05.", e,
                             "another limit than 0.05 is not done");
    if (gini && !tree) {
        o->report = SCAN_GINI;
        return ERR_OK;
    }
    r->s->mark_gini = gini;
    switch (rule) {
    case 0:
        o->report = SCAN_NO_OVERLAP;
        return ERR_OK;
    case 1:
        o->report = SCAN_NO_CENTRE_IN_OTHER;
        return ERR_OK;
    case 5:
        o->report = SCAN_EVERY_CENTRE;
        return ERR_OK;
    default:
        return satscan_error(p, "CriteriaForReportingSecondaryClusters",
                             "0 no overlap, 1 no centre in another, 5 every centre.", e,
                             "%lld is not done here", (long long)rule);
    }
}

static enum err read_outputs(struct satscan_reading *r, struct error *e)
{
    const struct satscan_prm *p = &r->prm;
    struct satscan_outputs *o = &r->out->outputs;
    o->col = satscan_yes(p, "MostLikelyClusterEachCentroidASCII");
    o->gis = satscan_yes(p, "CensusAreasReportedClustersASCII");
    o->rr = satscan_yes(p, "IncludeRelativeRisksCensusAreasASCII");
    o->llr = satscan_yes(p, "SaveSimLLRsASCII");
    o->sci = satscan_yes(p, "MostLikelyClusterCaseInfoEachCentroidASCII");
    o->headers = satscan_yes(p, "PrintAsciiColumnHeaders");
    o->gumbel = satscan_yes(p, "ReportGumbel");
    o->critical_values = satscan_yes(p, "CriticalValue");
    o->rank = satscan_yes(p, "ReportClusterRank");
    if (o->rr && (r->model == SATSCAN_PERMUTATION || r->model == SATSCAN_ORDINAL)) {
        o->rr = false;
        scan_study_note(r->s, "%s: this model has no risks by area (.rr.txt).",
                        "%s：此模型没有各地区风险（.rr.txt）。", p->path);
    }
    r->s->title = satscan_text(p, "ResultsTitle");
    return satscan_file_path(p, "ResultsFile", &o->results, e);
}

// ---- the study period ----

static struct str time_name(struct satscan_reading *r, int64_t at)
{
    int year, month, day;
    if (r->generic)
        return str_format(r->prm.arena, "%lld", (long long)at);
    date_to_ymd((int32_t)at, &year, &month, &day);
    return str_format(r->prm.arena, "%d/%d/%d", year, month, day);
}

static enum err read_date(const struct satscan_reading *r, const char *name, int64_t *out,
                          struct error *e)
{
    struct satscan_time time;
    struct str text = satscan_text(&r->prm, name);
    bool read = satscan_time_read(text, r->generic, &time);
    if (!read && r->generic) // SaTScan's own example files leave dates there
        read = satscan_time_read(text, false, &time);
    *out = time.day;
    if (!read)
        return satscan_error(&r->prm, name,
                             r->generic ? "Write a whole number."
                                        : "Write it as YYYY/MM/DD.",
                             e, "\"" STR_FMT "\" is not a date", STR_ARG(text));
    if (!r->generic && time.got != SATSCAN_DAY && strcmp(name, "EndDate") == 0)
        *out = time.got == SATSCAN_YEAR
                   ? (int64_t)date_add_months((int32_t)time.day, 12) - 1
                   : (int64_t)date_add_months((int32_t)time.day, 1) - 1;
    return ERR_OK;
}

static int64_t step_back(int64_t behind, enum satscan_precision unit, int64_t steps)
{
    if (unit == SATSCAN_YEAR || unit == SATSCAN_MONTH) {
        int64_t months = steps * (unit == SATSCAN_YEAR ? 12 : 1);
        int32_t day = months > 12 * 9000 ? DATE_NONE
                                         : date_add_months((int32_t)behind, (int)-months);
        return day == DATE_NONE ? INT64_MIN : day;
    }
    return behind - steps;
}

static const char *const unit_names[] = {"time", "year", "month", "day", "time unit"};

static enum err make_slices(struct satscan_reading *r, int64_t start, int64_t end,
                            enum satscan_precision unit, int64_t length, struct error *e)
{
    struct scan_study *s = r->s;
    uint32_t n = 1;
    // steps are whole from the end; what is left at the start is a shorter one
    while (r->analysis != SATSCAN_SPATIAL && n <= MOST_SLICES &&
           step_back(end + 1, unit, n * length) > start)
        n++;
    if (n > MOST_SLICES) {
        return satscan_error(&r->prm, "TimeAggregationLength", "Take longer steps.", e,
                             "the study period has more than %d steps of time",
                             MOST_SLICES);
    }
    struct scan_slice *slices = ARENA_ARRAY(s->arena, struct scan_slice, n);
    r->bounds = ARENA_ARRAY(s->arena, int64_t, n + 1);
    if (!slices || !r->bounds)
        return error_memory(e);
    r->bounds[0] = start;
    for (uint32_t i = 1; i <= n; i++)
        r->bounds[i] = step_back(end + 1, unit, (n - i) * length);
    for (uint32_t i = 0; i < n; i++) {
        slices[i] = (struct scan_slice){time_name(r, r->bounds[i]),
                                        time_name(r, r->bounds[i + 1] - 1)};
        if (!slices[i].first.p || !slices[i].last.p)
            return error_memory(e);
    }
    s->n_times = n;
    s->slices = slices;
    s->first = slices[0].first;
    s->last = slices[n - 1].last;
    s->days = r->generic ? 0 : (double)(end + 1 - start);
    static const double unit_days[] = {0, 365.2425, 30.436875, 1, 0};
    s->step_days = (double)length * unit_days[unit];
    s->step = length == 1
                  ? str_of(unit_names[unit])
                  : str_format(s->arena, "%lld %ss", (long long)length, unit_names[unit]);
    return s->step.p ? ERR_OK : error_memory(e);
}

static enum err read_period(struct satscan_reading *r, struct error *e)
{
    int64_t start = 0, end = 0, unit, length;
    r->generic = r->precision == SATSCAN_GENERIC;
    enum err code = read_date(r, "StartDate", &start, e);
    if (!code)
        code = read_date(r, "EndDate", &end, e);
    if (!code)
        code =
            pick(r, "TimeAggregationUnits", 0, 4, "Take a number from 0 to 4.", &unit, e);
    if (code)
        return code;
    if (end < start)
        return satscan_error(&r->prm, "EndDate", "Give a later end.", e,
                             "the study ends (" STR_FMT ") before it begins (" STR_FMT
                             ")",
                             STR_ARG(satscan_text(&r->prm, "EndDate")),
                             STR_ARG(satscan_text(&r->prm, "StartDate")));
    length = satscan_number(&r->prm, "TimeAggregationLength");
    if (length < 1 || length > MOST_SLICES)
        return satscan_error(&r->prm, "TimeAggregationLength", "Take 1 or more.", e,
                             "%lld is not a length", (long long)length);
    if (r->analysis == SATSCAN_SPATIAL)
        unit = SATSCAN_NONE;
    else if (r->generic)
        unit = SATSCAN_GENERIC;
    else if (unit == SATSCAN_NONE || unit == SATSCAN_GENERIC)
        return satscan_error(&r->prm, "TimeAggregationUnits",
                             "1 years, 2 months, 3 days.", e,
                             "a scan in time needs a unit of time");
    else if (unit > (int64_t)r->precision)
        return satscan_error(&r->prm, "TimeAggregationUnits",
                             "Take longer steps, or more exact times of cases.", e,
                             "steps of a %s are finer than the times of the cases",
                             unit_names[unit]);
    return make_slices(r, start, end, (enum satscan_precision)unit, length, e);
}

uint32_t satscan_slice(const struct satscan_reading *r, int64_t day)
{
    uint32_t low = 0, high = r->s->n_times;
    if (day < r->bounds[0] || day >= r->bounds[high])
        return high;
    uint32_t n = high;
    high = n - 1;
    while (low < high) {
        uint32_t middle = (low + high + 1) / 2;
        if (r->bounds[middle] <= day)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static enum err read_looks(struct satscan_reading *r, struct error *e)
{
    int64_t first;
    if (r->analysis != SATSCAN_PROSPECTIVE ||
        !satscan_yes(&r->prm, "AdjustForEarlierAnalyses"))
        return ERR_OK;
    if (satscan_number(&r->prm, "ProspectiveFrequencyType") != 0)
        return satscan_error(&r->prm, "ProspectiveFrequencyType", "Set it to 0.", e,
                             "earlier looks at another pace than the steps of time are "
                             "not done");
    enum err code = read_date(r, "ProspectiveStartDate", &first, e);
    if (code)
        return code;
    uint32_t slice = satscan_slice(r, first);
    if (slice == r->s->n_times)
        return satscan_error(&r->prm, "ProspectiveStartDate",
                             "Take a date inside of the study period.", e,
                             "the surveillance began outside of the study period");
    r->s->options.earlier_looks = r->s->n_times - 1 - slice;
    return ERR_OK;
}

enum err satscan_settings(struct satscan_reading *r, struct error *e)
{
    enum err code = read_kinds(r, e);
    if (!code)
        code = check_kinds(r, e);
    if (!code)
        code = read_limits(r, e);
    if (!code)
        code = read_period(r, e);
    if (!code)
        code = read_time_limits(r, e);
    if (!code)
        code = read_looks(r, e);
    if (!code)
        code = read_inference(r, e);
    if (!code)
        code = read_reporting(r, e);
    if (!code)
        code = read_outputs(r, e);
    return code;
}
