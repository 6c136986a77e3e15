#include "emulators/sql/value/json_query.h"

#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/fn_json.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/text.h"

/* ---- errors */

bool sql_json_is_caught(const struct sql_error *error)
{
    /* Memory, limits, cancelling, transactions, stored code and the program itself; and a domain's
     * constraint that cannot be computed. */
    static const char *const beyond[] = {"53", "54", "57", "58", "40", "25", "P0", "XX", "22012"};
    for (size_t i = 0; i < sizeof(beyond) / sizeof(*beyond); i++)
        if (strncmp(error->sqlstate, beyond[i], strlen(beyond[i])) == 0)
            return false;
    return true;
}

/* The failure becomes an outcome where that is allowed. */
static bool catch_error(struct sql_call *call, const struct sql_json_query *query,
                        enum sql_json_outcome *outcome)
{
    struct sql_error *error = call->env->error;
    if (query->strict || !sql_json_is_caught(error))
        return false;
    sql_error_begin(error, error->arena);
    *outcome = SQL_JSON_ERROR;
    return true;
}

bool sql_json_fail_empty(struct sql_call *call, const struct sql_json_query *query)
{
    if (!query->column.ptr)
        return sql_fail(call->env->error, "22035", "no SQL/JSON item found for specified path");
    return sql_fail(call->env->error, "22035",
                    "no SQL/JSON item found for specified path of column \"" SLICE_FMT "\"",
                    SLICE_ARG(query->column));
}

const char *sql_json_behavior_words(enum sql_json_behavior behavior)
{
    static const char *const words[] = {
        [SQL_JSON_BEHAVIOR_ERROR] = "ERROR",
        [SQL_JSON_BEHAVIOR_NULL] = "NULL",
        [SQL_JSON_BEHAVIOR_TRUE] = "TRUE",
        [SQL_JSON_BEHAVIOR_FALSE] = "FALSE",
        [SQL_JSON_BEHAVIOR_UNKNOWN] = "UNKNOWN",
        [SQL_JSON_BEHAVIOR_EMPTY_ARRAY] = "EMPTY ARRAY",
        [SQL_JSON_BEHAVIOR_EMPTY_OBJECT] = "EMPTY OBJECT",
        [SQL_JSON_BEHAVIOR_DEFAULT] = "DEFAULT",
    };
    return words[behavior];
}

bool sql_json_fail_behavior(struct sql_call *call, const char *clause,
                            enum sql_json_behavior behavior)
{
    struct sql_error *error = call->env->error;
    struct slice cause = error->message;
    sql_error_begin(error, error->arena);
    sql_fail(error, "42804", "could not coerce %s expression (%s) to the RETURNING type", clause,
             sql_json_behavior_words(behavior));
    return sql_detail(error, SLICE_FMT, SLICE_ARG(cause));
}

/* What the result is the result of, in messages. */
static bool fail_items(struct sql_call *call, const struct sql_json_query *query,
                       const char *sqlstate, const char *must)
{
    if (query->column.ptr)
        return sql_fail(call->env->error, sqlstate,
                        "JSON path expression for column \"" SLICE_FMT "\" must return %s",
                        SLICE_ARG(query->column), must);
    return sql_fail(call->env->error, sqlstate, "JSON path expression in %s must return %s",
                    query->op == SQL_JSON_QUERY_VALUE ? "JSON_VALUE" : "JSON_QUERY", must);
}

/* ---- passing */

static bool pass_number(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_jsonb *out, bool *done)
{
    static const struct {
        const struct sql_type_ops *ops;
        const char *cast; /* NULL: it is a numeric */
    } numbers[] = {
        {&sql_int2_ops,    "int2_numeric"  },
        {&sql_int4_ops,    "int4_numeric"  },
        {&sql_int8_ops,    "int8_numeric"  },
        {&sql_float4_ops,  "float4_numeric"},
        {&sql_float8_ops,  "float8_numeric"},
        {&sql_numeric_ops, NULL            },
    };
    *done = false;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers) && !*done; i++) {
        if (numbers[i].ops != type->ops)
            continue;
        *done = true;
        if (numbers[i].cast && !sql_builtin_find(slice_str(numbers[i].cast))(call, &value, &value))
            return false;
    }
    if (*done)
        *out = (struct sql_jsonb){SQL_JSONB_KIND_NUMBER, datum_slice(value)};
    return true;
}

