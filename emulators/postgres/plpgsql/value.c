/* Variables: getting, casting, assigning. */
#include <stdlib.h>

#include "emulators/postgres/plpgsql/check.h"
#include "emulators/sql/catalog/row_shape.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/domain.h"
#include "emulators/sql/value/record.h"

enum { TYPE_BOOL = 16, TYPE_INT4 = 23, TYPE_TEXT = 25, TYPE_RECORD = 2249 };

struct pl_variable *pl_variable(const struct pl_frame *frame, uint32_t number)
{
    return frame->function->variables[number];
}

static struct pl_value *value_of(struct pl_frame *frame, uint32_t number)
{
    return &frame->values[number];
}

static const struct sql_type *type_of(struct pl_frame *frame, uint32_t id)
{
    return sql_find_type_id(frame->env.session, id);
}

static bool is_by_value(struct pl_frame *frame, uint32_t type)
{
    const struct sql_type *found = type_of(frame, type);
    return found && found->by_value;
}

bool pl_copy(struct pl_frame *frame, struct arena *arena, uint32_t type, struct datum *value)
{
    if (value->null || is_by_value(frame, type))
        return true;
    struct slice copy = arena_dup(arena, datum_slice(*value));
    if (!copy.ptr)
        return sql_fail_memory(frame->env.error);
    *value = datum_bytes(copy);
    return true;
}

void pl_value_done(struct pl_value *value)
{
    free(value->buffer);
    arena_done(&value->record.arena);
    arena_done(&value->record.bytes[0]);
    arena_done(&value->record.bytes[1]);
}

/* ---- records */

static bool make_record(struct pl_frame *frame, const struct pl_record *record, struct datum *out)
{
    struct sql_call call = {.env = &frame->env, .arena = &frame->scratch};
    const struct sql_type **types = arena_array(&frame->scratch, record->count + 1, sizeof(*types));
    if (!types)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < record->count; i++)
        types[i] = type_of(frame, record->types[i]);
    uint32_t type = record->type == TYPE_RECORD ? 0 : record->type;
    return sql_record_make(&call, type, types, record->values, record->count, out);
}

/* Is it a variable of the trigger's that nobody asked for so far? */
static bool is_unknown_yet(const struct pl_frame *frame, uint32_t number)
{
    uint32_t at = number - frame->function->trigger_first;
    return frame->trigger && number >= frame->function->trigger_first &&
           at < PL_TRIGGER_VARIABLES && !(frame->trigger_known >> at & 1);
}

bool pl_get(struct pl_frame *frame, uint32_t number, struct datum *out)
{
    const struct pl_variable *variable = pl_variable(frame, number);
    struct pl_value *value = value_of(frame, variable->number);
    if (variable->kind == PL_SCALAR) {
        if (is_unknown_yet(frame, number) && !pl_set_trigger_variable(frame, number))
            return false;
        *out = value->datum;
        return true;
    }
    if (variable->kind == PL_ROW)
        return sql_fail(frame->env.error, "0A000", "a row cannot be used as a value");
    if (!value->record.assigned || value->record.null) {
        *out = datum_null();
        return true;
    }
    return make_record(frame, &value->record, out);
}

/* Empties the record and gives it room for `count` columns. */
static bool begin_record(struct pl_frame *frame, struct pl_record *record, uint32_t count)
{
    arena_reset(&record->arena);
    record->count = count;
    record->names = arena_zalloc(&record->arena, (count + 1) * sizeof(*record->names));
    record->types = arena_zalloc(&record->arena, (count + 1) * sizeof(*record->types));
    record->typmods = arena_zalloc(&record->arena, (count + 1) * sizeof(*record->typmods));
    record->values = arena_zalloc(&record->arena, (count + 1) * sizeof(*record->values));
    record->assigned = true;
    record->null = false;
    if (!record->names || !record->types || !record->typmods || !record->values)
        return sql_fail_memory(frame->env.error);
    return true;
}

/* Gives the record these columns, unless it has them already; their values are the caller's to set. */
static bool shape_as(struct pl_frame *frame, struct pl_record *record,
                     const struct sql_row_column *columns, uint32_t count)
{
    uint32_t same = 0;
    while (record->assigned && record->count == count && same < count &&
           record->types[same] == columns[same].type &&
           record->typmods[same] == columns[same].typmod &&
           slice_eq(record->names[same], columns[same].name))
        same++;
    record->null = false;
    if (record->assigned && record->count == count && same == count)
        return true;
    if (!begin_record(frame, record, count))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        record->names[i] = arena_dup(&record->arena, columns[i].name);
        record->types[i] = columns[i].type;
        record->typmods[i] = columns[i].typmod;
        record->values[i] = datum_null();
        if (!record->names[i].ptr)
            return sql_fail_memory(frame->env.error);
    }
    return true;
}

