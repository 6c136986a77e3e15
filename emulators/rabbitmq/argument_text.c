#include "emulators/rabbitmq/argument_text.h"

#include <stdio.h>

#include "emulators/rabbitmq/erlang_term.h"

void rabbit_argument_print(const struct amqp_value *value, char *out, size_t room)
{
    if (value->type == 'S' || value->type == 'x')
        snprintf(out, room, SLICE_FMT, SLICE_ARG(value->bytes));
    else
        rabbit_erlang_value(value, out, room);
}

bool rabbit_argument_agrees(const struct rabbit_argument_owner *owner, const char *argument,
                            struct slice asked, struct slice current, struct rabbit_error *error)
{
    struct amqp_value a, b;
    char texts[2][200];
    bool has_asked = amqp_table_get(asked, slice_str(argument), &a);
    bool has_current = amqp_table_get(current, slice_str(argument), &b);
    if (has_asked == has_current && (!has_asked || amqp_value_equivalent(&a, &b)))
        return true;
    if (has_asked)
        rabbit_argument_print(&a, texts[0], sizeof(texts[0]));
    if (has_current)
        rabbit_argument_print(&b, texts[1], sizeof(texts[1]));
    char detail[512];
    if (has_asked && has_current && a.type == 'V') /* a void is no value, and not quoted */
        snprintf(detail, sizeof(detail), "received none but current is '%s'", texts[1]);
    else if (has_asked && has_current)
        snprintf(detail, sizeof(detail), "received '%s' but current is '%s'", texts[0], texts[1]);
    else if (has_asked)
        snprintf(detail, sizeof(detail), "received the value '%s' of type '%s' but current is none",
                 texts[0], amqp_type_name(a.type));
    else
        snprintf(detail, sizeof(detail), "received none but current is the value '%s' of type '%s'",
                 texts[1], amqp_type_name(b.type));
    return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "inequivalent arg '%s' for %s '" SLICE_FMT "' in vhost '" SLICE_FMT "': %s",
                       argument, owner->kind, SLICE_ARG(owner->name), SLICE_ARG(owner->vhost),
                       detail);
}
