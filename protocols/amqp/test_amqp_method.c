#include "common/unit_test.h"
#include "protocols/amqp/amqp_encode.h"
#include "protocols/amqp/amqp_method.h"

static const char text[] = "0123456789 is a text that fields are filled with";

/* Fills a method's fields, each with something of its own; seed 0: zeros and empty texts. */
static void fill(const struct amqp_method_info *info, uint8_t seed, union amqp_method *out)
{
    memset(out, 0, sizeof(*out));
    for (uint32_t i = 0; i < info->field_count && seed; i++) {
        const struct amqp_field *field = &info->fields[i];
        uint8_t *to = (uint8_t *)out + field->offset;
        switch ((enum amqp_field_type)field->type) {
        case AMQP_FIELD_BIT: *(bool *)to = (seed >> i % 8) & 1; break;
        case AMQP_FIELD_OCTET: *to = (uint8_t)(seed + i); break;
        case AMQP_FIELD_SHORT: *(uint16_t *)to = (uint16_t)(0xfedc + i * seed); break;
        case AMQP_FIELD_LONG: *(uint32_t *)to = 0xfedcba98 + i * seed; break;
        case AMQP_FIELD_LONGLONG: *(uint64_t *)to = 0xfedcba9876543210 + i * seed; break;
        case AMQP_FIELD_SHORTSTR:
        case AMQP_FIELD_LONGSTR: *(struct slice *)to = slice_of(text + i, seed % 32); break;
        case AMQP_FIELD_TABLE: *(struct slice *)to = slice_of("\1at\1\2bbS\0\0\0\3xyz", 15); break;
        }
    }
}

static bool is_text(const struct amqp_field *field)
{
    return field->type == AMQP_FIELD_SHORTSTR || field->type == AMQP_FIELD_LONGSTR ||
           field->type == AMQP_FIELD_TABLE;
}

static void assert_equal(const struct amqp_method_info *info, const union amqp_method *a,
                         const union amqp_method *b)
{
    static const uint8_t sizes[] = {[AMQP_FIELD_BIT] = sizeof(bool),
                                    [AMQP_FIELD_OCTET] = 1,
                                    [AMQP_FIELD_SHORT] = 2,
                                    [AMQP_FIELD_LONG] = 4,
                                    [AMQP_FIELD_LONGLONG] = 8};
    for (uint32_t i = 0; i < info->field_count; i++) {
        const struct amqp_field *field = &info->fields[i];
        const uint8_t *a_at = (const uint8_t *)a + field->offset;
        const uint8_t *b_at = (const uint8_t *)b + field->offset;
        if (is_text(field))
            assert_true(slice_eq(*(const struct slice *)a_at, *(const struct slice *)b_at));
        else
            assert_memory_equal(a_at, b_at, sizes[field->type]);
    }
}

/* The payload of the one frame that the queue holds. */
static struct slice payload_of(struct outq *q, uint16_t channel)
{
    struct slice frame = outq_flatten(q);
    assert_true(frame.len >= AMQP_FRAME_OVERHEAD + AMQP_METHOD_IDS);
    size_t size = frame.len - AMQP_FRAME_OVERHEAD;
    uint8_t head[AMQP_FRAME_HEAD];
    amqp_store_frame_head(head, AMQP_FRAME_METHOD, channel, (uint32_t)size);
    assert_memory_equal(frame.ptr, head, sizeof(head));
    assert_int_equal(frame.ptr[frame.len - 1], AMQP_FRAME_END);
    return slice_of(frame.ptr + AMQP_FRAME_HEAD, size);
}

/* What was written is read as it was, and no part of it is. */
static void check_method(const struct amqp_method_info *info, uint8_t seed)
{
    union amqp_method before, after;
    const struct amqp_method_info *found;
    uint8_t longer[512];
    struct outq q = {0};
    fill(info, seed, &before);
    amqp_method_put(&q, 513, info->id, &before);
    struct slice payload = payload_of(&q, 513);
    memset(&after, 0xaa, sizeof(after));
    assert_int_equal(amqp_method_decode(payload, &found, &after), AMQP_METHOD_OK);
    assert_ptr_equal(found, info);
    assert_equal(info, &before, &after);
    for (size_t len = 0; len < payload.len; len++) {
        enum amqp_method_error error =
            amqp_method_decode(slice_of(payload.ptr, len), &found, &after);
        assert_int_equal(error, len < 4 ? AMQP_METHOD_NO_ID : AMQP_METHOD_TRUNCATED);
        assert_ptr_equal(found, len < 4 ? NULL : info);
    }
    memcpy(longer, payload.ptr, payload.len);
    longer[payload.len] = 0;
    assert_int_equal(amqp_method_decode(slice_of(longer, payload.len + 1), &found, &after),
                     AMQP_METHOD_TRAILING);
    outq_done(&q);
}

static void test_round_trips(void **state)
{
    (void)state;
    for (uint32_t row = 0; row < AMQP_METHOD_COUNT; row++)
        for (uint32_t seed = 0; seed < 256; seed += 17)
            check_method(&amqp_method_table[row], (uint8_t)seed);
}

