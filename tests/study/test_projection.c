// SPDX-License-Identifier: AGPL-3.0-or-later
// The years ahead from a county's rows: an invented county whose rates are known, against
// plain computations over the same rows; what is supposed; what is missing.
#include "../measure/measure_test.h"

#include "base/rng.h"
#include "study/project_study.h"
#include "study/projection.h"

enum {
    AGES = 101,
    FIRST = 2009, // births and deaths of five years
    LAST = 2013,
    TOWNSHIPS = 2,
    BORN = 700, // people of age 0, of both sexes, in both townships
    SEED = 5,
};

#define assert_near(found, expected, off) assert_true(fabs((found) - (expected)) <= (off))

static const double share_of[TOWNSHIPS] = {.9, .1};

static const char pack_text[] =
    "pack: invented\nversion: \"1\"\nlabel: {en: Invented, zh: 虚构}\n"
    "levels:\n"
    "  county:   {label: {en: County, zh: 县}, digits: 6}\n"
    "  township: {label: {en: Township, zh: 乡镇}, digits: 3}\n"
    "  village:  {label: {en: Village, zh: 村}, digits: 3}\n";
static const char areas_text[] =
    "register: areas\nkind: areas\nlabel: {en: Areas, zh: 地区}\n";
#define SEX                                                                              \
    "  sex: {type: code, codes: {m: {en: male, zh: 男}, f: {en: female, zh: 女}, "     \
    "u: {en: unknown, zh: 不详}}, label: {en: Sex, zh: 性别}}\n"
static const char births_text[] =
    "register: births\npurpose: vital\nlabel: {en: Births, zh: 出生}\n"
    "area: place\ndate: day\n"
    "sources: {hospital: {en: Hospital, zh: 医院}, other: {en: Other, zh: 其他}}\n"
    "key: [source, number]\nfields:\n"
    "  number: {type: int, label: {en: Number, zh: 编号}}\n"
    "  place: {type: area, label: {en: Place, zh: 地点}}\n"
    "  day: {type: date, label: {en: Day, zh: 日期}}\n" SEX
    "  mother: {type: int, label: {en: Born in, zh: 母亲出生年}}\n";
static const char deaths_text[] =
    "register: deaths\npurpose: vital\nlabel: {en: Deaths, zh: 死亡}\n"
    "area: place\ndate: day\nkey: [number]\nfields:\n"
    "  number: {type: int, label: {en: Number, zh: 编号}}\n"
    "  place: {type: area, label: {en: Place, zh: 地点}}\n"
    "  day: {type: date, label: {en: Day, zh: 日期}}\n" SEX
    "  born: {type: date, label: {en: Born on, zh: 出生日期}}\n";
static const char people_text[] =
    "register: people\npurpose: statistics\nlabel: {en: People, zh: 人口}\n"
    "area: place\ndate: day\nkey: [day, place, sex, age]\nfields:\n"
    "  place: {type: area, level: township, label: {en: Place, zh: 地点}}\n"
    "  day: {type: date, label: {en: Day, zh: 日期}}\n" SEX
    "  age: {type: int, min: 0, max: 110, label: {en: Age, zh: 年龄}}\n"
    "  people: {type: int, min: 0, label: {en: People, zh: 人数}}\n";
static const char plan_text[] =
    "projection: county\nlabel: {en: Ahead, zh: 未来人口}\n"
    "people: {register: people, sex: sex, age: age, people: people}\n"
    "births: {register: births, sex: sex, mother_birth_year: mother, where: source = "
    "hospital}\n"
    "deaths: {register: deaths, sex: sex, born: born}\n";

// --- the truth -------------------------------------------------------------------------

static double true_fertility(int age)
{
    double z = (age - 27) / 5.5;
    return age >= 15 && age < 50 ? .124 * exp(-z * z / 2) : 0;
}

static double true_mortality(int sex, int age)
{
    double m = .0002 + 2.5e-5 * exp(.098 * (age + .5)) + (age == 0 ? .006 : 0);
    return sex == PROJECT_MALE ? 1.45 * m : m;
}

static double true_children(void)
{
    double sum = 0;
    for (int x = 0; x < AGES; x++)
        sum += true_fertility(x);
    return sum;
}

