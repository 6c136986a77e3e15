/* CLUSTER: rows have no order that could be kept, but the index is remembered. */
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/options.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_utility.h"

static bool check_options(struct pg_ddl *ddl, const struct ast_list *options)
{
    bool verbose;
    for (uint32_t i = 0; i < options->count; i++) {
        const struct ast_option *option = AST_AS(option, options->items[i]);
        if (!slice_eq_str(option->name, "verbose"))
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "unrecognized CLUSTER option \"" SLICE_FMT "\"",
                               SLICE_ARG(option->name));
        if (!pg_option_flag(ddl, option, &verbose))
            return false;
    }
    return true;
}

static bool check_kind(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    if (strchr("rmp", (char)relation->kind))
        return pg_name_must_own(ddl, &relation->object);
    return sql_fail(ddl->env->error, "42809",
                    "\"" SLICE_FMT "\" is not a table or materialized view",
                    SLICE_ARG(relation->object.name));
}

/* By the index of last time. */
static bool check_again(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    for (uint16_t i = 0; i < relation->index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(ddl->session, relation->indexes[i]);
        if (index->index->clustered)
            return true;
    }
    return sql_fail(ddl->env->error, "42704",
                    "there is no previously clustered index for table \"" SLICE_FMT "\"",
                    SLICE_ARG(relation->object.name));
}

/* The parts of the index are those of the partitions. */
static bool mark_parts(struct pg_ddl *ddl, uint32_t index_id)
{
    const struct sql_relation *index = sql_find_relation_id(ddl->session, index_id);
    for (uint16_t i = 0; i < index->child_count; i++) {
        const struct sql_relation *part = sql_find_relation_id(ddl->session, index->children[i]);
        const struct sql_relation *table = sql_find_relation_id(ddl->session, part->index->table);
        if (!sql_is_owner(ddl->session, ddl->session->role, &table->object))
            continue;
        if (!sql_lock_relation(ddl->env, table->object.id, SQL_ACCESS_EXCLUSIVE, SQL_WAIT_BLOCK))
            return false;
        bool leaf = part->kind == SQL_RELATION_INDEX;
        if (leaf ? !pg_cluster_mark(ddl, table, part->object.name)
                 : !mark_parts(ddl, part->object.id))
            return false;
    }
    return true;
}

bool pg_cluster(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_cluster *ast = AST_AS(cluster, node);
    struct pg_session *session = pg_session_of(ddl->session);
    const struct sql_relation *relation, *index;
    if (!check_options(ddl, &ast->options))
        return false;
    if (!ast->relation)
        return true;
    if (!pg_name_relation(ddl, ast->relation, false, SQL_ACCESS_EXCLUSIVE, &relation) ||
        !check_kind(ddl, relation))
        return false;
    if (!ast->index.ptr)
        return check_again(ddl, relation);
    index = pg_cluster_index(ddl, relation, ast->index);
    if (!index)
        return false;
    if (relation->kind != SQL_RELATION_PARTITIONED)
        return pg_cluster_mark(ddl, relation, ast->index);
    return pg_block_refuse_inside(session, "CLUSTER") && mark_parts(ddl, index->object.id);
}
