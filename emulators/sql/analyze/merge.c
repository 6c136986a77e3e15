/* MERGE. */
#include "emulators/sql/analyze/change.h"
#include "emulators/sql/analyze/rewrite.h"

static const enum sql_command merge_commands[] = {
    [AST_MERGE_DO_NOTHING] = SQL_SELECT,
    [AST_MERGE_INSERT] = SQL_INSERT,
    [AST_MERGE_UPDATE] = SQL_UPDATE,
    [AST_MERGE_DELETE] = SQL_DELETE,
};

static uint32_t needed_privileges(const struct ast_merge *merge)
{
    static const uint32_t privileges[] = {
        [AST_MERGE_DO_NOTHING] = SQL_PRIV_SELECT,
        [AST_MERGE_INSERT] = SQL_PRIV_INSERT,
        [AST_MERGE_UPDATE] = SQL_PRIV_UPDATE,
        [AST_MERGE_DELETE] = SQL_PRIV_DELETE,
    };
    uint32_t all = 0;
    for (uint32_t i = 0; i < merge->whens.count; i++)
        all |= privileges[((const struct ast_merge_when *)merge->whens.items[i])->action];
    return all;
}

/* An unconditional WHEN leaves nothing to those of its kind behind it. */
static bool check_reachable(struct analysis *a, const struct ast_merge *merge)
{
    bool terminal[3] = {false, false, false};
    for (uint32_t i = 0; i < merge->whens.count; i++) {
        const struct ast_merge_when *when = (const struct ast_merge_when *)merge->whens.items[i];
        if (terminal[when->match])
            return fail_at(a, -1, "42601",
                           "unreachable WHEN clause specified after unconditional WHEN clause");
        terminal[when->match] = when->condition == NULL;
    }
    return true;
}

/* What a simple view reads, unless triggers or rules say what its changes are; NULL: it is none. */
static const struct sql_relation *below_view(struct analysis *a, const struct sql_relation *view)
{
    if (view->kind != SQL_RELATION_VIEW || view_obstacle(view->view) || view->rule_count ||
        has_instead_trigger(a, view, SQL_INSERT) || has_instead_trigger(a, view, SQL_UPDATE) ||
        has_instead_trigger(a, view, SQL_DELETE))
        return NULL;
    const struct sql_table *base = view->view->tables[view->view->from[0]->table - 1];
    return sql_find_relation_id(a->session, base->relation);
}

static bool check_target(struct analysis *a)
{
    const struct sql_relation *relation = a->relation, *below;
    while ((below = below_view(a, relation)))
        relation = below;
    if (relation->kind != SQL_RELATION_TABLE && relation->kind != SQL_RELATION_PARTITIONED) {
        fail_at(a, -1, "0A000", "cannot execute MERGE on relation \"" SLICE_FMT "\"",
                SLICE_ARG(relation->object.name));
        return sql_detail(a->env->error, "%s",
                          relation->kind == SQL_RELATION_VIEW
                              ? "This operation is not supported for views."
                          : relation->kind == SQL_RELATION_MATVIEW
                              ? "This operation is not supported for materialized views."
                          : relation->kind == SQL_RELATION_FOREIGN
                              ? "This operation is not supported for foreign tables."
                              : "This operation is not supported for sequences.");
    }
    if (relation->rule_count) {
        fail_at(a, -1, "0A000", "cannot execute MERGE on relation \"" SLICE_FMT "\"",
                SLICE_ARG(relation->object.name));
        return sql_detail(a->env->error, "MERGE is not supported for relations with rules.");
    }
    return true;
}

static bool merge_insert(struct analysis *a, const struct ast_merge_when *when,
                         struct sql_merge_action *action)
{
    static const uint8_t overrides[] = {[AST_OVERRIDING_NONE] = SQL_OVERRIDE_NONE,
                                        [AST_OVERRIDING_USER] = SQL_OVERRIDE_USER,
                                        [AST_OVERRIDING_SYSTEM] = SQL_OVERRIDE_SYSTEM};
    struct insert_columns columns;
    struct sql_exprs values;
    action->override = overrides[when->overriding];
    if (!insert_columns(a, &when->targets, &columns))
        return false;
    if (when->values.count == 0)
        return true;
    enum analysis_place before = a->place;
    a->place = PLACE_VALUES;
    bool done = expand_list(a, &when->values, &values);
    a->place = before;
    return done && insert_row(a, &columns, values, &action->targets, &action->target_count);
}

/* The names in sight of the clauses: of both sides, or of that which has a row. */
struct sides {
    struct name_list both, source, target;
};

