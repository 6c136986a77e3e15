#include "emulators/sql/value/xml/xml_tree.h"

#include <expat.h>

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/text_scan.h"

/* Entities that mention entities are read by recursion; no more of them may be declared. */
enum { NESTED_ENTITIES_MAX = 40 };

struct tree_reader {
    struct arena *arena;
    const struct sql_xml_input *input;
    struct sql_xml_problem *problem;
    XML_Parser parser;
    struct sql_xml_node *open; /* the innermost node that is not closed yet */
    uint32_t depth, order, nested_entities;
    bool in_cdata, wrapper_open;
    struct sql_bytes text; /* of the text node or section that is being read */
};

static void fail(struct tree_reader *r, const char *format, struct slice what, struct slice where)
{
    if (r->problem->message.len || r->problem->out_of_memory)
        return;
    struct sql_bytes message = {.arena = r->arena};
    for (const char *at = format; *at; at++) {
        if (*at == '1')
            sql_bytes_add_slice(&message, what);
        else if (*at == '2')
            sql_bytes_add_slice(&message, where);
        else
            sql_bytes_add_char(&message, *at);
    }
    r->problem->line = (uint32_t)XML_GetCurrentLineNumber(r->parser);
    r->problem->message = sql_bytes_slice(&message);
    r->problem->out_of_memory = message.failed;
    XML_StopParser(r->parser, XML_FALSE);
}

static void fail_memory(struct tree_reader *r)
{
    r->problem->out_of_memory = true;
    XML_StopParser(r->parser, XML_FALSE);
}

/* ---- nodes */

static struct sql_xml_node *make_node(struct tree_reader *r, enum sql_xml_kind kind,
                                      struct slice name, struct slice value)
{
    struct sql_xml_node *node = arena_zalloc(r->arena, sizeof *node);
    struct slice kept_name = arena_dup(r->arena, name), kept_value = arena_dup(r->arena, value);
    if (!node || !kept_name.ptr || !kept_value.ptr) {
        fail_memory(r);
        return NULL;
    }
    *node = (struct sql_xml_node){.kind = kind,
                                  .order = r->order++,
                                  .name = kept_name,
                                  .local = kept_name,
                                  .value = kept_value,
                                  .parent = r->open};
    return node;
}

static void append(struct sql_xml_node *parent, struct sql_xml_node *node)
{
    node->previous = parent->last;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

static void add_child(struct tree_reader *r, enum sql_xml_kind kind, struct slice name,
                      struct slice value)
{
    struct sql_xml_node *node = make_node(r, kind, name, value);
    if (node)
        append(r->open, node);
}

/* The characters gathered so far become a node. */
static void end_text(struct tree_reader *r, bool always)
{
    if (r->text.failed)
        fail_memory(r);
    else if (r->text.len || always)
        add_child(r, r->in_cdata ? SQL_XML_CDATA : SQL_XML_TEXT, slice_of("", 0),
                  sql_bytes_slice(&r->text));
    sql_bytes_init(&r->text, r->arena);
}

/* ---- namespaces */

struct slice sql_xml_prefix(struct slice name)
{
    const uint8_t *colon = name.len ? memchr(name.ptr, ':', name.len) : NULL;
    return slice_of(name.ptr, colon ? (size_t)(colon - name.ptr) : 0);
}

struct slice sql_xml_namespace(const struct sql_xml_node *element, struct slice prefix)
{
    if (slice_eq_str(prefix, "xml"))
        return slice_str(SQL_XML_NAMESPACE_URI);
    for (; element; element = element->parent)
        for (const struct sql_xml_node *n = element->declared; n; n = n->next)
            if (slice_eq(n->name, prefix))
                return n->value.len ? n->value : slice_of(NULL, 0);
    return slice_of(NULL, 0);
}

/* Whether the name declares a namespace, and for which prefix. */
static bool is_declaration(struct slice name, struct slice *prefix)
{
    *prefix = slice_of("", 0);
    if (slice_eq_str(name, "xmlns"))
        return true;
    if (!slice_eq_str(sql_xml_prefix(name), "xmlns"))
        return false;
    *prefix = slice_from(name, strlen("xmlns:"));
    return true;
}

/* Characters that RFC 3986 (2) has in a URI, % and non-ASCII ones included. */
static bool is_uri(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] == 0x7f || strchr("\"<>\\^`{|}", text.ptr[i]))
            return false;
    return true;
}

