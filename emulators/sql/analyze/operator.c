/* Operators: finding the one that is meant, and the expressions made of it. */
#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/catalog/memo.h"

static void split_name(const struct ast_names *name, struct slice *schema, struct slice *op)
{
    *op = name->items[name->count - 1];
    *schema = name->count > 1 ? name->items[name->count - 2] : (struct slice){0};
}

static struct slice joined_name(struct analysis *a, const struct ast_names *name)
{
    struct slice result = name->items[0];
    for (uint32_t i = 1; i < name->count; i++)
        result =
            arena_concat(a->env->arena, result, (struct slice)SLICE_LITERAL("."), name->items[i]);
    return result;
}

static bool fail_operator(struct analysis *a, const struct ast_names *name, uint32_t left,
                          uint32_t right, bool ambiguous, int32_t location)
{
    struct slice shown = joined_name(a, name);
    struct slice before = left ? type_text(a, left) : slice_str("");
    const char *what = ambiguous ? "operator is not unique" : "operator does not exist";
    fail_at(a, location, ambiguous ? "42725" : "42883",
            "%s: " SLICE_FMT "%s" SLICE_FMT " " SLICE_FMT, what, SLICE_ARG(before), left ? " " : "",
            SLICE_ARG(shown), SLICE_ARG(type_text(a, right)));
    if (ambiguous)
        return sql_hint(a->env->error, "Could not choose a best candidate operator. You might need "
                                       "to add explicit type casts.");
    if (!left)
        return sql_hint(a->env->error, "No operator matches the given name and argument type. You "
                                       "might need to add an explicit type cast.");
    return sql_hint(a->env->error, "No operator matches the given name and argument types. You "
                                   "might need to add explicit type casts.");
}

static const struct sql_operator *exact(struct analysis *a, struct slice schema, struct slice op,
                                        uint32_t left, uint32_t right)
{
    /* A schema that was written is searched by the caller's list. */
    return schema.ptr ? NULL : sql_find_operator(a->session, op, left, right);
}

/* An unknown literal is first taken to be of the other side's type. */
static const struct sql_operator *find_exact(struct analysis *a, struct slice schema,
                                             struct slice op, uint32_t left, uint32_t right)
{
    const uint32_t unknown = a->known->unknown;
    bool guessed = left && (left == unknown) != (right == unknown);
    if (guessed && left == unknown)
        left = right;
    else if (guessed)
        right = left;
    const struct sql_operator *found = exact(a, schema, op, left, right);
    if (found || !guessed)
        return found;
    uint32_t base = base_type(a, left);
    return base == left ? NULL : exact(a, schema, op, base, base);
}

struct op_search {
    struct candidate *space, **candidates;
    uint32_t count;
};

static bool list_candidates(struct analysis *a, struct slice schema, struct slice op, bool prefix,
                            struct op_search *search)
{
    if (!sql_check_schema_usage(a->env, schema))
        return false;
    struct sql_operators list = sql_find_operators(a->session, a->env, schema, op, prefix);
    search->space = arena_array(a->env->arena, list.count + 1, sizeof *search->space);
    search->candidates = arena_array(a->env->arena, list.count + 1, sizeof(void *));
    uint32_t *types = arena_array(a->env->arena, list.count + 1, 2 * sizeof *types);
    if (!search->space || !search->candidates || !types)
        return sql_fail_memory(a->env->error);
    search->count = list.count;
    for (uint32_t i = 0; i < list.count; i++) {
        uint32_t *pair = types + (size_t)i * 2;
        pair[0] = prefix ? list.items[i]->right : list.items[i]->left;
        pair[1] = list.items[i]->right;
        search->space[i] =
            (struct candidate){.op = list.items[i], .count = prefix ? 1 : 2, .types = pair};
        search->candidates[i] = &search->space[i];
    }
    return true;
}

