/* Hashes of passwords, as crypt(3) has them: the setting (an algorithm's prefix, its cost and salt)
 * begins the result. The password is cut at its first NUL.
 *
 * False: the error is filled, with 22023 when the setting is not one of the algorithm's. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_CRYPT_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_CRYPT_H

#include "emulators/sql/value/type.h"

#define PG_CRYPT_MAX 64 /* bytes of a result */

/* The alphabet of settings and results: six bits a character. */
extern const char pg_crypt_alphabet[65];

typedef bool pg_crypt_function(struct sql_call *call, struct slice password, struct slice setting,
                               char out[PG_CRYPT_MAX], size_t *out_len);
bool pg_crypt_refuse(struct sql_call *call);
/* Two characters of salt, or "_" with four of count and four of salt. */
pg_crypt_function pg_crypt_des;
/* "$1$" with up to eight characters of salt. */
pg_crypt_function pg_crypt_md5;
/* "$2a$06$" (or $2x$, whose hash is that of an old fault) with 22 characters of salt. */
pg_crypt_function pg_crypt_bcrypt;

#endif
