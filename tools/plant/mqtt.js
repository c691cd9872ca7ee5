#!/usr/bin/env node
/* SPDX-License-Identifier: Apache-2.0
 *
 * The MQTT plant: sensors, a pump and a Sparkplug B edge node around one broker, and those who watch
 * and command them.
 *
 * The broker is mosquitto. The tank's sensor and the historian are mosquitto's own clients (3.1.1),
 * everybody else is MQTT.js: 3.1.1, 5, or MQTT over WebSocket. Sparkplug payloads are made by Eclipse
 * Tahu's sparkplug-payload. What the operator sets comes from the capture's name: recorded again, it is
 * the same; only the timing moves.
 */
'use strict';
const fs = require('fs');
const {at, dice, every, label, main, now, pause, spawn, step, wave} = require('./stage.js');

const BROKER = '10.40.0.10';
const nodes = { /* name: MAC, address, TTL */
	broker: ['00:1e:c0:1a:40:10', BROKER, 64],
	tank: ['00:30:de:1a:40:21', '10.40.0.21', 64],
	flow: ['00:04:a3:1a:40:22', '10.40.0.22', 255],
	pump: ['00:0e:8c:1a:40:23', '10.40.0.23', 64],
	edge: ['00:a0:45:1a:40:31', '10.40.0.31', 64],
	scada: ['00:1b:1b:1a:40:05', '10.40.0.5', 128],
	historian: ['00:14:22:1a:40:1e', '10.40.0.30', 64],
	panel: ['3c:97:0e:1a:40:28', '10.40.0.40', 128],
	rogue: ['b8:27:eb:66:66:40', '10.40.0.66', 64],
};
const captures = {
	/* day: the totalizer goes on counting */
	'mqtt-plant-learn': {seconds: 46, day: 0, attack: null},
	'mqtt-plant-normal': {seconds: 37, day: 1, attack: null},
	'mqtt-plant-attack-panel': {seconds: 36, day: 2, attack: 'panel'},
	'mqtt-plant-attack-rogue': {seconds: 41, day: 3, attack: 'rogue'},
};
const PASSWORDS = { /* made up, for this plant alone */
	tank: 'level-21', flow: 'turbine', pump: 'impeller', edge: 'gateway', scada: 'overview',
	historian: 'archive', panel: 'touch', service: 'service',
};
const GROUP = 'spBv1.0/Marshwater';

/* --- clients --- */

function who(node) {
	return {clientId: 'mw-' + node, username: node, password: PASSWORDS[node]};
}

function connect(options) {
	const {protocol = 'mqtt', port = 1883, ...others} = options;
	return require('mqtt').connectAsync(`${protocol}://${BROKER}:${port}`,
		{connectTimeout: 5000, reconnectPeriod: 0, keepalive: 15, ...others});
}

function json(value) {
	return JSON.stringify(value);
}

/* What is told to an MQTT client, by topic. */
function listen(client, heard) {
	client.on('message', (topic, payload, packet) => heard(topic, payload, packet));
}

async function broker() {
	const lines = Object.entries(PASSWORDS).map(([name, word]) => `${name}:${word}\n`);
	fs.writeFileSync('passwords', lines.join(''), {mode: 0o600});
	await new Promise((done) => spawn('mosquitto_passwd', ['-U', 'passwords']).on('exit', done));
	fs.writeFileSync('broker.conf', [
		'user root', 'allow_anonymous false', `password_file ${process.cwd()}/passwords`,
		'sys_interval 30', 'persistence false', 'listener 1883', 'listener 9001',
		'protocol websockets', ''].join('\n'));
	spawn('mosquitto', ['-c', 'broker.conf']);
}

/* 3.1.1, QoS 1, with a retained will: level in mm, temperature in degrees. */
async function tank() {
	await at(1);
	const sensor = spawn('mosquitto_pub', ['-h', BROKER, '-i', 'mw-tank', '-u', 'tank', '-P', PASSWORDS.tank,
		'-V', 'mqttv311', '-k', '10', '-q', '1', '-l', '-t', 'works/tank1/state',
		'--will-topic', 'works/tank1/status', '--will-payload', 'offline', '--will-retain']);
	every(2, 3, () => sensor.stdin.write(json({
		level: Math.round(wave(500, 60, 6)), temperature: wave(18, 2, 9), alarm: false}) + '\n'));
}

