/* The sections of a fixture that are no service's: the clock, the dice, fault rules. */
#ifndef PARLEL_SERVER_FIXTURE_SECTIONS_H
#define PARLEL_SERVER_FIXTURE_SECTIONS_H

#include "server/registry.h"
#include "server/sandbox.h"

struct yaml_reader;

/* Reads a section; the reader stands before its value. False: the reader has failed. */
typedef bool fixture_section(struct sandbox *sandbox, const struct registry *registry,
                             struct yaml_reader *yaml);

/* NULL when there is none of that name. */
fixture_section *fixture_section_find(struct slice name);

/* Takes back the rules that were added since the rules' `end` was `from`. */
void fixture_drop_rules(struct fault_rules *rules, struct fault_rule **from);

#endif
