"""Autogenerate's operations in words, and the pairs among them that may be a rename."""

from oakum_wire import scrub

_LONGEST = 300


def in_words(operation):
    """kind is Alembic's own name; table and column where there is one; text is for people."""
    diff = _diff(operation)
    if diff is None:
        return _other(operation)
    if isinstance(diff, list):
        changes = [_change(one) for one in diff]
        first = changes[0] if changes else _other(operation)
        return dict(first, text="; ".join(one["text"] for one in changes) or first["text"])
    return _change(diff)


def _diff(operation):
    """Alembic's tuple, or a list of some; None of an operation that has none of a known shape.

    Those of libraries and of env.py itself need not say what they do, and some fail when asked.
    """
    try:
        diff = operation.to_diff_tuple()
    except Exception:
        return None
    parts = diff if isinstance(diff, list) else [diff]
    fits = all(isinstance(one, tuple) and one and isinstance(one[0], str) for one in parts)
    return diff if fits else None


def _other(operation):
    """An operation that is not one of Alembic's comparison: its class, and the SQL that it has."""
    name = type(operation).__name__
    if hasattr(operation, "sqltext"):
        return _said(name, *_describe_execute(name, operation.sqltext))
    return _said(name, None, None, name)


def _said(kind, table, column, text):
    return {"kind": kind, "table": table, "column": column, "text": text}


def _change(diff):
    kind, rest = diff[0], diff[1:]
    describe = _DESCRIBE.get(kind) or (_describe_modify if kind.startswith("modify_") else None)
    try:
        table, column, text = describe(kind, *rest)
    except (TypeError, AttributeError, ValueError):
        return _said(kind, None, None, "%s %s" % (kind.replace("_", " "), rest))
    return _said(kind, table, column, text)


def _describe_table(kind, table, *rest):
    return _full(table), None, "%s table %s" % (_verb(kind), _full(table))


def _describe_column(kind, schema, table, column):
    full = _join(schema, table)
    null = "" if column.nullable else " not null"
    what = " %s%s" % (_type(column.type), null) if kind.startswith("add") else ""
    return full, column.name, "%s column %s.%s%s" % (_verb(kind), full, column.name, what)


def _describe_modify(kind, schema, table, column, existing, old, new):
    full = _join(schema, table)
    what = kind[len("modify_") :]
    change = {
        "nullable": lambda: "may be null" if new else "must not be null",
        "type": lambda: "type %s becomes %s" % (_type(old), _type(new)),
        "default": lambda: "default %s becomes %s" % (_default(old), _default(new)),
        "comment": lambda: "comment %r becomes %r" % (old, new),
    }.get(what, lambda: "%s %s becomes %s" % (what, old, new))()
    return full, column, "change column %s.%s: %s" % (full, column, change)


def _describe_index(kind, index):
    columns = ", ".join(str(getattr(one, "name", one)) for one in index.expressions)
    unique = "unique " if index.unique else ""
    full = _full(index.table)
    return full, None, "%s %sindex %s on %s (%s)" % (_verb(kind), unique, index.name, full, columns)


def _describe_constraint(kind, constraint):
    full = _full(constraint.table)
    columns = ", ".join(column.name for column in constraint.columns)
    what = "foreign key" if kind.endswith("_fk") else type(constraint).__name__
    name = constraint.name or "without a name"
    return full, None, "%s %s %s on %s (%s)" % (_verb(kind), what, name, full, columns)


def _describe_execute(kind, sql, *rest):
    return None, None, scrub("run %s" % " ".join(str(sql).split()))[:_LONGEST]


def _describe_table_comment(kind, table, *rest):
    return _full(table), None, "%s comment of table %s" % (_verb(kind), _full(table))


_DESCRIBE = {
    "add_table": _describe_table,
    "remove_table": _describe_table,
    "add_column": _describe_column,
    "remove_column": _describe_column,
    "add_index": _describe_index,
    "remove_index": _describe_index,
    "add_constraint": _describe_constraint,
    "remove_constraint": _describe_constraint,
    "add_fk": _describe_constraint,
    "remove_fk": _describe_constraint,
    "execute": _describe_execute,
    "add_table_comment": _describe_table_comment,
    "remove_table_comment": _describe_table_comment,
}


def _verb(kind):
    return "add" if kind.startswith("add") else "remove"


def _full(table):
    return _join(table.schema, table.name)


def _join(schema, name):
    return "%s.%s" % (schema, name) if schema else str(name)


def _type(type_):
    return " ".join(str(type_).split())


def _default(default):
    text = getattr(getattr(default, "arg", default), "text", getattr(default, "arg", default))
    return "nothing" if text is None else str(text)


def renames(operations):
    """A drop and an add that look like one thing under two names: autogenerate cannot tell.

    Columns of one table with types of one kind; tables that share at least half of their columns.
    """
    diffs = [diff for diff in map(_diff, operations) if isinstance(diff, tuple)]
    try:
        return _pairs(diffs)
    except (AttributeError, IndexError, TypeError):
        return []  # An operation of others that goes by a name of Alembic's.


def _pairs(diffs):
    found = []
    for gone in (diff for diff in diffs if diff[0] == "remove_column"):
        for new in (diff for diff in diffs if diff[0] == "add_column"):
            same_table = gone[1:3] == new[1:3]
            if same_table and gone[3].type._type_affinity is new[3].type._type_affinity:
                table = _join(gone[1], gone[2])
                found.append(_rename("column", table, gone[3].name, new[3].name))
    for gone in (diff[1] for diff in diffs if diff[0] == "remove_table"):
        for new in (diff[1] for diff in diffs if diff[0] == "add_table"):
            names = {column.name for column in gone.columns}, {
                column.name for column in new.columns
            }
            if 2 * len(names[0] & names[1]) >= max(len(names[0]), len(names[1])):
                found.append(_rename("table", None, _full(gone), _full(new)))
    return found


def _rename(kind, table, old, new):
    return {"kind": kind, "table": table, "from": old, "to": new}
