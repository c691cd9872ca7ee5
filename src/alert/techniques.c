/* SPDX-License-Identifier: Apache-2.0
 *
 * The techniques of MITRE ATT&CK for ICS, version 18.1 (83 of them): id, name and tactics, so that an
 * alert can be read without a browser.
 *
 * (c) 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The
 * MITRE Corporation.
 */
#include <stdlib.h>
#include <string.h>

#include "alert.h"

enum tactic { /* bits; their order is the order of an attack */
	INITIAL_ACCESS = 1 << 0,
	EXECUTION = 1 << 1,
	PERSISTENCE = 1 << 2,
	PRIVILEGE_ESCALATION = 1 << 3,
	EVASION = 1 << 4,
	DISCOVERY = 1 << 5,
	LATERAL_MOVEMENT = 1 << 6,
	COLLECTION = 1 << 7,
	COMMAND_AND_CONTROL = 1 << 8,
	INHIBIT_RESPONSE = 1 << 9,
	IMPAIR_CONTROL = 1 << 10,
	IMPACT = 1 << 11,
};

static const struct attack_tactic tactics[ATTACK_TACTICS] = {
	{"TA0108", "Initial Access"},
	{"TA0104", "Execution"},
	{"TA0110", "Persistence"},
	{"TA0111", "Privilege Escalation"},
	{"TA0103", "Evasion"},
	{"TA0102", "Discovery"},
	{"TA0109", "Lateral Movement"},
	{"TA0100", "Collection"},
	{"TA0101", "Command and Control"},
	{"TA0107", "Inhibit Response Function"},
	{"TA0106", "Impair Process Control"},
	{"TA0105", "Impact"},
};

struct technique {
	char id[8];
	const char *name;
	unsigned tactics; /* bits of enum tactic */
};

