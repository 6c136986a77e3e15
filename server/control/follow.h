/* Those who wait for the journal's records: `wait`, and who follows it.
 *
 * All followers of a sandbox share the journal's one wake-up; each is called, from the loop, when there are
 * records that it has not seen. */
#ifndef PARLEL_SERVER_CONTROL_FOLLOW_H
#define PARLEL_SERVER_CONTROL_FOLLOW_H

#include "common/ring.h"

#include "server/sandbox.h"

struct control_follower {
    struct ring link;
    void (*on_records)(struct control_follower *follower);
};

struct control_followers;

/* For a root's journal. NULL when out of memory. */
struct control_followers *control_followers_create(struct sandbox *sandbox);
/* Before the sandbox's end; followers that are left are not called any more. NULL is accepted. */
void control_followers_destroy(struct control_followers *followers);

/* From now on the follower is called; it may leave at any time, within its call too. */
void control_follow(struct control_followers *followers, struct control_follower *follower);
void control_unfollow(struct control_follower *follower);

#endif
