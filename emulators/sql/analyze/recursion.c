/* WITH RECURSIVE: in which order the queries are analysed, and the form that a recursive one must
 * have. Works on the syntax tree, where names of WITH queries are still names. */
#include "emulators/sql/analyze/cte.h"

/* ---- names that an inner WITH hides */

struct hidden {
    const struct ast_with *with;
    uint32_t count; /* of its queries, how many are in sight */
    const struct hidden *outer;
};

static bool is_hidden(const struct hidden *hidden, struct slice name)
{
    for (; hidden; hidden = hidden->outer)
        for (uint32_t i = 0; i < hidden->count; i++)
            if (slice_eq(((const struct ast_cte *)hidden->with->ctes.items[i])->name, name))
                return true;
    return false;
}

static struct ast_with *with_of(const struct ast_node *node)
{
    switch (node->kind) {
    case AST_SELECT: return ((const struct ast_select *)node)->with;
    case AST_INSERT: return ((const struct ast_insert *)node)->with;
    case AST_UPDATE: return ((const struct ast_update *)node)->with;
    case AST_DELETE: return ((const struct ast_delete *)node)->with;
    case AST_MERGE: return ((const struct ast_merge *)node)->with;
    default: return NULL;
    }
}

/* ---- who uses whom */

struct uses {
    const struct ast_with *with;
    bool *used;
    const struct hidden *hidden;
};

static bool visit_uses(struct ast_node *node, void *ctx);

/* The queries of an inner WITH, then the statement that has it, in which their names are hidden. */
static bool visit_inner(struct uses *uses, struct ast_node *node, const struct ast_with *with)
{
    struct hidden hidden = {with, with->recursive ? with->ctes.count : 0, uses->hidden};
    uses->hidden = &hidden;
    for (uint32_t i = 0; i < with->ctes.count; i++) {
        visit_uses(((const struct ast_cte *)with->ctes.items[i])->query, uses);
        if (!with->recursive)
            hidden.count++;
    }
    ast_walk(node, visit_uses, uses);
    uses->hidden = hidden.outer;
    return true;
}

static bool visit_uses(struct ast_node *node, void *ctx)
{
    struct uses *uses = ctx;
    if (!node || node->kind == AST_WITH)
        return true; /* done by visit_inner */
    if (with_of(node))
        return visit_inner(uses, node, with_of(node));
    if (node->kind == AST_RELATION) {
        const struct ast_relation *relation = (const struct ast_relation *)node;
        if (relation->schema.ptr || is_hidden(uses->hidden, relation->name))
            return true;
        for (uint32_t i = 0; i < uses->with->ctes.count; i++)
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
        struct uses uses = {with, used + (size_t)i * count, NULL};
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
    const struct hidden *hidden;
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
    if (relation->schema.ptr || !slice_eq(relation->name, form->name) ||
        is_hidden(form->hidden, relation->name))
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

static bool visit_form_kind(struct form *form, struct ast_node *node);

static bool visit_form_with(struct form *form, struct ast_node *node, const struct ast_with *with)
{
    struct hidden hidden = {with, with->recursive ? with->ctes.count : 0, form->hidden};
    bool go_on = true;
    form->hidden = &hidden;
    for (uint32_t i = 0; go_on && i < with->ctes.count; i++) {
        go_on = visit_form(((const struct ast_cte *)with->ctes.items[i])->query, form);
        if (!with->recursive)
            hidden.count++;
    }
    go_on = go_on && visit_form_kind(form, node);
    form->hidden = hidden.outer;
    return go_on;
}

static bool visit_form(struct ast_node *node, void *ctx)
{
    struct form *form = ctx;
    if (!node)
        return true;
    const struct ast_with *with = with_of(node);
    return with ? visit_form_with(form, node, with) : visit_form_kind(form, node);
}

static bool visit_form_kind(struct form *form, struct ast_node *node)
{
    switch (node->kind) {
    case AST_RELATION: return check_reference(form, (const struct ast_relation *)node);
    case AST_SUBLINK: {
        const struct ast_sublink *link = (const struct ast_sublink *)node;
        return visit_form(link->test, form) && visit_within(form, link->query, WITHIN_SUBQUERY);
    }
    case AST_WITH: return true; /* done by visit_form_with */
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

/* What may not stand behind the UNION. */
static bool check_decoration(struct analysis *a, const struct ast_select *select)
{
    if (select->order_by.count)
        return refuse_clause(a, ((const struct ast_sort_by *)select->order_by.items[0])->arg,
                             "ORDER BY");
    if (select->offset)
        return refuse_clause(a, select->offset, "OFFSET");
    if (select->limit)
        return refuse_clause(a, select->limit, "LIMIT");
    return !select->locking.count || refuse_clause(a, select->locking.items[0], "FOR UPDATE/SHARE");
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
    if (select->operation != AST_UNION)
        return fail_at(a, location, "42P19",
                       "recursive query \"" SLICE_FMT
                       "\" does not have the form non-recursive-term UNION [ALL] recursive-term",
                       SLICE_ARG(cte->name));
    struct form form = {.a = a, .name = cte->name, .within = WITHIN_SUBQUERY};
    for (uint32_t i = 0; select->with && i < select->with->ctes.count; i++)
        if (!visit_form(((const struct ast_cte *)select->with->ctes.items[i])->query, &form))
            return false;
    if (!check_decoration(a, select))
        return false;
    form.within = WITHIN_FIRST_TERM;
    if (!visit_form(&select->left->node, &form))
        return false;
    form.within = WITHIN_NOTHING;
    return visit_form(&select->right->node, &form);
}
