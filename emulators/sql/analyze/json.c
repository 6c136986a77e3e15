#include "emulators/sql/analyze/json.h"

#include "emulators/sql/analyze/rules.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/bytes.h"

struct sql_expr_special *make_json(struct analysis *a, enum sql_json_op op, uint32_t type,
                                   struct sql_exprs args, int32_t location)
{
    struct sql_expr_special *json =
        (void *)make_expr(a, SQL_EXPR_JSON, sizeof *json, type, location);
    if (!json)
        return NULL;
    json->op = op;
    json->args = args;
    return json;
}

struct sql_expr_special *make_json_of(struct analysis *a, enum sql_json_op op, struct sql_expr *arg)
{
    struct sql_exprs args = {analysis_alloc(a, sizeof(struct sql_expr *)), 1};
    struct sql_expr_special *json =
        args.items ? make_json(a, op, arg->type, args, arg->location) : NULL;
    if (!json)
        return NULL;
    args.items[0] = arg;
    json->expr.typmod = arg->typmod;
    json->expr.collation = arg->collation;
    return json;
}

static bool is_string(struct analysis *a, uint32_t type)
{
    const struct sql_type *found = type_of(a, type);
    return found && found->category == a->rules->string_category;
}

static bool is_json(const struct analysis *a, uint32_t type)
{
    return type == a->known->json || type == a->known->jsonb;
}

/* ---- RETURNING */

static bool check_output_format(struct analysis *a, const struct ast_json_format *format,
                                uint32_t type)
{
    if (!format || !format->encoding.len)
        return true;
    if (type != a->known->bytea)
        return fail_at(a, format->node.location, "0A000",
                       "cannot set JSON encoding for non-bytea output types");
    if (slice_eq_str(format->encoding, "utf8"))
        return true;
    fail_at(a, format->node.location, "0A000", "unsupported JSON encoding");
    return sql_hint(a->env->error, "Only UTF8 JSON encoding is supported.");
}

bool analyze_json_output(struct analysis *a, const struct ast_json_returning *node,
                         const struct sql_exprs *args, struct json_output *out)
{
    *out = (struct json_output){.type = a->known->json, .typmod = -1};
    if (!node) {
        for (uint32_t i = 0; i < args->count; i++)
            out->binary |= args->items[i]->type == a->known->jsonb;
        out->type = out->binary ? a->known->jsonb : a->known->json;
        return true;
    }
    if (!analyze_type(a, node->type, &out->type, &out->typmod))
        return false;
    if (node->type->setof)
        return fail_at(a, -1, "0A000",
                       "returning SETOF types is not supported in SQL/JSON functions");
    const struct sql_type *type = type_of(a, out->type);
    if (type && type->kind == SQL_TYPE_PSEUDO)
        return fail_at(a, -1, "0A000",
                       "returning pseudo-types is not supported in SQL/JSON functions");
    bool jsonb = out->type == a->known->jsonb;
    out->format = jsonb && node->format;
    out->binary = jsonb && !node->format;
    return check_output_format(a, node->format, out->type);
}

struct sql_expr *coerce_to_json_output(struct analysis *a, struct sql_expr *expr,
                                       const struct json_output *output)
{
    struct sql_expr *cast = expr;
    if (expr->type == output->type && output->typmod < 0)
        return expr;
    if (output->type == a->known->bytea && expr->type == a->known->json)
        cast = make_relabel(a, expr, output->type, -1, 0, SQL_FORM_CAST_IMPLICIT, -1);
    else if (!coerce_to_target(a, expr, output->type, output->typmod, COERCE_ASSIGNMENT,
                               SQL_FORM_CAST_IMPLICIT, -1, &cast))
        return NULL;
    if (!cast) {
        fail_at(a, expr->location, "42846", "cannot cast type " SLICE_FMT " to " SLICE_FMT,
                SLICE_ARG(type_text(a, expr->type)), SLICE_ARG(type_text(a, output->type)));
        return NULL;
    }
    struct sql_expr_special *json = make_json_of(a, SQL_JSON_OP_RETURNING, cast);
    return json ? &json->expr : NULL;
}

/* ---- values */

