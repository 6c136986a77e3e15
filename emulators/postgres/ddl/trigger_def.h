/* Triggers that are being defined. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_TRIGGER_DEF_H
#define PARLEL_EMULATORS_POSTGRES_DDL_TRIGGER_DEF_H

#include "emulators/postgres/ddl/name.h"

/* May the relation have such a trigger, made by the current role? */
bool pg_trigger_check_relation(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                               const struct sql_relation *relation);
/* What does not go with TRUNCATE and INSTEAD OF. */
bool pg_trigger_check_form(struct pg_ddl *ddl, const struct ast_create_trigger *ast);
/* REFERENCING and WHEN, into the trigger. */
bool pg_trigger_transitions(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                            const struct sql_relation *relation, struct sql_trigger *trigger);
bool pg_trigger_when(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                     const struct sql_relation *relation, struct sql_trigger *trigger);

/* Gives a partition the row triggers of its parent; trigger 0: all of them. */
bool pg_trigger_to_partition(struct pg_ddl *ddl, uint32_t partition,
                             const struct sql_relation *parent, uint32_t trigger);
/* The same for all partitions that there are. */
bool pg_trigger_to_partitions(struct pg_ddl *ddl, uint32_t parent, uint32_t trigger);

#endif
