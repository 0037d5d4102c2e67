// SPDX-License-Identifier: AGPL-3.0-or-later
// init, backup, restore, verify.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access/audit.h"
#include "base/progress.h"
#include "cli/session.h"
#include "register/attachment.h"
#include "register/history.h"
#include "register/ledger.h"

enum err run_init(struct cli *c, struct error *e)
{
    struct session s = {0};
    enum err code = county_create(cli_argument(c, "DB"), cli_option(c, "pack"), e);
    if (!code)
        code = session_open(c, STORE_WRITE, &s, e);
    if (!code) {
        const struct pack *p = s.county->pack;
        buf_printf(&c->out,
                   cli_say(c,
                           "%s made with the pack " STR_FMT " " STR_FMT
                           ": %zu registers, "
                           "%zu indicators, %zu checks, %zu reports\n",
                           "%s 已建立，业务包 " STR_FMT " " STR_FMT "：%zu 个登记册，"
                           "%zu 个指标，%zu 项核查，%zu 种报告\n"),
                   cli_argument(c, "DB"), STR_ARG(p->name), STR_ARG(p->version),
                   p->n_registers, p->n_indicators, p->n_checks, p->n_reports);
    }
    session_close(&s);
    return code;
}

static void show_done(void *argument, double done)
{
    progress_at(argument, (uint64_t)(done * 100));
}

// The file is opened for reading until its copy is made, so that the copy is of the file
// as it was. A file that may only be read is copied all the same.
static void note_backup(struct cli *c, int64_t who)
{
    struct error e;
    struct store *store;
    const char *slash = strrchr(cli_argument(c, "FILE"), '/');
    const char *name = slash ? slash + 1 : cli_argument(c, "FILE");
    enum err code = store_open(&store, cli_argument(c, "DB"), STORE_WRITE, &e);
    if (!code) {
        code = audit_write(store,
                           &(struct audit_entry){.kind = AUDIT_BACKUP,
                                                 .who = who,
                                                 .subject = str_of(name),
                                                 .text = STR("made at the shell"),
                                                 .at = date_now_ms()},
                           &e);
        store_close(store);
    }
    if (code)
        buf_printf(&c->out,
                   cli_say(c, "not noted in the audit log: %s\n", "未记入审计日志：%s\n"),
                   e.text);
}

enum err run_backup(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct progress p;
    enum err code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = access_administer(&s.who, e);
    if (!code) {
        progress_begin(&p, str_of(cli_say(c, "backup", "备份")), 100);
        code = store_backup(s.county->store, cli_argument(c, "FILE"), show_done, &p, e);
        progress_end(&p);
    }
    if (!code)
        buf_printf(&c->out, cli_say(c, "written and checked: %s\n", "已写入并核对：%s\n"),
                   cli_argument(c, "FILE"));
    int64_t who = s.who.user;
    session_close(&s);
    if (!code)
        note_backup(c, who);
    return code;
}

enum err run_restore(struct cli *c, struct error *e)
{
    const char *db = cli_argument(c, "DB");
    bool was_there = access(db, F_OK) == 0;
    enum err code = store_restore(cli_argument(c, "FILE"), db, e);
    if (code)
        return code;
    buf_printf(&c->out, cli_say(c, "%s is the backup now\n", "%s 已恢复为备份内容\n"),
               db);
    if (was_there)
        buf_printf(&c->out,
                   cli_say(c, "what was there is %s.before-restore\n",
                           "原文件在 %s.before-restore\n"),
                   db);
    return ERR_OK;
}

