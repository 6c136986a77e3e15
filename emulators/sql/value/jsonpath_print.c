#include "common/fiber.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/json_text.h"
#include "emulators/sql/value/jsonpath.h"
#include "emulators/sql/value/numeric.h"

enum { STACK_NEEDED = 8 * 1024 };

static bool print(struct sql_call *call, const struct sql_path_node *node, bool in_key,
                  bool brackets, struct sql_bytes *out);

/* How tightly a kind binds; the larger, the tighter. */
static int rank(enum sql_path_kind kind)
{
    switch (kind) {
    case SQL_PATH_OR: return 0;
    case SQL_PATH_AND: return 1;
    case SQL_PATH_EQUAL:
    case SQL_PATH_NOT_EQUAL:
    case SQL_PATH_LESS:
    case SQL_PATH_GREATER:
    case SQL_PATH_LESS_EQUAL:
    case SQL_PATH_GREATER_EQUAL:
    case SQL_PATH_STARTS_WITH: return 2;
    case SQL_PATH_ADD:
    case SQL_PATH_SUBTRACT: return 3;
    case SQL_PATH_MULTIPLY:
    case SQL_PATH_DIVIDE:
    case SQL_PATH_MODULO: return 4;
    case SQL_PATH_PLUS:
    case SQL_PATH_MINUS: return 5;
    default: return 6;
    }
}

static const char *sign_of(enum sql_path_kind kind)
{
    static const char *const signs[] = {
        [SQL_PATH_ADD] = "+",
        [SQL_PATH_SUBTRACT] = "-",
        [SQL_PATH_MULTIPLY] = "*",
        [SQL_PATH_DIVIDE] = "/",
        [SQL_PATH_MODULO] = "%",
        [SQL_PATH_PLUS] = "+",
        [SQL_PATH_MINUS] = "-",
        [SQL_PATH_AND] = "&&",
        [SQL_PATH_OR] = "||",
        [SQL_PATH_EQUAL] = "==",
        [SQL_PATH_NOT_EQUAL] = "!=",
        [SQL_PATH_LESS] = "<",
        [SQL_PATH_GREATER] = ">",
        [SQL_PATH_LESS_EQUAL] = "<=",
        [SQL_PATH_GREATER_EQUAL] = ">=",
        [SQL_PATH_STARTS_WITH] = "starts with",
    };
    return signs[kind];
}

static bool print_binary(struct sql_call *call, const struct sql_path_node *node, bool brackets,
                         struct sql_bytes *out)
{
    sql_bytes_add_str(out, brackets ? "(" : "");
    if (!print(call, node->left, false, rank(node->left->kind) <= rank(node->kind), out))
        return false;
    sql_bytes_printf(out, " %s ", sign_of(node->kind));
    if (!print(call, node->right, false, rank(node->right->kind) <= rank(node->kind), out))
        return false;
    sql_bytes_add_str(out, brackets ? ")" : "");
    return true;
}

static bool print_around(struct sql_call *call, const char *before,
                         const struct sql_path_node *inner, const char *after,
                         struct sql_bytes *out)
{
    sql_bytes_add_str(out, before);
    if (!print(call, inner, false, false, out))
        return false;
    sql_bytes_add_str(out, after);
    return true;
}

static void print_level(uint32_t level, struct sql_bytes *out)
{
    if (level == SQL_PATH_LEVEL_LAST)
        sql_bytes_add_str(out, "last");
    else
        sql_bytes_printf(out, "%u", level);
}

static void print_any(const struct sql_path_node *node, bool in_key, struct sql_bytes *out)
{
    sql_bytes_add_str(out, in_key ? "." : "");
    sql_bytes_add_str(out, "**");
    if (node->first == 0 && node->last == SQL_PATH_LEVEL_LAST)
        return;
    sql_bytes_add_char(out, '{');
    print_level(node->first, out);
    if (node->first != node->last) {
        sql_bytes_add_str(out, " to ");
        print_level(node->last, out);
    }
    sql_bytes_add_char(out, '}');
}

static bool print_indexes(struct sql_call *call, const struct sql_path_node *node,
                          struct sql_bytes *out)
{
    sql_bytes_add_char(out, '[');
    for (uint32_t i = 0; i < node->range_count; i++) {
        sql_bytes_add_str(out, i ? "," : "");
        if (!print(call, node->ranges[i].from, false, false, out))
            return false;
        if (node->ranges[i].to && !print_around(call, " to ", node->ranges[i].to, "", out))
            return false;
    }
    sql_bytes_add_char(out, ']');
    return true;
}

