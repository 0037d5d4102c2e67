// SPDX-License-Identifier: AGPL-3.0-or-later
// Sealed letters: what opens them and what does not, what changed passwords do, what a
// letter looks like at rest, and how it goes.
#include "access_test.h"

#include <sodium.h>

#include "access/letter.h"
#include "access/seal.h"
#include "base/date.h"
#include "base/rng.h"

static const char fresh[] = "another long password";
static const struct str roles[] = {{"tip_reader", 10}};
static const struct channel tips = {.name = {"tips", 4},
                                    .readers = roles,
                                    .n_readers = 1,
                                    .answer_within = {0, 15},
                                    .keep = {1, 0}};
static int32_t today;

static int setup(void **state)
{
    (void)state;
    now = 1406000000000;
    begin_access();
    assert_true(date_from_ymd(2014, 7, 20, &today));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    end_access();
    return 0;
}

// A reader with a second factor, as far as the file says.
static int64_t reader(const char *name, char recovery[SEAL_RECOVERY_TEXT])
{
    struct login_done done;
    int64_t user = sign_up(name, "tip_reader", 0, &done);
    assert_ok(seal_make_keys(county->store, user, str_of(password), recovery, &error));
    char sql[120];
    snprintf(sql, sizeof sql,
             "UPDATE heng_accounts SET totp = x'%040d' WHERE user = %lld RETURNING 1", 7,
             (long long)user);
    assert_int_equal(ask(sql), 1);
    return user;
}

static unsigned char *unlocked(int64_t user, const char *with)
{
    unsigned char *secret;
    assert_ok(seal_unlock(county->store, user, str_of(with), &secret, &error));
    return secret;
}

static void readers_of(struct seal_reader **out, size_t *n)
{
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(seal_readers(c, roles, 1, today, &arena, out, n, &error));
    store_read_end(c);
}

// --- keys

static void a_key_opens_by_its_password_and_by_recovery(void **state)
{
    (void)state;
    char recovery[SEAL_RECOVERY_TEXT], second[SEAL_RECOVERY_TEXT];
    unsigned char *secret, *same;
    int64_t user = reader("reader", recovery);
    assert_int_equal(strlen(recovery), SEAL_RECOVERY_TEXT - 1);
    assert_int_equal(
        seal_make_keys(county->store, user, str_of(password), second, &error),
        ERR_CONFLICT);
    secret = unlocked(user, password);
    assert_int_equal(seal_unlock(county->store, user, STR("wrong"), &same, &error),
                     ERR_FORBIDDEN);
    assert_null(same);
    assert_int_equal(
        seal_unlock(county->store, user + 99, str_of(password), &same, &error),
        ERR_NOT_FOUND);
    // a password that was changed by one who knew it
    assert_ok(seal_relock(county->store, user, str_of(password), str_of(fresh), &error));
    assert_int_equal(seal_unlock(county->store, user, str_of(password), &same, &error),
                     ERR_FORBIDDEN);
    same = unlocked(user, fresh);
    assert_memory_equal(secret, same, SEAL_SECRET);
    seal_forget(same);
    // one that was reset: only the recovery key, in any case, with or without hyphens
    assert_int_equal(
        seal_recover(county->store, user, STR("AAAA"), STR("third one"), &error),
        ERR_FORBIDDEN);
    char typed[SEAL_RECOVERY_TEXT];
    for (size_t i = 0; i < sizeof typed; i++)
        typed[i] = recovery[i] == '-'   ? ' '
                   : recovery[i] >= 'A' ? (char)(recovery[i] | 0x20)
                                        : recovery[i];
    assert_ok(seal_recover(county->store, user, str_of(typed), STR("third one"), &error));
    same = unlocked(user, "third one");
    assert_memory_equal(secret, same, SEAL_SECRET);
    seal_forget(same);
    seal_forget(secret);
    // each letter of the recovery key counts
    for (size_t i = 0; i < sizeof recovery - 1; i += 7) {
        char off[SEAL_RECOVERY_TEXT];
        if (recovery[i] == '-')
            continue;
        memcpy(off, recovery, sizeof off);
        off[i] = off[i] == 'A' ? 'B' : 'A';
        assert_int_equal(seal_recover(county->store, user, str_of(off), STR("x"), &error),
                         ERR_FORBIDDEN);
    }
}

