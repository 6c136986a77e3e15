/* Running a path: every step gives its values to the step behind it.
 *
 * In lax mode arrays are taken apart where a step wants something else, what is no array counts as
 * one of one element, and what is not there gives nothing; in strict mode these are errors. Inside
 * predicates errors make the result unknown. */
#include "common/fiber.h"
#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/jsonpath.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/regex/regex.h"

enum { STACK_NEEDED = 24 * 1024 };

enum outcome { FAILED, DONE };
enum truth { FALSE_RESULT, TRUE_RESULT, UNKNOWN_RESULT };

struct run {
    struct sql_call *call;
    const struct sql_path_options *options;
    struct sql_jsonb root;
    struct sql_jsonb current; /* @ */
    int64_t last;             /* index of the innermost array's last element */
    bool lax;
    bool lenient; /* structural errors are no errors: lax mode, and below ** */
    bool soft;    /* the failure may be swallowed */
    bool any;     /* lax mode: is there a value? */
};

static enum outcome execute(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                            bool unwrap, struct sql_path_values *out);
static enum truth predicate(struct run *run, struct sql_path_node *node, struct sql_jsonb item);

/* ---- errors */

#define SOFT_FAIL(run, ...) \
    ((run)->soft = true, sql_fail((run)->call->env->error, __VA_ARGS__), FAILED)

static enum outcome structural(struct run *run, const char *sqlstate, const char *message)
{
    if (run->lenient)
        return DONE;
    return SOFT_FAIL(run, sqlstate, "%s", message);
}

/* ---- results */

static bool append(struct run *run, struct sql_path_values *out, struct sql_jsonb value)
{
    if (out->count == out->room) {
        uint32_t room = out->room ? out->room * 2 : 8;
        struct sql_jsonb *items = arena_array(run->call->arena, room, sizeof(*items));
        if (!items)
            return sql_fail_memory(run->call->env->error);
        if (out->count)
            memcpy(items, out->items, out->count * sizeof(*items));
        out->items = items;
        out->room = room;
    }
    out->items[out->count++] = value;
    return true;
}

/* What a step found, to the step behind it. */
static enum outcome pass(struct run *run, const struct sql_path_node *node, struct sql_jsonb value,
                         struct sql_path_values *out)
{
    if (node->next)
        return execute(run, node->next, value, run->lax, out);
    return append(run, out, value) ? DONE : FAILED;
}

/* All elements of an array, each to the same step. */
static enum outcome for_elements(struct run *run, struct sql_path_node *node,
                                 const struct sql_jsonb *array, struct sql_path_values *out)
{
    for (uint32_t i = 0; i < sql_jsonb_count(array); i++)
        if (execute(run, node, sql_jsonb_element(array, i), false, out) == FAILED)
            return FAILED;
    return DONE;
}

/* The values of an operand; arrays taken apart in lax mode when asked for. */
static enum outcome operand(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                            bool unwrap, struct sql_path_values *out)
{
    struct sql_path_values raw = {NULL, 0, 0};
    if (execute(run, node, item, run->lax, unwrap && run->lax ? &raw : out) == FAILED)
        return FAILED;
    for (uint32_t i = 0; i < raw.count; i++) {
        const struct sql_jsonb *value = &raw.items[i];
        if (value->kind != SQL_JSONB_KIND_ARRAY) {
            if (!append(run, out, *value))
                return FAILED;
            continue;
        }
        for (uint32_t e = 0; e < sql_jsonb_count(value); e++)
            if (!append(run, out, sql_jsonb_element(value, e)))
                return FAILED;
    }
    return DONE;
}

/* ---- accessors */

static enum outcome run_key(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                            bool unwrap, struct sql_path_values *out)
{
    struct sql_jsonb member;
    if (item.kind == SQL_JSONB_KIND_OBJECT) {
        if (sql_jsonb_find(&item, node->text, &member, NULL))
            return pass(run, node, member, out);
        if (run->lenient)
            return DONE;
        return SOFT_FAIL(run, "2203A", "JSON object does not contain key \"" SLICE_FMT "\"",
                         SLICE_ARG(node->text));
    }
    if (unwrap && item.kind == SQL_JSONB_KIND_ARRAY)
        return for_elements(run, node, &item, out);
    return structural(run, "2203A", "jsonpath member accessor can only be applied to an object");
}

