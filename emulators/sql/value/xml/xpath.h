/* XPath 1.0: paths into XML documents.
 *
 * An expression is parsed into an arena and may be run any number of times. Running it gives a set of
 * nodes in document order, a boolean, a number or a string. Neither fails the statement but for
 * memory and cancellation: what is wrong with an expression is said in `problem`. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_XML_XPATH_H
#define PARLEL_EMULATORS_SQL_VALUE_XML_XPATH_H

#include "emulators/sql/value/type.h"
#include "emulators/sql/value/xml/xml_tree.h"

struct sql_xpath; /* an expression */

/* False: it is no expression, *problem says why. */
bool sql_xpath_parse(struct arena *arena, struct slice text, const struct sql_xpath **out,
                     const char **problem);

enum sql_xpath_kind {
    SQL_XPATH_NODES,
    SQL_XPATH_BOOLEAN,
    SQL_XPATH_NUMBER,
    SQL_XPATH_STRING,
};

struct sql_xpath_value {
    enum sql_xpath_kind kind;
    const struct sql_xml_node **nodes; /* in document order, each once */
    uint32_t count;
    bool boolean;
    double number;
    struct slice string;
};

struct sql_xpath_prefix {
    struct slice prefix, uri;
};

struct sql_xpath_context {
    struct sql_call *call; /* results are made in its arena */
    const struct sql_xml_node *node;
    const struct sql_xpath_prefix *prefixes; /* namespaces that names in the expression may mean */
    uint32_t prefix_count;
    const char *problem; /* why running failed; NULL: the statement's error says it */
};

bool sql_xpath_run(struct sql_xpath_context *context, const struct sql_xpath *path,
                   struct sql_xpath_value *out);

/* Appends the text of a number ("3", "0.5", "NaN", "-Infinity"). */
void sql_xpath_print_number(double number, struct sql_bytes *out);

#endif
