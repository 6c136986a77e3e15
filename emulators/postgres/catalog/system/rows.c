#include "emulators/postgres/catalog/system/rows.h"

#include <inttypes.h>
#include <stdio.h>

#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/array.h"

/* Where a scan stands. */
struct place {
    uint32_t index;  /* the next built-in object */
    uint32_t end;    /* behind the last one */
    uint32_t stored; /* id from which the next stored object is looked for */
    uint32_t part;
    bool stored_done, one; /* one: only the object with the key's id */
};

static const struct pg_source *source_of(const struct sql_system_scan *scan)
{
    return (const struct pg_source *)(const void *)scan->system;
}

bool pg_source_open(struct sql_system_scan *scan)
{
    const struct pg_source *source = source_of(scan);
    const struct sql_dialect *dialect = scan->env->session->dialect;
    struct place *place = arena_zalloc(scan->env->arena, sizeof *place);
    if (!place)
        return sql_fail_memory(scan->env->error);
    scan->state = place;
    place->end = source->builtin_count ? source->builtin_count(dialect) : 0;
    place->stored_done = source->stored == NULL;
    place->one = source->keyed && scan->key_column != 0;
    if (!place->one)
        return true;
    uint32_t id = (uint32_t)scan->key.u;
    place->stored = id;
    if (source->builtin_find) {
        int at = source->builtin_find(dialect, id);
        place->index = at < 0 ? place->end : (uint32_t)at;
        place->end = at < 0 ? place->end : (uint32_t)at + 1;
    }
    return true;
}

/* The stored object that is next, NULL: none is left. */
static const struct sql_object *stored_object(const struct sql_system_scan *scan,
                                              const struct place *place)
{
    const struct pg_source *source = source_of(scan);
    struct sql_session *session = scan->env->session;
    uint32_t class_id = source->class_id;
    if (!class_id)
        memcpy(&class_id, (const uint8_t *)&session->dialect->classes_of + source->class_at,
               sizeof class_id);
    return place->one ? sql_find_object(session, class_id, place->stored)
                      : sql_next_object(session, class_id, place->stored);
}

/* One attempt at the object that the place is at. */
static enum pg_made make_row(struct sql_system_scan *scan, struct pg_row *row,
                             const struct sql_object **out_stored)
{
    struct place *place = scan->state;
    const struct pg_source *source = source_of(scan);
    row->part = place->part;
    *out_stored = NULL;
    if (place->index < place->end)
        return source->builtin(row, place->index);
    const struct sql_object *object = stored_object(scan, place);
    if (!object) {
        place->stored_done = true;
        return PG_ROW_NONE;
    }
    *out_stored = object;
    return source->stored(row, object);
}

static void step(struct place *place, enum pg_made made, const struct sql_object *stored)
{
    if (made == PG_ROW_MADE || made == PG_ROW_SKIP) {
        place->part++;
        return;
    }
    place->part = 0;
    if (place->index < place->end) {
        place->index++;
    } else if (stored) {
        place->stored_done = place->one || stored->id == UINT32_MAX;
        place->stored = stored->id + 1;
    }
}

bool pg_source_next(struct sql_system_scan *scan, struct arena *arena, struct datum *values,
                    bool *done)
{
    struct place *place = scan->state;
    struct pg_row row = {.env = scan->env,
                         .session = scan->env->session,
                         .dialect = scan->env->session->dialect,
                         .arena = arena,
                         .cells = values};
    *done = false;
    while (place->index < place->end || !place->stored_done) {
        const struct sql_object *stored;
        row.at = 0;
        enum pg_made made = make_row(scan, &row, &stored);
        if (row.failed)
            return false;
        bool has_row = made == PG_ROW_MADE || made == PG_ROW_LAST;
        if (place->index < place->end || stored)
            step(place, made, stored);
        if (has_row)
            return true;
    }
    *done = true;
    return true;
}

/* ---- cells */

static void array_cell(struct pg_row *row, uint32_t element, const struct datum *items,
                       uint32_t count, bool vector)
{
    const struct sql_type *type = sql_builtin_type_id(row->dialect, element);
    struct sql_call call = {.env = row->env, .arena = row->arena};
    struct sql_array_shape shape = {.dims = 1, .length = {(int32_t)count}, .lower = {!vector}};
    struct datum value;
    bool fine = vector ? sql_array_make(&call, type, &shape, items, &value)
                       : sql_array_make_vector(&call, type, items, count, &value);
    row->failed = row->failed || !fine;
    pg_cell(row, fine ? value : datum_null());
}

