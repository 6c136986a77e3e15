/* Ways to the rows of one table: all of them, by an index, by row id. */
#include <math.h>

#include "emulators/sql/exec/index_key.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/instance.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/prune.h"
#include "emulators/sql/session.h"
#include "emulators/sql/storage/sequence.h"

#define ROW_COST        1.0 /* a row of a sequential scan */
#define INDEX_COST      2.0 /* a row by an index */
#define SEARCH_COST     3.0 /* going down a tree */
#define SYSTEM_KEY_ROWS 4.0 /* what a system relation gives for a key */

/* One condition as an index sees it: column <op> value. */
struct index_match {
    struct sql_plan_qual *qual;
    const struct sql_expr *value;
    enum sql_compare op;
    bool is_null, not_null, array;
};

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

static enum sql_compare turned(enum sql_compare op)
{
    static const enum sql_compare turns[] = {0, SQL_GT, SQL_GE, SQL_EQ, SQL_LE, SQL_LT, SQL_NE};
    return turns[op];
}

struct matcher {
    struct sql_plan_problem *problem;
    const struct sql_plan_rel *rel;
    const struct sql_relation *relation; /* the table, or one below it */
    const int32_t *map;
    const struct sql_leaf_set *available;
    const struct sql_relation *index;
    const struct sql_node *sibling; /* a scan of another table of the family; NULL: none yet */
};

/* Such an index finds values, but knows no order and no NULLs. */
static bool hashes(const struct sql_planner *planner, const struct sql_relation *index)
{
    return index->index->method == planner->dialect->hash_method;
}

/* Is the expression the index' column number `at`? */
static bool is_index_column(const struct matcher *matcher, struct sql_plan_query *query,
                            const struct sql_expr *expr, uint32_t at)
{
    const struct sql_index *index = matcher->index->index;
    struct sql_plan_query *owner;
    const struct sql_expr_column *column;
    if (index->columns[at] == 0) {
        uint32_t number = 0;
        for (uint32_t i = 0; i < at; i++)
            number += index->columns[i] == 0;
        return query == matcher->rel->query && matcher->rel->table == 1 && !matcher->map &&
               sql_expr_equal(index->expressions.items[number], expr);
    }
    if (!sql_plan_base_column(query, expr, &owner, &column) || owner != matcher->rel->query ||
        column->table != matcher->rel->table || column->column <= 0)
        return false;
    int32_t number = matcher->map ? matcher->map[column->column - 1] : column->column;
    return number == index->columns[at];
}

/* The value's side must not read the table itself, and what it reads must be there. */
static bool is_value(const struct matcher *matcher, struct sql_plan_query *query,
                     const struct sql_expr *expr)
{
    struct sql_leaf_set reads = {{0}};
    bool is_volatile = false;
    sql_problem_reads(query, expr, &reads, &is_volatile);
    return !is_volatile && sql_leaf_within(&reads, matcher->available) &&
           !sql_leaf_overlap(&reads, &matcher->rel->leaves);
}

/* Do values of that type make the same keys as the column's? */
static bool same_keys(const struct matcher *matcher, const struct sql_expr *column,
                      const struct sql_expr *value, enum sql_key_codec codec, bool bytes)
{
    struct sql_planner *planner = matcher->problem->planner;
    if (codec != SQL_KEY_ENCODED)
        return true;
    const struct sql_type *a = sql_plan_type(planner, column->type);
    const struct sql_type *b = sql_plan_type(planner, value->type);
    while (a && a->kind == SQL_TYPE_DOMAIN)
        a = sql_plan_type(planner, a->base);
    while (b && b->kind == SQL_TYPE_DOMAIN)
        b = sql_plan_type(planner, b->base);
    return a && b &&
           (a == b || bytes || (a->category == 'S' && b->category == 'S' && a->ops == b->ops));
}

