/* Constraints of tables: CHECK, PRIMARY KEY, UNIQUE, EXCLUDE, FOREIGN KEY; and indexes, which three of
 * these are made of. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_CONSTRAINT_H
#define PARLEL_EMULATORS_POSTGRES_DDL_CONSTRAINT_H

#include "emulators/postgres/ddl/options.h"
#include "emulators/postgres/ddl/relation.h"

/* Adds the constraint to a table that exists. validate: its rows must be looked at. */
bool pg_constraint_add(struct pg_ddl *ddl, uint32_t relation, const struct pg_constraint_def *def,
                       bool validate);
/* Adds all constraints of a table that was just made, in the order in which the server does: checks,
 * the primary key, the other indexes; or else its foreign keys. */
bool pg_constraints_add(struct pg_table_def *table, bool foreign);
bool pg_relation_has_primary(struct pg_ddl *ddl, const struct sql_relation *relation);

/* Stores the constraint and hangs it on its relation. */
bool pg_constraint_store(struct pg_ddl *ddl, struct sql_constraint *constraint);
bool pg_foreign_key_add(struct pg_ddl *ddl, uint32_t relation, const struct pg_constraint_def *def,
                        bool validate);
/* A column of the key, on either side, has another type: its operators are looked up again. */
bool pg_foreign_key_retype(struct pg_ddl *ddl, const struct sql_constraint *constraint);
/* A constraint of the relation by name, NULL: none. */
const struct sql_constraint *pg_constraint_find(struct pg_ddl *ddl,
                                                const struct sql_relation *relation,
                                                struct slice name);
/* Fails with 42710 when the name is in use on the relation. */
bool pg_constraint_name_free(struct pg_ddl *ddl, const struct sql_relation *relation,
                             struct slice name);

/* PRIMARY KEY or UNIQUE USING INDEX. */
bool pg_constraint_use_index(struct pg_ddl *ddl, const struct sql_relation *relation,
                             const struct ast_constraint *ast, bool primary);
bool pg_exclusion_add(struct pg_ddl *ddl, const struct sql_relation *relation,
                      const struct pg_constraint_def *def);
/* A check that was added to a table goes to its children, too. */
bool pg_constraint_add_to_children(struct pg_ddl *ddl, const struct sql_relation *relation,
                                   const struct pg_constraint_def *def,
                                   const struct sql_constraint *added, bool validate);
/* The columns of the relation that the expression reads, ascending. */
bool pg_columns_used(struct pg_ddl *ddl, const struct sql_relation *relation, struct sql_expr *expr,
                     int16_t **out, uint16_t *out_count);

/* Fails with 42P17 and that text when the expression's value may change by itself. */
bool pg_require_immutable(struct pg_ddl *ddl, struct sql_expr *expr, const char *text);

/* ---- indexes */

/* An index that is to be made: columns resolved, expressions analysed. */
struct pg_index_def {
    uint32_t table;
    struct slice name; /* ptr NULL: chosen */
    const char *label; /* of a chosen name: idx, key, pkey, excl */
    struct sql_index index;
    struct slice *column_names; /* of the index' own columns */
    bool has_constraint;
    enum sql_constraint_kind constraint_kind;
    struct slice constraint_name;
    bool deferrable, deferred;
    bool if_not_exists, concurrently;
    const struct slice *options;
    uint16_t option_count;
    struct slice comment;
    uint32_t tablespace;
    uint32_t parent; /* index of the partitioned table that it belongs to */
    uint32_t id;     /* made */
};
/* Makes the index, fills it with the table's rows, and adds its constraint. id stays 0 when it was
 * there and if_not_exists. */
bool pg_index_make(struct pg_ddl *ddl, struct pg_index_def *def);
/* The class by which the method indexes the type when none is named; 0: there is none. */
uint32_t pg_index_default_class(struct pg_ddl *ddl, uint32_t method, uint32_t type_id);
/* The operator class of that name for the access method; fails with 42704, or with 0A000 when it is for an
 * index and a user's own. */
bool pg_index_named_class(struct pg_ddl *ddl, uint32_t method, const struct ast_names *names,
                          bool for_index, uint32_t *out);
/* Room for `count` key and included columns in def->index; all zero. */
bool pg_index_reserve(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t count);
/* Column `at` of the index is that column of the table: with the default operator class. */
bool pg_index_set_column(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                         const struct sql_column *column);
/* Column `at` of the index is what the element says; *out_type is its type. */
bool pg_index_set_element(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                          const struct sql_relation *relation,
                          const struct ast_index_element *element, uint32_t *out_type);
/* Column `at` of an index that is there, whose table's columns (or its expressions) may have other types:
 * its own type, and its class when the type has changed. */
bool pg_index_retype_column(struct pg_ddl *ddl, struct pg_index_def *def, uint16_t at,
                            const struct sql_relation *table, struct sql_column *column);
/* An index of a partitioned table is made on its partitions, too. */
bool pg_index_to_partitions(struct pg_ddl *ddl, uint32_t index);
/* Entries for all rows. */
bool pg_index_fill(struct pg_ddl *ddl, uint32_t index);
/* The index on `table` like one on another table (of a parent): map[n] is the table's column for
 * column n + 1 of the other. */
bool pg_index_copy(struct pg_ddl *ddl, const struct sql_relation *from, uint32_t table,
                   const int16_t *map, struct pg_index_def *out);

#endif