static bool is_absolute_uri(struct slice text)
{
    size_t at = 0;
    while (at < text.len && (sql_is_letter(text.ptr[at]) || sql_is_digit(text.ptr[at]) ||
                             strchr("+-.", text.ptr[at])))
        at++;
    return at > 0 && at < text.len && text.ptr[at] == ':';
}

static void check_uri(struct tree_reader *r, struct slice prefix, struct slice uri)
{
    struct sql_xml_problem warning = {0};
    if (r->input->reading != SQL_XML_NAMESPACES || uri.len == 0)
        return;
    struct slice label =
        arena_concat(r->arena, slice_str(prefix.len ? "xmlns:" : "xmlns"), prefix, slice_of("", 0));
    if (!label.ptr) {
        fail_memory(r);
    } else if (!is_uri(uri)) {
        fail(r, "1: '2' is not a valid URI", label, uri);
    } else if (!is_absolute_uri(uri) && r->input->warn) {
        warning.line = (uint32_t)XML_GetCurrentLineNumber(r->parser);
        warning.message = arena_printf(r->arena, SLICE_FMT ": URI " SLICE_FMT " is not absolute",
                                       SLICE_ARG(label), SLICE_ARG(uri));
        r->input->warn(r->input->context, &warning);
    }
}

static void resolve(struct tree_reader *r, struct sql_xml_node *node,
                    const struct sql_xml_node *element)
{
    struct slice prefix = sql_xml_prefix(node->name);
    if (prefix.len == 0 && node->kind == SQL_XML_ATTRIBUTE)
        return;
    node->uri = sql_xml_namespace(element, prefix);
    if (node->uri.ptr && prefix.len)
        node->local = slice_from(node->name, prefix.len + 1);
    if (node->uri.ptr || prefix.len == 0 || r->input->reading != SQL_XML_NAMESPACES)
        return;
    if (node->kind == SQL_XML_ATTRIBUTE) {
        struct slice name = slice_from(node->name, prefix.len + 1);
        struct slice label = arena_concat(r->arena, name, slice_str(" on "), element->local);
        fail(r, "Namespace prefix 1 for 2 is not defined", prefix, label);
    } else {
        fail(r, "Namespace prefix 1 on 2 is not defined", prefix,
             slice_from(node->name, prefix.len + 1));
    }
}

/* ---- what the parser finds */

static void add_attributes(struct tree_reader *r, struct sql_xml_node *element, const char **names)
{
    struct sql_xml_node **declared = &element->declared, **attribute = &element->attributes;
    int written = XML_GetSpecifiedAttributeCount(r->parser);
    int id = XML_GetIdAttributeIndex(r->parser);
    for (int i = 0; i < written; i += 2) {
        struct slice name = slice_str(names[i]), value = slice_str(names[i + 1]), prefix;
        bool declares = is_declaration(name, &prefix);
        struct sql_xml_node *node = make_node(r, declares ? SQL_XML_NAMESPACE : SQL_XML_ATTRIBUTE,
                                              declares ? prefix : name, value);
        if (!node)
            return;
        node->parent = element;
        node->is_id = i == id || slice_eq_str(name, "xml:id");
        struct sql_xml_node ***end = declares ? &declared : &attribute;
        **end = node;
        *end = &node->next;
        if (declares)
            check_uri(r, prefix, value);
    }
}

static void XMLCALL start_element(void *context, const char *name, const char **attributes)
{
    struct tree_reader *r = context;
    if (r->wrapper_open && r->depth == 0) {
        r->depth = 1; /* the element around content is no part of it */
        return;
    }
    if (++r->depth > SQL_XML_DEPTH_MAX + (uint32_t)r->wrapper_open) {
        fail(r, "Excessive depth in document: 256 use XML_PARSE_HUGE option", slice_of("", 0),
             slice_of("", 0));
        return;
    }
    if (r->input->reading == SQL_XML_CHECK)
        return;
    end_text(r, false);
    struct sql_xml_node *element = make_node(r, SQL_XML_ELEMENT, slice_str(name), slice_of("", 0));
    if (!element)
        return;
    append(r->open, element);
    add_attributes(r, element, attributes);
    resolve(r, element, element);
    for (struct sql_xml_node *a = element->attributes; a; a = a->next)
        resolve(r, a, element);
    r->open = element;
}

