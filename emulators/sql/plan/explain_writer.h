/* EXPLAIN's four formats: groups, properties and lists, as text, JSON, XML or YAML. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_EXPLAIN_WRITER_H
#define PARLEL_EMULATORS_SQL_PLAN_EXPLAIN_WRITER_H

#include "emulators/sql/value/bytes.h"

enum sql_explain_format {
    SQL_EXPLAIN_TEXT,
    SQL_EXPLAIN_JSON,
    SQL_EXPLAIN_XML,
    SQL_EXPLAIN_YAML,
};

struct sql_explain_writer {
    struct sql_bytes *out;
    enum sql_explain_format format;
    uint32_t indent;
    bool inside; /* the group at hand has something already */
};

void sql_explain_begin(struct sql_explain_writer *writer, struct sql_bytes *out,
                       enum sql_explain_format format);
void sql_explain_end(struct sql_explain_writer *writer);

/* A group of properties, or of groups without labels (labeled false). type names it in XML; label is
 * NULL inside a list. Text has none. *outer keeps what the writer must know again at the end. */
void sql_explain_open(struct sql_explain_writer *writer, const char *type, const char *label,
                      bool labeled, bool *outer);
void sql_explain_close(struct sql_explain_writer *writer, const char *type, bool labeled,
                       bool outer);

void sql_explain_text(struct sql_explain_writer *writer, const char *label, struct slice value);
void sql_explain_number(struct sql_explain_writer *writer, const char *label, const char *unit,
                        double value, int digits);
void sql_explain_bool(struct sql_explain_writer *writer, const char *label, bool value);
void sql_explain_list(struct sql_explain_writer *writer, const char *label,
                      const struct slice *items, uint32_t count);
/* Text alone: spaces at the beginning of a line. */
void sql_explain_spaces(struct sql_explain_writer *writer);

#endif
