/* SLOWLOG: the last commands that took longer than slowlog-log-slower-than. */
#ifndef PARLEL_EMULATORS_REDIS_SLOWLOG_H
#define PARLEL_EMULATORS_REDIS_SLOWLOG_H

#include "emulators/redis/call.h"

/* Writes a command down unless it is one that is never logged. */
void redis_slowlog_add(struct redis_call *call, int64_t took_us);
void redis_slowlog_destroy(struct redis *redis);

#endif