static enum outcome run_any_key(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                                bool unwrap, struct sql_path_values *out)
{
    if (item.kind == SQL_JSONB_KIND_OBJECT) {
        for (uint32_t i = 0; i < sql_jsonb_count(&item); i++)
            if (pass(run, node, sql_jsonb_member(&item, i), out) == FAILED)
                return FAILED;
        return DONE;
    }
    if (unwrap && item.kind == SQL_JSONB_KIND_ARRAY)
        return for_elements(run, node, &item, out);
    return structural(run, "2203C",
                      "jsonpath wildcard member accessor can only be applied to an object");
}

static enum outcome run_any_array(struct run *run, struct sql_path_node *node,
                                  struct sql_jsonb item, struct sql_path_values *out)
{
    if (item.kind == SQL_JSONB_KIND_ARRAY) {
        for (uint32_t i = 0; i < sql_jsonb_count(&item); i++)
            if (pass(run, node, sql_jsonb_element(&item, i), out) == FAILED)
                return FAILED;
        return DONE;
    }
    if (run->lax)
        return pass(run, node, item, out);
    return structural(run, "22039",
                      "jsonpath wildcard array accessor can only be applied to an array");
}

static enum outcome eval_index(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                               int64_t *out)
{
    struct sql_path_values values = {NULL, 0, 0};
    struct sql_num number;
    if (execute(run, node, item, run->lax, &values) == FAILED)
        return FAILED;
    if (values.count != 1 || values.items[0].kind != SQL_JSONB_KIND_NUMBER)
        return SOFT_FAIL(run, "22033", "jsonpath array subscript is not a single numeric value");
    if (!sql_num_open(run->call->arena, sql_jsonb_number(&values.items[0]), &number) ||
        !sql_num_truncate(run->call->arena, &number, 0, &number))
        return FAILED;
    if (!sql_num_to_int(run->call->arena, &number, out) || *out > INT32_MAX || *out < INT32_MIN)
        return SOFT_FAIL(run, "22033", "jsonpath array subscript is out of integer range");
    return DONE;
}

static enum outcome run_range(struct run *run, struct sql_path_node *node,
                              const struct sql_path_range *range, struct sql_jsonb item,
                              struct sql_path_values *out)
{
    bool array = item.kind == SQL_JSONB_KIND_ARRAY;
    int64_t count = array ? sql_jsonb_count(&item) : 1, from, to;
    if (eval_index(run, range->from, item, &from) == FAILED)
        return FAILED;
    to = from;
    if (range->to && eval_index(run, range->to, item, &to) == FAILED)
        return FAILED;
    if (!run->lenient && (from < 0 || from > to || to >= count))
        return SOFT_FAIL(run, "22033", "jsonpath array subscript is out of bounds");
    if (from < 0)
        from = 0;
    if (to >= count)
        to = count - 1;
    int64_t outer = run->last;
    for (int64_t i = from; i <= to; i++) {
        struct sql_jsonb value = array ? sql_jsonb_element(&item, (uint32_t)i) : item;
        run->last = outer;
        enum outcome outcome = pass(run, node, value, out);
        run->last = count - 1;
        if (outcome == FAILED)
            return FAILED;
    }
    return DONE;
}

static enum outcome run_indexes(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                                struct sql_path_values *out)
{
    bool array = item.kind == SQL_JSONB_KIND_ARRAY;
    int64_t outer = run->last;
    enum outcome outcome = DONE;
    if (!array && !run->lax)
        return structural(run, "22039", "jsonpath array accessor can only be applied to an array");
    run->last = (array ? (int64_t)sql_jsonb_count(&item) : 1) - 1;
    for (uint32_t i = 0; i < node->range_count && outcome == DONE; i++)
        outcome = run_range(run, node, &node->ranges[i], item, out);
    run->last = outer;
    return outcome;
}

