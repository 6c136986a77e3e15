/* MONITOR: every command of every client, as one line to whoever watches. */
#ifndef PARLEL_EMULATORS_REDIS_MONITOR_H
#define PARLEL_EMULATORS_REDIS_MONITOR_H

#include "emulators/redis/session.h"

/* Shows a command that is about to be executed. Called only while first_monitor is not NULL. */
void redis_monitor_feed(struct redis_call *call);
/* EVAL, FCALL and their kin show themselves, before the commands that they call. */
void redis_monitor_script(struct redis_call *call);
void redis_monitor_stop(struct redis_session *session);

#endif
