/* Any text as an exact number: what is read prints as a text that reads back as the same number, and
 * keys order as numbers do. */
#include "common/assert.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/numeric.h"

static bool key_of(struct sql_call *call, struct datum value, struct sql_bytes *out)
{
    *out = sql_bytes_begin(call);
    return sql_numeric_ops.encode_key(call, NULL, value, out);
}

static void check(struct sql_call *call, struct slice text)
{
    struct datum value, again;
    struct sql_bytes printed = sql_bytes_begin(call), key, key_again;
    if (!sql_numeric_ops.input(call, NULL, text, -1, &value))
        return;
    ASSERT(sql_numeric_ops.output(call, NULL, value, &printed));
    ASSERT(sql_numeric_ops.input(call, NULL, sql_bytes_slice(&printed), -1, &again));
    ASSERT(slice_eq(datum_slice(value), datum_slice(again)));
    ASSERT(sql_numeric_ops.compare(call, NULL, value, again) == 0);
    ASSERT(key_of(call, value, &key));
    ASSERT(key_of(call, again, &key_again));
    ASSERT(slice_eq(sql_bytes_slice(&key), sql_bytes_slice(&key_again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct sql_error error;
    struct sql_env env = {.arena = &arena, .error = &error};
    struct sql_call call = {.env = &env, .arena = &arena, .set_arena = &arena};
    arena_init(&arena);
    sql_error_begin(&error, &arena);
    check(&call, slice_of(data, size));
    arena_done(&arena);
    return 0;
}
