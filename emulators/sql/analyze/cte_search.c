/* SEARCH and CYCLE of a recursive WITH query: both terms are wrapped in queries that make the further
 * columns, as the standard defines these clauses. Works on the syntax tree, before analysis. */
#include "emulators/sql/analyze/cte.h"

/* What is made. names: of the query's own columns. */
struct search {
    struct analysis *a;
    const struct ast_cte *cte;
    struct ast_names names;
    int32_t location;
    bool failed;
};

static void *new_node(struct search *s, enum ast_kind kind, size_t size)
{
    struct ast_node *node = analysis_alloc(s->a, size);
    if (!node) {
        s->failed = true;
        return NULL;
    }
    node->kind = kind;
    node->location = s->location;
    return node;
}

#define NEW(kind, name) struct ast_##name *name = new_node(s, AST_##kind, sizeof *name)

static void add(struct search *s, struct ast_list *list, void *node)
{
    if (!node || !analysis_grow(s->a, &list->items, list->count, sizeof *list->items)) {
        s->failed = true;
        return;
    }
    list->items[list->count++] = node;
}

static struct ast_names one_name(struct search *s, struct slice name)
{
    struct slice *item = analysis_alloc(s->a, sizeof *item);
    if (!item)
        s->failed = true;
    else
        *item = name;
    return (struct ast_names){item, item ? 1 : 0};
}

static void *part(struct search *s, struct slice text)
{
    NEW(NAME, name);
    if (name)
        name->names = one_name(s, text);
    return name;
}

/* table.column */
static void *column(struct search *s, struct slice table, struct slice name)
{
    NEW(COLUMN_REF, column_ref);
    if (!column_ref)
        return NULL;
    if (table.ptr)
        add(s, &column_ref->fields, part(s, table));
    add(s, &column_ref->fields, part(s, name));
    return column_ref;
}

/* ROW(first, columns ...) */
static void *row_of(struct search *s, void *first, const struct ast_names *columns)
{
    NEW(ROW, row);
    if (row && first)
        add(s, &row->args, first);
    for (uint32_t i = 0; row && i < columns->count; i++)
        add(s, &row->args, column(s, (struct slice){0}, columns->items[i]));
    return row;
}

static void *array_of(struct search *s, void *element)
{
    NEW(ARRAY, array);
    if (array)
        add(s, &array->elements, element);
    return array;
}

static void *appended(struct search *s, struct slice path, const struct ast_names *columns)
{
    NEW(FUNC_CALL, func_call);
    struct slice *names = analysis_alloc(s->a, 2 * sizeof *names);
    if (!func_call || !names)
        return NULL;
    names[0] = s->a->rules->system_schema;
    names[1] = (struct slice)SLICE_LITERAL("array_cat");
    func_call->name = (struct ast_names){names, 2};
    add(s, &func_call->args, column(s, (struct slice){0}, path));
    add(s, &func_call->args, array_of(s, row_of(s, NULL, columns)));
    return func_call;
}

static void *number(struct search *s, const char *digits)
{
    struct ast_const *constant = new_node(s, AST_CONST, sizeof *constant);
    if (constant) {
        constant->type = AST_CONST_FLOAT; /* an int8 */
        constant->text = slice_str(digits);
    }
    return constant;
}

static void *operation(struct search *s, enum ast_operator_type type, const char *name, void *left,
                       void *right)
{
    NEW(OPERATOR, operator);
    if (!operator)
        return NULL;
    operator->type = type;
    operator->name = one_name(s, slice_str(name));
    operator->left = left;
    operator->right = right;
    return operator;
}

/* The row's depth is the first of its columns, an int8 (analyze_field knows the name). */
static void *deeper(struct search *s, struct slice sequence)
{
    NEW(INDIRECTION, indirection);
    if (!indirection)
        return NULL;
    indirection->arg = column(s, (struct slice){0}, sequence);
    add(s, &indirection->steps, part(s, (struct slice)SLICE_LITERAL("*DEPTH*")));
    return operation(s, AST_OP, "+", indirection, number(s, "1"));
}

static void *is_cycle(struct search *s, const struct ast_cte_cycle *cycle)
{
    struct ast_case *choice = new_node(s, AST_CASE, sizeof *choice);
    NEW(CASE_WHEN, case_when);
    if (!choice || !case_when)
        return NULL;
    case_when->condition = operation(s, AST_OP_ANY, "=", row_of(s, NULL, &cycle->columns),
                                     column(s, (struct slice){0}, cycle->path_column));
    case_when->result = cycle->mark_value;
    add(s, &choice->whens, case_when);
    choice->otherwise = cycle->mark_default;
    return choice;
}

