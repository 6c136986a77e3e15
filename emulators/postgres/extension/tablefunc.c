/* tablefunc: rows of a query turned into columns, and numbers of the normal distribution. Values go
 * from the query's types to those of the result through their texts. */
#include <math.h>

#include "common/random.h"
#include "emulators/postgres/extension/functions.h"
#include "emulators/postgres/routine/select_text.h"
#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/value/record.h"

/* ---- running a query */

/* A query's rows as texts; ptr NULL: NULL. */
struct table {
    struct sql_sink sink; /* FIRST */
    struct sql_call *call;
    struct arena *arena;
    const uint32_t *types;
    uint32_t columns;
    struct slice *cells; /* row by row */
    size_t rows, room;
};

static bool begin_table(struct sql_sink *sink, const struct sql_result_column *columns,
                        uint32_t count)
{
    struct table *table = (struct table *)(void *)sink;
    uint32_t *types = arena_array(table->arena, count + 1u, sizeof *types);
    if (!types)
        return sql_fail_memory(table->call->env->error);
    for (uint32_t i = 0; i < count; i++)
        types[i] = columns[i].type;
    table->types = types;
    table->columns = count;
    return true;
}

static bool grow(struct table *table)
{
    if (table->rows < table->room)
        return true;
    size_t room = table->room ? 2 * table->room : 16;
    struct slice *cells = arena_array(table->arena, room * table->columns, sizeof *cells);
    if (!cells)
        return sql_fail_memory(table->call->env->error);
    if (table->rows)
        memcpy(cells, table->cells, table->rows * table->columns * sizeof *cells);
    table->cells = cells;
    table->room = room;
    return true;
}

static bool add_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                    uint32_t count)
{
    struct table *table = (struct table *)(void *)sink;
    struct sql_call call = {.env = env, .arena = env->arena};
    if (!grow(table))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct slice *cell = &table->cells[table->rows * table->columns + i];
        struct sql_bytes text = sql_bytes_begin(&call);
        *cell = slice_of(NULL, 0);
        if (values[i].null)
            continue;
        sql_bytes_reserve(&text, 1);
        if (!sql_type_output(&call, sql_find_type_id(env->session, table->types[i]), values[i],
                             &text))
            return false;
        *cell = arena_dup(table->arena, sql_bytes_slice(&text));
        if (!cell->ptr)
            return sql_fail_memory(env->error);
    }
    table->rows++;
    return true;
}

static bool run(struct sql_call *call, struct slice text, struct table *table)
{
    *table = (struct table){
        .sink = {.begin = begin_table, .row = add_row},
          .call = call, .arena = call->set_arena
    };
    return pg_select_text(call, call->set_arena, text, PG_SELECT_ROWS, &table->sink);
}

static struct slice cell(const struct table *table, size_t row, uint32_t column)
{
    return table->cells[row * table->columns + column];
}

static bool same_cell(struct slice a, struct slice b)
{
    return a.ptr && b.ptr ? slice_eq(a, b) : a.ptr == b.ptr;
}

/* ---- the result's columns */

static uint32_t result_count(const struct sql_call *call)
{
    const struct sql_row_type *shape = call->result_type ? call->result_type->extra : NULL;
    return shape ? shape->count : call->column_count;
}

static uint32_t result_type(const struct sql_call *call, uint32_t at)
{
    const struct sql_row_type *shape = call->result_type ? call->result_type->extra : NULL;
    return shape ? shape->columns[at].type : call->column_types ? call->column_types[at] : 0;
}

/* A row of texts. */
static bool give_texts(struct sql_call *call, const struct slice *texts, uint32_t count,
                       struct datum *out)
{
    const struct sql_type **types = arena_array(call->arena, count, sizeof *types);
    struct datum *values = arena_array(call->arena, count, sizeof *values);
    if (!types || !values)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++) {
        types[i] = sql_call_find_type(call, result_type(call, i));
        values[i] = datum_null();
        if (!types[i] ||
            (texts[i].ptr && !sql_type_input(call, types[i], texts[i], -1, &values[i])))
            return false;
    }
    if (call->columns) {
        memcpy(call->columns, values, count * sizeof *values);
        return sql_give_null(out);
    }
    return sql_record_make(call, call->result_type->extra ? call->result_type->id : 0, types,
                           values, count, out);
}

/* ---- crosstab */

/* A set under way: the source's rows, and (by category) the columns' names. */
struct crosstab {
    struct table source, categories;
    bool by_category;
    size_t next;
};

static bool fail_return(struct sql_call *call, const char *sqlstate, struct slice detail)
{
    sql_fail(call->env->error, sqlstate, "invalid return type");
    return sql_detail(call->env->error, SLICE_FMT, SLICE_ARG(detail));
}

static bool fail_source(struct sql_call *call, const char *detail)
{
    sql_fail(call->env->error, "22023", "invalid source data SQL statement");
    return sql_detail(call->env->error, "%s", detail);
}

