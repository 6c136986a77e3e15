/* Digests by the names that pgcrypto and OpenPGP have for them. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_DIGEST_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_DIGEST_H

#include <mbedtls/md.h>

#include "common/slice.h"

/* NULL: there is none of that name (of any case). */
const mbedtls_md_info_t *pg_digest_named(struct slice name);
/* RFC 4880 9.4; 0 and NULL: there is none. */
int pg_digest_code(const mbedtls_md_info_t *digest);
const mbedtls_md_info_t *pg_digest_of_code(int code);

#endif
