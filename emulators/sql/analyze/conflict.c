/* ON CONFLICT: what decides, and DO UPDATE. */
#include "emulators/sql/analyze/change.h"

static bool infer_element(struct analysis *a, const struct ast_index_element *element,
                          struct sql_on_conflict *out)
{
    if (element->direction != AST_SORT_DEFAULT)
        return fail_at(a, element->node.location, "42P10",
                       "ASC/DESC is not allowed in ON CONFLICT clause");
    if (element->nulls != AST_NULLS_DEFAULT)
        return fail_at(a, element->node.location, "42P10",
                       "NULLS FIRST/LAST is not allowed in ON CONFLICT clause");
    struct sql_expr *expr;
    if (element->column.ptr) {
        struct ast_name name = {
            .node = {AST_NAME, element->node.location}
        };
        struct slice part = element->column;
        name.names = (struct ast_names){&part, 1};
        struct ast_node *field = &name.node;
        struct ast_column_ref ref = {
            .node = {AST_COLUMN_REF, element->node.location},
              .fields = {&field,         1                     }
        };
        expr = analyze_node(a, &ref.node, PLACE_INDEX_EXPRESSION);
    } else {
        expr = analyze_node(a, element->expression, PLACE_INDEX_EXPRESSION);
    }
    if (!expr || !analysis_grow(a, &out->arbiter.items, out->arbiter.count, sizeof(void *)))
        return false;
    out->arbiter.items[out->arbiter.count++] = expr;
    return assign_expr_collations(a, expr);
}

static bool find_constraint(struct analysis *a, struct slice name, uint32_t *out)
{
    for (uint16_t i = 0; i < a->relation->constraint_count; i++) {
        const struct sql_constraint *c =
            sql_find_constraint(a->session, a->relation->constraints[i]);
        if (c && slice_eq(c->object.name, name)) {
            *out = c->object.id;
            for (uint16_t k = 0; k < c->column_count; k++)
                mark_selected(a, a->result->table, c->columns[k]);
            return true;
        }
    }
    return fail_at(a, -1, "42704",
                   "constraint \"" SLICE_FMT "\" for table \"" SLICE_FMT "\" does not exist",
                   SLICE_ARG(name), SLICE_ARG(a->relation->object.name));
}

/* Only the table itself is in sight of what infers the index. */
static bool analyze_infer(struct analysis *a, const struct ast_infer *infer,
                          struct sql_on_conflict *out)
{
    if (infer->constraint.ptr)
        return find_constraint(a, infer->constraint, &out->constraint);
    struct name_list around = a->names;
    a->names = (struct name_list){0};
    bool done = add_names(a, a->result, false, true);
    for (uint32_t i = 0; done && i < infer->elements.count; i++)
        done = infer_element(a, (const struct ast_index_element *)infer->elements.items[i], out);
    if (done)
        done = analyze_where(a, infer->where, PLACE_INDEX_PREDICATE, "WHERE", &out->arbiter_where);
    a->names = around;
    return done;
}

static bool analyze_do_update(struct analysis *a, const struct ast_on_conflict *clause,
                              struct sql_on_conflict *out)
{
    struct ast_alias alias = {
        .node = {AST_ALIAS, -1},
          .name = SLICE_LITERAL("excluded")
    };
    struct name_item *excluded = add_relation(a, a->relation, &alias, false, -1);
    if (!excluded)
        return false;
    excluded->table->privileges = 0;
    excluded->table->in_from = false;
    out->excluded = excluded->number;
    a->names.count = 0;
    if (!add_names(a, excluded, true, true) || !add_names(a, a->result, true, true))
        return false;
    return analyze_update_targets(a, &clause->targets, &out->set, &out->set_count) &&
           analyze_where(a, clause->where, PLACE_WHERE, "WHERE", &out->where);
}

bool analyze_on_conflict(struct analysis *a, const struct ast_on_conflict *clause)
{
    struct sql_on_conflict *out = analysis_alloc(a, sizeof *out);
    if (!out)
        return false;
    a->query->on_conflict = out;
    out->update = clause->update;
    if (clause->update && !clause->infer) {
        fail_at(a, clause->node.location, "42601",
                "ON CONFLICT DO UPDATE requires inference specification or constraint name");
        return sql_hint(a->env->error, "For example, ON CONFLICT (column_name).");
    }
    if (clause->infer && !analyze_infer(a, clause->infer, out))
        return false;
    return !clause->update || analyze_do_update(a, clause, out);
}
