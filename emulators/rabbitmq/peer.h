/* Who is connected, as the engine sees it: the owner of exclusive queues, a guest of its virtual host.
 *
 * A connection's session embeds a peer, enters it once its virtual host is open, and takes it out when
 * it ends, after its channels. */
#ifndef PARLEL_EMULATORS_RABBITMQ_PEER_H
#define PARLEL_EMULATORS_RABBITMQ_PEER_H

#include "emulators/rabbitmq/vhost.h"

struct rabbit_peer {
    struct ring link;           /* in its virtual host's */
    struct ring owned;          /* exclusive queues: struct rabbit_queue by its owner_link */
    struct rabbit_vhost *vhost; /* NULL: in none */
    uint64_t id;                /* of the connection */
    /* The broker ends it: connection.close is sent with this. From the loop, it leaves later. */
    void (*close)(struct rabbit_peer *peer, enum rabbit_reply_code code, const char *text);
};

void rabbit_peer_enter(struct rabbit_peer *peer, struct rabbit_vhost *vhost, uint64_t id);
/* Deletes its exclusive queues. Does nothing when it has not entered. */
void rabbit_peer_leave(struct rabbit_peer *peer);
/* Takes it out of a virtual host that goes with all its queues. */
void rabbit_peer_forget(struct rabbit_peer *peer);
/* NULL when nobody of that id is in the virtual host. */
struct rabbit_peer *rabbit_peer_find(struct rabbit_vhost *vhost, uint64_t id);

#endif