static bool match_operator(const struct matcher *matcher, struct sql_plan_qual *qual, uint32_t at,
                           struct index_match *out)
{
    struct sql_planner *planner = matcher->problem->planner;
    const struct sql_expr_call *call = (const void *)qual->expr;
    const struct sql_operator *op = sql_find_operator_id(planner->session, call->op);
    enum sql_key_codec codec;
    if (!op || !op->btree || op->btree == SQL_NE || call->args.count != 2)
        return false;
    const struct sql_routine *routine = sql_find_routine_id(planner->session, call->function);
    enum sql_opcode opcode = sql_plan_collated_opcode(planner, routine, call->input_collation);
    bool both_int = opcode >= SQL_OP_INT_EQ && opcode <= SQL_OP_INT_GE;
    for (int side = 0; side < 2; side++) {
        const struct sql_expr *column = call->args.items[side], *value = call->args.items[!side];
        if (!is_index_column(matcher, qual->query, column, at) ||
            !is_value(matcher, qual->query, value))
            continue;
        sql_key_codec_of(planner->session, sql_plan_type(planner, column->type), &codec);
        if (codec == SQL_KEY_INT && !both_int)
            return false;
        if (codec == SQL_KEY_FLOAT && sql_plan_type(planner, value->type)->category != 'N')
            return false;
        if (!same_keys(matcher, column, value, codec, opcode == SQL_OP_BYTES_EQ))
            return false;
        uint32_t collation =
            matcher->index->index->collations ? matcher->index->index->collations[at] : 0;
        if (collation && call->input_collation && collation != call->input_collation &&
            (op->btree != SQL_EQ || !sql_plan_bytes_tell(planner, collation) ||
             !sql_plan_bytes_tell(planner, call->input_collation)))
            return false;
        *out = (struct index_match){
            .qual = qual, .value = value, .op = side ? turned(op->btree) : op->btree};
        return true;
    }
    return false;
}

static bool match_array(const struct matcher *matcher, struct sql_plan_qual *qual, uint32_t at,
                        struct index_match *out)
{
    struct sql_planner *planner = matcher->problem->planner;
    const struct sql_expr_call *call = (const void *)qual->expr;
    const struct sql_operator *op = sql_find_operator_id(planner->session, call->op);
    if (!call->any || !op || op->btree != SQL_EQ || op->left != op->right ||
        !is_index_column(matcher, qual->query, call->args.items[0], at) ||
        !is_value(matcher, qual->query, call->args.items[1]))
        return false;
    *out = (struct index_match){
        .qual = qual, .value = call->args.items[1], .op = SQL_EQ, .array = true};
    return true;
}

static bool match_qual(const struct matcher *matcher, struct sql_plan_qual *qual, uint32_t at,
                       struct index_match *out)
{
    const struct sql_expr_test *test = (const void *)qual->expr;
    if (qual->used || qual->is_volatile || qual->sub_columns)
        return false;
    switch (qual->expr->kind) {
    case SQL_EXPR_FUNCTION: return match_operator(matcher, qual, at, out);
    case SQL_EXPR_SCALAR_ARRAY: return match_array(matcher, qual, at, out);
    case SQL_EXPR_NULL_TEST:
        if (test->row || hashes(matcher->problem->planner, matcher->index) ||
            !is_index_column(matcher, qual->query, test->arg, at))
            return false;
        *out = (struct index_match){.qual = qual,
                                    .op = test->negated ? SQL_GT : SQL_EQ,
                                    .is_null = !test->negated,
                                    .not_null = test->negated};
        return true;
    default: return false;
    }
}

static void add_match(struct sql_access *access, const struct index_match *match, uint32_t column)
{
    access->quals[access->key_count] = match->qual;
    access->values[access->key_count] = match->value;
    access->keys[access->key_count++] = (struct sql_index_key){.column = column,
                                                               .op = match->op,
                                                               .is_null = match->is_null,
                                                               .not_null = match->not_null,
                                                               .array = match->array};
}

