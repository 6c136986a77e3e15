/* intarray: arrays of integers as sets, and queries over them. Of an array's dimensions only its
 * elements count. */
#include <stdlib.h>

#include "emulators/postgres/extension/boolean_query.h"
#include "emulators/postgres/extension/functions.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

/* The elements of an array; the shape is that of the array. */
struct numbers {
    int32_t *items;
    uint32_t count;
    struct sql_array_shape shape;
};

static bool open_numbers(struct sql_call *call, struct datum value, struct numbers *out)
{
    struct sql_array array;
    sql_array_open(value, &array);
    *out = (struct numbers){arena_array(call->arena, array.count + 1u, sizeof *out->items),
                            array.count, array.shape};
    if (!out->items)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < array.count; i++) {
        if (sql_array_is_null(&array, i))
            return sql_fail(call->env->error, "22004", "array must not contain nulls");
        out->items[i] = (int32_t)sql_array_get(&array, i).i;
    }
    return true;
}

static int ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static int descending(const void *a, const void *b)
{
    return ascending(b, a);
}

/* Each number once that stands beside itself. */
static void drop_doubles(struct numbers *numbers)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < numbers->count; i++)
        if (kept == 0 || numbers->items[kept - 1] != numbers->items[i])
            numbers->items[kept++] = numbers->items[i];
    numbers->count = kept;
}

static bool open_set(struct sql_call *call, struct datum value, struct numbers *out)
{
    if (!open_numbers(call, value, out))
        return false;
    qsort(out->items, out->count, sizeof *out->items, ascending);
    drop_doubles(out);
    return true;
}

static bool has(const struct numbers *set, int32_t number)
{
    return bsearch(&number, set->items, set->count, sizeof number, ascending) != NULL;
}

/* An array of one dimension, or of `shape`. */
static bool give(struct sql_call *call, const int32_t *items, uint32_t count,
                 const struct sql_array_shape *shape, struct datum *out)
{
    const struct sql_type *type =
        sql_call_find_type(call, call->env->session->dialect->types_of.int4);
    struct datum *values = arena_array(call->arena, count + 1u, sizeof *values);
    if (!type || !values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++)
        values[i] = datum_int(items[i]);
    return shape && count ? sql_array_make(call, type, shape, values, out)
                          : sql_array_make_vector(call, type, values, count, out);
}

/* ---- sets */

struct pair {
    struct numbers a, b;
};

static bool open_sets(struct sql_call *call, const struct datum *args, struct pair *out)
{
    return open_set(call, args[0], &out->a) && open_set(call, args[1], &out->b);
}

static uint32_t count_common(const struct pair *pair)
{
    uint32_t common = 0;
    for (uint32_t i = 0; i < pair->a.count; i++)
        common += has(&pair->b, pair->a.items[i]);
    return common;
}

static bool int_overlap(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pair pair;
    return open_sets(call, args, &pair) && sql_give_bool(out, count_common(&pair) > 0);
}

static bool int_contains(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pair pair;
    return open_sets(call, args, &pair) && sql_give_bool(out, count_common(&pair) == pair.b.count);
}

static bool int_contained(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pair pair;
    return open_sets(call, args, &pair) && sql_give_bool(out, count_common(&pair) == pair.a.count);
}

/* The same numbers, each as often. */
static bool are_same(struct sql_call *call, const struct datum *args, bool *out)
{
    struct pair pair;
    if (!open_numbers(call, args[0], &pair.a) || !open_numbers(call, args[1], &pair.b))
        return false;
    qsort(pair.a.items, pair.a.count, sizeof *pair.a.items, ascending);
    qsort(pair.b.items, pair.b.count, sizeof *pair.b.items, ascending);
    *out = pair.a.count == pair.b.count &&
           memcmp(pair.a.items, pair.b.items, pair.a.count * sizeof *pair.a.items) == 0;
    return true;
}

static bool int_same(struct sql_call *call, const struct datum *args, struct datum *out)
{
    bool same;
    return are_same(call, args, &same) && sql_give_bool(out, same);
}

static bool int_different(struct sql_call *call, const struct datum *args, struct datum *out)
{
    bool same;
    return are_same(call, args, &same) && sql_give_bool(out, !same);
}

