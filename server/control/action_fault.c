/* Fault rules. */
#include "server/control/actions.h"

static void write_text(struct json_writer *out, const char *name, struct slice text)
{
    if (!text.ptr)
        return;
    json_key_str(out, name);
    json_string(out, text);
}

static void write_count(struct json_writer *out, const char *name, uint64_t count)
{
    json_key_str(out, name);
    json_uint(out, count);
}

static unsigned held_count(const struct fault_rule *rule)
{
    unsigned count = 0;
    for (const struct ring *at = rule->held.next; at != &rule->held; at = at->next)
        count++;
    return count;
}

static void write_rule(struct json_writer *out, const struct fault_rule *rule)
{
    const struct fault_options *options = &rule->options;
    json_object(out);
    write_count(out, "id", rule->id);
    write_text(out, "service", options->match.service);
    write_text(out, "op", options->match.op);
    write_text(out, "key", options->match.key);
    write_text(out, "world", options->match.world);
    if (options->match.has_connection)
        write_count(out, "connection", options->match.connection);
    write_count(out, "nth", options->nth);
    if (options->times)
        write_count(out, "times", options->times);
    if (options->has_probability) {
        json_key_str(out, "probability");
        json_double(out, options->probability);
    }
    write_text(out, "action", options->action);
    write_count(out, "matched", rule->matched);
    write_count(out, "applied", rule->applied);
    write_count(out, "held", held_count(rule));
    json_key_str(out, "spent");
    json_bool(out, fault_is_spent(rule));
    json_object_end(out);
}

static void answer_count(struct control_request *request, const char *member, uint64_t count)
{
    json_object(request->out);
    write_count(request->out, member, count);
    json_object_end(request->out);
    control_succeed(request);
}

static void add(struct control_request *request)
{
    const struct control_value *probability = control_value(request, "probability");
    char why[FAULT_PROBLEM_MAX];
    struct problem problem;
    struct fault_options options = {
        .match = action_match(request),
        .nth = (uint64_t)control_value(request, "nth")->integer,
        .times = (uint64_t)control_value(request, "times")->integer,
        .has_probability = probability->given,
        .probability = probability->number,
        .action = control_value(request, "action")->text,
    };
    struct slice service = options.match.service;
    if (!control_value(request, "action")->given) {
        control_fail(request, CONTROL_BAD_REQUEST, "action is missing");
        return;
    }
    if (service.ptr && !registry_find(&request->control->registry, service)) {
        registry_lacks(&request->control->registry, service, &problem);
        control_fail(request, CONTROL_BAD_REQUEST, "%s", problem.text);
        return;
    }
    const struct fault_rule *rule = fault_add(sandbox_faults(request->sandbox), &options, why);
    if (!rule) {
        control_fail(request, CONTROL_BAD_REQUEST, "%s", why);
        return;
    }
    write_rule(request->out, rule);
    control_succeed(request);
}

static void list(struct control_request *request)
{
    json_object(request->out);
    json_key_str(request->out, "faults");
    json_array(request->out);
    for (const struct fault_rule *at = sandbox_faults(request->sandbox)->first; at; at = at->next)
        write_rule(request->out, at);
    json_array_end(request->out);
    json_object_end(request->out);
    control_succeed(request);
}

/* NULL: the request has failed. */
static struct fault_rule *find_rule(struct control_request *request)
{
    const struct control_value *id = control_value(request, "id");
    struct fault_rule *rule = fault_get(sandbox_faults(request->sandbox), (uint64_t)id->integer);
    if (!id->given)
        control_fail(request, CONTROL_BAD_REQUEST, "id is missing");
    else if (!rule)
        control_fail(request, CONTROL_NOT_FOUND, "there is no rule %lld", (long long)id->integer);
    return id->given ? rule : NULL;
}

static void remove_one(struct control_request *request)
{
    struct fault_rule *rule = find_rule(request);
    if (!rule)
        return;
    uint64_t id = rule->id;
    fault_remove(sandbox_faults(request->sandbox), rule);
    answer_count(request, "removed", id);
}

static void clear(struct control_request *request)
{
    struct fault_rules *rules = sandbox_faults(request->sandbox);
    uint64_t count = rules->count + rules->refusals;
    fault_clear(rules);
    answer_count(request, "cleared", count);
}

static void release(struct control_request *request)
{
    struct fault_rule *rule = find_rule(request);
    if (rule)
        answer_count(request, "released", fault_release(rule));
}

void action_fault(struct control_request *request)
{
    static const struct {
        const char *name;
        void (*run)(struct control_request *request);
    } verbs[] = {
        {"add",     add       },
        {"list",    list      },
        {"remove",  remove_one},
        {"clear",   clear     },
        {"release", release   },
    };
    const struct control_value *verb = control_value(request, "do");
    bool adds = control_value(request, "action")->given;
    struct slice name = verb->given ? verb->text : slice_str(adds ? "add" : "list");
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (slice_eq_str(name, verbs[i].name))
            verbs[i].run(request);
}
