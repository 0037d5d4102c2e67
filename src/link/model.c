// SPDX-License-Identifier: AGPL-3.0-or-later
#include "link/model.h"

#include <math.h>

enum err link_model_open(struct link_model **out, struct error *e)
{
    struct link_model *m = mem_alloc(1, sizeof *m);
    *out = m;
    if (!m)
        return error_memory(e);
    arena_init(&m->arena, 0);
    m->type = LINK_DEDUPE_ONLY;
    m->prior = 0.0001;
    m->em_convergence = 0.0001;
    m->max_iterations = 25;
    m->id_column = STR("unique_id");
    m->source_column = STR("source_dataset");
    m->calibration_slope = 1;
    m->threshold = NAN;
    return ERR_OK;
}

void link_model_close(struct link_model *m)
{
    if (!m)
        return;
    json_decref(m->rest);
    arena_free(&m->arena);
    mem_free(m);
}
