/* The kinds of nodes of a syntax tree: one row each, AST_<kind> and the struct that has it.
 *
 * The single list from which the enum, the names and the table of fields (for walking) are checked. */
#ifndef PARLEL_EMULATORS_SQL_SYNTAX_AST_KINDS_H
#define PARLEL_EMULATORS_SQL_SYNTAX_AST_KINDS_H

/* ast.h */
#define AST_KINDS_BASE(X)   \
    X(LIST, list_node)      \
    X(NAME, name)           \
    X(OPTION, option)       \
    X(ROLE, role)           \
    X(TYPE_NAME, type_name) \
    X(ALIAS, alias)         \
    X(RELATION, relation)   \
    X(FUNC_REF, func_ref)   \
    X(RAW_STATEMENT, raw_statement)

/* ast_expr.h */
#define AST_KINDS_EXPR(X)                 \
    X(CONST, const)                       \
    X(PARAM, param)                       \
    X(COLUMN_REF, column_ref)             \
    X(STAR, star)                         \
    X(INDICES, indices)                   \
    X(INDIRECTION, indirection)           \
    X(OPERATOR, operator)                 \
    X(BOOL_EXPR, bool_expr)               \
    X(NULL_TEST, null_test)               \
    X(BOOLEAN_TEST, boolean_test)         \
    X(TYPE_CAST, type_cast)               \
    X(COLLATE, collate)                   \
    X(FUNC_CALL, func_call)               \
    X(NAMED_ARG, named_arg)               \
    X(WINDOW, window)                     \
    X(SORT_BY, sort_by)                   \
    X(SUBLINK, sublink)                   \
    X(CASE, case)                         \
    X(CASE_WHEN, case_when)               \
    X(ROW, row)                           \
    X(ARRAY, array)                       \
    X(COALESCE, coalesce)                 \
    X(MIN_MAX, min_max)                   \
    X(VALUE_FUNCTION, value_function)     \
    X(GROUPING_CALL, grouping_call)       \
    X(SET_TO_DEFAULT, set_to_default)     \
    X(CURRENT_OF, current_of)             \
    X(XML_EXPR, xml_expr)                 \
    X(XML_SERIALIZE, xml_serialize)       \
    X(JSON_FORMAT, json_format)           \
    X(JSON_RETURNING, json_returning)     \
    X(JSON_VALUE, json_value)             \
    X(JSON_KEY_VALUE, json_key_value)     \
    X(JSON_CONSTRUCTOR, json_constructor) \
    X(JSON_AGGREGATE, json_aggregate)     \
    X(JSON_PREDICATE, json_predicate)     \
    X(JSON_BEHAVIOR, json_behavior)       \
    X(JSON_QUERY, json_query)

/* ast_query.h */
#define AST_KINDS_QUERY(X)                    \
    X(SELECT, select)                         \
    X(INSERT, insert)                         \
    X(UPDATE, update)                         \
    X(DELETE, delete)                         \
    X(MERGE, merge)                           \
    X(MERGE_WHEN, merge_when)                 \
    X(TARGET, target)                         \
    X(MULTI_ASSIGN, multi_assign)             \
    X(WITH, with)                             \
    X(CTE, cte)                               \
    X(CTE_SEARCH, cte_search)                 \
    X(CTE_CYCLE, cte_cycle)                   \
    X(INTO, into)                             \
    X(GROUPING_SET, grouping_set)             \
    X(LOCKING, locking)                       \
    X(JOIN, join)                             \
    X(FROM_SUBQUERY, from_subquery)           \
    X(FROM_FUNCTION, from_function)           \
    X(FROM_FUNCTION_ITEM, from_function_item) \
    X(FROM_XML_TABLE, from_xml_table)         \
    X(XML_TABLE_COLUMN, xml_table_column)     \
    X(FROM_JSON_TABLE, from_json_table)       \
    X(JSON_TABLE_COLUMN, json_table_column)   \
    X(FROM_SAMPLE, from_sample)               \
    X(ON_CONFLICT, on_conflict)               \
    X(INFER, infer)                           \
    X(INDEX_ELEMENT, index_element)

