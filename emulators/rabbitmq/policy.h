/* Policies: what operators say of all queues and exchanges whose names match, beside their arguments. */
#ifndef PARLEL_EMULATORS_RABBITMQ_POLICY_H
#define PARLEL_EMULATORS_RABBITMQ_POLICY_H

#include "common/arena.h"
#include "emulators/rabbitmq/queue.h"

enum rabbit_apply_to {
    RABBIT_APPLY_ALL,
    RABBIT_APPLY_QUEUES,
    RABBIT_APPLY_EXCHANGES,
    RABBIT_APPLY_CLASSIC_QUEUES,
    RABBIT_APPLY_QUORUM_QUEUES,
    RABBIT_APPLY_STREAMS
};

struct rabbit_policy {
    uint32_t refs;
    struct slice name, pattern;
    struct slice definition; /* the JSON object as it was given */
    enum rabbit_apply_to apply_to;
    int64_t priority;
    bool is_operator; /* one that limits beside what users set */
};

extern const struct trie_type rabbit_policy_type;

/* "queues"; and back, false when it is none. */
const char *rabbit_policy_target_name(enum rabbit_apply_to apply_to);
bool rabbit_policy_target_of(struct slice name, enum rabbit_apply_to *out);

/* Checks and sets a policy, and applies it to what exists. False: wrong (error->text has the reason
 * after its code's name), or out of memory. */
bool rabbit_policy_put(struct rabbit_vhost *vhost, const struct rabbit_policy *policy,
                       struct rabbit_error *error);
bool rabbit_policy_delete(struct rabbit_vhost *vhost, struct slice name, bool is_operator,
                          struct rabbit_error *error);
/* NULL when there is none. */
const struct rabbit_policy *rabbit_policy_find(const struct rabbit_vhost *vhost, struct slice name,
                                               bool is_operator);

/* The policy of the highest priority that applies to a queue's or an exchange's name; NULL: none. */
const struct rabbit_policy *rabbit_policy_of_queue(const struct rabbit_vhost *vhost,
                                                   struct slice name, enum rabbit_queue_type type);
const struct rabbit_policy *rabbit_operator_policy_of_queue(const struct rabbit_vhost *vhost,
                                                            struct slice name,
                                                            enum rabbit_queue_type type);
const struct rabbit_policy *rabbit_policy_of_exchange(const struct rabbit_vhost *vhost,
                                                      struct slice name);

/* Lowers the limits of a queue's arguments by what the definition says: of two numbers the smaller counts,
 * of two texts the argument. has_overflow: the arguments say what happens when the queue is full. Texts
 * borrow from the definition, or lie in the arena. */
void rabbit_policy_limits(const struct rabbit_policy *policy, struct arena *arena,
                          struct rabbit_queue_limits *limits, bool has_overflow);
/* Its alternate-exchange; ptr NULL: none. In the arena. */
struct slice rabbit_policy_alternate(const struct rabbit_policy *policy, struct arena *arena);

#endif
