/* SPDX-License-Identifier: Apache-2.0
 *
 * OPC UA for tests/e2e/live, by node-opcua: a tank that serves, and whoever reads, writes, subscribes and calls.
 *
 * usage: node live-opcua.js server|client ADDRESS       in a folder of its own, for keys and certificates
 */
'use strict';
const {OPCUACertificateManager} = require('node-opcua-certificate-manager');
const ua = require('node-opcua-client');

const [role, address] = process.argv.slice(2);
const PORT = 4840, READS = 40, WRITES = 5;

async function manager() {
	const certificates = new OPCUACertificateManager({
		rootFolder: process.cwd() + '/pki', automaticallyAcceptUnknownCertificate: true});
	await certificates.initialize();
	return certificates;
}

async function serve() {
	const {OPCUAServer} = require('node-opcua-server');
	const server = new OPCUAServer({
		port: PORT, hostname: address, alternateHostname: [address],
		serverCertificateManager: await manager(),
		securityModes: [ua.MessageSecurityMode.None], securityPolicies: [ua.SecurityPolicy.None],
		allowAnonymous: true,
	});
	await server.initialize();
	const names = server.engine.addressSpace.getOwnNamespace();
	const tank = names.addObject({organizedBy: server.engine.addressSpace.rootFolder.objects,
		browseName: 'Tank', nodeId: 's=Tank'});
	let level = 5;
	names.addVariable({componentOf: tank, browseName: 'Level', nodeId: 's=Tank.Level', dataType: 'Double',
		minimumSamplingInterval: 100, value: {
			get: () => new ua.Variant({dataType: 'Double', value: level}),
			set: (variant) => { level = variant.value; return ua.StatusCodes.Good; },
		}});
	names.addMethod(tank, {browseName: 'Drain', nodeId: 's=Tank.Drain', inputArguments: [],
		outputArguments: []}).bindMethod((_given, _context, done) =>
		done(null, {statusCode: ua.StatusCodes.Good, outputArguments: []}));
	await server.start();
}

async function ask() {
	const client = ua.OPCUAClient.create({applicationName: 'live', clientCertificateManager: await manager(),
		endpointMustExist: false, connectionStrategy: {maxRetry: 0}});
	const nodeId = 'ns=1;s=Tank.Level', attributeId = ua.AttributeIds.Value;

	await client.connect(`opc.tcp://${address}:${PORT}`);
	const session = await client.createSession();
	const subscription = await session.createSubscription2({requestedPublishingInterval: 200,
		requestedLifetimeCount: 100, requestedMaxKeepAliveCount: 10, publishingEnabled: true});
	await subscription.monitor({nodeId, attributeId}, {samplingInterval: 100, queueSize: 2},
		ua.TimestampsToReturn.Both);
	await session.browse('ns=1;s=Tank');
	for (let i = 0; i < READS; i++)
		await session.read({nodeId, attributeId});
	for (let i = 0; i < WRITES; i++) {
		await session.write({nodeId, attributeId,
			value: {value: {dataType: ua.DataType.Double, value: 4 + i / 10}}});
		await new Promise((done) => setTimeout(done, 250));
	}
	await session.call({objectId: 'ns=1;s=Tank', methodId: 'ns=1;s=Tank.Drain', inputArguments: []});
	await session.close(true);
	await client.disconnect();
}

(role === 'server' ? serve() : ask()).catch((error) => {
	console.error(error.message);
	process.exit(1);
});
