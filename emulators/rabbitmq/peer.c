#include "emulators/rabbitmq/peer.h"

#include "emulators/rabbitmq/queue.h"

void rabbit_peer_enter(struct rabbit_peer *peer, struct rabbit_vhost *vhost, uint64_t id)
{
    peer->vhost = vhost;
    peer->id = id;
    ring_init(&peer->link);
    ring_init(&peer->owned);
    ring_push_back(&vhost->peers, &peer->link);
    vhost->peer_count++;
}

void rabbit_peer_leave(struct rabbit_peer *peer)
{
    struct ring *link;
    struct rabbit_error error;
    if (!peer->vhost)
        return;
    /* A queue that memory does not suffice to delete now is an orphan: nobody can open it, and the
     * next rewind or reset drops it. */
    while ((link = ring_pop(&peer->owned)))
        rabbit_queue_drop(RING_OWNER(link, struct rabbit_queue, owner_link), &error);
    rabbit_peer_forget(peer);
}

void rabbit_peer_forget(struct rabbit_peer *peer)
{
    while (ring_pop(&peer->owned))
        ;
    ring_remove(&peer->link);
    peer->vhost->peer_count--;
    peer->vhost = NULL;
}

struct rabbit_peer *rabbit_peer_find(struct rabbit_vhost *vhost, uint64_t id)
{
    for (struct ring *at = vhost->peers.next; at != &vhost->peers; at = at->next)
        if (RING_OWNER(at, struct rabbit_peer, link)->id == id)
            return RING_OWNER(at, struct rabbit_peer, link);
    return NULL;
}
