/* Transactions of a channel: publishes and acknowledgements that wait for tx.commit.
 *
 * Ownership: a held publish owns a reference to its message. */
#ifndef PARLEL_EMULATORS_RABBITMQ_TX_H
#define PARLEL_EMULATORS_RABBITMQ_TX_H

#include "emulators/rabbitmq/channel.h"

struct rabbit_channel_session;

struct rabbit_tx_publish {
    struct rabbit_message *message;
    bool mandatory;
};

struct rabbit_tx_settlement {
    uint64_t tag;
    bool multiple;
    enum rabbit_settlement how;
};

struct rabbit_tx {
    struct rabbit_tx_publish *publishes;
    struct rabbit_tx_settlement *settlements;
    uint32_t publish_count, publish_room, settlement_count, settlement_room;
};

/* Holds a publish; takes a reference of its own. False: out of memory. */
bool rabbit_tx_publish(struct rabbit_channel_session *channel, struct rabbit_message *message,
                       bool mandatory, struct rabbit_error *error);
/* Holds a settlement. False: the tag is unknown, or settled already; or out of memory. */
bool rabbit_tx_settle(struct rabbit_channel_session *channel,
                      const struct rabbit_tx_settlement *settlement, struct rabbit_error *error);
/* basic.recover: what the transaction acknowledges is not meant by it. */
void rabbit_tx_recover(struct rabbit_channel_session *channel);
/* Forgets all that is held. */
void rabbit_tx_clear(struct rabbit_channel_session *channel);

#endif