// Years lived at each age by one who is born, and in all.
static double true_lived(int sex, double lived[AGES])
{
    double left = 1, all = 0;
    for (int x = 0; x < AGES; x++) {
        double m = true_mortality(sex, x), next = left * exp(-m);
        lived[x] = x + 1 < AGES ? (left - next) / m : left / m;
        all += lived[x];
        left = next;
    }
    return all;
}

// --- the county ------------------------------------------------------------------------

static struct buf rows;
static int64_t people_of[TOWNSHIPS][PROJECT_SEXES][AGES];
static int64_t number;
// What the rows hold: births by township, year and age of the mother as the convention
// has it; deaths by township, sex and age.
static double mothers[TOWNSHIPS][AGES], died[TOWNSHIPS][PROJECT_SEXES][AGES];
static double born[TOWNSHIPS][PROJECT_SEXES], left_out[TOWNSHIPS];
static double of_last_year[2]; // births and deaths

static const char *const codes[TOWNSHIPS] = {"110101001", "110101002"};

static const char *day_text(int32_t day)
{
    static char text[4][DATE_TEXT_SIZE];
    static int at;
    at = (at + 1) % 4;
    date_format(day, text[at]);
    return text[at];
}

static int32_t year_end(int year)
{
    int32_t day = 0;
    assert_true(date_from_ymd(year, 12, 31, &day));
    return day;
}

static void give(const char *reg, const char *source)
{
    add_from(reg, buf_c(&rows), source);
    buf_clear(&rows);
}

// Stationary: a birth every so often and the same mortality for ever.
static void make_people(void)
{
    double lived[AGES];
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        (void)true_lived(sex, lived);
        for (int t = 0; t < TOWNSHIPS; t++)
            for (int x = 0; x < AGES; x++)
                people_of[t][sex][x] = llround(share_of[t] * BORN * lived[x] *
                                               (sex == PROJECT_MALE ? 1.06 : 1) / 2.06);
    }
}

// skip_sex, ages from .. to: left out of the second township.
static void add_count(int32_t day, int skip_sex, int from, int to, int n_townships)
{
    buf_add_c(&rows, "day,place,sex,age,people\n");
    for (int t = 0; t < n_townships; t++)
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            for (int x = 0; x < AGES; x++)
                if (t == 0 || sex != skip_sex || x < from || x > to)
                    buf_printf(&rows, "%s,%s,%s,%d,%lld\n", day_text(day), codes[t],
                               sex == PROJECT_MALE ? "m" : "f", x,
                               (long long)people_of[t][sex][x]);
    give("people", "");
}

static void add_births(struct rng *r, int t, int year)
{
    int32_t new_year = year_end(year - 1) + 1, days = year_end(year) - year_end(year - 1);
    for (int x = 15; x < 50; x++) {
        double mean = (double)people_of[t][PROJECT_FEMALE][x] * true_fertility(x);
        for (int64_t n = rng_poisson(r, mean); n > 0; n--) {
            int32_t day = (int32_t)rng_below(r, (uint64_t)days);
            double over = (day + .5) / days;
            bool birthday = rng_chance(r, over);
            bool boy = rng_chance(r, 1.06 / 2.06), known = !rng_chance(r, .01);
            int mother = year - x - (birthday ? 0 : 1);
            buf_printf(&rows, "%lld,%s,%s,%s,", (long long)++number, codes[t],
                       day_text(new_year + day), boy ? "m" : "f");
            if (known)
                buf_printf(&rows, "%d\n", mother);
            else
                buf_add_c(&rows, "\n");
            born[t][boy ? PROJECT_MALE : PROJECT_FEMALE]++;
            left_out[t] += !known;
            of_last_year[0] += year == LAST;
            if (!known)
                continue;
            mothers[t][year - mother] += over;
            mothers[t][year - mother - 1] += 1 - over;
        }
    }
}

static void add_deaths(struct rng *r, int t, int year)
{
    int32_t new_year = year_end(year - 1) + 1, days = year_end(year) - year_end(year - 1);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        for (int x = 0; x < AGES; x++) {
            double mean = (double)people_of[t][sex][x] * true_mortality(sex, x);
            for (int64_t n = rng_poisson(r, mean); n > 0; n--) {
                int32_t day = new_year + (int32_t)rng_below(r, (uint64_t)days);
                int32_t from = date_add_months(day, -12 * (x + 1)),
                        to = date_add_months(day, -12 * x);
                int32_t birthday =
                    from + 1 + (int32_t)rng_below(r, (uint64_t)(to - from));
                bool known = !rng_chance(r, .02);
                buf_printf(&rows, "%lld,%s,%s,%s,%s\n", (long long)++number, codes[t],
                           day_text(day), sex == PROJECT_MALE ? "m" : "f",
                           known ? day_text(birthday) : "");
                of_last_year[1] += year == LAST;
                if (known)
                    died[t][sex][x]++;
                else
                    left_out[t]++;
            }
        }
}

