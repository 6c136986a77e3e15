/* Join problems: what is joined in one query, by which conditions, in which order.
 *
 * The tables of a query and of the subqueries merged into it are leaves with one numbering. Inner
 * joins are taken apart into relations and conditions; each outer join, and each EXISTS or IN that
 * became a semi or anti join, is one relation with problems of its own inside. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_PROBLEM_H
#define PARLEL_EMULATORS_SQL_PLAN_PROBLEM_H

#include "emulators/sql/plan/planner.h"

struct sql_plan_qual {
    const struct sql_expr *expr;
    struct sql_plan_query *query;
    struct sql_leaf_set leaves;  /* that it reads */
    const uint32_t *sub_columns; /* what PARAM_EXEC n stands for: the test of an IN */
    uint32_t sub_column_count;
    uint32_t sub_leaf;                 /* the leaf of these columns */
    const struct sql_query *sub_query; /* and its query */
    bool used;                         /* some node looks after it */
    bool is_volatile;
};

enum sql_plan_rel_kind {
    SQL_PLAN_REL_TABLE, /* a relation of the catalog */
    SQL_PLAN_REL_NODE,  /* something with one plan: subquery, function, VALUES ... */
    SQL_PLAN_REL_OUTER, /* an outer join */
    SQL_PLAN_REL_SEMI,  /* EXISTS, IN: joined to what its conditions read */
    SQL_PLAN_REL_ANTI,
};

struct sql_plan_problem;

struct sql_plan_rel {
    enum sql_plan_rel_kind kind;
    struct sql_leaf_set leaves;   /* that it gives */
    struct sql_leaf_set requires; /* that must be on the outer side (LATERAL, semi joins) */
    struct sql_plan_query *query; /* TABLE, NODE: in whose range table */
    uint32_t table;
    struct sql_node *node;                 /* NODE */
    double rows;                           /* TABLE: of the table; NODE: of the plan */
    enum sql_join_kind join;               /* OUTER */
    struct sql_plan_problem *left, *right; /* OUTER; right alone: SEMI, ANTI */
    struct sql_vector on; /* struct sql_plan_qual: conditions of an outer or semi join */
    bool placed;
    double local_rows, local_cost; /* by itself, with the conditions on it alone */
};

struct sql_plan_problem {
    struct sql_planner *planner;
    struct sql_plan_query *root; /* the query whose problem it is */
    struct sql_vector rels;      /* struct sql_plan_rel */
    struct sql_vector quals;     /* struct sql_plan_qual */
    struct sql_leaf_set leaves;
    struct sql_leaf_set available; /* leaves outside whose registers are loaded */
    /* An order that the result should have, when an index can give it for nothing. */
    const struct sql_query *ordered;
    bool order_given; /* out: it has it */
    double limit;     /* rows wanted, 0: all */
};

/* ---- sets of leaves */
static inline void sql_leaf_add(struct sql_leaf_set *set, uint32_t leaf)
{
    set->words[leaf / 64] |= UINT64_C(1) << leaf % 64;
}
static inline bool sql_leaf_has(const struct sql_leaf_set *set, uint32_t leaf)
{
    return set->words[leaf / 64] >> leaf % 64 & 1;
}
static inline bool sql_leaf_overlap(const struct sql_leaf_set *a, const struct sql_leaf_set *b)
{
    uint64_t both = 0;
    for (unsigned i = 0; i < SQL_PLAN_TABLES_MAX / 64; i++)
        both |= a->words[i] & b->words[i];
    return both != 0;
}
static inline bool sql_leaf_within(const struct sql_leaf_set *a, const struct sql_leaf_set *b)
{
    uint64_t outside = 0;
    for (unsigned i = 0; i < SQL_PLAN_TABLES_MAX / 64; i++)
        outside |= a->words[i] & ~b->words[i];
    return outside == 0;
}
static inline bool sql_leaf_empty(const struct sql_leaf_set *a)
{
    const struct sql_leaf_set none = {{0}};
    return sql_leaf_within(a, &none);
}
static inline void sql_leaf_join(struct sql_leaf_set *into, const struct sql_leaf_set *from)
{
    for (unsigned i = 0; i < SQL_PLAN_TABLES_MAX / 64; i++)
        into->words[i] |= from->words[i];
}

/* ---- from.c */

