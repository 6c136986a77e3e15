/* Subscriptions: what they are stored as. Nothing is ever received for them.
 *
 * A subscription is a struct sql_other: its fields are the connection, the slot, synchronous_commit and then
 * the publications' names; its numbers are enum pg_subscription_number. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_SUBSCRIPTION_H
#define PARLEL_EMULATORS_POSTGRES_DDL_SUBSCRIPTION_H

#include <stdint.h>

enum pg_subscription_field {
    PG_SUBSCRIPTION_CONNECTION,
    PG_SUBSCRIPTION_SLOT,
    PG_SUBSCRIPTION_COMMIT,
    PG_SUBSCRIPTION_PUBLICATIONS, /* this and all that follow */
};

enum pg_subscription_number {
    PG_SUBSCRIPTION_FLAGS,
    PG_SUBSCRIPTION_SKIP_HIGH, /* halves of the position up to which changes are skipped */
    PG_SUBSCRIPTION_SKIP_LOW,
    PG_SUBSCRIPTION_NUMBERS
};

enum pg_subscription_flag {
    PG_SUBSCRIBE_ENABLED = 1 << 0,
    PG_SUBSCRIBE_BINARY = 1 << 1,
    PG_SUBSCRIBE_STREAMING = 1 << 2,
    PG_SUBSCRIBE_DISABLE_ON_ERROR = 1 << 3,
    PG_SUBSCRIBE_TWO_PHASE = 1 << 4,
    PG_SUBSCRIBE_HAS_SLOT = 1 << 5,
};

#endif
