#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/amqp/amqp_properties.h"

#define BYTES(text) slice_of(text, sizeof(text) - 1)

/* All of them. */
#define EVERY                                                                              \
    "\xff\xfc\2ct\2ce\0\0\0\4\1at\1\2\x09\2ci\2rt\2ex\2mi\xff\xff\xff\xff\xff\xff\xff\xfe" \
    "\2ty\2ui\2ai\2cl"

static bool decodes(struct slice raw)
{
    /* A copy of its own: a byte read too far is found. */
    uint8_t *copy = malloc(raw.len ? raw.len : 1);
    struct amqp_properties properties;
    memcpy(copy, raw.ptr, raw.len);
    bool ok = amqp_properties_decode(slice_of(copy, raw.len), &properties);
    free(copy);
    return ok;
}

static void test_every_property(void **state)
{
    (void)state;
    struct amqp_properties p;
    struct outq q = {0};
    assert_true(amqp_properties_decode(BYTES(EVERY), &p));
    assert_int_equal(p.flags, AMQP_PROPERTY_FLAGS);
    assert_int_equal(amqp_property_flags(BYTES(EVERY)), AMQP_PROPERTY_FLAGS);
    assert_int_equal(amqp_property_flags(BYTES("\xff")), 0);
    assert_true(slice_eq_str(p.content_type, "ct"));
    assert_true(slice_eq_str(p.content_encoding, "ce"));
    assert_true(slice_eq(p.headers, BYTES("\1at\1")));
    assert_int_equal(p.delivery_mode, 2);
    assert_int_equal(p.priority, 9);
    assert_true(slice_eq_str(p.correlation_id, "ci"));
    assert_true(slice_eq_str(p.reply_to, "rt"));
    assert_true(slice_eq_str(p.expiration, "ex"));
    assert_true(slice_eq_str(p.message_id, "mi"));
    assert_true(p.timestamp == UINT64_MAX - 1);
    assert_true(slice_eq_str(p.type, "ty"));
    assert_true(slice_eq_str(p.user_id, "ui"));
    assert_true(slice_eq_str(p.app_id, "ai"));
    assert_true(slice_eq_str(p.cluster_id, "cl"));
    amqp_properties_put(&q, &p);
    assert_true(slice_eq(outq_flatten(&q), BYTES(EVERY)));
    assert_int_equal(amqp_properties_size(&p), outq_len(&q));
    outq_done(&q);
}

/* Each of them alone is read and written as it is among the others. */
static void test_each_property(void **state)
{
    (void)state;
    struct amqp_properties all, one;
    assert_true(amqp_properties_decode(BYTES(EVERY), &all));
    for (uint32_t i = 0; i < AMQP_PROPERTY_COUNT; i++) {
        struct outq q = {0};
        struct amqp_properties some = all;
        some.flags = (uint16_t)(AMQP_CONTENT_TYPE >> i);
        amqp_properties_put(&q, &some);
        struct slice raw = outq_flatten(&q);
        assert_true(amqp_properties_decode(raw, &one));
        assert_int_equal(one.flags, some.flags);
        assert_int_equal(one.priority, some.flags & AMQP_PRIORITY ? 9 : 0);
        assert_int_equal(one.type.len, some.flags & AMQP_TYPE ? 2 : 0);
        assert_int_equal(raw.len, amqp_properties_size(&one));
        for (size_t len = 0; len < raw.len; len++)
            assert_false(decodes(slice_of(raw.ptr, len)));
        outq_done(&q);
    }
}

static void test_none(void **state)
{
    (void)state;
    struct amqp_properties p;
    assert_true(amqp_properties_decode(BYTES("\0\0"), &p));
    assert_int_equal(p.flags, 0);
    assert_int_equal(p.headers.len, 0);
    assert_int_equal(amqp_properties_size(&p), 2);
}

static void test_malformed(void **state)
{
    (void)state;
    struct slice every = BYTES(EVERY);
    struct amqp_properties p;
    for (size_t len = 0; len < every.len; len++)
        assert_false(decodes(slice_of(every.ptr, len)));
    assert_false(decodes(BYTES(EVERY "\0")));
    assert_false(decodes(BYTES("\0\0xyz")));
    assert_false(decodes(BYTES("\x20\0\0\0\0\3\1aQ")));
    assert_false(decodes(BYTES("\x20\0\0\0\0\x1e\1aV")));
    /* the two bits of no property mean nothing: no further flags follow */
    assert_true(amqp_properties_decode(BYTES("\0\3"), &p));
    assert_int_equal(p.flags, 0);
    assert_false(decodes(BYTES("\0\1\0\0")));
}

static void test_content_header(void **state)
{
    (void)state;
    struct slice payload = BYTES("\0\x3c\0\1\1\2\3\4\5\6\7\x08\x08\0\5");
    struct amqp_content_header header;
    for (size_t len = 0; len < 12; len++)
        assert_false(amqp_content_header_decode(slice_of(payload.ptr, len), &header));
    assert_true(amqp_content_header_decode(slice_of(payload.ptr, 12), &header));
    assert_int_equal(header.properties.len, 0);
    assert_true(amqp_content_header_decode(payload, &header));
    assert_int_equal(header.class_id, 60);
    assert_int_equal(header.weight, 1);
    assert_true(header.body_size == UINT64_C(0x0102030405060708));
    assert_true(slice_eq(header.properties, BYTES("\x08\0\5")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_property), cmocka_unit_test(test_each_property),
        cmocka_unit_test(test_none),           cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_content_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
