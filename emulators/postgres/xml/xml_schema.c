/* XML Schemas: what values, rows and tables look like in XML. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/xml/xml_map.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/value/bytea.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/xml/xml.h"

void pg_xml_put_root(const struct pg_xml_options *options, struct slice name, bool outermost,
                     bool described, struct sql_bytes *out)
{
    sql_bytes_printf(out, "<" SLICE_FMT, SLICE_ARG(name));
    if (outermost)
        sql_bytes_add_str(out, " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
    if (outermost && options->target.len)
        sql_bytes_printf(out, " xmlns=\"" SLICE_FMT "\"", SLICE_ARG(options->target));
    if (described && options->target.len)
        sql_bytes_printf(out, " xsi:schemaLocation=\"" SLICE_FMT " #\"",
                         SLICE_ARG(options->target));
    else if (described)
        sql_bytes_add_str(out, " xsi:noNamespaceSchemaLocation=\"#\"");
    sql_bytes_add_str(out, ">\n");
}

void pg_xml_put_root_end(struct slice name, struct sql_bytes *out)
{
    sql_bytes_printf(out, "</" SLICE_FMT ">\n", SLICE_ARG(name));
}

static void put_start(const struct pg_xml_options *options, struct sql_bytes *out)
{
    sql_bytes_add_str(out, "<xsd:schema\n    xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"");
    if (options->target.len)
        sql_bytes_printf(out,
                         "\n    targetNamespace=\"" SLICE_FMT "\"\n"
                         "    elementFormDefault=\"qualified\"",
                         SLICE_ARG(options->target));
    sql_bytes_add_str(out, ">\n\n");
}

/* ---- names */

/* Kind.part.part...; a part without ptr ends it. */
static void put_long_name(const char *kind, const struct slice parts[3], struct sql_bytes *out)
{
    sql_bytes_add_str(out, kind);
    for (int i = 0; i < 3 && parts[i].ptr; i++) {
        sql_bytes_add_char(out, '.');
        sql_xml_put_name(parts[i], true, true, out);
    }
}

static void put_object_name(struct sql_call *call, const char *kind, struct slice schema,
                            struct slice name, struct sql_bytes *out)
{
    struct slice parts[3] = {pg_call_session(call)->database_name, schema, name};
    put_long_name(kind, parts, out);
}

/* ---- types */

#define PATTERN_DATE "\\p{Nd}{4}-\\p{Nd}{2}-\\p{Nd}{2}"
#define PATTERN_TIME "\\p{Nd}{2}:\\p{Nd}{2}:\\p{Nd}{2}(.\\p{Nd}+)?"
#define PATTERN_ZONE "(\\+|-)\\p{Nd}{2}:\\p{Nd}{2}"

