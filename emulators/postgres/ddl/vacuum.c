/* VACUUM and ANALYZE: nothing bloats here and no statistics are kept, so what they do is lock, check and
 * say what they skip. */
#include "emulators/postgres/catalog/size.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/options.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_utility.h"

#define WORKERS_MAX 1024

/* What the statement says. */
struct vacuum {
    struct pg_ddl *ddl;
    bool is_vacuum, analyze, full, skip_locked, process_toast;
    int workers;
};

/* ---- options */

static bool take_workers(struct vacuum *vacuum, const struct ast_option *option)
{
    struct sql_error *error = vacuum->ddl->env->error;
    if (!option->value)
        return sql_fail_at(error, option->node.location, "42601",
                           "parallel option requires a value between 0 and %d", WORKERS_MAX);
    if (!pg_option_integer(vacuum->ddl, option, &vacuum->workers))
        return false;
    return (vacuum->workers >= 0 && vacuum->workers <= WORKERS_MAX) ||
           sql_fail_at(error, option->node.location, "42601",
                       "parallel workers for vacuum must be between 0 and %d", WORKERS_MAX);
}

static bool take_option(struct vacuum *vacuum, const struct ast_option *option)
{
    bool ignored;
    struct {
        const char *name;
        bool both; /* of ANALYZE, too */
        bool *flag;
    } flags[] = {
        {"verbose",               true,  &ignored              },
        {"skip_locked",           true,  &vacuum->skip_locked  },
        {"analyze",               false, &vacuum->analyze      },
        {"freeze",                false, &ignored              },
        {"full",                  false, &vacuum->full         },
        {"disable_page_skipping", false, &ignored              },
        {"process_toast",         false, &vacuum->process_toast},
        {"truncate",              false, &ignored              },
        {"process_main",          false, &ignored              },
        {"skip_database_stats",   false, &ignored              },
        {"only_database_stats",   false, &ignored              },
    };
    struct pg_ddl *ddl = vacuum->ddl;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (slice_eq_str(option->name, flags[i].name) && (flags[i].both || vacuum->is_vacuum))
            return pg_option_flag(ddl, option, flags[i].flag);
    if (slice_eq_str(option->name, "buffer_usage_limit"))
        return true;
    if (vacuum->is_vacuum && slice_eq_str(option->name, "parallel"))
        return take_workers(vacuum, option);
    if (vacuum->is_vacuum && slice_eq_str(option->name, "index_cleanup"))
        return !option->value ||
               slice_eq_nocase(pg_option_string(ddl, option), slice_str("auto")) ||
               pg_option_flag(ddl, option, &ignored);
    return sql_fail_at(ddl->env->error, option->node.location, "42601",
                       "unrecognized %s option \"" SLICE_FMT "\"",
                       vacuum->is_vacuum ? "VACUUM" : "ANALYZE", SLICE_ARG(option->name));
}

static bool check_options(const struct vacuum *vacuum, const struct ast_vacuum *ast)
{
    struct sql_error *error = vacuum->ddl->env->error;
    if (vacuum->full && vacuum->workers > 0)
        return sql_fail(error, "0A000", "VACUUM FULL cannot be performed in parallel");
    for (uint32_t i = 0; !vacuum->analyze && i < ast->relations.count; i++)
        if (AST_AS(vacuum_relation, ast->relations.items[i])->columns.count)
            return sql_fail(error, "0A000",
                            "ANALYZE option must be specified when a column list is provided");
    return !vacuum->full || vacuum->process_toast ||
           sql_fail(error, "0A000", "PROCESS_TOAST required with VACUUM FULL");
}

/* ---- one relation */

static bool check_columns(struct pg_ddl *ddl, const struct sql_relation *relation,
                          const struct ast_names *columns)
{
    const struct sql_column *column;
    for (uint32_t i = 0; i < columns->count; i++) {
        struct slice name = columns->items[i];
        if (!pg_name_require_column(ddl, relation, name, &column))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (slice_eq(name, columns->items[j]))
                return sql_fail(ddl->env->error, "42701",
                                "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                                "\" appears more than once",
                                SLICE_ARG(name), SLICE_ARG(relation->object.name));
    }
    return true;
}

/* May the role do it: as the relation's owner, or the database's? */
static bool may_vacuum(const struct vacuum *vacuum, const struct sql_relation *relation)
{
    struct pg_ddl *ddl = vacuum->ddl;
    struct sql_session *session = ddl->session;
    const struct sql_object *database =
        sql_find_object(session, pg_classes(ddl)->database, session->database->id);
    int builtin = sql_builtin_relation_id(session->dialect, relation->object.id);
    bool shared = builtin >= 0 && session->dialect->relations[builtin].shared;
    if (sql_is_owner(session, session->role, &relation->object) ||
        (!shared && database && sql_is_owner(session, session->role, database)))
        return true;
    bool catalog = relation->object.schema == session->dialect->system_schema;
    pg_ddl_warning(ddl, "01000", "skipping \"" SLICE_FMT "\" --- only %s can %s it",
                   SLICE_ARG(relation->object.name),
                   shared    ? "superuser"
                   : catalog ? "superuser or database owner"
                             : "table or database owner",
                   vacuum->is_vacuum ? "vacuum" : "analyze");
    return false;
}

static bool is_table(const struct vacuum *vacuum, const struct sql_relation *relation)
{
    if (strchr("rmpt", (char)relation->kind))
        return true;
    bool foreign = !vacuum->is_vacuum && relation->kind == SQL_RELATION_FOREIGN;
    pg_ddl_warning(vacuum->ddl, "01000", "skipping \"" SLICE_FMT "\" --- cannot %s %s",
                   SLICE_ARG(relation->object.name), vacuum->is_vacuum ? "vacuum" : "analyze",
                   foreign ? "this foreign table" : "non-tables or special system tables");
    return false;
}

