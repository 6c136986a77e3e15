/* Lua scripts: EVAL and its kin. */
#ifndef PARLEL_EMULATORS_REDIS_SCRIPT_H
#define PARLEL_EMULATORS_REDIS_SCRIPT_H

#include "emulators/redis/instance.h"

/* A script or function runs longer than busy-reply-threshold: other clients get this error. */
bool redis_script_busy(const struct redis *redis);
const char *redis_script_busy_error(const struct redis *redis);

/* The script cache, the function libraries and the Lua state; false: out of memory. */
bool redis_scripting_create(struct redis *redis);
void redis_scripting_destroy(struct redis *redis);
/* Forgets all scripts and libraries (reset of the emulator). */
void redis_scripting_reset(struct redis *redis);

#endif
