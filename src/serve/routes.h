// SPDX-License-Identifier: AGPL-3.0-or-later
// The handlers that the table of routes names, by the file they are in.
#ifndef SERVE_ROUTES_H
#define SERVE_ROUTES_H

#include "serve/request.h"

// --- the server itself (system.c)
enum err serve_health(struct request *q, struct error *e);
enum err serve_openapi(struct request *q, struct error *e);
enum err serve_events(struct request *q, struct error *e);  // event.c
enum err serve_job_get(struct request *q, struct error *e); // job.c

// --- the tip line's public pages (tip.c)
enum err tip_get(struct request *q, struct error *e);
enum err tip_send(struct request *q, struct error *e);
enum err tip_return_get(struct request *q, struct error *e);
enum err tip_return_post(struct request *q, struct error *e);

// --- sealed letters (letters.c)
enum err letters_channels(struct request *q, struct error *e);
enum err letters_key_make(struct request *q, struct error *e);
enum err letters_key_unlock(struct request *q, struct error *e);
enum err letters_list(struct request *q, struct error *e);
enum err letters_one(struct request *q, struct error *e);
enum err letters_file(struct request *q, struct error *e);
enum err letters_answer(struct request *q, struct error *e);
enum err letters_close(struct request *q, struct error *e);
enum err letters_newcomers(struct request *q, struct error *e);
enum err letters_share(struct request *q, struct error *e);
enum err letters_send(struct request *q, struct error *e);

// --- who am I: sessions, links, tokens, one's own things (session.c, own.c)
enum err serve_session_get(struct request *q, struct error *e);
enum err serve_session_begin(struct request *q, struct error *e);
enum err serve_session_end(struct request *q, struct error *e);
enum err serve_session_settings(struct request *q, struct error *e);
enum err serve_session_password(struct request *q, struct error *e);
enum err serve_totp_start(struct request *q, struct error *e);
enum err serve_totp_confirm(struct request *q, struct error *e);
enum err serve_totp_remove(struct request *q, struct error *e);
enum err serve_link_get(struct request *q, struct error *e);
enum err serve_link_use(struct request *q, struct error *e);
enum err serve_sessions_list(struct request *q, struct error *e);
enum err serve_sessions_end(struct request *q, struct error *e);
enum err serve_tokens_list(struct request *q, struct error *e);
enum err serve_tokens_make(struct request *q, struct error *e);
enum err serve_tokens_end(struct request *q, struct error *e);
enum err serve_kept_list(struct request *q, struct error *e);
enum err serve_kept_put(struct request *q, struct error *e);
enum err serve_kept_drop(struct request *q, struct error *e);

// --- one's calendar feed (calendar.c)
enum err calendar_get(struct request *q, struct error *e);
enum err calendar_make(struct request *q, struct error *e);
enum err calendar_end(struct request *q, struct error *e);
enum err calendar_feed(struct request *q, struct error *e);

// --- what rows owe (owed.c)
enum err owed_list(struct request *q, struct error *e);
enum err owed_rates_get(struct request *q, struct error *e);
enum err owed_days(struct request *q, struct error *e);

// --- people, roles, audit (people.c)
enum err serve_people_list(struct request *q, struct error *e);
enum err serve_people_add(struct request *q, struct error *e);
enum err serve_people_change(struct request *q, struct error *e);
enum err serve_people_link(struct request *q, struct error *e);
enum err serve_roles_list(struct request *q, struct error *e);
enum err serve_roles_put(struct request *q, struct error *e);
enum err serve_roles_drop(struct request *q, struct error *e);
enum err serve_audit_list(struct request *q, struct error *e);

// --- what there is: model, places, search (model.c, places.c)

enum err model_get(struct request *q, struct error *e);
enum err places_areas(struct request *q, struct error *e);
enum err places_facilities(struct request *q, struct error *e);
enum err places_map(struct request *q, struct error *e);
enum err places_map_put(struct request *q, struct error *e);
enum err places_search(struct request *q, struct error *e);

// --- rows (rows.c, rows_list.c)

enum err rows_list(struct request *q, struct error *e);
enum err rows_create(struct request *q, struct error *e);
enum err rows_batch(struct request *q, struct error *e);
enum err rows_check(struct request *q, struct error *e);
enum err rows_one(struct request *q, struct error *e);
enum err rows_correct(struct request *q, struct error *e);
enum err rows_history(struct request *q, struct error *e);
enum err rows_strike(struct request *q, struct error *e);
enum err rows_restore(struct request *q, struct error *e);
enum err rows_export(struct request *q, struct error *e);

