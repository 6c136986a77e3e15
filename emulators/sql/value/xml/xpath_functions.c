/* The function library of XPath (section 4). */
#include <math.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/xml/xpath_run.h"

/* One call: its arguments are evaluated. */
struct call {
    struct sql_xpath_context *x;
    const struct xpath_focus *focus;
    struct sql_xpath_value *args;
    uint32_t count;
    struct sql_xpath_value *out;
};

static bool give_boolean(struct call *c, bool value)
{
    *c->out = (struct sql_xpath_value){.kind = SQL_XPATH_BOOLEAN, .boolean = value};
    return true;
}

static bool give_number(struct call *c, double value)
{
    *c->out = (struct sql_xpath_value){.kind = SQL_XPATH_NUMBER, .number = value};
    return true;
}

static bool give_text(struct call *c, struct slice value)
{
    *c->out = (struct sql_xpath_value){.kind = SQL_XPATH_STRING, .string = value};
    return true;
}

static bool give_bytes(struct call *c, const struct sql_bytes *bytes)
{
    return bytes->failed ? xpath_fail_memory(c->x) : give_text(c, sql_bytes_slice(bytes));
}

/* The argument as text; without one, the text of the node in question. */
static bool text_arg(struct call *c, uint32_t index, struct slice *out)
{
    return index < c->count ? xpath_to_text(c->x, &c->args[index], out)
                            : xpath_node_text(c->x, c->focus->node, out);
}

/* The first node of the argument; without an argument, the node in question. NULL: none. */
static bool node_arg(struct call *c, const struct sql_xml_node **out)
{
    *out = c->focus->node;
    if (c->count == 0)
        return true;
    if (c->args[0].kind != SQL_XPATH_NODES)
        return xpath_fail(c->x, "Invalid type");
    *out = c->args[0].count ? c->args[0].nodes[0] : NULL;
    return true;
}

/* ---- 4.1 node sets */

static bool fn_last(struct call *c)
{
    return give_number(c, c->focus->size);
}

static bool fn_position(struct call *c)
{
    return give_number(c, c->focus->position);
}

static bool fn_count(struct call *c)
{
    return c->args[0].kind == SQL_XPATH_NODES ? give_number(c, c->args[0].count)
                                              : xpath_fail(c->x, "Invalid type");
}

static const struct sql_xml_node *find_id(const struct sql_xml_node *under, struct slice id)
{
    for (const struct sql_xml_node *at = under; at;) {
        for (const struct sql_xml_node *a = at->attributes; a; a = a->next)
            if (a->is_id && slice_eq(a->value, id))
                return at;
        if (at->first) {
            at = at->first;
            continue;
        }
        while (at != under && !at->next)
            at = at->parent;
        at = at == under ? NULL : at->next;
    }
    return NULL;
}

static bool add_ids(struct call *c, struct slice ids, struct xpath_set *set)
{
    const struct sql_xml_node *root = c->focus->node;
    while (root->parent)
        root = root->parent;
    for (size_t at = 0; at < ids.len;) {
        size_t start = at;
        while (at < ids.len && !strchr(" \t\r\n", ids.ptr[at]))
            at++;
        const struct sql_xml_node *found =
            at > start ? find_id(root, slice_of(ids.ptr + start, at - start)) : NULL;
        if (!sql_call_check(c->x->call) || (found && !xpath_set_add(c->x, set, found)))
            return false;
        at++;
    }
    return true;
}

static bool fn_id(struct call *c)
{
    struct xpath_set set = {0};
    struct slice ids;
    uint32_t count = c->args[0].kind == SQL_XPATH_NODES ? c->args[0].count : 1;
    for (uint32_t i = 0; i < count; i++) {
        bool read = c->args[0].kind == SQL_XPATH_NODES
                        ? xpath_node_text(c->x, c->args[0].nodes[i], &ids)
                        : text_arg(c, 0, &ids);
        if (!read || !add_ids(c, ids, &set))
            return false;
    }
    xpath_set_order(&set);
    xpath_give_set(&set, c->out);
    return true;
}

static bool has_name(const struct sql_xml_node *node)
{
    return node && (node->kind == SQL_XML_ELEMENT || node->kind == SQL_XML_ATTRIBUTE ||
                    node->kind == SQL_XML_PI || node->kind == SQL_XML_NAMESPACE);
}

static bool fn_local_name(struct call *c)
{
    const struct sql_xml_node *node;
    if (!node_arg(c, &node))
        return false;
    bool local = node && (node->kind == SQL_XML_ELEMENT || node->kind == SQL_XML_ATTRIBUTE);
    return give_text(c, local ? node->local : has_name(node) ? node->name : slice_of("", 0));
}

static bool fn_namespace_uri(struct call *c)
{
    const struct sql_xml_node *node;
    return node_arg(c, &node) && give_text(c, node && node->uri.ptr ? node->uri : slice_of("", 0));
}

