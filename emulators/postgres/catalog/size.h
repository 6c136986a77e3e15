/* How large relations are: in pages of 8 kB as the real server counts them, of bytes that the store says.
 *
 * What the real server knows of a table after ANALYZE is known here at once; of one without rows as little as
 * there. An index has at least the pages that its method begins with, a system table just one. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_SIZE_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_SIZE_H

#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/session.h"

#define PG_PAGE_BYTES 8192

struct pg_size {
    int64_t pages;
    double rows; /* -1: not known */
};

struct pg_size pg_size_of(struct sql_session *session, const struct sql_relation *relation);

/* What pg_class says of a relation by an UPDATE rather than by the relation itself, until it is told to
 * forget that (VACUUM, ANALYZE, DROP). */
bool pg_size_tell(struct sql_env *env, uint32_t relation, struct pg_size size);
bool pg_size_forget(struct sql_env *env, uint32_t relation);
/* What pg_class shows. */
struct pg_size pg_size_shown(struct sql_session *session, const struct sql_relation *relation);

#endif