static bool find_equality(const struct matcher *matcher, uint32_t at, bool arrays,
                          struct index_match *out)
{
    struct sql_plan_qual *quals = matcher->problem->quals.items;
    for (int pass = 0; pass < (arrays ? 2 : 1); pass++)
        for (uint32_t i = 0; i < matcher->problem->quals.count; i++)
            if (match_qual(matcher, &quals[i], at, out) && out->op == SQL_EQ && !out->not_null &&
                out->array == (pass == 1))
                return true;
    return false;
}

static void find_ranges(const struct matcher *matcher, uint32_t at, struct sql_access *access)
{
    struct sql_plan_qual *quals = matcher->problem->quals.items;
    bool low = false, high = false;
    struct index_match match;
    for (uint32_t i = 0; i < matcher->problem->quals.count; i++) {
        if (!match_qual(matcher, &quals[i], at, &match) || match.op == SQL_EQ || match.not_null)
            continue;
        bool *side = match.op == SQL_GT || match.op == SQL_GE ? &low : &high;
        if (*side)
            continue;
        *side = true;
        add_match(access, &match, at);
    }
}

/* A partial index serves only who asks for its predicate in the same words. *out_share: the share of a
 * table's rows that it is thought to have, by these conditions. */
static bool predicate_holds(const struct matcher *matcher, double *out_share)
{
    const struct sql_expr *where = matcher->index->index->where;
    struct sql_plan_qual *quals = matcher->problem->quals.items;
    const struct sql_expr_bool *junction = (const void *)where;
    *out_share = 1;
    if (!where)
        return true;
    if (matcher->rel->table != 1 || matcher->map)
        return false;
    bool several = where->kind == SQL_EXPR_BOOL && junction->op == SQL_AND;
    for (uint32_t p = 0; p < (several ? junction->args.count : 1); p++) {
        const struct sql_expr *part = several ? junction->args.items[p] : where;
        uint32_t i = 0;
        while (i < matcher->problem->quals.count &&
               (quals[i].query != matcher->rel->query || !sql_expr_equal(quals[i].expr, part)))
            i++;
        if (i == matcher->problem->quals.count)
            return false;
        *out_share *= sql_plan_selectivity(matcher->problem->planner, &quals[i]);
    }
    return true;
}

/* Does reading the index give the order asked for? Columns with an equality do not count. */
static bool gives_order(const struct matcher *matcher, struct sql_access *access)
{
    const struct sql_query *query = matcher->problem->ordered;
    const struct sql_index *index = matcher->index->index;
    struct sql_planner *planner = matcher->problem->planner;
    uint32_t at = access->equal_count;
    for (uint32_t i = 0; i < access->equal_count; i++)
        if (access->keys[i].array)
            return false;
    for (uint32_t i = 0; i < query->order_count; i++, at++) {
        const struct sql_sort_key *key = &query->order[i];
        const struct sql_expr *expr = NULL;
        for (uint32_t t = 0; t < query->target_count; t++)
            if (query->targets[t].sort_group == key->target)
                expr = query->targets[t].expr;
        if (at >= index->key_count || !expr ||
            !is_index_column(matcher, matcher->problem->root, expr, at))
            return false;
        struct sql_type_order order = sql_find_type_order(planner->session, expr->type);
        if (key->sort_op != order.lt && key->sort_op != order.gt)
            return false;
        bool descending = index->flags && index->flags[at] & 1;
        bool nulls_first = index->flags && index->flags[at] & 2;
        bool backward = key->descending != descending;
        if (i && backward != access->backward)
            return false;
        access->backward = backward;
        const struct sql_relation *relation = matcher->relation;
        bool never_null =
            index->columns[at] > 0 && relation->columns[index->columns[at] - 1].not_null;
        if (!never_null && key->nulls_first != (nulls_first != backward))
            return false;
        if (index->collations && index->collations[at] && expr->collation &&
            index->collations[at] != expr->collation)
            return false;
    }
    return true;
}

