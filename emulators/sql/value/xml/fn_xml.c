/* Functions of the type xml: comments, concatenation, tests, XPath. */
#include "emulators/sql/session.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/xml/xml.h"
#include "emulators/sql/value/xml/xml_print.h"

/* ---- making and testing */

static bool xml_comment(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    struct slice text = datum_slice(args[0]);
    if (sql_text_find(text, slice_str("--")) != SIZE_MAX ||
        (text.len && text.ptr[text.len - 1] == '-'))
        return sql_fail(call->env->error, "2200S", "invalid XML comment");
    sql_bytes_add_str(&bytes, "<!--");
    sql_bytes_add_slice(&bytes, text);
    sql_bytes_add_str(&bytes, "-->");
    return sql_give_bytes(call, out, &bytes);
}

static bool xml_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_xml_escape(datum_slice(args[0]), &bytes);
    return sql_give_bytes(call, out, &bytes);
}

static bool xml_concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_xml_operation concat = {.op = SQL_XML_CONCAT, .arg_count = 2};
    return sql_xml_make(call, &concat, args, out);
}

static bool xml_of_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = args[0];
    return sql_xml_check(call, datum_slice(args[0]), call->env->format->xml_document);
}

static bool text_of_xml(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[0];
    return true;
}

static bool xml_validate(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args, (void)out;
    return sql_fail(call->env->error, "0A000", "xmlvalidate is not implemented");
}

static bool well_formed(struct sql_call *call, struct datum text, bool document, struct datum *out)
{
    struct sql_xml_problem problem;
    bool result;
    return sql_xml_is_well_formed(call, datum_slice(text), document, &result, &problem) &&
           sql_give_bool(out, result);
}

static bool is_well_formed(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return well_formed(call, args[0], call->env->format->xml_document, out);
}

static bool is_document(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return well_formed(call, args[0], true, out);
}

static bool is_content(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return well_formed(call, args[0], false, out);
}

/* ---- XPath */

static void warn(void *context, const struct sql_xml_problem *problem)
{
    struct sql_call *call = context;
    struct sql_error notice;
    if (!call->env->session)
        return;
    sql_error_begin(&notice, call->env->arena);
    sql_fail(&notice, "01000", "line %u: " SLICE_FMT, (unsigned)problem->line,
             SLICE_ARG(problem->message));
    notice.severity = SQL_WARNING;
    call->env->session->owner->notice(call->env->session, &notice);
}

bool sql_xml_open(struct sql_call *call, struct slice text, struct sql_xml_node **out)
{
    struct sql_xml_input input = {
        .text = text, .reading = SQL_XML_NAMESPACES, .warn = warn, .context = call};
    struct sql_xml_problem problem;
    if (sql_xml_read(call->arena, &input, out, &problem))
        return true;
    return problem.out_of_memory
               ? sql_fail_memory(call->env->error)
               : sql_xml_fail(call, "2200M", "could not parse XML document", &problem);
}

bool sql_xml_compile_path(struct sql_call *call, const char *sqlstate, struct slice text,
                          const struct sql_xpath **out)
{
    const char *problem;
    if (sql_xpath_parse(call->arena, text, out, &problem))
        return true;
    sql_fail(call->env->error, sqlstate, "invalid XPath expression");
    return sql_detail(call->env->error, "%s", problem);
}

bool sql_xml_run_path(struct sql_xpath_context *context, const struct sql_xpath *path,
                      struct sql_xpath_value *out)
{
    struct sql_error *error = context->call->env->error;
    if (sql_xpath_run(context, path, out))
        return true;
    if (!context->problem)
        return false;
    sql_fail(error, "XX000", "could not create XPath object");
    return sql_detail(error, "%s", context->problem);
}

bool sql_xml_put_node(struct sql_call *call, const struct sql_xml_node *node, struct sql_bytes *out)
{
    if (node->kind == SQL_XML_NAMESPACE)
        return sql_fail(call->env->error, "53200", "could not copy node");
    if (node->kind == SQL_XML_ATTRIBUTE || node->kind == SQL_XML_TEXT)
        sql_xml_escape(node->value, out);
    else
        sql_xml_print(node, out);
    return true;
}