/* The look through all operators of the name. */
static const struct sql_operator *search(struct analysis *a, const struct ast_names *name,
                                         uint32_t left, uint32_t right, bool quiet,
                                         int32_t location)
{
    struct slice schema, op;
    struct op_search search = {0};
    split_name(name, &schema, &op);
    if (!list_candidates(a, schema, op, !left, &search))
        return NULL;
    uint32_t inputs[2] = {left ? left : right, right}, nargs = left ? 2 : 1;
    for (uint32_t i = 0; schema.ptr && i < search.count; i++) {
        const struct sql_operator *this = search.space[i].op;
        if (this->left == left && this->right == right)
            return this;
    }
    search.count = candidates_match(a, inputs, nargs, search.candidates, search.count);
    struct candidate *chosen = search.count == 1 ? search.candidates[0] : NULL;
    if (search.count > 1)
        chosen = candidate_select(a, inputs, nargs, search.candidates, search.count);
    if (chosen)
        return chosen->op;
    if (!quiet)
        fail_operator(a, name, left, right, search.count > 1, location);
    return NULL;
}

static struct sql_operator_memo memo_key(struct analysis *a, struct slice op, uint32_t left,
                                         uint32_t right)
{
    struct sql_operator_memo key = {
        .version = sql_catalog_version(a->session), .left = left, .right = right};
    memcpy(&key.name, op.ptr, op.len);
    key.path = a->session->database ? a->session->database->id : 0;
    for (uint16_t i = 0; i < a->session->path_count; i++)
        key.path = key.path * 31 + a->session->path[i];
    return key;
}

const struct sql_operator *find_operator(struct analysis *a, const struct ast_names *name,
                                         uint32_t left, uint32_t right, bool quiet,
                                         int32_t location)
{
    struct slice schema, op;
    split_name(name, &schema, &op);
    const struct sql_operator *found = find_exact(a, schema, op, left, right);
    if (found)
        return found;
    struct sql_builtins *builtins = sql_builtins_of(a->session);
    if (schema.ptr || op.len > sizeof(uint64_t) || !builtins)
        return search(a, name, left, right, quiet, location);
    struct sql_operator_memo key = memo_key(a, op, left, right);
    struct sql_operator_memo *memo = sql_builtins_operator_memos(builtins);
    memo += (key.name ^ key.name >> 8 ^ left * 31 ^ right * 17) % SQL_OPERATOR_MEMOS;
    if (memo->op && memo->name == key.name && memo->version == key.version && memo->left == left &&
        memo->right == right && memo->path == key.path)
        return sql_find_operator_id(a->session, memo->op);
    found = search(a, name, left, right, quiet, location);
    if (found) {
        *memo = key;
        memo->op = found->object.id;
    }
    return found;
}

/* Coerces the arguments to what the operator declares. */
static bool operator_arguments(struct analysis *a, const struct sql_operator *op,
                               struct sql_expr **args, uint32_t count, uint32_t *out_result)
{
    uint32_t actual[2], declared[2];
    for (uint32_t i = 0; i < count; i++)
        actual[i] = args[i]->type;
    declared[0] = count == 2 ? op->left : op->right;
    declared[1] = op->right;
    if (!polymorphic_resolve(a, actual, declared, count, op->result, false, out_result))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (actual[i] == declared[i])
            continue;
        args[i] =
            coerce_type(a, args[i], declared[i], -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
        if (!args[i])
            return false;
    }
    return true;
}

