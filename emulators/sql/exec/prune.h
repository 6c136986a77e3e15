/* Which inputs of an append may have rows that are asked for: conditions as steps over the bounds of
 * partitioned tables (exec/partition_bounds.h).
 *
 * A step stands for keys that may satisfy its condition, never for fewer. Values that are not known yet
 * leave all keys. Steps are the planner's (plan/prune.c), which takes them itself for constants; a run takes
 * them for parameters and stable expressions when it begins, and for values of other tables' rows whenever
 * the append begins anew. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_PRUNE_H
#define PARLEL_EMULATORS_SQL_EXEC_PRUNE_H

#include "emulators/sql/exec/partition_bounds.h"

struct sql_program;
struct sql_run;

enum sql_prune_known {
    SQL_PRUNE_PLANNED, /* a constant */
    SQL_PRUNE_STARTED, /* known once parameters are */
    SQL_PRUNE_RUNNING, /* made of registers that others load */
};

/* A value that keys are compared with. */
struct sql_prune_value {
    enum sql_prune_known known;
    struct datum constant;             /* PLANNED */
    const struct sql_program *program; /* else */
    const struct sql_expr *expr;       /* the planner's: in the terms of query */
    struct sql_plan_query *query;
};

/* What a value is compared with one column by: see struct sql_partition_probe. */
struct sql_prune_operand {
    uint32_t value;
    bool is_null; /* hashes: the column IS NULL, there is no value */
    const struct sql_routine *compare, *hash;
    const struct sql_type *type;
};

struct sql_prune_step {
    enum {
        SQL_PRUNE_NONE, /* no key at all */
        SQL_PRUNE_COMPARE,
        SQL_PRUNE_NULLS,
        SQL_PRUNE_AND,
        SQL_PRUNE_OR,
    } kind;
    enum sql_compare op; /* COMPARE: of the last operand; those before are equal */
    const struct sql_prune_operand *operands;
    uint32_t count;
    bool array, any; /* COMPARE: the operand `array_at` is an array: op ANY, else op ALL */
    uint32_t array_at;
    bool negated;                              /* NULLS: IS NOT NULL */
    const struct sql_prune_step *const *parts; /* AND, OR */
    uint32_t part_count;
};

/* A partition that the plan reads: an input, or a partitioned table. */
struct sql_prune_child {
    uint32_t place; /* among the children in the bounds */
    uint32_t input; /* UINT32_MAX: none */
    const struct sql_prune_table *table;
};

struct sql_prune_table {
    const struct sql_relation *relation;
    const struct sql_prune_step *step; /* NULL: all keys */
    struct sql_prune_child *children;
    uint32_t child_count;
};

struct sql_prune {
    const struct sql_prune_table *table;
    const struct sql_prune_value *values;
    uint32_t value_count;
    bool at_start, while_running; /* there are values that are known then */
};

/* Values as far as they are known: datums[i] counts when known[i]. */
struct sql_prune_values {
    const struct datum *datums;
    const bool *known;
};

/* The children of a partitioned table (one flag each, in the order of its bounds) that may hold rows that
 * the step's condition allows; step NULL: all. *out and *bounds: borrowed from arena and as
 * sql_partition_bounds says. */
bool sql_prune_children(struct sql_env *env, struct arena *arena,
                        const struct sql_relation *relation, const struct sql_prune_step *step,
                        const struct sql_prune_values *values, bool **out,
                        const struct sql_partition_bounds **bounds);

/* Marks the inputs that a run has to read. running: values of other tables' rows are loaded. May wait. */
bool sql_prune_inputs(struct sql_run *run, struct arena *arena, const struct sql_prune *prune,
                      bool running, bool *inputs);

#endif