static double estimate(const struct matcher *matcher, const struct sql_access *access,
                       double table_rows)
{
    const struct sql_index *index = matcher->index->index;
    double rows = table_rows;
    bool arrays = false;
    for (uint32_t i = 0; i < access->equal_count; i++)
        arrays |= access->keys[i].array;
    if (index->unique && access->equal_count == index->key_count)
        return arrays ? fmin(10, table_rows) : fmin(1, table_rows);
    for (uint32_t i = 0; i < access->equal_count; i++)
        rows *= index->unique ? fmax(0.001, 10 / fmax(table_rows, 10)) : i ? 0.1 : 0.005;
    if (arrays)
        rows *= 10;
    uint32_t ranges = access->key_count - access->equal_count;
    if (ranges)
        rows *= ranges == 2 ? 0.01 : 0.3333;
    return fmin(fmax(rows, 1), fmax(table_rows, 1));
}

/* How many rows a way through the index has to look at until it has as many as the LIMIT wants. */
static double looked_at(const struct matcher *matcher, const struct sql_access *access, double kept)
{
    double hits = fmax(fmin(kept, access->rows), 1);
    return fmin(access->rows, matcher->problem->limit * access->rows / hits);
}

/* Rows that the index knows: of a partial one, its entries. */
static bool count_index_rows(const struct matcher *matcher, double *rows)
{
    struct sql_planner *planner = matcher->problem->planner;
    if (!matcher->index->index->where || !matcher->index->storage)
        return true;
    const struct sql_btree *tree =
        sql_btree_open(planner->env, planner->session->database, matcher->index);
    if (tree)
        *rows = fmin(*rows, (double)sql_btree_count(tree));
    return tree != NULL;
}

/* share: how much of the table's rows the conditions on it alone leave. */
static bool try_index(const struct matcher *matcher, double table_rows, double share,
                      struct sql_access *out, bool *usable)
{
    struct sql_planner *planner = matcher->problem->planner;
    const struct sql_index *index = matcher->index->index;
    uint32_t room = index->key_count + 2;
    *out = (struct sql_access){.index = matcher->index};
    out->quals = arena_array(planner->arena, room, sizeof(*out->quals));
    out->values = arena_array(planner->arena, room, sizeof(*out->values));
    out->keys = arena_array(planner->arena, room, sizeof(*out->keys));
    if (!out->quals || !out->values || !out->keys)
        return no_memory(planner);
    *usable = false;
    bool arrays = false, hash = hashes(planner, matcher->index);
    for (uint32_t at = 0; at < index->key_count; at++) {
        struct index_match match;
        if (arrays || !find_equality(matcher, at, !arrays && !hash, &match)) {
            if (!arrays && !hash)
                find_ranges(matcher, at, out);
            break;
        }
        arrays |= match.array;
        add_match(out, &match, at);
        out->equal_count++;
    }
    bool ordered = matcher->problem->ordered && !hash && gives_order(matcher, out);
    double rows = table_rows, held;
    if (!predicate_holds(matcher, &held) ||
        (out->key_count == 0 && !ordered && (!index->where || hash)))
        return true;
    if (!count_index_rows(matcher, &rows))
        return false;
    *usable = true;
    out->ordered = ordered;
    if (!ordered)
        out->backward = false;
    out->rows = estimate(matcher, out, rows);
    out->unique = index->unique && out->equal_count == index->key_count && !arrays;
    bool few = ordered && matcher->problem->limit;
    out->cost =
        SEARCH_COST + (few ? looked_at(matcher, out, rows * share / held) : out->rows) * INDEX_COST;
    return true;
}

static bool look_up_row(const struct matcher *matcher, struct sql_plan_qual *qual,
                        const struct sql_expr *value, bool array, struct sql_access *out)
{
    struct arena *arena = matcher->problem->planner->arena;
    *out = (struct sql_access){.row_id = true, .rows = 1, .cost = 2, .key_count = 1};
    out->quals = arena_alloc(arena, sizeof(*out->quals));
    out->values = arena_alloc(arena, sizeof(*out->values));
    out->keys = arena_zalloc(arena, sizeof(*out->keys));
    if (!out->quals || !out->values || !out->keys)
        return false;
    out->quals[0] = qual;
    out->values[0] = value;
    out->keys[0].array = array;
    return true;
}

