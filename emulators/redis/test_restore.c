/* DUMP and RESTORE: values of every type come back; damaged payloads are refused, and take no more
 * memory than their size justifies. */
#include <stdio.h>
#include <stdlib.h>

#include "emulators/redis/listpack.h"
#include "emulators/redis/rdb.h"
#include "emulators/redis/test_engine.h"

/* Bytes of version and checksum behind each payload. */
#define FOOTER 10
/* Damaged payloads that are tried of each value. */
#define DAMAGES 3000
/* What a damaged payload of some hundred bytes may take. */
#define GROWTH_MAX ((size_t)16 << 20)

/* The commands that make a value, one on each line. */
static const char *const values[] = {
    "SET v text",
    "SET v 12345",
    "RPUSH v a bb 17 -3 100000 ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
    "SADD v 1 2 300 70000 5000000000",
    "SADD v a b c 1",
    "HSET v a 1 b 2 c text",
    "CONFIG SET hash-max-listpack-entries 1\r\nHSET v a 1 b 2 c text",
    "ZADD v 1 a 2.5 b -inf c",
    "CONFIG SET zset-max-listpack-entries 1\r\nZADD v 1 a 2.5 b -inf c",
    "XADD v 1-1 f v g w\r\nXADD v 1-2 f x g y\r\nXADD v 2-1 other z",
    "XADD v 5-1 f v\r\nXGROUP CREATE v g 0\r\nXREADGROUP GROUP g me STREAMS v >",
};

struct fixture {
    struct test_engine engine;
    struct transport *client;
};

static void set_up_value(struct fixture *f, size_t value)
{
    test_engine_init(&f->engine, 0);
    f->client = test_client(f->engine.redis);
    test_send_line(f->client, values[value]);
    outq_take(&f->client->out, outq_len(&f->client->out));
}

static void tear_down_value(struct fixture *f)
{
    memory_transport_destroy(f->client);
    test_engine_done(&f->engine);
}

/* The payload of v without its footer; caller frees. */
static uint8_t *dump(struct fixture *f, size_t *out_len)
{
    test_send_line(f->client, "DUMP v");
    struct slice reply = outq_flatten(&f->client->out);
    const uint8_t *end = memchr(reply.ptr, '\n', reply.len);
    size_t head = (size_t)(end - reply.ptr) + 1;
    assert_true(reply.len > head + FOOTER + 2);
    *out_len = reply.len - head - FOOTER - 2;
    uint8_t *payload = malloc(*out_len);
    assert_non_null(payload);
    memcpy(payload, reply.ptr + head, *out_len);
    outq_take(&f->client->out, reply.len);
    return payload;
}

/* RESTOREs bytes, with a right footer, as `copy`; true when they were taken. */
static bool restore(struct fixture *f, struct slice bytes)
{
    char head[64];
    struct outq payload = {0};
    outq_put_slice(&payload, bytes);
    rdb_put_footer(&payload);
    struct slice whole = outq_flatten(&payload);
    int len = snprintf(head, sizeof(head),
                       "*4\r\n$7\r\nRESTORE\r\n$4\r\ncopy\r\n$1\r\n0\r\n$%zu\r\n", whole.len);
    memory_transport_feed(f->client, slice_of(head, (size_t)len));
    memory_transport_feed(f->client, whole);
    test_send(f->client, slice_str("\r\n"));
    outq_done(&payload);
    struct slice reply = outq_flatten(&f->client->out);
    bool taken = slice_eq_str(reply, "+OK\r\n");
    if (!taken && !slice_eq_str(reply, "-ERR Bad data format\r\n"))
        fail_msg("unexpected reply: " SLICE_FMT, SLICE_ARG(reply));
    outq_take(&f->client->out, reply.len);
    return taken;
}

/* Whatever was restored can be used. */
static void use(struct fixture *f)
{
    static const char *const uses[] = {
        "DUMP copy",
        "OBJECT ENCODING copy",
        "GET copy",
        "LRANGE copy 0 -1",
        "SMEMBERS copy",
        "HGETALL copy",
        "ZRANGE copy 0 -1 WITHSCORES",
        "XRANGE copy - +",
        "XINFO STREAM copy FULL",
        "XADD copy * a b",
        "DEL copy",
    };
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        test_send_line(f->client, uses[i]);
        outq_take(&f->client->out, outq_len(&f->client->out));
    }
}

