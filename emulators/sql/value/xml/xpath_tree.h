/* The tree of an XPath expression, between its parser and its evaluator. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_XML_XPATH_TREE_H
#define PARLEL_EMULATORS_SQL_VALUE_XML_XPATH_TREE_H

#include "emulators/sql/value/xml/xpath.h"

enum xpath_op {
    XPATH_OR,
    XPATH_AND,
    XPATH_EQ,
    XPATH_NE,
    XPATH_LT,
    XPATH_LE,
    XPATH_GT,
    XPATH_GE,
    XPATH_ADD,
    XPATH_SUBTRACT,
    XPATH_MULTIPLY,
    XPATH_DIVIDE,
    XPATH_MODULO,
    XPATH_UNION,
    XPATH_NEGATE,   /* args: one */
    XPATH_NUMBER,   /* number */
    XPATH_LITERAL,  /* text */
    XPATH_VARIABLE, /* text: its name */
    XPATH_CALL,     /* text: the function's name, args */
    XPATH_PATH,     /* args[0], if any, is where it starts; steps */
};

enum xpath_axis {
    XPATH_ANCESTOR,
    XPATH_ANCESTOR_OR_SELF,
    XPATH_ATTRIBUTE,
    XPATH_CHILD,
    XPATH_DESCENDANT,
    XPATH_DESCENDANT_OR_SELF,
    XPATH_FOLLOWING,
    XPATH_FOLLOWING_SIBLING,
    XPATH_NAMESPACE,
    XPATH_PARENT,
    XPATH_PRECEDING,
    XPATH_PRECEDING_SIBLING,
    XPATH_SELF,
};

enum xpath_test {
    XPATH_ANY_NODE,  /* node() */
    XPATH_TEXT,      /* text() */
    XPATH_COMMENT,   /* comment() */
    XPATH_PI,        /* processing-instruction('name'); name may be empty */
    XPATH_NAME,      /* name, prefix:name */
    XPATH_ANY_NAME,  /* * */
    XPATH_NAMESPACED /* prefix:* */
};

struct xpath_step {
    struct xpath_step *next;
    enum xpath_axis axis;
    enum xpath_test test;
    bool predicates_only; /* (expr)[...]: of the whole set, no step of its own */
    struct slice prefix, name;
    struct sql_xpath **predicates;
    uint32_t predicate_count;
};

struct sql_xpath {
    enum xpath_op op;
    double number;
    struct slice text;
    struct sql_xpath **args;
    uint32_t arg_count;
    bool absolute; /* PATH: from the document */
    struct xpath_step *steps;
};

#endif
