/* Functions that make JSON of other values. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/json_make.h"
#include "emulators/sql/value/json_text.h"

/* ---- to_json and its kin */

static bool give_json(struct sql_call *call, const struct datum *args, bool breaks,
                      struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    return sql_json_put(call, sql_arg_type(call, 0), args[0], breaks, &text) &&
           sql_give_bytes(call, out, &text);
}

static bool to_json(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_json(call, args, false, out);
}

static bool to_json_pretty(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_json(call, args, args[1].i, out);
}

static bool to_jsonb(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_jsonb_builder builder;
    sql_jsonb_build(&builder, call, call->arena);
    return sql_jsonb_put(call, sql_arg_type(call, 0), args[0], &builder) &&
           sql_jsonb_finish(&builder, out);
}

/* ---- building from lists of arguments */

/* The values of VARIADIC "any": the arguments as they came, or the array's elements. */
struct any_list {
    uint32_t count;
    bool null; /* the array was NULL */
    const struct datum *args;
    struct sql_array array;
    const struct sql_type *element; /* of the array; NULL: plain arguments */
};

static void open_list(struct sql_call *call, const struct datum *args, struct any_list *list)
{
    *list = (struct any_list){.count = call->argc, .args = args};
    if (!call->variadic)
        return;
    list->null = args[0].null;
    if (list->null)
        return;
    sql_array_open(args[0], &list->array);
    list->count = list->array.count;
    list->element = call->env->find_type(call->env, list->array.element);
}

static struct datum list_item(struct sql_call *call, const struct any_list *list, uint32_t index,
                              const struct sql_type **type)
{
    if (list->element) {
        *type = list->element;
        return sql_array_get(&list->array, index);
    }
    *type = sql_arg_type(call, index);
    return list->args[index];
}

static bool fail_odd(struct sql_call *call, const char *name)
{
    sql_fail(call->env->error, "22023", "argument list must have even number of elements");
    return sql_hint(call->env->error,
                    "The arguments of %s() must consist of alternating keys and values.", name);
}

static bool json_build_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct any_list list;
    open_list(call, args, &list);
    if (list.null)
        return sql_give_null(out);
    sql_bytes_add_char(&text, '[');
    for (uint32_t i = 0; i < list.count; i++) {
        const struct sql_type *type;
        struct datum item = list_item(call, &list, i, &type);
        sql_bytes_add_str(&text, i ? ", " : "");
        if (!sql_json_put(call, type, item, false, &text))
            return false;
    }
    sql_bytes_add_char(&text, ']');
    return sql_give_bytes(call, out, &text);
}

static bool json_build_object(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct any_list list;
    open_list(call, args, &list);
    if (list.null)
        return sql_give_null(out);
    if (list.count % 2)
        return fail_odd(call, "json_build_object");
    sql_bytes_add_char(&text, '{');
    for (uint32_t i = 0; i < list.count; i += 2) {
        const struct sql_type *type;
        struct slice name;
        struct datum key = list_item(call, &list, i, &type);
        if (key.null) {
            sql_fail(call->env->error, "22023", "argument %u cannot be null", i + 1);
            return sql_hint(call->env->error, "Object keys should be text.");
        }
        if (!sql_json_key_text(call, type, key, true, &name))
            return false;
        sql_bytes_add_str(&text, i ? ", " : "");
        sql_json_escape(&text, name);
        sql_bytes_add_str(&text, " : ");
        struct datum item = list_item(call, &list, i + 1, &type);
        if (!sql_json_put(call, type, item, false, &text))
            return false;
    }
    sql_bytes_add_char(&text, '}');
    return sql_give_bytes(call, out, &text);
}

static bool jsonb_build_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_jsonb_builder builder;
    struct any_list list;
    open_list(call, args, &list);
    if (list.null)
        return sql_give_null(out);
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, false))
        return false;
    for (uint32_t i = 0; i < list.count; i++) {
        const struct sql_type *type;
        struct datum item = list_item(call, &list, i, &type);
        if (!sql_jsonb_put(call, type, item, &builder))
            return false;
    }
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

static bool jsonb_build_object(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_jsonb_builder builder;
    struct any_list list;
    open_list(call, args, &list);
    if (list.null)
        return sql_give_null(out);
    if (list.count % 2)
        return fail_odd(call, "jsonb_build_object");
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, true))
        return false;
    for (uint32_t i = 0; i < list.count; i += 2) {
        const struct sql_type *type;
        struct slice name;
        struct datum key = list_item(call, &list, i, &type);
        if (key.null)
            return sql_fail(call->env->error, "22023", "argument %u: key must not be null", i + 1);
        if (!sql_json_key_text(call, type, key, true, &name))
            return false;
        sql_jsonb_add_key(&builder, name);
        struct datum item = list_item(call, &list, i + 1, &type);
        if (!sql_jsonb_put(call, type, item, &builder))
            return false;
    }
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