static void values_come_back(void **state)
{
    (void)state;
    for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
        struct fixture f;
        size_t len;
        set_up_value(&f, v);
        uint8_t *payload = dump(&f, &len);
        assert_true(restore(&f, slice_of(payload, len)));
        test_send_line(f.client, "DEBUG DIGEST-VALUE v");
        test_send_line(f.client, "DEBUG DIGEST-VALUE copy");
        struct slice digests = outq_flatten(&f.client->out);
        assert_memory_equal(digests.ptr, digests.ptr + digests.len / 2, digests.len / 2);
        outq_take(&f.client->out, digests.len);
        free(payload);
        tear_down_value(&f);
    }
}

static void a_payload_cut_short_is_refused(void **state)
{
    (void)state;
    for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
        struct fixture f;
        size_t len;
        set_up_value(&f, v);
        uint8_t *payload = dump(&f, &len);
        for (size_t cut = 0; cut < len; cut++)
            if (restore(&f, slice_of(payload, cut)))
                fail_msg("%s: cut after %zu of %zu bytes", values[v], cut, len);
        free(payload);
        tear_down_value(&f);
    }
}

static void damage(struct random *random, uint8_t *payload, size_t len)
{
    static const uint8_t odd[] = {0, 1, 0x7f, 0x80, 0x81, 0xc0, 0xc3, 0xe0, 0xf0, 0xf4, 0xfe, 0xff};
    uint64_t count = 1 + random_below(random, 3);
    while (count--) {
        size_t at = random_below(random, len);
        payload[at] = random_below(random, 2) ? odd[random_below(random, sizeof(odd))]
                                              : (uint8_t)random_u64(random);
    }
}

static void damaged_payloads_do_no_harm(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 7);
    for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
        struct fixture f;
        size_t len;
        set_up_value(&f, v);
        uint8_t *payload = dump(&f, &len);
        uint8_t *damaged = malloc(len);
        assert_non_null(damaged);
        for (int i = 0; i < DAMAGES; i++) {
            memcpy(damaged, payload, len);
            damage(&random, damaged, len);
            if (restore(&f, slice_of(damaged, len)))
                use(&f);
        }
        assert_true(heap_peak(f.engine.heap) < GROWTH_MAX);
        free(damaged);
        free(payload);
        tear_down_value(&f);
    }
}

/* A stream whose entries name the first one's field again and again, a long name each time. */
static bool restore_repeating(struct fixture *f, int entries)
{
    static uint8_t name[60000];
    struct outq blob = {0}, payload = {0};
    struct listpack_writer pack;
    uint64_t count = (uint64_t)entries;
    const int64_t head[] = {entries, 0, 1};
    const uint64_t tail[] = {count, 0, count, 0, 1, 0, 0, count, 0};
    listpack_begin(&pack, &blob);
    for (int i = 0; i < 3; i++)
        listpack_put_int(&pack, head[i]);
    listpack_put(&pack, slice_of(name, sizeof(name)));
    listpack_put_int(&pack, 0);
    for (int i = 0; i < entries; i++) {
        const int64_t entry[] = {2, 0, i + 1, 7, 4}; /* same fields, id, value, elements */
        for (int k = 0; k < 5; k++)
            listpack_put_int(&pack, entry[k]);
    }
    listpack_end(&pack);
    rdb_put_byte(&payload, RDB_STREAM_LISTPACKS_2);
    rdb_put_length(&payload, 1);
    rdb_put_string(&payload, slice_of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16));
    rdb_put_string(&payload, outq_flatten(&blob));
    for (int i = 0; i < 9; i++)
        rdb_put_length(&payload, tail[i]);
    bool taken = restore(f, outq_flatten(&payload));
    outq_done(&blob);
    outq_done(&payload);
    return taken;
}

static void field_names_multiply_no_more_than_in_real_nodes(void **state)
{
    (void)state;
    struct fixture f;
    set_up_value(&f, 0);
    assert_true(restore_repeating(&f, 100));
    use(&f);
    assert_false(restore_repeating(&f, 10000));
    assert_true(heap_peak(f.engine.heap) < ((size_t)64 << 20));
    tear_down_value(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(a_payload_cut_short_is_refused),
        cmocka_unit_test(damaged_payloads_do_no_harm),
        cmocka_unit_test(field_names_multiply_no_more_than_in_real_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
