/* Words of the command line that pick commands, MATCH, and what a fault rule does with them, ACTION:
 *
 *     service=redis  op=SET  key=user:*  connection=7  world=t1  since=120
 *     nth=3  times=2  probability=0.1      of fault rules
 *     error=OOM  delay=250ms  drop  ...     an ACTION (fault.h)
 *
 * Each becomes an argument of the control API, whose names they are. */
#ifndef PARLEL_SERVER_CLI_MATCH_WORDS_H
#define PARLEL_SERVER_CLI_MATCH_WORDS_H

#include "common/slice.h"

#include "server/problem.h"

/* Who takes a word. */
enum match_user { MATCH_JOURNAL = 1, MATCH_FAULT = 2 };

/* Splits a word into the argument's name and value; both borrow from it. False: *problem says what is
 * wrong with it. */
bool match_word_read(const char *word, enum match_user user, struct slice *out_name,
                     struct slice *out_value, struct problem *problem);

#endif
