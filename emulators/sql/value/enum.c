#include "emulators/sql/value/enum.h"

#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/type_io.h"

const struct sql_enum_label *sql_enum_find(const struct sql_type *type, uint32_t id)
{
    const struct sql_enum *labels = type->extra;
    /* Ids ascend with the order unless labels were put in between. */
    uint32_t low = 0, high = labels->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (labels->labels[middle].id == id)
            return &labels->labels[middle];
        if (labels->labels[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    for (uint32_t i = 0; i < labels->count; i++)
        if (labels->labels[i].id == id)
            return &labels->labels[i];
    return NULL;
}

const struct sql_enum_label *sql_enum_find_label(const struct sql_type *type, struct slice label)
{
    const struct sql_enum *labels = type->extra;
    for (uint32_t i = 0; i < labels->count; i++)
        if (slice_eq(labels->labels[i].label, label))
            return &labels->labels[i];
    return NULL;
}

/* A label that the running transaction added might get into what outlives a rollback: it is not used
 * before the commit. */
static bool may_use(struct sql_call *call, const struct sql_type *type,
                    const struct sql_enum_label *label)
{
    struct sql_env *env = call->env;
    if (!label->added_by || !env->is_running || !env->is_running(env, label->added_by))
        return true;
    sql_fail(env->error, "55P04",
             "unsafe use of new value \"" SLICE_FMT "\" of enum type " SLICE_FMT,
             SLICE_ARG(label->label), SLICE_ARG(sql_type_shown(call, type)));
    return sql_hint(env->error, "New enum values must be committed before they can be used.");
}

static bool enum_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)typmod;
    type = sql_domain_base(call->env, type);
    const struct sql_enum_label *label = sql_enum_find_label(type, text);
    if (!label) {
        struct slice shown = sql_type_shown(call, type);
        return sql_fail(call->env->error, "22P02", "invalid input value for enum %.*s: \"%.*s\"",
                        SLICE_ARG(shown), SLICE_ARG(text));
    }
    return may_use(call, type, label) && sql_give_int(out, label->id);
}

static bool enum_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    const struct sql_enum_label *label =
        sql_enum_find(sql_domain_base(call->env, type), (uint32_t)value.u);
    if (!label)
        return sql_fail(call->env->error, "22P03", "invalid internal value for enum: %u",
                        (unsigned)value.u);
    sql_bytes_add_slice(out, label->label);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool enum_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    return sql_text_check(call->env->error, bytes) && enum_input(call, type, bytes, typmod, out);
}

static float order_of(const struct sql_type *type, struct datum value)
{
    const struct sql_enum_label *label = sql_enum_find(type, (uint32_t)value.u);
    return label ? label->order : 0;
}

static int enum_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                        struct datum b)
{
    if (a.u == b.u)
        return 0;
    type = sql_domain_base(call->env, type);
    float x = order_of(type, a);
    float y = order_of(type, b);
    return (x > y) - (x < y);
}

static uint64_t enum_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    return sql_stable_hash_u32((uint32_t)value.u, 0);
}

/* The order's bits, made to ascend. */
static bool enum_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                            struct sql_bytes *out)
{
    float order = order_of(sql_domain_base(call->env, type), value);
    uint32_t bits;
    memcpy(&bits, &order, sizeof(bits));
    sql_bytes_add_u32(out, bits & 0x80000000u ? ~bits : bits | 0x80000000u);
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops sql_enum_ops = {enum_input,   enum_output, enum_receive,   enum_output,
                                          enum_compare, enum_hash,   enum_encode_key};

static int order(struct sql_call *call, const struct datum *args)
{
    return enum_compare(call, sql_arg_type(call, 0), args[0], args[1]);
}

SQL_COMPARISONS(enum, order)
SQL_CHOICES(enum, order)

/* The argument, which may be NULL, says only of which type. */
static const struct sql_type *enum_of(struct sql_call *call)
{
    const struct sql_type *type = sql_domain_base(call->env, sql_arg_type(call, 0));
    if (type && type->kind == SQL_TYPE_ENUM && type->extra)
        return type;
    sql_fail(call->env->error, "0A000", "could not determine actual enum type");
    return NULL;
}

static bool give_end(struct sql_call *call, bool last, struct datum *out)
{
    const struct sql_type *type = enum_of(call);
    if (!type)
        return false;
    const struct sql_enum *labels = type->extra;
    if (labels->count == 0) {
        struct slice shown = sql_type_shown(call, type);
        return sql_fail(call->env->error, "55000", "enum %.*s contains no values",
                        SLICE_ARG(shown));
    }
    const struct sql_enum_label *label = &labels->labels[last ? labels->count - 1 : 0];
    return may_use(call, type, label) && sql_give_int(out, label->id);
}

static bool enum_first(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_end(call, false, out);
}

static bool enum_last(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_end(call, true, out);
}

/* Values from `lower` to `upper`; NULL: no bound. */
static bool give_range(struct sql_call *call, struct datum lower, struct datum upper,
                       struct datum *out)
{
    const struct sql_type *type = enum_of(call);
    if (!type)
        return false;
    const struct sql_enum *labels = type->extra;
    struct sql_array_builder builder;
    sql_array_builder_init(&builder, call->arena, type);
    for (uint32_t i = 0; i < labels->count; i++) {
        struct datum value = datum_int(labels->labels[i].id);
        bool inside = (lower.null || enum_compare(call, type, lower, value) <= 0) &&
                      (upper.null || enum_compare(call, type, value, upper) <= 0);
        if (inside && (!may_use(call, type, &labels->labels[i]) ||
                       !sql_array_builder_add(call, &builder, value)))
            return false;
    }
    return sql_array_builder_finish(call, &builder, out);
}

static bool enum_range(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_range(call, args[0], args[1], out);
}

static bool enum_range_all(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return give_range(call, datum_null(), datum_null(), out);
}

static bool hash_enum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int32_t)sql_stable_hash_u32((uint32_t)args[0].u, 0));
}

static bool hash_enum_extended(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out,
                        (int64_t)sql_stable_hash_u32((uint32_t)args[0].u, (uint64_t)args[1].i));
}

const struct sql_builtin sql_enum_builtins[] = {
    {"enum_eq",           enum_eq           },
    {"enum_ne",           enum_ne           },
    {"enum_lt",           enum_lt           },
    {"enum_le",           enum_le           },
    {"enum_gt",           enum_gt           },
    {"enum_ge",           enum_ge           },
    {"enum_cmp",          enum_cmp          },
    {"enum_larger",       enum_larger       },
    {"enum_smaller",      enum_smaller      },
    {"enum_first",        enum_first        },
    {"enum_last",         enum_last         },
    {"enum_range_bounds", enum_range        },
    {"enum_range_all",    enum_range_all    },
    {"hashenum",          hash_enum         },
    {"hashenumextended",  hash_enum_extended},
    {"enum_in",           sql_call_input    },
    {"enum_out",          sql_call_output   },
    {"enum_recv",         sql_call_receive  },
    {"enum_send",         sql_call_send     },
    {NULL,                NULL              },
};
