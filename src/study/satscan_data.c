// SPDX-License-Identifier: AGPL-3.0-or-later
// A .prm and the files it names, made into a study.
#include "study/satscan_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SLICES = 100000 };

struct reading {
    struct satscan *out;
    struct scan_study *s;
    struct satscan_prm prm;
    enum satscan_model model;
    enum satscan_analysis analysis;
    enum satscan_precision precision;
    bool generic;
    bool great_circle;
    int64_t *bounds; // n_times + 1: where each slice begins; the last is behind the end
    uint64_t late, unplaced; // rows that a relaxed check leaves out
    struct names strata;
};

// ---- settings ----

static enum err pick(const struct reading *r, const char *name, int64_t least,
                     int64_t most, const char *what, int64_t *value, struct error *e)
{
    *value = satscan_number(&r->prm, name);
    if (*value >= least && *value <= most)
        return ERR_OK;
    return satscan_error(&r->prm, name, what, e, "%s=%lld is not done here", name,
                         (long long)*value);
}

static enum err read_kinds(struct reading *r, struct error *e)
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
    if (shape && r->great_circle)
        return satscan_error(&r->prm, "SpatialWindowShapeType",
                             "Project the coordinates to a plane (CoordinatesType=0).", e,
                             "ellipses need Cartesian coordinates");
    return ERR_OK;
}

static enum err check_kinds(const struct reading *r, struct error *e)
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
        (!str_equal_c(satscan_text(p, "EllipseShapes"), "1.5,2,3,4,5") ||
         !str_equal_c(satscan_text(p, "EllipseAngles"), "4,6,9,12,15")))
        return satscan_error(
            p, "EllipseShapes",
            "Set EllipseShapes=1.5,2,3,4,5 and EllipseAngles=4,6,9,12,15.", e,
            "other ellipses than SaTScan's usual ones are not done");
    if (satscan_yes(p, "PerformPowerEvaluation")) {
        if (satscan_number(p, "PowerEvaluationsMethod") != 0)
            return satscan_error(p, "PowerEvaluationsMethod",
                                 "Set PerformPowerEvaluation=n.", e,
                                 "power evaluation is not done");
        scan_note(r->s, "%s: the power evaluation is not done; the analysis is.",
                  "%s：未做功效评估，只做分析。", p->path);
    }
    if (satscan_yes(p, "RandomlyGenerateSeed"))
        scan_note(r->s,
                  "%s: RandomlyGenerateSeed: the seed stays, so that a run can be "
                  "repeated.",
                  "%s：RandomlyGenerateSeed：仍用固定种子，以便重复。", p->path);
    return ERR_OK;
}