static bool is_row_id(const struct matcher *matcher, struct sql_plan_qual *qual,
                      struct sql_access *out)
{
    const struct sql_expr_call *call = (const void *)qual->expr;
    struct sql_planner *planner = matcher->problem->planner;
    if ((qual->expr->kind != SQL_EXPR_FUNCTION && qual->expr->kind != SQL_EXPR_SCALAR_ARRAY) ||
        qual->used || call->args.count != 2)
        return false;
    const struct sql_operator *op = sql_find_operator_id(planner->session, call->op);
    bool array = qual->expr->kind == SQL_EXPR_SCALAR_ARRAY;
    if (!op || op->left != planner->dialect->types_of.tid || op->btree != SQL_EQ ||
        (array && !call->any))
        return false;
    for (int side = 0; side < (array ? 1 : 2); side++) {
        struct sql_plan_query *owner;
        const struct sql_expr_column *column;
        if (!sql_plan_base_column(qual->query, call->args.items[side], &owner, &column) ||
            owner != matcher->rel->query || column->table != matcher->rel->table ||
            column->column != SQL_COLUMN_ROW_ID ||
            !is_value(matcher, qual->query, call->args.items[!side]))
            continue;
        return look_up_row(matcher, qual, call->args.items[!side], array, out);
    }
    return false;
}

/* WHERE CURRENT OF is about this table. */
static bool is_current_row(const struct matcher *matcher, struct sql_plan_qual *qual,
                           struct sql_access *out)
{
    const struct sql_expr_current_of *current = (const void *)qual->expr;
    return qual->expr->kind == SQL_EXPR_CURRENT_OF && !qual->used &&
           qual->query == matcher->rel->query && current->table == matcher->rel->table &&
           look_up_row(matcher, qual, qual->expr, false, out);
}

/* What stays of a table's rows after the conditions on it alone. */
static double local_selectivity(const struct matcher *matcher)
{
    struct sql_plan_qual *quals = matcher->problem->quals.items;
    double rest = 1;
    for (uint32_t i = 0; i < matcher->problem->quals.count; i++)
        if (!quals[i].used && sql_leaf_overlap(&quals[i].leaves, &matcher->rel->leaves) &&
            sql_leaf_within(&quals[i].leaves, &matcher->rel->leaves))
            rest *= sql_plan_selectivity(matcher->problem->planner, &quals[i]);
    return rest;
}

static bool usable_index(const struct sql_planner *planner, const struct sql_relation *index)
{
    return index && index->index && index->index->valid &&
           (index->index->method == planner->dialect->btree_method || hashes(planner, index));
}

/* A plan is kept while its table grows, and what a serializable transaction reads counts: one row is
 * never looked for among all. */
static bool is_better(const struct sql_access *access, const struct sql_access *than)
{
    if (access->unique != than->unique)
        return access->unique;
    if (access->cost != than->cost)
        return access->cost < than->cost;
    if (access->key_count != than->key_count)
        return access->key_count > than->key_count;
    return access->index->index->where && than->index && !than->index->index->where;
}

