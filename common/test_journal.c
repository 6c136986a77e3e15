/* The ring of records under its bounds, and what can be read of it. */
#include <stdio.h>

#include "common/journal.h"
#include "common/text.h"
#include "common/unit_test.h"

static uint64_t add(struct journal *journal, const char *op, const char *key, const char *code)
{
    struct slice keys[] = {slice_str(key ? key : "")};
    struct journal_entry entry = {
        .op = op,
        .at_us = 5,
        .connection = 7,
        .bytes_in = 10,
        .bytes_out = 20,
        .us = 3,
        .keys = keys,
        .key_count = key ? 1 : 0,
        .code = slice_str(code ? code : ""),
        .outcome = code ? JOURNAL_ERROR : JOURNAL_OK,
    };
    return journal_add(journal, &entry);
}

static void records_read_back(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct journal_view view;
    assert_true(journal_resize(&journal, 100, 0));
    assert_int_equal(add(&journal, "GET", "user:1", NULL), 1);
    assert_int_equal(add(&journal, "PING", NULL, NULL), 2);
    assert_int_equal(add(&journal, "INCR", "a key that is longer than a line", "WRONGTYPE"), 3);
    journal_read(&journal, 1, &view);
    assert_string_equal(view.record->op, "GET");
    assert_int_equal(view.record->connection, 7);
    assert_int_equal(view.record->bytes_out, 20);
    assert_int_equal(view.record->key_count, 1);
    assert_true(slice_eq_str(view.keys[0], "user:1"));
    assert_int_equal(view.code.len, 0);
    journal_read(&journal, 2, &view);
    assert_int_equal(view.record->key_count, 0);
    journal_read(&journal, 3, &view);
    assert_true(slice_eq_str(view.keys[0], "a key that is longer than a line"));
    assert_true(slice_eq_str(view.code, "WRONGTYPE"));
    assert_int_equal(view.record->outcome, JOURNAL_ERROR);
    journal_done(&journal);
}

static void several_keys_are_kept_apart(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct journal_view view;
    struct slice keys[JOURNAL_KEYS_MAX + 4];
    char texts[JOURNAL_KEYS_MAX + 4][8];
    for (size_t i = 0; i < JOURNAL_KEYS_MAX + 4; i++)
        keys[i] = slice_of(texts[i], (size_t)snprintf(texts[i], sizeof(texts[i]), "k%zu", i));
    struct journal_entry entry = {.op = "DEL", .keys = keys, .key_count = JOURNAL_KEYS_MAX + 4};
    assert_true(journal_resize(&journal, 100, 0));
    journal_read(&journal, journal_add(&journal, &entry), &view);
    assert_int_equal(view.record->key_count, JOURNAL_KEYS_MAX);
    for (size_t i = 0; i < JOURNAL_KEYS_MAX; i++)
        assert_true(slice_eq(view.keys[i], keys[i]));
    journal_done(&journal);
}

static void long_keys_are_cut(void **state)
{
    (void)state;
    struct journal journal = {0};
    struct journal_view view;
    char key[1000];
    memset(key, 'x', sizeof(key) - 1);
    key[sizeof(key) - 1] = 0;
    assert_true(journal_resize(&journal, 100, 0));
    journal_read(&journal, add(&journal, "GET", key, "ERR"), &view);
    assert_int_equal(view.keys[0].len, JOURNAL_KEY_MAX);
    assert_true(slice_eq_str(view.code, "ERR"));
    journal_done(&journal);
}