static void log_ins_unlock_and_the_end_forgets(void **state)
{
    (void)state;
    char recovery[SEAL_RECOVERY_TEXT];
    unsigned char *secret;
    struct login_done first, second;
    int64_t user = sign_up("reader", "tip_reader", 0, NULL);
    bool found;
    int wait;
    assert_ok(seal_make_keys(county->store, user, str_of(password), recovery, &error));
    first = log_in("reader", password, "");
    second = log_in("reader", password, "");
    assert_int_equal(second.answer, LOGIN_IN);
    assert_ok(login_seal_key(login, first.session, now, &secret, &error));
    seal_forget(secret);
    // another session's number opens nothing
    assert_int_equal(login_seal_key(login, 12345, now, &secret, &error), ERR_FORBIDDEN);
    assert_null(secret);
    assert_ok(login_end(login, user, first.session, now, &found, &error));
    assert_int_equal(login_seal_key(login, first.session, now, &secret, &error),
                     ERR_FORBIDDEN);
    // a new password: this session goes on, and the next log-in opens by it
    assert_ok(login_password(login, user, second.session, str_of(password), str_of(fresh),
                             now, &wait, &error));
    assert_ok(login_seal_key(login, second.session, now, &secret, &error));
    seal_forget(secret);
    struct login_done third = log_in("reader", fresh, "");
    assert_ok(login_seal_key(login, third.session, now, &secret, &error));
    seal_forget(secret);
    // an hour without use
    now += LOGIN_SEAL_IDLE_MS + 1;
    assert_int_equal(login_seal_key(login, third.session, now, &secret, &error),
                     ERR_FORBIDDEN);
    enum login_seal_state is;
    assert_ok(login_seal_state(login, user, third.session, now, &is, &error));
    assert_int_equal(is, LOGIN_SEAL_LOCKED);
    assert_ok(
        login_seal_unlock(login, user, third.session, str_of(fresh), now, &wait, &error));
    assert_ok(login_seal_state(login, user, third.session, now, &is, &error));
    assert_int_equal(is, LOGIN_SEAL_OPEN);
}

static void a_reader_has_a_role_a_key_and_a_second_factor(void **state)
{
    (void)state;
    char recovery[SEAL_RECOVERY_TEXT];
    struct seal_reader *list;
    size_t n;
    readers_of(&list, &n);
    assert_int_equal(n, 0);
    int64_t user = reader("reader", recovery);
    int64_t clerk = sign_up("clerk", "clerk", 0, NULL);
    int64_t plain = sign_up("plain", "tip_reader", 0, NULL);
    assert_ok(seal_make_keys(county->store, clerk, str_of(password), recovery, &error));
    assert_ok(seal_make_keys(county->store, plain, str_of(password), recovery, &error));
    readers_of(&list, &n);
    assert_int_equal(n, 1);
    assert_int_equal(list[0].user, user);
    const struct account_editor by = shell();
    const struct account_change off = {.turn = ACCOUNT_TURN_OFF};
    assert_ok(account_change(county->store, &by, user, &off, &error));
    readers_of(&list, &n);
    assert_int_equal(n, 0);
}

// --- letters