/* What the standard calls a type; base: of XML Schema, NULL: it is not said. */
static const struct known {
    const struct sql_type_ops *ops;
    const char *name; /* NULL: it goes by its own */
    const char *base, *most, *least, *pattern;
    bool on_one_line;
} known[] = {
    {&sql_bpchar_ops,      "CHAR",          "xsd:string",       NULL,                  NULL,                   NULL,                          false},
    {&sql_varchar_ops,     "VARCHAR",       "xsd:string",       NULL,                  NULL,                   NULL,                          false},
    {&sql_text_ops,        NULL,            "xsd:string",       NULL,                  NULL,                   NULL,                          false},
    {&sql_bytea_ops,       NULL,            "xsd:base64Binary", NULL,                  NULL,                   NULL,                          false},
    {&sql_numeric_ops,     "NUMERIC",       NULL,               NULL,                  NULL,                   NULL,                          false},
    {&sql_int2_ops,        "SMALLINT",      "xsd:short",        "32767",               "-32768",               NULL,                          false},
    {&sql_int4_ops,        "INTEGER",       "xsd:int",          "2147483647",          "-2147483648",          NULL,                          false},
    {&sql_int8_ops,        "BIGINT",        "xsd:long",         "9223372036854775807", "-9223372036854775808", NULL,
     false                                                                                                                                         },
    {&sql_float4_ops,      "REAL",          "xsd:float",        NULL,                  NULL,                   NULL,                          true },
    {&sql_float8_ops,      "DOUBLE",        "xsd:double",       NULL,                  NULL,                   NULL,                          true },
    {&sql_bool_ops,        "BOOLEAN",       "xsd:boolean",      NULL,                  NULL,                   NULL,                          true },
    {&sql_date_ops,        "DATE",          "xsd:date",         NULL,                  NULL,                   PATTERN_DATE,                  false},
    {&sql_time_ops,        "TIME",          "xsd:time",         NULL,                  NULL,                   PATTERN_TIME,                  false},
    {&sql_timetz_ops,      "TIME_WTZ",      "xsd:time",         NULL,                  NULL,                   PATTERN_TIME PATTERN_ZONE,     false},
    {&sql_timestamp_ops,   "TIMESTAMP",     "xsd:dateTime",     NULL,                  NULL,                   PATTERN_DATE "T" PATTERN_TIME,
     false                                                                                                                                         },
    {&sql_timestamptz_ops, "TIMESTAMP_WTZ", "xsd:dateTime",     NULL,                  NULL,
     PATTERN_DATE "T" PATTERN_TIME PATTERN_ZONE,                                                                                              false},
    {&sql_xml_ops,         "XML",           NULL,               NULL,                  NULL,                   NULL,                          false},
};

static const struct known *find_known(const struct sql_type *type)
{
    for (size_t i = 0; type->kind == SQL_TYPE_BASE && i < sizeof known / sizeof *known; i++)
        if (known[i].ops == type->ops)
            return &known[i];
    return NULL;
}

static bool put_type_name(struct sql_call *call, const struct sql_type *type, int32_t typmod,
                          struct sql_bytes *out)
{
    const struct known *is = find_known(type);
    if (!is || !is->name) {
        const struct sql_schema *schema = sql_find_schema_id(call->env->session, type->schema);
        put_object_name(call, type->kind == SQL_TYPE_DOMAIN ? "Domain" : "UDT",
                        schema ? schema->object.name : slice_of("", 0), type->name, out);
        return true;
    }
    sql_bytes_add_str(out, is->name);
    if (typmod < 0)
        return true;
    if (is->ops == &sql_bpchar_ops || is->ops == &sql_varchar_ops)
        sql_bytes_printf(out, "_%d", (int)typmod - SQL_TYPMOD_EXTRA);
    else if (is->ops == &sql_numeric_ops)
        sql_bytes_printf(out, "_%d_%d", (int)((typmod - SQL_TYPMOD_EXTRA) >> 16 & 0xffff),
                         (int)((typmod - SQL_TYPMOD_EXTRA) & 0xffff));
    else if (is->pattern && is->ops != &sql_date_ops)
        sql_bytes_printf(out, "_%d", (int)typmod);
    return true;
}

static void put_restriction(struct sql_call *call, const struct known *is, struct sql_bytes *out)
{
    bool hex = is->ops == &sql_bytea_ops && call->env->format->xml_hex;
    sql_bytes_printf(out, "  <xsd:restriction base=\"%s\">%s", hex ? "xsd:hexBinary" : is->base,
                     is->on_one_line ? "" : "\n");
    if (is->most)
        sql_bytes_printf(out,
                         "    <xsd:maxInclusive value=\"%s\"/>\n"
                         "    <xsd:minInclusive value=\"%s\"/>\n",
                         is->most, is->least);
    if (is->pattern)
        sql_bytes_printf(out, "    <xsd:pattern value=\"%s\"/>\n", is->pattern);
    sql_bytes_printf(out, "%s</xsd:restriction>\n", is->on_one_line ? "" : "  ");
}

