#include "emulators/sql/exec/prune.h"

#include "emulators/sql/exec/run.h"
#include "emulators/sql/value/array.h"

struct pruning {
    struct sql_env *env;
    struct arena *arena;
    const struct sql_prune_values *values;
    const struct sql_partition_bounds *bounds;
    struct sql_partition_terms terms;
};

static bool take_step(struct pruning *p, const struct sql_prune_step *step,
                      struct sql_partition_set *out);

static bool all_keys(struct pruning *p, struct sql_partition_set *out)
{
    return sql_partition_set_make(p->env, p->arena, p->bounds, true, out);
}

static bool no_keys(struct pruning *p, struct sql_partition_set *out)
{
    return sql_partition_set_make(p->env, p->arena, p->bounds, false, out);
}

/* The values of a comparison. *known: all are; *null: one of them is NULL, so that it is never true. */
static void load_operands(const struct pruning *p, const struct sql_prune_step *step,
                          struct sql_partition_probe *probes, bool *known, bool *null)
{
    *known = true;
    *null = false;
    for (uint32_t i = 0; i < step->count; i++) {
        const struct sql_prune_operand *operand = &step->operands[i];
        probes[i] = (struct sql_partition_probe){datum_null(), operand->compare, operand->hash,
                                                 operand->type};
        if (operand->is_null)
            continue;
        *known &= p->values->known[operand->value];
        if (*known)
            probes[i].value = p->values->datums[operand->value];
        *null |= *known && probes[i].value.null;
    }
}

/* Each element of the array takes its place in turn. */
static bool take_elements(struct pruning *p, const struct sql_prune_step *step,
                          struct sql_partition_probe *probes, struct sql_partition_set *out)
{
    struct sql_array array;
    struct sql_partition_set one;
    sql_array_open(probes[step->array_at].value, &array);
    if (!(step->any ? no_keys(p, out) : all_keys(p, out)))
        return false;
    for (uint32_t i = 0; i < array.count; i++) {
        struct datum element = sql_array_get(&array, i);
        probes[step->array_at].value = element;
        if (element.null && step->any)
            continue;
        if (!no_keys(p, &one) ||
            (!element.null &&
             !sql_partition_set_add(&p->terms, p->bounds, step->op, probes, step->count, &one)))
            return false;
        sql_partition_set_join(out, &one, !step->any);
    }
    return true;
}

static bool take_comparison(struct pruning *p, const struct sql_prune_step *step,
                            struct sql_partition_set *out)
{
    struct sql_partition_probe probes[SQL_PARTITION_KEYS_MAX];
    bool known, null;
    load_operands(p, step, probes, &known, &null);
    if (!known)
        return all_keys(p, out);
    if (step->array && !null)
        return take_elements(p, step, probes, out);
    return no_keys(p, out) && (null || sql_partition_set_add(&p->terms, p->bounds, step->op, probes,
                                                             step->count, out));
}

static bool take_junction(struct pruning *p, const struct sql_prune_step *step,
                          struct sql_partition_set *out)
{
    bool both = step->kind == SQL_PRUNE_AND;
    if (!(both ? all_keys(p, out) : no_keys(p, out)))
        return false;
    for (uint32_t i = 0; i < step->part_count; i++) {
        struct sql_partition_set part;
        if (!take_step(p, step->parts[i], &part))
            return false;
        sql_partition_set_join(out, &part, both);
    }
    return true;
}

static bool take_step(struct pruning *p, const struct sql_prune_step *step,
                      struct sql_partition_set *out)
{
    switch (step->kind) {
    case SQL_PRUNE_NONE: return no_keys(p, out);
    case SQL_PRUNE_COMPARE: return take_comparison(p, step, out);
    case SQL_PRUNE_NULLS:
        if (!no_keys(p, out))
            return false;
        sql_partition_set_add_nulls(p->bounds, step->negated, out);
        return true;
    default: return take_junction(p, step, out);
    }
}

bool sql_prune_children(struct sql_env *env, struct arena *arena,
                        const struct sql_relation *relation, const struct sql_prune_step *step,
                        const struct sql_prune_values *values, bool **out,
                        const struct sql_partition_bounds **bounds)
{
    struct pruning p = {.env = env, .arena = arena, .values = values};
    struct sql_partition_set set;
    if (!sql_partition_bounds(env, relation, &p.bounds) ||
        !sql_partition_terms(env, relation, &p.terms))
        return false;
    p.terms.arena = arena;
    *bounds = p.bounds;
    *out = arena_zalloc(arena, p.bounds->child_count + 1u);
    if (!*out)
        return sql_fail_memory(env->error);
    if (!(step ? take_step(&p, step, &set) : all_keys(&p, &set)))
        return false;
    sql_partition_set_children(p.bounds, &set, *out);
    return true;
}

/* ---- of a run */

static bool load_values(struct sql_run *run, struct arena *arena, const struct sql_prune *prune,
                        bool running, struct sql_prune_values *out)
{
    struct datum *datums = arena_array(arena, prune->value_count, sizeof(*datums));
    bool *known = arena_zalloc(arena, prune->value_count + 1u);
    if (!datums || !known)
        return sql_fail_memory(run->env->error);
    for (uint32_t i = 0; i < prune->value_count; i++) {
        const struct sql_prune_value *value = &prune->values[i];
        if (value->known == SQL_PRUNE_RUNNING && !running)
            continue;
        known[i] = true;
        if (value->known != SQL_PRUNE_PLANNED && !sql_program_run(run, value->program, arena))
            return false;
        datums[i] =
            value->known == SQL_PRUNE_PLANNED ? value->constant : run->regs[value->program->result];
    }
    *out = (struct sql_prune_values){datums, known};
    return true;
}

static bool mark_inputs(struct sql_run *run, struct arena *arena,
                        const struct sql_prune_table *table, const struct sql_prune_values *values,
                        bool *inputs)
{
    const struct sql_partition_bounds *bounds;
    bool *children;
    if (!sql_prune_children(run->env, arena, table->relation, table->step, values, &children,
                            &bounds))
        return false;
    for (uint32_t i = 0; i < table->child_count; i++) {
        const struct sql_prune_child *child = &table->children[i];
        if (!children[child->place])
            continue;
        if (child->input != UINT32_MAX)
            inputs[child->input] = true;
        if (child->table && !mark_inputs(run, arena, child->table, values, inputs))
            return false;
    }
    return true;
}

bool sql_prune_inputs(struct sql_run *run, struct arena *arena, const struct sql_prune *prune,
                      bool running, bool *inputs)
{
    struct sql_prune_values values;
    return load_values(run, arena, prune, running, &values) &&
           mark_inputs(run, arena, prune->table, &values, inputs);
}
