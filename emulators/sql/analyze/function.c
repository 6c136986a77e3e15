/* Finding the routine that a call means, by name, arguments, names of arguments, defaults and
 * VARIADIC. */
#include "emulators/sql/analyze/function.h"

/* Where each written argument goes when some have names; false: the routine is not meant. */
static bool map_named(struct analysis *a, const struct sql_routine *routine,
                      const struct function_args *args, struct candidate *c)
{
    uint32_t total = routine->arg_count, positional = args->count - args->name_count;
    bool *given = arena_zalloc(a->env->arena, total + 1);
    c->positions = arena_array(a->env->arena, total + 1, sizeof *c->positions);
    if (!given || !c->positions || !routine->names || args->count > total)
        return false;
    for (uint32_t i = 0; i < positional; i++) {
        given[i] = true;
        c->positions[i] = i;
    }
    for (uint32_t n = 0; n < args->name_count; n++) {
        uint32_t place = routine_argument_named(routine, args->names[n]);
        if (place >= total || given[place])
            return false;
        given[place] = true;
        c->positions[positional + n] = place;
    }
    uint32_t used = args->count;
    for (uint32_t i = 0; i < total; i++) {
        if (given[i])
            continue;
        if (i < (uint32_t)(total - routine->default_count))
            return false;
        c->positions[used++] = i;
    }
    c->defaults = total - args->count;
    return true;
}

uint32_t routine_argument_named(const struct sql_routine *routine, struct slice name)
{
    uint32_t input = 0, all = routine->all_count ? routine->all_count : routine->arg_count;
    for (uint32_t i = 0; routine->names && i < all; i++) {
        char mode = routine->modes ? routine->modes[i] : 'i';
        if (mode != 'i' && mode != 'b' && mode != 'v')
            continue;
        if (slice_eq(routine->names[i], name))
            return input;
        input++;
    }
    return UINT32_MAX;
}

/* Fills the candidate's argument types for this call; false: the numbers do not fit. */
static bool fit(struct analysis *a, const struct sql_routine *routine,
                const struct function_args *args, struct candidate *c)
{
    uint32_t total = routine->arg_count, count = args->count;
    *c = (struct candidate){.routine = routine};
    bool variadic = routine->variadic_element && !args->variadic;
    if (args->name_count) {
        if (variadic || !map_named(a, routine, args, c))
            return false;
        c->count = total;
    } else {
        variadic = variadic && count >= total;
        if (total > count) {
            if (count + routine->default_count < total)
                return false;
            c->defaults = total - count;
        } else if (total != count && !variadic) {
            return false;
        }
        c->count = total > count ? total : count;
    }
    c->types = arena_array(a->env->arena, c->count + 1, sizeof *c->types);
    if (!c->types)
        return sql_fail_memory(a->env->error);
    for (uint32_t i = 0; i < total; i++)
        c->types[i] = routine->arg_types[c->positions ? c->positions[i] : i];
    if (variadic) {
        c->variadic = c->count - total + 1;
        for (uint32_t i = total - 1; i < c->count; i++)
            c->types[i] = routine->variadic_element;
    }
    return true;
}

/* A routine as CALL sees it: its OUT parameters are arguments like the others. */
static const struct sql_routine *with_outputs(struct analysis *a, const struct sql_routine *routine)
{
    if (!routine->all_count)
        return routine;
    struct sql_routine *copy = analysis_alloc(a, sizeof *copy);
    if (!copy)
        return routine;
    *copy = *routine;
    copy->arg_count = routine->all_count;
    copy->arg_types = routine->all_types;
    copy->all_count = 0;
    copy->modes = NULL;
    return copy;
}

/* Two candidates that look alike to this call: the nearer schema's wins, then the one that is not
 * variadic; otherwise neither can be chosen. */
