/* SQL/JSON of PostgreSQL 16 and 17: the clauses that its expressions share, and the constructors.
 *
 * Its words stay names here, as they are in PostgreSQL 15: they mean something only where the
 * grammar of these expressions has them. */
#include "emulators/postgres/syntax/parser.h"

struct ast_json_format *pg_parse_opt_json_format(struct pg_parser *p)
{
    if (!pg_at_word(p, 0, "format") || !pg_at_word(p, 1, "json"))
        return NULL;
    struct ast_json_format *format = PG_NEW(p, JSON_FORMAT, json_format, pg_here(p));
    pg_skip(p);
    pg_skip(p);
    if (pg_accept(p, PG_KW_ENCODING)) {
        format->encoding = pg_parse_col_id(p);
        if (!slice_eq_str(format->encoding, "utf8") && !slice_eq_str(format->encoding, "utf16") &&
            !slice_eq_str(format->encoding, "utf32"))
            pg_fail(p, -1, "22023", "unrecognized JSON encoding: " SLICE_FMT,
                    SLICE_ARG(format->encoding));
    }
    return format;
}

struct ast_json_returning *pg_parse_opt_json_returning(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    if (!pg_accept(p, PG_KW_RETURNING))
        return NULL;
    struct ast_json_returning *returning = PG_NEW(p, JSON_RETURNING, json_returning, at);
    returning->type = pg_parse_typename(p);
    returning->format = pg_parse_opt_json_format(p);
    return returning;
}

struct ast_json_value *pg_parse_json_value_expr(struct pg_parser *p)
{
    struct ast_json_value *value = PG_NEW(p, JSON_VALUE, json_value, pg_here(p));
    value->arg = pg_parse_a_expr(p);
    value->format = pg_parse_opt_json_format(p);
    return value;
}

/* json_key_uniqueness_constraint_opt. */
static bool opt_unique_keys(struct pg_parser *p)
{
    bool unique = pg_at(p) == PG_KW_WITH;
    if ((!unique && pg_at(p) != PG_KW_WITHOUT) || pg_peek(p, 1) != PG_KW_UNIQUE)
        return false;
    pg_skip(p);
    pg_skip(p);
    pg_accept_word(p, "keys");
    return unique;
}

/* json_object_constructor_null_clause_opt and that of arrays, which leave NULLs out by default. */
static bool opt_absent_on_null(struct pg_parser *p, bool otherwise)
{
    bool null = pg_at(p) == PG_KW_NULL && pg_peek(p, 1) == PG_KW_ON;
    bool absent = pg_at_word(p, 0, "absent") && pg_peek(p, 1) == PG_KW_ON;
    if (!null && !absent)
        return otherwise;
    pg_skip(p);
    pg_skip(p);
    pg_expect(p, PG_KW_NULL);
    return absent;
}

/* What stands before a name's colon or VALUE; plain: nothing but a c_expr, behind which alone VALUE
 * may stand. */
static struct ast_node *parse_key(struct pg_parser *p, bool *plain)
{
    uint16_t kind = pg_at(p);
    *plain = kind != '-' && kind != '+' && kind != PG_KW_NOT && kind != PG_TOKEN_OPERATOR &&
             kind != PG_KW_OPERATOR;
    if (!*plain)
        return pg_parse_a_expr(p);
    struct ast_node *first = pg_parse_c_expr(p);
    *plain = pg_at(p) == PG_KW_VALUE;
    return *plain ? first : pg_parse_expr_from(p, first);
}

/* json_name_and_value, behind the name. */
static struct ast_json_key_value *parse_value_of(struct pg_parser *p, struct ast_node *key,
                                                 bool plain)
{
    struct ast_json_key_value *pair = PG_NEW(p, JSON_KEY_VALUE, json_key_value, key->location);
    pg_expect(p, plain ? PG_KW_VALUE : ':');
    pair->key = key;
    pair->value = pg_parse_json_value_expr(p);
    return pair;
}

static struct ast_json_key_value *parse_name_and_value(struct pg_parser *p)
{
    bool plain;
    struct ast_node *key = parse_key(p, &plain);
    return parse_value_of(p, key, plain);
}

