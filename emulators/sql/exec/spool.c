#include "emulators/sql/exec/spool.h"

#include <stdlib.h>

bool sql_datum_copy(struct arena *arena, struct datum *value)
{
    uint8_t *bytes = arena_alloc(arena, value->len);
    if (!bytes)
        return false;
    if (value->len)
        memcpy(bytes, value->ptr, value->len);
    value->ptr = bytes;
    return true;
}

struct datum *sql_tuple_save(struct arena *arena, const struct datum *regs,
                             const struct sql_saves *saves, size_t head)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < saves->count; i++) {
        const struct datum *value = &regs[saves->items[i].reg];
        if (!saves->items[i].by_value && !value->null)
            bytes += value->len;
    }
    uint8_t *block = arena_alloc(arena, head + saves->count * sizeof(struct datum) + bytes);
    if (!block)
        return NULL;
    struct datum *tuple = (struct datum *)(void *)(block + head);
    uint8_t *at = (uint8_t *)(tuple + saves->count);
    for (uint32_t i = 0; i < saves->count; i++) {
        tuple[i] = regs[saves->items[i].reg];
        if (saves->items[i].by_value || tuple[i].null || tuple[i].len == 0)
            continue;
        memcpy(at, tuple[i].ptr, tuple[i].len);
        tuple[i].ptr = at;
        at += tuple[i].len;
    }
    return tuple;
}

bool sql_spool_add(struct sql_spool *spool, struct datum *tuple)
{
    if (!tuple)
        return false;
    if (spool->count == spool->room) {
        uint64_t room = spool->room ? spool->room * 2 : 64;
        struct datum **tuples = realloc(spool->tuples, room * sizeof(struct datum *));
        if (!tuples)
            return false;
        spool->tuples = tuples;
        spool->room = room;
    }
    spool->tuples[spool->count++] = tuple;
    return true;
}

bool sql_spool_save(struct sql_spool *spool, const struct datum *regs,
                    const struct sql_saves *saves)
{
    return sql_spool_add(spool, sql_tuple_save(&spool->arena, regs, saves, 0));
}

void sql_spool_reset(struct sql_spool *spool)
{
    arena_reset(&spool->arena);
    spool->count = 0;
    spool->complete = false;
}

void sql_spool_done(struct sql_spool *spool)
{
    arena_done(&spool->arena);
    free(spool->tuples);
    *spool = (struct sql_spool){0};
}
