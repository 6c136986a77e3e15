/* Joining two inputs: which conditions apply, which of them can be hashed by, what it gives and how it is
 * built. Which relation comes after which is decided in order.c. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_JOIN_H
#define PARLEL_EMULATORS_SQL_PLAN_JOIN_H

#include "emulators/sql/plan/problem.h"

#define SQL_PLAN_ROW_COST 1.0 /* giving a row */

/* What is joined so far. */
struct sql_partial {
    struct sql_node *node;
    struct sql_leaf_set leaves; /* with the available ones */
    double rows, cost;
};

/* The two inputs, planned. */
struct sql_join_sides {
    struct sql_node *left, *right;
    const struct sql_leaf_set *left_leaves, *right_leaves;
};

/* An equality whose sides each read one of the inputs. */
struct sql_hash_pair {
    struct sql_plan_qual *qual;
    const struct sql_expr *outer, *inner;
    enum sql_key_codec codec;
    uint32_t collation;
};

/* The unused conditions that can be evaluated with these leaves loaded; NULL: out of memory. */
struct sql_plan_qual **sql_join_applicable(struct sql_planner *planner, struct sql_vector *quals,
                                           const struct sql_leaf_set *leaves, uint32_t *count);
/* Can inputs of these leaves be joined by hashing what the condition compares? */
bool sql_join_hash_pair(struct sql_planner *planner, struct sql_plan_qual *qual,
                        const struct sql_leaf_set *outer, const struct sql_leaf_set *inner,
                        struct sql_hash_pair *out);
/* The share of all pairs for which the condition holds. */
double sql_join_selectivity(struct sql_planner *planner, const struct sql_partial *partial,
                            const struct sql_plan_rel *rel, struct sql_plan_qual *qual);
/* Is the hash to be made of the left input's rows, instead of the right one's? */
bool sql_join_hashes_left(double left, double right);
/* No plan expects less than a row. */
double sql_join_clamp(double rows);
/* Rows that a join other than an inner one gives. */
double sql_join_rows(enum sql_join_method_kind join, double left, double right, uint32_t quals);
/* Does that way to a table look rows up, rather than reading all? */
bool sql_join_looked_up(const struct sql_access *access);

/* A bare join; NULL: out of memory. */
struct sql_node_join *sql_join_node_make(struct sql_planner *planner, enum sql_node_kind kind,
                                         enum sql_join_method_kind join, struct sql_node *outer,
                                         struct sql_node *inner);
/* The join of two planned inputs under the conditions. */
bool sql_join_two(struct sql_planner *planner, enum sql_join_method_kind join,
                  const struct sql_join_sides *sides, struct sql_plan_qual **quals, uint32_t count,
                  struct sql_node **out);
/* Plans the right problem and joins it to what is there: looked up by an index where that is cheaper. */
bool sql_join_problem(struct sql_plan_problem *right, struct sql_vector *on,
                      enum sql_join_method_kind join, const struct sql_partial *left,
                      const struct sql_leaf_set *left_leaves, struct sql_node **out);
/* Plans an outer join that is one relation of the problem. */
bool sql_join_outer(struct sql_plan_problem *problem, struct sql_plan_rel *rel);

#endif
