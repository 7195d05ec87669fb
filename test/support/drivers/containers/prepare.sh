#!/usr/bin/env bash
source "${BASH_SOURCE[0]%/*}/base.sh"
# A retried preparation finds the container of the one before.
docker rm --force "$container" >/dev/null 2>&1 || true
docker run --detach --name "$container" "$1" sleep 3600 >/dev/null
echo "container $container for services $CUSTOM_ENV_CI_JOB_SERVICES"
