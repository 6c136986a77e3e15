/* The hash that SQL can see (hashint4, hashtext ..., hash partitions): Bob Jenkins' lookup3, public
 * domain, with the start values of the server that it must agree with. Maps inside the engine use
 * faster ones. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_STABLE_HASH_H
#define PARLEL_EMULATORS_SQL_VALUE_STABLE_HASH_H

#include "common/slice.h"

/* 64 bits whose low half is, for seed 0, what the functions of 32 bits give. */
uint64_t sql_stable_hash(struct slice bytes, uint64_t seed);
uint64_t sql_stable_hash_u32(uint32_t value, uint64_t seed);
/* Equal numbers of 2, 4 and 8 bytes have equal hashes. */
uint64_t sql_stable_hash_i64(int64_t value, uint64_t seed);

#endif
