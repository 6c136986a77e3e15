/* Times as people write them: durations and instants.
 *
 * A duration is a number with a unit, "250ms", "1.5s", "2m", "3h", "7d", or seconds without one. An
 * instant is an RFC 3339 time, "2031-05-06T07:08:09.5Z" or with an offset such as +02:00, or seconds
 * since the Unix epoch. Results are milliseconds; fractions below are cut off. */
#ifndef PARLEL_COMMON_TIME_TEXT_H
#define PARLEL_COMMON_TIME_TEXT_H

#include "common/slice.h"

#define TIME_TEXT_MAX 32 /* bytes that time_to_text may write, the NUL included */

/* Whole slice; false for anything else, and for what is longer than some 30,000 years. */
bool time_parse_duration(struct slice text, int64_t *out_ms);
bool time_parse_instant(struct slice text, int64_t *out_ms);

/* "2031-05-06T07:08:09.500Z"; years 0 to 9999, others as seconds. Returns the length. */
size_t time_to_text(char out[TIME_TEXT_MAX], int64_t ms);

#endif
