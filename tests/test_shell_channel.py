"""The shell channel of a kernel's connection."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import zmq
import zmq.asyncio
from jupyter_client.session import Session

from evergreen.execution.kernels.connection import ShellChannel


async def _reply_beside_a_message(address: str) -> str:
    """Return the kind of the message that arrives while another one is sent."""
    session = Session(key=b"")
    with zmq.Context() as kernels, zmq.asyncio.Context() as ours:
        kernel, socket = kernels.socket(zmq.ROUTER), ours.socket(zmq.DEALER)
        kernel.bind(address)
        socket.connect(address)
        channel = ShellChannel(socket, session)
        channel.send(session.msg("execute_request"))
        names, _ = session.recv(kernel, mode=0)
        waiting = asyncio.ensure_future(channel.get_msg())
        await asyncio.sleep(0.05)
        session.send(kernel, "execute_reply", ident=names)
        time.sleep(0.1)
        channel.send(session.msg("comm_msg"))
        try:
            reply = await asyncio.wait_for(waiting, 10)
        finally:
            kernel.close(0)
            socket.close(0)
    return str(reply["msg_type"])


def test_a_reply_that_comes_while_a_message_is_sent_is_received(tmp_path: Path) -> None:
    """As that of a cell which updates a widget: both use one socket."""
    assert asyncio.run(_reply_beside_a_message(f"ipc://{tmp_path}/s")) == "execute_reply"
