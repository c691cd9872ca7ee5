/* SPDX-License-Identifier: Apache-2.0
 *
 * X.509 by OpenSSL's libcrypto: see include/bittern/certificate.h. Certificates come from the wire, so
 * each text is cut at its field, and what libcrypto cannot read is no certificate.
 */
#include "bittern/certificate.h"

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define NS_PER_SECOND 1000000000LL

enum {
	DER_MAX = 64 << 10, /* longer than any certificate that a device shows */
	KNOWN_MAX = 16,     /* certificates remembered */
	KNOWN_DER_MAX = 4096,
};

/* Control bytes and broken text are escaped by whoever prints it. */
static void copy_text(char *text, size_t cap, const unsigned char *from, long size)
{
	size_t length = size < 0 ? 0 : (size_t)size;

	if (length > cap - 1)
		length = cap - 1;
	for (size_t i = 0; i < length; i++)
		text[i] = from[i] ? (char)from[i] : '?'; /* a NUL would hide what follows */
	text[length] = '\0';
}

static void read_name(char text[BT_CERTIFICATE_TEXT], const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;
	long size;

	if (!bio)
		return;
	if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		size = BIO_get_mem_data(bio, &bytes);
		copy_text(text, BT_CERTIFICATE_TEXT, (const unsigned char *)bytes, size);
	}
	BIO_free(bio);
}

static void read_serial(char *text, size_t cap, const X509 *x509)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
	const unsigned char *bytes = ASN1_STRING_get0_data(serial);
	int size = ASN1_STRING_length(serial);

	text[0] = '\0';
	for (int i = 0; i < size && 2 * (size_t)i + 2 < cap; i++)
		snprintf(text + 2 * i, cap - 2 * (size_t)i, "%02x", bytes[i]);
}

static void read_address(char *text, size_t cap, const ASN1_OCTET_STRING *address)
{
	const unsigned char *at = ASN1_STRING_get0_data(address);
	int size = ASN1_STRING_length(address);
	size_t used = 0;

	text[0] = '\0';
	if (size == 4)
		snprintf(text, cap, "%u.%u.%u.%u", at[0], at[1], at[2], at[3]);
	for (int i = 0; size == 16 && i < 16; i += 2)
		used += (size_t)snprintf(text + used, cap - used, "%s%x", i ? ":" : "",
					 (unsigned)at[i] << 8 | at[i + 1]);
}

static void read_alternatives(struct bt_certificate *certificate, const X509 *x509)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
	int count = names ? sk_GENERAL_NAME_num(names) : 0;

	for (int i = 0; i < count; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_URI && !certificate->uri[0])
			copy_text(certificate->uri, sizeof(certificate->uri),
				  ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
				  ASN1_STRING_length(name->d.uniformResourceIdentifier));
		if (name->type == GEN_DNS && !certificate->dns[0])
			copy_text(certificate->dns, sizeof(certificate->dns),
				  ASN1_STRING_get0_data(name->d.dNSName),
				  ASN1_STRING_length(name->d.dNSName));
		if (name->type == GEN_IPADD && !certificate->dns[0])
			read_address(certificate->dns, sizeof(certificate->dns), name->d.iPAddress);
	}
	GENERAL_NAMES_free(names);
}

static void read_key(struct bt_certificate *certificate, X509 *x509)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);
	int bits = key ? EVP_PKEY_get_bits(key) : 0;
	const char *name = NULL;

	if (!key)
		return;
	certificate->key_bits = bits > 0 ? (unsigned)bits : 0;
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS: name = "RSA"; break;
	case EVP_PKEY_EC: name = "EC"; break;
	case EVP_PKEY_DSA: name = "DSA"; break;
	default: name = EVP_PKEY_get0_type_name(key); break;
	}
	snprintf(certificate->key, sizeof(certificate->key), "%s", name ? name : "");
}

/* 0: broken, or outside of 1678 to 2262. */
static int64_t read_time(const ASN1_TIME *time)
{
	const long long most = INT64_MAX / NS_PER_SECOND / 86400 - 1;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	bool known = epoch && ASN1_TIME_diff(&days, &seconds, epoch, time);

	ASN1_TIME_free(epoch);
	if (!known || days > most || days < -most)
		return 0;
	return ((int64_t)days * 86400 + seconds) * NS_PER_SECOND;
}

static void read_signature(char *text, size_t cap, const X509 *x509)
{
	const char *name = OBJ_nid2ln(X509_get_signature_nid(x509));

	snprintf(text, cap, "%s", name ? name : "");
}

static bool read_certificate(struct bt_cursor der, struct bt_certificate *certificate)
{
	struct bt_certificate read = {0};
	const unsigned char *at = der.ptr;
	size_t left = cur_left(&der) < DER_MAX ? cur_left(&der) : DER_MAX;
	X509 *x509 = left ? d2i_X509(NULL, &at, (long)left) : NULL;
	unsigned length = sizeof(read.thumbprint);

	if (x509) {
		read_name(read.subject, X509_get_subject_name(x509));
		read_name(read.issuer, X509_get_issuer_name(x509));
		read_serial(read.serial, sizeof(read.serial), x509);
		read_alternatives(&read, x509);
		read_signature(read.signature, sizeof(read.signature), x509);
		read_key(&read, x509);
		read.from_ns = read_time(X509_get0_notBefore(x509));
		read.to_ns = read_time(X509_get0_notAfter(x509));
		read.self_signed = X509_NAME_cmp(X509_get_subject_name(x509),
						 X509_get_issuer_name(x509)) == 0;
		X509_digest(x509, EVP_sha1(), read.thumbprint, &length);
		*certificate = read;
	}
	X509_free(x509);
	return x509;
}

/* The same few certificates are shown in every session of a plant, and libcrypto takes a thousand times
 * as long for one as it takes to compare it: the last of each thread are remembered, whole. */
bool bt_certificate(struct bt_cursor der, struct bt_certificate *certificate)
{
	static _Thread_local struct {
		uint8_t der[KNOWN_DER_MAX];
		size_t size;
		struct bt_certificate certificate;
	} known[KNOWN_MAX];
	static _Thread_local unsigned oldest;

	for (unsigned i = 0; i < KNOWN_MAX; i++) {
		if (known[i].size && cur_equal(der, cur_of(known[i].der, known[i].size))) {
			*certificate = known[i].certificate;
			return true;
		}
	}
	if (!read_certificate(der, certificate))
		return false;
	if (cur_left(&der) <= KNOWN_DER_MAX) {
		known[oldest].size = cur_left(&der);
		known[oldest].certificate = *certificate;
		cur_copy(&der, known[oldest].der, known[oldest].size);
		oldest = (oldest + 1) % KNOWN_MAX;
	}
	return true;
}
