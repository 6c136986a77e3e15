/* Texts as lexemes with positions, by a configuration. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_DOCUMENT_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_DOCUMENT_H

#include "emulators/postgres/text_search/configuration.h"
#include "emulators/postgres/text_search/tsquery.h"

/* The latest position given; stop words have one of their own. */
struct pg_document {
    struct pg_ts_words words;
    uint32_t position;
};

/* Adds the text's lexemes behind what is there. */
bool pg_document_add(struct sql_call *call, struct pg_configuration *configuration,
                     struct slice text, struct pg_document *document);
/* The text as a query; `between` joins the lexemes of one word of it. */
bool pg_document_query(struct sql_call *call, uint32_t configuration, struct slice text,
                       enum pg_tsquery_syntax syntax, enum pg_tsquery_kind between,
                       struct pg_tsquery **out);

/* A function's configuration: its first argument, or the session's; *text: where the text stands. */
bool pg_document_configuration(struct sql_call *call, const struct datum *args, bool given,
                               uint32_t *id, const struct datum **text);

extern const struct sql_builtin pg_document_functions[];
extern const struct sql_builtin pg_document_json_functions[];
extern const struct sql_builtin pg_ts_parser_functions[];

#endif
