/* Aggregates that make JSON: json ones gather text, jsonb ones a builder. The strict ones leave NULLs
 * out, the unique ones refuse a key that was there already, be its value left out or not. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/json_expr.h"
#include "emulators/sql/value/json_make.h"
#include "emulators/sql/value/json_text.h"

static bool give_state(struct datum *out, void *state)
{
    *out = (struct datum){.state = state};
    return true;
}

/* The state so far, or a new one of that size; NULL: no memory. *out_fresh: it is new. */
static void *take_state(struct sql_call *call, const struct datum *args, size_t size,
                        bool *out_fresh)
{
    *out_fresh = args[0].null || !args[0].state;
    void *state = *out_fresh ? arena_zalloc(call->arena, size) : args[0].state;
    if (!state)
        sql_fail_memory(call->env->error);
    return state;
}

/* ---- json */

struct text_state {
    struct sql_bytes text;
    struct sql_json_keys keys;
    uint32_t count; /* of what is in the text */
};

static struct text_state *text_state(struct sql_call *call, const struct datum *args,
                                     const char *begin)
{
    bool fresh;
    struct text_state *state = take_state(call, args, sizeof(*state), &fresh);
    if (!state || !fresh)
        return state;
    sql_bytes_init(&state->text, call->arena);
    sql_bytes_add_str(&state->text, begin);
    state->keys.arena = call->arena;
    return state;
}

static bool add_element(struct sql_call *call, const struct datum *args, bool strict,
                        struct datum *out)
{
    const struct sql_type *type = sql_arg_type(call, 1);
    bool lines = !args[1].null && type && sql_json_is_row(call, type);
    struct text_state *state = text_state(call, args, "[");
    if (!state)
        return false;
    if (strict && args[1].null)
        return give_state(out, state);
    sql_bytes_add_str(&state->text, !state->count ? "" : lines ? ", \n " : ", ");
    state->count++;
    return sql_json_put(call, type, args[1], false, &state->text) && give_state(out, state);
}

static bool json_agg_transfn(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return add_element(call, args, false, out);
}

static bool json_agg_strict_transfn(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    return add_element(call, args, true, out);
}

enum { STRICT = 1, UNIQUE = 2 };

/* The key; lasting: as long as the state. */
static bool take_key(struct sql_call *call, const struct datum *args, bool lasting,
                     struct slice *out)
{
    if (args[1].null)
        return sql_fail(call->env->error, "22023", "field name must not be null");
    if (!sql_json_key_text(call, sql_arg_type(call, 1), args[1], true, out))
        return false;
    if (!lasting)
        return true;
    *out = arena_dup(call->arena, *out);
    return out->ptr || sql_fail_memory(call->env->error);
}

static bool add_pair(struct sql_call *call, const struct datum *args, unsigned how,
                     struct datum *out)
{
    struct slice key;
    if (how && args[1].null)
        return sql_fail(call->env->error, "22004", "null value not allowed for object key");
    if (!take_key(call, args, how & UNIQUE, &key))
        return false;
    struct text_state *state = text_state(call, args, "{ ");
    if (!state || (how & UNIQUE && !sql_json_unique_key(call, &state->keys, key, false)))
        return false;
    if (how & STRICT && args[2].null)
        return give_state(out, state);
    sql_bytes_add_str(&state->text, state->count ? ", " : "");
    state->count++;
    sql_json_escape(&state->text, key);
    sql_bytes_add_str(&state->text, " : ");
    return sql_json_put(call, sql_arg_type(call, 2), args[2], false, &state->text) &&
           give_state(out, state);
}

/* A state may be finished several times (as a window's aggregate): it is left as it is. */
static bool finish_text(struct sql_call *call, const struct datum *args, const char *end,
                        struct datum *out)
{
    if (args[0].null)
        return sql_give_null(out);
    const struct text_state *state = args[0].state;
    struct sql_bytes text = sql_bytes_begin(call);
    sql_bytes_add_slice(&text, sql_bytes_slice(&state->text));
    sql_bytes_add_str(&text, end);
    return sql_give_bytes(call, out, &text);
}

SQL_FUNCTION(json_agg_finalfn, finish_text(call, args, "]", out))
SQL_FUNCTION(json_object_agg_finalfn, finish_text(call, args, " }", out))
SQL_FUNCTION(json_object_agg_transfn, add_pair(call, args, 0, out))
SQL_FUNCTION(json_object_agg_strict_transfn, add_pair(call, args, STRICT, out))
SQL_FUNCTION(json_object_agg_unique_transfn, add_pair(call, args, UNIQUE, out))
SQL_FUNCTION(json_object_agg_unique_strict_transfn, add_pair(call, args, STRICT | UNIQUE, out))

/* ---- jsonb */

struct builder_state {
    struct sql_jsonb_builder builder;
    struct sql_json_keys keys;
};