struct sql_expr *make_operator(struct analysis *a, const struct ast_names *name,
                               struct sql_expr *left, struct sql_expr *right, int32_t location)
{
    const struct sql_operator *op =
        find_operator(a, name, left ? left->type : 0, right->type, false, location);
    if (!op)
        return NULL;
    struct sql_expr **args = analysis_alloc(a, 2 * sizeof *args);
    if (!args)
        return NULL;
    uint32_t count = 0, result;
    if (left)
        args[count++] = left;
    args[count++] = right;
    if (!operator_arguments(a, op, args, count, &result))
        return NULL;
    struct sql_expr_call *call =
        (void *)make_call(a, op->function, result, args, count, SQL_FORM_OPERATOR, location);
    if (!call)
        return NULL;
    call->op = op->object.id;
    const struct sql_routine *routine = sql_find_routine_id(a->session, op->function);
    call->returns_set = routine && routine->returns_set;
    if (call->returns_set && !note_set(a, location))
        return NULL;
    return &call->expr;
}

struct sql_expr *make_operator_named(struct analysis *a, const char *name, struct sql_expr *left,
                                     struct sql_expr *right, int32_t location)
{
    struct slice item = slice_str(name);
    struct ast_names names = {&item, 1};
    return make_operator(a, &names, left, right, location);
}

struct sql_expr *make_scalar_array(struct analysis *a, const struct ast_names *name, bool any,
                                   struct sql_expr *left, struct sql_expr *right, int32_t location)
{
    const uint32_t unknown = a->known->unknown;
    uint32_t right_element = unknown;
    if (right->type != unknown) {
        right_element = element_type(a, base_type(a, right->type));
        if (!right_element) {
            fail_at(a, location, "42809", "op ANY/ALL (array) requires array on right side");
            return NULL;
        }
    }
    const struct sql_operator *op =
        find_operator(a, name, left->type, right_element, false, location);
    if (!op)
        return NULL;
    uint32_t actual[2] = {left->type, right_element}, declared[2] = {op->left, op->right}, result;
    if (!polymorphic_resolve(a, actual, declared, 2, op->result, false, &result))
        return NULL;
    if (result != a->known->boolean) {
        fail_at(a, location, "42809", "op ANY/ALL (array) requires operator to yield boolean");
        return NULL;
    }
    uint32_t array = is_polymorphic(a, declared[1]) ? right->type : array_type(a, declared[1]);
    if (!array) {
        fail_at(a, location, "42704", "could not find array type for data type " SLICE_FMT,
                SLICE_ARG(type_text(a, declared[1])));
        return NULL;
    }
    struct sql_expr **args = analysis_alloc(a, 2 * sizeof *args);
    if (!args)
        return NULL;
    args[0] = coerce_type(a, left, declared[0], -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
    args[1] = args[0]
                  ? coerce_type(a, right, array, -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1)
                  : NULL;
    if (!args[1])
        return NULL;
    struct sql_expr_call *call =
        (void *)make_expr(a, SQL_EXPR_SCALAR_ARRAY, sizeof *call, a->known->boolean, location);
    if (!call)
        return NULL;
    call->function = op->function;
    call->op = op->object.id;
    call->form = SQL_FORM_OPERATOR;
    call->any = any;
    call->args = (struct sql_exprs){args, 2};
    return &call->expr;
}

struct sql_expr *make_distinct(struct analysis *a, const struct ast_names *name,
                               struct sql_expr *left, struct sql_expr *right, int32_t location)
{
    struct sql_expr *result = make_operator(a, name, left, right, location);
    if (!result)
        return NULL;
    if (result->type != a->known->boolean) {
        fail_at(a, location, "42804", "IS DISTINCT FROM requires = operator to yield boolean");
        return NULL;
    }
    if (((struct sql_expr_call *)result)->returns_set) {
        fail_at(a, location, "42804", "%s must not return a set", "IS DISTINCT FROM");
        return NULL;
    }
    result->kind = SQL_EXPR_DISTINCT;
    return result;
}

/* ---- rows: (a, b) < (c, d) */

static bool fail_row(struct analysis *a, int32_t location, const char *text)
{
    return fail_at(a, location, "42601", "%s", text);
}

/* The comparison of each pair, as calls. */
static struct sql_expr **compare_pairs(struct analysis *a, const struct ast_names *name,
                                       struct sql_exprs left, struct sql_exprs right,
                                       int32_t location)
{
    struct sql_expr **pairs = analysis_alloc(a, sizeof *pairs * left.count);
    for (uint32_t i = 0; pairs && i < left.count; i++) {
        pairs[i] = make_operator(a, name, left.items[i], right.items[i], location);
        if (!pairs[i])
            return NULL;
        if (pairs[i]->type != a->known->boolean) {
            fail_at(a, location, "42804",
                    "row comparison operator must yield type boolean, not type " SLICE_FMT,
                    SLICE_ARG(type_text(a, pairs[i]->type)));
            return NULL;
        }
        if (sql_expr_returns_set(pairs[i])) {
            fail_at(a, location, "42804", "row comparison operator must not return a set");
            return NULL;
        }
    }
    return pairs;
}

/* Which comparison all the pairs' operators are; 0: they have none in common. */
static enum sql_compare common_compare(struct analysis *a, struct sql_expr **pairs, uint32_t count)
{
    enum sql_compare compare = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_operator *op =
            sql_find_operator_id(a->session, ((struct sql_expr_call *)pairs[i])->op);
        if (!op || !op->btree || (i && op->btree != compare))
            return 0;
        compare = op->btree;
    }
    return compare;
}

