/* What the files of bitmap commands share. */
#ifndef PARLEL_EMULATORS_REDIS_BITS_H
#define PARLEL_EMULATORS_REDIS_BITS_H

#include "common/text.h"
#include "emulators/redis/call.h"

/* A bit's offset, bounded by proto-max-bulk-len; with hash "#3" means 3 * bits. False: the error is
 * replied. */
bool redis_arg_bit_offset(struct redis_call *call, struct slice text, bool hash, int bits,
                          uint64_t *out);

/* A string's bytes, empty when the key is absent; false: WRONGTYPE replied. */
bool redis_bytes_for_read(struct redis_call *call, struct slice key, char scratch[TEXT_INT_MAX],
                          struct slice *out, bool *exists);

#endif
