/* Sets of single bytes: the code points of their upper halves, as the real server converts them
 * (recorded with convert_from; back they are the same). Their lower halves are ASCII. */
#ifndef PARLEL_EMULATORS_POSTGRES_ENCODING_SETS_H
#define PARLEL_EMULATORS_POSTGRES_ENCODING_SETS_H

#include <stdint.h>

#define PG_ENCODING_SET_FIRST 8 /* LATIN1: the others follow by their numbers, up to KOI8U */
#define PG_ENCODING_SETS      27

/* [number - PG_ENCODING_SET_FIRST][byte - 128]; 0: the byte stands for nothing. */
extern const uint16_t pg_encoding_sets[PG_ENCODING_SETS][128];

#endif