/* Sets all values. They may be the record's own: they are copied before those go. NULL: all are NULL. */
static bool fill_record(struct pl_frame *frame, struct pl_record *record,
                        const struct datum *values)
{
    struct arena *other = &record->bytes[!record->current];
    for (uint32_t i = 0; i < record->count; i++) {
        record->values[i] = values ? values[i] : datum_null();
        if (!pl_copy(frame, other, record->types[i], &record->values[i]))
            return false;
    }
    arena_reset(&record->bytes[record->current]);
    record->current = !record->current;
    record->measured = other->chunks;
    return true;
}

/* The columns of a composite type; NULL: it is none. */
static const struct sql_row_type *row_type(struct pl_frame *frame, uint32_t type)
{
    const struct sql_type *found = type_of(frame, type);
    while (found && found->kind == SQL_TYPE_DOMAIN)
        found = type_of(frame, found->base);
    return found && found->kind == SQL_TYPE_COMPOSITE ? found->extra : NULL;
}

/* A typed record's structure with NULLs. */
static bool shape_record(struct pl_frame *frame, const struct pl_variable *variable,
                         struct pl_record *record)
{
    const struct sql_row_type *row = row_type(frame, variable->type);
    if (!row || record->assigned)
        return true;
    if (!shape_as(frame, record, row->columns, row->count) || !fill_record(frame, record, NULL))
        return false;
    record->type = variable->type;
    record->null = true;
    return true;
}

bool pl_field(struct pl_frame *frame, uint32_t number, struct slice field, uint32_t *out)
{
    const struct pl_variable *variable = pl_variable(frame, number);
    struct pl_record *record = &value_of(frame, variable->number)->record;
    if (!shape_record(frame, variable, record))
        return false;
    if (!record->assigned) {
        sql_fail(frame->env.error, "55000", "record \"" SLICE_FMT "\" is not assigned yet",
                 SLICE_ARG(variable->name));
        return sql_detail(frame->env.error,
                          "The tuple structure of a not-yet-assigned record is indeterminate.");
    }
    for (uint32_t i = 0; i < record->count; i++)
        if (slice_eq(record->names[i], field)) {
            *out = i;
            return true;
        }
    return sql_fail(frame->env.error, "42703",
                    "record \"" SLICE_FMT "\" has no field \"" SLICE_FMT "\"",
                    SLICE_ARG(variable->name), SLICE_ARG(field));
}

/* ---- assigning */

static bool store(struct pl_frame *frame, struct pl_value *value,
                  const struct pl_variable *variable, struct datum datum)
{
    if (datum.null || variable->by_value) {
        value->datum = datum;
        return true;
    }
    if (value->room < datum.len || !value->buffer) {
        size_t room = datum.len + datum.len / 4 + 16u;
        uint8_t *grown = malloc(room);
        if (!grown)
            return sql_fail_memory(frame->env.error);
        memcpy(grown, datum.ptr, datum.len);
        free(value->buffer);
        value->buffer = grown;
        value->room = room;
    } else {
        memmove(value->buffer, datum.ptr, datum.len);
    }
    value->datum = datum_bytes(slice_of(value->buffer, datum.len));
    return true;
}

static bool cast(struct pl_frame *frame, struct datum value, uint32_t from, int32_t from_typmod,
                 uint32_t to, int32_t typmod, struct datum *out)
{
    struct sql_env env = pg_stored_env(&frame->env, &frame->scratch);
    bool same = from == to && (typmod < 0 || typmod == from_typmod);
    const struct sql_type *target = type_of(frame, to);
    *out = value;
    if (same && !(target && target->kind == SQL_TYPE_DOMAIN))
        return true;
    return pg_stored_cast(&env, value, from, to, typmod, out);
}

static bool check_null(struct pl_frame *frame, const struct pl_variable *variable,
                       struct datum value)
{
    if (!value.null || !variable->not_null)
        return true;
    return sql_fail(frame->env.error, "22004",
                    "null value cannot be assigned to variable \"" SLICE_FMT "\" declared NOT NULL",
                    SLICE_ARG(variable->name));
}