static void XMLCALL end_element(void *context, const char *name)
{
    struct tree_reader *r = context;
    r->depth--;
    if (r->wrapper_open && r->depth == 0) {
        fail(r, "Opening and ending tag mismatch: 1", slice_str(name), slice_of("", 0));
        return;
    }
    if (r->input->reading == SQL_XML_CHECK || !r->open->parent)
        return;
    end_text(r, false);
    r->open = r->open->parent;
}

static void XMLCALL characters(void *context, const char *text, int len)
{
    struct tree_reader *r = context;
    sql_bytes_add(&r->text, text, (size_t)len);
}

static void XMLCALL start_cdata(void *context)
{
    struct tree_reader *r = context;
    end_text(r, false);
    r->in_cdata = true;
}

static void XMLCALL end_cdata(void *context)
{
    struct tree_reader *r = context;
    end_text(r, true);
    r->in_cdata = false;
}

static void XMLCALL comment(void *context, const char *text)
{
    end_text(context, false);
    add_child(context, SQL_XML_COMMENT, slice_of("", 0), slice_str(text));
}

static void XMLCALL instruction(void *context, const char *target, const char *data)
{
    end_text(context, false);
    add_child(context, SQL_XML_PI, slice_str(target), slice_str(data));
}

static void XMLCALL entity(void *context, const char *name, int is_parameter, const char *value,
                           int len, const char *base, const char *system, const char *public,
                           const char *notation)
{
    struct tree_reader *r = context;
    (void)is_parameter, (void)base, (void)system, (void)public, (void)notation;
    if (value && len > 0 && memchr(value, '&', (size_t)len) &&
        ++r->nested_entities > NESTED_ENTITIES_MAX)
        fail(r, "Detected an entity reference loop: 1", slice_str(name), slice_of("", 0));
}

static void set_handlers(struct tree_reader *r)
{
    XML_SetUserData(r->parser, r);
    /* Only keeps the parser from asking the machine for random numbers: the same text gives the
     * same result at any time. */
    XML_SetHashSalt(r->parser, 1);
    XML_SetElementHandler(r->parser, start_element, end_element);
    XML_SetEntityDeclHandler(r->parser, entity);
    if (r->input->reading == SQL_XML_CHECK)
        return;
    XML_SetCharacterDataHandler(r->parser, characters);
    XML_SetCdataSectionHandler(r->parser, start_cdata, end_cdata);
    XML_SetCommentHandler(r->parser, comment);
    XML_SetProcessingInstructionHandler(r->parser, instruction);
}

/* ---- the whole text */

static bool parse_part(struct tree_reader *r, struct slice part, bool last)
{
    if (XML_Parse(r->parser, (const char *)part.ptr, (int)part.len, last) == XML_STATUS_OK)
        return true;
    enum XML_Error code = XML_GetErrorCode(r->parser);
    if (code == XML_ERROR_NO_MEMORY)
        fail_memory(r);
    else
        fail(r, "1", slice_str(XML_ErrorString(code)), slice_of("", 0));
    return false;
}

static bool parse_all(struct tree_reader *r)
{
    if (!r->input->content)
        return parse_part(r, r->input->text, true);
    r->wrapper_open = true;
    if (!parse_part(r, slice_str("<x>"), false) || !parse_part(r, r->input->text, false))
        return false;
    if (r->depth == 1) {
        end_text(r, false);
        r->wrapper_open = false;
    }
    return parse_part(r, slice_str("</x>"), true);
}

bool sql_xml_read(struct arena *arena, const struct sql_xml_input *input, struct sql_xml_node **out,
                  struct sql_xml_problem *problem)
{
    struct tree_reader reader = {.arena = arena, .input = input, .problem = problem};
    *problem = (struct sql_xml_problem){.out_of_memory = false};
    sql_bytes_init(&reader.text, arena);
    reader.parser = XML_ParserCreate("UTF-8");
    *out = NULL;
    if (!reader.parser) {
        problem->out_of_memory = true;
        return false;
    }
    set_handlers(&reader);
    if (input->reading != SQL_XML_CHECK)
        *out = make_node(&reader, SQL_XML_DOCUMENT, slice_of("", 0), slice_of("", 0));
    reader.open = *out;
    bool fine = (*out || input->reading == SQL_XML_CHECK) && parse_all(&reader);
    XML_ParserFree(reader.parser);
    return fine && !problem->out_of_memory && problem->message.len == 0;
}
