/* CREATE FOREIGN TABLE, and OPTIONS of foreign tables and their columns.
 *
 * A struct sql_other beside the relation has the numbers relation and server, and the options as
 * fields; its name is the relation's id. */
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/foreign.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/table.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_object.h"

static const struct sql_other *find(struct pg_ddl *ddl, uint32_t relation)
{
    return (const void *)sql_find_object_name(ddl->session, PG_CLASS_FOREIGN_TABLE, 0,
                                              slice_of(&relation, sizeof relation));
}

static uint32_t validator_of(struct pg_ddl *ddl, const struct sql_other *server)
{
    const struct sql_other *wrapper = (const void *)sql_find_object(
        ddl->session, pg_classes(ddl)->foreign_wrapper, server->numbers[0]);
    return wrapper ? wrapper->numbers[1] : 0;
}

/* ---- CREATE */

static bool check_constraints(struct pg_ddl *ddl, const struct ast_list *elements)
{
    static const struct {
        enum ast_constraint_type type;
        const char *words;
    } refused[] = {
        {AST_CONSTRAINT_PRIMARY, "primary key"},
        {AST_CONSTRAINT_UNIQUE,  "unique"     },
        {AST_CONSTRAINT_EXCLUDE, "exclusion"  },
        {AST_CONSTRAINT_FOREIGN, "foreign key"},
    };
    for (uint32_t i = 0; i < elements->count; i++) {
        const struct ast_node *element = elements->items[i];
        if (element->kind == AST_COLUMN_DEF &&
            !check_constraints(ddl, &AST_AS(column_def, element)->constraints))
            return false;
        for (size_t k = 0; element->kind == AST_CONSTRAINT && k < sizeof refused / sizeof *refused;
             k++)
            if (AST_AS(constraint, element)->type == refused[k].type)
                return sql_fail_at(ddl->env->error, element->location, "0A000",
                                   "%s constraints are not supported on foreign tables",
                                   refused[k].words);
    }
    return true;
}

/* Options of the columns, as they are written. */
static bool set_column_options(struct pg_ddl *ddl, uint32_t relation_id, uint32_t validator,
                               const struct ast_list *elements)
{
    for (uint32_t i = 0; i < elements->count; i++) {
        if (elements->items[i]->kind != AST_COLUMN_DEF)
            continue;
        const struct ast_column_def *def = AST_AS(column_def, elements->items[i]);
        struct pg_foreign_options options = {0};
        struct sql_column column;
        if (!def->foreign_options.count)
            continue;
        if (!pg_alter_get_column(ddl, relation_id, def->name, &column) ||
            !pg_foreign_options_change(ddl, &def->foreign_options, validator,
                                       pg_classes(ddl)->attribute, &options))
            return false;
        column.options = options.texts;
        column.option_count = options.count;
        if (!pg_relation_replace_column(ddl, relation_id, &column))
            return false;
    }
    return true;
}

static bool store(struct pg_ddl *ddl, uint32_t relation_id, const struct sql_other *server,
                  const struct pg_foreign_options *options)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    uint32_t numbers[] = {relation_id, server->object.id};
    struct sql_other table = {
        .object = {.class_id = PG_CLASS_FOREIGN_TABLE,
                   .owner = ddl->session->role,
                   .name = slice_of(&relation_id, sizeof relation_id),
                   .acl_default = true},
        .fields = options->texts,
        .field_count = options->count,
        .numbers = numbers,
        .number_count = 2,
    };
    struct sql_reference relation = pg_whole(ids->relation, relation_id);
    return sql_catalog_create(ddl->env, &table.object) &&
           sql_depend(ddl->env, pg_whole(PG_CLASS_FOREIGN_TABLE, table.object.id), relation, 'i') &&
           sql_depend(ddl->env, relation, pg_whole(ids->foreign_server, server->object.id), 'n');
}

bool pg_create_foreign_table(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_foreign_table *ast = AST_AS(create_foreign_table, node);
    struct pg_foreign_options options = {0};
    uint32_t relation;
    const struct sql_other *server = (const void *)sql_find_object_name(
        ddl->session, pg_classes(ddl)->foreign_server, 0, ast->server);
    if (!check_constraints(ddl, &ast->table->elements))
        return false;
    if (!server)
        return sql_fail(ddl->env->error, "42704", "server \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(ast->server));
    if (!sql_has_privileges(ddl->session, ddl->session->role, &server->object, SQL_PRIV_USAGE))
        return sql_fail(ddl->env->error, "42501", "permission denied for foreign server " SLICE_FMT,
                        SLICE_ARG(ast->server));
    if (!pg_table_make(ddl, ast->table, SQL_RELATION_FOREIGN, &relation))
        return false;
    uint32_t validator = validator_of(ddl, server);
    return !relation || (set_column_options(ddl, relation, validator, &ast->table->elements) &&
                         pg_foreign_options_change(ddl, &ast->options, validator,
                                                   PG_CLASS_FOREIGN_TABLE, &options) &&
                         store(ddl, relation, server, &options));
}

/* ---- ALTER */

static const struct sql_other *server_of(struct pg_ddl *ddl, uint32_t relation)
{
    const struct sql_other *table = find(ddl, relation);
    return table ? (const void *)sql_find_object(ddl->session, pg_classes(ddl)->foreign_server,
                                                 table->numbers[1])
                 : NULL;
}

bool pg_alter_foreign_options(struct pg_ddl *ddl, uint32_t relation_id,
                              const struct ast_alter_table_command *command)
{
    const struct sql_other *old = find(ddl, relation_id), *server = server_of(ddl, relation_id);
    if (!old || !server)
        return true;
    struct sql_other table = *old;
    struct pg_foreign_options options = {old->fields, old->field_count};
    if (!pg_foreign_options_change(ddl, &AST_AS(list_node, command->definition)->list,
                                   validator_of(ddl, server), PG_CLASS_FOREIGN_TABLE, &options))
        return false;
    table.fields = options.texts;
    table.field_count = options.count;
    return sql_catalog_replace(ddl->env, &table.object);
}

bool pg_alter_column_foreign_options(struct pg_ddl *ddl, uint32_t relation_id,
                                     const struct ast_alter_table_command *command)
{
    const struct sql_other *server = server_of(ddl, relation_id);
    struct sql_column column;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    struct pg_foreign_options options = {column.options, column.option_count};
    if (!pg_foreign_options_change(ddl, &AST_AS(list_node, command->definition)->list,
                                   server ? validator_of(ddl, server) : 0,
                                   pg_classes(ddl)->attribute, &options))
        return false;
    column.options = options.texts;
    column.option_count = options.count;
    return pg_relation_replace_column(ddl, relation_id, &column);
}
