#include <stdlib.h>
#include <sys/uio.h>

#include "common/outq.h"
#include "common/unit_test.h"

/* Bytes of a queue as they would be sent. Caller frees. */
static char *text_of(const struct outq *q, size_t *out_len)
{
    struct iovec iov[1024];
    int count = outq_iovec(q, iov, 1024);
    char *text = malloc(outq_len(q) + 1);
    size_t len = 0;
    assert_non_null(text);
    for (int i = 0; i < count; i++) {
        memcpy(text + len, iov[i].iov_base, iov[i].iov_len);
        len += iov[i].iov_len;
    }
    assert_int_equal(len, outq_len(q));
    text[len] = '\0';
    *out_len = len;
    return text;
}

static void assert_text(const struct outq *q, const char *expected)
{
    size_t len;
    char *text = text_of(q, &len);
    assert_string_equal(text, expected);
    free(text);
}

static void put(struct outq *q, const char *text)
{
    outq_put(q, text, strlen(text));
}

static void put_many(struct outq *q, char c, size_t count)
{
    for (size_t i = 0; i < count; i++)
        outq_put(q, &c, 1);
}

static void a_zeroed_queue_is_empty(void **state)
{
    (void)state;
    struct outq q = {0};
    struct iovec iov[1];
    assert_int_equal(outq_len(&q), 0);
    assert_int_equal(outq_memory(&q), 0);
    assert_int_equal(outq_iovec(&q, iov, 1), 0);
    assert_int_equal(outq_flatten(&q).len, 0);
    assert_non_null(outq_flatten(&q).ptr);
    outq_put(&q, "", 0);
    assert_int_equal(outq_len(&q), 0);
    outq_done(&q);
    outq_done(&q);
}

static void memory_is_counted_for_the_owner(void **state)
{
    (void)state;
    size_t total = 0;
    struct outq q = {0}, other = {0};
    outq_count_in(&q, &total);
    put_many(&q, 'a', 5000);
    assert_int_equal(total, outq_memory(&q));
    put_many(&other, 'b', 300000);
    outq_count_in(&other, &total);
    assert_int_equal(total, outq_memory(&q) + outq_memory(&other));
    outq_append(&q, &other);
    assert_int_equal(total, outq_memory(&q));
    outq_take(&q, 100000);
    assert_int_equal(total, outq_memory(&q));
    assert_non_null(outq_flatten(&q).ptr);
    assert_int_equal(total, outq_memory(&q));
    outq_count_in(&q, NULL);
    assert_int_equal(total, 0);
    outq_count_in(&q, &total);
    outq_take(&q, outq_len(&q));
    put(&q, "counted again");
    assert_int_equal(total, outq_memory(&q));
    outq_done(&q);
    assert_int_equal(total, 0);
}

static void bytes_come_out_in_order(void **state)
{
    (void)state;
    struct outq q = {0};
    size_t taken = 0;
    uint32_t next = 0, seen = 0;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < round * 7; i++, next++)
            outq_put(&q, &next, sizeof next);
        while (outq_len(&q) > (round % 3) * 100u + 3) {
            struct slice all = outq_flatten(&q);
            uint32_t value;
            memcpy(&value, all.ptr, sizeof value);
            assert_int_equal(value, seen++);
            outq_take(&q, sizeof value);
            taken += sizeof value;
            if (seen % 64 == 0)
                break;
        }
    }
    assert_int_equal(outq_len(&q), next * sizeof next - taken);
    outq_take(&q, outq_len(&q));
    assert_int_equal(outq_memory(&q), 0); /* an empty queue holds nothing */
}

static void taking_by_iovec_sees_each_byte_once(void **state)
{
    (void)state;
    struct outq q = {0};
    for (int i = 0; i < 300000; i++)
        outq_put(&q, &(uint8_t){(uint8_t)(i % 251)}, 1);
    size_t at = 0;
    while (outq_len(&q) > 0) {
        struct iovec iov[2];
        assert_true(outq_iovec(&q, iov, 2) > 0);
        size_t len = iov[0].iov_len < 1000 ? iov[0].iov_len : 777;
        for (size_t i = 0; i < len; i++)
            assert_int_equal(((const uint8_t *)iov[0].iov_base)[i], (at + i) % 251);
        outq_take(&q, len);
        at += len;
    }
    assert_int_equal(at, 300000);
}

static void a_large_piece_is_one_chunk_and_memory_is_counted(void **state)
{
    (void)state;
    struct outq q = {0};
    size_t len = 5u << 20;
    uint8_t *to = outq_reserve(&q, len);
    assert_non_null(to);
    memset(to, 'x', len);
    outq_commit(&q, len);
    assert_int_equal(outq_len(&q), len);
    assert_true(outq_memory(&q) >= len && outq_memory(&q) < len + 1024);
    put(&q, "\r\n");
    assert_true(outq_memory(&q) < len + 1024); /* the next header has room behind it */
    struct iovec iov[4];
    assert_int_equal(outq_iovec(&q, iov, 4), 1);
    outq_done(&q);
}

static void a_mark_is_patched(void **state)
{
    (void)state;
    struct outq q = {0};
    put(&q, "ab");
    struct outq_mark mark = outq_mark(&q, 4);
    put_many(&q, 'x', 100000);
    assert_int_equal(outq_since(&q, mark), 100004);
    outq_patch(&q, mark, "1234", 4);
    struct slice all = outq_flatten(&q);
    assert_memory_equal(all.ptr, "ab1234xx", 8);
    assert_int_equal(all.len, 100006);
    outq_done(&q);
}