/* Rows of (row, category, value): the types must be the result's. */
static bool check_plain(struct sql_call *call, const struct table *source)
{
    if (source->columns != 3)
        return fail_source(call,
                           "The provided SQL must return 3 columns: rowid, category, and values.");
    if (result_type(call, 0) != source->types[0])
        return fail_return(call, "42804",
                           slice_str("SQL rowid datatype does not match return rowid datatype."));
    for (uint32_t i = 1; i < result_count(call); i++)
        if (result_type(call, i) != source->types[2])
            return sql_fail(call->env->error, "42601",
                            "return and sql tuple descriptions are incompatible");
    return true;
}

static bool check_categories(struct sql_call *call, const struct table *categories)
{
    struct sql_error *error = call->env->error;
    if (categories->columns != 1 || categories->rows == 0)
        return sql_fail(error, "42601",
                        "provided \"categories\" SQL must return 1 column of at least one row");
    for (size_t i = 0; i < categories->rows; i++) {
        if (!cell(categories, i, 0).ptr)
            return sql_fail(error, "42601",
                            "provided \"categories\" SQL must not return NULL values");
        for (size_t j = 0; j < i; j++)
            if (slice_eq(cell(categories, i, 0), cell(categories, j, 0)))
                return sql_fail(error, "42710", "duplicate category name");
    }
    return true;
}

static bool check_by_category(struct sql_call *call, const struct crosstab *set)
{
    if (set->source.columns < 3)
        return fail_source(call,
                           "The provided SQL must return 3  columns; rowid, category, and values.");
    size_t columns = set->source.columns - 2 + set->categories.rows;
    return result_count(call) == columns ||
           fail_return(call, "42601",
                       arena_printf(call->arena,
                                    "Query-specified return tuple has %u columns but crosstab "
                                    "returns %zu.",
                                    (unsigned)result_count(call), columns));
}

static bool begin(struct sql_call *call, const struct datum *args, bool by_category)
{
    struct crosstab *set = arena_zalloc(call->set_arena, sizeof *set);
    call->set_state = set;
    if (!set)
        return sql_fail_memory(call->env->error);
    set->by_category = by_category;
    if (by_category && (!run(call, datum_slice(args[1]), &set->categories) ||
                        !check_categories(call, &set->categories)))
        return false;
    if (!run(call, datum_slice(args[0]), &set->source))
        return false;
    return set->source.rows == 0 ||
           (by_category ? check_by_category(call, set) : check_plain(call, &set->source));
}

/* Where the row's value goes, counted from the first column of values; -1: nowhere. */
static int64_t place_of(const struct crosstab *set, size_t row, size_t nth)
{
    const struct table *source = &set->source;
    struct slice category = cell(source, row, source->columns - 2);
    if (!set->by_category)
        return (int64_t)nth;
    for (size_t i = 0; category.ptr && i < set->categories.rows; i++)
        if (slice_eq(category, cell(&set->categories, i, 0)))
            return (int64_t)i;
    return -1;
}

/* The next rows of the source that begin with the same value, as one. */
static bool next_row(struct sql_call *call, struct crosstab *set, struct datum *out)
{
    const struct table *source = &set->source;
    size_t first = set->next;
    uint32_t count = result_count(call), heads = source->columns - 2;
    struct slice *texts = arena_zalloc(call->arena, (count + 1u) * sizeof *texts);
    if (!texts)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < heads && i < count; i++)
        texts[i] = cell(source, first, i);
    for (;
         set->next < source->rows && same_cell(cell(source, first, 0), cell(source, set->next, 0));
         set->next++) {
        int64_t place = place_of(set, set->next, set->next - first);
        if (place >= 0 && place + heads < count)
            texts[place + heads] = cell(source, set->next, source->columns - 1);
    }
    return give_texts(call, texts, count, out);
}

static bool give_crosstab(struct sql_call *call, const struct datum *args, bool by_category,
                          struct datum *out)
{
    if (!call->set_state && !begin(call, args, by_category))
        return false;
    struct crosstab *set = call->set_state;
    call->done = set->next >= set->source.rows;
    return call->done ? sql_give_null(out) : next_row(call, set, out);
}

static bool crosstab(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_crosstab(call, args, false, out);
}

static bool crosstab_hash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_crosstab(call, args, true, out);
}

/* ---- normal_rand(count, mean, deviation): Box and Muller's method */

static bool normal_rand(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t *left = call->set_state;
    if (!left) {
        if (args[0].i < 0)
            return sql_fail(call->env->error, "22023", "number of rows cannot be negative");
        left = call->set_state = arena_alloc(call->set_arena, sizeof *left);
        if (!left)
            return sql_fail_memory(call->env->error);
        *left = args[0].i;
    }
    call->done = *left == 0;
    if (call->done)
        return sql_give_null(out);
    double radius = sqrt(-2 * log(1 - random_double(call->env->random)));
    double angle = 2 * 3.14159265358979323846 * random_double(call->env->random);
    (*left)--;
    *out = datum_float(args[1].d + args[2].d * radius * cos(angle));
    return true;
}

const struct sql_builtin pg_tablefunc_functions[] = {
    {"crosstab",      crosstab     },
    {"crosstab_hash", crosstab_hash},
    {"normal_rand",   normal_rand  },
    {NULL,            NULL         },
};
