#include "emulators/sql/value/domain.h"

#include "emulators/sql/value/type_io.h"

static const struct sql_type *open_base(struct sql_call *call, const struct sql_type *type,
                                        int32_t *typmod)
{
    for (; type->kind == SQL_TYPE_DOMAIN; type = call->env->find_type(call->env, type->base))
        if (*typmod < 0)
            *typmod = type->base_typmod;
    return type;
}

bool sql_domain_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    const struct sql_type *base = open_base(call, type, &typmod);
    return sql_type_input(call, base, text, typmod, out) && sql_domain_check(call->env, type, *out);
}

bool sql_domain_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    const struct sql_type *base = open_base(call, type, &typmod);
    return sql_type_receive(call, base, bytes, typmod, out) &&
           sql_domain_check(call->env, type, *out);
}
