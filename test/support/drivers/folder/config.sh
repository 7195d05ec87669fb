#!/usr/bin/env bash
# A driver whose "machine" is a folder of this one: a fresh one for each job, below the folder given as argument.
set -eo pipefail
root=$1
folder=$root/job-$CUSTOM_ENV_CI_JOB_ID
cat <<JSON
{
  "driver": { "name": "folder", "version": "1.0" },
  "builds_dir": "$folder/builds",
  "cache_dir": "$root/cache",
  "builds_dir_is_shared": false,
  "job_env": { "FOLDER": "$folder" }
}
JSON
