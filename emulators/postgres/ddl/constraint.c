/* Constraints of tables, foreign keys aside. */
#include "emulators/postgres/ddl/constraint.h"

#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"

const struct sql_constraint *pg_constraint_find(struct pg_ddl *ddl,
                                                const struct sql_relation *relation,
                                                struct slice name)
{
    for (uint16_t i = 0; i < relation->constraint_count; i++) {
        const struct sql_constraint *found =
            sql_find_constraint(ddl->session, relation->constraints[i]);
        if (found && slice_eq(found->object.name, name))
            return found;
    }
    return NULL;
}

bool pg_constraint_name_free(struct pg_ddl *ddl, const struct sql_relation *relation,
                             struct slice name)
{
    return !pg_constraint_find(ddl, relation, name) ||
           sql_fail(ddl->env->error, "42710",
                    "constraint \"" SLICE_FMT "\" for relation \"" SLICE_FMT "\" already exists",
                    SLICE_ARG(name), SLICE_ARG(relation->object.name));
}

/* The constraint goes with the columns that it is about. */
static bool depend_on_columns(struct pg_ddl *ddl, const struct sql_constraint *constraint)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, constraint->object.id);
    struct sql_reference on = pg_whole(pg_classes(ddl)->relation, constraint->relation);
    if (!constraint->column_count)
        return sql_depend(ddl->env, of, on, 'a');
    for (uint16_t i = 0; i < constraint->column_count; i++) {
        on.part = constraint->columns[i];
        if (!sql_depend(ddl->env, of, on, 'a'))
            return false;
    }
    return true;
}

bool pg_constraint_store(struct pg_ddl *ddl, struct sql_constraint *constraint)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, constraint->relation);
    constraint->object.class_id = pg_classes(ddl)->constraint;
    constraint->object.schema = relation->object.schema;
    constraint->object.owner = relation->object.owner;
    if (!sql_catalog_create(ddl->env, &constraint->object) ||
        !sql_relation_attach(ddl->env, constraint->relation, SQL_ATTACHED_CONSTRAINT,
                             constraint->object.id) ||
        !depend_on_columns(ddl, constraint))
        return false;
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, constraint->object.id);
    return !constraint->check ||
           sql_depend_on_expr(ddl->env, of, constraint->check, constraint->relation, 'n', 'a');
}

/* ---- CHECK */

/* Which columns of table 1 an expression reads. */
struct columns_used {
    int16_t *columns;
    uint16_t count;
    bool whole_row;
};

static bool use_column(struct sql_expr *expr, void *ctx)
{
    struct columns_used *used = ctx;
    if (expr->kind != SQL_EXPR_COLUMN)
        return sql_expr_walk(expr, use_column, ctx);
    int32_t column = ((const struct sql_expr_column *)(const void *)expr)->column;
    used->whole_row = used->whole_row || column == 0;
    for (uint16_t i = 0; i < used->count; i++)
        if (used->columns[i] == column)
            return false;
    if (column > 0)
        used->columns[used->count++] = (int16_t)column;
    return false;
}

static int compare_numbers(const void *a, const void *b)
{
    return *(const int16_t *)a - *(const int16_t *)b;
}

bool pg_columns_used(struct pg_ddl *ddl, const struct sql_relation *relation, struct sql_expr *expr,
                     int16_t **out, uint16_t *out_count)
{
    struct columns_used used = {
        .columns = arena_array(ddl->arena, relation->column_count + 1u, sizeof *used.columns)};
    if (!used.columns)
        return sql_fail_memory(ddl->env->error);
    if (expr)
        use_column(expr, &used);
    for (uint16_t i = 1; i < used.count; i++) /* in the table's order */
        for (uint16_t at = i;
             at > 0 && compare_numbers(&used.columns[at - 1], &used.columns[at]) > 0; at--) {
            int16_t swap = used.columns[at];
            used.columns[at] = used.columns[at - 1];
            used.columns[at - 1] = swap;
        }
    *out = used.columns;
    *out_count = used.count;
    return true;
}

static bool check_name(struct pg_ddl *ddl, const struct sql_relation *relation,
                       const struct pg_constraint_def *def, struct sql_constraint *constraint)
{
    if (def->ast.name.ptr) {
        constraint->object.name = def->ast.name;
        return pg_constraint_name_free(ddl, relation, def->ast.name);
    }
    struct slice column = constraint->column_count == 1
                              ? relation->columns[constraint->columns[0] - 1].name
                              : slice_of(NULL, 0);
    return pg_name_choose_constraint(ddl, relation->object.schema, relation->object.name, column,
                                     "check", &constraint->object.name);
}

