/* LZF, the compression of strings in RDB: a run of literals, or a reference of 3 to 264 bytes up to
 * 8 KiB back. Source: the LibLZF format; the matches chosen are those of Redis's build of it, so
 * that payloads come out the same. Debian has the library only as a shared object. */
#ifndef PARLEL_EMULATORS_REDIS_LZF_H
#define PARLEL_EMULATORS_REDIS_LZF_H

#include "common/slice.h"

/* Compresses into out of at most `room` bytes; 0 when it does not fit (or out of memory). */
size_t redis_lzf_compress(struct slice in, uint8_t *out, size_t room);
/* Fills out with exactly len bytes; false: corrupt. */
bool redis_lzf_decompress(struct slice in, uint8_t *out, size_t len);

#endif
