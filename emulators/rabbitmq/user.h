/* Users and what they may do: immutable items of the data's maps.
 *
 * guest/guest and parlel/parlel are administrators with all permissions on "/" from the start.
 * Permissions are three regular expressions (PCRE, as Erlang's re is) on names of resources. */
#ifndef PARLEL_EMULATORS_RABBITMQ_USER_H
#define PARLEL_EMULATORS_RABBITMQ_USER_H

#include "emulators/rabbitmq/vhost.h"

struct rabbit_user {
    uint32_t refs;
    struct slice name, tags;    /* tags: comma-separated */
    struct slice password;      /* ptr NULL: there is none, nobody can log in with one */
    struct slice password_hash; /* base64 of salt and hash, as management gives and takes it */
    struct slice hashing;       /* "rabbit_password_hashing_sha256" */
};

struct rabbit_permission {
    uint32_t refs;
    struct slice user, configure, write, read;
};

enum rabbit_access { RABBIT_CONFIGURE, RABBIT_WRITE, RABBIT_READ };

extern const struct trie_type rabbit_user_type, rabbit_permission_type;

const struct rabbit_user *rabbit_user_find(const struct rabbit *rabbit, struct slice name);

/* Are these credentials good? */
bool rabbit_user_login(struct rabbit *rabbit, struct slice name, struct slice password);

struct rabbit_user_options {
    struct slice name, tags, password, password_hash, hashing; /* ptr NULL: not given */
};
/* Makes or replaces a user. False when out of memory. */
bool rabbit_user_put(struct rabbit *rabbit, const struct rabbit_user_options *options);
/* With its permissions; false when there is none, or out of memory. */
bool rabbit_user_delete(struct rabbit *rabbit, struct slice name);
bool rabbit_user_has_tag(const struct rabbit_user *user, const char *tag);

bool rabbit_permission_put(struct rabbit_vhost *vhost, struct slice user, struct slice configure,
                           struct slice write, struct slice read);
bool rabbit_permission_delete(struct rabbit_vhost *vhost, struct slice user);
const struct rabbit_permission *rabbit_permission_find(const struct rabbit_vhost *vhost,
                                                       struct slice user);
/* May the user do this to the resource ("queue", "exchange") of that name? 403 otherwise, with
 * RabbitMQ's "access to queue 'q' in vhost '/' refused for user 'u'". */
bool rabbit_user_may(struct rabbit_vhost *vhost, struct slice user, enum rabbit_access access,
                     const char *kind, struct slice name, struct rabbit_error *error);

/* A queue or exchange that is about to be made, whose arguments may name an exchange that gets messages from it. */
struct rabbit_forward {
    const char *kind;
    struct slice name, arguments;
    const char *argument; /* "x-dead-letter-exchange", "alternate-exchange" */
};
/* May the user read from the one and write to the other? 403 otherwise; a value that is no name is for others to
 * refuse. */
bool rabbit_user_may_forward(struct rabbit_vhost *vhost, struct slice user,
                             const struct rabbit_forward *forward, struct rabbit_error *error);

#endif
