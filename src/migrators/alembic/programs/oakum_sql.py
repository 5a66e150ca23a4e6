"""The tables and columns that SQL names in its first words. Best effort: a text is not a parser."""

import re

_NAME = r'((?:"[^"]+"|\w+)(?:\s*\.\s*(?:"[^"]+"|\w+))?)'
_ONE = r'("[^"]+"|\w+)'
_EXISTS = r"(?:if\s+(?:not\s+)?exists\s+)?"
_STATEMENTS = (
    (r"create\s+(?:unlogged\s+)?table\s+" + _EXISTS + _NAME, "create"),
    (r"drop\s+table\s+" + _EXISTS + _NAME, "drop"),
    (r"create\s+(?:unique\s+)?index\b.*?\bon\s+(?:only\s+)?" + _NAME, "index"),
    (r"insert\s+into\s+" + _NAME, "rows"),
    (r"update\s+(?:only\s+)?" + _NAME, "rows"),
    (r"delete\s+from\s+(?:only\s+)?" + _NAME, "rows"),
    (r"truncate\s+(?:table\s+)?(?:only\s+)?" + _NAME, "rows"),
    (r"comment\s+on\s+table\s+" + _NAME, "comment"),
)
_ALTER = re.compile(r"alter\s+table\s+" + _EXISTS + r"(?:only\s+)?" + _NAME + r"\s*(.*)", re.I | re.S)
_ACTIONS = (
    (r"rename\s+to\s+" + _ONE, "rename"),
    (r"rename\s+(?:column\s+)?" + _ONE + r"\s+to\s+" + _ONE, "rename column"),
    (r"(?:add|drop|validate|rename)\s+constraint\b", "constraint"),
    (r"add\s+(?:primary|foreign|unique|check|exclude)\b", "constraint"),
    (r"add\s+(?:column\s+)?" + _EXISTS + _ONE, "add column"),
    (r"drop\s+(?:column\s+)?" + _EXISTS + _ONE, "drop column"),
    (r"alter\s+(?:column\s+)?" + _ONE, "change column"),
)
# What touches no table.
_ELSEWHERE = re.compile(
    r"(?:select|set|reset|show|create\s+(?:extension|schema|type|role|sequence)|comment\s+on"
    r"|analyze|vacuum|notify|lock)\b",
    re.I,
)
_QUOTED = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'", re.S)
# Quotes that are never closed are looked for to the end of it, each of them.
_LONGEST = 100000
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)


def touched_by(sql):
    """(table, column, verb) of each statement; None where one is of a kind that is not read."""
    found = []
    if len(sql) > _LONGEST:
        return None
    for statement in _QUOTED.sub("''", _COMMENT.sub(" ", sql)).split(";"):
        if statement.strip():
            touched = _touched(statement.strip())
            if touched is None:
                return None
            found += touched
    return found


def _touched(statement):
    alter = _ALTER.match(statement)
    if alter:
        return _altered(_plain(alter.group(1)), alter.group(2))
    for pattern, verb in _STATEMENTS:
        match = re.match(pattern, statement, re.I | re.S)
        if match:
            return [(_plain(match.group(1)), None, verb)]
    return [] if _ELSEWHERE.match(statement) else None


def _altered(table, actions):
    found = []
    for action in _split(actions):
        for pattern, verb in _ACTIONS:
            match = re.match(pattern, action.strip(), re.I)
            if match:
                found += _action(table, verb, [_plain(name) for name in match.groups()])
                break
        else:
            found.append((table, None, "change"))
    return found


def _action(table, verb, names):
    if verb == "rename":
        schema = table.rpartition(".")[0]
        return [(table, None, verb), (schema + "." + names[0] if schema else names[0], None, "create")]
    if verb == "rename column":
        return [(table, names[0], "drop column"), (table, names[1], "add column")]
    return [(table, names[0] if names else None, verb)]


def _split(actions):
    """At the commas that are not in brackets."""
    parts, depth = [""], 0
    for letter in actions:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _plain(name):
    """As the server has it: folded, unless it is quoted."""
    parts = re.findall(r'"([^"]+)"|(\w+)', name)
    return ".".join(quoted or bare.lower() for quoted, bare in parts)