static enum outcome run_levels(struct run *run, const struct sql_path_node *node,
                               const struct sql_jsonb *item, uint32_t level,
                               struct sql_path_values *out)
{
    if (!sql_jsonb_is_container(item) || level > node->last)
        return DONE;
    if (fiber_stack_left() < STACK_NEEDED) {
        sql_fail(run->call->env->error, "54001", "stack depth limit exceeded");
        return FAILED;
    }
    for (uint32_t i = 0; i < sql_jsonb_count(item); i++) {
        struct sql_jsonb child = item->kind == SQL_JSONB_KIND_OBJECT ? sql_jsonb_member(item, i)
                                                                     : sql_jsonb_element(item, i);
        bool leaf_wanted = node->first == SQL_PATH_LEVEL_LAST && !sql_jsonb_is_container(&child);
        if ((level >= node->first && node->first != SQL_PATH_LEVEL_LAST) || leaf_wanted)
            if (pass(run, node, child, out) == FAILED)
                return FAILED;
        if (level < node->last && run_levels(run, node, &child, level + 1, out) == FAILED)
            return FAILED;
    }
    return DONE;
}

static enum outcome run_any(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                            struct sql_path_values *out)
{
    bool lenient = run->lenient;
    enum outcome outcome = DONE;
    run->lenient = true;
    if (node->first == 0)
        outcome = pass(run, node, item, out);
    if (outcome == DONE)
        outcome = run_levels(run, node, &item, 1, out);
    run->lenient = lenient;
    return outcome;
}

static enum outcome run_filter(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                               bool unwrap, struct sql_path_values *out)
{
    if (unwrap && item.kind == SQL_JSONB_KIND_ARRAY)
        return for_elements(run, node, &item, out);
    struct sql_jsonb outer = run->current;
    run->current = item;
    enum truth truth = predicate(run, node->left, item);
    run->current = outer;
    if (run->call->env->error->sqlstate[0])
        return FAILED;
    return truth == TRUE_RESULT ? pass(run, node, item, out) : DONE;
}

/* ---- methods */

static struct sql_jsonb text_value(const char *text)
{
    return (struct sql_jsonb){SQL_JSONB_KIND_STRING, slice_str(text)};
}

static enum outcome give_int(struct run *run, const struct sql_path_node *node, int64_t value,
                             struct sql_path_values *out)
{
    struct sql_jsonb number;
    struct slice text = arena_printf(run->call->arena, "%lld", (long long)value);
    return text.ptr && sql_jsonb_number_of(run->call, text, &number) ? pass(run, node, number, out)
                                                                     : FAILED;
}

static enum outcome run_size(struct run *run, const struct sql_path_node *node,
                             const struct sql_jsonb *item, struct sql_path_values *out)
{
    if (item->kind == SQL_JSONB_KIND_ARRAY)
        return give_int(run, node, sql_jsonb_count(item), out);
    if (run->lax)
        return give_int(run, node, 1, out);
    return structural(run, "22039", "jsonpath item method .size() can only be applied to an array");
}

static enum outcome run_numeric(struct run *run, const struct sql_path_node *node,
                                const struct sql_jsonb *item, const char *symbol,
                                struct sql_path_values *out)
{
    sql_function *function = sql_builtin_find(slice_str(symbol));
    struct datum arg, result;
    if (item->kind != SQL_JSONB_KIND_NUMBER)
        return SOFT_FAIL(run, "22036",
                         "jsonpath item method .%s() can only be applied to a numeric value",
                         sql_path_methods[node->method].name);
    arg = sql_jsonb_number(item);
    if (!function || !function(run->call, &arg, &result))
        return FAILED;
    return pass(run, node, (struct sql_jsonb){SQL_JSONB_KIND_NUMBER, datum_slice(result)}, out);
}