/* ast_table.h */
#define AST_KINDS_TABLE(X)                        \
    X(CREATE_TABLE, create_table)                 \
    X(CREATE_TABLE_AS, create_table_as)           \
    X(CREATE_FOREIGN_TABLE, create_foreign_table) \
    X(CREATE_INDEX, create_index)                 \
    X(CREATE_VIEW, create_view)                   \
    X(REFRESH_VIEW, refresh_view)                 \
    X(CREATE_SEQUENCE, create_sequence)           \
    X(ALTER_SEQUENCE, alter_sequence)             \
    X(COLUMN_DEF, column_def)                     \
    X(TABLE_LIKE, table_like)                     \
    X(CONSTRAINT, constraint)                     \
    X(PARTITION_SPEC, partition_spec)             \
    X(PARTITION_ELEMENT, partition_element)       \
    X(PARTITION_BOUND, partition_bound)           \
    X(ALTER_TABLE, alter_table)                   \
    X(ALTER_TABLE_COMMAND, alter_table_command)   \
    X(ALTER_TABLE_MOVE_ALL, alter_table_move_all) \
    X(REPLICA_IDENTITY, replica_identity)         \
    X(PARTITION_COMMAND, partition_command)       \
    X(CREATE_TRIGGER, create_trigger)             \
    X(TRIGGER_TRANSITION, trigger_transition)     \
    X(CREATE_RULE, create_rule)                   \
    X(CREATE_POLICY, create_policy)               \
    X(ALTER_POLICY, alter_policy)                 \
    X(CREATE_STATISTICS, create_statistics)       \
    X(STATISTICS_ELEMENT, statistics_element)     \
    X(ALTER_STATISTICS, alter_statistics)