static void begin_invented(void)
{
    begin_own_county();
    write_pack(pack_text, areas_text, NULL, "births", births_text);
    write_text("pack/registers/deaths.yaml", deaths_text);
    write_text("pack/registers/people.yaml", people_text);
    assert_int_equal(mkdir("pack/projections", 0755), 0);
    write_text("pack/projections/county.yaml", plan_text);
    make_own_county();
    begin_measures();
    rows = BUF_INIT(1 << 24);
    add("areas", "code,name,name_en,level\n110101,东山县,East Hill,county\n"
                 "110101001,城关镇,Walls,township\n110101002,河西乡,West River,township\n"
                 "110101001001,东村,East Village,village\n");
    measure.county = county;
    make_people();
}

static int setup(void **state)
{
    (void)state;
    struct rng r = rng_seed(SEED);
    print_message("# seed %d\n", SEED);
    begin_invented();
    // counts of three year ends; the second township has a later one alone
    add_count(year_end(FIRST - 1), -1, 0, 0, TOWNSHIPS);
    add_count(year_end(LAST - 1), -1, 0, 0, TOWNSHIPS);
    add_count(year_end(LAST), -1, 0, 0, TOWNSHIPS);
    add_count(year_end(LAST) + 90, -1, 0, 0, 1);
    buf_add_c(&rows, "number,place,day,sex,mother\n");
    for (int year = FIRST; year <= LAST; year++)
        for (int t = 0; t < TOWNSHIPS; t++)
            add_births(&r, t, year);
    give("births", "hospital");
    // the same births from another source, and two that are not counted
    buf_add_c(&rows, "number,place,day,sex,mother\n"
                     "1,110101001,2010-05-05,m,1980\n2,110101001,2011-05-05,f,1980\n");
    give("births", "other");
    buf_add_c(&rows, "number,place,day,sex,born\n");
    for (int year = FIRST; year <= LAST; year++)
        for (int t = 0; t < TOWNSHIPS; t++)
            add_deaths(&r, t, year);
    give("deaths", "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_free(&rows);
    end_measures();
    return 0;
}

static const struct projection_plan *plan(void)
{
    const struct projection_plan *x = pack_projection(county->pack, STR("county"));
    assert_non_null(x);
    return x;
}

static struct projection_choice as_now(int32_t root)
{
    return (struct projection_choice){
        .root = root, .children = NAN, .e0 = {NAN, NAN}, .boys = NAN, .migrants = NAN};
}

static struct project_area *make(const struct projection_choice *choice,
                                 struct projection_basis *basis)
{
    struct project_files files;
    assert_ok(projection_make(&measure, &arena, plan(), choice, basis, &files, &error));
    assert_int_equal(files.n_areas, 1);
    assert_ok(project_check(&files.areas[0].in, &error));
    return &files.areas[0];
}

static double sum_of(const double *v, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++)
        all += v[i];
    return all;
}

// --- tests -----------------------------------------------------------------------------

// Over the arrays that the rows were made with. The people are the same at every count,
// and those between move by the mortality found, near enough.
static double naive_children(void)
{
    double births = 0, known = 0, sum = 0;
    for (int t = 0; t < TOWNSHIPS; t++) {
        births += born[t][0] + born[t][1];
        known += sum_of(mothers[t], AGES);
    }
    for (int x = 10; x < 60; x++) {
        double women = 0, of_them = 0;
        for (int t = 0; t < TOWNSHIPS; t++) {
            women += (LAST - FIRST + 1) * (double)people_of[t][PROJECT_FEMALE][x];
            of_them += mothers[t][x];
        }
        sum += of_them * births / known / women;
    }
    return sum;
}

