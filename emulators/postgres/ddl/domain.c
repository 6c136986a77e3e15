/* ALTER DOMAIN. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/inner_query.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/resolve.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"

static const struct sql_constraint *find_constraint(struct pg_ddl *ddl,
                                                    const struct sql_type_object *domain,
                                                    struct slice name)
{
    for (uint16_t i = 0; i < domain->constraint_count; i++) {
        const struct sql_constraint *found =
            sql_find_constraint(ddl->session, domain->constraints[i]);
        if (found && slice_eq(found->object.name, name))
            return found;
    }
    return NULL;
}

/* ---- values that are there */

struct checking {
    struct pg_ddl *ddl;
    const struct sql_constraint *constraint; /* NULL: NOT NULL */
};

static struct sql_expr *put_value(const struct sql_expr *expr, void *ctx)
{
    return expr->kind == SQL_EXPR_CASE_TEST ? ctx : NULL;
}

static bool fail_column(struct pg_ddl *ddl, const struct sql_relation *relation,
                        const struct sql_column *column, bool null)
{
    struct sql_error *error = ddl->env->error;
    const struct sql_schema *schema = sql_find_schema_id(ddl->session, relation->object.schema);
    if (null)
        sql_fail(error, "23502",
                 "column \"" SLICE_FMT "\" of table \"" SLICE_FMT "\" contains null values",
                 SLICE_ARG(column->name), SLICE_ARG(relation->object.name));
    else
        sql_fail(error, "23514",
                 "column \"" SLICE_FMT "\" of table \"" SLICE_FMT
                 "\" contains values that violate the new constraint",
                 SLICE_ARG(column->name), SLICE_ARG(relation->object.name));
    error->schema = schema->object.name;
    error->table = relation->object.name;
    error->column = column->name;
    return false;
}

static bool check_column(struct checking *checking, const struct sql_relation *relation,
                         const struct sql_column *column)
{
    struct sql_sink nowhere = sql_no_sink;
    struct pg_ddl *ddl = checking->ddl;
    struct sql_expr *value = pg_inner_column(ddl, relation, column->number, 0), *condition;
    uint64_t count = 0;
    if (!value)
        return sql_fail_memory(ddl->env->error);
    if (checking->constraint) {
        struct sql_expr *check =
            sql_expr_copy(ddl->arena, checking->constraint->check, put_value, value);
        condition = check ? pg_inner_bool(ddl, SQL_NOT, &check, 1) : NULL;
    } else {
        condition = pg_inner_null_test(ddl, value, false);
    }
    struct sql_query *query =
        condition ? pg_inner_query(ddl, relation, &value, 1, condition) : NULL;
    if (!query)
        return sql_fail_memory(ddl->env->error);
    if (!pg_inner_run(ddl, query, &nowhere, 1, &count))
        return false;
    return !count || fail_column(ddl, relation, column, !checking->constraint);
}

/* Every stored column of the domain, or of domains over it; values inside of others (arrays, rows,
 * ranges) are not looked at: then it is refused. */
static bool check_stored(struct checking *checking, uint32_t type_id)
{
    struct pg_ddl *ddl = checking->ddl;
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_type *type = sql_find_type_id(ddl->session, type_id);
    uint32_t count;
    const struct sql_edge **edges = sql_edges_on(ddl->env, ids->type, type_id, &count);
    if (type->array && !pg_alter_refuse_type_users(ddl, type->array, type_id))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_edge *edge = edges[i];
        const struct sql_type *over = edge->of_class == ids->type && edge->kind == 'n'
                                          ? sql_find_type_id(ddl->session, edge->of_id)
                                          : NULL;
        if (over &&
            !(over->kind == SQL_TYPE_DOMAIN ? check_stored(checking, over->id)
                                            : pg_alter_refuse_type_users(ddl, over->id, type_id)))
            return false;
        const struct sql_relation *relation = edge->of_class == ids->relation && edge->of_part > 0
                                                  ? sql_find_relation_id(ddl->session, edge->of_id)
                                                  : NULL;
        if (relation && relation->kind == SQL_RELATION_COMPOSITE &&
            !pg_alter_refuse_type_users(ddl, relation->type, type_id))
            return false;
        if (!relation || !relation->storage || edge->of_part > relation->column_count)
            continue;
        if (!check_column(checking, relation, &relation->columns[edge->of_part - 1]))
            return false;
    }
    return true;
}

/* ---- actions */