/* An inherited check that is declared here, too, is the same one: NULL when it is not. */
static const struct sql_constraint *find_inherited(struct pg_ddl *ddl,
                                                   const struct sql_relation *relation,
                                                   const struct pg_constraint_def *def,
                                                   const struct sql_constraint *added)
{
    const struct sql_constraint *have =
        def->ast.name.ptr ? pg_constraint_find(ddl, relation, def->ast.name) : NULL;
    bool same = have && have->kind == SQL_CONSTRAINT_CHECK && have->inherited && !have->local &&
                !added->no_inherit && sql_expr_equal(have->check, added->check);
    return same ? have : NULL;
}

static bool declare_inherited(struct pg_ddl *ddl, const struct sql_constraint *have)
{
    struct sql_constraint merged = *have;
    merged.local = true;
    pg_ddl_notice(ddl, "00000", "merging constraint \"" SLICE_FMT "\" with inherited definition",
                  SLICE_ARG(have->object.name));
    return sql_catalog_replace(ddl->env, &merged.object);
}

static bool add_check(struct pg_ddl *ddl, const struct sql_relation *relation,
                      const struct pg_constraint_def *def, bool validate)
{
    struct sql_constraint constraint = {
        .kind = SQL_CONSTRAINT_CHECK,
        .validated = !def->ast.skip_validation || !validate,
        .local = true,
        .no_inherit = def->ast.no_inherit,
        .relation = relation->object.id,
    };
    int16_t *columns;
    if (ddl->only && !def->ast.no_inherit && relation->child_count)
        return sql_fail(ddl->env->error, "42P16", "constraint must be added to child tables too");
    if (relation->kind == SQL_RELATION_PARTITIONED && def->ast.no_inherit)
        return sql_fail(ddl->env->error, "42P16",
                        "cannot add NO INHERIT constraint to partitioned table \"" SLICE_FMT "\"",
                        SLICE_ARG(relation->object.name));
    if (!sql_analyze_expr(ddl->env, def->ast.expression, relation, relation->object.name,
                          SQL_PLACE_CHECK, NULL, &constraint.check) ||
        !pg_columns_used(ddl, relation, constraint.check, &columns, &constraint.column_count))
        return false;
    constraint.columns = columns;
    const struct sql_constraint *have = find_inherited(ddl, relation, def, &constraint);
    if (have)
        return declare_inherited(ddl, have);
    return check_name(ddl, relation, def, &constraint) && pg_constraint_store(ddl, &constraint) &&
           (!validate || def->ast.skip_validation ||
            pg_validate_check(ddl, relation->object.id, &constraint)) &&
           pg_constraint_add_to_children(ddl, relation, def, &constraint, validate);
}

/* ---- constraints that are indexes */

static const char *index_kind_words(enum ast_constraint_type type)
{
    return type == AST_CONSTRAINT_PRIMARY ? "primary key" : "unique";
}

/* Columns of a key must exist, and be named once. */
static bool resolve_key(struct pg_ddl *ddl, const struct sql_relation *relation,
                        const struct ast_constraint *ast, const struct ast_names *names,
                        struct pg_index_def *index, uint16_t first)
{
    for (uint32_t i = 0; i < names->count; i++) {
        const struct sql_column *column = pg_name_column(relation, names->items[i]);
        uint16_t at = (uint16_t)(first + i);
        if (!column && pg_name_is_system_column(names->items[i]))
            return sql_fail(ddl->env->error, "0A000",
                            "index creation on system columns is not supported");
        if (!column)
            return sql_fail_at(ddl->env->error, ast->node.location, "42703",
                               "column \"" SLICE_FMT "\" named in key does not exist",
                               SLICE_ARG(names->items[i]));
        for (uint16_t j = first; j < at; j++)
            if (index->index.columns[j] == column->number)
                return sql_fail_at(ddl->env->error, ast->node.location, "42701",
                                   "column \"" SLICE_FMT "\" appears twice in %s constraint",
                                   SLICE_ARG(column->name), index_kind_words(ast->type));
        if (!pg_index_set_column(ddl, index, at, column))
            return false;
    }
    return true;
}

/* Of the table, its partitions and its children. */
static bool set_not_null(struct pg_ddl *ddl, uint32_t relation_id, const struct pg_index_def *index,
                         bool validate)
{
    struct ast_alter_table_command command = {.type = AST_SET_NOT_NULL};
    for (uint16_t i = 0; i < index->index.key_count; i++) {
        const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
        struct sql_column column = relation->columns[index->index.columns[i] - 1];
        if (column.not_null)
            continue;
        if (!pg_alter_check_not_null(ddl, relation, &column))
            return false;
        column.not_null = true;
        if (!pg_relation_replace_column(ddl, relation_id, &column) ||
            (validate && !pg_validate_not_null(ddl, relation_id, column.number)))
            return false;
        command.name = column.name;
        if (!pg_alter_each_child(ddl, relation_id, pg_alter_not_null, &command))
            return false;
    }
    return true;
}

