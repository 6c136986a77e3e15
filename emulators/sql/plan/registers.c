#include "emulators/sql/plan/planner.h"

void *sql_vector_add(struct arena *arena, struct sql_vector *vector, size_t size)
{
    if (vector->count == vector->room) {
        uint32_t room = vector->room ? vector->room * 2 : 8;
        void *items = arena_array(arena, room, size);
        if (!items)
            return NULL;
        if (vector->count)
            memcpy(items, vector->items, vector->count * size);
        vector->items = items;
        vector->room = room;
    }
    void *item = (uint8_t *)vector->items + vector->count++ * size;
    memset(item, 0, size);
    return item;
}

bool sql_plan_register(struct sql_planner *planner, const struct sql_type *type, uint32_t *out)
{
    struct datum *image = sql_vector_add(planner->arena, &planner->registers, sizeof(*image));
    struct sql_register_info *info = sql_vector_add(planner->arena, &planner->info, sizeof(*info));
    if (!image || !info)
        return sql_fail_memory(planner->env->error);
    *image = datum_null();
    info->type = type;
    *out = planner->registers.count - 1;
    return true;
}

bool sql_plan_registers(struct sql_planner *planner, uint32_t count, uint32_t *out)
{
    *out = planner->registers.count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t reg;
        if (!sql_plan_register(planner, NULL, &reg))
            return false;
    }
    return true;
}

bool sql_plan_constant(struct sql_planner *planner, const struct sql_type *type, struct datum value,
                       uint32_t *out)
{
    if (!sql_plan_register(planner, type, out))
        return false;
    *sql_plan_image(planner, *out) = value;
    sql_plan_info(planner, *out)->constant = true;
    return true;
}

const struct sql_type *sql_plan_type(struct sql_planner *planner, uint32_t id)
{
    return sql_find_type_id(planner->session, id);
}

static uint32_t column_type(const struct sql_dialect *dialect, const struct sql_plan_table *table,
                            int32_t column)
{
    if (column > 0)
        return table->table->types[column - 1];
    switch (column) {
    case SQL_COLUMN_ROW_ID: return dialect->types_of.tid;
    case SQL_COLUMN_XMIN:
    case SQL_COLUMN_XMAX: return dialect->types_of.xid;
    case SQL_COLUMN_RELATION: return dialect->types_of.oid;
    default: return dialect->types_of.cid;
    }
}

bool sql_plan_column(struct sql_plan_query *query, uint32_t number, int32_t column, uint32_t *out)
{
    struct sql_plan_table *table = &query->tables[number - 1];
    uint32_t *slot = column > 0 ? &table->registers[column - 1] : &table->system[-column - 1];
    if (*slot == SQL_NO_REGISTER) {
        uint32_t id = column_type(query->planner->dialect, table, column);
        if (!sql_plan_register(query->planner, sql_plan_type(query->planner, id), slot))
            return false;
    }
    *out = *slot;
    return true;
}
