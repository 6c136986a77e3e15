/* CRC-64 as Redis's DUMP payloads carry it: Jones polynomial, reflected, no final xor. */
#ifndef PARLEL_EMULATORS_REDIS_CRC64_H
#define PARLEL_EMULATORS_REDIS_CRC64_H

#include "common/slice.h"

/* Continues from crc (0 to begin). */
uint64_t redis_crc64(uint64_t crc, struct slice bytes);

#endif
