/* The server's time zones and abbreviations, as sets. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/zone.h"

struct zone_set {
    struct arena *arena;
    struct slice *names;
    size_t count, room, next;
};

static bool keep_name(void *context, struct slice name)
{
    struct zone_set *set = context;
    if (set->count == set->room) {
        size_t room = set->room ? set->room * 2 : 256;
        struct slice *names = arena_array(set->arena, room, sizeof(*names));
        if (!names)
            return false;
        if (set->count)
            memcpy(names, set->names, set->count * sizeof(*names));
        set->names = names;
        set->room = room;
    }
    set->names[set->count] = arena_dup(set->arena, name);
    return set->names[set->count++].ptr != NULL;
}

static bool needs_columns(struct sql_call *call, uint16_t count)
{
    return (call->columns && call->column_count >= count) ||
           sql_fail(call->env->error, "0A000",
                    "set-valued function called in context that cannot accept a set");
}

/* name, abbreviation, offset, is it summer time: now */
static bool timezone_names(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    struct zone_set *set = call->set_state;
    *out = datum_null();
    if (!needs_columns(call, 4))
        return false;
    if (!set) {
        call->set_state = set = arena_zalloc(call->set_arena, sizeof(*set));
        if (!set)
            return sql_fail_memory(call->env->error);
        set->arena = call->set_arena;
        sql_zone_each(set->arena, keep_name, set);
    }
    if (set->next == set->count) {
        call->done = true;
        return true;
    }
    struct slice name = set->names[set->next++];
    struct sql_zone_kind kind =
        sql_zone_at(sql_zone_find(call->set_arena, name), call->env->transaction_time);
    struct datum *columns = call->columns;
    columns[0] = datum_bytes(name);
    columns[1] = datum_bytes(kind.abbreviation);
    columns[3] = datum_bool(kind.dst);
    return sql_interval_make(call, (struct sql_interval){.usecs = kind.offset * SQL_USECS_PER_SEC},
                             &columns[2]);
}

/* abbreviation in capitals, offset, is it summer time */
static bool timezone_abbrevs(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    const struct sql_zone_abbreviation *row =
        call->set_state ? call->set_state : (void *)(uintptr_t)sql_zone_abbreviations;
    *out = datum_null();
    if (!needs_columns(call, 3))
        return false;
    if (!row->name) {
        call->done = true;
        return true;
    }
    call->set_state = (void *)(uintptr_t)(row + 1);
    struct slice name = arena_dup(call->arena, slice_str(row->name));
    if (!name.ptr)
        return sql_fail_memory(call->env->error);
    for (size_t i = 0; i < name.len; i++)
        ((uint8_t *)(uintptr_t)name.ptr)[i] = (uint8_t)(name.ptr[i] & 0xdf);
    call->columns[0] = datum_bytes(name);
    call->columns[2] = datum_bool(row->dst);
    return sql_interval_make(call, (struct sql_interval){.usecs = row->offset * SQL_USECS_PER_SEC},
                             &call->columns[1]);
}

const struct sql_builtin pg_zone_functions[] = {
    {"pg_timezone_names",   timezone_names  },
    {"pg_timezone_abbrevs", timezone_abbrevs},
    {NULL,                  NULL            },
};
