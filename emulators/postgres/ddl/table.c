/* CREATE TABLE. */
#include "emulators/postgres/ddl/table.h"

#include "emulators/postgres/ddl/access_method.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/table.h"

bool pg_table_name_free(struct pg_ddl *ddl, uint32_t schema, struct slice name, bool if_not_exists,
                        bool *out_exists)
{
    if (!pg_name_relation_taken(ddl, schema, name, out_exists))
        return false;
    if (*out_exists) {
        if (!if_not_exists)
            return sql_fail(ddl->env->error, "42P07", "relation \"" SLICE_FMT "\" already exists",
                            SLICE_ARG(name));
        pg_ddl_notice(ddl, "42P07", "relation \"" SLICE_FMT "\" already exists, skipping",
                      SLICE_ARG(name));
        return true;
    }
    if (pg_type_name_free(ddl, schema, name))
        return true;
    return sql_hint(ddl->env->error,
                    "A relation has an associated type of the same name, so you must use a name "
                    "that doesn't conflict with any existing type.");
}

static bool define_elements(struct pg_table_def *table, const struct ast_create_table *ast)
{
    for (uint32_t i = 0; i < ast->elements.count; i++) {
        const struct ast_node *element = ast->elements.items[i];
        bool fine;
        if (element->kind == AST_COLUMN_DEF)
            fine = pg_column_define(table, AST_AS(column_def, element));
        else if (element->kind == AST_TABLE_LIKE)
            fine = pg_like_columns(table, AST_AS(table_like, element));
        else
            fine = pg_constraint_note(table, AST_AS(constraint, element), slice_of(NULL, 0));
        if (!fine)
            return false;
    }
    return true;
}

static bool finish_likes(struct pg_table_def *table, const struct ast_create_table *ast)
{
    for (uint32_t i = 0; i < ast->elements.count; i++)
        if (ast->elements.items[i]->kind == AST_TABLE_LIKE &&
            !pg_like_finish(table, AST_AS(table_like, ast->elements.items[i])))
            return false;
    return true;
}

/* ---- ON COMMIT */

struct on_commit {
    struct sql_session *session;
    uint32_t relation;
};

/* Who refers to rows that go must lose its own, too. */
static bool check_references(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    for (uint16_t i = 0; i < relation->referencing_count; i++) {
        const struct sql_constraint *key =
            sql_find_constraint(ddl->session, relation->referencing[i]);
        const struct sql_relation *other = sql_find_relation_id(ddl->session, key->relation);
        if (other->on_commit == PG_ON_COMMIT_DELETE)
            continue;
        sql_fail(ddl->env->error, "0A000", "unsupported ON COMMIT and foreign key combination");
        return sql_detail(ddl->env->error,
                          "Table \"" SLICE_FMT "\" references \"" SLICE_FMT
                          "\", but they do not have the same ON COMMIT setting.",
                          SLICE_ARG(other->object.name), SLICE_ARG(relation->object.name));
    }
    return true;
}

static bool delete_rows(struct sql_env *env, void *ctx)
{
    const struct on_commit *what = ctx;
    const struct sql_relation *found = sql_find_relation_id(what->session, what->relation);
    if (!found || !found->on_commit)
        return true;
    struct pg_ddl ddl = {.session = what->session, .env = env, .arena = env->arena};
    if (found->on_commit == PG_ON_COMMIT_DROP)
        return pg_table_drop(&ddl, what->relation);
    return check_references(&ddl, found) && pg_table_empty(&ddl, what->relation);
}

bool pg_table_on_commit(struct pg_ddl *ddl, uint32_t relation)
{
    static const struct sql_txn_hook hook = {.before = delete_rows};
    struct on_commit *what = arena_alloc(&ddl->session->txn->arena, sizeof *what);
    if (!what)
        return sql_fail_memory(ddl->env->error);
    *what = (struct on_commit){ddl->session, relation};
    return sql_txn_on_end(ddl->session->txn, &hook, what, ddl->env->error);
}

bool pg_table_note_change(struct sql_env *env, const struct sql_relation *relation)
{
    struct pg_ddl ddl = {.session = env->session, .env = env, .arena = env->arena};
    return relation->on_commit != PG_ON_COMMIT_DELETE ||
           pg_table_on_commit(&ddl, relation->object.id);
}

uint32_t pg_table_on_commit_of(enum ast_on_commit said)
{
    return said == AST_ON_COMMIT_DELETE_ROWS ? PG_ON_COMMIT_DELETE
           : said == AST_ON_COMMIT_DROP      ? PG_ON_COMMIT_DROP
                                             : PG_ON_COMMIT_PRESERVE;
}