/* Version 5: properties, a topic alias after the first time, a will that waits, retained status. */
async function flow(name, capture) {
	await at(1.5);
	const client = await connect({...who('flow'), protocolVersion: 5,
		properties: {sessionExpiryInterval: 60, topicAliasMaximum: 4},
		will: {topic: 'works/flow1/status', payload: Buffer.from('offline'), qos: 1, retain: true,
			properties: {willDelayInterval: 5, contentType: 'text/plain'}}});
	await client.publishAsync('works/flow1/status', 'online', {qos: 1, retain: true,
		properties: {userProperties: {site: 'Marshwater', model: 'MW-FT2'}}});
	let named = false;
	every(3, 3, async () => {
		await client.publishAsync(named ? '' : 'works/flow1/state',
			json({rate: wave(42, 4, 5), total: Math.round(81250 + capture.day * 60480 + now() * 0.7)}),
			{properties: {topicAlias: 1, contentType: 'application/json', messageExpiryInterval: 30,
				payloadFormatIndicator: true}});
		named = true;
	});
}

/* 3.1.1: told its speed on works/pump1/set, tells its state. */
async function pump() {
	let speed = 45;
	await at(1.2);
	const client = await connect({...who('pump'), protocolVersion: 4,
		will: {topic: 'works/pump1/status', payload: Buffer.from('offline'), qos: 1, retain: true}});
	listen(client, (topic, payload) => { speed = JSON.parse(payload).speed; });
	await client.subscribeAsync('works/pump1/set', {qos: 1});
	await client.publishAsync('works/pump1/status', 'online', {qos: 1, retain: true});
	every(2.5, 4, () => client.publishAsync('works/pump1/state',
		json({speed, running: speed > 0, current: Math.round(speed * 1.4)}), {qos: 1}));
}

/* --- Sparkplug B --- */

function sparkplug() {
	return require('sparkplug-payload').get('spBv1.0');
}

function metric(name, type, value, alias) {
	return {name, type, value, timestamp: Date.now(), ...(alias === undefined ? {} : {alias})};
}

/* The edge node "Gate" with the device "Valve": births with names and aliases, data by alias alone. */
async function edge() {
	const {encodePayload, decodePayload} = sparkplug();
	const birth = metric('bdSeq', 'UInt64', 0);
	const valve = {position: 30, travel: 120, open: true};
	let seq = 0, born = false;

	function payload(metrics) {
		seq = (seq + 1) % 256;
		return encodePayload({timestamp: Date.now(), seq, metrics});
	}
	function device(named) {
		const metrics = [['Position', 'Float', valve.position, 10], ['Travel', 'Int32', valve.travel, 11],
			['Open', 'Boolean', valve.open, 12]];
		return metrics.map(([name, type, value, alias]) => {
			const {name: spoken, ...others} = metric(name, type, value, alias);
			return named ? {name: spoken, ...others} : others;
		});
	}
	await at(1.8);
	const client = await connect({...who('edge'), protocolVersion: 4,
		will: {topic: `${GROUP}/NDEATH/Gate`, qos: 1,
			payload: Buffer.from(encodePayload({timestamp: Date.now(), metrics: [birth]}))}});

	async function bear() {
		seq = 255;
		born = true;
		await client.publishAsync(`${GROUP}/NBIRTH/Gate`, payload([birth,
			metric('Node Control/Rebirth', 'Boolean', false, 1),
			metric('Node Control/Reboot', 'Boolean', false, 2),
			metric('Properties/Hardware Make', 'String', 'Marshwater Controls', 3),
			metric('Properties/Hardware Model', 'String', 'MW-EG4', 4),
			metric('Properties/FW', 'String', '2.1.7', 5),
			metric('Supply Voltage', 'Double', 24.1, 6)]));
		await client.publishAsync(`${GROUP}/DBIRTH/Gate/Valve`, payload(device(true)));
	}
	async function obey(topic, bytes) {
		for (const asked of decodePayload(bytes).metrics)
			if (asked.name === 'Node Control/Rebirth') {
				await bear();
			} else if (asked.name === 'Node Control/Reboot') { /* gone for some seconds, and back */
				born = false;
				await client.publishAsync(`${GROUP}/NDEATH/Gate`,
					encodePayload({timestamp: Date.now(), metrics: [birth]}), {qos: 1});
				await pause(4);
				await bear();
			} else if (asked.name === 'Position') {
				valve.position = asked.value;
				valve.open = asked.value > 0;
				await client.publishAsync(`${GROUP}/DDATA/Gate/Valve`, payload(device(false)));
			}
	}
	listen(client, (topic, bytes) => obey(topic, bytes));
	await client.subscribeAsync([`${GROUP}/NCMD/Gate`, `${GROUP}/DCMD/Gate/#`], {qos: 1});
	await bear();
	every(4, 4, async () => {
		valve.travel += 1;
		if (born)
			await client.publishAsync(`${GROUP}/DDATA/Gate/Valve`, payload(device(false)));
	});
	every(5, 12, async () => {
		const {name, ...voltage} = metric('', 'Double', wave(24, 0.4, 7), 6);
		if (born)
			await client.publishAsync(`${GROUP}/NDATA/Gate`, payload([voltage]));
	});
}

