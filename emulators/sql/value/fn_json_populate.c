/* Rows out of JSON objects: populate_record, to_record and their sets.
 *
 * A member's value goes to its column by the column's type: arrays and objects piece by piece, all
 * else through the type's input function. */
#include "common/fiber.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/fn_json.h"
#include "emulators/sql/value/json_node.h"
#include "emulators/sql/value/record.h"

enum { STACK_NEEDED = 16 * 1024 };

/* Where a value goes. */
struct place {
    const struct sql_type *type;
    int32_t typmod;
    struct slice key; /* of the member, for messages; empty: none is known */
};

/* Columns of a row to fill. */
struct shape {
    uint32_t type; /* of the row; 0: anonymous */
    uint32_t count;
    const struct slice *names;
    const struct sql_type **types;
    const int32_t *typmods;
};

static bool populate(struct sql_call *call, const struct place *place,
                     const struct sql_json_node *node, struct datum old, struct datum *out);

/* ---- rows */

static bool make_shape(struct sql_call *call, uint32_t count, struct shape *out,
                       struct slice **names, int32_t **typmods)
{
    *names = arena_array(call->arena, count + 1, sizeof(**names));
    *typmods = arena_array(call->arena, count + 1, sizeof(**typmods));
    const struct sql_type **types = arena_array(call->arena, count + 1, sizeof(*types));
    if (!*names || !*typmods || !types)
        return sql_fail_memory(call->env->error);
    *out = (struct shape){0, count, *names, types, *typmods};
    return true;
}

/* Of a composite type. */
static bool shape_of_type(struct sql_call *call, const struct sql_type *type, struct shape *out)
{
    const struct sql_row_type *row = type->extra;
    struct slice *names;
    int32_t *typmods;
    if (!make_shape(call, row->count, out, &names, &typmods))
        return false;
    out->type = type->id;
    for (uint32_t i = 0; i < row->count; i++) {
        names[i] = row->columns[i].name;
        typmods[i] = row->columns[i].typmod;
        out->types[i] = sql_call_find_type(call, row->columns[i].type);
        if (!out->types[i])
            return false;
    }
    return true;
}

/* Of the list behind AS. */
static bool shape_of_list(struct sql_call *call, struct shape *out)
{
    struct slice *names;
    int32_t *typmods;
    if (!make_shape(call, call->column_count, out, &names, &typmods))
        return false;
    for (uint32_t i = 0; i < call->column_count; i++) {
        names[i] = call->column_names[i];
        typmods[i] = call->column_typmods ? call->column_typmods[i] : -1;
        out->types[i] = sql_call_find_type(call, call->column_types[i]);
        if (!out->types[i])
            return false;
    }
    return true;
}

/* Of an anonymous row: its columns are f1, f2 ... */
static bool shape_of_record(struct sql_call *call, struct datum value, struct shape *out)
{
    struct sql_record record;
    struct slice *names;
    int32_t *typmods;
    sql_record_open(call->env, value, &record);
    const struct sql_type *composite =
        record.type ? call->env->find_type(call->env, record.type) : NULL;
    if (composite && composite->extra)
        return shape_of_type(call, composite, out);
    if (!make_shape(call, record.count, out, &names, &typmods))
        return false;
    for (uint32_t i = 0; i < record.count; i++) {
        struct sql_bytes name = sql_bytes_begin(call);
        sql_bytes_printf(&name, "f%u", i + 1);
        if (name.failed)
            return sql_fail_memory(call->env->error);
        names[i] = sql_bytes_slice(&name);
        typmods[i] = -1;
        out->types[i] = sql_call_find_type(call, sql_record_column_type(&record, i));
        if (!out->types[i])
            return false;
    }
    return true;
}

/* The member of that name; the last one counts. */
static const struct sql_json_node *find_member(const struct sql_json_child *members, uint32_t count,
                                               struct slice name)
{
    for (uint32_t i = count; i-- > 0;)
        if (slice_eq(members[i].key, name))
            return &members[i].node;
    return NULL;
}

static bool fill_row(struct sql_call *call, const struct shape *shape,
                     const struct sql_json_node *object, struct datum old, struct datum *out)
{
    static const struct sql_json_node null = {.kind = SQL_JSON_NODE_NULL};
    struct sql_json_child *members = NULL;
    struct sql_record record = {0};
    uint32_t count;
    if (!sql_json_node_children(call, object, &members, &count))
        return false;
    if (!old.null && count == 0) {
        *out = old;
        return true;
    }
    struct datum *values = arena_array(call->arena, shape->count + 1, sizeof(*values));
    if (!values)
        return sql_fail_memory(call->env->error);
    if (!old.null)
        sql_record_open(call->env, old, &record);
    for (uint32_t i = 0; i < shape->count; i++) {
        struct place place = {
            .type = shape->types[i], .typmod = shape->typmods[i], .key = shape->names[i]};
        const struct sql_json_node *node = find_member(members, count, shape->names[i]);
        values[i] = i < record.count ? sql_record_get(&record, i) : datum_null();
        if (!node && !old.null)
            continue;
        if (!populate(call, &place, node ? node : &null, values[i], &values[i]))
            return false;
    }
    return sql_record_make(call, shape->type, shape->types, values, shape->count, out);
}

