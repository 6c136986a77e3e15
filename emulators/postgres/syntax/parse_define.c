#include "emulators/postgres/syntax/parser.h"

/* CREATE and ALTER of aggregates, operators, collations, casts, operator classes and families,
 * conversions, transforms, languages and access methods. CREATE's begin at their own word. */

static struct ast_define *new_define(struct pg_parser *p, enum ast_object_type type, bool replace)
{
    struct ast_define *define = PG_NEW(p, DEFINE, define, pg_here(p));
    define->type = type;
    define->replace = replace;
    define->direct_args = -1;
    return define;
}

static bool is_old_aggregate(struct pg_parser *p)
{
    return pg_peek(p, 1) == PG_TOKEN_IDENT && pg_peek(p, 2) == '=';
}

/* old_aggr_definition: its names are identifiers, never keywords. */
static struct ast_list parse_old_aggregate(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    do {
        struct ast_option *option = PG_NEW(p, OPTION, option, pg_here(p));
        option->name = pg_token(p)->text;
        pg_expect_two(p, PG_TOKEN_IDENT, '=');
        option->value = pg_parse_def_arg(p);
        pg_list_add(p, &list, &option->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

struct ast_node *pg_parse_create_aggregate(struct pg_parser *p, bool replace)
{
    struct ast_define *define = new_define(p, AST_OBJECT_AGGREGATE, replace);
    pg_skip(p);
    define->name = pg_parse_func_name(p);
    define->old_style = is_old_aggregate(p);
    if (!define->old_style)
        define->args = pg_parse_aggregate_args(p, &define->direct_args, &define->args_star);
    define->options = define->old_style ? parse_old_aggregate(p) : pg_parse_definition(p);
    return &define->node;
}

struct ast_node *pg_parse_create_collation(struct pg_parser *p)
{
    struct ast_define *define = new_define(p, AST_OBJECT_COLLATION, false);
    pg_skip(p);
    define->if_not_exists = pg_accept_if_not_exists(p);
    define->name = pg_parse_any_name(p);
    if (pg_accept(p, PG_KW_FROM))
        define->from = pg_parse_any_name(p);
    else
        define->options = pg_parse_definition(p);
    return &define->node;
}

/* CREATE TEXT SEARCH PARSER | DICTIONARY | TEMPLATE | CONFIGURATION. */
struct ast_node *pg_parse_create_text_search(struct pg_parser *p)
{
    static const struct {
        uint16_t word;
        enum ast_object_type type;
    } kinds[] = {
        {PG_KW_PARSER,        AST_OBJECT_TS_PARSER       },
        {PG_KW_DICTIONARY,    AST_OBJECT_TS_DICTIONARY   },
        {PG_KW_TEMPLATE,      AST_OBJECT_TS_TEMPLATE     },
        {PG_KW_CONFIGURATION, AST_OBJECT_TS_CONFIGURATION}
    };
    struct ast_define *define = new_define(p, AST_OBJECT_TS_PARSER, false);
    pg_expect_two(p, PG_KW_TEXT, PG_KW_SEARCH);
    size_t i = 0;
    while (i < 4 && kinds[i].word != pg_at(p))
        i++;
    if (i == 4)
        pg_unexpected(p);
    else
        define->type = kinds[i].type;
    pg_skip(p);
    define->name = pg_parse_any_name(p);
    define->options = pg_parse_definition(p);
    return &define->node;
}

struct ast_node *pg_parse_alter_collation(struct pg_parser *p, const struct ast_object *object,
                                          int32_t at)
{
    struct ast_alter_collation *alter = PG_NEW(p, ALTER_COLLATION, alter_collation, at);
    alter->name = object->name;
    pg_expect_two(p, PG_KW_REFRESH, PG_KW_VERSION);
    return &alter->node;
}

struct ast_node *pg_parse_alter_operator(struct pg_parser *p, const struct ast_object *object,
                                         int32_t at)
{
    struct ast_alter_operator *alter = PG_NEW(p, ALTER_OPERATOR, alter_operator, at);
    alter->operator= object->function;
    pg_expect(p, PG_KW_SET);
    alter->options = pg_parse_operator_definition(p);
    return &alter->node;
}

struct ast_node *pg_parse_create_cast(struct pg_parser *p)
{
    struct ast_create_cast *cast = PG_NEW(p, CREATE_CAST, create_cast, pg_here(p));
    pg_skip(p);
    pg_expect(p, '(');
    cast->source = pg_parse_typename(p);
    pg_expect(p, PG_KW_AS);
    cast->target = pg_parse_typename(p);
    pg_expect(p, ')');
    if (pg_accept(p, PG_KW_WITHOUT)) {
        pg_expect(p, PG_KW_FUNCTION);
    } else {
        pg_expect(p, PG_KW_WITH);
        cast->inout = pg_accept(p, PG_KW_INOUT);
        if (!cast->inout) {
            pg_expect(p, PG_KW_FUNCTION);
            cast->function = pg_parse_func_ref(p);
        }
    }
    if (pg_accept(p, PG_KW_AS)) {
        bool implicit = pg_accept(p, PG_KW_IMPLICIT);
        if (!implicit)
            pg_expect(p, PG_KW_ASSIGNMENT);
        cast->context = implicit ? AST_CAST_IMPLICIT : AST_CAST_ASSIGNMENT;
    }
    return &cast->node;
}

/* FROM or TO SQL WITH FUNCTION name, behind FROM or TO. */
static struct ast_func_ref *parse_transform_function(struct pg_parser *p)
{
    pg_expect_two(p, PG_KW_SQL, PG_KW_WITH);
    pg_expect(p, PG_KW_FUNCTION);
    return pg_parse_func_ref(p);
}

struct ast_node *pg_parse_create_transform(struct pg_parser *p, bool replace)
{
    struct ast_create_transform *create = PG_NEW(p, CREATE_TRANSFORM, create_transform, pg_here(p));
    create->replace = replace;
    pg_skip(p);
    pg_expect(p, PG_KW_FOR);
    create->type = pg_parse_typename(p);
    pg_expect(p, PG_KW_LANGUAGE);
    create->language = pg_parse_col_id(p);
    pg_expect(p, '(');
    do {
        bool from = !create->from_sql && pg_accept(p, PG_KW_FROM);
        if (!from && create->to_sql)
            pg_unexpected(p);
        else if (!from)
            pg_expect(p, PG_KW_TO);
        struct ast_func_ref *function = parse_transform_function(p);
        if (from)
            create->from_sql = function;
        else
            create->to_sql = function;
    } while (!(create->from_sql && create->to_sql) && pg_accept(p, ','));
    pg_expect(p, ')');
    return &create->node;
}

/* CREATE [DEFAULT] CONVERSION name FOR 'a' TO 'b' FROM function. */
struct ast_node *pg_parse_create_conversion(struct pg_parser *p)
{
    struct ast_create_conversion *create =
        PG_NEW(p, CREATE_CONVERSION, create_conversion, pg_here(p));
    create->is_default = pg_accept(p, PG_KW_DEFAULT);
    pg_expect(p, PG_KW_CONVERSION);
    create->name = pg_parse_any_name(p);
    pg_expect(p, PG_KW_FOR);
    create->from_encoding = pg_parse_string(p);
    pg_expect(p, PG_KW_TO);
    create->to_encoding = pg_parse_string(p);
    pg_expect(p, PG_KW_FROM);
    create->function = pg_parse_any_name(p);
    return &create->node;
}

/* '(' type_list ')' as class_args, if there is one. */
static struct ast_list parse_class_args(struct pg_parser *p)
{
    struct ast_list list = {0};
    if (pg_accept(p, '(')) {
        list = pg_parse_type_list(p);
        pg_expect(p, ')');
    }
    return list;
}

static void parse_operator_item(struct pg_parser *p, struct ast_op_class_item *item)
{
    item->type = AST_OP_CLASS_OPERATOR;
    item->number = pg_parse_integer(p);
    item->name = PG_NEW(p, FUNC_REF, func_ref, pg_here(p));
    item->name->name = pg_parse_any_operator(p);
    item->name->args_unspecified = pg_at(p) != '(';
    if (!item->name->args_unspecified)
        item->name->args = pg_parse_operand_types(p);
    if (pg_accept(p, PG_KW_FOR)) {
        bool order = pg_accept(p, PG_KW_ORDER);
        if (order) {
            pg_expect(p, PG_KW_BY);
            item->order_family = pg_parse_any_name(p);
        } else {
            pg_expect(p, PG_KW_SEARCH);
        }
    }
    pg_accept(p, PG_KW_RECHECK);
}

/* opclass_item. */
static struct ast_node *parse_class_item(struct pg_parser *p)
{
    struct ast_op_class_item *item = PG_NEW(p, OP_CLASS_ITEM, op_class_item, pg_here(p));
    if (pg_accept(p, PG_KW_OPERATOR)) {
        parse_operator_item(p, item);
    } else if (pg_accept(p, PG_KW_FUNCTION)) {
        item->type = AST_OP_CLASS_FUNCTION;
        item->number = pg_parse_integer(p);
        item->class_args = parse_class_args(p);
        item->name = pg_parse_func_ref(p);
    } else {
        pg_expect(p, PG_KW_STORAGE);
        item->type = AST_OP_CLASS_STORAGE;
        item->storage = pg_parse_typename(p);
    }
    return &item->node;
}

/* opclass_drop. */
static struct ast_node *parse_class_drop(struct pg_parser *p)
{
    struct ast_op_class_item *item = PG_NEW(p, OP_CLASS_ITEM, op_class_item, pg_here(p));
    bool operator= pg_accept(p, PG_KW_OPERATOR);
    if (!operator)
        pg_expect(p, PG_KW_FUNCTION);
    item->type = operator? AST_OP_CLASS_OPERATOR : AST_OP_CLASS_FUNCTION;
    item->number = pg_parse_integer(p);
    if (pg_at(p) != '(')
        pg_unexpected(p);
    item->class_args = parse_class_args(p);
    return &item->node;
}

static struct ast_list parse_class_items(struct pg_parser *p,
                                         struct ast_node *(*parse)(struct pg_parser *p))
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, parse(p));
    while (pg_accept(p, ','));
    return list;
}

/* CREATE OPERATOR CLASS, behind CLASS. */
static struct ast_node *parse_create_class(struct pg_parser *p, int32_t at)
{
    struct ast_create_op_class *create = PG_NEW(p, CREATE_OP_CLASS, create_op_class, at);
    create->name = pg_parse_any_name(p);
    create->is_default = pg_accept(p, PG_KW_DEFAULT);
    pg_expect_two(p, PG_KW_FOR, PG_KW_TYPE);
    create->type = pg_parse_typename(p);
    pg_expect(p, PG_KW_USING);
    create->method = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_FAMILY))
        create->family = pg_parse_any_name(p);
    pg_expect(p, PG_KW_AS);
    create->items = parse_class_items(p, parse_class_item);
    return &create->node;
}