/* ast_object.h */
#define AST_KINDS_OBJECT(X)                               \
    X(OBJECT, object)                                     \
    X(DROP, drop)                                         \
    X(COMMENT, comment)                                   \
    X(SECURITY_LABEL, security_label)                     \
    X(RENAME, rename)                                     \
    X(ALTER_OWNER, alter_owner)                           \
    X(ALTER_SCHEMA, alter_schema)                         \
    X(ALTER_DEPENDS, alter_depends)                       \
    X(CREATE_SCHEMA, create_schema)                       \
    X(CREATE_DATABASE, create_database)                   \
    X(ALTER_DATABASE, alter_database)                     \
    X(ALTER_DATABASE_SET, alter_database_set)             \
    X(DROP_DATABASE, drop_database)                       \
    X(CREATE_TABLESPACE, create_tablespace)               \
    X(DROP_TABLESPACE, drop_tablespace)                   \
    X(ALTER_TABLESPACE, alter_tablespace)                 \
    X(CREATE_ROLE, create_role)                           \
    X(ALTER_ROLE, alter_role)                             \
    X(ALTER_ROLE_SET, alter_role_set)                     \
    X(DROP_ROLE, drop_role)                               \
    X(GRANT, grant)                                       \
    X(PRIVILEGE, privilege)                               \
    X(GRANT_ROLE, grant_role)                             \
    X(ALTER_DEFAULT_PRIVILEGES, alter_default_privileges) \
    X(DROP_OWNED, drop_owned)                             \
    X(REASSIGN_OWNED, reassign_owned)                     \
    X(CREATE_FUNCTION, create_function)                   \
    X(FUNC_PARAMETER, func_parameter)                     \
    X(ALTER_FUNCTION, alter_function)                     \
    X(RETURN, return )                                    \
    X(DO, do)                                             \
    X(CALL, call)                                         \
    X(DEFINE, define)                                     \
    X(CREATE_DOMAIN, create_domain)                       \
    X(ALTER_DOMAIN, alter_domain)                         \
    X(CREATE_COMPOSITE, create_composite)                 \
    X(CREATE_ENUM, create_enum)                           \
    X(ALTER_ENUM, alter_enum)                             \
    X(CREATE_RANGE, create_range)                         \
    X(ALTER_TYPE, alter_type)                             \
    X(ALTER_OPERATOR, alter_operator)                     \
    X(ALTER_COLLATION, alter_collation)                   \
    X(CREATE_CAST, create_cast)                           \
    X(CREATE_TRANSFORM, create_transform)                 \
    X(CREATE_CONVERSION, create_conversion)               \
    X(CREATE_OP_CLASS, create_op_class)                   \
    X(OP_CLASS_ITEM, op_class_item)                       \
    X(CREATE_OP_FAMILY, create_op_family)                 \
    X(ALTER_OP_FAMILY, alter_op_family)                   \
    X(CREATE_LANGUAGE, create_language)                   \
    X(CREATE_ACCESS_METHOD, create_access_method)         \
    X(CREATE_EVENT_TRIGGER, create_event_trigger)         \
    X(ALTER_EVENT_TRIGGER, alter_event_trigger)           \
    X(CREATE_EXTENSION, create_extension)                 \
    X(ALTER_EXTENSION, alter_extension)                   \
    X(ALTER_EXTENSION_CONTENTS, alter_extension_contents) \
    X(CREATE_FDW, create_fdw)                             \
    X(ALTER_FDW, alter_fdw)                               \
    X(CREATE_SERVER, create_server)                       \
    X(ALTER_SERVER, alter_server)                         \
    X(CREATE_USER_MAPPING, create_user_mapping)           \
    X(ALTER_USER_MAPPING, alter_user_mapping)             \
    X(DROP_USER_MAPPING, drop_user_mapping)               \
    X(IMPORT_FOREIGN_SCHEMA, import_foreign_schema)       \
    X(CREATE_PUBLICATION, create_publication)             \
    X(PUBLICATION_OBJECT, publication_object)             \
    X(ALTER_PUBLICATION, alter_publication)               \
    X(CREATE_SUBSCRIPTION, create_subscription)           \
    X(ALTER_SUBSCRIPTION, alter_subscription)             \
    X(DROP_SUBSCRIPTION, drop_subscription)               \
    X(ALTER_TS_DICTIONARY, alter_ts_dictionary)           \
    X(ALTER_TS_CONFIGURATION, alter_ts_configuration)

/* ast_utility.h */
#define AST_KINDS_UTILITY(X)            \
    X(TRANSACTION, transaction)         \
    X(SET, set)                         \
    X(SHOW, show)                       \
    X(ALTER_SYSTEM, alter_system)       \
    X(DISCARD, discard)                 \
    X(SET_CONSTRAINTS, set_constraints) \
    X(DECLARE_CURSOR, declare_cursor)   \
    X(CLOSE_CURSOR, close_cursor)       \
    X(FETCH, fetch)                     \
    X(PREPARE, prepare)                 \
    X(EXECUTE, execute)                 \
    X(DEALLOCATE, deallocate)           \
    X(EXPLAIN, explain)                 \
    X(COPY, copy)                       \
    X(TRUNCATE, truncate)               \
    X(LOCK, lock)                       \
    X(VACUUM, vacuum)                   \
    X(VACUUM_RELATION, vacuum_relation) \
    X(CLUSTER, cluster)                 \
    X(REINDEX, reindex)                 \
    X(CHECKPOINT, checkpoint)           \
    X(LOAD, load)                       \
    X(LISTEN, listen)                   \
    X(UNLISTEN, unlisten)               \
    X(NOTIFY, notify)                   \
    X(ASSIGNMENT, assignment)

#define AST_KINDS(X)    \
    AST_KINDS_BASE(X)   \
    AST_KINDS_EXPR(X)   \
    AST_KINDS_QUERY(X)  \
    AST_KINDS_TABLE(X)  \
    AST_KINDS_OBJECT(X) \
    AST_KINDS_UTILITY(X)

#endif
