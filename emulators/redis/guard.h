/* Out of memory in the midst of a write command: nothing is lost, and nothing done by halves.
 *
 * A command that takes memory begins only when the heap's reserve (heap.h) is whole and has room for
 * its arguments on top; it may draw on the reserve then. Where memory is short all the same, the
 * databases are shared before the command, as for a checkpoint, which costs nothing but copies of
 * what it changes; when an allocation fails, whether or not the handler took notice, the databases
 * are put back and the reply is the out-of-memory error. Commands that only take away (DEL, LPOP)
 * need memory when a checkpoint shares the data alone, and are never refused otherwise.
 *
 * Transactions and scripts are as atomic as in Redis: each of their commands is guarded by itself. */
#ifndef PARLEL_EMULATORS_REDIS_GUARD_H
#define PARLEL_EMULATORS_REDIS_GUARD_H

#include "common/outq.h"
#include "emulators/redis/call.h"

struct redis_guard {
    struct redis_data *saved; /* of all databases; NULL: not guarded */
    struct outq_mark reply;
    uint32_t errors;
    bool drawing;
};

/* To be called before the handler; false: the command is refused and has its reply. */
bool redis_guard_begin(struct redis_guard *guard, struct redis_call *call);
/* To be called after the handler. */
void redis_guard_end(struct redis_guard *guard, struct redis_call *call);

#endif