/* CREATE OPERATOR, OPERATOR CLASS, OPERATOR FAMILY. */
struct ast_node *pg_parse_create_operator(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    if (pg_at(p) == PG_KW_CLASS && pg_peek(p, 1) != '.') {
        pg_skip(p);
        return parse_create_class(p, at);
    }
    if (pg_at(p) == PG_KW_FAMILY && pg_peek(p, 1) != '.') {
        struct ast_create_op_family *family = PG_NEW(p, CREATE_OP_FAMILY, create_op_family, at);
        pg_skip(p);
        family->name = pg_parse_any_name(p);
        pg_expect(p, PG_KW_USING);
        family->method = pg_parse_col_id(p);
        return &family->node;
    }
    struct ast_define *define = new_define(p, AST_OBJECT_OPERATOR, false);
    define->name = pg_parse_any_operator(p);
    define->options = pg_parse_definition(p);
    return &define->node;
}

struct ast_node *pg_parse_alter_op_family(struct pg_parser *p, const struct ast_object *object,
                                          int32_t at)
{
    struct ast_alter_op_family *alter = PG_NEW(p, ALTER_OP_FAMILY, alter_op_family, at);
    alter->name = object->name;
    alter->method = object->method;
    alter->drop = pg_accept(p, PG_KW_DROP);
    if (!alter->drop)
        pg_expect(p, PG_KW_ADD);
    alter->items = parse_class_items(p, alter->drop ? parse_class_drop : parse_class_item);
    return &alter->node;
}

