/* Fault rules: which commands go wrong, and how.
 *
 * A rule has a pattern (match.h), counts, and an action. It applies to a command when its pattern
 * matches, at least `nth` commands have matched with this one, it has been applied less than `times` times, and its
 * dice, from the sandbox's seed, say so. The first rule that applies is the only one that does.
 *
 * A rule that holds keeps those that it holds, in order, until it is released; it is spent then.
 * Removing a rule releases what it holds.
 *
 * Ownership: the rules own copies of all their texts. Errors: false with a sentence in out_problem. */
#ifndef PARLEL_COMMON_FAULT_H
#define PARLEL_COMMON_FAULT_H

#include "common/match.h"
#include "common/random.h"
#include "common/ring.h"

#define FAULT_PROBLEM_MAX 160

enum fault_kind {
    FAULT_ERROR,      /* the protocol's own error, the command has no effect */
    FAULT_DELAY,      /* the command waits, in real time */
    FAULT_DRIP,       /* its answer goes out slowly */
    FAULT_DROP,       /* the connection is closed, the command has no effect */
    FAULT_DROP_REPLY, /* it takes effect, then the connection is closed without an answer */
    FAULT_CUT,        /* half of the answer, then a reset */
    FAULT_REFUSE,     /* new connections are reset */
    FAULT_HOLD        /* the command waits until the rule is released */
};

struct fault_action {
    enum fault_kind kind;
    int64_t delay_us;        /* FAULT_DELAY */
    uint64_t bytes_per_s;    /* FAULT_DRIP */
    struct slice code, text; /* FAULT_ERROR; ptr NULL: the service's choice */
};

/* Everything that a user says of a rule. */
struct fault_options {
    struct match match;
    uint64_t nth;   /* 0 as 1: from the first on */
    uint64_t times; /* 0: for ever */
    bool has_probability;
    double probability;  /* 0 to 1; always without one */
    struct slice action; /* "delay=250ms": fault_parse_action */
};

struct fault_rule {
    struct fault_rule *next;
    uint16_t id;
    struct fault_options options; /* its texts follow the struct */
    struct fault_action action;
    uint64_t matched, applied;
    bool released;    /* FAULT_HOLD: it holds no more */
    struct ring held; /* struct fault_hold */
    size_t size;
};

/* One who is held. */
struct fault_hold {
    struct ring link;
    void (*release)(struct fault_hold *hold); /* called once, the link is out of its ring then */
};

struct fault_rules {
    struct fault_rule *first, **end; /* oldest first */
    unsigned count;                  /* of rules for commands: 0 costs the sessions one test */
    unsigned refusals;               /* of rules for connections */
    uint16_t last_id;
    struct random *random; /* borrowed */
};

void fault_rules_init(struct fault_rules *rules, struct random *random);
void fault_rules_done(struct fault_rules *rules);

/* "error", "error=CODE", "error=CODE:TEXT", "delay=DURATION", "drip=BYTES_PER_SECOND", "drop", "drop-reply", "cut",
 * "refuse", "hold". Code and text borrow from it. */
bool fault_parse_action(struct slice text, struct fault_action *out,
                        char out_problem[FAULT_PROBLEM_MAX]);
/* The action's first word. */
const char *fault_kind_name(enum fault_kind kind);

/* Adds a rule behind the others. NULL: wrong options, or out of memory. */
struct fault_rule *fault_add(struct fault_rules *rules, const struct fault_options *options,
                             char out_problem[FAULT_PROBLEM_MAX]);
/* NULL when there is none of that id. */
struct fault_rule *fault_get(const struct fault_rules *rules, uint64_t id);
void fault_remove(struct fault_rules *rules, struct fault_rule *rule);
void fault_clear(struct fault_rules *rules);

/* Lets go whom the rule holds, oldest first; returns how many. */
unsigned fault_release(struct fault_rule *rule);

/* True when it will not apply again. */
bool fault_is_spent(const struct fault_rule *rule);

/* The rule that applies to a command, counted as applied; NULL: none. */
const struct fault_rule *fault_apply(struct fault_rules *rules,
                                     const struct match_subject *subject);
/* The same for a new connection. */
const struct fault_rule *fault_apply_refusal(struct fault_rules *rules,
                                             const struct match_subject *subject);

/* Puts one behind those whom the rule holds. */
void fault_hold(const struct fault_rule *rule, struct fault_hold *hold);

#endif
