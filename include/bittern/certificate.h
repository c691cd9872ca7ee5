/* SPDX-License-Identifier: Apache-2.0
 *
 * What an X.509 certificate says (RFC 5280), read by libcrypto. Nothing is verified: a passive sensor
 * tells what was shown.
 */
#ifndef BITTERN_CERTIFICATE_H
#define BITTERN_CERTIFICATE_H

#include "bittern/cursor.h"

enum {
	BT_THUMBPRINT_BYTES = 20, /* SHA-1 of the DER: how OPC UA names certificates */
	BT_CERTIFICATE_TEXT = 256,
};

struct bt_certificate {
	char subject[BT_CERTIFICATE_TEXT], issuer[BT_CERTIFICATE_TEXT]; /* RFC 2253, "CN=...,O=..." */
	char serial[64];                   /* hex */
	char uri[BT_CERTIFICATE_TEXT];     /* first URI of subjectAltName; "" none */
	char dns[BT_CERTIFICATE_TEXT];     /* first DNS name or IP address of it; "" none */
	char signature[64];                /* "sha256WithRSAEncryption" */
	char key[32];                      /* "RSA", "EC" ...; "" unknown */
	unsigned key_bits;
	int64_t from_ns, to_ns;            /* validity; 0: outside what int64_t nanoseconds can say */
	bool self_signed;
	uint8_t thumbprint[BT_THUMBPRINT_BYTES];
};

/* `der`: the first certificate of the bytes (a chain may follow). False: it is none. */
bool bt_certificate(struct bt_cursor der, struct bt_certificate *certificate);

#endif
