/* What generate_collation makes of data/: constant tables, all in order of the characters' codes.
 *
 * Character i of sql_collation_codes has the elements sql_collation_elements[firsts[i] .. firsts[i + 1]),
 * each primary << 16 | secondary << 5 | tertiary; the first SQL_COLLATION_DENSE codes stand at their own
 * numbers. Character i of sql_case_codes becomes, in upper, lower and title case (form 0, 1, 2),
 * sql_case_characters[firsts[3 * i + form] .. firsts[3 * i + form + 1]); none: it stays as it is. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_COLLATION_TABLES_H
#define PARLEL_EMULATORS_SQL_VALUE_COLLATION_TABLES_H

#include <stdint.h>

#define SQL_COLLATION_DENSE 0x250

extern const uint32_t sql_collation_codes[], sql_collation_elements[];
extern const uint16_t sql_collation_firsts[];
extern const uint32_t sql_collation_count;

extern const uint32_t sql_case_codes[], sql_case_characters[];
extern const uint16_t sql_case_firsts[];
extern const uint32_t sql_case_count;

#endif
