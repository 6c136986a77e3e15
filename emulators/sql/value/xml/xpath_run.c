/* Expressions of XPath (section 3). */
#include "emulators/sql/value/xml/xpath_run.h"

#include <math.h>

#include "common/fiber.h"

enum { STACK_NEEDED = 8 * 1024 };

static bool give_boolean(struct sql_xpath_value *out, bool value)
{
    *out = (struct sql_xpath_value){.kind = SQL_XPATH_BOOLEAN, .boolean = value};
    return true;
}

static bool give_number(struct sql_xpath_value *out, double value)
{
    *out = (struct sql_xpath_value){.kind = SQL_XPATH_NUMBER, .number = value};
    return true;
}

static bool eval_logic(struct sql_xpath_context *x, const struct sql_xpath *expr,
                       const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    if (!xpath_eval(x, expr->args[0], focus, out))
        return false;
    bool value = xpath_to_boolean(out);
    if (value != (expr->op == XPATH_OR)) {
        if (!xpath_eval(x, expr->args[1], focus, out))
            return false;
        value = xpath_to_boolean(out);
    }
    return give_boolean(out, value);
}

static bool eval_comparison(struct sql_xpath_context *x, const struct sql_xpath *expr,
                            const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    struct sql_xpath_value left, right;
    bool result;
    return xpath_eval(x, expr->args[0], focus, &left) &&
           xpath_eval(x, expr->args[1], focus, &right) &&
           xpath_compare(x, expr->op, &left, &right, &result) && give_boolean(out, result);
}

static double arithmetic(enum xpath_op op, double a, double b)
{
    switch (op) {
    case XPATH_ADD: return a + b;
    case XPATH_SUBTRACT: return a - b;
    case XPATH_MULTIPLY: return a * b;
    case XPATH_DIVIDE: return a / b;
    default: return fmod(a, b);
    }
}

static bool eval_arithmetic(struct sql_xpath_context *x, const struct sql_xpath *expr,
                            const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    double number[2] = {0, 0};
    for (uint32_t i = 0; i < expr->arg_count; i++)
        if (!xpath_eval(x, expr->args[i], focus, out) || !xpath_to_number(x, out, &number[i]))
            return false;
    return give_number(out, expr->op == XPATH_NEGATE ? -number[0]
                                                     : arithmetic(expr->op, number[0], number[1]));
}

/* The nodes that the expression gives, into the set. */
static bool add_nodes(struct sql_xpath_context *x, const struct sql_xpath *expr,
                      const struct xpath_focus *focus, struct xpath_set *set)
{
    struct sql_xpath_value value;
    if (!xpath_eval(x, expr, focus, &value))
        return false;
    if (value.kind != SQL_XPATH_NODES)
        return xpath_fail(x, "Invalid type");
    for (uint32_t i = 0; i < value.count; i++)
        if (!xpath_set_add(x, set, value.nodes[i]))
            return false;
    return true;
}

static bool eval_union(struct sql_xpath_context *x, const struct sql_xpath *expr,
                       const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    struct xpath_set set = {0};
    for (uint32_t i = 0; i < expr->arg_count; i++)
        if (!add_nodes(x, expr->args[i], focus, &set))
            return false;
    xpath_set_order(&set);
    xpath_give_set(&set, out);
    return true;
}

static bool eval_path(struct sql_xpath_context *x, const struct sql_xpath *expr,
                      const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    struct xpath_set set = {0};
    if (expr->arg_count) {
        if (!add_nodes(x, expr->args[0], focus, &set))
            return false;
    } else {
        const struct sql_xml_node *start = focus->node;
        while (expr->absolute && start->parent)
            start = start->parent;
        if (!xpath_set_add(x, &set, start))
            return false;
    }
    if (!xpath_walk(x, expr->steps, &set))
        return false;
    xpath_give_set(&set, out);
    return true;
}

static bool eval_literal(struct sql_xpath_context *x, const struct sql_xpath *expr,
                         const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    (void)x, (void)focus;
    *out = (struct sql_xpath_value){.kind = SQL_XPATH_STRING, .string = expr->text};
    return true;
}

static bool eval_number(struct sql_xpath_context *x, const struct sql_xpath *expr,
                        const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    (void)x, (void)focus;
    return give_number(out, expr->number);
}

static bool eval_variable(struct sql_xpath_context *x, const struct sql_xpath *expr,
                          const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    (void)expr, (void)focus, (void)out;
    return xpath_fail(x, "Undefined variable");
}

static bool (*const evaluators[])(struct sql_xpath_context *x, const struct sql_xpath *expr,
                                  const struct xpath_focus *focus, struct sql_xpath_value *out) = {
    [XPATH_OR] = eval_logic,
    [XPATH_AND] = eval_logic,
    [XPATH_EQ] = eval_comparison,
    [XPATH_NE] = eval_comparison,
    [XPATH_LT] = eval_comparison,
    [XPATH_LE] = eval_comparison,
    [XPATH_GT] = eval_comparison,
    [XPATH_GE] = eval_comparison,
    [XPATH_ADD] = eval_arithmetic,
    [XPATH_SUBTRACT] = eval_arithmetic,
    [XPATH_MULTIPLY] = eval_arithmetic,
    [XPATH_DIVIDE] = eval_arithmetic,
    [XPATH_MODULO] = eval_arithmetic,
    [XPATH_NEGATE] = eval_arithmetic,
    [XPATH_UNION] = eval_union,
    [XPATH_NUMBER] = eval_number,
    [XPATH_LITERAL] = eval_literal,
    [XPATH_VARIABLE] = eval_variable,
    [XPATH_CALL] = xpath_call,
    [XPATH_PATH] = eval_path,
};

bool xpath_eval(struct sql_xpath_context *x, const struct sql_xpath *expr,
                const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    if (fiber_stack_left() < STACK_NEEDED)
        return xpath_fail(x, "Recursion limit exceeded");
    return evaluators[expr->op](x, expr, focus, out);
}

bool sql_xpath_run(struct sql_xpath_context *context, const struct sql_xpath *path,
                   struct sql_xpath_value *out)
{
    struct xpath_focus focus = {context->node, 1, 1};
    context->problem = NULL;
    return xpath_eval(context, path, &focus, out);
}