static bool fail_kind(struct sql_call *call, const char *function, const struct sql_json_node *node)
{
    return sql_fail(call->env->error, "22023", "cannot call %s on %s", function,
                    node->kind == SQL_JSON_NODE_ARRAY    ? "an array"
                    : node->kind == SQL_JSON_NODE_OBJECT ? "an object"
                                                         : "a scalar");
}

static bool populate_row(struct sql_call *call, const struct sql_type *type,
                         const struct sql_json_node *node, struct datum old, struct datum *out)
{
    struct shape shape;
    if (node->kind != SQL_JSON_NODE_OBJECT)
        return fail_kind(call, "populate_composite", node);
    return shape_of_type(call, type, &shape) && fill_row(call, &shape, node, old, out);
}

/* ---- arrays */

struct building {
    const struct place *place;
    struct place element;
    struct sql_array_shape shape;
    uint32_t depth; /* dimensions, 0: not known yet */
    int32_t indices[SQL_ARRAY_DIMS_MAX];
    struct datum *values;
    uint32_t count, room;
};

static bool fail_no_array(struct sql_call *call, const struct place *place, uint32_t depth,
                          const int32_t *indices)
{
    struct sql_bytes hint = sql_bytes_begin(call);
    sql_fail(call->env->error, "22P02", "expected JSON array");
    if (depth > 0) {
        sql_bytes_add_str(&hint, "See the array element ");
        for (uint32_t i = 0; i < depth; i++)
            sql_bytes_printf(&hint, "[%d]", (int)indices[i]);
        if (place->key.len)
            sql_bytes_printf(&hint, " of key \"" SLICE_FMT "\"", SLICE_ARG(place->key));
        sql_bytes_add_char(&hint, '.');
    } else if (place->key.len) {
        sql_bytes_printf(&hint, "See the value of key \"" SLICE_FMT "\".", SLICE_ARG(place->key));
    }
    if (hint.len && !hint.failed)
        call->env->error->hint = sql_bytes_slice(&hint);
    return false;
}

static bool fail_ragged(struct sql_call *call)
{
    sql_fail(call->env->error, "22P02", "malformed JSON array");
    return sql_detail(call->env->error,
                      "Multidimensional arrays must have sub-arrays with matching dimensions.");
}

static bool add_value(struct sql_call *call, struct building *b, struct datum value)
{
    if (b->count == b->room) {
        uint32_t room = b->room ? b->room * 2 : 16;
        struct datum *values = arena_array(call->arena, room, sizeof(*values));
        if (!values)
            return sql_fail_memory(call->env->error);
        if (b->count)
            memcpy(values, b->values, b->count * sizeof(*values));
        b->values = values;
        b->room = room;
    }
    b->values[b->count++] = value;
    return true;
}

static bool fill_dimension(struct sql_call *call, struct building *b,
                           const struct sql_json_node *node, uint32_t level);

static bool fill_element(struct sql_call *call, struct building *b,
                         const struct sql_json_node *node, uint32_t level)
{
    bool nested = node->kind == SQL_JSON_NODE_ARRAY;
    struct datum value;
    if (b->depth == 0 && !nested)
        b->depth = level;
    if (b->depth && level < b->depth)
        return nested ? fill_dimension(call, b, node, level)
                      : fail_no_array(call, b->place, level, b->indices);
    if (b->depth == 0)
        return fill_dimension(call, b, node, level);
    return populate(call, &b->element, node, datum_null(), &value) && add_value(call, b, value);
}

/* An array that is `level` arrays deep. */
static bool fill_dimension(struct sql_call *call, struct building *b,
                           const struct sql_json_node *node, uint32_t level)
{
    struct sql_json_child *items = NULL;
    uint32_t count;
    if (!sql_array_check_dims(call, level + 1) ||
        !sql_json_node_children(call, node, &items, &count))
        return false;
    bool known = b->shape.length[level] >= 0;
    if (known && b->shape.length[level] != (int32_t)count)
        return fail_ragged(call);
    b->shape.length[level] = (int32_t)count;
    if (count == 0 && b->depth == 0)
        b->depth = level + 1;
    for (uint32_t i = 0; i < count; i++) {
        b->indices[level] = (int32_t)i;
        if (!fill_element(call, b, &items[i].node, level + 1))
            return false;
    }
    return true;
}

