#include "emulators/sql/syntax/ast_expr.h"

const char *ast_kind_name(enum ast_kind kind)
{
    static const char *const names[] = {
#define KIND_NAME(id, name) [AST_##id] = #name,
        AST_KINDS(KIND_NAME)
#undef KIND_NAME
    };
    return names[kind];
}

static const struct ast_node *first_of(const struct ast_list *list)
{
    return list->count ? list->items[0] : NULL;
}

/* The part of an expression that stands before its own place, NULL: none can. */
static const struct ast_node *leftmost_child(const struct ast_node *node)
{
    switch (node->kind) {
    case AST_OPERATOR: return AST_AS(operator, node)->left;
    case AST_BOOL_EXPR: return first_of(&AST_AS(bool_expr, node)->args);
    case AST_NULL_TEST: return AST_AS(null_test, node)->arg;
    case AST_BOOLEAN_TEST: return AST_AS(boolean_test, node)->arg;
    case AST_TYPE_CAST: return AST_AS(type_cast, node)->arg;
    case AST_COLLATE: return AST_AS(collate, node)->arg;
    case AST_FUNC_CALL: return first_of(&AST_AS(func_call, node)->args);
    case AST_INDIRECTION: return AST_AS(indirection, node)->arg;
    case AST_SUBLINK: return AST_AS(sublink, node)->test;
    case AST_XML_EXPR: return first_of(&AST_AS(xml_expr, node)->args);
    case AST_JSON_PREDICATE: return AST_AS(json_predicate, node)->arg;
    case AST_LIST: return first_of(&AST_AS(list_node, node)->list);
    default: return NULL;
    }
}

int32_t ast_location(const struct ast_node *node)
{
    int32_t least = -1;
    for (; node; node = leftmost_child(node))
        if (node->location >= 0 && (least < 0 || node->location < least))
            least = node->location;
    return least;
}