static const struct technique techniques[] = { /* by id */
	{"T0800", "Activate Firmware Update Mode", INHIBIT_RESPONSE},
	{"T0801", "Monitor Process State", COLLECTION},
	{"T0802", "Automated Collection", COLLECTION},
	{"T0803", "Block Command Message", INHIBIT_RESPONSE},
	{"T0804", "Block Reporting Message", INHIBIT_RESPONSE},
	{"T0805", "Block Serial COM", INHIBIT_RESPONSE},
	{"T0806", "Brute Force I/O", IMPAIR_CONTROL},
	{"T0807", "Command-Line Interface", EXECUTION},
	{"T0809", "Data Destruction", INHIBIT_RESPONSE},
	{"T0811", "Data from Information Repositories", COLLECTION},
	{"T0812", "Default Credentials", LATERAL_MOVEMENT},
	{"T0813", "Denial of Control", IMPACT},
	{"T0814", "Denial of Service", INHIBIT_RESPONSE},
	{"T0815", "Denial of View", IMPACT},
	{"T0816", "Device Restart/Shutdown", INHIBIT_RESPONSE},
	{"T0817", "Drive-by Compromise", INITIAL_ACCESS},
	{"T0819", "Exploit Public-Facing Application", INITIAL_ACCESS},
	{"T0820", "Exploitation for Evasion", EVASION},
	{"T0821", "Modify Controller Tasking", EXECUTION},
	{"T0822", "External Remote Services", INITIAL_ACCESS},
	{"T0823", "Graphical User Interface", EXECUTION},
	{"T0826", "Loss of Availability", IMPACT},
	{"T0827", "Loss of Control", IMPACT},
	{"T0828", "Loss of Productivity and Revenue", IMPACT},
	{"T0829", "Loss of View", IMPACT},
	{"T0830", "Adversary-in-the-Middle", COLLECTION},
	{"T0831", "Manipulation of Control", IMPACT},
	{"T0832", "Manipulation of View", IMPACT},
	{"T0834", "Native API", EXECUTION},
	{"T0835", "Manipulate I/O Image", INHIBIT_RESPONSE},
	{"T0836", "Modify Parameter", IMPAIR_CONTROL},
	{"T0837", "Loss of Protection", IMPACT},
	{"T0838", "Modify Alarm Settings", INHIBIT_RESPONSE},
	{"T0839", "Module Firmware", PERSISTENCE | IMPAIR_CONTROL},
	{"T0840", "Network Connection Enumeration", DISCOVERY},
	{"T0842", "Network Sniffing", DISCOVERY},
	{"T0843", "Program Download", LATERAL_MOVEMENT},
	{"T0845", "Program Upload", COLLECTION},
	{"T0846", "Remote System Discovery", DISCOVERY},
	{"T0847", "Replication Through Removable Media", INITIAL_ACCESS},
	{"T0848", "Rogue Master", INITIAL_ACCESS},
	{"T0849", "Masquerading", EVASION},
	{"T0851", "Rootkit", EVASION | INHIBIT_RESPONSE},
	{"T0852", "Screen Capture", COLLECTION},
	{"T0853", "Scripting", EXECUTION},
	{"T0855", "Unauthorized Command Message", IMPAIR_CONTROL},
	{"T0856", "Spoof Reporting Message", EVASION | IMPAIR_CONTROL},
	{"T0857", "System Firmware", PERSISTENCE | INHIBIT_RESPONSE},
	{"T0858", "Change Operating Mode", EXECUTION | EVASION},
	{"T0859", "Valid Accounts", PERSISTENCE | LATERAL_MOVEMENT},
	{"T0860", "Wireless Compromise", INITIAL_ACCESS},
	{"T0861", "Point & Tag Identification", COLLECTION},
	{"T0862", "Supply Chain Compromise", INITIAL_ACCESS},
	{"T0863", "User Execution", EXECUTION},
	{"T0864", "Transient Cyber Asset", INITIAL_ACCESS},
	{"T0865", "Spearphishing Attachment", INITIAL_ACCESS},
	{"T0866", "Exploitation of Remote Services", INITIAL_ACCESS | LATERAL_MOVEMENT},
	{"T0867", "Lateral Tool Transfer", LATERAL_MOVEMENT},
	{"T0868", "Detect Operating Mode", COLLECTION},
	{"T0869", "Standard Application Layer Protocol", COMMAND_AND_CONTROL},
	{"T0871", "Execution through API", EXECUTION},
	{"T0872", "Indicator Removal on Host", EVASION},
	{"T0873", "Project File Infection", PERSISTENCE},
	{"T0874", "Hooking", EXECUTION | PRIVILEGE_ESCALATION},
	{"T0877", "I/O Image", COLLECTION},
	{"T0878", "Alarm Suppression", INHIBIT_RESPONSE},
	{"T0879", "Damage to Property", IMPACT},
	{"T0880", "Loss of Safety", IMPACT},
	{"T0881", "Service Stop", INHIBIT_RESPONSE},
	{"T0882", "Theft of Operational Information", IMPACT},
	{"T0883", "Internet Accessible Device", INITIAL_ACCESS},
	{"T0884", "Connection Proxy", COMMAND_AND_CONTROL},
	{"T0885", "Commonly Used Port", COMMAND_AND_CONTROL},
	{"T0886", "Remote Services", INITIAL_ACCESS | LATERAL_MOVEMENT},
	{"T0887", "Wireless Sniffing", DISCOVERY | COLLECTION},
	{"T0888", "Remote System Information Discovery", DISCOVERY},
	{"T0889", "Modify Program", PERSISTENCE},
	{"T0890", "Exploitation for Privilege Escalation", PRIVILEGE_ESCALATION},
	{"T0891", "Hardcoded Credentials", LATERAL_MOVEMENT | PERSISTENCE},
	{"T0892", "Change Credential", INHIBIT_RESPONSE},
	{"T0893", "Data from Local System", COLLECTION},
	{"T0894", "System Binary Proxy Execution", EVASION},
	{"T0895", "Autorun Image", EXECUTION},
};

enum {
	TECHNIQUES = sizeof(techniques) / sizeof(techniques[0]),
};

static int by_id(const void *key, const void *item)
{
	return strcmp(key, ((const struct technique *)item)->id);
}

static const struct technique *technique(const char *id)
{
	if (!id || !*id)
		return NULL;
	return bsearch(id, techniques, TECHNIQUES, sizeof(techniques[0]), by_id);
}

const char *attack_technique_name(const char *id)
{
	const struct technique *found = technique(id);

	return found ? found->name : NULL;
}

unsigned attack_technique_tactics(const char *id)
{
	const struct technique *found = technique(id);

	return found ? found->tactics : 0;
}

const struct attack_tactic *attack_tactic(unsigned bit)
{
	return bit < ATTACK_TACTICS ? &tactics[bit] : NULL;
}

const char *attack_technique_at(size_t index)
{
	return index < TECHNIQUES ? techniques[index].id : NULL;
}
