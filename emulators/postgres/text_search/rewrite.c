/* ts_rewrite: parts of a query replaced by others.
 *
 * Queries are worked on as trees in which & and | have any number of operands, in order, so that a part
 * is found whatever the order in which it was written. */
#include "common/fiber.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/routine/select_text.h"
#include "emulators/postgres/text_search/tsquery.h"

enum { STACK_NEEDED = 8 * 1024 };

struct part {
    const struct pg_tsquery *node; /* a word, or says which operator */
    struct part **parts;
    uint32_t count;
    bool replaced; /* it came from a replacement: nothing is looked for in it */
};

static bool is_word(const struct part *part)
{
    return part->node->kind == PG_TSQUERY_WORD;
}

/* Operands of & and | may change places. */
static bool is_commutative(const struct part *part)
{
    return part->node->kind == PG_TSQUERY_AND || part->node->kind == PG_TSQUERY_OR;
}

static struct part *make_part(struct sql_call *call, const struct pg_tsquery *node, uint32_t room)
{
    struct part *part = arena_zalloc(call->arena, sizeof *part);
    struct part **parts = arena_array(call->arena, room + 1u, sizeof *parts);
    if (!part || !parts) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    part->node = node;
    part->parts = parts;
    return part;
}

/* ---- order */

static int compare(const struct part *a, const struct part *b)
{
    if (is_word(a) != is_word(b))
        return is_word(a) ? 1 : -1;
    if (is_word(a))
        return pg_tsquery_compare_words(a->node->word, b->node->word);
    if (a->node->kind != b->node->kind)
        return a->node->kind > b->node->kind ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    for (uint32_t i = 0; i < a->count; i++) {
        int order = compare(a->parts[i], b->parts[i]);
        if (order)
            return order;
    }
    if (a->node->kind == PG_TSQUERY_PHRASE && a->node->distance != b->node->distance)
        return a->node->distance > b->node->distance ? -1 : 1;
    return 0;
}

static int compare_pointers(const void *a, const void *b)
{
    return compare(*(struct part *const *)a, *(struct part *const *)b);
}

static void sort(struct part *part)
{
    for (uint32_t i = 0; i < part->count; i++)
        sort(part->parts[i]);
    if (part->count > 1 && part->node->kind != PG_TSQUERY_PHRASE)
        qsort(part->parts, part->count, sizeof(*part->parts), compare_pointers);
}

/* ---- trees of two operands, and back */

/* Operands of an operand with the same operator become the operator's own. */
static struct part *flatten(struct sql_call *call, const struct part *from)
{
    uint32_t room = from->count;
    for (uint32_t i = 0; i < from->count; i++)
        room += from->parts[i]->count;
    struct part *out = make_part(call, from->node, room);
    for (uint32_t i = 0; out && i < from->count; i++) {
        const struct part *operand = from->parts[i];
        bool same = is_commutative(from) && operand->node->kind == from->node->kind;
        if (!same)
            out->parts[out->count++] = from->parts[i];
        for (uint32_t k = 0; same && k < operand->count; k++)
            out->parts[out->count++] = operand->parts[k];
    }
    return out;
}

/* The right operand comes first. flat: & and | have all of their operands. */
static struct part *open_part(struct sql_call *call, const struct pg_tsquery *query, bool flat)
{
    const struct pg_tsquery *operands[] = {query->right, query->left};
    if (fiber_stack_left() < STACK_NEEDED) {
        sql_fail(call->env->error, "54001", "stack depth limit exceeded");
        return NULL;
    }
    struct part *part = make_part(call, query, 2);
    for (int i = 0; part && i < 2 && query->kind != PG_TSQUERY_WORD; i++) {
        if (!operands[i])
            continue;
        struct part *operand = open_part(call, operands[i], flat);
        if (!operand)
            return NULL;
        part->parts[part->count++] = operand;
    }
    return part && flat ? flatten(call, part) : part;
}