static enum outcome run_double(struct run *run, const struct sql_path_node *node,
                               const struct sql_jsonb *item, struct sql_path_values *out)
{
    struct sql_bytes text = sql_bytes_begin(run->call);
    struct datum value;
    struct sql_jsonb number;
    struct sql_error aside;
    struct sql_env env = *run->call->env;
    struct sql_call call = *run->call;
    sql_error_begin(&aside, run->call->arena);
    env.error = &aside;
    call.env = &env;
    if (item->kind != SQL_JSONB_KIND_STRING && item->kind != SQL_JSONB_KIND_NUMBER)
        return SOFT_FAIL(run, "22036",
                         "jsonpath item method .double() can only be applied to a string or "
                         "numeric value");
    if (item->kind == SQL_JSONB_KIND_STRING)
        sql_bytes_add_slice(&text, item->bytes);
    else if (!sql_numeric_ops.output(run->call, NULL, sql_jsonb_number(item), &text))
        return FAILED;
    bool ok = sql_float8_ops.input(&call, NULL, sql_bytes_slice(&text), -1, &value) &&
              value.d - value.d == 0;
    if (!ok && item->kind == SQL_JSONB_KIND_STRING)
        return SOFT_FAIL(run, "22036",
                         "string argument of jsonpath item method .double() is not a valid "
                         "representation of a double precision number");
    if (!ok)
        return SOFT_FAIL(run, "22036",
                         "numeric argument of jsonpath item method .double() is out of range for "
                         "type double precision");
    struct sql_bytes shown = sql_bytes_begin(run->call);
    if (item->kind == SQL_JSONB_KIND_NUMBER)
        return pass(run, node, *item, out);
    return sql_float8_ops.output(run->call, NULL, value, &shown) &&
                   sql_jsonb_number_of(run->call, sql_bytes_slice(&shown), &number)
               ? pass(run, node, number, out)
               : FAILED;
}

static enum outcome run_keyvalue(struct run *run, const struct sql_path_node *node,
                                 const struct sql_jsonb *item, struct sql_path_values *out)
{
    if (item->kind != SQL_JSONB_KIND_OBJECT)
        return SOFT_FAIL(run, "2203C",
                         "jsonpath item method .keyvalue() can only be applied to an object");
    int64_t id = item->bytes.ptr - run->root.bytes.ptr;
    struct slice text = arena_printf(run->call->arena, "%lld", (long long)(id < 0 ? 0 : id));
    struct sql_jsonb number;
    if (!text.ptr || !sql_jsonb_number_of(run->call, text, &number))
        return FAILED;
    for (uint32_t i = 0; i < sql_jsonb_count(item); i++) {
        struct sql_jsonb_builder builder;
        struct sql_jsonb key = {SQL_JSONB_KIND_STRING, sql_jsonb_key(item, i)};
        sql_jsonb_build(&builder, run->call, run->call->arena);
        if (!sql_jsonb_begin(&builder, true) ||
            !sql_jsonb_add_member(&builder, slice_str("key"), key) ||
            !sql_jsonb_add_member(&builder, slice_str("value"), sql_jsonb_member(item, i)) ||
            !sql_jsonb_add_member(&builder, slice_str("id"), number) || !sql_jsonb_end(&builder))
            return FAILED;
        if (pass(run, node, builder.top, out) == FAILED)
            return FAILED;
    }
    return DONE;
}

static enum outcome run_conversion(struct run *run, const struct sql_path_node *node,
                                   const struct sql_jsonb *item, struct sql_path_values *out)
{
    struct sql_jsonb value;
    if (node->method < SQL_PATH_TO_DATE)
        return sql_path_convert(run->call, node, item, &value, &run->soft)
                   ? pass(run, node, value, out)
                   : FAILED;
    if (item->kind != SQL_JSONB_KIND_STRING || item->time)
        return SOFT_FAIL(run, "22031", "jsonpath item method .%s() can only be applied to a string",
                         sql_path_methods[node->method].name);
    return sql_path_cast_datetime(run->call, node, item->bytes, run->options->with_zones, &value,
                                  &run->soft)
               ? pass(run, node, value, out)
               : FAILED;
}

static enum outcome run_method(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                               bool unwrap, struct sql_path_values *out)
{
    static const char *const kinds[] = {"null",    "string", "number", "boolean",
                                        "boolean", "array",  "object"};
    if (node->method == SQL_PATH_TYPE)
        return pass(run, node,
                    text_value(item.time ? sql_path_datetime_type(&item) : kinds[item.kind]), out);
    if (node->method == SQL_PATH_SIZE)
        return run_size(run, node, &item, out);
    if (unwrap && item.kind == SQL_JSONB_KIND_ARRAY)
        return for_elements(run, node, &item, out);
    switch (node->method) {
    case SQL_PATH_ABS: return run_numeric(run, node, &item, "numeric_abs", out);
    case SQL_PATH_FLOOR: return run_numeric(run, node, &item, "numeric_floor", out);
    case SQL_PATH_CEILING: return run_numeric(run, node, &item, "numeric_ceil", out);
    case SQL_PATH_DOUBLE: return run_double(run, node, &item, out);
    case SQL_PATH_KEYVALUE: return run_keyvalue(run, node, &item, out);
    default: return run_conversion(run, node, &item, out);
    }
}

