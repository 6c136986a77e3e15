/* Consumers of the virtual hosts that a user sees. */
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/resources.h"

struct consumers {
    struct management_call *call;
    struct management_list list;
};

static void add_consumer(void *ctx, struct rabbit_entity *entity)
{
    struct consumers *consumers = ctx;
    struct management_call *call = consumers->call;
    const struct rabbit_consumer *consumer = rabbit_consumer_of(entity);
    const struct rabbit_vhost *vhost = consumer->queue->vhost;
    if (call->vhost ? vhost != call->vhost : !management_sees(call, vhost))
        return;
    management_put_consumer(call, consumer, management_list_item(&consumers->list));
    management_list_end_item(&consumers->list);
}

void management_get_consumers(struct management_call *call)
{
    struct consumers consumers = {call,
                                  management_list_of(call, "channel_details.name", "consumer_tag")};
    rabbit_registry_each(&call->rabbit->consumers, add_consumer, &consumers);
    management_reply_list(&consumers.list);
}
