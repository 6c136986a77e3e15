/* XML expressions with words of their own, and XMLTABLE. */
#include "emulators/sql/value/xml/xml.h"

#include "emulators/sql/analyze/from.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/bytes.h"

static const struct {
    enum sql_xml_op op;
    const char *name;
} operations[] = {
    [AST_XML_CONCAT] = {SQL_XML_CONCAT,      "XMLCONCAT"  },
    [AST_XML_ELEMENT] = {SQL_XML_ELEMENT_OF,  "XMLELEMENT" },
    [AST_XML_FOREST] = {SQL_XML_FOREST,      "XMLFOREST"  },
    [AST_XML_PARSE] = {SQL_XML_PARSE,       "XMLPARSE"   },
    [AST_XML_PI] = {SQL_XML_PI_OF,       "XMLPI"      },
    [AST_XML_ROOT] = {SQL_XML_ROOT,        "XMLROOT"    },
    [AST_XML_IS_DOCUMENT] = {SQL_XML_IS_DOCUMENT, "IS DOCUMENT"},
};

/* A name of SQL as one of XML. */
static bool map_name(struct analysis *a, struct slice name, bool full, struct slice *out)
{
    struct sql_bytes bytes;
    sql_bytes_init(&bytes, a->env->arena);
    sql_xml_put_name(name, full, false, &bytes);
    *out = sql_bytes_slice(&bytes);
    return !bytes.failed || sql_fail_memory(a->env->error);
}

/* The name of an attribute or of an element of a forest: as written, or the column's. */
static bool name_target(struct analysis *a, const struct ast_target *target, bool attribute,
                        struct slice *out)
{
    if (target->name.ptr)
        return map_name(a, target->name, false, out);
    if (target->value->kind == AST_COLUMN_REF) {
        const struct ast_list *fields = &((const struct ast_column_ref *)target->value)->fields;
        const struct ast_node *last = fields->items[fields->count - 1];
        if (last->kind == AST_NAME)
            return map_name(a, ((const struct ast_name *)last)->names.items[0], true, out);
    }
    return fail_at(a, ast_location(target->value), "42601",
                   attribute ? "unnamed XML attribute value must be a column reference"
                             : "unnamed XML element value must be a column reference");
}

/* Room for so many expressions with names. */
static bool begin_named(struct analysis *a, struct sql_expr_special *xml, uint32_t count)
{
    xml->named.items = analysis_alloc(a, sizeof *xml->named.items * (count + 1));
    xml->names = analysis_alloc(a, sizeof *xml->names * (count + 1));
    return xml->named.items && xml->names;
}

static bool analyze_named(struct analysis *a, const struct ast_xml_expr *node,
                          struct sql_expr_special *xml)
{
    const struct ast_list *list = &node->attributes;
    bool attributes = node->type == AST_XML_ELEMENT;
    if (!begin_named(a, xml, list->count))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_target *target = (const struct ast_target *)list->items[i];
        if (!(xml->named.items[i] = analyze_here(a, target->value)) ||
            !name_target(a, target, attributes, &xml->names[i]))
            return false;
        for (uint32_t k = 0; attributes && k < i; k++)
            if (slice_eq(xml->names[k], xml->names[i]))
                return fail_at(a, ast_location(target->value), "42601",
                               "XML attribute name \"" SLICE_FMT "\" appears more than once",
                               SLICE_ARG(xml->names[i]));
        xml->named.count++;
    }
    return true;
}

/* PARSE and ROOT have constants behind their arguments: they become options. */
static uint32_t written_options(const struct ast_xml_expr *node)
{
    const struct ast_node *last = node->args.count ? node->args.items[node->args.count - 1] : NULL;
    const struct ast_const *constant = (const struct ast_const *)last;
    if (node->type == AST_XML_ROOT)
        return 4 * (uint32_t)constant->integer;
    if (node->type != AST_XML_PARSE)
        return 0;
    return (node->document ? SQL_XML_OPTION_DOCUMENT : 0) |
           (constant->boolean ? SQL_XML_OPTION_PRESERVE : 0);
}

