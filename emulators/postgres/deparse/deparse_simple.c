/* Which expressions need no parentheses below which parents when printing is "pretty". */
#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/session.h"

/* What an expression looks like to a reader. */
enum look {
    LOOK_ATOM,     /* names, literals, calls: never in parentheses */
    LOOK_CAST,     /* as its argument */
    LOOK_POSTFIX,  /* subscripts, fields, COLLATE */
    LOOK_OPERATOR, /* a sign between two */
    LOOK_BOOL,
    LOOK_TEST, /* IS ..., ANY (...), IS DISTINCT FROM */
    LOOK_SUBLINK,
};

static enum look look_of(const struct sql_expr *expr)
{
    switch (expr->kind) {
    case SQL_EXPR_FUNCTION: {
        const struct sql_expr_call *call = (const struct sql_expr_call *)expr;
        if (call->form == SQL_FORM_CAST_EXPLICIT || call->form == SQL_FORM_CAST_IMPLICIT)
            return LOOK_CAST;
        return call->op && call->form == SQL_FORM_OPERATOR ? LOOK_OPERATOR : LOOK_ATOM;
    }
    case SQL_EXPR_RELABEL:
    case SQL_EXPR_CONVERT_IO:
    case SQL_EXPR_CONVERT_ARRAY:
    case SQL_EXPR_CONVERT_ROW:
    case SQL_EXPR_TO_DOMAIN: return LOOK_CAST;
    case SQL_EXPR_SUBSCRIPT:
    case SQL_EXPR_FIELD:
    case SQL_EXPR_FIELD_STORE: return LOOK_POSTFIX;
    case SQL_EXPR_BOOL: return LOOK_BOOL;
    case SQL_EXPR_SUBLINK: return LOOK_SUBLINK;
    case SQL_EXPR_NULL_TEST:
    case SQL_EXPR_BOOL_TEST:
    case SQL_EXPR_DISTINCT:
    case SQL_EXPR_SCALAR_ARRAY:
    case SQL_EXPR_COLLATE: return LOOK_TEST;
    default: return LOOK_ATOM;
    }
}

static const struct sql_expr *cast_argument(const struct sql_expr *expr)
{
    if (expr->kind == SQL_EXPR_FUNCTION)
        return ((const struct sql_expr_call *)expr)->args.items[0];
    if (expr->kind == SQL_EXPR_CONVERT_ARRAY)
        return ((const struct sql_expr_convert_array *)expr)->arg;
    return ((const struct sql_expr_convert *)expr)->arg;
}

/* A plain call as parent: its arguments stand between commas. */
static bool is_listing(const struct sql_expr *parent)
{
    switch (parent->kind) {
    case SQL_EXPR_FUNCTION: return look_of(parent) == LOOK_ATOM;
    case SQL_EXPR_SUBSCRIPT:
    case SQL_EXPR_ARRAY:
    case SQL_EXPR_ROW:
    case SQL_EXPR_COALESCE:
    case SQL_EXPR_MIN_MAX:
    case SQL_EXPR_NULLIF:
    case SQL_EXPR_AGGREGATE:
    case SQL_EXPR_GROUPING:
    case SQL_EXPR_WINDOW:
    case SQL_EXPR_CASE:
    case SQL_EXPR_JSON_QUERY:
    case SQL_EXPR_XML: return true;
    default: return false;
    }
}

static struct slice operator_sign(const struct pg_deparse *d, const struct sql_expr *expr)
{
    const struct sql_expr_call *call = (const struct sql_expr_call *)expr;
    const struct sql_operator *op =
        call->args.count == 2 ? sql_find_operator_id(d->env->session, call->op) : NULL;
    return op ? op->object.name : slice_of(NULL, 0);
}

/* Of + - * / %, which binds more tightly; below 0: the sign is none of them. */
static int arithmetic_rank(struct slice sign)
{
    if (sign.len != 1)
        return -1;
    switch (sign.ptr[0]) {
    case '+':
    case '-': return 0;
    case '*':
    case '/':
    case '%': return 1;
    default: return -1;
    }
}

/* Both are arithmetic: does the child bind at least as tightly, on the side where it stands? */
static bool arithmetic_is_simple(const struct pg_deparse *d, const struct sql_expr *child,
                                 const struct sql_expr *parent)
{
    int inner = arithmetic_rank(operator_sign(d, child));
    int outer = arithmetic_rank(operator_sign(d, parent));
    if (inner < 0 || outer < 0)
        return false;
    if (inner != outer)
        return inner > outer;
    return ((const struct sql_expr_call *)parent)->args.items[0] == child;
}

static bool operator_is_simple(const struct pg_deparse *d, const struct sql_expr *expr,
                               const struct sql_expr *parent)
{
    if (look_of(parent) == LOOK_OPERATOR)
        return arithmetic_is_simple(d, expr, parent);
    return look_of(parent) == LOOK_BOOL || is_listing(parent);
}

static bool bool_is_simple(const struct sql_expr *expr, const struct sql_expr *parent)
{
    if (parent->kind != SQL_EXPR_BOOL)
        return is_listing(parent);
    enum sql_bool_op inner = ((const struct sql_expr_bool *)expr)->op;
    enum sql_bool_op outer = ((const struct sql_expr_bool *)parent)->op;
    return outer == SQL_OR || (outer == SQL_AND && inner != SQL_OR);
}

bool pg_expr_is_simple(const struct pg_deparse *d, const struct sql_expr *expr,
                       const struct sql_expr *parent)
{
    switch (look_of(expr)) {
    case LOOK_ATOM:
    case LOOK_SUBLINK: return true;
    case LOOK_CAST: return pg_expr_is_simple(d, cast_argument(expr), expr);
    case LOOK_POSTFIX: return parent->kind != SQL_EXPR_FIELD || expr->kind != SQL_EXPR_FIELD;
    case LOOK_OPERATOR: return operator_is_simple(d, expr, parent);
    case LOOK_BOOL: return bool_is_simple(expr, parent);
    case LOOK_TEST: return look_of(parent) == LOOK_BOOL || is_listing(parent);
    }
    return false;
}
