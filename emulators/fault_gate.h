/* Where fault rules meet a connection: every session that serves commands has one gate.
 *
 * The session asks the gate before each command (fault_gate_ask) and does as it is told: go on, wait, answer
 * an error, close, or run the command with its reply captured in gate->reply and call
 * fault_gate_finish when the reply is complete. While the gate waits (a delay, a hold, a reply that
 * drips) the session takes no input, and does not count the command as consumed: it comes again
 * after `resume`, and the gate lets it pass then without being asked twice.
 *
 * Ownership: a gate belongs to its session, which destroys it when the connection goes; that ends
 * every wait. Delays and drips run in real time, whatever the sandbox's clock does. */
#ifndef PARLEL_EMULATORS_FAULT_GATE_H
#define PARLEL_EMULATORS_FAULT_GATE_H

#include "common/fault.h"
#include "common/outq.h"

struct emulator_host;
struct transport;

struct fault_gate {
    const struct emulator_host *host;
    struct transport *transport;
    void (*resume)(void *session); /* the wait is over: input goes on */
    void *session;
    struct fault_hold hold;
    struct reactor_timer *timer;
    struct outq reply; /* captured */
    enum fault_kind kind;
    uint64_t drip_bytes; /* a tick */
    uint16_t rule;       /* that applies to the command in hand; 0: none */
    bool waiting;
    bool passed; /* the command in hand has waited */
};

/* NULL when out of memory. */
struct fault_gate *fault_gate_create(const struct emulator_host *host, struct transport *transport,
                                     void (*resume)(void *session), void *session);
/* NULL is accepted. */
void fault_gate_destroy(struct fault_gate *gate);

enum fault_verdict {
    FAULT_VERDICT_PASS,
    FAULT_VERDICT_WAIT,   /* take no input until resume; the command is not consumed */
    FAULT_VERDICT_ERROR,  /* answer *out_action's error instead of running it */
    FAULT_VERDICT_CLOSE,  /* close once earlier replies are out, without running it */
    FAULT_VERDICT_CAPTURE /* run it with its reply put into gate->reply, then fault_gate_finish */
};

/* What becomes of the next command. */
enum fault_verdict fault_gate_ask(struct fault_gate *gate, const struct match_subject *subject,
                                  const struct fault_action **out_action);

/* The captured reply is complete. False: the connection is being closed, no further command of
 * it may run. True with gate->waiting set: the reply drips. */
bool fault_gate_finish(struct fault_gate *gate);

/* The command in hand is over; the next one is asked about anew. */
static inline void fault_gate_next(struct fault_gate *gate)
{
    gate->rule = 0;
    gate->passed = false;
}

#endif
