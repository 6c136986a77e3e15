#include <math.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/resp/resp_encode.h"

/* Empties the queue. */
static void assert_queued(struct outq *q, const char *expected)
{
    struct slice all = outq_flatten(q);
    assert_int_equal(all.len, strlen(expected));
    assert_memory_equal(all.ptr, expected, all.len);
    outq_take(q, all.len);
}

static void writes_resp2(void **state)
{
    (void)state;
    struct outq q;
    outq_init(&q);
    resp_put_simple(&q, slice_str("OK"));
    resp_put_error(&q, slice_str("ERR two\r\nlines"));
    assert_queued(&q, "+OK\r\n-ERR two  lines\r\n");
    resp_put_int(&q, 0);
    resp_put_int(&q, 9);
    resp_put_int(&q, 10);
    resp_put_int(&q, -1);
    resp_put_int(&q, INT64_MAX);
    resp_put_int(&q, INT64_MIN);
    assert_queued(&q,
                  ":0\r\n:9\r\n:10\r\n:-1\r\n:9223372036854775807\r\n:-9223372036854775808\r\n");
    resp_put_bulk(&q, slice_str(""));
    resp_put_bulk(&q, slice_of(NULL, 0));
    resp_put_bulk(&q, slice_str("0123456789"));
    resp_put_bulk_int(&q, -42);
    resp_put_null_bulk(&q);
    assert_queued(&q, "$0\r\n\r\n$0\r\n\r\n$10\r\n0123456789\r\n$3\r\n-42\r\n$-1\r\n");
    resp_put_array(&q, 0);
    resp_put_array(&q, 1000000);
    resp_put_null_array(&q);
    assert_queued(&q, "*0\r\n*1000000\r\n*-1\r\n");
    outq_done(&q);
}

static void writes_resp3(void **state)
{
    (void)state;
    struct outq q;
    outq_init(&q);
    resp_put_null(&q);
    resp_put_bool(&q, true);
    resp_put_bool(&q, false);
    assert_queued(&q, "_\r\n#t\r\n#f\r\n");
    resp_put_double(&q, 3);
    resp_put_double(&q, 0.1);
    resp_put_double(&q, INFINITY);
    resp_put_double(&q, -INFINITY);
    resp_put_double(&q, NAN);
    assert_queued(&q, ",3\r\n,0.10000000000000001\r\n,inf\r\n,-inf\r\n,nan\r\n");
    resp_put_big_number(&q, slice_str("1234567999999999999999999999999999999"));
    resp_put_verbatim(&q, "txt", slice_str("Some string"));
    assert_queued(&q, "(1234567999999999999999999999999999999\r\n=15\r\ntxt:Some string\r\n");
    resp_put_map(&q, 1);
    resp_put_set(&q, 2);
    resp_put_push(&q, 3);
    resp_put_attribute(&q, 4);
    assert_queued(&q, "%1\r\n~2\r\n>3\r\n|4\r\n");
    outq_done(&q);
}

static void large_payloads_arrive_whole(void **state)
{
    (void)state;
    enum { LEN = 100000 };
    struct outq q;
    uint8_t *payload = malloc(LEN);
    outq_init(&q);
    for (size_t i = 0; i < LEN; i++)
        payload[i] = (uint8_t)(i * 7);
    resp_put_bulk(&q, slice_of(payload, LEN));
    resp_put_verbatim(&q, "txt", slice_of(payload, LEN));
    struct slice all = outq_flatten(&q);
    assert_int_equal(all.len, 9 + LEN + 2 + 9 + 4 + LEN + 2);
    assert_memory_equal(all.ptr, "$100000\r\n", 9);
    assert_memory_equal(all.ptr + 9, payload, LEN);
    assert_memory_equal(all.ptr + 9 + LEN, "\r\n=100004\r\ntxt:", 15);
    assert_memory_equal(all.ptr + 9 + LEN + 15, payload, LEN);
    outq_done(&q);
    free(payload);
}

static void a_header_fits_for_every_count(void **state)
{
    (void)state;
    char header[32];
    assert_int_equal(resp_header(header, '*', 7), 4);
    assert_memory_equal(header, "*7\r\n", 4);
    assert_int_equal(resp_header(header, '%', INT64_MIN), 23);
    assert_memory_equal(header, "%-9223372036854775808\r\n", 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_resp2),
        cmocka_unit_test(writes_resp3),
        cmocka_unit_test(large_payloads_arrive_whole),
        cmocka_unit_test(a_header_fits_for_every_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
