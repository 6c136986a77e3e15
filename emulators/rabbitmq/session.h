/* One client's connection: from the protocol header to connection.close.
 *
 * A session belongs to its transport. It decodes frames, leads the handshake (handshake.h), hands the
 * frames of each channel to that channel (channel_session.h), and ends as RabbitMQ ends connections:
 * a mistake is answered by connection.close and the client's connection.close-ok waited for; before
 * the connection is open there is no answer, and the socket closes after RABBIT_PATIENCE_US.
 *
 * Heartbeats and these limits run in real time, whatever the sandbox's clock does (heartbeat.h).
 *
 * Ownership: the broker lists its connections; a connection owns its channels. Slices of a connection
 * are in the heap. */
#ifndef PARLEL_EMULATORS_RABBITMQ_SESSION_H
#define PARLEL_EMULATORS_RABBITMQ_SESSION_H

#include "common/transport.h"
#include "emulators/rabbitmq/error.h"
#include "emulators/rabbitmq/peer.h"
#include "protocols/amqp/amqp_encode.h"
#include "protocols/amqp/amqp_frame.h"
#include "protocols/amqp/amqp_method.h"

struct fault_gate;
struct rabbit_channel_session;

/* How long a client is given that has to go, or has gone wrong before it was let in. */
#define RABBIT_PATIENCE_US 3000000

/* In the order in which they come. */
enum rabbit_phase {
    RABBIT_PHASE_HEADER,   /* the protocol header is to come; */
    RABBIT_PHASE_STARTING, /* connection.start-ok, */
    RABBIT_PHASE_TUNING,   /* connection.tune-ok, */
    RABBIT_PHASE_OPENING,  /* connection.open */
    RABBIT_PHASE_RUNNING,
    RABBIT_PHASE_CLOSING, /* connection.close was sent: all but its close-ok is ignored */
    RABBIT_PHASE_CLOSED   /* nothing is taken any more */
};

/* What a client says of itself that matters here. */
enum rabbit_capability {
    RABBIT_CONSUMER_CANCEL_NOTIFY = 1 << 0,
    RABBIT_CONNECTION_BLOCKED = 1 << 1,
    RABBIT_AUTHENTICATION_FAILURE_CLOSE = 1 << 2
};

/* Traffic in one direction, as the heartbeats see it. */
struct rabbit_pulse {
    uint64_t bytes;  /* that had passed at the last look, */
    int64_t at_us;   /* and when that was: real monotonic time */
    unsigned missed; /* intervals at whose end it was as at their beginning (what is heard) */
};

struct rabbit_connection {
    struct rabbit_peer peer; /* FIRST: in its virtual host, once that is open */
    struct ring link;        /* in the broker's */
    struct rabbit *rabbit;
    struct transport *transport;
    uint64_t id;
    enum rabbit_phase phase;
    unsigned capabilities; /* enum rabbit_capability */
    struct amqp_decoder decoder;
    struct slice user, mechanism, client_properties;
    char name[2 * sizeof(((struct transport *)0)->peer) +
              8]; /* "127.0.0.1:4711 -> 127.0.0.1:5672" */
    int64_t connected_ms;

    uint32_t frame_max; /* negotiated; 0: no limit */
    uint16_t channel_max, heartbeat_s;
    struct rabbit_channel_session **channels; /* by number, ascending */
    uint32_t channel_count, channel_room;
    struct rabbit_channel_session *last_channel; /* whose frame came last */
    struct ring confirming; /* channels with confirms to be sent at the input's end, */
    struct ring leaving;    /* and those whose channel.close is answered then */

    struct rabbit_pulse heard, said;
    int64_t deadline_us; /* real monotonic time at which the socket is closed; 0: never */

    bool publisher;     /* has published */
    bool blocked;       /* by the broker's alarm: no input is taken */
    bool told_blocked;  /* connection.blocked was sent, and no connection.unblocked */
    bool asked_blocked; /* the fault rules were asked whether the publish in hand blocks */
    bool faulty;        /* the command in hand waits, as a fault rule says */
    bool captured;      /* its replies go to the gate */
    struct fault_gate *gate;
    uint64_t command_bytes; /* of the command in hand */
};

extern const struct session_ops rabbit_session_ops;

/* NULL when out of memory. */
struct rabbit_connection *rabbit_connection_create(struct rabbit *rabbit,
                                                   struct transport *transport);
void rabbit_connection_destroy(struct rabbit_connection *connection);
/* NULL when there is none of that id that is open. */
struct rabbit_connection *rabbit_connection_find(struct rabbit *rabbit, uint64_t id);

/* Where the connection's output goes now: the transport, or a fault gate. */
struct outq *rabbit_connection_out(struct rabbit_connection *connection);

/* Enters its virtual host. */
void rabbit_connection_enter(struct rabbit_connection *connection, struct rabbit_vhost *vhost);

/* Leaves it, with all that the connection has in it. */
void rabbit_connection_leave(struct rabbit_connection *connection);

/* Replaces one of the connection's slices by a copy; false when out of memory. */
bool rabbit_connection_set(struct rabbit_connection *connection, struct slice *field,
                           struct slice bytes);

/* Becomes a connection of another broker, one of a world, before it is open. */
void rabbit_connection_move(struct rabbit_connection *connection, struct rabbit *to);

/* The message is gone to which the payload of that channel's frame in hand, if any, is read. */
void rabbit_connection_forget_payload(struct rabbit_connection *connection, uint16_t channel);

/* Ends it with connection.close for this error; cause: the offending method, 0: none. Its channels go
 * at once, with all that they hold. */
void rabbit_connection_fail(struct rabbit_connection *connection, const struct rabbit_error *error,
                            uint32_t cause);
/* What a client gets that has not been let in: silence, and then the end. */
void rabbit_connection_refuse(struct rabbit_connection *connection);
/* Ends it at once, without a word. */
void rabbit_connection_drop(struct rabbit_connection *connection);
/* Closes it from outside (320 CONNECTION_FORCED - `why`), as management does. One that is not open yet
 * is dropped. */
void rabbit_connection_force(struct rabbit_connection *connection, const char *why);

/* May it take input again? Asks for what was kept if so. */
void rabbit_connection_resume(struct rabbit_connection *connection);

/* The data was rewound under open connections: what transactions hold is forgotten. */
void rabbit_connections_rewound(struct rabbit *rabbit);

/* Sends a method on a channel; fields: its structure, NULL without. */
static inline void rabbit_send(struct rabbit_connection *connection, uint16_t channel,
                               enum amqp_method_id id, const void *fields)
{
    amqp_method_put(rabbit_connection_out(connection), channel, id, fields);
}

#endif
