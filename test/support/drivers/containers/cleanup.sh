#!/usr/bin/env bash
source "${BASH_SOURCE[0]%/*}/base.sh"
docker rm --force "$container" >/dev/null
