/* pg_partition_ancestors, pg_partition_root, pg_partition_tree, satisfies_hash_partition. */
#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/exec/partition.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"

/* ---- trees of tables and of indexes */

static bool is_part(const struct sql_relation *relation)
{
    return relation->parent_count && (relation->partition_bound || relation->index);
}

/* NULL: it has nothing to do with partitions. */
static const struct sql_relation *find_partitioned(struct sql_call *call, struct datum id)
{
    const struct sql_relation *relation = sql_find_relation_id(call->env->session, (uint32_t)id.u);
    bool whole = relation && (relation->kind == SQL_RELATION_PARTITIONED ||
                              relation->kind == SQL_RELATION_PARTITIONED_INDEX);
    return relation && (whole || is_part(relation)) ? relation : NULL;
}

/* The relation, then its parents up to the root. */
static bool partition_ancestors(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint32_t *at = call->set_state;
    if (!at) {
        at = call->set_state = arena_alloc(call->set_arena, sizeof *at);
        if (!at)
            return sql_fail_memory(call->env->error);
        const struct sql_relation *first = find_partitioned(call, args[0]);
        *at = first ? first->object.id : 0;
    }
    call->done = *at == 0;
    if (call->done)
        return sql_give_null(out);
    *out = (struct datum){.u = *at};
    const struct sql_relation *relation = sql_find_relation_id(call->env->session, *at);
    *at = is_part(relation) ? relation->parents[0] : 0;
    return true;
}

static bool partition_root(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_relation *relation = find_partitioned(call, args[0]);
    if (!relation)
        return sql_give_null(out);
    while (is_part(relation))
        relation = sql_find_relation_id(call->env->session, relation->parents[0]);
    *out = (struct datum){.u = relation->object.id};
    return true;
}

/* ---- the tree, level by level */

struct branch {
    uint32_t id;
    int32_t level;
};

struct tree {
    struct branch *items;
    uint32_t count, room, at;
};

static bool add_branch(struct sql_call *call, struct tree *tree, uint32_t id, int32_t level)
{
    if (tree->count == tree->room) {
        uint32_t room = tree->room ? 2 * tree->room : 16;
        struct branch *items = arena_array(call->set_arena, room, sizeof *items);
        if (!items)
            return sql_fail_memory(call->env->error);
        if (tree->count)
            memcpy(items, tree->items, tree->count * sizeof *items);
        tree->items = items;
        tree->room = room;
    }
    tree->items[tree->count++] = (struct branch){id, level};
    return true;
}

static bool add_children(struct sql_call *call, struct tree *tree, uint32_t at)
{
    const struct branch branch = tree->items[at];
    const struct sql_relation *relation = sql_find_relation_id(call->env->session, branch.id);
    uint32_t first = tree->count;
    for (uint16_t i = 0; i < relation->child_count; i++) {
        if (!add_branch(call, tree, relation->children[i], branch.level + 1))
            return false;
        for (uint32_t to = tree->count - 1; to > first; to--) { /* older ones first */
            struct branch *a = &tree->items[to - 1], *b = &tree->items[to], swap = *a;
            if (a->id <= b->id)
                break;
            *a = *b;
            *b = swap;
        }
    }
    return true;
}

static bool make_tree(struct sql_call *call, const struct datum *args)
{
    const struct sql_relation *root = find_partitioned(call, args[0]);
    struct tree *tree = arena_zalloc(call->set_arena, sizeof *tree);
    if (!tree)
        return sql_fail_memory(call->env->error);
    call->set_state = tree;
    if (root && !add_branch(call, tree, root->object.id, 0))
        return false;
    for (uint32_t i = 0; i < tree->count; i++)
        if (!add_children(call, tree, i))
            return false;
    return true;
}

static bool partition_tree(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (!call->set_state && !make_tree(call, args))
        return false;
    struct tree *tree = call->set_state;
    call->done = tree->at == tree->count;
    if (call->done)
        return sql_give_null(out);
    const struct branch branch = tree->items[tree->at++];
    const struct sql_relation *relation = sql_find_relation_id(call->env->session, branch.id);
    bool leaf = relation->kind != SQL_RELATION_PARTITIONED &&
                relation->kind != SQL_RELATION_PARTITIONED_INDEX;
    const struct datum values[4] = {
        {.u = branch.id},
        is_part(relation) ? (struct datum){.u = relation->parents[0]} : datum_null(),
        datum_bool(leaf),
        datum_int(branch.level),
    };
    return pg_call_give_row(call, values, 4, out);
}

