/* The contract of all emulators: everything that the server knows of an engine.
 *
 * An emulator is one service's state inside one sandbox. It is made from the sandbox's resources
 * (struct emulator_host), asks that host's clock for the time, that host's random for dice, keeps
 * all its state in that host's heap and has no other globals. The server drives it through this
 * table alone: listeners hand new connections to session_open, fixtures come through seed, the
 * control side calls the rest.
 *
 * Undo: checkpoint() is O(1) whatever the state's size and gives an opaque handle; rewind() makes
 * the state what it was then (live sessions stay connected; their per-connection state that points
 * into the data, e.g. open transactions, is rolled back); the handle stays valid until release().
 * fork() makes a second emulator from a handle, on another host of the same heap.
 *
 * Errors: functions that can fail return false/NULL and fill *error. */
#ifndef PARLEL_EMULATORS_EMULATOR_H
#define PARLEL_EMULATORS_EMULATOR_H

#include "common/clock.h"
#include "common/heap.h"
#include "common/random.h"
#include "common/reactor.h"
#include "common/slice.h"

struct fault_rules;
struct journal;
struct json_writer;
struct yaml_reader;
struct emulator;
struct emulator_checkpoint;

/* What a sandbox lends to one of its emulators; outlives it.
 *
 * An emulator writes every command that is over into the journal (journal.h), as service and world of
 * the host, and asks the fault rules (fault_gate.h) before each command of a connection.
 *
 * Worlds are the sandbox's forks. They have no ports: a connection comes to the sandbox's own
 * emulator and moves to a world's when its driver names that, by a suffix "@NAME" of what the
 * protocol's login sends. find_world gives the emulator of this service in that world, NULL when
 * there is none; the empty name is the sandbox itself. */
struct emulator_host {
    struct heap *heap;
    struct clock *clock;
    struct random *random;
    struct reactor *reactor;    /* deferred and idle work; NULL in unit tests */
    struct journal *journal;    /* NULL in unit tests */
    struct fault_rules *faults; /* NULL in unit tests */
    uint8_t service;            /* this service's number in the journal */
    uint16_t world;             /* this world's number there; 0: the sandbox itself */
    struct slice world_name;    /* empty: the sandbox itself */
    struct emulator *(*find_world)(const struct emulator_host *host,
                                   struct slice name); /* NULL in unit tests */
    void *world_ctx;                                   /* find_world's own */
};

struct emulator_error {
    char code[32];     /* the service's own code where it has one: "WRONGTYPE", "42P01" */
    char message[480]; /* NUL-terminated; says what, where and what was expected */
};

/* Fills *error and returns false, so that failing and reporting are one line. */
bool emulator_fail(struct emulator_error *error, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An environment variable that programs look for. */
struct emulator_variable {
    const char *name;  /* "PGHOST"; NULL ends a table */
    const char *value; /* {host} and {port} in it are the service's */
};

struct emulator_type {
    const char *name;     /* the service's slug: "redis" */
    const char *title;    /* for people: "Redis" */
    const char *protocol; /* "RESP2/RESP3" */
    const char *version;  /* of the server that it stands for: "7.2.6" */
    uint16_t port;        /* its usual port */
    /* printf format of the connection string with host (%s) and port (%u), and the environment
     * variable it is exported as by `parlel run` and `parlel env`. */
    const char *url_format;
    const char *url_env;
    const struct emulator_variable *variables; /* further ones; NULL: none */

    struct emulator *(*create)(const struct emulator_host *host, struct emulator_error *error);
    void (*destroy)(struct emulator *emulator);

    /* One setting given as --set SERVICE.KEY=VALUE, before or after listening starts. */
    bool (*set)(struct emulator *emulator, struct slice key, struct slice value,
                struct emulator_error *error);
    /* The port that the listener got, when it is known (INFO, CLUSTER NODES, Kafka metadata). */
    void (*listening)(struct emulator *emulator, const char *address, uint16_t port);

    /* A connection: attaches a session to the transport; false has it closed. */
    bool (*session_open)(struct emulator *emulator, struct transport *transport);
    /* Optional: the listener's connection limit is reached; puts the refusal into out. */
    void (*session_refuse)(struct emulator *emulator, struct transport *transport);
    unsigned (*session_count)(const struct emulator *emulator);
    /* Ends every connection at once; the sessions learn of it from the loop. */
    void (*session_close_all)(struct emulator *emulator);

    /* Empties the state (settings stay). Durable or not, nothing survives. */
    void (*reset)(struct emulator *emulator);
    /* Reads this service's section from the reader, which stands before its value. On failure the
     * state may be half filled: the server rewinds it. error->message carries no position; the
     * server adds the reader's file:line:column. */
    bool (*seed)(struct emulator *emulator, struct yaml_reader *reader,
                 struct emulator_error *error);
    /* The whole state as one JSON value, in the nouns that seed understands. */
    void (*dump)(struct emulator *emulator, struct json_writer *out);
    /* Runs one command written as text (a Redis command line, SQL, "publish ..."), writes its result
     * as one JSON value. A failure of the command itself is false with the service's own code. */
    bool (*execute)(struct emulator *emulator, struct slice command, struct json_writer *out,
                    struct emulator_error *error);

    /* Undo; see above. A handle serves every emulator forked from the same one, and that one. */
    struct emulator_checkpoint *(*checkpoint)(struct emulator *emulator);
    bool (*rewind)(struct emulator *emulator, const struct emulator_checkpoint *checkpoint);
    void (*release)(struct emulator *emulator, struct emulator_checkpoint *checkpoint);
    struct emulator *(*fork)(struct emulator *emulator, const struct emulator_checkpoint *from,
                             const struct emulator_host *host, struct emulator_error *error);

    /* Counters as the members of a JSON object (the writer stands inside it). */
    void (*stats)(struct emulator *emulator, struct json_writer *out);
    bool (*ready)(const struct emulator *emulator);
};

#endif
