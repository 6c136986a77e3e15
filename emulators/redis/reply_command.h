/* What COMMAND says of a command: the reply's elements are made by the build (command_table.h). */
#ifndef PARLEL_EMULATORS_REDIS_REPLY_COMMAND_H
#define PARLEL_EMULATORS_REDIS_REPLY_COMMAND_H

#include "emulators/redis/command_info.h"
#include "emulators/redis/reply.h"

/* An element of COMMAND and COMMAND INFO, subcommands included; null for NULL. */
void redis_reply_command_info(struct redis_reply *reply, const struct redis_command_info *info);

/* A value of COMMAND DOCS, subcommands included. The full name before it is the caller's. */
void redis_reply_command_docs(struct redis_reply *reply, const struct redis_command_info *info);

/* "RO", "access", ... of a key, as COMMAND GETKEYSANDFLAGS has them. */
void redis_reply_key_flags(struct redis_reply *reply, unsigned flags);

#endif
