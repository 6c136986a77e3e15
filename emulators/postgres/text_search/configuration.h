/* Configurations: which dictionary each kind of token goes to. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_CONFIGURATION_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_CONFIGURATION_H

#include "emulators/postgres/text_search/dictionary.h"
#include "emulators/postgres/text_search/parser.h"

/* An opened one; its dictionaries are opened when they are asked for. */
struct pg_configuration {
    uint32_t simple, ascii, words; /* dictionaries' ids */
    struct pg_dictionary open[3];
};

/* Opens by id. Whoever opened it closes it, also after a failure. */
bool pg_configuration_open(struct sql_call *call, uint32_t id, struct pg_configuration *out);
void pg_configuration_close(struct pg_configuration *configuration);
/* The id of default_text_search_config. */
bool pg_configuration_default(struct sql_call *call, uint32_t *out);
/* The dictionary of tokens of that type; *out is NULL when they are left out. */
bool pg_configuration_dictionary(struct sql_call *call, struct pg_configuration *configuration,
                                 enum pg_ts_token type, struct pg_dictionary **out);

#endif
