#!/usr/bin/env bash
cd "$FOLDER" || exit "$SYSTEM_FAILURE_EXIT_CODE"
env -i PATH="$PATH" HOME="$FOLDER/home" FOLDER="$FOLDER" bash "$1"
code=$?
if [ "$code" -ne 0 ]; then
  echo "$code" >"$BUILD_EXIT_CODE_FILE"
  exit "$BUILD_FAILURE_EXIT_CODE"
fi