bool pl_set_record(struct pl_frame *frame, uint32_t number, struct datum datum, uint32_t type)
{
    const struct pl_variable *variable = pl_variable(frame, number);
    struct pl_record *record = &value_of(frame, variable->number)->record;
    struct sql_record opened;
    if (datum.null) {
        if (variable->type == TYPE_RECORD && type == TYPE_RECORD) {
            record->assigned = false;
            return check_null(frame, variable, datum);
        }
        record->assigned = false;
        struct pl_variable typed = *variable;
        typed.type = variable->type == TYPE_RECORD ? type : variable->type;
        return check_null(frame, variable, datum) && shape_record(frame, &typed, record);
    }
    sql_record_open(&frame->env, datum, &opened);
    uint32_t own = opened.type ? opened.type : type;
    const struct sql_row_type *row = row_type(frame, own);
    struct sql_result_column *columns =
        arena_zalloc(&frame->scratch, (opened.count + 1) * sizeof(*columns));
    struct datum *values = arena_array(&frame->scratch, opened.count + 1, sizeof(*values));
    if (!columns || !values)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < opened.count; i++) {
        bool named = row && i < row->count;
        columns[i].name =
            named ? row->columns[i].name : arena_printf(&frame->scratch, "f%u", i + 1);
        columns[i].type = sql_record_column_type(&opened, i);
        columns[i].typmod = named ? row->columns[i].typmod : -1;
        values[i] = sql_record_get(&opened, i);
    }
    if (!pl_set_row(frame, number, columns, values, opened.count))
        return false;
    if (variable->type == TYPE_RECORD && row && !sql_is_row_shape(own))
        record->type = own;
    return true;
}

/* What a row of a result looks like as a record. */
static struct sql_row_column *shape_of_result(struct pl_frame *frame,
                                              const struct sql_result_column *columns,
                                              uint32_t count)
{
    struct sql_row_column *shape = arena_array(&frame->scratch, count + 1, sizeof(*shape));
    for (uint32_t i = 0; shape && i < count; i++)
        shape[i] = (struct sql_row_column){columns[i].name, columns[i].type, columns[i].typmod};
    return shape;
}

static bool set_record_row(struct pl_frame *frame, const struct pl_variable *variable,
                           const struct sql_result_column *columns, const struct datum *values,
                           uint32_t count)
{
    struct pl_record *record = &value_of(frame, variable->number)->record;
    const struct sql_row_type *row =
        variable->type == TYPE_RECORD ? NULL : row_type(frame, variable->type);
    uint32_t wanted = row ? row->count : count;
    if (values && !pl_check_columns(frame, wanted, count))
        return false;
    const struct sql_row_column *shape =
        row ? row->columns : shape_of_result(frame, columns, count);
    struct datum *casted = arena_array(&frame->scratch, wanted + 1, sizeof(*casted));
    if (!shape || !casted)
        return sql_fail_memory(frame->env.error);
    for (uint32_t i = 0; i < wanted; i++) {
        casted[i] = values && i < count ? values[i] : datum_null();
        if (row && i < count &&
            !cast(frame, casted[i], columns[i].type, columns[i].typmod, shape[i].type,
                  shape[i].typmod, &casted[i]))
            return false;
    }
    if (!shape_as(frame, record, shape, wanted) || !fill_record(frame, record, casted))
        return false;
    record->type = variable->type;
    return true;
}

bool pl_set_row(struct pl_frame *frame, uint32_t number, const struct sql_result_column *columns,
                const struct datum *values, uint32_t count)
{
    const struct pl_variable *variable = pl_variable(frame, number);
    if (variable->kind == PL_RECORD)
        return set_record_row(frame, variable, columns, values, count);
    enum { TYPE_UNKNOWN = 705 };
    if (values && !pl_check_columns(frame, variable->member_count, count))
        return false;
    for (uint32_t i = 0; i < variable->member_count; i++) {
        bool there = values && i < count;
        if (!pl_set_target(frame, &variable->members[i], there ? values[i] : datum_null(),
                           i < count ? columns[i].type : TYPE_UNKNOWN,
                           i < count ? columns[i].typmod : -1))
            return false;
    }
    return true;
}

