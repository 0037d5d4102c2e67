// SPDX-License-Identifier: AGPL-3.0-or-later
// The file of a facility and the file of a case: for the pages (json), to be read (html),
// to be handed out (pdf, zip of the originals).
#include <unistd.h>

#include "access/audit.h"
#include "report/case_doc.h"
#include "report/facility_doc.h"
#include "report/row_table.h"
#include "serve/checklists.h"
#include "serve/documents.h"
#include "serve/numbers.h"
#include "serve/routes.h"

// What leaves the house is in the audit before it leaves.
static enum err note_export(const struct request *q, struct str subject, const char *what,
                            struct str of, struct error *e)
{
    struct str text = str_format(q->arena, "%s " STR_FMT, what, STR_ARG(of));
    return text.p ? audit_write(q->county->store,
                                &(struct audit_entry){.kind = AUDIT_EXPORT,
                                                      .who = q->who.user,
                                                      .subject = subject,
                                                      .text = text,
                                                      .at = date_now_ms()},
                                e)
                  : error_memory(e);
}

// --- a facility

// Values as rows have them, and as people read them (of what refers to another row).
static bool put_row(struct json_writer *j, struct request *q, const struct row_table *t,
                    const struct row_about *row)
{
    const struct measure *m = &q->measure;
    bool no_memory = false;
    json_put_object(j);
    put_id(j, "id", row->id);
    put_yes(j, "late", rows_about_late(t->reg, row, m->today));
    put_key(j, "values");
    json_put_object(j);
    for (size_t k = 0; k < t->n_columns; k++) {
        char space[DATUM_TEXT_SIZE];
        const struct field *f = t->columns[k];
        const struct datum *v = &row->values[f->index];
        put_text_or_null(j, f->name.p,
                         f->refers ? row_table_words(m, q->arena, f, v, q->zh, &no_memory)
                                   : datum_text(f, v, q->county->places, space));
    }
    json_put_object_end(j);
    json_put_object_end(j);
    return !no_memory;
}

static void put_standing(struct json_writer *j, const struct facility_standing *is)
{
    put_number(j, "n", (int64_t)is->n);
    put_number(j, "open", (int64_t)is->open);
    put_number(j, "late", (int64_t)is->late);
    put_number(j, "running_out", (int64_t)is->running_out);
    put_number(j, "over", (int64_t)is->over);
}

static enum err put_part(struct json_writer *j, struct request *q,
                         const struct facility_part *part, struct error *e)
{
    const struct row_group *x = &part->group;
    const struct row_table t = row_table_choose(q->county, x->reg, x->rows, x->n, NULL);
    bool good = true;
    json_put_object(j);
    put_text(j, "register", x->reg->name);
    put_label(j, "label", x->reg->label);
    put_standing(j, &part->is);
    put_key(j, "columns");
    json_put_array(j);
    for (size_t k = 0; k < t.n_columns; k++)
        json_put_string(j, t.columns[k]->name);
    json_put_array_end(j);
    put_key(j, "rows");
    json_put_array(j);
    enum { MOST = 200 }; // the latest; all of them are in the register
    for (size_t i = x->n; good && i-- > (x->n > MOST ? x->n - MOST : 0);)
        good = put_row(j, q, &t, &x->rows[i]);
    json_put_array_end(j);
    json_put_object_end(j);
    return good ? answer_flush(q, e) : error_memory(e);
}

static void put_checks(struct json_writer *j, const struct facility_file *f)
{
    put_key(j, "checks");
    json_put_array(j);
    for (size_t i = 0; i < f->n_checks; i++) {
        const struct facility_check *x = &f->checks[i];
        json_put_object(j);
        put_text(j, "register", x->checklist->name);
        put_label(j, "label", x->checklist->label);
        checklists_put_visit(j, "self", x->found->self);
        checklists_put_visit(j, "inspection", x->found->inspection);
        put_number(j, "n", x->found->counts.n);
        put_number(j, "same", x->found->counts.same);
        put_number(j, "over", x->found->counts.over);
        json_put_object_end(j);
    }
    json_put_array_end(j);
}