/* handler_name: name with plain attributes. */
struct ast_names pg_parse_handler_name(struct pg_parser *p)
{
    return pg_parse_any_name(p);
}

/* Without a handler the language is what an extension of its name brings. */
static struct ast_node *extension_of_language(struct pg_parser *p,
                                              const struct ast_create_language *language)
{
    struct ast_create_extension *create =
        PG_NEW(p, CREATE_EXTENSION, create_extension, language->node.location);
    create->name = language->name;
    create->if_not_exists = language->replace;
    return &create->node;
}

/* CREATE [TRUSTED] [PROCEDURAL] LANGUAGE. */
struct ast_node *pg_parse_create_language(struct pg_parser *p, bool replace)
{
    struct ast_create_language *create = PG_NEW(p, CREATE_LANGUAGE, create_language, pg_here(p));
    create->replace = replace;
    create->trusted = pg_accept(p, PG_KW_TRUSTED);
    pg_accept(p, PG_KW_PROCEDURAL);
    pg_expect(p, PG_KW_LANGUAGE);
    create->name = pg_parse_col_id(p);
    if (!pg_accept(p, PG_KW_HANDLER))
        return extension_of_language(p, create);
    create->handler = pg_parse_handler_name(p);
    if (pg_accept(p, PG_KW_INLINE))
        create->inline_handler = pg_parse_handler_name(p);
    if (pg_accept_two(p, PG_KW_NO, PG_KW_VALIDATOR))
        return &create->node;
    if (pg_accept(p, PG_KW_VALIDATOR))
        create->validator = pg_parse_handler_name(p);
    return &create->node;
}

struct ast_node *pg_parse_create_access_method(struct pg_parser *p)
{
    struct ast_create_access_method *create =
        PG_NEW(p, CREATE_ACCESS_METHOD, create_access_method, pg_here(p));
    pg_expect_two(p, PG_KW_ACCESS, PG_KW_METHOD);
    create->name = pg_parse_col_id(p);
    pg_expect(p, PG_KW_TYPE);
    bool index = pg_accept(p, PG_KW_INDEX);
    if (!index)
        pg_expect(p, PG_KW_TABLE);
    create->type = index ? 'i' : 't';
    pg_expect(p, PG_KW_HANDLER);
    create->handler = pg_parse_handler_name(p);
    return &create->node;
}
