"""Which tables and columns a revision's upgrade touches, as far as its text tells: nothing is run.

Operations of Alembic are read from their arguments, SQL by its first words. What is put together at
run time cannot be read: then the answer says so.
"""

import ast

from oakum_sql import touched_by

_TABLE = {
    "create_table": "create",
    "drop_table": "drop",
    "rename_table": "rename",
    "add_column": "add column",
    "drop_column": "drop column",
    "alter_column": "change column",
    "create_index": "index",
    "drop_index": "index",
    "create_foreign_key": "constraint",
    "create_unique_constraint": "constraint",
    "create_primary_key": "constraint",
    "create_check_constraint": "constraint",
    "create_exclude_constraint": "constraint",
    "drop_constraint": "constraint",
    "create_table_comment": "comment",
    "drop_table_comment": "comment",
    "bulk_insert": "rows",
}

# Where an operation has its table: position and name of the argument.
_WHERE = {
    "create_foreign_key": (1, "source_table"),
    "create_index": (1, "table_name"),
    "drop_index": (1, "table_name"),
    "create_unique_constraint": (1, "table_name"),
    "create_primary_key": (1, "table_name"),
    "create_check_constraint": (1, "table_name"),
    "create_exclude_constraint": (1, "table_name"),
    "drop_constraint": (1, "table_name"),
    "rename_table": (0, "old_table_name"),
}

_SQL = ("text", "DDL")
_EXECUTE = ("execute", "exec_driver_sql")
_HARMLESS = ("batch_alter_table", "f", "get_bind", "get_context", "inline_literal")


_ADDS = ("create", "add column", "index", "constraint", "comment")
_TAKES = ("drop", "drop column", "index", "constraint", "comment")


def touches(tree):
    """{"touched": [{table, column, verb, sql}], "whole": whether nothing was left unread}."""
    reader = _read(tree, "upgrade")
    return {"touched": reader.touched, "whole": reader.whole}


def adds_only(tree):
    """Whether upgrade() only adds what holds no data yet, and downgrade() only takes away.

    A guess, from the text: of a name that is added and another one that is taken nothing is compared.
    """
    there, back = _read(tree, "upgrade"), _read(tree, "downgrade")
    return there.does_only(_ADDS) and back.does_only(_TAKES) and not there.fills


def _read(tree, verb):
    reader = _Reader(tree)
    try:
        for function in reader.functions(verb):
            reader.visit(function)
    except RecursionError:
        # A chain of some hundred operators: deeper than calls go, and Python runs it all the same.
        reader.whole = False
    return reader


