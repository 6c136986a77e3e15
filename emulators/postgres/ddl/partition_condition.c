/* What a partition's bound says of its rows, as a condition over its columns. */
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/postgres/ddl/inner_query.h"
#include "emulators/sql/catalog/find.h"

struct list {
    struct sql_expr **items;
    uint32_t count;
};

/* A bound that is put into words. */
struct writer {
    struct pg_ddl *ddl;
    const struct sql_relation *parent;
    const struct sql_partition_key *key;
    const struct sql_relation *over; /* whose columns the condition is over */
    int16_t *map;                    /* its columns for the parent's */
    bool failed;
};

static void add(struct writer *w, struct list *list, struct sql_expr *expr)
{
    struct sql_expr **grown = pg_ddl_grow(w->ddl, list->items, list->count, sizeof *grown);
    if (!grown || !expr) {
        w->failed = true;
        return;
    }
    list->items = grown;
    grown[list->count++] = expr;
}

static struct sql_expr *all_of(struct writer *w, const struct list *list)
{
    return list->count ? pg_inner_bool(w->ddl, SQL_AND, list->items, list->count) : NULL;
}

static void add_any_of(struct writer *w, struct list *to, const struct list *arms)
{
    if (arms->count)
        add(w, to, pg_inner_bool(w->ddl, SQL_OR, arms->items, arms->count));
}

/* ---- keys */

static struct sql_expr *key_expr(struct writer *w, uint16_t at)
{
    uint32_t expression = 0;
    for (uint16_t i = 0; i < at; i++)
        expression += w->key->columns[i] == 0;
    if (!w->key->columns[at])
        return pg_expr_map(w->ddl, w->key->expressions.items[expression], w->map);
    return pg_inner_column(w->ddl, w->over, w->map[w->key->columns[at] - 1], 0);
}

static uint32_t key_operator(struct writer *w, uint16_t at, enum sql_compare strategy)
{
    const struct sql_operator_class *class =
        sql_builtin_class_id(w->ddl->session->dialect, w->key->opclasses[at]);
    const struct sql_class_object *user =
        class ? NULL
              : (const void *)sql_find_object(w->ddl->session, pg_classes(w->ddl)->operator_class,
                                              w->key->opclasses[at]);
    uint32_t input = class ? class->input : user ? user->info.input : 0;
    uint32_t family = class ? class->family : user ? user->info.family : 0;
    return sql_find_family_operator(w->ddl->session, family, input, input, strategy);
}

static void compare(struct writer *w, struct list *to, uint16_t at, enum sql_compare strategy,
                    struct sql_expr *value)
{
    struct sql_expr *key = key_expr(w, at);
    uint32_t op = key_operator(w, at, strategy);
    if (!op) {
        w->failed = true;
        sql_fail(w->ddl->env->error, "XX000", "a partition key has no operator");
        return;
    }
    struct sql_expr *expr = pg_inner_operator(w->ddl, op, key, value, w->key->collations[at]);
    if (expr) /* the bound stands as it is, whatever the operator takes */
        ((struct sql_expr_call *)(void *)expr)->args.items[1] = value;
    add(w, to, expr);
}

static void add_null_tests(struct writer *w, struct list *to)
{
    for (uint16_t i = 0; i < w->key->count && !w->failed; i++)
        add(w, to, pg_inner_null_test(w->ddl, key_expr(w, i), true));
}

/* ---- lists */

static bool is_null(const struct sql_expr *value)
{
    return ((const struct sql_expr_const *)(const void *)value)->value.null;
}

/* key = ANY (ARRAY[...]) */
static void any_value(struct writer *w, struct list *to, const struct list *values)
{
    const struct sql_type *type = sql_find_type_id(w->ddl->session, values->items[0]->type);
    struct list one = {0};
    compare(w, &one, 0, SQL_EQ, values->items[0]);
    struct sql_expr_array *array = arena_zalloc(w->ddl->arena, sizeof *array);
    if (w->failed || !array) {
        w->failed = true;
        return;
    }
    *array = (struct sql_expr_array){
        .expr = {SQL_EXPR_ARRAY,               type->array, -1, values->items[0]->collation, -1},
        .element_type = type->id,
        .elements = {values->items, values->count         },
    };
    struct sql_expr_call *call = (void *)one.items[0];
    call->expr.kind = SQL_EXPR_SCALAR_ARRAY;
    call->any = true;
    call->args.items[1] = &array->expr;
    add(w, to, &call->expr);
}

