/* One value: a number, or borrowed bytes, or NULL.
 *
 * Types passed by value (booleans, integers up to 64 bits, oids, floats, dates, times, timestamps)
 * are in i, u or d; a float4 is the double of the same value. All others are flat bytes at ptr, len
 * of them, in the type's own representation without any pointer inside, so that a value is copied
 * with memcpy, kept in a row and hashed or compared by its type's functions. Text is UTF-8 without
 * a terminator.
 *
 * A datum never owns: bytes belong to an arena or to the row that they were read from. Which member
 * counts follows from the type (sql_type.by_value); when null is set no other member does. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_DATUM_H
#define PARLEL_EMULATORS_SQL_VALUE_DATUM_H

#include "common/slice.h"

struct datum {
    union {
        int64_t i;
        uint64_t u;
        double d;
        const uint8_t *ptr;
        void *state; /* transition state of an aggregate, type "internal" */
    };
    uint32_t len;
    bool null;
};

static inline struct datum datum_null(void)
{
    return (struct datum){.null = true};
}

static inline struct datum datum_int(int64_t i)
{
    return (struct datum){.i = i};
}

static inline struct datum datum_bool(bool b)
{
    return (struct datum){.i = b};
}

static inline struct datum datum_float(double d)
{
    return (struct datum){.d = d};
}

/* Values are shorter than 1 GiB: whoever makes one checks that. */
static inline struct datum datum_bytes(struct slice bytes)
{
    return (struct datum){.ptr = bytes.ptr, .len = (uint32_t)bytes.len};
}

static inline struct slice datum_slice(struct datum d)
{
    return slice_of(d.ptr, d.len);
}

#endif
