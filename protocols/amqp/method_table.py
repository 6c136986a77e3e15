#!/usr/bin/env python3
"""Makes C of methods.txt: method_table.py TABLE HEADER SOURCE. See amqp_method.h for the rows' form."""

import sys

C_TYPES = {"bit": "bool", "octet": "uint8_t", "short": "uint16_t", "long": "uint32_t",
           "longlong": "uint64_t", "shortstr": "struct slice", "longstr": "struct slice",
           "table": "struct slice"}
SENDERS = {"client": ["FROM_CLIENT"], "server": ["FROM_SERVER"],
           "both": ["FROM_CLIENT", "FROM_SERVER"]}
FLAGS = ("synchronous", "reply", "content")
BITS_PER_OCTET = 8


class Method:
    def __init__(self, class_name, class_id, words):
        name, number, sender, flags = words[:4]
        self.id = class_id, int(number)
        self.name = "%s.%s" % (class_name, name)
        self.c_name = self.name.replace(".", "_").replace("-", "_")
        self.constant = "AMQP_" + self.c_name.upper()
        self.flags = SENDERS[sender] + [flag.upper() for flag in flags.split(",") if flag != "-"]
        self.fields = [field.split(":") for field in words[4:]]
        if any(flag not in FLAGS for flag in flags.split(",") if flag != "-"):
            raise ValueError("unknown flag in '%s'" % flags)
        if any(kind not in C_TYPES for _, kind in self.fields):
            raise ValueError("unknown type of a field")


def read(path):
    """The classes, name and id, and the methods, in the file's order."""
    classes, methods = [], []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                if line.startswith(" "):
                    methods.append(Method(*classes[-1], words))
                else:
                    classes.append((words[0], int(words[1])))
            except (ValueError, IndexError, KeyError) as error:
                raise SystemExit("%s:%d: %s" % (path, number, error))
    return classes, methods


def c_field(name):
    return name.replace("-", "_")


# ---- the header

def struct_lines(method):
    yield "struct amqp_%s {" % method.c_name
    for name, kind in method.fields:
        yield "    %s %s;" % (C_TYPES[kind], c_field(name))
    yield "};"
    yield ""


def header_lines(classes, methods):
    yield "/* Made of methods.txt. */"
    yield "#ifndef PARLEL_PROTOCOLS_AMQP_METHODS_H"
    yield "#define PARLEL_PROTOCOLS_AMQP_METHODS_H"
    yield ""
    yield '#include "common/slice.h"'
    yield ""
    yield "enum amqp_class_id {"
    for name, number in classes:
        yield "    AMQP_CLASS_%s = %d," % (name.upper(), number)
    yield "};"
    yield ""
    yield "enum {"
    yield "    AMQP_METHOD_COUNT = %d," % len(methods)
    yield "    AMQP_CLASS_COUNT = %d," % len(classes)
    yield "    AMQP_CLASS_ID_MAX = %d," % max(number for _, number in classes)
    yield "    AMQP_METHOD_ID_MAX = %d," % max(method.id[1] for method in methods)
    yield "};"
    yield ""
    yield "/* The class's id in the upper 16 bits, the method's in the lower ones. */"
    yield "enum amqp_method_id {"
    for method in methods:
        yield "    %s = %d << 16 | %d," % (method.constant, *method.id)
    yield "};"
    yield ""
    for method in methods:
        if method.fields:
            yield from struct_lines(method)
    yield "union amqp_method {"
    for method in methods:
        if method.fields:
            yield "    struct amqp_%s %s;" % (method.c_name, method.c_name)
    yield "};"
    yield ""
    yield "#endif"


# ---- the tables

def field_rows(method):
    """A row a field; bits also say which one of their octet they are."""
    bit = -1
    for name, kind in method.fields:
        bit = (bit + 1) % BITS_PER_OCTET if kind == "bit" else -1
        yield '    {"%s", AMQP_FIELD_%s, %d, offsetof(struct amqp_%s, %s)},' % (
            name, kind.upper(), max(bit, 0), method.c_name, c_field(name))


def method_row(method):
    flags = " | ".join("AMQP_METHOD_" + flag for flag in method.flags)
    if not method.fields:
        return '    {%s, "%s", NULL, 0, 0, %s},' % (method.constant, method.name, flags)
    return '    {%s, "%s", %s_fields, %d, sizeof(struct amqp_%s), %s},' % (
        method.constant, method.name, method.c_name, len(method.fields), method.c_name, flags)


def index_lines(classes, methods):
    """From ids to rows: a class's line of amqp_method_index, a method's row, both counted from 1."""
    yield "const uint8_t amqp_class_index[AMQP_CLASS_ID_MAX + 1] = {"
    for line, (_, number) in enumerate(classes, 1):
        yield "    [%d] = %d," % (number, line)
    yield "};"
    yield ""
    yield "const uint8_t amqp_method_index[AMQP_CLASS_COUNT][AMQP_METHOD_ID_MAX + 1] = {"
    lines = {number: line for line, (_, number) in enumerate(classes)}
    for row, method in enumerate(methods, 1):
        yield "    [%d][%d] = %d," % (lines[method.id[0]], method.id[1], row)
    yield "};"


def source_lines(classes, methods):
    yield '#include "protocols/amqp/amqp_method.h"'
    yield ""
    for method in methods:
        if method.fields:
            yield "static const struct amqp_field %s_fields[] = {" % method.c_name
            yield from field_rows(method)
            yield "};"
            yield ""
    yield "const struct amqp_method_info amqp_method_table[AMQP_METHOD_COUNT] = {"
    yield from map(method_row, methods)
    yield "};"
    yield ""
    yield from index_lines(classes, methods)


def write(path, lines):
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in lines)


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    classes, methods = read(sys.argv[1])
    write(sys.argv[2], header_lines(classes, methods))
    write(sys.argv[3], source_lines(classes, methods))


if __name__ == "__main__":
    main()
