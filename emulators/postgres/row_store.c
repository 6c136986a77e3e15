#include "emulators/postgres/row_store.h"

#include "emulators/sql/catalog/catalog.h"

static struct pg_row_store *store_of(struct sql_sink *sink)
{
    return (struct pg_row_store *)(void *)sink;
}

static bool begin(struct sql_sink *sink, const struct sql_result_column *columns, uint32_t count)
{
    struct pg_row_store *store = store_of(sink);
    if (store->begun)
        return true;
    struct sql_result_column *copy = arena_array(&store->arena, count + 1, sizeof(*copy));
    store->by_value = arena_array(&store->arena, count + 1, sizeof(bool));
    if (!copy || !store->by_value)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_type *type = sql_find_type_id(store->session, columns[i].type);
        copy[i] = columns[i];
        copy[i].name = arena_dup(&store->arena, columns[i].name);
        store->by_value[i] = !type || type->by_value;
    }
    store->columns = copy;
    store->column_count = count;
    store->begun = true;
    return true;
}

static bool make_room(struct pg_row_store *store)
{
    if (store->count < store->room)
        return true;
    uint64_t room = store->room ? store->room * 2 : 64;
    struct datum **rows = arena_array(&store->arena, room, sizeof(struct datum *));
    if (!rows)
        return false;
    if (store->count)
        memcpy(rows, store->rows, store->count * sizeof(struct datum *));
    store->rows = rows;
    store->room = room;
    return true;
}

static bool keep_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                     uint32_t count)
{
    struct pg_row_store *store = store_of(sink);
    struct datum *row = arena_array(&store->arena, count + 1, sizeof(*row));
    if (!row || !make_room(store))
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < count; i++) {
        row[i] = values[i];
        if (values[i].null || store->by_value[i])
            continue;
        row[i].ptr = arena_dup(&store->arena, datum_slice(values[i])).ptr;
        if (!row[i].ptr)
            return sql_fail_memory(env->error);
    }
    store->rows[store->count++] = row;
    return true;
}

void pg_row_store_init(struct pg_row_store *store, struct sql_session *session)
{
    *store = (struct pg_row_store){
        .sink = {.begin = begin, .row = keep_row},
        .session = session,
    };
}

void pg_row_store_done(struct pg_row_store *store)
{
    arena_done(&store->arena);
}

bool pg_row_store_give(const struct pg_row_store *store, struct sql_env *env, uint64_t from,
                       uint64_t count, struct sql_sink *sink)
{
    if (!sink->begin(sink, store->columns, store->column_count))
        return false;
    for (uint64_t i = 0; i < count && from + i < store->count; i++)
        if (!sink->row(sink, env, store->rows[from + i], store->column_count))
            return false;
    return true;
}
