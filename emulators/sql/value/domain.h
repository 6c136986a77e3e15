/* Domains under the operations of their values: a domain has those of its base, but what the base is
 * made of (labels, columns, bounds) stands in the base alone. */
#ifndef SQL_DOMAIN_H
#define SQL_DOMAIN_H

#include "emulators/sql/value/type.h"

/* The type below all domains; the type itself if it is none, NULL for NULL. */
static inline const struct sql_type *sql_domain_base(struct sql_env *env,
                                                     const struct sql_type *type)
{
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = env->find_type(env, type->base);
    return type;
}

#endif