static struct part *open_sorted(struct sql_call *call, const struct pg_tsquery *query)
{
    struct part *part = open_part(call, query, true);
    if (part)
        sort(part);
    return part;
}

/* Flat and in order again, all of it open to replacements. */
static struct part *refresh(struct sql_call *call, const struct part *part)
{
    struct part *copy = make_part(call, part->node, part->count);
    for (uint32_t i = 0; copy && i < part->count; i++) {
        copy->parts[i] = refresh(call, part->parts[i]);
        if (!copy->parts[i])
            return NULL;
        copy->count++;
    }
    copy = copy ? flatten(call, copy) : NULL;
    if (copy)
        sort(copy);
    return copy;
}

static struct pg_tsquery *close_part(struct sql_call *call, const struct part *part)
{
    struct pg_tsquery *operands[2] = {NULL, NULL}, *result;
    if (is_word(part))
        return pg_tsquery_word(call, part->node->word, part->node->weights, part->node->prefix);
    /* The first two, joined, take the first one's place, and the last one the second's. */
    struct pg_tsquery **left = arena_array(call->arena, part->count + 1u, sizeof(*left));
    uint32_t count = part->count;
    if (!left) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!(left[i] = close_part(call, part->parts[i])))
            return NULL;
    for (; count > 2; count--) {
        left[0] = pg_tsquery_join(call, part->node->kind, 0, left[1], left[0]);
        left[1] = left[count - 1];
        if (!left[0])
            return NULL;
    }
    operands[0] = left[0];
    operands[1] = count > 1 ? left[1] : NULL;
    if (part->node->kind != PG_TSQUERY_NOT)
        return pg_tsquery_join(call, part->node->kind, part->node->distance, operands[1],
                               operands[0]);
    result = arena_alloc(call->arena, sizeof *result);
    if (!result) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    *result = (struct pg_tsquery){.kind = PG_TSQUERY_NOT, .right = operands[0]};
    return result;
}

/* ---- replacing */

struct replacing {
    struct sql_call *call;
    const struct part *wanted;
    const struct pg_tsquery *by; /* NULL: what is found goes */
    bool found, failed;
};

static struct part *replacement(struct replacing *r)
{
    struct part *part = r->by ? open_part(r->call, r->by, false) : NULL;
    r->found = true;
    r->failed |= r->by && !part;
    if (part)
        part->replaced = true;
    return part;
}

/* Some operands of the part, which has more than what is wanted, are those that are wanted. */
static void replace_some(struct replacing *r, struct part *part)
{
    uint32_t i = 0, j = 0, kept = 0;
    bool *matched = arena_zalloc(r->call->arena, part->count);
    if (!matched) {
        r->failed = !sql_fail_memory(r->call->env->error);
        return;
    }
    while (i < part->count && j < r->wanted->count) {
        int order = compare(part->parts[i], r->wanted->parts[j]);
        if (order > 0)
            return;
        matched[i++] = order == 0;
        j += order == 0;
    }
    if (j < r->wanted->count)
        return;
    for (i = 0; i < part->count; i++)
        if (!matched[i])
            part->parts[kept++] = part->parts[i];
    struct part *by = replacement(r);
    if (by)
        part->parts[kept++] = by;
    part->count = kept;
    sort(part);
}

static struct part *replace_here(struct replacing *r, struct part *part)
{
    const struct part *wanted = r->wanted;
    if (part->replaced || is_word(part) != is_word(wanted) ||
        (!is_word(part) && part->node->kind != wanted->node->kind))
        return part;
    if (compare(part, wanted) == 0)
        return replacement(r);
    if (is_commutative(part) && part->count > wanted->count && wanted->count > 0)
        replace_some(r, part);
    return part;
}

