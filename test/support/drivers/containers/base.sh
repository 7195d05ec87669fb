# Shared by all parts: one container for a job, of the image that the part was given as its first argument.
set -eo pipefail
trap 'exit $SYSTEM_FAILURE_EXIT_CODE' ERR
container=driver-$CUSTOM_ENV_CI_RUNNER_SHORT_TOKEN-$CUSTOM_ENV_CI_JOB_ID
