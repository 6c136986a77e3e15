#include "emulators/postgres/syntax/parser.h"

/* Words that begin a type besides names. */
static bool starts_type(const struct pg_token *token)
{
    switch (token->kind) {
    case PG_KW_BIGINT:
    case PG_KW_BIT:
    case PG_KW_BOOLEAN:
    case PG_KW_CHAR:
    case PG_KW_CHARACTER:
    case PG_KW_DEC:
    case PG_KW_DECIMAL:
    case PG_KW_FLOAT:
    case PG_KW_INT:
    case PG_KW_INTEGER:
    case PG_KW_INTERVAL:
    case PG_KW_NATIONAL:
    case PG_KW_NCHAR:
    case PG_KW_NUMERIC:
    case PG_KW_REAL:
    case PG_KW_SETOF:
    case PG_KW_SMALLINT:
    case PG_KW_TIME:
    case PG_KW_TIMESTAMP:
    case PG_KW_VARCHAR: return true;
    default: return pg_is_type_function_name(token);
    }
}

/* arg_class. */
static enum ast_parameter_mode parse_mode(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_VARIADIC))
        return AST_PARAMETER_VARIADIC;
    if (pg_accept(p, PG_KW_OUT))
        return AST_PARAMETER_OUT;
    if (pg_accept(p, PG_KW_INOUT))
        return AST_PARAMETER_INOUT;
    if (!pg_accept(p, PG_KW_IN))
        return AST_PARAMETER_DEFAULT;
    return pg_accept(p, PG_KW_OUT) ? AST_PARAMETER_INOUT : AST_PARAMETER_IN;
}

static bool is_mode(uint16_t kind)
{
    return kind == PG_KW_IN || kind == PG_KW_OUT || kind == PG_KW_INOUT || kind == PG_KW_VARIADIC;
}

/* func_arg: mode and name in either order, both optional. */
static struct ast_func_parameter *parse_parameter(struct pg_parser *p)
{
    struct ast_func_parameter *parameter = PG_NEW(p, FUNC_PARAMETER, func_parameter, pg_here(p));
    parameter->mode = parse_mode(p);
    bool no_mode = parameter->mode == AST_PARAMETER_DEFAULT;
    const struct pg_token *next = pg_token_ahead(p, 1);
    bool named = starts_type(next) || (no_mode && is_mode(next->kind));
    if (named && pg_is_type_function_name(pg_token(p))) {
        parameter->name = pg_parse_type_function_name(p);
        if (no_mode)
            parameter->mode = parse_mode(p);
    }
    parameter->type = pg_parse_func_type(p);
    return parameter;
}

static struct ast_list parse_parameter_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, &parse_parameter(p)->node);
    while (pg_accept(p, ','));
    return list;
}

