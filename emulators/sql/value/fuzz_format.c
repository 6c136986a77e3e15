/* Any text by any pattern, loosely and as the standard reads it: what was read is in its type's range.
 * The input is pattern, NUL, text. */
#include "common/assert.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/format_pattern.h"
#include "emulators/sql/value/test_value.h"

static void check_loosely(struct test_value *t, struct slice text, struct slice pattern)
{
    const struct datum args[] = {datum_bytes(text), datum_bytes(pattern)};
    struct datum value;
    if (sql_to_timestamp(&t->call, args, &value))
        ASSERT(sql_timestamp_in_range(value.i));
    if (sql_to_date(&t->call, args, &value))
        ASSERT(value.i >= SQL_DATE_MIN && value.i < SQL_DATE_END);
}

static void check_exactly(struct test_value *t, struct slice text, struct slice pattern)
{
    struct sql_read_time time;
    bool bad_pattern;
    if (!sql_read_datetime(&t->call, text, pattern, &time, &bad_pattern))
        return;
    ASSERT(!bad_pattern);
    if (time.kind == SQL_READ_DATE)
        ASSERT(time.value.i >= SQL_DATE_MIN && time.value.i < SQL_DATE_END);
    if (time.kind == SQL_READ_TIME)
        ASSERT(time.value.i >= 0 && time.value.i <= SQL_USECS_PER_DAY);
    if (time.kind == SQL_READ_TIMESTAMP || time.kind == SQL_READ_TIMESTAMPTZ)
        ASSERT(sql_timestamp_in_range(time.value.i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    struct test_value t;
    if (!end)
        return 0;
    test_value_init(&t);
    struct slice pattern = slice_of(data, (size_t)(end - data));
    struct slice text = slice_from(slice_of(data, size), pattern.len + 1);
    if (sql_text_check(&t.error, pattern) && sql_text_check(&t.error, text)) {
        check_loosely(&t, text, pattern);
        check_exactly(&t, text, pattern);
    }
    test_value_done(&t);
    return 0;
}
