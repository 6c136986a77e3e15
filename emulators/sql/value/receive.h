/* Reading the binary forms that clients send: big-endian fields through a cursor.
 *
 * The first short read poisons the rest; sql_receive_done says once, at the end, whether all bytes
 * were there and all were used, and fills the error otherwise. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_RECEIVE_H
#define PARLEL_EMULATORS_SQL_VALUE_RECEIVE_H

#include "emulators/sql/value/type.h"

struct sql_receive {
    const uint8_t *at, *end;
    bool ok; /* no read went past the end yet */
};

static inline struct sql_receive sql_receive_begin(struct slice bytes)
{
    return (struct sql_receive){bytes.ptr, bytes.len ? bytes.ptr + bytes.len : bytes.ptr, true};
}

/* An unsigned number of `len` bytes (1 to 8); 0 after a short read. */
static inline uint64_t sql_receive_uint(struct sql_receive *from, size_t len)
{
    if (!from->ok || (size_t)(from->end - from->at) < len) {
        from->ok = false;
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value << 8 | *from->at++;
    return value;
}

static inline int16_t sql_receive_i16(struct sql_receive *from)
{
    return (int16_t)sql_receive_uint(from, 2);
}

static inline int32_t sql_receive_i32(struct sql_receive *from)
{
    return (int32_t)sql_receive_uint(from, 4);
}

static inline int64_t sql_receive_i64(struct sql_receive *from)
{
    return (int64_t)sql_receive_uint(from, 8);
}

/* 08P01 after a short read, 22P03 when something is left. */
static inline bool sql_receive_done(const struct sql_receive *from, struct sql_error *error)
{
    if (!from->ok)
        return sql_fail(error, "08P01", "insufficient data left in message");
    if (from->at != from->end)
        return sql_fail(error, "22P03", "incorrect binary data format");
    return true;
}

#endif
