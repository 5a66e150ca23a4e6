"""Tries every way out of where it runs, and prints what came of each as one JSON object."""
import json
import os
import socket
import sys
import urllib.request

import psycopg

WAYS = json.loads(os.environ["WAYS"])
PASSWORD = os.environ["DB_PASSWORD"]


def dials(address):
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=3):
        return "reached"


def asks(host):
    """Which server answers: a sandbox by where its data lies, or the real one."""
    with psycopg.connect(
        host=host, user="postgres", password=PASSWORD, dbname="shop", connect_timeout=3
    ) as connection:
        mark = connection.execute("show data_directory").fetchone()[0]
        if WRITES:
            connection.execute("create table if not exists escaped (way text)")
            connection.execute("insert into escaped values (%s)", (host,))
    return "copy" if mark.startswith("/oakum/") else "reached"


def engine(path):
    with socket.socket(socket.AF_UNIX) as docker:
        docker.settimeout(3)
        docker.connect(path)
        docker.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        return "reached" if docker.recv(100) else "silent"


def sees(program):
    """Whether the host's processes are there to be entered."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as comm:
                if comm.read().strip() == program:
                    return "reached"
        except OSError:
            pass
    return "not there"


def mounts(folder):
    """Whether it may mount the host's disks."""
    with open("/proc/self/status") as status:
        mask = int(next(line for line in status if line.startswith("CapEff")).split()[1], 16)
    return "reached" if mask & (1 << 21) else "not allowed"


def opens(path):
    with open(path, "rb"):
        return "reached"


def writes(path):
    with open(os.path.join(path, "escaped"), "w") as file:
        file.write("here")
    os.remove(os.path.join(path, "escaped"))
    return "reached"


HOW = {f.__name__: f for f in (dials, asks, engine, sees, mounts, opens, writes)}


def tried(how, where):
    try:
        return HOW[how](where)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


def everything():
    return {name: tried(how, where) for name, (how, where) in WAYS.items()}


WRITES = False
if __name__ == "__main__":
    WRITES = sys.argv[1:] == ["write"]
    print(json.dumps(everything()))