static struct ast_json_constructor *constructor(struct pg_parser *p,
                                                enum ast_json_constructor_type type, int32_t at)
{
    struct ast_json_constructor *node = PG_NEW(p, JSON_CONSTRUCTOR, json_constructor, at);
    node->type = type;
    pg_expect(p, '(');
    return node;
}

/* json_object is a function of arrays of texts, too. */
static struct ast_node *plain_json_object(struct pg_parser *p, struct ast_node *first, int32_t at)
{
    struct ast_func_call *call = PG_NEW(p, FUNC_CALL, func_call, at);
    call->name = pg_names_of(p, "json_object", NULL);
    pg_list_add(p, &call->args, first);
    pg_parse_application_from(p, call);
    pg_parse_filter_over(p, &call->filter, &call->over);
    return &call->node;
}

static struct ast_node *parse_object(struct pg_parser *p, int32_t at)
{
    bool plain, named = pg_peek(p, 2) == PG_TOKEN_ASSIGN || pg_peek(p, 2) == PG_TOKEN_ARROW;
    uint16_t first = pg_peek(p, 1);
    if (named || first == PG_KW_VARIADIC || first == PG_KW_ALL || first == PG_KW_DISTINCT ||
        first == '*')
        return NULL;
    struct ast_json_constructor *node = constructor(p, AST_JSON_OBJECT, at);
    if (pg_at(p) != ')' && pg_at(p) != PG_KW_RETURNING) {
        struct ast_node *key = parse_key(p, &plain);
        if (!plain && pg_at(p) != ':')
            return plain_json_object(p, key, at);
        pg_list_add(p, &node->args, &parse_value_of(p, key, plain)->node);
        while (pg_accept(p, ','))
            pg_list_add(p, &node->args, &parse_name_and_value(p)->node);
        node->absent_on_null = opt_absent_on_null(p, false);
        node->unique = opt_unique_keys(p);
    }
    node->returning = pg_parse_opt_json_returning(p);
    pg_expect(p, ')');
    return &node->node;
}

/* SELECT JSON_ARRAYAGG(a) FROM (query) q(a). */
static struct ast_node *aggregate_of_query(struct pg_parser *p, struct ast_json_constructor *node,
                                           struct ast_node *query)
{
    int32_t at = node->node.location;
    struct ast_select *select = PG_NEW(p, SELECT, select, at);
    struct ast_from_subquery *from = PG_NEW(p, FROM_SUBQUERY, from_subquery, at);
    struct ast_json_aggregate *aggregate = PG_NEW(p, JSON_AGGREGATE, json_aggregate, at);
    struct ast_json_value *value = PG_NEW(p, JSON_VALUE, json_value, at);
    struct ast_column_ref *column = PG_NEW(p, COLUMN_REF, column_ref, at);
    struct ast_target *target = PG_NEW(p, TARGET, target, at);
    pg_list_add(p, &column->fields, pg_name_node(p, slice_str("q"), at));
    pg_list_add(p, &column->fields, pg_name_node(p, slice_str("a"), at));
    value->arg = &column->node;
    value->format = node->format;
    aggregate->array = true;
    aggregate->arg = &value->node;
    aggregate->absent_on_null = node->absent_on_null;
    aggregate->returning = node->returning;
    target->value = &aggregate->node;
    from->query = query;
    from->alias = PG_NEW(p, ALIAS, alias, at);
    from->alias->name = slice_str("q");
    pg_names_add(p, &from->alias->columns, slice_str("a"));
    pg_list_add(p, &select->targets, &target->node);
    pg_list_add(p, &select->from, &from->node);
    return &select->node;
}

static struct ast_node *parse_array(struct pg_parser *p, int32_t at)
{
    struct ast_json_constructor *node = constructor(p, AST_JSON_ARRAY, at);
    struct ast_node *query = NULL;
    node->absent_on_null = true;
    if (pg_starts_select(pg_at(p)) && (pg_at(p) != PG_KW_VALUES || pg_peek(p, 1) == '(')) {
        node->type = AST_JSON_ARRAY_QUERY;
        query = &pg_parse_select(p)->node;
        node->format = pg_parse_opt_json_format(p);
    } else if (pg_at(p) != ')' && pg_at(p) != PG_KW_RETURNING) {
        do
            pg_list_add(p, &node->args, &pg_parse_json_value_expr(p)->node);
        while (pg_accept(p, ','));
        node->absent_on_null = opt_absent_on_null(p, true);
    }
    node->returning = pg_parse_opt_json_returning(p);
    node->query = query ? aggregate_of_query(p, node, query) : NULL;
    pg_expect(p, ')');
    return &node->node;
}

