/* Tables, queries, schemas and databases as XML, and their XML Schemas (SQL:2003 part 14, 9). */
#ifndef PARLEL_EMULATORS_POSTGRES_XML_MAP_H
#define PARLEL_EMULATORS_POSTGRES_XML_MAP_H

#include "emulators/sql/exec/exec.h"
#include "emulators/sql/value/call.h"

struct pg_xml_options {
    bool nulls;  /* NULLs are elements with xsi:nil; else left out */
    bool forest; /* each row an element of the table's name; else <row> in one such element */
    struct slice target; /* the namespace; may be empty */
};

/* What is mapped: a table, or a query (name.ptr NULL). */
struct pg_xml_table {
    struct slice schema, name;
    struct slice text; /* the query that gives its rows */
    const struct sql_result_column *columns;
    uint32_t column_count;
};

struct pg_xml_tables {
    struct pg_xml_table *items;
    uint32_t count;
};

/* Appends the start of a root element: <name xmlns:xsi=... when it is the outermost one. described: a
 * schema follows. */
void pg_xml_put_root(const struct pg_xml_options *options, struct slice name, bool outermost,
                     bool described, struct sql_bytes *out);
void pg_xml_put_root_end(struct slice name, struct sql_bytes *out);

/* Appends the XML Schema of one table or query. */
bool pg_xml_put_table_schema(struct sql_call *call, const struct pg_xml_options *options,
                             const struct pg_xml_table *table, struct sql_bytes *out);
/* Of a schema with its tables; of a database with its schemas and all tables of theirs. */
bool pg_xml_put_schema_schema(struct sql_call *call, const struct pg_xml_options *options,
                              struct slice schema, const struct pg_xml_tables *tables,
                              struct sql_bytes *out);
bool pg_xml_put_database_schema(struct sql_call *call, const struct pg_xml_options *options,
                                const struct slice *schemas, uint32_t schema_count,
                                const struct pg_xml_tables *tables, struct sql_bytes *out);

#endif
