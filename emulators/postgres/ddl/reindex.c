/* REINDEX: indexes are always as they should be; what is left are locks, checks and tablespaces. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/options.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_utility.h"

/* What the statement says. */
struct reindex {
    struct pg_ddl *ddl;
    enum ast_reindex_type type;
    bool concurrently;
    struct slice tablespace; /* ptr NULL: they stay */
    uint32_t tablespace_id;
};

static bool read_options(struct reindex *reindex, const struct ast_list *options)
{
    struct pg_ddl *ddl = reindex->ddl;
    bool verbose;
    for (uint32_t i = 0; i < options->count; i++) {
        const struct ast_option *option = AST_AS(option, options->items[i]);
        bool fine = true;
        if (slice_eq_str(option->name, "verbose"))
            fine = pg_option_flag(ddl, option, &verbose);
        else if (slice_eq_str(option->name, "concurrently"))
            fine = pg_option_flag(ddl, option, &reindex->concurrently);
        else if (slice_eq_str(option->name, "tablespace"))
            reindex->tablespace = pg_option_string(ddl, option);
        else
            fine = sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "unrecognized REINDEX option \"" SLICE_FMT "\"",
                               SLICE_ARG(option->name));
        if (!fine)
            return false;
    }
    if (!reindex->tablespace.ptr)
        return true;
    return pg_tablespace_require(ddl, reindex->tablespace, &reindex->tablespace_id);
}

static bool is_system(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    return relation->object.id < ddl->session->dialect->first_free_id;
}

static struct sql_schema schema_of(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    return *sql_find_schema_id(ddl->session, relation->object.schema);
}

/* ---- one index */

static bool check_move(const struct reindex *reindex, const struct sql_relation *index)
{
    struct sql_error *error = reindex->ddl->env->error;
    if (!reindex->tablespace_id)
        return true;
    if (is_system(reindex->ddl, index))
        return sql_fail(error, "0A000", "cannot move system relation \"" SLICE_FMT "\"",
                        SLICE_ARG(index->object.name));
    if (reindex->concurrently && reindex->tablespace_id == PG_TABLESPACE_GLOBAL)
        return sql_fail(error, "0A000",
                        "cannot move non-shared relation to tablespace \"" SLICE_FMT "\"",
                        SLICE_ARG(reindex->tablespace));
    return pg_tablespace_check_use(reindex->ddl, reindex->tablespace_id);
}

static bool visit_index(const struct reindex *reindex, const struct sql_relation *index)
{
    uint32_t id = index->object.id;
    enum sql_lock_mode mode =
        reindex->concurrently ? SQL_SHARE_UPDATE_EXCLUSIVE : SQL_ACCESS_EXCLUSIVE;
    return check_move(reindex, index) &&
           sql_lock_relation(reindex->ddl->env, id, mode, SQL_WAIT_BLOCK) &&
           (!reindex->tablespace_id || pg_tablespace_move(reindex->ddl, id, reindex->tablespace));
}

/* An index of a partitioned table stands for those of the partitions. */
static bool visit_parts(const struct reindex *reindex, uint32_t id)
{
    struct sql_session *session = reindex->ddl->session;
    const struct sql_relation *index = sql_find_relation_id(session, id);
    if (index->kind == SQL_RELATION_INDEX)
        return visit_index(reindex, index);
    for (uint16_t i = 0; i < index->child_count; i++)
        if (!visit_parts(reindex, index->children[i]))
            return false;
    return true;
}

static bool run_index(const struct reindex *reindex, const struct sql_relation *index)
{
    struct pg_ddl *ddl = reindex->ddl;
    bool parted = index->kind == SQL_RELATION_PARTITIONED_INDEX;
    if (index->kind != SQL_RELATION_INDEX && !parted)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not an index",
                        SLICE_ARG(index->object.name));
    if (!pg_name_must_own(ddl, &index->object) ||
        !sql_lock_relation(ddl->env, index->index->table,
                           reindex->concurrently ? SQL_SHARE_UPDATE_EXCLUSIVE : SQL_SHARE,
                           SQL_WAIT_BLOCK))
        return false;
    if (parted && !pg_block_refuse_inside(pg_session_of(ddl->session), "REINDEX INDEX"))
        return false;
    if (reindex->concurrently && index->index->exclusion)
        return sql_fail(ddl->env->error, "0A000",
                        "concurrent index creation for exclusion constraints is not supported");
    return visit_parts(reindex, index->object.id);
}

/* ---- a table's indexes */

/* Can it be made anew beside the one in use? Says so when it cannot. */
static bool goes_concurrently(const struct reindex *reindex, const struct sql_relation *index)
{
    const char *why = !index->index->valid      ? "invalid"
                      : index->index->exclusion ? "exclusion constraint"
                                                : NULL;
    struct slice schema = schema_of(reindex->ddl, index).object.name;
    if (why && reindex->concurrently)
        pg_ddl_warning(reindex->ddl, index->index->valid ? "0A000" : "XX002",
                       "cannot reindex %s index \"" SLICE_FMT "." SLICE_FMT
                       "\" concurrently, skipping",
                       why, SLICE_ARG(schema), SLICE_ARG(index->object.name));
    return !why || !reindex->concurrently;
}

