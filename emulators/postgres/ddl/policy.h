/* Policies of row security. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_POLICY_H
#define PARLEL_EMULATORS_POSTGRES_DDL_POLICY_H

#include "emulators/postgres/ddl/ddl.h"

/* The policy is for that role no more; when it was for no other, it goes. */
bool pg_policy_forget_role(struct pg_ddl *ddl, uint32_t policy, uint32_t role);
/* ALTER POLICY ... RENAME TO. */
bool pg_policy_rename(struct pg_ddl *ddl, uint32_t policy, struct slice name);

#endif
