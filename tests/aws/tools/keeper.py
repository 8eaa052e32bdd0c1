"""Runs a program and ends it, with everything that it started, as soon as our standard input closes.

The tests hold the other end of that pipe. It closes however they end: in order, by Ctrl-C, killed. So
nothing that they started outlives them.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# How long the program may take to end by itself.
GRACE_SECONDS = 3

libc = ctypes.CDLL(None)


def die_with_the_keeper():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def children():
    """The ids of our own children, adopted ones among them."""
    ours = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as stat:
                # The name of the program stands in brackets and may hold anything.
                parent = stat.read().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == os.getpid():
            ours.append(int(name))
    return ours


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def main():
    # What loses its parent becomes our child, so that we find it.
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    program = subprocess.Popen(
        sys.argv[1:],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_the_keeper,
    )
    over = threading.Event()

    def listen():
        while os.read(0, 1):
            pass
        over.set()

    threading.Thread(target=listen, daemon=True).start()
    while not over.wait(0.2) and program.poll() is None:
        pass
    if program.poll() is None:
        program.terminate()
        try:
            program.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    # Whose parent dies is adopted a moment later.
    while left := children():
        for process in left:
            kill(process)
        time.sleep(0.01)
    # Without waiting for the thread that listens.
    os._exit(program.returncode % 256)


main()
