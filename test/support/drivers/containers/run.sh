#!/usr/bin/env bash
source "${BASH_SOURCE[0]%/*}/base.sh"
trap - ERR
set +e
docker exec --interactive "$container" sh <"$2"
code=$?
if [ "$code" -ne 0 ]; then
  echo "$code" >"$BUILD_EXIT_CODE_FILE"
  exit "$BUILD_FAILURE_EXIT_CODE"
fi
