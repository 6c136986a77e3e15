#include "emulators/sql/value/xml/xml_print.h"

/* ---- escapes */

struct escape {
    char character;
    const char *text;
};

static const struct escape value_escapes[] = {
    {'<',  "&lt;"  },
    {'>',  "&gt;"  },
    {'&',  "&amp;" },
    {'\r', "&#x0d;"},
    {0,    NULL    },
};

static const struct escape text_escapes[] = {
    {'<',  "&lt;" },
    {'>',  "&gt;" },
    {'&',  "&amp;"},
    {'\r', "&#13;"},
    {0,    NULL   },
};

static const struct escape attribute_escapes[] = {
    {'<',  "&lt;"  },
    {'>',  "&gt;"  },
    {'&',  "&amp;" },
    {'"',  "&quot;"},
    {'\n', "&#10;" },
    {'\r', "&#13;" },
    {'\t', "&#9;"  },
    {0,    NULL    },
};

static void put_escaped(struct slice text, const struct escape *escapes, struct sql_bytes *out)
{
    size_t done = 0;
    for (size_t i = 0; i < text.len; i++) {
        const struct escape *e = escapes;
        while (e->character && e->character != (char)text.ptr[i])
            e++;
        if (!e->character)
            continue;
        sql_bytes_add(out, text.ptr + done, i - done);
        sql_bytes_add_str(out, e->text);
        done = i + 1;
    }
    sql_bytes_add_slice(out, slice_from(text, done));
}

void sql_xml_escape(struct slice text, struct sql_bytes *out)
{
    put_escaped(text, value_escapes, out);
}

void sql_xml_escape_attribute(struct slice text, struct sql_bytes *out)
{
    put_escaped(text, attribute_escapes, out);
}

/* ---- the namespaces that an element must declare when it stands alone */

struct declaration {
    struct slice prefix, uri;
    struct declaration *next;
};

struct scope {
    const struct sql_xml_node *root; /* what is printed */
    struct arena *arena;
    struct declaration *added, **end;
};

static bool declared_inside(const struct scope *scope, const struct sql_xml_node *element,
                            struct slice prefix)
{
    for (const struct sql_xml_node *at = element;; at = at->parent) {
        for (const struct sql_xml_node *n = at->declared; n; n = n->next)
            if (slice_eq(n->name, prefix))
                return true;
        if (at == scope->root)
            break;
    }
    for (const struct declaration *d = scope->added; d; d = d->next)
        if (slice_eq(d->prefix, prefix))
            return true;
    return slice_eq_str(prefix, "xml");
}

static void need(struct scope *scope, const struct sql_xml_node *element, struct slice name,
                 struct slice uri)
{
    struct slice prefix = sql_xml_prefix(name);
    struct declaration *d;
    if (!uri.ptr || declared_inside(scope, element, prefix) ||
        !(d = arena_alloc(scope->arena, sizeof *d)))
        return;
    *d = (struct declaration){prefix, uri, NULL};
    *scope->end = d;
    scope->end = &d->next;
}

static void gather(struct scope *scope, const struct sql_xml_node *element)
{
    need(scope, element, element->name, element->uri);
    for (const struct sql_xml_node *a = element->attributes; a; a = a->next)
        if (sql_xml_prefix(a->name).len)
            need(scope, element, a->name, a->uri);
    for (const struct sql_xml_node *child = element->first; child; child = child->next)
        if (child->kind == SQL_XML_ELEMENT)
            gather(scope, child);
}

/* ---- nodes */

static void put_declaration(struct slice prefix, struct slice uri, struct sql_bytes *out)
{
    sql_bytes_add_str(out, prefix.len ? " xmlns:" : " xmlns");
    sql_bytes_add_slice(out, prefix);
    sql_bytes_add_str(out, "=\"");
    sql_xml_escape_attribute(uri, out);
    sql_bytes_add_char(out, '"');
}

static void put_attribute(const struct sql_xml_node *attribute, struct sql_bytes *out)
{
    sql_bytes_add_char(out, ' ');
    sql_bytes_add_slice(out, attribute->name);
    sql_bytes_add_str(out, "=\"");
    sql_xml_escape_attribute(attribute->value, out);
    sql_bytes_add_char(out, '"');
}

static void put_node(const struct scope *scope, const struct sql_xml_node *node,
                     struct sql_bytes *out);

static void put_element(const struct scope *scope, const struct sql_xml_node *node,
                        struct sql_bytes *out)
{
    sql_bytes_add_char(out, '<');
    sql_bytes_add_slice(out, node->name);
    for (const struct sql_xml_node *n = node->declared; n; n = n->next)
        put_declaration(n->name, n->value, out);
    for (const struct declaration *d = node == scope->root ? scope->added : NULL; d; d = d->next)
        put_declaration(d->prefix, d->uri, out);
    for (const struct sql_xml_node *a = node->attributes; a; a = a->next)
        put_attribute(a, out);
    if (!node->first) {
        sql_bytes_add_str(out, "/>");
        return;
    }
    sql_bytes_add_char(out, '>');
    for (const struct sql_xml_node *child = node->first; child; child = child->next)
        put_node(scope, child, out);
    sql_bytes_add_str(out, "</");
    sql_bytes_add_slice(out, node->name);
    sql_bytes_add_char(out, '>');
}

static void put_document(const struct scope *scope, const struct sql_xml_node *node,
                         struct sql_bytes *out)
{
    for (const struct sql_xml_node *child = node->first; child; child = child->next) {
        put_node(scope, child, out);
        sql_bytes_add_char(out, '\n');
    }
}

static void put_between(const char *before, struct slice text, const char *after,
                        struct sql_bytes *out)
{
    sql_bytes_add_str(out, before);
    sql_bytes_add_slice(out, text);
    sql_bytes_add_str(out, after);
}

static void put_node(const struct scope *scope, const struct sql_xml_node *node,
                     struct sql_bytes *out)
{
    switch (node->kind) {
    case SQL_XML_DOCUMENT: put_document(scope, node, out); break;
    case SQL_XML_ELEMENT: put_element(scope, node, out); break;
    case SQL_XML_ATTRIBUTE: put_attribute(node, out); break;
    case SQL_XML_NAMESPACE: put_declaration(node->name, node->value, out); break;
    case SQL_XML_TEXT: put_escaped(node->value, text_escapes, out); break;
    case SQL_XML_CDATA: put_between("<![CDATA[", node->value, "]]>", out); break;
    case SQL_XML_COMMENT: put_between("<!--", node->value, "-->", out); break;
    case SQL_XML_PI:
        put_between("<?", node->name, node->value.len ? " " : "", out);
        put_between("", node->value, "?>", out);
        break;
    }
}

void sql_xml_print(const struct sql_xml_node *node, struct sql_bytes *out)
{
    struct scope scope = {.root = node, .arena = out->arena};
    scope.end = &scope.added;
    if (node->kind == SQL_XML_ELEMENT)
        gather(&scope, node);
    put_node(&scope, node, out);
}

void sql_xml_print_text(const struct sql_xml_node *node, struct sql_bytes *out)
{
    if (node->kind != SQL_XML_ELEMENT && node->kind != SQL_XML_DOCUMENT) {
        sql_bytes_add_slice(out, node->value);
        return;
    }
    for (const struct sql_xml_node *child = node->first; child; child = child->next)
        if (child->kind != SQL_XML_COMMENT && child->kind != SQL_XML_PI)
            sql_xml_print_text(child, out);
}
