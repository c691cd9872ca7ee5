#!/usr/bin/env node
/* SPDX-License-Identifier: Apache-2.0
 *
 * The OPC UA plant: one server with a tank behind it, an HMI that subscribes, a historian that signs, an
 * engineering station that encrypts.
 *
 * Server and clients are node-opcua. Keys and certificates are made anew for each recording, each host's
 * in its own folder. What the operator sets comes from the capture's name.
 */
'use strict';
const {at, dice, every, label, main, now, pause, step, wave} = require('./stage.js');

const SERVER = '10.30.0.11';
const ENDPOINT = `opc.tcp://${SERVER}:4840`;
const nodes = { /* name: MAC, address, TTL */
	tank: ['00:80:f4:1a:30:11', SERVER, 64],
	hmi: ['00:1b:1b:1a:30:05', '10.30.0.5', 128],
	station: ['3c:97:0e:1a:30:14', '10.30.0.20', 128],
	historian: ['00:14:22:1a:30:1e', '10.30.0.30', 64],
	rogue: ['b8:27:eb:66:66:30', '10.30.0.66', 64],
};
const captures = {
	'opcua-plant-learn': {seconds: 46, attack: null},
	'opcua-plant-normal': {seconds: 38, attack: null},
	'opcua-plant-attack-hmi': {seconds: 38, attack: 'hmi'},
	'opcua-plant-attack-rogue': {seconds: 42, attack: 'rogue'},
};
const PASSWORDS = {operator: 'overview', historian: 'archive', engineer: 'blueprint'}; /* made up */

function ua() {
	return require('node-opcua-client');
}

/* The host's own keys and certificate, and trust in whoever comes. A client says its name, so that its
 * certificate is there before it is due. */
async function certificates(name) {
	const {OPCUACertificateManager} = require('node-opcua-certificate-manager');
	const manager = new OPCUACertificateManager({
		rootFolder: process.cwd() + '/pki', automaticallyAcceptUnknownCertificate: true});
	await manager.initialize();
	if (name)
		await client(name, 'None', manager).createDefaultCertificate();
	return manager;
}

/* --- the server --- */

/* The tank: readings follow the set-point and swing with the clock. */
function furnish(space) {
	const {DataType, StatusCodes, Variant} = ua();
	const names = space.getOwnNamespace();
	const state = {setpoint: 5.0, limit: 9.0, pump: true, total: 81250};
	const tank = names.addObject({organizedBy: space.rootFolder.objects, browseName: 'Tank1',
		nodeId: 's=Tank1'});

	function variable(name, dataType, read, write) {
		return names.addVariable({componentOf: tank, browseName: name, nodeId: 's=Tank1.' + name,
			dataType, minimumSamplingInterval: 500, value: {
				get: () => new Variant({dataType, value: read()}),
				...(write ? {set: (variant) => { write(variant.value); return StatusCodes.Good; }} : {}),
			}});
	}
	function method(name, args, does) {
		names.addMethod(tank, {browseName: name, nodeId: 's=Tank1.' + name, inputArguments: args,
			outputArguments: []}).bindMethod((given, _context, done) => {
			does(given.map((variant) => variant.value));
			done(null, {statusCode: StatusCodes.Good, outputArguments: []});
		});
	}
	const level = names.addVariable({componentOf: tank, browseName: 'Level', nodeId: 's=Tank1.Level',
		dataType: 'Double', minimumSamplingInterval: 500, value: {dataType: 'Double', value: 5}});
	variable('Temperature', 'Float', () => wave(18, 1.5, 8));
	variable('Flow', 'UInt16', () => state.pump ? Math.round(wave(300, 40, 4)) : 0);
	variable('Pump', 'Boolean', () => state.pump);
	variable('LevelSetpoint', 'Double', () => state.setpoint, (value) => { state.setpoint = value; });
	variable('LevelLimit', 'Double', () => state.limit, (value) => { state.limit = value; });
	method('RunPump', [{name: 'Run', dataType: DataType.Boolean}], ([run]) => { state.pump = run; });
	method('OpenDrain', [{name: 'Seconds', dataType: DataType.UInt32}], () => { state.setpoint = 0; });
	space.installHistoricalDataNode(level, {maxOnlineValues: 50}); /* which wants to be told of changes */
	setInterval(() => level.setValueFromSource(
		{dataType: DataType.Double, value: wave(state.setpoint, 0.4, 5)}), 1000);
}

