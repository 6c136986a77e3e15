/* SAVE and its kin. Nothing is persisted, by design: saving succeeds and only its time is kept. */
#ifndef PARLEL_EMULATORS_REDIS_PERSISTENCE_H
#define PARLEL_EMULATORS_REDIS_PERSISTENCE_H

#include "emulators/redis/instance.h"

/* The data counts as saved now. */
void redis_saved(struct redis *redis);

#endif
