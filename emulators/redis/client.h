/* Clients as CLIENT commands handle them: pausing, output-buffer limits, idle time-outs. */
#ifndef PARLEL_EMULATORS_REDIS_CLIENT_H
#define PARLEL_EMULATORS_REDIS_CLIENT_H

#include "emulators/redis/session.h"

/* CLIENT PAUSE holds this command back. */
bool redis_pause_applies(const struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc);
/* Keeps the command until the pause is over, then dispatches it; false: out of memory. */
bool redis_pause_session(struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc);
/* Forgets a held-back command (the client goes). */
void redis_unpause_session(struct redis_session *session);

/* Holds commands back until a time; ends that and runs what was held back. */
void redis_pause(struct redis *redis, int64_t until_ms, bool writes_only);
void redis_unpause(struct redis *redis);

/* May a client be called so? No blanks, no control characters: CLIENT LIST shows it. */
bool redis_client_name_ok(struct slice name);

/* A client as CLIENT LIST shows it, without a line end; ptr NULL: out of memory. */
struct slice redis_client_line(struct arena *arena, const struct redis_session *session);

/* Closes the client when more output waits than its class allows (client-output-buffer-limit). */
void redis_check_buffer_limits(struct redis_session *session);

/* Work of ten times a second: idle time-outs (timeout), soft buffer limits. */
void redis_clients_cron(struct redis *redis);

#endif