async function tank() {
	const {OPCUAServer} = require('node-opcua-server');
	const {MessageSecurityMode, SecurityPolicy} = ua();
	const server = new OPCUAServer({
		port: 4840,
		hostname: SERVER,
		alternateHostname: [SERVER],
		serverCertificateManager: await certificates(),
		securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
		securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
		allowAnonymous: true,
		userManager: {isValidUser: (name, password) => PASSWORDS[name] === password},
		serverInfo: {applicationUri: 'urn:marshwater.example:MW-340', productUri: 'MW-340',
			applicationName: {text: 'Tank controller MW-340', locale: 'en'}},
		buildInfo: {productName: 'MW-340', manufacturerName: 'Marshwater Controls',
			productUri: 'urn:marshwater.example:MW-340', softwareVersion: '2.4.1', buildNumber: '1187',
			buildDate: new Date('2025-03-03')},
	});
	await server.initialize();
	furnish(server.engine.addressSpace);
	await server.start();
}

/* --- the clients --- */

const VALUES = ['Level', 'Temperature', 'Flow', 'Pump'].map((name) => 'ns=1;s=Tank1.' + name);
const LIMITS = ['LevelSetpoint', 'LevelLimit'].map((name) => 'ns=1;s=Tank1.' + name);

function client(name, mode, manager) {
	const {MessageSecurityMode, OPCUAClient, SecurityPolicy} = ua();
	return OPCUAClient.create({
		applicationName: name,
		applicationUri: `urn:marshwater.example:${name}`,
		clientName: name,
		clientCertificateManager: manager,
		connectionStrategy: {maxRetry: 0},
		endpointMustExist: false,
		defaultSecureTokenLifetime: 40000,
		securityMode: MessageSecurityMode[mode],
		securityPolicy: mode === 'None' ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
	});
}

function user(name) {
	return {type: ua().UserTokenType.UserName, userName: name, password: PASSWORDS[name]};
}

async function session(name, mode, identity, manager) {
	const connection = client(name, mode, manager);
	await connection.connect(ENDPOINT);
	return {connection, session: await connection.createSession(identity)};
}

function read(session, ids) {
	const {AttributeIds} = ua();
	return session.read(ids.map((nodeId) => ({nodeId, attributeId: AttributeIds.Value})));
}

function write(session, name, value) {
	const {AttributeIds, DataType} = ua();
	return session.write({nodeId: 'ns=1;s=Tank1.' + name, attributeId: AttributeIds.Value,
		value: {value: {dataType: DataType.Double, value}}});
}

function call(session, name, dataType, value) {
	return session.call({objectId: 'ns=1;s=Tank1', methodId: 'ns=1;s=Tank1.' + name,
		inputArguments: [{dataType: ua().DataType[dataType], value}]});
}

/* What the operator may set: the level from 4 to 6 m, the pump. Learning sees both ends. */
const LEARN = [0, 1, 0.5, 0.2, 0.8, 0.4, 0.7, 0.1, 0.9, 0.3];

function plan(name, count) {
	const random = dice(name);
	return name === 'opcua-plant-learn' ? LEARN : Array.from({length: count}, () => 0.1 + 0.8 * random());
}

/* No security, a user's name: subscribes to the readings, reads the limits, carries the operator's hand.
 * Unless attacked, it hangs up once and comes back. */
async function hmi(name, capture) {
	const {AttributeIds, TimestampsToReturn} = ua();
	const manager = await certificates('Overview');
	let panel, last = Promise.resolve();

	function inTurn(what) {
		return last = last.then(what);
	}
	async function show() {
		panel = await session('Overview', 'None', user('operator'), manager);
		const subscription = await panel.session.createSubscription2({requestedPublishingInterval: 2000,
			requestedLifetimeCount: 100, requestedMaxKeepAliveCount: 10, publishingEnabled: true});
		await subscription.monitorItems(
			VALUES.map((nodeId) => ({nodeId, attributeId: AttributeIds.Value})),
			{samplingInterval: 1000, queueSize: 2, discardOldest: true}, TimestampsToReturn.Both);
	}
	await at(1);
	await show();
	every(3, 6, () => inTurn(() => read(panel.session, LIMITS)));
	const where = plan(name, 9);
	every(5.5, 4, async (second) => {
		const turn = Math.round((second - 5.5) / 4);
		if (where[turn] === undefined)
			return;
		const level = Math.round((4 + 2 * where[turn]) * 100) / 100;
		await inTurn(() => write(panel.session, 'LevelSetpoint', level));
		if (turn % 2) {
			await pause(0.8);
			await inTurn(() => call(panel.session, 'RunPump', 'Boolean', turn % 4 === 3));
		}
	});
	if (!capture.attack) {
		await at(27);
		await inTurn(async () => {
			await panel.session.close(true);
			await panel.connection.disconnect();
			await show();
		});
	}
	if (capture.attack === 'hmi')
		await attack_hmi(panel.session);
}

/* Signed: reads every few seconds, and now and then what was. */
async function historian() {
	const manager = await certificates('Archive');
	await at(1.6);
	const archive = await session('Archive', 'Sign', user('historian'), manager);
	every(4, 5, () => read(archive.session, VALUES));
	every(11, 11, () => archive.session.readHistoryValue(VALUES[0], new Date(Date.now() - 8000), new Date()));
}

