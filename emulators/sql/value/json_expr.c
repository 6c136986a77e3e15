#include "emulators/sql/value/json_expr.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/json_make.h"
#include "emulators/sql/value/json_text.h"
#include "emulators/sql/value/text.h"

static bool fail_duplicate(struct sql_call *call)
{
    return sql_fail(call->env->error, "22030", "duplicate JSON object key value");
}

bool sql_json_unique_key(struct sql_call *call, struct sql_json_keys *keys, struct slice key,
                         bool binary)
{
    bool fresh;
    if (!sql_json_keys_add(keys, 0, key, &fresh))
        return sql_fail_memory(call->env->error);
    if (fresh)
        return true;
    if (binary)
        return fail_duplicate(call);
    struct sql_bytes shown = sql_bytes_begin(call);
    sql_json_escape(&shown, key);
    return sql_fail(call->env->error, "22030", "duplicate JSON object key value: " SLICE_FMT,
                    SLICE_ARG(sql_bytes_slice(&shown)));
}

/* ---- arrays */

static bool make_array(struct sql_call *call, const struct sql_json_operation *operation,
                       const struct datum *values, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    const char *between = "";
    sql_bytes_add_char(&text, '[');
    for (uint32_t i = 0; i < operation->count; i++) {
        if (values[i].null && operation->options & SQL_JSON_OPTION_ABSENT)
            continue;
        sql_bytes_add_str(&text, between);
        if (!sql_json_put(call, operation->types[i], values[i], false, &text))
            return false;
        between = ", ";
    }
    sql_bytes_add_char(&text, ']');
    return sql_give_bytes(call, out, &text);
}

static bool make_binary_array(struct sql_call *call, const struct sql_json_operation *operation,
                              const struct datum *values, struct datum *out)
{
    struct sql_jsonb_builder builder;
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, false))
        return false;
    for (uint32_t i = 0; i < operation->count; i++)
        if ((!values[i].null || !(operation->options & SQL_JSON_OPTION_ABSENT)) &&
            !sql_jsonb_put(call, operation->types[i], values[i], &builder))
            return false;
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

/* ---- objects */

/* The key of the pair at `at`. */
static bool take_key(struct sql_call *call, const struct sql_json_operation *operation,
                     const struct datum *values, uint32_t at, struct sql_json_keys *keys,
                     struct slice *out)
{
    if (values[at].null)
        return operation->binary
                   ? sql_fail(call->env->error, "22023", "argument %u: key must not be null",
                              at + 1)
                   : sql_fail(call->env->error, "22004", "null value not allowed for object key");
    return sql_json_key_text(call, operation->types[at], values[at], true, out) &&
           (!(operation->options & SQL_JSON_OPTION_UNIQUE) ||
            sql_json_unique_key(call, keys, *out, operation->binary));
}

static bool left_out(const struct sql_json_operation *operation, struct datum value)
{
    return value.null && operation->options & SQL_JSON_OPTION_ABSENT;
}

static bool make_object(struct sql_call *call, const struct sql_json_operation *operation,
                        const struct datum *values, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_json_keys keys = {.arena = call->arena};
    const char *between = "";
    sql_bytes_add_char(&text, '{');
    for (uint32_t i = 0; i < operation->count; i += 2) {
        struct slice key;
        if (!take_key(call, operation, values, i, &keys, &key))
            return false;
        if (left_out(operation, values[i + 1]))
            continue;
        sql_bytes_add_str(&text, between);
        sql_json_escape(&text, key);
        sql_bytes_add_str(&text, " : ");
        if (!sql_json_put(call, operation->types[i + 1], values[i + 1], false, &text))
            return false;
        between = ", ";
    }
    sql_bytes_add_char(&text, '}');
    return sql_give_bytes(call, out, &text);
}

static bool make_binary_object(struct sql_call *call, const struct sql_json_operation *operation,
                               const struct datum *values, struct datum *out)
{
    struct sql_jsonb_builder builder;
    struct sql_json_keys keys = {.arena = call->arena};
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, true))
        return false;
    for (uint32_t i = 0; i < operation->count; i += 2) {
        struct slice key;
        if (!take_key(call, operation, values, i, &keys, &key))
            return false;
        if (left_out(operation, values[i + 1]))
            continue;
        sql_jsonb_add_key(&builder, key);
        if (!sql_jsonb_put(call, operation->types[i + 1], values[i + 1], &builder))
            return false;
    }
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

/* ---- texts */

/* The objects that are open, for telling whose a key is. */
struct open_objects {
    uint32_t *numbers;
    uint32_t depth, room, last;
};

static bool open_container(struct sql_call *call, struct open_objects *open)
{
    if (open->depth == open->room) {
        uint32_t room = open->room ? open->room * 2 : 8;
        uint32_t *numbers = arena_array(call->arena, room, sizeof(*numbers));
        if (!numbers)
            return sql_fail_memory(call->env->error);
        if (open->depth)
            memcpy(numbers, open->numbers, open->depth * sizeof(*numbers));
        open->numbers = numbers;
        open->room = room;
    }
    open->numbers[open->depth++] = ++open->last;
    return true;
}

