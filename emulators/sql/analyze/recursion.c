/* WITH RECURSIVE: in which order the queries are analysed, and the form that a recursive one must
 * have. Works on the syntax tree, where names of WITH queries are still names. */
#include "emulators/sql/analyze/cte.h"

/* ---- who uses whom */

struct uses {
    const struct ast_with *with;
    bool *used;
};

static bool visit_uses(struct ast_node *node, void *ctx)
{
    struct uses *uses = ctx;
    if (!node)
        return true;
    if (node->kind == AST_RELATION) {
        const struct ast_relation *relation = (const struct ast_relation *)node;
        for (uint32_t i = 0; !relation->schema.ptr && i < uses->with->ctes.count; i++)
            if (slice_eq(((const struct ast_cte *)uses->with->ctes.items[i])->name, relation->name))
                uses->used[i] = true;
    }
    return ast_walk(node, visit_uses, ctx);
}

static bool fail_mutual(struct analysis *a, const struct ast_with *with, const bool *done)
{
    for (uint32_t i = 0; i < with->ctes.count; i++)
        if (!done[i])
            return fail_at(a, with->ctes.items[i]->location, "0A000",
                           "mutual recursion between WITH items is not implemented");
    return false;
}

/* The first query that is not done and uses only done ones (itself aside). */
static uint32_t next_ready(const bool *used, const bool *done, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool ready = !done[i];
        for (uint32_t k = 0; ready && k < count; k++)
            ready = k == i || !used[i * count + k] || done[k];
        if (ready)
            return i;
    }
    return count;
}

bool order_ctes(struct analysis *a, const struct ast_with *with, uint32_t *order, bool *recursive)
{
    uint32_t count = with->ctes.count;
    bool *used = analysis_alloc(a, (size_t)count * count + 1);
    bool *done = analysis_alloc(a, count + 1);
    if (!used || !done)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct uses uses = {with, used + (size_t)i * count};
        visit_uses(((const struct ast_cte *)with->ctes.items[i])->query, &uses);
        recursive[i] = uses.used[i];
    }
    for (uint32_t n = 0; n < count; n++) {
        uint32_t ready = next_ready(used, done, count);
        if (ready == count)
            return fail_mutual(a, with, done);
        done[ready] = true;
        order[n] = ready;
    }
    return true;
}

/* ---- the form of a recursive query */

enum within {
    WITHIN_NOTHING,
    WITHIN_FIRST_TERM,
    WITHIN_SUBQUERY,
    WITHIN_OUTER_JOIN,
    WITHIN_INTERSECT,
    WITHIN_EXCEPT,
};

struct form {
    struct analysis *a;
    struct slice name;
    enum within within;
    uint32_t found;
    bool failed;
};

static bool visit_form(struct ast_node *node, void *ctx);

static bool fail_reference(struct form *form, int32_t location, const char *where)
{
    form->failed = true;
    return fail_at(form->a, location, "42P19",
                   "recursive reference to query \"" SLICE_FMT "\" must not appear %s",
                   SLICE_ARG(form->name), where);
}

static bool check_reference(struct form *form, const struct ast_relation *relation)
{
    static const char *const words[] = {
        [WITHIN_FIRST_TERM] = "within its non-recursive term",
        [WITHIN_SUBQUERY] = "within a subquery",
        [WITHIN_OUTER_JOIN] = "within an outer join",
        [WITHIN_INTERSECT] = "within INTERSECT",
        [WITHIN_EXCEPT] = "within EXCEPT",
    };
    if (relation->schema.ptr || !slice_eq(relation->name, form->name))
        return true;
    if (form->within != WITHIN_NOTHING)
        return fail_reference(form, relation->node.location, words[form->within]);
    if (++form->found > 1)
        return fail_reference(form, relation->node.location, "more than once");
    return true;
}

static bool visit_within(struct form *form, struct ast_node *node, enum within within)
{
    enum within before = form->within;
    if (within != WITHIN_NOTHING)
        form->within = within;
    bool go_on = visit_form(node, form);
    form->within = before;
    return go_on;
}

