/* The parser's state, and the rules of the grammar that its files use of each other.
 *
 * Recursive descent: a function a rule of PostgreSQL's grammar, named after it. Errors are sticky:
 * the first one is kept, and from then on every token is PG_TOKEN_END, so that rules run to their
 * ends without checking; only the entry points look at `failed`. Rules therefore never return NULL
 * unless they say so, and loops go on only after a token was taken. When memory ends nodes are made
 * in `spare`, which is never read.
 *
 * Like an LALR parser these rules take only tokens that can go on a statement, so that an error is
 * found at the same token as PostgreSQL finds it. */
#ifndef PARLEL_EMULATORS_POSTGRES_SYNTAX_PARSER_H
#define PARLEL_EMULATORS_POSTGRES_SYNTAX_PARSER_H

#include "emulators/postgres/syntax/lexer.h"
#include "emulators/sql/syntax/ast_query.h"
#include "emulators/sql/syntax/ast_table.h"
#include "emulators/sql/syntax/ast_utility.h"

#define PG_LOOKAHEAD       8   /* tokens; a power of two */
#define PG_SPARE_SIZE      512 /* no node is larger */
#define PG_PARSE_DEPTH_MAX 3000
#define PG_PARSE_STACK_MIN (size_t)(24 * 1024) /* for what a rule calls without asking again */

struct pg_parser {
    struct pg_lexer lexer;
    struct arena *arena;
    struct sql_error *error;
    bool failed;
    bool in_substring; /* its first argument is read: SIMILAR may end it */
    uint32_t depth;
    uint32_t head, filled; /* tokens[head % PG_LOOKAHEAD] is the current one */
    int32_t last_end;      /* where the last token taken ended */
    struct pg_token tokens[PG_LOOKAHEAD];
    uint64_t spare[PG_SPARE_SIZE / 8];
};

void pg_parser_init(struct pg_parser *p, struct arena *arena, struct slice text,
                    const struct pg_parse_options *options, struct sql_error *error);

/* Tokens. */
void pg_fill(struct pg_parser *p, uint32_t count); /* at least so many are read */

static inline const struct pg_token *pg_token_ahead(struct pg_parser *p, uint32_t ahead)
{
    if (p->filled <= ahead)
        pg_fill(p, ahead + 1);
    return &p->tokens[(p->head + ahead) % PG_LOOKAHEAD];
}

static inline const struct pg_token *pg_token(struct pg_parser *p)
{
    return pg_token_ahead(p, 0);
}

/* Kind of the current token, and of one further on. */
static inline uint16_t pg_at(struct pg_parser *p)
{
    return pg_token_ahead(p, 0)->kind;
}

static inline uint16_t pg_peek(struct pg_parser *p, uint32_t ahead)
{
    return pg_token_ahead(p, ahead)->kind;
}

static inline int32_t pg_here(struct pg_parser *p)
{
    return pg_token(p)->at;
}

void pg_skip(struct pg_parser *p);                  /* takes the current token */
bool pg_accept(struct pg_parser *p, uint16_t kind); /* takes it if it is that */
bool pg_accept_two(struct pg_parser *p, uint16_t first, uint16_t second);
void pg_expect(struct pg_parser *p, uint16_t kind); /* takes it or fails */
void pg_expect_two(struct pg_parser *p, uint16_t first, uint16_t second);
/* Words that are no keywords (an IDENT written so, without quotes): whether the token that far on is
 * this one; takes it if it is; takes it or fails. */
bool pg_at_word(struct pg_parser *p, uint32_t ahead, const char *word);
bool pg_accept_word(struct pg_parser *p, const char *word);
void pg_expect_word(struct pg_parser *p, const char *word);
/* IF EXISTS, IF NOT EXISTS; [CASCADE | RESTRICT] and whether it was CASCADE. */
bool pg_accept_if_exists(struct pg_parser *p);
bool pg_accept_if_not_exists(struct pg_parser *p);
bool pg_opt_drop_behavior(struct pg_parser *p);