bool sql_xml_atom_text(struct sql_call *call, const struct sql_xpath_value *value,
                       struct slice *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    *out = value->kind == SQL_XPATH_STRING ? value->string
                                           : slice_str(value->boolean ? "true" : "false");
    if (value->kind != SQL_XPATH_NUMBER)
        return true;
    sql_xpath_print_number(value->number, &text);
    *out = sql_bytes_slice(&text);
    return !text.failed || sql_fail_memory(call->env->error);
}

bool sql_xml_put_atom(struct sql_call *call, const struct sql_xpath_value *value,
                      struct sql_bytes *out)
{
    struct slice text;
    /* A number is one of SQL here. */
    if (value->kind == SQL_XPATH_NUMBER)
        return sql_float8_ops.output(call, NULL, datum_float(value->number), out);
    if (!sql_xml_atom_text(call, value, &text))
        return false;
    sql_xml_escape(text, out);
    return true;
}

/* {{prefix, URI}, ...}. */
static bool read_prefixes(struct sql_call *call, struct datum value, struct sql_xpath_context *x)
{
    struct sql_error *error = call->env->error;
    struct sql_array array;
    sql_array_open(value, &array);
    if (array.shape.dims && (array.shape.dims != 2 || array.shape.length[1] != 2)) {
        sql_fail(error, "22000", "invalid array for XML namespace mapping");
        return sql_detail(error, "The array must be two-dimensional with length of the second axis "
                                 "equal to 2.");
    }
    struct sql_xpath_prefix *prefixes =
        arena_array(call->arena, array.count / 2 + 1, sizeof *prefixes);
    if (!prefixes)
        return sql_fail_memory(error);
    for (uint32_t i = 0; i < array.count; i += 2) {
        if (sql_array_is_null(&array, i) || sql_array_is_null(&array, i + 1))
            return sql_fail(error, "22004", "neither namespace name nor URI may be null");
        prefixes[i / 2] = (struct sql_xpath_prefix){datum_slice(sql_array_get(&array, i)),
                                                    datum_slice(sql_array_get(&array, i + 1))};
    }
    x->prefixes = prefixes;
    x->prefix_count = array.count / 2;
    return true;
}

/* args: path, document; prefixes may follow. */
static bool run(struct sql_call *call, const struct datum *args, struct sql_xpath_value *out)
{
    struct sql_xpath_context context = {.call = call};
    const struct sql_xpath *path;
    struct sql_xml_node *document;
    if (call->argc > 2 && !read_prefixes(call, args[2], &context))
        return false;
    if (args[0].len == 0)
        return sql_fail(call->env->error, "22000", "empty XPath expression");
    if (!sql_xml_open(call, datum_slice(args[1]), &document) ||
        !sql_xml_compile_path(call, "XX000", datum_slice(args[0]), &path))
        return false;
    context.node = document;
    return sql_xml_run_path(&context, path, out);
}

static bool xpath(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_xpath_value value;
    struct sql_array_builder builder;
    const struct sql_type *element = sql_call_find_type(call, call->result_type->element);
    if (!element || !run(call, args, &value))
        return false;
    sql_array_builder_init(&builder, call->arena, element);
    bool set = value.kind == SQL_XPATH_NODES;
    for (uint32_t i = 0; i < (set ? value.count : 1); i++) {
        struct sql_bytes text = sql_bytes_begin(call);
        struct datum item;
        bool put = set ? sql_xml_put_node(call, value.nodes[i], &text)
                       : sql_xml_put_atom(call, &value, &text);
        if (!put || !sql_give_bytes(call, &item, &text) ||
            !sql_array_builder_add(call, &builder, item))
            return false;
    }
    return sql_array_builder_finish(call, &builder, out);
}

static bool xpath_exists(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_xpath_value value;
    return run(call, args, &value) &&
           sql_give_bool(out, value.kind != SQL_XPATH_NODES || value.count > 0);
}

const struct sql_builtin sql_xml_builtins[] = {
    {"texttoxml",                   xml_of_text   },
    {"xml_is_well_formed",          is_well_formed},
    {"xml_is_well_formed_content",  is_content    },
    {"xml_is_well_formed_document", is_document   },
    {"xmlcomment",                  xml_comment   },
    {"xmltext",                     xml_text      },
    {"xmlconcat2",                  xml_concat    },
    {"xmlexists",                   xpath_exists  },
    {"xmltotext",                   text_of_xml   },
    {"xmlvalidate",                 xml_validate  },
    {"xpath",                       xpath         },
    {"xpath_exists",                xpath_exists  },
    {NULL,                          NULL          },
};
