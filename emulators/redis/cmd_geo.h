/* What the files of geo commands share. */
#ifndef PARLEL_EMULATORS_REDIS_CMD_GEO_H
#define PARLEL_EMULATORS_REDIS_CMD_GEO_H

#include "emulators/redis/call.h"
#include "emulators/redis/geohash.h"
#include "emulators/redis/zset.h"

/* argv[at], argv[at + 1] as a position; argv[at] as a unit of length. False: the error is replied. */
bool redis_arg_position(struct redis_call *call, uint32_t at, struct geo_point *out);
bool redis_arg_unit(struct redis_call *call, uint32_t at, double *metres);

/* A member's position; false: there is no such member (zset may be NULL). */
bool redis_geo_position(const struct redis_zset *zset, struct slice member, struct geo_point *out);

void redis_reply_distance(struct redis_reply *reply, double distance);
void redis_reply_position(struct redis_reply *reply, struct geo_point point);

#endif