static bool visit_table(const struct reindex *reindex, uint32_t id, bool *out_any)
{
    struct pg_ddl *ddl = reindex->ddl;
    enum sql_lock_mode mode = reindex->concurrently ? SQL_SHARE_UPDATE_EXCLUSIVE : SQL_SHARE;
    if (!sql_lock_relation(ddl->env, id, mode, SQL_WAIT_BLOCK))
        return false;
    const struct sql_relation *table = sql_find_relation_id(ddl->session, id);
    bool parted = table && table->kind == SQL_RELATION_PARTITIONED;
    for (uint16_t i = 0; parted && i < table->child_count; i++)
        if (!visit_table(reindex, table->children[i], out_any))
            return false;
    for (uint16_t i = 0; table && !parted && i < table->index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(ddl->session, table->indexes[i]);
        if (!goes_concurrently(reindex, index))
            continue;
        *out_any = true;
        if (!visit_index(reindex, index))
            return false;
        table = sql_find_relation_id(ddl->session, id);
    }
    return true;
}

/* Catalogs' indexes are known by name alone. */
static bool check_system(const struct reindex *reindex, const struct sql_relation *table)
{
    const struct sql_dialect *dialect = reindex->ddl->session->dialect;
    for (uint32_t i = 0; reindex->tablespace_id && i < dialect->indexes_count; i++)
        if (dialect->indexes[i].relation == table->object.id)
            return sql_fail(reindex->ddl->env->error, "0A000", "cannot move system relation \"%s\"",
                            dialect->text + dialect->indexes[i].name);
    return true;
}

static bool run_table(const struct reindex *reindex, const struct sql_relation *table)
{
    struct pg_ddl *ddl = reindex->ddl;
    bool any = false, parted = table->kind == SQL_RELATION_PARTITIONED;
    struct slice name = table->object.name;
    if (!strchr("rmpt", (char)table->kind))
        return sql_fail(ddl->env->error, "42809",
                        "\"" SLICE_FMT "\" is not a table or materialized view", SLICE_ARG(name));
    if (!pg_name_must_own(ddl, &table->object) ||
        (parted && !pg_block_refuse_inside(pg_session_of(ddl->session), "REINDEX TABLE")) ||
        !visit_table(reindex, table->object.id, &any))
        return false;
    if (is_system(ddl, table))
        return check_system(reindex, table);
    if (!any && !parted)
        pg_ddl_notice(ddl, "00000", "table \"" SLICE_FMT "\" has no indexes %s", SLICE_ARG(name),
                      reindex->concurrently ? "that can be reindexed concurrently" : "to reindex");
    return true;
}

/* ---- a schema's, the system's, the database's: in transactions of its own */

static bool run_many(const struct reindex *reindex, struct slice name)
{
    static const char *const commands[] = {
        [AST_REINDEX_SCHEMA] = "REINDEX SCHEMA",
        [AST_REINDEX_SYSTEM] = "REINDEX SYSTEM",
        [AST_REINDEX_DATABASE] = "REINDEX DATABASE",
    };
    struct pg_ddl *ddl = reindex->ddl;
    struct sql_session *session = ddl->session;
    const struct sql_schema *schema = NULL;
    if (!pg_block_refuse_inside(pg_session_of(session), commands[reindex->type]))
        return false;
    if (reindex->type == AST_REINDEX_SYSTEM && reindex->concurrently)
        return sql_fail(ddl->env->error, "0A000", "cannot reindex system catalogs concurrently");
    if (reindex->type == AST_REINDEX_SCHEMA && !pg_name_schema(ddl, name, false, &schema))
        return false;
    const struct sql_object *owned =
        schema ? &schema->object
               : sql_find_object(session, pg_classes(ddl)->database, session->database->id);
    if (!schema && name.ptr && !slice_eq(name, owned->name))
        return sql_fail(ddl->env->error, "0A000", "can only reindex the currently open database");
    if (!pg_name_must_own(ddl, owned))
        return false;
    uint32_t class_id = pg_classes(ddl)->relation, from = 0;
    const struct sql_object *object;
    while (reindex->type != AST_REINDEX_SYSTEM &&
           (object = sql_next_object(session, class_id, from))) {
        const struct sql_relation *relation = (const void *)object;
        bool any;
        from = object->id + 1;
        bool wanted = !schema || object->schema == schema->object.id;
        bool foreign = relation->persistence == 't' && object->schema != session->temp_schema;
        if (wanted && !foreign && relation->index_count &&
            relation->kind != SQL_RELATION_PARTITIONED && !visit_table(reindex, from - 1, &any))
            return false;
    }
    return true;
}

bool pg_reindex(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_reindex *ast = AST_AS(reindex, node);
    struct reindex reindex = {.ddl = ddl, .type = ast->type};
    const struct sql_relation *relation;
    if (!read_options(&reindex, &ast->options) ||
        (reindex.concurrently &&
         !pg_block_refuse_inside(pg_session_of(ddl->session), "REINDEX CONCURRENTLY")))
        return false;
    if (!ast->relation)
        return run_many(&reindex, ast->name);
    if (!pg_name_relation(ddl, ast->relation, false, SQL_NO_LOCK, &relation))
        return false;
    if (reindex.concurrently && is_system(ddl, relation))
        return sql_fail(ddl->env->error, "0A000", "cannot reindex system catalogs concurrently");
    return ast->type == AST_REINDEX_INDEX ? run_index(&reindex, relation)
                                          : run_table(&reindex, relation);
}
