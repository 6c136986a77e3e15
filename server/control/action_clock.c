/* The clock of a world. */
#include "server/control/actions.h"

void action_write_clock(struct control_request *request)
{
    const struct clock *clock = sandbox_clock(request->sandbox);
    json_object(request->out);
    action_write_time(request->out, "now", clock_now_us(clock));
    json_key_str(request->out, "frozen");
    json_bool(request->out, clock->frozen);
    json_key_str(request->out, "offset_ms");
    json_int(request->out, (clock_now_us(clock) - clock->real_us) / 1000);
    json_object_end(request->out);
}

/* What is given happens in this order: stop or run it, then move it. */
void action_clock(struct control_request *request)
{
    struct clock *clock = sandbox_clock(request->sandbox);
    const struct control_value *set = control_value(request, "set");
    const struct control_value *advance = control_value(request, "advance");
    const struct control_value *freeze = control_value(request, "freeze");
    const struct control_value *run = control_value(request, "run");
    if (set->given && advance->given) {
        control_fail(request, CONTROL_BAD_REQUEST, "set and advance exclude each other");
        return;
    }
    if (freeze->given && run->given && freeze->truth == run->truth) {
        control_fail(request, CONTROL_BAD_REQUEST, "freeze and run exclude each other");
        return;
    }
    if (freeze->given || run->given)
        (freeze->truth || (run->given && !run->truth) ? clock_freeze : clock_run)(clock);
    if (set->given)
        clock_set(clock, set->integer * 1000);
    if (advance->given)
        clock_advance(clock, advance->integer * 1000);
    action_write_clock(request);
    control_succeed(request);
}