static struct datum *items_for(struct pg_row *row, uint32_t count)
{
    struct datum *items = arena_array(row->arena, count + 1u, sizeof *items);
    if (!items)
        row->failed = !sql_fail_memory(row->env->error);
    return items;
}

static void id_array(struct pg_row *row, const uint32_t *ids, uint32_t count, bool vector)
{
    struct datum *items = ids || vector ? items_for(row, count) : NULL;
    if (!items) {
        pg_null(row);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct datum){.u = ids[i]};
    array_cell(row, row->dialect->types_of.oid, items, count, vector);
}

static void number_array(struct pg_row *row, const int16_t *numbers, uint32_t count, bool vector)
{
    struct datum *items = numbers || vector ? items_for(row, count) : NULL;
    if (!items) {
        pg_null(row);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        items[i] = datum_int(numbers[i]);
    array_cell(row, row->dialect->types_of.int2, items, count, vector);
}

void pg_ids(struct pg_row *row, const uint32_t *ids, uint32_t count)
{
    id_array(row, ids, count, false);
}

void pg_id_vector(struct pg_row *row, const uint32_t *ids, uint32_t count)
{
    id_array(row, ids, count, true);
}

void pg_numbers(struct pg_row *row, const int16_t *numbers, uint32_t count)
{
    number_array(row, numbers, count, false);
}

void pg_number_vector(struct pg_row *row, const int16_t *numbers, uint32_t count)
{
    number_array(row, numbers, count, true);
}

void pg_texts(struct pg_row *row, const struct slice *texts, uint32_t count)
{
    struct datum *items = texts && count ? items_for(row, count) : NULL;
    if (!items) {
        pg_null(row);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        items[i] = datum_bytes(texts[i]);
    array_cell(row, row->dialect->types_of.text, items, count, false);
}

void pg_chars(struct pg_row *row, const char *chars, uint32_t count)
{
    struct datum *items = chars && count ? items_for(row, count) : NULL;
    if (!items) {
        pg_null(row);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        items[i] = datum_int((signed char)chars[i]);
    array_cell(row, row->dialect->types_of.char_, items, count, false);
}

void pg_acl(struct pg_row *row, const struct sql_acl_item *grants, uint32_t count, bool is_default)
{
    struct datum *items = is_default ? NULL : items_for(row, count);
    if (!items) {
        pg_null(row);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        items[i] = datum_bytes(slice_of(&grants[i], sizeof grants[i]));
    array_cell(row, row->dialect->types_of.aclitem, items, count, false);
}

void pg_object_acl(struct pg_row *row, const struct sql_object *object)
{
    const struct sql_object *holder = sql_acl_holder(row->session, object);
    pg_acl(row, holder->acl, holder->acl_count, holder->acl_default);
}

void pg_builtin_acl(struct pg_row *row, uint32_t class_id, uint32_t id)
{
    const struct sql_object object = {.class_id = class_id, .id = id, .acl_default = true};
    pg_object_acl(row, &object);
}

/* ---- expressions */

struct slice pg_expression_text(struct arena *arena, enum pg_expression_kind kind, uint32_t id,
                                int32_t part)
{
    return arena_printf(arena, "{%c %" PRIu32 " %" PRId32 "}", (char)kind, id, part);
}

bool pg_expression_read(struct slice text, enum pg_expression_kind *out_kind, uint32_t *out_id,
                        int32_t *out_part)
{
    char copy[40], kind, end;
    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    if (sscanf(copy, "{%c %" SCNu32 " %" SCNd32 "%c", &kind, out_id, out_part, &end) != 4 ||
        end != '}')
        return false;
    *out_kind = (enum pg_expression_kind)kind;
    return true;
}

void pg_expression(struct pg_row *row, bool has, enum pg_expression_kind kind, uint32_t id,
                   int32_t part)
{
    if (has)
        pg_text(row, pg_expression_text(row->arena, kind, id, part));
    else
        pg_null(row);
}

/* ---- all relations */

const struct sql_system_relation *pg_system_relation(uint32_t id)
{
    const struct pg_source *const *const lists[] = {
        pg_relation_sources, pg_type_sources,   pg_routine_sources,
        pg_operator_sources, pg_depend_sources, pg_role_sources,
        pg_grant_sources,    pg_other_sources,  pg_text_search_sources,
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (const struct pg_source *const *at = lists[i]; *at; at++)
            if ((*at)->core.id == id)
                return &(*at)->core;
    return NULL;
}
