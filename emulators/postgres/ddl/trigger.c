/* CREATE TRIGGER. */
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/postgres/ddl/trigger_def.h"
#include "emulators/sql/catalog/find.h"

static const struct sql_trigger *find_trigger(struct pg_ddl *ddl,
                                              const struct sql_relation *relation,
                                              struct slice name)
{
    for (uint16_t i = 0; i < relation->trigger_count; i++) {
        const struct sql_trigger *trigger = sql_find_trigger(ddl->session, relation->triggers[i]);
        if (trigger && slice_eq(trigger->object.name, name))
            return trigger;
    }
    return NULL;
}

/* ---- the function */

static bool find_function(struct pg_ddl *ddl, const struct ast_names *names, uint32_t *out)
{
    struct slice schema, name;
    if (!pg_name_split(ddl, names, &schema, &name))
        return false;
    struct sql_routines found = sql_find_routines(ddl->session, ddl->env, schema, name);
    for (uint32_t i = 0; i < found.count; i++) {
        const struct sql_routine *routine = found.items[i];
        if (routine->arg_count)
            continue;
        if (!sql_has_privileges(ddl->session, ddl->session->role, &routine->object,
                                SQL_PRIV_EXECUTE))
            return sql_fail(ddl->env->error, "42501", "permission denied for function " SLICE_FMT,
                            SLICE_ARG(name));
        if (routine->result_type != ddl->session->dialect->types_of.trigger)
            return sql_fail(ddl->env->error, "42P17",
                            "function " SLICE_FMT " must return type trigger",
                            SLICE_ARG(pg_ddl_names_text(ddl, names)));
        *out = routine->object.id;
        return true;
    }
    return sql_fail(ddl->env->error, "42883", "function " SLICE_FMT "() does not exist",
                    SLICE_ARG(pg_ddl_names_text(ddl, names)));
}

/* ---- UPDATE OF */

static bool add_columns(struct pg_ddl *ddl, const struct ast_names *names,
                        const struct sql_relation *relation, struct sql_trigger *trigger)
{
    int16_t *columns = arena_array(ddl->arena, names->count + 1u, sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    for (uint32_t i = 0; i < names->count; i++) {
        const struct sql_column *column;
        if (!pg_name_require_column(ddl, relation, names->items[i], &column))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (columns[j] == column->number)
                return sql_fail(ddl->env->error, "42701",
                                "column \"" SLICE_FMT "\" specified more than once",
                                SLICE_ARG(names->items[i]));
        columns[i] = column->number;
    }
    trigger->columns = columns;
    trigger->column_count = (uint16_t)names->count;
    return true;
}

/* ---- storing */

/* CONSTRAINT triggers have a constraint of their name, by which SET CONSTRAINTS finds them. */
static bool make_constraint(struct pg_ddl *ddl, const struct sql_relation *relation,
                            struct sql_trigger *trigger)
{
    struct sql_constraint constraint = {
        .object = {.class_id = pg_classes(ddl)->constraint,
                   .schema = relation->object.schema,
                   .owner = relation->object.owner,
                   .name = trigger->object.name,
                   .acl_default = true},
        .kind = SQL_CONSTRAINT_TRIGGER,
        .deferrable = trigger->deferrable,
        .deferred = trigger->deferred,
        .validated = true,
        .local = true,
        .no_inherit = true,
        .relation = relation->object.id,
    };
    if (!sql_catalog_create(ddl->env, &constraint.object))
        return false;
    trigger->constraint = constraint.object.id;
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, constraint.object.id);
    struct sql_reference on = pg_whole(pg_classes(ddl)->relation, relation->object.id);
    return sql_depend(ddl->env, of, on, 'a') &&
           sql_relation_attach(ddl->env, relation->object.id, SQL_ATTACHED_CONSTRAINT,
                               constraint.object.id);
}