static struct builder_state *builder_state(struct sql_call *call, const struct datum *args,
                                           bool object)
{
    bool fresh;
    struct builder_state *state = take_state(call, args, sizeof(*state), &fresh);
    if (!state)
        return NULL;
    state->builder.call = call;
    if (!fresh)
        return state;
    sql_jsonb_build(&state->builder, call, call->arena);
    state->keys.arena = call->arena;
    return sql_jsonb_begin(&state->builder, object) ? state : NULL;
}

/* The builder keeps what it is given, the argument does not last: the value is made a copy of. */
static bool put_copy(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_jsonb_builder *builder)
{
    struct sql_jsonb_builder own;
    sql_jsonb_build(&own, call, call->arena);
    if (!sql_jsonb_put(call, type, value, &own))
        return false;
    struct slice copy = arena_dup(call->arena, own.top.bytes);
    if (own.top.bytes.len && !copy.ptr)
        return sql_fail_memory(call->env->error);
    own.top.bytes = copy;
    return sql_jsonb_add(builder, own.top);
}

static bool add_binary_element(struct sql_call *call, const struct datum *args, bool strict,
                               struct datum *out)
{
    struct builder_state *state = builder_state(call, args, false);
    return state &&
           ((strict && args[1].null) ||
            put_copy(call, sql_arg_type(call, 1), args[1], &state->builder)) &&
           give_state(out, state);
}

SQL_FUNCTION(jsonb_agg_transfn, add_binary_element(call, args, false, out))
SQL_FUNCTION(jsonb_agg_strict_transfn, add_binary_element(call, args, true, out))

static bool add_binary_pair(struct sql_call *call, const struct datum *args, unsigned how,
                            struct datum *out)
{
    struct slice key;
    if (!take_key(call, args, true, &key))
        return false;
    struct builder_state *state = builder_state(call, args, true);
    if (!state || (how & UNIQUE && !sql_json_unique_key(call, &state->keys, key, true)))
        return false;
    if (how & STRICT && args[2].null)
        return give_state(out, state);
    sql_jsonb_add_key(&state->builder, key);
    return put_copy(call, sql_arg_type(call, 2), args[2], &state->builder) &&
           give_state(out, state);
}

SQL_FUNCTION(jsonb_object_agg_transfn, add_binary_pair(call, args, 0, out))
SQL_FUNCTION(jsonb_object_agg_strict_transfn, add_binary_pair(call, args, STRICT, out))
SQL_FUNCTION(jsonb_object_agg_unique_transfn, add_binary_pair(call, args, UNIQUE, out))
SQL_FUNCTION(jsonb_object_agg_unique_strict_transfn,
             add_binary_pair(call, args, STRICT | UNIQUE, out))

static bool jsonb_agg_finalfn(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].null)
        return sql_give_null(out);
    const struct builder_state *state = args[0].state;
    struct sql_jsonb_builder copy;
    sql_jsonb_build(&copy, call, call->arena);
    const struct sql_jsonb_level *level = &state->builder.levels[0];
    if (!sql_jsonb_begin(&copy, level->object))
        return false;
    for (uint32_t i = 0; i < level->count; i++)
        if (!sql_jsonb_add_member(&copy, level->pairs[i].key, level->pairs[i].value))
            return false;
    return sql_jsonb_end(&copy) && sql_jsonb_finish(&copy, out);
}

const struct sql_builtin sql_json_aggregate_builtins[] = {
    {"json_agg_finalfn",                       json_agg_finalfn                      },
    {"json_agg_strict_transfn",                json_agg_strict_transfn               },
    {"json_agg_transfn",                       json_agg_transfn                      },
    {"json_object_agg_finalfn",                json_object_agg_finalfn               },
    {"json_object_agg_strict_transfn",         json_object_agg_strict_transfn        },
    {"json_object_agg_transfn",                json_object_agg_transfn               },
    {"json_object_agg_unique_strict_transfn",  json_object_agg_unique_strict_transfn },
    {"json_object_agg_unique_transfn",         json_object_agg_unique_transfn        },
    {"jsonb_agg_finalfn",                      jsonb_agg_finalfn                     },
    {"jsonb_agg_strict_transfn",               jsonb_agg_strict_transfn              },
    {"jsonb_agg_transfn",                      jsonb_agg_transfn                     },
    {"jsonb_object_agg_strict_transfn",        jsonb_object_agg_strict_transfn       },
    {"jsonb_object_agg_transfn",               jsonb_object_agg_transfn              },
    {"jsonb_object_agg_unique_strict_transfn", jsonb_object_agg_unique_strict_transfn},
    {"jsonb_object_agg_unique_transfn",        jsonb_object_agg_unique_transfn       },
    {"jsonb_object_agg_finalfn",               jsonb_agg_finalfn                     },
    {NULL,                                     NULL                                  },
};
