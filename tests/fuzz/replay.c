/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in for libFuzzer in ordinary builds: runs the fuzz target over every file of the corpora
 * named on the command line, each in a heap block of exactly its size, so that the sanitizers see
 * one byte too many. Fails when there is not one file: a replay that replays nothing proves nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replay_file(const char *path)
{
	struct stat st;
	FILE *in = fopen(path, "rb");
	uint8_t *bytes;
	size_t size;

	if (!in)
		return 0;
	if (fstat(fileno(in), &st) < 0 || !S_ISREG(st.st_mode)) {
		fclose(in);
		return 0;
	}
	bytes = malloc((size_t)st.st_size + (st.st_size == 0));
	size = bytes ? fread(bytes, 1, (size_t)st.st_size, in) : 0;
	fclose(in);
	LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	return 1;
}

static unsigned replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	unsigned count = 0;
	char path[4096];

	if (!dir)
		return replay_file(folder);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		count += replay_file(path);
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++)
		count += replay_folder(argv[i]);
	printf("%u inputs replayed\n", count);
	return count ? 0 : 1;
}