static enum outcome run_datetime(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                                 bool unwrap, struct sql_path_values *out)
{
    struct sql_jsonb value;
    if (unwrap && item.kind == SQL_JSONB_KIND_ARRAY)
        return for_elements(run, node, &item, out);
    if (item.kind != SQL_JSONB_KIND_STRING || item.time)
        return SOFT_FAIL(run, "22031",
                         "jsonpath item method .datetime() can only be applied to a string");
    if (!sql_path_datetime(run->call, item.bytes, node->text, &value, &run->soft))
        return FAILED;
    return pass(run, node, value, out);
}

/* ---- arithmetic */

static const struct {
    const char *sign, *symbol;
} operators[] = {
    [SQL_PATH_ADD] = {"+", "numeric_add"   },
      [SQL_PATH_SUBTRACT] = {"-", "numeric_sub"   },
    [SQL_PATH_MULTIPLY] = {"*", "numeric_mul"   },
      [SQL_PATH_DIVIDE] = {"/", "numeric_div"   },
    [SQL_PATH_MODULO] = {"%", "numeric_mod"   },
      [SQL_PATH_PLUS] = {"+", "numeric_uplus" },
    [SQL_PATH_MINUS] = {"-", "numeric_uminus"},
};

static enum outcome number_operand(struct run *run, const struct sql_path_node *node,
                                   struct sql_path_node *of, const char *side,
                                   struct sql_jsonb item, struct datum *out)
{
    struct sql_path_values values = {NULL, 0, 0};
    if (operand(run, of, item, true, &values) == FAILED)
        return FAILED;
    if (values.count != 1 || values.items[0].kind != SQL_JSONB_KIND_NUMBER)
        return SOFT_FAIL(run, "22038",
                         "%s operand of jsonpath operator %s is not a single numeric value", side,
                         operators[node->kind].sign);
    *out = sql_jsonb_number(&values.items[0]);
    return DONE;
}

static enum outcome run_binary(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                               struct sql_path_values *out)
{
    sql_function *function = sql_builtin_find(slice_str(operators[node->kind].symbol));
    struct datum args[2], result;
    if (number_operand(run, node, node->left, "left", item, &args[0]) == FAILED ||
        number_operand(run, node, node->right, "right", item, &args[1]) == FAILED)
        return FAILED;
    run->soft = true;
    if (!function || !function(run->call, args, &result))
        return FAILED;
    run->soft = false;
    return pass(run, node, (struct sql_jsonb){SQL_JSONB_KIND_NUMBER, datum_slice(result)}, out);
}

static enum outcome run_unary(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                              struct sql_path_values *out)
{
    sql_function *function = sql_builtin_find(slice_str(operators[node->kind].symbol));
    struct sql_path_values values = {NULL, 0, 0};
    if (operand(run, node->left, item, true, &values) == FAILED)
        return FAILED;
    for (uint32_t i = 0; i < values.count; i++) {
        struct datum arg = sql_jsonb_number(&values.items[i]), result;
        bool number = values.items[i].kind == SQL_JSONB_KIND_NUMBER;
        if (!number && run->any && !node->next)
            continue;
        if (!number)
            return SOFT_FAIL(run, "2203B",
                             "operand of unary jsonpath operator %s is not a numeric value",
                             operators[node->kind].sign);
        if (!function || !function(run->call, &arg, &result))
            return FAILED;
        if (pass(run, node, (struct sql_jsonb){SQL_JSONB_KIND_NUMBER, datum_slice(result)}, out) ==
            FAILED)
            return FAILED;
    }
    return DONE;
}

/* ---- predicates */

static enum truth truth_of(bool value)
{
    return value ? TRUE_RESULT : FALSE_RESULT;
}

static bool is_bool(enum sql_jsonb_kind kind)
{
    return kind == SQL_JSONB_KIND_TRUE || kind == SQL_JSONB_KIND_FALSE;
}

