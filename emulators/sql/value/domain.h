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

/* The value of a text or of a binary form: one that a domain must allow, cut to what the domain's base
 * says. Fails as the base's operation does, or as check_domain. */
bool sql_domain_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out);
bool sql_domain_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out);

#endif