static bool depend(struct pg_ddl *ddl, const struct sql_trigger *trigger)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_env *env = ddl->env;
    struct sql_reference of = pg_whole(ids->trigger, trigger->object.id);
    struct sql_reference table = pg_whole(ids->relation, trigger->relation);
    if (!sql_depend(env, of, pg_whole(ids->routine, trigger->function), 'n'))
        return false;
    if (trigger->constraint) {
        if (!sql_depend(env, pg_whole(ids->constraint, trigger->constraint), of, 'i'))
            return false;
    }
    if (!sql_depend(env, of, table, 'a'))
        return false;
    if (trigger->foreign_table &&
        !sql_depend(env, of, pg_whole(ids->relation, trigger->foreign_table), 'a'))
        return false;
    if (trigger->parent && (!sql_depend(env, of, pg_whole(ids->trigger, trigger->parent), 'P') ||
                            !sql_depend(env, of, table, 'S')))
        return false;
    for (uint16_t i = 0; i < trigger->column_count; i++) {
        struct sql_reference column = {ids->relation, trigger->relation, trigger->columns[i]};
        if (!sql_depend(env, of, column, 'n'))
            return false;
    }
    return sql_depend_on_expr(env, of, trigger->when, trigger->relation, 'n', 'n');
}

static bool store(struct pg_ddl *ddl, const struct sql_relation *relation,
                  struct sql_trigger *trigger, const struct sql_trigger *old)
{
    struct sql_env *env = ddl->env;
    if (old) {
        trigger->object.id = old->object.id;
        return sql_depend_clear(env, pg_whole(pg_classes(ddl)->trigger, old->object.id), 0) &&
               sql_catalog_replace(env, &trigger->object) && depend(ddl, trigger);
    }
    return sql_catalog_create(env, &trigger->object) &&
           sql_relation_attach(env, relation->object.id, SQL_ATTACHED_TRIGGER,
                               trigger->object.id) &&
           depend(ddl, trigger);
}

/* ---- partitions */

struct mapping {
    struct arena *arena;
    const int16_t *map;
};

