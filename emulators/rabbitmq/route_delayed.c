/* Exchanges of type x-delayed-message: messages with the header x-delay wait (delayed.h), and are then
 * routed as by an exchange of the type that the argument x-delayed-type names. The index is that
 * type's. */
#include "emulators/rabbitmq/data.h"
#include "emulators/rabbitmq/route_types.h"
#include "protocols/amqp/amqp_table.h"

static const struct slice delayed_type = SLICE_LITERAL("x-delayed-type");

const struct rabbit_exchange_type *rabbit_exchange_type_indexing(
    const struct rabbit_exchange_type *type, struct slice arguments)
{
    struct amqp_value value;
    if (type != &rabbit_delayed_exchange_type)
        return type;
    amqp_table_get(arguments, delayed_type, &value);
    return rabbit_exchange_type_find(value.bytes);
}

static bool check(struct slice arguments, struct rabbit_error *error)
{
    struct amqp_value value;
    amqp_table_get(arguments, delayed_type, &value);
    if (value.type != 'S')
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "Invalid argument, 'x-delayed-type' must be an existing exchange type");
    const struct rabbit_exchange_type *type = rabbit_exchange_type_find(value.bytes);
    if (!type)
        return rabbit_fail(error, RABBIT_COMMAND_INVALID, "unknown exchange type '" SLICE_FMT "'",
                           SLICE_ARG(value.bytes));
    if (type == &rabbit_delayed_exchange_type)
        return rabbit_fail(
            error, RABBIT_PRECONDITION_FAILED,
            "Invalid argument, 'x-delayed-message' can't be used for 'x-delayed-type'");
    return !type->check || type->check(arguments, error);
}

const struct rabbit_exchange_type rabbit_delayed_exchange_type = {
    .name = "x-delayed-message",
    .check = check,
};
