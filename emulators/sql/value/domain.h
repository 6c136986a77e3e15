/* Domains under the operations of their values: a domain has those of its base, but what the base is
 * made of (labels, columns, bounds) stands in the base alone. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_DOMAIN_H
#define PARLEL_EMULATORS_SQL_VALUE_DOMAIN_H

#include "emulators/sql/value/type.h"

/* The type below all domains; the type itself if it is none, NULL for NULL. */
static inline const struct sql_type *sql_domain_base(struct sql_env *env,
                                                     const struct sql_type *type)
{
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = env->find_type(env, type->base);
    return type;
}

/* Does the value, which may be NULL, keep the constraints of the type, if it is a domain? */
static inline bool sql_domain_check(struct sql_env *env, const struct sql_type *type,
                                    struct datum value)
{
    return !type || type->kind != SQL_TYPE_DOMAIN || !env->check_domain ||
           env->check_domain(env, type, value);
}

/* The value of a text: one that a domain must allow, cut to what the domain's base says. */
static inline bool sql_domain_input(struct sql_call *call, const struct sql_type *type,
                                    struct slice text, int32_t typmod, struct datum *out)
{
    for (const struct sql_type *at = type; at && at->kind == SQL_TYPE_DOMAIN && typmod < 0;
         at = call->env->find_type(call->env, at->base))
        typmod = at->base_typmod;
    return sql_type_input(call, type, text, typmod, out) && sql_domain_check(call->env, type, *out);
}

#endif