static void the_basis_is_what_the_rows_hold(void **state)
{
    (void)state;
    struct projection_basis b;
    struct projection_choice choice = as_now(-1);
    (void)make(&choice, &b);
    assert_int_equal(b.counted_on, year_end(LAST));
    assert_int_equal(b.earlier_on, year_end(LAST - 1));
    assert_int_equal(b.first, FIRST);
    assert_int_equal(b.last, LAST);
    assert_true(b.years == LAST - FIRST + 1);
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double people = 0;
        for (int t = 0; t < TOWNSHIPS; t++)
            for (int x = 0; x < AGES; x++)
                people += (double)people_of[t][sex][x];
        assert_true(b.people[sex] == people);
        assert_true(b.births[sex] == born[0][sex] + born[1][sex]);
        assert_true(b.deaths[sex] ==
                    sum_of(died[0][sex], AGES) + sum_of(died[1][sex], AGES));
    }
    assert_true(b.left_out == left_out[0] + left_out[1]);
    // nobody more and nobody less in a year
    double years = (year_end(LAST) - year_end(LAST - 1)) / 365.25;
    assert_near(b.left_over, (of_last_year[1] - of_last_year[0]) / years, 1e-6);
    assert_near(b.births_found, (b.births[0] + b.births[1]) / (5 * BORN), .01);
    assert_near(b.boys, b.births[PROJECT_MALE] / b.births[PROJECT_FEMALE], 1e-12);
    assert_near(b.boys_begin,
                (b.births[PROJECT_MALE] + 1000 * 1.06 / 2.06) /
                    (b.births[PROJECT_FEMALE] + 1000 / 2.06),
                1e-12);
}

static void known_rates_are_found_again(void **state)
{
    (void)state;
    struct projection_basis b;
    double lived[AGES];
    struct projection_choice choice = as_now(-1);
    struct project_area *area = make(&choice, &b);
    assert_near(b.children, naive_children(), .004);
    assert_true(b.children_low < true_children() && true_children() < b.children_high);
    double births = b.births[0] + b.births[1];
    double width = (b.children_high - b.children_low) / b.children;
    assert_true(width > 2 * 1.9 / sqrt(births) && width < 2 * 2.3 / sqrt(births));
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double e0 = true_lived(sex, lived);
        print_message("# e0 %.2f (%.2f-%.2f), truly %.2f\n", b.e0[sex], b.e0_low[sex],
                      b.e0_high[sex], e0);
        assert_true(b.e0_low[sex] < e0 && e0 < b.e0_high[sex]);
        assert_true(b.e0_high[sex] - b.e0_low[sex] < 3);
        assert_near(b.e0[sex], e0, .8);
        assert_near(area->e0[sex][0], b.e0[sex], 1e-9); // the whole is not shrunk
    }
    assert_true(b.boys_low < 1.06 && 1.06 < b.boys_high);
    for (int x = 18; x < 40; x++)
        assert_near(area->in.fertility[x], true_fertility(x), .035);
}

static void a_township_leans_on_the_county(void **state)
{
    (void)state;
    struct projection_basis all, b;
    double lived[AGES];
    struct projection_choice choice = as_now(-1);
    struct project_area *county_area = make(&choice, &all);
    choice.root = area_of(codes[1]);
    struct project_area *area = make(&choice, &b);
    assert_true(b.births[0] == born[1][0] && b.births[1] == born[1][1]);
    assert_true(b.left_out == left_out[1]);
    assert_true(b.children_low < true_children() && true_children() < b.children_high);
    assert_true(b.children_high - b.children_low > all.children_high - all.children_low);
    for (int sex = 0; sex < PROJECT_SEXES; sex++) {
        double e0 = true_lived(sex, lived);
        print_message("# e0 %.2f (%.2f-%.2f), begins with %.2f, truly %.2f\n", b.e0[sex],
                      b.e0_low[sex], b.e0_high[sex], b.e0_begin[sex], e0);
        assert_true(b.e0_low[sex] < e0 && e0 < b.e0_high[sex]);
        assert_true(b.e0_high[sex] - b.e0_low[sex] >
                    1.5 * (all.e0_high[sex] - all.e0_low[sex]));
        // between its own and the county's
        assert_true((b.e0_begin[sex] - b.e0[sex]) * (all.e0[sex] - b.e0_begin[sex]) > 0);
    }
    assert_true(fabs(b.boys_begin - 1.06) < fabs(b.boys - 1.06));
    // By age it is nearer to the county than its own births alone are; and gives as many
    // births as there were.
    double own = 0, shrunk = 0, births = 0;
    double level = b.children / all.children;
    for (int x = 15; x < 50; x++) {
        double women = 5 * (double)people_of[1][PROJECT_FEMALE][x];
        double usual = level * county_area->in.fertility[x];
        own += fabs(mothers[1][x] / women - usual);
        shrunk += fabs(area->in.fertility[x] - usual);
        births += area->in.fertility[x] * women;
    }
    assert_true(shrunk < .8 * own);
    assert_near(births / (born[1][0] + born[1][1]), 1, .01);
    // parts have the people of the whole
    struct projection_basis other;
    choice.root = area_of(codes[0]);
    (void)make(&choice, &other);
    assert_true(other.people[0] + b.people[0] == all.people[0]);
    choice.root = area_of("110101");
    (void)make(&choice, &other);
    assert_true(other.children == all.children && other.e0[0] == all.e0[0]);
}

