/* The operations of each aggregate type, one table per type module (list.c, set.c, ...). */
#ifndef PARLEL_EMULATORS_REDIS_TYPES_H
#define PARLEL_EMULATORS_REDIS_TYPES_H

#include "emulators/redis/object.h"

extern const struct redis_type_ops redis_list_ops;
extern const struct redis_type_ops redis_set_ops;
extern const struct redis_type_ops redis_zset_ops;
extern const struct redis_type_ops redis_hash_ops;
extern const struct redis_type_ops redis_stream_ops;

#endif
