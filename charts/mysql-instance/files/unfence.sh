#!/usr/bin/env bash
# For a person, in the server's container: opens an instance for writing again that a backup before a deletion had closed,
# after the deletion was given up. The operator needs it never: restore.sh does the same whenever a release is installed.
set -Eeuo pipefail
# shellcheck source-path=SCRIPTDIR source=jobs.sh
. "${BASH_SOURCE[0]%/*}/jobs.sh"

begin
use_server 127.0.0.1
wait_for_server
lift_fence
echo "The server takes writes again."