/* Every length before and behind the mark around the first chunks' ends, so that the insert finds
 * room, finds none, and finds the mark's chunk no longer the last. */
static void a_count_is_inserted_at_a_mark(void **state)
{
    (void)state;
    for (size_t before = 0; before < 1200; before += 7) {
        for (size_t behind = 0; behind < 6000; behind += 379) {
            struct outq q = {0};
            put_many(&q, 'a', before);
            struct outq_mark mark = outq_mark(&q, 0);
            put_many(&q, 'b', behind);
            assert_int_equal(outq_since(&q, mark), behind);
            outq_insert(&q, mark, "*12345\r\n", 8);
            put(&q, "end");
            assert_int_equal(outq_len(&q), before + behind + 11);
            size_t len;
            char *text = text_of(&q, &len);
            for (size_t i = 0; i < len - 3; i++) {
                char expected = i < before ? 'a' : i < before + 8 ? "*12345\r\n"[i - before] : 'b';
                assert_int_equal(text[i], expected);
            }
            assert_string_equal(text + len - 3, "end");
            free(text);
            outq_done(&q);
        }
    }
}

static void nested_marks_are_filled_from_within(void **state)
{
    (void)state;
    struct outq q = {0};
    struct outq_mark outer = outq_mark(&q, 0);
    put(&q, "a");
    struct outq_mark inner = outq_mark(&q, 0);
    put(&q, "b");
    outq_insert(&q, inner, "<", 1);
    outq_insert(&q, outer, "[", 1);
    assert_text(&q, "[a<b");
    outq_done(&q);
}

static void truncate_drops_what_followed_the_mark(void **state)
{
    (void)state;
    for (size_t behind = 0; behind < 200000; behind = behind * 3 + 1) {
        struct outq q = {0};
        put(&q, "kept");
        struct outq_mark mark = outq_mark(&q, 2);
        put_many(&q, 'x', behind);
        outq_truncate(&q, mark);
        assert_int_equal(outq_len(&q), 4);
        put(&q, "!");
        assert_text(&q, "kept!");
        outq_done(&q);
    }
}

static void append_moves_small_and_large_queues(void **state)
{
    (void)state;
    size_t sizes[] = {0, 1, 900, 1024, 1025, 5000, 200000};
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < 7; j++) {
            struct outq q = {0}, from = {0};
            put_many(&q, 'a', sizes[i]);
            put(&from, "--");
            put_many(&from, 'b', sizes[j]);
            outq_take(&from, 1);
            outq_append(&q, &from);
            put(&q, "c");
            assert_int_equal(outq_len(&from), 0);
            assert_int_equal(outq_memory(&from), 0);
            assert_int_equal(outq_len(&q), sizes[i] + sizes[j] + 2);
            struct slice all = outq_flatten(&q);
            assert_int_equal(all.ptr[sizes[i]], '-');
            assert_int_equal(all.ptr[all.len - 1], 'c');
            if (sizes[j])
                assert_int_equal(all.ptr[all.len - 2], 'b');
            outq_take(&q, all.len);
            assert_int_equal(outq_memory(&q), 0);
        }
    }
}

static void a_failed_queue_takes_nothing_more(void **state)
{
    (void)state;
    struct outq q = {0}, other = {0};
    put(&q, "sent");
    assert_null(outq_reserve(&q, SIZE_MAX / 2));
    assert_true(q.failed);
    put(&q, "dropped");
    struct outq_mark mark = outq_mark(&q, 4);
    outq_patch(&q, mark, "abcd", 4);
    outq_insert(&q, mark, "a", 1);
    outq_truncate(&q, mark);
    assert_int_equal(outq_since(&q, mark), 0);
    assert_text(&q, "sent");
    assert_null(outq_flatten(&q).ptr);
    outq_append(&other, &q);
    assert_true(other.failed);
    outq_done(&other);
    assert_false(other.failed);
}

static void a_failed_queue_stays_so_when_it_is_emptied(void **state)
{
    (void)state;
    struct outq q = {0};
    put(&q, "sent");
    assert_null(outq_reserve(&q, SIZE_MAX / 2));
    outq_take(&q, 4);
    put(&q, "dropped");
    assert_int_equal(outq_len(&q), 0);
    assert_true(q.failed);
    outq_done(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zeroed_queue_is_empty),
        cmocka_unit_test(memory_is_counted_for_the_owner),
        cmocka_unit_test(bytes_come_out_in_order),
        cmocka_unit_test(taking_by_iovec_sees_each_byte_once),
        cmocka_unit_test(a_large_piece_is_one_chunk_and_memory_is_counted),
        cmocka_unit_test(a_mark_is_patched),
        cmocka_unit_test(a_count_is_inserted_at_a_mark),
        cmocka_unit_test(nested_marks_are_filled_from_within),
        cmocka_unit_test(truncate_drops_what_followed_the_mark),
        cmocka_unit_test(append_moves_small_and_large_queues),
        cmocka_unit_test(a_failed_queue_takes_nothing_more),
        cmocka_unit_test(a_failed_queue_stays_so_when_it_is_emptied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
