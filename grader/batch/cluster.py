"""A Dask cluster as the place to work: alone speaks to Dask, and trusts nothing that it says.

Dask's own client unpickles in several places what workers and schedulers send it, whatever it is
told: the type of each result, exceptions, warnings, whole messages. So while a cluster is used,
this process unpickles nothing that names anything: Python itself refuses it.
"""

import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import socket
import sys
import time
import uuid
import warnings
from collections.abc import Collection, Iterator
from functools import lru_cache
from types import TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

from grader.batch import hand
from grader.batch.dispatch import Answered, Dispatch, Lost, driven
from grader.batch.parcel import Work
from grader.batch.pool import cores, forked
from grader.errors import GraderError, SandboxError, UsageError
from grader.model import Limits

LOCAL = "local"
_ANSWER_SECONDS = 60.0  # of a scheduler
_START_SECONDS, _STOP_SECONDS = 60.0, 10.0


class Cluster:
    """A connection to a scheduler, for as long as a batch takes; a context manager."""

    def __init__(self, address: str) -> None:
        if address != LOCAL:
            check_address(address)
        _import_distributed()
        self._address = address
        self._ends = contextlib.ExitStack()

    def __enter__(self) -> Self:
        address = self._address
        with contextlib.ExitStack() as ends:
            if address == LOCAL:
                address = ends.enter_context(_local_cluster(cores()))
            ends.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            ends.enter_context(nothing_unpickled())
            self._runner = ends.enter_context(asyncio.Runner())
            self._link = self._runner.run(_DaskLink.to(address))
            ends.callback(lambda: self._runner.run(self._link.close()))
            self._ends = ends.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.close()

    def papers(
        self,
        source: Iterator[tuple[int, Work]],
        total: int,
        materials: bytes,
        lowest: str,
        limits: Limits,
    ) -> Iterator[Answered]:
        """Yield each numbered work of `source`, of at most `total`, with what came of it."""
        dispatch = Dispatch(self._link, materials, lowest, limits)
        yield from driven(self._runner, dispatch.papers(source, total))


