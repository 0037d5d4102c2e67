// SPDX-License-Identifier: AGPL-3.0-or-later
// The files of the import benchmark: places, and births in the order in which a county
// registers them. The same for the same number of rows, always.
//   bench_make_births FOLDER ROWS     writes areas.csv, facilities.csv and births.csv
#include <stdio.h>

#include "base/date.h"
#include "base/rng.h"
#include "base/str.h"

enum { TOWNSHIPS = 30, FACILITIES = 60, DAYS = 3652 };

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨",
                                       "黄", "赵", "周", "吴", "徐", "孙"};
static const char *const given[] = {"子", "雨", "梓", "宇", "欣", "浩", "佳", "思",
                                    "俊", "晨", "怡", "博", "涵", "文", "明", "慧"};
static const char *const places[] = {"湾", "六", "陶", "花", "方", "石",
                                     "红", "双", "清", "龙", "和", "平"};

static FILE *create(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    if (!f)
        perror(path);
    return f;
}

static void township_name(char out[32], int i)
{
    snprintf(out, 32, "%s%s镇", places[i % 12], places[(i / 12 + i + 5) % 12]);
}

static bool make_places(const char *folder)
{
    FILE *areas = create(folder, "areas.csv");
    FILE *facilities = create(folder, "facilities.csv");
    if (!areas || !facilities)
        return false;
    fputs("code,name,level,parent\n110000,平县,county,\n", areas);
    fputs("code,name,kind,area\n", facilities);
    char name[32];
    for (int i = 0; i < TOWNSHIPS; i++) {
        township_name(name, i);
        fprintf(areas, "110000%03d,%s,township,110000\n", i + 1, name);
    }
    for (int i = 0; i < FACILITIES; i++) {
        township_name(name, i % TOWNSHIPS);
        fprintf(facilities, "H%03d,%s第%s医院,hospital,110000%03d\n", i + 1, name,
                i < TOWNSHIPS ? "一" : "二", i % TOWNSHIPS + 1);
    }
    return !fclose(areas) & !fclose(facilities);
}

static bool make_births(const char *folder, int64_t rows)
{
    FILE *f = create(folder, "births.csv");
    struct rng rng = rng_seed(20140620);
    int32_t first;
    if (!f || !date_from_ymd(2005, 1, 1, &first))
        return false;
    fputs("证号,姓名,性别,出生日期,胎次,体重,母亲出生年,居住地,机构\n", f);
    for (int64_t i = 0; i < rows; i++) {
        int day = (int)(i * DAYS / rows), township = (int)rng_below(&rng, TOWNSHIPS);
        int facility = township + (rng_below(&rng, 3) ? 0 : TOWNSHIPS);
        char date[DATE_TEXT_SIZE], name[32], at[32];
        date_format(first + day, date);
        township_name(name, township);
        township_name(at, facility % TOWNSHIPS);
        fprintf(f, "%c%09lld,%s%s%s,%s,%s,%d,%d,%d,%s,%s第%s医院\n",
                (char)('A' + rng_below(&rng, 26)), (long long)(i * 7919 % 1000000007),
                surnames[rng_below(&rng, 12)], given[rng_below(&rng, 16)],
                given[rng_below(&rng, 16)], rng_below(&rng, 1000) < 520 ? "男" : "女",
                date, 1 + (int)(rng_below(&rng, 100) * rng_below(&rng, 100) / 2600),
                2200 + (int)rng_below(&rng, 2400), 1970 + (int)rng_below(&rng, 17), name,
                at, facility < TOWNSHIPS ? "一" : "二");
    }
    return !fclose(f);
}

int main(int argc, char **argv)
{
    int64_t rows;
    if (argc != 3 || !str_to_int(str_of(argv[2]), &rows) || rows < 1) {
        fputs("usage: bench_make_births FOLDER ROWS\n", stderr);
        return 64;
    }
    return make_places(argv[1]) && make_births(argv[1], rows) ? 0 : 1;
}
