/* Prepared statements by name: Parse and PREPARE share one namespace. */
#ifndef PARLEL_EMULATORS_POSTGRES_PREPARED_H
#define PARLEL_EMULATORS_POSTGRES_PREPARED_H

#include "emulators/postgres/statement.h"

struct pg_prepared {
    struct pg_named named; /* FIRST; the name is in the heap, "" of the unnamed one */
    struct pg_statement *statement;
    bool from_sql;
    int64_t prepared_us; /* as pg_now_us */
    uint64_t generic_plans, custom_plans;
};

struct pg_prepared *pg_prepared_find(struct pg_session *session, struct slice name);
/* The same, with 26000 when there is none. */
struct pg_prepared *pg_prepared_require(struct pg_session *session, struct slice name);
/* Takes the statement. 42P05 when the name is in use, but for the unnamed one. */
bool pg_prepared_add(struct pg_session *session, struct slice name, struct pg_statement *statement,
                     bool from_sql);
void pg_prepared_remove(struct pg_session *session, struct pg_prepared *prepared);
void pg_prepared_forget_all(struct pg_session *session);

#endif
