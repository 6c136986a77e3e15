/* Any text and any bytes as geometric values: what is read is written and read again as the same
 * text and the same bytes. */
#include "common/assert.h"
#include "emulators/sql/value/geometry.h"
#include "emulators/sql/value/test_value.h"

static const struct sql_type_ops *const kinds[] = {
    &sql_point_ops,  &sql_lseg_ops, &sql_box_ops,     &sql_line_ops,
    &sql_circle_ops, &sql_path_ops, &sql_polygon_ops,
};

static void comes_back(struct test_value *t, const struct sql_type *type, struct datum value)
{
    struct sql_bytes text, again_text, wire, again_wire;
    struct datum again;
    sql_bytes_init(&text, &t->arena);
    sql_bytes_init(&again_text, &t->arena);
    sql_bytes_init(&wire, &t->arena);
    sql_bytes_init(&again_wire, &t->arena);
    ASSERT(sql_type_output(&t->call, type, value, &text));
    ASSERT(sql_type_input(&t->call, type, sql_bytes_slice(&text), -1, &again));
    ASSERT(sql_type_output(&t->call, type, again, &again_text));
    ASSERT(slice_eq(sql_bytes_slice(&text), sql_bytes_slice(&again_text)));
    ASSERT(type->ops->send(&t->call, type, value, &wire));
    ASSERT(type->ops->receive(&t->call, type, sql_bytes_slice(&wire), -1, &again));
    ASSERT(type->ops->send(&t->call, type, again, &again_wire));
    ASSERT(slice_eq(sql_bytes_slice(&wire), sql_bytes_slice(&again_wire)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct slice input = slice_of(data + 1, size - 1);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        struct test_value t;
        struct datum value;
        test_value_init(&t);
        t.format.extra_float_digits = 1;
        struct sql_type type = {.id = 1, .name = slice_str("shape"), .len = -1, .ops = kinds[i]};
        bool read = data[0] & 1 ? type.ops->receive(&t.call, &type, input, -1, &value)
                                : sql_text_check(&t.error, input) &&
                                      sql_type_input(&t.call, &type, input, -1, &value);
        if (read)
            comes_back(&t, &type, value);
        test_value_done(&t);
    }
    return 0;
}
