/* A line split into words as redis-cli and the configuration file quote them: blanks separate,
 * "double quotes" know \n \r \t \b \a \xhh and \any, 'single quotes' know \' alone; what follows a
 * closing quote must be a blank. */
#ifndef PARLEL_EMULATORS_REDIS_WORDS_H
#define PARLEL_EMULATORS_REDIS_WORDS_H

#include "common/arena.h"

enum redis_words { REDIS_WORDS_OK, REDIS_WORDS_UNBALANCED, REDIS_WORDS_OOM };

/* The words and their array come from the arena; the line ends at a NUL. */
enum redis_words redis_split_words(struct arena *arena, struct slice line, struct slice **out_words,
                                   uint32_t *out_count);

#endif
