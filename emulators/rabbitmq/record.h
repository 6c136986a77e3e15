/* What the journal is told: every method that is a command, and every delivery. */
#ifndef PARLEL_EMULATORS_RABBITMQ_RECORD_H
#define PARLEL_EMULATORS_RABBITMQ_RECORD_H

#include "common/journal.h"
#include "emulators/rabbitmq/session.h"

/* A command that is over. */
struct rabbit_record {
    const char *op; /* static: "queue.declare" */
    const struct slice *keys;
    uint32_t key_count;
    uint64_t bytes_in, bytes_out;
    uint16_t code; /* of its error; 0: it went well */
};
void rabbit_record(struct rabbit_connection *connection, const struct rabbit_record *record);
/* A command that a fault rule ended instead: outcome and its code. */
void rabbit_record_fault(struct rabbit_connection *connection, const struct rabbit_record *record,
                         enum journal_outcome outcome, struct slice code);
/* A message was delivered from a queue. */
void rabbit_record_delivery(struct rabbit_connection *connection, struct slice queue,
                            uint64_t bytes_out);

#endif
