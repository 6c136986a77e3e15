#include "emulators/rabbitmq/record.h"

#include <stdio.h>

#include "emulators/fault_gate.h"

#define CODE_TEXT 8

static struct journal *journal_of(const struct rabbit_connection *connection)
{
    struct journal *journal = connection->rabbit->host.journal;
    return journal && journal_is_on(journal) ? journal : NULL;
}

/* What all records of a connection have in common. */
static struct journal_entry begin_entry(const struct rabbit_connection *connection, const char *op)
{
    const struct emulator_host *host = &connection->rabbit->host;
    return (struct journal_entry){
        .op = op,
        .at_us = clock_now_us(host->clock),
        .connection = connection->id,
        .fault = connection->gate ? connection->gate->rule : 0,
        .world = host->world,
        .service = host->service,
    };
}

void rabbit_record_fault(struct rabbit_connection *connection, const struct rabbit_record *record,
                         enum journal_outcome outcome, struct slice code)
{
    struct journal *journal = journal_of(connection);
    if (!journal)
        return;
    struct journal_entry entry = begin_entry(connection, record->op);
    entry.keys = record->keys;
    entry.key_count = record->key_count;
    entry.bytes_in = record->bytes_in;
    entry.bytes_out = record->bytes_out;
    entry.outcome = (uint8_t)outcome;
    entry.code = code;
    journal_add(journal, &entry);
}

void rabbit_record(struct rabbit_connection *connection, const struct rabbit_record *record)
{
    char code[CODE_TEXT] = "";
    if (record->code)
        snprintf(code, sizeof(code), "%u", record->code);
    rabbit_record_fault(connection, record, record->code ? JOURNAL_ERROR : JOURNAL_OK,
                        slice_str(code));
}

void rabbit_record_delivery(struct rabbit_connection *connection, struct slice queue,
                            uint64_t bytes_out)
{
    struct journal *journal = journal_of(connection);
    if (!journal)
        return;
    struct journal_entry entry = begin_entry(connection, "basic.deliver");
    entry.keys = &queue;
    entry.key_count = 1;
    entry.bytes_out = bytes_out;
    if (queue.len <= JOURNAL_INLINE && !entry.fault)
        journal_add_plain(journal, &entry);
    else
        journal_add(journal, &entry);
}
