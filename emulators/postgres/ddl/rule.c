/* CREATE RULE. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/name.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

#define VIEW_RULE "_RETURN"

static bool check_relation(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    struct sql_error *error = ddl->env->error;
    static const struct {
        enum sql_relation_kind kind;
        const char *detail;
    } refused[] = {
        {SQL_RELATION_INDEX,             "indexes"            },
        {SQL_RELATION_PARTITIONED_INDEX, "partitioned indexes"},
        {SQL_RELATION_SEQUENCE,          "sequences"          },
        {SQL_RELATION_COMPOSITE,         "composite types"    },
        {SQL_RELATION_FOREIGN,           "foreign tables"     },
        {SQL_RELATION_TOAST,             "TOAST tables"       },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (refused[i].kind == relation->kind) {
            sql_fail(error, "42809", "relation \"" SLICE_FMT "\" cannot have rules",
                     SLICE_ARG(relation->object.name));
            return sql_detail(error, "This operation is not supported for %s.", refused[i].detail);
        }
    if (relation->kind == SQL_RELATION_MATVIEW)
        return sql_fail(error, "0A000", "rules on materialized views are not supported");
    if (relation->object.id < ddl->session->dialect->first_free_id)
        return sql_fail(error, "42501", "permission denied: \"" SLICE_FMT "\" is a system catalog",
                        SLICE_ARG(relation->object.name));
    return pg_name_must_own(ddl, &relation->object);
}

static bool check_actions(struct pg_ddl *ddl, const struct ast_create_rule *ast)
{
    for (uint32_t i = 0; i < ast->actions.count; i++) {
        enum ast_kind kind = ast->actions.items[i]->kind;
        if (kind == AST_SELECT || kind == AST_INSERT || kind == AST_UPDATE || kind == AST_DELETE)
            continue;
        if (ast->where)
            return sql_fail(ddl->env->error, "42P17",
                            "rules with WHERE conditions can only have SELECT, INSERT, UPDATE, or "
                            "DELETE actions");
        return sql_fail(ddl->env->error, "0A000", "NOTIFY as an action of a rule is not supported");
    }
    return true;
}

/* ---- what the action returns must be a row of the relation */

static bool fail_entry(struct pg_ddl *ddl, const struct sql_column *column, unsigned number,
                       const struct sql_expr *expr)
{
    struct sql_bytes is, wanted;
    sql_bytes_init(&is, ddl->arena);
    sql_bytes_init(&wanted, ddl->arena);
    pg_format_type(ddl->session, &is, expr->type, expr->typmod, 0);
    pg_format_type(ddl->session, &wanted, column->type, column->typmod, 0);
    bool size = expr->type == column->type;
    sql_fail(ddl->env->error, "42P17",
             "RETURNING list's entry %u has different %s from column \"" SLICE_FMT "\"", number,
             size ? "size" : "type", SLICE_ARG(column->name));
    return sql_detail(ddl->env->error,
                      "RETURNING list entry has type " SLICE_FMT ", but column has type " SLICE_FMT
                      ".",
                      SLICE_ARG(sql_bytes_slice(&is)), SLICE_ARG(sql_bytes_slice(&wanted)));
}

static bool check_returning(struct pg_ddl *ddl, const struct sql_relation *relation,
                            const struct sql_query *action)
{
    uint32_t at = 0;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        if (column->dropped)
            continue;
        if (at >= action->returning_count)
            return sql_fail(ddl->env->error, "42P17", "RETURNING list has too few entries");
        const struct sql_expr *expr = action->returning[at++].expr;
        if (expr->type != column->type || (expr->typmod != column->typmod && expr->typmod >= 0))
            return fail_entry(ddl, column, at, expr);
    }
    return at == action->returning_count ||
           sql_fail(ddl->env->error, "42P17", "RETURNING list has too many entries");
}

static bool check_returnings(struct pg_ddl *ddl, const struct sql_relation *relation,
                             const struct sql_rule *rule)
{
    struct sql_error *error = ddl->env->error;
    bool one = false;
    for (uint16_t i = 0; i < rule->action_count; i++) {
        if (!rule->actions[i]->returning_count)
            continue;
        if (one)
            return sql_fail(error, "0A000", "cannot have multiple RETURNING lists in a rule");
        one = true;
        if (rule->where)
            return sql_fail(error, "0A000",
                            "RETURNING lists are not supported in conditional rules");
        if (!rule->instead)
            return sql_fail(error, "0A000",
                            "RETURNING lists are not supported in non-INSTEAD rules");
        if (!check_returning(ddl, relation, rule->actions[i]))
            return false;
    }
    return true;
}

/* ---- ON SELECT: the rule that makes a view */