static void letters_open_for_their_readers_alone(void **state)
{
    (void)state;
    struct seal_reader two[2];
    unsigned char secrets[3][32], other[32];
    const uint64_t seed = 20140720;
    struct rng rng;
    for (size_t i = 0; i < 2; i++) {
        two[i].user = (int64_t)i + 7;
        crypto_box_keypair(two[i].key, secrets[i]);
    }
    crypto_box_keypair(other, secrets[2]);
    rng = rng_seed(seed);
    print_message("seed %llu\n", (unsigned long long)seed);
    size_t sizes[] = {0, 1, 4087, 4088, 4089, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct seal_letter letter;
        struct str text, found;
        char *p = arena_alloc(&arena, sizes[i] + 1, 1);
        for (size_t k = 0; k < sizes[i]; k++)
            p[k] = (char)rng_below(&rng, 256);
        text = (struct str){p, sizes[i]};
        assert_ok(seal_close(two, 2, text, &arena, &letter, &error));
        // the size says a power of two and no more
        size_t shown = letter.box.n - 24 - 16;
        assert_true(shown >= SEAL_PAD && (shown & (shown - 1)) == 0);
        assert_int_equal(shown == SEAL_PAD, sizes[i] <= SEAL_PAD - 8);
        if (sizes[i] > 100)
            assert_null(memmem(letter.box.p, letter.box.n, p, 32));
        for (size_t k = 0; k < 2; k++) {
            assert_ok(
                seal_open(two[k].user, secrets[k], &letter, &arena, &found, &error));
            assert_true(str_equal(found, text));
        }
        assert_int_equal(seal_open(99, secrets[2], &letter, &arena, &found, &error),
                         ERR_FORBIDDEN);
        assert_int_equal(seal_open(7, secrets[2], &letter, &arena, &found, &error),
                         ERR_CORRUPT);
        // any changed bit is found
        for (int k = 0; k < 20; k++) {
            size_t at = rng_below(&rng, letter.box.n);
            char *box = (char *)(uintptr_t)letter.box.p;
            box[at] = (char)(box[at] ^ (1 << (k & 7)));
            assert_int_equal(seal_open(7, secrets[0], &letter, &arena, &found, &error),
                             ERR_CORRUPT);
            box[at] = (char)(box[at] ^ (1 << (k & 7)));
        }
    }
    struct seal_letter letter;
    assert_int_equal(seal_close(two, 0, STR("x"), &arena, &letter, &error), ERR_CONFLICT);
    const struct seal_letter broken = {STR("short"), STR("short")};
    struct str found;
    assert_int_equal(seal_open(7, secrets[0], &broken, &arena, &found, &error),
                     ERR_CORRUPT);
}

// --- letters in the file

static struct letter_receipt receipt_of(const char *digits)
{
    struct letter_receipt r;
    assert_ok(letter_receipt_open(county->store, str_of(digits), &r, &error));
    return r;
}

static void receipts(void **state)
{
    (void)state;
    char a[LETTER_RECEIPT_TEXT], b[LETTER_RECEIPT_TEXT];
    letter_receipt_new(a);
    letter_receipt_new(b);
    assert_int_equal(strlen(a), 19);
    assert_string_not_equal(a, b);
    struct letter_receipt one = receipt_of("1234 5678 9012 3456");
    struct letter_receipt same = receipt_of(" 1234-5678-９０１２3456");
    struct letter_receipt next = receipt_of("1234567890123457"), none;
    assert_memory_equal(&one, &same, sizeof one);
    assert_memory_not_equal(one.index, next.index, LETTER_INDEX);
    assert_memory_not_equal(one.index, one.secret, 32);
    static const char *const bad[] = {"", "123", "1234567890123456 7",
                                      "12345678901234ab"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            letter_receipt_open(county->store, str_of(bad[i]), &none, &error), ERR_INPUT);
}

static struct letter get(const struct letter_receipt *receipt)
{
    struct letter out;
    struct conn *c;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(letter_find(c, receipt, &arena, &out, &error));
    store_read_end(c);
    return out;
}

static struct str read_message(int64_t letter, size_t i, int64_t user,
                               const unsigned char *secret, enum err expected)
{
    struct letter_message *list;
    struct conn *c;
    struct str out;
    size_t n;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(letter_messages(c, letter, &arena, &list, &n, &error));
    store_read_end(c);
    assert_true(i < n);
    assert_int_equal(seal_open(user, secret, &list[i].sealed, &arena, &out, &error),
                     expected);
    return out;
}

