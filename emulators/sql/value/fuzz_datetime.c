/* Any text as a date, a time or an interval, in any style and order: what is read is printed. The
 * first byte says what it is, the second how it is shown. */
#include "common/assert.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"

static const struct sql_type_ops *const types[] = {
    &sql_date_ops,      &sql_time_ops,        &sql_timetz_ops,
    &sql_timestamp_ops, &sql_timestamptz_ops, &sql_interval_ops,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct sql_error error;
    struct sql_format format = {0};
    struct sql_env env = {.arena = &arena, .error = &error, .format = &format};
    struct sql_call call = {.env = &env, .arena = &arena, .set_arena = &arena};
    if (size < 2)
        return 0;
    const struct sql_type_ops *ops = types[data[0] % (sizeof(types) / sizeof(types[0]))];
    format.date_style = data[1] & 3;
    format.date_order = (data[1] >> 2) % 3;
    format.interval_style = data[1] >> 4 & 3;
    arena_init(&arena);
    sql_error_begin(&error, &arena);
    struct datum value;
    struct sql_bytes text = sql_bytes_begin(&call);
    if (ops->input(&call, NULL, slice_of(data + 2, size - 2), -1, &value))
        ASSERT(ops->output(&call, NULL, value, &text));
    arena_done(&arena);
    return 0;
}