static void list_condition(struct writer *w, struct list *to, const struct list *all)
{
    struct list values = {0}, arms = {0}, *target = to;
    for (uint32_t i = 0; i < all->count; i++)
        if (!is_null(all->items[i]))
            add(w, &values, all->items[i]);
    bool takes_null = values.count < all->count;
    if (takes_null)
        target = &arms;
    add(w, target, pg_inner_null_test(w->ddl, key_expr(w, 0), !takes_null));
    const struct sql_type *type =
        values.count ? sql_find_type_id(w->ddl->session, values.items[0]->type) : NULL;
    if (values.count > 1 && type && type->array) {
        any_value(w, target, &values);
    } else if (values.count) {
        struct list each = {0};
        for (uint32_t i = 0; i < values.count && !w->failed; i++)
            compare(w, &each, 0, SQL_EQ, values.items[i]);
        add_any_of(w, target, &each);
    }
    if (takes_null)
        add_any_of(w, to, &arms);
}

/* ---- ranges */

static bool same_value(struct writer *w, const struct sql_partition_bound *bound, uint16_t at)
{
    return !bound->from_kinds[at] && !bound->to_kinds[at] &&
           pg_partition_compare(w->ddl, w->parent, at, bound->from.items[at],
                                bound->to.items[at]) == 0;
}

/* The key from column `first` on lies above (below) one end: a column decides when all before it are
 * equal. */
static void range_end(struct writer *w, struct list *to, const struct sql_exprs *end,
                      const int8_t *kinds, uint16_t first, bool lower)
{
    struct list arms = {0};
    for (uint16_t last = first; last < w->key->count && !kinds[last] && !w->failed; last++) {
        struct list arm = {0};
        bool deciding = last + 1 == w->key->count;
        int8_t next = deciding ? 0 : kinds[last + 1];
        enum sql_compare strategy =
            lower ? (deciding || next < 0 ? SQL_GE : SQL_GT) : (next > 0 ? SQL_LE : SQL_LT);
        for (uint16_t i = first; i < last; i++)
            compare(w, &arm, i, SQL_EQ, end->items[i]);
        compare(w, &arm, last, strategy, end->items[last]);
        if (!w->failed)
            add(w, &arms, all_of(w, &arm));
    }
    if (!w->failed)
        add_any_of(w, to, &arms);
}

static void range_condition(struct writer *w, struct list *to,
                            const struct sql_partition_bound *bound)
{
    uint16_t first = 0;
    while (first < w->key->count && same_value(w, bound, first)) {
        compare(w, to, first, SQL_EQ, bound->from.items[first]);
        first++;
    }
    range_end(w, to, &bound->from, bound->from_kinds, first, true);
    range_end(w, to, &bound->to, bound->to_kinds, first, false);
}

/* ---- hashes */

static struct sql_expr *number(struct writer *w, uint32_t type, uint32_t value)
{
    struct sql_expr_const *constant = arena_zalloc(w->ddl->arena, sizeof *constant);
    if (!constant) {
        w->failed = true;
        return NULL;
    }
    constant->expr = (struct sql_expr){SQL_EXPR_CONST, type, -1, 0, -1};
    constant->value.i = value;
    return &constant->expr;
}

static void hash_condition(struct writer *w, struct list *to,
                           const struct sql_partition_bound *bound)
{
    const struct sql_type_ids *types = &w->ddl->session->dialect->types_of;
    struct sql_routines found = sql_find_routines(w->ddl->session, w->ddl->env, slice_of(NULL, 0),
                                                  slice_str("satisfies_hash_partition"));
    struct list args = {0};
    add(w, &args, number(w, types->oid, w->parent->object.id));
    add(w, &args, number(w, types->int4, bound->modulus));
    add(w, &args, number(w, types->int4, bound->remainder));
    for (uint16_t i = 0; i < w->key->count && !w->failed; i++)
        add(w, &args, key_expr(w, i));
    struct sql_expr_call *call = arena_zalloc(w->ddl->arena, sizeof *call);
    if (!call || !found.count || w->failed) {
        w->failed = true;
        return;
    }
    *call = (struct sql_expr_call){
        .expr = {SQL_EXPR_FUNCTION, types->boolean, -1, 0, -1},
        .function = found.items[0]->object.id,
        .form = SQL_FORM_FUNCTION,
        .args = {args.items,                args.count                           },
    };
    add(w, to, &call->expr);
}