// --- moves between stages (moves.c)

enum err moves_offered(struct request *q, struct error *e);
enum err moves_make(struct request *q, struct error *e);
enum err moves_chart(struct request *q, struct error *e);

// --- files: imports, attachments (imports.c, attachments.c)

enum err imports_all(struct request *q, struct error *e);
enum err imports_one(struct request *q, struct error *e);
enum err imports_upload(struct request *q, struct error *e);
enum err imports_map(struct request *q, struct error *e);
enum err imports_check(struct request *q, struct error *e);
enum err imports_save(struct request *q, struct error *e);
enum err imports_undo_it(struct request *q, struct error *e);
enum err imports_remove(struct request *q, struct error *e);
enum err imports_rejects(struct request *q, struct error *e);
enum err attachments_add(struct request *q, struct error *e);
enum err attachments_get(struct request *q, struct error *e);
enum err attachments_strike(struct request *q, struct error *e);

// submissions.c
enum err submissions_list(struct request *q, struct error *e);
enum err submissions_settle(struct request *q, struct error *e);

// --- phones (openrosa.c, openrosa_submit.c)

enum err openrosa_list(struct request *q, struct error *e);
enum err openrosa_download(struct request *q, struct error *e);
enum err openrosa_manifest(struct request *q, struct error *e);
enum err openrosa_media(struct request *q, struct error *e);
enum err openrosa_ask(struct request *q, struct error *e);
enum err openrosa_submit(struct request *q, struct error *e);
// --- goods and money in double entry (ledgers.c)

enum err ledgers_list(struct request *q, struct error *e);
enum err ledgers_balances(struct request *q, struct error *e);
enum err ledgers_suggest(struct request *q, struct error *e);
enum err ledgers_entries(struct request *q, struct error *e);
enum err ledgers_post(struct request *q, struct error *e);
enum err ledgers_reverse(struct request *q, struct error *e);
enum err ledgers_confirm(struct request *q, struct error *e);
enum err ledgers_reconcile(struct request *q, struct error *e);

// --- numbers (figures.c, indicators.c, overview.c, today.c)

enum err figures_get(struct request *q, struct error *e);
enum err overview_get(struct request *q, struct error *e);
enum err indicators_get(struct request *q, struct error *e);
enum err srb_get(struct request *q, struct error *e);
enum err today_get(struct request *q, struct error *e);
enum err due_get(struct request *q, struct error *e);

// --- checks and reports (checks.c, reports.c)

// explanations.c
enum err explanations_add(struct request *q, struct error *e);
enum err explanations_remove(struct request *q, struct error *e);
enum err checks_get(struct request *q, struct error *e);
enum err reports_list(struct request *q, struct error *e);
enum err reports_get(struct request *q, struct error *e);

// --- the years ahead (projections.c)

enum err projections_list(struct request *q, struct error *e);
enum err projections_get(struct request *q, struct error *e);

// --- the files of facilities and of cases (dossiers.c)

enum err facilities_file(struct request *q, struct error *e);
enum err rows_case_file(struct request *q, struct error *e);

// --- checklists (checklists.c)

enum err checklists_compare(struct request *q, struct error *e);
// --- campaigns and what is open (campaigns.c)
enum err campaigns_overview(struct request *q, struct error *e);
enum err campaigns_one(struct request *q, struct error *e);
enum err reports_campaign(struct request *q, struct error *e); // in reports.c
// --- samples, audits of record books (audits.c), rotas (rota.c)

enum err audits_lqas(struct request *q, struct error *e);
enum err audits_plan(struct request *q, struct error *e);
enum err audits_one(struct request *q, struct error *e);
enum err audits_count(struct request *q, struct error *e);
enum err rota_get(struct request *q, struct error *e);

// --- packs, backups (packs.c, backups.c)

enum err packs_get(struct request *q, struct error *e);
enum err packs_plan(struct request *q, struct error *e);
enum err packs_apply(struct request *q, struct error *e);
enum err backups_all(struct request *q, struct error *e);
enum err backups_make(struct request *q, struct error *e);
enum err backups_get(struct request *q, struct error *e);
enum err backups_remove(struct request *q, struct error *e);
enum err backups_verify(struct request *q, struct error *e);

#endif
