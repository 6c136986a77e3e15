/* Character sets by their numbers and names. */
#ifndef PARLEL_EMULATORS_POSTGRES_ENCODING_H
#define PARLEL_EMULATORS_POSTGRES_ENCODING_H

#include "common/slice.h"

#define PG_ENCODING_SQL_ASCII 0
#define PG_ENCODING_UTF8      6
#define PG_ENCODING_LATIN1    8

/* The number of a name in any spelling ("utf-8", "Unicode"); -1: there is none. */
int pg_encoding_find(struct slice name);
/* The name that the server prints; NULL: no such number. */
const char *pg_encoding_name(int encoding);

#endif