/* The joins of a query as a problem: FROM and WHERE. */
bool sql_problem_make(struct sql_plan_query *query, struct sql_plan_problem **out);
bool sql_problem_add_qual(struct sql_plan_problem *problem, struct sql_plan_query *query,
                          const struct sql_expr *expr);
/* The leaves of the problem that an expression reads; *is_volatile: it may not be moved. */
void sql_problem_reads(struct sql_plan_query *query, const struct sql_expr *expr,
                       struct sql_leaf_set *out, bool *is_volatile);
/* The column of a base table that an expression is, through merged subqueries and relabelling: the
 * query and table whose it is; false: it is none. */
bool sql_plan_base_column(struct sql_plan_query *query, const struct sql_expr *expr,
                          struct sql_plan_query **out_query, const struct sql_expr_column **out);

/* ---- order.c */

/* The plan of a problem. */
bool sql_problem_plan(struct sql_plan_problem *problem, struct sql_node **out);
/* Filter of the node: those of the problem's conditions that it can look after now. */
bool sql_plan_filter(struct sql_planner *planner, struct sql_node *node,
                     struct sql_plan_qual **quals, uint32_t count);
bool sql_plan_quals_program(struct sql_planner *planner, struct sql_plan_qual **quals,
                            uint32_t count, const struct sql_program **out);

/* ---- access.c */

/* An equality that a generator of rows looks after. */
struct sql_plan_system_key {
    int32_t column;
    struct sql_plan_query *query; /* that the value is of */
    const struct sql_expr *value;
};

struct sql_access {
    const struct sql_relation *index; /* NULL: sequential, or by row id */
    struct sql_plan_qual **quals;     /* that the index looks after, one a key */
    const struct sql_expr **values;   /* the other sides */
    struct sql_index_key *keys;
    uint32_t key_count, equal_count;
    bool row_id, ordered, backward, unique;
    double rows, cost;
    struct sql_plan_system_key system; /* column 0: all rows are made */
};

/* The cheapest way to the rows of a table, when the registers of `available` leaves are loaded. */
bool sql_access_choose(struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                       const struct sql_leaf_set *available, struct sql_access *out);
/* The scan of it; quals it looks after are marked used, and all others that can be are its filter. */
bool sql_access_build(struct sql_plan_problem *problem, struct sql_plan_rel *rel,
                      const struct sql_leaf_set *available, const struct sql_access *access,
                      struct sql_node **out);

/* Is there a condition that the generator of a system relation takes as its key, with a value of what
 * is available? (system_key.c) */
bool sql_plan_system_key(const struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                         const struct sql_leaf_set *available, struct sql_plan_system_key *out);
/* The method and the arguments of TABLESAMPLE (sample.c). */
bool sql_plan_sample(struct sql_plan_query *query, struct sql_node_sample_scan *scan);

/* Can a hash stand for this equality, and how are its keys made? */
bool sql_plan_hash_codec(struct sql_planner *planner, const struct sql_expr_call *call,
                         enum sql_key_codec *out);
/* How much of the rows a condition leaves, roughly. */
double sql_plan_selectivity(struct sql_planner *planner, const struct sql_plan_qual *qual);

/* ---- leaves.c: plans of what stands in FROM and is no table */
bool sql_plan_leaf(struct sql_plan_query *query, uint32_t table, struct sql_node **out);

/* Appends a condition to a list of pointers to struct sql_plan_qual. */
bool sql_plan_add_condition(struct sql_plan_query *query, const struct sql_expr *expr,
                            struct sql_vector *quals);

/* A new plan node of `size` bytes with `count` inputs. */
void *sql_plan_node(struct sql_planner *planner, enum sql_node_kind kind, size_t size,
                    uint32_t count);
/* The two one behind the other; the result is the second's. */
bool sql_plan_join_programs(struct sql_planner *planner, const struct sql_program *first,
                            const struct sql_program *second, const struct sql_program **out);
/* The program with another one put in before its operation `at`, which no jump may lead across. */
bool sql_plan_insert_program(struct sql_planner *planner, const struct sql_program *into,
                             uint32_t at, const struct sql_program *program,
                             const struct sql_program **out);
/* The first place from `at` on that no jump leads across. */
uint32_t sql_plan_program_gap(const struct sql_program *program, uint32_t at);
/* Appends a program to what the node computes for each row. */
bool sql_plan_project(struct sql_planner *planner, struct sql_node *node,
                      const struct sql_program *program);

#endif
