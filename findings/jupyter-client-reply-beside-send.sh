#!/usr/bin/env bash
# jupyter_client 8.10.0 with pyzmq 27.3.0: a client that waits for a reply does not see it if it sends a
# message at the moment at which the reply comes.
#
# Expected: `await channel.get_msg()` returns a reply that has arrived, whatever else is sent meanwhile.
# Seen: the wait goes on, though the reply is in the socket: asking the socket for its events, with nothing
# new from the kernel, returns it at once. A front end whose widgets send messages while a cell ends waits
# for its reply until the next message.
# Source: jupyter_client/session.py, Session.send: an asyncio socket is replaced by a plain one for the same
# socket of ZeroMQ. That clears the signal of its descriptor (zmq_getsockopt, ZMQ_FD: edge-triggered), of
# which asyncio is told nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  jupyter_client==8.10.0 pyzmq==27.3.0 2>"$folder/pip.log"
cat > "$folder/reply.py" <<'PYTHON'
import asyncio
import sys
import time
from importlib.metadata import version

import zmq
import zmq.asyncio
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session


async def waits(address, sends):
    session = Session(key=b"", digest_history_size=0)
    kernels, ours = zmq.Context(), zmq.asyncio.Context()
    kernel, socket = kernels.socket(zmq.ROUTER), ours.socket(zmq.DEALER)
    kernel.bind(address)
    socket.connect(address)
    channel = AsyncZMQSocketChannel(socket, session)
    channel.send(session.msg("execute_request"))
    names, _ = session.recv(kernel, mode=0)
    reply = asyncio.ensure_future(channel.get_msg())
    await asyncio.sleep(0.1)
    session.send(kernel, "execute_reply", ident=names)
    time.sleep(0.2)  # the reply arrives while the loop is busy
    if sends:
        channel.send(session.msg("comm_msg"))
    done, _ = await asyncio.wait([reply], timeout=3)
    before = bool(done)
    socket.get(zmq.EVENTS)
    done, _ = await asyncio.wait([reply], timeout=3)
    after = bool(done)
    kernel.close(0)
    socket.close(0)
    return before, after


print("jupyter_client", version("jupyter_client"), "pyzmq", version("pyzmq"))
quiet = asyncio.run(waits(f"ipc://{sys.argv[1]}/a", sends=False))
beside = asyncio.run(waits(f"ipc://{sys.argv[1]}/b", sends=True))
print("reply received within 3 s, and after asking for the events")
print("  without a message of the client:", *quiet)
print("  beside a message of the client: ", *beside)
assert quiet == (True, True)
assert beside == (False, True)
PYTHON
"$folder/venv/bin/python" "$folder/reply.py" "$folder" 2>/dev/null
