/* Dictionaries: what a token is searched for as. There are `simple`, which keeps the token in lower
 * case, a Snowball stemmer for each of several languages, and unaccent, which passes tokens on. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_DICTIONARY_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_DICTIONARY_H

#include "emulators/sql/value/call.h"

struct sb_stemmer;

/* Words of a language that are not searched for, in the order of bytes. */
struct pg_stop_words {
    const char *language; /* NULL ends the table */
    const char *const *words;
    unsigned count;
};
extern const struct pg_stop_words pg_stop_words[];

struct pg_dictionary {
    uint32_t id;
    struct sb_stemmer *stemmer; /* NULL: simple */
    const struct pg_stop_words *stops;
    bool unaccents;
    bool passes_on; /* simple: words that are no stop words are left to the next dictionary */
};

enum pg_lexized {
    PG_LEXIZED_UNKNOWN,  /* the next dictionary is asked */
    PG_LEXIZED_STOP,     /* it is not searched for */
    PG_LEXIZED_FOUND,    /* the lexeme */
    PG_LEXIZED_FILTERED, /* the next dictionary is asked about the lexeme instead */
};

/* A stored dictionary is a struct sql_other with these fields. */
enum { PG_DICTIONARY_TEMPLATE, PG_DICTIONARY_OPTIONS, PG_DICTIONARY_FIELDS };

/* Opens a dictionary by its id; 42704 when there is none. */
bool pg_dictionary_open(struct sql_call *call, uint32_t id, struct pg_dictionary *out);
void pg_dictionary_close(struct pg_dictionary *dictionary);
/* What it makes of a token; the lexeme is in call->arena. */
bool pg_dictionary_lexize(struct sql_call *call, const struct pg_dictionary *dictionary,
                          struct slice token, struct slice *lexeme, enum pg_lexized *result);

/* The stop words of a language; NULL: there are none. */
const struct pg_stop_words *pg_stop_words_find(const char *language);
/* Is there a stemmer for the language? */
bool pg_stemmer_exists(const char *language);

/* Templates by name and id; name NULL ends the table. */
struct pg_dictionary_template {
    const char *name;
    uint32_t id, init, lexize;
};
extern const struct pg_dictionary_template pg_dictionary_templates[];

#endif