static enum err read_limits(struct reading *r, struct error *e)
{
    const struct satscan_prm *p = &r->prm;
    struct scan_options *o = &r->s->options;
    const char *size = satscan_yes(p, "UseMaxCirclePopulationFileOption")
                           ? "MaxSpatialSizeInMaxCirclePopulationFile"
                           : "MaxSpatialSizeInPopulationAtRisk";
    double percent = satscan_decimal(p, size);
    if (!(percent > 0 && percent <= 50))
        return satscan_error(p, size, "Take more than 0 and at most 50.", e,
                             "%g %% is not a size of windows", percent);
    o->most_population = percent / 100;
    if (satscan_yes(p, "UseDistanceFromCenterOption")) {
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

static enum err read_time_limits(struct reading *r, struct error *e)
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

static enum err read_inference(struct reading *r, struct error *e)
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

static enum err read_reporting(struct reading *r, struct error *e)
{
    const struct satscan_prm *p = &r->prm;
    struct scan_options *o = &r->s->options;
    bool gini = satscan_yes(p, "ReportGiniClusters") ||
                satscan_yes(p, "ReportGiniOptimizedClusters");
    bool tree = satscan_yes(p, "ReportHierarchicalClusters");
    int64_t rule = satscan_number(p, "CriteriaForReportingSecondaryClusters");
    // the Gini coefficient is of purely spatial windows only
    gini = gini && r->analysis == SATSCAN_SPATIAL && o->model != SCAN_ORDINAL;
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

static enum err read_outputs(struct reading *r, struct error *e)
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
        scan_note(r->s, "%s: this model has no risks by area (.rr.txt).",
                  "%s：此模型没有各地区风险（.rr.txt）。", p->path);
    }
    r->s->title = satscan_text(p, "ResultsTitle");
    return satscan_file_path(p, "ResultsFile", &o->results, e);
}

// ---- the study period ----

static struct str time_name(struct reading *r, int64_t at)
{
    int year, month, day;
    if (r->generic)
        return str_format(r->prm.arena, "%lld", (long long)at);
    date_to_ymd((int32_t)at, &year, &month, &day);
    return str_format(r->prm.arena, "%d/%d/%d", year, month, day);
}

static enum err read_date(const struct reading *r, const char *name, int64_t *out,
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

static enum err make_slices(struct reading *r, int64_t start, int64_t end,
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

static enum err read_period(struct reading *r, struct error *e)
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

static uint32_t slice_of(const struct reading *r, int64_t day)
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

static enum err read_looks(struct reading *r, struct error *e)
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
    uint32_t slice = slice_of(r, first);
    if (slice == r->s->n_times)
        return satscan_error(&r->prm, "ProspectiveStartDate",
                             "Take a date inside of the study period.", e,
                             "the surveillance began outside of the study period");
    r->s->options.earlier_looks = r->s->n_times - 1 - slice;
    return ERR_OK;
}

// ---- places ----

static const char *const place_columns[2][3] = {{"location", "x", "y"},
                                                {"location", "latitude", "longitude"}};

static enum err check_degrees(const struct reading *r, const struct frame *f,
                              size_t latitude, const double *lat, const double *lon,
                              struct error *e)
{
    for (size_t i = 0; r->great_circle && i < f->n_rows; i++) {
        bool bad_lat = fabs(lat[i]) > 90;
        if (bad_lat || fabs(lon[i]) > 180)
            return frame_error(f, i, latitude + !bad_lat,
                               "The order is latitude, then longitude, in degrees; "
                               "CoordinatesType=0 is for a plane.",
                               e, "%g is not a %s", bad_lat ? lat[i] : lon[i],
                               bad_lat ? "latitude" : "longitude");
    }
    return ERR_OK;
}

static enum err read_place_columns(const struct reading *r, const struct frame *f,
                                   size_t first, double **x, double **y, struct error *e)
{
    double *one, *two;
    if (f->n_columns > first + 2)
        return frame_error(f, 0, first + 2, "Leave two coordinates in each line.", e,
                           "places with more than two coordinates are not done");
    enum err code = frame_numbers(f, first, false, &one, e);
    if (!code)
        code = frame_numbers(f, first + 1, false, &two, e);
    if (!code)
        code = check_degrees(r, f, first, one, two, e);
    if (code)
        return code;
    *x = r->great_circle ? two : one;
    *y = r->great_circle ? one : two;
    return ERR_OK;
}

static enum err read_places(struct reading *r, struct error *e)
{
    struct frame f;
    double *x, *y;
    struct scan_study *s = r->s;
    enum err code = satscan_table(&f, &r->prm, "CoordinatesFile",
                                  place_columns[r->great_circle], 3, 3, e);
    if (!code)
        code = read_place_columns(r, &f, 1, &x, &y, e);
    if (code)
        return code;
    double *area_x = ARENA_ARRAY(s->arena, double, f.n_rows);
    double *area_y = ARENA_ARRAY(s->arena, double, f.n_rows);
    if (!area_x || !area_y)
        return error_memory(e);
    for (size_t i = 0; i < f.n_rows; i++) {
        uint32_t area, before = s->areas.n;
        if (!names_add(&s->areas, frame_cell(&f, i, 0), &area))
            return error_memory(e);
        if (area < before && (area_x[area] != x[i] || area_y[area] != y[i]))
            return frame_error(&f, i, 0, "Give each location one place.", e,
                               "\"" STR_FMT "\" has two places: (%.10g, %.10g) and "
                               "(%.10g, %.10g)",
                               STR_ARG(frame_cell(&f, i, 0)), area_x[area], area_y[area],
                               x[i], y[i]);
        area_x[area] = x[i];
        area_y[area] = y[i];
    }
    s->x = area_x;
    s->y = area_y;
    s->data.x = area_x;
    s->data.y = area_y;
    return ERR_OK;
}

static enum err read_grid(struct reading *r, struct error *e)
{
    struct frame f;
    double *x, *y;
    if (!satscan_yes(&r->prm, "UseGridFile"))
        return ERR_OK;
    enum err code = satscan_table(&f, &r->prm, "GridFile",
                                  place_columns[r->great_circle] + 1, 2, 2, e);
    if (!code)
        code = read_place_columns(r, &f, 0, &x, &y, e);
    if (code)
        return code;
    if (f.n_rows > UINT32_MAX)
        return error_set(e, ERR_LIMIT, "satscan.grid", f.path, "too many centres");
    r->s->data.n_centres = (uint32_t)f.n_rows;
    r->s->data.centre_x = x;
    r->s->data.centre_y = y;
    return ERR_OK;
}

// ---- rows ----

// The area of a row. *area is n where a relaxed check leaves the row out. In a purely
// temporal scan places do not matter.
static enum err row_area(struct reading *r, const struct frame *f, size_t row,
                         uint32_t *area, struct error *e)
{
    struct names *areas = &r->s->areas;
    struct str name = frame_cell(f, row, 0);
    if (r->analysis == SATSCAN_TEMPORAL)
        return names_add(areas, STR("all"), area) ? ERR_OK : error_memory(e);
    *area = names_find(areas, name);
    if (*area < areas->n)
        return ERR_OK;
    if (satscan_number(&r->prm, "GeographicalCoordinatesCheckType") == 1) {
        r->unplaced++;
        return ERR_OK;
    }
    return frame_error(f, row, 0,
                       "Add it to the coordinates file, correct the name, or set "
                       "GeographicalCoordinatesCheckType=1 to leave such rows out.",
                       e, "location \"" STR_FMT "\" is not in the coordinates file",
                       STR_ARG(name));
}

static enum err row_time(struct reading *r, const struct frame *f, size_t row,
                         size_t column, uint32_t *slice, struct error *e)
{
    struct satscan_time time;
    struct str text = frame_cell(f, row, column);
    *slice = 0;
    if (r->precision == SATSCAN_NONE)
        return ERR_OK;
    if (!satscan_time_read(text, r->generic, &time))
        return frame_error(f, row, column,
                           r->generic ? "Write a whole number."
                                      : "Write YYYY, YYYY/MM or YYYY/MM/DD.",
                           e, "\"" STR_FMT "\" is not a time", STR_ARG(text));
    if (time.got < r->precision)
        return frame_error(
            f, row, column, "Write it in full, or lower PrecisionCaseTimes.", e,
            "\"" STR_FMT "\" is less exact than PrecisionCaseTimes says", STR_ARG(text));
    *slice = slice_of(r, time.day);
    if (*slice < r->s->n_times)
        return ERR_OK;
    if (satscan_number(&r->prm, "StudyPeriodCheckType") == 1) {
        r->late++;
        return ERR_OK;
    }
    return frame_error(
        f, row, column,
        "Correct it, change StartDate and EndDate, or set "
        "StudyPeriodCheckType=1 to leave such rows out.",
        e, "\"" STR_FMT "\" is outside of the study period " STR_FMT " to " STR_FMT,
        STR_ARG(text), STR_ARG(r->s->first), STR_ARG(r->s->last));
}

// The covariates of a row from this column on, as one text.
static struct str stratum_name(const struct reading *r, const struct frame *f, size_t row,
                               size_t column)
{
    struct str name = STR("all");
    for (size_t c = column; c < f->n_columns && name.p; c++)
        name = str_format(r->prm.arena, STR_FMT "\x1f" STR_FMT, STR_ARG(name),
                          STR_ARG(frame_cell(f, row, c)));
    return name;
}

struct row { // of the case or control file, as read
    uint32_t area, slice, group;
    int64_t count;
};

static enum err group_of(struct reading *r, const struct frame *f, size_t row,
                         size_t column, struct names *groups, uint32_t *group,
                         struct error *e)
{
    struct str name = r->model == SATSCAN_ORDINAL ? frame_cell(f, row, column)
                                                  : stratum_name(r, f, row, column);
    double number;
    *group = 0;
    if (!groups)
        return ERR_OK;
    if (r->model == SATSCAN_ORDINAL && !str_to_double(name, &number))
        return frame_error(f, row, column, "Categories are numbers, in their order.", e,
                           "\"" STR_FMT "\" is not a category", STR_ARG(name));
    return name.p && names_add(groups, name, group) ? ERR_OK : error_memory(e);
}

static enum err read_rows(struct reading *r, const struct frame *f, struct names *groups,
                          struct row **rows, size_t *n, struct error *e)
{
    int64_t *counts;
    size_t time = 2, group = r->precision == SATSCAN_NONE ? 2 : 3;
    enum err code = frame_counts(f, 1, false, &counts, e);
    struct row *list = code ? NULL : ARENA_ARRAY(r->prm.arena, struct row, f->n_rows);
    if (!code && !list)
        code = error_memory(e);
    *n = 0;
    for (size_t i = 0; i < f->n_rows && !code; i++) {
        struct row row = {.count = counts[i]};
        code = row_area(r, f, i, &row.area, e);
        if (!code && row.count)
            code = row_time(r, f, i, time, &row.slice, e);
        if (!code)
            code = group_of(r, f, i, group, groups, &row.group, e);
        if (!code && row.area < r->s->areas.n && row.slice < r->s->n_times && row.count)
            list[(*n)++] = row;
    }
    *rows = list;
    return code;
}

static enum err add_count(int64_t *cell, int64_t count, struct error *e)
{
    if (int_add(*cell, count, cell) && *cell <= (int64_t)1e15)
        return ERR_OK;
    (void)error_set(e, ERR_LIMIT, "satscan.count", NULL, "the counts pass 1e15");
    return error_cure(e, "Are these counts of cases?");
}

// rows as [area][time][group].
static enum err to_cells(const struct reading *r, const struct row *rows, size_t n,
                         uint32_t n_groups, int64_t **out, struct error *e)
{
    size_t cells;
    enum err code = scan_study_cells(r->s, n_groups, &cells, e);
    *out = code ? NULL : ARENA_ARRAY(r->s->arena, int64_t, cells);
    if (!code && !*out)
        code = error_memory(e);
    for (size_t i = 0; i < n && !code; i++)
        code = add_count(
            &(*out)[((size_t)rows[i].area * r->s->n_times + rows[i].slice) * n_groups +
                    rows[i].group],
            rows[i].count, e);
    return code;
}

static enum err check_some(const struct reading *r, const char *parameter, size_t n,
                           struct error *e)
{
    if (n)
        return ERR_OK;
    return satscan_error(&r->prm, parameter,
                         "Do its locations and times fit the other files?", e,
                         "no row of this file has a count that can be used");
}

// ---- persons ----

struct persons {
    struct frame f;
    double *counts;
    uint32_t *area, *stratum, *date;
    int64_t *dates; // sorted, each once
    uint32_t n_dates;
};

static int compare_days(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// A year stands for its middle, a month for its 15th.
static bool person_day(struct reading *r, struct str text, int64_t *day)
{
    struct satscan_time time;
    if (!satscan_time_read(text, r->generic, &time) &&
        !(r->generic && satscan_time_read(text, false, &time)))
        return false;
    *day = time.day;
    if (time.got == SATSCAN_YEAR)
        *day = date_add_months((int32_t)time.day, 6);
    if (time.got == SATSCAN_MONTH)
        *day = time.day + 14;
    return true;
}

static enum err read_person_dates(struct reading *r, struct persons *p, struct error *e)
{
    size_t n = p->f.n_rows;
    int64_t *days = ARENA_ARRAY(r->prm.arena, int64_t, n);
    p->dates = ARENA_ARRAY(r->prm.arena, int64_t, n);
    p->date = ARENA_ARRAY(r->prm.arena, uint32_t, n);
    if (!days || !p->dates || !p->date)
        return error_memory(e);
    for (size_t i = 0; i < n; i++) {
        struct str text = frame_cell(&p->f, i, 1);
        if (!person_day(r, text, &days[i]))
            return frame_error(&p->f, i, 1, "Write YYYY, YYYY/MM or YYYY/MM/DD.", e,
                               "\"" STR_FMT "\" is not a time", STR_ARG(text));
    }
    memcpy(p->dates, days, n * sizeof *days);
    qsort(p->dates, n, sizeof *p->dates, compare_days);
    for (size_t i = 0; i < n; i++)
        if (!i || p->dates[i] != p->dates[p->n_dates - 1])
            p->dates[p->n_dates++] = p->dates[i];
    for (size_t i = 0; i < n; i++) {
        const int64_t *at =
            bsearch(&days[i], p->dates, p->n_dates, sizeof *p->dates, compare_days);
        p->date[i] = (uint32_t)(at - p->dates);
    }
    return ERR_OK;
}

static enum err read_persons(struct reading *r, struct persons *p, struct error *e)
{
    static const char *const columns[] = {"location", "time", "population"};
    enum err code = satscan_table(&p->f, &r->prm, "PopulationFile", columns, 3, 3, e);
    if (!code)
        code = frame_numbers(&p->f, 2, false, &p->counts, e);
    if (!code)
        code = read_person_dates(r, p, e);
    p->area = code ? NULL : ARENA_ARRAY(r->prm.arena, uint32_t, p->f.n_rows);
    p->stratum = code ? NULL : ARENA_ARRAY(r->prm.arena, uint32_t, p->f.n_rows);
    if (!code && (!p->area || !p->stratum))
        code = error_memory(e);
    for (size_t i = 0; i < p->f.n_rows && !code; i++) {
        struct str name = stratum_name(r, &p->f, i, 3);
        if (p->counts[i] < 0)
            code = frame_error(&p->f, i, 2, "Write 0 or more.", e, "%g is below zero",
                               p->counts[i]);
        else
            code = row_area(r, &p->f, i, &p->area[i], e);
        if (!code && (!name.p || !names_add(&r->strata, name, &p->stratum[i])))
            code = error_memory(e);
    }
    return code;
}

// How much of date k's count (persons, straight between dates, level outside of them) a
// slice has, in days.
static double weight_of(const struct persons *p, uint32_t k, double from, double to)
{
    double sum = 0;
    for (uint32_t i = 0; i <= p->n_dates; i++) { // between date i - 1 and date i
        double low = i ? (double)p->dates[i - 1] : -INFINITY;
        double high = i < p->n_dates ? (double)p->dates[i] : INFINITY;
        double a = fmax(low, from), b = fmin(high, to), middle = (a + b) / 2;
        if (!(b > a))
            continue;
        if (i == 0 || i == p->n_dates)
            sum += k == (i ? i - 1 : 0) ? b - a : 0;
        else if (k == i || k + 1 == i)
            sum += (b - a) * (k == i ? middle - low : high - middle) / (high - low);
    }
    return sum;
}

static enum err spread_persons(struct reading *r, const struct persons *p,
                               const int64_t *cases, struct error *e)
{
    struct scan_study *s = r->s;
    size_t cells;
    enum err code = scan_study_cells(s, r->strata.n, &cells, e);
    double *at_risk = code ? NULL : ARENA_ARRAY(s->arena, double, cells);
    double *population = ARENA_ARRAY(s->arena, double, s->areas.n);
    double *weights =
        ARENA_ARRAY(s->arena, double, (size_t)s->n_times *(p->n_dates ? p->n_dates : 1));
    if (!code && (!at_risk || !population || !weights))
        code = error_memory(e);
    if (code)
        return code;
    double whole = (double)(r->bounds[s->n_times] - r->bounds[0]);
    for (uint32_t t = 0; t < s->n_times; t++)
        for (uint32_t k = 0; k < p->n_dates; k++)
            weights[(size_t)t * p->n_dates + k] =
                weight_of(p, k, (double)r->bounds[t], (double)r->bounds[t + 1]);
    for (size_t i = 0; i < p->f.n_rows; i++) {
        uint32_t area = p->area[i];
        if (area >= s->areas.n)
            continue;
        for (uint32_t t = 0; t < s->n_times; t++) {
            double days = p->counts[i] * weights[(size_t)t * p->n_dates + p->date[i]];
            at_risk[((size_t)area * s->n_times + t) * r->strata.n + p->stratum[i]] +=
                days;
            population[area] += days / whole;
        }
    }
    s->population = population;
    s->has_population = true;
    return scan_study_expect(s, cases, at_risk, r->strata.n, e);
}

// Without persons time alone can be scanned: as many are at risk at any time.
static enum err level_population(struct reading *r, struct error *e)
{
    struct scan_study *s = r->s;
    double *expected = ARENA_ARRAY(s->arena, double, (size_t)s->areas.n * s->n_times);
    if (!expected)
        return error_memory(e);
    for (uint32_t t = 0; t < s->n_times; t++)
        expected[t] = (double)(r->bounds[t + 1] - r->bounds[t]);
    s->data.expected = expected;
    return ERR_OK;
}

// ---- the models ----

static enum err check_strata(const struct reading *r, const struct frame *cases,
                             const struct frame *persons, struct error *e)
{
    size_t first = r->precision == SATSCAN_NONE ? 2 : 3;
    if (cases->n_columns - first != persons->n_columns - 3)
        return frame_error(cases, 0, cases->n_columns - 1,
                           "Give both files the same covariates; set PrecisionCaseTimes "
                           "if the third column is a time.",
                           e, "the case file has %zu covariates, the population file %zu",
                           cases->n_columns - first, persons->n_columns - 3);
    for (size_t i = 0; i < cases->n_rows; i++) {
        struct str name = stratum_name(r, cases, i, first);
        if (!name.p)
            return error_memory(e);
        if (names_find(&r->strata, name) == r->strata.n)
            return frame_error(cases, i, first < cases->n_columns ? first : 0,
                               "Add it to the population file.", e,
                               "these covariates have no row in the population file");
    }
    return ERR_OK;
}

static enum err read_poisson(struct reading *r, const struct frame *f, struct error *e)
{
    struct persons persons = {0};
    struct row *rows;
    size_t n;
    int64_t *by_stratum, *cases;
    bool has_persons = satscan_text(&r->prm, "PopulationFile").n > 0;
    enum err code = ERR_OK;
    if (has_persons || r->analysis != SATSCAN_TEMPORAL)
        code = read_persons(r, &persons, e);
    if (!code && has_persons)
        code = check_strata(r, f, &persons.f, e);
    if (!code)
        code = read_rows(r, f, &r->strata, &rows, &n, e);
    if (!code)
        code = check_some(r, "CaseFile", n, e);
    if (!code)
        code = to_cells(r, rows, n, r->strata.n, &by_stratum, e);
    for (size_t i = 0; !code && i < n; i++)
        rows[i].group = 0;
    if (!code)
        code = to_cells(r, rows, n, 1, &cases, e);
    if (code)
        return code;
    r->s->data.cases = cases;
    return has_persons ? spread_persons(r, &persons, by_stratum, e)
                       : level_population(r, e);
}

static enum err sum_areas(struct scan_study *s, const int64_t *controls, struct error *e)
{
    double *population = ARENA_ARRAY(s->arena, double, s->areas.n);
    if (!population)
        return error_memory(e);
    for (uint32_t a = 0; a < s->areas.n; a++)
        for (uint32_t t = 0; t < s->n_times; t++) {
            size_t at = (size_t)a * s->n_times + t;
            population[a] += (double)(s->data.cases[at] + controls[at]);
        }
    s->population = population;
    return ERR_OK;
}

static enum err read_bernoulli(struct reading *r, const struct frame *f, struct error *e)
{
    static const char *const columns[] = {"location", "controls", "time"};
    struct frame g;
    struct row *rows;
    size_t n, width = r->precision == SATSCAN_NONE ? 2 : 3;
    int64_t *cases, *controls;
    enum err code = satscan_table(&g, &r->prm, "ControlFile", columns, width, width, e);
    if (!code && (f->n_columns > width || g.n_columns > width))
        scan_note(r->s, "%s: columns after the %zu of the Bernoulli model are not used.",
                  "%s：伯努利模型只用前 %zu 列，其余未用。",
                  f->n_columns > width ? f->path : g.path, width);
    if (!code)
        code = read_rows(r, f, NULL, &rows, &n, e);
    if (!code)
        code = check_some(r, "CaseFile", n, e);
    if (!code)
        code = to_cells(r, rows, n, 1, &cases, e);
    if (!code)
        code = read_rows(r, &g, NULL, &rows, &n, e);
    if (!code)
        code = check_some(r, "ControlFile", n, e);
    if (!code)
        code = to_cells(r, rows, n, 1, &controls, e);
    if (code)
        return code;
    r->s->data.cases = cases;
    r->s->data.controls = controls;
    return sum_areas(r->s, controls, e);
}

static enum err read_permutation(struct reading *r, const struct frame *f,
                                 struct error *e)
{
    struct row *rows;
    size_t n;
    int64_t *cases;
    if (f->n_columns > 3)
        return frame_error(f, 0, 3, "Leave location, cases and time in each line.", e,
                           "covariates of the permutation model are not done");
    enum err code = read_rows(r, f, NULL, &rows, &n, e);
    if (!code)
        code = check_some(r, "CaseFile", n, e);
    if (!code)
        code = to_cells(r, rows, n, 1, &cases, e);
    r->s->data.cases = code ? NULL : cases;
    return code;
}

static int compare_categories(const void *a, const void *b)
{
    double x = 0, y = 0;
    (void)str_to_double(*(const struct str *)a, &x);
    (void)str_to_double(*(const struct str *)b, &y);
    return (x > y) - (x < y);
}

static enum err read_ordinal(struct reading *r, const struct frame *f, struct error *e)
{
    struct names categories = {.arena = r->prm.arena};
    struct row *rows;
    size_t n;
    int64_t *cases;
    enum err code = read_rows(r, f, &categories, &rows, &n, e);
    if (!code)
        code = check_some(r, "CaseFile", n, e);
    uint32_t k = code ? 0 : categories.n;
    struct str *sorted = ARENA_ARRAY(r->prm.arena, struct str, k);
    uint32_t *place = ARENA_ARRAY(r->prm.arena, uint32_t, k);
    if (!code && (!sorted || !place))
        code = error_memory(e);
    if (code)
        return code;
    memcpy(sorted, categories.list, k * sizeof *sorted);
    qsort(sorted, k, sizeof *sorted, compare_categories);
    for (uint32_t i = 0; i < k; i++)
        place[names_find(&categories, sorted[i])] = i;
    for (size_t i = 0; i < n; i++)
        rows[i].group = place[rows[i].group];
    r->s->n_categories = k;
    r->s->categories = sorted;
    code = to_cells(r, rows, n, k, &cases, e);
    r->s->data.cases = code ? NULL : cases;
    return code;
}

static enum err read_counts(struct reading *r, struct error *e)
{
    static const char *const timed[] = {"location", "cases", "time", "category"};
    static const char *const untimed[] = {"location", "cases", "category"};
    bool has_time = r->precision != SATSCAN_NONE, ordinal = r->model == SATSCAN_ORDINAL;
    size_t width = 2 + (size_t)has_time + ordinal;
    struct frame f;
    enum err code = satscan_table(&f, &r->prm, "CaseFile", has_time ? timed : untimed,
                                  width, width, e);
    if (code)
        return code;
    r->s->source = str_of(f.path);
    switch (r->model) {
    case SATSCAN_POISSON:
        return read_poisson(r, &f, e);
    case SATSCAN_BERNOULLI:
        return read_bernoulli(r, &f, e);
    case SATSCAN_PERMUTATION:
        return read_permutation(r, &f, e);
    case SATSCAN_ORDINAL:
        return read_ordinal(r, &f, e);
    }
    return ERR_OK;
}

static enum err read_circle_sizes(struct reading *r, struct error *e)
{
    static const char *const columns[] = {"location", "population"};
    struct frame f;
    double *counts;
    if (!satscan_yes(&r->prm, "UseMaxCirclePopulationFileOption"))
        return ERR_OK;
    enum err code =
        satscan_table(&f, &r->prm, "MaxCirclePopulationFile", columns, 2, 2, e);
    if (!code)
        code = frame_numbers(&f, 1, false, &counts, e);
    double *sizes = code ? NULL : ARENA_ARRAY(r->s->arena, double, r->s->areas.n);
    if (!code && !sizes)
        code = error_memory(e);
    for (size_t i = 0; i < f.n_rows && !code; i++) {
        uint32_t area;
        code = row_area(r, &f, i, &area, e);
        if (!code && area < r->s->areas.n)
            sizes[area] += counts[i];
    }
    if (code)
        return code;
    r->s->data.population = sizes;
    scan_note(r->s, "%s: windows are limited by the maximum circle size file alone.",
              "%s：窗口大小只按最大圈人口文件限制。", r->prm.path);
    return ERR_OK;
}

// ---- all of it ----

static enum err read_settings(struct reading *r, struct error *e)
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

static unsigned digits_of(uint32_t n)
{
    unsigned digits = 1;
    while (n >= 10) {
        n /= 10;
        digits++;
    }
    return digits;
}

static void tell_left_out(const struct reading *r)
{
    if (r->late)
        scan_note(r->s, "%llu rows outside of the study period were left out.",
                  "研究时段之外的 %llu 行未计入。", (unsigned long long)r->late);
    if (r->unplaced)
        scan_note(r->s, "%llu rows of locations without coordinates were left out.",
                  "无坐标地点的 %llu 行未计入。", (unsigned long long)r->unplaced);
}

enum err satscan_read(struct satscan *out, const char *path, struct arena *a,
                      struct error *e)
{
    unsigned threads = out->threads;
    *out = (struct satscan){.threads = threads};
    struct scan_study *s = &out->study;
    s->arena = a;
    s->areas.arena = a;
    struct reading r = {.out = out, .s = s};
    r.strata.arena = a;
    struct str text;
    enum err code = satscan_slurp(path, a, &text, e);
    if (!code)
        code = satscan_prm_read(&r.prm, path, text, s, e);
    if (!code)
        code = read_settings(&r, e);
    if (!code && r.analysis != SATSCAN_TEMPORAL)
        code = read_places(&r, e);
    if (!code && r.analysis != SATSCAN_TEMPORAL)
        code = read_grid(&r, e);
    if (!code)
        code = read_counts(&r, e);
    if (!code)
        code = read_circle_sizes(&r, e);
    if (code)
        return code;
    s->cases_word = STR("cases");
    s->controls_word = STR("controls");
    out->outputs.replication_digits = digits_of(s->options.replications);
    tell_left_out(&r);
    return ERR_OK;
}
