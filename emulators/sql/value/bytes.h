/* Bytes that grow inside an arena: texts, binary forms, keys.
 *
 * The first failed allocation poisons the buffer (failed is set, appending does nothing), so that
 * makers of long texts check once, at the end. What was grown out of is left to the arena. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_BYTES_H
#define PARLEL_EMULATORS_SQL_VALUE_BYTES_H

#include "common/arena.h"

#define SQL_BYTES_MAX ((size_t)0x3fffffff) /* no value is longer: 1 GiB - 1 */

struct sql_bytes {
    struct arena *arena;
    uint8_t *ptr;
    size_t len, room;
    bool failed;
};

static inline void sql_bytes_init(struct sql_bytes *bytes, struct arena *arena)
{
    *bytes = (struct sql_bytes){.arena = arena};
}

/* Room for `more` bytes behind what is there, NULL when there is none; the caller adds to len. */
uint8_t *sql_bytes_reserve(struct sql_bytes *bytes, size_t more);
void sql_bytes_add(struct sql_bytes *bytes, const void *ptr, size_t len);
void sql_bytes_add_slice(struct sql_bytes *bytes, struct slice slice);
void sql_bytes_add_str(struct sql_bytes *bytes, const char *text);
void sql_bytes_add_char(struct sql_bytes *bytes, char c);
void sql_bytes_printf(struct sql_bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Big-endian, as wires and keys want them. */
void sql_bytes_add_u16(struct sql_bytes *bytes, uint16_t value);
void sql_bytes_add_u32(struct sql_bytes *bytes, uint32_t value);
void sql_bytes_add_u64(struct sql_bytes *bytes, uint64_t value);

static inline struct slice sql_bytes_slice(const struct sql_bytes *bytes)
{
    return slice_of(bytes->ptr, bytes->len);
}

#endif