/* Encrypted: looks around once, and hangs up. */
async function station() {
	const manager = await certificates('Workbench');
	await at(14);
	const desk = await session('Workbench', 'SignAndEncrypt', user('engineer'), manager);
	await desk.session.browse('ns=0;i=85');
	await desk.session.browse('ns=1;s=Tank1');
	await read(desk.session, [...VALUES, ...LIMITS]);
	await pause(2);
	await desk.session.close(true);
	await desk.connection.disconnect();
}

/* --- the attacks --- */

const plant = {nodes, captures, only: {rogue: 'rogue', historian: null, station: null},
	needs: ['npm node-opcua-certificate-manager@2.182.1', 'npm node-opcua-client@2.182.2',
		'npm node-opcua-server@2.182.2']};

/* tshark's names for the requests that the labels look for */
const SERVICE = 'opcua.servicenodeid.numeric';
const ACTIVATE = `${SERVICE} == 467`, BROWSE = `${SERVICE} == 527`, READ = `${SERVICE} == 631`;
const CALL = `${SERVICE} == 712`, WRITE = `${SERVICE} == 673`;

/* Malware in the HMI, on its session: past the band, past the guard, then a method nobody calls. */
async function attack_hmi(session) {
	await at(23.3);
	await step(label(plant, 'set-point', 'writes level set-point 9.6; the operator sets 4 to 6',
		'hmi', 'tank', ['T0855', 'T0836', 'T0831'], WRITE),
	() => write(session, 'LevelSetpoint', 9.6));
	await at(28.9);
	await step(label(plant, 'safety-limit', 'writes 12 to the high level limit, only ever read',
		'hmi', 'tank', ['T0855', 'T0836', 'T0838', 'T0837'], WRITE),
	() => write(session, 'LevelLimit', 12));
	await at(34.2);
	await step(label(plant, 'drain', 'calls the method OpenDrain, which nobody ever called',
		'hmi', 'tank', ['T0855', 'T0831'], CALL),
	() => call(session, 'OpenDrain', 'UInt32', 600));
}

/* A stranger asks for the endpoints, guesses names and passwords, looks at everything, then writes. */
async function rogue() {
	const {UserTokenType} = ua();
	const manager = await certificates('UaClient');
	const guesses = [['admin', 'admin'], ['root', 'root'], ['operator', '1234'],
		['engineer', 'engineer']];
	const from = 'rogue', to = 'tank';

	await at(15);
	await step(label(plant, 'discover', 'asks for the applications and the endpoints of the server', from, to,
		['T0846', 'T0888'], `tcp.flags == 2 || arp.opcode == 1 || ${SERVICE} in {422, 428}`),
	async () => {
		const asker = client('UaClient', 'None', manager);
		await asker.connect(ENDPOINT);
		await asker.findServers();
		await asker.getEndpoints();
		await asker.disconnect();
	});
	await pause(1);
	await step(label(plant, 'guess', 'four log-ins with user names and passwords that are often so; all refused',
		from, to, ['T0812', 'T0859'], ACTIVATE),
	async () => {
		const asker = client('UaClient', 'None', manager);
		await asker.connect(ENDPOINT);
		for (const [userName, password] of guesses) {
			await asker.createSession({type: UserTokenType.UserName, userName, password})
				.then(() => { throw new Error('let in'); }, () => {});
			await pause(0.2);
		}
		await asker.disconnect();
	});
	await at(26);
	const guest = await session('UaClient', 'None', {type: UserTokenType.Anonymous}, manager);
	await step(label(plant, 'browse', 'walks through the address space from the Objects folder down',
		from, to, ['T0861', 'T0888'], BROWSE),
	async () => {
		const queue = ['ns=0;i=85'];
		for (let i = 0; i < 12 && queue.length; i++) {
			const {references} = await guest.session.browse(queue.shift());
			queue.push(...references.filter((reference) => reference.isForward)
				.map((reference) => reference.nodeId.toString()).reverse());
			await pause(0.1);
		}
	});
	await step(label(plant, 'read', 'reads all values of the tank', from, to, ['T0861', 'T0801', 'T0802'], READ),
	() => read(guest.session, [...VALUES, ...LIMITS]));
	await at(32.3);
	await step(label(plant, 'write', 'writes level set-points 0.5 and 11.5', from, to,
		['T0848', 'T0855', 'T0836', 'T0831'], WRITE),
	async () => {
		await write(guest.session, 'LevelSetpoint', 0.5);
		await pause(2);
		await write(guest.session, 'LevelSetpoint', 11.5);
	});
	await pause(1);
	await step(label(plant, 'drain', 'calls the method OpenDrain', from, to, ['T0848', 'T0855', 'T0831'], CALL),
	() => call(guest.session, 'OpenDrain', 'UInt32', 3600));
}

plant.play = {tank, hmi, historian, station, rogue};
main(plant);
