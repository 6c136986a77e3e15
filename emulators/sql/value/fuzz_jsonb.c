/* Any JSON, as text and as what clients send: the value's text reads as the same value again, equal
 * values have equal hashes and keys, and json takes what jsonb takes. */
#include "common/assert.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/jsonb.h"
#include "emulators/sql/value/test_value.h"

static void check_same(struct test_value *t, struct datum a, struct datum b)
{
    struct sql_bytes key_a = sql_bytes_begin(&t->call), key_b = sql_bytes_begin(&t->call);
    ASSERT(sql_jsonb_ops.compare(&t->call, NULL, a, b) == 0);
    ASSERT(sql_jsonb_ops.hash(&t->call, NULL, a) == sql_jsonb_ops.hash(&t->call, NULL, b));
    bool keyed = sql_jsonb_ops.encode_key(&t->call, NULL, a, &key_a) &&
                 sql_jsonb_ops.encode_key(&t->call, NULL, b, &key_b);
    ASSERT(keyed);
    ASSERT(slice_eq(sql_bytes_slice(&key_a), sql_bytes_slice(&key_b)));
}

/* Text and wire form lead back to the value. */
static void check_round(struct test_value *t, struct datum value)
{
    struct sql_bytes text = sql_bytes_begin(&t->call), sent = sql_bytes_begin(&t->call);
    struct datum again;
    bool put = sql_jsonb_ops.output(&t->call, NULL, value, &text) &&
               sql_jsonb_ops.send(&t->call, NULL, value, &sent);
    ASSERT(put);
    bool read = sql_jsonb_ops.input(&t->call, NULL, sql_bytes_slice(&text), -1, &again);
    ASSERT(read);
    check_same(t, value, again);
    bool received = sql_jsonb_ops.receive(&t->call, NULL, sql_bytes_slice(&sent), -1, &again);
    ASSERT(received);
    check_same(t, value, again);
    bool plain = sql_json_ops.input(&t->call, NULL, sql_bytes_slice(&text), -1, &again);
    ASSERT(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct test_value t;
    struct datum value;
    struct slice bytes = slice_of(data, size);
    test_value_init(&t);
    if (sql_text_check(&t.error, bytes) && sql_jsonb_ops.input(&t.call, NULL, bytes, -1, &value))
        check_round(&t, value);
    if (sql_jsonb_ops.receive(&t.call, NULL, bytes, -1, &value))
        check_round(&t, value);
    test_value_done(&t);
    return 0;
}