static void people_between_counts_are_moved(void **state)
{
    (void)state;
    // From 2012, of which the years 2009 to 2012 have one count before and one at their
    // end: the people are stationary, so that what is between is as they are.
    struct projection_basis b, now;
    struct projection_choice choice = as_now(-1);
    (void)make(&choice, &now);
    choice.from = LAST - 1;
    struct project_area *area = make(&choice, &b);
    assert_int_equal(area->in.shape.year, LAST - 1);
    assert_int_equal(b.first, FIRST);
    assert_int_equal(b.last, LAST - 1);
    assert_int_equal(b.earlier_on, year_end(FIRST - 1));
    assert_near(b.children, now.children, .06);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        assert_near(b.e0[sex], now.e0[sex], 1);
    choice.from = FIRST - 1; // before all births and deaths
    struct project_files files;
    assert_int_equal(
        projection_make(&measure, &arena, plan(), &choice, &b, &files, &error),
        ERR_INPUT);
    assert_non_null(strstr(error.text, "no whole year of births and deaths is before"));
    choice.from = 2005;
    assert_int_equal(
        projection_make(&measure, &arena, plan(), &choice, &b, &files, &error),
        ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "has no count of East Hill at the end of 2005"));
}

static void what_is_supposed_is_reached_in_a_straight_line(void **state)
{
    (void)state;
    struct projection_basis b;
    struct projection_choice choice = as_now(-1);
    choice.to = 2030;
    struct project_area *as_it_is = make(&choice, &b);
    assert_int_equal(as_it_is->in.shape.steps, 2030 - LAST);
    assert_int_equal(as_it_is->in.shape.width, 1);
    assert_null(as_it_is->in.migration[0]);
    for (size_t k = 0; k < as_it_is->in.shape.steps; k++) {
        assert_near(as_it_is->children[k], b.children, 1e-9);
        assert_near(as_it_is->in.boys[k], b.boys_begin, 1e-12);
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            assert_near(as_it_is->e0[sex][k], b.e0_begin[sex], 1e-9);
    }
    choice.by = 2023;
    choice.children = 2.1;
    choice.e0[PROJECT_FEMALE] = b.e0[PROJECT_FEMALE] + 3;
    choice.boys = 1.05;
    choice.migrants = -50;
    struct project_area *area = make(&choice, &b);
    const struct project_shape *s = &area->in.shape;
    for (size_t k = 0; k < s->steps; k++) {
        double share = fmin(1, (double)(k + 1) / (2023 - LAST)), net = 0;
        assert_near(area->children[k], b.children + share * (2.1 - b.children), 1e-9);
        assert_near(area->e0[PROJECT_FEMALE][k],
                    b.e0_begin[PROJECT_FEMALE] +
                        share * (choice.e0[PROJECT_FEMALE] - b.e0_begin[PROJECT_FEMALE]),
                    1e-6);
        assert_near(area->e0[PROJECT_MALE][k], b.e0_begin[PROJECT_MALE], 1e-9);
        assert_near(area->in.boys[k], b.boys_begin + share * (1.05 - b.boys_begin),
                    1e-12);
        for (int sex = 0; sex < PROJECT_SEXES; sex++)
            net += sum_of(area->in.migration[sex] + k * s->ages, s->ages);
        assert_near(net, -50 * share, 1e-6);
    }
    choice.width = 5;
    choice.to = 2033;
    area = make(&choice, &b);
    assert_int_equal(area->in.shape.steps, 4);
    assert_int_equal(area->in.shape.ages, 21);
    assert_near(area->children[0], b.children + .3 * (2.1 - b.children), 1e-9);
    assert_near(area->children[2], 2.1, 1e-9);
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        assert_near(sum_of(area->in.population[sex], 21), b.people[sex], 1e-6);
}

