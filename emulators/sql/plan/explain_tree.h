/* Inside EXPLAIN: what its files share while one plan is written. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_EXPLAIN_TREE_H
#define PARLEL_EMULATORS_SQL_PLAN_EXPLAIN_TREE_H

#include "common/fiber.h"
#include "emulators/sql/exec/run.h"
#include "emulators/sql/plan/explain.h"
#include "emulators/sql/plan/modify.h"
#include "emulators/sql/plan/problem.h"

struct sql_explainer {
    struct sql_env *env;
    const struct sql_plan *plan;
    struct sql_run *run;
    const struct sql_explain_options *options;
    struct sql_explain_writer *writer;
    bool several; /* tables are read by the statement: columns are told apart by their names */
    bool prefix;  /* columns of nodes that scan nothing have them */
    struct sql_explain_link *links;
    uint32_t link_count;
    struct sql_explain_subplan {
        const struct sql_node *owner; /* below which it is shown; NULL: nowhere */
        struct slice title;           /* InitPlan 1 (returns $0) */
        bool init;
    } * subplans;                    /* one a subplan */
    const struct sql_node **sources; /* of WITH queries, one a spool; NULL: none */
    struct slice *source_titles;
};

/* How a node hangs on the one above it. */
struct sql_explain_place {
    const char *relationship; /* NULL: it is the top */
    struct slice name;        /* of a subplan */
    bool hash;                /* a Hash node stands between a hash join and its inner side, */
    bool bitmap;              /* and a Bitmap Index Scan below a scan in heap order */
};

bool sql_explain_tree(struct sql_explainer *e, const struct sql_node *node,
                      const struct sql_explain_place *place);

/* explain_node.c: the line in text; the properties that stand for it in other formats; what follows
 * the numbers. */
bool sql_explain_title(struct sql_explainer *e, const struct sql_node *node,
                       const struct sql_explain_place *place);
bool sql_explain_attributes(struct sql_explainer *e, const struct sql_node *node,
                            const struct sql_explain_place *place);
bool sql_explain_details(struct sql_explainer *e, const struct sql_node *node,
                         const struct sql_state *state);

/* Does a scan find its rows by a bitmap? And the condition below it. */
bool sql_explain_has_bitmap(const struct sql_node *node);
bool sql_explain_bitmap_details(struct sql_explainer *e, const struct sql_node *node);

/* explain_subplan.c */
bool sql_explain_name_subplans(struct sql_explainer *e);
bool sql_explain_has_children(const struct sql_explainer *e, const struct sql_node *node);
bool sql_explain_init_plans(struct sql_explainer *e, const struct sql_node *node);
bool sql_explain_sub_plans(struct sql_explainer *e, const struct sql_node *node);

#endif