static bool refuse_select(struct pg_ddl *ddl, const struct ast_create_rule *ast,
                          const struct sql_relation *relation)
{
    struct sql_error *error = ddl->env->error;
    if (ast->actions.count > 1)
        return sql_fail(error, "0A000", "multiple actions for rules on SELECT are not implemented");
    if (!ast->instead || !ast->actions.count || ast->actions.items[0]->kind != AST_SELECT)
        return sql_fail(error, "0A000", "rules on SELECT must have action INSTEAD SELECT");
    if (ast->where)
        return sql_fail(error, "0A000",
                        "event qualifications are not implemented for rules on SELECT");
    if (relation->kind == SQL_RELATION_VIEW && !ast->replace)
        return sql_fail(error, "55000", "\"" SLICE_FMT "\" is already a view",
                        SLICE_ARG(relation->object.name));
    if (!slice_eq_str(ast->name, VIEW_RULE))
        return sql_fail(error, "42P17",
                        "view rule for \"" SLICE_FMT "\" must be named \"" VIEW_RULE "\"",
                        SLICE_ARG(relation->object.name));
    return sql_fail(error, "0A000", "a relation cannot be made a view by a rule");
}

/* ---- storing */

static const struct sql_rule *find_rule(struct pg_ddl *ddl, const struct sql_relation *relation,
                                        struct slice name)
{
    for (uint16_t i = 0; i < relation->rule_count; i++) {
        const struct sql_rule *rule = sql_find_rule(ddl->session, relation->rules[i]);
        if (rule && slice_eq(rule->object.name, name))
            return rule;
    }
    return NULL;
}

static bool depend(struct pg_ddl *ddl, const struct sql_rule *rule)
{
    const struct sql_class_ids *ids = pg_classes(ddl);
    struct sql_reference of = pg_whole(ids->rule, rule->object.id);
    if (!sql_depend(ddl->env, of, pg_whole(ids->relation, rule->relation), 'a') ||
        !sql_depend_on_expr(ddl->env, of, rule->where, rule->relation, 'n', 'n'))
        return false;
    for (uint16_t i = 0; i < rule->action_count; i++)
        if (!sql_depend_on_query(ddl->env, of, rule->actions[i], 'n'))
            return false;
    return true;
}

static bool store(struct pg_ddl *ddl, struct sql_rule *rule, const struct sql_rule *old)
{
    struct sql_env *env = ddl->env;
    if (old) {
        rule->object.id = old->object.id;
        return sql_depend_clear(env, pg_whole(pg_classes(ddl)->rule, old->object.id), 0) &&
               sql_catalog_replace(env, &rule->object) && depend(ddl, rule);
    }
    return sql_catalog_create(env, &rule->object) &&
           sql_relation_attach(env, rule->relation, SQL_ATTACHED_RULE, rule->object.id) &&
           depend(ddl, rule);
}

static bool check_name(struct pg_ddl *ddl, const struct ast_create_rule *ast,
                       const struct sql_relation *relation, const struct sql_rule *old)
{
    if (slice_eq_str(ast->name, VIEW_RULE))
        return sql_fail(ddl->env->error, "42P17",
                        "non-view rule for \"" SLICE_FMT "\" must not be named \"" VIEW_RULE "\"",
                        SLICE_ARG(relation->object.name));
    return !old || ast->replace ||
           sql_fail(ddl->env->error, "42710",
                    "rule \"" SLICE_FMT "\" for relation \"" SLICE_FMT "\" already exists",
                    SLICE_ARG(ast->name), SLICE_ARG(relation->object.name));
}

bool pg_create_rule(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_rule *ast = AST_AS(create_rule, node);
    const struct sql_relation *relation;
    if (!pg_name_relation(ddl, ast->relation, false, SQL_ACCESS_EXCLUSIVE, &relation) ||
        !check_relation(ddl, relation) || !check_actions(ddl, ast))
        return false;
    struct sql_rule rule = {
        .object = {.class_id = pg_classes(ddl)->rule,
                   .owner = relation->object.owner,
                   .name = ast->name,
                   .acl_default = true},
        .relation = relation->object.id,
        .event = (char)ast->event,
        .instead = ast->instead,
        .enabled = 'O',
    };
    if (!sql_analyze_rule(ddl->env, ast, relation, &rule))
        return false;
    if (ast->event == AST_RULE_SELECT)
        return refuse_select(ddl, ast, relation);
    const struct sql_rule *old = find_rule(ddl, relation, ast->name);
    if (old)
        rule.enabled = old->enabled;
    return check_returnings(ddl, relation, &rule) && check_name(ddl, ast, relation, old) &&
           store(ddl, &rule, old);
}