static struct ast_node *parse_json(struct pg_parser *p, int32_t at)
{
    struct ast_json_constructor *node = constructor(p, AST_JSON_PARSE, at);
    pg_list_add(p, &node->args, &pg_parse_json_value_expr(p)->node);
    node->unique = opt_unique_keys(p);
    pg_expect(p, ')');
    return &node->node;
}

static struct ast_node *parse_scalar(struct pg_parser *p, int32_t at)
{
    struct ast_json_constructor *node = constructor(p, AST_JSON_SCALAR, at);
    pg_list_add(p, &node->args, pg_parse_a_expr(p));
    pg_expect(p, ')');
    return &node->node;
}

static struct ast_node *parse_serialize(struct pg_parser *p, int32_t at)
{
    struct ast_json_constructor *node = constructor(p, AST_JSON_SERIALIZE, at);
    pg_list_add(p, &node->args, &pg_parse_json_value_expr(p)->node);
    node->returning = pg_parse_opt_json_returning(p);
    pg_expect(p, ')');
    return &node->node;
}

static struct ast_node *parse_aggregate(struct pg_parser *p, int32_t at, bool array)
{
    struct ast_json_aggregate *node = PG_NEW(p, JSON_AGGREGATE, json_aggregate, at);
    node->array = array;
    pg_expect(p, '(');
    if (array) {
        node->arg = &pg_parse_json_value_expr(p)->node;
        node->order_by = pg_parse_opt_sort(p);
    } else {
        node->arg = &parse_name_and_value(p)->node;
    }
    node->absent_on_null = opt_absent_on_null(p, array);
    node->unique = !array && opt_unique_keys(p);
    node->returning = pg_parse_opt_json_returning(p);
    pg_expect(p, ')');
    pg_parse_filter_over(p, &node->filter, &node->over);
    return &node->node;
}

static struct ast_node *parse_objectagg(struct pg_parser *p, int32_t at)
{
    return parse_aggregate(p, at, false);
}

static struct ast_node *parse_arrayagg(struct pg_parser *p, int32_t at)
{
    return parse_aggregate(p, at, true);
}

struct ast_node *pg_parse_json_predicate(struct pg_parser *p, struct ast_node *arg, int32_t at)
{
    struct ast_json_predicate *node = PG_NEW(p, JSON_PREDICATE, json_predicate, at);
    pg_skip(p);
    node->arg = arg;
    if (pg_accept(p, PG_KW_OBJECT))
        node->type = AST_JSON_IS_OBJECT;
    else if (pg_accept(p, PG_KW_ARRAY))
        node->type = AST_JSON_IS_ARRAY;
    else if (pg_accept_word(p, "scalar"))
        node->type = AST_JSON_IS_SCALAR;
    else
        pg_accept(p, PG_KW_VALUE);
    node->unique = opt_unique_keys(p);
    return &node->node;
}

/* It stands in FROM alone. */
static struct ast_node *refuse_table(struct pg_parser *p, int32_t at)
{
    pg_unexpected(p);
    return pg_null(p, at);
}

static const struct {
    const char *word;
    struct ast_node *(*parse)(struct pg_parser *p, int32_t at);
} calls[] = {
    {"json",           parse_json          },
    {"json_array",     parse_array         },
    {"json_arrayagg",  parse_arrayagg      },
    {"json_exists",    pg_parse_json_exists},
    {"json_object",    parse_object        },
    {"json_objectagg", parse_objectagg     },
    {"json_query",     pg_parse_json_query },
    {"json_scalar",    parse_scalar        },
    {"json_serialize", parse_serialize     },
    {"json_table",     refuse_table        },
    {"json_value",     pg_parse_json_value },
};

struct ast_node *pg_parse_json_call(struct pg_parser *p, struct slice word, int32_t at)
{
    if (word.len < 4 || memcmp(word.ptr, "json", 4) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        if (slice_eq_str(word, calls[i].word))
            return calls[i].parse(p, at);
    return NULL;
}
