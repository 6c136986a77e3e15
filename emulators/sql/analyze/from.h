/* One item of FROM, for the files that analyse FROM. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_FROM_H
#define PARLEL_EMULATORS_SQL_ANALYZE_FROM_H

#include "emulators/sql/analyze/analysis.h"

struct from_result {
    struct sql_from *from;
    struct name_item *item; /* what the item's own columns are */
    struct name_list names; /* what it brings into sight */
};

bool analyze_from_item(struct analysis *a, const struct ast_node *node, struct from_result *out);
bool analyze_join(struct analysis *a, const struct ast_join *join, struct from_result *out);
bool analyze_from_function(struct analysis *a, const struct ast_from_function *node,
                           struct from_result *out);
bool analyze_xml_table(struct analysis *a, const struct ast_from_xml_table *node,
                       struct from_result *out);
bool analyze_json_table(struct analysis *a, const struct ast_from_json_table *node,
                        struct from_result *out);
bool list_names(struct analysis *a, struct name_list *list, struct name_item *item);
/* A leaf of FROM over the item's table, which is in sight by its name and columns. */
bool from_leaf(struct analysis *a, struct name_item *item, struct from_result *out);
/* Two tables of one name in a FROM are refused. */
bool check_name_conflicts(struct analysis *a, const struct name_list *left,
                          const struct name_list *right);
void set_lateral(const struct name_list *list, bool only, bool ok);

#endif