class _Reader(ast.NodeVisitor):
    def __init__(self, tree):
        self.touched = []
        self.whole = True
        # Rows may get values: of a column's default, or through a connection.
        self.fills = False
        self._defined = {
            node.name: node
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        self._constants = {}
        for node in tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                text = self._text(node.value)
                if isinstance(node.targets[0], ast.Name) and text is not None:
                    self._constants[node.targets[0].id] = text
        self._op = {"op"} | {
            alias.asname
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "alembic"
            for alias in node.names
            if alias.name == "op" and alias.asname
        }
        self._batches = {}

    def does_only(self, verbs):
        return self.whole and all(one["verb"] in verbs for one in self.touched)

    def functions(self, verb):
        """upgrade(), those of several databases, and what they call of the file's own."""
        found = [name for name in self._defined if name.split("_")[0] == verb]
        for name in found:
            for node in ast.walk(self._defined[name]):
                if isinstance(node, ast.Name) and node.id in self._defined and node.id not in found:
                    found.append(node.id)
        return [self._defined[name] for name in found]

    def visit_With(self, node):
        """`with op.batch_alter_table("t") as batch`: what is done to batch is done to t."""
        for item in node.items:
            call, name = item.context_expr, item.optional_vars
            if self._operation(call) == "batch_alter_table" and isinstance(name, ast.Name):
                self._batches[name.id] = self._full(call, 0, "table_name")
        self.generic_visit(node)

    visit_AsyncWith = visit_With

    def visit_Call(self, node):
        name = self._operation(node)
        self.fills = self.fills or name == "get_bind" or name == "add_column" and _has_default(node)
        if name in _EXECUTE:
            self._execute(node)
        elif name in _TABLE:
            self._operate(name, node)
        elif name is not None and name not in _HARMLESS:
            self.whole = False
        self.generic_visit(node)

    def _operation(self, node):
        """The operation's name; SQL is executed on connections and sessions, too."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            return None
        name, owner = node.func.attr, node.func.value
        if name in _EXECUTE:
            return name
        known = isinstance(owner, ast.Name) and (owner.id in self._op or owner.id in self._batches)
        return name if known else None

    def _operate(self, name, node):
        table, column = self._where(name, node)
        if name == "drop_index" and table is None:
            return
        if table is None or (name.endswith("_column") and column is None):
            self.whole = False
            return
        new = self._text(self._argument(node, 1, "new_table_name"))
        if name == "rename_table" and new is not None:
            self._touch(_join(table.rpartition(".")[0], new), None, "create")
        new = self._text(self._argument(node, None, "new_column_name"))
        if name == "alter_column" and new is not None:
            self._touch(table, column, "drop column")
            self._touch(table, new, "add column")
        else:
            self._touch(table, column, _TABLE[name])

    def _where(self, name, node):
        """Table and column; in a batch the table was said before."""
        owner = node.func.value.id
        batch = owner in self._batches
        position, keyword = _WHERE.get(name, (0, "table_name"))
        table = self._batches[owner] if batch else self._full(node, position, keyword)
        place = 0 if batch else 1
        if name == "add_column":
            return table, self._column(self._argument(node, place, "column"))
        if name.endswith("_column"):
            return table, self._text(self._argument(node, place, "column_name"))
        return table, None

    def _execute(self, node):
        text = self._sql(node.args[0]) if node.args else None
        found = touched_by(text) if text is not None else None
        if found is None:
            self.whole = False
            return
        for table, column, verb in found:
            self._touch(table, column, verb, sql=True)

    def _sql(self, node):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            return self._text(node.args[0]) if name in _SQL and node.args else None
        return self._text(node)

    def _touch(self, table, column, verb, sql=False):
        one = {"table": table, "column": column, "verb": verb, "sql": sql}
        if one not in self.touched:
            self.touched.append(one)

    def _full(self, node, position, keyword):
        table = self._text(self._argument(node, position, keyword))
        schema = self._argument(node, None, "schema") or self._argument(node, None, "source_schema")
        if table is None or schema is None or _is_none(schema):
            return table
        name = self._text(schema)
        return None if name is None else _join(name, table)

    @staticmethod
    def _argument(node, position, keyword):
        for one in node.keywords:
            if one.arg == keyword:
                return one.value
        if position is None or len(node.args) <= position:
            return None
        return node.args[position]

    def _column(self, node):
        """The name in `sa.Column("name", …)`."""
        if not isinstance(node, ast.Call):
            return None
        return self._text(self._argument(node, 0, "name"))

    def _text(self, node):
        """A string that stands there: as it is, added together, or under a name of the file's own."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            return self._constants.get(node.id)
        return self._sum(node) if _is_sum(node) else None

    def _sum(self, node):
        parts = []
        while _is_sum(node):
            parts.append(self._text(node.right))
            node = node.left
        parts.append(self._text(node))
        return None if None in parts else "".join(reversed(parts))


def _has_default(node):
    """Whether rows that are there get a value at once, which may write all of them anew."""
    calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
    names = [getattr(one.func, "attr", getattr(one.func, "id", None)) for one in calls]
    words = [word.arg for one in calls for word in one.keywords]
    return "server_default" in words or "Computed" in names or "Identity" in names


def _is_sum(node):
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)


def _is_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def _join(schema, table):
    return "%s.%s" % (schema, table) if schema else table
