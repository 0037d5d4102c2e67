// SPDX-License-Identifier: AGPL-3.0-or-later
#include <math.h>
#include <stdlib.h>

#include "stats/scan_private.h"

static const double earth_radius_km = 6367, radian = 0.017453292519943295769;
static const double slack = 1 + SCAN_TIE;

// ---- distances ----

static double squared_chord(double longitude_a, double latitude_a, double longitude_b,
                            double latitude_b)
{
    double across = sin(0.5 * radian * (longitude_a - longitude_b)),
           up = sin(0.5 * radian * (latitude_a - latitude_b));
    return 4 * (up * up +
                cos(radian * latitude_a) * cos(radian * latitude_b) * across * across);
}

static double length_of_chord(double squared)
{
    double half = 0.5 * sqrt(squared); // rounding may pass 1; NaN stays NaN
    return 2 * earth_radius_km * asin(half > 1 ? 1 : half);
}

double scan_distance(double longitude_a, double latitude_a, double longitude_b,
                     double latitude_b)
{
    return length_of_chord(
        squared_chord(longitude_a, latitude_a, longitude_b, latitude_b));
}

double scan_length(const struct scan_problem *p, double squared)
{
    return p->options->metric == SCAN_GREAT_CIRCLE ? length_of_chord(squared)
                                                   : sqrt(squared);
}

// Squared length that the limit of distance allows.
static double most_squared(const struct scan_problem *p, double axis_ratio)
{
    double most = p->options->most_distance;
    if (!(most > 0))
        return INFINITY;
    if (p->options->metric == SCAN_CARTESIAN)
        return most * most / (axis_ratio * axis_ratio) * slack;
    if (most >= earth_radius_km * M_PI)
        return INFINITY;
    double chord = 2 * sin(0.5 * most / earth_radius_km);
    return chord * chord * slack;
}

static double squared_distance(const struct scan_problem *p, const struct scan_ellipse *s,
                               double x, double y, double to_x, double to_y)
{
    if (p->options->metric == SCAN_GREAT_CIRCLE)
        return squared_chord(x, y, to_x, to_y);
    double right = to_x - x, up = to_y - y;
    if (s->axis_ratio == 1)
        return right * right + up * up;
    double turn = s->angle * radian;
    double along = (right * cos(turn) + up * sin(turn)) / s->axis_ratio,
           across = up * cos(turn) - right * sin(turn);
    return along * along + across * across;
}

static double centre_at(const struct scan_data *d, uint32_t centre, double *y)
{
    *y = d->n_centres ? d->centre_y[centre] : d->y[centre];
    return d->n_centres ? d->centre_x[centre] : d->x[centre];
}

double scan_squared_between(const struct scan_problem *p, uint32_t centre,
                            uint32_t ellipse, double to_x, double to_y)
{
    struct scan_windows shapes;
    scan_ellipses_make(&shapes, p->options->shape, SCAN_PENALTY_NONE);
    double y, x = centre_at(p->data, centre, &y);
    return squared_distance(p, &shapes.ellipses[ellipse], x, y, to_x, to_y);
}

double scan_squared_distance(const struct scan_problem *p, uint32_t centre,
                             uint32_t ellipse, uint32_t area)
{
    return scan_squared_between(p, centre, ellipse, p->data->x[area], p->data->y[area]);
}

// SaTScan's ellipses: longer to shorter half axis, and how many directions of each.
void scan_ellipses_make(struct scan_windows *w, enum scan_shape shape,
                        enum scan_penalty penalty)
{
    static const double ratios[] = {1, 1.5, 2, 3, 4, 5};
    static const unsigned angles[] = {1, 4, 6, 9, 12, 15};
    static const double powers[] = {0, 0.5, 1};
    w->n_ellipses = w->n_reaches = 0;
    for (unsigned i = 0; i < (shape == SCAN_ELLIPSE ? 6 : 1); i++) {
        double s = ratios[i], factor = pow(4 * s / ((s + 1) * (s + 1)), powers[penalty]);
        w->penalties[w->n_reaches++] = factor;
        for (unsigned k = 0; k < angles[i]; k++) {
            double angle = 180.0 * k / angles[i];
            w->ellipses[w->n_ellipses++] = (struct scan_ellipse){
                s, angle > 90 ? angle - 180 : angle, factor, w->n_reaches - 1};
        }
    }
}

// ---- the areas around a centre, nearest first ----

// Areas at one place have one number; places are numbered by x, then y, and enter in that
// order where they are equally far, whatever the order of the rows.
struct near {
    double squared;
    uint32_t place, area;
};

