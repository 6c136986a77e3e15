/* A line split into words as redis-cli and its configuration file quote them: blanks separate,
 * "double quotes" know \n \r \t \b \a \xhh and \any, 'single quotes' know \' alone; what follows a
 * closing quote must be a blank. */
#ifndef PARLEL_COMMON_WORDS_H
#define PARLEL_COMMON_WORDS_H

#include "common/arena.h"

enum words_result { WORDS_OK, WORDS_UNBALANCED, WORDS_OOM };

/* The words and their array come from the arena; the line ends at a NUL. */
enum words_result words_split(struct arena *arena, struct slice line, struct slice **out_words,
                              uint32_t *out_count);

#endif
