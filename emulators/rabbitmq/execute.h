/* Commands given as text: the contract's `execute`.
 *
 *   declare queue NAME [type=quorum] [durable=false] [auto_delete=true] [x-KEY=VALUE]...
 *   declare exchange NAME [type=topic] [durable=false] [auto_delete=true] [internal=true] [x-KEY=VALUE]...
 *   delete queue|exchange NAME
 *   bind | unbind SOURCE DESTINATION [ROUTING_KEY] [to=exchange] [KEY=VALUE]...
 *   publish EXCHANGE ROUTING_KEY BODY [PROPERTY=VALUE]... [KEY=VALUE]...
 *   get QUEUE [COUNT]
 *   purge QUEUE
 *   list WHAT [COLUMN,...]
 *
 * Words are quoted as words.h says; '' is the default exchange. vhost=NAME, wherever options may be, names the
 * virtual host, which is "/" without it. What is no option is an argument: of a queue, exchange or binding,
 * or a header of the message; a number or boolean where it looks like one. What is got is taken, as if
 * acknowledged. WHAT is what management has lists of (execute_list in execute.c), and so are its columns.
 *
 * Results: "ok"; of publish "routed", "unrouted" (or delayed) or "refused"; of get an array of messages; of purge a
 * count; of list an array. */
#ifndef PARLEL_EMULATORS_RABBITMQ_EXECUTE_H
#define PARLEL_EMULATORS_RABBITMQ_EXECUTE_H

#include "emulators/emulator.h"

/* The contract's `execute`; error->code is AMQP's reply code. */
bool rabbit_execute(struct emulator *emulator, struct slice command, struct json_writer *out,
                    struct emulator_error *error);

#endif
