/* Which partitions the conditions of a query can be about: steps over the keys of partitioned tables
 * (exec/prune.h), and the tables below one as far as constants leave them. */
#include "emulators/sql/plan/prune.h"

#include "emulators/sql/exec/partition.h"
#include "emulators/sql/session.h"

/* Steps being made for one partitioned table. */
struct maker {
    struct sql_plan_problem *problem;
    struct sql_planner *planner;
    const struct sql_plan_rel *rel;
    const struct sql_leaf_set *available;
    struct sql_prune *prune;
    struct sql_vector *values; /* struct sql_prune_value */
    const struct sql_relation *relation;
    const int32_t *map; /* its column for each of the top table's; NULL: the same */
    struct sql_partition_terms terms;
    struct sql_expr **expressions; /* of the key, in the terms of the query */
    enum sql_prune_known most;     /* values that are known later are of no use */
};

/* What one condition says of a column of the key. */
struct clause {
    enum { COMPARES, TESTS_NULL, HAS_STEP } kind;
    uint32_t column;
    enum sql_compare op;
    struct sql_prune_operand operand;
    bool array, any, negated;
    const struct sql_prune_step *step;
};

static bool no_memory(const struct maker *m)
{
    return sql_fail_memory(m->planner->env->error);
}

static bool add_clause(struct maker *m, struct sql_vector *clauses, struct clause clause)
{
    struct clause *added = sql_vector_add(m->planner->arena, clauses, sizeof(*added));
    if (!added)
        return no_memory(m);
    *added = clause;
    return true;
}

static bool add_step(struct maker *m, struct sql_vector *clauses, struct sql_prune_step step)
{
    struct sql_prune_step *made = arena_alloc(m->planner->arena, sizeof(*made));
    if (!made)
        return no_memory(m);
    *made = step;
    return add_clause(m, clauses, (struct clause){.kind = HAS_STEP, .step = made});
}

/* ---- columns of the key */

static const struct sql_expr *strip(const struct sql_expr *expr)
{
    while (expr->kind == SQL_EXPR_RELABEL || expr->kind == SQL_EXPR_COLLATE)
        expr = ((const struct sql_expr_convert *)(const void *)expr)->arg;
    return expr;
}

/* A column of the partitioned table, as one of the query's table. */
static struct sql_expr *to_query(const struct sql_expr *expr, void *ctx)
{
    const struct maker *m = ctx;
    const struct sql_expr_column *from = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN)
        return NULL;
    struct sql_expr_column *column = arena_alloc(m->planner->arena, sizeof(*column));
    if (!column)
        return NULL;
    *column = *from;
    column->table = m->rel->table;
    uint32_t count = m->rel->query->tables[m->rel->table - 1].table->column_count;
    for (uint32_t i = 0; m->map && i < count; i++)
        if (m->map[i] == from->column)
            column->column = (int32_t)i + 1;
    return &column->expr;
}

static bool map_expressions(struct maker *m)
{
    const struct sql_exprs *from = &m->relation->partition_key->expressions;
    m->expressions = arena_array(m->planner->arena, from->count, sizeof(*m->expressions));
    if (!m->expressions)
        return no_memory(m);
    for (uint32_t i = 0; i < from->count; i++)
        if (!(m->expressions[i] =
                  sql_expr_copy(m->planner->arena, strip(from->items[i]), to_query, m)))
            return no_memory(m);
    return true;
}

/* Which column of the key an expression is; -1: none. */
static int key_column(const struct maker *m, struct sql_plan_query *query,
                      const struct sql_expr *expr)
{
    const struct sql_partition_key *key = m->relation->partition_key;
    struct sql_plan_query *owner;
    const struct sql_expr_column *column;
    uint32_t expression = 0;
    int32_t number = 0;
    if (sql_plan_base_column(query, expr, &owner, &column) && owner == m->rel->query &&
        column->table == m->rel->table && column->column > 0)
        number = m->map ? m->map[column->column - 1] : column->column;
    for (uint32_t i = 0; i < key->count; i++) {
        if (key->columns[i] == 0 && query == m->rel->query &&
            sql_expr_equal(m->expressions[expression++], strip(expr)))
            return (int)i;
        if (number && key->columns[i] == number)
            return (int)i;
    }
    return -1;
}