static bool visit_join(struct form *form, const struct ast_join *join)
{
    bool left_outer = join->type == AST_JOIN_RIGHT || join->type == AST_JOIN_FULL;
    bool right_outer = join->type == AST_JOIN_LEFT || join->type == AST_JOIN_FULL;
    return visit_within(form, join->left, left_outer ? WITHIN_OUTER_JOIN : WITHIN_NOTHING) &&
           visit_within(form, join->right, right_outer ? WITHIN_OUTER_JOIN : WITHIN_NOTHING) &&
           visit_form(join->on, form);
}

static bool visit_set_operation(struct form *form, const struct ast_select *select)
{
    enum within left = WITHIN_NOTHING, right = WITHIN_NOTHING;
    if (select->operation == AST_INTERSECT && select->all)
        left = right = WITHIN_INTERSECT;
    if (select->operation == AST_EXCEPT) {
        left = select->all ? WITHIN_EXCEPT : WITHIN_NOTHING;
        right = WITHIN_EXCEPT;
    }
    return visit_within(form, &select->left->node, left) &&
           visit_within(form, &select->right->node, right);
}

static bool visit_form(struct ast_node *node, void *ctx)
{
    struct form *form = ctx;
    if (!node)
        return true;
    switch (node->kind) {
    case AST_RELATION: return check_reference(form, (const struct ast_relation *)node);
    case AST_SUBLINK: {
        const struct ast_sublink *link = (const struct ast_sublink *)node;
        return visit_form(link->test, form) && visit_within(form, link->query, WITHIN_SUBQUERY);
    }
    case AST_WITH: {
        enum within before = form->within;
        form->within = WITHIN_SUBQUERY;
        bool go_on = ast_walk(node, visit_form, form);
        form->within = before;
        return go_on;
    }
    case AST_JOIN: return visit_join(form, (const struct ast_join *)node);
    case AST_SELECT:
        if (((const struct ast_select *)node)->operation != AST_SET_NONE)
            return visit_set_operation(form, (const struct ast_select *)node);
        return ast_walk(node, visit_form, form);
    default: return ast_walk(node, visit_form, form);
    }
}

static bool refuse_clause(struct analysis *a, const struct ast_node *node, const char *clause)
{
    return fail_at(a, node ? ast_location(node) : -1, "0A000",
                   "%s in a recursive query is not implemented", clause);
}

bool check_recursion(struct analysis *a, const struct ast_cte *cte)
{
    const struct ast_select *select = (const struct ast_select *)cte->query;
    int32_t location = cte->node.location;
    if (cte->query->kind != AST_SELECT)
        return fail_at(a, location, "42P19",
                       "recursive query \"" SLICE_FMT
                       "\" must not contain data-modifying statements",
                       SLICE_ARG(cte->name));
    struct form form = {.a = a, .name = cte->name};
    if (select->operation != AST_UNION)
        return fail_at(a, location, "42P19",
                       "recursive query \"" SLICE_FMT
                       "\" does not have the form non-recursive-term UNION [ALL] recursive-term",
                       SLICE_ARG(cte->name));
    form.within = WITHIN_FIRST_TERM;
    if (!visit_form(&select->left->node, &form))
        return false;
    form.within = WITHIN_NOTHING;
    if (!visit_form(&select->right->node, &form))
        return false;
    form.within = WITHIN_SUBQUERY;
    if (select->with && !visit_form(&select->with->node, &form))
        return false;
    if (form.found == 0)
        return true;
    if (select->order_by.count)
        return refuse_clause(a, ((const struct ast_sort_by *)select->order_by.items[0])->arg,
                             "ORDER BY");
    if (select->offset)
        return refuse_clause(a, select->offset, "OFFSET");
    if (select->limit)
        return refuse_clause(a, select->limit, "LIMIT");
    return !select->locking.count || refuse_clause(a, select->locking.items[0], "FOR UPDATE/SHARE");
}