static bool pass_value(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_jsonb *out)
{
    bool done;
    *out = (struct sql_jsonb){.kind = SQL_JSONB_KIND_NULL};
    if (value.null)
        return true;
    if (type->kind != SQL_TYPE_DOMAIN) {
        if (!pass_number(call, type, value, out, &done))
            return false;
        if (!done && !sql_path_datetime_of(call, type, value, out, &done))
            return false;
        if (done)
            return true;
        if (type->ops == &sql_bool_ops) {
            out->kind = value.i ? SQL_JSONB_KIND_TRUE : SQL_JSONB_KIND_FALSE;
            return true;
        }
        if (type->ops == &sql_text_ops || type->ops == &sql_varchar_ops) {
            *out = (struct sql_jsonb){SQL_JSONB_KIND_STRING, datum_slice(value)};
            return true;
        }
        if (type->ops == &sql_json_ops &&
            !sql_jsonb_ops.input(call, NULL, datum_slice(value), -1, &value))
            return false;
        if (type->ops == &sql_jsonb_ops || type->ops == &sql_json_ops) {
            *out = sql_jsonb_open(value);
            return true;
        }
    }
    return sql_fail(call->env->error, "22023",
                    "could not convert value of type " SLICE_FMT " to jsonpath",
                    SLICE_ARG(sql_type_shown(call, type)));
}

bool sql_json_pass(struct sql_call *call, const struct sql_json_passing *passing,
                   const struct datum *values, struct sql_path_variable **out)
{
    *out = arena_array(call->arena, passing->count + 1u, sizeof(**out));
    if (!*out)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < passing->count; i++) {
        (*out)[i].name = passing->names[i];
        if (!pass_value(call, passing->types[i], values[i], &(*out)[i].value))
            return false;
    }
    return true;
}

/* ---- results */

/* All items as an array. */
static bool wrap_items(struct sql_call *call, const struct sql_path_values *items,
                       struct datum *out)
{
    struct sql_jsonb_builder builder;
    sql_jsonb_build(&builder, call, call->arena);
    if (!sql_jsonb_begin(&builder, false))
        return false;
    for (uint32_t i = 0; i < items->count; i++)
        if (!sql_jsonb_add(&builder, items->items[i]))
            return false;
    return sql_jsonb_end(&builder) && sql_jsonb_finish(&builder, out);
}

static bool query_result(struct sql_call *call, const struct sql_json_query *query,
                         const struct sql_path_values *items, struct datum *out)
{
    struct datum value;
    bool wrap = query->wrapper == SQL_JSON_WRAPPER_UNCONDITIONAL ||
                (query->wrapper == SQL_JSON_WRAPPER_CONDITIONAL && items->count > 1);
    if (!wrap && items->count > 1) {
        fail_items(call, query, "22034", "single item when no wrapper is requested");
        return sql_hint(call->env->error,
                        "Use the WITH WRAPPER clause to wrap SQL/JSON items into an array.");
    }
    if (!(wrap ? wrap_items(call, items, &value) : sql_jsonb_make(call, items->items[0], &value)))
        return false;
    if (!query->unquoted && query->type->kind != SQL_TYPE_DOMAIN &&
        query->type->ops == &sql_jsonb_ops) {
        *out = value;
        return true;
    }
    return sql_jsonb_populate(call, query->type, query->typmod, value, query->unquoted, out);
}

/* The item as the SQL value of its own kind is shown. */
static bool item_text(struct sql_call *call, const struct sql_jsonb *item, struct sql_bytes *out)
{
    switch (item->kind) {
    case SQL_JSONB_KIND_TRUE: sql_bytes_add_char(out, 't'); return true;
    case SQL_JSONB_KIND_FALSE: sql_bytes_add_char(out, 'f'); return true;
    case SQL_JSONB_KIND_NUMBER:
        return sql_numeric_ops.output(call, NULL, sql_jsonb_number(item), out);
    default: break;
    }
    if (item->time)
        return sql_path_datetime_text(call, item, out);
    sql_bytes_add_slice(out, item->bytes);
    return true;
}