static void test_find(void **state)
{
    (void)state;
    uint32_t found = 0;
    for (uint32_t class_id = 0; class_id < 300; class_id++) {
        for (uint32_t method_id = 0; method_id < 300; method_id++) {
            const struct amqp_method_info *info =
                amqp_method_find((uint16_t)class_id, (uint16_t)method_id);
            if (!info)
                continue;
            assert_int_equal(AMQP_CLASS_OF(info->id), class_id);
            assert_int_equal(AMQP_METHOD_OF(info->id), method_id);
            found++;
        }
    }
    assert_int_equal(found, AMQP_METHOD_COUNT);
    assert_string_equal(amqp_method_find(40, 51)->name, "exchange.unbind-ok");
    assert_null(amqp_method_find(40, 41));
    assert_null(amqp_method_find(UINT16_MAX, UINT16_MAX));
}

static void test_rows(void **state)
{
    (void)state;
    for (uint32_t row = 0; row < AMQP_METHOD_COUNT; row++) {
        const struct amqp_method_info *info = &amqp_method_table[row];
        uint8_t flags = info->flags;
        assert_true(flags & (AMQP_METHOD_FROM_CLIENT | AMQP_METHOD_FROM_SERVER));
        assert_false(flags & AMQP_METHOD_REPLY && flags & AMQP_METHOD_SYNCHRONOUS);
        assert_true(info->size <= sizeof(union amqp_method));
        for (uint32_t i = 0; i < info->field_count; i++)
            assert_true(info->fields[i].offset < info->size);
    }
    assert_int_equal(amqp_method_find(60, 40)->flags,
                     AMQP_METHOD_FROM_CLIENT | AMQP_METHOD_CONTENT);
    assert_int_equal(amqp_method_find(60, 71)->flags,
                     AMQP_METHOD_FROM_SERVER | AMQP_METHOD_REPLY | AMQP_METHOD_CONTENT);
}

static enum amqp_method_error error_of(const char *payload, size_t len)
{
    const struct amqp_method_info *info;
    union amqp_method method;
    return amqp_method_decode(slice_of(payload, len), &info, &method);
}

static void test_errors(void **state)
{
    (void)state;
    assert_int_equal(error_of("", 0), AMQP_METHOD_NO_ID);
    assert_int_equal(error_of("\0\x3c\0", 3), AMQP_METHOD_NO_ID);
    assert_int_equal(error_of("\0\x63\0\x0a", 4), AMQP_METHOD_UNKNOWN_CLASS);
    assert_int_equal(error_of("\xff\xff\xff\xff", 4), AMQP_METHOD_UNKNOWN_CLASS);
    assert_int_equal(error_of("\0\x3c\0\x63", 4), AMQP_METHOD_UNKNOWN_METHOD);
    assert_int_equal(error_of("\0\x3c\xff\xff", 4), AMQP_METHOD_UNKNOWN_METHOD);
    /* basic.qos; bits of no field are of no matter */
    assert_int_equal(error_of("\0\x3c\0\x0a\0\0\0\0\0\0", 10), AMQP_METHOD_TRUNCATED);
    assert_int_equal(error_of("\0\x3c\0\x0a\0\0\0\0\0\0\xfe", 11), AMQP_METHOD_OK);
    assert_int_equal(error_of("\0\x5a\0\x0ax", 5), AMQP_METHOD_TRAILING);
    /* queue.declare: a table with an unknown type, one that is too long or too short for the rest */
    assert_int_equal(error_of("\0\x32\0\x0a\0\0\0\2\0\0\0\3\1aQ", 15), AMQP_METHOD_BAD_TABLE);
    assert_int_equal(error_of("\0\x32\0\x0a\0\0\0\2\0\0\0\5\1aV", 15), AMQP_METHOD_TRUNCATED);
    assert_int_equal(error_of("\0\x32\0\x0a\0\0\0\2\0\0\0\1\1at\1", 16), AMQP_METHOD_TRAILING);
}

/* The encoders of their own write what the table does. */
static void test_hot_methods(void **state)
{
    (void)state;
    struct amqp_basic_deliver deliver = {SLICE_LITERAL("tag"), 0x0102030405060708, true,
                                         SLICE_LITERAL(""), SLICE_LITERAL("key")};
    struct amqp_basic_ack ack = {0xfffefdfcfbfaf9f8, true};
    for (int i = 0; i < 2; i++) {
        struct outq own = {0}, table = {0};
        deliver.redelivered = ack.multiple = i;
        amqp_put_deliver(&own, 7, &deliver);
        amqp_put_ack(&own, 8, ack.delivery_tag, ack.multiple);
        amqp_method_put(&table, 7, AMQP_BASIC_DELIVER, &deliver);
        amqp_method_put(&table, 8, AMQP_BASIC_ACK, &ack);
        assert_true(slice_eq(outq_flatten(&own), outq_flatten(&table)));
        outq_done(&own);
        outq_done(&table);
    }
}

static void test_long_text(void **state)
{
    (void)state;
    char name[300];
    struct amqp_queue_declare_ok before = {slice_of(name, sizeof(name)), 1, 2};
    const struct amqp_method_info *info;
    union amqp_method after;
    struct outq q = {0};
    memset(name, 'x', sizeof(name));
    amqp_method_put(&q, 1, AMQP_QUEUE_DECLARE_OK, &before);
    assert_int_equal(amqp_method_decode(payload_of(&q, 1), &info, &after), AMQP_METHOD_OK);
    assert_int_equal(after.queue_declare_ok.queue.len, 255);
    assert_int_equal(after.queue_declare_ok.consumer_count, 2);
    outq_done(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips), cmocka_unit_test(test_find),
        cmocka_unit_test(test_rows),        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_hot_methods), cmocka_unit_test(test_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