static bool append(struct sql_call *call, const struct numbers *a, const struct numbers *b,
                   struct numbers *out)
{
    out->items = arena_array(call->arena, a->count + b->count + 1u, sizeof *out->items);
    out->count = a->count + b->count;
    if (!out->items)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < out->count; i++)
        out->items[i] = i < a->count ? a->items[i] : b->items[i - a->count];
    return true;
}

static bool give_union(struct sql_call *call, const struct numbers *a, const struct numbers *b,
                       struct datum *out)
{
    struct numbers both;
    if (!append(call, a, b, &both))
        return false;
    qsort(both.items, both.count, sizeof *both.items, ascending);
    drop_doubles(&both);
    return give(call, both.items, both.count, NULL, out);
}

static bool int_union(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pair pair;
    return open_sets(call, args, &pair) && give_union(call, &pair.a, &pair.b, out);
}

static bool union_elem(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct numbers set;
    int32_t number = (int32_t)args[1].i;
    const struct numbers one = {&number, 1, {0}};
    return open_numbers(call, args[0], &set) && give_union(call, &set, &one, out);
}

/* The numbers of the first set that are (wanted), or are not, in the second. */
static bool filter(struct sql_call *call, const struct datum *args, bool wanted, struct datum *out)
{
    struct pair pair;
    uint32_t kept = 0;
    if (!open_sets(call, args, &pair))
        return false;
    for (uint32_t i = 0; i < pair.a.count; i++)
        if (has(&pair.b, pair.a.items[i]) == wanted)
            pair.a.items[kept++] = pair.a.items[i];
    return give(call, pair.a.items, kept, NULL, out);
}

static bool int_inter(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return filter(call, args, true, out);
}

static bool subtract(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return filter(call, args, false, out);
}

/* ---- arrays */

static bool intset(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int32_t number = (int32_t)args[0].i;
    return give(call, &number, 1, NULL, out);
}

static bool icount(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    (void)call;
    sql_array_open(args[0], &array);
    return sql_give_int(out, array.count);
}

static bool give_sorted(struct sql_call *call, const struct datum *args,
                        int (*order)(const void *, const void *), struct datum *out)
{
    struct numbers numbers;
    if (!open_numbers(call, args[0], &numbers))
        return false;
    qsort(numbers.items, numbers.count, sizeof *numbers.items, order);
    return give(call, numbers.items, numbers.count, &numbers.shape, out);
}

static bool sort_asc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_sorted(call, args, ascending, out);
}

static bool sort_desc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_sorted(call, args, descending, out);
}

static bool sort(struct sql_call *call, const struct datum *args, struct datum *out)
{
    bool down = call->argc > 1 && slice_eq_nocase(datum_slice(args[1]), slice_str("desc"));
    if (call->argc > 1 && !down && !slice_eq_nocase(datum_slice(args[1]), slice_str("asc")))
        return sql_fail(call->env->error, "22023", "second parameter must be \"ASC\" or \"DESC\"");
    return give_sorted(call, args, down ? descending : ascending, out);
}

static bool uniq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct numbers numbers;
    if (!open_numbers(call, args[0], &numbers))
        return false;
    drop_doubles(&numbers);
    return give(call, numbers.items, numbers.count, NULL, out);
}

static bool idx(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct numbers numbers;
    if (!open_numbers(call, args[0], &numbers))
        return false;
    for (uint32_t i = 0; i < numbers.count; i++)
        if (numbers.items[i] == args[1].i)
            return sql_give_int(out, i + 1);
    return sql_give_int(out, 0);
}

/* A begin below 0 counts from the end; a length below 0 leaves so many off, 0 is all that follow. */
static bool subarray(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct numbers numbers;
    if (!open_numbers(call, args[0], &numbers))
        return false;
    int64_t count = numbers.count, begin = args[1].i, len = call->argc > 2 ? args[2].i : 0;
    begin = begin > 0 ? begin - 1 : begin < 0 ? begin + count : 0;
    int64_t end = len < 0 ? count + len : len > 0 ? begin + len : count;
    if (end > count)
        end = count;
    if (begin < 0)
        begin = 0;
    return give(call, numbers.items + begin, begin < end ? (uint32_t)(end - begin) : 0, NULL, out);
}

