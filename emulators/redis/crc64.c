#include "emulators/redis/crc64.h"

#define POLYNOMIAL UINT64_C(0x95ac9329ac4bc9b5) /* ad93d23594c935a9, reflected */

/* Payloads are small: bit by bit needs no table. */
uint64_t redis_crc64(uint64_t crc, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
    }
    return crc;
}