static bool choose(struct matcher *matcher, double table_rows, struct sql_access *out)
{
    struct sql_planner *planner = matcher->problem->planner;
    struct sql_plan_qual *quals = matcher->problem->quals.items;
    double share = local_selectivity(matcher), kept = table_rows * share;
    *out = (struct sql_access){.rows = fmax(kept, 1), .cost = table_rows * ROW_COST};
    for (uint32_t i = 0; i < matcher->problem->quals.count; i++)
        if (is_current_row(matcher, &quals[i], out) || is_row_id(matcher, &quals[i], out))
            return true;
    if (sql_plan_system_key(matcher->problem, matcher->rel, matcher->available, &out->system)) {
        out->rows = fmin(out->rows, SYSTEM_KEY_ROWS);
        out->cost = SEARCH_COST + SYSTEM_KEY_ROWS * INDEX_COST;
        return true;
    }
    if (matcher->problem->ordered) /* sorting costs as well */
        out->cost += matcher->problem->limit ? out->rows * 0.5 : out->rows * 2;
    for (uint32_t i = 0; i < matcher->relation->index_count; i++) {
        struct sql_access access;
        bool usable;
        matcher->index = sql_find_relation_id(planner->session, matcher->relation->indexes[i]);
        if (!usable_index(planner, matcher->index))
            continue;
        if (!try_index(matcher, table_rows, share, &access, &usable))
            return false;
        if (usable && is_better(&access, out))
            *out = access;
    }
    out->rows = fmin(out->rows, fmax(kept, 1));
    return true;
}

bool sql_access_choose(struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                       const struct sql_leaf_set *available, struct sql_access *out)
{
    struct matcher matcher = {.problem = problem,
                              .rel = rel,
                              .relation = rel->query->tables[rel->table - 1].relation,
                              .available = available};
    return choose(&matcher, rel->rows, out);
}

/* ---- building */

static struct sql_node_scan *scan_node(struct sql_plan_problem *problem,
                                       const struct matcher *matcher, enum sql_node_kind kind,
                                       size_t size)
{
    struct sql_plan_table *table = &matcher->rel->query->tables[matcher->rel->table - 1];
    struct sql_node_scan *scan = sql_plan_node(problem->planner, kind, size, 0);
    if (!scan)
        return NULL;
    scan->relation = matcher->relation;
    scan->table = table->table;
    scan->source = table;
    scan->node.whole = table;
    scan->node.whole_query = matcher->rel->query;
    scan->map = matcher->map;
    scan->row_reg = table->row_reg;
    return scan;
}

/* Where nobody wants the index' order, several rows of a statement's own table come as they stand in the
 * table: PostgreSQL would collect them in a bitmap. A LIMIT may not need them all. */
static bool in_heap_order(const struct sql_plan_problem *problem, const struct matcher *matcher,
                          const struct sql_access *access)
{
    const struct sql_plan_query *root = problem->root;
    return !access->ordered && !access->unique && !root->parent && !root->query->limit &&
           access->key_count && sql_leaf_empty(matcher->available);
}

static bool build_index(struct sql_plan_problem *problem, const struct matcher *matcher,
                        const struct sql_access *access, struct sql_node **out)
{
    struct sql_planner *planner = problem->planner;
    struct sql_node_index_scan *scan =
        (void *)scan_node(problem, matcher, SQL_NODE_INDEX_SCAN, sizeof(*scan));
    struct sql_index_keys *keys;
    if (!scan ||
        !sql_index_keys_make(planner->env, planner->arena, matcher->relation, access->index, &keys))
        return false;
    scan->index_keys = keys;
    scan->keys = access->keys;
    scan->key_count = access->key_count;
    scan->equal_count = access->equal_count;
    scan->backward = access->backward;
    scan->unique = access->unique;
    scan->quals = access->quals;
    scan->heap_order = in_heap_order(problem, matcher, access);
    *out = &scan->scan.node;
    for (uint32_t i = 0; i < access->key_count; i++)
        if (access->values[i] &&
            !sql_compile_expr(access->quals[i]->query, access->values[i], &scan->keys[i].program))
            return false;
    return true;
}

/* The cursor's name as an expression. */
static const struct sql_expr *cursor_name(struct sql_planner *planner,
                                          const struct sql_expr_current_of *current)
{
    struct sql_expr_param *param = arena_zalloc(planner->arena, sizeof(*param));
    struct sql_expr_const *name = arena_zalloc(planner->arena, sizeof(*name));
    if (!param || !name)
        return NULL;
    *name = (struct sql_expr_const){.expr = current->expr, .value = datum_bytes(current->cursor)};
    name->expr.kind = SQL_EXPR_CONST;
    name->expr.type = planner->dialect->types_of.text;
    *param = (struct sql_expr_param){.expr = current->expr, .number = current->param - 1};
    param->expr.kind = SQL_EXPR_PARAM;
    param->expr.type = planner->dialect->types_of.refcursor;
    param->param_kind = SQL_PARAM_EXTERNAL;
    return current->param ? &param->expr : &name->expr;
}

