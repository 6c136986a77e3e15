/* Character sets by their numbers and names, and conversions between UTF-8 and those of single
 * bytes; of those of several bytes (EUC_JP, BIG5 ...) ASCII's characters are converted, others refused
 * with 0A000. Texts inside are UTF-8 always; SQL_ASCII stands for bytes that are not converted.
 *
 * Errors: false, *error is filled: 22021 for what is no text of the set, 22P05 for a character that
 * the other set does not have. */
#ifndef PARLEL_EMULATORS_POSTGRES_ENCODING_H
#define PARLEL_EMULATORS_POSTGRES_ENCODING_H

#include "emulators/sql/error.h"
#include "emulators/sql/value/bytes.h"

#define PG_ENCODING_SQL_ASCII 0
#define PG_ENCODING_UTF8      6
#define PG_ENCODING_MULE      7
#define PG_ENCODING_LATIN1    8

/* The number of a name in any spelling ("utf-8", "Unicode"); -1: there is none. */
int pg_encoding_find(struct slice name);
/* The name that the server prints; NULL: no such number. */
const char *pg_encoding_name(int encoding);

/* Are its texts converted? Those of UTF8 and SQL_ASCII stay as they are. */
bool pg_encoding_converts(int encoding);
/* Is there a conversion between it and UTF8? There is none of MULE_INTERNAL. */
bool pg_encoding_is_known(int encoding);
/* Appends the UTF-8 of a text in a set that is converted. */
bool pg_encoding_decode(int set, struct slice text, struct sql_bytes *out, struct sql_error *error);
/* Valid UTF-8 in such a set, into `out`, which has room for as many bytes and may be the text's own;
 * *out_len: how many they are. */
bool pg_encoding_encode(int set, struct slice text, uint8_t *out, size_t *out_len,
                        struct sql_error *error);

#endif
