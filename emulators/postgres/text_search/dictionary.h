/* Dictionaries: what a token is searched for as. The built-in ones are `simple`, which keeps the token
 * in lower case, and a Snowball stemmer for each of several languages. */
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
};

/* Opens a dictionary by its id; 42704 when there is none. */
bool pg_dictionary_open(struct sql_call *call, uint32_t id, struct pg_dictionary *out);
void pg_dictionary_close(struct pg_dictionary *dictionary);
/* The lexeme of a token, in call->arena; *stop: it is not searched for. */
bool pg_dictionary_lexize(struct sql_call *call, const struct pg_dictionary *dictionary,
                          struct slice token, struct slice *lexeme, bool *stop);

#endif