static enum truth ordered(enum sql_path_kind op, int order)
{
    switch (op) {
    case SQL_PATH_EQUAL: return truth_of(order == 0);
    case SQL_PATH_NOT_EQUAL: return truth_of(order != 0);
    case SQL_PATH_LESS: return truth_of(order < 0);
    case SQL_PATH_GREATER: return truth_of(order > 0);
    case SQL_PATH_LESS_EQUAL: return truth_of(order <= 0);
    default: return truth_of(order >= 0);
    }
}

static enum truth compare_times(struct run *run, const struct sql_path_node *node,
                                const struct sql_jsonb *a, const struct sql_jsonb *b)
{
    bool comparable;
    int order;
    if (!sql_path_datetime_compare(run->call, a, b, run->options->with_zones, &comparable, &order))
        return UNKNOWN_RESULT;
    return comparable ? ordered(node->kind, order) : UNKNOWN_RESULT;
}

static enum truth compare(struct run *run, struct sql_path_node *node, const struct sql_jsonb *a,
                          const struct sql_jsonb *b)
{
    bool same = a->kind == b->kind || (is_bool(a->kind) && is_bool(b->kind));
    if (!same) {
        bool null = a->kind == SQL_JSONB_KIND_NULL || b->kind == SQL_JSONB_KIND_NULL;
        return null ? truth_of(node->kind == SQL_PATH_NOT_EQUAL) : UNKNOWN_RESULT;
    }
    if (sql_jsonb_is_container(a) || !a->time != !b->time)
        return UNKNOWN_RESULT;
    if (a->time)
        return compare_times(run, node, a, b);
    if (a->kind == SQL_JSONB_KIND_STRING)
        return ordered(node->kind, slice_compare(a->bytes, b->bytes));
    return ordered(node->kind, sql_jsonb_compare(run->call, a, b));
}

static enum truth starts_with(struct run *run, struct sql_path_node *node,
                              const struct sql_jsonb *a, const struct sql_jsonb *b)
{
    (void)run;
    (void)node;
    if (a->kind != SQL_JSONB_KIND_STRING || b->kind != SQL_JSONB_KIND_STRING)
        return UNKNOWN_RESULT;
    return truth_of(a->bytes.len >= b->bytes.len &&
                    (b->bytes.len == 0 || !memcmp(a->bytes.ptr, b->bytes.ptr, b->bytes.len)));
}

struct sql_regex *sql_path_regex(struct sql_call *call, struct sql_path_node *node)
{
    static const struct {
        char flag;
        unsigned set, clear;
    } flags[] = {
        {'i', SQL_REGEX_NOCASE,         0                      },
        {'s', 0,                        SQL_REGEX_NEWLINE_STOPS},
        {'m', SQL_REGEX_NEWLINE_ANCHOR, 0                      },
        {'q', SQL_REGEX_LITERAL,        0                      }
    };
    unsigned options = SQL_REGEX_NEWLINE_STOPS;
    if (node->memo)
        return node->memo;
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (node->flags.len && memchr(node->flags.ptr, flags[i].flag, node->flags.len))
            options = (options | flags[i].set) & ~flags[i].clear;
    if (options & SQL_REGEX_LITERAL)
        options &= SQL_REGEX_LITERAL | SQL_REGEX_NOCASE;
    struct sql_regex *regex;
    if (!sql_regex_compile(call->env, call->arena, node->text, options, &regex))
        return NULL;
    node->memo = regex;
    return regex;
}

static enum truth like_regex(struct run *run, struct sql_path_node *node, const struct sql_jsonb *a,
                             const struct sql_jsonb *b)
{
    (void)b;
    bool found = false;
    struct sql_regex *regex;
    if (a->kind != SQL_JSONB_KIND_STRING)
        return UNKNOWN_RESULT;
    regex = sql_path_regex(run->call, node);
    if (!regex || !sql_regex_search(run->call, regex, a->bytes, 0, NULL, 0, &found))
        return UNKNOWN_RESULT;
    return truth_of(found);
}

typedef enum truth tester(struct run *run, struct sql_path_node *node, const struct sql_jsonb *a,
                          const struct sql_jsonb *b);