static struct sql_expr *row_compare_expr(struct analysis *a, enum sql_compare compare,
                                         struct sql_expr **pairs, uint32_t count, int32_t location)
{
    struct sql_expr_row_compare *row =
        (void *)make_expr(a, SQL_EXPR_ROW_COMPARE, sizeof *row, a->known->boolean, location);
    if (!row)
        return NULL;
    row->op = compare;
    row->functions = analysis_alloc(a, sizeof *row->functions * count);
    row->ops = analysis_alloc(a, sizeof *row->ops * count);
    row->left.items = analysis_alloc(a, sizeof(void *) * count);
    row->right.items = analysis_alloc(a, sizeof(void *) * count);
    if (!row->functions || !row->ops || !row->left.items || !row->right.items)
        return NULL;
    row->left.count = row->right.count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct sql_expr_call *pair = (struct sql_expr_call *)pairs[i];
        row->functions[i] = pair->function;
        row->ops[i] = pair->op;
        row->left.items[i] = pair->args.items[0];
        row->right.items[i] = pair->args.items[1];
    }
    return &row->expr;
}

struct sql_expr *make_row_compare(struct analysis *a, const struct ast_names *name,
                                  struct sql_exprs left, struct sql_exprs right, int32_t location)
{
    if (left.count != right.count) {
        fail_row(a, location, "unequal number of entries in row expressions");
        return NULL;
    }
    if (left.count == 0) {
        fail_at(a, location, "0A000", "cannot compare rows of zero length");
        return NULL;
    }
    struct sql_expr **pairs = compare_pairs(a, name, left, right, location);
    if (!pairs || left.count == 1)
        return pairs ? pairs[0] : NULL;
    enum sql_compare compare = common_compare(a, pairs, left.count);
    if (!compare) {
        /* <> has no place in an ordering, but is known by being the negator of =. */
        struct slice op = name->items[name->count - 1];
        if (slice_eq_str(op, "<>"))
            compare = SQL_NE;
        else if (slice_eq_str(op, "="))
            compare = SQL_EQ;
    }
    if (!compare) {
        fail_at(a, location, "0A000",
                "could not determine interpretation of row comparison operator " SLICE_FMT,
                SLICE_ARG(name->items[name->count - 1]));
        sql_hint(a->env->error,
                 "Row comparison operators must be associated with btree operator families.");
        return NULL;
    }
    if (compare == SQL_EQ)
        return make_bool(a, SQL_AND, pairs, left.count, location);
    if (compare == SQL_NE)
        return make_bool(a, SQL_OR, pairs, left.count, location);
    return row_compare_expr(a, compare, pairs, left.count, location);
}