static bool build_row_id(struct sql_plan_problem *problem, const struct matcher *matcher,
                         const struct sql_access *access, struct sql_node **out)
{
    struct sql_node_row_scan *scan =
        (void *)scan_node(problem, matcher, SQL_NODE_ROW_SCAN, sizeof(*scan));
    if (!scan)
        return false;
    scan->array = access->keys[0].array;
    scan->quals = access->quals;
    *out = &scan->scan.node;
    const struct sql_expr *value = access->values[0];
    if (value->kind == SQL_EXPR_CURRENT_OF) {
        scan->current = (const void *)value;
        value = cursor_name(problem->planner, scan->current);
    }
    return value ? sql_compile_expr(access->quals[0]->query, value, &scan->row_id)
                 : no_memory(problem->planner);
}

/* A generator takes one equality on one of its key columns. */
static bool build_system(struct sql_plan_problem *problem, const struct matcher *matcher,
                         const struct sql_access *access, struct sql_node **out)
{
    if (!sql_generated_rows(matcher->relation))
        return sql_fail(problem->planner->env->error, "0A000",
                        "system relation \"" SLICE_FMT "\" is not supported",
                        SLICE_ARG(matcher->relation->object.name));
    struct sql_node_system_scan *scan =
        (void *)scan_node(problem, matcher, SQL_NODE_SYSTEM_SCAN, sizeof(*scan));
    if (!scan)
        return false;
    *out = &scan->scan.node;
    scan->key_column = access->system.column;
    return scan->key_column == 0 ||
           sql_compile_expr(access->system.query, access->system.value, &scan->key);
}

static bool build_one(struct sql_plan_problem *problem, struct matcher *matcher, double rows,
                      struct sql_access *access, struct sql_node **out)
{
    bool built_in = matcher->relation->object.id < problem->planner->dialect->first_free_id;
    if (sql_generated_rows(matcher->relation) || (built_in && !matcher->relation->storage)) {
        if (!build_system(problem, matcher, access, out))
            return false;
    } else if (access->row_id) {
        if (!build_row_id(problem, matcher, access, out))
            return false;
    } else if (access->index) {
        if (!build_index(problem, matcher, access, out))
            return false;
    } else {
        struct sql_node_scan *scan =
            scan_node(problem, matcher,
                      matcher->rel->query->tables[matcher->rel->table - 1].table->sample_method
                          ? SQL_NODE_SAMPLE_SCAN
                          : SQL_NODE_SEQ_SCAN,
                      sizeof(struct sql_node_sample_scan));
        if (!scan)
            return false;
        *out = &scan->node;
        if (scan->table->sample_method && !sql_plan_sample(matcher->rel->query, (void *)scan))
            return false;
    }
    (*out)->rows = access->rows;
    (*out)->cost = access->cost;
    (void)rows;
    return true;
}

/* Conditions on what is loaded that no index looks after; for several tables below one, the same
 * program serves all. */
static bool filter_quals(struct sql_plan_problem *problem, const struct matcher *matcher,
                         const struct sql_access *access, struct sql_node *node)
{
    struct sql_plan_qual *quals = problem->quals.items;
    struct sql_leaf_set all = *matcher->available;
    struct sql_plan_qual **list =
        arena_array(problem->planner->arena, problem->quals.count, sizeof(*list));
    uint32_t count = 0;
    if (!list)
        return no_memory(problem->planner);
    sql_leaf_join(&all, &matcher->rel->leaves);
    for (uint32_t i = 0; i < problem->quals.count; i++) {
        bool by_index = false;
        for (uint32_t k = 0; k < access->key_count; k++)
            by_index |= access->quals[k] == &quals[i];
        if (!by_index && !quals[i].used && sql_leaf_within(&quals[i].leaves, &all) &&
            sql_leaf_overlap(&quals[i].leaves, &matcher->rel->leaves))
            list[count++] = &quals[i];
    }
    if (count == 0)
        return true;
    node->filter_quals = list;
    node->filter_count = count;
    const struct sql_node *sibling = matcher->sibling;
    if (sibling && sibling->filter_count == count &&
        memcmp(sibling->filter_quals, list, count * sizeof(*list)) == 0) {
        node->filter = sibling->filter;
        return true;
    }
    return sql_plan_quals_program(problem->planner, list, count, &node->filter);
}

