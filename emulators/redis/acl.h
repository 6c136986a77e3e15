/* Users and what they may do: ACL, AUTH, requirepass. Source: the Redis manual, "ACL".
 *
 * The users are state: checkpoints keep them. A session's user is always the one that the table has
 * under that name now: whoever replaces or deletes a user sees to the sessions. */
#ifndef PARLEL_EMULATORS_REDIS_ACL_H
#define PARLEL_EMULATORS_REDIS_ACL_H

#include "emulators/redis/acl_user.h"
#include "emulators/redis/session.h"

struct redis_acl *redis_acl_create(struct redis *redis);
void redis_acl_destroy(struct redis_acl *acl);

/* ---- sessions */

/* A new connection is the default user, authenticated already when that needs no password. What has
 * no connection (execute, fixtures) may do everything. */
void redis_acl_new_session(struct redis_session *session);
/* Makes the session the default user again (RESET). */
void redis_acl_reset_session(struct redis_session *session);
/* The name of the session's user. */
struct slice redis_acl_user_name(const struct redis_session *session);
/* A session that is not authenticated may go on all the same: the default user needs no password
 * (any more). */
bool redis_acl_anyone_may_enter(const struct redis *redis);

/* Checks a user's name and password, as AUTH does, and makes it the session's user; false: no such
 * user, it is off, or wrong password (the caller replies; the ACL log has its entry). */
bool redis_acl_authenticate(struct redis_call *call, struct slice user, struct slice password);
/* The default user needs no password (AUTH with a password alone is an error then). */
bool redis_acl_default_is_open(const struct redis *redis);

/* ---- rights */

enum redis_acl_verdict { REDIS_ACL_OK, REDIS_ACL_COMMAND, REDIS_ACL_KEY, REDIS_ACL_CHANNEL };

/* May the user execute the command with these arguments? On denial *out_arg is the index of the
 * argument that was refused. Does not reply and does not log. */
enum redis_acl_verdict redis_acl_check_user(const struct redis_user *user,
                                            const struct redis_command_info *info,
                                            const struct slice *argv, uint32_t argc,
                                            uint32_t *out_arg);

/* May the session's user? */
static inline enum redis_acl_verdict redis_acl_check(const struct redis_session *session,
                                                     const struct redis_command_info *info,
                                                     const struct slice *argv, uint32_t argc,
                                                     uint32_t *out_arg)
{
    if (session->user->flags & REDIS_USER_EVERYTHING)
        return REDIS_ACL_OK;
    return redis_acl_check_user(session->user, info, argv, argc, out_arg);
}

/* May the user of the call execute it and besides read any key there is (SORT BY and GET)? */
bool redis_acl_reads_all_keys(const struct redis_call *call);

/* The error that a client gets whose command was denied: "NOPERM ...", from the arena. */
const char *redis_acl_denial(struct arena *arena, const struct redis_command_info *info,
                             enum redis_acl_verdict verdict);

/* Writes the ACL log's entry of a denial; context is "toplevel", "multi" or "lua". */
void redis_acl_log_denial(struct redis_session *session, const struct redis_command_info *info,
                          const struct slice *argv, enum redis_acl_verdict verdict, uint32_t arg,
                          const char *context);

/* What ACL LOG shows. */
struct redis_acl_log *redis_acl_log(struct redis *redis);

/* ---- users */

/* The user, or NULL. */
const struct redis_user *redis_acl_user(const struct redis *redis, struct slice name);
bool redis_acl_user_exists(const struct redis *redis, struct slice name);
uint64_t redis_acl_user_count(const struct redis *redis);
/* All users in the order of their names, from the arena; NULL: out of memory. */
const struct redis_user **redis_acl_users(const struct redis *redis, struct arena *arena);

/* ACL SETUSER: changes or creates a user by rules, all of them or none. Subscribers that lose a
 * channel are disconnected. NULL, or the error without its code (from the arena or constant). */
const char *redis_acl_set_user(struct redis *redis, struct arena *arena, struct slice name,
                               const struct slice *rules, uint32_t count);
/* Deletes a user other than the default one and disconnects its clients; false: there is none. */
bool redis_acl_delete_user(struct redis *redis, struct slice name);

/* CONFIG SET requirepass: the default user's only password from now on; the empty one opens it.
 * False: out of memory. */
bool redis_acl_set_default_password(struct redis *redis, struct slice password);

/* ---- undo. The map of all users, shared in O(1); whoever has it gives it back with drop. */

struct trie redis_acl_share(const struct redis *redis);
/* Makes the users what they were; a session whose user there was not becomes the default user. */
void redis_acl_restore(struct redis *redis, const struct trie *users);
void redis_acl_drop(struct redis *redis, struct trie *users);
/* Only the default user, with all rights and the requirepass of now. False: out of memory. */
bool redis_acl_clear(struct redis *redis);

#endif
