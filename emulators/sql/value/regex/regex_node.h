/* The parts of a compiled regular expression: its tree, sets of characters, and the programs that
 * parts of the tree become. Only for the files of this folder. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_REGEX_REGEX_NODE_H
#define PARLEL_EMULATORS_SQL_VALUE_REGEX_REGEX_NODE_H

#include "emulators/sql/value/regex/regex.h"

#define REGEX_INFINITE -1
#define REGEX_DUP_MAX  255 /* largest count in braces */
#define REGEX_CODE_MAX 0x10ffffu

/* Characters: ASCII ones as bits, the others as ranges. */
struct regex_set {
    uint64_t ascii[2];
    uint32_t range_count, range_room;
    struct regex_range {
        uint32_t low, high;
    } * ranges;
};

bool regex_set_has(const struct regex_set *set, uint32_t code);

enum regex_kind {
    REGEX_EMPTY,
    REGEX_CHAR, /* one character: code */
    REGEX_SET,
    REGEX_CAT,
    REGEX_ALT,
    REGEX_REPEAT,  /* child min..max times; captures within it do not count */
    REGEX_ITERATE, /* the same, of which the last one's captures count */
    REGEX_GROUP,   /* ( ), number */
    REGEX_BACKREF, /* number, min..max times */
    REGEX_ASSERT,
    REGEX_LOOK,
};

enum regex_assert {
    REGEX_TEXT_START,
    REGEX_TEXT_END,
    REGEX_LINE_START,
    REGEX_LINE_END,
    REGEX_WORD_START,
    REGEX_WORD_END,
    REGEX_WORD_EDGE,
    REGEX_NO_WORD_EDGE,
};

/* What is known of a subtree: its preference, and whether captures must be looked for in it. */
enum regex_flags {
    REGEX_LONGER = 1,
    REGEX_SHORTER = 2,
    REGEX_MIXED = 4, /* parts of it prefer differently */
    REGEX_CAPTURES = 8,
    REGEX_BACKREFS = 16,
};

enum { REGEX_PREFERENCE = REGEX_LONGER | REGEX_SHORTER };

struct regex_node {
    enum regex_kind kind;
    unsigned flags;
    uint32_t code;
    const struct regex_set *set;
    enum regex_assert assert;
    bool behind, negated; /* of REGEX_LOOK */
    unsigned number;
    int min, max;
    struct regex_node *child, *last; /* first and last */
    struct regex_node *next;         /* among the parent's children */
    struct regex_node *tail;         /* all siblings behind it, or what iterations go on with */
    const struct regex_node *group;  /* of a back reference */
    struct regex_program *forward, *backward;
};

enum regex_op {
    REGEX_OP_CHAR,
    REGEX_OP_SET,
    REGEX_OP_SPLIT, /* to x and to y */
    REGEX_OP_JUMP,
    REGEX_OP_ASSERT,
    REGEX_OP_LOOK,
    REGEX_OP_MATCH,
};

struct regex_step {
    enum regex_op op;
    uint32_t x, y; /* x: the next step, or the character of REGEX_OP_CHAR */
    const struct regex_set *set;
    struct regex_node *node; /* of assertions */
};

/* States that are alive at one place, in the order in which they came. */
struct regex_states {
    uint32_t count;
    uint32_t *dense, *sparse;
    size_t *start; /* where the match of dense[i] began */
};

struct regex_program {
    struct regex_step *steps;
    uint32_t count, room;
    struct regex_states now, next;
    uint32_t *stack;
    bool has_first; /* `first` says which bytes can begin a match, which is not empty then */
    uint8_t first[256];
};

struct sql_regex {
    struct arena *arena;
    struct sql_error *error;
    unsigned flags;
    unsigned groups;
    struct regex_node *root;
    bool anchored;  /* matches begin at the text's start only */
    uint32_t steps; /* of all programs together */
};

bool regex_fail(struct sql_error *error, const char *reason);

/* The tree of a pattern; regex->flags may change by options in it. */
bool regex_parse(struct sql_regex *regex, struct slice pattern);

struct regex_set *regex_set_create(struct sql_regex *regex);
bool regex_set_add(struct sql_regex *regex, struct regex_set *set, uint32_t low, uint32_t high);
/* A class by its name in [: :]; false: there is none. */
bool regex_set_add_class(struct sql_regex *regex, struct regex_set *set, struct slice name,
                         bool *known);
bool regex_set_fold(struct sql_regex *regex, struct regex_set *set);
bool regex_set_complement(struct sql_regex *regex, struct regex_set *set);

/* Reads [...] whose bracket is passed. *node is a set, or an assertion for [[:<:]]. */
bool regex_parse_bracket(struct sql_regex *regex, struct slice *rest, struct regex_node *node);
/* One escape in *rest, the backslash passed, as a character: false, without an error, if it is
 * something else. */
enum regex_escape { REGEX_ESCAPE_CHAR, REGEX_ESCAPE_OTHER, REGEX_ESCAPE_INVALID };
enum regex_escape regex_read_escape(struct slice *rest, unsigned groups, uint32_t *code);

/* The program of a subtree, made when first asked for; reversed ones run towards the text's
 * start. */
struct regex_program *regex_program(struct sql_regex *regex, struct regex_node *node,
                                    bool reversed);

/* One run over a text. */
struct regex_run {
    struct sql_call *call;
    struct sql_regex *regex;
    struct slice text;
    struct sql_regex_span *groups; /* [number], 0 unused */
    uint32_t ticks;
};

/* The leftmost match from `from` on: *start SIZE_MAX when there is none. */
bool regex_find(struct regex_run *run, size_t from, size_t *start, size_t *end);
/* Bits of all places in low..high where a match of the node ends that begins at low (reversed:
 * begins that ends at high). */
bool regex_reach(struct regex_run *run, struct regex_node *node, size_t low, size_t high,
                 bool reversed, uint8_t *bits);
/* Does a match of the node end (begin) at some place, whatever the place? */
bool regex_matches_at(struct regex_run *run, struct regex_node *node, size_t at, bool reversed,
                      bool *out);
/* Fills run->groups for a match of the node that is known to be low..high. *ok: back references
 * agree. */
bool regex_dissect(struct regex_run *run, struct regex_node *node, size_t low, size_t high,
                   bool *ok);

bool regex_is_word(uint32_t code);
size_t regex_step_back(struct slice text, size_t at);

#endif