/* An operand of a predicate: its error makes the result unknown. */
static bool quiet_operand(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                          bool unwrap, struct sql_path_values *out)
{
    struct sql_error kept = *run->call->env->error;
    if (operand(run, node, item, unwrap, out) == DONE)
        return true;
    if (run->soft) {
        *run->call->env->error = kept;
        run->soft = false;
    }
    return false;
}

/* A failure that no predicate swallows. */
static bool has_failed(const struct run *run)
{
    return run->call->env->error->sqlstate[0] != '\0';
}

static enum truth test_pairs(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                             tester *test)
{
    struct sql_path_values left = {NULL, 0, 0}, right = {NULL, 0, 0};
    const struct sql_jsonb none = {
        SQL_JSONB_KIND_NULL, {NULL, 0}
    };
    bool found = false, unknown = false;
    if (!quiet_operand(run, node->left, item, true, &left))
        return UNKNOWN_RESULT;
    if (node->right &&
        !quiet_operand(run, node->right, item, node->kind != SQL_PATH_STARTS_WITH, &right))
        return UNKNOWN_RESULT;
    uint32_t rights = node->right ? right.count : 1;
    for (uint32_t i = 0; i < left.count; i++) {
        for (uint32_t j = 0; j < rights; j++) {
            enum truth truth =
                test(run, node, &left.items[i], node->right ? &right.items[j] : &none);
            if (truth == UNKNOWN_RESULT && (!run->lax || has_failed(run)))
                return UNKNOWN_RESULT;
            if (truth == TRUE_RESULT && run->lax)
                return TRUE_RESULT;
            unknown |= truth == UNKNOWN_RESULT;
            found |= truth == TRUE_RESULT;
        }
    }
    return found ? TRUE_RESULT : unknown ? UNKNOWN_RESULT : FALSE_RESULT;
}

static enum truth exists(struct run *run, struct sql_path_node *node, struct sql_jsonb item)
{
    struct sql_path_values values = {NULL, 0, 0};
    if (!quiet_operand(run, node, item, false, &values))
        return UNKNOWN_RESULT;
    return truth_of(values.count > 0);
}

static enum truth both(struct run *run, struct sql_path_node *node, struct sql_jsonb item)
{
    enum truth left = predicate(run, node->left, item);
    bool conjunction = node->kind == SQL_PATH_AND;
    if (left == (conjunction ? FALSE_RESULT : TRUE_RESULT))
        return left;
    enum truth right = predicate(run, node->right, item);
    enum truth neutral = conjunction ? TRUE_RESULT : FALSE_RESULT;
    return right == neutral ? left : right;
}

static enum truth predicate(struct run *run, struct sql_path_node *node, struct sql_jsonb item)
{
    enum truth inner;
    if (fiber_stack_left() < STACK_NEEDED)
        return UNKNOWN_RESULT;
    switch (node->kind) {
    case SQL_PATH_AND:
    case SQL_PATH_OR: return both(run, node, item);
    case SQL_PATH_NOT:
        inner = predicate(run, node->left, item);
        return inner == UNKNOWN_RESULT ? inner : truth_of(inner == FALSE_RESULT);
    case SQL_PATH_IS_UNKNOWN: return truth_of(predicate(run, node->left, item) == UNKNOWN_RESULT);
    case SQL_PATH_EXISTS: return exists(run, node->left, item);
    case SQL_PATH_STARTS_WITH: return test_pairs(run, node, item, starts_with);
    case SQL_PATH_LIKE_REGEX: return test_pairs(run, node, item, like_regex);
    default: return test_pairs(run, node, item, compare);
    }
}

static enum outcome run_predicate(struct run *run, struct sql_path_node *node,
                                  struct sql_jsonb item, struct sql_path_values *out)
{
    static const enum sql_jsonb_kind kinds[] = {[FALSE_RESULT] = SQL_JSONB_KIND_FALSE,
                                                [TRUE_RESULT] = SQL_JSONB_KIND_TRUE,
                                                [UNKNOWN_RESULT] = SQL_JSONB_KIND_NULL};
    enum truth truth = predicate(run, node, item);
    return pass(run, node,
                (struct sql_jsonb){
                    kinds[truth], {NULL, 0}
    },
                out);
}

/* ---- all kinds */