static bool populate_array(struct sql_call *call, const struct place *place,
                           const struct sql_json_node *node, struct datum *out)
{
    const struct sql_type *element = sql_call_find_type(call, place->type->element);
    struct building b = {.place = place};
    if (node->kind != SQL_JSON_NODE_ARRAY)
        return fail_no_array(call, place, 0, NULL);
    if (!element)
        return false;
    b.element = (struct place){.type = element, .typmod = place->typmod, .key = place->key};
    for (uint32_t i = 0; i < SQL_ARRAY_DIMS_MAX; i++) {
        b.shape.length[i] = -1;
        b.shape.lower[i] = 1;
    }
    if (!fill_dimension(call, &b, node, 0))
        return false;
    b.shape.dims = b.count ? b.depth : 0;
    return sql_array_make(call, element, &b.shape, b.values, out);
}

/* ---- values */

static bool is_json(const struct sql_type *type)
{
    return type->ops == &sql_json_ops || type->ops == &sql_jsonb_ops;
}

static bool populate_scalar(struct sql_call *call, const struct place *place,
                            const struct sql_json_node *node, struct datum *out)
{
    struct slice text;
    if (node->binary && place->type->ops == &sql_jsonb_ops)
        return sql_jsonb_make(call, node->value, out);
    if (!(is_json(place->type) ? sql_json_node_text(call, node, &text)
                               : sql_json_node_plain(call, node, &text)))
        return false;
    return sql_type_input(call, place->type, text, place->typmod, out);
}

static bool populate_base(struct sql_call *call, const struct place *place,
                          const struct sql_json_node *node, struct datum old, struct datum *out)
{
    bool string = node->kind == SQL_JSON_NODE_STRING;
    if (node->kind == SQL_JSON_NODE_NULL)
        return sql_give_null(out);
    if (place->type->category == 'A' && place->type->len == -1 && !string)
        return populate_array(call, place, node, out);
    if (place->type->kind == SQL_TYPE_COMPOSITE && !string)
        return populate_row(call, place->type, node, old, out);
    return populate_scalar(call, place, node, out);
}

static bool populate(struct sql_call *call, const struct place *place,
                     const struct sql_json_node *node, struct datum old, struct datum *out)
{
    struct place base = *place;
    if (fiber_stack_left() < STACK_NEEDED)
        return sql_fail(call->env->error, "54001", "stack depth limit exceeded");
    while (base.type->kind == SQL_TYPE_DOMAIN) {
        base.typmod = base.type->base_typmod;
        base.type = sql_call_find_type(call, base.type->base);
        if (!base.type)
            return false;
    }
    return populate_base(call, &base, node, old, out) &&
           sql_domain_check(call->env, place->type, *out);
}

bool sql_jsonb_populate(struct sql_call *call, const struct sql_type *type, int32_t typmod,
                        struct datum value, bool unquoted, struct datum *out)
{
    const struct place place = {.type = type, .typmod = typmod};
    struct sql_json_node node;
    struct slice text;
    if (value.null) {
        *out = datum_null();
        return sql_domain_check(call->env, type, *out);
    }
    if (!sql_json_node_open(call, value, true, &node))
        return false;
    if (unquoted)
        return sql_json_node_plain(call, &node, &text) &&
               sql_domain_input(call, type, text, typmod, out);
    /* A scalar at the top keeps its quotes, and null is no NULL. */
    if (node.kind != SQL_JSON_NODE_ARRAY && node.kind != SQL_JSON_NODE_OBJECT) {
        if (!sql_json_node_text(call, &node, &text))
            return false;
        node = (struct sql_json_node){.kind = SQL_JSON_NODE_OTHER, .text = text};
    }
    return populate(call, &place, &node, datum_null(), out);
}

/* ---- functions */

struct plan {
    const char *name;
    bool binary;
    uint16_t document; /* which argument; 1: a row comes first */
};

static bool fail_unknown_row(struct sql_call *call, const struct plan *plan)
{
    sql_fail(call->env->error, "0A000", "could not determine row type for result of %s",
             plan->name);
    return sql_hint(call->env->error,
                    "Provide a non-null record argument, or call the function in the FROM clause "
                    "using a column definition list.");
}

