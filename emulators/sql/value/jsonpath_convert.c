/* Methods of paths that make one scalar of another: .bigint(), .string() and their like. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/jsonpath.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/text_scan.h"

/* A conversion under way. */
struct conversion {
    struct sql_call *call;
    const char *name; /* of the method */
    const struct sql_jsonb *item;
    bool *soft;
};

/* ---- errors */

static bool fail_kind(const struct conversion *c, const char *kinds)
{
    *c->soft = true;
    return sql_fail(c->call->env->error, "22036",
                    "jsonpath item method .%s() can only be applied to a %s value", c->name, kinds);
}

static bool fail_value(const struct conversion *c, struct slice text, const char *type)
{
    *c->soft = true;
    return sql_fail(c->call->env->error, "22036",
                    "argument \"" SLICE_FMT
                    "\" of jsonpath item method .%s() is invalid for type %s",
                    SLICE_ARG(text), c->name, type);
}

static bool fail_special(const struct conversion *c)
{
    *c->soft = true;
    return sql_fail(c->call->env->error, "22036",
                    "NaN or Infinity is not allowed for jsonpath item method .%s()", c->name);
}

/* ---- values */

static bool is_text_or_number(const struct sql_jsonb *item)
{
    return (item->kind == SQL_JSONB_KIND_STRING && !item->time) ||
           item->kind == SQL_JSONB_KIND_NUMBER;
}

/* A string's characters, a number's digits. */
static bool item_text(const struct conversion *c, struct slice *out)
{
    struct sql_bytes text = sql_bytes_begin(c->call);
    *out = c->item->bytes;
    if (c->item->kind != SQL_JSONB_KIND_NUMBER)
        return true;
    if (!sql_numeric_ops.output(c->call, NULL, sql_jsonb_number(c->item), &text))
        return false;
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(c->call->env->error);
}

/* What the type's input says of the text, an error put aside. */
static bool read_as(const struct conversion *c, const struct sql_type_ops *ops, struct slice text,
                    int32_t typmod, struct datum *out)
{
    struct sql_error aside;
    struct sql_env env = *c->call->env;
    struct sql_call call = *c->call;
    sql_error_begin(&aside, call.arena);
    env.error = &aside;
    call.env = &env;
    return ops->input(&call, NULL, text, typmod, out);
}

/* A number rounded to an integer. */
static bool round_number(struct sql_call *call, const struct sql_jsonb *item, int64_t *out)
{
    struct sql_num number;
    return sql_num_open(call->arena, sql_jsonb_number(item), &number) &&
           sql_num_to_int(call->arena, &number, out);
}

static bool to_integer(const struct conversion *c, bool big, struct sql_jsonb *out)
{
    const char *type = big ? "bigint" : "integer";
    struct datum value = datum_null();
    struct slice text;
    if (!is_text_or_number(c->item))
        return fail_kind(c, "string or numeric");
    bool known = c->item->kind == SQL_JSONB_KIND_NUMBER
                     ? round_number(c->call, c->item, &value.i)
                     : read_as(c, big ? &sql_int8_ops : &sql_int4_ops, c->item->bytes, -1, &value);
    if (!item_text(c, &text))
        return false;
    if (!known || (!big && (value.i < INT32_MIN || value.i > INT32_MAX)))
        return fail_value(c, text, type);
    text = arena_printf(c->call->arena, "%lld", (long long)value.i);
    return text.ptr ? sql_jsonb_number_of(c->call, text, out)
                    : sql_fail_memory(c->call->env->error);
}

static bool to_boolean(const struct conversion *c, struct sql_jsonb *out)
{
    struct datum value;
    struct slice text;
    bool number = c->item->kind == SQL_JSONB_KIND_NUMBER;
    *out = *c->item;
    if (out->kind == SQL_JSONB_KIND_TRUE || out->kind == SQL_JSONB_KIND_FALSE)
        return true;
    if (!is_text_or_number(c->item))
        return fail_kind(c, "boolean, string, or numeric");
    if (!item_text(c, &text))
        return false;
    /* Blanks around a word are no part of it here. */
    bool blank = text.len && (sql_is_blank(text.ptr[0]) || sql_is_blank(text.ptr[text.len - 1]));
    if (blank || !read_as(c, number ? &sql_int4_ops : &sql_bool_ops, text, -1, &value))
        return fail_value(c, text, "boolean");
    *out = (struct sql_jsonb){.kind = value.i ? SQL_JSONB_KIND_TRUE : SQL_JSONB_KIND_FALSE};
    return true;
}

