/* Topic permissions: which routing keys of a topic exchange a user may publish with and bind by.
 *
 * They come on top of the permissions on the exchange itself (user.h), and restrict only those users who have one
 * for that exchange. In their patterns {username} and {vhost} stand for the user's and the virtual host's name.
 * Immutable items of the virtual host's map. */
#ifndef PARLEL_EMULATORS_RABBITMQ_TOPIC_PERMISSION_H
#define PARLEL_EMULATORS_RABBITMQ_TOPIC_PERMISSION_H

#include "emulators/rabbitmq/user.h"

struct rabbit_topic_permission {
    uint32_t refs;
    struct slice user, exchange, write, read; /* owned */
};

extern const struct trie_type rabbit_topic_permission_type;

/* Makes or replaces the user's for an exchange, which need not exist. False when out of memory. */
bool rabbit_topic_permission_put(struct rabbit_vhost *vhost,
                                 const struct rabbit_topic_permission *options);
/* Takes back the user's for an exchange; ptr NULL: for all. False when there is none, or out of memory. */
bool rabbit_topic_permission_delete(struct rabbit_vhost *vhost, struct slice user,
                                    struct slice exchange);
/* Has the user any in the virtual host? */
bool rabbit_topic_permission_exists(const struct rabbit_vhost *vhost, struct slice user);

/* What somebody wants to do with a routing key. */
struct rabbit_topic_access {
    struct slice user, exchange, routing_key;
    enum rabbit_access access; /* RABBIT_WRITE: to publish; RABBIT_READ: to bind or unbind */
};

/* May they? 403 "access to topic 'k' in exchange 'e' in vhost '/' refused for user 'u'" otherwise. An exchange that
 * is missing or of another type than topic lets everything pass. */
bool rabbit_user_may_topic(struct rabbit_vhost *vhost, const struct rabbit_topic_access *wanted,
                           struct rabbit_error *error);

#endif
