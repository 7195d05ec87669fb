#!/usr/bin/env bash
set -eo pipefail
trap 'exit $SYSTEM_FAILURE_EXIT_CODE' ERR
echo "services: $CUSTOM_ENV_CI_JOB_SERVICES"
mkdir -p "$FOLDER/home"
