#include "emulators/fault_gate.h"

#include <stdlib.h>

#include "common/reactor.h"
#include "emulators/emulator.h"

/* A drip gives its bytes out this often. */
#define DRIP_PERIOD_US 20000

static void end_wait(struct fault_gate *gate)
{
    reactor_timer_destroy(gate->timer);
    gate->timer = NULL;
    gate->waiting = false;
}

static void go_on(struct fault_gate *gate)
{
    end_wait(gate);
    gate->resume(gate->session);
}

static void released(struct fault_hold *hold)
{
    go_on(RING_OWNER(hold, struct fault_gate, hold));
}

struct fault_gate *fault_gate_create(const struct emulator_host *host, struct transport *transport,
                                     void (*resume)(void *session), void *session)
{
    struct fault_gate *gate = calloc(1, sizeof(*gate));
    if (!gate)
        return NULL;
    *gate = (struct fault_gate){
        .host = host, .transport = transport, .resume = resume, .session = session};
    ring_init(&gate->hold.link);
    gate->hold.release = released;
    outq_init(&gate->reply);
    return gate;
}

void fault_gate_destroy(struct fault_gate *gate)
{
    if (!gate)
        return;
    end_wait(gate);
    ring_remove(&gate->hold.link);
    outq_done(&gate->reply);
    free(gate);
}

/* ---- waiting */

static void delay_over(void *ctx)
{
    go_on(ctx);
}

/* Without a loop there is no real time to wait in. */
static enum fault_verdict wait_for(struct fault_gate *gate, int64_t delay_us)
{
    struct reactor *reactor = gate->host->reactor;
    if (delay_us > 0 && reactor)
        gate->timer = reactor_every(reactor, delay_us, delay_over, gate);
    gate->waiting = gate->timer != NULL;
    gate->passed = true;
    return gate->waiting ? FAULT_VERDICT_WAIT : FAULT_VERDICT_PASS;
}

static enum fault_verdict hold(struct fault_gate *gate, const struct fault_rule *rule)
{
    fault_hold(rule, &gate->hold);
    gate->waiting = gate->passed = true;
    return FAULT_VERDICT_WAIT;
}

/* At least a byte a tick. */
static void set_drip(struct fault_gate *gate, uint64_t bytes_per_s)
{
    gate->drip_bytes = bytes_per_s / (1000000 / DRIP_PERIOD_US);
    if (!gate->drip_bytes)
        gate->drip_bytes = 1;
}

enum fault_verdict fault_gate_ask(struct fault_gate *gate, const struct match_subject *subject,
                                  const struct fault_action **out_action)
{
    if (gate->passed)
        return FAULT_VERDICT_PASS;
    const struct fault_rule *rule = fault_apply(gate->host->faults, subject);
    if (!rule)
        return FAULT_VERDICT_PASS;
    const struct fault_action *action = *out_action = &rule->action;
    gate->rule = rule->id;
    gate->kind = action->kind;
    switch (action->kind) {
    case FAULT_ERROR: return FAULT_VERDICT_ERROR;
    case FAULT_DELAY: return wait_for(gate, action->delay_us);
    case FAULT_HOLD: return hold(gate, rule);
    case FAULT_DROP: return FAULT_VERDICT_CLOSE;
    case FAULT_DRIP: set_drip(gate, action->bytes_per_s); return FAULT_VERDICT_CAPTURE;
    case FAULT_DROP_REPLY:
    case FAULT_CUT: return FAULT_VERDICT_CAPTURE;
    case FAULT_REFUSE: break;
    }
    return FAULT_VERDICT_PASS;
}

/* ---- captured replies */

/* Moves up to len bytes of the captured reply to the connection. */
static void give(struct fault_gate *gate, size_t len)
{
    struct slice all = outq_flatten(&gate->reply);
    if (!all.ptr)
        return;
    len = len < all.len ? len : all.len;
    outq_put(&gate->transport->out, all.ptr, len);
    outq_take(&gate->reply, len);
    transport_wake(gate->transport);
}

static void drip(void *ctx)
{
    struct fault_gate *gate = ctx;
    give(gate, gate->drip_bytes);
    if (outq_len(&gate->reply) == 0)
        go_on(gate);
}

static void start_drip(struct fault_gate *gate)
{
    if (outq_len(&gate->reply) == 0)
        return;
    struct reactor *reactor = gate->host->reactor;
    gate->timer = reactor ? reactor_every(reactor, DRIP_PERIOD_US, drip, gate) : NULL;
    gate->waiting = gate->timer != NULL;
    give(gate, gate->timer ? gate->drip_bytes : outq_len(&gate->reply));
}

bool fault_gate_finish(struct fault_gate *gate)
{
    switch (gate->kind) {
    case FAULT_DRIP: start_drip(gate); return true;
    case FAULT_CUT:
        give(gate, outq_len(&gate->reply) / 2);
        gate->transport->reset = true;
        break;
    default: break;
    }
    outq_done(&gate->reply);
    outq_init(&gate->reply);
    transport_close(gate->transport);
    return false;
}