/* The type that an argument must have; 0: any. */
static uint32_t wanted_type(struct analysis *a, enum ast_xml_type type, uint32_t index)
{
    switch (type) {
    case AST_XML_CONCAT:
    case AST_XML_IS_DOCUMENT: return a->known->xml;
    case AST_XML_ROOT: return index ? a->known->text : a->known->xml;
    case AST_XML_PARSE:
    case AST_XML_PI: return a->known->text;
    default: return 0;
    }
}

struct sql_expr *analyze_xml(struct analysis *a, const struct ast_node *ast)
{
    const struct ast_xml_expr *node = (const struct ast_xml_expr *)ast;
    bool test = node->type == AST_XML_IS_DOCUMENT;
    bool constant = node->type == AST_XML_PARSE || node->type == AST_XML_ROOT;
    struct sql_expr_special *xml = (void *)make_expr(
        a, SQL_EXPR_XML, sizeof *xml, test ? a->known->boolean : a->known->xml, ast->location);
    if (!xml)
        return NULL;
    struct ast_list args = {node->args.items, node->args.count - constant};
    xml->op = operations[node->type].op;
    xml->options = written_options(node);
    if (!map_name(a, node->name, false, &xml->name) || !analyze_named(a, node, xml) ||
        !analyze_list(a, &args, a->place, &xml->args))
        return NULL;
    for (uint32_t i = 0; i < xml->args.count; i++) {
        uint32_t type = wanted_type(a, node->type, i);
        if (type &&
            !coerce_to_specific(a, &xml->args.items[i], type, -1, operations[node->type].name))
            return NULL;
    }
    return &xml->expr;
}

struct sql_expr *analyze_xml_serialize(struct analysis *a, const struct ast_node *ast)
{
    const struct ast_xml_serialize *node = (const struct ast_xml_serialize *)ast;
    struct sql_expr *result;
    struct sql_expr_special *xml =
        (void *)make_expr(a, SQL_EXPR_XML, sizeof *xml, a->known->text, ast->location);
    struct ast_node *arg = node->arg;
    struct ast_list args = {&arg, 1};
    if (!xml || !analyze_list(a, &args, a->place, &xml->args) ||
        !coerce_to_specific(a, &xml->args.items[0], a->known->xml, -1, "XMLSERIALIZE") ||
        !analyze_type(a, node->type, &xml->target_type, &xml->target_typmod))
        return NULL;
    xml->op = SQL_XML_SERIALIZE;
    xml->options = node->document ? SQL_XML_OPTION_DOCUMENT : 0;
    xml->expr.collation = type_of(a, a->known->text)->collation;
    if (!coerce_to_target(a, &xml->expr, xml->target_type, xml->target_typmod, COERCE_IMPLICIT,
                          SQL_FORM_CAST_IMPLICIT, -1, &result))
        return NULL;
    if (!result)
        fail_at(a, ast->location, "42846", "cannot cast XMLSERIALIZE result to " SLICE_FMT,
                SLICE_ARG(type_text(a, xml->target_type)));
    return result;
}

/* ---- XMLTABLE */

static const char table_name[] = "XMLTABLE";

static bool analyze_as(struct analysis *a, const struct ast_node *node, uint32_t type,
                       int32_t typmod, struct sql_expr **out)
{
    *out = analyze_node(a, node, PLACE_FROM_FUNCTION);
    return *out && coerce_to_specific(a, out, type, typmod, table_name);
}

static bool check_column_name(struct analysis *a, const struct sql_table *table,
                              const struct ast_xml_table_column *column, uint32_t before)
{
    for (uint32_t i = 0; i < before; i++)
        if (slice_eq(table->columns[i], column->name))
            return fail_at(a, column->node.location, "42601",
                           "column name \"" SLICE_FMT "\" is not unique", SLICE_ARG(column->name));
    return true;
}

static bool analyze_column(struct analysis *a, struct sql_table *table,
                           const struct ast_xml_table_column *column, uint32_t at)
{
    struct sql_expr_special *xml = table->special;
    table->columns[at] = column->name;
    table->typmods[at] = -1;
    table->collations[at] = 0;
    table->types[at] = a->known->int4;
    if (column->for_ordinality) {
        if (xml->ordinality)
            return fail_at(a, column->node.location, "42601",
                           "only one FOR ORDINALITY column is allowed");
        xml->ordinality = at + 1;
        return check_column_name(a, table, column, at);
    }
    if (column->type->setof)
        return fail_at(a, column->node.location, "42P16",
                       "column \"" SLICE_FMT "\" cannot be declared SETOF",
                       SLICE_ARG(column->name));
    if (!analyze_type(a, column->type, &table->types[at], &table->typmods[at]))
        return false;
    table->collations[at] = type_of(a, table->types[at])->collation;
    xml->not_null[at] = column->not_null;
    return (!column->path ||
            analyze_as(a, column->path, a->known->text, -1, &xml->paths.items[at])) &&
           (!column->default_value || analyze_as(a, column->default_value, table->types[at],
                                                 table->typmods[at], &xml->defaults.items[at])) &&
           check_column_name(a, table, column, at);
}