/* ---- the default partition: what no other takes */

static const struct sql_partition_bound **other_bounds(struct writer *w, uint32_t *out_count)
{
    const struct sql_partition_bound **bounds =
        arena_array(w->ddl->arena, w->parent->child_count + 1u, sizeof *bounds);
    uint32_t count = 0;
    for (uint16_t i = 0; bounds && i < w->parent->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(w->ddl->session, w->parent->children[i]);
        if (child->partition_bound && !child->partition_bound->is_default)
            bounds[count++] = child->partition_bound;
    }
    *out_count = count;
    w->failed = w->failed || !bounds;
    return bounds;
}

static void sort_values(struct writer *w, struct list *values)
{
    for (uint32_t i = 1; i < values->count; i++)
        for (uint32_t at = i; at > 0; at--) {
            struct sql_expr *a = values->items[at - 1], *b = values->items[at];
            if (is_null(a) || is_null(b) || pg_partition_compare(w->ddl, w->parent, 0, a, b) <= 0)
                break;
            values->items[at - 1] = b;
            values->items[at] = a;
        }
}

static void sort_ranges(struct writer *w, const struct sql_partition_bound **bounds, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t at = i; at > 0; at--) {
            const struct sql_partition_bound *a = bounds[at - 1], *b = bounds[at];
            if (!pg_partition_starts_before(w->ddl, w->parent, b, a))
                break;
            bounds[at - 1] = b;
            bounds[at] = a;
        }
}

static void default_condition(struct writer *w, struct list *to)
{
    uint32_t count;
    struct list others = {0}, arms = {0};
    const struct sql_partition_bound **bounds = other_bounds(w, &count);
    if (w->failed || !count)
        return;
    if (w->key->strategy == 'l') {
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t j = 0; j < bounds[i]->values.count; j++)
                add(w, &arms, bounds[i]->values.items[j]);
        sort_values(w, &arms);
        list_condition(w, &others, &arms);
    } else {
        sort_ranges(w, bounds, count);
        add_null_tests(w, &others);
        for (uint32_t i = 0; i < count && !w->failed; i++) {
            struct list range = {0};
            range_condition(w, &range, bounds[i]);
            if (range.count)
                add(w, &arms, all_of(w, &range));
        }
        add_any_of(w, &others, &arms);
    }
    struct list taken = {0};
    if (!w->failed)
        add(w, &taken, all_of(w, &others));
    if (!w->failed)
        add(w, to, pg_inner_bool(w->ddl, SQL_NOT, taken.items, 1));
}

/* ---- all kinds */

static void bound_condition(struct writer *w, struct list *to,
                            const struct sql_partition_bound *bound)
{
    struct list values = {bound->values.items, bound->values.count};
    if (bound->is_default)
        default_condition(w, to);
    else if (w->key->strategy == 'l')
        list_condition(w, to, &values);
    else if (w->key->strategy == 'h')
        hash_condition(w, to, bound);
    else {
        add_null_tests(w, to);
        range_condition(w, to, bound);
    }
}

/* The conditions of the tables above come first. */
static bool collect(struct pg_ddl *ddl, const struct sql_relation *partition,
                    const struct sql_relation *over, struct list *to)
{
    if (!partition->partition_bound || !partition->parent_count)
        return true;
    const struct sql_relation *parent = sql_find_relation_id(ddl->session, partition->parents[0]);
    struct writer w = {
        .ddl = ddl,
        .parent = parent,
        .key = parent->partition_key,
        .over = over,
        .map = pg_column_map(ddl, parent, over),
    };
    if (!w.map || !collect(ddl, parent, over, to))
        return false;
    bound_condition(&w, to, partition->partition_bound);
    return !w.failed;
}

bool pg_partition_condition(struct sql_env *env, const struct sql_relation *partition,
                            struct sql_expr **out)
{
    struct pg_ddl ddl = {.session = env->session, .env = env, .arena = env->arena};
    struct list conditions = {0};
    if (!collect(&ddl, partition, partition, &conditions))
        return env->error->sqlstate[0] ? false : sql_fail_memory(env->error);
    *out =
        conditions.count ? pg_inner_bool(&ddl, SQL_AND, conditions.items, conditions.count) : NULL;
    return !conditions.count || *out;
}