static bool fn_name(struct call *c)
{
    const struct sql_xml_node *node;
    return node_arg(c, &node) && give_text(c, has_name(node) ? node->name : slice_of("", 0));
}

/* ---- 4.2 strings */

static bool fn_string(struct call *c)
{
    struct slice text;
    return text_arg(c, 0, &text) && give_text(c, text);
}

static bool fn_concat(struct call *c)
{
    struct sql_bytes bytes = sql_bytes_begin(c->x->call);
    for (uint32_t i = 0; i < c->count; i++) {
        struct slice text;
        if (!text_arg(c, i, &text))
            return false;
        sql_bytes_add_slice(&bytes, text);
    }
    return give_bytes(c, &bytes);
}

static bool text_pair(struct call *c, struct slice *text, struct slice *part)
{
    return text_arg(c, 0, text) && text_arg(c, 1, part);
}

static bool fn_starts_with(struct call *c)
{
    struct slice text, part;
    return text_pair(c, &text, &part) &&
           give_boolean(c, text.len >= part.len && slice_eq(slice_of(text.ptr, part.len), part));
}

static bool fn_contains(struct call *c)
{
    struct slice text, part;
    return text_pair(c, &text, &part) && give_boolean(c, sql_text_find(text, part) != SIZE_MAX);
}

static bool fn_substring_before(struct call *c)
{
    struct slice text, part;
    if (!text_pair(c, &text, &part))
        return false;
    size_t at = sql_text_find(text, part);
    return give_text(c, slice_of(text.ptr, at == SIZE_MAX ? 0 : at));
}

static bool fn_substring_after(struct call *c)
{
    struct slice text, part;
    if (!text_pair(c, &text, &part))
        return false;
    size_t at = sql_text_find(text, part);
    return give_text(c, at == SIZE_MAX ? slice_of("", 0) : slice_from(text, at + part.len));
}

/* Rounds a half up, as substring and round want it. */
static double round_half_up(double number)
{
    if (isnan(number) || isinf(number))
        return number;
    return number < 0 && number >= -0.5 ? copysign(0, number) : floor(number + 0.5);
}

static bool fn_substring(struct call *c)
{
    struct sql_bytes bytes = sql_bytes_begin(c->x->call);
    struct slice text;
    double from, len = INFINITY, position = 1;
    if (!text_arg(c, 0, &text) || !xpath_to_number(c->x, &c->args[1], &from) ||
        (c->count > 2 && !xpath_to_number(c->x, &c->args[2], &len)))
        return false;
    from = round_half_up(from);
    double end = from + round_half_up(len);
    for (size_t at = 0; at < text.len; position++) {
        size_t width = sql_char_width(text.ptr[at]);
        if (position >= from && position < end)
            sql_bytes_add(&bytes, text.ptr + at, width);
        at += width;
    }
    return give_bytes(c, &bytes);
}

static bool fn_string_length(struct call *c)
{
    struct slice text;
    return text_arg(c, 0, &text) && give_number(c, (double)sql_text_length(text));
}

static bool fn_normalize_space(struct call *c)
{
    struct sql_bytes bytes = sql_bytes_begin(c->x->call);
    struct slice text;
    bool blank = false;
    if (!text_arg(c, 0, &text))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_blank = memchr(" \t\r\n", text.ptr[i], 4) != NULL;
        if (!is_blank && blank && bytes.len)
            sql_bytes_add_char(&bytes, ' ');
        if (!is_blank)
            sql_bytes_add_char(&bytes, (char)text.ptr[i]);
        blank = is_blank;
    }
    return give_bytes(c, &bytes);
}

/* The place of the character in the text, counted in characters; SIZE_MAX: none. */
static size_t find_character(struct slice text, struct slice character)
{
    size_t number = 0;
    for (size_t at = 0; at < text.len; number++) {
        size_t width = sql_char_width(text.ptr[at]);
        if (slice_eq(slice_of(text.ptr + at, width), character))
            return number;
        at += width;
    }
    return SIZE_MAX;
}

static bool fn_translate(struct call *c)
{
    struct sql_bytes bytes = sql_bytes_begin(c->x->call);
    struct slice text, from, to;
    if (!text_pair(c, &text, &from) || !text_arg(c, 2, &to))
        return false;
    for (size_t at = 0; at < text.len;) {
        struct slice character = slice_of(text.ptr + at, sql_char_width(text.ptr[at]));
        size_t found = find_character(from, character);
        at += character.len;
        if (!sql_call_check(c->x->call))
            return false;
        if (found == SIZE_MAX) {
            sql_bytes_add_slice(&bytes, character);
            continue;
        }
        struct slice rest = slice_from(to, sql_text_prefix(to, found).len);
        sql_bytes_add_slice(&bytes, sql_text_prefix(rest, 1));
    }
    return give_bytes(c, &bytes);
}

/* ---- 4.3 booleans */