static void a_letter_goes_both_ways_and_then_away(void **state)
{
    (void)state;
    char recovery[SEAL_RECOVERY_TEXT];
    struct letter_receipt receipt = receipt_of("0000111122223333");
    const struct str file = STR("the bytes of a picture");
    const struct letter_part part = {STR("what was seen"), &file, 1};
    int64_t id, removed;
    assert_int_equal(
        letter_send(county->store, &tips, &receipt, &part, today, &id, &error),
        ERR_CONFLICT); // nobody could read it
    int64_t user = reader("reader", recovery);
    unsigned char *secret = unlocked(user, password);
    assert_ok(letter_send(county->store, &tips, &receipt, &part, today, &id, &error));
    struct letter l = get(&receipt);
    assert_int_equal(l.id, id);
    assert_int_equal(l.state, LETTER_NEW);
    assert_int_equal(l.due_on, today + 15);
    assert_int_equal(l.keep_until, today + 31);
    assert_int_equal(l.files, 1);
    assert_true(str_equal_c(read_message(id, 0, user, secret, ERR_OK), "what was seen"));
    // the receipt opens answers and not what its holder wrote
    read_message(id, 0, 0, receipt.secret, ERR_FORBIDDEN);
    assert_ok(letter_mark_read(county->store, &tips, id, &error));
    assert_int_equal(get(&receipt).state, LETTER_READ);
    assert_ok(
        letter_answer(county->store, &tips, id, STR("thank you"), today + 20, &error));
    assert_true(str_equal_c(read_message(id, 1, 0, receipt.secret, ERR_OK), "thank you"));
    assert_true(str_equal_c(read_message(id, 1, user, secret, ERR_OK), "thank you"));
    assert_int_equal(get(&receipt).state, LETTER_ANSWERED);
    const struct letter_part more = {STR("one more thing"), NULL, 0};
    assert_ok(letter_add(county->store, &tips, id, &more, today + 21, &error));
    l = get(&receipt);
    assert_int_equal(l.state, LETTER_NEW);
    assert_int_equal(l.due_on, today + 36); // an answer is owed again
    assert_ok(letter_close(county->store, &tips, id, today + 22, &error));
    assert_int_equal(letter_add(county->store, &tips, id, &more, today + 22, &error),
                     ERR_CONFLICT);
    // another channel's name opens nothing
    const struct channel wrong = {.name = {"else", 4}, .readers = roles, .n_readers = 1};
    assert_int_equal(letter_close(county->store, &wrong, id, today, &error),
                     ERR_NOT_FOUND);
    l = get(&receipt);
    assert_ok(letter_sweep(county->store, l.keep_until, &removed, &error));
    assert_int_equal(removed, 0);
    assert_ok(letter_sweep(county->store, l.keep_until + 1, &removed, &error));
    assert_int_equal(removed, 1);
    struct conn *c;
    struct letter gone;
    struct letter_count *counts;
    size_t n;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_int_equal(letter_find(c, &receipt, &arena, &gone, &error), ERR_NOT_FOUND);
    assert_ok(letter_counts(c, STR("tips"), &arena, &counts, &n, &error));
    store_read_end(c);
    assert_int_equal(n, 1);
    assert_true(str_equal_c(counts[0].month, "2014-07"));
    assert_int_equal(counts[0].received, 1);
    assert_int_equal(counts[0].late, 1); // answered after 20 days, not 15
    seal_forget(secret);
}

static size_t newcomers_of(int64_t user, struct letter_newcomer **out)
{
    struct conn *c;
    size_t n;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(letter_newcomers(c, &tips, user, today, &arena, out, &n, &error));
    store_read_end(c);
    return n;
}

