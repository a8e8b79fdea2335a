"""Send statements together: what can wait for its answer goes with the next statement, before it, in one message.

A trip to the database and back costs more than most statements do. In one message they are run in their order, each
sees what those before it have done and takes a snapshot of its own, and the first that fails ends the message and the
transaction: all as if each had been sent alone. So it does not matter whose statement comes next.

That is PostgreSQL's simple protocol, which Django uses there unless it is told to bind parameters on the server.
Elsewhere, and outside of :func:`sending`, every statement is sent at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import connections
from django.db.transaction import TransactionManagementError

from revenue_intel.kit import prepared

Rows = list[tuple[Any, ...]]
_SEPARATOR: Final = "; "


class Answer:
    """What the database answers to a statement that may not have been sent yet."""

    def __init__(
        self,
        send: Callable[[], None] | None = None,
        then: Callable[[Rows], None] | None = None,
    ) -> None:
        self._send, self._then = send, then
        self._rows: Rows | None = None

    def rows(self) -> Rows:
        """Return the rows; where they are not here yet, the statement is sent, with all that waits."""
        if self._rows is None and self._send is not None:
            self._send()
        if self._rows is None:
            raise TransactionManagementError("The transaction of a statement ended before it was sent.")
        return self._rows

    def take(self, cursor: Any) -> None:
        """Keep the rows that ``cursor`` stands at."""
        self._rows = cursor.fetchall()
        if self._then is not None:
            self._then(self._rows)


class _Mail:
    """The statements of one transaction that wait for the next one. Called by Django in place of ``execute``."""

    def __init__(self, connection: Any, cursor: Any, *, commits: bool) -> None:
        self._connection, self._cursor, self.commits = connection, cursor, commits
        self._waiting: list[tuple[str, Answer | None]] = []
        self._after: list[tuple[str, Answer | None]] = []

    def add(self, statement: str, parameters: Sequence[Any], answer: Answer | None) -> None:
        """Let a statement wait. Its parameters are bound now, so that what is wrong with them is raised here."""
        text = prepared.text_of(self._connection, statement)
        self._waiting.append((self._bind(self._cursor, text, parameters), answer))
        if _is_broken(self._connection):
            self.send()  # that raises, as it would have without us

    def add_command(self, command: str) -> None:
        """Let a command wait for the next statement."""
        self._waiting.append((command, None))

    def add_after(self, statement: str, parameters: Sequence[Any], answer: Answer) -> None:
        """Let a statement wait for the COMMIT, and go behind it."""
        text = prepared.text_of(self._connection, statement)
        self._after.append((self._bind(self._cursor, text, parameters), answer))

    def send(self) -> None:
        """Send what waits, with nothing behind it; nothing where nothing waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._post(waiting)

    def finish(self) -> None:
        """Send what waits as the last of the transaction: with its COMMIT, and what is asked after that, where it is ours."""
        if self.commits and (self._waiting or self._after):
            self._waiting += [("COMMIT", None), *self._after]
        self.send()

    def _post(self, letters: list[tuple[str, Answer | None]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(_SEPARATOR.join(text for text, _ in letters))
            _take(letters, cursor)

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Send what waits before ``sql``, and leave the cursor at the answer to ``sql``."""
        cursor = context["cursor"]
        if many or not self._waiting or not _can_carry(cursor.cursor):
            self.send()
            return execute(sql, params, many, context)
        text = self._bind(cursor, sql, params)
        waiting, self._waiting = self._waiting, []
        result = execute(_SEPARATOR.join([*(each for each, _ in waiting), text]), None, many, context)
        _take(waiting, cursor)
        return result

    def _bind(self, cursor: Any, statement: Any, parameters: Any) -> str:
        with self._connection.wrap_database_errors:
            text: str = cursor.cursor.mogrify(statement, parameters)
        return text


def _take(waiting: list[tuple[str, Answer | None]], cursor: Any) -> None:
    """Give each statement its answer, and leave the cursor at the one behind them, if there is one."""
    for _, answer in waiting:
        if answer is not None:
            answer.take(cursor)
        cursor.nextset()


@contextmanager
def sending(using: str, *, commits: bool = False) -> Iterator[None]:
    """Let statements wait for one another within the block, which lies in a transaction. At its end all are sent.

    Args:
        using: the database.
        commits: the transaction ends with the block: what waits is sent with its COMMIT, after which there is none open.

    Raises:
        TransactionManagementError: the block ended well, and yet the transaction cannot be committed: somebody has
            swallowed an error of the database's.
    """
    connection = connections[using]
    if _find_mail(connection) is not None or connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        if not _can_carry(cursor.cursor):
            yield
            return
        mail = _Mail(connection, cursor, commits=commits)
        connection.execute_wrappers.append(mail)
        try:
            yield
            if _is_broken(connection):
                raise TransactionManagementError("A database error was swallowed: nothing can be committed.")
            mail.finish()
        finally:
            connection.execute_wrappers.remove(mail)


def send_later(statement: str, parameters: Sequence[Any], *, using: str) -> None:
    """Send a statement that needs no answer with the next one."""
    connection = connections[using]
    mail = _find_mail(connection)
    if mail is not None:
        mail.add(statement, parameters, None)
    else:
        with connection.cursor() as cursor:
            prepared.execute(connection, cursor, statement, parameters)


def command_later(command: str, *, using: str) -> None:
    """Send a command that has neither parameters nor an answer, such as ``SAVEPOINT``, with the next statement."""
    connection = connections[using]
    mail = _find_mail(connection)
    if mail is not None:
        mail.add_command(command)
    else:
        with connection.cursor() as cursor:
            cursor.execute(command)


def ask_later(
    statement: str,
    parameters: Sequence[Any],
    *,
    using: str,
    then: Callable[[Rows], None] | None = None,
) -> Answer:
    """Send a statement with the next one, and return what will be its answer; ``then`` is called with the rows once they are here."""
    connection = connections[using]
    mail = _find_mail(connection)
    if mail is not None:
        answer = Answer(mail.send, then)
        mail.add(statement, parameters, answer)
        return answer
    answer = Answer(then=then)
    _ask(connection, statement, parameters, answer)
    return answer


def ask_after_commit(statement: str, parameters: Sequence[Any], *, using: str) -> Answer:
    """Ask what is so once the transaction is committed, in one message with its COMMIT where that is ours.

    The rows are to be asked for behind the transaction, and are of no use where it failed. An error of the statement's in
    that message is raised as the COMMIT's would be, although all is committed.
    """
    connection = connections[using]
    mail = _find_mail(connection)
    if mail is not None and mail.commits:
        answer = Answer()
        mail.add_after(statement, parameters, answer)
        return answer
    later = Answer(lambda: _ask(connection, statement, parameters, later))
    return later


def _ask(connection: Any, statement: str, parameters: Sequence[Any], answer: Answer) -> None:
    with connection.cursor() as cursor:
        prepared.execute(connection, cursor, statement, parameters)
        answer.take(cursor)


def send_now(*, using: str) -> None:
    """Send what waits, without waiting for the next statement."""
    mail = _find_mail(connections[using])
    if mail is not None:
        mail.send()


def _find_mail(connection: Any) -> _Mail | None:
    wrappers: list[Any] = connection.execute_wrappers
    return next((each for each in wrappers if isinstance(each, _Mail)), None)


def _is_broken(connection: Any) -> bool:
    """Say whether nothing but going back is possible in the transaction, by the database's word or by Django's."""
    return bool(connection.needs_rollback or connection.connection.info.transaction_status.name == "INERROR")


def _can_carry(cursor: Any) -> bool:
    """Say whether a driver's cursor sends several statements in one message: not if it binds on the server, or is named."""
    return hasattr(cursor, "mogrify") and hasattr(cursor, "nextset") and not getattr(cursor, "name", "")