static bool fn_boolean(struct call *c)
{
    return give_boolean(c, xpath_to_boolean(&c->args[0]));
}

static bool fn_not(struct call *c)
{
    return give_boolean(c, !xpath_to_boolean(&c->args[0]));
}

static bool fn_true(struct call *c)
{
    return give_boolean(c, true);
}

static bool fn_false(struct call *c)
{
    return give_boolean(c, false);
}

static bool fn_lang(struct call *c)
{
    struct slice wanted;
    if (!text_arg(c, 0, &wanted))
        return false;
    for (const struct sql_xml_node *at = c->focus->node; at; at = at->parent)
        for (const struct sql_xml_node *a = at->attributes; a; a = a->next)
            if (slice_eq_str(a->name, "xml:lang"))
                return give_boolean(
                    c, a->value.len >= wanted.len &&
                           slice_eq_nocase(slice_of(a->value.ptr, wanted.len), wanted) &&
                           (a->value.len == wanted.len || a->value.ptr[wanted.len] == '-'));
    return give_boolean(c, false);
}

/* ---- 4.4 numbers */

static bool number_arg(struct call *c, double *out)
{
    struct slice text;
    if (c->count)
        return xpath_to_number(c->x, &c->args[0], out);
    if (!xpath_node_text(c->x, c->focus->node, &text))
        return false;
    *out = xpath_text_number(text);
    return true;
}

static bool fn_number(struct call *c)
{
    double number;
    return number_arg(c, &number) && give_number(c, number);
}

static bool fn_sum(struct call *c)
{
    double sum = 0;
    if (c->args[0].kind != SQL_XPATH_NODES)
        return xpath_fail(c->x, "Invalid type");
    for (uint32_t i = 0; i < c->args[0].count; i++) {
        struct slice text;
        if (!sql_call_check(c->x->call) || !xpath_node_text(c->x, c->args[0].nodes[i], &text))
            return false;
        sum += xpath_text_number(text);
    }
    return give_number(c, sum);
}

static bool fn_floor(struct call *c)
{
    double number;
    return number_arg(c, &number) && give_number(c, floor(number));
}

static bool fn_ceiling(struct call *c)
{
    double number;
    return number_arg(c, &number) && give_number(c, ceil(number));
}

static bool fn_round(struct call *c)
{
    double number;
    return number_arg(c, &number) && give_number(c, round_half_up(number));
}

enum { ANY_NUMBER = 64 };

static const struct function {
    const char *name;
    uint32_t least, most; /* arguments */
    bool (*call)(struct call *c);
} functions[] = {
    {"boolean",          1, 1,          fn_boolean         },
    {"ceiling",          1, 1,          fn_ceiling         },
    {"concat",           2, ANY_NUMBER, fn_concat          },
    {"contains",         2, 2,          fn_contains        },
    {"count",            1, 1,          fn_count           },
    {"false",            0, 0,          fn_false           },
    {"floor",            1, 1,          fn_floor           },
    {"id",               1, 1,          fn_id              },
    {"lang",             1, 1,          fn_lang            },
    {"last",             0, 0,          fn_last            },
    {"local-name",       0, 1,          fn_local_name      },
    {"name",             0, 1,          fn_name            },
    {"namespace-uri",    0, 1,          fn_namespace_uri   },
    {"normalize-space",  0, 1,          fn_normalize_space },
    {"not",              1, 1,          fn_not             },
    {"number",           0, 1,          fn_number          },
    {"position",         0, 0,          fn_position        },
    {"round",            1, 1,          fn_round           },
    {"starts-with",      2, 2,          fn_starts_with     },
    {"string",           0, 1,          fn_string          },
    {"string-length",    0, 1,          fn_string_length   },
    {"substring",        2, 3,          fn_substring       },
    {"substring-after",  2, 2,          fn_substring_after },
    {"substring-before", 2, 2,          fn_substring_before},
    {"sum",              1, 1,          fn_sum             },
    {"translate",        3, 3,          fn_translate       },
    {"true",             0, 0,          fn_true            },
};

static const struct function *find_function(struct slice name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (slice_eq_str(name, functions[i].name))
            return &functions[i];
    return NULL;
}

bool xpath_call(struct sql_xpath_context *x, const struct sql_xpath *call,
                const struct xpath_focus *focus, struct sql_xpath_value *out)
{
    const struct function *function = find_function(call->text);
    if (!function)
        return xpath_fail(x, "Unregistered function");
    if (call->arg_count < function->least || call->arg_count > function->most)
        return xpath_fail(x, "Invalid number of arguments");
    struct call c = {.x = x, .focus = focus, .count = call->arg_count, .out = out};
    c.args = arena_array(x->call->arena, call->arg_count, sizeof *c.args);
    if (!c.args)
        return xpath_fail_memory(x);
    for (uint32_t i = 0; i < call->arg_count; i++)
        if (!xpath_eval(x, call->args[i], focus, &c.args[i]))
            return false;
    return function->call(&c);
}
