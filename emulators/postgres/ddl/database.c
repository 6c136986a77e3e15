/* CREATE DATABASE, ALTER DATABASE, DROP DATABASE. */
#include "emulators/postgres/block.h"
#include "emulators/postgres/database_use.h"
#include "emulators/postgres/databases.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/options.h"
#include "emulators/postgres/session.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/syntax/ast_object.h"
#include "emulators/sql/txn/txn.h"
#include "emulators/sql/value/integer.h"

static const struct sql_object *find_database(struct pg_ddl *ddl, struct slice name)
{
    return sql_find_object_name(ddl->session, pg_classes(ddl)->database, 0, name);
}

static bool no_database(struct pg_ddl *ddl, struct slice name)
{
    return sql_fail(ddl->env->error, "3D000", "database \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(name));
}

/* ---- options of CREATE DATABASE */

static struct slice text_of(const struct ast_option *option)
{
    if (!option->value)
        return slice_of(NULL, 0);
    if (option->value->kind == AST_NAME)
        return ((const struct ast_name *)option->value)->names.items[0];
    return option->value->kind == AST_CONST ? ((const struct ast_const *)option->value)->text
                                            : slice_of(NULL, 0);
}

static int32_t number_of(const struct ast_option *option)
{
    return option->value && option->value->kind == AST_CONST
               ? ((const struct ast_const *)option->value)->integer
               : -1;
}

static bool flag_of(const struct ast_option *option)
{
    const struct ast_const *value = (const struct ast_const *)option->value;
    bool flag = true;
    if (value && value->node.kind == AST_CONST && value->type == AST_CONST_BOOLEAN)
        return value->boolean;
    return sql_bool_parse(text_of(option), &flag) && flag;
}

struct wanted {
    struct sql_database_object object;
    struct slice template;
};

static bool take_owner(struct pg_ddl *ddl, struct slice name, struct wanted *wanted)
{
    const struct sql_role *role = sql_find_role(ddl->session, name);
    if (!role)
        return sql_fail(ddl->env->error, "42704", "role \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(name));
    wanted->object.object.owner = role->object.id;
    return true;
}

static bool take_option(struct pg_ddl *ddl, const struct ast_option *option, struct wanted *wanted)
{
    static const char *const ignored[] = {
        "encoding",   "locale",     "lc_collate", "lc_ctype",        "strategy",
        "icu_locale", "tablespace", "oid",        "locale_provider", "collation_version"};
    struct sql_database_object *object = &wanted->object;
    if (slice_eq_str(option->name, "owner"))
        return take_owner(ddl, text_of(option), wanted);
    if (slice_eq_str(option->name, "template"))
        wanted->template = text_of(option);
    else if (slice_eq_str(option->name, "connection_limit"))
        object->connection_limit = number_of(option);
    else if (slice_eq_str(option->name, "allow_connections"))
        object->allows_connections = flag_of(option);
    else if (slice_eq_str(option->name, "is_template"))
        object->is_template = flag_of(option);
    else {
        for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
            if (slice_eq_str(option->name, ignored[i]))
                return true;
        return sql_fail_at(ddl->env->error, option->node.location, "42601",
                           "option \"" SLICE_FMT "\" not recognized", SLICE_ARG(option->name));
    }
    return true;
}

/* ---- who else is there */

static bool refuse_others(struct pg_ddl *ddl, uint32_t others)
{
    return sql_detail(ddl->env->error,
                      others == 1 ? "There is %u other session using the database."
                                  : "There are %u other sessions using the database.",
                      others);
}

/* ---- CREATE DATABASE */

struct undo {
    struct sql_instance *instance;
    uint32_t id;
    bool drops; /* when it commits; else when it does not */
};

static void end(struct sql_txn *txn, void *ctx, bool committed)
{
    const struct undo *undo = ctx;
    (void)txn;
    if (committed == undo->drops)
        sql_database_drop(undo->instance, undo->id);
}

static bool on_end(struct pg_ddl *ddl, uint32_t id, bool drops)
{
    static const struct sql_txn_hook hook = {.end = end};
    struct sql_txn *txn = ddl->session->txn;
    struct undo *undo = arena_alloc(&txn->arena, sizeof(*undo));
    if (!undo)
        return sql_fail_memory(ddl->env->error);
    *undo = (struct undo){ddl->session->instance, id, drops};
    return sql_txn_on_end(txn, &hook, undo, ddl->env->error);
}

/* Others at work in the template could change it while it is copied. */
static bool check_template(struct pg_ddl *ddl, const struct sql_database *from, struct slice name)
{
    uint32_t others;
    if (!pg_database_await_left(ddl->env, from->id, &others))
        return false;
    if (others == 0)
        return true;
    sql_fail(ddl->env->error, "55006",
             "source database \"" SLICE_FMT "\" is being accessed by other users", SLICE_ARG(name));
    return refuse_others(ddl, others);
}

static bool may_create(struct pg_ddl *ddl)
{
    const struct sql_role *role = sql_find_role_id(ddl->session, ddl->session->role);
    return (role && (role->superuser || role->create_db)) ||
           sql_fail(ddl->env->error, "42501", "permission denied to create database");
}

static bool find_template(struct pg_ddl *ddl, struct slice name, struct sql_database **out)
{
    struct pg *pg = pg_session_of(ddl->session)->pg;
    *out = pg_database_find(pg, name);
    if (*out && !check_template(ddl, *out, name))
        return false;
    *out = pg_database_find(pg, name); /* it may be gone meanwhile */
    return *out || sql_fail(ddl->env->error, "3D000",
                            "template database \"" SLICE_FMT "\" does not exist", SLICE_ARG(name));
}

bool pg_create_database(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_database *ast = AST_AS(create_database, node);
    struct pg_session *session = pg_session_of(ddl->session);
    struct wanted wanted = {
        .object = {.object = {.class_id = pg_classes(ddl)->database,
                              .owner = ddl->session->role,
                              .name = ast->name,
                              .acl_default = true},
                   .allows_connections = true,
                   .connection_limit = -1,
                   .encoding = 6,
                   .collate = SLICE_LITERAL("C"),
                   .ctype = SLICE_LITERAL("C")},
        .template = SLICE_LITERAL("template1")
    };
    if (!pg_block_refuse_inside(session, "CREATE DATABASE"))
        return false;
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (!take_option(ddl, (const struct ast_option *)ast->options.items[i], &wanted))
            return false;
    if (!may_create(ddl))
        return false;
    if (find_database(ddl, ast->name))
        return sql_fail(ddl->env->error, "42P04", "database \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(ast->name));
    struct sql_database *from;
    if (!find_template(ddl, wanted.template, &from) ||
        !sql_catalog_create(ddl->env, &wanted.object.object) ||
        !on_end(ddl, wanted.object.object.id, false))
        return false;
    return sql_database_create(ddl->session->instance, wanted.object.object.id, from) ||
           sql_fail_memory(ddl->env->error);
}

/* ---- ALTER DATABASE */

static bool set_connection_limit(struct pg_ddl *ddl, const struct ast_option *option,
                                 struct sql_database_object *database)
{
    int limit = -1;
    if (option->value && !pg_option_integer(ddl, option, &limit))
        return false;
    database->connection_limit = limit;
    return limit >= -1 || sql_fail(ddl->env->error, "22023", "invalid connection limit: %d", limit);
}

/* DEFAULT is what CREATE DATABASE takes without the option. */
static bool set_option(struct pg_ddl *ddl, const struct ast_option *option,
                       struct sql_database_object *database)
{
    if (slice_eq_str(option->name, "connection_limit"))
        return set_connection_limit(ddl, option, database);
    if (slice_eq_str(option->name, "is_template")) {
        database->is_template = false;
        return !option->value || pg_option_flag(ddl, option, &database->is_template);
    }
    database->allows_connections = true;
    return !option->value || pg_option_flag(ddl, option, &database->allows_connections);
}

/* Names are looked at before values. */
static bool check_options(struct pg_ddl *ddl, const struct ast_list *options)
{
    static const char *const known[] = {"is_template", "allow_connections", "connection_limit",
                                        "tablespace"};
    uint32_t seen = 0;
    for (uint32_t i = 0; i < options->count; i++) {
        const struct ast_option *option = AST_AS(option, options->items[i]);
        uint32_t at = 0;
        while (at < sizeof known / sizeof *known && !slice_eq_str(option->name, known[at]))
            at++;
        if (at == sizeof known / sizeof *known)
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "option \"" SLICE_FMT "\" not recognized", SLICE_ARG(option->name));
        if (seen & 1U << at)
            return sql_fail_at(ddl->env->error, option->node.location, "42601",
                               "conflicting or redundant options");
        seen |= 1U << at;
    }
    if (!(seen & 8))
        return true;
    return seen == 8 ? sql_fail(ddl->env->error, "0A000",
                                "ALTER DATABASE SET TABLESPACE is not supported")
                     : sql_fail(ddl->env->error, "0A000",
                                "option \"tablespace\" cannot be specified with other options");
}

static bool find_own(struct pg_ddl *ddl, struct slice name, const struct sql_object **out)
{
    *out = find_database(ddl, name);
    return *out ? pg_name_must_own(ddl, *out) : no_database(ddl, name);
}

/* Collations of one version for ever: there is none to become. */
static bool refresh_collation(struct pg_ddl *ddl, struct slice name)
{
    const struct sql_object *object;
    if (!find_own(ddl, name, &object))
        return false;
    pg_ddl_notice(ddl, "00000", "version has not changed");
    return true;
}

bool pg_alter_database(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_database *ast = AST_AS(alter_database, node);
    struct sql_database_object checked;
    const struct sql_object *object;
    if (ast->refresh_collation)
        return refresh_collation(ddl, ast->name);
    if (!check_options(ddl, &ast->options))
        return false;
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (!set_option(ddl, AST_AS(option, ast->options.items[i]), &checked))
            return false;
    if (!find_own(ddl, ast->name, &object))
        return false;
    struct sql_database_object database = *(const struct sql_database_object *)(const void *)object;
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (!set_option(ddl, AST_AS(option, ast->options.items[i]), &database))
            return false;
    if (!database.allows_connections && object->id == ddl->session->database->id)
        return sql_fail(ddl->env->error, "22023",
                        "cannot disallow connections for current database");
    return sql_catalog_replace(ddl->env, &database.object);
}

/* ---- DROP DATABASE */

static bool is_forced(const struct ast_drop_database *ast)
{
    for (uint32_t i = 0; i < ast->options.count; i++)
        if (slice_eq_str(((const struct ast_option *)ast->options.items[i])->name, "force"))
            return true;
    return false;
}

/* Ends the connections to it; those at work end at their next turn, and the database is in use
 * until then. */
static void end_sessions(struct pg *pg, const struct sql_database *database)
{
    for (struct pg_session *at = pg->sessions; at; at = at->next_session) {
        if (at->core.database != database)
            continue;
        pg_session_terminate(at);
        if (!at->core.fiber && !at->core.txn)
            pg_database_leave(at);
    }
}

/* *out NULL: there is none, which IF EXISTS tells in a notice. */
static bool find_droppable(struct pg_ddl *ddl, const struct ast_drop_database *ast,
                           const struct sql_object **out)
{
    const struct sql_object *object = *out = find_database(ddl, ast->name);
    if (!object && ast->missing_ok) {
        pg_ddl_notice(ddl, "00000", "database \"" SLICE_FMT "\" does not exist, skipping",
                      SLICE_ARG(ast->name));
        return true;
    }
    if (!object)
        return no_database(ddl, ast->name);
    return pg_name_must_own(ddl, object) &&
           (!((const struct sql_database_object *)(const void *)object)->is_template ||
            sql_fail(ddl->env->error, "42809", "cannot drop a template database"));
}

/* Waits for the others in it to leave, or makes them. */
static bool empty_database(struct pg_ddl *ddl, const struct ast_drop_database *ast, uint32_t id)
{
    struct sql_database *database = sql_database_find(ddl->session->instance, id);
    uint32_t others;
    if (database && database == ddl->session->database)
        return sql_fail(ddl->env->error, "55006", "cannot drop the currently open database");
    if (is_forced(ast) && database)
        end_sessions(pg_session_of(ddl->session)->pg, database);
    if (!pg_database_await_left(ddl->env, id, &others))
        return false;
    if (others == 0)
        return true;
    sql_fail(ddl->env->error, "55006",
             "database \"" SLICE_FMT "\" is being accessed by other users", SLICE_ARG(ast->name));
    return refuse_others(ddl, others);
}

bool pg_drop_database(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_drop_database *ast = AST_AS(drop_database, node);
    if (!pg_block_refuse_inside(pg_session_of(ddl->session), "DROP DATABASE"))
        return false;
    const struct sql_object *object;
    if (!find_droppable(ddl, ast, &object))
        return false;
    if (!object)
        return true;
    /* While it waits, another may drop it. */
    if (!empty_database(ddl, ast, object->id) || !find_droppable(ddl, ast, &object))
        return false;
    if (!object)
        return true;
    return sql_catalog_drop(ddl->env, pg_classes(ddl)->database, object->id) &&
           on_end(ddl, object->id, true);
}
