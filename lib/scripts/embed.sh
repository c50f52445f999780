#!/bin/sh
# embed.sh: writes the Redis scripts that ../trade_script.h declares, as C, to
# standard output.
#
# A line `--@ FILE` is replaced by that file; comments and blank lines are
# dropped, as Redis would only carry them along.  sha1sum gives the name that
# EVALSHA knows the script by.

set -eu
cd "$(dirname "$0")"

echo '/* Made by lib/scripts/embed.sh.  Change the .lua files. */'

for name in $(sed -n 's/^extern const trade_script_t  trade_script_\(.*\);/\1/p' \
    ../trade_script.h); do
    body=$(awk '
        function out(file,   line, rc) {
            while ((rc = getline line < file) > 0) {
                if (sub(/^ *--@ /, "", line)) {
                    out(line)
                } else if (line !~ /^ *(--.*)?$/) {
                    sub(/ +-- .*$/, "", line)
                    print line
                }
            }
            if (rc < 0) {
                print "no such file: " file > "/dev/stderr"
                exit 1
            }
            close(file)
        }
        BEGIN { out(ARGV[1]) }' "$name.lua")

    sha=$(printf '%s\n' "$body" | sha1sum | cut -c1-40)

    printf '\nconst trade_script_t  trade_script_%s = {\n' "$name"
    printf '    trade_str("%s"),\n    trade_str("%s"),\n    trade_str(\n' \
        "$name" "$sha"
    printf '%s\n' "$body" \
        | sed 's/\\/\\\\/g; s/"/\\"/g; s/^/        "/; s/$/\\n"/'
    printf '    )\n};\n'
done
