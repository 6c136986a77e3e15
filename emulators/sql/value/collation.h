/* Orders of texts other than that of their bytes: the Unicode Collation Algorithm (UTS 10) with CLDR's
 * root order, a few languages' own letters, and the attributes that locales can have (UTS 35 3.1).
 *
 * A collator is plain data without pointers. Texts are UTF-8. Nothing here fails. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_COLLATION_H
#define PARLEL_EMULATORS_SQL_VALUE_COLLATION_H

#include "emulators/sql/value/type.h"

enum sql_case_rules {
    SQL_CASE_ASCII,   /* letters of ASCII alone */
    SQL_CASE_SIMPLE,  /* every letter by one other */
    SQL_CASE_FULL,    /* as Unicode's special casing has it */
    SQL_CASE_TURKISH, /* the same with dotted and dotless i */
};

struct sql_tailoring;

struct sql_collator {
    uint8_t strength; /* levels that are compared, from 1 to 3; 0: the bytes */
    enum { SQL_FIRST_NONE, SQL_FIRST_LOWER, SQL_FIRST_UPPER } case_first;
    bool case_level, numeric, shifted, backwards;
    bool deterministic; /* texts that are equal but not the same are ordered by their bytes */
    enum sql_case_rules cases;
    const struct sql_tailoring *tailoring; /* of a constant table; NULL: the root order */
};

/* What a locale's name asks for: "en-US", "de@collation=phonebook", "und-u-ks-level2-kn". False: it has
 * an order that is not known here (*out is undefined then). */
bool sql_collator_of_locale(struct slice locale, struct sql_collator *out);

/* < 0, 0, > 0. The collator's strength is not 0. */
int sql_collator_compare(const struct sql_collator *collator, struct slice a, struct slice b);
/* Appends bytes in whose memcmp order the texts are; what is equal has equal ones. */
void sql_collator_key(const struct sql_collator *collator, struct slice text,
                      struct sql_bytes *out);

/* The collator of the call; NULL: bytes, and the case of ASCII. */
static inline const struct sql_collator *sql_call_collator(struct sql_call *call)
{
    return call->collation && call->collation != call->env->plain_collation &&
                   call->env->find_collator
               ? call->env->find_collator(call->env, call->collation)
               : NULL;
}

/* Fails with 42P22 when two collations met and neither won; for: "string comparison". */
bool sql_require_collation(struct sql_call *call, const char *purpose);
/* Fails with 0A000 for collations in which different texts are equal; what: "LIKE". */
bool sql_require_deterministic(struct sql_call *call, const char *what);
/* The same for what looks for a text in another one. */
bool sql_require_searchable(struct sql_call *call);

enum sql_case { SQL_UPPER, SQL_LOWER, SQL_TITLE };
/* Appends the text in upper or lower case, or with words that begin with upper case. */
void sql_case_change(const struct sql_collator *collator, struct slice text, enum sql_case to,
                     struct sql_bytes *out);

#endif
