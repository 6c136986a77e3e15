/* Shorthands for the bodies of builtins: reading arguments, giving results. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_CALL_H
#define PARLEL_EMULATORS_SQL_VALUE_CALL_H

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/type.h"

/* Results; all return true so that a body can end with them. Bytes are borrowed. */
static inline bool sql_give_int(struct datum *out, int64_t value)
{
    *out = datum_int(value);
    return true;
}

static inline bool sql_give_bool(struct datum *out, bool value)
{
    *out = datum_bool(value);
    return true;
}

static inline bool sql_give_null(struct datum *out)
{
    *out = datum_null();
    return true;
}

static inline bool sql_give_slice(struct datum *out, struct slice value)
{
    *out = datum_bytes(value);
    return true;
}

/* What was gathered in `bytes`, or the error that memory ran out. */
static inline bool sql_give_bytes(struct sql_call *call, struct datum *out,
                                  const struct sql_bytes *bytes)
{
    if (bytes->failed)
        return sql_fail_memory(call->env->error);
    return sql_give_slice(out, sql_bytes_slice(bytes));
}

/* A copy of the slice in call->arena. */
static inline bool sql_give_copy(struct sql_call *call, struct datum *out, struct slice value)
{
    struct slice copy = arena_dup(call->arena, value);
    if (!copy.ptr)
        return sql_fail_memory(call->env->error);
    return sql_give_slice(out, copy);
}

static inline struct sql_bytes sql_bytes_begin(struct sql_call *call)
{
    return (struct sql_bytes){.arena = call->arena};
}

/* The long loop's question: may the statement go on? */
static inline bool sql_call_check(struct sql_call *call)
{
    return !call->env->check || call->env->check(call->env);
}

/* Type of an argument as resolved, NULL when the caller did not say. */
static inline const struct sql_type *sql_arg_type(const struct sql_call *call, unsigned index)
{
    return call->arg_types && index < call->argc ? call->arg_types[index] : NULL;
}

/* A type's name for a message. */
static inline struct slice sql_type_shown(struct sql_call *call, const struct sql_type *type)
{
    return call->env->show_type ? call->env->show_type(call->env, type) : type->name;
}

/* The type with this id; NULL with the error filled when there is none. */
static inline const struct sql_type *sql_call_find_type(struct sql_call *call, uint32_t id)
{
    const struct sql_type *type = call->env->find_type(call->env, id);
    if (!type)
        sql_fail(call->env->error, "XX000", "cache lookup failed for type %u", (unsigned)id);
    return type;
}

/* A builtin that returns `body`, an expression of call, args and out. */
#define SQL_FUNCTION(name, body)                                                         \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        return body;                                                                     \
    }

/* The order of two arguments, for what follows, by `int order(struct datum, struct datum)`. */
#define SQL_ARGS_ORDER(order)                                              \
    static int args_order(struct sql_call *call, const struct datum *args) \
    {                                                                      \
        (void)call;                                                        \
        return order(args[0], args[1]);                                    \
    }

/* Functions from `int order(struct sql_call *, const struct datum *args)`: one comparison, the
 * three-way one, the six that give a boolean (prefix_eq ...), these with prefix_cmp, and
 * prefix_larger, prefix_smaller. */
#define SQL_COMPARISON(name, order, condition) \
    SQL_FUNCTION(name, sql_give_bool(out, order(call, args) condition 0))
#define SQL_ORDER(name, order)                                                           \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        int o = order(call, args);                                                       \
        return sql_give_int(out, (o > 0) - (o < 0));                                     \
    }
#define SQL_RELATIONS(prefix, order)       \
    SQL_COMPARISON(prefix##_eq, order, ==) \
    SQL_COMPARISON(prefix##_ne, order, !=) \
    SQL_COMPARISON(prefix##_lt, order, <)  \
    SQL_COMPARISON(prefix##_le, order, <=) \
    SQL_COMPARISON(prefix##_gt, order, >)  \
    SQL_COMPARISON(prefix##_ge, order, >=)
#define SQL_COMPARISONS(prefix, order) \
    SQL_RELATIONS(prefix, order)       \
    SQL_ORDER(prefix##_cmp, order)
#define SQL_CHOICES(prefix, order)                                                \
    static bool prefix##_larger(struct sql_call *call, const struct datum *args,  \
                                struct datum *out)                                \
    {                                                                             \
        *out = order(call, args) > 0 ? args[0] : args[1];                         \
        return true;                                                              \
    }                                                                             \
    static bool prefix##_smaller(struct sql_call *call, const struct datum *args, \
                                 struct datum *out)                               \
    {                                                                             \
        *out = order(call, args) < 0 ? args[0] : args[1];                         \
        return true;                                                              \
    }

#endif
