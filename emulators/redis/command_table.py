"""The table of commands, commands.txt: how it is read and written.

A record is a command's full name at the start of a line ("client|kill" is a subcommand of
"client"), followed by indented lines of facts, all as redis-server reports them in COMMAND INFO and
COMMAND DOCS:

    arity, flags, acl       as reported, without the '@' of categories
    also                    flags that the server acts upon and does not report
    range                   first, last and step of the keys; absent when there are none
    channels                first and last of the channels, and how they are used
    key-spec                flags | begin_search | find_keys | notes
    finder                  who finds the keys when the specifications do not tell all
    tips, summary, since, group, complexity, doc-flags, deprecated-since, replaced-by
    history                 version, what changed
    argument                name type [attribute=value]... [flag]...; nested ones stand deeper
"""

import re

LINE_FIELDS = ("summary", "since", "group", "complexity", "deprecated-since", "replaced-by")
WORD_FIELDS = ("flags", "also", "acl", "tips", "doc-flags")
ARGUMENT_ATTRIBUTES = ("key_spec_index", "token", "summary", "since", "deprecated_since")
FIELD_ORDER = ("arity", "flags", "also", "acl", "range", "channels", "key-spec", "finder", "tips",
               "summary", "since", "group", "complexity", "doc-flags", "deprecated-since",
               "replaced-by", "history", "argument")


def sort_key(name):
    """A container stands before its subcommands, and these before the next command."""
    return name.replace("|", "\0")


def quoted(text):
    return text if re.fullmatch(r"[^\s\"=]+", text) else '"%s"' % text


def unquoted(text):
    """A line's text is quoted only to show a blank at its end."""
    return text[1:-1] if text.startswith('"') and text.endswith('"') else text


def parse_argument(text):
    words = re.findall(r'[^\s"=]+(?:=(?:"[^"]*"|[^\s"]*))?', text)
    argument = {"name": words[0], "type": words[1], "flags": [], "arguments": []}
    for word in words[2:]:
        key, equals, value = word.partition("=")
        if equals:
            argument[key] = int(value) if key == "key_spec_index" else unquoted(value)
        else:
            argument["flags"].append(key)
    return argument


def format_argument(argument):
    words = [argument["name"], argument["type"]]
    words += ["%s=%s" % (key, quoted(str(argument[key])))
              for key in ARGUMENT_ATTRIBUTES if key in argument]
    return " ".join(words + argument["flags"])


def parse_key_spec(text):
    flags, begin, find, *notes = [part.strip() for part in text.split(" | ", 3)]
    return {"flags": flags.split(), "begin": begin.split(), "find": find.split(),
            "notes": notes[0] if notes else None}


def format_key_spec(spec):
    parts = [" ".join(spec["flags"]), " ".join(map(str, spec["begin"])),
             " ".join(map(str, spec["find"]))]
    return " | ".join(parts + ([spec["notes"]] if spec["notes"] else []))


def parse_fact(command, stack, indent, field, text):
    if field == "argument":
        while stack and stack[-1][0] >= indent:
            stack.pop()
        argument = parse_argument(text)
        (stack[-1][1]["arguments"] if stack else command["arguments"]).append(argument)
        stack.append((indent, argument))
    elif field == "key-spec":
        command["key-spec"].append(parse_key_spec(text))
    elif field == "history":
        command["history"].append(text.split(" ", 1))
    elif field == "arity":
        command["arity"] = int(text)
    elif field in ("range", "channels"):
        command[field] = text.split()
    elif field == "finder" or field in LINE_FIELDS:
        command[field] = unquoted(text)
    elif field in WORD_FIELDS:
        command[field] = text.split()
    else:
        raise ValueError("unknown field '%s'" % field)


def new_command(name):
    return {"name": name, "arity": 0, "flags": [], "also": [], "acl": [], "key-spec": [],
            "tips": [], "doc-flags": [], "history": [], "arguments": []}


def read(path):
    """The records by name, in the file's order."""
    commands, command, stack = {}, None, []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if not line.startswith(" "):
                command, stack = new_command(line), []
                commands[line] = command
                continue
            text = line.lstrip(" ")
            field, _, value = text.partition(" ")
            try:
                parse_fact(command, stack, len(line) - len(text), field, value.strip())
            except (ValueError, IndexError, TypeError) as error:
                raise SystemExit("%s:%d: %s" % (path, number, error))
    return commands


def argument_lines(arguments, depth):
    for argument in arguments:
        yield "    %s%-11s %s" % ("  " * depth, "argument", format_argument(argument))
        yield from argument_lines(argument["arguments"], depth + 1)


def fact_lines(command):
    for field in FIELD_ORDER:
        value = command.get(field)
        if field == "argument":
            yield from argument_lines(command["arguments"], 0)
        elif field == "key-spec":
            yield from ("    %-11s %s" % (field, format_key_spec(spec)) for spec in value)
        elif field == "history":
            yield from ("    %-11s %s" % (field, " ".join(entry)) for entry in value)
        elif value is not None and value != []:
            words = value if isinstance(value, list) else [value]
            if field in LINE_FIELDS and value != value.strip():
                words = ['"%s"' % value]
            yield "    %-11s %s" % (field, " ".join(map(str, words)))


def write(path, head, commands):
    with open(path, "w", encoding="utf-8") as out:
        out.write(head)
        for name in sorted(commands, key=sort_key):
            out.write("\n%s\n" % name)
            for line in fact_lines(commands[name]):
                out.write(line + "\n")
