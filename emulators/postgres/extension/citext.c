/* citext: text that is compared in lower case. Its other functions are text's, or SQL (data/citext.own). */
#include "common/hash.h"
#include "emulators/postgres/extension/functions.h"
#include "emulators/sql/value/text.h"

/* Lower case as lower() has it, in the call's arena; ptr NULL: memory ran out. */
static struct slice folded(struct sql_call *call, struct slice text)
{
    uint8_t *made = arena_alloc(call->arena, text.len + 1);
    for (size_t i = 0; made && i < text.len; i++)
        made[i] = ascii_lower(text.ptr[i]);
    return slice_of(made, made ? text.len : 0);
}

/* Compares without making copies. */
static int order(struct slice a, struct slice b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < shared; i++) {
        int difference = ascii_lower(a.ptr[i]) - ascii_lower(b.ptr[i]);
        if (difference)
            return difference;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static int citext_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                          struct datum b)
{
    (void)call, (void)type;
    return order(datum_slice(a), datum_slice(b));
}

static uint64_t citext_hash_value(struct sql_call *call, const struct sql_type *type,
                                  struct datum value)
{
    (void)type;
    return hash_bytes(folded(call, datum_slice(value)));
}

static bool citext_encode_key(struct sql_call *call, const struct sql_type *type,
                              struct datum value, struct sql_bytes *out)
{
    struct slice text = folded(call, datum_slice(value));
    return text.ptr ? sql_text_ops.encode_key(call, type, datum_bytes(text), out)
                    : sql_fail_memory(call->env->error);
}

static bool citext_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    return sql_text_ops.input(call, type, text, typmod, out);
}

static bool citext_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                          struct sql_bytes *out)
{
    return sql_text_ops.output(call, type, value, out);
}

static bool citext_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                           int32_t typmod, struct datum *out)
{
    return sql_text_ops.receive(call, type, bytes, typmod, out);
}

static const struct sql_type_ops citext_ops = {
    .input = citext_input,
    .output = citext_output,
    .receive = citext_receive,
    .send = citext_output,
    .compare = citext_compare,
    .hash = citext_hash_value,
    .encode_key = citext_encode_key,
};

static int args_order(struct sql_call *call, const struct datum *args)
{
    (void)call;
    return order(datum_slice(args[0]), datum_slice(args[1]));
}

SQL_COMPARISONS(citext, args_order)
SQL_CHOICES(citext, args_order)

/* The hash of the lower-case text, by text's own function. */
static bool hash_with(struct sql_call *call, const struct datum *args, const char *symbol,
                      struct datum *out)
{
    struct slice text = folded(call, datum_slice(args[0]));
    const struct datum inner[] = {datum_bytes(text), call->argc > 1 ? args[1] : datum_null()};
    return text.ptr ? sql_builtin_find(slice_str(symbol))(call, inner, out)
                    : sql_fail_memory(call->env->error);
}

static bool citext_hash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return hash_with(call, args, "hashtext", out);
}

static bool citext_hash_extended(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return hash_with(call, args, "hashtextextended", out);
}

const struct pg_extension_type pg_citext_types[] = {
    {"citext", &citext_ops},
    {NULL,     NULL       },
};

const struct sql_builtin pg_citext_functions[] = {
    {"citext_eq",            citext_eq           },
    {"citext_ne",            citext_ne           },
    {"citext_lt",            citext_lt           },
    {"citext_le",            citext_le           },
    {"citext_gt",            citext_gt           },
    {"citext_ge",            citext_ge           },
    {"citext_cmp",           citext_cmp          },
    {"citext_smaller",       citext_smaller      },
    {"citext_larger",        citext_larger       },
    {"citext_hash",          citext_hash         },
    {"citext_hash_extended", citext_hash_extended},
    {"citext_pattern_lt",    citext_lt           },
    {"citext_pattern_le",    citext_le           },
    {"citext_pattern_gt",    citext_gt           },
    {"citext_pattern_ge",    citext_ge           },
    {"citext_pattern_cmp",   citext_cmp          },
    {NULL,                   NULL                },
};
