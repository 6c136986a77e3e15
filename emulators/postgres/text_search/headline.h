/* Extracts of a document that show where it answers a query. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_HEADLINE_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_HEADLINE_H

#include "emulators/postgres/text_search/configuration.h"
#include "emulators/postgres/text_search/headline_options.h"
#include "emulators/postgres/text_search/tsquery.h"

/* Appends the extract. The weights of the query's words do not count: it is changed. */
bool pg_headline_make(struct sql_call *call, struct pg_configuration *configuration,
                      struct slice text, struct pg_tsquery *query,
                      const struct pg_headline_options *options, struct sql_bytes *out);

extern const struct sql_builtin pg_headline_functions[];

#endif
