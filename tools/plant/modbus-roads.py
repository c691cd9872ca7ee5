#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Modbus on its other roads: RTU and ASCII frames over TCP, and Modbus/UDP.

    modbus-roads.py captures                 what can be recorded: name, seconds
    modbus-roads.py needs                    what it runs besides Python: nothing
    modbus-roads.py nodes CAPTURE            who takes part: name, MAC, address, TTL
    modbus-roads.py run CAPTURE NODE START   plays one of them, with time 0 at START

A serial device server (pymodbus) offers the same two meters behind three ports; one station asks over
all three and reads, writes, and makes mistakes. Nothing in it is an attack.
"""
import asyncio
import sys
import time

from pymodbus.client import AsyncModbusTcpClient, AsyncModbusUdpClient
from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext,
                                ModbusSlaveContext)
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.exceptions import ModbusException
from pymodbus.mei_message import ReadDeviceInformationRequest
from pymodbus.other_message import ReportSlaveIdRequest
from pymodbus.server.async_io import ModbusTcpServer, ModbusUdpServer
from pymodbus.transaction import ModbusAsciiFramer, ModbusRtuFramer, ModbusSocketFramer

from stage import curtain

SERVER = "10.50.0.11"
NODES = {  # name: MAC, address, TTL
    "server": ("00:90:e8:1a:50:11", SERVER, 64),
    "station": ("00:1b:1b:1a:50:05", "10.50.0.5", 128),
}
SECONDS = 24
RTU, ASCII, UDP = 4001, 4002, 502
IDENTITY = ModbusDeviceIdentification(
    {0: "Marshwater Controls", 1: "MW-EM1", 2: "1.4.2", 4: "Energy meter", 5: "MW-EM1-S"})


def meter(first):
    """A unit's four tables; registers count up from `first`."""
    registers = [first + i for i in range(40)]
    return ModbusSlaveContext(zero_mode=True, co=ModbusSequentialDataBlock(0, [0, 1] * 10),
                              di=ModbusSequentialDataBlock(0, [1, 1, 0, 1] * 5),
                              hr=ModbusSequentialDataBlock(0, list(registers)),
                              ir=ModbusSequentialDataBlock(0, list(registers)))


async def serve():
    units = ModbusServerContext({1: meter(1000), 17: meter(2000)}, single=False)
    servers = (
        ModbusTcpServer(units, framer=ModbusRtuFramer, identity=IDENTITY, address=("0.0.0.0", RTU)),
        ModbusTcpServer(units, framer=ModbusAsciiFramer, identity=IDENTITY,
                        address=("0.0.0.0", ASCII)),
        ModbusUdpServer(units, framer=ModbusSocketFramer, identity=IDENTITY,
                        address=("0.0.0.0", UDP)),
    )
    await asyncio.gather(*(server.serve_forever() for server in servers))


def questions(client, turn):
    """One round: reads of each kind, writes of each kind, and what the meters refuse."""
    yield lambda: client.read_coils(0, 13, slave=1)
    yield lambda: client.read_discrete_inputs(0, 8, slave=1)
    yield lambda: client.read_holding_registers(0, 10, slave=1)
    yield lambda: client.read_input_registers(4, 6, slave=17)
    yield lambda: client.write_coil(3, turn % 2 == 0, slave=1)
    yield lambda: client.write_register(20, 500 + turn, slave=1)
    yield lambda: client.write_coils(8, [True, False, True], slave=17)
    yield lambda: client.write_registers(21, [turn, turn + 1], slave=17)
    yield lambda: client.readwrite_registers(read_address=0, read_count=2, write_address=30,
                                             write_registers=[turn, turn], unit=1)
    yield lambda: client.mask_write_register(20, 0xFF00, 0x0012, unit=1)
    yield lambda: client.read_holding_registers(39, 8, slave=1)  # beyond the last: exception 2
    if turn == 1:
        yield lambda: client.execute(ReadDeviceInformationRequest(1, 0, unit=1))
        yield lambda: client.execute(ReportSlaveIdRequest(unit=1))


async def ask(client, start, phase):
    """Two rounds, one question every half a second."""
    await asyncio.sleep(start + phase - time.time())
    await client.connect()
    for turn in (0, 1):
        for question in questions(client, turn):
            try:
                await question()
            except (asyncio.TimeoutError, ModbusException) as exc:
                print(f"{type(client).__name__} {phase}: {exc!r}", file=sys.stderr)
            await asyncio.sleep(0.4)
    await client.close()


async def station(start):
    await asyncio.gather(
        ask(AsyncModbusTcpClient(SERVER, port=RTU, framer=ModbusRtuFramer), start, 1),
        ask(AsyncModbusTcpClient(SERVER, port=ASCII, framer=ModbusAsciiFramer), start, 1.3),
        ask(AsyncModbusUdpClient(SERVER, port=UDP), start, 1.6))
    await asyncio.sleep(3600)  # the recording ends us


def main():
    command, *args = sys.argv[1:] or ["help"]
    if command == "captures":
        print("modbus-roads", SECONDS)
    elif command == "needs":
        pass
    elif command == "nodes":
        for node, facts in NODES.items():
            print(node, *facts)
    elif command == "run":
        start = curtain(args[2])
        asyncio.run(serve() if args[1] == "server" else station(start))
    else:
        sys.exit(__doc__)


main()
