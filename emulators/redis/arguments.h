/* Arguments as numbers: parse, or reply the error that redis-server gives. */
#ifndef PARLEL_EMULATORS_REDIS_ARGUMENTS_H
#define PARLEL_EMULATORS_REDIS_ARGUMENTS_H

#include "emulators/redis/call.h"

/* argv[at] as an integer; false with "ERR value is not an integer or out of range" replied. */
bool redis_arg_int(struct redis_call *call, uint32_t at, int64_t *out);
/* The same within min..max; outside of them the command's own error text (NULL: the usual one). */
bool redis_arg_int_in(struct redis_call *call, uint32_t at, int64_t min, int64_t max,
                      const char *error, int64_t *out);
/* A count whose absolute value must exist: not INT64_MIN. */
bool redis_arg_count(struct redis_call *call, uint32_t at, int64_t *out);
/* argv[at] as a double (no NaN); false with the text, or "ERR value is not a valid float". */
bool redis_arg_double(struct redis_call *call, uint32_t at, const char *error, double *out);

/* What LMPOP, ZMPOP and their blocking forms take: numkeys key... END [COUNT count]. */
struct redis_mpop {
    uint32_t first, keys; /* argv[first..first + keys) */
    bool second_end;      /* the second of the two words stands for END */
    int64_t count;
};
/* Reads them from argv[at] on; false with the error replied. */
bool redis_arg_mpop(struct redis_call *call, uint32_t at, const char *const ends[2],
                    struct redis_mpop *out);

/* The argument shall not be seen in SLOWLOG: "(redacted)" stands there from now on. */
void redis_arg_redact(struct redis_call *call, uint32_t at);

/* Bytes as text for an error message: at most `max` of them, NUL-terminated in the arena; control
 * characters that end a line become blanks when the reply is put. */
const char *redis_printable(struct arena *arena, struct slice bytes, size_t max);

/* The command was called with a number of arguments that it does not take. */
void redis_reply_arity(struct redis_call *call);
/* What containers reply to a known subcommand with the wrong number of arguments. */
void redis_reply_subcommand_syntax(struct redis_call *call);

/* The answer to commands that a setting must allow first. */
void redis_reply_not_enabled(struct redis_call *call, const char *command, const char *option);

/* What every container's HELP answers: a first line, the lines given (NULL ends them), and HELP. */
void redis_reply_help(struct redis_call *call, const char *const lines[]);

#endif