/* The part with all replacements made; NULL: nothing is left of it. */
static struct part *replace(struct replacing *r, struct part *part)
{
    uint32_t kept = 0;
    if (fiber_stack_left() < STACK_NEEDED) {
        r->failed = !sql_fail(r->call->env->error, "54001", "stack depth limit exceeded");
        return part;
    }
    part = replace_here(r, part);
    if (!part || r->failed || part->replaced || is_word(part))
        return part;
    for (uint32_t i = 0; i < part->count; i++) {
        struct part *operand = replace(r, part->parts[i]);
        if (operand)
            part->parts[kept++] = operand;
    }
    part->count = kept;
    if (kept == 0)
        return NULL;
    return kept == 1 && part->node->kind != PG_TSQUERY_NOT ? part->parts[0] : part;
}

static bool give(struct sql_call *call, const struct part *part, struct datum *out)
{
    struct pg_tsquery *query = part ? close_part(call, part) : NULL;
    return (query || !part) && pg_tsquery_give(call, query, out);
}

static bool rewrite(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_tsquery *query, *wanted, *by;
    if (!pg_tsquery_open(call, args[0], &query) || !pg_tsquery_open(call, args[1], &wanted) ||
        !pg_tsquery_open(call, args[2], &by))
        return false;
    *out = args[0];
    if (!query || !wanted)
        return true;
    struct replacing r = {.call = call, .wanted = open_sorted(call, wanted), .by = by};
    struct part *part = open_sorted(call, query);
    if (!part || !r.wanted)
        return false;
    part = replace(&r, part);
    return !r.failed && give(call, part, out);
}

/* ---- replacements from a query's rows */

struct rules {
    struct sql_sink sink; /* FIRST */
    struct sql_call *call;
    struct part *part; /* NULL: nothing is left */
};

static bool begin_rules(struct sql_sink *sink, const struct sql_result_column *columns,
                        uint32_t count)
{
    struct rules *rules = (struct rules *)(void *)sink;
    uint32_t tsquery = rules->call->result_type->id;
    return (count == 2 && columns[0].type == tsquery && columns[1].type == tsquery) ||
           sql_fail(rules->call->env->error, "22023",
                    "ts_rewrite query must return two tsquery columns");
}

static bool apply_rule(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                       uint32_t count)
{
    struct rules *rules = (struct rules *)(void *)sink;
    struct sql_call *call = rules->call;
    struct pg_tsquery *wanted, *by;
    (void)env, (void)count;
    if (!rules->part || values[0].null || values[1].null)
        return true;
    /* The row goes away, and the trees borrow. */
    struct datum kept[2];
    for (int i = 0; i < 2; i++)
        if (!sql_give_copy(call, &kept[i], datum_slice(values[i])))
            return false;
    if (!pg_tsquery_open(call, kept[0], &wanted) || !pg_tsquery_open(call, kept[1], &by))
        return false;
    if (!wanted)
        return true;
    struct replacing r = {.call = call, .wanted = open_sorted(call, wanted), .by = by};
    if (!r.wanted)
        return false;
    rules->part = replace(&r, rules->part);
    if (r.failed)
        return false;
    if (r.found && rules->part)
        rules->part = refresh(call, rules->part);
    return rules->part || !r.found || call->env->error->sqlstate[0] == '\0';
}

static bool rewrite_query(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct rules rules = {
        .sink = {.begin = begin_rules, .row = apply_rule},
          .call = call
    };
    struct pg_tsquery *query;
    if (!pg_tsquery_open(call, args[0], &query))
        return false;
    *out = args[0];
    if (!query)
        return true;
    rules.part = open_sorted(call, query);
    return rules.part &&
           pg_select_text(call, call->arena, datum_slice(args[1]), PG_SELECT_CURSOR, &rules.sink) &&
           give(call, rules.part, out);
}

const struct sql_builtin pg_ts_rewrite_functions[] = {
    {"tsquery_rewrite",       rewrite      },
    {"tsquery_rewrite_query", rewrite_query},
    {NULL,                    NULL         },
};
