/* Users and what they may do: ACL, AUTH, requirepass. Source: the Redis manual, "ACL". */
#ifndef PARLEL_EMULATORS_REDIS_ACL_H
#define PARLEL_EMULATORS_REDIS_ACL_H

#include "emulators/redis/session.h"

struct redis_acl *redis_acl_create(struct redis *redis);
void redis_acl_destroy(struct redis_acl *acl);

/* A new connection is the default user, authenticated already when that needs no password. */
void redis_acl_new_session(struct redis_session *session);

enum redis_acl_verdict { REDIS_ACL_OK, REDIS_ACL_COMMAND, REDIS_ACL_KEY, REDIS_ACL_CHANNEL };

/* May the session's user execute the command with these arguments? On denial *out_arg is the index
 * of the argument that was refused. Does not reply and does not log. */
enum redis_acl_verdict redis_acl_check(const struct redis_session *session,
                                       const struct redis_command_info *info,
                                       const struct slice *argv, uint32_t argc, uint32_t *out_arg);

/* Replies NOPERM and writes the ACL log's entry; context is "toplevel", "multi" or "lua". */
void redis_acl_deny(struct redis_session *session, struct redis_reply *reply,
                    const struct redis_command_info *info, const struct slice *argv,
                    enum redis_acl_verdict verdict, uint32_t arg, const char *context);

#endif