static void add_target(struct search *s, struct ast_select *select, void *value, struct slice name)
{
    NEW(TARGET, target);
    if (!target)
        return;
    target->value = value;
    target->name = name;
    add(s, &select->targets, target);
}

/* The further columns of the first term, and of the recursive one. */
static void add_columns(struct search *s, struct ast_select *to, bool recursive)
{
    const struct ast_cte_search *search = s->cte->search;
    const struct ast_cte_cycle *cycle = s->cte->cycle;
    if (search) {
        struct slice sequence = search->sequence_column;
        void *value;
        if (search->breadth_first)
            value = row_of(s, recursive ? deeper(s, sequence) : number(s, "0"), &search->columns);
        else
            value = recursive ? appended(s, sequence, &search->columns)
                              : array_of(s, row_of(s, NULL, &search->columns));
        add_target(s, to, value, sequence);
    }
    if (!cycle)
        return;
    add_target(s, to, recursive ? is_cycle(s, cycle) : cycle->mark_default, cycle->mark_column);
    add_target(s, to,
               recursive ? appended(s, cycle->path_column, &cycle->columns)
                         : array_of(s, row_of(s, NULL, &cycle->columns)),
               cycle->path_column);
}

static uint32_t further(const struct ast_cte *cte, struct slice out[3])
{
    uint32_t count = 0;
    if (cte->search)
        out[count++] = cte->search->sequence_column;
    if (cte->cycle) {
        out[count++] = cte->cycle->mark_column;
        out[count++] = cte->cycle->path_column;
    }
    return count;
}

static struct ast_names all_names(struct search *s)
{
    struct slice more[3], *items;
    uint32_t count = further(s->cte, more);
    items = analysis_alloc(s->a, sizeof *items * (s->names.count + 3));
    if (!items) {
        s->failed = true;
        return (struct ast_names){0};
    }
    memcpy(items, s->names.items, sizeof *items * s->names.count);
    memcpy(items + s->names.count, more, sizeof *items * count);
    return (struct ast_names){items, s->names.count + count};
}

/* SELECT columns, further FROM (term) AS name (columns ...) */
static struct ast_select *wrap(struct search *s, struct ast_select *term, const char *name,
                               bool recursive)
{
    NEW(SELECT, select);
    NEW(FROM_SUBQUERY, from_subquery);
    NEW(ALIAS, alias);
    if (!select || !from_subquery || !alias)
        return NULL;
    alias->name = slice_str(name);
    alias->columns = recursive ? all_names(s) : s->names;
    from_subquery->query = &term->node;
    from_subquery->alias = alias;
    add(s, &select->from, from_subquery);
    for (uint32_t i = 0; i < s->names.count; i++)
        add_target(s, select, column(s, (struct slice){0}, s->names.items[i]), s->names.items[i]);
    add_columns(s, select, recursive);
    return select;
}

/* What the query itself is called in the FROM of its recursive term. */
static struct slice own_name(const struct ast_node *node, struct slice cte)
{
    if (node->kind == AST_RELATION) {
        const struct ast_relation *relation = (const struct ast_relation *)node;
        if (!relation->schema.ptr && slice_eq(relation->name, cte))
            return relation->alias ? relation->alias->name : cte;
    } else if (node->kind == AST_JOIN) {
        const struct ast_join *join = (const struct ast_join *)node;
        struct slice left = own_name(join->left, cte);
        return left.ptr ? left : own_name(join->right, cte);
    }
    return (struct slice){0};
}

/* The recursive term, which also gives the further columns of the row that it goes on from. */
static struct ast_select *recursive_term(struct search *s, const struct ast_select *term)
{
    NEW(SELECT, select);
    struct slice own = {0}, more[3];
    if (!select)
        return NULL;
    *select = *term;
    select->targets = (struct ast_list){0};
    for (uint32_t i = 0; i < term->targets.count; i++)
        add(s, &select->targets, term->targets.items[i]);
    for (uint32_t i = 0; i < term->from.count && !own.ptr; i++)
        own = own_name(term->from.items[i], s->cte->name);
    uint32_t count = further(s->cte, more);
    for (uint32_t i = 0; i < count; i++)
        add_target(s, select, column(s, own, more[i]), more[i]);
    if (!s->cte->cycle)
        return select;
    void *goes_on = operation(s, AST_OP, "<>", column(s, own, s->cte->cycle->mark_column),
                              s->cte->cycle->mark_value);
    NEW(BOOL_EXPR, bool_expr);
    if (!bool_expr || !select->where) {
        select->where = goes_on;
        return select;
    }
    bool_expr->type = AST_BOOL_AND;
    add(s, &bool_expr->args, select->where);
    add(s, &bool_expr->args, goes_on);
    select->where = &bool_expr->node;
    return select;
}

