/* Places of row versions (block, number in it): six bytes, big-endian. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_TID_H
#define PARLEL_EMULATORS_SQL_VALUE_TID_H

#include "emulators/sql/value/type.h"

/* A place's two numbers from a position (storage/table.h): these are cut into blocks of so many. */
#define SQL_TID_BLOCK 226
static inline uint32_t sql_position_block(uint64_t position)
{
    return (uint32_t)((position - 1) / SQL_TID_BLOCK);
}
static inline uint16_t sql_position_offset(uint64_t position)
{
    return (uint16_t)((position - 1) % SQL_TID_BLOCK + 1);
}
/* 0: there is no such position. */
static inline uint64_t sql_position(uint32_t block, uint16_t offset)
{
    return offset == 0 || offset > SQL_TID_BLOCK ? 0 : (uint64_t)block * SQL_TID_BLOCK + offset;
}
/* From and to positions as storage/table.h has them; false: out of memory. */
bool sql_tid_make(struct arena *arena, uint64_t position, struct datum *out);
uint64_t sql_tid_position(struct datum tid); /* 0: there is no such position */

extern const struct sql_type_ops sql_tid_ops;
extern const struct sql_builtin sql_tid_builtins[];

#endif