static bool displaces(struct candidate *new, struct candidate **list, uint32_t count, bool *drop)
{
    uint32_t n = new->count - new->defaults;
    for (uint32_t i = 0; i < count; i++) {
        struct candidate *old = list[i];
        if (!old->routine || n != old->count - old->defaults ||
            memcmp(new->types, old->types, n * sizeof *new->types) != 0)
            continue;
        if (new->rank != old->rank || (new->variadic && !old->variadic)) {
            *drop = true;
        } else if (!new->variadic && old->variadic) {
            list[i] = new;
        } else {
            old->routine = NULL; /* ambiguous */
        }
        return true;
    }
    return false;
}

static bool list_functions(struct analysis *a, struct slice schema, struct slice name,
                           const struct function_args *args, struct candidate ***out,
                           uint32_t *out_count)
{
    if (!sql_check_schema_usage(a->env, schema))
        return false;
    struct sql_routines found = sql_find_routines(a->session, a->env, schema, name);
    struct candidate *space = arena_array(a->env->arena, found.count + 1, sizeof *space);
    struct candidate **list = arena_array(a->env->arena, found.count + 1, sizeof *list);
    if (!space || !list)
        return sql_fail_memory(a->env->error);
    uint32_t count = 0, rank = 0, special = 0;
    for (uint32_t i = 0; i < found.count; i++) {
        if (i && found.items[i]->object.schema != found.items[i - 1]->object.schema)
            rank++;
        const struct sql_routine *routine =
            args->procedure ? with_outputs(a, found.items[i]) : found.items[i];
        if (!fit(a, routine, args, &space[i]))
            continue;
        space[i].rank = rank;
        special += space[i].variadic || space[i].defaults || rank;
        bool drop = false;
        if (special && displaces(&space[i], list, count, &drop))
            continue;
        list[count++] = &space[i];
    }
    *out = list;
    *out_count = count;
    return true;
}

/* typename(arg) is a cast when no function is meant and the cast needs none. */
static bool is_cast(struct analysis *a, struct slice schema, struct slice name, uint32_t source,
                    struct function_found *out)
{
    const struct sql_type *type = sql_find_type(a->session, schema, name);
    if (!type || (type->kind == SQL_TYPE_COMPOSITE && !type->relation))
        return false;
    uint32_t function;
    bool cast = source == a->known->unknown;
    if (!cast) {
        enum coercion_path path = find_coercion(a, type->id, source, COERCE_EXPLICIT, &function);
        bool row = source == a->known->record || is_composite(a, source);
        cast = path == PATH_RELABEL ||
               (path == PATH_TEXT && !(row && type->category == a->rules->string_category));
    }
    if (!cast)
        return false;
    out->kind = FUNCTION_CAST;
    out->cast_type = type->id;
    return true;
}

static struct candidate *exact_match(struct candidate **list, uint32_t count,
                                     const struct function_args *args)
{
    for (uint32_t i = 0; i < count; i++)
        if (memcmp(list[i]->types, args->types, args->count * sizeof *args->types) == 0)
            return list[i];
    return NULL;
}

bool find_function(struct analysis *a, struct slice schema, struct slice name,
                   const struct function_args *args, struct function_found *out)
{
    *out = (struct function_found){.kind = FUNCTION_NONE};
    struct candidate **list = NULL;
    uint32_t count = 0;
    if (!list_functions(a, schema, name, args, &list, &count))
        return false;
    struct candidate *best = exact_match(list, count, args);
    if (!best) {
        if (args->count == 1 && args->may_be_cast && args->name_count == 0 &&
            is_cast(a, schema, name, args->types[0], out))
            return true;
        count = candidates_match(a, args->types, args->count, list, count);
        if (count == 1) {
            best = list[0];
        } else if (count > 1) {
            best = candidate_select(a, args->types, args->count, list, count);
            if (!best)
                out->kind = FUNCTION_AMBIGUOUS;
        }
    }
    if (!best)
        return true;
    out->kind = best->routine ? FUNCTION_FOUND : FUNCTION_AMBIGUOUS;
    out->candidate = best;
    return true;
}