/* ---- checks */

static bool has_name(const struct ast_names *names, struct slice name)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (slice_eq(names->items[i], name))
            return true;
    return false;
}

static bool check_columns(struct search *s, const struct ast_names *columns, const char *what,
                          int32_t location)
{
    for (uint32_t i = 0; i < columns->count; i++) {
        struct ast_names before = {columns->items, i};
        if (!has_name(&s->names, columns->items[i]))
            return fail_at(s->a, location, "42601",
                           "%s column \"" SLICE_FMT "\" not in WITH query column list", what,
                           SLICE_ARG(columns->items[i]));
        if (has_name(&before, columns->items[i]))
            return fail_at(s->a, location, "42701",
                           "%s column \"" SLICE_FMT "\" specified more than once", what,
                           SLICE_ARG(columns->items[i]));
    }
    return true;
}

static bool check_new(struct search *s, struct slice name, const char *what, int32_t location)
{
    return !has_name(&s->names, name) ||
           fail_at(s->a, location, "42601",
                   "%s column name \"" SLICE_FMT "\" already used in WITH query column list", what,
                   SLICE_ARG(name));
}

static bool check_clauses(struct search *s)
{
    const struct ast_cte_search *search = s->cte->search;
    const struct ast_cte_cycle *cycle = s->cte->cycle;
    if (search &&
        (!check_columns(s, &search->columns, "search", search->node.location) ||
         !check_new(s, search->sequence_column, "search sequence", search->node.location)))
        return false;
    if (!cycle)
        return true;
    int32_t location = cycle->node.location;
    if (!check_columns(s, &cycle->columns, "cycle", location) ||
        !check_new(s, cycle->mark_column, "cycle mark", location) ||
        !check_new(s, cycle->path_column, "cycle path", location))
        return false;
    if (slice_eq(cycle->mark_column, cycle->path_column))
        return fail_at(s->a, location, "42601",
                       "cycle mark column name and cycle path column name are the same");
    if (search && slice_eq(search->sequence_column, cycle->mark_column))
        return fail_at(s->a, search->node.location, "42601",
                       "search sequence column name and cycle mark column name are the same");
    if (search && slice_eq(search->sequence_column, cycle->path_column))
        return fail_at(s->a, search->node.location, "42601",
                       "search sequence column name and cycle path column name are the same");
    return true;
}

static bool is_plain(const struct ast_select *select)
{
    return select->operation == AST_SET_NONE && !select->values_lists.count;
}

/* The names of the query's columns follow from its first term. */
static bool find_names(struct search *s, const struct ast_select *first)
{
    struct sql_query *query = analyze_subquery(s->a, &first->node, NULL, false, false);
    if (!query)
        return false;
    s->names.items = analysis_alloc(s->a, sizeof *s->names.items * (query->target_count + 1));
    for (uint32_t i = 0; s->names.items && i < query->target_count; i++) {
        uint32_t at = s->names.count;
        if (!query->targets[i].hidden)
            s->names.items[s->names.count++] =
                at < s->cte->columns.count ? s->cte->columns.items[at] : query->targets[i].name;
    }
    return s->names.items != NULL;
}

bool expand_search(struct analysis *a, const struct ast_cte *cte, const struct ast_cte **out)
{
    const struct ast_select *select = (const struct ast_select *)cte->query;
    int32_t location = cte->search ? cte->search->node.location : cte->cycle->node.location;
    struct search made = {.a = a, .cte = cte, .location = -1}, *s = &made;
    *out = NULL;
    if (cte->query->kind != AST_SELECT || select->operation != AST_UNION)
        return fail_at(a, location, "42601", "WITH query is not recursive");
    if (!is_plain(select->left))
        return fail_at(a, -1, "0A000",
                       "with a SEARCH or CYCLE clause, the left side of the UNION must be a "
                       "SELECT");
    if (!is_plain(select->right))
        return fail_at(a, -1, "0A000",
                       "with a SEARCH or CYCLE clause, the right side of the UNION must be a "
                       "SELECT");
    if (!find_names(s, select->left) || !check_clauses(s))
        return false;
    struct ast_select *whole = analysis_alloc(a, sizeof *whole);
    struct ast_cte *copy = analysis_alloc(a, sizeof *copy);
    if (!whole || !copy)
        return false;
    *whole = *select;
    *copy = *cte;
    whole->left = wrap(s, select->left, "*TLOCRN*", false);
    struct ast_select *term = recursive_term(s, select->right);
    whole->right = term ? wrap(s, term, "*TROCRN*", true) : NULL;
    copy->query = &whole->node;
    copy->columns = all_names(s);
    *out = copy;
    return !s->failed && whole->left && whole->right;
}
