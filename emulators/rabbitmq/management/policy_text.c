#include "emulators/rabbitmq/management/policy_text.h"

#include "common/text.h"
#include "emulators/rabbitmq/management/body.h"
#include "emulators/rabbitmq/policy.h"

static struct slice definition_of(const struct rabbit_queue *queue, struct slice name,
                                  bool is_operator)
{
    const struct rabbit_policy *policy =
        name.ptr ? rabbit_policy_find(queue->vhost, name, is_operator) : NULL;
    return policy ? policy->definition : slice_str("{}");
}

static struct slice smaller(const struct management_value *a, const struct management_value *b)
{
    int64_t left, right;
    bool is_b = text_to_i64(a->text, &left) && text_to_i64(b->text, &right) && right < left;
    return is_b ? b->json : a->json;
}

/* Writes the members of a definition; those that the other has too: the smaller, or not again. */
static void put_members(struct management_call *call, struct slice definition, struct slice other,
                        bool is_first, struct json_writer *out)
{
    struct json_reader reader;
    struct management_value value;
    struct slice name;
    management_begin(call, definition, &reader);
    while (management_next_member(&reader, &name, &value)) {
        struct slice text = arena_dup(call->arena, name);
        struct management_value twin = {.kind = JSON_END};
        if (text.ptr)
            twin = management_member(call, other, (const char *)text.ptr);
        if (twin.kind != JSON_END && !is_first)
            continue;
        json_key(out, name);
        json_raw(out, twin.kind == JSON_END ? value.json : smaller(&value, &twin));
    }
}

void management_put_effective_policy(struct management_call *call, const struct rabbit_queue *queue,
                                     struct json_writer *out)
{
    struct slice users = definition_of(queue, queue->state->policy, false);
    struct slice operators = definition_of(queue, queue->state->operator_policy, true);
    json_object(out);
    put_members(call, users, operators, true, out);
    put_members(call, operators, users, false, out);
    json_object_end(out);
}
