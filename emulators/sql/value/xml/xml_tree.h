/* XML documents as trees of nodes, and the reader that makes them (libexpat parses).
 *
 * Nodes, names and values live in the arena given to the reader and are not changed afterwards. A
 * document node is the root; what was read as content (no single root element needed) has a document
 * node, too. Adjacent characters are one text node; CDATA sections are nodes of their own.
 *
 * Failing is no error of the statement: the reader says what is wrong with the text, and the caller
 * knows what that means. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_XML_XML_TREE_H
#define PARLEL_EMULATORS_SQL_VALUE_XML_XML_TREE_H

#include "common/arena.h"

enum { SQL_XML_DEPTH_MAX = 256 }; /* of elements in each other */

enum sql_xml_kind {
    SQL_XML_DOCUMENT,
    SQL_XML_ELEMENT,
    SQL_XML_ATTRIBUTE,
    SQL_XML_NAMESPACE, /* name: the prefix, value: the URI */
    SQL_XML_TEXT,
    SQL_XML_CDATA,
    SQL_XML_COMMENT,
    SQL_XML_PI, /* name: the target */
};

struct sql_xml_node {
    enum sql_xml_kind kind;
    uint32_t order;    /* grows with document order; namespace nodes have that of their element */
    uint32_t suborder; /* of namespace nodes, from 1 */
    bool is_id;        /* an attribute that the document type, or xml:id, says is an ID */
    struct slice name; /* as written, prefix and all */
    struct slice local, uri;
    struct slice value; /* of all but documents and elements */
    struct sql_xml_node *parent, *previous, *next;
    struct sql_xml_node *first, *last; /* children */
    struct sql_xml_node *attributes;   /* a list by next, without the declarations of namespaces */
    struct sql_xml_node *declared;     /* SQL_XML_NAMESPACE nodes that the element declares */
};

/* What is wrong with a text. */
struct sql_xml_problem {
    bool out_of_memory;
    uint32_t line;
    struct slice message; /* in the arena; empty: nothing */
};

enum sql_xml_reading {
    SQL_XML_CHECK,      /* make no tree: *out is NULL */
    SQL_XML_PLAIN,      /* make one; prefixes without a namespace are part of names */
    SQL_XML_NAMESPACES, /* make one; each prefix must have a namespace */
};

struct sql_xml_input {
    struct slice text;
    bool content; /* not necessarily one root element */
    enum sql_xml_reading reading;
    /* Told of what is odd but allowed; NULL: nobody is. */
    void (*warn)(void *context, const struct sql_xml_problem *problem);
    void *context;
};

/* Reads UTF-8 text, whatever encoding its declaration names. */
bool sql_xml_read(struct arena *arena, const struct sql_xml_input *input, struct sql_xml_node **out,
                  struct sql_xml_problem *problem);

/* The namespace that the prefix ("": the default one) means at the element; ptr NULL: none. */
struct slice sql_xml_namespace(const struct sql_xml_node *element, struct slice prefix);
/* What stands before the colon of a name; empty without one. */
struct slice sql_xml_prefix(struct slice name);

#define SQL_XML_NAMESPACE_URI "http://www.w3.org/XML/1998/namespace"

#endif