/* func_args_with_defaults. */
static struct ast_list parse_parameters_with_defaults(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    if (pg_accept(p, ')'))
        return list;
    do {
        struct ast_func_parameter *parameter = parse_parameter(p);
        if (pg_accept(p, PG_KW_DEFAULT) || pg_accept(p, '='))
            parameter->default_value = pg_parse_a_expr(p);
        pg_list_add(p, &list, &parameter->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

/* Types of the parameters that a call gives. */
static struct ast_list input_types(struct pg_parser *p, const struct ast_list *parameters)
{
    struct ast_list types = {0};
    for (uint32_t i = 0; i < parameters->count; i++) {
        struct ast_func_parameter *parameter = AST_AS(func_parameter, parameters->items[i]);
        if (parameter->mode != AST_PARAMETER_OUT && parameter->mode != AST_PARAMETER_TABLE)
            pg_list_add(p, &types, &parameter->type->node);
    }
    return types;
}

struct ast_func_ref *pg_parse_func_ref(struct pg_parser *p)
{
    struct ast_func_ref *ref = PG_NEW(p, FUNC_REF, func_ref, pg_here(p));
    bool plain = pg_is_col_id(pg_token(p)) && pg_peek(p, 1) != '(';
    ref->name = plain ? pg_parse_any_name(p) : pg_parse_func_name(p);
    if (!pg_accept(p, '(')) {
        ref->args_unspecified = true;
        return ref;
    }
    if (pg_accept(p, ')'))
        return ref;
    ref->parameters = parse_parameter_list(p);
    ref->args = input_types(p, &ref->parameters);
    pg_expect(p, ')');
    return ref;
}

/* aggr_args: which are the direct ones says *direct (-1: no ORDER BY). */
struct ast_list pg_parse_aggregate_args(struct pg_parser *p, int32_t *direct, bool *star)
{
    struct ast_list list = {0};
    *direct = -1;
    int32_t at = pg_here(p);
    pg_expect(p, '(');
    *star = pg_accept(p, '*');
    if (!*star && pg_at(p) != PG_KW_ORDER)
        list = parse_parameter_list(p);
    if (!*star && pg_accept(p, PG_KW_ORDER)) {
        pg_expect(p, PG_KW_BY);
        *direct = (int32_t)list.count;
        struct ast_list ordered = parse_parameter_list(p);
        struct ast_func_parameter *last =
            list.count ? AST_AS(func_parameter, list.items[list.count - 1]) : NULL;
        struct ast_func_parameter *first = AST_AS(func_parameter, ordered.items[0]);
        bool variadic = last && last->mode == AST_PARAMETER_VARIADIC;
        if (variadic && (ordered.count != 1 || first->mode != AST_PARAMETER_VARIADIC))
            pg_fail(p, at, "0A000",
                    "an ordered-set aggregate with a VARIADIC direct argument must have one "
                    "VARIADIC aggregated argument of the same data type");
        for (uint32_t i = 0; i < ordered.count && !variadic; i++)
            pg_list_add(p, &list, ordered.items[i]);
    }
    pg_expect(p, ')');
    return list;
}

struct ast_func_ref *pg_parse_aggregate_ref(struct pg_parser *p)
{
    struct ast_func_ref *ref = PG_NEW(p, FUNC_REF, func_ref, pg_here(p));
    int32_t direct;
    bool star;
    ref->name = pg_parse_func_name(p);
    ref->parameters = pg_parse_aggregate_args(p, &direct, &star);
    ref->args = input_types(p, &ref->parameters);
    return ref;
}

/* oper_argtypes: NONE is NULL in the list. */
struct ast_list pg_parse_operand_types(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    bool none = pg_accept(p, PG_KW_NONE);
    pg_list_add(p, &list, none ? NULL : &pg_parse_typename(p)->node);
    int32_t at = pg_here(p);
    if (!none && pg_at(p) == ')' && !p->failed) {
        pg_fail(p, at, "42601", "missing argument");
        sql_hint(p->error, "Use NONE to denote the missing argument of a unary operator.");
    }
    pg_expect(p, ',');
    none = !none && pg_accept(p, PG_KW_NONE);
    pg_list_add(p, &list, none ? NULL : &pg_parse_typename(p)->node);
    pg_expect(p, ')');
    return list;
}

struct ast_func_ref *pg_parse_operator_ref(struct pg_parser *p)
{
    struct ast_func_ref *ref = PG_NEW(p, FUNC_REF, func_ref, pg_here(p));
    ref->name = pg_parse_any_operator(p);
    ref->args = pg_parse_operand_types(p);
    return ref;
}

/* CALLED, RETURNS NULL ON NULL INPUT. */
static struct ast_option *parse_null_input(struct pg_parser *p, bool strict, int32_t at)
{
    pg_skip(p);
    if (strict)
        pg_expect(p, PG_KW_NULL);
    pg_expect_two(p, PG_KW_ON, PG_KW_NULL);
    pg_expect(p, PG_KW_INPUT);
    return pg_option(p, "strict", pg_boolean(p, strict, -1), at);
}

static struct ast_option *parse_security(struct pg_parser *p, int32_t at)
{
    pg_accept(p, PG_KW_EXTERNAL);
    pg_expect(p, PG_KW_SECURITY);
    bool definer = pg_accept(p, PG_KW_DEFINER);
    if (!definer)
        pg_expect(p, PG_KW_INVOKER);
    return pg_option(p, "security", pg_boolean(p, definer, -1), at);
}

/* A word that is the option's value. */
static struct ast_option *word_option(struct pg_parser *p, const char *name, int32_t at)
{
    return pg_option(p, name, pg_string(p, pg_token(p)->text, at), at);
}

/* common_func_opt_item; NULL: none here. */
static struct ast_option *parse_common_option(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    struct ast_option *option;
    switch (pg_at(p)) {
    case PG_KW_CALLED: return parse_null_input(p, false, at);
    case PG_KW_RETURNS: return parse_null_input(p, true, at);
    case PG_KW_STRICT: pg_skip(p); return pg_option(p, "strict", pg_boolean(p, true, -1), at);
    case PG_KW_IMMUTABLE:
    case PG_KW_STABLE:
    case PG_KW_VOLATILE:
        option = word_option(p, "volatility", at);
        pg_skip(p);
        return option;
    case PG_KW_EXTERNAL:
    case PG_KW_SECURITY: return parse_security(p, at);
    case PG_KW_LEAKPROOF: pg_skip(p); return pg_option(p, "leakproof", pg_boolean(p, true, -1), at);
    case PG_KW_NOT:
        pg_expect_two(p, PG_KW_NOT, PG_KW_LEAKPROOF);
        return pg_option(p, "leakproof", pg_boolean(p, false, -1), at);
    case PG_KW_COST: pg_skip(p); return pg_option(p, "cost", pg_parse_numeric_only(p), at);
    case PG_KW_ROWS: pg_skip(p); return pg_option(p, "rows", pg_parse_numeric_only(p), at);
    case PG_KW_SUPPORT:
        pg_skip(p);
        struct ast_name *support = PG_NEW(p, NAME, name, pg_here(p));
        support->names = pg_parse_any_name(p);
        return pg_option(p, "support", &support->node, at);
    case PG_KW_SET:
    case PG_KW_RESET: return pg_option(p, "set", pg_parse_set_reset(p, false), at);
    case PG_KW_PARALLEL:
        pg_skip(p);
        return pg_option(p, "parallel", pg_string(p, pg_parse_col_id(p), at), at);
    default: return NULL;
    }
}

/* AS 'body' or AS 'file', 'symbol'. */
static struct ast_node *parse_func_as(struct pg_parser *p)
{
    struct ast_list list = {0};
    int32_t first = pg_here(p);
    do {
        int32_t at = pg_here(p);
        pg_list_add(p, &list, pg_string(p, pg_parse_string(p), at));
    } while (list.count < 2 && pg_accept(p, ','));
    return pg_list_node(p, list, first);
}

/* TRANSFORM FOR TYPE a, FOR TYPE b. */
static struct ast_node *parse_transforms(struct pg_parser *p)
{
    struct ast_list list = {0};
    int32_t at = pg_here(p);
    do {
        pg_expect_two(p, PG_KW_FOR, PG_KW_TYPE);
        pg_list_add(p, &list, &pg_parse_typename(p)->node);
    } while (pg_accept(p, ','));
    return pg_list_node(p, list, at);
}

/* createfunc_opt_item; NULL: none here. */
static struct ast_option *parse_create_option(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_AS))
        return pg_option(p, "as", parse_func_as(p), at);
    if (pg_accept(p, PG_KW_LANGUAGE)) {
        struct slice name = pg_parse_non_reserved_word_or_string(p);
        return pg_option(p, "language", pg_string(p, name, at), at);
    }
    if (pg_accept(p, PG_KW_TRANSFORM))
        return pg_option(p, "transform", parse_transforms(p), at);
    if (pg_accept(p, PG_KW_WINDOW))
        return pg_option(p, "window", pg_boolean(p, true, -1), at);
    return parse_common_option(p);
}

static struct ast_node *parse_return(struct pg_parser *p)
{
    struct ast_return *node = PG_NEW(p, RETURN, return, pg_here(p));
    pg_skip(p);
    node->value = pg_parse_a_expr(p);
    return &node->node;
}

/* opt_routine_body. */
static struct ast_node *parse_body(struct pg_parser *p)
{
    if (pg_at(p) == PG_KW_RETURN)
        return parse_return(p);
    if (pg_at(p) != PG_KW_BEGIN)
        return NULL;
    int32_t at = pg_here(p);
    struct ast_list statements = {0};
    pg_expect_two(p, PG_KW_BEGIN, PG_KW_ATOMIC);
    while (pg_at(p) != PG_KW_END && !p->failed && pg_enter(p)) {
        bool returns = pg_at(p) == PG_KW_RETURN;
        struct ast_node *statement = returns ? parse_return(p) : pg_parse_statement(p);
        if (statement)
            pg_list_add(p, &statements, statement);
        pg_expect(p, ';');
        pg_leave(p);
    }
    pg_expect(p, PG_KW_END);
    return pg_list_node(p, statements, at);
}

/* RETURNS TABLE '(' table_func_column_list ')', behind TABLE. */
static void parse_table_columns(struct pg_parser *p, struct ast_create_function *create)
{
    pg_expect(p, '(');
    do {
        struct ast_func_parameter *column = PG_NEW(p, FUNC_PARAMETER, func_parameter, pg_here(p));
        column->mode = AST_PARAMETER_TABLE;
        column->name = pg_parse_type_function_name(p);
        column->type = pg_parse_func_type(p);
        pg_list_add(p, &create->parameters, &column->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
}

/* The single column's type, or record. */
static struct ast_type_name *table_type(struct pg_parser *p, const struct ast_list *parameters,
                                        uint32_t first, int32_t at)
{
    struct ast_type_name *type = pg_system_type(p, "record", at);
    if (parameters->count - first == 1)
        *type = *AST_AS(func_parameter, parameters->items[first])->type;
    type->setof = true;
    type->node.location = at;
    return type;
}

struct ast_node *pg_parse_create_function(struct pg_parser *p, bool replace)
{
    struct ast_create_function *create = PG_NEW(p, CREATE_FUNCTION, create_function, pg_here(p));
    create->replace = replace;
    create->procedure = pg_accept(p, PG_KW_PROCEDURE);
    if (!create->procedure)
        pg_expect(p, PG_KW_FUNCTION);
    create->name = pg_parse_func_name(p);
    create->parameters = parse_parameters_with_defaults(p);
    uint32_t inputs = create->parameters.count;
    bool returns = !create->procedure && pg_at(p) == PG_KW_RETURNS && pg_peek(p, 1) != PG_KW_NULL;
    if (returns) {
        pg_skip(p);
        int32_t at = pg_here(p);
        if (pg_accept(p, PG_KW_TABLE)) {
            parse_table_columns(p, create);
            create->returns = table_type(p, &create->parameters, inputs, at);
        } else {
            create->returns = pg_parse_func_type(p);
        }
    }
    struct ast_option *option = parse_create_option(p);
    for (; option; option = parse_create_option(p))
        pg_list_add(p, &create->options, &option->node);
    create->body = parse_body(p);
    return &create->node;
}

/* alterfunc_opt_list opt_restrict. */
struct ast_node *pg_parse_alter_function(struct pg_parser *p, const struct ast_object *object,
                                         int32_t at)
{
    struct ast_alter_function *alter = PG_NEW(p, ALTER_FUNCTION, alter_function, at);
    alter->type = object->type;
    alter->function = object->function;
    struct ast_option *option = parse_common_option(p);
    if (!option)
        pg_unexpected(p);
    for (; option; option = parse_common_option(p))
        pg_list_add(p, &alter->actions, &option->node);
    pg_accept(p, PG_KW_RESTRICT);
    return &alter->node;
}

struct ast_node *pg_parse_do(struct pg_parser *p)
{
    struct ast_do *node = PG_NEW(p, DO, do, pg_here(p));
    pg_skip(p);
    do {
        int32_t at = pg_here(p);
        bool language = pg_accept(p, PG_KW_LANGUAGE);
        struct slice text = language ? pg_parse_non_reserved_word_or_string(p) : pg_parse_string(p);
        struct ast_node *value = pg_string(p, text, at);
        pg_list_add(p, &node->options,
                    &pg_option(p, language ? "language" : "as", value, at)->node);
    } while (pg_at(p) == PG_TOKEN_STRING || pg_at(p) == PG_KW_LANGUAGE);
    return &node->node;
}

struct ast_node *pg_parse_call(struct pg_parser *p)
{
    struct ast_call *node = PG_NEW(p, CALL, call, pg_here(p));
    pg_skip(p);
    int32_t at = pg_here(p);
    node->call = pg_parse_application(p, pg_parse_func_name(p), at);
    return &node->node;
}