/* The oldest go first; those still readable are whole, whether lines or texts ran out. */
static void check_bounded(size_t records, size_t key_len)
{
    struct journal journal = {0};
    struct journal_view view;
    char key[JOURNAL_KEY_MAX];
    uint64_t seq = 0;
    memset(key, 'k', sizeof(key));
    assert_true(journal_resize(&journal, records, 1));
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "%06d", i);
        key[6] = '-';
        key[key_len] = 0;
        seq = add(&journal, "SET", key, NULL);
        key[key_len] = 'k';
    }
    uint64_t oldest = journal_oldest(&journal);
    assert_int_equal(journal.next, seq + 1);
    assert_true(oldest > 1 && oldest <= seq);
    assert_true(seq - oldest < journal.mask + 1);
    for (uint64_t at = oldest; at <= seq; at++) {
        journal_read(&journal, at, &view);
        char expected[16];
        snprintf(expected, sizeof(expected), "%06d", (int)at - 1);
        assert_int_equal(view.keys[0].len, key_len);
        assert_memory_equal(view.keys[0].ptr, expected, 6);
    }
    journal_done(&journal);
}

static void it_stays_within_its_bounds(void **state)
{
    (void)state;
    check_bounded(64, 10);
    check_bounded(64, 100);
    check_bounded(4096, 100);
    check_bounded(4096, 31);
}

static void count_wake(void *ctx)
{
    ++*(int *)ctx;
}

static void it_wakes_once_when_armed(void **state)
{
    (void)state;
    int woken = 0;
    struct journal journal = {.wake = count_wake, .wake_ctx = &woken};
    assert_true(journal_resize(&journal, 64, 0));
    add(&journal, "GET", "a", NULL);
    assert_int_equal(woken, 0);
    journal_arm(&journal);
    add(&journal, "GET", "a", NULL);
    add(&journal, "GET", "a", NULL);
    assert_int_equal(woken, 1);
    journal_done(&journal);
}

static void numbers_go_on_after_a_resize(void **state)
{
    (void)state;
    struct journal journal = {0};
    assert_false(journal_is_on(&journal));
    assert_true(journal_resize(&journal, 64, 0));
    add(&journal, "GET", "a", NULL);
    assert_true(journal_resize(&journal, 128, 0));
    assert_int_equal(journal_oldest(&journal), journal.next);
    assert_int_equal(add(&journal, "GET", "a", NULL), 2);
    assert_true(journal_resize(&journal, 0, 0));
    assert_false(journal_is_on(&journal));
    journal_done(&journal);
}

static bool matches(struct match match, const char *op, const char *key)
{
    struct slice keys[] = {slice_str("other"), slice_str(key)};
    struct match_subject subject = {.service = slice_str("redis"),
                                    .op = slice_str(op),
                                    .keys = keys,
                                    .key_count = 2,
                                    .connection = 3};
    return match_accepts(&match, &subject);
}

static void patterns_pick_commands(void **state)
{
    (void)state;
    assert_true(matches((struct match){0}, "GET", "a"));
    assert_true(matches((struct match){.service = slice_str("redis")}, "GET", "a"));
    assert_false(matches((struct match){.service = slice_str("postgres")}, "GET", "a"));
    assert_true(matches((struct match){.op = slice_str("get")}, "GET", "a"));
    assert_true(matches((struct match){.op = slice_str("H*")}, "HSET", "a"));
    assert_true(matches((struct match){.op = slice_str("config")}, "CONFIG GET", "a"));
    assert_true(matches((struct match){.op = slice_str("config get")}, "CONFIG GET", "a"));
    assert_false(matches((struct match){.op = slice_str("config set")}, "CONFIG GET", "a"));
    assert_false(matches((struct match){.op = slice_str("GE")}, "GET", "a"));
    assert_true(matches((struct match){.key = slice_str("user:*")}, "GET", "user:7"));
    assert_false(matches((struct match){.key = slice_str("user:*")}, "GET", "User:7"));
    assert_true(matches((struct match){.has_connection = true, .connection = 3}, "GET", "a"));
    assert_false(matches((struct match){.has_connection = true, .connection = 4}, "GET", "a"));
    assert_false(matches((struct match){.world = slice_str("t1")}, "GET", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_read_back),        cmocka_unit_test(several_keys_are_kept_apart),
        cmocka_unit_test(long_keys_are_cut),        cmocka_unit_test(it_stays_within_its_bounds),
        cmocka_unit_test(it_wakes_once_when_armed), cmocka_unit_test(numbers_go_on_after_a_resize),
        cmocka_unit_test(patterns_pick_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