/* ---- numbers */

bool sql_path_method_number(struct sql_call *call, const struct sql_path_node *number, int32_t *out)
{
    struct sql_num num;
    int64_t value;
    if (!sql_num_open(call->arena, number->number, &num) ||
        !sql_num_to_int(call->arena, &num, &value) || value < INT32_MIN || value > INT32_MAX)
        return false;
    *out = (int32_t)value;
    return true;
}

static bool read_bound(const struct conversion *c, const struct sql_path_node *number,
                       const char *what, int32_t *out)
{
    if (!number || sql_path_method_number(c->call, number, out))
        return true;
    *c->soft = true;
    return sql_fail(c->call->env->error, "22036",
                    "%s of jsonpath item method .%s() is out of range for type integer", what,
                    c->name);
}

/* The typmod that precision and scale of .decimal() make; -1: none are given. */
static bool decimal_typmod(const struct conversion *c, const struct sql_path_node *node,
                           int32_t *out)
{
    struct sql_error *error = c->call->env->error;
    int32_t precision = 0, scale = 0;
    *out = -1;
    if (!node->left)
        return true;
    if (!read_bound(c, node->left, "precision", &precision) ||
        !read_bound(c, node->right, "scale", &scale))
        return false;
    if (precision < 1 || precision > SQL_NUM_DECLARED_MAX)
        return sql_fail(error, "22023", "NUMERIC precision %d must be between 1 and %d",
                        (int)precision, SQL_NUM_DECLARED_MAX);
    if (scale < -SQL_NUM_DECLARED_MAX || scale > SQL_NUM_DECLARED_MAX)
        return sql_fail(error, "22023", "NUMERIC scale %d must be between %d and %d", (int)scale,
                        -SQL_NUM_DECLARED_MAX, SQL_NUM_DECLARED_MAX);
    *out = sql_num_typmod(precision, scale);
    return true;
}

static bool to_number(const struct conversion *c, const struct sql_path_node *node,
                      struct sql_jsonb *out)
{
    struct datum value;
    struct sql_num number;
    struct slice text;
    int32_t typmod = -1;
    if (!is_text_or_number(c->item))
        return fail_kind(c, "string or numeric");
    if (!item_text(c, &text))
        return false;
    if (!read_as(c, &sql_numeric_ops, text, -1, &value))
        return fail_value(c, text, "numeric");
    if (!sql_num_open(c->call->arena, value, &number))
        return sql_fail_memory(c->call->env->error);
    if (number.kind != SQL_NUM_FINITE)
        return fail_special(c);
    if (node->method == SQL_PATH_TO_DECIMAL && !decimal_typmod(c, node, &typmod))
        return false;
    if (typmod != -1 && !read_as(c, &sql_numeric_ops, text, typmod, &value))
        return fail_value(c, text, "numeric");
    *out = (struct sql_jsonb){SQL_JSONB_KIND_NUMBER, datum_slice(value)};
    return true;
}

/* ---- strings */

static bool to_string(const struct conversion *c, struct sql_jsonb *out)
{
    struct slice text;
    switch (c->item->kind) {
    case SQL_JSONB_KIND_TRUE: text = slice_str("true"); break;
    case SQL_JSONB_KIND_FALSE: text = slice_str("false"); break;
    case SQL_JSONB_KIND_STRING:
    case SQL_JSONB_KIND_NUMBER:
        if (!item_text(c, &text))
            return false;
        break;
    default: return fail_kind(c, "boolean, string, numeric, or datetime");
    }
    *out = (struct sql_jsonb){SQL_JSONB_KIND_STRING, text};
    return true;
}

bool sql_path_convert(struct sql_call *call, const struct sql_path_node *node,
                      const struct sql_jsonb *item, struct sql_jsonb *out, bool *soft)
{
    const struct conversion c = {call, sql_path_methods[node->method].name, item, soft};
    switch (node->method) {
    case SQL_PATH_TO_BIGINT: return to_integer(&c, true, out);
    case SQL_PATH_TO_INTEGER: return to_integer(&c, false, out);
    case SQL_PATH_TO_BOOLEAN: return to_boolean(&c, out);
    case SQL_PATH_TO_STRING: return to_string(&c, out);
    default: return to_number(&c, node, out);
    }
}