// The head that was written down must still be in the history, or its end was cut off.
static enum err expect_head(struct cli *c, const struct session *s, struct error *e)
{
    const char *hex = cli_option(c, "expect");
    unsigned char hash[HISTORY_HASH];
    size_t n = 0;
    if (!hex)
        return ERR_OK;
    if (sodium_hex2bin(hash, sizeof hash, hex, strlen(hex), NULL, &n, NULL) ||
        n != sizeof hash || strlen(hex) != 2 * sizeof hash) {
        error_set(e, ERR_USAGE, "cli.hash", "--expect", "'%.80s' is no head hash", hex);
        return error_cure(e, "give the 64 digits that 'heng verify' printed");
    }
    struct conn *conn;
    enum err code = store_read_begin(s->county->store, &conn, e);
    if (code)
        return code;
    int64_t seq = 0;
    struct chain_hash of_audit;
    memcpy(of_audit.bytes, hash, sizeof hash);
    code = history_find(conn, hash, &seq, e);
    if (!code && !seq)
        code = audit_find(conn, &of_audit, &seq, e);
    if (!code && !seq)
        code = attachment_find(conn, hash, &seq, e);
    if (!code && !seq)
        code = ledger_find(conn, hash, &seq, e);
    store_read_end(conn);
    if (!code && !seq) {
        error_set(
            e, ERR_CORRUPT, "history.cut", cli_argument(c, "DB"),
            "no entry of the history or the audit log has the expected hash %.16s...:"
            " entries were removed from its end, or this is another file",
            hex);
        return error_cure(e,
                          "compare with a backup made after the hash was written down");
    }
    if (!code)
        buf_printf(
            &c->out,
            cli_say(c, "expected   found, entry %lld\n", "比对值     找到，第 %lld 条\n"),
            (long long)seq);
    return code;
}

// The log of who did what has a chain of its own.
static enum err verify_audit(struct cli *c, const struct session *s, struct error *e)
{
    struct audit_report report;
    struct conn *conn;
    enum err code = store_read_begin(s->county->store, &conn, e);
    if (code)
        return code;
    code = audit_verify(conn, &c->arena, &report, e);
    store_read_end(conn);
    if (code && code != ERR_CORRUPT)
        return code;
    buf_printf(
        &c->out,
        cli_say(c, "audit log  " STR_FMT " entries\n", "审计日志   " STR_FMT " 条\n"),
        STR_ARG(session_count(c, report.entries)));
    if (report.entries)
        buf_printf(&c->out, cli_say(c, "audit hash %s\n", "审计哈希   %s\n"),
                   report.head);
    if (code)
        buf_printf(&c->out,
                   cli_say(c, "problems   " STR_FMT "\n", "问题       " STR_FMT "\n"),
                   STR_ARG(session_count(c, report.problems)));
    return code;
}

enum err run_verify(struct cli *c, struct error *e)
{
    struct session s = {0};
    struct history_report report = {0};
    enum err code = session_open(c, STORE_READ, &s, e);
    if (!code)
        code = access_administer(&s.who, e);
    if (!code)
        code = store_check(s.county->store, e);
    if (!code) {
        code = history_verify(s.county, &c->arena, &report, e);
        if (!code || code == ERR_CORRUPT)
            buf_printf(&c->out,
                       cli_say(c,
                               "history    " STR_FMT " entries\n"
                               "rows       " STR_FMT " proved\n"
                               "head hash  %s\n",
                               "历史记录   " STR_FMT " 条\n"
                               "个案       " STR_FMT " 行已证实\n"
                               "末端哈希   %s\n"),
                       STR_ARG(session_count(c, report.entries)),
                       STR_ARG(session_count(c, report.rows)), report.head);
        if (report.attachments && (!code || code == ERR_CORRUPT))
            buf_printf(&c->out,
                       cli_say(c,
                               "files      " STR_FMT " entries\n"
                               "files hash %s\n",
                               "附件记录   " STR_FMT " 条\n"
                               "附件哈希   %s\n"),
                       STR_ARG(session_count(c, report.attachments)),
                       report.attachments_head);
        if (report.ledger_entries && (!code || code == ERR_CORRUPT))
            buf_printf(&c->out,
                       cli_say(c,
                               "ledgers    " STR_FMT " entries\n"
                               "their hash %s\n",
                               "账目记录   " STR_FMT " 笔\n"
                               "账目哈希   %s\n"),
                       STR_ARG(session_count(c, report.ledger_entries)),
                       report.ledger_head);
        if (code == ERR_CORRUPT)
            buf_printf(&c->out,
                       cli_say(c, "problems   " STR_FMT "\n", "问题       " STR_FMT "\n"),
                       STR_ARG(session_count(c, report.problems)));
    }
    if (!code)
        code = verify_audit(c, &s, e);
    if (!code)
        code = expect_head(c, &s, e);
    if (!code)
        buf_add_c(&c->out,
                  cli_say(c, "all is as it was written\n", "数据与写入时一致\n"));
    session_close(&s);
    return code;
}