/* Says that a table which the statement names is left out. */
static void warn_skipped(const struct vacuum *vacuum, struct slice name, const char *sqlstate,
                         const char *why)
{
    if (name.ptr)
        pg_ddl_warning(vacuum->ddl, sqlstate, "skipping %s of \"" SLICE_FMT "\" --- %s",
                       vacuum->is_vacuum ? "vacuum" : "analyze", SLICE_ARG(name), why);
}

/* *out NULL: it was not locked because nobody asks for waiting, or is gone. */
static bool lock_table(const struct vacuum *vacuum, uint32_t id, struct slice name,
                       const struct sql_relation **out)
{
    struct pg_ddl *ddl = vacuum->ddl;
    bool locked = true;
    const struct sql_lock_tag tag = {
        .kind = SQL_LOCK_RELATION, .database = ddl->session->database->id, .id = id};
    *out = NULL;
    if (!sql_lock(ddl->env, &tag, vacuum->full ? SQL_ACCESS_EXCLUSIVE : SQL_SHARE_UPDATE_EXCLUSIVE,
                  vacuum->skip_locked ? SQL_WAIT_SKIP : SQL_WAIT_BLOCK, &locked))
        return false;
    if (locked)
        *out = sql_find_relation_id(ddl->session, id);
    if (!*out)
        warn_skipped(vacuum, name, locked ? "42P01" : "55P03",
                     locked ? "relation no longer exists" : "lock not available");
    return true;
}

/* A partitioned table has nothing to be cleaned; what is known of it comes from its partitions' rows. Its
 * locks are given back, so that who drops a partition meanwhile, and locks the table, need not wait. */
static bool look_at_parts(const struct vacuum *vacuum, uint32_t id, struct slice name)
{
    struct sql_env *env = vacuum->ddl->env;
    struct sql_txn *txn = env->session->txn;
    if (!sql_savepoint_begin(txn, slice_of(NULL, 0), env->error))
        return false;
    uint32_t depth = txn->depth;
    const struct sql_relation *locked;
    bool fine =
        lock_table(vacuum, id, name, &locked) &&
        (!locked || !vacuum->analyze || pg_inherit_lock_below(vacuum->ddl, id, SQL_ACCESS_SHARE));
    if (fine)
        sql_savepoint_rollback(txn, depth);
    sql_savepoint_release(txn, depth);
    return fine;
}

static bool visit_parts(const struct vacuum *vacuum, uint32_t id, const struct ast_names *columns);

/* name: by which the statement names the relation, NULL when it is one below such a relation. */
static bool visit(const struct vacuum *vacuum, uint32_t id, struct slice name,
                  const struct ast_names *columns)
{
    struct sql_session *session = vacuum->ddl->session;
    const struct sql_relation *relation = sql_find_relation_id(session, id);
    if (relation && !may_vacuum(vacuum, relation))
        return true;
    if (relation && relation->kind == SQL_RELATION_PARTITIONED)
        return check_columns(vacuum->ddl, relation, columns) && look_at_parts(vacuum, id, name) &&
               visit_parts(vacuum, id, columns);
    return lock_table(vacuum, id, name, &relation) &&
           (!relation || !is_table(vacuum, relation) ||
            (check_columns(vacuum->ddl, relation, columns) &&
             pg_size_forget(vacuum->ddl->env, id)));
}

/* The partitions that the table has now: some may be gone when their turn comes. */
static bool visit_parts(const struct vacuum *vacuum, uint32_t id, const struct ast_names *columns)
{
    const struct sql_relation *relation = sql_find_relation_id(vacuum->ddl->session, id);
    uint16_t count = relation ? relation->child_count : 0;
    uint32_t *parts = arena_array(vacuum->ddl->arena, count + 1u, sizeof *parts);
    if (!parts)
        return sql_fail_memory(vacuum->ddl->env->error);
    for (uint16_t i = 0; i < count; i++)
        parts[i] = relation->children[i];
    for (uint16_t i = 0; i < count; i++)
        if (!visit(vacuum, parts[i], slice_of(NULL, 0), columns))
            return false;
    return true;
}

/* All names are looked up before the first table is waited for. */
static bool find_tables(struct pg_ddl *ddl, const struct ast_list *list, uint32_t *out)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct sql_relation *relation;
        if (!pg_name_relation(ddl, AST_AS(vacuum_relation, list->items[i])->relation, false,
                              SQL_NO_LOCK, &relation))
            return false;
        out[i] = relation->object.id;
    }
    return true;
}

bool pg_vacuum(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_vacuum *ast = AST_AS(vacuum, node);
    struct vacuum vacuum = {
        .ddl = ddl, .is_vacuum = ast->is_vacuum, .analyze = !ast->is_vacuum, .process_toast = true};
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (!take_option(&vacuum, AST_AS(option, ast->options.items[i])))
            return false;
    if (!check_options(&vacuum, ast))
        return false;
    uint32_t *tables = arena_array(ddl->arena, ast->relations.count + 1u, sizeof *tables);
    if (!tables)
        return sql_fail_memory(ddl->env->error);
    if (!find_tables(ddl, &ast->relations, tables))
        return false;
    for (uint32_t i = 0; i < ast->relations.count; i++) {
        const struct ast_vacuum_relation *target = AST_AS(vacuum_relation, ast->relations.items[i]);
        if (!visit(&vacuum, tables[i], target->relation->name, &target->columns))
            return false;
    }
    return true;
}
