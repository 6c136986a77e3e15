/* MULTI, EXEC, DISCARD: commands queued and executed as one. */
#ifndef PARLEL_EMULATORS_REDIS_TRANSACTION_H
#define PARLEL_EMULATORS_REDIS_TRANSACTION_H

#include "emulators/redis/session.h"

/* Queues a command that passed its checks; replies +QUEUED. */
void redis_transaction_queue(struct redis_session *session, const struct redis_command_info *info,
                             const struct slice *argv, uint32_t argc);
/* Ends the transaction without executing it; forgets the queue and the watches. */
void redis_transaction_discard(struct redis_session *session);

#endif