static enum err put_stocks(struct json_writer *j, struct request *q,
                           const struct facility_file *f, struct error *e)
{
    enum err code = ERR_OK;
    put_key(j, "stocks");
    json_put_array(j);
    for (size_t i = 0; !code && i < f->n_stocks; i++) {
        const struct facility_stock *s = &f->stocks[i];
        const double unit = s->ledger->goods ? LEDGER_UNIT : LEDGER_CENT;
        json_put_object(j);
        put_text(j, "ledger", s->ledger->name);
        put_label(j, "label", s->ledger->label);
        put_key(j, "balances");
        json_put_array(j);
        for (size_t k = 0; !code && k < s->n; k++) {
            const struct ledger_balance *b = &s->list[k];
            struct label item = {b->item, b->item};
            if (s->ledger->items && b->item.n)
                code = rows_about_label(&q->measure, q->arena, s->ledger->items, b->item,
                                        &item, e);
            json_put_object(j);
            put_text(j, "item", b->item);
            put_label(j, "label", item);
            put_text(j, "lot", b->lot.number);
            put_day(j, "expires", b->lot.expires);
            put_double(j, "quantity", (double)b->quantity / unit);
            put_yes(j, "on_the_way", b->account >= 0);
            put_day(j, "last", b->last);
            json_put_object_end(j);
        }
        json_put_array_end(j);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    return code;
}

static void put_own(struct json_writer *j, const struct request *q,
                    const struct facility_file *f)
{
    const struct reg *r = q->county->pack->facilities;
    const struct datum *values = f->row.values;
    put_key(j, "values");
    json_put_object(j);
    for (size_t i = SYSTEM_FIELDS; values && i < r->n_fields; i++) {
        char space[DATUM_TEXT_SIZE];
        const struct field *x = &r->fields[i];
        if (!x->identifies && !values[i].null)
            put_text(j, x->name.p, datum_text(x, &values[i], q->county->places, space));
    }
    json_put_object_end(j);
}

static enum err facility_json(struct request *q, const struct facility_file *f,
                              struct error *e)
{
    struct json_writer *j = answer_json(q);
    enum err code = ERR_OK;
    json_put_object(j);
    put_key(j, "facility");
    numbers_facility(j, q, f->facility);
    put_key(j, "area");
    numbers_area(j, q, q->county->places->facilities[f->facility].area);
    put_id_or_null(j, "id", f->row.values ? f->row.id : 0);
    put_own(j, q, f);
    put_standing(j, &f->all);
    put_key(j, "parts");
    json_put_array(j);
    for (size_t i = 0; !code && i < f->n_parts; i++)
        code = put_part(j, q, &f->parts[i], e);
    json_put_array_end(j);
    put_checks(j, f);
    if (!code)
        code = put_stocks(j, q, f, e);
    json_put_object_end(j);
    return code;
}

enum err facilities_file(struct request *q, struct error *e)
{
    static const enum document_format formats[] = {DOCUMENT_JSON, DOCUMENT_HTML,
                                                   DOCUMENT_PDF, DOCUMENT_XLSX};
    enum document_format format;
    struct facility_file f;
    struct doc *d;
    struct str code_asked = request_path(q, "code");
    enum err code =
        documents_format(q, formats, sizeof formats / sizeof *formats, &format, e);
    if (!code)
        code = facility_file_read(&q->measure, q->arena, code_asked, &f, e);
    if (code)
        return code;
    if (format == DOCUMENT_JSON)
        return facility_json(q, &f, e);
    code = facility_doc_make(&q->measure, q->arena, &f, q->zh, &d, e);
    if (!code)
        code = note_export(q, STR("facility file"),
                           format == DOCUMENT_HTML  ? "html"
                           : format == DOCUMENT_PDF ? "pdf"
                                                    : "xlsx",
                           code_asked, e);
    return code ? code : documents_answer(q, d, format, d->title, e);
}

// --- a case

static enum err case_number(struct request *q, struct str *out, struct error *e)
{
    const struct reg *r = request_register(q);
    struct datum *values;
    int64_t id;
    enum err code = request_id(q, "id", &id, e);
    if (code)
        return code;
    if (!pack_case_of(q->county->pack, r)) {
        (void)error_set(e, ERR_NOT_FOUND, "case.none", "register",
                        "'" STR_FMT "' is not a register of cases", STR_ARG(r->name));
        return error_cure(e, "the pack names them in cases/*.yaml");
    }
    code = row_get(q->county, &q->who, r, id, q->arena, &values, e);
    if (!code)
        *out = values[r->key[0]->index].s;
    return code;
}

static enum err case_json(struct request *q, struct str number, struct error *e)
{
    struct case_about c;
    enum err code = case_file_about(&q->measure, q->arena, number, &c, e);
    if (code)
        return code;
    struct json_writer *j = answer_json(q);
    json_put_object(j);
    put_text(j, "number", c.number);
    put_number(j, "required", (int64_t)c.required);
    put_number(j, "missing", (int64_t)c.missing);
    put_text(j, "register", c.shape->papers.reg->name);
    put_text(j, "by", c.shape->papers.by->name);
    put_text(j, "item", c.shape->item->name);
    put_key(j, "papers");
    json_put_array(j);
    for (size_t i = 0; i < c.n_papers; i++) {
        json_put_object(j);
        put_text(j, "code", c.papers[i].paper->value);
        put_label(j, "label", c.papers[i].paper->label);
        put_yes(j, "required", c.papers[i].required);
        put_number(j, "there", (int64_t)c.papers[i].there);
        json_put_object_end(j);
    }
    json_put_array_end(j);
    json_put_object_end(j);
    return ERR_OK;
}

static enum err send_zip(struct request *q, const struct case_file *f, struct str name,
                         struct error *e)
{
    const char *path;
    enum err code = documents_path(q, DOCUMENT_ZIP, &path, e);
    if (code)
        return code;
    code = case_doc_zip(&q->measure, q->arena, f, q->zh, path, e);
    if (code) {
        unlink(path);
        return code;
    }
    return documents_send(q, path, DOCUMENT_ZIP, name, e);
}

enum err rows_case_file(struct request *q, struct error *e)
{
    static const enum document_format formats[] = {DOCUMENT_JSON, DOCUMENT_HTML,
                                                   DOCUMENT_PDF, DOCUMENT_ZIP};
    static const char *const names[DOCUMENT_FORMATS] = {
        [DOCUMENT_HTML] = "html", [DOCUMENT_PDF] = "pdf", [DOCUMENT_ZIP] = "zip"};
    enum document_format format;
    struct case_file f;
    struct str number;
    struct doc *d;
    enum err code =
        documents_format(q, formats, sizeof formats / sizeof *formats, &format, e);
    if (!code)
        code = case_number(q, &number, e);
    if (code)
        return code;
    if (format == DOCUMENT_JSON)
        return case_json(q, number, e);
    code = case_file_read(&q->measure, q->arena, number, &f, e);
    if (!code)
        code = note_export(q, request_register(q)->name, names[format], number, e);
    struct str name =
        code ? number
             : str_format(q->arena, q->zh ? "案卷-" STR_FMT : "case-" STR_FMT,
                          STR_ARG(number));
    if (!code && !name.p)
        code = error_memory(e);
    if (!code && format == DOCUMENT_ZIP)
        return send_zip(q, &f, name, e);
    if (!code)
        code = case_doc_make(&q->measure, q->arena, &f, q->zh, &d, e);
    return code ? code : documents_answer(q, d, format, name, e);
}
