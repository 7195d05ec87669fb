#!/usr/bin/env bash
echo 'this line is for the log of the job' >&2
printf '{"hostname":"%s","builds_dir":"/builds","cache_dir":"/cache","shell":"sh"}' "container of $1"
