#include "report/chart.h"
bool chart_can_be_cut(const struct doc_chart *chart)
{
    (void)chart;
    return false;
}
double chart_height(const struct doc_chart *chart, const struct chart_part *part)
{
    (void)chart;
    (void)part;
    return 50;
}
size_t chart_fit(const struct doc_chart *chart, const struct chart_part *part,
                 double height)
{
    (void)part;
    (void)height;
    return chart->n_categories;
}
enum err chart_draw(struct canvas *c, struct typeset *t, const struct doc_chart *chart,
                    const struct chart_part *part, struct error *e)
{
    (void)c;
    (void)t;
    (void)chart;
    (void)part;
    (void)e;
    return 0;
}
enum err chart_render(struct typeset *t, const struct doc_chart *chart,
                      const struct chart_picture *picture, struct buf *out,
                      struct error *e)
{
    (void)t;
    (void)chart;
    (void)picture;
    (void)out;
    (void)e;
    return 0;
}
enum err doc_write_xlsx(const struct doc *d, const char *path, struct error *e)
{
    (void)d;
    (void)path;
    (void)e;
    return 0;
}
enum err doc_print(const struct doc *d, int columns, struct buf *out, struct error *e)
{
    (void)d;
    (void)columns;
    (void)out;
    (void)e;
    return 0;
}