function command(name, type, value) {
	return sparkplug().encodePayload({timestamp: Date.now(), metrics: [metric(name, type, value)]});
}

/* --- those who watch and command --- */

/* What the operator may set: speed 40 to 50 %, position 20 to 60 %. Learning sees both ends. */
const LEARN = [0, 1, 0.5, 0.2, 0.8, 0.4, 0.7, 0.1, 0.9, 0.3, 0.6];

function plan(name, count) {
	const random = dice(name);
	return name === 'mqtt-plant-learn' ? LEARN : Array.from({length: count}, () => 0.1 + 0.8 * random());
}

/* Version 5: the Sparkplug host application, and the operator's display: commands with an answer
 * expected, a shared subscription, a subscription identifier. */
async function scada(name) {
	const online = {online: true, timestamp: Date.now()};
	await at(1.4);
	const client = await connect({...who('scada'), protocolVersion: 5,
		properties: {sessionExpiryInterval: 300, receiveMaximum: 20, requestProblemInformation: true},
		will: {topic: 'spBv1.0/STATE/Overview', qos: 1, retain: true,
			payload: Buffer.from(json({...online, online: false}))}});
	listen(client, () => {});
	await client.subscribeAsync('spBv1.0/#', {qos: 1, properties: {subscriptionIdentifier: 7}});
	await client.subscribeAsync('$share/display/works/+/state', {qos: 1});
	await client.subscribeAsync('works/alarm/ack', {qos: 2});
	await client.publishAsync('spBv1.0/STATE/Overview', json(online), {qos: 1, retain: true});
	await at(4.8);
	await client.publishAsync(`${GROUP}/NCMD/Gate`, command('Node Control/Rebirth', 'Boolean', true));
	const where = plan(name, 8);
	every(6, 3.6, async (second) => {
		const part = where[Math.round((second - 6) / 3.6)];
		if (part === undefined)
			return;
		await client.publishAsync('works/pump1/set', json({speed: Math.round(40 + 10 * part)}), {qos: 1,
			properties: {responseTopic: 'works/pump1/state', contentType: 'application/json',
				correlationData: Buffer.from([second & 255])}});
		await pause(1.5);
		await client.publishAsync(`${GROUP}/DCMD/Gate/Valve`,
			command('Position', 'Float', Math.round(20 + 40 * part)));
	});
}

/* 3.1.1, a session that outlives its connections, QoS 2. It leaves once, and comes back. */
async function historian(name, capture) {
	const args = ['-h', BROKER, '-i', 'mw-historian', '-u', 'historian', '-P', PASSWORDS.historian,
		'-V', 'mqttv311', '-c', '-k', '20', '-q', '2', '-t', 'works/+/state', '-t', 'works/+/status'];
	await at(0.8);
	const reader = spawn('mosquitto_sub', args);
	if (capture.attack)
		return;
	await at(24);
	reader.kill('SIGINT');
	await at(27);
	spawn('mosquitto_sub', args);
}

