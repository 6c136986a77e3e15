/* Values of XPath: conversions (sections 4.2 to 4.4) and comparisons (section 3.4). */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/xml/xml_print.h"
#include "emulators/sql/value/xml/xpath_run.h"

bool xpath_fail(struct sql_xpath_context *x, const char *problem)
{
    x->problem = problem;
    return false;
}

bool xpath_fail_memory(struct sql_xpath_context *x)
{
    return sql_fail_memory(x->call->env->error);
}

/* ---- sets */

bool xpath_set_add(struct sql_xpath_context *x, struct xpath_set *set,
                   const struct sql_xml_node *node)
{
    if (set->count == set->room) {
        uint32_t room = set->room ? 2 * set->room : 8;
        const struct sql_xml_node **grown = arena_array(x->call->arena, room, sizeof *grown);
        if (!grown)
            return xpath_fail_memory(x);
        if (set->count)
            memcpy(grown, set->nodes, set->count * sizeof *grown);
        set->nodes = grown;
        set->room = room;
    }
    set->nodes[set->count++] = node;
    return true;
}

static int compare_order(const void *left, const void *right)
{
    const struct sql_xml_node *a = *(const struct sql_xml_node *const *)left;
    const struct sql_xml_node *b = *(const struct sql_xml_node *const *)right;
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return (a->suborder > b->suborder) - (a->suborder < b->suborder);
}

void xpath_set_order(struct xpath_set *set)
{
    bool sorted = true;
    uint32_t kept = 0;
    for (uint32_t i = 1; i < set->count && sorted; i++)
        sorted = compare_order(&set->nodes[i - 1], &set->nodes[i]) < 0;
    if (sorted)
        return;
    qsort(set->nodes, set->count, sizeof *set->nodes, compare_order);
    for (uint32_t i = 0; i < set->count; i++)
        if (i == 0 || compare_order(&set->nodes[kept - 1], &set->nodes[i]) != 0)
            set->nodes[kept++] = set->nodes[i];
    set->count = kept;
}

void xpath_give_set(const struct xpath_set *set, struct sql_xpath_value *out)
{
    *out =
        (struct sql_xpath_value){.kind = SQL_XPATH_NODES, .nodes = set->nodes, .count = set->count};
}

/* ---- conversions */

bool xpath_node_text(struct sql_xpath_context *x, const struct sql_xml_node *node,
                     struct slice *out)
{
    struct sql_bytes text = sql_bytes_begin(x->call);
    bool element = node->kind == SQL_XML_ELEMENT || node->kind == SQL_XML_DOCUMENT;
    if (!element ||
        (node->first && node->first == node->last && node->first->kind == SQL_XML_TEXT)) {
        *out = element ? node->first->value : node->value;
        return true;
    }
    sql_xml_print_text(node, &text);
    *out = sql_bytes_slice(&text);
    return !text.failed || xpath_fail_memory(x);
}

enum { DIGITS = 15 };

