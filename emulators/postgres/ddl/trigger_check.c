/* What a trigger of a kind may not be on, or have. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/trigger_def.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"

static bool fail_kind(struct pg_ddl *ddl, const struct sql_relation *relation, const char *is,
                      const char *detail)
{
    sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is a %s",
             SLICE_ARG(relation->object.name), is);
    return sql_detail(ddl->env->error, "%s", detail);
}

static bool check_view(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                       const struct sql_relation *view)
{
    if (ast->timing != AST_TRIGGER_INSTEAD && ast->row)
        return fail_kind(ddl, view, "view",
                         "Views cannot have row-level BEFORE or AFTER triggers.");
    return !(ast->events & AST_TRIGGER_TRUNCATE) ||
           fail_kind(ddl, view, "view", "Views cannot have TRUNCATE triggers.");
}

static bool check_partitioned(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                              const struct sql_relation *relation)
{
    if (!ast->row || !ast->transitions.count)
        return true;
    sql_fail(ddl->env->error, "0A000", "\"" SLICE_FMT "\" is a partitioned table",
             SLICE_ARG(relation->object.name));
    return sql_detail(
        ddl->env->error,
        "ROW triggers with transition tables are not supported on partitioned tables.");
}

/* Kinds of relations that cannot have triggers, in the words of messages. */
static const char *kind_word(enum sql_relation_kind kind)
{
    switch (kind) {
    case SQL_RELATION_SEQUENCE: return "sequences";
    case SQL_RELATION_MATVIEW: return "materialized views";
    case SQL_RELATION_COMPOSITE: return "composite types";
    default: return "foreign tables";
    }
}

bool pg_trigger_check_relation(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                               const struct sql_relation *relation)
{
    struct sql_error *error = ddl->env->error;
    struct slice name = relation->object.name;
    switch (relation->kind) {
    case SQL_RELATION_INDEX:
    case SQL_RELATION_PARTITIONED_INDEX:
        return sql_fail(error, "42809", "\"" SLICE_FMT "\" is an index", SLICE_ARG(name));
    case SQL_RELATION_VIEW:
        if (!check_view(ddl, ast, relation))
            return false;
        break;
    case SQL_RELATION_TABLE:
    case SQL_RELATION_PARTITIONED:
        if (ast->timing == AST_TRIGGER_INSTEAD)
            return fail_kind(ddl, relation, "table", "Tables cannot have INSTEAD OF triggers.");
        if (relation->kind == SQL_RELATION_PARTITIONED && !check_partitioned(ddl, ast, relation))
            return false;
        break;
    default:
        sql_fail(error, "42809", "relation \"" SLICE_FMT "\" cannot have triggers",
                 SLICE_ARG(name));
        return sql_detail(error, "This operation is not supported for %s.",
                          kind_word(relation->kind));
    }
    if (relation->object.id < ddl->session->dialect->first_free_id)
        return sql_fail(error, "42501", "permission denied: \"" SLICE_FMT "\" is a system catalog",
                        SLICE_ARG(name));
    return sql_has_privileges(ddl->session, ddl->session->role, &relation->object,
                              SQL_PRIV_TRIGGER) ||
           sql_fail(error, "42501", "permission denied for %s " SLICE_FMT,
                    relation->kind == SQL_RELATION_VIEW ? "view" : "table", SLICE_ARG(name));
}

bool pg_trigger_check_form(struct pg_ddl *ddl, const struct ast_create_trigger *ast)
{
    struct sql_error *error = ddl->env->error;
    if ((ast->events & AST_TRIGGER_TRUNCATE) && ast->row)
        return sql_fail(error, "0A000", "TRUNCATE FOR EACH ROW triggers are not supported");
    if (ast->timing != AST_TRIGGER_INSTEAD)
        return true;
    if (!ast->row)
        return sql_fail(error, "0A000", "INSTEAD OF triggers must be FOR EACH ROW");
    if (ast->when)
        return sql_fail(error, "0A000", "INSTEAD OF triggers cannot have WHEN conditions");
    return !ast->columns.count ||
           sql_fail(error, "0A000", "INSTEAD OF triggers cannot have column lists");
}

/* ---- transition tables */

static bool check_inheritance(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                              const struct sql_relation *relation)
{
    if (!ast->row || (!relation->partition_bound && !relation->parent_count))
        return true;
    return sql_fail(ddl->env->error, "0A000",
                    relation->partition_bound
                        ? "ROW triggers with transition tables are not supported on partitions"
                        : "ROW triggers with transition tables are not supported on inheritance "
                          "children");
}