static int by_distance(const void *a, const void *b)
{
    const struct near *x = a, *y = b;
    if (x->squared != y->squared)
        return x->squared < y->squared ? -1 : 1;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->area > y->area) - (x->area < y->area);
}

struct place {
    double x, y;
    uint32_t area;
};

static int by_coordinates(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

static uint32_t *number_places(const struct scan_data *d, struct arena *a)
{
    struct place *places = ARENA_ARRAY(a, struct place, d->n_areas);
    uint32_t *numbers = ARENA_ARRAY(a, uint32_t, d->n_areas), number = 0;
    if (!places || !numbers)
        return NULL;
    for (uint32_t i = 0; i < d->n_areas; i++)
        places[i] = (struct place){d->x[i], d->y[i], i};
    qsort(places, d->n_areas, sizeof *places, by_coordinates);
    for (uint32_t i = 0; i < d->n_areas; i++) {
        number += i && by_coordinates(&places[i - 1], &places[i]) != 0;
        numbers[places[i].area] = number;
    }
    return numbers;
}

struct paths { // being made
    struct scan_windows *w;
    const uint32_t *places; // [area]
    struct near *near;      // [thread][area]
    uint32_t **by_centre;   // steps of all ellipses of a centre
    size_t *lengths;        // [centre x ellipse]
    bool *failed;           // [centre]
};

// Steps of one path; areas at one place enter together. Returns how many.
static size_t make_path(const struct paths *m, struct near *near, uint32_t centre,
                        const struct scan_ellipse *shape, uint32_t *steps)
{
    const struct scan_problem *p = m->w->problem;
    double y, x = centre_at(p->data, centre, &y), inside = 0;
    for (uint32_t i = 0; i < p->n_areas; i++)
        near[i] =
            (struct near){squared_distance(p, shape, x, y, p->data->x[i], p->data->y[i]),
                          m->places[i], i};
    qsort(near, p->n_areas, sizeof *near, by_distance);
    double most = most_squared(p, shape->axis_ratio);
    size_t length = 0;
    for (uint32_t i = 0, next; i < p->n_areas && near[i].squared <= most; i = next) {
        for (next = i; next < p->n_areas && near[next].place == near[i].place; next++)
            inside += p->population[near[next].area];
        if (inside > m->w->most_population)
            break;
        for (uint32_t k = i; k < next; k++)
            steps[length++] = near[k].area << SCAN_STEP_BITS;
        steps[length - 1] |= SCAN_ENDS;
    }
    return length;
}

static void make_centre(void *argument, size_t task, unsigned thread)
{
    const struct paths *m = argument;
    const struct scan_windows *w = m->w;
    uint32_t n = w->problem->n_areas, centre = (uint32_t)task;
    struct near *near = m->near + (size_t)thread * n;
    size_t used = 0, room = (size_t)n * (w->n_ellipses > 1 ? 4 : 1);
    uint32_t *steps = mem_alloc(room, sizeof *steps);
    for (uint32_t i = 0; steps && i < w->n_ellipses; i++) {
        if (room - used < n) {
            uint32_t *more = mem_resize(steps, room * 2, sizeof *steps);
            if (!more)
                mem_free(steps);
            steps = more;
            room *= 2;
        }
        if (!steps)
            break;
        size_t length = make_path(m, near, centre, &w->ellipses[i], steps + used);
        m->lengths[(size_t)centre * w->n_ellipses + i] = length;
        used += length;
    }
    m->by_centre[centre] = steps;
    m->failed[centre] = !steps;
}

void scan_for_each(struct pool *pool, size_t n, pool_task *task, void *argument)
{
    if (pool) {
        pool_run(pool, n, task, argument);
        return;
    }
    for (size_t i = 0; i < n; i++)
        task(argument, i, 0);
}

static enum err gather_paths(struct scan_windows *w, const struct paths *m,
                             struct arena *a, struct error *e)
{
    size_t n_paths = (size_t)w->n_centres * w->n_ellipses, total = 0;
    for (uint32_t c = 0; c < w->n_centres; c++)
        if (m->failed[c])
            return error_memory(e);
    w->path_start = ARENA_ARRAY(a, size_t, n_paths + 1);
    if (!w->path_start)
        return error_memory(e);
    for (size_t i = 0; i < n_paths; i++) {
        w->path_start[i] = total;
        total += m->lengths[i];
    }
    w->path_start[n_paths] = total;
    w->steps = ARENA_ARRAY(a, uint32_t, total);
    if (!w->steps)
        return error_memory(e);
    for (uint32_t c = 0; c < w->n_centres; c++) {
        size_t from = w->path_start[(size_t)c * w->n_ellipses],
               to = w->path_start[(size_t)(c + 1) * w->n_ellipses];
        for (size_t i = from; i < to; i++)
            w->steps[i] = m->by_centre[c][i - from];
    }
    return ERR_OK;
}

static enum err make_paths(struct scan_windows *w, struct pool *pool, struct arena *a,
                           struct error *e)
{
    unsigned threads = pool ? pool_threads(pool) : 1;
    size_t n_paths = (size_t)w->n_centres * w->n_ellipses;
    struct paths m = {
        .w = w,
        .places = number_places(w->problem->data, a),
        .near = ARENA_ARRAY(a, struct near, (size_t)threads * w->problem->n_areas),
        .by_centre = ARENA_ARRAY(a, uint32_t *, w->n_centres),
        .lengths = ARENA_ARRAY(a, size_t, n_paths),
        .failed = ARENA_ARRAY(a, bool, w->n_centres)};
    if (!m.places || !m.near || !m.by_centre || !m.lengths || !m.failed)
        return error_memory(e);
    scan_for_each(pool, w->n_centres, make_centre, &m);
    enum err code = gather_paths(w, &m, a, e);
    for (uint32_t c = 0; c < w->n_centres; c++)
        mem_free(m.by_centre[c]);
    return code;
}

// ---- the same set from several centres ----

// A set is known by the sum of random 64-bit numbers of its areas: that any two of 10^6
// sets have the same sum has a probability of 3 in 10^8.
struct seen {
    uint64_t *keys; // open addressing; 0 is empty
    size_t mask;
};

static bool seen_before(struct seen *seen, uint64_t key)
{
    key += !key;
    size_t at = key & seen->mask;
    while (seen->keys[at]) {
        if (seen->keys[at] == key)
            return true;
        at = (at + 1) & seen->mask;
    }
    seen->keys[at] = key;
    return false;
}

static void mark_path(struct scan_windows *w, struct seen *seen, const uint64_t *name,
                      size_t path)
{
    uint64_t key = 0;
    for (size_t i = w->path_start[path]; i < w->path_start[path + 1]; i++) {
        key += name[w->steps[i] >> SCAN_STEP_BITS];
        if (!(w->steps[i] & SCAN_ENDS))
            continue;
        if (seen_before(seen, key))
            w->steps[i] |= SCAN_SEEN;
        else
            w->n_windows++;
    }
}

// Circles first, for the same set has the larger statistic there.
static enum err mark_seen(struct scan_windows *w, struct error *e)
{
    size_t n_steps = w->path_start[(size_t)w->n_centres * w->n_ellipses], room = 64;
    while (room < n_steps * 2)
        room *= 2;
    uint32_t n = w->problem->n_areas;
    uint64_t *names = mem_alloc(n, sizeof *names);
    struct seen seen = {mem_alloc(room, sizeof *seen.keys), room - 1};
    enum err code = ERR_OK;
    if (!names || !seen.keys) {
        code = error_memory(e);
        goto out;
    }
    struct rng r = rng_seed(0x5ca4);
    for (uint32_t i = 0; i < n; i++)
        names[i] = rng_next(&r);
    for (uint32_t i = 0; i < w->n_ellipses; i++)
        for (uint32_t c = 0; c < w->n_centres; c++)
            mark_path(w, &seen, names, (size_t)c * w->n_ellipses + i);
out:
    mem_free(names);
    mem_free(seen.keys);
    return code;
}

// ---- intervals of time ----

static void add_interval(struct scan_windows *w, uint32_t first, uint32_t last, bool room)
{
    if (room)
        w->intervals[w->n_intervals] = (struct scan_interval){first, last};
    w->n_intervals++;
}

// The intervals, or (without room) only how many.
static void list_intervals(struct scan_windows *w, uint32_t least, uint32_t most,
                           bool room)
{
    const struct scan_options *o = w->problem->options;
    uint32_t times = w->problem->n_times, earliest = 0;
    w->n_intervals = w->n_intervals_at = 0;
    if (o->span == SCAN_PROSPECTIVE)
        earliest = times - 1 - (o->earlier_looks < times ? o->earlier_looks : times - 1);
    bool whole = false;
    for (uint32_t last = earliest; last < times; last++) {
        if (o->span == SCAN_PROSPECTIVE && last == times - 1)
            w->n_intervals_at = w->n_intervals;
        for (uint32_t length = least; length <= most && length <= last + 1; length++) {
            add_interval(w, last + 1 - length, last, room);
            whole |= length == times;
        }
    }
    if (o->spatial_too && o->span != SCAN_TEMPORAL && !whole)
        add_interval(w, 0, times - 1, room);
}

static enum err make_intervals(struct scan_windows *w, struct arena *a, struct error *e)
{
    const struct scan_options *o = w->problem->options;
    uint32_t times = w->problem->n_times, least = o->least_times ? o->least_times : 1;
    uint32_t most = times;
    if (times == 1) {
        least = 1;
    } else {
        if (o->most_times && o->most_times < most)
            most = o->most_times;
        if (o->most_time_share > 0 && o->most_time_share * times < most)
            most = (uint32_t)(o->most_time_share * times + SCAN_TIE);
    }
    list_intervals(w, least, most, false);
    if (!w->n_intervals) {
        error_set(e, ERR_USAGE, "scan.intervals", NULL,
                  "no interval has %u to %u of %u times", least, most, times);
        return error_cure(e, "Allow longer intervals.");
    }
    w->intervals = ARENA_ARRAY(a, struct scan_interval, w->n_intervals);
    if (!w->intervals)
        return error_memory(e);
    list_intervals(w, least, most, true);
    return ERR_OK;
}

// ---- all of them ----

static enum err one_path(struct scan_windows *w, struct arena *a, struct error *e)
{
    w->n_centres = 1;
    w->n_windows = 1;
    w->path_start = ARENA_ARRAY(a, size_t, 2);
    w->steps = ARENA_ARRAY(a, uint32_t, 1);
    if (!w->path_start || !w->steps)
        return error_memory(e);
    w->path_start[1] = 1;
    w->steps[0] = SCAN_ENDS;
    return ERR_OK;
}

enum err scan_windows_make(struct scan_windows *out, const struct scan_problem *p,
                           struct pool *pool, struct arena *a, struct error *e)
{
    const struct scan_options *o = p->options;
    *out = (struct scan_windows){
        .problem = p,
        .n_centres = p->data->n_centres ? p->data->n_centres : p->n_areas,
        .most_population = o->most_population * p->total_population * slack};
    scan_ellipses_make(out, o->span == SCAN_TEMPORAL ? SCAN_CIRCLE : o->shape,
                       o->penalty);
    enum err code = make_intervals(out, a, e);
    if (code)
        return code;
    if (o->span == SCAN_TEMPORAL)
        code = one_path(out, a, e);
    else if (o->shape == SCAN_FLEXIBLE)
        return scan_flexible_make(out, a, e);
    else if (!(code = make_paths(out, pool, a, e)))
        code = mark_seen(out, e);
    if (code)
        return code;
    out->n_windows *= out->n_intervals - out->n_intervals_at;
    if (out->n_windows > UINT64_C(1) << 31) {
        error_set(e, ERR_LIMIT, "scan.windows", NULL,
                  "there are %llu windows; expected at most 2147483648",
                  (unsigned long long)out->n_windows);
        return error_cure(e, "Lower the limits of population, distance or time.");
    }
    return ERR_OK;
}

static void walk_path(const struct scan_windows *w, struct scan_step *step,
                      scan_visit *visit, void *argument)
{
    size_t path = (size_t)step->centre * w->n_ellipses + step->ellipse;
    step->from = SCAN_START;
    step->to = step->n = 0;
    step->population = 0;
    for (size_t i = w->path_start[path]; i < w->path_start[path + 1]; i++) {
        uint32_t bits = w->steps[i];
        step->area = bits >> SCAN_STEP_BITS;
        step->ends = bits & SCAN_ENDS;
        step->seen = bits & SCAN_SEEN;
        step->population += w->problem->population[step->area];
        step->n++;
        visit(argument, step);
        step->from = 0;
    }
}

void scan_walk(const struct scan_windows *w, uint32_t centre, bool distinct,
               scan_visit *visit, void *argument)
{
    if (w->locals) {
        scan_flexible_walk(w, centre, distinct, visit, argument);
        return;
    }
    struct scan_step step = {.centre = centre};
    for (step.ellipse = 0; step.ellipse < w->n_ellipses; step.ellipse++)
        walk_path(w, &step, visit, argument);
}

uint32_t scan_depth(const struct scan_windows *w)
{
    return w->locals ? SCAN_MOST_NEIGHBOURS : 1;
}