static bool print_like_regex(struct sql_call *call, const struct sql_path_node *node, bool brackets,
                             struct sql_bytes *out)
{
    sql_bytes_add_str(out, brackets ? "(" : "");
    if (!print(call, node->left, false, rank(node->left->kind) <= rank(node->kind), out))
        return false;
    sql_bytes_add_str(out, " like_regex ");
    sql_json_escape(out, node->text);
    if (node->flags.len) {
        sql_bytes_add_str(out, " flag \"");
        for (const char *flag = "ismq"; *flag; flag++)
            if (memchr(node->flags.ptr, *flag, node->flags.len))
                sql_bytes_add_char(out, *flag);
        sql_bytes_add_char(out, '"');
    }
    sql_bytes_add_str(out, brackets ? ")" : "");
    return true;
}

static bool print_number(struct sql_call *call, const struct sql_path_node *node,
                         struct sql_bytes *out)
{
    sql_bytes_add_str(out, node->next ? "(" : "");
    if (!sql_numeric_ops.output(call, NULL, node->number, out))
        return false;
    sql_bytes_add_str(out, node->next ? ")" : "");
    return true;
}

static bool print_unary(struct sql_call *call, const struct sql_path_node *node, bool brackets,
                        struct sql_bytes *out)
{
    sql_bytes_add_str(out, brackets ? "(" : "");
    sql_bytes_add_str(out, sign_of(node->kind));
    if (!print(call, node->left, false, rank(node->left->kind) <= rank(node->kind), out))
        return false;
    sql_bytes_add_str(out, brackets ? ")" : "");
    return true;
}

static bool print_method(struct sql_call *call, const struct sql_path_node *node,
                         struct sql_bytes *out)
{
    sql_bytes_printf(out, ".%s(", sql_path_methods[node->method].name);
    if (node->left && !print_number(call, node->left, out))
        return false;
    sql_bytes_add_str(out, node->right ? "," : "");
    if (node->right && !print_number(call, node->right, out))
        return false;
    sql_bytes_add_char(out, ')');
    return true;
}

static bool print_itself(struct sql_call *call, const struct sql_path_node *node, bool in_key,
                         bool brackets, struct sql_bytes *out)
{
    static const char *const words[] = {
        [SQL_PATH_NULL] = "null",     [SQL_PATH_FALSE] = "false", [SQL_PATH_TRUE] = "true",
        [SQL_PATH_ROOT] = "$",        [SQL_PATH_CURRENT] = "@",   [SQL_PATH_LAST] = "last",
        [SQL_PATH_ANY_ARRAY] = "[*]",
    };
    switch (node->kind) {
    case SQL_PATH_STRING: sql_json_escape(out, node->text); return true;
    case SQL_PATH_NUMBER: return print_number(call, node, out);
    case SQL_PATH_VARIABLE:
        sql_bytes_add_char(out, '$');
        sql_json_escape(out, node->text);
        return true;
    case SQL_PATH_KEY:
        sql_bytes_add_str(out, in_key ? "." : "");
        sql_json_escape(out, node->text);
        return true;
    case SQL_PATH_ANY_KEY: sql_bytes_add_str(out, in_key ? ".*" : "*"); return true;
    case SQL_PATH_ANY: print_any(node, in_key, out); return true;
    case SQL_PATH_INDEXES: return print_indexes(call, node, out);
    case SQL_PATH_FILTER: return print_around(call, "?(", node->left, ")", out);
    case SQL_PATH_METHOD: return print_method(call, node, out);
    case SQL_PATH_DATETIME:
        sql_bytes_add_str(out, ".datetime(");
        if (node->text.ptr)
            sql_json_escape(out, node->text);
        sql_bytes_add_char(out, ')');
        return true;
    case SQL_PATH_PLUS:
    case SQL_PATH_MINUS: return print_unary(call, node, brackets, out);
    case SQL_PATH_NOT: return print_around(call, "!(", node->left, ")", out);
    case SQL_PATH_IS_UNKNOWN: return print_around(call, "(", node->left, ") is unknown", out);
    case SQL_PATH_EXISTS: return print_around(call, "exists (", node->left, ")", out);
    case SQL_PATH_LIKE_REGEX: return print_like_regex(call, node, brackets, out);
    case SQL_PATH_NULL:
    case SQL_PATH_FALSE:
    case SQL_PATH_TRUE:
    case SQL_PATH_ROOT:
    case SQL_PATH_CURRENT:
    case SQL_PATH_LAST:
    case SQL_PATH_ANY_ARRAY: sql_bytes_add_str(out, words[node->kind]); return true;
    default: return print_binary(call, node, brackets, out);
    }
}

static bool print(struct sql_call *call, const struct sql_path_node *node, bool in_key,
                  bool brackets, struct sql_bytes *out)
{
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(call->env->error, "54001", "stack depth limit exceeded");
    bool first = true;
    for (; node; node = node->next, first = false)
        if (!print_itself(call, node, first ? in_key : true, first && (brackets || node->next),
                          out))
            return false;
    return true;
}

bool sql_path_print(struct sql_call *call, const struct sql_path *path, struct sql_bytes *out)
{
    sql_bytes_add_str(out, path->strict ? "strict " : "");
    return print(call, path->top, false, true, out);
}