/* ---- satisfies_hash_partition(parent, modulus, remainder, VARIADIC keys) */

static bool check_numbers(struct sql_call *call, const struct datum *args)
{
    struct sql_error *error = call->env->error;
    if (args[1].i <= 0)
        return sql_fail(error, "22023",
                        "modulus for hash partition must be an integer value greater than zero");
    if (args[2].i < 0)
        return sql_fail(error, "22023",
                        "remainder for hash partition must be an integer value greater than or "
                        "equal to zero");
    return args[2].i < args[1].i ||
           sql_fail(error, "22023", "remainder for hash partition must be less than modulus");
}

static uint32_t key_type(const struct sql_relation *parent, uint32_t at)
{
    const struct sql_partition_key *key = parent->partition_key;
    uint32_t expression = 0;
    for (uint32_t i = 0; i < at; i++)
        expression += key->columns[i] == 0;
    return key->columns[at] ? parent->columns[key->columns[at] - 1].type
                            : key->expressions.items[expression]->type;
}

static bool check_type(struct sql_call *call, const struct sql_relation *parent, uint32_t at,
                       uint32_t given)
{
    struct sql_session *session = call->env->session;
    uint32_t wanted = key_type(parent, at);
    const struct sql_cast *cast = given == wanted ? NULL : sql_find_cast(session, given, wanted);
    if (given == wanted || (cast && cast->method == 'b'))
        return true;
    struct slice have = pg_type_text(session, call->arena, given);
    struct slice want = pg_type_text(session, call->arena, wanted);
    if (call->variadic)
        return sql_fail(call->env->error, "22023",
                        "column %u of the partition key has type \"" SLICE_FMT
                        "\", but supplied value is of type \"" SLICE_FMT "\"",
                        at + 1, SLICE_ARG(want), SLICE_ARG(have));
    return sql_fail(call->env->error, "22023",
                    "column %u of the partition key has type " SLICE_FMT
                    ", but supplied value is of type " SLICE_FMT,
                    at + 1, SLICE_ARG(want), SLICE_ARG(have));
}

/* The keys, which may have come as one array. */
static bool read_keys(struct sql_call *call, const struct sql_relation *parent,
                      const struct datum *args, struct datum *keys)
{
    uint32_t count = call->argc - 3, wanted = parent->partition_key->count;
    struct sql_array array = {0};
    if (call->variadic) {
        sql_array_open(args[3], &array);
        count = array.count;
    }
    if (count != wanted)
        return sql_fail(call->env->error, "22023",
                        "number of partitioning columns (%u) does not match number of partition "
                        "keys provided (%u)",
                        wanted, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t type = call->variadic ? call->arg_types[3]->element : call->arg_types[3 + i]->id;
        if (!check_type(call, parent, i, type))
            return false;
        keys[i] = call->variadic ? sql_array_get(&array, i) : args[3 + i];
    }
    return true;
}

static bool satisfies_hash_partition(struct sql_call *call, const struct datum *args,
                                     struct datum *out)
{
    if (args[0].null || args[1].null || args[2].null)
        return sql_give_bool(out, false);
    const struct sql_relation *parent =
        sql_find_relation_id(call->env->session, (uint32_t)args[0].u);
    struct datum keys[SQL_PARTITION_KEYS_MAX];
    uint64_t hash;
    if (!parent)
        return sql_fail(call->env->error, "XX000", "could not open relation with OID %u",
                        (uint32_t)args[0].u);
    if (!parent->partition_key || parent->partition_key->strategy != 'h')
        return sql_fail(call->env->error, "22023",
                        "\"" SLICE_FMT "\" is not a hash partitioned table",
                        SLICE_ARG(parent->object.name));
    return check_numbers(call, args) && read_keys(call, parent, args, keys) &&
           sql_partition_hash(call->env, parent, keys, &hash) &&
           sql_give_bool(out, hash % (uint64_t)args[1].i == (uint64_t)args[2].i);
}

const struct sql_builtin pg_partition_functions[] = {
    {"pg_partition_ancestors",   partition_ancestors     },
    {"pg_partition_root",        partition_root          },
    {"pg_partition_tree",        partition_tree          },
    {"satisfies_hash_partition", satisfies_hash_partition},
    {NULL,                       NULL                    },
};
