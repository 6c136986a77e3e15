#include "common/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"
#include "common/time_text.h"

static bool problem(char out[FAULT_PROBLEM_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool problem(char out[FAULT_PROBLEM_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out, FAULT_PROBLEM_MAX, format, args);
    va_end(args);
    return false;
}

/* ---- actions */

static bool parse_error(struct slice value, struct fault_action *out, char *out_problem)
{
    const uint8_t *colon = value.len ? memchr(value.ptr, ':', value.len) : NULL;
    if (value.ptr && value.len == 0)
        return problem(out_problem, "error= takes CODE or CODE:TEXT");
    out->code = value;
    if (!colon)
        return true;
    out->code.len = (size_t)(colon - value.ptr);
    out->text = slice_from(value, out->code.len + 1);
    return true;
}

static bool parse_delay(struct slice value, struct fault_action *out, char *out_problem)
{
    int64_t ms;
    if (!time_parse_duration(value, &ms) || ms < 0)
        return problem(out_problem, "delay= takes a duration such as 250ms, not '" SLICE_FMT "'",
                       SLICE_ARG(value));
    out->delay_us = ms * 1000;
    return true;
}

static bool parse_drip(struct slice value, struct fault_action *out, char *out_problem)
{
    if (!text_to_u64(value, &out->bytes_per_s) || out->bytes_per_s == 0)
        return problem(out_problem, "drip= takes bytes per second, not '" SLICE_FMT "'",
                       SLICE_ARG(value));
    return true;
}

static const struct action_row {
    const char *name;
    bool takes_value, wants_value;
    bool (*parse)(struct slice value, struct fault_action *out, char *out_problem);
} actions[] = {
    [FAULT_ERROR] = {"error",      true,  false, parse_error},
    [FAULT_DELAY] = {"delay",      true,  true,  parse_delay},
    [FAULT_DRIP] = {"drip",       true,  true,  parse_drip },
    [FAULT_DROP] = {"drop",       false, false, NULL       },
    [FAULT_DROP_REPLY] = {"drop-reply", false, false, NULL       },
    [FAULT_CUT] = {"cut",        false, false, NULL       },
    [FAULT_REFUSE] = {"refuse",     false, false, NULL       },
    [FAULT_HOLD] = {"hold",       false, false, NULL       },
};
#define ACTION_COUNT (sizeof(actions) / sizeof(actions[0]))

const char *fault_kind_name(enum fault_kind kind)
{
    return actions[kind].name;
}

bool fault_parse_action(struct slice text, struct fault_action *out,
                        char out_problem[FAULT_PROBLEM_MAX])
{
    const uint8_t *equals = text.len ? memchr(text.ptr, '=', text.len) : NULL;
    struct slice name = slice_of(text.ptr, equals ? (size_t)(equals - text.ptr) : text.len);
    struct slice value = equals ? slice_from(text, name.len + 1) : slice_of(NULL, 0);
    size_t kind = 0;
    while (kind < ACTION_COUNT && !slice_eq_str(name, actions[kind].name))
        kind++;
    if (kind == ACTION_COUNT)
        return problem(out_problem,
                       "unknown action '" SLICE_FMT "'; there are error, delay, drip, drop, "
                       "drop-reply, cut, refuse and hold",
                       SLICE_ARG(name));
    const struct action_row *row = &actions[kind];
    if (value.ptr ? !row->takes_value : row->wants_value)
        return problem(out_problem, "action %s takes %s value", row->name, value.ptr ? "no" : "a");
    *out = (struct fault_action){.kind = (enum fault_kind)kind};
    return !row->parse || row->parse(value, out, out_problem);
}

/* ---- rules */

void fault_rules_init(struct fault_rules *rules, struct random *random)
{
    *rules = (struct fault_rules){.random = random};
    rules->end = &rules->first;
}

void fault_rules_done(struct fault_rules *rules)
{
    fault_clear(rules);
}

/* Copies a text to *at and moves behind it. */
static void keep(struct slice *text, uint8_t **at)
{
    if (!text->ptr)
        return;
    if (text->len)
        memcpy(*at, text->ptr, text->len);
    *text = slice_of(*at, text->len);
    *at += text->len;
}

static struct fault_rule *create_rule(const struct fault_options *options)
{
    const struct match *match = &options->match;
    size_t size = sizeof(struct fault_rule) + match->service.len + match->op.len + match->key.len +
                  match->world.len + options->action.len + 1;
    struct fault_rule *rule = calloc(1, size);
    if (!rule)
        return NULL;
    rule->size = size;
    rule->options = *options;
    uint8_t *at = (uint8_t *)(rule + 1);
    keep(&rule->options.match.service, &at);
    keep(&rule->options.match.op, &at);
    keep(&rule->options.match.key, &at);
    keep(&rule->options.match.world, &at);
    keep(&rule->options.action, &at);
    if (!rule->options.nth)
        rule->options.nth = 1;
    ring_init(&rule->held);
    return rule;
}

static unsigned *counter_of(struct fault_rules *rules, const struct fault_rule *rule)
{
    return rule->action.kind == FAULT_REFUSE ? &rules->refusals : &rules->count;
}

/* After the last id they begin anew, without those that are there. 0: all are. */
static uint16_t free_id(const struct fault_rules *rules)
{
    uint16_t id = rules->last_id;
    do
        id = id == UINT16_MAX ? 1 : id + 1;
    while (id != rules->last_id && fault_get(rules, id));
    return fault_get(rules, id) ? 0 : id;
}

struct fault_rule *fault_add(struct fault_rules *rules, const struct fault_options *options,
                             char out_problem[FAULT_PROBLEM_MAX])
{
    struct fault_action action;
    if (!fault_parse_action(options->action, &action, out_problem))
        return NULL;
    if (options->has_probability && !(options->probability >= 0 && options->probability <= 1)) {
        problem(out_problem, "probability is a number from 0 to 1");
        return NULL;
    }
    uint16_t id = free_id(rules);
    if (!id) {
        problem(out_problem, "there are %u rules; no more ids", UINT16_MAX);
        return NULL;
    }
    struct fault_rule *rule = create_rule(options);
    if (!rule) {
        problem(out_problem, "out of memory");
        return NULL;
    }
    fault_parse_action(rule->options.action, &rule->action, out_problem);
    rule->id = rules->last_id = id;
    *rules->end = rule;
    rules->end = &rule->next;
    ++*counter_of(rules, rule);
    return rule;
}

struct fault_rule *fault_get(const struct fault_rules *rules, uint64_t id)
{
    struct fault_rule *rule = rules->first;
    while (rule && rule->id != id)
        rule = rule->next;
    return rule;
}

unsigned fault_release(struct fault_rule *rule)
{
    unsigned released = 0;
    rule->released = true;
    for (struct ring *link; (link = ring_pop(&rule->held)); released++) {
        struct fault_hold *hold = RING_OWNER(link, struct fault_hold, link);
        hold->release(hold);
    }
    return released;
}

void fault_remove(struct fault_rules *rules, struct fault_rule *rule)
{
    struct fault_rule **link = &rules->first;
    while (*link != rule)
        link = &(*link)->next;
    *link = rule->next;
    if (rules->end == &rule->next)
        rules->end = link;
    --*counter_of(rules, rule);
    fault_release(rule);
    free(rule);
}

void fault_clear(struct fault_rules *rules)
{
    while (rules->first)
        fault_remove(rules, rules->first);
}

bool fault_is_spent(const struct fault_rule *rule)
{
    return rule->released || (rule->options.times && rule->applied >= rule->options.times);
}

/* ---- applying */

static bool applies(struct fault_rules *rules, struct fault_rule *rule,
                    const struct match_subject *subject)
{
    const struct fault_options *options = &rule->options;
    if (fault_is_spent(rule) || !match_accepts(&options->match, subject))
        return false;
    if (++rule->matched < options->nth)
        return false;
    if (options->has_probability && random_double(rules->random) >= options->probability)
        return false;
    rule->applied++;
    return true;
}

static const struct fault_rule *apply(struct fault_rules *rules, bool refusal,
                                      const struct match_subject *subject)
{
    for (struct fault_rule *rule = rules->first; rule; rule = rule->next)
        if ((rule->action.kind == FAULT_REFUSE) == refusal && applies(rules, rule, subject))
            return rule;
    return NULL;
}

const struct fault_rule *fault_apply(struct fault_rules *rules, const struct match_subject *subject)
{
    return apply(rules, false, subject);
}

const struct fault_rule *fault_apply_refusal(struct fault_rules *rules,
                                             const struct match_subject *subject)
{
    return apply(rules, true, subject);
}

void fault_hold(const struct fault_rule *rule, struct fault_hold *hold)
{
    ring_push_back((struct ring *)(uintptr_t)&rule->held, &hold->link);
}
