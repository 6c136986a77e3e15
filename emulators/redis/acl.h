/* Users and what they may do: ACL, AUTH, requirepass. Source: the Redis manual, "ACL". */
#ifndef PARLEL_EMULATORS_REDIS_ACL_H
#define PARLEL_EMULATORS_REDIS_ACL_H

#include "emulators/redis/session.h"

struct redis_acl *redis_acl_create(struct redis *redis);
void redis_acl_destroy(struct redis_acl *acl);

/* A new connection is the default user, authenticated already when that needs no password. */
void redis_acl_new_session(struct redis_session *session);

/* Is there a user of that name? */
bool redis_acl_user_exists(const struct redis *redis, struct slice name);
/* The name of the session's user. */
struct slice redis_acl_user_name(const struct redis_session *session);

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

/* Checks a user's name and password, as AUTH does, and makes it the session's user; false: no such
 * user or wrong password (the caller replies; the ACL log has its entry). */
bool redis_acl_authenticate(struct redis_session *session, struct slice user,
                            struct slice password);
/* The default user needs no password (AUTH with a password alone is an error then). */
bool redis_acl_default_is_open(const struct redis *redis);
/* Makes the session the default user again (RESET). */
void redis_acl_reset_session(struct redis_session *session);

/* requirepass: the default user's only password; empty: none is needed. False: out of memory. */
bool redis_acl_set_default_password(struct redis *redis, struct slice password);

#endif