static bool analyze_columns(struct analysis *a, struct sql_table *table,
                            const struct ast_list *list)
{
    struct sql_expr_special *xml = table->special;
    uint32_t count = list->count;
    xml->paths = (struct sql_exprs){analysis_alloc(a, sizeof(void *) * (count + 1)), count};
    xml->defaults = (struct sql_exprs){analysis_alloc(a, sizeof(void *) * (count + 1)), count};
    xml->not_null = analysis_alloc(a, count + 1);
    xml->column_count = count;
    if (!xml->paths.items || !xml->defaults.items || !xml->not_null || !table_room(a, table, count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!analyze_column(a, table, (const struct ast_xml_table_column *)list->items[i], i))
            return false;
    return true;
}

static bool analyze_namespaces(struct analysis *a, const struct ast_list *list,
                               struct sql_expr_special *xml)
{
    if (!begin_named(a, xml, list->count))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_target *target = (const struct ast_target *)list->items[i];
        xml->names[i] = target->name.ptr ? target->name : slice_of("", 0);
        if (!analyze_as(a, target->value, a->known->text, -1, &xml->named.items[i]))
            return false;
        for (uint32_t k = 0; k < i; k++) {
            if (!slice_eq(xml->names[k], xml->names[i]))
                continue;
            return target->name.ptr ? fail_at(a, target->node.location, "42601",
                                              "namespace name \"" SLICE_FMT "\" is not unique",
                                              SLICE_ARG(target->name))
                                    : fail_at(a, target->node.location, "42601",
                                              "only one default namespace is allowed");
        }
        xml->named.count++;
    }
    return true;
}

static bool analyze_table(struct analysis *a, const struct ast_from_xml_table *node,
                          struct sql_table *table)
{
    struct sql_expr_special *xml = table->special;
    xml->args = (struct sql_exprs){analysis_alloc(a, 2 * sizeof(void *)), 2};
    return xml->args.items &&
           analyze_as(a, node->document, a->known->xml, -1, &xml->args.items[1]) &&
           analyze_as(a, node->row, a->known->text, -1, &xml->args.items[0]) &&
           analyze_columns(a, table, &node->columns) &&
           analyze_namespaces(a, &node->namespaces, xml) && assign_expr_collations(a, &xml->expr);
}

static bool reads_columns(struct sql_expr *expr, void *context)
{
    return contains_columns(expr, 0) || sql_expr_walk(expr, reads_columns, context);
}

bool analyze_xml_table(struct analysis *a, const struct ast_from_xml_table *node,
                       struct from_result *out)
{
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    bool lateral = a->lateral_active;
    if (!table)
        return false;
    table->special =
        (void *)make_expr(a, SQL_EXPR_XML, sizeof *table->special, 0, node->node.location);
    if (!table->special)
        return false;
    table->special->op = SQL_XML_TABLE;
    a->lateral_active = true; /* it may read its neighbours without the word */
    bool done = analyze_table(a, node, table);
    a->lateral_active = lateral;
    if (!done)
        return false;
    table->kind = SQL_TABLE_XMLJSON;
    table->name = slice_str("xmltable");
    table->lateral = node->lateral || sql_expr_walk(&table->special->expr, reads_columns, NULL);
    table->in_from = true;
    table->location = node->node.location;
    if (node->alias && node->alias->columns.count > table->column_count)
        return fail_at(a, node->alias->node.location, "42P10",
                       "XMLTABLE function has %u columns available but %u columns specified",
                       (unsigned)table->column_count, (unsigned)node->alias->columns.count);
    struct name_item *item = add_table(a, table, node->alias, "function");
    return item && from_leaf(a, item, out);
}
