#include "emulators/postgres/analyze/column_name.h"

/* A name, and how good it is: 2 is certain, 1 is a type's that a better one may replace. */
struct found_name {
    struct slice name;
    int strength;
};

static struct found_name find_name(const struct ast_node *node);

static struct found_name certain(struct slice name)
{
    return (struct found_name){name, 2};
}

static struct found_name literal(const char *name)
{
    return certain(slice_str(name));
}

static struct slice last_name(const struct ast_list *fields)
{
    for (uint32_t i = fields->count; i > 0; i--)
        if (fields->items[i - 1]->kind == AST_NAME)
            return ((const struct ast_name *)fields->items[i - 1])->names.items[0];
    return (struct slice){0};
}

static struct found_name of_indirection(const struct ast_indirection *node)
{
    struct slice name = last_name(&node->steps);
    return name.ptr ? certain(name) : find_name(node->arg);
}

static struct found_name of_cast(const struct ast_type_cast *cast)
{
    struct found_name inner = find_name(cast->arg);
    if (inner.strength > 1)
        return inner;
    const struct ast_names *names = &cast->type->names;
    return (struct found_name){names->items[names->count - 1], 1};
}

static struct found_name of_case(const struct ast_case *node)
{
    struct found_name inner =
        node->otherwise ? find_name(node->otherwise) : (struct found_name){{0}, 0};
    return inner.strength > 1 ? inner : (struct found_name){(struct slice)SLICE_LITERAL("case"), 1};
}

static struct found_name of_sublink(const struct ast_sublink *link)
{
    switch (link->type) {
    case AST_SUBLINK_EXISTS: return literal("exists");
    case AST_SUBLINK_ARRAY: return literal("array");
    case AST_SUBLINK_EXPR: break;
    default: return (struct found_name){{0}, 0};
    }
    const struct ast_select *select = (const struct ast_select *)link->query;
    while (select->operation != AST_SET_NONE)
        select = select->left;
    if (select->values_lists.count)
        return literal("column1");
    if (select->targets.count != 1)
        return (struct found_name){{0}, 0};
    const struct ast_target *target = (const struct ast_target *)select->targets.items[0];
    return target->name.ptr ? certain(target->name) : find_name(target->value);
}

static struct found_name of_value_function(const struct ast_value_function *node)
{
    static const char *const names[] = {
        [AST_VALUE_CURRENT_DATE] = "current_date",
        [AST_VALUE_CURRENT_TIME] = "current_time",
        [AST_VALUE_CURRENT_TIMESTAMP] = "current_timestamp",
        [AST_VALUE_LOCALTIME] = "localtime",
        [AST_VALUE_LOCALTIMESTAMP] = "localtimestamp",
        [AST_VALUE_CURRENT_ROLE] = "current_role",
        [AST_VALUE_CURRENT_USER] = "current_user",
        [AST_VALUE_USER] = "user",
        [AST_VALUE_SESSION_USER] = "session_user",
        [AST_VALUE_CURRENT_CATALOG] = "current_catalog",
        [AST_VALUE_CURRENT_SCHEMA] = "current_schema",
        [AST_VALUE_SYSTEM_USER] = "system_user",
        [AST_VALUE_MERGE_ACTION] = "merge_action",
    };
    return literal(names[node->type]);
}

static struct found_name of_xml(const struct ast_xml_expr *node)
{
    static const char *const names[] = {
        [AST_XML_CONCAT] = "xmlconcat", [AST_XML_ELEMENT] = "xmlelement",
        [AST_XML_FOREST] = "xmlforest", [AST_XML_PARSE] = "xmlparse",
        [AST_XML_PI] = "xmlpi",         [AST_XML_ROOT] = "xmlroot",
    };
    return node->type == AST_XML_IS_DOCUMENT ? (struct found_name){{0}, 0}
                                             : literal(names[node->type]);
}

static struct found_name of_json_query(const struct ast_json_query *node)
{
    static const char *const names[] = {[AST_JSON_QUERY_EXISTS] = "json_exists",
                                        [AST_JSON_QUERY_VALUE] = "json_value",
                                        [AST_JSON_QUERY_QUERY] = "json_query"};
    return literal(names[node->type]);
}

static struct found_name of_json(const struct ast_json_constructor *node)
{
    static const char *const names[] = {
        [AST_JSON_OBJECT] = "json_object",     [AST_JSON_ARRAY] = "json_array",
        [AST_JSON_ARRAY_QUERY] = "json_array", [AST_JSON_PARSE] = "json",
        [AST_JSON_SCALAR] = "json_scalar",     [AST_JSON_SERIALIZE] = "json_serialize",
    };
    return literal(names[node->type]);
}

static struct found_name find_name(const struct ast_node *node)
{
    switch (node->kind) {
    case AST_COLUMN_REF: {
        struct slice name = last_name(&((const struct ast_column_ref *)node)->fields);
        return name.ptr ? certain(name) : (struct found_name){{0}, 0};
    }
    case AST_INDIRECTION: return of_indirection((const struct ast_indirection *)node);
    case AST_FUNC_CALL: {
        const struct ast_names *name = &((const struct ast_func_call *)node)->name;
        return certain(name->items[name->count - 1]);
    }
    case AST_OPERATOR:
        return ((const struct ast_operator *)node)->type == AST_OP_NULLIF
                   ? literal("nullif")
                   : (struct found_name){{0}, 0};
    case AST_TYPE_CAST: return of_cast((const struct ast_type_cast *)node);
    case AST_COLLATE: return find_name(((const struct ast_collate *)node)->arg);
    case AST_GROUPING_CALL: return literal("grouping");
    case AST_SUBLINK: return of_sublink((const struct ast_sublink *)node);
    case AST_CASE: return of_case((const struct ast_case *)node);
    case AST_ARRAY: return literal("array");
    case AST_ROW: return literal("row");
    case AST_COALESCE: return literal("coalesce");
    case AST_MIN_MAX:
        return literal(((const struct ast_min_max *)node)->least ? "least" : "greatest");
    case AST_VALUE_FUNCTION: return of_value_function((const struct ast_value_function *)node);
    case AST_XML_EXPR: return of_xml((const struct ast_xml_expr *)node);
    case AST_XML_SERIALIZE: return literal("xmlserialize");
    case AST_JSON_QUERY: return of_json_query((const struct ast_json_query *)node);
    case AST_JSON_CONSTRUCTOR: return of_json((const struct ast_json_constructor *)node);
    case AST_JSON_AGGREGATE:
        return literal(((const struct ast_json_aggregate *)node)->array ? "json_arrayagg"
                                                                        : "json_objectagg");
    default: return (struct found_name){{0}, 0};
    }
}

struct slice pg_column_name(const struct ast_node *expr)
{
    struct found_name found = find_name(expr);
    return found.strength ? found.name : slice_str("?column?");
}
