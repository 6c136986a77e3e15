/* The RabbitMQ emulator: what the server knows of it. */
#ifndef PARLEL_EMULATORS_RABBITMQ_RABBITMQ_H
#define PARLEL_EMULATORS_RABBITMQ_RABBITMQ_H

#include "emulators/emulator.h"

extern const struct emulator_type rabbitmq_emulator_type;

#endif