static bool set_default(struct pg_ddl *ddl, const struct ast_alter_domain *ast,
                        struct sql_type_object *domain)
{
    struct sql_reference of = pg_whole(pg_classes(ddl)->type, domain->object.id);
    domain->default_value = NULL;
    domain->default_text = slice_of(NULL, 0);
    return (!ast->definition || pg_domain_default(ddl, domain, ast->definition)) &&
           sql_catalog_replace(ddl->env, &domain->object) &&
           sql_depend_on_expr(ddl->env, of, domain->default_value, 0, 'n', 0);
}

static bool set_not_null(struct pg_ddl *ddl, struct sql_type_object *domain, bool not_null)
{
    struct checking checking = {.ddl = ddl};
    if (domain->not_null == not_null)
        return true;
    if (not_null && !check_stored(&checking, domain->object.id))
        return false;
    domain->not_null = not_null;
    return sql_catalog_replace(ddl->env, &domain->object);
}

static bool add_constraint(struct pg_ddl *ddl, const struct ast_alter_domain *ast, uint32_t id)
{
    const struct ast_constraint *def = AST_AS(constraint, ast->definition);
    if (def->type != AST_CONSTRAINT_CHECK)
        return sql_fail(ddl->env->error, "0A000",
                        "unique, primary key and foreign key constraints are not possible for "
                        "domains");
    if (!pg_domain_add_check(ddl, id, def))
        return false;
    const struct sql_type_object *domain = sql_find_type_object(ddl->session, id);
    struct checking checking = {
        .ddl = ddl,
        .constraint =
            sql_find_constraint(ddl->session, domain->constraints[domain->constraint_count - 1]),
    };
    return def->skip_validation || check_stored(&checking, id);
}

static bool drop_constraint(struct pg_ddl *ddl, const struct ast_alter_domain *ast,
                            const struct sql_type_object *domain)
{
    const struct sql_constraint *found = find_constraint(ddl, domain, ast->constraint);
    struct slice name = pg_ddl_names_text(ddl, &ast->domain);
    if (found) {
        struct sql_reference object = pg_whole(pg_classes(ddl)->constraint, found->object.id);
        return pg_delete(ddl, &object, 1, ast->cascade, false);
    }
    if (!ast->missing_ok)
        return sql_fail(ddl->env->error, "42704",
                        "constraint \"" SLICE_FMT "\" of domain \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(ast->constraint), SLICE_ARG(name));
    pg_ddl_notice(ddl, "00000",
                  "constraint \"" SLICE_FMT "\" of domain \"" SLICE_FMT
                  "\" does not exist, skipping",
                  SLICE_ARG(ast->constraint), SLICE_ARG(name));
    return true;
}

static bool validate(struct pg_ddl *ddl, const struct ast_alter_domain *ast,
                     const struct sql_type_object *domain)
{
    const struct sql_constraint *found = find_constraint(ddl, domain, ast->constraint);
    struct checking checking = {.ddl = ddl, .constraint = found};
    if (!found)
        return sql_fail(ddl->env->error, "42704",
                        "constraint \"" SLICE_FMT "\" of domain \"" SLICE_FMT "\" does not exist",
                        SLICE_ARG(ast->constraint),
                        SLICE_ARG(pg_ddl_names_text(ddl, &ast->domain)));
    struct sql_constraint changed = *found;
    changed.validated = true;
    return found->validated || (check_stored(&checking, domain->object.id) &&
                                sql_catalog_replace(ddl->env, &changed.object));
}

bool pg_alter_domain(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_alter_domain *ast = AST_AS(alter_domain, node);
    const struct sql_type_object *found;
    if (!pg_name_own_type(ddl, &ast->domain, SQL_TYPE_DOMAIN, "a domain", &found))
        return false;
    struct sql_type_object domain = *found;
    switch (ast->action) {
    case AST_DOMAIN_DEFAULT: return set_default(ddl, ast, &domain);
    case AST_DOMAIN_SET_NOT_NULL: return set_not_null(ddl, &domain, true);
    case AST_DOMAIN_DROP_NOT_NULL: return set_not_null(ddl, &domain, false);
    case AST_DOMAIN_ADD_CONSTRAINT: return add_constraint(ddl, ast, domain.object.id);
    case AST_DOMAIN_DROP_CONSTRAINT: return drop_constraint(ddl, ast, found);
    default: return validate(ddl, ast, found);
    }
}