/* ---- json_object(text[]), json_object(keys, values) */

/* Keys and values side by side. */
struct text_pairs {
    uint32_t count;
    struct sql_array keys, values;
    uint32_t stride; /* 2: both are in `keys` */
};

static bool open_pairs(struct sql_call *call, const struct datum *args, struct text_pairs *pairs)
{
    struct sql_error *error = call->env->error;
    sql_array_open(args[0], &pairs->keys);
    const struct sql_array_shape *shape = &pairs->keys.shape;
    pairs->stride = call->argc == 2 ? 1 : 2;
    pairs->count = pairs->keys.count / pairs->stride;
    if (call->argc == 2) {
        sql_array_open(args[1], &pairs->values);
        if (shape->dims > 1 || shape->dims != pairs->values.shape.dims)
            return sql_fail(error, "2202E", "wrong number of array subscripts");
        if (pairs->keys.count != pairs->values.count)
            return sql_fail(error, "2202E", "mismatched array dimensions");
        return true;
    }
    pairs->values = pairs->keys;
    if (shape->dims == 1 && pairs->keys.count % 2)
        return sql_fail(error, "2202E", "array must have even number of elements");
    if (shape->dims == 2 && shape->length[1] != 2)
        return sql_fail(error, "2202E", "array must have two columns");
    if (shape->dims > 2)
        return sql_fail(error, "2202E", "wrong number of array subscripts");
    return true;
}

static bool pair_at(struct sql_call *call, const struct text_pairs *pairs, uint32_t index,
                    struct slice *key, struct datum *value)
{
    struct datum name = sql_array_get(&pairs->keys, index * pairs->stride);
    if (name.null)
        return sql_fail(call->env->error, "22004", "null value not allowed for object key");
    *key = datum_slice(name);
    *value = sql_array_get(&pairs->values, index * pairs->stride + pairs->stride - 1);
    return true;
}

static bool json_object(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct text_pairs pairs;
    if (!open_pairs(call, args, &pairs))
        return false;
    sql_bytes_add_char(&text, '{');
    for (uint32_t i = 0; i < pairs.count; i++) {
        struct slice key;
        struct datum value;
        if (!pair_at(call, &pairs, i, &key, &value))
            return false;
        sql_bytes_add_str(&text, i ? ", " : "");
        sql_json_escape(&text, key);
        sql_bytes_add_str(&text, " : ");
        if (value.null)
            sql_bytes_add_str(&text, "null");
        else
            sql_json_escape(&text, datum_slice(value));
    }
    sql_bytes_add_char(&text, '}');
    return sql_give_bytes(call, out, &text);
}

static bool jsonb_object(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_jsonb_builder builder;
    struct text_pairs pairs;
    sql_jsonb_build(&builder, call, call->arena);
    if (!open_pairs(call, args, &pairs) || !sql_jsonb_begin(&builder, true))
        return false;
    for (uint32_t i = 0; i < pairs.count; i++) {
        struct slice key;
        struct datum value;
        if (!pair_at(call, &pairs, i, &key, &value))
            return false;
        struct sql_jsonb item = {value.null ? SQL_JSONB_KIND_NULL : SQL_JSONB_KIND_STRING,
                                 value.null ? slice_of(NULL, 0) : datum_slice(value)};
        if (!sql_jsonb_add_member(&builder, key, item))
            return false;
    }
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

const struct sql_builtin sql_json_make_builtins[] = {
    {"array_to_json",             to_json           },
    {"array_to_json_pretty",      to_json_pretty    },
    {"json_build_array",          json_build_array  },
    {"json_build_array_noargs",   json_build_array  },
    {"json_build_object",         json_build_object },
    {"json_build_object_noargs",  json_build_object },
    {"json_object",               json_object       },
    {"json_object_two_arg",       json_object       },
    {"jsonb_build_array",         jsonb_build_array },
    {"jsonb_build_array_noargs",  jsonb_build_array },
    {"jsonb_build_object",        jsonb_build_object},
    {"jsonb_build_object_noargs", jsonb_build_object},
    {"jsonb_object",              jsonb_object      },
    {"jsonb_object_two_arg",      jsonb_object      },
    {"row_to_json",               to_json           },
    {"row_to_json_pretty",        to_json_pretty    },
    {"to_json",                   to_json           },
    {"to_jsonb",                  to_jsonb          },
    {NULL,                        NULL              },
};