bool pl_set_relation_row(struct pl_frame *frame, uint32_t number,
                         const struct sql_relation *relation, const struct datum *values)
{
    struct pl_record *record = &value_of(frame, number)->record;
    uint32_t count = 0;
    struct sql_row_column *shape =
        arena_array(&frame->scratch, relation->column_count + 1u, sizeof(*shape));
    struct datum *visible =
        arena_array(&frame->scratch, relation->column_count + 1u, sizeof(*visible));
    if (!shape || !visible)
        return sql_fail_memory(frame->env.error);
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *column = &relation->columns[i];
        if (column->dropped)
            continue;
        visible[count] = values ? values[i] : datum_null();
        shape[count++] = (struct sql_row_column){column->name, column->type, column->typmod};
    }
    if (!shape_as(frame, record, shape, count) || !fill_record(frame, record, visible))
        return false;
    record->type = relation->type;
    record->null = !values;
    return true;
}

bool pl_set(struct pl_frame *frame, uint32_t number, struct datum value, uint32_t type,
            int32_t typmod)
{
    const struct pl_variable *variable = pl_variable(frame, number);
    struct datum casted;
    if (variable->kind == PL_RECORD) {
        const struct sql_type *from = type_of(frame, type);
        bool composite = type == TYPE_RECORD || (from && from->kind == SQL_TYPE_COMPOSITE) ||
                         row_type(frame, type);
        if (!composite && !value.null)
            return sql_fail(frame->env.error, "42804",
                            "cannot assign non-composite value to a record variable");
        return pl_set_record(frame, number, value, type);
    }
    if (is_unknown_yet(frame, number) && !pl_set_trigger_variable(frame, number))
        return false;
    bool same = type == variable->type && (variable->typmod < 0 || variable->typmod == typmod);
    if (same && !variable->domain)
        casted = value;
    else if (!cast(frame, value, type, typmod, variable->type, variable->typmod, &casted))
        return false;
    return check_null(frame, variable, casted) &&
           store(frame, value_of(frame, variable->number), variable, casted);
}

bool pl_set_bool(struct pl_frame *frame, uint32_t variable, bool value)
{
    value_of(frame, variable)->datum = datum_bool(value);
    return true;
}

bool pl_set_text(struct pl_frame *frame, uint32_t variable, struct slice text)
{
    return pl_set(frame, variable, text.ptr ? datum_bytes(text) : datum_null(), TYPE_TEXT, -1);
}

/* ---- fields and elements */

static bool set_field(struct pl_frame *frame, const struct pl_target *target, struct datum value,
                      uint32_t type, int32_t typmod)
{
    const struct pl_variable *variable = pl_variable(frame, target->variable);
    struct pl_record *record = &value_of(frame, variable->number)->record;
    uint32_t at;
    struct datum casted;
    if (!pl_field(frame, target->variable, target->field, &at) ||
        !cast(frame, value, type, typmod, record->types[at], record->typmods[at], &casted) ||
        !pl_copy(frame, &record->bytes[record->current], record->types[at], &casted))
        return false;
    record->values[at] = casted;
    record->null = false;
    /* What it had before is still there: now and then it is cleaned away. */
    return record->bytes[record->current].chunks == record->measured ||
           fill_record(frame, record, record->values);
}

static bool read_subscripts(struct pl_frame *frame, const struct pl_target *target,
                            struct sql_subscript *out, bool *slices)
{
    *slices = false;
    for (uint32_t i = 0; i < target->subscript_count; i++) {
        const struct pl_subscript *from = &target->subscripts[i];
        struct datum lower = datum_null(), upper = datum_null();
        if ((from->lower && !pl_eval_as(frame, from->lower, TYPE_INT4, &lower)) ||
            (from->upper && !pl_eval_as(frame, from->upper, TYPE_INT4, &upper)))
            return false;
        if ((from->lower && lower.null) || (from->upper && upper.null))
            return sql_fail(frame->env.error, "22004",
                            "array subscript in assignment must not be null");
        out[i] = (struct sql_subscript){.slice = from->slice,
                                        .has_lower = from->lower != NULL,
                                        .has_upper = from->upper != NULL,
                                        .lower = (int32_t)lower.i,
                                        .upper = (int32_t)upper.i};
        *slices |= from->slice;
    }
    return true;
}

/* What is subscripted. */
struct container {
    uint32_t type;
    int32_t typmod;
    struct datum *value; /* the variable's or field's own */
    size_t room;         /* of its bytes */
};