/* ---- values */

/* When is the value known? False: never, or it is one of the table's own rows. */
static bool known_when(const struct maker *m, struct sql_plan_query *query,
                       const struct sql_expr *expr, enum sql_prune_known *out)
{
    struct sql_leaf_set reads = {{0}};
    bool is_volatile = false;
    sql_problem_reads(query, expr, &reads, &is_volatile);
    return !is_volatile && sql_leaf_within(&reads, m->available) &&
           !sql_leaf_overlap(&reads, &m->rel->leaves) &&
           sql_prune_known_when(m->planner->session, expr, out);
}

/* The value of an expression of constants. *known stays false when it cannot be computed: that shows when
 * the condition is tested. */
static bool compute(const struct maker *m, const struct sql_expr *expr, struct datum *out,
                    bool *known)
{
    struct sql_env env = *m->planner->env;
    struct sql_error error = {0};
    if (expr->kind == SQL_EXPR_CONST) {
        *out = ((const struct sql_expr_const *)(const void *)expr)->value;
        return *known = true;
    }
    sql_error_begin(&error, env.arena);
    env.error = &error;
    env.arena = m->planner->arena;
    *known = sql_evaluate(&env, expr, NULL, 0, out);
    return true;
}

/* The number of a value among those of the prune. *usable: it is known early enough. */
static bool take_value(struct maker *m, struct sql_plan_query *query, const struct sql_expr *expr,
                       bool immutable, uint32_t *out, bool *usable)
{
    struct sql_prune_value *values = m->values->items, value = {.expr = expr, .query = query};
    *usable = known_when(m, query, expr, &value.known);
    if (*usable && value.known == SQL_PRUNE_PLANNED && !immutable)
        value.known = SQL_PRUNE_STARTED;
    *usable = *usable && value.known <= m->most;
    if (!*usable)
        return true;
    for (uint32_t i = 0; i < m->values->count; i++)
        if (values[i].expr == expr && values[i].query == query && values[i].known == value.known) {
            *out = i;
            return true;
        }
    if (value.known == SQL_PRUNE_PLANNED && !compute(m, expr, &value.constant, usable))
        return false;
    if (!*usable)
        return true;
    if (value.known != SQL_PRUNE_PLANNED && !sql_compile_expr(query, expr, &value.program))
        return false;
    struct sql_prune_value *added = sql_vector_add(m->planner->arena, m->values, sizeof(*added));
    if (!added)
        return no_memory(m);
    *added = value;
    *out = m->values->count - 1;
    m->prune->at_start |= value.known == SQL_PRUNE_STARTED;
    m->prune->while_running |= value.known == SQL_PRUNE_RUNNING;
    return true;
}

/* ---- operators */

/* A comparison with a column of the key. */
struct comparison {
    const struct sql_operator *op;
    uint32_t collation;
    bool turned; /* the key is on the right */
};

