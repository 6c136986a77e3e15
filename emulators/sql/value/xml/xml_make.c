/* XMLELEMENT, XMLFOREST, XMLCONCAT, XMLPI, XMLROOT, XMLPARSE, XMLSERIALIZE, IS DOCUMENT. */
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/xml/xml.h"
#include "emulators/sql/value/xml/xml_print.h"

struct making {
    struct sql_call *call;
    const struct sql_xml_operation *operation;
    const struct datum *named, *args;
    struct sql_bytes bytes;
};

static const struct sql_type *arg_type(const struct making *m, uint32_t index)
{
    return m->operation->types[m->operation->named_count + index];
}

static bool put_attributes(struct making *m)
{
    const struct sql_xml_operation *operation = m->operation;
    for (uint32_t i = 0; i < operation->named_count; i++) {
        struct sql_bytes value = sql_bytes_begin(m->call);
        if (m->named[i].null)
            continue;
        if (!sql_xml_put_value(m->call, operation->types[i], m->named[i], false, &value))
            return false;
        sql_bytes_add_char(&m->bytes, ' ');
        sql_bytes_add_slice(&m->bytes, operation->names[i]);
        sql_bytes_add_str(&m->bytes, "=\"");
        sql_xml_escape_attribute(sql_bytes_slice(&value), &m->bytes);
        sql_bytes_add_char(&m->bytes, '"');
        m->bytes.failed |= value.failed;
    }
    return true;
}

static bool make_element(struct making *m, struct datum *out)
{
    bool content = false;
    sql_bytes_add_char(&m->bytes, '<');
    sql_bytes_add_slice(&m->bytes, m->operation->name);
    if (!put_attributes(m))
        return false;
    for (uint32_t i = 0; i < m->operation->arg_count; i++) {
        if (m->args[i].null)
            continue;
        sql_bytes_add_str(&m->bytes, content ? "" : ">");
        content = true;
        if (!sql_xml_put_value(m->call, arg_type(m, i), m->args[i], true, &m->bytes))
            return false;
    }
    if (content) {
        sql_bytes_add_str(&m->bytes, "</");
        sql_bytes_add_slice(&m->bytes, m->operation->name);
    }
    sql_bytes_add_str(&m->bytes, content ? ">" : "/>");
    return sql_give_bytes(m->call, out, &m->bytes);
}

static bool make_forest(struct making *m, struct datum *out)
{
    const struct sql_xml_operation *operation = m->operation;
    bool any = false;
    for (uint32_t i = 0; i < operation->named_count; i++) {
        if (m->named[i].null)
            continue;
        any = true;
        sql_bytes_add_char(&m->bytes, '<');
        sql_bytes_add_slice(&m->bytes, operation->names[i]);
        sql_bytes_add_char(&m->bytes, '>');
        if (!sql_xml_put_value(m->call, operation->types[i], m->named[i], true, &m->bytes))
            return false;
        sql_bytes_add_str(&m->bytes, "</");
        sql_bytes_add_slice(&m->bytes, operation->names[i]);
        sql_bytes_add_char(&m->bytes, '>');
    }
    return any ? sql_give_bytes(m->call, out, &m->bytes) : sql_give_null(out);
}

/* The declaration of what is put together: what all parts say alike, and standalone when all are. */
static bool make_concat(struct making *m, struct datum *out)
{
    struct sql_xml_declaration all = {.standalone = SQL_XML_STANDALONE_YES}, one;
    bool any = false, no_version = false;
    struct sql_bytes whole = sql_bytes_begin(m->call);
    for (uint32_t i = 0; i < m->operation->arg_count; i++) {
        if (m->args[i].null)
            continue;
        struct slice text = datum_slice(m->args[i]);
        if (!sql_xml_read_declaration(text, &one))
            one = (struct sql_xml_declaration){.standalone = SQL_XML_STANDALONE_UNSAID};
        any = true;
        if (one.standalone < all.standalone)
            all.standalone = one.standalone;
        if (!all.version.ptr)
            all.version = one.version;
        no_version |= !one.version.ptr || !slice_eq(one.version, all.version);
        sql_bytes_add_slice(&m->bytes, slice_from(text, one.len));
    }
    if (!any)
        return sql_give_null(out);
    if (no_version)
        all.version = slice_of(NULL, 0);
    sql_xml_put_declaration(&all, &whole);
    sql_bytes_add_slice(&whole, sql_bytes_slice(&m->bytes));
    whole.failed |= m->bytes.failed;
    return sql_give_bytes(m->call, out, &whole);
}