static bool value_result(struct sql_call *call, const struct sql_json_query *query,
                         const struct sql_path_values *items, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    const struct sql_jsonb *item = &items->items[0];
    const struct sql_type *type = query->type;
    struct datum value = datum_null();
    bool json = type->kind != SQL_TYPE_DOMAIN &&
                (type->ops == &sql_json_ops || type->ops == &sql_jsonb_ops);
    if (items->count > 1 || sql_jsonb_is_container(item))
        return fail_items(call, query, items->count > 1 ? "22034" : "2203F", "single scalar item");
    bool null = item->kind == SQL_JSONB_KIND_NULL;
    if (query->constrained)
        return (null || sql_jsonb_make(call, *item, &value)) &&
               sql_jsonb_populate(call, type, query->typmod, value, true, out);
    *out = value;
    if (null)
        return true;
    sql_bytes_reserve(&text, 1);
    if (!(json ? sql_jsonb_print(call, item, false, &text) : item_text(call, item, &text)))
        return false;
    if (text.failed)
        return sql_fail_memory(call->env->error);
    return sql_domain_input(call, type, sql_bytes_slice(&text), query->typmod, out);
}

/* Truth as a value of the type: of an integer 0 or 1, of others what reads true or false. */
static bool exists_result(struct sql_call *call, const struct sql_json_query *query, bool exists,
                          struct datum *out)
{
    const struct sql_type *base = sql_domain_base(call->env, query->type);
    struct sql_jsonb truth = {.kind = exists ? SQL_JSONB_KIND_TRUE : SQL_JSONB_KIND_FALSE};
    struct datum value;
    *out = datum_bool(exists);
    if (query->type->kind != SQL_TYPE_DOMAIN && base->ops == &sql_bool_ops)
        return true;
    if (base->ops == &sql_int4_ops) {
        *out = datum_int(exists);
        return sql_domain_check(call->env, query->type, *out);
    }
    return sql_jsonb_make(call, truth, &value) &&
           sql_jsonb_populate(call, query->type, query->typmod, value, false, out);
}

/* ---- running */

/* A NULL that comes of a NULL document: only domains have something to say about it. */
static bool null_result(struct sql_call *call, const struct sql_json_query *query,
                        struct datum *out, enum sql_json_outcome *outcome)
{
    *out = datum_null();
    bool checked = query->op != SQL_JSON_QUERY_VALUE || query->constrained;
    return !checked || sql_domain_check(call->env, query->type, *out) ||
           catch_error(call, query, outcome);
}

bool sql_json_query_run(struct sql_call *path_call, struct sql_call *type_call,
                        const struct sql_json_query *query, const struct datum *values,
                        struct datum *out, enum sql_json_outcome *outcome)
{
    struct sql_path_options options = {.silent = !query->strict, .with_zones = true};
    struct sql_path_variable *variables;
    struct sql_path_values items;
    struct sql_path path;
    bool failed, made, exists = query->op == SQL_JSON_QUERY_EXISTS;
    *outcome = SQL_JSON_FOUND;
    if (values[0].null || values[1].null)
        return null_result(type_call, query, out, outcome);
    struct sql_jsonb document = sql_jsonb_open(values[0]);
    if (!sql_path_open(path_call, values[1], &path) ||
        !sql_json_pass(path_call, &query->passing, values + 2, &variables))
        return false;
    options.passed = variables;
    options.passed_count = query->passing.count;
    if (!sql_path_run(path_call, &path, &document, &options, exists, &items, &failed))
        return false;
    if (failed || (!exists && items.count == 0)) {
        *outcome = failed ? SQL_JSON_ERROR : SQL_JSON_EMPTY;
        return true;
    }
    if (exists)
        made = exists_result(type_call, query, items.count > 0, out);
    else if (query->op == SQL_JSON_QUERY_VALUE)
        made = value_result(type_call, query, &items, out);
    else
        made = query_result(type_call, query, &items, out);
    return made || catch_error(type_call, query, outcome);
}
