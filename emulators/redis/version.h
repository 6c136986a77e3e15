/* The release that this emulator says it is. */
#ifndef PARLEL_EMULATORS_REDIS_VERSION_H
#define PARLEL_EMULATORS_REDIS_VERSION_H

#define REDIS_VERSION     "7.2.6"
#define REDIS_VERSION_NUM 0x00070206

#endif