/* What the rows are to look like: of the first argument's type, its value, or the list behind AS. */
static bool find_shape(struct sql_call *call, const struct plan *plan, const struct datum *args,
                       struct shape *out)
{
    const struct sql_type *type = NULL;
    if (plan->document == 1) {
        type = sql_domain_base(call->env, sql_arg_type(call, 0));
        if (!type || (type->kind != SQL_TYPE_COMPOSITE && type->ops != &sql_record_ops))
            return sql_fail(call->env->error, "42804", "first argument of %s must be a row type",
                            plan->name);
        if (type->extra)
            return shape_of_type(call, type, out);
        if (!args[0].null)
            return shape_of_record(call, args[0], out);
    }
    return call->columns && call->column_names ? shape_of_list(call, out)
                                               : fail_unknown_row(call, plan);
}

/* One object as a row, which may be of a domain. */
static bool make_row(struct sql_call *call, const struct plan *plan, const struct shape *shape,
                     const struct sql_json_node *node, struct datum old, struct datum *out)
{
    if (!fill_row(call, shape, node, old, out))
        return false;
    return plan->document == 0 || sql_domain_check(call->env, sql_arg_type(call, 0), *out);
}

static bool one_record(struct sql_call *call, const struct datum *args, const struct plan *plan,
                       struct datum *out)
{
    struct datum old = plan->document ? args[0] : datum_null(), document = args[plan->document];
    struct sql_json_node node;
    struct shape shape;
    if (!find_shape(call, plan, args, &shape))
        return false;
    call->columns = NULL;
    if (document.null) {
        *out = old;
        return true;
    }
    if (!sql_json_node_open(call, document, plan->binary, &node))
        return false;
    if (node.kind != SQL_JSON_NODE_OBJECT)
        return fail_kind(call, "populate_composite", &node);
    return make_row(call, plan, &shape, &node, old, out);
}

struct rows {
    struct datum *items;
    uint32_t count, next;
};

static bool read_rows(struct sql_call *call, const struct datum *args, const struct plan *plan,
                      struct rows *rows)
{
    struct sql_call keep = *call;
    struct sql_json_child *items = NULL;
    struct sql_json_node node;
    struct shape shape;
    keep.arena = call->set_arena;
    struct datum old = plan->document ? args[0] : datum_null(), document = args[plan->document];
    if (!find_shape(&keep, plan, args, &shape))
        return false;
    if (document.null)
        return true;
    if (!sql_json_node_open(&keep, document, plan->binary, &node))
        return false;
    if (node.kind != SQL_JSON_NODE_ARRAY)
        return fail_kind(call, plan->name, &node);
    if (!sql_json_node_children(&keep, &node, &items, &rows->count))
        return false;
    rows->items = arena_array(keep.arena, rows->count + 1, sizeof(*rows->items));
    if (!rows->items)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < rows->count; i++) {
        if (items[i].node.kind != SQL_JSON_NODE_OBJECT)
            return sql_fail(call->env->error, "22023", "argument of %s must be an array of objects",
                            plan->name);
        if (!make_row(&keep, plan, &shape, &items[i].node, old, &rows->items[i]))
            return false;
    }
    return true;
}

static bool set_of_records(struct sql_call *call, const struct datum *args, const struct plan *plan,
                           struct datum *out)
{
    struct rows *rows = call->set_state;
    if (!rows) {
        rows = arena_zalloc(call->set_arena, sizeof(*rows));
        if (!rows)
            return sql_fail_memory(call->env->error);
        if (!read_rows(call, args, plan, rows))
            return false;
        call->set_state = rows;
    }
    call->columns = NULL;
    call->done = rows->next == rows->count;
    if (!call->done)
        *out = rows->items[rows->next++];
    return true;
}

#define POPULATE(symbol, make, binary, document)                                           \
    static bool symbol(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                      \
        static const struct plan plan = {#symbol, binary, document};                       \
        return make(call, args, &plan, out);                                               \
    }

POPULATE(json_populate_record, one_record, false, 1)
POPULATE(json_populate_recordset, set_of_records, false, 1)
POPULATE(json_to_record, one_record, false, 0)
POPULATE(json_to_recordset, set_of_records, false, 0)
POPULATE(jsonb_populate_record, one_record, true, 1)
POPULATE(jsonb_populate_recordset, set_of_records, true, 1)
POPULATE(jsonb_to_record, one_record, true, 0)
POPULATE(jsonb_to_recordset, set_of_records, true, 0)

const struct sql_builtin sql_json_populate_builtins[] = {
    {"json_populate_record",     json_populate_record    },
    {"json_populate_recordset",  json_populate_recordset },
    {"json_to_record",           json_to_record          },
    {"json_to_recordset",        json_to_recordset       },
    {"jsonb_populate_record",    jsonb_populate_record   },
    {"jsonb_populate_recordset", jsonb_populate_recordset},
    {"jsonb_to_record",          jsonb_to_record         },
    {"jsonb_to_recordset",       jsonb_to_recordset      },
    {NULL,                       NULL                    },
};
