#include "emulators/sql/plan/explain_writer.h"

#include "emulators/sql/value/json_text.h"

void sql_explain_spaces(struct sql_explain_writer *writer)
{
    for (uint32_t i = 0; i < writer->indent; i++)
        sql_bytes_add_str(writer->out, "  ");
}

static void add_escaped(struct sql_bytes *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&': sql_bytes_add_str(out, "&amp;"); break;
        case '<': sql_bytes_add_str(out, "&lt;"); break;
        case '>': sql_bytes_add_str(out, "&gt;"); break;
        case '\r': sql_bytes_add_str(out, "&#x0d;"); break;
        default: sql_bytes_add_char(out, (char)text.ptr[i]); break;
        }
    }
}

/* A label as an element's name. */
static void add_tag(struct sql_explain_writer *writer, const char *before, const char *label,
                    const char *behind)
{
    sql_bytes_add_str(writer->out, before);
    for (; *label; label++) {
        bool letter = (*label >= 'a' && *label <= 'z') || (*label >= 'A' && *label <= 'Z') ||
                      (*label >= '0' && *label <= '9') || *label == '.' || *label == '_';
        sql_bytes_add_char(writer->out, letter ? *label : '-');
    }
    sql_bytes_add_str(writer->out, behind);
}

/* ---- groups */

void sql_explain_begin(struct sql_explain_writer *writer, struct sql_bytes *out,
                       enum sql_explain_format format)
{
    *writer = (struct sql_explain_writer){.out = out, .format = format};
    if (format == SQL_EXPLAIN_TEXT || format == SQL_EXPLAIN_YAML)
        return;
    sql_bytes_add_str(out, format == SQL_EXPLAIN_JSON
                               ? "["
                               : "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n");
    writer->indent++;
}

void sql_explain_end(struct sql_explain_writer *writer)
{
    if (writer->format == SQL_EXPLAIN_JSON)
        sql_bytes_add_str(writer->out, "\n]");
    if (writer->format == SQL_EXPLAIN_XML)
        sql_bytes_add_str(writer->out, "</explain>");
}

/* The beginning of an item: what parts it from the one before, and its label. */
static void begin_item(struct sql_explain_writer *writer, const char *label)
{
    if (writer->format == SQL_EXPLAIN_JSON) {
        sql_bytes_add_str(writer->out, writer->inside ? ",\n" : "\n");
        sql_explain_spaces(writer);
        if (label)
            sql_bytes_printf(writer->out, "\"%s\": ", label);
    } else {
        if (writer->inside) {
            sql_bytes_add_char(writer->out, '\n');
            sql_explain_spaces(writer);
        }
        sql_bytes_printf(writer->out, label ? "%s: " : "- ", label);
    }
    writer->inside = true;
}

void sql_explain_open(struct sql_explain_writer *writer, const char *type, const char *label,
                      bool labeled, bool *outer)
{
    *outer = true;
    switch (writer->format) {
    case SQL_EXPLAIN_TEXT: return;
    case SQL_EXPLAIN_XML:
        sql_explain_spaces(writer);
        add_tag(writer, "<", type, ">\n");
        break;
    case SQL_EXPLAIN_JSON:
        begin_item(writer, label);
        sql_bytes_add_char(writer->out, labeled ? '{' : '[');
        writer->inside = false;
        break;
    case SQL_EXPLAIN_YAML:
        begin_item(writer, label);
        writer->inside = label != NULL;
        break;
    }
    writer->indent++;
}

void sql_explain_close(struct sql_explain_writer *writer, const char *type, bool labeled,
                       bool outer)
{
    if (writer->format == SQL_EXPLAIN_TEXT)
        return;
    writer->indent--;
    if (writer->format == SQL_EXPLAIN_XML) {
        sql_explain_spaces(writer);
        add_tag(writer, "</", type, ">\n");
    }
    if (writer->format == SQL_EXPLAIN_JSON) {
        sql_bytes_add_char(writer->out, '\n');
        sql_explain_spaces(writer);
        sql_bytes_add_char(writer->out, labeled ? '}' : ']');
    }
    writer->inside = outer;
}

/* ---- properties */

static void property(struct sql_explain_writer *writer, const char *label, const char *unit,
                     struct slice value, bool bare)
{
    switch (writer->format) {
    case SQL_EXPLAIN_TEXT:
        sql_explain_spaces(writer);
        sql_bytes_printf(writer->out, "%s: " SLICE_FMT "%s%s\n", label, SLICE_ARG(value),
                         unit ? " " : "", unit ? unit : "");
        return;
    case SQL_EXPLAIN_XML:
        sql_explain_spaces(writer);
        add_tag(writer, "<", label, ">");
        add_escaped(writer->out, value);
        add_tag(writer, "</", label, ">\n");
        return;
    default: break;
    }
    begin_item(writer, label);
    if (bare)
        sql_bytes_add_slice(writer->out, value);
    else
        sql_json_escape(writer->out, value);
}

void sql_explain_text(struct sql_explain_writer *writer, const char *label, struct slice value)
{
    property(writer, label, NULL, value, false);
}

void sql_explain_number(struct sql_explain_writer *writer, const char *label, const char *unit,
                        double value, int digits)
{
    struct slice text = arena_printf(writer->out->arena, "%.*f", digits, value);
    if (text.ptr)
        property(writer, label, unit, text, true);
    else
        writer->out->failed = true;
}

void sql_explain_bool(struct sql_explain_writer *writer, const char *label, bool value)
{
    property(writer, label, NULL, slice_str(value ? "true" : "false"), true);
}

static void text_list(struct sql_explain_writer *writer, const char *label,
                      const struct slice *items, uint32_t count)
{
    sql_explain_spaces(writer);
    sql_bytes_printf(writer->out, "%s: ", label);
    for (uint32_t i = 0; i < count; i++) {
        sql_bytes_add_str(writer->out, i ? ", " : "");
        sql_bytes_add_slice(writer->out, items[i]);
    }
    sql_bytes_add_char(writer->out, '\n');
}

void sql_explain_list(struct sql_explain_writer *writer, const char *label,
                      const struct slice *items, uint32_t count)
{
    bool outer;
    if (writer->format == SQL_EXPLAIN_TEXT) {
        text_list(writer, label, items, count);
        return;
    }
    if (writer->format == SQL_EXPLAIN_XML) {
        sql_explain_open(writer, label, label, false, &outer);
        for (uint32_t i = 0; i < count; i++)
            property(writer, "Item", NULL, items[i], false);
        sql_explain_close(writer, label, false, outer);
        return;
    }
    bool json = writer->format == SQL_EXPLAIN_JSON;
    begin_item(writer, label);
    sql_bytes_add_str(writer->out, json ? "[" : "");
    for (uint32_t i = 0; i < count; i++) {
        if (json) {
            sql_bytes_add_str(writer->out, i ? ", " : "");
        } else {
            sql_bytes_add_char(writer->out, '\n');
            sql_explain_spaces(writer);
            sql_bytes_add_str(writer->out, "  - ");
        }
        sql_json_escape(writer->out, items[i]);
    }
    sql_bytes_add_str(writer->out, json ? "]" : "");
}
