/* Numbers inside of stored values: in the machine's byte order, without alignment. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_UNALIGNED_H
#define PARLEL_EMULATORS_SQL_VALUE_UNALIGNED_H

#include <stdint.h>
#include <string.h>

static inline uint32_t sql_load_u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

static inline void sql_store_u32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
}

#endif