static bool push_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct numbers a, b, both;
    return open_numbers(call, args[0], &a) && open_numbers(call, args[1], &b) &&
           append(call, &a, &b, &both) && give(call, both.items, both.count, NULL, out);
}

static bool push_elem(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct numbers a, both;
    int32_t number = (int32_t)args[1].i;
    const struct numbers one = {&number, 1, {0}};
    return open_numbers(call, args[0], &a) && append(call, &a, &one, &both) &&
           give(call, both.items, both.count, NULL, out);
}

static bool del_elem(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct numbers numbers;
    uint32_t kept = 0;
    if (!open_numbers(call, args[0], &numbers))
        return false;
    for (uint32_t i = 0; i < numbers.count; i++)
        if (numbers.items[i] != args[1].i)
            numbers.items[kept++] = numbers.items[i];
    return give(call, numbers.items, kept, NULL, out);
}

/* ---- query_int */

static bool begins_number(uint8_t c)
{
    return sql_is_digit(c) || c == '-';
}

static const void *read_number(struct pg_boolean_reader *reader)
{
    int32_t *number = arena_alloc(reader->call->arena, sizeof *number);
    bool negative = reader->text.ptr[reader->at] == '-';
    size_t begin = reader->at += negative;
    int64_t value = 0;
    if (!number) {
        sql_fail_memory(reader->call->env->error);
        return NULL;
    }
    for (; reader->at < reader->text.len && sql_is_digit(reader->text.ptr[reader->at]);
         reader->at++)
        if (value <= INT32_MAX)
            value = value * 10 + (reader->text.ptr[reader->at] - '0');
    if (negative)
        value = -value;
    *number = (int32_t)value;
    if (reader->at > begin && value == *number)
        return number;
    pg_boolean_fail(reader, "syntax error");
    return NULL;
}

static void print_number(struct sql_bytes *out, const void *operand)
{
    sql_bytes_printf(out, "%d", (int)*(const int32_t *)operand);
}

static bool number_holds(const void *context, const void *operand)
{
    return has(context, *(const int32_t *)operand);
}

static const struct pg_boolean_kind integers = {"syntax error", begins_number, read_number,
                                                print_number, number_holds};

static bool query_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                        int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return pg_boolean_input(call, text, &integers, out);
}

static bool query_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    return sql_text_ops.output(call, type, value, out);
}

static const struct sql_type_ops query_int_ops = {
    .input = query_input,
    .output = query_output,
};

const struct pg_extension_type pg_intarray_types[] = {
    {"query_int", &query_int_ops},
    {NULL,        NULL          },
};

static bool query_holds(struct sql_call *call, struct datum array, struct datum query,
                        struct datum *out)
{
    struct numbers set;
    const struct pg_boolean_node *node = pg_boolean_parse(call, datum_slice(query), &integers);
    return node && open_set(call, array, &set) &&
           sql_give_bool(out, pg_boolean_holds(node, &integers, &set));
}

static bool boolop(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return query_holds(call, args[0], args[1], out);
}

static bool rboolop(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return query_holds(call, args[1], args[0], out);
}

const struct sql_builtin pg_intarray_functions[] = {
    {"_int_overlap",        int_overlap  },
    {"_int_contains",       int_contains },
    {"_int_contained",      int_contained},
    {"_int_same",           int_same     },
    {"_int_different",      int_different},
    {"_int_union",          int_union    },
    {"_int_inter",          int_inter    },
    {"intset",              intset       },
    {"icount",              icount       },
    {"sort",                sort         },
    {"sort_asc",            sort_asc     },
    {"sort_desc",           sort_desc    },
    {"uniq",                uniq         },
    {"idx",                 idx          },
    {"subarray",            subarray     },
    {"intarray_push_elem",  push_elem    },
    {"intarray_push_array", push_array   },
    {"intarray_del_elem",   del_elem     },
    {"intset_union_elem",   union_elem   },
    {"intset_subtract",     subtract     },
    {"boolop",              boolop       },
    {"rboolop",             rboolop      },
    {NULL,                  NULL         },
};
