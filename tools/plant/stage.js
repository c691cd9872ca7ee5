/* SPDX-License-Identifier: Apache-2.0
 *
 * What the plants written for node share: the clock of the recording, chance that comes out the same
 * each time, the steps of an attack, and the command line that tools/record calls.
 */
'use strict';
const child_process = require('child_process');
const fs = require('fs');

console.log = console.error; /* libraries say what they like; standard output is for tools/record */

const running = [];

function say(text) {
	process.stdout.write(text + '\n');
}

function quit() {
	for (const program of running)
		program.kill();
	process.exit(0);
}

/* Starts another program, which ends with us. */
function spawn(command, args) {
	const program = child_process.spawn(command, args, {stdio: ['pipe', 'ignore', 'inherit']});
	running.push(program);
	program.on('error', (error) => { throw error; });
	return program;
}

const stage = {
	file: '', /* will name the start */
	start: 0, /* epoch seconds of the recording's second 0; 0: not yet */
};

function now() {
	return Date.now() / 1000 - stage.start;
}

function pause(seconds) {
	return new Promise((done) => setTimeout(done, Math.max(0, seconds) * 1000));
}

/* Says that this host is ready, and waits for the recording to begin. */
async function curtain() {
	fs.writeFileSync('ready', '');
	while (!fs.existsSync(stage.file))
		await pause(0.1);
	stage.start = Number(fs.readFileSync(stage.file, 'utf8'));
}

/* Sleep until `second` of the recording. Whoever sleeps for the first time is ready. */
async function at(second) {
	if (!stage.start)
		await curtain();
	await pause(second - now());
}

/* Do it at `first` and every `period` seconds from there, for ever; one at a time. */
async function every(first, period, what) {
	for (let second = first; ; second += period) {
		await at(second + Math.random() * 0.01);
		await what(second);
	}
}

/* Numbers from 0 to 1 that depend on the capture's name alone. */
function dice(name) {
	let state = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0) | 0, 7);
	return () => {
		state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
		const mixed = Math.imul(state ^ state >>> 13, 0x297a2d39);
		return ((mixed ^ mixed >>> 16) >>> 0) / 2 ** 32;
	};
}

/* A slow swing with flat tops, so that a recording shows its extremes for a while. */
function wave(middle, height, pace) {
	const swing = middle + height * Math.max(-0.9, Math.min(0.9, Math.sin(now() / pace)));
	return Math.round(swing * 10) / 10;
}

/* A step of an attack: does it, and prints what was done, from when to when. */
async function step(label, what) {
	const begin = Date.now() / 1000;
	await what();
	say(JSON.stringify({...label, start: begin, end: Date.now() / 1000}));
}

/* `attacker`, `target` and those `affected` (who are told to do, or do, what they otherwise never do)
 * are names of nodes, `frames` is a display filter. */
function label(plant, name, what, attacker, target, techniques, frames, affected = []) {
	const [mac, address] = plant.nodes[attacker];
	return {
		name, what, mac, attacker: address, target: plant.nodes[target][1], techniques,
		frames: `eth.src == ${mac} && (${frames})`,
		affected: affected.map((node) => plant.nodes[node][1]),
	};
}

/* plant.captures: name -> {seconds, attack}; plant.nodes: name -> [MAC, address, TTL];
 * plant.only: node -> the one attack that it takes part in, null: in none; plant.play: node -> async function. */
async function main(plant) {
	const [command, ...args] = process.argv.slice(2);
	if (command === 'captures') {
		for (const [name, capture] of Object.entries(plant.captures))
			say(`${name} ${capture.seconds}`);
	} else if (command === 'needs') {
		say(plant.needs.join('\n'));
	} else if (command === 'nodes') {
		for (const [node, facts] of Object.entries(plant.nodes))
			if (!(node in plant.only) || plant.only[node] === plant.captures[args[0]].attack)
				say([node, ...facts].join(' '));
	} else if (command === 'run') {
		process.on('SIGTERM', quit);
		stage.file = args[2];
		for (const need of plant.needs)
			if (need.startsWith('npm '))
				require(need.slice(4, need.lastIndexOf('@')));
		await plant.play[args[1]](args[0], plant.captures[args[0]]);
		if (!stage.start)
			await curtain();
		await new Promise(() => setInterval(() => {}, 3600e3)); /* the recording ends us */
	} else {
		throw new Error('usage: PLANT captures | needs | nodes CAPTURE | run CAPTURE NODE START');
	}
}

module.exports = {at, dice, every, label, main, now, pause, spawn, step, wave};
