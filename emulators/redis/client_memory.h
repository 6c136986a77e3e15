/* What clients take of the instance's memory, and who goes when it is too much (maxmemory-clients).
 *
 * Two running totals, so that nothing is ever summed up: redis->transport_memory counts what is
 * queued for clients and what they sent in part, which is not in the heap; redis->session_memory
 * counts their sessions, transactions, watches, subscriptions and prefixes, which is. A client that
 * is being closed counts no longer. */
#ifndef PARLEL_EMULATORS_REDIS_CLIENT_MEMORY_H
#define PARLEL_EMULATORS_REDIS_CLIENT_MEMORY_H

#include "emulators/redis/session.h"

/* Begins to count a client with a connection; ends it (a second time: nothing). */
void redis_client_count(struct redis_session *session);
void redis_client_uncount(struct redis_session *session);

/* The session's part of the heap has grown, or become smaller. */
void redis_client_holds(struct redis_session *session, size_t more);
void redis_client_drops(struct redis_session *session, size_t less);

/* Bytes of a client, and of all together. */
size_t redis_client_memory(const struct redis_session *session);
size_t redis_clients_memory(const struct redis *redis);

/* Bytes that a client sent and that are not part of a complete argument yet; of its arguments. */
size_t redis_client_query_buffer(const struct redis_session *session);
size_t redis_client_argv_memory(const struct redis_session *session);

/* Closes the largest clients, powers of two apart, until the rest needs less than maxmemory-clients
 * allows. Clients that said CLIENT NO-EVICT stay. */
void redis_evict_clients(struct redis *redis);
/* The same at the end of the turn, when what the system takes has been written; `arriving` are bytes
 * of input that will be counted by then. Cheap when there is nothing to do. */
void redis_limit_clients(struct redis *redis, size_t arriving);
void redis_client_evictor_init(struct redis *redis);

/* Where one of Redis's limits closes a client that does not read, backpressure must not come first:
 * sets the client's high-water mark by the limits as configured now. While it is held back its
 * input is read on: many clients send a whole pipeline, whatever its size, before they read. */
void redis_client_set_high_water(struct redis_session *session);

#endif
