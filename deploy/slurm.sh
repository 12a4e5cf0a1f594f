#!/bin/sh
# Predictions in 40 shards on a cluster with Slurm: `sbatch deploy/slurm.sh`. A shard that is there is not computed again, so that the
# same command goes on after failures. When all have ended: `npx cnnc merge predictions`.
#SBATCH --job-name=cnnc-predict
#SBATCH --array=0-39
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=00:30:00
#SBATCH --requeue
set -eu
exec npx cnnc predict "${MODEL:-lenet.cnn}" --weights "${WEIGHTS:-lenet.safetensors}" --target wasm \
  --data "${DATA:-images}" --out "${OUT:-predictions}" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
