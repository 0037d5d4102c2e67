#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing outside is called while a tip is sent, answered and read. The server and Chromium run in a network
namespace of their own, in which every address there is leads to the one interface (lo); all frames on it are kept, as
tcpdump does, and each must be TCP between loopback and the port of the server. A question to a name server, a call of
the browser home, a picture from elsewhere: each would be a frame and fails the test. Three calls are the browser's own,
have no switch that holds, and are excluded by name in harness.mjs, where the browser is told that these hosts do not
exist: clients2.google.com and update.googleapis.com (news of extensions and components) and
content-autofill.googleapis.com (Chromium describes each form that it sees to its maker). Any other is seen here."""
import ctypes
import fcntl
import ipaddress
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ALL, OUTGOING = 3, 4  # linux/if_ether.h, linux/if_packet.h
number = 0
failed = False


def ok(holds, name, *notes):
    global number, failed
    number += 1
    failed = failed or not holds
    print(('ok' if holds else 'not ok'), number, '-', name, flush=True)
    if not holds:
        for note in notes:
            print('#', note, flush=True)


# --- the namespace

def alone():
    """Whether this already is the namespace; else it runs itself again in one, or skips."""
    if os.environ.get('HENG_ALONE'):
        return
    user = [] if os.geteuid() == 0 else ['--map-root-user']
    command = ['unshare', *user, '--net', '--']
    if not shutil.which('unshare') or subprocess.run([*command, 'true'], capture_output=True).returncode:
        print('1..0 # SKIP a network namespace is not permitted here')
        sys.exit(0)
    os.execvpe('unshare', [*command, sys.executable, __file__], {**os.environ, 'HENG_ALONE': '1'})


def interface_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x8914, struct.pack('16sH14x', b'lo', 0x1 | 0x40))  # SIOCSIFFLAGS: up, running


def route_everything():
    """The default route leads to lo: a call to any address at all becomes a frame there."""
    any_ = struct.pack('HH4s8x', socket.AF_INET, 0, bytes(4))
    name = ctypes.create_string_buffer(b'lo')
    # struct rtentry: pad, destination, gateway, mask, flags (up), pads, metric, device
    entry = struct.pack('@L16s16s16sHhLPhP', 0, any_, any_, any_, 1, 0, 0, 0, 0, ctypes.addressof(name))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x890B, entry + bytes(32))  # SIOCADDRT
    # struct in6_rtmsg: destination, source, gateway, type, lengths, metric, info, flags (up), interface
    entry = bytes(48) + struct.pack('@IHHILIi', 0, 0, 0, 1024, 0, 1, socket.if_nametoindex('lo'))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, 0x890B, entry)


# --- the wire

class Wire(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)  # as much as is allowed
        self.frames = []
        self.start()

    def run(self):
        while True:
            frame, (name, _, kind, _, _) = self.socket.recvfrom(65600)
            if kind == OUTGOING:  # each frame passes lo twice
                self.frames.append((name, frame[:200]))

    def lost(self):
        received, dropped = struct.unpack('II', self.socket.getsockopt(263, 6, 8))  # PACKET_STATISTICS
        return dropped


def read_frame(name, frame):
    """(what, source, source port, destination, destination port)"""
    kind = struct.unpack('>H', frame[12:14])[0]
    if kind == 0x0800:
        at = 14 + 4 * (frame[14] & 15)
        protocol = frame[23]
        source, target = (ipaddress.ip_address(frame[i:i + 4]) for i in (26, 30))
    elif kind == 0x86DD:
        at, protocol = 54, frame[20]
        source, target = (ipaddress.ip_address(frame[i:i + 16]) for i in (22, 38))
    else:
        return f'{name} {kind:#06x}', None, 0, None, 0
    ports = struct.unpack('>HH', frame[at:at + 4]) if protocol in (6, 17) else (0, 0)
    what = {6: 'TCP', 17: 'UDP', 1: 'ICMP', 58: 'ICMPv6'}.get(protocol, f'protocol {protocol}')
    return what, source, ports[0], target, ports[1]


def strangers(frames, ports):
    """Frames that are not between loopback and the server."""
    found = {}
    for name, frame in frames:
        what, source, from_, target, to = read_frame(name, frame)
        if (what == 'TCP' and name == 'lo' and source.is_loopback and target.is_loopback and
                (from_ in ports or to in ports)):
            continue
        asked = frame[54:110] if what == 'UDP' and to == 53 else b''  # the name that is asked for
        text = f'{name} {what} {source} > {target}:{to} {asked!r}'
        found[text] = found.get(text, 0) + 1
    return found


# --- who listens

def listeners():
    """{port: name of the program} of this namespace."""
    sockets = {}
    for table in ('tcp', 'tcp6', 'udp', 'udp6'):
        for line in pathlib.Path(f'/proc/self/net/{table}').read_text().splitlines()[1:]:
            part = line.split()
            if table.startswith('udp') or part[3] == '0A':
                sockets[part[9]] = (table, int(part[1].rsplit(':', 1)[1], 16))
    found = {}
    for process in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            for name in os.listdir(process / 'fd'):
                inode = re.fullmatch(r'socket:\[(\d+)\]', os.readlink(process / 'fd' / name))
                if inode and inode.group(1) in sockets:
                    found[sockets[inode.group(1)]] = os.readlink(process / 'exe')
        except OSError:
            continue  # it has just ended
    return found


def main():
    alone()
    interface_up()
    route_everything()
    wire = Wire()
    time.sleep(0.2)
    # the look itself: a question to a name server far away is seen, and so is a try to connect
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b'who is it?', ('192.0.2.53', 53))
    for family, address in ((socket.AF_INET, '198.51.100.7'), (socket.AF_INET6, '2001:db8::7')):
        with socket.socket(family, socket.SOCK_STREAM) as s:
            s.settimeout(0.3)
            try:
                s.connect((address, 443))
            except OSError:
                pass
    time.sleep(0.3)
    seen = ' '.join(strangers(wire.frames, {443, 53}))
    for what in ('UDP', '192.0.2.53:53', '198.51.100.7:443', 'ICMPv6'):  # the last: no way to 2001:db8::7
        ok(what in seen, f'a call outside would be seen: {what}', seen)
    wire.frames.clear()
    begun = time.monotonic()
    done = subprocess.Popen([shutil.which('node') or 'node', str(HERE / 'test_tips.mjs')], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    said = []
    reader = threading.Thread(target=lambda: said.extend(done.stdout), daemon=True)
    reader.start()
    held = {}
    while done.poll() is None:
        held.update(listeners())
        time.sleep(0.5)
    reader.join(10)
    time.sleep(0.5)
    ok(done.returncode == 0, 'a tip is sent, answered, read', *(line.rstrip() for line in said[-60:]))
    program = os.path.realpath(os.environ['HENG_BIN'])
    ports = {port for (table, port), who in held.items() if who == program and table.startswith('tcp')}
    others = {f'{who} {where}' for where, who in held.items() if who != program}
    ok(len(ports) == 1, f'one server listens, at {ports}', held)
    ok(not others, 'and nothing else does', *others)
    frames = list(wire.frames)
    ok(len(frames) > 500, f'{len(frames)} frames in {time.monotonic() - begun:.0f} s were looked at')
    ok(wire.lost() == 0, 'none was lost')
    outside = strangers(frames, ports)
    ok(not outside, 'each is between loopback and the server', *(f'{n} x {text}' for text, n in outside.items()))
    print(f'1..{number}')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
