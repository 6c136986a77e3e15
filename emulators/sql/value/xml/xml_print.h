/* Trees of XML back as text, and the escapes of XML. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_XML_XML_PRINT_H
#define PARLEL_EMULATORS_SQL_VALUE_XML_XML_PRINT_H

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/xml/xml_tree.h"

/* Appends the node as if it were a document of its own: an element declares all namespaces that it
 * uses, a document's children stand on lines. */
void sql_xml_print(const struct sql_xml_node *node, struct sql_bytes *out);

/* Appends the string-value of XPath: the text in it, or the value that it has. */
void sql_xml_print_text(const struct sql_xml_node *node, struct sql_bytes *out);

/* Appends characters with <, > and & as entities; a carriage return as &#x0d;. */
void sql_xml_escape(struct slice text, struct sql_bytes *out);
/* Likewise between the quotes of an attribute: ", tab and line ends, too. */
void sql_xml_escape_attribute(struct slice text, struct sql_bytes *out);

#endif
