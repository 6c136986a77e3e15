/* Keyspace events: PUBLISHes of the server itself on __keyspace@N__ and __keyevent@N__ channels.
 * Source: the Redis manual, "Redis keyspace notifications". */
#ifndef PARLEL_EMULATORS_REDIS_NOTIFY_H
#define PARLEL_EMULATORS_REDIS_NOTIFY_H

#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"

/* Publishes the event if notify-keyspace-events asks for its class. */
void redis_notify_event(struct redis *redis, int db, unsigned class, const char *event,
                        struct slice key);

/* "KEA" to flags; -1 when a letter is unknown. And back, into out of at least 24 bytes, as CONFIG
 * GET prints it. */
int redis_notify_parse(struct slice letters);
void redis_notify_print(unsigned events, char out[24]);

#endif