static bool put_type(struct sql_call *call, const struct sql_type *type, struct sql_bytes *out)
{
    const struct known *is = find_known(type);
    if (is && is->ops == &sql_xml_ops) {
        sql_bytes_add_str(out, "<xsd:complexType mixed=\"true\">\n"
                               "  <xsd:sequence>\n"
                               "    <xsd:any name=\"element\" minOccurs=\"0\" "
                               "maxOccurs=\"unbounded\" processContents=\"skip\"/>\n"
                               "  </xsd:sequence>\n"
                               "</xsd:complexType>\n\n");
        return true;
    }
    sql_bytes_add_str(out, "<xsd:simpleType name=\"");
    put_type_name(call, type, -1, out);
    sql_bytes_add_str(out, "\">\n");
    if (is && is->base)
        put_restriction(call, is, out);
    if (type->kind == SQL_TYPE_DOMAIN) {
        const struct sql_type *base = sql_call_find_type(call, type->base);
        if (!base)
            return false;
        sql_bytes_add_str(out, "  <xsd:restriction base=\"");
        put_type_name(call, base, type->base_typmod, out);
        sql_bytes_add_str(out, "\"/>\n");
    }
    sql_bytes_add_str(out, "</xsd:simpleType>\n\n");
    return true;
}

struct type_list {
    const struct sql_type **items;
    uint32_t count;
};

static bool add_type(struct sql_call *call, struct type_list *list, uint32_t id)
{
    const struct sql_type *type = sql_call_find_type(call, id);
    if (!type)
        return false;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i]->id == id)
            return true;
    list->items[list->count++] = type;
    return true;
}

/* Each type once; what domains are made of comes last. */
static bool put_types(struct sql_call *call, const struct pg_xml_tables *tables,
                      struct sql_bytes *out)
{
    struct type_list list = {0};
    uint32_t room = 0;
    for (uint32_t t = 0; t < tables->count; t++)
        room += 2 * tables->items[t].column_count;
    list.items = arena_array(call->arena, room + 1u, sizeof(*list.items));
    if (!list.items)
        return sql_fail_memory(call->env->error);
    for (uint32_t t = 0; t < tables->count; t++)
        for (uint32_t i = 0; i < tables->items[t].column_count; i++)
            if (!add_type(call, &list, tables->items[t].columns[i].type))
                return false;
    for (uint32_t i = 0, own = list.count; i < own; i++) {
        const struct sql_type *base = list.items[i];
        while (base && base->kind == SQL_TYPE_DOMAIN)
            base = sql_call_find_type(call, base->base);
        if (!base || !add_type(call, &list, base->id))
            return false;
    }
    for (uint32_t i = 0; i < list.count; i++)
        if (!put_type(call, list.items[i], out))
            return false;
    return true;
}

/* ---- rows and tables */

static void put_table_name(struct sql_call *call, const char *kind,
                           const struct pg_xml_table *table, struct sql_bytes *out)
{
    if (table->name.ptr)
        put_object_name(call, kind, table->schema, table->name, out);
    else
        sql_bytes_add_str(out, kind);
}

static bool put_row_type(struct sql_call *call, const struct pg_xml_options *options,
                         const struct pg_xml_table *table, struct sql_bytes *out)
{
    sql_bytes_add_str(out, "<xsd:complexType name=\"");
    put_table_name(call, "RowType", table, out);
    sql_bytes_add_str(out, "\">\n  <xsd:sequence>\n");
    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct sql_type *type = sql_call_find_type(call, table->columns[i].type);
        if (!type)
            return false;
        sql_bytes_add_str(out, "    <xsd:element name=\"");
        sql_xml_put_name(table->columns[i].name, true, false, out);
        sql_bytes_add_str(out, "\" type=\"");
        put_type_name(call, type, -1, out);
        sql_bytes_add_str(out, options->nulls ? "\" nillable=\"true\"></xsd:element>\n"
                                              : "\" minOccurs=\"0\"></xsd:element>\n");
    }
    sql_bytes_add_str(out, "  </xsd:sequence>\n</xsd:complexType>\n\n");
    return true;
}

