#include "server/control/follow.h"

#include <stdlib.h>

struct control_followers {
    struct ring ring;
    struct reactor_task task;
    struct journal *journal;
    struct reactor *reactor;
};

/* Not from within the command that was recorded: at the end of the turn, once for all of them. */
static void wake(void *ctx)
{
    struct control_followers *followers = ctx;
    reactor_defer(followers->reactor, &followers->task);
}

static void run(struct reactor_task *task)
{
    struct control_followers *followers = RING_OWNER(task, struct control_followers, task);
    struct ring now;
    ring_init(&now);
    ring_move(&now, &followers->ring);
    while (!ring_empty(&now)) {
        struct control_follower *follower = RING_OWNER(now.next, struct control_follower, link);
        ring_push_back(&followers->ring, &follower->link);
        follower->on_records(follower);
    }
    if (!ring_empty(&followers->ring))
        journal_arm(followers->journal);
}

struct control_followers *control_followers_create(struct sandbox *sandbox)
{
    struct control_followers *followers = calloc(1, sizeof(*followers));
    if (!followers)
        return NULL;
    ring_init(&followers->ring);
    followers->task.run = run;
    followers->journal = sandbox_journal(sandbox);
    followers->reactor = sandbox_reactor(sandbox);
    followers->journal->wake = wake;
    followers->journal->wake_ctx = followers;
    return followers;
}

void control_followers_destroy(struct control_followers *followers)
{
    if (!followers)
        return;
    while (ring_pop(&followers->ring))
        continue;
    followers->journal->armed = false;
    reactor_cancel(followers->reactor, &followers->task);
    free(followers);
}

void control_follow(struct control_followers *followers, struct control_follower *follower)
{
    ring_init(&follower->link);
    ring_push_back(&followers->ring, &follower->link);
    journal_arm(followers->journal);
}

void control_unfollow(struct control_follower *follower)
{
    ring_remove(&follower->link);
}
