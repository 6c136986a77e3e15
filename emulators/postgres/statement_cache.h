/* Statements that a session ran lately, by their text: clients that parse anew each time send the same few
 * again and again.
 *
 * What is found is as good as parsed anew: the settings, the role, the search path and the catalog are as
 * they were, parsing told the client nothing, and no literal means another thing each time ('now'). Texts of
 * the simple protocol, which often have values in them, are kept when they come for the second time; if they
 * have a form (statement_shape.h), when it does. */
#ifndef PARLEL_EMULATORS_POSTGRES_STATEMENT_CACHE_H
#define PARLEL_EMULATORS_POSTGRES_STATEMENT_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define PG_CACHED_STATEMENTS 16
#define PG_CACHED_SIGHTINGS  64

struct pg_session;
struct pg_shape;
struct pg_statement;

/* Zeroed memory is an empty cache. */
struct pg_statement_cache {
    struct pg_cached_statement {
        struct pg_statement *statement; /* NULL: empty */
        uint64_t hash, settings, used;
        uint32_t role;
    } entries[PG_CACHED_STATEMENTS];
    uint64_t sightings[PG_CACHED_SIGHTINGS]; /* hashes of texts and forms that came once */
    uint64_t refused[PG_CACHED_SIGHTINGS];   /* of those that would come in vain */
    uint64_t clock;
};

/* The analysed statement of that text and those given types of parameters, which the caller releases;
 * NULL: there is none. A transaction must have begun. */
struct pg_statement *pg_statement_cache_find(struct pg_session *session, struct slice text,
                                             const uint32_t *types, uint32_t type_count);
/* The statement of a text of that shape, filled with its integers, likewise. */
struct pg_statement *pg_statement_cache_find_shape(struct pg_session *session, struct slice text,
                                                   const struct pg_shape *shape);
/* Keeps the analysed statement if it may be found again, and says so. notices: session->notices before parsing. */
bool pg_statement_cache_put(struct pg_session *session, struct pg_statement *statement,
                            uint64_t notices);
/* Did the text, or form, come before, and was it not refused? It is noted. */
bool pg_statement_cache_wants(struct pg_session *session, struct slice text);
/* Statements of that form keep their constants, so that they are kept by their text; or those of that text
 * cannot be kept. */
void pg_statement_cache_refuse(struct pg_session *session, struct slice form);
bool pg_statement_cache_refuses(const struct pg_session *session, struct slice form);
void pg_statement_cache_clear(struct pg_session *session);

#endif
