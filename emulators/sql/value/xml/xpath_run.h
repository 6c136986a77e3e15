/* Parts of XPath's evaluator: values, steps and functions. What fails says why in the context. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_XML_XPATH_RUN_H
#define PARLEL_EMULATORS_SQL_VALUE_XML_XPATH_RUN_H

#include "emulators/sql/value/xml/xpath_tree.h"

/* The node that an expression is about, and where it stands among its likes (section 1). */
struct xpath_focus {
    const struct sql_xml_node *node;
    uint32_t position, size;
};

/* A growing set; nodes are added in any order and more than once until it is put in order. */
struct xpath_set {
    const struct sql_xml_node **nodes;
    uint32_t count, room;
    bool unsorted;
};

bool xpath_fail(struct sql_xpath_context *x, const char *problem);
bool xpath_fail_memory(struct sql_xpath_context *x);

bool xpath_set_add(struct sql_xpath_context *x, struct xpath_set *set,
                   const struct sql_xml_node *node);
/* Document order, each node once. */
void xpath_set_order(struct xpath_set *set);
void xpath_give_set(const struct xpath_set *set, struct sql_xpath_value *out);

/* Any expression. */
bool xpath_eval(struct sql_xpath_context *x, const struct sql_xpath *expr,
                const struct xpath_focus *focus, struct sql_xpath_value *out);
/* The steps of a path from each node of the set, which becomes their result. */
bool xpath_walk(struct sql_xpath_context *x, const struct xpath_step *steps, struct xpath_set *set);
/* A call of one of the functions of section 4. */
bool xpath_call(struct sql_xpath_context *x, const struct sql_xpath *call,
                const struct xpath_focus *focus, struct sql_xpath_value *out);

/* Conversions (sections 4.2 to 4.4). */
bool xpath_node_text(struct sql_xpath_context *x, const struct sql_xml_node *node,
                     struct slice *out);
bool xpath_to_text(struct sql_xpath_context *x, const struct sql_xpath_value *value,
                   struct slice *out);
bool xpath_to_number(struct sql_xpath_context *x, const struct sql_xpath_value *value, double *out);
bool xpath_to_boolean(const struct sql_xpath_value *value);
double xpath_text_number(struct slice text);

/* Two values compared by =, !=, <, <=, > or >= (section 3.4). */
bool xpath_compare(struct sql_xpath_context *x, enum xpath_op op,
                   const struct sql_xpath_value *left, const struct sql_xpath_value *right,
                   bool *out);

#endif