static bool merge_action(struct analysis *a, const struct ast_merge_when *when,
                         const struct sides *sides, struct sql_merge_action *action)
{
    static const uint8_t matches[] = {[AST_MERGE_MATCHED] = SQL_MERGE_MATCHED,
                                      [AST_MERGE_NOT_MATCHED_BY_SOURCE] =
                                          SQL_MERGE_NOT_MATCHED_BY_SOURCE,
                                      [AST_MERGE_NOT_MATCHED] = SQL_MERGE_NOT_MATCHED};
    action->match = matches[when->match];
    action->command = merge_commands[when->action];
    a->names = when->match == AST_MERGE_NOT_MATCHED             ? sides->source
               : when->match == AST_MERGE_NOT_MATCHED_BY_SOURCE ? sides->target
                                                                : sides->both;
    if (!analyze_where(a, when->condition, PLACE_MERGE_WHEN, "WHEN", &action->condition))
        return false;
    if (when->action == AST_MERGE_INSERT)
        return merge_insert(a, when, action);
    return when->action != AST_MERGE_UPDATE ||
           analyze_update_targets(a, &when->targets, &action->targets, &action->target_count);
}

static bool merge_source(struct analysis *a, const struct ast_merge *merge, struct sides *sides)
{
    struct ast_node *source = merge->source;
    const struct ast_list from = {&source, 1};
    if (!analyze_from(a, &from))
        return false;
    for (uint32_t i = 0; i < a->names.count; i++)
        if (a->names.items[i]->name.ptr && slice_eq(a->names.items[i]->name, a->result->name)) {
            fail_at(a, -1, "42712", "name \"" SLICE_FMT "\" specified more than once",
                    SLICE_ARG(a->result->name));
            return sql_detail(a->env->error,
                              "The name is used both as MERGE target table and data source.");
        }
    sides->source = a->names;
    a->names = (struct name_list){0};
    for (uint32_t i = 0; i < sides->source.count; i++) {
        struct name_item *item = sides->source.items[i];
        if (!add_names(a, item, item->name_visible, item->columns_visible))
            return false;
    }
    bool done = add_names(a, a->result, true, true);
    sides->both = a->names;
    a->names = (struct name_list){0};
    done = done && add_names(a, a->result, true, true);
    sides->target = a->names;
    a->names = sides->both;
    return done;
}

/* (SELECT true) beside the source: NULL tells rows without one from those whose columns are NULL. */
static bool add_marker(struct analysis *a)
{
    struct sql_query *q = a->query;
    struct sql_query *one = analysis_alloc(a, sizeof *one);
    struct sql_target *target = analysis_alloc(a, sizeof *target);
    struct sql_from *join = analysis_alloc(a, sizeof *join);
    struct sql_from *right = analysis_alloc(a, sizeof *right);
    struct sql_from *source = NULL;
    if (!one || !target || !join || !right)
        return false;
    target->expr = make_const(a, a->known->boolean, -1, datum_bool(true), -1);
    target->name = slice_str("bool");
    *one = (struct sql_query){.command = SQL_SELECT, .targets = target, .target_count = 1};
    struct name_item *item = target->expr ? add_subquery(a, one, NULL, target->name, false) : NULL;
    if (!item)
        return false;
    uint32_t at = 0;
    while (q->from[at]->kind == SQL_FROM_TABLE && q->from[at]->table == q->result_table)
        at++;
    source = q->from[at];
    right->table = item->number;
    *join = (struct sql_from){
        .kind = SQL_FROM_JOIN, .join = SQL_JOIN_INNER, .left = source, .right = right};
    q->from[at] = join;
    q->merge_marker = item->number;
    return true;
}

struct sql_query *analyze_merge(struct analysis *a, const struct ast_merge *merge)
{
    struct sides sides;
    if (merge->with && merge->with->recursive) {
        fail_at(a, -1, "0A000", "WITH RECURSIVE is not supported for MERGE statement");
        return NULL;
    }
    if (!start_change(a, SQL_MERGE, merge->with))
        return NULL;
    struct sql_query *q = a->query;
    if (q->has_modifying_cte || !check_reachable(a, merge) ||
        !set_result_table(a, merge->relation, true, needed_privileges(merge)) || !check_target(a) ||
        !merge_source(a, merge, &sides))
        return NULL;
    q->merge_on = analyze_node(a, merge->on, PLACE_JOIN_ON);
    q->merge = analysis_alloc(a, sizeof *q->merge * (merge->whens.count + 1));
    if (!q->merge_on || !coerce_to_boolean(a, &q->merge_on, "JOIN/ON") || !q->merge)
        return NULL;
    for (uint32_t i = 0; i < merge->whens.count; i++) {
        const struct ast_merge_when *when = (const struct ast_merge_when *)merge->whens.items[i];
        if (!merge_action(a, when, &sides, &q->merge[q->merge_count++]))
            return NULL;
        q->merge_left_join |= when->match == AST_MERGE_NOT_MATCHED;
        if (when->match == AST_MERGE_NOT_MATCHED_BY_SOURCE && !q->merge_marker && !add_marker(a))
            return NULL;
    }
    a->names = sides.both;
    if (!analyze_returning(a, &merge->returning))
        return NULL;
    return assign_collations(a, q) ? q : NULL;
}