static bool add_transition(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                           const struct sql_relation *relation,
                           const struct ast_trigger_transition *transition,
                           struct sql_trigger *trigger)
{
    struct sql_error *error = ddl->env->error;
    struct slice *slot = transition->is_new ? &trigger->new_table : &trigger->old_table;
    const char *word = transition->is_new ? "NEW" : "OLD";
    uint32_t events = transition->is_new ? AST_TRIGGER_INSERT | AST_TRIGGER_UPDATE
                                         : AST_TRIGGER_DELETE | AST_TRIGGER_UPDATE;
    if (!transition->is_table) {
        sql_fail(error, "0A000", "ROW variable naming in the REFERENCING clause is not supported");
        return sql_hint(error, "Use OLD TABLE or NEW TABLE for naming transition tables.");
    }
    if (relation->kind == SQL_RELATION_VIEW)
        return fail_kind(ddl, relation, "view", "Triggers on views cannot have transition tables.");
    if (!check_inheritance(ddl, ast, relation))
        return false;
    if (ast->timing != AST_TRIGGER_AFTER)
        return sql_fail(error, "42P17",
                        "transition table name can only be specified for an AFTER trigger");
    if (ast->events & AST_TRIGGER_TRUNCATE)
        return sql_fail(error, "42P17", "TRUNCATE triggers cannot specify transition tables");
    if (ast->events & (ast->events - 1))
        return sql_fail(
            error, "0A000",
            "transition tables cannot be specified for triggers with more than one event");
    if (ast->columns.count)
        return sql_fail(error, "0A000",
                        "transition tables cannot be specified for triggers with column lists");
    if (!(ast->events & events))
        return sql_fail(error, "42P17", "%s TABLE can only be specified for a%s or UPDATE trigger",
                        word, transition->is_new ? "n INSERT" : " DELETE");
    if (slot->ptr)
        return sql_fail(error, "42P17", "%s TABLE cannot be specified multiple times", word);
    *slot = transition->name;
    return true;
}

bool pg_trigger_transitions(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                            const struct sql_relation *relation, struct sql_trigger *trigger)
{
    for (uint32_t i = 0; i < ast->transitions.count; i++)
        if (!add_transition(ddl, ast, relation,
                            AST_AS(trigger_transition, ast->transitions.items[i]), trigger))
            return false;
    return !trigger->old_table.ptr || !slice_eq(trigger->old_table, trigger->new_table) ||
           sql_fail(ddl->env->error, "42P17",
                    "OLD TABLE name and NEW TABLE name cannot be the same");
}

/* ---- WHEN */

enum { TABLE_OLD = 1, TABLE_NEW };

struct when_check {
    struct pg_ddl *ddl;
    const struct ast_create_trigger *ast;
    const struct sql_relation *relation;
    bool failed;
};

static bool check_generated(struct when_check *check, const struct sql_expr_column *column)
{
    struct sql_error *error = check->ddl->env->error;
    const char *text = "BEFORE trigger's WHEN condition cannot reference NEW generated columns";
    const struct sql_relation *relation = check->relation;
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *of = &relation->columns[i];
        if (!of->generated || (column->column && column->column != of->number))
            continue;
        sql_fail_at(error, column->expr.location, "42P17", "%s", text);
        if (!column->column)
            return sql_detail(
                error, "A whole-row reference is used and the table contains generated columns.");
        return sql_detail(error, "Column \"" SLICE_FMT "\" is a generated column.",
                          SLICE_ARG(of->name));
    }
    return true;
}

static bool check_column(struct when_check *check, const struct sql_expr_column *column)
{
    struct sql_error *error = check->ddl->env->error;
    const struct ast_create_trigger *ast = check->ast;
    int32_t at = column->expr.location;
    bool old = column->table == TABLE_OLD;
    if (!ast->row)
        return sql_fail_at(error, at, "42P17",
                           "statement trigger's WHEN condition cannot reference column values");
    if (old && (ast->events & AST_TRIGGER_INSERT))
        return sql_fail_at(error, at, "42P17",
                           "INSERT trigger's WHEN condition cannot reference OLD values");
    if (!old && (ast->events & AST_TRIGGER_DELETE))
        return sql_fail_at(error, at, "42P17",
                           "DELETE trigger's WHEN condition cannot reference NEW values");
    if (old || ast->timing != AST_TRIGGER_BEFORE)
        return true;
    if (column->column < 0)
        return sql_fail_at(error, at, "0A000",
                           "BEFORE trigger's WHEN condition cannot reference NEW system columns");
    return check_generated(check, column);
}

static bool visit(struct sql_expr *expr, void *ctx)
{
    struct when_check *check = ctx;
    if (expr->kind == SQL_EXPR_COLUMN && !check_column(check, (const void *)expr))
        check->failed = true;
    return check->failed || sql_expr_walk(expr, visit, ctx);
}

bool pg_trigger_when(struct pg_ddl *ddl, const struct ast_create_trigger *ast,
                     const struct sql_relation *relation, struct sql_trigger *trigger)
{
    struct when_check check = {ddl, ast, relation, false};
    if (!ast->when)
        return true;
    if (!sql_analyze_expr(ddl->env, ast->when, relation, slice_of(NULL, 0), SQL_PLACE_TRIGGER_WHEN,
                          NULL, &trigger->when))
        return false;
    if (trigger->when->type != ddl->session->dialect->types_of.boolean)
        return sql_fail_at(ddl->env->error, ast_location(ast->when), "42804",
                           "argument of WHEN must be type boolean, not type " SLICE_FMT,
                           SLICE_ARG(pg_type_text(ddl->session, ddl->arena, trigger->when->type)));
    visit(trigger->when, &check);
    return !check.failed;
}
