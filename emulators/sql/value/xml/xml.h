/* The type xml: a text that is a document, or content of one, of XML.
 *
 * The value is the text as it came, declaration and all; it is UTF-8 whatever the declaration says.
 * Functions that fail fill the call's error. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_XML_XML_H
#define PARLEL_EMULATORS_SQL_VALUE_XML_XML_H

#include "emulators/sql/value/xml/xml_tree.h"
#include "emulators/sql/value/xml/xpath.h"

/* ---- the declaration <?xml version="1.0" encoding="UTF-8" standalone="yes"?> */

enum { SQL_XML_STANDALONE_UNSAID = -1, SQL_XML_STANDALONE_NO, SQL_XML_STANDALONE_YES };

struct sql_xml_declaration {
    struct slice version, encoding; /* ptr NULL: not said */
    int standalone;
    size_t len; /* bytes of the text that it takes, 0: there is none */
};

/* False: there is one, but it is malformed. */
bool sql_xml_read_declaration(struct slice text, struct sql_xml_declaration *out);
/* Appends one unless it says what goes without saying; returns whether it did. The encoding is left
 * out. */
bool sql_xml_put_declaration(const struct sql_xml_declaration *declaration, struct sql_bytes *out);

/* ---- checking and reading */

/* Whether the text is a document, or content; *problem says why not. Fails for memory only. */
bool sql_xml_is_well_formed(struct sql_call *call, struct slice text, bool document, bool *out,
                            struct sql_xml_problem *problem);
/* 2200M or 2200N, when it is not. */
bool sql_xml_check(struct sql_call *call, struct slice text, bool document);
/* The tree of a document for XPath; 2200M when there is none. */
bool sql_xml_open(struct sql_call *call, struct slice text, struct sql_xml_node **out);

/* Fills the error with the problem as its detail; returns false. */
bool sql_xml_fail(struct sql_call *call, const char *sqlstate, const char *message,
                  const struct sql_xml_problem *problem);

/* ---- XPath */

/* A path from text: the code is that of what is wrong with it. */
bool sql_xml_compile_path(struct sql_call *call, const char *sqlstate, struct slice text,
                          const struct sql_xpath **out);
bool sql_xml_run_path(struct sql_xpath_context *context, const struct sql_xpath *path,
                      struct sql_xpath_value *out);
/* What a value of type xml looks like when it is one node, or not a set of nodes. */
bool sql_xml_put_node(struct sql_call *call, const struct sql_xml_node *node,
                      struct sql_bytes *out);
bool sql_xml_put_atom(struct sql_call *call, const struct sql_xpath_value *value,
                      struct sql_bytes *out);
/* The text of a value that is no set of nodes. */
bool sql_xml_atom_text(struct sql_call *call, const struct sql_xpath_value *value,
                       struct slice *out);

/* ---- names and values */

/* Appends a name of SQL as one of XML: what XML does not allow becomes _xHHHH_. full: colons and a
 * leading "xml", too; periods: periods, too. */
void sql_xml_put_name(struct slice name, bool full, bool periods, struct sql_bytes *out);
/* Appends a value as XML has it (ISO dates, base64 ...); escape: <, > and & are entities. */
bool sql_xml_put_value(struct sql_call *call, const struct sql_type *type, struct datum value,
                       bool escape, struct sql_bytes *out);

/* ---- the expressions XMLELEMENT ... */

enum sql_xml_op {
    SQL_XML_CONCAT,
    SQL_XML_ELEMENT_OF,
    SQL_XML_FOREST,
    SQL_XML_PARSE,
    SQL_XML_PI_OF,
    SQL_XML_ROOT,
    SQL_XML_IS_DOCUMENT,
    SQL_XML_SERIALIZE,
    SQL_XML_TABLE,
};

enum {
    SQL_XML_OPTION_DOCUMENT = 1, /* PARSE, SERIALIZE: rather than CONTENT */
    SQL_XML_OPTION_PRESERVE = 2, /* PARSE: PRESERVE WHITESPACE, which changes nothing */
    /* ROOT: 4 times an enum ast_xml_standalone. */
};

/* One such expression with its values: first those with names, then the arguments. */
struct sql_xml_operation {
    enum sql_xml_op op;
    uint32_t options;
    struct slice name;
    const struct slice *names;
    const struct sql_type *const *types;
    uint32_t named_count, arg_count;
};

bool sql_xml_make(struct sql_call *call, const struct sql_xml_operation *operation,
                  const struct datum *values, struct datum *out);

extern const struct sql_type_ops sql_xml_ops;
extern const struct sql_builtin sql_xml_builtins[];

#endif
