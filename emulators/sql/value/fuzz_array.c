/* Any text and any bytes as arrays and records: what is read is written and read again as the same
 * value, in text and binary, and its key orders as it compares. */
#include "common/assert.h"
#include "emulators/sql/value/test_value.h"

static void comes_back(struct test_value *t, const struct sql_type *type, struct datum value)
{
    struct sql_bytes text, wire;
    struct datum again;
    sql_bytes_init(&text, &t->arena);
    sql_bytes_init(&wire, &t->arena);
    ASSERT(sql_type_output(&t->call, type, value, &text));
    ASSERT(sql_type_input(&t->call, type, sql_bytes_slice(&text), -1, &again));
    ASSERT(type->ops->compare(&t->call, type, value, again) == 0);
    ASSERT(type->ops->hash(&t->call, type, value) == type->ops->hash(&t->call, type, again));
    ASSERT(type->ops->send(&t->call, type, value, &wire));
    ASSERT(type->ops->receive(&t->call, type, sql_bytes_slice(&wire), -1, &again));
    ASSERT(type->ops->compare(&t->call, type, value, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"int4[]", "text[]", "pair", "pair[]", "oidvector"};
    struct datum value;
    if (size == 0)
        return 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct test_value t;
        test_value_init(&t);
        const struct sql_type *type = test_type_named(slice_str(names[i]));
        struct slice input = slice_of(data + 1, size - 1);
        bool binary = data[0] & 1;
        if (!binary && !sql_text_check(&t.error, input))
            size = 0;
        else if (binary ? type->ops->receive(&t.call, type, input, -1, &value)
                        : sql_type_input(&t.call, type, input, -1, &value))
            comes_back(&t, type, value);
        test_value_done(&t);
        if (size == 0)
            break;
    }
    return 0;
}
