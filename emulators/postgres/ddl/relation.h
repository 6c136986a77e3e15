/* Making relations: columns from their definitions, the row type, the storage. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_RELATION_H
#define PARLEL_EMULATORS_POSTGRES_DDL_RELATION_H

#include "emulators/postgres/ddl/name.h"

/* A column that is being defined. */
struct pg_column_def {
    struct sql_column column;
    const struct ast_node *default_ast; /* DEFAULT or GENERATED, not analysed yet */
    const struct ast_constraint *identity;
    uint32_t sequence; /* that its default or identity draws from */
    bool serial;
    bool not_null_said, null_said;
    bool from_parent, from_type;
    bool value_conflicts; /* parents have different defaults, and the child has none */
    int32_t location;
};

/* A constraint that is being defined; column.ptr: it stands behind that column. */
struct pg_constraint_def {
    struct ast_constraint ast;
    struct slice column;
};

/* A table that is being defined. relation.columns is filled by pg_relation_make. */
struct pg_table_def {
    struct pg_ddl *ddl;
    struct sql_relation relation;
    struct pg_column_def *columns;
    uint32_t column_count;
    struct pg_constraint_def *constraints;
    uint32_t constraint_count;
};

/* Sets how long values are compressed ("pglz", "lz4", "default"); 0A000 when those of the type are not,
 * 22023 when there is no such method. */
bool pg_column_set_compression(struct pg_ddl *ddl, struct sql_column *column, struct slice method);
/* Adds what a column definition says: the column, and its constraints to the table's. */
bool pg_column_define(struct pg_table_def *table, const struct ast_column_def *def);
/* Adds a column as it is (of a parent, LIKE, a view). NULL: the error is filled. */
struct pg_column_def *pg_column_add(struct pg_table_def *table, const struct sql_column *column);
struct pg_column_def *pg_column_find(struct pg_table_def *table, struct slice name);
/* Adds a table constraint (column.ptr NULL) or a column's. */
bool pg_constraint_note(struct pg_table_def *table, const struct ast_constraint *constraint,
                        struct slice column);

/* Checks names and types of columns: 42701, 42P16 and so on. */
bool pg_columns_check(struct pg_table_def *table);
/* The type of the column, with storage and collation, as its definition says. */
bool pg_column_set_type(struct pg_ddl *ddl, struct sql_column *column,
                        const struct ast_type_name *type, const struct ast_collate *collate);
bool pg_collation_for(struct pg_ddl *ddl, const struct ast_collate *collate, uint32_t type_id,
                      uint32_t *out);
/* pg_attribute.attstorage of a type. */
char pg_type_storage(struct sql_session *session, uint32_t type);

/* Stores the relation with its row type and, when it has rows of its own, an empty storage. All
 * dependencies are recorded. table->relation has its id afterwards. */
bool pg_relation_make(struct pg_table_def *table);
/* Records what the relation and its columns need: schema, types, collations, defaults. */
bool pg_relation_depend(struct pg_ddl *ddl, const struct sql_relation *relation);
/* Stores a row type (and its array) for a relation; *out_type. */
bool pg_row_type_make(struct pg_ddl *ddl, const struct sql_relation *relation, uint32_t *out_type);
/* Brings the stored row type up to date with the relation's columns. */
bool pg_row_type_update(struct pg_ddl *ddl, const struct sql_relation *relation);
/* Is the name free for a type? An array type that the server named so makes way. Fails with 42710. */
bool pg_type_name_free(struct pg_ddl *ddl, uint32_t schema, struct slice name);
/* "_name", with more underscores while that is taken. */
bool pg_array_type_name(struct pg_ddl *ddl, uint32_t schema, struct slice element,
                        struct slice *out);
/* Stores an array type over `element`; *out_id. */
bool pg_array_type_make(struct pg_ddl *ddl, const struct sql_type_object *element,
                        uint32_t *out_id);

/* By STORAGE's word: 22023 for what is none, 0A000 for what the column's type cannot have. */
bool pg_column_set_storage(struct pg_ddl *ddl, struct sql_column *column, struct slice word);
/* Analyses a default (or generation) expression and gives it to the column. */
bool pg_column_set_default(struct pg_ddl *ddl, const struct sql_relation *relation,
                           struct sql_column *column, const struct ast_node *expression,
                           bool generated);
/* Makes the stored column an identity column, with a sequence of its own like another one. */
bool pg_column_identity_like(struct pg_ddl *ddl, const struct sql_relation *relation,
                             struct sql_column *column, const struct sql_relation *sequence);
/* Makes a stored column an identity column. */
bool pg_column_add_identity(struct pg_ddl *ddl, const struct sql_relation *relation,
                            struct sql_column *column, const struct ast_constraint *identity);
/* Records what the column's default needs. */
bool pg_column_depend_default(struct pg_ddl *ddl, uint32_t relation,
                              const struct sql_column *column);
/* Gives the relation a changed column; the array is copied. */
bool pg_relation_replace_column(struct pg_ddl *ddl, uint32_t relation,
                                const struct sql_column *column);

#endif