static void a_shock_strikes_its_calendar_year(void **state)
{
    (void)state;
    const struct project_shock shock = {.kind = PROJECT_SHOCK_BIRTHS,
                                        .year = 2016,
                                        .first_half = .5,
                                        .sex = -1,
                                        .to = 150,
                                        .factor = .5};
    const struct project_choice more = {
        .timing = PROJECT_AT_END, .mothers = -1, .shocks = &shock, .n_shocks = 1};
    struct projection_basis b;
    struct projection_choice choice = as_now(-1);
    choice.to = 2018;
    choice.more = &more;
    struct project_area *area = make(&choice, &b);
    for (size_t k = 0; k < 5; k++) // 2014 is the first
        assert_near(area->children[k], b.children * (k == 2 ? .5 : 1), 1e-9);
    assert_int_equal(area->in.timing, PROJECT_AT_END);
}

// A stationary population stays as it is, where births replace it.
static void it_runs_and_stays_near_what_it_was(void **state)
{
    (void)state;
    struct projection_basis b;
    struct projection_choice choice = as_now(-1);
    struct project_projection *list;
    struct project_files files;
    choice.children = true_children();
    choice.to = 2033;
    assert_ok(projection_make(&measure, &arena, plan(), &choice, &b, &files, &error));
    assert_ok(project_study_run(&files, false, &list, &arena, &error));
    double before = b.people[0] + b.people[1], after = 0;
    for (int sex = 0; sex < PROJECT_SEXES; sex++)
        after += sum_of(list[0].out.population[sex] + 20 * AGES, AGES);
    double births = list[0].out.births[0][19] + list[0].out.births[1][19];
    print_message("# %.0f people become %.0f\n", before, after);
    assert_near(after / before, 1, .05);
    assert_true(births > 0 && births < 1.5 * BORN);
}

static enum err refused(struct projection_choice choice)
{
    struct projection_basis b;
    struct project_files files;
    error = (struct error){0};
    enum err code =
        projection_make(&measure, &arena, plan(), &choice, &b, &files, &error);
    assert_true(code == ERR_OK || code == ERR_FORBIDDEN || error.cure[0]);
    return code;
}

static void what_cannot_be_asked_is_said(void **state)
{
    (void)state;
    struct projection_choice choice = as_now(-1);
    choice.children = 20;
    assert_int_equal(refused(choice), ERR_INPUT);
    assert_non_null(strstr(error.text, "a total fertility rate of 20"));
    choice = as_now(-1);
    choice.to = LAST;
    assert_int_equal(refused(choice), ERR_INPUT);
    assert_non_null(strstr(error.cure, "2014 to 2213"));
    choice = as_now(-1);
    choice.by = LAST;
    assert_int_equal(refused(choice), ERR_INPUT);
    choice = as_now(area_of("110101001001"));
    assert_int_equal(refused(choice), ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "people are counted by township"));
    assert_non_null(strstr(error.cure, "Ask for Walls"));
}

static void another_area_is_refused(void **state)
{
    (void)state;
    struct access clerk = with_own_grant(&who);
    own_grant.area = ask("SELECT id FROM r_areas WHERE code = '110101001'");
    measure.who = &clerk;
    assert_int_equal(refused(as_now(-1)), ERR_FORBIDDEN);
    assert_int_equal(refused(as_now(area_of(codes[1]))), ERR_FORBIDDEN);
    assert_int_equal(refused(as_now(area_of(codes[0]))), ERR_OK);
    measure.who = &who;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct projection_choice choice = as_now(-1);
    bool done = false;
    choice.to = 2016;
    for (int64_t n = 0; !done; n++) {
        struct arena a;
        struct projection_basis b;
        struct project_files files;
        arena_init(&a, 0);
        mem_fail_after(n);
        enum err code =
            projection_make(&measure, &a, plan(), &choice, &b, &files, &error);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        done = !code;
        arena_free(&a);
        assert_true(n < 300);
    }
}

// --- a county with holes ---------------------------------------------------------------

static int setup_empty(void **state)
{
    (void)state;
    begin_invented();
    return 0;
}