/* A page in a browser, over WebSocket: shows, and acknowledges alarms with QoS 2. */
async function panel(name, capture) {
	await at(2.2);
	const client = await connect({...who('panel'), protocol: 'ws', port: 9001, protocolVersion: 4});
	listen(client, () => {});
	await client.subscribeAsync('works/+/state', {qos: 0});
	every(9, 12, (second) => client.publishAsync('works/alarm/ack', json({alarm: second}), {qos: 2}));
	if (capture.attack === 'panel')
		await attack_panel(client);
}

/* --- the attacks --- */

const plant = {nodes, captures, only: {rogue: 'rogue'},
	needs: ['command mosquitto', 'command mosquitto_pub', 'command mosquitto_sub',
		'npm mqtt@5.16.0', 'npm sparkplug-payload@1.0.3']};

/* Malware in the page: commands of a client that only ever acknowledged. */
async function attack_panel(client) {
	await at(24);
	await step(label(plant, 'set-point', 'publishes speed 95 to the pump, whose operator sets 40 to 50',
		'panel', 'broker', ['T0855', 'T0836', 'T0831'], 'websocket.opcode == 2'),
	() => client.publishAsync('works/pump1/set', json({speed: 95}), {qos: 1}));
	await at(32);
	await step(label(plant, 'valve', 'commands the Sparkplug device to close its valve',
		'panel', 'broker', ['T0855', 'T0836', 'T0831'], 'websocket.opcode == 2', ['edge', 'scada']),
	async () => {
		await client.publishAsync(`${GROUP}/DCMD/Gate/Valve`, command('Position', 'Float', 0));
		await pause(1);
	});
}

/* A stranger guesses its way in, listens to all there is, then commands. */
async function rogue() {
	const guesses = [['admin', 'admin'], ['admin', 'mosquitto'], ['mqtt', 'mqtt'], ['scada', 'scada'],
		['root', 'root'], ['operator', '1234'], ['pump', 'pump']];
	await at(16);
	await step(label(plant, 'guess', 'seven log-ins with user names and passwords that are often so; all refused',
		'rogue', 'broker', ['T0812', 'T0859'],
	'tcp.flags == 2 || arp.opcode == 1 || (mqtt.msgtype == 1 && mqtt.username != "service")'),
	async () => {
		for (const [username, password] of guesses) {
			await connect({clientId: 'mqttjs_7f31', username, password, protocolVersion: 4})
				.then(() => { throw new Error('let in'); }, () => {});
			await pause(0.3);
		}
	});
	await pause(1);
	let client;
	await step(label(plant, 'log-in', 'logs in with the forgotten account of the installer',
		'rogue', 'broker', ['T0859', 'T0848'], 'mqtt.msgtype == 1'),
	async () => {
		client = await connect({clientId: 'mqttjs_7f31', username: 'service', password: 'service',
			protocolVersion: 4});
	});
	listen(client, () => {});
	await step(label(plant, 'listen', 'subscribes to every topic and to what the broker tells of itself',
		'rogue', 'broker', ['T0861', 'T0801', 'T0802'], 'mqtt.msgtype == 8'),
	async () => {
		await client.subscribeAsync('#');
		await client.subscribeAsync('$SYS/#');
	});
	await at(27);
	await step(label(plant, 'set-point', 'publishes speed 180 to the pump, three times',
		'rogue', 'broker', ['T0848', 'T0855', 'T0836', 'T0831'], 'mqtt.topic == "works/pump1/set"',
		['pump', 'scada']),
	async () => {
		for (let i = 0; i < 3; i++) {
			await client.publishAsync('works/pump1/set', json({speed: 180}), {qos: 1});
			await pause(0.7);
		}
	});
	await at(33);
	await step(label(plant, 'reboot', 'commands the Sparkplug edge node to reboot',
		'rogue', 'broker', ['T0848', 'T0855', 'T0816'], 'mqtt.topic contains "/NCMD/"', ['edge', 'scada']),
	async () => {
		await client.publishAsync(`${GROUP}/NCMD/Gate`, command('Node Control/Reboot', 'Boolean', true));
		await pause(0.3);
	});
}

plant.play = {broker, tank, flow, pump, edge, scada, historian, panel, rogue};
main(plant);