bool pg_xml_put_table_schema(struct sql_call *call, const struct pg_xml_options *options,
                             const struct pg_xml_table *table, struct sql_bytes *out)
{
    struct pg_xml_table copy = *table;
    struct pg_xml_tables one = {&copy, 1};
    put_start(options, out);
    if (!put_types(call, &one, out) || !put_row_type(call, options, table, out))
        return false;
    if (!options->forest) {
        sql_bytes_add_str(out, "<xsd:complexType name=\"");
        put_table_name(call, "TableType", table, out);
        sql_bytes_add_str(out, "\">\n  <xsd:sequence>\n    <xsd:element name=\"row\" type=\"");
        put_table_name(call, "RowType", table, out);
        sql_bytes_add_str(out, "\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>\n"
                               "  </xsd:sequence>\n</xsd:complexType>\n\n");
    }
    sql_bytes_add_str(out, "<xsd:element name=\"");
    if (table->name.ptr)
        sql_xml_put_name(table->name, true, false, out);
    else
        sql_bytes_add_str(out, options->forest ? "row" : "table");
    sql_bytes_add_str(out, "\" type=\"");
    put_table_name(call, options->forest ? "RowType" : "TableType", table, out);
    sql_bytes_add_str(out, "\"/>\n\n</xsd:schema>");
    return true;
}

/* ---- schemas and databases */

static void put_element_end(struct sql_call *call, const char *kind, struct slice schema,
                            struct slice name, struct sql_bytes *out)
{
    sql_bytes_add_str(out, "</xsd:complexType>\n\n<xsd:element name=\"");
    sql_xml_put_name(name, true, false, out);
    sql_bytes_add_str(out, "\" type=\"");
    put_object_name(call, kind, schema, slice_of(NULL, 0), out);
    sql_bytes_add_str(out, "\"/>\n\n</xsd:schema>");
}

bool pg_xml_put_schema_schema(struct sql_call *call, const struct pg_xml_options *options,
                              struct slice schema, const struct pg_xml_tables *tables,
                              struct sql_bytes *out)
{
    put_start(options, out);
    if (!put_types(call, tables, out))
        return false;
    sql_bytes_add_str(out, "<xsd:complexType name=\"");
    put_object_name(call, "SchemaType", schema, slice_of(NULL, 0), out);
    sql_bytes_add_str(out, options->forest ? "\">\n  <xsd:sequence>\n" : "\">\n  <xsd:all>\n");
    for (uint32_t i = 0; i < tables->count; i++) {
        sql_bytes_add_str(out, "    <xsd:element name=\"");
        sql_xml_put_name(tables->items[i].name, true, false, out);
        sql_bytes_add_str(out, "\" type=\"");
        put_table_name(call, options->forest ? "RowType" : "TableType", &tables->items[i], out);
        sql_bytes_add_str(out, options->forest ? "\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>\n"
                                               : "\"/>\n");
    }
    sql_bytes_add_str(out, options->forest ? "  </xsd:sequence>\n" : "  </xsd:all>\n");
    put_element_end(call, "SchemaType", schema, schema, out);
    return true;
}

bool pg_xml_put_database_schema(struct sql_call *call, const struct pg_xml_options *options,
                                const struct slice *schemas, uint32_t schema_count,
                                const struct pg_xml_tables *tables, struct sql_bytes *out)
{
    struct slice none = slice_of(NULL, 0);
    put_start(options, out);
    if (!put_types(call, tables, out))
        return false;
    sql_bytes_add_str(out, "<xsd:complexType name=\"");
    put_object_name(call, "CatalogType", none, none, out);
    sql_bytes_add_str(out, "\">\n  <xsd:all>\n");
    for (uint32_t i = 0; i < schema_count; i++) {
        sql_bytes_add_str(out, "    <xsd:element name=\"");
        sql_xml_put_name(schemas[i], true, false, out);
        sql_bytes_add_str(out, "\" type=\"");
        put_object_name(call, "SchemaType", schemas[i], none, out);
        sql_bytes_add_str(out, "\"/>\n");
    }
    sql_bytes_add_str(out, "  </xsd:all>\n");
    put_element_end(call, "CatalogType", none, pg_call_session(call)->database_name, out);
    return true;
}