/* Reads a JSON text to its end. *out_kind: how it begins; *out_unique: no object has a key twice. */
static bool read_text(struct sql_call *call, struct slice text, bool unique,
                      enum sql_json_event *out_kind, bool *out_unique)
{
    struct sql_json_reader reader;
    struct sql_json_keys keys = {.arena = call->arena};
    struct open_objects open = {0};
    enum sql_json_event event;
    struct slice raw, key;
    sql_json_reader_init(&reader, call, text);
    *out_kind = SQL_JSON_END;
    *out_unique = true;
    do {
        if (!sql_json_next(&reader, &event, &raw))
            return false;
        if (*out_kind == SQL_JSON_END)
            *out_kind = event;
        if (!unique)
            continue;
        if ((event == SQL_JSON_OBJECT || event == SQL_JSON_ARRAY) && !open_container(call, &open))
            return false;
        if (event == SQL_JSON_OBJECT_END || event == SQL_JSON_ARRAY_END)
            open.depth--;
        if (event != SQL_JSON_KEY)
            continue;
        bool fresh;
        if (!sql_json_decode(call, raw, &key))
            return false;
        if (!sql_json_keys_add(&keys, open.numbers[open.depth - 1], key, &fresh))
            return sql_fail_memory(call->env->error);
        *out_unique &= fresh;
    } while (event != SQL_JSON_END);
    return true;
}

static bool parse(struct sql_call *call, const struct sql_json_operation *operation,
                  const struct datum *values, struct datum *out)
{
    enum sql_json_event kind;
    bool unique;
    *out = values[0];
    if (!(operation->options & SQL_JSON_OPTION_UNIQUE) || values[0].null)
        return true;
    if (!read_text(call, datum_slice(values[0]), true, &kind, &unique))
        return false;
    return unique || fail_duplicate(call);
}

static bool scalar(struct sql_call *call, const struct sql_json_operation *operation,
                   const struct datum *values, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    if (values[0].null)
        return sql_give_null(out);
    return sql_json_put(call, operation->types[0], values[0], false, &text) &&
           sql_give_bytes(call, out, &text);
}

static bool decode(struct sql_call *call, const struct sql_json_operation *operation,
                   const struct datum *values, struct datum *out)
{
    (void)operation;
    *out = values[0];
    return values[0].null || sql_text_check(call->env->error, datum_slice(values[0]));
}

static bool is_kind(enum sql_json_test test, bool object, bool array)
{
    switch (test) {
    case SQL_JSON_TEST_OBJECT: return object;
    case SQL_JSON_TEST_ARRAY: return array;
    case SQL_JSON_TEST_SCALAR: return !object && !array;
    default: return true;
    }
}

/* A text that is no JSON is an answer here; anything else that fails is not. */
static bool test(struct sql_call *call, const struct sql_json_operation *operation,
                 const struct datum *values, struct datum *out)
{
    enum sql_json_test wanted = (enum sql_json_test)(operation->options / SQL_JSON_OPTION_IS);
    bool unique = operation->options & SQL_JSON_OPTION_UNIQUE, is_unique;
    enum sql_json_event kind;
    if (values[0].null)
        return sql_give_null(out);
    if (operation->types[0]->ops == &sql_jsonb_ops) {
        struct sql_jsonb value = sql_jsonb_open(values[0]);
        return sql_give_bool(out, is_kind(wanted, value.kind == SQL_JSONB_KIND_OBJECT,
                                          value.kind == SQL_JSONB_KIND_ARRAY));
    }
    struct sql_error *error = call->env->error, before = *error;
    if (read_text(call, datum_slice(values[0]), unique, &kind, &is_unique))
        return sql_give_bool(
            out, is_unique && is_kind(wanted, kind == SQL_JSON_OBJECT, kind == SQL_JSON_ARRAY));
    if (strcmp(error->sqlstate, "22P02") != 0 && strcmp(error->sqlstate, "22P05") != 0)
        return false;
    *error = before;
    return sql_give_bool(out, false);
}

typedef bool construct(struct sql_call *call, const struct sql_json_operation *operation,
                       const struct datum *values, struct datum *out);

/* json's, then jsonb's. */
static construct *const constructs[][2] = {
    [SQL_JSON_OP_OBJECT] = {make_object, make_binary_object},
    [SQL_JSON_OP_ARRAY] = {make_array,  make_binary_array },
    [SQL_JSON_OP_PARSE] = {parse,       parse             },
    [SQL_JSON_OP_SCALAR] = {scalar,      scalar            },
    [SQL_JSON_OP_DECODE] = {decode,      decode            },
    [SQL_JSON_OP_IS] = {test,        test              },
};

bool sql_json_construct(struct sql_call *call, const struct sql_json_operation *operation,
                        const struct datum *values, struct datum *out)
{
    return constructs[operation->op][operation->binary](call, operation, values, out);
}