static const struct sql_type *below_domains(const struct maker *m, uint32_t id)
{
    const struct sql_type *type = sql_plan_type(m->planner, id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_plan_type(m->planner, type->base);
    return type;
}

static uint32_t member_of(const struct maker *m, const struct sql_operator_class *class,
                          const struct sql_operator *op, unsigned strategy)
{
    return sql_builtin_family_operator(m->planner->dialect, class->family, op->left, op->right,
                                       strategy);
}

/* Is the operator one of those by which the table is partitioned? */
static bool is_in_family(const struct maker *m, const struct sql_operator_class *class,
                         const struct sql_operator *op)
{
    if (m->relation->partition_key->strategy == 'h')
        return op->btree == SQL_EQ && member_of(m, class, op, 1) == op->object.id;
    return op->btree == SQL_NE ? member_of(m, class, op, SQL_EQ) == op->negator
                               : member_of(m, class, op, op->btree) == op->object.id;
}

/* How values of the other side compare with the key's, and how they are hashed. */
static bool find_functions(const struct maker *m, const struct sql_operator_class *class,
                           uint32_t other, struct sql_prune_operand *out)
{
    struct sql_session *session = m->planner->session;
    const struct sql_dialect *dialect = m->planner->dialect;
    bool hash = m->relation->partition_key->strategy == 'h';
    if (other == class->input)
        return true;
    uint32_t id = hash
                      ? sql_builtin_family_function(dialect, class->family, other, other, 2)
                      : sql_builtin_family_function(dialect, class->family, class->input, other, 1);
    const struct sql_routine *routine = id ? sql_find_routine_id(session, id) : NULL;
    out->type = sql_plan_type(m->planner, other);
    *(hash ? &out->hash : &out->compare) = routine;
    return routine && routine->call && out->type;
}

/* Types that stand for several (anyenum, anyarray): the value must be of the key's own. */
static bool is_own_type(const struct maker *m, const struct sql_operator_class *class,
                        uint32_t column, uint32_t value_type)
{
    const struct sql_type *input = sql_plan_type(m->planner, class->input);
    return input && (input->kind != SQL_TYPE_PSEUDO ||
                     below_domains(m, value_type) == m->terms.types[column]);
}

static enum sql_compare turned(enum sql_compare op)
{
    static const enum sql_compare turns[] = {0, SQL_GT, SQL_GE, SQL_EQ, SQL_LE, SQL_LT, SQL_NE};
    return turns[op];
}

static const struct sql_operator_class *key_class(const struct maker *m, uint32_t column)
{
    return sql_builtin_class_id(m->planner->dialect, m->relation->partition_key->opclasses[column]);
}

/* The comparison as a clause about that column; *usable: it is one. value_type: of the value, or of the
 * array's elements. */
static bool compares(struct maker *m, const struct comparison *comparison, uint32_t column,
                     uint32_t value_type, struct clause *out, bool *immutable)
{
    const struct sql_operator *op = comparison->op;
    const struct sql_operator_class *class = key_class(m, column);
    const struct sql_routine *routine = sql_find_routine_id(m->planner->session, op->function);
    uint32_t collation = m->relation->partition_key->collations[column];
    uint32_t own = comparison->turned ? op->right : op->left;
    uint32_t other = comparison->turned ? op->left : op->right;
    if (!class || !op->btree || !routine || !routine->strict || routine->volatility == 'v' ||
        own != class->input || (collation && collation != comparison->collation) ||
        !is_in_family(m, class, op) || !is_own_type(m, class, column, value_type))
        return false;
    out->column = column;
    out->op = comparison->turned ? turned(op->btree) : op->btree;
    *immutable = routine->volatility == 'i';
    return find_functions(m, class, other, &out->operand);
}

static uint32_t element_of(const struct maker *m, uint32_t array)
{
    const struct sql_type *type = below_domains(m, array);
    return type ? type->element : 0;
}

static bool add_operator(struct maker *m, struct sql_plan_query *query,
                         const struct sql_expr_call *call, struct sql_vector *clauses)
{
    bool array = call->expr.kind == SQL_EXPR_SCALAR_ARRAY;
    struct comparison comparison = {.op = sql_find_operator_id(m->planner->session, call->op),
                                    .collation = call->input_collation};
    if (!comparison.op || call->args.count != 2)
        return true;
    for (int side = 0; side < (array ? 1 : 2); side++) {
        const struct sql_expr *value = call->args.items[!side];
        struct clause clause = {.kind = COMPARES, .array = array, .any = call->any};
        int column = key_column(m, query, call->args.items[side]);
        bool immutable, usable;
        comparison.turned = side == 1;
        if (column < 0 ||
            !compares(m, &comparison, (uint32_t)column,
                      array ? element_of(m, value->type) : value->type, &clause, &immutable))
            continue;
        if (!take_value(m, query, value, immutable, &clause.operand.value, &usable))
            return false;
        if (usable)
            return add_clause(m, clauses, clause);
    }
    return true;
}

/* ---- conditions */

/* A boolean column of the key that must be so. */
static bool add_truth(struct maker *m, struct sql_plan_query *query, const struct sql_expr *expr,
                      bool wanted, struct sql_vector *clauses)
{
    int column = key_column(m, query, expr);
    struct sql_prune_value *value;
    const struct sql_operator_class *class = column < 0 ? NULL : key_class(m, (uint32_t)column);
    if (!class || class->input != m->planner->dialect->types_of.boolean)
        return true;
    value = sql_vector_add(m->planner->arena, m->values, sizeof(*value));
    if (!value)
        return no_memory(m);
    *value = (struct sql_prune_value){.constant = datum_bool(wanted)};
    return add_clause(m, clauses,
                      (struct clause){.kind = COMPARES,
                                      .column = (uint32_t)column,
                                      .op = SQL_EQ,
                                      .operand = {.value = m->values->count - 1}});
}

static bool add_null_test(struct maker *m, struct sql_plan_query *query,
                          const struct sql_expr *expr, bool negated, struct sql_vector *clauses)
{
    int column = key_column(m, query, expr);
    return column < 0 ||
           add_clause(
               m, clauses,
               (struct clause){.kind = TESTS_NULL, .column = (uint32_t)column, .negated = negated});
}

static bool add_condition(struct maker *m, struct sql_plan_query *query,
                          const struct sql_expr *expr, struct sql_vector *clauses);
static bool combine(struct maker *m, struct sql_vector *clauses, const struct sql_prune_step **out);

/* One of several conditions: nothing is known when nothing is of one of them. */
static bool add_either(struct maker *m, struct sql_plan_query *query, const struct sql_exprs *arms,
                       struct sql_vector *clauses)
{
    const struct sql_prune_step **parts =
        arena_array(m->planner->arena, arms->count, sizeof(*parts));
    if (!parts)
        return no_memory(m);
    for (uint32_t i = 0; i < arms->count; i++) {
        struct sql_vector arm = {0};
        if (!add_condition(m, query, arms->items[i], &arm) || !combine(m, &arm, &parts[i]))
            return false;
        if (!parts[i])
            return true;
    }
    return add_step(
        m, clauses,
        (struct sql_prune_step){.kind = SQL_PRUNE_OR, .parts = parts, .part_count = arms->count});
}

/* What compares otherwise: NOT (a = b), NOT (a = ANY (b)). */
static bool add_negated_operator(struct maker *m, struct sql_plan_query *query,
                                 const struct sql_expr_call *call, struct sql_vector *clauses)
{
    const struct sql_operator *op = sql_find_operator_id(m->planner->session, call->op);
    const struct sql_operator *negator =
        op && op->negator ? sql_find_operator_id(m->planner->session, op->negator) : NULL;
    struct sql_expr_call *made = negator ? arena_alloc(m->planner->arena, sizeof(*made)) : NULL;
    if (!negator)
        return true;
    if (!made)
        return no_memory(m);
    *made = *call;
    made->op = negator->object.id;
    made->function = negator->function;
    made->any = !call->any;
    return add_operator(m, query, made, clauses);
}

/* A test of a boolean: without NULL, or with it (IS NOT). */
static bool add_test(struct maker *m, struct sql_plan_query *query,
                     const struct sql_expr_test *test, bool negated, struct sql_vector *clauses)
{
    bool is_true = test->test == SQL_IS_TRUE;
    if (test->test == SQL_IS_UNKNOWN)
        return add_null_test(m, query, test->arg, negated, clauses);
    if (!negated)
        return add_truth(m, query, test->arg, is_true, clauses);
    struct sql_expr_test *other = arena_alloc(m->planner->arena, sizeof(*other));
    struct sql_expr_test *null = arena_alloc(m->planner->arena, sizeof(*null));
    struct sql_expr **arms = arena_array(m->planner->arena, 2, sizeof(*arms));
    if (!other || !null || !arms)
        return no_memory(m);
    *other = *null = *test;
    other->negated = null->negated = false;
    other->test = is_true ? SQL_IS_FALSE : SQL_IS_TRUE;
    null->test = SQL_IS_UNKNOWN;
    arms[0] = &other->expr;
    arms[1] = &null->expr;
    return add_either(m, query, &(struct sql_exprs){arms, 2}, clauses);
}

/* What must be false. */
static bool add_negated(struct maker *m, struct sql_plan_query *query, const struct sql_expr *expr,
                        struct sql_vector *clauses)
{
    const struct sql_expr_test *test = (const void *)expr;
    const struct sql_expr_bool *junction = (const void *)expr;
    switch (expr->kind) {
    case SQL_EXPR_BOOL:
        if (junction->op == SQL_NOT)
            return add_condition(m, query, junction->args.items[0], clauses);
        for (uint32_t i = 0; junction->op == SQL_OR && i < junction->args.count; i++)
            if (!add_negated(m, query, junction->args.items[i], clauses))
                return false;
        return true;
    case SQL_EXPR_FUNCTION:
    case SQL_EXPR_SCALAR_ARRAY:
        return add_truth(m, query, expr, false, clauses) &&
               add_negated_operator(m, query, (const void *)expr, clauses);
    case SQL_EXPR_NULL_TEST:
        return test->row || add_null_test(m, query, test->arg, !test->negated, clauses);
    case SQL_EXPR_BOOL_TEST: return add_test(m, query, test, !test->negated, clauses);
    default: return add_truth(m, query, expr, false, clauses);
    }
}

static bool add_junction(struct maker *m, struct sql_plan_query *query,
                         const struct sql_expr_bool *junction, struct sql_vector *clauses)
{
    if (junction->op == SQL_OR)
        return add_either(m, query, &junction->args, clauses);
    if (junction->op == SQL_NOT)
        return add_negated(m, query, junction->args.items[0], clauses);
    for (uint32_t i = 0; i < junction->args.count; i++)
        if (!add_condition(m, query, junction->args.items[i], clauses))
            return false;
    return true;
}

static bool add_condition(struct maker *m, struct sql_plan_query *query,
                          const struct sql_expr *expr, struct sql_vector *clauses)
{
    const struct sql_expr_test *test = (const void *)expr;
    struct datum constant;
    switch (expr->kind) {
    case SQL_EXPR_BOOL: return add_junction(m, query, (const void *)expr, clauses);
    case SQL_EXPR_FUNCTION:
    case SQL_EXPR_SCALAR_ARRAY: return add_operator(m, query, (const void *)expr, clauses);
    case SQL_EXPR_NULL_TEST:
        return test->row || add_null_test(m, query, test->arg, test->negated, clauses);
    case SQL_EXPR_BOOL_TEST: return add_test(m, query, test, test->negated, clauses);
    case SQL_EXPR_COLUMN: return add_truth(m, query, expr, true, clauses);
    case SQL_EXPR_CONST:
        constant = ((const struct sql_expr_const *)(const void *)expr)->value;
        return (!constant.null && constant.i) ||
               add_step(m, clauses, (struct sql_prune_step){.kind = SQL_PRUNE_NONE});
    default: return true;
    }
}

/* ---- conditions that must all hold, as one step */

/* The first equality with a column, of clauses from `from` on. */
static const struct clause *equality(const struct sql_vector *clauses, uint32_t column, bool arrays)
{
    const struct clause *items = clauses->items;
    for (uint32_t i = 0; i < clauses->count; i++)
        if (items[i].kind == COMPARES && items[i].column == column && items[i].op == SQL_EQ &&
            (!items[i].array || (arrays && items[i].any)))
            return &items[i];
    return NULL;
}

static bool add_part(struct maker *m, struct sql_vector *parts, struct sql_prune_step step)
{
    struct sql_prune_step *made = arena_alloc(m->planner->arena, sizeof(*made));
    const struct sql_prune_step **part = sql_vector_add(m->planner->arena, parts, sizeof(*part));
    if (!made || !part)
        return no_memory(m);
    *made = step;
    *part = made;
    return true;
}

static struct sql_prune_operand *make_operands(struct maker *m, uint32_t count)
{
    return arena_zalloc(m->planner->arena, count * sizeof(struct sql_prune_operand));
}

/* A comparison of a range's or list's key: with equalities on all columns before it. */
static bool add_ordered(struct maker *m, const struct sql_vector *clauses,
                        const struct clause *clause, struct sql_vector *parts)
{
    struct sql_prune_operand *operands = make_operands(m, clause->column + 1);
    if (!operands)
        return no_memory(m);
    for (uint32_t i = 0; i < clause->column; i++) {
        const struct clause *before = equality(clauses, i, false);
        if (!before)
            return true;
        operands[i] = before->operand;
    }
    operands[clause->column] = clause->operand;
    return add_part(m, parts,
                    (struct sql_prune_step){.kind = SQL_PRUNE_COMPARE,
                                            .op = clause->op,
                                            .operands = operands,
                                            .count = clause->column + 1,
                                            .array = clause->array,
                                            .any = clause->any,
                                            .array_at = clause->column});
}

static bool is_null_column(const struct sql_vector *clauses, uint32_t column)
{
    const struct clause *items = clauses->items;
    for (uint32_t i = 0; i < clauses->count; i++)
        if (items[i].kind == TESTS_NULL && items[i].column == column && !items[i].negated)
            return true;
    return false;
}

/* Hashes tell something of whole keys alone. */
static bool add_hashed(struct maker *m, const struct sql_vector *clauses, struct sql_vector *parts)
{
    uint32_t count = m->relation->partition_key->count;
    struct sql_prune_operand *operands = make_operands(m, count);
    struct sql_prune_step step = {
        .kind = SQL_PRUNE_COMPARE, .op = SQL_EQ, .operands = operands, .count = count};
    if (!operands)
        return no_memory(m);
    for (uint32_t i = 0; i < count; i++) {
        const struct clause *clause = equality(clauses, i, false);
        if (!clause && !step.array && (clause = equality(clauses, i, true))) {
            step.array = step.any = true;
            step.array_at = i;
        }
        if (!clause && !is_null_column(clauses, i))
            return true;
        if (clause)
            operands[i] = clause->operand;
        else
            operands[i].is_null = true;
    }
    return add_part(m, parts, step);
}

static bool add_clause_part(struct maker *m, const struct sql_vector *clauses,
                            const struct clause *clause, struct sql_vector *parts)
{
    char strategy = m->relation->partition_key->strategy;
    if (clause->kind == HAS_STEP)
        return add_part(m, parts, *clause->step);
    if (strategy == 'h')
        return true;
    if (clause->kind == TESTS_NULL)
        return add_part(
            m, parts, (struct sql_prune_step){.kind = SQL_PRUNE_NULLS, .negated = clause->negated});
    return add_ordered(m, clauses, clause, parts);
}

/* *out NULL: they say nothing. */
static bool combine(struct maker *m, struct sql_vector *clauses, const struct sql_prune_step **out)
{
    const struct clause *items = clauses->items;
    struct sql_vector parts = {0};
    for (uint32_t i = 0; i < clauses->count; i++)
        if (!add_clause_part(m, clauses, &items[i], &parts))
            return false;
    if (m->relation->partition_key->strategy == 'h' && clauses->count &&
        !add_hashed(m, clauses, &parts))
        return false;
    *out = parts.count ? *(const struct sql_prune_step **)parts.items : NULL;
    if (parts.count < 2)
        return true;
    struct sql_prune_step *all = arena_alloc(m->planner->arena, sizeof(*all));
    if (!all)
        return no_memory(m);
    *all = (struct sql_prune_step){
        .kind = SQL_PRUNE_AND, .parts = parts.items, .part_count = parts.count};
    *out = all;
    return true;
}

/* ---- a table */

static bool make_step(struct maker *m, const struct sql_prune_step **out)
{
    const struct sql_plan_qual *quals = m->problem->quals.items;
    struct sql_vector clauses = {0};
    if (!sql_partition_terms(m->planner->env, m->relation, &m->terms) || !map_expressions(m))
        return false;
    for (uint32_t i = 0; i < m->problem->quals.count; i++)
        if (!quals[i].used && !quals[i].sub_columns &&
            !add_condition(m, quals[i].query, quals[i].expr, &clauses))
            return false;
    return combine(m, &clauses, out);
}

bool sql_plan_prune_planned(struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                            const struct sql_relation *relation, const int32_t *map, uint32_t **out,
                            uint32_t *count)
{
    static const struct sql_leaf_set none = {{0}};
    struct sql_planner *planner = problem->planner;
    struct sql_prune prune = {0};
    struct sql_vector values = {0};
    struct maker maker = {.problem = problem,
                          .planner = planner,
                          .rel = rel,
                          .available = &none,
                          .prune = &prune,
                          .values = &values,
                          .relation = relation,
                          .map = map,
                          .most = SQL_PRUNE_PLANNED};
    const struct sql_prune_step *step;
    const struct sql_partition_bounds *bounds;
    bool *children;
    if (!make_step(&maker, &step))
        return false;
    struct datum *datums = arena_array(planner->arena, values.count, sizeof(*datums));
    bool *known = arena_alloc(planner->arena, values.count + 1u);
    if (!datums || !known)
        return no_memory(&maker);
    for (uint32_t i = 0; i < values.count; i++) {
        datums[i] = ((const struct sql_prune_value *)values.items)[i].constant;
        known[i] = true;
    }
    struct sql_prune_values all = {datums, known};
    if (!sql_prune_children(planner->env, planner->arena, relation, step, &all, &children, &bounds))
        return false;
    *count = 0;
    *out = arena_array(planner->arena, bounds->child_count, sizeof(**out));
    if (!*out)
        return no_memory(&maker);
    for (uint32_t i = 0; i < bounds->child_count; i++)
        if (children[i])
            (*out)[(*count)++] = bounds->children[i];
    return true;
}

/* ---- what is left for the run */

struct family {
    struct maker maker;
    const struct sql_plan_table *table;
    const uint32_t *inputs; /* of the append, one a member; UINT32_MAX: none */
};

static const struct sql_plan_member *member_of_id(const struct family *family, uint32_t id,
                                                  uint32_t *at)
{
    for (; *at < family->table->family_count; (*at)++)
        if (family->table->family[*at].relation->object.id == id)
            return &family->table->family[(*at)++];
    return NULL;
}

/* Members stand in the order of their bounds, those below one behind it. */
static bool make_table(struct family *family, uint32_t *at, const struct sql_prune_table **out);

static bool add_children(struct family *family, struct sql_prune_table *table, uint32_t *at)
{
    struct maker *m = &family->maker;
    const struct sql_partition_bounds *bounds;
    const struct sql_relation *relation = table->relation;
    if (!sql_partition_bounds(m->planner->env, relation, &bounds))
        return false;
    uint32_t count = bounds->child_count;
    uint32_t *ids = arena_array(m->planner->arena, count, sizeof(*ids));
    table->children = arena_array(m->planner->arena, count, sizeof(*table->children));
    if (!ids || !table->children)
        return no_memory(m);
    memcpy(ids, bounds->children, count * sizeof(*ids));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t here = *at;
        const struct sql_plan_member *member = member_of_id(family, ids[i], &here);
        if (!member)
            continue;
        struct sql_prune_child *child = &table->children[table->child_count++];
        *child = (struct sql_prune_child){.place = i, .input = family->inputs[here - 1]};
        *at = here;
        if (member->relation->kind == SQL_RELATION_PARTITIONED) {
            *at = here - 1;
            if (!make_table(family, at, &child->table))
                return false;
        }
    }
    return true;
}

