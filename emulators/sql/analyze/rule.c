/* CREATE RULE: its condition and its actions. */
#include "emulators/sql/analyze/rewrite.h"
#include "emulators/sql/syntax/ast_table.h"

enum { OLD_TABLE = 1, NEW_TABLE = 2 };

bool add_rule_tables(struct analysis *a, bool columns)
{
    static const char *const names[] = {"old", "new"};
    if (!a->rule)
        return true;
    for (int i = 0; i < 2; i++) {
        struct ast_alias alias = {
            .node = {AST_ALIAS, -1},
              .name = slice_str(names[i])
        };
        struct name_item *item = add_relation(a, a->rule->relation, &alias, false, -1);
        if (!item)
            return false;
        item->table->in_from = false;
        item->table->privileges = 0;
        bool seen = i == 0 ? a->rule->old_seen : a->rule->new_seen;
        if (seen && !add_names(a, item, true, columns))
            return false;
    }
    return true;
}

/* ---- which of the two does it use? */

struct use {
    bool old_used, new_used;
};

static struct sql_expr *note_use(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    struct use *use = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind == SQL_EXPR_COLUMN && column->up == depth) {
        use->old_used |= column->table == OLD_TABLE;
        use->new_used |= column->table == NEW_TABLE;
    }
    return NULL;
}

static bool find_use(struct analysis *a, const struct sql_query *query,
                     const struct sql_expr *where, struct use *out)
{
    struct arena scratch;
    *out = (struct use){0};
    arena_init(&scratch);
    bool ok = sql_query_change(&scratch, query, note_use, out) &&
              (!where || sql_expr_change(&scratch, where, note_use, out));
    arena_done(&scratch);
    return ok || sql_fail_memory(a->env->error);
}

static bool check_use(struct analysis *a, enum ast_rule_event event, const struct use *use)
{
    struct sql_error *error = a->env->error;
    if (event == AST_RULE_SELECT && (use->old_used || use->new_used))
        return sql_fail(error, "42P17", "ON SELECT rule cannot use %s",
                        use->old_used ? "OLD" : "NEW");
    if (event == AST_RULE_INSERT && use->old_used)
        return sql_fail(error, "42P17", "ON INSERT rule cannot use OLD");
    return event != AST_RULE_DELETE || !use->new_used ||
           sql_fail(error, "42P17", "ON DELETE rule cannot use NEW");
}

/* ---- one action */

/* Rows that the action makes of OLD (or of NEW, of an UPDATE) come from there. It stands first: a
 * VALUES list may read it. */
static bool add_old_to_from(struct analysis *a, struct sql_query *source)
{
    struct sql_from *from = analysis_alloc(a, sizeof *from);
    if (!from || !analysis_grow(a, &source->from, source->from_count, sizeof *source->from))
        return false;
    *from = (struct sql_from){.kind = SQL_FROM_TABLE, .table = OLD_TABLE};
    memmove(source->from + 1, source->from, source->from_count++ * sizeof *source->from);
    source->from[0] = from;
    return true;
}

static bool analyze_action(struct analysis *a, const struct ast_create_rule *ast,
                           const struct ast_node *node, const struct sql_expr *where,
                           struct sql_query **out)
{
    struct analysis inner = analysis_of(a->env, a->shared);
    /* What the event does not have is refused by its name. */
    const struct rule_tables both = {a->rule->relation, true, true};
    struct use use;
    inner.rule = &both;
    struct sql_query *query = analyze_statement(&inner, node);
    if (!query)
        return false;
    struct sql_query *source = rule_source(query);
    if (source->set_op && where)
        return sql_fail(a->env->error, "0A000",
                        "conditional UNION/INTERSECT/EXCEPT statements are not implemented");
    if (!find_use(a, source, where, &use) || !check_use(a, ast->event, &use))
        return false;
    *out = query;
    if (source->set_op || !(use.old_used || (use.new_used && ast->event == AST_RULE_UPDATE)))
        return true;
    return add_old_to_from(a, source);
}

static bool analyze_condition(struct analysis *a, const struct ast_node *where,
                              struct sql_expr **out)
{
    struct analysis inner = analysis_of(a->env, a->shared);
    inner.rule = a->rule;
    inner.query = analysis_alloc(a, sizeof *inner.query);
    return inner.query && add_rule_tables(&inner, true) &&
           analyze_where(&inner, where, PLACE_WHERE, "WHERE", out) &&
           (!*out || assign_expr_collations(&inner, *out));
}

bool sql_analyze_rule(struct sql_env *env, const struct ast_create_rule *ast,
                      const struct sql_relation *relation, struct sql_rule *out)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    struct rule_tables tables = {
        .relation = relation,
        .old_seen = ast->event != AST_RULE_INSERT,
        .new_seen = ast->event == AST_RULE_INSERT || ast->event == AST_RULE_UPDATE,
    };
    a.rule = &tables;
    if (!analyze_condition(&a, ast->where, &out->where))
        return false;
    out->actions = analysis_alloc(&a, sizeof *out->actions * (ast->actions.count + 1));
    if (!out->actions)
        return false;
    for (uint32_t i = 0; i < ast->actions.count; i++)
        if (!analyze_action(&a, ast, ast->actions.items[i], out->where, &out->actions[i]))
            return false;
    out->action_count = (uint16_t)ast->actions.count;
    return true;
}
