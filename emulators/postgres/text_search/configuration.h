/* Configurations: which dictionary each kind of token goes to. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_CONFIGURATION_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_CONFIGURATION_H

#include "emulators/postgres/text_search/dictionary.h"
#include "emulators/postgres/text_search/parser.h"

struct sql_builtin_text_object;
struct sql_dialect;

enum { PG_CONFIGURATION_DICTIONARIES_MAX = 16 };

/* An opened one; its dictionaries are opened when they are asked for. */
struct pg_configuration {
    const struct sql_builtin_text_object *builtin;
    const uint32_t *map; /* of a stored one: pairs of a token's type and a dictionary */
    uint32_t map_count;
    struct pg_dictionary open[PG_CONFIGURATION_DICTIONARIES_MAX];
    uint32_t open_count;
};

/* A stored configuration is a struct sql_other: its parser, then the pairs, in order. */
enum { PG_CONFIGURATION_PARSER, PG_CONFIGURATION_MAP };

/* Opens by id. Whoever opened it closes it, also after a failure. */
bool pg_configuration_open(struct sql_call *call, uint32_t id, struct pg_configuration *out);
void pg_configuration_close(struct pg_configuration *configuration);
/* The id of default_text_search_config. */
bool pg_configuration_default(struct sql_call *call, uint32_t *out);
/* What its dictionaries make of a token of that type. UNKNOWN: it counts for nothing. */
bool pg_configuration_lexize(struct sql_call *call, struct pg_configuration *configuration,
                             enum pg_ts_token type, struct slice token, struct slice *lexeme,
                             enum pg_lexized *result);
/* Has the type of token dictionaries at all? */
bool pg_configuration_has(const struct sql_call *call, const struct pg_configuration *configuration,
                          enum pg_ts_token type);
/* The dictionary that a built-in configuration has for a type of token; 0: none. */
uint32_t pg_configuration_builtin(const struct sql_dialect *dialect,
                                  const struct sql_builtin_text_object *configuration,
                                  enum pg_ts_token type);

#endif