static struct sql_expr *decode_bytes(struct analysis *a, struct sql_expr *bytes,
                                     const struct ast_json_format *format)
{
    if (format && format->encoding.len && !slice_eq_str(format->encoding, "utf8")) {
        fail_at(a, format->node.location, "22023", "invalid source encoding name \"%s\"",
                slice_eq_str(format->encoding, "utf16") ? "UTF16" : "UTF32");
        return NULL;
    }
    struct sql_expr_special *text = make_json_of(a, SQL_JSON_OP_DECODE, bytes);
    if (!text)
        return NULL;
    text->expr.type = a->known->text;
    text->expr.collation = type_of(a, a->known->text)->collation;
    return &text->expr;
}

static bool fail_encoding(struct analysis *a, const struct ast_json_format *format,
                          const char *message)
{
    return fail_at(a, format->node.location, "42804", "%s", message);
}

/* An expression with a type. */
static struct sql_expr *analyze_raw(struct analysis *a, const struct ast_node *node)
{
    struct sql_expr *raw = analyze_here(a, node);
    if (raw && raw->type == a->known->unknown)
        raw = coerce_type(a, raw, a->known->text, -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
    return raw;
}

struct sql_expr *json_text_argument(struct analysis *a, const struct ast_node *node,
                                    const struct ast_json_format *format)
{
    struct sql_expr *raw = analyze_raw(a, node);
    if (!raw || raw->type == a->known->text)
        return raw;
    if (raw->type == a->known->bytea)
        return decode_bytes(a, raw, format);
    if (is_string(a, base_type(a, raw->type)))
        return coerce_type(a, raw, a->known->text, -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
    return raw;
}

static bool check_value_format(struct analysis *a, const struct ast_json_value *node,
                               const struct sql_expr *raw, bool cast)
{
    const struct ast_json_format *format = node->format;
    if (format && format->encoding.len && raw->type != a->known->bytea)
        return fail_encoding(a, format,
                             "JSON ENCODING clause is only allowed for bytea input type");
    if (cast || is_json(a, raw->type) || raw->type == a->known->bytea ||
        is_string(a, base_type(a, raw->type)))
        return true;
    return fail_at(a, format ? format->node.location : expr_location(raw), "42804",
                   "cannot use non-string types with %s FORMAT JSON clause",
                   format ? "explicit" : "implicit");
}

/* The raw value made json, as if it had been written so. */
static struct sql_expr *formatted(struct analysis *a, const struct ast_json_value *node,
                                  struct sql_expr *raw, uint32_t type)
{
    struct sql_expr *value = raw, *cast;
    const struct ast_json_format *format = node->format;
    /* Where jsonb is wanted, bytes are text only when that is said. */
    bool bytes = raw->type == a->known->bytea && (format || type != a->known->jsonb);
    if (bytes && !(value = decode_bytes(a, raw, format)))
        return NULL;
    if (!coerce_to_target(a, value, type, -1, COERCE_EXPLICIT, SQL_FORM_CAST_IMPLICIT, -1, &cast))
        return NULL;
    if (!cast) {
        fail_at(a, expr_location(raw), "42846", "cannot cast type " SLICE_FMT " to " SLICE_FMT,
                SLICE_ARG(type_text(a, raw->type)), SLICE_ARG(type_text(a, type)));
        return NULL;
    }
    struct sql_expr_special *json = make_json_of(a, SQL_JSON_OP_FORMATTED, cast);
    if (!json)
        return NULL;
    json->options = format && !is_json(a, raw->type) ? SQL_JSON_OPTION_FORMAT : 0;
    json->name = format ? format->encoding : (struct slice){0};
    return &json->expr;
}

struct sql_expr *analyze_json_value(struct analysis *a, const struct ast_json_value *node,
                                    enum json_wanted wanted)
{
    bool cast = wanted == JSON_WANTED_JSON || wanted == JSON_WANTED_JSONB;
    uint32_t type = wanted == JSON_WANTED_JSONB ? a->known->jsonb : a->known->json;
    struct sql_expr *raw = analyze_raw(a, node->arg);
    if (!raw)
        return NULL;
    bool format = node->format || wanted != JSON_WANTED_ANY;
    if (format && !check_value_format(a, node, raw, cast))
        return NULL;
    if (!format || (cast ? raw->type == type : is_json(a, raw->type)))
        return raw;
    return formatted(a, node, raw, type);
}