static void who_joins_later_reads_by_a_readers_act_alone(void **state)
{
    (void)state;
    char recovery[SEAL_RECOVERY_TEXT];
    struct letter_receipt first = receipt_of("1111222233334444"),
                          second = receipt_of("1111222233335555");
    const struct str file = STR("a picture");
    const struct letter_part part = {STR("what was seen"), &file, 1};
    int64_t old = reader("reader", recovery), id, other, letters;
    struct letter_newcomer *list;
    assert_ok(letter_send(county->store, &tips, &first, &part, today, &id, &error));
    assert_ok(letter_send(county->store, &tips, &second, &part, today, &other, &error));
    assert_int_equal(newcomers_of(old, &list), 0);

    int64_t new = reader("joined", recovery);
    unsigned char *secret = unlocked(old, password), *theirs = unlocked(new, password);
    read_message(id, 0, new, theirs, ERR_FORBIDDEN);
    assert_int_equal(newcomers_of(new, &list), 0); // who opens none lets nobody
    assert_int_equal(newcomers_of(old, &list), 1);
    assert_int_equal(list[0].user, new);
    assert_int_equal(list[0].letters, 2);

    // neither the newcomer, nor with another's key, nor to one who is no reader
    assert_int_equal(letter_share(county->store, &tips, new, theirs, new, today, now,
                                  &letters, &error),
                     ERR_NOT_FOUND);
    assert_int_equal(letter_share(county->store, &tips, old, theirs, new, today, now,
                                  &letters, &error),
                     ERR_CORRUPT);
    assert_int_equal(letter_share(county->store, &tips, old, secret, 999, today, now,
                                  &letters, &error),
                     ERR_NOT_FOUND);
    read_message(id, 0, new, theirs, ERR_FORBIDDEN);
    assert_int_equal(ask("SELECT count(*) FROM heng_events WHERE kind = 'letters'"), 0);

    assert_ok(letter_share(county->store, &tips, old, secret, new, today, now, &letters,
                           &error));
    assert_int_equal(letters, 2);
    assert_true(str_equal(read_message(id, 0, new, theirs, ERR_OK), part.text));
    assert_true(str_equal(read_message(other, 0, new, theirs, ERR_OK), part.text));
    assert_true(str_equal(read_message(id, 0, old, secret, ERR_OK), part.text));
    assert_int_equal(newcomers_of(old, &list), 0);
    assert_int_equal(ask("SELECT count(*) FROM heng_events WHERE kind = 'letters'"), 1);
    struct conn *c;
    struct letter_file *files, one;
    struct str content;
    size_t n;
    assert_ok(store_read_begin(county->store, &c, &error));
    assert_ok(letter_files(c, id, &arena, &files, &n, &error));
    assert_int_equal(n, 1);
    assert_ok(letter_file_get(c, id, files[0].id, &arena, &one, &error));
    store_read_end(c);
    assert_ok(seal_open(new, theirs, &one.sealed, &arena, &content, &error));
    assert_true(str_equal(content, file));
    // once more: nothing is left, and nothing is noted
    assert_ok(letter_share(county->store, &tips, old, secret, new, today, now, &letters,
                           &error));
    assert_int_equal(letters, 0);
    assert_int_equal(ask("SELECT count(*) FROM heng_events WHERE kind = 'letters'"), 1);
    seal_forget(secret);
    seal_forget(theirs);
}

static void memory_that_runs_out(void **state)
{
    (void)state;
    char recovery[SEAL_RECOVERY_TEXT];
    struct letter_receipt receipt = receipt_of("0000111122223334");
    const struct letter_part part = {STR("what was seen"), NULL, 0};
    struct seal_reader *list;
    struct arena a;
    size_t n;
    reader("reader", recovery);
    readers_of(&list, &n);
    int failures = 0;
    for (int64_t i = 0; i < 40; i++) {
        struct seal_letter sealed;
        arena_init(&a, 0);
        mem_fail_after(i);
        enum err code = seal_close(list, n, STR("text"), &a, &sealed, &error);
        mem_fail_after(-1);
        assert_true(code == ERR_OK || code == ERR_MEMORY);
        failures += code == ERR_MEMORY;
        arena_free(&a);
        if (!code)
            break;
    }
    assert_true(failures > 0);
    int64_t id;
    assert_ok(letter_send(county->store, &tips, &receipt, &part, today, &id, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_opens_by_its_password_and_by_recovery,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(log_ins_unlock_and_the_end_forgets, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_reader_has_a_role_a_key_and_a_second_factor,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(letters_open_for_their_readers_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(receipts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_letter_goes_both_ways_and_then_away, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_joins_later_reads_by_a_readers_act_alone,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(memory_that_runs_out, setup, teardown),
    };
    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
