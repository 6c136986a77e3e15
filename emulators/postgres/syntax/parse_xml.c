#include "emulators/postgres/syntax/parser.h"

/* xml_attribute_list: values with names. */
static struct ast_list parse_attribute_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    do {
        struct ast_target *target = PG_NEW(p, TARGET, target, pg_here(p));
        target->value = pg_parse_a_expr(p);
        if (pg_accept(p, PG_KW_AS))
            target->name = pg_parse_col_label(p);
        pg_list_add(p, &list, &target->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

static void parse_element(struct pg_parser *p, struct ast_xml_expr *xml)
{
    pg_expect_two(p, '(', PG_KW_NAME);
    xml->name = pg_parse_col_label(p);
    bool more = pg_accept(p, ',');
    if (more && pg_at(p) == PG_KW_XMLATTRIBUTES && pg_peek(p, 1) == '(') {
        pg_skip(p);
        xml->attributes = parse_attribute_list(p);
        more = pg_accept(p, ',');
    }
    if (more)
        xml->args = pg_parse_expr_list(p);
    pg_expect(p, ')');
}

static bool parse_document_or_content(struct pg_parser *p)
{
    bool document = pg_accept(p, PG_KW_DOCUMENT);
    if (!document)
        pg_expect(p, PG_KW_CONTENT);
    return document;
}

static void parse_xmlparse(struct pg_parser *p, struct ast_xml_expr *xml)
{
    pg_expect(p, '(');
    xml->document = parse_document_or_content(p);
    pg_list_add(p, &xml->args, pg_parse_a_expr(p));
    bool preserve = pg_accept(p, PG_KW_PRESERVE);
    if (preserve || pg_accept(p, PG_KW_STRIP))
        pg_expect(p, PG_KW_WHITESPACE);
    pg_list_add(p, &xml->args, pg_boolean(p, preserve, -1));
    pg_expect(p, ')');
}

static void parse_pi(struct pg_parser *p, struct ast_xml_expr *xml)
{
    pg_expect_two(p, '(', PG_KW_NAME);
    xml->name = pg_parse_col_label(p);
    if (pg_accept(p, ','))
        pg_list_add(p, &xml->args, pg_parse_a_expr(p));
    pg_expect(p, ')');
}

/* opt_xml_root_standalone. */
static enum ast_xml_standalone parse_standalone(struct pg_parser *p)
{
    if (!pg_accept(p, ','))
        return AST_XML_STANDALONE_OMITTED;
    pg_expect(p, PG_KW_STANDALONE);
    if (pg_accept(p, PG_KW_YES))
        return AST_XML_STANDALONE_YES;
    pg_expect(p, PG_KW_NO);
    return pg_accept(p, PG_KW_VALUE) ? AST_XML_STANDALONE_NO_VALUE : AST_XML_STANDALONE_NO;
}

static void parse_root(struct pg_parser *p, struct ast_xml_expr *xml)
{
    pg_expect(p, '(');
    pg_list_add(p, &xml->args, pg_parse_a_expr(p));
    pg_expect_two(p, ',', PG_KW_VERSION);
    bool no_value = pg_at(p) == PG_KW_NO && pg_peek(p, 1) == PG_KW_VALUE;
    if (no_value) {
        pg_skip(p);
        pg_skip(p);
    }
    pg_list_add(p, &xml->args, no_value ? pg_null(p, -1) : pg_parse_a_expr(p));
    pg_list_add(p, &xml->args, pg_integer(p, (int32_t)parse_standalone(p), -1));
    pg_expect(p, ')');
}

static struct ast_node *parse_serialize(struct pg_parser *p, int32_t at)
{
    struct ast_xml_serialize *node = PG_NEW(p, XML_SERIALIZE, xml_serialize, at);
    pg_expect(p, '(');
    node->document = parse_document_or_content(p);
    node->arg = pg_parse_a_expr(p);
    pg_expect(p, PG_KW_AS);
    node->type = pg_parse_typename(p);
    pg_expect(p, ')');
    return &node->node;
}

/* xml_passing_mech: there is but one meaning of it. */
static void opt_passing_mechanism(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_BY) && !pg_accept(p, PG_KW_REF))
        pg_expect(p, PG_KW_VALUE);
}

struct ast_node *pg_parse_xmlexists_argument(struct pg_parser *p)
{
    pg_expect(p, PG_KW_PASSING);
    opt_passing_mechanism(p);
    struct ast_node *arg = pg_parse_c_expr(p);
    opt_passing_mechanism(p);
    return arg;
}

static struct ast_node *parse_xmlexists(struct pg_parser *p, int32_t at)
{
    struct ast_func_call *call = pg_call_of(p, "xmlexists", at);
    pg_expect(p, '(');
    pg_list_add(p, &call->args, pg_parse_c_expr(p));
    pg_list_add(p, &call->args, pg_parse_xmlexists_argument(p));
    pg_expect(p, ')');
    return &call->node;
}

struct ast_node *pg_parse_xml(struct pg_parser *p)
{
    uint16_t word = pg_at(p);
    int32_t at = pg_here(p);
    pg_skip(p);
    if (word == PG_KW_XMLEXISTS)
        return parse_xmlexists(p, at);
    if (word == PG_KW_XMLSERIALIZE)
        return parse_serialize(p, at);
    struct ast_xml_expr *xml = PG_NEW(p, XML_EXPR, xml_expr, at);
    switch (word) {
    case PG_KW_XMLELEMENT:
        xml->type = AST_XML_ELEMENT;
        parse_element(p, xml);
        break;
    case PG_KW_XMLFOREST:
        xml->type = AST_XML_FOREST;
        xml->attributes = parse_attribute_list(p);
        break;
    case PG_KW_XMLPARSE:
        xml->type = AST_XML_PARSE;
        parse_xmlparse(p, xml);
        break;
    case PG_KW_XMLPI:
        xml->type = AST_XML_PI;
        parse_pi(p, xml);
        break;
    case PG_KW_XMLROOT:
        xml->type = AST_XML_ROOT;
        parse_root(p, xml);
        break;
    default:
        xml->type = AST_XML_CONCAT;
        pg_expect(p, '(');
        xml->args = pg_parse_expr_list(p);
        pg_expect(p, ')');
        break;
    }
    return &xml->node;
}
