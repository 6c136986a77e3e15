/* What unaccent() makes of characters, by code point; the build makes it of data/unaccent.map. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_UNACCENT_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_UNACCENT_H

#include "emulators/sql/value/bytes.h"

struct pg_unaccent_rule {
    uint32_t code;
    char plain[8];
};

extern const struct pg_unaccent_rule pg_unaccent_rules[];
extern const unsigned pg_unaccent_rules_count;

/* Appends the text without its accents. */
void pg_unaccent_add(struct slice text, struct sql_bytes *out);

#endif