/* Errors; the first one stays. */
void pg_unexpected(struct pg_parser *p); /* syntax error at the current token */
void pg_fail(struct pg_parser *p, int32_t location, const char *sqlstate, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* `message at or near` the current token. */
void pg_fail_here(struct pg_parser *p, const char *message);
/* Nesting: false when it became too deep, the parser has failed then. */
bool pg_enter(struct pg_parser *p);
void pg_leave(struct pg_parser *p);

/* Making trees. */
void *pg_new(struct pg_parser *p, enum ast_kind kind, size_t size, int32_t location);
#define PG_NEW(p, KIND, name, location) \
    ((struct ast_##name *)pg_new(p, AST_##KIND, sizeof(struct ast_##name), location))
void pg_list_add(struct pg_parser *p, struct ast_list *list, struct ast_node *node);
void pg_names_add(struct pg_parser *p, struct ast_names *names, struct slice name);
struct ast_names pg_names_of(struct pg_parser *p, const char *first, const char *second);
struct ast_node *pg_integer(struct pg_parser *p, int32_t value, int32_t location);
struct ast_node *pg_string(struct pg_parser *p, struct slice value, int32_t location);
struct ast_node *pg_boolean(struct pg_parser *p, bool value, int32_t location);
struct ast_node *pg_null(struct pg_parser *p, int32_t location);
struct ast_node *pg_name_node(struct pg_parser *p, struct slice name, int32_t location);
struct ast_node *pg_list_node(struct pg_parser *p, struct ast_list list, int32_t location);
struct ast_option *pg_option(struct pg_parser *p, const char *name, struct ast_node *value,
                             int32_t location);

/* Names (parse_name.c). */
bool pg_is_col_id(const struct pg_token *token);
bool pg_is_type_function_name(const struct pg_token *token);
bool pg_is_non_reserved_word(const struct pg_token *token);
bool pg_is_col_label(const struct pg_token *token);
bool pg_is_bare_col_label(const struct pg_token *token);
struct slice pg_parse_col_id(struct pg_parser *p);
struct slice pg_parse_col_label(struct pg_parser *p);
struct slice pg_parse_type_function_name(struct pg_parser *p);
struct slice pg_parse_non_reserved_word(struct pg_parser *p);
struct slice pg_parse_string(struct pg_parser *p);    /* Sconst */
int32_t pg_parse_integer(struct pg_parser *p);        /* Iconst */
int32_t pg_parse_signed_integer(struct pg_parser *p); /* SignedIconst */
struct ast_node *pg_parse_numeric_only(struct pg_parser *p);
struct slice pg_parse_non_reserved_word_or_string(struct pg_parser *p);
struct ast_names pg_parse_any_name(struct pg_parser *p);
struct ast_names pg_parse_func_name(struct pg_parser *p);
struct ast_names pg_parse_any_operator(struct pg_parser *p);
struct ast_names pg_parse_qual_all_operator(struct pg_parser *p);
struct ast_names pg_parse_column_list(struct pg_parser *p); /* '(' columnList ')' */
struct ast_names pg_parse_opt_column_list(struct pg_parser *p);
struct ast_names pg_parse_name_list(struct pg_parser *p);
struct ast_names pg_parse_opt_collate(struct pg_parser *p);
struct ast_collate *pg_parse_opt_collate_clause(struct pg_parser *p); /* NULL: none */
struct ast_role *pg_parse_role(struct pg_parser *p);                  /* RoleSpec */
struct slice pg_parse_role_id(struct pg_parser *p);
struct ast_list pg_parse_role_list(struct pg_parser *p);
struct ast_relation *pg_parse_qualified_name(struct pg_parser *p);
struct ast_list pg_parse_qualified_name_list(struct pg_parser *p);
struct ast_relation *pg_parse_relation_expr(struct pg_parser *p);
struct ast_list pg_parse_relation_expr_list(struct pg_parser *p);
struct ast_relation *pg_relation_of_names(struct pg_parser *p, struct ast_names names,
                                          int32_t location);
struct slice pg_names_text(struct pg_parser *p, struct ast_names names); /* a.b.c */

/* Types (parse_type.c). */
struct ast_type_name *pg_parse_typename(struct pg_parser *p);
struct ast_type_name *pg_parse_func_type(struct pg_parser *p);
struct ast_list pg_parse_type_list(struct pg_parser *p);
/* The built-in types' own spellings; NULL when there is none here. As constants (TYPE 'text')
 * lengths are not filled in. */
struct ast_type_name *pg_parse_builtin_type(struct pg_parser *p, bool constant);
struct ast_type_name *pg_system_type(struct pg_parser *p, const char *name, int32_t location);
struct ast_list pg_parse_opt_interval(struct pg_parser *p);

/* Expressions (parse_expr.c, parse_primary.c, parse_call.c, parse_special.c). */
struct ast_node *pg_parse_a_expr(struct pg_parser *p);
struct ast_node *pg_parse_b_expr(struct pg_parser *p);
struct ast_node *pg_parse_target_expr(struct pg_parser *p); /* a_expr of a target_el */
struct ast_node *pg_parse_c_expr(struct pg_parser *p);
/* Goes on behind a primary that was read already. */
struct ast_node *pg_parse_expr_from(struct pg_parser *p, struct ast_node *left);
struct ast_list pg_parse_expr_list(struct pg_parser *p);
struct ast_node *pg_parse_primary(struct pg_parser *p, bool restricted);
/* '(' ... ')': a query (ast_select) or an expression, whichever it is. */
struct ast_node *pg_parse_parentheses(struct pg_parser *p);
struct ast_list pg_parse_opt_indirection(struct pg_parser *p);
struct ast_node *pg_indirect(struct pg_parser *p, struct ast_node *arg);
struct ast_node *pg_parse_func_call(struct pg_parser *p, struct ast_names name, int32_t location);
struct ast_func_call *pg_parse_application(struct pg_parser *p, struct ast_names name,
                                           int32_t location);
struct ast_node *pg_parse_func_expr_windowless(struct pg_parser *p);
/* What an index, a partition key or statistics are over: a column's name, an expression in parentheses or a call;
 * one of the two is filled. */
void pg_parse_key(struct pg_parser *p, struct slice *column, struct ast_node **expression);
struct ast_func_call *pg_call_of(struct pg_parser *p, const char *name, int32_t location);
/* Expressions that begin with a word of their own (CASE, EXTRACT ...); NULL: none does here. */
struct ast_node *pg_parse_special(struct pg_parser *p);
/* Those of them that are func_expr_common_subexpr, so that they may stand for a function. */
struct ast_node *pg_parse_special_call(struct pg_parser *p);
/* A call of a word that is no keyword (PostgreSQL 15 had it not) with a syntax of its own, from its
 * '(' on; `at` is where the word stands. NULL, and nothing is taken: it is none of those. */
struct ast_node *pg_parse_word_call(struct pg_parser *p, struct slice word, int32_t at);
struct ast_node *pg_parse_xml(struct pg_parser *p);
struct ast_node *pg_parse_xmlexists_argument(struct pg_parser *p);
struct ast_node *pg_parse_func_arg_expr(struct pg_parser *p);
/* func_arg_list and what stands behind it, where its first argument was read already. */
struct ast_func_call *pg_parse_application_from(struct pg_parser *p, struct ast_func_call *call);
/* filter_clause and over_clause; what is not written stays as it is. */
void pg_parse_filter_over(struct pg_parser *p, struct ast_node **filter, struct ast_window **over);
struct ast_window *pg_parse_window_specification(struct pg_parser *p);
struct ast_operator *pg_operator(struct pg_parser *p, enum ast_operator_type type, const char *name,
                                 struct ast_node *left, struct ast_node *right, int32_t location);
struct ast_node *pg_sublink(struct pg_parser *p, enum ast_sublink_type type, struct ast_node *query,
                            int32_t location);
struct ast_node *pg_negate(struct pg_parser *p, struct ast_node *arg, int32_t location);

/* SQL/JSON (parse_json.c). The clauses are NULL where they are not written. */
struct ast_json_format *pg_parse_opt_json_format(struct pg_parser *p);
struct ast_json_returning *pg_parse_opt_json_returning(struct pg_parser *p);
struct ast_json_value *pg_parse_json_value_expr(struct pg_parser *p); /* value [FORMAT JSON] */
/* pg_parse_word_call's part. */
struct ast_node *pg_parse_json_call(struct pg_parser *p, struct slice word, int32_t at);
/* Behind arg IS, at the word JSON. */
struct ast_node *pg_parse_json_predicate(struct pg_parser *p, struct ast_node *arg, int32_t at);
/* JSON_EXISTS, JSON_VALUE, JSON_QUERY behind their words; JSON_TABLE, without an alias
 * (parse_json_query.c). */
struct ast_node *pg_parse_json_exists(struct pg_parser *p, int32_t at);
struct ast_node *pg_parse_json_value(struct pg_parser *p, int32_t at);
struct ast_node *pg_parse_json_query(struct pg_parser *p, int32_t at);
struct ast_from_json_table *pg_parse_json_table(struct pg_parser *p);

/* Queries (parse_select.c, parse_from.c, parse_dml.c). */
bool pg_starts_select(uint16_t kind);                    /* SELECT, VALUES, TABLE, WITH */
struct ast_select *pg_parse_select(struct pg_parser *p); /* SelectStmt */
struct ast_select *pg_parse_routine_expression(struct pg_parser *p); /* PLpgSQL_Expr */
struct ast_select *pg_parse_select_with_parens(struct pg_parser *p);
/* What may follow a query in parentheses that is part of a larger one. */
struct ast_select *pg_parse_select_from(struct pg_parser *p, struct ast_select *first);
struct ast_select *pg_parse_select_after_with(struct pg_parser *p, struct ast_with *with);
bool pg_continues_select(uint16_t kind);
bool pg_ends_target(uint16_t kind); /* what may stand behind an item of SELECT's list */
/* opt_asc_desc, opt_nulls_order. */
void pg_parse_sort_order(struct pg_parser *p, enum ast_sort_direction *direction,
                         enum ast_nulls_order *nulls);
struct ast_with *pg_parse_opt_with(struct pg_parser *p);
struct ast_list pg_parse_target_list(struct pg_parser *p);
struct ast_list pg_parse_opt_sort(struct pg_parser *p);
struct ast_node *pg_parse_opt_where(struct pg_parser *p);
struct ast_into *pg_parse_into_target(struct pg_parser *p);
struct ast_list pg_parse_from_list(struct pg_parser *p);
struct ast_node *pg_parse_table_ref(struct pg_parser *p);
struct ast_relation *pg_parse_relation_expr_opt_alias(struct pg_parser *p);
struct ast_node *pg_parse_preparable(struct pg_parser *p); /* PreparableStmt, with its WITH */
struct ast_node *pg_parse_insert(struct pg_parser *p, struct ast_with *with);
struct ast_node *pg_parse_update(struct pg_parser *p, struct ast_with *with);
struct ast_node *pg_parse_delete(struct pg_parser *p, struct ast_with *with);
struct ast_node *pg_parse_merge(struct pg_parser *p, struct ast_with *with);

/* Tables and indexes (parse_table.c, parse_constraint.c, parse_index.c, parse_alter_table.c). */
struct ast_list pg_parse_index_params(struct pg_parser *p);
struct ast_list pg_parse_exclusions(struct pg_parser *p); /* '(' ExclusionConstraintList ')' */
bool pg_parse_nulls_not_distinct(struct pg_parser *p);
struct ast_node *pg_parse_create_index(struct pg_parser *p); /* from [UNIQUE] INDEX on */

/* Options (parse_option.c); lists of ast_option. */
struct ast_node *pg_parse_def_arg(struct pg_parser *p);
struct ast_list pg_parse_reloptions(struct pg_parser *p);
struct ast_list pg_parse_definition(struct pg_parser *p);
struct ast_list pg_parse_operator_definition(struct pg_parser *p); /* NONE has no value */
struct ast_list pg_parse_opt_with_definition(struct pg_parser *p);
struct ast_list pg_parse_utility_options(struct pg_parser *p);
struct ast_list pg_parse_create_options(struct pg_parser *p); /* OPTIONS (...), if any */
struct ast_list pg_parse_alter_options(struct pg_parser *p);

/* What DROP, COMMENT, ALTER ... say of an object: see pg_object_kinds. */
enum pg_object_naming {
    PG_NAMED,      /* name */
    PG_NAMED_ANY,  /* any_name */
    PG_NAMED_TYPE, /* Typename */
    PG_NAMED_COLUMN,
    PG_NAMED_ON,         /* name ON relation */
    PG_NAMED_CONSTRAINT, /* name ON [DOMAIN] relation */
    PG_NAMED_FUNCTION,
    PG_NAMED_AGGREGATE,
    PG_NAMED_OPERATOR,
    PG_NAMED_USING, /* any_name USING method */
    PG_NAMED_CAST,
    PG_NAMED_TRANSFORM,
    PG_NAMED_OID,
};

enum pg_object_use {
    PG_DROP = 1 << 0,
    PG_COMMENT = 1 << 1, /* SECURITY LABEL, too */
    PG_MEMBER = 1 << 2,  /* ALTER EXTENSION ADD, DROP */
    PG_RENAME = 1 << 3,  /* ALTER ... RENAME TO */
    PG_OWNER = 1 << 4,
    PG_SCHEMA = 1 << 5,
    PG_DEPENDS = 1 << 6,
};

struct pg_object_kind {
    uint16_t words[3];
    enum ast_object_type type;
    enum pg_object_naming naming;
    unsigned uses; /* enum pg_object_use */
};

extern const struct pg_object_kind pg_object_kinds[]; /* words[0] 0 ends it */

/* parse_alter.c. */
struct ast_node *pg_parse_common_alter(struct pg_parser *p, struct ast_object *object,
                                       unsigned uses, int32_t at);
struct ast_object *pg_relation_object(struct pg_parser *p, struct ast_relation *relation,
                                      enum ast_object_type type);
struct ast_node *pg_parse_alter(struct pg_parser *p);

/* parse_alter_table.c. */
struct ast_node *pg_parse_alter_table_commands(struct pg_parser *p, struct ast_relation *relation,
                                               enum ast_object_type type, bool missing_ok,
                                               int32_t at);
struct ast_node *pg_parse_move_all(struct pg_parser *p, enum ast_object_type type);
struct ast_node *pg_parse_attribute_commands(struct pg_parser *p, struct ast_relation *type,
                                             int32_t at);

/* parse_constraint.c. */
void pg_parse_timing_attributes(struct pg_parser *p, const char *what, bool *deferrable,
                                bool *initially_deferred);
bool pg_parse_generated_when(struct pg_parser *p);
struct ast_list pg_parse_column_constraints(struct pg_parser *p, struct ast_collate **collate);
bool pg_starts_table_constraint(struct pg_parser *p);
struct ast_constraint *pg_parse_table_constraint(struct pg_parser *p);

/* parse_copy.c. */
struct ast_node *pg_parse_copy(struct pg_parser *p);

/* parse_create.c. */
struct ast_node *pg_parse_create(struct pg_parser *p);

/* parse_cursor.c. */
struct ast_node *pg_parse_declare(struct pg_parser *p);
struct ast_node *pg_parse_close(struct pg_parser *p);
struct ast_node *pg_parse_fetch(struct pg_parser *p);
struct ast_node *pg_parse_prepare(struct pg_parser *p);
struct ast_node *pg_parse_execute(struct pg_parser *p);
struct ast_node *pg_parse_deallocate(struct pg_parser *p);
struct ast_node *pg_parse_explain(struct pg_parser *p);

/* parse_database.c. */
struct ast_node *pg_parse_create_schema(struct pg_parser *p);
struct ast_node *pg_parse_create_database(struct pg_parser *p);
struct ast_node *pg_parse_alter_database(struct pg_parser *p, const struct ast_object *object,
                                         int32_t at);
struct ast_node *pg_parse_create_tablespace(struct pg_parser *p);
struct ast_node *pg_parse_alter_tablespace(struct pg_parser *p, const struct ast_object *object,
                                           int32_t at);
struct ast_node *pg_parse_create_extension(struct pg_parser *p);
struct ast_node *pg_parse_alter_extension(struct pg_parser *p, const struct ast_object *object,
                                          int32_t at);

/* parse_define.c. */
struct ast_node *pg_parse_create_aggregate(struct pg_parser *p, bool replace);
struct ast_node *pg_parse_create_collation(struct pg_parser *p);
struct ast_node *pg_parse_create_text_search(struct pg_parser *p);
struct ast_node *pg_parse_alter_collation(struct pg_parser *p, const struct ast_object *object,
                                          int32_t at);
struct ast_node *pg_parse_alter_operator(struct pg_parser *p, const struct ast_object *object,
                                         int32_t at);
struct ast_node *pg_parse_create_cast(struct pg_parser *p);
struct ast_node *pg_parse_create_transform(struct pg_parser *p, bool replace);
struct ast_node *pg_parse_create_conversion(struct pg_parser *p);
struct ast_node *pg_parse_create_operator(struct pg_parser *p);
struct ast_node *pg_parse_alter_op_family(struct pg_parser *p, const struct ast_object *object,
                                          int32_t at);
struct ast_names pg_parse_handler_name(struct pg_parser *p);
struct ast_node *pg_parse_create_language(struct pg_parser *p, bool replace);
struct ast_node *pg_parse_create_access_method(struct pg_parser *p);

/* parse_foreign.c. */
struct ast_node *pg_parse_create_fdw(struct pg_parser *p);
struct ast_node *pg_parse_alter_fdw(struct pg_parser *p, const struct ast_object *object,
                                    int32_t at);
struct ast_node *pg_parse_create_server(struct pg_parser *p);
struct ast_node *pg_parse_alter_server(struct pg_parser *p, const struct ast_object *object,
                                       int32_t at);
struct ast_node *pg_parse_create_user_mapping(struct pg_parser *p);
struct ast_node *pg_parse_alter_user_mapping(struct pg_parser *p, int32_t at);
struct ast_node *pg_parse_import(struct pg_parser *p);

/* parse_from.c. */
struct ast_list pg_parse_column_definitions(struct pg_parser *p);

/* parse_function.c. */
struct ast_func_ref *pg_parse_func_ref(struct pg_parser *p);
struct ast_list pg_parse_aggregate_args(struct pg_parser *p, int32_t *direct, bool *star);
struct ast_func_ref *pg_parse_aggregate_ref(struct pg_parser *p);
struct ast_list pg_parse_operand_types(struct pg_parser *p);
struct ast_func_ref *pg_parse_operator_ref(struct pg_parser *p);
struct ast_node *pg_parse_create_function(struct pg_parser *p, bool replace);
struct ast_node *pg_parse_alter_function(struct pg_parser *p, const struct ast_object *object,
                                         int32_t at);
struct ast_node *pg_parse_do(struct pg_parser *p);
struct ast_node *pg_parse_call(struct pg_parser *p);

/* parse_grant.c. */
struct ast_node *pg_parse_grant(struct pg_parser *p);
struct ast_node *pg_parse_alter_default_privileges(struct pg_parser *p, int32_t at);

/* parse_object.c. */
const struct pg_object_kind *pg_parse_object_kind(struct pg_parser *p, unsigned use);
/* A type or domain by a plain qualified name. */
struct ast_object *pg_parse_type_object(struct pg_parser *p, enum ast_object_type type);
struct ast_object *pg_parse_object(struct pg_parser *p, const struct pg_object_kind *kind);
struct slice pg_object_name(const struct ast_object *object);
struct ast_node *pg_parse_drop(struct pg_parser *p);
struct ast_node *pg_parse_comment(struct pg_parser *p);
struct ast_node *pg_parse_security_label(struct pg_parser *p);

/* parse_partition.c. */
struct ast_partition_spec *pg_parse_opt_partition_spec(struct pg_parser *p);
struct ast_partition_bound *pg_parse_partition_bound(struct pg_parser *p);

/* parse_replication.c. */
struct ast_node *pg_parse_create_publication(struct pg_parser *p);
struct ast_node *pg_parse_alter_publication(struct pg_parser *p, const struct ast_object *object,
                                            int32_t at);
struct ast_node *pg_parse_create_subscription(struct pg_parser *p);
struct ast_node *pg_parse_alter_subscription(struct pg_parser *p, const struct ast_object *object,
                                             int32_t at);
struct ast_node *pg_parse_alter_ts_dictionary(struct pg_parser *p, const struct ast_object *object,
                                              int32_t at);
struct ast_node *pg_parse_alter_ts_configuration(struct pg_parser *p,
                                                 const struct ast_object *object, int32_t at);

/* parse_role.c. */
struct ast_role *pg_parse_auth_ident(struct pg_parser *p);
struct ast_node *pg_parse_create_role(struct pg_parser *p);
struct ast_node *pg_parse_alter_role(struct pg_parser *p, int32_t at);
struct ast_node *pg_parse_reassign(struct pg_parser *p);

/* parse_sequence.c. */
struct ast_list pg_parse_sequence_options(struct pg_parser *p);
struct ast_list pg_parse_parenthesized_sequence_options(struct pg_parser *p);
struct ast_list pg_parse_identity_options(struct pg_parser *p);
struct ast_node *pg_parse_create_sequence(struct pg_parser *p, enum ast_persistence persistence);

/* parse_set.c. */
struct ast_node *pg_parse_setting_value(struct pg_parser *p);
struct ast_node *pg_parse_set_reset(struct pg_parser *p, bool statement);
struct ast_node *pg_parse_show(struct pg_parser *p);
struct ast_node *pg_parse_alter_system(struct pg_parser *p, int32_t at);

/* parse_table.c. */
struct ast_column_def *pg_parse_column_def(struct pg_parser *p);
bool pg_parse_opt_with_no_data(struct pg_parser *p);
struct ast_node *pg_parse_create_table(struct pg_parser *p, enum ast_persistence persistence);
struct ast_node *pg_parse_create_foreign_table(struct pg_parser *p);
struct ast_node *pg_parse_create_materialized_view(struct pg_parser *p,
                                                   enum ast_persistence persistence);

/* parse_transaction.c. */
struct ast_list pg_parse_transaction_modes(struct pg_parser *p);
struct ast_node *pg_parse_transaction(struct pg_parser *p);

/* parse_trigger.c. */
struct ast_node *pg_parse_create_trigger(struct pg_parser *p, bool replace, int32_t at);
struct ast_node *pg_parse_create_event_trigger(struct pg_parser *p);
struct ast_node *pg_parse_alter_event_trigger(struct pg_parser *p, const struct ast_object *object,
                                              int32_t at);
struct ast_node *pg_parse_create_rule(struct pg_parser *p, bool replace);
struct ast_node *pg_parse_create_policy(struct pg_parser *p);
struct ast_node *pg_parse_alter_policy(struct pg_parser *p, int32_t at);
struct ast_node *pg_parse_create_statistics(struct pg_parser *p);
struct ast_node *pg_parse_alter_statistics(struct pg_parser *p, int32_t at);

/* parse_type_ddl.c. */
struct ast_node *pg_parse_create_domain(struct pg_parser *p);
struct ast_node *pg_parse_alter_domain(struct pg_parser *p, int32_t at);
struct ast_node *pg_parse_create_type(struct pg_parser *p);
struct ast_node *pg_parse_alter_type(struct pg_parser *p, int32_t at);

/* parse_utility.c. */
struct ast_node *pg_parse_truncate(struct pg_parser *p);
struct ast_node *pg_parse_lock(struct pg_parser *p);
struct ast_node *pg_parse_vacuum(struct pg_parser *p);
struct ast_node *pg_parse_cluster(struct pg_parser *p);
struct ast_node *pg_parse_reindex(struct pg_parser *p);
struct ast_node *pg_parse_checkpoint(struct pg_parser *p);
struct ast_node *pg_parse_load(struct pg_parser *p);
struct ast_node *pg_parse_listen(struct pg_parser *p);
struct ast_node *pg_parse_unlisten(struct pg_parser *p);
struct ast_node *pg_parse_notify(struct pg_parser *p);
struct ast_node *pg_parse_discard(struct pg_parser *p);

/* parse_view.c. */
struct ast_node *pg_parse_create_view(struct pg_parser *p, enum ast_persistence persistence,
                                      bool replace);
struct ast_node *pg_parse_refresh(struct pg_parser *p);

/* Statements. */
struct ast_node *pg_parse_statement(struct pg_parser *p); /* NULL: an empty one */

#endif