def check_address(address: str) -> None:
    """Raise UsageError where cases would travel in the clear, or no address is given."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or port is None or parts.scheme not in ("tcp", "tls"):
        raise UsageError(
            f"{address!r} is no address of a scheduler",
            "write tcp://127.0.0.1:8786, tls://HOST:8786, or local",
        )
    if parts.scheme == "tcp" and not _is_loopback(host):
        raise UsageError(
            f"hidden cases would travel to {host} in the clear",
            f"give the scheduler certificates, and write tls://{host}:{port}",
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _import_distributed() -> None:
    """Import Dask, and keep it quiet: what must be told is told here."""
    try:
        import distributed  # noqa: F401, PLC0415 - an extra, slow to load
    except ImportError as error:
        raise UsageError(
            f"there is no Dask here: {error}", "pip install 'ndgrader[cluster]'"
        ) from error
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).disabled = True


# --- nothing is unpickled -------------------------------------------------------------------------

_HARMLESS = ("builtins", "bytes")  # Dask says by it that what follows is bytes
_on: list[None] = []


@contextlib.contextmanager
def nothing_unpickled() -> Iterator[None]:
    """Let no pickle in this process name a class or a function: without one, none can do harm."""
    _watch()
    _on.append(None)
    try:
        yield
    finally:
        _on.pop()


@lru_cache(maxsize=1)
def _watch() -> None:
    """Have Python ask here: for good, so this is done once."""
    sys.addaudithook(_refuse_pickles)


def _refuse_pickles(event: str, arguments: tuple[object, ...]) -> None:
    if event == "pickle.find_class" and _on and arguments != _HARMLESS:
        raise TypeError(f"nothing that a cluster sends is unpickled: {arguments}")


# --- the connection -------------------------------------------------------------------------------


class _DaskLink:
    """Workers, reached by way of their scheduler."""

    def __init__(self, client: Any, address: str) -> None:  # noqa: ANN401 - Dask is an extra
        self._client = client
        self._address = address

    @classmethod
    async def to(cls, address: str) -> Self:
        """Connect to a scheduler."""
        from distributed import Client, Security  # noqa: PLC0415

        security = Security(require_encryption=True if address.startswith("tls:") else None)
        try:
            client = await Client(
                address,
                asynchronous=True,
                security=security,
                set_as_default=False,
                direct_to_workers=False,
                deserializers=["msgpack"],
            )
        except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
            raise _unreachable(address, error) from error
        return cls(client, address)

    async def workers(self) -> Collection[str]:
        """Return the addresses of the workers that the scheduler has."""
        reports = self._client._handle_report_task  # noqa: SLF001 - where it died, nothing is told
        if reports is None or reports.done():
            raise self._lost("it sent what cannot be understood")
        try:
            found = await asyncio.wait_for(self._client.scheduler.ncores(), _ANSWER_SECONDS)
            return [str(name) for name in found]
        except (OSError, TimeoutError, TypeError) as error:
            raise self._lost(str(error) or "it does not answer") from error

    def _lost(self, why: str) -> GraderError:
        return GraderError(
            f"the scheduler at {self._address} was lost: {why}",
            "see to it, then run the batch once more: it goes on where it was",
        )

    async def ask(self, worker: str, order: bytes) -> object:
        """Have a worker do an order, and nobody else."""
        check_address(worker)
        future = self._client.submit(
            hand.work,
            order,
            key=f"grader-{uuid.uuid4()}",
            workers=[worker],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )
        try:
            await future._state.wait()  # noqa: SLF001
            if future.status == "error":
                raise RuntimeError(
                    "it could not run a task: is the same ndgrader installed there and beside "
                    "the scheduler?"
                )
            try:
                got = await self._client.scheduler.gather(keys=[future.key])
            except TypeError as error:
                raise RuntimeError("it answered with what are no bytes") from error
            if future.status != "finished" or got["status"] != "OK":
                raise Lost(worker)
            return got["data"][future.key]
        finally:
            future.release()

    async def close(self) -> None:
        """Let go of the scheduler."""
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._client.close(), _STOP_SECONDS)


def _unreachable(address: str, error: Exception) -> UsageError:
    told = str(error) or type(error).__name__
    hint = "start one with `dask scheduler`, or look whether a firewall is between"
    if address.startswith("tls:"):
        hint = (
            "set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__TLS__CLIENT__CERT and "
            "…__TLS__CLIENT__KEY, or the same in Dask's own configuration"
        )
    return UsageError(f"the scheduler at {address} cannot be reached: {told[:300]}", hint)


# --- a cluster on this machine --------------------------------------------------------------------


@contextlib.contextmanager
def _local_cluster(workers: int) -> Iterator[str]:
    """Yield the address of a cluster on this machine; it ends with the block, or this process.

    It is a process of its own: a scheduler must unpickle what it is sent, and this one must not.
    """
    ours, theirs = socket.socketpair()
    pid = forked(signal.SIGINT)
    if pid == 0:
        ours.close()
        _host(theirs, workers)
    theirs.close()
    try:
        yield _begun(ours)
    finally:
        ours.close()
        deadline = time.monotonic() + _STOP_SECONDS
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)


def _begun(control: socket.socket) -> str:
    """Wait for the address of a cluster that is starting."""
    control.settimeout(_START_SECONDS)
    address = b""
    with contextlib.suppress(TimeoutError):
        address = control.recv(200)
    if not address:
        raise SandboxError("no cluster could be started here", "leave out --cluster local")
    return address.decode()


def _host(control: socket.socket, workers: int) -> NoReturn:
    """Be a cluster until the other side hangs up."""
    status = 1
    try:
        from dask import config  # noqa: PLC0415
        from distributed import LocalCluster  # noqa: PLC0415

        with (
            config.set({"distributed.worker.profile.enabled": False}),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL,
            ) as cluster,
        ):
            control.sendall(cluster.scheduler_address.encode())
            control.recv(1)
        status = 0
    except Exception:
        logging.getLogger("grader").exception("the cluster here ended")
    finally:
        os._exit(status)
