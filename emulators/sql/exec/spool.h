/* Rows that are kept: the saved registers of each, side by side in an arena.
 *
 * A tuple is as many datums as registers are saved, then the bytes of those that are not by value.
 * Registers loaded from one borrow from it. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_SPOOL_H
#define PARLEL_EMULATORS_SQL_EXEC_SPOOL_H

#include "emulators/sql/plan/plan.h"

/* A tuple of the saved registers; NULL: out of memory. `head` bytes in front of it are the caller's
 * (a multiple of 16). */
struct datum *sql_tuple_save(struct arena *arena, const struct datum *regs,
                             const struct sql_saves *saves, size_t head);
static inline void sql_tuple_load(struct datum *regs, const struct sql_saves *saves,
                                  const struct datum *tuple)
{
    for (uint32_t i = 0; i < saves->count; i++)
        regs[saves->items[i].reg] = tuple[i];
}
static inline void sql_tuple_load_nulls(struct datum *regs, const struct sql_saves *saves)
{
    for (uint32_t i = 0; i < saves->count; i++)
        regs[saves->items[i].reg] = datum_null();
}
/* A value's copy in the arena. */
bool sql_datum_copy(struct arena *arena, struct datum *value);

/* Tuples in the order in which they came. Zeroed memory is an empty spool. */
struct sql_spool {
    struct arena arena;
    struct datum **tuples;
    uint64_t count, room;
    bool complete; /* all rows of its source are in it */
    uint32_t readers;
};

bool sql_spool_add(struct sql_spool *spool, struct datum *tuple);
/* Saves the registers as one more tuple. */
bool sql_spool_save(struct sql_spool *spool, const struct datum *regs,
                    const struct sql_saves *saves);
/* Forgets all rows. */
void sql_spool_reset(struct sql_spool *spool);
void sql_spool_done(struct sql_spool *spool);

#endif