static void what_is_missing_is_named(void **state)
{
    assert_int_equal(teardown(state), 0);
    assert_int_equal(setup_empty(state), 0);
    (void)state;
    assert_int_equal(refused(as_now(-1)), ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "register 'people' has no count of East Hill"));
    assert_non_null(strstr(error.cure, "single years of age"));
    add_count(year_end(LAST), -1, 0, 0, 1);
    assert_int_equal(refused(as_now(-1)), ERR_NOT_FOUND);
    assert_non_null(strstr(error.text, "West River is not in that of 2013-12-31"));
    // a part of a county whose whole has no count, and no births
    assert_int_equal(refused(as_now(area_of(codes[0]))), ERR_INPUT);
    assert_non_null(
        strstr(error.text, "register 'births' has no rows where source = hospital"));
    add_count(year_end(LAST) + 31, PROJECT_MALE, 0, AGES, TOWNSHIPS);
    assert_int_equal(refused(as_now(-1)), ERR_INPUT);
    assert_non_null(strstr(error.text, "the count of 2014-01-31 has no men in West"));
    add_count(year_end(LAST) + 59, PROJECT_FEMALE, 20, 24, TOWNSHIPS);
    assert_int_equal(refused(as_now(-1)), ERR_INPUT);
    assert_non_null(
        strstr(error.text, "the count of 2014-02-28 has no women of ages 20 to 24 in"));
    // the oldest may be without rows
    add_count(year_end(LAST) + 90, PROJECT_FEMALE, 92, AGES, TOWNSHIPS);
    assert_int_equal(refused(as_now(-1)), ERR_INPUT);
    assert_non_null(strstr(error.text, "register 'births' has no rows"));
    buf_add_c(&rows, "number,place,day,sex,mother\n");
    for (int i = 0; i < 60; i++) {
        int year = FIRST + i / 12;
        buf_printf(&rows, "%d,%s,%d-%02d-15,%s,\n", i, codes[0], year, i % 12 + 1,
                   i % 2 ? "m" : "f");
    }
    give("births", "hospital");
    assert_int_equal(refused(as_now(-1)), ERR_INPUT);
    assert_non_null(strstr(error.text, "register 'deaths' has no rows"));
    buf_add_c(&rows, "number,place,day,sex,born\n");
    for (int i = 0; i < 60; i++)
        buf_printf(&rows, "%d,%s,%d-%02d-15,f,1940-01-01\n", i, codes[0], FIRST + i / 12,
                   i % 12 + 1);
    give("deaths", "");
    assert_int_equal(refused(as_now(-1)), ERR_INPUT);
    assert_non_null(strstr(error.text, "no births with the mother's year of birth of "
                                       "East Hill in 2009 to 2013"));
    buf_add_c(&rows, "number,place,day,sex,mother\n");
    buf_printf(&rows, "1000,%s,2012-05-05,f,1985\n", codes[0]);
    give("births", "hospital");
    assert_int_equal(refused(as_now(-1)), ERR_INPUT);
    assert_non_null(strstr(error.text, "no deaths of men of East Hill"));
    assert_non_null(strstr(error.cure, "look_back_years"));
    buf_printf(&rows, "number,place,day,sex,born\n1000,%s,2012-05-05,m,1950-01-01\n",
               codes[0]);
    give("deaths", "");
    if (refused(as_now(-1))) // however little it says
        fail_msg("%s", error.text);
    assert_int_equal(refused(as_now(area_of(codes[1]))), ERR_INPUT);
    assert_non_null(strstr(error.text, "no births of West River in 2009 to 2013"));
    // counted alone and later than the whole
    add_count(year_end(LAST) + 120, -1, 0, 0, 1);
    if (refused(as_now(area_of(codes[0]))))
        fail_msg("%s", error.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_basis_is_what_the_rows_hold),
        cmocka_unit_test(known_rates_are_found_again),
        cmocka_unit_test(a_township_leans_on_the_county),
        cmocka_unit_test(people_between_counts_are_moved),
        cmocka_unit_test(what_is_supposed_is_reached_in_a_straight_line),
        cmocka_unit_test(a_shock_strikes_its_calendar_year),
        cmocka_unit_test(it_runs_and_stays_near_what_it_was),
        cmocka_unit_test(what_cannot_be_asked_is_said),
        cmocka_unit_test(another_area_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(
            what_is_missing_is_named), // the last: the county is another then
    };
    return cmocka_run_group_tests_name("projection", tests, setup, teardown);
}
