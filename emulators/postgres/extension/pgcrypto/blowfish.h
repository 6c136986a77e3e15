/* Blowfish's state, and the one that its key setup begins with: the digits of pi, which the build
 * computes (generate_blowfish). */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_BLOWFISH_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_BLOWFISH_H

#include <stdint.h>

struct pg_blowfish {
    uint32_t p[18];
    uint32_t s[4][256];
};

extern const struct pg_blowfish pg_blowfish_initial;

#endif