bool pg_table_empty(struct pg_ddl *ddl, uint32_t relation_id)
{
    struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    struct sql_database *database = ddl->session->database;
    for (uint16_t i = 0; i < relation.index_count; i++) {
        struct sql_relation index = *sql_find_relation_id(ddl->session, relation.indexes[i]);
        if (!index.storage)
            continue;
        if (!sql_storage_drop(ddl->env, database, index.storage) ||
            !sql_btree_create(ddl->env, database, &index.storage) ||
            !sql_catalog_replace(ddl->env, &index.object))
            return false;
    }
    return !relation.storage || (sql_storage_drop(ddl->env, database, relation.storage) &&
                                 sql_table_create(ddl->env, database, &relation.storage) &&
                                 sql_catalog_replace(ddl->env, &relation.object));
}

/* ---- the statement */

static bool begin(struct pg_table_def *table, const struct ast_create_table *ast,
                  enum sql_relation_kind kind)
{
    struct pg_ddl *ddl = table->ddl;
    struct sql_relation *relation = &table->relation;
    relation->kind = ast->partition ? SQL_RELATION_PARTITIONED : kind;
    relation->object.owner = ddl->session->role;
    relation->object.name = ast->relation->name;
    relation->populated = true;
    if (ast->on_commit != AST_ON_COMMIT_NOOP && relation->persistence != 't')
        return sql_fail(ddl->env->error, "42P16", "ON COMMIT can only be used on temporary tables");
    relation->on_commit = pg_table_on_commit_of(ast->on_commit);
    return pg_table_method_choose(ddl, ast->access_method, relation) &&
           pg_options_text(ddl, &ast->options, &relation->options, &relation->option_count) &&
           pg_options_check(ddl, slice_str(ast->partition ? "partitioned" : "heap"),
                            relation->options, relation->option_count);
}

/* Partitions go where what they are of says. */
static bool choose_tablespace(struct pg_table_def *table, const struct ast_create_table *ast)
{
    struct sql_relation *relation = &table->relation;
    bool parted = relation->kind == SQL_RELATION_PARTITIONED;
    const struct sql_relation *above = NULL;
    if (ast->bound && !pg_name_relation(table->ddl, AST_AS(relation, ast->inherits.items[0]), false,
                                        SQL_ACCESS_SHARE, &above))
        return false;
    return (relation->kind != SQL_RELATION_TABLE && !parted) ||
           pg_tablespace_choose(table->ddl, ast->tablespace, above ? above->tablespace : 0, parted,
                                &relation->tablespace);
}

bool pg_table_make(struct pg_ddl *ddl, const struct ast_create_table *ast,
                   enum sql_relation_kind kind, uint32_t *out_id)
{
    struct pg_table_def table = {.ddl = ddl};
    bool exists;
    *out_id = 0;
    if (ast->partition && !ast->bound && ast->inherits.count)
        return sql_fail(ddl->env->error, "42P17",
                        "cannot create partitioned table as inheritance child");
    if (!pg_name_creation(ddl, ast->relation, &table.relation.object.schema,
                          &table.relation.persistence) ||
        !pg_table_name_free(ddl, table.relation.object.schema, ast->relation->name,
                            ast->if_not_exists, &exists))
        return false;
    if (exists)
        return true;
    if (!begin(&table, ast, kind) || !pg_inherit_columns(&table, ast) ||
        !choose_tablespace(&table, ast) ||
        (ast->of_type && !pg_typed_columns(&table, ast->of_type)) ||
        !define_elements(&table, ast) || !pg_inherit_merge(&table) || !pg_columns_check(&table) ||
        !pg_relation_make(&table) ||
        (ast->partition && !pg_partition_key(&table, ast->partition)) ||
        !pg_inherit_finish(&table, ast) || !pg_constraints_add(&table, false) ||
        !finish_likes(&table, ast) || !pg_constraints_add(&table, true))
        return false;
    *out_id = table.relation.object.id;
    return table.relation.on_commit == PG_ON_COMMIT_PRESERVE || pg_table_on_commit(ddl, *out_id);
}

bool pg_create_table(struct pg_ddl *ddl, const struct ast_node *node)
{
    uint32_t id;
    return pg_table_make(ddl, AST_AS(create_table, node), SQL_RELATION_TABLE, &id);
}