static bool build_child(struct sql_plan_problem *problem, struct matcher *matcher, uint32_t number,
                        struct sql_node **out)
{
    struct sql_planner *planner = problem->planner;
    struct sql_access access;
    double rows = 0;
    if (!sql_plan_relation_rows(planner, matcher->relation, &rows) ||
        !choose(matcher, rows, &access) || !build_one(problem, matcher, rows, &access, out))
        return false;
    ((struct sql_node_scan *)(void *)*out)->child = number;
    if (!filter_quals(problem, matcher, &access, *out))
        return false;
    matcher->sibling = *out;
    return true;
}

/* A table with others below it: all of them, one after the other. */
static bool build_family(struct sql_plan_problem *problem, struct matcher *matcher,
                         const struct sql_plan_table *table, struct sql_node **out)
{
    struct sql_planner *planner = problem->planner;
    struct sql_node_append *append =
        sql_plan_node(planner, SQL_NODE_APPEND, sizeof(*append), table->family_count);
    uint32_t *inputs = arena_array(planner->arena, table->family_count, sizeof(*inputs));
    const struct sql_query *ordered = problem->ordered;
    if (!append || !inputs)
        return no_memory(planner);
    problem->ordered = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < table->family_count; i++) {
        matcher->relation = table->family[i].relation;
        matcher->map = table->family[i].map;
        inputs[i] = UINT32_MAX;
        if (matcher->relation->kind == SQL_RELATION_PARTITIONED)
            continue;
        inputs[i] = count;
        if (!build_child(problem, matcher, i, &append->node.inputs[count]))
            return false;
        append->node.rows += append->node.inputs[count]->rows;
        append->node.cost += append->node.inputs[count++]->cost;
    }
    problem->ordered = ordered;
    append->node.input_count = count;
    *out = &append->node;
    if (count == 1)
        *out = append->node.inputs[0];
    if (count < 2)
        return true;
    if (!sql_plan_prune_later(problem, matcher->rel, matcher->available, inputs, &append->prune))
        return false;
    planner->plan->prunes |= append->prune && append->prune->at_start;
    return true;
}

bool sql_access_build(struct sql_plan_problem *problem, struct sql_plan_rel *rel,
                      const struct sql_leaf_set *available, const struct sql_access *access,
                      struct sql_node **out)
{
    const struct sql_plan_table *table = &rel->query->tables[rel->table - 1];
    struct matcher matcher = {
        .problem = problem, .rel = rel, .relation = table->relation, .available = available};
    struct sql_plan_qual *quals = problem->quals.items;
    struct sql_access chosen = *access;
    if (table->family_count) {
        if (!build_family(problem, &matcher, table, out))
            return false;
    } else {
        if (!build_one(problem, &matcher, rel->rows, &chosen, out) ||
            !filter_quals(problem, &matcher, &chosen, *out))
            return false;
        problem->order_given = problem->ordered && chosen.ordered;
    }
    struct sql_leaf_set all = *available;
    sql_leaf_join(&all, &rel->leaves);
    for (uint32_t i = 0; i < problem->quals.count; i++)
        if (sql_leaf_within(&quals[i].leaves, &all) &&
            sql_leaf_overlap(&quals[i].leaves, &rel->leaves))
            quals[i].used = true;
    return true;
}