void sql_xpath_print_number(double number, struct sql_bytes *out)
{
    char text[TEXT_DOUBLE_MAX];
    double size = fabs(number);
    if (isnan(number) || isinf(number)) {
        sql_bytes_add_str(out, isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
        return;
    }
    if (number > INT_MIN && number < INT_MAX && number == (int)number) {
        sql_bytes_printf(out, "%d", (int)number);
        return;
    }
    bool scientific = size > 1e9 || size < 1e-5;
    int whole = scientific ? (int)floor(log10(size)) : (int)log10(size);
    int fraction = whole > 0 ? DIGITS - whole - 1 : DIGITS - whole;
    if (scientific && fraction < 1)
        fraction = 1;
    int len = snprintf(text, sizeof text, scientific ? "%.*e" : "%.*f", fraction, number);
    char *exponent = memchr(text, 'e', (size_t)len);
    char *end = exponent ? exponent : text + len;
    char *last = end;
    while (last[-1] == '0')
        last--;
    if (last[-1] == '.')
        last--;
    sql_bytes_add(out, text, (size_t)(last - text));
    sql_bytes_add(out, end, (size_t)(text + len - end));
}

bool xpath_to_text(struct sql_xpath_context *x, const struct sql_xpath_value *value,
                   struct slice *out)
{
    struct sql_bytes text = sql_bytes_begin(x->call);
    switch (value->kind) {
    case SQL_XPATH_NODES:
        *out = slice_of("", 0);
        return value->count == 0 || xpath_node_text(x, value->nodes[0], out);
    case SQL_XPATH_BOOLEAN: *out = slice_str(value->boolean ? "true" : "false"); return true;
    case SQL_XPATH_STRING: *out = value->string; return true;
    default: break;
    }
    sql_xpath_print_number(value->number, &text);
    *out = sql_bytes_slice(&text);
    return !text.failed || xpath_fail_memory(x);
}

double xpath_text_number(struct slice text)
{
    double number;
    text = sql_trim_blanks(text);
    size_t sign = text.len && text.ptr[0] == '-';
    bool digits = text.len > sign && (sql_is_digit(text.ptr[sign]) || text.ptr[sign] == '.');
    return digits && text_to_double(text, &number) ? number : NAN;
}

bool xpath_to_number(struct sql_xpath_context *x, const struct sql_xpath_value *value, double *out)
{
    struct slice text;
    if (value->kind == SQL_XPATH_NUMBER)
        *out = value->number;
    else if (value->kind == SQL_XPATH_BOOLEAN)
        *out = value->boolean;
    else if (!xpath_to_text(x, value, &text))
        return false;
    else
        *out = xpath_text_number(text);
    return true;
}

bool xpath_to_boolean(const struct sql_xpath_value *value)
{
    switch (value->kind) {
    case SQL_XPATH_NODES: return value->count > 0;
    case SQL_XPATH_BOOLEAN: return value->boolean;
    case SQL_XPATH_NUMBER: return value->number != 0 && !isnan(value->number);
    default: return value->string.len > 0;
    }
}

/* ---- comparisons */

static bool order_holds(enum xpath_op op, double left, double right)
{
    switch (op) {
    case XPATH_EQ: return left == right;
    case XPATH_NE: return left != right;
    case XPATH_LT: return left < right;
    case XPATH_LE: return left <= right;
    case XPATH_GT: return left > right;
    default: return left >= right;
    }
}

static bool is_equality(enum xpath_op op)
{
    return op == XPATH_EQ || op == XPATH_NE;
}

/* Neither is a set. */
static bool compare_atoms(struct sql_xpath_context *x, enum xpath_op op,
                          const struct sql_xpath_value *left, const struct sql_xpath_value *right,
                          bool *out)
{
    if (is_equality(op) && (left->kind == SQL_XPATH_BOOLEAN || right->kind == SQL_XPATH_BOOLEAN)) {
        *out = (xpath_to_boolean(left) == xpath_to_boolean(right)) == (op == XPATH_EQ);
        return true;
    }
    if (is_equality(op) && left->kind == SQL_XPATH_STRING && right->kind == SQL_XPATH_STRING) {
        *out = slice_eq(left->string, right->string) == (op == XPATH_EQ);
        return true;
    }
    double a, b;
    if (!xpath_to_number(x, left, &a) || !xpath_to_number(x, right, &b))
        return false;
    *out = order_holds(op, a, b);
    return true;
}

static bool node_value(struct sql_xpath_context *x, const struct sql_xpath_value *set, uint32_t at,
                       struct sql_xpath_value *out)
{
    *out = (struct sql_xpath_value){.kind = SQL_XPATH_STRING};
    return xpath_node_text(x, set->nodes[at], &out->string);
}

/* True when it holds for any of the set's nodes. */
static bool compare_nodes(struct sql_xpath_context *x, enum xpath_op op,
                          const struct sql_xpath_value *left, const struct sql_xpath_value *right,
                          bool *out)
{
    bool left_set = left->kind == SQL_XPATH_NODES;
    const struct sql_xpath_value *set = left_set ? left : right;
    *out = false;
    for (uint32_t i = 0; i < set->count && !*out; i++) {
        struct sql_xpath_value item;
        if (!sql_call_check(x->call) || !node_value(x, set, i, &item) ||
            !xpath_compare(x, op, left_set ? &item : left, left_set ? right : &item, out))
            return false;
    }
    return true;
}

bool xpath_compare(struct sql_xpath_context *x, enum xpath_op op,
                   const struct sql_xpath_value *left, const struct sql_xpath_value *right,
                   bool *out)
{
    bool left_set = left->kind == SQL_XPATH_NODES, right_set = right->kind == SQL_XPATH_NODES;
    if (!left_set && !right_set)
        return compare_atoms(x, op, left, right, out);
    bool with_boolean = left->kind == SQL_XPATH_BOOLEAN || right->kind == SQL_XPATH_BOOLEAN;
    if (!with_boolean)
        return compare_nodes(x, op, left, right, out);
    struct sql_xpath_value a = {.kind = SQL_XPATH_BOOLEAN, .boolean = xpath_to_boolean(left)};
    struct sql_xpath_value b = {.kind = SQL_XPATH_BOOLEAN, .boolean = xpath_to_boolean(right)};
    return compare_atoms(x, op, &a, &b, out);
}