/* Replaces the element in the container itself, whose bytes nobody else has. */
static bool set_element_here(struct pl_frame *frame, const struct container *container,
                             const struct sql_subscript *subscripts, uint32_t count,
                             struct datum value)
{
    const struct sql_type *type = type_of(frame, container->type);
    struct datum *held = container->value;
    if (held->null || type->ops != &sql_array_ops || type->kind == SQL_TYPE_DOMAIN)
        return false;
    uint8_t *bytes = (uint8_t *)(uintptr_t)held->ptr;
    struct sql_array_room room = {bytes, held->len, container->room};
    if (!sql_array_assign_here(&room, subscripts, count, value))
        return false;
    *held = datum_bytes(slice_of(bytes, room.len));
    return true;
}

/* The container's value with the element replaced; *done: it is so already. */
static bool set_elements(struct pl_frame *frame, const struct pl_target *target,
                         const struct container *container, struct datum value, uint32_t type,
                         int32_t typmod, bool *done, struct datum *out)
{
    const struct sql_type *container_of = type_of(frame, container->type);
    int32_t element_typmod = container->typmod;
    while (container_of && container_of->kind == SQL_TYPE_DOMAIN) {
        element_typmod = container_of->base_typmod;
        container_of = type_of(frame, container_of->base);
    }
    const struct sql_type *element =
        container_of && container_of->element ? type_of(frame, container_of->element) : NULL;
    struct sql_subscript *subscripts =
        arena_array(&frame->scratch, target->subscript_count, sizeof(*subscripts));
    struct sql_call call = {.env = &frame->env, .arena = &frame->scratch};
    bool slices;
    if (!element)
        return sql_fail(frame->env.error, "42804",
                        "cannot subscript type " SLICE_FMT
                        " because it does not support subscripting",
                        SLICE_ARG(container_of ? container_of->name : slice_str("?")));
    if (!subscripts)
        return sql_fail_memory(frame->env.error);
    if (!read_subscripts(frame, target, subscripts, &slices) ||
        !cast(frame, value, type, typmod, slices ? container_of->id : element->id, element_typmod,
              &value))
        return false;
    *done =
        !slices && set_element_here(frame, container, subscripts, target->subscript_count, value);
    if (*done)
        return true;
    return (slices ? sql_array_assign_slice(&call, element, *container->value, subscripts,
                                            target->subscript_count, value, out)
                   : sql_array_assign(&call, element, *container->value, subscripts,
                                      target->subscript_count, value, out)) &&
           sql_domain_check(&frame->env, type_of(frame, container->type), *out);
}

/* What the target's subscripts are of. */
static bool find_container(struct pl_frame *frame, const struct pl_target *target,
                           struct container *out)
{
    const struct pl_variable *variable = pl_variable(frame, target->variable);
    struct pl_value *value = value_of(frame, variable->number);
    struct datum known;
    uint32_t at;
    if (target->field.ptr) {
        if (!pl_field(frame, target->variable, target->field, &at))
            return false;
        struct pl_record *record = &value->record;
        *out = (struct container){record->types[at], record->typmods[at], &record->values[at],
                                  record->values[at].len};
        return true;
    }
    if (variable->kind != PL_SCALAR)
        return sql_fail(frame->env.error, "42804",
                        "cannot subscript type " SLICE_FMT
                        " because it does not support subscripting",
                        SLICE_ARG(type_of(frame, variable->type)->name));
    size_t room = value->room < SQL_BYTES_MAX ? value->room : SQL_BYTES_MAX;
    *out = (struct container){variable->type, variable->typmod, &value->datum, room};
    return pl_get(frame, target->variable, &known);
}

bool pl_set_target(struct pl_frame *frame, const struct pl_target *target, struct datum value,
                   uint32_t type, int32_t typmod)
{
    struct container container;
    struct datum changed;
    bool done;
    if (target->subscript_count == 0)
        return target->field.ptr ? set_field(frame, target, value, type, typmod)
                                 : pl_set(frame, target->variable, value, type, typmod);
    if (!find_container(frame, target, &container) ||
        !set_elements(frame, target, &container, value, type, typmod, &done, &changed))
        return false;
    if (done)
        return true;
    return target->field.ptr ? set_field(frame, target, changed, container.type, -1)
                             : pl_set(frame, target->variable, changed, container.type, -1);
}
