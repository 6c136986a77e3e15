#include "emulators/rabbitmq/dead_letter.h"

#include "emulators/rabbitmq/death_header.h"
#include "emulators/rabbitmq/message_edit.h"
#include "emulators/rabbitmq/publish.h"
#include "protocols/amqp/amqp_properties.h"

struct letter {
    struct ring link;
    struct rabbit_vhost *vhost;
    struct rabbit_message *message;
    bool rejected; /* goes wherever it is routed */
};

static const char *const reasons[] = {"expired", "rejected", "maxlen", "delivery_limit"};

/* ---- letters */

static struct rabbit_message *make_message(struct rabbit_queue *queue,
                                           const struct rabbit_message *message,
                                           enum rabbit_death why)
{
    struct rabbit *rabbit = queue->vhost->rabbit;
    const struct rabbit_queue_limits *limits = &queue->state->limits;
    struct amqp_properties properties;
    struct outq out;
    if (!amqp_properties_decode(rabbit_message_properties(message), &properties))
        return NULL;
    struct rabbit_death_note note = {
        .queue = queue->state->name,
        .exchange = rabbit_message_exchange(message),
        .expiration =
            properties.flags & AMQP_EXPIRATION ? properties.expiration : slice_of(NULL, 0),
        .reason = reasons[why],
        .time_s = rabbit_now_ms(rabbit) / 1000,
        .routing_key = rabbit_message_routing_key(message),
        .headers = properties.headers,
    };
    outq_init(&out);
    rabbit_death_put_headers(&out, &note, limits->dead_letter_routing_key.ptr != NULL);
    struct rabbit_message_edit edit = {
        .exchange = limits->dead_letter_exchange,
        .routing_key = limits->dead_letter_routing_key.ptr ? limits->dead_letter_routing_key
                                                           : rabbit_message_routing_key(message),
        .headers = outq_flatten(&out),
        .drop_expiration = true,
        .published_ms = rabbit_now_ms(rabbit),
    };
    struct rabbit_message *made =
        edit.headers.ptr ? rabbit_message_edited(rabbit->host.heap, message, &edit) : NULL;
    outq_done(&out);
    return made;
}

/* Takes the message's reference; without memory it is lost, as what dies without an exchange is. */
static void post(struct rabbit_vhost *vhost, struct rabbit_message *message, bool rejected)
{
    struct heap *heap = vhost->rabbit->host.heap;
    struct letter *letter = message ? heap_alloc(heap, sizeof(*letter)) : NULL;
    if (!letter) {
        rabbit_message_release(heap, message);
        return;
    }
    *letter = (struct letter){.vhost = vhost, .message = message, .rejected = rejected};
    ring_init(&letter->link);
    ring_push_back(&vhost->rabbit->letters, &letter->link);
}

void rabbit_letter_send(struct rabbit_vhost *vhost, struct rabbit_message *message)
{
    post(vhost, message, true);
}

void rabbit_dead_letter(struct rabbit_queue *queue, const struct rabbit_message *message,
                        enum rabbit_death why)
{
    if (queue->state->limits.dead_letter_exchange.ptr)
        post(queue->vhost, make_message(queue, message, why), why == RABBIT_REJECTED);
}

static void free_letter(struct rabbit *rabbit, struct letter *letter)
{
    ring_remove(&letter->link);
    rabbit_message_release(rabbit->host.heap, letter->message);
    heap_free(rabbit->host.heap, letter, sizeof(*letter));
}

bool rabbit_letters_deliver(struct rabbit *rabbit)
{
    struct rabbit_error ignored;
    bool any = !ring_empty(&rabbit->letters);
    while (!ring_empty(&rabbit->letters)) {
        struct letter *letter = RING_OWNER(rabbit->letters.next, struct letter, link);
        ring_remove(&letter->link);
        rabbit_publish_letter(letter->vhost, letter->message, !letter->rejected, &ignored);
        free_letter(rabbit, letter);
    }
    return any;
}

void rabbit_letters_drop(struct rabbit *rabbit, const struct rabbit_vhost *vhost)
{
    struct ring *next;
    for (struct ring *at = rabbit->letters.next; at != &rabbit->letters; at = next) {
        struct letter *letter = RING_OWNER(at, struct letter, link);
        next = at->next;
        if (!vhost || letter->vhost == vhost)
            free_letter(rabbit, letter);
    }
}