static bool find_variable(const struct sql_path_options *options, struct slice name,
                          struct sql_jsonb *out)
{
    for (uint32_t i = 0; i < options->passed_count; i++) {
        *out = options->passed[i].value;
        if (slice_eq(options->passed[i].name, name))
            return true;
    }
    return options->has_variables && sql_jsonb_find(&options->variables, name, out, NULL);
}

static enum outcome run_variable(struct run *run, struct sql_path_node *node,
                                 struct sql_path_values *out)
{
    struct sql_jsonb value;
    if (find_variable(run->options, node->text, &value))
        return pass(run, node, value, out);
    sql_fail(run->call->env->error, "42704", "could not find jsonpath variable \"" SLICE_FMT "\"",
             SLICE_ARG(node->text));
    return FAILED;
}

static enum outcome execute(struct run *run, struct sql_path_node *node, struct sql_jsonb item,
                            bool unwrap, struct sql_path_values *out)
{
    struct sql_jsonb value = {
        SQL_JSONB_KIND_NULL, {NULL, 0}
    };
    if (fiber_stack_left() < STACK_NEEDED) {
        sql_fail(run->call->env->error, "54001", "stack depth limit exceeded");
        return FAILED;
    }
    switch (node->kind) {
    case SQL_PATH_NULL: return pass(run, node, value, out);
    case SQL_PATH_FALSE: value.kind = SQL_JSONB_KIND_FALSE; return pass(run, node, value, out);
    case SQL_PATH_TRUE: value.kind = SQL_JSONB_KIND_TRUE; return pass(run, node, value, out);
    case SQL_PATH_STRING:
        value = (struct sql_jsonb){SQL_JSONB_KIND_STRING, node->text};
        return pass(run, node, value, out);
    case SQL_PATH_NUMBER:
        value = (struct sql_jsonb){SQL_JSONB_KIND_NUMBER, datum_slice(node->number)};
        return pass(run, node, value, out);
    case SQL_PATH_VARIABLE: return run_variable(run, node, out);
    case SQL_PATH_ROOT: return pass(run, node, run->root, out);
    case SQL_PATH_CURRENT: return pass(run, node, run->current, out);
    case SQL_PATH_LAST: return give_int(run, node, run->last, out);
    case SQL_PATH_KEY: return run_key(run, node, item, unwrap, out);
    case SQL_PATH_ANY_KEY: return run_any_key(run, node, item, unwrap, out);
    case SQL_PATH_ANY: return run_any(run, node, item, out);
    case SQL_PATH_ANY_ARRAY: return run_any_array(run, node, item, out);
    case SQL_PATH_INDEXES: return run_indexes(run, node, item, out);
    case SQL_PATH_FILTER: return run_filter(run, node, item, unwrap, out);
    case SQL_PATH_METHOD: return run_method(run, node, item, unwrap, out);
    case SQL_PATH_DATETIME: return run_datetime(run, node, item, unwrap, out);
    case SQL_PATH_ADD:
    case SQL_PATH_SUBTRACT:
    case SQL_PATH_MULTIPLY:
    case SQL_PATH_DIVIDE:
    case SQL_PATH_MODULO: return run_binary(run, node, item, out);
    case SQL_PATH_PLUS:
    case SQL_PATH_MINUS: return run_unary(run, node, item, out);
    default: return run_predicate(run, node, item, out);
    }
}

bool sql_path_run(struct sql_call *call, const struct sql_path *path,
                  const struct sql_jsonb *target, const struct sql_path_options *options, bool any,
                  struct sql_path_values *out, bool *failed)
{
    struct run run = {.call = call,
                      .options = options,
                      .root = *target,
                      .current = *target,
                      .last = -1,
                      .lax = !path->strict,
                      .lenient = !path->strict,
                      .any = any && !path->strict};
    *out = (struct sql_path_values){NULL, 0, 0};
    *failed = false;
    if (execute(&run, path->top, *target, run.lax, out) == DONE)
        return call->env->error->sqlstate[0] == '\0';
    bool enough = run.any && out->count > 0;
    if (!run.soft || !(options->silent || enough))
        return false;
    sql_error_begin(call->env->error, call->env->error->arena);
    *failed = !enough;
    return true;
}
