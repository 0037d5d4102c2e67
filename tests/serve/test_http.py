# SPDX-License-Identifier: AGPL-3.0-or-later
"""The server over bare sockets: what is honest is answered, what is not is refused, and nothing that a
client does or leaves undone harms the others."""
from client import Server, tap

with Server(pack='minimal') as server:
    anyone = server.client()
    answer = anyone.get('/api/health')
    tap.equal(answer.status, 200, 'health')
    tap.ok(answer.json['ok'] is True, 'it is well', answer)
    tap.equal(server.stop(), 0, 'it ends with status 0 when it is told to', )
tap.end()