static bool make_pi(struct making *m, struct datum *out)
{
    struct sql_error *error = m->call->env->error;
    struct slice name = m->operation->name;
    if (slice_is(name, "xml")) {
        sql_fail(error, "42601", "invalid XML processing instruction");
        return sql_detail(error,
                          "XML processing instruction target name cannot be \"" SLICE_FMT "\".",
                          SLICE_ARG(name));
    }
    sql_bytes_add_str(&m->bytes, "<?");
    sql_bytes_add_slice(&m->bytes, name);
    if (m->operation->arg_count) {
        if (m->args[0].null)
            return sql_give_null(out);
        struct slice text = datum_slice(m->args[0]);
        if (sql_text_find(text, slice_str("?>")) != SIZE_MAX) {
            sql_fail(error, "2200T", "invalid XML processing instruction");
            return sql_detail(error, "XML processing instruction cannot contain \"?>\".");
        }
        while (text.len && text.ptr[0] == ' ')
            text = slice_from(text, 1);
        sql_bytes_add_char(&m->bytes, ' ');
        sql_bytes_add_slice(&m->bytes, text);
    }
    sql_bytes_add_str(&m->bytes, "?>");
    return sql_give_bytes(m->call, out, &m->bytes);
}

static bool make_root(struct making *m, struct datum *out)
{
    static const int standalone[] = {
        [AST_XML_STANDALONE_YES] = SQL_XML_STANDALONE_YES,
        [AST_XML_STANDALONE_NO] = SQL_XML_STANDALONE_NO,
        [AST_XML_STANDALONE_NO_VALUE] = SQL_XML_STANDALONE_UNSAID,
    };
    struct sql_xml_declaration declaration;
    uint32_t choice = m->operation->options / 4;
    if (m->args[0].null)
        return sql_give_null(out);
    struct slice text = datum_slice(m->args[0]);
    if (!sql_xml_read_declaration(text, &declaration))
        declaration = (struct sql_xml_declaration){.standalone = SQL_XML_STANDALONE_UNSAID};
    declaration.version = m->args[1].null ? slice_of(NULL, 0) : datum_slice(m->args[1]);
    if (choice != AST_XML_STANDALONE_OMITTED)
        declaration.standalone = standalone[choice];
    sql_xml_put_declaration(&declaration, &m->bytes);
    sql_bytes_add_slice(&m->bytes, slice_from(text, declaration.len));
    return sql_give_bytes(m->call, out, &m->bytes);
}

static bool make_parse(struct making *m, struct datum *out)
{
    *out = m->args[0];
    return out->null || sql_xml_check(m->call, datum_slice(*out),
                                      m->operation->options & SQL_XML_OPTION_DOCUMENT);
}

static bool is_document(struct making *m, bool *out)
{
    struct sql_xml_problem problem;
    return sql_xml_is_well_formed(m->call, datum_slice(m->args[0]), true, out, &problem);
}

static bool make_is_document(struct making *m, struct datum *out)
{
    bool result;
    if (m->args[0].null)
        return sql_give_null(out);
    return is_document(m, &result) && sql_give_bool(out, result);
}

static bool make_serialize(struct making *m, struct datum *out)
{
    bool document;
    *out = m->args[0];
    if (out->null || !(m->operation->options & SQL_XML_OPTION_DOCUMENT))
        return true;
    if (!is_document(m, &document))
        return false;
    return document || sql_fail(m->call->env->error, "2200L", "not an XML document");
}

static bool (*const makers[])(struct making *m, struct datum *out) = {
    [SQL_XML_CONCAT] = make_concat,
    [SQL_XML_ELEMENT_OF] = make_element,
    [SQL_XML_FOREST] = make_forest,
    [SQL_XML_PARSE] = make_parse,
    [SQL_XML_PI_OF] = make_pi,
    [SQL_XML_ROOT] = make_root,
    [SQL_XML_IS_DOCUMENT] = make_is_document,
    [SQL_XML_SERIALIZE] = make_serialize,
};

bool sql_xml_make(struct sql_call *call, const struct sql_xml_operation *operation,
                  const struct datum *values, struct datum *out)
{
    struct making m = {.call = call,
                       .operation = operation,
                       .named = values,
                       .args = values + operation->named_count,
                       .bytes = sql_bytes_begin(call)};
    return makers[operation->op](&m, out);
}