/* Columns of OLD and NEW get the partition's numbers. */
static struct sql_expr *map_column(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    const struct mapping *mapping = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    (void)depth;
    if (expr->kind != SQL_EXPR_COLUMN || column->column <= 0)
        return NULL;
    struct sql_expr_column *copy = arena_alloc(mapping->arena, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = *column;
    copy->column = mapping->map[column->column - 1];
    return &copy->expr;
}

static bool to_partition(struct pg_ddl *ddl, const struct sql_relation *partition,
                         const struct sql_relation *parent, const struct sql_trigger *from)
{
    struct sql_trigger trigger = *from;
    const struct sql_trigger *old = find_trigger(ddl, partition, from->object.name);
    int16_t *map = pg_column_map(ddl, parent, partition);
    int16_t *columns = arena_array(ddl->arena, from->column_count + 1u, sizeof *columns);
    if (!map || !columns)
        return sql_fail_memory(ddl->env->error);
    if (old && old->parent == from->object.id)
        return true;
    if (old)
        return sql_fail(ddl->env->error, "42710",
                        "trigger \"" SLICE_FMT "\" for relation \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(from->object.name), SLICE_ARG(partition->object.name));
    trigger.object.id = 0;
    trigger.parent = from->object.id;
    trigger.relation = partition->object.id;
    trigger.constraint = 0;
    for (uint16_t i = 0; i < from->column_count; i++)
        columns[i] = map[from->columns[i] - 1];
    trigger.columns = columns;
    struct mapping mapping = {ddl->arena, map};
    if (from->when &&
        !(trigger.when = sql_expr_change(ddl->arena, from->when, map_column, &mapping)))
        return sql_fail_memory(ddl->env->error);
    return (!from->constraint || make_constraint(ddl, partition, &trigger)) &&
           store(ddl, partition, &trigger, NULL) &&
           (partition->kind != SQL_RELATION_PARTITIONED ||
            pg_trigger_to_partitions(ddl, partition->object.id, trigger.object.id));
}

bool pg_trigger_to_partition(struct pg_ddl *ddl, uint32_t partition_id,
                             const struct sql_relation *parent, uint32_t trigger_id)
{
    for (uint16_t i = 0; i < parent->trigger_count; i++) {
        const struct sql_trigger *trigger = sql_find_trigger(ddl->session, parent->triggers[i]);
        if (!trigger || !trigger->row || trigger->internal ||
            (trigger_id && trigger->object.id != trigger_id))
            continue;
        if (!to_partition(ddl, sql_find_relation_id(ddl->session, partition_id), parent, trigger))
            return false;
    }
    return true;
}

bool pg_trigger_to_partitions(struct pg_ddl *ddl, uint32_t parent_id, uint32_t trigger)
{
    const struct sql_relation *parent = sql_find_relation_id(ddl->session, parent_id);
    for (uint16_t i = 0; i < parent->child_count; i++)
        if (!pg_trigger_to_partition(ddl, parent->children[i], parent, trigger))
            return false;
    return true;
}

/* ---- the statement */

static bool check_name(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                       const struct sql_relation *relation, const struct sql_trigger *old)
{
    struct sql_error *error = ddl->env->error;
    if (!old)
        return true;
    if (!ast->replace)
        return sql_fail(error, "42710",
                        "trigger \"" SLICE_FMT "\" for relation \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(ast->name), SLICE_ARG(relation->object.name));
    if (old->internal || old->parent)
        return sql_fail(error, "42710",
                        "trigger \"" SLICE_FMT "\" for relation \"" SLICE_FMT
                        "\" is an internal or a child trigger",
                        SLICE_ARG(ast->name), SLICE_ARG(relation->object.name));
    return !old->constraint || sql_fail(error, "42710",
                                        "trigger \"" SLICE_FMT "\" for relation \"" SLICE_FMT
                                        "\" is a constraint trigger",
                                        SLICE_ARG(ast->name), SLICE_ARG(relation->object.name));
}

static void fill(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                 const struct sql_relation *relation, struct sql_trigger *trigger)
{
    *trigger = (struct sql_trigger){
        .object = {.class_id = pg_classes(ddl)->trigger,
                   .owner = relation->object.owner,
                   .name = ast->name,
                   .acl_default = true},
        .relation = relation->object.id,
        .before = ast->timing == AST_TRIGGER_BEFORE,
        .instead = ast->timing == AST_TRIGGER_INSTEAD,
        .row = ast->row,
        .on_insert = ast->events & AST_TRIGGER_INSERT,
        .on_update = ast->events & AST_TRIGGER_UPDATE,
        .on_delete = ast->events & AST_TRIGGER_DELETE,
        .on_truncate = ast->events & AST_TRIGGER_TRUNCATE,
        .deferrable = ast->deferrable,
        .deferred = ast->initially_deferred,
        .enabled = 'O',
        .arguments = ast->args.items,
        .argument_count = (uint16_t)ast->args.count,
    };
}

static bool define(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                   const struct sql_relation *relation, struct sql_trigger *trigger)
{
    fill(ddl, ast, relation, trigger);
    return pg_trigger_check_form(ddl, ast) && pg_trigger_transitions(ddl, ast, relation, trigger) &&
           pg_trigger_when(ddl, ast, relation, trigger) &&
           find_function(ddl, &ast->function, &trigger->function);
}

bool pg_create_trigger(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_trigger *ast = AST_AS(create_trigger, node);
    const struct sql_relation *relation, *foreign = NULL;
    struct sql_trigger trigger;
    if (ast->constraint && ast->replace)
        return sql_fail(ddl->env->error, "0A000",
                        "CREATE OR REPLACE CONSTRAINT TRIGGER is not supported");
    if (!pg_name_relation(ddl, ast->relation, false, SQL_SHARE_ROW_EXCLUSIVE, &relation) ||
        !pg_trigger_check_relation(ddl, ast, relation) ||
        (ast->constraint_relation &&
         !pg_name_relation(ddl, ast->constraint_relation, false, SQL_ACCESS_SHARE, &foreign)) ||
        !define(ddl, ast, relation, &trigger))
        return false;
    trigger.foreign_table = foreign ? foreign->object.id : 0;
    const struct sql_trigger *old = find_trigger(ddl, relation, ast->name);
    if (!check_name(ddl, ast, relation, old) ||
        !add_columns(ddl, &ast->columns, relation, &trigger) ||
        (ast->constraint && !make_constraint(ddl, relation, &trigger)) ||
        !store(ddl, relation, &trigger, old))
        return false;
    return !ast->row || relation->kind != SQL_RELATION_PARTITIONED ||
           pg_trigger_to_partitions(ddl, trigger.relation, trigger.object.id);
}
