/* Which objects need a role: they are its own, it was granted something of them or granted it, or a
 * policy is for it. Found by looking at the objects, not kept beside them. Roles that are built in are
 * not told: nothing can be done to them.
 *
 * Errors: an iteration that runs out of memory ends with `failed` set, env->error is filled. */
#ifndef PARLEL_EMULATORS_SQL_CATALOG_ROLE_USE_H
#define PARLEL_EMULATORS_SQL_CATALOG_ROLE_USE_H

#include "emulators/sql/catalog/change.h"

enum sql_role_use_kind {
    SQL_ROLE_OWNER = 'o',
    SQL_ROLE_GRANT = 'a',
    SQL_ROLE_POLICY = 'r',
};

struct sql_role_use {
    struct sql_reference object; /* part: the column of a grant */
    uint32_t role;
    enum sql_role_use_kind kind;
};

/* All uses by objects of a database (or of the shared one). The catalog may be changed between two
 * calls of sql_role_uses_next. */
struct sql_role_uses {
    struct sql_env *env;
    struct sql_database *database;
    uint32_t class_at, next_id; /* the object that comes next */
    struct sql_role_use *uses;  /* of the object in hand */
    uint32_t count, room, at;
    bool failed;
};

void sql_role_uses_begin(struct sql_role_uses *uses, struct sql_env *env,
                         struct sql_database *database);
/* Borrowed until the next call; NULL: there are no more. */
const struct sql_role_use *sql_role_uses_next(struct sql_role_uses *uses);

#endif