/* *at: the member that the table is; then the one behind those below it. */
static bool make_table(struct family *family, uint32_t *at, const struct sql_prune_table **out)
{
    struct maker *m = &family->maker;
    const struct sql_plan_member *member = &family->table->family[(*at)++];
    struct sql_prune_table *table = arena_zalloc(m->planner->arena, sizeof(*table));
    if (!table)
        return no_memory(m);
    *out = table;
    table->relation = m->relation = member->relation;
    m->map = member->map;
    return make_step(m, &table->step) && add_children(family, table, at);
}

bool sql_plan_prune_later(struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                          const struct sql_leaf_set *available, const uint32_t *inputs,
                          const struct sql_prune **out)
{
    const struct sql_plan_table *table = &rel->query->tables[rel->table - 1];
    struct sql_prune *prune = arena_zalloc(problem->planner->arena, sizeof(*prune));
    struct sql_vector values = {0};
    struct family family = {
        {.problem = problem,
         .planner = problem->planner,
         .rel = rel,
         .available = available,
         .prune = prune,
         .values = &values,
         .most = SQL_PRUNE_RUNNING},
        table,
        inputs
    };
    uint32_t at = 0;
    *out = NULL;
    if (!prune)
        return no_memory(&family.maker);
    if (table->relation->kind != SQL_RELATION_PARTITIONED)
        return true;
    if (!make_table(&family, &at, &prune->table))
        return false;
    prune->values = values.items;
    prune->value_count = values.count;
    if (prune->at_start || prune->while_running)
        *out = prune;
    return true;
}
