/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening one file: what is it, can it be mapped, or is it libpcap's?
 *
 *   pcap header  magic(4) major(2) minor(2) zone(4) sigfigs(4) snaplen(4) link type(4)
 */
#include "member.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "text.h"

static const char *format_of(const struct member *member)
{
	if (member->stream)
		return "libpcap";
	if (member->kind == SNIFF_PCAPNG)
		return "pcapng";
	return member->tick_ns == 1 ? "pcap (nanoseconds)" : "pcap";
}

static void describe(struct member *member, uint64_t size)
{
	member->opened = (struct capture_file){
		.path = member->path,
		.format = format_of(member),
		.size = size,
	};
}

static void read_pcap_header(struct member *member, struct bt_cursor head)
{
	struct bt_cursor magic = head;
	uint32_t little = cur_u32le(&magic);

	member->big_endian = little != 0xa1b2c3d4 && little != 0xa1b23c4d;
	magic = head;
	member->tick_ns =
		(member->big_endian ? cur_u32be(&magic) : little) == 0xa1b23c4d ? 1 : 1000;
	cur_skip(&head, 20);
	member->linktype = member->big_endian ? cur_u32be(&head) : cur_u32le(&head);
}

/* Takes `file`. */
static bool open_stream(struct member *member, FILE *file, struct error *err)
{
	char why[PCAP_ERRBUF_SIZE];
	bool is_empty = ungetc(getc(file), file) == EOF && feof(file);

	member->stream =
		is_empty ? NULL : pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, why);
	if (member->stream)
		return true;
	if (file != stdin)
		fclose(file);
	return is_empty ? error_set(err, "empty; pcap or pcapng expected")
			: error_set(err, "not a capture: %s; pcap or pcapng expected", why);
}

/* Takes `fd`. A regular file that cannot be mapped (some file systems) is read as a stream. */
static bool open_fd(struct member *member, int fd, void *_Atomic *note, uint64_t *size,
		    struct error *err)
{
	uint8_t head[SNIFF_BYTES];
	struct bt_cursor shown;
	struct stat st;
	ssize_t got;
	FILE *file;
	int failed;

	if (fstat(fd, &st) < 0)
		goto cannot_read;
	if (S_ISREG(st.st_mode)) {
		got = pread(fd, head, sizeof(head), 0);
		if (got < 0)
			goto cannot_read;
		shown = cur_of(head, (size_t)got);
		member->kind = sniff(shown);
		if (member->kind == SNIFF_OTHER) {
			close(fd);
			return sniff_refuse(err, shown);
		}
		*size = (uint64_t)st.st_size;
		member->device = st.st_dev;
		member->inode = st.st_ino;
		if (member->kind == SNIFF_PCAP)
			read_pcap_header(member, shown);
		failed = member->kind == SNIFF_LIBPCAP
				 ? -ENODEV
				 : mapping_open(&member->map, fd, (size_t)st.st_size, note, member);
		if (failed == 0) {
			close(fd);
			return true;
		}
		if (failed != -ENODEV) {
			errno = -failed;
			goto cannot_read;
		}
	}
	file = fdopen(fd, "rb");
	if (file)
		return open_stream(member, file, err);

cannot_read:
	error_set(err, "cannot be read: %s", strerror(errno));
	close(fd);
	return false;
}

bool member_open(struct member *member, char *path, void *_Atomic *note, struct error *err)
{
	uint64_t size = 0;
	int fd;

	member->map.guard = -1;
	if (strcmp(path, "-") == 0) {
		if (!open_stream(member, stdin, err))
			return false;
	} else {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return error_set(err, "cannot be read: %s", strerror(errno));
		if (!open_fd(member, fd, note, &size, err))
			return false;
	}
	member->path = path;
	describe(member, size);
	return true;
}

bool member_open_memory(struct member *member, const void *bytes, size_t size, struct error *err)
{
	struct bt_cursor head = cur_of(bytes, size < SNIFF_BYTES ? size : SNIFF_BYTES);

	member->map = (struct mapping){.bytes = bytes, .size = size, .guard = -1};
	member->kind = sniff(head);
	if (member->kind == SNIFF_OTHER || member->kind == SNIFF_LIBPCAP)
		return sniff_refuse(err, head);
	if (member->kind == SNIFF_PCAP)
		read_pcap_header(member, head);
	member->path = strdup("(memory)");
	if (!member->path)
		return error_set(err, "no memory");
	describe(member, size);
	return true;
}

void member_refuse(struct member *member, char *path, const struct error *why)
{
	member->map.guard = -1;
	member->path = path;
	member->opened = (struct capture_file){.path = path, .format = "none"};
	text_add(member->opened.problem, sizeof(member->opened.problem), "%s", why->text);
}

void member_close(struct member *member)
{
	if (member->stream)
		pcap_close(member->stream);
	mapping_close(&member->map);
	free(member->path);
}

void member_finish(struct member *member, const struct capture_file *end)
{
	int stage = MEMBER_OPEN;

	if (!atomic_compare_exchange_strong(&member->stage, &stage, MEMBER_FINISHING))
		return;
	member->finished = *end;
	atomic_store_explicit(&member->stage, MEMBER_FINISHED, memory_order_release);
}

const struct capture_file *member_now(const struct member *member)
{
	int stage = atomic_load_explicit(&member->stage, memory_order_acquire);

	return stage == MEMBER_FINISHED ? &member->finished : &member->opened;
}