bool pg_relation_has_primary(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    for (uint16_t i = 0; i < relation->index_count; i++) {
        const struct sql_relation *index = sql_find_relation_id(ddl->session, relation->indexes[i]);
        if (index && index->index->primary)
            return true;
    }
    return false;
}

static bool add_key(struct pg_ddl *ddl, const struct sql_relation *relation,
                    const struct pg_constraint_def *def, bool validate)
{
    const struct ast_constraint *ast = &def->ast;
    bool primary = ast->type == AST_CONSTRAINT_PRIMARY;
    struct slice own = def->column;
    struct ast_names names = own.ptr ? (struct ast_names){&own, 1} : ast->columns;
    struct pg_index_def index = {
        .table = relation->object.id,
        .name = ast->name,
        .label = primary ? "pkey" : "key",
        .has_constraint = true,
        .constraint_kind = primary ? SQL_CONSTRAINT_PRIMARY : SQL_CONSTRAINT_UNIQUE,
        .deferrable = ast->deferrable,
        .deferred = ast->initially_deferred,
    };
    if (primary && pg_relation_has_primary(ddl, relation))
        return sql_fail_at(ddl->env->error, ast->node.location, "42P16",
                           "multiple primary keys for table \"" SLICE_FMT "\" are not allowed",
                           SLICE_ARG(relation->object.name));
    if (ast->index.ptr)
        return pg_constraint_use_index(ddl, relation, ast, primary);
    if (!pg_tablespace_choose(ddl, ast->tablespace, 0, relation->kind == SQL_RELATION_PARTITIONED,
                              &index.tablespace) ||
        !pg_index_reserve(ddl, &index, (uint16_t)(names.count + ast->including.count)))
        return false;
    index.index.key_count = (uint16_t)names.count;
    index.index.unique = true;
    index.index.primary = primary;
    index.index.immediate = !ast->deferrable;
    /* Partitions bring their parts of it later. */
    if (ddl->only && relation->kind == SQL_RELATION_PARTITIONED && relation->child_count)
        index.index.valid = false;
    index.index.nulls_not_distinct = ast->nulls_not_distinct;
    return resolve_key(ddl, relation, ast, &names, &index, 0) &&
           resolve_key(ddl, relation, ast, &ast->including, &index, (uint16_t)names.count) &&
           pg_options_text(ddl, &ast->options, &index.options, &index.option_count) &&
           (!primary || set_not_null(ddl, relation->object.id, &index, validate)) &&
           pg_index_make(ddl, &index) && (ddl->only || pg_index_to_partitions(ddl, index.id));
}

/* ---- all kinds */

bool pg_constraint_add(struct pg_ddl *ddl, uint32_t relation_id,
                       const struct pg_constraint_def *def, bool validate)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    switch (def->ast.type) {
    case AST_CONSTRAINT_CHECK: return add_check(ddl, relation, def, validate);
    case AST_CONSTRAINT_PRIMARY:
    case AST_CONSTRAINT_UNIQUE: return add_key(ddl, relation, def, validate);
    case AST_CONSTRAINT_EXCLUDE: return pg_exclusion_add(ddl, relation, def);
    case AST_CONSTRAINT_FOREIGN: return pg_foreign_key_add(ddl, relation_id, def, validate);
    default: return true;
    }
}

enum { FOREIGN_ROUND = 3 };

/* In which round pg_constraints_add comes to a constraint. */
static unsigned round_of(enum ast_constraint_type type)
{
    switch (type) {
    case AST_CONSTRAINT_CHECK: return 0;
    case AST_CONSTRAINT_PRIMARY: return 1;
    case AST_CONSTRAINT_FOREIGN: return FOREIGN_ROUND;
    default: return 2;
    }
}

bool pg_constraints_add(struct pg_table_def *table, bool foreign)
{
    for (unsigned round = foreign ? FOREIGN_ROUND : 0; round < (foreign ? 4 : FOREIGN_ROUND);
         round++)
        for (uint32_t i = 0; i < table->constraint_count; i++)
            if (round_of(table->constraints[i].ast.type) == round &&
                !pg_constraint_add(table->ddl, table->relation.object.id, &table->constraints[i],
                                   false))
                return false;
    return true;
}
