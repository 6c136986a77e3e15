/* Sets of registers: what nodes read and load. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_REGISTER_SET_H
#define PARLEL_EMULATORS_SQL_PLAN_REGISTER_SET_H

#include "emulators/sql/plan/planner.h"

struct sql_register_set {
    uint64_t *words;
    uint32_t count;
};

bool sql_register_set_init(struct sql_planner *planner, struct sql_register_set *set);
static inline void sql_register_set_add(struct sql_register_set *set, uint32_t reg)
{
    if (reg != SQL_NO_REGISTER)
        set->words[reg / 64] |= UINT64_C(1) << reg % 64;
}
static inline bool sql_register_set_has(const struct sql_register_set *set, uint32_t reg)
{
    return set->words[reg / 64] >> reg % 64 & 1;
}
static inline void sql_register_set_join(struct sql_register_set *into,
                                         const struct sql_register_set *from)
{
    for (uint32_t i = 0; i < into->count; i++)
        into->words[i] |= from->words[i];
}

/* What the node itself reads; what it loads. Inputs are not looked at. */
void sql_node_reads(const struct sql_node *node, struct sql_register_set *set);
void sql_node_defines(const struct sql_node *node, struct sql_register_set *set);
/* The same for its whole tree. */
void sql_tree_reads(const struct sql_node *node, struct sql_register_set *set);
void sql_tree_defines(const struct sql_node *node, struct sql_register_set *set);
/* What the tree reads and does not load. */
bool sql_tree_outside(struct sql_planner *planner, const struct sql_node *node,
                      struct sql_outside *out);
/* Of a modification (modify_plan.c). */
void sql_modify_reads(const struct sql_node *node, struct sql_register_set *set);
void sql_modify_defines(const struct sql_node *node, struct sql_register_set *set);

#endif
